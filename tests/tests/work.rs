//! The engine's work follows what changed, not what exists: for each kind of profile a change costs
//! at most `C × (factored deltas + linked rows examined + 1)`, at ten users and rows as at ten
//! thousand, and a change that matters to nobody costs exactly the same at both sizes.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it finds, and panics where it fails"
)]

use std::sync::Arc;

use weir_ir::schema::Schema;
use weir_ir::time::Instant;
use weir_ir::transaction::{Change, Transaction};
use weir_runtime::{Counters, Engine, Options};
use weir_tests::generate::{Organisation, guid};
use weir_tests::publication::Publication;
use weir_tests::story::{self, Story};

/// What one unit of outcome may cost at most: nodes of the largest plan here, twice.
const C: u64 = 24;

/// Sizes: users, and rows of each entity.
const SIZES: [usize; 2] = [10, 10_000];

/// A profile, and the changes that are measured under it.
struct Case {
    name: &'static str,
    profile: &'static str,
    organization: &'static str,
}

const CASES: [Case; 11] = [
    Case {
        name: "mine",
        profile: "item account { download mine }",
        organization: "",
    },
    Case {
        name: "team",
        profile: "item account { download team }",
        organization: "",
    },
    Case {
        name: "unit",
        profile: "item account { download business-unit }",
        organization: "",
    },
    Case {
        name: "hierarchy",
        profile: "item account { download where ownerid eq-useroruserhierarchy }",
        organization: "",
    },
    Case {
        name: "association",
        profile: "item account { download mine include contact via account_contacts }
                  item contact { download related }",
        organization: "",
    },
    Case {
        name: "related",
        profile: "item contact { download where any account on accountid = parentid (ownerid eq-userid) }",
        organization: "",
    },
    Case {
        name: "not related",
        profile: "item contact { download where ownerid eq-userid and not any account on accountid = parentid (n eq 1) }",
        organization: "",
    },
    Case {
        name: "window",
        profile: "item account { download where ownerid eq-userid and due last-x-days 2 }",
        organization: "",
    },
    Case {
        name: "roles",
        profile: "item account { download mine, business-unit }",
        organization: "security roles hierarchy-security on",
    },
    Case {
        name: "closed window",
        profile: "item account { download where ownerid eq-userid or n eq 3 }",
        organization: "entity account { filter due last-x-days 10 }",
    },
    Case {
        name: "read by few",
        profile: "item account { download where ownerid eq-userid or n eq 3 }",
        organization: "security roles",
    },
];

const METADATA: &str = "metadata
  account user-or-team name:string n:integer due:datetime
  contact user-or-team name:string parentid:lookup(account)
  account_contacts 1:N account contact parentid
profile
  profile \"p\" { members { team \"all\" } item account { download mine } }
at 2026-03-02T08:00:00Z
  team t0 name=all
holds
  u1
";

fn publication(organisation: &Organisation, case: &Case) -> Publication {
    let text = format!(
        "profile \"p\" {{ limits modern members {{ team \"all\" }} {} }} organization {{ {} }}",
        case.profile, case.organization
    );
    Publication::new(&organisation.schema, &[text], false).unwrap_or_else(|e| panic!("{e}"))
}

/// A change of one row, by attribute names and texts; ids as `entity:n`.
fn upsert(schema: &Schema, entity: &str, n: usize, values: &[(&str, String)]) -> Change {
    let of = schema.find(entity).expect("an entity");
    let found = schema.entity(of);
    let values = values.iter().map(|(name, text)| {
        let id = found.find(name).expect("an attribute");
        let attribute = found.attribute(id);
        let value = match text.split_once(':') {
            Some((target, n)) if schema.find(target).is_some() => {
                let target = schema.find(target).expect("an entity");
                weir_ir::value::Value::Guid(guid(target.0, n.parse().expect("a number")))
            }
            _ => story::value(attribute, text),
        };
        (id, value)
    });
    Change::Upsert {
        entity: of,
        id: guid(of.0, n),
        values: values.collect(),
    }
}

/// As many users and rows as asked for: ten users to a unit and a team, a manager for every three.
fn population(schema: &Schema, size: usize) -> Vec<Change> {
    let mut all = Vec::new();
    let mut add = |entity: &str, n: usize, values: &[(&str, String)]| {
        all.push(upsert(schema, entity, n, values));
    };
    let to = |entity: &str, n: usize| format!("{entity}:{n}");
    add("team", 0, &[("name", "all".into())]);
    for n in 0..size {
        if n % 10 == 0 {
            add("businessunit", n / 10, &[]);
            add("team", 1 + n / 10, &[("name", format!("t{n}"))]);
        }
        add(
            "systemuser",
            n,
            &[
                ("businessunitid", to("businessunit", n / 10)),
                (
                    "parentsystemuserid",
                    to("systemuser", (n + size - 1) / 3 % size),
                ),
            ],
        );
        let user = to("systemuser", n);
        for (k, team) in [0, 1 + n / 10].into_iter().enumerate() {
            let values = [("teamid", to("team", team)), ("systemuserid", user.clone())];
            add("teammembership", 2 * n + k, &values);
        }
        for (k, entity) in ["mobileofflineprofile", "account", "contact"]
            .iter()
            .enumerate()
        {
            let values = [
                ("systemuserid", user.clone()),
                ("entity", (*entity).to_owned()),
                ("depth", "local".to_owned()),
            ];
            add("roleprivilege", 3 * n + k, &values);
        }
        // Every third row is a team's.
        let owner = if n % 3 == 2 {
            to("team", 1 + n / 10)
        } else {
            user
        };
        add(
            "account",
            n,
            &[
                ("ownerid", owner.clone()),
                ("owningbusinessunit", to("businessunit", n / 10)),
                ("due", "2026-03-01T12:00:00Z".into()),
                ("n", "0".into()),
            ],
        );
        let parent = to("account", n);
        add("contact", n, &[("ownerid", owner), ("parentid", parent)]);
    }
    all
}

