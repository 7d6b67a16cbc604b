//! One condition: its attribute, whether the operator suits, and its values (SEMANTICS §5).

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use weir_grammar::ast::{self, LimitSet, ValueKind};
use weir_ir::diagnostic::Diagnostic;
use weir_ir::limits;
use weir_ir::operators::{self, Operands, Operator, OperatorFamily, Spec};
use weir_ir::plan::Hierarchy;
use weir_ir::schema::{AttrId, Attribute, EntityId, Family};
use weir_ir::value::{self, Value};
use weir_ir::window::Window;

use super::filter::Filters;
use super::link::a;
use super::literal::literal;
use super::names;
use crate::codes;
use crate::typed::{Leaf, Test};

/// What is left out where an attribute is missing.
const PART: &str = "the condition";

/// The condition with its names and values resolved; none where something is wrong, which has been
/// reported.
pub(super) fn leaf(
    filters: &mut Filters<'_>,
    entity: EntityId,
    condition: &ast::Condition,
) -> Option<Leaf> {
    let Some(operator) = condition.operator else {
        filters.report.unread = true;
        return None;
    };
    let spec = operator.spec();
    let name = &condition.attribute;
    let Some(id) = names::attribute(filters.schema, filters.report, entity, name, PART) else {
        filters.report.left_out += 1;
        return None;
    };
    let schema = filters.schema;
    let attribute = schema.attribute(entity, id);
    if filters.limits == LimitSet::Classic {
        let sets = spec.arity_over(attribute) != spec.arity;
        if sets || !spec.classic {
            let over = if sets {
                " over a multi-select choice"
            } else {
                ""
            };
            filters.not_classic(condition.token.span, &format!("`{}`{over}", spec.token));
        }
    }
    suits(filters, condition, attribute, spec)?;
    counted(filters, condition, attribute, spec)?;
    let test = match spec.family {
        OperatorFamily::User => Test::User,
        OperatorFamily::Hierarchy => {
            let hierarchy = hierarchy(filters, entity, id, condition)?;
            let Value::Guid(of) = literal(filters, attribute, condition.values.first()?)? else {
                return None;
            };
            Test::Tree(hierarchy, of)
        }
        OperatorFamily::Clock => {
            Test::Clock(window(filters, attribute, operator, &condition.values)?)
        }
        OperatorFamily::Comparison | OperatorFamily::Pattern => {
            Test::Row(operands(filters, entity, condition, attribute, operator)?)
        }
    };
    Some(Leaf {
        attribute: id,
        operator,
        test,
        span: condition.span,
    })
}

/// Reports an operator that isn't for the attribute's type.
fn suits(
    filters: &mut Filters<'_>,
    condition: &ast::Condition,
    attribute: &Attribute,
    spec: &Spec,
) -> Option<()> {
    if spec.types.allow(attribute) {
        return Some(());
    }
    let described = a(attribute.ty);
    let diagnostic = if attribute.ty.family() == Family::Opaque {
        Diagnostic::new(
            codes::NOT_FILTERABLE,
            condition.attribute.span,
            format!("`{}`, {described}, can't be filtered", attribute.name),
        )
        .help(
            "virtual, image and file attributes hold nothing to compare; filter another attribute",
        )
    } else {
        let suiting: Vec<&str> = operators::all()
            .filter(|spec| spec.types.allow(attribute))
            .filter(|spec| spec.family != OperatorFamily::Hierarchy)
            .filter(|spec| spec.classic || filters.limits == LimitSet::Modern)
            .map(|spec| spec.token)
            .collect();
        Diagnostic::new(
            codes::OPERATOR_TYPE,
            condition.token.span,
            format!(
                "`{}` does not apply to `{}`, {described}",
                condition.token.text, attribute.name
            ),
        )
        .help(format!(
            "it takes {}; `{}` takes {}",
            spec.types.words(),
            attribute.name,
            suiting.join(", ")
        ))
    };
    filters.report.push(diagnostic);
    None
}

