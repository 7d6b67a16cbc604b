//! From changed rows to changed audiences.

use std::collections::{BTreeMap, BTreeSet};

use weir_ir::limits;
use weir_ir::plan::NodeId;
use weir_ir::schema::{AttrId, EntityId};
use weir_ir::value::Guid;

use super::shape::{Far, GroupId};
use super::{LinkKey, State};
use crate::audience::Audience;
use crate::context::Context;
use crate::counters::Counters;
use crate::maps::When;
use crate::store::{RowChange, RowId, Store};
use crate::tree;

/// What is still to do, least node first: its rows, then the groups that they are counted in.
type Work = BTreeSet<(NodeId, Task)>;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Task {
    Row(RowId, usize),
    Group(GroupId, LinkKey),
}

/// Rows whose root audience changed, with what it was.
pub(crate) type RootsBefore = BTreeMap<RowId, Audience>;

/// What a propagation reads.
struct Input<'a> {
    store: &'a Store,
    context: &'a Context,
    /// The rows count as having just come.
    fresh: bool,
}

impl State {
    /// Takes in changed rows, and rows whose shares changed; gives the rows whose root audience
    /// changed, with what it was.
    pub(crate) fn propagate(
        &mut self,
        store: &Store,
        context: &Context,
        changes: &[RowChange],
        shares: &[(EntityId, Guid)],
        fresh: bool,
        counters: &mut Counters,
    ) -> RootsBefore {
        let input = Input {
            store,
            context,
            fresh,
        };
        let mut work = Work::new();
        for change in changes {
            self.make_room(&input, change);
            self.index.update(store, change, fresh);
            self.begin_row(change, &mut work);
        }
        self.change_pairs(&input, changes, &mut work, counters);
        if !fresh {
            self.change_trees(store, changes, &mut work, counters);
        }
        for (entity, id) in shares {
            if let Some(row) = store.lookup(*entity, *id, When::After) {
                for (at, slot) in self.shape.slots(*entity).iter().enumerate() {
                    if slot.shares {
                        work.insert((slot.node, Task::Row(row, at)));
                    }
                }
            }
        }
        let mut roots = RootsBefore::new();
        while let Some((_, task)) = work.pop_first() {
            match task {
                Task::Row(row, slot) => {
                    self.settle(&input, row, slot, &mut work, &mut roots, counters);
                }
                Task::Group(group, key) => {
                    self.settle_group(&input, group, key, &mut work, counters);
                }
            }
        }
        roots
    }

    /// Gives a row its slots. They are empty: the number is new, or its last row has gone.
    fn make_room(&mut self, input: &Input<'_>, change: &RowChange) {
        let at = change.row.0 as usize;
        if self.rows.len() <= at {
            self.rows.resize_with(at + 1, Box::default);
        }
        if input.fresh || !change.existed {
            let slots = self.shape.slots(change.entity).len();
            self.rows[at] = vec![Audience::NONE; slots].into();
        }
    }

    /// Queues the slots that look at what changed.
    fn begin_row(&self, change: &RowChange, work: &mut Work) {
        for (at, slot) in self.shape.slots(change.entity).iter().enumerate() {
            let looks = change.came_or_went()
                || change
                    .touched
                    .iter()
                    .any(|attribute| slot.looks_at.contains(attribute));
            if looks {
                work.insert((slot.node, Task::Row(change.row, at)));
            }
        }
    }

    /// Takes in changed intersect rows: linked rows come and go with the audience that they have.
    fn change_pairs(
        &mut self,
        input: &Input<'_>,
        changes: &[RowChange],
        work: &mut Work,
        counters: &mut Counters,
    ) {
        let keys: Vec<_> = self.pairs.keys().copied().collect();
        for (intersect, near, far) in keys {
            let mut changed = BTreeMap::new();
            let Some(pairs) = self.pairs.get_mut(&(intersect, near, far)) else {
                continue;
            };
            for change in changes.iter().filter(|change| change.entity == intersect) {
                pairs.update(input.store, change, (near, far), input.fresh, &mut changed);
            }
            let moved: Vec<(Guid, Guid, bool)> = changed
                .into_iter()
                .map(|(pair, was)| (pair, was, pairs.row(pair).is_some()))
                .filter(|(_, was, is)| was != is)
                .map(|((far, near), _, is)| (far, near, is))
                .collect();
            if moved.is_empty() {
                continue;
            }
            let via = Far::Pairs {
                intersect,
                near,
                far,
            };
            for group in self.shape.paired_by(intersect).collect::<Vec<_>>() {
                let spec = self.shape.group(group);
                if spec.far != via {
                    continue;
                }
                let (entity, slot, child) = (spec.entity, spec.slot, spec.child);
                for (far, near, is) in &moved {
                    counters.linked_rows_examined += 1;
                    let Some(row) = input.store.find(entity, *far) else {
                        continue;
                    };
                    let key = LinkKey::Guid(*near);
                    let audience = self.slot(row, slot);
                    if *is {
                        self.groups
                            .add(&mut self.audiences, group, key.clone(), audience);
                    } else {
                        self.groups
                            .subtract(&mut self.audiences, group, key.clone(), audience);
                    }
                    work.insert((child, Task::Group(group, key)));
                }
            }
        }
    }

