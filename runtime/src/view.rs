//! Who is in an audience, before the transaction or after it.
//!
//! Cost: a user's membership in a leaf is a look at the user's record, or a walk up a tree of
//! bounded depth; `TeamOfSubordinate` and `HierarchyAndTeams` ask a small team's members, or those
//! below the user.

use std::collections::{BTreeMap, BTreeSet};

use weir_ir::operators::Relation;
use weir_ir::plan::{Depth, UserSet};
use weir_ir::schema::EntityId;
use weir_ir::value::Guid;

use crate::audience::{Audience, Audiences, Bound, Leaf, Term, WindowId};
use crate::clock::Clock;
use crate::context::By;
use crate::context::org::Org;
use crate::context::privileges::Principal;
use crate::maps::When;
use crate::members::Members;
use crate::store::RowId;

/// A team of so many members is asked member by member.
const SMALL_TEAM: usize = 16;

/// What a leaf's membership follows from, before or after.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) org: Org<'a>,
    pub(crate) members: &'a Members,
    pub(crate) clock: &'a Clock,
    pub(crate) audiences: &'a Audiences,
}

impl<'a> View<'a> {
    /// Whether the user is in an audience.
    pub(crate) fn holds(self, audience: Audience, user: RowId) -> bool {
        self.find(self.audiences.whole(audience), user, &mut BTreeMap::new())
    }

    /// Whether the user is in a part of an audience.
    pub(crate) fn holds_part(self, bound: Bound, user: RowId) -> bool {
        self.find(bound, user, &mut BTreeMap::new())
    }

    /// As [`View::holds`]; `known` is what has been asked of parts that several ways lead to.
    fn ask(self, bound: Bound, user: RowId, known: &mut BTreeMap<Bound, bool>) -> bool {
        if !self.audiences.may_come_again(bound) {
            return self.find(bound, user, known);
        }
        if let Some(holds) = known.get(&bound) {
            return *holds;
        }
        let holds = self.find(bound, user, known);
        known.insert(bound, holds);
        holds
    }

    fn find(self, bound: Bound, user: RowId, known: &mut BTreeMap<Bound, bool>) -> bool {
        let audiences = self.audiences;
        if let Some(parts) = audiences.parts(bound.audience) {
            let mut parts = parts.iter().map(|part| audiences.whole(Audience(*part)));
            return parts.any(|part| self.ask(part, user, known));
        }
        let part = |term| Bound { term, ..bound };
        match audiences.terms.get(bound.term) {
            Term::None => false,
            Term::All => true,
            Term::Users(_) | Term::Match(..) | Term::Window(..) => {
                let leaf = audiences.leaf(self.org.store, bound);
                leaf.is_some_and(|leaf| self.in_leaf(&leaf, user))
            }
            Term::Sub(place) => {
                let sub = Audience(audiences.parameter_of(bound.audience, *place));
                self.ask(audiences.whole(sub), user, known)
            }
            Term::And(terms) => terms.iter().all(|term| self.ask(part(*term), user, known)),
            Term::Or(terms) => terms.iter().any(|term| self.ask(part(*term), user, known)),
            Term::Not(inner) => !self.ask(part(*inner), user, known),
        }
    }

    /// Whether the user is in a leaf.
    pub(crate) fn in_leaf(self, leaf: &Leaf, user: RowId) -> bool {
        let Some(record) = self.org.record(user) else {
            return false;
        };
        match *leaf {
            Leaf::Users(UserSet::Active) => record.active,
            Leaf::Users(UserSet::Member(profile)) => {
                self.members.profile(user, self.org.when) == Some(profile)
            }
            Leaf::Users(UserSet::Reads(entity, least)) => self
                .org
                .grants(user, entity)
                .any(|(depth, _)| depth >= least),
            Leaf::Language(language) => {
                record.language == Some(language)
                    || language == -1 && self.org.settings.language_wildcard
            }
            Leaf::Match(relation, id) => self.matches(relation, id, user),
            Leaf::InWindow(window, value) => self
                .clock
                .part(
                    &self.org.context.zones,
                    window,
                    record.zone,
                    self.org.when == When::Before,
                    value,
                )
                .contains(value),
        }
    }

