//! Why a row isn't there, against the naive meaning of the plan: exactly one of proof and absence,
//! every way in complete with what fails on it, and with nothing less.
//!
//! `SEEDS=n` runs that many, `SEED=n` one alone.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod support;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use support::naive::{Fault, Key, Naive, Rows, apply};
use support::random::{Rng, change, plan};
use support::{Run, World, at, guid, id};
use weir_ir::limits;
use weir_ir::operators::{Condition, Operands, Operator, Relation};
use weir_ir::plan::{Member, Node, NodeId, Nodes, Origin, Part, Plan, UserSet};
use weir_ir::time::Instant;
use weir_ir::transaction::Transaction;
use weir_ir::value::{Guid, Value};
use weir_runtime::{Absence, Engine, Missed, Options, Reason, Unmet};

const STEPS: u64 = 8;
const T0: &str = "2026-03-02T12:00:00Z";

struct Check<'a> {
    naive: Naive<'a>,
    engine: &'a Engine,
    seed: u64,
}

impl Check<'_> {
    /// How many rows were missed.
    fn all(&self) -> usize {
        let seed = self.seed;
        let entity = self.naive.world.entity("account");
        let nobody = self.engine.explain_absence(id(999), entity, id(41));
        assert_eq!(nobody, Some(Absence::NoUser), "seed {seed}");
        let mut count = 0;
        for user in self.naive.users() {
            let nothing = self.engine.explain_absence(user, entity, id(999));
            assert_eq!(nothing, Some(Absence::NoRow), "seed {seed}");
            let held = self.naive.held(user);
            for key in self.naive.rows.keys() {
                let why_not = self.engine.explain_absence(user, key.0, key.1);
                let why = self.engine.explain(user, key.0, key.1);
                assert_eq!(why.is_some(), held.contains(key), "seed {seed}");
                assert_ne!(why.is_some(), why_not.is_some(), "seed {seed}");
                if let Some(absence) = why_not {
                    count += usize::from(self.one(user, *key, absence));
                }
            }
        }
        count
    }

    fn one(&self, user: Guid, key: Key, absence: Absence) -> bool {
        let seed = self.seed;
        let Some(profile) = self.naive.profile(user) else {
            let expected = match self.naive.disabled(user) {
                true => Absence::Disabled,
                false => Absence::NoProfile,
            };
            assert_eq!(absence, expected, "seed {seed}");
            return false;
        };
        let items = &self.naive.plan.profiles[profile.0 as usize].items;
        let item = items.iter().find(|item| item.entity == key.0);
        match (item, absence) {
            (None, Absence::NoItem { profile: own, .. }) => assert_eq!(own, profile),
            (Some(item), Absence::Missed(missed)) => {
                assert_eq!((missed.profile, missed.item), (profile, key.0));
                self.missed(user, key, item.audience, &missed);
                return true;
            }
            (_, other) => panic!("seed {seed}: {other:?}"),
        }
        false
    }

    fn missed(&self, user: Guid, key: Key, node: NodeId, missed: &Missed) {
        let seed = self.seed;
        let counts: Vec<usize> = missed.misses.iter().map(|miss| miss.unmet.len()).collect();
        assert!(counts.is_sorted() && !counts.contains(&0), "seed {seed}");
        assert!((1..=limits::ABSENCE_WAYS).contains(&counts.len()));
        assert!(missed.ways >= counts.len() as u64, "seed {seed}");
        let fault = |unmet: &Unmet| {
            self.naive
                .fault(unmet.step.node, key_of(unmet), unmet.step.holds)
        };
        for miss in &missed.misses {
            let faults: BTreeSet<Fault> = miss.unmet.iter().map(fault).collect();
            assert_eq!(faults.len(), miss.unmet.len(), "seed {seed}: each once");
            for unmet in &miss.unmet {
                self.path(key, unmet);
                let holds = self.naive.holds(user, unmet.step.node, key_of(unmet));
                assert_eq!(holds, unmet.step.holds, "seed {seed}");
            }
            let met = |granted: &BTreeSet<Fault>| {
                self.naive
                    .met(user, node, key, true, &|fault| granted.contains(&fault))
            };
            assert!(met(&faults), "seed {seed}: something else fails on the way");
            for fault in &faults {
                let mut less = faults.clone();
                less.remove(fault);
                assert!(!met(&less), "seed {seed}: {fault:?} isn't needed");
            }
        }
        // Every fault that there is.
        let faults = RefCell::new(BTreeSet::new());
        self.naive.met(user, node, key, true, &|fault| {
            faults.borrow_mut().insert(fault);
            true
        });
        self.naive.met(user, node, key, true, &|fault| {
            faults.borrow_mut().insert(fault);
            false
        });
        let faults = faults.into_inner();
        let alone = |one: &Fault| {
            self.naive
                .met(user, node, key, true, &|fault| fault == *one)
        };
        let enough = faults.iter().filter(|one| alone(one)).count();
        assert_eq!(enough > 0, counts[0] == 1, "seed {seed}: the nearest way");
        let needed = |one: &Fault| {
            !self
                .naive
                .met(user, node, key, true, &|fault| fault != *one)
        };
        let always: BTreeSet<Fault> = missed.always.iter().map(fault).collect();
        let expected: BTreeSet<Fault> = faults.iter().copied().filter(needed).collect();
        assert_eq!(always, expected, "seed {seed}: what fails on every way");
        let single = missed.single().map(fault);
        assert_eq!(
            single.is_some(),
            enough == 1 && expected.len() == 1,
            "seed {seed}"
        );
        assert!(single.is_none_or(|one| alone(&one)), "seed {seed}");
    }

    /// The hops lead from the row to the one that is judged.
    fn path(&self, key: Key, unmet: &Unmet) {
        let mut at = key;
        for hop in &unmet.via {
            let next = (hop.link.entity(), hop.row);
            let node = self.naive.plan.nodes.get(hop.node);
            assert!(matches!(node, Node::Exists(link, _) if *link == hop.link));
            assert!(self.naive.linked(hop.link, at).contains(&next));
            at = next;
        }
        assert_eq!(at, key_of(unmet), "seed {}", self.seed);
    }
}

