//! From what the sources declare to the schema (SEMANTICS §2): the system entities, what every
//! entity has declared or not, the lookups and intersects that relationships make known.
//!
//! Invariant: the schema is whole whatever is wrong; what is wrong is reported and left out.
//! Cost: entities × known attributes + attributes + relationships.

use std::collections::BTreeMap;

use indexmap::map::Entry;
use indexmap::{IndexMap, IndexSet};
use rustc_hash::FxHashMap;
use smol_str::{SmolStr, format_smolstr};
use weir_ir::diagnostic::{Diagnostic, Span};
use weir_ir::schema::{
    AttrId, Attribute, AttributeType, Behavior, Entity, EntityId, Family, OFFLINE_BY_DEFAULT,
    Ownership, Role, SYSTEM_ENTITIES, Schema, SystemEntity,
};

use super::codes;
use super::declared::{Declared, DeclaredEntity, DeclaredKind};
use super::relationships;
use super::report::Report;

/// Entities that are activities by their name.
const ACTIVITIES: [&str; 9] = [
    "appointment",
    "email",
    "fax",
    "letter",
    "phonecall",
    "recurringappointmentmaster",
    "serviceappointment",
    "socialactivity",
    "task",
];

/// Builds the schema.
pub(super) fn finish(mut declared: Declared) -> (Schema, Vec<Diagnostic>) {
    declared.share_options();
    let mut report = Report::default();
    let intersects: IndexSet<SmolStr> = declared
        .relationships
        .values()
        .filter_map(|r| match &r.kind {
            DeclaredKind::ManyToMany { intersect, .. } => Some(intersect.value.clone()),
            DeclaredKind::OneToMany { .. } => None,
        })
        .collect();
    let mut entities = IndexMap::new();
    let mut filter_places = BTreeMap::new();
    for (at, (name, entity)) in (0..).map(EntityId).zip(declared.entities) {
        let filter = entity.offline_filter.as_ref().and_then(Option::as_ref);
        filter_places.extend(filter.map(|filter| (at, filter.span)));
        let built = build(&name, Some(entity), intersects.contains(&name), &mut report);
        entities.insert(name, built);
    }
    for system in &SYSTEM_ENTITIES {
        if !entities.contains_key(system.name) {
            let built = build(system.name, None, false, &mut report);
            entities.insert(SmolStr::new_static(system.name), built);
        }
    }
    let joined = relationships::join(&mut entities, declared.relationships, &mut report);
    #[expect(
        clippy::expect_used,
        reason = "the loop above adds every system entity, and `build` its attributes"
    )]
    let schema = Schema::new(entities, joined.relationships, declared.security)
        .expect("every system entity is there")
        .with_unusable(joined.unusable)
        .with_filter_places(filter_places);
    let roles = declared.roles.into_values();
    let roles = roles.map(|role| reads_entities(role, &schema)).collect();
    let schema = schema.with_roles(roles);
    (schema, report.into_diagnostics())
}

/// Privileges that aren't called after their entity, with those that they are for. `activity` is for
/// every activity besides.
const PRIVILEGES: [(&str, &[&str]); 9] = [
    ("account", &["customeraddress"]),
    ("activity", &["activitymimeattachment", "activitypointer"]),
    ("competitor", &["competitoraddress"]),
    ("note", &["annotation"]),
    ("opportunity", &["opportunityproduct"]),
    ("order", &["salesorder"]),
    (
        "product",
        &[
            "discount",
            "discounttype",
            "pricelevel",
            "productpricelevel",
            "uom",
            "uomschedule",
        ],
    ),
    ("queue", &["queueitem"]),
    ("user", &["systemuser"]),
];

