//! Every row with its exact values, under a dense number, and the images of the rows that the
//! current transaction touched as they were before it.
//!
//! Invariant: a number stays with its row until the transaction after the one that deletes it.
//! Cost: a hash look-up a change, and a copy of a row's values at its first touch.

use std::sync::Arc;

use weir_ir::schema::{AttrId, EntityId, Schema};
use weir_ir::transaction::Change;
use weir_ir::value::{Guid, Value};

use crate::maps::{Map, Seed, When, empty};

/// Dense number of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct RowId(pub(crate) u32);

static NULL: Value = Value::Null;

struct Row {
    entity: EntityId,
    id: Guid,
    /// By attribute number; none where the row has been deleted.
    values: Option<Box<[Value]>>,
}

/// What a transaction did to a row, net.
#[derive(Clone, Debug)]
pub(crate) struct RowChange {
    pub(crate) row: RowId,
    pub(crate) entity: EntityId,
    pub(crate) existed: bool,
    pub(crate) exists: bool,
    /// The attributes whose values differ, ascending; of a row that came or went, all.
    pub(crate) touched: Box<[AttrId]>,
}

impl RowChange {
    /// Whether the row came or went.
    pub(crate) fn came_or_went(&self) -> bool {
        self.existed != self.exists
    }

    pub(crate) fn touches(&self, attribute: AttrId) -> bool {
        self.came_or_went() || self.touched.binary_search(&attribute).is_ok()
    }
}

/// The rows.
pub(crate) struct Store {
    schema: Arc<Schema>,
    rows: Vec<Option<Row>>,
    ids: Map<(EntityId, Guid), RowId>,
    free: Vec<RowId>,
    /// In the order of their first touch.
    touched: Vec<RowId>,
    before: Map<RowId, Option<Box<[Value]>>>,
}

