//! Rows of intersect entities as pairs. A doubled pair links once, until the last one goes.
//! Cost: logarithmic a changed row.

use std::collections::{BTreeMap, BTreeSet};

use crate::key::Code;
use crate::store::RowId;

/// Keys of a far and a near row.
pub(crate) type Pair = (Code, Code);

/// The pairs of one intersect entity, one way round.
#[derive(Default)]
pub(crate) struct Pairs {
    /// Rows that make each pair, by far and near.
    rows: BTreeMap<Code, BTreeMap<Code, BTreeSet<RowId>>>,
    /// The pairs by near.
    by_near: BTreeMap<Code, BTreeSet<Code>>,
    /// Pairs that may have come or gone, with whether they were there before.
    changed: BTreeMap<Pair, bool>,
}

impl Pairs {
    /// A row paired others before, or none, and pairs others now.
    pub(crate) fn update(&mut self, row: RowId, old: Option<Pair>, new: Option<Pair>) {
        if old == new {
            return;
        }
        for pair in old.into_iter().chain(new) {
            let there = self.row(pair).is_some();
            self.changed.entry(pair).or_insert(there);
        }
        if let Some(old) = old {
            self.remove(old, row);
        }
        if let Some((far, near)) = new {
            let rows = self.rows.entry(far).or_default().entry(near).or_default();
            rows.insert(row);
            self.by_near.entry(near).or_default().insert(far);
        }
    }

    /// The pairs that came or went since last asked: whether they are there now.
    pub(crate) fn take_changed(&mut self) -> Vec<(Pair, bool)> {
        let changed = std::mem::take(&mut self.changed);
        let now = |(pair, was): (Pair, bool)| {
            let is = self.row(pair).is_some();
            (is != was).then_some((pair, is))
        };
        changed.into_iter().filter_map(now).collect()
    }

    fn remove(&mut self, (far, near): Pair, row: RowId) {
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
    pub(crate) fn row(&self, (far, near): Pair) -> Option<RowId> {
        self.rows.get(&far)?.get(&near)?.first().copied()
    }

    /// What a far row is paired with.
    pub(crate) fn nears(&self, far: Code) -> Vec<Code> {
        let found = self.rows.get(&far);
        found.map_or_else(Vec::new, |nears| nears.keys().copied().collect())
    }

    /// What a near row is paired with.
    pub(crate) fn fars(&self, near: Code) -> impl Iterator<Item = Code> + '_ {
        self.by_near.get(&near).into_iter().flatten().copied()
    }
}
