//! From the plan to SQL: the rows of one user, and the whole map (row, user).

mod slot;
mod statement;

pub use statement::{Context, Kind, Parameter, ParameterType, ParameterValue, Query, Statement};

use weir_ir::plan::Plan;
use weir_ir::schema::Schema;

/// The dialects that weir speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// SQLite, with the functions and the collation that weir registers.
    Sqlite,
}

/// Why a plan has no SQL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SqlError {
    /// A name that the dialect can't quote.
    #[error("`{name}` can't be a name in {dialect}: {reason}")]
    Name {
        /// The name.
        name: String,
        /// The dialect.
        dialect: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

/// Queries for the rows of one user, one for each entity with an item, ascending by entity name.
///
/// # Errors
/// A name or the size of a statement is beyond the dialect.
pub fn rows(schema: &Schema, plan: &Plan, dialect: Dialect) -> Result<Vec<Query>, SqlError> {
    let _ = (schema, plan, dialect);
    Ok(Vec::new())
}

/// Queries for all pairs (row, user), one for each entity with an item, ascending by entity name.
///
/// # Errors
/// A name or the size of a statement is beyond the dialect.
pub fn map(schema: &Schema, plan: &Plan, dialect: Dialect) -> Result<Vec<Query>, SqlError> {
    let _ = (schema, plan, dialect);
    Ok(Vec::new())
}
