//! Model = engine = SQL on one filter at a time: random ones over random organisations, and all of
//! up to three conditions over a tiny schema; on SQLite, PostgreSQL and MariaDB.
//!
//! `WEIR_SEED=n` runs the random filters of one organisation, `WEIR_SEEDS=n` of that many, from
//! `WEIR_SEED_FROM` on. `WEIR_EVERY=1` runs all small filters on servers too.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it finds, and panics where it fails"
)]

use std::sync::{Arc, Mutex};
use std::thread;

use weir_compiler::sql::{self, Context, Dialect};
use weir_ir::time::Instant;
use weir_ir::transaction::{Change, Transaction};
use weir_tests::coverage::Coverage;
use weir_tests::generate::{self, Organisation, Settings, Step, organisation_of_filters};
use weir_tests::publication::Publication;
use weir_tests::replay::{Checks, Tally, replay_on};
use weir_tests::seeds;
use weir_tests::servers::{self, Store};
use weir_tests::story;

/// Random filters of an organisation.
const FILTERS: usize = 50;
/// Organisations on SQLite and on each server.
const ORGANISATIONS: u64 = 400;
const ORGANISATIONS_ON_SERVERS: u64 = 60;
const SETTINGS: Settings = Settings {
    users: 5,
    rows: 8,
    transactions: 3,
    changes: 4,
    profiles: 1,
    publications: 0,
};
/// Of the small filters, servers take one in so many, in every shape.
const EVERY: usize = 8;
/// Small filters of one publication after another over the same rows.
const CHUNK: usize = 500;
const CHECKS: Checks = Checks {
    sql: false,
    explain_every: 0,
    samples: 0,
};

/// One test at a time: each empties the databases.
static DATABASES: Mutex<()> = Mutex::new(());

/// A database of that dialect, emptied for each organisation.
fn store(dialect: Dialect) -> Box<dyn Store> {
    servers::store(dialect).unwrap_or_else(|said| panic!("{said}"))
}

/// Runs an organisation that publishes one filter after another.
///
/// # Errors
/// The filter that differs, and how.
fn compare(organisation: &Organisation, stores: &mut [Box<dyn Store>]) -> Result<Tally, String> {
    let replayed = replay_on(organisation, stores, CHECKS, &mut Coverage::default());
    replayed.map_err(|failure| {
        let published = organisation.steps[..=failure.step].iter();
        let publish = published.rev().find_map(|step| step.publish).unwrap_or(0);
        let texts = organisation.publications[publish].join("\n");
        format!("{texts}\n{}", failure.what)
    })
}

/// Runs the random filters of an organisation.
fn random(seed: u64, stores: &mut [Box<dyn Store>]) -> Result<Tally, String> {
    let organisation = organisation_of_filters(seed, &SETTINGS, FILTERS).expect("metadata");
    compare(&organisation, stores)
}

#[test]
fn random_filters_on_sqlite() {
    let asked = seeds::seeds(ORGANISATIONS);
    let organisations = asked.end - asked.start;
    let (tallies, failures) = seeds::run(asked, |seed, sum: &mut Tally| {
        *sum += random(seed, &mut [store(Dialect::Sqlite)])?;
        Ok::<_, String>(())
    });
    if let Some((seed, what)) = failures.first() {
        panic!("WEIR_SEED={seed}: {what}");
    }
    let mut tally = Tally::default();
    tallies.into_iter().for_each(|one| tally += one);
    println!("{} filters: {tally:?}", organisations * FILTERS as u64);
    assert!(tally.moves as u64 > organisations * FILTERS as u64);
}

/// Runs something on every server side by side.
fn on_servers(run: impl Fn(&mut [Box<dyn Store>]) -> Tally + Sync) {
    let _alone = DATABASES.lock();
    let run = &run;
    thread::scope(|scope| {
        let running = Dialect::SERVERS
            .map(|dialect| (dialect, scope.spawn(move || run(&mut [store(dialect)]))));
        for (dialect, thread) in running {
            let tally = thread.join();
            let tally = tally.unwrap_or_else(|_| panic!("{}", dialect.name()));
            let few = format!("hardly a row moved: {}: {tally:?}", dialect.name());
            assert!(tally.moves > tally.transactions, "{few}");
        }
    });
}

#[test]
fn random_filters_on_servers() {
    on_servers(|stores| {
        let mut tally = Tally::default();
        for seed in seeds::seeds(ORGANISATIONS_ON_SERVERS) {
            tally += random(seed, stores).unwrap_or_else(|what| panic!("WEIR_SEED={seed}: {what}"));
        }
        tally
    });
}

