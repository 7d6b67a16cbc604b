//! What is reported about DDL scripts and `$metadata` documents: code, underlined text, message, help.

use weir_compiler::metadata::Builder;
use weir_ir::diagnostic::{Diagnostic, Sources};
use weir_ir::limits;

/// What is found in a script or a document.
fn found(text: &str) -> (Sources, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let file = sources.add("source", text);
    let mut builder = Builder::new();
    let mut found = if text.starts_with('<') {
        builder.csdl(&sources, file)
    } else {
        builder.ddl(&sources, file)
    };
    found.extend(builder.finish().1);
    (sources, found)
}

/// Asserts code, underlined text, message and help of every finding.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let (sources, found) = found(text);
    let told: Vec<String> = found
        .iter()
        .map(|d| {
            let labels: String = d
                .labels
                .iter()
                .map(|l| format!(" | {} [{}]", l.text, sources.slice(l.span)))
                .collect();
            format!(
                "{} [{}] {} | {}{labels}",
                d.code.id,
                d.span.map_or("", |span| sources.slice(span)),
                d.message,
                d.help.as_deref().unwrap_or("no help")
            )
        })
        .collect();
    assert_eq!(told, expected);
}

const MEND: &str =
    "mend it, or name the dialect in a first line `-- dialect: …`: postgresql, sqlite, mysql, tsql";
const KEY: &str =
    "weir knows a row by one GUID: a uuid, uniqueidentifier, char(36) or binary(16) column";
const ENDS: &str = "a relationship goes from one column to the primary key of a table";
const VIRTUAL: &str = "the attribute is taken for a virtual one, which can't be filtered";

#[test]
fn statements_that_cannot_be_read() {
    let good = "CREATE TABLE a (aid uuid PRIMARY KEY);\n";
    check(
        &format!(
            "-- dialect: postgresql\n{good}CREATE TABLE é (bid uuid PRIMARY KEY,, x int);\nCREATE TABLE c (cid uuid PRIMARY"
        ),
        &[
            &format!(
                "E0221 [,] the statement can't be read: expected column name or constraint definition, found `,` | {MEND}"
            ),
            &format!(
                "E0221 [PRIMARY] the statement can't be read: expected `,` or `)` after column definition, found `PRIMARY` | {MEND}"
            ),
        ],
    );
    check(
        "-- dialect: sqlite\nCREATE TABLE a (aid TEXT PRIMARY KEY DEFAULT 'open);",
        &[&format!(
            "E0221 ['] the statement can't be read: unterminated string literal | {MEND}"
        )],
    );
    let deep = "(".repeat(limits::SQL_DEPTH + 1);
    let text = format!("CREATE TABLE a (aid uuid, x int DEFAULT {deep}1");
    let (_, found) = found(&text);
    let messages: Vec<&str> = found.iter().map(|found| found.message.as_str()).collect();
    assert_eq!(
        messages,
        ["the statement can't be read: it is nested deeper than 64"]
    );
}

#[test]
fn dialects_and_skipped_statements() {
    let table = "CREATE TABLE a (aid uuid PRIMARY KEY);";
    check(
        &format!("-- dialect: mysq\n{table}"),
        &["E0204 [mysq] the dialect `mysq` is unknown | did you mean `mysql`?"],
    );
    check(
        &format!("-- dialect: oracle\n{table}"),
        &[
            "E0204 [oracle] the dialect `oracle` is unknown | it is one of postgresql, sqlite, mysql, tsql",
        ],
    );
    check(
        &format!("{table} GRANT ALL ON a TO b; CREATE TEMP TABLE t (x int); VACUUM; VACUUM"),
        &[
            "N0221 [GRANT ALL ON a TO b] 4 statements are skipped, of which this is the first | they say nothing of tables: `GRANT`, `CREATE TEMP`, `VACUUM`",
        ],
    );
    check(
        "-- nothing",
        &[
            "E0213 [] the script creates no table | give the `CREATE TABLE` statements of the database",
        ],
    );
}

#[test]
fn tables_and_columns() {
    check(
        "CREATE TABLE a (aid uuid PRIMARY KEY, x int, \"X\" int); CREATE TABLE s.A (aid uuid PRIMARY KEY);",
        &[
            "E0205 [\"X\"] the column `x` is declared twice | names count in lower case, without their schema, and with `_` for what is no letter, digit or underscore | first declared here [x]",
            "E0205 [A] the table `a` is declared twice | names count in lower case, without their schema, and with `_` for what is no letter, digit or underscore | first declared here [a]",
        ],
    );
    check(
        "CREATE TABLE log (id serial PRIMARY KEY, x uuid); CREATE TABLE b (x uuid, y uuid, PRIMARY KEY (x, y));",
        &[
            &format!(
                "W0221 [log] the table `log` has no primary key that is a GUID: it is left out | {KEY}"
            ),
            &format!(
                "W0221 [b] the table `b` has no primary key that is a GUID: it is left out | {KEY}"
            ),
        ],
    );
    check(
        "CREATE TABLE a (aid uuid PRIMARY KEY, x public.\"odd type\"(3) NOT NULL);",
        &[&format!(
            "W0204 [odd type] the type `odd type` isn't read | {VIRTUAL}"
        )],
    );
    check(
        "CREATE TABLE account (accountid uuid PRIMARY KEY); ALTER TABLE acount ADD COLUMN x int;",
        &[
            "W0205 [acount] the table `acount` is altered, but never created | did you mean `account`?",
        ],
    );
    check(
        "CREATE TABLE asset (assetid uuid PRIMARY KEY, statecode text);",
        &[
            "E0207 [text] `statecode` of `asset` can't be of type `memo` | every such entity has it as `state`",
        ],
    );
    check(
        "CREATE TABLE systemuser (id uuid PRIMARY KEY);",
        &[
            "E0211 [id] the primary id of `systemuser` is `systemuserid`, not `id` | leave the primary id out: it is built in",
        ],
    );
}

