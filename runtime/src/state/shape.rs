//! What a plan asks the engine to remember, worked out once: which nodes of which entity, what they
//! look at, which groups of linked rows feed them, which windows there are.
//!
//! A *slot* is a node whose audience is remembered for each row of an entity: the entity's root, and
//! every node that is the child of an `Exists` over the entity. A *group* gathers the audiences of
//! the rows that one row would be linked to.

use std::collections::{BTreeMap, BTreeSet};

use smallvec::SmallVec;
use weir_ir::operators::{Condition, Matcher, Operands, Relation};
use weir_ir::plan::{Hierarchy, Link, Node, NodeId, Plan, ProfileId, UserSet};
use weir_ir::schema::{AttrId, AttributeType, Behavior, EntityId, Family, Schema};
use weir_ir::value::Guid;

use super::cells::CellId;
use crate::audience::WindowId;
use crate::clock::WindowKey;
use crate::store::Touched;

/// How a cell holds an attribute's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Coding {
    /// As what all conditions on it say: a number among [`Shape::conditions`].
    Class(usize),
    /// As links compare it.
    Link,
    /// As it stands for users, where that isn't as links compare it.
    User,
    /// As windows compare it.
    Clock,
    /// As it is.
    Exact,
}

/// A cell of an entity's rows.
pub(crate) struct Column {
    pub(crate) attribute: AttrId,
    pub(crate) coding: Coding,
    /// Where rows are found by it: the number of the lists, and the cell of the position there.
    pub(crate) list: Option<(usize, CellId)>,
    /// Whether what it was before the transaction is asked for.
    pub(crate) logged: bool,
}

/// A key of a row: in a cell, or, at [`OWN`], its own id.
pub(crate) const OWN: CellId = CellId::MAX;

/// What a row's audience in a slot follows from.
#[derive(Default)]
pub(crate) struct Program {
    /// Cells of classes.
    pub(crate) classes: Vec<CellId>,
    /// Keys that stand for users, and values of windows.
    pub(crate) keys: Vec<CellId>,
    /// Nodes of hierarchies.
    pub(crate) trees: Vec<(NodeId, CellId)>,
    /// Conditions that compare two attributes.
    pub(crate) comparisons: Vec<NodeId>,
    /// Groups of linked rows.
    pub(crate) exists: Vec<(GroupId, CellId)>,
    /// Whether shares matter.
    pub(crate) shares: bool,
}

/// A remembered node of an entity.
pub(crate) struct Slot {
    pub(crate) node: NodeId,
    /// What devices hold of the entity.
    pub(crate) root: bool,
    /// Its place in the order of evaluation.
    pub(crate) level: usize,
    /// Cell of its audience.
    pub(crate) cell: CellId,
    /// The columns whose change may change its audience, or what groups it is counted in.
    pub(crate) looks_at: Columns,
    pub(crate) program: Program,
    /// The groups that its audience is counted in.
    pub(crate) groups: Vec<GroupId>,
}

/// A set of columns; those past the 63rd count as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Columns(u64);

impl Columns {
    pub(crate) const ALL: Self = Self(u64::MAX);

    pub(crate) fn insert(&mut self, column: usize) {
        self.0 |= 1 << column.min(63);
    }

    pub(crate) fn meet(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// What the engine keeps of an entity's rows.
#[derive(Default)]
pub(crate) struct Layout {
    pub(crate) columns: Vec<Column>,
    /// The columns of each attribute.
    by_attribute: Vec<SmallVec<[CellId; 2]>>,
    /// Ascending by node.
    pub(crate) slots: Vec<Slot>,
    /// The slot of what devices hold, and the cell of the position among its audience's rows.
    pub(crate) root: Option<(CellId, CellId)>,
    /// Of an intersect entity: numbers of pairs, with the cells of near and far.
    pub(crate) pairs: Vec<(usize, CellId, CellId)>,
    /// How many cells.
    pub(crate) width: usize,
}

impl Layout {
    pub(crate) fn columns_of(&self, attribute: AttrId) -> &[CellId] {
        self.by_attribute
            .get(attribute.0 as usize)
            .map_or(&[], |columns| columns)
    }

    fn cell(&mut self) -> CellId {
        self.width += 1;
        CellId::try_from(self.width - 1).unwrap_or(CellId::MAX)
    }
}

/// Number of a group specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct GroupId(pub(crate) u32);

/// How the linked rows of a group find their key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Far {
    /// By their id: there is one at most.
    Own,
    /// By a cell of theirs.
    Cell(CellId),
    /// By the rows of an intersect entity that name them; number of the pairs.
    Pairs(usize),
}

/// A row that looks at a group: by which key, and in which slot of its entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Near {
    pub(crate) entity: EntityId,
    pub(crate) cell: CellId,
    pub(crate) slot: usize,
}

