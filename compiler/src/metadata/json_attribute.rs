//! An attribute in metadata JSON.

use rust_decimal::Decimal;
use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use weir_ir::diagnostic::Diagnostic;
use weir_ir::schema::{Attribute, AttributeType, Behavior, ChoiceOption, Family};
use weir_ir::value::parse_decimal;

use super::codes;
use super::declared::DeclaredAttribute;
use super::json::{Fields, Reader};
use super::json_node::Node;

const KEYS: [&str; 10] = [
    "name",
    "type",
    "targets",
    "precision",
    "behavior",
    "options",
    "min",
    "max",
    "column",
    "encoding",
];

/// Most digits after the point that a decimal can have.
const PRECISION: i64 = 28;

/// Reads an attribute.
pub(super) fn read<'t>(reader: &mut Reader<'t, '_>, node: Node<'t>) -> Option<DeclaredAttribute> {
    let fields = reader.fields(node, "an attribute", &KEYS)?;
    let name = reader.required_name(&fields, "name", "an attribute")?;
    let type_node = reader.required(&fields, "type", "an attribute")?;
    let words: Vec<(&str, AttributeType)> = AttributeType::names()
        .filter_map(|name| Some((name, AttributeType::from_name(name)?)))
        .collect();
    let ty = reader.word(type_node, "type", &words)?;
    for key in KEYS {
        refuse_unfit(reader, &fields, key, ty.value);
    }
    let ty_value = match (ty.value, fields.get("behavior")) {
        (AttributeType::Datetime(_), Some(node)) => AttributeType::Datetime(behavior(reader, node)),
        (other, _) => other,
    };
    let mut attribute = Attribute::new(name.value, ty_value);
    attribute.targets = targets(reader, &fields);
    attribute.precision = precision(reader, &fields);
    attribute.min = bound(reader, &fields, "min");
    attribute.max = bound(reader, &fields, "max");
    if let (Some(min), Some(max), Some(node)) = (attribute.min, attribute.max, fields.get("max"))
        && min > max
    {
        let message = format!("`max` {max} is less than `min` {min}");
        let found = Diagnostic::new(codes::OUT_OF_RANGE, node.span, message);
        reader
            .report
            .push(found.help("`min` is the least value and `max` the greatest"));
    }
    attribute.options = options(reader, &fields);
    attribute.column = sql_name(reader, &fields, "column");
    attribute.encoding = sql_name(reader, &fields, "encoding");
    Some(DeclaredAttribute {
        attribute,
        name_span: name.span,
        type_span: ty.span,
        stored: false,
    })
}

/// Whether a key says something about a type, and of which types it does; none where it always does.
pub(super) fn fits(key: &str, ty: AttributeType) -> Option<(bool, &'static str)> {
    let choice = matches!(
        ty,
        AttributeType::Choice
            | AttributeType::State
            | AttributeType::Status
            | AttributeType::Multichoice
            | AttributeType::Boolean
    );
    Some(match key {
        "targets" => (ty.family() == Family::Guid, "a lookup"),
        "behavior" => (matches!(ty, AttributeType::Datetime(_)), "a datetime"),
        "options" => (choice, "a choice"),
        "precision" | "min" | "max" => (ty.family() == Family::Number, "a number"),
        _ => return None,
    })
}

/// Warns of a key that says nothing about a type.
fn refuse_unfit(reader: &mut Reader<'_, '_>, fields: &Fields<'_>, key: &str, ty: AttributeType) {
    let Some((fits, wants)) = fits(key, ty) else {
        return;
    };
    if let Some(entry) = fields.entry(key)
        && !fits
    {
        let message = format!("`{key}` says nothing about an attribute of type `{ty}`");
        let found = Diagnostic::new(codes::KEY_NOT_FOR_TYPE, entry.key_span, message);
        reader
            .report
            .push(found.help(format!("`{key}` is for {wants}; remove it")));
    }
}

