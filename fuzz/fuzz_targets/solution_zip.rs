#![no_main]
//! See fuzz/README.md for the property.

use libfuzzer_sys::fuzz_target;
use weir_compiler::metadata::{Builder, is_profile_file, is_solution_file};
use weir_ir::diagnostic::Sources;

fuzz_target!(|bytes: &[u8]| {
    let mut sources = Sources::default();
    let wanted = |path: &str| is_solution_file(path) || is_profile_file(path);
    let mut found = Vec::new();
    match weir::archive::read(&mut sources, "s.zip", bytes, &wanted) {
        Err(refused) => found.push(*refused),
        Ok(entries) => {
            let mut builder = Builder::new();
            for (path, bytes) in entries {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let file = sources.add(path.as_str(), text.as_str());
                found.extend(builder.solution_file(&sources, &path, file));
                if is_profile_file(&path) {
                    found.extend(weir_grammar::solution::parse(file, &text).diagnostics);
                }
            }
            found.extend(builder.finish().1);
        }
    }
    for span in found.iter().filter_map(|diagnostic| diagnostic.span) {
        let text = sources.get(span.file).map_or("", |source| source.text.as_str());
        assert!(text.get(span.start as usize..span.end as usize).is_some(), "{found:?}");
    }
});
