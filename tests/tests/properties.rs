//! Properties that need no expected answer: the same output under every hash seed, rows that only
//! become fewer under `--lenient`, and equal sets for profiles that mean the same.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it finds, and panics where it fails"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;
use weir_grammar::ast::{Block, Choice, Condition, File, Filter, GroupKind, Setting};
use weir_ir::diagnostic::{FileId, Sources};
use weir_ir::operators::Operator;
use weir_ir::schema::{EntityId, Schema};
use weir_ir::time::Instant;
use weir_ir::transaction::{Change, Transaction};
use weir_ir::value::Guid;
use weir_ir::wire;
use weir_runtime::{Engine, Options};
use weir_tests::generate::{self, Organisation, Rng, Settings, Step};
use weir_tests::publication::{Publication, parse};
use weir_tests::seeds;

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
    let mut engine = Engine::new(Arc::clone(schema), Options { hash_seed: 7 });
    engine.publish(Arc::clone(&publications[0].plan));
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
    let mut engine = Engine::new(Arc::clone(schema), Options { hash_seed });
    let mut out = String::new();
    let mut say = |engine: &mut Engine, at: Instant, deltas: &weir_runtime::Deltas| {
        for told in engine.expand(deltas) {
            out += &wire::delta(schema, at, told.user, &told.put, &told.remove);
            out.push('\n');
        }
        out += &format!("{:?}\n", engine.notices());
    };
    let deltas = engine.publish(Arc::clone(&publications[0].plan));
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
    let held = std::sync::atomic::AtomicUsize::new(0);
    let lost = std::sync::atomic::AtomicUsize::new(0);
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
                held.fetch_add(rows.len(), std::sync::atomic::Ordering::Relaxed);
                let fewer = complete[user].len() - rows.len();
                lost.fetch_add(fewer, std::sync::atomic::Ordering::Relaxed);
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

#[test]
fn profiles_that_mean_the_same_hold_the_same() {
    each(80, |seed| {
        let organisation = organisation(seed);
        let steps = &organisation.steps;
        let plain = run(&organisation.schema, &compiled(&organisation), steps);
        let names = listable(&organisation.schema);
        let mut rng = Rng::new(seed ^ 0x05EE_D000);
        // Children of groups in another order, `in (a)` for `eq a`.
        let others = rewritten(&organisation, |file| {
            for filter in filters(file) {
                walk(filter, &mut |node| match node {
                    Filter::Group { children, .. } => rng.shuffle(children),
                    Filter::Condition(condition) => in_for_eq(condition, &names),
                    Filter::Related(_) => {}
                });
            }
        })?;
        same(&plain, &run(&organisation.schema, &others, steps))
    });
}

#[test]
fn a_filter_split_by_or_is_the_union_of_its_parts() {
    let splits = std::sync::atomic::AtomicUsize::new(0);
    each(120, |seed| {
        let organisation = organisation(seed);
        let steps = &organisation.steps;
        let whole = run(&organisation.schema, &compiled(&organisation), steps);
        // One half keeps the first child of every download filter's `or`, the other the rest.
        let half = |first: bool| {
            rewritten(&organisation, |file| {
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
                            splits.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
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
        let one = run(&organisation.schema, &one, steps);
        let two = run(&organisation.schema, &two, steps);
        for (step, whole) in whole.iter().enumerate() {
            for (user, rows) in whole {
                // A row is held along a path that begins with one own row, which one half keeps.
                let parts: BTreeSet<_> = one[step][user].union(&two[step][user]).cloned().collect();
                if *rows != parts {
                    return Err(format!("step {step}, {user}: {rows:?} is not {parts:?}"));
                }
            }
        }
        Ok(())
    });
    assert!(splits.into_inner() > 0);
}

#[test]
fn names_mean_nothing() {
    each(60, |seed| {
        let organisation = organisation(seed);
        let plain = run(
            &organisation.schema,
            &compiled(&organisation),
            &organisation.steps,
        );
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
        same(&plain, &run(&schema, &publications, &organisation.steps))
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
