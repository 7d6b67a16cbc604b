//! One statement through the SQL parser, which only reads: its trees are never printed.
//!
//! Invariant: places are offsets of the script, on character boundaries. Cost: one pass a statement;
//! the parser's own depth has a limit.

use std::ops::Range;

use sqlparser::ast::{Ident, Statement};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer, Word};
use weir_ir::limits;

use super::dialect::Dialect;

/// A statement and where its names stand.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) statement: Statement,
    pub(super) places: Places,
}

/// What the parser can't read, and where.
#[derive(Debug)]
pub(super) struct Unreadable {
    pub(super) message: String,
    pub(super) at: Range<usize>,
}

/// Parses the statement at a range of a script.
pub(super) fn parse(
    script: &str,
    range: Range<usize>,
    dialect: Dialect,
) -> Result<Parsed, Unreadable> {
    let text = script.get(range.clone()).unwrap_or_default();
    let places = Places::new(text, range.start);
    match statement(text, dialect) {
        Ok(statement) => Ok(Parsed { statement, places }),
        Err(error) => Err(places.explain(text, &error)),
    }
}

fn statement(text: &str, dialect: Dialect) -> Result<Statement, ParserError> {
    let mut tokens = Tokenizer::new(dialect.parser(), text).tokenize_with_location()?;
    if dialect == Dialect::TSql {
        tokens = without_storage(tokens);
    }
    let mut parser = Parser::new(dialect.parser())
        .with_recursion_limit(limits::SQL_DEPTH)
        .with_tokens_with_locations(tokens);
    let statement = parser.parse_statement()?;
    match parser.next_token() {
        TokenWithSpan {
            token: Token::EOF, ..
        } => Ok(statement),
        more => parser.expected("end of statement", more),
    }
}

/// T-SQL without what says how a table is stored, which the parser doesn't read: `CLUSTERED`,
/// `WITH (…)` and `ON [group]` behind a key, `WITH CHECK`, and the like. A computed column gets a
/// type, so that it is a column.
fn without_storage(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    const DROPPED: [&str; 5] = [
        "CLUSTERED",
        "NONCLUSTERED",
        "ROWGUIDCOL",
        "SPARSE",
        "PERSISTED",
    ];
    let mut tokens: Vec<TokenWithSpan> = tokens
        .into_iter()
        .filter(|token| !matches!(token.token, Token::Whitespace(_)))
        .collect();
    let mut kept = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        let word = bare(tokens.get(at));
        let next = bare(tokens.get(at + 1));
        let opens = matches!(tokens.get(at + 1), Some(next) if next.token == Token::LParen);
        let skipped = match word.as_str() {
            word if DROPPED.contains(&word) => 1,
            "NOT" if next == "FOR" => 3,
            "WITH" if matches!(next.as_str(), "CHECK" | "NOCHECK") => 2,
            "WITH" if opens => group(&tokens[at + 1..]) + 1,
            "ON" if !matches!(next.as_str(), "DELETE" | "UPDATE") => 2,
            "AS" if opens => {
                let mut computed = tokens[at].clone();
                computed.token = Token::Word(Word {
                    value: "computed".to_owned(),
                    quote_style: None,
                    keyword: Keyword::NoKeyword,
                });
                kept.push(computed);
                group(&tokens[at + 1..]) + 1
            }
            _ => 0,
        };
        if skipped == 0 {
            kept.push(std::mem::replace(
                &mut tokens[at],
                TokenWithSpan::wrap(Token::EOF),
            ));
        }
        at += skipped.max(1);
    }
    kept
}

/// A word without quotes, in upper case.
fn bare(token: Option<&TokenWithSpan>) -> String {
    match token.map(|token| &token.token) {
        Some(Token::Word(word)) if word.quote_style.is_none() => word.value.to_ascii_uppercase(),
        _ => String::new(),
    }
}

/// How many tokens a group of parentheses has.
fn group(tokens: &[TokenWithSpan]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

/// From the parser's lines and columns to offsets of the script.
#[derive(Debug)]
pub(super) struct Places {
    /// Where each line's characters begin, the line's end included.
    lines: Vec<Vec<usize>>,
    end: usize,
}

impl Places {
    fn new(text: &str, start: usize) -> Self {
        let mut lines = vec![Vec::new()];
        for (at, c) in text.char_indices() {
            if let Some(line) = lines.last_mut() {
                line.push(start + at);
            }
            if c == '\n' {
                lines.push(Vec::new());
            }
        }
        Self {
            lines,
            end: start + text.len(),
        }
    }

    fn offset(&self, location: Location) -> usize {
        let index = |number: u64| usize::try_from(number).ok()?.checked_sub(1);
        let line = index(location.line).and_then(|line| Some((line, self.lines.get(line)?)));
        let found = line.and_then(|(number, line)| {
            let next = || self.lines.get(number + 1).and_then(|line| line.first());
            line.get(index(location.column)?).or_else(next)
        });
        found.copied().unwrap_or(self.end)
    }

    /// Where a name stands, its quotes included.
    pub(super) fn name(&self, name: &Ident) -> Range<usize> {
        let start = self.offset(name.span.start);
        start..self.offset(name.span.end).max(start)
    }

    /// The parser's message in our words, and where it points.
    fn explain(&self, text: &str, error: &ParserError) -> Unreadable {
        let told = match error {
            ParserError::TokenizerError(told) | ParserError::ParserError(told) => told.as_str(),
            ParserError::RecursionLimitExceeded => {
                return Unreadable {
                    message: format!("it is nested deeper than {}", limits::SQL_DEPTH),
                    at: self.offset(Location::new(1, 1))..self.end,
                };
            }
        };
        let (told, start) = match told.rsplit_once(" at Line: ") {
            Some((told, place)) => (told, self.place(place)),
            None => (told, self.end),
        };
        let message = match told
            .strip_prefix("Expected: ")
            .and_then(|t| t.split_once(", found: "))
        {
            Some((wanted, "EOF")) => format!("expected {wanted}, found its end"),
            Some((wanted, found)) => {
                let wanted = wanted.replace('\'', "`");
                format!("expected {wanted}, found `{}`", shortened(found))
            }
            None => {
                let mut told = told.chars();
                told.next().map_or_else(String::new, |first| {
                    first.to_lowercase().chain(told).collect()
                })
            }
        };
        Unreadable {
            message,
            at: start..self.token_end(text, start),
        }
    }

    fn place(&self, place: &str) -> usize {
        let place = place.split_once(", Column: ");
        let number = |text: &str| text.trim().parse().ok();
        place
            .and_then(|(line, column)| Some(Location::new(number(line)?, number(column)?)))
            .map_or(self.end, |location| self.offset(location))
    }

    /// The end of the word, or the one character, at an offset of the script.
    fn token_end(&self, text: &str, start: usize) -> usize {
        let begin = self.end - text.len();
        let rest = text.get(start.saturating_sub(begin)..).unwrap_or_default();
        let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'));
        match word.unwrap_or(rest.len()) {
            0 => start + rest.chars().next().map_or(0, char::len_utf8),
            length => start + length,
        }
    }
}

/// What was found, as a message can show it.
fn shortened(found: &str) -> String {
    const SHOWN: usize = 40;
    let line = found.lines().next().unwrap_or_default();
    if line.chars().count() <= SHOWN && line.len() == found.len() {
        return found.to_owned();
    }
    line.chars().take(SHOWN).chain(['…']).collect()
}
