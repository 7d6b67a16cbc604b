//! Windows of time: which values a clock operator accepts at an instant, in a zone (SEMANTICS §5.3).
//!
//! A window is two edges. Each stands open, is so many milliseconds from now, or is the start of a
//! day that follows from today; which of them it is decides what the edge does as time passes. One
//! that recurs is as many windows as there are years: its turns.

use std::fmt;
use std::ops::RangeInclusive;

use crate::calendar::{Calendar, periods_of_year};
use crate::schema::Behavior;
use crate::settings::Fiscal;
use crate::time::{Day, Instant, WallClock, Zone};

/// How far a window reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Length {
    /// So many milliseconds from now.
    Millis(i64),
    /// So many calendar months from today; of a shorter month the last day.
    Months(i64),
    /// So many whole units beside the present one.
    Units(Calendar, i64),
}

impl Length {
    /// So many days.
    #[must_use]
    pub fn days(n: u32) -> Self {
        Self::Units(Calendar::Day, i64::from(n))
    }
}

/// A day that a text names. Where it names a time, its instant too: over user-local values the day
/// is the one that it lies in, in the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NamedDay(pub Day, pub Option<Instant>);

impl NamedDay {
    /// The first and the last day of a unit.
    #[must_use]
    pub fn of_unit(calendar: Calendar, number: i64) -> (Self, Self) {
        let last = calendar.start(number + 1).plus(-1);
        (Self(calendar.start(number), None), Self(last, None))
    }
}

/// A clock operator with its values and the settings that it listens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Window {
    /// From so long ago to now.
    Last(Length),
    /// From now to so long after the end of today, or after now where it is milliseconds.
    Next(Length),
    /// Before so long ago.
    OlderThan(Length),
    /// A whole unit, so many after the present one.
    Unit(Calendar, i64),
    /// From the start of a day to the end of another; no clock in it, but a zone.
    Days(Option<NamedDay>, Option<NamedDay>),
    /// A period, counted from 1, of every fiscal year, which has others too: what it accepts are its
    /// [`Window::turns`].
    EachYear(Fiscal, i64),
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

/// Which edges of a window move with the clock from millisecond to millisecond; the others move only
/// at [`Window::next_jump`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slide {
    /// The lower edge.
    pub low: bool,
    /// The upper edge.
    pub high: bool,
}

/// An edge of a window.
#[derive(Clone, Copy)]
enum Edge {
    Open,
    /// So many milliseconds after now.
    Moment(i64),
    /// The start of a day, until today is the other one.
    Start(Day, Option<Day>),
}

/// The lower edge, which is included, and the upper one.
struct Edges {
    low: Edge,
    high: Edge,
    high_included: bool,
}

/// An instant in a zone, over values of one behaviour.
struct Present<'a> {
    behavior: Behavior,
    zone: &'a Zone,
    now: Instant,
}

