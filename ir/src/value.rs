//! Typed values, exact: what an attribute holds and what a condition compares with.

use std::cmp::Ordering;
use std::fmt;

use rust_decimal::Decimal;
use smol_str::SmolStr;
use uuid::Uuid;

use crate::schema::{Attribute, AttributeType, Behavior};
use crate::time::{Day, Instant, IsoText, WallClock};

/// A GUID. Prints lower-case with hyphens, and sorts as that text does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Guid(pub Uuid);

impl Guid {
    /// Reads a GUID: with or without braces, with or without hyphens, any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bare = match text.strip_prefix('{') {
            Some(rest) => rest.strip_suffix('}')?,
            None => text,
        };
        // The library also reads URNs; those are no GUIDs of Dataverse.
        if !matches!(bare.len(), 32 | 36) {
            return None;
        }
        Uuid::try_parse(bare).ok().map(Self)
    }

    /// The GUID that a name has within this one (RFC 9562, version 5): always the same.
    #[must_use]
    pub fn derived(self, name: &str) -> Self {
        Self(Uuid::new_v5(&self.0, name.as_bytes()))
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

/// A value of an attribute. Equality is exact: 1.5 equals 1.50, texts byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// No value.
    Null,
    /// Boolean.
    Bool(bool),
    /// Integer, bigint, choice, state, status.
    Int(i64),
    /// Decimal, double, money.
    Decimal(Decimal),
    /// String, memo.
    Text(SmolStr),
    /// Uniqueidentifier and every lookup.
    Guid(Guid),
    /// Datetime, user-local.
    Instant(Instant),
    /// Datetime, date-only.
    Day(Day),
    /// Datetime, time-zone-independent.
    WallClock(WallClock),
    /// Multi-select choice: ascending, without repeats.
    Choices(Box<[i64]>),
}

impl Value {
    /// Whether there is no value.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The GUID, if it is one.
    #[must_use]
    pub fn guid(&self) -> Option<Guid> {
        match self {
            Self::Guid(guid) => Some(*guid),
            _ => None,
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number that [`crate::window::Window::bounds`] compare with, if it is a datetime.
    #[must_use]
    pub fn clock_number(&self) -> Option<i64> {
        match self {
            Self::Instant(Instant(ms)) | Self::WallClock(WallClock(ms)) => Some(*ms),
            Self::Day(Day(days)) => Some(i64::from(*days)),
            _ => None,
        }
    }

    /// The order within one type (text by code point: fold before); none between types, with NULL,
    /// or of GUIDs, booleans and multi-select choices, which have no order.
    #[must_use]
    pub fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(b)),
            (Self::Decimal(a), Self::Decimal(b)) => Some(a.cmp(b)),
            (Self::Int(a), Self::Decimal(b)) => Some(Decimal::from(*a).cmp(b)),
            (Self::Decimal(a), Self::Int(b)) => Some(a.cmp(&Decimal::from(*b))),
            // UTF-8 sorts as its code points do.
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Instant(a), Self::Instant(b)) => Some(a.cmp(b)),
            (Self::Day(a), Self::Day(b)) => Some(a.cmp(b)),
            (Self::WallClock(a), Self::WallClock(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    /// For people: texts in quotes, the rest bare.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Int(value) => value.fmt(f),
            Self::Decimal(value) => value.fmt(f),
            Self::Text(text) => write!(f, "\"{}\"", text.replace('"', "\"\"")),
            Self::Guid(guid) => guid.fmt(f),
            Self::Instant(at) => at.fmt(f),
            Self::Day(day) => day.fmt(f),
            Self::WallClock(at) => at.fmt(f),
            Self::Choices(values) => {
                let list: Vec<String> = values.iter().map(ToString::to_string).collect();
                write!(f, "({})", list.join(", "))
            }
        }
    }
}

