//! The one layout of a text: a clause a line, blocks indented, lists and filters broken where they
//! don't fit. Tokens and comments stay as they are and in their order, so the meaning can't change;
//! only white space and the kind of quotes do.
//!
//! A comment at the end of a line stays behind the token before it, one on a line of its own before
//! the token after it. The layout depends on the tokens, on which of the two a comment is, and on
//! which clauses an empty line parts; all three survive it, so that a second time changes nothing.
//! Cost: tokens × depth of filters.

mod filter;
mod writer;

use std::borrow::Cow;
use std::ops::Range;

use self::writer::Writer;
use super::input::{Context, Mark};
use super::print::text::quoted;
use super::token::Kind;

/// Widest line that a list or filter is laid out in; one word, text or comment may be wider.
pub(super) const WIDTH_COLUMNS: usize = 100;

/// Lays out a text that was read without a mistake: a file, or a filter alone.
pub(super) fn lay_out(context: &Context<'_>) -> String {
    let mut marks = vec![None; context.tokens.len()];
    for (at, mark) in context.marks.borrow().iter() {
        if let Some(place) = marks.get_mut(*at) {
            *place = Some(*mark);
        }
    }
    let mut layout = Layout {
        context,
        marks,
        writer: Writer::default(),
        at: 0,
        commented: None,
    };
    if layout.marks.first() == Some(&Some(Mark::Filter)) {
        layout.filter(0..context.tokens.len() - 1);
    } else {
        layout.clauses();
    }
    layout.comments(true);
    layout.writer.finish()
}

/// A walk over the tokens.
struct Layout<'c> {
    context: &'c Context<'c>,
    /// What begins at each token.
    marks: Vec<Option<Mark>>,
    writer: Writer,
    /// The next token.
    at: usize,
    /// The token before which all comments are written.
    commented: Option<usize>,
}

/// A comment before a token.
struct Comment<'t> {
    text: &'t str,
    /// Whether it stands in the line of the token before.
    trails: bool,
    /// Whether an empty line stands before it.
    parted: bool,
}

impl<'c> Layout<'c> {
    fn kind(&self, at: usize) -> Kind {
        self.context
            .tokens
            .get(at)
            .map_or(Kind::End, |token| token.kind)
    }

