//! Which download choices an ownership allows.

use weir_grammar::ast::{self, Owned};
use weir_ir::diagnostic::{Diagnostic, Span};
use weir_ir::schema::{Ownership, Schema};

use crate::codes;
use crate::organization::Organization;
use crate::report::Report;
use crate::typed::{self, Item};

pub(super) fn check(
    schema: &Schema,
    organization: &Organization<'_>,
    report: &mut Report,
    item: &Item<'_>,
) {
    let entity = schema.entity(item.entity);
    let Some(download) = &item.ast.download else {
        return;
    };
    let ownership = organization.ownership(schema, item.entity);
    let ownership = ownership.unwrap_or_default();
    let given = organization.entities.get(&item.entity);
    let given = given.and_then(|given| given.ownership);
    for (flag, span) in flags(&download.choice).filter(|(flag, _)| allows(ownership, *flag)) {
        without_attribute(schema, report, item, flag, span);
    }
    let mut wrong = |span: Span, choice: &str| {
        let owned = match ownership {
            Ownership::UserOrTeam => "users and teams own",
            Ownership::Organization => "the organisation owns",
            Ownership::Business => "business units own",
            Ownership::None => "nobody owns",
        };
        let message = format!("`{choice}` is not for `{}`, which {owned}", entity.name);
        let mut diagnostic = Diagnostic::new(codes::CHOICE_NOT_ALLOWED, span, message)
            .help(format!("it takes {}", allowed(ownership)));
        if let Some((_, given)) = given {
            diagnostic = diagnostic.label(given, "its ownership is given here");
        }
        report.push(diagnostic);
    };
    match &download.choice {
        ast::Choice::All if ownership == Ownership::None => wrong(download.span, "all"),
        ast::Choice::Custom if ownership == Ownership::None => wrong(download.span, "where"),
        choice => {
            for (flag, span) in flags(choice) {
                if !allows(ownership, flag) {
                    wrong(span, word(flag));
                }
            }
        }
    }
}

/// The flags of the other data filter.
fn flags(choice: &ast::Choice) -> impl Iterator<Item = (Owned, Span)> {
    let flags = match choice {
        ast::Choice::Other(flags) => &flags[..],
        _ => &[],
    };
    flags.iter().copied()
}

/// Whether an ownership allows a flag of the other data filter.
pub(crate) fn allows(ownership: Ownership, flag: Owned) -> bool {
    match ownership {
        Ownership::UserOrTeam => true,
        Ownership::Business => flag == Owned::BusinessUnit,
        Ownership::Organization | Ownership::None => false,
    }
}

/// Reports a flag that is allowed, but whose attribute no source gives the entity.
fn without_attribute(
    schema: &Schema,
    report: &mut Report,
    item: &Item<'_>,
    flag: Owned,
    span: Span,
) {
    if typed::owner_attribute(schema, item.entity, flag).is_some() {
        return;
    }
    let attribute = match flag {
        Owned::Mine | Owned::Team => "ownerid",
        Owned::BusinessUnit => "owningbusinessunit",
    };
    let name = &schema.entity(item.entity).name;
    let message = format!(
        "`{name}` has no attribute `{attribute}`, which `{}` asks",
        word(flag)
    );
    report.missing(
        Diagnostic::new(codes::UNKNOWN_ATTRIBUTE, span, message).help(format!(
            "no metadata source gives `{name}` such an attribute"
        )),
        "the choice",
    );
}

fn word(flag: Owned) -> &'static str {
    match flag {
        Owned::Mine => "mine",
        Owned::Team => "team",
        Owned::BusinessUnit => "business-unit",
    }
}

fn allowed(ownership: Ownership) -> &'static str {
    match ownership {
        Ownership::UserOrTeam => "`related`, `all`, `mine`, `team`, `business-unit` and `where …`",
        Ownership::Organization => "`related`, `all` and `where …`",
        Ownership::Business => "`related`, `all`, `business-unit` and `where …`",
        Ownership::None => "`related` alone",
    }
}
