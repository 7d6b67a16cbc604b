//! A diagnostic as one JSON object. Lines and columns count from 1, columns in characters; ends are
//! exclusive.

use serde_json::{Value, json};
use weir_ir::diagnostic::{Diagnostic, Sources, Span};

/// One line of JSON: `code`, `severity`, `message`, `file`, `line`, `column`, `end_line`,
/// `end_column`, `help`, `labels`, `suggestion`; null where there is none.
pub(crate) fn json(sources: &Sources, diagnostic: &Diagnostic) -> String {
    let mut object = json!({
        "code": diagnostic.code.id,
        "severity": diagnostic.severity.to_string(),
        "message": diagnostic.message,
        "help": diagnostic.help,
        "labels": diagnostic.labels.iter().map(|label| {
            placed(sources, Some(label.span), json!({ "text": label.text }))
        }).collect::<Vec<_>>(),
        "suggestion": diagnostic.suggestion.as_ref().map(|edit| {
            placed(sources, Some(edit.span), json!({ "replacement": edit.replacement }))
        }),
    });
    object = placed(sources, diagnostic.span, object);
    object.to_string()
}

/// The object with its place: `file`, `line`, `column`, `end_line`, `end_column`.
pub(crate) fn placed(sources: &Sources, span: Option<Span>, mut object: Value) -> Value {
    let file = span.and_then(|span| sources.get(span.file));
    let start = span.map(|span| sources.position(span));
    let end = span.map(|span| {
        sources.position(Span {
            start: span.end,
            ..span
        })
    });
    object["file"] = json!(file.map(|source| &source.name));
    object["line"] = json!(start.map(|(line, _)| line));
    object["column"] = json!(start.map(|(_, column)| column));
    object["end_line"] = json!(end.map(|(line, _)| line));
    object["end_column"] = json!(end.map(|(_, column)| column));
    object
}
