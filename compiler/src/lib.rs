//! From profiles and metadata to the plan, and from the plan to SQL.

pub mod codes;
pub mod convert;
pub mod explain;
pub mod ide;
pub mod metadata;
pub mod solution;
pub mod sql;

mod check;
mod lower;
mod members;
mod organization;
mod owner;
mod publish;
mod report;
mod resolve;
mod typed;

use weir_grammar::ast;
use weir_ir::diagnostic::{Diagnostic, Sources};
use weir_ir::plan::Plan;
use weir_ir::schema::Schema;

use crate::report::Report;
use crate::resolve::profile::Resolver;

/// How to compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Options {
    /// Leave out, and report, what refers to metadata that isn't there. Never enlarges a set.
    pub lenient: bool,
}

/// What compiling gives.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The plan; none exactly when a diagnostic, those of the readers included, is an error.
    pub plan: Option<Plan>,
    /// What is wrong or odd, in the order of the sources.
    pub diagnostics: Vec<Diagnostic>,
    /// Conditions and links of all filters.
    pub conditions: usize,
    /// Those of them that `lenient` left out.
    pub left_out: usize,
}

/// Compiles a set of profiles, with their organization, members and app blocks, into one plan.
///
/// `sources` gains the filter texts of the metadata, as parts of their sources.
pub fn compile(
    schema: &Schema,
    sources: &mut Sources,
    files: &[ast::File],
    options: Options,
) -> Compiled {
    let mut report = Report::new(options.lenient, files);
    let organization = organization::merge(schema, &mut report, files);
    let collation = organization.settings.collation;
    let published = publish::profiles(&mut report, files, collation);
    let mut profiles = Vec::with_capacity(published.len());
    for one in &published {
        let mut resolver = Resolver {
            schema,
            report: &mut report,
            limits: organization.limits,
            settings: &organization.settings,
        };
        let profile = resolver.profile(one.profile, one.dialect);
        check::profile(schema, &organization, &mut report, &profile);
        profiles.push(profile);
    }
    let members = members::resolve(&mut report, files, &published, collation);
    let apps = publish::apps(&mut report, files, &published, collation);
    let used = profiles
        .iter()
        .flat_map(|profile| profile.items.iter().map(|item| item.entity))
        .collect();
    let filters = organization::filter::resolve(schema, sources, &mut report, &organization, &used);
    check::allow::excuse(&mut report, files);
    let plan = (!report.has_errors()).then(|| {
        lower::plan(lower::Input {
            schema,
            organization: &organization,
            profiles: &profiles,
            members,
            apps,
            filters: &filters,
        })
    });
    let plan = check::limits::plan(&mut report, plan);
    let (conditions, left_out) = (report.conditions, report.left_out);
    Compiled {
        plan,
        diagnostics: report.finish(sources),
        conditions,
        left_out,
    }
}
