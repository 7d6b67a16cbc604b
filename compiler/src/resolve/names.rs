//! Names of entities, attributes and relationships. Logical names are lower case, so another case
//! means the same. Cost: a look-up; a miss compares with every name there is.

use smol_str::SmolStr;
use weir_grammar::ast::Name;
use weir_ir::diagnostic::Diagnostic;
use weir_ir::schema::{AttrId, EntityId, RelationshipId, Schema};

use crate::codes;
use crate::report::{Report, meant};

/// The entity of that name; a miss is reported, and `part` is what is left out for it.
pub(crate) fn entity(
    schema: &Schema,
    report: &mut Report,
    name: &Name,
    part: &str,
) -> Option<EntityId> {
    let found = schema.find(&name.text.to_lowercase());
    if found.is_none() {
        let diagnostic = Diagnostic::new(
            codes::UNKNOWN_ENTITY,
            name.span,
            format!("unknown entity `{}`", name.text),
        );
        let names = schema.entities().map(|(_, entity)| entity.name.as_str());
        let diagnostic = meant(diagnostic, &name.text, names, || {
            "no metadata source has it; add one with `--metadata`, or leave it out with `--lenient`"
                .to_owned()
        });
        report.missing(diagnostic, part);
    }
    found
}

/// The attribute of that name; a miss is reported likewise.
pub(crate) fn attribute(
    schema: &Schema,
    report: &mut Report,
    entity: EntityId,
    name: &Name,
    part: &str,
) -> Option<AttrId> {
    let found = schema.entity(entity).find(&name.text.to_lowercase());
    if found.is_none() {
        report.missing(unknown_attribute(schema, entity, name), part);
    }
    found
}

/// The finding about an attribute that an entity lacks.
pub(crate) fn unknown_attribute(schema: &Schema, entity: EntityId, name: &Name) -> Diagnostic {
    let of = schema.entity(entity);
    let message = format!("`{}` has no attribute `{}`", of.name, name.text);
    meant(
        Diagnostic::new(codes::UNKNOWN_ATTRIBUTE, name.span, message),
        &name.text,
        of.attributes.keys().map(SmolStr::as_str),
        || format!("no metadata source gives `{}` such an attribute", of.name),
    )
}

/// The relationship of that name; a miss is reported likewise, with what is known of it.
pub(crate) fn relationship(
    schema: &Schema,
    report: &mut Report,
    name: &Name,
    part: &str,
) -> Option<RelationshipId> {
    let found = schema.find_relationship(&name.text);
    if found.is_none() {
        let diagnostic = match schema.unusable(&name.text) {
            Some(known) if known.missing.is_empty() => Diagnostic::new(
                codes::UNUSABLE_RELATIONSHIP,
                name.span,
                format!("relationship `{}` goes through no lookup", known.name),
            )
            .help(
                "the metadata contradicts itself there: mend it, or leave it out with `--lenient`",
            ),
            Some(known) => {
                let missing: Vec<String> = known
                    .missing
                    .iter()
                    .map(|name| format!("`{name}`"))
                    .collect();
                Diagnostic::new(
                    codes::UNUSABLE_RELATIONSHIP,
                    name.span,
                    format!(
                        "relationship `{}` joins {}, which the metadata lacks",
                        known.name,
                        missing.join(" and ")
                    ),
                )
                .help("add a metadata source that has the entity, or leave it out with `--lenient`")
            }
            None => meant(
                Diagnostic::new(
                    codes::UNKNOWN_RELATIONSHIP,
                    name.span,
                    format!("unknown relationship `{}`", name.text),
                ),
                &name.text,
                schema.relationships().map(|known| known.name.as_str()),
                || {
                    "no metadata source has it; add one with `--metadata`, or leave it out with `--lenient`"
                        .to_owned()
                },
            ),
        };
        report.missing(diagnostic, part);
    }
    found
}
