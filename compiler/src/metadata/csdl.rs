//! `$metadata` of the Dataverse Web API: entity types, properties and navigation properties of a CSDL
//! schema. Of two navigation properties that are partners, the one that isn't a collection names the
//! lookup of a 1:N; two collections are an N:N.
//!
//! CSDL doesn't say who owns an entity, nor whether it is enabled for offline: ownership follows from
//! the lookups that owned rows have, the flag stays unknown. Option types look like whole numbers.
//!
//! Cost: types × depth of inheritance + properties.

use indexmap::IndexMap;
use rust_decimal::Decimal;
use smol_str::{SmolStr, format_smolstr};
use weir_grammar::xml::{self, Element, Located};
use weir_ir::diagnostic::{Diagnostic, FileId, Span};
use weir_ir::limits;
use weir_ir::schema::{
    Attribute, AttributeType, Behavior, ChoiceOption, Ownership, SYSTEM_ENTITIES,
};
use weir_ir::value::parse_decimal;

use super::codes;
use super::csdl_relationships as relationships;
use super::declared::{Declared, DeclaredAttribute, DeclaredEntity, Origin};
use super::report::{Report, Spanned, shorten};

/// Types by name. A time of day, bytes and streams are no values that a filter knows.
const TYPES: [(&str, AttributeType); 14] = [
    ("Edm.String", AttributeType::String),
    ("Edm.Guid", AttributeType::Uniqueidentifier),
    ("Edm.Int16", AttributeType::Integer),
    ("Edm.Int32", AttributeType::Integer),
    ("Edm.Int64", AttributeType::Bigint),
    ("Edm.Boolean", AttributeType::Boolean),
    ("Edm.Decimal", AttributeType::Decimal),
    ("Edm.Double", AttributeType::Double),
    ("Edm.Date", AttributeType::Datetime(Behavior::DateOnly)),
    (
        "Edm.DateTimeOffset",
        AttributeType::Datetime(Behavior::UserLocal),
    ),
    ("Edm.TimeOfDay", AttributeType::Virtual),
    ("Edm.Duration", AttributeType::Virtual),
    ("Edm.Binary", AttributeType::Virtual),
    ("Edm.Stream", AttributeType::Virtual),
];
/// Types above all others, which are no entities.
pub(super) const BASES: [&str; 2] = ["crmbaseentity", "principal"];
/// Deepest inheritance that is followed; the platform's is three.
const INHERITANCE: usize = 8;

/// An entity type.
pub(super) struct EntityType<'e> {
    pub(super) name: Spanned<SmolStr>,
    pub(super) element: &'e Element,
}

/// The entity types of a document, by name.
pub(super) type EntityTypes<'e> = IndexMap<SmolStr, EntityType<'e>>;

/// What is read of the document.
fn keep(parent: &str, name: &str) -> bool {
    match parent {
        "Edmx" => name == "DataServices",
        "DataServices" => name == "Schema",
        "Schema" => matches!(name, "EntityType" | "EnumType" | "ComplexType"),
        "EntityType" => matches!(name, "Key" | "Property" | "NavigationProperty"),
        "EnumType" => name == "Member",
        "Key" => name == "PropertyRef",
        "Property" => name == "Annotation",
        "NavigationProperty" => name == "ReferentialConstraint",
        _ => false,
    }
}

/// Reads a document.
pub(super) fn read(file: FileId, text: &str, report: &mut Report) -> Declared {
    let mut declared = Declared::default();
    let (root, mut diagnostics) = xml::parse(&Located::file(file, text), &keep);
    let root = root.filter(|root| root.is_root("Edmx", &mut diagnostics));
    report.extend(diagnostics);
    let Some(root) = root else {
        return declared;
    };
    let schemas: Vec<&Element> = root
        .children
        .iter()
        .flat_map(|services| services.children_named("Schema"))
        .collect();
    let types = entity_types(&schemas, report);
    if types.is_empty() {
        let message = "the document has no entity type";
        report.push(
            Diagnostic::new(codes::NOT_METADATA, root.name_span, message)
                .help("a `$metadata` has `DataServices/Schema/EntityType` elements"),
        );
    }
    let named = named_types(&schemas);
    let mut reader = Reader {
        types: &types,
        named: &named,
        report,
    };
    for found in types.values() {
        if !BASES.contains(&found.name.value.as_str()) {
            declared.entity(reader.entity(found));
        }
    }
    relationships::declare(&types, &mut declared, report);
    declared
}

