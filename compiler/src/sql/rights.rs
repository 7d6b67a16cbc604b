//! Read privileges and shares of users' context (SEMANTICS §7).

use sea_query::{Expr, ExprTrait, Func, JoinType, Query as Sea, UnionType};
use weir_ir::plan::Depth;
use weir_ir::schema::EntityId;

use super::SqlError;
use super::context::body;
use super::emit::{Body, Emitter, Table, named};

impl Emitter<'_> {
    /// Privileges of users and of their teams. Entity names are ASCII, compared whatever the case.
    pub(super) fn grants(&mut self) -> Result<Body, SqlError> {
        let system = self.schema.system;
        let privilege = system.roleprivilege;
        let named_entity = self.column("p", privilege, system.privilege_entity)?;
        let answers = self.dialect.answers();
        let entity = answers.exact(Func::lower(named_entity).into());
        let depth = answers.exact(self.column("p", privilege, system.privilege_depth)?);
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

    /// Rows of an entity with the users that they are shared to, by themselves or by a team.
    pub(super) fn shares(&mut self, entity: EntityId) -> Result<Body, SqlError> {
        let system = self.schema.system;
        let share = system.share;
        let row = self.column("h", share, system.share_rowid)?;
        let principal = self.column("h", share, system.share_principalid)?;
        let of = Func::lower(self.column("h", share, system.share_entity)?);
        let name = self.entity_name(entity);
        let of = self.dialect.answers().exact(of.into()).eq(name);
        let mut direct = Sea::select();
        direct
            .expr(row.clone())
            .expr(principal.clone())
            .from(self.table(share, "h")?)
            .and_where(row.clone().is_not_null())
            .and_where(of.clone());
        self.only(&mut direct, principal.clone());
        let mut by_team = Sea::select();
        by_team
            .expr(row.clone())
            .expr(named("t", "user"))
            .from(self.table(share, "h")?)
            .join(
                JoinType::InnerJoin,
                self.common(Table::Teams, "t")?,
                named("t", "team").eq(principal),
            )
            .and_where(row.is_not_null())
            .and_where(of);
        direct.union(UnionType::Distinct, by_team);
        Ok(body(&["row", "user"], direct))
    }

    /// A privilege on an entity, at least that deep.
    pub(super) fn granted(&mut self, alias: &'static str, entity: EntityId, least: Depth) -> Expr {
        let name = self.entity_name(entity);
        let deep_enough = [
            ("basic", Depth::Basic),
            ("local", Depth::Local),
            ("deep", Depth::Deep),
            ("global", Depth::Global),
        ]
        .into_iter()
        .filter(|(_, depth)| *depth >= least)
        .map(|(name, _)| self.dialect.answers().exact(self.slots.text("depth", name)))
        .collect::<Vec<_>>();
        let of = named(alias, "entity").eq(name);
        of.and(named(alias, "depth").is_in(deep_enough))
    }

    /// The name of an entity as privileges and shares bear it, in lower case.
    pub(super) fn entity_name(&mut self, entity: EntityId) -> Expr {
        let name = self.schema.entity(entity).name.to_ascii_lowercase();
        self.dialect
            .answers()
            .exact(self.slots.text("entity", &name))
    }
}
