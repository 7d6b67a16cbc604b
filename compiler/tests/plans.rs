//! What profiles are lowered to: as `tests/plans/*.txt` has it, a tree for each case.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop where it can't go on"
)]

mod common;

use weir_compiler::{Options, explain};
use weir_grammar::ast::Dialect;
use weir_ir::plan::{Member, NodeId, Part, Plan};
use weir_ir::schema::Schema;

fn plan(schema: &Schema, texts: &[&str]) -> (Plan, common::Case) {
    let case = common::compile_texts(schema, texts, Dialect::Native, Options::default());
    let findings = case.findings();
    let plan = case.compiled.plan.clone();
    (plan.unwrap_or_else(|| panic!("{findings}")), case)
}

#[test]
fn plans_are_as_written() {
    let schema = common::schema(common::METADATA);
    common::fixtures("plans", |_, texts| {
        let (plan, _) = plan(&schema, texts);
        explain::tree(&plan, &schema)
    });
}

#[test]
fn profiles_members_and_apps_are_numbered_by_folded_name() {
    let schema = common::schema(common::METADATA);
    let (plan, _) = plan(
        &schema,
        &[
            "profile \"b\" { item account { download all sync every 30 minutes } } app \"X\" { offline on profiles \"a\", \"B\" }",
            "profile \"Á\" { members { user \"Bob@X.com\" team \"Field\" } } members \"B\" { team \"{6F9619FF-8B86-D011-B42D-00C04FC964FF}\" }",
        ],
    );
    let names: Vec<&str> = plan.profiles.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["Á", "b"]);
    let members = |at: usize| -> Vec<Member> {
        let members = plan.profiles[at].members.iter();
        members.map(|named| named.member.clone()).collect()
    };
    assert_eq!(
        members(0),
        [
            Member::UserNamed("bob@x.com".into()),
            Member::TeamNamed("field".into())
        ]
    );
    assert!(matches!(members(1)[..], [Member::Team(_)]));
    let app: Vec<u32> = plan.apps[0].profiles.iter().map(|id| id.0).collect();
    assert_eq!((app, plan.apps[0].offline), (vec![0, 1], true));
    assert_eq!(plan.profiles[1].items[0].sync_minutes, Some(30));
}

#[test]
fn every_node_says_where_it_comes_from() {
    let schema = common::schema(common::METADATA);
    let (plan, case) = plan(
        &schema,
        &["organization { security roles entity contact { filter statecode eq 0 } }
           profile \"P\" {
             item account { download mine include contact via contact_customer_accounts where fullname not-null }
             item contact { limits modern download where birthdate today and any task via Contact_Tasks (statecode eq 1) }
             item task { download all } }"],
    );
    let mut found = Vec::new();
    for id in plan.nodes.ids() {
        let line = explain::line(&plan, &schema, id);
        let mut origins: Vec<String> = plan
            .nodes
            .origins(id)
            .iter()
            .map(|origin| {
                let text = origin.span.map_or("", |span| case.sources.slice(span));
                let short: String = text.chars().take(30).collect();
                let item = &schema.entity(origin.item).name;
                format!("{item} {:?} `{short}`", origin.part)
            })
            .collect();
        origins.sort();
        found.extend(origins.iter().map(|origin| format!("{line} < {origin}")));
    }
    let noted = |id: NodeId, part: Part| plan.nodes.origins(id).iter().any(|o| o.part == part);
    for item in &plan.profiles[0].items {
        assert!(noted(item.audience, Part::Item));
        assert!(noted(item.own, Part::Choice));
        for (index, association) in (0..).zip(&item.associations) {
            assert!(noted(association.audience, Part::Association(index)));
        }
    }
}
