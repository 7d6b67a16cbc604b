//! Runs a random organisation through model, engine and SQL, and compares them after every
//! transaction and at every instant at which the clock alone moves something.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use weir_ir::plan::Plan;
use weir_ir::schema::EntityId;
use weir_ir::time::Instant;
use weir_ir::transaction::{Change, Transaction};
use weir_ir::value::Guid;
use weir_ir::value::Value;
use weir_runtime::{Deltas, Engine, Images, Options, UserDelta};

use crate::coverage::Coverage;
use crate::device::{Devices, Truth, show};
use crate::generate::{Organisation, Rng, Step};
use crate::model::{self, Held, Model, Rows};
use crate::publication::Publication;
use crate::servers::{Sqlite, Store};

/// What to compare besides engine and model.
#[derive(Clone, Copy, Debug)]
pub struct Checks {
    /// SQL on SQLite, where no stores are given: the whole map after every transaction, and one
    /// user's rows.
    pub sql: bool,
    /// Proofs: one for every row that is held, none for any other (after every n-th transaction).
    pub explain_every: usize,
    /// Features looked at for coverage after each transaction.
    pub samples: usize,
}

/// Where model and product part.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The step.
    pub step: usize,
    /// What differs.
    pub what: String,
}

/// What a replay did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Transactions.
    pub transactions: usize,
    /// Those of them that moved a user's context or the clock alone.
    pub contextual: usize,
    /// Instants at which the clock was asked.
    pub ticks: usize,
    /// Rows put and removed.
    pub moves: usize,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.transactions += other.transactions;
        self.contextual += other.contextual;
        self.ticks += other.ticks;
        self.moves += other.moves;
    }
}

/// Everything that runs side by side.
struct Replay<'a> {
    organisation: &'a Organisation,
    publications: Vec<Publication>,
    engine: Engine,
    /// An engine that keeps no images: it is told what differs.
    told: Engine,
    stores: &'a mut [Box<dyn Store>],
    devices: Devices,
    published: usize,
    rows: Rows,
    held: BTreeMap<Guid, Held>,
    now: Option<Instant>,
    tally: Tally,
}

/// Runs an organisation's whole story.
///
/// # Errors
/// The first difference.
pub fn replay(
    organisation: &Organisation,
    checks: Checks,
    coverage: &mut Coverage,
) -> Result<Tally, Failure> {
    let mut stores: Vec<Box<dyn Store>> = Vec::new();
    if checks.sql {
        let store = Sqlite::new(&organisation.schema);
        stores.push(Box::new(store.map_err(|what| Failure { step: 0, what })?));
    }
    let publications = publications(organisation)?;
    compared(organisation, publications, &mut stores, checks, coverage)
}

/// The same on databases that are there; they are emptied first.
///
/// # Errors
/// The first difference.
pub fn replay_on(
    organisation: &Organisation,
    stores: &mut [Box<dyn Store>],
    checks: Checks,
    coverage: &mut Coverage,
) -> Result<Tally, Failure> {
    let publications = publications(organisation)?;
    replay_published(organisation, publications, stores, checks, coverage)
}

fn publications(organisation: &Organisation) -> Result<Vec<Publication>, Failure> {
    let publications = organisation
        .publications
        .iter()
        .map(|texts| Publication::new(&organisation.schema, texts, false))
        .collect::<Result<_, _>>();
    publications.map_err(|what| Failure { step: 0, what })
}

/// The same with publications that come from elsewhere than the organisation's texts.
///
/// # Errors
/// The first difference.
pub fn replay_published(
    organisation: &Organisation,
    publications: Vec<Publication>,
    stores: &mut [Box<dyn Store>],
    checks: Checks,
    coverage: &mut Coverage,
) -> Result<Tally, Failure> {
    for store in &mut *stores {
        let reset = store.reset(&organisation.schema);
        reset.map_err(|what| Failure { step: 0, what })?;
    }
    compared(organisation, publications, stores, checks, coverage)
}

