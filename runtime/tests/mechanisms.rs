//! Each way in which a row comes to a device or leaves it, in a line each.

mod support;

use std::sync::Arc;

use support::{Run, World, at, guid, id, show, text};
use weir_ir::operators::{Condition, Operands, Operator, Relation};
use weir_ir::plan::{Link, Member, Nodes, Plan};
use weir_ir::settings::ClockZone;
use weir_ir::time::Instant;
use weir_ir::transaction::Transaction;
use weir_ir::value::Value;
use weir_ir::window::Window;
use weir_runtime::{ApplyError, Digest, Engine, Notice, Options, Reason, Route};

const T0: &str = "2026-03-02T12:00:00Z";

fn member(n: u64) -> Member {
    Member::User(id(n))
}

/// Accounts whose owner stands in a relation to the user; members 1 to 3.
fn owned(world: &World, relation: Relation) -> Plan {
    let mut nodes = Nodes::default();
    let account = world.entity("account");
    let node = nodes.user_match(account, world.attr("account", "ownerid"), relation);
    world.plan([1, 2, 3].map(member).into(), nodes, &[(account, node)])
}

#[test]
fn a_team_carries_its_rows_to_whoever_joins() {
    let world = World::new();
    let mut run = Run::new(&world, owned(&world, Relation::SelfOrTeam));
    let told = run.apply(
        T0,
        vec![
            world.put("systemuser", 1, &[]),
            world.put("systemuser", 2, &[]),
            world.put("team", 11, &[]),
            world.put("account", 41, &[("ownerid", guid(11))]),
            world.put("account", 42, &[("ownerid", guid(2))]),
        ],
    );
    assert_eq!(show(&told), "2 puts 42");
    let join = |user| [("teamid", guid(11)), ("systemuserid", guid(user))];
    let told = run.apply(T0, vec![world.put("teammembership", 61, &join(1))]);
    assert_eq!(show(&told), "1 puts 41");
    // Twice a member is a member, until both have gone.
    assert_eq!(
        show(&run.apply(T0, vec![world.put("teammembership", 62, &join(1))])),
        ""
    );
    assert_eq!(
        show(&run.apply(T0, vec![world.delete("teammembership", 61)])),
        ""
    );
    let told = run.apply(
        T0,
        vec![
            world.delete("teammembership", 62),
            world.put("teammembership", 63, &join(2)),
        ],
    );
    assert_eq!(show(&told), "1 removes 41; 2 puts 41");
    assert_eq!(
        show(&run.apply(T0, vec![world.delete("team", 11)])),
        "2 removes 41"
    );
}

#[test]
fn a_manager_holds_what_those_below_own() {
    let world = World::new();
    let mut run = Run::new(&world, owned(&world, Relation::Hierarchy));
    let manager = |n| [("parentsystemuserid", guid(n))];
    let told = run.apply(
        T0,
        vec![
            world.put("systemuser", 1, &[]),
            world.put("systemuser", 2, &manager(1)),
            world.put("systemuser", 3, &manager(2)),
            world.put("account", 43, &[("ownerid", guid(3))]),
        ],
    );
    assert_eq!(show(&told), "1 puts 43; 2 puts 43; 3 puts 43");
    let proof = run.engine.explain(id(1), world.entity("account"), id(43));
    let step = proof.expect("a proof").step;
    assert!(
        matches!(&step.reason, Reason::Match { route: Some(Route::Below(chain)), .. }
            if *chain == [id(3), id(2), id(1)]),
        "{step:?}"
    );
    // A loop: nobody is below themselves, and 1 has come below 3.
    assert_eq!(
        show(&run.apply(T0, vec![world.put("systemuser", 1, &manager(3))])),
        ""
    );
    let told = run.apply(T0, vec![world.delete("systemuser", 2)]);
    assert_eq!(show(&told), "1 removes 43; 2 removes 43");
}

