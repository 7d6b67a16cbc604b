//! The plan: what all profiles together mean, as one acyclic graph of audience-valued nodes.
//!
//! Every row has an *audience*: the set of users that receive it. A node gives each row of its
//! entity an audience. Equal structure is one node, across items and profiles ([`Nodes`] interns);
//! children come before their parents, so ascending [`NodeId`]s are an order of evaluation. The
//! plan is lowered twice: to SQL and to the engine's state. Nodes keep a side table of origins, or
//! sharing would leave nothing to explain with.

use indexmap::IndexSet;
use rustc_hash::{FxBuildHasher, FxHashSet};
use smallvec::SmallVec;
use smol_str::SmolStr;

use crate::diagnostic::Span;
use crate::operators::{Condition, Relation};
use crate::schema::{AttrId, EntityId, RelationshipId};
use crate::settings::{ClockZone, Settings};
use crate::value::Guid;
use crate::window::Window;

/// Number of a node in its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

/// Number of a profile in its plan; profiles ascend by folded name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProfileId(pub u32);

/// Depth of a read privilege; each includes the lesser ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Depth {
    /// Own and own teams' rows.
    Basic,
    /// Rows of the business unit that the privilege came by.
    Local,
    /// … and of those below.
    Deep,
    /// All.
    Global,
}

impl Depth {
    /// Its name, as `roleprivilege.depth` has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Local => "local",
            Self::Deep => "deep",
            Self::Global => "global",
        }
    }

    /// The depth of that name, as `roleprivilege.depth` gives it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "basic" => Self::Basic,
            "local" => Self::Local,
            "deep" => Self::Deep,
            "global" => Self::Global,
            _ => return None,
        })
    }
}

/// A set of users that no row decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UserSet {
    /// Enabled users that are members of the profile, and of no profile before it.
    Member(ProfileId),
    /// Users whose roles, or whose teams' roles, read the entity at least that deep.
    Reads(EntityId, Depth),
    /// Enabled users that exist.
    Active,
}

/// How a row finds the rows that it is linked to. NULL links nothing; texts link folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Link {
    /// Rows of `entity` whose attribute `to` equals this row's attribute `from`.
    Attributes {
        /// Of this row.
        from: AttrId,
        /// The linked entity.
        entity: EntityId,
        /// Of the linked rows.
        to: AttrId,
    },
    /// Rows of `entity` that a row of `intersect` pairs with this row, both by primary id.
    Through {
        /// The entity of the pairs.
        intersect: EntityId,
        /// The pair's attribute for this row.
        near: AttrId,
        /// The pair's attribute for the linked row.
        far: AttrId,
        /// The linked entity.
        entity: EntityId,
    },
}

impl Link {
    /// The linked entity.
    #[must_use]
    pub fn entity(self) -> EntityId {
        match self {
            Self::Attributes { entity, .. } | Self::Through { entity, .. } => entity,
        }
    }
}

/// Rows of an entity, each of which stands below the one that its attribute names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hierarchy {
    /// The entity.
    pub entity: EntityId,
    /// The attribute of the row above.
    pub parent: AttrId,
}

/// What gives the rows of an entity their audience.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// Every user.
    All,
    /// No user.
    None,
    /// Every user if the row satisfies the condition, else no user.
    Rows(Condition),
    /// Those users, whatever the row.
    Users(UserSet),
    /// The users to whom the attribute's value stands in the relation; none where it is NULL.
    UserMatch(AttrId, Relation),
    /// The users in whose zone (or all, by UTC) the attribute's value lies in the window now; none
    /// where it is NULL.
    Window(AttrId, Window, ClockZone),
    /// Every user if the attribute names a row below the one of that id, or, where it says so, that
    /// one itself; no user where it is NULL. [`crate::limits::TREE_LEVELS`] levels at most.
    Below(AttrId, Hierarchy, Guid, bool),
    /// Likewise a row above it.
    Above(AttrId, Hierarchy, Guid, bool),
    /// The users that the row is shared to, by themselves or by a team of theirs.
    Shared,
    /// Users in all of them.
    And(Vec<NodeId>),
    /// Users in any of them.
    Or(Vec<NodeId>),
    /// Every user that isn't in it.
    Not(NodeId),
    /// Users in the audience that the node gives to at least one linked row.
    Exists(Link, NodeId),
}