fn key_of(unmet: &Unmet) -> Key {
    (unmet.step.entity, unmet.step.row)
}

/// Lets some nodes be of the read privileges.
fn with_security(plan: &mut Plan, rng: &mut Rng) {
    for node in plan.nodes.ids() {
        if rng.chance(3) {
            let origin = Origin {
                profile: None,
                item: plan.roots[0].entity,
                part: Part::Security,
                span: None,
            };
            plan.nodes.note(node, origin);
        }
    }
}

fn run(world: &World, seed: u64) -> usize {
    let mut rng = Rng(seed);
    let mut made = || {
        let mut plan = plan(world, &mut rng);
        with_security(&mut plan, &mut rng);
        Arc::new(plan)
    };
    let plan = made();
    let mut engine = Engine::new(
        Arc::clone(&world.schema),
        Options {
            hash_seed: seed,
            ..Options::default()
        },
    );
    engine.publish(Arc::clone(&plan)).expect("published");
    let mut rows = Rows::new();
    let mut now = at("2026-03-07T20:00:00Z");
    let mut count = 0;
    for step in 0..STEPS {
        now = Instant(now.0 + rng.one(&[0, 1, 3_600_000, 43_200_000]));
        let changes: Vec<_> = (0..if step == 0 { 60 } else { 6 })
            .map(|_| change(world, &mut rng, now))
            .collect();
        for change in &changes {
            apply(world, &mut rows, change);
        }
        engine
            .apply(&Transaction { at: now, changes }, None)
            .expect("a transaction");
        let check = Check {
            naive: Naive {
                world,
                plan: &plan,
                rows: &rows,
                now,
            },
            engine: &engine,
            seed,
        };
        count += check.all();
    }
    count
}

#[test]
fn every_row_is_explained_or_its_absence_is() {
    let world = World::new();
    let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse::<u64>().ok());
    let seeds = match number("SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SEEDS").unwrap_or(150),
    };
    let alone = seeds.end - seeds.start == 1;
    let missed: usize = seeds.map(|seed| run(&world, seed)).sum();
    assert!(alone || missed > 1_000, "{missed} rows were missed");
}

fn state_is(world: &World, nodes: &mut Nodes, entity: &str, state: i64) -> NodeId {
    let condition = Condition {
        attribute: world.attr(entity, "state"),
        operator: Operator::Eq,
        operands: Operands::Values(Box::new([Value::Int(state)])),
        on_null: false,
    };
    nodes.rows(world.entity(entity), condition)
}

fn missed(run: &Run, entity: &World, name: &str, row: u64) -> Missed {
    match run
        .engine
        .explain_absence(id(1), entity.entity(name), id(row))
    {
        Some(Absence::Missed(missed)) => missed,
        other => panic!("{other:?}"),
    }
}

/// Contacts that are the user's own and open, or of an account of the user's.
fn contacts(world: &World) -> (Plan, [NodeId; 4]) {
    let mut nodes = Nodes::default();
    let contact = world.entity("contact");
    let owner = world.attr("contact", "ownerid");
    let own = nodes.user_match(contact, owner, Relation::Itself);
    let open = state_is(world, &mut nodes, "contact", 0);
    let owner = world.attr("account", "ownerid");
    let account = nodes.user_match(world.entity("account"), owner, Relation::Itself);
    let link = world.link(("contact", "account"), ("account", "accountid"));
    let brought = nodes.exists(contact, link, account);
    let both = nodes.and([own, open]);
    let any = nodes.or([both, brought]);
    let plan = world.plan(vec![Member::User(id(1))], nodes, &[(contact, any)]);
    (plan, [own, open, account, brought])
}

