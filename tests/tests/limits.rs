//! Statements as large as a dialect is said to take run on its server and say what the engine says;
//! what is larger is refused before there is a statement.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop where it can't go on"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread;

use weir_compiler::sql::{self, Dialect, SqlError, storage};
use weir_ir::operators::{Condition, Operands, Operator, Relation};
use weir_ir::plan::{Link, NodeId, Nodes, Plan, Root};
use weir_ir::schema::{AttrId, EntityId, Schema};
use weir_ir::settings::Settings;
use weir_ir::time::Instant;
use weir_ir::transaction::Transaction;
use weir_ir::value::Value;
use weir_runtime::{Engine, Options};
use weir_tests::generate;
use weir_tests::publication::Publication;
use weir_tests::servers::{self, Held, Store};
use weir_tests::story;

/// One test at a time: each empties the databases.
static DATABASES: Mutex<()> = Mutex::new(());

const NOW: &str = "2026-03-29T10:30:00Z";
const ROWS: [&str; 6] = [
    "systemuser u1",
    "systemuser u2",
    "thing r1 name=a ownerid=u1",
    "thing r2 name=b parent=r1 ownerid=u2",
    "thing r3 name=1 parent=r2 ownerid=u1",
    "thing r4 parent=r3 ownerid=u1",
];

/// An entity of that name with a text of the other one, and rows that link to one another.
fn schema(entity: &str, text: &str) -> Arc<Schema> {
    let metadata = serde_json::json!({"entities": [
        {"name": entity, "primary_id": "id", "ownership": "user-or-team", "offline": true,
            "attributes": [
            {"name": text, "type": "string"},
            {"name": "parent", "type": "lookup", "targets": [entity]}]}]});
    Arc::new(generate::load(&metadata.to_string()).expect("metadata without errors"))
}

/// A plan in the making.
struct Maker<'a> {
    schema: &'a Schema,
    entity: EntityId,
    nodes: Nodes,
}

impl Maker<'_> {
    fn attribute(&self, name: &str) -> AttrId {
        let found = self.schema.entity(self.entity).find(name);
        found.expect("an attribute")
    }

    /// Rows whose name is that number, or is not.
    fn named(&mut self, n: usize, is: bool) -> NodeId {
        let condition = Condition {
            attribute: self.attribute("name"),
            operator: if is { Operator::Eq } else { Operator::Ne },
            operands: Operands::Values(Box::new([Value::Text(n.to_string().into())])),
            on_null: !is,
        };
        self.nodes.rows(self.entity, condition)
    }

    fn mine(&mut self) -> NodeId {
        let owner = self.attribute("ownerid");
        self.nodes.user_match(self.entity, owner, Relation::Itself)
    }

    /// Rows whose parent is one of those, or that are the parent of one.
    fn linked(&mut self, others: NodeId, up: bool) -> NodeId {
        let primary = self.schema.entity(self.entity).primary_id;
        let parent = self.attribute("parent");
        let (from, to) = if up {
            (parent, primary)
        } else {
            (primary, parent)
        };
        let entity = self.entity;
        let link = Link::Attributes { from, entity, to };
        self.nodes.exists(entity, link, others)
    }
}

