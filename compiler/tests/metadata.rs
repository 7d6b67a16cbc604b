//! Metadata JSON: what the schema says of it, and what is reported.

use weir_compiler::metadata::Builder;
use weir_ir::diagnostic::{Diagnostic, Sources};
use weir_ir::schema::{
    AttributeType, Behavior, OfflineFilter, Ownership, RelationshipKind, Schema, Security,
};

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

#[test]
fn every_entity_has_what_the_platform_gives_it() {
    let schema = schema(&[r#"{"entities":[{"name":"asset"},{"name":"task"},
        {"name":"visit","activity":true,"ownership":"organization"}]}"#]);
    let has = |entity: &str, names: &[&str]| {
        let found = schema.entity(schema.find(entity).unwrap());
        names.iter().all(|name| found.find(name).is_some())
    };
    let common = [
        "statecode",
        "statuscode",
        "createdon",
        "modifiedon",
        "createdby",
        "modifiedby",
    ];
    let owned = ["ownerid", "owninguser", "owningteam", "owningbusinessunit"];
    let activity = [
        "activityid",
        "activitytypecode",
        "subject",
        "regardingobjectid",
    ];
    for (_, entity) in schema.entities() {
        assert!(has(&entity.name, &common) && has(&entity.name, &["versionnumber"]));
    }
    // Unknown ownership reads as user-or-team; a task is an activity by its name.
    assert!(has("asset", &owned) && has("asset", &["assetid"]) && !has("asset", &activity[1..2]));
    assert!(has("task", &owned) && has("task", &activity));
    assert!(has("visit", &activity) && !has("visit", &owned[..1]));
    assert!(!has("systemuser", &owned[..1]) && has("systemuser", &["parentsystemuserid"]));
}

#[test]
fn json_has_defaults_for_the_flags() {
    let schema = schema(&[r#"{"entities":[{"name":"lead"},{"name":"asset"},
        {"name":"email","offline":false,"mobile":false}]}"#]);
    let entity = |name: &str| schema.entity(schema.find(name).unwrap());
    assert_eq!(entity("lead").offline, Some(true));
    assert_eq!(entity("asset").offline, Some(false));
    assert_eq!(entity("email").offline, Some(false));
    assert!(!entity("email").mobile && entity("lead").mobile);
    // System entities that nothing declares have the defaults too.
    assert_eq!(entity("team").offline, Some(true));
    assert_eq!(entity("businessunit").offline, Some(false));
    assert_eq!(entity("asset").ownership, None);
    assert_eq!(entity("team").ownership, Some(Ownership::Business));
    assert_eq!(entity("position").ownership, Some(Ownership::Organization));
    assert_eq!(schema.security, None);
}

#[test]
fn later_sources_override_attribute_by_attribute() {
    let schema = schema(&[
        r#"{"security":"open","entities":[{"name":"asset","ownership":"business","offline":true,
            "offline_filter":"statecode eq 0","attributes":[
            {"name":"size","type":"integer","min":1},{"name":"label","type":"string"}]}],
            "relationships":[{"name":"R","kind":"1:N","referenced":"asset","referencing":"asset","lookup":"a"}]}"#,
        r#"{"security":"roles","entities":[{"name":"asset","mobile":false,"offline_filter":"",
            "attributes":[{"name":"size","type":"decimal"}]}],
            "relationships":[{"name":"r","kind":"1:N","referenced":"asset","referencing":"asset","lookup":"b"}]}"#,
    ]);
    assert_eq!(schema.security, Some(Security::Roles));
    let asset = schema.entity(schema.find("asset").unwrap());
    assert_eq!(asset.ownership, Some(Ownership::Business));
    assert_eq!((asset.offline, asset.mobile), (Some(true), false));
    assert_eq!(asset.offline_filter, None);
    let size = asset.attribute(asset.find("size").unwrap());
    assert_eq!((size.ty, size.min), (AttributeType::Decimal, None));
    assert!(asset.find("label").is_some());
    assert_eq!(schema.relationships().len(), 1);
    let RelationshipKind::OneToMany { lookup, .. } = schema
        .relationship(schema.find_relationship("R").unwrap())
        .kind
    else {
        panic!("a 1:N");
    };
    assert_eq!(asset.attribute(lookup).name, "b");
}

