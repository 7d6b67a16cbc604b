//! Planted bugs: one-token changes of production code, each of which a net must catch: the
//! differential one, or, where it runs other code, another. A net that misses one is a net with a
//! hole.
//!
//! The tree is copied once; each bug is planted in the copy, its net is built there and run over
//! rising seeds until it fails, and the bug is taken out. Prints what was caught and how many seeds
//! it took. `canaries share remove` plants only those with such words in their names. Cost: an incremental build and some seconds for each, after a first build in a target folder of its own.

#![expect(clippy::print_stdout, reason = "its report is what it is for")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

/// Seeds after which a bug counts as missed.
const MOST_SEEDS: u64 = 300;

/// A planted bug: its name, the file, and the text (it occurs there once) with its replacement.
type Canary = (&'static str, &'static str, &'static str, &'static str);

const CANARIES: [Canary; 24] = [
    (
        "NULL rule of ne",
        "ir/src/operators/comparison.rs",
        "NullRule::Switch(true),\n            \"does not equal the value\"",
        "NullRule::Switch(false),\n            \"does not equal the value\"",
    ),
    (
        "folding keeps accents",
        "ir/src/fold.rs",
        "!= GeneralCategory::NonspacingMark",
        "!= GeneralCategory::Control",
    ),
    (
        "a window's last day",
        "ir/src/window.rs",
        "unit(calendar, n.saturating_add(1))",
        "unit(calendar, n)",
    ),
    (
        "everybody in UTC",
        "runtime/src/clock.rs",
        "let zone = zones.get(zone);\n        Self {",
        "let zone = zones.get(ZoneId::UTC);\n        Self {",
    ),
    (
        "a related row's audience lingers",
        "runtime/src/state/groups.rs",
        "*count -= 1;",
        "*count -= 0;",
    ),
    (
        "a team owns nothing",
        "runtime/src/view.rs",
        "Relation::SelfOrTeam => is_user() || in_team(),",
        "Relation::SelfOrTeam => is_user(),",
    ),
    (
        "a renamed team keeps its profile",
        "runtime/src/context/mod.rs",
        "found.teams.insert(row);",
        "found.teams.remove(&row);",
    ),
    (
        "the old unit stays",
        "runtime/src/view.rs",
        "record.unit == Some(id)",
        "record.unit >= Some(id)",
    ),
    (
        "managers see nothing",
        "runtime/src/context/org.rs",
        ".take_while(move |manager| *manager != user)",
        ".take_while(move |manager| *manager == user)",
    ),
    (
        "a share to a team",
        "runtime/src/state/mod.rs",
        "Term::Match(Relation::SelfOrTeam, 0)",
        "Term::Match(Relation::Itself, 0)",
    ),
    (
        "a bound counts as the gap below it",
        "runtime/src/state/classes.rs",
        "Ok(at) => 2 * at + 1,",
        "Ok(at) => 2 * at,",
    ),
    (
        "what a linked row was linked by is forgotten",
        "runtime/src/state/lines.rs",
        "or_insert(old);",
        "or_insert(new);",
    ),
    (
        "a doubled pair goes with the first",
        "runtime/src/state/pairs.rs",
        "if !rows.is_empty() {",
        "if rows.is_empty() {",
    ),
    (
        "SQL's ge without the value itself",
        "compiler/src/sql/condition.rs",
        "left.gte(right)",
        "left.gt(right)",
    ),
    (
        "SQL forgets NULL",
        "compiler/src/sql/condition.rs",
        "Predicate::leaf(column.is_null())",
        "Predicate::leaf(column.is_not_null())",
    ),
    (
        "a dropped remove",
        "runtime/src/expand.rs",
        "or_default().remove.push(row)",
        "or_default().put.push(row)",
    ),
    (
        "local reads as basic",
        "runtime/src/view.rs",
        "depth >= Depth::Local",
        "depth >= Depth::Basic",
    ),
    (
        "weeks begin a day late",
        "ir/src/calendar.rs",
        "const FIRST_WEEKDAY: i64 = 4;",
        "const FIRST_WEEKDAY: i64 = 3;",
    ),
    (
        "a fiscal year is named by its end",
        "ir/src/operators/clock.rs",
        "NamedDay::of_unit(fiscal_year, number(0)?)",
        "NamedDay::of_unit(fiscal_year, number(0)? - 1)",
    ),
    (
        "contain-values asks for all of them",
        "ir/src/operators/comparison.rs",
        "left.iter().any(|choice| right.contains(choice))",
        "right.iter().all(|choice| left.contains(choice))",
    ),
    (
        "a branch forgets a condition beside it",
        "compiler/src/sql/branches.rs",
        "others.map(|(_, id)| *id).chain(own)",
        "others.map(|(_, id)| *id).skip(1).chain(own)",
    ),
    (
        "any linked row will do",
        "compiler/src/sql/nodes.rs",
        ".from_subquery(body.select, OTHER)\n                .and_where(same)",
        ".from_subquery(body.select, OTHER)\n                .and_where(same.clone().or(same.is_not_null()))",
    ),
    (
        "what leads to rows leads everybody to them",
        "compiler/src/sql/branches.rs",
        "named(DRIVER, \"user\").eq(named(USER, \"user\"))",
        "named(DRIVER, \"user\").is_not_null()",
    ),
    (
        "links to the same table are the same",
        "compiler/src/sql/scope.rs",
        ".entry((side, there, *child))",
        ".entry((side, there, NodeId(0)))",
    ),
];

