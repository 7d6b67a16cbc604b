//! The reference: what a user's devices hold, recomputed from `SEMANTICS.md` out of the schema, the
//! syntax trees of the profiles and the rows.
//!
//! Nothing here is indexed, shared or remembered, and nothing of the product's own meaning is used:
//! operators, folding, patterns, windows, hierarchies and privileges are written a second time, so
//! that a mistake in one of them can't pass every net (`tests/tests/tidy_model.rs` forbids the
//! imports). Cost: everything, at every question.

use std::collections::{BTreeMap, BTreeSet};

use weir_grammar::ast;
use weir_ir::schema::{AttrId, EntityId, RelationshipKind, Schema};
use weir_ir::time::Instant;
use weir_ir::transaction::Change;
use weir_ir::value::{Guid, Value};

mod clock;
mod condition;
mod context;
mod literal;
mod pattern;
mod security;
mod settings;
mod text;

pub use settings::Settings;
pub use text::fold;

/// A row's values; an attribute that is absent is NULL.
pub type Row = BTreeMap<AttrId, Value>;
/// Every row, by entity.
pub type Rows = BTreeMap<EntityId, BTreeMap<Guid, Row>>;

/// A feature whose result is forced, to see whether it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Force {
    /// The feature's name: an operator's token, a choice, `any`, `include`, …
    pub feature: String,
    /// What it says everywhere.
    pub says: bool,
}

/// What is published: the files, and the organisation filters that the metadata carries.
#[derive(Clone, Debug, Default)]
pub struct Published {
    /// Syntax trees of all files.
    pub files: Vec<ast::File>,
    /// Organisation data download filters of the metadata.
    pub filters: BTreeMap<EntityId, ast::Filter>,
}

/// What a user's devices hold, and with which columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// The rows.
    pub rows: BTreeSet<(EntityId, Guid)>,
    /// The columns of each item's entity.
    pub columns: BTreeMap<EntityId, BTreeSet<AttrId>>,
}

/// What a user is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The user.
    pub user: Guid,
    /// Rows that came or changed, by entity name and id.
    pub put: Vec<(EntityId, Guid)>,
    /// Rows that went, by entity name and id.
    pub remove: Vec<(EntityId, Guid)>,
}

/// Whose eyes a filter is read with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Eye {
    /// The user; none in an organisation filter.
    pub(crate) user: Option<Guid>,
}

/// An organisation at one instant.
#[derive(Clone, Debug)]
pub struct Model<'a> {
    schema: &'a Schema,
    published: &'a Published,
    rows: &'a Rows,
    now: Instant,
    settings: Settings,
    force: Option<Force>,
}

impl<'a> Model<'a> {
    /// The organisation with those rows and that publication at that instant.
    #[must_use]
    pub fn new(
        schema: &'a Schema,
        published: &'a Published,
        rows: &'a Rows,
        now: Instant,
        force: Option<Force>,
    ) -> Self {
        let settings = Settings::read(schema, &published.files, force.as_ref());
        Self {
            schema,
            published,
            rows,
            now,
            settings,
            force,
        }
    }

    /// What every user's devices hold; users who hold nothing are there too.
    #[must_use]
    pub fn everybody(&self) -> BTreeMap<Guid, Held> {
        let users = self.all(self.schema.system.systemuser);
        users.map(|user| (user, self.held(user))).collect()
    }

    /// What a user's devices hold.
    #[must_use]
    pub fn held(&self, user: Guid) -> Held {
        let mut held = Held::default();
        let Some(profile) = self.profile_of(user) else {
            return held;
        };
        let mut done = BTreeMap::new();
        for item in &profile.items {
            let entity = self.entity(&item.entity.text);
            let rows = self.rows_of(profile, item, user, &mut done);
            held.rows.extend(rows.into_iter().map(|id| (entity, id)));
            held.columns.insert(entity, self.columns(item));
        }
        held
    }

