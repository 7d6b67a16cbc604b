//! The model stays independent and small: its sources import nothing that gives a profile its
//! meaning, and fit in five hundred lines of sets and five hundred of operators.

#![expect(
    clippy::expect_used,
    reason = "a test says what it finds, and panics where it fails"
)]

use std::path::PathBuf;

/// What the model may import: the schema, decoded values, syntax trees, and libraries of the field.
const ALLOWED: [&str; 18] = [
    "AttributeType as Type",
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

/// Files that say which rows are in a set, files that say what an operator means, and what stands
/// around them: types, deltas, switches.
const SETS: [&str; 3] = ["rows.rs", "context.rs", "security.rs"];
const OPERATORS: [&str; 5] = [
    "condition.rs",
    "clock.rs",
    "literal.rs",
    "pattern.rs",
    "text.rs",
];
const AROUND: [&str; 2] = ["mod.rs", "settings.rs"];

fn source(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/model");
    std::fs::read_to_string(folder.join(name)).expect("a source file")
}

#[test]
fn the_model_imports_nothing_that_means_something() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/model");
    let files = std::fs::read_dir(folder).expect("a folder").count();
    let known = SETS.iter().chain(&OPERATORS).chain(&AROUND);
    assert_eq!(files, known.clone().count(), "a file is unknown here");
    for name in known {
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
        for forbidden in ["from_literal", "parse_decimal", "IsoText", "clock_number"] {
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
    let (sets, operators, around) = (lines(&SETS), lines(&OPERATORS), lines(&AROUND));
    println!("{sets} lines of sets, {operators} of operators, {around} around them");
    // Ninety operators, with calendars and hierarchies of their own.
    assert!(operators <= 700, "{operators} lines of operators");
    assert!(sets <= 500, "{sets} lines of sets");
    assert!(around <= 350, "{around} lines around them");
}
