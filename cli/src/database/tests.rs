//! Every node of a plan, run on SQLite, against what its definition in `ir` says.

use std::collections::BTreeSet;
use std::sync::Arc;

use weir_compiler::metadata::Builder;
use weir_ir::diagnostic::Sources;
use weir_ir::fold::Collation;
use weir_ir::operators::{Condition, Matcher, Operands, Operator, Relation};
use weir_ir::plan::{
    Depth, Link, Member, NodeId, Nodes, Plan, PlanProfile, ProfileId, Root, UserSet,
};
use weir_ir::schema::{AttrId, EntityId, Schema};
use weir_ir::settings::{ClockZone, HierarchyModel, Settings};
use weir_ir::time::Instant;
use weir_ir::transaction::Change;
use weir_ir::value::{Guid, Literal, Value, from_literal};
use weir_ir::window::Window;

use super::{Database, DatabaseError};

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

#[test]
fn users_are_active_and_rows_of_one_are_those_of_all() {
    let mut org = Organisation::new();
    org.put("systemuser", 1, &[]);
    org.put("systemuser", 2, &[("isdisabled", "1")]);
    org.put("systemuser", 3, &[("isdisabled", "0")]);
    org.put("thing", 9, &[]);
    let all = org.nodes.all();
    org.check(all, &[(9, 1), (9, 3)]);
    let active = org.nodes.users(UserSet::Active);
    org.check(active, &[(9, 1), (9, 3)]);
    let nobody = org.nodes.not(active);
    org.check(nobody, &[]);
    let none = org.nodes.none();
    org.check(none, &[]);
    let users: Vec<Guid> = org.database.users().expect("users");
    assert_eq!(users, [guid(1), guid(2), guid(3)]);
}

#[test]
fn members_belong_to_the_first_profile_that_means_them() {
    let mut org = Organisation::new();
    org.put("systemuser", 1, &[("domainname", "ÀLICE")]);
    org.put("systemuser", 2, &[("internalemailaddress", "bob")]);
    org.put("systemuser", 3, &[]);
    org.put("systemuser", 4, &[]);
    org.put(
        "systemuser",
        5,
        &[("domainname", "alice"), ("isdisabled", "1")],
    );
    org.put("team", 6, &[("name", "Nörth")]);
    org.put(
        "teammembership",
        7,
        &[("teamid", "#6"), ("systemuserid", "#3")],
    );
    org.put(
        "teammembership",
        8,
        &[("teamid", "#6"), ("systemuserid", "#1")],
    );
    org.put("thing", 9, &[]);
    let profile = |members: Vec<Member>| PlanProfile {
        name: "P".into(),
        members: members.into_iter().map(|member| (member, None)).collect(),
        items: Vec::new(),
    };
    let profiles = vec![
        profile(vec![Member::UserNamed("alice".into())]),
        profile(vec![
            Member::TeamNamed("north".into()),
            Member::User(guid(4)),
        ]),
        profile(vec![Member::UserNamed("bob".into()), Member::Team(guid(6))]),
        profile(Vec::new()),
    ];
    for (number, expected) in [
        (0, &[(9, 1)][..]),
        (1, &[(9, 3), (9, 4)]),
        (2, &[(9, 2)]),
        (3, &[]),
    ] {
        let node = org.nodes.users(UserSet::Member(ProfileId(number)));
        let plan = org.plan(node, profiles.clone());
        let expected: BTreeSet<_> = expected.iter().copied().collect();
        assert_eq!(org.pairs_of(&plan, Instant(0)), expected, "{number}");
    }
    let node = org.nodes.users(UserSet::Member(ProfileId(0)));
    let nobody = org.plan(node, vec![profile(Vec::new())]);
    assert_eq!(org.pairs_of(&nobody, Instant(0)), BTreeSet::new());
}

