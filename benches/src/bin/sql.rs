//! What one user's rows cost in SQL, side by side with what a straightforward converter of FetchXML
//! emits, on a generated organisation of a million rows:
//!
//! ```sh
//! cargo build --release -p weir-benches --bin sql
//! WEIR_CORPUS=… target/release/sql sqlite      # the largest profile of an export, item by item; a
//!                                              # path beside keeps the database there
//! WEIR_CORPUS=… target/release/sql postgres    # on a server that it starts in a temporary folder
//! target/release/sql emit                      # what emission takes, at n, 2n and 4n
//! ```
//!
//! Both have the indexes that `weir sql --advise` tells and fresh statistics. A time is the least of
//! three runs, all rows fetched; a statement is given [`PATIENCE`]. Fails where sets differ.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measuring tool prints what it measured"
)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant as Clock};

use weir::database::{Database, DatabaseError};
use weir_benches::growth::{corpus, profiles, stages};
use weir_benches::plan;
use weir_benches::sql::nested::{Form, Nested, User};
use weir_benches::sql::organisation::Organisation;
use weir_compiler::sql::{self, Context, Dialect, ParameterValue, advice};
use weir_ir::plan::Plan;
use weir_ir::schema::Schema;
use weir_ir::time::{Instant, Zone};
use weir_ir::value::Guid;

/// How long a statement may run before it is given up.
const PATIENCE: Duration = Duration::from_secs(20);
/// The instant of all questions: a Monday morning.
const NOW: &str = "2026-03-02T14:00:00Z";

type Result<T> = std::result::Result<T, String>;

