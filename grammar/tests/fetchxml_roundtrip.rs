//! Filters printed as FetchXML are read again as they were, or are said to have no FetchXML.

#![expect(clippy::expect_used, reason = "a test stops at what it did not expect")]

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use smol_str::SmolStr;
use weir_grammar::ast::{Condition, Filter, GroupKind, Link, Name, Related, Value, ValueKind};
use weir_grammar::{fetchxml, native};
use weir_ir::diagnostic::{FileId, Span};
use weir_ir::operators::{self, Operator};

const CASES: u32 = 4_000;

fn no_span() -> Span {
    Span::new(FileId(0), 0, 0)
}

fn named(text: impl Into<SmolStr>) -> Name {
    Name {
        text: text.into(),
        span: no_span(),
    }
}

/// Names: ordinary ones, odd ones, and now and then one that XML lacks.
fn name() -> impl Strategy<Value = Name> {
    prop_oneof![
        20 => "[a-z_][a-z0-9_]{0,9}",
        2 => "[ <>&\"'a-z\n\t\r]{1,6}",
        2 => "\\PC{1,8}",
        1 => Just("a\u{1}".to_owned()),
        1 => Just("  ".to_owned()),
    ]
    .prop_map(named)
}

fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        8 => "[a-z ]{0,12}",
        4 => "[<>&\"'\n\t\r \\]]{0,8}",
        4 => "\\PC{0,12}",
        4 => "-?[0-9]{1,5}",
        1 => Just("\u{fffe}".to_owned()),
    ];
    let kind = prop_oneof![
        6 => Just(ValueKind::Untyped),
        2 => Just(ValueKind::Text),
        1 => Just(ValueKind::Number),
    ];
    prop_oneof![
        9 => (kind, text).prop_map(|(kind, text)| Value { kind, text: text.into(), span: no_span() }),
        1 => name().prop_map(|name| Value { kind: ValueKind::Attribute, text: name.text, span: no_span() }),
    ]
}

fn condition() -> impl Strategy<Value = Filter> {
    let operators: Vec<Operator> = operators::all().map(|spec| spec.operator).collect();
    let values = prop_oneof![3 => vec(value(), 0..2), 1 => vec(value(), 0..4)];
    (name(), proptest::sample::select(operators), values).prop_map(
        |(attribute, operator, values)| {
            Filter::Condition(Condition {
                attribute,
                operator: Some(operator),
                token: named(operator.token()),
                values,
                span: no_span(),
            })
        },
    )
}

fn link() -> impl Strategy<Value = Link> {
    prop_oneof![
        12 => (name(), name()).prop_map(|(linked, own)| Link::On { linked, own }),
        1 => name().prop_map(Link::Via),
    ]
}

fn filter() -> impl Strategy<Value = Filter> {
    condition().prop_recursive(6, 24, 4, |inner| {
        let related = (any::<bool>(), name(), link(), option::of(inner.clone()));
        let kind = prop_oneof![Just(GroupKind::And), Just(GroupKind::Or)];
        prop_oneof![
            (kind, vec(inner, 2..5)).prop_map(|(kind, children)| Filter::Group {
                kind,
                children,
                span: no_span()
            }),
            related.prop_map(|(negated, entity, link, filter)| Filter::Related(Related {
                negated,
                entity,
                link,
                filter: filter.map(Box::new),
                span: no_span(),
            })),
        ]
    })
}