fn minus(after: Counters, before: Counters) -> Counters {
    Counters {
        rows_visited: after.rows_visited - before.rows_visited,
        nodes_evaluated: after.nodes_evaluated - before.nodes_evaluated,
        users_visited: after.users_visited - before.users_visited,
        linked_rows_examined: after.linked_rows_examined - before.linked_rows_examined,
        factored_deltas: after.factored_deltas - before.factored_deltas,
    }
}

/// The changes that are measured, each with a name; the first two matter to nobody.
fn changes(schema: &Schema) -> Vec<(&'static str, Vec<Change>)> {
    let change = |entity: &str, n: usize, name: &str, text: &str| {
        vec![upsert(schema, entity, n, &[(name, text.to_owned())])]
    };
    vec![
        (
            "a row of nobody",
            // Too old for a filter that looks at dates, and in no unit that reads it.
            vec![upsert(
                schema,
                "account",
                99_999,
                &[
                    ("n", "3".to_owned()),
                    ("due", "2020-01-01T00:00:00Z".to_owned()),
                ],
            )],
        ),
        (
            "a text of nobody's row",
            change("account", 99_999, "name", "x"),
        ),
        ("a text", change("account", 1, "name", "x")),
        (
            "another owner",
            change("account", 1, "ownerid", "systemuser:5"),
        ),
        (
            "an owner again",
            change("account", 1, "ownerid", "systemuser:1"),
        ),
        (
            "a unit",
            change("account", 1, "owningbusinessunit", "businessunit:0"),
        ),
        ("a number", change("account", 1, "n", "1")),
        (
            "a date",
            change("account", 1, "due", "2026-02-01T00:00:00Z"),
        ),
        ("a parent", change("contact", 1, "parentid", "account:4")),
        (
            "a user's unit",
            change("systemuser", 1, "businessunitid", "businessunit:0"),
        ),
        (
            "a manager",
            change("systemuser", 9, "parentsystemuserid", "systemuser:1"),
        ),
        (
            "a new row",
            change("contact", 88_888, "ownerid", "systemuser:3"),
        ),
        (
            "a row goes",
            vec![Change::Delete {
                entity: schema.find("account").expect("an entity"),
                id: guid(schema.find("account").expect("an entity").0, 4),
            }],
        ),
    ]
}

/// The work of each measured change.
fn measure(case: &Case, size: usize) -> Vec<(&'static str, Counters)> {
    let organisation = Story::read(METADATA).organisation;
    let schema = Arc::clone(&organisation.schema);
    let mut engine = Engine::new(
        Arc::clone(&schema),
        Options {
            hash_seed: 1,
            ..Options::default()
        },
    );
    engine
        .publish(publication(&organisation, case).plan)
        .expect("published");
    let mut at = Instant::parse("2026-03-02T08:00:00Z").expect("an instant");
    let mut apply = |changes: Vec<Change>| {
        at = Instant(at.0 + 1);
        let before = engine.counters();
        let transaction = Transaction { at, changes };
        let deltas = engine.apply(&transaction, None).expect("legal changes");
        let told = engine.expand(&deltas);
        assert!(told.is_sorted_by_key(|told| told.user));
        minus(engine.counters(), before)
    };
    apply(population(&schema, size));
    changes(&schema)
        .into_iter()
        .map(|(name, changes)| (name, apply(changes)))
        .collect()
}

#[test]
fn work_follows_what_changed() {
    for case in CASES {
        let [small, large] = SIZES.map(|size| measure(&case, size));
        let mut worst = (0.0, "", 0);
        for ((name, small), (_, large)) in small.iter().zip(&large) {
            for (size, work) in SIZES.iter().zip([small, large]) {
                let done = work.rows_visited + work.nodes_evaluated + work.users_visited;
                let outcome = work.factored_deltas + work.linked_rows_examined + 1;
                assert!(
                    done <= C * outcome,
                    "{}, {name} at {size}: {done} for {outcome}: {work:?}",
                    case.name
                );
                let ratio = done as f64 / outcome as f64;
                if ratio > worst.0 {
                    worst = (ratio, *name, *size);
                }
            }
            if name.contains("nobody") {
                assert_eq!(small, large, "{}, {name}", case.name);
            }
        }
        let (ratio, name, size) = worst;
        println!(
            "{:12} at most {ratio:.1} a unit of outcome ({name}, {size})",
            case.name
        );
    }
}
