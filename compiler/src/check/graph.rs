//! Associations as a graph: circles, and related-only items that nothing reaches. Cost: linear
//! without circles; with some, associations × the circles that are told, at most [`limits::CIRCLES`].

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use weir_ir::diagnostic::Diagnostic;
use weir_ir::limits;
use weir_ir::schema::{EntityId, Schema};

use crate::codes;
use crate::report::Report;
use crate::typed::{Association, Choice, Profile};

pub(super) fn check(schema: &Schema, report: &mut Report, profile: &Profile<'_>) {
    cycles(schema, report, profile);
    unreached(schema, report, profile);
}

/// Associations one after the other, each with its source.
type Path<'p, 'a> = Vec<(EntityId, &'p Association<'a>)>;

/// Reports circles until each association that is part of one has been told of in one: the shortest
/// through it.
fn cycles(schema: &Schema, report: &mut Report, profile: &Profile<'_>) {
    let components = components(profile);
    let component = |entity| Some(components[profile.place(entity)?]);
    let mut told = BTreeSet::new();
    let mut circles = 0;
    for item in &profile.items {
        for association in &item.associations {
            let joined = component(item.entity) == component(association.target);
            if !joined || told.contains(&(item.entity, association.target)) {
                continue;
            }
            let Some(back) = shortest(profile, association.target, item.entity) else {
                continue;
            };
            let mut links = vec![(item.entity, association)];
            links.extend(back);
            // A circle starts at the item that stands first, wherever it was found.
            let first = (0..links.len()).min_by_key(|at| profile.place(links[*at].0));
            links.rotate_left(first.unwrap_or(0));
            told.extend(links.iter().map(|(source, link)| (*source, link.target)));
            cycle(schema, report, &links);
            circles += 1;
            if circles == limits::CIRCLES {
                return;
            }
        }
    }
}

/// For each item the number of its component: two items have one number if each leads to the other.
fn components(profile: &Profile<'_>) -> Vec<usize> {
    let count = profile.items.len();
    let targets = |at: usize| {
        let associations = profile.items[at].associations.iter();
        associations.filter_map(|association| profile.place(association.target))
    };
    // Items after all that they lead to and that was not seen before.
    let mut order = Vec::with_capacity(count);
    let mut seen = vec![false; count];
    let mut waiting: Vec<(usize, bool)> = (0..count).rev().map(|at| (at, false)).collect();
    while let Some((at, finished)) = waiting.pop() {
        if finished {
            order.push(at);
        } else if !std::mem::replace(&mut seen[at], true) {
            waiting.push((at, true));
            waiting.extend(targets(at).map(|target| (target, false)));
        }
    }
    let mut sources = vec![Vec::new(); count];
    for at in 0..count {
        for target in targets(at) {
            sources[target].push(at);
        }
    }
    let mut components = vec![None; count];
    for root in order.into_iter().rev() {
        let mut waiting = vec![root];
        while let Some(at) = waiting.pop() {
            if components[at].is_none() {
                components[at] = Some(root);
                waiting.extend(&sources[at]);
            }
        }
    }
    components.into_iter().flatten().collect()
}

/// The shortest way along associations.
fn shortest<'p, 'a>(
    profile: &'p Profile<'a>,
    from: EntityId,
    to: EntityId,
) -> Option<Path<'p, 'a>> {
    let mut before: BTreeMap<EntityId, (EntityId, &Association<'a>)> = BTreeMap::new();
    let mut waiting = VecDeque::from([from]);
    while let Some(entity) = waiting.pop_front() {
        let associations = profile.item(entity).map(|item| &item.associations);
        for association in associations.into_iter().flatten() {
            before.entry(association.target).or_insert_with(|| {
                waiting.push_back(association.target);
                (entity, association)
            });
            if association.target != to {
                continue;
            }
            let mut path = Vec::new();
            let mut at = to;
            while at != from {
                let (source, association) = before.get(&at)?;
                path.push((*source, *association));
                at = *source;
            }
            path.reverse();
            return Some(path);
        }
    }
    None
}

fn cycle(schema: &Schema, report: &mut Report, links: &[(EntityId, &Association<'_>)]) {
    let Some(((_, last), others)) = links.split_last() else {
        return;
    };
    let names: Vec<&str> = links
        .iter()
        .map(|(source, _)| *source)
        .chain([last.target])
        .map(|entity| schema.entity(entity).name.as_str())
        .collect();
    let message = format!("associations go in a circle: `{}`", names.join(" → "));
    let mut diagnostic = Diagnostic::new(codes::CYCLE, last.ast.via.span, message)
        .help("take out one of them, or choose by a filter with related-row conditions instead");
    for (_, association) in others {
        diagnostic = diagnostic.label(association.ast.via.span, "part of the circle");
    }
    report.push(diagnostic);
}

/// Related-only items that no association reaches.
fn unreached(schema: &Schema, report: &mut Report, profile: &Profile<'_>) {
    let associations = profile.items.iter().flat_map(|item| &item.associations);
    let reached: BTreeSet<EntityId> = associations.map(|known| known.target).collect();
    for item in &profile.items {
        if item.choice != Some(Choice::Related) || reached.contains(&item.entity) {
            continue;
        }
        let name = &schema.entity(item.entity).name;
        let span = item.ast.entity.span;
        let lost = profile.lost_anywhere
            || profile.lost_targets.contains(&item.entity)
            || report.is_unread(profile.ast.span);
        if lost && !report.lenient {
            // What should have reached it is wrong, and has been reported.
            continue;
        }
        if item.ast.includes.is_empty() {
            let download = item.ast.download.as_ref();
            if download.is_some_and(|download| download.filter.is_some()) {
                // The filter that stands there is wrong, and has been reported.
                continue;
            }
            report.push(
                Diagnostic::new(
                    codes::EMPTY_ITEM,
                    span,
                    format!("`{name}` downloads related rows only, and nothing relates to it"),
                )
                .help("no records will be available; include it from another item, or choose what it downloads"),
            );
            continue;
        }
        let diagnostic = Diagnostic::new(
            codes::DEAD_ITEM,
            span,
            format!(
                "`{name}` downloads related rows only, and no association reaches it, so its own bring nothing"
            ),
        )
        .help("include it from another item, or choose what it downloads");
        report.push(if lost {
            diagnostic.weakened()
        } else {
            diagnostic
        });
    }
}