/// Conditions of every kind; each is true of some row for some user, and false of others.
const ATOMS: [&str; 12] = [
    "name eq \"A\"",
    "name ne \"a\"",
    "name null",
    "name like \"_\"",
    "due today",
    "ownerid eq-userid",
    "ownerid ne-userid",
    "ownerid eq-userteams",
    "ownerid eq-useroruserhierarchy",
    "any place via place_thing_parent (name eq \"a\")",
    "not any place via place_thing_parent (name eq \"a\")",
    "any place via place_thing_parent (keeper eq-userid)",
];

/// Every filter of one, two and three conditions, in every order and every shape.
fn small_filters() -> Vec<String> {
    let joints = ["and", "or"];
    let mut all: Vec<String> = ATOMS.map(str::to_owned).into();
    for one in ATOMS {
        for two in ATOMS {
            for outer in joints {
                all.push(format!("{one} {outer} {two}"));
                for three in ATOMS {
                    all.push(format!("{one} {outer} {two} {outer} {three}"));
                    for inner in joints {
                        all.push(format!("({one} {inner} {two}) {outer} {three}"));
                        all.push(format!("{one} {outer} ({two} {inner} {three})"));
                    }
                }
            }
        }
    }
    all
}

const PLACES: [&str; 3] = [
    "place pa name=Á keeper=u1",
    "place pb name=b keeper=u2",
    "place pc",
];

/// A thing of every name, owner, day and parent that the conditions tell apart.
fn things() -> Vec<String> {
    let mut all = Vec::new();
    for name in ["", "name=a", "name=ab"] {
        for owner in ["u1", "u2", "t1"] {
            for due in ["2026-03-29T10:30:00.500Z", "2026-03-29T22:30:00Z"] {
                for parent in ["", "parent=pa", "parent=pb", "parent=x9"] {
                    let id = all.len();
                    all.push(format!(
                        "thing r{id} {name} ownerid={owner} due={due} {parent}"
                    ));
                }
            }
        }
    }
    all
}

/// The tiny schema with its rows, and one publication for each filter.
fn tiny(filters: &[String]) -> Organisation {
    let metadata = serde_json::json!({"entities": [
        {"name": "thing", "ownership": "user-or-team", "offline": true, "attributes": [
            {"name": "name", "type": "string"},
            {"name": "due", "type": "datetime", "behavior": "user-local"}]},
        {"name": "place", "ownership": "organization", "attributes": [
            {"name": "name", "type": "string"},
            {"name": "keeper", "type": "lookup", "targets": ["systemuser"]}]}],
        "relationships": [{"name": "place_thing_parent", "kind": "1:N", "referenced": "place",
            "referencing": "thing", "lookup": "parent"}]})
    .to_string();
    let people = "systemuser u1 domainname=anna\nsystemuser u2 domainname=bob parentsystemuserid=u1
        team t1\nteammembership m1 teamid=t1 systemuserid=u2
        usersettings s1 systemuserid=u1 timezone=Europe/Berlin";
    let lines = people.lines().map(str::to_owned);
    let lines = lines.chain(PLACES.map(str::to_owned)).chain(things());
    of_filters(metadata, lines, filters)
}

/// An organisation of those rows, and one publication of things for each filter.
fn of_filters(
    metadata: String,
    lines: impl Iterator<Item = String>,
    filters: &[String],
) -> Organisation {
    let schema = Arc::new(generate::load(&metadata).expect("metadata without errors"));
    let changes = lines.map(|line| story::change(&schema, line.trim()));
    let first = Step {
        transaction: Transaction {
            at: Instant::parse("2026-03-29T10:30:00.500Z").expect("an instant"),
            changes: changes.collect::<Vec<Change>>(),
        },
        publish: None,
        contextual: false,
    };
    let publication = |filter: &String| {
        vec![format!(
            "profile \"p\" {{ limits modern members {{ user \"anna\" user \"bob\" }}
               item thing {{ download where {filter} }} }}"
        )]
    };
    let mut organisation = Organisation {
        seed: 1,
        metadata,
        schema,
        publications: filters.iter().map(publication).collect(),
        steps: vec![first],
    };
    organisation.publish_each();
    organisation
}

#[test]
fn all_small_filters_on_sqlite() {
    let filters = small_filters();
    let chunks: Vec<&[String]> = filters.chunks(CHUNK).collect();
    let (tallies, failures) = seeds::run(0..chunks.len() as u64, |at, sum: &mut Tally| {
        let filters = usize::try_from(at).map(|at| chunks[at]).unwrap_or_default();
        *sum += compare(&tiny(filters), &mut [store(Dialect::Sqlite)])?;
        Ok::<_, String>(())
    });
    if let Some((_, what)) = failures.first() {
        panic!("{what}");
    }
    let mut tally = Tally::default();
    tallies.into_iter().for_each(|one| tally += one);
    println!("{} filters: {tally:?}", filters.len());
    assert_eq!(tally.transactions, filters.len());
}

