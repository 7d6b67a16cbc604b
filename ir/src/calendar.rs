//! Calendar units: weeks, months, years and fiscal periods as runs of days (SEMANTICS §5.3).
//!
//! Units of a kind are numbered without gaps, so that the one before or after is one less or more.
//! What lies beyond the calendar clamps to its ends. Cost: constant.

use std::ops::RangeInclusive;

use crate::settings::{Fiscal, FiscalPeriods, Weekday};
use crate::time::Day;

/// The years that a datetime may have.
pub const YEARS: RangeInclusive<i64> = 0..=9_999;
/// 1970-01-01 was a Thursday, the fifth day of a week that begins on Sunday.
const FIRST_WEEKDAY: i64 = 4;
const WEEK_DAYS: i64 = 7;
const YEAR_MONTHS: i64 = 12;
/// A year of four-week periods has 13; its last one takes the days that are left.
const FOUR_WEEKS: (i64, i64) = (13, 28);

/// A kind of calendar unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Calendar {
    /// Days.
    Day,
    /// Weeks that begin on that day.
    Week(Weekday),
    /// Months.
    Month,
    /// Years.
    Year,
    /// Fiscal periods.
    FiscalPeriod(Fiscal),
    /// Fiscal years, named by the year in which they start.
    FiscalYear(Fiscal),
}

impl Calendar {
    /// Its name, of one unit.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week(_) => "week",
            Self::Month => "month",
            Self::Year => "year",
            Self::FiscalPeriod(_) => "fiscal period",
            Self::FiscalYear(_) => "fiscal year",
        }
    }

    /// The number of the unit that a day lies in.
    #[must_use]
    pub fn number(self, day: Day) -> i64 {
        let days = i64::from(day.0);
        match self {
            Self::Day => days,
            Self::Week(start) => (days + FIRST_WEEKDAY - i64::from(start)).div_euclid(WEEK_DAYS),
            Self::Month => day.month(),
            Self::Year => day.month().div_euclid(YEAR_MONTHS),
            Self::FiscalYear(_) => {
                let year = Self::Year.number(day);
                year - i64::from(day < self.start(year))
            }
            Self::FiscalPeriod(fiscal) => {
                let year = Self::FiscalYear(fiscal).number(day);
                let first = year.saturating_mul(periods_of_year(fiscal));
                // The last period that has begun.
                (first..first + periods_of_year(fiscal))
                    .rev()
                    .find(|period| self.start(*period) <= day)
                    .unwrap_or(first)
            }
        }
    }

    /// The first day of a unit.
    #[must_use]
    pub fn start(self, number: i64) -> Day {
        match self {
            Self::Day => Day(0).plus(number),
            Self::Week(start) => Day(0).plus(
                number
                    .saturating_mul(WEEK_DAYS)
                    .saturating_sub(FIRST_WEEKDAY - i64::from(start)),
            ),
            Self::Month => Day::of_month(number, 1),
            Self::Year => Day::of_month(number.saturating_mul(YEAR_MONTHS), 1),
            Self::FiscalYear(fiscal) => {
                let first = i64::from(fiscal.month) - 1;
                let month = number.saturating_mul(YEAR_MONTHS).saturating_add(first);
                Day::of_month(month, i64::from(fiscal.day))
            }
            Self::FiscalPeriod(fiscal) => {
                let count = periods_of_year(fiscal);
                let year = Self::FiscalYear(fiscal).start(number.div_euclid(count));
                let before = number.rem_euclid(count);
                match fiscal.periods {
                    FiscalPeriods::FourWeeks => year.plus(before * FOUR_WEEKS.1),
                    _ => year.plus_months(before * YEAR_MONTHS / count),
                }
            }
        }
    }
}

