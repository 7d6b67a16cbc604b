//! The SQL of plans: its text (`tests/sql`), that it is one `SELECT` without a value in it, its
//! limits, and that no name or value changes its shape.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop where it can't go on"
)]

mod common;

use std::fmt::Write as _;
use std::thread;

use indexmap::IndexMap;
use smol_str::SmolStr;
use sqlparser::ast::Statement as Parsed;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};
use weir_compiler::Options;
use weir_compiler::sql::{self, Context, Dialect, ParameterValue, Query, SqlError, storage};
use weir_grammar::ast::Dialect as Language;
use weir_ir::operators::{Condition, Operands, Operator};
use weir_ir::plan::{Link, Node, NodeId, Nodes, Plan, Root};
use weir_ir::schema::{
    AttrId, Attribute, AttributeType, Entity, EntityId, Ownership, SYSTEM_ENTITIES, Schema,
};
use weir_ir::settings::Settings;
use weir_ir::time::Instant;
use weir_ir::value::{Guid, Value};

use common::{METADATA, grammar, known};

/// The tokens of a text that the dialect's grammar takes as one statement, and that; names and blanks
/// are not told apart.
fn parsed(sql: &str, dialect: Dialect) -> (Parsed, Vec<String>) {
    let grammar = grammar(dialect);
    let sql = &known(sql);
    let tokens = Tokenizer::new(&*grammar, sql).tokenize().expect("tokens");
    let mut parsed = Parser::new(&*grammar)
        .with_recursion_limit(256)
        .with_tokens(tokens.clone())
        .parse_statements()
        .unwrap_or_else(|error| panic!("{error}: {sql}"));
    assert_eq!(parsed.len(), 1, "{sql}");
    let words = tokens.into_iter().filter_map(|token| match token {
        Token::Whitespace(_) => None,
        Token::Word(word) if word.quote_style.is_some() => Some("name".to_owned()),
        other => Some(other.to_string()),
    });
    (parsed.swap_remove(0), words.collect())
}

/// The tokens of one query.
fn shape(sql: &str, dialect: Dialect) -> Vec<String> {
    let (parsed, words) = parsed(sql, dialect);
    assert!(matches!(parsed, Parsed::Query(_)), "one query: {sql}");
    words
}

/// The placeholders of so many values, in order.
fn placeholders(dialect: Dialect, count: usize) -> Vec<String> {
    (1..=count)
        .map(|n| match dialect {
            Dialect::Sqlite | Dialect::MariaDb => "?".to_owned(),
            Dialect::Postgres => format!("${n}"),
            Dialect::Tsql => format!("@P{n}"),
        })
        .collect()
}

/// The literals of a dialect's own templates: places of JSON rows, sizes of types, `1 = 0`.
fn literals(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        Dialect::Sqlite | Dialect::Postgres => &["0", "1", "2", "3"],
        Dialect::MariaDb => &[
            "3", "28", "36", "65", "'$'", "'$[*]'", "'$[0]'", "'$[1]'", "'$[2]'", "'$[3]'",
        ],
        Dialect::Tsql => &[
            "0",
            "1",
            "3",
            "10",
            "36",
            "38",
            "8000",
            "'strict $[0]'",
            "'strict $[1]'",
            "'strict $[2]'",
            "'strict $[3]'",
        ],
    }
}

/// Checks what holds of every statement.
fn verify(query: &Query, dialect: Dialect) {
    let words = shape(&query.sql, dialect);
    let place =
        |word: &&String| word.as_str() == "?" || word.starts_with("@P") || word.starts_with('$');
    let places: Vec<&String> = words.iter().filter(place).collect();
    let bound = query.bind(Context::default()).len();
    let expected = placeholders(dialect, bound);
    assert!(places.into_iter().eq(&expected), "{}", query.sql);
    for (at, word) in words.iter().enumerate() {
        let literal = word.starts_with(|c: char| c == '\'' || c.is_ascii_digit())
            || word.starts_with("N'")
            || word.starts_with("E'");
        let own = literals(dialect).contains(&word.as_str())
            // There numbers are places of JSON rows alone.
            && (!matches!(dialect, Dialect::Sqlite | Dialect::Postgres)
                || words[at - 1] == "->>"
                || words[at - 1] == "(");
        assert!(!literal || own, "{word}: {}", query.sql);
    }
    if dialect == Dialect::Tsql {
        let has = |word: &str| words.iter().any(|other| other == word);
        assert!(!["TRUE", "FALSE", "RECURSIVE", "LIMIT"].into_iter().any(has));
    }
}

