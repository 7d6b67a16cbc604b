//! Hash-consed expressions over leaves: equal sets of terms are one [`Audience`].
//!
//! Invariant: groups are flat, sorted, without repeats, constants or absorbed terms. An expression
//! lives while something holds it or a parent is made of it; what nothing holds at the beginning of
//! a transaction is freed then, so an audience named by the last deltas can still be asked. Cost: an
//! interning is linear in the group's terms; freeing is paid by those who made the garbage.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::leaf::OPEN;
use super::{Leaf, WindowId};
use crate::maps::{Map, Seed};

/// Number of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Audience(u32);

impl Audience {
    /// No user.
    pub(crate) const NONE: Self = Self(0);
    /// Every user.
    pub(crate) const ALL: Self = Self(1);
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Term {
    None,
    All,
    Leaf(Leaf),
    And(Box<[Audience]>),
    Or(Box<[Audience]>),
    Not(Audience),
}

impl Term {
    fn children(&self) -> &[Audience] {
        match self {
            Self::And(children) | Self::Or(children) => children,
            Self::Not(child) => std::slice::from_ref(child),
            _ => &[],
        }
    }
}

struct Entry {
    term: Arc<Term>,
    /// How few users are likely to be in it; small is few.
    rank: u8,
    /// How often it is held from outside.
    holds: u32,
    /// The expressions that it is a term of.
    parents: BTreeSet<Audience>,
}

/// All expressions.
pub(crate) struct Audiences {
    entries: Vec<Option<Entry>>,
    ids: Map<Arc<Term>, Audience>,
    free: Vec<Audience>,
    /// Expressions that nothing held when last looked at.
    idle: Vec<Audience>,
    /// Of each window, the values that leaves ask of, and how often that changed.
    timelines: Vec<(BTreeMap<i64, Audience>, u64)>,
}

impl Audiences {
    pub(crate) fn new(windows: usize, seed: Seed) -> Self {
        let mut audiences = Self {
            entries: Vec::new(),
            ids: seed.map(),
            free: Vec::new(),
            idle: Vec::new(),
            timelines: vec![(BTreeMap::new(), 0); windows],
        };
        for (constant, term) in [(Audience::NONE, Term::None), (Audience::ALL, Term::All)] {
            let made = audiences.intern(term);
            debug_assert_eq!(made, constant, "constants come first");
        }
        audiences.idle.clear();
        audiences
    }

    /// How many numbers are taken.
    pub(crate) fn capacity(&self) -> usize {
        self.entries.len()
    }

    fn entry(&self, audience: Audience) -> Option<&Entry> {
        self.entries.get(audience.0 as usize)?.as_ref()
    }

    /// What an expression is.
    pub(crate) fn term(&self, audience: Audience) -> &Term {
        self.entry(audience)
            .map_or(&Term::None, |entry| &*entry.term)
    }

    /// The expressions that it is a term of.
    pub(crate) fn parents(&self, audience: Audience) -> impl Iterator<Item = Audience> + '_ {
        self.entry(audience)
            .into_iter()
            .flat_map(|entry| entry.parents.iter().copied())
    }

    /// Whether several expressions are made of it: a walk that comes to it may come again.
    pub(crate) fn is_shared(&self, audience: Audience) -> bool {
        self.entry(audience)
            .is_some_and(|entry| entry.parents.len() > 1)
    }

    /// How few users an expression is likely to have; small is few.
    pub(crate) fn rank(&self, audience: Audience) -> u8 {
        self.entry(audience).map_or(0, |entry| entry.rank)
    }

    /// The rank of a new expression, from those of its terms.
    fn rank_of(&self, term: &Term) -> u8 {
        let rank = |term: &Audience| self.rank(*term);
        match term {
            Term::None => 0,
            Term::All | Term::Not(_) => OPEN,
            Term::Leaf(leaf) => leaf.rank(),
            Term::And(terms) => terms.iter().map(rank).min().unwrap_or(OPEN),
            Term::Or(terms) => terms.iter().map(rank).max().unwrap_or(0),
        }
    }