fn main() -> ExitCode {
    let word = std::env::args().nth(1).unwrap_or_default();
    let done = match word.as_str() {
        "sqlite" => rows(Dialect::Sqlite),
        "postgres" => rows(Dialect::Postgres),
        "emit" => emit(),
        _ => Err("say `sqlite`, `postgres` or `emit`".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// The plan of an export's profile; all users are its members, by a team.
fn plan_of(schema: &Schema, profile: &str) -> Plan {
    let name = profile.split('"').nth(1).unwrap_or_default();
    let members = format!("members \"{name}\" {{ team \"All\" }}");
    plan(schema, &format!("{profile}\n{members}"))
}

/// Why a statement stops early.
enum Stop {
    Slow,
    Fails(DatabaseError),
}

impl From<DatabaseError> for Stop {
    fn from(error: DatabaseError) -> Self {
        Self::Fails(error)
    }
}

/// A database with the organisation.
struct Bench {
    schema: Arc<Schema>,
    plan: Plan,
    database: Database,
    user: User,
    now: Instant,
}

impl Bench {
    fn new(dialect: Dialect) -> Result<Self> {
        let corpus = corpus::load()?;
        let schema = Arc::new(corpus.schema);
        let plan = plan_of(&schema, &corpus.text);
        let now = Instant::parse(NOW).ok_or("no instant")?;
        let organisation = Organisation::new(&schema, &plan, now).map_err(words)?;
        let mut database = match dialect {
            Dialect::Postgres => {
                let server = weir_tests::servers::postgres_address()?;
                Database::connect(&server, Arc::clone(&schema))
            }
            _ => match std::env::args().nth(2) {
                Some(path) => Database::create(path.as_ref(), Arc::clone(&schema)),
                None => Database::memory(Arc::clone(&schema)),
            },
        }
        .map_err(words)?;
        if dialect == Dialect::Postgres {
            let patience = format!("SET statement_timeout = {}", PATIENCE.as_millis());
            database.batch(&patience).map_err(words)?;
            database.create_tables().map_err(words)?;
            for statement in sql::install(dialect, plan.settings.collation) {
                let values: Vec<_> = statement.parameters.into_iter().map(|p| p.value).collect();
                let run = database.run(&statement.sql, &values, |_| Ok::<_, DatabaseError>(()));
                run.map_err(words)?;
            }
        }
        let started = Clock::now();
        let mut count = 0_u64;
        for (entity, size) in organisation.sizes().collect::<Vec<_>>() {
            let changes: Vec<_> = organisation.rows(entity).collect();
            database.write(&changes).map_err(words)?;
            count += size;
        }
        println!("{count} rows loaded in {:.1?}", started.elapsed());
        let started = Clock::now();
        let advised = advice::advice(&schema, &plan, dialect).map_err(words)?;
        for index in &advised.indexes {
            database.batch(&index.sql).map_err(words)?;
        }
        database.batch("ANALYZE").map_err(words)?;
        let (indexes, taken) = (advised.indexes.len(), started.elapsed());
        println!("{indexes} advised indexes and statistics in {taken:.1?}");
        let system = &schema.system;
        let user = User {
            id: organisation.id(system.systemuser, 17),
            unit: organisation.id(system.businessunit, 17),
            zone: Zone::named("America/Halifax").ok_or("no zone")?,
        };
        Ok(Self {
            schema,
            plan,
            database,
            user,
            now,
        })
    }

    /// The ids that a statement gives, ascending, and the least time of three runs; no ids where it
    /// is given up.
    fn timed(&self, sql: &str, values: &[ParameterValue]) -> Result<(Option<Vec<Guid>>, Duration)> {
        let mut best = Duration::MAX;
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.clear();
            let started = Clock::now();
            let run = self.database.run(sql, values, |cells| {
                ids.extend(cells.first().and_then(|cell| cell.guid()));
                // SQLite answers row by row; who waits for the first one waits.
                match started.elapsed() > PATIENCE {
                    true => Err(Stop::Slow),
                    false => Ok(()),
                }
            });
            match run {
                Err(Stop::Slow) => return Ok((None, PATIENCE)),
                Err(Stop::Fails(error)) => match words(error) {
                    late if late.contains("statement timeout") => return Ok((None, PATIENCE)),
                    other => return Err(other),
                },
                Ok(()) => {}
            }
            best = best.min(started.elapsed());
            if best > Duration::from_secs(2) {
                break;
            }
        }
        ids.sort_unstable();
        Ok((Some(ids), best))
    }
}

/// The rows of a user, item by item: ours, and each form of the peer.
fn rows(dialect: Dialect) -> Result<()> {
    let bench = Bench::new(dialect)?;
    let zones = bench.database.zones().map_err(words)?;
    let context = Context {
        user: Some(bench.user.id),
        clock: Some((bench.now, &zones)),
        ..Context::default()
    };
    println!(
        "| item | rows | weir, ms | EXISTS | IN | JOIN | ratio |\n|---|---|---|---|---|---|---|"
    );
    let mut sum: BTreeMap<&str, Duration> = BTreeMap::new();
    let queries = sql::rows(&bench.schema, &bench.plan, dialect).map_err(words)?;
    for (query, root) in queries.iter().zip(&bench.plan.roots) {
        let values: Vec<_> = query.bind(context).into_iter().map(|p| p.value).collect();
        let (ids, ours) = bench.timed(&query.sql, &values)?;
        let ids = ids.ok_or("weir's own statement is too slow")?;
        let mut others = Vec::new();
        for form in Form::ALL {
            let both = (&*bench.schema, &bench.plan);
            let mut peer = Nested::new(both, dialect, form, bench.user.clone(), bench.now);
            let text = peer.root(root)?;
            let (peers, taken) = bench.timed(&text, &[])?;
            if let Some(peers) = peers.filter(|peers| *peers != ids) {
                let (name, n, m) = (&query.name, ids.len(), peers.len());
                return Err(format!("{name}: {n} rows by weir, {m} by {form:?}\n{text}"));
            }
            others.push(taken);
        }
        let best = others.iter().min().copied().unwrap_or_default();
        let ms = |time: &Duration| match *time == PATIENCE {
            true => "given up".to_owned(),
            false => format!("{:.2}", time.as_secs_f64() * 1e3),
        };
        let others: Vec<String> = others.iter().map(ms).collect();
        let ratio = best.as_secs_f64() / ours.as_secs_f64();
        let (name, count) = (&query.name, ids.len());
        println!(
            "| {name} | {count} | {} | {} | {ratio:.2} |",
            ms(&ours),
            others.join(" | ")
        );
        *sum.entry("weir").or_default() += ours;
        *sum.entry("best").or_default() += best;
    }
    println!("{sum:.2?}");
    Ok(())
}

/// What emission takes.
fn emit() -> Result<()> {
    let report = |name: &str, schema: &Schema, plan: &Plan| -> Result<()> {
        let mut best = Duration::MAX;
        let mut bytes = 0;
        for _ in 0..20 {
            let started = Clock::now();
            let queries = black_box(sql::rows(schema, plan, Dialect::Postgres)).map_err(words)?;
            best = best.min(started.elapsed());
            bytes = queries.iter().map(|query| query.sql.len()).sum();
        }
        let (items, nodes) = (plan.roots.len(), plan.nodes.len());
        println!("{name}: {items} items, {nodes} nodes, {bytes} bytes of SQL in {best:.0?}");
        Ok(())
    };
    for items in [10, 20, 40] {
        let (metadata, text) = profiles::large(items, 20);
        let schema = stages::schema(weir_benches::growth::metadata::Format::Json, &metadata);
        report("generated", &schema, &plan(&schema, &text))?;
    }
    match corpus::load() {
        Ok(corpus) => {
            let plan = plan_of(&corpus.schema, &corpus.text);
            report("an export's", &corpus.schema, &plan)
        }
        Err(why) => {
            println!("{why}");
            Ok(())
        }
    }
}
