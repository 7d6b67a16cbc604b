//! A hand-made organisation for the engine's own tests: a schema, changes in a line each, and a
//! source of random numbers.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::expect_used,
    reason = "each test program uses a part of it"
)]

pub mod naive;
pub mod random;

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;
use smol_str::SmolStr;
use weir_ir::plan::{Link, NodeId};
use weir_ir::plan::{
    Member, Nodes, Plan, PlanItem, PlanMember, PlanProfile, ProfileId, Root, UserSet,
};
use weir_ir::schema::{
    AttrId, Attribute, AttributeType, Behavior, Entity, EntityId, Ownership, SYSTEM_ENTITIES,
    Schema,
};
use weir_ir::settings::Settings;
use weir_ir::time::Instant;
use weir_ir::transaction::{Change, Transaction};
use weir_ir::value::{Guid, Value};
use weir_runtime::{Engine, Options, UserDelta};

/// Members of a profile, and what it brings of each entity.
pub type Profile = (Vec<Member>, Vec<(EntityId, NodeId)>);

/// An entity: name, ownership, attributes; the first identifies a row.
type Declared<'a> = (&'a str, Ownership, Vec<(&'a str, AttributeType)>);

pub fn schema() -> Arc<Schema> {
    let guid = AttributeType::Uniqueidentifier;
    let mut declared: Vec<Declared<'_>> = vec![
        (
            "account",
            Ownership::UserOrTeam,
            vec![
                ("accountid", guid),
                ("ownerid", AttributeType::Owner),
                ("owningbusinessunit", AttributeType::Lookup),
                ("name", AttributeType::String),
                ("state", AttributeType::Integer),
                ("lang", AttributeType::Integer),
                ("due", AttributeType::Datetime(Behavior::UserLocal)),
                ("born", AttributeType::Datetime(Behavior::DateOnly)),
                (
                    "opens",
                    AttributeType::Datetime(Behavior::TimeZoneIndependent),
                ),
                ("parent", AttributeType::Lookup),
            ],
        ),
        (
            "contact",
            Ownership::UserOrTeam,
            vec![
                ("contactid", guid),
                ("ownerid", AttributeType::Owner),
                ("account", AttributeType::Lookup),
                ("name", AttributeType::String),
                ("state", AttributeType::Integer),
                ("due", AttributeType::Datetime(Behavior::UserLocal)),
            ],
        ),
        (
            "pair",
            Ownership::None,
            vec![("pairid", guid), ("accountid", guid), ("contactid", guid)],
        ),
    ];
    for system in &SYSTEM_ENTITIES {
        let own = (system.primary_id, guid);
        let attributes = system.attributes.iter().map(|(name, ty, _)| (*name, *ty));
        declared.push((
            system.name,
            system.ownership,
            [own].into_iter().chain(attributes).collect(),
        ));
    }
    let entities: IndexMap<SmolStr, Entity> = declared
        .into_iter()
        .map(|(name, ownership, attributes)| (name.into(), entity(name, ownership, attributes)))
        .collect();
    Arc::new(Schema::new(entities, Vec::new(), None).expect("every system entity"))
}

fn entity(name: &str, ownership: Ownership, attributes: Vec<(&str, AttributeType)>) -> Entity {
    Entity {
        name: name.into(),
        table: None,
        ownership: Some(ownership),
        offline: Some(true),
        mobile: true,
        activity: false,
        internal: false,
        primary_id: AttrId(0),
        offline_filter: None,
        attributes: attributes
            .into_iter()
            .map(|(name, ty)| (SmolStr::new(name), Attribute::new(name, ty)))
            .collect(),
    }
}

/// A GUID that ends in that number.
pub fn id(n: u64) -> Guid {
    Guid::parse(&format!("00000000-0000-4000-8000-{n:012x}")).expect("a GUID")
}

pub fn at(text: &str) -> Instant {
    Instant::parse(text).expect("an instant")
}

/// A schema with its names at hand.
#[derive(Clone)]
pub struct World {
    pub schema: Arc<Schema>,
}

impl World {
    pub fn new() -> Self {
        Self { schema: schema() }
    }

    pub fn entity(&self, name: &str) -> EntityId {
        self.schema.find(name).expect("an entity")
    }

    pub fn attr(&self, entity: &str, name: &str) -> AttrId {
        let found = self.schema.entity(self.entity(entity));
        found.find(name).expect("an attribute")
    }

