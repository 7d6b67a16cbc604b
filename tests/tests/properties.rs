//! Properties that need no expected answer: the same output under every hash seed, rows that only
//! become fewer under `--lenient`, and equal sets for profiles that mean the same.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it finds, and panics where it fails"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::Value as Json;
use weir_compiler::sql::Dialect;
use weir_grammar::ast::{Block, Choice, Condition, File, Filter, GroupKind, Setting};
use weir_ir::diagnostic::{FileId, Sources};
use weir_ir::operators::Operator;
use weir_ir::plan::{Node, NodeId, Nodes, Plan};
use weir_ir::schema::{EntityId, Schema};
use weir_ir::time::Instant;
use weir_ir::transaction::{Change, Transaction};
use weir_ir::value::Guid;
use weir_ir::wire;
use weir_runtime::{Engine, Options};
use weir_tests::generate::{self, Organisation, Rng, Settings, Step};
use weir_tests::publication::{Publication, parse};
use weir_tests::seeds;
use weir_tests::servers::{self, Store};

/// Organisations whose invariances databases are asked for.
const ORGANISATIONS: u64 = 40;
const ORGANISATIONS_ON_SERVERS: u64 = 1;

fn organisation(seed: u64) -> Organisation {
    generate::organisation(seed, &Settings::default()).expect("metadata without errors")
}

fn compiled(organisation: &Organisation) -> Vec<Publication> {
    let publish = |texts: &Vec<String>| {
        Publication::new(&organisation.schema, texts, false).unwrap_or_else(|e| panic!("{e}"))
    };
    organisation.publications.iter().map(publish).collect()
}

/// Runs every seed and shows the first failure.
fn each(count: u64, run: impl Fn(u64) -> Result<(), String> + Sync) {
    let asked = seeds::seeds(count);
    let (_, failures) = seeds::run(asked, |seed, (): &mut ()| run(seed));
    if let Some((seed, what)) = failures.first() {
        panic!("WEIR_SEED={seed}: {what}");
    }
}

/// What everybody holds, by names and ids.
type Sets = BTreeMap<Guid, BTreeSet<(String, Guid)>>;

fn sets(engine: &Engine, schema: &Schema) -> Sets {
    let name = |(entity, id): (EntityId, Guid)| (schema.entity(entity).name.to_string(), id);
    let rows = |user| engine.rows(user).into_iter().map(name).collect();
    let users = engine.users().into_iter();
    users.map(|user| (user, rows(user))).collect()
}

/// Runs the steps; after each of them what everybody holds.
fn run(schema: &Arc<Schema>, publications: &[Publication], steps: &[Step]) -> Vec<Sets> {
    let mut engine = Engine::new(
        Arc::clone(schema),
        Options {
            hash_seed: 7,
            ..Options::default()
        },
    );
    engine
        .publish(Arc::clone(&publications[0].plan))
        .expect("published");
    let mut all = Vec::new();
    for step in steps {
        while let Some(tick) = engine.next_tick().filter(|t| *t < step.transaction.at) {
            engine.tick(tick).expect("time goes on");
        }
        let plan = step.publish.map(|n| Arc::clone(&publications[n].plan));
        engine
            .apply(&step.transaction, plan)
            .expect("legal changes");
        all.push(sets(&engine, schema));
    }
    all
}

/// Everything that a run says, as the program prints it.
fn output(organisation: &Organisation, publications: &[Publication], hash_seed: u64) -> String {
    let schema = &organisation.schema;
    let mut engine = Engine::new(
        Arc::clone(schema),
        Options {
            hash_seed,
            ..Options::default()
        },
    );
    let mut out = String::new();
    let mut say = |engine: &mut Engine, at: Instant, deltas: &weir_runtime::Deltas| {
        for told in engine.expand(deltas) {
            out += &wire::delta(schema, at, told.user, &told.put, &told.remove);
            out.push('\n');
        }
        out += &format!("{:?}\n", engine.notices());
    };
    let deltas = engine
        .publish(Arc::clone(&publications[0].plan))
        .expect("published");
    say(&mut engine, Instant(0), &deltas);
    for step in &organisation.steps {
        while let Some(tick) = engine.next_tick().filter(|t| *t < step.transaction.at) {
            let deltas = engine.tick(tick).expect("time goes on");
            say(&mut engine, tick, &deltas);
        }
        let plan = step.publish.map(|n| Arc::clone(&publications[n].plan));
        let deltas = engine
            .apply(&step.transaction, plan)
            .expect("legal changes");
        say(&mut engine, step.transaction.at, &deltas);
    }
    for user in engine.users() {
        let rows = engine.rows(user);
        out += &wire::rows(schema, user, &rows);
        for (entity, id) in rows {
            out += &format!("\n{:?}", engine.explain(user, entity, id));
        }
    }
    format!("{out}\n{:?}\n{:?}", engine.tally(), engine.counters())
}

