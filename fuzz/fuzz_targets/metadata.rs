#![no_main]
//! See fuzz/README.md for the property.

use libfuzzer_sys::fuzz_target;
use weir_compiler::metadata::Builder;
use weir_ir::diagnostic::Sources;

fuzz_target!(|text: &str| {
    let mut sources = Sources::default();
    let file = sources.add("fuzz", text);
    for read in [Builder::json, Builder::entity_xml, Builder::relationships_xml] {
        let mut builder = Builder::new();
        let diagnostics = read(&mut builder, &sources, file);
        for span in diagnostics.iter().filter_map(|diagnostic| diagnostic.span) {
            assert!(text.get(span.start as usize..span.end as usize).is_some(), "{diagnostics:?}");
        }
        let _ = builder.finish();
    }
});
