//! What an editor asks of a text that has been read: what a word means, where it is defined, and which
//! places a rename changes. Pure functions over syntax trees; what the reader couldn't read is not
//! there, and gets no answer. Cost: the size of the files.

use std::fmt::Write as _;

use weir_grammar::ast::{self, Block, File, Filter, Item, Link, Name, Profile, Setting};
use weir_ir::diagnostic::{Edit, FileId, Span};
use weir_ir::fold::{Collation, fold};
use weir_ir::operators::{NullRule, Operator};
use weir_ir::schema::{Attribute, EntityId, RelationshipKind, Schema};

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

/// What the word at a place means: an entity, an attribute, an operator or a relationship.
#[must_use]
pub fn hover(schema: &Schema, file: &File, place: Place) -> Option<Hover> {
    let search = Search { schema, place };
    file.blocks.iter().find_map(|block| match block {
        Block::Profile(profile) => profile.items.iter().find_map(|item| search.item(item)),
        Block::Organization(organization) => {
            organization
                .settings
                .iter()
                .find_map(|setting| match setting {
                    Setting::Entity(setting) => search.entity(&setting.name).or_else(|| {
                        let entity = search.find(&setting.name)?;
                        search.filter(entity, setting.filter.as_ref()?)
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

/// The edits that give the profile named at a place another name, in all files: where it is defined,
/// in apps and in member lists. None where no profile is named there.
#[must_use]
pub fn rename(files: &[File], place: Place, new: &str, collation: Collation) -> Option<Vec<Edit>> {
    let old = fold(&profile_name_at(files, place)?.text, collation);
    let replacement = format!("\"{}\"", new.replace('"', "\"\""));
    let meant = profile_names(files).filter(|name| fold(&name.text, collation) == old);
    Some(
        meant
            .map(|name| Edit {
                span: name.span,
                replacement: replacement.clone(),
            })
            .collect(),
    )
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

    fn item(&self, item: &Item) -> Option<Hover> {
        if !self.place.is_in(item.span) {
            return None;
        }
        if let Some(found) = self.entity(&item.entity) {
            return Some(found);
        }
        let entity = self.find(&item.entity)?;
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
                includes.find_map(|include| self.include(include))
            })
    }

    fn include(&self, include: &ast::Include) -> Option<Hover> {
        let target = include.entity.as_ref();
        target
            .and_then(|name| self.entity(name))
            .or_else(|| self.relationship(&include.via))
            .or_else(|| self.filter(self.find(target?)?, include.filter.as_ref()?))
    }

    fn filter(&self, entity: EntityId, filter: &Filter) -> Option<Hover> {
        match filter {
            Filter::Group { children, .. } => {
                children.iter().find_map(|child| self.filter(entity, child))
            }
            Filter::Condition(condition) => {
                if self.place.is_in(condition.attribute.span) {
                    return self.attribute(entity, &condition.attribute);
                }
                let operator = condition.operator?;
                self.place.is_in(condition.token.span).then(|| Hover {
                    span: condition.token.span,
                    text: operator_text(operator),
                })
            }
            Filter::Related(related) => {
                let linked = self.find(&related.entity);
                let link = || match &related.link {
                    Link::Via(name) => self.relationship(name),
                    Link::On { linked: left, own } => self
                        .attribute(linked?, left)
                        .or_else(|| self.attribute(entity, own)),
                };
                self.entity(&related.entity)
                    .or_else(link)
                    .or_else(|| self.filter(linked?, related.filter.as_deref()?))
            }
        }
    }

    fn entity(&self, name: &Name) -> Option<Hover> {
        if !self.place.is_in(name.span) {
            return None;
        }
        let entity = self.schema.entity(self.find(name)?);
        let ownership = entity
            .ownership
            .map_or("unknown", |ownership| ownership.name());
        let offline = match entity.offline {
            Some(true) => "on",
            Some(false) => "off",
            None => "unknown",
        };
        let text = format!(
            "entity `{}`: ownership {ownership}, mobile offline {offline}, {} attributes",
            entity.name,
            entity.attributes.len()
        );
        Some(Hover {
            span: name.span,
            text,
        })
    }

    fn attribute(&self, entity: EntityId, name: &Name) -> Option<Hover> {
        if !self.place.is_in(name.span) {
            return None;
        }
        let of = self.schema.entity(entity);
        let attribute = of.attribute(of.find(&name.text.to_lowercase())?);
        Some(Hover {
            span: name.span,
            text: attribute_text(&of.name, attribute),
        })
    }

    fn relationship(&self, name: &Name) -> Option<Hover> {
        if !self.place.is_in(name.span) {
            return None;
        }
        let id = self.schema.find_relationship(&name.text)?;
        let found = self.schema.relationship(id);
        let (one, other) = found.kind.ends();
        let named = |entity| &self.schema.entity(entity).name;
        let (one, other) = (named(one), named(other));
        let text = match &found.kind {
            RelationshipKind::OneToMany {
                referencing,
                lookup,
                ..
            } => {
                let lookup = &self.schema.attribute(*referencing, *lookup).name;
                format!(
                    "relationship `{}`: one `{one}` to many `{other}`, through `{other}.{lookup}`",
                    found.name
                )
            }
            RelationshipKind::ManyToMany { intersect, .. } => format!(
                "relationship `{}`: many `{one}` to many `{other}`, through `{}`",
                found.name,
                named(*intersect)
            ),
        };
        Some(Hover {
            span: name.span,
            text,
        })
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
