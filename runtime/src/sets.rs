//! Rows by a key, with what each set was before the transaction. Cost: logarithmic in the set; a
//! set's past is kept as the members that came and went, never as a copy.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;

use crate::maps::{Map, Seed, When, empty};
use crate::store::RowId;

/// Sets of rows by key.
pub(crate) struct Sets<K> {
    now: Map<K, BTreeSet<RowId>>,
    /// Members whose presence changed, with what it was.
    before: Map<K, BTreeMap<RowId, bool>>,
}

impl<K: Hash + Eq + Clone> Sets<K> {
    pub(crate) fn new(seed: Seed) -> Self {
        Self {
            now: seed.map(),
            before: seed.map(),
        }
    }

    pub(crate) fn insert(&mut self, key: K, row: RowId) {
        if self.now.entry(key.clone()).or_default().insert(row) {
            self.note(key, row, false);
        }
    }

    pub(crate) fn remove(&mut self, key: &K, row: RowId) {
        let Some(set) = self.now.get_mut(key) else {
            return;
        };
        let removed = set.remove(&row);
        if set.is_empty() {
            self.now.remove(key);
        }
        if removed {
            self.note(key.clone(), row, true);
        }
    }

    fn note(&mut self, key: K, row: RowId, was: bool) {
        self.before
            .entry(key)
            .or_default()
            .entry(row)
            .or_insert(was);
    }

    /// The members.
    pub(crate) fn rows<'a>(
        &'a self,
        key: &K,
        when: When,
    ) -> impl Iterator<Item = RowId> + use<'a, K> {
        let now = self.now.get(key);
        let changed = match when {
            When::Before if !self.before.is_empty() => self.before.get(key),
            _ => None,
        };
        let stayed = now
            .into_iter()
            .flatten()
            .filter(move |row| changed.is_none_or(|changed| !changed.contains_key(*row)));
        let were = changed
            .into_iter()
            .flatten()
            .filter(|(_, was)| **was)
            .map(|(row, _)| row);
        stayed.chain(were).copied()
    }

    /// How many members there are after the transaction.
    pub(crate) fn len(&self, key: &K) -> usize {
        self.now.get(key).map_or(0, BTreeSet::len)
    }

    /// Forgets what was before.
    pub(crate) fn commit(&mut self) {
        empty(&mut self.before);
    }
}
