//! Random plans and changes over tiny domains, so that things really meet.

use weir_ir::calendar::Calendar;
use weir_ir::operators::{Condition, Operands, Operator, Relation};
use weir_ir::plan::{Depth, Hierarchy, Link, Member, NodeId, Nodes, Plan, UserSet};
use weir_ir::settings::{ClockZone, Fiscal, FiscalPeriods, HierarchyModel, Settings};
use weir_ir::time::{Day, Instant, WallClock};
use weir_ir::transaction::Change;
use weir_ir::value::Value;
use weir_ir::window::{Length, NamedDay, Window};

use super::{Profile, World, guid, id, text};

/// Splitmix64.
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    pub fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).expect("small")].clone()
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// Numbers of rows: users 1 to 5, teams 11 to 13 (and 1, which is a user too), units 21 to 24,
/// positions 31 to 33, accounts 41 to 46, contacts 51 to 56, others 61 to 68.
fn number(rng: &mut Rng, entity: &str) -> u64 {
    match entity {
        "systemuser" => 1 + rng.below(5),
        "team" => rng.one(&[11, 12, 13, 1]),
        "businessunit" => 21 + rng.below(4),
        "position" => 31 + rng.below(3),
        "account" => 41 + rng.below(6),
        "contact" => 51 + rng.below(6),
        _ => 61 + rng.below(8),
    }
}

const ENTITIES: [&str; 11] = [
    "account",
    "contact",
    "pair",
    "systemuser",
    "usersettings",
    "team",
    "teammembership",
    "businessunit",
    "position",
    "roleprivilege",
    "share",
];

/// A value for an attribute.
fn value(rng: &mut Rng, entity: &str, name: &str, now: Instant) -> Value {
    if rng.chance(15) {
        return Value::Null;
    }
    let target = match (entity, name) {
        (_, "ownerid" | "principalid") => Some(rng.one(&["systemuser", "team"])),
        (_, "systemuserid" | "parentsystemuserid") => Some("systemuser"),
        (_, "teamid") => Some("team"),
        (_, "owningbusinessunit" | "businessunitid" | "parentbusinessunitid") => {
            Some("businessunit")
        }
        (_, "positionid" | "parentpositionid") => Some("position"),
        (_, "account" | "accountid" | "rowid") => Some("account"),
        (_, "contactid") => Some("contact"),
        // Of a contact by an `Exists`, of an account by a hierarchy.
        (_, "parent") => Some(rng.one(&["contact", "account"])),
        _ => None,
    };
    if let Some(target) = target {
        return guid(number(rng, target));
    }
    let near = |rng: &mut Rng| {
        let half_days = i64::try_from(rng.below(9)).expect("small") - 4;
        now.0 + half_days * 43_200_000 + i64::try_from(rng.below(3)).expect("small") - 1
    };
    match name {
        "state" => Value::Int(i64::try_from(rng.below(3)).expect("small")),
        "lang" | "uilanguageid" => Value::Int(rng.one(&[-1, 1031, 1033])),
        "due" => Value::Instant(Instant(near(rng))),
        "opens" => Value::WallClock(WallClock(near(rng))),
        "born" => Value::Day(Day(
            i32::try_from(near(rng).div_euclid(86_400_000)).expect("a day")
        )),
        "timezone" => text(rng.one(&[
            "UTC",
            "Europe/Berlin",
            "Asia/Tokyo",
            "America/Havana",
            "Mars/Olympus",
        ])),
        "isdisabled" => Value::Bool(rng.chance(30)),
        "entity" => text(rng.one(&["account", "Contact", "nothing"])),
        "depth" => text(rng.one(&["basic", "local", "deep", "global", "Deep"])),
        _ => text(rng.one(&["a", "A", "b", "ä"])),
    }
}

pub fn change(world: &World, rng: &mut Rng, now: Instant) -> Change {
    let entity = if rng.chance(45) {
        rng.one(&["account", "contact", "pair"])
    } else {
        rng.one(&ENTITIES)
    };
    let n = number(rng, entity);
    if rng.chance(20) {
        return world.delete(entity, n);
    }
    let found = world.schema.entity(world.entity(entity));
    let names: Vec<String> = found
        .attributes
        .keys()
        .skip(1)
        .map(ToString::to_string)
        .collect();
    let values: Vec<(&str, Value)> = names
        .iter()
        .filter(|_| rng.chance(40))
        .map(String::as_str)
        .collect::<Vec<_>>()
        .into_iter()
        .map(|name| (name, value(rng, entity, name, now)))
        .collect();
    world.put(entity, n, &values)
}

