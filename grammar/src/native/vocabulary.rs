//! What users write for want of the right word, and what they mean by it.

use weir_ir::diagnostic::did_you_mean;
use weir_ir::operators::{self, Operator};

/// What may be meant by an unknown operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    /// That operator.
    Operator(&'static str),
    /// That pattern operator, with the value between wildcards.
    Within(&'static str),
    /// A longer way round.
    Words(&'static str),
}

/// Operators of other languages. Words that are joined by spaces there are joined by `-` here.
const FOREIGN: &[(&str, Hint)] = {
    use Hint::{Operator, Within};
    const CONTAINS: Hint = Within("like");
    const NOT_CONTAINS: Hint = Within("not-like");
    &[
        ("=", Operator("eq")),
        ("==", Operator("eq")),
        ("===", Operator("eq")),
        ("is", Operator("eq")),
        ("equals", Operator("eq")),
        ("equal", Operator("eq")),
        ("!=", Operator("ne")),
        ("<>", Operator("ne")),
        ("is-not", Operator("ne")),
        ("not-equal", Operator("ne")),
        ("not-equals", Operator("ne")),
        (">", Operator("gt")),
        ("after", Operator("gt")),
        (">=", Operator("ge")),
        ("=>", Operator("ge")),
        ("gte", Operator("ge")),
        ("<", Operator("lt")),
        ("before", Operator("lt")),
        ("<=", Operator("le")),
        ("=<", Operator("le")),
        ("lte", Operator("le")),
        ("is-null", Operator("null")),
        ("isnull", Operator("null")),
        ("is-empty", Operator("null")),
        ("empty", Operator("null")),
        ("is-not-null", Operator("not-null")),
        ("isnotnull", Operator("not-null")),
        ("exists", Operator("not-null")),
        ("contains", CONTAINS),
        ("has", CONTAINS),
        ("includes", CONTAINS),
        ("not-contains", NOT_CONTAINS),
        ("does-not-contain", NOT_CONTAINS),
        ("starts-with", Operator("begins-with")),
        ("startswith", Operator("begins-with")),
        ("begin-with", Operator("begins-with")),
        ("not-begins-with", Operator("not-begin-with")),
        ("not-starts-with", Operator("not-begin-with")),
        ("endswith", Operator("ends-with")),
        ("end-with", Operator("ends-with")),
        ("not-ends-with", Operator("not-end-with")),
    ]
};

/// What is meant by a text that some language uses, or that is an operator with spaces in it.
pub(super) fn exact_hint(text: &str) -> Option<Hint> {
    let text = text.to_lowercase();
    let foreign = FOREIGN
        .iter()
        .find(|(foreign, _)| *foreign == text)
        .map(|(_, hint)| hint.clone());
    foreign.or_else(|| Operator::from_token(&text).map(|operator| Hint::Operator(operator.token())))
}

/// What may be meant by an unknown operator.
pub(super) fn hint(written: &str) -> Hint {
    exact_hint(written)
        .or_else(|| {
            did_you_mean(written, operators::all().map(|spec| spec.token)).map(Hint::Operator)
        })
        .unwrap_or(Hint::Words("docs/language.md lists the operators"))
}

/// The pattern of texts that have `value` in them: wildcards in it stand for themselves.
pub(super) fn within(value: &str) -> String {
    let mut pattern = String::from("%");
    for c in value.chars() {
        match c {
            '%' | '_' | '[' => pattern.extend(['[', c, ']']),
            _ => pattern.push(c),
        }
    }
    pattern.push('%');
    pattern
}
