//! Which rows hold which audience at their root, and through which leaves a user can come to one.
//!
//! Every root expression stands under its *guards*: leaves such that whoever is in the expression is
//! in one of them. An `And` is guarded by its most selective term alone, so what a user may hold is
//! found from the user's own leaves without asking every expression. Cost: logarithmic a row that
//! moves; linear in the guards when an expression gets its first row or loses its last.

use std::collections::{BTreeMap, BTreeSet};

use weir_ir::operators::Relation;
use weir_ir::plan::UserSet;

use super::leaf::OPEN;
use super::{Audience, Audiences, Key, Leaf, Term};
use crate::maps::{Map, Seed};
use crate::store::RowId;

/// Adds the guards of an expression; false: it has none, anyone may be in it. `seen` are the
/// expressions that have been asked: many ways may lead to one.
fn guards(
    audiences: &Audiences,
    audience: Audience,
    found: &mut BTreeSet<Leaf>,
    seen: &mut BTreeSet<Audience>,
) -> bool {
    if audiences.is_shared(audience) && !seen.insert(audience) {
        return true;
    }
    match audiences.term(audience) {
        Term::None => true,
        Term::All | Term::Not(_) => false,
        Term::Leaf(leaf) => {
            found.insert(*leaf);
            leaf.rank() < OPEN
        }
        Term::And(terms) => terms
            .iter()
            .min_by_key(|term| audiences.rank(**term))
            .is_some_and(|least| guards(audiences, *least, found, seen)),
        Term::Or(terms) => terms
            .iter()
            .all(|term| guards(audiences, *term, found, seen)),
    }
}

/// The root expressions.
pub(crate) struct Roots {
    rows: Map<Audience, BTreeSet<RowId>>,
    matches: Map<(Relation, Key), BTreeSet<Audience>>,
    /// Relations that guard anything, with the number of leaves.
    relations: BTreeMap<Relation, usize>,
    sets: BTreeMap<UserSet, BTreeSet<Audience>>,
    open: BTreeSet<Audience>,
}

impl Roots {
    pub(crate) fn new(seed: Seed) -> Self {
        Self {
            rows: seed.map(),
            matches: seed.map(),
            relations: BTreeMap::new(),
            sets: BTreeMap::new(),
            open: BTreeSet::new(),
        }
    }

    /// Rows that hold an expression.
    pub(crate) fn rows(&self, audience: Audience) -> impl Iterator<Item = RowId> + '_ {
        self.rows.get(&audience).into_iter().flatten().copied()
    }

    /// Whether any row holds an expression.
    pub(crate) fn is_root(&self, audience: Audience) -> bool {
        self.rows.contains_key(&audience)
    }

    /// Relations that guard anything.
    pub(crate) fn relations(&self) -> impl Iterator<Item = Relation> + '_ {
        self.relations.keys().copied()
    }

    /// Expressions guarded by a value's relation.
    pub(crate) fn matching(&self, relation: Relation, key: Key) -> Option<&BTreeSet<Audience>> {
        self.matches.get(&(relation, key))
    }

    /// Expressions guarded by sets of users.
    pub(crate) fn sets(&self) -> impl Iterator<Item = (UserSet, &BTreeSet<Audience>)> {
        self.sets.iter().map(|(set, guarded)| (*set, guarded))
    }

    /// Expressions that anyone may be in.
    pub(crate) fn open(&self) -> &BTreeSet<Audience> {
        &self.open
    }

    /// A row's root audience changed.
    pub(crate) fn moved(
        &mut self,
        audiences: &Audiences,
        row: RowId,
        old: Audience,
        new: Audience,
    ) {
        if old != Audience::NONE
            && let Some(rows) = self.rows.get_mut(&old)
        {
            rows.remove(&row);
            if rows.is_empty() {
                self.rows.remove(&old);
                self.guard(audiences, old, false);
            }
        }
        if new != Audience::NONE {
            let rows = self.rows.entry(new).or_default();
            let first = rows.is_empty();
            rows.insert(row);
            if first {
                self.guard(audiences, new, true);
            }
        }
    }

    fn guard(&mut self, audiences: &Audiences, audience: Audience, add: bool) {
        let mut leaves = BTreeSet::new();
        if !guards(audiences, audience, &mut leaves, &mut BTreeSet::new()) {
            put(&mut self.open, audience, add);
            return;
        }
        for leaf in leaves {
            match leaf {
                Leaf::Users(set) => {
                    let guarded = self.sets.entry(set).or_default();
                    put(guarded, audience, add);
                    if guarded.is_empty() {
                        self.sets.remove(&set);
                    }
                }
                Leaf::Match(relation, key) => self.guard_match(relation, key, audience, add),
                Leaf::InWindow(..) => {}
            }
        }
    }

    fn guard_match(&mut self, relation: Relation, key: Key, audience: Audience, add: bool) {
        let guarded = self.matches.entry((relation, key)).or_default();
        let was_empty = guarded.is_empty();
        put(guarded, audience, add);
        let is_empty = guarded.is_empty();
        if is_empty {
            self.matches.remove(&(relation, key));
        }
        if was_empty != is_empty {
            let count = self.relations.entry(relation).or_default();
            *count = if add { *count + 1 } else { *count - 1 };
            if *count == 0 {
                self.relations.remove(&relation);
            }
        }
    }
}

fn put(set: &mut BTreeSet<Audience>, audience: Audience, add: bool) {
    if add {
        set.insert(audience);
    } else {
        set.remove(&audience);
    }
}

#[cfg(test)]
mod tests {
    use super::super::WindowId;
    use super::*;

    #[test]
    fn ways_that_part_and_meet_are_walked_once() {
        let mut audiences = Audiences::new(1, Seed(1));
        let mut at = audiences.leaf(Leaf::Users(UserSet::Active));
        for level in 0..64 {
            let sides = [2 * level, 2 * level + 1].map(|value| {
                let window = audiences.leaf(Leaf::InWindow(WindowId(0), value));
                audiences.and([window, at])
            });
            at = audiences.or(sides);
        }
        let mut roots = Roots::new(Seed(1));
        roots.moved(&audiences, RowId(0), Audience::NONE, at);
        assert_eq!(roots.sets().count(), 1);
        roots.moved(&audiences, RowId(0), at, Audience::NONE);
        assert_eq!(roots.sets().count(), 0);
    }
}
