//! Whether an entity may have an item at all: enabled for mobile, for mobile offline, not internal.

use weir_ir::diagnostic::Diagnostic;
use weir_ir::schema::Schema;

use crate::codes;
use crate::organization::Organization;
use crate::report::Report;
use crate::typed::Item;

/// Whether it may, as far as its own rules of what it downloads are worth a look.
pub(super) fn check(
    schema: &Schema,
    organization: &Organization<'_>,
    report: &mut Report,
    item: &Item<'_>,
) -> bool {
    let entity = schema.entity(item.entity);
    let (name, span) = (&entity.name, item.ast.entity.span);
    if entity.internal {
        report.push(
            Diagnostic::new(
                codes::NEVER_ITEM,
                span,
                format!("`{name}` is never downloaded"),
            )
            .help("users, teams and privileges act by themselves; take the item out"),
        );
        return false;
    }
    if !entity.mobile {
        report.push(
            Diagnostic::new(
                codes::NOT_MOBILE,
                span,
                format!("`{name}` is not enabled for mobile"),
            )
            .help("enable it for mobile in its metadata, then for mobile offline"),
        );
        return false;
    }
    let set = organization
        .entities
        .get(&item.entity)
        .and_then(|settings| settings.offline);
    let turn_on = format!("write `entity {name} {{ offline on }}` in the organization block");
    let not_offline = || {
        Diagnostic::new(
            codes::NOT_OFFLINE,
            span,
            format!("`{name}` is not enabled for mobile offline"),
        )
    };
    match (set, entity.offline) {
        (Some((false, off)), _) => {
            report.push(not_offline().label(off, "turned off here").help(turn_on));
        }
        (None, Some(false)) => report.push(not_offline().help(turn_on)),
        (None, None) => report.push(
            Diagnostic::new(
                codes::OFFLINE_UNKNOWN,
                span,
                format!("no source says whether `{name}` is enabled for mobile offline"),
            )
            .help(format!("it counts as enabled; to say so, {turn_on}")),
        ),
        (Some((true, _)), _) | (None, Some(true)) => {}
    }
    if organization.ownership(schema, item.entity).is_none() {
        report.push(
            Diagnostic::new(
                codes::OWNERSHIP_UNKNOWN,
                span,
                format!("no source names the ownership of `{name}`"),
            )
            .help(format!(
                "it counts as owned by users and teams, and every download choice is allowed; to say \
                 so, write `entity {name} {{ ownership user-or-team }}` in the organization block"
            )),
        );
    }
    true
}
