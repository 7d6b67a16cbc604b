//! PostgreSQL's answers: native types, arrays, and the functions of the schema `weir`.

use sea_query::{Expr, ExprTrait, Func, SelectStatement};
use weir_ir::schema::{AttributeType, Behavior, Family};

use super::{Answers, Limits, Read, column, iso, nested, regex};
use crate::sql::ParameterType;
use weir_ir::value::Value;

pub(super) struct Postgres;

static LIMITS: Limits = Limits {
    name: "PostgreSQL",
    schema: Some("public"),
    common_prefix: "",
    reserved_prefix: "pg_",
    // NAMEDATALEN less one; longer names are cut off silently.
    identifier_bytes: 63,
    // A 16-bit count in the protocol.
    parameters: 65_535,
    // No limit of its own: each common table expression is planned once.
    tables: usize::MAX,
    commons: usize::MAX,
    // A limit of ours.
    together: 250,
    // Expressions that are read once are planned where they are read: of `and` and `or` in turn, 489
    // levels took 0.1 s, 733 took 3 s, 976 more than 4 GB (15.18).
    depth: 500,
    // Its planner's time and memory grow faster than the square of `and` and `or` in turn: 400 took
    // 0.6 s, 500 2.7 s, 600 17 s, 700 more than 6 GB (15.18).
    height: 400,
};

fn type_name(ty: ParameterType) -> &'static str {
    match ty {
        ParameterType::Boolean => "boolean",
        ParameterType::Integer => "bigint",
        ParameterType::Decimal => "numeric",
        ParameterType::Text => "text",
        ParameterType::Guid => "uuid",
        ParameterType::Datetime => "timestamptz",
        ParameterType::LocalDatetime => "timestamp",
        ParameterType::Date => "date",
        ParameterType::Choices => "int[]",
        ParameterType::Json => "jsonb",
    }
}

impl Answers for Postgres {
    fn limits(&self) -> &'static Limits {
        &LIMITS
    }

    fn parameter(&self, ty: ParameterType, placeholder: Expr) -> Expr {
        placeholder.cast_as(type_name(ty))
    }

    fn beside(&self, condition: Expr) -> Expr {
        // It takes a range of unknown bounds for a narrow one, and would list what is in it.
        Expr::cust_with_expr("($1) IS TRUE", condition)
    }

    fn fold(&self, text: Expr) -> Expr {
        Expr::cust_with_expr(r#""weir"."fold"($1) COLLATE "C""#, text)
    }

    fn like(&self, text: Expr, pattern: Expr) -> Expr {
        Expr::cust_with_exprs("$1 ~ $2", [self.fold(text), pattern])
    }

    /// An advanced regular expression; `(?s)`: a line break is a character like any other.
    fn pattern(&self, folded: &str) -> Option<String> {
        Some(regex(folded, ["***:(?s)^", "$"], |c| {
            format!("\\U{:08X}", u32::from(c))
        }))
    }

    fn decimal(&self, number: Expr, _: bool) -> Expr {
        number
    }

    fn list(&self, list: Expr, ty: ParameterType, alias: &'static str) -> Read<Expr> {
        Read {
            from: Func::cust("jsonb_array_elements_text").arg(list),
            columns: column(alias, "value").cast_as(type_name(ty)),
        }
    }

    fn table(&self, table: Expr, types: &[ParameterType], alias: &'static str) -> Read<Vec<Expr>> {
        const ELEMENTS: [&str; 4] = ["$1 ->> 0", "$1 ->> 1", "$1 ->> 2", "$1 ->> 3"];
        let element = |(ty, element): (&ParameterType, &&'static str)| {
            Expr::cust_with_expr(*element, column(alias, "value")).cast_as(type_name(*ty))
        };
        Read {
            from: Func::cust("jsonb_array_elements").arg(table),
            columns: types.iter().zip(&ELEMENTS).map(element).collect(),
        }
    }

    fn choices(&self, choices: Expr, alias: &'static str) -> Read<Expr> {
        Read {
            from: Func::cust("unnest").arg(choices),
            // A function of one unnamed column: the column bears the alias.
            columns: column(alias, alias),
        }
    }

    /// As an array, which an index can be asked for.
    fn among(&self, value: Expr, list: SelectStatement) -> Expr {
        let list = Expr::SubQuery(None, Box::new(list.into()));
        Expr::cust_with_exprs("$1 = ANY (ARRAY $2)", [value, list])
    }

    fn moment(&self, behavior: Behavior, text: Expr) -> Expr {
        text.cast_as(type_name(ParameterType::moment(behavior)))
    }

    /// ISO 8601, but the year 0 is the first before Christ.
    fn moment_text(&self, behavior: Behavior, number: i64) -> String {
        let text = iso(behavior, number);
        match text.strip_prefix("0000") {
            Some(rest) => format!("0001{rest} BC"),
            None => text,
        }
    }

    fn choices_text(&self, choices: &[i64]) -> String {
        let choices: Vec<String> = choices.iter().map(i64::to_string).collect();
        format!("{{{}}}", choices.join(","))
    }

    /// Every text but those with U+0000.
    fn binds(&self, value: &Value) -> bool {
        !matches!(value, Value::Text(text) if text.contains('\0'))
    }

    fn placeholder(&self, number: usize, ty: ParameterType) -> String {
        format!("CAST(${number} AS {})", type_name(ty))
    }

    /// Instants as seconds: their text depends on the session's zone.
    fn image(&self, columns: Vec<(Expr, AttributeType)>) -> Expr {
        let items = columns.into_iter().map(|(value, ty)| match ty.family() {
            Family::Number if !ty.is_whole() => Func::cust("trim_scale").arg(value).into(),
            Family::Instant => Expr::cust_with_expr("EXTRACT(EPOCH FROM $1)", value),
            _ => value,
        });
        nested(items.collect(), |items| {
            Func::cust("jsonb_build_array").args(items).into()
        })
        .cast_as("text")
    }

    fn digest(&self, text: Expr) -> Expr {
        Expr::cust_with_expr("encode(sha256(convert_to($1, 'UTF8')), 'hex')", text)
    }

    fn column_type(&self, ty: AttributeType) -> &'static str {
        match ty.family() {
            Family::Bool => "boolean",
            Family::Number if ty == AttributeType::Bigint => "bigint",
            Family::Number if ty.is_whole() => "integer",
            Family::Number => "numeric",
            Family::Guid => "uuid",
            Family::Instant => "timestamp(3) with time zone",
            Family::WallClock => "timestamp(3)",
            Family::Day => "date",
            Family::Choices => "int[]",
            Family::Text | Family::Opaque => "text",
        }
    }
}
