//! The organisation data download filters: of the organization block or, where it gives none, of the
//! metadata. One flat `and` of at most three criteria, which knows no user.

use std::collections::{BTreeMap, BTreeSet};

use weir_grammar::ast::{self, GroupKind, LimitSet};
use weir_grammar::{fetchxml, native};
use weir_ir::diagnostic::{Diagnostic, Sources, Span};
use weir_ir::limits;
use weir_ir::operators::OperatorFamily;
use weir_ir::schema::{EntityId, OfflineFilter, Schema};

use super::Organization;
use crate::codes;
use crate::report::Report;
use crate::resolve::filter::Filters;
use crate::typed::Filter;

/// The filters of the entities in `used`, and of all that the organization block names.
pub(crate) fn resolve(
    schema: &Schema,
    sources: &mut Sources,
    report: &mut Report,
    organization: &Organization<'_>,
    used: &BTreeSet<EntityId>,
) -> BTreeMap<EntityId, Filter> {
    let named = organization
        .entities
        .iter()
        .filter_map(|(id, settings)| settings.filter.map(|_| *id));
    let all: BTreeSet<EntityId> = used.iter().copied().chain(named).collect();
    let mut filters = BTreeMap::new();
    for id in all {
        let native = organization.limits.unwrap_or(LimitSet::Classic);
        let given = organization
            .entities
            .get(&id)
            .and_then(|settings| settings.filter);
        let filter = match given {
            Some((filter, _)) => checked(schema, report, organization, id, filter, native),
            None => of_metadata(schema, sources, report, organization, id),
        };
        filters.extend(filter.map(|filter| (id, filter)));
    }
    filters
}

/// The filter that the metadata carries.
fn of_metadata(
    schema: &Schema,
    sources: &mut Sources,
    report: &mut Report,
    organization: &Organization<'_>,
    id: EntityId,
) -> Option<Filter> {
    let entity = schema.entity(id);
    let name = format!("offline_filter of {}", entity.name);
    let place = schema.filter_place(id);
    let (parsed, limits) = match entity.offline_filter.as_ref()? {
        OfflineFilter::Native(text) => {
            let file = sources.add_part(name, text.as_str(), place);
            (native::parse_filter(file, text), LimitSet::Classic)
        }
        OfflineFilter::FetchXml(text) => {
            let file = sources.add_part(name, text.as_str(), place);
            (fetchxml::parse_filter(file, text), LimitSet::Modern)
        }
    };
    let (filter, diagnostics) = parsed;
    for diagnostic in diagnostics {
        report.push(diagnostic);
    }
    let limits = organization.limits.unwrap_or(limits);
    checked(schema, report, organization, id, &filter?, limits)
}

fn checked(
    schema: &Schema,
    report: &mut Report,
    organization: &Organization<'_>,
    id: EntityId,
    filter: &ast::Filter,
    limits: LimitSet,
) -> Option<Filter> {
    if let Some(span) = related(filter) {
        not_flat(report, span, "it looks at related rows");
        return None;
    }
    let mut filters = Filters {
        schema,
        report,
        limits,
        modern: "write `limits modern` in the organization block",
        settings: &organization.settings,
    };
    let resolved = filters.root(id, filter)?;
    criteria(report, &resolved);
    Some(resolved)
}

/// The first related-row condition.
fn related(filter: &ast::Filter) -> Option<Span> {
    match filter {
        ast::Filter::Group { children, .. } => children.iter().find_map(related),
        ast::Filter::Condition(_) => None,
        ast::Filter::Related(related) => Some(related.entity.span),
    }
}

fn not_flat(report: &mut Report, span: Span, why: &str) {
    report.push(
        Diagnostic::new(
            codes::ORGANIZATION_FLAT,
            span,
            format!("an organisation filter is a flat `and`, and {why}"),
        )
        .help("put what goes further into the filters of items"),
    );
}

/// Checks shape, number and operators.
fn criteria(report: &mut Report, filter: &Filter) {
    let criteria = match filter {
        Filter::Group {
            kind: GroupKind::And,
            children,
            ..
        } => &children[..],
        other => std::slice::from_ref(other),
    };
    if let Some(extra) = criteria.get(limits::ORGANIZATION_CRITERIA) {
        report.push(
            Diagnostic::new(
                codes::ORGANIZATION_CRITERIA,
                extra.span(),
                format!("{} criteria in an organisation filter", criteria.len()),
            )
            .help(format!(
                "at most {} are taken",
                limits::ORGANIZATION_CRITERIA
            )),
        );
    }
    for criterion in criteria {
        match criterion {
            Filter::Group { span, .. } => not_flat(report, *span, "this is an `or`"),
            Filter::Leaf(leaf) if leaf.operator.spec().family == OperatorFamily::User => {
                report.push(
                    Diagnostic::new(
                        codes::ORGANIZATION_USER,
                        leaf.span,
                        format!(
                            "an organisation filter knows no user, and `{}` asks for one",
                            leaf.operator.token()
                        ),
                    )
                    .help("put the condition into the filters of items"),
                );
            }
            _ => {}
        }
    }
}
