//! Windows of time: which values a clock operator accepts at an instant, in a zone (SEMANTICS §5.3).

use crate::schema::Behavior;
use crate::time::{Day, Instant, Zone};

/// A clock operator with its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Window {
    /// From midnight N days ago to now.
    LastDays(u32),
    /// From now to the end of the Nth day after today.
    NextDays(u32),
    /// The whole day before today.
    Yesterday,
    /// The whole day.
    Today,
    /// The whole day after today.
    Tomorrow,
    /// From the start of a day on; no clock in it, but a zone. Where the literal names a time, its
    /// instant too: over user-local values the day is the one that it lies in, in the zone.
    OnOrAfter(Day, Option<Instant>),
}

/// What a window accepts: values from `low` to `high`, both included, as [`Window::bounds`] numbers
/// them. Empty where `low > high`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Least value.
    pub low: i64,
    /// Greatest value.
    pub high: i64,
}

impl Bounds {
    /// Whether the window accepts the value.
    #[must_use]
    pub fn contains(self, value: i64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// Which edge of a window moves with the clock from millisecond to millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slide {
    /// Neither: edges move only at [`Window::next_jump`].
    None,
    /// The lower edge is now.
    Low,
    /// The upper edge is now.
    High,
}

impl Window {
    /// The values accepted at `now` in `zone`, in the unit of the attribute's behaviour:
    /// user-local: milliseconds since the epoch; time-zone-independent: wall-clock milliseconds;
    /// date-only: days since the epoch (what [`crate::value::Value::clock_number`] gives).
    #[must_use]
    pub fn bounds(self, behavior: Behavior, zone: &Zone, now: Instant) -> Bounds {
        let today = zone.today(now);
        // First number of a day, and now itself, in the behaviour's unit.
        let start = |day: Day| match behavior {
            Behavior::UserLocal => zone.start_of_day(day).0,
            Behavior::DateOnly => i64::from(day.0),
            Behavior::TimeZoneIndependent => day.midnight().0,
        };
        let now = match behavior {
            Behavior::UserLocal => now.0,
            Behavior::DateOnly => i64::from(today.0),
            Behavior::TimeZoneIndependent => zone.wall_clock(now).0,
        };
        let days = |first: i64, count: i64| Bounds {
            low: start(today.plus(first)),
            high: start(today.plus(first.saturating_add(count))).saturating_sub(1),
        };
        match self {
            Self::LastDays(n) => Bounds {
                low: start(today.plus(-i64::from(n))),
                high: now,
            },
            Self::NextDays(n) => Bounds {
                low: now,
                ..days(0, i64::from(n) + 1)
            },
            Self::Yesterday => days(-1, 1),
            Self::Today => days(0, 1),
            Self::Tomorrow => days(1, 1),
            Self::OnOrAfter(day, time) => {
                let day = match time {
                    Some(at) if behavior == Behavior::UserLocal => zone.today(at),
                    _ => day,
                };
                Bounds {
                    low: start(day),
                    high: i64::MAX,
                }
            }
        }
    }

    /// Which edge is now. Date-only values know no time of day, so nothing slides over them.
    #[must_use]
    pub fn slide(self, behavior: Behavior) -> Slide {
        match (self, behavior) {
            (_, Behavior::DateOnly) => Slide::None,
            (Self::LastDays(_), _) => Slide::High,
            (Self::NextDays(_), _) => Slide::Low,
            _ => Slide::None,
        }
    }

    /// The next instant after `now` at which an edge moves otherwise than by sliding: the start of
    /// the next day and, for wall-clock values, a change of the zone's offset.
    #[must_use]
    pub fn next_jump(self, behavior: Behavior, zone: &Zone, now: Instant) -> Option<Instant> {
        if matches!(self, Self::OnOrAfter(..)) {
            return None;
        }
        let today = zone.today(now);
        // A day that the zone skips starts with the day after it: look on.
        let midnight = (1..=2)
            .map(|n| zone.start_of_day(today.plus(n)))
            .find(|start| *start > now && start.0 < i64::MAX);
        let transition = (behavior == Behavior::TimeZoneIndependent)
            .then(|| zone.next_transition(now))
            .flatten();
        midnight.into_iter().chain(transition).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        Instant::parse(text).expect("an instant")
    }

    fn bounds(window: Window, zone: &str, now: &str) -> (String, String) {
        let zone = Zone::named(zone).expect("a zone");
        let Bounds { low, high } = window.bounds(Behavior::UserLocal, &zone, at(now));
        (Instant(low).to_string(), Instant(high).to_string())
    }

    #[test]
    fn windows_follow_the_zone() {
        let pair = |low: &str, high: &str| (low.to_string(), high.to_string());
        let now = "2026-03-29T12:00:00Z"; // Summer time began in Berlin at 01:00Z.
        for (window, expected) in [
            (Window::LastDays(1), pair("2026-03-27T23:00:00Z", now)),
            (Window::NextDays(1), pair(now, "2026-03-30T21:59:59.999Z")),
            (
                Window::Yesterday,
                pair("2026-03-27T23:00:00Z", "2026-03-28T22:59:59.999Z"),
            ),
            (
                Window::Today,
                pair("2026-03-28T23:00:00Z", "2026-03-29T21:59:59.999Z"),
            ),
            (
                Window::Tomorrow,
                pair("2026-03-29T22:00:00Z", "2026-03-30T21:59:59.999Z"),
            ),
        ] {
            assert_eq!(bounds(window, "Europe/Berlin", now), expected, "{window:?}");
        }
    }

    #[test]
    fn a_time_names_its_day_in_the_zone() {
        let late = at("2019-02-18T23:30:00Z");
        let low = |behavior, time| {
            let window = Window::OnOrAfter(Day(17_945), time);
            let berlin = Zone::named("Europe/Berlin").expect("a zone");
            Instant(window.bounds(behavior, &berlin, late).low).to_string()
        };
        let user = Behavior::UserLocal;
        assert_eq!(low(user, None), "2019-02-17T23:00:00Z");
        assert_eq!(low(user, Some(late)), "2019-02-18T23:00:00Z");
        let wall = low(Behavior::TimeZoneIndependent, Some(late));
        assert_eq!(wall, "2019-02-18T00:00:00Z");
    }

    #[test]
    fn huge_windows_clamp() {
        let b = Window::LastDays(i32::MAX as u32).bounds(
            Behavior::UserLocal,
            &Zone::UTC,
            at("2026-03-29"),
        );
        assert_eq!(b.low, i64::MIN);
        let b = Window::NextDays(i32::MAX as u32).bounds(
            Behavior::DateOnly,
            &Zone::UTC,
            at("2026-03-29"),
        );
        assert!(b.high > 1 << 30);
    }

    #[test]
    fn edges_jump_at_midnight_and_at_transitions() {
        let berlin = Zone::named("Europe/Berlin").expect("a zone");
        let next = |behavior| {
            Window::Today
                .next_jump(behavior, &berlin, at("2026-03-29T00:30:00Z"))
                .map(|i| i.to_string())
        };
        assert_eq!(
            next(Behavior::UserLocal).as_deref(),
            Some("2026-03-29T22:00:00Z")
        );
        assert_eq!(
            next(Behavior::TimeZoneIndependent).as_deref(),
            Some("2026-03-29T01:00:00Z")
        );
    }
}
