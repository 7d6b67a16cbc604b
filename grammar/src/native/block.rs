//! Blocks of clauses in braces, and how reading goes on after a mistake.
//!
//! After a mistake the reader skips to what begins a clause of the block, closes it, or begins a
//! block further out; what begins a clause is told by its keyword and the tokens after it, so that
//! a name which looks like a keyword does not. Every round reads at least one token.

use nom::Parser;
use weir_ir::diagnostic::{Diagnostic, Span, did_you_mean};

use super::combine::{failure, keyword, shown, tell, text};
use super::input::{Answer, Context, Expected, Failure, Tokens};
use super::token::Kind;
use crate::ast::Allow;
use crate::codes;

/// A kind of block.
pub(super) struct Shape {
    /// With its article, for messages: `an item`.
    pub(super) noun: &'static str,
    /// What may stand in it.
    pub(super) clause: &'static str,
    /// How far in it is: a file is 0.
    pub(super) level: u8,
    /// The keywords of its clauses.
    pub(super) clauses: &'static [&'static str],
}

pub(super) const FILE: Shape = Shape {
    noun: "a file",
    clause: "a block",
    level: 0,
    clauses: &["allow", "profile", "members", "app", "organization"],
};
pub(super) const PROFILE: Shape = Shape {
    noun: "a profile",
    clause: "a clause of the profile",
    level: 1,
    clauses: &[
        "allow",
        "description",
        "limits",
        "id",
        "budget",
        "stored",
        "members",
        "item",
    ],
};
pub(super) const ITEM: Shape = Shape {
    noun: "an item",
    clause: "a clause of the item",
    level: 2,
    clauses: &[
        "allow", "limits", "name", "id", "download", "sync", "columns", "budget", "stored",
        "include",
    ],
};
pub(super) const MEMBERS: Shape = Shape {
    noun: "a member list",
    clause: "`user` or `team`",
    level: 2,
    clauses: &["allow", "user", "team"],
};
pub(super) const STORED: Shape = Shape {
    noun: "a `stored` block",
    clause: "a key with its text",
    level: 3,
    clauses: &[],
};
pub(super) const APP: Shape = Shape {
    noun: "an app",
    clause: "a clause of the app",
    level: 1,
    clauses: &["allow", "offline", "profiles"],
};
pub(super) const ORGANIZATION: Shape = Shape {
    noun: "an organization block",
    clause: "a setting",
    level: 1,
    clauses: &[
        "allow",
        "collation",
        "hierarchy-depth",
        "hierarchy-model",
        "security",
        "hierarchy-security",
        "hierarchy-operators",
        "clock-zone",
        "week-start",
        "language-wildcard",
        "limits",
        "fiscal",
        "null-matches",
        "entity",
    ],
};
pub(super) const FISCAL: Shape = Shape {
    noun: "a `fiscal` block",
    clause: "`start` or `periods`",
    level: 2,
    clauses: &["start", "periods"],
};
pub(super) const NULL_MATCHES: Shape = Shape {
    noun: "a `null-matches` block",
    clause: "an operator with `on` or `off`",
    level: 2,
    clauses: &[],
};
pub(super) const ENTITY: Shape = Shape {
    noun: "an entity setting",
    clause: "a clause of the entity setting",
    level: 2,
    clauses: &["allow", "offline", "filter"],
};

/// Blocks in which a misplaced clause may belong.
const SHAPES: [&Shape; 8] = [
    &FILE,
    &PROFILE,
    &ITEM,
    &MEMBERS,
    &APP,
    &ORGANIZATION,
    &FISCAL,
    &ENTITY,
];

