//! The operators of conditions, each defined once: token, arity, types, NULL rule, meaning
//! (SEMANTICS §5). One file a family; parser, checker, SQL and engine all read this table.

mod clock;
mod comparison;
mod condition;
mod hierarchy;
mod pattern;
mod user;

pub use clock::{number_range, window};
pub use condition::{Condition, Matcher, Operands};
pub use hierarchy::ancestry;
pub use pattern::{Element, Pattern};
pub use user::{Relation, relation};

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::schema::{Attribute, AttributeType, Family};

/// An operator of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(
    missing_docs,
    reason = "each is the token of that name; `Spec` tells its meaning"
)]
pub enum Operator {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
    Like,
    NotLike,
    In,
    NotIn,
    Between,
    NotBetween,
    ContainValues,
    NotContainValues,
    Null,
    NotNull,
    BeginsWith,
    NotBeginWith,
    EndsWith,
    NotEndWith,
    EqUserId,
    NeUserId,
    EqUserTeams,
    EqUserOrUserTeams,
    EqUserOrUserHierarchy,
    EqUserOrUserHierarchyAndTeams,
    EqBusinessId,
    NeBusinessId,
    EqUserLanguage,
    Above,
    EqOrAbove,
    Under,
    EqOrUnder,
    NotUnder,
    LastXHours,
    LastXDays,
    LastXWeeks,
    LastXMonths,
    LastXYears,
    NextXHours,
    NextXDays,
    NextXWeeks,
    NextXMonths,
    NextXYears,
    Today,
    Yesterday,
    Tomorrow,
    LastSevenDays,
    NextSevenDays,
    ThisWeek,
    LastWeek,
    NextWeek,
    ThisMonth,
    LastMonth,
    NextMonth,
    ThisYear,
    LastYear,
    NextYear,
    OlderThanXMinutes,
    OlderThanXHours,
    OlderThanXDays,
    OlderThanXWeeks,
    OlderThanXMonths,
    OlderThanXYears,
    On,
    OnOrBefore,
    OnOrAfter,
    ThisFiscalYear,
    LastFiscalYear,
    NextFiscalYear,
    ThisFiscalPeriod,
    LastFiscalPeriod,
    NextFiscalPeriod,
    LastXFiscalYears,
    LastXFiscalPeriods,
    NextXFiscalYears,
    NextXFiscalPeriods,
    InFiscalYear,
    InFiscalPeriod,
    InFiscalPeriodAndYear,
    InOrBeforeFiscalPeriodAndYear,
    InOrAfterFiscalPeriodAndYear,
}

/// What an operator needs to know beside the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OperatorFamily {
    /// The row alone: comparison, lists, NULL.
    Comparison,
    /// The row alone: text patterns.
    Pattern,
    /// The user.
    User,
    /// The hierarchy that the attribute's row stands in.
    Hierarchy,
    /// The clock and a zone.
    Clock,
}

/// How many values an operator takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arity {
    /// None.
    None,
    /// Exactly one.
    One,
    /// Exactly two.
    Two,
    /// One or more.
    Many,
}

impl Arity {
    /// Whether `count` values are right.
    #[must_use]
    pub fn allows(self, count: usize) -> bool {
        match self {
            Self::None => count == 0,
            Self::One => count == 1,
            Self::Two => count == 2,
            Self::Many => count >= 1,
        }
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::None => "no value",
            Self::One => "one value",
            Self::Two => "two values",
            Self::Many => "one value or more",
        }
    }
}

/// What an operator says where the attribute is NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NullRule {
    /// Always that.
    Fixed(bool),
    /// That, unless the organisation's `null-matches` says otherwise.
    Switch(bool),
}

/// Which attributes an operator applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Types {
    /// Numbers, money, datetime, string.
    Ordered,
    /// String, memo.
    Text,
    /// Numbers (money not among them), choices, text, GUIDs, lookups, boolean.
    Listable,
    /// Everything that can be filtered.
    Any,
    /// Owner, lookup to systemuser, uniqueidentifier.
    UserOrGuid,
    /// Owner, lookup to team.
    Team,
    /// Owner, every lookup.
    Lookup,
    /// Owner, lookup to systemuser.
    User,
    /// Lookup to businessunit, uniqueidentifier.
    UnitOrGuid,
    /// Integer.
    Integer,
    /// Datetime.
    Datetime,
    /// Multi-select choices.
    Choices,
    /// The primary id of an entity with a hierarchy, and lookups to it; the schema knows which.
    Hierarchical,
}

