//! The organisation's switches (SEMANTICS §9), each with its default.

use crate::fold::Collation;
use crate::operators::{NullRule, Operator};
use crate::schema::Security;

/// Which tree the hierarchy operators follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum HierarchyModel {
    /// `systemuser.parentsystemuserid`.
    #[default]
    Manager,
    /// `systemuser.positionid` and `position.parentpositionid`.
    Position,
}

/// When the hierarchy operators look at the hierarchy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum HierarchyOperators {
    /// Always.
    #[default]
    Always,
    /// Only while hierarchy security is on; else they mean the user alone.
    WithSecurity,
}

/// Whose days count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum ClockZone {
    /// The user's zone.
    #[default]
    User,
    /// UTC.
    Utc,
}

/// Day that a week starts on; 0 is Sunday.
pub type Weekday = u8;

/// How long a fiscal period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are those of the organization block")]
pub enum FiscalPeriods {
    Year,
    Half,
    Quarter,
    Month,
    FourWeeks,
}

/// The fiscal calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fiscal {
    /// Month of its start, 1 to 12.
    pub month: u8,
    /// Day of its start, 1 to 31.
    pub day: u8,
    /// Its periods.
    pub periods: FiscalPeriods,
}

/// The switches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How texts compare.
    pub collation: Collation,
    /// How many levels the hierarchy operators follow.
    pub hierarchy_depth: u32,
    /// Which tree they follow.
    pub hierarchy_model: HierarchyModel,
    /// Who may read what.
    pub security: Security,
    /// Whether those above may read what those below own.
    pub hierarchy_security: bool,
    /// When the hierarchy operators look at the hierarchy.
    pub hierarchy_operators: HierarchyOperators,
    /// Whose days count in profile filters.
    pub clock_zone: ClockZone,
    /// Whether `eq-userlanguage` also accepts -1.
    pub language_wildcard: bool,
    /// Start of the week.
    pub week_start: Weekday,
    /// The fiscal calendar.
    pub fiscal: Fiscal,
    /// What negative operators say on NULL, where that differs from their default.
    pub null_matches: Vec<(Operator, bool)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            collation: Collation::default(),
            hierarchy_depth: 3,
            hierarchy_model: HierarchyModel::default(),
            security: Security::default(),
            hierarchy_security: false,
            hierarchy_operators: HierarchyOperators::default(),
            clock_zone: ClockZone::default(),
            language_wildcard: true,
            week_start: 0,
            fiscal: Fiscal {
                month: 1,
                day: 1,
                periods: FiscalPeriods::Quarter,
            },
            null_matches: Vec::new(),
        }
    }
}

impl Settings {
    /// What an operator says where the attribute is NULL.
    #[must_use]
    pub fn on_null(&self, operator: Operator) -> bool {
        match operator.spec().on_null {
            NullRule::Fixed(says) => says,
            NullRule::Switch(default) => self
                .null_matches
                .iter()
                .find(|(known, _)| *known == operator)
                .map_or(default, |(_, says)| *says),
        }
    }
}
