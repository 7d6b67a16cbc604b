//! What a transaction changed, factored, and what users are told.

use weir_ir::schema::EntityId;
use weir_ir::time::Instant;
use weir_ir::value::Guid;

/// What one transaction or clock instant changed, factored: rows with their audience before and
/// after. [`crate::Engine::expand`] tells each user's part of it, until the next transaction.
#[derive(Clone, Debug)]
pub struct Deltas {
    /// When.
    pub at: Instant,
}

/// What a user's devices are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserDelta {
    /// The user.
    pub user: Guid,
    /// Rows to write whole, by entity name and id.
    pub put: Vec<(EntityId, Guid)>,
    /// Rows to remove, by entity name and id.
    pub remove: Vec<(EntityId, Guid)>,
}
