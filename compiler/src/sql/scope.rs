//! Needs and shape of one entity's statement, found before anything is emitted: which nodes it
//! reaches, which of them are worth a common table expression, what it must know of users.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::{IndexMap, IndexSet};
use weir_ir::operators::Relation;
use weir_ir::plan::{Link, Node, NodeId, Plan, UserSet};
use weir_ir::schema::{AttrId, AttributeType, Behavior, EntityId, Schema};
use weir_ir::settings::{ClockZone, HierarchyModel};
use weir_ir::window::Window;

use super::condition::Side;

/// A group of at least so many terms that is used more than once stands once, by name.
const SHARED_TERMS: usize = 8;
/// A group with so many groups in one another stands apart, by name: parsers and emission nest only
/// so deep.
const WRITTEN_LEVELS: usize = 50;

/// What one statement is made of.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// How often each node that it reaches is used, ascending.
    uses: BTreeMap<NodeId, usize>,
    /// Groups that stand once, by name.
    shared: BTreeSet<NodeId>,
    /// Of links to the same rows by the same value, whatever this row's attribute: the first.
    pub(super) links: BTreeMap<NodeId, NodeId>,
    /// Whether the business unit of users is asked for.
    pub(super) unit: bool,
    /// Whether the position of users is asked for.
    pub(super) position: bool,
    /// Whether the profile of users is asked for.
    pub(super) member: bool,
    /// Whether the language of users is asked for.
    pub(super) language: bool,
    /// Whether the zone of users is asked for.
    pub(super) zone: bool,
    /// Whether the unit that a privilege came by is asked for.
    pub(super) grant_unit: bool,
    /// The windows by the users' zones, and those that recur.
    pub(super) windows: IndexSet<(Window, Behavior)>,
    /// The datetimes that are asked about windows that recur.
    pub(super) recurring: BTreeSet<(EntityId, AttrId)>,
}

impl Shape {
    /// The shape of the statement that roots need.
    pub(super) fn of(schema: &Schema, plan: &Plan, roots: &[NodeId]) -> Self {
        let mut shape = Self::default();
        shape.uses.extend(roots.iter().map(|root| (*root, 1)));
        // Parents come after their children: from the last root down, each is met after its parents.
        let mut at = roots.iter().max().copied();
        while let Some(id) = at {
            for child in plan.nodes.children(id) {
                *shape.uses.entry(*child).or_default() += 1;
            }
            shape.need(schema, plan, id);
            at = shape.uses.range(..id).next_back().map(|(id, _)| *id);
        }
        shape.share(plan);
        shape.join(schema, plan);
        shape
    }

    /// Finds the links that give the same.
    fn join(&mut self, schema: &Schema, plan: &Plan) {
        let mut first = IndexMap::new();
        for id in self.uses.keys() {
            let (Node::Exists(link, child), Some(entity)) =
                (plan.nodes.get(*id), plan.nodes.entity(*id))
            else {
                continue;
            };
            let (side, there) = match *link {
                Link::Attributes {
                    from,
                    entity: linked,
                    to,
                } => (Some(Side::of(schema, entity, from)), (linked, to, None)),
                Link::Through {
                    intersect,
                    near,
                    far,
                    entity: linked,
                } => (None, (linked, near, Some((intersect, far)))),
            };
            let known = first.entry((side, there, *child)).or_insert(*id);
            self.links.insert(*id, *known);
        }
    }

    /// Finds the groups that stand by name.
    fn share(&mut self, plan: &Plan) {
        // Terms and levels of each node where it is written out.
        let mut written: BTreeMap<NodeId, (usize, usize)> = BTreeMap::new();
        for (id, uses) in &self.uses {
            let children = plan.nodes.children(*id);
            let is_group = matches!(
                plan.nodes.get(*id),
                Node::And(_) | Node::Or(_) | Node::Not(_)
            );
            let sizes = children.iter().filter_map(|child| written.get(child));
            let (terms, levels) = sizes.fold((0, 0), |(terms, levels), of| {
                (terms + of.0, levels.max(of.1))
            });
            let is_long = *uses > 1 && terms >= SHARED_TERMS;
            let is_leaf = !is_group || is_long || levels >= WRITTEN_LEVELS;
            if is_group && is_leaf {
                self.shared.insert(*id);
            }
            written.insert(*id, if is_leaf { (1, 1) } else { (terms, levels + 1) });
        }
    }

    /// The nodes that it reaches, children before parents.
    pub(super) fn reached(&self) -> impl Iterator<Item = NodeId> + use<> {
        self.uses.keys().copied().collect::<Vec<_>>().into_iter()
    }

    /// Whether a node stands once, by name.
    pub(super) fn is_shared(&self, id: NodeId) -> bool {
        self.shared.contains(&id)
    }

    fn need(&mut self, schema: &Schema, plan: &Plan, id: NodeId) {
        match plan.nodes.get(id) {
            Node::UserMatch(_, relation) => match relation {
                Relation::BusinessUnit => self.unit = true,
                Relation::Language => self.language = true,
                Relation::ReadUnit(_) | Relation::ReadUnitTree(_) => self.grant_unit = true,
                Relation::Hierarchy
                | Relation::HierarchyAndTeams
                | Relation::Subordinate
                | Relation::TeamOfSubordinate => {
                    self.position |= plan.settings.hierarchy_model == HierarchyModel::Position;
                }
                Relation::Itself | Relation::Team | Relation::SelfOrTeam => {}
            },
            Node::Users(UserSet::Member(_)) => self.member = true,
            Node::Window(attribute, window, zone)
                if *zone == ClockZone::User || window.recurs() =>
            {
                if let Some(entity) = plan.nodes.entity(id)
                    && let Some(behavior) = behavior(schema.attribute(entity, *attribute).ty)
                {
                    self.zone |= *zone == ClockZone::User;
                    self.windows.insert((*window, behavior));
                    if window.recurs() {
                        self.recurring.insert((entity, *attribute));
                    }
                }
            }
            _ => {}
        }
    }

    /// The numbers of the windows that don't recur.
    pub(super) fn bounded(&self) -> Vec<(i64, Behavior)> {
        let bounded = self.windows.iter().filter(|(window, _)| !window.recurs());
        bounded
            .map(|(window, behavior)| (self.window(*window, *behavior), *behavior))
            .collect()
    }

    /// The number of a window in the table of windows.
    pub(super) fn window(&self, window: Window, behavior: Behavior) -> i64 {
        self.windows
            .get_index_of(&(window, behavior))
            .and_then(|at| i64::try_from(at).ok())
            .unwrap_or(-1)
    }
}

/// The behaviour of a datetime.
pub(super) fn behavior(ty: AttributeType) -> Option<Behavior> {
    match ty {
        AttributeType::Datetime(behavior) => Some(behavior),
        _ => None,
    }
}
