//! Random change streams: an organisation is built, then moved about.

use std::collections::BTreeSet;

use weir_ir::schema::{AttrId, AttributeType, EntityId, RelationshipKind, Schema};
use weir_ir::time::Instant;
use weir_ir::transaction::{Change, Transaction};
use weir_ir::value::{Guid, Value};

use super::rng::Rng;
use super::{Settings, domain, filter};
use crate::model::{self, Rows};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// A transaction, and the publication that takes effect with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The changes.
    pub transaction: Transaction,
    /// The publication's number.
    pub publish: Option<usize>,
    /// Whether it moves a user's context or the clock alone.
    pub contextual: bool,
}

/// Writes a stream.
pub(super) struct Story<'a> {
    schema: &'a Schema,
    rng: &'a mut Rng,
    settings: &'a Settings,
    now: Instant,
    rows: Rows,
    changes: Vec<Change>,
    /// Entities of the business, those that profiles download.
    business: Vec<EntityId>,
    intersects: Vec<EntityId>,
}

impl<'a> Story<'a> {
    pub(super) fn new(
        schema: &'a Schema,
        rng: &'a mut Rng,
        settings: &'a Settings,
        now: Instant,
    ) -> Self {
        let system = &schema.system;
        let intersects: BTreeSet<EntityId> = schema
            .relationships()
            .filter_map(|relationship| match relationship.kind {
                RelationshipKind::ManyToMany { intersect, .. } => Some(intersect),
                RelationshipKind::OneToMany { .. } => None,
            })
            .filter(|intersect| *intersect != system.teammembership)
            .collect();
        let contextual = [
            system.systemuser,
            system.team,
            system.businessunit,
            system.position,
        ];
        let business = schema
            .entities()
            .filter(|(id, found)| {
                found.offline == Some(true) && !found.internal && !contextual.contains(id)
            })
            .map(|(id, _)| id)
            .collect();
        Self {
            schema,
            rng,
            settings,
            now,
            rows: Rows::new(),
            changes: Vec::new(),
            business,
            intersects: intersects.into_iter().collect(),
        }
    }

    /// Rows of those entities alone, beside the system's, and of the intersects between them.
    pub(super) fn limit_to(&mut self, entities: &[EntityId]) {
        self.business = entities.to_vec();
        let within = |id: EntityId| entities.contains(&id);
        self.intersects.retain(|id| {
            self.schema.relationships().any(|r| match r.kind {
                RelationshipKind::ManyToMany {
                    intersect,
                    entity1,
                    entity2,
                    ..
                } => intersect == *id && within(entity1) && within(entity2),
                RelationshipKind::OneToMany { .. } => false,
            })
        });
    }

    /// All steps: the organisation is built in the first two.
    pub(super) fn steps(mut self, publications: usize) -> Vec<Step> {
        let mut steps = Vec::new();
        self.build_context();
        steps.push(self.step(None, true));
        self.build_rows();
        steps.push(self.step(None, false));
        while steps.len() < self.settings.transactions {
            self.pass_time();
            let count = 1 + self.rng.below(self.settings.changes);
            // Users' context and the clock move in well over a fifth of all transactions.
            let kind = self.rng.weighted(&[55, 30, 10, 5]);
            for _ in 0..count {
                match kind {
                    0 => self.change_business(),
                    1 => self.change_context(),
                    2 => break,
                    _ if self.rng.percent(50) => self.change_business(),
                    _ => self.change_context(),
                }
            }
            let publish = self.rng.percent(4).then(|| self.rng.below(publications));
            steps.push(self.step(publish, matches!(kind, 1 | 2)));
        }
        steps
    }

    fn step(&mut self, publish: Option<usize>, contextual: bool) -> Step {
        let changes = std::mem::take(&mut self.changes);
        Step {
            transaction: Transaction {
                at: self.now,
                changes,
            },
            publish,
            contextual,
        }
    }