fn printed(query: &Query, context: Context<'_>) -> String {
    verify(query, Dialect::Sqlite);
    let statement = query.statement(context);
    let mut text = format!(
        "{:?} {}\n{}\n",
        statement.kind,
        query.name.as_deref().unwrap_or("all"),
        statement.sql
    );
    for parameter in statement.parameters {
        let value = match parameter.value {
            ParameterValue::Null => "…".to_owned(),
            ParameterValue::Integer(number) => number.to_string(),
            ParameterValue::Text(text) => text,
        };
        let _ = writeln!(text, "  {}: {:?} = {value}", parameter.name, parameter.ty);
    }
    text
}

/// Each case is printed as the whole map, and with `rows` in its head as the rows of a user too.
#[test]
fn the_sql_of_profiles() {
    let schema = common::schema(METADATA);
    let zones = ["Asia/Tokyo".to_owned(), "Mars/Olympus".to_owned()];
    let now = Instant::parse("2026-03-02T08:00:00Z").expect("an instant");
    let context = Context {
        user: Guid::parse("6f9619ff-8b86-d011-b42d-00c04fc964ff"),
        clock: Some((now, &zones)),
        days: None,
        ..Context::default()
    };
    common::fixtures("sql", |head, texts| {
        let case = common::compile_texts(&schema, texts, Language::Native, Options::default());
        let plan = case.compiled.plan.expect("no errors");
        let mut queries = sql::map(&schema, &plan, Dialect::Sqlite).expect("SQL");
        if head.contains("[rows]") {
            queries.extend(sql::rows(&schema, &plan, Dialect::Sqlite).expect("SQL"));
        }
        let texts: Vec<String> = queries.iter().map(|q| printed(q, context)).collect();
        texts.join("\n")
    });
}

#[test]
fn without_user_and_clock_parameters_stay_open() {
    let schema = common::schema(METADATA);
    let text = "profile \"P\" { limits modern members { user \"a\" } item task { download where scheduledend today and ownerid eq-userid } }";
    let case = common::compile_texts(&schema, &[text], Language::Native, Options::default());
    let plan = case.compiled.plan.expect("no errors");
    let queries = sql::rows(&schema, &plan, Dialect::Sqlite).expect("SQL");
    let statement = queries[0].statement(Context::default());
    let json = serde_json::to_value(&statement).expect("JSON");
    assert_eq!(json["kind"], "rows");
    assert_eq!(json["entity"], "task");
    let open: Vec<&str> = json["parameters"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|parameter| parameter["value"].is_null())
        .filter_map(|parameter| parameter["name"].as_str())
        .collect();
    assert!(
        open.contains(&"user") && open.contains(&"windows"),
        "{open:?}"
    );
    assert!(open.iter().all(|name| ["user", "windows"].contains(name)));
}

#[test]
fn the_text_depends_on_no_list_and_no_name_of_a_member() {
    let schema = common::schema(METADATA);
    let sql = |members: &str, list: &str| {
        let text = format!(
            "profile \"P\" {{ members {{ {members} }} item account {{ download where name in ({list}) }} }}"
        );
        let case = common::compile_texts(&schema, &[&text], Language::Native, Options::default());
        let plan = case.compiled.plan.expect("no errors");
        let queries = sql::map(&schema, &plan, Dialect::Sqlite).expect("SQL");
        queries[0].sql.clone()
    };
    assert_eq!(
        sql("user \"a\"", "'x', 'y'"),
        sql("user \"b\" user \"c\"", "'p', 'q', \"r'; --\"")
    );
}

