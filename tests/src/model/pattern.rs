//! Patterns of `like` (SEMANTICS §5.1, §5.4): text and pattern come folded.

/// A part of a pattern.
#[derive(Clone, Debug)]
enum Part {
    /// `%`.
    Run,
    /// `_`.
    One,
    /// `[…]`, `[^…]`: ranges, both ends included.
    Set(bool, Vec<(char, char)>),
    /// Any other character.
    Itself(char),
}

/// Whether a folded text matches a folded pattern.
pub(crate) fn matches(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    parts(pattern).is_some_and(|parts| fits(&text, &parts))
}

fn fits(text: &[char], parts: &[Part]) -> bool {
    let Some((part, rest)) = parts.split_first() else {
        return text.is_empty();
    };
    if let Part::Run = part {
        return (0..=text.len()).any(|skipped| fits(&text[skipped..], rest));
    }
    let Some((c, tail)) = text.split_first() else {
        return false;
    };
    let one = match part {
        Part::Set(negated, ranges) => {
            ranges.iter().any(|(low, high)| low <= c && c <= high) != *negated
        }
        Part::Itself(own) => own == c,
        Part::One | Part::Run => true,
    };
    one && fits(tail, rest)
}

/// The parts of a pattern; none where a `[` is not closed, which matches nothing.
fn parts(pattern: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        parts.push(match c {
            '%' => Part::Run,
            '_' => Part::One,
            '[' => {
                let (inside, after) = rest.as_str().split_once(']')?;
                rest = after.chars();
                set(inside)
            }
            _ => Part::Itself(c),
        });
    }
    Some(parts)
}

fn set(inside: &str) -> Part {
    let (negated, inside) = match inside.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, inside),
    };
    let chars: Vec<char> = inside.chars().collect();
    let mut ranges = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if at + 2 < chars.len() && chars[at + 1] == '-' {
            ranges.push((chars[at], chars[at + 2]));
            at += 3;
        } else {
            ranges.push((chars[at], chars[at]));
            at += 1;
        }
    }
    Part::Set(negated, ranges)
}
