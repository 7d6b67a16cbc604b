//! The partition tables, and the statements on them that no plan decides, as templates: names in
//! double quotes, `{table}` for one of ours, `{key}` for the type of keys, `?at` for a parameter.
//!
//! Invariant: of a pair (row, audience) or (audience, user) at most one line is open, its `went`
//! NULL; a line holds from the version `came` until before the version `went`.

use weir_ir::schema::{AttributeType, Behavior};

use crate::sql::dialect::Insert;
use crate::sql::slot::{Slots, Source};
use crate::sql::{Dialect, Kind, ParameterType, Query};

/// Tables in the order in which they are made: name, columns, indexes.
type Table = (&'static str, &'static str, &'static [&'static str]);

/// The tables. `row_content.changed` is the version at which the content became what it is;
/// those that begin with `new_` are empty between refreshes.
const TABLES: [Table; 12] = [
    (
        "version",
        r#""version" bigint NOT NULL PRIMARY KEY, "at" {at}"#,
        &[],
    ),
    (
        "audience",
        r#""audience" bigint NOT NULL PRIMARY KEY, "entity" {name} NOT NULL, "key" {key} NOT NULL, UNIQUE ("entity", "key")"#,
        &[],
    ),
    (
        "audience_user",
        r#""audience" bigint NOT NULL, "user" {guid} NOT NULL, "came" bigint NOT NULL, "went" bigint, PRIMARY KEY ("audience", "user", "came")"#,
        &[r#""user", "went""#],
    ),
    (
        "row_audience",
        r#""audience" bigint NOT NULL, "row" {guid} NOT NULL, "came" bigint NOT NULL, "went" bigint, PRIMARY KEY ("audience", "row", "came")"#,
        &[r#""row""#, r#""audience", "came""#, r#""audience", "went""#],
    ),
    (
        "row_content",
        r#""entity" {name} NOT NULL, "list" {key} NOT NULL, "row" {guid} NOT NULL, "content" {key} NOT NULL, "changed" bigint NOT NULL, PRIMARY KEY ("entity", "list", "row")"#,
        &[r#""changed""#],
    ),
    (
        "member",
        r#""user" {guid} NOT NULL, "profile" {key} NOT NULL, "came" bigint NOT NULL, "went" bigint, PRIMARY KEY ("user", "profile", "came")"#,
        &[],
    ),
    (
        "column_list",
        r#""profile" {key} NOT NULL, "entity" {name} NOT NULL, "list" {key} NOT NULL, "came" bigint NOT NULL, "went" bigint, PRIMARY KEY ("profile", "entity", "list", "came")"#,
        &[],
    ),
    (
        "new_audience_user",
        r#""entity" {name} NOT NULL, "key" {key} NOT NULL, "user" {guid} NOT NULL, PRIMARY KEY ("entity", "key", "user")"#,
        &[],
    ),
    (
        "new_row_audience",
        r#""audience" bigint NOT NULL, "row" {guid} NOT NULL, PRIMARY KEY ("audience", "row")"#,
        &[r#""row""#],
    ),
    (
        "new_row_content",
        r#""entity" {name} NOT NULL, "list" {key} NOT NULL, "row" {guid} NOT NULL, "content" {key} NOT NULL, PRIMARY KEY ("entity", "list", "row")"#,
        &[],
    ),
    (
        "new_member",
        r#""user" {guid} NOT NULL, "profile" {key} NOT NULL, PRIMARY KEY ("user", "profile")"#,
        &[],
    ),
    (
        "new_column_list",
        r#""profile" {key} NOT NULL, "entity" {name} NOT NULL, "list" {key} NOT NULL, PRIMARY KEY ("profile", "entity")"#,
        &[],
    ),
];

/// Users by the key of their audience.
pub(super) const NEW_USERS: Insert = Insert {
    table: "new_audience_user",
    columns: &["entity", "key", "user"],
};
/// Rows by their audience.
pub(super) const NEW_ROWS: Insert = Insert {
    table: "new_row_audience",
    columns: &["audience", "row"],
};
/// The contents of rows that anybody has.
pub(super) const NEW_CONTENTS: Insert = Insert {
    table: "new_row_content",
    columns: &["entity", "list", "row", "content"],
};
/// The profiles of users.
pub(super) const NEW_MEMBERS: Insert = Insert {
    table: "new_member",
    columns: &["user", "profile"],
};
/// The lists of columns of profiles.
pub(super) const NEW_LISTS: Insert = Insert {
    table: "new_column_list",
    columns: &["profile", "entity", "list"],
};

/// Begins a version. Two refreshes at a time would give it one number, which the key refuses.
const BEGIN: &str = r#"INSERT INTO {version} ("version", "at")
SELECT COALESCE(MAX("v"."version"), 0) + 1, ?at FROM {version} AS "v""#;

/// Numbers the audiences that are new.
const AUDIENCES: &str = r#"INSERT INTO {audience} ("audience", "entity", "key")
SELECT (SELECT COALESCE(MAX("m"."audience"), 0) FROM {audience} AS "m") + ROW_NUMBER() OVER (ORDER BY "n"."entity", "n"."key"), "n"."entity", "n"."key"
FROM (
  SELECT DISTINCT "s"."entity", "s"."key" FROM {new_audience_user} AS "s"
  WHERE NOT EXISTS (SELECT 1 FROM {audience} AS "a" WHERE "a"."entity" = "s"."entity" AND "a"."key" = "s"."key")
) AS "n""#;

/// The lines that went and those that came, from what is in a table and what should be.
const PAIRS: [[&str; 2]; 4] = [
    [
        r#"UPDATE {audience_user} SET "went" = (SELECT MAX("v"."version") FROM {version} AS "v")
WHERE "went" IS NULL AND NOT EXISTS (
  SELECT 1 FROM {audience} AS "a" INNER JOIN {new_audience_user} AS "s" ON "s"."entity" = "a"."entity" AND "s"."key" = "a"."key"
  WHERE "a"."audience" = {audience_user}."audience" AND "s"."user" = {audience_user}."user"
)"#,
        r#"INSERT INTO {audience_user} ("audience", "user", "came")
SELECT "a"."audience", "s"."user", (SELECT MAX("v"."version") FROM {version} AS "v")
FROM {new_audience_user} AS "s" INNER JOIN {audience} AS "a" ON "a"."entity" = "s"."entity" AND "a"."key" = "s"."key"
WHERE NOT EXISTS (
  SELECT 1 FROM {audience_user} AS "o" WHERE "o"."audience" = "a"."audience" AND "o"."user" = "s"."user" AND "o"."went" IS NULL
)"#,
    ],
    [
        r#"UPDATE {row_audience} SET "went" = (SELECT MAX("v"."version") FROM {version} AS "v")
WHERE "went" IS NULL AND NOT EXISTS (
  SELECT 1 FROM {new_row_audience} AS "s"
  WHERE "s"."audience" = {row_audience}."audience" AND "s"."row" = {row_audience}."row"
)"#,
        r#"INSERT INTO {row_audience} ("audience", "row", "came")
SELECT "s"."audience", "s"."row", (SELECT MAX("v"."version") FROM {version} AS "v")
FROM {new_row_audience} AS "s"
WHERE NOT EXISTS (
  SELECT 1 FROM {row_audience} AS "o" WHERE "o"."audience" = "s"."audience" AND "o"."row" = "s"."row" AND "o"."went" IS NULL
)"#,
    ],
    [
        r#"UPDATE {member} SET "went" = (SELECT MAX("v"."version") FROM {version} AS "v")
WHERE "went" IS NULL AND NOT EXISTS (
  SELECT 1 FROM {new_member} AS "s" WHERE "s"."user" = {member}."user" AND "s"."profile" = {member}."profile"
)"#,
        r#"INSERT INTO {member} ("user", "profile", "came")
SELECT "s"."user", "s"."profile", (SELECT MAX("v"."version") FROM {version} AS "v")
FROM {new_member} AS "s"
WHERE NOT EXISTS (
  SELECT 1 FROM {member} AS "o" WHERE "o"."user" = "s"."user" AND "o"."profile" = "s"."profile" AND "o"."went" IS NULL
)"#,
    ],
    [
        r#"UPDATE {column_list} SET "went" = (SELECT MAX("v"."version") FROM {version} AS "v")
WHERE "went" IS NULL AND NOT EXISTS (
  SELECT 1 FROM {new_column_list} AS "s"
  WHERE "s"."profile" = {column_list}."profile" AND "s"."entity" = {column_list}."entity" AND "s"."list" = {column_list}."list"
)"#,
        r#"INSERT INTO {column_list} ("profile", "entity", "list", "came")
SELECT "s"."profile", "s"."entity", "s"."list", (SELECT MAX("v"."version") FROM {version} AS "v")
FROM {new_column_list} AS "s"
WHERE NOT EXISTS (
  SELECT 1 FROM {column_list} AS "o"
  WHERE "o"."profile" = "s"."profile" AND "o"."entity" = "s"."entity" AND "o"."list" = "s"."list" AND "o"."went" IS NULL
)"#,
    ],
];

/// Contents that differ, and new ones.
const CONTENTS: [&str; 2] = [
    r#"UPDATE {row_content} SET "changed" = (SELECT MAX("v"."version") FROM {version} AS "v"), "content" = (
  SELECT "s"."content" FROM {new_row_content} AS "s"
  WHERE "s"."entity" = {row_content}."entity" AND "s"."list" = {row_content}."list" AND "s"."row" = {row_content}."row"
)
WHERE EXISTS (
  SELECT 1 FROM {new_row_content} AS "s"
  WHERE "s"."entity" = {row_content}."entity" AND "s"."list" = {row_content}."list" AND "s"."row" = {row_content}."row"
    AND "s"."content" <> {row_content}."content"
)"#,
    r#"INSERT INTO {row_content} ("entity", "list", "row", "content", "changed")
SELECT "s"."entity", "s"."list", "s"."row", "s"."content", (SELECT MAX("v"."version") FROM {version} AS "v")
FROM {new_row_content} AS "s"
WHERE NOT EXISTS (
  SELECT 1 FROM {row_content} AS "o" WHERE "o"."entity" = "s"."entity" AND "o"."list" = "s"."list" AND "o"."row" = "s"."row"
)"#,
];

/// Forgets the versions before an instant, but the newest, and what only they could ask for.
const FORGET: [&str; 7] = [
    r#"DELETE FROM {version} WHERE "at" < ?keep AND "version" < (SELECT "m"."version" FROM (SELECT MAX("v"."version") AS "version" FROM {version} AS "v") AS "m")"#,
    r#"DELETE FROM {audience_user} WHERE "went" <= (SELECT MIN("v"."version") FROM {version} AS "v")"#,
    r#"DELETE FROM {row_audience} WHERE "went" <= (SELECT MIN("v"."version") FROM {version} AS "v")"#,
    r#"DELETE FROM {member} WHERE "went" <= (SELECT MIN("v"."version") FROM {version} AS "v")"#,
    r#"DELETE FROM {column_list} WHERE "went" <= (SELECT MIN("v"."version") FROM {version} AS "v")"#,
    r#"DELETE FROM {row_content} WHERE NOT EXISTS (
  SELECT 1 FROM {row_audience} AS "r" INNER JOIN {audience} AS "a" ON "a"."audience" = "r"."audience"
  WHERE "r"."row" = {row_content}."row" AND "a"."entity" = {row_content}."entity"
)"#,
    r#"DELETE FROM {audience}
WHERE NOT EXISTS (SELECT 1 FROM {audience_user} AS "u" WHERE "u"."audience" = {audience}."audience")
  AND NOT EXISTS (SELECT 1 FROM {row_audience} AS "r" WHERE "r"."audience" = {audience}."audience")"#,
];

/// What changed for a user since a version: one line that says from where and to which version, and
/// one for each row. Candidates are what the user's audiences and rows did since; each is judged by
/// whether it was there and is.
const CHANGES: &str = r#"WITH "asked" AS (
  SELECT MAX("v"."version") AS "now", MAX(CASE WHEN "v"."version" = ?since THEN "v"."version" END) AS "since" FROM {version} AS "v"
),
"mine" AS (
  SELECT "u"."audience", "a"."entity", "u"."came", "u"."went"
  FROM {audience_user} AS "u" INNER JOIN {audience} AS "a" ON "a"."audience" = "u"."audience"
  WHERE "u"."user" = ?user
),
"lists" AS (
  SELECT "l"."entity", "l"."list", (
    SELECT MAX("b"."list") FROM {member} AS "t" INNER JOIN {column_list} AS "b" ON "b"."profile" = "t"."profile", "asked" AS "q"
    WHERE "t"."user" = ?user AND "b"."entity" = "l"."entity"
      AND "t"."came" <= "q"."since" AND ("t"."went" IS NULL OR "t"."went" > "q"."since")
      AND "b"."came" <= "q"."since" AND ("b"."went" IS NULL OR "b"."went" > "q"."since")
  ) AS "before"
  FROM {member} AS "m" INNER JOIN {column_list} AS "l" ON "l"."profile" = "m"."profile"
  WHERE "m"."user" = ?user AND "m"."went" IS NULL AND "l"."went" IS NULL
),
"candidates" AS (
  SELECT "m"."entity", "r"."row"
  FROM "asked" AS "q", "mine" AS "m" INNER JOIN {row_audience} AS "r" ON "r"."audience" = "m"."audience"
  WHERE "m"."came" > "q"."since" OR "m"."went" > "q"."since" OR "q"."since" IS NULL
  UNION
  SELECT "m"."entity", "r"."row"
  FROM "asked" AS "q", "mine" AS "m" INNER JOIN {row_audience} AS "r" ON "r"."audience" = "m"."audience"
  WHERE "r"."came" > "q"."since"
  UNION
  SELECT "m"."entity", "r"."row"
  FROM "asked" AS "q", "mine" AS "m" INNER JOIN {row_audience} AS "r" ON "r"."audience" = "m"."audience"
  WHERE "r"."went" > "q"."since"
  UNION
  SELECT "m"."entity", "r"."row"
  FROM "mine" AS "m" INNER JOIN "lists" AS "l" ON "l"."entity" = "m"."entity" INNER JOIN {row_audience} AS "r" ON "r"."audience" = "m"."audience"
  WHERE "l"."before" <> "l"."list"
  UNION
  SELECT "m"."entity", "r"."row"
  FROM "asked" AS "q", {row_content} AS "c" INNER JOIN {row_audience} AS "r" ON "r"."row" = "c"."row"
    INNER JOIN "mine" AS "m" ON "m"."audience" = "r"."audience" AND "m"."entity" = "c"."entity"
  WHERE "c"."changed" > "q"."since"
),
"judged" AS (
  SELECT "c"."entity", "c"."row", CASE WHEN EXISTS (
    SELECT 1 FROM "mine" AS "m" INNER JOIN {row_audience} AS "r" ON "r"."audience" = "m"."audience"
    WHERE "m"."entity" = "c"."entity" AND "r"."row" = "c"."row" AND "m"."went" IS NULL AND "r"."went" IS NULL
  ) THEN 1 ELSE 0 END AS "is", CASE WHEN EXISTS (
    SELECT 1 FROM "asked" AS "q", "mine" AS "m" INNER JOIN {row_audience} AS "r" ON "r"."audience" = "m"."audience"
    WHERE "m"."entity" = "c"."entity" AND "r"."row" = "c"."row"
      AND "m"."came" <= "q"."since" AND ("m"."went" IS NULL OR "m"."went" > "q"."since")
      AND "r"."came" <= "q"."since" AND ("r"."went" IS NULL OR "r"."went" > "q"."since")
  ) THEN 1 ELSE 0 END AS "was"
  FROM "candidates" AS "c"
)
SELECT CASE WHEN "q"."since" IS NULL THEN 'start-over' ELSE 'since' END AS "change", NULL AS "entity", NULL AS "row", COALESCE("q"."now", 0) AS "version"
FROM "asked" AS "q"
UNION ALL
SELECT 'put', "j"."entity", "j"."row", NULL
FROM "judged" AS "j"
WHERE "j"."is" = 1 AND ("j"."was" = 0 OR EXISTS (
  SELECT 1 FROM "lists" AS "l" WHERE "l"."entity" = "j"."entity" AND "l"."before" <> "l"."list"
) OR EXISTS (
  SELECT 1 FROM "asked" AS "q", "lists" AS "l" INNER JOIN {row_content} AS "c" ON "c"."entity" = "l"."entity" AND "c"."list" = "l"."list"
  WHERE "l"."entity" = "j"."entity" AND "c"."row" = "j"."row" AND "c"."changed" > "q"."since"
))
UNION ALL
SELECT 'remove', "j"."entity", "j"."row", NULL
FROM "judged" AS "j"
WHERE "j"."is" = 0 AND "j"."was" = 1"#;

/// The statements that make the tables; making them twice changes nothing.
pub(super) fn create(dialect: Dialect) -> Vec<Query> {
    let mut all = match dialect {
        Dialect::Postgres => vec![r#"CREATE SCHEMA IF NOT EXISTS "weir""#.to_owned()],
        // `CREATE SCHEMA` must stand alone.
        Dialect::Tsql => {
            vec!["IF SCHEMA_ID(N'weir') IS NULL EXECUTE (N'CREATE SCHEMA [weir]')".to_owned()]
        }
        Dialect::Sqlite | Dialect::MariaDb => Vec::new(),
    };
    for (name, columns, indexes) in TABLES {
        let unless = match dialect {
            Dialect::Tsql => format!("IF OBJECT_ID(N'[weir].[{name}]') IS NULL CREATE TABLE"),
            _ => "CREATE TABLE IF NOT EXISTS".to_owned(),
        };
        all.push(format!("{unless} {{{name}}} ({columns})"));
        for (number, columns) in (1..).zip(indexes) {
            let index = format!("weir_{name}_{number}");
            let unless = match dialect {
                Dialect::Tsql => format!(
                    "IF INDEXPROPERTY(OBJECT_ID(N'[weir].[{name}]'), N'{index}', 'IndexID') IS NULL CREATE INDEX"
                ),
                _ => "CREATE INDEX IF NOT EXISTS".to_owned(),
            };
            all.push(format!("{unless} \"{index}\" ON {{{name}}} ({columns})"));
        }
    }
    steps(dialect, all)
}

/// The statements that take the tables away.
pub(in crate::sql) fn drop(dialect: Dialect) -> Vec<String> {
    TABLES
        .iter()
        .map(|(name, ..)| {
            written(
                dialect,
                &format!("DROP TABLE IF EXISTS {{{name}}}"),
                &mut [],
            )
        })
        .collect()
}

/// Empties the tables of what should be.
pub(super) fn clear(dialect: Dialect) -> Vec<Query> {
    let new = TABLES.iter().filter(|(name, ..)| name.starts_with("new_"));
    steps(
        dialect,
        new.map(|(name, ..)| format!("DELETE FROM {{{name}}}")),
    )
}

/// Begins a version.
pub(super) fn begin(dialect: Dialect) -> Query {
    step(dialect, Kind::Partition, BEGIN)
}

/// Numbers the audiences that are new, and says which users came and went.
pub(super) fn users(dialect: Dialect) -> Vec<Query> {
    steps(dialect, std::iter::once(AUDIENCES).chain(PAIRS[0]))
}

/// Says which rows came and went.
pub(super) fn rows(dialect: Dialect) -> Vec<Query> {
    steps(dialect, PAIRS[1])
}

/// Says which contents, members and lists of columns are others.
pub(super) fn rest(dialect: Dialect) -> Vec<Query> {
    steps(dialect, CONTENTS.iter().chain(&PAIRS[2]).chain(&PAIRS[3]))
}

/// Forgets what is older than is kept.
pub(super) fn forget(dialect: Dialect) -> Vec<Query> {
    steps(dialect, FORGET)
}

/// What changed for a user since a version.
pub(super) fn changes(dialect: Dialect) -> Query {
    step(dialect, Kind::Changes, CHANGES)
}

fn steps(dialect: Dialect, templates: impl IntoIterator<Item: AsRef<str>>) -> Vec<Query> {
    let steps = templates.into_iter();
    steps
        .map(|template| step(dialect, Kind::Partition, template.as_ref()))
        .collect()
}

/// A template as a statement.
fn step(dialect: Dialect, kind: Kind, template: &str) -> Query {
    let mut slots = Slots::new(dialect);
    let mut parameters = [
        ("at", ParameterType::Datetime, Source::At),
        ("keep", ParameterType::Datetime, Source::Keep),
        ("since", ParameterType::Integer, Source::Since),
        ("user", ParameterType::Guid, Source::User),
    ]
    .map(|(name, ty, source)| Hole {
        name,
        ty,
        source,
        uses: Vec::new(),
    });
    let sql = written(dialect, template, &mut parameters);
    let mut order: Vec<(usize, usize)> = Vec::new();
    for hole in parameters {
        if !hole.uses.is_empty() {
            let at = slots.place(hole.name, hole.ty, hole.source);
            order.extend(hole.uses.into_iter().map(|number| (number, at)));
        }
    }
    order.sort_unstable();
    Query {
        kind,
        entity: None,
        name: None,
        sql,
        reads: Vec::new(),
        recurring: Vec::new(),
        slots,
        order: order.into_iter().map(|(_, at)| at).collect(),
    }
}

/// A parameter of templates, and the numbers of its placeholders.
struct Hole {
    name: &'static str,
    ty: ParameterType,
    source: Source,
    uses: Vec<usize>,
}

/// A template in a dialect's words.
fn written(dialect: Dialect, template: &str, holes: &mut [Hole]) -> String {
    let answers = dialect.answers();
    let guid = answers.column_type(AttributeType::Uniqueidentifier);
    let at = answers.column_type(AttributeType::Datetime(Behavior::UserLocal));
    let mut out = String::new();
    let mut count = 0;
    let mut rest = template;
    while let Some(at_mark) = rest.find(['{', '?']) {
        let (before, mark) = rest.split_at(at_mark);
        out.push_str(before);
        let word_end = |text: &str| {
            text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(text.len())
        };
        let word = &mark[1..];
        let (word, after) = word.split_at(word_end(word));
        if mark.starts_with('?') {
            if let Some(hole) = holes.iter_mut().find(|hole| hole.name == word) {
                count += 1;
                hole.uses.push(count);
                out += &answers.placeholder(count, hole.ty);
            }
            rest = after;
            continue;
        }
        match word {
            "guid" => out += guid,
            "at" => out += at,
            "key" => out += answers.key_type(),
            "name" => out += answers.name_type(),
            table => {
                let (schema, name) = dialect.own_table(table);
                // A column of the table is named by the table alone.
                let is_column = after.starts_with("}.");
                if let Some(schema) = schema.filter(|_| !is_column) {
                    out += &format!("\"{schema}\".");
                }
                out += &format!("\"{name}\"");
            }
        }
        rest = after.strip_prefix('}').unwrap_or(after);
    }
    out.push_str(rest);
    quoted(dialect, &out)
}

/// Names in the dialect's quotes. No template has a name with a quote in it.
fn quoted(dialect: Dialect, sql: &str) -> String {
    match dialect {
        Dialect::Sqlite | Dialect::Postgres => sql.to_owned(),
        Dialect::MariaDb => sql.replace('"', "`"),
        Dialect::Tsql => {
            let parts = sql.split('"').enumerate();
            parts
                .map(|(at, part)| match at % 2 {
                    1 => format!("[{part}]"),
                    _ => part.to_owned(),
                })
                .collect()
        }
    }
}
