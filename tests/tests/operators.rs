//! Every operator × every attribute type × every interesting value × the switches that concern it:
//! model = engine (through a one-item profile) = SQL; and what SEMANTICS §5 does not allow for a
//! type is refused.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it finds, and panics where it fails"
)]

use std::sync::Arc;
use std::thread;

use serde_json::json;
use weir_compiler::sql::{Dialect, storage};
use weir_ir::schema::{Attribute, AttributeType, Behavior, Family, Schema};
use weir_ir::time::Instant;
use weir_ir::transaction::{Change, Transaction};
use weir_ir::value::Value;
use weir_tests::coverage::Coverage;
use weir_tests::generate::{self, Organisation, Step, operators};
use weir_tests::publication::Publication;
use weir_tests::replay::{Checks, replay_on};
use weir_tests::servers::{Server, Sqlite, Store};
use weir_tests::story;

/// Name, type, behaviour, targets of the attribute under test.
const TYPES: [(&str, &str, &[&str]); 24] = [
    ("string", "", &[]),
    ("memo", "", &[]),
    ("integer", "", &[]),
    ("bigint", "", &[]),
    ("decimal", "", &[]),
    ("double", "", &[]),
    ("money", "", &[]),
    ("boolean", "", &[]),
    ("choice", "", &[]),
    ("state", "", &[]),
    ("status", "", &[]),
    ("multichoice", "", &[]),
    ("datetime", "user-local", &[]),
    ("datetime", "date-only", &[]),
    ("datetime", "time-zone-independent", &[]),
    ("uniqueidentifier", "", &[]),
    ("lookup", "", &["systemuser"]),
    ("lookup", "", &["team"]),
    ("lookup", "", &["businessunit"]),
    ("lookup", "", &["probe"]),
    ("lookup", "", &["tree"]),
    ("customer", "", &["account", "contact"]),
    ("regarding", "", &["systemuser", "probe"]),
    ("owner", "", &[]),
];

/// Every operator that there is.
const OPERATORS: [&str; 85] = [
    "eq",
    "ne",
    "neq",
    "gt",
    "ge",
    "lt",
    "le",
    "like",
    "not-like",
    "in",
    "not-in",
    "between",
    "not-between",
    "contain-values",
    "not-contain-values",
    "above",
    "eq-or-above",
    "under",
    "eq-or-under",
    "not-under",
    "null",
    "not-null",
    "begins-with",
    "not-begin-with",
    "ends-with",
    "not-end-with",
    "eq-userid",
    "ne-userid",
    "eq-userteams",
    "eq-useroruserteams",
    "eq-useroruserhierarchy",
    "eq-useroruserhierarchyandteams",
    "eq-businessid",
    "ne-businessid",
    "eq-userlanguage",
    "last-x-days",
    "next-x-days",
    "today",
    "yesterday",
    "tomorrow",
    "last-seven-days",
    "next-seven-days",
    "on-or-after",
    "last-x-hours",
    "last-x-weeks",
    "last-x-months",
    "last-x-years",
    "next-x-hours",
    "next-x-weeks",
    "next-x-months",
    "next-x-years",
    "this-week",
    "last-week",
    "next-week",
    "this-month",
    "last-month",
    "next-month",
    "this-year",
    "last-year",
    "next-year",
    "olderthan-x-minutes",
    "olderthan-x-hours",
    "olderthan-x-days",
    "olderthan-x-weeks",
    "olderthan-x-months",
    "olderthan-x-years",
    "on",
    "on-or-before",
    "this-fiscal-year",
    "last-fiscal-year",
    "next-fiscal-year",
    "this-fiscal-period",
    "last-fiscal-period",
    "next-fiscal-period",
    "last-x-fiscal-years",
    "last-x-fiscal-periods",
    "next-x-fiscal-years",
    "next-x-fiscal-periods",
    "in-fiscal-year",
    "in-fiscal-period",
    "in-fiscal-period-and-year",
    "in-or-before-fiscal-period-and-year",
    "in-or-after-fiscal-period-and-year",
    "=",
    "contains",
];

const NOW: &str = "2026-03-29T10:30:00.500Z";

