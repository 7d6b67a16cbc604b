//! Nine hundred real queries, read where they are present beside the project: each is read, what a
//! filter of a profile may hold is accepted, and everything else is refused by name. Nothing of them
//! is in the repository, and where they are absent the test says so.
//!
//! What is to be refused is found apart from the reader, in the tree of the XML.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "queries that cannot be read fail the test, and what is counted is shown"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use weir_grammar::ast::{Filter, ValueKind};
use weir_grammar::xml::{self, Element, Located};
use weir_grammar::{fetchxml, native};
use weir_ir::diagnostic::{Diagnostic, FileId, Severity, Sources};
use weir_ir::operators::Operator;

/// The queries: `WEIR_CORPUS`, else `shared/corpus` beside the project's folder or one above it.
fn queries() -> Option<Vec<(String, String)>> {
    let named = std::env::var_os("WEIR_CORPUS").map(PathBuf::from);
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let found = named
        .into_iter()
        .chain(above.map(|folder| folder.join("shared/corpus")))
        .map(|folder| folder.join("fetches.json"))
        .find(|file| file.is_file());
    let Some(path) = found else {
        println!("skipped: no corpus beside the project, and WEIR_CORPUS names none");
        return None;
    };
    let text = fs::read_to_string(path).expect("a text");
    let all: Vec<serde_json::Value> = serde_json::from_str(&text).expect("JSON");
    let part =
        |query: &serde_json::Value, key: &str| query[key].as_str().expect("a text").to_owned();
    Some(
        all.iter()
            .map(|query| (part(query, "path"), part(query, "fetch")))
            .collect(),
    )
}

type Counts = BTreeMap<String, usize>;

fn add(counts: &mut Counts, what: impl Into<String>) {
    *counts.entry(what.into()).or_default() += 1;
}

/// What of a query a profile's filter has no place for, once for each finding that it must give.
#[derive(Default)]
struct Refused(Vec<&'static str>);

impl Refused {
    fn fetch(root: &Element) -> Self {
        let mut refused = Self::default();
        let entity = root.child("entity").expect("an entity");
        if root.attribute("datasource").is_some() {
            refused.0.push("datasource");
        }
        let aggregate = |element: &Element| {
            ["aggregate", "groupby"].iter().any(|name| {
                element
                    .attribute(name)
                    .is_some_and(|value| value.text() == "true" || *name == "aggregate")
            })
        };
        if aggregate(root) || entity.children_named("attribute").any(aggregate) {
            refused.0.push("aggregate");
        }
        refused.filters(entity);
        refused
    }

    fn filters(&mut self, parent: &Element) {
        for child in &parent.children {
            match child.name.as_str() {
                "filter" => self.filter(child),
                "link-entity" => self.0.push("link-entity outside of a filter"),
                _ => {}
            }
        }
    }

    fn filter(&mut self, filter: &Element) {
        for child in &filter.children {
            match child.name.as_str() {
                "filter" => self.filter(child),
                "condition" => self.condition(child),
                "link-entity" => match child.attribute("link-type").map(Located::text) {
                    Some("any" | "not any") => self.filters(child),
                    _ => self.0.push("link-type"),
                },
                _ => self.0.push("element"),
            }
        }
    }

    fn condition(&mut self, condition: &Element) {
        for (attribute, what) in [
            ("entityname", "entityname"),
            ("alias", "alias of a condition"),
            ("IsVariable", "a value that is a variable"),
        ] {
            if condition.attribute(attribute).is_some() {
                return self.0.push(what);
            }
        }
        let operator = condition.attribute("operator").map_or("", Located::text);
        if Operator::from_token(operator).is_none() {
            self.0.push("operator");
        }
        if condition
            .attribute("valueof")
            .is_some_and(|value| value.text().contains('.'))
        {
            return self.0.push("valueof of another row");
        }
        for value in condition.children_named("value") {
            if value.attribute("IsVariable").is_some() {
                self.0.push("a value that is a variable");
            }
        }
    }
}

/// The same of a finding.
fn told(sources: &Sources, found: &Diagnostic) -> &'static str {
    let underlined = sources.slice(found.span.expect("a place"));
    match (found.code.id, underlined) {
        ("E0809", "datasource") => "datasource",
        ("E0809", "aggregate" | "groupby") => "aggregate",
        ("E0809", "link-entity") if found.message.contains("outside") => {
            "link-entity outside of a filter"
        }
        ("E0809", _) if found.message.contains("link-type") => "link-type",
        ("E0809", "entityname") => "entityname",
        ("E0809", "alias") => "alias of a condition",
        ("E0809", _) if underlined.ends_with("IsVariable") => "a value that is a variable",
        ("E0809", _) if found.message.contains("valueof") => "valueof of another row",
        ("E0810", _) => "operator",
        _ => "something else",
    }
}

