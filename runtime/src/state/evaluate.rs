//! A row's audience for a node: a walk over the plan, down to the groups of linked rows.
//! Cost: each node at most once a walk.

use std::sync::Arc;

use weir_ir::operators::Relation;
use weir_ir::plan::{Node, NodeId, Plan};

use super::State;
use crate::audience::{Audience, Key, Leaf};
use crate::context::Context;
use crate::maps::When;
use crate::store::{RowId, Store};
use crate::tree;

/// What the current walk has found, by node.
pub(super) struct Memo {
    walk: u64,
    found: Vec<(u64, Audience)>,
}

impl Memo {
    pub(super) fn new(nodes: usize) -> Self {
        Self {
            walk: 0,
            found: vec![(0, Audience::NONE); nodes],
        }
    }
}

impl State {
    /// The audience that a node gives to a row that is there; how many nodes it took.
    pub(super) fn evaluate(
        &mut self,
        store: &Store,
        context: &Context,
        node: NodeId,
        row: RowId,
    ) -> (Audience, u64) {
        self.memo.walk += 1;
        let mut evaluated = 0;
        let plan = Arc::clone(&self.plan);
        let audience = self.walk(&plan, store, context, node, row, &mut evaluated);
        (audience, evaluated)
    }

    fn walk(
        &mut self,
        plan: &Plan,
        store: &Store,
        context: &Context,
        id: NodeId,
        row: RowId,
        evaluated: &mut u64,
    ) -> Audience {
        let (walk, known) = self.memo.found[id.0 as usize];
        if walk == self.memo.walk {
            return known;
        }
        *evaluated += 1;
        let audience = match plan.nodes.get(id) {
            Node::All => Audience::ALL,
            Node::None => Audience::NONE,
            Node::Rows(_) => self.condition(store, id, row),
            Node::Users(set) => self.audiences.leaf(Leaf::Users(*set)),
            Node::UserMatch(attribute, relation) => {
                match Key::of(store.value(row, *attribute, When::After)) {
                    Some(key) => self.audiences.leaf(Leaf::Match(*relation, key)),
                    None => Audience::NONE,
                }
            }
            Node::Window(attribute, ..) => {
                let value = store.value(row, *attribute, When::After).clock_number();
                match (value, self.shape.window(id)) {
                    (Some(value), Some(window)) => {
                        self.audiences.leaf(Leaf::InWindow(window, value))
                    }
                    _ => Audience::NONE,
                }
            }
            node @ (Node::Below(attribute, ..) | Node::Above(attribute, ..)) => {
                let value = store.value(row, *attribute, When::After);
                everyone(tree::holds(store, node, value))
            }
            Node::Shared => self.shared(store, context, row),
            Node::And(children) => {
                let mut terms = Vec::with_capacity(children.len());
                for child in children {
                    let term = self.walk(plan, store, context, *child, row, evaluated);
                    if term == Audience::NONE {
                        terms = vec![term];
                        break;
                    }
                    terms.push(term);
                }
                self.audiences.and(terms)
            }
            Node::Or(children) => {
                let mut terms = Vec::with_capacity(children.len());
                for child in children {
                    let term = self.walk(plan, store, context, *child, row, evaluated);
                    if term == Audience::ALL {
                        terms = vec![term];
                        break;
                    }
                    terms.push(term);
                }
                self.audiences.or(terms)
            }
            Node::Not(child) => {
                let inner = self.walk(plan, store, context, *child, row, evaluated);
                self.audiences.not(inner)
            }
            Node::Exists(..) => self.group_of(store, id, row),
        };
        self.memo.found[id.0 as usize] = (self.memo.walk, audience);
        audience
    }

    fn condition(&self, store: &Store, id: NodeId, row: RowId) -> Audience {
        let holds = self.shape.matcher(id).is_some_and(|matcher| {
            matcher.holds(|attribute| store.value(row, attribute, When::After))
        });
        everyone(holds)
    }

    fn shared(&mut self, store: &Store, context: &Context, row: RowId) -> Audience {
        let principal = store.schema().system.share_principalid;
        let mut terms = Vec::new();
        for share in context.shares(store.entity(row), store.id(row)) {
            if let Some(key) = Key::of(store.value(share, principal, When::After)) {
                terms.push(self.audiences.leaf(Leaf::Match(Relation::SelfOrTeam, key)));
            }
        }
        self.audiences.or(terms)
    }
}

/// All users or none.
fn everyone(holds: bool) -> Audience {
    if holds { Audience::ALL } else { Audience::NONE }
}