fn behavior<'t>(reader: &mut Reader<'t, '_>, node: Node<'t>) -> Behavior {
    let words = [
        ("user-local", Behavior::UserLocal),
        ("date-only", Behavior::DateOnly),
        ("time-zone-independent", Behavior::TimeZoneIndependent),
    ];
    reader
        .word(node, "behavior", &words)
        .map_or(Behavior::default(), |word| word.value)
}

fn targets<'t>(reader: &mut Reader<'t, '_>, fields: &Fields<'t>) -> Vec<SmolStr> {
    let mut targets = Vec::new();
    let mut seen = FxHashSet::default();
    for node in reader.list(fields, "targets") {
        if let Some(text) = reader.text_of(node, "a target")
            && let Some(name) = reader
                .report
                .logical_name(&text.value, text.span, codes::BAD_NAME)
            && seen.insert(name.value.clone())
        {
            targets.push(name.value);
        }
    }
    targets
}

fn precision<'t>(reader: &mut Reader<'t, '_>, fields: &Fields<'t>) -> Option<u32> {
    let node = fields.get("precision")?;
    let Some(value) = node.integer() else {
        reader.wrong_type(node, "`precision`", "a whole number");
        return None;
    };
    let digits = u32::try_from(value).ok().filter(|_| value <= PRECISION);
    if digits.is_none() {
        let message = format!("`precision` can't be {value}");
        let found = Diagnostic::new(codes::OUT_OF_RANGE, node.span, message);
        reader
            .report
            .push(found.help(format!("it is 0 to {PRECISION} digits after the point")));
    }
    digits
}

fn bound<'t>(reader: &mut Reader<'t, '_>, fields: &Fields<'t>, key: &str) -> Option<Decimal> {
    let node = fields.get(key)?;
    let Some(digits) = node.number() else {
        reader.wrong_type(node, &format!("`{key}`"), "a number");
        return None;
    };
    let value = parse_decimal(&digits);
    if value.is_none() {
        let message = format!("`{key}` can't be {digits}");
        let found = Diagnostic::new(codes::OUT_OF_RANGE, node.span, message);
        reader.report.push(found.help(
            "a bound has at most 28 digits; leave it out where the type's own range is meant",
        ));
    }
    value
}

/// `[{"value": 1, "label": "Open"}, 2]`: numbers, with labels where they have some.
fn options<'t>(reader: &mut Reader<'t, '_>, fields: &Fields<'t>) -> Vec<ChoiceOption> {
    let mut options = Vec::new();
    let mut seen = FxHashSet::default();
    for node in reader.list(fields, "options") {
        let Some((number, label)) = option(reader, node) else {
            continue;
        };
        let Some(value) = number.integer() else {
            reader.wrong_type(number, "the value of an option", "a whole number");
            continue;
        };
        if seen.insert(value) {
            options.push(ChoiceOption { value, label });
        } else {
            let message = format!("the option {value} is declared twice");
            let found = Diagnostic::new(codes::DECLARED_TWICE, number.span, message);
            reader.report.push(found.help("remove one of them"));
        }
    }
    options
}

/// The number and the label of an option.
fn option<'t>(reader: &mut Reader<'t, '_>, node: Node<'t>) -> Option<(Node<'t>, SmolStr)> {
    if node.number().is_some() {
        return Some((node, SmolStr::default()));
    }
    let fields = reader.fields(node, "an option", &["value", "label"])?;
    let label = reader.text(&fields, "label").map(|text| text.value);
    let value = reader.required(&fields, "value", "an option")?;
    Some((value, label.map(SmolStr::new).unwrap_or_default()))
}

/// A column or an encoding: any text but an empty one.
fn sql_name<'t>(reader: &mut Reader<'t, '_>, fields: &Fields<'t>, key: &str) -> Option<SmolStr> {
    let text = reader.text(fields, key)?;
    if text.value.is_empty() || text.value.contains('\0') {
        let found = Diagnostic::new(
            codes::BAD_NAME,
            text.span,
            format!("`{key}` can't be empty"),
        );
        reader
            .report
            .push(found.help("leave it out where the storage convention holds"));
        return None;
    }
    Some(SmolStr::new(text.value))
}
