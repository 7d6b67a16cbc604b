//! Databases that the emitted SQL is run on: SQLite in memory, and servers of the distribution's
//! packages, started in a temporary folder, alone on a socket of their own, and gone with the test.

mod mariadb;
mod postgres;
mod server;
mod spawn;

use std::collections::BTreeMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};
use std::sync::Arc;

use weir::database::{Database, Grouping, Queries};
use weir_compiler::metadata::Builder;
use weir_compiler::sql::Dialect;
use weir_compiler::sql::partition::Changes;
use weir_ir::plan::Plan;
use weir_ir::schema::{EntityId, Schema};
use weir_ir::time::Instant;
use weir_ir::transaction::Change;
use weir_ir::value::Guid;

pub use self::server::Server;

/// A connection string of the PostgreSQL server, which it starts if it has to.
///
/// # Errors
/// The server is not installed or does not start.
pub fn postgres_address() -> Result<String, String> {
    postgres::address()
}

/// An empty database of a dialect; a server starts if it has to.
///
/// # Errors
/// There is no server of the dialect, or it does not start.
pub fn store(dialect: Dialect) -> Result<Box<dyn Store>, String> {
    let (empty, _) = Builder::new().finish();
    let schema = Arc::new(empty);
    Ok(match dialect {
        Dialect::Sqlite => Box::new(Sqlite::new(&schema)?),
        _ => Box::new(Server::new(dialect, &schema)?),
    })
}

/// Rows by entity and id, ascending by entity name.
pub type Held = Vec<(EntityId, Guid)>;

/// A database with the rows of one schema.
pub trait Store {
    /// The dialect that it speaks.
    fn dialect(&self) -> Dialect;

    /// Empties it for a schema.
    ///
    /// # Errors
    /// The database can't take the schema.
    fn reset(&mut self, schema: &Arc<Schema>) -> Result<(), String>;

    /// Writes changes, in order.
    ///
    /// # Errors
    /// What the database says.
    fn write(&mut self, changes: &[Change]) -> Result<(), String>;

    /// Makes a plan's statements ready.
    ///
    /// # Errors
    /// The plan has no SQL in the dialect.
    fn publish(&mut self, plan: &Plan) -> Result<(), String>;

    /// What everybody holds; users who hold nothing are there too.
    ///
    /// # Errors
    /// What the database says.
    fn map(&mut self, now: Instant) -> Result<BTreeMap<Guid, Held>, String>;

    /// What one user holds.
    ///
    /// # Errors
    /// What the database says.
    fn rows(&mut self, user: Guid, now: Instant) -> Result<Held, String>;

    /// Brings the partition tables of the published plan up to date, and forgets versions before
    /// an instant.
    ///
    /// # Errors
    /// What the database says.
    fn refresh(&mut self, now: Instant, keep: Option<Instant>) -> Result<(), String>;

    /// What changed for a user since a version, by the partition tables.
    ///
    /// # Errors
    /// What the database says.
    fn changes(&mut self, user: Guid, since: Option<i64>) -> Result<Changes, String>;
}

/// Whether statements of all entities together are asked, not one for each: half of the time.
fn is_together(asked: impl Hash) -> bool {
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(asked);
    hash.is_multiple_of(2)
}

/// SQLite in memory, by way of the library.
pub struct Sqlite {
    database: Database,
    /// One for each entity, and together.
    queries: Option<[Queries; 2]>,
    plan: Option<Plan>,
}

impl Sqlite {
    /// An empty database.
    ///
    /// # Errors
    /// The schema has names that SQLite can't take.
    pub fn new(schema: &Arc<Schema>) -> Result<Self, String> {
        let database = Database::memory(Arc::clone(schema)).map_err(|error| error.to_string())?;
        Ok(Self {
            database,
            queries: None,
            plan: None,
        })
    }

    fn queries(&self, together: bool) -> Result<&Queries, String> {
        let [each, all] = self.queries.as_ref().ok_or("nothing is published")?;
        Ok(if together { all } else { each })
    }
}

impl Store for Sqlite {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn reset(&mut self, schema: &Arc<Schema>) -> Result<(), String> {
        *self = Self::new(schema)?;
        Ok(())
    }

    fn write(&mut self, changes: &[Change]) -> Result<(), String> {
        self.database.write(changes).map_err(|e| e.to_string())
    }

    fn publish(&mut self, plan: &Plan) -> Result<(), String> {
        let prepared = |grouping| {
            let queries = self.database.prepare_as(plan, grouping);
            queries.map_err(|e| e.to_string())
        };
        self.queries = Some([prepared(Grouping::Each)?, prepared(Grouping::Together)?]);
        self.plan = Some(plan.clone());
        Ok(())
    }

    fn map(&mut self, now: Instant) -> Result<BTreeMap<Guid, Held>, String> {
        let queries = self.queries(is_together(now))?;
        self.database.map(queries, now).map_err(|e| e.to_string())
    }

    fn rows(&mut self, user: Guid, now: Instant) -> Result<Held, String> {
        let queries = self.queries(is_together(user))?;
        let rows = self.database.rows(queries, user, now);
        rows.map_err(|e| e.to_string())
    }

    fn refresh(&mut self, now: Instant, keep: Option<Instant>) -> Result<(), String> {
        let plan = self.plan.as_ref().ok_or("nothing is published")?;
        let refreshed = self.database.refresh(plan, now, keep);
        refreshed.map_err(|e| e.to_string())
    }

    fn changes(&mut self, user: Guid, since: Option<i64>) -> Result<Changes, String> {
        let changes = self.database.changes(user, since);
        changes.map_err(|e| e.to_string())
    }
}
