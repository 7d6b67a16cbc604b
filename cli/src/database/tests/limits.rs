//! Statements as large as the compiler lets through.

use std::collections::BTreeSet;

use weir_ir::operators::{Condition, Operands, Operator, Relation};
use weir_ir::plan::{Link, NodeId};
use weir_ir::time::Instant;
use weir_ir::value::Value;

use super::Organisation;
use crate::database::DatabaseError;

/// What the compiler lets through at its limits, SQLite runs.
#[test]
fn statements_at_the_limits_run() {
    let mut org = Organisation::new();
    let thing = org.thing();
    let (other, id) = (
        org.attr("thing", "other"),
        org.schema.entity(thing).primary_id,
    );
    let own = org.matched("ownerid", Relation::Itself);
    let (up, down) = (
        Link::Attributes {
            from: other,
            entity: thing,
            to: id,
        },
        Link::Attributes {
            from: id,
            entity: thing,
            to: other,
        },
    );
    let mut refused = BTreeSet::new();
    // Wide and bushy, long and thin, nested without links.
    for shape in 0..3 {
        let mut audience = own;
        for level in 0..2_000_u32 {
            audience = match shape {
                0 => {
                    let pair = [
                        org.nodes.exists(thing, up, audience),
                        org.nodes.exists(thing, down, audience),
                    ];
                    org.nodes.or(pair)
                }
                1 => org.nodes.exists(thing, up, audience),
                _ => {
                    let condition = Condition {
                        attribute: org.attr("thing", "count"),
                        operator: Operator::Eq,
                        operands: Operands::Values(Box::new([Value::Int(i64::from(level))])),
                        on_null: false,
                    };
                    let row = org.nodes.rows(thing, condition);
                    if level % 2 == 0 {
                        org.nodes.and([audience, row])
                    } else {
                        org.nodes.or([audience, row])
                    }
                }
            };
            // Bushes double; the others are tried near their ends.
            if shape != 0 && level % 20 != 0 {
                continue;
            }
            match org.database.prepare(&org.plan(audience, Vec::new())) {
                Ok(queries) => {
                    org.database
                        .map(&queries, Instant(0))
                        .expect("SQLite takes it");
                }
                Err(DatabaseError::Sql(error)) => {
                    refused.insert(
                        error
                            .to_string()
                            .split_whitespace()
                            .nth(6)
                            .map(str::to_owned),
                    );
                    break;
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
    let words = ["levels", "tables,"].map(|word| Some(word.to_owned()));
    assert_eq!(refused, BTreeSet::from(words));
}

/// A filter of 500 conditions on one level, as the limit set allows.
#[test]
fn filters_of_many_conditions_run() {
    let mut org = Organisation::new();
    org.put("systemuser", 1, &[]);
    org.put("thing", 7, &[("count", "499")]);
    let thing = org.thing();
    let attribute = org.attr("thing", "count");
    let terms: Vec<NodeId> = (0..500)
        .map(|n| {
            let condition = Condition {
                attribute,
                operator: Operator::Eq,
                operands: Operands::Values(Box::new([Value::Int(n)])),
                on_null: false,
            };
            org.nodes.rows(thing, condition)
        })
        .collect();
    let any = org.nodes.or(terms.clone());
    org.check(any, &[(7, 1)]);
    let all = org.nodes.and(terms);
    org.check(all, &[]);
}
