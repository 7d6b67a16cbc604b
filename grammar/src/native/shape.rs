//! Which clauses each kind of block has, and by which tokens the beginning of a clause is told.

use weir_ir::operators::Operator;

use super::expect::Role;
use super::input::Tokens;
use super::token::Kind;

/// A kind of block.
pub(super) struct Shape {
    /// With its article, for messages: `an item`.
    pub(super) noun: &'static str,
    /// What may stand in it.
    pub(super) clause: &'static str,
    /// How far in it is: a file is 0.
    pub(super) level: u8,
    /// The keywords of its clauses; none where it has entries with keys.
    pub(super) clauses: &'static [&'static str],
    /// What its keys are.
    pub(super) keys: Option<Role>,
}

pub(super) const FILE: Shape = Shape {
    noun: "a file",
    clause: "a block",
    level: 0,
    clauses: &["allow", "profile", "members", "app", "organization"],
    keys: None,
};
pub(super) const PROFILE: Shape = Shape {
    noun: "a profile",
    clause: "a clause of the profile",
    level: 1,
    clauses: &[
        "allow",
        "description",
        "limits",
        "id",
        "budget",
        "stored",
        "members",
        "item",
    ],
    keys: None,
};
pub(super) const ITEM: Shape = Shape {
    noun: "an item",
    clause: "a clause of the item",
    level: 2,
    clauses: &[
        "allow", "limits", "name", "id", "download", "sync", "columns", "budget", "stored",
        "include",
    ],
    keys: None,
};
pub(super) const MEMBERS: Shape = Shape {
    noun: "a member list",
    clause: "`user` or `team`",
    level: 2,
    clauses: &["allow", "user", "team"],
    keys: None,
};
pub(super) const STORED: Shape = Shape {
    noun: "a `stored` block",
    clause: "a key with its text",
    level: 3,
    clauses: &[],
    keys: Some(Role::New),
};
pub(super) const APP: Shape = Shape {
    noun: "an app",
    clause: "a clause of the app",
    level: 1,
    clauses: &["allow", "offline", "profiles"],
    keys: None,
};
pub(super) const ORGANIZATION: Shape = Shape {
    noun: "an organization block",
    clause: "a setting",
    level: 1,
    clauses: &[
        "allow",
        "collation",
        "hierarchy-depth",
        "hierarchy-model",
        "security",
        "hierarchy-security",
        "hierarchy-operators",
        "clock-zone",
        "week-start",
        "language-wildcard",
        "limits",
        "fiscal",
        "null-matches",
        "entity",
    ],
    keys: None,
};
pub(super) const FISCAL: Shape = Shape {
    noun: "a `fiscal` block",
    clause: "`start` or `periods`",
    level: 2,
    clauses: &["start", "periods"],
    keys: None,
};
pub(super) const NULL_MATCHES: Shape = Shape {
    noun: "a `null-matches` block",
    clause: "an operator with `on` or `off`",
    level: 2,
    clauses: &[],
    keys: Some(Role::SwitchableOperator),
};
pub(super) const ENTITY: Shape = Shape {
    noun: "an entity setting",
    clause: "a clause of the entity setting",
    level: 2,
    clauses: &["allow", "offline", "ownership", "filter"],
    keys: None,
};

/// Blocks in which a misplaced clause may belong.
const HOMES: [&Shape; 8] = [
    &FILE,
    &PROFILE,
    &ITEM,
    &MEMBERS,
    &APP,
    &ORGANIZATION,
    &FISCAL,
    &ENTITY,
];

/// The block that a keyword belongs in.
pub(super) fn home(word: &str) -> Option<&'static Shape> {
    HOMES
        .into_iter()
        .find(|shape| shape.clauses.contains(&word))
}

