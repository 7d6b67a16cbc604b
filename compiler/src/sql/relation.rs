//! Conditions on the row and the user, as predicates on `r` and `u`.

use sea_query::{Expr, ExprTrait, Func, Query as Sea};
use weir_ir::operators::Relation;
use weir_ir::plan::Depth;
use weir_ir::schema::{AttrId, Behavior, EntityId};
use weir_ir::settings::ClockZone;

use super::context::body;
use super::emit::{Body, Emitter, OTHER, ROW, Table, USER, named};
use super::predicate::Predicate;
use super::slot::Source;
use super::{ParameterType, SqlError};

impl Emitter<'_> {
    /// Whether the attribute's value stands in the relation to the user; false where it is NULL or
    /// the user lacks what it is compared with.
    pub(super) fn user_match(
        &mut self,
        entity: EntityId,
        attribute: AttrId,
        relation: Relation,
    ) -> Result<Predicate, SqlError> {
        let value = self.column(ROW, entity, attribute)?;
        match relation {
            Relation::Itself => Ok(same_as(value, self.user())),
            Relation::Team => self.among(Table::Teams, Some(("team", value)), None),
            Relation::SelfOrTeam => self.among(Table::Principals, Some(("principal", value)), None),
            Relation::Hierarchy => self.among(Table::Below, Some(("principal", value)), None),
            Relation::HierarchyAndTeams => {
                self.among(Table::BelowPrincipals, Some(("principal", value)), None)
            }
            Relation::Subordinate => {
                let other = named(OTHER, "principal").ne(self.user());
                self.among(Table::Below, Some(("principal", value)), Some(other))
            }
            Relation::TeamOfSubordinate => {
                let other = named(OTHER, "principal").ne(self.user());
                self.among(Table::BelowTeams, Some(("team", value)), Some(other))
            }
            Relation::BusinessUnit if self.is_of_one() => {
                let known = named(OTHER, "unit").is_not_null();
                self.within(value, Table::Users, "unit", Some(known))
            }
            Relation::BusinessUnit => Ok(same(value, named(USER, "unit"))),
            Relation::Language => {
                let own = if self.is_of_one() {
                    let known = named(OTHER, "language").is_not_null();
                    self.within(value.clone(), Table::Settings, "language", Some(known))?
                } else {
                    self.more = true;
                    same(value.clone(), named(USER, "language"))
                };
                if !self.plan.settings.language_wildcard {
                    return Ok(own);
                }
                let every = self.slots.number("every-language", -1);
                Ok(Predicate::any([own, same_as(value, every)]))
            }
            Relation::ReadUnit(read) => {
                let granted = self.granted(OTHER, read, Depth::Local);
                let granted = granted.and(named(OTHER, "unit").is_not_null());
                self.among(Table::Grants, Some(("unit", value)), Some(granted))
            }
            Relation::ReadUnitTree(read) => {
                self.among(Table::Units(read), Some(("unit", value)), None)
            }
        }
    }

    /// Whether the user reads an entity at least that deep.
    pub(super) fn reads(&mut self, entity: EntityId, least: Depth) -> Result<Predicate, SqlError> {
        let granted = self.granted(OTHER, entity, least);
        self.among(Table::Grants, None, Some(granted))
    }

    /// Whether the row is shared to the user.
    pub(super) fn shared(&mut self, entity: EntityId) -> Result<Predicate, SqlError> {
        let primary = self.schema.entity(entity).primary_id;
        let row = self.column(ROW, entity, primary)?;
        self.among(Table::Shares(entity), Some(("row", row)), None)
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
            ClockZone::User if self.is_of_one() => self.own_zone(utc)?,
            ClockZone::User => {
                self.more = true;
                Func::coalesce([named(USER, "zone"), utc]).into()
            }
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
            .take();
        Ok(Predicate::leaf(Expr::exists(select)))
    }

    /// The zone of the one user.
    fn own_zone(&mut self, utc: Expr) -> Result<Expr, SqlError> {
        let mut zone = Sea::select();
        zone.expr(Func::min(named("s", "zone")))
            .from(self.common(Table::Settings, "s")?);
        let zone = Expr::SubQuery(None, Box::new(zone.into()));
        Ok(Func::coalesce([zone, utc]).into())
    }

    /// Bounds of a numbered window for the one user, or by UTC; one row, of NULLs if the zone is not
    /// among those that the statement was bound for.
    pub(super) fn bounds(&mut self, number: i64, zone: ClockZone) -> Result<Body, SqlError> {
        let number = self.slots.number("window", number);
        let utc = self.slots.text("utc", "");
        let zone = match zone {
            ClockZone::User => self.own_zone(utc)?,
            ClockZone::Utc => utc,
        };
        let mut select = Sea::select();
        select
            .expr(Func::min(named(OTHER, "low")))
            .expr(Func::max(named(OTHER, "high")))
            .from(self.common(Table::Windows, OTHER)?)
            .and_where(named(OTHER, "window").eq(number))
            .and_where(named(OTHER, "zone").eq(self.dialect.answers().exact(zone)));
        Ok(body(&["low", "high"], select))
    }

    /// Whether a value lies in the numbered window, as an index answers it.
    pub(super) fn bounded(
        &mut self,
        value: Expr,
        behavior: Behavior,
        number: i64,
        zone: ClockZone,
    ) -> Result<Predicate, SqlError> {
        let mut edge = |column| {
            let mut select = Sea::select();
            select
                .expr(named(OTHER, column))
                .from(self.common(Table::Bounds(number, zone), OTHER)?);
            Ok(Expr::SubQuery(None, Box::new(select.into())))
        };
        let (known, low, high) = (edge("low")?, edge("low")?, edge("high")?);
        let answers = self.dialect.answers();
        let moment = |edge| answers.moment(behavior, edge);
        let mut within = value.clone().between(moment(low), moment(high));
        if self.probing {
            within = answers.beside(within);
        }
        Ok(Predicate::all([
            Predicate::leaf(value.is_not_null()),
            Predicate::leaf(known.is_not_null()),
            Predicate::leaf(within),
        ]))
    }

    /// The user: a parameter if one is asked for.
    pub(super) fn user(&mut self) -> Expr {
        match self.is_of_one() {
            true => self.slots.add("user", ParameterType::Guid, Source::User),
            false => named(USER, "user"),
        }
    }

    /// Whether the one user is an active one.
    pub(super) fn known_user(&mut self) -> Result<Predicate, SqlError> {
        self.among(Table::Users, None, None)
    }

    /// Whether a table of users' context has a row with the user, and a value in a column.
    pub(super) fn among(
        &mut self,
        table: Table,
        value: Option<(&'static str, Expr)>,
        filter: Option<Expr>,
    ) -> Result<Predicate, SqlError> {
        if let (true, Some((column, value))) = (self.is_of_one(), &value) {
            return self.within(value.clone(), table, column, filter);
        }
        let mut select = Sea::select();
        select
            .expr(named(OTHER, "user"))
            .from(self.common(table, OTHER)?);
        if !self.is_of_one() {
            select.and_where(named(OTHER, "user").eq(named(USER, "user")));
        }
        if let Some((column, value)) = value {
            select.and_where(named(OTHER, column).eq(value));
        }
        select.and_where_option(filter);
        Ok(Predicate::leaf(Expr::exists(select)))
    }

    /// Whether a value is in a column of a table that holds no NULL where the filter is true: the
    /// `SELECT` stands for itself, so that it is run once and an index finds its rows.
    pub(super) fn within(
        &mut self,
        value: Expr,
        table: Table,
        column: &'static str,
        filter: Option<Expr>,
    ) -> Result<Predicate, SqlError> {
        let mut select = Sea::select();
        select
            .expr(named(OTHER, column))
            .from(self.common(table, OTHER)?)
            .and_where_option(filter);
        Ok(Predicate::all([
            Predicate::leaf(value.clone().is_not_null()),
            Predicate::leaf(value.in_subquery(select)),
        ]))
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
