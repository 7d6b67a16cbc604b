//! `weir check`: findings as rustc draws them, as JSON, and the closing line.

use crate::desk::Desk;

#[test]
fn findings_are_drawn_with_their_source() {
    let desk = Desk::new();
    desk.put(
        "bad.weir",
        "profile \"Field\" {\n  item acount { download mine }\n}\n",
    );
    let ran = desk.weir("check bad.weir --metadata m.json");
    assert_eq!(ran.status, 1);
    let expected = "\
error[E0301]: unknown entity `acount`
 --> bad.weir:2:8
  |
2 |   item acount { download mine }
  |        ^^^^^^
  |
help: did you mean `account`?
  |
2 |   item account { download mine }
  |          +
";
    assert!(ran.out.starts_with(expected), "{}", ran.out);
    assert!(
        ran.out.ends_with("\n1 file: 1 error, 0 warnings\n"),
        "{}",
        ran.out
    );
    assert_eq!(ran.err, "");
}

#[test]
fn findings_are_objects_in_json() {
    let desk = Desk::new();
    desk.put(
        "bad.weir",
        "profile \"Field\" {\n  item acount { download mine }\n}\n",
    );
    let ran = desk.weir("check bad.weir --metadata m.json --format json");
    let lines: Vec<serde_json::Value> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(
        lines,
        [
            serde_json::json!({
                "code": "E0301", "severity": "error", "message": "unknown entity `acount`",
                "file": "bad.weir", "line": 2, "column": 8, "end_line": 2, "end_column": 14,
                "help": "did you mean `account`?", "labels": [],
                "suggestion": {
                    "file": "bad.weir", "line": 2, "column": 8, "end_line": 2, "end_column": 14,
                    "replacement": "account",
                },
            }),
            serde_json::json!({
                "files": 1, "errors": 1, "warnings": 0, "metadata": true,
                "conditions": null, "left_out": null,
            }),
        ]
    );
}

#[test]
fn without_metadata_only_the_syntax_is_checked() {
    let desk = Desk::new();
    desk.put(
        "bad.weir",
        "profile \"Field\" { item acount { download mine } }",
    );
    let ran = desk.weir("check bad.weir");
    assert_eq!(
        (ran.status, ran.out.as_str()),
        (
            0,
            "1 file clean; syntax only: with `--metadata` names, types and rules are checked too\n"
        )
    );
    desk.put("bad.weir", "profile \"Field");
    let ran = desk.weir("check bad.weir");
    assert_eq!(ran.status, 1);
    assert!(
        ran.out.contains("--> bad.weir:1:9\n"),
        "an unclosed text has a place: {}",
        ran.out
    );
}

#[test]
fn lenient_says_what_is_left_out() {
    let desk = Desk::new();
    desk.put(
        "p.weir",
        "profile \"F\" { item account { download where statecode eq 0 and colour eq 1 } }",
    );
    assert_eq!(desk.weir("check p.weir -m m.json").status, 1);
    let ran = desk.weir("check p.weir -m m.json --lenient");
    assert_eq!(ran.status, 0);
    assert!(
        ran.out.ends_with("; 1 of 2 conditions left out\n"),
        "{}",
        ran.out
    );
    assert_eq!(
        ran.err,
        "note: security is open: what users may read is not looked at\n"
    );
}

#[test]
fn an_ownership_that_sql_makes_look_wrong_is_put_right() {
    let desk = Desk::new();
    desk.put(
        "tables.sql",
        "create table site (siteid uuid primary key, name text, businessunitid uuid);",
    );
    let profile = "profile \"F\" { item site { download business-unit } }\n";
    let organization = "organization { entity site { offline on } }\n";
    desk.put("p.weir", format!("{profile}{organization}"));
    let ran = desk.weir("check p.weir -m tables.sql");
    assert_eq!(ran.status, 1);
    let expected = "error[E0402]: `business-unit` is not for `site`, which the organisation owns\n";
    assert!(ran.out.starts_with(expected), "{}", ran.out);
    let organization = organization.replace("on }", "on ownership business }");
    desk.put("p.weir", format!("{profile}{organization}"));
    let ran = desk.weir("check p.weir -m tables.sql");
    assert_eq!((ran.status, ran.out.as_str()), (0, "1 file clean\n"));
}

#[test]
fn folders_stand_for_their_profiles() {
    let desk = Desk::new();
    desk.put(
        "set/b.weir",
        "profile \"B\" { item account { download mine } }",
    );
    desk.put(
        "set/a.weir",
        "profile \"A\" { item acount { download mine } }",
    );
    desk.put("set/notes.txt", "no profile");
    let ran = desk.weir("check set -m m.json --format json");
    assert!(ran.out.contains(r#""file":"set/a.weir""#), "{}", ran.out);
    assert!(ran.out.contains(r#""files":2"#), "{}", ran.out);
    desk.put("empty/notes.txt", "no profile");
    let ran = desk.weir("check empty");
    assert_eq!(
        (ran.status, ran.err.as_str()),
        (
            2,
            "error: `empty` holds no profiles; put `.weir` files there, or name a file\n"
        )
    );
}
