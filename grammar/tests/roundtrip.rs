//! Reading what was printed gives the tree again, and printing that gives the same text.

#[path = "roundtrip/layout.rs"]
mod layout;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use smol_str::SmolStr;
use weir_grammar::ast::*;
use weir_grammar::native;
use weir_ir::diagnostic::{FileId, Span};
use weir_ir::operators::{self, Operator};
use weir_ir::schema::Ownership;

const CASES: u32 = 2_000;

fn no_span() -> Span {
    Span::new(FileId(0), 0, 0)
}

fn named(text: impl Into<SmolStr>) -> Name {
    Name {
        text: text.into(),
        span: no_span(),
    }
}

/// Texts with what may upset a printer: quotes, line breaks, marks of the language.
fn text() -> impl Strategy<Value = Name> {
    prop_oneof![
        "[a-z ]{0,12}",
        "[\"'`#{}(),\n\r\t =-]{0,6}",
        "\\PC{0,12}",
        Just("a long text of many words, more than a line holds ".repeat(4)),
    ]
    .prop_map(named)
}

/// Names: ordinary ones, words of the language, and odd ones.
fn name() -> impl Strategy<Value = Name> {
    prop_oneof![
        4 => "[a-z_][a-z0-9_]{0,9}",
        1 => proptest::sample::select(vec![
            "and", "or", "not", "any", "via", "on", "where", "name", "include", "filter", "attribute",
            "true", "eq", "null", "item", "stored", "limits", "allow",
        ]).prop_map(str::to_owned),
        1 => "\\PC{1,8}",
        1 => "[`\"#a-z0-9-]{1,5}",
    ]
    .prop_map(named)
}

fn value() -> impl Strategy<Value = Value> {
    let of = |kind, text| Value {
        kind,
        text,
        span: no_span(),
    };
    prop_oneof![
        text().prop_map(move |text| of(ValueKind::Text, text.text)),
        "-?[0-9]{1,5}(\\.[0-9]{1,3})?(e[+-]?[0-9])?"
            .prop_map(move |text| of(ValueKind::Number, text.into())),
        any::<bool>().prop_map(move |value| of(ValueKind::Bool, value.to_string().into())),
        name().prop_map(move |name| of(ValueKind::Attribute, name.text)),
    ]
}

fn operator() -> impl Strategy<Value = Operator> {
    let operators: Vec<Operator> = operators::all().map(|spec| spec.operator).collect();
    proptest::sample::select(operators)
}

fn condition() -> impl Strategy<Value = Filter> {
    (name(), operator(), vec(value(), 0..4)).prop_map(|(attribute, operator, values)| {
        Filter::Condition(Condition {
            attribute,
            operator: Some(operator),
            token: named(operator.token()),
            values,
            span: no_span(),
        })
    })
}

fn link() -> impl Strategy<Value = Link> {
    prop_oneof![
        (name(), name()).prop_map(|(linked, own)| Link::On { linked, own }),
        name().prop_map(Link::Via),
    ]
}

fn filter() -> impl Strategy<Value = Filter> {
    condition().prop_recursive(5, 24, 4, |inner| {
        let related = (any::<bool>(), name(), link(), option::of(inner.clone()));
        prop_oneof![
            (
                prop_oneof![Just(GroupKind::And), Just(GroupKind::Or)],
                vec(inner, 2..5)
            )
                .prop_map(|(kind, children)| Filter::Group {
                    kind,
                    children,
                    span: no_span()
                }),
            related.prop_map(|(negated, entity, link, filter)| {
                let filter = filter.map(Box::new);
                Filter::Related(Related {
                    negated,
                    entity,
                    link,
                    filter,
                    span: no_span(),
                })
            }),
        ]
    })
}

fn extras(budget: bool) -> impl Strategy<Value = Extras> {
    let allow = ("W[0-9]{4}", text()).prop_map(|(code, reason)| Allow {
        code: named(code),
        reason,
        span: no_span(),
    });
    let stored = (name(), text()).prop_map(|(key, value)| Stored { key, value });
    let parts = prop_oneof![
        any::<u64>().prop_map(|rows| (Some(rows), None)),
        any::<u64>().prop_map(|megabytes| (None, Some(megabytes))),
        any::<(u64, u64)>().prop_map(|(rows, megabytes)| (Some(rows), Some(megabytes))),
    ];
    let some_budget = parts.prop_map(|(rows, megabytes)| Budget {
        rows,
        megabytes,
        span: no_span(),
    });
    (
        vec(allow, 0..2),
        option::weighted(0.2, text()),
        vec(stored, 0..3),
        option::weighted(0.3, some_budget),
    )
        .prop_map(move |(allows, id, stored, some_budget)| Extras {
            allows,
            id,
            stored,
            budget: some_budget.filter(|_| budget),
        })
}

