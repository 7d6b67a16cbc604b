//! The organisation's switches (SEMANTICS §9), read from the organization blocks.

use std::collections::BTreeSet;

use weir_grammar::ast::{Block, File, Setting};
use weir_ir::schema::{Schema, Security};

use super::Force;

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
    /// Operators that are true of NULL.
    pub null_matches: BTreeSet<String>,
}

/// The operators that a NULL satisfies by default.
const NULL_MATCHES: [&str; 6] = [
    "ne",
    "ne-userid",
    "ne-businessid",
    "not-like",
    "not-begin-with",
    "not-end-with",
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
            Setting::Fiscal { .. } | Setting::Entity(_) => {}
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