/// Values to try of an attribute; the last three of a text are folded away from the first.
fn values(attribute: &str) -> &'static [&'static str] {
    match attribute {
        "name" | "note" => &[
            "null", "", "Straße", "STRASSE", "strasse ", "a%", "ab", "É", "e", "[a]", "zz", "a\0b",
        ],
        "count" | "big" => &["null", "-1", "0", "2", "10"],
        "price" => &[
            "null",
            "-1",
            "2.50",
            "2.5",
            "10",
            "0.000000000000000001",
            "9",
        ],
        "flag" => &["null", "true", "false"],
        "other" => &[
            "null",
            "00000001-0000-0000-0000-000000000000",
            "{0000000A-0000-0000-0000-000000000000}",
        ],
        "tags" => &["null", "1", "2"],
        "born" => &[
            "null",
            "0000-01-01",
            "2026-03-01",
            "2026-03-02",
            "9999-12-31",
        ],
        "at" => &[
            "null",
            "0000-01-01",
            "2026-03-02T08:00:00.001Z",
            "2026-03-02",
            "9999-12-31T23:59:59.999Z",
        ],
        _ => &[
            "null",
            "2026-03-02T08:00:00.001",
            "2026-03-02T08:00",
            "9999-12-31",
        ],
    }
}

const ATTRIBUTES: [&str; 10] = [
    "name", "note", "count", "big", "price", "flag", "other", "tags", "born", "at",
];

/// Every operator × attribute × value × value × NULL rule, as `Matcher` says, and its complement.
#[test]
fn conditions_are_what_the_operators_define() {
    const OPERATORS: [Operator; 16] = [
        Operator::Eq,
        Operator::Ne,
        Operator::Gt,
        Operator::Ge,
        Operator::Lt,
        Operator::Le,
        Operator::In,
        Operator::NotIn,
        Operator::Null,
        Operator::NotNull,
        Operator::Like,
        Operator::NotLike,
        Operator::BeginsWith,
        Operator::NotBeginWith,
        Operator::EndsWith,
        Operator::NotEndWith,
    ];
    for collation in [Collation::CiAi, Collation::CiAs] {
        let mut org = Organisation::new();
        org.settings.collation = collation;
        org.put("systemuser", 1, &[]);
        let mut id = 100;
        let mut rows: Vec<(u32, Vec<(AttrId, Value)>)> = Vec::new();
        for attribute in ATTRIBUTES {
            for text in values(attribute) {
                org.put("thing", id, &[(attribute, text)]);
                let value = org.value("thing", attribute, text);
                rows.push((id, vec![(org.attr("thing", attribute), value)]));
                id += 1;
            }
        }
        let mut asked = 0;
        for attribute in ATTRIBUTES {
            for operator in OPERATORS {
                for text in values(attribute) {
                    for on_null in [false, true] {
                        asked +=
                            check_condition(&mut org, &rows, attribute, operator, text, on_null);
                    }
                }
            }
        }
        assert!(asked > 1_000, "{asked}");
    }
}

fn check_condition(
    org: &mut Organisation,
    rows: &[(u32, Vec<(AttrId, Value)>)],
    name: &str,
    operator: Operator,
    text: &str,
    on_null: bool,
) -> usize {
    let attribute = org.attr("thing", name);
    let folded = |value: Value| match value {
        Value::Text(text) => Value::Text(weir_ir::fold::fold(&text, org.settings.collation).into()),
        other => other,
    };
    let value = folded(org.value("thing", name, text));
    if value.is_null() {
        return 0;
    }
    let operands = match operator {
        Operator::Null | Operator::NotNull => Operands::None,
        Operator::In | Operator::NotIn => {
            let second = folded(org.value("thing", name, values(name)[2]));
            Operands::Values(Box::new([value, second]))
        }
        _ => Operands::Values(Box::new([value])),
    };
    let condition = Condition {
        attribute,
        operator,
        operands,
        on_null,
    };
    let matcher = Matcher::new(&condition, org.settings.collation);
    let says = |values: &[(AttrId, Value)]| {
        let found = values.iter().find(|(known, _)| *known == attribute);
        matcher.holds(|_| found.map_or(&Value::Null, |(_, value)| value))
    };
    let holds: BTreeSet<(u32, u32)> = rows
        .iter()
        .filter(|(_, values)| says(values))
        .map(|(id, _)| (*id, 1))
        .collect();
    let rest = rows.iter().map(|(id, _)| (*id, 1));
    let rest: BTreeSet<(u32, u32)> = rest.filter(|pair| !holds.contains(pair)).collect();
    let thing = org.thing();
    let node = org.nodes.rows(thing, condition.clone());
    let not = org.nodes.not(node);
    for (node, expected) in [(node, holds), (not, rest)] {
        let found = org.pairs_of(&org.plan(node, Vec::new()), Instant(0));
        assert_eq!(found, expected, "{condition:?}");
    }
    1
}

