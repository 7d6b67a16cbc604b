//! Model = engine = SQL on PostgreSQL and MariaDB, over random organisations, on real servers that
//! these tests start. README.md has the command that installs them.
//!
//! `WEIR_SEED=n` runs one organisation, `WEIR_SEEDS=n` that many, from `WEIR_SEED_FROM` on.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop where it can't go on"
)]

use std::cell::RefCell;
use std::sync::{Arc, Mutex};
use std::thread;

use weir_compiler::metadata::Builder;
use weir_compiler::sql::{Dialect, Parameter, ParameterType, ParameterValue};
use weir_ir::fold::{Collation, fold};
use weir_ir::schema::Schema;
use weir_tests::coverage::Coverage;
use weir_tests::generate::{Organisation, Rng, Settings, organisation};
use weir_tests::replay::{Checks, Tally, replay_on};
use weir_tests::seeds;
use weir_tests::servers::{Server, Store};
use weir_tests::shrink::{repro, shrink};

/// Organisations on each server.
const ORGANISATIONS: u64 = 20;
const CHECKS: Checks = Checks {
    sql: false,
    explain_every: 0,
    samples: 0,
};

/// One test at a time: each empties the databases.
static DATABASES: Mutex<()> = Mutex::new(());

fn server(dialect: Dialect, schema: &Arc<Schema>) -> Server {
    Server::new(dialect, schema).unwrap_or_else(|said| panic!("{said}"))
}

fn agree(dialect: Dialect) -> (Tally, usize) {
    let (empty, _) = Builder::new().finish();
    let mut stores: Vec<Box<dyn Store>> = vec![Box::new(server(dialect, &Arc::new(empty)))];
    let (mut tally, mut refused) = (Tally::default(), 0);
    for seed in seeds::seeds(ORGANISATIONS) {
        let organisation = organisation(seed, &Settings::default()).expect("metadata");
        match replay_on(&organisation, &mut stores, CHECKS, &mut Coverage::default()) {
            Ok(done) => tally += done,
            // Said by the dialect before a statement is made: docs/sql.md.
            Err(failure) if failure.what.contains("can't be compared by the collation") => {
                refused += 1;
            }
            Err(failure) => {
                let mut cut = organisation;
                cut.steps.truncate(failure.step + 1);
                let cell = RefCell::new(&mut stores);
                let small = shrink(&cut, 500, |small| {
                    differs(small, *cell.borrow_mut()).is_some()
                });
                let what = differs(&small, &mut stores).unwrap_or(failure.what);
                panic!("WEIR_SEED={seed}: {what}\n{}", repro(&small))
            }
        }
    }
    (tally, refused)
}

/// What differs, if it is a difference of sets.
fn differs(organisation: &Organisation, stores: &mut [Box<dyn Store>]) -> Option<String> {
    let replayed = replay_on(organisation, stores, CHECKS, &mut Coverage::default());
    let what = replayed.err()?.what;
    what.starts_with("the SQL").then_some(what)
}

#[test]
fn servers_agree_with_model_and_engine() {
    let _alone = DATABASES.lock();
    thread::scope(|scope| {
        let running =
            Dialect::SERVERS.map(|dialect| (dialect, scope.spawn(move || agree(dialect))));
        for (dialect, thread) in running {
            let (tally, refused) = thread
                .join()
                .unwrap_or_else(|_| panic!("{}", dialect.name()));
            println!(
                "{}: {tally:?}, {refused} organisations refused",
                dialect.name()
            );
            assert!(tally.transactions > 0, "nothing was compared");
        }
    });
}

/// Characters by themselves, all that fold and some of the others, and random texts fold as the
/// engine folds them.
#[test]
fn servers_fold_as_the_engine_does() {
    let _alone = DATABASES.lock();
    let all: Vec<String> = (1..=u32::from(char::MAX))
        .filter_map(char::from_u32)
        .map(String::from)
        .collect();
    let mut rng = Rng::new(1);
    let mixed = (0..2_000).map(|_| {
        let length = rng.below(12);
        (0..length)
            .map(|_| {
                let bound = if rng.percent(50) { 0x250 } else { all.len() };
                all[rng.below(bound)].as_str()
            })
            .collect::<String>()
    });
    let texts: Vec<String> = mixed.collect();
    let folds = |text: &&String| fold(text, Collation::CiAi) != **text;
    let alone = all.iter().enumerate();
    let alone = alone.filter(|(at, text)| at % 61 == 0 || folds(text));
    let alone = alone.map(|(_, text)| text);
    let texts: Vec<&String> = alone.chain(&texts).collect();
    println!("{} texts", texts.len());
    let (empty, _) = Builder::new().finish();
    let schema = Arc::new(empty);
    for dialect in Dialect::SERVERS {
        let mut server = server(dialect, &schema);
        let sql = match dialect {
            Dialect::Postgres => {
                "SELECT weir.fold(t) FROM jsonb_array_elements_text($1::jsonb) WITH ORDINALITY AS x(t, n) ORDER BY n"
            }
            _ => {
                "SELECT weir_fold(t) FROM JSON_TABLE(?, '$[*]' COLUMNS (n FOR ORDINALITY, t LONGTEXT PATH '$')) AS x ORDER BY n"
            }
        };
        for texts in texts.chunks(50_000) {
            let list = Parameter {
                name: "texts".to_owned(),
                ty: ParameterType::Json,
                value: ParameterValue::Text(serde_json::json!(texts).to_string()),
            };
            let folded = server
                .run(sql, &[list])
                .unwrap_or_else(|said| panic!("{said}"));
            assert_eq!(folded.len(), texts.len());
            for (text, folded) in texts.iter().zip(folded.into_iter().flatten()) {
                assert_eq!(
                    folded,
                    fold(text, Collation::CiAi),
                    "{}: {text:?}",
                    dialect.name()
                );
            }
        }
    }
}
