//! What might stand at the end of a text: what its readers looked for there. Completion reads a text
//! up to the cursor and asks this, so it offers what the grammar takes and nothing else.
//!
//! Cost: that of reading the text up to there.

use std::cell::{Cell, RefCell};

use weir_ir::diagnostic::{FileId, Span};
use weir_ir::operators::Operator;

use super::input::{Context, Expected, Tokens};
use super::shape::Shape;
use super::token::{Kind, Token};
use super::{blocks, filter, read, token};
use crate::ast::Name;

/// What a name or a text stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is what its name says")]
pub enum Role {
    Entity,
    /// The entity of an item.
    Item,
    /// The entity that an include leads to.
    Target,
    Attribute,
    /// An attribute that need not be one that can be filtered.
    Column,
    Relationship,
    Profile,
    User,
    Team,
    /// The code of a warning.
    Code,
    /// An operator whose answer on NULL can be switched.
    SwitchableOperator,
    /// A key or a text that is nowhere else.
    New,
}

/// One thing that might stand at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// A keyword.
    Keyword(&'static str),
    /// A name, bare or in backticks.
    Name(Role),
    /// A text in quotes.
    Text(Role),
    /// The operator of a condition.
    Operator,
    /// A value of a condition.
    Value,
    /// The value of a setting.
    Setting,
}

/// What surrounds a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The entities whose blocks, includes and related-row conditions it stands in, outermost first.
    pub entities: Vec<Name>,
    /// The attribute of the condition, or the key of the setting.
    pub left: Option<Name>,
    /// The operator of the condition.
    pub operator: Option<Operator>,
    /// The entity and the attribute on the other side of `on X = Y`.
    pub linked: Option<(Name, Name)>,
}

/// What might stand at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// What.
    pub awaited: Awaited,
    /// Where.
    pub scope: Scope,
}

/// What might stand at a place of a text, instead of the word there.
#[derive(Clone, Debug)]
pub struct Expectations {
    /// What, each once, in the order in which it was looked for.
    pub expected: Vec<Expectation>,
    /// The word at the place, its quotes included; empty between words.
    pub word: Span,
    /// The quote or backtick that the word begins with.
    pub quote: Option<char>,
}

/// What the readers of a text note for completion.
#[derive(Debug, Default)]
pub(super) struct Notes {
    scope: RefCell<Scope>,
    expected: RefCell<Vec<Expectation>>,
    /// Whether something had to stand at the end: what else is looked for there comes after it.
    complete: Cell<bool>,
    /// The keywords that stand once in a block, and that each block around the place has had.
    seen: RefCell<Vec<Vec<&'static str>>>,
}

impl Notes {
    /// Notes what might stand at the end of the text.
    pub(super) fn note(&self, input: Tokens<'_>, expected: &[Expected]) {
        if input.first().kind != Kind::End || self.complete.get() {
            return;
        }
        let scope = self.scope.borrow();
        let mut noted = self.expected.borrow_mut();
        for awaited in expected.iter().filter_map(awaited) {
            if matches!(awaited, Awaited::Keyword(word) if self.has_had(word)) {
                continue;
            }
            let one = Expectation {
                awaited,
                scope: scope.clone(),
            };
            if !noted.contains(&one) {
                noted.push(one);
            }
        }
    }

    /// Nothing else may stand at the end than what has been noted.
    pub(super) fn end(&self) {
        self.complete.set(true);
    }

    /// Reads a part whose subject is an entity, if its name could be read.
    pub(super) fn within<'n, T>(
        &self,
        entity: impl IntoIterator<Item = &'n Name>,
        read: impl FnOnce() -> T,
    ) -> T {
        let outside = self.scope.borrow().entities.len();
        self.scope
            .borrow_mut()
            .entities
            .extend(entity.into_iter().cloned());
        let read = read();
        self.scope.borrow_mut().entities.truncate(outside);
        read
    }

    /// Sets what stands left of what is read next.
    pub(super) fn left(&self, left: Option<&Name>, operator: Option<Operator>) {
        let mut scope = self.scope.borrow_mut();
        scope.left = left.cloned();
        scope.operator = operator;
    }

    /// Sets the attribute that one of this row's is to equal.
    pub(super) fn linked(&self, linked: Option<(&Name, &Name)>) {
        let linked = linked.map(|(entity, attribute)| (entity.clone(), attribute.clone()));
        self.scope.borrow_mut().linked = linked;
    }

    /// Enters a block.
    pub(super) fn enter(&self) {
        self.seen.borrow_mut().push(Vec::new());
    }

    /// Leaves a block.
    pub(super) fn leave(&self) {
        self.seen.borrow_mut().pop();
    }

    /// Notes that the block has had a keyword that stands in it once.
    pub(super) fn had(&self, word: &'static str) {
        if let Some(block) = self.seen.borrow_mut().last_mut() {
            block.push(word);
        }
    }

    fn has_had(&self, word: &str) -> bool {
        let seen = self.seen.borrow();
        seen.last().is_some_and(|block| block.contains(&word))
    }
}

