//! Who is a member of which profile: the plan's selectors, resolved in the data.
//!
//! Invariant: after [`Members::update`] every enabled user that a selector means is a member of the
//! first such profile by number, and of no other. Cost: a few look-ups for each user whose names,
//! teams or being changed; the members of a renamed team only where a selector bears either name.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;
use weir_ir::fold::{Collation, fold};
use weir_ir::plan::{Member, Plan, ProfileId};
use weir_ir::value::Guid;

use crate::context::ContextChange;
use crate::context::org::Org;
use crate::maps::{Map, Seed, Versioned, When};
use crate::notice::Notice;
use crate::proof::Membership;
use crate::sets::Sets;
use crate::store::RowId;

/// Profiles and member indexes that a selector leads to.
type Means = Vec<(ProfileId, usize)>;

pub(crate) struct Members {
    collation: Collation,
    users: Map<Guid, Means>,
    user_names: Map<SmolStr, Means>,
    teams: Map<Guid, Means>,
    team_names: Map<SmolStr, Means>,
    profiles: Versioned<RowId, ProfileId>,
    by_profile: Sets<ProfileId>,
    /// Users that several profiles mean.
    several: BTreeMap<RowId, Vec<ProfileId>>,
}

impl Members {
    pub(crate) fn new(plan: &Plan, seed: Seed) -> Self {
        let mut members = Self {
            collation: plan.settings.collation,
            users: seed.map(),
            user_names: seed.map(),
            teams: seed.map(),
            team_names: seed.map(),
            profiles: Versioned::new(seed),
            by_profile: Sets::new(seed),
            several: BTreeMap::new(),
        };
        for (number, profile) in (0_u32..).zip(&plan.profiles) {
            for (at, member) in profile.members.iter().enumerate() {
                let means = match &member.member {
                    Member::User(id) => members.users.entry(*id).or_default(),
                    Member::UserNamed(name) => members.user_names.entry(name.clone()).or_default(),
                    Member::Team(id) => members.teams.entry(*id).or_default(),
                    Member::TeamNamed(name) => members.team_names.entry(name.clone()).or_default(),
                };
                means.push((ProfileId(number), at));
            }
        }
        members
    }

    pub(crate) fn commit(&mut self) {
        self.profiles.commit();
        self.by_profile.commit();
    }

    /// The user's profile.
    pub(crate) fn profile(&self, user: RowId, when: When) -> Option<ProfileId> {
        self.profiles.get(&user, when).copied()
    }