#[test]
fn a_doubled_pair_links_until_the_last_goes() {
    let world = World::new();
    let (account, contact) = (world.entity("account"), world.entity("contact"));
    let mut nodes = Nodes::default();
    let mine = nodes.user_match(contact, world.attr("contact", "ownerid"), Relation::Itself);
    let link = Link::Through {
        intersect: world.entity("pair"),
        near: world.attr("pair", "accountid"),
        far: world.attr("pair", "contactid"),
        entity: contact,
    };
    let linked = nodes.exists(account, link, mine);
    let mut run = Run::new(
        &world,
        world.plan(vec![member(1)], nodes, &[(account, linked)]),
    );
    let pair = [("accountid", guid(41)), ("contactid", guid(51))];
    let told = run.apply(
        T0,
        vec![
            world.put("systemuser", 1, &[]),
            world.put("pair", 61, &pair),
            world.put("account", 41, &[]),
            world.put("contact", 51, &[("ownerid", guid(1))]),
        ],
    );
    assert_eq!(show(&told), "1 puts 41");
    assert_eq!(show(&run.apply(T0, vec![world.put("pair", 62, &pair)])), "");
    assert_eq!(show(&run.apply(T0, vec![world.delete("pair", 61)])), "");
    assert_eq!(
        show(&run.apply(T0, vec![world.delete("pair", 62)])),
        "1 removes 41"
    );
    // The pair comes back before its contact does.
    let told = run.apply(
        T0,
        vec![world.delete("contact", 51), world.put("pair", 63, &pair)],
    );
    assert_eq!(show(&told), "");
    let back = world.put("contact", 51, &[("ownerid", guid(1))]);
    assert_eq!(show(&run.apply(T0, vec![back])), "1 puts 41");
}

#[test]
fn the_clock_alone_moves_rows_zone_by_zone() {
    let world = World::new();
    let account = world.entity("account");
    let mut nodes = Nodes::default();
    let due = world.attr("account", "due");
    let today = nodes.window(account, due, Window::TODAY, ClockZone::User);
    let plan = world.plan(vec![member(1), member(2)], nodes, &[(account, today)]);
    let mut run = Run::new(&world, plan);
    let zone = |user, name| [("systemuserid", guid(user)), ("timezone", text(name))];
    let far = Value::Instant(at("2031-07-01T10:00:00Z"));
    let told = run.apply(
        T0,
        vec![
            world.put("systemuser", 1, &[]),
            world.put("systemuser", 2, &[]),
            world.put("usersettings", 61, &zone(1, "Asia/Tokyo")),
            world.put("usersettings", 62, &zone(2, "America/New_York")),
            world.put("account", 41, &[("due", far)]),
        ],
    );
    assert_eq!(show(&told), "");
    for (when, expected) in [
        ("2031-06-30T15:00:00Z", "1 puts 41"),
        ("2031-07-01T04:00:00Z", "2 puts 41"),
        ("2031-07-01T15:00:00Z", "1 removes 41"),
        ("2031-07-02T04:00:00Z", "2 removes 41"),
    ] {
        assert_eq!(run.engine.next_tick(), Some(at(when)));
        assert_eq!(show(&run.tick(at(when))), expected);
    }
    assert_eq!(run.engine.next_tick(), None);
}

#[test]
fn a_refused_transaction_changes_nothing() {
    let world = World::new();
    let mut run = Run::new(&world, owned(&world, Relation::Itself));
    run.apply(T0, vec![world.put("systemuser", 1, &[])]);
    let account = world.put("account", 41, &[("ownerid", guid(1))]);
    let mut refuse = |when: &str, more: Option<weir_ir::transaction::Change>| {
        let changes = [account.clone()].into_iter().chain(more).collect();
        let tx = Transaction {
            at: at(when),
            changes,
        };
        run.engine.apply(&tx, None).expect_err("refused")
    };
    let early = at("2026-03-02T11:00:00Z");
    let late = ApplyError::TimeGoesBackwards {
        at: early,
        now: at(T0),
    };
    assert_eq!(refuse("2026-03-02T11:00:00Z", None), late);
    let unknown = weir_ir::transaction::Change::Delete {
        entity: weir_ir::schema::EntityId(999),
        id: id(1),
    };
    let index = ApplyError::NotInSchema { index: 1 };
    assert_eq!(refuse(T0, Some(unknown)), index);
    assert_eq!(run.engine.rows(id(1)), []);
    assert_eq!(show(&run.apply(T0, vec![account])), "1 puts 41");
}

