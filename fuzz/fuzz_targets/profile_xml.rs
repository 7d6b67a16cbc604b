#![no_main]
//! See fuzz/README.md for the property.

use libfuzzer_sys::fuzz_target;
use weir_ir::diagnostic::FileId;

fuzz_target!(|text: &str| {
    let parsed = weir_grammar::solution::parse(FileId(0), text);
    for span in parsed.diagnostics.iter().filter_map(|diagnostic| diagnostic.span) {
        assert!(text.get(span.start as usize..span.end as usize).is_some(), "{:?}", parsed.diagnostics);
    }
});
