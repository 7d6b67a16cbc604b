//! What audiences are made of: expressions over leaves whose values are left open, each once.
//!
//! Invariant: groups are flat, sorted, without repeats, constants or absorbed terms. A term is never
//! forgotten: there are as many as the plan and the ways its conditions turn out make, not as many as
//! there are rows. Cost: an interning is linear in the group's terms.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use weir_ir::operators::Relation;
use weir_ir::plan::UserSet;

use super::WindowId;
use super::leaf::{OPEN, rank_of_relation, rank_of_set};

/// Number of a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TermId(u32);

impl TermId {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const ALL: Self = Self(1);
}

/// Place of an audience's parameter.
pub(crate) type Place = u32;

/// What a term is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Term {
    None,
    All,
    Users(UserSet),
    /// The users to whom the key at that place stands in the relation.
    Match(Relation, Place),
    /// The users in whose zone the value at that place lies in the window now.
    Window(WindowId, Place),
    /// The audience at that place.
    Sub(Place),
    And(Box<[TermId]>),
    Or(Box<[TermId]>),
    Not(TermId),
}

/// All terms.
pub(crate) struct Terms {
    /// With how few users each is likely to have; small is few.
    terms: IndexMap<Term, u8, FxBuildHasher>,
}

impl Terms {
    pub(crate) fn new() -> Self {
        let mut terms = Self {
            terms: IndexMap::default(),
        };
        terms.intern(Term::None);
        terms.intern(Term::All);
        terms
    }

    pub(crate) fn get(&self, id: TermId) -> &Term {
        self.terms
            .get_index(id.0 as usize)
            .map_or(&Term::None, |(term, _)| term)
    }

    /// The terms that it is made of.
    pub(crate) fn children(&self, id: TermId) -> &[TermId] {
        match self.get(id) {
            Term::And(children) | Term::Or(children) => children,
            Term::Not(child) => std::slice::from_ref(child),
            _ => &[],
        }
    }

    /// How few users it is likely to have; small is few.
    pub(crate) fn rank(&self, id: TermId) -> u8 {
        let found = self.terms.get_index(id.0 as usize);
        found.map_or(OPEN, |(_, rank)| *rank)
    }

    /// The rank of a new term, from those of its parts.
    fn rank_of(&self, term: &Term) -> u8 {
        let rank = |term: &TermId| self.rank(*term);
        match term {
            Term::None => 0,
            Term::All | Term::Not(_) | Term::Window(..) => OPEN,
            Term::Users(set) => rank_of_set(*set),
            Term::Match(relation, _) => rank_of_relation(*relation),
            // Before whole profiles, after units.
            Term::Sub(_) => 7,
            Term::And(terms) => terms.iter().map(rank).min().unwrap_or(OPEN),
            Term::Or(terms) => terms.iter().map(rank).max().unwrap_or(0),
        }
    }

    pub(crate) fn intern(&mut self, term: Term) -> TermId {
        if let Some(known) = self.terms.get_index_of(&term) {
            return TermId(u32::try_from(known).unwrap_or(u32::MAX));
        }
        let rank = self.rank_of(&term);
        let (at, _) = self.terms.insert_full(term, rank);
        TermId(u32::try_from(at).unwrap_or(u32::MAX))
    }

    /// Every user that isn't in it.
    pub(crate) fn not(&mut self, id: TermId) -> TermId {
        match *self.get(id) {
            Term::None => TermId::ALL,
            Term::All => TermId::NONE,
            Term::Not(inner) => inner,
            _ => self.intern(Term::Not(id)),
        }
    }

    /// Users in all of them.
    pub(crate) fn and(&mut self, terms: impl IntoIterator<Item = TermId>) -> TermId {
        self.group(terms, true)
    }

    /// Users in any of them.
    pub(crate) fn or(&mut self, terms: impl IntoIterator<Item = TermId>) -> TermId {
        self.group(terms, false)
    }

    fn group(&mut self, terms: impl IntoIterator<Item = TermId>, and: bool) -> TermId {
        let (neutral, absorbing) = if and {
            (TermId::ALL, TermId::NONE)
        } else {
            (TermId::NONE, TermId::ALL)
        };
        let mut flat = Vec::new();
        for term in terms {
            match self.get(term) {
                Term::And(inner) if and => flat.extend_from_slice(inner),
                Term::Or(inner) if !and => flat.extend_from_slice(inner),
                _ if term == absorbing => return absorbing,
                _ if term == neutral => {}
                _ => flat.push(term),
            }
        }
        flat.sort_unstable();
        flat.dedup();
        let has = |term: &TermId| flat.binary_search(term).is_ok();
        let contradicts = |term: &TermId| matches!(self.get(*term), Term::Not(inner) if has(inner));
        if flat.iter().any(contradicts) {
            return absorbing;
        }
        // a ∧ (a ∨ b) = a, and a ∨ (a ∧ b) = a.
        let absorbed = |term: &TermId| match self.get(*term) {
            Term::Or(inner) if and => inner.iter().any(has),
            Term::And(inner) if !and => inner.iter().any(has),
            _ => false,
        };
        let kept: Vec<TermId> = flat
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
    use weir_ir::plan::ProfileId;

    use super::*;

    #[test]
    fn equal_sets_are_one_term() {
        let mut terms = Terms::new();
        let [a, b, c] = [0, 1, 2].map(|n| terms.intern(Term::Users(UserSet::Member(ProfileId(n)))));
        let ab = terms.and([a, b]);
        assert_eq!(terms.and([b, a, TermId::ALL, a]), ab);
        let abc = terms.and([ab, c]);
        assert_eq!(terms.and([c, b, a]), abc);
        assert_eq!(terms.and([a, TermId::NONE]), TermId::NONE);
        assert_eq!(terms.or([a, TermId::ALL]), TermId::ALL);
        assert_eq!(terms.or([]), TermId::NONE);
        assert_eq!(terms.or([a, ab]), a, "absorption");
        let a_or_b = terms.or([a, b]);
        assert_eq!(terms.and([a_or_b, a]), a, "absorption");
        let not_a = terms.not(a);
        assert_eq!(terms.not(not_a), a);
        assert_eq!(terms.and([a, not_a]), TermId::NONE);
        assert_eq!(terms.or([a, not_a]), TermId::ALL);
    }
}
