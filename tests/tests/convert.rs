//! A filter as native text and as FetchXML: both say the same, whichever way it is converted. Each
//! filter of random profiles is printed in the other language and read again, and the profiles then
//! lower to the very same plan; so do whole profiles that are exported as solution XML and read back.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it finds, and panics where it fails"
)]

use weir_compiler::{Options, compile, convert, explain, solution as profiles};
use weir_grammar::ast::{Block, Choice, File, Filter, Item, Link, Name};
use weir_grammar::{fetchxml, native, solution};
use weir_ir::diagnostic::{Diagnostic, Sources};
use weir_ir::schema::{RelationshipKind, Schema};
use weir_tests::generate::{self, Settings};
use weir_tests::publication::parse;
use weir_tests::seeds;

const SEEDS: u64 = 200;

/// What was converted.
#[derive(Default)]
struct Counts {
    filters: usize,
    profiles: usize,
    links: usize,
    pairs: usize,
}

/// Counts links along relationships, those along pairs apart.
fn count(schema: &Schema, filter: &Filter, counts: &mut Counts) {
    match filter {
        Filter::Group { children, .. } => children
            .iter()
            .for_each(|child| count(schema, child, counts)),
        Filter::Condition(_) => {}
        Filter::Related(related) => {
            if let Link::Via(via) = &related.link {
                let found = schema.find_relationship(&via.text).expect("a relationship");
                match schema.relationship(found).kind {
                    RelationshipKind::OneToMany { .. } => counts.links += 1,
                    RelationshipKind::ManyToMany { .. } => counts.pairs += 1,
                }
            }
            related
                .filter
                .iter()
                .for_each(|inner| count(schema, inner, counts));
        }
    }
}

/// The files with every filter of an item or an association replaced.
fn replaced(files: &[File], replace: &mut dyn FnMut(&Name, &Filter) -> Filter) -> Vec<File> {
    let mut files = files.to_vec();
    for block in files.iter_mut().flat_map(|file| &mut file.blocks) {
        let Block::Profile(profile) = block else {
            continue;
        };
        for Item {
            entity,
            download,
            includes,
            ..
        } in &mut profile.items
        {
            if let Some(filter) = download
                .iter_mut()
                .find_map(|download| download.filter.as_mut())
            {
                *filter = replace(entity, filter);
            }
            for include in includes {
                if let (Some(entity), Some(filter)) = (&include.entity, &mut include.filter) {
                    *filter = replace(entity, filter);
                }
            }
        }
    }
    files
}

/// The plan of some files, without the places that its nodes come from.
fn plan(schema: &Schema, files: &[File]) -> Result<String, String> {
    let compiled = compile(schema, &mut Sources::default(), files, Options::default());
    let errors: Vec<&Diagnostic> = compiled
        .diagnostics
        .iter()
        .filter(|d| d.is_error())
        .collect();
    let plan = compiled
        .plan
        .ok_or_else(|| format!("no plan: {errors:?}"))?;
    let nodes: Vec<_> = plan
        .nodes
        .ids()
        .map(|id| (plan.nodes.entity(id), plan.nodes.get(id)))
        .collect();
    Ok(format!(
        "{:#?}\n{nodes:#?}\n{:#?}",
        plan.settings, plan.roots
    ))
}

/// Compares the plans of one publication's files.
fn same_plan(schema: &Schema, texts: &[String], counts: &mut Counts) -> Result<(), String> {
    let mut sources = Sources::default();
    let (files, found) = parse(&mut sources, texts);
    if !found.is_empty() {
        return Err(format!("{found:?}"));
    }
    let expected = plan(schema, &files)?;
    let mut printed = Vec::new();
    let as_fetchxml = replaced(&files, &mut |entity, filter| {
        counts.filters += 1;
        count(schema, filter, counts);
        let text =
            convert::to_fetchxml(Some(schema), entity, filter).unwrap_or_else(|e| panic!("{e:?}"));
        let read = fetchxml::parse(sources.add("fetch.xml", text.as_str()), &text);
        assert_eq!(read.diagnostics, [], "{text}");
        printed.push(text);
        read.filter.expect("a filter")
    });
    let as_native = replaced(&as_fetchxml, &mut |entity, filter| {
        let text = convert::to_native(Some(schema), &entity.text, filter);
        let (read, found) = native::parse_filter(sources.add("filter", text.as_str()), &text);
        assert_eq!(found, [], "{text}");
        printed.push(text);
        read.expect("a filter")
    });
    for (language, files) in [("FetchXML", as_fetchxml), ("native text", as_native)] {
        let found = plan(schema, &files)?;
        if found != expected {
            let mut lines = expected.lines().zip(found.lines());
            let (one, other) = lines.find(|(one, other)| one != other).unwrap_or_default();
            return Err(format!(
                "{language}: {one} / {other}\n{texts:#?}\n{printed:#?}"
            ));
        }
    }
    Ok(())
}

