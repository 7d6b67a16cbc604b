//! Text patterns (SEMANTICS §5.1, §5.4): `%` any run, `_` one code point, `[abc]`, `[a-f]`, `[^…]`.
//! Matching is greedy over two pointers: no backtracking beyond the last `%`, no regular expressions.

use super::{Arity, NullRule, Operator, OperatorFamily, Spec, Types};

const fn spec(operator: Operator, token: &'static str, meaning: &'static str) -> Spec {
    let on_null = match operator {
        Operator::NotLike | Operator::NotBeginWith | Operator::NotEndWith => NullRule::Switch(true),
        _ => NullRule::Fixed(false),
    };
    Spec {
        operator,
        token,
        aliases: &[],
        family: OperatorFamily::Pattern,
        arity: Arity::One,
        types: Types::Text,
        on_null,
        classic: true,
        meaning,
    }
}

pub(super) static SPECS: [Spec; 6] = [
    spec(Operator::Like, "like", "matches the pattern"),
    spec(Operator::NotLike, "not-like", "does not match the pattern"),
    spec(
        Operator::BeginsWith,
        "begins-with",
        "begins with the value, in which wildcards stay active",
    ),
    spec(
        Operator::NotBeginWith,
        "not-begin-with",
        "does not begin with the value, in which wildcards stay active",
    ),
    spec(
        Operator::EndsWith,
        "ends-with",
        "ends with the value, in which wildcards stay active",
    ),
    spec(
        Operator::NotEndWith,
        "not-end-with",
        "does not end with the value, in which wildcards stay active",
    ),
];

/// A part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Element {
    /// Any run of code points, `%`.
    Run,
    /// One code point, `_`.
    Any,
    /// That code point.
    Char(char),
    /// One code point within one of the ranges, or within none of them.
    Set {
        /// `[^…]`.
        negated: bool,
        /// First and last, both included; a reversed range is empty.
        ranges: Vec<(char, char)>,
    },
}

impl Element {
    fn accepts(&self, c: char) -> bool {
        match self {
            Self::Run | Self::Any => true,
            Self::Char(own) => *own == c,
            Self::Set { negated, ranges } => {
                ranges
                    .iter()
                    .any(|(first, last)| (*first..=*last).contains(&c))
                    != *negated
            }
        }
    }
}

/// A pattern, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// Its parts; none where an unclosed `[` makes it match nothing.
    elements: Option<Vec<Element>>,
}

impl Pattern {
    /// Reads a pattern that has been folded.
    #[must_use]
    pub fn parse(folded: &str) -> Self {
        let mut elements = Vec::new();
        let mut chars = folded.chars();
        while let Some(c) = chars.next() {
            elements.push(match c {
                '%' => Element::Run,
                '_' => Element::Any,
                '[' => {
                    let Some((body, rest)) = chars.as_str().split_once(']') else {
                        return Self { elements: None };
                    };
                    chars = rest.chars();
                    set(body)
                }
                c => Element::Char(c),
            });
        }
        Self {
            elements: Some(elements),
        }
    }

    /// The pattern that a pattern operator makes of its folded value.
    #[must_use]
    pub fn of(operator: Operator, folded: &str) -> Self {
        Self::parse(&Self::text_of(operator, folded))
    }

    /// Its parts, in order.
    #[must_use]
    pub fn elements(&self) -> &[Element] {
        self.elements.as_deref().unwrap_or_default()
    }

    /// Whether no text can match it: a `[` is unclosed, or a set has nothing in it.
    #[must_use]
    pub fn matches_nothing(&self) -> bool {
        let empty = |element: &Element| match element {
            Element::Set {
                negated: false,
                ranges,
            } => ranges.iter().all(|(first, last)| first > last),
            _ => false,
        };
        self.elements
            .as_ref()
            .is_none_or(|elements| elements.iter().any(empty))
    }

    /// The text of the pattern that a pattern operator makes of its folded value.
    #[must_use]
    pub fn text_of(operator: Operator, folded: &str) -> String {
        match operator {
            Operator::BeginsWith | Operator::NotBeginWith => format!("{folded}%"),
            Operator::EndsWith | Operator::NotEndWith => format!("%{folded}"),
            _ => folded.to_owned(),
        }
    }

    /// Whether a folded text matches. Cost: at most elements × text.
    #[must_use]
    pub fn matches(&self, folded: &str) -> bool {
        let Some(elements) = &self.elements else {
            return false;
        };
        let text: Vec<char> = folded.chars().collect();
        let (mut at, mut element) = (0, 0);
        // Where to go on if the part after the last run fails: that run takes one code point more.
        let mut retry: Option<(usize, usize)> = None;
        loop {
            match elements.get(element) {
                Some(Element::Run) => {
                    retry = Some((at, element + 1));
                    element += 1;
                    continue;
                }
                Some(part) if text.get(at).is_some_and(|c| part.accepts(*c)) => {
                    at += 1;
                    element += 1;
                    continue;
                }
                None if at == text.len() => return true,
                _ => {}
            }
            match retry {
                Some((from, after)) if from < text.len() => {
                    retry = Some((from + 1, after));
                    (at, element) = (from + 1, after);
                }
                _ => return false,
            }
        }
    }
}

/// The inside of brackets: `-` first or last is itself.
fn set(body: &str) -> Element {
    let (negated, body) = body
        .strip_prefix('^')
        .map_or((false, body), |rest| (true, rest));
    let chars: Vec<char> = body.chars().collect();
    let mut ranges = Vec::new();
    let mut at = 0;
    while let Some(first) = chars.get(at) {
        let leading_dash = at == 0 && *first == '-';
        match (chars.get(at + 1), chars.get(at + 2)) {
            (Some('-'), Some(last)) if !leading_dash => {
                ranges.push((*first, *last));
                at += 3;
            }
            _ => {
                ranges.push((*first, *first));
                at += 1;
            }
        }
    }
    Element::Set { negated, ranges }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_t_sql() {
        for (pattern, yes, no) in [
            ("a%", &["a", "abc"][..], &["", "ba"][..]),
            ("%a", &["a", "ba"], &["ab", ""]),
            ("_", &["a", "ß"], &["", "ab"]),
            ("%", &["", "a"], &[]),
            ("", &[""], &["a"]),
            ("%a%b%", &["ab", "xaxbx", "aab"], &["ba", "b"]),
            ("a%b%c", &["abc", "abbcc", "axbxcbc"], &["acb"]),
            ("[abc]x", &["ax", "cx"], &["dx", "x"]),
            ("[a-c]", &["a", "b", "c"], &["d", "-"]),
            ("[^a-c]", &["d", "-"], &["a", ""]),
            ("[-a]", &["-", "a"], &["b"]),
            ("[a-]", &["-", "a"], &["b"]),
            ("[c-a]", &[], &["a", "b", "c", "-"]),
            ("[]", &[], &["", "]", "a"]),
            ("[^]", &["a", "^"], &["", "ab"]),
            ("[a", &[], &["a", "[a", ""]),
            ("[%]", &["%"], &["a", ""]),
            ("100[%]", &["100%"], &["1000"]),
            ("a]", &["a]"], &["a"]),
            ("[[]x", &["[x"], &["x"]),
            ("[a-c-e]", &["a", "c", "-", "e"], &["d"]),
        ] {
            let pattern_read = Pattern::parse(pattern);
            for text in yes {
                assert!(pattern_read.matches(text), "{pattern} should match {text}");
            }
            for text in no {
                assert!(
                    !pattern_read.matches(text),
                    "{pattern} should not match {text}"
                );
            }
        }
    }
}