/// A literal as a source writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Literal<'a> {
    /// A quoted text.
    Text(&'a str),
    /// A bare number, as written.
    Number(&'a str),
    /// `true` or `false`.
    Bool(bool),
    /// A text of XML, where numbers and booleans look like texts too.
    Untyped(&'a str),
}

/// Why a literal is not a value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LiteralError {
    /// It is of another type.
    #[error("expected {expected}")]
    Type {
        /// What the attribute takes, in words.
        expected: &'static str,
    },
    /// It is of the type, but out of its range.
    #[error("out of range: {range}")]
    Range {
        /// The range, in words.
        range: String,
    },
}

/// Reads an exact decimal number: digits, a point, an exponent; nothing is rounded.
#[must_use]
pub fn parse_decimal(text: &str) -> Option<Decimal> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let digits = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
    let mut parts = digits.splitn(2, '.');
    let plain = |part: Option<&str>| {
        part.is_none_or(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    };
    if !plain(parts.next()) || !plain(parts.next()) {
        return None;
    }
    // Zeros at the end of the fraction and at the front count for nothing, however many they are.
    let trimmed = if mantissa.contains('.') {
        mantissa.trim_end_matches('0').trim_end_matches('.')
    } else {
        mantissa
    };
    let number =
        Decimal::from_str_exact(if trimmed.is_empty() || trimmed == "-" || trimmed == "+" {
            "0"
        } else {
            trimmed
        })
        .ok()?;
    if number.is_zero() {
        return Some(Decimal::ZERO);
    }
    let scale = i32::try_from(number.scale()).ok()?.checked_sub(exponent)?;
    let mantissa = number.mantissa();
    if scale >= 0 {
        let mut exact = (mantissa, scale);
        while exact.1 > 28 && exact.0 % 10 == 0 {
            exact = (exact.0 / 10, exact.1 - 1);
        }
        Decimal::try_from_i128_with_scale(exact.0, u32::try_from(exact.1).ok()?).ok()
    } else {
        let power = 10_i128.checked_pow(scale.unsigned_abs())?;
        Decimal::try_from_i128_with_scale(mantissa.checked_mul(power)?, 0).ok()
    }
}

/// The value that a literal of a condition means for an attribute (SEMANTICS §5.4).
///
/// # Errors
/// The literal is of another type, or out of the type's or the attribute's own range.
pub fn from_literal(attribute: &Attribute, literal: Literal<'_>) -> Result<Value, LiteralError> {
    let expected = attribute.ty.literal();
    let wrong = || LiteralError::Type { expected };
    // A datetime as text; `None` for anything else.
    let iso = |literal: Literal<'_>| match literal {
        Literal::Text(text) | Literal::Untyped(text) => IsoText::parse(text.trim()),
        _ => None,
    };
    match attribute.ty {
        AttributeType::Integer
        | AttributeType::Bigint
        | AttributeType::Choice
        | AttributeType::State
        | AttributeType::Status => {
            let (Literal::Number(text) | Literal::Untyped(text)) = literal else {
                return Err(wrong());
            };
            let number = parse_decimal(text.trim()).ok_or_else(wrong)?;
            let whole = i64::try_from(number)
                .ok()
                .filter(|whole| Decimal::from(*whole) == number);
            let whole = match whole {
                Some(whole) => whole,
                None if number.fract().is_zero() => {
                    return Err(LiteralError::Range {
                        range: attribute.ty.integer_range().into(),
                    });
                }
                None => return Err(wrong()),
            };
            if attribute.ty != AttributeType::Bigint && i32::try_from(whole).is_err() {
                return Err(LiteralError::Range {
                    range: attribute.ty.integer_range().into(),
                });
            }
            in_range(attribute, number)?;
            Ok(Value::Int(whole))
        }
        AttributeType::Decimal | AttributeType::Double | AttributeType::Money => {
            let (Literal::Number(text) | Literal::Untyped(text)) = literal else {
                return Err(wrong());
            };
            let number = parse_decimal(text.trim()).ok_or_else(wrong)?;
            in_range(attribute, number)?;
            Ok(Value::Decimal(number))
        }
        AttributeType::Boolean => match literal {
            Literal::Bool(value) => Ok(Value::Bool(value)),
            Literal::Number("0") => Ok(Value::Bool(false)),
            Literal::Number("1") => Ok(Value::Bool(true)),
            Literal::Untyped(text) => match text.trim().to_ascii_lowercase().as_str() {
                "0" | "false" => Ok(Value::Bool(false)),
                "1" | "true" => Ok(Value::Bool(true)),
                _ => Err(wrong()),
            },
            _ => Err(wrong()),
        },
        AttributeType::String | AttributeType::Memo => match literal {
            Literal::Text(text) | Literal::Untyped(text) => Ok(Value::Text(text.into())),
            _ => Err(wrong()),
        },
        AttributeType::Uniqueidentifier
        | AttributeType::Lookup
        | AttributeType::Customer
        | AttributeType::Owner
        | AttributeType::Regarding => match literal {
            Literal::Text(text) | Literal::Untyped(text) => {
                Guid::parse(text.trim()).map(Value::Guid).ok_or_else(wrong)
            }
            _ => Err(wrong()),
        },
        AttributeType::Datetime(behavior) => {
            let iso = iso(literal).ok_or_else(wrong)?;
            match behavior {
                Behavior::UserLocal => Ok(Value::Instant(iso.instant())),
                Behavior::DateOnly if iso.time_ms.is_none() => Ok(Value::Day(iso.day)),
                Behavior::TimeZoneIndependent if iso.offset_ms.is_none() => {
                    Ok(Value::WallClock(iso.wall_clock()))
                }
                _ => Err(wrong()),
            }
        }
        AttributeType::Multichoice => {
            let (Literal::Number(text) | Literal::Untyped(text)) = literal else {
                return Err(wrong());
            };
            let number: i64 = text.trim().parse().map_err(|_| wrong())?;
            Ok(Value::Choices(Box::new([number])))
        }
        AttributeType::Virtual | AttributeType::Image | AttributeType::File => Err(wrong()),
    }
}

