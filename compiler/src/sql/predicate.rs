//! Two-valued predicates with constants folded away and groups balanced.
//!
//! Invariant: an expression in a predicate is 0 or 1, never NULL, so that NOT is its complement.
//! The height is an upper bound of what SQLite counts as the depth of the expression.

use sea_query::{Expr, ExprTrait};

use super::template;

/// Most terms of a group that stand side by side; SQL parsers nest each term in the one before, and
/// SQLite makes one flat conjunction of those of `AND`s in one another.
const GROUP_TERMS: usize = 8;
/// Upper bound of the height of a comparison, an `EXISTS` or a function call.
const LEAF_HEIGHT: usize = 10;

/// A condition on a row, or on a row and a user.
#[derive(Clone, Debug)]
pub(super) enum Predicate {
    /// True for all or for none.
    Constant(bool),
    /// Decided by SQL.
    Test {
        /// 0 or 1.
        expr: Expr,
        /// Its height.
        height: usize,
    },
}

impl Predicate {
    /// A comparison, an `EXISTS` or a function call.
    pub(super) fn leaf(expr: Expr) -> Self {
        Self::Test {
            expr,
            height: LEAF_HEIGHT,
        }
    }

    /// True where all are.
    pub(super) fn all(terms: impl IntoIterator<Item = Self>) -> Self {
        group(terms, true)
    }

    /// True where any is.
    pub(super) fn any(terms: impl IntoIterator<Item = Self>) -> Self {
        group(terms, false)
    }

    /// True where it is false.
    pub(super) fn not(self) -> Self {
        match self {
            Self::Constant(says) => Self::Constant(!says),
            Self::Test { expr, height } => Self::Test {
                expr: expr.not(),
                height: height + 1,
            },
        }
    }

    /// Its height.
    pub(super) fn height(&self) -> usize {
        match self {
            Self::Constant(_) => 1,
            Self::Test { height, .. } => *height,
        }
    }

    /// What stands after `WHERE`; none where everything passes.
    pub(super) fn filter(self) -> Option<Expr> {
        match self {
            Self::Constant(true) => None,
            Self::Constant(false) => Some(template::never()),
            Self::Test { expr, .. } => Some(expr),
        }
    }
}

fn group(terms: impl IntoIterator<Item = Predicate>, and: bool) -> Predicate {
    let mut tests = Vec::new();
    for term in terms {
        match term {
            Predicate::Constant(says) if says == and => {}
            Predicate::Constant(_) => return term,
            Predicate::Test { expr, height } => tests.push((expr, height)),
        }
    }
    while tests.len() > GROUP_TERMS {
        let mut terms = tests.into_iter();
        tests = std::iter::from_fn(|| joined(terms.by_ref().take(GROUP_TERMS), and))
            .map(|(expr, height)| match and {
                true => (template::closed(expr), height + 1),
                false => (expr, height),
            })
            .collect();
    }
    joined(tests.into_iter(), and).map_or(Predicate::Constant(and), |(expr, height)| {
        Predicate::Test { expr, height }
    })
}

fn joined(terms: impl Iterator<Item = (Expr, usize)>, and: bool) -> Option<(Expr, usize)> {
    terms.reduce(|(a, low), (b, high)| {
        let both = if and { a.and(b) } else { a.or(b) };
        (both, low.max(high) + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf() -> Predicate {
        Predicate::leaf(Expr::col("a").eq(1))
    }

    #[test]
    fn wide_groups_stay_shallow() {
        let wide = Predicate::any((0..5_000).map(|_| leaf()));
        assert!(wide.height() <= LEAF_HEIGHT + 5 * GROUP_TERMS);
        assert_eq!(Predicate::all([leaf()]).height(), LEAF_HEIGHT);
    }

    #[test]
    fn constants_fold() {
        assert!(matches!(Predicate::all([]), Predicate::Constant(true)));
        assert!(matches!(Predicate::any([]), Predicate::Constant(false)));
        let none = Predicate::all([leaf(), Predicate::Constant(false)]);
        assert!(matches!(none.not(), Predicate::Constant(true)));
        let test = Predicate::any([leaf(), Predicate::Constant(false)]);
        assert_eq!(test.filter(), Some(Expr::col("a").eq(1)));
    }
}
