//! Typed profiles as one plan (SEMANTICS §3, §7). For an item on entity T of profile p
//!
//! ```text
//! R(p,T) = readable(T) ∧ orgfilter(T) ∧ ( own ∨ ⋁ over associations a: S→T of filter_a ∧ Exists(link_a, R(p,S)) )
//! ```
//!
//! and devices hold of T the rows of ⋁ over p of Member(p) ∧ R(p,T). Invariant: associations have
//! no cycle. Cost: one visit of each item, association and condition.

mod filter;
mod roots;
mod security;

use std::collections::BTreeMap;

use weir_grammar::ast::Owned;
use weir_ir::operators::Relation;
use weir_ir::plan::{
    Node, NodeId, Nodes, Origin, Part, Plan, PlanApp, PlanAssociation, PlanItem, PlanMember,
    PlanProfile, ProfileId,
};
use weir_ir::schema::{EntityId, Schema};
use weir_ir::settings::{ClockZone, Settings};

use crate::organization::Organization;
use crate::owner;
use crate::typed::{self, Association, Choice, Filter, Item, Profile};

/// All that a plan is made of.
pub(crate) struct Input<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) organization: &'a Organization<'a>,
    /// Ascending by folded name.
    pub(crate) profiles: &'a [Profile<'a>],
    /// Of each profile.
    pub(crate) members: Vec<Vec<PlanMember>>,
    pub(crate) apps: Vec<PlanApp>,
    /// The organisation filters.
    pub(crate) filters: &'a BTreeMap<EntityId, Filter>,
}

/// The plan.
pub(crate) fn plan(input: Input<'_>) -> Plan {
    let mut lowering = Lowering {
        schema: input.schema,
        organization: input.organization,
        settings: &input.organization.settings,
        filters: input.filters,
        nodes: Nodes::default(),
    };
    let mut profiles = Vec::with_capacity(input.profiles.len());
    for ((number, profile), members) in (0..).zip(input.profiles).zip(input.members) {
        profiles.push(PlanProfile {
            name: profile.ast.name.text.clone(),
            members,
            items: lowering.items(ProfileId(number), profile),
        });
    }
    let roots = roots::of(input.schema, &mut lowering.nodes, &profiles);
    let mut plan = Plan {
        settings: input.organization.settings.clone(),
        nodes: lowering.nodes,
        roots,
        profiles,
        apps: input.apps,
    };
    roots::prune(&mut plan);
    plan
}

struct Lowering<'a> {
    schema: &'a Schema,
    organization: &'a Organization<'a>,
    settings: &'a Settings,
    filters: &'a BTreeMap<EntityId, Filter>,
    nodes: Nodes,
}

