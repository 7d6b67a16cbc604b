//! The shape of a proof: why a row is on a user's devices, or why it isn't. Plain data for a
//! renderer; source texts are found through the plan's origins of each [`Step::node`].

use smol_str::SmolStr;
use weir_ir::operators::Relation;
use weir_ir::plan::{Link, NodeId, ProfileId, UserSet};
use weir_ir::schema::{AttrId, EntityId};
use weir_ir::value::{Guid, Value};
use weir_ir::window::{Bounds, Window};

/// Why a row is on a user's devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The user's profile.
    pub profile: ProfileId,
    /// How the user is a member of it.
    pub membership: Membership,
    /// The entity of the item.
    pub item: EntityId,
    /// Why the item brings the row.
    pub step: Step,
}

/// Why a row is not on a user's devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Absence {
    /// The user does not exist.
    NoUser,
    /// The row does not exist.
    NoRow,
    /// The user is disabled.
    Disabled,
    /// The user is a member of no profile.
    NoProfile,
    /// The user's profile has no item for the row's entity.
    NoItem {
        /// The profile.
        profile: ProfileId,
        /// How the user is a member of it.
        membership: Membership,
    },
    /// The item does not bring the row.
    Missed(Missed),
}

/// Why an item does not bring a row: what fails on the ways in.
///
/// A way takes everything that an `And` asks for, one alternative of each `Or` and one linked row of
/// each `Exists`; an `Exists` without linked rows fails as a whole, and so do read privileges and what
/// is negated, groups aside. It is read off the plan: a condition that stands on it plain and negated
/// is two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// The user's profile.
    pub profile: ProfileId,
    /// How the user is a member of it.
    pub membership: Membership,
    /// The entity of the item.
    pub item: EntityId,
    /// The nearest ways in, by how many conditions fail on them, none of which asks for all that
    /// another does; at most [`weir_ir::limits::ABSENCE_WAYS`], never empty.
    pub misses: Vec<Miss>,
    /// How many ways there are, those that ask for all that another does among them.
    pub ways: u64,
    /// What fails on every way, also on those that are not among `misses`.
    pub always: Vec<Unmet>,
    /// Linked rows not looked at, beyond [`weir_ir::limits::ABSENCE_LINKED_ROWS`]; ways over them
    /// are neither counted nor told.
    pub unseen: u64,
}

impl Missed {
    /// The condition that alone keeps the row away: all others on the way in hold, and each other way
    /// asks for it too.
    #[must_use]
    pub fn single(&self) -> Option<&Unmet> {
        match (&self.always[..], self.misses.first()) {
            ([only], Some(nearest)) if nearest.unmet.len() == 1 => Some(only),
            _ => None,
        }
    }
}

/// A way in, by what fails on it; everything else on it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// What fails, by node and row.
    pub unmet: Vec<Unmet>,
}

/// A condition that is not as the way in needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmet {
    /// From the row to the one that the condition judges, link by link.
    pub via: Vec<Hop>,
    /// What the condition says: that it doesn't hold, or, in a negated group, that it does.
    pub step: Step,
}

/// A link that leads from one row to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The `Exists`.
    pub node: NodeId,
    /// How rows are linked.
    pub link: Link,
    /// The row of the intersect entity, where the link goes through one.
    pub pair: Option<Guid>,
    /// The linked row; its entity is the link's.
    pub row: Guid,
}

/// How a user is a member of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Index in the profile's members.
    pub member: usize,
    /// The team by which, if the member is a team.
    pub team: Option<Guid>,
}

/// What a node says of one row for the user, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The node.
    pub node: NodeId,
    /// The row's entity.
    pub entity: EntityId,
    /// The row.
    pub row: Guid,
    /// Whether the user is in the audience that the node gives to the row.
    pub holds: bool,
    /// Why, or why not.
    pub reason: Reason,
}

/// Why a node holds or doesn't.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It always does, or never.
    Constant,
    /// What the row holds.
    Condition {
        /// The attribute.
        attribute: AttrId,
        /// Its value.
        value: Value,
        /// The other attribute that it is compared with, and its value.
        other: Option<(AttrId, Value)>,
    },
    /// A set of users that the user is in, or isn't.
    Users(UserSet),
    /// How the row's value stands to the user.
    Match {
        /// The attribute.
        attribute: AttrId,
        /// Its value.
        value: Value,
        /// The relation asked for.
        relation: Relation,
        /// How the user stands in it; none where the user doesn't.
        route: Option<Route>,
    },
    /// The row that an attribute names, and the row of a hierarchy that it stands below or above.
    Ancestry {
        /// The attribute.
        attribute: AttrId,
        /// Its value.
        value: Value,
        /// The row that the node names.
        of: Guid,
        /// Whether it asks for a row above it, else below.
        above: bool,
    },
    /// The row's value and the window in the user's zone.
    Window {
        /// The attribute.
        attribute: AttrId,
        /// Its value.
        value: Value,
        /// The window.
        window: Window,
        /// What it accepts now, in the unit of the attribute's behaviour; of a window that recurs the
        /// turn by the value.
        bounds: Bounds,
        /// The zone's name.
        zone: SmolStr,
    },
    /// The share that opens the row, and how the user stands to its principal; none where none does.
    Shared(Option<(Guid, Route)>),
    /// Of an `And` that holds all children, else the first that doesn't.
    All(Vec<Step>),
    /// Of an `Or` that holds the first child that does, else all.
    Any(Vec<Step>),
    /// The negated node.
    Not(Box<Step>),
    /// Of an `Exists` that holds the first linked row whose audience has the user.
    Linked {
        /// How rows are linked.
        link: Link,
        /// The value by which this row links: of the link's attribute, or its id where it goes
        /// through an intersect entity.
        value: Value,
        /// The row of the intersect entity, where the link goes through one.
        pair: Option<Guid>,
        /// The linked row's proof; none where no linked row has the user.
        step: Option<Box<Step>>,
    },
}

/// How a row's value leads to the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// It is the user.
    Itself,
    /// It is a team of the user's.
    Team(Guid),
    /// It is a user below: that user and each manager up to the user (by positions: just the two).
    Below(Vec<Guid>),
    /// It is a team of a user below (or of the user): the team, and the chain as in [`Route::Below`].
    TeamBelow(Guid, Vec<Guid>),
    /// It is the user's unit, or a unit by which the user may read.
    Unit(Guid),
    /// It is a unit below one by which the user may read: that unit and each parent up to it.
    UnitBelow(Vec<Guid>),
    /// It is the user's language.
    Language(i64),
    /// It is -1, which stands for every language.
    EveryLanguage,
}
