//! Which parts the elements of a profile have, and in which order: one list for the reader, which
//! keeps what a file has otherwise, and for the printer, which gives it back.
//!
//! Invariant: a part that the tree decides (choice, flags in use, filter in use, interval) is never
//! overruled by what was kept. Cost: the parts that an element has × those that its kind has (about ten).

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::{SmolStr, ToSmolStr};
use weir_ir::diagnostic::Diagnostic;

use super::OWNED;
use crate::ast::{Choice, Filter, Include, Item, Name, Profile, Stored};
use crate::codes;
use crate::xml::{Attribute, Element};

/// Key of the parts that a file has, in its order, where they aren't those of [`Part`]'s lists. No
/// element of XML may be called so.
pub(super) const ORDER: &str = "xml-parts";

/// A part: an attribute (`@Name`) or an element.
pub(super) struct Part<'a> {
    pub(super) key: &'static str,
    pub(super) content: Content<'a>,
}

/// What a part holds.
pub(super) enum Content<'a> {
    /// A text; what was kept may say otherwise.
    Text(SmolStr),
    /// A text that the tree decides.
    Decided(SmolStr),
    /// A flag that the tree decides, or leaves to what was kept.
    Flag { set: bool, decided: bool },
    /// A filter on the rows of an entity; without one, what was kept.
    Filter {
        entity: Option<&'a Name>,
        filter: Option<&'a Filter>,
    },
    /// Elements of the tree.
    List,
}

impl Content<'_> {
    /// What is written where nothing else was kept; none where that depends on the filter.
    pub(super) fn text(&self) -> Option<SmolStr> {
        match self {
            Self::Text(text) | Self::Decided(text) => Some(text.clone()),
            Self::Flag { set, .. } => Some(SmolStr::new_static(if *set { "1" } else { "0" })),
            Self::Filter { filter: None, .. } => Some(SmolStr::default()),
            Self::Filter { .. } | Self::List => None,
        }
    }

    /// Whether a kept text is the one that counts.
    fn takes(&self, kept: &str) -> bool {
        match self {
            Self::Text(_) => true,
            Self::Decided(_) | Self::List => false,
            Self::Flag { set, decided } => !decided || *set == matches!(kept, "1" | "true"),
            Self::Filter { filter, .. } => filter.is_none(),
        }
    }

    /// Whether leaving it out would lose what the tree decides.
    fn says_something(&self) -> bool {
        match self {
            Self::Decided(text) => !text.is_empty(),
            Self::Flag { set, decided } => *set && *decided,
            Self::Filter { filter, .. } => filter.is_some(),
            // Ids and names have twins, of which a file may have one.
            Self::Text(_) | Self::List => false,
        }
    }
}

/// The parts of a profile.
pub(super) fn profile(profile: &Profile) -> Vec<Part<'_>> {
    let mut parts = Parts::default();
    let id = profile.extras.id.as_ref();
    parts.text("@MobileOfflineProfileId", id.map(|id| id.text.clone()));
    parts.text("@Name", Some(profile.name.text.clone()));
    if let Some(description) = &profile.description {
        let description = Content::Decided(description.text.clone());
        parts.push("Description", description);
    }
    parts.push("MobileOfflineProfileItems", Content::List);
    parts.text("MobileOfflineProfileId", id.map(|id| braced(&id.text)));
    parts.text("Name", Some(profile.name.text.clone()));
    parts.0
}

