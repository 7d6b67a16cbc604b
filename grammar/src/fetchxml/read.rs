//! From the tree of a `fetch` to its filter. One mistake is one finding: what is refused is not
//! looked into.

use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use weir_ir::diagnostic::{Diagnostic, Span, did_you_mean};
use weir_ir::limits;
use weir_ir::operators::{self, Arity, Operator};

use super::vocabulary::{self, Attributes};
use crate::ast::{Condition, Filter, GroupKind, Name, Value, ValueKind};
use crate::codes;
use crate::native::report::Report;
use crate::xml::{Element, Located};

/// Reads one fetch.
pub(super) struct Reader {
    pub(super) report: Report,
    /// Whether everything ignored is worth a note, or `top` alone.
    alone: bool,
    /// What was ignored, each kind once, in order.
    ignored: Vec<(SmolStr, Span)>,
    seen: FxHashSet<SmolStr>,
    /// Whether an aggregate was refused.
    aggregate: bool,
}

impl Reader {
    pub(super) fn new(alone: bool) -> Self {
        Self {
            report: Report::default(),
            alone,
            ignored: Vec::new(),
            seen: FxHashSet::default(),
            aggregate: false,
        }
    }

    /// The findings, with one note of all that was ignored.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        let alone = self.alone;
        self.ignored.retain(|(name, _)| alone || name == "top");
        if let Some((_, span)) = self.ignored.first() {
            let names: Vec<String> = self.ignored.iter().map(|(n, _)| format!("`{n}`")).collect();
            let (names, are) = match names.as_slice() {
                [one] => (one.clone(), "is"),
                [most @ .., last] => (format!("{} and {last}", most.join(", ")), "are"),
                [] => (String::new(), "are"),
            };
            let message = format!("{names} {are} ignored");
            self.report.push(
                Diagnostic::new(codes::FETCH_IGNORED, *span, message)
                    .help("a filter says which rows match; columns, order, paging and hints are no part of it"),
            );
        }
        self.report.finish()
    }

    /// The entity of a fetch, and its filter.
    pub(super) fn fetch(&mut self, root: &Element) -> (Option<Name>, Option<Filter>) {
        for attribute in &root.attributes {
            match attribute.name.as_str() {
                "aggregate" if is_true(attribute.value.text()) => {
                    self.refuse_aggregate("aggregate", attribute.name_span);
                }
                "datasource" => {
                    let help = "a device holds rows of the live tables alone";
                    self.refuse("a fetch with `datasource`", attribute.name_span, help);
                }
                name if vocabulary::PLAIN_OF_FETCH.contains(&name) => {}
                name => self.ignore(name, attribute.name_span),
            }
        }
        let mut found = None;
        for child in &root.children {
            match child.name.as_str() {
                "entity" if found.is_none() => found = Some(self.entity(child)),
                "entity" => {
                    let help = "a fetch is about one entity: write a fetch for each";
                    self.refuse("a second `entity`", child.name_span, help);
                }
                "order" => self.ignore("order", child.name_span),
                _ => self.unknown(child, &["entity"], "a fetch holds one `entity`"),
            }
        }
        // Another element in its place has been reported.
        if root.children.iter().all(|child| child.name == "order") {
            self.missing(root, "entity");
        }
        found.unwrap_or_default()
    }

    fn entity(&mut self, element: &Element) -> (Option<Name>, Option<Filter>) {
        let name = self.name(element, "name");
        for attribute in element.attributes.iter().filter(|a| a.name != "name") {
            self.ignore(&attribute.name, attribute.name_span);
        }
        (name, self.filters(element, 0))
    }

    /// The filters in an entity or a link, all of which must hold.
    pub(super) fn filters(&mut self, element: &Element, depth: usize) -> Option<Filter> {
        let mut filters = Vec::new();
        for child in &element.children {
            match child.name.as_str() {
                "filter" => filters.extend(self.group(child, depth)),
                "link-entity" => {
                    let help = "it joins rows; to ask for related rows put it inside a `filter`, with link-type \
                                `any` or `not any`";
                    let what = "a `link-entity` outside of a filter";
                    self.refuse(what, child.name_span, help);
                }
                name if vocabulary::IGNORED_ELEMENTS.contains(&name) => {
                    let aggregates = |a: &&crate::xml::Attribute| {
                        a.name == "aggregate"
                            || a.name == "rowaggregate"
                            || a.name == "groupby" && is_true(a.value.text())
                    };
                    match child.attributes.iter().find(aggregates) {
                        Some(found) => self.refuse_aggregate(&found.name, found.name_span),
                        None => self.ignore(name, child.name_span),
                    }
                }
                _ => {
                    let known = ["filter", "attribute", "all-attributes", "order"];
                    self.unknown(child, &known, "which rows match is said in a `filter`");
                }
            }
        }
        joined(GroupKind::And, filters, element.span)
    }

    /// A `filter`; one without conditions says nothing.
    fn group(&mut self, element: &Element, depth: usize) -> Option<Filter> {
        if depth > limits::NESTING_DEPTH {
            let message = format!(
                "more than {} filters inside each other",
                limits::NESTING_DEPTH
            );
            self.report.push(
                Diagnostic::new(codes::NESTED_TOO_DEEP, element.name_span, message)
                    .help("merge filters of one type, or split the filter over two items"),
            );
            return None;
        }
        if !self.check_attributes(element, &vocabulary::FILTER) {
            return None;
        }
        let kind = match element.attribute("type").map(Located::text) {
            None | Some("and") => GroupKind::And,
            Some("or") => GroupKind::Or,
            Some(other) => {
                let message = format!("a filter can't be of type `{other}`");
                let span = element.attribute("type").map(Located::trimmed_span);
                self.report.push(
                    Diagnostic::new(codes::PART_VALUE, span, message)
                        .help("the type of a filter is `and` or `or`"),
                );
                return None;
            }
        };
        let mut children = Vec::new();
        for child in &element.children {
            match child.name.as_str() {
                "filter" => children.extend(self.group(child, depth + 1)),
                "condition" => children.extend(self.condition(child).map(Filter::Condition)),
                "link-entity" => {
                    children.extend(self.related(child, depth + 1).map(Filter::Related))
                }
                _ => {
                    let known = ["condition", "filter", "link-entity"];
                    let help = "a filter holds `condition`, `filter` and `link-entity` elements";
                    self.unknown(child, &known, help);
                }
            }
        }
        joined(kind, children, element.span)
    }

    fn condition(&mut self, element: &Element) -> Option<Condition> {
        if !self.check_attributes(element, &vocabulary::CONDITION) {
            return None;
        }
        let attribute = self.name(element, "attribute")?;
        let token = self.name(element, "operator")?;
        let operator = Operator::from_token(&token.text);
        if operator.is_none() {
            self.unknown_operator(&token);
        }
        Some(Condition {
            attribute,
            operator,
            token,
            values: self.values(element, operator)?,
            span: element.span,
        })
    }

    /// The `value` attribute, `valueof`, then the `value` elements.
    fn values(&mut self, element: &Element, operator: Option<Operator>) -> Option<Vec<Value>> {
        // Exports write `value=""` where an operator takes none.
        let takes_none = operator.is_some_and(|op| op.spec().arity == Arity::None);
        let value = element.attribute("value").map(untyped);
        let value = value.filter(|value| !takes_none || !value.text.is_empty());
        let mut values = Vec::from_iter(value);
        if element.attribute("valueof").is_some() {
            let other = self.name(element, "valueof")?;
            if other.text.contains('.') {
                let help = "compare with an attribute of the same row";
                self.refuse("`valueof` of another row", other.span, help);
                return None;
            }
            values.push(Value {
                kind: ValueKind::Attribute,
                text: other.text,
                span: other.span,
            });
        }
        for child in &element.children {
            if child.name != "value" {
                self.unknown(child, &["value"], "a condition holds `value` elements");
            } else if self.check_attributes(child, &vocabulary::VALUE) {
                values.push(untyped(&child.text));
            }
        }
        Some(values)
    }

    /// Whether an element of a filter has only attributes that are known; notes the ignored ones.
    pub(super) fn check_attributes(&mut self, element: &Element, known: &Attributes) -> bool {
        for attribute in &element.attributes {
            let name = attribute.name.as_str();
            if known.ignored.contains(&name) {
                self.ignore(name, attribute.name_span);
            } else if !known.read.contains(&name) {
                let what = format!("a `{}` with `{name}`", element.name);
                let help = vocabulary::help_with_attribute(&element.name, name);
                self.refuse(&what, attribute.name_span, help);
                return false;
            }
        }
        true
    }

    /// A name that an attribute holds; a missing one is reported.
    pub(super) fn name(&mut self, element: &Element, attribute: &str) -> Option<Name> {
        let found = element.attribute(attribute);
        let Some(found) = found.filter(|found| !found.text().trim().is_empty()) else {
            self.missing(element, attribute);
            return None;
        };
        let name = Name {
            text: SmolStr::new(found.text()),
            span: found.span(0..found.text().len()),
        };
        if name.text.contains(['\n', '\r']) {
            let found = Diagnostic::new(codes::PART_VALUE, name.span, "a name has no line break");
            self.report.push(found.help("mend the name"));
            return None;
        }
        Some(name)
    }

    fn unknown_operator(&mut self, token: &Name) {
        let message = format!("the operator `{}` is unknown", token.text);
        let found = Diagnostic::new(codes::FETCH_OPERATOR, token.span, message);
        let tokens = operators::all().map(|spec| spec.token);
        self.report.push(match did_you_mean(&token.text, tokens) {
            Some(name) => found
                .help(format!("did you mean `{name}`?"))
                .suggest(token.span, name),
            None => found.help("docs/language.md lists the operators"),
        });
    }

    fn ignore(&mut self, name: &str, span: Span) {
        let name = SmolStr::new(name);
        if self.seen.insert(name.clone()) {
            self.ignored.push((name, span));
        }
    }

    fn refuse_aggregate(&mut self, name: &str, span: Span) {
        if !std::mem::replace(&mut self.aggregate, true) {
            let help = "a filter chooses rows; sums, counts and groups of rows are no part of it";
            self.refuse(&format!("a fetch with `{name}`"), span, help);
        }
    }

    /// Reports what FetchXML knows and a filter of a profile does not.
    pub(super) fn refuse(&mut self, what: &str, span: Span, help: &str) {
        let message = format!("{what} isn't supported");
        self.report
            .push(Diagnostic::new(codes::FETCH_UNSUPPORTED, span, message).help(help));
    }

    fn unknown(&mut self, element: &Element, known: &[&str], help: &str) {
        let message = format!("`{}` isn't supported here", element.name);
        let help = did_you_mean(&element.name, known.iter().copied())
            .map_or_else(|| help.to_owned(), |name| format!("did you mean `{name}`?"));
        self.report
            .push(Diagnostic::new(codes::FETCH_UNSUPPORTED, element.name_span, message).help(help));
    }

    pub(super) fn missing(&mut self, element: &Element, part: &str) {
        let message = format!("`{}` needs `{part}`", element.name);
        self.report.push(
            Diagnostic::new(codes::PART_MISSING, element.name_span, message)
                .help(format!("add `{part}`")),
        );
    }
}

/// Filters side by side are one group; a single one is itself.
fn joined(kind: GroupKind, mut children: Vec<Filter>, span: Span) -> Option<Filter> {
    match children.len() {
        0 | 1 => children.pop(),
        _ => Some(Filter::Group {
            kind,
            children,
            span,
        }),
    }
}

/// A value of XML, where everything is text.
fn untyped(text: &Located) -> Value {
    Value {
        kind: ValueKind::Untyped,
        text: SmolStr::new(text.text()),
        span: text.span(0..text.text().len()),
    }
}

fn is_true(text: &str) -> bool {
    matches!(text, "true" | "1")
}
