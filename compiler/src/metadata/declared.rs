//! What sources declare, before it is a schema: entities and relationships by name, with the
//! places that diagnostics need. Merging is "a later word wins", attribute by attribute.

use indexmap::IndexMap;
use smol_str::SmolStr;
use weir_ir::diagnostic::Span;
use weir_ir::schema::{Attribute, ChoiceOption, OfflineFilter, Ownership, Role, Security};

use super::report::Spanned;

/// All that the sources declare so far.
#[derive(Debug, Default)]
pub(super) struct Declared {
    pub(super) entities: IndexMap<SmolStr, DeclaredEntity>,
    /// By lower-case schema name.
    pub(super) relationships: IndexMap<SmolStr, DeclaredRelationship>,
    pub(super) security: Option<Security>,
    /// Choices that attributes share, by lower-case name.
    pub(super) option_sets: IndexMap<SmolStr, Vec<ChoiceOption>>,
    /// By lower-case name; what they read is named as privileges are.
    pub(super) roles: IndexMap<SmolStr, Role>,
}

/// Which kind of source declares something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Metadata JSON: complete, so what it refers to must be there.
    Json,
    /// An unpacked solution: an export, which names more than it holds.
    Solution,
    /// Tables of a database or a `$metadata`: what they refer to may lie elsewhere, too.
    Database,
}

/// An entity, as far as the sources name it.
#[derive(Clone, Debug)]
pub(super) struct DeclaredEntity {
    /// The name, at its last declaration.
    pub(super) name: Spanned<SmolStr>,
    /// An export declares it: a flag that no source names is unknown, where JSON has a default.
    pub(super) exported: bool,
    pub(super) ownership: Option<Spanned<Ownership>>,
    /// Its table, where that isn't its name.
    pub(super) table: Option<SmolStr>,
    pub(super) primary_id: Option<Spanned<SmolStr>>,
    pub(super) offline: Option<bool>,
    pub(super) mobile: Option<bool>,
    pub(super) activity: Option<bool>,
    /// `Some(None)`: the source says that there is no filter.
    pub(super) offline_filter: Option<Option<Spanned<OfflineFilter>>>,
    pub(super) attributes: IndexMap<SmolStr, DeclaredAttribute>,
    /// The shared choices that attributes have, by the attribute's name.
    pub(super) option_sets: IndexMap<SmolStr, SmolStr>,
}

/// An attribute with the places of its name and its type.
#[derive(Clone, Debug)]
pub(super) struct DeclaredAttribute {
    pub(super) attribute: Attribute,
    pub(super) name_span: Span,
    pub(super) type_span: Span,
    /// The type is how a database keeps the values: what is known of an attribute is finer.
    pub(super) stored: bool,
}

/// A relationship of entities that need not be there.
#[derive(Clone, Debug)]
pub(super) struct DeclaredRelationship {
    /// Schema name, in its own case.
    pub(super) name: Spanned<SmolStr>,
    pub(super) origin: Origin,
    pub(super) kind: DeclaredKind,
}

/// The kinds of [`weir_ir::schema::RelationshipKind`], by name.
#[derive(Clone, Debug)]
pub(super) enum DeclaredKind {
    OneToMany {
        referenced: Spanned<SmolStr>,
        referencing: Spanned<SmolStr>,
        lookup: Spanned<SmolStr>,
        hierarchical: Option<Span>,
    },
    ManyToMany {
        intersect: Spanned<SmolStr>,
        entity1: Spanned<SmolStr>,
        attribute1: Option<Spanned<SmolStr>>,
        entity2: Spanned<SmolStr>,
        attribute2: Option<Spanned<SmolStr>>,
    },
}

impl DeclaredEntity {
    pub(super) fn new(name: Spanned<SmolStr>, origin: Origin) -> Self {
        Self {
            name,
            exported: origin != Origin::Json,
            ownership: None,
            table: None,
            primary_id: None,
            offline: None,
            mobile: None,
            activity: None,
            offline_filter: None,
            attributes: IndexMap::new(),
            option_sets: IndexMap::new(),
        }
    }

    /// Adds what a later source says.
    fn override_with(&mut self, later: Self) {
        self.name = later.name;
        self.exported |= later.exported;
        self.ownership = later.ownership.or(self.ownership.take());
        self.table = later.table.or(self.table.take());
        self.primary_id = later.primary_id.or(self.primary_id.take());
        self.offline = later.offline.or(self.offline);
        self.mobile = later.mobile.or(self.mobile);
        self.activity = later.activity.or(self.activity);
        self.offline_filter = later.offline_filter.or(self.offline_filter.take());
        self.attributes.extend(later.attributes);
        self.option_sets.extend(later.option_sets);
    }
}

impl Declared {
    /// Adds an entity, or what a later source says of it.
    pub(super) fn entity(&mut self, entity: DeclaredEntity) {
        match self.entities.entry(entity.name.value.clone()) {
            indexmap::map::Entry::Occupied(mut earlier) => earlier.get_mut().override_with(entity),
            indexmap::map::Entry::Vacant(slot) => {
                slot.insert(entity);
            }
        }
    }

    /// Adds a relationship, or puts it in the place of an earlier one of its name.
    pub(super) fn relationship(&mut self, relationship: DeclaredRelationship) {
        let key = SmolStr::new(relationship.name.value.to_lowercase());
        self.relationships.insert(key, relationship);
    }

    /// Adds a role, or puts it in the place of an earlier one of its name.
    pub(super) fn role(&mut self, role: Role) {
        self.roles
            .insert(SmolStr::new(role.name.to_lowercase()), role);
    }

    /// Gives attributes the shared choices that they name, where they have no options of their own.
    pub(super) fn share_options(&mut self) {
        for entity in self.entities.values_mut() {
            for (attribute, set) in &entity.option_sets {
                if let Some(declared) = entity.attributes.get_mut(attribute)
                    && let Some(options) = self.option_sets.get(set)
                    && declared.attribute.options.is_empty()
                {
                    declared.attribute.options.clone_from(options);
                }
            }
        }
    }

    /// Adds what a later source declares.
    pub(super) fn merge(&mut self, later: Self) {
        later.entities.into_values().for_each(|e| self.entity(e));
        later
            .relationships
            .into_values()
            .for_each(|r| self.relationship(r));
        self.security = later.security.or(self.security);
        self.option_sets.extend(later.option_sets);
        later.roles.into_values().for_each(|r| self.role(r));
    }
}
