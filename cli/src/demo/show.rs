//! How the demo reads: for people at 100 columns, or a JSON object for each device and event.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use weir_ir::schema::{EntityId, Schema};
use weir_ir::time::Instant;
use weir_ir::value::Guid;

use super::names::Directory;
use super::{END, Stage};
use crate::explain::Names;
use crate::failure::{Failure, Outcome};
use crate::output::Output;

/// Columns that the output fits.
const WIDTH: usize = 100;
/// Most rows shown of each mark, of one device at one event.
const ROWS_SHOWN: usize = 3;
/// Where rows begin, after the device's name.
const INDENT: usize = 9;
/// Where the further lines of a row begin.
const INNER_INDENT: usize = INDENT + 4;

/// What one event did.
pub(super) struct Scene<'a> {
    /// When.
    pub(super) at: Instant,
    /// What happened.
    pub(super) say: &'a str,
    /// What each device is told.
    pub(super) devices: Vec<Device>,
}

/// What the devices of one user are told.
pub(super) struct Device {
    /// The user.
    pub(super) user: Guid,
    /// The rows.
    pub(super) rows: Vec<Row>,
}

/// A row that came (`+`), changed (`~`) or went (`-`), and why; for one that went, why it was there.
pub(super) struct Row {
    pub(super) mark: char,
    pub(super) entity: EntityId,
    pub(super) id: Guid,
    pub(super) why: String,
}

/// The organisation, and what each device holds at first.
pub(super) fn opening(stage: &Stage<'_>, output: &mut Output) -> Outcome {
    if output.json() {
        return Ok(());
    }
    output.line(
        "Harbour Light Services keeps bakeries, dairies and workshops running. Its data lies in SQLite. At\n\
         06:00Z on 2 March 2026 its profiles are published. Each device then holds, by its user's profile:\n",
    )?;
    for user in stage.engine.users() {
        let rows = stage.engine.rows(user);
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (entity, _) in &rows {
            *counts.entry(stage.directory.entity(*entity)).or_default() += 1;
        }
        let counts: Vec<String> = counts
            .into_iter()
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        let profile = stage.engine.profile(user);
        let profile = profile.and_then(|id| stage.engine.plan().profiles.get(id.0 as usize));
        output.line(&format!(
            "  {:<7}{:<14}{:>3} rows   {}",
            stage.directory.anything(user),
            profile.map_or("no profile", |profile| &profile.name),
            rows.len(),
            counts.join(", ")
        ))?;
    }
    output.line("\nThe day: + came   ~ changed   - went, with why it had been there")
}

/// An event and what it did.
pub(super) fn scene(
    directory: &Directory<'_>,
    schema: &Schema,
    scene: &Scene<'_>,
    output: &mut Output,
) -> Outcome {
    if output.json() {
        for device in &scene.devices {
            output.line(&object(directory, schema, scene, device))?;
        }
        return Ok(());
    }
    let time = scene.at.to_string();
    let hour = time.get(11..16).unwrap_or(&time);
    let day = time.get(8..10).unwrap_or("").trim_start_matches('0');
    let title = format!("{day} March {hour}Z  {}", scene.say);
    output.line("")?;
    for line in wrapped(&title, WIDTH) {
        output.line(&bold(&line, output.colour))?;
    }
    if scene.devices.is_empty() {
        return output.line("  nobody is told anything");
    }
    for device in &scene.devices {
        lines(directory, device, output)?;
    }
    Ok(())
}

fn lines(directory: &Directory<'_>, device: &Device, output: &mut Output) -> Outcome {
    let mut user = directory.anything(device.user);
    let mut hidden = Vec::new();
    for (mark, did) in [('+', "came"), ('~', "changed"), ('-', "went")] {
        let rows: Vec<&Row> = device.rows.iter().filter(|row| row.mark == mark).collect();
        for row in rows.iter().take(ROWS_SHOWN) {
            output.line(&coloured(&one(directory, &user, row), mark, output.colour))?;
            user.clear();
        }
        match rows.len().saturating_sub(ROWS_SHOWN) {
            0 => {}
            more => hidden.push(format!("{more} more {did}")),
        }
    }
    if !hidden.is_empty() {
        let indent = INDENT;
        output.line(&format!("{:indent$}… and {}", "", hidden.join(", ")))?;
    }
    Ok(())
}

