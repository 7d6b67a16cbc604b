//! The engine's face.

use std::sync::Arc;

use weir_ir::plan::Plan;
use weir_ir::schema::{EntityId, Schema};
use weir_ir::settings::Settings;
use weir_ir::time::Instant;
use weir_ir::transaction::Transaction;
use weir_ir::value::Guid;

use crate::{ApplyError, Counters, Deltas, Notice, Proof, Tally, UserDelta};

/// How an engine is made.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Seeds every hash map; what the engine says never depends on it.
    pub hash_seed: u64,
}

/// The engine.
pub struct Engine {
    plan: Arc<Plan>,
    now: Option<Instant>,
}

impl Engine {
    /// An engine without rows, under an empty plan.
    #[must_use]
    pub fn new(_schema: Arc<Schema>, _options: Options) -> Self {
        Self {
            plan: Arc::new(Plan::empty(Settings::default())),
            now: None,
        }
    }

    /// Applies a transaction; a plan given takes effect after its changes, in the same transaction.
    /// What the clock does at its instant is part of it; the caller ticks through earlier instants.
    ///
    /// # Errors
    /// See [`ApplyError`]; nothing has changed then.
    pub fn apply(
        &mut self,
        tx: &Transaction,
        publish: Option<Arc<Plan>>,
    ) -> Result<Deltas, ApplyError> {
        self.now = Some(tx.at);
        if let Some(plan) = publish {
            self.plan = plan;
        }
        Ok(Deltas { at: tx.at })
    }

    /// Publishes a plan, at the instant reached.
    pub fn publish(&mut self, plan: Arc<Plan>) -> Deltas {
        self.plan = plan;
        Deltas {
            at: self.now.unwrap_or(Instant(i64::MIN)),
        }
    }

    /// The published plan.
    #[must_use]
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// The next instant, after the one reached, at which the clock alone may change a set.
    #[must_use]
    pub fn next_tick(&self) -> Option<Instant> {
        None
    }

    /// Moves time without changes.
    ///
    /// # Errors
    /// Time goes backwards; nothing has changed then.
    pub fn tick(&mut self, at: Instant) -> Result<Deltas, ApplyError> {
        self.apply(
            &Transaction {
                at,
                changes: Vec::new(),
            },
            None,
        )
    }

    /// What each user is told: users ascending, rows by entity name and id. Of the last
    /// transaction's deltas only.
    #[must_use]
    pub fn expand(&self, _deltas: &Deltas) -> Vec<UserDelta> {
        Vec::new()
    }

    /// Every systemuser row, ascending.
    #[must_use]
    pub fn users(&self) -> Vec<Guid> {
        Vec::new()
    }

    /// What a user's devices hold, by entity name and id.
    #[must_use]
    pub fn rows(&self, _user: Guid) -> Vec<(EntityId, Guid)> {
        Vec::new()
    }

    /// Why a row is on a user's devices; none where it isn't.
    #[must_use]
    pub fn explain(&self, _user: Guid, _entity: EntityId, _row: Guid) -> Option<Proof> {
        None
    }

    /// The work done so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        Counters::default()
    }

    /// Notices that have come up since they were last asked for.
    pub fn notices(&mut self) -> Vec<Notice> {
        Vec::new()
    }

    /// Counts for the end of a run.
    #[must_use]
    pub fn tally(&self) -> Tally {
        Tally::default()
    }
}
