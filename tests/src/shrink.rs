//! From a story that fails to a short one that still does, and its text.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};
use weir_ir::schema::{EntityId, Schema};
use weir_ir::transaction::Change;
use weir_ir::value::Value;

use crate::generate::{Organisation, Step};

/// The shortest story found that still fails: steps and then changes are taken out, larger runs
/// first. `fails` is asked at most `tries` times.
pub fn shrink(
    organisation: &Organisation,
    mut tries: usize,
    fails: impl Fn(&Organisation) -> bool,
) -> Organisation {
    let mut small = organisation.clone();
    let mut attempt = |small: &mut Organisation, candidate: Vec<Step>| {
        if tries == 0 {
            return false;
        }
        tries -= 1;
        let candidate = Organisation {
            steps: candidate,
            ..small.clone()
        };
        let failed = fails(&candidate);
        if failed {
            *small = candidate;
        }
        failed
    };
    // Whole steps.
    let mut width = small.steps.len();
    while width > 0 {
        let mut at = 0;
        while at < small.steps.len() {
            let mut steps = small.steps.clone();
            steps.drain(at..(at + width).min(steps.len()));
            if steps.is_empty() || !attempt(&mut small, steps) {
                at += width;
            }
        }
        width /= 2;
    }
    // Changes of the steps that are left, then values of the changes.
    for step in 0..small.steps.len() {
        let mut width = small.steps[step].transaction.changes.len();
        while width > 0 {
            let mut at = 0;
            while at < small.steps[step].transaction.changes.len() {
                let mut steps = small.steps.clone();
                let changes = &mut steps[step].transaction.changes;
                changes.drain(at..(at + width).min(changes.len()));
                if !attempt(&mut small, steps) {
                    at += width;
                }
            }
            width /= 2;
        }
        for change in 0..small.steps[step].transaction.changes.len() {
            let mut at = 0;
            loop {
                let mut steps = small.steps.clone();
                match &mut steps[step].transaction.changes[change] {
                    Change::Upsert { values, .. } if at < values.len() => values.remove(at),
                    _ => break,
                };
                if !attempt(&mut small, steps) {
                    at += 1;
                }
            }
        }
    }
    small
}

/// The organisation as files that `weir run` takes: metadata, profiles, change lines.
#[must_use]
pub fn repro(organisation: &Organisation) -> String {
    let mut text = format!("--- metadata.json\n{}\n", organisation.metadata);
    for (n, files) in organisation.publications.iter().enumerate() {
        let used = n == 0
            || organisation
                .steps
                .iter()
                .any(|step| step.publish == Some(n));
        for (file, content) in files.iter().enumerate().filter(|_| used) {
            let _ = writeln!(text, "--- {n}-{file}.weir\n{content}");
        }
    }
    text += "--- changes.jsonl\n";
    for step in &organisation.steps {
        let _ = writeln!(text, "{}", line(organisation, step));
    }
    text
}

/// A step as a line of a change stream.
#[must_use]
pub fn line(organisation: &Organisation, step: &Step) -> Json {
    let schema = &organisation.schema;
    let changes: Vec<Json> = step
        .transaction
        .changes
        .iter()
        .map(|change| change_json(schema, change))
        .collect();
    let mut line = json!({"at": step.transaction.at.to_string(), "changes": changes});
    if let Some(n) = step.publish {
        let paths: Vec<String> = (0..organisation.publications[n].len())
            .map(|file| format!("{n}-{file}.weir"))
            .collect();
        line["publish"] = json!(paths);
    }
    line
}

fn change_json(schema: &Schema, change: &Change) -> Json {
    let name = |entity: &EntityId| schema.entity(*entity).name.as_str();
    match change {
        Change::Upsert { entity, id, values } => {
            let mut named = serde_json::Map::new();
            for (attribute, value) in values {
                let attribute = schema.attribute(*entity, *attribute);
                named.insert(attribute.name.to_string(), value_json(value));
            }
            json!({"op": "upsert", "entity": name(entity), "id": id.to_string(), "values": named})
        }
        Change::Delete { entity, id } => {
            json!({"op": "delete", "entity": name(entity), "id": id.to_string()})
        }
    }
}

fn value_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => json!(value),
        Value::Int(value) => json!(value),
        Value::Decimal(value) => json!(value.to_string()),
        Value::Text(text) => json!(text.as_str()),
        Value::Choices(values) => json!(values),
        Value::Guid(_) | Value::Instant(_) | Value::Day(_) | Value::WallClock(_) => {
            json!(value.to_string())
        }
    }
}
