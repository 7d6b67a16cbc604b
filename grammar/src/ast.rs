//! The syntax tree of profiles, whatever language they were written in. Every part that a
//! diagnostic may point at has its span.

use smol_str::SmolStr;
use weir_ir::diagnostic::{Diagnostic, Span};
use weir_ir::operators::Operator;
use weir_ir::schema::Ownership;

/// A name or text with its place. Quotes and backticks are taken off, doubled quotes undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The text.
    pub text: SmolStr,
    /// Its place, quotes included.
    pub span: Span,
}

/// Which language a file was in: it decides the limit set that holds where none is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// weir's own language.
    Native,
    /// A MobileOfflineProfile of a solution.
    Solution,
}

/// What a reader makes of a text: always a tree, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The tree; what couldn't be read is missing in it.
    pub file: File,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// A source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its language.
    pub dialect: Dialect,
    /// Its blocks, in order.
    pub blocks: Vec<Block>,
    /// Where its reader has reported an error: what follows from it there isn't worth reporting.
    pub unread: Vec<Span>,
}

/// A block of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the block of that name")]
pub enum Block {
    Profile(Profile),
    Members(Members),
    App(App),
    Organization(Organization),
}

/// `allow W0301 "reason"` before the thing that it excuses: a block, an item, an include, an entity
/// setting. Before another clause it excuses the block that the clause stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allow {
    /// The warning's code.
    pub code: Name,
    /// Why.
    pub reason: Name,
    /// All of it.
    pub span: Span,
}

/// What every block, item and include may carry.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Extras {
    /// Warnings excused.
    pub allows: Vec<Allow>,
    /// `id "…"`: the id that an export gave it.
    pub id: Option<Name>,
    /// `stored { … }`: what an import must give back and nothing acts on.
    pub stored: Vec<Stored>,
    /// `budget 50000 rows, 200 MB`.
    pub budget: Option<Budget>,
}

/// An entry of `stored { key "value" … }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its key.
    pub key: Name,
    /// Its value.
    pub value: Name,
}

/// `budget 50000 rows, 200 MB`; either part may be left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Most rows.
    pub rows: Option<u64>,
    /// Most megabytes.
    pub megabytes: Option<u64>,
    /// All of it.
    pub span: Span,
}

/// Which features and limits hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitSet {
    /// The seed's.
    Classic,
    /// What today's exports contain.
    Modern,
}

/// `profile "…" { … }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: Name,
    /// Allowed warnings, id, stored values, budget.
    pub extras: Extras,
    /// `description "…"`.
    pub description: Option<Name>,
    /// `limits classic|modern`.
    pub limits: Option<(LimitSet, Span)>,
    /// `members { … }`.
    pub members: Vec<Member>,
    /// Its items.
    pub items: Vec<Item>,
    /// All of it.
    pub span: Span,
}

/// `members "…" { … }`, for a profile of another file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members {
    /// Allowed warnings.
    pub allows: Vec<Allow>,
    /// The profile's name.
    pub profile: Name,
    /// The members.
    pub members: Vec<Member>,
    /// All of it.
    pub span: Span,
}

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberKind {
    /// `user "…"`: by domain name, e-mail or GUID.
    User,
    /// `team "…"`: by name or GUID.
    Team,
}

/// A member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// User or team.
    pub kind: MemberKind,
    /// How it is named.
    pub name: Name,
}

/// `item account { … }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its entity.
    pub entity: Name,
    /// Allowed warnings, id, stored values, budget.
    pub extras: Extras,
    /// `name "…"`.
    pub name: Option<Name>,
    /// `limits classic|modern`.
    pub limits: Option<(LimitSet, Span)>,
    /// `download …`.
    pub download: Option<Download>,
    /// `sync every 30 minutes`, in minutes.
    pub sync: Option<(u32, Span)>,
    /// `columns a, b`.
    pub columns: Option<Vec<Name>>,
    /// `include …`.
    pub includes: Vec<Include>,
    /// All of it.
    pub span: Span,
}

/// What an item downloads of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// The choice.
    pub choice: Choice,
    /// `where …`; none, too, where its text was no filter (reported by the reader).
    pub filter: Option<Filter>,
    /// All of it.
    pub span: Span,
}

/// A download choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// `related`: related data only (0).
    Related,
    /// `all`: all records (1).
    All,
    /// `mine, team, business-unit`: other data filter (2); an import may name none.
    Other(Vec<(Owned, Span)>),
    /// `where …` alone: custom (3).
    Custom,
}

/// A flag of the other data filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owned {
    /// `mine`.
    Mine,
    /// `team`.
    Team,
    /// `business-unit`.
    BusinessUnit,
}

