//! How a parser's failure becomes a diagnostic, with the way out where there is a likely one.

use smol_str::SmolStr;
use weir_ir::diagnostic::{Diagnostic, did_you_mean};

use super::input::{Context, Expected, Failure, Tokens};
use super::shape::begins_clause;
use super::token::{Kind, Token, shortened};
use crate::codes;

/// Reports a failure, together with the optional parts that might have stood in the same place.
pub(super) fn tell(context: &Context<'_>, failure: Failure) {
    let optional = context.optional.borrow().clone();
    let failure = if optional.at == failure.at {
        optional.or_further(failure)
    } else {
        failure
    };
    let input = Tokens::all(context).at(failure.at);
    let expected = alternatives(&failure.expected);
    let found = shown(context, input.first());
    let message = format!("expected {expected}, found {found}");
    let mut diagnostic = Diagnostic::new(codes::EXPECTED, input.span(), message);
    if let Some((help, replacement)) = way_out(input, &failure.expected) {
        diagnostic = diagnostic.help(help);
        if let Some(replacement) = replacement {
            diagnostic = diagnostic.suggest(input.span(), replacement);
        }
    }
    context.tell_at(failure.at, diagnostic);
}

/// What to do about the token at which a parser failed, and what to write in its place.
fn way_out(input: Tokens<'_>, expected: &[Expected]) -> Option<(String, Option<String>)> {
    let written = input.context.written(input.first());
    let takes = |thing: &'static str| expected.contains(&Expected::Thing(thing));
    let takes_value = expected.contains(&Expected::Value);
    let takes_text = expected.iter().any(|one| matches!(one, Expected::Text(_)));
    let takes_name = expected.iter().any(|one| matches!(one, Expected::Name(_)));
    let instead = |text: &str| Some((format!("write `{text}`"), Some(text.to_owned())));
    match input.first().kind {
        Kind::Word => {
            let value = if takes_value {
                &["true", "false"][..]
            } else {
                &[]
            };
            if let Some(word) =
                did_you_mean(written, keywords(expected).chain(value.iter().copied()))
            {
                Some((format!("did you mean `{word}`?"), Some(word.to_owned())))
            } else if expected == [Expected::Keyword("any")] {
                let help = "`not` stands before `any` alone; other conditions have operators such as `ne`, `not-in` and `not-like`";
                Some((help.to_owned(), None))
            } else if takes_value && written.eq_ignore_ascii_case("null") {
                Some((
                    "`null` is an operator: write `x null` or `x not-null`".to_owned(),
                    None,
                ))
            } else if takes(Kind::Comma.words()) && !begins_clause(input) {
                Some((
                    "a comma stands between the parts of a list".to_owned(),
                    None,
                ))
            } else if (takes_value || takes_text) && !begins_clause(input) {
                let text = format!("\"{written}\"");
                Some((format!("a text stands in quotes: `{text}`"), Some(text)))
            } else {
                None
            }
        }
        Kind::OpenParenthesis if expected == [Expected::Keyword("any")] => Some((
            "`not` stands before `any` alone; negate the operators inside, and swap `and` and `or`"
                .to_owned(),
            None,
        )),
        Kind::Text if takes_name || takes(Kind::Word.words()) => Some((
            "a name stands bare or in backticks, without quotes".to_owned(),
            None,
        )),
        Kind::MonthDay if takes_value => Some(("a date is a text in quotes".to_owned(), None)),
        Kind::Symbol if written == "&&" => instead("and"),
        Kind::Symbol if written == "||" => instead("or"),
        Kind::Symbol if written == "==" && takes(Kind::Equals.words()) => instead("="),
        _ => None,
    }
}

/// The keywords among what was expected.
pub(super) fn keywords(expected: &[Expected]) -> impl Iterator<Item = &'static str> {
    expected.iter().filter_map(|expected| match expected {
        Expected::Keyword(word) => Some(*word),
        _ => None,
    })
}

/// `a`, `a or b`, `a, b or c`.
fn alternatives(expected: &[Expected]) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in expected.iter().map(ToString::to_string) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    match words.as_slice() {
        [] => "something else".to_owned(),
        [one] => one.clone(),
        [some @ .., last] => format!("{} or {last}", some.join(", ")),
    }
}

/// A token for a message.
pub(super) fn shown(context: &Context<'_>, token: Token) -> SmolStr {
    let written = shortened(context.written(token));
    match token.kind {
        Kind::End => SmolStr::new_static("the end of the text"),
        Kind::Quoted => SmolStr::from(written),
        _ => SmolStr::from(format!("`{written}`")),
    }
}
