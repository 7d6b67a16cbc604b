//! Sources for the tests: the shared metadata, native texts, and findings as text.

use std::fmt::Write as _;

use weir_compiler::metadata::Builder;
use weir_compiler::{Compiled, Options, compile};
use weir_grammar::ast::{Dialect, File};
use weir_grammar::native;
use weir_ir::diagnostic::{Diagnostic, Sources};
use weir_ir::schema::Schema;

/// The metadata that the tests share.
pub const METADATA: &str = include_str!("../fixtures/metadata.json");

/// The schema of a metadata JSON that has nothing wrong.
pub fn schema(json: &str) -> Schema {
    let mut sources = Sources::default();
    let file = sources.add("metadata.json", json);
    let mut builder = Builder::new();
    let mut found = builder.json(&sources, file);
    let (schema, last) = builder.finish();
    found.extend(last);
    assert!(
        !found.iter().any(Diagnostic::is_error),
        "the metadata has errors: {found:#?}"
    );
    schema
}

/// A compiled set of texts, with the texts that its findings point into.
pub struct Case {
    /// The texts.
    pub sources: Sources,
    /// What they give.
    pub compiled: Compiled,
}

/// Reads native texts that have nothing wrong in their syntax.
pub fn read(sources: &mut Sources, texts: &[&str], dialect: Dialect) -> Vec<File> {
    let mut files = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        let file = sources.add(format!("{number}.weir"), *text);
        let parsed = native::parse(file, text);
        assert_eq!(parsed.diagnostics, [], "the syntax is right: {text}");
        files.push(File {
            dialect,
            ..parsed.file
        });
    }
    files
}

/// Compiles native texts.
pub fn compile_texts(schema: &Schema, texts: &[&str], dialect: Dialect, options: Options) -> Case {
    let mut sources = Sources::default();
    let files = read(&mut sources, texts, dialect);
    let compiled = compile(schema, &mut sources, &files, options);
    let errors = compiled.diagnostics.iter().any(Diagnostic::is_error);
    assert_eq!(
        compiled.plan.is_none(),
        errors,
        "no plan, exactly with errors"
    );
    Case { sources, compiled }
}

impl Case {
    /// The findings as text: severity, code, underlined text, message; labels, help, edit below.
    pub fn findings(&self) -> String {
        let mut text = String::new();
        for found in &self.compiled.diagnostics {
            let at = found.span.map_or("", |span| self.sources.slice(span));
            let at = at.split_whitespace().collect::<Vec<_>>().join(" ");
            let (severity, code) = (found.severity, found.code.id);
            let _ = writeln!(text, "{severity} {code} `{at}`: {}", found.message);
            for label in &found.labels {
                let at = self.sources.slice(label.span);
                let _ = writeln!(text, "  at `{at}`: {}", label.text);
            }
            if let Some(help) = &found.help {
                let _ = writeln!(text, "  help: {help}");
            }
            if let Some(edit) = &found.suggestion {
                let at = self.sources.slice(edit.span);
                let _ = writeln!(text, "  edit: `{at}` to `{}`", edit.replacement);
            }
        }
        text
    }
}
