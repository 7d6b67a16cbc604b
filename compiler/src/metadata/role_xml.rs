//! `Roles/*.xml` of an unpacked solution: which entities a role reads, and how deep. A role says what
//! whoever has it may read; who has it is data.

use indexmap::IndexMap;
use smol_str::SmolStr;
use weir_grammar::xml::Element;
use weir_ir::diagnostic::{Diagnostic, FileId};
use weir_ir::plan::Depth;
use weir_ir::schema::Role;

use super::codes;
use super::declared::Declared;
use super::report::{Report, is_name};
use super::solution::{root, unread};

/// What the name of a read privilege begins with.
const READ: &str = "prvread";

/// What is read of the file.
pub(super) fn keep(parent: &str, name: &str) -> bool {
    match parent {
        "Role" => name == "RolePrivileges",
        "RolePrivileges" => name == "RolePrivilege",
        _ => false,
    }
}

/// Reads a file.
pub(super) fn read(file: FileId, text: &str, report: &mut Report) -> Declared {
    let mut declared = Declared::default();
    if let Some(root) = root(file, text, "Role", &keep, report) {
        one(&root, &mut declared, report);
    }
    declared
}

/// Declares a role, with its read privileges by what the privilege is called after.
pub(super) fn one(element: &Element, declared: &mut Declared, report: &mut Report) {
    let value = |element: &Element, name: &str| {
        let found = element.attribute(name).map(|value| value.text().trim());
        found.filter(|text| !text.is_empty()).map(SmolStr::new)
    };
    let Some(name) = value(element, "name") else {
        let message = "`Role` has no `name`: it is left out";
        report.push(
            Diagnostic::new(codes::UNREAD_VALUE, element.name_span, message)
                .help("an export has `<Role id=\"…\" name=\"…\">` here"),
        );
        return;
    };
    let id =
        value(element, "id").map(|id| SmolStr::new(id.trim_matches(['{', '}']).to_lowercase()));
    let mut reads = IndexMap::new();
    let lists = element.children_named("RolePrivileges");
    for privilege in lists.flat_map(|list| &list.children) {
        let Some(called) = value(privilege, "name").map(|name| name.to_lowercase()) else {
            continue;
        };
        let Some(what) = called.strip_prefix(READ).filter(|what| is_name(what)) else {
            continue;
        };
        let Some(level) = privilege.attribute("level") else {
            continue;
        };
        match Depth::from_name(&level.text().trim().to_lowercase()) {
            Some(depth) => {
                reads.insert(SmolStr::new(what), depth);
            }
            None => {
                let wanted = "Basic, Local, Deep or Global";
                unread("level", level.text(), level.trimmed_span(), wanted, report);
            }
        }
    }
    declared.role(Role { name, id, reads });
}
