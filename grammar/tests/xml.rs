//! MobileOfflineProfile XML: what is read, and what is reported where. For the FetchXML in it see
//! `fetchxml.rs`.

#![expect(clippy::panic, reason = "a test stops at what it did not expect")]

use weir_grammar::ast::{Block, Choice, Filter, Owned, Profile};
use weir_grammar::solution;
use weir_ir::diagnostic::{Diagnostic, Sources};

/// A profile with one item, whose parts are given.
fn profile_with(item: &str) -> String {
    format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <MobileOfflineProfile MobileOfflineProfileId=\"p1\" Name=\"Inspectors\">\n\
         <MobileOfflineProfileItems><MobileOfflineProfileItem>{item}</MobileOfflineProfileItem>\
         </MobileOfflineProfileItems></MobileOfflineProfile>"
    )
}

fn read(text: &str) -> (Sources, Option<Profile>, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let file = sources.add("profile.xml", text);
    let parsed = solution::parse(file, text);
    let profile = parsed
        .file
        .blocks
        .into_iter()
        .next()
        .map(|block| match block {
            Block::Profile(profile) => profile,
            other => panic!("a profile, not {other:?}"),
        });
    (sources, profile, parsed.diagnostics)
}

/// Code, underlined text, message and help of the findings.
fn told(sources: &Sources, found: &[Diagnostic]) -> Vec<String> {
    let line = |d: &Diagnostic| {
        format!(
            "{} [{}] {} | {}",
            d.code.id,
            d.span.map_or("", |span| sources.slice(span)),
            d.message,
            d.help.as_deref().unwrap_or("no help")
        )
    };
    found.iter().map(line).collect()
}

/// Asserts what is reported about a profile text.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let (sources, _, found) = read(text);
    assert_eq!(told(&sources, &found), expected);
}

const ITEM: &str = "<Name>Accounts</Name><EntitySchemaName>Account</EntitySchemaName>\
    <RecordDistributionCriteria>2</RecordDistributionCriteria>\
    <RecordsOwnedByMe>1</RecordsOwnedByMe><RecordsOwnedByMyTeam>0</RecordsOwnedByMyTeam>\
    <RecordsOwnedByMyBusinessUnit>1</RecordsOwnedByMyBusinessUnit>\
    <SyncIntervalInMinutes></SyncIntervalInMinutes><ViewQuery>v</ViewQuery>\
    <MobileOfflineProfileItemAssociations><MobileOfflineProfileItemAssociation>\
    <Name>Tasks</Name><RelationshipDisplayName>Account_Tasks</RelationshipDisplayName>\
    <ProfileItemAssociationEntityFilter>&lt;fetch&gt;&lt;entity name=\"task\"&gt;&lt;filter&gt;\
    &lt;condition attribute=\"subject\" operator=\"eq\" value=\"a &amp;amp; b\"/&gt;&lt;/filter&gt;\
    &lt;/entity&gt;&lt;/fetch&gt;</ProfileItemAssociationEntityFilter>\
    </MobileOfflineProfileItemAssociation></MobileOfflineProfileItemAssociations>";

#[test]
fn reads_a_profile_with_places_in_the_file() {
    let (sources, profile, found) = read(&profile_with(ITEM));
    assert_eq!(told(&sources, &found), [""; 0]);
    let profile = profile.unwrap();
    assert_eq!(profile.name.text, "Inspectors");
    assert_eq!(profile.extras.id.unwrap().text, "p1");
    let item = &profile.items[0];
    assert_eq!(sources.slice(item.entity.span), "Account");
    assert_eq!(item.sync, None);
    assert_eq!(item.extras.stored[0].key.text, "ViewQuery");
    let Some(download) = &item.download else {
        panic!("a download")
    };
    let Choice::Other(owned) = &download.choice else {
        panic!("{download:?}")
    };
    let owned: Vec<Owned> = owned.iter().map(|(owned, _)| *owned).collect();
    assert_eq!(owned, [Owned::Mine, Owned::BusinessUnit]);
    let include = &item.includes[0];
    assert_eq!(include.via.text, "Account_Tasks");
    let Some(Filter::Condition(condition)) = &include.filter else {
        panic!("a condition")
    };
    // Escaped twice, and still found in the file.
    assert_eq!(condition.values[0].text, "a & b");
    assert_eq!(sources.slice(condition.values[0].span), "a &amp;amp; b");
    assert_eq!(sources.slice(condition.attribute.span), "subject");
    assert!(sources.slice(condition.span).starts_with("&lt;condition"));
    assert!(sources.slice(condition.span).ends_with("/&gt;"));
}

