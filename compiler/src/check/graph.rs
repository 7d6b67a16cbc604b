//! Associations as a graph: cycles, and related-only items that nothing reaches. Cost: linear
//! without cycles; with some, associations × associations among those that lie in one or behind it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use weir_ir::diagnostic::Diagnostic;
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

/// Reports, for each association that is part of a cycle, the shortest one; each cycle once.
fn cycles(schema: &Schema, report: &mut Report, profile: &Profile<'_>) {
    let mut seen = BTreeSet::new();
    let suspects = downstream_of_cycles(profile);
    let suspect = |entity: &EntityId| suspects.contains(entity);
    for item in profile.items.iter().filter(|item| suspect(&item.entity)) {
        for association in &item.associations {
            let Some(back) = shortest(profile, association.target, item.entity) else {
                continue;
            };
            let mut links = vec![(item.entity, association)];
            links.extend(back);
            // A cycle starts at the item that stands first, wherever it was found.
            let first = (0..links.len()).min_by_key(|at| profile.place(links[*at].0));
            links.rotate_left(first.unwrap_or(0));
            let sources: Vec<EntityId> = links.iter().map(|(source, _)| *source).collect();
            if seen.insert(sources) {
                cycle(schema, report, &links);
            }
        }
    }
}

/// The items that lie in a cycle or that one leads to: those that are left when items that nothing
/// leads to are taken away, again and again.
fn downstream_of_cycles(profile: &Profile<'_>) -> BTreeSet<EntityId> {
    let mut leading_to: BTreeMap<EntityId, usize> = BTreeMap::new();
    for association in profile.items.iter().flat_map(|item| &item.associations) {
        *leading_to.entry(association.target).or_default() += 1;
    }
    let mut left: BTreeSet<EntityId> = profile.items.iter().map(|item| item.entity).collect();
    let free = left.iter().filter(|item| !leading_to.contains_key(item));
    let mut waiting: Vec<EntityId> = free.copied().collect();
    while let Some(entity) = waiting.pop() {
        left.remove(&entity);
        let associations = profile.item(entity).map(|item| &item.associations);
        for association in associations.into_iter().flatten() {
            if let Some(count) = leading_to.get_mut(&association.target) {
                *count -= 1;
                if *count == 0 {
                    waiting.push(association.target);
                }
            }
        }
    }
    left
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
        if entity == to {
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
        let associations = profile.item(entity).map(|item| &item.associations);
        for association in associations.into_iter().flatten() {
            if association.target != from && !before.contains_key(&association.target) {
                before.insert(association.target, (entity, association));
                waiting.push_back(association.target);
            }
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