impl Present<'_> {
    fn after(&self, ms: i64) -> Instant {
        Instant(self.now.0.saturating_add(ms))
    }

    /// The number of an edge in the behaviour's unit.
    fn number(&self, edge: Edge) -> Option<i64> {
        match (edge, self.behavior) {
            (Edge::Open, _) => None,
            (Edge::Moment(ms), Behavior::UserLocal) => Some(self.after(ms).0),
            (Edge::Moment(ms), Behavior::DateOnly) => {
                Some(i64::from(self.zone.today(self.after(ms)).0))
            }
            (Edge::Moment(ms), Behavior::TimeZoneIndependent) => {
                Some(self.zone.wall_clock(self.after(ms)).0)
            }
            (Edge::Start(day, _), Behavior::UserLocal) => Some(self.zone.start_of_day(day).0),
            (Edge::Start(day, _), Behavior::DateOnly) => Some(i64::from(day.0)),
            (Edge::Start(day, _), Behavior::TimeZoneIndependent) => Some(day.midnight().0),
        }
    }

    /// The next instant at which an edge moves otherwise than by sliding.
    fn jump(&self, edge: Edge) -> Option<Instant> {
        match (edge, self.behavior) {
            (Edge::Start(_, Some(until)), _) => self.begin(until, self.now),
            (Edge::Moment(ms), Behavior::TimeZoneIndependent) => {
                let next = self.zone.next_transition(self.after(ms))?;
                Some(Instant(next.0.saturating_sub(ms)))
            }
            (Edge::Moment(ms), Behavior::DateOnly) => {
                let at = self.after(ms);
                let next = self.begin(self.zone.today(at).plus(1), at)?;
                Some(Instant(next.0.saturating_sub(ms)))
            }
            (Edge::Open | Edge::Start(_, None) | Edge::Moment(_), _) => None,
        }
    }

    /// When a day begins, after an instant. One that the zone skips starts with the day after it.
    fn begin(&self, day: Day, after: Instant) -> Option<Instant> {
        (0..=1)
            .map(|more| self.zone.start_of_day(day.plus(more)))
            .find(|start| *start > after && start.0 < i64::MAX)
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MINUTE_MS: i64 = 60_000;
        const HOUR_MS: i64 = 60 * MINUTE_MS;
        match *self {
            Self::Millis(ms) if ms % HOUR_MS == 0 => write!(f, "{} hours", ms / HOUR_MS),
            Self::Millis(ms) => write!(f, "{} minutes", ms / MINUTE_MS),
            Self::Months(n) if n % 12 == 0 => write!(f, "{} years", n / 12),
            Self::Months(n) => write!(f, "{n} months"),
            Self::Units(calendar, n) => write!(f, "{n} {}s", calendar.name()),
        }
    }
}

impl fmt::Display for NamedDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Some(at) => write!(f, "the day of {at}"),
            None => write!(f, "{}", self.0),
        }
    }
}

impl fmt::Display for Window {
    /// What is true of a value in it: `in the last 10 days`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Last(length) => write!(f, "in the last {length}"),
            Self::Next(length) => write!(f, "in the next {length}"),
            Self::OlderThan(length) => write!(f, "more than {length} ago"),
            Self::Unit(Calendar::Day, -1) => f.write_str("yesterday"),
            Self::Unit(Calendar::Day, 0) => f.write_str("today"),
            Self::Unit(Calendar::Day, _) => f.write_str("tomorrow"),
            Self::Unit(calendar, n) => {
                let which = match n {
                    0 => "this",
                    ..0 => "last",
                    1.. => "next",
                };
                write!(f, "{which} {}", calendar.name())
            }
            Self::Days(Some(day), None) => write!(f, "on or after {day}"),
            Self::Days(None, Some(day)) => write!(f, "on or before {day}"),
            Self::Days(Some(from), Some(to)) if from == to => write!(f, "on {from}"),
            Self::Days(Some(from), Some(to)) => write!(f, "from {from} to {to}"),
            Self::Days(None, None) => f.write_str("at any time"),
            Self::EachYear(_, period) => write!(f, "in fiscal period {period} of any year"),
        }
    }
}

impl Window {
    /// The day that is now.
    pub const TODAY: Self = Self::Unit(Calendar::Day, 0);

    /// From midnight so many days ago to now.
    #[must_use]
    pub fn last_days(n: u32) -> Self {
        Self::Last(Length::days(n))
    }

    /// From now to the end of the nth day after today.
    #[must_use]
    pub fn next_days(n: u32) -> Self {
        Self::Next(Length::days(n))
    }

    /// Whether what it accepts follows from the clock.
    #[must_use]
    pub fn moves(self) -> bool {
        !matches!(self, Self::Days(..) | Self::EachYear(..))
    }

    /// Whether it is more than one interval.
    #[must_use]
    pub fn recurs(self) -> bool {
        matches!(self, Self::EachYear(..))
    }

    /// The windows of one interval that together accept what it accepts of the values on some days
    /// (see [`day_of`]), in any zone: itself or, where it recurs, its turns. They ascend and never
    /// touch.
    pub fn turns(self, days: RangeInclusive<Day>) -> impl Iterator<Item = Self> {
        // No wall clock is so far from UTC's.
        const ZONE_DAYS: i64 = 2;
        let years = match self {
            Self::EachYear(fiscal, _) => {
                let year = |day: &Day, after| Calendar::FiscalYear(fiscal).number(day.plus(after));
                year(days.start(), -ZONE_DAYS)..=year(days.end(), ZONE_DAYS)
            }
            _ => 0..=0,
        };
        years.map(move |year| match self {
            Self::EachYear(fiscal, period) => {
                let number = year * periods_of_year(fiscal) + period - 1;
                let (first, last) = NamedDay::of_unit(Calendar::FiscalPeriod(fiscal), number);
                Self::Days(Some(first), Some(last))
            }
            window => window,
        })
    }