/// A filter as XML has it: without places, and every value but an attribute a text.
fn as_xml(filter: &Filter) -> Filter {
    match filter {
        Filter::Group { kind, children, .. } => Filter::Group {
            kind: *kind,
            children: children.iter().map(as_xml).collect(),
            span: no_span(),
        },
        Filter::Condition(condition) => Filter::Condition(Condition {
            attribute: named(condition.attribute.text.clone()),
            operator: condition.operator,
            token: named(condition.token.text.clone()),
            values: condition
                .values
                .iter()
                .map(|value| Value {
                    kind: match value.kind {
                        ValueKind::Attribute => ValueKind::Attribute,
                        _ => ValueKind::Untyped,
                    },
                    text: value.text.clone(),
                    span: no_span(),
                })
                .collect(),
            span: no_span(),
        }),
        Filter::Related(related) => Filter::Related(Related {
            negated: related.negated,
            entity: named(related.entity.text.clone()),
            link: match &related.link {
                Link::On { linked, own } => Link::On {
                    linked: named(linked.text.clone()),
                    own: named(own.text.clone()),
                },
                Link::Via(via) => Link::Via(named(via.text.clone())),
            },
            filter: related.filter.as_deref().map(as_xml).map(Box::new),
            span: no_span(),
        }),
    }
}

/// Whether FetchXML has no words for a part of the filter.
fn unsayable(filter: &Filter) -> bool {
    let lacks =
        |text: &str| text.contains(|c: char| c < ' ' && !"\t\n\r".contains(c) || c == '\u{fffe}');
    let bad_name =
        |name: &SmolStr| lacks(name) || name.trim().is_empty() || name.contains(['\n', '\r']);
    match filter {
        Filter::Group { children, .. } => children.iter().any(unsayable),
        Filter::Condition(condition) => {
            let several = condition.values.len() > 1;
            bad_name(&condition.attribute.text)
                || condition.values.iter().any(|value| match value.kind {
                    ValueKind::Attribute => {
                        several || bad_name(&value.text) || value.text.contains('.')
                    }
                    _ => lacks(&value.text),
                })
        }
        Filter::Related(related) => {
            let link = match &related.link {
                Link::On { linked, own } => bad_name(&linked.text) || bad_name(&own.text),
                Link::Via(_) => true,
            };
            link || bad_name(&related.entity.text)
                || related.filter.as_deref().is_some_and(unsayable)
        }
    }
}

/// What FetchXML is made of, good and bad.
const PIECES: [&str; 24] = [
    "<fetch>",
    "<fetch top='1'><entity name='a'>",
    "</entity></fetch>",
    "<filter>",
    "<filter type='or'>",
    "</filter>",
    "<condition attribute='a' operator='null' value=''/>",
    "<condition attribute='a b' operator='eq' value='&#13;&lt;\u{1}'/>",
    "<condition attribute='a' operator='in'><value>1</value><value><![CDATA[<]]></value></condition>",
    "<condition attribute='a' operator='eq' valueof='b.c'/>",
    "<condition attribute='&#9;a' operator='eq' valueof='b'/>",
    "<condition attribute='a",
    "&#10;' operator='null'/>",
    "<link-entity name='a' from='b' to='c' link-type='any'>",
    "<link-entity name='a' from='b' to='c' link-type='not any'/>",
    "<link-entity name='a' from='b' to='c' link-type='all'/>",
    "</link-entity>",
    "<order attribute='a'/>",
    "<!-- -->",
    "&amp;",
    "\u{feff}",
    "é",
    "\0",
    "<",
];

