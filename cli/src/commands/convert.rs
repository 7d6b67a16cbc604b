//! `weir convert`: filters from native text to FetchXML and back, alone or out of profiles. All or
//! nothing: with an error in one of them none is written.

use std::path::Path;

use serde_json::json;
use weir_compiler::convert;
use weir_grammar::ast::{Block, Filter, GroupKind, Include, Item, Name, Profile, ValueKind};
use weir_grammar::xml::{self, Located};
use weir_grammar::{fetchxml, native, solution};
use weir_ir::diagnostic::{Diagnostic, FileId, Span};
use weir_ir::schema::Schema;

use crate::arguments::{Convert, Language};
use crate::failure::{Failure, Outcome};
use crate::input::{Input, has_extension};
use crate::output::Output;

/// A filter, and where it stands.
struct Found {
    file: FileId,
    profile: Option<String>,
    item: Option<String>,
    association: Option<String>,
    /// None where nobody says whose rows it chooses.
    entity: Option<Name>,
    filter: Filter,
}

pub(crate) fn run(args: &Convert, output: &mut Output) -> Outcome {
    let mut input = Input::default();
    let schema = match &args.metadata[..] {
        [] => None,
        paths => Some(input.metadata(paths)?),
    };
    let schema = schema.as_ref();
    let entity = args.entity.as_deref().map(|text| {
        let file = input.sources.add("--entity", text);
        Name {
            text: text.into(),
            span: Span::new(file, 0, text.len()),
        }
    });
    let mut filters = Vec::new();
    for path in &args.files {
        filters.extend(read(&mut input, schema, entity.as_ref(), path)?);
    }
    refuse_errors(&input, &input.diagnostics, output)?;
    let mut texts = Vec::new();
    let mut unsayable = Vec::new();
    for found in &filters {
        match (args.to, &found.entity) {
            (Language::Native, entity) => {
                let entity = entity.as_ref().map_or("", |entity| &entity.text);
                texts.push(convert::to_native(schema, entity, &found.filter));
            }
            (Language::Fetchxml, Some(entity)) => {
                match convert::to_fetchxml(schema, entity, &found.filter) {
                    Ok(text) => texts.push(text),
                    Err(found) => unsayable.extend(found),
                }
            }
            (Language::Fetchxml, None) => return Err(nameless(found)),
        }
    }
    refuse_errors(&input, &unsayable, output)?;
    write(args, &input, &filters, &texts, output)?;
    let guesses = schema.is_none() && args.to == Language::Native;
    if guesses && filters.iter().any(|found| is_guessed(&found.filter)) {
        let what = "values that look like numbers or booleans are written as such";
        output.note(&format!("without `--metadata`, {what}"))?;
    }
    Ok(())
}

/// Shows findings, and ends the command if one is an error.
fn refuse_errors(input: &Input, found: &[Diagnostic], output: &mut Output) -> Outcome {
    output.findings(&input.sources, found)?;
    if found.iter().any(Diagnostic::is_error) {
        return Err(Failure::Reported);
    }
    Ok(())
}

/// Writes the filters: one that stands alone as it is, others under a heading that says where from.
fn write(
    args: &Convert,
    input: &Input,
    filters: &[Found],
    texts: &[String],
    output: &mut Output,
) -> Outcome {
    let alone = filters.len() == 1 && filters.iter().all(|found| found.profile.is_none());
    for (found, text) in filters.iter().zip(texts) {
        let file = input
            .sources
            .get(found.file)
            .map_or("", |source| &source.name);
        let text = text.trim_end();
        let line = match args.to {
            _ if output.json() => shown_as_json(file, found, text),
            Language::Native if text.is_empty() => format!("# {}: all rows", heading(file, found)),
            _ if alone => text.to_owned(),
            Language::Native => format!("# {}\n{text}\n", heading(file, found)),
            // Two hyphens would end a comment of XML.
            Language::Fetchxml => {
                format!(
                    "<!-- {} -->\n{text}\n",
                    heading(file, found).replace("--", "- -")
                )
            }
        };
        output.line(&line)?;
    }
    output.flush()
}

