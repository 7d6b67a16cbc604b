//! What an editor asks of a text that has been read: what a word means, where it is defined, and which
//! places a rename changes. Pure functions over syntax trees; what the reader couldn't read is not
//! there, and gets no answer. Cost: the size of the files.

mod completion;
mod keywords;
mod outline;

use std::fmt::Write as _;

use smol_str::SmolStr;
use weir_grammar::ast::{self, Block, Dialect, File, Filter, Item, Link, Name, Profile, Setting};
use weir_grammar::native;
use weir_ir::diagnostic::{Edit, FileId, Span};
use weir_ir::fold::{Collation, fold};
use weir_ir::operators::{NullRule, Operator};
use weir_ir::schema::{
    AttrId, Attribute, Entity, EntityId, Ownership, Relationship, RelationshipId, RelationshipKind,
    Schema,
};

use crate::metadata::Thing;

pub use self::completion::{Completion, CompletionKind, complete, complete_filter};
pub use self::outline::{Symbol, SymbolKind, outline};

/// What there is to say of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// The word.
    pub span: Span,
    /// What it means, in Markdown.
    pub text: String,
}

/// A place in a text. A word is meant from its first byte to right behind its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// The byte.
    pub at: u32,
}

impl Place {
    fn is_in(self, span: Span) -> bool {
        span.file == self.file && span.start <= self.at && self.at <= span.end
    }
}

/// What a word means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Entity(EntityId),
    Attribute(EntityId, AttrId),
    Relationship(RelationshipId),
    Operator(Operator),
    /// A name that the schema lacks, or an operator that there isn't.
    Unknown,
}

/// What the word at a place of a text, which is one of the files, means: an entity, an attribute, an
/// operator, a relationship or a keyword.
#[must_use]
pub fn hover(schema: &Schema, files: &[File], text: &str, place: Place) -> Option<Hover> {
    let Some((span, meaning)) = meaning(schema, files, place) else {
        return keywords::hover(text, place);
    };
    let text = match meaning {
        Meaning::Entity(id) => format!("entity {}", entity_text(schema.entity(id))),
        Meaning::Attribute(id, attribute) => {
            let entity = schema.entity(id);
            let ownership = ownership_text(entity);
            let text = attribute_text(&entity.name, entity.attribute(attribute));
            // The options of a choice stand below, a line each.
            let (first, options) = text.split_once('\n').unwrap_or((&text, ""));
            format!(
                "{first}; ownership of `{}`: {ownership}\n{options}",
                entity.name
            )
        }
        Meaning::Relationship(id) => {
            let text = relationship_text(schema, schema.relationship(id));
            format!("relationship {text}")
        }
        Meaning::Operator(operator) => operator_text(operator),
        Meaning::Unknown => return None,
    };
    let text = text.trim_end().to_owned();
    Some(Hover { span, text })
}

/// What the metadata declare of the word at a place.
#[must_use]
pub fn declared<'s>(schema: &'s Schema, files: &[File], place: Place) -> Option<Thing<'s>> {
    let (_, meaning) = meaning(schema, files, place)?;
    Some(match meaning {
        Meaning::Entity(id) => Thing::Entity(&schema.entity(id).name),
        Meaning::Attribute(id, attribute) => {
            let entity = schema.entity(id);
            Thing::Attribute(&entity.name, &entity.attribute(attribute).name)
        }
        Meaning::Relationship(id) => Thing::Relationship(&schema.relationship(id).name),
        Meaning::Operator(_) | Meaning::Unknown => return None,
    })
}

fn meaning(schema: &Schema, files: &[File], place: Place) -> Option<(Span, Meaning)> {
    let search = Search { schema, place };
    let mut blocks = files.iter().flat_map(|file| &file.blocks);
    blocks.find_map(|block| match block {
        Block::Profile(profile) => profile.items.iter().find_map(|item| search.item(item)),
        Block::Organization(organization) => {
            organization
                .settings
                .iter()
                .find_map(|setting| match setting {
                    Setting::Entity(setting) => search.entity(&setting.name).or_else(|| {
                        search.filter(search.find(&setting.name), setting.filter.as_ref()?)
                    }),
                    _ => None,
                })
        }
        _ => None,
    })
}

