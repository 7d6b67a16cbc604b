//! Profiles of solutions come back as they were: read, printed as native text, read again, exported.
//! The trees are compared by a reader of XML that weir does not use.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a file that cannot be read fails the test, and an absent corpus is said"
)]

use std::fs;
use std::path::{Path, PathBuf};

use roxmltree::{Document, Node};
use weir_compiler::metadata::{Builder, complete, is_solution_file};
use weir_compiler::{Options, compile, explain, solution as profiles};
use weir_grammar::ast::{Block, File};
use weir_grammar::{native, solution};
use weir_ir::diagnostic::Sources;
use weir_ir::schema::Schema;

/// An element in canonical form: its name, sorted attributes, text without the space around it,
/// children; a filter is a tree of its own.
#[derive(Debug, PartialEq, Eq)]
struct Tree {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Tree>,
}

fn tree(node: Node<'_, '_>) -> Tree {
    let mut attributes: Vec<(String, String)> = node
        .attributes()
        .map(|a| (a.name().to_owned(), a.value().to_owned()))
        .collect();
    attributes.sort();
    let name = node.tag_name().name().to_owned();
    let text = node.text().unwrap_or("").trim().to_owned();
    let mut children: Vec<Tree> = node.children().filter(Node::is_element).map(tree).collect();
    if name.ends_with("EntityFilter") && text.contains("condition") {
        let document = Document::parse(&text).unwrap();
        let entity = document.root_element().first_element_child().unwrap();
        children.push(filter(entity));
        return Tree {
            name,
            attributes,
            text: String::new(),
            children,
        };
    }
    Tree {
        name,
        attributes,
        text,
        children,
    }
}

/// A filter in canonical form: groups of one child have vanished, groups in a group of their kind
/// have merged into it, a single value stands in its attribute, columns and order are no part.
fn filter(node: Node<'_, '_>) -> Tree {
    let mut found = Tree {
        name: node.tag_name().name().to_owned(),
        attributes: node
            .attributes()
            .filter(|a| !(a.name() == "value" && a.value().is_empty()))
            .map(|a| (a.name().to_owned(), a.value().trim().to_owned()))
            .collect(),
        text: node.text().unwrap_or("").trim().to_owned(),
        children: Vec::new(),
    };
    let is_filter = found.name == "filter";
    if is_filter && found.attributes.is_empty() {
        found.attributes = vec![("type".to_owned(), "and".to_owned())];
    }
    found.attributes.sort();
    for child in node.children().filter(Node::is_element) {
        if matches!(
            child.tag_name().name(),
            "all-attributes" | "attribute" | "order"
        ) {
            continue;
        }
        let child = filter(child);
        if is_filter && child.name == "filter" {
            if child.children.len() == 1 || child.attributes == found.attributes {
                found.children.extend(child.children);
            } else if !child.children.is_empty() {
                found.children.push(child);
            }
        } else {
            found.children.push(child);
        }
    }
    // The outermost group of one group is that one.
    if is_filter && found.children.len() == 1 && found.children[0].name == "filter" {
        return found.children.remove(0);
    }
    if is_filter && found.children.len() == 1 {
        found.attributes = vec![("type".to_owned(), "and".to_owned())];
    }
    found
}

fn canonical(xml: &str) -> Tree {
    let document = Document::parse(xml.trim_start_matches('\u{feff}')).unwrap();
    tree(document.root_element())
}

/// A profile's XML after import, printing, reading and export.
#[track_caller]
fn there_and_back(schema: &Schema, xml: &str) -> (String, String) {
    let mut sources = Sources::default();
    let file = sources.add("p.xml", xml);
    let parsed = solution::parse(file, xml);
    assert!(
        !parsed.diagnostics.iter().any(|d| d.is_error()),
        "{:?}",
        parsed.diagnostics
    );
    let text = native::print(&profiles::import(schema, parsed.file));
    let file = sources.add("p.weir", text.clone());
    let read = native::parse(file, &text);
    assert_eq!(read.diagnostics, [], "{text}");
    let (exported, found) = profiles::export(Some(schema), &[read.file]);
    assert_eq!(found, [], "{text}");
    (text, exported[0].xml.clone())
}

fn schema_of(json: &str) -> Schema {
    let mut sources = Sources::default();
    let mut builder = Builder::new();
    let file = sources.add("m.json", json);
    assert_eq!(builder.json(&sources, file), []);
    builder.finish().0
}

