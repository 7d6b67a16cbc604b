//! `weir rows` and `weir sql`.

use crate::desk::{ACCOUNT, Desk, EMIL, NORA, TASK, people, upsert};

fn desk() -> Desk {
    let desk = Desk::new();
    let owned = format!(r#""ownerid":"{NORA}""#);
    let regarding = format!(r#""regardingobjectid":"{ACCOUNT}","statecode":0"#);
    desk.stream(&[
        people(),
        upsert("2026-03-02T09:00:00Z", "account", ACCOUNT, &owned),
        upsert("2026-03-02T09:00:00Z", "task", TASK, &regarding),
    ]);
    desk
}

#[test]
fn rows_are_the_same_from_engine_and_sql() {
    let desk = desk();
    let expected = format!(
        "{{\"user\":\"{NORA}\",\"rows\":[[\"account\",\"{ACCOUNT}\"],[\"task\",\"{TASK}\"]]}}\n{{\"user\":\"{EMIL}\",\"rows\":[]}}\n"
    );
    for via in ["", "--via sql"] {
        let ran = desk.weir(&format!(
            "rows -m m.json -p p.weir -c s.jsonl --all-users --format json {via}"
        ));
        assert_eq!(
            (ran.out.as_str(), ran.status),
            (expected.as_str(), 0),
            "{}",
            ran.err
        );
    }
}

#[test]
fn one_user_is_found_by_any_name() {
    let desk = desk();
    let expected = format!(
        "{{\"user\":\"{NORA}\",\"rows\":[[\"account\",\"{ACCOUNT}\"],[\"task\",\"{TASK}\"]]}}\n"
    );
    let braced = format!("{{{}}}", NORA.to_uppercase());
    for user in [NORA, &braced, "nora@example.com", "NORA@Example.com"] {
        for via in ["", "--via sql"] {
            let ran = desk.weir(&format!(
                "rows -m m.json -p p.weir -c s.jsonl --user {user} --format json {via}"
            ));
            assert_eq!(
                (ran.out.as_str(), ran.status),
                (expected.as_str(), 0),
                "{user} {via}: {}",
                ran.err
            );
        }
    }
    let ran = desk.weir("rows -m m.json -p p.weir -c s.jsonl --user emil@example.com");
    assert_eq!(ran.out, format!("{EMIL} (emil@example.com): 0 rows\n"));
}

#[test]
fn people_read_lists_and_tables() {
    let desk = desk();
    let ran = desk.weir("rows -m m.json -p p.weir -c s.jsonl --user nora@example.com");
    assert_eq!(
        ran.out,
        format!(
            "{NORA} (nora@example.com): 2 rows\n  account (1)\n    {ACCOUNT}\n  task (1)\n    {TASK}\n"
        )
    );
    let ran = desk.weir("rows -m m.json -p p.weir -c s.jsonl --all-users");
    let words: Vec<Vec<&str>> = ran
        .out
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        words,
        [
            vec!["USER", "NAME", "ROWS", "OF", "WHICH"],
            vec![NORA, "nora@example.com", "2", "1", "account,", "1", "task"],
            vec![EMIL, "emil@example.com", "0"],
        ]
    );
}

#[test]
fn a_database_that_looks_at_the_clock_needs_an_instant() {
    let desk = desk();
    desk.put(
        "p.weir",
        "profile \"F\" { limits modern members { user \"nora@example.com\" } item task { download where due today } }",
    );
    desk.stored();
    let ran = desk.weir("rows -m m.json -p p.weir --all-users --via sql --db x.db");
    assert_eq!(
        (ran.status, ran.err.as_str()),
        (
            2,
            "error: the profiles look at the clock, and no instant is given; say `--until INSTANT`, or give the stream with `--changes`\n"
        )
    );
    let ran = desk.weir("rows -m m.json -p p.weir --all-users --via sql --db y.db");
    assert_eq!(ran.status, 2);
    assert!(!desk.folder.join("y.db").exists(), "nothing is created");
}

#[test]
fn a_database_file_answers_by_guid_and_by_name() {
    let desk = desk();
    desk.stored();
    let expected = format!(
        "{{\"user\":\"{NORA}\",\"rows\":[[\"account\",\"{ACCOUNT}\"],[\"task\",\"{TASK}\"]]}}\n"
    );
    let all = desk.weir("rows -m m.json -p p.weir --via sql --db x.db --all-users --format json");
    let nobody = format!("{{\"user\":\"{EMIL}\",\"rows\":[]}}\n");
    assert_eq!(
        (all.out, all.status),
        (expected.clone() + &nobody, 0),
        "{}",
        all.err
    );
    for user in [NORA, "Nora@EXAMPLE.com"] {
        let typed =
            format!("rows -m m.json -p p.weir --via sql --db x.db --user {user} --format json");
        let ran = desk.weir(&typed);
        assert_eq!(
            (&ran.out, ran.status),
            (&expected, 0),
            "{user}: {}",
            ran.err
        );
    }
    let typed = "sql -m m.json -p p.weir --dialect sqlite --db x.db --entity account --format json";
    let by_name = desk.weir(&format!("{typed} --user nora@example.com"));
    let by_id = desk.weir(&format!("{typed} --user {NORA}"));
    assert_eq!(
        (&by_name.out, by_name.status),
        (&by_id.out, 0),
        "{}",
        by_name.err
    );
    assert!(by_id.out.contains(NORA), "{}", by_id.out);

    desk.put("no.db", "this is no database, however long it may be");
    let ran = desk.weir("rows -m m.json -p p.weir --via sql --db no.db --all-users");
    assert_eq!(ran.status, 1, "{}", ran.err);
    assert!(
        ran.err.starts_with("error: can't read `no.db`"),
        "{}",
        ran.err
    );
}

#[test]
fn statements_are_printed_for_people_and_programs() {
    let desk = desk();
    let map = desk.weir("sql -m m.json -p p.weir --dialect sqlite --format json");
    assert_eq!(map.status, 0, "{}", map.err);
    let statements: Vec<serde_json::Value> = map
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let heads: Vec<(&str, &str)> = statements
        .iter()
        .map(|s| {
            (
                s["kind"].as_str().expect("a kind"),
                s["entity"].as_str().expect("an entity"),
            )
        })
        .collect();
    assert_eq!(heads, [("map", "account"), ("map", "task")]);
    for statement in &statements {
        assert!(
            statement["sql"]
                .as_str()
                .is_some_and(|sql| sql.contains("SELECT"))
        );
        assert!(statement["parameters"].is_array());
    }
    let typed = format!("sql -m m.json -p p.weir --dialect sqlite --user {NORA} --entity task");
    let rows = desk.weir(&format!("{typed} --format json"));
    let statement: serde_json::Value = serde_json::from_str(&rows.out).expect("one statement");
    assert_eq!(statement["kind"], "rows");
    assert_eq!(statement["entity"], "task");
    let parameters = statement["parameters"].as_array().expect("a list");
    assert!(
        parameters
            .iter()
            .any(|parameter| parameter["value"] == NORA),
        "{parameters:?}"
    );
    let text = desk.weir(&typed);
    assert!(
        text.out.starts_with("-- task: the rows of one user\n"),
        "{}",
        text.out
    );
    assert!(text.out.contains(&format!("\"{NORA}\"")), "{}", text.out);
}

#[test]
fn partition_tables_have_statements() {
    let desk = desk();
    let ran = desk.weir(
        "sql -m m.json -p p.weir --dialect postgres --kind partition --at 2026-03-02T09:00:00Z --keep 2026-02-01T00:00:00Z --format json",
    );
    assert_eq!(ran.status, 0, "{}", ran.err);
    let lines: Vec<serde_json::Value> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let first = lines.first().expect("a statement");
    assert_eq!(first["kind"], "partition");
    assert_eq!(first["sql"], r#"CREATE SCHEMA IF NOT EXISTS "weir""#);
    let value = |name: &str| {
        let parameters = lines
            .iter()
            .filter_map(|line| line["parameters"].as_array());
        let mut parameters = parameters.flatten();
        let found = parameters.find(|parameter| parameter["name"] == name);
        found.map(|parameter| parameter["value"].clone())
    };
    assert_eq!(value("at").expect("at"), "2026-03-02T09:00:00.000Z");
    assert_eq!(value("keep").expect("keep"), "2026-02-01T00:00:00.000Z");

    let ran = desk.weir(&format!(
        "sql -m m.json -p p.weir --dialect tsql --kind changes --user {NORA} --since 3 --format json"
    ));
    let line: serde_json::Value = serde_json::from_str(&ran.out).expect("one line");
    assert_eq!(
        (&line["kind"], &line["entity"]),
        (&"changes".into(), &serde_json::Value::Null)
    );
    let ran =
        desk.weir("sql -m m.json -p p.weir --dialect sqlite --kind partition --entity account");
    assert_eq!(ran.status, 2);
    assert!(
        ran.err
            .contains("the partition tables are of all users and entities"),
        "{}",
        ran.err
    );
}

#[test]
fn indexes_are_advised_with_their_reasons() {
    let desk = desk();
    let ran = desk.weir("sql -m m.json -p p.weir --dialect postgres --advise --format json");
    assert_eq!(ran.status, 0, "{}", ran.err);
    let lines: Vec<serde_json::Value> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let owner = lines
        .iter()
        .find(|line| {
            line["entity"] == "account" && line["columns"] == serde_json::json!(["ownerid"])
        })
        .expect("an index of owners");
    let sql = owner["sql"].as_str().expect("SQL");
    assert!(
        sql.starts_with("CREATE INDEX IF NOT EXISTS \"weir_"),
        "{sql}"
    );
    assert!(
        owner["reasons"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
    );
    let ran = desk.weir("sql -m m.json -p p.weir --dialect sqlite --advise");
    assert!(ran.out.contains("-- profile `"), "{}", ran.out);
}

#[test]
fn one_statement_is_of_all_entities() {
    let desk = desk();
    let sql = "sql -m m.json -p p.weir --dialect postgres --format json --together";
    for kind in ["rows", "map"] {
        let ran = desk.weir(&format!("{sql} --kind {kind}"));
        assert_eq!((ran.out.lines().count(), ran.status), (1, 0), "{}", ran.err);
        let statement: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
        assert_eq!(statement["entity"], serde_json::Value::Null);
        let names = statement["parameters"].as_array().expect("parameters");
        let names = names.iter().filter(|parameter| {
            let name = parameter["name"].as_str().expect("a name");
            name == "entity" || name.starts_with("entity#")
        });
        let values: Vec<&str> = names.filter_map(|name| name["value"].as_str()).collect();
        assert_eq!(values, ["account", "task"]);
    }
    for wrong in ["--entity account", "--kind partition"] {
        assert_eq!(desk.weir(&format!("{sql} {wrong}")).status, 2, "{wrong}");
    }
}
