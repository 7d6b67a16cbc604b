//! SQLite's answers.

use super::Answers;

pub(super) static ANSWERS: Answers = Answers {
    name: "SQLite",
    // Beside quoting, a qualified name is never one of our common table expressions.
    schema: "main",
    reserved_prefix: "sqlite_",
    // SQLite has no limit of its own; no logical name is a tenth of this.
    identifier_bytes: 1_024,
    // SQLITE_MAX_VARIABLE_NUMBER.
    parameters: 32_766,
    // SQLite expands a common table expression wherever it stands, and gives up once it has opened
    // 1,000 cursors; a few are its own.
    tables: 960,
    // SQLITE_MAX_EXPR_DEPTH is 1,000, summed over the expressions that stand in one another.
    depth: 1_000,
};
