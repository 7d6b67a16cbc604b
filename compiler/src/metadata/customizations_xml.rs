//! The `customizations.xml` of an exported zip: what an unpacked folder has in many files, in one.

use weir_ir::diagnostic::FileId;

use super::declared::Declared;
use super::report::Report;
use super::solution::root;
use super::{entity_xml, option_set_xml, relationships_xml, role_xml};

/// What is read of the file: lists of what the other readers read.
fn keep(parent: &str, name: &str) -> bool {
    match parent {
        "ImportExportXml" => matches!(
            name,
            "Entities" | "EntityRelationships" | "optionsets" | "Roles"
        ),
        "Entities" => name == "Entity",
        "optionsets" => name == "optionset",
        "Roles" => name == "Role",
        _ => [
            entity_xml::keep,
            relationships_xml::keep,
            option_set_xml::keep,
            role_xml::keep,
        ]
        .iter()
        .any(|keep| keep(parent, name)),
    }
}

/// Reads a file.
pub(super) fn read(file: FileId, text: &str, report: &mut Report) -> Declared {
    let mut declared = Declared::default();
    let Some(root) = root(file, text, "ImportExportXml", &keep, report) else {
        return declared;
    };
    for list in &root.children {
        match list.name.as_str() {
            "EntityRelationships" => relationships_xml::all(list, &mut declared, report),
            name => {
                for child in &list.children {
                    match name {
                        "Entities" => entity_xml::one(child, text, &mut declared, report),
                        "optionsets" => option_set_xml::one(child, &mut declared, report),
                        _ => role_xml::one(child, &mut declared, report),
                    }
                }
            }
        }
    }
    declared
}