#[test]
fn attributes_compare_with_one_another() {
    let mut org = Organisation::new();
    org.put("systemuser", 1, &[]);
    org.put(
        "thing",
        1,
        &[
            ("count", "10"),
            ("price", "9"),
            ("name", "É"),
            ("note", "e"),
        ],
    );
    org.put(
        "thing",
        2,
        &[
            ("count", "10"),
            ("price", "10.0"),
            ("name", "a"),
            ("note", "b"),
        ],
    );
    org.put("thing", 3, &[("count", "10"), ("name", "a")]);
    let thing = org.thing();
    let mut node = |operator, left: &str, right: &str, on_null| {
        let condition = Condition {
            attribute: org.attr("thing", left),
            operator,
            operands: Operands::Attribute(org.attr("thing", right)),
            on_null,
        };
        org.nodes.rows(thing, condition)
    };
    let cases = [
        (node(Operator::Eq, "count", "price", false), &[2][..]),
        (node(Operator::Gt, "price", "count", false), &[]),
        (node(Operator::Gt, "count", "price", false), &[1]),
        (node(Operator::Ne, "price", "count", true), &[1, 3]),
        (node(Operator::Eq, "name", "note", false), &[1]),
        (node(Operator::Lt, "name", "note", true), &[2, 3]),
        // Types that don't compare are unequal.
        (node(Operator::Eq, "name", "count", false), &[]),
        (node(Operator::Ne, "name", "count", false), &[1, 2, 3]),
    ];
    for (node, rows) in cases {
        let expected: Vec<(u32, u32)> = rows.iter().map(|row| (*row, 1)).collect();
        org.check(node, &expected);
    }
}

#[test]
fn relations_of_users_to_values() {
    let mut org = Organisation::new();
    org.put("systemuser", 1, &[("businessunitid", "#20")]);
    org.put("systemuser", 2, &[("parentsystemuserid", "#1")]);
    org.put(
        "systemuser",
        3,
        &[("parentsystemuserid", "#2"), ("isdisabled", "1")],
    );
    org.put("systemuser", 4, &[("parentsystemuserid", "#3")]);
    org.put("team", 10, &[]);
    org.put(
        "teammembership",
        11,
        &[("teamid", "#10"), ("systemuserid", "#2")],
    );
    // Of a team that isn't there: no team.
    org.put(
        "teammembership",
        12,
        &[("teamid", "#13"), ("systemuserid", "#2")],
    );
    for (row, owner) in [
        (101, "#1"),
        (102, "#2"),
        (103, "#3"),
        (104, "#4"),
        (110, "#10"),
        (113, "#13"),
    ] {
        org.put(
            "thing",
            row,
            &[("ownerid", owner), ("owningbusinessunit", "#20")],
        );
    }
    org.put("thing", 199, &[]);
    let itself = org.matched("ownerid", Relation::Itself);
    org.check(itself, &[(101, 1), (102, 2), (104, 4)]);
    let team = org.matched("ownerid", Relation::Team);
    org.check(team, &[(110, 2)]);
    let either = org.matched("ownerid", Relation::SelfOrTeam);
    org.check(either, &[(101, 1), (102, 2), (104, 4), (110, 2)]);
    let unit = org.matched("owningbusinessunit", Relation::BusinessUnit);
    let of_unit = [101, 102, 103, 104, 110, 113].map(|row| (row, 1));
    org.check(unit, &of_unit);

    org.settings.hierarchy_depth = 2;
    let hierarchy = org.matched("ownerid", Relation::Hierarchy);
    org.check(
        hierarchy,
        &[
            (101, 1),
            (102, 1),
            (103, 1),
            (102, 2),
            (103, 2),
            (104, 2),
            (104, 4),
        ],
    );
    let below = org.matched("ownerid", Relation::Subordinate);
    org.check(below, &[(102, 1), (103, 1), (103, 2), (104, 2)]);
    let with_teams = org.matched("ownerid", Relation::HierarchyAndTeams);
    org.check(
        with_teams,
        &[
            (101, 1),
            (102, 1),
            (103, 1),
            (110, 1),
            (102, 2),
            (103, 2),
            (104, 2),
            (110, 2),
            (104, 4),
        ],
    );
    let teams_below = org.matched("ownerid", Relation::TeamOfSubordinate);
    org.check(teams_below, &[(110, 1)]);
    org.settings.hierarchy_depth = 0;
    org.check(hierarchy, &[(101, 1), (102, 2), (104, 4)]);

    // A loop ends where it closes, and nobody is below themselves.
    org.put("systemuser", 1, &[("parentsystemuserid", "#2")]);
    org.settings.hierarchy_depth = 100;
    org.check(
        below,
        &[(102, 1), (103, 1), (104, 1), (101, 2), (103, 2), (104, 2)],
    );
    // Whoever isn't there ends the chain.
    org.delete("systemuser", 3);
    org.check(below, &[(102, 1), (101, 2)]);
}

