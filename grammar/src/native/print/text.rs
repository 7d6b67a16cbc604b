//! Clauses, names and texts in quotes.

use logos::Logos;

use crate::native::token::Kind;

/// Bare words that mean something where a name may stand.
const RESERVED: [&str; 5] = ["and", "or", "not", "any", "via"];

/// Text that grows clause by clause; where lines break is the layout's business.
#[derive(Default)]
pub(super) struct Printer {
    out: String,
}

impl Printer {
    pub(super) fn finish(self) -> String {
        self.out
    }

    /// Goes on with the clause.
    pub(super) fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// A whole clause.
    pub(super) fn line(&mut self, text: &str) {
        self.push(text);
        self.end();
    }

    /// Ends a clause.
    pub(super) fn end(&mut self) {
        self.push("\n");
    }

    /// Opens a block.
    pub(super) fn open(&mut self, header: &str) {
        self.line(&format!("{header} {{"));
    }

    /// Closes the block that was opened last.
    pub(super) fn close(&mut self) {
        self.line("}");
    }
}

/// A text in quotes, quotes in it doubled.
#[must_use]
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A name: bare if it reads as one, in backticks otherwise.
#[must_use]
pub fn name(text: &str) -> String {
    let mut tokens = Kind::lexer(text);
    let bare = tokens.next() == Some(Ok(Kind::Word)) && tokens.span() == (0..text.len());
    if bare && !RESERVED.contains(&text) {
        text.to_owned()
    } else {
        format!("`{}`", text.replace('`', "``"))
    }
}