/// Linked rows by key, with the audience that a node gives them.
pub(crate) struct Group {
    /// The linked entity.
    pub(crate) entity: EntityId,
    pub(crate) far: Far,
    /// The child's slot in the linked entity.
    pub(crate) slot: usize,
    /// Who looks at it.
    pub(crate) near: BTreeSet<Near>,
}

/// A plan, worked out.
pub(crate) struct Shape {
    /// By entity.
    layouts: Vec<Layout>,
    /// The slots in the order of evaluation.
    pub(crate) levels: Vec<(EntityId, usize)>,
    pub(crate) groups: Vec<Group>,
    /// The group of each `Exists`, with the key of this row.
    exists: BTreeMap<NodeId, (GroupId, CellId)>,
    /// By the number of the pairs: entity, near and far.
    pub(crate) pairs: Vec<(EntityId, AttrId, AttrId)>,
    /// Conditions on one attribute, by the number of the classes.
    pub(crate) conditions: Vec<Vec<NodeId>>,
    /// Conditions that compare two attributes.
    matchers: BTreeMap<NodeId, Matcher>,
    pub(crate) windows: Vec<WindowKey>,
    window_ids: BTreeMap<NodeId, WindowId>,
    /// By the number of lists: how many there are.
    pub(crate) lists: usize,
    /// Who looks at a hierarchy: at the rows above one of that id, or else at those below any.
    pub(crate) trees: BTreeMap<Hierarchy, BTreeSet<(Option<Guid>, Near)>>,
    /// Entities whose read privileges anything asks for.
    pub(crate) read_entities: BTreeSet<EntityId>,
    /// The columns of an entity for a profile, where they aren't all.
    columns: BTreeMap<(EntityId, ProfileId), Box<[AttrId]>>,
    /// Of entities of which every profile names columns, all that any does.
    shown: BTreeMap<EntityId, BTreeSet<AttrId>>,
}

impl Shape {
    pub(crate) fn new(plan: &Plan, schema: &Schema) -> Self {
        let layouts = schema.entities().map(|(_, entity)| Layout {
            by_attribute: vec![SmallVec::new(); entity.attributes.len()],
            ..Layout::default()
        });
        let mut shape = Self {
            layouts: layouts.collect(),
            levels: Vec::new(),
            groups: Vec::new(),
            exists: BTreeMap::new(),
            pairs: Vec::new(),
            conditions: Vec::new(),
            matchers: BTreeMap::new(),
            windows: Vec::new(),
            window_ids: BTreeMap::new(),
            lists: 0,
            trees: BTreeMap::new(),
            read_entities: BTreeSet::new(),
            columns: BTreeMap::new(),
            shown: BTreeMap::new(),
        };
        shape.make_columns(plan);
        shape.make_slots(plan);
        shape.make_groups(plan, schema);
        shape.make_ready(plan, schema);
        for entity in (0..).map(EntityId).take(shape.layouts.len()) {
            for at in 0..shape.slots(entity).len() {
                shape.look(plan, schema, entity, at);
            }
        }
        shape.finish();
        shape
    }

    /// What is kept of an entity's rows.
    pub(crate) fn layout(&self, entity: EntityId) -> &Layout {
        &self.layouts[entity.0 as usize]
    }

    /// What is kept of each entity's rows.
    pub(crate) fn layouts(&self) -> &[Layout] {
        &self.layouts
    }

    /// The slots of an entity, ascending by node.
    pub(crate) fn slots(&self, entity: EntityId) -> &[Slot] {
        &self.layout(entity).slots
    }

    /// The columns that a profile's devices hold; none is all of them.
    pub(crate) fn columns(&self, entity: EntityId, profile: ProfileId) -> Option<&[AttrId]> {
        self.columns
            .get(&(entity, profile))
            .map(|columns| &**columns)
    }

