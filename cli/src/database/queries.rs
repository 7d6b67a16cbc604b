//! A plan's queries, run: one user's rows, or everyone's.
//!
//! A query's text is prepared once a connection; a run binds user, clock, zones and days anew, and
//! all that it reads is of one moment. Rows are handed over as they come: memory does not grow with
//! their number.

use std::collections::{BTreeMap, BTreeSet};

use weir_compiler::sql::{self, Context, Dialect, Kind, Parameter, ParameterValue, Query, storage};
use weir_ir::fold::Collation;
use weir_ir::plan::Plan;
use weir_ir::schema::{AttrId, EntityId};
use weir_ir::time::{Day, Instant, IsoText};
use weir_ir::value::Guid;

use super::connection::{Cell, Span};
use super::{Database, DatabaseError};

/// The queries of a plan, checked against a database.
#[derive(Clone, Debug)]
pub struct Queries {
    pub(super) rows: Vec<Query>,
    pub(super) map: Vec<Query>,
    collation: Collation,
    /// The datetimes that are asked about windows that recur.
    recurring: BTreeSet<(EntityId, AttrId)>,
    /// Whether the users' zones matter.
    zones: bool,
}

/// How many statements there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// One for each entity.
    Each,
    /// One for all of them, or as few as the dialect takes.
    Together,
}

/// The values of parameters, in order.
pub(super) fn values(parameters: Vec<Parameter>) -> Vec<ParameterValue> {
    let values = parameters.into_iter().map(|parameter| parameter.value);
    values.collect()
}

impl Database {
    /// Compiles a plan's queries, once for all users and instants. A server is asked once for all
    /// entities, and works out once what they have in common; SQLite, where asking costs nothing and
    /// statements have few tables, once for each.
    ///
    /// # Errors
    /// The plan has no SQL, or the database lacks a table, a column or a function that it needs.
    pub fn prepare(&self, plan: &Plan) -> Result<Queries, DatabaseError> {
        let grouping = match self.dialect() {
            Dialect::Sqlite => Grouping::Each,
            _ => Grouping::Together,
        };
        self.prepare_as(plan, grouping)
    }