/// Compares the plan of one publication's files with that of their profiles, exported and read back.
/// Members and columns, which the form can't say, are taken out of both.
fn same_as_exported(schema: &Schema, texts: &[String], counts: &mut Counts) -> Result<(), String> {
    let mut sources = Sources::default();
    let (mut files, _) = parse(&mut sources, texts);
    let mut imported = Vec::new();
    for file in &mut files {
        let others = file.blocks.clone().into_iter();
        imported.push(File {
            blocks: others.filter(|block| !is_profile(block)).collect(),
            ..file.clone()
        });
        file.blocks.iter_mut().for_each(|block| {
            let Block::Profile(profile) = block else {
                return;
            };
            profile.members.clear();
            for item in &mut profile.items {
                item.columns = None;
                // The order of the flags is that of the nodes, and of nothing else.
                if let Some(Choice::Other(flags)) =
                    item.download.as_mut().map(|download| &mut download.choice)
                {
                    flags.sort_by_key(|(flag, _)| *flag as u8);
                }
            }
        });
        file.blocks.sort_by_key(is_profile);
        let from = file.blocks.partition_point(|block| !is_profile(block));
        let only = File {
            blocks: file.blocks[from..].to_vec(),
            ..file.clone()
        };
        let (exported, found) = profiles::export(Some(schema), &[only]);
        if !found.is_empty() {
            return Err(format!("{found:?}\n{texts:#?}"));
        }
        for profile in exported {
            let read = solution::parse(sources.add("p.xml", profile.xml.as_str()), &profile.xml);
            if !read.diagnostics.is_empty() {
                return Err(format!("{:?}\n{}", read.diagnostics, profile.xml));
            }
            counts.profiles += 1;
            imported.push(read.file);
        }
    }
    let tree = |files: &[File]| {
        let compiled = compile(schema, &mut Sources::default(), files, Options::default());
        let plan = compiled.plan.ok_or(format!("{:?}", compiled.diagnostics))?;
        Ok::<_, String>(explain::tree(&plan, schema))
    };
    let (native, imported) = (tree(&files)?, tree(&imported)?);
    if native != imported {
        return Err(format!("{native}\nexported: {imported}\n{texts:#?}"));
    }
    Ok(())
}

fn is_profile(block: &Block) -> bool {
    matches!(block, Block::Profile(_))
}

#[test]
fn an_exported_profile_lowers_to_the_same_plan() {
    let asked = seeds::seeds(SEEDS);
    let enough = asked.end - asked.start >= SEEDS;
    let (counts, failures) = seeds::run(asked, |seed, counts: &mut Counts| {
        let organisation =
            generate::organisation(seed, &Settings::default()).expect("metadata without errors");
        let mut publications = organisation.publications.iter();
        publications.try_for_each(|texts| same_as_exported(&organisation.schema, texts, counts))
    });
    if let Some((seed, what)) = failures.first() {
        panic!("WEIR_SEED={seed}: {what}");
    }
    let profiles: usize = counts.iter().map(|counts| counts.profiles).sum();
    assert!(!enough || profiles >= 200, "{profiles} profiles");
}

#[test]
fn both_languages_lower_to_the_same_plan() {
    let asked = seeds::seeds(SEEDS);
    let enough = asked.end - asked.start >= SEEDS;
    let (counts, failures) = seeds::run(asked, |seed, counts: &mut Counts| {
        let organisation =
            generate::organisation(seed, &Settings::default()).expect("metadata without errors");
        let mut publications = organisation.publications.iter();
        publications.try_for_each(|texts| same_plan(&organisation.schema, texts, counts))
    });
    if let Some((seed, what)) = failures.first() {
        panic!("WEIR_SEED={seed}: {what}");
    }
    let sum = |of: fn(&Counts) -> usize| counts.iter().map(of).sum::<usize>();
    let all = [sum(|c| c.filters), sum(|c| c.links), sum(|c| c.pairs)];
    assert!(
        !enough || all.iter().all(|count| *count >= 50),
        "filters, links, pairs: {all:?}"
    );
}
