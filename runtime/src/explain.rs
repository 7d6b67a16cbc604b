//! The proof that a row is on a user's devices, found by asking the plan for that user alone.
//! Cost: the nodes and linked rows on the way.

use weir_ir::operators::{Matcher, Operands, Relation};
use weir_ir::plan::{Link, Node, NodeId};
use weir_ir::schema::AttrId;
use weir_ir::settings::{ClockZone, HierarchyModel};
use weir_ir::value::{Guid, Value};
use weir_ir::window::{Bounds, Window};

use crate::audience::{Audience, Leaf};
use crate::context::zones::ZoneId;
use crate::key::{Code, Key};
use crate::maps::When;
use crate::proof::{Proof, Reason, Route, Step};
use crate::state::State;
use crate::store::RowId;
use crate::tree;
use crate::view::View;

pub(crate) struct Explainer<'a> {
    pub(crate) state: &'a State,
    /// After.
    pub(crate) view: View<'a>,
    pub(crate) user: RowId,
}

impl<'a> Explainer<'a> {
    /// Why the row is on the user's devices; none where it isn't.
    pub(crate) fn proof(&self, row: RowId) -> Option<Proof> {
        let store = self.view.org.store;
        if !self.view.holds(self.state.root(store, row), self.user) {
            return None;
        }
        let (profile, membership) = self.view.members.explain(self.view.org, self.user)?;
        let entity = store.entity(row);
        let items = &self.state.plan.profiles.get(profile.0 as usize)?.items;
        let item = items.iter().find(|item| item.entity == entity)?;
        Some(Proof {
            profile,
            membership,
            item: entity,
            step: self.step(item.audience, row),
        })
    }

