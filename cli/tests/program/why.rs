//! `weir why`: what brings a row, and what keeps one away, with places.

use serde_json::{Value, json};

use crate::desk::{ACCOUNT, Desk, EMIL, NORA, Ran, TASK, people, upsert};

const AT: &str = "2026-03-02T09:00:00Z";

fn desk(owner: &str, task: &str) -> Desk {
    let desk = Desk::new();
    let owned = format!(r#""name":"Acme","ownerid":"{owner}""#);
    desk.stream(&[
        people(),
        upsert(AT, "account", ACCOUNT, &owned),
        upsert(AT, "task", TASK, task),
    ]);
    desk
}

fn why(desk: &Desk, user: &str, entity: &str, id: &str, more: &str) -> Ran {
    desk.weir(&format!(
        "why -m m.json -p p.weir -c s.jsonl --user {user} --entity {entity} --id {id} {more}"
    ))
}

/// The answer as JSON.
fn answer(desk: &Desk, user: &str, entity: &str, id: &str) -> Value {
    let ran = why(desk, user, entity, id, "--format json");
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    serde_json::from_str(&ran.out).expect("JSON")
}

/// Of each way: its conditions with the row, the fact and the underlined text.
fn ways(desk: &Desk, user: &str, entity: &str, id: &str) -> Vec<Vec<(String, String, String)>> {
    let answer = answer(desk, user, entity, id);
    assert_eq!(answer["held"], false, "{answer}");
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let told = |condition: &Value| {
        let place = |name: &str| condition[name].as_u64().map_or(0, |at| at as usize);
        let file = std::fs::read_to_string(desk.folder.join("p.weir")).expect("it is there");
        let line = file.lines().nth(place("line").saturating_sub(1));
        let line: Vec<char> = line.expect("a line").chars().collect();
        assert_eq!(condition["line"], condition["end_line"]);
        let underlined = &line[place("column") - 1..place("end_column") - 1];
        (
            text(&condition["id"]),
            text(&condition["text"]),
            underlined.iter().collect(),
        )
    };
    list(&answer["nearest"])
        .iter()
        .map(|way| list(&way["conditions"]).iter().map(told).collect())
        .collect()
}

fn told(id: &str, text: &str, place: &str) -> (String, String, String) {
    (id.to_owned(), text.to_owned(), place.to_owned())
}

#[test]
fn a_proof_names_the_conditions_and_their_places() {
    let task = format!(r#""regardingobjectid":"{ACCOUNT}","statecode":0"#);
    let desk = desk(NORA, &task);
    let ran = why(&desk, "nora@example.com", "task", TASK, "");
    let expected = format!(
        "task {TASK} is on the devices of nora@example.com: it refers to account Acme ({ACCOUNT}) (nora@example.com owns it).
The user's profile is `Field`, by user `nora@example.com` (p.weir:2:18). Its item `task` brings the row, since all of this holds:
note: statecode is 0
 --> p.weir:3:70
  |
3 |   item account {{ download mine  include task via Account_Tasks where statecode eq 0 }}
  |                                                                      ^^^^^^^^^^^^^^
note: account Acme ({ACCOUNT}): nora@example.com owns it
 --> p.weir:3:18
  |
3 |   item account {{ download mine  include task via Account_Tasks where statecode eq 0 }}
  |                  ^^^^^^^^^^^^^
"
    );
    assert_eq!(
        (ran.out.as_str(), ran.status),
        (expected.as_str(), 0),
        "{}",
        ran.err
    );
    let answer = answer(&desk, NORA, "task", TASK);
    assert_eq!(
        (&answer["held"], &answer["profile"]),
        (&json!(true), &json!("Field"))
    );
    assert_eq!(
        answer["conditions"][1]["via"],
        json!([["account", ACCOUNT]])
    );
}

#[test]
fn one_condition_that_fails_is_named_alone() {
    let desk = desk(EMIL, "");
    let ran = why(&desk, NORA, "account", ACCOUNT, "");
    let expected = format!(
        "account Acme ({ACCOUNT}) is not on the devices of nora@example.com: the item `account` doesn't bring it.
The user's profile is `Field`, by user `nora@example.com` (p.weir:2:18).

One condition alone keeps it away:
note: ownerid is emil@example.com; what must hold: ownerid is the user
 --> p.weir:3:18
  |
3 |   item account {{ download mine  include task via Account_Tasks where statecode eq 0 }}
  |                  ^^^^^^^^^^^^^
"
    );
    assert_eq!(
        (ran.out.as_str(), ran.status),
        (expected.as_str(), 0),
        "{}",
        ran.err
    );
    let answer = answer(&desk, NORA, "account", ACCOUNT);
    assert_eq!(answer["single"], true);
    assert_eq!(answer["always"], answer["nearest"][0]["conditions"]);
}

#[test]
fn a_parent_that_is_not_there_says_why() {
    let task = format!(r#""regardingobjectid":"{ACCOUNT}","statecode":0"#);
    let desk = desk(EMIL, &task);
    let ran = why(&desk, NORA, "task", TASK, "");
    let heading = format!(
        "One condition alone keeps it away, along with account Acme ({ACCOUNT}), which isn't there itself:\n"
    );
    assert!(ran.out.contains(&heading), "{}", ran.out);
    let expected = told(ACCOUNT, "ownerid is emil@example.com", "download mine");
    assert_eq!(ways(&desk, NORA, "task", TASK), [[expected]]);
    let closed = desk_of_orphan();
    let include = "include task via Account_Tasks where statecode eq 0";
    let orphan = "regardingobjectid is empty, so that no account is linked to it";
    assert_eq!(
        ways(&closed, NORA, "task", TASK),
        [[
            told(TASK, "statecode is 1", "statecode eq 0"),
            told(TASK, orphan, include)
        ]]
    );
}

fn desk_of_orphan() -> Desk {
    desk(NORA, r#""statecode":1"#)
}

#[test]
fn alternatives_stand_nearest_first() {
    let task = format!(r#""ownerid":"{NORA}","statecode":2,"due":"2026-03-01T09:00:00Z""#);
    let desk = desk(NORA, &task);
    desk.put(
        "p.weir",
        "profile \"F\" { limits modern members { user \"nora@example.com\" }
  item task { download where (ownerid ne-userid and due today) or (ownerid eq-userid and statecode eq 0) }
}",
    );
    let statecode = told(TASK, "statecode is 2", "statecode eq 0");
    let own = told(TASK, "nora@example.com owns it", "ownerid ne-userid");
    let due = told(TASK, "due is 2026-03-01 09:00 in UTC", "due today");
    assert_eq!(
        ways(&desk, NORA, "task", TASK),
        [vec![statecode], vec![own, due]]
    );
    let ran = why(&desk, NORA, "task", TASK, "");
    for line in [
        "\nThe nearest way in; one condition fails:\nnote: statecode is 2; what must hold: statecode eq 0\n",
        "\nAnother way in; 2 conditions fail:\nnote: nora@example.com owns it; what must hold: not: ownerid is the user\n",
    ] {
        assert!(ran.out.contains(line), "{line}\n{}", ran.out);
    }
    // A day before, only the owner stood against the other way.
    let earlier = format!(r#""ownerid":"{NORA}","statecode":2,"due":"2026-03-02T19:00:00Z""#);
    desk.stream(&[people(), upsert(AT, "task", TASK, &earlier)]);
    let ran = why(
        &desk,
        NORA,
        "task",
        TASK,
        "--until 2026-03-04T00:00:00Z --format json",
    );
    let answer: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(
        answer["nearest"][1]["conditions"][1]["text"],
        "due is 2026-03-02 19:00 in UTC"
    );
    assert_eq!(ways(&desk, NORA, "task", TASK)[1].len(), 1);
}

#[test]
fn linked_rows_fail_one_by_one_or_are_not_there() {
    let task = format!(r#""regardingobjectid":"{ACCOUNT}","statecode":1"#);
    let desk = desk(EMIL, &task);
    desk.put(
        "p.weir",
        "profile \"F\" { limits modern members { user \"nora@example.com\" }
  item account { download where any task via Account_Tasks (statecode eq 0) }
}",
    );
    let linked = told(TASK, "statecode is 1", "statecode eq 0");
    assert_eq!(ways(&desk, NORA, "account", ACCOUNT), [[linked]]);
    let owned = format!(r#""ownerid":"{EMIL}""#);
    desk.stream(&[people(), upsert(AT, "account", ACCOUNT, &owned)]);
    let none = told(
        ACCOUNT,
        "no task has it as regardingobjectid",
        "any task via Account_Tasks (statecode eq 0)",
    );
    assert_eq!(ways(&desk, NORA, "account", ACCOUNT), [[none]]);
}

#[test]
fn what_decides_before_any_condition_is_told() {
    let desk = desk(NORA, "");
    let reason = |desk: &Desk, user: &str, entity: &str, id: &str| {
        let answer = answer(desk, user, entity, id);
        assert_eq!(answer["held"], false);
        let text = answer["text"].as_str().expect("a text").to_owned();
        (
            answer["reason"].as_str().expect("a reason").to_owned(),
            text,
        )
    };
    let is = |reason: &str, text: &str| (reason.to_owned(), text.to_owned());
    assert_eq!(
        reason(&desk, NORA, "account", TASK),
        is("no-row", "there is no account of that id")
    );
    assert_eq!(
        reason(&desk, NORA, "systemuser", NORA),
        is(
            "no-item",
            "profile `Field` of nora@example.com has no item for systemuser"
        )
    );
    let disabled = upsert(AT, "systemuser", NORA, r#""isdisabled":true"#);
    let owned = format!(r#""ownerid":"{NORA}""#);
    desk.stream(&[people(), disabled, upsert(AT, "account", ACCOUNT, &owned)]);
    assert_eq!(
        reason(&desk, "NORA@example.com", "account", ACCOUNT),
        is(
            "user-disabled",
            "nora@example.com is disabled, and so holds nothing"
        )
    );
    desk.put("p.weir", "profile \"F\" { item account { download all } }");
    assert_eq!(
        reason(&desk, "emil@example.com", "Account", ACCOUNT),
        is("no-profile", "emil@example.com is a member of no profile")
    );
}

#[test]
fn roles_are_one_condition_without_a_place() {
    let desk = desk(NORA, "");
    desk.put(
        "p.weir",
        "organization { security roles } profile \"F\" { members { user \"nora@example.com\" } item account { download mine } }",
    );
    let profiles = r#""entity":"mobileofflineprofile","depth":"global""#;
    let owned = format!(r#""ownerid":"{NORA}""#);
    let role = "00000000-0000-0000-0000-0000000000c1";
    let may = format!(r#""systemuserid":"{NORA}",{profiles}"#);
    desk.stream(&[
        people(),
        upsert(AT, "account", ACCOUNT, &owned),
        upsert(AT, "roleprivilege", role, &may),
    ]);
    let answer = answer(&desk, NORA, "account", ACCOUNT);
    let conditions = answer["always"].as_array().expect("a list");
    assert_eq!(
        (conditions.len(), &answer["single"]),
        (1, &json!(true)),
        "{answer}"
    );
    assert_eq!(
        conditions[0]["text"],
        "the roles of nora@example.com don't let them read it"
    );
    assert_eq!(conditions[0]["line"], Value::Null);
}

#[test]
fn unknown_users_and_entities_are_errors_with_a_way_out() {
    let desk = desk(NORA, "");
    let nobody = "00000000-0000-0000-0000-0000000000ff";
    for (user, entity, id, status, said) in [
        (
            "zoe",
            "account",
            ACCOUNT,
            1,
            "error: no user in the data is named `zoe`; name a domain name, an e-mail address or a GUID\n",
        ),
        (
            nobody,
            "account",
            ACCOUNT,
            1,
            "error: the data has no user 00000000-0000-0000-0000-0000000000ff; `weir rows --all-users` lists all; check `--until` and the id\n",
        ),
        (
            NORA,
            "acount",
            ACCOUNT,
            1,
            "error: the metadata has no entity `acount`; did you mean `account`?\n",
        ),
        (
            NORA,
            "account",
            "7",
            2,
            "error: `7` is no GUID; give the row's id, as in `6f9619ff-8b86-d011-b42d-00c04fc964ff`\n",
        ),
    ] {
        let ran = why(&desk, user, entity, id, "");
        assert_eq!(
            (ran.status, ran.out.as_str(), ran.err.as_str()),
            (status, "", said)
        );
    }
    let ran = desk.weir(&format!(
        "why -m m.json -p p.weir --user {NORA} --entity account --id {ACCOUNT}"
    ));
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("`--changes` is missing"), "{}", ran.err);
}
