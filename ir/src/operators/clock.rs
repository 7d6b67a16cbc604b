//! Operators on the clock (SEMANTICS §5.3); their meaning is a [`Window`].

use std::ops::RangeInclusive;

use super::{Arity, NullRule, Operator, OperatorFamily, Spec, Types};
use crate::calendar::{Calendar, YEARS, periods_of_year};
use crate::limits;
use crate::settings::{Fiscal, Settings};
use crate::time::IsoText;
use crate::window::{Length, NamedDay, Window};

const fn spec(
    operator: Operator,
    token: &'static str,
    arity: Arity,
    meaning: &'static str,
) -> Spec {
    Spec {
        operator,
        token,
        aliases: &[],
        family: OperatorFamily::Clock,
        arity,
        types: Types::Datetime,
        on_null: NullRule::Fixed(false),
        classic: matches!(operator, Operator::LastXDays),
        meaning,
    }
}

pub(super) static SPECS: [Spec; 48] = [
    spec(
        Operator::LastXHours,
        "last-x-hours",
        Arity::One,
        "lies between N hours ago and now",
    ),
    spec(
        Operator::LastXDays,
        "last-x-days",
        Arity::One,
        "lies between midnight N days ago and now",
    ),
    spec(
        Operator::LastXWeeks,
        "last-x-weeks",
        Arity::One,
        "lies between midnight N weeks ago and now",
    ),
    spec(
        Operator::LastXMonths,
        "last-x-months",
        Arity::One,
        "lies between midnight N months ago and now",
    ),
    spec(
        Operator::LastXYears,
        "last-x-years",
        Arity::One,
        "lies between midnight N years ago and now",
    ),
    spec(
        Operator::NextXHours,
        "next-x-hours",
        Arity::One,
        "lies between now and N hours from now",
    ),
    spec(
        Operator::NextXDays,
        "next-x-days",
        Arity::One,
        "lies between now and the end of the Nth day after today",
    ),
    spec(
        Operator::NextXWeeks,
        "next-x-weeks",
        Arity::One,
        "lies between now and the end of today N weeks on",
    ),
    spec(
        Operator::NextXMonths,
        "next-x-months",
        Arity::One,
        "lies between now and the midnight that ends today, N months on",
    ),
    spec(
        Operator::NextXYears,
        "next-x-years",
        Arity::One,
        "lies between now and the midnight that ends today, N years on",
    ),
    spec(Operator::Today, "today", Arity::None, "lies in today"),
    spec(
        Operator::Yesterday,
        "yesterday",
        Arity::None,
        "lies in yesterday",
    ),
    spec(
        Operator::Tomorrow,
        "tomorrow",
        Arity::None,
        "lies in tomorrow",
    ),
    spec(
        Operator::LastSevenDays,
        "last-seven-days",
        Arity::None,
        "lies between midnight seven days ago and now",
    ),
    spec(
        Operator::NextSevenDays,
        "next-seven-days",
        Arity::None,
        "lies between now and the end of the seventh day after today",
    ),
    spec(
        Operator::ThisWeek,
        "this-week",
        Arity::None,
        "lies in this week",
    ),
    spec(
        Operator::LastWeek,
        "last-week",
        Arity::None,
        "lies in the week before this one",
    ),
    spec(
        Operator::NextWeek,
        "next-week",
        Arity::None,
        "lies in the week after this one",
    ),
    spec(
        Operator::ThisMonth,
        "this-month",
        Arity::None,
        "lies in this month",
    ),
    spec(
        Operator::LastMonth,
        "last-month",
        Arity::None,
        "lies in the month before this one",
    ),
    spec(
        Operator::NextMonth,
        "next-month",
        Arity::None,
        "lies in the month after this one",
    ),
    spec(
        Operator::ThisYear,
        "this-year",
        Arity::None,
        "lies in this year",
    ),
    spec(
        Operator::LastYear,
        "last-year",
        Arity::None,
        "lies in the year before this one",
    ),
    spec(
        Operator::NextYear,
        "next-year",
        Arity::None,
        "lies in the year after this one",
    ),
    spec(
        Operator::OlderThanXMinutes,
        "olderthan-x-minutes",
        Arity::One,
        "lies more than N minutes before now",
    ),
    spec(
        Operator::OlderThanXHours,
        "olderthan-x-hours",
        Arity::One,
        "lies more than N hours before now",
    ),
    spec(
        Operator::OlderThanXDays,
        "olderthan-x-days",
        Arity::One,
        "lies before midnight N days ago",
    ),
    spec(
        Operator::OlderThanXWeeks,
        "olderthan-x-weeks",
        Arity::One,
        "lies before midnight N weeks ago",
    ),
    spec(
        Operator::OlderThanXMonths,
        "olderthan-x-months",
        Arity::One,
        "lies before midnight N months ago",
    ),
    spec(
        Operator::OlderThanXYears,
        "olderthan-x-years",
        Arity::One,
        "lies before midnight N years ago",
    ),
    spec(Operator::On, "on", Arity::One, "lies on the day"),
    spec(
        Operator::OnOrBefore,
        "on-or-before",
        Arity::One,
        "lies on the day or before it",
    ),
    spec(
        Operator::OnOrAfter,
        "on-or-after",
        Arity::One,
        "lies on the day or after it",
    ),
    spec(
        Operator::ThisFiscalYear,
        "this-fiscal-year",
        Arity::None,
        "lies in this fiscal year",
    ),
    spec(
        Operator::LastFiscalYear,
        "last-fiscal-year",
        Arity::None,
        "lies in the fiscal year before this one",
    ),
    spec(
        Operator::NextFiscalYear,
        "next-fiscal-year",
        Arity::None,
        "lies in the fiscal year after this one",
    ),
    spec(
        Operator::ThisFiscalPeriod,
        "this-fiscal-period",
        Arity::None,
        "lies in this fiscal period",
    ),
    spec(
        Operator::LastFiscalPeriod,
        "last-fiscal-period",
        Arity::None,
        "lies in the fiscal period before this one",
    ),
    spec(
        Operator::NextFiscalPeriod,
        "next-fiscal-period",
        Arity::None,
        "lies in the fiscal period after this one",
    ),
    spec(
        Operator::LastXFiscalYears,
        "last-x-fiscal-years",
        Arity::One,
        "lies between the start of the Nth fiscal year before this one and now",
    ),
    spec(
        Operator::LastXFiscalPeriods,
        "last-x-fiscal-periods",
        Arity::One,
        "lies between the start of the Nth fiscal period before this one and now",
    ),
    spec(
        Operator::NextXFiscalYears,
        "next-x-fiscal-years",
        Arity::One,
        "lies between now and the end of the Nth fiscal year after this one",
    ),
    spec(
        Operator::NextXFiscalPeriods,
        "next-x-fiscal-periods",
        Arity::One,
        "lies between now and the end of the Nth fiscal period after this one",
    ),
    spec(
        Operator::InFiscalYear,
        "in-fiscal-year",
        Arity::One,
        "lies in the fiscal year that starts in that year",
    ),
    spec(
        Operator::InFiscalPeriod,
        "in-fiscal-period",
        Arity::One,
        "lies in that period of any fiscal year",
    ),
    spec(
        Operator::InFiscalPeriodAndYear,
        "in-fiscal-period-and-year",
        Arity::Two,
        "lies in that period, the first value, of the fiscal year that the second names",
    ),
    spec(
        Operator::InOrBeforeFiscalPeriodAndYear,
        "in-or-before-fiscal-period-and-year",
        Arity::Two,
        "lies in that period, the first value, of the fiscal year that the second names, or before it",
    ),
    spec(
        Operator::InOrAfterFiscalPeriodAndYear,
        "in-or-after-fiscal-period-and-year",
        Arity::Two,
        "lies in that period, the first value, of the fiscal year that the second names, or after it",
    ),
];

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const WEEK_DAYS: i64 = 7;
const YEAR_MONTHS: i64 = 12;

