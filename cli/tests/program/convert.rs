//! `weir convert`: filters there and back, alone and out of profiles, and what it says where it can't.

use serde_json::{Value, json};

use crate::desk::Desk;

const FETCH: &str = "<fetch>
  <entity name=\"task\">
    <attribute name=\"subject\" />
    <filter>
      <condition attribute=\"statecode\" operator=\"eq\" value=\"0\" />
      <condition attribute=\"subject\" operator=\"ne\" value=\"1\" />
      <link-entity name=\"account\" from=\"accountid\" to=\"regardingobjectid\" link-type=\"any\" />
    </filter>
  </entity>
</fetch>
";

const PRINTED: &str = "\
<fetch version=\"1.0\" mapping=\"logical\">
  <entity name=\"task\">
    <filter type=\"and\">
      <condition attribute=\"statecode\" operator=\"eq\" value=\"0\" />
      <condition attribute=\"subject\" operator=\"ne\" value=\"1\" />
      <link-entity name=\"account\" from=\"accountid\" to=\"regardingobjectid\" link-type=\"any\" />
    </filter>
  </entity>
</fetch>
";

const NATIVE: &str =
    "statecode eq 0 and subject ne \"1\" and any account on accountid = regardingobjectid\n";

#[test]
fn a_fetch_becomes_native_text_and_the_other_way_round() {
    let desk = Desk::new();
    desk.put("f.xml", FETCH);
    let ran = desk.weir("convert f.xml --to native --metadata m.json");
    assert_eq!((ran.status, ran.out.as_str()), (0, NATIVE));
    let note = "note[N0850]: `attribute` is ignored\n";
    assert!(ran.err.starts_with(note), "{}", ran.err);

    desk.put("f.txt", &ran.out);
    let ran = desk.weir("convert f.txt --to fetchxml --entity task");
    assert_eq!(
        (ran.status, ran.out.as_str(), ran.err.as_str()),
        (0, PRINTED, "")
    );

    // What weir prints is what it prints again, without a word.
    desk.put("g.xml", &ran.out);
    let ran = desk.weir("convert g.xml --to fetchxml");
    assert_eq!(
        (ran.status, ran.out.as_str(), ran.err.as_str()),
        (0, PRINTED, "")
    );
}

#[test]
fn relationships_become_attributes_and_names_lower_case() {
    let desk = Desk::new();
    desk.put("f.txt", "any Account via account_tasks (Name eq \"A\")");
    let ran = desk.weir("convert f.txt --to fetchxml --entity Task --metadata m.json");
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    let link = "<link-entity name=\"account\" from=\"accountid\" to=\"regardingobjectid\" link-type=\"any\">";
    assert!(ran.out.contains(link), "{}", ran.out);
    assert!(ran.out.contains("attribute=\"name\""), "{}", ran.out);

    let ran = desk.weir("convert f.txt --to fetchxml --entity task");
    assert_eq!((ran.status, ran.out.as_str()), (1, ""));
    let error = "error[E0850]: FetchXML can't name the relationship `account_tasks`\n";
    assert!(ran.err.starts_with(error), "{}", ran.err);

    desk.put("f.txt", "any contact via Account_Tasks");
    let ran = desk.weir("convert f.txt --to fetchxml --entity taks --metadata m.json");
    assert_eq!(ran.status, 1);
    let error = "error[E0301]: unknown entity `taks`\n --> --entity:1:1\n";
    assert!(ran.err.starts_with(error), "{}", ran.err);
}

#[test]
fn types_are_guessed_without_metadata() {
    let desk = Desk::new();
    desk.put("f.xml", FETCH);
    let ran = desk.weir("convert f.xml --to native");
    let guessed = NATIVE.replace("\"1\"", "1");
    assert_eq!((ran.status, ran.out.as_str()), (0, guessed.as_str()));
    let note = "note: without `--metadata`, values that look like numbers or booleans are written as such\n";
    assert!(ran.err.ends_with(note), "{}", ran.err);
}

