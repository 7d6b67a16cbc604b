//! SQLite's answers: texts, numbers and the functions that weir registers.

use sea_query::{Expr, ExprTrait, Func, SelectStatement};
use weir_ir::schema::{AttributeType, Behavior, Family};

use super::{Answers, Limits, Read, column, iso, nested};
use crate::sql::ParameterType;

pub(super) struct Sqlite;

static LIMITS: Limits = Limits {
    name: "SQLite",
    // Beside quoting, a qualified name is never one of our common table expressions.
    schema: Some("main"),
    common_prefix: "",
    reserved_prefix: "sqlite_",
    // SQLite has no limit of its own; no logical name is a tenth of this.
    identifier_bytes: 1_024,
    // SQLITE_MAX_VARIABLE_NUMBER.
    parameters: 32_766,
    // SQLite expands a common table expression wherever it stands, and gives up once it has opened
    // 1,000 cursors; a few are its own.
    tables: 960,
    commons: usize::MAX,
    // It makes 500 `SELECT`s one.
    together: 250,
    // SQLITE_MAX_EXPR_DEPTH is 1,000, summed over the expressions that stand in one another.
    depth: 1_000,
    height: 1_000,
};

impl Answers for Sqlite {
    fn limits(&self) -> &'static Limits {
        &LIMITS
    }

    fn parameter(&self, _: ParameterType, placeholder: Expr) -> Expr {
        placeholder
    }

    /// SQLite makes one flat conjunction of those of `AND`s in one another.
    fn closed(&self, condition: Expr) -> Expr {
        Expr::cust_with_expr("(?) IS TRUE", condition)
    }

    fn keeps(&self) -> bool {
        true
    }

    fn fold(&self, text: Expr) -> Expr {
        Func::cust("weir_fold").arg(text).into()
    }

    fn like(&self, text: Expr, pattern: Expr) -> Expr {
        Func::cust("weir_like").args([text, pattern]).into()
    }

    fn pattern(&self, folded: &str) -> Option<String> {
        Some(folded.to_owned())
    }

    fn decimal(&self, number: Expr, whole: bool) -> Expr {
        let text = if whole {
            number.cast_as("text")
        } else {
            number
        };
        Expr::cust_with_expr(r#"? COLLATE "weir_decimal""#, text)
    }

    fn list(&self, list: Expr, _: ParameterType, alias: &'static str) -> Read<Expr> {
        Read {
            from: Func::cust("json_each").arg(list),
            columns: column(alias, "value"),
        }
    }

    fn table(&self, table: Expr, types: &[ParameterType], alias: &'static str) -> Read<Vec<Expr>> {
        const ELEMENTS: [&str; 4] = ["? ->> 0", "? ->> 1", "? ->> 2", "? ->> 3"];
        let row = || column(alias, "value");
        let elements = ELEMENTS.iter().take(types.len());
        Read {
            from: Func::cust("json_each").arg(table),
            columns: elements
                .map(|element| Expr::cust_with_expr(*element, row()))
                .collect(),
        }
    }

    fn choices(&self, column: Expr, alias: &'static str) -> Read<Expr> {
        self.list(column, ParameterType::Integer, alias)
    }

    fn among(&self, value: Expr, list: SelectStatement) -> Expr {
        value.in_subquery(list)
    }

    fn moment(&self, _: Behavior, text: Expr) -> Expr {
        text
    }

    fn moment_text(&self, behavior: Behavior, number: i64) -> String {
        iso(behavior, number)
    }

    /// Numbers with a fraction without the noughts at their end.
    fn image(&self, columns: Vec<(Expr, AttributeType)>) -> Expr {
        let items = columns.into_iter().map(|(value, ty)| match ty.family() {
            Family::Number if !ty.is_whole() => Expr::cust_with_exprs(
                "iif(instr(?, '.') > 0, rtrim(rtrim(?, '0'), '.'), ?)",
                [value.clone(), value.clone(), value],
            ),
            _ => value,
        });
        nested(items.collect(), |items| {
            Func::cust("json_array").args(items).into()
        })
    }

    /// Keys have no longest length.
    fn digest(&self, text: Expr) -> Expr {
        text
    }

    fn column_type(&self, ty: AttributeType) -> &'static str {
        match ty.family() {
            Family::Bool => "integer",
            Family::Number if ty.is_whole() => "integer",
            Family::Number => r#"text COLLATE "weir_decimal""#,
            _ => "text",
        }
    }
}
