//! `weir sql --advise`: the indexes that the statements want, and why.

use std::collections::{BTreeMap, BTreeSet};

use comfy_table::{Table, presets};
use serde_json::json;
use weir_compiler::sql::Dialect;
use weir_compiler::sql::advice::{Advice, Index, advice};
use weir_ir::limits::LARGE_TABLE_ROWS;
use weir_ir::schema::EntityId;

use super::{rows, sql};
use crate::arguments::Sql;
use crate::database::{Database, Grouping, Planned};
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::replay::{Setup, instant};

/// Reasons of an index that people are shown; JSON has all.
const REASONS_SHOWN: usize = 3;

pub(super) fn run(
    args: &Sql,
    setup: &Setup,
    (dialect, database): (Dialect, Option<&Database>),
    output: &mut Output,
) -> Outcome {
    let advice = advice(&setup.schema, &setup.plan, dialect)?;
    let said = match database {
        Some(database) => Some(said(args, setup, database, &advice, output)?),
        None => None,
    };
    for index in &advice.indexes {
        output.line(&shown(index, output.json())?)?;
    }
    if let Some(said) = &said {
        said.show(setup, output)?;
    }
    output.flush()?;
    cautions(&advice, dialect, output)?;
    match said {
        Some(said) => said.warn(setup, &advice, output),
        None => Ok(()),
    }
}

/// What a database's planner says of each statement, as it is and, if tried, with the indexes.
struct Said {
    kind: &'static str,
    plans: Vec<(EntityId, Planned, Option<Planned>)>,
}

fn said(
    args: &Sql,
    setup: &Setup,
    database: &Database,
    advice: &Advice,
    output: &mut Output,
) -> Outcome<Said> {
    let at = instant("--at", args.at.as_deref())?;
    let now = rows::needed(&setup.plan, at, "say `--at INSTANT`")?;
    let user = match &args.user {
        None => None,
        Some(name) => sql::user(setup, Some(database), name)?.first().copied(),
    };
    let plans = if args.r#try {
        // What the database lacks is said before what is about to happen.
        database.prepare_as(&setup.plan, Grouping::Each)?;
        output.note("the indexes are created in a transaction that is rolled back; until it ends, nobody can write to their tables")?;
        let (before, after) = database.tried(&setup.plan, user, now, &advice.indexes)?;
        let both = before.into_iter().zip(after);
        both.map(|((entity, before), (_, after))| (entity, before, Some(after)))
            .collect()
    } else {
        let plans = database.planned(&setup.plan, user, now)?.into_iter();
        plans.map(|(entity, plan)| (entity, plan, None)).collect()
    };
    let kind = if user.is_some() { "rows" } else { "map" };
    Ok(Said { kind, plans })
}

impl Said {
    fn show(&self, setup: &Setup, output: &mut Output) -> Outcome {
        let name = |entity: &EntityId| setup.schema.entity(*entity).name.as_str();
        if output.json() {
            for (entity, now, advised) in &self.plans {
                let line = json!({
                    "entity": name(entity), "kind": self.kind, "now": now, "advised": advised,
                });
                output.line(&line.to_string())?;
            }
            return Ok(());
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header([
            "STATEMENT",
            "INDEXES",
            "EXPECTED",
            "ROWS",
            "MS",
            "READ WHOLE",
            "BY",
        ]);
        for (entity, now, advised) in &self.plans {
            let plans = [
                Some(("as they are", now)),
                advised.as_ref().map(|plan| ("advised", plan)),
            ];
            for (which, plan) in plans.into_iter().flatten() {
                let count = |count: Option<u64>| count.map_or("-".to_owned(), |n| n.to_string());
                let scans = plan.scans.iter();
                let scans: Vec<String> = scans
                    .map(|scan| format!("{} ({})", scan.table, scan.rows))
                    .collect();
                let ours = plan
                    .indexes
                    .iter()
                    .filter(|index| index.starts_with("weir_"));
                table.add_row([
                    format!("{} of {}", self.kind, name(entity)),
                    which.to_owned(),
                    count(plan.estimated),
                    count(plan.actual),
                    plan.milliseconds
                        .map_or("-".to_owned(), |ms| format!("{ms:.1}")),
                    scans.join(", "),
                    ours.cloned().collect::<Vec<_>>().join(", "),
                ]);
            }
        }
        output.line(&table.trim_fmt())
    }

    /// Warns of large tables that are read whole, and tells which indexes nothing used.
    fn warn(&self, setup: &Setup, advice: &Advice, output: &mut Output) -> Outcome {
        let mut whole: BTreeMap<(&str, u64), BTreeSet<&str>> = BTreeMap::new();
        for (entity, now, advised) in &self.plans {
            for scan in &advised.as_ref().unwrap_or(now).scans {
                if scan.rows >= LARGE_TABLE_ROWS {
                    let statements = whole.entry((&scan.table, scan.rows)).or_default();
                    statements.insert(&setup.schema.entity(*entity).name);
                }
            }
        }
        for ((table, rows), entities) in whole {
            let entities: Vec<String> = entities.iter().map(|name| format!("`{name}`")).collect();
            let entities = entities.join(", ");
            let kind = self.kind;
            output.say(
                "warning",
                &format!("the {kind} of {entities} read all {rows} rows of the table `{table}`"),
                None,
            )?;
        }
        let mut used = BTreeSet::new();
        for (_, _, advised) in &self.plans {
            let Some(advised) = advised else {
                return Ok(());
            };
            used.extend(&advised.indexes);
        }
        for index in advice
            .indexes
            .iter()
            .filter(|index| !used.contains(&index.name))
        {
            output.note(&format!(
                "no statement used `{}`, on these data",
                index.name
            ))?;
        }
        Ok(())
    }
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
