//! A database as weir uses it, SQLite or PostgreSQL: tables by the storage convention, decoded
//! changes written to them, and a plan's queries run on them.
//!
//! A sync server compiles once ([`Database::prepare`]), binds a user and an instant, and is given
//! rows one by one ([`Database::each_row`]); statements stay prepared as long as the connection.

mod connection;
mod error;
mod functions;
mod partition;
mod planner;
mod postgres;
mod queries;
mod sqlite;
mod tables;
mod write;

#[cfg(test)]
mod tests;

use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Arc;

use rusqlite::OpenFlags;
use weir_compiler::sql::{Dialect, ParameterValue, storage};
use weir_ir::schema::Schema;

use connection::{Connection, Span};
use sqlite::Sqlite;

pub use connection::Cell;
pub use error::DatabaseError;
pub use planner::{Planned, Scan};
pub use postgres::Postgres;
pub use queries::{Grouping, Queries};
pub(crate) use tables::{is_sqlite, tables};

/// Statements that stay prepared: those of a few plans at a time.
const PREPARED: usize = 1_024;

/// A database that holds the rows of one schema.
#[derive(Debug)]
pub struct Database {
    connection: Connection,
    schema: Arc<Schema>,
    upserts: write::Upserts,
}

impl Database {
    /// An SQLite database in memory, with all tables of the schema, empty.
    ///
    /// # Errors
    /// The schema has names that SQLite can't take.
    pub fn memory(schema: Arc<Schema>) -> Result<Self, DatabaseError> {
        let database = Self::of(Connection::Sqlite(Sqlite::memory()?), schema);
        database.create_tables()?;
        Ok(database)
    }

    /// An SQLite file that exists, with its tables in the storage convention.
    ///
    /// # Errors
    /// There is no such file, or it is no database.
    pub fn open(path: &Path, schema: Arc<Schema>) -> Result<Self, DatabaseError> {
        let sqlite = Sqlite::open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        Ok(Self::of(Connection::Sqlite(sqlite), schema))
    }

    /// The same, to read alone.
    ///
    /// # Errors
    /// There is no such file, or it is no database.
    pub fn open_to_read(path: &Path, schema: Arc<Schema>) -> Result<Self, DatabaseError> {
        let sqlite = Sqlite::open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        Ok(Self::of(Connection::Sqlite(sqlite), schema))
    }

    /// A new SQLite file, with all tables of the schema, empty.
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

    /// A PostgreSQL server, by a connection string (`postgres://…`, or `host=… dbname=…`), with its
    /// tables in the storage convention in the schema `public`. Without TLS: over a socket, a network
    /// that is trusted, or a tunnel.
    ///
    /// # Errors
    /// The text is no connection string, or no connection comes about; neither says the text.
    pub fn connect(text: &str, schema: Arc<Schema>) -> Result<Self, DatabaseError> {
        Ok(Self::of_postgres(Postgres::connect(text)?, schema))
    }

    /// A PostgreSQL server by a connection that is there.
    #[must_use]
    pub fn of_postgres(postgres: Postgres, schema: Arc<Schema>) -> Self {
        Self::of(Connection::Postgres(Box::new(postgres)), schema)
    }

    fn of(connection: Connection, schema: Arc<Schema>) -> Self {
        Self {
            connection,
            schema,
            upserts: write::Upserts::new(),
        }
    }

    /// The dialect that it speaks.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.connection.dialect()
    }

    /// The schema of its rows.
    #[must_use]
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// Creates all tables of the schema, none of which may be there.
    ///
    /// # Errors
    /// The dialect can't take a name, or the database says why.
    pub fn create_tables(&self) -> Result<(), DatabaseError> {
        let mut all = String::new();
        for (_, entity) in self.schema.entities() {
            all.push_str(&storage::create_table(entity, self.dialect())?);
            all.push_str(";\n");
        }
        self.connection
            .span(Span::Write, || self.connection.batch(&all))
    }

    /// Runs statements of the caller's own without parameters, such as [`weir_compiler::sql::install`]'s.
    ///
    /// # Errors
    /// The database says why.
    pub fn batch(&self, script: &str) -> Result<(), DatabaseError> {
        self.connection.batch(script)
    }

    /// Runs a statement of the caller's own; each row is handed over as it comes, and none is kept.
    ///
    /// # Errors
    /// The database says why, or `each` says no.
    pub fn run<E: From<DatabaseError>>(
        &self,
        sql: &str,
        values: &[ParameterValue],
        each: impl FnMut(&[Cell<'_>]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.connection.run(sql, values, each)
    }
}