    /// Queues the rows whose place in a hierarchy may differ: those that name a row which moved, or
    /// one below it. Whatever lay below it before has moved itself or lies there still.
    fn change_trees(
        &self,
        store: &Store,
        changes: &[RowChange],
        work: &mut Work,
        counters: &mut Counters,
    ) {
        for (hierarchy, lookers) in &self.shape.trees {
            let moved = changes.iter().filter(|change| {
                change.entity == hierarchy.entity && change.touches(hierarchy.parent)
            });
            let mut level: BTreeSet<Guid> = moved.map(|change| store.id(change.row)).collect();
            let mut below = BTreeSet::new();
            for _ in 0..=limits::TREE_LEVELS {
                let rows: Vec<RowId> = level
                    .into_iter()
                    .filter(|id| below.insert(*id))
                    .flat_map(|id| self.naming(store, hierarchy.entity, hierarchy.parent, id))
                    .collect();
                counters.linked_rows_examined += rows.len() as u64;
                level = rows.into_iter().map(|row| store.id(row)).collect();
            }
            if below.is_empty() {
                continue;
            }
            for (above, near) in lookers {
                let uppers: Vec<Guid> = match above {
                    None => below.iter().copied().collect(),
                    Some(id) if below.contains(id) => [When::Before, When::After]
                        .into_iter()
                        .flat_map(|when| tree::above(store, *hierarchy, *id, when))
                        .collect(),
                    Some(_) => continue,
                };
                let Some(slot) = self.shape.slots(near.entity).get(near.slot) else {
                    continue;
                };
                for id in uppers {
                    let rows = self.naming(store, near.entity, near.attribute, id);
                    counters.linked_rows_examined += rows.len() as u64;
                    work.extend(
                        rows.into_iter()
                            .map(|row| (slot.node, Task::Row(row, near.slot))),
                    );
                }
            }
        }
    }

    /// The rows whose attribute holds an id.
    fn naming(&self, store: &Store, entity: EntityId, attribute: AttrId, id: Guid) -> Vec<RowId> {
        self.index
            .rows(store, entity, attribute, &LinkKey::Guid(id))
    }

    /// Evaluates one slot of a row and counts it in its groups.
    fn settle(
        &mut self,
        input: &Input<'_>,
        row: RowId,
        at: usize,
        work: &mut Work,
        roots: &mut RootsBefore,
        counters: &mut Counters,
    ) {
        let entity = input.store.entity(row);
        let Some(slot) = self.shape.slots(entity).get(at) else {
            return;
        };
        let (node, root) = (slot.node, slot.root);
        let groups = slot.groups.clone();
        counters.rows_visited += 1;
        let old = self.slot(row, at);
        let new = if input.store.exists(row, When::After) {
            let (audience, evaluated) = self.evaluate(input.store, input.context, node, row);
            counters.nodes_evaluated += evaluated;
            audience
        } else {
            Audience::NONE
        };
        // Held before anything is let go, for the same expression may be both.
        self.audiences.hold(new);
        for group in groups {
            self.regroup(input, group, row, old, new, work);
        }
        self.rows[row.0 as usize][at] = new;
        if root && old != new {
            roots.insert(row, old);
            self.roots.moved(&self.audiences, row, old, new);
        }
        self.audiences.release(old);
    }

    /// Counts a row of a group out with its old audience and in with its new one.
    fn regroup(
        &mut self,
        input: &Input<'_>,
        group: GroupId,
        row: RowId,
        old: Audience,
        new: Audience,
        work: &mut Work,
    ) {
        let spec = self.shape.group(group);
        let child = spec.child;
        let (gone, come) = match spec.far {
            Far::Attribute(to) => {
                let collation = self.plan.settings.collation;
                let key = |when| LinkKey::of(input.store.value(row, to, when), collation);
                let before = if input.fresh { None } else { key(When::Before) };
                let after = key(When::After);
                if (&before, old) == (&after, new) {
                    return;
                }
                let keys = |key: Option<LinkKey>| key.into_iter().collect::<Vec<_>>();
                (keys(before), keys(after))
            }
            Far::Pairs {
                intersect,
                near,
                far,
            } => {
                if old == new {
                    return;
                }
                let pairs = self.pairs.get(&(intersect, near, far));
                let nears = pairs.map_or_else(Vec::new, |pairs| pairs.nears(input.store.id(row)));
                let keys: Vec<LinkKey> = nears.into_iter().map(LinkKey::Guid).collect();
                (keys.clone(), keys)
            }
        };
        for key in gone {
            self.groups
                .subtract(&mut self.audiences, group, key.clone(), old);
            work.insert((child, Task::Group(group, key)));
        }
        for key in come {
            self.groups
                .add(&mut self.audiences, group, key.clone(), new);
            work.insert((child, Task::Group(group, key)));
        }
    }

    /// Forms a group's union anew; if it changed, the rows that look at it are to be evaluated.
    fn settle_group(
        &mut self,
        input: &Input<'_>,
        group: GroupId,
        key: LinkKey,
        work: &mut Work,
        counters: &mut Counters,
    ) {
        if !self.groups.refresh(&mut self.audiences, group, key.clone()) {
            return;
        }
        let mut rows: BTreeMap<_, Vec<RowId>> = BTreeMap::new();
        for near in &self.shape.group(group).near {
            let linked = rows
                .entry((near.entity, near.attribute))
                .or_insert_with(|| {
                    self.index
                        .rows(input.store, near.entity, near.attribute, &key)
                });
            counters.linked_rows_examined += linked.len() as u64;
            let Some(slot) = self.shape.slots(near.entity).get(near.slot) else {
                continue;
            };
            for row in linked {
                work.insert((slot.node, Task::Row(*row, near.slot)));
            }
        }
    }
}
