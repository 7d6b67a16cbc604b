//! T-SQL's answers, for SQL Server 2019 or later and Azure SQL: native types, JSON texts, and the
//! functions of the schema `weir`.
//!
//! Invariant: texts never meet each other as they are, for `=` there ignores trailing blanks and
//! orders UTF-16 units. They are compared as `[weir].[fold]` or `[weir].[points]` writes them: `/` and
//! six hexadecimal digits a code point, which compare and match exactly.

use std::fmt::Write as _;

use rust_decimal::Decimal;
use sea_query::{Expr, ExprTrait, Func, SelectStatement, UnionType};
use weir_ir::operators::{Element, Pattern};
use weir_ir::schema::{AttributeType, Behavior, Family};
use weir_ir::time::Day;
use weir_ir::value::Value;

use super::{Answers, Limits, Read, column, iso, nested};
use crate::sql::{ParameterType, storage};

pub(super) struct Tsql;

static LIMITS: Limits = Limits {
    name: "T-SQL",
    schema: Some("dbo"),
    common_prefix: "",
    // A table of such a name is a temporary one, whatever its schema.
    reserved_prefix: "#",
    // 128 UTF-16 units; bytes are the safe side.
    identifier_bytes: 128,
    parameters: 2_100,
    // "Limited by available resources": more than 256 since SQL Server 2008.
    tables: usize::MAX,
    commons: usize::MAX,
    // A limit of ours.
    together: 250,
    // It says no number; ours.
    depth: 1_000,
    height: 1_000,
};

/// Longest pattern of `LIKE`, in bytes.
const PATTERN_BYTES: usize = 8_000;

fn type_name(ty: ParameterType) -> &'static str {
    match ty {
        ParameterType::Boolean => "bit",
        ParameterType::Integer => "bigint",
        ParameterType::Decimal => "decimal(38, 10)",
        ParameterType::Guid => "uniqueidentifier",
        ParameterType::Datetime | ParameterType::LocalDatetime => "datetime2(3)",
        ParameterType::Date => "date",
        ParameterType::Text | ParameterType::Choices | ParameterType::Json => "nvarchar(max)",
    }
}