#[test]
fn reports_what_is_wrong_with_a_profile() {
    let help = "every element must be closed, in order, and `<` and `&` escaped";
    check(
        "<MobileOfflineProfile><a></b></MobileOfflineProfile>",
        &[&format!(
            "E0801 [<] not well-formed: expected `</a>`, but `</b>` was found | {help}"
        )],
    );
    check(
        "<MobileOfflineProfile><a/>",
        &[
            "E0801 [MobileOfflineProfile] not well-formed: `MobileOfflineProfile` is not closed | the file may be cut short",
        ],
    );
    check(
        "",
        &["E0801 [] not well-formed: there is no element | the file may be cut short"],
    );
    check(
        "<a b='\0'/>",
        &[
            "E0801 [\0] not well-formed: the character U+0000 | take it out: no text of XML holds it",
        ],
    );
    check(
        "<a b='1' b='2'/>",
        &[
            "E0801 [<a b='1' b='2'/>] not well-formed: an attribute stands twice | write attributes as `name=\"value\"`, each once",
        ],
    );
    check(
        "<!DOCTYPE a [<!ENTITY x \"y\">]><a/>",
        &[
            "E0802 [<!DOCTYPE a [<!ENTITY x \"y\">]>] a document type is refused | remove it: nothing that weir reads needs one",
        ],
    );
    check(
        "<?xml version=\"1.0\" encoding=\"utf-16\"?><a/>",
        &[
            "E0803 [<?xml version=\"1.0\" encoding=\"utf-16\"?>] the encoding is `utf-16` | save the file in UTF-8 and say so in its first line",
        ],
    );
    check(
        "<a>&nbsp;</a>",
        &[
            "E0805 [&nbsp;] the reference `&nbsp;` is unknown | write `&amp;` for `&`; XML knows lt, gt, amp, apos, quot and numbers",
        ],
    );
    check(
        "<a b='x &#65 y'/>",
        &[
            "E0805 [&#65 y] the reference `&#65 y` is unknown | write `&amp;` for `&`; XML knows lt, gt, amp, apos, quot and numbers",
        ],
    );
    check(
        "<Entity/>",
        &[
            "E0806 [Entity] this is a `Entity`, not a `MobileOfflineProfile` | the file's outermost element must be `MobileOfflineProfile`",
        ],
    );
    check(
        &profile_with("<RecordDistributionCriteria>1</RecordDistributionCriteria>"),
        &[
            "E0807 [MobileOfflineProfileItem] `MobileOfflineProfileItem` needs `EntitySchemaName` | add `<EntitySchemaName>…</EntitySchemaName>`",
        ],
    );
}