/// The lines of a row, after the user's name.
fn one(directory: &Directory<'_>, user: &str, row: &Row) -> String {
    let was = if row.mark == '-' { "was there: " } else { "" };
    let text = format!(
        "{} {}: {was}{}",
        directory.entity(row.entity),
        directory.row(row.entity, row.id),
        row.why
    );
    let between = format!("\n{:INNER_INDENT$}", "");
    let head = format!("  {user:<width$}{} ", row.mark, width = INDENT - 2);
    head + &wrapped(&text, WIDTH - INNER_INDENT).join(&between)
}

fn object(
    directory: &Directory<'_>,
    schema: &Schema,
    scene: &Scene<'_>,
    device: &Device,
) -> String {
    let rows = |marks: &[char], reason: &str| {
        let told = device.rows.iter().filter(|row| marks.contains(&row.mark));
        told.map(|row| {
            json!({
                "entity": schema.entity(row.entity).name.as_str(),
                "id": row.id.to_string(),
                "name": directory.row(row.entity, row.id),
                reason: row.why,
            })
        })
        .collect::<Vec<_>>()
    };
    json!({
        "at": scene.at.to_string(),
        "event": scene.say,
        "user": device.user.to_string(),
        "name": directory.anything(device.user),
        "came": rows(&['+'], "why"),
        "changed": rows(&['~'], "what"),
        "went": rows(&['-'], "was_there"),
    })
    .to_string()
}

/// The check at the end: SQL on SQLite and the engine, user by user.
pub(super) fn check(stage: &Stage<'_>, output: &mut Output) -> Outcome {
    let queries = stage.database.prepare(&stage.plan)?;
    // The engine has said all that happens before the end; nothing happens at the end itself.
    let map = stage.database.map(&queries, Instant(END.0 - 1))?;
    let mut different = 0;
    if !output.json() {
        let title =
            "At the end, the rows that each device holds by the engine and by SQL on SQLite";
        output.line(&format!("\n{}", bold(title, output.colour)))?;
    }
    for user in stage.engine.users() {
        let engine: BTreeSet<_> = stage.engine.rows(user).into_iter().collect();
        let sql: BTreeSet<_> = map.get(&user).into_iter().flatten().copied().collect();
        let same = engine == sql;
        different += usize::from(!same);
        let name = stage.directory.anything(user);
        let line = if output.json() {
            json!({
                "user": user.to_string(),
                "name": name,
                "engine": engine.len(),
                "sql": sql.len(),
                "same": same,
            })
            .to_string()
        } else {
            let verdict = if same { "the same" } else { "DIFFERENT" };
            format!(
                "  {name:<7}{:>4} by the engine {:>4} by SQL   {verdict}",
                engine.len(),
                sql.len()
            )
        };
        output.line(&line)?;
    }
    if different > 0 {
        return Err(Failure::Internal(format!(
            "SQL and engine differ for {different} users"
        )));
    }
    if !output.json() {
        output.line("\nSQL on SQLite and the engine hold the same sets.")?;
    }
    Ok(())
}

/// Breaks a text at spaces.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { break };
        let wide = line.chars().count() + 1 + word.chars().count() > width;
        if line.is_empty() {
            line.push_str(word);
        } else if wide {
            lines.push(word.to_owned());
        } else {
            line.push(' ');
            line.push_str(word);
        }
    }
    lines
}

fn bold(text: &str, colour: bool) -> String {
    if colour {
        format!("\u{1b}[1m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}

fn coloured(text: &str, mark: char, colour: bool) -> String {
    let code = match mark {
        '+' => "32",
        '-' => "31",
        _ => "33",
    };
    if colour {
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}
