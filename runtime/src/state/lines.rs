//! The cells of all rows, and the rows by the keys in them. Cost: follows the attributes that changed
//! and that the plan looks at.

use weir_ir::fold::Collation;
use weir_ir::schema::{AttrId, EntityId};
use weir_ir::value::Value;

use super::cells::{CellId, Cells};
use super::classes::Classes;
use super::lists::Lists;
use super::pairs::Pairs;
use super::shape::{Coding, Column, Columns, Layout, OWN, Shape};
use crate::key::{Code, Key};
use crate::maps::{Map, Seed, When, empty};
use crate::store::{RowChange, RowId, Store, Touched};

/// What is kept of all rows for one plan.
pub(crate) struct Lines {
    collation: Collation,
    /// By entity.
    cells: Vec<Cells>,
    lists: Vec<Lists>,
    classes: Vec<Classes>,
    pub(crate) pairs: Vec<Pairs>,
    /// What logged cells held before the transaction.
    before: Map<(RowId, CellId), Code>,
    /// Keys that cells hold no longer.
    released: Vec<Code>,
}

impl Lines {
    pub(crate) fn new(
        shape: &Shape,
        classes: Vec<Classes>,
        collation: Collation,
        seed: Seed,
    ) -> Self {
        let layouts = shape.layouts().iter();
        Self {
            collation,
            cells: layouts.map(|layout| Cells::new(layout.width)).collect(),
            lists: (0..shape.lists).map(|_| Lists::new(seed)).collect(),
            classes,
            pairs: shape.pairs.iter().map(|_| Pairs::default()).collect(),
            before: seed.map(),
            released: Vec::new(),
        }
    }

    /// Forgets what was before the transaction.
    pub(crate) fn commit(&mut self, store: &mut Store) {
        empty(&mut self.before);
        for code in self.released.drain(..) {
            store.release(code);
        }
    }

    /// Lets go of all keys: another state takes this one's place.
    pub(crate) fn clear(&mut self, shape: &Shape, store: &mut Store) {
        let rows: Vec<RowId> = store.all().chain(store.deleted()).collect();
        for row in rows {
            let entity = store.entity(row);
            for (cell, column) in (0..).zip(&shape.layout(entity).columns) {
                if !matches!(column.coding, Coding::Class(_)) {
                    store.release(self.code(store, row, cell));
                }
            }
        }
        self.commit(store);
    }

    pub(crate) fn cells(&self, entity: EntityId) -> &Cells {
        &self.cells[entity.0 as usize]
    }

    pub(crate) fn cells_mut(&mut self, entity: EntityId) -> &mut Cells {
        &mut self.cells[entity.0 as usize]
    }

    pub(crate) fn classes(&self, number: usize) -> &Classes {
        &self.classes[number]
    }

    /// The key in a cell of a row, or the row's own.
    pub(crate) fn code(&self, store: &Store, row: RowId, cell: CellId) -> Code {
        match cell {
            OWN => store.own_key(row),
            cell => self.cells(store.entity(row)).code(store.local(row), cell),
        }
    }

    /// The key in a logged cell of a row; the same cell of another row may have changed.
    pub(crate) fn code_at(&self, store: &Store, row: RowId, cell: CellId, when: When) -> Code {
        if when == When::Before
            && !self.before.is_empty()
            && let Some(old) = self.before.get(&(row, cell))
        {
            return *old;
        }
        self.code(store, row, cell)
    }

    /// Rows of an entity whose cell, or own id, holds a key.
    pub(crate) fn rows(
        &self,
        shape: &Shape,
        store: &Store,
        (entity, cell): (EntityId, CellId),
        code: Code,
    ) -> Vec<RowId> {
        if code == Code::NULL {
            return Vec::new();
        }
        if cell == OWN {
            let bearing = store.bearing(entity, code, When::After);
            return bearing.into_iter().collect();
        }
        let column = &shape.layout(entity).columns[cell as usize];
        match column.list {
            Some((list, _)) => self.lists[list].rows(code).to_vec(),
            None => Vec::new(),
        }
    }

