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
mod rows;
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
    rows.sort_by_key(|row| (schema.entity(row.0).name.clone(), row.1));
    rows
}