    /// The most, in days, by which an edge's way differs from the time that has passed: what zones
    /// do to their clocks, and the unit that it jumps by.
    #[must_use]
    pub fn drift_days(self) -> i64 {
        // A zone moves its clocks by at most a day, and days are 23 to 25 hours long.
        const ZONE_DAYS: i64 = 3;
        let of_unit = |calendar| match calendar {
            Calendar::Day => 0,
            Calendar::Week(_) => 7,
            Calendar::Month => 31,
            Calendar::Year | Calendar::FiscalPeriod(_) | Calendar::FiscalYear(_) => 366,
        };
        ZONE_DAYS
            + match self {
                Self::Last(length) | Self::Next(length) | Self::OlderThan(length) => match length {
                    Length::Millis(_) => 0,
                    // A month before the 28th of February and before the 1st of March: four days.
                    Length::Months(_) => 4,
                    Length::Units(calendar, _) => of_unit(calendar),
                },
                Self::Unit(calendar, _) => of_unit(calendar),
                Self::Days(..) | Self::EachYear(..) => 0,
            }
    }

    /// Its edges on a day.
    fn edges(self, behavior: Behavior, zone: &Zone, today: Day) -> Edges {
        let tomorrow = today.plus(1);
        // The start of the unit so many after the present one.
        let unit = |calendar: Calendar, after: i64| {
            let present = calendar.number(today);
            Edge::Start(
                calendar.start(present.saturating_add(after)),
                Some(calendar.start(present + 1)),
            )
        };
        let before = |length| match length {
            Length::Millis(ms) => Edge::Moment(-ms),
            Length::Months(n) => Edge::Start(today.plus_months(-n), Some(tomorrow)),
            Length::Units(calendar, n) => unit(calendar, -n),
        };
        let named = |NamedDay(day, time): NamedDay, after| {
            let day = match time {
                Some(at) if behavior == Behavior::UserLocal => zone.today(at),
                _ => day,
            };
            Edge::Start(day.plus(after), None)
        };
        let excluded = |low, high| Edges {
            low,
            high,
            high_included: false,
        };
        match self {
            Self::Last(length) => Edges {
                low: before(length),
                high: Edge::Moment(0),
                high_included: true,
            },
            Self::Next(Length::Millis(ms)) => Edges {
                low: Edge::Moment(0),
                high: Edge::Moment(ms),
                high_included: true,
            },
            Self::Next(Length::Months(n)) => {
                let end = Edge::Start(tomorrow.plus_months(n), Some(tomorrow));
                excluded(Edge::Moment(0), end)
            }
            Self::Next(Length::Units(calendar, n)) => {
                excluded(Edge::Moment(0), unit(calendar, n.saturating_add(1)))
            }
            Self::OlderThan(length) => excluded(Edge::Open, before(length)),
            Self::Unit(calendar, n) => excluded(unit(calendar, n), unit(calendar, n + 1)),
            Self::Days(from, to) => excluded(
                from.map_or(Edge::Open, |from| named(from, 0)),
                to.map_or(Edge::Open, |to| named(to, 1)),
            ),
            Self::EachYear(..) => excluded(Edge::Open, Edge::Open),
        }
    }

    /// The values accepted at `now` in `zone`, in the unit of the attribute's behaviour:
    /// user-local: milliseconds since the epoch; time-zone-independent: wall-clock milliseconds;
    /// date-only: days since the epoch (what [`crate::value::Value::clock_number`] gives). Of a
    /// window that recurs, all between its first turn and its last.
    #[must_use]
    pub fn bounds(self, behavior: Behavior, zone: &Zone, now: Instant) -> Bounds {
        let edges = self.edges(behavior, zone, zone.today(now));
        let present = Present {
            behavior,
            zone,
            now,
        };
        Bounds {
            low: present.number(edges.low).unwrap_or(i64::MIN),
            high: present.number(edges.high).map_or(i64::MAX, |high| {
                high.saturating_sub(i64::from(!edges.high_included))
            }),
        }
    }

