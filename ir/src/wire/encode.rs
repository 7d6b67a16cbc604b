//! Lines written: transactions, deltas, what a device holds. None ends in a newline.

use std::fmt::Write;

use crate::schema::{EntityId, Schema};
use crate::time::Instant;
use crate::transaction::{Change, Transaction};
use crate::value::{Guid, Value};

/// A transaction as a change line.
#[must_use]
pub fn transaction(schema: &Schema, transaction: &Transaction) -> String {
    let changes: Vec<String> = transaction
        .changes
        .iter()
        .map(|change| match change {
            Change::Upsert { entity, id, values } => {
                let entity = schema.entity(*entity);
                let values: Vec<String> = values
                    .iter()
                    .map(|(attribute, value)| {
                        let name = quoted(&entity.attribute(*attribute).name);
                        format!("{name}:{}", json(value))
                    })
                    .collect();
                format!(
                    r#"{{"op":"upsert","entity":{},"id":"{id}","values":{{{}}}}}"#,
                    quoted(&entity.name),
                    values.join(",")
                )
            }
            Change::Delete { entity, id } => format!(
                r#"{{"op":"delete","entity":{},"id":"{id}"}}"#,
                quoted(&schema.entity(*entity).name)
            ),
        })
        .collect();
    format!(
        r#"{{"at":"{}","changes":[{}]}}"#,
        transaction.at,
        changes.join(",")
    )
}

/// What one user's devices are told at one instant.
#[must_use]
pub fn delta(
    schema: &Schema,
    at: Instant,
    user: Guid,
    put: &[(EntityId, Guid)],
    remove: &[(EntityId, Guid)],
) -> String {
    let mut line = format!(r#"{{"at":"{at}","user":"{user}","put":"#);
    push_rows(&mut line, schema, put);
    line.push_str(r#","remove":"#);
    push_rows(&mut line, schema, remove);
    line.push('}');
    line
}

/// What one user's devices hold.
#[must_use]
pub fn rows(schema: &Schema, user: Guid, rows: &[(EntityId, Guid)]) -> String {
    let mut line = format!(r#"{{"user":"{user}","rows":"#);
    push_rows(&mut line, schema, rows);
    line.push('}');
    line
}

fn push_rows(line: &mut String, schema: &Schema, rows: &[(EntityId, Guid)]) {
    line.push('[');
    for (at, (entity, id)) in rows.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        // Writing to a text never fails.
        let _ = write!(
            line,
            r#"{comma}[{},"{id}"]"#,
            quoted(&schema.entity(*entity).name)
        );
    }
    line.push(']');
}

/// A value as the decoder reads it back: exact numbers as texts.
fn json(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Decimal(value) => format!("\"{}\"", value.normalize()),
        Value::Text(text) => quoted(text),
        Value::Guid(guid) => format!("\"{guid}\""),
        Value::Instant(at) => format!("\"{at}\""),
        Value::Day(day) => format!("\"{day}\""),
        Value::WallClock(at) => format!("\"{at}\""),
        Value::Choices(values) => {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            format!("[{}]", values.join(","))
        }
    }
}

/// A JSON text.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