#[test]
fn output_is_the_same_byte_for_byte_under_every_hash_seed() {
    each(60, |seed| {
        let organisation = organisation(seed);
        let publications = compiled(&organisation);
        // The plan, too, is the same when it is compiled again.
        let again = compiled(&organisation);
        for (one, two) in publications.iter().zip(&again) {
            if format!("{:?}", one.plan) != format!("{:?}", two.plan) {
                return Err("two compilations give two plans".to_owned());
            }
        }
        let first = output(&organisation, &publications, 0);
        for hash_seed in [1, 0xDEAD_BEEF, u64::MAX] {
            let other = output(&organisation, &publications, hash_seed);
            if other != first {
                let mut lines = first.lines().zip(other.lines());
                let (a, b) = lines.find(|(a, b)| a != b).unwrap_or_default();
                return Err(format!("hash seed {hash_seed}:\n{a}\n{b}"));
            }
        }
        Ok(())
    });
}

#[test]
fn change_lines_come_back_as_they_were() {
    each(100, |seed| {
        let organisation = organisation(seed);
        let mut decoder = wire::Decoder::new(&organisation.schema, false);
        for step in &organisation.steps {
            let line = wire::transaction(&organisation.schema, &step.transaction);
            match decoder.line(FileId(0), line.as_bytes()) {
                Ok(read) if read.transaction == step.transaction => {}
                other => return Err(format!("{line}\n{other:?}")),
            }
        }
        Ok(())
    });
}

/// The metadata with some of its attributes, relationships and entities taken out.
fn thinned(metadata: &str, rng: &mut Rng) -> String {
    let mut all: Json = serde_json::from_str(metadata).expect("JSON");
    let keep = |list: &mut Json, rng: &mut Rng, percent: usize| {
        list.as_array_mut()
            .expect("a list")
            .retain(|_| rng.percent(percent));
    };
    for entity in all["entities"].as_array_mut().expect("a list") {
        if entity.get("attributes").is_some() {
            keep(&mut entity["attributes"], rng, 85);
        }
    }
    keep(&mut all["relationships"], rng, 80);
    if rng.percent(40) {
        // The system's entities are always there.
        all["entities"]
            .as_array_mut()
            .expect("a list")
            .retain(|entity| entity.get("ownership").is_none() || rng.percent(85));
        let left: BTreeSet<String> = all["entities"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|entity| entity["name"].to_string())
            .chain(["systemuser", "team", "businessunit", "position"].map(|n| format!("\"{n}\"")))
            .collect();
        let ends = ["referenced", "referencing", "entity1", "entity2"];
        all["relationships"]
            .as_array_mut()
            .expect("a list")
            .retain(|relationship| {
                let mut ends = ends.iter().filter_map(|end| relationship.get(end));
                ends.all(|end| left.contains(&end.to_string()))
            });
    }
    all.to_string()
}

