//! Members of profiles: who is named by id or by name, as a user or by a team, and which profile is
//! the first to name them (SEMANTICS §8).

use sea_query::{Alias, ExprTrait, Func, JoinType, Query as Sea, SelectStatement, UnionType};
use weir_ir::plan::Member;

use super::context::body;
use super::emit::{Body, Emitter, Table, named};
use super::{ParameterType, ParameterValue, SqlError};

/// How a member is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// A user, by id.
    User,
    /// Users, by domain name or e-mail address.
    UserName,
    /// The members of a team, by its id.
    Team,
    /// The members of teams, by name.
    TeamName,
}

impl Way {
    const ALL: [Self; 4] = [Self::User, Self::UserName, Self::Team, Self::TeamName];

    /// The way by which a member is named, and the name.
    fn of(member: &Member) -> (Self, String) {
        match member {
            Member::User(id) => (Self::User, id.to_string()),
            Member::UserNamed(name) => (Self::UserName, name.to_string()),
            Member::Team(id) => (Self::Team, id.to_string()),
            Member::TeamNamed(name) => (Self::TeamName, name.to_string()),
        }
    }

    /// The type of those names.
    fn name_type(self) -> ParameterType {
        match self {
            Self::User | Self::Team => ParameterType::Guid,
            Self::UserName | Self::TeamName => ParameterType::Text,
        }
    }

    /// The parameter that lists those names.
    fn parameter(self) -> &'static str {
        match self {
            Self::User => "member-users",
            Self::UserName => "member-user-names",
            Self::Team => "member-teams",
            Self::TeamName => "member-team-names",
        }
    }
}

impl Emitter<'_> {
    /// What profiles name their members by in one way: a JSON table of (profile, name).
    pub(super) fn names(&mut self, way: Way) -> Body {
        let mut list = Vec::new();
        for (number, profile) in self.plan.profiles.iter().enumerate() {
            for member in &profile.members {
                let (of, name) = Way::of(&member.member);
                if of == way {
                    list.push(serde_json::json!([number, name]));
                }
            }
        }
        let list = serde_json::Value::Array(list).to_string();
        let list = self.slots.value(
            way.parameter(),
            ParameterType::Json,
            ParameterValue::Text(list),
        );
        let types = [ParameterType::Integer, way.name_type()];
        let mut read = self.dialect.answers().table(list, &types, "j");
        if way.name_type() == ParameterType::Text {
            let name = read.columns.pop();
            read.columns
                .extend(name.map(|name| self.dialect.answers().exact(name)));
        }
        let select = Sea::select()
            .distinct()
            .exprs(read.columns)
            .from_function(read.from, "j")
            .take();
        self.counted();
        body(&["profile", "name"], select)
    }

    /// The first profile that names each user, by whatever way.
    pub(super) fn members(&mut self) -> Result<Body, SqlError> {
        let members = self.plan.profiles.iter().flat_map(|p| &p.members);
        let used: Vec<Way> = members.map(|member| Way::of(&member.member).0).collect();
        let mut ways = Vec::new();
        for way in Way::ALL.into_iter().filter(|way| used.contains(way)) {
            ways.extend(self.members_by(way)?);
        }
        let mut ways = ways.into_iter();
        let Some(mut all) = ways.next() else {
            // No profile has a member: nobody is one.
            let mut none = Sea::select();
            let nobody = ParameterValue::Null;
            let user = self.slots.value("nobody", ParameterType::Guid, nobody);
            let profile = self.slots.number("none", 0);
            let never = self.dialect.answers().constant(false);
            none.expr(user).expr(profile).and_where(never);
            return Ok(body(&["user", "profile"], none));
        };
        all.unions(ways.map(|way| (UnionType::All, way)));
        self.counted();
        let select = Sea::select()
            .expr(named("m", "user"))
            .expr(Func::min(named("m", "profile")))
            .from_subquery(all, "m")
            .group_by_columns([(Alias::new("m"), Alias::new("user"))])
            .take();
        Ok(body(&["user", "profile"], select))
    }

    /// Members by one way: selects of (user, profile).
    fn members_by(&mut self, way: Way) -> Result<Vec<SelectStatement>, SqlError> {
        let system = self.schema.system;
        let user = Alias::new("user");
        let profile = || named("n", "profile");
        let name = || named("n", "name");
        match way {
            Way::User => {
                let mut by_id = Sea::select();
                by_id
                    .expr_as(name(), user)
                    .expr_as(profile(), Alias::new("profile"));
                by_id.from(self.common(Table::Names(Way::User), "n")?);
                self.only(&mut by_id, name());
                Ok(vec![by_id])
            }
            Way::UserName => [system.domainname, system.internalemailaddress]
                .into_iter()
                .map(|attribute| {
                    let entity = system.systemuser;
                    let id = self.column("s", entity, self.schema.entity(entity).primary_id)?;
                    let text = self
                        .dialect
                        .answers()
                        .fold(self.column("s", entity, attribute)?);
                    let mut named = Sea::select();
                    named
                        .expr_as(id.clone(), Alias::new("user"))
                        .expr_as(profile(), Alias::new("profile"))
                        .from(self.table(entity, "s")?)
                        .join(
                            JoinType::InnerJoin,
                            self.common(Table::Names(Way::UserName), "n")?,
                            name().eq(text),
                        );
                    self.only(&mut named, id);
                    Ok(named)
                })
                .collect(),
            Way::Team | Way::TeamName => {
                let team = system.team;
                let compared = if way == Way::Team {
                    self.column("t", team, self.schema.entity(team).primary_id)?
                } else {
                    self.dialect
                        .answers()
                        .fold(self.column("t", team, system.team_name)?)
                };
                let names = self.common(Table::Names(way), "n")?;
                let (mut select, member) = self.memberships()?;
                select
                    .expr_as(member, user)
                    .expr_as(profile(), Alias::new("profile"))
                    .join(JoinType::InnerJoin, names, name().eq(compared));
                Ok(vec![select])
            }
        }
    }
}
