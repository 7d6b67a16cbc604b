//! Lines, indentation, quoting and filling.
//!
//! A line is indented when its first characters are written, so there is no trailing space.

use logos::Logos;

use crate::native::token::Kind;

/// Widest line that a list or filter is laid out in; one word or text may be wider.
pub(super) const WIDTH_COLUMNS: usize = 100;
const INDENT_COLUMNS: usize = 2;

/// Bare words that mean something where a name may stand.
const RESERVED: [&str; 5] = ["and", "or", "not", "any", "via"];

/// Text that grows line by line.
#[derive(Default)]
pub(super) struct Printer {
    out: String,
    depth: usize,
    /// Columns of the line that is being written.
    column: usize,
    /// Whether nothing stands in the block that was opened last.
    fresh: bool,
}

impl Printer {
    pub(super) fn finish(self) -> String {
        self.out
    }

    /// Begins a line.
    pub(super) fn begin(&mut self, text: &str) {
        if self.fresh {
            self.out.push('\n');
            self.fresh = false;
        }
        self.column = self.depth * INDENT_COLUMNS;
        self.out.extend(std::iter::repeat_n(' ', self.column));
        self.push(text);
    }

    /// Goes on with the line.
    pub(super) fn push(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    /// Ends the line.
    pub(super) fn end(&mut self) {
        self.out.push('\n');
    }

    /// A whole line.
    pub(super) fn line(&mut self, text: &str) {
        self.begin(text);
        self.end();
    }

    /// Goes on in the next line.
    pub(super) fn wrap(&mut self) {
        self.end();
        self.begin("");
    }

    /// Whether a text still fits the line.
    pub(super) fn fits(&self, text: &str) -> bool {
        self.column + text.chars().count() <= WIDTH_COLUMNS
    }

    /// Prints something one level further in.
    pub(super) fn indented(&mut self, print: impl FnOnce(&mut Self)) {
        self.depth += 1;
        print(self);
        self.depth -= 1;
    }

    /// Opens a block; an empty one closes on the same line.
    pub(super) fn open(&mut self, header: &str) {
        self.begin(header);
        self.push(" {");
        self.fresh = true;
        self.depth += 1;
    }

    /// Closes the block that was opened last.
    pub(super) fn close(&mut self) {
        self.depth -= 1;
        if self.fresh {
            self.fresh = false;
            self.out.push_str("}\n");
        } else {
            self.line("}");
        }
    }

    /// An empty line, unless a block has just been opened.
    pub(super) fn blank(&mut self) {
        if !self.fresh {
            self.out.push('\n');
        }
    }

    /// Parts with commas between them, as many on a line as fit; later lines one level further in.
    pub(super) fn fill(&mut self, parts: &[String]) {
        self.indented(|printer| {
            for (number, part) in parts.iter().enumerate() {
                let comma = if number + 1 < parts.len() { "," } else { "" };
                let space = if number > 0 { " " } else { "" };
                let part = format!("{part}{comma}");
                if number > 0 && !printer.fits(&format!("{space}{part}")) {
                    printer.wrap();
                    printer.push(&part);
                } else {
                    printer.push(&format!("{space}{part}"));
                }
            }
        });
    }
}

/// A text in quotes, quotes in it doubled.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A name: bare if it reads as one, in backticks otherwise.
pub(super) fn name(text: &str) -> String {
    let mut tokens = Kind::lexer(text);
    let bare = tokens.next() == Some(Ok(Kind::Word)) && tokens.span() == (0..text.len());
    if bare && !RESERVED.contains(&text) {
        text.to_owned()
    } else {
        format!("`{}`", text.replace('`', "``"))
    }
}
