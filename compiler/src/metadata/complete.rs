//! What profiles need and the metadata lacks, by name, and a metadata JSON to fill in: real exports
//! hold much less than their own profiles speak of.
//!
//! What is certain is filled in (a link with a primary id makes a lookup, an operator on the user or
//! the clock a type, the platform's names of its own relationships); the rest is null, which the
//! reader of metadata reports at its place. Cost: linear in the profiles.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::{SmolStr, format_smolstr};
use weir_grammar::ast::{
    Block, Choice, Condition, File, Filter, Include, Item, Link, Owned, Related,
};
use weir_ir::operators::{OperatorFamily, Types};
use weir_ir::schema::{AttributeType, Behavior, Entity, EntityId, Schema};

use super::finish::presumed;
use super::json_write::{Object, list, quoted};
use crate::typed::owner_attribute;

/// What is missing, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Entities that no source has, or of which it has too little.
    pub entities: BTreeMap<SmolStr, EntityNeeds>,
    /// Relationships that no source has, by lower-case name.
    pub relationships: BTreeMap<SmolStr, RelationshipNeeds>,
}

/// What is missing of an entity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntityNeeds {
    /// The entity itself.
    pub entity: bool,
    /// Its ownership, and an item is on it.
    pub ownership: bool,
    /// Whether it is enabled for mobile offline, and an item is on it.
    pub offline: bool,
    /// Attributes, with what is certain of them.
    pub attributes: BTreeMap<SmolStr, AttributeNeeds>,
}

/// What is certain of a missing attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributeNeeds {
    /// Its type.
    pub ty: Option<AttributeType>,
    /// The entities that it points to.
    pub targets: BTreeSet<SmolStr>,
}

/// A missing relationship.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationshipNeeds {
    /// Its name as the profile spells it.
    pub name: SmolStr,
    /// The entities and the lookup of one that the platform itself makes: the one, the many, the
    /// many's attribute.
    pub platform: Option<[SmolStr; 3]>,
}

/// What profiles need and the schema lacks.
#[must_use]
pub fn needs(schema: &Schema, files: &[File]) -> Needs {
    let mut finder = Finder {
        schema,
        needs: Needs::default(),
        presumed: BTreeMap::new(),
    };
    for block in files.iter().flat_map(|file| &file.blocks) {
        if let Block::Profile(profile) = block {
            for item in &profile.items {
                finder.item(item);
            }
        }
    }
    finder.needs.entities.retain(|_, needs| {
        needs.entity || needs.ownership || needs.offline || !needs.attributes.is_empty()
    });
    finder.needs
}

struct Finder<'a> {
    schema: &'a Schema,
    needs: Needs,
    /// What every entity has, for those that no source has.
    presumed: BTreeMap<SmolStr, Entity>,
}

