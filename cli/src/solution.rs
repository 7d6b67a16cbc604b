//! The files of a solution, unpacked or zipped, by their paths in it.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use weir_compiler::metadata::Builder;
use weir_grammar::ast;
use weir_grammar::solution;
use weir_ir::diagnostic::FileId;

use crate::archive;
use crate::failure::{Failure, Outcome};
use crate::input::{Input, entries};

pub(crate) use weir_compiler::metadata::{is_profile_file, is_solution_file};

/// Folders of a solution that hold what is read; of `Entities` each folder does.
const FOLDERS: [&str; 6] = [
    "entities",
    "other",
    "relationships",
    "optionsets",
    "roles",
    "mobileofflineprofiles",
];
/// How deep the layout goes.
const LEVELS: usize = 3;

/// Files of a solution by their paths in it, sorted.
pub(crate) type Files = Vec<(String, FileId)>;

/// Whether a file is a zip, by its first bytes.
pub(crate) fn is_zip(path: &Path) -> bool {
    let mut start = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && matches!(&start, b"PK\x03\x04" | b"PK\x05\x06")
}

impl Input {
    /// The files that are wanted of a solution. What can't be read of them is reported.
    pub(crate) fn solution(&mut self, path: &Path, wanted: fn(&str) -> bool) -> Outcome<Files> {
        let mut files = Vec::new();
        if is_zip(path) {
            let bytes = fs::read(path).map_err(|error| Failure::unreadable(path, &error))?;
            let name = path.display().to_string();
            match archive::read(&mut self.sources, &name, &bytes, &wanted) {
                Err(refused) => self.diagnostics.push(*refused),
                Ok(found) => {
                    for (entry, bytes) in found {
                        let file = self.decoded(format!("{name}/{entry}"), &bytes)?;
                        files.extend(file.map(|file| (entry, file)));
                    }
                }
            }
            return Ok(files);
        }
        let mut found = Vec::new();
        below(path, "", LEVELS, wanted, &mut found)?;
        found.sort();
        for (relative, path) in found {
            let file = self.text(&path)?;
            files.extend(file.map(|file| (relative, file)));
        }
        Ok(files)
    }

    /// Reads the metadata of a solution.
    pub(crate) fn solution_metadata(&mut self, builder: &mut Builder, path: &Path) -> Outcome {
        let before = self.diagnostics.len();
        let files = self.solution(path, is_solution_file)?;
        if files.is_empty() && self.diagnostics.len() == before {
            return Err(none(path));
        }
        for (relative, file) in files {
            let found = builder.solution_file(&self.sources, &relative, file);
            self.diagnostics.extend(found);
        }
        Ok(())
    }

    /// Reads the profiles of a solution; a file each.
    pub(crate) fn solution_profiles(&mut self, path: &Path) -> Outcome<Vec<ast::File>> {
        let files = self.solution(path, is_profile_file)?;
        let mut profiles = Vec::new();
        for (_, file) in files {
            self.profile_files += 1;
            let text = self.sources.get(file).map_or("", |source| &source.text);
            let parsed = solution::parse(file, text);
            self.diagnostics.extend(parsed.diagnostics);
            profiles.push(parsed.file);
        }
        Ok(profiles)
    }
}

/// What is no solution.
pub(crate) fn none(path: &Path) -> Failure {
    Failure::usage(
        format!("`{}` is no solution", path.display()),
        "it should hold `Entities/*/Entity.xml` or `Other/Relationships/*.xml`, or be an exported zip",
    )
}

/// The wanted files below a folder, by their paths from where the walk began.
fn below(
    folder: &Path,
    relative: &str,
    levels: usize,
    wanted: fn(&str) -> bool,
    found: &mut Vec<(String, PathBuf)>,
) -> Outcome {
    for path in entries(folder)? {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let inner = format!("{relative}{name}");
        if path.is_dir() {
            let known = FOLDERS.contains(&name.to_lowercase().as_str());
            if levels > 1 && (known || relative.eq_ignore_ascii_case("entities/")) {
                below(&path, &format!("{inner}/"), levels - 1, wanted, found)?;
            }
        } else if wanted(&inner) {
            found.push((inner, path));
        }
    }
    Ok(())
}
