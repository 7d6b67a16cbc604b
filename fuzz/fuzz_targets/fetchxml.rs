#![no_main]
//! See fuzz/README.md for the property.

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use weir_compiler::metadata::Builder;
use weir_compiler::{Options, compile, convert};
use weir_grammar::ast::{Block, File, Filter};
use weir_grammar::{fetchxml, native};
use weir_ir::diagnostic::{FileId, Sources};
use weir_ir::schema::Schema;

const METADATA: &str = r#"{"entities": [
    {"name": "account", "ownership": "user-or-team", "attributes": [
        {"name": "name", "type": "string"}, {"name": "revenue", "type": "money"}, {"name": "done", "type": "boolean"},
        {"name": "seen", "type": "datetime"}, {"name": "tags", "type": "multichoice"}]},
    {"name": "contact", "ownership": "user-or-team", "attributes": [
        {"name": "parentid", "type": "lookup", "targets": ["account"]}]}],
 "relationships": [{"name": "pairs", "kind": "N:N", "intersect": "pair", "entity1": "account", "attribute1": "accountid",
    "entity2": "contact", "attribute2": "contactid"}]}"#;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let mut sources = Sources::default();
    let file = sources.add("metadata.json", METADATA);
    let mut builder = Builder::new();
    builder.json(&sources, file);
    builder.finish().0
});

static PROFILE: LazyLock<File> = LazyLock::new(|| {
    let text = "profile \"p\" { limits modern item account { download where name null } }";
    native::parse(FileId(0), text).file
});

/// The plan of a profile with that filter; none where the filter has errors.
fn plan(filter: &Filter) -> Option<String> {
    let mut file = PROFILE.clone();
    for block in &mut file.blocks {
        if let Block::Profile(profile) = block {
            for download in profile.items.iter_mut().filter_map(|item| item.download.as_mut()) {
                download.filter = Some(filter.clone());
            }
        }
    }
    let compiled = compile(&SCHEMA, &mut Sources::default(), &[file], Options::default());
    compiled.plan.map(|plan| {
        let nodes: Vec<_> = plan.nodes.ids().map(|id| plan.nodes.get(id)).collect();
        format!("{nodes:?} {:?}", plan.roots)
    })
}

fuzz_target!(|text: &str| {
    let read = fetchxml::parse(FileId(0), text);
    for diagnostic in &read.diagnostics {
        let span = diagnostic.span.expect("a reader says where");
        assert!(text.get(span.start as usize..span.end as usize).is_some(), "{diagnostic:?}");
    }
    let (Some(filter), false) = (read.filter, read.diagnostics.iter().any(|found| found.is_error())) else {
        return;
    };
    let written = convert::to_native(Some(&SCHEMA), "account", &filter);
    let (as_native, found) = native::parse_filter(FileId(0), &written);
    assert!(found.is_empty(), "{written}\n{found:?}");
    let expected = plan(&filter);
    if expected.is_some() {
        assert_eq!(as_native.as_ref().and_then(plan), expected, "{written}");
    }
    match fetchxml::print("account", &filter) {
        Ok(printed) => {
            let again = fetchxml::parse(FileId(0), &printed);
            assert!(again.diagnostics.is_empty(), "{printed}\n{:?}", again.diagnostics);
            let again = again.filter.expect("a filter");
            assert_eq!(plan(&again), expected, "{printed}");
            assert_eq!(fetchxml::print("account", &again), Ok(printed));
        }
        // Such a character may stand in a document that is read, but not in one that is written.
        Err(found) => assert!(found.iter().all(|found| found.message.starts_with("XML lacks")), "{found:?}"),
    }
});
