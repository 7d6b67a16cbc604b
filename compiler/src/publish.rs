//! What is published together: profiles in their order, and app modules.

use std::collections::{BTreeMap, BTreeSet};

use weir_grammar::ast::{self, Block, Dialect};
use weir_ir::diagnostic::{Diagnostic, Span};
use weir_ir::fold::{Collation, fold};
use weir_ir::plan::{PlanApp, ProfileId};

use crate::codes;
use crate::members::meant_profile;
use crate::report::Report;

/// A profile that is published.
pub(crate) struct Published<'a> {
    pub(crate) profile: &'a ast::Profile,
    pub(crate) dialect: Dialect,
    pub(crate) folded: String,
}

/// The profiles of all files, ascending by folded name; a second one of a name is an error.
pub(crate) fn profiles<'a>(
    report: &mut Report,
    files: &'a [ast::File],
    collation: Collation,
) -> Vec<Published<'a>> {
    let mut profiles: Vec<Published<'a>> = Vec::new();
    let mut names: BTreeMap<String, Span> = BTreeMap::new();
    for file in files {
        for block in &file.blocks {
            let Block::Profile(profile) = block else {
                continue;
            };
            let folded = fold(&profile.name.text, collation);
            if let Some(first) = names.get(&folded) {
                report.push(
                    Diagnostic::new(
                        codes::PROFILE_TWICE,
                        profile.name.span,
                        format!("profile `{}` is defined already", profile.name.text),
                    )
                    .label(*first, "the first one")
                    .help("rename one of them; case and accents make no difference"),
                );
                continue;
            }
            names.insert(folded.clone(), profile.name.span);
            profiles.push(Published {
                profile,
                dialect: file.dialect,
                folded,
            });
        }
    }
    profiles.sort_by(|a, b| a.folded.cmp(&b.folded));
    profiles
}

/// The number of the profile of a folded name.
pub(crate) fn numbered(profiles: &[Published<'_>], folded: &str) -> Option<usize> {
    profiles
        .binary_search_by(|known| known.folded.as_str().cmp(folded))
        .ok()
}

/// The app modules of all files, with the numbers of their profiles.
pub(crate) fn apps(
    report: &mut Report,
    files: &[ast::File],
    profiles: &[Published<'_>],
    collation: Collation,
) -> Vec<PlanApp> {
    let mut seen = BTreeSet::new();
    let mut apps = Vec::new();
    for block in files.iter().flat_map(|file| &file.blocks) {
        let Block::App(app) = block else { continue };
        if !seen.insert(fold(&app.name.text, collation)) {
            report.push(twice(&app.name, "app"));
        }
        apps.push(PlanApp {
            name: app.name.text.clone(),
            offline: app.offline.unwrap_or(false),
            profiles: of_app(report, app, profiles, collation),
        });
    }
    apps
}

fn of_app(
    report: &mut Report,
    app: &ast::App,
    profiles: &[Published<'_>],
    collation: Collation,
) -> Vec<ProfileId> {
    let mut ids = Vec::new();
    let mut seen = BTreeSet::new();
    for name in &app.profiles {
        let folded = fold(&name.text, collation);
        let Some(at) = numbered(profiles, &folded) else {
            let diagnostic = Diagnostic::new(
                codes::APP_PROFILE_UNKNOWN,
                name.span,
                format!("unknown profile `{}`", name.text),
            );
            report.push(meant_profile(diagnostic, name, profiles));
            continue;
        };
        let id = ProfileId(u32::try_from(at).unwrap_or(u32::MAX));
        if seen.insert(id) {
            ids.push(id);
        } else {
            report.push(twice(name, "profile"));
        }
    }
    ids
}

fn twice(name: &ast::Name, what: &str) -> Diagnostic {
    Diagnostic::new(
        codes::APP_TWICE,
        name.span,
        format!("{what} `{}` is named twice", name.text),
    )
    .help("take one of them out")
}