    /// An upsert: `put("account", 7, &[("state", Value::Int(1))])`.
    pub fn put(&self, entity: &str, n: u64, values: &[(&str, Value)]) -> Change {
        Change::Upsert {
            entity: self.entity(entity),
            id: id(n),
            values: values
                .iter()
                .map(|(name, value)| (self.attr(entity, name), value.clone()))
                .collect(),
        }
    }

    pub fn delete(&self, entity: &str, n: u64) -> Change {
        Change::Delete {
            entity: self.entity(entity),
            id: id(n),
        }
    }

    pub fn link(&self, from: (&str, &str), to: (&str, &str)) -> Link {
        Link::Attributes {
            from: self.attr(from.0, from.1),
            entity: self.entity(to.0),
            to: self.attr(to.0, to.1),
        }
    }

    /// A plan of one profile whose members are `members`, with what it brings of each entity.
    pub fn plan(&self, members: Vec<Member>, nodes: Nodes, items: &[(EntityId, NodeId)]) -> Plan {
        self.profiles(vec![(members, items.to_vec())], nodes, Settings::default())
    }

    pub fn profiles(&self, profiles: Vec<Profile>, mut nodes: Nodes, settings: Settings) -> Plan {
        let mut parts: BTreeMap<EntityId, Vec<(ProfileId, NodeId)>> = BTreeMap::new();
        let mut made = Vec::new();
        for (number, (members, items)) in (0..).zip(profiles) {
            for (entity, audience) in &items {
                let entry = parts.entry(*entity).or_default();
                entry.push((ProfileId(number), *audience));
            }
            let item = |(entity, audience): (EntityId, NodeId)| PlanItem {
                entity,
                audience,
                own: audience,
                columns: None,
                associations: Vec::new(),
                sync_minutes: None,
                span: None,
            };
            made.push(PlanProfile {
                name: format!("profile {number}").into(),
                members: members.into_iter().map(PlanMember::from).collect(),
                items: items.into_iter().map(item).collect(),
            });
        }
        let mut roots = Vec::new();
        for (entity, items) in parts {
            let mut terms = Vec::new();
            for (profile, audience) in &items {
                let member = nodes.users(UserSet::Member(*profile));
                terms.push(nodes.and([member, *audience]));
            }
            roots.push(Root {
                entity,
                audience: nodes.or(terms),
                columns: items.iter().map(|(profile, _)| (*profile, None)).collect(),
            });
        }
        Plan {
            settings,
            nodes,
            roots,
            profiles: made,
            apps: Vec::new(),
        }
    }
}

pub fn guid(n: u64) -> Value {
    Value::Guid(id(n))
}

pub fn text(text: &str) -> Value {
    Value::Text(text.into())
}

/// An engine with its transactions in a line each.
pub struct Run {
    pub engine: Engine,
}

impl Run {
    pub fn new(world: &World, plan: Plan) -> Self {
        let mut engine = Engine::new(Arc::clone(&world.schema), Options::default());
        engine.publish(Arc::new(plan)).expect("published");
        Self { engine }
    }

    pub fn apply(&mut self, when: &str, changes: Vec<Change>) -> Vec<UserDelta> {
        let tx = Transaction {
            at: at(when),
            changes,
        };
        let deltas = self.engine.apply(&tx, None).expect("a transaction");
        self.engine.expand(&deltas)
    }

    pub fn tick(&mut self, when: Instant) -> Vec<UserDelta> {
        let deltas = self.engine.tick(when).expect("a tick");
        self.engine.expand(&deltas)
    }
}

/// What users were told, as text: `1 puts 7 8; 2 removes 7`.
pub fn show(told: &[UserDelta]) -> String {
    let number = |id: &Guid| u64::from_str_radix(&id.to_string()[24..], 16).expect("a number");
    let list = |word: &str, rows: &[(EntityId, Guid)]| {
        let rows: Vec<String> = rows.iter().map(|(_, id)| number(id).to_string()).collect();
        if rows.is_empty() {
            String::new()
        } else {
            format!(" {word} {}", rows.join(" "))
        }
    };
    let lines = told.iter().map(|delta| {
        format!(
            "{}{}{}",
            number(&delta.user),
            list("puts", &delta.put),
            list("removes", &delta.remove)
        )
    });
    lines.collect::<Vec<_>>().join("; ")
}
