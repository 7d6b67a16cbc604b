//! What a plan asks the engine to remember, worked out once: which nodes of which entity, what they
//! look at, which groups of linked rows feed them, which windows there are.
//!
//! A *slot* is a node whose audience is remembered for each row of an entity: the entity's root, and
//! every node that is the child of an `Exists` over the entity. A *group* gathers the audiences of
//! the rows that one row would be linked to.

use std::collections::{BTreeMap, BTreeSet};

use weir_ir::operators::{Matcher, Operands, Relation};
use weir_ir::plan::{Hierarchy, Link, Node, NodeId, Plan, ProfileId, UserSet};
use weir_ir::schema::{AttrId, AttributeType, Behavior, EntityId, Schema};
use weir_ir::value::Guid;

use crate::audience::WindowId;
use crate::clock::WindowKey;

/// A remembered node of an entity.
pub(crate) struct Slot {
    pub(crate) node: NodeId,
    /// What devices hold of the entity.
    pub(crate) root: bool,
    /// The attributes whose change may change its audience, or what groups it is counted in.
    pub(crate) looks_at: BTreeSet<AttrId>,
    /// Whether it looks at the row's shares.
    pub(crate) shares: bool,
    /// The groups that its audience is counted in.
    pub(crate) groups: Vec<GroupId>,
}

/// Number of a group specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct GroupId(pub(crate) u32);

/// How the linked rows of a group find their key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Far {
    /// By an attribute of theirs.
    Attribute(AttrId),
    /// By the rows of an intersect entity that name them.
    Pairs {
        /// The entity of the pairs.
        intersect: EntityId,
        /// The pair's attribute that is the key.
        near: AttrId,
        /// The pair's attribute for the linked row.
        far: AttrId,
    },
}

/// A row that looks at a group: by which attribute, and in which slot of its entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Near {
    pub(crate) entity: EntityId,
    pub(crate) attribute: AttrId,
    pub(crate) slot: usize,
}

/// Linked rows by key, with the audience that a node gives them.
pub(crate) struct Group {
    /// The linked entity.
    pub(crate) entity: EntityId,
    pub(crate) far: Far,
    pub(crate) child: NodeId,
    /// The child's slot in the linked entity.
    pub(crate) slot: usize,
    /// Who looks at it.
    pub(crate) near: BTreeSet<Near>,
}

/// A plan, worked out.
pub(crate) struct Shape {
    /// By entity, ascending by node.
    slots: BTreeMap<EntityId, Vec<Slot>>,
    pub(crate) groups: Vec<Group>,
    /// The group of each `Exists`, with the attribute of this row that is its key.
    exists: BTreeMap<NodeId, (GroupId, AttrId)>,
    matchers: BTreeMap<NodeId, Matcher>,
    pub(crate) windows: Vec<WindowKey>,
    window_ids: BTreeMap<NodeId, WindowId>,
    /// Who looks at a hierarchy: at the rows above one of that id, or else at those below any.
    pub(crate) trees: BTreeMap<Hierarchy, BTreeSet<(Option<Guid>, Near)>>,
    /// Entities whose read privileges anything asks for.
    pub(crate) read_entities: BTreeSet<EntityId>,
    /// Attributes, primary ids aside, that rows are found by: of linking rows and of linked ones.
    pub(crate) indexed: BTreeSet<(EntityId, AttrId)>,
    /// The columns of an entity for a profile, where they aren't all.
    columns: BTreeMap<(EntityId, ProfileId), Box<[AttrId]>>,
    /// Of entities of which every profile names columns, all that any does.
    shown: BTreeMap<EntityId, BTreeSet<AttrId>>,
}

impl Shape {
    pub(crate) fn new(plan: &Plan, schema: &Schema) -> Self {
        let mut shape = Self {
            slots: BTreeMap::new(),
            groups: Vec::new(),
            exists: BTreeMap::new(),
            matchers: BTreeMap::new(),
            windows: Vec::new(),
            window_ids: BTreeMap::new(),
            trees: BTreeMap::new(),
            read_entities: BTreeSet::new(),
            indexed: BTreeSet::new(),
            columns: BTreeMap::new(),
            shown: BTreeMap::new(),
        };
        shape.make_columns(plan);
        shape.make_slots(plan);
        shape.make_groups(plan, schema);
        shape.make_ready(plan, schema);
        shape.make_trees(plan, schema);
        for entity in shape.slots.keys().copied().collect::<Vec<_>>() {
            for at in 0..shape.slots(entity).len() {
                shape.look(plan, schema, entity, at);
            }
        }
        shape
    }

    /// The slots of an entity, ascending by node.
    pub(crate) fn slots(&self, entity: EntityId) -> &[Slot] {
        self.slots.get(&entity).map_or(&[], |slots| slots)
    }

    /// The columns that a profile's devices hold; none is all of them.
    pub(crate) fn columns(&self, entity: EntityId, profile: ProfileId) -> Option<&[AttrId]> {
        self.columns
            .get(&(entity, profile))
            .map(|columns| &**columns)
    }

    /// Whether any profile's devices hold one of the attributes.
    pub(crate) fn shows(&self, entity: EntityId, attributes: &[AttrId]) -> bool {
        let shown = self.shown.get(&entity);
        let mut attributes = attributes.iter();
        attributes.any(|attribute| shown.is_none_or(|shown| shown.contains(attribute)))
    }

