//! Conditions on the row alone.

use std::collections::BTreeSet;

use weir_ir::fold::{Collation, fold};
use weir_ir::operators::{Condition, Matcher, Operands, Operator};
use weir_ir::schema::AttrId;
use weir_ir::time::Instant;
use weir_ir::value::Value;

use super::Organisation;

/// Values to try of an attribute; equal ones in several forms among them.
fn values(attribute: &str) -> &'static [&'static str] {
    match attribute {
        "name" | "note" => &[
            "null", "", "Straße", "STRASSE", "strasse ", "a%", "ab", "É", "e", "[a]", "zz", "a\0b",
        ],
        "count" | "big" => &["null", "-1", "0", "2", "10"],
        "price" => &[
            "null",
            "-1",
            "2.50",
            "2.5",
            "10",
            "0.000000000000000001",
            "9",
        ],
        "flag" => &["null", "true", "false"],
        "other" => &[
            "null",
            "00000001-0000-0000-0000-000000000000",
            "{0000000A-0000-0000-0000-000000000000}",
        ],
        "tags" => &["null", "1", "2"],
        "born" => &[
            "null",
            "0000-01-01",
            "2026-03-01",
            "2026-03-02",
            "9999-12-31",
        ],
        "at" => &[
            "null",
            "0000-01-01",
            "2026-03-02T08:00:00.001Z",
            "2026-03-02",
            "9999-12-31T23:59:59.999Z",
        ],
        _ => &[
            "null",
            "2026-03-02T08:00:00.001",
            "2026-03-02T08:00",
            "9999-12-31",
        ],
    }
}

const ATTRIBUTES: [&str; 11] = [
    "name", "note", "count", "big", "price", "flag", "other", "tags", "born", "at", "opens",
];

/// Every operator × attribute × value × value × NULL rule, as `Matcher` says, and its complement.
#[test]
fn conditions_are_what_the_operators_define() {
    const OPERATORS: [Operator; 16] = [
        Operator::Eq,
        Operator::Ne,
        Operator::Gt,
        Operator::Ge,
        Operator::Lt,
        Operator::Le,
        Operator::In,
        Operator::NotIn,
        Operator::Null,
        Operator::NotNull,
        Operator::Like,
        Operator::NotLike,
        Operator::BeginsWith,
        Operator::NotBeginWith,
        Operator::EndsWith,
        Operator::NotEndWith,
    ];
    for collation in [Collation::CiAi, Collation::CiAs] {
        let mut org = Organisation::new();
        org.settings.collation = collation;
        org.put("systemuser", 1, &[]);
        let mut id = 100;
        let mut rows: Vec<(u32, Vec<(AttrId, Value)>)> = Vec::new();
        for attribute in ATTRIBUTES {
            for text in values(attribute) {
                org.put("thing", id, &[(attribute, text)]);
                let value = org.value("thing", attribute, text);
                rows.push((id, vec![(org.attr("thing", attribute), value)]));
                id += 1;
            }
        }
        let mut asked = 0;
        for attribute in ATTRIBUTES {
            for operator in OPERATORS {
                for text in values(attribute) {
                    for on_null in [false, true] {
                        asked +=
                            check_condition(&mut org, &rows, attribute, operator, text, on_null);
                    }
                }
            }
        }
        assert!(asked > 1_000, "{asked}");
    }
}

fn check_condition(
    org: &mut Organisation,
    rows: &[(u32, Vec<(AttrId, Value)>)],
    name: &str,
    operator: Operator,
    text: &str,
    on_null: bool,
) -> usize {
    let attribute = org.attr("thing", name);
    let folded = |value: Value| match value {
        Value::Text(text) => Value::Text(fold(&text, org.settings.collation).into()),
        other => other,
    };
    let value = folded(org.value("thing", name, text));
    if value.is_null() {
        return 0;
    }
    let operands = match operator {
        Operator::Null | Operator::NotNull => Operands::None,
        Operator::In | Operator::NotIn => {
            let second = folded(org.value("thing", name, values(name)[2]));
            Operands::Values(Box::new([value, second]))
        }
        _ => Operands::Values(Box::new([value])),
    };
    let condition = Condition {
        attribute,
        operator,
        operands,
        on_null,
    };
    let matcher = Matcher::new(&condition, org.settings.collation);
    let says = |values: &[(AttrId, Value)]| {
        let found = values.iter().find(|(known, _)| *known == attribute);
        matcher.holds(|_| found.map_or(&Value::Null, |(_, value)| value))
    };
    let holds: BTreeSet<(u32, u32)> = rows
        .iter()
        .filter(|(_, values)| says(values))
        .map(|(id, _)| (*id, 1))
        .collect();
    let rest = rows.iter().map(|(id, _)| (*id, 1));
    let rest: BTreeSet<(u32, u32)> = rest.filter(|pair| !holds.contains(pair)).collect();
    let thing = org.thing();
    let node = org.nodes.rows(thing, condition.clone());
    let not = org.nodes.not(node);
    for (node, expected) in [(node, holds), (not, rest)] {
        let found = org.pairs_of(&org.plan(node, Vec::new()), Instant(0));
        assert_eq!(found, expected, "{condition:?}");
    }
    1
}

#[test]
fn attributes_compare_with_one_another() {
    let mut org = Organisation::new();
    org.put("systemuser", 1, &[]);
    org.put(
        "thing",
        1,
        &[
            ("count", "10"),
            ("price", "9"),
            ("name", "É"),
            ("note", "e"),
        ],
    );
    org.put(
        "thing",
        2,
        &[
            ("count", "10"),
            ("price", "10.0"),
            ("name", "a"),
            ("note", "b"),
        ],
    );
    org.put("thing", 3, &[("count", "10"), ("name", "a")]);
    let thing = org.thing();
    let mut node = |operator, left: &str, right: &str, on_null| {
        let condition = Condition {
            attribute: org.attr("thing", left),
            operator,
            operands: Operands::Attribute(org.attr("thing", right)),
            on_null,
        };
        org.nodes.rows(thing, condition)
    };
    let cases = [
        (node(Operator::Eq, "count", "price", false), &[2][..]),
        (node(Operator::Gt, "price", "count", false), &[]),
        (node(Operator::Gt, "count", "price", false), &[1]),
        (node(Operator::Ne, "price", "count", true), &[1, 3]),
        (node(Operator::Eq, "name", "note", false), &[1]),
        (node(Operator::Lt, "name", "note", true), &[2, 3]),
        // Types that don't compare are unequal.
        (node(Operator::Eq, "name", "count", false), &[]),
        (node(Operator::Ne, "name", "count", false), &[1, 2, 3]),
    ];
    for (node, rows) in cases {
        let expected: Vec<(u32, u32)> = rows.iter().map(|row| (*row, 1)).collect();
        org.check(node, &expected);
    }
}