struct Maker<'a> {
    world: &'a World,
    rng: &'a mut Rng,
    nodes: Nodes,
}

impl Maker<'_> {
    fn window(&mut self) -> Window {
        let rng = &mut *self.rng;
        let fiscal = Fiscal {
            month: 3,
            day: 3,
            periods: rng.one(&[FiscalPeriods::Quarter, FiscalPeriods::FourWeeks]),
        };
        let calendar = rng.one(&[
            Calendar::Day,
            Calendar::Day,
            Calendar::Week(1),
            Calendar::Month,
            Calendar::FiscalPeriod(fiscal),
        ]);
        let few = i64::try_from(1 + rng.below(2)).expect("small");
        let length = match rng.below(4) {
            0 => Length::Millis(few * 17 * 3_600_000),
            1 => Length::Months(few),
            _ => Length::Units(calendar, few),
        };
        let day = NamedDay(
            Day(20_515),
            rng.chance(50).then_some(Instant(1_772_491_500_000)),
        );
        match rng.below(7) {
            0 => Window::Last(length),
            1 => Window::Next(length),
            2 => Window::OlderThan(length),
            3 => Window::Days(rng.chance(60).then_some(day), rng.chance(60).then_some(day)),
            4 => Window::EachYear(fiscal, rng.one(&[1, 4])),
            _ => Window::Unit(calendar, few - 2),
        }
    }

    fn relation(&mut self, account: bool) -> (&'static str, Relation) {
        let reads = self.world.entity("account");
        if account && self.rng.chance(35) {
            return self.rng.one(&[
                ("owningbusinessunit", Relation::BusinessUnit),
                ("lang", Relation::Language),
                ("owningbusinessunit", Relation::ReadUnit(reads)),
                ("owningbusinessunit", Relation::ReadUnitTree(reads)),
            ]);
        }
        let relation = self.rng.one(&[
            Relation::Itself,
            Relation::Team,
            Relation::SelfOrTeam,
            Relation::Hierarchy,
            Relation::HierarchyAndTeams,
            Relation::Subordinate,
            Relation::TeamOfSubordinate,
        ]);
        ("ownerid", relation)
    }

    fn exists(&mut self, entity: &str, depth: u32) -> NodeId {
        let world = self.world;
        let choices: Vec<(Link, &str)> = if entity == "account" {
            let pairs = Link::Through {
                intersect: world.entity("pair"),
                near: world.attr("pair", "accountid"),
                far: world.attr("pair", "contactid"),
                entity: world.entity("contact"),
            };
            vec![
                (
                    world.link(("account", "accountid"), ("contact", "account")),
                    "contact",
                ),
                (
                    world.link(("account", "parent"), ("contact", "contactid")),
                    "contact",
                ),
                (
                    world.link(("account", "name"), ("contact", "name")),
                    "contact",
                ),
                (
                    world.link(("account", "state"), ("account", "lang")),
                    "account",
                ),
                (pairs, "contact"),
            ]
        } else {
            let pairs = Link::Through {
                intersect: world.entity("pair"),
                near: world.attr("pair", "contactid"),
                far: world.attr("pair", "accountid"),
                entity: world.entity("account"),
            };
            vec![
                (
                    world.link(("contact", "account"), ("account", "accountid")),
                    "account",
                ),
                (
                    world.link(("contact", "contactid"), ("account", "parent")),
                    "account",
                ),
                (
                    world.link(("contact", "due"), ("account", "due")),
                    "account",
                ),
                (pairs, "account"),
            ]
        };
        let (link, far) = self.rng.one(&choices);
        let child = self.node(far, depth - 1);
        self.nodes.exists(world.entity(entity), link, child)
    }

    /// Rows of a tree of accounts: by themselves, or by what names them.
    fn ancestry(&mut self, entity: &str) -> NodeId {
        let account = self.world.entity("account");
        let names: &[&str] = match entity {
            "account" => &["accountid", "parent"],
            _ => &["account"],
        };
        let attribute = self.world.attr(entity, self.rng.one(names));
        let hierarchy = Hierarchy {
            entity: account,
            parent: self.world.attr("account", "parent"),
        };
        let root = id(number(self.rng, "account"));
        let ways = (self.rng.chance(50), self.rng.chance(50));
        let of = self.world.entity(entity);
        self.nodes.ancestry(of, attribute, hierarchy, root, ways)
    }

    fn node(&mut self, entity: &str, depth: u32) -> NodeId {
        let (of, account) = (self.world.entity(entity), entity == "account");
        match self.rng.below(if depth == 0 { 8 } else { 16 }) {
            0 if self.rng.chance(70) => self.ancestry(entity),
            0 => self.nodes.all(),
            1 => {
                let depth = self.rng.one(&[Depth::Basic, Depth::Deep, Depth::Global]);
                let reads = UserSet::Reads(self.world.entity("account"), depth);
                let set = self.rng.one(&[UserSet::Active, reads]);
                self.nodes.users(set)
            }
            2 => self.nodes.shared(of),
            3 => {
                let condition = Condition {
                    attribute: self.world.attr(entity, "state"),
                    operator: Operator::Eq,
                    operands: Operands::Values(Box::new([Value::Int(1)])),
                    on_null: self.rng.chance(30),
                };
                self.nodes.rows(of, condition)
            }
            4 => {
                let name = if account {
                    self.rng.one(&["due", "born", "opens"])
                } else {
                    "due"
                };
                let attribute = self.world.attr(entity, name);
                let zone = self
                    .rng
                    .one(&[ClockZone::User, ClockZone::User, ClockZone::Utc]);
                let window = self.window();
                self.nodes.window(of, attribute, window, zone)
            }
            5..8 => {
                let (name, relation) = self.relation(account);
                let attribute = self.world.attr(entity, name);
                self.nodes.user_match(of, attribute, relation)
            }
            8..13 => {
                let count = 2 + self.rng.below(2);
                let children: Vec<NodeId> =
                    (0..count).map(|_| self.node(entity, depth - 1)).collect();
                if self.rng.chance(50) {
                    self.nodes.and(children)
                } else {
                    self.nodes.or(children)
                }
            }
            13 => {
                let child = self.node(entity, depth - 1);
                self.nodes.not(child)
            }
            _ => self.exists(entity, depth),
        }
    }
}

