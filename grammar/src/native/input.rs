//! Tokens as an input of nom, and the error that its parsers give.
//!
//! Invariant: `start ≤ end`, and the token at `Context::tokens.len() - 1` is the end of the text, so
//! there is always a token to look at.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::iter::{Copied, Enumerate};
use std::slice;

use nom::error::{ErrorKind, ParseError};
use nom::{IResult, Input, Needed};
use smol_str::SmolStr;
use weir_ir::diagnostic::{Diagnostic, FileId, Span};

use super::expect::{Notes, Role};
use super::report::Report;
use super::token::{Kind, Token};
use crate::ast::Name;

/// What the parsers of one text share.
pub(super) struct Context<'t> {
    pub(super) file: FileId,
    pub(super) text: &'t str,
    pub(super) tokens: Vec<Token>,
    pub(super) report: RefCell<Report>,
    /// What might have stood where the last optional part was looked for.
    pub(super) optional: RefCell<Failure>,
    /// The token at which a failure was reported last: nothing more is said of it.
    pub(super) told_at: Cell<Option<usize>>,
    /// Whether a brace that is missing at the end of the text needs no more words.
    pub(super) unclosed_told: Cell<bool>,
    /// What completion asks for.
    pub(super) notes: Notes,
    /// How many parentheses are open.
    pub(super) depth: Cell<usize>,
    /// What begins where, for the layout; nothing is read twice, so nothing stands here twice.
    pub(super) marks: RefCell<Vec<(usize, Mark)>>,
}

/// What begins at a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// A clause of a block, or a block of a file.
    Clause,
    /// A filter; it ends with its clause.
    Filter,
    /// `and` or `or` between the parts of a filter.
    Joint,
}

impl Context<'_> {
    /// Reports a finding.
    pub(super) fn push(&self, diagnostic: Diagnostic) {
        self.report.borrow_mut().push(diagnostic);
    }

    /// Notes what begins at a token.
    pub(super) fn mark(&self, at: usize, mark: Mark) {
        self.marks.borrow_mut().push((at, mark));
    }

    /// Reports what went wrong at a token, unless something was said of that token already.
    pub(super) fn tell_at(&self, at: usize, diagnostic: Diagnostic) {
        if at + 1 >= self.tokens.len() {
            self.notes.end();
        }
        let flawed = self.tokens.get(at).is_some_and(|token| token.flawed);
        if self.told_at.replace(Some(at)) != Some(at) && !flawed {
            self.push(diagnostic);
        }
    }

    /// The place of a token.
    pub(super) fn span(&self, token: Token) -> Span {
        Span {
            file: self.file,
            start: token.start,
            end: token.end,
        }
    }

    /// The text of a token as written.
    pub(super) fn written(&self, token: Token) -> &str {
        &self.text[token.start as usize..token.end as usize]
    }

    /// A token as a name or text: quotes taken off, doubled ones undone.
    pub(super) fn name(&self, token: Token) -> Name {
        let written = self.written(token);
        let text = match token.kind {
            Kind::Text | Kind::Quoted => unquoted(written),
            _ => SmolStr::from(written),
        };
        Name {
            text,
            span: self.span(token),
        }
    }
}

/// Takes off the quotes (the closing one may be missing) and undoes doubled ones.
fn unquoted(written: &str) -> SmolStr {
    let mut chars = written.chars();
    let quote = chars.next().unwrap_or('"');
    let inner = chars.as_str();
    // A text that is never closed may end with a doubled quote.
    let quotes_at_end = inner.chars().rev().take_while(|c| *c == quote).count();
    let inner = if quotes_at_end % 2 == 1 {
        &inner[..inner.len() - 1]
    } else {
        inner
    };
    if !inner.contains(quote) {
        return SmolStr::from(inner);
    }
    SmolStr::from(inner.replace(&format!("{quote}{quote}"), &quote.to_string()))
}

/// A run of tokens.
#[derive(Clone, Copy)]
pub(super) struct Tokens<'c> {
    pub(super) context: &'c Context<'c>,
    pub(super) start: usize,
    end: usize,
}

impl<'c> Tokens<'c> {
    /// All tokens of a text.
    pub(super) fn all(context: &'c Context<'c>) -> Self {
        Self {
            context,
            start: 0,
            end: context.tokens.len(),
        }
    }

    /// The same run from another token on.
    pub(super) fn at(self, start: usize) -> Self {
        Self {
            start: start.min(self.end),
            ..self
        }
    }