#[test]
fn positions_stand_for_the_users_at_them() {
    let mut org = Organisation::new();
    org.settings.hierarchy_model = HierarchyModel::Position;
    org.put("position", 50, &[("parentpositionid", "#52")]);
    org.put("position", 51, &[("parentpositionid", "#50")]);
    org.put("position", 52, &[("parentpositionid", "#51")]);
    org.put("position", 53, &[("parentpositionid", "#59")]);
    for (user, position) in [
        (1, "#50"),
        (2, "#50"),
        (3, "#51"),
        (4, "#52"),
        (5, "#53"),
        (6, "#59"),
        (7, "null"),
    ] {
        org.put("systemuser", user, &[("positionid", position)]);
        org.put("thing", 100 + user, &[("ownerid", &format!("#{user}"))]);
    }
    let below = org.matched("ownerid", Relation::Subordinate);
    org.settings.hierarchy_depth = 1;
    org.check(below, &[(103, 1), (103, 2), (104, 3), (101, 4), (102, 4)]);
    org.settings.hierarchy_depth = 9;
    org.check(
        below,
        &[
            (103, 1),
            (104, 1),
            (103, 2),
            (104, 2),
            (104, 3),
            (101, 3),
            (102, 3),
            (101, 4),
            (102, 4),
            (103, 4),
        ],
    );
    let hierarchy = org.matched("ownerid", Relation::Hierarchy);
    org.settings.hierarchy_depth = 1;
    let themselves = (1..=7).map(|user| (100 + user, user));
    let expected: Vec<_> = themselves
        .chain([(103, 1), (103, 2), (104, 3), (101, 4), (102, 4)])
        .collect();
    org.check(hierarchy, &expected);
}