    fn push(&mut self, change: Change) {
        model::apply(&mut self.rows, std::slice::from_ref(&change));
        self.changes.push(change);
    }

    /// The clock stands still, ticks, or jumps: to a midnight, to an edge of a window, over days.
    fn pass_time(&mut self) {
        let Instant(now) = self.now;
        let next = match self.rng.weighted(&[22, 22, 38, 14, 4]) {
            0 => now,
            1 => now + self.rng.between(1, 2_000),
            2 => now + self.rng.between(1, 3 * 60) * 60_000,
            3 => {
                let half_hours = self.rng.between(0, 47);
                let midnight = now.div_euclid(DAY_MS) * DAY_MS + half_hours * HOUR_MS / 2;
                let later = if midnight <= now {
                    midnight + DAY_MS
                } else {
                    midnight
                };
                later + self.rng.between(-1, 1)
            }
            _ => now + self.rng.between(1, 2) * DAY_MS + self.rng.between(-1, 1),
        };
        self.now = Instant(next.max(now));
    }

    fn build_context(&mut self) {
        let system = self.schema.system;
        for (entity, count) in [
            (system.businessunit, 3),
            (system.position, 3),
            (system.team, 3),
            (
                system.systemuser,
                4 + self.rng.below(self.settings.users.saturating_sub(3)),
            ),
        ] {
            for n in 0..count {
                self.upsert(entity, domain::guid(entity.0, n), 80);
            }
        }
        for n in 0..6 {
            self.upsert_some(system.teammembership, n);
        }
        for n in 0..5 {
            self.upsert_some(system.usersettings, n);
        }
        self.build_privileges();
        for n in 0..8 {
            self.share(domain::guid(system.share.0, n));
        }
    }

    /// Most users may read profiles and something of most entities.
    fn build_privileges(&mut self) {
        let system = self.schema.system;
        let mut entities = self.business.clone();
        entities.extend([system.systemuser, system.team, system.businessunit]);
        let users: Vec<Guid> = self.ids(system.systemuser);
        let mut n = 0;
        for user in users {
            let mut names = vec!["mobileofflineprofile".to_owned()];
            for entity in &entities {
                if self.rng.percent(75) {
                    names.push(self.schema.entity(*entity).name.to_string());
                }
            }
            for name in names {
                let depth = *self.rng.pick(&domain::DEPTHS);
                let values = vec![
                    (system.privilege_systemuserid, Value::Guid(user)),
                    (system.privilege_entity, Value::Text(name.into())),
                    (system.privilege_depth, Value::Text(depth.into())),
                ];
                self.push(Change::Upsert {
                    entity: system.roleprivilege,
                    id: domain::guid(system.roleprivilege.0, n),
                    values,
                });
                n += 1;
            }
        }
        for _ in 0..4 {
            self.upsert_some(system.roleprivilege, n);
            n += 1;
        }
    }

    fn build_rows(&mut self) {
        for entity in self.business.clone() {
            for n in 0..1 + self.rng.below(self.settings.rows) {
                self.upsert(entity, domain::guid(entity.0, n), 75);
            }
        }
        for entity in self.intersects.clone() {
            for n in 0..4 {
                self.upsert_some(entity, n);
            }
        }
    }

    /// A change of the business's rows or of the pairs between them.
    fn change_business(&mut self) {
        let pairs = !self.intersects.is_empty() && self.rng.percent(20);
        let entity = if pairs {
            *self.rng.pick(&self.intersects.clone())
        } else {
            *self.rng.pick(&self.business.clone())
        };
        let id = domain::guid(entity.0, self.rng.below(self.settings.rows));
        match self.rng.weighted(&[55, 15, 15, 10, 5]) {
            0 => self.upsert(entity, id, 15),
            1 => self.delete(entity, id),
            2 => self.move_row(entity, id),
            // Deleted and inserted again in one transaction, as another row or the same.
            3 => {
                let old = model::row(&self.rows, entity, id).cloned();
                self.delete(entity, id);
                match old {
                    Some(values) if self.rng.percent(50) => self.push(Change::Upsert {
                        entity,
                        id,
                        values: values.into_iter().collect(),
                    }),
                    _ => self.upsert(entity, id, 50),
                }
            }
            // Values that are there already.
            _ => {
                let values = model::row(&self.rows, entity, id)
                    .cloned()
                    .unwrap_or_default();
                let values = values
                    .into_iter()
                    .filter(|_| self.rng.percent(50))
                    .collect();
                self.push(Change::Upsert { entity, id, values });
            }
        }
    }