/// The filters of a file.
fn read(
    input: &mut Input,
    schema: Option<&Schema>,
    entity: Option<&Name>,
    path: &Path,
) -> Outcome<Vec<Found>> {
    let Some(file) = input.text(path)? else {
        return Ok(Vec::new());
    };
    let text = input.sources.get(file).map_or("", |source| &source.text);
    let alone = |entity, filter| Found {
        file,
        profile: None,
        item: None,
        association: None,
        entity,
        filter,
    };
    let is_xml = text.trim_start().starts_with('<');
    let parsed = if is_xml && is_fetch(file, text) {
        let read = fetchxml::parse(file, text);
        input.diagnostics.extend(read.diagnostics);
        return Ok(vec![alone(
            read.entity,
            read.filter.unwrap_or_else(|| all_rows(file)),
        )]);
    } else if is_xml {
        solution::parse(file, text)
    } else if has_extension(path, "weir") {
        native::parse(file, text)
    } else {
        let (filter, found) = native::parse_filter(file, text);
        input.diagnostics.extend(found);
        return Ok(Vec::from_iter(
            filter.map(|filter| alone(entity.cloned(), filter)),
        ));
    };
    input.diagnostics.extend(parsed.diagnostics);
    let mut filters = Vec::new();
    for block in &parsed.file.blocks {
        if let Block::Profile(profile) = block {
            of_profile(schema, file, profile, &mut filters);
        }
    }
    Ok(filters)
}

/// Whether an XML is a fetch, as far as it can be read; what is wrong with it is found again.
fn is_fetch(file: FileId, text: &str) -> bool {
    let (root, _) = xml::parse(&Located::file(file, text), &|_, _| false);
    root.map_or_else(|| text.contains("<fetch"), |root| root.name == "fetch")
}

/// The filters of a profile's items and associations.
fn of_profile(schema: Option<&Schema>, file: FileId, profile: &Profile, filters: &mut Vec<Found>) {
    for item in &profile.items {
        let found = |entity, association, filter: &Filter| Found {
            file,
            profile: Some(profile.name.text.to_string()),
            item: Some(item.entity.text.to_string()),
            association,
            entity,
            filter: filter.clone(),
        };
        let own = item
            .download
            .iter()
            .filter_map(|download| download.filter.as_ref());
        filters.extend(own.map(|filter| found(Some(item.entity.clone()), None, filter)));
        for include in &item.includes {
            if let Some(filter) = &include.filter {
                let via = Some(include.via.text.to_string());
                filters.push(found(target(schema, item, include), via, filter));
            }
        }
    }
}

/// The entity that an association leads to; an import says it by the relationship alone.
fn target(schema: Option<&Schema>, item: &Item, include: &Include) -> Option<Name> {
    include.entity.clone().or_else(|| {
        let schema = schema?;
        let source = schema.find(&item.entity.text.to_lowercase())?;
        let via = schema.find_relationship(&include.via.text)?;
        let (one, other) = schema.relationship(via).kind.ends();
        let target = if one == source { other } else { one };
        Some(Name {
            text: schema.entity(target).name.clone(),
            span: include.via.span,
        })
    })
}

/// A filter without conditions.
fn all_rows(file: FileId) -> Filter {
    Filter::Group {
        kind: GroupKind::And,
        children: Vec::new(),
        span: Span::new(file, 0, 0),
    }
}

/// A filter that can't be a fetch, since a fetch names its entity.
fn nameless(found: &Found) -> Failure {
    match &found.association {
        Some(association) => Failure::usage(
            format!("nobody says which entity `{association}` leads to"),
            "give the metadata that has the relationship with `--metadata`",
        ),
        None => Failure::usage(
            "a fetch needs the entity of the filter",
            "name it with `--entity`",
        ),
    }
}

/// Where a filter stands, in words.
fn heading(file: &str, found: &Found) -> String {
    let mut words = file.to_owned();
    for (what, name) in [
        ("profile", &found.profile),
        ("item", &found.item),
        ("association", &found.association),
    ] {
        if let Some(name) = name {
            words += &format!(", {what} {name}");
        }
    }
    // Names may hold breaks, and a heading is one line.
    words.replace(['\n', '\r'], " ")
}

fn shown_as_json(file: &str, found: &Found, text: &str) -> String {
    json!({
        "file": file,
        "profile": found.profile,
        "item": found.item,
        "association": found.association,
        "entity": found.entity.as_ref().map(|entity| entity.text.as_str()),
        "text": text,
    })
    .to_string()
}

/// Whether a value of FetchXML is written as something else than a text.
fn is_guessed(filter: &Filter) -> bool {
    match filter {
        Filter::Group { children, .. } => children.iter().any(is_guessed),
        Filter::Condition(condition) => condition.values.iter().any(|value| {
            value.kind == ValueKind::Untyped
                && native::kind_by_looks(&value.text) != ValueKind::Text
        }),
        Filter::Related(related) => related.filter.as_deref().is_some_and(is_guessed),
    }
}
