//! The order of items before lowering, and what devices hold after it.

use std::collections::BTreeMap;

use weir_ir::plan::{NodeId, Nodes, Plan, PlanItem, PlanProfile, ProfileId, Root, UserSet};
use weir_ir::schema::{EntityId, Schema};

use crate::typed::{Item, Profile};

/// Items with the sources of associations before their targets: those that nothing leads to, then
/// those that only those lead to, and so on, each time in their own order.
pub(super) fn sources_first<'p, 'a>(profile: &'p Profile<'a>) -> Vec<&'p Item<'a>> {
    let places = |item: &Item<'_>| {
        let targets = item
            .associations
            .iter()
            .map(|association| association.target);
        targets
            .filter_map(|target| profile.place(target))
            .collect::<Vec<_>>()
    };
    let mut sources = vec![0_usize; profile.items.len()];
    for place in profile.items.iter().flat_map(places) {
        sources[place] += 1;
    }
    let mut ready: Vec<usize> = (0..sources.len()).filter(|at| sources[*at] == 0).collect();
    let mut order = Vec::with_capacity(sources.len());
    while !ready.is_empty() {
        let items = ready.iter().filter_map(|at| profile.items.get(*at));
        let mut next = Vec::new();
        for item in items {
            order.push(item);
            for place in places(item) {
                sources[place] -= 1;
                if sources[place] == 0 {
                    next.push(place);
                }
            }
        }
        next.sort_unstable();
        ready = next;
    }
    order
}

/// What devices hold of each entity, ascending by name.
pub(super) fn of(schema: &Schema, nodes: &mut Nodes, profiles: &[PlanProfile]) -> Vec<Root> {
    let mut entities: BTreeMap<(&str, EntityId), Vec<(ProfileId, &PlanItem)>> = BTreeMap::new();
    for (number, profile) in (0..).zip(profiles) {
        for item in &profile.items {
            let name = schema.entity(item.entity).name.as_str();
            let items = entities.entry((name, item.entity)).or_default();
            items.push((ProfileId(number), item));
        }
    }
    let mut roots = Vec::with_capacity(entities.len());
    for ((_, entity), items) in entities {
        let mut ways = Vec::with_capacity(items.len());
        let mut columns = Vec::with_capacity(items.len());
        for (number, item) in items {
            let members = nodes.users(UserSet::Member(number));
            ways.push(nodes.and([members, item.audience]));
            columns.push((number, item.columns.clone()));
        }
        let audience = nodes.or(ways);
        roots.push(Root {
            entity,
            audience,
            columns,
        });
    }
    roots
}

/// Drops what no root, item or association needs.
pub(super) fn prune(plan: &mut Plan) {
    let items = plan.profiles.iter().flat_map(|profile| &profile.items);
    let needed: Vec<NodeId> = items
        .flat_map(|item| {
            let associations = item.associations.iter().map(|known| known.audience);
            associations.chain([item.audience, item.own])
        })
        .chain(plan.roots.iter().map(|root| root.audience))
        .collect();
    let (nodes, new) = plan.nodes.pruned(needed);
    let moved = |id: &mut NodeId| {
        if let Some(Some(new)) = new.get(id.0 as usize) {
            *id = *new;
        }
    };
    let profiles = plan.profiles.iter_mut();
    for item in profiles.flat_map(|profile| &mut profile.items) {
        moved(&mut item.audience);
        moved(&mut item.own);
        for association in &mut item.associations {
            moved(&mut association.audience);
        }
    }
    for root in &mut plan.roots {
        moved(&mut root.audience);
    }
    plan.nodes = nodes;
}