/// A role with the entities that it reads, where it had what privileges are called after. A
/// privilege that is called after an entity says more of it than a common one.
fn reads_entities(role: Role, schema: &Schema) -> Role {
    let mut common = IndexMap::new();
    let mut own = IndexMap::new();
    for (called, depth) in role.reads {
        if schema.find(&called).is_some() {
            own.insert(called.clone(), depth);
        }
        let named = PRIVILEGES.iter().find(|(name, _)| *name == called);
        let named = named.map_or(&[][..], |(_, entities)| entities).iter();
        let named = named.filter(|name| schema.find(name).is_some());
        common.extend(named.map(|name| (SmolStr::new_static(name), depth)));
        if called == "activity" {
            let activities = schema.entities().filter(|(_, entity)| entity.activity);
            common.extend(activities.map(|(_, entity)| (entity.name.clone(), depth)));
        }
    }
    common.extend(own);
    common.sort_unstable_keys();
    Role {
        reads: common,
        ..role
    }
}

/// An intersect entity that no source declares.
pub(super) fn undeclared_intersect(name: &str, report: &mut Report) -> Entity {
    build(name, None, true, report)
}

/// An entity that no source has, with what every entity has.
pub(super) fn presumed(name: &str) -> Entity {
    build(name, None, false, &mut Report::default())
}

/// An entity with everything that it has, declared or not.
fn build(
    name: &str,
    declared: Option<DeclaredEntity>,
    intersect: bool,
    report: &mut Report,
) -> Entity {
    let system = SYSTEM_ENTITIES.iter().find(|system| system.name == name);
    let by_name = ACTIVITIES.contains(&name);
    let default = OFFLINE_BY_DEFAULT.contains(&name);
    let offline = match &declared {
        Some(entity) if entity.exported => entity.offline,
        Some(entity) => Some(entity.offline.unwrap_or(default)),
        None => Some(default),
    };
    let said = declared.as_ref();
    let mut entity = Entity {
        name: SmolStr::new(name),
        table: said.and_then(|d| d.table.clone()),
        ownership: ownership(name, said, system, intersect, report),
        offline,
        mobile: said.and_then(|d| d.mobile).unwrap_or(true),
        activity: by_name || said.and_then(|d| d.activity) == Some(true),
        internal: intersect || system.is_some_and(|system| system.internal),
        primary_id: AttrId(0),
        offline_filter: said
            .and_then(|d| d.offline_filter.clone().flatten())
            .map(|filter| filter.value),
        attributes: IndexMap::new(),
    };
    let mut types = FxHashMap::default();
    let primary_id = primary_id(&entity, said, system, report);
    if let Some(declared) = declared {
        for (name, declared) in declared.attributes {
            types.insert(name.clone(), (declared.type_span, declared.stored));
            entity.attributes.insert(name, declared.attribute);
        }
    }
    for known in known(&entity, primary_id.clone(), system) {
        match entity.attributes.entry(known.name.clone()) {
            Entry::Occupied(mut found) => {
                let (span, stored) = types.get(&known.name).copied().unzip();
                if stored == Some(true) && keeps(found.get().ty, known.ty) {
                    found.get_mut().ty = known.ty;
                }
                agree(&entity.name, found.get_mut(), known, span, report);
            }
            Entry::Vacant(slot) => {
                slot.insert(known);
            }
        }
    }
    entity.primary_id = entity.find(&primary_id).unwrap_or(AttrId(0));
    entity
}

/// The ownership: built in, declared, or unknown.
fn ownership(
    name: &str,
    declared: Option<&DeclaredEntity>,
    system: Option<&SystemEntity>,
    intersect: bool,
    report: &mut Report,
) -> Option<Ownership> {
    let named = declared.and_then(|d| d.ownership.as_ref());
    let built_in = system.map(|system| system.ownership);
    let fixed = if intersect {
        Some(built_in.unwrap_or(Ownership::None))
    } else {
        built_in.filter(|_| system.is_some_and(SystemEntity::has_built_in_ownership))
    };
    let Some(fixed) = fixed else {
        return named.map(|named| named.value).or(built_in);
    };
    if let Some(named) = named.filter(|named| named.value != fixed) {
        let message = format!(
            "the ownership of `{name}` is `{}`: `{}` is ignored",
            fixed.name(),
            named.value.name()
        );
        report.push(
            Diagnostic::new(codes::BUILT_IN_OWNERSHIP, named.span, message)
                .help("leave the ownership out: it is built in"),
        );
    }
    Some(fixed)
}