const METADATA: &str = r#"{"entities":[
 {"name":"account","ownership":"user-or-team","attributes":[{"name":"open","type":"boolean"},{"name":"code","type":"string"}]},
 {"name":"task","ownership":"user-or-team"}],
 "relationships":[{"name":"Account_Tasks","kind":"1:N","referenced":"account","referencing":"task","lookup":"regardingobjectid"}]}"#;

/// A profile with everything odd that an export may have.
const ODD: &str = r#"<MobileOfflineProfile Name="Odd &amp; &quot;even&quot;" MobileOfflineProfileId="8ce77666-a132-ec11-b6e6-0022483ccc0c">
 <Unknown>kept</Unknown><Hollow/>
 <MobileOfflineProfileItems>
  <MobileOfflineProfileItem MobileOfflineProfileItemId="0907e572-aa35-ec11-8c64-000d3a841b6e" Name="Other">
   <MobileOfflineProfileItemAssociations>
    <MobileOfflineProfileItemAssociation MobileOfflineProfileItemAssociationId="0a5a5cd3-d14e-eb11-a812-000d3af3ac0d" Name="T">
     <MobileOfflineProfileItemAssociationId>{0A5A5CD3-D14E-EB11-A812-000D3AF3AC0D}</MobileOfflineProfileItemAssociationId>
     <MobileOfflineProfileItemId>{ffffffff-aa35-ec11-8c64-000d3a841b6e}</MobileOfflineProfileItemId>
     <Name>T</Name>
     <RelationshipDisplayName>Account_Tasks</RelationshipDisplayName>
     <ProfileItemAssociationEntityFilter>&lt;fetch&gt;&lt;entity name="task"&gt;&lt;filter&gt;&lt;condition attribute="statecode" operator="in"&gt;&lt;value&gt;0&lt;/value&gt;&lt;value&gt;1&lt;/value&gt;&lt;/condition&gt;&lt;/filter&gt;&lt;/entity&gt;&lt;/fetch&gt;</ProfileItemAssociationEntityFilter>
    </MobileOfflineProfileItemAssociation>
   </MobileOfflineProfileItemAssociations>
   <Name>Accounts</Name>
   <RecordDistributionCriteria>2</RecordDistributionCriteria>
   <RecordsOwnedByMyTeam>1</RecordsOwnedByMyTeam>
   <SyncIntervalInMinutes></SyncIntervalInMinutes>
   <ProfileItemEntityFilter>&lt;fetch&gt;&lt;entity name="account"/&gt;&lt;/fetch&gt;</ProfileItemEntityFilter>
   <EntitySchemaName>Account</EntitySchemaName>
  </MobileOfflineProfileItem>
  <MobileOfflineProfileItem>
   <EntitySchemaName>Task</EntitySchemaName>
   <RecordDistributionCriteria>3</RecordDistributionCriteria>
   <RecordsOwnedByMe>1</RecordsOwnedByMe>
   <ProfileItemEntityFilter>&lt;fetch&gt;&lt;entity name="task"&gt;&lt;filter type="or"&gt;&lt;condition attribute="ownerid" operator="eq-userid" value=""/&gt;&lt;filter&gt;&lt;condition attribute="subject" operator="eq" value="1"/&gt;&lt;link-entity name="account" from="accountid" to="regardingobjectid" link-type="not any"&gt;&lt;filter&gt;&lt;condition attribute="open" operator="eq" value="0"/&gt;&lt;condition attribute="code" operator="eq" value="true"/&gt;&lt;/filter&gt;&lt;/link-entity&gt;&lt;/filter&gt;&lt;/filter&gt;&lt;/entity&gt;&lt;/fetch&gt;</ProfileItemEntityFilter>
  </MobileOfflineProfileItem>
 </MobileOfflineProfileItems>
</MobileOfflineProfile>"#;

#[test]
fn an_odd_profile_comes_back_as_it_was() {
    let (text, exported) = there_and_back(&schema_of(METADATA), ODD);
    assert_eq!(canonical(&exported), canonical(ODD), "{text}\n{exported}");
    assert!(text.contains("limits modern"), "{text}");
    assert!(text.contains("via Account_Tasks"), "{text}");
}