/// Which part of the sources a node comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// All that an item brings.
    Item,
    /// The item's download choice.
    Choice,
    /// The item's filter, or a condition in it.
    Filter,
    /// The association with that index in [`PlanItem::associations`].
    Association(u32),
    /// That association's own filter, or a condition in it.
    AssociationFilter(u32),
    /// The organisation's data download filter, or a condition in it.
    OrganizationFilter,
    /// Read privileges.
    Security,
}

/// Where a node comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// The profile; none for what the organisation says.
    pub profile: Option<ProfileId>,
    /// The entity of the item.
    pub item: EntityId,
    /// The part of it.
    pub part: Part,
    /// Its source text.
    pub span: Option<Span>,
}

/// What a node's value depends on beside the row and its linked rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Traits {
    /// The user: false means that its audience is everyone or no one.
    pub user: bool,
    /// The clock.
    pub clock: bool,
}

/// Nodes, each once.
#[derive(Clone, Debug, Default)]
pub struct Nodes {
    nodes: IndexSet<(Option<EntityId>, Node), FxBuildHasher>,
    traits: Vec<Traits>,
    origins: Vec<SmallVec<[Origin; 1]>>,
    noted: FxHashSet<(NodeId, Origin)>,
}

impl Nodes {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// All ids, children before parents.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = NodeId> + use<> {
        (0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)).map(NodeId)
    }

    /// The node.
    ///
    /// # Panics
    /// The number is another plan's.
    #[must_use]
    pub fn get(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize].1
    }

    /// The entity whose rows it judges; none where the row does not matter.
    ///
    /// # Panics
    /// The number is another plan's.
    #[must_use]
    pub fn entity(&self, id: NodeId) -> Option<EntityId> {
        self.nodes[id.0 as usize].0
    }

    /// What its value depends on.
    ///
    /// # Panics
    /// The number is another plan's.
    #[must_use]
    pub fn traits(&self, id: NodeId) -> Traits {
        self.traits[id.0 as usize]
    }

    /// Where it comes from.
    #[must_use]
    pub fn origins(&self, id: NodeId) -> &[Origin] {
        self.origins
            .get(id.0 as usize)
            .map_or(&[], |origins| origins)
    }

    /// The nodes that it is made of.
    #[must_use]
    pub fn children(&self, id: NodeId) -> &[NodeId] {
        match self.get(id) {
            Node::And(children) | Node::Or(children) => children,
            Node::Not(child) | Node::Exists(_, child) => std::slice::from_ref(child),
            _ => &[],
        }
    }

    /// Remembers where a node comes from.
    pub fn note(&mut self, id: NodeId, origin: Origin) {
        if let Some(origins) = self.origins.get_mut(id.0 as usize)
            && self.noted.insert((id, origin))
        {
            origins.push(origin);
        }
    }

    fn intern(&mut self, entity: Option<EntityId>, node: Node) -> NodeId {
        let own = match &node {
            Node::Users(_) | Node::UserMatch(..) | Node::Shared => Traits {
                user: true,
                clock: false,
            },
            Node::Window(_, window, zone) => Traits {
                user: *zone == ClockZone::User,
                clock: window.moves(),
            },
            Node::And(children) | Node::Or(children) => {
                children.iter().fold(Traits::default(), |traits, child| {
                    let child = self.traits(*child);
                    Traits {
                        user: traits.user || child.user,
                        clock: traits.clock || child.clock,
                    }
                })
            }
            Node::Not(child) | Node::Exists(_, child) => self.traits(*child),
            Node::All | Node::None | Node::Rows(_) | Node::Below(..) | Node::Above(..) => {
                Traits::default()
            }
        };
        let (at, new) = self.nodes.insert_full((entity, node));
        if new {
            self.traits.push(own);
            self.origins.push(SmallVec::new());
        }
        NodeId(u32::try_from(at).unwrap_or(u32::MAX))
    }

    /// Every user.
    pub fn all(&mut self) -> NodeId {
        self.intern(None, Node::All)
    }

    /// No user.
    pub fn none(&mut self) -> NodeId {
        self.intern(None, Node::None)
    }

    /// Everyone or no one.
    pub fn constant(&mut self, everyone: bool) -> NodeId {
        if everyone { self.all() } else { self.none() }
    }

    /// A condition on the row alone.
    pub fn rows(&mut self, entity: EntityId, condition: Condition) -> NodeId {
        self.intern(Some(entity), Node::Rows(condition))
    }

    /// A set of users.
    pub fn users(&mut self, set: UserSet) -> NodeId {
        self.intern(None, Node::Users(set))
    }

    /// The users to whom an attribute's value stands in a relation.
    pub fn user_match(
        &mut self,
        entity: EntityId,
        attribute: AttrId,
        relation: Relation,
    ) -> NodeId {
        self.intern(Some(entity), Node::UserMatch(attribute, relation))
    }

    /// The users in whose zone an attribute's value lies in a window.
    pub fn window(
        &mut self,
        entity: EntityId,
        attribute: AttrId,
        window: Window,
        zone: ClockZone,
    ) -> NodeId {
        self.intern(Some(entity), Node::Window(attribute, window, zone))
    }

    /// Everyone, of rows whose attribute names a row below or above one, or that one itself.
    pub fn ancestry(
        &mut self,
        entity: EntityId,
        attribute: AttrId,
        hierarchy: Hierarchy,
        id: Guid,
        (above, inclusive): (bool, bool),
    ) -> NodeId {
        let node = match above {
            true => Node::Above(attribute, hierarchy, id, inclusive),
            false => Node::Below(attribute, hierarchy, id, inclusive),
        };
        self.intern(Some(entity), node)
    }

    /// The users that a row is shared to.
    pub fn shared(&mut self, entity: EntityId) -> NodeId {
        self.intern(Some(entity), Node::Shared)
    }

    /// Users in all of them.
    pub fn and(&mut self, children: impl IntoIterator<Item = NodeId>) -> NodeId {
        self.group(children, true)
    }

    /// Users in any of them.
    pub fn or(&mut self, children: impl IntoIterator<Item = NodeId>) -> NodeId {
        self.group(children, false)
    }

    /// Flattened, sorted, without repeats; constants folded away.
    fn group(&mut self, children: impl IntoIterator<Item = NodeId>, and: bool) -> NodeId {
        let (neutral, absorbing) = if and {
            (Node::All, Node::None)
        } else {
            (Node::None, Node::All)
        };
        let mut flat = Vec::new();
        for child in children {
            match (self.get(child), and) {
                (Node::And(inner), true) | (Node::Or(inner), false) => {
                    flat.extend_from_slice(inner)
                }
                (node, _) if *node == neutral => {}
                (node, _) if *node == absorbing => return child,
                _ => flat.push(child),
            }
        }
        flat.sort_unstable();
        flat.dedup();
        match flat[..] {
            [] => self.constant(and),
            [only] => only,
            _ => {
                let entity = flat.iter().find_map(|child| self.entity(*child));
                self.intern(entity, if and { Node::And(flat) } else { Node::Or(flat) })
            }
        }
    }

    /// Every user that isn't in it.
    pub fn not(&mut self, child: NodeId) -> NodeId {
        match self.get(child) {
            Node::All => self.none(),
            Node::None => self.all(),
            Node::Not(inner) => *inner,
            _ => self.intern(self.entity(child), Node::Not(child)),
        }
    }

    /// Users in the audience of at least one linked row.
    pub fn exists(&mut self, entity: EntityId, link: Link, child: NodeId) -> NodeId {
        match self.get(child) {
            Node::None => child,
            _ => self.intern(Some(entity), Node::Exists(link, child)),
        }
    }

    /// Keeps only what `roots` need, in the same order; gives each old id its new one, if kept.
    #[must_use]
    pub fn pruned(&self, roots: impl IntoIterator<Item = NodeId>) -> (Self, Vec<Option<NodeId>>) {
        let mut needed = vec![false; self.len()];
        for root in roots {
            needed[root.0 as usize] = true;
        }
        for id in self
            .ids()
            .rev()
            .filter(|id| needed[id.0 as usize])
            .collect::<Vec<_>>()
        {
            debug_assert!(
                self.children(id).iter().all(|child| *child < id),
                "children come first"
            );
        }
        for id in self.ids().rev() {
            if needed[id.0 as usize] {
                for child in self.children(id) {
                    needed[child.0 as usize] = true;
                }
            }
        }
        let mut kept = Self::default();
        let mut new: Vec<Option<NodeId>> = vec![None; self.len()];
        for id in self.ids().filter(|id| needed[id.0 as usize]) {
            let moved = |child: &NodeId| new[child.0 as usize].unwrap_or(*child);
            let node = match self.get(id) {
                Node::And(children) => Node::And(children.iter().map(moved).collect()),
                Node::Or(children) => Node::Or(children.iter().map(moved).collect()),
                Node::Not(child) => Node::Not(moved(child)),
                Node::Exists(link, child) => Node::Exists(*link, moved(child)),
                other => other.clone(),
            };
            let at = kept.intern(self.entity(id), node);
            for origin in self.origins(id) {
                kept.note(at, *origin);
            }
            new[id.0 as usize] = Some(at);
        }
        (kept, new)
    }
}

