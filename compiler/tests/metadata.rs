//! Metadata JSON: what the schema says of it, and what is reported.

use weir_compiler::metadata::Builder;
use weir_ir::diagnostic::{Diagnostic, Sources};
use weir_ir::schema::{AttributeType, Behavior, Ownership, RelationshipKind, Schema, Security};

/// Merges texts as metadata JSON files.
fn build(texts: &[&str]) -> (Sources, Schema, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let mut builder = Builder::new();
    let mut found = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        let file = sources.add(format!("{at}.json"), *text);
        found.extend(builder.json(&sources, file));
    }
    let (schema, rest) = builder.finish();
    found.extend(rest);
    (sources, schema, found)
}

/// The schema of texts that are right.
fn schema(texts: &[&str]) -> Schema {
    let (_, schema, found) = build(texts);
    assert_eq!(found, []);
    schema
}

const DESIGN: &str = r#"{"security":"open","entities":[
 {"name":"Account","ownership":"user-or-team","primary_id":"accountid","offline":true,"mobile":true,
  "attributes":[{"name":"Revenue","type":"money","precision":4,"min":-1.50,"max":1e3},
    {"name":"parentcustomerid","type":"customer","targets":["account","Contact"]},
    {"name":"due","type":"datetime","behavior":"date-only"},
    {"name":"kind","type":"choice","options":[1,{"value":2,"label":"Big"}]}]},
 {"name":"contact"},{"name":"lead","ownership":"organization"},{"name":"asset","offline_filter":"statecode eq 0"}],
 "relationships":[
  {"name":"contact_customer_accounts","kind":"1:N","referenced":"account","referencing":"contact","lookup":"parentcustomerid","hierarchical":false},
  {"name":"Account_Leads","kind":"N:N","intersect":"accountleads","entity1":"account","attribute1":"accountid","entity2":"lead","attribute2":"leadid"},
  {"name":"lead_lead","kind":"N:N","intersect":"leadpairs","entity1":"lead","entity2":"lead"}]}"#;

#[test]
fn reads_the_whole_form() {
    let schema = schema(&[DESIGN]);
    assert_eq!(schema.security, Some(Security::Open));
    let account = schema.entity(schema.find("account").unwrap());
    assert_eq!(account.ownership, Some(Ownership::UserOrTeam));
    assert_eq!(account.attribute(account.primary_id).name, "accountid");
    let revenue = account.attribute(account.find("revenue").unwrap());
    assert_eq!(
        (revenue.ty, revenue.precision),
        (AttributeType::Money, Some(4))
    );
    assert_eq!(revenue.min.unwrap().to_string(), "-1.5");
    assert_eq!(revenue.max.unwrap(), 1000.into());
    let customer = account.attribute(account.find("parentcustomerid").unwrap());
    assert_eq!(customer.targets, ["account", "contact"]);
    let due = account.attribute(account.find("due").unwrap());
    assert_eq!(due.ty, AttributeType::Datetime(Behavior::DateOnly));
    let kind = account.attribute(account.find("kind").unwrap());
    assert_eq!(kind.options[1].label, "Big");
    assert!(
        schema
            .entity(schema.find("asset").unwrap())
            .offline_filter
            .is_some()
    );
}

#[test]
fn relationships_make_lookups_and_intersects_known() {
    let schema = schema(&[DESIGN]);
    let contact = schema.entity(schema.find("contact").unwrap());
    let lookup = contact.attribute(contact.find("parentcustomerid").unwrap());
    assert_eq!(lookup.ty, AttributeType::Lookup);
    assert_eq!(lookup.targets, ["account"]);
    let pairs = schema.find("leadpairs").unwrap();
    let entity = schema.entity(pairs);
    assert!(entity.internal);
    assert_eq!(entity.ownership, Some(Ownership::None));
    assert!(entity.find("ownerid").is_none());
    let found = schema.find_relationship("LEAD_LEAD").unwrap();
    let RelationshipKind::ManyToMany {
        intersect,
        attribute1,
        attribute2,
        ..
    } = schema.relationship(found).kind
    else {
        panic!("an N:N");
    };
    assert_eq!(intersect, pairs);
    assert_eq!(entity.attribute(attribute1).name, "leadidone");
    assert_eq!(entity.attribute(attribute2).name, "leadidtwo");
    let named = schema.entity(schema.find("accountleads").unwrap());
    assert_eq!(
        named.attribute(named.find("leadid").unwrap()).targets,
        ["lead"]
    );
}
