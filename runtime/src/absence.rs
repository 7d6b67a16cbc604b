//! Why a row is not on a user's devices, found by asking the plan for that user alone: the ways in,
//! each by what fails on it.
//!
//! Invariant: of a node and row the ways are an antichain, fewest failures first; the empty way alone
//! says that the node is as wanted. The cut at [`limits::ABSENCE_WAYS`] keeps the nearest, as far as
//! conditions that several parts of a way share can be told before it is whole.
//! Cost: each node and linked row once, and for each a few ways.

use std::collections::BTreeMap;
use std::rc::Rc;

use rustc_hash::FxHashMap;
use weir_ir::limits;
use weir_ir::plan::{Link, Node, NodeId, Part};

use crate::explain::Explainer;
use crate::proof::{Absence, Hop, Miss, Missed, Unmet};
use crate::store::RowId;

/// Why the row is not on the user's devices; none where it is.
pub(crate) fn absence(explainer: Explainer<'_>, row: RowId) -> Option<Absence> {
    let (state, view, user) = (explainer.state, explainer.view, explainer.user);
    let store = view.org.store;
    if view.holds(state.root(store, row), user) {
        return None;
    }
    if !view.org.record(user).is_some_and(|record| record.active) {
        return Some(Absence::Disabled);
    }
    let Some((profile, membership)) = view.members.explain(view.org, user) else {
        return Some(Absence::NoProfile);
    };
    let entity = store.entity(row);
    let items = &state.plan.profiles.get(profile.0 as usize)?.items;
    let Some(item) = items.iter().find(|item| item.entity == entity) else {
        return Some(Absence::NoItem {
            profile,
            membership,
        });
    };
    let mut search = Search {
        explainer,
        row,
        known: FxHashMap::default(),
        looked_at: 0,
        unseen: 0,
    };
    let ways = search.ways(item.audience, row, true);
    let misses = ways.nearest.iter().map(|way| Miss {
        unmet: search.told(way),
    });
    Some(Absence::Missed(Missed {
        profile,
        membership,
        item: entity,
        misses: misses.collect(),
        ways: ways.count,
        always: search.told(&ways.always),
        unseen: search.unseen,
    }))
}

/// A condition on a row that is not as wanted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Fault {
    node: NodeId,
    row: RowId,
    holds: bool,
}

/// A link that was followed to a row.
#[derive(Clone, Copy)]
struct Followed {
    node: NodeId,
    link: Link,
    pair: Option<RowId>,
    row: RowId,
}

/// What fails on a way, with the links that lead there, the last one first.
type Way = BTreeMap<Fault, Vec<Followed>>;

/// The ways to have a node as wanted.
#[derive(Clone)]
struct Ways {
    nearest: Vec<Rc<Way>>,
    /// What fails on all of them.
    always: Way,
    count: u64,
}

impl Ways {
    /// It can't be had.
    fn none() -> Self {
        Self {
            nearest: Vec::new(),
            always: Way::new(),
            count: 0,
        }
    }

    fn one(way: Way) -> Self {
        Self {
            nearest: vec![Rc::new(way.clone())],
            always: way,
            count: 1,
        }
    }

    /// It is as wanted.
    fn met() -> Self {
        Self::one(Way::new())
    }

    fn is_met(&self) -> bool {
        self.nearest.first().is_some_and(|way| way.is_empty())
    }

    /// Both.
    fn and(&self, other: &Self) -> Self {
        let mut joined = Vec::with_capacity(self.nearest.len() * other.nearest.len());
        for one in &self.nearest {
            for two in &other.nearest {
                joined.push(match (one.is_empty(), two.is_empty()) {
                    (true, _) => Rc::clone(two),
                    (_, true) => Rc::clone(one),
                    _ => Rc::new(union(one, two)),
                });
            }
        }
        Self {
            nearest: nearest(joined),
            always: union(&self.always, &other.always),
            count: self.count.saturating_mul(other.count),
        }
    }

    /// Either.
    fn or(&self, other: &Self) -> Self {
        if self.nearest.is_empty() || other.is_met() {
            return other.clone();
        }
        if other.nearest.is_empty() || self.is_met() {
            return self.clone();
        }
        let mut always = self.always.clone();
        always.retain(|fault, _| other.always.contains_key(fault));
        Self {
            nearest: nearest(self.nearest.iter().chain(&other.nearest).cloned().collect()),
            always,
            count: self.count.saturating_add(other.count),
        }
    }
}

fn union(one: &Way, two: &Way) -> Way {
    let mut all = two.clone();
    all.extend(one.iter().map(|(fault, via)| (*fault, via.clone())));
    all
}

/// The ways with the fewest faults, without those that have all of another's.
fn nearest(mut ways: Vec<Rc<Way>>) -> Vec<Rc<Way>> {
    ways.sort_by_key(|way| way.len());
    let mut kept: Vec<Rc<Way>> = Vec::new();
    for way in ways {
        let within = |less: &Rc<Way>| less.keys().all(|fault| way.contains_key(fault));
        if kept.len() < limits::ABSENCE_WAYS && !kept.iter().any(within) {
            kept.push(way);
        }
    }
    kept
}

