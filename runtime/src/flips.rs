//! Whose membership in which leaves a transaction may have changed, and what that moves.
//!
//! The context's changes name the users they reach: those whose record differs, those above a user
//! who moved in the hierarchy, those who read by a unit that moved. For each, the leaves that may
//! have flipped are asked before and after; rows are found through the root expressions that
//! mention a flipped leaf, or through all that the user may be in, whichever is less to visit.
//! Cost: follows the users reached and the expressions visited, never all users or rows.

use std::collections::{BTreeMap, BTreeSet};

use weir_ir::operators::Relation;
use weir_ir::plan::{Depth, UserSet};
use weir_ir::schema::EntityId;
use weir_ir::settings::ClockZone;
use weir_ir::value::Guid;

use crate::audience::{Audience, Audiences, Key, Leaf, Roots};
use crate::clock;
use crate::context::org::{Org, Reads};
use crate::context::privileges::Principal;
use crate::context::{By, ContextChange};
use crate::counters::Counters;
use crate::state::State;
use crate::store::RowId;
use crate::view::View;

/// A climb that finds so few root expressions is taken without asking what the user may be in.
const FEW_ROOTS: usize = 8;
/// Steps of a climb that may be in vain.
const SHORT_CLIMB: usize = 512;

/// What may have changed for a user.
#[derive(Default)]
pub(crate) struct Touch {
    /// Everything: the user came, went, or changed profile.
    whole: bool,
    /// The zone.
    zone: bool,
    leaves: BTreeSet<Leaf>,
}

/// What may have changed for each user reached.
pub(crate) type Touches = BTreeMap<RowId, Touch>;

/// The leaves that the context's changes may have flipped. `profiles` are users whose profile did.
pub(crate) fn touches(
    before: Org<'_>,
    after: Org<'_>,
    change: &ContextChange,
    profiles: &BTreeSet<RowId>,
    read_entities: &BTreeSet<EntityId>,
) -> Touches {
    let mut reach = Reach {
        before,
        after,
        read_entities,
        touches: Touches::new(),
    };
    for user in profiles {
        reach.touch(*user).whole = true;
    }
    for user in &change.records {
        reach.record(*user);
    }
    reach.hierarchy(change);
    reach.units(change);
    reach.privileges(change);
    reach.touches
}

struct Reach<'a> {
    before: Org<'a>,
    after: Org<'a>,
    read_entities: &'a BTreeSet<EntityId>,
    touches: Touches,
}

impl<'a> Reach<'a> {
    fn touch(&mut self, user: RowId) -> &mut Touch {
        self.touches.entry(user).or_default()
    }

    fn leaf(&mut self, user: RowId, relation: Relation, key: Key) {
        self.touch(user).leaves.insert(Leaf::Match(relation, key));
    }

    fn guid(&mut self, user: RowId, relation: Relation, id: Guid) {
        self.leaf(user, relation, Key::Guid(id));
    }

    fn sides(&self) -> [Org<'a>; 2] {
        [self.before, self.after]
    }

    /// What a user's record says.
    fn record(&mut self, user: RowId) {
        let (Some(old), Some(new)) = (self.before.record(user), self.after.record(user)) else {
            self.touch(user).whole = true;
            let teams: BTreeSet<Guid> = self
                .sides()
                .iter()
                .filter_map(|org| org.record(user))
                .flat_map(|record| record.teams.iter().copied())
                .collect();
            self.teams_moved(user, &teams);
            return;
        };
        if old.active != new.active {
            let set = Leaf::Users(UserSet::Active);
            self.touch(user).leaves.insert(set);
        }
        if old.zone != new.zone {
            self.touch(user).zone = true;
        }
        if old.language != new.language {
            for language in old.language.into_iter().chain(new.language) {
                self.leaf(user, Relation::Language, Key::Number(language));
            }
        }
        if old.unit != new.unit {
            for unit in old.unit.into_iter().chain(new.unit) {
                self.guid(user, Relation::BusinessUnit, unit);
            }
        }
        if old.teams != new.teams {
            let (old, new): (BTreeSet<Guid>, BTreeSet<Guid>) = (
                old.teams.iter().copied().collect(),
                new.teams.iter().copied().collect(),
            );
            let moved = old.symmetric_difference(&new).copied().collect();
            self.teams_moved(user, &moved);
        }
        if old.unit != new.unit || old.teams != new.teams {
            self.reads(user, None);
        }
    }