/// `include contact via contact_customer_accounts …`: an association.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    /// The target item's entity; an import names the relationship alone.
    pub entity: Option<Name>,
    /// The relationship's schema name.
    pub via: Name,
    /// `name "…"`.
    pub name: Option<Name>,
    /// Allowed warnings, id, stored values.
    pub extras: Extras,
    /// `where …`, on the target's rows.
    pub filter: Option<Filter>,
    /// All of it.
    pub span: Span,
}

/// A filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// `a and b and c`, `a or b`: two children or more in native text; an import may have fewer.
    Group {
        /// `and` or `or`.
        kind: GroupKind,
        /// Its children.
        children: Vec<Filter>,
        /// All of it, without the parentheses around it.
        span: Span,
    },
    /// `attribute operator values`.
    Condition(Condition),
    /// `any entity …`, `not any entity …`.
    Related(Related),
}

/// How a group joins its children.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum GroupKind {
    And,
    Or,
}

/// `attribute operator values`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The attribute.
    pub attribute: Name,
    /// The operator; none where its token was unknown, or its values unreadable (reported by the reader).
    pub operator: Option<Operator>,
    /// The operator's token as written.
    pub token: Name,
    /// Its values.
    pub values: Vec<Value>,
    /// All of it.
    pub span: Span,
}

/// A value of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// What kind of literal.
    pub kind: ValueKind,
    /// The text without quotes; a number as written; `true` or `false`; the attribute's name.
    pub text: SmolStr,
    /// Its place.
    pub span: Span,
}

/// What a value is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// `"…"` or `'…'`.
    Text,
    /// `-12.5`.
    Number,
    /// `true`, `false`.
    Bool,
    /// `attribute x`: another attribute of the same row (`valueof`).
    Attribute,
    /// A text of XML, where everything is text.
    Untyped,
}

/// A related-row condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// `not any`.
    pub negated: bool,
    /// The linked entity.
    pub entity: Name,
    /// How it is linked.
    pub link: Link,
    /// `( … )`, on the linked rows.
    pub filter: Option<Box<Filter>>,
    /// All of it.
    pub span: Span,
}

/// How a related row is linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// `on X = Y`: the linked row's attribute left, this row's right.
    On {
        /// Of the linked row.
        linked: Name,
        /// Of this row.
        own: Name,
    },
    /// `via R`.
    Via(Name),
}

/// `app "…" { offline on profiles "…", "…" }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Its name.
    pub name: Name,
    /// Allowed warnings.
    pub allows: Vec<Allow>,
    /// `offline on|off`.
    pub offline: Option<bool>,
    /// `profiles "…", "…"`.
    pub profiles: Vec<Name>,
    /// All of it.
    pub span: Span,
}

/// `organization { … }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Allowed warnings.
    pub allows: Vec<Allow>,
    /// Its settings, in order.
    pub settings: Vec<Setting>,
    /// All of it.
    pub span: Span,
}

/// A setting of the organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// `collation ci_ai`, `hierarchy-depth 3`, `limits modern`, …: key and value as written.
    Plain {
        /// The key.
        key: Name,
        /// The value.
        value: Name,
    },
    /// `fiscal { start 04-01 periods quarter }`.
    Fiscal {
        /// `start MM-DD`, as written.
        start: Option<Name>,
        /// `periods …`, as written.
        periods: Option<Name>,
        /// All of it.
        span: Span,
    },
    /// `null-matches { ne on … }`.
    NullMatches {
        /// Operator and whether NULL matches.
        entries: Vec<(Name, bool)>,
        /// All of it.
        span: Span,
    },
    /// `entity account { offline on … }`.
    Entity(EntitySetting),
}

/// `entity account { offline on ownership user-or-team filter … }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntitySetting {
    /// The entity.
    pub name: Name,
    /// Allowed warnings.
    pub allows: Vec<Allow>,
    /// `offline on|off`, with its place.
    pub offline: Option<(bool, Span)>,
    /// `ownership …`, which overrides the metadata's, with its place.
    pub ownership: Option<(Ownership, Span)>,
    /// `filter …`: the organisation data download filter.
    pub filter: Option<Filter>,
    /// All of it.
    pub span: Span,
}

impl Parsed {
    /// A tree with what its reader found.
    #[must_use]
    pub fn new(dialect: Dialect, blocks: Vec<Block>, diagnostics: Vec<Diagnostic>) -> Self {
        let errors = diagnostics.iter().filter(|found| found.is_error());
        let unread = errors.filter_map(|found| found.span).collect();
        let file = File {
            dialect,
            blocks,
            unread,
        };
        Self { file, diagnostics }
    }
}

impl Filter {
    /// Its place.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Group { span, .. } => *span,
            Self::Condition(condition) => condition.span,
            Self::Related(related) => related.span,
        }
    }
}
