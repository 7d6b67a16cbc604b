//! `weir sql --advise`: the indexes that the statements want, and why.

use weir_compiler::sql::Dialect;
use weir_compiler::sql::advice::{Advice, Index, advice};

use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::replay::Setup;

/// Reasons of an index that people are shown; JSON has all.
const REASONS_SHOWN: usize = 3;

pub(super) fn run(setup: &Setup, dialect: Dialect, output: &mut Output) -> Outcome {
    let advice = advice(&setup.schema, &setup.plan, dialect)?;
    for index in &advice.indexes {
        output.line(&shown(index, output.json())?)?;
    }
    output.flush()?;
    cautions(&advice, dialect, output)
}

/// An index as JSON, or as SQL with its reasons in comments.
fn shown(index: &Index, json: bool) -> Outcome<String> {
    if json {
        return serde_json::to_string(index).map_err(|error| Failure::Internal(error.to_string()));
    }
    let mut text = String::new();
    for reason in index.reasons.iter().take(REASONS_SHOWN) {
        // A line break in a name would end the comment.
        text += &format!("-- {}\n", reason.replace(['\r', '\n'], " "));
    }
    let more = index.reasons.len().saturating_sub(REASONS_SHOWN);
    if more > 0 {
        text += &format!("-- and {more} more\n");
    }
    Ok(format!("{text}{};\n", index.sql))
}

/// What is not there, and what an index costs whoever writes.
fn cautions(advice: &Advice, dialect: Dialect, output: &mut Output) -> Outcome {
    for left_out in &advice.left_out {
        let (entity, columns) = (&left_out.entity, left_out.columns.join(", "));
        output.note(&format!(
            "no index of `{entity}` ({columns}): {}",
            left_out.why
        ))?;
    }
    match dialect {
        Dialect::Sqlite if advice.folded => output.note(
            "an index of `weir_fold` is of one collation, and a program that writes its table must register the function",
        ),
        Dialect::Postgres if advice.folded => output.note(
            "an index of `weir.fold` needs what `--kind install` gives, and goes with it",
        ),
        _ => Ok(()),
    }
}