#[test]
fn reports_what_is_wrong_with_an_item() {
    let entity = "<EntitySchemaName>Account</EntitySchemaName>";
    let item = |rest: &str| profile_with(&format!("{entity}{rest}"));
    check(
        &item("<RecordDistributionCriteria>7</RecordDistributionCriteria>"),
        &["E0808 [7] the value can't be `7` | it is 0 (related), 1 (all), 2 (other) or 3 (custom)"],
    );
    check(
        &item(
            "<RecordDistributionCriteria>1</RecordDistributionCriteria><SyncIntervalInMinutes>often</SyncIntervalInMinutes>",
        ),
        &["E0808 [often] the value can't be `often` | it is a whole number, or nothing"],
    );
    check(
        &item(
            "<RecordDistributionCriteria>1</RecordDistributionCriteria><RecordsOwnedByMe>yes</RecordsOwnedByMe>",
        ),
        &["E0808 [yes] the value can't be `yes` | it is 0 or 1"],
    );
    check(
        &item(
            "<RecordDistributionCriteria>1</RecordDistributionCriteria><RecordDistributionCriteria>2</RecordDistributionCriteria>",
        ),
        &[
            "W0802 [RecordDistributionCriteria] `RecordDistributionCriteria` stands twice: the first counts | remove one of them",
        ],
    );
    check(
        &item(
            "<RecordDistributionCriteria>1</RecordDistributionCriteria><Layout><Row>1</Row></Layout>",
        ),
        &["N0801 [Layout] `Layout` is ignored | an export would lack it"],
    );
}

#[test]
fn an_inert_filter_is_kept_with_a_warning() {
    let fetch = "&lt;fetch/&gt;";
    let (sources, profile, found) = read(&profile_with(&format!(
        "<EntitySchemaName>Account</EntitySchemaName>\
         <RecordDistributionCriteria>1</RecordDistributionCriteria>\
         <ProfileItemEntityFilter>{fetch}</ProfileItemEntityFilter>"
    )));
    assert_eq!(
        told(&sources, &found),
        [
            "W0801 [&lt;fetch/&gt;] the filter has no effect beside this download choice | only custom (3) uses a filter; it is kept for an export"
        ]
    );
    let item = &profile.unwrap().items[0];
    assert_eq!(item.extras.stored[0].value.text, "<fetch/>");
    assert_eq!(item.download.as_ref().unwrap().filter, None);
}

#[test]
fn deep_or_crowded_xml_is_a_limit_and_no_overflow() {
    let deep = "<a>".repeat(100_000);
    check(
        &deep,
        &["E0804 [<a>] elements are nested deeper than 256 | no export is that deep"],
    );
    let crowded: String = (0..300).map(|n| format!(" a{n}=''")).collect();
    let (_, _, found) = read(&format!("<a{crowded}/>"));
    assert_eq!(found[0].message, "an element has over 256 attributes");
}

#[test]
fn texts_cut_short_or_garbled_are_reported_and_no_more() {
    let text = profile_with(ITEM);
    let survives = |text: &str| {
        let (_, _, found) = read(text);
        for span in found.iter().filter_map(|d| d.span) {
            let range = span.start as usize..span.end as usize;
            assert!(text.get(range).is_some(), "{span:?} in {text}");
        }
    };
    for (at, c) in text.char_indices() {
        survives(&text[..at]);
        survives(&format!("{}{}", &text[..at], &text[at + c.len_utf8()..]));
        survives(&format!("{}<é&amp;&lt;{}", &text[..at], &text[at..]));
    }
}

#[test]
fn a_filter_on_another_entity_than_its_item() {
    let with = |of: &str, criteria: u8| {
        profile_with(&format!(
            "<EntitySchemaName>Account</EntitySchemaName>\
             <RecordDistributionCriteria>{criteria}</RecordDistributionCriteria>\
             <ProfileItemEntityFilter>&lt;fetch&gt;&lt;entity name=\"{of}\"&gt;&lt;filter&gt;\
             &lt;condition attribute=\"createdon\" operator=\"today\"/&gt;&lt;/filter&gt;\
             &lt;/entity&gt;&lt;/fetch&gt;</ProfileItemEntityFilter>"
        ))
    };
    check(&with("account", 3), &[]);
    check(
        &with("contact", 3),
        &[
            "E0811 [contact] the filter is on `contact`, and its item on `Account` | write the filter on the item's entity, or give the other one an item",
        ],
    );
    // Beside another choice it does nothing.
    let (_, _, found) = read(&with("contact", 0));
    let codes: Vec<&str> = found.iter().map(|d| d.code.id).collect();
    assert_eq!(codes, ["W0801"]);
}
