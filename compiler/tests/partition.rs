//! The statements of partition tables: each is one statement of its dialect, its parameters are
//! as many as its placeholders, and no data stands in it.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop where it can't go on"
)]

mod common;

use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};
use weir_compiler::Options;
use weir_compiler::sql::partition::{Changes, changes, partition};
use weir_compiler::sql::{Context, Dialect, ParameterValue, Query, SqlError};
use weir_grammar::ast::Dialect as Language;
use weir_ir::plan::Plan;
use weir_ir::schema::Schema;
use weir_ir::time::Instant;
use weir_ir::value::Guid;

use common::{METADATA, grammar, known};

/// One statement, with as many placeholders as parameters.
fn verify(step: &Query, dialect: Dialect) {
    let sql = known(&step.sql);
    // T-SQL makes what isn't there by a condition that the parser doesn't read.
    let sql = match sql.split_once(" IS NULL ") {
        Some((condition, then)) if condition.starts_with("IF ") => then.to_owned(),
        _ => sql,
    };
    let grammar = grammar(dialect);
    let parsed = Parser::parse_sql(&*grammar, &sql);
    let parsed = parsed.unwrap_or_else(|error| panic!("{}: {error}\n{sql}", dialect.name()));
    assert_eq!(parsed.len(), 1, "{sql}");
    let tokens = Tokenizer::new(&*grammar, &sql).tokenize().expect("tokens");
    let places = tokens.iter().filter(|token| match token {
        Token::Placeholder(_) => true,
        Token::Word(word) => word.value.starts_with("@P") && word.quote_style.is_none(),
        _ => false,
    });
    let bound = step.bind(Context::default());
    assert_eq!(places.count(), bound.len(), "{sql}");
}

fn plans(schema: &Schema) -> Vec<Plan> {
    let texts = [
        include_str!("sql/profiles.txt"),
        include_str!("plans/plans.txt"),
    ];
    let cases = texts.iter().flat_map(|text| common::sources(text));
    cases
        .map(|texts| {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let case = common::compile_texts(schema, &texts, Language::Native, Options::default());
            case.compiled.plan.expect("no errors")
        })
        .collect()
}

#[test]
fn every_statement_is_one_in_every_dialect() {
    let schema = common::schema(METADATA);
    for dialect in Dialect::ALL {
        let (mut verified, mut refused) = (0, 0);
        for plan in plans(&schema) {
            match partition(&schema, &plan, dialect) {
                Ok(made) => {
                    let steps = [made.create, made.refresh, made.forget, vec![made.changes]];
                    for step in steps.iter().flatten() {
                        verify(step, dialect);
                        verified += 1;
                    }
                }
                Err(SqlError::Pattern { pattern, .. }) if dialect == Dialect::Tsql => {
                    assert!(pattern.contains('['), "{pattern}");
                    refused += 1;
                }
                Err(other) => panic!("{other}"),
            }
        }
        assert!(verified > 1_000 && refused < 5, "{verified} and {refused}");
    }
}

/// Neither what a device has nor the clock is in a text, nor any value of the plan.
#[test]
fn values_are_parameters() {
    let schema = common::schema(METADATA);
    let text = r#"
      profile "Odd ' name" {
        members { user "zoe@example.com" }
        item account { download where name eq "needle" columns name }
      }"#;
    let case = common::compile_texts(&schema, &[text], Language::Native, Options::default());
    let plan = case.compiled.plan.expect("no errors");
    for dialect in Dialect::ALL {
        let made = partition(&schema, &plan, dialect).expect("SQL");
        for step in [made.create, made.refresh, made.forget].concat() {
            for word in ["needle", "Odd", "zoe", "account'"] {
                assert!(!step.sql.contains(word), "{}", step.sql);
            }
        }
        let asked = changes(dialect);
        let now = Instant::parse("2026-03-02T08:00:00Z").expect("an instant");
        let bound = asked.bind(Context {
            user: Some(Guid::parse("6f9619ff-8b86-d011-b42d-00c04fc964ff").expect("a GUID")),
            clock: Some((now, &[])),
            since: Some(41),
            ..Context::default()
        });
        assert!(bound.iter().any(|p| p.value == ParameterValue::Integer(41)));
        assert!(bound.iter().any(|p| p.name == "user"));
    }
}

#[test]
fn names_of_ours_are_refused() {
    let metadata = r#"{"entities":[
      {"name":"weir_note","ownership":"organization","offline":true,"attributes":[]},
      {"name":"thing","ownership":"organization","offline":true,
       "attributes":[{"name":"weight","type":"integer","column":"weir:key"}]}]}"#;
    let schema = common::schema(metadata);
    let plan = |text: &str| {
        let case = common::compile_texts(&schema, &[text], Language::Native, Options::default());
        case.compiled.plan.expect("no errors")
    };
    let note = plan(r#"profile "P" { item weir_note { download all } }"#);
    let error = partition(&schema, &note, Dialect::Sqlite).expect_err("refused");
    assert_eq!(
        error.to_string(),
        "`weir_note` can't be a name in SQLite: `weir_` is reserved where there are partition tables"
    );
    let thing = plan(r#"profile "P" { item thing { download all } }"#);
    let error = partition(&schema, &thing, Dialect::Postgres).expect_err("refused");
    assert_eq!(
        error.to_string(),
        "`weir:key` can't be a name in PostgreSQL: `weir:` is reserved where there are partition tables"
    );
}

#[test]
fn lines_of_changes_are_read() {
    let schema = common::schema(METADATA);
    let id = "6f9619ff-8b86-d011-b42d-00c04fc964ff";
    let mut read = Changes::default();
    read.take(&schema, "since", "", "", Some(7))
        .expect("a line");
    read.take(&schema, "put", "account", id, None)
        .expect("a line");
    read.take(&schema, "remove", "contact", id, None)
        .expect("a line");
    assert!(!read.start_over);
    assert_eq!((read.version, read.put.len(), read.remove.len()), (7, 1, 1));
    let error = read
        .take(&schema, "put", "nothing", id, None)
        .expect_err("refused");
    assert_eq!(
        error.to_string(),
        format!("the line `put` `nothing` `{id}` is none of a statement of changes")
    );
    assert!(read.take(&schema, "since", "", "", None).is_err());
}
