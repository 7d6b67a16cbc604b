//! Instants, days, wall clocks and zones. There is no clock here: time comes in from outside.

use std::borrow::Cow;
use std::fmt;

use jiff::fmt::temporal::Pieces;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, civil};

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;
const YEAR_MONTHS: i64 = 12;

/// An instant, in milliseconds since 1970-01-01T00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Instant(pub i64);

/// A calendar day, in days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Day(pub i32);

/// A date and time on a wall clock of no particular zone, in milliseconds since 1970-01-01T00:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WallClock(pub i64);

/// A parsed ISO 8601 text: a day, maybe a time, maybe an offset from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IsoText {
    /// The day.
    pub day: Day,
    /// Milliseconds since midnight, if the text has a time.
    pub time_ms: Option<i64>,
    /// Offset from UTC in milliseconds, if the text has one (`Z` is 0).
    pub offset_ms: Option<i64>,
}

impl IsoText {
    /// Reads `2026-03-02`, `2026-03-02T08:00:00.5Z`, `2026-03-02 08:00+01:00`; anything finer than
    /// a millisecond is truncated. Zone names in brackets are refused.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = to_the_nanosecond(text);
        let pieces = Pieces::parse(&*text).ok()?;
        if pieces.time_zone_annotation().is_some() {
            return None;
        }
        let midnight = pieces.date().to_datetime(civil::Time::midnight());
        Some(Self {
            day: Day(i32::try_from(wall_ms(midnight) / DAY_MS).ok()?),
            time_ms: pieces.time().map(|time| wall_ms(time.on(1970, 1, 1))),
            offset_ms: pieces
                .to_numeric_offset()
                .map(|offset| i64::from(offset.seconds()) * 1_000),
        })
    }

    /// The wall clock that the text shows; midnight where it has no time.
    #[must_use]
    pub fn wall_clock(self) -> WallClock {
        WallClock(i64::from(self.day.0) * DAY_MS + self.time_ms.unwrap_or(0))
    }

    /// The instant that the text names; without an offset it is UTC.
    #[must_use]
    pub fn instant(self) -> Instant {
        Instant(self.wall_clock().0 - self.offset_ms.unwrap_or(0))
    }
}

/// A text without the digits of its fraction that are finer than a nanosecond, which the library
/// refuses.
fn to_the_nanosecond(text: &str) -> Cow<'_, str> {
    const DIGITS: usize = 9;
    let Some(point) = text.find(['.', ',']) else {
        return Cow::Borrowed(text);
    };
    let (start, fraction) = text.split_at(point + 1);
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    match fraction.get(digits..) {
        Some(rest) if digits > DIGITS => {
            Cow::Owned(format!("{start}{}{rest}", &fraction[..DIGITS]))
        }
        _ => Cow::Borrowed(text),
    }
}

/// Where wall clocks count from.
const EPOCH: civil::DateTime = civil::date(1970, 1, 1).at(0, 0, 0, 0);

/// Wall-clock milliseconds of a civil date and time.
fn wall_ms(at: civil::DateTime) -> i64 {
    let since = at.duration_since(EPOCH);
    since.as_secs() * 1_000 + i64::from(since.subsec_nanos().div_euclid(1_000_000))
}

/// The civil date and time of wall-clock milliseconds; clamped to what the calendar holds.
fn civil_of(wall_ms: i64) -> civil::DateTime {
    EPOCH.saturating_add(SignedDuration::from_millis(wall_ms))
}

/// The library's timestamp of milliseconds since the epoch; clamped to what it holds.
fn timestamp(ms: i64) -> jiff::Timestamp {
    let (min, max) = (jiff::Timestamp::MIN, jiff::Timestamp::MAX);
    jiff::Timestamp::from_millisecond(ms).unwrap_or(if ms < 0 { min } else { max })
}

/// Milliseconds since the epoch of the library's timestamp.
fn millis(at: jiff::Timestamp) -> i64 {
    at.as_nanosecond().div_euclid(1_000_000) as i64
}

impl Instant {
    /// Reads an ISO 8601 text; without an offset it is UTC.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        IsoText::parse(text).map(IsoText::instant)
    }

    /// `YYYY-MM-DDTHH:MM:SS.mmmZ`, always with three digits: the storage form.
    #[must_use]
    pub fn storage_text(self) -> String {
        format!("{}Z", WallClock(self.0).storage_text())
    }
}

