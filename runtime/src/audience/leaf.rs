//! The leaves of audiences. Whether a user is in one depends on the user's context and the clock
//! alone, never on a row.

use weir_ir::operators::Relation;
use weir_ir::plan::{Depth, UserSet};
use weir_ir::value::{Guid, Value};

/// Number of a window in its plan's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct WindowId(pub(crate) u32);

/// A value that stands for users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Key {
    Guid(Guid),
    Number(i64),
}

impl Key {
    pub(crate) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Guid(guid) => Some(Self::Guid(*guid)),
            Value::Int(number) => Some(Self::Number(*number)),
            _ => None,
        }
    }
}

/// A set of users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Leaf {
    /// A set that no row decides.
    Users(UserSet),
    /// The users to whom a value stands in a relation.
    Match(Relation, Key),
    /// The users in whose zone a value lies in a window now.
    InWindow(WindowId, i64),
}

/// The rank of what any user may be in.
pub(super) const OPEN: u8 = u8::MAX;

impl Leaf {
    /// How few users it is likely to have; small is few.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::Match(relation, _) => match relation {
                Relation::Itself => 1,
                Relation::Hierarchy | Relation::Subordinate => 2,
                Relation::Team | Relation::SelfOrTeam => 3,
                Relation::HierarchyAndTeams | Relation::TeamOfSubordinate => 4,
                Relation::BusinessUnit => 5,
                Relation::ReadUnit(_) => 6,
                Relation::ReadUnitTree(_) => 7,
                Relation::Language => 9,
            },
            Self::Users(UserSet::Member(_)) => 8,
            Self::Users(UserSet::Reads(_, Depth::Global)) => 10,
            Self::Users(_) => 11,
            Self::InWindow(..) => OPEN,
        }
    }
}
