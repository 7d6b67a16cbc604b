//! What the tests share: the metadata, native texts, findings as text, and cases in files.

#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(clippy::expect_used, reason = "a test may stop where it can't go on")]

use std::fmt::Write as _;
use std::path::PathBuf;

use sqlparser::dialect::{
    Dialect as Grammar, MsSqlDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect,
};
use weir_compiler::metadata::Builder;
use weir_compiler::sql::Dialect as Sql;
use weir_compiler::{Compiled, Options, compile};
use weir_grammar::ast::{Dialect, File};
use weir_grammar::native;
use weir_ir::diagnostic::{Diagnostic, Sources};
use weir_ir::schema::Schema;

/// The metadata that the tests share.
pub(crate) const METADATA: &str = include_str!("../fixtures/metadata.json");

/// What stands behind statements with recursive expressions.
pub(crate) const TAIL: &str = " OPTION (MAXRECURSION 0)";
/// What the parser doesn't know.
const UNKNOWN: [&str; 7] = [
    TAIL,
    // Of SQLite.
    " MATERIALIZED",
    // Collations of columns of JSON tables.
    " CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
    " CHARACTER SET ascii COLLATE ascii_bin",
    " COLLATE utf8mb4_nopad_bin",
    " COLLATE ascii_bin",
    " CHARACTER SET ascii",
];

/// A statement without what the parser doesn't know.
pub(crate) fn known(sql: &str) -> String {
    let all = UNKNOWN.iter();
    all.fold(sql.to_owned(), |sql, unknown| sql.replace(unknown, ""))
}

/// The parser's dialect.
pub(crate) fn grammar(dialect: Sql) -> Box<dyn Grammar> {
    match dialect {
        Sql::Sqlite => Box::new(SQLiteDialect {}),
        Sql::Postgres => Box::new(PostgreSqlDialect {}),
        Sql::MariaDb => Box::new(MySqlDialect {}),
        Sql::Tsql => Box::new(MsSqlDialect {}),
    }
}

/// The schema of a metadata JSON that has nothing wrong.
pub(crate) fn schema(json: &str) -> Schema {
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
pub(crate) struct Case {
    /// The texts.
    pub(crate) sources: Sources,
    /// What they give.
    pub(crate) compiled: Compiled,
}

/// Reads native texts that have nothing wrong in their syntax.
pub(crate) fn read(sources: &mut Sources, texts: &[&str], dialect: Dialect) -> Vec<File> {
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
pub(crate) fn compile_texts(
    schema: &Schema,
    texts: &[&str],
    dialect: Dialect,
    options: Options,
) -> Case {
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
    pub(crate) fn findings(&self) -> String {
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

/// Runs the cases of `tests/<folder>/*.txt` and compares what `found` gives for each, from its head
/// and its texts, with what is written below them. A case is
///
/// ```text
/// === what it is about [flags]
/// profile "P" { … }
/// --- (and another file)
/// ...
/// what is expected
/// ```
///
/// A text that starts within a profile is put into one. `UPDATE_EXPECT=1` writes what is found now;
/// read the difference before it is committed.
pub(crate) fn fixtures(folder: &str, mut found: impl FnMut(&str, &[&str]) -> String) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder of cases")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut wrong = String::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a file of cases");
        let mut written = String::new();
        for case in text.split("=== ").skip(1) {
            let (head, rest) = case.split_once('\n').expect("a head line");
            let (source, expected) = rest.split_once("...\n").expect("a line of `...`");
            let texts: Vec<String> = source.split("---\n").map(in_profile).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let found = found(head, &texts);
            let (found, expected) = (found.trim_end(), expected.trim_end());
            if found != expected {
                let _ = writeln!(
                    wrong,
                    "{}: {head}\n-- expected\n{expected}\n-- found\n{found}\n",
                    file.display()
                );
            }
            let _ = write!(written, "=== {head}\n{source}...\n{found}\n\n");
        }
        if update {
            std::fs::write(&file, written.trim_end().to_owned() + "\n").expect("it is written");
        }
    }
    assert!(update || wrong.is_empty(), "{wrong}");
}

/// The texts of each case of a file of cases.
pub(crate) fn sources(cases: &str) -> Vec<Vec<String>> {
    let sources = cases.split("=== ").skip(1).map(|case| {
        let (_, rest) = case.split_once('\n').expect("a head line");
        let (source, _) = rest.split_once("...\n").expect("a line of `...`");
        source.split("---\n").map(in_profile).collect()
    });
    sources.collect()
}

fn in_profile(text: &str) -> String {
    let bare = ["item", "limits", "allow"];
    if bare.iter().any(|word| text.trim_start().starts_with(word)) {
        format!("profile \"P\" {{\n{text}}}\n")
    } else {
        text.to_owned()
    }
}