#[test]
fn what_was_changed_wins_over_what_was_kept() {
    let schema = schema_of(METADATA);
    let (text, _) = there_and_back(&schema, ODD);
    let edited = text.replacen(
        "download team",
        "download mine\n    sync every 7 minutes",
        1,
    );
    assert_ne!(edited, text);
    let mut sources = Sources::default();
    let file = sources.add("p.weir", edited.clone());
    let (exported, found) = profiles::export(Some(&schema), &[native::parse(file, &edited).file]);
    assert_eq!(found, []);
    let xml = &exported[0].xml;
    for wanted in [
        "<RecordsOwnedByMe>1</RecordsOwnedByMe>",
        "<RecordsOwnedByMyTeam>0</RecordsOwnedByMyTeam>",
        "<SyncIntervalInMinutes>7</SyncIntervalInMinutes>",
    ] {
        assert!(xml.contains(wanted), "{wanted} in {xml}");
    }
}

/// Code, underlined text, message and help of what an export says.
fn export_of(text: &str) -> (String, Vec<String>) {
    let mut sources = Sources::default();
    let file = sources.add("p.weir", text);
    let parsed = native::parse(file, text);
    assert_eq!(parsed.diagnostics, []);
    let (exported, found) = profiles::export(Some(&schema_of(METADATA)), &[parsed.file]);
    let told = found.iter().map(|d| {
        let place = d.span.map_or("", |span| sources.slice(span));
        let help = d.help.as_deref().unwrap();
        format!("{} [{place}] {} | {help}", d.code.id, d.message)
    });
    (
        exported.into_iter().map(|one| one.xml).collect(),
        told.collect(),
    )
}

#[test]
fn what_the_form_lacks_is_named() {
    let lacks = |place: &str, what: &str| {
        format!(
            "W0851 [{place}] a solution's profile has no place for {what}: left out | keep the native file, which has it"
        )
    };
    let (_, told) = export_of(
        "profile \"P\" { members { user \"a@b.c\" } budget 5 rows\n\
         allow W0401 \"so\" item account { columns code, open download all } }\n\
         members \"P\" { user \"d@e.f\" }\napp \"A\" { offline on }\norganization { limits modern }",
    );
    assert_eq!(
        told,
        [
            lacks("budget 5 rows", "a budget"),
            lacks("\"a@b.c\"", "members"),
            lacks("W0401", "`allow`"),
            lacks("code, open", "columns"),
            lacks("\"P\"", "members"),
            lacks("\"A\"", "an app"),
            lacks("organization", "the organization's settings"),
        ]
    );
}

#[test]
fn what_cannot_be_written_is_an_error() {
    let (_, told) = export_of(
        "profile \"P\" { item account { download all stored { `a b` \"x\" } } item task { } }",
    );
    assert_eq!(
        told,
        [
            "E0401 [task] item `task` doesn't say what it downloads | add `download related`, `download all`, `download mine` or `download where …`",
            "E0851 [`a b`] `a b` can't be the name of a part in XML | take the stored entry out",
        ]
    );
    let (_, told) = export_of(
        "profile \"P\" { item account { download all include via Nowhere where statecode eq 0 } }",
    );
    assert_eq!(
        told,
        [
            "E0850 [statecode eq 0] FetchXML names the entity of a filter, and this doesn't | name it: `include ENTITY via …`"
        ]
    );
}

#[test]
fn a_choice_with_a_filter_is_a_custom_filter_of_the_same_meaning() {
    let (xml, told) = export_of(
        "profile \"P\" { item account { download mine, team, business-unit where code eq \"x\" or code eq \"y\" } }",
    );
    assert_eq!(told, [""; 0]);
    let mut sources = Sources::default();
    let file = sources.add("p.xml", xml.clone());
    let read = solution::parse(file, &xml);
    assert_eq!(read.diagnostics, []);
    let custom = "profile \"P\" { limits modern item account { download where (ownerid eq-userid or ownerid eq-userteams \
         or owningbusinessunit eq-businessid) and (code eq \"x\" or code eq \"y\") } }";
    let schema = schema_of(METADATA);
    let plan = |file: File| {
        let compiled = compile(
            &schema,
            &mut Sources::default(),
            &[file],
            Options::default(),
        );
        let plan = compiled.plan.as_ref();
        let plan = plan.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
        explain::tree(plan, &schema)
    };
    let native = native::parse(sources.add("c.weir", custom), custom).file;
    assert_eq!(plan(read.file), plan(native));
    let (again, _) = export_of(
        "profile \"P\" { item account { download mine, team, business-unit where code eq \"x\" or code eq \"y\" } }",
    );
    assert_eq!(xml, again, "ids are decided by names");
}

