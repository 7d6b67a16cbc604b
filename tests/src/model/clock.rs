//! Windows and zones (SEMANTICS §5.3).

use jiff::civil::{Date, Time, date as civil};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::settings::{Fiscal, Settings};

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;
const EPOCH: Date = civil(1970, 1, 1);

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

/// What the clock operators are read with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) zone: &'a TimeZone,
    pub(crate) now: i64,
}

impl Clock<'_> {
    /// Whether a value lies in the window of a clock operator. `numbers` are its values where they
    /// are numbers; `literal` is the day that it names.
    pub(crate) fn inside(
        self,
        token: &str,
        (kind, value): (Kind, i64),
        numbers: &[i64],
        literal: i64,
    ) -> bool {
        let today = today(self.zone, self.now);
        // The first value of a day, and an instant, in the value's own measure.
        let begins = |day: i64| match kind {
            Kind::Instant => start(self.zone, day),
            Kind::Wall => day.saturating_mul(DAY_MS),
            Kind::Day => day,
        };
        let at = |instant: i64| match kind {
            Kind::Instant => instant,
            Kind::Wall => wall(self.zone, instant),
            Kind::Day => self::today(self.zone, instant),
        };
        let present = at(self.now);
        let n = numbers.first().copied().unwrap_or(7);
        let between = |from: i64, to: i64| begins(from) <= value && value < begins(to);
        match token {
            "on" => return between(literal, literal + 1),
            "on-or-before" => return value < begins(literal + 1),
            "on-or-after" => return begins(literal) <= value,
            "last-x-hours" => return at(self.now - n * HOUR_MS) <= value && value <= present,
            "next-x-hours" => return present <= value && value <= at(self.now + n * HOUR_MS),
            "olderthan-x-hours" => return value < at(self.now - n * HOUR_MS),
            "olderthan-x-minutes" => return value < at(self.now - n * HOUR_MS / 60),
            "in-fiscal-year" => {
                let year = |year| self.settings.fiscal.year(year);
                return between(year(n), year(n + 1));
            }
            "in-fiscal-period" => {
                let day = match kind {
                    Kind::Day => value,
                    Kind::Instant | Kind::Wall => value.div_euclid(DAY_MS),
                };
                let year = self.settings.fiscal.year_of(day);
                return (year - 1..=year + 1).any(|year| {
                    let (from, to) = self.settings.fiscal.named(n, year);
                    between(from, to)
                });
            }
            _ => {}
        }
        if let Some(which) = token.strip_suffix("-fiscal-period-and-year") {
            let (from, to) = self.settings.fiscal.named(n, numbers[1]);
            return match which {
                "in" => between(from, to),
                "in-or-before" => value < begins(to),
                _ => begins(from) <= value,
            };
        }
        if let Some(unit) = token.strip_prefix("olderthan-x-") {
            return value < begins(self.moved(today, unit, -n));
        }
        let (which, unit) = match token {
            "yesterday" => ("last", "day"),
            "today" => ("this", "day"),
            "tomorrow" => ("next", "day"),
            "last-seven-days" => ("last-x", "days"),
            "next-seven-days" => ("next-x", "days"),
            token => match token.split_once("-x-") {
                Some(("last", unit)) => ("last-x", unit),
                Some((_, unit)) => ("next-x", unit),
                None => token.split_once('-').unwrap_or((token, "")),
            },
        };
        match which {
            "last-x" => begins(self.moved(today, unit, -n)) <= value && value <= present,
            "next-x" => present <= value && value < begins(self.moved(today + 1, unit, n)),
            "last" => between(self.unit(today, unit, -1), self.unit(today, unit, 0)),
            "this" => between(self.unit(today, unit, 0), self.unit(today, unit, 1)),
            "next" => between(self.unit(today, unit, 1), self.unit(today, unit, 2)),
            _ => unreachable!("`{token}` is no clock operator"),
        }
    }

    /// A day moved by so many units; over fiscal units from the start of its own to that of another,
    /// or, where the day begins after today, from the end of today's.
    fn moved(self, day: i64, unit: &str, by: i64) -> i64 {
        match unit {
            "days" => day.saturating_add(by),
            "weeks" => day.saturating_add(by * 7),
            "months" => months_on(day, by),
            "years" => months_on(day, by * 12),
            fiscal => {
                let unit = fiscal.trim_end_matches('s');
                match by < 0 {
                    true => self.unit(day, unit, by),
                    false => self.unit(day - 1, unit, by + 1),
                }
            }
        }
    }

    /// The first day of the unit so many after the one that a day lies in.
    fn unit(self, day: i64, unit: &str, after: i64) -> i64 {
        let fiscal = &self.settings.fiscal;
        let this = date(day);
        match unit {
            "day" => day + after,
            "week" => {
                let weekday = i64::from(this.weekday().to_sunday_zero_offset());
                day - (weekday - self.settings.week_start).rem_euclid(7) + after * 7
            }
            "month" => months_on(day - i64::from(this.day()) + 1, after),
            "year" => fiscal_start(i64::from(this.year()) + after, 1, 1),
            "fiscal-year" => fiscal.year(fiscal.year_of(day).saturating_add(after)),
            "fiscal-period" => {
                let count = fiscal.count();
                let first = fiscal.year_of(day) * count;
                let mut own = first;
                while own + 1 < first + count && fiscal.period(own + 1) <= day {
                    own += 1;
                }
                fiscal.period(own.saturating_add(after))
            }
            _ => unreachable!("`{unit}` is no calendar unit"),
        }
    }
}

