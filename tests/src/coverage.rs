//! What has mattered: a feature counts only where forcing its result would have changed some
//! device's set at that transaction.

use std::collections::BTreeMap;
use std::fmt;

use crate::generate::Rng;
use crate::model::Force;

/// What can matter, and which results of it can.
pub const FEATURES: &[(&str, Says)] = &[
    ("related", Says::No),
    ("all", Says::Yes),
    ("mine", Says::Both),
    ("team", Says::Both),
    ("business-unit", Says::Both),
    ("custom", Says::Both),
    ("ownership user-or-team", Says::Both),
    ("ownership organization", Says::Both),
    ("ownership business", Says::Both),
    ("ownership none", Says::No),
    ("override ownership", Says::Yes),
    ("include 1:N", Says::Both),
    ("include N:1", Says::Both),
    ("include N:N", Says::Both),
    ("include where", Says::Both),
    ("organization filter", Says::Both),
    ("any", Says::Both),
    ("not any", Says::Both),
    ("valueof", Says::Both),
    ("member user", Says::Both),
    ("member team", Says::Both),
    ("read profiles", Says::Both),
    ("depth basic", Says::Both),
    ("depth local", Says::Both),
    ("depth deep", Says::Both),
    ("depth global", Says::Yes),
    ("share", Says::Both),
    ("hierarchy read", Says::Both),
    ("team role", Says::Both),
    ("eq", Says::Both),
    ("ne", Says::Both),
    ("gt", Says::Both),
    ("ge", Says::Both),
    ("lt", Says::Both),
    ("le", Says::Both),
    ("like", Says::Both),
    ("not-like", Says::Both),
    ("in", Says::Both),
    ("not-in", Says::Both),
    ("null", Says::Both),
    ("not-null", Says::Both),
    ("begins-with", Says::Both),
    ("not-begin-with", Says::Both),
    ("ends-with", Says::Both),
    ("not-end-with", Says::Both),
    ("between", Says::Both),
    ("not-between", Says::Both),
    ("contain-values", Says::Both),
    ("not-contain-values", Says::Both),
    ("above", Says::Both),
    ("eq-or-above", Says::Both),
    ("under", Says::Both),
    ("eq-or-under", Says::Both),
    ("not-under", Says::Both),
    ("eq-userid", Says::Both),
    ("ne-userid", Says::Both),
    ("eq-userteams", Says::Both),
    ("eq-useroruserteams", Says::Both),
    ("eq-useroruserhierarchy", Says::Both),
    ("eq-useroruserhierarchyandteams", Says::Both),
    ("eq-businessid", Says::Both),
    ("ne-businessid", Says::Both),
    ("eq-userlanguage", Says::Both),
    ("last-x-days", Says::Both),
    ("next-x-days", Says::Both),
    ("today", Says::Both),
    ("yesterday", Says::Both),
    ("tomorrow", Says::Both),
    ("last-seven-days", Says::Both),
    ("next-seven-days", Says::Both),
    ("on-or-after", Says::Both),
    ("last-x-hours", Says::Both),
    ("last-x-weeks", Says::Both),
    ("last-x-months", Says::Both),
    ("last-x-years", Says::Both),
    ("next-x-hours", Says::Both),
    ("next-x-weeks", Says::Both),
    ("next-x-months", Says::Both),
    ("next-x-years", Says::Both),
    ("this-week", Says::Both),
    ("last-week", Says::Both),
    ("next-week", Says::Both),
    ("this-month", Says::Both),
    ("last-month", Says::Both),
    ("next-month", Says::Both),
    ("this-year", Says::Both),
    ("last-year", Says::Both),
    ("next-year", Says::Both),
    ("olderthan-x-minutes", Says::Both),
    ("olderthan-x-hours", Says::Both),
    ("olderthan-x-days", Says::Both),
    ("olderthan-x-weeks", Says::Both),
    ("olderthan-x-months", Says::Both),
    ("olderthan-x-years", Says::Both),
    ("on", Says::Both),
    ("on-or-before", Says::Both),
    ("this-fiscal-year", Says::Both),
    ("last-fiscal-year", Says::Both),
    ("next-fiscal-year", Says::Both),
    ("this-fiscal-period", Says::Both),
    ("last-fiscal-period", Says::Both),
    ("next-fiscal-period", Says::Both),
    ("last-x-fiscal-years", Says::Both),
    ("last-x-fiscal-periods", Says::Both),
    ("next-x-fiscal-years", Says::Both),
    ("next-x-fiscal-periods", Says::Both),
    ("in-fiscal-year", Says::Both),
    ("in-fiscal-period", Says::Both),
    ("in-fiscal-period-and-year", Says::Both),
    ("in-or-before-fiscal-period-and-year", Says::Both),
    ("in-or-after-fiscal-period-and-year", Says::Both),
    ("switch week-start", Says::Both),
    ("switch fiscal start", Says::Both),
    ("switch fiscal periods", Says::Both),
    ("switch collation", Says::Both),
    ("switch hierarchy-depth", Says::Both),
    ("switch hierarchy-model", Says::Both),
    ("switch security", Says::Both),
    ("switch hierarchy-security", Says::Both),
    ("switch hierarchy-operators", Says::Both),
    ("switch clock-zone", Says::Both),
    ("switch language-wildcard", Says::Both),
    ("switch null-matches ne", Says::Both),
    ("switch null-matches ne-userid", Says::Both),
    ("switch null-matches ne-businessid", Says::Both),
    ("switch null-matches not-like", Says::Both),
    ("switch null-matches not-begin-with", Says::Both),
    ("switch null-matches not-end-with", Says::Both),
    ("switch null-matches not-in", Says::Both),
    ("switch null-matches not-between", Says::Both),
    ("switch null-matches not-contain-values", Says::Both),
    ("switch null-matches not-under", Says::Both),
];

