//! `weir inspect`: what is in a solution, and what its profiles need that it lacks.

use std::collections::BTreeSet;

use serde_json::json;
use weir_compiler::metadata::complete;
use weir_compiler::{Options, compile};
use weir_grammar::ast::{self, Block, Choice, Filter, Item, Owned, Profile};
use weir_ir::diagnostic::Diagnostic;
use weir_ir::schema::Schema;

use crate::arguments::Inspect;
use crate::commands::check::plural;
use crate::commands::import::read;
use crate::commands::init::write;
use crate::failure::{Failure, Outcome};
use crate::input::Input;
use crate::output::Output;
use crate::replay::left_out_of;

pub(crate) fn run(args: &Inspect, output: &mut Output) -> Outcome {
    let mut input = Input::default();
    let mut solution = read(&mut input, &args.solution)?;
    input.metadata_into(&mut solution.builder, &args.metadata)?;
    let (schema, found) = solution.builder.finish();
    input.diagnostics.extend(found);
    output.findings(&input.sources, &input.diagnostics)?;
    summary(&schema, &solution.profiles, solution.files, output)?;
    for file in &solution.profiles {
        for block in &file.blocks {
            if let Block::Profile(found) = block {
                profile(&mut input, &schema, file, found, output)?;
            }
        }
    }
    roles(&schema, &solution.profiles, output)?;
    let needs = complete::needs(&schema, &solution.profiles);
    lacking(&needs, output)?;
    if let Some(path) = &args.complete {
        if path.symlink_metadata().is_ok() {
            return Err(Failure::usage(
                format!("`{}` exists already", path.display()),
                "choose another file; nothing has been written",
            ));
        }
        write(path, &needs.to_json())?;
        output.note(&format!(
            "wrote {}: fill in what is null, and give it as `--metadata` after the solution",
            path.display()
        ))?;
    }
    output.flush()?;
    match input.diagnostics.iter().any(Diagnostic::is_error) {
        true => Err(Failure::Reported),
        false => Ok(()),
    }
}

fn summary(schema: &Schema, files: &[ast::File], count: usize, output: &mut Output) -> Outcome {
    let visible = || schema.entities().filter(|(_, entity)| !entity.internal);
    let partial = visible()
        .filter(|(_, entity)| entity.ownership.is_none() || entity.offline.is_none())
        .count();
    let filters = visible().filter(|(_, entity)| entity.offline_filter.is_some());
    let (entities, filters) = (visible().count(), filters.count());
    let relationships = schema.relationships().len();
    let roles = schema.roles().len();
    let profiles: usize = files.iter().map(|file| file.blocks.len()).sum();
    if output.json() {
        return output.line(
            &json!({ "files": count, "entities": entities, "partial": partial,
                "filters": filters, "relationships": relationships, "roles": roles,
                "profiles": profiles })
            .to_string(),
        );
    }
    output.line(&format!(
        "{}: {entities} entities, {partial} of them partial, {filters} with a data download filter; \
         {}; {}; {}",
        plural(count, "file"),
        plural(relationships, "relationship"),
        plural(roles, "role"),
        plural(profiles, "profile"),
    ))
}

/// A profile, an item a line, and how much of it can be compiled with this metadata.
fn profile(
    input: &mut Input,
    schema: &Schema,
    file: &ast::File,
    profile: &Profile,
    output: &mut Output,
) -> Outcome {
    let alone = ast::File {
        dialect: file.dialect,
        blocks: vec![Block::Profile(profile.clone())],
        unread: Vec::new(),
    };
    let lenient = Options { lenient: true };
    let compiled = compile(schema, &mut input.sources, &[alone], lenient);
    let kept = compiled.plan.as_ref().map(|plan| {
        let profiles = plan.profiles.iter();
        profiles.map(|profile| profile.items.len()).sum::<usize>()
    });
    let all = profile.items.len();
    let associations: usize = profile.items.iter().map(|item| item.includes.len()).sum();
    let (conditions, left_out) = (compiled.conditions, compiled.left_out);
    if output.json() {
        let items: Vec<serde_json::Value> = profile
            .items
            .iter()
            .map(|item| {
                let includes = item
                    .includes
                    .iter()
                    .map(|include| include.via.text.as_str());
                json!({ "entity": item.entity.text.as_str(), "download": download(item),
                    "conditions": counted(item), "associations": includes.collect::<Vec<_>>() })
            })
            .collect();
        return output.line(
            &json!({ "profile": profile.name.text.as_str(), "items": items, "compiled": kept,
                "conditions": conditions, "left_out": left_out })
            .to_string(),
        );
    }
    output.line(&format!(
        "\nprofile \"{}\": {}, {}",
        profile.name.text,
        plural(all, "item"),
        plural(associations, "association"),
    ))?;
    for item in &profile.items {
        let mut line = format!("  {}: {}", item.entity.text, download(item));
        let conditions = counted(item);
        if conditions > 0 {
            line += &format!(", {}", plural(conditions, "condition"));
        }
        let via: Vec<&str> = item.includes.iter().map(|i| i.via.text.as_str()).collect();
        if !via.is_empty() {
            line += &format!("; includes {}", via.join(", "));
        }
        output.line(&line)?;
    }
    output.line(&match kept {
        Some(kept) => format!(
            "  compiles with what is there: {kept} of {all} items, {}",
            left_out_of(left_out, conditions)
        ),
        None => "  does not compile: `weir check --metadata … --lenient` tells why".to_owned(),
    })
}