    /// Teams that a user joined or left: also those above see it.
    fn teams_moved(&mut self, user: RowId, teams: &BTreeSet<Guid>) {
        if teams.is_empty() {
            return;
        }
        let uppers: BTreeSet<RowId> = self
            .sides()
            .iter()
            .flat_map(|org| org.above(user))
            .collect();
        for team in teams {
            for relation in [
                Relation::Team,
                Relation::SelfOrTeam,
                Relation::HierarchyAndTeams,
            ] {
                self.guid(user, relation, *team);
            }
            for upper in &uppers {
                self.guid(*upper, Relation::HierarchyAndTeams, *team);
                self.guid(*upper, Relation::TeamOfSubordinate, *team);
            }
        }
    }

    /// Users who moved in the hierarchy, and users below them.
    fn hierarchy(&mut self, change: &ContextChange) {
        let mut moved: BTreeSet<RowId> = change.moved.clone();
        for org in self.sides() {
            moved.extend(change.moved.iter().flat_map(|user| org.below(*user)));
            for position in &change.positions {
                moved.extend(org.context.rows(By::UserPosition, *position, org.when));
                moved.extend(org.at_positions_below(*position));
            }
        }
        for user in moved {
            let above = |org: Org<'_>| org.above(user).into_iter().collect::<BTreeSet<_>>();
            let (old, new) = (above(self.before), above(self.after));
            let id = self.after.store.id(user);
            let teams: BTreeSet<Guid> = self
                .sides()
                .iter()
                .filter_map(|org| org.record(user))
                .flat_map(|record| record.teams.iter().copied())
                .collect();
            for upper in old.symmetric_difference(&new) {
                for relation in [
                    Relation::Hierarchy,
                    Relation::HierarchyAndTeams,
                    Relation::Subordinate,
                ] {
                    self.guid(*upper, relation, id);
                }
                for team in &teams {
                    self.guid(*upper, Relation::HierarchyAndTeams, *team);
                    self.guid(*upper, Relation::TeamOfSubordinate, *team);
                }
            }
        }
    }

