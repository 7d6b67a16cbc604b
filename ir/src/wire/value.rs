//! Values of changes, read exactly as their attribute's type (SEMANTICS §2, §5.4).
//!
//! Data is held to the type alone; an attribute's own `min` and `max` bind those who enter values,
//! not rows that exist already.

use smol_str::SmolStr;

use super::json::{Fault, Kind, Part, Text, excerpt};
use crate::codes;
use crate::schema::{Attribute, AttributeType, Behavior};
use crate::time::IsoText;
use crate::value::{Guid, Value, parse_decimal};

/// What an exact number holds, in words.
const DECIMAL_RANGE: &str =
    "28 significant digits, at most 28 of them after the point, without rounding";

/// Reads an attribute's value.
pub(super) fn read<'a>(
    line: Text<'a>,
    attribute: &Attribute,
    part: Part<'a>,
) -> Result<Value, Fault> {
    let wrong = || wrong_type(line, attribute, part);
    let kind = part.kind();
    if kind == Kind::Null {
        return Ok(Value::Null);
    }
    match attribute.ty {
        AttributeType::Integer
        | AttributeType::Bigint
        | AttributeType::Choice
        | AttributeType::State
        | AttributeType::Status => whole(line, attribute, part).map(Value::Int),
        AttributeType::Multichoice => {
            if kind != Kind::Array {
                return Err(wrong());
            }
            let mut values = line
                .array(part, "a multi-select choice")?
                .into_iter()
                .map(|number| whole(line, attribute, number))
                .collect::<Result<Vec<i64>, Fault>>()?;
            values.sort_unstable();
            values.dedup();
            Ok(Value::Choices(values.into()))
        }
        AttributeType::Decimal | AttributeType::Double | AttributeType::Money => {
            decimal(line, attribute, part)
        }
        AttributeType::Boolean => match kind {
            Kind::Bool => Ok(Value::Bool(part.json() == "true")),
            _ => Err(wrong()),
        },
        _ if kind != Kind::Text => Err(wrong()),
        // What can't be filtered is carried as the text that stands for it.
        AttributeType::String
        | AttributeType::Memo
        | AttributeType::Virtual
        | AttributeType::Image
        | AttributeType::File => text(line, part).map(Value::Text),
        AttributeType::Uniqueidentifier
        | AttributeType::Lookup
        | AttributeType::Customer
        | AttributeType::Owner
        | AttributeType::Regarding => {
            let text = line.text(part, "a GUID")?;
            Guid::parse(&text).map(Value::Guid).ok_or_else(wrong)
        }
        AttributeType::Datetime(behavior) => {
            let text = line.text(part, "a datetime")?;
            datetime(behavior, &text).ok_or_else(wrong)
        }
    }
}

/// Reads a GUID that isn't an attribute's value.
pub(super) fn guid<'a>(line: Text<'a>, part: Part<'a>, what: &str) -> Result<Guid, Fault> {
    let text = line.text(part, what)?;
    Guid::parse(&text).ok_or_else(|| {
        line.fault(
            codes::NOT_A_GUID,
            part,
            format!("{what} is not a GUID: `{}`", excerpt(&text)),
            "a GUID is 32 hexadecimal digits, as in `6f9619ff-8b86-d011-b42d-00c04fc964ff`",
        )
    })
}

/// What the wire takes for an attribute, in words.
fn expected(ty: AttributeType) -> &'static str {
    match ty {
        AttributeType::Integer
        | AttributeType::Bigint
        | AttributeType::Choice
        | AttributeType::State
        | AttributeType::Status => "a whole number",
        AttributeType::Multichoice => "an array of whole numbers",
        AttributeType::Decimal | AttributeType::Double | AttributeType::Money => {
            "a number, or a text that is one"
        }
        AttributeType::Boolean => "true or false",
        AttributeType::String
        | AttributeType::Memo
        | AttributeType::Virtual
        | AttributeType::Image
        | AttributeType::File => "a text",
        AttributeType::Uniqueidentifier
        | AttributeType::Lookup
        | AttributeType::Customer
        | AttributeType::Owner
        | AttributeType::Regarding => "a GUID as a text",
        AttributeType::Datetime(Behavior::UserLocal) => "an ISO 8601 date and time as a text",
        AttributeType::Datetime(Behavior::DateOnly) => "an ISO 8601 date without a time, as a text",
        AttributeType::Datetime(Behavior::TimeZoneIndependent) => {
            "an ISO 8601 date and time without a zone, as a text"
        }
    }
}