/// Who is named as a member of a profile. Names are folded; every user or team that bears one is meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Member {
    /// A user by id.
    User(Guid),
    /// Users by domain name or e-mail address.
    UserNamed(SmolStr),
    /// The members of a team, by its id.
    Team(Guid),
    /// The members of the teams of that name.
    TeamNamed(SmolStr),
}

/// A member of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanMember {
    /// Who is named.
    pub member: Member,
    /// The name as written.
    pub text: SmolStr,
    /// Its source text.
    pub span: Option<Span>,
}

impl From<Member> for PlanMember {
    /// A member that no text names.
    fn from(member: Member) -> Self {
        let text = match &member {
            Member::User(id) | Member::Team(id) => SmolStr::new(id.to_string()),
            Member::UserNamed(name) | Member::TeamNamed(name) => name.clone(),
        };
        Self {
            member,
            text,
            span: None,
        }
    }
}

/// An association of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanAssociation {
    /// The entity of the target item.
    pub target: EntityId,
    /// Along which relationship.
    pub relationship: RelationshipId,
    /// On the target's rows: linked to a row of the source item, and of the association's filter.
    pub audience: NodeId,
    /// Its source text.
    pub span: Option<Span>,
}

/// An item of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanItem {
    /// Its entity.
    pub entity: EntityId,
    /// What it brings, membership aside: readable ∩ organisation filter ∩ (own ∪ linked).
    pub audience: NodeId,
    /// What it brings by its own download choice and filter.
    pub own: NodeId,
    /// The columns that devices hold; none is all of them.
    pub columns: Option<Box<[AttrId]>>,
    /// Its associations, to other items of the profile.
    pub associations: Vec<PlanAssociation>,
    /// Sync interval in minutes; carried, not acted on.
    pub sync_minutes: Option<u32>,
    /// Its source text.
    pub span: Option<Span>,
}