#[test]
fn leaving_out_never_enlarges_a_set() {
    let held = AtomicUsize::new(0);
    let lost = AtomicUsize::new(0);
    each(300, |seed| {
        let whole = organisation(seed);
        let complete = run(&whole.schema, &compiled(&whole), &whole.steps);
        let mut rng = Rng::new(seed ^ 0x0717);
        let schema = Arc::new(
            generate::load(&thinned(&whole.metadata, &mut rng)).map_err(|e| format!("{e:?}"))?,
        );
        let publications: Vec<Publication> = whole
            .publications
            .iter()
            .map(|texts| Publication::new(&schema, texts, true))
            .collect::<Result<_, _>>()?;
        let mut decoder = wire::Decoder::new(&schema, true);
        let steps: Result<Vec<Step>, String> = whole
            .steps
            .iter()
            .map(|step| {
                let line = wire::transaction(&whole.schema, &step.transaction);
                let read = decoder.line(FileId(0), line.as_bytes());
                Ok(Step {
                    transaction: read.map_err(|e| format!("{e:?}"))?.transaction,
                    ..step.clone()
                })
            })
            .collect();
        let lenient = run(&schema, &publications, &steps?);
        for (step, (complete, lenient)) in complete.iter().zip(&lenient).enumerate() {
            for (user, rows) in lenient {
                let more: Vec<_> = rows.difference(&complete[user]).collect();
                if !more.is_empty() {
                    return Err(format!(
                        "step {step}: {user} has {more:?} only when lenient"
                    ));
                }
                held.fetch_add(rows.len(), Ordering::Relaxed);
                let fewer = complete[user].len() - rows.len();
                lost.fetch_add(fewer, Ordering::Relaxed);
            }
        }
        Ok(())
    });
    let (held, lost) = (held.into_inner(), lost.into_inner());
    println!("{held} rows held, {lost} lost");
    assert!(held > 1_000 && lost > 1_000 || seeds::seeds(300).end != 300);
}

/// Every filter of a file.
fn filters(file: &mut File) -> Vec<&mut Filter> {
    let mut all = Vec::new();
    for block in &mut file.blocks {
        match block {
            Block::Profile(profile) => {
                for item in &mut profile.items {
                    all.extend(item.download.as_mut().and_then(|d| d.filter.as_mut()));
                    all.extend(item.includes.iter_mut().filter_map(|i| i.filter.as_mut()));
                }
            }
            Block::Organization(organization) => {
                for setting in &mut organization.settings {
                    if let Setting::Entity(entity) = setting {
                        all.extend(entity.filter.as_mut());
                    }
                }
            }
            _ => {}
        }
    }
    all
}

/// Changes every node of a filter, children first.
fn walk(filter: &mut Filter, change: &mut impl FnMut(&mut Filter)) {
    match filter {
        Filter::Group { children, .. } => {
            children.iter_mut().for_each(|child| walk(child, change));
        }
        Filter::Related(related) => {
            if let Some(inner) = &mut related.filter {
                walk(inner, change);
            }
        }
        Filter::Condition(_) => {}
    }
    change(filter);
}

/// The publications with every file changed.
fn rewritten(
    organisation: &Organisation,
    mut change: impl FnMut(&mut File),
) -> Result<Vec<Publication>, String> {
    let publish = |texts: &Vec<String>| {
        let mut sources = Sources::default();
        let (mut files, _) = parse(&mut sources, texts);
        files.iter_mut().for_each(&mut change);
        Publication::of_files(&organisation.schema, &mut sources, files, false)
    };
    organisation.publications.iter().map(publish).collect()
}

fn same(one: &[Sets], two: &[Sets]) -> Result<(), String> {
    match one.iter().zip(two).position(|(one, two)| one != two) {
        None if one.len() == two.len() => Ok(()),
        at => Err(format!("the sets differ at step {at:?}")),
    }
}

/// `eq a` where `in (a)` is allowed as well.
fn in_for_eq(condition: &mut Condition, names: &BTreeSet<String>) {
    let literal = condition.values.len() == 1
        && condition.values[0].kind != weir_grammar::ast::ValueKind::Attribute;
    if condition.operator == Some(Operator::Eq)
        && literal
        && names.contains(condition.attribute.text.as_str())
    {
        condition.operator = Some(Operator::In);
        condition.token.text = "in".into();
    }
}

/// Names of attributes that take `in` in every entity that has them.
fn listable(schema: &Schema) -> BTreeSet<String> {
    let all = schema
        .entities()
        .flat_map(|(id, entity)| entity.attributes.values().map(move |found| (id, found)));
    let (mut yes, mut no) = (BTreeSet::new(), BTreeSet::new());
    for (id, attribute) in all {
        let listable = generate::operators(schema, id, attribute).contains(&"in");
        let to = if listable { &mut yes } else { &mut no };
        to.insert(attribute.name.to_string());
    }
    &yes - &no
}

/// What runs the steps: the engine, or a database.
type Run<'a> =
    &'a mut dyn FnMut(&Arc<Schema>, &[Publication], &[Step]) -> Result<Vec<Sets>, String>;

