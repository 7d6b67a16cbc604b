//! The organization blocks of all files, merged. A setting may be given in several places as long as
//! they agree.

pub(crate) mod filter;
pub(crate) mod plain;

use std::collections::BTreeMap;

use weir_grammar::ast::{self, Block, EntitySetting, LimitSet, Name, Setting};
use weir_grammar::native;
use weir_ir::diagnostic::{Diagnostic, Span};
use weir_ir::fold::Collation;
use weir_ir::operators::{self, NullRule, Operator};
use weir_ir::schema::{Entity, EntityId, Ownership, Schema, Security};
use weir_ir::settings::{
    ClockZone, Fiscal, FiscalPeriods, HierarchyModel, HierarchyOperators, Settings, Weekday,
};

use crate::codes;
use crate::report::{Report, meant};
use crate::resolve::filter::conditions;
use crate::resolve::names;

/// What the organisation says.
#[derive(Debug, Default)]
pub(crate) struct Organization<'a> {
    pub(crate) settings: Settings,
    /// The limit set that it names.
    pub(crate) limits: Option<LimitSet>,
    pub(crate) entities: BTreeMap<EntityId, EntitySettings<'a>>,
}

impl Organization<'_> {
    /// The ownership of an entity: what the blocks say or, where they don't, the metadata's.
    pub(crate) fn ownership(&self, schema: &Schema, id: EntityId) -> Option<Ownership> {
        let given = self.entities.get(&id).and_then(|given| given.ownership);
        given
            .map(|(ownership, _)| ownership)
            .or(schema.entity(id).ownership)
    }
}

/// What the organisation says of an entity.
#[derive(Debug, Default)]
pub(crate) struct EntitySettings<'a> {
    pub(crate) offline: Slot<bool>,
    pub(crate) ownership: Slot<Ownership>,
    pub(crate) filter: Slot<&'a ast::Filter>,
}

/// A setting with the place that gave it.
type Slot<T> = Option<(T, Span)>;

/// The settings that blocks have given so far.
#[derive(Debug, Default)]
struct Slots {
    limits: Slot<LimitSet>,
    collation: Slot<Collation>,
    hierarchy_depth: Slot<u32>,
    hierarchy_model: Slot<HierarchyModel>,
    security: Slot<Security>,
    hierarchy_security: Slot<bool>,
    hierarchy_operators: Slot<HierarchyOperators>,
    clock_zone: Slot<ClockZone>,
    language_wildcard: Slot<bool>,
    week_start: Slot<Weekday>,
    fiscal_start: Slot<(u8, u8)>,
    fiscal_periods: Slot<FiscalPeriods>,
    null_matches: BTreeMap<Operator, (bool, Span)>,
}

/// Gives a setting its value; a second, different one is an error that names both places.
fn set<T: PartialEq>(report: &mut Report, slot: &mut Slot<T>, what: &str, value: T, span: Span) {
    match slot {
        Some((given, first)) if *given != value => report.push(
            Diagnostic::new(
                codes::SETTING_TWICE,
                span,
                format!("{what} is given two values"),
            )
            .label(*first, "the other value is given here")
            .help("keep one of them"),
        ),
        Some(_) => {}
        None => *slot = Some((value, span)),
    }
}

/// Merges the organization blocks of all files.
pub(crate) fn merge<'a>(
    schema: &Schema,
    report: &mut Report,
    files: &'a [ast::File],
) -> Organization<'a> {
    let mut slots = Slots::default();
    let mut entities = BTreeMap::new();
    let settings = files
        .iter()
        .flat_map(|file| &file.blocks)
        .filter_map(|block| match block {
            Block::Organization(organization) => Some(&organization.settings),
            _ => None,
        });
    for setting in settings.flatten() {
        match setting {
            Setting::Plain { key, value } => plain::set(report, &mut slots, key, value),
            Setting::Fiscal { start, periods, .. } => {
                plain::fiscal(report, &mut slots, start.as_ref(), periods.as_ref());
            }
            Setting::NullMatches { entries, .. } => {
                for (name, matches) in entries {
                    null_matches(report, &mut slots, name, *matches);
                }
            }
            Setting::Entity(setting) => entity(schema, report, &mut entities, setting),
        }
    }
    for (id, settings) in &entities {
        filter_of_disabled(schema, report, *id, settings);
    }
    if let (Some((here, span)), Some(there)) = (slots.security, schema.security)
        && here != there
    {
        let said = format!(
            "`security {}` holds, though the metadata says `{}`",
            here.name(),
            there.name()
        );
        report.push(
            Diagnostic::new(codes::SECURITY_DIFFERS, span, said)
                .help("leave it out in one of the two, or write the same"),
        );
    }
    Organization {
        limits: slots.limits.map(|(limits, _)| limits),
        settings: slots.settings(schema),
        entities,
    }
}

