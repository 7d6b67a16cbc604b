//! Storys: a profile, rows and what devices hold, in one readable file.
//!
//! ```text
//! # What it shows.
//! metadata
//!   account user-or-team name:string parentid:lookup(account)
//!   account_contacts 1:N account contact parentid
//!   tree 1:N account account parentid hierarchical
//!   leads 1:N …   pairs N:N account lead pair accountid leadid
//! profile
//!   profile "p" { … }
//! at 2026-03-02T08:00:00Z
//!   systemuser u1 domainname=anna
//!   account a1 name="two words" ownerid=u1 parentid=null
//!   - account a2
//! holds
//!   u1 account a1 a2 contact c1
//!   u2
//! ```
//!
//! A word at the margin begins a part; rows have short names, from which their ids are made;
//! `publish` is a `profile` that takes effect with the `at` after it.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a story is a test: one that can't be read has failed"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value as Json, json};
use weir_ir::schema::{Attribute, EntityId, Schema};
use weir_ir::time::Instant;
use weir_ir::transaction::{Change, Transaction};
use weir_ir::value::{Guid, Literal, Value, from_literal};

use crate::generate::{self, Organisation, Step};
use crate::model::{self, Model, Rows};
use crate::publication::Publication;

/// What a user holds after a step: user, and rows.
type Holds = BTreeMap<Guid, BTreeSet<(EntityId, Guid)>>;

/// A story.
#[derive(Clone, Debug)]
pub struct Story {
    /// The story.
    pub organisation: Organisation,
    /// What is held after some of its steps, worked out by hand.
    pub holds: Vec<(usize, Holds)>,
}

/// The id of a row by its short name.
///
/// # Panics
/// The name is longer than 16 bytes.
#[must_use]
pub fn id(name: &str) -> Guid {
    let hex: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
    Guid::parse(&format!("{hex:0<32}")).unwrap_or_else(|| panic!("`{name}` is no name of a row"))
}

/// The part that a line at the margin begins, and the lines below it.
fn parts(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut parts: Vec<(&str, Vec<&str>)> = Vec::new();
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    for line in lines.filter(|line| !line.starts_with('#')) {
        if line.starts_with(' ') {
            if let Some((_, lines)) = parts.last_mut() {
                lines.push(line.trim());
            }
        } else {
            parts.push((line.trim(), Vec::new()));
        }
    }
    parts
}

impl Story {
    /// Reads a story.
    ///
    /// # Panics
    /// It is none: a story is a test.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let parts = parts(text);
        let of = |word: &str| parts.iter().find(|(part, _)| *part == word);
        let (_, lines) = of("metadata").expect("a story has metadata");
        let metadata = metadata(lines).to_string();
        let schema = match generate::load(&metadata) {
            Ok(schema) => Arc::new(schema),
            Err(diagnostics) => panic!("{diagnostics:?}"),
        };
        let mut organisation = Organisation {
            seed: 0,
            metadata,
            schema,
            publications: Vec::new(),
            steps: Vec::new(),
        };
        let (mut holds, mut publish) = (Vec::new(), None);
        for (part, lines) in &parts {
            if *part == "profile" || *part == "publish" {
                organisation.publications.push(vec![lines.join("\n")]);
                publish = (*part == "publish").then(|| organisation.publications.len() - 1);
            } else if let Some(at) = part.strip_prefix("at ") {
                let schema = &organisation.schema;
                let changes = lines.iter().map(|line| change(schema, line)).collect();
                let at = Instant::parse(at).unwrap_or_else(|| panic!("`{at}` is no instant"));
                organisation.steps.push(Step {
                    transaction: Transaction { at, changes },
                    publish: publish.take(),
                    contextual: false,
                });
            } else if *part == "holds" {
                let expected = lines.iter().map(|line| held(&organisation.schema, line));
                holds.push((organisation.steps.len() - 1, expected.collect()));
            } else {
                assert_eq!(*part, "metadata", "no part of a story");
            }
        }
        assert!(!holds.is_empty(), "a story says what is held");
        Self {
            organisation,
            holds,
        }
    }

    /// Compares the model with what was worked out by hand.
    ///
    /// # Panics
    /// They differ.
    pub fn check_model(&self) {
        let Organisation {
            schema,
            publications,
            steps,
            ..
        } = &self.organisation;
        let publications: Vec<Publication> = publications
            .iter()
            .map(|texts| Publication::new(schema, texts, false).unwrap_or_else(|e| panic!("{e}")))
            .collect();
        let (mut rows, mut published) = (Rows::new(), 0);
        for (n, step) in steps.iter().enumerate() {
            model::apply(&mut rows, &step.transaction.changes);
            published = step.publish.unwrap_or(published);
            let now = step.transaction.at;
            let published = &publications[published].published;
            let model = Model::new(schema, published, &rows, now, None);
            for (_, expected) in self.holds.iter().filter(|(at, _)| *at == n) {
                for (user, expected) in expected {
                    let name = |rows: &BTreeSet<(EntityId, Guid)>| -> Vec<String> {
                        rows.iter().map(|row| self.name(*row)).collect()
                    };
                    let held = model.held(*user).rows;
                    assert_eq!(
                        name(&held),
                        name(expected),
                        "the model and the story differ on {} at {now}",
                        short(*user)
                    );
                }
            }
        }
    }

    fn name(&self, row: (EntityId, Guid)) -> String {
        format!(
            "{} {}",
            self.organisation.schema.entity(row.0).name,
            short(row.1)
        )
    }
}