/// The system entities, and one more with a primary id, texts and lookups of the given names.
fn schema_of(entity: &str, attributes: &[(String, AttributeType)]) -> (Schema, EntityId) {
    let of = |name: &str, attributes: Vec<Attribute>| Entity {
        name: name.into(),
        table: None,
        ownership: Some(Ownership::Organization),
        offline: Some(true),
        mobile: true,
        activity: false,
        internal: false,
        primary_id: AttrId(0),
        offline_filter: None,
        attributes: attributes
            .into_iter()
            .map(|attribute| (attribute.name.clone(), attribute))
            .collect(),
    };
    let mut entities: IndexMap<SmolStr, Entity> = IndexMap::new();
    for system in &SYSTEM_ENTITIES {
        let id = Attribute::new(system.primary_id, AttributeType::Uniqueidentifier);
        let others = system.attributes.iter();
        let others = others.map(|(name, ty, _)| Attribute::new(*name, *ty));
        let all = std::iter::once(id).chain(others).collect();
        entities.insert(system.name.into(), of(system.name, all));
    }
    let attributes = attributes.iter();
    let attributes = attributes.map(|(name, ty)| Attribute::new(name.as_str(), *ty));
    entities.insert(entity.into(), of(entity, attributes.collect()));
    let schema = Schema::new(entities, Vec::new(), None).expect("a schema");
    let id = schema.find(entity).expect("it is there");
    (schema, id)
}

fn plain_schema() -> (Schema, EntityId) {
    let attributes = [
        ("id".to_owned(), AttributeType::Uniqueidentifier),
        ("name".to_owned(), AttributeType::String),
        ("parent".to_owned(), AttributeType::Lookup),
    ];
    schema_of("thing", &attributes)
}

fn plan_of(entity: EntityId, nodes: Nodes, audience: NodeId) -> Plan {
    Plan {
        nodes,
        roots: vec![Root {
            entity,
            audience,
            columns: Vec::new(),
        }],
        ..Plan::empty(Settings::default())
    }
}

fn equals(attribute: u32, text: &str) -> Condition {
    Condition {
        attribute: AttrId(attribute),
        operator: Operator::Eq,
        operands: Operands::Values(Box::new([Value::Text(text.into())])),
        on_null: false,
    }
}

/// The first plan of a growing series that is refused, and why; the one before it is fine.
fn first_refused(plan: impl Fn(usize) -> Plan, schema: &Schema, range: (usize, usize)) -> SqlError {
    let (mut fine, mut refused) = range;
    let attempt = |n: usize| sql::map(schema, &plan(n), Dialect::Sqlite);
    assert!(attempt(fine).is_ok());
    let mut why = attempt(refused).expect_err("too large");
    while refused - fine > 1 {
        let middle = fine.midpoint(refused);
        match attempt(middle) {
            Ok(_) => fine = middle,
            Err(error) => (refused, why) = (middle, error),
        }
    }
    why
}

#[test]
fn parameters_end_at_the_limit() {
    let (schema, entity) = plain_schema();
    let plan = |n: usize| {
        let mut nodes = Nodes::default();
        let terms: Vec<NodeId> = (0..n)
            .map(|n| nodes.rows(entity, equals(1, &n.to_string())))
            .collect();
        let root = nodes.or(terms);
        plan_of(entity, nodes, root)
    };
    let why = first_refused(plan, &schema, (32_740, 32_780));
    let expected = SqlError::TooLarge {
        entity: "thing".to_owned(),
        dialect: "SQLite",
        what: "parameters",
        count: 32_767,
        limit: 32_766,
    };
    assert_eq!(why, expected);
    assert_eq!(
        why.to_string(),
        "the statement for `thing` has 32767 parameters, and SQLite takes 32766"
    );
}

#[test]
fn tables_end_at_the_limit() {
    let (schema, entity) = plain_schema();
    // Each level asks its parent in two ways: twice the tables of the level before it.
    let plan = |levels: usize| {
        let mut nodes = Nodes::default();
        let mut audience = nodes.rows(entity, equals(1, "a"));
        for _ in 0..levels {
            let up = Link::Attributes {
                from: AttrId(2),
                entity,
                to: AttrId(0),
            };
            let down = Link::Attributes {
                from: AttrId(0),
                entity,
                to: AttrId(2),
            };
            let (up, down) = (
                nodes.exists(entity, up, audience),
                nodes.exists(entity, down, audience),
            );
            audience = nodes.or([up, down]);
        }
        plan_of(entity, nodes, audience)
    };
    assert!(sql::map(&schema, &plan(200), Dialect::Sqlite).is_err());
    let why = first_refused(plan, &schema, (1, 40));
    assert!(
        matches!(
            why,
            SqlError::TooLarge {
                what: "tables",
                count: 961..,
                ..
            }
        ),
        "{why}"
    );
}

