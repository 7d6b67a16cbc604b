//! Places in a text as the protocol has them, lines and units of an encoding, and as bytes.
//!
//! A line ends with `\n`, `\r\n` or `\r`. A position behind the end of its line means that end, one
//! within a character the character's start. Cost: once the text, then a line for each place.

use lsp_types::{Position, PositionEncodingKind, Range};
use weir_ir::diagnostic::Span;

/// What columns count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf16,
}

impl Encoding {
    /// UTF-8 where the client has it, else what every client has.
    pub(super) fn negotiated(offered: Option<&[PositionEncodingKind]>) -> Self {
        let utf8 = offered.is_some_and(|kinds| kinds.contains(&PositionEncodingKind::UTF8));
        if utf8 { Self::Utf8 } else { Self::Utf16 }
    }

    pub(super) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    fn units(self, c: char) -> usize {
        match self {
            Self::Utf8 => c.len_utf8(),
            Self::Utf16 => c.len_utf16(),
        }
    }
}

/// A text with the starts of its lines.
pub(super) struct Lines<'t> {
    text: &'t str,
    encoding: Encoding,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str, encoding: Encoding) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|(at, byte)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        let starts = std::iter::once(0).chain(ends.map(|(at, _)| at + 1));
        Self {
            text,
            encoding,
            starts: starts.collect(),
        }
    }

    /// The byte at a position.
    pub(super) fn byte(&self, position: Position) -> usize {
        let line = usize::try_from(position.line).unwrap_or(usize::MAX);
        let Some(start) = self.starts.get(line).copied() else {
            return self.text.len();
        };
        let next = self.starts.get(line.saturating_add(1));
        let line = &self.text[start..next.copied().unwrap_or(self.text.len())];
        let mut left = usize::try_from(position.character).unwrap_or(usize::MAX);
        let mut at = start;
        for c in line.trim_end_matches(['\r', '\n']).chars() {
            let units = self.encoding.units(c);
            if left < units {
                break;
            }
            left -= units;
            at += c.len_utf8();
        }
        at
    }

    /// The position of a byte; of the end, for one behind it.
    pub(super) fn position(&self, byte: usize) -> Position {
        let byte = byte.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= byte) - 1;
        let before = self.text.get(self.starts[line]..byte).unwrap_or_default();
        let units = before.chars().map(|c| self.encoding.units(c)).sum();
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Position::new(number(line), number(units))
    }

    /// The range of bytes as the protocol has it.
    pub(super) fn range(&self, span: Span) -> Range {
        Range::new(
            self.position(span.start as usize),
            self.position(span.end as usize),
        )
    }

    /// The range of the protocol as bytes; empty where its end is before its start.
    pub(super) fn bytes(&self, range: Range) -> std::ops::Range<usize> {
        let start = self.byte(range.start);
        start..self.byte(range.end).max(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a\u{fc}\r\n\u{1f600}b\r\u{65e5}\n\nend\u{301}";

    #[test]
    fn every_place_comes_back() {
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            let lines = Lines::new(TEXT, encoding);
            for (at, _) in TEXT.char_indices().chain([(TEXT.len(), ' ')]) {
                // Between the two bytes of a line's end is the end of the line.
                let wanted = if TEXT[..at].ends_with('\r') && TEXT[at..].starts_with('\n') {
                    at - 1
                } else {
                    at
                };
                assert_eq!(lines.byte(lines.position(at)), wanted, "{encoding:?} {at}");
            }
        }
    }

    #[test]
    fn columns_count_units_of_the_encoding() {
        let at = TEXT.find('b').unwrap_or_default();
        let column = |encoding| Lines::new(TEXT, encoding).position(at);
        assert_eq!(column(Encoding::Utf16), Position::new(1, 2));
        assert_eq!(column(Encoding::Utf8), Position::new(1, 4));
        let last = Lines::new(TEXT, Encoding::Utf16).position(TEXT.len() + 9);
        assert_eq!(last, Position::new(4, 4));
    }

    #[test]
    fn what_lies_outside_is_brought_in() {
        let lines = Lines::new(TEXT, Encoding::Utf16);
        for (line, character, byte) in [
            (0, 99, 3),
            (1, 1, 5),
            (1, u32::MAX, 10),
            (3, 1, 15),
            (4, 99, TEXT.len()),
            (5, 0, TEXT.len()),
            (u32::MAX, u32::MAX, TEXT.len()),
        ] {
            let found = lines.byte(Position::new(line, character));
            assert_eq!(found, byte, "{line}:{character}");
        }
        let turned = Range::new(Position::new(4, 2), Position::new(0, 1));
        assert!(lines.bytes(turned).is_empty());
    }

    #[test]
    fn the_encoding_is_the_clients() {
        let offered = [PositionEncodingKind::UTF16, PositionEncodingKind::UTF8];
        assert_eq!(Encoding::negotiated(Some(&offered)), Encoding::Utf8);
        assert_eq!(Encoding::negotiated(Some(&offered[..1])), Encoding::Utf16);
        assert_eq!(Encoding::negotiated(None), Encoding::Utf16);
    }
}