    /// The text of a token if it is a bare word.
    fn word(&self, at: usize) -> Option<&'c str> {
        let token = self.context.tokens.get(at)?;
        (token.kind == Kind::Word).then(|| self.context.written(*token))
    }

    /// The token as it is laid out.
    fn text(&self, at: usize) -> Cow<'c, str> {
        let token = self.context.tokens[at];
        let written = self.context.written(token);
        if token.kind == Kind::Text && written.starts_with('\'') {
            quoted(&self.context.name(token).text).into()
        } else {
            written.into()
        }
    }

    /// The text between a token and the one before it: white space and comments.
    fn gap(&self, at: usize) -> &'c str {
        let start = match at.checked_sub(1) {
            Some(before) => self.context.tokens[before].end as usize,
            None => 0,
        };
        let gap = &self.context.text[start..self.context.tokens[at].start as usize];
        gap.trim_start_matches('\u{FEFF}')
    }

    /// The comments before a token, and whether an empty line stands right before it.
    fn comments_before(&self, at: usize) -> (Vec<Comment<'c>>, bool) {
        let mut comments = Vec::new();
        let mut parted = false;
        let mut lines = self.gap(at).split('\n').enumerate().peekable();
        while let Some((number, line)) = lines.next() {
            let text = line.trim();
            if text.starts_with('#') {
                comments.push(Comment {
                    text,
                    trails: number == 0 && at > 0,
                    parted: std::mem::take(&mut parted),
                });
            } else {
                // The first line belongs to the token before, the last one to this.
                parted |= number > 0 && lines.peek().is_some();
            }
        }
        (comments, parted)
    }

    /// Writes the comments before the next token, once. Between clauses empty lines are kept; says
    /// whether one is to come.
    fn comments(&mut self, between_clauses: bool) -> bool {
        if self.commented.replace(self.at) == Some(self.at) {
            return false;
        }
        let (comments, parted) = self.comments_before(self.at);
        let mut first = self.is_first();
        for comment in comments {
            if comment.trails {
                self.writer.trail(comment.text);
                continue;
            }
            if between_clauses && comment.parted && !first {
                self.writer.blank();
            }
            self.writer.line(comment.text);
            first = false;
        }
        parted && !first
    }

    /// Whether nothing stands before the next token in its block.
    fn is_first(&self) -> bool {
        self.at == 0 || self.kind(self.at - 1) == Kind::OpenBrace
    }

    /// The clauses of a block, or the blocks of a file.
    fn clauses(&mut self) {
        let mut allowed = false;
        while !matches!(self.kind(self.at), Kind::CloseBrace | Kind::End) {
            if !allowed && self.is_set_apart() && !self.is_first() && !self.is_parted() {
                self.writer.blank();
            }
            if self.comments(true) {
                self.writer.blank();
            }
            allowed = self.word(self.at) == Some("allow");
            self.clause();
        }
    }

    /// Whether the clause here has an empty line before it in any case: blocks of a file and items
    /// do, together with what is allowed before them.
    fn is_set_apart(&self) -> bool {
        let mut at = self.at;
        while self.word(at) == Some("allow") && self.kind(at + 2) == Kind::Text {
            at += 3;
        }
        let depth = self.writer.depth;
        depth == 0 || depth == 1 && self.word(at) == Some("item")
    }

    /// Whether an empty line stands somewhere before the next token.
    fn is_parted(&self) -> bool {
        let (comments, parted) = self.comments_before(self.at);
        parted || comments.iter().any(|comment| comment.parted)
    }

    /// A clause; what of it goes to further lines stands one level further in.
    fn clause(&mut self) {
        self.token();
        self.writer.depth += 1;
        loop {
            match (self.kind(self.at), self.marks[self.at]) {
                (Kind::CloseBrace | Kind::End, _) | (_, Some(Mark::Clause)) => break,
                (Kind::OpenBrace, _) => self.block(),
                (_, Some(Mark::Filter)) => self.filter_of_clause(),
                _ => self.token(),
            }
        }
        self.writer.depth -= 1;
        self.writer.end_line();
    }

    /// `{ … }`; an empty one in one line.
    fn block(&mut self) {
        self.token();
        if self.kind(self.at) == Kind::CloseBrace && !self.gap(self.at).contains('#') {
            self.writer.glue();
            self.token();
            return;
        }
        self.writer.end_line();
        self.clauses();
        self.comments(true);
        self.writer.depth -= 1;
        self.writer.end_line();
        self.token();
        self.writer.depth += 1;
    }

    /// The next token with the comments before it; after a comma in the next line if it doesn't fit.
    fn token(&mut self) {
        self.comments(false);
        let text = self.text(self.at);
        if self.at > 0 && self.kind(self.at - 1) == Kind::Comma {
            let comma = usize::from(self.kind(self.at + 1) == Kind::Comma);
            if !self.writer.fits(1 + text.chars().count() + comma) {
                self.writer.end_line();
            }
        }
        if self.is_glued(self.at) {
            self.writer.glue();
        }
        self.writer.push(&text);
        if self.kind(self.at) != Kind::End {
            self.at += 1;
        }
    }

    /// Whether no space stands before a token.
    fn is_glued(&self, at: usize) -> bool {
        matches!(self.kind(at), Kind::Comma | Kind::CloseParenthesis)
            || at > 0 && self.kind(at - 1) == Kind::OpenParenthesis
    }

    /// The columns that tokens take in one line; none where a comment stands between them or they
    /// are wider than any line. Looks at no more tokens than a line holds.
    fn width(&self, tokens: Range<usize>) -> Option<usize> {
        let first = tokens.start;
        let mut width = 0;
        for at in tokens {
            if at > first {
                if self.gap(at).contains('#') {
                    return None;
                }
                width += usize::from(!self.is_glued(at));
            }
            width += self.text(at).chars().count();
            if width > WIDTH_COLUMNS {
                return None;
            }
        }
        Some(width)
    }
}
