//! The smallest parsers.
//!
//! All parsers are predictive: one that fails at its first token has not begun, and one that fails
//! later is meant. So nothing is read twice.

use nom::{Err, Parser};
use weir_ir::diagnostic::{Diagnostic, Span};

use super::expect::Role;
use super::input::{Answer, Context, Expected, Failure, Tokens};
use super::token::{Kind, shortened};
use crate::ast::Name;
use crate::codes;

/// A failure at the next token.
pub(super) fn fail<T>(
    input: Tokens<'_>,
    expected: impl IntoIterator<Item = Expected>,
) -> Answer<'_, T> {
    Err(Err::Error(Failure::new(input, expected)))
}

/// The failure inside nom's error.
pub(super) fn failure(error: Err<Failure>) -> Failure {
    match error {
        Err::Error(failure) | Err::Failure(failure) => failure,
        Err::Incomplete(_) => Failure::default(),
    }
}

/// A keyword, with its place.
pub(super) fn keyword<'c>(
    word: &'static str,
) -> impl Parser<Tokens<'c>, Output = Span, Error = Failure> + Copy {
    move |input: Tokens<'c>| {
        if input.word() == Some(word) {
            Ok((input.skip(), input.span()))
        } else {
            fail(input, [Expected::Keyword(word)])
        }
    }
}

/// One of some keywords, as what it stands for, with its place.
pub(super) fn one_of<'c, T: Copy>(
    options: &'static [(&'static str, T)],
) -> impl Parser<Tokens<'c>, Output = (T, Span), Error = Failure> + Copy {
    move |input: Tokens<'c>| {
        let found = options.iter().find(|(word, _)| input.word() == Some(word));
        match found {
            Some((_, value)) => Ok((input.skip(), (*value, input.span()))),
            None => fail(
                input,
                options.iter().map(|(word, _)| Expected::Keyword(word)),
            ),
        }
    }
}

/// A token of a kind, as written between its quotes.
pub(super) fn token<'c>(
    kind: Kind,
) -> impl Parser<Tokens<'c>, Output = Name, Error = Failure> + Copy {
    move |input: Tokens<'c>| {
        let token = input.first();
        if token.kind == kind {
            Ok((input.skip(), input.context.name(token)))
        } else {
            fail(input, [Expected::Thing(kind.words())])
        }
    }
}

fn of_kind<'c>(
    kinds: &'static [Kind],
    expected: Expected,
) -> impl Parser<Tokens<'c>, Output = Name, Error = Failure> + Copy {
    move |input: Tokens<'c>| {
        let token = input.first();
        if kinds.contains(&token.kind) {
            Ok((input.skip(), input.context.name(token)))
        } else {
            fail(input, [expected])
        }
    }
}

/// A text in quotes.
pub(super) fn text<'c>(
    role: Role,
) -> impl Parser<Tokens<'c>, Output = Name, Error = Failure> + Copy {
    of_kind(&[Kind::Text], Expected::Text(role))
}

/// A name, bare or in backticks.
pub(super) fn name<'c>(
    role: Role,
) -> impl Parser<Tokens<'c>, Output = Name, Error = Failure> + Copy {
    of_kind(&[Kind::Word, Kind::Quoted], Expected::Name(role))
}

/// A part that may be left out: none where it fails at its first token.
pub(super) fn optional<'c, T>(
    mut part: impl Parser<Tokens<'c>, Output = T, Error = Failure>,
) -> impl FnMut(Tokens<'c>) -> Answer<'c, Option<T>> {
    move |input| match part.parse(input) {
        Ok((rest, value)) => Ok((rest, Some(value))),
        Err(Err::Error(failure)) if failure.at == input.start => {
            let noted = &input.context.optional;
            let known = noted.take();
            // What was looked for at an earlier token is of no use any more.
            noted.replace(if known.at == failure.at {
                known.or_further(failure)
            } else {
                failure
            });
            Ok((input, None))
        }
        Err(error) => Err(error),
    }
}

/// One part or more, with commas between them.
pub(super) fn list<'c, T>(
    mut part: impl Parser<Tokens<'c>, Output = T, Error = Failure>,
) -> impl FnMut(Tokens<'c>) -> Answer<'c, Vec<T>> {
    move |input| {
        let (mut rest, first) = part.parse(input)?;
        let mut parts = vec![first];
        loop {
            let (after, comma) = optional(token(Kind::Comma)).parse(rest)?;
            if comma.is_none() {
                return Ok((rest, parts));
            }
            let (after, next) = part.parse(after)?;
            parts.push(next);
            rest = after;
        }
    }
}

/// A whole number up to `most`; none, and a report, where it is none.
pub(super) fn whole(most: u64) -> impl Fn(Tokens<'_>) -> Answer<'_, Option<u64>> {
    move |input| {
        let flawed = input.first().flawed;
        let (rest, number) = token(Kind::Number).parse(input)?;
        let value = number.text.parse().ok().filter(|value| *value <= most);
        if value.is_none() && !flawed {
            out_of_range(input.context, &number.text, number.span, most);
        }
        Ok((rest, value))
    }
}

/// Reports a number that is not a whole one up to `most`.
pub(super) fn out_of_range(context: &Context<'_>, written: &str, span: Span, most: u64) {
    context.push(
        Diagnostic::new(
            codes::NUMBER_RANGE,
            span,
            format!("`{}` is out of range", shortened(written)),
        )
        .help(format!("write a whole number from 0 to {most}")),
    );
}
