//! The shape of a proof: why a row is on a user's devices. Plain data for a renderer; source texts
//! are found through the plan's origins of each [`Step::node`].

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