impl Store {
    pub(crate) fn new(schema: Arc<Schema>, seed: Seed) -> Self {
        Self {
            schema,
            rows: Vec::new(),
            ids: seed.map(),
            free: Vec::new(),
            touched: Vec::new(),
            before: seed.map(),
        }
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// How many numbers are taken at most.
    pub(crate) fn capacity(&self) -> usize {
        self.rows.len()
    }

    /// Begins a transaction: forgets the images and frees the numbers of the last one.
    pub(crate) fn begin(&mut self) {
        for row in std::mem::take(&mut self.touched) {
            let slot = &mut self.rows[row.0 as usize];
            if let Some(Row {
                entity,
                id,
                values: None,
            }) = slot
            {
                self.ids.remove(&(*entity, *id));
                *slot = None;
                self.free.push(row);
            }
        }
        empty(&mut self.before);
    }

    /// Applies a change. False: it deletes a row that isn't there.
    pub(crate) fn apply(&mut self, change: &Change) -> bool {
        match change {
            Change::Upsert { entity, id, values } => {
                let row = self.touch(*entity, *id);
                let found = self.schema.entity(*entity);
                if let Some(stored) = &mut self.rows[row.0 as usize] {
                    let own = stored.values.get_or_insert_with(|| {
                        let mut fresh = vec![Value::Null; found.attributes.len()];
                        fresh[found.primary_id.0 as usize] = Value::Guid(*id);
                        fresh.into()
                    });
                    for (attribute, value) in values {
                        own[attribute.0 as usize] = value.clone();
                    }
                }
                true
            }
            Change::Delete { entity, id } => {
                if self.lookup(*entity, *id, When::After).is_none() {
                    return false;
                }
                let row = self.touch(*entity, *id);
                if let Some(stored) = &mut self.rows[row.0 as usize] {
                    stored.values = None;
                }
                true
            }
        }
    }

    /// The number of a row that is about to change, its image saved.
    fn touch(&mut self, entity: EntityId, id: Guid) -> RowId {
        let row = match self.ids.get(&(entity, id)) {
            Some(row) => *row,
            None => self.allocate(entity, id),
        };
        if !self.before.contains_key(&row) {
            let image = self.rows[row.0 as usize]
                .as_ref()
                .and_then(|stored| stored.values.clone());
            self.before.insert(row, image);
            self.touched.push(row);
        }
        row
    }

    fn allocate(&mut self, entity: EntityId, id: Guid) -> RowId {
        let fresh = Row {
            entity,
            id,
            values: None,
        };
        let row = match self.free.pop() {
            Some(row) => {
                self.rows[row.0 as usize] = Some(fresh);
                row
            }
            None => {
                // `Engine::apply` has checked that the numbers suffice.
                let row = RowId(u32::try_from(self.rows.len()).unwrap_or(u32::MAX));
                self.rows.push(Some(fresh));
                row
            }
        };
        self.ids.insert((entity, id), row);
        row
    }

    /// What the transaction did, net, in the order of first touch.
    pub(crate) fn changes(&self) -> Vec<RowChange> {
        self.touched
            .iter()
            .filter_map(|row| self.change(*row))
            .collect()
    }

    /// What the transaction did to a row, net.
    pub(crate) fn change(&self, row: RowId) -> Option<RowChange> {
        let (old, new) = (
            self.values(row, When::Before),
            self.values(row, When::After),
        );
        let count = old.or(new)?.len();
        let touched: Box<[AttrId]> = (0..count)
            .filter(|at| match (old, new) {
                (Some(old), Some(new)) => old[*at] != new[*at],
                _ => true,
            })
            .map(|at| AttrId(u32::try_from(at).unwrap_or(u32::MAX)))
            .collect();
        (!touched.is_empty()).then(|| RowChange {
            row,
            entity: self.entity(row),
            existed: old.is_some(),
            exists: new.is_some(),
            touched,
        })
    }

    fn values(&self, row: RowId, when: When) -> Option<&[Value]> {
        if when == When::Before
            && !self.before.is_empty()
            && let Some(image) = self.before.get(&row)
        {
            return image.as_deref();
        }
        self.rows.get(row.0 as usize)?.as_ref()?.values.as_deref()
    }

    /// The number of a row, be it there or deleted by this transaction.
    pub(crate) fn find(&self, entity: EntityId, id: Guid) -> Option<RowId> {
        self.ids.get(&(entity, id)).copied()
    }

    /// The number of a row that is there.
    pub(crate) fn lookup(&self, entity: EntityId, id: Guid, when: When) -> Option<RowId> {
        self.find(entity, id).filter(|row| self.exists(*row, when))
    }

    pub(crate) fn exists(&self, row: RowId, when: When) -> bool {
        self.values(row, when).is_some()
    }

    /// A value; NULL where the row isn't there.
    pub(crate) fn value(&self, row: RowId, attribute: AttrId, when: When) -> &Value {
        self.values(row, when)
            .and_then(|values| values.get(attribute.0 as usize))
            .unwrap_or(&NULL)
    }

    /// Entity of a numbered row.
    pub(crate) fn entity(&self, row: RowId) -> EntityId {
        self.rows[row.0 as usize]
            .as_ref()
            .map_or(EntityId(u32::MAX), |stored| stored.entity)
    }

    /// Id of a numbered row.
    pub(crate) fn id(&self, row: RowId) -> Guid {
        self.rows[row.0 as usize]
            .as_ref()
            .map_or(Guid(Default::default()), |stored| stored.id)
    }

    /// All rows that are there, by number.
    pub(crate) fn all(&self) -> impl Iterator<Item = RowId> + '_ {
        (0..u32::try_from(self.rows.len()).unwrap_or(u32::MAX))
            .map(RowId)
            .filter(|row| self.exists(*row, When::After))
    }

    /// Rows that were there before the transaction and aren't now.
    pub(crate) fn deleted(&self) -> impl Iterator<Item = RowId> + '_ {
        self.touched
            .iter()
            .copied()
            .filter(|row| self.exists(*row, When::Before) && !self.exists(*row, When::After))
    }
}