/// Organization blocks: the defaults, and every switch that an operator listens to turned.
const SWITCHES: [&str; 4] = [
    "",
    "collation ci_as  hierarchy-depth 1  clock-zone utc  language-wildcard off
     null-matches { ne off ne-userid off ne-businessid off not-like off not-begin-with off
                    not-end-with off not-in on not-between off not-contain-values off
                    not-under off }
     fiscal { start 07-01 periods half }",
    "hierarchy-model position  hierarchy-operators with-security  week-start monday
     fiscal { start 04-01 periods month }",
    "week-start thursday  fiscal { start 03-29 periods four-weeks }",
];

/// Texts as a row's value and as a literal.
const TEXTS: [&str; 22] = [
    "", " ", "a", "A", "á", "A\u{301}", "ab", "aB ", "b", "%", "a%b", "_", "[a]", "]", "^", "-",
    "ß", "SS", "İ", "ﬁ", "日本", "a\"b'c",
];

/// Patterns as a literal alone.
const PATTERNS: [&str; 24] = [
    "%", "_", "__", "a%", "%b", "%a%", "_b%", "[ab]", "[a-b]%", "[^a]", "[^a]%", "[", "a[", "[]",
    "[^]", "[%]", "a[%]b", "[_]", "[[]a]", "[]]", "[-a]", "[a-]", "[b-a]", "s_",
];

/// The rows' values of a type.
fn values(attribute: &Attribute) -> Vec<Value> {
    let mut all: Vec<Value> = match attribute.ty {
        AttributeType::Integer => [-2_147_483_648, -1, 0, 1, 2, 1033, 2_147_483_647]
            .map(Value::Int)
            .into(),
        AttributeType::Bigint => [i64::MIN, -1, 0, 1, 9_007_199_254_740_993, i64::MAX]
            .map(Value::Int)
            .into(),
        ty if ty.is_whole() => [0, 1, 2].map(Value::Int).into(),
        ty if ty.family() == Family::Number => {
            let texts = [
                "-0.5",
                "0",
                "0.10",
                "0.1",
                "1",
                "1.5",
                "2",
                "10",
                "9007199254740993",
                "79228162514264337593543950335",
                "0.0000000000000000000000000001",
            ];
            texts
                .iter()
                .map(|text| story::value(attribute, text))
                .collect()
        }
        AttributeType::Boolean => vec![Value::Bool(true), Value::Bool(false)],
        AttributeType::Multichoice => {
            let sets: [&[i64]; 4] = [&[1], &[2], &[1, 2], &[1, 2, 3]];
            sets.map(|set| Value::Choices(set.into())).into()
        }
        AttributeType::Datetime(behavior) => moments(behavior),
        ty if ty.family() == Family::Guid => ids().map(|name| Value::Guid(story::id(name))).into(),
        _ => TEXTS.map(|text| Value::Text(text.into())).into(),
    };
    all.push(Value::Null);
    all
}

/// Ids of users (above, oneself, below), teams, units and of nothing.
fn ids() -> [&'static str; 10] {
    ["u1", "u2", "u3", "u4", "t1", "t2", "t3", "b1", "b2", "x9"]
}

/// Days, from today, at which a longer window has an edge under one of the [`SWITCHES`].
const FAR: [i64; 21] = [
    -730, -452, -365, -212, -179, -87, -59, -56, -49, -29, -28, -15, -14, 15, 32, 33, 50, 94, 278,
    366, 643,
];

/// Moments at and beside every edge that a window may have in any of the zones.
fn moments(behavior: Behavior) -> Vec<Value> {
    let Instant(now) = Instant::parse(NOW).expect("an instant");
    let day = 86_400_000;
    let today = now.div_euclid(day);
    let days: Vec<i64> = (-9..=10).chain(FAR).collect();
    let hour = 3_600_000;
    match behavior {
        Behavior::DateOnly => days
            .into_iter()
            .map(|n| Value::Day(weir_ir::time::Day(i32::try_from(today + n).expect("a day"))))
            .collect(),
        Behavior::UserLocal => {
            let mut all = vec![now - 1, now, now + 1];
            for hours in [1, 2, 7] {
                let (ago, later) = (now - hours * hour, now + hours * hour);
                all.extend([ago - 1, ago, later, later + 1, now - hours * hour / 60]);
            }
            // Midnight in UTC, in Berlin in winter and in summer, and on the other side of the world.
            for offset in [0, -1, -2, -14] {
                for n in days.iter().filter(|n| offset != -14 || n.abs() < 9) {
                    let midnight = (today + n) * day + offset * hour;
                    all.extend([midnight - 1, midnight]);
                }
            }
            all.into_iter()
                .map(|ms| Value::Instant(Instant(ms)))
                .collect()
        }
        Behavior::TimeZoneIndependent => {
            let mut all = Vec::new();
            for offset in [0, 2, 14] {
                let wall = now + offset * hour;
                all.extend([wall - 1, wall, wall + 1]);
                for hours in [1, 2, 7, 9] {
                    let (ago, later) = (wall - hours * hour, wall + hours * hour);
                    all.extend([ago - 1, ago, later, later + 1]);
                }
            }
            for n in days {
                all.extend([(today + n) * day - 1, (today + n) * day]);
            }
            let wall = |ms| Value::WallClock(weir_ir::time::WallClock(ms));
            all.into_iter().map(wall).collect()
        }
    }
}

