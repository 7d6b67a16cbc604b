//! A plan's queries, run: one user's rows, or everyone's.
//!
//! A query's text is prepared once a connection; a run binds user, clock, zones and days anew.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::types::{ToSqlOutput, Value as Stored, ValueRef};
use rusqlite::{Row, ToSql};
use weir_compiler::sql::{self, Context, Dialect, Parameter, ParameterValue, Query, storage};
use weir_ir::fold::Collation;
use weir_ir::plan::Plan;
use weir_ir::schema::{AttrId, EntityId};
use weir_ir::time::{Day, Instant, IsoText};
use weir_ir::value::Guid;

use super::{Database, DatabaseError};

/// The queries of a plan, checked against a database.
#[derive(Clone, Debug)]
pub struct Queries {
    rows: Vec<Query>,
    map: Vec<Query>,
    collation: Collation,
    /// The datetimes that are asked about windows that recur.
    recurring: BTreeSet<(EntityId, AttrId)>,
    /// Whether the users' zones matter.
    zones: bool,
}

/// A parameter's value as SQLite binds it.
pub(super) struct Bound<'a>(pub(super) &'a ParameterValue);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            ParameterValue::Null => ValueRef::Null,
            ParameterValue::Integer(value) => ValueRef::Integer(*value),
            ParameterValue::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl Database {
    /// Makes a plan's queries ready.
    ///
    /// # Errors
    /// The plan has no SQL, or the database lacks a table or column that it reads.
    pub fn prepare(&self, plan: &Plan) -> Result<Queries, DatabaseError> {
        let rows = sql::rows(&self.schema, plan, Dialect::Sqlite)?;
        let map = sql::map(&self.schema, plan, Dialect::Sqlite)?;
        let reads: BTreeSet<(EntityId, AttrId)> = rows
            .iter()
            .chain(&map)
            .flat_map(|query| query.reads.iter().copied())
            .collect();
        self.check(&reads)?;
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

    /// Checks that tables and columns are there.
    fn check(&self, reads: &BTreeSet<(EntityId, AttrId)>) -> Result<(), DatabaseError> {
        let mut known: BTreeMap<EntityId, BTreeSet<String>> = BTreeMap::new();
        for (entity, attribute) in reads {
            let found = self.schema.entity(*entity);
            if !known.contains_key(entity) {
                let mut statement = self
                    .connection
                    .prepare_cached("SELECT name FROM pragma_table_info(?, 'main')")?;
                let names =
                    statement.query_map([found.table().as_str()], |row| row.get::<_, String>(0))?;
                // SQLite compares names whatever the case of their ASCII letters.
                let names = names
                    .map(|name| name.map(|name| name.to_ascii_lowercase()))
                    .collect::<Result<BTreeSet<_>, _>>()?;
                known.insert(*entity, names);
            }
            let columns = &known[entity];
            if columns.is_empty() {
                return Err(DatabaseError::Table {
                    table: found.table().to_string(),
                });
            }
            let column = storage::column(found, *attribute, Dialect::Sqlite)?;
            if !columns.contains(&column.to_ascii_lowercase()) {
                return Err(DatabaseError::Column {
                    table: found.table().to_string(),
                    column: column.to_owned(),
                });
            }
        }
        Ok(())
    }

    /// Every user, ascending.
    ///
    /// # Errors
    /// SQLite fails, or an id is no GUID.
    pub fn users(&self) -> Result<Vec<Guid>, DatabaseError> {
        let user = self.schema.system.systemuser;
        let id = self.schema.entity(user).primary_id;
        let ids = self.distinct(user, id)?;
        let mut users = ids
            .into_iter()
            .map(|text| self.guid(user, &text))
            .collect::<Result<Vec<Guid>, _>>()?;
        users.sort_unstable();
        users.dedup();
        Ok(users)
    }

    /// Every text that names the zone of a user, ascending.
    ///
    /// # Errors
    /// SQLite fails.
    pub fn zones(&self) -> Result<Vec<String>, DatabaseError> {
        let system = &self.schema.system;
        let mut zones = self.distinct(system.usersettings, system.timezone)?;
        zones.sort_unstable();
        Ok(zones)
    }

    /// What a user's devices hold at an instant, by (entity name, id).
    ///
    /// # Errors
    /// SQLite fails, or an id is no GUID.
    pub fn rows(
        &self,
        queries: &Queries,
        user: Guid,
        now: Instant,
    ) -> Result<Vec<(EntityId, Guid)>, DatabaseError> {
        let zones = self.context(queries)?;
        let context = Context {
            user: Some(user),
            clock: Some((now, &zones)),
            days: self.days(&queries.recurring)?,
            ..Context::default()
        };
        let mut held = Vec::new();
        for query in &queries.rows {
            let mut ids = self.run(query, context, |row| self.id(query.entity, row, 0))?;
            ids.sort_unstable();
            ids.dedup();
            held.extend(ids.into_iter().map(|id| (query.entity, id)));
        }
        Ok(held)
    }

    /// What the devices of every user hold at an instant, by (entity name, id); users who hold
    /// nothing are there too.
    ///
    /// # Errors
    /// SQLite fails, or an id is no GUID.
    pub fn map(
        &self,
        queries: &Queries,
        now: Instant,
    ) -> Result<BTreeMap<Guid, Vec<(EntityId, Guid)>>, DatabaseError> {
        let zones = self.context(queries)?;
        let context = Context {
            user: None,
            clock: Some((now, &zones)),
            days: self.days(&queries.recurring)?,
            ..Context::default()
        };
        let mut held: BTreeMap<Guid, Vec<(EntityId, Guid)>> = self
            .users()?
            .into_iter()
            .map(|user| (user, Vec::new()))
            .collect();
        let users = self.schema.system.systemuser;
        for query in &queries.map {
            let mut pairs = self.run(query, context, |row| {
                Ok((self.id(users, row, 1)?, self.id(query.entity, row, 0)?))
            })?;
            pairs.sort_unstable();
            pairs.dedup();
            for (user, id) in pairs {
                held.entry(user).or_default().push((query.entity, id));
            }
        }
        Ok(held)
    }

    /// The first and the last day that attributes have, by UTC or their wall clock; none where they
    /// hold what is no date.
    ///
    /// # Errors
    /// SQLite fails.
    pub fn days(
        &self,
        attributes: &BTreeSet<(EntityId, AttrId)>,
    ) -> Result<Option<(Day, Day)>, DatabaseError> {
        let mut days = Vec::new();
        for (entity, attribute) in attributes {
            let sql = storage::extent(&self.schema, *entity, *attribute, Dialect::Sqlite)?;
            let mut statement = self.connection.prepare_cached(&sql)?;
            let ends = statement.query_row([], |row| Ok([row.get(0)?, row.get(1)?]))?;
            for end in ends {
                match end {
                    Stored::Null => {}
                    Stored::Text(text) => days.push(IsoText::parse(&text).map(|iso| iso.day)),
                    _ => days.push(None),
                }
            }
        }
        let days: Option<Vec<Day>> = days.into_iter().collect();
        Ok(days.map(|days| {
            let ends = days.iter().min().copied().zip(days.iter().max().copied());
            ends.unwrap_or((Day(0), Day(0)))
        }))
    }

    /// Sets the collation to the plan's, and reads the zones if they matter.
    fn context(&self, queries: &Queries) -> Result<Vec<String>, DatabaseError> {
        self.text.set(queries.collation);
        if queries.zones {
            self.zones()
        } else {
            Ok(Vec::new())
        }
    }

    fn run<T>(
        &self,
        query: &Query,
        context: Context<'_>,
        mut read: impl FnMut(&Row<'_>) -> Result<T, DatabaseError>,
    ) -> Result<Vec<T>, DatabaseError> {
        let parameters = query.bind(context);
        let bound = parameters
            .iter()
            .map(|Parameter { value, .. }| Bound(value));
        let mut statement = self.connection.prepare_cached(&query.sql)?;
        let mut rows = statement.query(rusqlite::params_from_iter(bound))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read(row)?);
        }
        Ok(found)
    }

    fn distinct(&self, entity: EntityId, attribute: AttrId) -> Result<Vec<String>, DatabaseError> {
        let sql = storage::distinct(&self.schema, entity, attribute, Dialect::Sqlite)?;
        let mut statement = self.connection.prepare_cached(&sql)?;
        let texts = statement.query_map([], |row| row.get(0))?;
        Ok(texts.collect::<Result<_, _>>()?)
    }

    fn id(&self, entity: EntityId, row: &Row<'_>, at: usize) -> Result<Guid, DatabaseError> {
        let text = row.get_ref(at)?;
        let text = text.as_str().map_err(rusqlite::Error::from)?;
        self.guid(entity, text)
    }

    fn guid(&self, entity: EntityId, text: &str) -> Result<Guid, DatabaseError> {
        Guid::parse(text).ok_or_else(|| DatabaseError::Guid {
            table: self.schema.entity(entity).table().to_string(),
            text: text.to_owned(),
        })
    }
}