#[test]
fn all_small_filters_on_servers() {
    let every = std::env::var("WEIR_EVERY").ok();
    let every = every.and_then(|every| every.parse().ok()).unwrap_or(EVERY);
    let filters: Vec<String> = small_filters().into_iter().step_by(every).collect();
    println!("{} filters", filters.len());
    on_servers(|stores| {
        let tally = compare(&tiny(&filters), stores);
        tally.unwrap_or_else(|what| panic!("{what}"))
    });
}

/// What of the nth value of a list, or beyond it, a row may have: the value in a list, and in a row.
type Nth = fn(usize) -> (String, String);

/// An attribute of each type that has lists, its operators, and its values.
const LISTS: [(&str, [&str; 2], Nth); 5] = [
    ("count", ["in", "not-in"], |n| {
        (n.to_string(), n.to_string())
    }),
    ("name", ["in", "not-in"], |n| {
        (format!("\"é{n}\""), format!("E{n}"))
    }),
    ("price", ["in", "not-in"], |n| {
        (format!("{n}.250"), format!("{n}.25"))
    }),
    ("parent", ["in", "not-in"], |n| {
        let id = story::id(&format!("p{n}"));
        (format!("\"{id}\""), format!("p{n}"))
    }),
    ("marks", ["contain-values", "not-contain-values"], |n| {
        (n.to_string(), format!("{}+{n}", 9_000 + n))
    }),
];

/// A list is one parameter however long it is, and says of the rows at its ends what the model says.
#[test]
fn long_lists_on_all_databases() {
    const LENGTHS: [usize; 3] = [2, 1_001, 5_000];
    let metadata = serde_json::json!({"entities": [
        {"name": "thing", "ownership": "user-or-team", "offline": true, "attributes": [
            {"name": "name", "type": "string"},
            {"name": "count", "type": "integer"},
            {"name": "price", "type": "decimal"},
            {"name": "marks", "type": "multichoice"},
            {"name": "parent", "type": "lookup", "targets": ["thing"]}]}]});
    // The last value that a list has, and the first that it has not; and nothing at all.
    let ends = LENGTHS.iter().flat_map(|length| [length - 1, *length]);
    let rows = ends.chain([0]).map(|n| {
        let values = LISTS.map(|(attribute, _, value)| format!("{attribute}={}", value(n).1));
        format!("thing r{n} ownerid=u1 {}", values.join(" "))
    });
    let people = [
        "systemuser u1 domainname=anna",
        "systemuser u2 domainname=bob",
        "thing r",
    ];
    let lines = people.into_iter().map(str::to_owned).chain(rows);
    let filter = |(attribute, token, value): (&str, &str, Nth), length| {
        let values: Vec<String> = (0..length).map(|n| value(n).0).collect();
        format!("{attribute} {token} ({})", values.join(", "))
    };
    let each = LISTS.into_iter().flat_map(|(attribute, tokens, value)| {
        tokens.map(|token| LENGTHS.map(|length| filter((attribute, token, value), length)))
    });
    let filters: Vec<[String; 3]> = each.collect();
    let filters = filters.concat();
    let organisation = of_filters(metadata.to_string(), lines, &filters);
    let schema = &organisation.schema;
    for texts in organisation.publications.chunks(LENGTHS.len()) {
        let written = texts.iter().map(|texts| {
            let publication = Publication::new(schema, texts, false);
            let plan = publication.unwrap_or_else(|what| panic!("{what}")).plan;
            let of = |dialect| {
                let queries = sql::map(schema, &plan, dialect);
                let query = queries.expect("no list is too long").swap_remove(0);
                let parameters = query.bind(Context::default()).len();
                (query.sql, parameters)
            };
            Dialect::ALL.map(of)
        });
        let written: Vec<_> = written.collect();
        assert!(
            written.iter().all(|other| *other == written[0]),
            "{}",
            texts[0][0]
        );
    }
    let agree = |stores: &mut [Box<dyn Store>]| {
        // Without the text of a list.
        let tally = replay_on(&organisation, stores, CHECKS, &mut Coverage::default());
        tally.unwrap_or_else(|failure| {
            let (filter, values) = filters[failure.step].split_once('(').unwrap_or_default();
            let what = failure.what.lines().next().unwrap_or_default();
            panic!("{filter}{} values: {what}", values.split(',').count())
        })
    };
    let tally = agree(&mut [store(Dialect::Sqlite)]);
    println!("{} filters: {tally:?}", filters.len());
    on_servers(agree);
}