#[test]
fn settings_with_the_greatest_id_give_language_and_zone() {
    let mut org = Organisation::new();
    for user in [1, 2, 3] {
        org.put("systemuser", user, &[]);
    }
    org.put(
        "usersettings",
        10,
        &[
            ("systemuserid", "#1"),
            ("uilanguageid", "1031"),
            ("timezone", "Asia/Tokyo"),
        ],
    );
    org.put(
        "usersettings",
        20,
        &[("systemuserid", "#2"), ("uilanguageid", "1031")],
    );
    org.put(
        "usersettings",
        21,
        &[("systemuserid", "#2"), ("timezone", "Mars/Olympus")],
    );
    org.put(
        "thing",
        101,
        &[
            ("count", "1031"),
            ("at", "2026-03-02T15:30:00Z"),
            ("born", "2026-03-03"),
            ("opens", "2026-03-02T23:00"),
        ],
    );
    org.put(
        "thing",
        102,
        &[
            ("count", "-1"),
            ("at", "2026-03-02T00:00:00Z"),
            ("born", "2026-03-02"),
            ("opens", "2026-03-03T00:00"),
        ],
    );
    org.put("thing", 103, &[]);
    let language = org.matched("count", Relation::Language);
    org.check(language, &[(101, 1), (102, 1), (102, 2), (102, 3)]);
    org.settings.language_wildcard = false;
    org.check(language, &[(101, 1)]);

    // In Tokyo the day after has begun; elsewhere it is UTC.
    let now = "2026-03-02T15:30:00Z";
    let thing = org.thing();
    for (attribute, zone, expected) in [
        (
            "at",
            ClockZone::User,
            &[(101, 1), (101, 2), (102, 2), (101, 3), (102, 3)][..],
        ),
        (
            "at",
            ClockZone::Utc,
            &[(101, 1), (102, 1), (101, 2), (102, 2), (101, 3), (102, 3)],
        ),
        ("born", ClockZone::User, &[(101, 1), (102, 2), (102, 3)]),
        ("opens", ClockZone::User, &[(102, 1), (101, 2), (101, 3)]),
    ] {
        let attr = org.attr("thing", attribute);
        let today = org.nodes.window(thing, attr, Window::Today, zone);
        org.check_at(today, now, expected);
        let not = org.nodes.not(today);
        let not: BTreeSet<_> = org.pairs_of(&org.plan(not, Vec::new()), instant(now));
        assert_eq!(not.len() + expected.len(), 9, "{attribute}");
    }
    let attr = org.attr("thing", "at");
    let last = org
        .nodes
        .window(thing, attr, Window::LastDays(1), ClockZone::User);
    let next = org.nodes.window(
        thing,
        attr,
        Window::NextDays(i32::MAX.unsigned_abs()),
        ClockZone::Utc,
    );
    org.check_at(
        last,
        "2026-03-02T15:29:59.999Z",
        &[(102, 1), (102, 2), (102, 3)],
    );
    org.check_at(
        next,
        "2026-03-02T15:30:00Z",
        &[(101, 1), (101, 2), (101, 3)],
    );
    org.check_at(next, "2026-03-02T15:30:00.001Z", &[]);
    assert_eq!(
        org.database.zones().expect("zones"),
        ["Asia/Tokyo", "Mars/Olympus"]
    );
}

#[test]
fn links_find_linked_rows_by_value() {
    let mut org = Organisation::new();
    org.put("systemuser", 1, &[]);
    org.put(
        "thing",
        1,
        &[
            ("name", "Straße"),
            ("count", "2"),
            ("price", "3"),
            ("flag", "true"),
        ],
    );
    org.put(
        "thing",
        2,
        &[("other", "#1"), ("note", "STRASSE"), ("price", "2.00")],
    );
    org.put("thing", 3, &[("other", "#9"), ("note", "x")]);
    let thing = org.thing();
    let flagged = Condition {
        attribute: org.attr("thing", "flag"),
        operator: Operator::Eq,
        operands: Operands::Values(Box::new([Value::Bool(true)])),
        on_null: false,
    };
    let flagged = org.nodes.rows(thing, flagged);
    let id = org.schema.entity(thing).primary_id;
    for (from, to, expected) in [
        ("other", id, &[(2, 1)][..]),
        ("note", org.attr("thing", "name"), &[(2, 1)]),
        ("price", org.attr("thing", "count"), &[(2, 1)]),
        ("count", org.attr("thing", "price"), &[]),
        ("count", org.attr("thing", "name"), &[]),
    ] {
        let link = Link::Attributes {
            from: org.attr("thing", from),
            entity: thing,
            to,
        };
        let linked = org.nodes.exists(thing, link, flagged);
        org.check(linked, expected);
        let not = org.nodes.not(linked);
        let not = org.pairs_of(&org.plan(not, Vec::new()), Instant(0));
        assert_eq!(not.len(), 3 - expected.len(), "{from}");
    }
}

