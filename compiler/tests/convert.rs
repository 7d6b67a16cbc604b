//! Filters there and back with metadata: what relationships become, how values are typed, and what
//! is said where neither is known.

#![expect(clippy::expect_used, reason = "a test may stop where it can't go on")]

mod common;

use weir_compiler::convert;
use weir_grammar::ast::{Filter, Name};
use weir_grammar::{fetchxml, native};
use weir_ir::diagnostic::{Diagnostic, FileId, Sources, Span};
use weir_ir::schema::Schema;

fn schema() -> Schema {
    common::schema(common::METADATA)
}

/// A native filter on accounts as FetchXML, or its findings as text.
fn to_fetchxml(native: &str) -> Result<String, Vec<String>> {
    let mut sources = Sources::default();
    let file = sources.add("filter", native);
    let (filter, found) = native::parse_filter(file, native);
    assert_eq!(found, []);
    let entity = Name {
        text: "account".into(),
        span: Span::new(file, 0, 0),
    };
    let told = |d: &Diagnostic| {
        let place = d.span.map_or("", |span| sources.slice(span));
        format!(
            "{} [{place}] {} | {}",
            d.code.id,
            d.message,
            d.help.as_deref().unwrap_or("")
        )
    };
    convert::to_fetchxml(Some(&schema()), &entity, &filter.expect("a filter"))
        .map_err(|found| found.iter().map(told).collect())
}

/// The filter of a FetchXML condition on accounts.
fn condition(attributes: &str) -> Filter {
    let text = format!(
        "<fetch><entity name='account'><filter><condition {attributes}/></filter></entity></fetch>"
    );
    let (filter, found) = fetchxml::parse_filter(FileId(0), &text);
    assert_eq!(found, []);
    filter.expect("a filter")
}

#[test]
fn relationships_become_what_they_join() {
    for (native, link) in [
        // From either end of a 1:N, along its own lookup.
        (
            "any contact via contact_customer_accounts",
            "<link-entity name=\"contact\" from=\"parentcustomerid\" to=\"accountid\" link-type=\"any\" />",
        ),
        (
            "not any contact via account_primary_contact",
            "<link-entity name=\"contact\" from=\"contactid\" to=\"primarycontactid\" link-type=\"not any\" />",
        ),
        (
            "any Account on ParentAccountId = AccountId",
            "<link-entity name=\"account\" from=\"parentaccountid\" to=\"accountid\" link-type=\"any\" />",
        ),
    ] {
        let text = to_fetchxml(native).expect("FetchXML");
        assert!(text.contains(link), "{text}");
    }
    insta::assert_snapshot!(
        to_fetchxml("not any lead via accountleads_association (statecode eq 0 and any task on regardingobjectid = leadid)")
            .expect("FetchXML")
    );
}

#[test]
fn what_does_not_fit_is_reported() {
    assert_eq!(
        to_fetchxml("any contact via contact_customer_acounts"),
        Err(vec!["E0303 [contact_customer_acounts] unknown relationship `contact_customer_acounts` | did you mean `contact_customer_accounts`?".to_owned()])
    );
    assert_eq!(
        to_fetchxml("any account via account_parent_account"),
        Err(vec!["E0306 [account_parent_account] `account_parent_account` joins `account` to itself, so `via` has two meanings | name the attributes: `on linked = own`, the linked row's first".to_owned()])
    );
    // One that isn't named by a relationship needs no metadata.
    assert!(to_fetchxml("any elsewhere on x = y (z eq 1)").is_ok());
}

#[test]
fn values_are_typed_by_their_attributes() {
    let schema = schema();
    for (attributes, typed, guessed) in [
        (
            "attribute='name' operator='eq' value='5'",
            "name eq \"5\"",
            "name eq 5",
        ),
        (
            "attribute='name' operator='ne' value='true'",
            "name ne \"true\"",
            "name ne true",
        ),
        (
            "attribute='creditonhold' operator='eq' value='1'",
            "creditonhold eq true",
            "creditonhold eq 1",
        ),
        (
            "attribute='creditonhold' operator='eq' value='FALSE'",
            "creditonhold eq false",
            "creditonhold eq \"FALSE\"",
        ),
        (
            "attribute='industrycode' operator='eq' value=' 2'",
            "industrycode eq 2",
            "industrycode eq \" 2\"",
        ),
        (
            "attribute='revenue' operator='ge' value='1.50'",
            "revenue ge 1.50",
            "revenue ge 1.50",
        ),
        (
            "attribute='numberofemployees' operator='eq' value='007'",
            "numberofemployees eq 7",
            "numberofemployees eq \"007\"",
        ),
        (
            "attribute='tags' operator='not-null' value=''",
            "tags not-null",
            "tags not-null",
        ),
        (
            "attribute='lastvisit' operator='last-x-days' value='7'",
            "lastvisit last-x-days 7",
            "lastvisit last-x-days 7",
        ),
        (
            "attribute='lastvisit' operator='ge' value='2026-01-01'",
            "lastvisit ge \"2026-01-01\"",
            "lastvisit ge \"2026-01-01\"",
        ),
        (
            "attribute='primarycontactid' operator='eq' value='{6F9619FF-8B86-D011-B42D-00C04FC964FF}'",
            "primarycontactid eq \"{6F9619FF-8B86-D011-B42D-00C04FC964FF}\"",
            "primarycontactid eq \"{6F9619FF-8B86-D011-B42D-00C04FC964FF}\"",
        ),
        // What the attribute does not take is the checker's to tell.
        (
            "attribute='industrycode' operator='eq' value='steel'",
            "industrycode eq \"steel\"",
            "industrycode eq \"steel\"",
        ),
        (
            "attribute='unknown' operator='eq' value='5'",
            "unknown eq 5",
            "unknown eq 5",
        ),
    ] {
        let filter = condition(attributes);
        assert_eq!(convert::to_native(Some(&schema), "Account", &filter), typed);
        assert_eq!(convert::to_native(None, "account", &filter), guessed);
        assert_eq!(
            convert::to_native(Some(&schema), "elsewhere", &filter),
            guessed
        );
    }
}