pub fn plan(world: &World, rng: &mut Rng) -> Plan {
    let mut maker = Maker {
        world,
        rng,
        nodes: Nodes::default(),
    };
    let mut profiles: Vec<Profile> = Vec::new();
    for _ in 0..2 {
        let mut items = Vec::new();
        for entity in ["account", "contact"] {
            let node = maker.node(entity, 3);
            items.push((world.entity(entity), node));
        }
        let members = (0..3).map(|_| match maker.rng.below(4) {
            0 => Member::UserNamed(maker.rng.one(&["a", "b"]).into()),
            1 => Member::TeamNamed(maker.rng.one(&["a", "b"]).into()),
            2 => Member::Team(id(number(maker.rng, "team"))),
            _ => Member::User(id(number(maker.rng, "systemuser"))),
        });
        profiles.push((members.collect(), items));
    }
    let settings = Settings {
        hierarchy_depth: u32::try_from(1 + maker.rng.below(3)).expect("small"),
        hierarchy_model: maker
            .rng
            .one(&[HierarchyModel::Manager, HierarchyModel::Position]),
        language_wildcard: maker.rng.chance(50),
        ..Settings::default()
    };
    let nodes = std::mem::take(&mut maker.nodes);
    let mut plan = world.profiles(profiles, nodes, settings);
    let columns = ["name", "state", "due", "ownerid"];
    for root in &mut plan.roots {
        let entity = world.schema.entity(root.entity).name.clone();
        for (_, shown) in &mut root.columns {
            if rng.chance(50) {
                let kept = columns.iter().filter(|_| rng.chance(60));
                *shown = Some(kept.map(|name| world.attr(&entity, name)).collect());
            }
        }
    }
    plan
}
