//! What a user is: profile, teams, unit, those below, language, zone (SEMANTICS §1, §5.2, §8).

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use weir_grammar::ast;
use weir_ir::schema::{AttrId, EntityId};
use weir_ir::value::{Guid, Value};

use super::{Model, clock};

impl Model<'_> {
    /// The profile that holds a user: the first by folded name, of those that name the user or a
    /// team of the user. A user who is disabled or deleted has none.
    #[must_use]
    pub fn profile_of(&self, user: Guid) -> Option<&ast::Profile> {
        let system = &self.schema.system;
        let disabled = self.value(system.systemuser, user, system.isdisabled);
        if !self.exists(system.systemuser, user) || disabled == Value::Bool(true) {
            return None;
        }
        let mut profiles: Vec<&ast::Profile> = self.blocks(|block| match block {
            ast::Block::Profile(profile) => Some(profile),
            _ => None,
        });
        profiles.sort_by_key(|profile| self.fold(&profile.name.text));
        profiles
            .into_iter()
            .find(|profile| self.is_member(profile, user))
    }

    fn is_member(&self, profile: &ast::Profile, user: Guid) -> bool {
        let apart: Vec<&ast::Members> = self.blocks(|block| match block {
            ast::Block::Members(members) => Some(members),
            _ => None,
        });
        let name = self.fold(&profile.name.text);
        let apart = apart
            .iter()
            .filter(|members| self.fold(&members.profile.text) == name);
        let mut all = profile.members.iter().chain(apart.flat_map(|m| &m.members));
        all.any(|member| match member.kind {
            ast::MemberKind::User => self.says("member user", self.is_named(member, user)),
            ast::MemberKind::Team => {
                let in_team = self
                    .teams(user)
                    .iter()
                    .any(|team| self.is_named(member, *team));
                self.says("member team", in_team)
            }
        })
    }

    /// Whether a member entry means that user or team: by id, or by folded name.
    fn is_named(&self, member: &ast::Member, id: Guid) -> bool {
        if let Some(meant) = Guid::parse(&member.name.text) {
            return meant == id;
        }
        let system = &self.schema.system;
        let (entity, names) = match member.kind {
            ast::MemberKind::User => (
                system.systemuser,
                vec![system.domainname, system.internalemailaddress],
            ),
            ast::MemberKind::Team => (system.team, vec![system.team_name]),
        };
        names.into_iter().any(|name| {
            let bears = self.value(entity, id, name);
            bears
                .text()
                .is_some_and(|text| self.fold(text) == self.fold(&member.name.text))
        })
    }

    fn blocks<'m, T>(&'m self, pick: impl Fn(&'m ast::Block) -> Option<T>) -> Vec<T> {
        let blocks = self.published.files.iter().flat_map(|file| &file.blocks);
        blocks.filter_map(pick).collect()
    }

    /// teams(u): the teams of the user's memberships, while both exist.
    pub(super) fn teams(&self, user: Guid) -> BTreeSet<Guid> {
        let system = &self.schema.system;
        let membership = system.teammembership;
        let memberships = self.all(membership).filter(|id| {
            self.value(membership, *id, system.membership_systemuserid) == Value::Guid(user)
        });
        memberships
            .filter_map(|id| self.value(membership, id, system.membership_teamid).guid())
            .filter(|team| self.exists(system.team, *team) && self.exists(system.systemuser, user))
            .collect()
    }

    /// bu(u).
    pub(super) fn unit_of_user(&self, user: Guid) -> Option<Guid> {
        let system = &self.schema.system;
        self.value(system.systemuser, user, system.user_businessunitid)
            .guid()
    }

    /// The users below, by the organisation's model and depth; never the user itself.
    pub(super) fn below(&self, user: Guid) -> Vec<Guid> {
        let system = &self.schema.system;
        let users = self.all(system.systemuser);
        let place = |user: Guid| {
            if self.settings.by_position {
                self.value(system.systemuser, user, system.positionid)
                    .guid()
            } else {
                Some(user)
            }
        };
        let (entity, parent) = if self.settings.by_position {
            (system.position, system.parentpositionid)
        } else {
            (system.systemuser, system.parentsystemuserid)
        };
        let Some(top) = place(user) else {
            return Vec::new();
        };
        let depth = self.settings.hierarchy_depth;
        users
            .filter(|other| {
                place(*other).is_some_and(|low| self.is_below(entity, parent, low, top, depth))
            })
            .collect()
    }

    /// Whether `low` lies 1 to `depth` levels below `top`: climbing ends at a row that is not there,
    /// and where a loop closes.
    pub(super) fn is_below(
        &self,
        entity: EntityId,
        parent: AttrId,
        low: Guid,
        top: Guid,
        depth: u32,
    ) -> bool {
        let mut seen = BTreeSet::from([low]);
        let mut at = low;
        for _ in 0..depth {
            match self.value(entity, at, parent).guid() {
                Some(next) if self.exists(entity, next) && seen.insert(next) => at = next,
                _ => return false,
            }
            if at == top {
                return true;
            }
        }
        false
    }

    /// The user's language, or NULL.
    pub(super) fn language(&self, user: Guid) -> Value {
        self.setting(user, self.schema.system.uilanguageid)
    }

    /// The user's zone.
    pub(super) fn zone(&self, user: Guid) -> TimeZone {
        let name = self.setting(user, self.schema.system.timezone);
        clock::zone(name.text())
    }

    /// A value of the user's settings row with the greatest id.
    fn setting(&self, user: Guid, attribute: AttrId) -> Value {
        let system = &self.schema.system;
        let own = self.all(system.usersettings).filter(|id| {
            self.value(system.usersettings, *id, system.settings_systemuserid) == Value::Guid(user)
        });
        own.max().map_or(Value::Null, |id| {
            self.value(system.usersettings, id, attribute)
        })
    }

    /// The row's `ownerid`.
    pub(super) fn owner(&self, entity: EntityId, id: Guid) -> Option<Guid> {
        let attribute = self.schema.entity(entity).find("ownerid")?;
        self.value(entity, id, attribute).guid()
    }

    pub(super) fn owner_is(&self, entity: EntityId, id: Guid, user: Guid) -> bool {
        self.owner(entity, id) == Some(user)
    }

    pub(super) fn owner_is_team(&self, entity: EntityId, id: Guid, user: Guid) -> bool {
        let owner = self.owner(entity, id);
        owner.is_some_and(|owner| self.teams(user).contains(&owner))
    }

    /// The business unit of a row: `owningbusinessunit`, else `businessunitid`; of a unit itself.
    pub(super) fn unit_of_row(&self, entity: EntityId, id: Guid) -> Option<Guid> {
        if entity == self.schema.system.businessunit {
            return Some(id);
        }
        let found = self.schema.entity(entity);
        let attribute = found
            .find("owningbusinessunit")
            .or_else(|| found.find("businessunitid"))?;
        self.value(entity, id, attribute).guid()
    }
}