    /// Whether any profile's devices hold one of the attributes.
    pub(crate) fn shows(&self, entity: EntityId, touched: &Touched) -> bool {
        let shown = self.shown.get(&entity);
        touched.any(|attribute| shown.is_none_or(|shown| shown.contains(attribute)))
    }

    /// The group of an `Exists`, with the key of this row.
    pub(crate) fn exists(&self, node: NodeId) -> Option<(GroupId, CellId)> {
        self.exists.get(&node).copied()
    }

    /// A condition that compares two attributes, ready to be asked.
    pub(crate) fn matcher(&self, node: NodeId) -> Option<&Matcher> {
        self.matchers.get(&node)
    }

    /// The window of a `Window` node.
    pub(crate) fn window(&self, node: NodeId) -> Option<WindowId> {
        self.window_ids.get(&node).copied()
    }

    pub(crate) fn group(&self, id: GroupId) -> &Group {
        &self.groups[id.0 as usize]
    }

    /// The cell of an attribute so coded.
    pub(crate) fn cell(
        &self,
        entity: EntityId,
        attribute: AttrId,
        is: impl Fn(Coding) -> bool,
    ) -> Option<CellId> {
        let layout = self.layout(entity);
        let mut cells = layout.columns_of(attribute).iter().copied();
        cells.find(|cell| is(layout.columns[*cell as usize].coding))
    }

    /// The cell of an attribute so coded, which is made if it isn't there.
    fn keep(&mut self, entity: EntityId, attribute: AttrId, coding: Coding) -> CellId {
        let same = |known: Coding| match (known, coding) {
            (Coding::Class(_), Coding::Class(_)) => true,
            (known, coding) => known == coding,
        };
        if let Some(known) = self.cell(entity, attribute, same) {
            return known;
        }
        let layout = &mut self.layouts[entity.0 as usize];
        let cell = CellId::try_from(layout.columns.len()).unwrap_or(CellId::MAX);
        layout.columns.push(Column {
            attribute,
            coding,
            list: None,
            logged: false,
        });
        layout.by_attribute[attribute.0 as usize].push(cell);
        cell
    }

    /// The key by which a row links: a cell, by which rows are found, or the row's own id.
    fn link(&mut self, schema: &Schema, entity: EntityId, attribute: AttrId) -> CellId {
        if attribute == schema.entity(entity).primary_id {
            return OWN;
        }
        let cell = self.keep(entity, attribute, Coding::Link);
        let column = &mut self.layouts[entity.0 as usize].columns[cell as usize];
        if column.list.is_none() {
            // The cell of the position is given with the others.
            column.list = Some((self.lists, 0));
            self.lists += 1;
        }
        cell
    }

    /// The key by which a value stands for users.
    fn user(&mut self, schema: &Schema, entity: EntityId, attribute: AttrId) -> CellId {
        if attribute == schema.entity(entity).primary_id {
            return OWN;
        }
        let as_link = schema.attribute(entity, attribute).ty.family() == Family::Guid;
        let coding = if as_link { Coding::Link } else { Coding::User };
        self.keep(entity, attribute, coding)
    }

    fn log(&mut self, entity: EntityId, cell: CellId) {
        if let Some(column) = self.layouts[entity.0 as usize]
            .columns
            .get_mut(cell as usize)
        {
            column.logged = true;
        }
    }

    fn make_columns(&mut self, plan: &Plan) {
        for root in &plan.roots {
            for (profile, columns) in &root.columns {
                if let Some(columns) = columns {
                    self.columns
                        .insert((root.entity, *profile), columns.clone());
                }
            }
            let lists = root.columns.iter().map(|(_, columns)| columns.as_deref());
            if let Some(lists) = lists.collect::<Option<Vec<_>>>()
                && !lists.is_empty()
            {
                let shown = lists.into_iter().flatten().copied().collect();
                self.shown.insert(root.entity, shown);
            }
        }
    }

    fn make_slots(&mut self, plan: &Plan) {
        let mut wanted: BTreeMap<EntityId, BTreeMap<NodeId, bool>> = BTreeMap::new();
        for id in plan.nodes.ids() {
            if let Node::Exists(link, child) = plan.nodes.get(id) {
                let slots = wanted.entry(link.entity()).or_default();
                slots.entry(*child).or_insert(false);
            }
        }
        for root in &plan.roots {
            wanted
                .entry(root.entity)
                .or_default()
                .insert(root.audience, true);
        }
        for (entity, nodes) in wanted {
            let slots = nodes.into_iter().map(|(node, root)| Slot {
                node,
                root,
                level: 0,
                cell: 0,
                looks_at: Columns::default(),
                program: Program::default(),
                groups: Vec::new(),
            });
            self.layouts[entity.0 as usize].slots = slots.collect();
        }
    }

