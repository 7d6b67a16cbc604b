//! `docs/language.md` is true: its examples are read without a finding, and it shows everything.

use std::collections::BTreeSet;

use weir_grammar::native;
use weir_ir::diagnostic::FileId;
use weir_ir::operators;

const PAGE: &str = include_str!("../../docs/language.md");
const EBNF: &str = include_str!("../native.ebnf");

/// The code blocks of a language.
fn examples(language: &str) -> Vec<&'static str> {
    let open = format!("```{language}\n");
    PAGE.split(open.as_str())
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect()
}

#[test]
fn examples_are_read() {
    let files = examples("weir");
    let filters = examples("weir-filter");
    assert!(files.len() >= 7 && filters.len() >= 3);
    for text in files {
        assert_eq!(native::parse(FileId(0), text).diagnostics, [], "{text}");
    }
    for text in filters {
        let (filter, found) = native::parse_filter(FileId(0), text);
        assert_eq!(found, [], "{text}");
        assert!(filter.is_some());
    }
}

#[test]
fn every_keyword_and_operator_is_shown() {
    let words: BTreeSet<&str> = PAGE
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_')))
        .collect();
    let keywords = EBNF
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|word| word.starts_with(char::is_alphabetic));
    let tokens = operators::all().flat_map(|spec| spec.aliases.iter().copied().chain([spec.token]));
    let missing: Vec<&str> = keywords
        .chain(tokens)
        .filter(|word| !words.contains(word))
        .collect();
    assert_eq!(missing, [] as [&str; 0]);
}
