//! From leaves that flipped for a user to the root expressions that the user entered or left.
//!
//! Root expressions are found by a climb from the flipped leaves, or are all that the user may be in
//! by their guards, whichever is less to visit: "mine and today" is asked of one user's expressions,
//! not of all whose value the day takes in. Cost: follows the expressions visited.

use std::collections::BTreeSet;

use weir_ir::operators::Relation;
use weir_ir::settings::ClockZone;

use crate::audience::{Audience, Audiences, Leaf};
use crate::clock;
use crate::context::org::Org;
use crate::counters::Counters;
use crate::key::Key;
use crate::reach::{Touch, Touches};
use crate::state::State;
use crate::store::{RowId, Store};
use crate::view::View;

/// A climb that finds so few root expressions is taken without asking what the user may be in.
const FEW_ROOTS: usize = 8;
/// Steps of a climb that may be in vain.
const SHORT_CLIMB: usize = 512;

/// Root expressions in which users' membership changed, or in which a user stays that changed
/// profile (whose columns may differ).
pub(crate) fn moves(
    before: View<'_>,
    after: View<'_>,
    state: &State,
    touches: &Touches,
    counters: &mut Counters,
) -> Vec<(RowId, Audience)> {
    let mut found = Vec::new();
    for (user, touch) in touches {
        let profile = |view: View<'_>| view.members.profile(*user, view.org.when);
        let new_profile = profile(before) != profile(after);
        for audience in candidates(before, after, state, *user, touch) {
            counters.users_visited += 1;
            let (was, is) = (before.holds(audience, *user), after.holds(audience, *user));
            if was != is || was && new_profile {
                found.push((*user, audience));
            }
        }
    }
    found
}

/// Root expressions in which a user's membership may have changed.
fn candidates(
    before: View<'_>,
    after: View<'_>,
    state: &State,
    user: RowId,
    touch: &Touch,
) -> BTreeSet<Audience> {
    let own = || {
        let mut own = guarded(before, user);
        own.extend(guarded(after, user));
        own
    };
    let store = after.org.store;
    let mut flipped = touch.leaves.clone();
    flipped.retain(|leaf| before.in_leaf(leaf, user) != after.in_leaf(leaf, user));
    // A set of users leads to all that its profile has: what the user has is less.
    if touch.whole || flipped.iter().any(|leaf| matches!(leaf, Leaf::Users(_))) {
        return own();
    }
    let attempt = |steps: usize, roots: usize| {
        let more = touch.zone.then(|| {
            let between = between_zones(before, after, &state.audiences, user);
            between.take(steps + 1)
        });
        let leaves = flipped.iter().copied().chain(more.into_iter().flatten());
        climb(&state.audiences, store, leaves, (steps, roots))
    };
    attempt(SHORT_CLIMB, FEW_ROOTS).unwrap_or_else(|| {
        let own = own();
        attempt(own.len(), own.len()).unwrap_or(own)
    })
}

/// Leaves of windows that the user's old zone and new zone answer differently.
fn between_zones<'a>(
    before: View<'a>,
    after: View<'a>,
    audiences: &'a Audiences,
    user: RowId,
) -> impl Iterator<Item = Leaf> + 'a {
    let records = before.org.record(user).zip(after.org.record(user));
    let user_windows = after
        .clock
        .windows()
        .filter(move |window| after.clock.key(*window).zone == ClockZone::User);
    records.into_iter().flat_map(move |(old, new)| {
        let zones = &after.org.context.zones;
        user_windows.clone().flat_map(move |window| {
            let timeline = audiences.timeline(window);
            let ends = timeline.first_key_value().zip(timeline.last_key_value());
            ends.into_iter().flat_map(move |((first, _), (last, _))| {
                let values = *first..=*last;
                let (old, new) = (old.zone, new.zone);
                let old = before.clock.parts(zones, window, old, true, values.clone());
                let new = after.clock.parts(zones, window, new, false, values);
                old.zip(new)
                    .flat_map(move |(old, new)| clock::between(audiences, window, old, new))
            })
        })
    })
}

/// Root expressions made of any of the leaves; none if that takes more steps, or finds more of
/// them, than the limits.
pub(crate) fn climb(
    audiences: &Audiences,
    store: &Store,
    leaves: impl IntoIterator<Item = Leaf>,
    (most_steps, most_roots): (usize, usize),
) -> Option<BTreeSet<Audience>> {
    let mut seen: BTreeSet<Audience> = BTreeSet::new();
    let mut found = BTreeSet::new();
    for leaf in leaves {
        let mut rest = audiences.having(store, leaf);
        while let Some(audience) = rest.pop() {
            if !seen.insert(audience) {
                continue;
            }
            if !audiences.rows(audience).is_empty() {
                found.insert(audience);
            }
            if seen.len() > most_steps || found.len() > most_roots {
                return None;
            }
            rest.extend(audiences.parents(audience));
        }
    }
    Some(found)
}

/// Root expressions that a user may be in, by their guards.
pub(crate) fn guarded(view: View<'_>, user: RowId) -> BTreeSet<Audience> {
    let (audiences, store) = (view.audiences, view.org.store);
    let mut rest = audiences.open(|set| view.in_leaf(&Leaf::Users(set), user));
    for relation in audiences.relations() {
        for key in keys(view.org, relation, user) {
            rest.extend(audiences.guarded_by(relation, store.find_key(&key)));
        }
    }
    let (mut seen, mut found) = (BTreeSet::new(), BTreeSet::new());
    while let Some(audience) = rest.pop() {
        if seen.insert(audience) {
            if !audiences.rows(audience).is_empty() {
                found.insert(audience);
            }
            rest.extend(audiences.guarded(audience));
        }
    }
    found
}

/// The values that stand in a relation to a user; some that don't may be among them.
fn keys(org: Org<'_>, relation: Relation, user: RowId) -> Vec<Key> {
    let Some(record) = org.record(user) else {
        return Vec::new();
    };
    let id = |user: RowId| Key::Guid(org.store.id(user));
    let teams = |user: RowId| {
        let record = org.record(user);
        record
            .into_iter()
            .flat_map(|record| record.teams.iter().copied().map(Key::Guid))
    };
    match relation {
        Relation::Itself => vec![id(user)],
        Relation::Team => teams(user).collect(),
        Relation::SelfOrTeam => teams(user).chain([id(user)]).collect(),
        Relation::Hierarchy | Relation::Subordinate => {
            org.below(user).into_iter().chain([user]).map(id).collect()
        }
        Relation::HierarchyAndTeams | Relation::TeamOfSubordinate => org
            .below(user)
            .into_iter()
            .chain([user])
            .flat_map(|below| teams(below).chain([id(below)]))
            .collect(),
        Relation::BusinessUnit => record.unit.map(Key::Guid).into_iter().collect(),
        Relation::Language => {
            let own = record.language.map(Key::Int);
            own.into_iter().chain([Key::Int(-1)]).collect()
        }
        Relation::ReadUnit(entity) => {
            let units = org.reads(user, entity).local;
            units.into_iter().map(Key::Guid).collect()
        }
        Relation::ReadUnitTree(entity) => {
            let units = org.reads(user, entity).deep;
            let trees = units.into_iter().flat_map(|unit| org.unit_tree(unit));
            trees.map(Key::Guid).collect()
        }
    }
}
