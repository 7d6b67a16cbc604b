//! The metadata of a workspace: which sources they are, and what is read of them. It is read when a
//! source may have changed, not with every key that is typed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use weir_compiler::metadata::{Builder, Places};
use weir_ir::diagnostic::{Diagnostic, Sources};
use weir_ir::schema::Schema;

use crate::failure::Failure;
use crate::input::Input;

/// What is looked for in a folder of the workspace, later ones over earlier ones.
pub(super) const NAMES: [&str; 3] = ["metadata.sql", "metadata.xml", "metadata.json"];

/// What is known of the metadata.
pub(super) struct Metadata {
    /// Where it comes from.
    pub(super) paths: Vec<PathBuf>,
    pub(super) sources: Sources,
    /// The built-in entities alone, where `known` is false.
    pub(super) schema: Schema,
    /// Whether there is metadata, all of which could be read.
    pub(super) known: bool,
    pub(super) places: Places,
    pub(super) found: Vec<Diagnostic>,
    /// What can't be read at all, and why.
    pub(super) failures: Vec<String>,
}

impl Metadata {
    /// Reads sources, of which an editor may have some open.
    pub(super) fn read(paths: Vec<PathBuf>, open: BTreeMap<PathBuf, String>) -> Self {
        let mut input = Input {
            open,
            ..Input::default()
        };
        let mut builder = Builder::new();
        let mut failures = Vec::new();
        for path in &paths {
            let read = input.metadata_into(&mut builder, std::slice::from_ref(path));
            failures.extend(read.err().and_then(|failure| words(&failure)));
        }
        let known = !paths.is_empty() && failures.is_empty() && !input.unread_since(0);
        let places = builder.places();
        let (schema, found) = if known { builder } else { Builder::new() }.finish();
        input.diagnostics.extend(found);
        Self {
            known,
            places,
            schema,
            failures,
            paths,
            found: input.diagnostics,
            sources: input.sources,
        }
    }
}

/// The metadata of a folder: an unpacked solution, and files of the names that are looked for.
pub(super) fn of_folder(folder: &Path) -> Vec<PathBuf> {
    let has = |name: &str| folder.join(name).is_dir();
    let solution = has("Entities") || has("Other/Relationships");
    let files = NAMES.iter().map(|name| folder.join(name));
    let mut paths: Vec<PathBuf> = files.filter(|path| path.is_file()).collect();
    if solution {
        paths.insert(0, folder.to_owned());
    }
    paths
}

/// What there is to say of a failure.
pub(super) fn words(failure: &Failure) -> Option<String> {
    match failure {
        Failure::Input(message, help) | Failure::Usage(message, help) => {
            Some(format!("{message}; {help}"))
        }
        Failure::Internal(message) => Some(message.clone()),
        Failure::Reported | Failure::OutputClosed => None,
    }
}