/// What changes no set: runs an organisation as it is and changed. Gives in how many places it was.
type Invariance = fn(&Organisation, &mut Rng, Run<'_>) -> Result<usize, String>;

const INVARIANCES: [(&str, Invariance); 5] = [
    ("order", reordered),
    ("negations", negated),
    ("or", split),
    ("names", renamed),
    ("strangers", beside_strangers),
];

/// Items, members and children of groups in another order, `in (a)` for `eq a`.
fn reordered(organisation: &Organisation, rng: &mut Rng, run: Run<'_>) -> Result<usize, String> {
    let Organisation { schema, steps, .. } = organisation;
    let plain = run(schema, &compiled(organisation), steps)?;
    let names = listable(schema);
    let mut changed = 0;
    let others = rewritten(organisation, |file| {
        for filter in filters(file) {
            walk(filter, &mut |node| match node {
                Filter::Group { children, .. } => {
                    rng.shuffle(children);
                    changed += 1;
                }
                Filter::Condition(condition) => in_for_eq(condition, &names),
                Filter::Related(_) => {}
            });
        }
        for block in &mut file.blocks {
            if let Block::Profile(profile) = block {
                rng.shuffle(&mut profile.items);
                rng.shuffle(&mut profile.members);
            }
        }
    })?;
    same(&plain, &run(schema, &others, steps)?)?;
    Ok(changed)
}

/// `not (not a and not b)` for `a or b`, and the other way round, in all groups. The language negates
/// nothing but `any`, so plans are changed.
fn negated(organisation: &Organisation, _: &mut Rng, run: Run<'_>) -> Result<usize, String> {
    let Organisation { schema, steps, .. } = organisation;
    let mut publications = compiled(organisation);
    let plain = run(schema, &publications, steps)?;
    let mut changed = 0;
    for publication in &mut publications {
        let old = &publication.plan.nodes;
        let mut plan = Plan::clone(&publication.plan);
        let nodes = &mut plan.nodes;
        let mut new: Vec<NodeId> = Vec::new();
        for id in old.ids() {
            let children = old.children(id);
            let terms: Vec<NodeId> = children.iter().map(|c| new[c.0 as usize]).collect();
            let not = |nodes: &mut Nodes| -> Vec<NodeId> {
                terms.iter().map(|term| nodes.not(*term)).collect()
            };
            let (node, entity) = (old.get(id), old.entity(id));
            new.push(match (node, entity) {
                (Node::And(_), _) => {
                    let terms = not(nodes);
                    let any = nodes.or(terms);
                    nodes.not(any)
                }
                (Node::Or(_), _) => {
                    let terms = not(nodes);
                    let every = nodes.and(terms);
                    nodes.not(every)
                }
                (Node::Not(_), _) => nodes.not(terms[0]),
                (Node::Exists(link, _), Some(entity)) => nodes.exists(entity, *link, terms[0]),
                _ => id,
            });
            changed += usize::from(new[id.0 as usize] != id);
        }
        for root in &mut plan.roots {
            root.audience = new[root.audience.0 as usize];
        }
        publication.plan = Arc::new(plan);
    }
    same(&plain, &run(schema, &publications, steps)?)?;
    Ok(changed)
}

/// A download filter's `or` is the union of two profiles' filters: one half keeps the first child,
/// the other the rest.
fn split(organisation: &Organisation, _: &mut Rng, run: Run<'_>) -> Result<usize, String> {
    let Organisation { schema, steps, .. } = organisation;
    let whole = run(schema, &compiled(organisation), steps)?;
    let mut splits = 0;
    let mut half = |first: bool| {
        rewritten(organisation, |file| {
            for block in &mut file.blocks {
                let Block::Profile(profile) = block else {
                    continue;
                };
                for item in &mut profile.items {
                    let download = item.download.as_mut();
                    let Some(Filter::Group { kind, children, .. }) = download
                        .filter(|download| download.choice == Choice::Custom)
                        .and_then(|download| download.filter.as_mut())
                    else {
                        continue;
                    };
                    if *kind == GroupKind::Or {
                        splits += 1;
                        if first {
                            children.truncate(1);
                        } else {
                            children.remove(0);
                        }
                    }
                }
            }
        })
    };
    let (one, two) = (half(true)?, half(false)?);
    let (one, two) = (run(schema, &one, steps)?, run(schema, &two, steps)?);
    for (step, whole) in whole.iter().enumerate() {
        for (user, rows) in whole {
            // A row is held along a path that begins with one own row, which one half keeps.
            let parts: BTreeSet<_> = one[step][user].union(&two[step][user]).cloned().collect();
            if *rows != parts {
                return Err(format!("step {step}, {user}: {rows:?} is not {parts:?}"));
            }
        }
    }
    Ok(splits)
}

/// Names mean nothing.
fn renamed(organisation: &Organisation, _: &mut Rng, run: Run<'_>) -> Result<usize, String> {
    let steps = &organisation.steps;
    let plain = run(&organisation.schema, &compiled(organisation), steps)?;
    // None of them is part of another name, and the order of attributes stays.
    let names = [
        ("alias", "zz"),
        ("due", "aa"),
        ("crew", "order"),
        ("count", "contains"),
    ];
    let rename = |text: &str| {
        names.iter().fold(text.to_owned(), |text, (from, to)| {
            let words: Vec<&str> = text
                .split_inclusive(|c: char| !c.is_alphanumeric())
                .collect();
            let renamed = words.iter().map(|word| match word.strip_prefix(from) {
                Some(rest) if !rest.starts_with(char::is_alphanumeric) => format!("{to}{rest}"),
                _ => (*word).to_owned(),
            });
            renamed.collect()
        })
    };
    let metadata = rename(&organisation.metadata);
    let schema = Arc::new(generate::load(&metadata).map_err(|e| format!("{e:?}"))?);
    let publications: Vec<Publication> = organisation
        .publications
        .iter()
        .map(|texts| {
            let texts: Vec<String> = texts.iter().map(|text| rename(text)).collect();
            Publication::new(&schema, &texts, false)
        })
        .collect::<Result<_, _>>()?;
    same(&plain, &run(&schema, &publications, steps)?)?;
    Ok(usize::from(metadata != organisation.metadata))
}

/// A user that nobody knows and a row of every entity that links to nothing are nothing to others.
fn beside_strangers(
    organisation: &Organisation,
    _: &mut Rng,
    run: Run<'_>,
) -> Result<usize, String> {
    let schema = &organisation.schema;
    let publications = compiled(organisation);
    let plain = run(schema, &publications, &organisation.steps)?;
    let entities = schema.entities().filter(|(_, entity)| !entity.internal);
    let strangers: Vec<Change> = entities
        .map(|(entity, _)| Change::Upsert {
            entity,
            id: generate::guid(entity.0, 0x57_A06E),
            values: Vec::new(),
        })
        .collect();
    let ids: BTreeSet<Guid> = strangers.iter().map(|change| change.row().1).collect();
    let mut steps = organisation.steps.clone();
    steps[0].transaction.changes.extend(strangers);
    let mut others = run(schema, &publications, &steps)?;
    for sets in &mut others {
        sets.retain(|user, _| !ids.contains(user));
        for rows in sets.values_mut() {
            rows.retain(|(_, id)| !ids.contains(id));
        }
    }
    same(&plain, &others)?;
    Ok(ids.len())
}

/// Runs an invariance over organisations on the engine.
fn on_engine(count: u64, invariance: Invariance) {
    let changed = AtomicUsize::new(0);
    each(count, |seed| {
        let mut rng = Rng::new(seed ^ 0x05EE_D000);
        let engine: Run<'_> =
            &mut |schema, publications, steps| Ok(run(schema, publications, steps));
        let places = invariance(&organisation(seed), &mut rng, engine)?;
        changed.fetch_add(places, Ordering::Relaxed);
        Ok(())
    });
    assert!(changed.into_inner() > 0, "nothing was changed");
}

#[test]
fn profiles_that_mean_the_same_hold_the_same() {
    on_engine(80, reordered);
    on_engine(80, negated);
}

#[test]
fn a_filter_split_by_or_is_the_union_of_its_parts() {
    on_engine(120, split);
}

#[test]
fn names_mean_nothing() {
    on_engine(60, renamed);
}

#[test]
fn strangers_are_nothing_to_others() {
    on_engine(60, beside_strangers);
}

/// What everybody holds after each step, by statements: of all, and of one user by his own.
fn run_sql(
    store: &mut dyn Store,
    schema: &Arc<Schema>,
    publications: &[Publication],
    steps: &[Step],
) -> Result<Vec<Sets>, String> {
    store.reset(schema)?;
    store.publish(&publications[0].plan)?;
    let named = |rows: Vec<(EntityId, Guid)>| -> BTreeSet<(String, Guid)> {
        let name = |(entity, id): (EntityId, Guid)| (schema.entity(entity).name.to_string(), id);
        rows.into_iter().map(name).collect()
    };
    let mut all = Vec::new();
    for (n, step) in steps.iter().enumerate() {
        store.write(&step.transaction.changes)?;
        if let Some(n) = step.publish {
            store.publish(&publications[n].plan)?;
        }
        let now = step.transaction.at;
        let map = store.map(now)?.into_iter();
        let sets: Sets = map.map(|(user, rows)| (user, named(rows))).collect();
        if let Some((user, rows)) = sets.iter().nth(n % sets.len().max(1)) {
            let own = named(store.rows(*user, now)?);
            if own != *rows {
                return Err(format!("step {n}: {user} has {own:?}, of all {rows:?}"));
            }
        }
        all.push(sets);
    }
    Ok(all)
}

/// Runs every invariance over organisations on a database; gives how much each has changed.
fn on_database(dialect: Dialect, seeds: Vec<u64>) -> [usize; INVARIANCES.len()] {
    const SETTINGS: Settings = Settings {
        users: 6,
        rows: 5,
        transactions: 2,
        changes: 8,
        profiles: 3,
        publications: 2,
    };
    let store = servers::store(dialect);
    let mut store = store.unwrap_or_else(|said| panic!("{said}"));
    let mut changed = [0; INVARIANCES.len()];
    for seed in seeds {
        let organisation = generate::organisation(seed, &SETTINGS);
        let mut organisation = organisation.expect("metadata without errors");
        organisation.publish_each();
        for ((name, invariance), changed) in INVARIANCES.iter().zip(&mut changed) {
            let mut rng = Rng::new(seed ^ 0x05EE_D000);
            let sql: Run<'_> = &mut |schema, publications, steps| {
                run_sql(&mut *store, schema, publications, steps)
            };
            *changed += invariance(&organisation, &mut rng, sql)
                .unwrap_or_else(|what| panic!("{name}: WEIR_SEED={seed}: {what}"));
        }
    }
    changed
}

