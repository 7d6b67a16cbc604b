//! From changed rows to changed audiences.

use std::collections::BTreeSet;

use weir_ir::limits;
use weir_ir::schema::EntityId;
use weir_ir::value::Guid;

use super::cells::CellId;
use super::shape::{Columns, Far, GroupId};
use super::{Input, State};
use crate::audience::Audience;
use crate::counters::Counters;
use crate::key::Code;
use crate::maps::When;
use crate::store::{RowChange, RowId, Store};
use crate::tree;

/// What is still to do at a level: its rows, then the groups that they are counted in.
#[derive(Default)]
struct Level {
    rows: Vec<RowId>,
    groups: Vec<(GroupId, Code)>,
}

/// What is still to do, by level; a level adds only to itself and to those above it.
pub(super) struct Work {
    levels: Vec<Level>,
    /// Levels with anything to do, a bit each.
    pending: Vec<u64>,
}

impl Work {
    pub(super) fn new(levels: usize) -> Self {
        Self {
            levels: (0..levels).map(|_| Level::default()).collect(),
            pending: vec![0; levels.div_ceil(64)],
        }
    }

    fn mark(&mut self, level: usize) {
        self.pending[level / 64] |= 1 << (level % 64);
    }

    fn row(&mut self, level: usize, row: RowId) {
        self.levels[level].rows.push(row);
        self.mark(level);
    }

    fn group(&mut self, level: usize, group: GroupId, code: Code) {
        self.levels[level].groups.push((group, code));
        self.mark(level);
    }

    /// The least level with anything to do.
    fn next(&self) -> Option<usize> {
        let word = self.pending.iter().position(|word| *word != 0)?;
        Some(word * 64 + self.pending[word].trailing_zeros() as usize)
    }
}

/// Rows whose root audience changed, with what it was.
pub(crate) type RootsBefore = Vec<(RowId, Audience)>;

impl State {
    /// Takes in a changed row, with `fresh` as if it had just come, and notes what is to be done; gives
    /// its root audience before.
    pub(crate) fn take(
        &mut self,
        store: &mut Store,
        change: &RowChange<'_>,
        fresh: bool,
    ) -> Audience {
        let Some(changed) = self.lines.take(&self.shape, store, change, fresh) else {
            return Audience::NONE;
        };
        if changed != Columns::default() {
            for slot in self.shape.slots(change.entity) {
                if changed == Columns::ALL || slot.looks_at.meet(changed) {
                    self.work.row(slot.level, change.row);
                }
            }
        }
        self.root(store, change.row)
    }

