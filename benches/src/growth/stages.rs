//! The stages, each in a function of its own, whose name a profiler can count by.

use std::hint::black_box;

use weir_compiler::metadata::Builder;
use weir_compiler::{Compiled, Options, compile as compiled, convert, solution};
use weir_grammar::ast::{Block, Dialect, File, Filter, Name, Parsed};
use weir_grammar::{fetchxml, native, solution as xml};
use weir_ir::diagnostic::{Diagnostic, FileId, Sources, Span};
use weir_ir::schema::Schema;

use super::Input;
use super::metadata::Format;

/// The stages, by the names of their functions, in the order of a report. `compile` checks, and
/// lowers what has no error; lowering alone is the difference.
pub const STAGES: [&str; 12] = [
    "metadata", "finish", "parse", "check", "compile", "print", "format", "to_fetch", "of_fetch",
    "export", "read", "import",
];

/// Runs all stages that an input goes through.
pub fn run(input: &Input) {
    match input {
        Input::Metadata(format, text) => {
            black_box(schema(*format, text));
        }
        Input::Profiles { metadata, text } => profiles(&schema(Format::Json, metadata), text),
    }
}

/// The schema of one source.
#[must_use]
pub fn schema(format: Format, text: &str) -> Schema {
    let mut sources = Sources::default();
    let path = match format {
        Format::Solution => "customizations.xml",
        _ => "metadata",
    };
    let file = sources.add(path, text);
    let mut builder = Builder::new();
    black_box(metadata(&mut builder, format, &sources, file));
    finish(builder)
}

/// Runs all stages that a native text goes through.
pub fn profiles(schema: &Schema, text: &str) {
    let mut sources = Sources::default();
    let file = sources.add("profiles.weir", text);
    let parsed = parse(file, text);
    let unread = unread(&mut sources);
    let mut files = vec![parsed.file.clone(), unread];
    black_box(check(schema, &mut sources, &files));
    files.truncate(1);
    black_box(compile(schema, &mut sources, &files));
    black_box(print(&parsed.file));
    black_box(format(file, text));
    let fetches = to_fetch(schema, &parsed.file);
    black_box(of_fetch(schema, file, &fetches));
    for text in export(schema, &parsed.file) {
        let found = read(file, &text);
        black_box(import(schema, found.file));
    }
}

#[inline(never)]
fn metadata(
    builder: &mut Builder,
    format: Format,
    sources: &Sources,
    file: FileId,
) -> Vec<Diagnostic> {
    match format {
        Format::Json => builder.json(sources, file),
        Format::Csdl => builder.csdl(sources, file),
        Format::Ddl => builder.ddl(sources, file),
        Format::Solution => builder.solution_file(sources, "customizations.xml", file),
    }
}

#[inline(never)]
fn finish(builder: Builder) -> Schema {
    builder.finish().0
}

/// Native text to its tree.
#[inline(never)]
#[must_use]
pub fn parse(file: FileId, text: &str) -> Parsed {
    native::parse(file, text)
}

/// A file that could not be read: with it nothing is lowered.
pub fn unread(sources: &mut Sources) -> File {
    let unread = sources.add("unread.weir", "?");
    File {
        dialect: Dialect::Native,
        blocks: Vec::new(),
        unread: vec![Span::new(unread, 0, 1)],
    }
}

/// Resolves and checks files of which one is [`unread`].
#[inline(never)]
#[must_use]
pub fn check(schema: &Schema, sources: &mut Sources, files: &[File]) -> Compiled {
    compiled(schema, sources, files, Options::default())
}

/// Resolves, checks and lowers.
#[inline(never)]
#[must_use]
pub fn compile(schema: &Schema, sources: &mut Sources, files: &[File]) -> Compiled {
    // Not the same code as `check`, or the two would become one function.
    black_box(compiled(schema, sources, files, Options::default()))
}

#[inline(never)]
fn print(file: &File) -> String {
    native::print(file)
}

#[inline(never)]
fn format(file: FileId, text: &str) -> Option<String> {
    native::format(file, text).ok()
}

/// The filters of items, with their entities.
fn filters(file: &File) -> impl Iterator<Item = (&Name, &Filter)> {
    let items = file.blocks.iter().flat_map(|block| match block {
        Block::Profile(profile) => &profile.items[..],
        _ => &[],
    });
    items.filter_map(|item| Some((&item.entity, item.download.as_ref()?.filter.as_ref()?)))
}

#[inline(never)]
fn to_fetch(schema: &Schema, file: &File) -> Vec<(String, String)> {
    filters(file)
        .filter_map(|(entity, filter)| {
            let text = convert::to_fetchxml(Some(schema), entity, filter).ok()?;
            Some((entity.text.to_string(), text))
        })
        .collect()
}

#[inline(never)]
fn of_fetch(schema: &Schema, file: FileId, fetches: &[(String, String)]) -> Vec<String> {
    fetches
        .iter()
        .filter_map(|(entity, text)| {
            let filter = fetchxml::parse_filter(file, text).0?;
            Some(convert::to_native(Some(schema), entity, &filter))
        })
        .collect()
}

#[inline(never)]
fn export(schema: &Schema, file: &File) -> Vec<String> {
    let (exported, _) = solution::export(Some(schema), std::slice::from_ref(file));
    exported.into_iter().map(|profile| profile.xml).collect()
}

/// MobileOfflineProfile XML to its tree.
#[inline(never)]
#[must_use]
pub fn read(file: FileId, text: &str) -> Parsed {
    xml::parse(file, text)
}

#[inline(never)]
fn import(schema: &Schema, file: File) -> String {
    native::print(&solution::import(schema, file))
}