/// Where the thing at a place is defined: the item that an association leads to, or the profile that
/// a name in an app or a member list means.
#[must_use]
pub fn definition(files: &[File], place: Place, collation: Collation) -> Option<Span> {
    for profile in profiles(files) {
        let mut includes = profile.items.iter().flat_map(|item| &item.includes);
        let target = includes.find_map(|include| {
            let entity = include.entity.as_ref()?;
            place.is_in(entity.span).then_some(&entity.text)
        });
        if let Some(target) = target {
            let mut items = profile.items.iter();
            return items
                .find(|item| item.entity.text.eq_ignore_ascii_case(target))
                .map(|item| item.entity.span);
        }
    }
    let meant = fold(&profile_name_at(files, place)?.text, collation);
    profiles(files)
        .map(|profile| &profile.name)
        .find(|name| fold(&name.text, collation) == meant)
        .map(|name| name.span)
}

/// The places that name the item or the profile at a place, itself included: the associations that lead
/// to the item in its profile, or the apps and member lists that mean the profile.
#[must_use]
pub fn references(files: &[File], place: Place, collation: Collation) -> Vec<Span> {
    for profile in profiles(files) {
        let named = profile.items.iter().flat_map(|item| {
            let targets = item
                .includes
                .iter()
                .filter_map(|include| include.entity.as_ref());
            std::iter::once(&item.entity).chain(targets)
        });
        let named: Vec<&Name> = named.collect();
        if let Some(meant) = named.iter().find(|name| place.is_in(name.span)) {
            let same = named
                .iter()
                .filter(|name| name.text.eq_ignore_ascii_case(&meant.text));
            return same.map(|name| name.span).collect();
        }
    }
    let Some(meant) = profile_name_at(files, place) else {
        return Vec::new();
    };
    let meant = fold(&meant.text, collation);
    let same = profile_names(files).filter(|name| fold(&name.text, collation) == meant);
    same.map(|name| name.span).collect()
}

/// The name of the profile at a place, with its place: what a rename starts from.
#[must_use]
pub fn renamed(files: &[File], place: Place) -> Option<&Name> {
    profile_name_at(files, place)
}

/// Why a profile can't be renamed so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The place names no profile.
    #[error("only a profile can be renamed, at one of its names")]
    NoProfile,
    /// The new name is empty.
    #[error("a profile's name can't be empty")]
    Empty,
    /// Another profile has the name.
    #[error("profile `{0}` is defined already")]
    Taken(SmolStr),
    /// The profile stands in the XML of a solution.
    #[error("the profile is in the XML of a solution: `weir import` makes native files of it")]
    Solution,
}

/// The edits that give the profile named at a place another name, in all files: where it is defined,
/// in apps and in member lists.
///
/// # Errors
/// No profile is named there, or it can't have that name.
pub fn rename(
    files: &[File],
    place: Place,
    new: &str,
    collation: Collation,
) -> Result<Vec<Edit>, Refusal> {
    let old = &profile_name_at(files, place)
        .ok_or(Refusal::NoProfile)?
        .text;
    if new.trim().is_empty() {
        return Err(Refusal::Empty);
    }
    let (old, wanted) = (fold(old, collation), fold(new, collation));
    let mut names = profiles(files).map(|profile| &profile.name.text);
    if let Some(taken) = names.find(|name| wanted != old && fold(name, collation) == wanted) {
        return Err(Refusal::Taken(taken.clone()));
    }
    let mut edits = Vec::new();
    for file in files {
        let names = profile_names(std::slice::from_ref(file));
        for name in names.filter(|name| fold(&name.text, collation) == old) {
            if file.dialect == Dialect::Solution {
                return Err(Refusal::Solution);
            }
            edits.push(Edit {
                span: name.span,
                replacement: native::quoted(new),
            });
        }
    }
    Ok(edits)
}

