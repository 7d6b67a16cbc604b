//! `weir diff`: what publishing would do.

use serde_json::{Value, json};

use crate::desk::{ACCOUNT, Desk, EMIL, NORA, TASK, people, upsert};

const AT: &str = "2026-03-02T09:00:00Z";
const SECOND: &str = "00000000-0000-0000-0000-0000000000a2";

/// Nora's account with a task, and one of Emil's.
fn desk() -> Desk {
    let desk = Desk::new();
    let (nora, emil) = [NORA, EMIL]
        .map(|user| format!(r#""ownerid":"{user}""#))
        .into();
    let regarding = format!(r#""regardingobjectid":"{ACCOUNT}","statecode":0"#);
    desk.stream(&[
        people(),
        upsert(AT, "account", ACCOUNT, &nora),
        upsert(AT, "account", SECOND, &emil),
        upsert(AT, "task", TASK, &regarding),
    ]);
    desk
}

/// Emil leaves, and Nora has every account but no task.
const NEW: &str =
    "profile \"Field\" { members { user \"nora@example.com\" } item account { download all } }";

fn lines(desk: &Desk, typed: &str) -> Vec<Value> {
    let ran = desk.weir(&format!("diff -m m.json -c s.jsonl --format json {typed}"));
    assert_eq!(ran.status, 0, "{}", ran.err);
    let lines = ran.out.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

#[test]
fn rows_that_come_and_go_are_counted_by_item_and_user() {
    let desk = desk();
    desk.put("new.weir", NEW);
    let rows = |rows: &[(&str, &str)]| json!(rows);
    let expected = [
        json!({"kind":"item","profile":"Field","entity":"account","users":2,"go":1,"come":1,"rewritten":0,
            "sample":{"go":rows(&[("account", SECOND)]),"come":rows(&[("account", SECOND)])}}),
        json!({"kind":"item","profile":"Field","entity":"task","users":1,"go":1,"come":0,"rewritten":0,
            "sample":{"go":rows(&[("task", TASK)]),"come":[]}}),
        json!({"kind":"user","user":NORA,"name":"nora@example.com","old_profile":"Field","new_profile":"Field",
            "held":2,"go":1,"come":1,"rewritten":0,
            "sample":{"go":rows(&[("task", TASK)]),"come":rows(&[("account", SECOND)])}}),
        json!({"kind":"user","user":EMIL,"name":"emil@example.com","old_profile":"Field","new_profile":null,
            "held":1,"go":1,"come":0,"rewritten":0,
            "sample":{"go":rows(&[("account", SECOND)]),"come":[]}}),
    ];
    assert_eq!(lines(&desk, "p.weir new.weir"), expected);
    // What a run says of the publish is the same.
    let publish = r#"{"at":"2026-03-02T09:00:00Z","changes":[],"publish":["new.weir"]}"#;
    let ran = desk.weir_with(
        "run -m m.json -p p.weir -c -",
        format!("{}{publish}\n", stream(&desk)).as_bytes(),
    );
    let last: Vec<&str> = ran.out.lines().rev().take(2).collect();
    assert_eq!(
        last,
        [
            format!(
                r#"{{"at":"{AT}","user":"{EMIL}","put":[],"remove":[["account","{SECOND}"]]}}"#
            ),
            format!(
                r#"{{"at":"{AT}","user":"{NORA}","put":[["account","{SECOND}"]],"remove":[["task","{TASK}"]]}}"#
            ),
        ]
    );
}

fn stream(desk: &Desk) -> String {
    std::fs::read_to_string(desk.folder.join("s.jsonl")).expect("it is there")
}

#[test]
fn people_read_who_loses_most_first() {
    let desk = desk();
    desk.put("new.weir", NEW);
    let ran = desk.weir("diff -m m.json -c s.jsonl p.weir new.weir");
    let expected = format!(
        "2 of 2 users: 2 rows go, 1 come; each row counts once for every user

Items, what loses most first
  Field, account (2 users): 1 row goes, 1 come
    - account {SECOND}
    + account {SECOND}
  Field, task (1 user): 1 row goes, 0 come
    - task {TASK}

Users, who loses most first
  nora@example.com (2 rows before): 1 row goes, 1 come
    - task {TASK}
    + account {SECOND}
  emil@example.com, from `Field` to no profile (1 rows before): 1 row goes, 0 come
    - account {SECOND}
"
    );
    assert_eq!((ran.out, ran.status), (expected, 0), "{}", ran.err);
    let same = desk.weir("diff -m m.json -c s.jsonl p.weir p.weir");
    assert_eq!(
        (same.out.as_str(), same.status),
        (
            "no device is told anything: the rows of all users stay as they are\n",
            0
        )
    );
}

#[test]
fn rows_with_new_columns_are_written_anew() {
    let desk = desk();
    desk.put(
        "a.weir",
        "profile \"Field\" { members { user \"nora@example.com\" } item account { download mine columns name } }",
    );
    desk.put(
        "b.weir",
        "profile \"Field\" { members { user \"nora@example.com\" } item account { download mine columns name, revenue } }",
    );
    let lines = lines(&desk, "a.weir b.weir");
    let counts = |line: &Value| {
        (
            line["go"].clone(),
            line["come"].clone(),
            line["rewritten"].clone(),
        )
    };
    assert_eq!(lines.len(), 2);
    assert!(
        lines
            .iter()
            .all(|line| counts(line) == (json!(0), json!(0), json!(1)))
    );
}

#[test]
fn sets_may_be_several_files_and_the_clock_goes_on() {
    let desk = desk();
    desk.put(
        "old/a.weir",
        "profile \"Field\" { item account { download mine } }",
    );
    desk.put(
        "old/m.weir",
        "members \"Field\" { user \"nora@example.com\" }",
    );
    desk.put(
        "b.weir",
        "profile \"Field\" { limits modern item account { download where createdon today } }",
    );
    let created = r#""createdon":"2026-03-02T10:00:00Z""#;
    desk.put(
        "s.jsonl",
        stream(&desk) + &upsert(AT, "account", SECOND, created) + "\n",
    );
    let folder = lines(&desk, "--old old --new b.weir old/m.weir");
    assert_eq!(folder[0]["come"], 1, "{folder:?}");
    let files = lines(&desk, "--old old/a.weir old/m.weir --new b.weir old/m.weir");
    assert_eq!(files, folder);
    let later = lines(
        &desk,
        "--old old --new b.weir old/m.weir --until 2026-03-03T12:00:00Z",
    );
    assert_eq!((&later[0]["come"], &later[0]["go"]), (&json!(0), &json!(1)));
}

#[test]
fn many_rows_and_users_are_cut_and_counted() {
    let desk = Desk::new();
    let id = |n: usize| format!("00000000-0000-0000-0000-{n:012}");
    let mut stream = Vec::new();
    for user in 0..25 {
        stream.push(upsert(AT, "systemuser", &id(100 + user), ""));
        let join = format!(
            r#""teamid":"{}","systemuserid":"{}""#,
            id(1),
            id(100 + user)
        );
        stream.push(upsert(AT, "teammembership", &id(200 + user), &join));
    }
    stream.push(upsert(AT, "team", &id(1), r#""name":"Crew""#));
    for account in 0..7 {
        stream.push(upsert(AT, "account", &id(300 + account), ""));
    }
    desk.stream(&stream);
    desk.put(
        "a.weir",
        "profile \"F\" { members { team \"Crew\" } item account { download all } }",
    );
    desk.put(
        "b.weir",
        "profile \"F\" { members { team \"Crew\" } item account { download mine } }",
    );
    let ran = desk.weir("diff -m m.json -c s.jsonl a.weir b.weir");
    assert!(
        ran.out.starts_with("25 of 25 users: 175 rows go, 0 come;"),
        "{}",
        ran.out
    );
    assert!(
        ran.out
            .ends_with("    - … of 7 in all\n  … and 5 users more; `--format json` has them all\n"),
        "{}",
        ran.out
    );
    assert_eq!(lines(&desk, "a.weir b.weir").len(), 26);
}

#[test]
fn errors_of_either_set_end_it() {
    let desk = desk();
    desk.put(
        "bad.weir",
        "profile \"F\" { item nothing { download all } }",
    );
    for typed in ["bad.weir p.weir", "p.weir bad.weir"] {
        let ran = desk.weir(&format!("diff -m m.json -c s.jsonl {typed}"));
        assert_eq!((ran.status, ran.out.as_str()), (1, ""), "{typed}");
        assert!(ran.err.contains("bad.weir:1:20"), "{}", ran.err);
    }
    desk.put(
        "twice.weir",
        format!("profile \"A\" {{ members {{ user \"nora@example.com\" }} }} profile \"B\" {{ members {{ user \"{NORA}\" }} }}"),
    );
    let ran = desk.weir("diff -m m.json -c s.jsonl p.weir twice.weir");
    assert_eq!((ran.status, ran.out.as_str()), (1, ""));
    assert!(
        ran.err.contains("who is a member of profile `A` already"),
        "{}",
        ran.err
    );
    for typed in [
        "p.weir",
        "p.weir p.weir --old p.weir --new p.weir",
        "--old p.weir",
    ] {
        let ran = desk.weir(&format!("diff -m m.json -c s.jsonl {typed}"));
        assert_eq!(ran.status, 2, "{typed}: {}", ran.err);
    }
}
