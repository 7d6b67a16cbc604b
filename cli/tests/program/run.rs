//! `weir run`: streams in, deltas out.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use crate::desk::{ACCOUNT, Desk, EMIL, NORA, TASK, delete, delta, people, upsert};

fn owned(by: &str) -> String {
    format!(r#""ownerid":"{by}""#)
}

#[test]
fn a_row_comes_changes_and_goes() {
    let desk = Desk::new();
    desk.stream(&[
        people(),
        upsert("2026-03-02T09:00:00Z", "account", ACCOUNT, &owned(NORA)),
        upsert(
            "2026-03-02T09:30:00Z",
            "account",
            ACCOUNT,
            r#""name":"Acme""#,
        ),
        upsert(
            "2026-03-02T09:30:00Z",
            "account",
            ACCOUNT,
            r#""name":"Acme""#,
        ),
        upsert("2026-03-02T10:00:00.250+01:00", "account", ACCOUNT, "")
            .replace("10:00:00.250+01:00", "09:45:00.250Z"),
        upsert("2026-03-02T10:00:00.250Z", "account", ACCOUNT, &owned(EMIL)),
        delete("2026-03-02T11:00:00Z", "account", ACCOUNT),
        delete("2026-03-02T12:00:00Z", "account", ACCOUNT),
    ]);
    let ran = desk.run("");
    let row = [("account", ACCOUNT)];
    let expected = [
        delta("2026-03-02T09:00:00Z", NORA, &row, &[]),
        delta("2026-03-02T09:30:00Z", NORA, &row, &[]),
        delta("2026-03-02T10:00:00.250Z", NORA, &[], &row),
        delta("2026-03-02T10:00:00.250Z", EMIL, &row, &[]),
        delta("2026-03-02T11:00:00Z", EMIL, &[], &row),
    ];
    assert_eq!(ran.out, expected.concat());
    assert_eq!(ran.status, 0);
    assert_eq!(
        ran.err,
        "note: deletes of rows that weren't there: 1\nnote: security is open: what users may read is not looked at\n"
    );
}

#[test]
fn an_upsert_after_a_delete_is_a_new_row() {
    let desk = Desk::new();
    desk.stream(&[
        people(),
        upsert("2026-03-02T09:00:00Z", "account", ACCOUNT, &owned(NORA)),
        delete("2026-03-02T10:00:00Z", "account", ACCOUNT),
        upsert(
            "2026-03-02T11:00:00Z",
            "account",
            ACCOUNT,
            r#""name":"Acme""#,
        ),
    ]);
    let row = [("account", ACCOUNT)];
    let expected = [
        delta("2026-03-02T09:00:00Z", NORA, &row, &[]),
        delta("2026-03-02T10:00:00Z", NORA, &[], &row),
    ];
    assert_eq!(
        desk.run("").out,
        expected.concat(),
        "its owner is NULL again"
    );
}

#[test]
fn a_deleted_row_takes_along_what_came_with_it() {
    let desk = Desk::new();
    let regarding = format!(r#""regardingobjectid":"{ACCOUNT}","statecode":0"#);
    desk.stream(&[
        people(),
        upsert("2026-03-02T09:00:00Z", "task", TASK, &regarding),
        upsert("2026-03-02T10:00:00Z", "account", ACCOUNT, &owned(NORA)),
        delete("2026-03-02T11:00:00Z", "account", ACCOUNT),
    ]);
    let rows = [("account", ACCOUNT), ("task", TASK)];
    let expected = [
        delta("2026-03-02T10:00:00Z", NORA, &rows, &[]),
        delta("2026-03-02T11:00:00Z", NORA, &[], &rows),
    ];
    assert_eq!(desk.run("").out, expected.concat());
}

#[test]
fn an_owner_that_does_not_exist_is_counted() {
    let desk = Desk::new();
    let nobody = "00000000-0000-0000-0000-0000000000ff";
    desk.stream(&[
        people(),
        upsert("2026-03-02T09:00:00Z", "account", ACCOUNT, &owned(nobody)),
    ]);
    let ran = desk.run("");
    assert_eq!((ran.out.as_str(), ran.status), ("", 0));
    assert!(
        ran.err.starts_with(
            "note: rows whose owner doesn't exist, so that they belong to nobody: 1\n"
        ),
        "{}",
        ran.err
    );
}

const CLOCK: &str = r#"profile "Field" {
  members { user "nora@example.com" }
  item task { limits modern  download where due today }
}
"#;

#[test]
fn the_clock_alone_moves_rows() {
    let desk = Desk::new();
    desk.put("p.weir", CLOCK);
    let due = r#""due":"2026-03-03T12:00:00Z""#;
    desk.stream(&[people(), upsert("2026-03-02T09:00:00Z", "task", TASK, due)]);
    assert_eq!(
        desk.run("").out,
        "",
        "nothing after the last change without `--until`"
    );
    assert_eq!(desk.run("--until 2026-03-02T23:59:59.999Z").out, "");
    let came = delta("2026-03-03T00:00:00Z", NORA, &[("task", TASK)], &[]);
    let went = delta("2026-03-04T00:00:00Z", NORA, &[], &[("task", TASK)]);
    assert_eq!(desk.run("--until 2026-03-03").out, came);
    assert_eq!(
        desk.run("--until 2026-04-01T00:00:00Z").out,
        [came.clone(), went.clone()].concat()
    );

    // A line without changes moves the clock just so.
    desk.stream(&[
        people(),
        upsert("2026-03-02T09:00:00Z", "task", TASK, due),
        r#"{"at":"2026-03-03T08:00:00Z"}"#.to_owned(),
        String::new(),
        r#"{"at":"2026-03-04T08:00:00Z","changes":[]}"#.to_owned(),
    ]);
    assert_eq!(desk.run("").out, [came, went].concat());
}

#[test]
fn a_published_set_takes_effect_after_the_changes_of_its_line() {
    let desk = Desk::new();
    desk.put("streams/other.weir", CLOCK);
    let line = upsert(
        "2026-03-03T09:00:00Z",
        "task",
        TASK,
        r#""due":"2026-03-03T12:00:00Z""#,
    );
    let line = line.replacen('{', r#"{"publish":["other.weir"],"#, 1);
    let lines = [
        people(),
        upsert("2026-03-02T09:00:00Z", "account", ACCOUNT, &owned(NORA)),
        line,
    ];
    desk.put("streams/s.jsonl", lines.join("\n"));
    let ran = desk.weir("run -m m.json -p p.weir -c streams/s.jsonl");
    let expected = [
        delta("2026-03-02T09:00:00Z", NORA, &[("account", ACCOUNT)], &[]),
        delta(
            "2026-03-03T09:00:00Z",
            NORA,
            &[("task", TASK)],
            &[("account", ACCOUNT)],
        ),
    ];
    assert_eq!((ran.out, ran.status), (expected.concat(), 0), "{}", ran.err);
}

#[test]
fn unknown_metadata_can_be_skipped() {
    let desk = Desk::new();
    let values = format!(r#"{},"warp":9"#, owned(NORA));
    desk.stream(&[
        people(),
        upsert("2026-03-02T09:00:00Z", "spaceship", ACCOUNT, ""),
        upsert("2026-03-02T09:00:00Z", "account", ACCOUNT, &values),
    ]);
    assert_eq!(desk.run("").status, 1);
    let ran = desk.run("--ignore-unknown");
    assert_eq!(
        ran.out,
        delta("2026-03-02T09:00:00Z", NORA, &[("account", ACCOUNT)], &[])
    );
    assert_eq!(ran.status, 0);
    assert!(
        ran.err.starts_with(
            "note: changes skipped, of entities that the metadata lacks: 1\nnote: values skipped, of attributes that the metadata lacks: 1\n"
        ),
        "{}",
        ran.err
    );
}

#[test]
fn a_stream_is_answered_while_it_is_written() {
    let desk = Desk::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_weir"))
        .args(["run", "-m", "m.json", "-p", "p.weir", "-c", "-"])
        .current_dir(&desk.folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs");
    let mut stdin = child.stdin.take().expect("piped");
    let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
    writeln!(stdin, "{}", people()).expect("open");
    writeln!(
        stdin,
        "{}",
        upsert("2026-03-02T09:00:00Z", "account", ACCOUNT, &owned(NORA))
    )
    .expect("open");
    let mut line = String::new();
    // The stream is still open: this only returns if output is sent off before a wait.
    stdout.read_line(&mut line).expect("text");
    assert_eq!(
        line,
        delta("2026-03-02T09:00:00Z", NORA, &[("account", ACCOUNT)], &[])
    );
    drop(stdin);
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn a_reader_that_leaves_ends_it_quietly() {
    let desk = Desk::new();
    let mut lines = vec![people()];
    for n in 0..20_000 {
        let id = format!("00000000-0000-0000-0000-{n:012x}");
        lines.push(upsert("2026-03-02T09:00:00Z", "account", &id, &owned(NORA)));
    }
    desk.stream(&lines);
    let mut child = Command::new(env!("CARGO_BIN_EXE_weir"))
        .args(["run", "-m", "m.json", "-p", "p.weir", "-c", "s.jsonl"])
        .current_dir(&desk.folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut first = String::new();
    let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
    stdout.read_line(&mut first).expect("text");
    drop(stdout);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let desk = Desk::new();
    let mut lines = vec![people()];
    for n in 0..200_u32 {
        let id = format!(
            "00000000-0000-0000-0000-{:012x}",
            n.wrapping_mul(2_654_435_761)
        );
        let owner = if n % 3 == 0 { EMIL } else { NORA };
        lines.push(upsert(
            "2026-03-02T09:00:00Z",
            "account",
            &id,
            &owned(owner),
        ));
    }
    desk.stream(&lines);
    let first = desk.run("");
    assert_eq!(first.out.lines().count(), 200);
    assert_eq!(desk.run("").out, first.out);
    let piped = desk.weir_with(
        "run -m m.json -p p.weir -c -",
        (lines.join("\r\n")).as_bytes(),
    );
    assert_eq!(piped.out, first.out);
}
