//! Every piece of SQL that the query builder has no words for, as a constant template. Nothing
//! else in this room writes SQL text.

use sea_query::{Expr, ExprTrait, Func, FunctionCall};

/// What a column of decimals is declared with.
pub(super) const COLLATE_DECIMAL: &str = r#"COLLATE "weir_decimal""#;

/// An expression compared by the decimal collation.
pub(super) fn decimal(number: Expr) -> Expr {
    Expr::cust_with_expr(r#"? COLLATE "weir_decimal""#, number)
}

/// A whole number as the text that decimals are compared as.
pub(super) fn text(number: Expr) -> Expr {
    number.cast_as("text")
}

/// A text folded as the organisation compares it.
pub(super) fn fold(text: Expr) -> Expr {
    Func::cust("weir_fold").arg(text).into()
}

/// Whether a text matches a pattern that is folded.
pub(super) fn like(text: Expr, pattern: Expr) -> Expr {
    Func::cust("weir_like").args([text, pattern]).into()
}

/// The first of two values that isn't NULL.
pub(super) fn or_else(value: Expr, other: Expr) -> Expr {
    Func::coalesce([value, other]).into()
}

/// The rows of a JSON list.
pub(super) fn json_rows(list: Expr) -> FunctionCall {
    Func::cust("json_each").arg(list)
}

/// The nth element, from 0, of a JSON list that is a row of a JSON list.
pub(super) fn element(row: Expr, at: usize) -> Expr {
    const ELEMENTS: [&str; 4] = ["? ->> 0", "? ->> 1", "? ->> 2", "? ->> 3"];
    Expr::cust_with_expr(ELEMENTS[at.min(ELEMENTS.len() - 1)], row)
}

/// A condition, with parentheses that no optimizer looks into for terms of its own.
pub(super) fn closed(condition: Expr) -> Expr {
    Expr::cust_with_expr("(?) IS TRUE", condition)
}

/// Never.
pub(super) fn never() -> Expr {
    Expr::cust("FALSE")
}
