//! What of a row decides its audience: a root is a union of parts, a part a conjunction of conditions
//! on the row alone and of a tree over what users are matched with. Rows with equal values there
//! have equal audiences, so that users are looked for once a combination, not once a row.

use std::collections::BTreeSet;

use indexmap::IndexSet;
use weir_ir::plan::{Link, Node, NodeId, Plan};
use weir_ir::schema::{AttrId, EntityId, Schema};

/// Most parts that one conjunction of unions becomes; what is left of it stays in one part.
const PARTS: usize = 64;

/// A part of a root.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// Conditions on the row alone: no user has the row where one is false.
    pub(super) rows: Vec<NodeId>,
    /// Who has it otherwise: all of these.
    pub(super) users: Vec<NodeId>,
    /// The nodes of `users` that are written out, themselves and groups within.
    pub(super) written: Vec<NodeId>,
    /// Conditions on the row alone that stand within `users`.
    pub(super) tests: IndexSet<NodeId>,
    /// Attributes whose values stand within `users`.
    pub(super) values: BTreeSet<AttrId>,
}

/// The parts of a root.
pub(super) fn parts(schema: &Schema, plan: &Plan, entity: EntityId, root: NodeId) -> Vec<Part> {
    let mut conjunctions = union(plan, root);
    for conjunction in &mut conjunctions {
        conjunction.sort_unstable();
        conjunction.dedup();
    }
    conjunctions.sort_unstable();
    conjunctions.dedup();
    let part = |conjunction: Vec<NodeId>| {
        let by_user = |id: &NodeId| plan.nodes.traits(*id).user;
        let (users, rows) = conjunction.into_iter().partition(by_user);
        let mut part = Part {
            rows,
            ..Part::default()
        };
        for id in &users {
            part.look(schema, plan, entity, *id);
        }
        part.users = users;
        part
    };
    conjunctions.into_iter().map(part).collect()
}

/// A node as a union of conjunctions.
fn union(plan: &Plan, id: NodeId) -> Vec<Vec<NodeId>> {
    if !plan.nodes.traits(id).user {
        return vec![vec![id]];
    }
    match plan.nodes.get(id) {
        Node::Or(children) => children
            .iter()
            .flat_map(|child| union(plan, *child))
            .collect(),
        Node::And(children) => {
            let mut all: Vec<Vec<NodeId>> = vec![Vec::new()];
            for child in children {
                let mut parts = union(plan, *child);
                if all.len().saturating_mul(parts.len()) > PARTS {
                    parts = vec![vec![*child]];
                }
                all = all
                    .iter()
                    .flat_map(|one| parts.iter().map(|part| [&one[..], part].concat()))
                    .collect();
            }
            all
        }
        _ => vec![vec![id]],
    }
}

impl Part {
    /// Notes what a node looks at.
    fn look(&mut self, schema: &Schema, plan: &Plan, entity: EntityId, id: NodeId) {
        if !plan.nodes.traits(id).user {
            self.tests.insert(id);
            return;
        }
        self.written.push(id);
        let primary = schema.entity(entity).primary_id;
        match plan.nodes.get(id) {
            Node::UserMatch(attribute, _) | Node::Window(attribute, ..) => {
                self.values.insert(*attribute);
            }
            Node::Shared => {
                self.values.insert(primary);
            }
            Node::Exists(Link::Attributes { from, .. }, _) => {
                self.values.insert(*from);
            }
            Node::Exists(Link::Through { .. }, _) => {
                self.values.insert(primary);
            }
            Node::And(children) | Node::Or(children) => {
                for child in children {
                    self.look(schema, plan, entity, *child);
                }
            }
            Node::Not(child) => self.look(schema, plan, entity, *child),
            Node::Users(_)
            | Node::All
            | Node::None
            | Node::Rows(_)
            | Node::Below(..)
            | Node::Above(..) => {}
        }
    }
}