    /// Gives a row another owner, unit or parent.
    fn move_row(&mut self, entity: EntityId, id: Guid) {
        let found = self.schema.entity(entity);
        let lookups: Vec<AttrId> = self
            .settable(entity)
            .into_iter()
            .filter(|attribute| {
                let attribute = found.attribute(*attribute);
                attribute.ty == AttributeType::Owner || !attribute.targets.is_empty()
            })
            .collect();
        if lookups.is_empty() {
            return;
        }
        let attribute = *self.rng.pick(&lookups);
        let value = self.value(entity, attribute);
        self.push(Change::Upsert {
            entity,
            id,
            values: vec![(attribute, value)],
        });
    }

    /// A change of what users are.
    fn change_context(&mut self) {
        let system = self.schema.system;
        let (entity, rows) = *self.rng.pick(&[
            (system.systemuser, 6),
            (system.systemuser, 6),
            (system.team, 4),
            (system.teammembership, 8),
            (system.teammembership, 8),
            (system.usersettings, 7),
            (system.businessunit, 4),
            (system.position, 4),
            (system.roleprivilege, 30),
            (system.roleprivilege, 30),
            (system.share, 9),
        ]);
        let id = domain::guid(entity.0, self.rng.below(rows));
        match self.rng.weighted(&[55, 25, 20]) {
            0 if model::row(&self.rows, entity, id).is_some() => self.move_row_or_set(entity, id),
            1 if entity != system.systemuser || self.rng.percent(30) => self.delete(entity, id),
            _ if entity == system.share => self.share(id),
            2 => self.upsert(entity, id, 20),
            _ => self.upsert(entity, id, 85),
        }
    }

    fn move_row_or_set(&mut self, entity: EntityId, id: Guid) {
        if self.rng.percent(60) {
            self.move_row(entity, id);
        } else {
            self.upsert(entity, id, 20);
        }
    }

    /// Shares a row: mostly one that may be there, its entity's name in some case.
    fn share(&mut self, id: Guid) {
        let system = self.schema.system;
        let of = *self.rng.pick(&self.business.clone());
        let name = self.schema.entity(of).name.clone();
        let name = match self.rng.below(5) {
            0 => name.to_uppercase(),
            _ => name.to_string(),
        };
        let row = Value::Guid(domain::guid(of.0, self.rng.below(self.settings.rows)));
        let principal = self.value(system.share, system.share_principalid);
        let values = vec![
            (system.share_entity, Value::Text(name.into())),
            (system.share_rowid, row),
            (system.share_principalid, principal),
        ];
        self.push(Change::Upsert {
            entity: system.share,
            id,
            values,
        });
    }

    fn upsert_some(&mut self, entity: EntityId, n: usize) {
        self.upsert(entity, domain::guid(entity.0, n), 90);
    }

    /// Sets each attribute with that chance.
    fn upsert(&mut self, entity: EntityId, id: Guid, percent: usize) {
        let mut values = Vec::new();
        for attribute in self.settable(entity) {
            if self.rng.percent(percent) {
                values.push((attribute, self.value(entity, attribute)));
            }
        }
        self.push(Change::Upsert { entity, id, values });
    }

    fn delete(&mut self, entity: EntityId, id: Guid) {
        self.push(Change::Delete { entity, id });
    }

