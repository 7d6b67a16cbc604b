//! Blocks of clauses in braces, and how reading goes on after a mistake.
//!
//! After a mistake the reader skips to what begins a clause of the block, closes it, or begins a
//! block further out; what begins a clause is told by its keyword and the tokens after it, so that
//! a name which looks like a keyword does not. Every round reads at least one token.

use nom::Parser;
use weir_ir::diagnostic::{Diagnostic, Span, did_you_mean};

use super::combine::{failure, keyword, name, text};
use super::expect::Role;
use super::explain::{keywords, shown, tell};
use super::input::{Answer, Context, Expected, Failure, Mark, Tokens};
use super::shape::{Shape, begins_clause, begins_outer, home};
use super::token::Kind;
use crate::ast::Allow;
use crate::codes;

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
        let Some(inside) = without_brace(input, shape) else {
            return Err(nom::Err::Error(missing));
        };
        tell(context, missing);
        inside
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

/// Where a block goes on whose `{` is missing, or stands behind one token too many: at what shows
/// that it is this block.
fn without_brace<'c>(input: Tokens<'c>, shape: &Shape) -> Option<Tokens<'c>> {
    if begins_outer(input, shape.level) {
        return None;
    }
    if begins_inside(input, shape) {
        return Some(input);
    }
    let next = input.skip();
    match next.first().kind {
        Kind::OpenBrace => Some(next.skip()),
        _ => begins_inside(next, shape).then_some(next),
    }
}

/// Whether an entry of the block begins here: a clause, or a key where the block has any.
fn begins_inside(input: Tokens<'_>, shape: &Shape) -> bool {
    if shape.clauses.is_empty() {
        let value = input.skip();
        return matches!(input.first().kind, Kind::Word | Kind::Quoted)
            && (value.first().kind == Kind::Text || matches!(value.word(), Some("on" | "off")));
    }
    begins_clause(input) && !begins_outer(input, shape.level)
}

/// Reports a `{` without `}`, the innermost alone if several end with the text.
fn unclosed(context: &Context<'_>, open: Span, rest: Tokens<'_>, shape: &Shape) {
    let at_end = rest.first().kind == Kind::End;
    if at_end {
        context.notes.end();
    }
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
    context.notes.enter();
    loop {
        context.notes.left(None, None);
        let kind = input.first().kind;
        if kind == Kind::End
            || kind == Kind::CloseBrace && shape.level > 0
            || begins_outer(input, shape.level)
        {
            for allow in pending {
                nothing_allowed(context, &allow);
            }
            context.note_entries(input, shape);
            context.notes.leave();
            return (input, own);
        }
        context.mark(input.start, Mark::Clause);
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
            Kind::Word if begins_outer(input, shape.level.max(u8::from(depth > 0))) => {
                return input;
            }
            Kind::Word if moved && depth == 0 => {
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

/// Reports a token that begins no clause of the block.
pub(super) fn tell_misplaced(input: Tokens<'_>, shape: &Shape) {
    if let Err(error) = misplaced(input, shape) {
        tell(input.context, failure(error));
    }
}

/// Tells of a token that begins no clause of the block; the answer is the failure.
pub(super) fn misplaced<'c>(input: Tokens<'c>, shape: &Shape) -> Answer<'c, ()> {
    let thing = Failure::new(input, [Expected::Thing(shape.clause)]);
    let answer = Err(nom::Err::Error(thing));
    let Some(word) = input.word() else {
        return answer;
    };
    let context = input.context;
    let optional = context.optional.borrow();
    let awaited = if optional.at == input.start {
        optional.expected.as_slice()
    } else {
        &[]
    };
    // Where more of the clause before was awaited, a word belongs elsewhere only if it looks the part.
    let elsewhere = if awaited.is_empty() || begins_clause(input) {
        home(word)
    } else {
        None
    };
    let likely = did_you_mean(word, keywords(awaited).chain(shape.clauses.iter().copied()));
    let found = shown(context, input.first());
    let noun = shape.noun;
    let tell = |message: String, help: String| {
        Diagnostic::new(codes::UNKNOWN_KEYWORD, input.span(), message).help(help)
    };
    let diagnostic = match (elsewhere, likely) {
        (Some(other), _) => tell(
            format!("{found} can't stand in {noun}"),
            format!("it stands in {}", other.noun),
        ),
        (None, Some(likely)) => tell(
            format!("unknown keyword {found} in {noun}"),
            format!("did you mean `{likely}`?"),
        )
        .suggest(input.span(), likely),
        (None, None) if awaited.is_empty() => tell(
            format!("unknown keyword {found} in {noun}"),
            format!("{noun} takes {}", listed(shape)),
        ),
        (None, None) => return answer,
    };
    context.tell_at(input.start, diagnostic);
    answer
}

fn listed(shape: &Shape) -> String {
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
    let (rest, (_, code, reason)) =
        (keyword("allow"), name(Role::Code), text(Role::New)).parse(input)?;
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
            context.notes.had(word);
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
