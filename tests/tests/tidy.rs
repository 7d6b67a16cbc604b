//! Rules of the repository, as tests: who may depend on whom, what the core may not touch, and
//! that what the books say of the code is true.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a repository that cannot be read fails the test"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use weir_ir::diagnostic::Code;

const CORE: [&str; 4] = ["ir", "grammar", "compiler", "runtime"];

/// The repository's folder.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the crate lies in the repository")
        .to_owned()
}

/// All files under `folder` whose name ends so, sorted.
fn files(folder: &str, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.expect("a folder's entry can be read").path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or("");
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if name.ends_with(end) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names in the `[dependencies]` table of a Cargo.toml.
fn dependencies(room: &str) -> BTreeSet<String> {
    let manifest = read(&root().join(room).join("Cargo.toml"));
    let table = manifest.split("\n[dependencies]\n").nth(1).unwrap_or("");
    let names: BTreeSet<String> = table
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| {
            line.split_once(['=', '.'])
                .map(|(name, _)| name.trim().to_owned())
        })
        .collect();
    assert!(!names.is_empty(), "{room}: no dependencies read");
    names
}

#[test]
fn rooms_depend_only_on_those_below() {
    for (room, allowed) in [
        ("ir", &[][..]),
        ("grammar", &["weir-ir"]),
        ("compiler", &["weir-grammar", "weir-ir"]),
        ("runtime", &["weir-ir"]),
        (
            "cli",
            &["weir-compiler", "weir-grammar", "weir-ir", "weir-runtime"],
        ),
    ] {
        for name in dependencies(room)
            .iter()
            .filter(|name| name.starts_with("weir"))
        {
            assert!(
                allowed.contains(&name.as_str()),
                "{room} must not depend on {name}"
            );
        }
    }
}

#[test]
fn the_core_opens_no_database_and_asks_no_terminal() {
    let outside = [
        "rusqlite",
        "postgres",
        "tokio-postgres",
        "mysql_async",
        "tokio",
        "clap",
        "reedline",
        "annotate-snippets",
        "lsp-server",
        "lsp-types",
    ];
    for room in CORE {
        for name in dependencies(room) {
            assert!(
                !outside.contains(&name.as_str()),
                "{room} must not depend on {name}"
            );
        }
    }
}

#[test]
fn the_core_has_no_clock_and_no_input_or_output() {
    let forbidden = [
        "std::fs",
        "std::io",
        "std::net",
        "std::env",
        "std::thread",
        "std::process",
        "std::time",
        "SystemTime",
        "Timestamp::now",
        "Zoned::now",
        "async fn",
        "println!",
        "RandomState",
    ];
    for path in CORE
        .iter()
        .flat_map(|room| files(&format!("{room}/src"), ".rs"))
    {
        let text = read(&path);
        let production = text.split("#[cfg(test)]").next().unwrap_or(&text);
        for line in production
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
        {
            for word in forbidden {
                assert!(
                    !line.contains(word),
                    "{}: `{word}` in `{}`",
                    path.display(),
                    line.trim()
                );
            }
        }
    }
}

#[test]
fn files_stay_readable() {
    let mut lengths = Vec::new();
    for path in [
        "ir", "grammar", "compiler", "runtime", "cli", "tests", "benches", "fuzz",
    ]
    .iter()
    .flat_map(|room| files(room, ".rs"))
    {
        let text = read(&path);
        let length = text.lines().count();
        assert!(length <= 1_000, "{}: {length} lines", path.display());
        let has_head = text.starts_with("//!") || text.starts_with("#![no_main]");
        assert!(has_head, "{}: no head comment", path.display());
        lengths.push(length);
    }
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median < 250, "the median file has {median} lines");
}

/// All codes that the crates declare.
fn codes() -> Vec<Code> {
    [
        weir_ir::codes::ALL,
        weir_grammar::codes::ALL,
        weir_compiler::codes::ALL,
        weir_compiler::metadata::codes::ALL,
        weir::codes::ALL,
    ]
    .concat()
}

#[test]
fn every_code_is_declared_once_documented_and_tested() {
    let book = read(&root().join("docs/errors.md"));
    let mut documented = BTreeSet::new();
    for line in book.lines().filter_map(|line| line.strip_prefix("## ")) {
        let id = line.split_whitespace().next().unwrap_or("");
        assert!(documented.insert(id), "docs/errors.md has `{id}` twice");
    }
    let sources = ["ir", "grammar", "compiler", "cli", "tests"];
    let tests: String = sources
        .iter()
        .flat_map(|room| {
            [".rs", ".snap", ".txt"]
                .into_iter()
                .flat_map(move |end| files(room, end))
        })
        .map(|path| {
            let text = read(&path);
            let in_tests = path
                .components()
                .any(|part| matches!(part.as_os_str().to_str(), Some("tests" | "snapshots")));
            // A file of tests in the crate `tests/` itself counts too; elsewhere only what follows `cfg(test)`.
            let whole = in_tests || path.file_stem().is_some_and(|name| name == "tests");
            if whole {
                text
            } else {
                text.split_once("#[cfg(test)]")
                    .map_or_else(String::new, |(_, tests)| tests.to_owned())
            }
        })
        .collect();
    let mut declared = BTreeSet::new();
    for code in codes() {
        assert!(declared.insert(code.id), "`{}` is declared twice", code.id);
        assert!(
            documented.contains(code.id),
            "`{}` ({}) has no entry in docs/errors.md",
            code.id,
            code.title
        );
        assert!(
            tests.contains(code.id),
            "`{}` ({}) is reached by no test",
            code.id,
            code.title
        );
    }
    for id in documented {
        assert!(
            declared.contains(id),
            "docs/errors.md has `{id}`, which no crate declares"
        );
    }
}

#[test]
fn links_in_the_books_lead_somewhere() {
    let pages = [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
    ]
    .map(|name| root().join(name));
    for book in files("docs", ".md").into_iter().chain(pages) {
        let text = read(&book);
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let path = target.split('#').next().unwrap_or("");
            if path.is_empty() || path.contains("://") {
                continue;
            }
            let folder = book.parent().expect("a book lies in a folder");
            assert!(
                folder.join(path).exists(),
                "{}: `{target}` leads nowhere",
                book.display()
            );
        }
    }
}

#[test]
fn the_readme_is_short() {
    let length = read(&root().join("README.md")).lines().count();
    assert!(length <= 150, "README.md has {length} lines");
}