fn download() -> impl Strategy<Value = Download> {
    let flags =
        proptest::sample::subsequence(vec![Owned::Mine, Owned::Team, Owned::BusinessUnit], 1..=3)
            .prop_shuffle()
            .prop_map(|flags| {
                Choice::Other(flags.into_iter().map(|flag| (flag, no_span())).collect())
            });
    let choice = prop_oneof![Just(Choice::Related), Just(Choice::All), flags];
    let custom = filter().prop_map(|filter| (Choice::Custom, Some(filter)));
    prop_oneof![(choice, option::of(filter())), custom].prop_map(|(choice, filter)| Download {
        choice,
        filter,
        span: no_span(),
    })
}

fn limits() -> impl Strategy<Value = Option<(LimitSet, Span)>> {
    let set = prop_oneof![Just(LimitSet::Classic), Just(LimitSet::Modern)];
    option::weighted(0.3, set.prop_map(|set| (set, no_span())))
}

fn item() -> impl Strategy<Value = Item> {
    let include = (
        option::weighted(0.9, name()),
        name(),
        option::of(text()),
        extras(false),
        option::of(filter()),
    )
        .prop_map(|(entity, via, name, extras, filter)| Include {
            entity,
            via,
            name,
            extras,
            filter,
            span: no_span(),
        });
    let sync = option::of(any::<u32>().prop_map(|minutes| (minutes, no_span())));
    let columns = option::of(vec(name(), 1..30));
    (
        name(),
        extras(true),
        option::of(text()),
        limits(),
        option::of(download()),
        sync,
        columns,
        vec(include, 0..3),
    )
        .prop_map(
            |(entity, extras, name, limits, download, sync, columns, includes)| Item {
                entity,
                extras,
                name,
                limits,
                download,
                sync,
                columns,
                includes,
                span: no_span(),
            },
        )
}

fn members() -> impl Strategy<Value = Vec<Member>> {
    let kind = prop_oneof![Just(MemberKind::User), Just(MemberKind::Team)];
    vec(
        (kind, text()).prop_map(|(kind, name)| Member { kind, name }),
        0..3,
    )
}

fn setting() -> impl Strategy<Value = Setting> {
    let keys = vec![
        "collation",
        "hierarchy-depth",
        "security",
        "clock-zone",
        "language-wildcard",
        "limits",
    ];
    let plain = (
        proptest::sample::select(keys),
        "[a-z]{2}_[a-z]{2}|[0-9]{1,3}",
    )
        .prop_map(|(key, value)| Setting::Plain {
            key: named(key),
            value: named(value),
        });
    let fiscal = (
        option::of("[0-9]{2}-[0-9]{2}"),
        option::of("quarter|four-weeks"),
    )
        .prop_map(|(start, periods)| Setting::Fiscal {
            start: start.map(named),
            periods: periods.map(named),
            span: no_span(),
        });
    let entry = (
        operator().prop_map(|operator| named(operator.token())),
        any::<bool>(),
    );
    let null_matches = vec(entry, 0..3).prop_map(|entries| Setting::NullMatches {
        entries,
        span: no_span(),
    });
    let offline = option::of(any::<bool>().prop_map(|on| (on, no_span())));
    let ownership = option::of(
        proptest::sample::select(Ownership::ALL).prop_map(|(_, found)| (found, no_span())),
    );
    let entity = (
        name(),
        extras(false),
        offline,
        ownership,
        option::of(filter()),
    )
        .prop_map(|(name, extras, offline, ownership, filter)| {
            let allows = extras.allows;
            Setting::Entity(EntitySetting {
                name,
                allows,
                offline,
                ownership,
                filter,
                span: no_span(),
            })
        });
    prop_oneof![plain, fiscal, null_matches, entity]
}