impl Fiscal {
    /// Periods of a year.
    fn count(&self) -> i64 {
        match self.periods.as_str() {
            "year" => 1,
            "half" => 2,
            "quarter" => 4,
            "month" => 12,
            _ => 13,
        }
    }

    /// The first day of a fiscal year.
    fn year(&self, year: i64) -> i64 {
        fiscal_start(year, self.month, self.day)
    }

    /// The fiscal year that a day lies in.
    fn year_of(&self, day: i64) -> i64 {
        let year = i64::from(date(day).year());
        if self.year(year) <= day {
            year
        } else {
            year - 1
        }
    }

    /// The first day of a period, counted from the year 0.
    fn period(&self, number: i64) -> i64 {
        let count = self.count();
        let (year, before) = (
            self.year(number.div_euclid(count)),
            number.rem_euclid(count),
        );
        match count {
            13 => year.saturating_add(before * 28),
            count => months_on(year, before * (12 / count)),
        }
    }

    /// A period, from 1, of a fiscal year: its first day, and the first one after it.
    fn named(&self, period: i64, year: i64) -> (i64, i64) {
        let number = year * self.count() + period - 1;
        (self.period(number), self.period(number + 1))
    }
}

/// Days that no calendar holds.
const BEYOND: i64 = 1 << 40;

fn date(day: i64) -> Date {
    let span = Span::new().try_days(day);
    let date = span.and_then(|span| EPOCH.checked_add(span));
    date.unwrap_or(if day < 0 { Date::MIN } else { Date::MAX })
}

/// The same day so many months later, or the last of that month.
fn months_on(day: i64, months: i64) -> i64 {
    if day.abs() >= BEYOND {
        return day;
    }
    let span = Span::new().try_months(months);
    match span.and_then(|span| date(day).checked_add(span)) {
        Ok(date) => days_of(date),
        Err(_) => BEYOND * months.signum(),
    }
}

fn fiscal_start(year: i64, month: i8, day: i8) -> i64 {
    let date = i16::try_from(year).map(|year| Date::new(year, month, day));
    match date {
        Ok(Ok(date)) => days_of(date),
        _ => BEYOND * year.signum(),
    }
}

fn days_of(date: Date) -> i64 {
    let since = date
        .to_datetime(Time::midnight())
        .duration_since(EPOCH.to_datetime(Time::midnight()));
    since.as_hours().div_euclid(24)
}
