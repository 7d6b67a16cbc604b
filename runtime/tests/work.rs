//! Work follows what changed: at most `C` × (factored deltas + linked rows examined + 1), the same
//! for 10 users and rows as for 10,000.

#![allow(clippy::expect_used, reason = "a test may panic")]

mod support;

use std::sync::Arc;

use support::{World, at, guid, id, text};
use weir_ir::operators::{Condition, Operands, Operator, Relation};
use weir_ir::plan::{Hierarchy, Member, Nodes, Plan};
use weir_ir::settings::ClockZone;
use weir_ir::time::Instant;
use weir_ir::transaction::{Change, Transaction};
use weir_ir::value::Value;
use weir_ir::window::Window;
use weir_runtime::{Counters, Engine, Options};

/// Rows visited, nodes evaluated and users visited, each for one delta or linked row: the plan below
/// has at most eight nodes a row.
const C: u64 = 8;

/// Accounts of mine or due today; contacts of mine, or of such accounts; members by team.
fn plan(world: &World) -> Plan {
    let (account, contact) = (world.entity("account"), world.entity("contact"));
    let mut nodes = Nodes::default();
    let owner = |entity| world.attr(entity, "ownerid");
    let mine = nodes.user_match(account, owner("account"), Relation::Hierarchy);
    let due = nodes.window(
        account,
        world.attr("account", "due"),
        Window::TODAY,
        ClockZone::User,
    );
    let open = nodes.rows(
        account,
        Condition {
            attribute: world.attr("account", "state"),
            operator: Operator::Ne,
            operands: Operands::Values(Box::new([Value::Int(9)])),
            on_null: true,
        },
    );
    let today = nodes.and([mine, due, open]);
    let own = nodes.user_match(contact, owner("contact"), Relation::SelfOrTeam);
    let link = world.link(("contact", "account"), ("account", "accountid"));
    let linked = nodes.exists(contact, link, today);
    let contacts = nodes.or([own, linked]);
    let members = vec![Member::Team(id(1))];
    world.plan(members, nodes, &[(account, today), (contact, contacts)])
}

const NOON: &str = "2026-03-02T12:00:00Z";
const TEAM: u64 = 1;
const USER: u64 = 1_000_000;
const ACCOUNT: u64 = 2_000_000;
const CONTACT: u64 = 3_000_000;

fn user(n: u64) -> Value {
    guid(USER + n)
}

/// `size` users, each with an account that is due today and one contact of it. Users 2 and 3 report
/// to user 1; the others to nobody.
fn load(world: &World, size: u64) -> Engine {
    let mut engine = Engine::new(Arc::clone(&world.schema), Options::default());
    engine.publish(Arc::new(plan(world))).expect("published");
    let due = Value::Instant(at("2026-03-02T10:30:00Z"));
    let mut changes = vec![world.put("team", TEAM, &[])];
    for n in 0..size {
        let manager = if n == 2 || n == 3 {
            user(1)
        } else {
            Value::Null
        };
        changes.push(world.put("systemuser", USER + n, &[("parentsystemuserid", manager)]));
        let pair = [("teamid", guid(TEAM)), ("systemuserid", user(n))];
        changes.push(world.put("teammembership", 4_000_000 + n, &pair));
        let zone = [
            ("systemuserid", user(n)),
            ("timezone", text("Europe/Berlin")),
        ];
        changes.push(world.put("usersettings", 5_000_000 + n, &zone));
        let values = [("ownerid", user(n)), ("due", due.clone())];
        changes.push(world.put("account", ACCOUNT + n, &values));
        let values = [("account", guid(ACCOUNT + n))];
        changes.push(world.put("contact", CONTACT + n, &values));
    }
    let tx = Transaction {
        at: at(NOON),
        changes,
    };
    engine.apply(&tx, None).expect("a transaction");
    engine
}

/// What each change may be told, and the work that it takes.
fn work(world: &World, size: u64, when: Instant, changes: Vec<Change>) -> (usize, Counters) {
    let mut engine = load(world, size);
    let before = engine.counters();
    let tx = Transaction { at: when, changes };
    let deltas = engine.apply(&tx, None).expect("a transaction");
    let told = engine.expand(&deltas);
    let after = engine.counters();
    let rows = told.iter().map(|user| user.put.len() + user.remove.len());
    let work = Counters {
        rows_visited: after.rows_visited - before.rows_visited,
        nodes_evaluated: after.nodes_evaluated - before.nodes_evaluated,
        users_visited: after.users_visited - before.users_visited,
        linked_rows_examined: after.linked_rows_examined - before.linked_rows_examined,
        factored_deltas: after.factored_deltas - before.factored_deltas,
    };
    (rows.sum(), work)
}

