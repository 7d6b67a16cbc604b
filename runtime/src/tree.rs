//! Hierarchies of rows (SEMANTICS §5.3), walked upwards in the store. Nothing is remembered of them:
//! whether a row stands below another is a walk of at most [`limits::TREE_LEVELS`] steps.

use weir_ir::limits;
use weir_ir::plan::{Hierarchy, Node};
use weir_ir::value::{Guid, Value};

use crate::maps::When;
use crate::store::Store;

/// The ids above one, nearest first. It ends where a row is missing or has none above it, where a
/// loop closes at the row itself, and after so many levels.
pub(crate) fn above(
    store: &Store,
    hierarchy: Hierarchy,
    id: Guid,
    when: When,
) -> impl Iterator<Item = Guid> + '_ {
    let parent = move |id: &Guid| {
        let row = store.lookup(hierarchy.entity, *id, when)?;
        store.value(row, hierarchy.parent, when).guid()
    };
    std::iter::successors(parent(&id), parent)
        .take(limits::TREE_LEVELS as usize)
        .take_while(move |upper| *upper != id)
}

/// Whether a value is what a node of a hierarchy asks for.
pub(crate) fn holds(store: &Store, node: &Node, value: &Value) -> bool {
    let Some(value) = value.guid() else {
        return false;
    };
    let (below, above_of, hierarchy, root, inclusive) = match *node {
        Node::Below(_, hierarchy, id, inclusive) => (value, id, hierarchy, id, inclusive),
        Node::Above(_, hierarchy, id, inclusive) => (id, value, hierarchy, id, inclusive),
        _ => return false,
    };
    if value == root {
        return inclusive;
    }
    above(store, hierarchy, below, When::After).any(|upper| upper == above_of)
}
