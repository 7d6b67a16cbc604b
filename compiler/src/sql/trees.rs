//! Trees: those of rows by their own hierarchy (SEMANTICS §5.3), and those of users' context: those below a user by managers or by positions, their teams, and the
//! business units below one (SEMANTICS §5.2, §7). What isn't there has nothing below it; a loop ends
//! where it closes.

use sea_query::{Expr, ExprTrait, JoinType, Query as Sea, UnionType};
use weir_ir::limits;
use weir_ir::plan::{Depth, Hierarchy};
use weir_ir::schema::{AttrId, EntityId};
use weir_ir::value::Guid;

use super::context::{body, recursive};
use super::emit::{Body, Emitter, OTHER, ROW, Table, named};
use super::predicate::Predicate;
use super::{ParameterType, ParameterValue, SqlError};

impl Emitter<'_> {
    /// The depth that a recursive step may still go on from.
    pub(super) fn within_depth(&mut self, depth: Expr) -> Expr {
        let limit = i64::from(self.plan.settings.hierarchy_depth);
        depth.lt(self.slots.number("hierarchy-depth", limit))
    }

    /// Users, and those whose chain of managers leads to them within the depth. Pairs stand once a
    /// depth, so that a loop ends.
    pub(super) fn below_managers(&mut self) -> Result<Body, SqlError> {
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
        start.union(self.dialect.answers().recursion(), step);
        Ok(recursive(&["user", "principal", "depth"], start))
    }

    /// Positions of users that exist, and those below within the depth.
    pub(super) fn positions(&mut self) -> Result<Body, SqlError> {
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
        start.union(self.dialect.answers().recursion(), step);
        Ok(recursive(&["user", "top", "position", "depth"], start))
    }

    /// Users, and those at positions below theirs; a position that a loop leads back to is not.
    pub(super) fn below_positions(&mut self) -> Result<Body, SqlError> {
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

    pub(super) fn below_teams(&mut self) -> Result<Body, SqlError> {
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

    /// Those below users, and the teams of these.
    pub(super) fn below_principals(&mut self) -> Result<Body, SqlError> {
        let mut select = Sea::select();
        select
            .expr(named("b", "user"))
            .expr(named("b", "principal"))
            .from(self.common(Table::Below, "b")?);
        let teams = Sea::select()
            .expr(named("t", "user"))
            .expr(named("t", "team"))
            .from(self.common(Table::BelowTeams, "t")?)
            .take();
        select.union(UnionType::Distinct, teams);
        Ok(body(&["user", "principal"], select))
    }

    /// Units that users read an entity in by `deep` or more, and those below them.
    pub(super) fn units(&mut self, entity: EntityId) -> Result<Body, SqlError> {
        let system = self.schema.system;
        let unit = system.businessunit;
        let mut start = Sea::select();
        start.from(self.common(Table::Grants, "g")?);
        let granted = self.granted("g", entity, Depth::Deep);
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
            .expr(below.clone())
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
        let answers = self.dialect.answers();
        let mut columns = vec!["user", "unit"];
        let trail = named("c", "trail");
        if let (Some(begun), Some(longer), Some(is_new)) = (
            answers.trail(None, named("g", "unit")),
            answers.trail(Some(trail.clone()), below.clone()),
            answers.is_new(trail, below),
        ) {
            columns.push("trail");
            start.expr(begun);
            step.expr(longer).and_where(is_new);
        }
        start.union(answers.recursion(), step);
        Ok(recursive(&columns, start))
    }

    /// The row of an id, there or not, and those below it in a hierarchy, or above it. Rows stand
    /// once a depth, so that a loop ends.
    pub(super) fn tree(
        &mut self,
        hierarchy: Hierarchy,
        id: Guid,
        above: bool,
    ) -> Result<Body, SqlError> {
        let Hierarchy { entity, parent } = hierarchy;
        let mut start = Sea::select();
        start
            .expr(self.tree_root(id))
            .expr(self.slots.number("start", 0));
        let own = self.column("h", entity, self.schema.entity(entity).primary_id)?;
        let upper = self.column("h", entity, parent)?;
        let (from, to) = if above { (own, upper) } else { (upper, own) };
        let one = self.slots.number("step", 1);
        let levels = self.slots.number("levels", i64::from(limits::TREE_LEVELS));
        let mut step = Sea::select();
        step.expr(to.clone())
            .expr(named("t", "depth").add(one))
            .from(self.itself(Table::Tree(hierarchy, id, above), "t"))
            .join(
                JoinType::InnerJoin,
                self.table(entity, "h")?,
                from.eq(named("t", "id")),
            )
            .and_where(named("t", "depth").lt(levels))
            .and_where(to.is_not_null());
        start.union(self.dialect.answers().recursion(), step);
        Ok(recursive(&["id", "depth"], start))
    }

    /// The id that a tree stands on.
    pub(super) fn tree_root(&mut self, id: Guid) -> Expr {
        let id = ParameterValue::Text(id.to_string());
        self.slots.value("tree", ParameterType::Guid, id)
    }

    /// Whether an attribute names a row of a tree, its root or not.
    pub(super) fn in_tree(
        &mut self,
        entity: EntityId,
        attribute: AttrId,
        table: Table,
        (root, inclusive): (Guid, bool),
    ) -> Result<Predicate, SqlError> {
        let value = self.column(ROW, entity, attribute)?;
        let filter = (!inclusive).then(|| named(OTHER, "id").ne(self.tree_root(root)));
        self.within(value, table, "id", filter)
    }
}
