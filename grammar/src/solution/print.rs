//! A profile as MobileOfflineProfile XML, as the solution packager lays it out, with a byte order
//! mark. Cost: linear in the profile.

use std::fmt::Write as _;

use weir_ir::diagnostic::Diagnostic;

use super::layout::{self, Content, Part};
use crate::ast::{Extras, Filter, Item, Name, Profile, Stored};
use crate::codes;
use crate::xml::escaped;

/// Writes a filter on the rows of an entity as FetchXML.
pub type Fetch<'a> = &'a dyn Fn(&Name, &Filter) -> Result<String, Vec<Diagnostic>>;

/// Prints a profile, with what couldn't be printed. Which parts of the tree the form has no word for
/// is not looked at here.
#[must_use]
pub fn print(profile: &Profile, fetch: Fetch<'_>) -> (String, Vec<Diagnostic>) {
    let mut printer = Printer {
        fetch,
        out: "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n".to_owned(),
        diagnostics: Vec::new(),
    };
    let namespace = " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
    let parts = layout::profile(profile);
    printer.element(
        0,
        ("MobileOfflineProfile", namespace),
        &parts,
        &profile.extras,
        &mut |printer| {
            for item in &profile.items {
                printer.item(profile, item);
            }
            !profile.items.is_empty()
        },
    );
    (printer.out, printer.diagnostics)
}

struct Printer<'a> {
    fetch: Fetch<'a>,
    out: String,
    diagnostics: Vec<Diagnostic>,
}

impl Printer<'_> {
    fn item(&mut self, profile: &Profile, item: &Item) {
        let parts = layout::item(profile, item);
        let name = ("MobileOfflineProfileItem", "");
        self.element(2, name, &parts, &item.extras, &mut |printer| {
            for include in &item.includes {
                let parts = layout::include(item, include);
                let name = ("MobileOfflineProfileItemAssociation", "");
                printer.element(4, name, &parts, &include.extras, &mut |_| false);
            }
            !item.includes.is_empty()
        });
    }

    /// An element with its parts; `list` writes what stands in its list, and says whether that is
    /// anything.
    fn element(
        &mut self,
        depth: usize,
        (name, namespace): (&str, &str),
        parts: &[Part<'_>],
        extras: &Extras,
        list: &mut dyn FnMut(&mut Self) -> bool,
    ) {
        let mut written = layout::written(parts, &extras.stored);
        written.retain(|(key, ..)| self.is_name(key, &extras.stored));
        self.indent(depth);
        let _ = write!(self.out, "<{name}");
        for (key, _, text) in &written {
            if let Some(key) = key.strip_prefix('@') {
                let text = escaped(text.as_deref().unwrap_or_default(), true);
                let _ = write!(self.out, " {key}=\"{text}\"");
            }
        }
        let _ = writeln!(self.out, "{namespace}>");
        for (key, part, text) in written {
            if key.starts_with('@') {
                continue;
            }
            self.indent(depth + 1);
            match (part.map(|part| &part.content), text) {
                (Some(Content::List), _) => self.list(depth + 1, key, list),
                (
                    Some(Content::Filter {
                        entity,
                        filter: Some(filter),
                    }),
                    _,
                ) => {
                    let fetch = self.filter(*entity, filter);
                    let _ = writeln!(self.out, "<{key}>{}</{key}>", escaped(&fetch, false));
                }
                (_, text) => {
                    let text = escaped(&text.unwrap_or_default(), false);
                    let _ = writeln!(self.out, "<{key}>{text}</{key}>");
                }
            }
        }
        self.indent(depth);
        let _ = writeln!(self.out, "</{name}>");
    }

    /// A list, closed at once where nothing stands in it.
    fn list(&mut self, depth: usize, key: &str, list: &mut dyn FnMut(&mut Self) -> bool) {
        let start = self.out.len();
        let _ = writeln!(self.out, "<{key}>");
        if list(self) {
            self.indent(depth);
            let _ = writeln!(self.out, "</{key}>");
        } else {
            self.out.truncate(start);
            let _ = writeln!(self.out, "<{key} />");
        }
    }

    fn filter(&mut self, entity: Option<&Name>, filter: &Filter) -> String {
        let Some(entity) = entity else {
            let message = "FetchXML names the entity of a filter, and this doesn't";
            let found = Diagnostic::new(codes::FETCH_UNSAYABLE, filter.span(), message);
            self.diagnostics
                .push(found.help("name it: `include ENTITY via …`"));
            return String::new();
        };
        match (self.fetch)(entity, filter) {
            Ok(text) => text.trim_end().to_owned(),
            Err(unsayable) => {
                self.diagnostics.extend(unsayable);
                String::new()
            }
        }
    }

    fn indent(&mut self, depth: usize) {
        self.out.extend(std::iter::repeat_n("  ", depth));
    }

    /// Whether a key can be the name of an element or attribute.
    fn is_name(&mut self, key: &str, stored: &[Stored]) -> bool {
        let name = key.strip_prefix('@').unwrap_or(key);
        let is = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || "_-.".contains(c));
        if !is {
            let place = stored.iter().find(|stored| {
                let order = stored.key.text == layout::ORDER;
                stored.key.text == key || order && stored.value.text.contains(key)
            });
            let message = format!("`{key}` can't be the name of a part in XML");
            self.diagnostics.push(
                Diagnostic::new(
                    codes::STORED_NAME,
                    place.map(|stored| stored.key.span),
                    message,
                )
                .help("take the stored entry out"),
            );
        }
        is
    }
}
