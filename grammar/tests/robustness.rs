//! Whatever text comes: no panic, spans within the text and on character boundaries, findings in
//! order and within the limit, and time in proportion to the length.

use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use weir_grammar::native;
use weir_ir::diagnostic::{FileId, Span};
use weir_ir::limits;

const SAMPLES: [&str; 2] = [
    include_str!("native/complete.weir"),
    "\u{FEFF}profile \"p\" { item `å b` { download where (a = 1 && b contains 'x' or not any c) } \n members { user “x” }",
];

/// What the language is made of.
const PIECES: [&str; 34] = [
    "profile",
    "item",
    "{",
    "}",
    "(",
    ")",
    ",",
    "\"",
    "'",
    "`",
    "and",
    "or",
    "not",
    "any",
    "via",
    "on",
    "where",
    "download",
    "eq",
    "in",
    "=",
    "1",
    "-",
    "04-01",
    "#",
    "\n",
    " ",
    "\u{0}",
    "å",
    "\u{FEFF}",
    "include",
    "stored",
    "allow W1 \"x\"",
    "organization { entity a { filter ",
];

fn check(text: &str) -> Result<(), TestCaseError> {
    let parsed = native::parse(FileId(0), text);
    let (filter, more) = native::parse_filter(FileId(0), text);
    for found in parsed.diagnostics.iter().chain(&more) {
        let places = found.labels.iter().map(|label| label.span);
        let edit = found.suggestion.iter().map(|edit| edit.span);
        prop_assert!(found.span.is_some());
        for span in places.chain(edit).chain(found.span) {
            inside(text, span)?;
        }
    }
    prop_assert!(parsed.diagnostics.len() <= limits::DIAGNOSTICS);
    prop_assert!(
        parsed
            .diagnostics
            .is_sorted_by_key(|found| found.span.map(|span| span.start))
    );
    for span in spans(&format!("{:?} {filter:?}", parsed.file)) {
        inside(text, span)?;
    }
    if parsed.diagnostics.is_empty() {
        let printed = native::print(&parsed.file);
        prop_assert_eq!(
            native::print(&native::parse(FileId(0), &printed).file),
            printed
        );
        let laid_out =
            native::format(FileId(0), text).map_err(|_| TestCaseError::fail("unread"))?;
        prop_assert_eq!(native::format(FileId(0), &laid_out), Ok(laid_out));
    }
    Ok(())
}

fn inside(text: &str, span: Span) -> Result<(), TestCaseError> {
    let found = text.get(span.start as usize..span.end as usize);
    prop_assert!(
        found.is_some(),
        "{span:?} in a text of {} bytes",
        text.len()
    );
    Ok(())
}

/// All spans of a tree, from its debug text.
fn spans(debug: &str) -> Vec<Span> {
    let number = |text: &str, key: &str| {
        let digits = text.split_once(key)?.1;
        let end = digits.find(|c: char| !c.is_ascii_digit())?;
        digits[..end].parse().ok()
    };
    debug
        .split("Span { ")
        .skip(1)
        .filter_map(|text| {
            Some(Span::new(
                FileId(0),
                number(text, "start: ")?,
                number(text, "end: ")?,
            ))
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes(bytes in vec(any::<u8>(), 0..200)) {
        check(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn random_pieces(pieces in vec(proptest::sample::select(&PIECES[..]), 0..60), spaced in any::<bool>()) {
        check(&pieces.join(if spaced { " " } else { "" }))?;
    }

    #[test]
    fn changed_samples(
        sample in proptest::sample::select(&SAMPLES[..]),
        edits in vec((any::<prop::sample::Index>(), 0_usize..40, proptest::sample::select(&PIECES[..])), 1..6),
    ) {
        let mut chars: Vec<char> = sample.chars().collect();
        for (place, length, piece) in edits {
            let at = place.index(chars.len() + 1);
            let end = (at + length / 4).min(chars.len());
            chars.splice(at..end, piece.chars());
        }
        check(&chars.into_iter().collect::<String>())?;
    }
}

/// Texts of half a million bytes and more: a step that looks at all of them for each part of them
/// would take minutes.
#[test]
fn time_is_in_proportion_to_the_length() {
    let many = 100_000;
    let inside = |filter: &str| format!("profile \"p\" {{ item a {{ download where {filter} }} }}");
    let texts = [
        inside(&vec!["a eq 1"; many].join(" and ")),
        inside(&vec!["a = 1"; many].join(" or ")),
        inside(&format!("a in ({})", vec!["1"; many].join(", "))),
        inside(&"(".repeat(5 * many)),
        inside(&"(a eq 1 and ".repeat(many)),
        inside(&"() and ".repeat(many)),
        "profile \"p\" { ".repeat(many),
        "item { ".repeat(many),
        "} ".repeat(5 * many),
        "\"'`".repeat(5 * many),
        "\"\" '\n".repeat(many),
        "profile \"p\" { item a { download all } } ".repeat(many),
        format!(
            "profile \"p\" {{ {} }}",
            "item a { include b via c name \"d\" } ".repeat(many)
        ),
        format!(
            "profile \"p\" {{ stored {{ {} }} }}",
            "a \"b\" ".repeat(many)
        ),
        "allow W1 \"x\" ".repeat(many),
        inside(&format!("a in ({}1)", "1, # one\n".repeat(many))),
        format!("profile \"p\" {{ {} }}", "\n\n# a\n".repeat(many)),
    ];
    for text in texts {
        let begun = Instant::now();
        let parsed = native::parse(FileId(0), &text);
        if parsed.diagnostics.is_empty() {
            assert!(!native::print(&parsed.file).is_empty());
            assert!(native::format(FileId(0), &text).is_ok());
        }
        let begin: String = text.chars().take(60).collect();
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "{:?} for {begin}",
            begun.elapsed()
        );
    }
}