fn entity_types<'e>(schemas: &[&'e Element], report: &mut Report) -> EntityTypes<'e> {
    let mut types = EntityTypes::new();
    for element in schemas.iter().flat_map(|s| s.children_named("EntityType")) {
        let Some(name) = attribute_name(element, "Name", codes::BAD_NAME, report) else {
            continue;
        };
        if let Some(first) = types.get(&name.value) {
            let message = format!("the entity type `{}` is declared twice", name.value);
            report.push(
                Diagnostic::new(codes::DECLARED_TWICE, name.span, message)
                    .label(first.name.span, "first declared here")
                    .help("one file declares a thing once; a later `--metadata` may override it"),
            );
        } else if types.len() >= limits::METADATA_ENTITIES {
            let message = format!("over {} entity types", limits::METADATA_ENTITIES);
            beyond(name.span, message, report);
            break;
        } else {
            let key = name.value.clone();
            types.insert(key, EntityType { name, element });
        }
    }
    types
}

/// The enum types with their members, and the complex ones with none.
fn named_types<'e>(schemas: &[&'e Element]) -> IndexMap<&'e str, &'e Element> {
    schemas
        .iter()
        .flat_map(|schema| &schema.children)
        .filter(|element| element.name != "EntityType")
        .filter_map(|element| Some((element.attribute("Name")?.text(), element)))
        .collect()
}

/// A logical name in an attribute; a missing one is reported, and what it would name left out.
pub(super) fn attribute_name(
    element: &Element,
    key: &str,
    code: weir_ir::diagnostic::Code,
    report: &mut Report,
) -> Option<Spanned<SmolStr>> {
    let Some(written) = element.attribute(key) else {
        let message = format!("`{}` has no `{key}`: it is left out", element.name);
        report.push(
            Diagnostic::new(codes::UNREAD_VALUE, element.name_span, message)
                .help(format!("write it as `<{} {key}=\"…\">`", element.name)),
        );
        return None;
    };
    report.logical_name(written.text().trim(), written.trimmed_span(), code)
}

fn beyond(span: Span, message: String, report: &mut Report) {
    report.push(
        Diagnostic::new(codes::METADATA_LIMIT, span, message)
            .help("what follows is left out; give the part that profiles need"),
    );
}

/// A type's name without its namespace.
pub(super) fn bare(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(_, name)| name)
}

/// The attribute that a property is: `_x_value` is the lookup `x`.
pub(super) fn lookup_of(property: &str) -> Option<&str> {
    property.strip_prefix('_')?.strip_suffix("_value")
}

/// A type and those that it is derived from, itself first.
pub(super) fn ancestry<'t, 'e>(
    types: &'t EntityTypes<'e>,
    of: &'t EntityType<'e>,
) -> Vec<&'t EntityType<'e>> {
    let mut found = vec![of];
    while let Some(base) = found
        .last()
        .and_then(|last| last.element.attribute("BaseType"))
        .and_then(|base| types.get(bare(base.text()).to_lowercase().as_str()))
        .filter(|_| found.len() < INHERITANCE)
    {
        found.push(base);
    }
    found
}

struct Reader<'a, 'e> {
    types: &'a EntityTypes<'e>,
    named: &'a IndexMap<&'e str, &'e Element>,
    report: &'a mut Report,
}

impl Reader<'_, '_> {
    fn entity(&mut self, found: &EntityType<'_>) -> DeclaredEntity {
        let mut entity = DeclaredEntity::new(found.name.clone(), Origin::Database);
        let mut line = ancestry(self.types, found);
        line.retain(|above| !BASES.contains(&above.name.value.as_str()));
        if line
            .iter()
            .any(|above| above.name.value == "activitypointer")
        {
            entity.activity = Some(true);
        }
        let system = SYSTEM_ENTITIES.iter().any(|s| s.name == found.name.value);
        let keys = line.iter().find_map(|above| above.element.child("Key"));
        if let Some(keys) = keys.filter(|_| !system)
            && let [key] = keys.children.as_slice()
        {
            entity.primary_id = attribute_name(key, "Name", codes::UNREAD_VALUE, self.report);
        }
        // What is inherited comes first; a type may say more of it.
        for (depth, above) in line.iter().enumerate().rev() {
            for property in above.element.children_named("Property") {
                if entity.attributes.len() >= limits::METADATA_ATTRIBUTES {
                    let name = &found.name.value;
                    let most = limits::METADATA_ATTRIBUTES;
                    let message = format!("`{name}` has over {most} properties");
                    beyond(property.name_span, message, self.report);
                    break;
                }
                self.property(&mut entity, property, depth == 0);
            }
        }
        entity.ownership = ownership(&entity).filter(|_| !system);
        entity
    }

