#![no_main]
//! See fuzz/README.md for the property.

use libfuzzer_sys::fuzz_target;
use weir_compiler::metadata::Builder;
use weir_ir::diagnostic::Sources;

fuzz_target!(|text: &str| {
    let mut sources = Sources::default();
    let file = sources.add("fuzz", text);
    let mut builder = Builder::new();
    let mut diagnostics = builder.csdl(&sources, file);
    diagnostics.extend(builder.finish().1);
    for span in diagnostics.iter().filter_map(|diagnostic| diagnostic.span) {
        assert!(text.get(span.start as usize..span.end as usize).is_some(), "{diagnostics:?}");
    }
});
