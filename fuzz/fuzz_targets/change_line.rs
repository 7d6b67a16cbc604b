#![no_main]
//! See fuzz/README.md for the property.

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use weir_compiler::metadata::Builder;
use weir_ir::diagnostic::{FileId, Sources};
use weir_ir::schema::Schema;
use weir_ir::wire::{self, Decoder};

const METADATA: &str = r#"{"entities": [{"name": "account", "ownership": "user-or-team", "attributes": [
    {"name": "name", "type": "string"}, {"name": "revenue", "type": "money"}, {"name": "done", "type": "boolean"},
    {"name": "seen", "type": "datetime"}, {"name": "day", "type": "datetime", "behavior": "date-only"},
    {"name": "wall", "type": "datetime", "behavior": "time-zone-independent"}, {"name": "tags", "type": "multichoice"}]}]}"#;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let mut sources = Sources::default();
    let file = sources.add("metadata.json", METADATA);
    let mut builder = Builder::new();
    builder.json(&sources, file);
    builder.finish().0
});

fuzz_target!(|bytes: &[u8]| {
    let schema = &*SCHEMA;
    match Decoder::new(schema, false).line(FileId(0), bytes) {
        Ok(line) => {
            let encoded = wire::transaction(schema, &line.transaction);
            let again = Decoder::new(schema, false).line(FileId(0), encoded.as_bytes()).expect("what is written can be read");
            assert_eq!(again.transaction, line.transaction, "{encoded}");
        }
        Err(diagnostic) => {
            let span = diagnostic.span.expect("a reader says where");
            assert!(span.start <= span.end && span.end as usize <= bytes.len(), "{diagnostic:?}");
        }
    }
});
