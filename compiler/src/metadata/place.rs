//! Where sources declare what the schema has: what an editor goes to, and the schema doesn't need.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use weir_ir::diagnostic::Span;

use super::declared::Declared;

/// A thing that metadata declare, by its names in the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing<'a> {
    /// An entity.
    Entity(&'a str),
    /// An attribute of an entity.
    Attribute(&'a str, &'a str),
    /// A relationship.
    Relationship(&'a str),
}

/// The places of declarations, each in the last source that has it.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// With those of its attributes.
    entities: FxHashMap<SmolStr, (Span, FxHashMap<SmolStr, Span>)>,
    /// By lower-case schema name.
    relationships: FxHashMap<SmolStr, Span>,
}

impl Places {
    pub(super) fn new(declared: &Declared) -> Self {
        let entities = declared.entities.iter().map(|(name, entity)| {
            let attributes = entity.attributes.iter();
            let attributes = attributes.map(|(name, found)| (name.clone(), found.name_span));
            (name.clone(), (entity.name.span, attributes.collect()))
        });
        let relationships = declared.relationships.iter();
        Self {
            entities: entities.collect(),
            relationships: relationships
                .map(|(name, found)| (name.clone(), found.name.span))
                .collect(),
        }
    }

    /// The name of the thing where a source declares it. An attribute that no source declares, since
    /// every such entity has it, is found at its entity.
    #[must_use]
    pub fn of(&self, thing: Thing<'_>) -> Option<Span> {
        match thing {
            Thing::Entity(name) => self.entities.get(name).map(|(place, _)| *place),
            Thing::Attribute(entity, name) => {
                let (place, attributes) = self.entities.get(entity)?;
                Some(*attributes.get(name).unwrap_or(place))
            }
            Thing::Relationship(name) => {
                let found = self.relationships.get(name.to_lowercase().as_str());
                found.copied()
            }
        }
    }
}
