//! What may stand at a place. The grammar says which kinds of words it would take there; the tables
//! here say which words those are.
//!
//! Cost: reading the file up to the place, and a look at every candidate.

use weir_grammar::ast::{Block, File, LimitSet, Name, Owned, Profile, Setting};
use weir_grammar::native::{self, Awaited, Expectation, Expectations, Role, Scope};
use weir_ir::diagnostic::{Code, Edit, Span};
use weir_ir::operators::{self, NullRule, OperatorFamily};
use weir_ir::schema::{Attribute, Entity, EntityId, Family, Ownership, Relationship, Schema};

use super::{Place, attribute_text, entity_text, keywords, profiles, relationship_text};
use crate::check::choice;
use crate::organization::plain;
use crate::{codes, metadata};

/// What a completion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is what its name says")]
pub enum CompletionKind {
    Keyword,
    Entity,
    Attribute,
    Operator,
    Relationship,
    Value,
    Profile,
    /// The code of a warning.
    Code,
}

/// What may stand at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The word.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// What it is in a few words.
    pub detail: String,
    /// What puts it there, instead of the word that is there.
    pub edit: Edit,
}

/// What may stand at a place of a profile file, best first: what begins with what is written there,
/// then what contains it. `files` are all that belong together, this one as it is read now among
/// them.
#[must_use]
pub fn complete(schema: &Schema, files: &[File], text: &str, place: Place) -> Vec<Completion> {
    let Some(found) = native::expectations(place.file, text, place.at) else {
        return Vec::new();
    };
    let profile = profiles(files).find(|profile| place.is_in(profile.span));
    let search = Search {
        schema,
        files,
        profile,
        limits: limits(profile, place, files),
        word: found.word,
    };
    search.ranked(&found, text, place)
}

/// What may stand at a place of a filter on rows of an entity, best first. Every operator counts as
/// allowed.
#[must_use]
pub fn complete_filter(
    schema: &Schema,
    entity: EntityId,
    text: &str,
    place: Place,
) -> Vec<Completion> {
    let subject = Name {
        text: schema.entity(entity).name.clone(),
        span: Span::new(place.file, 0, 0),
    };
    let found = native::filter_expectations(place.file, text, place.at, &subject);
    let search = Search {
        schema,
        files: &[],
        profile: None,
        limits: LimitSet::Modern,
        word: Span::new(place.file, 0, 0),
    };
    found.map_or_else(Vec::new, |found| search.ranked(&found, text, place))
}

/// The limit set that holds at a place of a profile.
fn limits(profile: Option<&Profile>, place: Place, files: &[File]) -> LimitSet {
    let of_profile = profile.and_then(|profile| {
        let mut items = profile.items.iter();
        let item = items.find(|item| place.is_in(item.span));
        item.and_then(|item| item.limits).or(profile.limits)
    });
    let of_organization = || {
        settings(files).find_map(|setting| match setting {
            Setting::Plain { key, value } if key.text == "limits" => {
                Some(match value.text == "modern" {
                    true => LimitSet::Modern,
                    false => LimitSet::Classic,
                })
            }
            _ => None,
        })
    };
    let named = of_profile
        .map(|(limits, _)| limits)
        .or_else(of_organization);
    named.unwrap_or(LimitSet::Classic)
}

fn settings(files: &[File]) -> impl Iterator<Item = &Setting> {
    let blocks = files.iter().flat_map(|file| &file.blocks);
    let organizations = blocks.filter_map(|block| match block {
        Block::Organization(organization) => Some(&organization.settings),
        _ => None,
    });
    organizations.flatten()
}

/// A word that may stand at the place.
struct Candidate {
    label: String,
    kind: CompletionKind,
    detail: String,
    /// As it is written there.
    written: String,
    /// Less is better, among those that fit alike.
    rank: u8,
}