#[test]
fn odd_data_is_noticed_and_counted() {
    let world = World::new();
    let mut nodes = Nodes::default();
    let account = world.entity("account");
    let all = nodes.all();
    let first = (
        vec![
            Member::UserNamed("ann".into()),
            Member::TeamNamed("x".into()),
        ],
        vec![(account, all)],
    );
    let second = (vec![member(1)], Vec::new());
    let plan = Arc::new(world.profiles(vec![first, second], nodes, Default::default()));
    let mut engine = Engine::new(Arc::clone(&world.schema), Options::default());
    let settings = [
        ("systemuserid", guid(1)),
        ("timezone", text("Mars/Olympus")),
    ];
    let tx = Transaction {
        at: at(T0),
        changes: vec![
            world.put("systemuser", 1, &[("domainname", text("ANN"))]),
            world.put("usersettings", 61, &settings),
            world.put("usersettings", 62, &settings),
            world.put("account", 41, &[("ownerid", guid(9))]),
            world.delete("account", 42),
        ],
    };
    let deltas = engine
        .apply(&tx, Some(Arc::clone(&plan)))
        .expect("a transaction");
    assert_eq!(show(&engine.expand(&deltas)), "1 puts 41");
    let [zero, one] = [0, 1].map(weir_ir::plan::ProfileId);
    let nobody = Notice::NobodyNamed {
        profile: zero,
        member: 1,
    };
    assert_eq!(
        engine.notices(),
        [
            Notice::UnknownZone {
                zone: "Mars/Olympus".into()
            },
            Notice::SeveralProfiles {
                user: id(1),
                profiles: vec![zero, one]
            },
            nobody.clone()
        ]
    );
    assert_eq!(engine.notices(), []);
    // Publishing the same again: the user stands in two profiles still, which has been said.
    let again = Transaction {
        at: at(T0),
        changes: Vec::new(),
    };
    let _ = engine.apply(&again, Some(plan)).expect("a transaction");
    assert_eq!(engine.notices(), [nobody]);
    let tally = engine.tally();
    assert_eq!((tally.deletes_of_nothing, tally.rows_without_owner), (1, 1));
    assert_eq!(tally.members_unresolved, [(zero, 1)]);
}

#[test]
fn the_seed_of_the_hash_maps_is_never_seen() {
    let world = World::new();
    let mut lines = 0;
    for seed in 0..20 {
        let runs = [1, 2, u64::MAX].map(|hash_seed| {
            let mut rng = support::random::Rng(seed);
            let plan = Arc::new(support::random::plan(&world, &mut rng));
            let mut engine = Engine::new(
                Arc::clone(&world.schema),
                Options {
                    hash_seed,
                    ..Options::default()
                },
            );
            engine.publish(plan).expect("published");
            let mut told = Vec::new();
            for _ in 0..100 {
                let changes = (0..3).map(|_| support::random::change(&world, &mut rng, at(T0)));
                let tx = Transaction {
                    at: at(T0),
                    changes: changes.collect(),
                };
                let deltas = engine.apply(&tx, None).expect("a transaction");
                told.push((format!("{deltas:?}"), engine.expand(&deltas)));
            }
            (told, engine.counters(), engine.notices())
        });
        assert_eq!(runs[0], runs[1], "seed {seed}");
        assert_eq!(runs[0], runs[2], "seed {seed}");
        lines += runs[0].0.iter().map(|(_, told)| told.len()).sum::<usize>();
    }
    assert!(lines > 500, "only {lines} lines were told");
}

