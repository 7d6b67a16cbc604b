//! What the engine costs on workload W (`benches/src/w`), on decoded changes in memory:
//!
//! ```sh
//! cargo build --release -p weir-benches --bin engine
//! target/release/engine                       # 10,000 users, every part but `kinds` and `growth`
//! target/release/engine 100000 touch row      # 100,000 users (5 million rows), these parts
//! target/release/engine 1000:100000 row       # 1,000 users, 100,000 accounts with what hangs on them
//! target/release/engine 10000 growth          # 1,000, 10,000, 100,000 users over as many rows as 10,000 have
//! ```
//!
//! Parts: `miss` (a cache miss of this machine), `load`, `touch` (changes that move no audience), `row`
//! (the mix of row changes, factored), `full` (with moves of users), `told` (row changes, expanded to
//! what each user is told), `kinds` (each kind of change alone), `latency` (of single changes), `filters` (an unaffected change under many
//! filters), `growth`. With the word `kept`, the engine keeps images of all rows and finds out itself what
//! differs.
//!
//! A figure is processor time of the process, over at most [`CHANGES`] changes or about [`SECONDS`],
//! after some that aren't counted; changes are drawn and decoded block by block, off the clock.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measuring tool prints what it measured"
)]

use std::process::{Command, ExitCode};
use std::time::Duration;

use weir_benches::measure::{Miss, memory, ns_each, process_time, thread_time};
use weir_benches::w::Mix::Only;
use weir_benches::w::{ACCOUNTS_PER_USER, Kind, LEAST, Mix, Organization, filters};
use weir_benches::{Told, measured, plan, profiles};
use weir_ir::transaction::Transaction;
use weir_runtime::{Engine, Images};

/// Most changes of a figure.
const CHANGES: u64 = 500_000;
/// Processor time after which a figure is done.
const SECONDS: Duration = Duration::from_secs(2);
/// Changes decoded at once: at least, and at most.
const BLOCK: [usize; 2] = [64, 8_192];
/// How long a block is to take, so that what drawing it leaves in the caches doesn't count.
const LONG: Duration = Duration::from_millis(20);
/// Changes a transaction.
const SIZES: [usize; 2] = [1, 64];
/// Users where none are said.
const USERS: u64 = 10_000;

const PARTS: [&str; 10] = [
    "miss", "load", "touch", "row", "full", "told", "kinds", "latency", "filters", "growth",
];

type Result<T> = std::result::Result<T, String>;

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!(
                "{problem}\nusage: engine [USERS[:ACCOUNTS]] [kept] [{}]",
                PARTS.join("|")
            );
            ExitCode::from(2)
        }
    }
}

fn run(mut arguments: Vec<String>) -> Result<()> {
    let said = arguments
        .first()
        .filter(|said| said.starts_with(char::is_numeric));
    let [users, accounts] = match said.map(|said| size(said)).transpose()? {
        Some(size) => {
            arguments.remove(0);
            size
        }
        None => [USERS, USERS * ACCOUNTS_PER_USER],
    };
    if let Some(unknown) = arguments
        .iter()
        .find(|part| *part != "kept" && !PARTS.contains(&part.as_str()))
    {
        return Err(format!("no part `{unknown}`"));
    }
    let kept = arguments.iter().position(|argument| argument == "kept");
    let images = match kept {
        Some(at) => {
            arguments.remove(at);
            Images::Kept
        }
        None => Images::Given,
    };
    let asked = |part: &str| match arguments.is_empty() {
        true => !["kinds", "growth"].contains(&part),
        false => arguments.iter().any(|argument| argument == part),
    };
    let asked_one = |parts: &[&str]| parts.iter().any(|part| asked(part));
    if asked_one(&PARTS[..9]) {
        let miss = Miss::measured();
        println!("\n## {users} users, {accounts} accounts\n");
        println!(
            "A cache miss: {:.1} ns where the next address depends on it, {:.1} ns where it doesn't.",
            miss.dependent_ns, miss.independent_ns
        );
        if asked_one(&PARTS[1..8]) {
            workload(
                Organization::with_accounts(users, accounts),
                images,
                miss,
                asked,
            )?;
        }
        if asked("filters") {
            many_filters(Organization::with_accounts(users, accounts), images, miss)?;
        }
    }
    if asked("growth") {
        growth(accounts)?;
    }
    Ok(())
}