    fn make_groups(&mut self, plan: &Plan, schema: &Schema) {
        let mut known: BTreeMap<(EntityId, Far, NodeId), GroupId> = BTreeMap::new();
        for id in plan.nodes.ids() {
            let (Node::Exists(link, child), Some(own)) =
                (plan.nodes.get(id), plan.nodes.entity(id))
            else {
                continue;
            };
            let entity = link.entity();
            let (far, cell) = match *link {
                Link::Attributes { from, to, .. } => {
                    let far = match self.link(schema, entity, to) {
                        OWN => Far::Own,
                        cell => {
                            self.log(entity, cell);
                            Far::Cell(cell)
                        }
                    };
                    (far, self.link(schema, own, from))
                }
                Link::Through {
                    intersect,
                    near,
                    far,
                    ..
                } => (self.pair(intersect, near, far), OWN),
            };
            let group = *known.entry((entity, far, *child)).or_insert_with(|| {
                let slots = &mut self.layouts[entity.0 as usize].slots;
                let slot = slots.iter().position(|slot| slot.node == *child);
                let slot = slot.unwrap_or_default();
                let group = GroupId(u32::try_from(self.groups.len()).unwrap_or(u32::MAX));
                slots[slot].groups.push(group);
                self.groups.push(Group {
                    entity,
                    far,
                    slot,
                    near: BTreeSet::new(),
                });
                group
            });
            self.exists.insert(id, (group, cell));
        }
    }

    /// The pairs of an intersect entity, one way round.
    fn pair(&mut self, intersect: EntityId, near: AttrId, far: AttrId) -> Far {
        let key = (intersect, near, far);
        if let Some(known) = self.pairs.iter().position(|pairs| *pairs == key) {
            return Far::Pairs(known);
        }
        let [near, far] = [near, far].map(|end| self.keep(intersect, end, Coding::Link));
        let number = self.pairs.len();
        self.pairs.push(key);
        let layout = &mut self.layouts[intersect.0 as usize];
        layout.pairs.push((number, near, far));
        Far::Pairs(number)
    }

    fn make_ready(&mut self, plan: &Plan, schema: &Schema) {
        let mut numbers: BTreeMap<WindowKey, WindowId> = BTreeMap::new();
        for id in plan.nodes.ids() {
            match plan.nodes.get(id) {
                Node::Rows(condition) => {
                    if let Some(entity) = plan.nodes.entity(id) {
                        self.condition(entity, id, condition, plan);
                    }
                }
                Node::Window(attribute, window, zone) => {
                    let behavior = plan.nodes.entity(id).map(|entity| {
                        match schema.attribute(entity, *attribute).ty {
                            AttributeType::Datetime(behavior) => behavior,
                            _ => Behavior::default(),
                        }
                    });
                    let key = WindowKey {
                        window: *window,
                        behavior: behavior.unwrap_or_default(),
                        zone: *zone,
                    };
                    let number = *numbers.entry(key).or_insert_with(|| {
                        self.windows.push(key);
                        WindowId(u32::try_from(self.windows.len() - 1).unwrap_or(u32::MAX))
                    });
                    self.window_ids.insert(id, number);
                }
                Node::Users(UserSet::Reads(entity, _)) => {
                    self.read_entities.insert(*entity);
                }
                Node::UserMatch(_, Relation::ReadUnit(entity) | Relation::ReadUnitTree(entity)) => {
                    self.read_entities.insert(*entity);
                }
                _ => {}
            }
        }
    }

    /// Keeps what a condition asks for.
    fn condition(&mut self, entity: EntityId, id: NodeId, condition: &Condition, plan: &Plan) {
        if let Operands::Attribute(other) = condition.operands {
            let matcher = Matcher::new(condition, plan.settings.collation);
            self.matchers.insert(id, matcher);
            for attribute in [condition.attribute, other] {
                self.keep(entity, attribute, Coding::Exact);
            }
            return;
        }
        let next = Coding::Class(self.conditions.len());
        let cell = self.keep(entity, condition.attribute, next);
        let column = &self.layouts[entity.0 as usize].columns[cell as usize];
        if column.coding == next {
            self.conditions.push(Vec::new());
        }
        if let Coding::Class(classes) = column.coding {
            self.conditions[classes].push(id);
        }
    }

