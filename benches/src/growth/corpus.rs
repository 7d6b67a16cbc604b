//! A real export, where there is one: its metadata and its largest profile. Nothing of it is in the
//! repository.

use std::fs;
use std::path::{Path, PathBuf};

use weir_compiler::metadata::{Builder, is_solution_file};
use weir_compiler::solution;
use weir_grammar::native;
use weir_ir::diagnostic::Sources;
use weir_ir::schema::Schema;

use super::stages;

/// What the export lacks and its profiles need.
const COMPLETING: &str = include_str!("../../../tests/fixtures/completing.json");
/// The profile of 84 items.
const PROFILE: &str = "MobileOfflineProfiles/Field Service default 2021-12-08.xml";

/// What is measured.
pub struct Corpus {
    /// The export's metadata, and what completes it.
    pub schema: Schema,
    /// The profile as the export has it.
    pub xml: String,
    /// The profile as native text.
    pub text: String,
}

/// Reads the export in the folder `rom` of the folder that `WEIR_CORPUS` names.
///
/// # Errors
/// It isn't there; in words.
pub fn load() -> Result<Corpus, String> {
    let root = std::env::var_os("WEIR_CORPUS").map(|folder| PathBuf::from(folder).join("rom"));
    let root = root.filter(|root| root.is_dir());
    let root = root.ok_or("skipped: WEIR_CORPUS names no folder with the corpus")?;
    let mut files = Vec::new();
    collect(&root, &root, &mut files).map_err(|error| error.to_string())?;
    let mut sources = Sources::default();
    let mut builder = Builder::new();
    builder.solution(&mut sources, files);
    let file = sources.add("completing.json", COMPLETING);
    builder.json(&sources, file);
    let (schema, _) = builder.finish();
    let xml = fs::read_to_string(root.join(PROFILE)).map_err(|error| error.to_string())?;
    let file = sources.add(PROFILE, xml.clone());
    let text = native::print(&solution::import(&schema, stages::read(file, &xml).file));
    Ok(Corpus { schema, xml, text })
}

/// The metadata files below a folder, by their paths in `root`.
fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let relative = path.strip_prefix(root).unwrap_or(&path).to_string_lossy();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if is_solution_file(&relative) {
            files.push((relative.into_owned(), fs::read_to_string(&path)?));
        }
    }
    Ok(())
}
