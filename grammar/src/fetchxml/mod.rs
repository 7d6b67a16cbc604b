//! Filters of FetchXML, as far as they are one entity's: groups and conditions with values.
//!
//! What a fetch says beside its filter (attributes, order, paging) is ignored. What would change
//! the meaning of the filter and isn't read (links, comparisons with another attribute) is refused
//! by name, never skipped.

use smol_str::SmolStr;
use weir_ir::diagnostic::{Diagnostic, FileId, did_you_mean};
use weir_ir::operators::{self, Arity, Operator};

use crate::ast::{Condition, Filter, GroupKind, Name, Value, ValueKind};
use crate::codes;
use crate::xml::{self, Element, Located};

/// Elements of a fetch that say nothing about which rows match.
const IGNORED: [&str; 3] = ["attribute", "all-attributes", "order"];

/// Reads the filter of a `fetch` that a whole file is; one without conditions is none.
#[must_use]
pub fn parse_filter(file: FileId, text: &str) -> (Option<Filter>, Vec<Diagnostic>) {
    parse_located(&Located::file(file, text))
}

/// Reads the filter of a `fetch` that stands in another document.
#[must_use]
pub fn parse_located(fetch: &Located) -> (Option<Filter>, Vec<Diagnostic>) {
    let (root, diagnostics) = xml::parse(fetch, &|_, _| true);
    let mut reader = Reader { diagnostics };
    let filter = root.and_then(|root| reader.fetch(&root));
    (filter, reader.diagnostics)
}

struct Reader {
    diagnostics: Vec<Diagnostic>,
}

impl Reader {
    fn fetch(&mut self, root: &Element) -> Option<Filter> {
        if !root.is_root("fetch", &mut self.diagnostics) {
            return None;
        }
        let mut filters = Vec::new();
        let Some(entity) = root.child("entity") else {
            self.missing(root, "entity");
            return None;
        };
        for other in root
            .children
            .iter()
            .filter(|child| !std::ptr::eq(*child, entity))
        {
            self.unsupported(other);
        }
        for child in &entity.children {
            match child.name.as_str() {
                "filter" => filters.extend(self.group(child)),
                name if IGNORED.contains(&name) => {}
                _ => self.unsupported(child),
            }
        }
        joined(GroupKind::And, filters, entity)
    }

    /// A `filter`; one without conditions says nothing.
    fn group(&mut self, element: &Element) -> Option<Filter> {
        let kind = match element.attribute("type").map(Located::text) {
            None | Some("and") => GroupKind::And,
            Some("or") => GroupKind::Or,
            Some(other) => {
                let message = format!("a filter can't be of type `{other}`");
                let span = element.attribute("type").map(Located::trimmed_span);
                self.diagnostics.push(
                    Diagnostic::new(codes::PART_VALUE, span, message)
                        .help("the type of a filter is `and` or `or`"),
                );
                GroupKind::And
            }
        };
        let mut children = Vec::new();
        for child in &element.children {
            match child.name.as_str() {
                "filter" => children.extend(self.group(child)),
                "condition" => children.extend(self.condition(child)),
                _ => self.unsupported(child),
            }
        }
        match children.len() {
            0 => None,
            _ => Some(Filter::Group {
                kind,
                children,
                span: element.span,
            }),
        }
    }

    fn condition(&mut self, element: &Element) -> Option<Filter> {
        for refused in ["valueof", "entityname", "column", "aggregate", "alias"] {
            if let Some(attribute) = element.attributes.iter().find(|a| a.name == refused) {
                let message = format!("a condition with `{refused}` isn't supported");
                self.diagnostics.push(
                    Diagnostic::new(codes::FETCH_UNSUPPORTED, attribute.name_span, message)
                        .help("compare an attribute of the entity itself with values"),
                );
                return None;
            }
        }
        let attribute = self.name(element, "attribute")?;
        let token = self.name(element, "operator")?;
        let operator = Operator::from_token(&token.text);
        if operator.is_none() {
            self.unknown_operator(&token);
        }
        let values = self.values(element, operator);
        Some(Filter::Condition(Condition {
            attribute,
            operator,
            token,
            values,
            span: element.span,
        }))
    }

    /// The `value` attribute, then the `value` elements.
    fn values(&mut self, element: &Element, operator: Option<Operator>) -> Vec<Value> {
        let mut values: Vec<Value> = element
            .attribute("value")
            .map(untyped)
            .into_iter()
            .collect();
        // Exports write `value=""` where an operator takes none.
        let takes_none = operator.is_some_and(|op| op.spec().arity == Arity::None);
        if takes_none {
            values.retain(|value| !value.text.is_empty());
        }
        for child in &element.children {
            match child.name.as_str() {
                "value" => values.push(untyped(&child.text)),
                _ => self.unsupported(child),
            }
        }
        values
    }

    fn name(&mut self, element: &Element, attribute: &str) -> Option<Name> {
        let Some(found) = element.attribute(attribute) else {
            self.missing(element, attribute);
            return None;
        };
        Some(Name {
            text: SmolStr::new(found.text().trim()),
            span: found.trimmed_span(),
        })
    }

    fn unknown_operator(&mut self, token: &Name) {
        let tokens = operators::all().map(|spec| spec.token);
        let help = did_you_mean(&token.text, tokens).map_or_else(
            || "docs/language.md lists the operators".to_owned(),
            |name| format!("did you mean `{name}`?"),
        );
        let message = format!("the operator `{}` is unknown", token.text);
        let found = Diagnostic::new(codes::FETCH_OPERATOR, token.span, message);
        self.diagnostics.push(found.help(help));
    }

    fn unsupported(&mut self, element: &Element) {
        let message = format!("`{}` isn't supported here", element.name);
        self.diagnostics.push(
            Diagnostic::new(codes::FETCH_UNSUPPORTED, element.name_span, message)
                .help("a filter here has groups and conditions on the entity itself"),
        );
    }

    fn missing(&mut self, element: &Element, part: &str) {
        let message = format!("`{}` needs `{part}`", element.name);
        self.diagnostics.push(
            Diagnostic::new(codes::PART_MISSING, element.name_span, message)
                .help(format!("add `{part}`")),
        );
    }
}

/// Filters side by side are one group; a single one is itself.
fn joined(kind: GroupKind, mut children: Vec<Filter>, element: &Element) -> Option<Filter> {
    match children.len() {
        0 | 1 => children.pop(),
        _ => Some(Filter::Group {
            kind,
            children,
            span: element.span,
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