#[test]
fn filters_of_profiles_say_where_they_stand() {
    let desk = Desk::new();
    let ran = desk.weir("convert p.weir --to fetchxml");
    let heading =
        "<!-- p.weir, profile Field, item account, association Account_Tasks -->\n<fetch ";
    assert!(ran.out.starts_with(heading), "{}", ran.out);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    desk.put(
        "q.weir",
        "profile \"a---b----c\" { item task { download where statecode eq 0 } }",
    );
    let ran = desk.weir("convert q.weir --to fetchxml");
    let heading = "<!-- q.weir, profile a- - -b- - - -c, item task -->\n";
    assert!(ran.out.starts_with(heading), "{}", ran.out);

    desk.put("all.xml", "<fetch><entity name='task'/></fetch>");
    let ran = desk.weir("convert p.weir all.xml --to native --format json");
    let lines: Vec<Value> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(
        lines,
        [
            json!({
                "file": "p.weir", "profile": "Field", "item": "account", "association": "Account_Tasks",
                "entity": "task", "text": "statecode eq 0",
            }),
            json!({
                "file": "all.xml", "profile": null, "item": null, "association": null,
                "entity": "task", "text": "",
            }),
        ]
    );
    let ran = desk.weir("convert all.xml --to native");
    assert_eq!(ran.out, "# all.xml: all rows\n");
}

#[test]
fn an_import_leads_to_entities_by_relationships() {
    let desk = Desk::new();
    let fetch = "&lt;fetch&gt;&lt;entity name='task'&gt;&lt;filter&gt;&lt;condition attribute='statecode' operator='eq' \
                 value='0'/&gt;&lt;/filter&gt;&lt;/entity&gt;&lt;/fetch&gt;";
    desk.put(
        "p.xml",
        format!(
            "<MobileOfflineProfile><Name>P</Name><MobileOfflineProfileItems><MobileOfflineProfileItem>\
             <EntitySchemaName>Account</EntitySchemaName><RecordDistributionCriteria>1</RecordDistributionCriteria>\
             <MobileOfflineProfileItemAssociations><MobileOfflineProfileItemAssociation>\
             <RelationshipDisplayName>Account_Tasks</RelationshipDisplayName>\
             <ProfileItemAssociationEntityFilter>{fetch}</ProfileItemAssociationEntityFilter>\
             </MobileOfflineProfileItemAssociation></MobileOfflineProfileItemAssociations>\
             </MobileOfflineProfileItem></MobileOfflineProfileItems></MobileOfflineProfile>"
        ),
    );
    let ran = desk.weir("convert p.xml --to fetchxml --metadata m.json");
    assert!(ran.out.contains("<entity name=\"task\">"), "{ran:?}");
    // Its filter names it, too.
    let ran = desk.weir("convert p.xml --to fetchxml");
    assert!(ran.out.contains("<entity name=\"task\">"), "{ran:?}");
    desk.put(
        "n.weir",
        "profile \"P\" { item account { download all include via Account_Tasks where statecode eq 0 } }",
    );
    let ran = desk.weir("convert n.weir --to fetchxml");
    assert_eq!(ran.status, 2);
    let error = "error: nobody says which entity `Account_Tasks` leads to; give the metadata that has the relationship with `--metadata`\n";
    assert_eq!(ran.err, error);
}

#[test]
fn what_cannot_be_converted_ends_with_nothing_written() {
    let desk = Desk::new();
    desk.put("f.txt", "statecode eq 0");
    let ran = desk.weir("convert f.txt --to fetchxml");
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    assert_eq!(
        ran.err,
        "error: a fetch needs the entity of the filter; name it with `--entity`\n"
    );

    desk.put(
        "join.xml",
        "<fetch><entity name='task'><link-entity name='account'/></entity></fetch>",
    );
    let ran = desk.weir("convert f.txt join.xml --to native");
    assert_eq!((ran.status, ran.out.as_str()), (1, ""));
    let error =
        "error[E0809]: a `link-entity` outside of a filter isn't supported\n --> join.xml:1:29\n";
    assert!(ran.err.starts_with(error), "{}", ran.err);
}