/// What may come after a keyword.
#[derive(Clone, Copy)]
enum Next {
    Name,
    Text,
    Number,
    Day,
    Brace,
    /// A bare word or a number.
    Value,
    Word(&'static str),
}

impl Next {
    fn fits(self, input: Tokens<'_>) -> bool {
        let kind = input.first().kind;
        match self {
            Self::Name => matches!(kind, Kind::Word | Kind::Quoted),
            Self::Text => kind == Kind::Text,
            Self::Number => kind == Kind::Number,
            Self::Day => kind == Kind::MonthDay,
            Self::Brace => kind == Kind::OpenBrace,
            Self::Value => matches!(kind, Kind::Word | Kind::Number),
            Self::Word(word) => input.word() == Some(word),
        }
    }
}

/// How every clause begins, and for those with a block of level n + 1 the level n that it stands at.
const BEGINNINGS: &[(&str, &[Next], Option<u8>)] = {
    use Next::{Brace, Day, Name, Number, Text, Value, Word};
    &[
        ("profile", &[Text, Brace], Some(0)),
        ("members", &[Text, Brace], Some(0)),
        ("app", &[Text, Brace], Some(0)),
        ("organization", &[Brace], Some(0)),
        ("item", &[Name, Brace], Some(1)),
        ("entity", &[Name, Brace], Some(1)),
        ("members", &[Brace], Some(1)),
        ("fiscal", &[Brace], Some(1)),
        ("null-matches", &[Brace], Some(1)),
        ("allow", &[Name, Text], None),
        ("description", &[Text], None),
        ("limits", &[Name], None),
        ("id", &[Text], None),
        ("budget", &[Number], None),
        ("stored", &[Brace], None),
        ("name", &[Text], None),
        ("download", &[Name], None),
        ("sync", &[Word("every")], None),
        ("columns", &[Name], None),
        ("include", &[Name, Word("via")], None),
        ("include", &[Word("via"), Name], None),
        ("user", &[Text], None),
        ("team", &[Text], None),
        ("offline", &[Word("on")], None),
        ("offline", &[Word("off")], None),
        ("profiles", &[Text], None),
        ("start", &[Day], None),
        ("periods", &[Name], None),
        ("filter", &[Name, Name], None),
        ("collation", &[Value], None),
        ("hierarchy-depth", &[Value], None),
        ("hierarchy-model", &[Value], None),
        ("security", &[Value], None),
        ("hierarchy-security", &[Value], None),
        ("hierarchy-operators", &[Value], None),
        ("clock-zone", &[Value], None),
        ("week-start", &[Value], None),
        ("language-wildcard", &[Value], None),
    ]
};

/// Whether a clause begins here, and the level at which it opens a block.
fn beginning(input: Tokens<'_>) -> Option<Option<u8>> {
    let word = input.word()?;
    let fits = |nexts: &[Next]| {
        nexts
            .iter()
            .enumerate()
            .all(|(at, next)| next.fits(input.at(input.start + 1 + at)))
    };
    BEGINNINGS
        .iter()
        .find(|(keyword, nexts, _)| *keyword == word && fits(nexts))
        .map(|(_, _, level)| *level)
}

/// Whether a clause of some block begins here.
pub(super) fn begins_clause(input: Tokens<'_>) -> bool {
    beginning(input).is_some()
}

/// Whether a block begins here that can't stand inside one of that level.
fn begins_outer(input: Tokens<'_>, level: u8) -> bool {
    matches!(beginning(input), Some(Some(outer)) if outer < level)
}

/// Reads the clauses of a block up to its `}`, which it takes.
///
/// `clause` gets the keyword, the warnings excused before it, which it takes if the clause can carry
/// them, and the tokens from the keyword on. It gives none where the keyword isn't the block's.
/// The answer is what was excused and not taken: it holds for the block.
pub(super) fn block<'c>(
    input: Tokens<'c>,
    shape: &Shape,
    clause: impl FnMut(&'c str, &mut Vec<Allow>, Tokens<'c>) -> Option<Answer<'c, ()>>,
) -> Answer<'c, Vec<Allow>> {
    let context = input.context;
    let open = input.first();
    let inside = if open.kind == Kind::OpenBrace {
        input.skip()
    } else {
        let missing = Failure::new(input, [Expected::Thing(Kind::OpenBrace.words())]);
        // A clause of the block shows that only the brace is missing.
        if !begins_clause(input) || begins_outer(input, shape.level) {
            return Err(nom::Err::Error(missing));
        }
        tell(context, missing);
        input
    };
    let (rest, allows) = clauses(inside, shape, clause);
    if rest.first().kind == Kind::CloseBrace {
        return Ok((rest.skip(), allows));
    }
    if open.kind == Kind::OpenBrace {
        unclosed(context, context.span(open), rest, shape);
    }
    Ok((rest, allows))
}

