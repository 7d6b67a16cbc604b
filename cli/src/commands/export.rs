//! `weir export`: native profiles as the files of an unpacked solution. Nothing is written where
//! something is wrong, and nothing is ever overwritten.

use std::collections::BTreeSet;
use std::path::PathBuf;

use weir_compiler::solution;
use weir_ir::diagnostic::Diagnostic;

use crate::arguments::Export;
use crate::commands::import::{file_name, written};
use crate::failure::{Failure, Outcome};
use crate::input::{Input, entries, has_extension};
use crate::output::Output;

pub(crate) fn run(args: &Export, output: &mut Output) -> Outcome {
    let mut input = Input::default();
    let inside = |extension: &str| -> Outcome<Vec<PathBuf>> {
        let mut paths = entries(&args.folder)?;
        paths.extend(entries(&args.folder.join("profiles"))?);
        paths.retain(|path| has_extension(path, extension));
        Ok(paths)
    };
    let natives = inside("weir")?;
    if natives.is_empty() {
        return Err(Failure::usage(
            format!("`{}` holds no native files", args.folder.display()),
            "give a folder with `.weir` files in it or in its `profiles`, as `weir import` writes it",
        ));
    }
    let metadata = match args.metadata.is_empty() {
        true => inside("json")?,
        false => args.metadata.clone(),
    };
    let schema = match &metadata[..] {
        [] => None,
        paths => input.metadata(paths)?,
    };
    let files = input.profiles(&natives)?;
    let (profiles, found) = solution::export(schema.as_ref(), &files);
    input.diagnostics.extend(found);
    output.findings(&input.sources, &input.diagnostics)?;
    if input.diagnostics.iter().any(Diagnostic::is_error) {
        return Err(Failure::Reported);
    }
    let mut taken = BTreeSet::new();
    let files = profiles.into_iter().map(|profile| {
        let name = file_name(&profile.name, &mut taken);
        (format!("MobileOfflineProfiles/{name}.xml"), profile.xml)
    });
    written(&args.output, files.collect(), output)
}
