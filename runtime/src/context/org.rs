//! The organisation as of one side of the transaction: teams, hierarchy, units, privileges.
//!
//! Everything is derived from rows and their indexes on the way; the settings say which tree and how
//! deep. Cost: a walk up a tree is bounded by its depth, a walk down by what it finds.

use std::collections::BTreeSet;

use weir_ir::plan::Depth;
use weir_ir::schema::{AttrId, EntityId, System};
use weir_ir::settings::{HierarchyModel, Settings};
use weir_ir::value::Guid;

use super::privileges::Principal;
use super::{By, Context, Record};
use crate::maps::When;
use crate::store::{RowId, Store};

/// The organisation, before or after.
#[derive(Clone, Copy)]
pub(crate) struct Org<'a> {
    pub(crate) store: &'a Store,
    pub(crate) context: &'a Context,
    pub(crate) settings: &'a Settings,
    pub(crate) when: When,
}

/// What a user may read of an entity.
#[derive(Default, PartialEq, Eq)]
pub(crate) struct Reads {
    /// The greatest depth, by whatever way.
    pub(crate) depth: Option<Depth>,
    /// Units by which it is local or more.
    pub(crate) local: BTreeSet<Guid>,
    /// Units by which it is deep or more.
    pub(crate) deep: BTreeSet<Guid>,
}

