//! From factored deltas to what each user is told (SEMANTICS §6).
//!
//! A touched row finds everyone who holds it before or after, set by set ([`Crowd`]). An untouched row
//! whose audience changed asks only those in terms that one side has and the other hasn't, and the
//! users whose context changed, unless so many would have to be asked of so many terms that the sets
//! are found sooner. Cost: the users found or asked; equal pairs of audiences are looked at once.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use weir_ir::plan::ProfileId;
use weir_ir::schema::{AttrId, EntityId};
use weir_ir::value::Guid;

use crate::audience::{Audience, Bound, Word};
use crate::crowd::{Crowd, FEW_TERMS, Users};
use crate::delta::{Deltas, UserDelta};
use crate::state::State;
use crate::store::{RowId, Store, Touched};
use crate::view::View;

/// The two sides of a transaction.
pub(crate) struct Expansion<'a> {
    pub(crate) store: &'a Store,
    /// The state before, asked before.
    pub(crate) before: View<'a>,
    /// The state after, asked after.
    pub(crate) after: View<'a>,
    pub(crate) old: &'a State,
    pub(crate) new: &'a State,
    pub(crate) deltas: &'a Deltas,
}

/// A user's membership before and after.
type Asked = Rc<Vec<(RowId, bool, bool)>>;

#[derive(Default)]
struct Told {
    put: Vec<RowId>,
    remove: Vec<RowId>,
}

