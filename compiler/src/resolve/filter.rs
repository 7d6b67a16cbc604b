//! Filters: their shape and their links. What is wrong is reported and stays in its place as left
//! out, so that one mistake is one finding.

use weir_grammar::ast::{self, GroupKind, LimitSet};
use weir_ir::diagnostic::{Diagnostic, Span};
use weir_ir::plan::Link;
use weir_ir::schema::{EntityId, RelationshipKind, Schema};
use weir_ir::settings::Settings;

use super::{condition, link, names};
use crate::codes;
use crate::report::Report;
use crate::typed::{Filter, Related};

/// What filters are resolved with.
pub(crate) struct Filters<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) report: &'a mut Report,
    pub(crate) limits: LimitSet,
    /// How to come by the modern limits: [`MODERN`] in an item.
    pub(crate) modern: &'static str,
    pub(crate) settings: &'a Settings,
}

/// How an item comes by the modern limits.
pub(crate) const MODERN: &str =
    "write `limits modern` first in the item, in the profile, or in the organization block";

/// The conditions in a filter, related-row conditions among them.
pub(crate) fn conditions(filter: &ast::Filter) -> usize {
    match filter {
        ast::Filter::Group { children, .. } => children.iter().map(conditions).sum(),
        ast::Filter::Condition(_) => 1,
        ast::Filter::Related(related) => 1 + related.filter.as_deref().map_or(0, conditions),
    }
}

impl Filters<'_> {
    /// A filter on rows of an entity, with its conditions counted; none where it has no condition.
    pub(crate) fn root(&mut self, entity: EntityId, filter: &ast::Filter) -> Option<Filter> {
        self.report.conditions += conditions(filter);
        self.filter(entity, filter)
    }

    fn filter(&mut self, entity: EntityId, filter: &ast::Filter) -> Option<Filter> {
        match filter {
            ast::Filter::Group {
                kind,
                children,
                span,
            } => {
                let children = children
                    .iter()
                    .filter_map(|child| self.filter(entity, child))
                    .collect();
                group(*kind, children, *span)
            }
            ast::Filter::Condition(condition) => {
                Some(condition::leaf(self, entity, condition).map_or(
                    Filter::LeftOut {
                        span: condition.span,
                    },
                    Filter::Leaf,
                ))
            }
            ast::Filter::Related(related) => Some(self.related(entity, related)),
        }
    }

    fn related(&mut self, entity: EntityId, related: &ast::Related) -> Filter {
        if self.limits == LimitSet::Classic {
            self.not_classic(related.entity.span, "a related-row condition");
        }
        let part = "the related-row condition";
        let link =
            names::entity(self.schema, self.report, &related.entity, part).and_then(|other| {
                link::of_related(self.schema, self.report, entity, other, &related.link)
            });
        let Some(link) = link else {
            self.report.left_out += 1 + related.filter.as_deref().map_or(0, conditions);
            return Filter::LeftOut { span: related.span };
        };
        let inner = related.filter.as_deref();
        let related = Related {
            negated: related.negated,
            link,
            filter: inner
                .and_then(|inner| self.filter(link.entity(), inner))
                .map(Box::new),
            entity_span: related.entity.span,
            span: related.span,
        };
        Filter::Related(through_pairs(self.schema, entity, related))
    }

    /// Reports what the classic limit set lacks.
    pub(crate) fn not_classic(&mut self, span: Span, what: &str) {
        self.report.push(
            Diagnostic::new(
                codes::NOT_CLASSIC,
                span,
                format!("{what} needs the modern limits"),
            )
            .help(self.modern),
        );
    }
}

/// A condition on the pairs of an N:N relationship that only asks for their other end, as FetchXML
/// has to write it, is one along the relationship; any other stays as it is.
fn through_pairs(schema: &Schema, this: EntityId, related: Related) -> Related {
    let id = |entity: EntityId| schema.entity(entity).primary_id;
    let (
        Some(Filter::Related(inner)),
        Link::Attributes {
            from,
            entity: pairs,
            to: near,
        },
    ) = (related.filter.as_deref(), related.link)
    else {
        return related;
    };
    let Link::Attributes {
        from: far,
        entity: other,
        to,
    } = inner.link
    else {
        return related;
    };
    let joins = |kind: &RelationshipKind| match *kind {
        RelationshipKind::ManyToMany {
            intersect,
            entity1,
            attribute1,
            entity2,
            attribute2,
        } => {
            let ends = [((this, near), (other, far)), ((other, far), (this, near))];
            intersect == pairs && ends.contains(&((entity1, attribute1), (entity2, attribute2)))
        }
        RelationshipKind::OneToMany { .. } => false,
    };
    let by_id = from == id(this) && to == id(other) && !inner.negated;
    // Pairs are internal, which spares the look at every relationship.
    if !by_id
        || !schema.entity(pairs).internal
        || !schema.relationships().any(|known| joins(&known.kind))
    {
        return related;
    }
    Related {
        negated: related.negated,
        link: Link::Through {
            intersect: pairs,
            near,
            far,
            entity: other,
        },
        filter: inner.filter.clone(),
        entity_span: inner.entity_span,
        span: related.span,
    }
}

/// A group as it counts: without empty groups, groups of one, and groups of its own kind.
fn group(kind: GroupKind, children: Vec<Filter>, span: Span) -> Option<Filter> {
    let mut flat = Vec::with_capacity(children.len());
    for child in children {
        match child {
            Filter::Group {
                kind: inner,
                children,
                ..
            } if inner == kind => flat.extend(children),
            other => flat.push(other),
        }
    }
    if flat.len() < 2 {
        return flat.pop();
    }
    Some(Filter::Group {
        kind,
        children: flat,
        span,
    })
}