/// The parts of an item.
pub(super) fn item<'a>(profile: &Profile, item: &'a Item) -> Vec<Part<'a>> {
    let mut parts = Parts::default();
    parts.ids("@MobileOfflineProfileItemId", item.extras.id.as_ref());
    parts.named("@Name", item.name.as_ref());
    parts.push("MobileOfflineProfileItemAssociations", Content::List);
    parts.ids("MobileOfflineProfileItemId", item.extras.id.as_ref());
    parts.ids("RegardingObjectId", profile.extras.id.as_ref());
    parts.named("Name", item.name.as_ref());
    let choice = item.download.as_ref().map(|download| &download.choice);
    if let Some(choice) = choice {
        let criteria = match choice {
            Choice::Related => "0",
            Choice::All => "1",
            Choice::Other(_) => "2",
            Choice::Custom => "3",
        };
        let criteria = Content::Decided(SmolStr::new_static(criteria));
        parts.push("RecordDistributionCriteria", criteria);
    }
    for (key, owned) in OWNED {
        let set = match choice {
            Some(Choice::Other(flags)) => Some(flags.iter().any(|(flag, _)| *flag == owned)),
            _ => None,
        };
        let flag = Content::Flag {
            set: set.unwrap_or(false),
            decided: set.is_some(),
        };
        parts.push(key, flag);
    }
    if let Some((minutes, _)) = item.sync {
        let minutes = Content::Decided(minutes.to_smolstr());
        parts.push("SyncIntervalInMinutes", minutes);
    }
    let own = item
        .download
        .as_ref()
        .filter(|d| d.choice == Choice::Custom);
    let filter = Content::Filter {
        entity: Some(&item.entity),
        filter: own.and_then(|download| download.filter.as_ref()),
    };
    parts.push("ProfileItemEntityFilter", filter);
    let entity = Content::Decided(item.entity.text.clone());
    parts.push("EntitySchemaName", entity);
    parts.0
}

/// The parts of an association.
pub(super) fn include<'a>(item: &Item, include: &'a Include) -> Vec<Part<'a>> {
    let id = include.extras.id.as_ref();
    let mut parts = Parts::default();
    parts.ids("@MobileOfflineProfileItemAssociationId", id);
    parts.named("@Name", include.name.as_ref());
    parts.ids("MobileOfflineProfileItemAssociationId", id);
    parts.ids("MobileOfflineProfileItemId", item.extras.id.as_ref());
    parts.named("Name", include.name.as_ref());
    let via = Content::Decided(include.via.text.clone());
    parts.push("RelationshipDisplayName", via);
    let filter = Content::Filter {
        entity: include.entity.as_ref(),
        filter: include.filter.as_ref(),
    };
    parts.push("ProfileItemAssociationEntityFilter", filter);
    parts.0
}

#[derive(Default)]
struct Parts<'a>(Vec<Part<'a>>);

impl<'a> Parts<'a> {
    fn push(&mut self, key: &'static str, content: Content<'a>) {
        self.0.push(Part { key, content });
    }

    fn text(&mut self, key: &'static str, text: Option<SmolStr>) {
        if let Some(text) = text {
            self.push(key, Content::Text(text));
        }
    }

    fn named(&mut self, key: &'static str, name: Option<&Name>) {
        self.text(key, name.map(|name| name.text.clone()));
    }

    /// An id: lower case in an attribute, upper case in braces in an element.
    fn ids(&mut self, key: &'static str, id: Option<&Name>) {
        let text = id.map(|id| match key.starts_with('@') {
            true => id.text.clone(),
            false if is_guid(&id.text) => braced(&id.text.to_uppercase()),
            false => id.text.clone(),
        });
        self.text(key, text);
    }
}

fn braced(id: &str) -> SmolStr {
    match is_guid(id) {
        true => SmolStr::from(format!("{{{id}}}")),
        false => SmolStr::new(id),
    }
}

