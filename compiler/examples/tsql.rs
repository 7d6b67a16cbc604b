//! Prints the T-SQL of the tests' profiles as a JSON list, for parsers beside the one of the tests.

#![allow(
    clippy::expect_used,
    reason = "it checks, and may stop where it can't go on"
)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::io::Write as _;

use weir_compiler::Options;
use weir_compiler::sql::partition::partition;
use weir_compiler::sql::{self, Dialect, Kind};
use weir_grammar::ast::Dialect as Language;
use weir_ir::fold::Collation;

fn main() -> std::io::Result<()> {
    let schema = common::schema(common::METADATA);
    let mut statements = Vec::new();
    for text in [
        include_str!("../tests/sql/profiles.txt"),
        include_str!("../tests/plans/plans.txt"),
    ] {
        for texts in common::sources(text) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let case = common::compile_texts(&schema, &texts, Language::Native, Options::default());
            let plan = case.compiled.plan.expect("no errors");
            let together = |kind| sql::together(&schema, &plan, kind, Dialect::Tsql);
            for made in [
                sql::rows(&schema, &plan, Dialect::Tsql),
                sql::map(&schema, &plan, Dialect::Tsql),
                together(Kind::Rows),
                together(Kind::Map),
            ] {
                // Patterns of sets are refused, which the tests check.
                let queries = made.unwrap_or_default();
                statements.extend(queries.into_iter().map(|query| query.sql));
            }
            if let Ok(made) = partition(&schema, &plan, Dialect::Tsql) {
                let steps = [made.create, made.refresh, made.forget, vec![made.changes]];
                statements.extend(steps.concat().into_iter().map(|step| step.sql));
            }
        }
    }
    let install = [Collation::CiAi, Collation::CiAs].map(|by| sql::install(Dialect::Tsql, by));
    let scripts = install.into_iter().flatten();
    let scripts = scripts.chain(sql::uninstall(Dialect::Tsql));
    // Bodies of functions are beyond those parsers.
    let scripts =
        scripts.filter(|statement| !statement.sql.starts_with("CREATE OR ALTER FUNCTION"));
    statements.extend(scripts.map(|statement| statement.sql));
    writeln!(std::io::stdout(), "{}", serde_json::json!(statements))
}