/// Counts what a filter is made of.
fn count(filter: &Filter, counts: &mut Counts) {
    match filter {
        Filter::Group { kind, children, .. } => {
            add(counts, format!("group {kind:?}").to_lowercase());
            children.iter().for_each(|child| count(child, counts));
        }
        Filter::Condition(condition) => {
            if let Some(operator) = condition.operator {
                add(counts, format!("condition {}", operator.token()));
            }
            if condition
                .values
                .iter()
                .any(|value| value.kind == ValueKind::Attribute)
            {
                add(counts, "valueof");
            }
        }
        Filter::Related(related) => {
            add(
                counts,
                if related.negated {
                    "link-entity not any"
                } else {
                    "link-entity any"
                },
            );
            related.filter.iter().for_each(|inner| count(inner, counts));
        }
    }
}

/// The one language's text of a filter, read again and printed in the other, is the same filter.
fn survives_both_ways(path: &str, filter: &Filter) {
    let text = native::print_filter(filter);
    let (read, found) = native::parse_filter(FileId(0), &text);
    assert_eq!(found, [], "{path}: {text}");
    let read = read.expect("a filter");
    let fetch = fetchxml::print("account", filter).expect("what was read can be printed");
    assert_eq!(
        fetchxml::print("account", &read),
        Ok(fetch.clone()),
        "{path}"
    );
    let again = fetchxml::parse(FileId(0), &fetch);
    assert_eq!(again.diagnostics, [], "{path}");
    assert_eq!(
        native::print_filter(&again.filter.expect("a filter")),
        text,
        "{path}"
    );
}

#[test]
fn every_query_is_read_and_what_it_may_not_hold_is_named() {
    let Some(queries) = queries() else { return };
    let (mut accepted, mut refused) = (Counts::new(), Counts::new());
    let (mut whole, mut filters) = (0, 0);
    for (path, text) in &queries {
        let mut sources = Sources::default();
        let file = sources.add(path.as_str(), text.as_str());
        let (root, found) = xml::parse(&Located::file(file, text), &|_, _| true);
        assert_eq!(found, [], "{path}");
        let read = fetchxml::parse(file, text);
        assert!(read.entity.is_some(), "{path}");

        let errors = read
            .diagnostics
            .iter()
            .filter(|d| d.severity == Severity::Error);
        let mut told: Vec<&str> = errors.map(|found| told(&sources, found)).collect();
        let mut expected = Refused::fetch(&root.expect("an element")).0;
        told.sort_unstable();
        expected.sort_unstable();
        assert_eq!(told, expected, "{path}: {:?}", read.diagnostics);
        whole += usize::from(told.is_empty());
        told.iter().for_each(|what| add(&mut refused, *what));

        if let Some(filter) = &read.filter {
            filters += 1;
            count(filter, &mut accepted);
            // An operator without a name in native text has no text there.
            if !told.contains(&"operator") {
                survives_both_ways(path, filter);
            }
        }
    }
    println!(
        "{} queries read, {filters} filters, {whole} without anything refused",
        queries.len()
    );
    for (what, counts) in [("accepted", accepted), ("refused", refused)] {
        println!("{what}:");
        counts
            .iter()
            .for_each(|(what, count)| println!("{count:6} {what}"));
    }
    assert_eq!(queries.len(), 900);
}
