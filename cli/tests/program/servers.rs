//! PostgreSQL end to end: `--db` with a connection string, the example of a sync server, and what is
//! said where something is missing. README.md has the command that installs the server.

use std::sync::{Mutex, MutexGuard, PoisonError};

use weir_compiler::sql::Dialect;
use weir_tests::servers::{Server, Store, postgres_address};

use crate::advise::{
    account_of, big, folded_texts_are_found_by_indexes, held, planned, reads_less_with_the_indexes,
    texts,
};
use crate::desk::{ACCOUNT, Desk, EMIL, NORA, TASK, people, upsert};
use crate::sync_postgres;

/// One test at a time: each empties the database.
static DATABASE: Mutex<()> = Mutex::new(());

struct Postgres {
    server: Server,
    address: String,
    _alone: MutexGuard<'static, ()>,
}

/// The server, with the stream of a desk in it.
fn postgres(desk: &Desk) -> Postgres {
    let alone = DATABASE.lock().unwrap_or_else(PoisonError::into_inner);
    let schema = desk.schema();
    let mut server = Server::new(Dialect::Postgres, &schema).expect("the server runs");
    desk.each_line(&schema, |changes| server.write(changes).expect("written"));
    Postgres {
        server,
        address: postgres_address().expect("the server runs"),
        _alone: alone,
    }
}

/// Two users, one of whom has an account with a task.
fn desk() -> Desk {
    let desk = Desk::new();
    let at = "2026-03-02T09:00:00Z";
    let regarding = format!(r#""regardingobjectid":"{ACCOUNT}","statecode":0"#);
    desk.stream(&[
        people(),
        upsert(at, "account", ACCOUNT, &account_of(NORA, "Ångström")),
        upsert(at, "task", TASK, &regarding),
    ]);
    desk
}

#[test]
fn rows_of_a_server_are_those_of_the_engine() {
    let desk = desk();
    let server = postgres(&desk);
    for who in ["--all-users", "--user NORA@example.com"] {
        let ask = |more: &str| {
            desk.weir(&format!(
                "rows -m m.json -p p.weir {who} --format json {more}"
            ))
        };
        let engine = ask("-c s.jsonl");
        let ran = ask(&format!("--via sql --db {}", server.address));
        assert_eq!((&ran.out, ran.status), (&engine.out, 0), "{}", ran.err);
        assert!(ran.out.contains(TASK), "{}", ran.out);
    }
    let ran = desk.weir(&format!(
        "sql -m m.json -p p.weir --user nora@example.com --format json --db {}",
        server.address
    ));
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(ran.out.contains(r#"\"public\".\"account\""#), "{}", ran.out);
    assert!(ran.out.contains(NORA), "{}", ran.out);
}

#[test]
fn the_example_gives_every_users_rows() {
    let desk = desk();
    let mut server = postgres(&desk);
    // It installs what it needs.
    server
        .server
        .run("DROP SCHEMA weir CASCADE", &[])
        .expect("dropped");
    let path = |name: &str| desk.folder.join(name).display().to_string();
    let typed = [
        path("m.json"),
        path("p.weir"),
        server.address,
        "2026-03-02T10:00:00Z".to_owned(),
    ];
    let mut out = Vec::new();
    sync_postgres::sync(&typed, &mut out).expect("rows");
    let out = String::from_utf8(out).expect("text");
    assert_eq!(out.lines().collect::<Vec<_>>(), held(&desk));
}

#[test]
fn what_a_server_lacks_is_said_with_the_way_out() {
    let desk = desk();
    let mut server = postgres(&desk);
    let asked = [
        "rows --via sql --all-users",
        "sql --advise",
        "sql --advise --try",
    ];
    let address = server.address.clone();
    let ask = |command: &str| desk.weir(&format!("{command} -m m.json -p p.weir --db {address}"));
    server
        .server
        .run("DROP SCHEMA weir CASCADE", &[])
        .expect("dropped");
    let said = "error: the database lacks the functions of weir, which the statements need; run what `weir sql --kind install --dialect postgres` prints\n";
    for command in asked {
        let ran = ask(command);
        assert_eq!((ran.status, ran.err.as_str()), (1, said), "{command}");
    }
    server.server.run("DROP TABLE task", &[]).expect("dropped");
    let said = "error: the database has no table `task`, which the profiles need; the database must follow the storage convention of the metadata\n";
    for command in asked {
        let ran = ask(command);
        assert_eq!((ran.status, ran.err.as_str()), (1, said), "{command}");
    }
}

#[test]
fn a_connection_string_is_never_shown() {
    let desk = desk();
    for text in [
        "postgres://nora:hush@127.0.0.1:1/crm",
        "postgres://nora:hush@127.0.0.1:port/crm",
        "host=127.0.0.1,port=hush,password=hush",
        "postgresql://nora:hush@nowhere.invalid/crm?hush=hush",
    ] {
        for command in [
            "rows --via sql --all-users",
            "sql --advise",
            "sql --kind map",
        ] {
            for format in ["text", "json"] {
                let ran = desk.weir(&format!(
                    "{command} -m m.json -p p.weir --format {format} --db {text}"
                ));
                assert_eq!(ran.status, 2, "{command} {text}: {}", ran.err);
                let said = ran.out + &ran.err;
                assert!(said.contains("connect"), "{said}");
                assert!(!said.contains("hush") && !said.contains("nora:"), "{said}");
            }
        }
    }
}

/// Nothing of a trial stays.
#[test]
fn the_planner_says_what_indexes_do() {
    let desk = big();
    let mut server = postgres(&desk);
    server.server.run("ANALYZE", &[]).expect("statistics");
    let typed = format!("--db {} --user {EMIL}", server.address);
    let (plain, _) = planned(&desk, &typed);
    assert!(plain["account"]["now"]["estimated"].is_u64(), "{plain:?}");
    reads_less_with_the_indexes(&desk, &typed);
    let indexes = "SELECT indexname::text FROM pg_indexes WHERE indexname LIKE 'weir\\_%' AND schemaname = 'public'";
    assert_eq!(server.server.run(indexes, &[]), Ok(Vec::new()));
}

#[test]
fn folded_texts_are_found_by_indexes_of_a_server() {
    let desk = texts();
    let mut server = postgres(&desk);
    server.server.run("ANALYZE", &[]).expect("statistics");
    folded_texts_are_found_by_indexes(&desk, &format!("--db {}", server.address));
}

/// A trial that the server refuses, and one by somebody who may only read.
#[test]
fn a_trial_needs_the_right_to_create_indexes() {
    let desk = desk();
    let mut server = postgres(&desk);
    for sql in [
        "CREATE ROLE reader LOGIN",
        "GRANT USAGE ON SCHEMA public, weir TO reader",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public, weir TO reader",
    ] {
        server.server.run(sql, &[]).expect("a reader");
    }
    let address = server.address.replace("postgres@", "reader@");
    let typed = format!("sql -m m.json -p p.weir --advise --db {address}");
    let plain = desk.weir(&typed);
    let tried = desk.weir(&format!("{typed} --try"));
    for sql in ["DROP OWNED BY reader", "DROP ROLE reader"] {
        server.server.run(sql, &[]).expect("nobody");
    }
    assert_eq!(plain.status, 0, "{}", plain.err);
    assert!(plain.out.contains("map of account"), "{}", plain.out);
    assert_eq!(tried.status, 1, "{}", tried.err);
    let said = "error: can't create the index `weir_account__ownerid`: the database says: must be owner of table account; ";
    assert!(tried.err.contains(said), "{}", tried.err);
}
