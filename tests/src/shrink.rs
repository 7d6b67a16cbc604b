//! From a story that fails to a short one that still does, and its text.

use std::fmt::Write as _;

use weir_ir::transaction::Change;
use weir_ir::wire;

use crate::generate::{Organisation, Step};

/// The shortest story found that still fails: steps and then changes are taken out, larger runs
/// first. `fails` is asked at most `tries` times.
pub fn shrink(
    organisation: &Organisation,
    mut tries: usize,
    fails: impl Fn(&Organisation) -> bool,
) -> Organisation {
    let mut small = organisation.clone();
    let mut attempt = |small: &mut Organisation, candidate: Vec<Step>| {
        if tries == 0 {
            return false;
        }
        tries -= 1;
        let candidate = Organisation {
            steps: candidate,
            ..small.clone()
        };
        let failed = fails(&candidate);
        if failed {
            *small = candidate;
        }
        failed
    };
    // Whole steps.
    let mut width = small.steps.len();
    while width > 0 {
        let mut at = 0;
        while at < small.steps.len() {
            let mut steps = small.steps.clone();
            steps.drain(at..(at + width).min(steps.len()));
            if steps.is_empty() || !attempt(&mut small, steps) {
                at += width;
            }
        }
        width /= 2;
    }
    // Changes of the steps that are left, then values of the changes.
    for step in 0..small.steps.len() {
        let mut width = small.steps[step].transaction.changes.len();
        while width > 0 {
            let mut at = 0;
            while at < small.steps[step].transaction.changes.len() {
                let mut steps = small.steps.clone();
                let changes = &mut steps[step].transaction.changes;
                changes.drain(at..(at + width).min(changes.len()));
                if !attempt(&mut small, steps) {
                    at += width;
                }
            }
            width /= 2;
        }
        for change in 0..small.steps[step].transaction.changes.len() {
            let mut at = 0;
            loop {
                let mut steps = small.steps.clone();
                match &mut steps[step].transaction.changes[change] {
                    Change::Upsert { values, .. } if at < values.len() => values.remove(at),
                    _ => break,
                };
                if !attempt(&mut small, steps) {
                    at += 1;
                }
            }
        }
    }
    small
}

/// The organisation as files that `weir run` takes: metadata, profiles, change lines.
#[must_use]
pub fn repro(organisation: &Organisation) -> String {
    let mut text = format!("--- metadata.json\n{}\n", organisation.metadata);
    for (n, files) in organisation.publications.iter().enumerate() {
        let used = n == 0
            || organisation
                .steps
                .iter()
                .any(|step| step.publish == Some(n));
        for (file, content) in files.iter().enumerate().filter(|_| used) {
            let _ = writeln!(text, "--- {n}-{file}.weir\n{content}");
        }
    }
    text += "--- changes.jsonl\n";
    for step in &organisation.steps {
        let _ = writeln!(text, "{}", line(organisation, step));
    }
    text
}

/// A step as a line of a change stream.
#[must_use]
pub fn line(organisation: &Organisation, step: &Step) -> String {
    let mut line = wire::transaction(&organisation.schema, &step.transaction);
    if let Some(n) = step.publish {
        let files = 0..organisation.publications[n].len();
        let paths: Vec<String> = files.map(|file| format!("\"{n}-{file}.weir\"")).collect();
        line.pop();
        let _ = write!(line, ",\"publish\":[{}]}}", paths.join(","));
    }
    line
}
