//! SQLite as weir uses it: a connection with weir's text functions and decimal collation, tables by
//! the storage convention, decoded changes written to them, and the plan's queries run on them.

mod error;
mod functions;
mod partition;
mod queries;
mod tables;
mod write;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags};
use weir_compiler::sql::{Dialect, storage};
use weir_ir::schema::{AttrId, EntityId, Schema};

pub use error::DatabaseError;
pub use queries::Queries;
pub(crate) use tables::{is_sqlite, tables};

/// Statements that stay prepared: those of a few plans at a time.
const PREPARED: usize = 1_024;

/// A database that holds the rows of one schema.
#[derive(Debug)]
pub struct Database {
    connection: Connection,
    schema: Arc<Schema>,
    text: functions::Text,
    /// The statements that write, by what they write.
    upserts: BTreeMap<(EntityId, Vec<AttrId>), String>,
}

impl Database {
    /// A database in memory, with all tables of the schema, empty.
    ///
    /// # Errors
    /// The schema has names that SQLite can't take.
    pub fn memory(schema: Arc<Schema>) -> Result<Self, DatabaseError> {
        let database = Self::of(Connection::open_in_memory()?, schema)?;
        database.create_tables()?;
        Ok(database)
    }

    /// A database file that exists, with its tables in the storage convention.
    ///
    /// # Errors
    /// There is no such file, or it is no database.
    pub fn open(path: &Path, schema: Arc<Schema>) -> Result<Self, DatabaseError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        // SQLite reads nothing of the file before the first statement.
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Self::of(connection, schema)
    }

    /// A new database file, with all tables of the schema, empty.
    ///
    /// # Errors
    /// The file exists or can't be written, or the schema has names that SQLite can't take.
    pub fn create(path: &Path, schema: Arc<Schema>) -> Result<Self, DatabaseError> {
        let made = OpenOptions::new().write(true).create_new(true).open(path);
        made.map_err(|source| DatabaseError::Create {
            path: path.to_owned(),
            source,
        })?;
        let database = Self::open(path, schema)?;
        database.create_tables()?;
        Ok(database)
    }

    fn of(connection: Connection, schema: Arc<Schema>) -> Result<Self, DatabaseError> {
        let text = functions::Text::default();
        text.register(&connection)?;
        connection.set_prepared_statement_cache_capacity(PREPARED);
        // A query makes many small tables for itself; files for them would cost more than it does.
        connection.execute_batch("PRAGMA temp_store = MEMORY")?;
        Ok(Self {
            connection,
            schema,
            text,
            upserts: BTreeMap::new(),
        })
    }

    fn create_tables(&self) -> Result<(), DatabaseError> {
        let mut all = String::new();
        for (_, entity) in self.schema.entities() {
            all.push_str(&storage::create_table(entity, Dialect::Sqlite)?);
            all.push_str(";\n");
        }
        self.connection
            .execute_batch(&format!("BEGIN;\n{all}COMMIT"))?;
        Ok(())
    }
}