    /// Which edges slide. Date-only values know no time of day, so nothing slides over them.
    #[must_use]
    pub fn slide(self, behavior: Behavior) -> Slide {
        let slides = behavior != Behavior::DateOnly;
        let millis = |length| matches!(length, Length::Millis(_));
        let (low, high) = match self {
            Self::Last(length) => (millis(length), true),
            Self::Next(length) => (true, millis(length)),
            Self::OlderThan(length) => (false, millis(length)),
            Self::Unit(..) | Self::Days(..) | Self::EachYear(..) => (false, false),
        };
        Slide {
            low: slides && low,
            high: slides && high,
        }
    }

    /// The next instant after `now` at which an edge moves otherwise than by sliding: the start of a
    /// day and, for an edge that slides over wall clocks, a change of the zone's offset where it is.
    #[must_use]
    pub fn next_jump(self, behavior: Behavior, zone: &Zone, now: Instant) -> Option<Instant> {
        let edges = self.edges(behavior, zone, zone.today(now));
        let present = Present {
            behavior,
            zone,
            now,
        };
        let jumps = [present.jump(edges.low), present.jump(edges.high)];
        jumps.into_iter().flatten().min()
    }
}

/// The day of a value, as a window's bounds number it, on its own wall clock or by UTC.
#[must_use]
pub fn day_of(behavior: Behavior, number: i64) -> Day {
    match behavior {
        Behavior::DateOnly => Day(0).plus(number),
        Behavior::UserLocal | Behavior::TimeZoneIndependent => WallClock(number).day(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Fiscal, FiscalPeriods};
    use crate::time::IsoText;

    const HOUR_MS: i64 = 3_600_000;
    const USER: Behavior = Behavior::UserLocal;
    const WALL: Behavior = Behavior::TimeZoneIndependent;

    fn at(text: &str) -> Instant {
        Instant::parse(text).expect("an instant")
    }

    fn zone(name: &str) -> Zone {
        Zone::named(name).expect("a zone")
    }

    fn hours(n: i64) -> Length {
        Length::Millis(n * HOUR_MS)
    }

    fn bounds(window: Window, zone_name: &str, now: &str) -> (String, String) {
        let Bounds { low, high } = window.bounds(USER, &zone(zone_name), at(now));
        (Instant(low).to_string(), Instant(high).to_string())
    }

    #[test]
    fn windows_follow_the_zone() {
        let now = "2026-03-29T12:00:00Z"; // Summer time began in Berlin at 01:00Z.
        for (window, low, high) in [
            (Window::last_days(1), "2026-03-27T23:00:00Z", now),
            (Window::next_days(1), now, "2026-03-30T21:59:59.999Z"),
            (
                Window::Unit(Calendar::Day, -1),
                "2026-03-27T23:00:00Z",
                "2026-03-28T22:59:59.999Z",
            ),
            (
                Window::TODAY,
                "2026-03-28T23:00:00Z",
                "2026-03-29T21:59:59.999Z",
            ),
            (
                Window::Unit(Calendar::Day, 1),
                "2026-03-29T22:00:00Z",
                "2026-03-30T21:59:59.999Z",
            ),
            (Window::Last(hours(24)), "2026-03-28T12:00:00Z", now),
            (Window::Next(hours(24)), now, "2026-03-30T12:00:00Z"),
            (Window::Last(Length::Months(1)), "2026-02-27T23:00:00Z", now),
            (
                Window::Next(Length::Months(12)),
                now,
                "2027-03-29T21:59:59.999Z",
            ),
            (
                Window::Unit(Calendar::Week(1), 0),
                "2026-03-22T23:00:00Z",
                "2026-03-29T21:59:59.999Z",
            ),
            (
                Window::Unit(Calendar::Week(0), -1),
                "2026-03-21T23:00:00Z",
                "2026-03-28T22:59:59.999Z",
            ),
            (
                Window::Unit(Calendar::Month, 0),
                "2026-02-28T23:00:00Z",
                "2026-03-31T21:59:59.999Z",
            ),
            (
                Window::Unit(Calendar::Year, 1),
                "2026-12-31T23:00:00Z",
                "2027-12-31T22:59:59.999Z",
            ),
        ] {
            let expected = (low.to_string(), high.to_string());
            assert_eq!(bounds(window, "Europe/Berlin", now), expected, "{window:?}");
        }
    }

    #[test]
    fn months_end_where_the_shorter_one_does() {
        let day = |text: &str| i64::from(IsoText::parse(text).expect("a day").day.0);
        for (now, length, first, last) in [
            ("2026-03-31T08:00:00Z", 1, "2026-02-28", "2026-04-30"),
            ("2024-03-30T08:00:00Z", 1, "2024-02-29", "2024-04-29"),
            ("2024-02-29T08:00:00Z", 12, "2023-02-28", "2025-02-28"),
            ("2026-01-30T08:00:00Z", 1, "2025-12-30", "2026-02-27"),
        ] {
            let of = |window: Window| window.bounds(Behavior::DateOnly, &Zone::UTC, at(now));
            assert_eq!(
                of(Window::Last(Length::Months(length))).low,
                day(first),
                "{now}"
            );
            assert_eq!(
                of(Window::Next(Length::Months(length))).high,
                day(last),
                "{now}"
            );
            let older = of(Window::OlderThan(Length::Months(length)));
            assert_eq!((older.low, older.high), (i64::MIN, day(first) - 1), "{now}");
        }
    }

    #[test]
    fn hours_over_dates_are_the_dates_of_their_ends() {
        let of = |window: Window| {
            let now = at("2026-03-02T01:30:00Z");
            let bounds = window.bounds(Behavior::DateOnly, &Zone::UTC, now);
            let today = i64::from(Zone::UTC.today(now).0);
            (bounds.low.saturating_sub(today), bounds.high - today)
        };
        assert_eq!(of(Window::Last(hours(1))), (0, 0));
        assert_eq!(of(Window::Last(hours(2))), (-1, 0));
        assert_eq!(of(Window::Next(hours(23))), (0, 1));
        assert_eq!(of(Window::OlderThan(hours(1))).1, -1);
        assert_eq!(of(Window::OlderThan(hours(2))).1, -2);
    }

    #[test]
    fn fiscal_units_beside_this_one() {
        let fiscal = Fiscal {
            month: 4,
            day: 1,
            periods: FiscalPeriods::Quarter,
        };
        let (year, period) = (Calendar::FiscalYear(fiscal), Calendar::FiscalPeriod(fiscal));
        let now = "2026-03-29T12:00:00Z";
        for (window, low, high) in [
            (
                Window::Unit(year, 0),
                "2025-04-01T00:00:00Z",
                "2026-03-31T23:59:59.999Z",
            ),
            (
                Window::Unit(period, 1),
                "2026-04-01T00:00:00Z",
                "2026-06-30T23:59:59.999Z",
            ),
            (
                Window::Last(Length::Units(period, 2)),
                "2025-07-01T00:00:00Z",
                now,
            ),
            (
                Window::Next(Length::Units(year, 1)),
                now,
                "2027-03-31T23:59:59.999Z",
            ),
        ] {
            let expected = (low.to_string(), high.to_string());
            assert_eq!(bounds(window, "UTC", now), expected, "{window:?}");
        }
    }

    /// Every value has a turn that takes it in where the period of its own day does.
    #[test]
    fn turns_of_a_fiscal_period() {
        let quarters = Fiscal {
            month: 11,
            day: 1,
            periods: FiscalPeriods::Quarter,
        };
        let holds = |period, behavior, zone_name: &str, value: i64| {
            let day = day_of(behavior, value);
            let window = Window::EachYear(quarters, period);
            let mut turns = window.turns(day..=day);
            turns.any(|turn| {
                let bounds = turn.bounds(behavior, &zone(zone_name), Instant(0));
                bounds.contains(value)
            })
        };
        for (zone_name, value, period) in [
            ("UTC", "1970-10-31T23:59:59.999Z", 4),
            ("UTC", "1970-11-01T00:00:00Z", 1),
            ("Europe/Berlin", "2031-10-31T23:00:00Z", 1),
            ("Europe/Berlin", "2031-07-31T21:59:59.999Z", 3),
            ("Pacific/Kiritimati", "2001-10-31T10:00:00Z", 1),
            ("Pacific/Kiritimati", "9999-10-31T09:59:59.999Z", 4),
            ("Pacific/Pago_Pago", "2000-02-01T10:59:59.999Z", 1),
            ("Pacific/Pago_Pago", "2000-02-01T11:00:00Z", 2),
            ("UTC", "9999-12-31T23:59:59.999Z", 1),
            ("UTC", "0000-01-01T00:00:00Z", 1),
            // Clocks went back from one minute past midnight: the day had begun, and went on.
            ("America/St_Johns", "2009-11-01T02:29:59.999Z", 4),
            ("America/St_Johns", "2009-11-01T02:30:00Z", 1),
            ("America/St_Johns", "2009-11-01T03:00:00Z", 1),
        ] {
            let value = at(value).0;
            let found: Vec<i64> = (1..=4)
                .filter(|period| holds(*period, USER, zone_name, value))
                .collect();
            assert_eq!(found, [period], "{zone_name} {}", Instant(value));
        }
        for behavior in [WALL, Behavior::DateOnly] {
            let unit = if behavior == WALL { 86_400_000 } else { 1 };
            let calendar = Calendar::FiscalPeriod(quarters);
            for day in -800..1_600 {
                let own = calendar.number(Day(day)).rem_euclid(4) + 1;
                for period in 1..=4 {
                    let found = holds(period, behavior, "UTC", i64::from(day) * unit);
                    assert_eq!(found, period == own, "{behavior:?} {day} {period}");
                }
            }
        }
        let window = Window::EachYear(quarters, 2);
        assert_eq!(window.turns(Day(0)..=Day(3_652)).count(), 11);
        assert_eq!(Window::TODAY.turns(Day(0)..=Day(0)).count(), 1);
    }

    #[test]
    fn a_time_names_its_day_in_the_zone() {
        let late = at("2019-02-18T23:30:00Z");
        let of = |behavior, time| {
            let day = Some(NamedDay(Day(17_945), time));
            let bounds = Window::Days(day, day).bounds(behavior, &zone("Europe/Berlin"), late);
            (
                Instant(bounds.low).to_string(),
                Instant(bounds.high + 1).to_string(),
            )
        };
        let pair = |low: &str, high: &str| (low.to_string(), high.to_string());
        assert_eq!(
            of(USER, None),
            pair("2019-02-17T23:00:00Z", "2019-02-18T23:00:00Z")
        );
        assert_eq!(
            of(USER, Some(late)),
            pair("2019-02-18T23:00:00Z", "2019-02-19T23:00:00Z")
        );
        assert_eq!(
            of(WALL, Some(late)),
            pair("2019-02-18T00:00:00Z", "2019-02-19T00:00:00Z")
        );
    }

    #[test]
    fn huge_windows_clamp() {
        const N: i64 = i32::MAX as i64;
        let now = at("2026-03-29");
        let of = |window: Window, behavior| window.bounds(behavior, &Zone::UTC, now);
        for length in [Length::Months(N * 12), Length::Units(Calendar::Day, N * 7)] {
            assert_eq!(of(Window::Last(length), USER).low, i64::MIN);
            assert_eq!(of(Window::Next(length), USER).high, i64::MAX - 1);
            assert_eq!(of(Window::OlderThan(length), USER).high, i64::MIN);
            assert!(of(Window::Next(length), Behavior::DateOnly).high > 1 << 30);
        }
        let ages = hours(N);
        for behavior in [USER, WALL] {
            assert_eq!(of(Window::Last(ages), behavior).low, now.0 - N * HOUR_MS);
        }
    }

    #[test]
    fn edges_jump_at_midnight_and_at_transitions() {
        let last_days = Window::last_days(1);
        let last_hour = Window::Last(hours(1));
        let next_hour = Window::Next(hours(1));
        let dates = Behavior::DateOnly;
        // Summer time begins in Berlin at 01:00Z on the 29th.
        let now = "2026-03-29T00:30:00Z";
        for (window, behavior, next) in [
            (Window::TODAY, USER, Some("2026-03-29T22:00:00Z")),
            (Window::TODAY, WALL, Some("2026-03-29T22:00:00Z")),
            (last_days, USER, Some("2026-03-29T22:00:00Z")),
            (last_days, WALL, Some("2026-03-29T01:00:00Z")),
            // Now is before the change, an hour from now is after it.
            (next_hour, WALL, Some("2026-03-29T01:00:00Z")),
            (Window::Next(hours(2)), WALL, Some("2026-03-29T01:00:00Z")),
            // Not before an hour ago is the change.
            (
                Window::OlderThan(hours(1)),
                WALL,
                Some("2026-03-29T02:00:00Z"),
            ),
            (last_hour, WALL, Some("2026-03-29T01:00:00Z")),
            (last_hour, USER, None),
            (last_hour, dates, Some("2026-03-29T22:00:00Z")),
            (Window::Last(hours(2)), dates, Some("2026-03-29T01:00:00Z")),
            (Window::Next(hours(22)), dates, Some("2026-03-29T22:00:00Z")),
            (
                Window::Unit(Calendar::Month, -1),
                USER,
                Some("2026-03-31T22:00:00Z"),
            ),
            (
                Window::Last(Length::Months(1)),
                USER,
                Some("2026-03-29T22:00:00Z"),
            ),
            (Window::Days(Some(NamedDay(Day(0), None)), None), WALL, None),
        ] {
            let jump = window.next_jump(behavior, &zone("Europe/Berlin"), at(now));
            let jump = jump.map(|jump| jump.to_string());
            assert_eq!(jump.as_deref(), next, "{window:?} {behavior:?}");
        }
    }

    /// Between a jump and the next, the bounds are what they were, slid along.
    #[test]
    fn nothing_moves_between_jumps() {
        let lengths = [
            hours(1),
            hours(30),
            Length::Months(1),
            Length::Months(12),
            Length::days(2),
            Length::Units(Calendar::Week(3), 1),
        ];
        let mut windows: Vec<Window> = lengths
            .into_iter()
            .flat_map(|length| {
                [
                    Window::Last(length),
                    Window::Next(length),
                    Window::OlderThan(length),
                ]
            })
            .collect();
        for calendar in [Calendar::Day, Calendar::Week(1), Calendar::Month] {
            windows.extend([-1, 0, 1].map(|n| Window::Unit(calendar, n)));
        }
        let behaviors = [USER, WALL, Behavior::DateOnly];
        for (name, from) in [
            ("Europe/Berlin", "2026-03-27T20:00:00Z"),
            ("America/Havana", "2025-10-31T02:30:00Z"),
            ("Pacific/Apia", "2011-12-28T08:00:00Z"),
            ("Australia/Lord_Howe", "2026-04-03T02:00:00Z"),
        ] {
            let zone = zone(name);
            for (window, behavior) in windows
                .iter()
                .flat_map(|window| behaviors.map(|behavior| (*window, behavior)))
            {
                let slide = window.slide(behavior);
                let (mut now, end) = (at(from), at(from).0 + 96 * HOUR_MS);
                while now.0 < end {
                    let start = window.bounds(behavior, &zone, now);
                    let jump = window.next_jump(behavior, &zone, now);
                    let until = jump.map_or(end, |jump| jump.0.min(end));
                    assert!(until > now.0, "{name} {window:?} {behavior:?} at {now}");
                    let step = ((until - now.0) / 7).max(1);
                    for passed in (0..until - now.0).step_by(step.unsigned_abs() as usize) {
                        let found = window.bounds(behavior, &zone, Instant(now.0 + passed));
                        let slid = Bounds {
                            low: start.low.saturating_add(if slide.low { passed } else { 0 }),
                            high: start
                                .high
                                .saturating_add(if slide.high { passed } else { 0 }),
                        };
                        let place = (name, window, behavior, now, passed);
                        assert_eq!(found, slid, "{place:?}");
                    }
                    now = Instant(until);
                }
            }
        }
    }
}
