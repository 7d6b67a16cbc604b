//! Decoded changes: what the engine is fed.

use crate::schema::{AttrId, EntityId};
use crate::time::Instant;
use crate::value::{Guid, Value};

/// One change of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Sets the attributes named; in a new row all others are NULL.
    Upsert {
        /// Its entity.
        entity: EntityId,
        /// Its primary id.
        id: Guid,
        /// The attributes named, each once, without the primary id and what follows from the owner
        /// (`owninguser`, `owningteam`).
        values: Vec<(AttrId, Value)>,
    },
    /// Removes the row, if it is there.
    Delete {
        /// Its entity.
        entity: EntityId,
        /// Its primary id.
        id: Guid,
    },
}

impl Change {
    /// The row.
    #[must_use]
    pub fn row(&self) -> (EntityId, Guid) {
        match self {
            Self::Upsert { entity, id, .. } | Self::Delete { entity, id } => (*entity, *id),
        }
    }
}

/// Changes that take effect together, in order, at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// When.
    pub at: Instant,
    /// What.
    pub changes: Vec<Change>,
}
