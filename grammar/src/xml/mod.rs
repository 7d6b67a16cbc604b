//! XML as a tree of what the caller wants, with places. One pull reader for solution files,
//! entities and FetchXML: no document type, no encoding but UTF-8, limits on depth, attributes and
//! length, so that no input costs more than its length.

mod located;
mod reader;

use smol_str::SmolStr;
use weir_ir::diagnostic::{Diagnostic, Span};

use crate::codes;

pub use located::Located;
pub use reader::parse;

/// An element.
#[derive(Clone, Debug)]
pub struct Element {
    /// Its name, without a prefix.
    pub name: SmolStr,
    /// Where its start tag has the name.
    pub name_span: Span,
    /// All of it.
    pub span: Span,
    /// Its attributes, in order.
    pub attributes: Vec<Attribute>,
    /// The elements in it, in order.
    pub children: Vec<Element>,
    /// The text directly in it.
    pub text: Located,
}

/// An attribute of an element.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: SmolStr,
    /// Where the name stands.
    pub name_span: Span,
    /// Its value.
    pub value: Located,
}

impl Element {
    /// The first child of that name.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children_named(name).next()
    }

    /// The children of that name.
    pub fn children_named<'e>(&'e self, name: &str) -> impl Iterator<Item = &'e Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The value of an attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Located> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name)
            .map(|attribute| &attribute.value)
    }

    /// Its text without the space around it.
    #[must_use]
    pub fn trimmed(&self) -> &str {
        self.text.text().trim()
    }

    /// Reports that the document is something else.
    #[must_use]
    pub fn is_root(&self, name: &str, diagnostics: &mut Vec<Diagnostic>) -> bool {
        if self.name == name {
            return true;
        }
        let message = format!("this is a `{}`, not a `{name}`", self.name);
        diagnostics.push(
            Diagnostic::new(codes::XML_ROOT, self.name_span, message)
                .help(format!("the file's outermost element must be `{name}`")),
        );
        false
    }
}

/// A text with the characters escaped that mean something, or that readers make blanks of.
pub(crate) fn escaped(text: &str, in_attribute: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if in_attribute => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\n' if in_attribute => out.push_str("&#10;"),
            '\t' if in_attribute => out.push_str("&#9;"),
            other => out.push(other),
        }
    }
    out
}
