//! Operators on the clock (SEMANTICS §5.3); their meaning is a [`Window`].

use super::{Arity, NullRule, Operator, OperatorFamily, Spec, Types};
use crate::limits;
use crate::time::IsoText;
use crate::window::Window;

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

pub(super) static SPECS: [Spec; 8] = [
    spec(
        Operator::LastXDays,
        "last-x-days",
        Arity::One,
        "lies between midnight N days ago and now",
    ),
    spec(
        Operator::NextXDays,
        "next-x-days",
        Arity::One,
        "lies between now and the end of the Nth day after today",
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
        Operator::OnOrAfter,
        "on-or-after",
        Arity::One,
        "lies on the day or after it",
    ),
];

/// What the value of a clock operator looks like, in words.
pub const N_IN_WORDS: &str = "a whole number from 1 to 2147483647";

/// The window of a clock operator with its value as text. None where the operator is of another
/// family, or the value is not [`N_IN_WORDS`] (a date, for `on-or-after`).
#[must_use]
pub fn window(operator: Operator, value: Option<&str>) -> Option<Window> {
    let n = || {
        let n: i64 = value?.trim().parse().ok()?;
        u32::try_from(n)
            .ok()
            .filter(|n| (1..=limits::CLOCK_N).contains(&i64::from(*n)))
    };
    Some(match operator {
        Operator::LastXDays => Window::LastDays(n()?),
        Operator::NextXDays => Window::NextDays(n()?),
        Operator::LastSevenDays => Window::LastDays(7),
        Operator::NextSevenDays => Window::NextDays(7),
        Operator::Today => Window::Today,
        Operator::Yesterday => Window::Yesterday,
        Operator::Tomorrow => Window::Tomorrow,
        Operator::OnOrAfter => {
            let iso = IsoText::parse(value?.trim())?;
            Window::OnOrAfter(iso.day, iso.time_ms.map(|_| iso.instant()))
        }
        _ => return None,
    })
}