#[test]
fn pairs_link_while_they_and_the_linked_row_are_there() {
    let mut org = Organisation::new();
    for user in [1, 2] {
        org.put("systemuser", user, &[]);
    }
    org.put("thing", 1, &[("ownerid", "#2")]);
    org.put("thing", 2, &[]);
    let (thing, pair) = (org.thing(), org.entity("pair"));
    let own = org.matched("ownerid", Relation::Itself);
    let link = Link::Through {
        intersect: pair,
        near: org.attr("pair", "otherthing"),
        far: org.attr("pair", "onething"),
        entity: thing,
    };
    let linked = org.nodes.exists(thing, link, own);
    org.check(linked, &[]);
    for double in [5, 6] {
        org.put("pair", double, &[("onething", "#1"), ("otherthing", "#2")]);
    }
    org.check(linked, &[(2, 2)]);
    org.delete("pair", 5);
    org.check(linked, &[(2, 2)]);
    org.delete("thing", 1);
    org.check(linked, &[]);
    org.put("thing", 1, &[("ownerid", "#2")]);
    org.delete("pair", 6);
    org.check(linked, &[]);
}

#[test]
fn privileges_come_by_users_and_teams_each_with_its_unit() {
    let mut org = Organisation::new();
    org.put("businessunit", 20, &[]);
    org.put("businessunit", 21, &[("parentbusinessunitid", "#20")]);
    org.put("businessunit", 22, &[("parentbusinessunitid", "#21")]);
    // A loop, and a unit below one that isn't there.
    org.put("businessunit", 20, &[("parentbusinessunitid", "#22")]);
    org.put("businessunit", 24, &[("parentbusinessunitid", "#29")]);
    org.put("systemuser", 1, &[("businessunitid", "#20")]);
    org.put("systemuser", 2, &[("businessunitid", "#21")]);
    org.put("systemuser", 3, &[("businessunitid", "#29")]);
    org.put("team", 10, &[("businessunitid", "#24")]);
    org.put(
        "teammembership",
        11,
        &[("teamid", "#10"), ("systemuserid", "#2")],
    );
    org.put(
        "roleprivilege",
        30,
        &[
            ("systemuserid", "#1"),
            ("entity", "Thing"),
            ("depth", "local"),
        ],
    );
    org.put(
        "roleprivilege",
        31,
        &[("teamid", "#10"), ("entity", "thing"), ("depth", "deep")],
    );
    org.put(
        "roleprivilege",
        32,
        &[
            ("systemuserid", "#2"),
            ("entity", "thing"),
            ("depth", "Global"),
        ],
    );
    org.put(
        "roleprivilege",
        33,
        &[
            ("systemuserid", "#3"),
            ("entity", "thing"),
            ("depth", "deep"),
        ],
    );
    for (row, unit) in [
        (120, "#20"),
        (121, "#21"),
        (122, "#22"),
        (124, "#24"),
        (129, "#29"),
        (199, "null"),
    ] {
        org.put("thing", row, &[("owningbusinessunit", unit)]);
    }
    let thing = org.thing();
    for (depth, users) in [
        (Depth::Basic, &[1, 2, 3][..]),
        (Depth::Local, &[1, 2, 3]),
        (Depth::Deep, &[2, 3]),
        (Depth::Global, &[]),
    ] {
        let node = org.nodes.users(UserSet::Reads(thing, depth));
        let rows = [120, 121, 122, 124, 129, 199];
        let pairs: Vec<_> = users
            .iter()
            .flat_map(|user| rows.map(|row| (row, *user)))
            .collect();
        org.check(node, &pairs);
    }
    let unit = org.matched("owningbusinessunit", Relation::ReadUnit(thing));
    org.check(unit, &[(120, 1), (124, 2), (129, 3)]);
    let tree = org.matched("owningbusinessunit", Relation::ReadUnitTree(thing));
    org.check(tree, &[(124, 2), (129, 3)]);
    org.put(
        "roleprivilege",
        34,
        &[
            ("systemuserid", "#1"),
            ("entity", "THING"),
            ("depth", "global"),
        ],
    );
    org.check(tree, &[(120, 1), (121, 1), (122, 1), (124, 2), (129, 3)]);
}