/// The corpus' folder of a solution, where it is present.
fn rom() -> Option<PathBuf> {
    let named = std::env::var_os("WEIR_CORPUS").map(PathBuf::from);
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let found = named
        .into_iter()
        .chain(above.map(|folder| folder.join("shared/corpus")))
        .map(|folder| folder.join("rom"))
        .find(|folder| folder.is_dir());
    if found.is_none() {
        println!("skipped: no corpus beside the project, and WEIR_CORPUS names none");
    }
    found
}

fn texts(root: &Path, wanted: fn(&str) -> bool) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let relative = path
                .strip_prefix(root)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if wanted(&relative) {
                files.push((relative, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// What the export lacks and its profiles need, written by hand from what is public.
const COMPLETING: &str = include_str!("../fixtures/completing.json");

fn builder(root: &Path, sources: &mut Sources) -> Builder {
    let mut builder = Builder::new();
    assert_eq!(builder.solution(sources, texts(root, is_solution_file)), []);
    builder
}

#[test]
fn every_profile_of_the_export_comes_back_as_it_was() {
    let Some(root) = rom() else { return };
    let (schema, found) = builder(&root, &mut Sources::default()).finish();
    assert_eq!(found, []);
    let files = texts(&root, weir_compiler::metadata::is_profile_file);
    assert_eq!(files.len(), 5);
    for (name, xml) in files {
        let (_, exported) = there_and_back(&schema, &xml);
        assert!(canonical(&exported) == canonical(&xml), "{name}");
    }
}

#[test]
fn written_metadata_gives_the_same_schema() {
    let Some(root) = rom() else { return };
    let mut sources = Sources::default();
    let mut builder = builder(&root, &mut sources);
    let json = builder.to_json();
    let (schema, _) = builder.finish();
    let file = sources.add("metadata.json", json.clone());
    let mut again = Builder::new();
    assert_eq!(again.json(&sources, file), []);
    let (again, found) = again.finish();
    assert_eq!(found, []);
    let known = |schema: &Schema| {
        let entities = schema.entities().map(|(_, entity)| {
            let mut entity = entity.clone();
            // Flags and filters are the organization block's.
            (entity.offline, entity.offline_filter) = (None, None);
            entity
        });
        (
            entities.collect::<Vec<_>>(),
            schema.relationships().cloned().collect::<Vec<_>>(),
        )
    };
    let ((entities, relationships), (again_entities, again_relationships)) =
        (known(&schema), known(&again));
    for (entity, again) in entities.iter().zip(&again_entities) {
        for (attribute, again) in entity.attributes.iter().zip(&again.attributes) {
            assert_eq!(attribute, again, "of {}", entity.name);
        }
        assert_eq!(entity, again);
    }
    assert_eq!(entities.len(), again_entities.len());
    assert!(relationships == again_relationships);
    assert_eq!(schema.roles(), again.roles());
    assert_eq!(schema.roles().len(), 16);
}

#[test]
fn completed_every_item_compiles() {
    let Some(root) = rom() else { return };
    let mut sources = Sources::default();
    let mut builder = builder(&root, &mut sources);
    let file = sources.add("completing.json", COMPLETING);
    assert_eq!(builder.json(&sources, file), []);
    let (schema, found) = builder.finish();
    assert_eq!(found, []);
    for (name, xml) in texts(&root, weir_compiler::metadata::is_profile_file) {
        let file = sources.add(name.clone(), xml.clone());
        let parsed = solution::parse(file, &xml);
        let files = [parsed.file];
        let Block::Profile(profile) = &files[0].blocks[0] else {
            panic!("a profile")
        };
        let items = profile.items.len();
        let compiled = compile(&schema, &mut sources, &files, Options { lenient: true });
        let plan = compiled
            .plan
            .unwrap_or_else(|| panic!("{name}: {:?}", compiled.diagnostics));
        assert_eq!(plan.profiles[0].items.len(), items, "{name}");
        assert_eq!(compiled.left_out, 0, "{name}");
        println!(
            "{name}: {items} of {items} items, 0 of {} conditions left out",
            compiled.conditions
        );
        let needs = complete::needs(&schema, &files);
        assert!(
            needs
                .entities
                .values()
                .all(|needs| !needs.entity && needs.attributes.is_empty()),
            "{needs:?}"
        );
        assert_eq!(needs.relationships.len(), 0, "{needs:?}");
    }
}