    /// The token at some distance; the end of the text where there is none.
    pub(super) fn peek(self, distance: usize) -> Token {
        let last = self.context.tokens.len().saturating_sub(1);
        self.context.tokens[(self.start + distance).min(last)]
    }

    /// The next token.
    pub(super) fn first(self) -> Token {
        self.peek(0)
    }

    /// The place of the next token.
    pub(super) fn span(self) -> Span {
        self.context.span(self.first())
    }

    /// The next token's text if it is a bare word.
    pub(super) fn word(self) -> Option<&'c str> {
        let token = self.first();
        (token.kind == Kind::Word).then(|| self.context.written(token))
    }

    /// Without the next token; the end of the text stays.
    pub(super) fn skip(self) -> Self {
        if self.first().kind == Kind::End {
            self
        } else {
            self.at(self.start + 1)
        }
    }

    /// The place of all tokens before `rest`.
    pub(super) fn span_to(self, rest: Self) -> Span {
        let first = self.span();
        match rest.start.checked_sub(1).filter(|last| *last >= self.start) {
            Some(last) => first.to(self.context.span(self.context.tokens[last])),
            None => Span {
                end: first.start,
                ..first
            },
        }
    }
}

impl<'c> Input for Tokens<'c> {
    type Item = Token;
    type Iter = Copied<slice::Iter<'c, Token>>;
    type IterIndices = Enumerate<Self::Iter>;

    fn input_len(&self) -> usize {
        self.end - self.start
    }

    fn take(&self, index: usize) -> Self {
        Self {
            end: (self.start + index).min(self.end),
            ..*self
        }
    }

    fn take_from(&self, index: usize) -> Self {
        self.at(self.start + index)
    }

    fn take_split(&self, index: usize) -> (Self, Self) {
        (self.take_from(index), self.take(index))
    }

    fn position<P: Fn(Token) -> bool>(&self, predicate: P) -> Option<usize> {
        self.iter_elements().position(predicate)
    }

    fn iter_elements(&self) -> Self::Iter {
        self.context.tokens[self.start..self.end].iter().copied()
    }

    fn iter_indices(&self) -> Self::IterIndices {
        self.iter_elements().enumerate()
    }

    fn slice_index(&self, count: usize) -> Result<usize, Needed> {
        let missing = count.saturating_sub(self.input_len());
        if missing == 0 {
            Ok(count)
        } else {
            Err(Needed::new(missing))
        }
    }
}

/// Something that might have stood at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    Keyword(&'static str),
    Name(Role),
    Text(Role),
    Operator,
    Value,
    Setting,
    Thing(&'static str),
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keyword(word) => write!(f, "`{word}`"),
            Self::Name(_) => f.write_str(Kind::Word.words()),
            Self::Text(_) => f.write_str(Kind::Text.words()),
            Self::Operator => f.write_str("an operator"),
            Self::Value => f.write_str("a value"),
            Self::Setting => f.write_str("the setting's value"),
            Self::Thing(thing) => f.write_str(thing),
        }
    }
}

/// Where a parser failed, and all that it would have taken there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Failure {
    /// The token's number.
    pub(super) at: usize,
    pub(super) expected: Vec<Expected>,
}

impl Failure {
    /// A failure at the next token.
    pub(super) fn new(input: Tokens<'_>, expected: impl IntoIterator<Item = Expected>) -> Self {
        let expected: Vec<Expected> = expected.into_iter().collect();
        input.context.notes.note(input, &expected);
        Self {
            at: input.start,
            expected,
        }
    }

    /// The failure that went further; where both end alike, what either would have taken.
    pub(super) fn or_further(mut self, other: Self) -> Self {
        if self.at != other.at {
            return if self.at > other.at { self } else { other };
        }
        for expected in other.expected {
            if !self.expected.contains(&expected) {
                self.expected.push(expected);
            }
        }
        self
    }
}

impl ParseError<Tokens<'_>> for Failure {
    fn from_error_kind(input: Tokens<'_>, _: ErrorKind) -> Self {
        Self::new(input, [])
    }

    fn append(_: Tokens<'_>, _: ErrorKind, other: Self) -> Self {
        other
    }

    fn or(self, other: Self) -> Self {
        self.or_further(other)
    }
}

/// What a parser of tokens gives.
pub(super) type Answer<'c, T> = IResult<Tokens<'c>, T, Failure>;