    /// The members of a profile.
    pub(crate) fn of(&self, profile: ProfileId, when: When) -> impl Iterator<Item = RowId> + '_ {
        self.by_profile.rows(&profile, when)
    }

    /// How many members a profile has now.
    pub(crate) fn count(&self, profile: ProfileId) -> usize {
        self.by_profile.len(&profile)
    }

    /// Takes in what changed; gives the users whose profile did.
    pub(crate) fn update(
        &mut self,
        org: Org<'_>,
        change: &ContextChange,
        notices: &mut Vec<Notice>,
    ) -> BTreeSet<RowId> {
        let mut dirty: BTreeSet<RowId> = change.records.union(&change.renamed).copied().collect();
        let team_name = org.store.schema().system.team_name;
        for team in &change.teams {
            let bears = [When::Before, When::After].into_iter().any(|when| {
                let name = org.store.value(*team, team_name, when).text();
                name.is_some_and(|name| self.team_names.contains_key(&*self.folded(name)))
            });
            if bears {
                dirty.extend(org.members(org.store.id(*team)));
            }
        }
        self.resolve_all(org, dirty, notices)
    }

    /// Resolves users anew; gives those whose profile changed.
    pub(crate) fn resolve_all(
        &mut self,
        org: Org<'_>,
        users: impl IntoIterator<Item = RowId>,
        notices: &mut Vec<Notice>,
    ) -> BTreeSet<RowId> {
        let mut changed = BTreeSet::new();
        for user in users {
            let mut means: Vec<ProfileId> = if org.record(user).is_some_and(|record| record.active)
            {
                let routes = self.routes(org, user);
                routes.into_iter().map(|(profile, _)| profile).collect()
            } else {
                Vec::new()
            };
            means.dedup();
            let (old, new) = (self.profile(user, When::After), means.first().copied());
            if old != new {
                if let Some(old) = old {
                    self.by_profile.remove(&old, user);
                }
                if let Some(new) = new {
                    self.by_profile.insert(new, user);
                }
                self.profiles.set(user, new);
                changed.insert(user);
            }
            self.note_several(org, user, means, notices);
        }
        changed
    }

    /// The profiles that mean a user, if they are several.
    pub(crate) fn several(&self, user: RowId) -> Option<&[ProfileId]> {
        self.several.get(&user).map(Vec::as_slice)
    }

    fn note_several(
        &mut self,
        org: Org<'_>,
        user: RowId,
        means: Vec<ProfileId>,
        notices: &mut Vec<Notice>,
    ) {
        if means.len() < 2 {
            self.several.remove(&user);
        } else if self.several.get(&user) != Some(&means) {
            notices.push(Notice::SeveralProfiles {
                user: org.store.id(user),
                profiles: means.clone(),
            });
            self.several.insert(user, means);
        }
    }

    fn folded(&self, name: &str) -> String {
        fold(name, self.collation)
    }

    /// The ways by which selectors mean a user, ascending.
    fn routes(&self, org: Org<'_>, user: RowId) -> Vec<(ProfileId, Membership)> {
        let mut routes = Vec::new();
        let mut add = |means: Option<&Means>, team: Option<Guid>| {
            for (profile, member) in means.into_iter().flatten() {
                routes.push((
                    *profile,
                    Membership {
                        member: *member,
                        team,
                    },
                ));
            }
        };
        let system = &org.store.schema().system;
        add(self.users.get(&org.store.id(user)), None);
        for attribute in [system.domainname, system.internalemailaddress] {
            if !self.user_names.is_empty()
                && let Some(name) = org.store.value(user, attribute, org.when).text()
            {
                add(self.user_names.get(&*self.folded(name)), None);
            }
        }
        for team in org.record(user).map_or(&[][..], |record| &record.teams) {
            add(self.teams.get(team), Some(*team));
            if !self.team_names.is_empty()
                && let Some(row) = org.team(*team)
                && let Some(name) = org.store.value(row, system.team_name, org.when).text()
            {
                add(self.team_names.get(&*self.folded(name)), Some(*team));
            }
        }
        routes.sort_by_key(|(profile, route)| (*profile, route.member, route.team));
        routes
    }

    /// How a user is a member of the profile that holds the user.
    pub(crate) fn explain(&self, org: Org<'_>, user: RowId) -> Option<(ProfileId, Membership)> {
        let profile = self.profile(user, org.when)?;
        let routes = self.routes(org, user);
        routes.into_iter().find(|(meant, _)| *meant == profile)
    }

    /// Members that nothing in the data bears. Cost: every user and team.
    pub(crate) fn unresolved(&self, org: Org<'_>, plan: &Plan) -> Vec<(ProfileId, usize)> {
        let system = &org.store.schema().system;
        let mut user_names = BTreeSet::new();
        let mut team_names = BTreeSet::new();
        for row in org.store.all() {
            let entity = org.store.entity(row);
            let note = |names: &mut BTreeSet<String>, attribute| {
                if let Some(name) = org.store.value(row, attribute, org.when).text() {
                    names.insert(self.folded(name));
                }
            };
            if entity == system.systemuser {
                note(&mut user_names, system.domainname);
                note(&mut user_names, system.internalemailaddress);
            } else if entity == system.team {
                note(&mut team_names, system.team_name);
            }
        }
        let borne = |member: &Member| match member {
            Member::User(id) => org.user(*id).is_some(),
            Member::Team(id) => org.team(*id).is_some(),
            Member::UserNamed(name) => user_names.contains(name.as_str()),
            Member::TeamNamed(name) => team_names.contains(name.as_str()),
        };
        let mut unresolved = Vec::new();
        for (number, profile) in (0_u32..).zip(&plan.profiles) {
            for (at, member) in profile.members.iter().enumerate() {
                if !borne(&member.member) {
                    unresolved.push((ProfileId(number), at));
                }
            }
        }
        unresolved
    }
}
