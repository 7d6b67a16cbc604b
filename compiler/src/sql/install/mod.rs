//! What a server needs before it can run the statements: text folding by the organisation's collation,
//! as a function over a table made of the same Unicode data that the engine folds with. Everything
//! stands in a schema or under a prefix of its own; installing twice changes nothing, installing
//! another collation puts its function in the place of the one before, and uninstalling leaves nothing.

mod ci_ai;
mod ci_as;

use weir_ir::fold::Collation;

use super::{Dialect, Kind, Parameter, ParameterType, ParameterValue, Statement, partition};

/// A statement of a script, in which [`ci_ai::HERE`] stands for the marks that it looks for, and
/// whether the table of foldings is its parameter.
type Line = (&'static str, bool);

/// The statements that install what a plan's statements need, in order.
#[must_use]
pub fn install(dialect: Dialect, collation: Collation) -> Vec<Statement> {
    let begin = match dialect {
        Dialect::Sqlite => return Vec::new(),
        Dialect::Postgres => POSTGRES,
        Dialect::MariaDb => &[],
        Dialect::Tsql => TSQL,
    };
    let (script, foldings) = match collation {
        Collation::CiAi => (ci_ai::script(dialect), ci_ai::foldings()),
        Collation::CiAs => (ci_as::script(dialect), ci_as::foldings()),
    };
    let marks = ci_ai::marks(dialect);
    let statement = |(sql, takes_foldings): &Line| {
        let parameters = takes_foldings.then(|| Parameter {
            name: "foldings".to_owned(),
            ty: ParameterType::Json,
            value: ParameterValue::Text(foldings.clone()),
        });
        Statement {
            parameters: parameters.into_iter().collect(),
            ..statement(Kind::Install, sql.replace(ci_ai::HERE, &marks))
        }
    };
    begin.iter().chain(script).map(statement).collect()
}

/// The statements that take away what [`install`] made, and the partition tables, in order.
#[must_use]
pub fn uninstall(dialect: Dialect) -> Vec<Statement> {
    let script: &[&str] = match dialect {
        Dialect::Sqlite => &[],
        Dialect::Postgres => &["DROP SCHEMA IF EXISTS \"weir\" CASCADE"],
        Dialect::MariaDb => &[
            "DROP FUNCTION IF EXISTS `weir_fold`",
            "DROP TABLE IF EXISTS `weir_folding`",
            "DROP TABLE IF EXISTS `weir_composing`",
        ],
        Dialect::Tsql => &[
            "DROP FUNCTION IF EXISTS [weir].[fold]",
            "DROP TABLE IF EXISTS [weir].[folding]",
            "DROP TABLE IF EXISTS [weir].[composing]",
            "DROP FUNCTION IF EXISTS [weir].[points]",
            "DROP SCHEMA IF EXISTS [weir]",
        ],
    };
    let tables = match dialect {
        // They go with their schema.
        Dialect::Postgres => Vec::new(),
        _ => partition::drop(dialect),
    };
    let rest = script.iter().map(|sql| (*sql).to_owned());
    let all = tables.into_iter().chain(rest);
    all.map(|sql| statement(Kind::Uninstall, sql)).collect()
}

fn statement(kind: Kind, sql: String) -> Statement {
    Statement {
        kind,
        entity: None,
        sql,
        parameters: Vec::new(),
    }
}

const POSTGRES: &[Line] = &[(r#"CREATE SCHEMA IF NOT EXISTS "weir""#, false)];

const TSQL: &[Line] = &[
    // `CREATE SCHEMA` must stand alone.
    (
        "IF SCHEMA_ID(N'weir') IS NULL EXECUTE (N'CREATE SCHEMA [weir]')",
        false,
    ),
    // Each code point as a slash and six hexadecimal digits: exact whatever the collation's rules for
    // trailing blanks and for what UTF-16 takes two units for.
    (
        r"CREATE OR ALTER FUNCTION [weir].[points](@text nvarchar(max)) RETURNS varchar(max)
WITH RETURNS NULL ON NULL INPUT AS
BEGIN
  DECLARE @at bigint = 1, @point int, @low int, @units bigint = DATALENGTH(@text) / 2;
  DECLARE @result varchar(max) = '';
  SET @text = @text COLLATE Latin1_General_100_BIN2;
  WHILE @at <= @units
  BEGIN
    SET @point = UNICODE(SUBSTRING(@text COLLATE Latin1_General_100_BIN2, @at, 1) COLLATE Latin1_General_100_BIN2);
    IF @point BETWEEN 55296 AND 56319 AND @at < @units
    BEGIN
      SET @low = UNICODE(SUBSTRING(@text COLLATE Latin1_General_100_BIN2, @at + 1, 1) COLLATE Latin1_General_100_BIN2);
      IF @low BETWEEN 56320 AND 57343
      BEGIN
        SET @point = 65536 + (@point - 55296) * 1024 + (@low - 56320);
        SET @at = @at + 1;
      END
    END
    SET @result = @result + '/' + RIGHT(CONVERT(varchar(8), CONVERT(binary(4), @point), 2), 6);
    SET @at = @at + 1;
  END
  RETURN @result COLLATE Latin1_General_100_BIN2;
END",
        false,
    ),
];
