//! The model stays independent and small: its sources import nothing that gives a profile its
//! meaning, and fit in a thousand lines.

use std::path::PathBuf;

/// What the model may import: the schema, decoded values, syntax trees, and libraries of the field.
const ALLOWED: [&str; 17] = [
    "icu_casemap::CaseMapper",
    "icu_normalizer::",
    "icu_properties::",
    "jiff::",
    "rust_decimal::Decimal",
    "std::",
    "super::",
    "text::fold",
    "settings::Settings",
    "weir_grammar::ast",
    "weir_ir::schema::",
    "weir_ir::time::Instant",
    "weir_ir::time::{Day, Instant, WallClock}",
    "weir_ir::time::{Instant",
    "weir_ir::transaction::Change",
    "weir_ir::value::Guid",
    "weir_ir::value::{Guid, Value}",
];

/// Files that say which rows are in a set, and files that say what an operator means.
const SETS: [&str; 4] = ["mod.rs", "context.rs", "security.rs", "settings.rs"];
const OPERATORS: [&str; 5] = [
    "condition.rs",
    "clock.rs",
    "literal.rs",
    "pattern.rs",
    "text.rs",
];

fn source(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/model");
    std::fs::read_to_string(folder.join(name)).expect("a source file")
}

#[test]
fn the_model_imports_nothing_that_means_something() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/model");
    let files = std::fs::read_dir(folder).expect("a folder").count();
    assert_eq!(
        files,
        SETS.len() + OPERATORS.len(),
        "a file is unknown here"
    );
    for name in SETS.iter().chain(&OPERATORS) {
        let text = source(name);
        for line in text.lines() {
            let line = line.trim();
            let import = line
                .strip_prefix("use ")
                .or_else(|| line.strip_prefix("pub use "));
            if let Some(import) = import {
                assert!(
                    ALLOWED.iter().any(|allowed| import.starts_with(allowed)),
                    "{name} imports {import}"
                );
            } else {
                // A path in the middle of the code is an import, too.
                for foreign in ["weir_", "crate::"] {
                    assert!(!line.contains(foreign), "{name} refers to {line}");
                }
            }
        }
        for forbidden in [
            "from_literal",
            "parse_decimal",
            "IsoText",
            "Zone::",
            "clock_number",
        ] {
            assert!(!text.contains(forbidden), "{name} uses {forbidden}");
        }
    }
}

#[test]
fn the_model_is_small() {
    let lines = |names: &[&str]| {
        let code = |name: &&str| {
            let text = source(name);
            let lines = text.lines().map(str::trim);
            lines
                .filter(|l| !l.is_empty() && !l.starts_with("//"))
                .count()
        };
        names.iter().map(code).sum::<usize>()
    };
    let (sets, operators) = (lines(&SETS), lines(&OPERATORS));
    println!("{sets} lines of sets, {operators} of operators");
    assert!(operators <= 500, "{operators} lines of operators");
    assert!(sets <= 800, "{sets} lines of sets");
}