fn compared(
    organisation: &Organisation,
    publications: Vec<Publication>,
    stores: &mut [Box<dyn Store>],
    checks: Checks,
    coverage: &mut Coverage,
) -> Result<Tally, Failure> {
    let at = |step: usize| move |what: String| Failure { step, what };
    let mut replay = Replay::new(organisation, publications, stores).map_err(at(0))?;
    // Another source than the generator's, so that looking changes nothing.
    let mut rng = Rng::new(organisation.seed ^ 0x00C0_FFEE);
    for (n, step) in organisation.steps.iter().enumerate() {
        replay.tick_to(step.transaction.at).map_err(at(n))?;
        replay.apply(step).map_err(at(n))?;
        replay.compare_sql(n).map_err(at(n))?;
        if checks.explain_every > 0 && n % checks.explain_every == 0 {
            replay.compare_proofs().map_err(at(n))?;
        }
        let model = |force| {
            let published = &replay.publications[replay.published].published;
            let now = step.transaction.at;
            Model::new(&organisation.schema, published, &replay.rows, now, force)
        };
        // What was published may have come from elsewhere.
        let texts = organisation.publications.get(replay.published);
        let texts = texts.map_or(&[][..], |texts| texts);
        coverage.look(&mut rng, checks.samples, texts, |force| {
            let forced = model(Some(force)).everybody();
            let rows = |held: &BTreeMap<Guid, Held>| {
                held.values().map(|h| h.rows.clone()).collect::<Vec<_>>()
            };
            rows(&forced) != rows(&replay.held)
        });
    }
    Ok(replay.tally)
}

impl<'a> Replay<'a> {
    fn new(
        organisation: &'a Organisation,
        publications: Vec<Publication>,
        stores: &'a mut [Box<dyn Store>],
    ) -> Result<Self, String> {
        let schema = &organisation.schema;
        let mut engine = Engine::new(
            Arc::clone(schema),
            Options {
                hash_seed: organisation.seed,
                ..Options::default()
            },
        );
        let first = publications.first().ok_or("nothing is published")?;
        let deltas = engine
            .publish(Arc::clone(&first.plan))
            .map_err(|e| e.to_string())?;
        if !engine.expand(&deltas).is_empty() {
            return Err("publishing without rows told something".to_owned());
        }
        let told = untold(organisation, &first.plan)?;
        for store in &mut *stores {
            store.publish(&first.plan)?;
        }
        Ok(Self {
            organisation,
            publications,
            engine,
            told,
            stores,
            devices: Devices::default(),
            published: 0,
            rows: Rows::new(),
            held: BTreeMap::new(),
            now: None,
            tally: Tally::default(),
        })
    }

    fn grants(&self, now: Instant) -> BTreeMap<Guid, Held> {
        let published = &self.publications[self.published].published;
        Model::new(&self.organisation.schema, published, &self.rows, now, None).everybody()
    }

    /// The clock goes on to just before `until`.
    fn tick_to(&mut self, until: Instant) -> Result<(), String> {
        while let Some(tick) = self.engine.next_tick().filter(|tick| *tick < until) {
            if self.now.is_none_or(|now| tick <= now) {
                return Err(format!("the next tick {tick} is not later than now"));
            }
            self.nothing_until(tick)?;
            let deltas = self.engine.tick(tick).map_err(|e| e.to_string())?;
            let told = self.told.tick(tick).map_err(|e| e.to_string())?;
            self.compare_told(&deltas, &told)?;
            self.now = Some(tick);
            self.tally.ticks += 1;
            let granted = self.grants(tick);
            let rows = self.rows.clone();
            self.compare(&deltas, granted, &rows)
                .map_err(|what| format!("at the tick {tick}: {what}"))?;
        }
        self.nothing_until(until)
    }

    /// The model, too, sees nothing change by the clock before that instant.
    fn nothing_until(&self, until: Instant) -> Result<(), String> {
        let before = Instant(until.0 - 1);
        if self.now.is_none_or(|now| before <= now) {
            return Ok(());
        }
        let granted = self.grants(before);
        let schema = &self.organisation.schema;
        let missed = model::told(schema, (&self.held, &self.rows), (&granted, &self.rows));
        match missed.first() {
            None => Ok(()),
            Some(told) => Err(format!(
                "a tick before {until} was missed (the last was {:?}): user {} puts {} removes {}",
                self.now.map(|now| now.to_string()),
                told.user,
                self.list(&told.put),
                self.list(&told.remove),
            )),
        }
    }

