//! Settings of a key and a value.

use weir_grammar::ast::{LimitSet, Name};
use weir_ir::diagnostic::Diagnostic;
use weir_ir::fold::Collation;
use weir_ir::limits;
use weir_ir::schema::Security;
use weir_ir::settings::{ClockZone, FiscalPeriods, HierarchyModel, HierarchyOperators};

use super::{Slot, Slots, set as give};
use crate::codes;
use crate::report::{Report, meant};

/// Every key, blocks included.
const KEYS: [&str; 13] = [
    "limits",
    "collation",
    "hierarchy-depth",
    "hierarchy-model",
    "security",
    "hierarchy-security",
    "hierarchy-operators",
    "clock-zone",
    "language-wildcard",
    "week-start",
    "fiscal",
    "null-matches",
    "entity",
];
const LIMITS: &[(&str, LimitSet)] = &[("classic", LimitSet::Classic), ("modern", LimitSet::Modern)];
const COLLATIONS: &[(&str, Collation)] = &[("ci_ai", Collation::CiAi), ("ci_as", Collation::CiAs)];
const MODELS: &[(&str, HierarchyModel)] = &[
    ("manager", HierarchyModel::Manager),
    ("position", HierarchyModel::Position),
];
const SECURITY: &[(&str, Security)] = &[("open", Security::Open), ("roles", Security::Roles)];
const OPERATORS: &[(&str, HierarchyOperators)] = &[
    ("always", HierarchyOperators::Always),
    ("with-security", HierarchyOperators::WithSecurity),
];
const ZONES: &[(&str, ClockZone)] = &[("user", ClockZone::User), ("utc", ClockZone::Utc)];
const SWITCH: &[(&str, bool)] = &[("on", true), ("off", false)];
const WEEK: &[(&str, u8)] = &[
    ("sunday", 0),
    ("monday", 1),
    ("tuesday", 2),
    ("wednesday", 3),
    ("thursday", 4),
    ("friday", 5),
    ("saturday", 6),
];
const PERIODS: &[(&str, FiscalPeriods)] = &[
    ("year", FiscalPeriods::Year),
    ("half", FiscalPeriods::Half),
    ("quarter", FiscalPeriods::Quarter),
    ("month", FiscalPeriods::Month),
    ("four-weeks", FiscalPeriods::FourWeeks),
];

/// The words that a key takes, `periods` of the fiscal year included; none for numbers.
pub(crate) fn words(key: &str) -> Box<dyn Iterator<Item = &'static str>> {
    fn of<T>(table: &'static [(&'static str, T)]) -> Box<dyn Iterator<Item = &'static str>> {
        Box::new(table.iter().map(|(word, _)| *word))
    }
    match key {
        "limits" => of(LIMITS),
        "collation" => of(COLLATIONS),
        "hierarchy-model" => of(MODELS),
        "security" => of(SECURITY),
        "hierarchy-security" | "language-wildcard" => of(SWITCH),
        "hierarchy-operators" => of(OPERATORS),
        "clock-zone" => of(ZONES),
        "week-start" => of(WEEK),
        "periods" => of(PERIODS),
        _ => Box::new(std::iter::empty()),
    }
}

/// `collation ci_ai` and its like.
pub(super) fn set(report: &mut Report, slots: &mut Slots, key: &Name, value: &Name) {
    let mut given = Given { report, key, value };
    match key.text.as_str() {
        "limits" => given.one_of(&mut slots.limits, LIMITS),
        "collation" => given.one_of(&mut slots.collation, COLLATIONS),
        "hierarchy-depth" => given.depth(&mut slots.hierarchy_depth),
        "hierarchy-model" => given.one_of(&mut slots.hierarchy_model, MODELS),
        "security" => given.one_of(&mut slots.security, SECURITY),
        "hierarchy-security" => given.one_of(&mut slots.hierarchy_security, SWITCH),
        "hierarchy-operators" => given.one_of(&mut slots.hierarchy_operators, OPERATORS),
        "clock-zone" => given.one_of(&mut slots.clock_zone, ZONES),
        "language-wildcard" => given.one_of(&mut slots.language_wildcard, SWITCH),
        "week-start" => given.one_of(&mut slots.week_start, WEEK),
        unknown => {
            let message = format!("unknown setting `{unknown}`");
            report.push(meant(
                Diagnostic::new(codes::UNKNOWN_SETTING, key.span, message),
                unknown,
                KEYS,
                || format!("the settings are {}", KEYS.join(", ")),
            ));
        }
    }
}

/// A value that is given to a key.
struct Given<'a> {
    report: &'a mut Report,
    key: &'a Name,
    value: &'a Name,
}

impl Given<'_> {
    fn one_of<T: Copy + PartialEq>(&mut self, slot: &mut Slot<T>, choices: &[(&str, T)]) {
        if let Some(chosen) = one_of(self.report, &self.key.text, self.value, choices) {
            self.give(slot, chosen);
        }
    }

    fn depth(&mut self, slot: &mut Slot<u32>) {
        let range = 1..=limits::HIERARCHY_DEPTH;
        let depth = self.value.text.parse().ok();
        match depth.filter(|depth| range.contains(depth)) {
            Some(depth) => self.give(slot, depth),
            None => {
                let takes = format!("a whole number from 1 to {}", limits::HIERARCHY_DEPTH);
                wrong(self.report, &self.key.text, self.value, &takes);
            }
        }
    }

    fn give<T: PartialEq>(&mut self, slot: &mut Slot<T>, value: T) {
        let what = format!("`{}`", self.key.text);
        give(self.report, slot, &what, value, self.value.span);
    }
}

/// `fiscal { start 04-01 periods quarter }`.
pub(super) fn fiscal(
    report: &mut Report,
    slots: &mut Slots,
    start: Option<&Name>,
    periods: Option<&Name>,
) {
    if let Some(value) = start {
        match month_and_day(&value.text) {
            Some(start) => give(
                report,
                &mut slots.fiscal_start,
                "`start` of `fiscal`",
                start,
                value.span,
            ),
            None => wrong(
                report,
                "fiscal start",
                value,
                "a day of every year as `MM-DD`",
            ),
        }
    }
    if let Some(value) = periods
        && let Some(chosen) = one_of(report, "fiscal periods", value, PERIODS)
    {
        give(
            report,
            &mut slots.fiscal_periods,
            "`periods` of `fiscal`",
            chosen,
            value.span,
        );
    }
}

/// A day that every year has.
fn month_and_day(text: &str) -> Option<(u8, u8)> {
    let (month, day) = text.split_once('-')?;
    let number = |part: &str| {
        (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<u8>().ok())
            .flatten()
    };
    let (month, day) = (number(month)?, number(day)?);
    let days = match month {
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    (1..=days).contains(&day).then_some((month, day))
}

fn one_of<T: Copy>(
    report: &mut Report,
    key: &str,
    value: &Name,
    choices: &[(&str, T)],
) -> Option<T> {
    let found = choices.iter().find(|(name, _)| *name == value.text);
    if found.is_none() {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        report.push(meant(
            Diagnostic::new(
                codes::SETTING_VALUE,
                value.span,
                format!("`{}` is no value of `{key}`", value.text),
            ),
            &value.text,
            names.iter().copied(),
            || format!("it takes {}", names.join(", ")),
        ));
    }
    found.map(|(_, value)| *value)
}

fn wrong(report: &mut Report, key: &str, value: &Name, takes: &str) {
    report.push(
        Diagnostic::new(
            codes::SETTING_VALUE,
            value.span,
            format!("`{}` is no value of `{key}`", value.text),
        )
        .help(format!("it takes {takes}")),
    );
}
