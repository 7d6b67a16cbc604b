//! The leaves of audiences. Whether a user is in one depends on the user's context and the clock
//! alone, never on a row.

use weir_ir::operators::Relation;
use weir_ir::plan::UserSet;
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
