//! Text to tokens. Keywords are contextual, so every bare word is one kind of token; whitespace,
//! comments and a byte order mark are left out.
//!
//! What is no token is reported here and marked: the token after it is `flawed`, and a parser that
//! fails at a flawed token says nothing more. Cost: linear in the text.

use logos::{Lexer, Logos};
use weir_ir::diagnostic::{Diagnostic, FileId, Span};

use super::report::Report;
use crate::codes;

/// What a token is.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq)]
// U+0000 is refused before, wherever it stands.
// A run of it is one match: each takes stack. The last part is for a comment that ends the text.
#[logos(skip(r"([ \t\r\n\x0C\x00]|#[^\n]*\n)+|#[^\n]*", allow_greedy = true))]
#[logos(error = Flaw)]
pub(super) enum Kind {
    /// A keyword, operator or name.
    #[regex(r"[\p{XID_Start}_]\p{XID_Continue}*(-\p{XID_Continue}+)*")]
    Word,
    /// A name in backticks.
    #[token("`", quoted)]
    Quoted,
    /// A text in quotes.
    #[token("\"", |lexer| text(lexer, '"'))]
    #[token("'", |lexer| text(lexer, '\''))]
    Text,
    /// A number.
    #[regex(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", priority = 20)]
    #[regex(r"-?[0-9][\p{XID_Continue}.\-]*", malformed, priority = 5)]
    Number,
    /// A day of the year, `04-01`.
    #[regex(r"[0-9][0-9]-[0-9][0-9]", priority = 30)]
    MonthDay,
    #[token("{")]
    OpenBrace,
    #[token("}")]
    CloseBrace,
    #[token("(")]
    OpenParenthesis,
    #[token(")")]
    CloseParenthesis,
    #[token(",")]
    Comma,
    #[token("=")]
    Equals,
    /// Operators of other languages, for which the parser names weir's own.
    #[regex(r"==|===|!=|<>|<=|>=|=<|=>|<|>|&&|\|\||!")]
    Symbol,
    /// The end of the text.
    End,
}

impl Kind {
    /// The punctuation mark or kind in words, for messages.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Word | Self::Quoted => "a name",
            Self::Text => "a text in quotes",
            Self::Number => "a number",
            Self::MonthDay => "a day such as `04-01`",
            Self::OpenBrace => "`{`",
            Self::CloseBrace => "`}`",
            Self::OpenParenthesis => "`(`",
            Self::CloseParenthesis => "`)`",
            Self::Comma => "`,`",
            Self::Equals => "`=`",
            Self::Symbol => "an operator",
            Self::End => "the end of the text",
        }
    }
}

/// A token with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: Kind,
    /// First byte.
    pub(super) start: u32,
    /// One past the last byte.
    pub(super) end: u32,
    /// Whether something about it, or right before it, has been reported.
    pub(super) flawed: bool,
}

/// Why a piece of text is no token, or not quite one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Flaw {
    /// No token begins like this.
    #[default]
    Character,
    /// A text that no quote closes before the end of the file.
    UnclosedText,
    /// A name that no backtick closes before the end of the line.
    UnclosedName,
    /// `` `` ``.
    EmptyName,
    /// `12.`, `30minutes`, `2026-03-02`.
    Number,
}

/// Goes to the quote that closes a text; a doubled one belongs to it. A text may span lines.
///
/// Where none closes it, the text ends with its line, so that what follows is still read. That
/// happens once a kind of quote: all quotes that follow are doubled then.
fn text(lexer: &mut Lexer<'_, Kind>, quote: char) -> Result<(), Flaw> {
    let rest = lexer.remainder();
    let mut at = 0;
    while let Some(found) = rest[at..].find(quote) {
        at += found + 1;
        if !rest[at..].starts_with(quote) {
            lexer.bump(at);
            return Ok(());
        }
        at += 1;
    }
    lexer.bump(line_end(rest));
    Err(Flaw::UnclosedText)
}

/// Goes to the backtick that closes a name; a doubled one belongs to it. Where none closes it in its
/// line, the name ends with the word, so that the line is still read.
fn quoted(lexer: &mut Lexer<'_, Kind>) -> Result<(), Flaw> {
    let rest = lexer.remainder();
    let mut at = 0;
    // Only up to the next backtick at each step, as lines may be long.
    while let Some(found) = rest[at..].find(['`', '\r', '\n']) {
        at += found;
        if !rest[at..].starts_with('`') {
            break;
        }
        at += 1;
        if !rest[at..].starts_with('`') {
            lexer.bump(at);
            return if at == 1 {
                Err(Flaw::EmptyName)
            } else {
                Ok(())
            };
        }
        at += 1;
    }
    let word = rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-'));
    lexer.bump(word.unwrap_or(rest.len()));
    Err(Flaw::UnclosedName)
}