/// The whole numbers that a value of a clock operator may be, by its place; none where it is a day.
#[must_use]
pub fn number_range(
    operator: Operator,
    place: usize,
    fiscal: Fiscal,
) -> Option<RangeInclusive<i64>> {
    match (operator, place) {
        (Operator::On | Operator::OnOrBefore | Operator::OnOrAfter, _) => None,
        (Operator::InFiscalYear, _) => Some(YEARS),
        (
            Operator::InFiscalPeriod
            | Operator::InFiscalPeriodAndYear
            | Operator::InOrBeforeFiscalPeriodAndYear
            | Operator::InOrAfterFiscalPeriodAndYear,
            0,
        ) => Some(1..=periods_of_year(fiscal)),
        (
            Operator::InFiscalPeriodAndYear
            | Operator::InOrBeforeFiscalPeriodAndYear
            | Operator::InOrAfterFiscalPeriodAndYear,
            _,
        ) => Some(YEARS),
        _ => Some(1..=limits::CLOCK_N),
    }
}

/// The window of a clock operator with its values as texts. None where the operator is of another
/// family, or a value is neither in [`number_range`] nor, where there is no range, a date.
#[must_use]
pub fn window(operator: Operator, values: &[&str], settings: &Settings) -> Option<Window> {
    let number = |place: usize| {
        let number: i64 = values.get(place)?.trim().parse().ok()?;
        number_range(operator, place, settings.fiscal)?
            .contains(&number)
            .then_some(number)
    };
    let day = || {
        let iso = IsoText::parse(values.first()?.trim())?;
        Some(NamedDay(iso.day, iso.time_ms.map(|_| iso.instant())))
    };
    let days = || Some(Length::Units(Calendar::Day, number(0)?));
    let weeks = || Some(Length::Units(Calendar::Day, number(0)? * WEEK_DAYS));
    let months = || Some(Length::Months(number(0)?));
    let years = || Some(Length::Months(number(0)? * YEAR_MONTHS));
    let hours = || Some(Length::Millis(number(0)? * HOUR_MS));
    let seven = Length::days(7);
    let week = Calendar::Week(settings.week_start);
    Some(match operator {
        Operator::LastXHours => Window::Last(hours()?),
        Operator::LastXDays => Window::Last(days()?),
        Operator::LastXWeeks => Window::Last(weeks()?),
        Operator::LastXMonths => Window::Last(months()?),
        Operator::LastXYears => Window::Last(years()?),
        Operator::NextXHours => Window::Next(hours()?),
        Operator::NextXDays => Window::Next(days()?),
        Operator::NextXWeeks => Window::Next(weeks()?),
        Operator::NextXMonths => Window::Next(months()?),
        Operator::NextXYears => Window::Next(years()?),
        Operator::LastSevenDays => Window::Last(seven),
        Operator::NextSevenDays => Window::Next(seven),
        Operator::Today => Window::TODAY,
        Operator::Yesterday => Window::Unit(Calendar::Day, -1),
        Operator::Tomorrow => Window::Unit(Calendar::Day, 1),
        Operator::ThisWeek => Window::Unit(week, 0),
        Operator::LastWeek => Window::Unit(week, -1),
        Operator::NextWeek => Window::Unit(week, 1),
        Operator::ThisMonth => Window::Unit(Calendar::Month, 0),
        Operator::LastMonth => Window::Unit(Calendar::Month, -1),
        Operator::NextMonth => Window::Unit(Calendar::Month, 1),
        Operator::ThisYear => Window::Unit(Calendar::Year, 0),
        Operator::LastYear => Window::Unit(Calendar::Year, -1),
        Operator::NextYear => Window::Unit(Calendar::Year, 1),
        Operator::OlderThanXMinutes => Window::OlderThan(Length::Millis(number(0)? * MINUTE_MS)),
        Operator::OlderThanXHours => Window::OlderThan(hours()?),
        Operator::OlderThanXDays => Window::OlderThan(days()?),
        Operator::OlderThanXWeeks => Window::OlderThan(weeks()?),
        Operator::OlderThanXMonths => Window::OlderThan(months()?),
        Operator::OlderThanXYears => Window::OlderThan(years()?),
        Operator::On => Window::Days(day(), Some(day()?)),
        Operator::OnOrBefore => Window::Days(None, Some(day()?)),
        Operator::OnOrAfter => Window::Days(Some(day()?), None),
        fiscal => return fiscal_window(fiscal, number, settings.fiscal),
    })
}

