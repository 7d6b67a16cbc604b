//! What one user's rows cost in SQL, side by side with what a straightforward converter of FetchXML
//! emits, on a generated organisation of a million rows:
//!
//! ```sh
//! cargo build --release -p weir-benches --bin sql
//! WEIR_CORPUS=… target/release/sql sqlite      # the largest profile of an export, item by item; a
//!                                              # path beside keeps the database there
//! WEIR_CORPUS=… target/release/sql postgres    # on a server that it starts in a temporary folder
//! target/release/sql hand sqlite               # five items, one user's rows and the whole map, beside
//! target/release/sql hand postgres FOLDER      # statements by hand; writes both and their plans there
//! target/release/sql emit                      # what emission takes, at n, 2n and 4n
//! ```
//!
//! Both have the indexes that `weir sql --advise` tells and fresh statistics. A time is the least of
//! eight runs, all rows fetched; a statement is given [`PATIENCE`]. Fails where sets differ.

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

use weir::database::{Cell, Database, DatabaseError};
use weir_benches::growth::{corpus, profiles, stages};
use weir_benches::plan;
use weir_benches::sql::hand;
use weir_benches::sql::nested::{Form, Nested, User};
use weir_benches::sql::organisation::Organisation;
use weir_compiler::sql::{self, Context, Dialect, ParameterValue, advice};
use weir_ir::plan::Plan;
use weir_ir::schema::Schema;
use weir_ir::time::{Instant, Zone};
use weir_ir::transaction::Change;
use weir_ir::value::{Guid, Value};

/// How long a statement may run before it is given up.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often a statement runs: PostgreSQL plans a prepared one anew five times.
const RUNS: usize = 8;
/// The instant of all questions: a Monday morning.
const NOW: &str = "2026-03-02T14:00:00Z";

type Result<T> = std::result::Result<T, String>;

