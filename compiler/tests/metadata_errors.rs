//! What is reported about metadata: code, underlined text, message and help of every finding.

use weir_compiler::metadata::{Builder, codes};
use weir_ir::diagnostic::{Diagnostic, Sources};

/// Code, underlined text, message and help, and the labels.
fn told(sources: &Sources, found: &[Diagnostic]) -> Vec<String> {
    let line = |d: &Diagnostic| {
        let labels: String = d
            .labels
            .iter()
            .map(|l| format!(" | {} [{}]", l.text, sources.slice(l.span)))
            .collect();
        format!(
            "{} [{}] {} | {}{labels}",
            d.code.id,
            d.span.map_or("", |span| sources.slice(span)),
            d.message,
            d.help.as_deref().unwrap_or("no help")
        )
    };
    found.iter().map(line).collect()
}

/// Asserts what is reported about a metadata JSON.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let mut sources = Sources::default();
    let file = sources.add("metadata.json", text);
    let mut builder = Builder::new();
    let mut found = builder.json(&sources, file);
    found.extend(builder.finish().1);
    assert_eq!(told(&sources, &found), expected);
}

/// The same of the one entity `asset` with an attribute.
#[track_caller]
fn attribute(text: &str, expected: &[&str]) {
    check(
        &format!(r#"{{"entities":[{{"name":"asset","attributes":[{text}]}}]}}"#),
        expected,
    );
}

/// The same of a relationship between `asset` and `place`.
#[track_caller]
fn relationship(text: &str, expected: &[&str]) {
    let name = r#"{"name":"name","type":"string"}"#;
    let entities = format!(r#"[{{"name":"asset","attributes":[{name}]}},{{"name":"place"}}]"#);
    check(
        &format!(r#"{{"entities":{entities},"relationships":[{text}]}}"#),
        expected,
    );
}

/// Asserts what is reported about the files of a solution folder.
#[track_caller]
fn solution(files: &[(&str, &str)], expected: &[&str]) {
    let mut sources = Sources::default();
    let mut builder = Builder::new();
    let files = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    let mut found = builder.solution(&mut sources, files);
    found.extend(builder.finish().1);
    assert_eq!(told(&sources, &found), expected);
}

const NO_JSON: &str = "metadata is one JSON object with `entities` and `relationships`";

#[test]
fn text_that_is_no_json() {
    check(
        "{\"entities\":[\n  {\"name\":\"a\",}]}",
        &[&format!(
            "E0201 [}}] not JSON: key must be a string | {NO_JSON}"
        )],
    );
    check(
        "",
        &[&format!(
            "E0201 [] not JSON: EOF while parsing a value | {NO_JSON}"
        )],
    );
    check(
        "\u{feff}{} é",
        &[&format!(
            "E0201 [é] not JSON: trailing characters | {NO_JSON}"
        )],
    );
    let deep = format!("{{\"entities\":[{}", "[".repeat(100_000));
    check(
        &deep,
        &[&format!(
            "E0201 [[] not JSON: EOF while parsing a list | {NO_JSON}"
        )],
    );
}

#[test]
fn values_of_the_wrong_type() {
    check(
        "[]",
        &["E0202 [[]] metadata must be an object | write an object here"],
    );
    check(
        r#"{"entities":{}}"#,
        &["E0202 [{}] `entities` must be a list | write a list here"],
    );
    check(
        r#"{"entities":["account"]}"#,
        &[r#"E0202 ["account"] an entity must be an object | write an object here"#],
    );
    check(
        r#"{"entities":[{"name":7}]}"#,
        &["E0202 [7] `name` must be a text | write a text here"],
    );
    check(
        r#"{"entities":[{"name":"a","offline":"yes"}]}"#,
        &[r#"E0202 ["yes"] `offline` must be true or false | write true or false here"#],
    );
    attribute(
        r#"{"name":"x","type":"money","precision":1.5,"min":"0"}"#,
        &[
            "E0202 [1.5] `precision` must be a whole number | write a whole number here",
            r#"E0202 ["0"] `min` must be a number | write a number here"#,
        ],
    );
    attribute(
        r#"{"name":"x","type":"choice","options":[1.5]}"#,
        &["E0202 [1.5] the value of an option must be a whole number | write a whole number here"],
    );
    relationship(
        "[\n]",
        &["E0202 [[] a relationship must be an object | write an object here"],
    );
}

#[test]
fn keys_that_are_missing_or_unknown() {
    check(
        r#"{"entities":[{"offline":true}]}"#,
        &["E0203 [{] an entity needs the key `name` | add `\"name\": …` to this object"],
    );
    attribute(
        r#"{"name":"x"}"#,
        &["E0203 [{] an attribute needs the key `type` | add `\"type\": …` to this object"],
    );
    relationship(
        r#"{"name":"r"}"#,
        &["E0203 [{] a relationship needs the key `kind` | add `\"kind\": …` to this object"],
    );
    relationship(
        r#"{"name":"r","kind":"1:N","referenced":"asset","referencing":"place"}"#,
        &["E0203 [{] a relationship needs the key `lookup` | add `\"lookup\": …` to this object"],
    );
    check(
        r#"{"entities":[{"name":"a","ofline":true}]}"#,
        &["W0201 [ofline] an entity has no key `ofline`: it is ignored | did you mean `offline`?"],
    );
    check(
        r#"{"zzz":1}"#,
        &[
            "W0201 [zzz] metadata has no key `zzz`: it is ignored | metadata has the keys `partial`, `security`, `entities`, `relationships`, `roles`",
        ],
    );
}

#[test]
fn words_that_are_unknown() {
    check(
        r#"{"security":"closed"}"#,
        &[
            r#"E0204 ["closed"] `security` can't be `closed` | `security` is one of `open`, `roles`"#,
        ],
    );
    check(
        r#"{"entities":[{"name":"a","ownership":"user-or-teams"}]}"#,
        &[
            r#"E0204 ["user-or-teams"] `ownership` can't be `user-or-teams` | did you mean `user-or-team`?"#,
        ],
    );
    attribute(
        r#"{"name":"x","type":"strng"}"#,
        &[r#"E0204 ["strng"] `type` can't be `strng` | did you mean `string`?"#],
    );
    attribute(
        r#"{"name":"x","type":"datetime","behavior":"dateonly"}"#,
        &[r#"E0204 ["dateonly"] `behavior` can't be `dateonly` | did you mean `date-only`?"#],
    );
    relationship(
        r#"{"name":"r","kind":"N:1"}"#,
        &[r#"E0204 ["N:1"] `kind` can't be `N:1` | `kind` is one of `1:N`, `N:N`"#],
    );
}

#[test]
fn things_declared_twice() {
    check(
        r#"{"entities":[{"name":"a"},{"name":"A"}]}"#,
        &[
            r#"E0205 ["A"] the entity `a` is declared twice | one file declares a thing once; a later `--metadata` file may override it | first declared here ["a"]"#,
        ],
    );
    attribute(
        r#"{"name":"x","type":"string"},{"name":"X","type":"memo"}"#,
        &[
            r#"E0205 ["X"] the attribute `x` is declared twice | one file declares a thing once; a later `--metadata` file may override it | first declared here ["x"]"#,
        ],
    );
    let one = r#"{"name":"r","kind":"1:N","referenced":"asset","referencing":"place","lookup":"assetid"}"#;
    relationship(
        &format!("{one},{}", one.replace(r#""r""#, r#""R""#)),
        &[
            r#"E0205 ["R"] the relationship `r` is declared twice | one file declares a thing once; a later `--metadata` file may override it | first declared here ["r"]"#,
        ],
    );
    check(
        r#"{"entities":[{"name":"a","name":"b"}]}"#,
        &[
            "E0205 [name] the key `name` stands twice in one object | remove one of them | first here [name]",
        ],
    );
    attribute(
        r#"{"name":"x","type":"choice","options":[1,{"value":1}]}"#,
        &["E0205 [1] the option 1 is declared twice | remove one of them"],
    );
}

#[test]
fn names_that_cant_be() {
    let help = "a name is 1 to 128 letters, digits and underscores";
    check(
        r#"{"entities":[{"name":"my entity"}]}"#,
        &[&format!(
            r#"E0206 ["my entity"] `my entity` can't be a name | {help}"#
        )],
    );
    attribute(
        r#"{"name":"","type":"string"}"#,
        &[&format!(r#"E0206 [""] `` can't be a name | {help}"#)],
    );
    attribute(
        r#"{"name":"x","type":"string","column":""}"#,
        &[
            r#"E0206 [""] `column` can't be empty | leave it out where the storage convention holds"#,
        ],
    );
}

#[test]
fn attributes_that_are_known_otherwise() {
    attribute(
        r#"{"name":"statecode","type":"string"}"#,
        &[
            r#"E0207 ["string"] `statecode` of `asset` can't be of type `string` | every such entity has it as `state`"#,
        ],
    );
    attribute(
        r#"{"name":"assetid","type":"integer"}"#,
        &[
            r#"E0207 ["integer"] `assetid` of `asset` can't be of type `integer` | every such entity has it as `uniqueidentifier`"#,
        ],
    );
    check(
        r#"{"entities":[{"name":"systemuser","primary_id":"userid","ownership":"none","attributes":[{"name":"isdisabled","type":"integer"}]}]}"#,
        &[
            r#"W0203 ["none"] the ownership of `systemuser` is `business`: `none` is ignored | leave the ownership out: it is built in"#,
            r#"E0211 ["userid"] the primary id of `systemuser` is `systemuserid`, not `userid` | leave the primary id out: it is built in"#,
            r#"E0207 ["integer"] `isdisabled` of `systemuser` can't be of type `integer` | every such entity has it as `boolean`"#,
        ],
    );
}

#[test]
fn relationships_that_join_nothing() {
    relationship(
        r#"{"name":"r","kind":"1:N","referenced":"aset","referencing":"place","lookup":"assetid"}"#,
        &[
            r#"W0207 ["aset"] the entity `aset` is unknown, so the relationship can't be used | did you mean `asset`?"#,
        ],
    );
    relationship(
        r#"{"name":"r","kind":"N:N","intersect":"pairs","entity1":"zzzzzz","entity2":"place"}"#,
        &[
            r#"W0207 ["zzzzzz"] the entity `zzzzzz` is unknown, so the relationship can't be used | declare it under `entities`, in this file or another `--metadata`"#,
        ],
    );
    relationship(
        r#"{"name":"r","kind":"1:N","referenced":"place","referencing":"asset","lookup":"name"}"#,
        &[
            r#"E0209 ["name"] `name` of `asset` is of type `string`, which points to no row | a relationship goes through a lookup"#,
        ],
    );
    let help = "name two attributes of the intersect entity, neither its primary id";
    relationship(
        r#"{"name":"r","kind":"N:N","intersect":"p","entity1":"asset","attribute1":"x","entity2":"place","attribute2":"X"}"#,
        &[&format!(
            r#"E0209 ["X"] `x` can't hold an end of a pair | {help}"#
        )],
    );
    relationship(
        r#"{"name":"r","kind":"N:N","intersect":"p","entity1":"asset","attribute1":"pid","entity2":"place"}"#,
        &[&format!(
            r#"E0209 ["pid"] `pid` can't hold an end of a pair | {help}"#
        )],
    );
    relationship(
        r#"{"name":"r","kind":"1:N","referenced":"asset","referencing":"place","lookup":"assetid","hierarchical":true}"#,
        &[
            "E0212 [true] a hierarchical relationship joins an entity to itself | leave `hierarchical` out, or name one entity at both ends",
        ],
    );
}

#[test]
fn numbers_out_of_range_and_keys_that_dont_fit() {
    attribute(
        r#"{"name":"x","type":"decimal","precision":29}"#,
        &["E0210 [29] `precision` can't be 29 | it is 0 to 28 digits after the point"],
    );
    attribute(
        r#"{"name":"x","type":"decimal","max":1e99}"#,
        &[
            "E0210 [1e99] `max` can't be 1e99 | a bound has at most 28 digits; leave it out where the type's own range is meant",
        ],
    );
    attribute(
        r#"{"name":"x","type":"integer","min":2,"max":1}"#,
        &[
            "E0210 [1] `max` 1 is less than `min` 2 | `min` is the least value and `max` the greatest",
        ],
    );
    attribute(
        r#"{"name":"x","type":"string","targets":["account"],"precision":2}"#,
        &[
            "W0202 [targets] `targets` says nothing about an attribute of type `string` | `targets` is for a lookup; remove it",
            "W0202 [precision] `precision` says nothing about an attribute of type `string` | `precision` is for a number; remove it",
        ],
    );
}

/// An Entity.xml with those parts and attributes.
fn entity(parts: &str, attributes: &str) -> String {
    format!(
        "<Entity><EntityInfo><entity Name=\"Asset\">{parts}<attributes>{attributes}</attributes>\
         </entity></EntityInfo></Entity>"
    )
}

const ENTITY: &str = "Entities/Asset/Entity.xml";
const RELATIONSHIPS: &str = "Other/Relationships/Asset.xml";

#[test]
fn entities_of_a_solution() {
    solution(
        &[("readme.txt", "")],
        &[
            "E0213 [] the folder holds no metadata | an unpacked solution has `Entities/*/Entity.xml` and `Other/Relationships/*.xml`",
        ],
    );
    solution(
        &[(ENTITY, "<Entity><Name>Asset</Name></Entity>")],
        &[
            "E0213 [Entity] `Entity` has no `EntityInfo/entity` | this is no Entity.xml of an unpacked solution",
        ],
    );
    solution(
        &[(ENTITY, "<Role/>")],
        &[
            "E0806 [Role] this is a `Role`, not a `Entity` | the file's outermost element must be `Entity`",
        ],
    );
    solution(
        &[(
            ENTITY,
            &entity(
                "<OwnershipTypeMask>Nobody</OwnershipTypeMask><IsActivity>2</IsActivity>",
                "",
            ),
        )],
        &[
            "W0205 [Nobody] `OwnershipTypeMask` can't be `Nobody`: it is not read | it is UserOwned, TeamOwned, OrgOwned, BusinessOwned or None",
            "W0205 [2] `IsActivity` can't be `2`: it is not read | it is 0 or 1",
        ],
    );
    solution(
        &[(
            ENTITY,
            &entity(
                "",
                "<attribute><LogicalName>a</LogicalName><Type>hologram</Type></attribute>\
                 <attribute><LogicalName>b</LogicalName></attribute>\
                 <attribute><Name>A</Name><Type>int</Type><MinValue>low</MinValue></attribute>\
                 <attribute><Type>int</Type></attribute>\
                 <attribute><Name>d</Name><Type>datetime</Type><Behavior>9</Behavior></attribute>",
            ),
        )],
        &[
            "W0204 [hologram] the type `hologram` isn't read | the attribute is taken for a virtual one, which can't be filtered",
            "W0204 [b] the attribute `b` has no `Type`: it is left out | an export has `<Type>…</Type>` here",
            "W0205 [low] `MinValue` can't be `low`: it is not read | it is a number of at most 28 digits",
            "E0205 [A] the attribute `a` is declared twice | one file declares a thing once; a later `--metadata` may override it | first declared here [a]",
            "W0205 [attribute] `attribute` has no `Name`: it is left out | an export has `<Name>…</Name>` here",
            "W0205 [9] `Behavior` can't be `9`: it is not read | it is 1 (user-local), 2 (date-only) or 3 (time-zone-independent); 1 is assumed",
        ],
    );
}

#[test]
fn relationships_of_a_solution() {
    let name = "<attribute><Name>name</Name><Type>nvarchar</Type></attribute>";
    let one = |name: &str, lookup: &str| {
        format!(
            "<EntityRelationship Name=\"{name}\"><EntityRelationshipType>OneToMany</EntityRelationshipType>\
             <ReferencedEntityName>Asset</ReferencedEntityName><ReferencingEntityName>Asset</ReferencingEntityName>\
             <ReferencingAttributeName>{lookup}</ReferencingAttributeName></EntityRelationship>"
        )
    };
    let file = format!(
        "<EntityRelationships>{}{}{}<EntityRelationship Name=\"odd\"/></EntityRelationships>",
        one("Asset_Parent", "ParentId"),
        one("asset_parent", "ParentId"),
        one("Asset_Name", "Name"),
    );
    solution(
        &[(ENTITY, &entity("", name)), (RELATIONSHIPS, &file)],
        &[
            "E0205 [asset_parent] the relationship `asset_parent` is declared twice | one file declares a thing once; a later `--metadata` may override it | first declared here [Asset_Parent]",
            "W0205 [odd] `EntityRelationshipType` can't be ``: it is not read | it is OneToMany or ManyToMany; the relationship is left out",
            "W0206 [Name] `name` of `asset` is of type `string`, which points to no row | a relationship goes through a lookup",
        ],
    );
}

/// Reads a text as every kind of source; every finding lies in the text.
fn survives(text: &str) {
    let mut sources = Sources::default();
    let file = sources.add("source", text);
    let mut builder = Builder::new();
    let mut found = builder.json(&sources, file);
    found.extend(builder.entity_xml(&sources, file));
    found.extend(builder.relationships_xml(&sources, file));
    found.extend(builder.finish().1);
    for span in found.iter().filter_map(|d| d.span) {
        let range = span.start as usize..span.end as usize;
        assert!(text.get(range).is_some(), "{span:?} in {text}");
    }
}

#[test]
fn texts_cut_short_or_garbled_are_reported_and_no_more() {
    let json = r#"{"entities":[{"name":"ä","offline_filter":"a eq \"é\"","attributes":[{"name":"x",
        "type":"choice","options":[1,{"value":2,"label":"\ud83d\ude00"}],"min":1}]}],"relationships":[
        {"name":"r","kind":"N:N","intersect":"p","entity1":"ä","entity2":"ä"}]}"#;
    let attribute =
        "<attribute><Name>é</Name><Type>int</Type><MinValue>&#49;</MinValue></attribute>";
    let xml = entity(
        "<MobileOfflineFilters>&lt;fetch&gt;ü</MobileOfflineFilters>",
        attribute,
    );
    for text in [json, &xml] {
        for (at, c) in text.char_indices() {
            survives(&text[..at]);
            survives(&format!("{}{}", &text[..at], &text[at + c.len_utf8()..]));
            survives(&format!("{}<\"&\u{1F600}{}", &text[..at], &text[at..]));
        }
    }
    let nested = "[".repeat(100_000) + &"]".repeat(100_000);
    check(
        &format!("{{\"x\":{nested}}}"),
        &[
            "W0201 [x] metadata has no key `x`: it is ignored | metadata has the keys `partial`, `security`, `entities`, `relationships`, `roles`",
        ],
    );
    check(
        r#"{"entities":[{"name":"\ud800"}]}"#,
        &[r#"E0202 ["\ud800"] `name` must be a text | write a text here"#],
    );
}

#[test]
fn every_code_is_reached_here() {
    let text = concat!(
        include_str!("metadata_errors.rs"),
        include_str!("schema_errors.rs")
    );
    for code in codes::ALL {
        assert!(text.contains(&format!("{} [", code.id)), "{}", code.id);
    }
    assert!(codes::ALL.is_sorted(), "in the order of their ids");
}

#[test]
fn what_a_solution_says_and_nobody_reads() {
    let mut sources = Sources::default();
    let mut builder = Builder::new();
    let text = "<ImportExportXml><optionsets><optionset/></optionsets><Roles><Role/>\
        <Role name=\"R\"><RolePrivileges><RolePrivilege name=\"prvReadTeam\" level=\"Odd\"/></RolePrivileges></Role>\
        </Roles></ImportExportXml>";
    let file = sources.add("customizations.xml", text);
    let found = builder.solution_file(&sources, "customizations.xml", file);
    assert_eq!(
        told(&sources, &found),
        [
            "W0205 [optionset] `optionset` has no `Name`: it is left out | an export has `<optionset Name=\"…\">` here",
            "W0205 [Role] `Role` has no `name`: it is left out | an export has `<Role id=\"…\" name=\"…\">` here",
            "W0205 [Odd] `level` can't be `Odd`: it is not read | it is Basic, Local, Deep or Global",
        ]
    );
}
