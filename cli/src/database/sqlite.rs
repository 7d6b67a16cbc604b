//! An SQLite connection with weir's text functions and decimal collation.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, ToSql};
use weir_compiler::sql::ParameterValue;
use weir_ir::fold::Collation;

use super::connection::Cell;
use super::{DatabaseError, PREPARED, functions};

/// A connection to SQLite.
#[derive(Debug)]
pub(super) struct Sqlite {
    connection: Connection,
    text: functions::Text,
}

/// A parameter's value as SQLite binds it.
struct Bound<'a>(&'a ParameterValue);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            ParameterValue::Null => ValueRef::Null,
            ParameterValue::Integer(value) => ValueRef::Integer(*value),
            ParameterValue::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl Sqlite {
    /// A database in memory.
    pub(super) fn memory() -> Result<Self, DatabaseError> {
        Self::of(Connection::open_in_memory()?)
    }

    /// A file that exists.
    pub(super) fn open(path: &Path, access: OpenFlags) -> Result<Self, DatabaseError> {
        let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        // SQLite reads nothing of the file before the first statement.
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Self::of(connection)
    }

    fn of(connection: Connection) -> Result<Self, DatabaseError> {
        let text = functions::Text::default();
        text.register(&connection)?;
        connection.set_prepared_statement_cache_capacity(PREPARED);
        // Else every value that is bound anew prepares its statement anew, which takes most of its time.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // A query makes many small tables for itself; files for them would cost more than it does.
        connection.execute_batch("PRAGMA temp_store = MEMORY")?;
        Ok(Self { connection, text })
    }

    pub(super) fn collate(&self, collation: Collation) {
        self.text.set(collation);
    }

    pub(super) fn batch(&self, script: &str) -> Result<(), DatabaseError> {
        Ok(self.connection.execute_batch(script)?)
    }

    pub(super) fn run<E: From<DatabaseError>>(
        &self,
        sql: &str,
        values: &[ParameterValue],
        mut each: impl FnMut(&[Cell<'_>]) -> Result<(), E>,
    ) -> Result<(), E> {
        let fails = |error| E::from(DatabaseError::Sqlite(error));
        let mut statement = self.connection.prepare_cached(sql).map_err(fails)?;
        let columns = statement.column_count();
        let bound = rusqlite::params_from_iter(values.iter().map(Bound));
        let mut rows = statement.query(bound).map_err(fails)?;
        while let Some(row) = rows.next().map_err(fails)? {
            let cells = (0..columns).map(|at| row.get_ref(at).map(cell));
            let cells: Vec<Cell<'_>> = cells.collect::<Result<_, _>>().map_err(fails)?;
            each(&cells)?;
        }
        Ok(())
    }
}

fn cell(value: ValueRef<'_>) -> Cell<'_> {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Text(text) => std::str::from_utf8(text).map_or(Cell::Other, Cell::Text),
        ValueRef::Real(_) | ValueRef::Blob(_) => Cell::Other,
    }
}