    /// Follows the rows taken in, and rows whose shares changed; gives the rows whose root audience
    /// changed, with what it was. `changes` are all that were taken in, where anything was before.
    pub(crate) fn propagate(
        &mut self,
        input: &Input<'_>,
        changes: &[RowChange<'_>],
        shares: &[(EntityId, Guid)],
        counters: &mut Counters,
    ) -> RootsBefore {
        self.change_pairs(input, counters);
        if !self.shape.trees.is_empty() {
            self.change_trees(input.store, changes, counters);
        }
        for (entity, id) in shares {
            if let Some(row) = input.store.lookup(*entity, *id, When::After) {
                for slot in self.shape.slots(*entity) {
                    if slot.program.shares {
                        self.work.row(slot.level, row);
                    }
                }
            }
        }
        let mut roots = RootsBefore::new();
        while let Some(level) = self.work.next() {
            let (entity, slot) = self.shape.levels[level];
            let mut rows = std::mem::take(&mut self.work.levels[level].rows);
            rows.sort_unstable();
            rows.dedup();
            for row in &rows {
                self.settle(input, (entity, slot), *row, &mut roots, counters);
            }
            rows.clear();
            self.work.levels[level].rows = rows;
            let mut groups = std::mem::take(&mut self.work.levels[level].groups);
            groups.sort_unstable();
            groups.dedup();
            for (group, code) in &groups {
                let store = input.store;
                if self
                    .groups
                    .refresh(&mut self.audiences, store, *group, *code)
                {
                    self.queue_near(store, *group, *code, counters);
                }
            }
            groups.clear();
            self.work.levels[level].groups = groups;
            self.work.pending[level / 64] &= !(1 << (level % 64));
        }
        roots
    }

    /// Counts pairs that came or went, with the audience that the linked row has.
    fn change_pairs(&mut self, input: &Input<'_>, counters: &mut Counters) {
        for number in 0..self.lines.pairs.len() {
            let moved = self.lines.pairs[number].take_changed();
            for ((far, near), is) in moved {
                for at in 0..self.shape.groups.len() {
                    let spec = &self.shape.groups[at];
                    if spec.far != Far::Pairs(number) {
                        continue;
                    }
                    counters.linked_rows_examined += 1;
                    let (entity, slot) = (spec.entity, spec.slot);
                    // One that has gone still has the audience that it was counted with.
                    let when = [When::After, When::Before].into_iter();
                    let mut found = when.filter_map(|when| input.store.bearing(entity, far, when));
                    let Some(row) = found.next() else {
                        continue;
                    };
                    let group = GroupId(u32::try_from(at).unwrap_or(u32::MAX));
                    let audience = self.slot(input.store, row, slot);
                    let groups = &mut self.groups;
                    if is {
                        groups.add(&mut self.audiences, group, near, audience);
                    } else {
                        groups.subtract(&mut self.audiences, group, near, audience);
                    }
                    let level = self.shape.slots(entity)[slot].level;
                    self.work.group(level, group, near);
                }
            }
        }
    }

    /// Queues the rows whose place in a hierarchy may differ: those that name a row which moved, or
    /// one below it. Whatever lay below it before has moved itself or lies there still.
    fn change_trees(&mut self, store: &Store, changes: &[RowChange<'_>], counters: &mut Counters) {
        let mut queue: Vec<(usize, RowId)> = Vec::new();
        for (hierarchy, lookers) in &self.shape.trees {
            let Some(parent) = self.parent_cell(*hierarchy) else {
                continue;
            };
            let moved = changes.iter().filter(|change| {
                change.entity == hierarchy.entity && change.touches(hierarchy.parent)
            });
            let mut level: BTreeSet<Code> = moved.map(|change| store.own_key(change.row)).collect();
            let mut below = BTreeSet::new();
            for _ in 0..=limits::TREE_LEVELS {
                let rows: Vec<RowId> = level
                    .into_iter()
                    .filter(|id| below.insert(*id))
                    .flat_map(|id| self.naming(store, (hierarchy.entity, parent), id))
                    .collect();
                counters.linked_rows_examined += rows.len() as u64;
                level = rows.into_iter().map(|row| store.own_key(row)).collect();
            }
            if below.is_empty() {
                continue;
            }
            for (above, near) in lookers {
                let above = above.map(|id| store.key_of(id));
                let uppers: Vec<Code> = match above {
                    None => below.iter().copied().collect(),
                    Some(id) if below.contains(&id) => [When::Before, When::After]
                        .into_iter()
                        .flat_map(|when| tree::above(self, store, *hierarchy, id, when))
                        .collect(),
                    Some(_) => continue,
                };
                let level = self.shape.slots(near.entity)[near.slot].level;
                for id in uppers {
                    let rows = self.naming(store, (near.entity, near.cell), id);
                    counters.linked_rows_examined += rows.len() as u64;
                    queue.extend(rows.into_iter().map(|row| (level, row)));
                }
            }
        }
        for (level, row) in queue {
            self.work.row(level, row);
        }
    }

    /// The rows whose cell, or own id, holds a key.
    fn naming(&self, store: &Store, cell: (EntityId, CellId), code: Code) -> Vec<RowId> {
        self.lines.rows(&self.shape, store, cell, code)
    }

    /// Evaluates one slot of a row and counts it in its groups.
    fn settle(
        &mut self,
        input: &Input<'_>,
        (entity, at): (EntityId, usize),
        row: RowId,
        roots: &mut RootsBefore,
        counters: &mut Counters,
    ) {
        let store = input.store;
        counters.rows_visited += 1;
        let old = self.slot(store, row, at);
        let new = if store.exists(row, When::After) {
            self.evaluate(input, (entity, at), row, &mut counters.nodes_evaluated)
        } else {
            Audience::NONE
        };
        // Held before anything is let go, for the same audience may be both.
        self.audiences.hold(new);
        let groups = self.shape.slots(entity)[at].groups.len();
        for group in 0..groups {
            let group = self.shape.slots(entity)[at].groups[group];
            self.regroup(input, group, row, (old, new), counters);
        }
        if old != new {
            let slot = &self.shape.slots(entity)[at];
            let (cell, root, local) = (slot.cell, slot.root, store.local(row));
            self.lines.cells_mut(entity).set(local, cell, new.0);
            if root {
                roots.push((row, old));
                self.move_root(store, entity, row, (old, new));
            }
        }
        self.audiences.release(old);
    }

    /// Moves a row from its root audience's rows to another's.
    fn move_root(
        &mut self,
        store: &Store,
        entity: EntityId,
        row: RowId,
        (old, new): (Audience, Audience),
    ) {
        let Some((_, position)) = self.shape.layout(entity).root else {
            return;
        };
        let local = store.local(row);
        if old != Audience::NONE {
            let at = self.lines.cells(entity).get(local, position);
            if let Some(moved) = self.audiences.leave(old, at) {
                let (entity, local) = (store.entity(moved), store.local(moved));
                // The audience of one entity's rows may be another's too.
                if let Some((_, position)) = self.shape.layout(entity).root {
                    self.lines.cells_mut(entity).set(local, position, at);
                }
            }
        }
        if new != Audience::NONE {
            let at = self.audiences.enter(new, row);
            self.lines.cells_mut(entity).set(local, position, at);
        }
    }

    /// Counts a row of a group out with its old audience and in with its new one.
    fn regroup(
        &mut self,
        input: &Input<'_>,
        group: GroupId,
        row: RowId,
        (old, new): (Audience, Audience),
        counters: &mut Counters,
    ) {
        let store = input.store;
        let spec = self.shape.group(group);
        let level = self.shape.slots(spec.entity)[spec.slot].level;
        let (gone, come) = match spec.far {
            Far::Own => {
                if old != new {
                    self.queue_near(store, group, store.own_key(row), counters);
                }
                return;
            }
            Far::Cell(to) => {
                let before = match input.fresh {
                    true => Code::NULL,
                    false => self.lines.code_at(store, row, to, When::Before),
                };
                let after = self.lines.code(store, row, to);
                if (before, old) == (after, new) {
                    return;
                }
                let keys = |code: Code| match code {
                    Code::NULL => Vec::new(),
                    code => vec![code],
                };
                (keys(before), keys(after))
            }
            Far::Pairs(number) => {
                if old == new {
                    return;
                }
                let nears = self.lines.pairs[number].nears(store.own_key(row));
                (nears.clone(), nears)
            }
        };
        for code in gone {
            self.groups.subtract(&mut self.audiences, group, code, old);
            self.work.group(level, group, code);
        }
        for code in come {
            self.groups.add(&mut self.audiences, group, code, new);
            self.work.group(level, group, code);
        }
    }

    /// Queues the rows that look at a group.
    fn queue_near(&mut self, store: &Store, group: GroupId, code: Code, counters: &mut Counters) {
        let near = &self.shape.groups[group.0 as usize].near;
        for near in near {
            let rows = self
                .lines
                .rows(&self.shape, store, (near.entity, near.cell), code);
            counters.linked_rows_examined += rows.len() as u64;
            let level = self.shape.slots(near.entity)[near.slot].level;
            for row in rows {
                self.work.row(level, row);
            }
        }
    }
}