#[test]
fn shares_open_rows_to_users_and_their_teams() {
    let mut org = Organisation::new();
    for user in [1, 2, 3] {
        org.put("systemuser", user, &[]);
    }
    org.put("team", 10, &[]);
    org.put(
        "teammembership",
        11,
        &[("teamid", "#10"), ("systemuserid", "#2")],
    );
    org.put("thing", 1, &[]);
    org.put("thing", 2, &[]);
    org.put(
        "share",
        40,
        &[("entity", "THING"), ("rowid", "#1"), ("principalid", "#1")],
    );
    org.put(
        "share",
        41,
        &[("entity", "thing"), ("rowid", "#1"), ("principalid", "#10")],
    );
    org.put(
        "share",
        42,
        &[("entity", "task"), ("rowid", "#2"), ("principalid", "#3")],
    );
    org.put("share", 43, &[("entity", "thing"), ("principalid", "#3")]);
    let thing = org.thing();
    let shared = org.nodes.shared(thing);
    org.check(shared, &[(1, 1), (1, 2)]);
    let not = org.nodes.not(shared);
    org.check(not, &[(2, 1), (2, 2), (1, 3), (2, 3)]);
}

#[test]
fn an_upsert_changes_what_it_names_and_a_transaction_is_all_or_none() {
    let mut org = Organisation::new();
    org.put("thing", 1, &[("name", "a"), ("price", "1.50")]);
    org.put("thing", 1, &[("name", "b")]);
    org.put("thing", 1, &[]);
    let read = |org: &Organisation| -> (Option<String>, Option<String>, i64) {
        let connection = &org.database.connection;
        let sql = "SELECT name, price, (SELECT count(*) FROM thing) FROM thing";
        let row = connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        row.expect("a row")
    };
    let there = (Some("b".to_owned()), Some("1.5".to_owned()), 1);
    assert_eq!(read(&org), there);
    let thing = org.thing();
    let (name, at) = (org.attr("thing", "name"), org.attr("thing", "at"));
    let picture = org.attr("thing", "picture");
    let change = |attribute, value| Change::Upsert {
        entity: thing,
        id: guid(1),
        values: vec![(attribute, value)],
    };
    let early = Value::Instant(instant("-000001-06-01"));
    let text = |text: &str| Value::Text(text.into());
    let wrong = [change(name, text("c")), change(at, early)];
    let error = org.database.write(&wrong).expect_err("too early");
    assert_eq!(
        error.to_string(),
        "`-000001-06-01T00:00:00Z` can't be stored in `thing.at`: its year is not among 0000 to 9999"
    );
    assert_eq!(read(&org), there);
    // What has no column is not stored.
    let unstored = [change(picture, text("x"))];
    org.database.write(&unstored).expect("nothing to do");
    assert_eq!(read(&org), there);
    org.delete("thing", 1);
    org.delete("thing", 1);
}

#[test]
fn a_file_that_lacks_a_table_or_a_column_is_named() {
    let mut org = Organisation::new();
    let all = org.matched("ownerid", Relation::Team);
    let plan = org.plan(all, Vec::new());
    let connection = &org.database.connection;
    let prepared = |text: &str| {
        connection.execute_batch(text).expect("a change of tables");
        match org.database.prepare(&plan) {
            Err(error) => error.to_string(),
            Ok(_) => "fine".to_owned(),
        }
    };
    assert_eq!(prepared(""), "fine");
    assert_eq!(
        prepared("ALTER TABLE thing DROP COLUMN ownerid"),
        "the table `thing` has no column `ownerid`, which the profiles need"
    );
    assert_eq!(prepared("ALTER TABLE thing ADD COLUMN OwnerId"), "fine");
    assert_eq!(
        prepared("DROP TABLE teammembership"),
        "the database has no table `teammembership`, which the profiles need"
    );
}