/// A profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanProfile {
    /// Its name.
    pub name: SmolStr,
    /// Its members.
    pub members: Vec<PlanMember>,
    /// Its items.
    pub items: Vec<PlanItem>,
}

/// An app module; carried, not acted on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanApp {
    /// Its name.
    pub name: SmolStr,
    /// Whether it is enabled for mobile offline.
    pub offline: bool,
    /// Its profiles.
    pub profiles: Vec<ProfileId>,
}

/// What devices hold of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// The entity.
    pub entity: EntityId,
    /// The audience of its rows: over all profiles with an item on it, member ∧ what the item brings.
    pub audience: NodeId,
    /// The columns of each profile with an item on it; none is all of them.
    pub columns: Vec<(ProfileId, Option<Box<[AttrId]>>)>,
}

/// What all profiles together mean.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The switches that it was compiled under.
    pub settings: Settings,
    /// Its nodes.
    pub nodes: Nodes,
    /// What devices hold, ascending by entity name.
    pub roots: Vec<Root>,
    /// Profiles, ascending by folded name.
    pub profiles: Vec<PlanProfile>,
    /// App modules.
    pub apps: Vec<PlanApp>,
}

impl Plan {
    /// A plan without profiles: no device holds anything.
    #[must_use]
    pub fn empty(settings: Settings) -> Self {
        Self {
            settings,
            nodes: Nodes::default(),
            roots: Vec::new(),
            profiles: Vec::new(),
            apps: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_structure_is_one_node() {
        let mut nodes = Nodes::default();
        let entity = EntityId(3);
        let a = nodes.user_match(entity, AttrId(1), Relation::Itself);
        let b = nodes.users(UserSet::Active);
        let both = nodes.and([a, b]);
        assert_eq!(nodes.and([b, a, a]), both);
        let all = nodes.all();
        assert_eq!(nodes.and([all, b, a]), both);
        let none = nodes.none();
        assert_eq!(nodes.and([none, a]), none);
        assert_eq!(nodes.or([none, a]), a);
        let not = nodes.not(both);
        assert_eq!(nodes.not(not), both);
        assert_eq!(nodes.entity(both), Some(entity));
        assert!(nodes.traits(both).user);

        let (kept, new) = nodes.pruned([both]);
        assert_eq!(kept.len(), 3);
        assert_eq!(
            kept.get(new[both.0 as usize].expect("kept")),
            &Node::And(vec![NodeId(0), NodeId(1)])
        );
    }
}
