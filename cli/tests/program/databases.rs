//! Metadata from DDL scripts and from SQLite files, all the way to rows.

use rusqlite::Connection;

use crate::desk::{ACCOUNT, Desk, EMIL, NORA, TASK};

const OTHER: &str = "00000000-0000-0000-0000-0000000000a2";
const LEAD: &str = "00000000-0000-0000-0000-0000000000c1";

/// A database as somebody has one: their own types, a table and a column with other names than
/// weir's, a table of pairs.
const TABLES: &str = r#"
CREATE TABLE systemuser (systemuserid UNIQUEIDENTIFIER PRIMARY KEY, domainname NVARCHAR(100),
  internalemailaddress NVARCHAR(100), businessunitid UNIQUEIDENTIFIER, isdisabled INTEGER DEFAULT 0);
CREATE TABLE team (teamid TEXT PRIMARY KEY, name TEXT, businessunitid TEXT);
CREATE TABLE teammembership (teammembershipid TEXT PRIMARY KEY, teamid TEXT REFERENCES team, systemuserid TEXT REFERENCES systemuser);
CREATE TABLE "Sales Account" (
  id CHAR(36) NOT NULL PRIMARY KEY,
  "Full Name" VARCHAR(160) COLLATE NOCASE,
  revenue TEXT COLLATE weir_decimal,
  statecode INTEGER NOT NULL DEFAULT 0,
  owner_id TEXT NOT NULL REFERENCES systemuser (systemuserid)
);
CREATE TABLE task (
  activityid TEXT PRIMARY KEY, regardingobjectid TEXT, statecode INTEGER, ownerid TEXT,
  CONSTRAINT Account_Tasks FOREIGN KEY (regardingobjectid) REFERENCES "Sales Account" (id)
);
CREATE TABLE lead (leadid TEXT PRIMARY KEY, subject TEXT);
CREATE TABLE accountleads (
  accountid TEXT NOT NULL REFERENCES "Sales Account", leadid TEXT NOT NULL REFERENCES lead,
  PRIMARY KEY (accountid, leadid)
) WITHOUT ROWID;
CREATE INDEX task_state ON task (statecode);
"#;

const PROFILE: &str = r#"profile "Field" {
  members { user "nora@example.com"  user "emil@example.com" }
  item sales_account {
    download where ownerid eq-userid and full_name like "a%"
    include task via Account_Tasks where statecode eq 0
    include lead via accountleads
  }
  item task { download related }
  item lead { download related }
}
"#;

fn desk() -> Desk {
    let desk = Desk::new();
    desk.put("p.weir", PROFILE);
    desk.put("t.sql", TABLES);
    let file = Connection::open(desk.folder.join("crm.db")).expect("a new database");
    // The collation of the storage convention belongs to weir's own connections.
    file.create_collation("weir_decimal", |a: &str, b: &str| a.cmp(b))
        .expect("a collation");
    file.execute_batch(TABLES).expect("the tables");
    let rows = format!(
        r#"INSERT INTO systemuser VALUES ('{NORA}', 'nora@example.com', NULL, NULL, 0), ('{EMIL}', 'emil@example.com', NULL, NULL, 0);
           INSERT INTO "Sales Account" VALUES ('{ACCOUNT}', 'Ångström', '10.50', 0, '{NORA}'), ('{OTHER}', 'Basalt', NULL, 0, '{NORA}');
           INSERT INTO task VALUES ('{TASK}', '{ACCOUNT}', 0, NULL);
           INSERT INTO lead VALUES ('{LEAD}', 'x');
           INSERT INTO accountleads VALUES ('{ACCOUNT}', '{LEAD}');"#
    );
    file.execute_batch(&rows).expect("the rows");
    desk
}

#[test]
fn rows_come_out_of_a_database_that_its_own_tables_describe() {
    let desk = desk();
    let expected = format!(
        "{{\"user\":\"{NORA}\",\"rows\":[[\"lead\",\"{LEAD}\"],[\"sales_account\",\"{ACCOUNT}\"],[\"task\",\"{TASK}\"]]}}\n{{\"user\":\"{EMIL}\",\"rows\":[]}}\n"
    );
    for metadata in ["t.sql", "crm.db"] {
        let ran = desk.weir(&format!(
            "rows -m {metadata} -p p.weir --via sql --db crm.db --all-users --format json"
        ));
        assert_eq!(
            (ran.out.as_str(), ran.status),
            (expected.as_str(), 0),
            "{metadata}: {}",
            ran.err
        );
    }
    // The script has an index besides, and says so; in both nothing tells what is offline.
    let told = desk.weir("check p.weir -m t.sql").out;
    assert!(
        told.contains("N0221") && told.contains("`CREATE INDEX`"),
        "{told}"
    );
    assert!(told.contains("W0303"), "{told}");
}

#[test]
fn a_later_source_overrides_a_database() {
    let desk = desk();
    desk.put(
        "more.json",
        r#"{"entities":[{"name":"sales_account","offline":true},{"name":"task","offline":true},{"name":"lead","offline":true,"ownership":"none"}]}"#,
    );
    let ran = desk.weir("check p.weir -m crm.db -m more.json");
    assert!(!ran.out.contains("W0303"), "{}", ran.out);
    assert_eq!(ran.status, 0, "{}", ran.out);
}

#[test]
fn a_database_is_known_by_its_first_bytes() {
    let desk = desk();
    desk.put("broken.db", b"SQLite format 3\0 and then something else");
    let ran = desk.weir("check p.weir -m broken.db");
    assert_eq!(ran.status, 1, "{}", ran.err);
    assert!(
        ran.err.contains("can't read the tables of `broken.db`"),
        "{}",
        ran.err
    );
    desk.put("m.xml", "<edmx:Edmx xmlns:edmx=\"x\"/>");
    let ran = desk.weir("check p.weir -m m.xml");
    assert!(ran.out.contains("E0213"), "{}", ran.out);
}
