//! What weir asks of a database's driver: a script, or one statement whose rows come one by one.

use weir_compiler::sql::{Dialect, ParameterValue};
use weir_ir::fold::Collation;
use weir_ir::time::Day;
use weir_ir::value::Guid;

use super::DatabaseError;
use super::postgres::Postgres;
use super::sqlite::Sqlite;

/// A value that a statement gives, as far as weir reads any. SQLite has dates and GUIDs as texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// NULL.
    Null,
    /// A whole number, or a boolean as 0 or 1.
    Integer(i64),
    /// A text.
    Text(&'a str),
    /// A GUID.
    Guid(Guid),
    /// The day of a date or a datetime, by UTC or its wall clock.
    Day(Day),
    /// Anything else.
    Other,
}

impl Cell<'_> {
    /// The GUID that it is.
    #[must_use]
    pub fn guid(self) -> Option<Guid> {
        match self {
            Self::Guid(id) => Some(id),
            Self::Text(text) => Guid::parse(text),
            _ => None,
        }
    }

    /// The text that it is.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number that it is.
    #[must_use]
    pub fn integer(self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(number),
            _ => None,
        }
    }
}

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span {
    /// Several statements look at the same rows.
    Read,
    /// All is written, or nothing.
    Write,
    /// What is written is only tried: nothing of it stays.
    Trial,
}

/// A connection to a database.
#[derive(Debug)]
pub(super) enum Connection {
    /// SQLite.
    Sqlite(Sqlite),
    /// PostgreSQL.
    Postgres(Box<Postgres>),
}

impl Connection {
    pub(super) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Compares text by that collation from now on, where the database leaves it to weir.
    pub(super) fn collate(&self, collation: Collation) {
        match self {
            Self::Sqlite(sqlite) => sqlite.collate(collation),
            Self::Postgres(_) => {}
        }
    }

    /// Runs statements without parameters.
    pub(super) fn batch(&self, script: &str) -> Result<(), DatabaseError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.batch(script),
            Self::Postgres(postgres) => postgres.batch(script),
        }
    }

    /// Runs a statement; each row is handed over as it comes, and none is kept.
    pub(super) fn run<E: From<DatabaseError>>(
        &self,
        sql: &str,
        values: &[ParameterValue],
        each: impl FnMut(&[Cell<'_>]) -> Result<(), E>,
    ) -> Result<(), E> {
        match self {
            Self::Sqlite(sqlite) => sqlite.run(sql, values, each),
            Self::Postgres(postgres) => postgres.run(sql, values, each),
        }
    }

    /// Does something in one transaction.
    pub(super) fn span<T, E: From<DatabaseError>>(
        &self,
        span: Span,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        // Savepoints stand in one another, where a caller has begun a transaction.
        let [begin, keep, drop] = match (self, span) {
            // The end of the outermost savepoint would write the file, though nothing of it differs.
            (Self::Sqlite(_), Span::Trial) => ["BEGIN", "ROLLBACK", "ROLLBACK"],
            (Self::Sqlite(_), _) => [
                "SAVEPOINT weir",
                "RELEASE weir",
                "ROLLBACK TO weir; RELEASE weir",
            ],
            (Self::Postgres(_), Span::Read) => [
                "START TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
                "COMMIT",
                "ROLLBACK",
            ],
            (Self::Postgres(_), Span::Write) => ["START TRANSACTION", "COMMIT", "ROLLBACK"],
            (Self::Postgres(_), Span::Trial) => ["START TRANSACTION", "ROLLBACK", "ROLLBACK"],
        };
        self.batch(begin)?;
        let done = work();
        let ended = self.batch(if done.is_ok() { keep } else { drop });
        let done = done?;
        ended?;
        Ok(done)
    }
}
