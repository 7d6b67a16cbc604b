//! `weir check`: everything that is wrong or odd in a set of profiles, and a closing line.
//!
//! Without metadata only the syntax can be checked, and the closing line says so.

use weir_ir::diagnostic::{Diagnostic, Severity};

use crate::arguments::Check;
use crate::failure::{Failure, Outcome};
use crate::input::Input;
use crate::output::Output;
use crate::replay::left_out_of;
use crate::report;

pub(crate) fn run(args: &Check, output: &mut Output) -> Outcome {
    let mut input = Input::default();
    let schema = match &args.metadata[..] {
        [] => None,
        paths => input.metadata(paths)?,
    };
    let files = input.profiles(&args.files)?;
    let (compiled, found) = match schema {
        Some(schema) => {
            let (compiled, found) = input.compile(&schema, &files, args.lenient);
            (Some(compiled), found)
        }
        None => (None, input.found()),
    };
    for diagnostic in &found {
        output.finding(&input.sources, diagnostic)?;
    }
    let counts = Counts {
        errors: count(&found, Severity::Error),
        warnings: count(&found, Severity::Warning),
        files: input.profile_files,
        metadata: !args.metadata.is_empty(),
        left_out: compiled
            .as_ref()
            .filter(|_| args.lenient)
            .map(|compiled| (compiled.left_out, compiled.conditions)),
    };
    output.line(&counts.words(output.json()))?;
    output.flush()?;
    if counts.errors > 0 {
        return Err(Failure::Reported);
    }
    match compiled.and_then(|compiled| compiled.plan) {
        Some(plan) => report::security(&plan, output),
        None => Ok(()),
    }
}

/// What the closing line tells.
struct Counts {
    errors: usize,
    warnings: usize,
    files: usize,
    metadata: bool,
    left_out: Option<(usize, usize)>,
}

impl Counts {
    fn words(&self, json: bool) -> String {
        if json {
            return serde_json::json!({
                "files": self.files,
                "errors": self.errors,
                "warnings": self.warnings,
                "metadata": self.metadata,
                "conditions": self.left_out.map(|(_, all)| all),
                "left_out": self.left_out.map(|(left_out, _)| left_out),
            })
            .to_string();
        }
        let mut words = match (self.errors, self.warnings) {
            (0, 0) => format!("{} clean", plural(self.files, "file")),
            (errors, warnings) => format!(
                "{}: {}, {}",
                plural(self.files, "file"),
                plural(errors, "error"),
                plural(warnings, "warning")
            ),
        };
        if !self.metadata {
            words += "; syntax only: with `--metadata` names, types and rules are checked too";
        }
        if let Some((left_out, all)) = self.left_out {
            words += &format!("; {}", left_out_of(left_out, all));
        }
        words
    }
}

fn count(found: &[Diagnostic], severity: Severity) -> usize {
    found.iter().filter(|d| d.severity == severity).count()
}

pub(crate) fn plural(count: usize, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {what}{s}")
}