/// How many periods a fiscal year has.
#[must_use]
pub fn periods_of_year(fiscal: Fiscal) -> i64 {
    match fiscal.periods {
        FiscalPeriods::Year => 1,
        FiscalPeriods::Half => 2,
        FiscalPeriods::Quarter => 4,
        FiscalPeriods::Month => YEAR_MONTHS,
        FiscalPeriods::FourWeeks => FOUR_WEEKS.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::IsoText;

    fn day(text: &str) -> Day {
        IsoText::parse(text).expect("a day").day
    }

    fn fiscal(month: u8, day: u8, periods: FiscalPeriods) -> Fiscal {
        Fiscal {
            month,
            day,
            periods,
        }
    }

    /// The unit that a day lies in: its first day, and the first day of the next.
    fn unit(calendar: Calendar, of: &str) -> (String, String) {
        let number = calendar.number(day(of));
        let start = |number| calendar.start(number).to_string();
        (start(number), start(number + 1))
    }

    #[test]
    fn units_are_whole() {
        let quarters = fiscal(4, 1, FiscalPeriods::Quarter);
        let halves = fiscal(7, 1, FiscalPeriods::Half);
        let months = fiscal(1, 31, FiscalPeriods::Month);
        let weeks = fiscal(1, 1, FiscalPeriods::FourWeeks);
        for (calendar, of, start, end) in [
            (Calendar::Week(0), "2026-03-29", "2026-03-29", "2026-04-05"),
            (Calendar::Week(1), "2026-03-29", "2026-03-23", "2026-03-30"),
            (Calendar::Week(6), "1969-12-31", "1969-12-27", "1970-01-03"),
            (Calendar::Month, "2024-02-29", "2024-02-01", "2024-03-01"),
            (Calendar::Month, "1969-12-31", "1969-12-01", "1970-01-01"),
            (Calendar::Year, "2024-12-31", "2024-01-01", "2025-01-01"),
            (
                Calendar::FiscalYear(quarters),
                "2026-03-31",
                "2025-04-01",
                "2026-04-01",
            ),
            (
                Calendar::FiscalYear(quarters),
                "2026-04-01",
                "2026-04-01",
                "2027-04-01",
            ),
            (
                Calendar::FiscalPeriod(quarters),
                "2026-03-31",
                "2026-01-01",
                "2026-04-01",
            ),
            (
                Calendar::FiscalPeriod(halves),
                "2026-03-31",
                "2026-01-01",
                "2026-07-01",
            ),
            // A period that would begin on the 31st of a shorter month begins on its last day.
            (
                Calendar::FiscalPeriod(months),
                "2026-03-01",
                "2026-02-28",
                "2026-03-31",
            ),
            (
                Calendar::FiscalPeriod(months),
                "2026-01-30",
                "2025-12-31",
                "2026-01-31",
            ),
            (
                Calendar::FiscalPeriod(weeks),
                "2026-01-29",
                "2026-01-29",
                "2026-02-26",
            ),
            // The thirteenth takes the rest of the year: 29 days, and 30 in a leap year.
            (
                Calendar::FiscalPeriod(weeks),
                "2025-12-31",
                "2025-12-03",
                "2026-01-01",
            ),
            (
                Calendar::FiscalPeriod(weeks),
                "2024-12-31",
                "2024-12-02",
                "2025-01-01",
            ),
        ] {
            let found = unit(calendar, of);
            assert_eq!(found, (start.into(), end.into()), "{calendar:?} {of}");
        }
    }

    #[test]
    fn numbers_and_starts_agree_on_every_day() {
        let mut calendars = vec![Calendar::Day, Calendar::Month, Calendar::Year];
        calendars.extend((0..7).map(Calendar::Week));
        for periods in [
            FiscalPeriods::Year,
            FiscalPeriods::Half,
            FiscalPeriods::Quarter,
            FiscalPeriods::Month,
            FiscalPeriods::FourWeeks,
        ] {
            for start in [(1, 1), (2, 28), (8, 31), (12, 31)] {
                let fiscal = fiscal(start.0, start.1, periods);
                calendars.extend([Calendar::FiscalPeriod(fiscal), Calendar::FiscalYear(fiscal)]);
            }
        }
        for calendar in calendars {
            for days in -800..1_600 {
                let day = Day(days);
                let number = calendar.number(day);
                let (start, next) = (calendar.start(number), calendar.start(number + 1));
                assert!(start <= day && day < next, "{calendar:?} {day}");
            }
        }
    }
}