/// Whether a text is a GUID in its form with hyphens, without braces.
pub(super) fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// What a file has otherwise than [`Part`]'s lists say, to be kept for an export.
pub(super) fn otherwise(
    element: &Element,
    parts: &[Part<'_>],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Stored> {
    let mut stored = Vec::new();
    let mut order = Vec::new();
    let mut seen = FxHashSet::default();
    for Attribute {
        name,
        name_span,
        value,
    } in &element.attributes
    {
        // A namespace's prefix is no part.
        let written = (name_span.end - name_span.start) as usize;
        if written == name.len() {
            let key = Name {
                text: SmolStr::from(format!("@{name}")),
                span: *name_span,
            };
            keep(
                key,
                super::parts::named(value),
                parts,
                &mut stored,
                &mut order,
            );
        }
    }
    for child in &element.children {
        let part = parts.iter().find(|part| part.key == child.name);
        let list = part.is_some_and(|part| matches!(part.content, Content::List));
        if list {
            order.push(child.name.clone());
        } else if !child.children.is_empty() {
            let message = format!("`{}` is ignored", child.name);
            diagnostics.push(
                Diagnostic::new(codes::PART_IGNORED, child.name_span, message)
                    .help("an export would lack it"),
            );
        } else if seen.insert(child.name.clone()) {
            let key = Name {
                text: child.name.clone(),
                span: child.name_span,
            };
            let value = super::parts::named(&child.text);
            keep(key, value, parts, &mut stored, &mut order);
        } else {
            let message = format!("`{}` stands twice: the first counts", child.name);
            diagnostics.push(
                Diagnostic::new(codes::PART_DOUBLED, child.name_span, message)
                    .help("remove one of them"),
            );
        }
    }
    let usual = parts.iter().map(|part| part.key);
    let kept = stored.iter().map(|stored| stored.key.text.as_str());
    let new = kept.filter(|key| parts.iter().all(|part| part.key != *key));
    if !same_order(&order, usual.chain(new).collect()) {
        let name = |text: &str| Name {
            text: SmolStr::new(text),
            span: element.name_span,
        };
        stored.push(Stored {
            key: name(ORDER),
            value: name(&order.join(" ")),
        });
    }
    stored
}

/// Keeps a part whose text isn't the usual one.
fn keep(
    key: Name,
    value: Name,
    parts: &[Part<'_>],
    stored: &mut Vec<Stored>,
    order: &mut Vec<SmolStr>,
) {
    order.push(key.text.clone());
    let usual = parts.iter().find(|part| part.key == key.text);
    let differs = match usual {
        Some(part) => part.content.text().is_some_and(|text| text != value.text),
        None => !value.text.is_empty(),
    };
    if differs {
        stored.push(Stored { key, value });
    }
}

/// Whether two lists of parts are one, the order of attributes aside.
fn same_order(one: &[SmolStr], other: Vec<&str>) -> bool {
    let split = |keys: Vec<&str>| {
        let (mut attributes, elements): (Vec<String>, Vec<String>) = keys
            .into_iter()
            .map(str::to_owned)
            .partition(|key| key.starts_with('@'));
        attributes.sort_unstable();
        (attributes, elements)
    };
    split(one.iter().map(SmolStr::as_str).collect()) == split(other)
}

/// The parts to write, in order, each with its text; a list and a filter in use have none.
pub(super) fn written<'p>(
    parts: &'p [Part<'p>],
    stored: &'p [Stored],
) -> Vec<(&'p str, Option<&'p Part<'p>>, Option<SmolStr>)> {
    let stored_by: FxHashMap<&str, &Stored> = stored
        .iter()
        .rev()
        .map(|stored| (stored.key.text.as_str(), stored))
        .collect();
    let kept = |key: &str| stored_by.get(key);
    let of = |key: &str| parts.iter().find(|part| part.key == key);
    let keys: Vec<&str> = match kept(ORDER) {
        Some(order) => {
            let mut keys: Vec<&str> = order.value.text.split_whitespace().collect();
            let mut seen = FxHashSet::default();
            keys.retain(|key| seen.insert(*key));
            let more = parts.iter().filter(|part| part.content.says_something());
            keys.extend(more.map(|part| part.key).filter(|key| !seen.contains(key)));
            keys
        }
        None => {
            let usual = parts.iter().map(|part| part.key);
            let more = stored.iter().map(|stored| stored.key.text.as_str());
            usual.chain(more.filter(|key| of(key).is_none())).collect()
        }
    };
    keys.into_iter()
        .map(|key| {
            let part = of(key);
            let kept = kept(key).map(|stored| stored.value.text.clone());
            let text = match part {
                Some(part) => kept
                    .filter(|text| part.content.takes(text))
                    .or_else(|| part.content.text()),
                None => Some(kept.unwrap_or_default()),
            };
            (key, part, text)
        })
        .collect()
}