fn block() -> impl Strategy<Value = Block> {
    let profile = (
        text(),
        extras(true),
        option::of(text()),
        limits(),
        members(),
        vec(item(), 0..3),
    )
        .prop_map(|(name, extras, description, limits, members, items)| {
            Block::Profile(Profile {
                name,
                extras,
                description,
                limits,
                members,
                items,
                span: no_span(),
            })
        });
    let listed = (extras(false), text(), members()).prop_map(|(extras, profile, members)| {
        Block::Members(Members {
            allows: extras.allows,
            profile,
            members,
            span: no_span(),
        })
    });
    let app = (
        text(),
        extras(false),
        option::of(any::<bool>()),
        vec(text(), 0..4),
    )
        .prop_map(|(name, extras, offline, profiles)| {
            Block::App(App {
                name,
                allows: extras.allows,
                offline,
                profiles,
                span: no_span(),
            })
        });
    let organization = (extras(false), vec(setting(), 0..4)).prop_map(|(extras, settings)| {
        Block::Organization(Organization {
            allows: extras.allows,
            settings,
            span: no_span(),
        })
    });
    prop_oneof![4 => profile, 1 => listed, 1 => app, 2 => organization]
}

/// The debug text of a tree without its spans, which is all that two equal trees may differ in.
fn without_spans(tree: &impl std::fmt::Debug) -> String {
    let debug = format!("{tree:?}");
    let mut pieces = debug.split("Span { ");
    let mut kept = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        kept.push_str(piece.split_once('}').map_or(piece, |(_, after)| after));
    }
    kept
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn printed_filters_are_read_again(filter in filter()) {
        let printed = native::print_filter(&filter);
        let (read, found) = native::parse_filter(FileId(0), &printed);
        prop_assert_eq!(found, vec![], "{}", printed);
        prop_assert_eq!(without_spans(&read), without_spans(&Some(filter)), "{}", printed);
        prop_assert_eq!(native::print_filter(&read.expect("read")), printed);
    }

    #[test]
    fn printed_files_are_read_again(blocks in vec(block(), 0..3)) {
        let file = File { dialect: Dialect::Native, blocks, unread: Vec::new() };
        let printed = native::print(&file);
        let read = native::parse(FileId(0), &printed);
        prop_assert_eq!(read.diagnostics, vec![], "{}", printed);
        prop_assert_eq!(without_spans(&read.file), without_spans(&file), "{}", printed);
        prop_assert_eq!(native::print(&read.file), printed);
    }
}

/// The layout, for readers.
#[test]
fn a_file_of_every_construct_is_printed() {
    let text = include_str!("native/complete.weir");
    let read = native::parse(FileId(0), text);
    assert_eq!(read.diagnostics, []);
    let printed = native::print(&read.file);
    insta::assert_snapshot!(printed);
    let again = native::parse(FileId(0), &printed);
    assert_eq!(
        without_spans(&again.file),
        without_spans(&read.file).replace("\"neq\"", "\"ne\"")
    );
    assert_eq!(native::print(&again.file), printed);
}

/// Parentheses that change nothing vanish, those that an author grouped with stay.
#[test]
fn groups_keep_their_shape() {
    for (written, printed) in [
        ("((a eq 1))", "a eq 1"),
        (
            "(a eq 1 and b eq 2) or c eq 3",
            "a eq 1 and b eq 2 or c eq 3",
        ),
        (
            "a eq 1 and (b eq 2 and c eq 3)",
            "a eq 1 and (b eq 2 and c eq 3)",
        ),
        (
            "a eq 1 or (b eq 2 or (c eq 3))",
            "a eq 1 or (b eq 2 or c eq 3)",
        ),
        (
            "(a eq 1 or b eq 2) and c in 3",
            "(a eq 1 or b eq 2) and c in (3)",
        ),
        ("not any a via b ((c eq (1)))", "not any a via b (c eq 1)"),
        ("a neq 'it''s \"x\"'", "a ne \"it's \"\"x\"\"\""),
    ] {
        let (filter, found) = native::parse_filter(FileId(0), written);
        assert_eq!(found, []);
        assert_eq!(
            filter.as_ref().map(native::print_filter).as_deref(),
            Some(printed)
        );
    }
}

/// What only an import can hold prints as far as there is native text for it.
#[test]
fn empty_groups_of_imports_are_left_out() {
    let empty = Filter::Group {
        kind: GroupKind::Or,
        children: Vec::new(),
        span: no_span(),
    };
    assert_eq!(native::print_filter(&empty), "");
    let (one, _) = native::parse_filter(FileId(0), "a eq 1");
    let children = vec![empty, one.expect("a condition")];
    let outer = Filter::Group {
        kind: GroupKind::And,
        children,
        span: no_span(),
    };
    assert_eq!(native::print_filter(&outer), "a eq 1");
}