/// Reports a wrong number of values.
fn counted(
    filters: &mut Filters<'_>,
    condition: &ast::Condition,
    attribute: &Attribute,
    spec: &Spec,
) -> Option<()> {
    let count = condition.values.len();
    if count > limits::VALUES_PER_CONDITION {
        filters.report.push(
            Diagnostic::new(
                codes::TOO_MANY_VALUES,
                condition.token.span,
                format!("{count} values in one condition"),
            )
            .help(format!(
                "at most {} are taken",
                limits::VALUES_PER_CONDITION
            )),
        );
        return None;
    }
    let arity = spec.arity_over(attribute);
    if arity.allows(count) {
        return Some(());
    }
    let got = match count {
        0 => "none".to_owned(),
        count => count.to_string(),
    };
    let span = match (condition.values.first(), condition.values.last()) {
        (Some(first), Some(last)) => first.span.to(last.span),
        _ => condition.token.span,
    };
    filters.report.push(
        Diagnostic::new(
            codes::VALUE_COUNT,
            span,
            format!(
                "`{}` takes {}, and got {got}",
                condition.token.text,
                arity.words()
            ),
        )
        .help(format!(
            "`{}` holds where the attribute {}",
            spec.token, spec.meaning
        )),
    );
    None
}

/// The window of a clock operator.
fn window(
    filters: &mut Filters<'_>,
    attribute: &Attribute,
    operator: Operator,
    values: &[ast::Value],
) -> Option<Window> {
    let fiscal = filters.settings.fiscal;
    let right: Vec<bool> = (0..)
        .zip(values)
        .map(
            |(place, value)| match operators::number_range(operator, place, fiscal) {
                None => literal(filters, attribute, value).is_some(),
                Some(range) => number(filters, operator, place, value, &range),
            },
        )
        .collect();
    let texts: Vec<&str> = values.iter().map(|value| value.text.as_str()).collect();
    operators::window(operator, &texts, filters.settings).filter(|_| !right.contains(&false))
}

/// Whether a value of a clock operator is a whole number of the range.
fn number(
    filters: &mut Filters<'_>,
    operator: Operator,
    place: usize,
    value: &ast::Value,
    range: &RangeInclusive<i64>,
) -> bool {
    let is_number = matches!(value.kind, ValueKind::Number | ValueKind::Untyped);
    let text = value.text.trim();
    let fits = text.parse().is_ok_and(|number| range.contains(&number));
    if is_number && fits {
        return true;
    }
    let token = operator.token();
    let what = match (token.split_once("-x-"), place) {
        (Some((_, units)), _) => format!("number of {}", units.replace('-', " ")),
        (None, 0) if operator != Operator::InFiscalYear => "fiscal period".to_owned(),
        (None, _) => "year".to_owned(),
    };
    let whole = is_number && value::parse_decimal(text).is_some_and(|n| n.fract().is_zero());
    let code = if whole {
        codes::VALUE_RANGE
    } else {
        codes::VALUE_TYPE
    };
    let message = format!("`{}` is no {what} for `{token}`", value.text);
    let year = if what == "fiscal period" {
        ", as the organization's `fiscal` calendar has periods"
    } else {
        ""
    };
    let takes = format!(
        "it takes a whole number from {} to {}{year}",
        range.start(),
        range.end()
    );
    let diagnostic = Diagnostic::new(code, value.span, message).help(takes);
    filters.report.push(match fits {
        true => diagnostic.suggest(value.span, value.text.as_str()),
        false => diagnostic,
    });
    false
}

/// What a comparison or pattern compares with.
fn operands(
    filters: &mut Filters<'_>,
    entity: EntityId,
    condition: &ast::Condition,
    attribute: &Attribute,
    operator: Operator,
) -> Option<Operands> {
    if condition.values.is_empty() {
        return Some(Operands::None);
    }
    if let [value] = &condition.values[..]
        && value.kind == ValueKind::Attribute
        && operator.takes_attribute()
    {
        return other_attribute(filters, entity, attribute, value);
    }
    let values: Vec<Option<Value>> = condition
        .values
        .iter()
        .map(|value| {
            if value.kind == ValueKind::Attribute {
                let message = format!("`{}` does not compare with an attribute", operator.token());
                filters.report.push(
                    Diagnostic::new(codes::NO_ATTRIBUTE_VALUE, value.span, message)
                        .help("eq, ne, gt, ge, lt and le do"),
                );
                return None;
            }
            literal(filters, attribute, value)
        })
        .collect();
    let values = values.into_iter().collect::<Option<Box<[Value]>>>()?;
    Some(Operands::Values(match attribute.ty.family() {
        Family::Choices => Box::new([Value::Choices(union(&values))]),
        _ => values,
    }))
}

