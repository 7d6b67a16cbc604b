//! MobileOfflineProfile files of unpacked solutions, as a tree of the same shape as native text.
//!
//! What an export holds and nothing acts on goes into `stored`, so that a later export can give it
//! back; ids of parents, which only repeat the nesting, don't.

mod parts;

use weir_ir::diagnostic::FileId;

use crate::ast::{Block, Choice, Dialect, Download, Extras, Include, Item, Owned, Parsed, Profile};
use crate::xml::{self, Element, Located};
use parts::Parts;

/// The flags of the other data filter, with the elements that hold them.
const OWNED: [(&str, Owned); 3] = [
    ("RecordsOwnedByMe", Owned::Mine),
    ("RecordsOwnedByMyTeam", Owned::Team),
    ("RecordsOwnedByMyBusinessUnit", Owned::BusinessUnit),
];

/// Reads a MobileOfflineProfile XML.
#[must_use]
pub fn parse(file: FileId, text: &str) -> Parsed {
    let (root, diagnostics) = xml::parse(&Located::file(file, text), &|_, _| true);
    let mut parts = Parts { diagnostics };
    let profile = root.and_then(|root| profile(&mut parts, &root));
    let blocks = profile.into_iter().map(Block::Profile).collect();
    Parsed::new(Dialect::Solution, blocks, parts.diagnostics)
}

fn profile(parts: &mut Parts, root: &Element) -> Option<Profile> {
    if !root.is_root("MobileOfflineProfile", &mut parts.diagnostics) {
        return None;
    }
    let name = parts.required(root, "Name");
    let known = [
        "Name",
        "MobileOfflineProfileId",
        "Description",
        "MobileOfflineProfileItems",
    ];
    let mut items = Vec::new();
    for list in root.children_named("MobileOfflineProfileItems") {
        for element in &list.children {
            if parts.is(element, "MobileOfflineProfileItem") {
                items.extend(item(parts, element));
            }
        }
    }
    Some(Profile {
        name: name?,
        extras: Extras {
            id: parts.value(root, "MobileOfflineProfileId"),
            stored: parts.rest(root, &known),
            ..Extras::default()
        },
        description: parts.value(root, "Description"),
        limits: None,
        members: Vec::new(),
        items,
        span: root.span,
    })
}

fn item(parts: &mut Parts, element: &Element) -> Option<Item> {
    let entity = parts.required(element, "EntitySchemaName");
    let mut stored = parts.rest(
        element,
        &[
            "Name",
            "MobileOfflineProfileItemId",
            // The profile that it stands in.
            "RegardingObjectId",
            "EntitySchemaName",
            "RecordDistributionCriteria",
            "RecordsOwnedByMe",
            "RecordsOwnedByMyTeam",
            "RecordsOwnedByMyBusinessUnit",
            "SyncIntervalInMinutes",
            "ProfileItemEntityFilter",
            "MobileOfflineProfileItemAssociations",
        ],
    );
    let download = download(parts, element, &mut stored);
    let mut includes = Vec::new();
    for list in element.children_named("MobileOfflineProfileItemAssociations") {
        for child in &list.children {
            if parts.is(child, "MobileOfflineProfileItemAssociation") {
                includes.extend(include(parts, child));
            }
        }
    }
    Some(Item {
        entity: entity?,
        extras: Extras {
            id: parts.value(element, "MobileOfflineProfileItemId"),
            stored,
            ..Extras::default()
        },
        name: parts.value(element, "Name"),
        limits: None,
        download,
        sync: parts.number(element, "SyncIntervalInMinutes"),
        columns: None,
        includes,
        span: element.span,
    })
}

/// The download choice, with its flags or its filter; those that it doesn't use are stored.
fn download(
    parts: &mut Parts,
    element: &Element,
    stored: &mut Vec<crate::ast::Stored>,
) -> Option<Download> {
    let criteria = parts.required(element, "RecordDistributionCriteria")?;
    let flags: Vec<_> = OWNED
        .into_iter()
        .filter_map(|(name, owned)| Some((name, owned, parts.flag(element, name)?)))
        .collect();
    let choice = match criteria.text.as_str() {
        "0" => Choice::Related,
        "1" => Choice::All,
        "2" => Choice::Other(
            flags
                .iter()
                .map(|(_, owned, span)| (*owned, *span))
                .collect(),
        ),
        "3" => Choice::Custom,
        _ => {
            parts.bad_value(&criteria, "0 (related), 1 (all), 2 (other) or 3 (custom)");
            return None;
        }
    };
    if !matches!(choice, Choice::Other(_)) {
        stored.extend(
            flags
                .iter()
                .filter_map(|(name, ..)| parts.stored(element, name)),
        );
    }
    let filter = if choice == Choice::Custom {
        parts.filter(element, "ProfileItemEntityFilter")
    } else {
        stored.extend(parts.inert_filter(element, "ProfileItemEntityFilter"));
        None
    };
    Some(Download {
        choice,
        filter,
        span: criteria.span,
    })
}

fn include(parts: &mut Parts, element: &Element) -> Option<Include> {
    let via = parts.required(element, "RelationshipDisplayName")?;
    let known = [
        "Name",
        "MobileOfflineProfileItemAssociationId",
        // The item that it stands in.
        "MobileOfflineProfileItemId",
        "RelationshipDisplayName",
        "ProfileItemAssociationEntityFilter",
    ];
    Some(Include {
        entity: None,
        via,
        name: parts.value(element, "Name"),
        extras: Extras {
            id: parts.value(element, "MobileOfflineProfileItemAssociationId"),
            stored: parts.rest(element, &known),
            ..Extras::default()
        },
        filter: parts.filter(element, "ProfileItemAssociationEntityFilter"),
        span: element.span,
    })
}
