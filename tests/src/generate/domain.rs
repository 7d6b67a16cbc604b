//! The tiny domains that values come from: with few values, rows really move.

use rust_decimal::Decimal;
use weir_ir::schema::{Attribute, AttributeType, Behavior};
use weir_ir::time::{Day, Instant, WallClock};
use weir_ir::value::{Guid, Value};

use super::rng::Rng;

/// Texts: case, accents, expansions, wildcards, blanks, the empty one.
pub(super) const TEXTS: [&str; 16] = [
    "a", "Á", "ab", "AB", "b", "", "A", "á", "ß", "ss", "a b", "ab ", "a%", "a_b", "[a]", "İ",
];

/// Patterns of `like`.
pub(super) const PATTERNS: [&str; 16] = [
    "a%", "%B", "_", "[ab]", "Á_", "[^a]%", "%", "__", "[a-b]%", "%[%]%", "[", "[]", "[^]", "s_",
    "%_%b", "[_]a",
];

/// Zone names: with summer time, with odd offsets, in another case, unknown to everybody.
pub(super) const ZONES: [&str; 12] = [
    "UTC",
    "Europe/Berlin",
    "europe/berlin",
    "America/Havana",
    "Asia/Beirut",
    "America/Sao_Paulo",
    "Pacific/Apia",
    "Asia/Kolkata",
    "Pacific/Kiritimati",
    "America/St_Johns",
    "Mars/Olympus",
    "",
];

/// When an organisation's story begins: an ordinary day, days before summer time begins or ends,
/// one of them at midnight, and the day that Samoa skipped.
pub(super) const BEGINNINGS: [&str; 8] = [
    "2026-03-02T08:00:00Z",
    "2026-03-27T21:00:00Z",
    "2026-10-24T12:00:00Z",
    "2025-11-01T02:30:00Z",
    "2018-11-03T20:00:00Z",
    "2019-02-16T20:00:00Z",
    "2011-12-29T08:00:00Z",
    "2024-02-28T23:59:59.999Z",
];

/// Names of users; each user has some, and some are borne by two.
pub(super) const USER_NAMES: [&str; 8] = [
    "anna", "ÄNNA", "bob@x.y", "Bob@X.y", "clara", "dora", "émile", "Emile",
];

/// Names of teams.
pub(super) const TEAM_NAMES: [&str; 4] = ["Field", "FIELD", "Büro", "west"];

/// Languages; -1 is everybody's.
pub(super) const LANGUAGES: [i64; 3] = [1033, 1031, -1];

/// Depths of a privilege.
pub(super) const DEPTHS: [&str; 5] = ["basic", "local", "deep", "global", "none"];

/// The GUID of the n-th row of a kind.
///
/// # Panics
/// Never: the text is a GUID.
#[must_use]
#[expect(clippy::expect_used, reason = "the text is a GUID by its format")]
pub fn guid(kind: u32, n: usize) -> Guid {
    Guid::parse(&format!("{n:08x}-0000-4000-8000-{kind:012x}")).expect("a GUID")
}

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Days from now that longer windows tell from those near it.
const FAR_DAYS: [i64; 12] = [-800, -400, -366, -180, -92, -31, -8, 8, 31, 92, 180, 366];

/// An instant near `now`: on the hour, at midnight somewhere, now itself, a millisecond beside.
pub(super) fn instant(rng: &mut Rng, now: Instant) -> Instant {
    // Mostly beside the present day, at times where weeks, months, quarters and years end.
    let days = match rng.percent(70) {
        true => rng.between(-3, 3) * DAY_MS,
        false => *rng.pick(&FAR_DAYS) * DAY_MS,
    };
    let at = match rng.weighted(&[3, 3, 2, 1]) {
        0 => now.0 + days + rng.between(-12, 12) * HOUR_MS,
        // Midnight in a zone of whole or half hours, on that day or a later one.
        1 => now.0.div_euclid(DAY_MS) * DAY_MS + days + rng.between(-28, 28) * HOUR_MS / 2,
        2 => now.0 + days,
        _ => now.0,
    };
    Instant(at + rng.between(-1, 1))
}

/// A value for an attribute that refers to no row.
pub(super) fn value(rng: &mut Rng, attribute: &Attribute, now: Instant) -> Value {
    use AttributeType as Type;
    let days = |at: i64| Day(i32::try_from(at.div_euclid(DAY_MS)).unwrap_or_default());
    match attribute.ty {
        Type::String | Type::Memo => Value::Text((*rng.pick_early(&TEXTS)).into()),
        Type::Integer if attribute.name.contains("language") => Value::Int(*rng.pick(&LANGUAGES)),
        Type::Integer | Type::Bigint => Value::Int(rng.between(-1, 2)),
        Type::Choice | Type::State | Type::Status => Value::Int(rng.between(0, 2)),
        Type::Decimal | Type::Double | Type::Money => {
            Value::Decimal(Decimal::new(rng.between(-1, 4) * 50, 2))
        }
        Type::Boolean => Value::Bool(rng.percent(50)),
        Type::Multichoice => {
            let chosen = (1..=3).filter(|_| rng.percent(50)).collect::<Vec<i64>>();
            if chosen.is_empty() {
                Value::Null
            } else {
                Value::Choices(chosen.into())
            }
        }
        Type::Datetime(Behavior::UserLocal) => Value::Instant(instant(rng, now)),
        Type::Datetime(Behavior::DateOnly) => Value::Day(days(instant(rng, now).0)),
        Type::Datetime(Behavior::TimeZoneIndependent) => {
            Value::WallClock(WallClock(instant(rng, now).0))
        }
        Type::Uniqueidentifier => Value::Guid(guid(99, rng.below(2))),
        _ => Value::Null,
    }
}
