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
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::thread;

use icu_normalizer::DecomposingNormalizer;
use icu_normalizer::properties::CanonicalCombiningClassMap;
use weir_compiler::metadata::Builder;
use weir_compiler::sql::{Dialect, Parameter, ParameterType, ParameterValue};
use weir_ir::fold::{Collation, fold};
use weir_ir::plan::Plan;
use weir_ir::schema::Schema;
use weir_tests::coverage::Coverage;
use weir_tests::generate::{Organisation, Rng, Settings, organisation};
use weir_tests::publication::Publication;
use weir_tests::replay::{Checks, Tally, replay_on};
use weir_tests::seeds;
use weir_tests::servers::{self, Server, Store};
use weir_tests::shrink::{repro, shrink};
use weir_tests::story::Story;

/// Organisations on each server.
const ORGANISATIONS: u64 = 200;
/// Each is built and moved about a little, and then publishes what it has.
const SETTINGS: Settings = Settings {
    users: 6,
    rows: 5,
    transactions: 4,
    changes: 8,
    profiles: 3,
    publications: 3,
};
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

fn agree(dialect: Dialect) -> Tally {
    let mut stores = vec![servers::store(dialect).unwrap_or_else(|said| panic!("{said}"))];
    let mut tally = Tally::default();
    for seed in seeds::seeds(ORGANISATIONS) {
        let mut organisation = organisation(seed, &SETTINGS).expect("metadata");
        organisation.publish_each();
        match replay_on(&organisation, &mut stores, CHECKS, &mut Coverage::default()) {
            Ok(done) => tally += done,
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
    tally
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
            let tally = thread.join();
            let tally = tally.unwrap_or_else(|_| panic!("{}", dialect.name()));
            println!("{}: {tally:?}", dialect.name());
            assert!(tally.moves > tally.transactions, "hardly a row moved");
        }
    });
}

/// Tasks without a name, or due on the day that it is where the user is: bob is 14 hours ahead.
const TWO_DAYS: &str = r#"
metadata
  task user-or-team name:string due:datetime(user-local)
profile
  profile "p" { limits modern members { user "anna" user "bob" }
    item task { download where name null or due today } }
at 2026-03-02T08:00:00Z
  systemuser u1 domainname=anna
  systemuser u2 domainname=bob
  usersettings s2 systemuserid=u2 timezone=Pacific/Kiritimati
  task nameless
  task yesterday name=a due=2026-03-01T12:00:00Z
  task morning name=a due=2026-03-02T09:00:00Z
  task evening name=a due=2026-03-02T20:00:00Z
  task tomorrow name=a due=2026-03-03T05:00:00Z
holds
  u1 task nameless morning evening
  u2 task nameless yesterday morning
at 2026-03-02T11:00:00Z
holds
  u1 task nameless morning evening
  u2 task nameless evening tomorrow
at 2026-03-03T01:00:00Z
holds
  u1 task nameless tomorrow
  u2 task nameless evening tomorrow
"#;

/// Asks a database twice for what each user holds, at each instant.
fn ask_twice(story: &Story, plan: &Plan, dialect: Dialect) -> Result<(), String> {
    let Organisation { schema, steps, .. } = &story.organisation;
    let mut store = servers::store(dialect)?;
    store.reset(schema)?;
    store.publish(plan)?;
    store.write(&steps[0].transaction.changes)?;
    for (step, expected) in story.holds.iter().chain(&story.holds) {
        let now = steps[*step].transaction.at;
        let mut map = store.map(now)?;
        for (user, expected) in expected {
            let own = BTreeSet::from_iter(store.rows(*user, now)?);
            let of_all = BTreeSet::from_iter(map.remove(user).unwrap_or_default());
            if own != *expected || of_all != *expected {
                return Err(format!(
                    "{user} holds {own:?}, of all {of_all:?}, and not {expected:?} at {now}"
                ));
            }
        }
    }
    Ok(())
}

/// Tasks that were not due today came to users from the second run of a prepared statement on.
#[test]
fn a_window_beside_an_or_says_the_same_when_it_runs_again() {
    let _alone = DATABASES.lock();
    let story = Story::read(TWO_DAYS);
    story.check_model();
    let Organisation {
        schema,
        publications,
        ..
    } = &story.organisation;
    let publication = Publication::new(schema, &publications[0], false).expect("no errors");
    for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::MariaDb] {
        let asked = ask_twice(&story, &publication.plan, dialect);
        asked.unwrap_or_else(|what| panic!("{}: {what}", dialect.name()));
    }
}