    /// The values that a window's leaves ask of, with the leaves.
    pub(crate) fn timeline(&self, window: WindowId) -> &BTreeMap<i64, Audience> {
        &self.timelines[window.0 as usize].0
    }

    /// Counts the changes of a window's timeline.
    pub(crate) fn timeline_version(&self, window: WindowId) -> u64 {
        self.timelines[window.0 as usize].1
    }

    fn intern(&mut self, term: Term) -> Audience {
        if let Some(known) = self.ids.get(&term) {
            return *known;
        }
        let rank = self.rank_of(&term);
        let term = Arc::new(term);
        let entry = Entry {
            term: Arc::clone(&term),
            rank,
            holds: 0,
            parents: BTreeSet::new(),
        };
        let id = match self.free.pop() {
            Some(id) => {
                self.entries[id.0 as usize] = Some(entry);
                id
            }
            None => {
                // `Engine::apply` has checked that the numbers suffice.
                self.entries.push(Some(entry));
                Audience(u32::try_from(self.entries.len() - 1).unwrap_or(u32::MAX))
            }
        };
        for child in term.children() {
            if let Some(entry) = &mut self.entries[child.0 as usize] {
                entry.parents.insert(id);
            }
        }
        if let Term::Leaf(Leaf::InWindow(window, value)) = &*term {
            let (timeline, version) = &mut self.timelines[window.0 as usize];
            timeline.insert(*value, id);
            *version += 1;
        }
        self.ids.insert(term, id);
        self.idle.push(id);
        id
    }

    /// Keeps an expression alive. The constants always live.
    pub(crate) fn hold(&mut self, audience: Audience) {
        if audience > Audience::ALL
            && let Some(Some(entry)) = self.entries.get_mut(audience.0 as usize)
        {
            entry.holds += 1;
        }
    }

    /// Takes back one [`Audiences::hold`].
    pub(crate) fn release(&mut self, audience: Audience) {
        if audience > Audience::ALL
            && let Some(Some(entry)) = self.entries.get_mut(audience.0 as usize)
        {
            entry.holds -= 1;
            if entry.holds == 0 {
                self.idle.push(audience);
            }
        }
    }

    /// Frees what nothing holds.
    pub(crate) fn collect(&mut self) {
        while let Some(id) = self.idle.pop() {
            let slot = &mut self.entries[id.0 as usize];
            if !matches!(slot, Some(entry) if entry.holds == 0 && entry.parents.is_empty()) {
                continue;
            }
            let Some(entry) = slot.take() else { continue };
            self.ids.remove(&*entry.term);
            self.free.push(id);
            if let Term::Leaf(Leaf::InWindow(window, value)) = &*entry.term {
                let (timeline, version) = &mut self.timelines[window.0 as usize];
                timeline.remove(value);
                *version += 1;
            }
            for child in entry.term.children() {
                if let Some(child_entry) = &mut self.entries[child.0 as usize] {
                    child_entry.parents.remove(&id);
                    if child_entry.parents.is_empty() && child_entry.holds == 0 {
                        self.idle.push(*child);
                    }
                }
            }
        }
    }

    /// The audience of a leaf.
    pub(crate) fn leaf(&mut self, leaf: Leaf) -> Audience {
        self.intern(Term::Leaf(leaf))
    }

    /// The audience of a leaf, if any expression mentions it.
    pub(crate) fn find_leaf(&self, leaf: Leaf) -> Option<Audience> {
        self.ids.get(&Term::Leaf(leaf)).copied()
    }

    /// Every user that isn't in it.
    pub(crate) fn not(&mut self, audience: Audience) -> Audience {
        match *self.term(audience) {
            Term::None => Audience::ALL,
            Term::All => Audience::NONE,
            Term::Not(inner) => inner,
            _ => self.intern(Term::Not(audience)),
        }
    }

