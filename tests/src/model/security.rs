//! Who may read (SEMANTICS §7).

use weir_ir::schema::{EntityId, Ownership};
use weir_ir::value::{Guid, Value};

use super::Model;

/// A grant: how deep, and the unit that it came by.
type Grant = (String, Option<Guid>);

impl Model<'_> {
    /// readable(T, u), asked of one row.
    pub(super) fn readable(&self, entity: EntityId, id: Guid, user: Guid) -> bool {
        if !self.settings.by_roles {
            return true;
        }
        let profiles = self.grants(self.schema.system.mobileofflineprofile, user);
        let may_go_offline = self.says("read profiles", !profiles.is_empty());
        may_go_offline && self.readable_by_roles(entity, id, user)
    }

    fn readable_by_roles(&self, entity: EntityId, id: Guid, user: Guid) -> bool {
        let ownership = self.ownership(entity);
        let mut grants = self.grants(entity, user);
        // A depth that the ownership doesn't know counts as none.
        grants.retain(|(depth, _)| match ownership {
            Ownership::UserOrTeam => true,
            Ownership::Business => depth != "basic",
            Ownership::Organization | Ownership::None => depth == "global",
        });
        let unit = self.unit_of_row(entity, id);
        let by_depth = grants.iter().any(|(depth, own)| match depth.as_str() {
            "global" => self.says("depth global", true),
            "deep" => self.says("depth deep", self.is_unit_or_below(unit, *own)),
            "local" => self.says("depth local", unit.is_some() && unit == *own),
            _ => false,
        });
        let owned = ownership == Ownership::UserOrTeam
            && (self.owner_is(entity, id, user) || self.owner_is_team(entity, id, user));
        let owned = self.says("depth basic", owned);
        let shared = self.says("share", self.is_shared(entity, id, user));
        let above = self.settings.hierarchy_security
            && ownership == Ownership::UserOrTeam
            && self.says("hierarchy read", self.owner_is_below(entity, id, user));
        by_depth || !grants.is_empty() && (owned || shared || above)
    }

    /// Every read privilege on an entity that the user has, directly or by a team.
    fn grants(&self, entity: EntityId, user: Guid) -> Vec<Grant> {
        let system = &self.schema.system;
        let privilege = system.roleprivilege;
        let name = &self.schema.entity(entity).name;
        let text = |id: Guid, attribute| match self.value(privilege, id, attribute) {
            Value::Text(text) => text.to_string(),
            _ => String::new(),
        };
        let mut grants = Vec::new();
        for id in self.all(privilege) {
            let depth = text(id, system.privilege_depth);
            let known = matches!(depth.as_str(), "basic" | "local" | "deep" | "global");
            if !known || !text(id, system.privilege_entity).eq_ignore_ascii_case(name) {
                continue;
            }
            if self.value(privilege, id, system.privilege_systemuserid) == Value::Guid(user) {
                grants.push((depth.clone(), self.unit_of_user(user)));
            }
            let team = self.value(privilege, id, system.privilege_teamid).guid();
            if let Some(team) = team
                && self.says("team role", self.teams(user).contains(&team))
            {
                let unit = self.value(system.team, team, system.team_businessunitid);
                grants.push((depth, unit.guid()));
            }
        }
        grants
    }

    fn is_unit_or_below(&self, unit: Option<Guid>, top: Option<Guid>) -> bool {
        let system = &self.schema.system;
        let (Some(unit), Some(top)) = (unit, top) else {
            return false;
        };
        let parent = system.parentbusinessunitid;
        unit == top || self.is_below(system.businessunit, parent, unit, top, u32::MAX)
    }

    /// Whether the row is shared to the user or to a team of the user.
    fn is_shared(&self, entity: EntityId, id: Guid, user: Guid) -> bool {
        let system = &self.schema.system;
        let name = &self.schema.entity(entity).name;
        let mut principals = self.teams(user);
        principals.insert(user);
        self.all(system.share).any(|share| {
            let of = self.value(system.share, share, system.share_entity);
            let to = self.value(system.share, share, system.share_principalid);
            of.text().is_some_and(|of| of.eq_ignore_ascii_case(name))
                && self.value(system.share, share, system.share_rowid) == Value::Guid(id)
                && to.guid().is_some_and(|to| principals.contains(&to))
        })
    }

    /// Hierarchy security: the owner, or a member of the owning team, stands below the user.
    fn owner_is_below(&self, entity: EntityId, id: Guid, user: Guid) -> bool {
        let Some(owner) = self.owner(entity, id) else {
            return false;
        };
        self.below(user)
            .into_iter()
            .any(|low| low == owner || self.teams(low).contains(&owner))
    }
}
