//! Conditions on the row and the user, as predicates on `r` and `u`.

use sea_query::{Expr, ExprTrait, Func, Query as Sea};
use weir_ir::operators::Relation;
use weir_ir::plan::Depth;
use weir_ir::schema::{AttrId, Behavior, EntityId};
use weir_ir::settings::ClockZone;

use super::SqlError;
use super::emit::{Emitter, OTHER, ROW, SETTINGS, Table, USER, named};
use super::predicate::Predicate;
use super::scope::Scope;

impl Emitter<'_> {
    /// Whether the attribute's value stands in the relation to the user; false where it is NULL or
    /// the user lacks what it is compared with.
    pub(super) fn user_match(
        &mut self,
        scope: &mut Scope,
        entity: EntityId,
        attribute: AttrId,
        relation: Relation,
    ) -> Result<Predicate, SqlError> {
        let value = self.column(ROW, entity, attribute)?;
        let user = || named(USER, "user");
        match relation {
            Relation::Itself => Ok(same_as(value, user())),
            Relation::Team => self.among(Table::Teams, [("team", value)]),
            Relation::SelfOrTeam => {
                let team = self.among(Table::Teams, [("team", value.clone())])?;
                Ok(Predicate::any([same_as(value, user()), team]))
            }
            Relation::Hierarchy => self.among(Table::Below, [("principal", value)]),
            Relation::HierarchyAndTeams => {
                let below = self.among(Table::Below, [("principal", value.clone())])?;
                let teams = self.among(Table::BelowTeams, [("team", value)])?;
                Ok(Predicate::any([below, teams]))
            }
            Relation::Subordinate => {
                let below = self.among(Table::Below, [("principal", value.clone())])?;
                Ok(Predicate::all([below, same_as(value, user()).not()]))
            }
            Relation::TeamOfSubordinate => {
                let other = named(OTHER, "principal").ne(user());
                self.among_where(Table::BelowTeams, [("team", value)], Some(other))
            }
            Relation::BusinessUnit => Ok(same(value, named(USER, "unit"))),
            Relation::Language => {
                scope.settings = true;
                let own = same(value.clone(), named(SETTINGS, "language"));
                if !self.plan.settings.language_wildcard {
                    return Ok(own);
                }
                let every = self.slots.number("every-language", -1);
                Ok(Predicate::any([own, same_as(value, every)]))
            }
            Relation::ReadUnit(read) => {
                let granted = self.granted(OTHER, read, Depth::Local);
                self.among_where(Table::Grants, [("unit", value)], Some(granted))
            }
            Relation::ReadUnitTree(read) => self.among(Table::Units(read), [("unit", value)]),
        }
    }

    /// Whether the user reads an entity at least that deep.
    pub(super) fn reads(&mut self, entity: EntityId, least: Depth) -> Result<Predicate, SqlError> {
        let granted = self.granted(OTHER, entity, least);
        self.among_where(Table::Grants, [], Some(granted))
    }

    /// Whether the row is shared to the user.
    pub(super) fn shared(&mut self, entity: EntityId) -> Result<Predicate, SqlError> {
        let primary = self.schema.entity(entity).primary_id;
        let row = self.column(ROW, entity, primary)?;
        self.among(Table::Shares(entity), [("row", row)])
    }

    /// Whether a value lies in the numbered window by the user's zone, or by UTC.
    pub(super) fn tabled_window(
        &mut self,
        value: Expr,
        behavior: Behavior,
        number: i64,
        zone: ClockZone,
    ) -> Result<Predicate, SqlError> {
        let number = self.slots.number("window", number);
        let utc = self.slots.text("utc", "");
        let zone = match zone {
            ClockZone::User => Func::coalesce([named(SETTINGS, "zone"), utc]).into(),
            ClockZone::Utc => utc,
        };
        let answers = self.dialect.answers();
        let edge = |column| answers.moment(behavior, named(OTHER, column));
        let (low, high) = (edge("low"), edge("high"));
        let select = Sea::select()
            .expr(named(OTHER, "window"))
            .from(self.common(Table::Windows, OTHER)?)
            .and_where(named(OTHER, "window").eq(number))
            .and_where(answers.same_as_outer(named(OTHER, "zone"), answers.exact(zone)))
            .and_where(value.between(low, high))
            .to_owned();
        Ok(Predicate::leaf(Expr::exists(select)))
    }

    fn among<const N: usize>(
        &mut self,
        table: Table,
        values: [(&'static str, Expr); N],
    ) -> Result<Predicate, SqlError> {
        self.among_where(table, values, None)
    }

    /// Whether a table of users' context has a row with the user and those values.
    fn among_where<const N: usize>(
        &mut self,
        table: Table,
        values: [(&'static str, Expr); N],
        filter: Option<Expr>,
    ) -> Result<Predicate, SqlError> {
        let mut select = Sea::select();
        select
            .expr(named(OTHER, "user"))
            .from(self.common(table, OTHER)?)
            .and_where(named(OTHER, "user").eq(named(USER, "user")));
        for (column, value) in values {
            select.and_where(named(OTHER, column).eq(value));
        }
        select.and_where_option(filter);
        Ok(Predicate::leaf(Expr::exists(select)))
    }
}

/// Whether two columns, either of which may be NULL, hold the same value.
fn same(a: Expr, b: Expr) -> Predicate {
    let known = Predicate::leaf(b.clone().is_not_null());
    Predicate::all([known, same_as(a, b)])
}

/// Whether a column that may be NULL holds a value.
fn same_as(column: Expr, value: Expr) -> Predicate {
    Predicate::all([
        Predicate::leaf(column.clone().is_not_null()),
        Predicate::leaf(column.eq(value)),
    ])
}
