//! Every node of a plan, run on SQLite, against what its definition in `ir` says.

mod conditions;
mod files;
mod limits;
mod links;
mod users;

use std::collections::BTreeSet;
use std::sync::Arc;

use weir_compiler::metadata::Builder;
use weir_ir::diagnostic::Sources;
use weir_ir::operators::Relation;
use weir_ir::plan::{NodeId, Nodes, Plan, PlanProfile, Root};
use weir_ir::schema::{AttrId, EntityId, Schema};
use weir_ir::settings::Settings;
use weir_ir::time::Instant;
use weir_ir::transaction::Change;
use weir_ir::value::{Guid, Literal, Value, from_literal};

use super::Database;

const METADATA: &str = r#"{"entities":[
  {"name":"thing","ownership":"user-or-team","attributes":[
    {"name":"name","type":"string"},{"name":"note","type":"memo"},{"name":"count","type":"integer"},
    {"name":"price","type":"money"},{"name":"big","type":"bigint"},{"name":"flag","type":"boolean"},
    {"name":"tags","type":"multichoice"},{"name":"other","type":"lookup","targets":["thing"]},
    {"name":"at","type":"datetime"},{"name":"born","type":"datetime","behavior":"date-only"},
    {"name":"opens","type":"datetime","behavior":"time-zone-independent"},
    {"name":"picture","type":"image"}]}],
 "relationships":[{"name":"pairs","kind":"N:N","intersect":"pair","entity1":"thing","attribute1":"onething",
    "entity2":"thing","attribute2":"otherthing"}]}"#;

/// An organisation in memory.
struct Organisation {
    schema: Arc<Schema>,
    database: Database,
    nodes: Nodes,
    settings: Settings,
}

fn guid(n: u32) -> Guid {
    Guid::parse(&format!("{n:08x}-0000-0000-0000-000000000000")).expect("a GUID")
}

fn instant(text: &str) -> Instant {
    Instant::parse(text).expect("an instant")
}

impl Organisation {
    fn new() -> Self {
        let mut sources = Sources::default();
        let file = sources.add("metadata.json", METADATA);
        let mut builder = Builder::new();
        assert_eq!(builder.json(&sources, file), []);
        let (schema, _) = builder.finish();
        let schema = Arc::new(schema);
        Self {
            database: Database::memory(Arc::clone(&schema)).expect("a database"),
            schema,
            nodes: Nodes::default(),
            settings: Settings::default(),
        }
    }

    fn entity(&self, name: &str) -> EntityId {
        self.schema.find(name).expect("an entity")
    }

    fn thing(&self) -> EntityId {
        self.entity("thing")
    }

    fn attr(&self, entity: &str, name: &str) -> AttrId {
        let entity = self.schema.entity(self.entity(entity));
        entity.find(name).expect("an attribute")
    }

    fn value(&self, entity: &str, name: &str, text: &str) -> Value {
        if text == "null" {
            return Value::Null;
        }
        let entity = self.schema.entity(self.entity(entity));
        let attribute = entity.attribute(entity.find(name).expect("an attribute"));
        from_literal(attribute, Literal::Untyped(text)).expect("a value")
    }

    /// Writes a row: `name=value` each, GUIDs as `#n`.
    fn put(&mut self, entity: &str, id: u32, values: &[(&str, &str)]) {
        let values = values
            .iter()
            .map(|(name, text)| {
                let value = match text.strip_prefix('#') {
                    Some(n) => Value::Guid(guid(n.parse().expect("a number"))),
                    None => self.value(entity, name, text),
                };
                (self.attr(entity, name), value)
            })
            .collect();
        let change = Change::Upsert {
            entity: self.entity(entity),
            id: guid(id),
            values,
        };
        self.database.write(&[change]).expect("written");
    }

    fn delete(&mut self, entity: &str, id: u32) {
        let change = Change::Delete {
            entity: self.entity(entity),
            id: guid(id),
        };
        self.database.write(&[change]).expect("written");
    }

    fn plan(&self, audience: NodeId, profiles: Vec<PlanProfile>) -> Plan {
        Plan {
            nodes: self.nodes.clone(),
            profiles,
            roots: vec![Root {
                entity: self.thing(),
                audience,
                columns: Vec::new(),
            }],
            ..Plan::empty(self.settings.clone())
        }
    }

    /// The pairs (row, user) of a node, which both kinds of query give.
    fn pairs_of(&self, plan: &Plan, now: Instant) -> BTreeSet<(u32, u32)> {
        let queries = self.database.prepare(plan).expect("queries");
        let map = self.database.map(&queries, now).expect("a map");
        let number = |guid: Guid| {
            let head = &guid.to_string()[..8];
            u32::from_str_radix(head, 16).expect("made by `guid`")
        };
        let mut pairs = BTreeSet::new();
        for (user, held) in map {
            assert!(held.is_sorted());
            let rows = self.database.rows(&queries, user, now).expect("rows");
            assert_eq!(rows, held, "rows and map differ for {user}");
            pairs.extend(held.iter().map(|(_, row)| (number(*row), number(user))));
        }
        pairs
    }

    #[track_caller]
    fn check(&self, node: NodeId, expected: &[(u32, u32)]) {
        self.check_at(node, "2026-03-02T08:00:00Z", expected);
    }

    #[track_caller]
    fn check_at(&self, node: NodeId, now: &str, expected: &[(u32, u32)]) {
        let plan = self.plan(node, Vec::new());
        let expected: BTreeSet<_> = expected.iter().copied().collect();
        assert_eq!(self.pairs_of(&plan, instant(now)), expected);
    }

    fn matched(&mut self, attribute: &str, relation: Relation) -> NodeId {
        let attribute = self.attr("thing", attribute);
        let thing = self.thing();
        self.nodes.user_match(thing, attribute, relation)
    }
}