    /// The attributes that a change may name.
    fn settable(&self, entity: EntityId) -> Vec<AttrId> {
        let found = self.schema.entity(entity);
        found
            .attributes
            .keys()
            .filter(|name| !matches!(name.as_str(), "owninguser" | "owningteam"))
            .filter_map(|name| found.find(name))
            .filter(|attribute| *attribute != found.primary_id)
            .collect()
    }

    fn ids(&self, entity: EntityId) -> Vec<Guid> {
        let rows = self.rows.get(&entity);
        rows.into_iter()
            .flat_map(|rows| rows.keys().copied())
            .collect()
    }

    /// A value for an attribute: NULL at times, a row's id for a lookup, a dangling one at times.
    fn value(&mut self, entity: EntityId, attribute: AttrId) -> Value {
        let system = &self.schema.system;
        let found = self.schema.attribute(entity, attribute);
        if let Some(value) = self.system_value(entity, attribute) {
            return value;
        }
        let percent = if found.ty == AttributeType::Owner {
            5
        } else {
            15
        };
        if self.rng.percent(percent) {
            return Value::Null;
        }
        if found.ty == AttributeType::Uniqueidentifier && self.rng.percent(50) {
            // A GUID may be a user's or a unit's.
            let of = *self.rng.pick(&[system.systemuser, system.businessunit]);
            return Value::Guid(domain::guid(of.0, self.rng.below(4)));
        }
        let targets = filter::targets(self.schema, found);
        let intersect = targets.is_empty() && found.ty == AttributeType::Lookup;
        let targets = if intersect {
            self.business.clone()
        } else {
            targets
        };
        if targets.is_empty() || found.ty == AttributeType::Uniqueidentifier {
            return domain::value(self.rng, found, self.now);
        }
        let of = *self.rng.pick(&targets);
        let near = if of == system.systemuser { 5 } else { 3 };
        Value::Guid(domain::guid(
            of.0,
            self.rng
                .below(near + usize::from(self.rng.clone().percent(20))),
        ))
    }

    /// Values of the system entities that have domains of their own.
    fn system_value(&mut self, entity: EntityId, attribute: AttrId) -> Option<Value> {
        let system = self.schema.system;
        let text = |text: &str| Some(Value::Text(text.into()));
        let place = (entity, attribute);
        if place == (system.systemuser, system.domainname)
            || place == (system.systemuser, system.internalemailaddress)
        {
            return text(self.rng.pick::<&str>(&domain::USER_NAMES));
        }
        if place == (system.systemuser, system.isdisabled) {
            return Some(match self.rng.below(8) {
                0 => Value::Bool(true),
                1 => Value::Null,
                _ => Value::Bool(false),
            });
        }
        if place == (system.team, system.team_name) {
            return text(self.rng.pick::<&str>(&domain::TEAM_NAMES));
        }
        if place == (system.usersettings, system.timezone) {
            return text(self.rng.pick::<&str>(&domain::ZONES));
        }
        if place == (system.usersettings, system.uilanguageid) {
            return Some(Value::Int(*self.rng.pick(&domain::LANGUAGES)));
        }
        if place == (system.roleprivilege, system.privilege_depth) {
            return text(self.rng.pick::<&str>(&domain::DEPTHS));
        }
        if place == (system.roleprivilege, system.privilege_entity)
            || place == (system.share, system.share_entity)
        {
            let of = *self.rng.pick(&self.business.clone());
            let name = self.schema.entity(of).name.clone();
            return match self.rng.below(6) {
                0 => text(&name.to_uppercase()),
                1 if entity == system.roleprivilege => text("mobileofflineprofile"),
                _ => text(&name),
            };
        }
        if place == (system.share, system.share_rowid) {
            let of = *self.rng.pick(&self.business.clone());
            return Some(Value::Guid(domain::guid(of.0, self.rng.below(3))));
        }
        None
    }
}
