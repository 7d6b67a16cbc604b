//! Filters from native text to FetchXML and back, with the metadata that the two need of each
//! other: FetchXML names no relationship and no type, native text names both.
//!
//! Either way the filter means the same, and lowers to the same plan.

use weir_grammar::ast::{Condition, Filter, Link, Name, Related, Value, ValueKind};
use weir_grammar::{fetchxml, native};
use weir_ir::diagnostic::{Diagnostic, Sources};
use weir_ir::plan;
use weir_ir::schema::{AttrId, Attribute, EntityId, Schema};
use weir_ir::value::{self, Literal};

use crate::report::Report;
use crate::resolve::{link, names};

/// What a finding says is left out, which nothing is here.
const PART: &str = "the related-row condition";

/// The `fetch` of an entity's rows that satisfy a filter, names in lower case as logical names are.
/// With a schema, relationships become the attributes that they join.
///
/// # Errors
/// What FetchXML can't say (see [`fetchxml::print`]), and relationships that the schema lacks or
/// that don't fit.
pub fn to_fetchxml(
    schema: Option<&Schema>,
    entity: &Name,
    filter: &Filter,
) -> Result<String, Vec<Diagnostic>> {
    let mut writer = Writer {
        schema,
        report: Report::new(false, &[]),
    };
    let filter = writer.filter(entity, filter);
    let found = writer.report.finish(&Sources::default());
    if found.is_empty() {
        fetchxml::print(&entity.text.to_lowercase(), &filter)
    } else {
        Err(found)
    }
}

/// A filter on an entity's rows as native text. The values of FetchXML, where all is text, are
/// written as their attributes' types want them, and as what they look like where no type is known.
#[must_use]
pub fn to_native(schema: Option<&Schema>, entity: &str, filter: &Filter) -> String {
    let this = schema.and_then(|schema| Some((schema, schema.find(&entity.to_lowercase())?)));
    native::print_filter(&typed(this, filter))
}

/// Writes out relationships.
struct Writer<'a> {
    schema: Option<&'a Schema>,
    report: Report,
}

impl Writer<'_> {
    fn filter(&mut self, this: &Name, filter: &Filter) -> Filter {
        match filter {
            Filter::Group {
                kind,
                children,
                span,
            } => Filter::Group {
                kind: *kind,
                children: children
                    .iter()
                    .map(|child| self.filter(this, child))
                    .collect(),
                span: *span,
            },
            Filter::Condition(condition) => Filter::Condition(Condition {
                attribute: logical(&condition.attribute),
                values: condition.values.iter().map(logical_value).collect(),
                ..condition.clone()
            }),
            Filter::Related(related) => Filter::Related(self.related(this, related)),
        }
    }

    fn related(&mut self, this: &Name, related: &Related) -> Related {
        let inner = related.filter.as_deref();
        let written = Related {
            entity: logical(&related.entity),
            filter: inner.map(|inner| Box::new(self.filter(&related.entity, inner))),
            ..related.clone()
        };
        match (&related.link, self.schema) {
            (Link::On { linked, own }, _) => Related {
                link: Link::On {
                    linked: logical(linked),
                    own: logical(own),
                },
                ..written
            },
            (Link::Via(via), Some(schema)) => {
                self.along(schema, this, via, &written).unwrap_or(written)
            }
            (Link::Via(_), None) => written,
        }
    }

    /// The attributes of a relationship; of an N:N relationship those to the pairs and from them.
    fn along(
        &mut self,
        schema: &Schema,
        this: &Name,
        via: &Name,
        related: &Related,
    ) -> Option<Related> {
        let this = names::entity(schema, &mut self.report, this, PART)?;
        let other = names::entity(schema, &mut self.report, &related.entity, PART)?;
        let found = link::of_related(schema, &mut self.report, this, other, &related.link)?;
        let attribute = |entity: EntityId, attribute: AttrId| Name {
            text: schema.attribute(entity, attribute).name.clone(),
            span: via.span,
        };
        let id = |entity: EntityId| attribute(entity, schema.entity(entity).primary_id);
        Some(match found {
            plan::Link::Attributes { from, to, .. } => Related {
                link: Link::On {
                    linked: attribute(other, to),
                    own: attribute(this, from),
                },
                ..related.clone()
            },
            plan::Link::Through {
                intersect,
                near,
                far,
                ..
            } => Related {
                entity: Name {
                    text: schema.entity(intersect).name.clone(),
                    span: related.entity.span,
                },
                link: Link::On {
                    linked: attribute(intersect, near),
                    own: id(this),
                },
                filter: Some(Box::new(Filter::Related(Related {
                    negated: false,
                    link: Link::On {
                        linked: id(other),
                        own: attribute(intersect, far),
                    },
                    ..related.clone()
                }))),
                ..related.clone()
            },
        })
    }
}

