//! Parameters before they have values. Emission puts the number of a slot where a value would
//! stand; the query builder gives the numbers back in the order of the `?`.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use indexmap::map::Entry;
use sea_query::{Expr, Value};
use weir_ir::schema::Behavior;
use weir_ir::time::{Day, Instant, Zone};
use weir_ir::window::Window;

use super::storage;
use super::{Context, Dialect, Parameter, ParameterType, ParameterValue};

/// Where the value of a parameter comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Source {
    /// The plan.
    Plan(ParameterValue),
    /// The user that a `rows` query asks about.
    User,
    /// The least value that a window accepts now, by UTC.
    Low(Window, Behavior),
    /// The greatest value that a window accepts now, by UTC.
    High(Window, Behavior),
    /// The instant.
    At,
    /// [`Context::since`].
    Since,
    /// [`Context::keep`].
    Keep,
    /// A JSON table of (zone, number of the window, low, high), all zones of the data and all
    /// windows given, of one that recurs its turns; the zone without a name is UTC.
    Windows(Vec<(Window, Behavior)>),
}

/// The parameters of one statement, each once, by what they mean.
#[derive(Clone, Debug)]
pub(super) struct Slots {
    dialect: Dialect,
    slots: IndexMap<(Source, ParameterType), String>,
    /// How many slots were given each name.
    names: BTreeMap<String, usize>,
}

impl Slots {
    /// None yet.
    pub(super) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            slots: IndexMap::new(),
            names: BTreeMap::new(),
        }
    }

    /// A placeholder for a value of the plan, named after what it is compared with.
    pub(super) fn value(&mut self, name: &str, ty: ParameterType, value: ParameterValue) -> Expr {
        self.add(name, ty, Source::Plan(value))
    }

    /// A placeholder for a whole number of the plan.
    pub(super) fn number(&mut self, name: &str, value: i64) -> Expr {
        self.value(name, ParameterType::Integer, ParameterValue::Integer(value))
    }

    /// A placeholder for a text of the plan.
    pub(super) fn text(&mut self, name: &str, value: &str) -> Expr {
        self.value(
            name,
            ParameterType::Text,
            ParameterValue::Text(value.to_owned()),
        )
    }

    /// A placeholder. Another value under the same name gets the name with a number.
    pub(super) fn add(&mut self, name: &str, ty: ParameterType, source: Source) -> Expr {
        let at = self.place(name, ty, source);
        let placeholder = Expr::val(u64::try_from(at).unwrap_or(u64::MAX));
        self.dialect.answers().parameter(ty, placeholder)
    }

    /// The number of a slot.
    pub(super) fn place(&mut self, name: &str, ty: ParameterType, source: Source) -> usize {
        match self.slots.entry((source, ty)) {
            Entry::Occupied(known) => known.index(),
            Entry::Vacant(free) => {
                let at = free.index();
                let count = self.names.entry(name.to_owned()).or_default();
                *count += 1;
                free.insert(match *count {
                    1 => name.to_owned(),
                    count => format!("{name}#{count}"),
                });
                at
            }
        }
    }

    /// Which slots the values that the query builder collected stand for.
    pub(super) fn order(values: &[Value]) -> Vec<usize> {
        let slot = |value: &Value| match value {
            Value::BigUnsigned(Some(at)) => usize::try_from(*at).unwrap_or(usize::MAX),
            _ => usize::MAX,
        };
        values.iter().map(slot).collect()
    }

    /// The values of the parameters, in the order of the placeholders.
    pub(super) fn bind(&self, order: &[usize], context: Context<'_>) -> Vec<Parameter> {
        let bound: Vec<Parameter> = self
            .slots
            .iter()
            .map(|((source, ty), name)| Parameter {
                name: name.clone(),
                ty: *ty,
                value: value(self.dialect, source, context),
            })
            .collect();
        order
            .iter()
            .filter_map(|at| bound.get(*at).cloned())
            .collect()
    }
}

fn value(dialect: Dialect, source: &Source, context: Context<'_>) -> ParameterValue {
    let edge = |window: Window, behavior: Behavior, high: bool| match context.clock {
        Some((now, _)) => {
            let (low, top) = edges(dialect, window, behavior, &Zone::UTC, now);
            ParameterValue::Text(if high { top } else { low })
        }
        None => ParameterValue::Null,
    };
    let instant = |at: Option<Instant>| match at {
        Some(Instant(ms)) => {
            let (first, last) = storage::range(Behavior::UserLocal, dialect);
            let ms = ms.clamp(first, last);
            ParameterValue::Text(dialect.answers().moment_text(Behavior::UserLocal, ms))
        }
        None => ParameterValue::Null,
    };
    match source {
        Source::Plan(value) => value.clone(),
        Source::User => context.user.map_or(ParameterValue::Null, |user| {
            ParameterValue::Text(user.to_string())
        }),
        Source::At => instant(context.clock.map(|(now, _)| now)),
        Source::Since => context
            .since
            .map_or(ParameterValue::Null, ParameterValue::Integer),
        Source::Keep => instant(context.keep),
        Source::Low(window, behavior) => edge(*window, *behavior, false),
        Source::High(window, behavior) => edge(*window, *behavior, true),
        Source::Windows(windows) => match context.clock {
            Some((now, zones)) => {
                let days = context.days.unwrap_or(storage::DAYS);
                ParameterValue::Text(table(dialect, windows, now, zones, days))
            }
            None => ParameterValue::Null,
        },
    }
}

/// What a window accepts, as texts of the dialect. Nothing lies between a later and an earlier one.
fn edges(
    dialect: Dialect,
    window: Window,
    behavior: Behavior,
    zone: &Zone,
    now: Instant,
) -> (String, String) {
    let bounds = window.bounds(behavior, zone, now);
    let (first, last) = storage::range(behavior, dialect);
    let text = |edge| dialect.answers().moment_text(behavior, edge);
    if bounds.low > last || bounds.high < first {
        (text(last), text(first))
    } else {
        (text(bounds.low.max(first)), text(bounds.high.min(last)))
    }
}

fn table(
    dialect: Dialect,
    windows: &[(Window, Behavior)],
    now: Instant,
    zones: &[String],
    (first, last): (Day, Day),
) -> String {
    let named = zones.iter().map(String::as_str);
    let mut rows = Vec::new();
    for name in std::iter::once("").chain(named.filter(|name| !name.is_empty())) {
        let zone = Zone::named(name).unwrap_or(Zone::UTC);
        for (number, (window, behavior)) in windows.iter().enumerate() {
            for turn in window.turns(first..=last) {
                let (low, high) = edges(dialect, turn, *behavior, &zone, now);
                rows.push(serde_json::json!([name, number, low, high]));
            }
        }
    }
    serde_json::Value::Array(rows).to_string()
}
