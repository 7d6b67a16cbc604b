//! What a literal of a condition means for an attribute (SEMANTICS §5.4).

use std::str::FromStr;

use jiff::civil::{DateTime, Time};
use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use weir_ir::schema::{AttributeType, Behavior};
use weir_ir::time::{Day, Instant, WallClock};
use weir_ir::value::{Guid, Value};

use super::clock;

const DAY_MS: i64 = 86_400_000;

/// The value that a literal means for an attribute of that type.
#[expect(clippy::expect_used, reason = "the compiler has checked every literal")]
pub(crate) fn read(ty: AttributeType, text: &str) -> Value {
    use AttributeType as Type;
    let whole = || decimal(text).try_into().expect("a whole number");
    match ty {
        Type::Integer | Type::Bigint | Type::Choice | Type::State | Type::Status => {
            Value::Int(whole())
        }
        Type::Decimal | Type::Double | Type::Money => Value::Decimal(decimal(text)),
        Type::Boolean => Value::Bool(matches!(text, "1" | "true")),
        Type::String | Type::Memo => Value::Text(text.into()),
        Type::Multichoice => Value::Choices(Box::new([whole()])),
        Type::Datetime(behavior) => {
            let (civil, offset) = iso(text);
            match behavior {
                Behavior::UserLocal => Value::Instant(Instant(civil - offset)),
                Behavior::TimeZoneIndependent => Value::WallClock(WallClock(civil)),
                Behavior::DateOnly => {
                    let day = civil.div_euclid(DAY_MS);
                    Value::Day(Day(day.try_into().expect("a day of the calendar")))
                }
            }
        }
        _ => Value::Guid(Guid::parse(text.trim()).expect("a GUID")),
    }
}

/// The day that a literal names in a zone: a date is itself, an instant lies in a day of the zone,
/// and a wall clock's time in its own day.
pub(crate) fn day(ty: AttributeType, text: &str, zone: &TimeZone) -> i64 {
    let (civil, offset) = iso(text);
    let has_time = Pieces::parse(text.trim()).is_ok_and(|pieces| pieces.time().is_some());
    if has_time && ty == AttributeType::Datetime(Behavior::UserLocal) {
        clock::today(zone, civil - offset)
    } else {
        civil.div_euclid(DAY_MS)
    }
}

/// Milliseconds on the wall clock that an ISO 8601 text shows, and its offset from UTC.
#[expect(clippy::expect_used, reason = "the compiler has checked every literal")]
fn iso(text: &str) -> (i64, i64) {
    let pieces = Pieces::parse(text.trim()).expect("an ISO 8601 text");
    let time = pieces.time().unwrap_or(Time::midnight());
    let civil = DateTime::from_parts(pieces.date(), time);
    let at = TimeZone::UTC.to_timestamp(civil).expect("a time in range");
    let offset = pieces.to_numeric_offset().map_or(0, |o| o.seconds());
    // Finer than a millisecond is cut off, downwards before 1970 too.
    let ms = at.as_nanosecond().div_euclid(1_000_000);
    (
        ms.try_into().expect("milliseconds in range"),
        i64::from(offset) * 1_000,
    )
}

#[expect(clippy::expect_used, reason = "the compiler has checked every literal")]
fn decimal(text: &str) -> Decimal {
    let text = text.trim().trim_start_matches('+');
    Decimal::from_str(text)
        .or_else(|_| Decimal::from_scientific(text))
        .expect("a number")
}