fn logical(name: &Name) -> Name {
    Name {
        text: name.text.to_lowercase().into(),
        span: name.span,
    }
}

fn logical_value(value: &Value) -> Value {
    match value.kind {
        ValueKind::Attribute => Value {
            text: value.text.to_lowercase().into(),
            ..value.clone()
        },
        _ => value.clone(),
    }
}

/// The filter with the values of FetchXML typed.
pub(crate) fn typed(this: Option<(&Schema, EntityId)>, filter: &Filter) -> Filter {
    match filter {
        Filter::Group {
            kind,
            children,
            span,
        } => Filter::Group {
            kind: *kind,
            children: children.iter().map(|child| typed(this, child)).collect(),
            span: *span,
        },
        Filter::Condition(condition) => {
            let name = condition.attribute.text.to_lowercase();
            let attribute = this.and_then(|(schema, entity)| {
                let found = schema.entity(entity).find(&name)?;
                Some(schema.attribute(entity, found))
            });
            let value = |value: &Value| match value.kind {
                ValueKind::Untyped => typed_value(attribute, value),
                _ => value.clone(),
            };
            Filter::Condition(Condition {
                values: condition.values.iter().map(value).collect(),
                ..condition.clone()
            })
        }
        Filter::Related(related) => {
            let name = related.entity.text.to_lowercase();
            let linked = this.and_then(|(schema, _)| Some((schema, schema.find(&name)?)));
            let inner = related.filter.as_deref();
            Filter::Related(Related {
                filter: inner.map(|inner| Box::new(typed(linked, inner))),
                ..related.clone()
            })
        }
    }
}

/// A value of FetchXML as the attribute takes it, or as the number that a clock operator takes; what
/// neither takes, and anything where there is no attribute, by its looks.
fn typed_value(attribute: Option<&Attribute>, untyped: &Value) -> Value {
    use value::Value as Meant;
    let text = &untyped.text;
    let looks = native::kind_by_looks(text);
    let meant = attribute.map(|attribute| {
        value::from_literal(attribute, Literal::Untyped(text))
            .ok()
            .or_else(|| value::parse_decimal(text.trim()).map(Meant::Decimal))
    });
    let number = match &meant {
        // Such as ` 5` and `007`, which native text writes as 5 and 7.
        Some(Some(Meant::Int(number))) => Some(number.to_string()),
        Some(Some(Meant::Decimal(number))) => Some(number.to_string()),
        Some(Some(Meant::Choices(numbers))) => match numbers[..] {
            [one] => Some(one.to_string()),
            _ => None,
        },
        _ => None,
    };
    let (kind, text) = match (meant.flatten(), number) {
        (Some(Meant::Bool(meant)), _) => (ValueKind::Bool, meant.to_string().into()),
        (_, Some(number)) if looks != ValueKind::Number => (ValueKind::Number, number.into()),
        (Some(_), None) => (ValueKind::Text, text.clone()),
        _ => (looks, text.clone()),
    };
    Value {
        kind,
        text,
        span: untyped.span,
    }
}
