//! The rules that make a profile wrong or odd (SEMANTICS §2–§4, §8), one family a file.

pub(crate) mod allow;
pub(crate) mod choice;
mod enabled;
mod graph;
pub(crate) mod limits;
mod lints;
mod logic;

use weir_ir::schema::Schema;

use crate::organization::Organization;
use crate::report::Report;
use crate::typed::Profile;

/// Checks a profile whose names are resolved.
pub(crate) fn profile(
    schema: &Schema,
    organization: &Organization<'_>,
    report: &mut Report,
    profile: &Profile<'_>,
) {
    for item in &profile.items {
        if enabled::check(schema, organization, report, item) {
            choice::check(schema, organization, report, item);
        }
        limits::item(schema, report, profile, item);
    }
    graph::check(schema, report, profile);
    limits::profile(report, profile);
    lints::check(schema, &organization.settings, report, profile);
}
