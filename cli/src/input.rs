//! Files in: texts, metadata and profiles, read whole in an order that never depends on the file
//! system. What is wrong in a file is a diagnostic; what can't be read at all ends the command.

use std::fs;
use std::path::{Path, PathBuf};

use weir_compiler::metadata::Builder;
use weir_grammar::ast::{self, Parsed};
use weir_grammar::{native, solution};
use weir_ir::diagnostic::{Diagnostic, FileId, Sources, Span};
use weir_ir::limits;
use weir_ir::schema::Schema;

use crate::codes;
use crate::failure::{Failure, Outcome};

/// The texts read so far, and what is wrong with them.
#[derive(Default)]
pub(crate) struct Input {
    /// The texts that spans point into.
    pub(crate) sources: Sources,
    /// What is wrong, in the order found.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// How many profile files there were.
    pub(crate) profile_files: usize,
}

impl Input {
    /// Reads metadata sources, in order, into one schema.
    pub(crate) fn metadata(&mut self, paths: &[PathBuf]) -> Outcome<Schema> {
        let mut builder = Builder::new();
        for path in paths {
            if is_folder(path)? {
                self.solution(&mut builder, path)?;
            } else if let Some(file) = self.text(path)? {
                let found = builder.json(&self.sources, file);
                self.diagnostics.extend(found);
            }
        }
        let (schema, found) = builder.finish();
        self.diagnostics.extend(found);
        Ok(schema)
    }

    /// An unpacked solution: `Entities/*/Entity.xml`, then `Other/Relationships/*.xml`, by name.
    fn solution(&mut self, builder: &mut Builder, folder: &Path) -> Outcome {
        let mut entities = Vec::new();
        for entity in entries(&folder.join("Entities"))? {
            entities.push(entity.join("Entity.xml"));
        }
        entities.retain(|path| path.is_file());
        let mut relationships = entries(&folder.join("Other").join("Relationships"))?;
        relationships.retain(|path| has_extension(path, "xml"));
        if entities.is_empty() && relationships.is_empty() {
            return Err(Failure::usage(
                format!("`{}` is no unpacked solution", folder.display()),
                "it should hold `Entities/*/Entity.xml` or `Other/Relationships/*.xml`",
            ));
        }
        for path in entities {
            if let Some(file) = self.text(&path)? {
                let found = builder.entity_xml(&self.sources, file);
                self.diagnostics.extend(found);
            }
        }
        for path in relationships {
            if let Some(file) = self.text(&path)? {
                let found = builder.relationships_xml(&self.sources, file);
                self.diagnostics.extend(found);
            }
        }
        Ok(())
    }

    /// Reads profile files, in order; a folder stands for its `.weir` files, by name.
    pub(crate) fn profiles(&mut self, paths: &[PathBuf]) -> Outcome<Vec<ast::File>> {
        let mut files = Vec::new();
        for path in profile_paths(paths)? {
            files.extend(self.profile(&path)?);
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
        let bytes = fs::read(path).map_err(|error| Failure::unreadable(path, &error))?;
        self.bytes(path.display().to_string(), &bytes)
    }

    /// Takes the bytes of a text likewise.
    pub(crate) fn bytes(&mut self, name: String, bytes: &[u8]) -> Outcome<Option<FileId>> {
        if bytes.len() > limits::SOURCE_BYTES {
            return Err(Failure::usage(
                format!("`{name}` has more than {} bytes", limits::SOURCE_BYTES),
                "split it",
            ));
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
        let mut inside = entries(path)?;
        inside.retain(|path| has_extension(path, "weir"));
        if inside.is_empty() {
            return Err(Failure::usage(
                format!("`{}` holds no profiles", path.display()),
                "put `.weir` files there, or name a file",
            ));
        }
        files.extend(inside);
    }
    Ok(files)
}

fn is_folder(path: &Path) -> Outcome<bool> {
    fs::metadata(path)
        .map(|found| found.is_dir())
        .map_err(|error| Failure::unreadable(path, &error))
}

/// What a folder holds, by name; nothing if there is no such folder.
fn entries(folder: &Path) -> Outcome<Vec<PathBuf>> {
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

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(wanted))
}