/// How the organisation compares names, as far as its blocks can be read.
#[must_use]
pub fn collation(files: &[File]) -> Collation {
    let blocks = files.iter().flat_map(|file| &file.blocks);
    let settings = blocks.flat_map(|block| match block {
        Block::Organization(organization) => &organization.settings[..],
        _ => &[],
    });
    let mut said = settings.filter_map(|setting| match setting {
        Setting::Plain { key, value } if key.text == "collation" => Some(&value.text),
        _ => None,
    });
    said.find_map(|name| Collation::from_name(name))
        .unwrap_or_default()
}

fn profiles(files: &[File]) -> impl Iterator<Item = &Profile> {
    let blocks = files.iter().flat_map(|file| &file.blocks);
    blocks.filter_map(|block| match block {
        Block::Profile(profile) => Some(profile),
        _ => None,
    })
}

/// Every place that names a profile.
fn profile_names(files: &[File]) -> impl Iterator<Item = &Name> {
    let blocks = files.iter().flat_map(|file| &file.blocks);
    blocks.flat_map(|block| match block {
        Block::Profile(profile) => std::slice::from_ref(&profile.name),
        Block::Members(members) => std::slice::from_ref(&members.profile),
        Block::App(app) => &app.profiles[..],
        Block::Organization(_) => &[],
    })
}

fn profile_name_at(files: &[File], place: Place) -> Option<&Name> {
    profile_names(files).find(|name| place.is_in(name.span))
}

/// A search for the word at a place.
struct Search<'a> {
    schema: &'a Schema,
    place: Place,
}

impl Search<'_> {
    fn find(&self, name: &Name) -> Option<EntityId> {
        self.schema.find(&name.text.to_lowercase())
    }

    fn item(&self, item: &Item) -> Option<(Span, Meaning)> {
        if !self.place.is_in(item.span) {
            return None;
        }
        if let Some(found) = self.entity(&item.entity) {
            return Some(found);
        }
        let entity = self.find(&item.entity);
        let mut columns = item.columns.iter().flatten();
        let filter = item
            .download
            .as_ref()
            .and_then(|download| download.filter.as_ref());
        columns
            .find_map(|column| self.attribute(entity, column))
            .or_else(|| self.filter(entity, filter?))
            .or_else(|| {
                let mut includes = item.includes.iter();
                includes.find_map(|include| self.include(entity, include))
            })
    }

    fn include(&self, source: Option<EntityId>, include: &ast::Include) -> Option<(Span, Meaning)> {
        let target = include.entity.as_ref();
        // An association need not name its target where the relationship says it.
        let along = || {
            let id = self.schema.find_relationship(&include.via.text)?;
            let (one, other) = self.schema.relationship(id).kind.ends();
            Some(if Some(one) == source { other } else { one })
        };
        target
            .and_then(|name| self.entity(name))
            .or_else(|| self.relationship(&include.via))
            .or_else(|| {
                let entity = target.map_or_else(along, |name| self.find(name));
                self.filter(entity, include.filter.as_ref()?)
            })
    }

    fn filter(&self, entity: Option<EntityId>, filter: &Filter) -> Option<(Span, Meaning)> {
        match filter {
            Filter::Group { children, .. } => {
                children.iter().find_map(|child| self.filter(entity, child))
            }
            Filter::Condition(condition) => {
                if self.place.is_in(condition.attribute.span) {
                    return self.attribute(entity, &condition.attribute);
                }
                self.is_in(&condition.token)?;
                let meaning = condition.operator.map(Meaning::Operator);
                Some((condition.token.span, meaning.unwrap_or(Meaning::Unknown)))
            }
            Filter::Related(related) => {
                let linked = self.find(&related.entity);
                let link = || match &related.link {
                    Link::Via(name) => self.relationship(name),
                    Link::On { linked: left, own } => self
                        .attribute(linked, left)
                        .or_else(|| self.attribute(entity, own)),
                };
                self.entity(&related.entity)
                    .or_else(link)
                    .or_else(|| self.filter(linked, related.filter.as_deref()?))
            }
        }
    }

    fn entity(&self, name: &Name) -> Option<(Span, Meaning)> {
        self.is_in(name)?;
        let meaning = self.find(name).map(Meaning::Entity);
        Some((name.span, meaning.unwrap_or(Meaning::Unknown)))
    }

    fn attribute(&self, entity: Option<EntityId>, name: &Name) -> Option<(Span, Meaning)> {
        self.is_in(name)?;
        let meaning = entity.and_then(|id| {
            let attribute = self.schema.entity(id).find(&name.text.to_lowercase())?;
            Some(Meaning::Attribute(id, attribute))
        });
        Some((name.span, meaning.unwrap_or(Meaning::Unknown)))
    }

    fn relationship(&self, name: &Name) -> Option<(Span, Meaning)> {
        self.is_in(name)?;
        let found = self.schema.find_relationship(&name.text);
        let meaning = found.map(Meaning::Relationship);
        Some((name.span, meaning.unwrap_or(Meaning::Unknown)))
    }

    fn is_in(&self, name: &Name) -> Option<()> {
        self.place.is_in(name.span).then_some(())
    }
}

