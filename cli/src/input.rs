//! Files in: texts, metadata and profiles, read whole in an order that never depends on the file
//! system. What is wrong in a file is a diagnostic; what can't be read at all ends the command.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use weir_compiler::metadata::{Builder, codes as metadata};
use weir_compiler::{Compiled, Options, compile};
use weir_grammar::ast::{self, Parsed};
use weir_grammar::codes::SOURCE_TOO_LONG;
use weir_grammar::{native, solution};
use weir_ir::diagnostic::{Code, Diagnostic, FileId, Sources, Span};
use weir_ir::limits;
use weir_ir::schema::Schema;

use crate::codes;
use crate::database;
use crate::failure::{Failure, Outcome};
use crate::solution::is_zip;

/// Findings of a metadata source that could not be read at all.
const UNREAD: [Code; 4] = [
    codes::NOT_UTF8,
    SOURCE_TOO_LONG,
    metadata::INVALID_JSON,
    metadata::NOT_METADATA,
];

/// The texts read so far, and what is wrong with them.
#[derive(Default)]
pub(crate) struct Input {
    /// The texts that spans point into.
    pub(crate) sources: Sources,
    /// What is wrong, in the order found.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// How many profile files there were.
    pub(crate) profile_files: usize,
    /// Texts that stand for what files have on disk: those that an editor has open.
    pub(crate) open: BTreeMap<PathBuf, String>,
}

impl Input {
    /// Reads metadata sources, in order, into one schema; none where one of them can't be read at
    /// all: what profiles then miss isn't worth reporting.
    pub(crate) fn metadata(&mut self, paths: &[PathBuf]) -> Outcome<Option<Schema>> {
        let mut builder = Builder::new();
        let before = self.diagnostics.len();
        self.metadata_into(&mut builder, paths)?;
        let unread = self.unread_since(before);
        let (schema, found) = builder.finish();
        self.diagnostics.extend(found);
        Ok((!unread).then_some(schema))
    }

    /// Whether one of the findings from that one on says that a metadata source can't be read at all.
    pub(crate) fn unread_since(&self, before: usize) -> bool {
        let found = self.diagnostics.get(before..).unwrap_or_default();
        found.iter().any(|found| UNREAD.contains(&found.code))
    }

    /// Compiles what was read; all findings so far, in the order of the sources.
    pub(crate) fn compile(
        &mut self,
        schema: &Schema,
        files: &[ast::File],
        lenient: bool,
    ) -> (Compiled, Vec<Diagnostic>) {
        let compiled = compile(schema, &mut self.sources, files, Options { lenient });
        self.diagnostics
            .extend(compiled.diagnostics.iter().cloned());
        let found = self.found();
        (compiled, found)
    }

    /// The findings so far, in the order of the sources.
    pub(crate) fn found(&mut self) -> Vec<Diagnostic> {
        let mut found = std::mem::take(&mut self.diagnostics);
        found.sort_by_key(|found| {
            let place = found.span.map(|span| (span.file, span.start));
            (place.is_none(), place)
        });
        found
    }

    /// Reads metadata sources over those before.
    pub(crate) fn metadata_into(&mut self, builder: &mut Builder, paths: &[PathBuf]) -> Outcome {
        for path in paths {
            if is_folder(path)? || is_zip(path) {
                self.solution_metadata(builder, path)?;
            } else if database::is_sqlite(path)? {
                let name = path.display().to_string();
                let file = self.sources.add(name, database::tables(path)?);
                self.diagnostics.extend(builder.ddl(&self.sources, file));
            } else if let Some(file) = self.text(path)? {
                let text = self.sources.get(file).map_or("", |source| &source.text);
                let found = if has_extension(path, "sql") {
                    builder.ddl(&self.sources, file)
                } else if text.trim_start().starts_with('<') {
                    builder.csdl(&self.sources, file)
                } else {
                    builder.json(&self.sources, file)
                };
                self.diagnostics.extend(found);
            }
        }
        Ok(())
    }

    /// Reads profile files, in order; a folder stands for its `.weir` files, by name, or else for
    /// the profiles of the solution that it is.
    pub(crate) fn profiles(&mut self, paths: &[PathBuf]) -> Outcome<Vec<ast::File>> {
        let mut files = Vec::new();
        for path in paths {
            if is_zip(path) {
                files.extend(self.solution_profiles(path)?);
                continue;
            }
            if !is_folder(path)? {
                files.extend(self.profile(path)?);
                continue;
            }
            let inside = weir_files(path)?;
            if inside.is_empty() {
                let solution = self.solution_profiles(path)?;
                if solution.is_empty() {
                    return Err(no_profiles(path));
                }
                files.extend(solution);
            }
            for path in inside {
                files.extend(self.profile(&path)?);
            }
        }
        Ok(files)
    }

