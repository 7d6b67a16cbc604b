//! Parameter slots.

use super::{Context, Parameter};

/// What a `?` stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot(pub(super) usize);

/// Where values come from.
#[derive(Clone, Debug, Default)]
pub(super) struct Values {}

impl Values {
    pub(super) fn bind(&self, slots: &[Slot], context: Context<'_>) -> Vec<Parameter> {
        let _ = (slots.iter().map(|slot| slot.0).count(), context);
        Vec::new()
    }
}
