//! A server with the rows of one schema, by the storage convention, whatever its dialect.

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_compiler::sql::partition::{Changes, partition};
use weir_compiler::sql::{
    self, Context, Dialect, Kind, Parameter, ParameterType, ParameterValue, Query, Statement,
    storage,
};
use weir_ir::fold::Collation;
use weir_ir::plan::Plan;
use weir_ir::schema::{EntityId, Schema};
use weir_ir::time::{Day, Instant, WallClock};
use weir_ir::transaction::Change;
use weir_ir::value::{Guid, Value};

use super::mariadb::MariaDb;
use super::postgres::Postgres;
use super::{Held, Store, is_together};

/// A connection to a server. All that is read of it are GUIDs and texts.
pub(super) trait Connection {
    /// Runs statements without parameters.
    fn batch(&mut self, script: &str) -> Result<(), String>;

    /// Drops all tables but those that are installed.
    fn clear(&mut self) -> Result<(), String>;

    /// Runs a statement; gives the texts of its rows.
    fn run(&mut self, sql: &str, values: &[Parameter]) -> Result<Vec<Vec<String>>, String>;
}

/// A server with the rows of one schema.
pub struct Server {
    connection: Box<dyn Connection>,
    dialect: Dialect,
    schema: Arc<Schema>,
    /// By kind, and whether all entities are together.
    queries: BTreeMap<(Kind, bool), Vec<Query>>,
    plan: Option<Plan>,
    /// What is installed folds by that.
    collation: Option<Collation>,
    /// What installs a collation whose table is filled.
    scripts: BTreeMap<&'static str, Vec<Statement>>,
    /// Whether the partition tables are made.
    partitioned: bool,
    /// The first and the last day that has been written, and a day beside them for zones.
    days: Option<(Day, Day)>,
}

impl Server {
    /// An empty database.
    ///
    /// # Errors
    /// The server is not installed or does not start, or can't take the schema.
    pub fn new(dialect: Dialect, schema: &Arc<Schema>) -> Result<Self, String> {
        let connection: Box<dyn Connection> = match dialect {
            Dialect::Postgres => Box::new(Postgres::new()?),
            Dialect::MariaDb => Box::new(MariaDb::new()?),
            Dialect::Sqlite | Dialect::Tsql => return Err("no server of it here".to_owned()),
        };
        let mut server = Self {
            connection,
            dialect,
            schema: Arc::clone(schema),
            queries: BTreeMap::new(),
            plan: None,
            collation: None,
            scripts: BTreeMap::new(),
            partitioned: false,
            days: None,
        };
        server.install(Collation::CiAi)?;
        server.empty(schema)?;
        Ok(server)
    }

    /// Installs what folds by a collation; its table stays when another one comes.
    ///
    /// # Errors
    /// What the server says.
    pub fn install(&mut self, collation: Collation) -> Result<(), String> {
        if self.collation == Some(collation) {
            return Ok(());
        }
        let known = self.scripts.remove(collation.name());
        let mut script = known.unwrap_or_else(|| sql::install(self.dialect, collation));
        for statement in &script {
            self.run(&statement.sql, &statement.parameters)?;
        }
        script.retain(|statement| statement.parameters.is_empty());
        self.scripts.insert(collation.name(), script);
        self.collation = Some(collation);
        Ok(())
    }

    fn empty(&mut self, schema: &Arc<Schema>) -> Result<(), String> {
        self.schema = Arc::clone(schema);
        self.queries.clear();
        self.days = None;
        self.connection.clear()?;
        for (_, entity) in schema.entities() {
            let create = storage::create_table(entity, self.dialect).map_err(|e| e.to_string())?;
            self.connection
                .batch(&create)
                .map_err(|said| format!("{said}\n{create}"))?;
        }
        Ok(())
    }

    /// Runs a statement; gives the texts of its rows.
    ///
    /// # Errors
    /// What the server says.
    pub fn run(&mut self, sql: &str, values: &[Parameter]) -> Result<Vec<Vec<String>>, String> {
        let rows = self.connection.run(sql, values);
        rows.map_err(|said| format!("{} says {said}\n{sql}\n{values:?}", self.dialect.name()))
    }

