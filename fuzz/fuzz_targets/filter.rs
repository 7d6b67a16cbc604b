#![no_main]
//! See fuzz/README.md for the property.

use libfuzzer_sys::fuzz_target;
use weir_ir::diagnostic::FileId;

fuzz_target!(|text: &str| {
    let (filter, diagnostics) = weir_grammar::native::parse_filter(FileId(0), text);
    for diagnostic in &diagnostics {
        let span = diagnostic.span.expect("a reader says where");
        assert!(text.get(span.start as usize..span.end as usize).is_some(), "{diagnostic:?}");
    }
    if let (Some(filter), true) = (filter, diagnostics.is_empty()) {
        let printed = weir_grammar::native::print_filter(&filter);
        let (again, diagnostics) = weir_grammar::native::parse_filter(FileId(0), &printed);
        assert!(diagnostics.is_empty(), "{printed}\n{diagnostics:?}");
        assert_eq!(again.map(|again| weir_grammar::native::print_filter(&again)).as_deref(), Some(printed.as_str()));
    }
});
