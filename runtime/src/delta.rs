//! What a transaction changed, factored, and what users are told.

use std::collections::BTreeSet;

use weir_ir::schema::EntityId;
use weir_ir::time::Instant;
use weir_ir::value::Guid;

use crate::audience::Audience;
use crate::store::{RowId, Touched};

/// What one transaction or clock instant changed, factored: rows with their audience before and
/// after, audiences that the clock shifted, users that moved in or out of audiences.
/// [`crate::Engine::expand`] tells each user's part of it, until the next transaction.
#[derive(Clone, Debug)]
pub struct Deltas {
    /// When.
    pub at: Instant,
    /// Rows with a delta of their own; the two below speak of all others.
    pub(crate) rows: Vec<RowDelta>,
    /// Root audiences that the clock may have shifted.
    pub(crate) shifted: BTreeSet<Audience>,
    /// Users whose membership in a root audience changed, or whose columns may have.
    pub(crate) moved: Vec<(RowId, Audience)>,
    /// Users whose membership anywhere may have changed otherwise than by the clock.
    pub(crate) reached: BTreeSet<RowId>,
    /// Whether a plan was published: audiences before are those of the plan before.
    pub(crate) published: bool,
}

impl Deltas {
    pub(crate) fn none(at: Instant) -> Self {
        Self {
            at,
            rows: Vec::new(),
            shifted: BTreeSet::new(),
            moved: Vec::new(),
            reached: BTreeSet::new(),
            published: false,
        }
    }

    /// How many factored deltas there are; none means that nobody is told anything.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len() + self.shifted.len() + self.moved.len()
    }

    /// Whether nobody is told anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A row's audience before and after, and what changed in the row.
#[derive(Clone, Debug)]
pub(crate) struct RowDelta {
    pub(crate) row: RowId,
    pub(crate) before: Audience,
    pub(crate) after: Audience,
    /// Attributes whose values differ.
    pub(crate) touched: Touched,
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