impl Finder<'_> {
    fn item(&mut self, item: &Item) {
        let name = self.entity(&item.entity.text);
        if let Some(id) = self.schema.find(&name) {
            let (entity, schema) = (self.schema.entity(id), self.schema);
            let flags = item
                .download
                .iter()
                .filter_map(|download| match &download.choice {
                    Choice::Other(flags) => Some(flags),
                    _ => None,
                });
            for (flag, _) in flags.flatten() {
                if owner_attribute(schema, id, *flag).is_none() {
                    let unit = *flag == Owned::BusinessUnit;
                    self.attribute(
                        &name,
                        if unit {
                            "owningbusinessunit"
                        } else {
                            "ownerid"
                        },
                    );
                }
            }
            let needs = self.needs.entities.entry(name.clone()).or_default();
            needs.ownership = entity.ownership.is_none();
            needs.offline = entity.offline.is_none();
        }
        let own = item.download.iter().filter_map(|d| d.filter.as_ref());
        own.for_each(|filter| self.filter(&name, filter));
        for include in &item.includes {
            self.include(&name, include);
        }
    }

    fn include(&mut self, source: &SmolStr, include: &Include) {
        let via = &include.via.text;
        let along = self.relationship(via).map(|(one, other)| {
            let [one, other] = [one, other].map(|end| self.schema.entity(end).name.clone());
            if one == *source { other } else { one }
        });
        let named = include.entity.as_ref().map(|name| self.entity(&name.text));
        if let (Some(filter), Some(target)) = (&include.filter, along.or(named)) {
            self.filter(&target, filter);
        }
    }

    /// The ends of a relationship, or a need.
    fn relationship(&mut self, name: &SmolStr) -> Option<(EntityId, EntityId)> {
        if let Some(found) = self.schema.find_relationship(name) {
            return Some(self.schema.relationship(found).kind.ends());
        }
        if let Some(unusable) = self.schema.unusable(name) {
            for missing in &unusable.missing {
                self.entity(missing);
            }
            return None;
        }
        let key = SmolStr::new(name.to_lowercase());
        let platform = platform(&key);
        for entity in platform.iter().flat_map(|[one, many, _]| [one, many]) {
            self.entity(entity);
        }
        self.needs
            .relationships
            .entry(key)
            .or_insert_with(|| RelationshipNeeds {
                name: name.clone(),
                platform,
            });
        None
    }

    /// The logical name of an entity, and a need where no source has it.
    fn entity(&mut self, name: &str) -> SmolStr {
        let name = SmolStr::new(name.to_lowercase());
        if self.schema.find(&name).is_none() {
            self.needs.entities.entry(name.clone()).or_default().entity = true;
            self.presumed
                .entry(name.clone())
                .or_insert_with(|| presumed(&name));
        }
        name
    }

    /// What is known of an entity: what a source says, or what every entity has.
    fn known(&self, entity: &SmolStr) -> Option<&Entity> {
        match self.schema.find(entity) {
            Some(id) => Some(self.schema.entity(id)),
            None => self.presumed.get(entity),
        }
    }

    /// The need of an attribute, where no source has it.
    fn attribute(&mut self, entity: &SmolStr, name: &str) -> Option<&mut AttributeNeeds> {
        let name = SmolStr::new(name.to_lowercase());
        if self.known(entity)?.find(&name).is_some() {
            return None;
        }
        let needs = self.needs.entities.entry(entity.clone()).or_default();
        Some(needs.attributes.entry(name).or_default())
    }

    fn filter(&mut self, entity: &SmolStr, filter: &Filter) {
        match filter {
            Filter::Group { children, .. } => {
                children.iter().for_each(|child| self.filter(entity, child));
            }
            Filter::Condition(condition) => self.condition(entity, condition),
            Filter::Related(related) => self.related(entity, related),
        }
    }

    fn condition(&mut self, entity: &SmolStr, condition: &Condition) {
        let spec = condition.operator.map(|operator| operator.spec());
        let Some(needs) = self.attribute(entity, &condition.attribute.text) else {
            return;
        };
        let Some(spec) = spec else { return };
        let (ty, target) = match spec.types {
            Types::Datetime => (AttributeType::Datetime(Behavior::UserLocal), None),
            Types::UnitOrGuid => (AttributeType::Lookup, Some("businessunit")),
            Types::User | Types::UserOrGuid => (AttributeType::Lookup, Some("systemuser")),
            Types::Team => (AttributeType::Lookup, Some("team")),
            Types::Integer => (AttributeType::Integer, None),
            Types::Text => (AttributeType::String, None),
            _ if spec.family == OperatorFamily::Clock => {
                (AttributeType::Datetime(Behavior::UserLocal), None)
            }
            _ => return,
        };
        needs.ty.get_or_insert(ty);
        needs.targets.extend(target.map(SmolStr::new_static));
    }

    fn related(&mut self, entity: &SmolStr, related: &Related) {
        let linked = self.entity(&related.entity.text);
        match &related.link {
            Link::On { linked: far, own } => {
                self.linked(entity, &own.text, &linked, &far.text);
                self.linked(&linked, &far.text, entity, &own.text);
            }
            Link::Via(via) => {
                self.relationship(&via.text);
            }
        }
        if let Some(filter) = &related.filter {
            self.filter(&linked, filter);
        }
    }

    /// An attribute that links to another entity's: a lookup if that one is the primary id.
    fn linked(&mut self, entity: &SmolStr, attribute: &str, other: &SmolStr, to: &str) {
        let primary = self.known(other).is_some_and(|other| {
            let primary = other.attribute(other.primary_id);
            primary.name == to.to_lowercase()
        });
        if let Some(needs) = self.attribute(entity, attribute)
            && primary
        {
            needs.ty.get_or_insert(AttributeType::Lookup);
            needs.targets.insert(other.clone());
        }
    }
}

