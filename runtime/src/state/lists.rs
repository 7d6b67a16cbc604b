//! Rows by the key that one of their cells holds. Cost: constant for a row that comes, goes or moves.

use smallvec::SmallVec;

use crate::key::Code;
use crate::maps::{Map, Seed};
use crate::store::RowId;

/// Rows by key; each remembers its position.
pub(crate) struct Lists {
    rows: Map<Code, SmallVec<[RowId; 4]>>,
}

impl Lists {
    pub(crate) fn new(seed: Seed) -> Self {
        Self { rows: seed.map() }
    }

    /// Rows whose cell holds the key.
    pub(crate) fn rows(&self, code: Code) -> &[RowId] {
        self.rows.get(&code).map_or(&[], |rows| rows)
    }

    /// Enters a row; its position.
    pub(crate) fn enter(&mut self, code: Code, row: RowId) -> u32 {
        let rows = self.rows.entry(code).or_default();
        rows.push(row);
        u32::try_from(rows.len() - 1).unwrap_or(u32::MAX)
    }

    /// Takes out the row at a position; the row that has the position now, if one has.
    pub(crate) fn leave(&mut self, code: Code, position: u32) -> Option<RowId> {
        let rows = self.rows.get_mut(&code)?;
        rows.swap_remove(position as usize);
        let moved = rows.get(position as usize).copied();
        if rows.is_empty() {
            self.rows.remove(&code);
        }
        moved
    }
}