    /// rows(T, u) of SEMANTICS §3; `done` holds the items that are known already.
    fn rows_of(
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
        let ownership = self.schema.entity(entity).acting_ownership().name();
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

    /// orgfilter(T): the organization block's, else the metadata's.
    fn passes_organization(&self, entity: EntityId, id: Guid) -> bool {
        let blocks = self.published.files.iter().flat_map(|file| &file.blocks);
        let settings = blocks.filter_map(|block| match block {
            ast::Block::Organization(organization) => Some(&organization.settings),
            _ => None,
        });
        let of_block = settings.flatten().find_map(|setting| match setting {
            ast::Setting::Entity(own) if self.entity(&own.name.text) == entity => {
                own.filter.as_ref()
            }
            _ => None,
        });
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
    fn columns(&self, item: &ast::Item) -> BTreeSet<AttrId> {
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
    fn value(&self, entity: EntityId, id: Guid, attribute: AttrId) -> Value {
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

    /// The ids of an entity's rows.
    fn all(&self, entity: EntityId) -> impl Iterator<Item = Guid> + '_ {
        self.rows
            .get(&entity)
            .into_iter()
            .flat_map(|rows| rows.keys().copied())
    }

    fn exists(&self, entity: EntityId, id: Guid) -> bool {
        row(self.rows, entity, id).is_some()
    }

    /// The feature's result, or what it is forced to.
    fn says(&self, feature: &str, result: bool) -> bool {
        match &self.force {
            Some(force) if force.feature == feature => force.says,
            _ => result,
        }
    }

    #[expect(clippy::expect_used, reason = "the compiler has resolved every name")]
    fn entity(&self, name: &str) -> EntityId {
        self.schema
            .find(&name.to_lowercase())
            .expect("a known entity")
    }

    #[expect(clippy::expect_used, reason = "the compiler has resolved every name")]
    fn attribute(&self, entity: EntityId, name: &str) -> AttrId {
        let found = self.schema.entity(entity).find(&name.to_lowercase());
        found.expect("a known attribute")
    }

    #[expect(clippy::expect_used, reason = "the compiler has resolved every name")]
    fn relationship(&self, name: &str) -> &RelationshipKind {
        let found = self.schema.find_relationship(name);
        &self
            .schema
            .relationship(found.expect("a known relationship"))
            .kind
    }
}

/// A row, if it is there.
#[must_use]
pub fn row(rows: &Rows, entity: EntityId, id: Guid) -> Option<&Row> {
    rows.get(&entity)?.get(&id)
}

/// Applies changes in order.
pub fn apply(rows: &mut Rows, changes: &[Change]) {
    for change in changes {
        match change {
            Change::Upsert { entity, id, values } => {
                let row = rows.entry(*entity).or_default().entry(*id).or_default();
                for (attribute, value) in values {
                    if value.is_null() {
                        row.remove(attribute);
                    } else {
                        row.insert(*attribute, value.clone());
                    }
                }
            }
            Change::Delete { entity, id } => {
                rows.entry(*entity).or_default().remove(id);
            }
        }
    }
}

/// What each user is told between two states (SEMANTICS §6), users ascending; users who are told
/// nothing are left out.
#[must_use]
pub fn told(
    schema: &Schema,
    before: (&BTreeMap<Guid, Held>, &Rows),
    after: (&BTreeMap<Guid, Held>, &Rows),
) -> Vec<Told> {
    let nothing = Held::default();
    let users: BTreeSet<Guid> = before.0.keys().chain(after.0.keys()).copied().collect();
    let mut all = Vec::new();
    for user in users {
        let old = before.0.get(&user).unwrap_or(&nothing);
        let new = after.0.get(&user).unwrap_or(&nothing);
        let put = new.rows.iter().filter(|key| {
            let value = |rows, column| row(rows, key.0, key.1).and_then(|row| row.get(column));
            !old.rows.contains(key)
                || new.columns[&key.0].iter().any(|column| {
                    !old.columns[&key.0].contains(column)
                        || value(before.1, column) != value(after.1, column)
                })
        });
        let remove = old.rows.difference(&new.rows);
        let (put, remove) = (sorted(schema, put), sorted(schema, remove));
        if !put.is_empty() || !remove.is_empty() {
            all.push(Told { user, put, remove });
        }
    }
    all
}

/// Rows by entity name and id.
fn sorted<'r>(
    schema: &Schema,
    rows: impl Iterator<Item = &'r (EntityId, Guid)>,
) -> Vec<(EntityId, Guid)> {
    let mut rows: Vec<_> = rows.copied().collect();
    rows.sort_by(|a, b| {
        let name = |row: &(EntityId, Guid)| schema.entity(row.0).name.clone();
        (name(a), a.1).cmp(&(name(b), b.1))
    });
    rows
}
