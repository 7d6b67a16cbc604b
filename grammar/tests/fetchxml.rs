//! FetchXML: what is read, what is ignored with a note, and what is refused, with its place and the
//! way out.

use weir_grammar::ast::{Filter, GroupKind, Link, Related, ValueKind};
use weir_grammar::{fetchxml, native};
use weir_ir::diagnostic::{Diagnostic, FileId, Sources};
use weir_ir::limits;

/// A fetch on accounts.
fn fetch_of(inner: &str) -> String {
    format!(
        "<fetch version='1.0' mapping='logical'><entity name='account'>{inner}</entity></fetch>"
    )
}

/// Code, underlined text, message and help of the findings.
fn told(sources: &Sources, found: &[Diagnostic]) -> Vec<String> {
    let line = |d: &Diagnostic| {
        format!(
            "{} [{}] {} | {}",
            d.code.id,
            d.span.map_or("", |span| sources.slice(span)),
            d.message,
            d.help.as_deref().unwrap_or("no help")
        )
    };
    found.iter().map(line).collect()
}

/// Reads a whole fetch that stands alone.
fn read(text: &str) -> (fetchxml::Fetch, Vec<String>) {
    let mut sources = Sources::default();
    let file = sources.add("fetch.xml", text);
    let read = fetchxml::parse(file, text);
    let told = told(&sources, &read.diagnostics);
    (read, told)
}

/// The filter that a fetch with that inside has, nothing being wrong with it.
#[track_caller]
fn filter(inner: &str) -> Option<Filter> {
    let (read, told) = read(&fetch_of(inner));
    assert_eq!(told, [""; 0]);
    assert_eq!(
        read.entity.map(|name| name.text).as_deref(),
        Some("account")
    );
    read.filter
}

/// The same as native text.
#[track_caller]
fn native(inner: &str) -> String {
    filter(inner)
        .as_ref()
        .map(native::print_filter)
        .unwrap_or_default()
}

/// Asserts what is reported about what stands in an entity.
#[track_caller]
fn check(inner: &str, expected: &[&str]) {
    assert_eq!(read(&fetch_of(inner)).1, expected, "{inner}");
}

/// The same about what stands in a filter.
#[track_caller]
fn check_in_filter(inner: &str, expected: &[&str]) {
    check(&format!("<filter>{inner}</filter>"), expected);
}

#[test]
fn reads_groups_and_values() {
    assert_eq!(
        native(
            "<filter type='or'><condition attribute='statecode' operator='in'><value>0</value><value>1</value></condition>\
             <filter><condition attribute='name' operator='not-null' value=''/>\
             <condition attribute='revenue' operator='lt' valueof='estimate'/></filter><filter/></filter>"
        ),
        "statecode in (0, 1) or name not-null and revenue lt attribute estimate"
    );
    // Filters side by side must all hold.
    assert_eq!(
        native(
            "<filter type='or'><condition attribute='a' operator='null'/><condition attribute='b' operator='null'/></filter>\
             <filter><condition attribute='c' operator='neq' value='007'/></filter>"
        ),
        "(a null or b null) and c ne \"007\""
    );
    let Some(Filter::Condition(condition)) =
        filter("<filter><condition attribute='a' operator='eq' value=''/></filter>")
    else {
        panic!("a condition")
    };
    let value = &condition.values[0];
    assert_eq!((value.kind, value.text.as_str()), (ValueKind::Untyped, ""));
}

#[test]
fn a_fetch_without_conditions_is_no_filter() {
    assert_eq!(filter(""), None);
    assert_eq!(filter("<filter type='and'><filter/></filter>"), None);
}

#[test]
fn reads_related_rows_to_any_depth() {
    let text = "<filter type='and'><link-entity name='contact' from='parentcustomerid' to='accountid' link-type='any'>\
         <filter type='or'><condition attribute='statecode' operator='eq' value='0'/>\
         <link-entity name='task' from='regardingobjectid' to='contactid' link-type='not any'/></filter>\
         <filter><condition attribute='name' operator='like' value='a%'/></filter></link-entity></filter>";
    assert_eq!(
        native(text),
        "any contact on parentcustomerid = accountid (\n  (statecode eq 0 or not any task on regardingobjectid = contactid) \
         and name like \"a%\"\n)"
    );
    let Some(Filter::Related(Related {
        link: Link::On { linked, own },
        filter: Some(inner),
        ..
    })) = filter(text)
    else {
        panic!("a related-row condition")
    };
    assert_eq!(
        (linked.text.as_str(), own.text.as_str()),
        ("parentcustomerid", "accountid")
    );
    assert!(matches!(
        *inner,
        Filter::Group {
            kind: GroupKind::And,
            ..
        }
    ));
}