fn main() -> ExitCode {
    let word = std::env::args().nth(1).unwrap_or_default();
    let done = match word.as_str() {
        "sqlite" => rows(Dialect::Sqlite),
        "postgres" => rows(Dialect::Postgres),
        "hand" => match std::env::args().nth(2).as_deref() {
            Some("sqlite") => hand(Dialect::Sqlite),
            Some("postgres") => hand(Dialect::Postgres),
            _ => Err("say `hand sqlite` or `hand postgres`".into()),
        },
        "emit" => emit(),
        _ => Err("say `sqlite`, `postgres`, `hand` or `emit`".into()),
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

/// The row of an answer, and its user where it has one.
type Ids = [Option<Guid>; 2];

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
    /// One that the user isn't in.
    team: Guid,
    now: Instant,
}

impl Bench {
    fn new(dialect: Dialect, schema: Arc<Schema>, plan: Plan, kept: Option<&str>) -> Result<Self> {
        let now = Instant::parse(NOW).ok_or("no instant")?;
        let organisation = Organisation::new(&schema, &plan, now).map_err(words)?;
        let mut database = match dialect {
            Dialect::Postgres => {
                let server = weir_tests::servers::postgres_address()?;
                Database::connect(&server, Arc::clone(&schema))
            }
            _ => match kept {
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
        let team = organisation.id(system.team, 7);
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
            team,
            now,
        })
    }

    /// The ids that a statement gives, or its pairs of them, ascending, and the least time of some
    /// runs; nothing where it is given up.
    fn timed(&self, sql: &str, values: &[ParameterValue]) -> Result<(Option<Vec<Ids>>, Duration)> {
        let mut best = Duration::MAX;
        let mut ids = Vec::new();
        for _ in 0..RUNS {
            ids.clear();
            let started = Clock::now();
            let run = self.database.run(sql, values, |cells| {
                ids.push([0, 1].map(|at: usize| cells.get(at).and_then(|cell| cell.guid())));
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

    /// The bench's user in a team of others.
    fn joined(&self) -> Change {
        let system = &self.schema.system;
        Change::Upsert {
            entity: system.teammembership,
            id: self.user.unit,
            values: [
                (system.membership_systemuserid, Value::Guid(self.user.id)),
                (system.membership_teamid, Value::Guid(self.team)),
            ]
            .into(),
        }
    }

    /// A statement with its plan.
    fn explained(&self, sql: &str, values: &[ParameterValue]) -> Result<String> {
        let explain = match self.database.dialect() {
            Dialect::Postgres => "EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF)",
            _ => "EXPLAIN QUERY PLAN",
        };
        let mut lines = vec![sql.to_owned(), String::new()];
        let mut depths: BTreeMap<i64, usize> = BTreeMap::new();
        let run = self
            .database
            .run(&format!("{explain} {sql}"), values, |cells| {
                lines.push(match cells {
                    [
                        Cell::Integer(id),
                        Cell::Integer(parent),
                        _,
                        Cell::Text(what),
                    ] => {
                        let depth = depths.get(parent).map_or(0, |depth| depth + 1);
                        depths.insert(*id, depth);
                        format!("{}{what}", "  ".repeat(depth))
                    }
                    cells => cells.iter().filter_map(Cell::text).collect(),
                });
                Ok::<_, DatabaseError>(())
            });
        run.map_err(words)?;
        Ok(lines.join("\n") + "\n")
    }
}

/// The rows of a user, item by item: ours, and each form of the peer.
fn rows(dialect: Dialect) -> Result<()> {
    let corpus = corpus::load()?;
    let schema = Arc::new(corpus.schema);
    let plan = plan_of(&schema, &corpus.text);
    let kept = std::env::args().nth(2);
    let bench = Bench::new(dialect, schema, plan, kept.as_deref())?;
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
        let name = query.name.as_deref().unwrap_or_default();
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
                let (n, m) = (ids.len(), peers.len());
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
        let count = ids.len();
        println!(
            "| {name} | {count} | {} | {} | {ratio:.2} |",
            ms(&ours),
            others.join(" | ")
        );
        *sum.entry("weir").or_default() += ours;
        *sum.entry("best").or_default() += best;
    }
    println!("{sum:.2?}");
    let together = sql::together(&bench.schema, &bench.plan, sql::Kind::Rows, dialect);
    for query in together.map_err(words)? {
        let values: Vec<_> = query.bind(context).into_iter().map(|p| p.value).collect();
        let (ids, ours) = bench.timed(&query.sql, &values)?;
        println!(
            "together: {} rows, {} bytes, {ours:.1?}",
            ids.map_or(0, |ids| ids.len()),
            query.sql.len()
        );
    }
    Ok(())
}

/// Five items beside statements written by hand: one user's rows, and all pairs.
fn hand(dialect: Dialect) -> Result<()> {
    let format = weir_benches::growth::metadata::Format::Json;
    let schema = Arc::new(stages::schema(format, hand::METADATA));
    let plan = plan(&schema, hand::PROFILE);
    let folder = std::env::args().nth(3);
    let bench = Bench::new(dialect, schema, plan, None)?;
    let zones = bench.database.zones().map_err(words)?;
    println!("| item | of | pairs | weir, ms | by hand | ratio |\n|---|---|---|---|---|---|");
    for user in [Some(bench.user.id), None] {
        let context = Context {
            user,
            clock: Some((bench.now, &zones)),
            ..Context::default()
        };
        let (of, queries) = match user {
            Some(_) => ("one user", sql::rows(&bench.schema, &bench.plan, dialect)),
            None => ("all", sql::map(&bench.schema, &bench.plan, dialect)),
        };
        let queries = queries.map_err(words)?;
        for (name, by_hand) in hand::statements(&bench.plan, dialect, bench.now, user) {
            let ours = queries
                .iter()
                .find(|query| query.name.as_deref() == Some(name));
            let ours = ours.ok_or(name)?;
            let values: Vec<_> = ours.bind(context).into_iter().map(|p| p.value).collect();
            let (found, taken) = bench.timed(&ours.sql, &values)?;
            let (theirs, theirs_taken) = bench.timed(&by_hand, &[])?;
            let rows = |ids: Option<Vec<Ids>>| {
                let ids = ids.ok_or_else(|| format!("{name}: given up"))?;
                let ids = ids.into_iter().map(|[row, other]| [row, user.or(other)]);
                Ok::<Vec<Ids>, String>(ids.collect())
            };
            let (found, theirs) = (rows(found)?, rows(theirs)?);
            if found != theirs {
                let (n, m) = (found.len(), theirs.len());
                return Err(format!("{name}: {n} by weir, {m} by hand\n{by_hand}"));
            }
            let [ms, by] = [taken, theirs_taken].map(|time| time.as_secs_f64() * 1e3);
            let (count, ratio) = (found.len(), ms / by);
            println!("| {name} | {of} | {count} | {ms:.2} | {by:.2} | {ratio:.2} |");
            if let Some(folder) = &folder {
                for (who, sql, values) in
                    [("weir", &ours.sql, &values[..]), ("hand", &by_hand, &[])]
                {
                    let path = format!(
                        "{folder}/{}-{name}-{}-{who}.txt",
                        dialect.name().to_lowercase(),
                        of.replace(' ', "-")
                    );
                    std::fs::write(path, bench.explained(sql, values)?).map_err(words)?;
                }
            }
        }
    }
    let mut bench = bench;
    for what in [
        "first",
        "nothing changed",
        "a user joined a team",
        "the next day",
    ] {
        if what == "a user joined a team" {
            let joined = bench.joined();
            bench.database.write(&[joined]).map_err(words)?;
        }
        let later = if what == "the next day" {
            86_400_000
        } else {
            0
        };
        let now = Instant(bench.now.0 + later);
        let started = Clock::now();
        let refreshed = bench.database.refresh(&bench.plan, now, None);
        refreshed.map_err(words)?;
        println!(
            "partition tables refreshed, {what}: {:.2?}",
            started.elapsed()
        );
    }
    let started = Clock::now();
    let changes = bench.database.changes(bench.user.id, Some(3));
    let changes = changes.map_err(words)?;
    let (put, remove) = (changes.put.len(), changes.remove.len());
    println!(
        "a user's changes: {put} put, {remove} removed in {:.2?}",
        started.elapsed()
    );
    Ok(())
}

/// What emission takes.
fn emit() -> Result<()> {
    let report = |name: &str, schema: &Schema, plan: &Plan| -> Result<()> {
        let mut best = Duration::MAX;
        let mut bytes = 0;
        for _ in 0..20 {
            let started = Clock::now();
            let queries = black_box(sql::together(
                schema,
                plan,
                sql::Kind::Rows,
                Dialect::Postgres,
            ))
            .map_err(words)?;
            best = best.min(started.elapsed());
            bytes = queries.iter().map(|query| query.sql.len()).sum();
        }
        let (items, nodes) = (plan.roots.len(), plan.nodes.len());
        println!("{name}: {items} items, {nodes} nodes, {bytes} bytes of SQL in {best:.2?}");
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
