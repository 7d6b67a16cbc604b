//! Read privileges as nodes (SEMANTICS §7): what a user may read of an entity.

use weir_ir::operators::Relation;
use weir_ir::plan::{Depth, NodeId, Nodes, UserSet};
use weir_ir::schema::{EntityId, Ownership, Schema, Security};

use crate::organization::Organization;

/// The users that may read each row of an entity.
pub(super) fn readable(
    nodes: &mut Nodes,
    schema: &Schema,
    organization: &Organization<'_>,
    entity: EntityId,
) -> NodeId {
    let settings = &organization.settings;
    if settings.security == Security::Open {
        return nodes.all();
    }
    let mut ways = vec![nodes.users(UserSet::Reads(entity, Depth::Global))];
    let ownership = organization.ownership(schema, entity).unwrap_or_default();
    // Without an owner or a unit there is only global; a business-owned row has no owner.
    let least = match ownership {
        Ownership::UserOrTeam => Some(Depth::Basic),
        Ownership::Business => Some(Depth::Local),
        Ownership::Organization | Ownership::None => None,
    };
    if let Some(least) = least {
        if let Some(unit) = schema.unit_attribute(entity) {
            ways.push(nodes.user_match(entity, unit, Relation::ReadUnit(entity)));
            ways.push(nodes.user_match(entity, unit, Relation::ReadUnitTree(entity)));
        }
        let mut opened = vec![nodes.shared(entity)];
        if ownership == Ownership::UserOrTeam
            && let Some(owner) = schema.entity(entity).find("ownerid")
        {
            opened.push(nodes.user_match(entity, owner, Relation::SelfOrTeam));
            if settings.hierarchy_security {
                opened.push(nodes.user_match(entity, owner, Relation::Subordinate));
                opened.push(nodes.user_match(entity, owner, Relation::TeamOfSubordinate));
            }
        }
        let reads = nodes.users(UserSet::Reads(entity, least));
        let opened = nodes.or(opened);
        ways.push(nodes.and([reads, opened]));
    }
    let may = nodes.or(ways);
    // Whoever can't read profiles gets nothing at all.
    let profiles = schema.system.mobileofflineprofile;
    let any = nodes.users(UserSet::Reads(profiles, Depth::Basic));
    nodes.and([any, may])
}
