//! `Entities/*/Entity.xml` of an unpacked solution. An export of an entity that the solution
//! didn't change names neither ownership nor flags: such an entity stays *partial*.

use smol_str::SmolStr;
use weir_grammar::fetchxml;
use weir_grammar::xml::Element;
use weir_ir::diagnostic::{Diagnostic, FileId};
use weir_ir::schema::{AttributeType, OfflineFilter, Ownership};

use super::codes;
use super::declared::{Declared, DeclaredEntity, Origin};
use super::entity_xml_attribute as attribute;
use super::report::{Report, Spanned};
use super::solution::{flag, name, root, text, unread};

/// The export's names of ownerships.
const OWNERSHIPS: [(&str, Ownership); 6] = [
    ("userowned", Ownership::UserOrTeam),
    ("teamowned", Ownership::UserOrTeam),
    ("orgowned", Ownership::Organization),
    ("businessowned", Ownership::Business),
    ("businessparented", Ownership::Business),
    ("none", Ownership::None),
];

/// What is read of the file: forms, views and labels are not.
pub(super) fn keep(parent: &str, name: &str) -> bool {
    match parent {
        "Entity" => name == "EntityInfo",
        "EntityInfo" => name == "entity",
        "entity" => matches!(
            name,
            "OwnershipTypeMask"
                | "IsActivity"
                | "IsOfflineInMobileClient"
                | "IsVisibleInMobileClient"
                | "MobileOfflineFilters"
                | "attributes"
        ),
        "MobileOfflineFilters" => name == "fetch",
        "attributes" => name == "attribute",
        _ => attribute::keep(parent, name),
    }
}

/// Reads a file.
pub(super) fn read(file: FileId, text: &str, report: &mut Report) -> Declared {
    let mut declared = Declared::default();
    if let Some(root) = root(file, text, "Entity", &keep, report) {
        one(&root, text, &mut declared, report);
    }
    declared
}

/// Declares an entity.
pub(super) fn one(root: &Element, text: &str, declared: &mut Declared, report: &mut Report) {
    let info = root
        .child("EntityInfo")
        .and_then(|info| info.child("entity"));
    let Some(info) = info else {
        let message = "`Entity` has no `EntityInfo/entity`";
        report.push(
            Diagnostic::new(codes::NOT_METADATA, root.name_span, message)
                .help("this is no Entity.xml of an unpacked solution"),
        );
        return;
    };
    if let Some(entity) = entity(info, text, report) {
        declared.entity(entity);
    }
}

fn entity(info: &Element, source: &str, report: &mut Report) -> Option<DeclaredEntity> {
    let Some(written) = info.attribute("Name") else {
        let message = "`entity` has no `Name`";
        report.push(
            Diagnostic::new(codes::NOT_METADATA, info.name_span, message)
                .help("write it as `<entity Name=\"…\">`"),
        );
        return None;
    };
    let span = written.trimmed_span();
    let name = report.logical_name(written.text().trim(), span, codes::BAD_NAME)?;
    let mut entity = DeclaredEntity::new(name, Origin::Solution);
    if let Some((mask, span)) = text(info, "OwnershipTypeMask") {
        let folded = mask.to_lowercase();
        match OWNERSHIPS.iter().find(|(name, _)| *name == folded) {
            Some((_, value)) => {
                let value = *value;
                entity.ownership = Some(Spanned { value, span });
            }
            None => {
                let wanted = "UserOwned, TeamOwned, OrgOwned, BusinessOwned or None";
                unread("OwnershipTypeMask", mask, span, wanted, report);
            }
        }
    }
    entity.activity = flag(info, "IsActivity", report).map(|f| f.value);
    entity.offline = flag(info, "IsOfflineInMobileClient", report).map(|f| f.value);
    entity.mobile = flag(info, "IsVisibleInMobileClient", report).map(|f| f.value);
    entity.offline_filter = info
        .child("MobileOfflineFilters")
        .map(|filters| offline_filter(filters, source));
    for list in info.children_named("attributes") {
        for child in list.children_named("attribute") {
            declare_attribute(&mut entity, child, report);
        }
    }
    Some(entity)
}

/// The FetchXML of the organisation's filter, escaped or not; one without conditions is none.
/// Whether it can be compiled is found out where it is.
fn offline_filter(filters: &Element, source: &str) -> Option<Spanned<OfflineFilter>> {
    let escaped = filters.trimmed();
    let (fetch, span) = match filters.child("fetch") {
        Some(fetch) if escaped.is_empty() => {
            let range = fetch.span.start as usize..fetch.span.end as usize;
            (source.get(range).unwrap_or_default(), fetch.span)
        }
        _ => (escaped, filters.text.trimmed_span()),
    };
    let none =
        fetch.is_empty() || fetchxml::parse_filter(filters.span.file, fetch) == (None, vec![]);
    (!none).then(|| Spanned {
        value: OfflineFilter::FetchXml(fetch.to_owned()),
        span,
    })
}

fn declare_attribute(entity: &mut DeclaredEntity, element: &Element, report: &mut Report) {
    let part = if element.child("LogicalName").is_some() {
        "LogicalName"
    } else {
        "Name"
    };
    let Some(name) = name(element, part, report) else {
        return;
    };
    let Some(declared) = attribute::read(&name, element, report) else {
        return;
    };
    if let Some(first) = entity.attributes.get(&name.value) {
        let message = format!("the attribute `{}` is declared twice", name.value);
        report.push(
            Diagnostic::new(codes::DECLARED_TWICE, name.span, message)
                .label(first.name_span, "first declared here")
                .help("one file declares a thing once; a later `--metadata` may override it"),
        );
        return;
    }
    if text(element, "Type").is_some_and(|(ty, _)| ty.eq_ignore_ascii_case("primarykey")) {
        entity.primary_id = Some(name.clone());
    }
    if let Some((set, _)) = text(element, "OptionSetName") {
        let set = SmolStr::new(set.to_lowercase());
        entity.option_sets.insert(name.value.clone(), set);
    }
    let mut declared = declared;
    // Exports call an activity's polymorphic lookup a plain one.
    if name.value == "regardingobjectid" && declared.attribute.ty == AttributeType::Lookup {
        declared.attribute.ty = AttributeType::Regarding;
    }
    let key: SmolStr = name.value;
    entity.attributes.insert(key, declared);
}
