//! What emission asks of a dialect: one file of answers each.

mod sqlite;

use sea_query::{QueryStatementWriter, SqliteQueryBuilder, Value};

use super::SqlError;

/// The dialects that weir speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// SQLite, with the functions and the collation that weir registers.
    Sqlite,
}

/// A dialect's names and limits.
#[derive(Debug)]
pub(super) struct Answers {
    /// Its name.
    pub(super) name: &'static str,
    /// The schema that tables stand in.
    pub(super) schema: &'static str,
    /// What no name of a table may begin with, whatever its case.
    pub(super) reserved_prefix: &'static str,
    /// Longest name, in bytes.
    pub(super) identifier_bytes: usize,
    /// Most parameters of a statement.
    pub(super) parameters: usize,
    /// Most tables of a statement, each common table expression counted with all that it reads,
    /// wherever it stands.
    pub(super) tables: usize,
    /// Deepest expression, counted through the common table expressions that it reads.
    pub(super) depth: usize,
}

impl Dialect {
    pub(super) fn answers(self) -> &'static Answers {
        match self {
            Self::Sqlite => &sqlite::ANSWERS,
        }
    }

    /// The text of a statement, and its values in the order of its placeholders.
    pub(super) fn build(self, query: &impl QueryStatementWriter) -> (String, Vec<Value>) {
        let (sql, values) = match self {
            Self::Sqlite => query.build(SqliteQueryBuilder),
        };
        (sql, values.0)
    }

    /// Checks a name of the schema before it is quoted.
    pub(super) fn check_name(self, name: &str) -> Result<(), SqlError> {
        let answers = self.answers();
        let reason = if name.is_empty() {
            "it is empty".to_owned()
        } else if name.contains('\0') {
            "it contains the character U+0000".to_owned()
        } else if name.len() > answers.identifier_bytes {
            format!(
                "it has {} bytes, and {} are allowed",
                name.len(),
                answers.identifier_bytes
            )
        } else if name
            .get(..answers.reserved_prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(answers.reserved_prefix))
        {
            format!("`{}` is reserved", answers.reserved_prefix)
        } else {
            return Ok(());
        };
        Err(SqlError::Name {
            name: name.to_owned(),
            dialect: answers.name,
            reason,
        })
    }
}
