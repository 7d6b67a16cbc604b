//! Lines. A line is ended when the next thing is written, so that a comment may still trail it, and
//! indented with its first word, so that no line ends in a space.

use super::WIDTH_COLUMNS;

const INDENT_COLUMNS: usize = 2;

/// What comes before the next word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Space {
    None,
    #[default]
    One,
    Line,
    /// A line, and an empty one before it.
    Blank,
}

/// Text that grows word by word.
#[derive(Debug, Default)]
pub(super) struct Writer {
    out: String,
    /// How far in lines stand that are begun from here on.
    pub(super) depth: usize,
    /// How far in the next line stands: the depth when the last one was ended.
    indent: usize,
    /// Columns of the line that is being written.
    column: usize,
    space: Space,
}

impl Writer {
    /// Writes a word.
    pub(super) fn push(&mut self, text: &str) {
        if self.begins_line() {
            self.out.push_str(match self.space {
                _ if self.out.is_empty() => "",
                Space::Blank => "\n\n",
                _ => "\n",
            });
            self.column = self.indent * INDENT_COLUMNS;
            self.out.extend(std::iter::repeat_n(' ', self.column));
        } else if self.space == Space::One {
            self.out.push(' ');
            self.column += 1;
        }
        self.out.push_str(text);
        self.column = match text.rsplit_once('\n') {
            Some((_, last)) => last.chars().count(),
            None => self.column + text.chars().count(),
        };
        self.space = Space::One;
    }

    /// Writes a comment behind the last word, whatever was to come next.
    pub(super) fn trail(&mut self, comment: &str) {
        self.out.push(' ');
        self.out.push_str(comment);
        self.end_line();
    }

    /// Writes a line of its own.
    pub(super) fn line(&mut self, text: &str) {
        self.end_line();
        self.push(text);
        self.end_line();
    }

    /// Goes on in a new line.
    pub(super) fn end_line(&mut self) {
        self.space = self.space.max(Space::Line);
        self.indent = self.depth;
    }

    /// Goes on in a new line, behind an empty one.
    pub(super) fn blank(&mut self) {
        self.end_line();
        self.space = Space::Blank;
    }

    /// Goes on without a space.
    pub(super) fn glue(&mut self) {
        if self.space == Space::One {
            self.space = Space::None;
        }
    }

    /// Whether the next word begins a line.
    pub(super) fn begins_line(&self) -> bool {
        self.out.is_empty() || self.space >= Space::Line
    }

    /// Whether so many columns still fit the line.
    pub(super) fn fits(&self, columns: usize) -> bool {
        let column = if self.begins_line() {
            self.indent * INDENT_COLUMNS
        } else {
            self.column
        };
        column + columns <= WIDTH_COLUMNS
    }

    /// All of it.
    pub(super) fn finish(mut self) -> String {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out
    }
}