/// Users and accounts, as `USERS` or `USERS:ACCOUNTS`.
fn size(said: &str) -> Result<[u64; 2]> {
    let number = |text: &str| {
        let number = text.parse::<u64>();
        number.map_err(|error| format!("`{text}`: {error}"))
    };
    let size = match said.split_once(':') {
        Some((users, accounts)) => [number(users)?, number(accounts)?],
        None => [number(said)?, number(said)? * ACCOUNTS_PER_USER],
    };
    match size[0] < LEAST[0] || size[1] < LEAST[1] {
        true => Err(format!(
            "at least {} users and {} accounts",
            LEAST[0], LEAST[1]
        )),
        false => Ok(size),
    }
}

/// Figures under the workload's profiles: of which part, of what, and the changes.
const FIGURES: [(&str, &str, Mix); 13] = [
    ("touch", "nobody's row", Only(Kind::Nobody)),
    ("touch", "a column no filter looks at", Only(Kind::Touch)),
    ("touch", "a column filters look at", Only(Kind::Revenue)),
    ("row", "rows", Mix::Rows),
    ("full", "rows and users", Mix::Full),
    ("told", "rows, expanded", Mix::Rows),
    ("kinds", "an owner", Only(Kind::Reassign)),
    ("kinds", "a state", Only(Kind::State)),
    ("kinds", "a new row", Only(Kind::Insert)),
    ("kinds", "a deletion", Only(Kind::Delete)),
    ("kinds", "a user's team", Only(Kind::Team)),
    ("kinds", "a user's unit", Only(Kind::Unit)),
    ("kinds", "a user's manager", Only(Kind::Manager)),
];

/// The parts that share an engine under the workload's profiles.
fn workload(
    organization: Organization,
    images: Images,
    miss: Miss,
    asked: impl Fn(&str) -> bool,
) -> Result<()> {
    let mut bench = Bench::load(organization, (profiles(), images), miss, asked("load"))?;
    let figures = FIGURES.into_iter().filter(|(part, ..)| asked(part));
    for (at, (part, name, mix)) in figures.enumerate() {
        if at == 0 {
            head();
        }
        bench.figure(name, mix, part == "told")?;
    }
    if asked("latency") {
        bench.latency()?;
    }
    Ok(())
}

/// What a change costs that moves no audience, under many filters on its entity.
fn many_filters(mut organization: Organization, images: Images, miss: Miss) -> Result<()> {
    organization.profiles = 1_000;
    head();
    for count in [1, 128, 1_000] {
        let filters = filters(count);
        let mut bench = Bench::load(organization, (&filters, images), miss, false)?;
        for (kind, name) in [
            (Kind::Call, "a column no filter looks at"),
            (Kind::Revenue, "a column each looks at"),
        ] {
            let s = if count == 1 { "" } else { "s" };
            let name = format!("{count} filter{s}: {name}");
            bench.figure(&name, Only(kind), false)?;
        }
        organization = bench.organization;
    }
    Ok(())
}

/// The workload at several numbers of users over the same rows, each in a process of its own: memory
/// that one gave back would be counted as free in the next.
fn growth(accounts: u64) -> Result<()> {
    let program = std::env::current_exe().map_err(words)?;
    for users in [1_000, 10_000, 100_000] {
        let done = Command::new(&program)
            .arg(format!("{users}:{accounts}"))
            .args(["load", "touch", "row", "full", "told"])
            .status()
            .map_err(words)?;
        if !done.success() {
            return Err(format!("{users} users: {done}"));
        }
    }
    Ok(())
}

/// The head of a table of figures.
fn head() {
    println!(
        "\n| changes | in a transaction | measured | ns a change | changes/s | × dependent miss | \
         × independent miss | factored deltas a change | told rows a change |\n\
         |---|---|---|---|---|---|---|---|---|"
    );
}

/// An engine with its organisation's rows.
struct Bench {
    organization: Organization,
    engine: Engine,
    miss: Miss,
}

