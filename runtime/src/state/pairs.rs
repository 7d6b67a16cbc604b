//! Rows of intersect entities as pairs. A doubled pair links once, until the last one goes.
//! Cost: logarithmic a changed row.

use std::collections::{BTreeMap, BTreeSet};

use weir_ir::schema::AttrId;
use weir_ir::value::Guid;

use crate::maps::When;
use crate::store::{RowChange, RowId, Store};

/// The pairs of one intersect entity, one way round.
#[derive(Default)]
pub(crate) struct Pairs {
    /// Rows that make each pair, by far and near.
    rows: BTreeMap<Guid, BTreeMap<Guid, BTreeSet<RowId>>>,
    /// The pairs by near.
    by_near: BTreeMap<Guid, BTreeSet<Guid>>,
}

impl Pairs {
    /// Takes in a changed row; adds the pairs that may have come or gone, with whether they were
    /// there before, unless noted already.
    pub(crate) fn update(
        &mut self,
        store: &Store,
        change: &RowChange,
        (near, far): (AttrId, AttrId),
        fresh: bool,
        changed: &mut BTreeMap<(Guid, Guid), bool>,
    ) {
        let pair = |when| {
            let far = store.value(change.row, far, when).guid()?;
            Some((far, store.value(change.row, near, when).guid()?))
        };
        let old = if fresh { None } else { pair(When::Before) };
        let new = pair(When::After);
        if old == new {
            return;
        }
        for pair in old.into_iter().chain(new) {
            let there = self.row(pair).is_some();
            changed.entry(pair).or_insert(there);
        }
        if let Some(old) = old {
            self.remove(old, change.row);
        }
        if let Some((far, near)) = new {
            let rows = self.rows.entry(far).or_default().entry(near).or_default();
            rows.insert(change.row);
            self.by_near.entry(near).or_default().insert(far);
        }
    }

    fn remove(&mut self, (far, near): (Guid, Guid), row: RowId) {
        let Some(nears) = self.rows.get_mut(&far) else {
            return;
        };
        let Some(rows) = nears.get_mut(&near) else {
            return;
        };
        rows.remove(&row);
        if !rows.is_empty() {
            return;
        }
        nears.remove(&near);
        if nears.is_empty() {
            self.rows.remove(&far);
        }
        if let Some(fars) = self.by_near.get_mut(&near) {
            fars.remove(&far);
            if fars.is_empty() {
                self.by_near.remove(&near);
            }
        }
    }

    /// The row with the least number that makes the pair (far, near).
    pub(crate) fn row(&self, (far, near): (Guid, Guid)) -> Option<RowId> {
        self.rows.get(&far)?.get(&near)?.first().copied()
    }

    /// What a far row is paired with.
    pub(crate) fn nears(&self, far: Guid) -> Vec<Guid> {
        let found = self.rows.get(&far);
        found.map_or_else(Vec::new, |nears| nears.keys().copied().collect())
    }

    /// What a near row is paired with.
    pub(crate) fn fars(&self, near: Guid) -> impl Iterator<Item = Guid> + '_ {
        self.by_near.get(&near).into_iter().flatten().copied()
    }
}
