//! Windows and zones (SEMANTICS §5.3).

use jiff::Timestamp;
use jiff::tz::TimeZone;
use weir_ir::time::Instant;

const DAY_MS: i64 = 86_400_000;

/// The zone of that name; UTC where there is no name or nobody knows it.
pub(crate) fn zone(name: Option<&str>) -> TimeZone {
    name.and_then(|name| TimeZone::get(name).ok())
        .unwrap_or(TimeZone::UTC)
}

/// Milliseconds that the zone is ahead of UTC at an instant.
fn offset(zone: &TimeZone, at: i64) -> i64 {
    let at = Timestamp::from_millisecond(at).unwrap_or(Timestamp::MAX);
    i64::from(zone.to_offset(at).seconds()) * 1_000
}

/// The wall clock of a zone at an instant, as milliseconds.
pub(crate) fn wall(zone: &TimeZone, at: i64) -> i64 {
    at + offset(zone, at)
}

/// The first instant at which the zone's wall clock shows that day or a later one. Days that no
/// calendar holds start at the ends of time.
pub(crate) fn start(zone: &TimeZone, day: i64) -> i64 {
    let midnight = day.saturating_mul(DAY_MS);
    let sure = 3 * DAY_MS;
    if midnight < Timestamp::MIN.as_millisecond() + sure {
        return i64::MIN;
    }
    if midnight > Timestamp::MAX.as_millisecond() - sure {
        return i64::MAX;
    }
    // Piece by piece between changes of the offset, from an instant that is surely before.
    let mut at = midnight - 2 * DAY_MS;
    loop {
        let reaches = midnight - offset(zone, at);
        if reaches <= at {
            return at;
        }
        let Ok(from) = Timestamp::from_millisecond(at) else {
            return reaches;
        };
        let next = zone.following(from).next();
        let next = next.map_or(i64::MAX, |change| change.timestamp().as_millisecond());
        if reaches < next {
            return reaches;
        }
        at = next;
    }
}

/// The day that has begun last.
pub(crate) fn today(zone: &TimeZone, now: i64) -> i64 {
    let shown = wall(zone, now).div_euclid(DAY_MS);
    if start(zone, shown + 1) <= now {
        shown + 1
    } else {
        shown
    }
}

/// How a datetime counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// As an instant, in milliseconds.
    Instant,
    /// As a wall clock, in milliseconds.
    Wall,
    /// As a day.
    Day,
}

/// Whether a value lies in the window of a clock operator. `days` is its N where it has one;
/// `literal` the day that `on-or-after` names.
pub(crate) fn inside(
    token: &str,
    (kind, value): (Kind, i64),
    days: i64,
    literal: i64,
    zone: &TimeZone,
    Instant(now): Instant,
) -> bool {
    let today = today(zone, now);
    // The first value of a day, and now, in the value's own measure.
    let begins = |day: i64| match kind {
        Kind::Instant => start(zone, day),
        Kind::Wall => day.saturating_mul(DAY_MS),
        Kind::Day => day,
    };
    let present = match kind {
        Kind::Instant => now,
        Kind::Wall => wall(zone, now),
        Kind::Day => today,
    };
    match token {
        "last-x-days" => begins(today - days) <= value && value <= present,
        "last-seven-days" => begins(today - 7) <= value && value <= present,
        "next-x-days" => present <= value && value < begins(today + 1 + days),
        "next-seven-days" => present <= value && value < begins(today + 8),
        "today" => begins(today) <= value && value < begins(today + 1),
        "yesterday" => begins(today - 1) <= value && value < begins(today),
        "tomorrow" => begins(today + 1) <= value && value < begins(today + 2),
        "on-or-after" => begins(literal) <= value,
        _ => unreachable!("`{token}` is no clock operator"),
    }
}
