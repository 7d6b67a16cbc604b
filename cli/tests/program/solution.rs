//! Solutions, folders and zips: inspected, imported, exported, and refused where they could do harm.

use std::io::{Cursor, Write};

use weir::archive;
use weir_ir::diagnostic::Sources;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::desk::Desk;

const ENTITY: &str = r#"<Entity><EntityInfo><entity Name="Account"><attributes>
  <attribute><Type>picklist</Type><LogicalName>kind</LogicalName><OptionSetName>Kinds</OptionSetName></attribute></attributes>
  <OwnershipTypeMask>UserOwned</OwnershipTypeMask><IsOfflineInMobileClient>1</IsOfflineInMobileClient>
  <MobileOfflineFilters>&lt;fetch&gt;&lt;entity name="account"&gt;&lt;filter&gt;&lt;condition attribute="statecode" operator="eq" value="0"/&gt;&lt;/filter&gt;&lt;/entity&gt;&lt;/fetch&gt;</MobileOfflineFilters>
</entity></EntityInfo></Entity>"#;
const KINDS: &str = r#"<optionset Name="kinds"><options><option value="7"><labels><label description="Seven"/></labels></option></options></optionset>"#;
const ROLE: &str = r#"<Role id="{8281365B-0A40-ED11-BBA2-0022483D5EE0}" name="Inspector"><RolePrivileges>
  <RolePrivilege name="prvReadAccount" level="Deep"/><RolePrivilege name="prvReadActivity" level="Basic"/>
  <RolePrivilege name="prvWriteAccount" level="Global"/></RolePrivileges></Role>"#;
const PROFILE: &str = r#"<MobileOfflineProfile MobileOfflineProfileId="8ce77666-a132-ec11-b6e6-0022483ccc0c" Name="Field: 1"><MobileOfflineProfileItems>
  <MobileOfflineProfileItem><EntitySchemaName>Account</EntitySchemaName><RecordDistributionCriteria>3</RecordDistributionCriteria>
  <ProfileItemEntityFilter>&lt;fetch&gt;&lt;entity name="account"&gt;&lt;filter&gt;&lt;condition attribute="kind" operator="eq" value="7"/&gt;&lt;condition attribute="new_due" operator="today"/&gt;&lt;link-entity name="new_site" from="new_siteid" to="new_site" link-type="any"/&gt;&lt;/filter&gt;&lt;/entity&gt;&lt;/fetch&gt;</ProfileItemEntityFilter>
  </MobileOfflineProfileItem></MobileOfflineProfileItems></MobileOfflineProfile>"#;

/// The one file of an exported zip.
fn customizations() -> String {
    format!(
        "<ImportExportXml><Entities>{ENTITY}</Entities><Roles>{ROLE}</Roles><EntityRelationships/>\
         <optionsets>{KINDS}</optionsets><MobileOfflineProfiles>{PROFILE}</MobileOfflineProfiles></ImportExportXml>"
    )
}

/// A zip of those entries.
fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, content) in entries {
        zip.start_file(*name, options).expect("a new entry");
        zip.write_all(content).expect("in memory");
    }
    zip.finish().expect("in memory").into_inner()
}

#[test]
fn a_folder_and_its_zip_are_one_solution() {
    let desk = Desk::new();
    desk.put("sol/Entities/Account/Entity.xml", ENTITY);
    desk.put("sol/OptionSets/kinds.xml", KINDS);
    desk.put("sol/Roles/Inspector.xml", ROLE);
    desk.put("sol/MobileOfflineProfiles/Field.xml", PROFILE);
    desk.put(
        "sol.zip",
        zipped(&[
            ("[Content_Types].xml", b"<x/>"),
            ("customizations.xml", customizations().as_bytes()),
        ]),
    );
    let folder = desk.weir("inspect sol --complete folder.json");
    let zip = desk.weir("inspect sol.zip --complete zip.json");
    assert_eq!(folder.status, 0, "{folder:?}");
    let rest = |out: &str| out.split_once(": ").expect("counts").1.to_owned();
    assert_eq!(rest(&folder.out), rest(&zip.out));
    assert!(
        folder
            .out
            .contains("compiles with what is there: 1 of 1 items, 2 of 4 conditions left out"),
        "{}",
        folder.out
    );
    assert!(folder.out.contains("Inspector: reads "), "{}", folder.out);
    assert!(
        folder
            .out
            .contains("account: new_due, new_site\n  new_site: the entity itself\n"),
        "{}",
        folder.out
    );
    let read = |name: &str| std::fs::read_to_string(desk.folder.join(name)).expect("written");
    assert_eq!(read("folder.json"), read("zip.json"));
    assert_eq!(
        read("folder.json"),
        "{\n \"entities\": [\n  {\"name\": \"account\", \"attributes\": [\n   {\"name\": \"new_due\", \"type\": \"datetime\"},\n   \
         {\"name\": \"new_site\", \"type\": \"lookup\", \"targets\": [\"new_site\"]}]},\n  \
         {\"name\": \"new_site\", \"ownership\": null, \"offline\": null}\n ],\n \"relationships\": []\n}\n"
    );
    let complete = desk.weir("inspect sol.zip -m zip.json");
    assert!(
        complete
            .out
            .contains("1 of 1 items, 0 of 4 conditions left out"),
        "{}",
        complete.out
    );
    let check = desk.weir("check sol.zip -m sol.zip -m zip.json");
    assert_eq!(check.status, 0, "{}", check.out);
}