/// Breaks and tabs in an attribute are blanks, references to them are not.
#[test]
fn attributes_are_read_as_xml_says() {
    let Some(Filter::Condition(condition)) = filter(
        "<filter><condition attribute='a' operator='eq' value='&lt;a\r\nb\tc&#10;&amp;&quot;'/></filter>",
    ) else {
        panic!("a condition")
    };
    assert_eq!(condition.values[0].text, "<a b c\n&\"");
}

#[test]
fn what_is_ignored_is_noted_once() {
    let ignored =
        "a filter says which rows match; columns, order, paging and hints are no part of it";
    let text = "<fetch top='5' page='2' distinct='true' xmlns:x='u'><entity name='account'><attribute name='a'/>\
         <attribute name='b'/><order attribute='a'/><filter hint='union'>\
         <condition attribute='a' operator='eq' value='1' uiname='x' uitype='y'/></filter></entity></fetch>";
    let (_, notes) = read(text);
    assert_eq!(
        notes,
        [format!(
            "N0850 [top] `top`, `page`, `distinct`, `attribute`, `order`, `hint`, `uiname` and `uitype` are ignored | {ignored}"
        )]
    );
    // In another document only what would bound the rows is worth a note.
    let mut sources = Sources::default();
    let file = sources.add("fetch.xml", text);
    let (_, found) = fetchxml::parse_filter(file, text);
    assert_eq!(
        told(&sources, &found),
        [format!("N0850 [top] `top` is ignored | {ignored}")]
    );
    let plain = text.replace(" top='5'", "");
    assert_eq!(fetchxml::parse_filter(file, &plain).1, []);
}

#[test]
fn refuses_what_is_no_condition_on_the_row() {
    let columns =
        "compare an attribute of the row itself; columns and aggregates are no part of a filter";
    check_in_filter(
        "<condition entityname='l' attribute='a' operator='null'/>",
        &[
            "E0809 [entityname] a `condition` with `entityname` isn't supported | put the condition into the `filter` of the `link-entity` that it is about",
        ],
    );
    check_in_filter(
        "<condition attribute='a' operator='gt' value='1' aggregate='count'/>",
        &[&format!(
            "E0809 [aggregate] a `condition` with `aggregate` isn't supported | {columns}"
        )],
    );
    check_in_filter(
        "<condition alias='l' attribute='a' operator='null'/>",
        &[&format!(
            "E0809 [alias] a `condition` with `alias` isn't supported | {columns}"
        )],
    );
    check_in_filter(
        "<condition attribute='a' operator='eq' valueof='l.b'/>",
        &[
            "E0809 [l.b] `valueof` of another row isn't supported | compare with an attribute of the same row",
        ],
    );
    check_in_filter(
        "<condition attribute='a' operator='in'><value x:variable='true'>@a</value></condition>",
        &[
            "E0809 [x:variable] a `value` with `variable` isn't supported | a condition has `attribute`, `operator`, and `value`, `valueof` or `<value>` elements",
        ],
    );
    check_in_filter(
        "<condition attribute='a' operator='in'><values>1</values></condition>",
        &["E0809 [values] `values` isn't supported here | did you mean `value`?"],
    );
    check_in_filter(
        "<conditions attribute='a' operator='null'/>",
        &["E0809 [conditions] `conditions` isn't supported here | did you mean `condition`?"],
    );
    check(
        "<filter kind='or'><condition attribute='a' operator='null'/></filter>",
        &[
            "E0809 [kind] a `filter` with `kind` isn't supported | a filter has a `type`, which is `and` or `or`",
        ],
    );
    check(
        "<filter type='xor'><condition attribute='a' operator='null'/></filter>",
        &["E0808 [xor] a filter can't be of type `xor` | the type of a filter is `and` or `or`"],
    );
}

