//! The parts of a solution's elements: a value stands in an element of its name, or in an
//! attribute; an empty one is as good as none.

use smol_str::SmolStr;
use weir_ir::diagnostic::{Diagnostic, Span};

use super::layout;
use crate::ast::{Extras, Filter, Name};
use crate::codes;
use crate::fetchxml;
use crate::xml::{Element, Located};

/// Reads parts and collects what is wrong with them.
pub(super) struct Parts {
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Parts {
    /// The value of a part.
    pub(super) fn value(&self, element: &Element, name: &str) -> Option<Name> {
        let child = element.child(name).map(|child| &child.text);
        [child, element.attribute(name)]
            .into_iter()
            .flatten()
            .find(|found| !found.text().trim().is_empty())
            .map(named)
    }

    /// The value of a part that must be there.
    pub(super) fn required(&mut self, element: &Element, name: &str) -> Option<Name> {
        let found = self.value(element, name);
        if found.is_none() {
            let place = element.child(name).unwrap_or(element).name_span;
            let message = format!("`{}` needs `{name}`", element.name);
            self.diagnostics.push(
                Diagnostic::new(codes::PART_MISSING, place, message)
                    .help(format!("add `<{name}>…</{name}>`")),
            );
        }
        found
    }

    /// A whole number of a part that may be empty.
    pub(super) fn number(&mut self, element: &Element, name: &str) -> Option<(u32, Span)> {
        let found = self.value(element, name)?;
        let Ok(number) = found.text.parse() else {
            self.bad_value(&found, "a whole number, or nothing");
            return None;
        };
        Some((number, found.span))
    }

    /// Where a flag is set.
    pub(super) fn flag(&mut self, element: &Element, name: &str) -> Option<Span> {
        let found = self.value(element, name)?;
        match found.text.as_str() {
            "1" | "true" => Some(found.span),
            "0" | "false" => None,
            _ => {
                self.bad_value(&found, "0 or 1");
                None
            }
        }
    }

    /// The id that an export gave an element, without braces and in lower case where it is a GUID.
    pub(super) fn identified(&self, element: &Element, name: &str) -> Extras {
        let id = self.value(element, name).map(|id| {
            let bare = id.text.trim_start_matches('{').trim_end_matches('}');
            match layout::is_guid(bare) {
                true => Name {
                    text: SmolStr::from(bare.to_lowercase()),
                    ..id
                },
                false => id,
            }
        });
        Extras {
            id,
            ..Extras::default()
        }
    }

    /// The FetchXML of a part, with the entity that it names where it has a condition.
    pub(super) fn filter(
        &mut self,
        element: &Element,
        name: &str,
    ) -> (Option<Filter>, Option<Name>) {
        let Some(child) = element.child(name) else {
            return (None, None);
        };
        if child.trimmed().is_empty() {
            return (None, None);
        }
        let fetch = fetchxml::read(&child.text, false);
        self.diagnostics.extend(fetch.diagnostics);
        let entity = fetch.filter.as_ref().and(fetch.entity);
        (fetch.filter, entity)
    }

    /// Whether a filter is on the rows of its item; on others it would ask what it was not made for.
    pub(super) fn is_on(&mut self, of: &Name, item: &Name) {
        if of.text.to_lowercase() == item.text.to_lowercase() {
            return;
        }
        let message = format!(
            "the filter is on `{}`, and its item on `{}`",
            of.text, item.text
        );
        self.diagnostics.push(
            Diagnostic::new(codes::FETCH_ENTITY, of.span, message)
                .label(item.span, "the item's entity")
                .help("write the filter on the item's entity, or give the other one an item"),
        );
    }

    /// Warns of a filter that its item doesn't use.
    pub(super) fn inert_filter(&mut self, element: &Element, name: &str) {
        let Some(child) = element
            .child(name)
            .filter(|child| !child.trimmed().is_empty())
        else {
            return;
        };
        let message = "the filter has no effect beside this download choice";
        self.diagnostics.push(
            Diagnostic::new(codes::INERT_FILTER, child.text.trimmed_span(), message)
                .help("only custom (3) uses a filter; it is kept for an export"),
        );
    }

    /// Whether a list's element is what the list is of.
    pub(super) fn is(&mut self, element: &Element, name: &str) -> bool {
        let is = element.name == name;
        if !is {
            self.ignored(element);
        }
        is
    }

    pub(super) fn bad_value(&mut self, found: &Name, wanted: &str) {
        let message = format!("the value can't be `{}`", found.text);
        self.diagnostics.push(
            Diagnostic::new(codes::PART_VALUE, found.span, message).help(format!("it is {wanted}")),
        );
    }

    fn ignored(&mut self, element: &Element) {
        let message = format!("`{}` is ignored", element.name);
        self.diagnostics.push(
            Diagnostic::new(codes::PART_IGNORED, element.name_span, message)
                .help("an export would lack it"),
        );
    }
}

/// A text without the space around it.
pub(super) fn named(text: &Located) -> Name {
    Name {
        text: SmolStr::new(text.text().trim()),
        span: text.trimmed_span(),
    }
}
