//! The demo: an invented company in SQLite, a set of profiles that uses every feature, and a day of
//! changes. Data and texts lie in `data/`; the engine and the SQL read the same.
//!
//! Every proof is taken while its row is held, so that a row that goes can say why it had been there:
//! fine for a few hundred rows, and not how a server would do it.

mod names;
mod show;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;
use weir_compiler::metadata::Builder;
use weir_compiler::{Options, compile};
use weir_grammar::native;
use weir_ir::diagnostic::Sources;
use weir_ir::plan::Plan;
use weir_ir::schema::{EntityId, Schema};
use weir_ir::time::Instant;
use weir_ir::transaction::{Change, Transaction};
use weir_ir::value::Guid;
use weir_ir::wire::Decoder;
use weir_runtime::{Deltas, Engine};

use crate::database::Database;
use crate::explain::Explainer;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use names::Directory;
use show::{Device, Row, Scene};

const METADATA: &str = include_str!("data/metadata.json");
const ORGANISATION: &str = include_str!("data/organisation.jsonl");
const DAY: &str = include_str!("data/day.jsonl");
/// The end of the demo: past midnight in every zone that a user has.
const END: Instant = Instant(1_772_518_500_000);
const PROFILES: [(&str, &str); 4] = [
    ("organization.weir", include_str!("data/organization.weir")),
    (
        "profiles/crew.weir",
        include_str!("data/profiles/crew.weir"),
    ),
    (
        "profiles/dispatch.weir",
        include_str!("data/profiles/dispatch.weir"),
    ),
    (
        "profiles/sales.weir",
        include_str!("data/profiles/sales.weir"),
    ),
];

/// An event of the day: what happens in words, and as a change line.
#[derive(Deserialize)]
struct Event<'a> {
    say: &'a str,
    #[serde(borrow)]
    change: &'a RawValue,
}

/// Runs the demo.
pub(crate) fn run(output: &mut Output) -> Outcome {
    let mut sources = Sources::default();
    let schema = Arc::new(schema(&mut sources)?);
    let plan = plan(&schema, &mut sources)?;
    let mut decoder = Decoder::new(&schema, false);
    let file = sources.add("demo", "");
    let mut decode = |line: &str| match decoder.line(file, line.as_bytes()) {
        Ok(line) => Ok(line.transaction),
        Err(found) => Err(Failure::Internal(found.message)),
    };
    let organisation = ORGANISATION
        .lines()
        .map(&mut decode)
        .collect::<Outcome<Vec<_>>>()?;
    let day = DAY
        .lines()
        .map(|line| {
            let event: Event<'_> =
                serde_json::from_str(line).map_err(|error| Failure::Internal(error.to_string()))?;
            Ok((event.say, decode(event.change.get())?))
        })
        .collect::<Outcome<Vec<_>>>()?;

    let mut stage = Stage::new(&schema, plan)?;
    stage.build(&organisation)?;
    show::opening(&stage, output)?;
    for (say, transaction) in &day {
        stage.clock(transaction.at, output)?;
        stage.event(say, transaction, output)?;
    }
    stage.clock(END, output)?;
    show::check(&stage, output)
}

fn schema(sources: &mut Sources) -> Outcome<Schema> {
    let file = sources.add("metadata.json", METADATA);
    let mut builder = Builder::new();
    let mut found = builder.json(sources, file);
    let (schema, more) = builder.finish();
    found.extend(more);
    match found.into_iter().next() {
        None => Ok(schema),
        Some(found) => Err(Failure::Internal(found.message)),
    }
}

fn plan(schema: &Schema, sources: &mut Sources) -> Outcome<Arc<Plan>> {
    let mut files = Vec::new();
    let mut found = Vec::new();
    for (name, text) in PROFILES {
        let file = sources.add(name, text);
        let parsed = native::parse(file, text);
        files.push(parsed.file);
        found.extend(parsed.diagnostics);
    }
    let compiled = compile(schema, sources, &files, Options::default());
    found.extend(compiled.diagnostics);
    match (compiled.plan, found.into_iter().next()) {
        (Some(plan), None) => Ok(Arc::new(plan)),
        (_, Some(found)) => Err(Failure::Internal(found.message)),
        (None, None) => Err(Failure::Internal("no plan and no finding".to_owned())),
    }
}

/// Why each row is held, by user.
type Reasons = BTreeMap<(Guid, EntityId, Guid), String>;

/// Engine, database, and what has been said so far.
struct Stage<'s> {
    schema: &'s Arc<Schema>,
    plan: Arc<Plan>,
    engine: Engine,
    database: Database,
    directory: Directory<'s>,
    reasons: Reasons,
}