#[test]
fn refuses_incomplete_conditions() {
    check_in_filter(
        "<condition operator='eq' value='1'/>",
        &["E0807 [condition] `condition` needs `attribute` | add `attribute`"],
    );
    check_in_filter(
        "<condition attribute=' ' operator='eq' value='1'/>",
        &["E0807 [condition] `condition` needs `attribute` | add `attribute`"],
    );
    check_in_filter(
        "<condition attribute='a&#10;b' operator='null'/>",
        &["E0808 [a&#10;b] a name has no line break | mend the name"],
    );
    check_in_filter(
        "<condition attribute='a'/>",
        &["E0807 [condition] `condition` needs `operator` | add `operator`"],
    );
    check_in_filter(
        "<condition attribute='a' operator='eq-usrid'/>",
        &["E0810 [eq-usrid] the operator `eq-usrid` is unknown | did you mean `eq-userid`?"],
    );
    check_in_filter(
        "<condition attribute='a' operator='resembles'/>",
        &[
            "E0810 [resembles] the operator `resembles` is unknown | docs/language.md lists the operators",
        ],
    );
}

#[test]
fn refuses_joins() {
    let outside = "it joins rows; to ask for related rows put it inside a `filter`, with link-type `any` or `not any`";
    check(
        "<link-entity name='contact' from='a' to='b' link-type='outer'><filter><condition entityname='x'/></filter></link-entity>",
        &[&format!(
            "E0809 [link-entity] a `link-entity` outside of a filter isn't supported | {outside}"
        )],
    );
    // Also directly inside another, where it would be a join.
    check_in_filter(
        "<link-entity name='contact' from='a' to='b' link-type='any'><link-entity name='task' from='a' to='b'/></link-entity>",
        &[&format!(
            "E0809 [link-entity] a `link-entity` outside of a filter isn't supported | {outside}"
        )],
    );
    check_in_filter(
        "<link-entity name='contact' from='a' to='b'/>",
        &[
            "E0809 [link-entity] a `link-entity` without `link-type` isn't supported | it is an inner join, and a filter joins no rows: write `any` or `not any`",
        ],
    );
}

#[test]
fn refuses_other_link_types_by_what_they_mean() {
    let only = "only `any` and `not any` are possible";
    let joins = "a filter chooses rows and joins none: `any` asks for a linked row, `not any` that there is none";
    for (link_type, help, edit) in [
        ("inner", format!("{only}; {joins}"), None),
        ("outer", format!("{only}; {joins}"), None),
        (
            "matchfirstrowusingcrossapply",
            format!("{only}; {joins}"),
            None,
        ),
        (
            "in",
            format!("{only}; inside a filter `any` does the same"),
            Some("any"),
        ),
        (
            "exists",
            format!("{only}; inside a filter `any` does the same"),
            Some("any"),
        ),
        (
            "all",
            format!(
                "{only}; despite its name it holds where linked rows exist and none satisfies the inner filter: \
                 write `any` without the inner filter, and `not any` with it"
            ),
            None,
        ),
        (
            "not all",
            format!("{only}; despite its name it means the same as `any`"),
            Some("any"),
        ),
        (
            "notany",
            "did you mean `not any`?".to_owned(),
            Some("not any"),
        ),
        ("sideways", only.to_owned(), None),
    ] {
        let inner = format!(
            "<filter><link-entity name='c' from='a' to='b' link-type='{link_type}'/></filter>"
        );
        let (read, told) = read(&fetch_of(&inner));
        let message = format!("link-type `{link_type}` isn't supported in a filter");
        assert_eq!(told, [format!("E0809 [{link_type}] {message} | {help}")]);
        let found = read.diagnostics[0].suggestion.as_ref();
        assert_eq!(
            found.map(|edit| edit.replacement.as_str()),
            edit,
            "{link_type}"
        );
        assert_eq!(read.filter, None);
    }
}

#[test]
fn refuses_incomplete_links() {
    check_in_filter(
        "<link-entity link-type='any' to='b'/>",
        &[
            "E0807 [link-entity] `link-entity` needs `name` | add `name`",
            "E0807 [link-entity] `link-entity` needs `from` | add `from`",
        ],
    );
    check_in_filter(
        "<link-entity name='c' from='a' link-type='not any'/>",
        &["E0807 [link-entity] `link-entity` needs `to` | add `to`"],
    );
    check_in_filter(
        "<link-entity name='c' from='a' to='b' link-type='any' via='r'/>",
        &[
            "E0809 [via] a `link-entity` with `via` isn't supported | a related-row condition has `name`, `from`, `to` and `link-type`",
        ],
    );
}