#[test]
fn known_attributes_may_be_declared() {
    let schema = schema(&[r#"{"entities":[{"name":"asset","attributes":[
        {"name":"ownerid","type":"lookup","targets":["team"]},
        {"name":"createdby","type":"uniqueidentifier"},
        {"name":"modifiedon","type":"datetime","behavior":"date-only"}]}]}"#]);
    let asset = schema.entity(schema.find("asset").unwrap());
    let attribute = |name: &str| asset.attribute(asset.find(name).unwrap());
    assert_eq!(attribute("ownerid").ty, AttributeType::Lookup);
    assert_eq!(attribute("ownerid").targets, ["team", "systemuser"]);
    assert_eq!(attribute("createdby").ty, AttributeType::Lookup);
    let day = AttributeType::Datetime(Behavior::DateOnly);
    assert_eq!(attribute("modifiedon").ty, day);
}

#[test]
fn a_polymorphic_lookup_without_targets_stays_open() {
    let schema = schema(&[
        r#"{"entities":[{"name":"task"},{"name":"asset"}],"relationships":[
        {"name":"Asset_Tasks","kind":"1:N","referenced":"asset","referencing":"task","lookup":"regardingobjectid"},
        {"name":"A","kind":"1:N","referenced":"asset","referencing":"asset","lookup":"x"},
        {"name":"B","kind":"1:N","referenced":"task","referencing":"asset","lookup":"x"}]}"#,
    ]);
    let of = |entity: &str, name: &str| {
        let found = schema.entity(schema.find(entity).unwrap());
        found.attribute(found.find(name).unwrap()).clone()
    };
    assert!(of("task", "regardingobjectid").may_point_to("anything"));
    assert_eq!(of("asset", "x").targets, ["asset", "task"]);
}

/// The schema of the files of a solution folder.
fn solution(files: &[(&str, &str)]) -> Schema {
    let mut sources = Sources::default();
    let mut builder = Builder::new();
    let files = files
        .iter()
        .map(|(path, text)| ((*path).into(), (*text).into()));
    assert_eq!(builder.solution(&mut sources, files.collect()), []);
    let (schema, found) = builder.finish();
    assert_eq!(found, []);
    schema
}

const ASSET: &str = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Entity>
 <Name>Asset</Name><FormXml><form>not read</form></FormXml><EntityInfo><entity Name=\"my_Asset\">
 <attributes>
  <attribute PhysicalName=\"my_AssetId\"><Type>primarykey</Type><LogicalName>my_key</LogicalName></attribute>
  <attribute><Type>datetime</Type><Name>my_due</Name><LogicalName>my_due</LogicalName><Behavior>2</Behavior></attribute>
  <attribute><Type>lookup</Type><Name>my_user</Name><LookupTypes><LookupType id=\"x\">8</LookupType></LookupTypes></attribute>
  <attribute><Type>lookup</Type><Name>my_other</Name><LookupTypes><LookupType>10123</LookupType></LookupTypes></attribute>
  <attribute><Type>partylist</Type><Name>my_to</Name></attribute>
  <attribute><Type>money</Type><Name>my_cost</Name><Accuracy>2</Accuracy><MinValue>-1E3</MinValue><MaxValue>10</MaxValue></attribute>
  <attribute><Type>status</Type><Name>statuscode</Name><optionset Name=\"s\"><statuses>
   <status value=\"1\" state=\"0\"><labels><label description=\"Open\"/><label description=\"Ouvert\"/></labels></status>
  </statuses></optionset></attribute>
 </attributes>
 <OwnershipTypeMask>OrgOwned</OwnershipTypeMask><IsActivity>0</IsActivity>
 <IsOfflineInMobileClient>1</IsOfflineInMobileClient><IsVisibleInMobileClient>0</IsVisibleInMobileClient>
 <MobileOfflineFilters>&lt;fetch&gt;&lt;entity name=\"my_asset\"&gt;&lt;filter&gt;&lt;condition attribute=\"statecode\" operator=\"eq\" value=\"0\"/&gt;&lt;/filter&gt;&lt;/entity&gt;&lt;/fetch&gt;</MobileOfflineFilters>
</entity></EntityInfo></Entity>";

#[test]
fn reads_an_entity_of_a_solution() {
    let schema = solution(&[
        ("Entities/my_Asset/Entity.xml", ASSET),
        ("Other/Solution.xml", "no"),
    ]);
    let asset = schema.entity(schema.find("my_asset").unwrap());
    let attribute = |name: &str| asset.attribute(asset.find(name).unwrap());
    assert_eq!(asset.ownership, Some(Ownership::Organization));
    assert_eq!(
        (asset.offline, asset.mobile, asset.activity),
        (Some(true), false, false)
    );
    assert_eq!(asset.attribute(asset.primary_id).name, "my_key");
    let day = AttributeType::Datetime(Behavior::DateOnly);
    assert_eq!(attribute("my_due").ty, day);
    assert_eq!(attribute("my_user").targets, ["systemuser"]);
    assert!(attribute("my_other").targets.is_empty());
    assert_eq!(attribute("my_to").ty, AttributeType::Virtual);
    assert_eq!(attribute("my_cost").min, Some((-1000).into()));
    assert_eq!(attribute("my_cost").precision, Some(2));
    assert_eq!(attribute("statuscode").options[0].label, "Open");
    let Some(OfflineFilter::FetchXml(filter)) = &asset.offline_filter else {
        panic!("a filter");
    };
    assert!(filter.starts_with("<fetch>") && filter.ends_with("</fetch>"));
}