impl Candidate {
    fn new(kind: CompletionKind, label: &str, detail: impl Into<String>) -> Self {
        Self {
            label: label.to_owned(),
            kind,
            detail: detail.into(),
            written: label.to_owned(),
            rank: 0,
        }
    }

    fn name(kind: CompletionKind, name: &str, detail: impl Into<String>) -> Self {
        Self {
            written: native::name(name),
            ..Self::new(kind, name, detail)
        }
    }
}

struct Search<'a> {
    schema: &'a Schema,
    files: &'a [File],
    /// The profile around the place.
    profile: Option<&'a Profile>,
    limits: LimitSet,
    /// The word that is there.
    word: Span,
}

impl<'a> Search<'a> {
    /// The candidates that fit what is written up to the place.
    fn ranked(&self, found: &Expectations, text: &str, place: Place) -> Vec<Completion> {
        let written = text.get(found.word.start as usize..place.at as usize);
        let written = written
            .unwrap_or_default()
            .trim_start_matches(['"', '\'', '`']);
        let written = written.to_lowercase();
        let mut fitting: Vec<(bool, u8, usize, Candidate)> = Vec::new();
        // Between quotes stand texts alone, between backticks names.
        let quotable = |one: &&Expectation| match found.quote {
            None => true,
            Some('`') => matches!(one.awaited, Awaited::Name(_)),
            Some(_) => matches!(one.awaited, Awaited::Text(_)),
        };
        let expected = found.expected.iter().filter(quotable);
        let all = expected.flat_map(|one| self.candidates(one));
        for (order, candidate) in all.enumerate() {
            let label = candidate.label.to_lowercase();
            let known = |other: &(bool, u8, usize, Candidate)| {
                other.3.label == candidate.label && other.3.kind == candidate.kind
            };
            if label.contains(&written) && !fitting.iter().any(known) {
                let inside = !label.starts_with(&written);
                fitting.push((inside, candidate.rank, order, candidate));
            }
        }
        fitting.sort_by_key(|(inside, rank, order, _)| (*inside, *rank, *order));
        fitting
            .into_iter()
            .map(|(_, _, _, candidate)| Completion {
                label: candidate.label,
                kind: candidate.kind,
                detail: candidate.detail,
                edit: Edit {
                    span: found.word,
                    replacement: candidate.written,
                },
            })
            .collect()
    }

    fn candidates(&self, expectation: &Expectation) -> Vec<Candidate> {
        let scope = &expectation.scope;
        match expectation.awaited {
            Awaited::Keyword(word) => self.keyword(word, scope),
            Awaited::Name(role) => self.names(role, scope),
            Awaited::Text(Role::Profile) => profiles(self.files)
                .map(|profile| Candidate {
                    written: native::quoted(&profile.name.text),
                    ..Candidate::new(CompletionKind::Profile, &profile.name.text, "profile")
                })
                .collect(),
            Awaited::Text(_) => Vec::new(),
            Awaited::Operator => self.operators(scope),
            Awaited::Value => self.values(scope),
            Awaited::Setting => {
                let key = scope.left.as_ref().map_or("", |key| &key.text);
                let words = plain::words(key);
                words
                    .map(|word| Candidate::new(CompletionKind::Value, word, key))
                    .collect()
            }
        }
    }

    fn keyword(&self, word: &'static str, scope: &Scope) -> Vec<Candidate> {
        let allowed = match (word, scope.entities.as_slice()) {
            ("any" | "not", _) => self.limits == LimitSet::Modern,
            ("all" | "mine" | "team" | "business-unit", [item]) => {
                let entity = self.find(item).map(|id| self.schema.entity(id));
                entity.is_none_or(|entity| self.allows(entity, word))
            }
            _ => true,
        };
        let candidate = || Candidate {
            rank: 2,
            ..Candidate::new(CompletionKind::Keyword, word, keywords::meaning(word))
        };
        allowed.then(candidate).into_iter().collect()
    }