impl fmt::Display for Instant {
    /// RFC 3339 with `Z`; a fraction of three digits only if it isn't zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}Z", WallClock(self.0))
    }
}

impl WallClock {
    /// `YYYY-MM-DDTHH:MM:SS.mmm`, always with three digits: the storage form.
    #[must_use]
    pub fn storage_text(self) -> String {
        format!(
            "{}.{:03}",
            civil_of(self.0.div_euclid(1_000) * 1_000),
            self.0.rem_euclid(1_000)
        )
    }

    /// The day on this wall clock.
    #[must_use]
    pub fn day(self) -> Day {
        Day(
            i32::try_from(self.0.div_euclid(DAY_MS)).unwrap_or(if self.0 < 0 {
                i32::MIN
            } else {
                i32::MAX
            }),
        )
    }
}

impl fmt::Display for WallClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", civil_of(self.0.div_euclid(1_000) * 1_000))?;
        match self.0.rem_euclid(1_000) {
            0 => Ok(()),
            fraction => write!(f, ".{fraction:03}"),
        }
    }
}

impl Day {
    /// The day `days` later, clamped.
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        let sum = i64::from(self.0).saturating_add(days);
        Self(i32::try_from(sum).unwrap_or(if sum < 0 { i32::MIN } else { i32::MAX }))
    }

    /// Its month, counted from the year 0.
    #[must_use]
    pub fn month(self) -> i64 {
        let date = self.date();
        i64::from(date.year()) * YEAR_MONTHS + i64::from(date.month()) - 1
    }

    /// That day of a month counted from the year 0; the month's last where it is shorter. Months
    /// beyond the calendar clamp to the ends of time.
    #[must_use]
    pub fn of_month(month: i64, day: i64) -> Self {
        let first = i16::try_from(month.div_euclid(YEAR_MONTHS))
            .ok()
            .zip(i8::try_from(month.rem_euclid(YEAR_MONTHS) + 1).ok());
        let Some(first) = first.and_then(|(year, month)| civil::Date::new(year, month, 1).ok())
        else {
            return Self(if month < 0 { i32::MIN } else { i32::MAX });
        };
        let start = wall_ms(first.to_datetime(civil::Time::midnight())).div_euclid(DAY_MS);
        let day = day.clamp(1, i64::from(first.days_in_month()));
        Self(0).plus(start + day - 1)
    }

    /// The same day of the month `months` later, or that month's last; clamped.
    #[must_use]
    pub fn plus_months(self, months: i64) -> Self {
        Self::of_month(
            self.month().saturating_add(months),
            i64::from(self.date().day()),
        )
    }

    fn date(self) -> civil::Date {
        civil_of(self.midnight().0).date()
    }

    /// Midnight at its start, on a wall clock.
    #[must_use]
    pub fn midnight(self) -> WallClock {
        WallClock(i64::from(self.0) * DAY_MS)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.date())
    }
}

