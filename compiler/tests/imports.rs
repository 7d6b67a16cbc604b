//! Findings about imported profiles, and about trees that no native text gives.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop where it can't go on"
)]

mod common;

use indexmap::IndexMap;
use smol_str::SmolStr;
use weir_compiler::{Options, compile};
use weir_grammar::ast::{Block, Filter, Name, Setting};
use weir_grammar::solution;
use weir_ir::diagnostic::{FileId, Sources, Span};
use weir_ir::schema::{Entity, Schema, Unusable};

use common::Case;

/// An item of an export.
fn item(entity: &str, criteria: u8, more: &str) -> String {
    format!(
        "<MobileOfflineProfileItem><MobileOfflineProfileItemAssociations>{}</MobileOfflineProfileItemAssociations>\
         <RecordDistributionCriteria>{criteria}</RecordDistributionCriteria><EntitySchemaName>{entity}</EntitySchemaName>\
         </MobileOfflineProfileItem>",
        if more.is_empty() {
            String::new()
        } else {
            format!(
                "<MobileOfflineProfileItemAssociation><RelationshipDisplayName>{more}</RelationshipDisplayName></MobileOfflineProfileItemAssociation>"
            )
        }
    )
}

fn import(schema: &Schema, items: &[String], options: Options) -> Case {
    let text = format!(
        "<MobileOfflineProfile><Name>P</Name><MobileOfflineProfileItems>{}</MobileOfflineProfileItems></MobileOfflineProfile>",
        items.concat()
    );
    let mut sources = Sources::default();
    let file = sources.add("P.xml", text.as_str());
    let parsed = solution::parse(file, &text);
    assert_eq!(parsed.diagnostics, []);
    let compiled = compile(schema, &mut sources, &[parsed.file], options);
    Case { sources, compiled }
}

const STRICT: Options = Options { lenient: false };
const LENIENT: Options = Options { lenient: true };

#[test]
fn other_data_of_nobody() {
    let schema = common::schema(common::METADATA);
    let items = [
        item("Account", 1, "contact_customer_accounts"),
        item("Contact", 2, "Contact_Tasks"),
        item("Task", 0, ""),
    ];
    let case = import(&schema, &items, STRICT);
    let no_flag = "E0404 `2`: the other data filter of `Contact` names nobody's rows";
    assert_eq!(
        case.findings(),
        format!(
            "error E0410 `contact_customer_accounts`: the association leads to `contact`, which has no item in this profile\n  \
             help: add `item contact {{ download related }}`\n\
             error {no_flag}\n  help: choose `mine`, `team` or `business-unit`, one or more\n"
        )
    );
    assert!(case.compiled.plan.is_none());
    let case = import(&schema, &items, LENIENT);
    assert_eq!(
        case.findings(),
        format!(
            "warning E0410 `contact_customer_accounts`: the association leads to `contact`, which has no item in this profile; the association is left out\n  \
             help: add `item contact {{ download related }}`\n\
             warning {no_flag}; the item is left out\n  help: choose `mine`, `team` or `business-unit`, one or more\n\
             warning W0402 `Task`: `task` downloads related rows only, and nothing relates to it\n  \
             help: no records will be available; include it from another item, or choose what it downloads\n"
        )
    );
    let plan = case.compiled.plan.expect("a plan");
    assert_eq!(plan.profiles[0].items.len(), 2);
}

#[test]
fn a_custom_filter_without_a_condition() {
    let schema = common::schema(common::METADATA);
    let case = import(&schema, &[item("Account", 3, "")], LENIENT);
    assert_eq!(
        case.findings(),
        "error E0405 `3`: a custom filter needs a condition\n  help: add one, or download `all`\n"
    );
}

#[test]
fn a_relationship_with_an_entity_that_no_source_has() {
    let schema = common::schema(common::METADATA).with_unusable(vec![Unusable {
        name: "account_Ghosts".into(),
        missing: vec!["ghost".into()],
    }]);
    let items = [item("Account", 1, "Account_ghosts")];
    let message = "E0304 `Account_ghosts`: relationship `account_Ghosts` joins `ghost`, which the metadata lacks";
    let help =
        "\n  help: add a metadata source that has the entity, or leave it out with `--lenient`\n";
    assert_eq!(
        import(&schema, &items, STRICT).findings(),
        format!("error {message}{help}")
    );
    assert_eq!(
        import(&schema, &items, LENIENT).findings(),
        format!("warning {message}; the association is left out{help}")
    );
}

#[test]
fn an_entity_without_an_offline_flag() {
    let schema = common::schema(common::METADATA);
    let entities: IndexMap<SmolStr, Entity> = schema
        .entities()
        .map(|(_, entity)| {
            let offline = entity.offline.filter(|_| entity.name != "account");
            let entity = Entity {
                offline,
                ..entity.clone()
            };
            (entity.name.clone(), entity)
        })
        .collect();
    let schema = Schema::new(entities, Vec::new(), None).expect("system entities");
    assert_eq!(
        import(&schema, &[item("Account", 1, "")], STRICT).findings(),
        "warning W0303 `Account`: no source says whether `account` is enabled for mobile offline\n  \
         help: it counts as enabled; to say so, write `entity account { offline on }` in the organization block\n"
    );
}

#[test]
fn a_nul_in_a_value() {
    let text = "profile \"P\" { item account { download where name eq \"ab\" } }";
    let mut sources = Sources::default();
    let mut files = common::read(&mut sources, &[text], weir_grammar::ast::Dialect::Native);
    let Block::Profile(profile) = &mut files[0].blocks[0] else {
        panic!("a profile");
    };
    let download = profile.items[0].download.as_mut().expect("a download");
    let Some(Filter::Condition(condition)) = &mut download.filter else {
        panic!("a condition");
    };
    condition.values[0].text = "a\0b".into();
    let schema = common::schema(common::METADATA);
    let compiled = compile(&schema, &mut sources, &files, STRICT);
    assert_eq!(
        Case { sources, compiled }.findings(),
        "error E0311 `\"ab\"`: a value holds the NUL character\n  help: no text of a database holds it; take it out\n"
    );
}

#[test]
fn a_setting_that_nobody_knows() {
    let text = "organization { collation ci_ai }";
    let mut sources = Sources::default();
    let mut files = common::read(&mut sources, &[text], weir_grammar::ast::Dialect::Native);
    let Block::Organization(organization) = &mut files[0].blocks[0] else {
        panic!("an organization");
    };
    let span = Span::new(FileId(0), 15, 24);
    let name = |text: &str| Name {
        text: text.into(),
        span,
    };
    organization.settings = vec![
        Setting::Plain {
            key: name("colation"),
            value: name("ci_ai"),
        },
        Setting::Plain {
            key: name("colour"),
            value: name("blue"),
        },
    ];
    let schema = common::schema(common::METADATA);
    let compiled = compile(&schema, &mut sources, &files, STRICT);
    assert_eq!(
        Case { sources, compiled }.findings(),
        "error E0501 `collation`: unknown setting `colation`\n  help: did you mean `collation`?\n  \
         edit: `collation` to `collation`\n\
         error E0501 `collation`: unknown setting `colour`\n  help: the settings are limits, collation, \
         hierarchy-depth, hierarchy-model, security, hierarchy-security, hierarchy-operators, clock-zone, \
         language-wildcard, week-start, fiscal, null-matches, entity\n"
    );
}
