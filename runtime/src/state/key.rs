//! What links compare: values of one family as one key (GUIDs by id, texts folded, numbers as
//! numbers, datetimes exactly). NULL is no key.

use std::collections::BTreeSet;

use smol_str::SmolStr;
use weir_ir::fold::{Collation, fold};
use weir_ir::schema::{AttrId, EntityId};
use weir_ir::value::{Guid, Value};

use crate::maps::{Map, Seed, When};
use crate::store::{RowChange, RowId, Store};

/// A value as links compare it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum LinkKey {
    Guid(Guid),
    Text(SmolStr),
    /// Equal numbers print alike once normalised.
    Number(SmolStr),
    Bool(bool),
    Clock(i64),
    Choices(Box<[i64]>),
}

impl LinkKey {
    pub(crate) fn of(value: &Value, collation: Collation) -> Option<Self> {
        Some(match value {
            Value::Null => return None,
            Value::Guid(guid) => Self::Guid(*guid),
            Value::Text(text) => Self::Text(fold(text, collation).into()),
            Value::Int(number) => Self::Number(smol_str::format_smolstr!("{number}")),
            Value::Decimal(number) => {
                Self::Number(smol_str::format_smolstr!("{}", number.normalize()))
            }
            Value::Bool(value) => Self::Bool(*value),
            Value::Instant(_) | Value::Day(_) | Value::WallClock(_) => {
                Self::Clock(value.clock_number()?)
            }
            Value::Choices(values) => Self::Choices(values.clone()),
        })
    }
}

/// Rows of the entities that links join, by the attributes that they join on. Cost: logarithmic a
/// changed value.
pub(crate) struct LinkIndex {
    collation: Collation,
    attributes: BTreeSet<(EntityId, AttrId)>,
    rows: Map<(EntityId, AttrId, LinkKey), BTreeSet<RowId>>,
}

impl LinkIndex {
    pub(crate) fn new(
        attributes: BTreeSet<(EntityId, AttrId)>,
        collation: Collation,
        seed: Seed,
    ) -> Self {
        Self {
            collation,
            attributes,
            rows: seed.map(),
        }
    }

    /// Takes in a changed row; with `fresh`, as if it had just come.
    pub(crate) fn update(&mut self, store: &Store, change: &RowChange, fresh: bool) {
        let first = (change.entity, AttrId(0));
        let last = (change.entity, AttrId(u32::MAX));
        for (entity, attribute) in self.attributes.range(first..=last) {
            let key = |when| {
                let value = store.value(change.row, *attribute, when);
                LinkKey::of(value, self.collation).map(|key| (*entity, *attribute, key))
            };
            let old = if fresh { None } else { key(When::Before) };
            let new = key(When::After);
            if old == new {
                continue;
            }
            if let Some(old) = old
                && let Some(rows) = self.rows.get_mut(&old)
            {
                rows.remove(&change.row);
                if rows.is_empty() {
                    self.rows.remove(&old);
                }
            }
            if let Some(new) = new {
                self.rows.entry(new).or_default().insert(change.row);
            }
        }
    }

    /// Rows whose attribute has that key; by primary id the store answers.
    pub(crate) fn rows(
        &self,
        store: &Store,
        entity: EntityId,
        attribute: AttrId,
        key: &LinkKey,
    ) -> Vec<RowId> {
        if attribute == store.schema().entity(entity).primary_id {
            return match key {
                LinkKey::Guid(id) => store.lookup(entity, *id, When::After).into_iter().collect(),
                _ => Vec::new(),
            };
        }
        let rows = self.rows.get(&(entity, attribute, key.clone()));
        rows.into_iter().flatten().copied().collect()
    }
}
