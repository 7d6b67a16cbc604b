//! Filters of FetchXML: reader and printer.
//!
//! A fetch says which rows match, and much beside: columns, order, paging, hints. What says nothing
//! about which rows match is ignored; what would change which rows match and has no place in a
//! filter of a profile (joins, aggregates) is refused by name, never skipped. `docs/fetchxml.md`
//! lists both. Reading is linear in the text and bounded in depth.

mod link;
mod print;
mod read;
mod vocabulary;

use weir_ir::diagnostic::{Diagnostic, FileId};

use self::read::Reader;
use crate::ast::{Filter, Name};
use crate::xml::{self, Located};

pub use self::print::print;

/// A fetch that stands alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// The entity whose rows it fetches.
    pub entity: Option<Name>,
    /// Which of them; none where it has no condition, and then it is all.
    pub filter: Option<Filter>,
    /// What is wrong with it, and a note of what is ignored.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a file that is a `fetch`.
#[must_use]
pub fn parse(file: FileId, text: &str) -> Fetch {
    read(&Located::file(file, text), true)
}

/// Reads the filter of a `fetch` that belongs to something else; one without conditions is none.
///
/// Every such fetch names columns and order, so that only an ignored `top` is worth a note.
#[must_use]
pub fn parse_filter(file: FileId, text: &str) -> (Option<Filter>, Vec<Diagnostic>) {
    parse_located(&Located::file(file, text))
}

/// Reads the filter of a `fetch` that stands in another document.
#[must_use]
pub fn parse_located(fetch: &Located) -> (Option<Filter>, Vec<Diagnostic>) {
    let read = read(fetch, false);
    (read.filter, read.diagnostics)
}

/// Reads a `fetch` with its entity.
pub(crate) fn read(fetch: &Located, alone: bool) -> Fetch {
    let (root, mut diagnostics) = xml::parse(fetch, &|_, _| true);
    let mut reader = Reader::new(alone);
    let found = match &root {
        Some(root) if root.is_root("fetch", &mut diagnostics) => reader.fetch(root),
        _ => (None, None),
    };
    diagnostics.extend(reader.finish());
    let (entity, filter) = found;
    Fetch {
        entity,
        filter,
        diagnostics,
    }
}
