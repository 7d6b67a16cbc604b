//! Lines that are read, lines that are refused, and lines written.

use indexmap::IndexMap;
use proptest::prelude::*;
use rust_decimal::Decimal;
use smol_str::SmolStr;

use super::{Decoder, Skipped, delta, rows, transaction};
use crate::diagnostic::{Diagnostic, FileId};
use crate::schema::{
    AttrId, Attribute, AttributeType, Behavior, Entity, EntityId, Ownership, SYSTEM_ENTITIES,
    Schema,
};
use crate::time::{Day, Instant, WallClock};
use crate::transaction::{Change, Transaction};
use crate::value::{Guid, Value};

const ID: &str = "6f9619ff-8b86-d011-b42d-00c04fc964ff";
const FILE: FileId = FileId(7);

/// One attribute of every kind of value, after `accountid`.
const ATTRIBUTES: [(&str, AttributeType); 15] = [
    ("name", AttributeType::String),
    ("ownerid", AttributeType::Owner),
    ("owninguser", AttributeType::Lookup),
    ("owningteam", AttributeType::Lookup),
    ("revenue", AttributeType::Money),
    ("size", AttributeType::Integer),
    ("versionnumber", AttributeType::Bigint),
    ("statecode", AttributeType::State),
    ("vip", AttributeType::Boolean),
    ("tags", AttributeType::Multichoice),
    ("since", AttributeType::Datetime(Behavior::UserLocal)),
    ("founded", AttributeType::Datetime(Behavior::DateOnly)),
    (
        "opens",
        AttributeType::Datetime(Behavior::TimeZoneIndependent),
    ),
    ("logo", AttributeType::Image),
    ("parentid", AttributeType::Lookup),
];

fn schema() -> Schema {
    let entity = |name: &str, id: &str, attributes: &[(&str, AttributeType)]| {
        let mut all: IndexMap<SmolStr, Attribute> = IndexMap::new();
        let id = [(id, AttributeType::Uniqueidentifier)];
        for (name, ty) in id.iter().chain(attributes) {
            all.insert((*name).into(), Attribute::new(*name, *ty));
        }
        let entity = Entity {
            name: name.into(),
            table: None,
            ownership: Some(Ownership::UserOrTeam),
            offline: Some(true),
            mobile: true,
            activity: false,
            internal: false,
            primary_id: AttrId(0),
            offline_filter: None,
            attributes: all,
        };
        (SmolStr::new(name), entity)
    };
    let mut entities: IndexMap<SmolStr, Entity> = SYSTEM_ENTITIES
        .iter()
        .map(|system| {
            let attributes: Vec<_> = system.attributes.iter().map(|a| (a.0, a.1)).collect();
            entity(system.name, system.primary_id, &attributes)
        })
        .collect();
    entities.extend([entity("account", "accountid", &ATTRIBUTES)]);
    Schema::new(entities, Vec::new(), None).expect("every system entity is there")
}

/// A line with one upsert of an account.
fn upsert(values: &str) -> String {
    format!(
        r#"{{"at":"2026-03-02T08:00:00Z","changes":[{{"op":"upsert","entity":"account","id":"{ID}","values":{values}}}]}}"#
    )
}

