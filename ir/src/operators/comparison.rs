//! Equality, order, lists and NULL (SEMANTICS §5.1).

use std::cmp::Ordering;

use super::{Arity, NullRule, Operator, OperatorFamily, Spec, Types};
use crate::value::Value;

const fn spec(
    operator: Operator,
    token: &'static str,
    arity: Arity,
    types: Types,
    on_null: NullRule,
    meaning: &'static str,
) -> Spec {
    Spec {
        operator,
        token,
        aliases: &[],
        family: OperatorFamily::Comparison,
        arity,
        types,
        on_null,
        classic: true,
        meaning,
    }
}

const FALSE: NullRule = NullRule::Fixed(false);

pub(super) static SPECS: [Spec; 14] = [
    spec(
        Operator::Eq,
        "eq",
        Arity::One,
        Types::Any,
        FALSE,
        "equals the value",
    ),
    Spec {
        aliases: &["neq"],
        ..spec(
            Operator::Ne,
            "ne",
            Arity::One,
            Types::Any,
            NullRule::Switch(true),
            "does not equal the value",
        )
    },
    spec(
        Operator::Gt,
        "gt",
        Arity::One,
        Types::Ordered,
        FALSE,
        "is greater than the value",
    ),
    spec(
        Operator::Ge,
        "ge",
        Arity::One,
        Types::Ordered,
        FALSE,
        "is greater than the value or equal to it",
    ),
    spec(
        Operator::Lt,
        "lt",
        Arity::One,
        Types::Ordered,
        FALSE,
        "is less than the value",
    ),
    spec(
        Operator::Le,
        "le",
        Arity::One,
        Types::Ordered,
        FALSE,
        "is less than the value or equal to it",
    ),
    spec(
        Operator::In,
        "in",
        Arity::Many,
        Types::Listable,
        FALSE,
        "equals one of the values",
    ),
    spec(
        Operator::NotIn,
        "not-in",
        Arity::Many,
        Types::Listable,
        NullRule::Switch(false),
        "equals none of the values",
    ),
    Spec {
        classic: false,
        ..spec(
            Operator::Between,
            "between",
            Arity::Two,
            Types::Ordered,
            FALSE,
            "lies between the values, or is one of them",
        )
    },
    Spec {
        classic: false,
        ..spec(
            Operator::NotBetween,
            "not-between",
            Arity::Two,
            Types::Ordered,
            NullRule::Switch(true),
            "lies outside the values",
        )
    },
    Spec {
        classic: false,
        ..spec(
            Operator::ContainValues,
            "contain-values",
            Arity::Many,
            Types::Choices,
            FALSE,
            "has at least one of the values",
        )
    },
    Spec {
        classic: false,
        ..spec(
            Operator::NotContainValues,
            "not-contain-values",
            Arity::Many,
            Types::Choices,
            NullRule::Switch(true),
            "has none of the values",
        )
    },
    spec(
        Operator::Null,
        "null",
        Arity::None,
        Types::Any,
        NullRule::Fixed(true),
        "has no value",
    ),
    spec(
        Operator::NotNull,
        "not-null",
        Arity::None,
        Types::Any,
        FALSE,
        "has a value",
    ),
];

/// What a comparison says of two values that are not NULL; texts are folded before.
pub(super) fn compare(operator: Operator, left: &Value, right: &Value) -> bool {
    let order = left.order(right);
    match operator {
        Operator::Eq => equal(left, right),
        Operator::Ne => !equal(left, right),
        Operator::Gt => order == Some(Ordering::Greater),
        Operator::Ge => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        Operator::Lt => order == Some(Ordering::Less),
        Operator::Le => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        _ => false,
    }
}

/// Whether a value lies between two others, both included.
pub(super) fn between(value: &Value, low: &Value, high: &Value) -> bool {
    compare(Operator::Ge, value, low) && compare(Operator::Le, value, high)
}

/// Whether two sets of choices have one in common.
pub(super) fn meet(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Choices(left), Value::Choices(right)) => {
            left.iter().any(|choice| right.contains(choice))
        }
        _ => false,
    }
}

/// Equality within a family: whole numbers and decimals compare as numbers.
fn equal(left: &Value, right: &Value) -> bool {
    left.order(right)
        .map_or_else(|| left == right, |order| order == Ordering::Equal)
}