/// The value lists to try an operator with, as written.
fn literals(token: &str, attribute: &Attribute) -> Vec<String> {
    let quote = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let written = |value: &Value| match value {
        Value::Text(text) => quote(text),
        Value::Bool(_) | Value::Int(_) => value.to_string(),
        Value::Decimal(number) => number.to_string(),
        Value::Choices(choices) => choices[0].to_string(),
        other => quote(&other.to_string()),
    };
    let one = || -> Vec<String> {
        let values = values(attribute);
        let few = if values.len() > 60 { 7 } else { 1 };
        let known = values.iter().filter(|value| !value.is_null());
        known.step_by(few).map(written).collect()
    };
    let own = attribute.name.as_str();
    match token {
        "null" | "not-null" => vec![String::new()],
        _ if token.contains("-user") || token.ends_with("-businessid") => vec![String::new()],
        "in-fiscal-year" => ["2024", "2025", "2026", "9999"].map(Into::into).into(),
        "in-fiscal-period" => ["1", "2", "4", "12", "13"].map(Into::into).into(),
        _ if token.ends_with("-and-year") => [(1, 2026), (4, 2025), (13, 2025), (12, 2025)]
            .map(|(period, year)| format!("({period}, {year})"))
            .into(),
        _ if token.contains("-x-") => ["1", "2", "7", "2147483647"].map(Into::into).into(),
        "today" | "yesterday" | "tomorrow" => vec![String::new()],
        _ if token.ends_with("-seven-days") => vec![String::new()],
        _ if ["this-", "last-", "next-"]
            .iter()
            .any(|which| token.starts_with(which)) =>
        {
            vec![String::new()]
        }
        "between" | "not-between" => {
            let few = (one().len() / 7).max(1);
            let all: Vec<String> = one().into_iter().step_by(few).collect();
            let pairs = all.iter().zip(all.iter().rev()).chain(all.iter().zip(&all));
            pairs
                .map(|(low, high)| format!("({low}, {high})"))
                .collect()
        }
        "above" | "eq-or-above" | "under" | "eq-or-under" | "not-under" => one(),
        "in" | "not-in" | "contain-values" | "not-contain-values" => {
            let mut all: Vec<String> = one().iter().map(|value| format!("({value})")).collect();
            all.push(format!("({})", one().join(", ")));
            all
        }
        "on" | "on-or-before" | "on-or-after" => {
            let mut all: Vec<String> = ["2026-03-20", "2026-03-29", "2026-03-30", "2027-01-01"]
                .map(quote)
                .into();
            if attribute.ty == AttributeType::Datetime(Behavior::UserLocal) {
                all.extend(["2026-03-28T23:30:00Z", "2026-03-29T22:00:00+00:00"].map(quote));
            }
            all
        }
        _ if token.contains("like") || token.contains("with") => TEXTS
            .iter()
            .chain(&PATTERNS)
            .map(|text| quote(text))
            .collect(),
        _ => {
            let mut all = one();
            if attribute.ty == AttributeType::Multichoice {
                all.extend(["(2, 1)", "(3, 1, 2, 1)"].map(Into::into));
            }
            all.push(format!("attribute {own}"));
            all.push("attribute other".to_owned());
            all
        }
    }
}

/// Whether a fiscal year has the period that a literal names, if it names one.
fn is_period(token: &str, literal: &str, switches: &str) -> bool {
    let count = ["half", "quarter", "month", "four-weeks"]
        .into_iter()
        .zip([2, 4, 12, 13])
        .find(|(periods, _)| switches.contains(&format!("periods {periods}")));
    let named = token.starts_with("in-") && token.contains("fiscal-period");
    let period = literal.trim_start_matches('(').split(',').next();
    let period: Option<i64> = period.and_then(|period| period.parse().ok());
    !named || period <= Some(count.map_or(4, |(_, count)| count))
}