    /// Whether an entity's ownership allows a download choice.
    fn allows(&self, entity: &Entity, word: &str) -> bool {
        let overridden = settings(self.files).find_map(|setting| match setting {
            Setting::Entity(of) if of.name.text.eq_ignore_ascii_case(&entity.name) => of.ownership,
            _ => None,
        });
        let known = overridden
            .map(|(ownership, _)| ownership)
            .or(entity.ownership);
        let ownership = known.unwrap_or_default();
        match word {
            "mine" => choice::allows(ownership, Owned::Mine),
            "team" => choice::allows(ownership, Owned::Team),
            "business-unit" => choice::allows(ownership, Owned::BusinessUnit),
            _ => ownership != Ownership::None,
        }
    }

    fn find(&self, name: &Name) -> Option<EntityId> {
        self.schema.find(&name.text.to_lowercase())
    }

    /// The entity that the place is about.
    fn subject(&self, scope: &Scope) -> Option<EntityId> {
        self.find(scope.entities.last()?)
    }

    fn names(&self, role: Role, scope: &Scope) -> Vec<Candidate> {
        match role {
            Role::Item => self.entities(|id, entity| {
                let free = entity.mobile && !entity.internal && !self.has_item(id);
                free.then_some(0)
            }),
            Role::Target => {
                let source = self.subject(scope);
                self.entities(|id, _| {
                    let joined = source.is_some_and(|source| self.joins(source, id));
                    (joined && Some(id) != source).then_some(u8::from(!self.has_item(id)))
                })
            }
            Role::Entity => match self.subject(scope) {
                None => self.entities(|_, entity| (!entity.internal).then_some(0)),
                Some(row) => self.entities(|id, _| Some(u8::from(!self.joins(row, id)))),
            },
            Role::Attribute | Role::Column => self.attributes(role, scope),
            Role::Relationship => self.relationships(scope),
            Role::Code => {
                let warnings = all_codes().filter(|code| code.id.starts_with('W'));
                warnings
                    .map(|code| Candidate::new(CompletionKind::Code, code.id, code.title))
                    .collect()
            }
            Role::SwitchableOperator => operators::all()
                .filter(|spec| matches!(spec.on_null, NullRule::Switch(_)))
                .map(|spec| Candidate::new(CompletionKind::Operator, spec.token, spec.meaning))
                .collect(),
            Role::Profile | Role::User | Role::Team | Role::New => Vec::new(),
        }
    }

    /// Whether the profile has an item of an entity, beside the one that is being written.
    fn has_item(&self, entity: EntityId) -> bool {
        let mut items = self.profile.iter().flat_map(|profile| &profile.items);
        items.any(|item| item.entity.span != self.word && self.find(&item.entity) == Some(entity))
    }

    fn joins(&self, one: EntityId, other: EntityId) -> bool {
        let mut relationships = self.schema.relationships();
        relationships.any(|relationship| joins(relationship, one, other))
    }

    /// The entities that have a rank.
    fn entities(&self, rank: impl Fn(EntityId, &Entity) -> Option<u8>) -> Vec<Candidate> {
        let ranked = self.schema.entities().filter_map(|(id, entity)| {
            Some(Candidate {
                rank: rank(id, entity)?,
                ..Candidate::name(CompletionKind::Entity, &entity.name, entity_text(entity))
            })
        });
        sorted(ranked.collect())
    }

    fn attributes(&self, role: Role, scope: &Scope) -> Vec<Candidate> {
        let Some(id) = self.subject(scope) else {
            return Vec::new();
        };
        let entity = self.schema.entity(id);
        // Beside an operator it is compared with another attribute of the row, in `on` with one of the
        // linked row.
        let compared = scope.operator.and(self.left(scope));
        let linked = scope.linked.as_ref();
        let linked = linked.and_then(|(entity, name)| self.attribute(self.find(entity)?, name));
        let fits = |attribute: &&Attribute| match compared.or(linked) {
            Some(other) => {
                let itself = linked.is_none() && other.name == attribute.name;
                !itself && other.ty.family() == attribute.ty.family()
            }
            None => role == Role::Column || attribute.ty.family() != Family::Opaque,
        };
        let fitting = entity.attributes.values().filter(fits);
        let candidates = fitting.map(|attribute| {
            let detail = attribute_text(&entity.name, attribute);
            let detail = detail.lines().next().unwrap_or_default().to_owned();
            Candidate::name(CompletionKind::Attribute, &attribute.name, detail)
        });
        sorted(candidates.collect())
    }

