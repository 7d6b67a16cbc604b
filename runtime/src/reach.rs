//! Whom the context's changes reach, and which leaves may have flipped for each.
//!
//! Reached are users whose record differs, those above a user who moved in the hierarchy, those who
//! read by a unit that moved, those whose privileges changed. Whether a leaf really flipped is asked
//! later, before and after. Cost: follows the rows that changed and the users reached.

use std::collections::{BTreeMap, BTreeSet};

use weir_ir::operators::Relation;
use weir_ir::plan::{Depth, UserSet};
use weir_ir::schema::EntityId;
use weir_ir::value::Guid;

use crate::audience::Leaf;
use crate::context::org::{Org, Reads};
use crate::context::privileges::Principal;
use crate::context::{By, ContextChange};
use crate::store::RowId;

/// What may have changed for a user.
#[derive(Default)]
pub(crate) struct Touch {
    /// Everything: the user came, went, or changed profile.
    pub(crate) whole: bool,
    /// The zone.
    pub(crate) zone: bool,
    pub(crate) leaves: BTreeSet<Leaf>,
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

    fn guid(&mut self, user: RowId, relation: Relation, id: Guid) {
        self.touch(user).leaves.insert(Leaf::Match(relation, id));
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
                self.touch(user).leaves.insert(Leaf::Language(language));
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
        let reads_deep = |entity: &EntityId, org: &Org<'_>| {
            org.holders(*entity, Depth::Deep)
                .is_none_or(|holders| !holders.is_empty())
        };
        let sides = self.sides();
        let deep = |entity: &EntityId| sides.iter().any(|org| reads_deep(entity, org));
        if !self.read_entities.iter().any(deep) {
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
