//! The context of users, computed from the data: who is active and a member of which profile,
//! teams, settings, trees, privileges, shares (SEMANTICS §1, §5.2, §7, §8).
//!
//! Each is a common table expression of its own, there only where something asks for it. Whatever
//! a statement of one user can restrict to that user is so restricted.

use sea_query::{Alias, Expr, ExprTrait, Func, JoinType, Query as Sea, SelectStatement, UnionType};
use weir_ir::plan::Member;
use weir_ir::settings::HierarchyModel;

use super::emit::{Body, Emitter, Table, named};
use super::slot::Source;
use super::{Kind, ParameterType, ParameterValue, SqlError, template};

/// How a member is named, in the order of `Table::Names`.
const WAYS: u8 = 4;

/// The height of conditions here, bounded from above.
const HEIGHT: usize = 20;

fn body(columns: &[&'static str], select: SelectStatement) -> Body {
    Body {
        columns: columns.to_vec(),
        select,
        height: HEIGHT,
        recursive: false,
    }
}

fn recursive(columns: &[&'static str], select: SelectStatement) -> Body {
    Body {
        recursive: true,
        ..body(columns, select)
    }
}

impl Emitter<'_> {
    /// The body of a table of users' context.
    pub(super) fn context_body(&mut self, table: Table) -> Result<Body, SqlError> {
        match table {
            Table::Users => self.users(),
            Table::Names(way) => Ok(self.names(way)),
            Table::Members => self.members(),
            Table::Settings => self.settings(),
            Table::Windows => Ok(self.windows()),
            Table::Teams => self.teams(),
            Table::Positions => self.positions(),
            Table::Below => match self.plan.settings.hierarchy_model {
                HierarchyModel::Manager => self.below_managers(),
                HierarchyModel::Position => self.below_positions(),
            },
            Table::BelowTeams => self.below_teams(),
            Table::Grants => self.grants(),
            Table::Units(entity) => self.units(entity),
            Table::Shares(entity) => self.shares(entity),
            Table::Link(_) | Table::Group(_) => Ok(body(&[], Sea::select())),
        }
    }

    /// In a statement of one user, that a column is that user.
    fn only(&mut self, select: &mut SelectStatement, user: Expr) {
        if self.kind == Kind::Rows {
            let asked = self.slots.add("user", ParameterType::Guid, Source::User);
            select.and_where(user.eq(asked));
        }
    }

    /// Users that exist and aren't disabled.
    fn users(&mut self) -> Result<Body, SqlError> {
        let system = &self.schema.system;
        let user = system.systemuser;
        let id = self.column("s", user, self.schema.entity(user).primary_id)?;
        let mut columns = vec!["user"];
        let mut select = Sea::select();
        select.expr(id.clone()).from(self.table(user, "s")?);
        if self.shape.unit {
            columns.push("unit");
            select.expr(self.column("s", user, system.user_businessunitid)?);
        }
        if self.shape.position {
            columns.push("position");
            select.expr(self.column("s", user, system.positionid)?);
        }
        let disabled = self.column("s", user, system.isdisabled)?;
        let enabled = self.slots.value(
            "enabled",
            ParameterType::Boolean,
            ParameterValue::Integer(0),
        );
        select.and_where(disabled.clone().is_null().or(disabled.eq(enabled)));
        self.only(&mut select, id);
        Ok(body(&columns, select))
    }

    /// What profiles name their members by in one way: a JSON table of (profile, name).
    fn names(&mut self, way: u8) -> Body {
        let mut list = Vec::new();
        for (number, profile) in self.plan.profiles.iter().enumerate() {
            for (member, _) in &profile.members {
                let (of, name) = way_of(member);
                if of == way {
                    list.push(serde_json::json!([number, name]));
                }
            }
        }
        let parameter = match way {
            0 => "member-users",
            1 => "member-user-names",
            2 => "member-teams",
            _ => "member-team-names",
        };
        let list = serde_json::Value::Array(list).to_string();
        let list = self
            .slots
            .value(parameter, ParameterType::Json, ParameterValue::Text(list));
        let row = || named("j", "value");
        let select = Sea::select()
            .distinct()
            .expr(template::element(row(), 0))
            .expr(template::element(row(), 1))
            .from_function(template::json_rows(list), "j")
            .to_owned();
        self.counted();
        body(&["profile", "name"], select)
    }

    /// The first profile that names each user, by whatever way.
    fn members(&mut self) -> Result<Body, SqlError> {
        let members = self.plan.profiles.iter().flat_map(|p| &p.members);
        let used: Vec<u8> = members.map(|(member, _)| way_of(member).0).collect();
        let mut ways = Vec::new();
        for way in (0..WAYS).filter(|way| used.contains(way)) {
            ways.extend(self.members_by(way)?);
        }
        let mut ways = ways.into_iter();
        let Some(mut all) = ways.next() else {
            // No profile has a member: nobody is one.
            let mut none = Sea::select();
            let (user, profile) = (self.slots.text("nobody", ""), self.slots.number("none", 0));
            none.expr(user).expr(profile).and_where(template::never());
            return Ok(body(&["user", "profile"], none));
        };
        all.unions(ways.map(|way| (UnionType::All, way)));
        self.counted();
        let select = Sea::select()
            .expr(named("m", "user"))
            .expr(Func::min(named("m", "profile")))
            .from_subquery(all, "m")
            .group_by_columns([(Alias::new("m"), Alias::new("user"))])
            .to_owned();
        Ok(body(&["user", "profile"], select))
    }

    /// Members by one way: selects of (user, profile).
    fn members_by(&mut self, way: u8) -> Result<Vec<SelectStatement>, SqlError> {
        let system = self.schema.system;
        let user = Alias::new("user");
        let profile = || named("n", "profile");
        let name = || named("n", "name");
        match way {
            0 => {
                let mut by_id = Sea::select();
                by_id
                    .expr_as(name(), user)
                    .expr_as(profile(), Alias::new("profile"));
                by_id.from(self.common(Table::Names(0), "n")?);
                Ok(vec![by_id])
            }
            1 => [system.domainname, system.internalemailaddress]
                .into_iter()
                .map(|attribute| {
                    let entity = system.systemuser;
                    let id = self.column("s", entity, self.schema.entity(entity).primary_id)?;
                    let text = template::fold(self.column("s", entity, attribute)?);
                    let mut named = Sea::select();
                    named
                        .expr_as(id.clone(), Alias::new("user"))
                        .expr_as(profile(), Alias::new("profile"))
                        .from(self.table(entity, "s")?)
                        .join(
                            JoinType::InnerJoin,
                            self.common(Table::Names(1), "n")?,
                            name().eq(text),
                        );
                    self.only(&mut named, id);
                    Ok(named)
                })
                .collect(),
            _ => {
                let team = system.team;
                let compared = if way == 2 {
                    self.column("t", team, self.schema.entity(team).primary_id)?
                } else {
                    template::fold(self.column("t", team, system.team_name)?)
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

    /// Memberships `m` of teams `t` that exist, without columns yet; and the member.
    fn memberships(&mut self) -> Result<(SelectStatement, Expr), SqlError> {
        let system = self.schema.system;
        let member = self.column("m", system.teammembership, system.membership_systemuserid)?;
        let mut select = Sea::select();
        select.from(self.table(system.teammembership, "m")?);
        self.with_team(&mut select)?;
        self.only(&mut select, member.clone());
        Ok((select, member))
    }

    /// Joins the team `t` of a membership `m`.
    fn with_team(&mut self, select: &mut SelectStatement) -> Result<Expr, SqlError> {
        let system = self.schema.system;
        let of = self.column("m", system.teammembership, system.membership_teamid)?;
        let team = self.column("t", system.team, self.schema.entity(system.team).primary_id)?;
        let table = self.table(system.team, "t")?;
        select.join(JoinType::InnerJoin, table, team.clone().eq(of));
        Ok(team)
    }

    fn teams(&mut self) -> Result<Body, SqlError> {
        let system = self.schema.system;
        let team = self.column("t", system.team, self.schema.entity(system.team).primary_id)?;
        let (mut select, member) = self.memberships()?;
        select.distinct().expr(member).expr(team);
        Ok(body(&["user", "team"], select))
    }

    /// Of each user's settings those with the greatest id.
    fn settings(&mut self) -> Result<Body, SqlError> {
        let system = self.schema.system;
        let entity = system.usersettings;
        let id = self.schema.entity(entity).primary_id;
        let mut columns = vec!["user"];
        let mut select = Sea::select();
        select
            .expr(self.column("s", entity, system.settings_systemuserid)?)
            .from(self.table(entity, "s")?);
        if self.shape.language {
            columns.push("language");
            select.expr(self.column("s", entity, system.uilanguageid)?);
        }
        if self.shape.zone {
            columns.push("zone");
            select.expr(self.column("s", entity, system.timezone)?);
        }
        let mut greatest = Sea::select();
        greatest
            .expr(Func::max(self.column("g", entity, id)?))
            .from(self.table(entity, "g")?);
        let user = self.column("g", entity, system.settings_systemuserid)?;
        self.only(&mut greatest, user.clone());
        greatest.add_group_by([user]);
        select.and_where(self.column("s", entity, id)?.in_subquery(greatest));
        Ok(body(&columns, select))
    }

    fn windows(&mut self) -> Body {
        let windows = self.shape.windows.iter().copied().collect();
        let table = self
            .slots
            .add("windows", ParameterType::Json, Source::Windows(windows));
        let row = || named("j", "value");
        let select = Sea::select()
            .distinct()
            .exprs((0..4).map(|at| template::element(row(), at)))
            .from_function(template::json_rows(table), "j")
            .to_owned();
        self.counted();
        body(&["zone", "window", "low", "high"], select)
    }

    /// The depth that a recursive step may still go on from.
    fn within_depth(&mut self, depth: Expr) -> Expr {
        let limit = i64::from(self.plan.settings.hierarchy_depth);
        depth.lt(self.slots.number("hierarchy-depth", limit))
    }

    /// Users, and those whose chain of managers leads to them within the depth. Pairs stand once a
    /// depth, so that a loop ends.
    fn below_managers(&mut self) -> Result<Body, SqlError> {
        let system = self.schema.system;
        let user = system.systemuser;
        let mut start = Sea::select();
        start.from(self.common(Table::Users, "u")?);
        start
            .expr(named("u", "user"))
            .expr(named("u", "user"))
            .expr(self.slots.number("start", 0));
        let below = self.column("s", user, self.schema.entity(user).primary_id)?;
        let manager = self.column("s", user, system.parentsystemuserid)?;
        let one = self.slots.number("step", 1);
        let deeper = self.within_depth(named("b", "depth"));
        let mut step = Sea::select();
        step.expr(named("b", "user"))
            .expr(below)
            .expr(named("b", "depth").add(one))
            .from(self.itself(Table::Below, "b"))
            .join(
                JoinType::InnerJoin,
                self.table(user, "s")?,
                manager.eq(named("b", "principal")),
            )
            .and_where(deeper);
        start.union(UnionType::Distinct, step);
        Ok(recursive(&["user", "principal", "depth"], start))
    }

    /// Positions of users that exist, and those below within the depth.
    fn positions(&mut self) -> Result<Body, SqlError> {
        let system = self.schema.system;
        let position = system.position;
        let known = self.column("p", position, self.schema.entity(position).primary_id)?;
        let mut start = Sea::select();
        start.from(self.common(Table::Users, "u")?);
        start
            .expr(named("u", "user"))
            .expr(known.clone())
            .expr(known.clone())
            .expr(self.slots.number("start", 0))
            .join(
                JoinType::InnerJoin,
                self.table(position, "p")?,
                known.eq(named("u", "position")),
            );
        let below = self.column("p", position, self.schema.entity(position).primary_id)?;
        let parent = self.column("p", position, system.parentpositionid)?;
        let one = self.slots.number("step", 1);
        let deeper = self.within_depth(named("b", "depth"));
        let mut step = Sea::select();
        step.expr(named("b", "user"))
            .expr(named("b", "top"))
            .expr(below)
            .expr(named("b", "depth").add(one))
            .from(self.itself(Table::Positions, "b"))
            .join(
                JoinType::InnerJoin,
                self.table(position, "p")?,
                parent.eq(named("b", "position")),
            )
            .and_where(deeper);
        start.union(UnionType::Distinct, step);
        Ok(recursive(&["user", "top", "position", "depth"], start))
    }

    /// Users, and those at positions below theirs; a position that a loop leads back to is not.
    fn below_positions(&mut self) -> Result<Body, SqlError> {
        let system = self.schema.system;
        let user = system.systemuser;
        let mut select = Sea::select();
        select
            .expr(named("u", "user"))
            .expr(named("u", "user"))
            .from(self.common(Table::Users, "u")?);
        let below = self.column("s", user, self.schema.entity(user).primary_id)?;
        let at = self.column("s", user, system.positionid)?;
        let mut others = Sea::select();
        others
            .expr(named("p", "user"))
            .expr(below)
            .from(self.common(Table::Positions, "p")?)
            .join(
                JoinType::InnerJoin,
                self.table(user, "s")?,
                at.eq(named("p", "position")),
            )
            .and_where(named("p", "position").ne(named("p", "top")));
        select.union(UnionType::Distinct, others);
        Ok(body(&["user", "principal"], select))
    }

    fn below_teams(&mut self) -> Result<Body, SqlError> {
        let system = self.schema.system;
        let memberships = system.teammembership;
        let member = self.column("m", memberships, system.membership_systemuserid)?;
        let mut select = Sea::select();
        select
            .distinct()
            .from(self.common(Table::Below, "b")?)
            .join(
                JoinType::InnerJoin,
                self.table(memberships, "m")?,
                member.eq(named("b", "principal")),
            );
        let team = self.with_team(&mut select)?;
        select
            .expr(named("b", "user"))
            .expr(named("b", "principal"))
            .expr(team);
        Ok(body(&["user", "principal", "team"], select))
    }

    /// Privileges of users and of their teams. Entity names are ASCII, compared whatever the case.
    fn grants(&mut self) -> Result<Body, SqlError> {
        let system = self.schema.system;
        let privilege = system.roleprivilege;
        let named_entity = self.column("p", privilege, system.privilege_entity)?;
        let entity: Expr = Func::lower(named_entity).into();
        let depth = self.column("p", privilege, system.privilege_depth)?;
        let user = self.column("p", privilege, system.privilege_systemuserid)?;
        let mut own = Sea::select();
        own.exprs([user.clone(), entity.clone(), depth.clone()])
            .from(self.table(privilege, "p")?);
        if self.shape.grant_unit {
            let users = system.systemuser;
            let id = self.column("s", users, self.schema.entity(users).primary_id)?;
            own.join(
                JoinType::InnerJoin,
                self.table(users, "s")?,
                id.eq(user.clone()),
            );
            own.expr(self.column("s", users, system.user_businessunitid)?);
        }
        self.only(&mut own, user);
        let of = self.column("p", privilege, system.privilege_teamid)?;
        let team = self.column("t", system.team, self.schema.entity(system.team).primary_id)?;
        let (mut teams, member) = self.memberships()?;
        teams.exprs([member, entity, depth]).join(
            JoinType::InnerJoin,
            self.table(privilege, "p")?,
            of.eq(team),
        );
        let mut columns = vec!["user", "entity", "depth"];
        if self.shape.grant_unit {
            columns.push("unit");
            teams.expr(self.column("t", system.team, system.team_businessunitid)?);
        }
        own.union(UnionType::Distinct, teams);
        Ok(body(&columns, own))
    }

    /// Units that users read an entity in by `deep` or more, and those below them.
    fn units(&mut self, entity: weir_ir::schema::EntityId) -> Result<Body, SqlError> {
        let system = self.schema.system;
        let unit = system.businessunit;
        let mut start = Sea::select();
        start.from(self.common(Table::Grants, "g")?);
        let granted = self.granted("g", entity, weir_ir::plan::Depth::Deep);
        start
            .expr(named("g", "user"))
            .expr(named("g", "unit"))
            .and_where(granted)
            .and_where(named("g", "unit").is_not_null());
        let id = self.schema.entity(unit).primary_id;
        let (known, below) = (self.column("k", unit, id)?, self.column("b", unit, id)?);
        let parent = self.column("b", unit, system.parentbusinessunitid)?;
        let mut step = Sea::select();
        // A unit that doesn't exist has nothing below it.
        step.expr(named("c", "user"))
            .expr(below)
            .from(self.itself(Table::Units(entity), "c"))
            .join(
                JoinType::InnerJoin,
                self.table(unit, "k")?,
                known.clone().eq(named("c", "unit")),
            )
            .join(
                JoinType::InnerJoin,
                self.table(unit, "b")?,
                parent.eq(known),
            );
        start.union(UnionType::Distinct, step);
        Ok(recursive(&["user", "unit"], start))
    }

    /// Rows of an entity with the users that they are shared to, by themselves or by a team.
    fn shares(&mut self, entity: weir_ir::schema::EntityId) -> Result<Body, SqlError> {
        let system = self.schema.system;
        let share = system.share;
        let row = self.column("h", share, system.share_rowid)?;
        let principal = self.column("h", share, system.share_principalid)?;
        let of: Expr = Func::lower(self.column("h", share, system.share_entity)?).into();
        let name = self.entity_name(entity);
        let of = of.eq(name);
        let mut direct = Sea::select();
        direct
            .expr(row.clone())
            .expr(principal.clone())
            .from(self.table(share, "h")?)
            .and_where(of.clone());
        self.only(&mut direct, principal.clone());
        let mut by_team = Sea::select();
        by_team
            .expr(row)
            .expr(named("t", "user"))
            .from(self.table(share, "h")?)
            .join(
                JoinType::InnerJoin,
                self.common(Table::Teams, "t")?,
                named("t", "team").eq(principal),
            )
            .and_where(of);
        direct.union(UnionType::Distinct, by_team);
        Ok(body(&["row", "user"], direct))
    }
}

/// The way by which a member is named, and the name.
fn way_of(member: &Member) -> (u8, String) {
    match member {
        Member::User(id) => (0, id.to_string()),
        Member::UserNamed(name) => (1, name.to_string()),
        Member::Team(id) => (2, id.to_string()),
        Member::TeamNamed(name) => (3, name.to_string()),
    }
}
