//! What is allowed and often not meant.

use std::collections::{BTreeMap, BTreeSet};

use weir_grammar::ast::LimitSet;
use weir_ir::diagnostic::Diagnostic;
use weir_ir::schema::{EntityId, Schema};
use weir_ir::settings::Settings;

use super::logic::Logic;
use crate::codes;
use crate::report::Report;
use crate::typed::{Choice, Filter, Item, Profile};

pub(super) fn check(
    schema: &Schema,
    settings: &Settings,
    report: &mut Report,
    profile: &Profile<'_>,
) {
    without_item(schema, report, profile);
    union_surprise(schema, report, profile);
    adds_nothing(schema, report, profile);
    let mut logic = Logic {
        schema,
        settings,
        report,
    };
    for item in &profile.items {
        if let Some(filter) = &item.filter {
            logic.filter(item.entity, filter);
        }
        for association in &item.associations {
            if let Some(filter) = &association.filter {
                logic.filter(association.target, filter);
            }
        }
    }
}

/// An association to an item that downloads all rows anyway.
fn adds_nothing(schema: &Schema, report: &mut Report, profile: &Profile<'_>) {
    let all: BTreeSet<EntityId> = profile
        .items
        .iter()
        .filter(|item| item.choice == Some(Choice::All))
        .map(|item| item.entity)
        .collect();
    let associations = profile.items.iter().flat_map(|item| &item.associations);
    for association in associations.filter(|association| all.contains(&association.target)) {
        let name = &schema.entity(association.target).name;
        report.push(
            Diagnostic::new(
                codes::ADDS_NOTHING,
                association.ast.via.span,
                format!("this adds nothing: `{name}` downloads all records anyway"),
            )
            .help(format!(
                "take it out, or let `{name}` download `related` rows only"
            )),
        );
    }
}

/// An entity in a filter that has no item in the profile: once a filter.
fn without_item(schema: &Schema, report: &mut Report, profile: &Profile<'_>) {
    let items: BTreeSet<EntityId> = profile.items.iter().map(|item| item.entity).collect();
    // Under the classic limits a related-row condition is an error, which is enough.
    let modern = profile
        .items
        .iter()
        .filter(|item| item.limits == LimitSet::Modern);
    for filter in modern.flat_map(Item::filters) {
        let mut told = BTreeSet::new();
        filter.walk(&mut |part| {
            let Filter::Related(related) = part else {
                return;
            };
            let linked = related.link.entity();
            if items.contains(&linked) || !told.insert(linked) {
                return;
            }
            let name = &schema.entity(linked).name;
            report.push(
                Diagnostic::new(
                    codes::ENTITY_WITHOUT_ITEM,
                    related.entity_span,
                    format!("the filter looks at `{name}`, which has no item in this profile"),
                )
                .help("the rows count all the same, but devices will not hold them"),
            );
        });
    }
}

/// An item with a filter that is an association's target too: what both bring is or-ed.
fn union_surprise(schema: &Schema, report: &mut Report, profile: &Profile<'_>) {
    // The first association that leads to each entity, and its source.
    let mut first = BTreeMap::new();
    for source in &profile.items {
        for association in &source.associations {
            first
                .entry(association.target)
                .or_insert((source.entity, association));
        }
    }
    for item in &profile.items {
        let (Some(filter), Some((source, association))) = (&item.filter, first.get(&item.entity))
        else {
            continue;
        };
        report.push(
            Diagnostic::new(
                codes::UNION_SURPRISE,
                filter.span(),
                format!(
                    "`{}` downloads more than its filter: rows related to `{}` come too",
                    schema.entity(item.entity).name,
                    schema.entity(*source).name
                ),
            )
            .label(association.ast.via.span, "they come through this")
            .help("to filter those too, put the condition into the `include`"),
        );
    }
}
