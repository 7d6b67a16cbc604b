//! All users of an audience, found term by term rather than user by user.
//!
//! Invariant: sets ascend, without repeats. Cost: of an `Or` the sum of its terms' sets; of an `And`
//! its smallest term's set, which the others thin out, each by asking its users or, where that would
//! take longer, by its own set. An expression that several ways lead to is found once.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::audience::{Audience, Bound, Leaf, Term};
use crate::store::RowId;
use crate::view::View;

/// Asking one user of so many terms takes about as long as finding one for a set.
pub(crate) const FEW_TERMS: usize = 8;

/// Users, ascending.
pub(crate) type Users = Rc<[RowId]>;

/// A question for sets of users, and what it has found out.
pub(crate) struct Crowd<'a> {
    view: View<'a>,
    sizes: BTreeMap<Bound, usize>,
    found: BTreeMap<Bound, Users>,
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
        self.size_of(self.view.audiences.whole(audience))
    }

    /// How many users a part of an audience may have, about.
    pub(crate) fn size_of(&mut self, bound: Bound) -> usize {
        if let Some(known) = self.sizes.get(&bound) {
            return *known;
        }
        let everyone = self.view.org.context.user_count();
        let audiences = self.view.audiences;
        let part = |term| Bound { term, ..bound };
        let size = if let Some(parts) = audiences.parts(bound.audience) {
            let sizes = parts.iter().map(|part| self.size(Audience(*part)));
            sizes.sum::<usize>().min(everyone)
        } else {
            match audiences.terms.get(bound.term) {
                Term::None => 0,
                Term::All | Term::Not(_) => everyone,
                Term::Users(_) | Term::Match(..) | Term::Window(..) => {
                    let leaf = audiences.leaf(self.view.org.store, bound);
                    return leaf.map_or(0, |leaf| self.view.leaf_size(&leaf).min(everyone));
                }
                Term::Sub(place) => {
                    let sub = audiences.parameter_of(bound.audience, *place);
                    return self.size(Audience(sub));
                }
                Term::And(terms) => {
                    let sizes = terms.iter().map(|term| self.size_of(part(*term)));
                    sizes.min().unwrap_or(everyone)
                }
                Term::Or(terms) => {
                    let sizes = terms.iter().map(|term| self.size_of(part(*term)));
                    sizes.sum::<usize>().min(everyone)
                }
            }
        };
        if audiences.may_come_again(bound) {
            self.sizes.insert(bound, size);
        }
        size
    }

    /// The users of an audience.
    pub(crate) fn members(&mut self, audience: Audience) -> Users {
        self.members_of(self.view.audiences.whole(audience))
    }

    /// The users of a part of an audience.
    pub(crate) fn members_of(&mut self, bound: Bound) -> Users {
        if let Some(known) = self.found.get(&bound) {
            return Rc::clone(known);
        }
        let audiences = self.view.audiences;
        let part = |term| Bound { term, ..bound };
        let members: Users = if let Some(parts) = audiences.parts(bound.audience) {
            let parts = parts.iter().map(|part| audiences.whole(Audience(*part)));
            self.join(parts)
        } else {
            match audiences.terms.get(bound.term) {
                Term::None => Rc::new([]),
                Term::All => self.everyone().into(),
                Term::Not(inner) => {
                    let inner = self.members_of(part(*inner));
                    let outside = |user: &RowId| inner.binary_search(user).is_err();
                    self.everyone().into_iter().filter(outside).collect()
                }
                Term::Users(_) | Term::Match(..) | Term::Window(..) => {
                    match audiences.leaf(self.view.org.store, bound) {
                        Some(leaf) => self.in_leaf(&leaf),
                        None => Rc::new([]),
                    }
                }
                Term::Sub(place) => {
                    let sub = audiences.parameter_of(bound.audience, *place);
                    return self.members(Audience(sub));
                }
                Term::And(terms) => {
                    let parts: Vec<Bound> = terms.iter().map(|term| part(*term)).collect();
                    self.meet(&parts)
                }
                Term::Or(terms) => self.join(terms.iter().map(|term| part(*term))),
            }
        };
        if audiences.may_come_again(bound) {
            self.found.insert(bound, Rc::clone(&members));
        }
        members
    }

    fn in_leaf(&mut self, leaf: &Leaf) -> Users {
        let mut users = BTreeSet::new();
        self.view.leaf_candidates(leaf, &mut users);
        self.visited += users.len() as u64;
        let inside = |user: &RowId| self.view.in_leaf(leaf, *user);
        users.into_iter().filter(inside).collect()
    }

    /// The users of any part.
    fn join(&mut self, parts: impl Iterator<Item = Bound>) -> Users {
        let mut users = Vec::new();
        for part in parts {
            users.extend_from_slice(&self.members_of(part));
        }
        users.sort_unstable();
        users.dedup();
        users.into()
    }

    fn everyone(&mut self) -> Vec<RowId> {
        let mut users: Vec<RowId> = self.view.org.context.users(self.view.org.when).collect();
        users.sort_unstable();
        self.visited += users.len() as u64;
        users
    }

    /// The users of all parts.
    fn meet(&mut self, parts: &[Bound]) -> Users {
        let sized = parts.iter().map(|part| (self.size_of(*part), *part));
        let mut sized: Vec<(usize, Bound)> = sized.collect();
        sized.sort_unstable();
        let mut sized = sized.into_iter();
        let Some((_, least)) = sized.next() else {
            return self.everyone().into();
        };
        let mut users = self.members_of(least);
        for (size, part) in sized {
            if users.len().saturating_mul(self.width(part)) > size.saturating_mul(FEW_TERMS) {
                let others = self.members_of(part);
                let inside = |user: &RowId| others.binary_search(user).is_ok();
                users = users.iter().copied().filter(inside).collect();
            } else {
                let inside = |user: &RowId| self.view.holds_part(part, *user);
                users = users.iter().copied().filter(inside).collect();
            }
        }
        users
    }

    /// How many terms a question whether one user is in a part may have to ask, about.
    fn width(&self, bound: Bound) -> usize {
        let audiences = self.view.audiences;
        if let Some(parts) = audiences.parts(bound.audience) {
            return parts.len();
        }
        match audiences.terms.get(bound.term) {
            Term::And(terms) | Term::Or(terms) => terms.len(),
            Term::Not(term) => self.width(Bound {
                term: *term,
                ..bound
            }),
            Term::Sub(place) => {
                let sub = audiences.parameter_of(bound.audience, *place);
                self.width(audiences.whole(Audience(sub)))
            }
            _ => 1,
        }
    }
}