fn wrong_type<'a>(line: Text<'a>, attribute: &Attribute, part: Part<'a>) -> Fault {
    let found = match part.kind() {
        Kind::Object | Kind::Array | Kind::Null => part.kind().words().to_owned(),
        Kind::Text | Kind::Number | Kind::Bool => format!("`{}`", excerpt(part.json())),
    };
    line.fault(
        codes::WRONG_TYPE,
        part,
        format!(
            "{found} is no value of `{}`, of type {}",
            attribute.name, attribute.ty
        ),
        format!("it takes {}, or null", expected(attribute.ty)),
    )
}

fn out_of_range<'a>(line: Text<'a>, attribute: &Attribute, part: Part<'a>, range: &str) -> Fault {
    line.fault(
        codes::OUT_OF_RANGE,
        part,
        format!(
            "`{}` is out of the range of `{}`, of type {}",
            excerpt(part.json()),
            attribute.name,
            attribute.ty
        ),
        format!("the range is {range}"),
    )
}

/// A whole number, in the range of its type: `3`, also as `3.0` or `3e0`.
fn whole<'a>(line: Text<'a>, attribute: &Attribute, part: Part<'a>) -> Result<i64, Fault> {
    if part.kind() != Kind::Number {
        return Err(wrong_type(line, attribute, part));
    }
    let beyond = || out_of_range(line, attribute, part, attribute.ty.integer_range());
    let number = match part.json().parse::<i64>() {
        Ok(number) => number,
        Err(_) => {
            let exact = parse_decimal(part.json()).ok_or_else(beyond)?;
            if !exact.fract().is_zero() {
                return Err(wrong_type(line, attribute, part));
            }
            i64::try_from(exact).map_err(|_| beyond())?
        }
    };
    if attribute.ty != AttributeType::Bigint && i32::try_from(number).is_err() {
        return Err(beyond());
    }
    Ok(number)
}

/// An exact number, bare or as a text.
fn decimal<'a>(line: Text<'a>, attribute: &Attribute, part: Part<'a>) -> Result<Value, Fault> {
    let text = match part.kind() {
        Kind::Number => part.json().into(),
        Kind::Text => line.text(part, "a number")?,
        _ => return Err(wrong_type(line, attribute, part)),
    };
    if let Some(number) = parse_decimal(&text) {
        return Ok(Value::Decimal(number));
    }
    // A number that has too many digits is of the type all the same.
    if part.kind() == Kind::Number || is_number(&text) {
        return Err(out_of_range(line, attribute, part, DECIMAL_RANGE));
    }
    Err(wrong_type(line, attribute, part))
}

/// Whether a text is a number, however many digits it has.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.ends_with(|c: char| c.is_ascii_digit())
        && digits.parse::<f64>().is_ok()
}

/// A text; U+0000 has no place in any database.
fn text<'a>(line: Text<'a>, part: Part<'a>) -> Result<SmolStr, Fault> {
    let text = line.text(part, "a text")?;
    if text.contains('\0') {
        return Err(line.fault(
            codes::NUL_IN_TEXT,
            part,
            "a text can't hold the character U+0000",
            "leave it out; databases refuse it too",
        ));
    }
    Ok(text.into())
}

fn datetime(behavior: Behavior, text: &str) -> Option<Value> {
    let iso = IsoText::parse(text)?;
    match behavior {
        Behavior::UserLocal => Some(Value::Instant(iso.instant())),
        Behavior::DateOnly => iso.time_ms.is_none().then_some(Value::Day(iso.day)),
        Behavior::TimeZoneIndependent => iso
            .offset_ms
            .is_none()
            .then_some(Value::WallClock(iso.wall_clock())),
    }
}