    /// Units that moved in their tree: users who read by a unit above them.
    fn units(&mut self, change: &ContextChange) {
        if self.read_entities.is_empty() {
            return;
        }
        for unit in &change.units {
            let chain = |org: Org<'_>| org.unit_chain(*unit).into_iter().collect::<BTreeSet<_>>();
            let (old, new) = (chain(self.before), chain(self.after));
            let mut above: BTreeSet<Guid> = old.symmetric_difference(&new).copied().collect();
            above.insert(*unit);
            let mut users = BTreeSet::new();
            let mut below = BTreeSet::new();
            for org in self.sides() {
                users.extend(above.iter().flat_map(|unit| org.by_unit(*unit)));
                below.extend(org.unit_tree(*unit));
            }
            for user in users {
                for entity in self.read_entities {
                    let deep = |org: Org<'_>| {
                        org.grants(user, *entity)
                            .any(|(depth, _)| depth >= Depth::Deep)
                    };
                    if deep(self.before) || deep(self.after) {
                        for unit in &below {
                            self.guid(user, Relation::ReadUnitTree(*entity), *unit);
                        }
                    }
                }
            }
        }
    }

    /// Privileges given or taken, and teams with privileges that changed units.
    fn privileges(&mut self, change: &ContextChange) {
        if self.read_entities.is_empty() {
            return;
        }
        for (principal, entity) in &change.privileges {
            let users: BTreeSet<RowId> = match principal {
                Principal::User(id) => self.after.user(*id).into_iter().collect(),
                Principal::Team(id) => self.after.members(*id).collect(),
            };
            for user in users {
                self.reads(user, Some(*entity));
            }
        }
        for team in &change.team_units {
            let users: BTreeSet<RowId> = self.after.members(*team).collect();
            for user in users {
                self.reads(user, None);
            }
        }
    }

    /// What a user may read of one entity, or of all that matter.
    fn reads(&mut self, user: RowId, only: Option<EntityId>) {
        for entity in self.read_entities {
            if only.is_some_and(|only| only != *entity) {
                continue;
            }
            let (old, new): (Reads, Reads) = (
                self.before.reads(user, *entity),
                self.after.reads(user, *entity),
            );
            if old == new {
                continue;
            }
            for depth in [Depth::Basic, Depth::Local, Depth::Deep, Depth::Global] {
                let set = Leaf::Users(UserSet::Reads(*entity, depth));
                self.touch(user).leaves.insert(set);
            }
            for unit in old.local.symmetric_difference(&new.local) {
                self.guid(user, Relation::ReadUnit(*entity), *unit);
            }
            for top in old.deep.symmetric_difference(&new.deep) {
                for org in self.sides() {
                    for unit in org.unit_tree(*top) {
                        self.guid(user, Relation::ReadUnitTree(*entity), unit);
                    }
                }
            }
        }
    }
}

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
        let mut own = guarded(before, &state.roots, user);
        own.extend(guarded(after, &state.roots, user));
        own
    };
    if touch.whole {
        return own();
    }
    let flipped = |leaf: &Leaf| {
        let known = state.audiences.find_leaf(*leaf)?;
        (before.in_leaf(leaf, user) != after.in_leaf(leaf, user)).then_some(known)
    };
    let leaves: BTreeSet<Audience> = touch.leaves.iter().filter_map(flipped).collect();
    let attempt = |steps: usize, roots: usize| {
        let mut leaves = leaves.clone();
        if touch.zone {
            let more = between_zones(before, after, &state.audiences, user);
            leaves.extend(more.take(steps + 1));
        }
        climb(&state.audiences, &state.roots, &leaves, (steps, roots))
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
) -> impl Iterator<Item = Audience> + 'a {
    let records = before.org.record(user).zip(after.org.record(user));
    let user_windows = after
        .clock
        .windows()
        .filter(move |window| after.clock.key(*window).zone == ClockZone::User);
    records.into_iter().flat_map(move |(old, new)| {
        let zones = &after.org.context.zones;
        user_windows.clone().flat_map(move |window| {
            let old = before.clock.bounds(zones, window, old.zone, true);
            let new = after.clock.bounds(zones, window, new.zone, false);
            clock::between(audiences, window, old, new).map(|(_, leaf)| leaf)
        })
    })
}

/// Root expressions made of any of the leaves; none if that takes more steps, or finds more of
/// them, than the limits.
pub(crate) fn climb(
    audiences: &Audiences,
    roots: &Roots,
    leaves: &BTreeSet<Audience>,
    (most_steps, most_roots): (usize, usize),
) -> Option<BTreeSet<Audience>> {
    let mut seen: BTreeSet<Audience> = BTreeSet::new();
    let mut rest: Vec<Audience> = Vec::new();
    let mut found = BTreeSet::new();
    for leaf in leaves {
        rest.push(*leaf);
        while let Some(audience) = rest.pop() {
            if !seen.insert(audience) {
                continue;
            }
            if roots.is_root(audience) {
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
pub(crate) fn guarded(view: View<'_>, roots: &Roots, user: RowId) -> BTreeSet<Audience> {
    let mut found: BTreeSet<Audience> = roots.open().clone();
    for (set, guarded) in roots.sets() {
        if view.in_leaf(&Leaf::Users(set), user) {
            found.extend(guarded);
        }
    }
    for relation in roots.relations() {
        for key in keys(view.org, relation, user) {
            found.extend(roots.matching(relation, key).into_iter().flatten());
        }
    }
    found
}

/// The values that stand in a relation to a user; some that don't may be among them.
fn keys(org: Org<'_>, relation: Relation, user: RowId) -> BTreeSet<Key> {
    let Some(record) = org.record(user) else {
        return BTreeSet::new();
    };
    let id = |user: RowId| Key::Guid(org.store.id(user));
    let teams = |user: RowId| {
        let record = org.record(user);
        record
            .into_iter()
            .flat_map(|record| record.teams.iter().copied().map(Key::Guid))
    };
    match relation {
        Relation::Itself => [id(user)].into(),
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
            let own = record.language.map(Key::Number);
            own.into_iter().chain([Key::Number(-1)]).collect()
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
