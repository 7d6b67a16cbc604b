//! What sync servers ask of the engine: rows by pages, digests to compare with devices, loads.

use weir_ir::schema::EntityId;
use weir_ir::time::Instant;
use weir_ir::transaction::{Change, Transaction};
use weir_ir::value::Guid;

use crate::maps::When;
use crate::moves::guarded;
use crate::store::RowId;
use crate::{ApplyError, Engine};

/// Changes of a load that are taken in together.
const LOADED_AT_ONCE: usize = 10_000;

/// What a set of rows comes to, in whatever order they are: devices that hold the same rows have the
/// same digest. It finds differences that happen, not those that someone makes on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Digest {
    /// How many rows.
    pub rows: u64,
    /// The sum of their ids' [`Digest::mixed`], modulo 2^128.
    pub sum: u128,
}

impl Digest {
    /// Takes in a row.
    pub fn add(&mut self, row: Guid) {
        self.rows += 1;
        self.sum = self.sum.wrapping_add(Self::mixed(row));
    }

    /// What a row adds: its id as a big-endian number, x, as (y ^ y >> 64) · m, where y = (x ^ x >> 64) · m
    /// modulo 2^128 and m = `0x9E3779B97F4A7C15F39CC0605CEDC835`.
    #[must_use]
    pub fn mixed(row: Guid) -> u128 {
        const M: u128 = 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835;
        let mix = |x: u128| (x ^ x >> 64).wrapping_mul(M);
        mix(mix(row.0.as_u128()))
    }
}

impl Engine {
    /// Applies a transaction under its number: the one after [`Engine::sequence`].
    ///
    /// # Errors
    /// [`ApplyError::OutOfSequence`] for any other number, and as of [`Engine::apply`]; nothing has
    /// changed then.
    pub fn apply_next(
        &mut self,
        number: u64,
        tx: &Transaction,
    ) -> Result<crate::Deltas, ApplyError> {
        let next = self.sequence() + 1;
        if number != next {
            return Err(ApplyError::OutOfSequence { number, next });
        }
        self.apply(tx, None)
    }

    /// Takes in rows without saying anything: before devices are served. They come in several
    /// transactions, each of which counts; people and teams first are taken in soonest.
    ///
    /// # Errors
    /// As of [`Engine::apply`]; what came before has been taken in then.
    pub fn load(
        &mut self,
        at: Instant,
        rows: impl IntoIterator<Item = Change>,
    ) -> Result<(), ApplyError> {
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let changes = rows.by_ref().take(LOADED_AT_ONCE).collect();
            self.apply(&Transaction { at, changes }, None)?;
        }
        Ok(())
    }

    /// A page of what a user's devices hold of an entity: at most `limit` rows after a given one, by id.
    /// Cost: what the user holds.
    #[must_use]
    pub fn page(
        &self,
        user: Guid,
        entity: EntityId,
        after: Option<Guid>,
        limit: usize,
    ) -> Vec<Guid> {
        let mut page: Vec<Guid> = self
            .held(user)
            .filter(|row| self.store.entity(*row) == entity)
            .map(|row| self.store.id(row))
            .filter(|id| after.is_none_or(|after| *id > after))
            .collect();
        if limit < page.len() {
            page.select_nth_unstable(limit);
            page.truncate(limit);
        }
        page.sort_unstable();
        page
    }

    /// The digest of what a user's devices hold of an entity. Cost: what the user holds.
    #[must_use]
    pub fn digest(&self, user: Guid, entity: EntityId) -> Digest {
        let mut digest = Digest::default();
        for row in self.held(user) {
            if self.store.entity(row) == entity {
                digest.add(self.store.id(row));
            }
        }
        digest
    }

    /// The rows that a user's devices hold, in no order.
    pub(crate) fn held(&self, user: Guid) -> impl Iterator<Item = RowId> + '_ {
        let view = self.state.view(&self.store, &self.context, When::After);
        let user = view.org.user(user);
        let guarded = user.and_then(|user| guarded(view, user, usize::MAX));
        let holds = move |audience: &_| user.is_some_and(|user| view.holds(*audience, user));
        let audiences = guarded.into_iter().flatten().filter(holds);
        audiences.flat_map(|audience| self.state.audiences.rows(audience).iter().copied())
    }
}