/// Plans of a shape, by their size.
type Shape = fn(&mut Maker<'_>, usize) -> NodeId;

/// So many conditions beside one another: a parameter each.
const WIDE: Shape = |maker, size| {
    let terms: Vec<NodeId> = (0..size).map(|n| maker.named(n, true)).collect();
    maker.nodes.or(terms)
};

/// Groups of `and` and of `or` in turn in one another, so many conditions in all. Few levels, each of
/// them high, stand in one expression.
const HIGH: Shape = |maker, size| {
    let mut root = maker.mine();
    for (level, first) in (0..size).step_by(GROUP).enumerate() {
        let last = usize::min(first + GROUP, size);
        // What is within is the first of its level, at the bottom of what joins them.
        let mut terms = vec![root];
        terms.extend((first..last).map(|n| maker.named(n, level % 2 == 0)));
        root = match level % 2 {
            0 => maker.nodes.or(terms),
            _ => maker.nodes.and(terms),
        };
    }
    root
};

/// Conditions of a level.
const GROUP: usize = 63;

/// Rows below rows below rows …, each an expression of its own that reads the next.
const CHAIN: Shape = |maker, size| {
    let mut root = maker.mine();
    for n in 0..size {
        root = maker.linked(root, true);
        if n % 2 == 1 {
            let other = maker.named(n, false);
            root = maker.nodes.or([root, other]);
        }
    }
    root
};

/// Rows below rows or above them, each level of which reads the next one twice.
const BUSH: Shape = |maker, size| {
    let mut root = maker.named(1, true);
    for _ in 0..size {
        let terms = [true, false].map(|up| maker.linked(root, up));
        root = maker.nodes.or(terms);
    }
    root
};

/// Rows whose parent is one of as many sets, each an expression of its own.
const FAN: Shape = |maker, size| {
    let mut each = |n| {
        let terms = [maker.named(n, true), maker.mine()];
        let set = maker.nodes.and(terms);
        maker.linked(set, true)
    };
    let terms: Vec<NodeId> = (0..size).map(&mut each).collect();
    maker.nodes.or(terms)
};

/// Groups of `and` and `or` in turn in one another, a condition each: expressions that stand by name
/// where they are deep, and read one another.
const TOWER: Shape = |maker, size| {
    let mut root = maker.mine();
    for n in 0..size {
        let terms = [root, maker.named(n, n % 2 == 0)];
        root = match n % 2 {
            0 => maker.nodes.or(terms),
            _ => maker.nodes.and(terms),
        };
    }
    root
};

fn plan(schema: &Schema, shape: Shape, size: usize) -> Plan {
    let entity = schema.find("thing").expect("the entity");
    let nodes = Nodes::default();
    let mut maker = Maker {
        schema,
        entity,
        nodes,
    };
    let audience = shape(&mut maker, size);
    Plan {
        nodes: maker.nodes,
        roots: vec![Root {
            entity,
            audience,
            columns: Vec::new(),
        }],
        ..Plan::empty(Settings::default())
    }
}

/// The largest plan of a shape that has statements, and why the next one has none.
fn largest(schema: &Schema, dialect: Dialect, shape: Shape, most: usize) -> (Plan, SqlError) {
    let attempt = |size: usize| {
        let plan = plan(schema, shape, size);
        let refused = [sql::rows, sql::map].map(|made| made(schema, &plan, dialect).err());
        (plan, refused.into_iter().flatten().next())
    };
    let (mut fine, mut refused) = (1, most);
    let mut why = attempt(refused).1.expect("the largest is too large");
    while refused - fine > 1 {
        let middle = fine.midpoint(refused);
        match attempt(middle).1 {
            None => fine = middle,
            Some(error) => (refused, why) = (middle, error),
        }
    }
    (attempt(fine).0, why)
}

/// Asks a database and the engine for what everybody holds.
fn same_as_engine(
    store: &mut dyn Store,
    schema: &Arc<Schema>,
    plan: Plan,
    rows: &[String],
) -> Result<(), String> {
    let at = Instant::parse(NOW).ok_or("an instant")?;
    let changes: Vec<_> = rows.iter().map(|row| story::change(schema, row)).collect();
    store.reset(schema)?;
    store.write(&changes)?;
    store.publish(&plan)?;
    let mut engine = Engine::new(
        Arc::clone(schema),
        Options {
            hash_seed: 1,
            ..Options::default()
        },
    );
    engine.publish(Arc::new(plan)).expect("published");
    let told = engine.apply(&Transaction { at, changes }, None);
    told.map_err(|error| error.to_string())?;
    let users = engine.users().into_iter();
    let expected: BTreeMap<_, Held> = users.map(|user| (user, engine.rows(user))).collect();
    let map = store.map(at)?;
    if map != expected {
        return Err(format!("{map:?} of all, and not {expected:?}"));
    }
    let holder = expected.iter().find(|(_, held)| !held.is_empty());
    let (user, held) = holder.ok_or("nobody holds anything")?;
    let rows = store.rows(*user, at)?;
    if rows != *held {
        return Err(format!("{rows:?} of {user}, and not {held:?}"));
    }
    Ok(())
}

/// A limit: what it is of, a shape that passes it by that size, the limit, and by how much the next
/// larger plan may pass it.
type Case = (&'static str, Shape, usize, usize, usize);

fn cases(dialect: Dialect) -> Vec<Case> {
    let parameters = ("parameters", WIDE, 70_000, 65_535, 1);
    match dialect {
        Dialect::Postgres => vec![
            parameters,
            ("levels in one expression", HIGH, 3_000, 400, 3),
            ("levels of expressions", TOWER, 1_000, 500, 60),
        ],
        _ => vec![
            parameters,
            ("levels of expressions", CHAIN, 100, 240, 24),
            // Each level has twice the tables of the one before.
            ("tables", BUSH, 20, 960, 960),
            ("common table expressions", FAN, 80, 64, 1),
        ],
    }
}

/// The largest statements of a dialect.
fn agree(dialect: Dialect) {
    let schema = schema("thing", "name");
    let mut store = servers::store(dialect).unwrap_or_else(|said| panic!("{said}"));
    for (what, shape, most, limit, over) in cases(dialect) {
        let (plan, why) = largest(&schema, dialect, shape, most);
        match why {
            SqlError::TooLarge {
                what: of,
                count,
                limit: least,
                ..
            } if (of, least) == (what, limit) => assert!(count <= limit + over, "{count} {what}"),
            other => panic!("{what}: {other}"),
        }
        let same = same_as_engine(&mut *store, &schema, plan, &ROWS.map(str::to_owned));
        same.unwrap_or_else(|said| panic!("{limit} {what}: {said}"));
    }
}

#[test]
fn the_largest_statements_run_and_larger_ones_are_refused() {
    let _alone = DATABASES.lock();
    thread::scope(|scope| {
        let running = Dialect::SERVERS.map(|dialect| scope.spawn(move || agree(dialect)));
        for thread in running {
            assert!(
                thread.join().is_ok(),
                "a limit is not what it is said to be"
            );
        }
    });
}

/// A name that is longer than a server takes would be cut off by PostgreSQL, and be another's.
#[test]
fn the_longest_names_run_and_longer_ones_are_refused() {
    let _alone = DATABASES.lock();
    for (dialect, most) in [(Dialect::Postgres, 63), (Dialect::MariaDb, 64)] {
        let mut store = servers::store(dialect).unwrap_or_else(|said| panic!("{said}"));
        for (entity, text, fits) in [
            (most, most, true),
            (most + 1, most, false),
            (most, most + 1, false),
        ] {
            let (entity, text) = ("e".repeat(entity), "t".repeat(text));
            let schema = schema(&entity, &text);
            let profile = format!(
                "profile \"p\" {{ members {{ user \"anna\" }}
                   item {entity} {{ download where {text} eq \"a\" }} }}"
            );
            let plan = Publication::new(&schema, &[profile], false).expect("no errors");
            let plan = Plan::clone(&plan.plan);
            if fits {
                let rows = [
                    "systemuser u1 domainname=anna".to_owned(),
                    format!("{entity} r1 {text}=A"),
                    format!("{entity} r2 {text}=b"),
                ];
                let same = same_as_engine(&mut *store, &schema, plan, &rows);
                same.unwrap_or_else(|said| panic!("{said}"));
                continue;
            }
            let found = schema.find(&entity).expect("the entity");
            let refused = [
                sql::rows(&schema, &plan, dialect).err(),
                sql::map(&schema, &plan, dialect).err(),
                storage::create_table(schema.entity(found), dialect).err(),
            ];
            for why in refused {
                let is_name =
                    matches!(&why, Some(SqlError::Name { name, .. }) if name.len() == most + 1);
                assert!(is_name, "{}: {why:?}", dialect.name());
            }
        }
    }
}