/// Reports a `{` without `}`, the innermost alone if several end with the text.
fn unclosed(context: &Context<'_>, open: Span, rest: Tokens<'_>, shape: &Shape) {
    let at_end = rest.first().kind == Kind::End;
    if at_end && context.unclosed_told.replace(true) {
        return;
    }
    let mut diagnostic = Diagnostic::new(codes::UNCLOSED_BLOCK, open, "this `{` is never closed")
        .help(format!("close {} with `}}`", shape.noun));
    if !at_end {
        diagnostic = diagnostic.label(rest.span(), "this can't stand inside it");
    }
    context.push(diagnostic);
}

/// Reads clauses until what is none of the block's business.
pub(super) fn clauses<'c>(
    mut input: Tokens<'c>,
    shape: &Shape,
    mut clause: impl FnMut(&'c str, &mut Vec<Allow>, Tokens<'c>) -> Option<Answer<'c, ()>>,
) -> (Tokens<'c>, Vec<Allow>) {
    let context = input.context;
    let (mut pending, mut own) = (Vec::new(), Vec::new());
    loop {
        let kind = input.first().kind;
        if kind == Kind::End
            || kind == Kind::CloseBrace && shape.level > 0
            || begins_outer(input, shape.level)
        {
            for allow in pending {
                nothing_allowed(context, &allow);
            }
            return (input, own);
        }
        let answer = match name_of_clause(input) {
            Some("allow") if shape.clauses.contains(&"allow") => allow
                .parse(input)
                .map(|(rest, allow)| (rest, pending.push(allow))),
            Some(word) => match clause(word, &mut pending, input) {
                Some(answer) => {
                    own.append(&mut pending);
                    answer
                }
                None => misplaced(input, shape),
            },
            None => misplaced(input, shape),
        };
        input = match answer {
            Ok((rest, ())) => rest,
            Err(error) => {
                let failure = failure(error);
                let from = input.at(failure.at.max(input.start));
                tell(context, failure);
                resume(from, shape, from.start > input.start)
            }
        };
    }
}

/// A clause's keyword; the keys of `stored` may be in backticks, so those count for blocks of keys.
fn name_of_clause(input: Tokens<'_>) -> Option<&str> {
    match input.first().kind {
        Kind::Word => input.word(),
        Kind::Quoted => Some(""),
        _ => None,
    }
}

/// Skips to where the block can be read on.
fn resume<'c>(mut input: Tokens<'c>, shape: &Shape, moved: bool) -> Tokens<'c> {
    let mut depth = 0_usize;
    let mut moved = moved;
    loop {
        match input.first().kind {
            Kind::End => return input,
            Kind::CloseBrace if depth == 0 && shape.level > 0 => return input,
            Kind::CloseBrace => depth = depth.saturating_sub(1),
            Kind::OpenBrace => depth += 1,
            Kind::Word if depth > 0 => {
                if begins_outer(input, shape.level.max(1)) {
                    return input;
                }
            }
            Kind::Word if begins_outer(input, shape.level) => return input,
            Kind::Word if moved => {
                let known = input
                    .word()
                    .is_some_and(|word| shape.clauses.contains(&word));
                if known && begins_clause(input) {
                    return input;
                }
            }
            _ => {}
        }
        input = input.skip();
        moved = true;
    }
}