/// Runs every invariance over organisations on databases side by side.
fn on_databases(dialects: [Dialect; 2], seeds: impl Fn(usize) -> Vec<u64> + Sync) {
    let seeds = &seeds;
    thread::scope(|scope| {
        let running = [0, 1].map(|at| scope.spawn(move || on_database(dialects[at], seeds(at))));
        let changed = running.map(|thread| thread.join().expect("no difference"));
        let sums = (0..INVARIANCES.len()).map(|at| changed[0][at] + changed[1][at]);
        assert!(sums.min() > Some(0), "an invariance changed nothing");
    });
}

#[test]
fn invariances_hold_on_sqlite() {
    on_databases([Dialect::Sqlite; 2], |at| {
        let seeds = seeds::seeds(ORGANISATIONS).skip(at);
        seeds.step_by(2).collect()
    });
}

#[test]
fn invariances_hold_on_servers() {
    on_databases(Dialect::SERVERS, |_| {
        seeds::seeds(ORGANISATIONS_ON_SERVERS).collect()
    });
}

#[test]
fn what_is_held_depends_on_the_rows_and_not_on_their_story() {
    each(150, |seed| {
        let organisation = organisation(seed);
        let publications = compiled(&organisation);
        let plain = run(&organisation.schema, &publications, &organisation.steps);
        let last = organisation.steps.last().ok_or("no steps")?;
        let published = organisation
            .steps
            .iter()
            .rev()
            .find_map(|step| step.publish);
        let mut rows = weir_tests::model::Rows::new();
        for step in &organisation.steps {
            weir_tests::model::apply(&mut rows, &step.transaction.changes);
        }
        // The rows that are left, in any order, in one transaction.
        let mut changes: Vec<Change> = rows
            .into_iter()
            .flat_map(|(entity, rows)| {
                rows.into_iter().map(move |(id, row)| Change::Upsert {
                    entity,
                    id,
                    values: row.into_iter().collect(),
                })
            })
            .collect();
        Rng::new(seed).shuffle(&mut changes);
        let step = Step {
            transaction: Transaction {
                at: last.transaction.at,
                changes,
            },
            publish: Some(published.unwrap_or(0)),
            contextual: false,
        };
        let at_once = run(&organisation.schema, &publications, &[step]);
        same(&plain[plain.len() - 1..], &at_once)
    });
}
