//! Operators on a hierarchy: an entity's 1:N relationship to itself (SEMANTICS §5.3).

use super::{Arity, NullRule, Operator, OperatorFamily, Spec, Types};

const fn spec(
    operator: Operator,
    token: &'static str,
    on_null: NullRule,
    meaning: &'static str,
) -> Spec {
    Spec {
        operator,
        token,
        aliases: &[],
        family: OperatorFamily::Hierarchy,
        arity: Arity::One,
        types: Types::Hierarchical,
        on_null,
        classic: false,
        meaning,
    }
}

const FALSE: NullRule = NullRule::Fixed(false);

pub(super) static SPECS: [Spec; 5] = [
    spec(
        Operator::Above,
        "above",
        FALSE,
        "is a row above that one in the hierarchy",
    ),
    spec(
        Operator::EqOrAbove,
        "eq-or-above",
        FALSE,
        "is that row or one above it in the hierarchy",
    ),
    spec(
        Operator::Under,
        "under",
        FALSE,
        "is a row below that one in the hierarchy",
    ),
    spec(
        Operator::EqOrUnder,
        "eq-or-under",
        FALSE,
        "is that row or one below it in the hierarchy",
    ),
    spec(
        Operator::NotUnder,
        "not-under",
        NullRule::Switch(true),
        "is no row below that one in the hierarchy",
    ),
];

/// Whether an operator of the family asks for rows above (else below), whether it takes in the row
/// itself, and whether it is negated. None where the operator is of another family.
#[must_use]
pub fn ancestry(operator: Operator) -> Option<(bool, bool, bool)> {
    Some(match operator {
        Operator::Above => (true, false, false),
        Operator::EqOrAbove => (true, true, false),
        Operator::Under => (false, false, false),
        Operator::EqOrUnder => (false, true, false),
        Operator::NotUnder => (false, false, true),
        _ => return None,
    })
}
