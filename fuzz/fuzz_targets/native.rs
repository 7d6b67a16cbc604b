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
        let laid_out = weir_grammar::native::format(FileId(0), text).expect("it was read");
        let read = weir_grammar::native::parse(FileId(0), &laid_out).file;
        assert_eq!(weir_grammar::native::print(&read), printed, "{laid_out}");
        assert_eq!(weir_grammar::native::format(FileId(0), &laid_out), Ok(laid_out));
    }
});
