//! Two-valued predicates with constants folded away and groups balanced.
//!
//! Invariant: an expression in a predicate is true or false, never NULL, so that NOT is its
//! complement. The height is an upper bound of what a database counts as the depth of the expression.

use sea_query::{Expr, ExprTrait};

use super::Dialect;

/// Most terms of a group that stand side by side; SQL parsers nest each term in the one before.
const GROUP_TERMS: usize = 8;
/// Upper bound of the height of a comparison, an `EXISTS` or a function call.
const LEAF_HEIGHT: usize = 10;

/// A condition on a row, or on a row and a user.
#[derive(Clone, Debug)]
pub(super) enum Predicate {
    /// True for all or for none.
    Constant(bool),
    /// A comparison, an `EXISTS` or a function call, with its height.
    Leaf(Expr, usize),
    /// True where it is false.
    Not(Box<Self>),
    /// True where all terms are, or where any is; two terms or more.
    Group { and: bool, terms: Vec<Self> },
}

impl Predicate {
    /// A comparison, an `EXISTS` or a function call.
    pub(super) fn leaf(expr: Expr) -> Self {
        Self::Leaf(expr, LEAF_HEIGHT)
    }

    /// A comparison with something of that height.
    pub(super) fn over(expr: Expr, height: usize) -> Self {
        Self::Leaf(expr, LEAF_HEIGHT + height)
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
            Self::Not(inner) => *inner,
            test => Self::Not(Box::new(test)),
        }
    }

    /// What stands after `WHERE`, with its height; none where everything passes.
    pub(super) fn filter(self, dialect: Dialect) -> (Option<Expr>, usize) {
        match self {
            Self::Constant(true) => (None, 1),
            test => {
                let (expr, height) = written(test, dialect);
                (Some(expr), height)
            }
        }
    }
}

fn group(terms: impl IntoIterator<Item = Predicate>, and: bool) -> Predicate {
    let mut kept = Vec::new();
    for term in terms {
        match term {
            Predicate::Constant(says) if says == and => {}
            Predicate::Constant(_) => return term,
            test => kept.push(test),
        }
    }
    match kept.len() {
        0 => Predicate::Constant(and),
        1 => kept.swap_remove(0),
        _ => Predicate::Group { and, terms: kept },
    }
}

/// A predicate as an expression, with its height.
fn written(predicate: Predicate, dialect: Dialect) -> (Expr, usize) {
    match predicate {
        Predicate::Constant(says) => (dialect.answers().constant(says), LEAF_HEIGHT),
        Predicate::Leaf(expr, height) => (expr, height),
        Predicate::Not(inner) => {
            let (expr, height) = written(*inner, dialect);
            (expr.not(), height + 1)
        }
        Predicate::Group { and, terms } => {
            let terms = terms.into_iter().map(|term| written(term, dialect));
            balanced(terms.collect(), and, dialect)
        }
    }
}

/// The terms joined, in groups of groups where they are many.
fn balanced(mut terms: Vec<(Expr, usize)>, and: bool, dialect: Dialect) -> (Expr, usize) {
    while terms.len() > GROUP_TERMS {
        let mut rest = terms.into_iter();
        terms = std::iter::from_fn(|| joined(rest.by_ref().take(GROUP_TERMS), and))
            .map(|(expr, height)| match and {
                true => (dialect.answers().closed(expr), height + 1),
                false => (expr, height),
            })
            .collect();
    }
    joined(terms.into_iter(), and)
        .unwrap_or_else(|| (dialect.answers().constant(true), LEAF_HEIGHT))
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
        let (_, height) = wide.filter(Dialect::Sqlite);
        assert!(height <= LEAF_HEIGHT + 5 * GROUP_TERMS);
        let (_, height) = Predicate::all([leaf()]).filter(Dialect::Sqlite);
        assert_eq!(height, LEAF_HEIGHT);
    }

    #[test]
    fn constants_fold() {
        assert!(matches!(Predicate::all([]), Predicate::Constant(true)));
        assert!(matches!(Predicate::any([]), Predicate::Constant(false)));
        let none = Predicate::all([leaf(), Predicate::Constant(false)]);
        assert!(matches!(none.not(), Predicate::Constant(true)));
        let test = Predicate::any([leaf(), Predicate::Constant(false)]);
        let (filter, _) = test.filter(Dialect::Sqlite);
        assert_eq!(filter, Some(Expr::col("a").eq(1)));
    }
}