/// Tells of a token that begins no clause of the block.
fn misplaced<'c>(input: Tokens<'c>, shape: &Shape) -> Answer<'c, ()> {
    let context = input.context;
    let thing = Failure::new(input, [Expected::Thing(shape.clause)]);
    let Some(word) = input.word() else {
        return Err(nom::Err::Error(thing));
    };
    let optional = context.optional.borrow().clone();
    let noted: Vec<&str> = optional
        .expected
        .iter()
        .filter(|_| optional.at == input.start)
        .filter_map(|expected| match expected {
            Expected::Keyword(word) => Some(*word),
            Expected::Thing(_) => None,
        })
        .collect();
    let here = shape.noun;
    // Where more of the clause before was awaited, a word belongs elsewhere only if it looks the part.
    let begins = noted.is_empty() || begins_clause(input);
    let elsewhere = SHAPES
        .iter()
        .find(|other| begins && other.clauses.contains(&word));
    let found = shown(context, input.first());
    let diagnostic = if let Some(other) = elsewhere {
        Diagnostic::new(
            codes::UNKNOWN_KEYWORD,
            input.span(),
            format!("{found} can't stand in {here}"),
        )
        .help(format!("it stands in {}", other.noun))
    } else if let Some(close) =
        did_you_mean(word, noted.into_iter().chain(shape.clauses.iter().copied()))
    {
        Diagnostic::new(
            codes::UNKNOWN_KEYWORD,
            input.span(),
            format!("unknown keyword {found} in {here}"),
        )
        .help(format!("did you mean `{close}`?"))
        .suggest(input.span(), close)
    } else if optional.at == input.start {
        return Err(nom::Err::Error(thing));
    } else {
        Diagnostic::new(
            codes::UNKNOWN_KEYWORD,
            input.span(),
            format!("unknown keyword {found} in {here}"),
        )
        .help(format!("{here} takes {}", keywords(shape)))
    };
    context.tell_at(input.start, diagnostic);
    Err(nom::Err::Error(thing))
}

fn keywords(shape: &Shape) -> String {
    if shape.clauses.is_empty() {
        return shape.clause.to_owned();
    }
    let words: Vec<String> = shape
        .clauses
        .iter()
        .map(|word| format!("`{word}`"))
        .collect();
    words.join(", ")
}

/// `allow W0301 "reason"`.
fn allow(input: Tokens<'_>) -> Answer<'_, Allow> {
    let (rest, (_, code, reason)) = (keyword("allow"), super::combine::name, text).parse(input)?;
    Ok((
        rest,
        Allow {
            code,
            reason,
            span: input.span_to(rest),
        },
    ))
}

fn nothing_allowed(context: &Context<'_>, allow: &Allow) {
    context.push(
        Diagnostic::new(
            codes::ALLOWS_NOTHING,
            allow.span,
            "nothing follows this `allow`",
        )
        .help("put it before what it excuses"),
    );
}

/// The clauses that a block has had, each at most once.
#[derive(Default)]
pub(super) struct Seen(Vec<(&'static str, Span)>);

impl Seen {
    /// Whether it is the first of its name; the second is reported with both places.
    pub(super) fn first(&mut self, context: &Context<'_>, word: &'static str, span: Span) -> bool {
        let Some((_, before)) = self.0.iter().find(|(seen, _)| *seen == word) else {
            self.0.push((word, span));
            return true;
        };
        twice(context, &format!("`{word}`"), span, *before);
        false
    }

    /// Reads a clause that stands once, its keyword first, and keeps its value.
    pub(super) fn once<'c, T>(
        &mut self,
        input: Tokens<'c>,
        word: &'static str,
        slot: &mut Option<T>,
        value: impl Parser<Tokens<'c>, Output = T, Error = Failure>,
    ) -> Answer<'c, ()> {
        let mut value = value;
        let (rest, span) = keyword(word).parse(input)?;
        let (rest, value) = value.parse(rest)?;
        if self.first(input.context, word, span) {
            *slot = Some(value);
        }
        Ok((rest, ()))
    }
}

/// Reports what stands twice.
pub(super) fn twice(context: &Context<'_>, what: &str, second: Span, first: Span) {
    context.push(
        Diagnostic::new(codes::GIVEN_TWICE, second, format!("{what} is given twice"))
            .label(first, "first given here")
            .help("keep one of them"),
    );
}