    fn apply(&mut self, step: &Step) -> Result<(), String> {
        let old = self.rows.clone();
        let plan = step.publish.map(|n| Arc::clone(&self.publications[n].plan));
        let deltas = self.engine.apply(&step.transaction, plan);
        let deltas = deltas.map_err(|e| e.to_string())?;
        model::apply(&mut self.rows, &step.transaction.changes);
        self.published = step.publish.unwrap_or(self.published);
        self.tell(step, &old, &deltas)?;
        self.now = Some(step.transaction.at);
        self.tally.transactions += 1;
        self.tally.contextual += usize::from(step.contextual);
        let granted = self.grants(step.transaction.at);
        self.compare(&deltas, granted, &old)?;
        for store in &mut *self.stores {
            store.write(&step.transaction.changes)?;
            if let Some(n) = step.publish {
                store.publish(&self.publications[n].plan)?;
            }
        }
        Ok(())
    }

    /// The engine without images is told what differs, and says the same. Another plan is another
    /// engine, that all rows are given to.
    fn tell(&mut self, step: &Step, old: &Rows, deltas: &Deltas) -> Result<(), String> {
        let at = step.transaction.at;
        if step.publish.is_some() {
            let plan = &self.publications[self.published].plan;
            self.told = untold(self.organisation, plan)?;
            let changes = differences(&Rows::new(), &self.rows);
            let load = Transaction { at, changes };
            self.told.apply(&load, None).map_err(|e| e.to_string())?;
            return Ok(());
        }
        let changes = differences(old, &self.rows);
        let told = self.told.apply(&Transaction { at, changes }, None);
        self.compare_told(deltas, &told.map_err(|e| e.to_string())?)
    }

    fn compare_told(&self, deltas: &Deltas, told: &Deltas) -> Result<(), String> {
        let (own, other) = (self.engine.expand(deltas), self.told.expand(told));
        match own == other {
            true => Ok(()),
            false => Err(format!(
                "with images the engine told\n{}but without\n{}",
                self.lines(&own),
                self.lines(&other)
            )),
        }
    }

    /// What the engine told is what the model tells, and everybody holds what the model grants.
    fn compare(
        &mut self,
        deltas: &Deltas,
        granted: BTreeMap<Guid, Held>,
        old: &Rows,
    ) -> Result<(), String> {
        let schema = &self.organisation.schema;
        let told = self.engine.expand(deltas);
        let expected = model::told(schema, (&self.held, old), (&granted, &self.rows));
        let expected: Vec<UserDelta> = expected
            .into_iter()
            .map(|told| UserDelta {
                user: told.user,
                put: told.put,
                remove: told.remove,
            })
            .collect();
        if told != expected {
            let only = |a: &[UserDelta], b: &[UserDelta]| {
                let differing = a.iter().filter(|delta| !b.contains(delta));
                self.lines(&differing.cloned().collect::<Vec<_>>())
            };
            return Err(format!(
                "the engine told\n{}but the model tells\n{}",
                only(&told, &expected),
                only(&expected, &told)
            ));
        }
        let truth = Truth {
            schema,
            rows: &self.rows,
            granted: &granted,
        };
        self.devices.take(&told, truth)?;
        if self.engine.users() != granted.keys().copied().collect::<Vec<_>>() {
            return Err("the engine and the model know different users".to_owned());
        }
        for (user, held) in &granted {
            let rows = self.engine.rows(*user);
            if rows != self.sorted(held) {
                return Err(format!(
                    "user {user} holds {}, but the model grants {}",
                    self.list(&rows),
                    self.list(&self.sorted(held))
                ));
            }
        }
        let moves = |delta: &UserDelta| delta.put.len() + delta.remove.len();
        self.tally.moves += told.iter().map(moves).sum::<usize>();
        self.held = granted;
        Ok(())
    }

