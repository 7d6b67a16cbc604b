//! Model = engine = SQL on SQLite, after every transaction and at every instant at which the clock
//! alone moves a row, over random organisations.
//!
//! `WEIR_SEED=n` runs one organisation, `WEIR_SEEDS=n` that many, from `WEIR_SEED_FROM` on;
//! `WEIR_SHRINK=0` leaves what fails as long as it is.

#![expect(
    clippy::expect_used,
    reason = "a test says what it finds, and panics where it fails"
)]

use weir_tests::coverage::{Coverage, LEAST};
use weir_tests::generate::{Organisation, Settings, organisation};
use weir_tests::replay::{Checks, Failure, Tally, replay};
use weir_tests::seeds;
use weir_tests::shrink::{repro, shrink};

const ORGANISATIONS: u64 = 500;
/// What has not mattered often enough by then gets more organisations, a batch at a time, to that
/// many more.
const MORE: u64 = 500;
const BATCH: u64 = 50;
const CHECKS: Checks = Checks {
    sql: true,
    explain_every: 16,
    samples: 8,
};

#[derive(Default)]
struct State {
    coverage: Coverage,
    tally: Tally,
}

fn generate(seed: u64) -> Organisation {
    organisation(seed, &Settings::default()).expect("metadata without errors")
}

fn fails(organisation: &Organisation, seen: &Failure) -> bool {
    let checks = Checks {
        explain_every: 1,
        samples: 0,
        ..CHECKS
    };
    // The same kind of difference, or shrinking wanders off to another.
    let kind = |failure: &Failure| failure.what.chars().take(16).collect::<String>();
    replay(organisation, checks, &mut Coverage::default())
        .is_err_and(|failure| kind(&failure) == kind(seen))
}

fn show(seed: u64, failure: &Failure) -> String {
    let whole = generate(seed);
    let Failure { step, what } = failure;
    if std::env::var_os("WEIR_SHRINK").is_some_and(|wish| wish == "0") {
        return format!("WEIR_SEED={seed}, step {step}: {what}");
    }
    let mut cut = whole.clone();
    cut.steps.truncate(step + 1);
    let small = shrink(&cut, 3_000, |small| fails(small, failure));
    let end = replay(&small, CHECKS, &mut Coverage::default());
    let small_what = end.map_or_else(|failure| failure.what, |_| "(gone)".to_owned());
    format!(
        "WEIR_SEED={seed}, step {step}: {what}\n\nreduced: {small_what}\n{}",
        repro(&small)
    )
}

#[test]
fn model_engine_and_sql_agree() {
    let mut asked = seeds::seeds(ORGANISATIONS);
    let all = asked.end - asked.start >= ORGANISATIONS;
    let most = asked.end + MORE;
    let mut sum = State::default();
    loop {
        let end = asked.end;
        let (states, failures) = seeds::run(asked, |seed, state: &mut State| {
            let tally = replay(&generate(seed), CHECKS, &mut state.coverage)?;
            state.tally += tally;
            Ok(())
        });
        if let Some((seed, failure)) = failures.first() {
            panic!("{}", show(*seed, failure));
        }
        for state in states {
            sum.coverage.merge(&state.coverage);
            sum.tally += state.tally;
        }
        if !all || sum.coverage.missing().is_empty() || end >= most {
            break;
        }
        asked = end..end + BATCH;
    }
    println!("{:?}\n{}", sum.tally, sum.coverage);
    if all {
        let Tally {
            transactions,
            contextual,
            ..
        } = sum.tally;
        assert!(transactions >= 60 * 500, "{transactions} transactions");
        assert!(
            contextual * 5 >= transactions,
            "{contextual} of {transactions}"
        );
        let missing = sum.coverage.missing();
        assert!(
            missing.is_empty(),
            "mattered less than {LEAST} times: {missing:?}"
        );
    }
}