impl<'a> Org<'a> {
    fn system(self) -> &'a System {
        &self.store.schema().system
    }

    /// The GUID that a row's attribute holds.
    pub(crate) fn guid(self, row: RowId, attribute: AttrId) -> Option<Guid> {
        self.store.value(row, attribute, self.when).guid()
    }

    /// The user's record, if the user exists.
    pub(crate) fn record(self, user: RowId) -> Option<&'a Record> {
        self.context.records.get(&user, self.when)
    }

    /// The user of that id.
    pub(crate) fn user(self, id: Guid) -> Option<RowId> {
        self.store.lookup(self.system().systemuser, id, self.when)
    }

    /// The team of that id.
    pub(crate) fn team(self, id: Guid) -> Option<RowId> {
        self.store.lookup(self.system().team, id, self.when)
    }

    /// The position of that id: a dangling one has nobody below it, whichever way one looks.
    fn position(self, id: Guid) -> Option<RowId> {
        self.store.lookup(self.system().position, id, self.when)
    }

    /// Teams of a user: counted while the team exists.
    pub(crate) fn teams(self, user: Guid) -> Box<[Guid]> {
        let teamid = self.system().membership_teamid;
        let found: BTreeSet<Guid> = self
            .context
            .rows(By::MembershipUser, user, self.when)
            .filter_map(|membership| self.guid(membership, teamid))
            .filter(|team| self.team(*team).is_some())
            .collect();
        found.into_iter().collect()
    }

    /// Members of a team: counted while both exist. A doubled membership shows twice.
    pub(crate) fn members(self, team: Guid) -> impl Iterator<Item = RowId> + 'a {
        let userid = self.system().membership_systemuserid;
        let exists = self.team(team).is_some();
        self.context
            .rows(By::MembershipTeam, team, self.when)
            .filter(move |_| exists)
            .filter_map(move |membership| self.guid(membership, userid))
            .filter_map(move |user| self.user(user))
    }

    /// Whether `upper` stands above `user`, at most as deep as the settings say; never above itself.
    pub(crate) fn is_above(self, upper: RowId, user: RowId) -> bool {
        upper != user
            && match self.settings.hierarchy_model {
                HierarchyModel::Manager => self.managers(user).any(|manager| manager == upper),
                HierarchyModel::Position => self
                    .guid(upper, self.system().positionid)
                    .is_some_and(|own| self.positions_above(user).any(|above| above == own)),
            }
    }

    /// Users above a user.
    pub(crate) fn above(self, user: RowId) -> Vec<RowId> {
        match self.settings.hierarchy_model {
            HierarchyModel::Manager => self.managers(user).collect(),
            HierarchyModel::Position => self
                .positions_above(user)
                .flat_map(|position| self.context.rows(By::UserPosition, position, self.when))
                .filter(|upper| *upper != user)
                .collect(),
        }
    }

    /// The managers of a user, nearest first, as deep as the settings say, until the loop closes.
    pub(crate) fn managers(self, user: RowId) -> impl Iterator<Item = RowId> + 'a {
        let attribute = self.system().parentsystemuserid;
        let up = move |row: &RowId| self.guid(*row, attribute).and_then(|id| self.user(id));
        std::iter::successors(up(&user), up)
            .take(self.settings.hierarchy_depth as usize)
            .take_while(move |manager| *manager != user)
    }

    /// The positions above a user's own.
    fn positions_above(self, user: RowId) -> impl Iterator<Item = Guid> + 'a {
        let own = self.guid(user, self.system().positionid);
        let parent = move |id: &Guid| {
            let parent = self.guid(self.position(*id)?, self.system().parentpositionid)?;
            self.position(parent).map(|_| parent)
        };
        std::iter::successors(own.as_ref().and_then(parent), parent)
            .take(self.settings.hierarchy_depth as usize)
            .take_while(move |position| Some(*position) != own)
    }

    /// Users below a user, as deep as the settings say.
    pub(crate) fn below(self, user: RowId) -> BTreeSet<RowId> {
        let mut found = match self.settings.hierarchy_model {
            HierarchyModel::Manager => self.tree(
                self.store.id(user),
                self.settings.hierarchy_depth,
                |manager| {
                    self.context
                        .rows(By::Manager, manager, self.when)
                        .map(|row| (row, self.store.id(row)))
                        .collect()
                },
            ),
            HierarchyModel::Position => match self.guid(user, self.system().positionid) {
                Some(position) if self.position(position).is_some() => {
                    self.at_positions_below(position)
                }
                _ => BTreeSet::new(),
            },
        };
        found.remove(&user);
        found
    }

    /// Users at positions below one.
    pub(crate) fn at_positions_below(self, position: Guid) -> BTreeSet<RowId> {
        let below = self.tree(position, self.settings.hierarchy_depth, |parent| {
            self.context
                .rows(By::ParentPosition, parent, self.when)
                .map(|row| (row, self.store.id(row)))
                .collect()
        });
        below
            .into_iter()
            .flat_map(|row| {
                self.context
                    .rows(By::UserPosition, self.store.id(row), self.when)
            })
            .collect()
    }

    /// Rows at most `depth` levels below one, itself left out.
    fn tree(
        self,
        top: Guid,
        depth: u32,
        children: impl Fn(Guid) -> Vec<(RowId, Guid)>,
    ) -> BTreeSet<RowId> {
        let mut found = BTreeSet::new();
        let mut level = vec![top];
        for _ in 0..depth {
            let mut next = Vec::new();
            for parent in level {
                for (row, id) in children(parent) {
                    if id != top && found.insert(row) {
                        next.push(id);
                    }
                }
            }
            if next.is_empty() {
                break;
            }
            level = next;
        }
        found
    }

    /// A unit and those above it, nearest first, until the chain ends or closes.
    pub(crate) fn unit_chain(self, unit: Guid) -> Vec<Guid> {
        let mut chain = vec![unit];
        let mut seen = BTreeSet::from([unit]);
        let mut at = unit;
        while let Some(parent) = self.parent_unit(at) {
            if !seen.insert(parent) {
                break;
            }
            chain.push(parent);
            at = parent;
        }
        chain
    }

    fn parent_unit(self, unit: Guid) -> Option<Guid> {
        let system = self.system();
        let row = self.store.lookup(system.businessunit, unit, self.when)?;
        let parent = self.guid(row, system.parentbusinessunitid)?;
        self.store
            .lookup(system.businessunit, parent, self.when)
            .map(|_| parent)
    }

    /// A unit and those below it.
    pub(crate) fn unit_tree(self, unit: Guid) -> BTreeSet<Guid> {
        let below = self.tree(unit, u32::MAX, |parent| {
            self.context
                .rows(By::ParentUnit, parent, self.when)
                .map(|row| (row, self.store.id(row)))
                .collect()
        });
        below
            .into_iter()
            .map(|row| self.store.id(row))
            .chain([unit])
            .collect()
    }

    /// The user's grants on an entity: depth and the unit that each came by.
    pub(crate) fn grants(
        self,
        user: RowId,
        entity: EntityId,
    ) -> impl Iterator<Item = (Depth, Option<Guid>)> + 'a {
        let record = self.record(user);
        let own = record.and_then(move |record| {
            let principal = Principal::User(self.store.id(user));
            let depth = self
                .context
                .privileges
                .depth(principal, entity, self.when)?;
            Some((depth, record.unit))
        });
        let teams = record.into_iter().flat_map(|record| record.teams.iter());
        own.into_iter().chain(teams.filter_map(move |team| {
            let principal = Principal::Team(*team);
            let depth = self
                .context
                .privileges
                .depth(principal, entity, self.when)?;
            let unit = self
                .team(*team)
                .and_then(|row| self.guid(row, self.system().team_businessunitid));
            Some((depth, unit))
        }))
    }

    /// What a user may read of an entity.
    pub(crate) fn reads(self, user: RowId, entity: EntityId) -> Reads {
        let mut reads = Reads::default();
        for (depth, unit) in self.grants(user, entity) {
            reads.depth = reads.depth.max(Some(depth));
            if depth >= Depth::Local {
                reads.local.extend(unit);
            }
            if depth >= Depth::Deep {
                reads.deep.extend(unit);
            }
        }
        reads
    }

    /// Who holds a grant on an entity of that depth or deeper; none where they are many.
    pub(crate) fn holders(self, entity: EntityId, least: Depth) -> Option<BTreeSet<Principal>> {
        self.context
            .privileges
            .holders(self.store, entity, least, self.when)
    }

    /// The users to whom a principal's grants go.
    pub(crate) fn bearers(self, principal: Principal) -> Vec<RowId> {
        match principal {
            Principal::User(id) => self.user(id).into_iter().collect(),
            Principal::Team(id) => self.members(id).collect(),
        }
    }

    /// Users whose own unit, or a team of whose, is that unit.
    pub(crate) fn by_unit(self, unit: Guid) -> Vec<RowId> {
        let teams = self.context.rows(By::TeamUnit, unit, self.when);
        self.context
            .rows(By::UserUnit, unit, self.when)
            .chain(teams.flat_map(move |team| self.members(self.store.id(team))))
            .collect()
    }
}
