//! What sources declare, as metadata JSON that declares the same: an attribute, a relationship and a
//! role a line, so that two versions compare well. Cost: linear.

use std::fmt::Write as _;

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use weir_grammar::{fetchxml, native};
use weir_ir::diagnostic::FileId;
use weir_ir::schema::{
    Attribute, AttributeType, Behavior, ChoiceOption, OfflineFilter, Role, Security,
};

use super::declared::{Declared, DeclaredEntity, DeclaredKind, DeclaredRelationship};
use super::drafts;
use super::json_attribute::fits;

/// The file. What an organization block says (see [`drafts`]) is left to it.
pub(super) fn write(declared: &Declared) -> String {
    let mut out = String::from("{\n \"partial\": true,\n");
    if let Some(security) = declared.security {
        let word = match security {
            Security::Open => "open",
            Security::Roles => "roles",
        };
        let _ = writeln!(out, " \"security\": \"{word}\",");
    }
    let entities = declared.entities.values().map(entity);
    let relationships = declared.relationships.values().map(relationship);
    let roles = declared.roles.values().map(role);
    list(&mut out, "entities", entities, ",");
    list(&mut out, "relationships", relationships, ",");
    list(&mut out, "roles", roles, "");
    out += "}\n";
    out
}

/// A list, an element a line.
pub(super) fn list(
    out: &mut String,
    name: &str,
    elements: impl Iterator<Item = String>,
    after: &str,
) {
    let elements: Vec<String> = elements.collect();
    let _ = match elements.is_empty() {
        true => writeln!(out, " \"{name}\": []{after}"),
        false => writeln!(
            out,
            " \"{name}\": [\n  {}\n ]{after}",
            elements.join(",\n  ")
        ),
    };
}

/// The keys of an object, in the order written.
#[derive(Default)]
pub(super) struct Object(Vec<String>);

impl Object {
    pub(super) fn raw(&mut self, key: &str, value: &str) {
        self.0.push(format!("{}: {value}", quoted(key)));
    }

    pub(super) fn text(&mut self, key: &str, value: &str) {
        self.raw(key, &quoted(value));
    }

    pub(super) fn some<T: ToString>(&mut self, key: &str, value: Option<T>) {
        if let Some(value) = value {
            self.raw(key, &value.to_string());
        }
    }

    pub(super) fn finish(self) -> String {
        format!("{{{}}}", self.0.join(", "))
    }
}

fn entity(entity: &DeclaredEntity) -> String {
    let mut object = Object::default();
    object.text("name", &entity.name.value);
    if let Some(ownership) = &entity.ownership {
        object.text("ownership", ownership.value.name());
    }
    if let Some(primary_id) = &entity.primary_id {
        object.text("primary_id", &primary_id.value);
    }
    if !drafts::says_offline(entity) {
        object.some("offline", entity.offline);
    }
    object.some("mobile", entity.mobile);
    object.some("activity", entity.activity);
    if !drafts::says_filter(entity)
        && let Some(filter) = &entity.offline_filter
    {
        object.text(
            "offline_filter",
            &native_filter(filter.as_ref().map(|filter| &filter.value)),
        );
    }
    let attributes: Vec<String> = entity
        .attributes
        .values()
        .map(|declared| format!("\n   {}", attribute(&declared.attribute)))
        .collect();
    if !attributes.is_empty() {
        object.raw("attributes", &format!("[{}]", attributes.join(",")));
    }
    object.finish()
}

/// A filter as native text; none where it can't be read, which is reported where it acts.
fn native_filter(filter: Option<&OfflineFilter>) -> String {
    match filter {
        None => String::new(),
        Some(OfflineFilter::Native(text)) => text.clone(),
        Some(OfflineFilter::FetchXml(text)) => {
            let (filter, _) = fetchxml::parse_filter(FileId(0), text);
            filter
                .as_ref()
                .map(native::print_filter)
                .unwrap_or_default()
        }
    }
}

fn attribute(attribute: &Attribute) -> String {
    let mut object = Object::default();
    object.text("name", &attribute.name);
    object.text("type", attribute.ty.name());
    let fits = |key| fits(key, attribute.ty).is_none_or(|(fits, _)| fits);
    match attribute.ty {
        AttributeType::Datetime(Behavior::DateOnly) => object.text("behavior", "date-only"),
        AttributeType::Datetime(Behavior::TimeZoneIndependent) => {
            object.text("behavior", "time-zone-independent");
        }
        _ => {}
    }
    if !attribute.targets.is_empty() && fits("targets") {
        let targets: Vec<String> = attribute.targets.iter().map(|name| quoted(name)).collect();
        object.raw("targets", &format!("[{}]", targets.join(", ")));
    }
    if fits("precision") {
        object.some("precision", attribute.precision);
        let upside_down = attribute.min > attribute.max && attribute.max.is_some();
        if !upside_down {
            object.some("min", attribute.min);
            object.some("max", attribute.max);
        }
    }
    if !attribute.options.is_empty() && fits("options") {
        object.raw("options", &options(&attribute.options));
    }
    for (key, value) in [
        ("column", &attribute.column),
        ("encoding", &attribute.encoding),
    ] {
        if let Some(value) = value {
            object.text(key, value);
        }
    }
    object.finish()
}

/// The options, each number once.
fn options(options: &[ChoiceOption]) -> String {
    let mut seen = FxHashSet::default();
    let options: Vec<String> = options
        .iter()
        .filter(|option| seen.insert(option.value))
        .map(|option| match option.label.is_empty() {
            true => option.value.to_string(),
            false => {
                let label = quoted(&option.label);
                format!("{{\"value\": {}, \"label\": {label}}}", option.value)
            }
        })
        .collect();
    format!("[{}]", options.join(", "))
}

fn relationship(relationship: &DeclaredRelationship) -> String {
    let mut object = Object::default();
    object.text("name", &relationship.name.value);
    match &relationship.kind {
        DeclaredKind::OneToMany {
            referenced,
            referencing,
            lookup,
            hierarchical,
        } => {
            object.text("kind", "1:N");
            object.text("referenced", &referenced.value);
            object.text("referencing", &referencing.value);
            object.text("lookup", &lookup.value);
            object.some("hierarchical", hierarchical.map(|_| true));
        }
        DeclaredKind::ManyToMany {
            intersect,
            entity1,
            attribute1,
            entity2,
            attribute2,
        } => {
            object.text("kind", "N:N");
            object.text("intersect", &intersect.value);
            object.text("entity1", &entity1.value);
            if let Some(attribute) = attribute1 {
                object.text("attribute1", &attribute.value);
            }
            object.text("entity2", &entity2.value);
            if let Some(attribute) = attribute2 {
                object.text("attribute2", &attribute.value);
            }
        }
    }
    object.finish()
}

fn role(role: &Role) -> String {
    let mut object = Object::default();
    object.text("name", &role.name);
    if let Some(id) = &role.id {
        object.text("id", id);
    }
    let mut reads = Object::default();
    let mut named: Vec<(&SmolStr, &str)> = Vec::with_capacity(role.reads.len());
    named.extend(role.reads.iter().map(|(name, depth)| (name, depth.name())));
    named.sort_unstable();
    for (name, depth) in named {
        reads.text(name, depth);
    }
    object.raw("reads", &reads.finish());
    object.finish()
}

pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