    /// The same, in statements so grouped.
    ///
    /// # Errors
    /// As of [`Database::prepare`].
    pub fn prepare_as(&self, plan: &Plan, grouping: Grouping) -> Result<Queries, DatabaseError> {
        let (schema, dialect) = (&self.schema, self.dialect());
        let [rows, map] = match grouping {
            Grouping::Each => [
                sql::rows(schema, plan, dialect)?,
                sql::map(schema, plan, dialect)?,
            ],
            Grouping::Together => [
                sql::together(schema, plan, Kind::Rows, dialect)?,
                sql::together(schema, plan, Kind::Map, dialect)?,
            ],
        };
        let all = || rows.iter().chain(&map);
        let reads: BTreeSet<(EntityId, AttrId)> = all()
            .flat_map(|query| query.reads.iter().copied())
            .collect();
        self.check(&reads)?;
        if self.dialect() == Dialect::Postgres
            && all().any(|query| query.sql.contains(r#""weir"."fold""#))
            && !self.is_installed()?
        {
            return Err(DatabaseError::NotInstalled);
        }
        let recurring = map.iter().flat_map(|query| query.recurring.iter().copied());
        let recurring = recurring.collect();
        let system = &self.schema.system;
        Ok(Queries {
            rows,
            map,
            collation: plan.settings.collation,
            recurring,
            zones: reads.contains(&(system.usersettings, system.timezone)),
        })
    }

    /// Whether PostgreSQL has the functions that statements call.
    fn is_installed(&self) -> Result<bool, DatabaseError> {
        let mut is = false;
        let sql = "SELECT to_regprocedure('weir.fold(text)') IS NOT NULL";
        self.connection.run(sql, &[], |cells| {
            is = cells == [Cell::Integer(1)];
            Ok::<_, DatabaseError>(())
        })?;
        Ok(is)
    }

    /// Checks that tables and columns are there.
    fn check(&self, reads: &BTreeSet<(EntityId, AttrId)>) -> Result<(), DatabaseError> {
        let mut known: BTreeMap<EntityId, BTreeSet<String>> = BTreeMap::new();
        for (entity, attribute) in reads {
            let found = self.schema.entity(*entity);
            if !known.contains_key(entity) {
                known.insert(*entity, self.columns(found.table())?);
            }
            let columns = &known[entity];
            if columns.is_empty() {
                return Err(DatabaseError::Table {
                    table: found.table().to_string(),
                });
            }
            let column = storage::column(found, *attribute, self.dialect())?;
            if !columns.contains(&*self.as_compared(column)) {
                return Err(DatabaseError::Column {
                    table: found.table().to_string(),
                    column: column.to_owned(),
                });
            }
        }
        Ok(())
    }

    /// The columns of a table; none where there is no such table.
    fn columns(&self, table: &str) -> Result<BTreeSet<String>, DatabaseError> {
        let sql = match self.dialect() {
            Dialect::Postgres => {
                "SELECT column_name::text FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1"
            }
            _ => "SELECT name FROM pragma_table_info(?, 'main')",
        };
        let mut columns = BTreeSet::new();
        let table = ParameterValue::Text(table.to_owned());
        self.connection.run(sql, &[table], |cells| {
            let names = cells.iter().filter_map(Cell::text);
            columns.extend(names.map(|name| self.as_compared(name)));
            Ok::<_, DatabaseError>(())
        })?;
        Ok(columns)
    }

    /// A name as names are compared: SQLite does whatever the case of their ASCII letters.
    fn as_compared(&self, name: &str) -> String {
        match self.dialect() {
            Dialect::Sqlite => name.to_ascii_lowercase(),
            _ => name.to_owned(),
        }
    }

    /// Every user, ascending.
    ///
    /// # Errors
    /// The database fails, or an id is no GUID.
    pub fn users(&self) -> Result<Vec<Guid>, DatabaseError> {
        let user = self.schema.system.systemuser;
        let id = self.schema.entity(user).primary_id;
        let sql = storage::distinct(&self.schema, user, id, self.dialect())?;
        let mut users = Vec::new();
        self.connection.run(&sql, &[], |cells| {
            users.push(self.guid(user, cells, 0)?);
            Ok::<_, DatabaseError>(())
        })?;
        users.sort_unstable();
        users.dedup();
        Ok(users)
    }

    /// Hands over every user with a domain name and an e-mail address.
    ///
    /// # Errors
    /// The database fails, or lacks the table or one of the columns.
    pub fn each_user(
        &self,
        mut each: impl FnMut(Guid, [Option<&str>; 2]),
    ) -> Result<(), DatabaseError> {
        let system = &self.schema.system;
        let user = system.systemuser;
        let id = self.schema.entity(user).primary_id;
        let asked = [id, system.domainname, system.internalemailaddress];
        self.check(&asked.map(|attribute| (user, attribute)).into())?;
        let sql = storage::listing(&self.schema, user, &asked, self.dialect())?;
        self.connection.run(&sql, &[], |cells| {
            if let [id, domain, mail] = cells
                && let Some(id) = id.guid()
            {
                each(id, [domain.text(), mail.text()]);
            }
            Ok::<_, DatabaseError>(())
        })
    }

    /// Every text that names the zone of a user, ascending.
    ///
    /// # Errors
    /// The database fails.
    pub fn zones(&self) -> Result<Vec<String>, DatabaseError> {
        let system = &self.schema.system;
        let (settings, zone) = (system.usersettings, system.timezone);
        let sql = storage::distinct(&self.schema, settings, zone, self.dialect())?;
        let mut zones = Vec::new();
        self.connection.run(&sql, &[], |cells| {
            zones.extend(cells.iter().filter_map(Cell::text).map(str::to_owned));
            Ok::<_, DatabaseError>(())
        })?;
        zones.sort_unstable();
        Ok(zones)
    }

    /// Hands over every row that a user's devices hold at an instant, as it comes: each once, in no
    /// order. All are of one moment.
    ///
    /// # Errors
    /// The database fails, an id is no GUID, or `each` says no: it ends there.
    pub fn each_row<E: From<DatabaseError>>(
        &self,
        queries: &Queries,
        user: Guid,
        now: Instant,
        mut each: impl FnMut(EntityId, Guid) -> Result<(), E>,
    ) -> Result<(), E> {
        self.connection.span(Span::Read, || {
            self.each_of(&queries.rows, queries, Some(user), now, |entity, cells| {
                each(entity, self.guid(entity, cells, 0)?)
            })
        })
    }

    /// Hands over every row with every user whose devices hold it at an instant, as it comes: each
    /// pair once, in no order. All are of one moment.
    ///
    /// # Errors
    /// The database fails, an id is no GUID, or `each` says no: it ends there.
    pub fn each_pair<E: From<DatabaseError>>(
        &self,
        queries: &Queries,
        now: Instant,
        mut each: impl FnMut(Guid, EntityId, Guid) -> Result<(), E>,
    ) -> Result<(), E> {
        let users = self.schema.system.systemuser;
        self.connection.span(Span::Read, || {
            self.each_of(&queries.map, queries, None, now, |entity, cells| {
                let (row, user) = (self.guid(entity, cells, 0)?, self.guid(users, cells, 1)?);
                each(user, entity, row)
            })
        })
    }

    /// What a user's devices hold at an instant, by (entity name, id).
    ///
    /// # Errors
    /// The database fails, or an id is no GUID.
    pub fn rows(
        &self,
        queries: &Queries,
        user: Guid,
        now: Instant,
    ) -> Result<Vec<(EntityId, Guid)>, DatabaseError> {
        let mut held = Vec::new();
        self.each_row(queries, user, now, |entity, id| {
            held.push((entity, id));
            Ok::<_, DatabaseError>(())
        })?;
        self.sort(&mut held);
        Ok(held)
    }

    /// What the devices of every user hold at an instant, by (entity name, id); users who hold
    /// nothing are there too.
    ///
    /// # Errors
    /// The database fails, or an id is no GUID.
    pub fn map(
        &self,
        queries: &Queries,
        now: Instant,
    ) -> Result<BTreeMap<Guid, Vec<(EntityId, Guid)>>, DatabaseError> {
        let users = self.users()?.into_iter();
        let mut held: BTreeMap<Guid, Vec<(EntityId, Guid)>> =
            users.map(|user| (user, Vec::new())).collect();
        self.each_pair(queries, now, |user, entity, id| {
            held.entry(user).or_default().push((entity, id));
            Ok::<_, DatabaseError>(())
        })?;
        held.values_mut().for_each(|held| self.sort(held));
        Ok(held)
    }

    /// By the names of entities, and ids; each once.
    fn sort(&self, held: &mut Vec<(EntityId, Guid)>) {
        held.sort_unstable_by(|(a, a_id), (b, b_id)| {
            let name = |entity: &EntityId| &self.schema.entity(*entity).name;
            name(a).cmp(name(b)).then_with(|| a_id.cmp(b_id))
        });
        held.dedup();
    }

    /// The first and the last day that attributes have, by UTC or their wall clock; none where they
    /// hold what is no date.
    ///
    /// # Errors
    /// The database fails.
    pub fn days(
        &self,
        attributes: &BTreeSet<(EntityId, AttrId)>,
    ) -> Result<Option<(Day, Day)>, DatabaseError> {
        let mut days = Vec::new();
        for (entity, attribute) in attributes {
            let sql = storage::extent(&self.schema, *entity, *attribute, self.dialect())?;
            self.connection.run(&sql, &[], |ends| {
                days.extend(ends.iter().filter_map(|end| match end {
                    Cell::Null => None,
                    Cell::Text(text) => Some(IsoText::parse(text).map(|iso| iso.day)),
                    Cell::Day(day) => Some(Some(*day)),
                    _ => Some(None),
                }));
                Ok::<_, DatabaseError>(())
            })?;
        }
        let days: Option<Vec<Day>> = days.into_iter().collect();
        Ok(days.map(|days| {
            let ends = days.iter().min().copied().zip(days.iter().max().copied());
            ends.unwrap_or((Day(0), Day(0)))
        }))
    }

    /// Runs queries, one after the other.
    fn each_of<E: From<DatabaseError>>(
        &self,
        of: &[Query],
        queries: &Queries,
        user: Option<Guid>,
        now: Instant,
        mut each: impl FnMut(EntityId, &[Cell<'_>]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.in_context(queries, user, now, |context| {
            for query in of {
                let values = values(query.bind(context));
                let read = |cells: &[Cell<'_>]| each(self.entity_of(query, cells)?, cells);
                self.connection.run(&query.sql, &values, read)?;
            }
            Ok(())
        })
    }

    /// Does something under the plan's collation, with what queries are bound to.
    pub(super) fn in_context<T, E: From<DatabaseError>>(
        &self,
        queries: &Queries,
        user: Option<Guid>,
        now: Instant,
        work: impl FnOnce(Context<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.connection.collate(queries.collation);
        let zones = match queries.zones {
            true => self.zones()?,
            false => Vec::new(),
        };
        work(Context {
            user,
            clock: Some((now, &zones)),
            days: self.days(&queries.recurring)?,
            ..Context::default()
        })
    }

    /// The entity of a row that a query gives: the query's, or that which the last column names.
    fn entity_of(&self, query: &Query, cells: &[Cell<'_>]) -> Result<EntityId, DatabaseError> {
        let named = || self.schema.find(cells.last()?.text()?);
        let entity = query.entity.or_else(named);
        entity.ok_or(DatabaseError::Entity)
    }

    fn guid(&self, entity: EntityId, cells: &[Cell<'_>], at: usize) -> Result<Guid, DatabaseError> {
        let cell = cells.get(at).copied().unwrap_or(Cell::Null);
        cell.guid().ok_or_else(|| DatabaseError::Guid {
            table: self.schema.entity(entity).table().to_string(),
            text: cell.text().unwrap_or_default().to_owned(),
        })
    }
}
