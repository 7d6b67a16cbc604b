//! Filters. Mistakes are reported inside: a condition that can't be read is left out of the tree,
//! and reading goes on behind it, so these parsers always answer.
//!
//! The depth of recursion is bounded by [`limits::NESTING_DEPTH`]; what is deeper is skipped in a loop.
//! What does not recurse is kept out of the frames of what does (`inline(never)`), so that a small
//! stack is enough.

use nom::Parser;
use weir_ir::diagnostic::{Diagnostic, Span};
use weir_ir::limits;
use weir_ir::operators::{Arity, Operator};

use super::combine::{fail, failure, keyword, list, name, optional, token};
use super::expect::Role;
use super::explain::{shown, tell};
use super::input::{Answer, Expected, Failure, Mark, Tokens};
use super::print::text::quoted;
use super::shape::{begins_clause, may_begin_clause};
use super::token::Kind;
use super::vocabulary::{self, Hint};
use crate::ast::{Condition, Filter, GroupKind, Link, Name, Related, Value, ValueKind};
use crate::codes;

/// A filter; none where no part of it could be read.
pub(super) fn filter(input: Tokens<'_>) -> Answer<'_, Option<Filter>> {
    input.context.mark(input.start, Mark::Filter);
    joined(input, "or", GroupKind::Or, conjunction)
}

fn conjunction(input: Tokens<'_>) -> Answer<'_, Option<Filter>> {
    joined(input, "and", GroupKind::And, term)
}

/// Parts with `and` or `or` between them: one group, or the part itself if it is alone.
fn joined<'c>(
    input: Tokens<'c>,
    word: &'static str,
    kind: GroupKind,
    part: fn(Tokens<'c>) -> Answer<'c, Option<Filter>>,
) -> Answer<'c, Option<Filter>> {
    let (mut rest, first) = part(input)?;
    let mut children = Vec::from_iter(first);
    loop {
        let (after, found) = optional(keyword(word)).parse(rest)?;
        let after = match found {
            Some(_) => after,
            None if foreign_joint(rest) == Some(word) => skip_foreign(rest, word),
            None => break,
        };
        input.context.mark(rest.start, Mark::Joint);
        let (after, next) = part(after)?;
        children.extend(next);
        rest = after;
    }
    let filter = if children.len() > 1 {
        Some(Filter::Group {
            kind,
            children,
            span: input.span_to(rest),
        })
    } else {
        children.pop()
    };
    Ok((rest, filter))
}

/// The joint that another language's, or one in capitals, stands for. One that an operator follows
/// is an attribute of that name.
#[inline(never)]
fn foreign_joint(input: Tokens<'_>) -> Option<&'static str> {
    let written = input.context.written(input.first());
    let is_word = input.word().is_some();
    ["and", "or"].into_iter().find(|joint| {
        let symbol = if *joint == "and" { "&&" } else { "||" };
        written == symbol
            || is_word
                && written != *joint
                && written.eq_ignore_ascii_case(joint)
                && input
                    .skip()
                    .word()
                    .is_none_or(|next| Operator::from_token(next).is_none())
    })
}

/// Reports the joint of another language, and takes it.
#[inline(never)]
fn skip_foreign<'c>(input: Tokens<'c>, word: &'static str) -> Tokens<'c> {
    tell(
        input.context,
        Failure::new(input, [Expected::Keyword(word)]),
    );
    input.skip()
}

/// What a term begins with.
const TERM: [Expected; 3] = [
    Expected::Name(Role::Attribute),
    Expected::Keyword("any"),
    Expected::Keyword("not"),
];

/// A condition, a related-row condition or a group in parentheses.
fn term(input: Tokens<'_>) -> Answer<'_, Option<Filter>> {
    let notes = &input.context.notes;
    notes.left(None, None);
    notes.note(input, &TERM);
    let answer = match (input.first().kind, input.word()) {
        (Kind::OpenParenthesis, _) => return parenthesised(input),
        (_, Some("any" | "not")) => related(input),
        (Kind::Word | Kind::Quoted, _) if !ends_term(input) => condition(input),
        _ => fail(input, [Expected::Thing("a condition")]),
    };
    answer.map_or_else(
        |error| Ok((skip_failed(input, error), None)),
        |(rest, filter)| Ok((rest, Some(filter))),
    )
}

/// Reports a term that can't be read, and goes to its end.
#[inline(never)]
fn skip_failed<'c>(input: Tokens<'c>, error: nom::Err<Failure>) -> Tokens<'c> {
    let failure = failure(error);
    let from = input.at(failure.at);
    tell(input.context, failure);
    skip_term(from)
}

/// Whether a term can't go on here.
fn ends_term(input: Tokens<'_>) -> bool {
    let kind = input.first().kind;
    matches!(
        kind,
        Kind::End | Kind::OpenBrace | Kind::CloseBrace | Kind::CloseParenthesis
    ) || matches!(input.word(), Some("and" | "or"))
        || foreign_joint(input).is_some()
        || begins_clause(input)
}

/// Goes to the end of a term, over whole parentheses.
fn skip_term(mut input: Tokens<'_>) -> Tokens<'_> {
    while !ends_term(input) {
        input = if input.first().kind == Kind::OpenParenthesis {
            skip_parentheses(input.skip())
        } else {
            input.skip()
        };
    }
    input
}

/// Goes behind the parenthesis that closes those open here, or to where the clause ends.
fn skip_parentheses(mut input: Tokens<'_>) -> Tokens<'_> {
    let mut open = 1_usize;
    loop {
        match input.first().kind {
            Kind::OpenParenthesis => open += 1,
            Kind::CloseParenthesis => open -= 1,
            _ if ends_clause(input) => return input,
            _ => {}
        }
        input = input.skip();
        if open == 0 {
            return input;
        }
    }
}

fn ends_clause(input: Tokens<'_>) -> bool {
    matches!(
        input.first().kind,
        Kind::End | Kind::OpenBrace | Kind::CloseBrace
    ) || begins_clause(input)
}

/// `( filter )`.
fn parenthesised(input: Tokens<'_>) -> Answer<'_, Option<Filter>> {
    let depth = &input.context.depth;
    if depth.get() >= limits::NESTING_DEPTH {
        return Ok((skip_too_deep(input), None));
    }
    depth.set(depth.get() + 1);
    let answer = filter(input.skip());
    depth.set(depth.get() - 1);
    let (rest, filter) = answer?;
    Ok((close(input, rest), filter))
}

/// Reports parentheses inside too many others, and skips them.
#[inline(never)]
fn skip_too_deep(input: Tokens<'_>) -> Tokens<'_> {
    let message = format!(
        "more than {} parentheses inside each other",
        limits::NESTING_DEPTH
    );
    input.context.push(
        Diagnostic::new(codes::NESTED_TOO_DEEP, input.span(), message)
            .help("merge groups that need no parentheses, or split the filter over two items"),
    );
    let rest = skip_parentheses(input.skip());
    // Parentheses that this leaves open are no news.
    input.context.told_at.set(Some(rest.start));
    rest
}

/// Takes the parenthesis that closes `open`, or reports that it is missing.
#[inline(never)]
fn close<'c>(open: Tokens<'c>, rest: Tokens<'c>) -> Tokens<'c> {
    match token(Kind::CloseParenthesis).parse(rest) {
        Ok((rest, _)) => rest,
        Err(_) if ends_clause(rest) => {
            rest.context.tell_at(
                rest.start,
                Diagnostic::new(
                    codes::UNCLOSED_BLOCK,
                    open.span(),
                    "this `(` is never closed",
                )
                .help("close the group with `)`"),
            );
            rest
        }
        Err(error) => {
            tell(rest.context, failure(error));
            skip_parentheses(rest)
        }
    }
}

/// `any E on X = Y (…)`, `not any E via R (…)`.
fn related(input: Tokens<'_>) -> Answer<'_, Filter> {
    let (rest, (negated, entity, link)) = head(input)?;
    let (rest, filter) = if rest.first().kind == Kind::OpenParenthesis {
        let notes = &input.context.notes;
        notes.within([&entity], || parenthesised(rest))?
    } else {
        (rest, None)
    };
    let related = Related {
        negated,
        entity,
        link,
        filter: filter.map(Box::new),
        span: input.span_to(rest),
    };
    Ok((rest, Filter::Related(related)))
}

/// `any E on X = Y`, `not any E via R`.
#[inline(never)]
fn head(input: Tokens<'_>) -> Answer<'_, (bool, Name, Link)> {
    let mut parts = (optional(keyword("not")), keyword("any"), name(Role::Entity));
    let (rest, (not, _, entity)) = parts.parse(input)?;
    let (rest, link) = link(rest, &entity)?;
    Ok((rest, (not.is_some(), entity, link)))
}

/// How the rows of an entity are linked.
fn link<'c>(input: Tokens<'c>, entity: &Name) -> Answer<'c, Link> {
    let notes = &input.context.notes;
    match input.word() {
        Some("on") => {
            let mut linked = name(Role::Attribute);
            let (rest, linked) = notes.within([entity], || linked.parse(input.skip()))?;
            let mut own = (token(Kind::Equals), name(Role::Attribute));
            notes.linked(Some((entity, &linked)));
            let answer = own.parse(rest);
            notes.linked(None);
            let (rest, (_, own)) = answer?;
            Ok((rest, Link::On { linked, own }))
        }
        Some("via") => {
            let mut via = name(Role::Relationship).map(Link::Via);
            notes.within([entity], || via.parse(input.skip()))
        }
        _ => fail(input, [Expected::Keyword("on"), Expected::Keyword("via")]),
    }
}

/// `attribute operator values`.
#[inline(never)]
fn condition(input: Tokens<'_>) -> Answer<'_, Filter> {
    let notes = &input.context.notes;
    let (rest, attribute) = name(Role::Attribute).parse(input)?;
    notes.left(Some(&attribute), None);
    let (rest, (operator, token)) = operator(rest)?;
    notes.left(Some(&attribute), operator);
    let (rest, values) = values(rest, operator)?;
    let condition = Condition {
        attribute,
        operator: operator.filter(|_| values.is_some()),
        token,
        values: values.unwrap_or_default(),
        span: input.span_to(rest),
    };
    let rest = if operator.is_some() {
        rest
    } else {
        skip_operands(rest)
    };
    Ok((rest, Filter::Condition(condition)))
}

/// Goes over what may belong to an unknown operator, such as the end of `between 1 and 2`.
fn skip_operands(input: Tokens<'_>) -> Tokens<'_> {
    let rest = skip_term(input);
    let next = rest.peek(1).kind;
    if rest.word() == Some("and") && matches!(next, Kind::Number | Kind::Text) {
        skip_term(rest.skip())
    } else {
        rest
    }
}

/// An operator; an unknown one is reported, and reading goes on.
fn operator(input: Tokens<'_>) -> Answer<'_, (Option<Operator>, Name)> {
    let context = input.context;
    let kind = input.first().kind;
    let operator_like = matches!(kind, Kind::Word | Kind::Symbol | Kind::Equals);
    if !operator_like || ends_term(input) {
        return fail(input, [Expected::Operator]);
    }
    let mut token = context.name(input.first());
    if let Some(operator) = Operator::from_token(&token.text) {
        return Ok((input.skip(), (Some(operator), token)));
    }
    let (words, hint) = unknown_operator(input);
    let rest = input.at(input.start + words);
    if words > 1 {
        token.span = input.span_to(rest);
        token.text = context.text[token.span.start as usize..token.span.end as usize].into();
    }
    let found = if words > 1 {
        format!("`{}`", token.text).into()
    } else {
        shown(context, input.first())
    };
    let message = match hint {
        Hint::Words(_) | Hint::Within(_) => format!("{found} is not an operator"),
        Hint::Operator(_) => format!("unknown operator {found}"),
    };
    let diagnostic = Diagnostic::new(codes::UNKNOWN_OPERATOR, token.span, message);
    context.tell_at(
        input.start,
        match hint {
            Hint::Operator(likely) => diagnostic
                .help(format!("did you mean `{likely}`?"))
                .suggest(token.span, likely),
            Hint::Within(pattern) => within(
                diagnostic.help(format!("use `{pattern} \"%…%\"`")),
                input,
                rest,
                pattern,
            ),
            Hint::Words(words) => diagnostic.help(words),
        },
    );
    Ok((rest, (None, token)))
}

/// Suggests the pattern operator for what contains the text that follows, if one does.
fn within(found: Diagnostic, from: Tokens<'_>, value: Tokens<'_>, operator: &str) -> Diagnostic {
    let token = value.first();
    if token.kind != Kind::Text || token.flawed {
        return found;
    }
    let pattern = quoted(&vocabulary::within(&from.context.name(token).text));
    found.suggest(from.span_to(value.skip()), format!("{operator} {pattern}"))
}

/// How many words an unknown operator has (`is not null`, `not like`), and what may be meant.
fn unknown_operator(input: Tokens<'_>) -> (usize, Hint) {
    let words: Vec<&str> = (0..3)
        .map_while(|distance| {
            let rest = input.at(input.start + distance);
            rest.word().filter(|_| distance == 0 || !ends_term(rest))
        })
        .collect();
    for count in (2..=words.len()).rev() {
        if let Some(hint) = vocabulary::exact_hint(&words[..count].join("-")) {
            return (count, hint);
        }
    }
    (1, vocabulary::hint(input.context.written(input.first())))
}

/// The values of a condition; how many an operator takes is for the checker to say. None where some
/// in parentheses can't be read, which is reported.
fn values(input: Tokens<'_>, operator: Option<Operator>) -> Answer<'_, Option<Vec<Value>>> {
    if input.first().kind == Kind::OpenParenthesis {
        let answer = (list(value), token(Kind::CloseParenthesis)).parse(input.skip());
        return Ok(answer.map_or_else(
            |error| (skip_values(input, error), None),
            |(rest, (values, _))| (rest, Some(values)),
        ));
    }
    let awaited = operator.is_some_and(|operator| operator.spec().arity != Arity::None);
    let word = matches!(
        input.first().kind,
        Kind::Word | Kind::Quoted | Kind::MonthDay
    );
    if awaited && input.first().kind == Kind::End {
        input.context.notes.note(input, &[Expected::Value]);
        input.context.notes.end();
    }
    if begins_value(input) || awaited && word && !ends_term(input) && !may_begin_clause(input) {
        let (rest, first) = value(input)?;
        let (rest, values) = match operator {
            Some(operator) if operator.spec().arity == Arity::Two => second(input, rest, first)?,
            _ => (rest, vec![first]),
        };
        Ok((rest, Some(values)))
    } else {
        Ok((input, Some(Vec::new())))
    }
}

/// Reports a list of values that can't be read, and goes behind its parenthesis, or to the joint
/// before which that is missing.
fn skip_values<'c>(input: Tokens<'c>, error: nom::Err<Failure>) -> Tokens<'c> {
    let failure = failure(error);
    let from = input.at(failure.at);
    tell(input.context, failure);
    if matches!(from.word(), Some("and" | "or")) {
        from
    } else {
        skip_parentheses(from)
    }
}

/// The second value where it is written as in SQL, `between 1 and 2`: no condition begins with a text
/// or a number.
fn second<'c>(input: Tokens<'c>, rest: Tokens<'c>, first: Value) -> Answer<'c, Vec<Value>> {
    let sql = rest.word() == Some("and") && matches!(rest.peek(1).kind, Kind::Number | Kind::Text);
    if !sql {
        return Ok((rest, vec![first]));
    }
    let (end, second) = value(rest.skip())?;
    let written = |span: Span| &input.context.text[span.start as usize..span.end as usize];
    let pair = format!("({}, {})", written(first.span), written(second.span));
    let span = input.span_to(end);
    input.context.tell_at(
        input.start,
        Diagnostic::new(
            codes::EXPECTED,
            span,
            format!(
                "expected two values in parentheses, found `{}`",
                written(span)
            ),
        )
        .help(format!("write `{pair}`"))
        .suggest(span, pair),
    );
    Ok((end, vec![first, second]))
}

fn begins_value(input: Tokens<'_>) -> bool {
    matches!(input.first().kind, Kind::Text | Kind::Number)
        || matches!(input.word(), Some("true" | "false" | "attribute"))
}

/// A value.
fn value(input: Tokens<'_>) -> Answer<'_, Value> {
    let context = input.context;
    let of = |kind, name: Name, span: Span| Value {
        kind,
        text: name.text,
        span,
    };
    let found = context.name(input.first());
    let span = found.span;
    match (input.first().kind, input.word()) {
        (Kind::Text, _) => Ok((input.skip(), of(ValueKind::Text, found, span))),
        (Kind::Number, _) => Ok((input.skip(), of(ValueKind::Number, found, span))),
        (_, Some("true" | "false")) => Ok((input.skip(), of(ValueKind::Bool, found, span))),
        (_, Some("attribute")) => {
            let (rest, attribute) = name(Role::Attribute).parse(input.skip())?;
            Ok((
                rest,
                of(ValueKind::Attribute, attribute, input.span_to(rest)),
            ))
        }
        _ => fail(input, [Expected::Value]),
    }
}

/// A filter that stands alone; what comes after it is reported.
pub(super) fn lone(input: Tokens<'_>) -> Option<Filter> {
    let (rest, filter) = match filter(input) {
        Ok(answer) => answer,
        Err(error) => {
            tell(input.context, failure(error));
            return None;
        }
    };
    if rest.first().kind != Kind::End {
        tell(
            input.context,
            Failure::new(rest, [Expected::Thing(Kind::End.words())]),
        );
    }
    filter
}
