//! What weir registers in SQLite: `weir_fold(text)` and `weir_like(text, folded pattern)` by the
//! organisation's collation, and the collation `weir_decimal` of numbers as text.

use std::cmp::Ordering;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use weir_ir::fold::{Collation, fold};
use weir_ir::operators::Pattern;
use weir_ir::value::parse_decimal;

/// How a connection's functions compare text; each run of a plan's queries sets it to the plan's.
#[derive(Clone, Debug, Default)]
pub(super) struct Text(Arc<AtomicBool>);

impl Text {
    /// Compares by that collation from now on.
    pub(super) fn set(&self, collation: Collation) {
        self.0.store(collation == Collation::CiAs, Relaxed);
    }

    fn fold(&self, text: &str) -> String {
        let accents = self.0.load(Relaxed);
        fold(
            text,
            if accents {
                Collation::CiAs
            } else {
                Collation::CiAi
            },
        )
    }

    /// Registers the functions and the collation.
    pub(super) fn register(&self, connection: &Connection) -> rusqlite::Result<()> {
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
        let text = self.clone();
        connection.create_scalar_function("weir_fold", 1, flags, move |context| {
            let folded = argument(context)?.map(|argument| text.fold(argument));
            Ok(folded)
        })?;
        let text = self.clone();
        connection.create_scalar_function("weir_like", 2, flags, move |context| {
            let pattern: Arc<Pattern> = context.get_or_create_aux(1, |pattern| {
                Ok::<_, rusqlite::types::FromSqlError>(Pattern::parse(pattern.as_str()?))
            })?;
            let matched = argument(context)?.map(|argument| pattern.matches(&text.fold(argument)));
            Ok(matched)
        })?;
        connection.create_collation("weir_decimal", decimals)
    }
}

/// The first argument, if it isn't NULL.
fn argument<'c>(context: &'c Context<'_>) -> rusqlite::Result<Option<&'c str>> {
    match context.get_raw(0) {
        ValueRef::Null => Ok(None),
        value => value
            .as_str()
            .map(Some)
            .map_err(|error| rusqlite::Error::UserFunctionError(Box::new(error))),
    }
}

/// The order of numbers as text; what is no number comes after them, as text.
fn decimals(a: &str, b: &str) -> Ordering {
    match (parse_decimal(a), parse_decimal(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}