impl<'s> Stage<'s> {
    fn new(schema: &'s Arc<Schema>, plan: Arc<Plan>) -> Outcome<Self> {
        Ok(Self {
            schema,
            plan,
            engine: Engine::new(schema.clone(), weir_runtime::Options::default()),
            database: Database::memory(schema.clone())?,
            directory: Directory::new(schema),
            reasons: Reasons::new(),
        })
    }

    /// Loads the organisation; the profiles are published with its last rows.
    fn build(&mut self, transactions: &[Transaction]) -> Outcome {
        for (at, transaction) in transactions.iter().enumerate() {
            let last = at + 1 == transactions.len();
            let publish = last.then(|| self.plan.clone());
            self.apply(transaction, publish)?;
        }
        self.reasons = self.explained();
        Ok(())
    }

    fn apply(&mut self, transaction: &Transaction, publish: Option<Arc<Plan>>) -> Outcome<Deltas> {
        for change in &transaction.changes {
            self.directory.observe(change);
        }
        self.database.write(&transaction.changes)?;
        Ok(self.engine.apply(transaction, publish)?)
    }

    /// Lets the clock pass every instant before `end`.
    fn clock(&mut self, end: Instant, output: &mut Output) -> Outcome {
        while let Some(at) = self.engine.next_tick().filter(|at| *at < end) {
            let deltas = self.engine.tick(at)?;
            let say = match self.directory.midnights(at).as_slice() {
                [] => "the clock goes on".to_owned(),
                zones => format!("midnight in {}", zones.join(" and ")),
            };
            self.tell(&say, &[], &deltas, output)?;
        }
        Ok(())
    }

    fn event(&mut self, say: &str, transaction: &Transaction, output: &mut Output) -> Outcome {
        let deltas = self.apply(transaction, None)?;
        self.tell(say, &transaction.changes, &deltas, output)
    }

    /// Shows what each device is told, and why. A clock that tells nobody anything is not shown.
    fn tell(
        &mut self,
        say: &str,
        changes: &[Change],
        deltas: &Deltas,
        output: &mut Output,
    ) -> Outcome {
        let told = self.engine.expand(deltas);
        let now = self.explained();
        let devices: Vec<Device> = told
            .into_iter()
            .map(|told| {
                let row = |(entity, id): &(EntityId, Guid), mark: char, why: String| Row {
                    mark,
                    entity: *entity,
                    id: *id,
                    why,
                };
                let mut rows = Vec::new();
                for key @ (entity, id) in &told.put {
                    let place = (told.user, *entity, *id);
                    let why = now.get(&place).cloned().unwrap_or_default();
                    if self.reasons.contains_key(&place) {
                        rows.push(row(key, '~', self.changed(changes, *entity, *id)));
                    } else {
                        rows.push(row(key, '+', why));
                    }
                }
                for key @ (entity, id) in &told.remove {
                    let was = self.reasons.get(&(told.user, *entity, *id));
                    rows.push(row(key, '-', was.cloned().unwrap_or_default()));
                }
                Device {
                    user: told.user,
                    rows,
                }
            })
            .collect();
        self.reasons = now;
        if devices.is_empty() && changes.is_empty() {
            return Ok(());
        }
        let scene = Scene {
            at: deltas.at,
            say,
            devices,
        };
        show::scene(&self.directory, self.schema, &scene, output)
    }

    /// The attributes of a row that a transaction names.
    fn changed(&self, changes: &[Change], entity: EntityId, row: Guid) -> String {
        let mut names: Vec<&str> = Vec::new();
        for change in changes {
            if let Change::Upsert { values, .. } = change
                && change.row() == (entity, row)
            {
                let attribute = |(id, _): &(_, _)| &*self.schema.attribute(entity, *id).name;
                names.extend(values.iter().map(attribute));
            }
        }
        match names.as_slice() {
            [] => "it changed".to_owned(),
            names => format!("another {}", names.join(", ")),
        }
    }

    /// Why each device holds what it holds now.
    fn explained(&self) -> Reasons {
        let explainer = Explainer {
            schema: self.schema,
            plan: &self.plan,
            names: &self.directory,
        };
        let mut reasons = Reasons::new();
        for user in self.engine.users() {
            for (entity, row) in self.engine.rows(user) {
                if let Some(proof) = self.engine.explain(user, entity, row) {
                    reasons.insert((user, entity, row), explainer.why(user, &proof));
                }
            }
        }
        reasons
    }
}
