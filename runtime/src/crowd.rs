//! All users of an audience, found term by term rather than user by user.
//!
//! Invariant: sets ascend, without repeats. Cost: of an `Or` the sum of its terms' sets; of an `And`
//! its smallest term's set, which the others thin out, each by asking its users or, where that would
//! take longer, by its own set. An expression that several ways lead to is found once.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::audience::{Audience, Term};
use crate::store::RowId;
use crate::view::View;

/// Asking one user of so many terms takes about as long as finding one for a set.
pub(crate) const FEW_TERMS: usize = 8;

/// Users, ascending.
pub(crate) type Users = Rc<[RowId]>;

/// A question for sets of users, and what it has found out.
pub(crate) struct Crowd<'a> {
    view: View<'a>,
    sizes: BTreeMap<Audience, usize>,
    found: BTreeMap<Audience, Users>,
    /// Users looked at.
    pub(crate) visited: u64,
}

impl<'a> Crowd<'a> {
    pub(crate) fn new(view: View<'a>) -> Self {
        Self {
            view,
            sizes: BTreeMap::new(),
            found: BTreeMap::new(),
            visited: 0,
        }
    }

    /// How many users an audience may have, about; counted after the transaction.
    pub(crate) fn size(&mut self, audience: Audience) -> usize {
        if let Some(known) = self.sizes.get(&audience) {
            return *known;
        }
        let everyone = self.view.org.context.user_count();
        let size = match self.view.audiences.term(audience) {
            Term::None => 0,
            Term::All | Term::Not(_) => everyone,
            Term::Leaf(leaf) => return self.view.leaf_size(leaf).min(everyone),
            Term::And(terms) => {
                let sizes = terms.iter().map(|term| self.size(*term));
                sizes.min().unwrap_or(everyone)
            }
            Term::Or(terms) => {
                let sizes = terms.iter().map(|term| self.size(*term));
                sizes.sum::<usize>().min(everyone)
            }
        };
        if self.view.audiences.is_shared(audience) {
            self.sizes.insert(audience, size);
        }
        size
    }

    /// The users of an audience.
    pub(crate) fn members(&mut self, audience: Audience) -> Users {
        if let Some(known) = self.found.get(&audience) {
            return Rc::clone(known);
        }
        let members: Users = match self.view.audiences.term(audience) {
            Term::None => Rc::new([]),
            Term::All => self.everyone().into(),
            Term::Not(inner) => {
                let inner = self.members(*inner);
                let outside = |user: &RowId| inner.binary_search(user).is_err();
                self.everyone().into_iter().filter(outside).collect()
            }
            Term::Leaf(leaf) => {
                let mut users = BTreeSet::new();
                self.view.leaf_candidates(leaf, &mut users);
                self.visited += users.len() as u64;
                let inside = |user: &RowId| self.view.in_leaf(leaf, *user);
                users.into_iter().filter(inside).collect()
            }
            Term::And(terms) => self.meet(terms),
            Term::Or(terms) => {
                let mut users = Vec::new();
                for term in terms {
                    users.extend_from_slice(&self.members(*term));
                }
                users.sort_unstable();
                users.dedup();
                users.into()
            }
        };
        if self.view.audiences.is_shared(audience) {
            self.found.insert(audience, Rc::clone(&members));
        }
        members
    }

    fn everyone(&mut self) -> Vec<RowId> {
        let mut users: Vec<RowId> = self.view.org.context.users(self.view.org.when).collect();
        users.sort_unstable();
        self.visited += users.len() as u64;
        users
    }

    /// The users of all terms.
    fn meet(&mut self, terms: &[Audience]) -> Users {
        let mut sized: Vec<(usize, Audience)> =
            terms.iter().map(|term| (self.size(*term), *term)).collect();
        sized.sort_unstable();
        let mut sized = sized.into_iter();
        let Some((_, least)) = sized.next() else {
            return self.everyone().into();
        };
        let mut users = self.members(least);
        for (size, term) in sized {
            if users.len().saturating_mul(self.width(term)) > size.saturating_mul(FEW_TERMS) {
                let others = self.members(term);
                let inside = |user: &RowId| others.binary_search(user).is_ok();
                users = users.iter().copied().filter(inside).collect();
            } else {
                let inside = |user: &RowId| self.view.holds(term, *user);
                users = users.iter().copied().filter(inside).collect();
            }
        }
        users
    }

    /// How many terms a question whether one user is in an audience may have to ask, about.
    fn width(&self, audience: Audience) -> usize {
        match self.view.audiences.term(audience) {
            Term::And(terms) | Term::Or(terms) => terms.len(),
            Term::Not(inner) => self.width(*inner),
            _ => 1,
        }
    }
}