    /// Works out what a slot looks at, and enters it with the groups that it looks at.
    fn look(&mut self, plan: &Plan, schema: &Schema, entity: EntityId, at: usize) {
        let mut program = Program::default();
        let slot = &self.layouts[entity.0 as usize].slots[at];
        let (node, groups) = (slot.node, slot.groups.clone());
        let near = |cell| Near {
            entity,
            cell,
            slot: at,
        };
        let mut seen = BTreeSet::new();
        let mut rest = vec![node];
        let mut cells = BTreeSet::new();
        let mut keys = BTreeSet::new();
        while let Some(id) = rest.pop() {
            if !seen.insert(id) {
                continue;
            }
            match plan.nodes.get(id) {
                Node::Rows(condition) => match condition.operands {
                    Operands::Attribute(other) => {
                        program.comparisons.push(id);
                        for attribute in [condition.attribute, other] {
                            cells.insert(self.keep(entity, attribute, Coding::Exact));
                        }
                    }
                    _ => {
                        let class = |coding| matches!(coding, Coding::Class(_));
                        if let Some(cell) = self.cell(entity, condition.attribute, class)
                            && !program.classes.contains(&cell)
                        {
                            cells.insert(cell);
                            program.classes.push(cell);
                        }
                    }
                },
                Node::UserMatch(attribute, _) => {
                    keys.insert(self.user(schema, entity, *attribute));
                }
                Node::Window(attribute, ..) => {
                    keys.insert(self.keep(entity, *attribute, Coding::Clock));
                }
                node @ (Node::Below(attribute, hierarchy, root, _)
                | Node::Above(attribute, hierarchy, root, _)) => {
                    let parent = self.link(schema, hierarchy.entity, hierarchy.parent);
                    self.log(hierarchy.entity, parent);
                    let cell = self.link(schema, entity, *attribute);
                    cells.insert(cell);
                    program.trees.push((id, cell));
                    let above = matches!(node, Node::Above(..)).then_some(*root);
                    let uses = self.trees.entry(*hierarchy).or_default();
                    uses.insert((above, near(cell)));
                }
                Node::Shared => {
                    program.shares = true;
                    let system = &schema.system;
                    self.keep(system.share, system.share_principalid, Coding::Link);
                }
                Node::And(children) | Node::Or(children) => rest.extend(children),
                Node::Not(child) => rest.push(*child),
                Node::Exists(..) => {
                    if let Some((group, cell)) = self.exists(id) {
                        cells.insert(cell);
                        if !program.exists.contains(&(group, cell)) {
                            program.exists.push((group, cell));
                        }
                        self.groups[group.0 as usize].near.insert(near(cell));
                    }
                }
                Node::All | Node::None | Node::Users(_) => {}
            }
        }
        cells.extend(&keys);
        program.keys = keys.into_iter().collect();
        for group in groups {
            if let Far::Cell(to) = self.group(group).far {
                cells.insert(to);
            }
        }
        let slot = &mut self.layouts[entity.0 as usize].slots[at];
        // The own id never changes.
        for cell in cells.into_iter().filter(|cell| *cell != OWN) {
            slot.looks_at.insert(cell as usize);
        }
        slot.program = program;
    }

    /// Gives cells to slots and positions, and slots their order.
    fn finish(&mut self) {
        let mut levels = Vec::new();
        for (entity, layout) in (0..).map(EntityId).zip(&mut self.layouts) {
            layout.width = layout.columns.len();
            for at in 0..layout.slots.len() {
                let cell = layout.cell();
                layout.slots[at].cell = cell;
                levels.push((layout.slots[at].node, entity, at));
                if layout.slots[at].root {
                    layout.root = Some((cell, layout.cell()));
                }
            }
            for at in 0..layout.columns.len() {
                if let Some((list, _)) = layout.columns[at].list {
                    layout.columns[at].list = Some((list, layout.cell()));
                }
            }
        }
        levels.sort_unstable();
        for (level, (_, entity, at)) in levels.into_iter().enumerate() {
            self.layouts[entity.0 as usize].slots[at].level = level;
            self.levels.push((entity, at));
        }
    }
}