impl Types {
    /// Whether an attribute is among them.
    #[must_use]
    pub fn allow(self, attribute: &Attribute) -> bool {
        let ty = attribute.ty;
        let number = matches!(
            ty,
            AttributeType::Integer
                | AttributeType::Bigint
                | AttributeType::Decimal
                | AttributeType::Double
        );
        let guid = ty == AttributeType::Uniqueidentifier;
        match self {
            Self::Ordered => {
                number
                    || matches!(
                        ty,
                        AttributeType::Money | AttributeType::Datetime(_) | AttributeType::String
                    )
            }
            Self::Text => ty.family() == Family::Text,
            Self::Listable => {
                number
                    || matches!(
                        ty,
                        AttributeType::Choice | AttributeType::State | AttributeType::Status
                    )
                    || matches!(ty.family(), Family::Text | Family::Guid | Family::Bool)
            }
            Self::Any => ty.family() != Family::Opaque,
            Self::Choices => ty.family() == Family::Choices,
            Self::Hierarchical => ty.family() == Family::Guid,
            Self::UserOrGuid => guid || attribute.may_point_to("systemuser"),
            Self::Team => attribute.may_point_to("team"),
            Self::Lookup => ty.is_lookup(),
            Self::User => attribute.may_point_to("systemuser"),
            Self::UnitOrGuid => guid || attribute.may_point_to("businessunit"),
            Self::Integer => ty == AttributeType::Integer,
            Self::Datetime => matches!(ty, AttributeType::Datetime(_)),
        }
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Ordered => "numbers, money, datetimes and strings",
            Self::Text => "strings and memos",
            Self::Listable => "numbers, choices, texts, GUIDs, lookups and booleans",
            Self::Any => "every attribute that can be filtered",
            Self::Choices => "multi-select choices",
            Self::Hierarchical => "the id of an entity with a hierarchy, and lookups to it",
            Self::UserOrGuid => "owners, lookups to systemuser and GUIDs",
            Self::Team => "owners and lookups to team",
            Self::Lookup => "owners and lookups",
            Self::User => "owners and lookups to systemuser",
            Self::UnitOrGuid => "lookups to businessunit and GUIDs",
            Self::Integer => "integers",
            Self::Datetime => "datetimes",
        }
    }
}

/// An operator's definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// The operator.
    pub operator: Operator,
    /// Its name in filters.
    pub token: &'static str,
    /// Other names that are understood, and printed as the token.
    pub aliases: &'static [&'static str],
    /// What it needs to know.
    pub family: OperatorFamily,
    /// How many values it takes; equality of multi-select choices takes more, see
    /// [`Spec::arity_over`].
    pub arity: Arity,
    /// Which attributes it applies to.
    pub types: Types,
    /// What it says on NULL.
    pub on_null: NullRule,
    /// Whether the `classic` limit set has it.
    pub classic: bool,
    /// Its meaning in a sentence, of `the attribute`.
    pub meaning: &'static str,
}

impl Spec {
    /// How many values it takes over an attribute: a set of choices is written as many.
    #[must_use]
    pub fn arity_over(&self, attribute: &Attribute) -> Arity {
        match self.operator {
            Operator::Eq | Operator::Ne if Types::Choices.allow(attribute) => Arity::Many,
            _ => self.arity,
        }
    }
}

/// Every operator, in the order of SEMANTICS §5.
pub fn all() -> impl Iterator<Item = &'static Spec> {
    comparison::SPECS
        .iter()
        .chain(&pattern::SPECS)
        .chain(&user::SPECS)
        .chain(&hierarchy::SPECS)
        .chain(&clock::SPECS)
}

impl Operator {
    /// Its definition.
    #[must_use]
    pub fn spec(self) -> &'static Spec {
        // Every operator stands in one family's table; a test walks them all.
        static SPECS: LazyLock<FxHashMap<Operator, &'static Spec>> =
            LazyLock::new(|| all().map(|spec| (spec.operator, spec)).collect());
        SPECS.get(&self).copied().unwrap_or(&comparison::SPECS[0])
    }

    /// Its name in filters.
    #[must_use]
    pub fn token(self) -> &'static str {
        self.spec().token
    }

    /// The operator of that token or alias.
    #[must_use]
    pub fn from_token(token: &str) -> Option<Self> {
        static TOKENS: LazyLock<FxHashMap<&'static str, Operator>> = LazyLock::new(|| {
            let names = |spec: &'static Spec| spec.aliases.iter().copied().chain([spec.token]);
            all()
                .flat_map(|spec| names(spec).map(|name| (name, spec.operator)))
                .collect()
        });
        TOKENS.get(token).copied()
    }

    /// Whether it can compare with another attribute of the row (`valueof`).
    #[must_use]
    pub fn takes_attribute(self) -> bool {
        matches!(
            self,
            Self::Eq | Self::Ne | Self::Gt | Self::Ge | Self::Lt | Self::Le
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_operator_has_one_definition() {
        let operators: BTreeSet<Operator> = all().map(|spec| spec.operator).collect();
        assert_eq!(
            operators.len(),
            all().count(),
            "an operator is defined twice"
        );
        assert_eq!(
            operators.len(),
            Operator::InOrAfterFiscalPeriodAndYear as usize + 1,
            "an operator has no definition"
        );
        let names: Vec<&str> = all()
            .flat_map(|spec| spec.aliases.iter().copied().chain([spec.token]))
            .collect();
        assert_eq!(
            names.iter().collect::<BTreeSet<_>>().len(),
            names.len(),
            "a name is taken twice"
        );
        for spec in all() {
            assert_eq!(spec.operator.spec(), spec);
            assert_eq!(Operator::from_token(spec.token), Some(spec.operator));
        }
    }

    /// The seed's list, in its order.
    #[test]
    fn the_seeds_operators_are_all_here() {
        let seed = "eq ne gt ge le lt like not-like in not-in null not-null eq-userid ne-userid eq-userteams \
                    eq-useroruserteams eq-useroruserhierarchy eq-useroruserhierarchyandteams eq-businessid \
                    ne-businessid eq-userlanguage begins-with not-begin-with ends-with not-end-with";
        assert_eq!(seed.split_whitespace().count(), 25);
        for token in seed.split_whitespace() {
            assert!(
                Operator::from_token(token).is_some_and(|operator| operator.spec().classic),
                "{token}"
            );
        }
    }
}