/// The short name of an id.
fn short(id: Guid) -> String {
    let hex = id.to_string().replace('-', "");
    let bytes = (0..16).filter_map(|n| u8::from_str_radix(&hex[2 * n..2 * n + 2], 16).ok());
    bytes.take_while(|b| *b != 0).map(char::from).collect()
}

/// The metadata JSON of the short form.
fn metadata(lines: &[&str]) -> Json {
    let (mut entities, mut relationships) = (Vec::new(), Vec::new());
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            [name, "1:N", referenced, referencing, lookup, ref kind @ ..] => {
                relationships.push(json!({
                    "name": name, "kind": "1:N", "referenced": referenced,
                    "referencing": referencing, "lookup": lookup,
                    "hierarchical": kind == ["hierarchical"]}));
            }
            [
                name,
                "N:N",
                entity1,
                entity2,
                intersect,
                attribute1,
                attribute2,
            ] => {
                relationships.push(json!({
                    "name": name, "kind": "N:N", "intersect": intersect, "entity1": entity1,
                    "attribute1": attribute1, "entity2": entity2, "attribute2": attribute2}));
            }
            [name, "system", ref attributes @ ..] => {
                let attributes: Vec<Json> = attributes.iter().map(|a| attribute(a)).collect();
                entities.push(json!({"name": name, "offline": true, "attributes": attributes}));
            }
            [name, ownership, ref attributes @ ..] => {
                let attributes: Vec<Json> = attributes.iter().map(|a| attribute(a)).collect();
                entities.push(
                    json!({"name": name, "ownership": ownership, "offline": true,
                    "attributes": attributes}),
                );
            }
            _ => panic!("`{line}` is no metadata of a story"),
        }
    }
    json!({"entities": entities, "relationships": relationships})
}

/// `name:type`, `name:lookup(account,contact)`, `name:datetime(date-only)`.
fn attribute(text: &str) -> Json {
    let (name, ty) = text.split_once(':').expect("`name:type`");
    let (ty, inside) = match ty.split_once('(') {
        Some((ty, rest)) => (ty, rest.trim_end_matches(')')),
        None => (ty, ""),
    };
    let mut attribute = json!({"name": name, "type": ty});
    if ty == "datetime" && !inside.is_empty() {
        attribute["behavior"] = json!(inside);
    } else if !inside.is_empty() {
        attribute["targets"] = inside.split(',').collect();
    }
    attribute
}

/// A change as a story writes it: `account a1 name="two words" ownerid=u1`, `- account a1`.
///
/// # Panics
/// It is none.
#[must_use]
pub fn change(schema: &Schema, line: &str) -> Change {
    let words = words(line);
    let entity = |name: &str| {
        let found = schema.find(name);
        found.unwrap_or_else(|| panic!("no entity `{name}`"))
    };
    if words[0] == "-" {
        return Change::Delete {
            entity: entity(&words[1]),
            id: id(&words[2]),
        };
    }
    let of = entity(&words[0]);
    let values = words[2..].iter().map(|word| {
        let (name, text) = word.split_once('=').expect("`attribute=value`");
        let attribute = schema.entity(of).find(name);
        let attribute = attribute.unwrap_or_else(|| panic!("no attribute `{name}`"));
        (attribute, value(schema.attribute(of, attribute), text))
    });
    Change::Upsert {
        entity: of,
        id: id(&words[1]),
        values: values.collect(),
    }
}

/// A value as a story writes it; ids by short names, the choices of a multi-select joined by `+`.
///
/// # Panics
/// It is none of the attribute's.
#[must_use]
pub fn value(attribute: &Attribute, text: &str) -> Value {
    if text == "null" {
        return Value::Null;
    }
    if attribute.ty.family() == weir_ir::schema::Family::Guid {
        return Value::Guid(id(text));
    }
    if attribute.ty == weir_ir::schema::AttributeType::Multichoice {
        let choices: Option<Vec<i64>> = text.split('+').map(|n| n.parse().ok()).collect();
        return Value::Choices(choices.expect("numbers").into());
    }
    match from_literal(attribute, Literal::Untyped(text)) {
        Ok(value) => value,
        Err(error) => panic!("`{text}` for `{}`: {error}", attribute.name),
    }
}

/// The words of a line; a value in quotes may have blanks.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match (c, words.last_mut()) {
            ('"', _) => quoted = !quoted,
            (' ', Some(last)) if !quoted && last.is_empty() => {}
            (' ', _) if !quoted => words.push(String::new()),
            (c, Some(last)) => last.push(c),
            _ => {}
        }
    }
    words
}

/// `u1 account a1 a2 contact c1`: a name of an entity is followed by its rows.
fn held(schema: &Schema, line: &str) -> (Guid, BTreeSet<(EntityId, Guid)>) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (mut rows, mut entity) = (BTreeSet::new(), None);
    for word in &words[1..] {
        match (schema.find(word), entity) {
            (Some(found), _) => entity = Some(found),
            (None, Some(entity)) => {
                rows.insert((entity, id(word)));
            }
            (None, None) => panic!("`{line}`: `{word}` is no entity"),
        }
    }
    (id(words[0]), rows)
}