fn ownership_text(entity: &Entity) -> &'static str {
    entity.ownership.map_or("unknown", Ownership::name)
}

fn entity_text(entity: &Entity) -> String {
    let ownership = ownership_text(entity);
    let offline = match entity.offline {
        Some(true) => "on",
        Some(false) => "off",
        None => "unknown",
    };
    format!(
        "`{}`: ownership {ownership}, mobile offline {offline}, {} attributes",
        entity.name,
        entity.attributes.len()
    )
}

fn relationship_text(schema: &Schema, relationship: &Relationship) -> String {
    let (one, other) = relationship.kind.ends();
    let named = |entity| &schema.entity(entity).name;
    let (one, other) = (named(one), named(other));
    match &relationship.kind {
        RelationshipKind::OneToMany {
            referencing,
            lookup,
            ..
        } => {
            let lookup = &schema.attribute(*referencing, *lookup).name;
            format!(
                "`{}`: one `{one}` to many `{other}`, through `{other}.{lookup}`",
                relationship.name
            )
        }
        RelationshipKind::ManyToMany { intersect, .. } => format!(
            "`{}`: many `{one}` to many `{other}`, through `{}`",
            relationship.name,
            named(*intersect)
        ),
    }
}

fn attribute_text(entity: &str, attribute: &Attribute) -> String {
    let mut text = format!(
        "`{entity}.{}`: {}; it takes {}",
        attribute.name,
        attribute.ty,
        attribute.ty.literal()
    );
    if !attribute.targets.is_empty() {
        let _ = write!(text, "; it points to {}", attribute.targets.join(", "));
    }
    for option in &attribute.options {
        let _ = write!(text, "\n- {}: {}", option.value, option.label);
    }
    text
}

fn operator_text(operator: Operator) -> String {
    let spec = operator.spec();
    let null = match spec.on_null {
        NullRule::Fixed(true) => "holds",
        NullRule::Fixed(false) => "does not hold",
        NullRule::Switch(true) => "holds, unless `null-matches` says otherwise",
        NullRule::Switch(false) => "does not hold, unless `null-matches` says otherwise",
    };
    format!(
        "`{}` holds where the attribute {}; it takes {}, on {}; without a value it {null}",
        spec.token,
        spec.meaning,
        spec.arity.words(),
        spec.types.words()
    )
}
