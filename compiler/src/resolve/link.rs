//! How rows are linked: along a relationship, or on a pair of attributes.

use weir_grammar::ast::{self, Name};
use weir_ir::diagnostic::Diagnostic;
use weir_ir::plan::Link;
use weir_ir::schema::{AttrId, EntityId, Family, RelationshipId, RelationshipKind, Schema};

use super::names;
use crate::codes;
use crate::report::Report;

/// What is left out where a link can't be resolved.
const PART: &str = "the related-row condition";

/// The link from rows of `this` to rows of `other` along a relationship between the two; none where
/// it joins other entities. For a relationship of an entity with itself see [`is_self_joined`].
pub(crate) fn along(
    schema: &Schema,
    relationship: RelationshipId,
    this: EntityId,
    other: EntityId,
) -> Option<Link> {
    let id = |entity: EntityId| schema.entity(entity).primary_id;
    match schema.relationship(relationship).kind {
        RelationshipKind::OneToMany {
            referenced,
            referencing,
            lookup,
            ..
        } => {
            let (from, to) = match (this, other) {
                _ if (this, other) == (referencing, referenced) => (lookup, id(other)),
                _ if (this, other) == (referenced, referencing) => (id(this), lookup),
                _ => return None,
            };
            Some(Link::Attributes {
                from,
                entity: other,
                to,
            })
        }
        RelationshipKind::ManyToMany {
            intersect,
            entity1,
            attribute1,
            entity2,
            attribute2,
        } => {
            let (near, far) = match (this, other) {
                _ if (this, other) == (entity1, entity2) => (attribute1, attribute2),
                _ if (this, other) == (entity2, entity1) => (attribute2, attribute1),
                _ => return None,
            };
            Some(Link::Through {
                intersect,
                near,
                far,
                entity: other,
            })
        }
    }
}

/// Whether a relationship joins an entity to itself.
pub(crate) fn is_self_joined(schema: &Schema, relationship: RelationshipId) -> bool {
    let (one, other) = schema.relationship(relationship).kind.ends();
    one == other
}

/// Reports that a relationship joins other entities than these two.
pub(crate) fn not_joined(
    schema: &Schema,
    report: &mut Report,
    relationship: RelationshipId,
    via: &Name,
    entities: &[EntityId],
) {
    let name = |entity: EntityId| format!("`{}`", schema.entity(entity).name);
    let asked: Vec<String> = entities.iter().map(|entity| name(*entity)).collect();
    let (one, other) = schema.relationship(relationship).kind.ends();
    let between: Vec<&str> = schema
        .relationships()
        .filter(|known| {
            let (a, b) = known.kind.ends();
            matches!(entities, [x, y] if (a, b) == (*x, *y) || (b, a) == (*x, *y))
        })
        .map(|known| known.name.as_str())
        .collect();
    let mut help = format!("it joins {} and {}", name(one), name(other));
    if !between.is_empty() {
        help += &format!(
            "; {} are joined by {}",
            asked.join(" and "),
            between.join(", ")
        );
    }
    report.push(
        Diagnostic::new(
            codes::NOT_JOINED,
            via.span,
            format!("`{}` does not join {}", via.text, asked.join(" and ")),
        )
        .help(help),
    );
}

/// The link of a related-row condition on rows of `this`; a wrong one is reported.
pub(crate) fn of_related(
    schema: &Schema,
    report: &mut Report,
    this: EntityId,
    other: EntityId,
    link: &ast::Link,
) -> Option<Link> {
    match link {
        ast::Link::On { linked, own } => {
            let to = names::attribute(schema, report, other, linked, PART);
            let from = names::attribute(schema, report, this, own, PART);
            let (from, to) = (from?, to?);
            comparable(schema, report, (this, from, own), (other, to, linked))?;
            Some(Link::Attributes {
                from,
                entity: other,
                to,
            })
        }
        ast::Link::Via(via) => {
            let relationship = names::relationship(schema, report, via, PART)?;
            let found = along(schema, relationship, this, other);
            if found.is_some() && is_self_joined(schema, relationship) {
                let name = &schema.entity(this).name;
                report.push(
                    Diagnostic::new(
                        codes::SELF_JOINED,
                        via.span,
                        format!(
                            "`{}` joins `{name}` to itself, so `via` has two meanings",
                            via.text
                        ),
                    )
                    .help("name the attributes: `on linked = own`, the linked row's first"),
                );
                return None;
            }
            if found.is_none() {
                not_joined(schema, report, relationship, via, &[this, other]);
            }
            found
        }
    }
}

/// Reports attributes that can't be equal: of two families, or of one that no link compares.
fn comparable(
    schema: &Schema,
    report: &mut Report,
    (this, from, own): (EntityId, AttrId, &Name),
    (other, to, linked): (EntityId, AttrId, &Name),
) -> Option<()> {
    let (from, to) = (schema.attribute(this, from), schema.attribute(other, to));
    let families = (from.ty.family(), to.ty.family());
    if families.0 == families.1 && !matches!(families.0, Family::Opaque | Family::Choices) {
        return Some(());
    }
    report.push(
        Diagnostic::new(
            codes::NOT_COMPARABLE,
            linked.span.to(own.span),
            format!(
                "`{}`, {}, and `{}`, {}, don't compare",
                linked.text,
                a(to.ty),
                own.text,
                a(from.ty)
            ),
        )
        .help("a link takes two attributes of one family: numbers, texts, GUIDs and lookups, booleans, or datetimes of one behaviour"),
    );
    None
}

/// A type with its article.
pub(crate) fn a(ty: weir_ir::schema::AttributeType) -> String {
    use weir_ir::schema::AttributeType::{Money, Virtual};
    let name = match ty {
        Money | Virtual => format!("{ty} attribute"),
        _ => ty.to_string(),
    };
    let article = if name.starts_with(['a', 'e', 'i', 'o']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {name}")
}