/// The results that a feature can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// It always says yes.
    Yes,
    /// It always says no.
    No,
    /// It says either.
    Both,
}

impl Says {
    /// Whether a feature can say that.
    fn can(self, says: bool) -> bool {
        match self {
            Self::Yes => says,
            Self::No => !says,
            Self::Both => true,
        }
    }
}

/// Whether a feature can matter under a publication at all, as far as its texts show.
fn may_matter(feature: &str, texts: &[String]) -> bool {
    let named = |what: &str| texts.iter().any(|text| text.contains(what));
    // A choice or an operator stands in the text as a word.
    let word = |wanted: &str| {
        let ends = |c: char| !(c.is_alphanumeric() || c == '-');
        texts
            .iter()
            .any(|text| text.split(ends).any(|word| word == wanted))
    };
    // `ne` has another name as well.
    let operator = |token: &str| word(token) || token == "ne" && word("neq");
    let (first, rest) = feature.split_once(' ').unwrap_or((feature, ""));
    match first {
        "valueof" => named(" attribute "),
        "custom" => named("download where"),
        "switch" if rest == "week-start" => named("-week"),
        "switch" if rest.starts_with("fiscal") => named("fiscal"),
        "switch" => rest.strip_prefix("null-matches ").is_none_or(operator),
        "include" => named("include "),
        "override" => named(" ownership "),
        "not" => named("not any"),
        "ownership" | "member" | "organization" | "depth" | "share" | "hierarchy" | "team"
        | "read" => true,
        token => operator(token),
    }
}

/// How often each feature must have mattered, and at least once with each result that it can have.
pub const LEAST: usize = 20;

/// Times that each feature mattered: where it said no, and where it said yes.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    counts: BTreeMap<&'static str, [usize; 2]>,
}

impl Coverage {
    /// Forces some of the features that have not mattered often, and counts those that would have
    /// changed what somebody holds.
    pub fn look(
        &mut self,
        rng: &mut Rng,
        samples: usize,
        texts: &[String],
        mut differs: impl FnMut(Force) -> bool,
    ) {
        // Twice what is asked for, then the time is better spent on the rarer ones.
        let rare: Vec<_> = FEATURES
            .iter()
            .filter(|(feature, can)| self.short(feature, *can, 2 * LEAST))
            .filter(|(feature, _)| may_matter(feature, texts))
            .collect();
        for _ in 0..samples.min(rare.len()) {
            let (feature, can) = **rng.pick(&rare);
            for says in [false, true] {
                let force = Force {
                    feature: feature.to_owned(),
                    says: !says,
                };
                if can.can(says) && differs(force) {
                    self.counts.entry(feature).or_default()[usize::from(says)] += 1;
                }
            }
        }
    }

    /// Whether a feature has mattered less than that, or never with a result that it can have.
    fn short(&self, feature: &str, can: Says, least: usize) -> bool {
        let counts = self.counts.get(feature).copied().unwrap_or_default();
        let never = |says: bool| can.can(says) && counts[usize::from(says)] == 0;
        counts[0] + counts[1] < least || never(false) || never(true)
    }

    /// The features that have not mattered often enough.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        FEATURES
            .iter()
            .filter(|(feature, can)| self.short(feature, *can, LEAST))
            .map(|(feature, _)| *feature)
            .collect()
    }

    /// Adds another's counts.
    pub fn merge(&mut self, other: &Self) {
        for (feature, counts) in &other.counts {
            let own = self.counts.entry(feature).or_default();
            own[0] += counts[0];
            own[1] += counts[1];
        }
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:36} {:>8} {:>8}", "mattered", "no", "yes")?;
        for (feature, can) in FEATURES {
            let counts = self.counts.get(feature).copied().unwrap_or_default();
            let shown = |says: bool| match can.can(says) {
                true => counts[usize::from(says)].to_string(),
                false => "-".to_owned(),
            };
            writeln!(f, "{feature:36} {:>8} {:>8}", shown(false), shown(true))?;
        }
        Ok(())
    }
}