#[test]
fn servers_page_load_and_number() {
    let world = World::new();
    let mut nodes = Nodes::default();
    let account = world.entity("account");
    let all = nodes.all();
    let plan = world.plan(vec![member(1)], nodes, &[(account, all)]);
    let mut run = Run::new(&world, plan);
    let accounts = (100..100 + 25_000).map(|n| world.put("account", n, &[]));
    let user = world.put("systemuser", 1, &[]);
    run.engine
        .load(at(T0), [user].into_iter().chain(accounts))
        .expect("loaded");
    assert_eq!(run.engine.sequence(), 4, "a publish and three transactions");

    let mut paged = Vec::new();
    let mut pages = 0;
    loop {
        let page = run
            .engine
            .page(id(1), account, paged.last().copied(), 9_999);
        pages += 1;
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    let held: Vec<_> = run
        .engine
        .rows(id(1))
        .into_iter()
        .map(|(_, id)| id)
        .collect();
    assert_eq!((pages, &paged), (4, &held));
    assert!(run.engine.page(id(2), account, None, 9).is_empty());

    let mut digest = Digest::default();
    for row in held.iter().rev() {
        digest.add(*row);
    }
    assert_eq!(run.engine.digest(id(1), account), digest);
    assert_eq!(digest.rows, 25_000);

    let gone = Transaction {
        at: at(T0),
        changes: vec![world.delete("account", 100)],
    };
    for number in [4, 6] {
        let refused = run.engine.apply_next(number, &gone).expect_err("refused");
        assert_eq!(refused, ApplyError::OutOfSequence { number, next: 5 });
    }
    assert_eq!(
        run.engine.digest(id(1), account),
        digest,
        "nothing has changed"
    );
    run.engine.apply_next(5, &gone).expect("the next one");
    assert_ne!(run.engine.digest(id(1), account).sum, digest.sum);
}

/// More leaves flip than are looked at, and those first looked at are of another profile's rows.
#[test]
fn a_zone_change_finds_its_row_among_many() {
    let world = World::new();
    let account = world.entity("account");
    let mut nodes = Nodes::default();
    let today = nodes.window(
        account,
        world.attr("account", "due"),
        Window::TODAY,
        ClockZone::User,
    );
    let [own, others] = [1, 0].map(|state| {
        let condition = Condition {
            attribute: world.attr("account", "state"),
            operator: Operator::Eq,
            operands: Operands::Values(Box::new([Value::Int(state)])),
            on_null: false,
        };
        let state = nodes.rows(account, condition);
        nodes.and([state, today])
    });
    let profiles = vec![
        (vec![member(1)], vec![(account, own)]),
        (vec![member(2)], vec![(account, others)]),
    ];
    let plan = world.profiles(profiles, nodes, Default::default());
    let mut run = Run::new(&world, plan);
    // All in the hour that is today in Berlin and not yet in UTC; the last is the user's own.
    let start = at("2026-03-01T23:00:00Z").0;
    let due = |n: i64| Value::Instant(Instant(start + n));
    let account = |(n, state): (i64, i64)| {
        let values = [("due", due(n)), ("state", Value::Int(state))];
        world.put("account", 1_000 + n.unsigned_abs(), &values)
    };
    let others = (0..3_000).map(|n| (n, 0)).chain([(3_000, 1)]);
    let users = [1, 2].map(|n| world.put("systemuser", n, &[]));
    run.apply(T0, users.into_iter().chain(others.map(account)).collect());
    let zone = [
        ("systemuserid", guid(1)),
        ("timezone", text("Europe/Berlin")),
    ];
    let told = run.apply(T0, vec![world.put("usersettings", 9, &zone)]);
    assert_eq!(show(&told), "1 puts 4000");
}