/// Of the statements of partition tables, which the differential net doesn't run.
const PARTITION: [Canary; 4] = [
    (
        "a row that left is not removed",
        "compiler/src/sql/partition/tables.rs",
        "WHERE \"r\".\"went\" > \"q\".\"since\"",
        "WHERE \"r\".\"went\" < \"q\".\"since\"",
    ),
    (
        "what came at the device's version is put again",
        "compiler/src/sql/partition/tables.rs",
        "AND \"r\".\"came\" <= \"q\".\"since\"",
        "AND \"r\".\"came\" < \"q\".\"since\"",
    ),
    (
        "contents are not compared",
        "compiler/src/sql/partition/tables.rs",
        "\n    AND \"s\".\"content\" <> {row_content}.\"content\"",
        "",
    ),
    (
        "an audience is everybody but those it is",
        "compiler/src/sql/partition/mod.rs",
        "Ok(self.judged(emitter, part, *child)?.not())",
        "self.judged(emitter, part, *child)",
    ),
];

/// A net: its test binary, which of its tests, and what it must catch.
type Net = (&'static str, &'static str, &'static [Canary]);

const NETS: [Net; 2] = [
    ("differential", "", &CANARIES),
    ("partition", "sqlite", &PARTITION),
];

/// Folders of the repository that the nets are built from.
const PARTS: [&str; 9] = [
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "ir",
    "grammar",
    "compiler",
    "runtime",
    "cli",
    "tests",
];

/// How a run of the net ended.
enum End {
    /// It failed, after that many seeds.
    Caught(u64),
    Missed,
    /// It could not be built or run; what was said.
    Broken(String),
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("the tree can't be copied: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> io::Result<bool> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map_or_else(PathBuf::new, Path::to_owned);
    let copy = root.join("target/canaries");
    for part in PARTS {
        let old = copy.join(part);
        if old.is_dir() {
            fs::remove_dir_all(&old)?;
        }
        copy_all(&root.join(part), &copy.join(part))?;
    }
    // The benches are no part of the net.
    let manifest = fs::read_to_string(copy.join("Cargo.toml"))?.replace(", \"benches\"", "");
    fs::write(copy.join("Cargo.toml"), manifest)?;

    let mut all_caught = true;
    let say = |name: &str, end: End, started: Instant| {
        let seconds = started.elapsed().as_secs();
        match end {
            End::Caught(seeds) => println!("caught   {seeds:>4} seeds  {seconds:>3} s  {name}"),
            End::Missed => println!("MISSED   {MOST_SEEDS:>4} seeds  {seconds:>3} s  {name}"),
            End::Broken(why) => println!("BROKEN               {seconds:>3} s  {name}: {why}"),
        }
    };
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let planted = NETS.iter().flat_map(|(binary, tests, canaries)| {
        let net = [*binary, *tests];
        canaries.iter().map(move |canary| (net, *canary))
    });
    let mut count = 0;
    for (tests, (name, file, from, to)) in planted {
        if !wanted.is_empty() && !wanted.iter().any(|part| name.contains(part.as_str())) {
            continue;
        }
        count += 1;
        let started = Instant::now();
        let path = copy.join(file);
        let sound = fs::read_to_string(&path)?;
        let end = if sound.matches(from).count() == 1 {
            fs::write(&path, sound.replace(from, to))?;
            let end = net(&copy, tests);
            fs::write(&path, sound)?;
            end
        } else {
            End::Broken(format!("`{from}` does not occur once in {file}"))
        };
        all_caught &= matches!(end, End::Caught(_));
        say(name, end, started);
    }
    println!(
        "{count} planted bugs, {}",
        if all_caught {
            "all caught"
        } else {
            "not all caught"
        }
    );
    Ok(all_caught)
}

/// Builds and runs a net in the copy.
fn net(copy: &Path, [binary, tests]: [&str; 2]) -> End {
    let output = Command::new(env!("CARGO"))
        .current_dir(copy)
        .args([
            "test",
            "--quiet",
            "-p",
            "weir-tests",
            "--test",
            binary,
            tests,
        ])
        // Not the tree's own: the copy has the same package names, and would pass for it.
        .env("CARGO_TARGET_DIR", copy.join("target"))
        // It is built more than it runs.
        .env("CARGO_INCREMENTAL", "1")
        .env("CARGO_PROFILE_DEV_DEBUG", "false")
        .env("WEIR_SEEDS", MOST_SEEDS.to_string())
        .env("WEIR_SHRINK", "0")
        .env("RUST_BACKTRACE", "0")
        .output();
    let output = match output {
        Ok(output) => output,
        Err(error) => return End::Broken(error.to_string()),
    };
    if output.status.success() {
        return End::Missed;
    }
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let seed = said.split("WEIR_SEED=").nth(1).and_then(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u64>().ok()
    });
    match seed {
        Some(seed) => End::Caught(seed + 1),
        // A bug may also make the engine stop where it finds itself wrong.
        None if said.contains("a thread of the net panicked") => End::Caught(MOST_SEEDS),
        None => End::Broken(
            said.lines()
                .filter(|line| line.starts_with("error"))
                .collect::<Vec<_>>()
                .join("; "),
        ),
    }
}

/// Copies a file, or a folder with all that is in it.
fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    if from.is_file() {
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(from, to)?;
        return Ok(());
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy_all(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}