/// The change tells the same, for the same work, whatever the size of the organisation.
fn check(what: &str, told: usize, changes: impl Fn(&World) -> Vec<Change>) {
    let world = World::new();
    let [small, large] = [10, 10_000].map(|size| work(&world, size, at(NOON), changes(&world)));
    assert_eq!(small, large, "{what}: more work in a larger organisation");
    assert_eq!(small.0, told, "{what}: rows told");
    let Counters {
        rows_visited,
        nodes_evaluated,
        users_visited,
        linked_rows_examined,
        factored_deltas,
    } = small.1;
    let allowed = C * (factored_deltas + linked_rows_examined + 1);
    for work in [rows_visited, nodes_evaluated, users_visited] {
        assert!(work <= allowed, "{what}: {:?}", small.1);
    }
}

#[test]
fn a_change_that_matters_to_nobody_costs_nothing() {
    let world = World::new();
    for size in [10, 10_000] {
        let changes = vec![
            world.put("position", 77, &[("name", text("x"))]),
            world.put("team", TEAM, &[("name", text("renamed"))]),
            world.put(
                "usersettings",
                5_000_001,
                &[("uilanguageid", Value::Int(1033))],
            ),
        ];
        let (told, work) = work(&world, size, at(NOON), changes);
        assert_eq!((told, work), (0, Counters::default()), "{size}");
    }
}

#[test]
fn a_value_that_no_filter_asks_is_told_to_its_holders() {
    check("name", 1, |world| {
        vec![world.put("account", ACCOUNT + 5, &[("name", text("x"))])]
    });
}

#[test]
fn a_row_that_is_reassigned_takes_its_linked_rows_along() {
    // Two rows leave user 5 and come to user 6.
    check("owner", 4, |world| {
        vec![world.put("account", ACCOUNT + 5, &[("ownerid", user(6))])]
    });
}

#[test]
fn a_manager_change_reaches_those_above_alone() {
    // User 1 loses what user 2 holds, user 4 gains it.
    check("manager", 4, |world| {
        vec![world.put("systemuser", USER + 2, &[("parentsystemuserid", user(4))])]
    });
}

#[test]
fn a_member_who_leaves_loses_what_was_held() {
    check("member", 2, |world| {
        vec![world.delete("teammembership", 4_000_005)]
    });
}

#[test]
fn a_zone_change_visits_that_user_alone() {
    // In Auckland the third began at eleven.
    check("zone", 2, |world| {
        vec![world.put(
            "usersettings",
            5_000_005,
            &[("timezone", text("Pacific/Auckland"))],
        )]
    });
}

#[test]
fn midnight_says_what_it_shifts_and_no_more() {
    let world = World::new();
    let mut engine = load(&world, 1_000);
    let midnight = at("2026-03-02T23:00:00Z");
    assert_eq!(engine.next_tick(), Some(midnight));
    let before = engine.counters();
    let deltas = engine.tick(midnight).expect("a tick");
    assert_eq!(engine.expand(&deltas).len(), 1_000);
    let after = engine.counters();
    assert_eq!(after.rows_visited, before.rows_visited);
    let shifted = after.factored_deltas - before.factored_deltas;
    assert!(after.users_visited - before.users_visited <= C * (shifted + 1));
    assert_eq!(engine.next_tick(), None, "nothing lies ahead");
}

#[test]
fn a_row_that_moves_in_a_hierarchy_takes_its_subtree_alone() {
    let world = World::new();
    let account = world.entity("account");
    let hierarchy = Hierarchy {
        entity: account,
        parent: world.attr("account", "parent"),
    };
    let under = |n: u64, upper: u64| {
        let parent = ("parent", guid(ACCOUNT + upper));
        world.put("account", ACCOUNT + n, &[parent])
    };
    let found = [10, 10_000].map(|size| {
        let mut engine = load(&world, size);
        let mut nodes = Nodes::default();
        let own = world.attr("account", "accountid");
        let root = id(ACCOUNT + 1);
        let below = nodes.ancestry(account, own, hierarchy, root, (false, false));
        let members = vec![Member::User(id(USER + 1))];
        engine
            .publish(Arc::new(world.plan(members, nodes, &[(account, below)])))
            .expect("published");
        let mut apply = |changes| {
            let before = engine.counters();
            let at = at(NOON);
            let tx = Transaction { at, changes };
            let deltas = engine.apply(&tx, None).expect("a transaction");
            let told = engine.expand(&deltas);
            let rows = told.iter().map(|user| user.put.len() + user.remove.len());
            let after = engine.counters();
            let visited = after.rows_visited - before.rows_visited;
            let examined = after.linked_rows_examined - before.linked_rows_examined;
            (rows.sum::<usize>(), visited, examined)
        };
        // Three rows in a chain, of which the highest comes below the root, then goes.
        let chained = apply(vec![under(3, 2), under(4, 3)]);
        let comes = apply(vec![under(2, 1)]);
        let goes = apply(vec![under(2, 5)]);
        assert_eq!((chained.0, comes.0, goes.0), (0, 3, 3), "{size}");
        [chained, comes, goes]
    });
    assert_eq!(found[0], found[1], "more work in a larger organisation");
    for (_, visited, examined) in found[0] {
        assert!(visited <= C && examined <= C, "{found:?}");
    }
}