/// What an item downloads, as native text has it.
fn download(item: &Item) -> String {
    match item.download.as_ref().map(|download| &download.choice) {
        None => "nothing said".to_owned(),
        Some(Choice::Related) => "related".to_owned(),
        Some(Choice::All) => "all".to_owned(),
        Some(Choice::Custom) => "where …".to_owned(),
        Some(Choice::Other(flags)) => {
            let words = flags.iter().map(|(flag, _)| match flag {
                Owned::Mine => "mine",
                Owned::Team => "team",
                Owned::BusinessUnit => "business-unit",
            });
            words.collect::<Vec<_>>().join(", ")
        }
    }
}

/// How many conditions and links an item's filters have.
fn counted(item: &Item) -> usize {
    fn of(filter: &Filter) -> usize {
        match filter {
            Filter::Group { children, .. } => children.iter().map(of).sum(),
            Filter::Condition(_) => 1,
            Filter::Related(related) => 1 + related.filter.as_deref().map_or(0, of),
        }
    }
    let own = item.download.iter().filter_map(|d| d.filter.as_ref());
    let theirs = item.includes.iter().filter_map(|i| i.filter.as_ref());
    own.chain(theirs).map(of).sum()
}

/// The roles, with the entities of items that they don't read.
fn roles(schema: &Schema, files: &[ast::File], output: &mut Output) -> Outcome {
    let items: BTreeSet<String> = files
        .iter()
        .flat_map(|file| &file.blocks)
        .filter_map(|block| match block {
            Block::Profile(profile) => Some(&profile.items),
            _ => None,
        })
        .flatten()
        .map(|item| item.entity.text.to_lowercase())
        .collect();
    if !output.json() && !schema.roles().is_empty() {
        output.line(
            "\nroles, as templates: who has them is data (`roleprivilege` of the change stream)",
        )?;
    }
    for role in schema.roles() {
        let read = |entity: &&String| role.reads.contains_key(entity.as_str());
        let unread: Vec<&String> = items.iter().filter(|entity| !read(entity)).collect();
        let profiles = role.reads.contains_key("mobileofflineprofile");
        if output.json() {
            let reads: serde_json::Map<String, serde_json::Value> = role
                .reads
                .iter()
                .map(|(entity, depth)| (entity.to_string(), depth.name().into()))
                .collect();
            output.line(
                &json!({ "role": role.name.as_str(), "id": role.id.as_deref(), "reads": reads })
                    .to_string(),
            )?;
            continue;
        }
        output.line(&format!(
            "  {}: reads {} entities, {} of the {} that items are on; {}",
            role.name,
            role.reads.len(),
            items.len() - unread.len(),
            items.len(),
            match profiles {
                true => "may have a profile",
                false => "doesn't read mobileofflineprofile, which a user of one needs",
            }
        ))?;
    }
    Ok(())
}

/// What the profiles need and no source has.
fn lacking(needs: &complete::Needs, output: &mut Output) -> Outcome {
    let lines = needs.lines();
    if output.json() {
        let lines: Vec<&str> = lines.iter().map(|line| line.as_str()).collect();
        return output.line(&json!({ "missing": lines }).to_string());
    }
    if lines.is_empty() {
        return output.line("\nnothing that the profiles need is missing");
    }
    output.line("\nmissing, of what the profiles need:")?;
    for line in lines {
        output.line(&format!("  {line}"))?;
    }
    Ok(())
}
