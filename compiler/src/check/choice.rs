//! Which download choices an ownership allows.

use weir_grammar::ast::{self, Owned};
use weir_ir::diagnostic::{Diagnostic, Span};
use weir_ir::schema::{Ownership, Schema};

use crate::codes;
use crate::report::Report;
use crate::typed::Item;

pub(super) fn check(schema: &Schema, report: &mut Report, item: &Item<'_>) {
    let entity = schema.entity(item.entity);
    let Some(download) = &item.ast.download else {
        return;
    };
    let mut wrong = |span: Span, choice: &str, ownership: Ownership| {
        let owned = match ownership {
            Ownership::UserOrTeam => "users and teams",
            Ownership::Organization => "the organisation",
            Ownership::Business => "business units",
            Ownership::None => "nobody",
        };
        report.push(
            Diagnostic::new(
                codes::CHOICE_NOT_ALLOWED,
                span,
                format!(
                    "`{choice}` is not for `{}`, which {owned} own{}",
                    entity.name,
                    if ownership == Ownership::Organization || ownership == Ownership::None {
                        "s"
                    } else {
                        ""
                    }
                ),
            )
            .help(format!("it takes {}", allowed(ownership))),
        );
    };
    let Some(ownership) = entity.ownership else {
        return;
    };
    match &download.choice {
        ast::Choice::Related => {}
        ast::Choice::All if ownership == Ownership::None => wrong(download.span, "all", ownership),
        ast::Choice::Custom if ownership == Ownership::None => {
            wrong(download.span, "where", ownership);
        }
        ast::Choice::All | ast::Choice::Custom => {}
        ast::Choice::Other(flags) => {
            for (flag, span) in flags {
                let allowed = match ownership {
                    Ownership::UserOrTeam => true,
                    Ownership::Business => *flag == Owned::BusinessUnit,
                    Ownership::Organization | Ownership::None => false,
                };
                if !allowed {
                    wrong(*span, word(*flag), ownership);
                }
            }
        }
    }
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