#[test]
fn each_way_in_says_what_fails_on_it() {
    let world = World::new();
    let (plan, [own, open, account, brought]) = contacts(&world);
    let mut run = Run::new(&world, plan);
    let by = |user, state| [("ownerid", guid(user)), ("state", Value::Int(state))];
    run.apply(
        T0,
        vec![
            world.put("systemuser", 1, &[]),
            world.put("account", 41, &by(2, 0)),
            world.put("contact", 51, &by(1, 1)),
            world.put("contact", 52, &by(2, 1)),
            world.put("contact", 53, &by(2, 0)),
            world.put("contact", 53, &[("account", guid(41))]),
        ],
    );
    let ways = |row| -> Vec<Vec<(NodeId, Guid)>> {
        let missed = missed(&run, &world, "contact", row);
        let miss = |miss: &weir_runtime::Miss| {
            let unmet = miss.unmet.iter();
            unmet
                .map(|unmet| (unmet.step.node, unmet.step.row))
                .collect()
        };
        missed.misses.iter().map(miss).collect()
    };
    let one = |node, row| vec![(node, id(row))];
    assert_eq!(ways(51), [one(brought, 51), one(open, 51)]);
    let both = vec![(own, id(52)), (open, id(52))];
    assert_eq!(ways(52), [one(brought, 52), both]);
    assert_eq!(ways(53), [one(account, 41), one(own, 53)]);
    let unlinked = missed(&run, &world, "contact", 52);
    let reason = &unlinked.misses[0].unmet[0].step.reason;
    assert!(
        matches!(
            reason,
            Reason::Linked {
                step: None,
                value: Value::Null,
                ..
            }
        ),
        "{reason:?}"
    );
    let linked = missed(&run, &world, "contact", 53);
    let via = &linked.misses[0].unmet[0].via;
    assert_eq!((via[0].node, via[0].row), (brought, id(41)));
    assert_eq!(linked.single(), None);
}

#[test]
fn one_condition_that_stands_before_all_is_named_alone() {
    let world = World::new();
    let mut nodes = Nodes::default();
    let contact = world.entity("contact");
    let open = state_is(&world, &mut nodes, "contact", 0);
    let active = nodes.users(UserSet::Active);
    let reads = nodes.users(UserSet::Reads(contact, weir_ir::plan::Depth::Global));
    let any = nodes.or([active, reads]);
    let both = nodes.and([open, any]);
    let plan = world.plan(vec![Member::User(id(1))], nodes, &[(contact, both)]);
    let mut run = Run::new(&world, plan);
    let closed = [("state", Value::Int(1))];
    run.apply(
        T0,
        vec![
            world.put("systemuser", 1, &[]),
            world.put("contact", 51, &closed),
        ],
    );
    let missed = missed(&run, &world, "contact", 51);
    assert_eq!(missed.misses.len(), 1);
    assert_eq!(missed.single().map(|unmet| unmet.step.node), Some(open));
}

#[test]
fn of_many_linked_rows_the_nearest_are_told_and_the_rest_counted() {
    let world = World::new();
    let (plan, _) = contacts(&world);
    let mut nodes = plan.nodes.clone();
    let account = world.entity("account");
    let link = world.link(("account", "accountid"), ("contact", "account"));
    let open = state_is(&world, &mut nodes, "contact", 0);
    let owner = world.attr("contact", "ownerid");
    let own = nodes.user_match(world.entity("contact"), owner, Relation::Itself);
    let both = nodes.and([own, open]);
    let any = nodes.exists(account, link, both);
    let plan = world.plan(vec![Member::User(id(1))], nodes, &[(account, any)]);
    let mut run = Run::new(&world, plan);
    let mut changes = vec![
        world.put("systemuser", 1, &[]),
        world.put("account", 41, &[]),
    ];
    let more = 3;
    for n in 0..(limits::ABSENCE_LINKED_ROWS + more) as u64 {
        let owner = if n == 77 { 1 } else { 2 };
        let values = [
            ("account", guid(41)),
            ("ownerid", guid(owner)),
            ("state", Value::Int(1)),
        ];
        changes.push(world.put("contact", 1_000 + n, &values));
    }
    run.apply(T0, changes);
    let missed = missed(&run, &world, "account", 41);
    assert_eq!(missed.misses.len(), limits::ABSENCE_WAYS);
    assert_eq!(missed.unseen, more as u64);
    assert_eq!(missed.ways, limits::ABSENCE_LINKED_ROWS as u64);
    assert_eq!(missed.misses[0].unmet.len(), 1, "the user's own is nearest");
    assert_eq!(missed.misses[0].unmet[0].step.row, id(1_077));
    let of: BTreeMap<Guid, usize> = missed.misses[1..]
        .iter()
        .map(|miss| (miss.unmet[0].step.row, miss.unmet.len()))
        .collect();
    assert!(of.values().all(|count| *count == 2), "{of:?}");
}
