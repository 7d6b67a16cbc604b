//! The parts of a solution's elements: a value stands in an element of its name, or in an
//! attribute; an empty one is as good as none.

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use weir_ir::diagnostic::{Diagnostic, Span};

use crate::ast::{Filter, Name, Stored};
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

    /// The FetchXML of a part.
    pub(super) fn filter(&mut self, element: &Element, name: &str) -> Option<Filter> {
        let child = element.child(name)?;
        if child.trimmed().is_empty() {
            return None;
        }
        let (filter, diagnostics) = fetchxml::parse_located(&child.text);
        self.diagnostics.extend(diagnostics);
        filter
    }

    /// The FetchXML of a part that its item doesn't use.
    pub(super) fn inert_filter(&mut self, element: &Element, name: &str) -> Option<Stored> {
        let stored = self.stored(element, name)?;
        let message = "the filter has no effect beside this download choice";
        self.diagnostics.push(
            Diagnostic::new(codes::INERT_FILTER, stored.value.span, message)
                .help("only custom (3) uses a filter; it is kept for an export"),
        );
        Some(stored)
    }

    /// A part that is kept for an export.
    pub(super) fn stored(&self, element: &Element, name: &str) -> Option<Stored> {
        element.child(name).and_then(kept)
    }

    /// What an element holds beside its known parts, kept for an export where it is a plain value.
    /// Known parts that stand twice are reported: the first counts.
    pub(super) fn rest(&mut self, element: &Element, known: &[&str]) -> Vec<Stored> {
        let mut stored = Vec::new();
        let mut seen = FxHashSet::default();
        for child in &element.children {
            if known.contains(&child.name.as_str()) {
                // A list may be written in several parts.
                if !seen.insert(&child.name) && child.children.is_empty() {
                    let message = format!("`{}` stands twice: the first counts", child.name);
                    self.diagnostics.push(
                        Diagnostic::new(codes::PART_DOUBLED, child.name_span, message)
                            .help("remove one of them"),
                    );
                }
            } else if child.children.is_empty() {
                stored.extend(kept(child));
            } else {
                self.ignored(child);
            }
        }
        stored
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

/// An element that is a plain value, unless it is empty.
fn kept(element: &Element) -> Option<Stored> {
    (!element.trimmed().is_empty()).then(|| Stored {
        key: Name {
            text: element.name.clone(),
            span: element.name_span,
        },
        value: named(&element.text),
    })
}

/// A text without the space around it.
fn named(text: &Located) -> Name {
    Name {
        text: SmolStr::new(text.text().trim()),
        span: text.trimmed_span(),
    }
}
