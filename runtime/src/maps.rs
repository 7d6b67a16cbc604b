//! Hash maps with the engine's seed. They are looked up, never walked where order could be seen.

use std::hash::Hash;

use foldhash::fast::FixedState;

/// What hash maps are seeded with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seed(pub(crate) u64);

impl Seed {
    /// An empty map of that seed.
    pub(crate) fn map<K, V>(self) -> Map<K, V> {
        Map::with_hasher(FixedState::with_seed(self.0))
    }
}

/// A seeded hash map.
pub(crate) type Map<K, V> = hashbrown::HashMap<K, V, FixedState>;

/// Empties a map. Clearing costs its capacity, so one that a large transaction has grown is let go.
pub(crate) fn empty<K, V>(map: &mut Map<K, V>) {
    if map.capacity() > 256 {
        *map = Map::with_hasher(map.hasher().clone());
    } else {
        map.clear();
    }
}

/// Which side of the current transaction is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// As it was before the transaction.
    Before,
    /// As it is after it.
    After,
}

/// A map that remembers, until [`Versioned::commit`], what it held before.
/// Cost: a lookup in each of two maps; a copy of the value at its first change.
pub(crate) struct Versioned<K, V> {
    now: Map<K, V>,
    before: Map<K, Option<V>>,
}

impl<K: Hash + Eq + Clone, V: Clone> Versioned<K, V> {
    pub(crate) fn new(seed: Seed) -> Self {
        Self {
            now: seed.map(),
            before: seed.map(),
        }
    }

    pub(crate) fn get(&self, key: &K, when: When) -> Option<&V> {
        if when == When::Before
            && !self.before.is_empty()
            && let Some(old) = self.before.get(key)
        {
            return old.as_ref();
        }
        self.now.get(key)
    }

    pub(crate) fn set(&mut self, key: K, value: Option<V>) {
        let old = match value {
            Some(value) => self.now.insert(key.clone(), value),
            None => self.now.remove(&key),
        };
        self.before.entry(key).or_insert(old);
    }

    /// Forgets what was before.
    pub(crate) fn commit(&mut self) {
        empty(&mut self.before);
    }
}
