//! From the plan to SQL: the rows of one user, and the whole map (row, user), one statement for
//! each entity with an item.
//!
//! The text of a statement depends on the plan and the dialect alone; user, clock and the zones of
//! the data are parameters. Names of the schema stand in it as quoted identifiers, checked before;
//! values never stand in it.

pub mod advice;
mod branches;
mod condition;
mod context;
mod dialect;
mod emit;
mod install;
mod layout;
mod members;
mod nodes;
pub mod partition;
mod predicate;
mod relation;
mod rights;
mod scope;
mod slot;
mod statement;
pub mod storage;
mod trees;

pub use dialect::Dialect;
pub use install::{install, uninstall};
pub use statement::{Context, Kind, Parameter, ParameterType, ParameterValue, Query, Statement};

use weir_ir::plan::Plan;
use weir_ir::schema::Schema;

/// Why a plan has no SQL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SqlError {
    /// A name that the dialect can't take.
    #[error("`{name}` can't be a name in {dialect}: {reason}")]
    Name {
        /// The name.
        name: String,
        /// The dialect.
        dialect: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The metadata name an encoding that isn't known.
    #[error(
        "the column of `{entity}.{attribute}` has the encoding `{encoding}`, which is not supported"
    )]
    Encoding {
        /// The entity.
        entity: String,
        /// The attribute.
        attribute: String,
        /// The encoding.
        encoding: String,
    },
    /// A value of a condition that the dialect can't order among those of a column.
    #[error("{dialect} can't order its values beside `{value}`")]
    Value {
        /// The value.
        value: String,
        /// The dialect.
        dialect: &'static str,
    },
    /// A pattern that the dialect can't match exactly.
    #[error("{dialect} can't match the pattern `{pattern}` exactly")]
    Pattern {
        /// The pattern, folded.
        pattern: String,
        /// The dialect.
        dialect: &'static str,
    },
    /// The statement is beyond what the dialect runs.
    #[error("the statement for `{entity}` has {count} {what}, and {dialect} takes {limit}")]
    TooLarge {
        /// The entity whose rows it gives.
        entity: String,
        /// The dialect.
        dialect: &'static str,
        /// What there is too much of.
        what: &'static str,
        /// How much there is.
        count: usize,
        /// How much there may be.
        limit: usize,
    },
}

/// Queries for the rows of one user, one for each entity with an item, ascending by entity name.
///
/// # Errors
/// A name or the size of a statement is beyond the dialect.
pub fn rows(schema: &Schema, plan: &Plan, dialect: Dialect) -> Result<Vec<Query>, SqlError> {
    queries(schema, plan, Kind::Rows, dialect)
}

/// Queries for all pairs (row, user), one for each entity with an item, ascending by entity name.
///
/// # Errors
/// A name or the size of a statement is beyond the dialect.
pub fn map(schema: &Schema, plan: &Plan, dialect: Dialect) -> Result<Vec<Query>, SqlError> {
    queries(schema, plan, Kind::Map, dialect)
}

/// Queries for the rows of one user ([`Kind::Rows`]), or all pairs (row, user) ([`Kind::Map`]), in all
/// entities with an item: one, or as few as the dialect takes. What entities have in common is written
/// once, and worked out once.
///
/// # Errors
/// A name or the size of one entity's statement is beyond the dialect.
pub fn together(
    schema: &Schema,
    plan: &Plan,
    kind: Kind,
    dialect: Dialect,
) -> Result<Vec<Query>, SqlError> {
    emit::together(schema, plan, &plan.roots, kind, dialect)
}

fn queries(
    schema: &Schema,
    plan: &Plan,
    kind: Kind,
    dialect: Dialect,
) -> Result<Vec<Query>, SqlError> {
    plan.roots
        .iter()
        .map(|root| emit::query(schema, plan, root, kind, dialect))
        .collect()
}
