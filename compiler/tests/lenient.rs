//! `--lenient` never enlarges a set: whatever the metadata lacks, and wherever it is referred to,
//! each item gives a user no row that it would not give with complete metadata.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop where it can't go on"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use weir_compiler::Options;
use weir_grammar::ast::Dialect;
use weir_ir::fold::Collation;
use weir_ir::operators::{Matcher, Relation};
use weir_ir::plan::{Link, Node, NodeId, Plan};
use weir_ir::schema::{AttrId, EntityId, Schema};
use weir_ir::value::{Guid, Value};

/// A generator of small numbers; the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % n
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }
}

const ENTITIES: [&str; 3] = ["aa", "bb", "cc"];
const NUMBERS: [&str; 2] = ["xnumber", "ynumber"];

/// Metadata of three entities, each joined to each; `lacks` says what is missing.
fn metadata(lacks: &BTreeSet<String>) -> String {
    let mut entities = Vec::new();
    let mut relationships = Vec::new();
    for name in ENTITIES.iter().filter(|name| !lacks.contains(**name)) {
        let mut attributes: Vec<String> = NUMBERS
            .iter()
            .filter(|number| !lacks.contains(&format!("{name}.{number}")))
            .map(|number| format!(r#"{{"name":"{number}","type":"integer"}}"#))
            .collect();
        for other in ENTITIES {
            attributes.push(format!(
                r#"{{"name":"{other}ref","type":"lookup","targets":["{other}"]}}"#
            ));
            let relationship = format!("{other}_{name}");
            if other != *name && !lacks.contains(other) && !lacks.contains(&relationship) {
                relationships.push(format!(
                    r#"{{"name":"{relationship}","kind":"1:N","referenced":"{other}","referencing":"{name}","lookup":"{other}ref"}}"#
                ));
            }
        }
        entities.push(format!(
            r#"{{"name":"{name}","ownership":"user-or-team","primary_id":"{name}id","offline":true,"attributes":[{}]}}"#,
            attributes.join(",")
        ));
    }
    format!(
        r#"{{"entities":[{}],"relationships":[{}]}}"#,
        entities.join(","),
        relationships.join(",")
    )
}

fn filter(random: &mut Random, entity: usize, depth: usize) -> String {
    match random.below(if depth == 0 { 2 } else { 6 }) {
        0 => format!(
            "{} {} {}",
            NUMBERS[random.below(2)],
            ["eq", "ne", "ge"][random.below(3)],
            random.below(3)
        ),
        1 => ["ownerid eq-userid", "ownerid ne-userid"][random.below(2)].into(),
        kind @ (2 | 3) => {
            let count = 2 + random.below(2);
            let parts: Vec<String> = (0..count)
                .map(|_| format!("({})", filter(random, entity, depth - 1)))
                .collect();
            parts.join(if kind == 2 { " and " } else { " or " })
        }
        kind => {
            let other = (entity + 1 + random.below(2)) % 3;
            let (name, own) = (ENTITIES[other], ENTITIES[entity]);
            let link = match random.below(3) {
                0 => format!("via {name}_{own}"),
                1 => format!("via {own}_{name}"),
                _ => format!(
                    "on {} = {}",
                    NUMBERS[random.below(2)],
                    NUMBERS[random.below(2)]
                ),
            };
            let not = if kind == 4 { "not " } else { "" };
            let inner = filter(random, other, depth - 1);
            format!("{not}any {name} {link} ({inner})")
        }
    }
}

/// A profile with an item an entity and associations from each to those after it.
fn profile(random: &mut Random) -> String {
    let mut text = String::from("profile \"P\" { limits modern\n");
    for (at, name) in ENTITIES.iter().enumerate() {
        let download = if random.chance(3) {
            "mine where ".to_owned()
        } else {
            "where ".to_owned()
        };
        let _ = write!(
            text,
            "item {name} {{ download {download}{}",
            filter(random, at, 3)
        );
        for (to, target) in ENTITIES.iter().enumerate().skip(at + 1) {
            if random.chance(2) {
                let _ = write!(
                    text,
                    "\n include {target} via {name}_{target} where {}",
                    filter(random, to, 2)
                );
            }
        }
        text += " }\n";
    }
    text + "}\n"
}

type Rows = BTreeMap<&'static str, Vec<BTreeMap<String, Value>>>;

fn guid(entity: usize, row: usize) -> Value {
    let text = format!("00000000-0000-0000-000{entity}-00000000000{row}");
    Value::Guid(Guid::parse(&text).expect("a GUID"))
}

fn rows(random: &mut Random) -> Rows {
    let mut all = Rows::new();
    for (entity, name) in ENTITIES.iter().enumerate() {
        let mut rows = Vec::new();
        for row in 0..4 {
            let mut values = BTreeMap::from([(format!("{name}id"), guid(entity, row))]);
            values.insert("ownerid".into(), guid(9, random.below(2)));
            for number in NUMBERS {
                if !random.chance(4) {
                    let value = i64::try_from(random.below(3)).expect("small");
                    values.insert(number.into(), Value::Int(value));
                }
            }
            for (other, to) in ENTITIES.iter().enumerate() {
                if !random.chance(4) {
                    values.insert(format!("{to}ref"), guid(other, random.below(4)));
                }
            }
            rows.push(values);
        }
        all.insert(name, rows);
    }
    all
}

/// Asks a plan of one user about rows, node by node.
struct Judge<'a> {
    schema: &'a Schema,
    plan: &'a Plan,
    rows: &'a Rows,
}

impl<'a> Judge<'a> {
    fn value(&self, entity: EntityId, row: &'a BTreeMap<String, Value>, id: AttrId) -> &'a Value {
        row.get(self.schema.attribute(entity, id).name.as_str())
            .unwrap_or(&Value::Null)
    }

    fn holds(&self, node: NodeId, entity: EntityId, row: &'a BTreeMap<String, Value>) -> bool {
        match self.plan.nodes.get(node) {
            Node::All => true,
            Node::None => false,
            Node::Rows(condition) => {
                Matcher::new(condition, Collation::CiAi).holds(|id| self.value(entity, row, id))
            }
            Node::UserMatch(id, Relation::Itself) => *self.value(entity, row, *id) == guid(9, 0),
            Node::And(children) => children.iter().all(|child| self.holds(*child, entity, row)),
            Node::Or(children) => children.iter().any(|child| self.holds(*child, entity, row)),
            Node::Not(child) => !self.holds(*child, entity, row),
            Node::Exists(
                Link::Attributes {
                    from,
                    entity: linked,
                    to,
                },
                child,
            ) => {
                let from = self.value(entity, row, *from);
                let linked_rows = &self.rows[self.schema.entity(*linked).name.as_str()];
                !from.is_null()
                    && linked_rows.iter().any(|other| {
                        self.value(*linked, other, *to) == from
                            && self.holds(*child, *linked, other)
                    })
            }
            other => panic!("no filter of this test makes {other:?}"),
        }
    }

    /// The rows of each item, by entity and number.
    fn sets(&self) -> BTreeSet<(&'static str, usize)> {
        let mut sets = BTreeSet::new();
        for item in &self.plan.profiles[0].items {
            let name = self.schema.entity(item.entity).name.as_str();
            let name = ENTITIES
                .into_iter()
                .find(|known| *known == name)
                .expect("one of the three");
            for (number, row) in self.rows[name].iter().enumerate() {
                if self.holds(item.audience, item.entity, row) {
                    sets.insert((name, number));
                }
            }
        }
        sets
    }
}

#[test]
fn lenient_never_enlarges_a_set() {
    let parts: Vec<String> = ENTITIES
        .iter()
        .flat_map(|name| {
            let numbers = NUMBERS.iter().map(move |number| format!("{name}.{number}"));
            let others = ENTITIES.iter().filter(move |other| *other != name);
            let relationships = others.map(move |other| format!("{other}_{name}"));
            numbers.chain(relationships).chain([(*name).to_owned()])
        })
        .collect();
    let complete = common::schema(&metadata(&BTreeSet::new()));
    let (mut smaller, mut same, mut kept) = (0, 0, 0);
    for seed in 0..1_500 {
        let mut random = Random(seed);
        let text = profile(&mut random);
        let lacks: BTreeSet<String> = (0..=random.below(3))
            .map(|_| parts[random.below(parts.len())].clone())
            .collect();
        let partial = common::schema(&metadata(&lacks));
        let whole = common::compile_texts(&complete, &[&text], Dialect::Native, Options::default());
        let options = Options { lenient: true };
        let part = common::compile_texts(&partial, &[&text], Dialect::Native, options);
        let whole_plan = whole
            .compiled
            .plan
            .as_ref()
            .unwrap_or_else(|| panic!("{}", whole.findings()));
        let part_plan = part
            .compiled
            .plan
            .as_ref()
            .unwrap_or_else(|| panic!("{}{lacks:?}", part.findings()));
        for _ in 0..3 {
            let rows = rows(&mut random);
            let with = Judge {
                schema: &complete,
                plan: whole_plan,
                rows: &rows,
            }
            .sets();
            let without = Judge {
                schema: &partial,
                plan: part_plan,
                rows: &rows,
            }
            .sets();
            assert!(
                without.is_subset(&with),
                "seed {seed}, without {lacks:?}: {:?} came with\n{text}",
                without.difference(&with)
            );
            smaller += usize::from(without != with);
            same += usize::from(without == with);
            kept += usize::from(!without.is_empty() && part.compiled.left_out > 0);
        }
    }
    // The property says something only where something was left out and something stayed.
    assert!(
        smaller > 1_000 && same > 300 && kept > 1_000,
        "{smaller} {same} {kept}"
    );
}