impl Answers for Tsql {
    fn limits(&self) -> &'static Limits {
        &LIMITS
    }

    fn parameter(&self, ty: ParameterType, placeholder: Expr) -> Expr {
        placeholder.cast_as(type_name(ty))
    }

    fn constant(&self, says: bool) -> Expr {
        Expr::cust(if says { "1 = 1" } else { "1 = 0" })
    }

    fn exact(&self, text: Expr) -> Expr {
        Expr::cust_with_expr("[weir].[points](?)", text)
    }

    /// Its own order of GUIDs is by their last group.
    fn guid_order(&self, guid: Expr) -> Expr {
        Expr::cust_with_expr("CAST(? AS char(36)) COLLATE Latin1_General_100_BIN2", guid)
    }

    fn recursion(&self) -> UnionType {
        UnionType::All
    }

    fn trail(&self, before: Option<Expr>, id: Expr) -> Option<Expr> {
        let id = id.cast_as("varchar(max)");
        Some(match before {
            Some(before) => Expr::cust_with_exprs("? + ?", [before, id]),
            None => id,
        })
    }

    fn is_new(&self, trail: Expr, id: Expr) -> Option<Expr> {
        let id = id.cast_as("varchar(max)");
        Some(Expr::cust_with_exprs("CHARINDEX(?, ?) = 0", [id, trail]))
    }

    /// Every recursive expression ends by itself.
    fn recursive_tail(&self) -> &'static str {
        " OPTION (MAXRECURSION 0)"
    }

    fn fold(&self, text: Expr) -> Expr {
        Expr::cust_with_expr("[weir].[fold](?)", text)
    }

    fn like(&self, text: Expr, pattern: Expr) -> Expr {
        let pattern = pattern.cast_as("varchar(8000)");
        Expr::cust_with_exprs("? LIKE ?", [self.fold(text), pattern])
    }

    /// A pattern on code points written out; one of a set, or too long, has no such form.
    fn pattern(&self, folded: &str) -> Option<String> {
        let pattern = Pattern::parse(folded);
        if pattern.matches_nothing() {
            return Some("-".to_owned());
        }
        let mut out = String::new();
        for element in pattern.elements() {
            match element {
                Element::Run => out.push('%'),
                Element::Any => out.push_str("/______"),
                Element::Char(c) => {
                    let _ = write!(out, "/{:06X}", u32::from(*c));
                }
                Element::Set { .. } => return None,
            }
        }
        (out.len() <= PATTERN_BYTES).then_some(out)
    }

    fn decimal(&self, number: Expr, whole: bool) -> Expr {
        if whole {
            number.cast_as(type_name(ParameterType::Decimal))
        } else {
            number
        }
    }

    fn list(&self, list: Expr, ty: ParameterType, alias: &'static str) -> Read<Expr> {
        Read {
            from: Func::cust("OPENJSON").arg(list),
            columns: column(alias, "value").cast_as(type_name(ty)),
        }
    }

    /// `strict`: a text too long for `JSON_VALUE` is an error, and no NULL.
    fn table(&self, table: Expr, types: &[ParameterType], alias: &'static str) -> Read<Vec<Expr>> {
        const ELEMENTS: [&str; 4] = [
            "JSON_VALUE(?, 'strict $[0]')",
            "JSON_VALUE(?, 'strict $[1]')",
            "JSON_VALUE(?, 'strict $[2]')",
            "JSON_VALUE(?, 'strict $[3]')",
        ];
        let element = |(ty, element): (&ParameterType, &&'static str)| {
            Expr::cust_with_expr(*element, column(alias, "value")).cast_as(type_name(*ty))
        };
        Read {
            from: Func::cust("OPENJSON").arg(table),
            columns: types.iter().zip(&ELEMENTS).map(element).collect(),
        }
    }

    fn choices(&self, choices: Expr, alias: &'static str) -> Read<Expr> {
        self.list(choices, ParameterType::Integer, alias)
    }

    fn among(&self, value: Expr, list: SelectStatement) -> Expr {
        value.in_subquery(list)
    }

    fn moment(&self, behavior: Behavior, text: Expr) -> Expr {
        text.cast_as(type_name(ParameterType::moment(behavior)))
    }

    /// Read alike in every language of a session. Instants are UTC, which the type can't say.
    fn moment_text(&self, behavior: Behavior, number: i64) -> String {
        iso(behavior, number).replace('Z', "")
    }

    /// Its dates begin with the year 1; the year 0 has 366 days.
    fn first_day(&self) -> Day {
        storage::DAYS.0.plus(366)
    }

    /// Decimals of 28 digits before the point and 10 behind it: others would be rounded.
    fn binds(&self, value: &Value) -> bool {
        match value {
            Value::Decimal(value) => {
                let value = value.normalize();
                value.scale() <= 10 && value.trunc().abs() < Decimal::from(10_u128.pow(28))
            }
            _ => true,
        }
    }

    fn placeholder(&self, number: usize, ty: ParameterType) -> String {
        format!("CAST(@P{number} AS {})", type_name(ty))
    }

    fn image(&self, columns: Vec<(Expr, AttributeType)>) -> Expr {
        let items = columns.into_iter().map(|(value, _)| {
            let text = value.cast_as("nvarchar(max)");
            Expr::cust_with_expr(
                r#"COALESCE(N'"' + STRING_ESCAPE(?, 'json') + N'"', N'null')"#,
                text,
            )
        });
        nested(items.collect(), |items| {
            let mut parts = vec![Expr::cust("N'['")];
            for item in items {
                parts.extend([item, Expr::cust("N','")]);
            }
            parts.push(Expr::cust("N']'"));
            Func::cust("CONCAT").args(parts).into()
        })
    }

    fn name_type(&self) -> &'static str {
        "nvarchar(128) COLLATE Latin1_General_100_BIN2"
    }

    fn key_type(&self) -> &'static str {
        "char(64) COLLATE Latin1_General_100_BIN2"
    }

    fn digest(&self, text: Expr) -> Expr {
        Expr::cust_with_expr("CONVERT(char(64), HASHBYTES('SHA2_256', ?), 2)", text)
    }

    fn column_type(&self, ty: AttributeType) -> &'static str {
        match ty.family() {
            Family::Bool => "bit",
            Family::Number if ty == AttributeType::Bigint => "bigint",
            Family::Number if ty.is_whole() => "int",
            Family::Number => "decimal(38, 10)",
            Family::Guid => "uniqueidentifier",
            Family::Instant | Family::WallClock => "datetime2(3)",
            Family::Day => "date",
            Family::Choices | Family::Text | Family::Opaque => {
                "nvarchar(max) COLLATE Latin1_General_100_BIN2"
            }
        }
    }
}