/// What may come after a keyword.
#[derive(Clone, Copy)]
enum Next {
    Name,
    Text,
    Number,
    Day,
    Brace,
    Parenthesis,
    /// A bare word or a number.
    Value,
    Word(&'static str),
}

impl Next {
    /// Whether the next token is that. `strict` is against attributes that are named like a keyword:
    /// an operator after a word shows that the word is one.
    fn fits(self, input: Tokens<'_>, strict: bool) -> bool {
        let kind = input.first().kind;
        let is_name = match input.word() {
            Some(word) => !(strict && Operator::from_token(word).is_some()),
            None => kind == Kind::Quoted,
        };
        match self {
            Self::Name => is_name,
            Self::Text => kind == Kind::Text,
            Self::Number => kind == Kind::Number,
            Self::Day => kind == Kind::MonthDay,
            Self::Brace => kind == Kind::OpenBrace,
            Self::Parenthesis => kind == Kind::OpenParenthesis,
            Self::Value => kind == Kind::Word && is_name || kind == Kind::Number,
            Self::Word(word) => input.word() == Some(word),
        }
    }
}

/// How every clause begins, and for those with a block of level n + 1 the level n that it stands at.
const BEGINNINGS: &[(&str, &[Next], Option<u8>)] = {
    use Next::{Brace, Day, Name, Number, Parenthesis, Text, Value, Word};
    &[
        ("profile", &[Text, Brace], Some(0)),
        ("members", &[Text, Brace], Some(0)),
        ("app", &[Text, Brace], Some(0)),
        ("organization", &[Brace], Some(0)),
        ("item", &[Name, Brace], Some(1)),
        ("entity", &[Name, Brace], Some(1)),
        ("members", &[Brace], Some(1)),
        ("fiscal", &[Brace], Some(1)),
        ("null-matches", &[Brace], Some(1)),
        ("allow", &[Name, Text], None),
        ("description", &[Text], None),
        ("limits", &[Name], None),
        ("id", &[Text], None),
        ("budget", &[Number], None),
        ("stored", &[Brace], None),
        ("name", &[Text], None),
        ("download", &[Name], None),
        ("sync", &[Word("every")], None),
        ("columns", &[Name], None),
        ("include", &[Name, Word("via")], None),
        ("include", &[Word("via"), Name], None),
        ("user", &[Text], None),
        ("team", &[Text], None),
        ("offline", &[Word("on")], None),
        ("offline", &[Word("off")], None),
        ("profiles", &[Text], None),
        ("start", &[Day], None),
        ("periods", &[Name], None),
        ("ownership", &[Name], None),
        ("filter", &[Name], None),
        ("filter", &[Parenthesis], None),
        ("collation", &[Value], None),
        ("hierarchy-depth", &[Value], None),
        ("hierarchy-model", &[Value], None),
        ("security", &[Value], None),
        ("hierarchy-security", &[Value], None),
        ("hierarchy-operators", &[Value], None),
        ("clock-zone", &[Value], None),
        ("week-start", &[Value], None),
        ("language-wildcard", &[Value], None),
    ]
};

/// Whether a clause begins here, and the level at which it opens a block.
fn beginning(input: Tokens<'_>, strict: bool) -> Option<Option<u8>> {
    let word = input.word()?;
    let fits = |nexts: &[Next]| {
        let mut places = nexts.iter().zip(input.start + 1..);
        places.all(|(next, at)| next.fits(input.at(at), strict))
    };
    BEGINNINGS
        .iter()
        .find(|(keyword, nexts, _)| *keyword == word && fits(nexts))
        .map(|(_, _, level)| *level)
}

/// Whether a clause of some block begins here. Never where a condition can be read.
pub(super) fn begins_clause(input: Tokens<'_>) -> bool {
    beginning(input, true).is_some()
}

/// Whether a clause of some block can be read here.
pub(super) fn may_begin_clause(input: Tokens<'_>) -> bool {
    beginning(input, false).is_some()
}

/// Whether a block begins here that can't stand inside one of that level.
pub(super) fn begins_outer(input: Tokens<'_>, level: u8) -> bool {
    matches!(beginning(input, true), Some(Some(outer)) if outer < level)
}
