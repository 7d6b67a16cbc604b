//! What the partition tables say changed for a user, between any two refreshes, is what the model
//! tells, on SQLite, PostgreSQL and MariaDB, over random organisations: devices sync at random, and
//! versions are forgotten at random.
//!
//! `WEIR_SEED=n` runs one organisation, `WEIR_SEEDS=n` that many, from `WEIR_SEED_FROM` on.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop where it can't go on"
)]

use std::collections::BTreeMap;

use weir_compiler::sql::Dialect;
use weir_compiler::sql::partition::Changes;
use weir_ir::schema::EntityId;
use weir_ir::time::Instant;
use weir_ir::value::Guid;
use weir_tests::generate::{Organisation, Rng, Settings, organisation};
use weir_tests::model::{self, Held, Model, Rows};
use weir_tests::publication::Publication;
use weir_tests::seeds;
use weir_tests::servers::{self, Store};

/// What was true at a version.
#[derive(Clone, Default)]
struct State {
    at: Option<Instant>,
    held: BTreeMap<Guid, Held>,
    rows: Rows,
}

/// What a replay did.
#[derive(Debug, Default)]
struct Tally {
    refreshes: usize,
    syncs: usize,
    started_over: usize,
    puts: usize,
    removes: usize,
    /// Rows put once more since the list of their columns is another one.
    repeated: usize,
}

struct Replay<'a> {
    organisation: &'a Organisation,
    store: &'a mut dyn Store,
    /// The versions that are kept.
    states: BTreeMap<i64, State>,
    devices: BTreeMap<Guid, i64>,
    tally: &'a mut Tally,
    rng: Rng,
}

impl Replay<'_> {
    fn run(&mut self) -> Result<(), String> {
        let schema = &self.organisation.schema;
        self.store.reset(schema)?;
        let texts = self.organisation.publications.iter();
        let published = texts.map(|texts| Publication::new(schema, texts, false));
        let published = published.collect::<Result<Vec<_>, _>>()?;
        let mut current = published.first().ok_or("nothing is published")?;
        self.store.publish(&current.plan)?;
        let mut rows = Rows::new();
        for (number, step) in self.organisation.steps.iter().enumerate() {
            let now = step.transaction.at;
            model::apply(&mut rows, &step.transaction.changes);
            self.store.write(&step.transaction.changes)?;
            if let Some(publish) = step.publish {
                current = &published[publish];
                self.store.publish(&current.plan)?;
            }
            if !self.rng.percent(40) {
                continue;
            }
            let state = State {
                at: Some(now),
                held: Model::new(schema, &current.published, &rows, now, None).everybody(),
                rows: rows.clone(),
            };
            let refreshed = self.refresh(now, state);
            refreshed.map_err(|what| format!("step {number}: {what}"))?;
        }
        Ok(())
    }

    fn refresh(&mut self, now: Instant, state: State) -> Result<(), String> {
        let keep = match self.rng.percent(20) {
            true => self.states.values().filter_map(|state| state.at).nth(2),
            false => None,
        };
        self.store.refresh(now, keep)?;
        self.tally.refreshes += 1;
        let mut users: Vec<Guid> = state.held.keys().copied().collect();
        users.extend(
            self.devices
                .keys()
                .filter(|user| !state.held.contains_key(*user)),
        );
        let version = match users.first() {
            Some(user) => self.store.changes(*user, None)?.version,
            None => return Ok(()),
        };
        self.states.insert(version, state);
        if let Some(keep) = keep {
            let newest = version;
            self.states
                .retain(|version, state| *version == newest || state.at >= Some(keep));
        }
        for user in users {
            if self.rng.percent(60) {
                let since = self.devices.insert(user, version);
                self.sync(user, since, version)?;
            }
        }
        Ok(())
    }

    fn sync(&mut self, user: Guid, since: Option<i64>, version: i64) -> Result<(), String> {
        let changes = self.store.changes(user, since)?;
        let known = since.and_then(|since| self.states.get(&since));
        let empty = State::default();
        let before = known.unwrap_or(&empty);
        let after = &self.states[&version];
        let told = model::told(
            &self.organisation.schema,
            (&before.held, &before.rows),
            (&after.held, &after.rows),
        );
        let told = told.into_iter().find(|told| told.user == user);
        let (put, remove) = told.map_or_else(Default::default, |told| (told.put, told.remove));
        let what = |what: &str| {
            format!(
                "user {user} since {since:?} to {version}: {what}\n{changes:?}\nthe model puts {put:?}, removes {remove:?}"
            )
        };
        if changes.version != version || changes.start_over != known.is_none() {
            return Err(what("another version"));
        }
        let repeated = self.repeated(&changes, &put, (before, after), user);
        if changes.remove != remove || !repeated {
            return Err(what("other rows"));
        }
        self.tally.syncs += 1;
        self.tally.started_over += usize::from(known.is_none() && since.is_some());
        self.tally.puts += put.len();
        self.tally.removes += remove.len();
        self.tally.repeated += changes.put.len() - put.len();
        Ok(())
    }

    /// Whether the rows put are those that should be, and, where the list of columns became another
    /// one, others that stayed.
    fn repeated(
        &self,
        changes: &Changes,
        put: &[(EntityId, Guid)],
        (before, after): (&State, &State),
        user: Guid,
    ) -> bool {
        let columns = |state: &State, entity| {
            let held = state.held.get(&user);
            held.and_then(|held| held.columns.get(&entity)).cloned()
        };
        let relisted = |entity| columns(before, entity) != columns(after, entity);
        put.iter().all(|row| changes.put.contains(row))
            && changes.put.iter().all(|row| {
                let stays = |state: &State| {
                    state
                        .held
                        .get(&user)
                        .is_some_and(|held| held.rows.contains(row))
                };
                put.contains(row) || (relisted(row.0) && stays(before) && stays(after))
            })
    }
}

fn agree(store: &mut dyn Store, organisations: u64) {
    let mut tally = Tally::default();
    for seed in seeds::seeds(organisations) {
        let organisation = organisation(seed, &Settings::default()).expect("metadata");
        let mut replay = Replay {
            organisation: &organisation,
            store,
            states: BTreeMap::new(),
            devices: BTreeMap::new(),
            tally: &mut tally,
            rng: Rng::new(seed ^ 0x0BAD_CAFE),
        };
        match replay.run() {
            Err(what) if what.contains("can't be compared by the collation") => {}
            done => done.unwrap_or_else(|what| panic!("WEIR_SEED={seed}: {what}")),
        }
    }
    assert!(
        tally.puts > 0 && tally.removes > 0 && tally.started_over > 0,
        "{tally:?}"
    );
}

#[test]
fn changes_on_sqlite_are_those_of_the_model() {
    on(Dialect::Sqlite, 60);
}

#[test]
fn changes_on_postgres_are_those_of_the_model() {
    on(Dialect::Postgres, 6);
}

#[test]
fn changes_on_mariadb_are_those_of_the_model() {
    on(Dialect::MariaDb, 6);
}

fn on(dialect: Dialect, organisations: u64) {
    let store = servers::store(dialect);
    let mut store = store.unwrap_or_else(|said| panic!("{said}"));
    agree(&mut *store, organisations);
}