#[test]
fn refuses_aggregates_and_other_rows() {
    let aggregates = "a filter chooses rows; sums, counts and groups of rows are no part of it";
    for (text, expected) in [
        (
            "<fetch aggregate='true'><entity name='a'><attribute name='b' alias='b' aggregate='sum'/></entity></fetch>",
            format!("E0809 [aggregate] a fetch with `aggregate` isn't supported | {aggregates}"),
        ),
        (
            "<fetch><entity name='a'><attribute name='b' groupby='true'/></entity></fetch>",
            format!("E0809 [groupby] a fetch with `groupby` isn't supported | {aggregates}"),
        ),
        (
            "<fetch datasource='retained'><entity name='a'/></fetch>",
            "E0809 [datasource] a fetch with `datasource` isn't supported | a device holds rows of the live tables alone".to_owned(),
        ),
        (
            "<fetch><entity name='a'/><entity name='b'/></fetch>",
            "E0809 [entity] a second `entity` isn't supported | a fetch is about one entity: write a fetch for each".to_owned(),
        ),
        (
            "<fetch><entities/></fetch>",
            "E0809 [entities] `entities` isn't supported here | did you mean `entity`?".to_owned(),
        ),
        (
            "<fetch><entity/></fetch>",
            "E0807 [entity] `entity` needs `name` | add `name`".to_owned(),
        ),
        (
            "<savedquery/>",
            "E0806 [savedquery] this is a `savedquery`, not a `fetch` | the file's outermost element must be `fetch`".to_owned(),
        ),
    ] {
        let (_, told) = read(text);
        assert_eq!(told[0], expected, "{text}");
    }
    // Without an `entity` there is one more thing to say.
    let (_, told) = read("<fetch/>");
    assert_eq!(
        told,
        ["E0807 [fetch] `fetch` needs `entity` | add `entity`"]
    );
}

/// Filters inside each other, the innermost of them with a condition.
fn nested(filters: usize, link: bool) -> String {
    let (open, close) = match link {
        true => (
            "<link-entity name='a' from='b' to='c' link-type='any'><filter>",
            "</filter></link-entity>",
        ),
        false => (
            "<filter><condition attribute='a' operator='null'/><filter>",
            "</filter></filter>",
        ),
    };
    let times = if link { filters } else { filters / 2 };
    format!(
        "<filter>{}<condition attribute='x' operator='null'/>{}</filter>",
        open.repeat(times),
        close.repeat(times)
    )
}

#[test]
fn deep_nesting_is_a_limit_and_no_overflow() {
    for link in [true, false] {
        let deepest = limits::NESTING_DEPTH;
        let text = fetch_of(&nested(deepest, link));
        let (within, told) = read(&text);
        assert_eq!(told, [""; 0]);
        let native = native::print_filter(&within.filter.unwrap_or_else(|| panic!("a filter")));
        assert_eq!(native::parse_filter(FileId(0), &native).1, []);
        check(
            &nested(deepest + 2, link),
            &[
                "E0902 [filter] more than 64 filters inside each other | merge filters of one type, or split the filter over two items",
            ],
        );
    }
    let (_, told) = read(&fetch_of(&nested(20_000, true)));
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("E0804 "), "{told:?}");
}

/// Mistakes are told up to a limit, in the order of the text.
#[test]
fn many_mistakes_are_cut_off() {
    let (read, _) = read(&fetch_of(&format!(
        "<filter>{}</filter>",
        "<x/>".repeat(5_000)
    )));
    assert_eq!(read.diagnostics.len(), limits::DIAGNOSTICS);
    assert_eq!(read.diagnostics[limits::DIAGNOSTICS - 1].code.id, "E0903");
}

/// The two examples of the book are the same filter.
#[test]
fn the_book_tells_the_truth() {
    let book = include_str!("../../docs/fetchxml.md");
    let example = |language: &str| {
        let (_, rest) = book.split_once(&format!("```{language}\n")).unwrap();
        rest.split_once("```").unwrap().0
    };
    let (fetch, told) = read(example("xml"));
    assert_eq!(told, [""; 0]);
    let (native, found) = native::parse_filter(FileId(0), example("weir-filter"));
    assert_eq!(found, []);
    assert_eq!(
        fetch.filter.as_ref().map(native::print_filter),
        native.as_ref().map(native::print_filter)
    );
}
