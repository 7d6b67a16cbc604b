//! Hierarchies of rows (SEMANTICS §5.3), walked upwards. Nothing is remembered of them: whether a row
//! stands below another is a walk of at most [`limits::TREE_LEVELS`] steps.

use weir_ir::limits;
use weir_ir::plan::{Hierarchy, Node};

use crate::key::Code;
use crate::maps::When;
use crate::state::State;
use crate::store::Store;

/// The ids above one, nearest first. It ends where a row is missing or has none above it, where a
/// loop closes at the row itself, and after so many levels.
pub(crate) fn above<'a>(
    state: &'a State,
    store: &'a Store,
    hierarchy: Hierarchy,
    id: Code,
    when: When,
) -> impl Iterator<Item = Code> + 'a {
    let cell = state.parent_cell(hierarchy);
    let parent = move |id: &Code| {
        let row = store.bearing(hierarchy.entity, *id, when)?;
        let parent = state.lines.code_at(store, row, cell?, when);
        (parent != Code::NULL).then_some(parent)
    };
    std::iter::successors(parent(&id), parent)
        .take(limits::TREE_LEVELS as usize)
        .take_while(move |upper| *upper != id)
}

/// Whether a key is what a node of a hierarchy asks for.
pub(crate) fn holds(state: &State, store: &Store, node: &Node, code: Code) -> bool {
    if code == Code::NULL {
        return false;
    }
    let (hierarchy, root, inclusive, is_below) = match *node {
        Node::Below(_, hierarchy, id, inclusive) => (hierarchy, id, inclusive, true),
        Node::Above(_, hierarchy, id, inclusive) => (hierarchy, id, inclusive, false),
        _ => return false,
    };
    // An id that no row bears or holds is nobody's key.
    let root = store.key_of(root);
    let (below, above_of) = match is_below {
        true => (code, root),
        false => (root, code),
    };
    if code == root {
        return inclusive;
    }
    root != Code::NULL
        && above(state, store, hierarchy, below, When::After).any(|upper| upper == above_of)
}
