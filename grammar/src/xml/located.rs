//! Text that knows where it stood before its references were resolved. FetchXML inside a solution
//! file is escaped, so an offset in it is not an offset of the file; a [`Located`] maps one to the
//! other, also twice over (an attribute of FetchXML inside an element).
//!
//! Cost: pieces are as many as references and breaks; mapping a place is a binary search.

use std::ops::Range;

use weir_ir::diagnostic::{FileId, Span};

/// A text and where its parts stand in a file.
#[derive(Clone, Debug)]
pub struct Located {
    file: FileId,
    text: String,
    /// In order of `at`; each reaches to the next.
    pieces: Vec<Piece>,
    /// Where an empty text stands in the file.
    empty_at: usize,
}

#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Offset in the text.
    at: usize,
    /// Offset in the file.
    source: usize,
    /// Length in the file, where it isn't the text's own (a reference).
    source_len: Option<usize>,
}

impl Located {
    /// A whole file.
    #[must_use]
    pub fn file(file: FileId, text: &str) -> Self {
        let mut located = Self::empty(file, 0);
        located.text.push_str(text);
        located.pieces.push(Piece {
            at: 0,
            source: 0,
            source_len: None,
        });
        located
    }

    /// No text, at a place of a file.
    pub(super) fn empty(file: FileId, empty_at: usize) -> Self {
        Self {
            file,
            text: String::new(),
            pieces: Vec::new(),
            empty_at,
        }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn file_id(&self) -> FileId {
        self.file
    }

    /// Where a range of the text stands in the file.
    #[must_use]
    pub fn span(&self, range: Range<usize>) -> Span {
        let start = self.place(range.start, false);
        let end = if range.is_empty() {
            start
        } else {
            self.place(range.end, true)
        };
        Span::new(self.file, start, end.max(start))
    }

    /// Where all of it stands, without the space around it.
    #[must_use]
    pub fn trimmed_span(&self) -> Span {
        let start = self.text.len() - self.text.trim_start().len();
        self.span(start..start + self.text.trim().len())
    }

    /// The offset in the file: of the text before an end, or of what begins at a start.
    fn place(&self, at: usize, is_end: bool) -> usize {
        let probe = if is_end { at.saturating_sub(1) } else { at };
        let index = self.pieces.partition_point(|piece| piece.at <= probe);
        let Some(piece) = index.checked_sub(1).and_then(|i| self.pieces.get(i)) else {
            return self.empty_at;
        };
        match (piece.source_len, is_end) {
            (None, _) => piece.source + (at - piece.at),
            (Some(_), false) => piece.source,
            (Some(len), true) => piece.source + len,
        }
    }

    /// Adds a part of another text, with its places.
    pub(super) fn push_part(&mut self, of: &Self, range: Range<usize>) {
        let first = of.pieces.partition_point(|piece| piece.at <= range.start);
        let mut from = range.start;
        for index in first.saturating_sub(1)..of.pieces.len() {
            let piece = of.pieces[index];
            let to = of.pieces.get(index + 1).map_or(of.text.len(), |n| n.at);
            let to = to.min(range.end);
            if from >= range.end {
                break;
            }
            self.pieces.push(Piece {
                at: self.text.len(),
                source: of.place(from, false),
                source_len: piece.source_len,
            });
            self.text.push_str(of.text.get(from..to).unwrap_or(""));
            from = to;
        }
    }

    /// Adds a character that stands for a range of another text.
    pub(super) fn push_reference(&mut self, of: &Self, range: Range<usize>, character: char) {
        let span = of.span(range);
        self.pieces.push(Piece {
            at: self.text.len(),
            source: span.start as usize,
            source_len: Some((span.end - span.start) as usize),
        });
        self.text.push(character);
    }
}