/// The window of an operator on the fiscal calendar.
fn fiscal_window(
    operator: Operator,
    number: impl Fn(usize) -> Option<i64>,
    fiscal: Fiscal,
) -> Option<Window> {
    let fiscal_year = Calendar::FiscalYear(fiscal);
    let fiscal_period = Calendar::FiscalPeriod(fiscal);
    let named_period = || {
        let before = number(1)? * periods_of_year(fiscal);
        Some(NamedDay::of_unit(fiscal_period, before + number(0)? - 1))
    };
    Some(match operator {
        Operator::ThisFiscalYear => Window::Unit(fiscal_year, 0),
        Operator::LastFiscalYear => Window::Unit(fiscal_year, -1),
        Operator::NextFiscalYear => Window::Unit(fiscal_year, 1),
        Operator::ThisFiscalPeriod => Window::Unit(fiscal_period, 0),
        Operator::LastFiscalPeriod => Window::Unit(fiscal_period, -1),
        Operator::NextFiscalPeriod => Window::Unit(fiscal_period, 1),
        Operator::LastXFiscalYears => Window::Last(Length::Units(fiscal_year, number(0)?)),
        Operator::LastXFiscalPeriods => Window::Last(Length::Units(fiscal_period, number(0)?)),
        Operator::NextXFiscalYears => Window::Next(Length::Units(fiscal_year, number(0)?)),
        Operator::NextXFiscalPeriods => Window::Next(Length::Units(fiscal_period, number(0)?)),
        Operator::InFiscalYear => {
            let (first, last) = NamedDay::of_unit(fiscal_year, number(0)?);
            Window::Days(Some(first), Some(last))
        }
        Operator::InFiscalPeriod => match number(0)? {
            // The whole of every year.
            1 if periods_of_year(fiscal) == 1 => Window::Days(None, None),
            period => Window::EachYear(fiscal, period),
        },
        Operator::InFiscalPeriodAndYear => {
            let (first, last) = named_period()?;
            Window::Days(Some(first), Some(last))
        }
        Operator::InOrBeforeFiscalPeriodAndYear => Window::Days(None, Some(named_period()?.1)),
        Operator::InOrAfterFiscalPeriodAndYear => Window::Days(Some(named_period()?.0), None),
        _ => return None,
    })
}
