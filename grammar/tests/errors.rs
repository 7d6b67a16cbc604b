//! What the native reader says of mistakes: code, message, help, the underlined text, other places
//! and the suggested edit, for every case in one snapshot. One mistake gives one finding.

#![expect(clippy::expect_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeSet;
use std::fmt::Write as _;

use weir_grammar::{codes, native};
use weir_ir::diagnostic::{Diagnostic, FileId, Sources, Span};
use weir_ir::limits;

/// What is wrong, how many findings it gives, and the text.
const CASES: &[(&str, usize, &str)] = &[
    // Tokens.
    (
        "strange characters",
        2,
        "profile \"p\" { limits modern;; item a { download all @ } }",
    ),
    ("quotes of a word processor", 2, "profile “p” { }"),
    ("a no-break space", 1, "profile\u{A0}\"p\" { }"),
    (
        "the character U+0000 in a comment",
        1,
        "# a\0b\nprofile \"p\" { }",
    ),
    (
        "another language's comment",
        1,
        "// sellers\nprofile \"p\" { }",
    ),
    (
        "a text without end",
        1,
        "profile \"p\" {\n  description \"Sellers\n  item a { download all }\n}\n",
    ),
    (
        "a text without end, in which the block is closed",
        1,
        "profile \"p\" { description 'Sellers }",
    ),
    (
        "a name without end",
        1,
        "profile \"p\" { item `a { download all }\n}",
    ),
    (
        "an empty name",
        1,
        "profile \"p\" { item `` { download all } }",
    ),
    (
        "a name that begins with a digit",
        1,
        "profile \"p\" { item 2fa { download all } }",
    ),
    (
        "a date without quotes",
        1,
        "profile \"p\" { item a { download where b ge 2026-03-02 and c eq 1 } }",
    ),
    (
        "a number without fraction",
        1,
        "profile \"p\" { item a { download where b ge 12. } }",
    ),
    // Blocks and clauses.
    (
        "an empty header",
        1,
        "profile { item a { download all } }\nprofile \"q\" { }",
    ),
    ("a header without quotes", 1, "profile Sales { }"),
    (
        "a block that is none",
        1,
        "profil \"p\" { item a { download all } }\nprofile \"q\" { }",
    ),
    ("an item outside of a profile", 1, "item a { download all }"),
    ("a stray brace", 1, "profile \"p\" { } }\nprofile \"q\" { }"),
    ("words at the top", 1, "hello, world"),
    (
        "a keyword with a typing error",
        1,
        "profile \"p\" { item a { downlaod all sync every 5 minutes } }",
    ),
    (
        "a keyword in capitals",
        1,
        "profile \"p\" { item a { Download all } }",
    ),
    (
        "an unknown keyword",
        1,
        "profile \"p\" { item a { colour \"red\" download all } }",
    ),
    (
        "a clause in the wrong block",
        1,
        "profile \"p\" { sync every 5 minutes item a { download all } }",
    ),
    (
        "a missing opening brace",
        1,
        "profile \"p\" item a { download all }\n}\nprofile \"q\" { }",
    ),
    (
        "a missing opening brace inside",
        1,
        "profile \"p\" { item a download all } item b { download all } }",
    ),
    (
        "a missing closing brace",
        1,
        "profile \"p\" { item a { download all }\n  item b { download all }\n",
    ),
    (
        "a missing closing brace inside",
        1,
        "profile \"p\" { item a { download all\n  item b { download all } }\n",
    ),
    (
        "two profiles, the first not closed",
        1,
        "profile \"p\" { item a { download all }\nprofile \"q\" { }",
    ),
    (
        "a name where a text belongs",
        1,
        "profile \"p\" { item a { name Accounts download all } }",
    ),
    (
        "a text where a name belongs",
        1,
        "profile \"p\" { item \"a\" { download all } }",
    ),
    ("no choice", 1, "profile \"p\" { item a { download } }"),
    (
        "an unknown choice",
        1,
        "profile \"p\" { item a { download everything } }",
    ),
    (
        "a missing comma between choices",
        1,
        "profile \"p\" { item a { download mine team } }",
    ),
    (
        "a missing comma between columns",
        1,
        "profile \"p\" { item a { download all columns b c } }",
    ),
    (
        "a comma too many",
        1,
        "profile \"p\" { item a { columns b,, name download all } }",
    ),
    (
        "an unknown unit",
        1,
        "profile \"p\" { item a { download all sync every 5 minute } }",
    ),
    (
        "an interval out of range",
        2,
        "profile \"p\" { item a { sync every 99999999999 minutes } item b { sync every 4294967295 days } }",
    ),
    (
        "an interval with a fraction",
        1,
        "profile \"p\" { item a { sync every 1.5 hours } }",
    ),
    ("an unknown limit set", 1, "profile \"p\" { limits modem }"),
    (
        "a budget of unknown unit",
        1,
        "profile \"p\" { budget 5 GB }",
    ),
    (
        "a budget in the wrong order",
        1,
        "profile \"p\" { budget 5 MB, 7 rows }",
    ),
    (
        "clauses given twice",
        3,
        "profile \"p\" { id \"1\" id \"2\" item a { download all download mine columns b columns c } }",
    ),
    (
        "a flag given twice",
        1,
        "profile \"p\" { item a { download mine, team, mine } }",
    ),
    (
        "a name of an include given twice",
        1,
        "profile \"p\" { item a { include b via c name \"1\" name \"2\" } }",
    ),
    (
        "an include without relationship",
        1,
        "profile \"p\" { item a { include b where c eq 1 download all } }",
    ),
    (
        "an allow without reason",
        1,
        "allow W0301 profile \"p\" { }",
    ),
    (
        "an allow before nothing",
        2,
        "profile \"p\" { item a { download all allow W0301 \"x\" } }\nallow W0302 \"y\"",
    ),
    (
        "a member of unknown kind",
        1,
        "profile \"p\" { members { role \"x\" user \"y\" } }",
    ),
    (
        "a stored key without value",
        1,
        "profile \"p\" { stored { a \"b\" c d \"e\" } }",
    ),
    (
        "an unknown setting",
        1,
        "organization { hierarchy-deep 3 collation ci_ai }",
    ),
    (
        "a setting without value",
        1,
        "organization { collation hierarchy-depth 3 }",
    ),
    (
        "a switch that is neither on nor off",
        2,
        "organization { null-matches { ne yes } entity a { offline true } }\napp \"a\" { offline on }",
    ),
    (
        "ownerships that there aren't, and one twice",
        3,
        "organization { entity a { ownership user filter b eq 1 } entity c { ownership bussiness }\n  entity d { ownership none filter ownership eq 1 ownership none } }",
    ),
    (
        "a fiscal year that starts on a word",
        1,
        "organization { fiscal { start april periods quarter } }",
    ),
    // Filters.
    (
        "no condition",
        1,
        "profile \"p\" { item a { download where } }",
    ),
    (
        "operators of other languages",
        6,
        "profile \"p\" { item a { download where a = 1 and b == 2 and c != 3 and d < 4 and e >= 5 and f <> 6 } }",
    ),
    (
        "operators in words",
        5,
        "profile \"p\" { item a { download where a is null and b contains \"x\" and c not like \"y\" and d between 1 and 2 and e is not null } }",
    ),
    (
        "a text that is contained",
        5,
        "profile \"p\" { item a { download where b contains \"50%_[a] \"\"x\"\"\" and c does not contain 'y' or d not-contains \"z\" or e has f or g contains (\"a\", \"b\") } }",
    ),
    (
        "an include without `via`",
        1,
        "profile \"p\" { item a { name \"A\" include b R name \"B\" id \"1\" stored { Order \"2\" } where c eq 1 download all } }",
    ),
    (
        "an include without a relationship",
        1,
        "profile \"p\" { item a { name \"A\" include b via name \"B\" id \"1\" where c eq 1 download all } }",
    ),
    (
        "an include without its keyword",
        1,
        "profile \"p\" { item a { name \"A\" b via R name \"B\" id \"1\" where c eq 1 download all } }",
    ),
    (
        "an include whose name is misspelt",
        1,
        "profile \"p\" { item a { name \"A\" include b via R nme \"B\" id \"1\" where c eq 1 download all } }",
    ),
    (
        "values that can't be read, in parentheses",
        1,
        "profile \"p\" { item a { download where b eq 1 or (c in (1, , 2) and d eq 2) } }",
    ),
    (
        "a block with a word before its brace",
        1,
        "profile \"p\" { item a { stored of { Order \"2\" } download all } }",
    ),
    (
        "an operator in capitals",
        1,
        "profile \"p\" { item a { download where a Eq 1 } }",
    ),
    (
        "an operator with a typing error",
        1,
        "profile \"p\" { item a { download where a last-x-day 3 } }",
    ),
    (
        "an operator that is like no other",
        1,
        "profile \"p\" { item a { download where a resembles 3 or b eq 1 } }",
    ),
    (
        "no operator",
        1,
        "profile \"p\" { item a { download where a and b eq 1 } }",
    ),
    (
        "no operator before a value",
        1,
        "profile \"p\" { item a { download where a 1 and b eq 1 } }",
    ),
    (
        "no operator before a clause",
        1,
        "profile \"p\" { item a { download where a sync every 5 minutes } }",
    ),
    (
        "a value without quotes",
        1,
        "profile \"p\" { item a { download where a eq active } }",
    ),
    (
        "a value null",
        1,
        "profile \"p\" { item a { download where a eq null } }",
    ),
    (
        "a boolean in capitals",
        1,
        "profile \"p\" { item a { download where a eq True } }",
    ),
    (
        "an empty list",
        1,
        "profile \"p\" { item a { download where a in () or b eq 1 } }",
    ),
    (
        "a list without end",
        1,
        "profile \"p\" { item a { download where a in (1, 2 or b eq 1 } }",
    ),
    (
        "no and between conditions",
        1,
        "profile \"p\" { item a { download where a eq 1 b eq 2 sync every 5 minutes } }",
    ),
    (
        "no and between conditions in a group",
        1,
        "profile \"p\" { item a { download where (a eq 1 b eq 2) and c eq 3 } }",
    ),
    (
        "signs for and and or",
        2,
        "profile \"p\" { item a { download where (a eq 1 && b eq 2) and (c eq 3 || d eq 4) } }",
    ),
    (
        "an and too many",
        1,
        "profile \"p\" { item a { download where a eq 1 and and b eq 2 } }",
    ),
    (
        "an and at the end",
        1,
        "profile \"p\" { item a { download where a eq 1 and sync every 5 minutes } }",
    ),
    (
        "a group without end",
        1,
        "profile \"p\" { item a { download where (a eq 1 or (b eq 2 and c eq 3 sync every 5 minutes } }",
    ),
    (
        "a parenthesis too many",
        1,
        "profile \"p\" { item a { download where (a eq 1)) sync every 5 minutes } }",
    ),
    (
        "not before a condition",
        1,
        "profile \"p\" { item a { download where not a eq 1 } }",
    ),
    (
        "a related row without link",
        1,
        "profile \"p\" { item a { download where any b (c eq 1) and d eq 1 } }",
    ),
    (
        "a related row linked by an operator",
        1,
        "profile \"p\" { item a { download where any b on c eq d (e eq 1) and f eq 1 } }",
    ),
    (
        "a related row linked by ==",
        1,
        "profile \"p\" { item a { download where any b on c == d } }",
    ),
    (
        "four mistakes in four places",
        4,
        "profile \"p\" {\n  limits new\n  item a { download where b is 1 and c eq }\n  item { }\n  item d { include e }\n}",
    ),
];