    /// Runs a query twice, as services do that prepare it once: not every server says the same again.
    fn run_twice(&mut self, sql: &str, values: &[Parameter]) -> Result<Vec<Vec<String>>, String> {
        let mut rows = self.run(sql, values)?;
        let mut again = self.run(sql, values)?;
        rows.sort_unstable();
        again.sort_unstable();
        if rows == again {
            Ok(rows)
        } else {
            let (name, rows, again) = (self.dialect.name(), rows.len(), again.len());
            Err(format!(
                "the SQL on {name} gives {rows} rows, and {again} when it runs again\n{sql}"
            ))
        }
    }

    fn change(&mut self, change: &Change) -> Result<(), String> {
        let schema = Arc::clone(&self.schema);
        let mut values = Vec::new();
        let sql = match change {
            Change::Delete { entity, id } => {
                values.push(ParameterValue::Text(id.to_string()));
                storage::delete(schema.entity(*entity), self.dialect)
            }
            Change::Upsert {
                entity,
                id,
                values: changed,
            } => {
                let entity = schema.entity(*entity);
                let stored: Vec<_> = changed
                    .iter()
                    .filter(|(attribute, _)| storage::is_stored(entity, *attribute))
                    .collect();
                values.push(ParameterValue::Text(id.to_string()));
                for (_, value) in &stored {
                    values.push(self.stored(value)?);
                    self.days = day(value).into_iter().fold(self.days, |days, day| {
                        let (first, last) = days.unwrap_or((day, day));
                        Some((first.min(day.plus(-2)), last.max(day.plus(2))))
                    });
                }
                let attributes: Vec<_> = stored.iter().map(|(attribute, _)| *attribute).collect();
                storage::upsert(entity, &attributes, self.dialect)
            }
        };
        let sql = sql.map_err(|error| error.to_string())?;
        let values: Vec<Parameter> = values.into_iter().map(parameter).collect();
        self.run(&sql, &values).map(drop)
    }

    fn stored(&self, value: &Value) -> Result<ParameterValue, String> {
        let stored = storage::stored(value, self.dialect);
        stored.ok_or_else(|| format!("{} can't store {value}", self.dialect.name()))
    }

    fn zones(&mut self) -> Result<Vec<String>, String> {
        let schema = Arc::clone(&self.schema);
        let system = &schema.system;
        let sql = storage::distinct(&schema, system.usersettings, system.timezone, self.dialect);
        let rows = self.run(&sql.map_err(|error| error.to_string())?, &[])?;
        Ok(rows.into_iter().flatten().collect())
    }

    /// Runs the queries of a kind; gives what each user holds.
    fn ask(
        &mut self,
        key: (Kind, bool),
        user: Option<Guid>,
        now: Instant,
    ) -> Result<BTreeMap<Guid, Held>, String> {
        let queries = self.queries.remove(&key).ok_or("nothing is published")?;
        let asked = self.answers(&queries, user, now);
        self.queries.insert(key, queries);
        asked
    }

    fn answers(
        &mut self,
        queries: &[Query],
        user: Option<Guid>,
        now: Instant,
    ) -> Result<BTreeMap<Guid, Held>, String> {
        let zones = self.zones()?;
        let context = Context {
            user,
            clock: Some((now, &zones)),
            days: self.days,
            ..Context::default()
        };
        let mut held_by: BTreeMap<Guid, Held> = BTreeMap::new();
        for query in queries {
            for row in self.run_twice(&query.sql, &query.bind(context))? {
                let mut cells = row.iter();
                let id = cells.next().and_then(|text| Guid::parse(text));
                let user = user.or_else(|| Guid::parse(cells.next()?));
                let named = || self.schema.find(cells.next()?);
                let entity = query.entity.or_else(named);
                let held = user.zip(entity.zip(id));
                let (user, row) = held.ok_or_else(|| format!("{row:?} is no pair"))?;
                held_by.entry(user).or_default().push(row);
            }
        }
        for held in held_by.values_mut() {
            let name = |(entity, id): &(EntityId, Guid)| (&self.schema.entity(*entity).name, *id);
            held.sort_unstable_by(|a, b| name(a).cmp(&name(b)));
            held.dedup();
        }
        Ok(held_by)
    }
}