impl Bench {
    fn load(
        organization: Organization,
        (text, images): (&str, Images),
        miss: Miss,
        told: bool,
    ) -> Result<Self> {
        let plan = plan(&organization.schema, text);
        let (mut rows, mut taken, mut refused) = (0, Duration::ZERO, None);
        let before = memory();
        let engine = organization.engine(plan, images, |engine, load| {
            rows += load.changes.len() as u64;
            let started = process_time();
            refused = engine.apply(load, None).err().or(refused.take());
            taken += process_time() - started;
        });
        if let Some(error) = refused {
            return Err(words(error));
        }
        if told {
            let bytes = memory().saturating_sub(before) / rows;
            println!("\n| rows loaded | rows/s | ns a row | bytes a row |\n|---|---|---|---|");
            let (speed, ns) = (rows as f64 / taken.as_secs_f64(), ns_each(taken, rows));
            println!("| {rows} | {speed:.0} | {ns:.0} | {bytes} |");
        }
        Ok(Self {
            organization,
            engine,
            miss,
        })
    }

    /// A line for each size of a transaction.
    fn figure(&mut self, name: &str, mix: Mix, expand: bool) -> Result<()> {
        // So many that rows neither come to an end nor to twice as many.
        let limit = match mix {
            Only(Kind::Insert | Kind::Delete) => self.organization.accounts() / 2,
            _ => CHANGES,
        };
        for size in SIZES {
            let [mut block, most] = BLOCK;
            while self.block(mix, (block, size), expand)?.1 < LONG && block < most {
                block *= 2;
            }
            let (mut changes, mut taken, mut sum) = (0, Duration::ZERO, Told::default());
            while changes < limit && taken < SECONDS {
                let (told, time) = self.block(mix, (block, size), expand)?;
                changes += block as u64;
                taken += time;
                sum.factored += told.factored;
                sum.expanded += told.expanded;
            }
            let ns = ns_each(taken, changes);
            let each = |count: u64| count as f64 / changes as f64;
            let told = match expand {
                true => format!("{:.1}", each(sum.expanded)),
                false => "–".to_owned(),
            };
            println!(
                "| {name} | {size} | {changes} | {ns:.0} | {:.0} | {:.1} | {:.1} | {:.2} | {told} |",
                1e9 / ns,
                ns / self.miss.dependent_ns,
                ns / self.miss.independent_ns,
                each(sum.factored)
            );
        }
        Ok(())
    }

    /// Draws and decodes a block of changes, and applies them by the clock, `size` a transaction.
    fn block(
        &mut self,
        mix: Mix,
        (block, size): (usize, usize),
        expand: bool,
    ) -> Result<(Told, Duration)> {
        let block = self.organization.transactions(mix, block / size, size);
        let started = process_time();
        let told = measured(&mut self.engine, &block, expand).map_err(words)?;
        Ok((told, process_time() - started))
    }

    /// Latencies of single changes, by the clock of the thread.
    fn latency(&mut self) -> Result<()> {
        println!(
            "\n| one change a transaction | measured | p50, µs | p99 | p99.9 | max |\n|---|---|---|---|---|---|"
        );
        let empty = (0..BLOCK[1]).map(|_| thread_time()).collect::<Vec<_>>();
        let empty = empty.windows(2).map(|pair| pair[1] - pair[0]).collect();
        percentiles("the clock alone", empty);
        for (name, mix) in [
            ("a column no filter looks at", Only(Kind::Touch)),
            ("rows", Mix::Rows),
            ("rows and users", Mix::Full),
        ] {
            let mut times = Vec::new();
            let mut taken = Duration::ZERO;
            while (times.len() as u64) < CHANGES && taken < SECONDS {
                let block = self.organization.transactions(mix, 1_024, 1);
                for transaction in &block {
                    let time = latency(&mut self.engine, transaction)?;
                    taken += time;
                    times.push(time);
                }
            }
            percentiles(name, times);
        }
        Ok(())
    }
}

fn latency(engine: &mut Engine, transaction: &Transaction) -> Result<Duration> {
    let started = thread_time();
    let deltas = engine.apply(transaction, None).map_err(words)?;
    let taken = thread_time() - started;
    drop(deltas);
    Ok(taken)
}

fn percentiles(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |part: f64| {
        let last = times.len().saturating_sub(1);
        let time = times.get((last as f64 * part) as usize).copied();
        time.unwrap_or_default().as_secs_f64() * 1e6
    };
    println!(
        "| {name} | {} | {:.2} | {:.2} | {:.2} | {:.2} |",
        times.len(),
        at(0.5),
        at(0.99),
        at(0.999),
        at(1.0)
    );
}