/// An organisation with one entity under test: `value` of the type, and `other` of the same type.
fn organisation(ty: (&str, &str, &[&str])) -> Organisation {
    let attribute = |name: &str| {
        let mut attribute = json!({"name": name, "type": ty.0});
        if !ty.1.is_empty() {
            attribute["behavior"] = json!(ty.1);
        }
        if !ty.2.is_empty() {
            attribute["targets"] = json!(ty.2);
        }
        attribute
    };
    let metadata = json!({"entities": [{"name": "probe", "ownership": "organization",
        "offline": true, "attributes": [attribute("value"), attribute("other")]},
        {"name": "tree", "ownership": "organization"}],
        "relationships": [{"name": "tree_parent", "kind": "1:N", "referenced": "tree",
            "referencing": "tree", "lookup": "parent", "hierarchical": true}]})
    .to_string();
    let schema = Arc::new(generate::load(&metadata).expect("metadata without errors"));
    let steps = vec![first_step(&schema)];
    Organisation {
        seed: 1,
        metadata,
        schema,
        publications: Vec::new(),
        steps,
    }
}

/// People, and a row for every value; `other` is the value of the row before.
fn first_step(schema: &Schema) -> Step {
    let people = "businessunit b1\nbusinessunit b2 parentbusinessunitid=b1
        tree u1 parent=u2\ntree u2 parent=u3\ntree u3 parent=x9\ntree t1 parent=t2\ntree t2 parent=t1
        tree t3 parent=t1
        position p1\nposition p2 parentpositionid=p1
        systemuser u1 domainname=anna businessunitid=b1 positionid=p1
        systemuser u2 parentsystemuserid=u1
        systemuser u3 parentsystemuserid=u2 positionid=p2
        systemuser u4 domainname=bob
        team t1\nteam t2\nteam t3
        teammembership m1 teamid=t1 systemuserid=u1
        teammembership m2 teamid=t2 systemuserid=u2
        usersettings s1 systemuserid=u1 timezone=Europe/Berlin uilanguageid=1033
        usersettings s2 systemuserid=u4 timezone=Pacific/Kiritimati";
    let mut changes: Vec<Change> = people
        .lines()
        .map(|line| story::change(schema, line.trim()))
        .collect();
    let probe = schema.find("probe").expect("the entity under test");
    let of = |name: &str| schema.entity(probe).find(name).expect("its attribute");
    let values = values(schema.attribute(probe, of("value")));
    let mut before = Value::Null;
    for (n, value) in values.into_iter().enumerate() {
        changes.push(Change::Upsert {
            entity: probe,
            id: story::id(&format!("r{n}")),
            values: vec![(of("value"), value.clone()), (of("other"), before)],
        });
        before = value;
    }
    Step {
        transaction: Transaction {
            at: Instant::parse(NOW).expect("an instant"),
            changes,
        },
        publish: None,
        contextual: false,
    }
}

fn text(filter: &str, switches: &str) -> String {
    format!(
        "profile \"p\" {{ limits modern members {{ user \"anna\" user \"bob\" }}
           item probe {{ download where {filter} }} }}
         organization {{ {switches} }}"
    )
}

const CHECKS: Checks = Checks {
    sql: false,
    explain_every: 0,
    samples: 0,
};

/// The organisation of a type under some switches: a publication for every `nth` filter of it.
fn filters(ty: (&str, &str, &[&str]), switches: &str, nth: usize) -> Organisation {
    let mut organisation = organisation(ty);
    let schema = Arc::clone(&organisation.schema);
    let probe = schema.find("probe").expect("the entity under test");
    let value = &schema.entity(probe).attributes["value"];
    let at = organisation.steps[0].transaction.at;
    organisation.publications = vec![vec![text("value null", switches)]];
    let all = operators(&schema, probe, value)
        .into_iter()
        .flat_map(|token| {
            let literals = literals(token, value).into_iter();
            let known = literals.filter(move |literal| is_period(token, literal, switches));
            known.map(move |literal| format!("value {token} {literal}"))
        });
    // Not always the first ones.
    for filter in all.skip(switches.len() % nth).step_by(nth) {
        organisation
            .publications
            .push(vec![text(&filter, switches)]);
        organisation.steps.push(Step {
            transaction: Transaction {
                at,
                changes: Vec::new(),
            },
            publish: Some(organisation.publications.len() - 1),
            contextual: false,
        });
    }
    organisation
}

