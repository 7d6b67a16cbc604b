//! `weir init` and `weir demo`.

use crate::desk::Desk;

#[test]
fn the_starter_checks_clean_and_runs() {
    let desk = Desk::new();
    let ran = desk.weir("init start");
    assert_eq!(ran.status, 0, "{}", ran.err);
    let typed: Vec<&str> = ran
        .out
        .lines()
        .filter_map(|line| line.trim().strip_prefix("weir "))
        .collect();
    assert_eq!(typed.len(), 4, "{}", ran.out);
    let check = desk.weir(typed[0]);
    assert_eq!((check.status, check.out.as_str()), (0, "2 files clean\n"));
    let run = desk.weir(typed[1]);
    assert_eq!(run.status, 0, "{}", run.err);
    let users: Vec<&str> = run
        .out
        .lines()
        .filter_map(|line| line.get(31..75))
        .collect();
    assert_eq!(users.len(), 6, "{}", run.out);
    assert_eq!(desk.weir(typed[2]).status, 0);
    assert_eq!(desk.weir(typed[3]).status, 0);

    let rows = |via: &str| desk.weir(&format!("{} --format json {via}", typed[2])).out;
    assert_eq!(rows(""), rows("--via sql"));

    let organization =
        std::fs::read_to_string(desk.folder.join("start/organization.weir")).expect("written");
    let enabled = organization.lines().filter(|line| {
        line.trim_start().starts_with("entity ")
            && line.contains("{ offline on  filter modifiedon last-x-days 10 }")
    });
    assert_eq!(enabled.count(), 20, "the seed's twenty");
}

#[test]
fn the_starter_never_overwrites() {
    let desk = Desk::new();
    desk.put("start/changes.jsonl", "mine");
    let ran = desk.weir("init start");
    assert_eq!(
        (ran.status, ran.err.as_str()),
        (
            2,
            "error: `start/changes.jsonl` exists already; choose another folder; nothing has been written\n"
        )
    );
    assert!(!desk.folder.join("start/metadata.json").exists());
    let json = desk.weir("init other --format json");
    assert_eq!(
        json.out,
        "{\"files\":[\"organization.weir\",\"metadata.json\",\"profiles/field.weir\",\"changes.jsonl\"],\"folder\":\"other\"}\n"
    );
}

#[test]
fn the_demo_shows_a_day_and_agrees_with_itself() {
    let desk = Desk::new();
    let ran = desk.weir("demo");
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    assert!(
        ran.out
            .ends_with("\nSQL on SQLite and the engine hold the same sets.\n"),
        "{}",
        ran.out
    );
    for line in ran.out.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
    for seen in [
        "midnight in Pacific/Auckland",
        "midnight in Europe/Lisbon",
        "shared with",
        "reports to",
    ] {
        assert!(ran.out.contains(seen), "{seen}");
    }
    // A row that came, changed, went: each with a reason.
    for mark in ["+ ", "~ ", "- "] {
        let told: Vec<&str> = ran
            .out
            .lines()
            .filter(|line| line.get(9..11) == Some(mark))
            .collect();
        assert!(told.len() > 3, "{mark} in {}", ran.out);
        assert!(told.iter().all(|line| line.contains(": ")), "{told:?}");
    }
}

#[test]
fn the_demo_is_data_in_json() {
    let desk = Desk::new();
    let ran = desk.weir("demo --format json");
    assert_eq!(ran.status, 0, "{}", ran.err);
    let lines: Vec<serde_json::Value> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let checks: Vec<_> = lines
        .iter()
        .filter(|line| line.get("same").is_some())
        .collect();
    assert_eq!(checks.len(), 12, "one for each user");
    assert!(
        checks
            .iter()
            .all(|check| check["same"] == true && check["engine"] == check["sql"])
    );
    let events: Vec<_> = lines
        .iter()
        .filter(|line| line.get("event").is_some())
        .collect();
    assert!(events.len() > 20);
    for event in events {
        for (list, reason) in [("came", "why"), ("changed", "what"), ("went", "was_there")] {
            for row in event[list].as_array().expect("a list") {
                assert!(
                    row[reason].as_str().is_some_and(|text| !text.is_empty()),
                    "{event}"
                );
            }
        }
    }
}