    /// Takes in a changed row, with `fresh` as if it had just come; gives the columns that changed,
    /// or none where the plan keeps nothing of its entity.
    pub(crate) fn take(
        &mut self,
        shape: &Shape,
        store: &mut Store,
        change: &RowChange<'_>,
        fresh: bool,
    ) -> Option<Columns> {
        let layout = shape.layout(change.entity);
        if layout.width == 0 {
            return None;
        }
        let (row, local) = (change.row, store.local(change.row));
        let existed = change.existed && !fresh;
        if !existed {
            self.cells_mut(change.entity).make_room(local);
        }
        let pairs: Vec<_> = layout
            .pairs
            .iter()
            .map(|pair| (*pair, self.pair(store, row, *pair)))
            .collect();
        let mut changed = Columns::default();
        let mut set = |lines: &mut Self, store: &mut Store, cell: CellId, value: &Value| {
            if lines.set(layout, store, change, cell, value) {
                changed.insert(cell as usize);
            }
        };
        if change.exists && existed && change.touched != Touched::All {
            if store.keeps(change.entity) {
                for attribute in touched(change) {
                    for cell in layout.columns_of(attribute) {
                        let value = store.value(row, attribute, When::After).clone();
                        set(self, store, *cell, &value);
                    }
                }
            } else {
                for (attribute, value) in change.given.iter().copied().flatten() {
                    for cell in layout.columns_of(*attribute) {
                        set(self, store, *cell, value);
                    }
                }
            }
        } else {
            let schema = store.schema().entity(change.entity);
            let primary_id = schema.primary_id;
            for (cell, column) in (0..).zip(&layout.columns) {
                let value = if !change.exists {
                    Value::Null
                } else if column.attribute == primary_id {
                    Value::Guid(store.id(row))
                } else if store.keeps(change.entity) {
                    store.value(row, column.attribute, When::After).clone()
                } else {
                    given(change, column.attribute)
                        .cloned()
                        .unwrap_or(Value::Null)
                };
                set(self, store, cell, &value);
            }
        }
        for ((number, near, far), old) in pairs {
            let new = self.pair(store, row, (number, near, far));
            self.pairs[number].update(row, old, new);
        }
        if change.exists && existed {
            Some(changed)
        } else {
            Some(Columns::ALL)
        }
    }

    fn pair(
        &self,
        store: &Store,
        row: RowId,
        (_, near, far): (usize, CellId, CellId),
    ) -> Option<(Code, Code)> {
        let [far, near] = [far, near].map(|cell| self.code(store, row, cell));
        (far != Code::NULL && near != Code::NULL).then_some((far, near))
    }

    /// Puts a value into a cell; whether the cell changed.
    fn set(
        &mut self,
        layout: &Layout,
        store: &mut Store,
        change: &RowChange<'_>,
        cell: CellId,
        value: &Value,
    ) -> bool {
        let Column {
            coding,
            list,
            logged,
            ..
        } = layout.columns[cell as usize];
        let (row, local) = (change.row, store.local(change.row));
        let key = match coding {
            Coding::Class(classes) => {
                let class = self.classes[classes].class(value);
                let cells = &mut self.cells[change.entity.0 as usize];
                let changed = cells.get(local, cell) != class;
                cells.set(local, cell, class);
                return changed;
            }
            Coding::Link => Key::of_link(value, self.collation),
            Coding::User => Key::of_user(value),
            Coding::Clock => value.clock_number().map(Key::Int),
            Coding::Exact => (!value.is_null()).then(|| Key::Exact(value.clone())),
        };
        let new = store.refer(key);
        let old = self.cells(change.entity).code(local, cell);
        if old == new {
            store.release(new);
            return false;
        }
        if let Some((list, position)) = list {
            if old != Code::NULL {
                let at = self.cells(change.entity).get(local, position);
                if let Some(moved) = self.lists[list].leave(old, at) {
                    let moved = store.local(moved);
                    self.cells_mut(change.entity).set(moved, position, at);
                }
            }
            if new != Code::NULL {
                let at = self.lists[list].enter(new, row);
                self.cells_mut(change.entity).set(local, position, at);
            }
        }
        if logged {
            self.before.entry((row, cell)).or_insert(old);
        }
        self.released.push(old);
        self.cells_mut(change.entity).set(local, cell, new.0);
        true
    }
}

fn touched(change: &RowChange<'_>) -> Vec<AttrId> {
    match &change.touched {
        Touched::These(attributes) => attributes.to_vec(),
        _ => Vec::new(),
    }
}

/// The value that changes gave an attribute last.
fn given<'c>(change: &'c RowChange<'_>, attribute: AttrId) -> Option<&'c Value> {
    let all = change.given.iter().rev().flat_map(|values| values.iter());
    all.filter(|(given, _)| *given == attribute)
        .map(|(_, value)| value)
        .next()
}