#[test]
fn an_import_is_read_and_exported_again() {
    let desk = Desk::new();
    desk.put(
        "sol.zip",
        zipped(&[("customizations.xml", customizations().as_bytes())]),
    );
    desk.put("who.weir", "members \"field: 1\" { team \"Crew\" }");
    let ran = desk.weir("import sol.zip -o out --members who.weir --member Field:_1=a@b.c");
    assert_eq!(
        (ran.status, ran.err.as_str()),
        (
            2,
            "error: the solution has no profile `Field:_1`; `weir inspect` lists its profiles\n"
        )
    );
    let ran = desk.weir("import sol.zip -o out --members who.weir");
    assert_eq!(ran.status, 0, "{ran:?}");
    let read = |name: &str| std::fs::read_to_string(desk.folder.join(name)).expect("written");
    assert_eq!(
        read("out/organization.weir"),
        "organization {\n  limits modern\n  entity account {\n    offline on\n    filter statecode eq 0\n  }\n}\n"
    );
    assert!(read("out/metadata.json").contains(r#""options": [{"value": 7, "label": "Seven"}]"#));
    assert!(
        read("out/metadata.json").contains(r#""reads": {"account": "deep", "activity": "basic"}"#)
    );
    assert!(read("out/profiles/Field_ 1.weir").contains("where kind eq 7"));
    assert!(read("out/members.weir").contains("team \"Crew\""));
    let again = desk.weir("import sol.zip -o out");
    assert_eq!((again.status, again.out.as_str()), (2, ""));
    let export = desk.weir("export out -o back");
    assert_eq!(export.status, 0, "{export:?}");
    assert!(
        export
            .err
            .contains("warning[W0851]: a solution's profile has no place for members"),
        "{}",
        export.err
    );
    let xml = read("back/MobileOfflineProfiles/Field_ 1.xml");
    assert!(xml.starts_with("\u{feff}<?xml"), "{xml}");
    desk.put("one.xml", xml);
    let check = desk.weir("check one.xml -m out/metadata.json --lenient");
    assert_eq!(check.status, 0, "{}", check.out);
}

/// Code, underlined text, message and help of what is said about a zip.
fn refusal(bytes: &[u8]) -> String {
    let mut sources = Sources::default();
    let found = archive::read(&mut sources, "s.zip", bytes, &|name| name.ends_with(".xml"))
        .expect_err("refused");
    let place = found.span.map_or("", |span| sources.slice(span));
    let help = found.help.as_deref().unwrap_or_default();
    format!("{} [{place}] {} | {help}", found.code.id, found.message)
}

#[test]
fn zips_that_could_do_harm_are_refused() {
    let again = "export the solution again, or unpack it and give the folder";
    assert_eq!(
        refusal(&zipped(&[("a.xml", b""), ("x/../../evil.xml", b"")])),
        format!(
            "E0854 [x/../../evil.xml] the entry `x/../../evil.xml` leads out of the zip | {again}"
        )
    );
    assert_eq!(
        refusal(&zipped(&[("c:\\evil.xml", b"")])),
        format!("E0854 [c:\\evil.xml] the entry `c:\\evil.xml` leads out of the zip | {again}")
    );
    assert_eq!(
        refusal(&zipped(&[("a.xml", b""), ("A.xml", b"")])),
        format!("E0855 [A.xml] two entries have the name `A.xml` | {again}")
    );
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_symlink("link.xml", "/etc/hosts", SimpleFileOptions::default())
        .expect("in memory");
    assert_eq!(
        refusal(&zip.finish().expect("in memory").into_inner()),
        format!("E0856 [link.xml] the entry `link.xml` is a link | {again}")
    );
    assert_eq!(
        refusal(&zipped(&[("bomb.xml", &vec![b' '; 8 << 20])])),
        "E0853 [bomb.xml] the entry unpacks to more than 300 times its size | no export does; it may be made to do harm"
    );
    let cut = zipped(&[("a.xml", b"text")]);
    assert!(refusal(&cut[..cut.len() - 9]).starts_with("E0852 [] `s.zip` can't be unpacked: "));
    let mut changed = zipped(&[("a.xml", &[b'x'; 400])]);
    changed[36] ^= 0xff;
    assert!(refusal(&changed).starts_with("E0852 [a.xml] `s.zip` can't be unpacked: "));
}

#[test]
fn what_is_no_solution_is_said() {
    let desk = Desk::new();
    desk.put("none/readme.txt", "");
    for typed in ["inspect none", "import none -o out"] {
        let ran = desk.weir(typed);
        assert_eq!(
            (ran.status, ran.err.as_str()),
            (
                2,
                "error: `none` is no solution; it should hold `Entities/*/Entity.xml` or `Other/Relationships/*.xml`, or be an exported zip\n"
            )
        );
    }
    desk.put("bad.zip", b"PK\x03\x04 and nothing");
    let ran = desk.weir("inspect bad.zip");
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.err.starts_with("error[E0852]"), "{}", ran.err);
}
