//! The leaves of audiences. Whether a user is in one depends on the user's context and the clock
//! alone, never on a row.

use weir_ir::operators::Relation;
use weir_ir::plan::{Depth, UserSet};
use weir_ir::value::Guid;

/// Number of a window in its plan's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct WindowId(pub(crate) u32);

/// A set of users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Leaf {
    /// A set that no row decides.
    Users(UserSet),
    /// The users to whom an id stands in a relation.
    Match(Relation, Guid),
    /// The users of a language, by its number.
    Language(i64),
    /// The users in whose zone a value lies in a window now.
    InWindow(WindowId, i64),
}

/// The rank of what any user may be in.
pub(super) const OPEN: u8 = u8::MAX;

/// How few users a relation is likely to lead to; small is few.
pub(super) fn rank_of_relation(relation: Relation) -> u8 {
    match relation {
        Relation::Itself => 1,
        Relation::Hierarchy | Relation::Subordinate => 2,
        Relation::Team | Relation::SelfOrTeam => 3,
        Relation::HierarchyAndTeams | Relation::TeamOfSubordinate => 4,
        Relation::BusinessUnit => 5,
        Relation::ReadUnit(_) => 6,
        Relation::ReadUnitTree(_) => 7,
        Relation::Language => 9,
    }
}

/// How few users a set is likely to have; small is few.
pub(super) fn rank_of_set(set: UserSet) -> u8 {
    match set {
        UserSet::Member(_) => 8,
        UserSet::Reads(_, Depth::Global) => 10,
        _ => 11,
    }
}