fn findings(text: &str) -> (Sources, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let file = sources.add("a.weir", text);
    let found = native::parse(file, text).diagnostics;
    (sources, found)
}

fn show(sources: &Sources, found: &Diagnostic) -> String {
    let place = |span: Span| {
        let (line, column) = sources.position(span);
        format!("{line}:{column} `{}`", sources.slice(span))
    };
    let mut shown = format!("{} {}\n", found.code.id, found.message);
    let span = found.span.expect("every finding about a text has a place");
    let _ = writeln!(shown, "   at {}", place(span));
    for label in &found.labels {
        let _ = writeln!(shown, "   {} {}", label.text, place(label.span));
    }
    if let Some(help) = &found.help {
        let _ = writeln!(shown, "   help: {help}");
    }
    if let Some(edit) = &found.suggestion {
        let covers = edit.span.start == span.start && edit.span.end >= span.end;
        assert!(covers, "the edit mends what is underlined");
        let of = if edit.span == span {
            String::new()
        } else {
            format!(" of {}", place(edit.span))
        };
        let _ = writeln!(shown, "   edit{of}: `{}`", edit.replacement);
    }
    shown
}

#[test]
fn mistakes_are_explained() {
    let mut shown = String::new();
    let mut wrong = Vec::new();
    for (name, count, text) in CASES {
        let (sources, found) = findings(text);
        let _ = writeln!(shown, "## {name}\n{text}");
        for found in &found {
            shown.push_str(&show(&sources, found));
        }
        shown.push('\n');
        if found.len() != *count {
            wrong.push(format!("{name}: {} instead of {count}", found.len()));
        }
    }
    // A text file holds no U+0000.
    insta::assert_snapshot!(shown.replace('\0', "␀"));
    assert!(wrong.is_empty(), "findings: {wrong:#?}");
}