/// The name of the primary id: built in, declared, or as the platform names it.
fn primary_id(
    entity: &Entity,
    declared: Option<&DeclaredEntity>,
    system: Option<&SystemEntity>,
    report: &mut Report,
) -> SmolStr {
    let named = declared.and_then(|d| d.primary_id.as_ref());
    if let Some(system) = system {
        if let Some(named) = named.filter(|named| named.value != system.primary_id) {
            let message = format!(
                "the primary id of `{}` is `{}`, not `{}`",
                entity.name, system.primary_id, named.value
            );
            report.push(
                Diagnostic::new(codes::BUILT_IN_PRIMARY_ID, named.span, message)
                    .help("leave the primary id out: it is built in"),
            );
        }
        return SmolStr::new_static(system.primary_id);
    }
    match named {
        Some(named) => named.value.clone(),
        None if entity.activity => SmolStr::new_static("activityid"),
        None => format_smolstr!("{}id", entity.name),
    }
}

/// The attributes that an entity has, declared or not.
fn known(entity: &Entity, primary_id: SmolStr, system: Option<&SystemEntity>) -> Vec<Attribute> {
    use AttributeType as T;
    let mut known = vec![Attribute::new(primary_id, T::Uniqueidentifier)];
    let mut add = |name: &'static str, ty, targets: &[&str]| {
        known.push(Attribute::new(SmolStr::new_static(name), ty).to(targets));
    };
    for (name, ty, targets) in system.map_or(&[][..], |system| system.attributes) {
        add(name, *ty, targets);
    }
    let instant = T::Datetime(Behavior::UserLocal);
    add("statecode", T::State, &[]);
    add("statuscode", T::Status, &[]);
    add("createdon", instant, &[]);
    add("modifiedon", instant, &[]);
    add("createdby", T::Lookup, &["systemuser"]);
    add("modifiedby", T::Lookup, &["systemuser"]);
    add("versionnumber", T::Bigint, &[]);
    if entity.ownership.unwrap_or_default() == Ownership::UserOrTeam {
        add("ownerid", T::Owner, &["systemuser", "team"]);
        add("owninguser", T::Lookup, &["systemuser"]);
        add("owningteam", T::Lookup, &["team"]);
        add("owningbusinessunit", T::Lookup, &["businessunit"]);
    }
    if entity.activity {
        add("activitytypecode", T::Choice, &[]);
        add("subject", T::String, &[]);
        add("regardingobjectid", T::Regarding, &[]);
    }
    known
}

/// Makes a declared attribute agree with what is known of it. Its own type stands where it says as
/// much, so that a source may name a memo where a text is known, or another behaviour of a date.
fn agree(
    entity: &str,
    declared: &mut Attribute,
    known: Attribute,
    type_span: Option<Span>,
    report: &mut Report,
) {
    if kind(declared.ty) != kind(known.ty) {
        let message = format!(
            "`{}` of `{entity}` can't be of type `{}`",
            known.name, declared.ty
        );
        report.push(
            Diagnostic::new(codes::CONFLICTING_TYPE, type_span, message)
                .help(format!("every such entity has it as `{}`", known.ty)),
        );
        *declared = known;
        return;
    }
    if declared.ty == AttributeType::Uniqueidentifier {
        declared.ty = known.ty;
    }
    for target in known.targets {
        if !declared.targets.contains(&target) {
            declared.targets.push(target);
        }
    }
}

/// Whether values of a finer type can be kept in a column of a type: GUIDs and dates as text, flags
/// and choices as whole numbers.
fn keeps(stored: AttributeType, known: AttributeType) -> bool {
    use Family as F;
    match (stored.family(), known.family()) {
        (F::Guid, F::Guid) | (F::Text, F::Guid | F::Instant) => true,
        (F::Number, F::Bool | F::Number) => {
            stored.is_whole() && known.is_whole() || stored.is_whole() && known.family() == F::Bool
        }
        _ => false,
    }
}

/// What two types must share for one to stand for the other.
fn kind(ty: AttributeType) -> Family {
    match ty.family() {
        Family::Day | Family::WallClock => Family::Instant,
        other => other,
    }
}