/// All choices of some sets, ascending, each once.
fn union(sets: &[Value]) -> Box<[i64]> {
    let choices = sets.iter().flat_map(|set| match set {
        Value::Choices(choices) => &**choices,
        _ => &[],
    });
    choices
        .copied()
        .collect::<BTreeSet<i64>>()
        .into_iter()
        .collect()
}

/// The hierarchy that the attribute names rows of: its own entity's where it is the primary id, else
/// that of the one entity with a hierarchy that it may point to.
fn hierarchy(
    filters: &mut Filters<'_>,
    entity: EntityId,
    attribute: AttrId,
    condition: &ast::Condition,
) -> Option<Hierarchy> {
    let schema = filters.schema;
    let of = schema.entity(entity);
    let found = of.attribute(attribute);
    let mut known = schema
        .entities()
        .filter(|(id, other)| match attribute == of.primary_id {
            true => *id == entity,
            false => found.may_point_to(&other.name),
        })
        .filter_map(|(entity, _)| {
            let parent = schema.hierarchy(entity)?;
            Some(Hierarchy { entity, parent })
        });
    let first = known.next();
    if let (Some(hierarchy), None) = (first, known.next()) {
        return Some(hierarchy);
    }
    let what = match first {
        Some(_) => "which names rows of several hierarchies",
        None => "which names no row of a hierarchy",
    };
    let message = format!(
        "`{}` does not apply to `{}`, {what}",
        condition.token.text, found.name
    );
    let diagnostic = Diagnostic::new(codes::OPERATOR_TYPE, condition.token.span, message).help(
        "it takes the id of an entity with a hierarchy, and lookups to it; the metadata says \
         `hierarchical` of the 1:N relationship that joins the entity to itself",
    );
    match first {
        Some(_) => filters.report.push(diagnostic),
        None => {
            // The relationship that would say so may be what is missing.
            filters.report.missing(diagnostic, PART);
            filters.report.left_out += 1;
        }
    }
    None
}

/// Another attribute of the same row (`valueof`).
fn other_attribute(
    filters: &mut Filters<'_>,
    entity: EntityId,
    attribute: &Attribute,
    value: &ast::Value,
) -> Option<Operands> {
    if filters.limits == LimitSet::Classic {
        filters.not_classic(value.span, "comparing with an attribute");
    }
    let name = ast::Name {
        text: value.text.clone(),
        span: value.span,
    };
    let of = filters.schema.entity(entity);
    let Some(id) = of.find(&name.text.to_lowercase()) else {
        let mut diagnostic = names::unknown_attribute(filters.schema, entity, &name);
        if let Some(edit) = &mut diagnostic.suggestion
            && edit.span.end - edit.span.start > u32::try_from(value.text.len()).unwrap_or(u32::MAX)
        {
            // Native text has the word before the name, XML has not.
            edit.replacement = format!("attribute {}", edit.replacement);
        }
        filters.report.missing(diagnostic, PART);
        filters.report.left_out += 1;
        return None;
    };
    let other = filters.schema.attribute(entity, id);
    if other.ty.family() == attribute.ty.family() {
        return Some(Operands::Attribute(id));
    }
    filters.report.push(
        Diagnostic::new(
            codes::NOT_COMPARABLE,
            value.span,
            format!(
                "`{}`, {}, does not compare with `{}`, {}",
                other.name,
                a(other.ty),
                attribute.name,
                a(attribute.ty)
            ),
        )
        .help("both must be of one family: numbers, texts, GUIDs and lookups, booleans, or datetimes of one behaviour"),
    );
    None
}
