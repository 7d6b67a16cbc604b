//! Storys: each file of `tests/stories` is a story with what devices hold, worked out by hand
//! from `SEMANTICS.md`. The model must say so alone; then model, engine and SQL must agree at every
//! step.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test says what it finds, and panics where it fails"
)]

use std::path::PathBuf;

use weir_tests::coverage::Coverage;
use weir_tests::replay::{Checks, replay};
use weir_tests::story::Story;

/// Every story by its file's name.
fn stories() -> Vec<(String, Story)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("stories");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("a folder of stories")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty());
    let read = |path: PathBuf| {
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        println!("{name}");
        let text = std::fs::read_to_string(path).expect("a text");
        (name, Story::read(&text))
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn the_model_says_what_was_worked_out_by_hand() {
    for (name, story) in stories() {
        println!("{name}");
        story.check_model();
    }
}

#[test]
fn model_engine_and_sql_agree_on_every_story() {
    let checks = Checks {
        sql: true,
        explain_every: 1,
        samples: 0,
    };
    for (name, story) in stories() {
        let end = replay(&story.organisation, checks, &mut Coverage::default());
        if let Err(failure) = end {
            panic!("{name}, step {}: {}", failure.step, failure.what);
        }
    }
}
