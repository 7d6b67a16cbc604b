//! Literals of conditions: the value that each means for its attribute, or what it should have been.

use weir_grammar::ast::{self, ValueKind};
use weir_ir::diagnostic::Diagnostic;
use weir_ir::schema::{Attribute, AttributeType};
use weir_ir::value::{self, Literal, LiteralError, Value};

use super::filter::Filters;
use super::link::a;
use crate::codes;

/// The value that a literal means for the attribute.
pub(super) fn literal(
    filters: &mut Filters<'_>,
    attribute: &Attribute,
    value: &ast::Value,
) -> Option<Value> {
    if value.text.contains('\0') {
        filters.report.push(
            Diagnostic::new(
                codes::VALUE_NUL,
                value.span,
                "a value holds the NUL character",
            )
            .help("no text of a database holds it; take it out"),
        );
        return None;
    }
    let literal = match value.kind {
        ValueKind::Text | ValueKind::Attribute => Literal::Text(&value.text),
        ValueKind::Number => Literal::Number(&value.text),
        ValueKind::Bool => Literal::Bool(value.text == "true"),
        ValueKind::Untyped => Literal::Untyped(&value.text),
    };
    let wrong = |code, problem: &str| {
        Diagnostic::new(
            code,
            value.span,
            format!(
                "`{}` is {problem} `{}`, {}",
                value.text,
                attribute.name,
                a(attribute.ty)
            ),
        )
    };
    match value::from_literal(attribute, literal) {
        Ok(found) => {
            option_known(filters, attribute, value, &found);
            Some(found)
        }
        Err(LiteralError::Type { expected }) => {
            let diagnostic =
                wrong(codes::VALUE_TYPE, "no value of").help(format!("it takes {expected}"));
            filters.report.push(quoted(diagnostic, attribute, value));
            None
        }
        Err(LiteralError::Range { range }) => {
            filters.report.push(
                wrong(codes::VALUE_RANGE, "out of range for").help(format!("it takes {range}")),
            );
            None
        }
    }
}

/// Adds the edit where the literal lacks, or has too many, quotes.
fn quoted(diagnostic: Diagnostic, attribute: &Attribute, value: &ast::Value) -> Diagnostic {
    let (bare, dressed) = (value.text.as_str(), format!("\"{}\"", value.text));
    let other = match value.kind {
        ValueKind::Text => [Literal::Number(bare), Literal::Bool(bare == "true")]
            .into_iter()
            .find(|literal| match literal {
                Literal::Bool(_) => matches!(bare, "true" | "false"),
                _ => true,
            } && value::from_literal(attribute, *literal).is_ok())
            .map(|_| bare),
        ValueKind::Number | ValueKind::Bool => {
            value::from_literal(attribute, Literal::Text(bare)).ok().map(|_| dressed.as_str())
        }
        _ => None,
    };
    match other {
        Some(other) => diagnostic.suggest(value.span, other),
        None => diagnostic,
    }
}

/// Warns of a number that is none of the options that the metadata names.
fn option_known(
    filters: &mut Filters<'_>,
    attribute: &Attribute,
    literal: &ast::Value,
    found: &Value,
) {
    let Value::Int(number) = found else { return };
    if attribute.options.is_empty()
        || attribute.ty == AttributeType::Integer
        || attribute
            .options
            .iter()
            .any(|option| option.value == *number)
    {
        return;
    }
    let options: Vec<String> = attribute
        .options
        .iter()
        .take(20)
        .map(|option| match option.label.as_str() {
            "" => option.value.to_string(),
            label => format!("{} ({label})", option.value),
        })
        .collect();
    filters.report.push(
        Diagnostic::new(
            codes::UNKNOWN_OPTION,
            literal.span,
            format!("`{number}` is no option of `{}`", attribute.name),
        )
        .help(format!("its options are {}", options.join(", "))),
    );
}
