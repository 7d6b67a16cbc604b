//! Filters as FetchXML, in one canonical form: an element a line, groups of one child left out, a
//! single value in `value`, several in `<value>` elements. Reading it gives the filter again.
//!
//! Cost: linear in the filter.

use std::fmt::Write as _;

use weir_ir::diagnostic::{Diagnostic, Span};
use weir_ir::operators::{Arity, Operator};

use crate::ast::{Condition, Filter, GroupKind, Link, Name, Related, Value, ValueKind};
use crate::codes;
use crate::native::print::filter::{parts, simplified};
use crate::xml::escaped;

const INDENT: &str = "  ";

/// The `fetch` of the rows of an entity that satisfy a filter. A filter without conditions is left
/// out, as it chooses all rows.
///
/// # Errors
/// What FetchXML can't say: a link by a relationship's name (the caller with a schema writes its
/// attributes instead), an attribute among several values, a character that XML lacks.
pub fn print(entity: &str, filter: &Filter) -> Result<String, Vec<Diagnostic>> {
    let mut printer = Printer::default();
    printer.line("<fetch version=\"1.0\" mapping=\"logical\">");
    let entity = printer.checked(entity, None, true);
    printer.line(&format!("<entity name=\"{entity}\">"));
    match simplified(filter) {
        None => {}
        Some(Filter::Group { kind, .. }) => printer.group(*kind, &parts(filter)),
        Some(one) => printer.group(GroupKind::And, &[one]),
    }
    printer.line("</entity>");
    printer.line("</fetch>");
    if printer.unsayable.is_empty() {
        Ok(printer.out)
    } else {
        Err(printer.unsayable)
    }
}

#[derive(Default)]
struct Printer {
    out: String,
    depth: usize,
    unsayable: Vec<Diagnostic>,
}

impl Printer {
    /// A line, one level further in behind a start tag and further out from its end tag on.
    fn line(&mut self, line: &str) {
        let closes = line.starts_with("</");
        if closes {
            self.depth = self.depth.saturating_sub(1);
        }
        self.out.extend(std::iter::repeat_n(INDENT, self.depth));
        self.out.push_str(line);
        self.out.push('\n');
        if !closes && !line.contains("/>") && !line.contains("</") {
            self.depth += 1;
        }
    }

    fn group(&mut self, kind: GroupKind, children: &[&Filter]) {
        let kind = match kind {
            GroupKind::And => "and",
            GroupKind::Or => "or",
        };
        self.line(&format!("<filter type=\"{kind}\">"));
        for child in children {
            match child {
                Filter::Group { kind, .. } => self.group(*kind, &parts(child)),
                Filter::Condition(condition) => self.condition(condition),
                Filter::Related(related) => self.related(related),
            }
        }
        self.line("</filter>");
    }

    fn related(&mut self, related: &Related) {
        let (linked, own) = match &related.link {
            Link::On { linked, own } => (self.name(linked), self.name(own)),
            Link::Via(via) => {
                let message = format!("FetchXML can't name the relationship `{}`", via.text);
                let help = "give the metadata, or name the attributes: `on linked = own`";
                self.unsayable(via.span, message, help);
                return;
            }
        };
        let entity = self.name(&related.entity);
        let any = if related.negated { "not any" } else { "any" };
        let head = format!(
            "<link-entity name=\"{entity}\" from=\"{linked}\" to=\"{own}\" link-type=\"{any}\""
        );
        match related.filter.as_deref().and_then(simplified) {
            None => self.line(&format!("{head} />")),
            Some(filter) => {
                self.line(&format!("{head}>"));
                match filter {
                    Filter::Group { kind, .. } => self.group(*kind, &parts(filter)),
                    one => self.group(GroupKind::And, &[one]),
                }
                self.line("</link-entity>");
            }
        }
    }

    fn condition(&mut self, condition: &Condition) {
        let operator = condition.operator.map_or_else(
            || escaped(&condition.token.text, true),
            |operator| operator.token().to_owned(),
        );
        let attribute = self.name(&condition.attribute);
        let mut line = format!("<condition attribute=\"{attribute}\" operator=\"{operator}\"");
        match condition.values.as_slice() {
            [] => line += " />",
            [value] if value.kind == ValueKind::Attribute => {
                let _ = write!(line, " valueof=\"{}\" />", self.attribute_value(value));
            }
            [value] if in_attribute(condition.operator, value) => {
                let _ = write!(
                    line,
                    " value=\"{}\" />",
                    self.checked(&value.text, value.span, true)
                );
            }
            values => {
                self.line(&format!("{line}>"));
                for value in values {
                    self.value(value);
                }
                line = "</condition>".to_owned();
            }
        }
        self.line(&line);
    }

    /// A `value` element.
    fn value(&mut self, value: &Value) {
        if value.kind == ValueKind::Attribute {
            let message = "FetchXML compares with one attribute, and with nothing beside it";
            let help = "write a condition for each value";
            self.unsayable(value.span, message.to_owned(), help);
            return;
        }
        let text = self.checked(&value.text, value.span, false);
        self.line(&format!("<value>{text}</value>"));
    }

    /// The name in `valueof`, where a dot would mean another row.
    fn attribute_value(&mut self, value: &Value) -> String {
        if value.text.contains('.') {
            let message = format!(
                "FetchXML takes `{}` for an attribute of another row",
                value.text
            );
            self.unsayable(value.span, message, "mend the name");
        }
        self.name(&Name {
            text: value.text.clone(),
            span: value.span,
        })
    }

    fn name(&mut self, name: &Name) -> String {
        if name.text.trim().is_empty() || name.text.contains(['\n', '\r']) {
            let message = "a name of FetchXML is neither blank nor of several lines".to_owned();
            self.unsayable(name.span, message, "mend the name");
        }
        self.checked(&name.text, name.span, true)
    }

    /// A text escaped, and reported where XML has no way to write it.
    fn checked(&mut self, text: &str, span: impl Into<Option<Span>>, in_attribute: bool) -> String {
        if let Some(lacking) = text.chars().find(|c| !is_xml(*c)) {
            let message = format!("XML lacks the character U+{:04X}", u32::from(lacking));
            self.unsayable(span, message, "take it out");
        }
        escaped(text, in_attribute)
    }

    fn unsayable(&mut self, span: impl Into<Option<Span>>, message: String, help: &str) {
        self.unsayable
            .push(Diagnostic::new(codes::FETCH_UNSAYABLE, span, message).help(help));
    }
}

/// Whether a single value stands in the `value` attribute: not in a list, and not where an empty
/// attribute would count as none.
fn in_attribute(operator: Option<Operator>, value: &Value) -> bool {
    match operator.map(|operator| operator.spec().arity) {
        Some(Arity::None) => !value.text.is_empty(),
        Some(Arity::Many) => false,
        _ => true,
    }
}

/// Whether XML 1.0 has a character.
fn is_xml(character: char) -> bool {
    !matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}
