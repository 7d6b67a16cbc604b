//! The rows of an item: own rows, associations, filters, the organisation's filter (SEMANTICS §3, §4).

use std::collections::{BTreeMap, BTreeSet};

use weir_grammar::ast;
use weir_ir::schema::{AttrId, EntityId, Ownership, RelationshipKind};
use weir_ir::value::{Guid, Value};

use super::{Eye, Model, row};

impl Model<'_> {
    /// rows(T, u) of SEMANTICS §3; `done` holds the items that are known already.
    pub(super) fn rows_of(
        &self,
        profile: &ast::Profile,
        item: &ast::Item,
        user: Guid,
        done: &mut BTreeMap<EntityId, BTreeSet<Guid>>,
    ) -> BTreeSet<Guid> {
        let entity = self.entity(&item.entity.text);
        if let Some(rows) = done.get(&entity) {
            return rows.clone();
        }
        let mut brought = BTreeSet::new();
        for source in &profile.items {
            let from = self.entity(&source.entity.text);
            for include in &source.includes {
                if self.target(include, from) == entity {
                    let sources = self.rows_of(profile, source, user, done);
                    brought.extend(self.linked(include, from, &sources, entity, user));
                }
            }
        }
        let rows: BTreeSet<Guid> = self
            .all(entity)
            .filter(|id| brought.contains(id) || self.own(item, entity, *id, user))
            .filter(|id| self.passes_organization(entity, *id))
            .filter(|id| self.readable(entity, *id, user))
            .collect();
        done.insert(entity, rows.clone());
        rows
    }

    /// own(T, u) of SEMANTICS §3, asked of one row.
    fn own(&self, item: &ast::Item, entity: EntityId, id: Guid, user: Guid) -> bool {
        let Some(download) = &item.download else {
            return false;
        };
        let filtered = || {
            let filter = download.filter.as_ref();
            filter.is_none_or(|f| self.satisfies(f, entity, id, Eye { user: Some(user) }))
        };
        let own = match &download.choice {
            ast::Choice::Related => self.says("related", false),
            ast::Choice::All => self.says("all", true),
            ast::Choice::Custom => self.says("custom", filtered()),
            ast::Choice::Other(flags) => {
                flags.iter().any(|(flag, _)| match flag {
                    ast::Owned::Mine => self.says("mine", self.owner_is(entity, id, user)),
                    ast::Owned::Team => self.says("team", self.owner_is_team(entity, id, user)),
                    ast::Owned::BusinessUnit => {
                        let unit = self.unit_of_row(entity, id);
                        let same = unit.is_some() && unit == self.unit_of_user(user);
                        self.says("business-unit", same)
                    }
                }) && filtered()
            }
        };
        let ownership = self.ownership(entity).name();
        self.says(&format!("ownership {ownership}"), own)
    }

    /// linked(a, X) of SEMANTICS §3.
    fn linked(
        &self,
        include: &ast::Include,
        from: EntityId,
        sources: &BTreeSet<Guid>,
        entity: EntityId,
        user: Guid,
    ) -> BTreeSet<Guid> {
        let feature = match self.relationship(&include.via.text) {
            RelationshipKind::OneToMany { referenced, .. } if *referenced == from => "include 1:N",
            RelationshipKind::OneToMany { .. } => "include N:1",
            RelationshipKind::ManyToMany { .. } => "include N:N",
        };
        let joined = |id: Guid| {
            let any = sources
                .iter()
                .any(|source| self.joined(&include.via.text, (from, *source), (entity, id)));
            self.says(feature, any)
        };
        let fits = |id: Guid| match &include.filter {
            Some(filter) => {
                let fits = self.satisfies(filter, entity, id, Eye { user: Some(user) });
                self.says("include where", fits)
            }
            None => true,
        };
        self.all(entity)
            .filter(|id| joined(*id) && fits(*id))
            .collect()
    }

    /// The entity that an association leads to.
    fn target(&self, include: &ast::Include, from: EntityId) -> EntityId {
        if let Some(name) = &include.entity {
            return self.entity(&name.text);
        }
        let (one, other) = self.relationship(&include.via.text).ends();
        if one == from { other } else { one }
    }

    /// Whether a relationship relates two rows that exist.
    fn joined(&self, name: &str, a: (EntityId, Guid), b: (EntityId, Guid)) -> bool {
        match *self.relationship(name) {
            RelationshipKind::OneToMany {
                referenced,
                referencing,
                lookup,
                ..
            } => [(a, b), (b, a)].iter().any(|(one, many)| {
                one.0 == referenced
                    && many.0 == referencing
                    && self.value(many.0, many.1, lookup) == Value::Guid(one.1)
            }),
            RelationshipKind::ManyToMany {
                intersect,
                entity1,
                attribute1,
                entity2,
                attribute2,
            } => [(a, b), (b, a)].iter().any(|(one, two)| {
                one.0 == entity1
                    && two.0 == entity2
                    && self.all(intersect).any(|pair| {
                        self.value(intersect, pair, attribute1) == Value::Guid(one.1)
                            && self.value(intersect, pair, attribute2) == Value::Guid(two.1)
                    })
            }),
        }
    }

    /// What the organization blocks say of an entity.
    fn said_of(&self, entity: EntityId) -> impl Iterator<Item = &ast::EntitySetting> {
        let blocks = self.published.files.iter().flat_map(|file| &file.blocks);
        let settings = blocks.filter_map(|block| match block {
            ast::Block::Organization(organization) => Some(&organization.settings),
            _ => None,
        });
        settings.flatten().filter_map(move |setting| match setting {
            ast::Setting::Entity(said) if self.entity(&said.name.text) == entity => Some(said),
            _ => None,
        })
    }

    /// The ownership of an entity: the organization blocks', else the metadata's, else user-or-team.
    pub(super) fn ownership(&self, entity: EntityId) -> Ownership {
        match self.said_of(entity).find_map(|said| said.ownership) {
            Some((ownership, _)) if self.says("override ownership", true) => ownership,
            _ => self.schema.entity(entity).ownership.unwrap_or_default(),
        }
    }

    /// orgfilter(T): the organization block's, else the metadata's.
    fn passes_organization(&self, entity: EntityId, id: Guid) -> bool {
        let of_block = self.said_of(entity).find_map(|said| said.filter.as_ref());
        match of_block.or_else(|| self.published.filters.get(&entity)) {
            Some(filter) => {
                let passes = self.satisfies(filter, entity, id, Eye { user: None });
                self.says("organization filter", passes)
            }
            None => true,
        }
    }

    /// Whether a row satisfies a filter (SEMANTICS §4).
    fn satisfies(&self, filter: &ast::Filter, entity: EntityId, id: Guid, eye: Eye) -> bool {
        match filter {
            ast::Filter::Group { kind, children, .. } => match kind {
                ast::GroupKind::And => children
                    .iter()
                    .all(|child| self.satisfies(child, entity, id, eye)),
                ast::GroupKind::Or => children
                    .iter()
                    .any(|child| self.satisfies(child, entity, id, eye)),
            },
            ast::Filter::Condition(condition) => self.holds(condition, entity, id, eye),
            ast::Filter::Related(related) => {
                let other = self.entity(&related.entity.text);
                let any = self.all(other).any(|row| {
                    self.is_linked(&related.link, (other, row), (entity, id))
                        && related
                            .filter
                            .as_ref()
                            .is_none_or(|inner| self.satisfies(inner, other, row, eye))
                });
                let feature = if related.negated { "not any" } else { "any" };
                self.says(feature, any != related.negated)
            }
        }
    }

    /// Whether a related-row condition's link joins a linked row and this one.
    fn is_linked(&self, link: &ast::Link, other: (EntityId, Guid), own: (EntityId, Guid)) -> bool {
        match link {
            ast::Link::Via(name) => self.joined(&name.text, other, own),
            ast::Link::On {
                linked,
                own: attribute,
            } => {
                let left = self.value(other.0, other.1, self.attribute(other.0, &linked.text));
                let right = self.value(own.0, own.1, self.attribute(own.0, &attribute.text));
                !left.is_null() && !right.is_null() && self.equal(&left, &right)
            }
        }
    }

    /// The columns that an item names, all of them where it names none; the id comes with every row,
    /// and what follows from the owner counts as the owner.
    pub(super) fn columns(&self, item: &ast::Item) -> BTreeSet<AttrId> {
        let entity = self.entity(&item.entity.text);
        let found = self.schema.entity(entity);
        let names: Vec<String> = match &item.columns {
            Some(columns) => columns.iter().map(|c| c.text.to_lowercase()).collect(),
            None => found.attributes.keys().map(ToString::to_string).collect(),
        };
        let owner = |name: String| match name.as_str() {
            "owninguser" | "owningteam" => "ownerid".to_owned(),
            _ => name,
        };
        names
            .into_iter()
            .map(|name| self.attribute(entity, &owner(name)))
            .chain([found.primary_id])
            .collect()
    }

    /// The value of an attribute: the primary id is the row's id, `owninguser` and `owningteam`
    /// follow from `ownerid`.
    pub(super) fn value(&self, entity: EntityId, id: Guid, attribute: AttrId) -> Value {
        let found = self.schema.entity(entity);
        if attribute == found.primary_id {
            return Value::Guid(id);
        }
        let name = found.attribute(attribute).name.as_str();
        if !matches!(name, "owninguser" | "owningteam") {
            let row = row(self.rows, entity, id);
            return row
                .and_then(|row| row.get(&attribute))
                .cloned()
                .unwrap_or(Value::Null);
        }
        let Some(owner) = self.owner(entity, id) else {
            return Value::Null;
        };
        let user = self.exists(self.schema.system.systemuser, owner);
        let team = !user && self.exists(self.schema.system.team, owner);
        if if name == "owninguser" { user } else { team } {
            Value::Guid(owner)
        } else {
            Value::Null
        }
    }
}