impl Expansion<'_> {
    /// What each user is told, and how many users were asked. `rank` orders entities by name.
    pub(crate) fn run(&self, rank: impl Fn(EntityId) -> usize) -> (Vec<UserDelta>, u64) {
        let mut told: BTreeMap<RowId, Told> = BTreeMap::new();
        let mut asked: BTreeMap<(Audience, Audience, bool), Asked> = BTreeMap::new();
        let mut count = 0;
        for delta in &self.deltas.rows {
            let everyone = !delta.touched.is_nothing();
            let users = asked
                .entry((delta.before, delta.after, everyone))
                .or_insert_with(|| self.find(delta.before, delta.after, everyone, &mut count));
            for (user, was, is) in users.iter() {
                self.tell(&mut told, *user, delta.row, (*was, *is), &delta.touched);
            }
        }
        let own: BTreeSet<RowId> = self.deltas.rows.iter().map(|delta| delta.row).collect();
        for audience in &self.deltas.shifted {
            let changed: Vec<_> = self
                .find(*audience, *audience, true, &mut count)
                .iter()
                .copied()
                .filter(|(user, was, is)| was != is || *was && self.new_columns(*user))
                .collect();
            self.tell_rows(&mut told, &own, *audience, &changed);
        }
        for (user, audience) in &self.deltas.moved {
            if !self.deltas.shifted.contains(audience) {
                let changed = self.ask(BTreeSet::from([*user]), *audience, *audience);
                self.tell_rows(&mut told, &own, *audience, &changed);
            }
        }
        (self.sorted(told, rank), count)
    }

    fn sorted(
        &self,
        told: BTreeMap<RowId, Told>,
        rank: impl Fn(EntityId) -> usize,
    ) -> Vec<UserDelta> {
        let rows = |rows: Vec<RowId>| {
            let mut rows: Vec<(EntityId, Guid)> = rows
                .into_iter()
                .map(|row| (self.store.entity(row), self.store.id(row)))
                .collect();
            rows.sort_by_key(|(entity, id)| (rank(*entity), *id));
            rows
        };
        let mut users: Vec<UserDelta> = told
            .into_iter()
            .map(|(user, told)| UserDelta {
                user: self.store.id(user),
                put: rows(told.put),
                remove: rows(told.remove),
            })
            .collect();
        users.sort_by_key(|delta| delta.user);
        users
    }

    /// The users whose membership may differ between the two and, with `everyone`, all who are in
    /// both; adds to `count` how many were looked at.
    fn find(&self, before: Audience, after: Audience, everyone: bool, count: &mut u64) -> Asked {
        let (mut was, mut is) = (Crowd::new(self.before), Crowd::new(self.after));
        if !everyone && !self.deltas.published && self.deltas.shifted.is_empty() {
            // Terms that both sides have move only those whom the context moved.
            let (old, new) = (self.terms(before), self.terms(after));
            let gone = only_in(&old, &new);
            let come = only_in(&new, &old);
            let some: usize = gone.iter().map(|term| was.size_of(*term)).sum::<usize>()
                + come.iter().map(|term| is.size_of(*term)).sum::<usize>()
                + self.deltas.reached.len();
            let all = was.size(before) + is.size(after);
            // To ask each of them may take all terms.
            if some.saturating_mul(old.len().max(new.len())) <= all.saturating_mul(FEW_TERMS) {
                let mut users = self.deltas.reached.clone();
                users.extend(gone.iter().flat_map(|term| was.members_of(*term).to_vec()));
                users.extend(come.iter().flat_map(|term| is.members_of(*term).to_vec()));
                *count += users.len() as u64;
                return self.ask(users, before, after);
            }
        }
        let old = was.members(before);
        // What nothing has moved holds whom it held.
        let stands = before == after
            && !self.deltas.published
            && self.deltas.shifted.is_empty()
            && self.deltas.reached.is_empty();
        let new = if stands {
            Rc::clone(&old)
        } else {
            is.members(after)
        };
        *count += was.visited + is.visited;
        let all: BTreeSet<RowId> = old.iter().chain(&*new).copied().collect();
        let has = |users: &Users, user: &RowId| users.binary_search(user).is_ok();
        let asked = all
            .into_iter()
            .map(|user| (user, has(&old, &user), has(&new, &user)));
        Rc::new(asked.collect())
    }

    /// The alternatives of an audience, with what tells each from others.
    fn terms(&self, audience: Audience) -> Vec<(Option<Vec<Word>>, Bound)> {
        let audiences = self.after.audiences;
        let terms = audiences.alternatives(audience).into_iter();
        let mut terms: Vec<_> = terms.map(|term| (audiences.likeness(term), term)).collect();
        terms.sort_unstable();
        terms
    }

    fn ask(&self, users: BTreeSet<RowId>, before: Audience, after: Audience) -> Asked {
        let asked = users.into_iter().map(|user| {
            let was = self.before.holds(before, user);
            (user, was, self.after.holds(after, user))
        });
        Rc::new(asked.filter(|(_, was, is)| *was || *is).collect())
    }

    /// Tells of all rows under a root audience that have no delta of their own.
    fn tell_rows(
        &self,
        told: &mut BTreeMap<RowId, Told>,
        own: &BTreeSet<RowId>,
        audience: Audience,
        users: &[(RowId, bool, bool)],
    ) {
        if users.is_empty() {
            return;
        }
        for row in self.new.audiences.rows(audience) {
            if !own.contains(row) {
                for (user, was, is) in users {
                    self.tell(told, *user, *row, (*was, *is), &Touched::Nothing);
                }
            }
        }
    }

    fn tell(
        &self,
        told: &mut BTreeMap<RowId, Told>,
        user: RowId,
        row: RowId,
        held: (bool, bool),
        touched: &Touched,
    ) {
        match held {
            (false, true) => told.entry(user).or_default().put.push(row),
            (true, false) => told.entry(user).or_default().remove.push(row),
            (true, true) if self.rewritten(user, row, touched) => {
                told.entry(user).or_default().put.push(row);
            }
            _ => {}
        }
    }

    fn profiles(&self, user: RowId) -> (Option<ProfileId>, Option<ProfileId>) {
        let profile = |view: View<'_>| view.members.profile(user, view.org.when);
        (profile(self.before), profile(self.after))
    }

    /// Whether the user's columns may differ.
    fn new_columns(&self, user: RowId) -> bool {
        let (old, new) = self.profiles(user);
        self.deltas.published || old != new
    }

    /// Whether a row that stays is to be written again: one of the user's columns changed, or is new.
    fn rewritten(&self, user: RowId, row: RowId, touched: &Touched) -> bool {
        let entity = self.store.entity(row);
        let (old, new) = self.profiles(user);
        let new_columns = new.and_then(|new| self.new.shape.columns(entity, new));
        let shows = |attribute: &AttrId| new_columns.is_none_or(|list| list.contains(attribute));
        if touched.any(shows) {
            return true;
        }
        if !self.new_columns(user) {
            return false;
        }
        let Some(old_columns) = old.and_then(|old| self.old.shape.columns(entity, old)) else {
            return false;
        };
        let held = self.store.schema().entity(entity);
        let all = held
            .attributes
            .iter()
            .enumerate()
            .filter(|(at, (name, _))| {
                // The id comes with every row; what follows from the owner is no column of its own.
                *at != held.primary_id.0 as usize
                    && !matches!(&***name, "owninguser" | "owningteam")
            });
        let all: Vec<AttrId> = all
            .map(|(at, _)| AttrId(u32::try_from(at).unwrap_or(u32::MAX)))
            .collect();
        let lacked = |attribute: &AttrId| !old_columns.contains(attribute);
        new_columns.unwrap_or(&all).iter().any(lacked)
    }
}

/// The alternatives of one side that the other lacks.
fn only_in(one: &[(Option<Vec<Word>>, Bound)], other: &[(Option<Vec<Word>>, Bound)]) -> Vec<Bound> {
    let lacks = |likeness: &Option<Vec<Word>>| {
        likeness.is_none()
            || other
                .binary_search_by_key(&likeness, |(known, _)| known)
                .is_err()
    };
    let only = one.iter().filter(|(likeness, _)| lacks(likeness));
    only.map(|(_, term)| *term).collect()
}
