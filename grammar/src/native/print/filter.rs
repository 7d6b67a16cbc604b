//! Filters, with no more parentheses than needed.

use logos::Logos;

use super::text;
use crate::ast::{Condition, Filter, GroupKind, Link, Related, Value, ValueKind};
use crate::native::token::Kind;
use weir_ir::operators::Arity;

/// A filter without groups of one child; none where no condition is in it.
pub(crate) fn simplified(filter: &Filter) -> Option<&Filter> {
    match filter {
        Filter::Group { .. } => match parts(filter).as_slice() {
            [] => None,
            [one] => Some(one),
            _ => Some(filter),
        },
        _ => Some(filter),
    }
}

/// The children of a group, simplified; the filter itself if it is no group.
pub(crate) fn parts(filter: &Filter) -> Vec<&Filter> {
    match filter {
        Filter::Group { children, .. } => children.iter().filter_map(simplified).collect(),
        _ => vec![filter],
    }
}

fn joint(kind: GroupKind) -> &'static str {
    match kind {
        GroupKind::And => "and",
        GroupKind::Or => "or",
    }
}

/// Whether a part of such a group stands in parentheses: `and` binds tighter than `or`.
fn in_parentheses(parent: GroupKind, part: &Filter) -> bool {
    match part {
        Filter::Group { kind, .. } => (parent, *kind) != (GroupKind::Or, GroupKind::And),
        _ => false,
    }
}

/// A filter as text.
pub(super) fn flat(filter: &Filter) -> String {
    match filter {
        Filter::Group { kind, .. } => {
            let parts: Vec<String> = parts(filter)
                .into_iter()
                .map(|part| flat_part(*kind, part))
                .collect();
            parts.join(&format!(" {} ", joint(*kind)))
        }
        Filter::Condition(condition) => {
            let values: Vec<String> = condition.values.iter().map(value).collect();
            let (subject, values) = (subject(condition), values.join(", "));
            if in_list(condition) {
                format!("{subject} ({values})")
            } else if values.is_empty() {
                subject
            } else {
                format!("{subject} {values}")
            }
        }
        Filter::Related(related) => match related.filter.as_deref().and_then(simplified) {
            Some(filter) => format!("{} ({})", head(related), flat(filter)),
            None => head(related),
        },
    }
}

fn flat_part(parent: GroupKind, part: &Filter) -> String {
    if in_parentheses(parent, part) {
        format!("({})", flat(part))
    } else {
        flat(part)
    }
}

/// `any entity via relationship`.
fn head(related: &Related) -> String {
    let any = if related.negated { "not any" } else { "any" };
    let entity = text::name(&related.entity.text);
    match &related.link {
        Link::On { linked, own } => {
            format!(
                "{any} {entity} on {} = {}",
                text::name(&linked.text),
                text::name(&own.text)
            )
        }
        Link::Via(relationship) => format!("{any} {entity} via {}", text::name(&relationship.text)),
    }
}

/// `attribute operator`, the operator by its own token.
fn subject(condition: &Condition) -> String {
    let operator = condition
        .operator
        .map_or(condition.token.text.as_str(), |operator| operator.token());
    format!("{} {operator}", text::name(&condition.attribute.text))
}

/// Whether the values stand in parentheses: where there are several, or might be.
fn in_list(condition: &Condition) -> bool {
    let many = condition
        .operator
        .is_some_and(|operator| operator.spec().arity == Arity::Many);
    condition.values.len() > 1 || many && !condition.values.is_empty()
}

fn value(value: &Value) -> String {
    let kind = match value.kind {
        ValueKind::Untyped => kind_by_looks(&value.text),
        kind => kind,
    };
    match kind {
        ValueKind::Text | ValueKind::Untyped => text::quoted(&value.text),
        ValueKind::Number | ValueKind::Bool => value.text.to_string(),
        ValueKind::Attribute => format!("attribute {}", text::name(&value.text)),
    }
}

/// What a text of XML is written as where nobody knows the type of its attribute: a number or a
/// boolean if it looks like one. Digits after a leading zero are rather a code than a number.
#[must_use]
pub fn kind_by_looks(text: &str) -> ValueKind {
    let mut tokens = Kind::lexer(text);
    let number = tokens.next() == Some(Ok(Kind::Number)) && tokens.span() == (0..text.len());
    let digits = text.trim_start_matches('-');
    let code = digits.starts_with('0') && digits[1..].starts_with(|c: char| c.is_ascii_digit());
    match text {
        "true" | "false" => ValueKind::Bool,
        _ if number && !code => ValueKind::Number,
        _ => ValueKind::Text,
    }
}
