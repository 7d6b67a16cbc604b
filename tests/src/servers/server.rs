//! A server with the rows of one schema, by the storage convention, whatever its dialect.

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_compiler::sql::partition::{Changes, partition};
use weir_compiler::sql::{
    self, Context, Dialect, Parameter, ParameterType, ParameterValue, Query, Statement, storage,
};
use weir_ir::fold::Collation;
use weir_ir::plan::Plan;
use weir_ir::schema::Schema;
use weir_ir::time::{Day, Instant, WallClock};
use weir_ir::transaction::Change;
use weir_ir::value::{Guid, Value};

use super::mariadb::MariaDb;
use super::postgres::Postgres;
use super::{Held, Store};

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
    queries: Option<(Vec<Query>, Vec<Query>)>,
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
            queries: None,
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
        self.queries = None;
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

    /// Runs queries; gives (row, user) or (row, itself) of each.
    fn ask(
        &mut self,
        map: bool,
        user: Option<Guid>,
        now: Instant,
    ) -> Result<Vec<(Guid, Held)>, String> {
        let (rows, all) = self.queries.take().ok_or("nothing is published")?;
        let asked = self.answers(if map { &all } else { &rows }, user, now);
        self.queries = Some((rows, all));
        asked
    }

    fn answers(
        &mut self,
        queries: &[Query],
        user: Option<Guid>,
        now: Instant,
    ) -> Result<Vec<(Guid, Held)>, String> {
        let zones = self.zones()?;
        let context = Context {
            user,
            clock: Some((now, &zones)),
            days: self.days,
            ..Context::default()
        };
        let mut held: BTreeMap<Guid, Held> = BTreeMap::new();
        for query in queries {
            let mut pairs = Vec::new();
            for row in self.run_twice(&query.sql, &query.bind(context))? {
                let id = row.first().and_then(|text| Guid::parse(text));
                let of = row.get(1).map_or(user, |text| Guid::parse(text));
                pairs.push(of.zip(id).ok_or_else(|| format!("{row:?} is no pair"))?);
            }
            pairs.sort_unstable();
            pairs.dedup();
            for (user, id) in pairs {
                held.entry(user).or_default().push((query.entity, id));
            }
        }
        Ok(held.into_iter().collect())
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
        let rows = sql::rows(&self.schema, plan, self.dialect).map_err(|e| e.to_string())?;
        let map = sql::map(&self.schema, plan, self.dialect).map_err(|e| e.to_string())?;
        self.queries = Some((rows, map));
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
        held.extend(self.ask(true, None, now)?);
        Ok(held)
    }

    fn rows(&mut self, user: Guid, now: Instant) -> Result<Held, String> {
        let rows = self.ask(false, Some(user), now)?;
        Ok(rows.into_iter().flat_map(|(_, held)| held).collect())
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
