//! MobileOfflineProfile files of unpacked solutions, as a tree of the same shape as native text.
//!
//! What a file holds and nothing acts on goes into `stored`, so that printing gives it back; what
//! every file repeats (ids of parents, names in two places, flags of no use) does not.

mod layout;
mod parts;
mod print;

use weir_ir::diagnostic::FileId;

use crate::ast::{Block, Choice, Dialect, Download, Include, Item, Name, Owned, Parsed, Profile};
use crate::xml::{self, Element, Located};
use parts::Parts;

pub use print::{Fetch, print};

/// The outermost element of the one file that an exported zip has all in.
const CUSTOMIZATIONS: &str = "ImportExportXml";

/// The flags of the other data filter, with the elements that hold them.
const OWNED: [(&str, Owned); 3] = [
    ("RecordsOwnedByMe", Owned::Mine),
    ("RecordsOwnedByMyTeam", Owned::Team),
    ("RecordsOwnedByMyBusinessUnit", Owned::BusinessUnit),
];

/// Reads a MobileOfflineProfile XML, or those of a `customizations.xml`.
#[must_use]
pub fn parse(file: FileId, text: &str) -> Parsed {
    let (root, diagnostics) = xml::parse(&Located::file(file, text), &keep);
    let mut parts = Parts { diagnostics };
    let mut blocks = Vec::new();
    match root {
        Some(root) if root.name == CUSTOMIZATIONS => {
            for list in root.children_named("MobileOfflineProfiles") {
                for element in &list.children {
                    blocks.extend(profile(&mut parts, element).map(Block::Profile));
                }
            }
        }
        root => {
            blocks.extend(root.and_then(|root| profile(&mut parts, &root).map(Block::Profile)));
        }
    }
    Parsed::new(Dialect::Solution, blocks, parts.diagnostics)
}

/// Of the one file of an exported zip the profiles, and of a profile everything.
fn keep(parent: &str, name: &str) -> bool {
    parent != CUSTOMIZATIONS || name == "MobileOfflineProfiles"
}

fn profile(parts: &mut Parts, root: &Element) -> Option<Profile> {
    if !root.is_root("MobileOfflineProfile", &mut parts.diagnostics) {
        return None;
    }
    let name = parts.required(root, "Name");
    let mut profile = Profile {
        name: name?,
        extras: parts.identified(root, "MobileOfflineProfileId"),
        description: parts.value(root, "Description"),
        limits: None,
        members: Vec::new(),
        items: Vec::new(),
        span: root.span,
    };
    for list in root.children_named("MobileOfflineProfileItems") {
        for element in &list.children {
            if parts.is(element, "MobileOfflineProfileItem") {
                let item = item(parts, element, &profile);
                profile.items.extend(item);
            }
        }
    }
    let usual = layout::profile(&profile);
    profile.extras.stored = layout::otherwise(root, &usual, &mut parts.diagnostics);
    Some(profile)
}

fn item(parts: &mut Parts, element: &Element, profile: &Profile) -> Option<Item> {
    let entity = parts.required(element, "EntitySchemaName");
    let download = download(parts, element, entity.as_ref());
    let mut item = Item {
        entity: entity?,
        extras: parts.identified(element, "MobileOfflineProfileItemId"),
        name: parts.value(element, "Name"),
        limits: None,
        download,
        sync: parts.number(element, "SyncIntervalInMinutes"),
        columns: None,
        includes: Vec::new(),
        span: element.span,
    };
    for list in element.children_named("MobileOfflineProfileItemAssociations") {
        for child in &list.children {
            if parts.is(child, "MobileOfflineProfileItemAssociation") {
                let include = include(parts, child, &item);
                item.includes.extend(include);
            }
        }
    }
    let usual = layout::item(profile, &item);
    item.extras.stored = layout::otherwise(element, &usual, &mut parts.diagnostics);
    Some(item)
}

/// The download choice, with its flags or its filter; those that it doesn't use act on nothing.
fn download(parts: &mut Parts, element: &Element, entity: Option<&Name>) -> Option<Download> {
    let criteria = parts.required(element, "RecordDistributionCriteria")?;
    let flags = OWNED
        .into_iter()
        .filter_map(|(name, owned)| Some((owned, parts.flag(element, name)?)))
        .collect();
    let choice = match criteria.text.as_str() {
        "0" => Choice::Related,
        "1" => Choice::All,
        "2" => Choice::Other(flags),
        "3" => Choice::Custom,
        _ => {
            parts.bad_value(&criteria, "0 (related), 1 (all), 2 (other) or 3 (custom)");
            return None;
        }
    };
    let filter = if choice == Choice::Custom {
        let (filter, of) = parts.filter(element, "ProfileItemEntityFilter");
        if let (Some(of), Some(entity)) = (of, entity) {
            parts.is_on(&of, entity);
        }
        filter
    } else {
        parts.inert_filter(element, "ProfileItemEntityFilter");
        None
    };
    Some(Download {
        choice,
        filter,
        span: criteria.span,
    })
}

fn include(parts: &mut Parts, element: &Element, item: &Item) -> Option<Include> {
    let via = parts.required(element, "RelationshipDisplayName")?;
    let (filter, entity) = parts.filter(element, "ProfileItemAssociationEntityFilter");
    let mut include = Include {
        entity,
        via,
        name: parts.value(element, "Name"),
        extras: parts.identified(element, "MobileOfflineProfileItemAssociationId"),
        filter,
        span: element.span,
    };
    let usual = layout::include(item, &include);
    include.extras.stored = layout::otherwise(element, &usual, &mut parts.diagnostics);
    Some(include)
}