#[test]
fn expressions_end_at_the_limit() {
    let (schema, entity) = plain_schema();
    let plan = |levels: usize| {
        let mut nodes = Nodes::default();
        let mut audience = nodes.rows(entity, equals(1, "a"));
        for n in 0..levels {
            let other = nodes.rows(entity, equals(1, &n.to_string()));
            audience = if n % 2 == 0 {
                nodes.and([audience, other])
            } else {
                nodes.or([audience, other])
            };
        }
        plan_of(entity, nodes, audience)
    };
    let why = first_refused(plan, &schema, (2, 3_000));
    // One level more may begin a group of its own, which adds three.
    assert!(
        matches!(
            why,
            SqlError::TooLarge {
                what: "levels of expressions",
                count: 1_001..=1_003,
                ..
            }
        ),
        "{why}"
    );
}

#[test]
fn names_end_at_the_limit() {
    let query = |name: &str| {
        let attributes = [("id".to_owned(), AttributeType::Uniqueidentifier)];
        let (schema, entity) = schema_of(name, &attributes);
        let mut nodes = Nodes::default();
        let all = nodes.all();
        sql::map(&schema, &plan_of(entity, nodes, all), Dialect::Sqlite)
    };
    assert!(query(&"n".repeat(1_024)).is_ok());
    for (name, reason) in [
        ("n".repeat(1_025), "it has 1025 bytes, and 1024 are allowed"),
        ("SQLite_master".to_owned(), "`sqlite_` is reserved"),
        ("a\0b".to_owned(), "it contains the character U+0000"),
        (String::new(), "it is empty"),
    ] {
        let error = query(&name).expect_err("refused").to_string();
        let expected = format!("`{name}` can't be a name in SQLite: {reason}");
        assert_eq!(error, expected);
    }
}

#[test]
fn an_encoding_is_refused_by_name() {
    let (schema, entity) = plain_schema();
    let mut thing = schema.entity(entity).clone();
    thing.attributes[1].encoding = Some("ebcdic".into());
    let error = storage::create_table(&thing, Dialect::Sqlite).expect_err("refused");
    assert_eq!(
        error.to_string(),
        "the column of `thing.name` has the encoding `ebcdic`, which is not supported"
    );
}

/// A small generator of its own, so that every run asks the same.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).expect("64 bits") % n
    }

    /// Quotes and their look-alikes, comments, ends of statements, placeholders, and less.
    fn nasty(&mut self) -> String {
        const PIECES: [&str; 31] = [
            "'", "\"", "`", "[", "]", "\\", ";", "--", "/*", "*/", "\r", "\n", "?", "?1", ":a",
            "$1", "@P1", " ", "a", "SELECT", "\u{e9}", ")", "\u{2018}", "\u{2019}", "\u{201d}",
            "\u{2032}", "\u{ff02}", "\u{ff07}", "\u{ff40}", "\u{ff1b}", "\u{2028}",
        ];
        let pieces = 1 + self.below(8);
        let text: String = (0..pieces).map(|_| PIECES[self.below(31)]).collect();
        // Refused in names, so not often.
        if self.below(25) == 0 {
            text + "\0"
        } else {
            text
        }
    }

    /// The name of the entity or of its nth attribute: hostile, reserved, of the greatest length or
    /// beyond it; no two are equal, or the schema has fewer attributes.
    fn name(&mut self, at: usize, longest: usize) -> String {
        const RESERVED: [[&str; 4]; 4] = [
            ["table", "order", "group", "select"],
            ["user", "from", "primary", "end"],
            ["null", "where", "case", "as"],
            ["index", "values", "union", "with"],
        ];
        let hostile = format!("{}{at}", self.nasty());
        let padded = |length: usize| {
            let pad = length.saturating_sub(hostile.len());
            format!("{}{hostile}", "n".repeat(pad))
        };
        match self.below(40) {
            0..6 => RESERVED[at][self.below(4)].to_owned(),
            6 => padded(longest),
            7 => padded(longest + 1),
            _ => hostile,
        }
    }
}