fn line_end(text: &str) -> usize {
    text.find(['\r', '\n']).unwrap_or(text.len())
}

fn malformed(_: &mut Lexer<'_, Kind>) -> Result<(), Flaw> {
    Err(Flaw::Number)
}

/// The tokens of a text, the last of which is [`Kind::End`]. A text must have passed the size limit.
pub(super) fn tokens(file: FileId, text: &str, report: &mut Report) -> Vec<Token> {
    let offset = if text.starts_with('\u{FEFF}') { 3 } else { 0 };
    refuse_null(file, text, report);
    let mut lexer = Kind::lexer(&text[offset..]);
    let mut tokens = Vec::new();
    let mut strange: Option<Span> = None;
    let mut flawed = false;
    while let Some(lexed) = lexer.next() {
        let span = Span::new(file, lexer.span().start + offset, lexer.span().end + offset);
        if lexed == Err(Flaw::Character) {
            // Neighbours are one mistake.
            match &mut strange {
                Some(before) if before.end == span.start => before.end = span.end,
                _ => {
                    report.push_opt(strange.replace(span).map(|span| unknown(span, text)));
                }
            }
            flawed = true;
            continue;
        }
        report.push_opt(strange.take().map(|span| unknown(span, text)));
        let kind = lexed.unwrap_or_else(|flaw| {
            flawed = true;
            report.push(flaw_at(flaw, span, text));
            match flaw {
                Flaw::UnclosedText => Kind::Text,
                Flaw::Number => Kind::Number,
                _ => Kind::Quoted,
            }
        });
        tokens.push(Token {
            kind,
            start: span.start,
            end: span.end,
            flawed,
        });
        flawed = false;
    }
    report.push_opt(strange.map(|span| unknown(span, text)));
    let end = Span::new(file, text.len(), text.len());
    tokens.push(Token {
        kind: Kind::End,
        start: end.start,
        end: end.end,
        flawed,
    });
    tokens
}

/// U+0000 is refused in texts and comments too: no database takes it.
fn refuse_null(file: FileId, text: &str, report: &mut Report) {
    for (at, _) in text.match_indices('\0') {
        let span = Span::new(file, at, at + 1);
        report.push(
            Diagnostic::new(codes::CHARACTER, span, "unexpected character U+0000")
                .help("remove it; no text may hold it"),
        );
    }
}

/// A run of characters that no token begins with.
fn unknown(span: Span, text: &str) -> Diagnostic {
    let run = &text[span.start as usize..span.end as usize];
    let first = run.chars().next().unwrap_or_default();
    let invisible = matches!(first, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}');
    let shown = if invisible || first.is_control() || first.is_whitespace() {
        format!("U+{:04X}", u32::from(first))
    } else {
        format!("`{first}`")
    };
    let found = Diagnostic::new(
        codes::CHARACTER,
        span,
        format!("unexpected character {shown}"),
    );
    match first {
        ';' => found
            .help("nothing stands between clauses; remove it")
            .suggest(span, ""),
        ':' => found.help("nothing stands between a keyword and its value; remove it"),
        '“' | '”' | '„' | '‘' | '’' | '«' | '»' => {
            found.help("a text stands in straight quotes, `\"…\"` or `'…'`")
        }
        '/' => found.help("a comment begins with `#`"),
        '.' => {
            found.help("a name has no dots; another entity's attribute is reached by `any … via …`")
        }
        '[' | ']' => found.help("a list of values stands in `(…)`, a block in `{…}`"),
        _ => found.help("remove it, or put the name that it belongs to in backticks"),
    }
}

fn flaw_at(flaw: Flaw, span: Span, text: &str) -> Diagnostic {
    let written = &text[span.start as usize..span.end as usize];
    match flaw {
        Flaw::UnclosedText => {
            let quote = written.chars().next().unwrap_or('"');
            Diagnostic::new(codes::UNCLOSED_TEXT, span, "this text is never closed").help(format!(
                "close it with `{quote}`; a quote inside a text is doubled"
            ))
        }
        Flaw::UnclosedName => {
            Diagnostic::new(codes::UNCLOSED_TEXT, span, "this name is never closed")
                .help("close it with a backtick on the same line")
        }
        Flaw::EmptyName => Diagnostic::new(codes::EMPTY_NAME, span, "a name can't be empty")
            .help("write the name between the backticks"),
        Flaw::Number | Flaw::Character => {
            let found = Diagnostic::new(
                codes::NUMBER,
                span,
                format!("`{}` is not a number", shortened(written)),
            );
            found.help("a number is written `-12.5` or `1e6`; dates and GUIDs stand in quotes, a name that begins with a digit in backticks")
        }
    }
}

/// At most the first forty characters of a text, for messages.
pub(super) fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(40) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None if line.len() < text.len() => format!("{line}…"),
        None => line.to_owned(),
    }
}
