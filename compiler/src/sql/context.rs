//! The context of users, computed from the data: who is active and a member of which profile,
//! teams, settings, trees, privileges, shares (SEMANTICS §1, §5.2, §7, §8).
//!
//! Each is a common table expression of its own, there only where something asks for it. Whatever
//! a statement of one user can restrict to that user is so restricted.

use std::borrow::Cow;

use sea_query::{Alias, Expr, ExprTrait, Func, JoinType, Query as Sea, SelectStatement, UnionType};
use weir_ir::settings::HierarchyModel;

use super::emit::{Body, Emitter, OTHER, Table, named};
use super::slot::Source;
use super::{Kind, ParameterType, ParameterValue, SqlError};

/// The columns of the bounds of a window.
pub(super) fn edges(number: i64) -> [String; 2] {
    ["low", "high"].map(|edge| format!("{edge}_{number}"))
}

/// The height of conditions here, bounded from above.
const HEIGHT: usize = 20;

pub(super) fn body(columns: &[&'static str], select: SelectStatement) -> Body {
    Body {
        columns: columns.iter().copied().map(Cow::from).collect(),
        select,
        height: HEIGHT,
        recursive: false,
    }
}

pub(super) fn recursive(columns: &[&'static str], select: SelectStatement) -> Body {
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
            Table::People => self.people(),
            Table::Names(way) => Ok(self.names(way)),
            Table::Members => self.members(),
            Table::Settings => self.settings(),
            Table::Windows => Ok(self.windows()),
            Table::Zones => self.zones(),
            Table::Teams => self.teams(),
            Table::Positions => self.positions(),
            Table::Below => match self.plan.settings.hierarchy_model {
                HierarchyModel::Manager => self.below_managers(),
                HierarchyModel::Position => self.below_positions(),
            },
            Table::BelowTeams => self.below_teams(),
            Table::Principals => self.principals(),
            Table::BelowPrincipals => self.below_principals(),
            Table::Bounds(number, zone) => self.bounds(number, zone),
            Table::Grants => self.grants(),
            Table::Units(entity) => self.units(entity),
            Table::Tree(hierarchy, id, above) => self.tree(hierarchy, id, above),
            Table::Shares(entity) => self.shares(entity),
            Table::Link(_) | Table::Group(_) => Ok(body(&[], Sea::select())),
        }
    }

    /// In a statement of one user, that a column is that user.
    pub(super) fn only(&mut self, select: &mut SelectStatement, user: Expr) {
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

    /// Active users with all that matters of them, so that a pair looks its user up once.
    fn people(&mut self) -> Result<Body, SqlError> {
        let mut people = body(&[], Sea::select());
        people.select.from(self.common(Table::Users, "u")?);
        let mut give = |alias, column: &'static str| {
            people.select.expr(named(alias, column));
            people.columns.push(column.into());
        };
        let shape = &self.shape;
        for (asked, alias, column) in [
            (true, "u", "user"),
            (shape.unit, "u", "unit"),
            (shape.position, "u", "position"),
            (shape.member, "m", "profile"),
            (shape.language, "g", "language"),
            (shape.zone, "g", "zone"),
        ] {
            if asked {
                give(alias, column);
            }
        }
        for (asked, table, alias) in [
            (shape.member, Table::Members, "m"),
            (shape.language || shape.zone, Table::Settings, "g"),
        ] {
            if asked {
                let table = self.common(table, alias)?;
                let same = named(alias, "user").eq(named("u", "user"));
                people.select.join(JoinType::LeftJoin, table, same);
            }
        }
        let bounded = self.shape.bounded();
        if bounded.is_empty() {
            return Ok(people);
        }
        let zones = self.common(Table::Zones, "z")?;
        let utc = self.slots.text("utc", "");
        let own = Func::coalesce([named("g", "zone"), utc]).into();
        let answers = self.dialect.answers();
        let same = answers.same_as_outer(named("z", "zone"), answers.exact(own));
        people.select.join(JoinType::LeftJoin, zones, same);
        for name in bounded.into_iter().flat_map(|(number, _)| edges(number)) {
            people.select.expr(named("z", &name));
            people.columns.push(name.into());
        }
        Ok(people)
    }

    /// Bounds of windows, zones in rows.
    fn zones(&mut self) -> Result<Body, SqlError> {
        let mut select = Sea::select();
        select
            .expr(named(OTHER, "zone"))
            .from(self.common(Table::Windows, OTHER)?)
            .group_by_columns([(Alias::new(OTHER), Alias::new("zone"))]);
        let mut body = body(&["zone"], select);
        for (number, behavior) in self.shape.bounded() {
            for (name, edge) in edges(number).into_iter().zip(["low", "high"]) {
                let is = self.slots.number("window", number);
                let is = named(OTHER, "window").eq(is);
                // There is one of a window in a zone.
                let edge = Func::min(Expr::case(is, named(OTHER, edge)));
                let edge = self.dialect.answers().moment(behavior, edge.into());
                body.select.expr(edge);
                body.columns.push(name.into());
            }
        }
        Ok(body)
    }

    /// Memberships `m` of teams `t` that exist, without columns yet; and the member.
    pub(super) fn memberships(&mut self) -> Result<(SelectStatement, Expr), SqlError> {
        let system = self.schema.system;
        let member = self.column("m", system.teammembership, system.membership_systemuserid)?;
        let mut select = Sea::select();
        select.from(self.table(system.teammembership, "m")?);
        self.with_team(&mut select)?;
        self.only(&mut select, member.clone());
        Ok((select, member))
    }

    /// Joins the team `t` of a membership `m`.
    pub(super) fn with_team(&mut self, select: &mut SelectStatement) -> Result<Expr, SqlError> {
        let system = self.schema.system;
        let of = self.column("m", system.teammembership, system.membership_teamid)?;
        let team = self.column("t", system.team, self.schema.entity(system.team).primary_id)?;
        let table = self.table(system.team, "t")?;
        select.join(JoinType::InnerJoin, table, team.clone().eq(of));
        Ok(team)
    }

    /// Users themselves, and their teams.
    fn principals(&mut self) -> Result<Body, SqlError> {
        let mut select = Sea::select();
        select
            .expr(named("u", "user"))
            .expr(named("u", "user"))
            .from(self.common(Table::Users, "u")?);
        let teams = Sea::select()
            .expr(named("t", "user"))
            .expr(named("t", "team"))
            .from(self.common(Table::Teams, "t")?)
            .take();
        select.union(UnionType::Distinct, teams);
        Ok(body(&["user", "principal"], select))
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
        let user = self.column("s", entity, system.settings_systemuserid)?;
        let (own, other) = (self.column("s", entity, id)?, self.column("g", entity, id)?);
        let same = self.column("g", entity, system.settings_systemuserid)?;
        let answers = self.dialect.answers();
        let greater = Sea::select()
            .expr(other.clone())
            .from(self.table(entity, "g")?)
            .and_where(same.eq(user.clone()))
            .and_where(answers.guid_order(other).gt(answers.guid_order(own)))
            .take();
        self.only(&mut select, user);
        select.and_where(Expr::exists(greater).not());
        Ok(body(&columns, select))
    }

    fn windows(&mut self) -> Body {
        let windows = self.shape.windows.iter().copied().collect();
        let table = self
            .slots
            .add("windows", ParameterType::Json, Source::Windows(windows));
        let types = [
            ParameterType::Text,
            ParameterType::Integer,
            ParameterType::Text,
            ParameterType::Text,
        ];
        let answers = self.dialect.answers();
        let mut read = answers.table(table, &types, "j");
        if let Some(zone) = read.columns.first_mut() {
            *zone = answers.exact(zone.clone());
        }
        let select = Sea::select()
            .distinct()
            .exprs(read.columns)
            .from_function(read.from, "j")
            .take();
        self.counted();
        body(&["zone", "window", "low", "high"], select)
    }
}
