//! Conditions on the row alone, as predicates: every operator as `ir::operators` defines it.
//!
//! A NULL is met before the comparison, by the condition's NULL rule, so that what follows it is
//! never NULL. Types that never compare give a constant.

use sea_query::{Expr, ExprTrait, Query as Sea};
use weir_ir::operators::{Condition, Operands, Operator, Pattern};
use weir_ir::schema::{AttrId, EntityId, Family, Schema};
use weir_ir::value::Value;

use super::emit::{Emitter, OTHER};
use super::predicate::Predicate;
use super::storage::Operand;
use super::{Dialect, ParameterType, ParameterValue, SqlError, storage};

/// Alias of one of the choices of a column.
const CHOICE: &str = "c";

/// How one side of a comparison is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Side {
    /// A whole number, as a number.
    Whole,
    /// A number as text.
    Decimal,
    /// Everything else.
    Family(Family),
}

impl Side {
    /// How an attribute is stored.
    pub(super) fn of(schema: &Schema, entity: EntityId, attribute: AttrId) -> Self {
        let ty = schema.attribute(entity, attribute).ty;
        match ty.family() {
            Family::Number if ty.is_whole() => Self::Whole,
            Family::Number => Self::Decimal,
            family => Self::Family(family),
        }
    }

    /// How a value is stored.
    pub(super) fn of_value(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null => return None,
            Value::Bool(_) => Self::Family(Family::Bool),
            Value::Int(_) => Self::Whole,
            Value::Decimal(_) => Self::Decimal,
            Value::Text(_) => Self::Family(Family::Text),
            Value::Guid(_) => Self::Family(Family::Guid),
            Value::Instant(_) => Self::Family(Family::Instant),
            Value::Day(_) => Self::Family(Family::Day),
            Value::WallClock(_) => Self::Family(Family::WallClock),
            Value::Choices(_) => Self::Family(Family::Choices),
        })
    }

    /// As what values of two sides compare; none where they never do.
    fn with(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Whole | Self::Decimal, Self::Whole | Self::Decimal) if self != other => {
                Some(Self::Decimal)
            }
            _ => (self == other && self != Self::Family(Family::Opaque)).then_some(self),
        }
    }

    /// A stored column as it is compared.
    fn column(self, compared: Self, column: Expr, dialect: Dialect) -> Expr {
        match compared {
            Self::Decimal => dialect.answers().decimal(column, self == Self::Whole),
            Self::Family(Family::Text) => dialect.answers().fold(column),
            _ => column,
        }
    }

    /// A value of the plan, of texts a folded one, as it is compared with such a column.
    fn operand(self, value: Expr, dialect: Dialect) -> Expr {
        match self {
            Self::Family(Family::Text) => dialect.answers().exact(value),
            _ => value,
        }
    }

    /// The type of a parameter that is compared so.
    fn parameter(self) -> ParameterType {
        match self {
            Self::Whole => ParameterType::Integer,
            Self::Decimal => ParameterType::Decimal,
            Self::Family(family) => match family {
                Family::Bool => ParameterType::Boolean,
                Family::Number => ParameterType::Decimal,
                Family::Guid => ParameterType::Guid,
                Family::Instant => ParameterType::Datetime,
                Family::WallClock => ParameterType::LocalDatetime,
                Family::Day => ParameterType::Date,
                Family::Choices => ParameterType::Choices,
                Family::Text | Family::Opaque => ParameterType::Text,
            },
        }
    }

    /// Two columns made comparable; none where their values never are.
    pub(super) fn pair(
        self,
        column: Expr,
        other: Self,
        other_column: Expr,
        dialect: Dialect,
    ) -> Option<(Expr, Expr)> {
        let compared = self.with(other)?;
        Some((
            self.column(compared, column, dialect),
            other.column(compared, other_column, dialect),
        ))
    }

    /// Whether values of it have an order.
    fn has_order(self) -> bool {
        !matches!(
            self,
            Self::Family(Family::Guid | Family::Bool | Family::Choices | Family::Opaque)
        )
    }
}