    /// Reads one profile file, native or XML; none if it is no text.
    pub(crate) fn profile(&mut self, path: &Path) -> Outcome<Option<ast::File>> {
        self.profile_files += 1;
        let Some(file) = self.text(path)? else {
            return Ok(None);
        };
        let text = self.sources.get(file).map_or("", |source| &source.text);
        if text.trim_start().starts_with('{') {
            let start = text.len() - text.trim_start().len();
            let span = Span::new(file, start, start + 1);
            self.diagnostics.push(
                Diagnostic::new(codes::NOT_A_PROFILE, span, "this is no profile, but JSON")
                    .help("give metadata with `--metadata`, once for each file"),
            );
            return Ok(None);
        }
        // No native file begins with an angle bracket.
        let Parsed {
            file, diagnostics, ..
        } = if text.trim_start().starts_with('<') {
            solution::parse(file, text)
        } else {
            native::parse(file, text)
        };
        self.diagnostics.extend(diagnostics);
        Ok(Some(file))
    }

    /// Reads a text, without the byte order mark; none if it is no text.
    pub(crate) fn text(&mut self, path: &Path) -> Outcome<Option<FileId>> {
        let name = path.display().to_string();
        if let Some(text) = self.open.get(path).cloned() {
            return self.decoded(name, text.as_bytes());
        }
        let bytes = fs::read(path).map_err(|error| Failure::unreadable(path, &error))?;
        self.decoded(name, &bytes)
    }

    /// The text that bytes are, without the byte order mark; none if they are no text.
    pub(crate) fn decoded(&mut self, name: String, bytes: &[u8]) -> Outcome<Option<FileId>> {
        if bytes.len() > limits::SOURCE_BYTES {
            let message = format!("the text is longer than {} bytes", limits::SOURCE_BYTES);
            let file = self.sources.add(name, "");
            self.diagnostics.push(
                Diagnostic::new(SOURCE_TOO_LONG, Span::new(file, 0, 0), message)
                    .help("split it into several files"),
            );
            return Ok(None);
        }
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        match str::from_utf8(bytes) {
            Ok(text) => Ok(Some(self.sources.add(name, text))),
            Err(error) => {
                let start = error.valid_up_to();
                let file = self.sources.add(name, String::from_utf8_lossy(bytes));
                let end = start + char::REPLACEMENT_CHARACTER.len_utf8();
                self.diagnostics.push(
                    Diagnostic::new(
                        codes::NOT_UTF8,
                        Span::new(file, start, end),
                        "this byte is not UTF-8",
                    )
                    .help("save the file as UTF-8"),
                );
                Ok(None)
            }
        }
    }
}

/// The files that paths of profiles stand for: a folder for its `.weir` files, by name.
pub(crate) fn profile_paths(paths: &[PathBuf]) -> Outcome<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !is_folder(path)? {
            files.push(path.clone());
            continue;
        }
        let inside = weir_files(path)?;
        if inside.is_empty() {
            return Err(no_profiles(path));
        }
        files.extend(inside);
    }
    Ok(files)
}

/// The `.weir` files of a folder, by name.
pub(crate) fn weir_files(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut inside = entries(folder)?;
    inside.retain(|path| has_extension(path, "weir"));
    Ok(inside)
}

fn no_profiles(folder: &Path) -> Failure {
    Failure::usage(
        format!("`{}` holds no profiles", folder.display()),
        "put `.weir` files there, or name a file",
    )
}

pub(crate) fn is_folder(path: &Path) -> Outcome<bool> {
    fs::metadata(path)
        .map(|found| found.is_dir())
        .map_err(|error| Failure::unreadable(path, &error))
}

/// What a folder holds, by name; nothing if there is no such folder.
pub(crate) fn entries(folder: &Path) -> Outcome<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let unreadable = |error| Failure::unreadable(folder, &error);
    let mut paths = fs::read_dir(folder)
        .map_err(unreadable)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(unreadable)?;
    paths.sort();
    Ok(paths)
}

pub(crate) fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(wanted))
}