#[test]
fn files_are_created_once_and_opened_only_if_there() {
    let schema = Organisation::new().schema;
    let path = std::env::temp_dir().join(format!("weir-database-{}.db", std::process::id()));
    let _ = std::fs::remove_file(&path);
    assert!(Database::open(&path, Arc::clone(&schema)).is_err());
    let mut made = Database::create(&path, Arc::clone(&schema)).expect("a new file");
    let change = Change::Upsert {
        entity: schema.system.systemuser,
        id: guid(1),
        values: Vec::new(),
    };
    made.write(&[change]).expect("written");
    drop(made);
    let again = Database::create(&path, Arc::clone(&schema));
    assert!(matches!(again, Err(DatabaseError::Create { .. })));
    let opened = Database::open(&path, schema).expect("the file");
    assert_eq!(opened.users().expect("users"), [guid(1)]);
    drop(opened);
    std::fs::remove_file(&path).expect("removed");
}

#[test]
fn an_id_that_is_no_guid_is_named() {
    let org = Organisation::new();
    let sql = "INSERT INTO systemuser (systemuserid) VALUES ('bob')";
    org.database.connection.execute_batch(sql).expect("a row");
    let error = org.database.users().expect_err("no GUID");
    assert_eq!(
        error.to_string(),
        "`bob` in the table `systemuser` is no GUID"
    );
}

/// What the compiler lets through at its limits, SQLite runs.
#[test]
fn statements_at_the_limits_run() {
    let mut org = Organisation::new();
    let thing = org.thing();
    let (other, id) = (
        org.attr("thing", "other"),
        org.schema.entity(thing).primary_id,
    );
    let own = org.matched("ownerid", Relation::Itself);
    let (up, down) = (
        Link::Attributes {
            from: other,
            entity: thing,
            to: id,
        },
        Link::Attributes {
            from: id,
            entity: thing,
            to: other,
        },
    );
    let mut refused = BTreeSet::new();
    // Wide and bushy, long and thin, nested without links.
    for shape in 0..3 {
        let mut audience = own;
        for level in 0..2_000_u32 {
            audience = match shape {
                0 => {
                    let pair = [
                        org.nodes.exists(thing, up, audience),
                        org.nodes.exists(thing, down, audience),
                    ];
                    org.nodes.or(pair)
                }
                1 => org.nodes.exists(thing, up, audience),
                _ => {
                    let condition = Condition {
                        attribute: org.attr("thing", "count"),
                        operator: Operator::Eq,
                        operands: Operands::Values(Box::new([Value::Int(i64::from(level))])),
                        on_null: false,
                    };
                    let row = org.nodes.rows(thing, condition);
                    if level % 2 == 0 {
                        org.nodes.and([audience, row])
                    } else {
                        org.nodes.or([audience, row])
                    }
                }
            };
            // Bushes double; the others are tried near their ends.
            if shape != 0 && level % 20 != 0 {
                continue;
            }
            match org.database.prepare(&org.plan(audience, Vec::new())) {
                Ok(queries) => {
                    org.database
                        .map(&queries, Instant(0))
                        .expect("SQLite takes it");
                }
                Err(DatabaseError::Sql(error)) => {
                    refused.insert(
                        error
                            .to_string()
                            .split_whitespace()
                            .nth(6)
                            .map(str::to_owned),
                    );
                    break;
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
    let words = ["levels", "tables,"].map(|word| Some(word.to_owned()));
    assert_eq!(refused, BTreeSet::from(words));
}

/// A filter of 500 conditions on one level, as the limit set allows.
#[test]
fn filters_of_many_conditions_run() {
    let mut org = Organisation::new();
    org.put("systemuser", 1, &[]);
    org.put("thing", 7, &[("count", "499")]);
    let thing = org.thing();
    let attribute = org.attr("thing", "count");
    let terms: Vec<NodeId> = (0..500)
        .map(|n| {
            let condition = Condition {
                attribute,
                operator: Operator::Eq,
                operands: Operands::Values(Box::new([Value::Int(n)])),
                on_null: false,
            };
            org.nodes.rows(thing, condition)
        })
        .collect();
    let any = org.nodes.or(terms.clone());
    org.check(any, &[(7, 1)]);
    let all = org.nodes.and(terms);
    org.check(all, &[]);
}