#[test]
fn every_code_of_the_native_reader_is_reached() {
    let mut reached: BTreeSet<&str> = CASES
        .iter()
        .flat_map(|(_, _, text)| findings(text).1)
        .map(|found| found.code.id)
        .collect();
    // Those about size have tests of their own below.
    reached.extend(["E0901", "E0902", "E0903"]);
    let missing: Vec<&str> = codes::ALL
        .iter()
        .map(|code| code.id)
        .filter(|id| id.starts_with("E01") || id.starts_with("E090"))
        .filter(|id| !reached.contains(id))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_text_that_is_too_long_is_refused() {
    let text = " ".repeat(limits::SOURCE_BYTES + 1);
    let (sources, found) = findings(&text);
    let [found] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(
        show(&sources, found),
        "E0901 the text is longer than 67108864 bytes\n   at 1:1 ``\n   help: split it into several files\n"
    );
}

#[test]
fn mistakes_beyond_the_limit_are_not_listed() {
    let text = "@ ".repeat(5_000);
    let (sources, found) = findings(&text);
    assert_eq!(found.len(), limits::DIAGNOSTICS);
    assert_eq!(
        show(&sources, &found[limits::DIAGNOSTICS - 1]),
        "E0903 more than 999 mistakes; the others are not listed\n   at 1:1999 `@`\n   \
         help: mend the first ones and check again\n"
    );
}

/// Runs on a small stack, where recursion without bound would show.
fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new()
        .stack_size(256 << 10)
        .spawn(test);
    thread.expect("a thread").join().expect("no overflow");
}

