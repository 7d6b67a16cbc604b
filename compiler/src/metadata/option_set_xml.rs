//! `OptionSets/*.xml` of an unpacked solution: choices that several attributes share by name.

use smol_str::SmolStr;
use weir_grammar::xml::Element;
use weir_ir::diagnostic::{Diagnostic, FileId};

use super::codes;
use super::declared::Declared;
use super::entity_xml_attribute as attribute;
use super::report::Report;
use super::solution::root;

/// What is read of the file: the options, as an attribute's own.
pub(super) fn keep(parent: &str, name: &str) -> bool {
    !matches!(parent, "attribute" | "LookupTypes") && attribute::keep(parent, name)
}

/// Reads a file.
pub(super) fn read(file: FileId, text: &str, report: &mut Report) -> Declared {
    let mut declared = Declared::default();
    if let Some(root) = root(file, text, "optionset", &keep, report) {
        one(&root, &mut declared, report);
    }
    declared
}

/// Declares a set.
pub(super) fn one(set: &Element, declared: &mut Declared, report: &mut Report) {
    let Some(name) = set
        .attribute("Name")
        .filter(|name| !name.text().trim().is_empty())
    else {
        let message = "`optionset` has no `Name`: it is left out";
        report.push(
            Diagnostic::new(codes::UNREAD_VALUE, set.name_span, message)
                .help("an export has `<optionset Name=\"…\">` here"),
        );
        return;
    };
    let name = SmolStr::new(name.text().trim().to_lowercase());
    let options = attribute::options(set, report);
    declared.option_sets.insert(name, options);
}
