//! Who is in an audience, before the transaction or after it.
//!
//! Cost: a user's membership in a leaf is a look at the user's record, or a walk up a tree of
//! bounded depth; `TeamOfSubordinate` and `HierarchyAndTeams` ask a small team's members, or those
//! below the user.

use std::collections::BTreeSet;

use weir_ir::operators::Relation;
use weir_ir::plan::{Depth, UserSet};
use weir_ir::value::Guid;

use crate::audience::{Audience, Audiences, Key, Leaf, Term};
use crate::clock::Clock;
use crate::context::By;
use crate::context::org::Org;
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
        match self.audiences.term(audience) {
            Term::None => false,
            Term::All => true,
            Term::Leaf(leaf) => self.in_leaf(leaf, user),
            Term::And(terms) => terms.iter().all(|term| self.holds(*term, user)),
            Term::Or(terms) => terms.iter().any(|term| self.holds(*term, user)),
            Term::Not(inner) => !self.holds(*inner, user),
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
            Leaf::Match(Relation::Language, Key::Number(language)) => {
                record.language == Some(language)
                    || language == -1 && self.org.settings.language_wildcard
            }
            Leaf::Match(relation, Key::Guid(id)) => self.matches(relation, id, user),
            Leaf::Match(_, Key::Number(_)) => false,
            Leaf::InWindow(window, value) => self
                .clock
                .bounds(
                    &self.org.context.zones,
                    window,
                    record.zone,
                    self.org.when == When::Before,
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

    /// How many users an audience may have, about; counted after the transaction.
    pub(crate) fn size(self, audience: Audience) -> usize {
        let everyone = self.org.context.user_count();
        match self.audiences.term(audience) {
            Term::None => 0,
            Term::All | Term::Not(_) => everyone,
            Term::Leaf(leaf) => self.leaf_size(leaf).min(everyone),
            Term::And(terms) => terms
                .iter()
                .map(|term| self.size(*term))
                .min()
                .unwrap_or(everyone),
            Term::Or(terms) => terms
                .iter()
                .map(|term| self.size(*term))
                .sum::<usize>()
                .min(everyone),
        }
    }

    fn leaf_size(self, leaf: &Leaf) -> usize {
        let context = self.org.context;
        let above = self.org.settings.hierarchy_depth as usize;
        match *leaf {
            Leaf::Users(UserSet::Member(profile)) => self.members.count(profile),
            Leaf::Match(relation, Key::Guid(id)) => {
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

    /// Adds users among whom are all that an audience has: those of the smallest term of an `And`,
    /// of all terms of an `Or`, everyone for a complement.
    pub(crate) fn candidates(self, audience: Audience, found: &mut BTreeSet<RowId>) {
        match self.audiences.term(audience) {
            Term::None => {}
            Term::All | Term::Not(_) => found.extend(self.org.context.users(self.org.when)),
            Term::Leaf(leaf) => self.leaf_candidates(leaf, found),
            Term::And(terms) => {
                if let Some(least) = terms.iter().min_by_key(|term| self.size(**term)) {
                    self.candidates(*least, found);
                }
            }
            Term::Or(terms) => {
                for term in terms {
                    self.candidates(*term, found);
                }
            }
        }
    }

    fn leaf_candidates(self, leaf: &Leaf, found: &mut BTreeSet<RowId>) {
        let org = self.org;
        match *leaf {
            Leaf::Users(UserSet::Member(profile)) => {
                found.extend(self.members.of(profile, org.when));
            }
            Leaf::Match(Relation::Language, Key::Number(language))
                if language != -1 || !org.settings.language_wildcard =>
            {
                found.extend(org.context.speakers(language, org.when));
            }
            Leaf::Match(relation, Key::Guid(id)) => self.match_candidates(relation, id, found),
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