fn awaited(expected: &Expected) -> Option<Awaited> {
    Some(match expected {
        Expected::Keyword(word) => Awaited::Keyword(word),
        Expected::Name(role) => Awaited::Name(*role),
        Expected::Text(role) => Awaited::Text(*role),
        Expected::Operator => Awaited::Operator,
        Expected::Value => Awaited::Value,
        Expected::Setting => Awaited::Setting,
        Expected::Thing(_) => return None,
    })
}

/// What might stand at a byte of a file, instead of the word there. None in a comment, and where the
/// byte is within a character.
#[must_use]
pub fn expectations(file: FileId, text: &str, at: u32) -> Option<Expectations> {
    awaited_at(file, text, at, |input| {
        blocks(input);
    })
}

/// The same of a filter that stands alone, on rows of an entity.
#[must_use]
pub fn filter_expectations(
    file: FileId,
    text: &str,
    at: u32,
    entity: &Name,
) -> Option<Expectations> {
    awaited_at(file, text, at, |input| {
        input.context.notes.within([entity], || {
            filter::lone(input);
        });
    })
}

fn awaited_at(
    file: FileId,
    text: &str,
    at: u32,
    parser: impl FnOnce(Tokens<'_>),
) -> Option<Expectations> {
    let word = word_at(file, text, at)?;
    let before = text.get(..word.start as usize)?;
    let (expected, _) = read(file, before, |input| {
        parser(input);
        input.context.notes.expected.take()
    });
    Some(Expectations {
        expected,
        word,
        quote: text[word.start as usize..]
            .chars()
            .next()
            .filter(|c| word.start < word.end && matches!(c, '"' | '\'' | '`')),
    })
}

/// The word or text that a byte lies in or right behind; none in a comment.
fn word_at(file: FileId, text: &str, at: u32) -> Option<Span> {
    text.get(..at as usize)?;
    let tokens = token::tokens(file, text, &mut super::report::Report::default());
    let next = tokens.partition_point(|token| token.end < at);
    let span = |start, end| Span { file, start, end };
    let nothing = span(at, at);
    let Some(token) = tokens.get(next).filter(|token| token.start < at) else {
        let last = next.checked_sub(1).and_then(|last| tokens.get(last));
        let before = &text[last.map_or(0, |last| last.end) as usize..at as usize];
        // A `-` belongs to a word once something follows it.
        if let Some(begun) = last.filter(|last| before == "-" && last.kind == Kind::Word) {
            return Some(span(begun.start, at));
        }
        let line = before.rfind('\n').map_or(before, |end| &before[end..]);
        return (!line.contains('#')).then_some(nothing);
    };
    Some(match token.kind {
        // Behind the closing quote the text is over.
        Kind::Text | Kind::Quoted if token.end == at && !token_is_open(text, *token) => nothing,
        Kind::Word | Kind::Quoted | Kind::Text | Kind::Number | Kind::MonthDay | Kind::Symbol => {
            span(token.start, token.end)
        }
        _ => nothing,
    })
}

/// Whether a quoted token has no closing quote.
fn token_is_open(text: &str, token: Token) -> bool {
    let written = &text[token.start as usize..token.end as usize];
    let mut chars = written.chars();
    let quote = chars.next().unwrap_or('"');
    chars
        .as_str()
        .chars()
        .rev()
        .take_while(|c| *c == quote)
        .count()
        % 2
        == 0
}

impl Context<'_> {
    /// Notes what may stand in a block here.
    pub(super) fn note_entries(&self, input: Tokens<'_>, shape: &Shape) {
        let clauses = shape.clauses.iter();
        let mut entries: Vec<Expected> = clauses.map(|word| Expected::Keyword(word)).collect();
        entries.extend(shape.keys.map(Expected::Name));
        self.notes.note(input, &entries);
    }
}