#[test]
fn an_export_names_more_than_it_holds() {
    let files = [
        ("Entities\\Task\\Entity.xml", "<Entity><EntityInfo><entity Name=\"Task\" unmodified=\"1\"><MobileOfflineFilters>&lt;fetch&gt;&lt;entity name=\"task\"/&gt;&lt;/fetch&gt;</MobileOfflineFilters></entity></EntityInfo></Entity>"),
        ("Other/Relationships/Task.xml", "<EntityRelationships>
          <EntityRelationship Name=\"Ghost_Tasks\"><EntityRelationshipType>OneToMany</EntityRelationshipType>
           <ReferencedEntityName>Ghost</ReferencedEntityName><ReferencingEntityName>Task</ReferencingEntityName>
           <ReferencingAttributeName>GhostId</ReferencingAttributeName></EntityRelationship>
          <EntityRelationship Name=\"Task_Team\"><EntityRelationshipType>ManyToMany</EntityRelationshipType>
           <FirstEntityName>Task</FirstEntityName><SecondEntityName>Team</SecondEntityName>
           <IntersectEntityName>Task_Team</IntersectEntityName></EntityRelationship>
         </EntityRelationships>"),
    ];
    let schema = solution(&files);
    let task = schema.entity(schema.find("task").unwrap());
    // Partial: nothing names its ownership or its flag, and a fetch without conditions is no filter.
    assert_eq!((task.ownership, task.offline), (None, None));
    assert_eq!(task.offline_filter, None);
    assert!(task.activity);
    // The relationship can't be used, but the lookup is known.
    assert!(schema.find_relationship("ghost_tasks").is_none());
    assert_eq!(schema.unusable("GHOST_TASKS").unwrap().missing, ["ghost"]);
    assert_eq!(
        task.attribute(task.find("ghostid").unwrap()).targets,
        ["ghost"]
    );
    let pairs = schema.entity(schema.find("task_team").unwrap());
    assert!(pairs.find("taskid").is_some() && pairs.find("teamid").is_some());
}

#[test]
fn the_book_s_example_is_right() {
    let book = include_str!("../../docs/metadata.md");
    let example = book.split("```json\n").nth(1).unwrap();
    let schema = schema(&[example.split("```").next().unwrap()]);
    assert_eq!(schema.relationships().len(), 2);
}

#[test]
fn roles_read_what_their_privileges_are_called_after() {
    let text = r#"{"partial":true,"entities":[{"name":"account"},{"name":"task"},{"name":"uom"},{"name":"visit","activity":true}],
        "relationships":[{"name":"account_ghosts","kind":"1:N","referenced":"account","referencing":"ghost","lookup":"accountid"}],
        "roles":[{"name":"Inspector","id":"8281365b-0a40-ed11-bba2-0022483d5ee0",
          "reads":{"account":"deep","activity":"basic","visit":"global","product":"local","nothing":"global"}}]}"#;
    let schema = schema(&[text]);
    let [role] = schema.roles() else {
        panic!("one role");
    };
    let reads: Vec<String> = role
        .reads
        .iter()
        .map(|(entity, depth)| format!("{entity} {}", depth.name()))
        .collect();
    assert_eq!(
        reads,
        ["account deep", "task basic", "uom local", "visit global"]
    );
    // Of an export: flags are unknown, and relationships may lead outside.
    let account = schema.entity(schema.find("account").unwrap());
    assert_eq!(account.offline, None);
    assert_eq!(
        schema.unusable("account_ghosts").unwrap().missing,
        ["ghost"]
    );
}

#[test]
fn a_depth_that_is_none_is_reported() {
    let (sources, schema, found) = build(&[r#"{"roles":[{"name":"R","reads":{"team":"deeep"}}]}"#]);
    let [found] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!(found.code.id, "E0204");
    assert_eq!(sources.slice(found.span.unwrap()), "\"deeep\"");
    assert_eq!(found.message, "`reads` can't be `deeep`");
    assert_eq!(found.help.as_deref(), Some("did you mean `deep`?"));
    assert!(schema.roles()[0].reads.is_empty());
}
