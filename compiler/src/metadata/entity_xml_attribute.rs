//! An `attribute` of an `Entity.xml`.

use rust_decimal::Decimal;
use smol_str::SmolStr;
use weir_grammar::xml::Element;
use weir_ir::diagnostic::Diagnostic;
use weir_ir::schema::{Attribute, AttributeType, Behavior, ChoiceOption, Family};
use weir_ir::value::parse_decimal;

use super::codes;
use super::declared::DeclaredAttribute;
use super::report::{Report, Spanned, shorten};
use super::solution::{text, unread};

/// The export's names of types. Party lists, managed properties and calendar rules are no values of
/// the row: like virtual attributes they can't be filtered.
const TYPES: [(&str, AttributeType); 25] = [
    ("nvarchar", AttributeType::String),
    ("ntext", AttributeType::Memo),
    ("int", AttributeType::Integer),
    ("bigint", AttributeType::Bigint),
    ("timestamp", AttributeType::Bigint),
    ("decimal", AttributeType::Decimal),
    ("float", AttributeType::Double),
    ("money", AttributeType::Money),
    ("bit", AttributeType::Boolean),
    ("picklist", AttributeType::Choice),
    ("state", AttributeType::State),
    ("status", AttributeType::Status),
    ("multiselectpicklist", AttributeType::Multichoice),
    ("datetime", AttributeType::Datetime(Behavior::UserLocal)),
    ("lookup", AttributeType::Lookup),
    ("customer", AttributeType::Customer),
    ("owner", AttributeType::Owner),
    ("uniqueidentifier", AttributeType::Uniqueidentifier),
    ("primarykey", AttributeType::Uniqueidentifier),
    ("virtual", AttributeType::Virtual),
    ("partylist", AttributeType::Virtual),
    ("managedproperty", AttributeType::Virtual),
    ("calendarrules", AttributeType::Virtual),
    ("image", AttributeType::Image),
    ("file", AttributeType::File),
];

/// The numbers by which exports name the entities that a lookup points to. Numbers of other
/// entities differ from one organisation to the next: with one of those the targets are unknown.
const ENTITY_NUMBERS: [(&str, &str); 26] = [
    ("1", "account"),
    ("2", "contact"),
    ("3", "opportunity"),
    ("4", "lead"),
    ("5", "annotation"),
    ("8", "systemuser"),
    ("9", "team"),
    ("10", "businessunit"),
    ("50", "position"),
    ("112", "incident"),
    ("123", "competitor"),
    ("1001", "activitymimeattachment"),
    ("1004", "competitoraddress"),
    ("1022", "pricelevel"),
    ("1024", "product"),
    ("1036", "role"),
    ("1083", "opportunityproduct"),
    ("2013", "territory"),
    ("2020", "queue"),
    ("2029", "queueitem"),
    ("4201", "appointment"),
    ("4202", "email"),
    ("4212", "task"),
    ("9105", "transactioncurrency"),
    ("9700", "entitlement"),
    ("9752", "slakpiinstance"),
];

/// What is read of an attribute.
pub(super) fn keep(parent: &str, name: &str) -> bool {
    match parent {
        "attribute" => matches!(
            name,
            "Type"
                | "Name"
                | "LogicalName"
                | "Behavior"
                | "Accuracy"
                | "MinValue"
                | "MaxValue"
                | "LookupTypes"
                | "OptionSetName"
                | "optionset"
        ),
        "LookupTypes" => name == "LookupType",
        "optionset" => matches!(name, "options" | "states" | "statuses"),
        "options" | "states" | "statuses" => matches!(name, "option" | "state" | "status"),
        "option" | "state" | "status" => name == "labels",
        "labels" => name == "label",
        _ => false,
    }
}

/// Reads an attribute of that name.
pub(super) fn read(
    name: &Spanned<SmolStr>,
    element: &Element,
    report: &mut Report,
) -> Option<DeclaredAttribute> {
    let Some((written, type_span)) = text(element, "Type") else {
        let message = format!(
            "the attribute `{}` has no `Type`: it is left out",
            name.value
        );
        report.push(
            Diagnostic::new(codes::UNREAD_TYPE, name.span, message)
                .help("an export has `<Type>…</Type>` here"),
        );
        return None;
    };
    let folded = written.to_lowercase();
    let known = TYPES.iter().find(|(known, _)| *known == folded);
    let ty = known.map_or(AttributeType::Virtual, |(_, ty)| *ty);
    if known.is_none() {
        let message = format!("the type `{}` isn't read", shorten(written));
        report.push(
            Diagnostic::new(codes::UNREAD_TYPE, type_span, message)
                .help("the attribute is taken for a virtual one, which can't be filtered"),
        );
    }
    let ty = match ty {
        AttributeType::Datetime(_) => AttributeType::Datetime(behavior(element, report)),
        other => other,
    };
    let mut attribute = Attribute::new(name.value.clone(), ty);
    // A file's bounds are of its size, which is no value.
    if ty.family() == Family::Number {
        attribute.precision = number(element, "Accuracy", report)
            .and_then(|digits| u32::try_from(digits).ok())
            .filter(|digits| *digits <= 28);
        attribute.min = number(element, "MinValue", report);
        attribute.max = number(element, "MaxValue", report);
    }
    attribute.targets = targets(element);
    if let Some(set) = element.child("optionset") {
        attribute.options = options(set, report);
    }
    Some(DeclaredAttribute {
        attribute,
        name_span: name.span,
        type_span,
        stored: false,
    })
}

fn behavior(element: &Element, report: &mut Report) -> Behavior {
    match text(element, "Behavior") {
        None | Some(("1", _)) => Behavior::UserLocal,
        Some(("2", _)) => Behavior::DateOnly,
        Some(("3", _)) => Behavior::TimeZoneIndependent,
        Some((other, span)) => {
            let wanted = "1 (user-local), 2 (date-only) or 3 (time-zone-independent); 1 is assumed";
            unread("Behavior", other, span, wanted, report);
            Behavior::UserLocal
        }
    }
}

fn number(element: &Element, part: &str, report: &mut Report) -> Option<Decimal> {
    let (written, span) = text(element, part)?;
    let number = parse_decimal(written);
    if number.is_none() {
        unread(part, written, span, "a number of at most 28 digits", report);
    }
    number
}

/// The entities that a lookup points to, where all of them are known by their numbers.
fn targets(element: &Element) -> Vec<SmolStr> {
    let types = element.child("LookupTypes");
    types
        .map_or(&[][..], |types| &types.children)
        .iter()
        .map(|target| {
            ENTITY_NUMBERS
                .iter()
                .find(|(number, _)| *number == target.trimmed())
                .map(|(_, name)| SmolStr::new_static(name))
        })
        .collect::<Option<_>>()
        .unwrap_or_default()
}

/// The numbers of a choice, each with its first label.
pub(super) fn options(set: &Element, report: &mut Report) -> Vec<ChoiceOption> {
    let mut options = Vec::new();
    for option in set.children.iter().flat_map(|list| &list.children) {
        let Some(written) = option.attribute("value") else {
            continue;
        };
        let Ok(value) = written.text().trim().parse() else {
            let span = written.trimmed_span();
            unread("value", written.text(), span, "a whole number", report);
            continue;
        };
        let labels = option.child("labels");
        let label = labels
            .and_then(|labels| labels.child("label"))
            .and_then(|label| label.attribute("description"))
            .map_or_else(SmolStr::default, |text| SmolStr::new(text.text()));
        options.push(ChoiceOption { value, label });
    }
    options
}
