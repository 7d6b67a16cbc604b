//! Links: by value, and by pairs.

use weir_ir::operators::{Condition, Operands, Operator, Relation};
use weir_ir::plan::Link;
use weir_ir::time::Instant;
use weir_ir::value::Value;

use super::Organisation;

#[test]
fn links_find_linked_rows_by_value() {
    let mut org = Organisation::new();
    org.put("systemuser", 1, &[]);
    org.put(
        "thing",
        1,
        &[
            ("name", "Straße"),
            ("count", "2"),
            ("price", "3"),
            ("flag", "true"),
        ],
    );
    org.put(
        "thing",
        2,
        &[("other", "#1"), ("note", "STRASSE"), ("price", "2.00")],
    );
    org.put("thing", 3, &[("other", "#9"), ("note", "x")]);
    let thing = org.thing();
    let flagged = Condition {
        attribute: org.attr("thing", "flag"),
        operator: Operator::Eq,
        operands: Operands::Values(Box::new([Value::Bool(true)])),
        on_null: false,
    };
    let flagged = org.nodes.rows(thing, flagged);
    let id = org.schema.entity(thing).primary_id;
    for (from, to, expected) in [
        ("other", id, &[(2, 1)][..]),
        ("note", org.attr("thing", "name"), &[(2, 1)]),
        ("price", org.attr("thing", "count"), &[(2, 1)]),
        ("count", org.attr("thing", "price"), &[]),
        ("count", org.attr("thing", "name"), &[]),
    ] {
        let link = Link::Attributes {
            from: org.attr("thing", from),
            entity: thing,
            to,
        };
        let linked = org.nodes.exists(thing, link, flagged);
        org.check(linked, expected);
        let not = org.nodes.not(linked);
        let not = org.pairs_of(&org.plan(not, Vec::new()), Instant(0));
        assert_eq!(not.len(), 3 - expected.len(), "{from}");
    }
}

#[test]
fn pairs_link_while_they_and_the_linked_row_are_there() {
    let mut org = Organisation::new();
    for user in [1, 2] {
        org.put("systemuser", user, &[]);
    }
    org.put("thing", 1, &[("ownerid", "#2")]);
    org.put("thing", 2, &[]);
    let (thing, pair) = (org.thing(), org.entity("pair"));
    let own = org.matched("ownerid", Relation::Itself);
    let link = Link::Through {
        intersect: pair,
        near: org.attr("pair", "otherthing"),
        far: org.attr("pair", "onething"),
        entity: thing,
    };
    let linked = org.nodes.exists(thing, link, own);
    org.check(linked, &[]);
    for double in [5, 6] {
        org.put("pair", double, &[("onething", "#1"), ("otherthing", "#2")]);
    }
    org.check(linked, &[(2, 2)]);
    org.delete("pair", 5);
    org.check(linked, &[(2, 2)]);
    org.delete("thing", 1);
    org.check(linked, &[]);
    org.put("thing", 1, &[("ownerid", "#2")]);
    org.delete("pair", 6);
    org.check(linked, &[]);
}
