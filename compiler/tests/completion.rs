//! What may stand at a place: as `tests/completion/*.txt` has it, `¦` being the cursor; and that what
//! is offered is what the reader takes.

#![expect(clippy::expect_used, reason = "a test that can't go on fails")]

mod common;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use weir_compiler::ide::{Completion, CompletionKind, Place, complete, complete_filter};
use weir_grammar::ast::File;
use weir_grammar::native;
use weir_ir::diagnostic::FileId;
use weir_ir::schema::Schema;

const CURSOR: char = '¦';
/// Most words of a kind that a case shows.
const SHOWN: usize = 14;

fn place(at: usize) -> Place {
    Place {
        file: FileId(0),
        at: u32::try_from(at).expect("short"),
    }
}

/// What may stand at the cursor of the first text.
fn offered(schema: &Schema, texts: &[&str]) -> Vec<Completion> {
    let at = texts[0].find(CURSOR).expect("a cursor");
    let texts: Vec<String> = texts.iter().map(|text| text.replace(CURSOR, "")).collect();
    let file = |(number, text): (u32, &String)| native::parse(FileId(number), text).file;
    let files: Vec<File> = (0..).zip(&texts).map(file).collect();
    complete(schema, &files, &texts[0], place(at))
}

/// The words, kind by kind, in their order.
fn shown(offered: &[Completion]) -> String {
    let mut text = String::new();
    for of_kind in offered.chunk_by(|a, b| a.kind == b.kind) {
        let words = of_kind.iter().take(SHOWN).map(|one| one.label.as_str());
        let words: Vec<&str> = words.collect();
        let kind = format!("{:?}", of_kind[0].kind).to_lowercase();
        let _ = write!(text, "{kind}: {}", words.join(", "));
        if of_kind.len() > SHOWN {
            let _ = write!(text, " and {} more", of_kind.len() - SHOWN);
        }
        text.push('\n');
    }
    if text.is_empty() {
        "nothing\n".to_owned()
    } else {
        text
    }
}

#[test]
fn places_have_their_words() {
    let schema = common::schema(common::METADATA);
    common::fixtures("completion", |_, texts| shown(&offered(&schema, texts)));
}

const TEXT: &str = r#"allow W0301 "because"
profile "Field" {
  description "of ä € 😀"
  limits modern
  members { user "anna@x.com" team "Field" }
  item account {
    name "Accounts" download mine, team where revenue gt 5 and (industrycode in (1, 2) or name like "x%")
    sync every 30 minutes columns name, telephone1 budget 5 rows, 2 MB
    include contact via contact_customer_accounts name "c" where fullname not-like "x%"
  }
  item contact { download related }
  item task { download where not any account on accountid = regardingobjectid (telephone1 null) or ownerid eq-userid }
}
members "Field" { team "X" }
app "App" { offline on profiles "Field" }
organization { collation ci_ai fiscal { start 04-01 periods month } null-matches { ne off } entity account { offline on ownership user-or-team filter createdon last-x-days 2 } }
"#;

/// At every place, whatever is offered can be put there: the reader finds no fault up to its end.
#[test]
fn what_is_offered_can_be_read() {
    let schema = common::schema(common::METADATA);
    let files = [native::parse(FileId(0), TEXT).file];
    let mut kinds = BTreeSet::new();
    let mut checked = 0;
    for (at, _) in TEXT.char_indices() {
        for completion in complete(&schema, &files, TEXT, place(at)) {
            let edit = &completion.edit;
            let mut text = TEXT[..edit.span.start as usize].to_owned();
            text += &edit.replacement;
            let end = text.len();
            let faults = native::parse(FileId(0), &text).diagnostics;
            let before = faults.iter().find(|fault| {
                let span = fault.span.expect("every fault of a text has a place");
                // What is open is closed further on, and what is excused follows.
                !["E0106", "E0111"].contains(&fault.code.id) && (span.start as usize) < end
            });
            assert_eq!(before, None, "{completion:?} at {at}");
            kinds.insert(completion.kind);
            checked += 1;
        }
    }
    assert!(checked > 2_000, "{checked}");
    assert!(kinds.len() >= 7, "{kinds:?}");
}

/// Whatever byte the cursor is at, and wherever the text ends, there is an answer.
#[test]
fn no_place_is_too_odd() {
    let schema = common::schema(common::METADATA);
    for end in (0..TEXT.len()).filter(|end| TEXT.is_char_boundary(*end)) {
        let files = [native::parse(FileId(0), &TEXT[..end]).file];
        for at in end.saturating_sub(5)..end + 2 {
            let _ = complete(&schema, &files, &TEXT[..end], place(at));
        }
    }
}

#[test]
fn edits_replace_the_word() {
    let schema = common::schema(common::METADATA);
    for (text, label, expected) in [
        (
            "profile \"P\" { item acc¦ount { } }",
            "account",
            "profile \"P\" { item account { } }",
        ),
        (
            "app \"A\" { profiles \"p¦\" } profile \"P \"\"x\"\"\" { }",
            "P \"x\"",
            "app \"A\" { profiles \"P \"\"x\"\"\" } profile \"P \"\"x\"\"\" { }",
        ),
        (
            "profile \"P\" { item account { download where industrycode eq ¦ } }",
            "2 Paper",
            "profile \"P\" { item account { download where industrycode eq 2 } }",
        ),
    ] {
        let offered = offered(&schema, &[text]);
        let found = offered.iter().find(|one| one.label == label);
        let edit = &found.expect(label).edit;
        let mut edited = text.replace(CURSOR, "");
        edited.replace_range(
            edit.span.start as usize..edit.span.end as usize,
            &edit.replacement,
        );
        assert_eq!(edited, expected);
    }
}

#[test]
fn a_filter_alone_has_its_words() {
    let schema = common::schema(common::METADATA);
    let account = schema.find("account").expect("an entity");
    let labels = |text: &str| -> Vec<String> {
        let offered = complete_filter(&schema, account, text, place(text.len()));
        offered.into_iter().map(|one| one.label).collect()
    };
    assert_eq!(labels("statecode eq 0 a"), ["and"]);
    assert_eq!(labels("reve"), ["revenue"]);
    assert_eq!(labels("revenue betw"), ["between", "not-between"]);
    assert_eq!(
        labels("any contact via contact_customer_accounts (fulln"),
        ["fullname"]
    );
}

/// Every word that some reader takes is offered at some place of the cases or the text.
#[test]
fn every_keyword_is_offered_and_explained() {
    let schema = common::schema(common::METADATA);
    let files = [native::parse(FileId(0), TEXT).file];
    let mut offered_somewhere = BTreeSet::new();
    for (at, _) in TEXT.char_indices() {
        for one in complete(&schema, &files, TEXT, place(at)) {
            if one.kind == CompletionKind::Keyword {
                assert!(!one.detail.is_empty(), "{} is not explained", one.label);
                offered_somewhere.insert(one.label);
            }
        }
    }
    let words = include_str!("../../grammar/native.ebnf");
    let (rules, _) = words
        .split_once("(* Tokens")
        .expect("the section of tokens");
    let keywords = rules.split('"').skip(1).step_by(2);
    for keyword in keywords.filter(|word| word.starts_with(char::is_alphabetic)) {
        // Booleans are values.
        if !["true", "false"].contains(&keyword) {
            assert!(
                offered_somewhere.contains(keyword),
                "`{keyword}` is never offered"
            );
        }
    }
}