/// Checks the attribute's own `min` and `max`.
fn in_range(attribute: &Attribute, number: Decimal) -> Result<(), LiteralError> {
    let low = attribute.min.is_none_or(|min| min <= number);
    let high = attribute.max.is_none_or(|max| number <= max);
    if low && high {
        return Ok(());
    }
    let end = |end: Option<Decimal>| {
        end.map_or_else(|| "…".to_owned(), |end| end.normalize().to_string())
    };
    Err(LiteralError::Range {
        range: format!("{} to {}", end(attribute.min), end(attribute.max)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids_in_every_form() {
        let plain = Guid::parse("6f9619ff-8b86-d011-b42d-00c04fc964ff");
        assert!(plain.is_some());
        assert_eq!(Guid::parse("{6F9619FF-8B86-D011-B42D-00C04FC964FF}"), plain);
        assert_eq!(Guid::parse("6f9619ff8b86d011b42d00c04fc964ff"), plain);
        for wrong in [
            "",
            "{}",
            "{6F9619FF-8B86-D011-B42D-00C04FC964FF",
            "urn:uuid:6f9619ff-8b86-d011-b42d-00c04fc964ff",
            "6f9619ff",
        ] {
            assert_eq!(Guid::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn decimals_are_exact() {
        for (text, number) in [
            ("1.50", Some("1.5")),
            ("-0", Some("0")),
            ("+2", Some("2")),
            ("1e3", Some("1000")),
            ("12.5e-3", Some("0.0125")),
            ("0.1000000000000000000000000000000000", Some("0.1")),
            ("10e-29", Some("0.0000000000000000000000000001")),
            ("79228162514264337593543950336", None),
            ("1e999999999", None),
            ("1.", None),
            (".5", None),
            ("1_000", None),
            ("NaN", None),
            ("", None),
        ] {
            assert_eq!(
                parse_decimal(text)
                    .map(|d| d.normalize().to_string())
                    .as_deref(),
                number,
                "{text}"
            );
        }
    }
}
