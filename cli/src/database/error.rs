//! Why a database can't answer.

use std::path::PathBuf;

use weir_compiler::sql::SqlError;
use weir_compiler::sql::partition::ChangesError;

/// Why the database can't answer.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The plan, or the schema, has no SQL.
    #[error(transparent)]
    Sql(#[from] SqlError),
    /// A line of the partition tables is of another schema.
    #[error(transparent)]
    Changes(#[from] ChangesError),
    /// The file that was to be made can't be.
    #[error("can't create `{}`: {source}", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A row that a statement gives isn't of the schema.
    #[error("the database gives a row of no entity")]
    Entity,
    /// A table that the plan reads isn't there.
    #[error("the database has no table `{table}`, which the profiles need")]
    Table {
        /// The table.
        table: String,
    },
    /// A column that the plan reads isn't there.
    #[error("the table `{table}` has no column `{column}`, which the profiles need")]
    Column {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A stored id is no GUID.
    #[error("`{text}` in the table `{table}` is no GUID")]
    Guid {
        /// The table.
        table: String,
        /// The id.
        text: String,
    },
    /// A value has no storage form.
    #[error(
        "`{value}` can't be stored in `{entity}.{attribute}`: its year is not among 0000 to 9999, or {dialect} has no such value"
    )]
    Value {
        /// The entity.
        entity: String,
        /// The attribute.
        attribute: String,
        /// The value.
        value: String,
        /// The dialect.
        dialect: &'static str,
    },
    /// What should be a connection string can't be read; what is wrong might be a part of a
    /// password.
    #[error("the connection string can't be read")]
    ConnectionString,
    /// No connection comes about.
    #[error("can't connect to PostgreSQL: {0}")]
    Connect(String),
    /// An index that is to be tried can't be created.
    #[error("can't create the index `{name}`: {source}")]
    Index {
        /// The index.
        name: String,
        /// What the database says.
        source: Box<DatabaseError>,
    },
    /// The functions that statements need aren't there.
    #[error("the database lacks the functions of weir, which the statements need")]
    NotInstalled,
    /// A statement is asked for while the rows of another one come.
    #[error("the connection is in use: the rows of another statement are coming")]
    Busy,
    /// What PostgreSQL says.
    #[error("the database says: {0}")]
    Postgres(String),
    /// What SQLite says.
    #[error("the database says: {0}")]
    Sqlite(#[from] rusqlite::Error),
}