    /// Users in all of them.
    pub(crate) fn and(&mut self, terms: impl IntoIterator<Item = Audience>) -> Audience {
        self.group(terms, true)
    }

    /// Users in any of them.
    pub(crate) fn or(&mut self, terms: impl IntoIterator<Item = Audience>) -> Audience {
        self.group(terms, false)
    }

    fn group(&mut self, terms: impl IntoIterator<Item = Audience>, and: bool) -> Audience {
        let (neutral, absorbing) = if and {
            (Audience::ALL, Audience::NONE)
        } else {
            (Audience::NONE, Audience::ALL)
        };
        let mut flat = Vec::new();
        for term in terms {
            match self.term(term) {
                Term::And(inner) if and => flat.extend_from_slice(inner),
                Term::Or(inner) if !and => flat.extend_from_slice(inner),
                _ if term == absorbing => return absorbing,
                _ if term == neutral => {}
                _ => flat.push(term),
            }
        }
        flat.sort_unstable();
        flat.dedup();
        let has = |term: &Audience| flat.binary_search(term).is_ok();
        let contradicts =
            |term: &Audience| matches!(self.term(*term), Term::Not(inner) if has(inner));
        if flat.iter().any(contradicts) {
            return absorbing;
        }
        // a ∧ (a ∨ b) = a, and a ∨ (a ∧ b) = a.
        let absorbed = |term: &Audience| match self.term(*term) {
            Term::Or(inner) if and => inner.iter().any(has),
            Term::And(inner) if !and => inner.iter().any(has),
            _ => false,
        };
        let kept: Vec<Audience> = flat
            .iter()
            .copied()
            .filter(|term| !absorbed(term))
            .collect();
        match kept[..] {
            [] => neutral,
            [only] => only,
            _ if and => self.intern(Term::And(kept.into())),
            _ => self.intern(Term::Or(kept.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use weir_ir::plan::{ProfileId, UserSet};

    use super::*;

    fn leaves(audiences: &mut Audiences) -> [Audience; 3] {
        [0, 1, 2].map(|n| audiences.leaf(Leaf::Users(UserSet::Member(ProfileId(n)))))
    }

    #[test]
    fn equal_sets_are_one_expression() {
        let mut audiences = Audiences::new(0, Seed(1));
        let [a, b, c] = leaves(&mut audiences);
        let ab = audiences.and([a, b]);
        assert_eq!(audiences.and([b, a, Audience::ALL, a]), ab);
        let abc = audiences.and([ab, c]);
        assert_eq!(audiences.and([c, b, a]), abc);
        assert_eq!(audiences.and([a, Audience::NONE]), Audience::NONE);
        assert_eq!(audiences.or([a, Audience::ALL]), Audience::ALL);
        assert_eq!(audiences.or([]), Audience::NONE);
        assert_eq!(audiences.or([a, ab]), a, "absorption");
        let a_or_b = audiences.or([a, b]);
        assert_eq!(audiences.and([a_or_b, a]), a, "absorption");
        let not_a = audiences.not(a);
        assert_eq!(audiences.not(not_a), a);
        assert_eq!(audiences.and([a, not_a]), Audience::NONE);
        assert_eq!(audiences.or([a, not_a]), Audience::ALL);
    }

    #[test]
    fn garbage_goes_and_what_is_held_stays() {
        let mut audiences = Audiences::new(1, Seed(1));
        let [a, b, _] = leaves(&mut audiences);
        let window = audiences.leaf(Leaf::InWindow(WindowId(0), 7));
        let held = audiences.and([a, window]);
        audiences.hold(held);
        audiences.or([held, b]);
        audiences.collect();
        assert_eq!(
            audiences.ids.len(),
            5,
            "two constants, two leaves, the held one"
        );
        assert_eq!(audiences.timeline(WindowId(0)).len(), 1);
        audiences.release(held);
        audiences.collect();
        assert_eq!(audiences.ids.len(), 2);
        assert!(audiences.timeline(WindowId(0)).is_empty());
    }
}