    /// The group of an `Exists`, with the attribute of this row that is its key.
    pub(crate) fn exists(&self, node: NodeId) -> Option<(GroupId, AttrId)> {
        self.exists.get(&node).copied()
    }

    /// The condition of a `Rows` node, ready to be asked.
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

    /// Groups whose linked rows an intersect entity pairs.
    pub(crate) fn paired_by(&self, entity: EntityId) -> impl Iterator<Item = GroupId> + '_ {
        (0_u32..)
            .map(GroupId)
            .zip(&self.groups)
            .filter(move |(_, group)| {
                matches!(group.far, Far::Pairs { intersect, .. } if intersect == entity)
            })
            .map(|(id, _)| id)
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
                looks_at: BTreeSet::new(),
                shares: false,
                groups: Vec::new(),
            });
            self.slots.insert(entity, slots.collect());
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
            let (far, attribute) = match *link {
                Link::Attributes { from, to, .. } => (Far::Attribute(to), from),
                Link::Through {
                    intersect,
                    near,
                    far,
                    ..
                } => (
                    Far::Pairs {
                        intersect,
                        near,
                        far,
                    },
                    schema.entity(own).primary_id,
                ),
            };
            let group = *known.entry((entity, far, *child)).or_insert_with(|| {
                let slots = self.slots.get_mut(&entity);
                let slot = slots.and_then(|slots| {
                    let at = slots.iter().position(|slot| slot.node == *child)?;
                    let group = GroupId(u32::try_from(self.groups.len()).unwrap_or(u32::MAX));
                    slots[at].groups.push(group);
                    Some((at, group))
                });
                let (slot, group) = slot.unwrap_or((0, GroupId(u32::MAX)));
                self.groups.push(Group {
                    entity,
                    far,
                    child: *child,
                    slot,
                    near: BTreeSet::new(),
                });
                group
            });
            self.exists.insert(id, (group, attribute));
            let to = match far {
                Far::Attribute(to) => Some((entity, to)),
                Far::Pairs { .. } => None,
            };
            for (entity, attribute) in to.into_iter().chain([(own, attribute)]) {
                if attribute != schema.entity(entity).primary_id {
                    self.indexed.insert((entity, attribute));
                }
            }
        }
    }

    /// Indexes what hierarchies are walked by.
    fn make_trees(&mut self, plan: &Plan, schema: &Schema) {
        for id in plan.nodes.ids() {
            let (
                Node::Below(attribute, hierarchy, ..) | Node::Above(attribute, hierarchy, ..),
                Some(own),
            ) = (plan.nodes.get(id), plan.nodes.entity(id))
            else {
                continue;
            };
            self.indexed.insert((hierarchy.entity, hierarchy.parent));
            if *attribute != schema.entity(own).primary_id {
                self.indexed.insert((own, *attribute));
            }
        }
    }

    fn make_ready(&mut self, plan: &Plan, schema: &Schema) {
        let mut numbers: BTreeMap<WindowKey, WindowId> = BTreeMap::new();
        for id in plan.nodes.ids() {
            match plan.nodes.get(id) {
                Node::Rows(condition) => {
                    let matcher = Matcher::new(condition, plan.settings.collation);
                    self.matchers.insert(id, matcher);
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

    /// Works out what a slot looks at, and enters it with the groups that it looks at.
    fn look(&mut self, plan: &Plan, schema: &Schema, entity: EntityId, at: usize) {
        let Some(slot) = self
            .slots
            .get_mut(&entity)
            .and_then(|slots| slots.get_mut(at))
        else {
            return;
        };
        let mut seen = BTreeSet::new();
        let mut rest = vec![slot.node];
        while let Some(id) = rest.pop() {
            if !seen.insert(id) {
                continue;
            }
            match plan.nodes.get(id) {
                Node::Rows(condition) => {
                    slot.looks_at.insert(condition.attribute);
                    if let Operands::Attribute(other) = condition.operands {
                        slot.looks_at.insert(other);
                    }
                }
                Node::UserMatch(attribute, _) | Node::Window(attribute, ..) => {
                    slot.looks_at.insert(*attribute);
                }
                node @ (Node::Below(attribute, hierarchy, root, _)
                | Node::Above(attribute, hierarchy, root, _)) => {
                    slot.looks_at.insert(*attribute);
                    let above = matches!(node, Node::Above(..)).then_some(*root);
                    let uses = self.trees.entry(*hierarchy).or_default();
                    uses.insert((
                        above,
                        Near {
                            entity,
                            attribute: *attribute,
                            slot: at,
                        },
                    ));
                }
                Node::Shared => slot.shares = true,
                Node::And(children) | Node::Or(children) => rest.extend(children),
                Node::Not(child) => rest.push(*child),
                Node::Exists(..) => {
                    if let Some((group, attribute)) = self.exists.get(&id) {
                        slot.looks_at.insert(*attribute);
                        self.groups[group.0 as usize].near.insert(Near {
                            entity,
                            attribute: *attribute,
                            slot: at,
                        });
                    }
                }
                Node::All | Node::None | Node::Users(_) => {}
            }
        }
        for group in &slot.groups {
            if let Far::Attribute(to) = self.groups[group.0 as usize].far {
                slot.looks_at.insert(to);
            }
        }
        // A change of the primary id is another row.
        slot.looks_at.remove(&schema.entity(entity).primary_id);
    }
}