    /// The attribute on the left of the place.
    fn left(&self, scope: &Scope) -> Option<&'a Attribute> {
        self.attribute(self.subject(scope)?, scope.left.as_ref()?)
    }

    fn attribute(&self, entity: EntityId, name: &Name) -> Option<&'a Attribute> {
        let entity = self.schema.entity(entity);
        Some(entity.attribute(entity.find(&name.text.to_lowercase())?))
    }

    fn relationships(&self, scope: &Scope) -> Vec<Candidate> {
        let named: Vec<EntityId> = scope
            .entities
            .iter()
            .filter_map(|name| self.find(name))
            .collect();
        let fits = |relationship: &&Relationship| match named.as_slice() {
            [.., one, other] => one != other && joins(relationship, *one, *other),
            [one] => {
                let (a, b) = relationship.kind.ends();
                a != b && (a == *one || b == *one)
            }
            [] => true,
        };
        let fitting = self.schema.relationships().filter(fits);
        let candidates = fitting.map(|relationship| {
            let detail = relationship_text(self.schema, relationship);
            Candidate::name(CompletionKind::Relationship, &relationship.name, detail)
        });
        sorted(candidates.collect())
    }

    fn operators(&self, scope: &Scope) -> Vec<Candidate> {
        let Some(left) = self.left(scope) else {
            return Vec::new();
        };
        let hierarchy = self
            .subject(scope)
            .and_then(|entity| self.schema.hierarchy(entity));
        operators::all()
            .filter(|spec| spec.types.allow(left))
            .filter(|spec| spec.classic || self.limits == LimitSet::Modern)
            .filter(|spec| spec.family != OperatorFamily::Hierarchy || hierarchy.is_some())
            .map(|spec| {
                let detail = format!("{}; takes {}", spec.meaning, spec.arity.words());
                Candidate::new(CompletionKind::Operator, spec.token, detail)
            })
            .collect()
    }

    fn values(&self, scope: &Scope) -> Vec<Candidate> {
        let Some(left) = self.left(scope) else {
            return Vec::new();
        };
        let mut values: Vec<Candidate> = Vec::new();
        for option in &left.options {
            let number = option.value.to_string();
            values.push(Candidate {
                label: format!("{number} {}", option.label),
                written: number,
                ..Candidate::new(CompletionKind::Value, "", left.name.as_str())
            });
        }
        if left.ty.family() == Family::Bool {
            let words = ["true", "false"];
            values.extend(words.map(|word| Candidate::new(CompletionKind::Value, word, "")));
        }
        let compares = scope
            .operator
            .is_some_and(|operator| operator.takes_attribute());
        if compares && self.limits == LimitSet::Modern {
            let meaning = keywords::meaning("attribute");
            values.push(Candidate {
                rank: 2,
                ..Candidate::new(CompletionKind::Keyword, "attribute", meaning)
            });
        }
        values
    }
}

fn joins(relationship: &Relationship, one: EntityId, other: EntityId) -> bool {
    let ends = relationship.kind.ends();
    ends == (one, other) || ends == (other, one)
}

fn sorted(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_by(|a, b| (a.rank, &a.label).cmp(&(b.rank, &b.label)));
    candidates
}

/// The codes of everything that can be found in a profile file.
fn all_codes() -> impl Iterator<Item = &'static Code> {
    let own = weir_grammar::codes::ALL.iter().chain(codes::ALL);
    own.chain(metadata::codes::ALL)
}