/// Every character.
fn characters() -> Vec<String> {
    let all = (1..=u32::from(char::MAX)).filter_map(char::from_u32);
    all.map(String::from).collect()
}

/// Characters by themselves, all that fold and some of the others, and random texts.
fn texts(collation: Collation) -> Vec<String> {
    let all = characters();
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
    let mixed: Vec<String> = mixed.collect();
    let alone = all.into_iter().enumerate();
    let alone = alone.filter(|(at, text)| at % 61 == 0 || fold(text, collation) != *text);
    alone.map(|(_, text)| text).chain(mixed).collect()
}

/// Every character that canonical equivalence takes apart, in its parts; each mark and each second
/// of a pair behind a few others; and texts of such parts and of marks in any order.
fn composing_texts() -> Vec<String> {
    let classes = CanonicalCombiningClassMap::new();
    let nfd = DecomposingNormalizer::new_nfd();
    let (mut all, mut marks, mut parts) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for text in characters() {
        if text.chars().all(|c| classes.get_u8(c) > 0) {
            marks.insert(text.clone());
        }
        let decomposed = nfd.normalize(&text).into_owned();
        if decomposed != text {
            parts.extend(decomposed.chars().map(String::from));
            all.push(decomposed);
        }
    }
    for mark in marks.union(&parts) {
        all.extend(
            ["a", "É", "e\u{323}", "\u{3c9}", "\u{ac00}", "\u{9c7}", ""]
                .map(|c| format!("{c}{mark}")),
        );
    }
    let mut rng = Rng::new(2);
    let (marks, parts) = (Vec::from_iter(marks), Vec::from_iter(parts));
    all.extend((0..5_000).map(|_| {
        let length = 1 + rng.below(9);
        let mut pick = |_| {
            let of = if rng.percent(50) { &marks } else { &parts };
            rng.pick(of).as_str()
        };
        (0..length).map(&mut pick).collect::<String>()
    }));
    all
}

/// A server folds as the engine does.
fn compare_folding(dialect: Dialect, collation: Collation, texts: &[String]) {
    let (empty, _) = Builder::new().finish();
    let mut server = server(dialect, &Arc::new(empty));
    let installed = server.install(collation);
    installed.unwrap_or_else(|said| panic!("{said}"));
    let sql = match dialect {
        Dialect::Postgres => {
            "SELECT weir.fold(t) FROM jsonb_array_elements_text($1::jsonb) WITH ORDINALITY AS x(t, n) ORDER BY n"
        }
        _ => {
            "SELECT weir_fold(t) FROM JSON_TABLE(?, '$[*]' COLUMNS (n FOR ORDINALITY, t LONGTEXT CHARACTER SET utf8mb4 PATH '$')) AS x ORDER BY n"
        }
    };
    for texts in texts.chunks(50_000) {
        let list = Parameter {
            name: "texts".to_owned(),
            ty: ParameterType::Json,
            value: ParameterValue::Text(serde_json::json!(texts).to_string()),
        };
        let folded = server.run(sql, &[list]);
        let folded = folded.unwrap_or_else(|said| panic!("{said}"));
        assert_eq!(folded.len(), texts.len());
        for (text, folded) in texts.iter().zip(folded.into_iter().flatten()) {
            let expected = fold(text, collation);
            assert_eq!(folded, expected, "{}: {text:?}", dialect.name());
        }
    }
}

#[test]
fn servers_fold_as_the_engine_does() {
    let _alone = DATABASES.lock();
    for (collation, texts) in [
        (Collation::CiAi, texts(Collation::CiAi)),
        (
            Collation::CiAs,
            [texts(Collation::CiAs), composing_texts()].concat(),
        ),
    ] {
        println!("{}: {} texts", collation.name(), texts.len());
        let texts = &texts;
        thread::scope(|scope| {
            let running = Dialect::SERVERS
                .map(|dialect| scope.spawn(move || compare_folding(dialect, collation, texts)));
            for thread in running {
                assert!(thread.join().is_ok(), "a server folds otherwise");
            }
        });
    }
}
