//! `weir sql --advise`: the indexes, and what SQLite's planner says of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rusqlite::Connection;
use serde_json::Value as Json;

use crate::desk::{ACCOUNT, Desk, EMIL, NORA, TASK, people, upsert};
use crate::sync_sqlite;

const PROFILE: &str = r#"profile "Field" {
  members { user "nora@example.com"  user "emil@example.com" }
  item account { download where ownerid eq-userid and name eq "blue"  include task via Account_Tasks }
  item task { download related }
}
"#;

/// The values of an account.
pub(crate) fn account_of(owner: &str, name: &str) -> String {
    format!(r#""ownerid":"{owner}","name":"{name}""#)
}

/// A desk with 12,000 accounts, three of which are Emil's and blue.
pub(crate) fn big() -> Desk {
    let desk = Desk::new();
    desk.put("p.weir", PROFILE);
    let mut line = r#"{"at":"2026-03-02T09:00:00Z","changes":["#.to_owned();
    for n in 0..12_000_u32 {
        let (owner, name) = match n {
            0..3 => (EMIL, "BLUE".to_owned()),
            _ => (NORA, format!("n{n}")),
        };
        let comma = if n == 0 { "" } else { "," };
        let values = account_of(owner, &name);
        let _ = write!(
            line,
            r#"{comma}{{"op":"upsert","entity":"account","id":"{n:08x}-0000-0000-0000-0000000000a1","values":{{{values}}}}}"#
        );
    }
    desk.stream(&[people(), line + "]}"]);
    desk
}

#[test]
fn indexes_are_printed_with_their_reasons() {
    let desk = Desk::new();
    desk.put("p.weir", PROFILE);
    let ran = desk.weir("sql -m m.json -p p.weir --advise --dialect postgres");
    assert_eq!(
        (ran.out.as_str(), ran.status),
        (
            r#"-- profile `Field`, item `account`, filter: name eq "blue"
CREATE INDEX IF NOT EXISTS "weir_account__name" ON "public"."account" (("weir"."fold"("name") COLLATE "C"));

-- profile `Field`, item `account`, filter: ownerid is the user
CREATE INDEX IF NOT EXISTS "weir_account__ownerid" ON "public"."account" ("ownerid");

-- profile `Field`, item `account`, association `Account_Tasks`: task.regardingobjectid links to account.accountid
-- profile `Field`, item `task`: task.regardingobjectid links to account.accountid
CREATE INDEX IF NOT EXISTS "weir_task__regardingobjectid" ON "public"."task" ("regardingobjectid");

"#,
            0
        ),
        "{}",
        ran.err
    );
    assert_eq!(
        ran.err,
        "note: an index of `weir.fold` needs what `--kind install` gives, and goes with it\n"
    );
    let ran = desk.weir("sql -m m.json -p p.weir --advise --dialect mariadb --format json");
    let first = ran.out.lines().next().expect("a line");
    assert_eq!(
        first,
        r#"{"entity":"account","columns":["ownerid"],"name":"weir_account__ownerid","sql":"CREATE INDEX IF NOT EXISTS `weir_account__ownerid` ON `account` (`ownerid`)","reasons":["profile `Field`, item `account`, filter: ownerid is the user"]}"#
    );
    assert!(
        ran.err.contains("no index of `account` (name)"),
        "{}",
        ran.err
    );
}

#[test]
fn advice_that_is_asked_for_wrong_has_a_way_out() {
    let desk = big();
    desk.stored();
    for (typed, said) in [
        ("sql -m m.json -p p.weir --advise", "--dialect <DIALECT>"),
        (
            "sql -m m.json -p p.weir --advise --try --dialect sqlite",
            "--db <DATABASE>",
        ),
        ("sql -m m.json -p p.weir --try --db x.db", "--advise"),
        (
            "sql -m m.json -p p.weir --advise --kind map --db x.db",
            "cannot be used with",
        ),
        (
            "sql -m m.json -p p.weir --advise --dialect tsql --db x.db",
            "error: the database speaks SQLite, not T-SQL; leave `--dialect` out, or `--db`\n",
        ),
        (
            "sql -m m.json -p p.weir --advise --db y.db",
            "there is no such file",
        ),
    ] {
        let ran = desk.weir(typed);
        assert_eq!(ran.status, 2, "{typed}: {}", ran.err);
        assert!(ran.err.contains(said), "{typed}: {}", ran.err);
    }
    desk.put(
        "p.weir",
        "profile \"F\" { limits modern  item task { download where due today } }",
    );
    let ran = desk.weir("sql -m m.json -p p.weir --advise --db x.db");
    let said =
        "error: the profiles look at the clock, and no instant is given; say `--at INSTANT`\n";
    assert_eq!((ran.status, ran.err.as_str()), (2, said));
}

/// What a planner says of the statements, and what is said beside.
pub(crate) fn planned(desk: &Desk, typed: &str) -> (BTreeMap<String, Json>, String) {
    let ran = desk.weir(&format!(
        "sql -m m.json -p p.weir --advise --format json {typed}"
    ));
    assert_eq!(ran.status, 0, "{}", ran.err);
    let lines = ran.out.lines();
    let lines = lines.map(|line| serde_json::from_str::<Json>(line).expect("JSON"));
    let plans = lines.filter(|line| line["kind"] == "rows");
    let by_entity = plans.map(|line| (line["entity"].as_str().expect("a name").to_owned(), line));
    (by_entity.collect(), ran.err)
}

/// The tables that a plan reads whole.
fn scanned(plan: &Json) -> Vec<&str> {
    let scans = plan["scans"].as_array().expect("scans").iter();
    scans
        .map(|scan| scan["table"].as_str().expect("a name"))
        .collect()
}

/// With the indexes, three of 12,000 accounts are found without reading all; without, none are.
pub(crate) fn reads_less_with_the_indexes(desk: &Desk, typed: &str) {
    let (plain, err) = planned(desk, typed);
    let account = &plain["account"];
    assert!(scanned(&account["now"]).contains(&"account"), "{account}");
    assert!(account["now"]["actual"].is_null(), "{account}");
    assert!(account["advised"].is_null(), "{account}");
    let warning = "the rows of `account`, `task` read all 12000 rows of the table `account`";
    assert!(err.contains(warning), "{err}");

    let (tried, err) = planned(desk, &format!("{typed} --try"));
    let account = &tried["account"];
    assert!(scanned(&account["now"]).contains(&"account"), "{account}");
    assert_eq!(account["now"]["actual"], 3, "{account}");
    let advised = &account["advised"];
    assert_eq!(advised["actual"], 3, "{account}");
    assert!(!scanned(advised).contains(&"account"), "{account}");
    let used = advised["indexes"].to_string();
    assert!(used.contains("weir_account__"), "{account}");
    assert!(!err.contains("of the table `account`"), "{err}");
    assert!(err.contains("rolled back"), "{err}");
}

#[test]
fn sqlite_reads_less_with_the_indexes_and_keeps_none() {
    let desk = big();
    desk.stored();
    let file = || std::fs::read(desk.folder.join("x.db")).expect("the file");
    let before = file();
    let typed = format!("--db x.db --user {EMIL}");
    reads_less_with_the_indexes(&desk, &typed);
    assert!(before == file(), "the trial is rolled back");
}

#[test]
fn people_read_a_table() {
    let desk = big();
    desk.stored();
    let ran = desk.weir(&format!(
        "sql -m m.json -p p.weir --advise --try --db x.db --user {EMIL}"
    ));
    let table = ran
        .out
        .lines()
        .skip_while(|line| !line.contains("EXPECTED"));
    // Times differ.
    let words = table.map(|line| {
        let words = line.split_whitespace();
        words.filter(|word| word.parse::<f64>().is_err() || !word.contains('.'))
    });
    let words: Vec<Vec<&str>> = words.map(Iterator::collect).collect();
    let expected: Vec<Vec<&str>> = [
        "STATEMENT INDEXES EXPECTED ROWS MS READ WHOLE BY",
        "rows of account as they are - 3 account (12000)",
        "rows of account advised - 3 weir_account__name",
        "rows of task as they are - 0 account (12000), task (0)",
        "rows of task advised - 0 weir_account__name, weir_task__regardingobjectid",
    ]
    .map(|line| line.split_whitespace().collect())
    .into();
    assert_eq!(words, expected, "{}", ran.out);
}

/// 12,000 accounts and as many tasks, which belong together by texts.
pub(crate) fn texts() -> Desk {
    let desk = Desk::new();
    desk.put(
        "m.json",
        r#"{"entities":[
  {"name":"account","ownership":"user-or-team","attributes":[{"name":"name","type":"string"},{"name":"code","type":"string"}]},
  {"name":"task","ownership":"user-or-team","activity":true,"attributes":[{"name":"accountcode","type":"string"}]}]}"#,
    );
    desk.put(
        "p.weir",
        r#"profile "Texts" {
  limits modern
  members { user "nora@example.com" }
  item account { download where name eq "blue" }
  item task { download where any account on code = accountcode (name in ("blue", "red")) }
}
"#,
    );
    let mut changes = Vec::new();
    for n in 0..12_000_u32 {
        let name = match n {
            0..3 => "BLUE".to_owned(),
            3 => "Réd".to_owned(),
            _ => format!("n{n}"),
        };
        for (entity, digit, values) in [
            ("account", 'a', format!(r#""name":"{name}","code":"c{n}""#)),
            ("task", 'b', format!(r#""accountcode":"Ç{n}""#)),
        ] {
            changes.push(format!(
                r#"{{"op":"upsert","entity":"{entity}","id":"{n:08x}-0000-0000-0000-0000000000{digit}1","values":{{{values}}}}}"#
            ));
        }
    }
    let changes = changes.join(",");
    let line = format!(r#"{{"at":"2026-03-02T09:00:00Z","changes":[{changes}]}}"#);
    desk.stream(&[people(), line]);
    desk
}

/// The statements find texts by the indexes of what they fold to: by one value, several, and along
/// a link.
pub(crate) fn folded_texts_are_found_by_indexes(desk: &Desk, typed: &str) {
    let (tried, err) = planned(desk, &format!("{typed} --try --user {NORA}"));
    for (entity, rows, indexes) in [
        ("account", 3, &["weir_account__name"][..]),
        ("task", 4, &["weir_account__name", "weir_task__accountcode"]),
    ] {
        let plan = &tried[entity];
        assert_eq!(plan["now"]["actual"], rows, "{plan}");
        assert_eq!(plan["advised"]["actual"], rows, "{plan}");
        assert!(!scanned(&plan["advised"]).contains(&"account"), "{plan}");
        assert!(!scanned(&plan["advised"]).contains(&"task"), "{plan}");
        for index in indexes {
            let used = plan["advised"]["indexes"].to_string();
            assert!(used.contains(index), "{index}: {plan}");
        }
    }
    assert!(!err.contains("warning"), "{err}");
}

#[test]
fn sqlite_finds_folded_texts_by_indexes() {
    let desk = texts();
    desk.stored();
    folded_texts_are_found_by_indexes(&desk, "--db x.db");
}

#[test]
fn what_a_database_lacks_for_advice_is_said() {
    let desk = big();
    desk.stored();
    let typed = "sql -m m.json -p p.weir --advise --try --db x.db";
    let file = Connection::open(desk.folder.join("x.db")).expect("the file");
    // An index of that name of something else is in the way of none; a table is.
    file.execute_batch(r#"CREATE TABLE "weir_account__name" (x)"#)
        .expect("a table");
    let ran = desk.weir(typed);
    let said = "error: can't create the index `weir_account__name`: the database says: there is already a table named weir_account__name";
    assert_eq!(ran.status, 1, "{}", ran.err);
    assert!(ran.err.contains(said), "{}", ran.err);
    assert!(ran.err.contains("leave `--try` out"), "{}", ran.err);
    file.execute_batch("DROP TABLE task").expect("dropped");
    let ran = desk.weir("sql -m m.json -p p.weir --advise --db x.db");
    let said = "error: the database has no table `task`, which the profiles need; the database must follow the storage convention of the metadata\n";
    assert_eq!((ran.status, ran.err.as_str()), (1, said));
}

/// What everybody holds by the engine, as the examples print it.
pub(crate) fn held(desk: &Desk) -> Vec<String> {
    let ran = desk.weir("rows -m m.json -p p.weir -c s.jsonl --all-users --format json");
    assert_eq!(ran.status, 0, "{}", ran.err);
    let mut lines = Vec::new();
    for line in ran.out.lines() {
        let line: Json = serde_json::from_str(line).expect("JSON");
        for row in line["rows"].as_array().expect("rows") {
            let [user, entity, id] =
                [&line["user"], &row[0], &row[1]].map(|text| text.as_str().expect("a text"));
            lines.push(format!("{user} {entity} {id}"));
        }
    }
    assert!(lines.len() > 1, "{lines:?}");
    lines
}

#[test]
fn the_example_gives_a_users_rows() {
    let desk = Desk::new();
    let at = "2026-03-02T09:00:00Z";
    let regarding = format!(r#""regardingobjectid":"{ACCOUNT}","statecode":0"#);
    desk.stream(&[
        people(),
        upsert(at, "account", ACCOUNT, &account_of(NORA, "a")),
        upsert(at, "task", TASK, &regarding),
    ]);
    desk.stored();
    let path = |name: &str| desk.folder.join(name).display().to_string();
    let typed = |user: &str| {
        [
            path("m.json"),
            path("p.weir"),
            path("x.db"),
            user.to_owned(),
            at.to_owned(),
        ]
    };
    let mut lines = Vec::new();
    for user in [NORA, EMIL] {
        let mut out = Vec::new();
        sync_sqlite::sync(&typed(user), &mut out).expect("rows");
        let out = String::from_utf8(out).expect("text");
        lines.extend(out.lines().map(|line| format!("{user} {line}")));
    }
    assert_eq!(lines, held(&desk));
}
