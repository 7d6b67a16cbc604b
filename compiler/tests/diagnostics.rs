//! Every finding of the compiler, as `tests/diagnostics/*.txt` has it. A case is
//!
//! ```text
//! === what it is about [solution] [lenient]
//! profile "P" { … }
//! --- (and another file)
//! ...
//! error E0301 `acount`: unknown entity `acount`
//!   help: …
//! ```
//!
//! A text without a block is a profile's. `UPDATE_EXPECT=1` writes what is found now; read the
//! difference before it is committed.

mod common;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use weir_compiler::{Options, codes};
use weir_grammar::ast::Dialect;

struct Fixture {
    head: String,
    texts: Vec<String>,
    expected: String,
}

fn read(text: &str) -> Vec<Fixture> {
    text.split("=== ")
        .skip(1)
        .map(|case| {
            let (head, rest) = case.split_once('\n').expect("a head line");
            let (texts, expected) = rest.split_once("...\n").expect("a line of `...`");
            Fixture {
                head: head.to_owned(),
                texts: texts.split("---\n").map(str::to_owned).collect(),
                expected: expected.trim_end().to_owned(),
            }
        })
        .collect()
}

fn found(fixture: &Fixture) -> String {
    let flag = |name: &str| fixture.head.contains(&format!("[{name}]"));
    let texts: Vec<String> = fixture
        .texts
        .iter()
        .map(|text| {
            let bare = ["item", "limits", "allow"];
            if bare.iter().any(|word| text.trim_start().starts_with(word)) {
                format!("profile \"P\" {{\n{text}}}\n")
            } else {
                text.clone()
            }
        })
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let dialect = if flag("solution") {
        Dialect::Solution
    } else {
        Dialect::Native
    };
    let options = Options {
        lenient: flag("lenient"),
    };
    let case = common::compile_texts(&common::schema(common::METADATA), &texts, dialect, options);
    let mut text = case.findings();
    if options.lenient {
        let compiled = &case.compiled;
        let _ = writeln!(
            text,
            "{} of {} conditions left out",
            compiled.left_out, compiled.conditions
        );
    }
    text.trim_end().to_owned()
}

#[test]
fn findings_are_as_written() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder of cases")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let (mut cases, mut reached, mut wrong) = (0, BTreeSet::new(), String::new());
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a file of cases");
        let mut written = String::new();
        for fixture in read(&text) {
            let found = found(&fixture);
            cases += 1;
            reached.extend(found.lines().filter_map(|line| {
                let mut words = line.split(' ');
                let severity = words.next()?;
                matches!(severity, "error" | "warning")
                    .then(|| words.next().unwrap_or("").to_owned())
            }));
            if found != fixture.expected {
                let _ = writeln!(
                    wrong,
                    "{}: {}\n-- expected\n{}\n-- found\n{found}\n",
                    file.display(),
                    fixture.head,
                    fixture.expected
                );
            }
            let _ = write!(
                written,
                "=== {}\n{}...\n{found}\n\n",
                fixture.head,
                fixture.texts.join("---\n")
            );
        }
        if update {
            std::fs::write(&file, written.trim_end().to_owned() + "\n")
                .expect("the file is written");
        }
    }
    assert!(update || wrong.is_empty(), "{wrong}");
    assert!(cases >= 60, "{cases} cases");
    // Those that native text of a sensible size can't cause; `imports.rs` and `limits.rs` do.
    let elsewhere = [
        codes::VALUE_NUL,
        codes::UNKNOWN_SETTING,
        codes::OFFLINE_UNKNOWN,
        codes::MANY_RELATIONSHIPS,
        codes::NO_FLAG,
        codes::NO_CONDITION,
        codes::UNUSABLE_RELATIONSHIP,
        codes::TOO_MANY_VALUES,
        codes::TOO_MANY_CONDITIONS,
        codes::MANY_ITEMS,
        codes::PLAN_TOO_LARGE,
        codes::MORE_FINDINGS,
    ]
    .map(|code| code.id);
    let missing: Vec<&str> = codes::ALL
        .iter()
        .map(|code| code.id)
        .filter(|id| !reached.contains(*id) && !elsewhere.contains(id))
        .collect();
    assert!(update || missing.is_empty(), "no case reaches {missing:?}");
}
