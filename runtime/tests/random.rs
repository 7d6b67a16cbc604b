//! The engine against the naive meaning of the plan: sets and deltas after every transaction and
//! every instant at which the clock alone moves something, under random plans and changes.
//!
//! `SEEDS=n` runs that many, `SEED=n` one alone.

#![allow(clippy::expect_used, reason = "a test may panic")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use support::naive::{Key, Naive, Rows, apply};
use support::random::{Rng, change, plan};
use support::{World, at};
use weir_ir::plan::Plan;
use weir_ir::schema::AttrId;
use weir_ir::time::Instant;
use weir_ir::transaction::Transaction;
use weir_ir::value::Guid;
use weir_runtime::{Deltas, Engine, Options};

const STEPS: u64 = 40;

type Columns = BTreeMap<(Guid, Key), Option<Box<[AttrId]>>>;

/// What everybody held, and the rows and columns then.
struct Past {
    rows: Rows,
    held: BTreeMap<Guid, BTreeSet<Key>>,
    columns: Columns,
}

fn look(naive: &Naive<'_>) -> Past {
    let mut past = Past {
        rows: naive.rows.clone(),
        held: BTreeMap::new(),
        columns: Columns::new(),
    };
    for user in naive.users() {
        let held = naive.held(user);
        for key in &held {
            let columns = naive.columns(user, key.0).map(Box::from);
            past.columns.insert((user, *key), columns);
        }
        past.held.insert(user, held);
    }
    past
}

/// What a user is to be told.
fn told(world: &World, old: &Past, new: &Past, user: Guid) -> (BTreeSet<Key>, BTreeSet<Key>) {
    let none = BTreeSet::new();
    let before = old.held.get(&user).unwrap_or(&none);
    let after = new.held.get(&user).unwrap_or(&none);
    let rewritten = |key: &Key| {
        let count = world.schema.entity(key.0).attributes.len();
        let all = || (1..count).map(|at| AttrId(u32::try_from(at).expect("small")));
        let list = |past: &Past| match &past.columns[&(user, *key)] {
            Some(list) => list.to_vec(),
            None => all().collect(),
        };
        let (had, has) = (list(old), list(new));
        has.iter().any(|attribute| {
            let at = attribute.0 as usize;
            old.rows[key][at] != new.rows[key][at] || !had.contains(attribute)
        })
    };
    let stayed = before.intersection(after).filter(|key| rewritten(key));
    let put = after.difference(before).chain(stayed).copied().collect();
    (put, before.difference(after).copied().collect())
}

struct Check<'a> {
    world: &'a World,
    engine: &'a Engine,
    seed: u64,
}

impl Check<'_> {
    fn compare(&self, old: &Past, new: &Past, deltas: &Deltas, step: u64) {
        let seed = self.seed;
        let mut expected = Vec::new();
        let users: BTreeSet<Guid> = old.held.keys().chain(new.held.keys()).copied().collect();
        for user in users {
            let (put, remove) = told(self.world, old, new, user);
            if !put.is_empty() || !remove.is_empty() {
                expected.push((user, put, remove));
            }
        }
        let said: Vec<_> = self
            .engine
            .expand(deltas)
            .into_iter()
            .map(|delta| {
                let put: BTreeSet<Key> = delta.put.into_iter().collect();
                (delta.user, put, delta.remove.into_iter().collect())
            })
            .collect();
        assert_eq!(said, expected, "seed {seed}, step {step}: deltas");
        assert_eq!(
            self.engine.users(),
            new.held.keys().copied().collect::<Vec<_>>()
        );
        for (user, held) in &new.held {
            let rows: BTreeSet<Key> = self.engine.rows(*user).into_iter().collect();
            assert_eq!(rows, *held, "seed {seed}, step {step}: rows of {user}");
            for key in new.rows.keys() {
                let proof = self.engine.explain(*user, key.0, key.1);
                assert_eq!(
                    proof.is_some(),
                    held.contains(key),
                    "seed {seed}, step {step}"
                );
                assert!(proof.is_none_or(|proof| proof.step.holds), "seed {seed}");
            }
        }
    }
}

fn run(world: &World, seed: u64) {
    let mut rng = Rng(seed);
    let mut published: Arc<Plan> = Arc::new(plan(world, &mut rng));
    let mut engine = Engine::new(
        Arc::clone(&world.schema),
        Options {
            hash_seed: seed,
            ..Options::default()
        },
    );
    engine.publish(Arc::clone(&published)).expect("published");
    let mut rows = Rows::new();
    // Around the changes of summer time in Havana and Berlin.
    let mut now = at(rng.one(&["2026-03-07T20:00:00Z", "2025-11-01T20:00:00Z"]));
    let mut past = look(&Naive {
        world,
        plan: &published,
        rows: &rows,
        now,
    });
    for step in 0..STEPS {
        let steps = [0, 1, 3_600_000, 43_200_000, 90_000_000];
        let next = Instant(now.0 + rng.one(&steps));
        while let Some(tick) = engine.next_tick().filter(|tick| *tick < next) {
            // Nothing moves between two ticks.
            assert!(step == 0 || tick > now, "seed {seed}: a tick in the past");
            let naive = |now| Naive {
                world,
                plan: &published,
                rows: &rows,
                now,
            };
            assert_eq!(
                look(&naive(Instant(tick.0 - 1))).held,
                past.held,
                "seed {seed}, step {step}: something moved before {tick}"
            );
            let new = look(&naive(tick));
            let deltas = engine.tick(tick).expect("a tick");
            let check = Check {
                world,
                engine: &engine,
                seed,
            };
            check.compare(&past, &new, &deltas, step);
            (past, now) = (new, tick);
        }
        now = next;
        let count = if step == 0 { 40 } else { rng.below(4) };
        let changes: Vec<_> = (0..count).map(|_| change(world, &mut rng, now)).collect();
        for change in &changes {
            apply(world, &mut rows, change);
        }
        let publish = rng.chance(6).then(|| Arc::new(plan(world, &mut rng)));
        if let Some(plan) = &publish {
            published = Arc::clone(plan);
        }
        let deltas = engine
            .apply(&Transaction { at: now, changes }, publish)
            .expect("a transaction");
        let new = look(&Naive {
            world,
            plan: &published,
            rows: &rows,
            now,
        });
        let check = Check {
            world,
            engine: &engine,
            seed,
        };
        check.compare(&past, &new, &deltas, step);
        past = new;
    }
}

#[test]
fn sets_and_deltas_are_what_the_plan_means() {
    let world = World::new();
    let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse::<u64>().ok());
    let seeds = match number("SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SEEDS").unwrap_or(250),
    };
    for seed in seeds {
        run(&world, seed);
    }
}