struct Search<'a> {
    explainer: Explainer<'a>,
    /// The row that isn't there.
    row: RowId,
    known: FxHashMap<(NodeId, RowId, bool), Rc<Ways>>,
    /// Linked rows.
    looked_at: usize,
    unseen: u64,
}

impl Search<'_> {
    /// The ways to have a node hold, or not, for a row.
    fn ways(&mut self, node: NodeId, row: RowId, wanted: bool) -> Rc<Ways> {
        let asked = (node, row, wanted);
        if let Some(known) = self.known.get(&asked) {
            return Rc::clone(known);
        }
        let found = Rc::new(self.find(node, row, wanted));
        self.known.insert(asked, Rc::clone(&found));
        found
    }

    fn find(&mut self, id: NodeId, row: RowId, wanted: bool) -> Ways {
        let state = self.explainer.state;
        let node = state.plan.nodes.get(id);
        match node {
            _ if self.is_security(id) => self.plain(id, row, wanted),
            // A negated condition is one of its own, with a place of its own.
            Node::Not(child) if self.is_group(*child) => (*self.ways(*child, row, !wanted)).clone(),
            Node::And(children) | Node::Or(children) => {
                let all = matches!(node, Node::And(_)) == wanted;
                let mut found = if all { Ways::met() } else { Ways::none() };
                for child in children {
                    let ways = self.ways(*child, row, wanted);
                    found = if all {
                        found.and(&ways)
                    } else {
                        found.or(&ways)
                    };
                }
                found
            }
            Node::Exists(link, child) if wanted => self.linked(id, *link, *child, row),
            _ => self.plain(id, row, wanted),
        }
    }

    /// A node that is as wanted, or fails as a whole.
    fn plain(&self, node: NodeId, row: RowId, wanted: bool) -> Ways {
        let holds = self.explainer.step(node, row).holds;
        if holds == wanted {
            return Ways::met();
        }
        let row = if self.looks_at_rows(node) {
            row
        } else {
            self.row
        };
        let fault = Fault { node, row, holds };
        Ways::one([(fault, Vec::new())].into())
    }

    /// The ways of any linked row.
    fn linked(&mut self, id: NodeId, link: Link, child: NodeId, row: RowId) -> Ways {
        let linked = self
            .explainer
            .state
            .linked(self.explainer.view.org.store, id, row);
        if linked.is_empty() {
            return self.plain(id, row, true);
        }
        let held = linked.iter();
        if held
            .map(|(_, _, audience)| *audience)
            .any(|audience| self.explainer.holds(audience))
        {
            return Ways::met();
        }
        let mut found = Ways::none();
        for (pair, linked, _) in linked {
            // One is always looked at: without it there would be no way at all.
            if self.looked_at >= limits::ABSENCE_LINKED_ROWS && !found.nearest.is_empty() {
                self.unseen += 1;
                continue;
            }
            self.looked_at += 1;
            let ways = self.ways(child, linked, true);
            let followed = Followed {
                node: id,
                link,
                pair,
                row: linked,
            };
            found = found.or(&self.through(&ways, followed));
        }
        found
    }

    /// The ways of a linked row, as those of the row that it is linked to.
    fn through(&self, ways: &Ways, followed: Followed) -> Ways {
        let longer = |way: &Way| -> Way {
            let mut way = way.clone();
            for (fault, via) in &mut way {
                if self.looks_at_rows(fault.node) {
                    via.push(followed);
                }
            }
            way
        };
        let nearest = ways.nearest.iter().map(|way| Rc::new(longer(way)));
        Ways {
            nearest: nearest.collect(),
            always: longer(&ways.always),
            count: ways.count,
        }
    }

    fn looks_at_rows(&self, node: NodeId) -> bool {
        self.explainer.state.plan.nodes.entity(node).is_some()
    }

    fn is_group(&self, node: NodeId) -> bool {
        let nodes = &self.explainer.state.plan.nodes;
        matches!(nodes.get(node), Node::And(_) | Node::Or(_)) && !self.is_security(node)
    }

    /// Whether a node is nothing but read privileges: whichever of them is lacking, roles decide it.
    fn is_security(&self, node: NodeId) -> bool {
        let origins = self.explainer.state.plan.nodes.origins(node);
        let mut parts = origins.iter().map(|origin| origin.part);
        !origins.is_empty() && parts.all(|part| part == Part::Security)
    }

    fn told(&self, way: &Way) -> Vec<Unmet> {
        let store = self.explainer.view.org.store;
        let hop = |followed: &Followed| Hop {
            node: followed.node,
            link: followed.link,
            pair: followed.pair.map(|pair| store.id(pair)),
            row: store.id(followed.row),
        };
        let unmet = way.iter().map(|(fault, via)| Unmet {
            via: via.iter().rev().map(hop).collect(),
            step: self.explainer.step(fault.node, fault.row),
        });
        unmet.collect()
    }
}
