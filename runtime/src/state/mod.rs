//! What the engine maintains for one plan: the audience of every remembered node of every row.
//!
//! Invariant: between transactions every slot of every row holds what the plan says of the row and
//! its linked rows. A changed row is evaluated anew in the slots that look at what changed; if a
//! slot's audience is the same, nothing else happens; if not, the groups that it is counted in are
//! refreshed, and the rows that look at them are evaluated. Slots go in the order of their nodes,
//! children first, so each (slot, row) is evaluated at most once a transaction.

mod evaluate;
mod groups;
mod key;
mod pairs;
mod propagate;
mod shape;

use std::collections::BTreeMap;
use std::sync::Arc;

use weir_ir::plan::{NodeId, Plan};
use weir_ir::schema::{AttrId, EntityId};
use weir_ir::time::Instant;

use crate::audience::{Audience, Audiences, Roots};
use crate::clock::Clock;
use crate::context::Context;
use crate::context::org::Org;
use crate::counters::Counters;
use crate::maps::{Seed, When};
use crate::members::Members;
use crate::notice::Notice;
use crate::store::{RowChange, RowId, Store};
use crate::view::View;
use evaluate::Memo;
use groups::Groups;
use key::LinkIndex;
pub(crate) use key::LinkKey;
use pairs::Pairs;
pub(crate) use shape::{Far, Shape};

/// The state of one plan.
pub(crate) struct State {
    pub(crate) plan: Arc<Plan>,
    pub(crate) shape: Shape,
    pub(crate) audiences: Audiences,
    pub(crate) roots: Roots,
    pub(crate) members: Members,
    pub(crate) clock: Clock,
    /// By row and slot.
    rows: Vec<Box<[Audience]>>,
    groups: Groups,
    index: LinkIndex,
    /// By intersect entity, near and far.
    pairs: BTreeMap<(EntityId, AttrId, AttrId), Pairs>,
    memo: Memo,
}

impl State {
    /// The state of a plan over rows that are there: as if they had all just come.
    pub(crate) fn new(
        plan: Arc<Plan>,
        store: &Store,
        context: &Context,
        now: Instant,
        seed: Seed,
        counters: &mut Counters,
        notices: &mut Vec<Notice>,
    ) -> Self {
        let shape = Shape::new(&plan, store.schema());
        let mut pairs: BTreeMap<_, Pairs> = BTreeMap::new();
        for group in &shape.groups {
            if let Far::Pairs {
                intersect,
                near,
                far,
            } = group.far
            {
                pairs.entry((intersect, near, far)).or_default();
            }
        }
        let mut state = Self {
            audiences: Audiences::new(shape.windows.len(), seed),
            roots: Roots::new(seed),
            members: Members::new(&plan, seed),
            clock: Clock::new(shape.windows.clone(), now),
            rows: Vec::new(),
            groups: Groups::new(seed),
            index: LinkIndex::new(shape.indexed.clone(), plan.settings.collation, seed),
            pairs,
            memo: Memo::new(plan.nodes.len()),
            plan,
            shape,
        };
        let plan = Arc::clone(&state.plan);
        let org = Org {
            store,
            context,
            settings: &plan.settings,
            when: When::After,
        };
        let users = context.users(When::After);
        state.members.resolve_all(org, users, notices);
        state.members.commit();
        let all: Vec<RowChange> = store
            .all()
            .map(|row| RowChange {
                row,
                entity: store.entity(row),
                existed: false,
                exists: true,
                touched: Box::new([]),
            })
            .collect();
        state.propagate(store, context, &all, &[], true, counters);
        state.advance(context, now);
        state.commit();
        state
    }

    /// Forgets what was before the last transaction, and frees what nothing holds.
    pub(crate) fn commit(&mut self) {
        self.members.commit();
        self.clock.commit();
        self.audiences.collect();
    }

    /// Moves the clock; gives the leaves that flipped for anyone.
    pub(crate) fn advance(&mut self, context: &Context, now: Instant) -> Vec<Audience> {
        let flipped = self.clock.advance(now, &context.zones, &self.audiences);
        self.clock.refresh(&context.zones, &self.audiences);
        flipped
    }

    /// The row's audience at its entity's root.
    pub(crate) fn root(&self, store: &Store, row: RowId) -> Audience {
        let slots = self.shape.slots(store.entity(row)).iter();
        let held = self.rows.get(row.0 as usize);
        slots
            .zip(held.into_iter().flatten())
            .find(|(slot, _)| slot.root)
            .map_or(Audience::NONE, |(_, audience)| *audience)
    }

    /// How leaves are asked, before the last transaction or after it.
    pub(crate) fn view<'a>(
        &'a self,
        store: &'a Store,
        context: &'a Context,
        when: When,
    ) -> View<'a> {
        View {
            org: Org {
                store,
                context,
                settings: &self.plan.settings,
                when,
            },
            members: &self.members,
            clock: &self.clock,
            audiences: &self.audiences,
        }
    }

    fn slot(&self, row: RowId, slot: usize) -> Audience {
        self.rows
            .get(row.0 as usize)
            .and_then(|held| held.get(slot))
            .copied()
            .unwrap_or(Audience::NONE)
    }

    /// The group that an `Exists` gives a row, as its audience.
    pub(crate) fn group_of(&self, store: &Store, node: NodeId, row: RowId) -> Audience {
        let Some((group, attribute)) = self.shape.exists(node) else {
            return Audience::NONE;
        };
        let value = store.value(row, attribute, When::After);
        LinkKey::of(value, self.plan.settings.collation)
            .map_or(Audience::NONE, |key| self.groups.audience(group, key))
    }

    /// The rows that an `Exists` links to a row, each with the row that pairs them and the audience
    /// that its child gives to it.
    pub(crate) fn linked(
        &self,
        store: &Store,
        node: NodeId,
        row: RowId,
    ) -> Vec<(Option<RowId>, RowId, Audience)> {
        let Some((group, attribute)) = self.shape.exists(node) else {
            return Vec::new();
        };
        let group = self.shape.group(group);
        let value = store.value(row, attribute, When::After);
        let Some(key) = LinkKey::of(value, self.plan.settings.collation) else {
            return Vec::new();
        };
        let mut found: Vec<(Option<RowId>, RowId, Audience)> = match group.far {
            Far::Attribute(to) => self
                .index
                .rows(store, group.entity, to, &key)
                .into_iter()
                .map(|linked| (None, linked, self.slot(linked, group.slot)))
                .collect(),
            Far::Pairs {
                intersect,
                near,
                far,
            } => {
                let (LinkKey::Guid(id), Some(pairs)) =
                    (key, self.pairs.get(&(intersect, near, far)))
                else {
                    return Vec::new();
                };
                pairs
                    .fars(id)
                    .filter_map(|far| {
                        let linked = store.lookup(group.entity, far, When::After)?;
                        Some((pairs.row((far, id)), linked, self.slot(linked, group.slot)))
                    })
                    .collect()
            }
        };
        found.sort_by_key(|(_, linked, _)| store.id(*linked));
        found
    }
}
