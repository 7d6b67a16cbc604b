//! The wire forms of DESIGN §3: change lines read and written against a schema, delta and row
//! lines written.
//!
//! A [`Decoder`] reads one line at a time and never sees the rest of the stream, so the length of a
//! stream costs no memory. Every error is one [`Diagnostic`](crate::diagnostic::Diagnostic) whose span counts bytes of its line.
//! Numbers are read from the text of the line and never pass through binary floating point.
//! Written lines are the same byte for byte for the same data.

mod decode;
mod encode;
mod json;
#[cfg(test)]
mod tests;
mod value;

pub use decode::Decoder;
pub use encode::{delta, rows, transaction};

use crate::diagnostic::Span;
use crate::transaction::Transaction;

/// One decoded line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its changes, with their instant.
    pub transaction: Transaction,
    /// The paths of the new set of profile files, where the line publishes one.
    pub publish: Option<Vec<PublishedPath>>,
}

/// A path of a line's `publish`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedPath {
    /// As written; relative to the stream.
    pub path: String,
    /// Its place in the line, quotes included.
    pub span: Span,
}

/// What a lax decoder left out so far because the metadata lacks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Skipped {
    /// Changes of unknown entities.
    pub changes: u64,
    /// Values of unknown attributes.
    pub values: u64,
}
