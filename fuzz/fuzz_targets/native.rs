#![no_main]
//! See fuzz/README.md for the property.

use libfuzzer_sys::fuzz_target;
use weir_ir::diagnostic::FileId;

fuzz_target!(|text: &str| {
    let parsed = weir_grammar::native::parse(FileId(0), text);
    for diagnostic in &parsed.diagnostics {
        let span = diagnostic.span.expect("a reader says where");
        assert!(text.get(span.start as usize..span.end as usize).is_some(), "{diagnostic:?}");
    }
    if parsed.diagnostics.is_empty() {
        let printed = weir_grammar::native::print(&parsed.file);
        let again = weir_grammar::native::parse(FileId(0), &printed);
        assert!(again.diagnostics.is_empty(), "{printed}\n{:?}", again.diagnostics);
        assert_eq!(weir_grammar::native::print(&again.file), printed);
    }
});
