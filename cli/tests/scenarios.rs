//! Scenarios: a profile, metadata, a change stream, and what every device must be told, in one file
//! each under `tests/scenarios/`, named after what the user saw. Each runs through the program.
//!
//! A file has sections (`== metadata.json`, `== profiles.weir`, `== changes.jsonl`, `== deltas`,
//! `== until INSTANT`, or any other name for a further file). `@name` stands for a GUID; the first
//! name of a file is …0001, the next …0002, and so on, so that their order is known.

#![expect(clippy::expect_used, reason = "a test that can't go on fails")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const METADATA: &str = include_str!("scenarios/metadata.json");

/// The GUIDs that the names of a scenario stand for.
#[derive(Default)]
struct Names {
    ids: BTreeMap<String, String>,
}

impl Names {
    /// The text with every `@name` replaced by its GUID.
    fn expand(&mut self, text: &str) -> String {
        let mut parts = text.split('@');
        let mut expanded = parts.next().unwrap_or("").to_owned();
        for part in parts {
            let end = part
                .find(|c: char| !c.is_ascii_alphanumeric())
                .unwrap_or(part.len());
            let (name, rest) = part.split_at(end);
            let preceded_by_word = expanded.ends_with(|c: char| c.is_ascii_alphanumeric());
            if name.is_empty() || preceded_by_word {
                expanded.push('@');
                expanded.push_str(part);
                continue;
            }
            let next = self.ids.len() + 1;
            let id = self
                .ids
                .entry(name.to_owned())
                .or_insert_with(|| format!("00000000-0000-0000-0000-{next:012}"));
            expanded.push_str(id);
            expanded.push_str(rest);
        }
        expanded
    }

    /// The text with every GUID replaced by its `@name`.
    fn contract(&self, text: &str) -> String {
        self.ids.iter().fold(text.to_owned(), |text, (name, id)| {
            text.replace(id, &format!("@{name}"))
        })
    }
}

/// The sections of a scenario, in order.
fn sections(text: &str) -> Vec<(String, String)> {
    let mut sections: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("== ") {
            sections.push((name.trim().to_owned(), String::new()));
        } else if let Some((_, body)) = sections.last_mut() {
            body.push_str(line);
            body.push('\n');
        }
    }
    sections
}

/// Runs a scenario; the difference, if there is one.
fn run(path: &Path) -> Option<String> {
    let name = path.file_stem()?.to_str()?;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a temporary folder");
    fs::write(folder.join("metadata.json"), METADATA).expect("a file");
    let mut names = Names::default();
    let (mut expected, mut until) = (None, None);
    for (section, body) in sections(&fs::read_to_string(path).expect("a scenario")) {
        let body = names.expand(&body);
        match section.split_once(' ') {
            Some(("until", at)) => until = Some(at.to_owned()),
            _ if section == "deltas" => expected = Some(body),
            _ => fs::write(folder.join(&section), body).expect("a file"),
        }
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
    command.current_dir(&folder).args([
        "run",
        "--metadata",
        "metadata.json",
        "--profile",
        "profiles.weir",
        "--changes",
        "changes.jsonl",
    ]);
    if let Some(at) = until {
        command.args(["--until", &at]);
    }
    let output = command.output().expect("the program runs");
    let told = names.contract(&String::from_utf8_lossy(&output.stdout));
    let expected = names.contract(&expected.expect("a scenario says what devices are told"));
    let complaint = String::from_utf8_lossy(&output.stderr);
    let fine = output.status.success() && told == expected;
    (!fine).then(|| {
        format!(
            "{name}: {}\n--- expected\n{expected}--- told\n{told}--- said\n{complaint}",
            output.status
        )
    })
}

#[test]
fn devices_are_told_what_the_scenarios_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the scenarios")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "scenario"));
    paths.sort();
    assert!(paths.len() >= 12, "{} scenarios", paths.len());
    let failures: Vec<String> = paths.iter().filter_map(|path| run(path)).collect();
    assert!(
        failures.is_empty(),
        "{} of {} scenarios\n{}",
        failures.len(),
        paths.len(),
        failures.join("\n")
    );
}
