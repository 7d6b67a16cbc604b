//! A condition on the row alone, bound to its attribute and values, and what it says of a row.

use super::{Operator, Pattern, comparison};
use crate::fold::{Collation, fold};
use crate::schema::AttrId;
use crate::value::Value;

/// What a condition compares with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Operands {
    /// Nothing.
    None,
    /// Values of the attribute's type, texts folded in the plan's collation: one, the two of
    /// `between`, or a list that ascends in the order that the compiler gives it, without repeats.
    /// Choices are one value, the set of them all.
    Values(Box<[Value]>),
    /// Another attribute of the same row.
    Attribute(AttrId),
}

impl Operands {
    /// The first value, if there are values.
    #[must_use]
    pub fn first(&self) -> Option<&Value> {
        match self {
            Self::Values(values) => values.first(),
            _ => None,
        }
    }
}

/// A condition on the row alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Condition {
    /// The attribute.
    pub attribute: AttrId,
    /// A comparison or pattern operator.
    pub operator: Operator,
    /// What it compares with.
    pub operands: Operands,
    /// What it says where the attribute (or the other attribute) is NULL, switches applied.
    pub on_null: bool,
}

/// A condition made ready to be asked often.
#[derive(Clone, Debug)]
pub struct Matcher {
    condition: Condition,
    pattern: Option<Pattern>,
    collation: Collation,
}

impl Matcher {
    /// Makes a condition ready.
    #[must_use]
    pub fn new(condition: &Condition, collation: Collation) -> Self {
        let pattern = match condition.operands.first() {
            Some(Value::Text(text)) if is_pattern(condition.operator) => {
                Some(Pattern::of(condition.operator, text))
            }
            _ => None,
        };
        Self {
            condition: condition.clone(),
            pattern,
            collation,
        }
    }

    /// What it says of a row, whose values `value` gives.
    pub fn holds<'v>(&self, value: impl Fn(AttrId) -> &'v Value) -> bool {
        let Condition {
            attribute,
            operator,
            operands,
            on_null,
        } = &self.condition;
        let left = value(*attribute);
        if left.is_null() {
            return *on_null;
        }
        let left = self.folded(left);
        match (operator, operands) {
            (Operator::Null, _) => false,
            (Operator::NotNull, _) => true,
            (Operator::In | Operator::NotIn, Operands::Values(values)) => {
                values
                    .iter()
                    .any(|right| comparison::compare(Operator::Eq, &left, right))
                    == (*operator == Operator::In)
            }
            (Operator::Between | Operator::NotBetween, Operands::Values(values)) => match &**values
            {
                [low, high] => {
                    comparison::between(&left, low, high) == (*operator == Operator::Between)
                }
                _ => false,
            },
            (Operator::ContainValues | Operator::NotContainValues, operands) => {
                operands
                    .first()
                    .is_some_and(|right| comparison::meet(&left, right))
                    == (*operator == Operator::ContainValues)
            }
            (_, Operands::Attribute(other)) => {
                let right = value(*other);
                if right.is_null() {
                    *on_null
                } else {
                    comparison::compare(*operator, &left, &self.folded(right))
                }
            }
            (operator, operands) => match (&self.pattern, &*left, operands.first()) {
                (Some(pattern), Value::Text(text), _) => {
                    pattern.matches(text) != is_negated(*operator)
                }
                (None, left, Some(right)) => comparison::compare(*operator, left, right),
                _ => false,
            },
        }
    }

    /// The value as it is compared: texts folded.
    fn folded<'v>(&self, value: &'v Value) -> std::borrow::Cow<'v, Value> {
        match value {
            Value::Text(text) => {
                std::borrow::Cow::Owned(Value::Text(fold(text, self.collation).into()))
            }
            other => std::borrow::Cow::Borrowed(other),
        }
    }
}

fn is_pattern(operator: Operator) -> bool {
    super::pattern::SPECS
        .iter()
        .any(|spec| spec.operator == operator)
}

fn is_negated(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::NotLike | Operator::NotBeginWith | Operator::NotEndWith
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::parse_decimal;

    fn says(operator: Operator, left: Value, right: &[Value], on_null: bool) -> bool {
        let operands = if right.is_empty() {
            Operands::None
        } else {
            Operands::Values(right.into())
        };
        let condition = Condition {
            attribute: AttrId(0),
            operator,
            operands,
            on_null,
        };
        Matcher::new(&condition, Collation::CiAi).holds(|_| &left)
    }

    #[test]
    fn conditions_follow_type_null_rule_and_folding() {
        let text = |text: &str| Value::Text(text.into());
        let dec = |text: &str| Value::Decimal(parse_decimal(text).expect("a decimal"));
        assert!(says(Operator::Eq, text("ÉCOLE"), &[text("ecole")], false));
        assert!(says(Operator::Like, text("École"), &[text("e%e")], false));
        assert!(says(
            Operator::NotBeginWith,
            text("École"),
            &[text("f")],
            true
        ));
        assert!(says(Operator::Eq, dec("1.50"), &[dec("1.5")], false));
        assert!(says(
            Operator::NotIn,
            Value::Int(3),
            &[Value::Int(1), Value::Int(2)],
            false
        ));
        assert!(!says(Operator::NotIn, Value::Null, &[Value::Int(1)], false));
        assert!(says(Operator::Ne, Value::Null, &[Value::Int(1)], true));
        assert!(says(Operator::Null, Value::Null, &[], true));
        assert!(!says(Operator::NotNull, Value::Null, &[], false));
        assert!(says(Operator::Gt, text("b"), &[text("a")], false));
    }

    #[test]
    fn bounds_are_included_and_sets_meet() {
        let ints = |bounds: [i64; 2]| bounds.map(Value::Int);
        for (value, bounds, inside) in [
            (1, [1, 2], true),
            (2, [1, 2], true),
            (3, [1, 2], false),
            (1, [2, 1], false),
        ] {
            let value = Value::Int(value);
            assert_eq!(
                says(Operator::Between, value.clone(), &ints(bounds), false),
                inside
            );
            assert_eq!(
                says(Operator::NotBetween, value, &ints(bounds), false),
                !inside
            );
        }
        let set = |choices: &[i64]| Value::Choices(choices.into());
        for (left, right, meets) in [([1, 2], [2, 3], true), ([1, 2], [3, 4], false)] {
            let right = [set(&right)];
            assert_eq!(
                says(Operator::ContainValues, set(&left), &right, false),
                meets
            );
            assert_eq!(
                says(Operator::NotContainValues, set(&left), &right, false),
                !meets
            );
        }
        assert!(says(Operator::Eq, set(&[1, 2]), &[set(&[1, 2])], false));
        assert!(says(
            Operator::NotContainValues,
            Value::Null,
            &[set(&[1])],
            true
        ));
    }
}
