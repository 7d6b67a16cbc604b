//! `Other/Relationships/*.xml` of an unpacked solution. Names of entities and attributes are in
//! mixed case there.

use smol_str::SmolStr;
use weir_grammar::xml::Element;
use weir_ir::diagnostic::{Diagnostic, FileId};

use super::codes;
use super::declared::{Declared, DeclaredKind, DeclaredRelationship, Origin};
use super::report::{Report, Spanned};
use super::solution::{flag, name, root, text, unread};

/// What is read of the file.
pub(super) fn keep(parent: &str, name: &str) -> bool {
    match parent {
        "EntityRelationships" => name == "EntityRelationship",
        "EntityRelationship" => matches!(
            name,
            "EntityRelationshipType"
                | "IsHierarchical"
                | "ReferencedEntityName"
                | "ReferencingEntityName"
                | "ReferencingAttributeName"
                | "FirstEntityName"
                | "SecondEntityName"
                | "IntersectEntityName"
        ),
        _ => false,
    }
}

/// Reads a file.
pub(super) fn read(file: FileId, text: &str, report: &mut Report) -> Declared {
    let mut declared = Declared::default();
    if let Some(root) = root(file, text, "EntityRelationships", &keep, report) {
        all(&root, &mut declared, report);
    }
    declared
}

/// Declares the relationships of a list.
pub(super) fn all(list: &Element, declared: &mut Declared, report: &mut Report) {
    for element in &list.children {
        let Some(relationship) = relationship(element, report) else {
            continue;
        };
        let key = SmolStr::new(relationship.name.value.to_lowercase());
        if let Some(first) = declared.relationships.get(&key) {
            let name = &relationship.name;
            let message = format!("the relationship `{}` is declared twice", name.value);
            report.push(
                Diagnostic::new(codes::DECLARED_TWICE, name.span, message)
                    .label(first.name.span, "first declared here")
                    .help("one file declares a thing once; a later `--metadata` may override it"),
            );
        } else {
            declared.relationships.insert(key, relationship);
        }
    }
}

fn relationship(element: &Element, report: &mut Report) -> Option<DeclaredRelationship> {
    let Some(written) = element.attribute("Name") else {
        let message = "a relationship has no `Name`: it is left out";
        report.push(
            Diagnostic::new(codes::UNREAD_VALUE, element.name_span, message)
                .help("write it as `<EntityRelationship Name=\"…\">`"),
        );
        return None;
    };
    let (value, span) = (written.text().trim(), written.trimmed_span());
    report.logical_name(value, span, codes::UNREAD_VALUE)?;
    // The schema name keeps its case.
    let schema_name = Spanned {
        value: SmolStr::new(value),
        span,
    };
    let kind = match text(element, "EntityRelationshipType") {
        Some(("OneToMany", _)) => DeclaredKind::OneToMany {
            referenced: name(element, "ReferencedEntityName", report)?,
            referencing: name(element, "ReferencingEntityName", report)?,
            lookup: name(element, "ReferencingAttributeName", report)?,
            hierarchical: flag(element, "IsHierarchical", report)
                .filter(|f| f.value)
                .map(|f| f.span),
        },
        Some(("ManyToMany", _)) => DeclaredKind::ManyToMany {
            intersect: name(element, "IntersectEntityName", report)?,
            entity1: name(element, "FirstEntityName", report)?,
            attribute1: None,
            entity2: name(element, "SecondEntityName", report)?,
            attribute2: None,
        },
        other => {
            let (text, place) = other.unwrap_or(("", schema_name.span));
            let wanted = "OneToMany or ManyToMany; the relationship is left out";
            unread("EntityRelationshipType", text, place, wanted, report);
            return None;
        }
    };
    Some(DeclaredRelationship {
        name: schema_name,
        origin: Origin::Solution,
        kind,
    })
}
