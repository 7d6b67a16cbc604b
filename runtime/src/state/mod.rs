//! What the engine maintains for one plan: the audience of every remembered node of every row.
//!
//! Invariant: between transactions every slot of every row holds what the plan says of the row and
//! its linked rows. A changed row is evaluated anew in the slots that look at what changed; if a
//! slot's audience is the same, nothing else happens; if not, the groups that it is counted in are
//! refreshed, and the rows that look at them are evaluated. Slots go in the order of their nodes,
//! children first, so each (slot, row) is evaluated at most once a transaction.

mod cells;
mod classes;
mod evaluate;
mod groups;
mod lines;
mod lists;
mod pairs;
mod propagate;
mod shape;

use std::sync::Arc;

use smallvec::SmallVec;
use weir_ir::operators::{Condition, Relation};
use weir_ir::plan::{Hierarchy, Node, NodeId, Plan};
use weir_ir::time::Instant;

use crate::audience::{Audience, Audiences, Leaf, Parameter, TemplateId, Term};
use crate::clock::Clock;
use crate::context::Context;
use crate::context::org::Org;
use crate::counters::Counters;
use crate::key::Code;
use crate::maps::{Seed, When};
use crate::members::Members;
use crate::notice::Notice;
use crate::store::{RowChange, RowId, Store, Touched};
use crate::view::View;
use cells::CellId;
use classes::Classes;
use evaluate::Templates;
use groups::Groups;
use lines::Lines;
use propagate::Work;
pub(crate) use shape::Shape;
use shape::{Coding, Far};

/// What an evaluation reads.
pub(crate) struct Input<'a> {
    pub(crate) store: &'a Store,
    pub(crate) context: &'a Context,
    /// The rows count as having just come.
    pub(crate) fresh: bool,
}

/// The state of one plan.
pub(crate) struct State {
    pub(crate) plan: Arc<Plan>,
    pub(crate) shape: Shape,
    pub(crate) audiences: Audiences,
    pub(crate) members: Members,
    pub(crate) clock: Clock,
    pub(crate) lines: Lines,
    groups: Groups,
    /// By level.
    templates: Vec<Templates>,
    /// A user or team by itself.
    principal: TemplateId,
    work: Work,
}

impl State {
    /// The state of a plan over rows that are there: as if they had all just come.
    pub(crate) fn new(
        plan: Arc<Plan>,
        store: &mut Store,
        context: &Context,
        now: Instant,
        seed: Seed,
        counters: &mut Counters,
        notices: &mut Vec<Notice>,
    ) -> Self {
        let shape = Shape::new(&plan, store.schema());
        let collation = plan.settings.collation;
        let condition = |id: &NodeId| match plan.nodes.get(*id) {
            Node::Rows(condition) => Some((*id, condition)),
            _ => None,
        };
        let classes = shape.conditions.iter().map(|nodes| {
            let conditions: Vec<(NodeId, &Condition)> =
                nodes.iter().filter_map(condition).collect();
            Classes::new(&conditions, collation, seed)
        });
        let lines = Lines::new(&shape, classes.collect(), collation, seed);
        let mut audiences = Audiences::new(shape.windows.len(), seed);
        let itself = audiences.terms.intern(Term::Match(Relation::SelfOrTeam, 0));
        let principal = audiences.template(itself, SmallVec::from_elem(Parameter::Key, 1));
        let mut state = Self {
            members: Members::new(&plan, seed),
            clock: Clock::new(shape.windows.clone(), now),
            groups: Groups::new(seed),
            templates: shape.levels.iter().map(|_| Templates::new(seed)).collect(),
            work: Work::new(shape.levels.len()),
            lines,
            audiences,
            principal,
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
        let rows: Vec<RowId> = store.all().collect();
        let all = rows.into_iter().map(|row| RowChange {
            row,
            entity: store.entity(row),
            existed: false,
            exists: true,
            touched: Touched::All,
            given: SmallVec::new(),
        });
        for change in all.collect::<Vec<_>>() {
            state.take(store, &change, true);
        }
        let input = Input {
            store,
            context,
            fresh: true,
        };
        state.propagate(&input, &[], &[], counters);
        state.advance(context, now);
        state.commit(store);
        state
    }

    /// Forgets what was before the last transaction, and frees what nothing holds.
    pub(crate) fn commit(&mut self, store: &mut Store) {
        self.members.commit();
        self.clock.commit();
        self.lines.commit(store);
        let unspoken = self.audiences.collect(store);
        store.looks_again_at(unspoken);
    }

    /// Lets go of what it holds in the store.
    pub(crate) fn clear(&mut self, store: &mut Store) {
        self.lines.clear(&self.shape, store);
    }

    /// Moves the clock; gives the leaves that flipped for anyone.
    pub(crate) fn advance(&mut self, context: &Context, now: Instant) -> Vec<Leaf> {
        let flipped = self.clock.advance(now, &context.zones, &self.audiences);
        self.clock.refresh(&context.zones, &self.audiences);
        flipped
    }

    /// The row's audience at its entity's root.
    pub(crate) fn root(&self, store: &Store, row: RowId) -> Audience {
        let entity = store.entity(row);
        match self.shape.layout(entity).root {
            Some((cell, _)) => self.lines.cells(entity).audience(store.local(row), cell),
            None => Audience::NONE,
        }
    }

    /// Looks at the memory that changed rows lead to, all at once.
    pub(crate) fn approach(&self, store: &Store, changes: &[RowChange<'_>]) -> u32 {
        let roots = changes.iter().map(|change| self.root(store, change.row).0);
        roots.fold(0, |seen, root| seen ^ root)
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

    fn slot(&self, store: &Store, row: RowId, slot: usize) -> Audience {
        let entity = store.entity(row);
        let cell = self.shape.slots(entity)[slot].cell;
        self.lines.cells(entity).audience(store.local(row), cell)
    }

    /// The cell of the row above in a hierarchy.
    pub(crate) fn parent_cell(&self, hierarchy: Hierarchy) -> Option<CellId> {
        let link = |coding| coding == Coding::Link;
        self.shape.cell(hierarchy.entity, hierarchy.parent, link)
    }

    /// The rows that an `Exists` links to a row, each with the row that pairs them and the audience
    /// that its child gives to it.
    pub(crate) fn linked(
        &self,
        store: &Store,
        node: NodeId,
        row: RowId,
    ) -> Vec<(Option<RowId>, RowId, Audience)> {
        let Some((group, near)) = self.shape.exists(node) else {
            return Vec::new();
        };
        let group = self.shape.group(group);
        let code = self.lines.code(store, row, near);
        let held = |linked: RowId| self.slot(store, linked, group.slot);
        let mut found: Vec<(Option<RowId>, RowId, Audience)> = match group.far {
            _ if code == Code::NULL => Vec::new(),
            Far::Own => {
                let linked = store.bearing(group.entity, code, When::After);
                linked
                    .map(|linked| (None, linked, held(linked)))
                    .into_iter()
                    .collect()
            }
            Far::Cell(to) => {
                let rows = self
                    .lines
                    .rows(&self.shape, store, (group.entity, to), code);
                rows.into_iter()
                    .map(|linked| (None, linked, held(linked)))
                    .collect()
            }
            Far::Pairs(number) => {
                let pairs = &self.lines.pairs[number];
                pairs
                    .fars(code)
                    .filter_map(|far| {
                        let linked = store.bearing(group.entity, far, When::After)?;
                        Some((pairs.row((far, code)), linked, held(linked)))
                    })
                    .collect()
            }
        };
        found.sort_by_key(|(_, linked, _)| store.id(*linked));
        found
    }
}
