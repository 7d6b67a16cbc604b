//! The files of an unpacked solution folder: which of them are metadata, and what their parts have
//! in common. Exports are written by a program and hold far more than weir needs, so what isn't
//! asked for is not read, and what can't be read is a warning that names what becomes of it.

use smol_str::SmolStr;
use weir_grammar::xml::{self, Element, Located};
use weir_ir::diagnostic::{Diagnostic, FileId, Span};

use super::codes;
use super::report::{Report, Spanned, shorten};

/// What a file of a solution folder declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `Entities/*/Entity.xml`.
    Entity,
    /// `Other/Relationships/*.xml`.
    Relationships,
    /// `OptionSets/*.xml`.
    OptionSet,
    /// `Roles/*.xml`.
    Role,
    /// `customizations.xml`, which has all of an exported zip.
    Customizations,
}

/// What the file at a path is, by the folder's layout; letter case and kind of slash don't matter.
pub(super) fn kind(path: &str) -> Option<Kind> {
    let path = folded(path);
    let parts: Vec<&str> = path.split('/').filter(|part| *part != ".").collect();
    match parts.as_slice() {
        ["entities", _, "entity.xml"] => Some(Kind::Entity),
        ["other", "relationships", file] if file.ends_with(".xml") => Some(Kind::Relationships),
        ["optionsets", file] if file.ends_with(".xml") => Some(Kind::OptionSet),
        ["roles", file] if file.ends_with(".xml") => Some(Kind::Role),
        ["customizations.xml"] => Some(Kind::Customizations),
        _ => None,
    }
}

/// Whether the file at a path has profiles.
pub(super) fn has_profiles(path: &str) -> bool {
    let path = folded(path);
    let path = path.trim_start_matches("./");
    path == "customizations.xml"
        || path
            .strip_prefix("mobileofflineprofiles/")
            .is_some_and(|file| file.ends_with(".xml") && !file.contains('/'))
}

fn folded(path: &str) -> String {
    path.replace('\\', "/").to_lowercase()
}

/// Reads what is wanted of a file.
pub(super) fn root(
    file: FileId,
    text: &str,
    name: &str,
    keep: &dyn Fn(&str, &str) -> bool,
    report: &mut Report,
) -> Option<Element> {
    let (root, mut diagnostics) = xml::parse(&Located::file(file, text), keep);
    let root = root.filter(|root| root.is_root(name, &mut diagnostics));
    report.extend(diagnostics);
    root
}

/// The text of a child, if it has any.
pub(super) fn text<'e>(element: &'e Element, name: &str) -> Option<(&'e str, Span)> {
    let child = element.child(name)?;
    let text = child.trimmed();
    (!text.is_empty()).then(|| (text, child.text.trimmed_span()))
}

/// A logical name in a child.
pub(super) fn name(element: &Element, part: &str, report: &mut Report) -> Option<Spanned<SmolStr>> {
    let Some((text, span)) = text(element, part) else {
        let message = format!("`{}` has no `{part}`: it is left out", element.name);
        report.push(
            Diagnostic::new(codes::UNREAD_VALUE, element.name_span, message)
                .help(format!("an export has `<{part}>…</{part}>` here")),
        );
        return None;
    };
    report.logical_name(text, span, codes::UNREAD_VALUE)
}

/// A flag in a child.
pub(super) fn flag(element: &Element, name: &str, report: &mut Report) -> Option<Spanned<bool>> {
    let (text, span) = text(element, name)?;
    let value = match text {
        "1" | "true" => true,
        "0" | "false" => false,
        _ => {
            unread(name, text, span, "0 or 1", report);
            return None;
        }
    };
    Some(Spanned { value, span })
}

/// Warns of a value that isn't read.
pub(super) fn unread(name: &str, text: &str, span: Span, wanted: &str, report: &mut Report) {
    let message = format!("`{name}` can't be `{}`: it is not read", shorten(text));
    report
        .push(Diagnostic::new(codes::UNREAD_VALUE, span, message).help(format!("it is {wanted}")));
}