/// Every kind of statement over an entity with those names, comparing with that value.
fn statements(names: &[String; 4], value: &str, dialect: Dialect) -> Result<Vec<String>, SqlError> {
    let [entity, id, text, lookup] = names;
    let attributes = [
        (id.clone(), AttributeType::Uniqueidentifier),
        (text.clone(), AttributeType::String),
        (lookup.clone(), AttributeType::Lookup),
    ];
    let (schema, entity) = schema_of(entity, &attributes);
    let mut nodes = Nodes::default();
    let eq = nodes.rows(entity, equals(1, value));
    let mut listed = equals(1, value);
    listed.operator = Operator::NotIn;
    let listed = nodes.rows(entity, listed);
    let mut like = equals(1, value);
    like.operator = Operator::Like;
    let like = nodes.rows(entity, like);
    let all = nodes.or([eq, listed, like]);
    let link = Link::Attributes {
        from: AttrId(2),
        entity,
        to: AttrId(0),
    };
    let linked = nodes.exists(entity, link, all);
    let shared = nodes.shared(entity);
    let root = nodes.and([linked, shared]);
    let plan = plan_of(entity, nodes, root);
    let mut texts = Vec::new();
    for query in sql::rows(&schema, &plan, dialect)?
        .iter()
        .chain(&sql::map(&schema, &plan, dialect)?)
    {
        verify(query, dialect);
        texts.push(query.sql.clone());
    }
    Ok(texts)
}

fn quoted(name: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::Sqlite | Dialect::Postgres => format!("\"{}\"", name.replace('"', "\"\"")),
        Dialect::MariaDb => format!("`{}`", name.replace('`', "``")),
        Dialect::Tsql => format!("[{}]", name.replace(']', "]]")),
    }
}

/// Hostile names and values in each of the four dialects.
const CASES: usize = 5_000;

#[test]
fn no_name_and_no_value_changes_the_shape() {
    thread::scope(|scope| {
        let halves = Dialect::ALL.chunks(2);
        let running =
            halves.map(|half| scope.spawn(|| half.iter().copied().for_each(keeps_its_shape)));
        for thread in running.collect::<Vec<_>>() {
            thread.join().expect("no shape but one");
        }
    });
}