/// Compares every filter of an organisation; gives how many cells that were.
fn compare(organisation: &Organisation, stores: &mut [Box<dyn Store>]) -> usize {
    if let Err(failure) = replay_on(organisation, stores, CHECKS, &mut Coverage::default()) {
        let publish = organisation.steps[failure.step].publish.unwrap_or(0);
        let texts = organisation.publications[publish].join("\n");
        panic!("{texts}\n{}", failure.what);
    }
    let probe = organisation.schema.find("probe");
    let changes = &organisation.steps[0].transaction.changes;
    let rows = changes
        .iter()
        .filter(|change| Some(change.row().0) == probe);
    rows.count() * organisation.publications.len() * 2
}

#[test]
fn every_operator_on_every_type_and_value() {
    let run = |first: usize| {
        let mut cells = 0;
        for ty in TYPES.iter().skip(first).step_by(2) {
            for switches in SWITCHES {
                let organisation = filters(*ty, switches, 1);
                let store = Sqlite::new(&organisation.schema).expect("a database");
                cells += compare(&organisation, &mut [Box::new(store)]);
            }
        }
        cells
    };
    let cells: usize = thread::scope(|scope| {
        let threads = [0, 1].map(|first| scope.spawn(move || run(first)));
        let joined = threads.into_iter().map(|thread| thread.join());
        joined.map(|cells| cells.expect("no difference")).sum()
    });
    println!("{cells} cells: operator, literal, value, user, switches");
    assert!(cells > 100_000, "{cells} cells");
}

/// The same on servers, for every seventh filter; `WEIR_EVERY=1` takes all of them.
#[test]
fn every_operator_on_every_type_on_servers() {
    let nth = std::env::var("WEIR_EVERY").ok();
    let nth = nth.and_then(|nth| nth.parse().ok()).unwrap_or(7);
    let run = |dialect: Dialect| {
        let schema = organisation(TYPES[0]).schema;
        let server = Server::new(dialect, &schema).unwrap_or_else(|said| panic!("{said}"));
        let mut stores: [Box<dyn Store>; 1] = [Box::new(server)];
        let mut cells = 0;
        for ty in TYPES {
            for switches in SWITCHES {
                // The other nets ask servers for it.
                let switches = switches.replace("collation ci_as", "");
                let mut organisation = filters(ty, &switches, nth);
                let changes = &mut organisation.steps[0].transaction.changes;
                changes.retain(|change| is_storable(change, dialect));
                cells += compare(&organisation, &mut stores);
            }
        }
        cells
    };
    let cells = thread::scope(|scope| {
        let running = Dialect::SERVERS.map(|dialect| scope.spawn(move || run(dialect)));
        running.map(|thread| thread.join().expect("no difference"))
    });
    println!("{cells:?} cells on {:?}", Dialect::SERVERS);
    assert!(cells.iter().all(|cells| *cells > 10_000), "{cells:?}");
}

/// Whether a database can hold what a change writes: not every number of 28 digits.
fn is_storable(change: &Change, dialect: Dialect) -> bool {
    match change {
        Change::Upsert { values, .. } => values
            .iter()
            .all(|(_, value)| storage::stored(value, dialect).is_some()),
        Change::Delete { .. } => true,
    }
}

#[test]
fn what_a_type_does_not_allow_is_refused() {
    let mut refused = 0;
    for ty in TYPES {
        let organisation = organisation(ty);
        let probe = organisation
            .schema
            .find("probe")
            .expect("the entity under test");
        let value = &organisation.schema.entity(probe).attributes["value"];
        let allowed = operators(&organisation.schema, probe, value);
        for token in OPERATORS {
            let literal = literals(token, value)
                .into_iter()
                .next()
                .unwrap_or_default();
            let filter = format!("value {token} {literal}");
            let compiled = Publication::new(&organisation.schema, &[text(&filter, "")], false);
            assert_eq!(
                compiled.is_ok(),
                allowed.contains(&token),
                "{ty:?} {filter}: {:?}",
                compiled.err()
            );
            refused += usize::from(!allowed.contains(&token));
        }
    }
    println!("{refused} combinations are refused");
}