#[test]
fn nesting_is_limited() {
    on_a_small_stack(|| {
        for closing in [0, 1, 100_000] {
            let text = format!("{}a eq 1{}", "(".repeat(100_000), ")".repeat(closing));
            let mut sources = Sources::default();
            let file = sources.add("a.weir", text.as_str());
            let (filter, found) = native::parse_filter(file, &text);
            assert_eq!(filter, None);
            let [found] = found.as_slice() else {
                panic!("{found:?}")
            };
            assert_eq!(
                show(&sources, found),
                "E0902 more than 64 parentheses inside each other\n   at 1:65 `(`\n   \
                 help: merge groups that need no parentheses, or split the filter over two items\n"
            );
        }
    });
}

#[test]
fn related_rows_are_limited_too() {
    on_a_small_stack(|| {
        let text = format!(
            "{}d eq 1{}",
            "any a on b = c (".repeat(10_000),
            ")".repeat(10_000)
        );
        let (_, found) = native::parse_filter(FileId(0), &text);
        let codes: Vec<&str> = found.iter().map(|found| found.code.id).collect();
        assert_eq!(codes, ["E0902"]);
        let text = format!("{}d eq 1{}", "any a on b = c (".repeat(64), ")".repeat(64));
        let (filter, found) = native::parse_filter(FileId(0), &text);
        assert_eq!(found, []);
        assert_eq!(
            native::print_filter(&filter.expect("a filter"))
                .matches("any")
                .count(),
            64
        );
    });
}

#[test]
fn deep_braces_are_skipped_without_recursion() {
    on_a_small_stack(|| {
        let text = format!("profile \"p\" {{ {} }}", "x { ".repeat(100_000));
        assert_eq!(native::parse(FileId(0), &text).diagnostics.len(), 2);
    });
}