/// A relationship that the platform makes of every entity, by its name.
fn platform(name: &str) -> Option<[SmolStr; 3]> {
    let of = |one: &'static str, many: &str, lookup: &'static str| {
        Some([
            SmolStr::new_static(one),
            SmolStr::new(many),
            SmolStr::new_static(lookup),
        ])
    };
    if let Some(rest) = name.strip_prefix("lk_") {
        return if let Some(entity) = rest.strip_suffix("_createdby") {
            of("systemuser", entity, "createdby")
        } else {
            of(
                "systemuser",
                rest.strip_suffix("_modifiedby")?,
                "modifiedby",
            )
        };
    }
    if let Some(entity) = name.strip_prefix("business_unit_") {
        return of("businessunit", entity, "owningbusinessunit");
    }
    if let Some(entity) = name.strip_prefix("team_") {
        return of("team", entity, "owningteam");
    }
    of("systemuser", name.strip_prefix("user_")?, "owninguser")
}

impl Needs {
    /// Whether nothing is missing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entities.is_empty() && self.relationships.is_empty()
    }

    /// The metadata JSON to fill in.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::from("{\n");
        let entities = self.entities.iter().map(|(name, needs)| {
            let mut object = Object::default();
            object.text("name", name);
            if needs.entity || needs.ownership {
                object.raw("ownership", "null");
            }
            if needs.entity || needs.offline {
                object.raw("offline", "null");
            }
            let attributes: Vec<String> = needs
                .attributes
                .iter()
                .map(|(name, needs)| format!("\n   {}", attribute(name, needs)))
                .collect();
            if !attributes.is_empty() {
                object.raw("attributes", &format!("[{}]", attributes.join(",")));
            }
            object.finish()
        });
        let relationships = self.relationships.values().map(|needs| {
            let mut object = Object::default();
            object.text("name", &needs.name);
            match &needs.platform {
                Some([referenced, referencing, lookup]) => {
                    object.text("kind", "1:N");
                    object.text("referenced", referenced);
                    object.text("referencing", referencing);
                    object.text("lookup", lookup);
                }
                None => {
                    for key in ["kind", "referenced", "referencing", "lookup"] {
                        object.raw(key, "null");
                    }
                }
            }
            object.finish()
        });
        list(&mut out, "entities", entities, ",");
        list(&mut out, "relationships", relationships, "");
        out += "}\n";
        out
    }

    /// In words, a line each.
    #[must_use]
    pub fn lines(&self) -> Vec<SmolStr> {
        let mut lines = Vec::new();
        for (name, needs) in &self.entities {
            let mut parts = Vec::new();
            if needs.entity {
                parts.push("the entity itself".to_owned());
            }
            if needs.ownership {
                parts.push("ownership".to_owned());
            }
            if needs.offline {
                parts.push("the offline flag".to_owned());
            }
            if !needs.attributes.is_empty() {
                let names: Vec<&str> = needs.attributes.keys().map(SmolStr::as_str).collect();
                parts.push(names.join(", "));
            }
            lines.push(format_smolstr!("{name}: {}", parts.join("; ")));
        }
        for needs in self.relationships.values() {
            lines.push(format_smolstr!("relationship {}", needs.name));
        }
        lines
    }
}

fn attribute(name: &str, needs: &AttributeNeeds) -> String {
    let mut object = Object::default();
    object.text("name", name);
    match needs.ty {
        Some(ty) => object.text("type", ty.name()),
        None => object.raw("type", "null"),
    }
    if !needs.targets.is_empty() {
        let targets: Vec<String> = needs.targets.iter().map(|name| quoted(name)).collect();
        object.raw("targets", &format!("[{}]", targets.join(", ")));
    }
    object.finish()
}