/// A time zone of the IANA database, which is compiled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// The zone of that IANA name, whatever its case.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TimeZone::get(name)
            .ok()
            .filter(|zone| zone.iana_name().is_some() || name.eq_ignore_ascii_case("utc"))
            .map(Self)
    }

    /// The wall clock at an instant.
    #[must_use]
    pub fn wall_clock(&self, at: Instant) -> WallClock {
        WallClock(at.0 + i64::from(self.0.to_offset(timestamp(at.0)).seconds()) * 1_000)
    }

    /// The first instant of a day: where summer time skips midnight the first instant after it,
    /// where midnight happens twice the first of them. Days beyond the calendar clamp to the ends
    /// of time.
    #[must_use]
    pub fn start_of_day(&self, day: Day) -> Instant {
        let midnight = day.midnight().0;
        if midnight <= millis(jiff::Timestamp::MIN) + DAY_MS {
            return Instant(i64::MIN);
        }
        if midnight >= millis(jiff::Timestamp::MAX) - DAY_MS {
            return Instant(i64::MAX);
        }
        let wall = civil_of(midnight);
        let (offset, skipped) = match self.0.to_ambiguous_timestamp(wall).offset() {
            AmbiguousOffset::Unambiguous { offset }
            | AmbiguousOffset::Fold { before: offset, .. } => (offset, false),
            AmbiguousOffset::Gap { before, .. } => (before, true),
        };
        let at = Instant(midnight - i64::from(offset.seconds()) * 1_000);
        if !skipped {
            return at;
        }
        // Inside a gap the old offset points at or past the transition: the day starts there.
        let after = jiff::Timestamp::from_millisecond(at.0 + 1).unwrap_or(jiff::Timestamp::MAX);
        self.0
            .preceding(after)
            .next()
            .map_or(at, |transition| Instant(millis(transition.timestamp())))
    }

    /// Today: the day that has begun last. (After a fold over midnight the wall clock shows the day
    /// before once more; the new day has begun all the same.)
    #[must_use]
    pub fn today(&self, now: Instant) -> Day {
        let shown = self.wall_clock(now).day();
        if self.start_of_day(shown.plus(1)) <= now {
            shown.plus(1)
        } else {
            shown
        }
    }

    /// The next instant after `at` at which the zone's offset from UTC changes.
    #[must_use]
    pub fn next_transition(&self, at: Instant) -> Option<Instant> {
        self.0
            .following(timestamp(at.0))
            .map(|transition| Instant(millis(transition.timestamp())))
            .find(|next| *next > at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Zone {
        Zone::named(name).expect("a zone of the database")
    }

    fn day(text: &str) -> Day {
        IsoText::parse(text).expect("a day").day
    }

    #[test]
    fn reads_iso_texts() {
        for (text, shown) in [
            ("2026-03-02", Some("2026-03-02T00:00:00Z")),
            ("2026-03-02T08:00:00Z", Some("2026-03-02T08:00:00Z")),
            ("2026-03-02T08:00", Some("2026-03-02T08:00:00Z")),
            (
                "2026-03-02 08:00:00.1239+01:00",
                Some("2026-03-02T07:00:00.123Z"),
            ),
            (
                "1969-12-31T23:59:59.9999Z",
                Some("1969-12-31T23:59:59.999Z"),
            ),
            ("9999-12-31T23:59:59.999Z", Some("9999-12-31T23:59:59.999Z")),
            (
                "2026-03-02T08:00:00.0019999999999Z",
                Some("2026-03-02T08:00:00.001Z"),
            ),
            ("0000-01-01", Some("0000-01-01T00:00:00Z")),
            ("2026-02-30", None),
            ("2026-03-02T08:00:00[Europe/Paris]", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(
                Instant::parse(text).map(|at| at.to_string()).as_deref(),
                shown,
                "{text}"
            );
        }
        assert_eq!(Instant(5).storage_text(), "1970-01-01T00:00:00.005Z");
    }

    #[test]
    fn days_start_at_their_first_instant() {
        for (name, date, start) in [
            ("UTC", "2026-03-02", "2026-03-02T00:00:00Z"),
            ("Europe/Berlin", "2026-03-30", "2026-03-29T22:00:00Z"),
            // Midnight is skipped: 00:00 becomes 01:00.
            ("Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00Z"),
            ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"),
            // Midnight happens twice: the first of them.
            ("America/Havana", "2025-11-02", "2025-11-02T04:00:00Z"),
            // The day does not exist.
            ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"),
        ] {
            assert_eq!(
                zone(name).start_of_day(day(date)).to_string(),
                start,
                "{name} {date}"
            );
        }
    }

    #[test]
    fn months_clamp_to_their_last_day() {
        for (from, months, to) in [
            ("2026-01-31", 1, "2026-02-28"),
            ("2024-01-31", 1, "2024-02-29"),
            ("2024-02-29", 12, "2025-02-28"),
            ("2024-02-29", -48, "2020-02-29"),
            ("2026-03-31", -1, "2026-02-28"),
            ("2026-01-15", -13, "2024-12-15"),
            ("0000-01-01", -1, "-000001-12-01"),
        ] {
            assert_eq!(day(from).plus_months(months).to_string(), to, "{from}");
        }
        assert_eq!(day("2026-01-01").plus_months(1 << 40), Day(i32::MAX));
        assert_eq!(day("2026-01-01").plus_months(-(1 << 40)), Day(i32::MIN));
        assert_eq!(day("9999-12-31").plus_months(1), Day(i32::MAX));
    }

    #[test]
    fn unknown_zones_are_refused() {
        assert_eq!(Zone::named("Mars/Olympus"), None);
        assert_eq!(Zone::named("europe/berlin"), Zone::named("Europe/Berlin"));
        assert!(Zone::named("UTC").is_some());
    }
}
