//! From leaves that flipped for a user to the root expressions that the user entered or left.
//!
//! Root expressions are found by a climb from the flipped leaves, or are all that the user may be in
//! by their guards, whichever is less to visit: "mine and today" is asked of one user's expressions,
//! not of all whose value the day takes in. Cost: follows the expressions visited.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;
use weir_ir::operators::Relation;
use weir_ir::plan::UserSet;
use weir_ir::settings::ClockZone;

use crate::audience::{Audience, Audiences, Leaf};
use crate::clock;
use crate::context::org::Org;
use crate::counters::Counters;
use crate::key::Key;
use crate::reach::{Touch, Touches};
use crate::state::State;
use crate::store::RowId;
use crate::view::View;

/// Root expressions to find before the other way is tried.
const FEW: usize = 8;
/// Audiences that may be visited in vain for each root expression.
const STEPS: usize = 64;

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
    let own = |most: usize| {
        let mut own = guarded(before, user, most)?;
        own.extend(guarded(after, user, most)?);
        Some(own)
    };
    let (audiences, store) = (&state.audiences, after.org.store);
    let mut flipped = touch.leaves.clone();
    flipped.retain(|leaf| before.in_leaf(leaf, user) != after.in_leaf(leaf, user));
    // A set of users leads to all that its profile has: what the user has is less.
    let only_own = touch.whole || flipped.iter().any(|leaf| matches!(leaf, Leaf::Users(_)));
    let is_in = |set: UserSet| after.in_leaf(&Leaf::Users(set), user);
    let from_leaves = |most: usize| {
        if only_own {
            return None;
        }
        let mut leaves: Vec<Leaf> = flipped.iter().copied().collect();
        if touch.zone {
            let (between, few) = (
                between_zones(before, after, audiences, user),
                most.saturating_mul(STEPS),
            );
            leaves.extend(between.take(few.saturating_add(1)));
            if leaves.len() > few {
                return None;
            }
        }
        let mut asked = BTreeMap::new();
        let having = leaves.into_iter().flat_map(|leaf| {
            audiences.having(store, leaf, |template, used| {
                let known = asked.entry((template, used));
                *known.or_insert_with(|| audiences.depends(template, used, is_in))
            })
        });
        climb(audiences, having, most)
    };
    let mut most = FEW;
    loop {
        if let Some(found) = from_leaves(most).or_else(|| own(most)) {
            return found;
        }
        most = most.saturating_mul(8);
    }
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

/// Root expressions made of any of some audiences; none if there are more than `most`, or many more
/// audiences on the way.
pub(crate) fn climb(
    audiences: &Audiences,
    from: impl IntoIterator<Item = Audience>,
    most: usize,
) -> Option<BTreeSet<Audience>> {
    visit(audiences, from, most, |audience, rest| {
        rest.extend(audiences.parents(audience));
    })
}

/// Root expressions that a user may be in, by their guards; none as of [`climb`].
pub(crate) fn guarded(view: View<'_>, user: RowId, most: usize) -> Option<BTreeSet<Audience>> {
    let (audiences, store) = (view.audiences, view.org.store);
    let open = audiences.open(|set| view.in_leaf(&Leaf::Users(set), user));
    let by_keys = audiences.relations().flat_map(|relation| {
        let keys = keys(view.org, relation, user).into_iter();
        keys.flat_map(move |key| audiences.guarded_by(relation, store.find_key(&key)))
    });
    visit(
        audiences,
        open.into_iter().chain(by_keys),
        most,
        |audience, rest| {
            rest.extend(audiences.guarded(audience));
        },
    )
}

/// The root expressions among audiences and those that `on` adds for each.
fn visit(
    audiences: &Audiences,
    from: impl IntoIterator<Item = Audience>,
    most: usize,
    on: impl Fn(Audience, &mut Vec<Audience>),
) -> Option<BTreeSet<Audience>> {
    let (mut seen, mut found) = (FxHashSet::default(), BTreeSet::new());
    let mut rest = Vec::new();
    for first in from {
        rest.push(first);
        while let Some(audience) = rest.pop() {
            if !seen.insert(audience) {
                continue;
            }
            if !audiences.rows(audience).is_empty() {
                found.insert(audience);
            }
            if found.len() > most || seen.len() > most.saturating_mul(STEPS) {
                return None;
            }
            on(audience, &mut rest);
        }
    }
    Some(found)
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
