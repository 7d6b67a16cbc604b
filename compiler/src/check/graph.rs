//! Associations as a graph: cycles, and related-only items that nothing reaches. Cost: items +
//! associations.

use std::collections::{BTreeMap, BTreeSet};

use weir_ir::diagnostic::Diagnostic;
use weir_ir::schema::{EntityId, Schema};

use crate::codes;
use crate::report::Report;
use crate::typed::{Association, Choice, Item, Profile};

pub(super) fn check(schema: &Schema, report: &mut Report, profile: &Profile<'_>) {
    let mut walk = Walk {
        schema,
        report,
        profile,
        done: BTreeSet::new(),
        path: Vec::new(),
    };
    for item in &profile.items {
        walk.visit(item);
    }
    unreached(schema, report, profile);
}

/// A walk along associations that reports each one that closes a cycle.
struct Walk<'w, 'a> {
    schema: &'w Schema,
    report: &'w mut Report,
    profile: &'w Profile<'a>,
    done: BTreeSet<EntityId>,
    /// The associations that led here.
    path: Vec<(EntityId, &'w Association<'a>)>,
}

impl<'w, 'a> Walk<'w, 'a> {
    /// Visits what an item leads to. Depth: at most the items of the profile, which has one an entity.
    fn visit(&mut self, item: &'w Item<'a>) {
        if self.done.contains(&item.entity) {
            return;
        }
        for association in &item.associations {
            self.path.push((item.entity, association));
            let closed = self
                .path
                .iter()
                .position(|(source, _)| *source == association.target);
            match closed {
                Some(from) => self.cycle(from),
                None => {
                    if let Some(target) = self.profile.item(association.target) {
                        self.visit(target);
                    }
                }
            }
            self.path.pop();
        }
        self.done.insert(item.entity);
    }

    fn cycle(&mut self, from: usize) {
        let links = &self.path[from..];
        let Some((_, last)) = links.last() else {
            return;
        };
        let names: Vec<&str> = links
            .iter()
            .map(|(source, _)| *source)
            .chain([last.target])
            .map(|entity| self.schema.entity(entity).name.as_str())
            .collect();
        let mut diagnostic = Diagnostic::new(
            codes::CYCLE,
            last.ast.via.span,
            format!("associations go in a circle: `{}`", names.join(" → ")),
        )
        .help("take out one of them, or choose by a filter with related-row conditions instead");
        for (_, association) in &links[..links.len() - 1] {
            diagnostic = diagnostic.label(association.ast.via.span, "part of the circle");
        }
        self.report.push(diagnostic);
    }
}

/// Related-only items that no association reaches.
fn unreached(schema: &Schema, report: &mut Report, profile: &Profile<'_>) {
    let mut reached: BTreeMap<EntityId, ()> = BTreeMap::new();
    for association in profile.items.iter().flat_map(|item| &item.associations) {
        reached.insert(association.target, ());
    }
    for item in &profile.items {
        if item.choice != Some(Choice::Related) || reached.contains_key(&item.entity) {
            continue;
        }
        let name = &schema.entity(item.entity).name;
        let span = item.ast.entity.span;
        let lost = profile.lost_anywhere || profile.lost_targets.contains(&item.entity);
        if item.ast.includes.is_empty() {
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
        report.push(if report.lenient && lost {
            diagnostic.weakened()
        } else {
            diagnostic
        });
    }
}
