//! The organisation's switches (SEMANTICS §9), read from the organization blocks.

use std::collections::BTreeSet;

use weir_grammar::ast::{Block, File, Setting};
use weir_ir::schema::{Schema, Security};

use super::Force;

/// The fiscal calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fiscal {
    /// Month of its start.
    pub month: i8,
    /// Day of its start.
    pub day: i8,
    /// How long its periods are, by name.
    pub periods: String,
}

/// The switches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Collation `ci_as`.
    pub accents_count: bool,
    /// Levels that the hierarchy operators and hierarchy security follow.
    pub hierarchy_depth: u32,
    /// Hierarchy model `position`.
    pub by_position: bool,
    /// Security `roles`.
    pub by_roles: bool,
    /// Hierarchy security.
    pub hierarchy_security: bool,
    /// Hierarchy operators `with-security`.
    pub with_security: bool,
    /// Clock zone `utc`.
    pub clock_is_utc: bool,
    /// `eq-userlanguage` also accepts -1.
    pub language_wildcard: bool,
    /// The day that a week starts on; 0 is Sunday.
    pub week_start: i64,
    /// The fiscal calendar.
    pub fiscal: Fiscal,
    /// Operators that are true of NULL.
    pub null_matches: BTreeSet<String>,
}

/// The operators that a NULL satisfies by default.
const NULL_MATCHES: [&str; 9] = [
    "ne",
    "ne-userid",
    "ne-businessid",
    "not-like",
    "not-begin-with",
    "not-end-with",
    "not-between",
    "not-contain-values",
    "not-under",
];

impl Settings {
    /// The defaults, what the metadata says, what the blocks say, and what is forced (a feature
    /// named `switch …`).
    pub(super) fn read(schema: &Schema, files: &[File], force: Option<&Force>) -> Self {
        let mut settings = Self {
            accents_count: false,
            hierarchy_depth: 3,
            by_position: false,
            by_roles: schema.security == Some(Security::Roles),
            hierarchy_security: false,
            with_security: false,
            clock_is_utc: false,
            language_wildcard: true,
            week_start: 0,
            fiscal: Fiscal {
                month: 1,
                day: 1,
                periods: "quarter".to_owned(),
            },
            null_matches: NULL_MATCHES.iter().map(ToString::to_string).collect(),
        };
        for block in files.iter().flat_map(|file| &file.blocks) {
            if let Block::Organization(organization) = block {
                for setting in &organization.settings {
                    settings.take(setting);
                }
            }
        }
        if let Some(force) = force {
            settings.force(&force.feature, force.says);
        }
        settings
    }

    fn take(&mut self, setting: &Setting) {
        match setting {
            Setting::Plain { key, value } => {
                let value = value.text.as_str();
                match key.text.as_str() {
                    "collation" => self.accents_count = value == "ci_as",
                    "hierarchy-depth" => {
                        self.hierarchy_depth = value.parse().unwrap_or(self.hierarchy_depth);
                    }
                    "hierarchy-model" => self.by_position = value == "position",
                    "security" => self.by_roles = value == "roles",
                    "hierarchy-security" => self.hierarchy_security = value == "on",
                    "hierarchy-operators" => self.with_security = value == "with-security",
                    "clock-zone" => self.clock_is_utc = value == "utc",
                    "week-start" => self.week_start = weekday(value),
                    "language-wildcard" => self.language_wildcard = value == "on",
                    _ => {}
                }
            }
            Setting::NullMatches { entries, .. } => {
                for (operator, matches) in entries {
                    let token = if operator.text == "neq" {
                        "ne"
                    } else {
                        &operator.text
                    };
                    if *matches {
                        self.null_matches.insert(token.to_owned());
                    } else {
                        self.null_matches.remove(token);
                    }
                }
            }
            Setting::Fiscal { start, periods, .. } => {
                let start = start.as_ref().and_then(|start| start.text.split_once('-'));
                if let Some((month, day)) = start {
                    self.fiscal.month = month.parse().unwrap_or(self.fiscal.month);
                    self.fiscal.day = day.parse().unwrap_or(self.fiscal.day);
                }
                if let Some(periods) = periods {
                    self.fiscal.periods = periods.text.to_string();
                }
            }
            Setting::Entity(_) => {}
        }
    }

    fn force(&mut self, feature: &str, says: bool) {
        match feature {
            "switch collation" => self.accents_count = says,
            "switch hierarchy-depth" => self.hierarchy_depth = if says { 3 } else { 1 },
            "switch hierarchy-model" => self.by_position = says,
            "switch security" => self.by_roles = says,
            "switch hierarchy-security" => self.hierarchy_security = says,
            "switch hierarchy-operators" => self.with_security = says,
            "switch clock-zone" => self.clock_is_utc = says,
            "switch language-wildcard" => self.language_wildcard = says,
            "switch week-start" => self.week_start = if says { 1 } else { 0 },
            "switch fiscal start" if says => (self.fiscal.month, self.fiscal.day) = (4, 1),
            "switch fiscal start" => (self.fiscal.month, self.fiscal.day) = (1, 1),
            "switch fiscal periods" => {
                self.fiscal.periods = if says { "month" } else { "quarter" }.to_owned();
            }
            _ => {
                if let Some(token) = feature.strip_prefix("switch null-matches ") {
                    self.null_matches.remove(token);
                    if says {
                        self.null_matches.insert(token.to_owned());
                    }
                }
            }
        }
    }

    /// Whether the hierarchy operators look at the hierarchy.
    pub(super) fn hierarchy_operators_act(&self) -> bool {
        !self.with_security || self.hierarchy_security
    }
}

/// The number of a weekday; Sunday is 0.
fn weekday(name: &str) -> i64 {
    let all = [
        "sunday",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
    ];
    (0..)
        .zip(all)
        .find(|(_, day)| *day == name)
        .map_or(0, |(number, _)| number)
}