impl Lowering<'_> {
    /// The items of a profile in its own order; audiences are made in the order of associations.
    fn items(&mut self, number: ProfileId, profile: &Profile<'_>) -> Vec<PlanItem> {
        let mut linked: BTreeMap<EntityId, Vec<NodeId>> = BTreeMap::new();
        let mut done: BTreeMap<EntityId, PlanItem> = BTreeMap::new();
        for item in roots::sources_first(profile) {
            let brought = linked.remove(&item.entity).unwrap_or_default();
            let (own, audience) = self.item(number, item, brought);
            let mut associations = Vec::with_capacity(item.associations.len());
            for (index, association) in (0..).zip(&item.associations) {
                let origin = Origin {
                    profile: Some(number),
                    item: item.entity,
                    part: Part::Association(index),
                    span: Some(association.ast.span),
                };
                let node = self.association(association, index, audience, origin);
                linked.entry(association.target).or_default().push(node);
                associations.push(PlanAssociation {
                    target: association.target,
                    relationship: association.relationship,
                    audience: node,
                    span: origin.span,
                });
            }
            let planned = PlanItem {
                entity: item.entity,
                audience,
                own,
                columns: item.columns.clone(),
                associations,
                sync_minutes: item.ast.sync.map(|(minutes, _)| minutes),
                span: Some(item.ast.span),
            };
            done.insert(item.entity, planned);
        }
        let own_order = profile.items.iter();
        own_order
            .filter_map(|item| done.remove(&item.entity))
            .collect()
    }

    /// What an item brings of its own, and in all.
    fn item(
        &mut self,
        number: ProfileId,
        item: &Item<'_>,
        mut brought: Vec<NodeId>,
    ) -> (NodeId, NodeId) {
        let entity = item.entity;
        let origin = |part, span| Origin {
            profile: Some(number),
            item: entity,
            part,
            span,
        };
        let place = item.ast.download.as_ref().map(|download| download.span);
        let chosen = self.choice(entity, item.choice.as_ref(), origin(Part::Choice, place));
        let filter = item.filter.as_ref().map(|filter| {
            let origin = origin(Part::Filter, None);
            self.filter(entity, filter, self.settings.clock_zone, origin)
        });
        let own = self.nodes.and(filter.into_iter().chain([chosen]));
        self.nodes.note(own, origin(Part::Choice, place));
        brought.push(own);
        let brought = self.nodes.or(brought);
        let readable = security::readable(&mut self.nodes, self.schema, self.organization, entity);
        // A group dissolves in the one that it becomes a part of, and would leave no trace.
        let parts = match self.nodes.get(readable) {
            Node::And(parts) => parts.clone(),
            _ => Vec::new(),
        };
        for part in parts.into_iter().chain([readable]) {
            self.nodes.note(part, origin(Part::Security, None));
        }
        let organization = self.organization(entity);
        let audience = self.nodes.and([readable, organization, brought]);
        let whole = origin(Part::Item, Some(item.ast.span));
        self.nodes.note(audience, whole);
        (own, audience)
    }

    /// The rows of an association's target that a row of its source brings.
    fn association(
        &mut self,
        association: &Association<'_>,
        index: u32,
        source: NodeId,
        origin: Origin,
    ) -> NodeId {
        let target = association.target;
        let filter = association.filter.as_ref().map(|filter| {
            let part = Part::AssociationFilter(index);
            let origin = Origin { part, ..origin };
            self.filter(target, filter, self.settings.clock_zone, origin)
        });
        let nodes = &mut self.nodes;
        let rows = owner::exists(nodes, self.schema, target, association.link, source);
        let node = nodes.and(filter.into_iter().chain([rows]));
        nodes.note(rows, origin);
        nodes.note(node, origin);
        node
    }

    fn choice(&mut self, entity: EntityId, choice: Option<&Choice>, origin: Origin) -> NodeId {
        let node = match choice {
            None | Some(Choice::Related) => self.nodes.none(),
            Some(Choice::All | Choice::Custom) => self.nodes.all(),
            Some(Choice::Other(flags)) => {
                let ways: Vec<NodeId> = flags
                    .iter()
                    .filter_map(|flag| self.owned(entity, *flag))
                    .collect();
                for way in &ways {
                    self.nodes.note(*way, origin);
                }
                self.nodes.or(ways)
            }
        };
        self.nodes.note(node, origin);
        node
    }

    /// The rows that a flag of the other data filter chooses; without its attribute none are.
    fn owned(&mut self, entity: EntityId, flag: Owned) -> Option<NodeId> {
        let attribute = typed::owner_attribute(self.schema, entity, flag)?;
        let relation = match flag {
            Owned::Mine => Relation::Itself,
            Owned::Team => Relation::Team,
            Owned::BusinessUnit => Relation::BusinessUnit,
        };
        Some(self.nodes.user_match(entity, attribute, relation))
    }

    /// The organisation's filter of an entity: its clock is UTC.
    fn organization(&mut self, entity: EntityId) -> NodeId {
        let Some(filter) = self.filters.get(&entity) else {
            return self.nodes.all();
        };
        let origin = Origin {
            profile: None,
            item: entity,
            part: Part::OrganizationFilter,
            span: None,
        };
        self.filter(entity, filter, ClockZone::Utc, origin)
    }

    fn filter(
        &mut self,
        entity: EntityId,
        filter: &Filter,
        zone: ClockZone,
        origin: Origin,
    ) -> NodeId {
        filter::Filters {
            schema: self.schema,
            settings: self.settings,
            nodes: &mut self.nodes,
            zone,
            origin,
        }
        .root(entity, filter)
    }
}
