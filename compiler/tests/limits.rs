//! Limits that take sources too large to write down.

mod common;

use weir_compiler::Options;
use weir_grammar::ast::Dialect;
use weir_ir::limits;

/// What is found in a profile's items, cut where a place is long.
fn findings(metadata: &str, items: &str) -> Vec<String> {
    let text = format!("profile \"P\" {{ {items} }}");
    let schema = common::schema(metadata);
    let case = common::compile_texts(&schema, &[&text], Dialect::Native, Options::default());
    let found = case.compiled.diagnostics.iter().map(|found| {
        let at: String = found
            .span
            .map_or("", |span| case.sources.slice(span))
            .chars()
            .take(20)
            .collect();
        let help = found.help.clone().unwrap_or_default();
        format!("{} `{at}`: {} | {help}", found.code.id, found.message)
    });
    found.collect()
}

#[test]
fn conditions_of_a_modern_filter() {
    let filter = |count: usize| {
        let conditions: Vec<String> = (0..count - 2).map(|n| format!("revenue eq {n}")).collect();
        let conditions = conditions.join(" or ");
        format!(
            "item contact {{ download all }} item account {{ limits modern download where {conditions} or any contact via contact_customer_accounts (statecode eq 0 and fullname null) }}"
        )
    };
    assert_eq!(
        findings(common::METADATA, &filter(limits::MODERN_CONDITIONS)),
        [""; 0]
    );
    assert_eq!(
        findings(common::METADATA, &filter(limits::MODERN_CONDITIONS + 1)),
        [
            "E0913 `revenue eq 0 or reve`: 501 conditions in a filter | the modern limits allow 500; `in` takes many values in one condition"
        ]
    );
}

#[test]
fn values_of_a_condition() {
    let filter = |count: usize| {
        let values = vec!["1"; count].join(", ");
        format!("item account {{ download where language in ({values}) }}")
    };
    let allowed = limits::VALUES_PER_CONDITION;
    assert_eq!(findings(common::METADATA, &filter(allowed)), [""; 0]);
    assert_eq!(
        findings(common::METADATA, &filter(allowed + 1)),
        ["E0914 `in`: 100001 values in one condition | at most 100000 are taken"]
    );
}

/// Entities e0 … and, from each to the next, `width` relationships.
fn chain(entities: usize, width: usize) -> String {
    let mut all = Vec::new();
    let mut relationships = Vec::new();
    for at in 0..entities {
        let lookups: Vec<String> = (0..width)
            .map(|n| format!(r#"{{"name":"l{n}","type":"lookup"}}"#))
            .collect();
        all.push(format!(
            r#"{{"name":"e{at}","ownership":"organization","offline":true,"primary_id":"e{at}id","attributes":[{}]}}"#,
            lookups.join(",")
        ));
        for n in 0..width {
            if at > 0 {
                relationships.push(format!(
                    r#"{{"name":"r{at}_{n}","kind":"1:N","referenced":"e{}","referencing":"e{at}","lookup":"l{n}"}}"#,
                    at - 1
                ));
            }
        }
    }
    format!(
        r#"{{"entities":[{}],"relationships":[{}]}}"#,
        all.join(","),
        relationships.join(",")
    )
}

/// The items of a chain, each with associations to the next.
fn chained(entities: usize, width: usize) -> String {
    let mut text = String::new();
    for at in 0..entities {
        let choice = if at == 0 || width == 0 {
            "all"
        } else {
            "related"
        };
        text += &format!("item e{at} {{ download {choice}");
        for n in 0..width {
            if at + 1 < entities {
                text += &format!(" include e{} via r{}_{n}", at + 1, at + 1);
            }
        }
        text += " } ";
    }
    text
}

#[test]
fn relationships_of_an_item() {
    assert_eq!(findings(&chain(4, 5), &chained(4, 5)), [""; 0]);
    let found = findings(&chain(5, 4), &chained(5, 4));
    assert_eq!(
        found,
        [
            "W0404 `e0`: `e0` leads along 16 relationships, as far as `e0 → e1 → e2 → e3 → e4` | \
             the product counts 15 as the most of an item, those of the items that it reaches included"
        ]
    );
}

#[test]
fn relationships_beyond_those_that_are_counted() {
    let told = |width: usize| {
        let found = findings(&chain(2, width), &chained(2, width));
        found.into_iter().next().unwrap_or_default()
    };
    let most = limits::RELATIONSHIPS_COUNTED;
    let exact = told(most);
    assert!(
        exact.starts_with("W0404 `e0`: `e0` leads along 100 relationships, as far as `e0 → e1` |"),
        "{exact}"
    );
    let more = told(most + 1);
    assert!(
        more.starts_with("W0404 `e0`: `e0` leads along over 100 relationships, as far as `e0"),
        "{more}"
    );
}

#[test]
fn circles_of_associations() {
    let told = |pairs: usize| {
        let items: String = (0..pairs)
            .map(|at| {
                let (one, other) = (2 * at, 2 * at + 1);
                format!(
                    "item e{one} {{ download all include e{other} via r{other}_0 }} \
                     item e{other} {{ download all include e{one} via r{other}_0 }} "
                )
            })
            .collect();
        let found = findings(&chain(2 * pairs, 1), &items);
        found
            .iter()
            .filter(|found| found.starts_with("E0412"))
            .count()
    };
    assert_eq!(told(limits::CIRCLES), limits::CIRCLES);
    assert_eq!(told(limits::CIRCLES + 1), limits::CIRCLES);
}

#[test]
fn many_conditions_on_one_attribute() {
    let filter = |last: &str| {
        let equal: Vec<String> = (0..400).map(|n| format!("revenue eq {n}")).collect();
        format!(
            "item account {{ limits modern download where {} or {last} }}",
            equal.join(" or ")
        )
    };
    assert_eq!(findings(common::METADATA, &filter("revenue gt 3")), [""; 0]);
    assert_eq!(
        findings(common::METADATA, &filter("revenue ne 399")),
        [
            "W0423 `revenue eq 0 or reve`: one of these conditions on `revenue` holds for every row | \
             they keep nothing out: join them by `and`, or take them out",
            "W0421 `revenue ne 399`: `ne` also holds where `revenue` has no value | to leave those rows out \
             add `and revenue not-null`, to show that they are meant `or revenue null`"
        ]
    );
}

#[test]
fn items_of_a_profile() {
    let allowed = limits::SOFT_ITEMS_PER_PROFILE;
    assert_eq!(findings(&chain(allowed, 0), &chained(allowed, 0)), [""; 0]);
    assert_eq!(
        findings(&chain(allowed + 1, 0), &chained(allowed + 1, 0)),
        ["W0406 `\"P\"`: 101 items in a profile | more than 100 make a first download slow"]
    );
}

#[test]
fn findings_beyond_the_most_that_are_shown() {
    let items = format!(
        "item account {{ sync every 1 minutes download where {} }}",
        vec!["zz eq 1"; limits::DIAGNOSTICS + 1].join(" and ")
    );
    let found = findings(common::METADATA, &items);
    assert_eq!(found.len(), limits::DIAGNOSTICS + 1);
    // Errors stay, warnings go first.
    assert!(
        found[..limits::DIAGNOSTICS]
            .iter()
            .all(|line| line.starts_with("E0302 `zz`"))
    );
    assert_eq!(
        found[limits::DIAGNOSTICS],
        "N0911 ``: 2 more findings are not shown | "
    );
}