impl Slots {
    /// The settings, with the defaults for those that nobody gave.
    fn settings(self, schema: &Schema) -> Settings {
        fn given<T>(slot: Slot<T>, default: T) -> T {
            slot.map_or(default, |(value, _)| value)
        }
        let default = Settings::default();
        let (month, day) = given(
            self.fiscal_start,
            (default.fiscal.month, default.fiscal.day),
        );
        Settings {
            collation: given(self.collation, default.collation),
            hierarchy_depth: given(self.hierarchy_depth, default.hierarchy_depth),
            hierarchy_model: given(self.hierarchy_model, default.hierarchy_model),
            security: given(self.security, schema.security.unwrap_or(default.security)),
            hierarchy_security: given(self.hierarchy_security, default.hierarchy_security),
            hierarchy_operators: given(self.hierarchy_operators, default.hierarchy_operators),
            clock_zone: given(self.clock_zone, default.clock_zone),
            language_wildcard: given(self.language_wildcard, default.language_wildcard),
            week_start: given(self.week_start, default.week_start),
            fiscal: Fiscal {
                month,
                day,
                periods: given(self.fiscal_periods, default.fiscal.periods),
            },
            null_matches: self
                .null_matches
                .into_iter()
                .map(|(operator, (matches, _))| (operator, matches))
                .filter(|(operator, matches)| default.on_null(*operator) != *matches)
                .collect(),
        }
    }
}

/// `null-matches { ne on }`.
fn null_matches(report: &mut Report, slots: &mut Slots, name: &Name, matches: bool) {
    let switchable = || operators::all().filter(|spec| matches!(spec.on_null, NullRule::Switch(_)));
    let operator = Operator::from_token(&name.text);
    let Some(operator) = operator.filter(|found| switchable().any(|spec| spec.operator == *found))
    else {
        let tokens: Vec<&str> = switchable().map(|spec| spec.token).collect();
        let diagnostic = Diagnostic::new(
            codes::NOT_SWITCHABLE,
            name.span,
            format!("`{}` has no answer on NULL to switch", name.text),
        );
        let all = format!("the operators that have one are {}", tokens.join(", "));
        report.push(match operator {
            Some(_) => diagnostic.help(all),
            None => meant(diagnostic, &name.text, tokens, || all),
        });
        return;
    };
    let what = format!("`{}` of `null-matches`", name.text);
    let mut slot = slots.null_matches.remove(&operator);
    set(report, &mut slot, &what, matches, name.span);
    if let Some(given) = slot {
        slots.null_matches.insert(operator, given);
    }
}

/// `entity account { offline on ownership user-or-team filter … }`.
fn entity<'a>(
    schema: &Schema,
    report: &mut Report,
    entities: &mut BTreeMap<EntityId, EntitySettings<'a>>,
    setting: &'a EntitySetting,
) {
    let Some(id) = names::entity(schema, report, &setting.name, "its setting") else {
        report.lose(setting.filter.as_ref().map_or(0, conditions));
        return;
    };
    let found = schema.entity(id);
    let settings = entities.entry(id).or_default();
    if let Some((offline, span)) = setting.offline {
        if offline && !found.mobile {
            report.push(
                Diagnostic::new(
                    codes::OFFLINE_WITHOUT_MOBILE,
                    span,
                    format!(
                        "`{}` is not enabled for mobile, so it can't be offline",
                        found.name
                    ),
                )
                .help("enable it for mobile in its metadata"),
            );
        }
        let what = format!("`offline` of `{}`", found.name);
        set(report, &mut settings.offline, &what, offline, span);
    }
    if let Some((ownership, span)) = setting.ownership {
        built_in(report, found, ownership, span);
        let what = format!("`ownership` of `{}`", found.name);
        set(report, &mut settings.ownership, &what, ownership, span);
    }
    if let Some(filter) = &setting.filter {
        match settings.filter {
            Some((given, _)) if native::print_filter(given) == native::print_filter(filter) => {}
            _ => {
                let what = format!("the filter of `{}`", found.name);
                set(report, &mut settings.filter, &what, filter, filter.span());
            }
        }
    }
}

/// Reports an ownership that is not the one built in.
fn built_in(report: &mut Report, entity: &Entity, ownership: Ownership, span: Span) {
    let known = entity.ownership.unwrap_or_default();
    if !entity.has_built_in_ownership() || ownership == known {
        return;
    }
    let (name, known, other) = (&entity.name, known.name(), ownership.name());
    report.push(
        Diagnostic::new(
            codes::OWNERSHIP_BUILT_IN,
            span,
            format!("the ownership of `{name}` is `{known}` and can't be `{other}`"),
        )
        .help("leave the ownership out: it is built in"),
    );
}

/// Warns of a filter on an entity that the same blocks turn off.
fn filter_of_disabled(
    schema: &Schema,
    report: &mut Report,
    id: EntityId,
    settings: &EntitySettings<'_>,
) {
    if let (Some((_, span)), Some((false, off))) = (settings.filter, settings.offline) {
        let name = &schema.entity(id).name;
        report.push(
            Diagnostic::new(
                codes::FILTER_WITHOUT_OFFLINE,
                span,
                format!("the filter does nothing: `{name}` is not offline"),
            )
            .label(off, "turned off here")
            .help("take the filter out, or write `offline on`"),
        );
    }
}