fn refused(line: &[u8]) -> Box<Diagnostic> {
    let schema = schema();
    let mut decoder = Decoder::new(&schema, false);
    decoder
        .line(FILE, br#"{"at":"2026-03-02T07:00:00Z"}"#)
        .expect("a line that moves the clock");
    let before = format!("{decoder:?}");
    let diagnostic = decoder.line(FILE, line).expect_err("the line is wrong");
    assert_eq!(
        format!("{decoder:?}"),
        before,
        "a refused line has no effect"
    );
    assert_eq!(diagnostic.span.map(|span| span.file), Some(FILE));
    diagnostic
}

fn check(line: &str, code: &str, underlined: &str, message: &str, help: &str) {
    let found = refused(line.as_bytes());
    let span = found.span.expect("a place");
    let text = line.get(span.start as usize..span.end as usize);
    assert_eq!(
        (
            found.code.id,
            text,
            found.message.as_str(),
            found.help.as_deref()
        ),
        (code, Some(underlined), message, Some(help)),
        "{line}"
    );
}

const SHAPE: &str =
    r#"a line is `{"at":"…","changes":[{"op":"upsert","entity":"…","id":"…","values":{…}}]}`"#;
const JSON: &str = "each line is one whole JSON object";

#[test]
fn refuses_lines_that_are_no_json() {
    for (line, underlined, message) in [
        ("", "", "not JSON: EOF while parsing a value"),
        (r#"{"at":"2026"#, "", "not JSON: EOF while parsing a string"),
        (r#"{"at" "x"}"#, "\"", "not JSON: expected `:`"),
        (r#"{"at":nul}"#, "}", "not JSON: expected ident"),
        (r#"{"at":01}"#, "1", "not JSON: invalid number"),
        (r#"{"at":"x"} {}"#, "{", "not JSON: trailing characters"),
        (
            "{\"at\":\"a\tb\"}",
            "\t",
            "not JSON: control character (\\u0000-\\u001F) found while parsing a string",
        ),
    ] {
        check(line, "E0701", underlined, message, JSON);
    }
    check(
        r#"{"at":"\ud800"}"#,
        "E0701",
        r#""\ud800""#,
        "a `\\u` escape is half a surrogate pair",
        "write both halves, or the character itself",
    );
    let nested = "[".repeat(100_000);
    assert_eq!(refused(nested.as_bytes()).code.id, "E0701");
    let nested = upsert(&format!(r#"{{"name":{nested}{}}}"#, "]".repeat(100_000)));
    assert_eq!(refused(nested.as_bytes()).code.id, "E0716");
}

#[test]
fn refuses_bytes_that_are_no_text() {
    let found = refused(b"{\"at\":\"\xC3\xA5\xFF\"}");
    assert_eq!(found.code.id, "E0702");
    assert_eq!(found.message, "these bytes are not UTF-8");
    assert_eq!(found.help.as_deref(), Some("save the stream as UTF-8"));
    assert_eq!(found.span.map(|span| (span.start, span.end)), Some((9, 10)));
}

#[test]
fn refuses_what_is_beyond_the_limits() {
    let found = refused(&vec![b' '; crate::limits::LINE_BYTES + 1]);
    assert_eq!(found.code.id, "E0703");
    assert_eq!(found.message, "the line has more than 67108864 bytes");
    let changes = "0,".repeat(crate::limits::CHANGES_PER_TRANSACTION);
    check(
        &format!(r#"{{"at":"2026-03-02T08:00:00Z","changes":[{changes}1]}}"#),
        "E0704",
        "1",
        "a transaction has at most 1000000 changes",
        "spread them over several transactions; they may bear the same `at`",
    );
}

#[test]
fn refuses_lines_of_another_shape() {
    let at = r#""at":"2026-03-02T08:00:00Z""#;
    for (line, underlined, message) in [
        (
            "[]".to_owned(),
            "[]",
            "a line must be an object, not an array",
        ),
        (
            r#"{"at":5}"#.to_owned(),
            "5",
            "`at` must be a text, not a number",
        ),
        (
            format!(r#"{{{at},"changes":{{}}}}"#),
            "{}",
            "`changes` must be an array, not an object",
        ),
        (
            format!(r#"{{{at},"changes":[true]}}"#),
            "true",
            "a change must be an object, not a boolean",
        ),
        (
            format!(r#"{{{at},"publish":"a.weir"}}"#),
            "\"a.weir\"",
            "`publish` must be an array, not a text",
        ),
        (
            format!(r#"{{{at},"publish":[null]}}"#),
            "null",
            "a path of `publish` must be a text, not null",
        ),
        (
            upsert("[]"),
            "[]",
            "`values` must be an object, not an array",
        ),
    ] {
        check(&line, "E0705", underlined, message, SHAPE);
    }
}

#[test]
fn refuses_keys_that_are_missing_unknown_or_doubled() {
    let change = |change: &str| format!(r#"{{"at":"2026-03-02T08:00:00Z","changes":[{change}]}}"#);
    for (line, code, underlined, message, help) in [
        (
            "{}".to_owned(),
            "E0706",
            "{",
            "`at` is missing here",
            r#"a line begins `{"at":"2026-03-02T08:00:00Z"`"#,
        ),
        (
            change("{}"),
            "E0706",
            "{",
            "`op` is missing here",
            "`op` is `upsert` or `delete`",
        ),
        (
            change(r#"{"op":"delete","id":"x"}"#),
            "E0706",
            "{",
            "`entity` is missing here",
            "`entity` is the logical name of the row's entity",
        ),
        (
            change(r#"{"op":"delete","entity":"account"}"#),
            "E0706",
            "{",
            "`id` is missing here",
            "`id` is the GUID of the row",
        ),
        (
            r#"{"att":"x"}"#.to_owned(),
            "E0707",
            "\"att\"",
            "`att` is not a key here",
            "did you mean `at`?",
        ),
        (
            change(r#"{"op":"delete","entity":"account","id":"x","values":{}}"#),
            "E0707",
            "\"values\"",
            "`values` is not a key here",
            "the keys are `op`, `entity`, `id`",
        ),
        (
            r#"{"at":"2026-03-02","at":"2026-03-02"}"#.to_owned(),
            "E0708",
            "\"at\"",
            "`at` stands twice",
            "keep one of them",
        ),
        (
            upsert(r#"{"name":"a","size":1,"n\u0061me":"b"}"#),
            "E0708",
            r#""n\u0061me""#,
            "`name` stands twice",
            "keep one of them",
        ),
    ] {
        check(&line, code, underlined, message, help);
    }
    let doubled = refused(upsert(r#"{"name":"a","name":"b"}"#).as_bytes());
    assert_eq!(doubled.labels[0].text, "it stands here first");
    assert!(doubled.labels[0].span < doubled.span.expect("a place"));
}

#[test]
fn refuses_what_a_change_can_not_mean() {
    let change = |op: &str, entity: &str, id: &str| {
        format!(
            r#"{{"at":"2026-03-02T08:00:00Z","changes":[{{"op":"{op}","entity":"{entity}","id":"{id}"}}]}}"#
        )
    };
    let guid_help = "a GUID is 32 hexadecimal digits, as in `6f9619ff-8b86-d011-b42d-00c04fc964ff`";
    let lacks_help = "add it to the metadata, or skip what it lacks with `--ignore-unknown`";
    for (line, code, underlined, message, help) in [
        (
            r#"{"at":"tomorrow"}"#.to_owned(),
            "E0709",
            "\"tomorrow\"",
            "`at` is not a date and time: `tomorrow`",
            "write it in ISO 8601, as in `2026-03-02T08:00:00Z`",
        ),
        (
            r#"{"at":"2026-03-02T07:59:59.999+01:00"}"#.to_owned(),
            "E0710",
            "\"2026-03-02T07:59:59.999+01:00\"",
            "time goes back: `2026-03-02T06:59:59.999Z` comes after `2026-03-02T07:00:00Z`",
            "sort the lines by `at`; equal instants are fine",
        ),
        (
            change("update", "account", ID),
            "E0711",
            "\"update\"",
            "`update` is not an operation",
            "`op` is `upsert` or `delete`",
        ),
        (
            change("delete", "acount", ID),
            "E0712",
            "\"acount\"",
            "the metadata has no entity `acount`",
            "did you mean `account`?",
        ),
        (
            change("upsert", "spaceship", ID),
            "E0712",
            "\"spaceship\"",
            "the metadata has no entity `spaceship`",
            lacks_help,
        ),
        (
            upsert(r#"{"nmae":"x"}"#),
            "E0713",
            "\"nmae\"",
            "`account` has no attribute `nmae` in the metadata",
            "did you mean `name`?",
        ),
        (
            upsert(r#"{"warp factor":9}"#),
            "E0713",
            "\"warp factor\"",
            "`account` has no attribute `warp factor` in the metadata",
            lacks_help,
        ),
        (
            change("delete", "account", "12"),
            "E0714",
            "\"12\"",
            "`id` is not a GUID: `12`",
            guid_help,
        ),
        (
            upsert(r#"{"accountid":"00000000-0000-0000-0000-000000000000"}"#),
            "E0715",
            "\"00000000-0000-0000-0000-000000000000\"",
            "`accountid` must be the row's own id, `6f9619ff-8b86-d011-b42d-00c04fc964ff`",
            "leave it out, or write the same GUID as in `id`",
        ),
        (
            upsert(r#"{"accountid":null}"#),
            "E0715",
            "null",
            "`accountid` must be the row's own id, `6f9619ff-8b86-d011-b42d-00c04fc964ff`",
            "leave it out, or write the same GUID as in `id`",
        ),
        (
            upsert(r#"{"name":"a\u0000b"}"#),
            "E0718",
            r#""a\u0000b""#,
            "a text can't hold the character U+0000",
            "leave it out; databases refuse it too",
        ),
    ] {
        check(&line, code, underlined, message, help);
    }
}

#[test]
fn refuses_values_of_another_type() {
    let number = "it takes a number, or a text that is one, or null";
    for (name, value, message, help) in [
        (
            "size",
            "\"3\"",
            "`\"3\"` is no value of `size`, of type integer",
            "it takes a whole number, or null",
        ),
        (
            "size",
            "1.5",
            "`1.5` is no value of `size`, of type integer",
            "it takes a whole number, or null",
        ),
        (
            "statecode",
            "true",
            "`true` is no value of `statecode`, of type state",
            "it takes a whole number, or null",
        ),
        (
            "revenue",
            "true",
            "`true` is no value of `revenue`, of type money",
            number,
        ),
        (
            "revenue",
            "\"12 EUR\"",
            "`\"12 EUR\"` is no value of `revenue`, of type money",
            number,
        ),
        (
            "revenue",
            "\"NaN\"",
            "`\"NaN\"` is no value of `revenue`, of type money",
            number,
        ),
        (
            "vip",
            "1",
            "`1` is no value of `vip`, of type boolean",
            "it takes true or false, or null",
        ),
        (
            "name",
            "5",
            "`5` is no value of `name`, of type string",
            "it takes a text, or null",
        ),
        (
            "name",
            "[]",
            "an array is no value of `name`, of type string",
            "it takes a text, or null",
        ),
        (
            "logo",
            "{}",
            "an object is no value of `logo`, of type image",
            "it takes a text, or null",
        ),
        (
            "ownerid",
            "\"me\"",
            "`\"me\"` is no value of `ownerid`, of type owner",
            "it takes a GUID as a text, or null",
        ),
        (
            "tags",
            "3",
            "`3` is no value of `tags`, of type multichoice",
            "it takes an array of whole numbers, or null",
        ),
        (
            "since",
            "\"soon\"",
            "`\"soon\"` is no value of `since`, of type datetime",
            "it takes an ISO 8601 date and time as a text, or null",
        ),
        (
            "founded",
            "\"2026-03-02T08:00\"",
            "`\"2026-03-02T08:00\"` is no value of `founded`, of type datetime (date-only)",
            "it takes an ISO 8601 date without a time, as a text, or null",
        ),
        (
            "opens",
            "\"2026-03-02T08:00Z\"",
            "`\"2026-03-02T08:00Z\"` is no value of `opens`, of type datetime (time-zone-independent)",
            "it takes an ISO 8601 date and time without a zone, as a text, or null",
        ),
    ] {
        let line = upsert(&format!(r#"{{"{name}":{value}}}"#));
        check(&line, "E0716", value, message, help);
    }
    check(
        &upsert(r#"{"tags":[1,null]}"#),
        "E0716",
        "null",
        "null is no value of `tags`, of type multichoice",
        "it takes an array of whole numbers, or null",
    );
}

#[test]
fn refuses_values_out_of_range() {
    let int = "the range is -2147483648 to 2147483647";
    let bigint = "the range is -9223372036854775808 to 9223372036854775807";
    let decimal =
        "the range is 28 significant digits, at most 28 of them after the point, without rounding";
    for (name, value, kind, help) in [
        ("size", "2147483648", "integer", int),
        ("size", "1e400", "integer", int),
        ("statecode", "-2147483649", "state", int),
        ("versionnumber", "9223372036854775808", "bigint", bigint),
        ("revenue", "79228162514264337593543950336", "money", decimal),
        ("revenue", "1e-29", "money", decimal),
        ("revenue", "\"1e999999999999\"", "money", decimal),
    ] {
        let line = upsert(&format!(r#"{{"{name}":{value}}}"#));
        let message = format!("`{value}` is out of the range of `{name}`, of type {kind}");
        let message = message.as_str();
        check(&line, "E0717", value, message, help);
    }
    check(
        &upsert(r#"{"tags":[1,2147483648]}"#),
        "E0717",
        "2147483648",
        "`2147483648` is out of the range of `tags`, of type multichoice",
        int,
    );
}

#[test]
fn reads_values_exactly() {
    let schema = schema();
    let account = schema.find("account").expect("declared");
    let attribute = |name: &str| schema.entity(account).find(name).expect("declared");
    let money = |text: &str| Value::Decimal(Decimal::from_str_exact(text).expect("a number"));
    let guid = Guid::parse(ID).expect("a GUID");
    for (name, json, value) in [
        ("name", r#""a\u00e5\"\\""#, Value::Text("aå\"\\".into())),
        ("name", "\"\"", Value::Text("".into())),
        ("name", "null", Value::Null),
        (
            "revenue",
            "0.10000000000000000000000001",
            money("0.10000000000000000000000001"),
        ),
        ("revenue", "\"1200.50\"", money("1200.5")),
        ("revenue", "9007199254740993", money("9007199254740993")),
        ("revenue", "12e1", money("120")),
        ("size", "3.0", Value::Int(3)),
        ("size", "-0", Value::Int(0)),
        ("versionnumber", "9223372036854775807", Value::Int(i64::MAX)),
        ("vip", "true", Value::Bool(true)),
        ("tags", "[3,1,3]", Value::Choices(Box::new([1, 3]))),
        ("tags", "[]", Value::Choices(Box::new([]))),
        (
            "since",
            "\"2026-03-02T08:00:00.9999+01:00\"",
            Value::Instant(Instant(1_772_434_800_999)),
        ),
        (
            "since",
            "\"1970-01-02\"",
            Value::Instant(Instant(86_400_000)),
        ),
        ("founded", "\"1970-01-02\"", Value::Day(Day(1))),
        (
            "opens",
            "\"1970-01-01T00:00:01\"",
            Value::WallClock(WallClock(1_000)),
        ),
        ("logo", "\"aGk=\"", Value::Text("aGk=".into())),
        (
            "ownerid",
            "\"{6F9619FF8B86D011B42D00C04FC964FF}\"",
            Value::Guid(guid),
        ),
    ] {
        let line = upsert(&format!(r#" {{ "{name}" : {json} }} "#));
        let read = Decoder::new(&schema, false)
            .line(FILE, line.as_bytes())
            .expect("a line");
        let values = vec![(attribute(name), value)];
        let upsert = Change::Upsert {
            entity: account,
            id: guid,
            values,
        };
        assert_eq!(read.transaction.changes, vec![upsert], "{line}");
    }
}

#[test]
fn reads_past_what_follows_and_what_is_unknown() {
    let schema = schema();
    let mut decoder = Decoder::new(&schema, true);
    let line = format!(
        r#"{{"publish":["a.weir"],"changes":[{{"op":"delete","entity":"spaceship","id":"{ID}"}},
            {{"op":"upsert","entity":"account","id":"{ID}","values":
              {{"accountid":"{{{ID}}}","owninguser":5,"owningteam":null,"warp":9,"size":1}}}}],
            "at":"2026-03-02"}}"#
    );
    let read = decoder.line(FILE, line.as_bytes()).expect("a line");
    assert_eq!(
        decoder.skipped(),
        Skipped {
            changes: 1,
            values: 1
        }
    );
    let account = schema.find("account").expect("declared");
    let size = schema.entity(account).find("size").expect("declared");
    let id = Guid::parse(ID).expect("a GUID");
    assert_eq!(
        read.transaction.changes,
        vec![Change::Upsert {
            entity: account,
            id,
            values: vec![(size, Value::Int(1))]
        }]
    );
    let publish = read.publish.expect("a set");
    assert_eq!(publish[0].path, "a.weir");
    let span = publish[0].span;
    assert_eq!(&line[span.start as usize..span.end as usize], "\"a.weir\"");
}

#[test]
fn writes_deltas_and_rows_in_the_fixed_form() {
    let schema = schema();
    let account = schema.find("account").expect("declared");
    let id = Guid::parse(ID).expect("a GUID");
    assert_eq!(
        delta(
            &schema,
            Instant(1_772_434_800_500),
            id,
            &[(account, id), (account, id)],
            &[]
        ),
        format!(
            r#"{{"at":"2026-03-02T07:00:00.500Z","user":"{ID}","put":[["account","{ID}"],["account","{ID}"]],"remove":[]}}"#
        )
    );
    assert_eq!(
        rows(&schema, id, &[]),
        format!(r#"{{"user":"{ID}","rows":[]}}"#)
    );
    assert_eq!(
        rows(&schema, id, &[(account, id)]),
        format!(r#"{{"user":"{ID}","rows":[["account","{ID}"]]}}"#)
    );
}

/// Any value of an attribute, by its type.
fn value(ty: AttributeType) -> BoxedStrategy<Value> {
    let some = match ty {
        AttributeType::Bigint => any::<i64>().prop_map(Value::Int).boxed(),
        AttributeType::Integer | AttributeType::State => {
            any::<i32>().prop_map(|n| Value::Int(n.into())).boxed()
        }
        AttributeType::Money => (any::<i64>(), 0..=28_u32)
            .prop_map(|(n, scale)| Value::Decimal(Decimal::from_i128_with_scale(n.into(), scale)))
            .boxed(),
        AttributeType::Boolean => any::<bool>().prop_map(Value::Bool).boxed(),
        AttributeType::Multichoice => prop::collection::btree_set(any::<i32>(), 0..4)
            .prop_map(|set| Value::Choices(set.into_iter().map(i64::from).collect()))
            .boxed(),
        AttributeType::Datetime(behavior) => (-62_000_000_000_000_i64..250_000_000_000_000)
            .prop_map(move |ms| match behavior {
                Behavior::UserLocal => Value::Instant(Instant(ms)),
                Behavior::DateOnly => Value::Day(WallClock(ms).day()),
                Behavior::TimeZoneIndependent => Value::WallClock(WallClock(ms)),
            })
            .boxed(),
        AttributeType::Owner | AttributeType::Lookup => any::<u128>()
            .prop_map(|n| Value::Guid(Guid(uuid::Uuid::from_u128(n))))
            .boxed(),
        _ => "[^\0]{0,8}"
            .prop_map(|text| Value::Text(text.into()))
            .boxed(),
    };
    prop_oneof![4 => some, 1 => Just(Value::Null)].boxed()
}

fn any_change(account: EntityId) -> impl Strategy<Value = Change> {
    let values = ATTRIBUTES
        .iter()
        .enumerate()
        .filter(|(_, (name, _))| !matches!(*name, "owninguser" | "owningteam"))
        .map(|(at, (_, ty))| {
            let attribute = AttrId(u32::try_from(at).expect("small") + 1);
            prop::option::of(value(*ty)).prop_map(move |value| Some((attribute, value?)))
        })
        .collect::<Vec<_>>();
    (any::<u128>(), values, any::<bool>()).prop_map(move |(id, values, delete)| {
        let id = Guid(uuid::Uuid::from_u128(id));
        match delete {
            true => Change::Delete {
                entity: account,
                id,
            },
            false => Change::Upsert {
                entity: account,
                id,
                values: values.into_iter().flatten().collect(),
            },
        }
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        at in -62_000_000_000_000_i64..250_000_000_000_000,
        changes in prop::collection::vec(any_change(EntityId(9)), 0..4),
    ) {
        let schema = schema();
        prop_assert_eq!(schema.find("account"), Some(EntityId(9)));
        let written = Transaction { at: Instant(at), changes };
        let line = transaction(&schema, &written);
        let read = Decoder::new(&schema, false).line(FILE, line.as_bytes());
        let read = read.map_err(|found| TestCaseError::fail(format!("{found:?} in {line}")))?;
        prop_assert_eq!(&read.transaction, &written);
        prop_assert_eq!(transaction(&schema, &read.transaction), line);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = Decoder::new(&schema(), false).line(FILE, &bytes);
    }

    /// Near misses: a good line with one piece of it overwritten.
    #[test]
    fn no_slip_makes_it_panic(
        at in 0..200_usize,
        len in 0..6_usize,
        with in r#"[\[\]{}":,\\a0-9é. ]{0,6}"#,
        lax: bool,
    ) {
        let mut line = upsert(r#"{"name":"Åsa\n","revenue":"1.50","tags":[1,2],"vip":true}"#).into_bytes();
        let start = at.min(line.len());
        let end = (start + len).min(line.len());
        line.splice(start..end, with.bytes());
        let schema = schema();
        if let Err(found) = Decoder::new(&schema, lax).line(FILE, &line) {
            let span = found.span.expect("every finding has a place");
            prop_assert!(span.start <= span.end && span.end as usize <= line.len());
        }
    }
}
