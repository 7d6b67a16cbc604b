//! How the cost of each stage of the compiler grows with its input, in instructions:
//!
//! ```sh
//! cargo build --release -p weir-benches --bin growth
//! target/release/growth                # every dimension at n, 2n and 4n, as a table
//! target/release/growth items chain    # those whose names have one of these words
//! target/release/growth large 100      # what a profile of 100 items × 500 conditions costs
//! target/release/growth corpus         # what the largest profile of an export costs (WEIR_CORPUS)
//! target/release/growth run items 500  # one input through all stages, for a profiler
//! ```
//!
//! It runs itself under `valgrind --tool=callgrind`. Fails where a doubling costs over [`MOST`] times
//! as much.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measuring tool prints what it measured"
)]

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, ExitCode};

use weir_benches::growth::metadata::Format;
use weir_benches::growth::stages::{self, STAGES};
use weir_benches::growth::{Dimension, corpus, dimensions, profiles};

/// What a doubling may cost: twice as much, and something for tables that grow and for logarithms.
const MOST: f64 = 2.3;
/// Instructions below which a stage is not worth a look.
const LEAST: u64 = 50_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let answer = match words[..] {
        ["run", ref input @ ..] => run(input),
        ["large", _] | ["corpus"] => costs(&words),
        _ => table(&words),
    };
    if let Err(problem) = answer {
        eprintln!("{problem}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Runs one input through all its stages.
fn run(input: &[&str]) -> Result<(), String> {
    let size = |size: &str| size.parse::<usize>().map_err(|error| error.to_string());
    match *input {
        ["corpus"] => {
            let corpus = corpus::load()?;
            stages::profiles(&corpus.schema, &corpus.text);
        }
        ["large", items] => {
            let (metadata, text) = profiles::large(size(items)?, 500);
            stages::profiles(&stages::schema(Format::Json, &metadata), &text);
        }
        [name, of] => {
            let found = dimensions().find(|dimension| dimension.name == name);
            let dimension = found.ok_or_else(|| format!("no dimension `{name}`"))?;
            stages::run(&(dimension.input)(size(of)?));
        }
        _ => return Err("usage: growth run DIMENSION SIZE".to_owned()),
    }
    Ok(())
}

/// Prints what each stage of one input costs.
fn costs(input: &[&str]) -> Result<(), String> {
    let counts = counted(input)?;
    println!("| stage | instructions |");
    println!("|---|---|");
    for stage in STAGES {
        if let Some(count) = counts.get(stage) {
            println!("| {stage} | {count} |");
        }
    }
    Ok(())
}

/// Prints what the dimensions cost whose names have one of the words, and where a doubling is
/// dear.
fn table(words: &[&str]) -> Result<(), String> {
    println!("| dimension | n | stage | at n | at 2n | at 4n |");
    println!("|---|---|---|---|---|---|");
    let mut worse = 0;
    let named = |dimension: &Dimension| {
        words.is_empty() || words.iter().any(|word| dimension.name.contains(word))
    };
    for Dimension { name, size, .. } in dimensions().filter(named) {
        let at = |factor: usize| counted(&[name, &(size * factor).to_string()]);
        let sizes = [at(1)?, at(2)?, at(4)?];
        for stage in STAGES {
            let [one, two, four] = sizes
                .each_ref()
                .map(|counts| counts.get(stage).copied().unwrap_or(0));
            if one < LEAST {
                continue;
            }
            let mut doubled = |less: u64, more: u64| {
                let ratio = more as f64 / less as f64;
                let mark = if ratio > MOST { " **worse**" } else { "" };
                worse += usize::from(ratio > MOST);
                format!("{more} (× {ratio:.2}){mark}")
            };
            let (two, four) = (doubled(one, two), doubled(two, four));
            println!("| {name} | {size} | {stage} | {one} | {two} | {four} |");
        }
    }
    match worse {
        0 => Ok(()),
        _ => Err(format!("{worse} doublings cost over {MOST} times as much")),
    }
}

/// The instructions of each stage of an input, as `run` takes it.
fn counted(input: &[&str]) -> Result<BTreeMap<&'static str, u64>, String> {
    let itself = std::env::current_exe().map_err(|error| error.to_string())?;
    let out = std::env::temp_dir().join(format!("growth.{}", std::process::id()));
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(itself)
        .arg("run")
        .args(input)
        .status()
        .map_err(|error| format!("valgrind: {error}"))?;
    if !status.success() {
        return Err(format!("valgrind: {status}"));
    }
    let profile = fs::read_to_string(&out).map_err(|error| error.to_string())?;
    let _ = fs::remove_file(out);
    Ok(inclusive(&profile))
}

/// What calls of each stage's function cost in all, of a profile as callgrind writes it: a called
/// function is a line `cfn=(number) name`, the name given once, then `calls=…`, then a line that ends
/// in the cost.
fn inclusive(profile: &str) -> BTreeMap<&'static str, u64> {
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    let mut counts = BTreeMap::new();
    let mut called = None;
    let mut lines = profile.lines();
    while let Some(line) = lines.next() {
        if let Some(function) = line
            .strip_prefix("cfn=")
            .or_else(|| line.strip_prefix("fn="))
        {
            let (number, name) = function.split_once(' ').unwrap_or((function, ""));
            if !name.is_empty() {
                names.insert(number, name);
            }
            called = names.get(number).copied().and_then(stage);
        } else if line.starts_with("calls=")
            && let Some(cost) = lines.next()
            && let Some(stage) = called
        {
            let cost = cost.rsplit(' ').next().and_then(|cost| cost.parse().ok());
            *counts.entry(stage).or_default() += cost.unwrap_or(0_u64);
        }
    }
    counts
}

/// The stage that a function is.
fn stage(function: &str) -> Option<&'static str> {
    let (_, name) = function.split_once("growth::stages::")?;
    STAGES
        .into_iter()
        .find(|stage| name.split("::").next() == Some(stage))
}
