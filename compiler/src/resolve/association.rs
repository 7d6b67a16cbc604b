//! An association: its relationship, the end that it leads to, and its filter.

use std::collections::BTreeMap;

use weir_grammar::ast::{self, LimitSet};
use weir_grammar::native;
use weir_ir::diagnostic::{Diagnostic, Span};
use weir_ir::schema::{EntityId, RelationshipId, Schema};

use super::filter::{Filters, MODERN, conditions};
use super::profile::{Items, Resolver};
use super::{link, names};
use crate::codes;
use crate::report::Report;
use crate::typed::{Association, Profile};

/// What is left out where its relationship or an end is missing.
const PART: &str = "the association";

/// The association of an item on `source`; none where it is left out or wrong.
pub(super) fn resolve<'a>(
    resolver: &mut Resolver<'_>,
    include: &'a ast::Include,
    source: EntityId,
    items: &Items,
    limits: LimitSet,
) -> Option<Association<'a>> {
    let found = ends(resolver, include, source).and_then(|(relationship, target)| {
        let link = link::along(resolver.schema, relationship, target, source)?;
        has_item(resolver, include, target, items)?;
        Some((relationship, target, link))
    });
    let Some((relationship, target, link)) = found else {
        resolver
            .report
            .lose(include.filter.as_ref().map_or(0, conditions));
        return None;
    };
    let mut filters = Filters {
        schema: resolver.schema,
        report: resolver.report,
        limits,
        modern: MODERN,
        settings: resolver.settings,
    };
    let filter = include
        .filter
        .as_ref()
        .and_then(|filter| filters.root(target, filter));
    Some(Association {
        ast: include,
        target,
        relationship,
        link,
        filter,
    })
}

/// The relationship and the target, if the relationship joins it to the source.
fn ends(
    resolver: &mut Resolver<'_>,
    include: &ast::Include,
    source: EntityId,
) -> Option<(RelationshipId, EntityId)> {
    let schema = resolver.schema;
    let named = include
        .entity
        .as_ref()
        .map(|name| names::entity(schema, resolver.report, name, PART));
    let relationship = names::relationship(schema, resolver.report, &include.via, PART);
    let named = match named {
        Some(None) => return None,
        Some(Some(target)) => Some(target),
        None => None,
    };
    let relationship = relationship?;
    let (one, other) = schema.relationship(relationship).kind.ends();
    // An import names the relationship alone: its other end is meant.
    let target = named.unwrap_or(if one == source { other } else { one });
    if (one, other) != (source, target) && (other, one) != (source, target) {
        let asked: &[EntityId] = match named {
            Some(target) => &[source, target],
            None => &[source],
        };
        link::not_joined(schema, resolver.report, relationship, &include.via, asked);
        return None;
    }
    if source == target {
        let name = &schema.entity(source).name;
        resolver.report.push(
            Diagnostic::new(
                codes::SELF_ASSOCIATION,
                include.via.span,
                format!("`{}` associates `{name}` with itself", include.via.text),
            )
            .help("an association leads to another entity; rows of one entity are chosen by its item's filter"),
        );
        return None;
    }
    Some((relationship, target))
}

/// Reports a target that has no item in the profile.
fn has_item(
    resolver: &mut Resolver<'_>,
    include: &ast::Include,
    target: EntityId,
    items: &Items,
) -> Option<()> {
    if items.kept.contains_key(&target) {
        return Some(());
    }
    let name = &resolver.schema.entity(target).name;
    let span = include
        .entity
        .as_ref()
        .map_or(include.via.span, |name| name.span);
    resolver.report.follows(
        Diagnostic::new(
            codes::TARGET_WITHOUT_ITEM,
            span,
            format!("the association leads to `{name}`, which has no item in this profile"),
        )
        .help(format!("add `item {name} {{ download related }}`")),
        PART,
        items.lost.contains(&target),
    );
    None
}

/// The associations of an item so far: what they are told apart by, and where they stand.
pub(super) type Before = BTreeMap<(RelationshipId, EntityId, Option<String>), Span>;

/// Reports an association that an item has already, with the same filter.
pub(super) fn only_once(report: &mut Report, before: &mut Before, new: &Association<'_>) {
    let filter = new.ast.filter.as_ref().map(native::print_filter);
    let via = new.ast.via.span;
    let first = *before
        .entry((new.relationship, new.target, filter))
        .or_insert(via);
    if first != via {
        report.push(
            Diagnostic::new(
                codes::ASSOCIATION_TWICE,
                via,
                format!("`{}` is included twice", new.ast.via.text),
            )
            .label(first, "the first time")
            .help("take one of them out"),
        );
    }
}

impl Profile<'_> {
    /// Remembers what an association that is left out may have reached.
    pub(super) fn lose(&mut self, schema: &Schema, include: &ast::Include) {
        let named = include.entity.as_ref();
        match named.and_then(|name| schema.find(&name.text.to_lowercase())) {
            Some(target) => {
                self.lost_targets.insert(target);
            }
            None => self.lost_anywhere = true,
        }
    }
}