    fn value(&self, row: RowId, attribute: AttrId) -> &'a Value {
        self.view.org.store.value(row, attribute, When::After)
    }

    pub(crate) fn step(&self, node: NodeId, row: RowId) -> Step {
        let (holds, reason) = self.reason(node, row);
        Step {
            node,
            entity: self.view.org.store.entity(row),
            row: self.view.org.store.id(row),
            holds,
            reason,
        }
    }

    fn reason(&self, id: NodeId, row: RowId) -> (bool, Reason) {
        let leaf = |leaf: Leaf| self.view.in_leaf(&leaf, self.user);
        match self.state.plan.nodes.get(id) {
            Node::All => (true, Reason::Constant),
            Node::None => (false, Reason::Constant),
            Node::Users(set) => (leaf(Leaf::Users(*set)), Reason::Users(*set)),
            Node::Rows(condition) => {
                let value = |attribute| self.value(row, attribute);
                let holds =
                    Matcher::new(condition, self.state.plan.settings.collation).holds(value);
                let other = match condition.operands {
                    Operands::Attribute(other) => Some((other, value(other).clone())),
                    _ => None,
                };
                let reason = Reason::Condition {
                    attribute: condition.attribute,
                    value: value(condition.attribute).clone(),
                    other,
                };
                (holds, reason)
            }
            Node::UserMatch(attribute, relation) => {
                let value = self.value(row, *attribute);
                let key = Key::of_user(value);
                let route = key.clone().and_then(|key| self.route(*relation, key));
                let reason = Reason::Match {
                    attribute: *attribute,
                    value: value.clone(),
                    relation: *relation,
                    route,
                };
                let of = key.and_then(|key| leaf_of(*relation, key));
                (of.is_some_and(leaf), reason)
            }
            Node::Window(attribute, window, zone) => {
                self.window(id, row, *attribute, *window, *zone)
            }
            node @ (Node::Below(attribute, _, of, _) | Node::Above(attribute, _, of, _)) => {
                self.ancestry(node, row, *attribute, *of)
            }
            Node::Shared => self.shared(row),
            Node::And(children) => self.group(children, row, true),
            Node::Or(children) => self.group(children, row, false),
            Node::Not(child) => {
                let step = self.step(*child, row);
                (!step.holds, Reason::Not(Box::new(step)))
            }
            Node::Exists(link, child) => {
                let linked = self.state.linked(self.view.org.store, id, row);
                let holder = linked
                    .into_iter()
                    .find(|(_, _, audience)| self.holds(*audience));
                let (pair, step) = match holder {
                    Some((pair, linked, _)) => (pair, Some(Box::new(self.step(*child, linked)))),
                    None => (None, None),
                };
                let holds = step.is_some();
                let value = match link {
                    Link::Attributes { from, .. } => self.value(row, *from).clone(),
                    Link::Through { .. } => Value::Guid(self.view.org.store.id(row)),
                };
                let reason = Reason::Linked {
                    link: *link,
                    value,
                    pair: pair.map(|pair| self.view.org.store.id(pair)),
                    step,
                };
                (holds, reason)
            }
        }
    }

    pub(crate) fn holds(&self, audience: Audience) -> bool {
        self.view.holds(audience, self.user)
    }

    /// Of an `And` that holds all steps, else the first that doesn't; of an `Or` the other way.
    fn group(&self, children: &[NodeId], row: RowId, and: bool) -> (bool, Reason) {
        let mut steps = Vec::new();
        let mut holds = and;
        for child in children {
            let step = self.step(*child, row);
            if step.holds != and {
                holds = !and;
                steps = vec![step];
                break;
            }
            steps.push(step);
        }
        let reason = if and {
            Reason::All(steps)
        } else {
            Reason::Any(steps)
        };
        (holds, reason)
    }

    fn window(
        &self,
        id: NodeId,
        row: RowId,
        attribute: AttrId,
        window: Window,
        zone: ClockZone,
    ) -> (bool, Reason) {
        let zones = &self.view.org.context.zones;
        let record = self.view.org.record(self.user);
        let zone = match zone {
            ClockZone::Utc => ZoneId::UTC,
            ClockZone::User => record.map_or(ZoneId::UTC, |record| record.zone),
        };
        let value = self.value(row, attribute);
        let at = value.clock_number();
        let bounds = self.state.shape.window(id).map(|window| {
            let clock = self.view.clock;
            clock.part(zones, window, zone, false, at.unwrap_or_default())
        });
        let bounds = bounds.unwrap_or(Bounds { low: 0, high: -1 });
        let holds = at.is_some_and(|at| bounds.contains(at));
        let reason = Reason::Window {
            attribute,
            value: value.clone(),
            window,
            bounds,
            zone: zones.name(zone).clone(),
        };
        (holds, reason)
    }

    fn ancestry(&self, node: &Node, row: RowId, attribute: AttrId, of: Guid) -> (bool, Reason) {
        let value = self.value(row, attribute);
        let reason = Reason::Ancestry {
            attribute,
            value: value.clone(),
            of,
            above: matches!(node, Node::Above(..)),
        };
        let store = self.view.org.store;
        let code = value.guid().map_or(Code::NULL, |id| store.key_of(id));
        (tree::holds(self.state, store, node, code), reason)
    }

    fn shared(&self, row: RowId) -> (bool, Reason) {
        let org = self.view.org;
        let (entity, id) = (org.store.entity(row), org.store.id(row));
        let principal = org.store.schema().system.share_principalid;
        let mut shares: Vec<RowId> = org.context.shares(entity, id).collect();
        shares.sort_by_key(|share| org.store.id(*share));
        let found = shares.into_iter().find_map(|share| {
            let key = Key::of_user(self.value(share, principal))?;
            let route = self.route(Relation::SelfOrTeam, key)?;
            Some((org.store.id(share), route))
        });
        (found.is_some(), Reason::Shared(found))
    }

    /// How a value leads to the user.
    fn route(&self, relation: Relation, key: Key) -> Option<Route> {
        let leaf = leaf_of(relation, key.clone())?;
        if !self.view.in_leaf(&leaf, self.user) {
            return None;
        }
        let org = self.view.org;
        let id = match key {
            Key::Guid(id) => id,
            Key::Int(-1) => {
                let own = org.record(self.user)?.language;
                return Some(if own == Some(-1) {
                    Route::Language(-1)
                } else {
                    Route::EveryLanguage
                });
            }
            Key::Int(language) => return Some(Route::Language(language)),
            _ => return None,
        };
        let strictly = matches!(
            relation,
            Relation::Subordinate | Relation::TeamOfSubordinate
        );
        match relation {
            Relation::BusinessUnit | Relation::ReadUnit(_) => Some(Route::Unit(id)),
            Relation::ReadUnitTree(entity) => {
                let deep = org.reads(self.user, entity).deep;
                let chain = org.unit_chain(id);
                let at = chain.iter().position(|unit| deep.contains(unit))?;
                Some(match at {
                    0 => Route::Unit(id),
                    _ => Route::UnitBelow(chain[..=at].to_vec()),
                })
            }
            _ if !strictly && org.store.id(self.user) == id => Some(Route::Itself),
            _ if !strictly && org.record(self.user)?.teams.contains(&id) => Some(Route::Team(id)),
            Relation::TeamOfSubordinate | Relation::HierarchyAndTeams => {
                let below = org.user(id).and_then(|below| self.chain(below));
                if let Some(chain) = below.filter(|_| relation == Relation::HierarchyAndTeams) {
                    return Some(Route::Below(chain));
                }
                let mut members: Vec<RowId> = org.members(id).collect();
                members.sort_by_key(|member| org.store.id(*member));
                let chain = members.into_iter().find_map(|member| self.chain(member))?;
                Some(Route::TeamBelow(id, chain))
            }
            _ => Some(Route::Below(self.chain(org.user(id)?)?)),
        }
    }

    /// The managers from a user up to this one; by positions just the two.
    fn chain(&self, below: RowId) -> Option<Vec<Guid>> {
        let org = self.view.org;
        if !org.is_above(self.user, below) {
            return None;
        }
        let managers: Vec<RowId> = org.managers(below).collect();
        let way: Vec<RowId> = match managers.iter().position(|manager| *manager == self.user) {
            Some(at) if org.settings.hierarchy_model == HierarchyModel::Manager => {
                managers[..=at].to_vec()
            }
            _ => vec![self.user],
        };
        Some(
            [below]
                .into_iter()
                .chain(way)
                .map(|user| org.store.id(user))
                .collect(),
        )
    }
}

/// The users to whom a key stands in a relation, if it can.
fn leaf_of(relation: Relation, key: Key) -> Option<Leaf> {
    match (relation, key) {
        (Relation::Language, Key::Int(language)) => Some(Leaf::Language(language)),
        (Relation::Language, _) => None,
        (relation, Key::Guid(id)) => Some(Leaf::Match(relation, id)),
        _ => None,
    }
}