    fn matches(self, relation: Relation, id: Guid, user: RowId) -> bool {
        let org = self.org;
        let is_user = || org.store.id(user) == id;
        let record = || org.record(user);
        let in_team = || record().is_some_and(|record| record.teams.binary_search(&id).is_ok());
        let is_below = || org.user(id).is_some_and(|below| org.is_above(user, below));
        let team_below = || self.team_below(id, user);
        match relation {
            Relation::Itself => is_user(),
            Relation::Team => in_team(),
            Relation::SelfOrTeam => is_user() || in_team(),
            Relation::Hierarchy => is_user() || is_below(),
            Relation::HierarchyAndTeams => is_user() || in_team() || is_below() || team_below(),
            Relation::Subordinate => is_below(),
            Relation::TeamOfSubordinate => team_below(),
            Relation::BusinessUnit => record().is_some_and(|record| record.unit == Some(id)),
            Relation::Language => false,
            Relation::ReadUnit(entity) => org
                .grants(user, entity)
                .any(|(depth, unit)| depth >= Depth::Local && unit == Some(id)),
            Relation::ReadUnitTree(entity) => {
                let units: Vec<Guid> = org
                    .grants(user, entity)
                    .filter(|(depth, _)| *depth >= Depth::Deep)
                    .filter_map(|(_, unit)| unit)
                    .collect();
                !units.is_empty() && org.unit_chain(id).iter().any(|unit| units.contains(unit))
            }
        }
    }

    /// Whether a member of the team stands below the user: asked of the members, or of those below
    /// where the team is large.
    fn team_below(self, team: Guid, user: RowId) -> bool {
        let org = self.org;
        if org.context.count(By::MembershipTeam, team) <= SMALL_TEAM {
            return org.members(team).any(|member| org.is_above(user, member));
        }
        org.below(user).into_iter().any(|below| {
            org.record(below)
                .is_some_and(|record| record.teams.binary_search(&team).is_ok())
        })
    }

    /// How many users a leaf may have, about; counted after the transaction.
    pub(crate) fn leaf_size(self, leaf: &Leaf) -> usize {
        let context = self.org.context;
        let above = self.org.settings.hierarchy_depth as usize;
        match *leaf {
            Leaf::Users(UserSet::Member(profile)) => self.members.count(profile),
            Leaf::Users(UserSet::Reads(entity, least)) => self.readers(entity, least),
            Leaf::InWindow(window, value) if self.is_closed(window, value) => 0,
            Leaf::Match(Relation::ReadUnit(entity), unit) => self
                .readers(entity, Depth::Local)
                .min(self.in_units([unit])),
            Leaf::Match(Relation::ReadUnitTree(entity), unit) => self
                .readers(entity, Depth::Deep)
                .min(self.in_units(self.org.unit_chain(unit))),
            Leaf::Match(relation, id) => {
                let team = || context.count(By::MembershipTeam, id);
                match relation {
                    Relation::Itself => 1,
                    Relation::Team => team(),
                    Relation::SelfOrTeam => 1 + team(),
                    Relation::Hierarchy | Relation::Subordinate => 1 + above,
                    Relation::HierarchyAndTeams | Relation::TeamOfSubordinate => {
                        (1 + team()).saturating_mul(1 + above)
                    }
                    Relation::BusinessUnit => context.count(By::UserUnit, id),
                    _ => usize::MAX,
                }
            }
            _ => usize::MAX,
        }
    }

    /// How many users may read an entity at that depth or deeper, about; the most where many grants
    /// say so.
    fn readers(self, entity: EntityId, least: Depth) -> usize {
        let Some(holders) = self.org.holders(entity, least) else {
            return usize::MAX;
        };
        let count = |holder: &Principal| match holder {
            Principal::User(_) => 1,
            Principal::Team(id) => self.org.context.count(By::MembershipTeam, *id),
        };
        holders.iter().map(count).sum()
    }

