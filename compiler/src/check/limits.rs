//! Limits: hard ones of the limit sets and of the plan, and the product's soft ones, with the count.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use weir_grammar::ast::LimitSet;
use weir_ir::diagnostic::{Diagnostic, Span};
use weir_ir::limits;
use weir_ir::plan::Plan;
use weir_ir::schema::{EntityId, Schema};

use crate::codes;
use crate::report::Report;
use crate::typed::{Filter, Item, Profile};

/// Checks an item's filters, relationships and interval.
pub(super) fn item(schema: &Schema, report: &mut Report, profile: &Profile<'_>, item: &Item<'_>) {
    for filter in item.filters() {
        filter_limits(report, filter, item.limits);
    }
    relationships(schema, report, profile, item);
    if let Some((minutes, span)) = item.ast.sync {
        let (least, most) = limits::SOFT_SYNC_MINUTES;
        if !(least..=most).contains(&minutes) {
            report.push(
                Diagnostic::new(
                    codes::SYNC_INTERVAL,
                    span,
                    format!("a sync interval of {minutes} minutes is unusual"),
                )
                .help(format!("the product takes {least} to {most}")),
            );
        }
    }
}

/// Checks the number of items.
pub(super) fn profile(report: &mut Report, profile: &Profile<'_>) {
    let count = profile.items.len();
    if count > limits::SOFT_ITEMS_PER_PROFILE {
        report.push(
            Diagnostic::new(
                codes::MANY_ITEMS,
                profile.ast.name.span,
                format!("{count} items in a profile"),
            )
            .help(format!(
                "more than {} make a first download slow",
                limits::SOFT_ITEMS_PER_PROFILE
            )),
        );
    }
}

/// Refuses a plan that is too large.
pub(crate) fn plan(report: &mut Report, plan: Option<Plan>) -> Option<Plan> {
    let count = plan.as_ref().map_or(0, |plan| plan.nodes.len());
    if count <= limits::PLAN_NODES {
        return plan;
    }
    report.push(
        Diagnostic::new(
            codes::PLAN_TOO_LARGE,
            None,
            format!("the profiles make a plan of {count} nodes"),
        )
        .help(format!(
            "at most {} are taken; publish fewer or smaller profiles",
            limits::PLAN_NODES
        )),
    );
    None
}

/// Checks levels, conditions and related tables of a filter.
fn filter_limits(report: &mut Report, filter: &Filter, set: LimitSet) {
    let (allowed, name) = match set {
        LimitSet::Classic => (limits::CLASSIC_LEVELS, "classic"),
        LimitSet::Modern => (limits::NESTING_DEPTH, "modern"),
    };
    let mut deep = Levels {
        allowed,
        first: None,
        deepest: 0,
    };
    deep.visit(filter, 0);
    if let Some(span) = deep.first {
        let help = match set {
            LimitSet::Classic => {
                "write it flatter, or `limits modern` first in the item or the profile"
            }
            LimitSet::Modern => "write it flatter",
        };
        report.push(
            Diagnostic::new(
                codes::TOO_MANY_LEVELS,
                span,
                format!(
                    "{} levels of groups, and the {name} limits allow {allowed}",
                    deep.deepest
                ),
            )
            .help(help),
        );
    }
    let (mut conditions, mut related) = (0, 0);
    filter.walk(&mut |part| match part {
        Filter::Leaf(_) | Filter::LeftOut { .. } => conditions += 1,
        Filter::Related(_) => related += 1,
        Filter::Group { .. } => {}
    });
    if set == LimitSet::Modern && conditions > limits::MODERN_CONDITIONS {
        report.push(
            Diagnostic::new(
                codes::TOO_MANY_CONDITIONS,
                filter.span(),
                format!("{conditions} conditions in a filter"),
            )
            .help(format!(
                "the modern limits allow {}; `in` takes many values in one condition",
                limits::MODERN_CONDITIONS
            )),
        );
    }
    if related > limits::SOFT_RELATED_PER_FILTER {
        report.push(
            Diagnostic::new(
                codes::MANY_RELATED,
                filter.span(),
                format!("{related} related tables in a filter"),
            )
            .help(format!(
                "more than {} make a filter slow",
                limits::SOFT_RELATED_PER_FILTER
            )),
        );
    }
}