fn keeps_its_shape(dialect: Dialect) {
    let plain = ["thing", "id", "name", "parent"].map(str::to_owned);
    let shapes = |texts: &[String]| -> Vec<Vec<String>> {
        texts.iter().map(|sql| shape(sql, dialect)).collect()
    };
    let expected = shapes(&statements(&plain, "a", dialect).expect("plain names"));
    let mut random = Random(0x5EED);
    let (mut same, mut refused) = (0, 0);
    let longest = match dialect {
        Dialect::Sqlite => 1_024,
        Dialect::Postgres => 63,
        Dialect::MariaDb => 64,
        Dialect::Tsql => 128,
    };
    for n in 0..CASES {
        let names = [0, 1, 2, 3].map(|at| random.name(at, longest));
        let mut value = random.nasty();
        if dialect == Dialect::Postgres {
            // No text there has it, so nothing would be asked.
            value = value.replace('\0', "");
        }
        match statements(&names, &value, dialect) {
            Ok(texts) => {
                assert_eq!(shapes(&texts), expected, "{n}: {names:?} {value:?}");
                let quoted = quoted(&names[0], dialect);
                assert!(texts[0].contains(&quoted), "{n}: {names:?}");
                same += 1;
            }
            Err(SqlError::Name { name, .. }) => {
                assert!(name.contains('\0') || name.len() > longest, "{name:?}");
                refused += 1;
            }
            Err(SqlError::Pattern { pattern, .. }) if dialect == Dialect::Tsql => {
                assert!(pattern.contains('['), "{pattern}");
                refused += 1;
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert!(
        same > CASES / 2 && refused > CASES / 8,
        "{}: {same} of one shape, {refused} refused",
        dialect.name()
    );
}

/// Everything that the fixtures say is T-SQL, but for patterns of sets, which are refused by name.
#[test]
fn every_fixture_has_tsql() {
    let schema = common::schema(METADATA);
    let (mut verified, mut refused) = (0, 0);
    for text in [
        include_str!("sql/profiles.txt"),
        include_str!("plans/plans.txt"),
    ] {
        for texts in common::sources(text) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let case = common::compile_texts(&schema, &texts, Language::Native, Options::default());
            let plan = case.compiled.plan.expect("no errors");
            for made in [sql::rows, sql::map] {
                match made(&schema, &plan, Dialect::Tsql) {
                    Ok(queries) => {
                        verified += queries.len();
                        for query in &queries {
                            verify(query, Dialect::Tsql);
                        }
                    }
                    Err(SqlError::Pattern { pattern, .. }) => {
                        assert!(pattern.contains('['), "{pattern}");
                        refused += 1;
                    }
                    Err(other) => panic!("{other}"),
                }
            }
        }
    }
    assert!(verified > 50 && refused < 10, "{verified} and {refused}");
}

#[test]
fn tsql_in_its_own_words() {
    let (schema, entity) = plain_schema();
    let mut thing = schema.entity(entity).clone();
    let upsert = storage::upsert(&thing, &[AttrId(1)], Dialect::Tsql).expect("SQL");
    assert_eq!(
        upsert,
        "MERGE INTO [thing] WITH (HOLDLOCK) AS [t] USING (VALUES (@P1, @P2)) AS [s] ([id], [name]) \
         ON [t].[id] = [s].[id] WHEN MATCHED THEN UPDATE SET [name] = [s].[name] \
         WHEN NOT MATCHED THEN INSERT ([id], [name]) VALUES ([s].[id], [s].[name]);"
    );
    // The parser knows no hint there.
    let upsert = upsert.replace(" WITH (HOLDLOCK)", "");
    assert!(matches!(
        parsed(&upsert, Dialect::Tsql).0,
        Parsed::Merge { .. }
    ));
    assert_eq!(
        storage::create_table(&thing, Dialect::Tsql).expect("SQL"),
        "CREATE TABLE [thing] ( [id] uniqueidentifier NOT NULL PRIMARY KEY, \
         [name] nvarchar(max) COLLATE Latin1_General_100_BIN2, [parent] uniqueidentifier )"
    );
    for (length, fits) in [(128, true), (129, false)] {
        thing.table = Some("n".repeat(length).into());
        let made = storage::delete(&thing, Dialect::Tsql);
        assert_eq!(made.is_ok(), fits, "{made:?}");
    }
    thing.table = Some("#thing".into());
    let error = storage::delete(&thing, Dialect::Tsql).expect_err("refused");
    assert_eq!(
        error.to_string(),
        "`#thing` can't be a name in T-SQL: `#` is reserved"
    );
    let like = |pattern: &str| {
        let mut nodes = Nodes::default();
        let mut like = equals(1, pattern);
        like.operator = Operator::Like;
        let root = nodes.rows(entity, like);
        sql::map(&schema, &plan_of(entity, nodes, root), Dialect::Tsql)
    };
    let queries = like("a_\u{1F600}%").expect("SQL");
    assert!(
        queries[0]
            .sql
            .contains("[weir].[fold]([r].[name]) LIKE CAST(CAST(@P")
    );
    let bound = queries[0].bind(Context::default());
    let expected = ParameterValue::Text("/000061/______/01F600%".to_owned());
    assert!(bound.iter().any(|parameter| parameter.value == expected));
    let why = like("[a-c]%").expect_err("refused").to_string();
    assert_eq!(why, "T-SQL can't match the pattern `[a-c]%` exactly");
    assert!(like(&"a".repeat(1_142)).is_ok());
    assert!(like(&"a".repeat(1_143)).is_err());
}

#[test]
fn shared_groups_stand_once() {
    let (schema, entity) = plain_schema();
    let mut nodes = Nodes::default();
    let terms: Vec<NodeId> = (0..10)
        .map(|n| nodes.rows(entity, equals(1, &n.to_string())))
        .collect();
    let shared = nodes.or(terms);
    assert!(matches!(nodes.get(shared), Node::Or(_)));
    let up = Link::Attributes {
        from: AttrId(2),
        entity,
        to: AttrId(0),
    };
    let up = nodes.exists(entity, up, shared);
    let not = nodes.not(up);
    let root = nodes.and([shared, not]);
    let queries = sql::map(&schema, &plan_of(entity, nodes, root), Dialect::Sqlite).expect("SQL");
    verify(&queries[0], Dialect::Sqlite);
    assert_eq!(queries[0].sql.matches("weir_fold").count(), 10);
    assert_eq!(queries[0].sql.matches("FROM \"group_").count(), 2);
}