    /// How many users read by units, about: those of the units and of their teams.
    fn in_units(self, units: impl IntoIterator<Item = Guid>) -> usize {
        let context = self.org.context;
        let count = |unit: Guid| {
            let teams = context.rows(By::TeamUnit, unit, self.org.when);
            let members = teams.map(|team| {
                let team = self.org.store.id(team);
                context.count(By::MembershipTeam, team)
            });
            context.count(By::UserUnit, unit) + members.sum::<usize>()
        };
        units.into_iter().map(count).sum()
    }

    fn reader_candidates(self, entity: EntityId, least: Depth, found: &mut BTreeSet<RowId>) {
        let holders = self.org.holders(entity, least).unwrap_or_default();
        found.extend(
            holders
                .into_iter()
                .flat_map(|holder| self.org.bearers(holder)),
        );
    }

    /// Whether a window takes a value in for nobody: in no zone that anyone lives in, or
    /// did before the transaction.
    fn is_closed(self, window: WindowId, value: i64) -> bool {
        let zones = &self.org.context.zones;
        let before = self.org.when == When::Before;
        !zones.lived_in().any(|zone| {
            self.clock
                .part(zones, window, zone, before, value)
                .contains(value)
        })
    }

    /// Adds users among whom are all that a leaf has.
    pub(crate) fn leaf_candidates(self, leaf: &Leaf, found: &mut BTreeSet<RowId>) {
        let org = self.org;
        match *leaf {
            Leaf::Users(UserSet::Member(profile)) => {
                found.extend(self.members.of(profile, org.when));
            }
            Leaf::Language(language) if language != -1 || !org.settings.language_wildcard => {
                found.extend(org.context.speakers(language, org.when));
            }
            Leaf::InWindow(window, value) if self.is_closed(window, value) => {}
            Leaf::Users(UserSet::Reads(entity, least))
                if self.readers(entity, least) < usize::MAX =>
            {
                self.reader_candidates(entity, least, found);
            }
            Leaf::Match(Relation::ReadUnit(entity), unit)
                if self.readers(entity, Depth::Local) < self.in_units([unit]) =>
            {
                self.reader_candidates(entity, Depth::Local, found);
            }
            Leaf::Match(Relation::ReadUnitTree(entity), unit)
                if self.readers(entity, Depth::Deep) < self.in_units(self.org.unit_chain(unit)) =>
            {
                self.reader_candidates(entity, Depth::Deep, found);
            }
            Leaf::Match(relation, id) => self.match_candidates(relation, id, found),
            _ => found.extend(org.context.users(org.when)),
        }
    }

    fn match_candidates(self, relation: Relation, id: Guid, found: &mut BTreeSet<RowId>) {
        let org = self.org;
        let user = org.user(id);
        let with_above = |user: RowId| org.above(user).into_iter().chain([user]);
        match relation {
            Relation::Itself => found.extend(user),
            Relation::Team => found.extend(org.members(id)),
            Relation::SelfOrTeam => found.extend(org.members(id).chain(user)),
            Relation::Hierarchy | Relation::Subordinate => {
                found.extend(user.into_iter().flat_map(with_above));
            }
            Relation::HierarchyAndTeams | Relation::TeamOfSubordinate => {
                found.extend(org.members(id).chain(user).flat_map(with_above));
            }
            Relation::BusinessUnit => {
                found.extend(org.context.rows(By::UserUnit, id, org.when));
            }
            Relation::ReadUnit(_) => found.extend(org.by_unit(id)),
            Relation::ReadUnitTree(_) => {
                for unit in org.unit_chain(id) {
                    found.extend(org.by_unit(unit));
                }
            }
            Relation::Language => {}
        }
    }
}