impl Emitter<'_> {
    /// A condition as a predicate on `r`.
    pub(super) fn condition(
        &mut self,
        entity: EntityId,
        condition: &Condition,
    ) -> Result<Predicate, SqlError> {
        let Condition {
            attribute,
            operator,
            operands,
            on_null,
        } = condition;
        let column = self.column(super::emit::ROW, entity, *attribute)?;
        let side = Side::of(self.schema, entity, *attribute);
        let mut columns = vec![column.clone()];
        let met = match operands {
            Operands::Attribute(other) => {
                let other_side = Side::of(self.schema, entity, *other);
                let other = self.column(super::emit::ROW, entity, *other)?;
                columns.push(other.clone());
                let pair = side.pair(column, other_side, other, self.dialect);
                compare(*operator, side, pair)
            }
            Operands::Values(values) => {
                let name = self.schema.attribute(entity, *attribute).name.clone();
                self.with_values(&name, *operator, side, column, values)?
            }
            Operands::None => Predicate::Constant(*operator == Operator::NotNull),
        };
        let nulls = columns.into_iter();
        Ok(if *on_null {
            let null = nulls.map(|column| Predicate::leaf(column.is_null()));
            Predicate::any(null.chain([met]))
        } else {
            let known = nulls.map(|column| Predicate::leaf(column.is_not_null()));
            Predicate::all(known.chain([met]))
        })
    }

    fn with_values(
        &mut self,
        name: &str,
        operator: Operator,
        side: Side,
        column: Expr,
        values: &[Value],
    ) -> Result<Predicate, SqlError> {
        let negated = matches!(
            operator,
            Operator::NotIn
                | Operator::NotBetween
                | Operator::NotContainValues
                | Operator::NotLike
                | Operator::NotBeginWith
                | Operator::NotEndWith
        );
        let met = match operator {
            Operator::Null => Predicate::Constant(false),
            Operator::NotNull => Predicate::Constant(true),
            Operator::In | Operator::NotIn => self.listed(name, side, column, values),
            Operator::Between | Operator::NotBetween => self.between(name, side, column, values)?,
            Operator::ContainValues | Operator::NotContainValues => {
                self.meets(name, column, values)
            }
            Operator::Like
            | Operator::NotLike
            | Operator::BeginsWith
            | Operator::NotBeginWith
            | Operator::EndsWith
            | Operator::NotEndWith => {
                match (side, values.first()) {
                    (Side::Family(Family::Text), Some(Value::Text(text))) => {
                        self.like(name, column, &Pattern::text_of(operator, text))?
                    }
                    // Values of other types match no pattern, and differ from none.
                    _ => return Ok(Predicate::Constant(false)),
                }
            }
            _ => match values.first() {
                Some(value) => self.compared(name, operator, side, column, value)?,
                None => Predicate::Constant(false),
            },
        };
        Ok(if negated { met.not() } else { met })
    }

    /// Whether a text matches a folded pattern.
    fn like(&mut self, name: &str, column: Expr, folded: &str) -> Result<Predicate, SqlError> {
        let answers = self.dialect.answers();
        let pattern = answers.pattern(folded).ok_or_else(|| SqlError::Pattern {
            pattern: folded.to_owned(),
            dialect: self.dialect.name(),
        })?;
        let pattern = self.slots.text(name, &pattern);
        Ok(Predicate::leaf(answers.like(column, pattern)))
    }

    /// A comparison with one value.
    fn compared(
        &mut self,
        name: &str,
        operator: Operator,
        side: Side,
        column: Expr,
        value: &Value,
    ) -> Result<Predicate, SqlError> {
        let compared = Side::of_value(value).and_then(|other| side.with(other));
        let Some(compared) = compared else {
            return Ok(compare(operator, side, None));
        };
        let is = |says| Ok(Predicate::Constant(says));
        let (ty, stored) = match storage::operand(value, self.dialect) {
            Operand::Stored(ty, stored) => (ty, stored),
            Operand::Before => {
                return is(matches!(
                    operator,
                    Operator::Ne | Operator::Gt | Operator::Ge
                ));
            }
            Operand::After => {
                return is(matches!(
                    operator,
                    Operator::Ne | Operator::Lt | Operator::Le
                ));
            }
            Operand::Unknown if matches!(operator, Operator::Eq | Operator::Ne) => {
                return is(operator == Operator::Ne);
            }
            Operand::Unknown => {
                return Err(SqlError::Value {
                    value: value.to_string(),
                    dialect: self.dialect.name(),
                });
            }
        };
        let right = match (compared, stored) {
            (Side::Decimal, ParameterValue::Integer(number)) => self.slots.value(
                name,
                ParameterType::Decimal,
                ParameterValue::Text(number.to_string()),
            ),
            (_, stored) => compared.operand(self.slots.value(name, ty, stored), self.dialect),
        };
        let left = side.column(compared, column, self.dialect);
        Ok(compare(operator, side, Some((left, right))))
    }

    /// Between two values, or one of them.
    fn between(
        &mut self,
        name: &str,
        side: Side,
        column: Expr,
        values: &[Value],
    ) -> Result<Predicate, SqlError> {
        let [low, high] = values else {
            return Ok(Predicate::Constant(false));
        };
        let mut edge = |operator, value| {
            let value = std::slice::from_ref(value);
            self.with_values(name, operator, side, column.clone(), value)
        };
        Ok(Predicate::all([
            edge(Operator::Ge, low)?,
            edge(Operator::Le, high)?,
        ]))
    }

    /// With a choice in common.
    fn meets(&mut self, name: &str, column: Expr, values: &[Value]) -> Predicate {
        let Some(Value::Choices(choices)) = values.first() else {
            return Predicate::Constant(false);
        };
        let choices: Vec<Value> = choices.iter().copied().map(Value::Int).collect();
        let read = self.dialect.answers().choices(column, CHOICE);
        let listed = self.listed(name, Side::Whole, read.columns.clone(), &choices);
        let (filter, _) = listed.filter(self.dialect);
        let mut select = Sea::select();
        select
            .expr(read.columns)
            .from_function(read.from, CHOICE)
            .and_where_option(filter);
        self.counted();
        Predicate::leaf(Expr::exists(select))
    }

    /// Equal to one of the values, which are one JSON parameter however many they are.
    fn listed(&mut self, name: &str, side: Side, column: Expr, values: &[Value]) -> Predicate {
        // One decimal among the values, and all compare as decimals.
        let compared = values
            .iter()
            .filter_map(|value| side.with(Side::of_value(value)?))
            .reduce(|a, b| a.with(b).unwrap_or(a));
        let Some(compared) = compared else {
            return Predicate::Constant(false);
        };
        let list: Vec<serde_json::Value> = values
            .iter()
            .filter(|value| Side::of_value(value).is_some_and(|of| side.with(of).is_some()))
            .filter_map(|value| match storage::operand(value, self.dialect) {
                Operand::Stored(_, value) => Some(value),
                // What no column holds equals nothing.
                Operand::Before | Operand::After | Operand::Unknown => None,
            })
            .map(|value| match value {
                ParameterValue::Integer(number) if compared == Side::Decimal => {
                    number.to_string().into()
                }
                ParameterValue::Integer(number) => number.into(),
                ParameterValue::Text(text) => text.into(),
                ParameterValue::Null => serde_json::Value::Null,
            })
            .collect();
        let list = serde_json::Value::Array(list).to_string();
        let list = self
            .slots
            .value(name, ParameterType::Json, ParameterValue::Text(list));
        let answers = self.dialect.answers();
        let read = answers.list(list, compared.parameter(), OTHER);
        let rows = Sea::select()
            .expr(compared.operand(read.columns, self.dialect))
            .from_function(read.from, OTHER)
            .take();
        self.counted();
        let column = side.column(compared, column, self.dialect);
        Predicate::leaf(answers.among(column, rows))
    }
}

/// What a comparison says of two values that aren't NULL, made comparable; values of types that
/// don't compare are unequal and have no order.
fn compare(operator: Operator, side: Side, pair: Option<(Expr, Expr)>) -> Predicate {
    let Some((left, right)) = pair else {
        return Predicate::Constant(operator == Operator::Ne);
    };
    let test = match operator {
        Operator::Eq => left.eq(right),
        Operator::Ne => left.ne(right),
        Operator::Gt if side.has_order() => left.gt(right),
        Operator::Ge if side.has_order() => left.gte(right),
        Operator::Lt if side.has_order() => left.lt(right),
        Operator::Le if side.has_order() => left.lte(right),
        _ => return Predicate::Constant(false),
    };
    Predicate::leaf(test)
}
