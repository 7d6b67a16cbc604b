//! What the keywords of the native language mean, in a line each.

use weir_ir::diagnostic::Span;

use super::{Hover, Place};

/// Every keyword with its meaning.
const MEANINGS: &[(&str, &str)] = &[
    ("allow", "excuses a warning, with the reason"),
    ("profile", "what a group of users carries along"),
    ("members", "who carries a profile along"),
    ("app", "an app and its profiles"),
    ("organization", "settings that hold for all profiles"),
    ("description", "for people"),
    ("limits", "which operators and limits hold"),
    (
        "classic",
        "the 25 operators, three levels of groups, no related rows",
    ),
    ("modern", "all operators, related rows, 500 conditions"),
    ("id", "the id that an export gave it"),
    ("budget", "the most that a device may hold"),
    ("rows", "the most rows"),
    ("MB", "the most megabytes"),
    ("stored", "what an import gives back and nothing acts on"),
    ("user", "a user, by domain name, e-mail or id"),
    (
        "team",
        "of a profile: the members of a team; of an item: rows that a team of the user owns",
    ),
    ("item", "the rows of an entity"),
    ("name", "for people"),
    ("download", "which rows the item has of its own"),
    ("related", "only rows that an association brings"),
    ("all", "every row"),
    ("mine", "rows that the user owns"),
    ("business-unit", "rows of the user's business unit"),
    ("where", "rows that a filter accepts"),
    ("sync", "how often a device asks"),
    ("every", "how often a device asks"),
    ("minutes", "of sixty seconds"),
    ("hours", "of sixty minutes"),
    ("days", "of twenty-four hours"),
    ("columns", "the attributes that a device is told of"),
    ("include", "brings rows of another item along"),
    ("via", "the relationship"),
    (
        "on",
        "turned on; of related rows: the attributes that are equal",
    ),
    ("off", "turned off"),
    ("and", "both hold"),
    ("or", "one of them holds"),
    ("any", "a related row that a filter accepts is there"),
    ("not", "no such related row is there"),
    ("attribute", "another attribute of the same row"),
    ("offline", "whether it takes part in mobile offline"),
    ("profiles", "the profiles of the app"),
    ("ownership", "who owns the rows, whatever the metadata says"),
    ("user-or-team", "a user or a team owns a row"),
    ("business", "a business unit owns a row"),
    ("none", "nobody owns a row"),
    ("filter", "what of the entity any device may hold"),
    ("collation", "how texts compare"),
    (
        "hierarchy-depth",
        "how many levels hierarchy operators follow",
    ),
    ("hierarchy-model", "by managers or by positions"),
    ("security", "whether roles decide who reads what"),
    (
        "hierarchy-security",
        "whether those above read what those below own",
    ),
    (
        "hierarchy-operators",
        "whether they need hierarchy security",
    ),
    ("clock-zone", "whose day `today` is"),
    ("week-start", "the first day of a week"),
    (
        "language-wildcard",
        "whether the language −1 is everybody's",
    ),
    ("fiscal", "the fiscal year"),
    ("start", "the day on which the fiscal year starts"),
    ("periods", "how the fiscal year is divided"),
    (
        "null-matches",
        "which operators hold where there is no value",
    ),
    ("entity", "settings of an entity"),
];

/// What a keyword means; empty for a word that is none.
pub(super) fn meaning(word: &str) -> &'static str {
    let found = MEANINGS.iter().find(|(keyword, _)| *keyword == word);
    found.map_or("", |(_, meaning)| meaning)
}

/// What the keyword at a place means. The syntax tree has no keywords, so it is looked for in the
/// text, outside of quotes and comments.
pub(super) fn hover(text: &str, place: Place) -> Option<Hover> {
    let at = place.at as usize;
    let before = text.get(..at)?;
    // No native file begins with an angle bracket.
    if is_inside(before) || text.trim_start().starts_with('<') {
        return None;
    }
    let part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let (start, rest) = (before.trim_end_matches(part).len(), text.get(at..)?);
    let end = at + rest.len() - rest.trim_start_matches(part).len();
    let word = text.get(start..end)?;
    let meaning = Some(meaning(word)).filter(|meaning| !meaning.is_empty())?;
    Some(Hover {
        span: Span::new(place.file, start, end),
        text: format!("`{word}`: {meaning}"),
    })
}

/// Whether a text ends within quotes or a comment. Doubled quotes close and open again.
fn is_inside(text: &str) -> bool {
    text.chars()
        .fold(None, |inside, c| match (inside, c) {
            (None, '"' | '\'' | '`' | '#') => Some(c),
            (Some('#'), '\n') => None,
            (Some(quote), c) if quote == c && c != '#' => None,
            _ => inside,
        })
        .is_some()
}
