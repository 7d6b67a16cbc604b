//! `owninguser` and `owningteam` follow from `ownerid`: they are never stored and never stand in a
//! plan. What speaks of them is rewritten to `ownerid` and to whether the owner is a user or a team.

use weir_ir::plan::{Link, NodeId, Nodes};
use weir_ir::schema::{AttrId, Entity, EntityId, Schema};

/// An attribute that follows from `ownerid`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Derived {
    /// The entity's `ownerid`; without one the attribute never has a value.
    pub(crate) ownerid: Option<AttrId>,
    /// Whether it has a value where the owner is a user, or where it is a team.
    team: bool,
}

/// What an attribute follows from, if it does.
pub(crate) fn derived(entity: &Entity, attribute: AttrId) -> Option<Derived> {
    let team = match entity.attribute(attribute).name.as_str() {
        "owninguser" => false,
        "owningteam" => true,
        _ => return None,
    };
    Some(Derived {
        ownerid: entity.find("ownerid"),
        team,
    })
}

/// Rows of an entity whose derived attribute has a value: the owner exists as a user or, if it
/// doesn't, as a team.
pub(crate) fn present(
    nodes: &mut Nodes,
    schema: &Schema,
    entity: EntityId,
    derived: Derived,
) -> NodeId {
    let Some(ownerid) = derived.ownerid else {
        return nodes.none();
    };
    let mut is_a = |owner: EntityId| {
        let all = nodes.all();
        let link = Link::Attributes {
            from: ownerid,
            entity: owner,
            to: schema.entity(owner).primary_id,
        };
        nodes.exists(entity, link, all)
    };
    let user = is_a(schema.system.systemuser);
    if !derived.team {
        return user;
    }
    let team = is_a(schema.system.team);
    let no_user = nodes.not(user);
    nodes.and([team, no_user])
}

/// The audience that linked rows give a row, over attributes that may follow from `ownerid`.
pub(crate) fn exists(
    nodes: &mut Nodes,
    schema: &Schema,
    entity: EntityId,
    link: Link,
    child: NodeId,
) -> NodeId {
    let Link::Attributes {
        from,
        entity: linked,
        to,
    } = link
    else {
        return nodes.exists(entity, link, child);
    };
    let is_user_id = |entity: EntityId, attribute: AttrId| {
        entity == schema.system.systemuser && attribute == schema.entity(entity).primary_id
    };
    let near = derived(schema.entity(entity), from);
    let far = derived(schema.entity(linked), to);
    let mut child = child;
    if let Some(far) = far
        && (far.team || !is_user_id(entity, from))
    {
        let owned = present(nodes, schema, linked, far);
        child = nodes.and([child, owned]);
    }
    let link = Link::Attributes {
        from: near.and_then(|near| near.ownerid).unwrap_or(from),
        entity: linked,
        to: far.and_then(|far| far.ownerid).unwrap_or(to),
    };
    let found = nodes.exists(entity, link, child);
    match near {
        Some(near) if near.team || !is_user_id(linked, to) => {
            let owned = present(nodes, schema, entity, near);
            nodes.and([found, owned])
        }
        _ => found,
    }
}
