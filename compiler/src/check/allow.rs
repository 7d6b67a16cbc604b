//! `allow W0301 "reason"`: warnings excused within the thing that it stands before.

use std::cmp::Reverse;

use rustc_hash::{FxHashMap, FxHashSet};
use weir_grammar::ast::{self, Allow, Block, Setting};
use weir_ir::diagnostic::{Code, Diagnostic, Severity, Span};

use crate::codes;
use crate::report::{Report, meant};

/// Drops the warnings that the files excuse, and warns of `allow`s that excuse nothing. Cost: of a
/// warning, the things around it.
pub(crate) fn excuse(report: &mut Report, files: &[ast::File]) {
    let mut allows: Vec<(&Allow, Span)> = Vec::new();
    each(files, &mut |allow, span| allows.push((allow, span)));
    let mut places = Places::new(&allows);
    report.retain(|diagnostic| {
        diagnostic.code.severity() != Severity::Warning
            || !diagnostic
                .span
                .is_some_and(|place| places.excuses(diagnostic.code.id, place))
    });
    let used =
        |(allow, span): &(&Allow, Span)| places.used.contains(&(allow.code.text.as_str(), *span));
    let idle_ones: Vec<&Allow> = allows
        .iter()
        .filter(|allow| !used(allow))
        .map(|(allow, _)| *allow)
        .collect();
    for allow in idle_ones {
        idle(report, allow);
    }
}

/// The things that have `allow`s, by the code that each excuses.
struct Places<'a> {
    /// Ascending by start, those around others first; with the number of the one around each.
    of: FxHashMap<&'a str, Vec<(Span, Option<usize>)>>,
    /// Those that excused something.
    used: FxHashSet<(&'a str, Span)>,
}

impl<'a> Places<'a> {
    fn new(allows: &[(&'a Allow, Span)]) -> Self {
        let mut of: FxHashMap<&str, Vec<(Span, Option<usize>)>> = FxHashMap::default();
        for (allow, span) in allows {
            of.entry(&allow.code.text).or_default().push((*span, None));
        }
        for places in of.values_mut() {
            places.sort_unstable_by_key(|(span, _)| (span.file, span.start, Reverse(span.end)));
            places.dedup();
            for at in 1..places.len() {
                let mut around = Some(at - 1);
                while let Some(other) = around
                    && !holds(places[other].0, places[at].0)
                {
                    around = places[other].1;
                }
                places[at].1 = around;
            }
        }
        Self {
            of,
            used: FxHashSet::default(),
        }
    }

    /// Whether a warning of a code, at a place, is excused; notes by what.
    fn excuses(&mut self, code: &str, place: Span) -> bool {
        let Some((code, places)) = self.of.get_key_value(code) else {
            return false;
        };
        let after = |(span, _): &(Span, _)| (span.file, span.start) <= (place.file, place.start);
        let mut at = places.partition_point(after).checked_sub(1);
        let mut excused = false;
        while let Some((span, around)) = at.and_then(|at| places.get(at)) {
            if holds(*span, place) {
                self.used.insert((code, *span));
                excused = true;
            }
            at = *around;
        }
        excused
    }
}

/// Calls `visit` with every `allow` and the thing that it stands before.
fn each<'a>(files: &'a [ast::File], visit: &mut impl FnMut(&'a Allow, Span)) {
    let mut all = |allows: &'a [Allow], span: Span| {
        for allow in allows {
            visit(allow, span);
        }
    };
    for block in files.iter().flat_map(|file| &file.blocks) {
        match block {
            Block::Profile(profile) => {
                all(&profile.extras.allows, profile.span);
                for item in &profile.items {
                    all(&item.extras.allows, item.span);
                    for include in &item.includes {
                        all(&include.extras.allows, include.span);
                    }
                }
            }
            Block::Organization(organization) => {
                all(&organization.allows, organization.span);
                for setting in &organization.settings {
                    if let Setting::Entity(setting) = setting {
                        all(&setting.allows, setting.span);
                    }
                }
            }
            Block::Members(members) => all(&members.allows, members.span),
            Block::App(app) => all(&app.allows, app.span),
        }
    }
}

fn holds(thing: Span, place: Span) -> bool {
    thing.file == place.file && thing.start <= place.start && place.end <= thing.end
}

/// Warns of an `allow` that excused nothing.
fn idle(report: &mut Report, allow: &Allow) {
    let name = &allow.code;
    let known = || {
        let others: [&[Code]; 3] = [
            weir_ir::codes::ALL,
            weir_grammar::codes::ALL,
            crate::metadata::codes::ALL,
        ];
        codes::ALL.iter().chain(others.into_iter().flatten())
    };
    let found = known().find(|code| code.id == name.text);
    report.push(match found {
        Some(code) if code.severity() == Severity::Warning => Diagnostic::new(
            codes::ALLOW_UNUSED,
            allow.span,
            format!("nothing here needs `allow {}`", name.text),
        )
        .help("take it out, or put it before what it excuses"),
        Some(_) => Diagnostic::new(
            codes::ALLOW_UNKNOWN,
            name.span,
            format!("`{}` is no warning, so it can't be excused", name.text),
        )
        .help("mend what it reports"),
        None => meant(
            Diagnostic::new(
                codes::ALLOW_UNKNOWN,
                name.span,
                format!("unknown warning `{}`", name.text),
            ),
            &name.text,
            known()
                .filter(|code| code.severity() == Severity::Warning)
                .map(|code| code.id),
            || "warnings are listed in docs/errors.md".to_owned(),
        ),
    });
}
