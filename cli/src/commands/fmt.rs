//! `weir fmt`: native files in their one layout. A file with mistakes is left as it is, and the others
//! are laid out all the same.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use weir_grammar::native;
use weir_ir::limits;

use crate::arguments::Fmt;
use crate::failure::{Failure, Outcome, reason};
use crate::input::{Input, profile_paths};
use crate::output::Output;

pub(crate) fn run(args: &Fmt, output: &mut Output) -> Outcome {
    let mut wrong = false;
    for path in &args.files {
        if path.as_os_str() == "-" {
            wrong |= standard_input(args.check, output)?;
            continue;
        }
        for path in profile_paths(std::slice::from_ref(path))? {
            wrong |= file(&path, args.check, output)?;
        }
    }
    output.flush()?;
    if wrong {
        Err(Failure::Reported)
    } else {
        Ok(())
    }
}

/// Lays a file out in place, or lists it; says whether that makes the command fail.
fn file(path: &Path, check: bool, output: &mut Output) -> Outcome<bool> {
    let mut input = Input::default();
    let file = input.text(path)?;
    let Some((before, after)) = laid_out(&mut input, file, output)? else {
        return Ok(true);
    };
    if before == after {
        return Ok(false);
    }
    if !check {
        fs::write(path, after).map_err(|error| {
            Failure::usage(
                format!("can't write `{}`: {}", path.display(), reason(&error)),
                "check who may write it",
            )
        })?;
    }
    listed(&path.display().to_string(), output)?;
    Ok(check)
}

/// Lays standard input out to standard output, or lists it as `-`.
fn standard_input(check: bool, output: &mut Output) -> Outcome<bool> {
    let mut bytes = Vec::new();
    let most = limits::SOURCE_BYTES as u64 + 1;
    io::stdin().take(most).read_to_end(&mut bytes)?;
    let mut input = Input::default();
    let file = input.decoded("-".to_owned(), &bytes)?;
    let Some((before, after)) = laid_out(&mut input, file, output)? else {
        return Ok(true);
    };
    if !check {
        output.line(after.trim_end_matches('\n'))?;
        return Ok(false);
    }
    if before != after {
        listed("-", output)?;
    }
    Ok(before != after)
}

/// A text and its layout; none, and what is wrong, where it has mistakes.
fn laid_out(
    input: &mut Input,
    file: Option<weir_ir::diagnostic::FileId>,
    output: &mut Output,
) -> Outcome<Option<(String, String)>> {
    let source = file.and_then(|file| Some((file, input.sources.get(file)?)));
    let Some((file, source)) = source else {
        output.findings(&input.sources, &input.diagnostics)?;
        return Ok(None);
    };
    if source.text.trim_start().starts_with('<') {
        return Err(Failure::usage(
            format!("`{}` is XML", source.name),
            "only native files have a layout",
        ));
    }
    match native::format(file, &source.text) {
        Ok(after) => Ok(Some((source.text.clone(), after))),
        Err(found) => {
            output.findings(&input.sources, &found)?;
            Ok(None)
        }
    }
}

fn listed(name: &str, output: &mut Output) -> Outcome {
    let line = if output.json() {
        serde_json::json!({ "file": name, "changed": true }).to_string()
    } else {
        name.to_owned()
    };
    output.line(&line)
}
