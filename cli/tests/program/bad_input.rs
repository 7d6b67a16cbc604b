//! Wrong input, end to end: status, place, what is said, and what stays said.

use crate::desk::{ACCOUNT, Desk, METADATA, NORA, delta, people, upsert};

/// A stream whose third line is wrong: the delta of the second stays said.
fn refused(third: &str, code: &str, place: &str, message: &str) {
    let desk = Desk::new();
    let owned = format!(r#""ownerid":"{NORA}""#);
    let lines = [
        people(),
        upsert("2026-03-02T09:00:00Z", "account", ACCOUNT, &owned),
    ];
    let mut stream = (lines.join("\n") + "\n").into_bytes();
    stream.extend_from_slice(third.as_bytes());
    desk.put("s.jsonl", &stream);
    let ran = desk.run("");
    let said = delta("2026-03-02T09:00:00Z", NORA, &[("account", ACCOUNT)], &[]);
    assert_eq!((ran.status, &ran.out), (1, &said), "{third}: {}", ran.err);
    let head = format!("error[{code}]: {message}\n");
    assert!(ran.err.contains(&head), "{head} in {}", ran.err);
    assert!(
        ran.err.contains(&format!("--> {place}\n")),
        "{place} in {}",
        ran.err
    );
    assert!(ran.err.contains('^'), "{}", ran.err);

    let json = desk.run("--format json");
    assert_eq!((json.status, &json.out), (1, &said));
    let found: serde_json::Value =
        serde_json::from_str(json.err.lines().last().expect("a finding")).expect("JSON");
    assert_eq!(found["code"], code);
    assert_eq!(found["severity"], "error");
    assert_eq!(found["message"], message);
    let at = format!(
        "{}:{}:{}",
        found["file"].as_str().expect("a file"),
        found["line"],
        found["column"]
    );
    assert_eq!(at, place);
}

#[test]
fn a_broken_line_stops_with_its_place() {
    refused(
        "{\"at\":",
        "E0701",
        "s.jsonl:3:7",
        "not JSON: EOF while parsing a value",
    );
}

#[test]
fn an_entity_that_the_metadata_lacks() {
    let line = upsert("2026-03-02T10:00:00Z", "acount", ACCOUNT, "");
    refused(
        &line,
        "E0712",
        "s.jsonl:3:65",
        "the metadata has no entity `acount`",
    );
}

#[test]
fn an_attribute_that_the_metadata_lacks() {
    let line = upsert(
        "2026-03-02T10:00:00Z",
        "account",
        ACCOUNT,
        r#""name":"é","nam":1"#,
    );
    refused(
        &line,
        "E0713",
        "s.jsonl:3:140",
        "`account` has no attribute `nam` in the metadata",
    );
}

#[test]
fn a_value_of_the_wrong_type() {
    let line = upsert(
        "2026-03-02T10:00:00Z",
        "account",
        ACCOUNT,
        r#""revenue":"much""#,
    );
    refused(
        &line,
        "E0716",
        "s.jsonl:3:139",
        "`\"much\"` is no value of `revenue`, of type money",
    );
}

#[test]
fn time_that_goes_backwards() {
    refused(
        r#"{"at":"2026-03-02T08:59:59.999Z"}"#,
        "E0710",
        "s.jsonl:3:7",
        "time goes back: `2026-03-02T08:59:59.999Z` comes after `2026-03-02T09:00:00Z`",
    );
}

#[test]
fn a_published_file_that_is_not_there() {
    refused(
        r#"{"at":"2026-03-02T10:00:00Z","publish":["new.weir"]}"#,
        "E0690",
        "s.jsonl:3:41",
        "can't read `new.weir`: there is no such file or folder",
    );
}

#[test]
fn a_published_set_with_errors_takes_the_whole_transaction_with_it() {
    let desk = Desk::new();
    desk.put("good.weir", crate::desk::PROFILE);
    desk.put(
        "bad.weir",
        "profile \"New\" { item acount { download all } }",
    );
    let owned = format!(r#""ownerid":"{NORA}""#);
    let line = upsert("2026-03-02T09:00:00Z", "account", ACCOUNT, &owned);
    let line = line.replacen('{', r#"{"publish":["good.weir","bad.weir"],"#, 1);
    desk.stream(&[people(), line]);
    let ran = desk.run("");
    assert_eq!((ran.status, ran.out.as_str()), (1, ""));
    assert!(
        ran.err.contains("error[E0301]: unknown entity `acount`\n"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("--> bad.weir:1:22\n"), "{}", ran.err);
    assert!(
        ran.err
            .contains("error[E0691]: the published set has errors\n"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("--> s.jsonl:2:13\n"), "{}", ran.err);
}

#[test]
fn bytes_that_are_no_text() {
    let desk = Desk::new();
    let mut stream = (people() + "\n").into_bytes();
    stream.extend_from_slice("{\"at\":\"é".as_bytes());
    stream.extend_from_slice(b"\xFF\"}");
    desk.put("s.jsonl", &stream);
    let ran = desk.run("");
    assert_eq!(ran.status, 1);
    assert!(
        ran.err
            .contains("error[E0702]: these bytes are not UTF-8\n"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("--> s.jsonl:2:9\n"), "{}", ran.err);

    desk.put("p.weir", b"profile \"F\xC3");
    let ran = desk.weir("check p.weir");
    assert_eq!(ran.status, 1);
    assert!(
        ran.out.contains("error[E0190]: this byte is not UTF-8\n"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("--> p.weir:1:11\n"), "{}", ran.out);
    assert!(
        ran.out.contains("= help: save the file as UTF-8\n"),
        "{}",
        ran.out
    );
}

#[test]
fn a_long_line_is_drawn_around_its_place() {
    let desk = Desk::new();
    let values = format!(r#""name":"{}","size":"wrong""#, "x".repeat(5_000));
    desk.stream(&[
        people(),
        upsert("2026-03-02T09:00:00Z", "account", ACCOUNT, &values),
    ]);
    let ran = desk.run("");
    assert_eq!(ran.status, 1);
    assert!(ran.err.contains("--> s.jsonl:2:5139\n"), "{}", ran.err);
    assert!(
        ran.err.len() < 1_000 && ran.err.contains("^^^^^^"),
        "{}",
        ran.err
    );
}

#[test]
fn profiles_with_errors_stop_before_anything_runs() {
    let desk = Desk::new();
    desk.put(
        "p.weir",
        "profile \"Field\" { item acount { download mine } }",
    );
    // The stream does not even have to be there.
    let ran = desk.run("");
    assert_eq!((ran.status, ran.out.as_str()), (1, ""));
    assert!(
        ran.err.contains("error[E0301]: unknown entity `acount`\n"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("--> p.weir:1:24\n"), "{}", ran.err);
}

#[test]
fn deep_nesting_meets_a_limit() {
    let desk = Desk::new();
    let (open, close) = ("(".repeat(100_000), ")".repeat(100_000));
    desk.put(
        "p.weir",
        format!(
            "profile \"F\" {{ item account {{ download where {open}statecode eq 0{close} }} }}"
        ),
    );
    let ran = desk.weir("check p.weir -m m.json --format json");
    assert_eq!(ran.status, 1, "{}", ran.err);
    let found: serde_json::Value =
        serde_json::from_str(ran.out.lines().next().expect("a finding")).expect("JSON");
    assert!(
        found["code"]
            .as_str()
            .is_some_and(|code| code.starts_with('E')),
        "{found}"
    );
    assert_eq!(found["line"], 1);
}

#[test]
fn a_privilege_of_no_depth() {
    let values = r#""entity":"account","depth":"Global""#;
    refused(
        &upsert("2026-03-02T10:00:00Z", "roleprivilege", ACCOUNT, values),
        "E0719",
        "s.jsonl:3:162",
        "`Global` is not the depth of a privilege",
    );
}

/// The codes of what `check` finds.
fn codes(desk: &Desk, typed: &str) -> Vec<String> {
    let ran = desk.weir(&format!("check {typed} --format json"));
    let lines = ran.out.lines();
    let found = lines.map(|line| serde_json::from_str(line).expect("JSON"));
    found
        .filter_map(|found: serde_json::Value| found["code"].as_str().map(str::to_owned))
        .collect()
}

#[test]
fn one_mistake_is_one_error() {
    let desk = Desk::new();
    for (item, code) in [
        ("item account { download where name eq null }", "E0104"),
        ("item account { download where name in () }", "E0104"),
        ("item account { download where () }", "E0104"),
        ("item account { download where any task }", "E0104"),
        ("item account { download foo }", "E0104"),
        ("item account { downlaod all }", "E0105"),
        ("item `` { download all }", "E0110"),
        ("item account { download where name eq \"a\0b\" }", "E0101"),
        (
            "item account { download mine include tsak via Account_Tasks } item task { download related }",
            "E0301",
        ),
        (
            "item account { download mine include task } item task { download related }",
            "E0104",
        ),
        ("item account { download related where name null }", "E0403"),
        (
            "item account { download where any task via Account_Tasks }",
            "E0912",
        ),
    ] {
        desk.put("p.weir", format!("profile \"P\" {{ {item} }}"));
        assert_eq!(codes(&desk, "p.weir -m m.json"), [code], "{item}");
    }
}

#[test]
fn metadata_that_cant_be_read_is_all_that_is_said() {
    let desk = Desk::new();
    for (text, code) in [
        (&b"{\"entities\":"[..], "E0201"),
        (b"", "E0201"),
        (b"\xff", "E0190"),
    ] {
        desk.put("m.json", text);
        assert_eq!(codes(&desk, "p.weir -m m.json"), [code]);
    }
}

#[test]
fn metadata_given_as_a_profile_is_told_apart() {
    let desk = Desk::new();
    let ran = desk.weir("check p.weir m.json -m m.json");
    assert_eq!(ran.status, 1);
    let said = "error[E0191]: this is no profile, but JSON
 --> m.json:1:1
  |
1 | {\"entities\":[
  | ^
  |
  = help: give metadata with `--metadata`, once for each file
";
    assert!(ran.out.contains(said), "{}", ran.out);
}

#[test]
fn a_filter_of_the_metadata_has_its_place_there() {
    let desk = Desk::new();
    let (start, end) = METADATA.split_once("\"attributes\"").expect("an entity");
    let with = |filter: &str| format!("{start}\"offline_filter\":\n{filter},\"attributes\"{end}");
    desk.put("m.json", with("\"statecode eq 0 and nme null\""));
    let ran = desk.weir("check p.weir -m m.json");
    let said = "error[E0302]: `account` has no attribute `nme`
 --> m.json:3:21
  |
3 | \"statecode eq 0 and nme null\",";
    assert!(ran.out.contains(said), "{}", ran.out);
    // With escapes it has another text there; a label shows where.
    desk.put("m.json", with("\"nme eq \\\"a\\\"\""));
    let ran = desk.weir("check p.weir -m m.json");
    assert!(
        ran.out.contains(" --> offline_filter of account:1:1\n"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("it stands here"), "{}", ran.out);
}

#[test]
fn a_user_whom_two_profiles_name_is_refused_at_a_publish() {
    let desk = Desk::new();
    desk.put(
        "q.weir",
        format!(
            "profile \"A\" {{ members {{ user \"{NORA}\" }} item account {{ download mine }} }}"
        ),
    );
    let publish = r#"{"at":"2026-03-02T09:00:00Z","publish":["p.weir","q.weir"]}"#;
    desk.stream(&[people(), publish.to_owned()]);
    for command in ["run -c s.jsonl", "rows --all-users -c s.jsonl --via sql"] {
        let ran = desk.weir(&format!("{command} -m m.json -p p.weir"));
        assert_eq!(ran.status, 1, "{}", ran.err);
        let said = format!(
            "error[E0602]: `nora@example.com` is the user {NORA}, who is a member of profile `A` already"
        );
        assert!(ran.err.contains(&said), "{}", ran.err);
        assert!(ran.err.contains("error[E0691]"), "{}", ran.err);
        assert!(ran.err.contains("s.jsonl:2:1"), "{}", ran.err);
    }
    // Unless the line itself takes the user away.
    let last = publish.replace(
        "\"publish\"",
        &format!("\"changes\":[{{\"op\":\"delete\",\"entity\":\"systemuser\",\"id\":\"{NORA}\"}}],\"publish\""),
    );
    desk.stream(&[people(), last]);
    let ran = desk.weir("run -m m.json -p p.weir -c s.jsonl");
    assert_eq!(ran.status, 0, "{}", ran.err);
}

#[test]
fn security_given_twice_is_told() {
    let desk = Desk::new();
    desk.put(
        "m.json",
        METADATA.replacen('{', "{\"security\":\"roles\",", 1),
    );
    desk.put("o.weir", "organization { security open }");
    let ran = desk.weir("check p.weir o.weir -m m.json");
    assert_eq!(ran.status, 0);
    let said = "warning[W0502]: `security open` holds, though the metadata says `roles`
 --> o.weir:1:25";
    assert!(ran.out.contains(said), "{}", ran.out);
}

#[test]
fn an_encoding_is_the_input_s_mistake() {
    let desk = Desk::new();
    let other = METADATA.replacen(
        "\"type\":\"string\"",
        "\"type\":\"string\",\"encoding\":\"ebcdic\"",
        1,
    );
    desk.put("m.json", other);
    desk.put(
        "p.weir",
        "profile \"P\" { item account { download where name null } }",
    );
    let ran = desk.weir("sql -m m.json -p p.weir --dialect sqlite");
    assert_eq!(ran.status, 1);
    assert!(
        ran.err.ends_with(
            "which is not supported; leave `encoding` out: there is none but the storage convention\n"
        ),
        "{}",
        ran.err
    );
}

#[test]
fn what_is_typed_wrong_has_a_way_out() {
    let desk = Desk::new();
    desk.stream(&[people()]);
    for (typed, message) in [
        (
            "check nope.weir",
            "error: can't read `nope.weir`: there is no such file or folder; check the path\n",
        ),
        (
            "run -m m.json -p p.weir",
            "error: `--changes` is missing; name the stream, or `-` for standard input\n",
        ),
        (
            "run -m m.json -p p.weir -c nope.jsonl",
            "error: can't read `nope.jsonl`: there is no such file or folder; check the path\n",
        ),
        (
            "run -m m.json -p p.weir -c s.jsonl --until soon",
            "error: `soon` is no value of `--until`; write an ISO 8601 date and time, as in `2026-03-02T08:00:00Z`\n",
        ),
        (
            "sql -m m.json -p p.weir --dialect sqlite --user nora@example.com",
            "error: `nora@example.com` is no GUID, and names are looked up in data; give the user's GUID, or the data with `--db`\n",
        ),
        (
            "sql -m m.json -p p.weir --dialect sqlite --entity acount",
            "error: the metadata has no entity `acount`; name an entity by its logical name\n",
        ),
        (
            "rows -m m.json -p p.weir -c s.jsonl --user zoe",
            "error: no user in the data is named `zoe`; name a domain name, an e-mail address or a GUID\n",
        ),
        (
            "rows -m m.json -p p.weir --all-users --via sql",
            "error: `--via sql` has no rows to look at; name a database with `--db`, or a stream with `--changes`\n",
        ),
    ] {
        let ran = desk.weir(typed);
        assert_eq!((ran.status, ran.err.as_str()), (2, message), "{typed}");
    }
    let clap = desk.weir("chek p.weir");
    assert_eq!(clap.status, 2);
    assert!(
        clap.err.contains("a similar subcommand exists: 'check'"),
        "{}",
        clap.err
    );
}