/// The day of a datetime.
fn day(value: &Value) -> Option<Day> {
    match value {
        Value::Instant(Instant(ms)) => Some(WallClock(*ms).day()),
        Value::WallClock(clock) => Some(clock.day()),
        Value::Day(day) => Some(*day),
        _ => None,
    }
}

fn parameter(value: ParameterValue) -> Parameter {
    Parameter {
        name: String::new(),
        ty: ParameterType::Text,
        value,
    }
}

impl Store for Server {
    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn reset(&mut self, schema: &Arc<Schema>) -> Result<(), String> {
        self.empty(schema)
    }

    fn write(&mut self, changes: &[Change]) -> Result<(), String> {
        changes.iter().try_for_each(|change| self.change(change))
    }

    fn publish(&mut self, plan: &Plan) -> Result<(), String> {
        let (schema, dialect) = (&self.schema, self.dialect);
        for (key, queries) in [
            ((Kind::Rows, false), sql::rows(schema, plan, dialect)),
            ((Kind::Map, false), sql::map(schema, plan, dialect)),
            (
                (Kind::Rows, true),
                sql::together(schema, plan, Kind::Rows, dialect),
            ),
            (
                (Kind::Map, true),
                sql::together(schema, plan, Kind::Map, dialect),
            ),
        ] {
            let queries = queries.map_err(|e| e.to_string())?;
            self.queries.insert(key, queries);
        }
        self.install(plan.settings.collation)?;
        self.plan = Some(plan.clone());
        Ok(())
    }

    fn map(&mut self, now: Instant) -> Result<BTreeMap<Guid, Held>, String> {
        let schema = Arc::clone(&self.schema);
        let user = schema.system.systemuser;
        let id = schema.entity(user).primary_id;
        let sql = storage::distinct(&schema, user, id, self.dialect).map_err(|e| e.to_string())?;
        let users = self.run(&sql, &[])?;
        let users = users.iter().flatten().filter_map(|text| Guid::parse(text));
        let mut held: BTreeMap<Guid, Held> = users.map(|user| (user, Vec::new())).collect();
        held.extend(self.ask((Kind::Map, is_together(now)), None, now)?);
        Ok(held)
    }

    fn rows(&mut self, user: Guid, now: Instant) -> Result<Held, String> {
        let key = (Kind::Rows, is_together(user));
        let mut held = self.ask(key, Some(user), now)?;
        Ok(held.remove(&user).unwrap_or_default())
    }

    fn refresh(&mut self, now: Instant, keep: Option<Instant>) -> Result<(), String> {
        let plan = self.plan.as_ref().ok_or("nothing is published")?;
        let made = partition(&self.schema, plan, self.dialect).map_err(|e| e.to_string())?;
        let zones = self.zones()?;
        let context = Context {
            clock: Some((now, &zones)),
            days: self.days,
            keep,
            ..Context::default()
        };
        let create = if self.partitioned {
            vec![]
        } else {
            made.create
        };
        for step in [create, made.refresh, made.forget].concat() {
            self.run(&step.sql, &step.bind(context))?;
        }
        self.partitioned = true;
        Ok(())
    }

    fn changes(&mut self, user: Guid, since: Option<i64>) -> Result<Changes, String> {
        let step = sql::partition::changes(self.dialect);
        let context = Context {
            user: Some(user),
            since,
            ..Context::default()
        };
        let mut changes = Changes::default();
        for line in self.run(&step.sql, &step.bind(context))? {
            let [change, entity, row, version] = &line[..] else {
                return Err(format!("{line:?} has not four columns"));
            };
            let taken = changes.take(&self.schema, change, entity, row, version.parse().ok());
            taken.map_err(|e| e.to_string())?;
        }
        changes.sort(&self.schema);
        Ok(changes)
    }
}
