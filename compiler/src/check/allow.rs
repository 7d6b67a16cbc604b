//! `allow W0301 "reason"`: warnings excused within the thing that it stands before.

use weir_grammar::ast::{self, Allow, Block, Setting};
use weir_ir::diagnostic::{Code, Diagnostic, Severity, Span};

use crate::codes;
use crate::report::{Report, meant};

/// Drops the warnings that the files excuse, and warns of `allow`s that excuse nothing.
pub(crate) fn excuse(report: &mut Report, files: &[ast::File]) {
    let mut allows: Vec<(&Allow, Span, bool)> = Vec::new();
    each(files, &mut |allow, span| allows.push((allow, span, false)));
    report.retain(|diagnostic| {
        let mut stays = true;
        if diagnostic.code.severity() == Severity::Warning {
            for (allow, span, used) in &mut allows {
                if allow.code.text == diagnostic.code.id
                    && diagnostic.span.is_some_and(|place| holds(*span, place))
                {
                    *used = true;
                    stays = false;
                }
            }
        }
        stays
    });
    for (allow, _, used) in allows {
        if !used {
            idle(report, allow);
        }
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