#[test]
fn foreign_keys() {
    let a = "CREATE TABLE a (aid uuid PRIMARY KEY, code text UNIQUE);";
    check(
        &format!(
            "{a} CREATE TABLE b (bid uuid PRIMARY KEY, x uuid, y text, FOREIGN KEY (x, y) REFERENCES a (aid, code), FOREIGN KEY (z) REFERENCES a, FOREIGN KEY (y) REFERENCES a (code));"
        ),
        &[
            &format!("W0206 [a] a foreign key of several columns can't be a relationship | {ENDS}"),
            &format!("W0206 [z] the table `b` has no column `z` | {ENDS}"),
            &format!(
                "W0206 [a] a foreign key to another column than `aid`, the primary key of `a` | {ENDS}"
            ),
        ],
    );
    check(
        &format!("{a} CREATE TABLE b (bid uuid PRIMARY KEY, x int REFERENCES a);"),
        &[
            "W0206 [x] `x` of `b` is of type `integer`, which points to no row | a relationship goes through a lookup",
        ],
    );
}

/// A document of those elements.
fn edmx(inner: &str) -> String {
    format!("<Edmx><DataServices><Schema>{inner}</Schema></DataServices></Edmx>")
}

#[test]
fn documents() {
    check(
        "<Entity/>",
        &[
            "E0806 [Entity] this is a `Entity`, not a `Edmx` | the file's outermost element must be `Edmx`",
        ],
    );
    check(
        &edmx(""),
        &[
            "E0213 [Edmx] the document has no entity type | a `$metadata` has `DataServices/Schema/EntityType` elements",
        ],
    );
    check(
        "<!DOCTYPE Edmx [<!ENTITY a \"b\">]><Edmx/>",
        &[
            "E0802 [<!DOCTYPE Edmx [<!ENTITY a \"b\">]>] a document type is refused | remove it: nothing that weir reads needs one",
        ],
    );
    let key =
        "<Key><PropertyRef Name=\"assetid\"/></Key><Property Name=\"assetid\" Type=\"Edm.Guid\"/>";
    check(
        &edmx(&format!(
            "<EntityType/><EntityType Name=\"asset\">{key}<Property Name=\"Size\" Type=\"Edm.Sbyte\"/><Property Name=\"size\" Type=\"Edm.Int32\"/><Property Name=\"x\"/></EntityType><EntityType Name=\"Asset\"/>"
        )),
        &[
            "W0205 [EntityType] `EntityType` has no `Name`: it is left out | write it as `<EntityType Name=\"…\">`",
            "E0205 [Asset] the entity type `asset` is declared twice | one file declares a thing once; a later `--metadata` may override it | first declared here [asset]",
            &format!("W0204 [Edm.Sbyte] the type `Edm.Sbyte` isn't read | {VIRTUAL}"),
            "E0205 [size] the property `size` is declared twice | remove one of them | first declared here [Size]",
            "W0204 [x] the property `x` has no `Type`: it is left out | a property has `Type=\"Edm.…\"`",
        ],
    );
    check(
        &edmx(&format!(
            "<EntityType Name=\"asset\">{key}<NavigationProperty Name=\"place\" Type=\"mscrm.place\"/><NavigationProperty Name=\"parts\" Type=\"Collection(mscrm.asset)\" Partner=\"whole\"/></EntityType>"
        )),
        &[
            "W0206 [place] nothing says which lookup `place` goes through | it needs `<ReferentialConstraint Property=\"_…_value\" …/>`; it is left out",
            "W0206 [parts] `asset` has no navigation property `whole`, the partner of `parts` | both ends of a relationship name each other as `Partner`",
        ],
    );
}

#[test]
fn limits_of_a_source() {
    let many = limits::METADATA_ATTRIBUTES;
    let columns: String = (0..many).map(|n| format!(", c{n} int")).collect();
    let help = "what follows is left out; give the part that profiles need";
    check(
        &format!("CREATE TABLE a (aid uuid PRIMARY KEY{columns});"),
        &[&format!(
            "E0222 [c{}] `a` has over {many} columns | {help}",
            many - 1
        )],
    );
    let properties: String = (0..=many)
        .map(|n| format!("<Property Name=\"c{n}\" Type=\"Edm.Int32\"/>"))
        .collect();
    check(
        &edmx(&format!("<EntityType Name=\"a\">{properties}</EntityType>")),
        &[&format!(
            "E0222 [Property] `a` has over {many} properties | {help}"
        )],
    );
    let most = limits::METADATA_ENTITIES;
    let tables: String = (0..=most)
        .map(|n| format!("CREATE TABLE t{n} (t{n}id uuid);\n"))
        .collect();
    check(
        &tables,
        &[&format!("E0222 [t{most}] over {most} tables | {help}")],
    );
    let types: String = (0..=most)
        .map(|n| format!("<EntityType Name=\"t{n}\"/>"))
        .collect();
    check(
        &edmx(&types),
        &[&format!(
            "E0222 [t{most}] over {most} entity types | {help}"
        )],
    );
}