/// The property of the fuzz target `fetchxml`, see fuzz/README.md.
fn check_text(text: &str) -> Result<(), TestCaseError> {
    let read = fetchxml::parse(FileId(0), text);
    for found in &read.diagnostics {
        let span = found.span.expect("a reader says where");
        prop_assert!(
            text.get(span.start as usize..span.end as usize).is_some(),
            "{found:?} in {text}"
        );
    }
    let (Some(filter), false) = (read.filter, read.diagnostics.iter().any(|d| d.is_error())) else {
        return Ok(());
    };
    let native_text = native::print_filter(&filter);
    prop_assert_eq!(
        native::parse_filter(FileId(0), &native_text).1,
        vec![],
        "{}",
        native_text
    );
    match fetchxml::print("a", &filter) {
        Ok(printed) => {
            let again = fetchxml::parse(FileId(0), &printed)
                .filter
                .expect("a filter");
            prop_assert_eq!(as_xml(&again), as_xml(&filter), "{}", printed);
            prop_assert_eq!(fetchxml::print("a", &again), Ok(printed));
        }
        Err(_) => prop_assert!(unsayable(&filter), "{text}"),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn printed_filters_are_read_again(filter in filter()) {
        let printed = fetchxml::print("account", &filter);
        prop_assert_eq!(printed.is_err(), unsayable(&filter), "{:?}", printed);
        let Ok(printed) = printed else {
            return Ok(());
        };
        let read = fetchxml::parse(FileId(0), &printed);
        prop_assert_eq!(&read.diagnostics, &vec![], "{}", printed);
        prop_assert_eq!(read.entity.expect("a name").text, "account");
        let read = read.filter.expect("a filter");
        prop_assert_eq!(as_xml(&read), as_xml(&filter), "{}", printed);
        prop_assert_eq!(fetchxml::print("account", &read), Ok(printed));
    }

    #[test]
    fn random_pieces(pieces in vec(proptest::sample::select(PIECES.to_vec()), 0..24)) {
        check_text(&pieces.concat())?;
        check_text(&format!("<fetch><entity name='a'><filter>{}</filter></entity></fetch>", pieces.concat()))?;
    }

    #[test]
    fn changed_fetches(filter in filter(), at in 0.0..1.0, piece in proptest::sample::select(PIECES.to_vec()), cut in 0_usize..20) {
        if let Ok(printed) = fetchxml::print("a", &filter) {
            let start = printed.floor_char_boundary((printed.len() as f64 * at) as usize);
            let end = printed.floor_char_boundary((start + cut).min(printed.len()));
            check_text(&format!("{}{piece}{}", &printed[..start], &printed[end.max(start)..]))?;
        }
    }
}

/// The layout, for readers.
#[test]
fn a_filter_of_every_construct_is_printed() {
    let text = "statecode in (0, 1) and revenue lt attribute estimate and name ne \"a \"\"b\"\" <c>\" and \
                not any contact on parentcustomerid = accountid (ownerid eq-userid or any task on \
                regardingobjectid = contactid) and done eq true and name not-in (\"x\", \"y & z\")";
    let (filter, found) = native::parse_filter(FileId(0), text);
    assert_eq!(found, []);
    insta::assert_snapshot!(
        fetchxml::print("account", &filter.expect("a filter")).expect("FetchXML")
    );
}

/// What FetchXML has no words for is said where it stands.
#[test]
fn what_fetchxml_lacks_is_reported() {
    for (text, underlined, message, help) in [
        (
            "any contact via contact_customer_accounts",
            "contact_customer_accounts",
            "FetchXML can't name the relationship `contact_customer_accounts`",
            "give the metadata, or name the attributes: `on linked = own`",
        ),
        (
            "a in (1, attribute b)",
            "attribute b",
            "FetchXML compares with one attribute, and with nothing beside it",
            "write a condition for each value",
        ),
        (
            "a eq attribute `l.b`",
            "attribute `l.b`",
            "FetchXML takes `l.b` for an attribute of another row",
            "mend the name",
        ),
        (
            "a eq \"x\u{1f}y\"",
            "\"x\u{1f}y\"",
            "XML lacks the character U+001F",
            "take it out",
        ),
        (
            "` ` null",
            "` `",
            "a name of FetchXML is neither blank nor of several lines",
            "mend the name",
        ),
    ] {
        let (filter, found) = native::parse_filter(FileId(0), text);
        assert_eq!(found, []);
        let found =
            fetchxml::print("account", &filter.expect("a filter")).expect_err("no FetchXML");
        let [found] = found.as_slice() else {
            panic!("one finding, not {found:?}")
        };
        let span = found.span.expect("a place");
        assert_eq!(found.code.id, "E0850");
        assert_eq!(&text[span.start as usize..span.end as usize], underlined);
        assert_eq!(
            (found.message.as_str(), found.help.as_deref()),
            (message, Some(help))
        );
    }
}