/// Counts levels of groups; inner filters of related-row conditions go on counting.
struct Levels {
    allowed: usize,
    first: Option<Span>,
    deepest: usize,
}

impl Levels {
    fn visit(&mut self, filter: &Filter, above: usize) {
        match filter {
            Filter::Group { children, span, .. } => {
                let level = above + 1;
                if level > self.allowed && self.first.is_none() {
                    self.first = Some(*span);
                }
                self.deepest = self.deepest.max(level);
                for child in children {
                    self.visit(child, level);
                }
            }
            Filter::Related(related) => {
                if let Some(inner) = &related.filter {
                    self.visit(inner, above);
                }
            }
            Filter::Leaf(_) | Filter::LeftOut { .. } => {}
        }
    }
}

/// Warns of an item that leads along many relationships, counted transitively. Cost: an item looks at
/// no more than [`limits::RELATIONSHIPS_COUNTED`].
fn relationships(schema: &Schema, report: &mut Report, profile: &Profile<'_>, item: &Item<'_>) {
    if item.associations.is_empty() {
        return;
    }
    let mut count = 0;
    let mut before: BTreeMap<EntityId, EntityId> = BTreeMap::new();
    let mut seen = BTreeSet::from([item.entity]);
    let mut waiting = VecDeque::from([item.entity]);
    let mut last = item.entity;
    'counting: while let Some(entity) = waiting.pop_front() {
        last = entity;
        let associations = profile.item(entity).map(|item| &item.associations);
        for association in associations.into_iter().flatten() {
            count += 1;
            if count > limits::RELATIONSHIPS_COUNTED {
                break 'counting;
            }
            if seen.insert(association.target) {
                before.insert(association.target, entity);
                waiting.push_back(association.target);
            }
        }
    }
    if count <= limits::SOFT_RELATIONSHIPS_PER_ITEM {
        return;
    }
    let counted = match count > limits::RELATIONSHIPS_COUNTED {
        true => format!("over {}", limits::RELATIONSHIPS_COUNTED),
        false => count.to_string(),
    };
    // The farthest entity is the last one found.
    let mut path = vec![schema.entity(last).name.as_str()];
    while let Some(source) = before.get(&last) {
        last = *source;
        path.push(schema.entity(last).name.as_str());
    }
    path.reverse();
    report.push(
        Diagnostic::new(
            codes::MANY_RELATIONSHIPS,
            item.ast.entity.span,
            format!(
                "`{}` leads along {counted} relationships, as far as `{}`",
                item.ast.entity.text,
                path.join(" → ")
            ),
        )
        .help(format!(
            "the product counts {} as the most of an item, those of the items that it reaches included",
            limits::SOFT_RELATIONSHIPS_PER_ITEM
        )),
    );
}

#[cfg(test)]
mod tests {
    use weir_ir::diagnostic::Sources;
    use weir_ir::operators::Relation;
    use weir_ir::schema::AttrId;
    use weir_ir::settings::Settings;

    use super::*;

    #[test]
    fn a_plan_that_is_too_large() {
        let mut small = Plan::empty(Settings::default());
        for attribute in (0..).take(limits::PLAN_NODES) {
            let attribute = AttrId(attribute);
            small
                .nodes
                .user_match(EntityId(0), attribute, Relation::Itself);
        }
        let mut large = small.clone();
        large
            .nodes
            .user_match(EntityId(1), AttrId(0), Relation::Itself);
        let mut report = Report::new(false, &[]);
        assert!(plan(&mut report, Some(small)).is_some());
        assert!(plan(&mut report, Some(large)).is_none());
        let found = report.finish(&Sources::default());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].code.id, "E0915");
        assert_eq!(
            found[0].message,
            "the profiles make a plan of 1048577 nodes"
        );
        assert_eq!(
            found[0].help.as_deref(),
            Some("at most 1048576 are taken; publish fewer or smaller profiles")
        );
        assert_eq!(found[0].span, None);
    }
}