    fn property(&mut self, entity: &mut DeclaredEntity, property: &Element, own: bool) {
        let Some(mut name) = attribute_name(property, "Name", codes::BAD_NAME, self.report) else {
            return;
        };
        let lookup = lookup_of(&name.value).map(SmolStr::new);
        let is_lookup = lookup.is_some();
        name.value = lookup.unwrap_or(name.value);
        let twice = entity
            .attributes
            .get(&name.value)
            .map(|first| first.name_span);
        if let Some(first) = twice.filter(|_| own && inside(property, entity)) {
            let message = format!("the property `{}` is declared twice", name.value);
            self.report.push(
                Diagnostic::new(codes::DECLARED_TWICE, name.span, message)
                    .label(first, "first declared here")
                    .help("remove one of them"),
            );
            return;
        }
        let Some(written) = property.attribute("Type") else {
            let message = format!(
                "the property `{}` has no `Type`: it is left out",
                name.value
            );
            self.report.push(
                Diagnostic::new(codes::UNREAD_TYPE, name.span, message)
                    .help("a property has `Type=\"Edm.…\"`"),
            );
            return;
        };
        let type_span = written.trimmed_span();
        let (ty, options) = self.ty(written.text().trim(), type_span);
        let lookup = is_lookup && ty == AttributeType::Uniqueidentifier;
        let mut attribute = Attribute::new(
            name.value.clone(),
            if lookup { AttributeType::Lookup } else { ty },
        );
        attribute.options = options;
        attribute.precision = property
            .attribute("Scale")
            .and_then(|scale| scale.text().trim().parse().ok())
            .filter(|digits| *digits <= 28);
        attribute.min = bound(property, "Minimum");
        attribute.max = bound(property, "Maximum");
        let declared = DeclaredAttribute {
            attribute,
            name_span: name.span,
            type_span,
            stored: true,
        };
        entity.attributes.insert(name.value, declared);
    }

    /// A property's type, and the options of an enumeration.
    fn ty(&mut self, written: &str, span: Span) -> (AttributeType, Vec<ChoiceOption>) {
        if let Some((_, ty)) = TYPES.iter().find(|(name, _)| *name == written) {
            return (*ty, Vec::new());
        }
        let named = self.named.get(bare(written));
        match named.map(|element| element.name.as_str()) {
            Some("EnumType") => {
                let members = named.into_iter().flat_map(|e| e.children_named("Member"));
                let options = members.filter_map(|member| {
                    let value = member.attribute("Value")?.text().trim().parse().ok()?;
                    let label = SmolStr::new(member.attribute("Name")?.text());
                    Some(ChoiceOption { value, label })
                });
                (AttributeType::Choice, options.collect())
            }
            // A managed property and its like, or several values, are no one value.
            Some(_) => (AttributeType::Virtual, Vec::new()),
            None if written.starts_with("Collection(") => (AttributeType::Virtual, Vec::new()),
            None => {
                let message = format!("the type `{}` isn't read", shorten(written));
                self.report.push(
                    Diagnostic::new(codes::UNREAD_TYPE, span, message)
                        .help("the attribute is taken for a virtual one, which can't be filtered"),
                );
                (AttributeType::Virtual, Vec::new())
            }
        }
    }
}

/// Whether the entity's own type has such a property already: what it inherits it may say again.
fn inside(property: &Element, entity: &DeclaredEntity) -> bool {
    let name = property
        .attribute("Name")
        .map(Located::text)
        .unwrap_or_default();
    let name = name.trim().to_lowercase();
    let name = lookup_of(&name).unwrap_or(&name);
    let start = entity.name.span.start;
    let first = entity
        .attributes
        .get(name)
        .map(|first| first.name_span.start);
    first.is_some_and(|first| first > start && first < property.span.start)
}

/// `Org.OData.Validation.V1.Minimum` and `…Maximum`.
fn bound(property: &Element, which: &str) -> Option<Decimal> {
    let found = property.children_named("Annotation").find(|annotation| {
        annotation
            .attribute("Term")
            .is_some_and(|term| bare(term.text()) == which)
    })?;
    let value = ["Decimal", "Int", "Float"]
        .iter()
        .find_map(|kind| found.attribute(kind))?;
    parse_decimal(value.text().trim())
}

/// The ownership that an entity's lookups show; none where they show none.
fn ownership(entity: &DeclaredEntity) -> Option<Spanned<Ownership>> {
    [
        ("ownerid", Ownership::UserOrTeam),
        ("owningbusinessunit", Ownership::Business),
        ("organizationid", Ownership::Organization),
    ]
    .iter()
    .find_map(|(name, value)| {
        let span = entity.attributes.get(*name)?.name_span;
        Some(Spanned {
            value: *value,
            span,
        })
    })
}

/// The name that a relationship's ends are known by when nothing names it.
pub(super) fn systematic(one: &str, many: &str, lookup: &str) -> SmolStr {
    format_smolstr!("{one}_{many}_{lookup}")
}
