//! The indexes that plans want, with their reasons (`tests/advice`), and that their statements are
//! one of each dialect.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop where it can't go on"
)]

mod common;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use sqlparser::ast::Statement as Parsed;
use sqlparser::dialect::{
    Dialect as Grammar, MsSqlDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect,
};
use sqlparser::parser::Parser;
use weir_compiler::Options;
use weir_compiler::sql::Dialect;
use weir_compiler::sql::advice::advice;
use weir_grammar::ast::Dialect as Language;
use weir_ir::plan::Plan;
use weir_ir::schema::Schema;

use common::METADATA;

fn plan(schema: &Schema, texts: &[&str]) -> Plan {
    let case = common::compile_texts(schema, texts, Language::Native, Options::default());
    let findings = case.findings();
    case.compiled.plan.unwrap_or_else(|| panic!("{findings}"))
}

#[test]
fn the_indexes_of_profiles() {
    let schema = common::schema(METADATA);
    common::fixtures("advice", |_, texts| {
        let advice = advice(&schema, &plan(&schema, texts), Dialect::Postgres).expect("advice");
        let mut text = String::new();
        for index in advice.indexes {
            let columns = index.columns.join(", ");
            let _ = writeln!(text, "{} ({columns})", index.entity);
            for reason in index.reasons {
                let _ = writeln!(text, "  {reason}");
            }
        }
        text
    });
}

#[test]
fn statements_are_one_of_each_dialect() {
    let schema = common::schema(METADATA);
    let texts = ["item account { download where name eq \"Acme\" and ownerid eq-userid }"];
    let texts = texts.map(|item| format!("profile \"P\" {{ {item} }}"));
    let plan = plan(&schema, &texts.each_ref().map(String::as_str));
    let name = "texts are compared folded";
    for (dialect, sql, left_out) in [
        (
            Dialect::Sqlite,
            &[
                r#"CREATE INDEX IF NOT EXISTS "weir_account__name" ON "account" (weir_fold("name"))"#,
                r#"CREATE INDEX IF NOT EXISTS "weir_account__ownerid" ON "account" ("ownerid")"#,
            ][..],
            None,
        ),
        (
            Dialect::Postgres,
            &[
                r#"CREATE INDEX IF NOT EXISTS "weir_account__name" ON "public"."account" (("weir"."fold"("name") COLLATE "C"))"#,
                r#"CREATE INDEX IF NOT EXISTS "weir_account__ownerid" ON "public"."account" ("ownerid")"#,
            ],
            None,
        ),
        (
            Dialect::MariaDb,
            &["CREATE INDEX IF NOT EXISTS `weir_account__ownerid` ON `account` (`ownerid`)"],
            Some(name),
        ),
        (
            Dialect::Tsql,
            &[
                "IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE name = N'weir_account__ownerid') CREATE INDEX [weir_account__ownerid] ON [dbo].[account] ([ownerid])",
            ],
            Some(name),
        ),
    ] {
        let advice = advice(&schema, &plan, dialect).expect("advice");
        let found: Vec<&str> = advice.indexes.iter().map(|index| &*index.sql).collect();
        assert_eq!(found, sql, "{}", dialect.name());
        let why = advice.left_out.first().map(|index| index.why);
        assert_eq!(why.is_some(), left_out.is_some());
        assert!(
            why.zip(left_out)
                .is_none_or(|(why, begin)| why.starts_with(begin))
        );
        assert_eq!(advice.folded, left_out.is_none());
    }
}

/// All plans of the other tests: each statement is one that creates an index, no name stands twice,
/// and the same again is the same.
#[test]
fn every_fixture_has_advice() {
    let schema = common::schema(METADATA);
    let texts = [
        include_str!("sql/profiles.txt"),
        include_str!("plans/plans.txt"),
        include_str!("advice/profiles.txt"),
    ];
    let mut seen = 0;
    for texts in texts.iter().flat_map(|text| common::sources(text)) {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let plan = plan(&schema, &texts);
        for dialect in Dialect::ALL {
            let found = advice(&schema, &plan, dialect).unwrap();
            let names: BTreeSet<&String> = found.indexes.iter().map(|index| &index.name).collect();
            assert_eq!(names.len(), found.indexes.len());
            for index in &found.indexes {
                // The parser doesn't know the condition.
                let sql = index.sql.split_once(") CREATE ").map(|(_, then)| then);
                let sql = sql.map_or(index.sql.clone(), |then| format!("CREATE {then}"));
                let grammar: Box<dyn Grammar> = match dialect {
                    Dialect::Sqlite => Box::new(SQLiteDialect {}),
                    Dialect::Postgres => Box::new(PostgreSqlDialect {}),
                    Dialect::MariaDb => Box::new(MySqlDialect {}),
                    Dialect::Tsql => Box::new(MsSqlDialect {}),
                };
                let parsed = Parser::parse_sql(&*grammar, &sql);
                let parsed = parsed.unwrap_or_else(|error| panic!("{error}: {sql}"));
                assert!(matches!(parsed[..], [Parsed::CreateIndex(_)]), "{sql}");
                assert!(!index.reasons.is_empty(), "{sql}");
                seen += 1;
            }
            assert_eq!(advice(&schema, &plan, dialect).as_ref(), Ok(&found));
        }
    }
    assert!(seen > 500, "{seen} indexes");
}