    /// The SQL gives what the model grants: everybody's rows, and one user's.
    fn compare_sql(&mut self, n: usize) -> Result<(), String> {
        let now = self.now.unwrap_or(Instant(0));
        let users: Vec<Guid> = self.held.keys().copied().collect();
        let one = users.get(n % users.len().max(1)).copied();
        let mut answers = Vec::new();
        for store in &mut *self.stores {
            let rows = one.map(|user| store.rows(user, now).map(|rows| (user, rows)));
            answers.push((store.dialect().name(), store.map(now)?, rows.transpose()?));
        }
        for (dialect, map, one) in &answers {
            let from_map = map.iter().map(|(user, rows)| (user, rows, "map"));
            let from_one = one.iter().map(|(user, rows)| (user, rows, "rows"));
            for (user, rows, kind) in from_map.chain(from_one) {
                let expected = self.held.get(user).map(|held| self.sorted(held));
                if Some(rows) != expected.as_ref() {
                    return Err(format!(
                        "the SQL ({kind}) on {dialect} gives user {user} {}, but the model grants {}",
                        self.list(rows),
                        self.list(&expected.unwrap_or_default())
                    ));
                }
            }
            if map.keys().copied().collect::<Vec<_>>() != users {
                return Err(format!("{dialect} and the model know different users"));
            }
        }
        Ok(())
    }

    /// A proof for every row that is held, and none for any other.
    fn compare_proofs(&self) -> Result<(), String> {
        for (user, held) in &self.held {
            for (entity, rows) in &self.rows {
                for id in rows.keys() {
                    let proof = self.engine.explain(*user, *entity, *id);
                    let holds = held.rows.contains(&(*entity, *id));
                    let row = || show(&self.organisation.schema, (*entity, *id));
                    match proof {
                        Some(proof) if !holds => {
                            return Err(format!("{} is not {user}'s: {proof:?}", row()));
                        }
                        Some(proof) if !proof.step.holds || proof.step.row != *id => {
                            return Err(format!("no proof of {} for {user}: {proof:?}", row()));
                        }
                        None if holds => {
                            return Err(format!("{} is {user}'s without a proof", row()));
                        }
                        _ => {}
                    }
                }
            }
        }
        Ok(())
    }

    fn sorted(&self, held: &Held) -> Vec<(EntityId, Guid)> {
        let mut rows: Vec<_> = held.rows.iter().copied().collect();
        let name = |row: &(EntityId, Guid)| self.organisation.schema.entity(row.0).name.clone();
        rows.sort_by_key(|row| (name(row), row.1));
        rows
    }

    fn list(&self, rows: &[(EntityId, Guid)]) -> String {
        let shown: Vec<String> = rows
            .iter()
            .map(|row| show(&self.organisation.schema, *row))
            .collect();
        format!("[{}]", shown.join(", "))
    }

    fn lines(&self, deltas: &[UserDelta]) -> String {
        deltas
            .iter()
            .map(|delta| {
                format!(
                    "  {} puts {} removes {}\n",
                    delta.user,
                    self.list(&delta.put),
                    self.list(&delta.remove)
                )
            })
            .collect()
    }
}

/// An engine without images under a plan.
fn untold(organisation: &Organisation, plan: &Arc<Plan>) -> Result<Engine, String> {
    let options = Options {
        hash_seed: organisation.seed,
        images: Images::Given,
    };
    let mut engine = Engine::new(Arc::clone(&organisation.schema), options);
    let published = engine.publish(Arc::clone(plan));
    published.map_err(|e| e.to_string())?;
    Ok(engine)
}

/// The changes that make one set of rows of another, with what differs alone.
fn differences(old: &Rows, new: &Rows) -> Vec<Change> {
    let mut changes = Vec::new();
    let entities: BTreeSet<EntityId> = old.keys().chain(new.keys()).copied().collect();
    for entity in entities {
        let none = BTreeMap::new();
        let [old, new] = [old, new].map(|rows| rows.get(&entity).unwrap_or(&none));
        for id in old.keys().filter(|id| !new.contains_key(*id)) {
            changes.push(Change::Delete { entity, id: *id });
        }
        for (id, row) in new {
            let known = old.get(id);
            let empty = model::Row::new();
            let before = known.unwrap_or(&empty);
            let attributes: BTreeSet<_> = before.keys().chain(row.keys()).copied().collect();
            let values: Vec<_> = attributes
                .into_iter()
                .filter(|attribute| before.get(attribute) != row.get(attribute))
                .map(|attribute| {
                    let value = row.get(&attribute).cloned();
                    (attribute, value.unwrap_or(Value::Null))
                })
                .collect();
            if known.is_none() || !values.is_empty() {
                changes.push(Change::Upsert {
                    entity,
                    id: *id,
                    values,
                });
            }
        }
    }
    changes
}
