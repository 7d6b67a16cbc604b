//! Writing, opening and checking databases.

use std::sync::Arc;

use weir_ir::operators::Relation;
use weir_ir::transaction::Change;
use weir_ir::value::Value;

use super::{Organisation, guid, instant};
use crate::database::{Database, DatabaseError};

#[test]
fn an_upsert_changes_what_it_names_and_a_transaction_is_all_or_none() {
    let mut org = Organisation::new();
    org.put("thing", 1, &[("name", "a"), ("price", "1.50")]);
    org.put("thing", 1, &[("name", "b")]);
    org.put("thing", 1, &[]);
    let read = |org: &Organisation| -> (Option<String>, Option<String>, i64) {
        let sql = "SELECT name, price, (SELECT count(*) FROM thing) FROM thing";
        let mut row = None;
        let read = org.database.connection.run(sql, &[], |cells| {
            let text = |at: usize| cells[at].text().map(str::to_owned);
            row = Some((text(0), text(1), cells[2].integer().expect("a count")));
            Ok::<_, DatabaseError>(())
        });
        read.expect("read");
        row.expect("a row")
    };
    let there = (Some("b".to_owned()), Some("1.5".to_owned()), 1);
    assert_eq!(read(&org), there);
    let thing = org.thing();
    let (name, at) = (org.attr("thing", "name"), org.attr("thing", "at"));
    let picture = org.attr("thing", "picture");
    let change = |attribute, value| Change::Upsert {
        entity: thing,
        id: guid(1),
        values: vec![(attribute, value)],
    };
    let early = Value::Instant(instant("-000001-06-01"));
    let text = |text: &str| Value::Text(text.into());
    let wrong = [change(name, text("c")), change(at, early)];
    let error = org.database.write(&wrong).expect_err("too early");
    assert_eq!(
        error.to_string(),
        "`-000001-06-01T00:00:00Z` can't be stored in `thing.at`: its year is not among 0000 to 9999, or SQLite has no such value"
    );
    assert_eq!(read(&org), there);
    // What has no column is not stored.
    let unstored = [change(picture, text("x"))];
    org.database.write(&unstored).expect("nothing to do");
    assert_eq!(read(&org), there);
    org.delete("thing", 1);
    org.delete("thing", 1);
}

#[test]
fn a_file_that_lacks_a_table_or_a_column_is_named() {
    let mut org = Organisation::new();
    let all = org.matched("ownerid", Relation::Team);
    let plan = org.plan(all, Vec::new());
    let connection = &org.database.connection;
    let prepared = |text: &str| {
        connection.batch(text).expect("a change of tables");
        match org.database.prepare(&plan) {
            Err(error) => error.to_string(),
            Ok(_) => "fine".to_owned(),
        }
    };
    assert_eq!(prepared(""), "fine");
    assert_eq!(
        prepared("ALTER TABLE thing DROP COLUMN ownerid"),
        "the table `thing` has no column `ownerid`, which the profiles need"
    );
    assert_eq!(prepared("ALTER TABLE thing ADD COLUMN OwnerId"), "fine");
    assert_eq!(
        prepared("DROP TABLE teammembership"),
        "the database has no table `teammembership`, which the profiles need"
    );
}

#[test]
fn files_are_created_once_and_opened_only_if_there() {
    let schema = Organisation::new().schema;
    let path = std::env::temp_dir().join(format!("weir-database-{}.db", std::process::id()));
    let _ = std::fs::remove_file(&path);
    assert!(Database::open(&path, Arc::clone(&schema)).is_err());
    let mut made = Database::create(&path, Arc::clone(&schema)).expect("a new file");
    let change = Change::Upsert {
        entity: schema.system.systemuser,
        id: guid(1),
        values: Vec::new(),
    };
    made.write(&[change]).expect("written");
    drop(made);
    let again = Database::create(&path, Arc::clone(&schema));
    assert!(matches!(again, Err(DatabaseError::Create { .. })));
    let opened = Database::open(&path, schema).expect("the file");
    assert_eq!(opened.users().expect("users"), [guid(1)]);
    drop(opened);
    std::fs::remove_file(&path).expect("removed");
}

#[test]
fn an_id_that_is_no_guid_is_named() {
    let org = Organisation::new();
    let sql = "INSERT INTO systemuser (systemuserid) VALUES ('bob')";
    org.database.connection.batch(sql).expect("a row");
    let error = org.database.users().expect_err("no GUID");
    assert_eq!(
        error.to_string(),
        "`bob` in the table `systemuser` is no GUID"
    );
}
