//! Native profiles as an export has them. What its form can't say is named; what it says otherwise
//! (a filter beside `mine`, an item without an id) is written with the same meaning.

use smol_str::SmolStr;
use weir_grammar::ast::{
    Block, Choice, Condition, Download, Extras, File, Filter, GroupKind, Item, Name, Owned, Profile,
};
use weir_grammar::solution;
use weir_ir::diagnostic::{Diagnostic, Span};
use weir_ir::operators::Operator;
use weir_ir::schema::Schema;
use weir_ir::value::Guid;

use super::import::was_exported;
use crate::codes;
use crate::convert;
use crate::typed::owner_attribute;

/// What the ids of parts without one are made from, with their names.
const NAMESPACE: &str = "0b8f2b52-6f0e-4a7e-9c3c-5f8f3a0c7d21";

/// A profile as an export has it.
#[derive(Clone, Debug)]
pub struct Exported {
    /// Its name.
    pub name: SmolStr,
    /// Its MobileOfflineProfile XML.
    pub xml: String,
}

/// The profiles of native files, and what the form can't say. Relationships in filters need a schema.
#[must_use]
pub fn export(schema: Option<&Schema>, files: &[File]) -> (Vec<Exported>, Vec<Diagnostic>) {
    let mut writer = Writer {
        schema,
        diagnostics: Vec::new(),
    };
    let mut exported = Vec::new();
    for block in files.iter().flat_map(|file| &file.blocks) {
        let (what, span) = match block {
            Block::Profile(profile) => {
                exported.push(writer.profile(profile));
                continue;
            }
            Block::Members(members) => ("members", members.profile.span),
            Block::App(app) => ("an app", app.name.span),
            Block::Organization(organization) => {
                let keyword = "organization".len();
                let start = organization.span.start as usize;
                let span = Span::new(organization.span.file, start, start + keyword);
                ("the organization's settings", span)
            }
        };
        writer.lacks(what, span);
    }
    (exported, writer.diagnostics)
}

struct Writer<'a> {
    schema: Option<&'a Schema>,
    diagnostics: Vec<Diagnostic>,
}

impl Writer<'_> {
    fn profile(&mut self, native: &Profile) -> Exported {
        let mut profile = native.clone();
        self.lacking(&profile.extras);
        if let Some(member) = profile.members.first() {
            self.lacks("members", member.name.span);
        }
        let name = native.name.text.to_lowercase();
        let id = identify(&mut profile.extras, native.name.span, NAMESPACE, &name);
        for item in &mut profile.items {
            self.item(item, &id);
        }
        let schema = self.schema;
        let (xml, found) = solution::print(&profile, &|entity, filter| {
            convert::to_fetchxml(schema, entity, filter)
        });
        self.diagnostics.extend(found);
        Exported {
            name: native.name.text.clone(),
            xml,
        }
    }

    fn item(&mut self, item: &mut Item, profile: &str) {
        self.lacking(&item.extras);
        if let Some([first, .., last] | [first @ last]) = item.columns.as_deref() {
            self.lacks("columns", first.span.to(last.span));
        }
        if !was_exported(item) && item.name.is_none() {
            item.name = Some(item.entity.clone());
        }
        let entity = item.entity.text.to_lowercase();
        let id = identify(&mut item.extras, item.entity.span, profile, &entity);
        if let Some(download) = &mut item.download {
            one_filter(self.schema, &item.entity, download);
        } else if item.extras.stored.is_empty() {
            let message = format!("item `{}` doesn't say what it downloads", item.entity.text);
            self.diagnostics.push(
                Diagnostic::new(codes::NO_CHOICE, item.entity.span, message).help(
                    "add `download related`, `download all`, `download mine` or `download where …`",
                ),
            );
        }
        for (number, include) in item.includes.iter_mut().enumerate() {
            self.lacking(&include.extras);
            let new = include.extras.id.is_none();
            let name = format!("{} {number}", include.via.text.to_lowercase());
            identify(&mut include.extras, include.via.span, &id, &name);
            if new && include.name.is_none() {
                include.name = Some(include.via.clone());
            }
        }
    }

    /// Names what any part may have and the form can't say.
    fn lacking(&mut self, extras: &Extras) {
        if let Some(allow) = extras.allows.first() {
            self.lacks("`allow`", allow.code.span);
        }
        if let Some(budget) = &extras.budget {
            self.lacks("a budget", budget.span);
        }
    }

    fn lacks(&mut self, what: &str, span: Span) {
        let message = format!("a solution's profile has no place for {what}: left out");
        self.diagnostics.push(
            Diagnostic::new(codes::EXPORT_LACKS, span, message)
                .help("keep the native file, which has it"),
        );
    }
}

/// Gives a part without an id one that its name decides; gives the id.
fn identify(extras: &mut Extras, span: Span, within: &str, name: &str) -> SmolStr {
    let id = extras.id.get_or_insert_with(|| {
        let within = Guid::parse(within).or_else(|| Guid::parse(NAMESPACE));
        let id = within.map(|within| within.derived(name).to_string());
        Name {
            text: id.unwrap_or_default().into(),
            span,
        }
    });
    id.text.clone()
}

/// A choice and a filter that stand together are one custom filter of the same meaning.
fn one_filter(schema: Option<&Schema>, entity: &Name, download: &mut Download) {
    let Choice::Other(flags) = &download.choice else {
        return;
    };
    let Some(filter) = download.filter.take() else {
        return;
    };
    let owned: Vec<Filter> = flags
        .iter()
        .map(|(flag, span)| Filter::Condition(condition(schema, entity, *flag, *span)))
        .collect();
    let group = |kind, children: Vec<Filter>| Filter::Group {
        kind,
        children,
        span: download.span,
    };
    let owned = group(GroupKind::Or, owned);
    download.filter = Some(group(GroupKind::And, vec![owned, filter]));
    download.choice = Choice::Custom;
}

/// What a flag of the other data filter asks, as a condition.
fn condition(schema: Option<&Schema>, entity: &Name, flag: Owned, span: Span) -> Condition {
    let (usual, operator) = match flag {
        Owned::Mine => ("ownerid", Operator::EqUserId),
        Owned::Team => ("ownerid", Operator::EqUserTeams),
        Owned::BusinessUnit => ("owningbusinessunit", Operator::EqBusinessId),
    };
    let attribute = schema.and_then(|schema| {
        let entity = schema.find(&entity.text.to_lowercase())?;
        let attribute = owner_attribute(schema, entity, flag)?;
        Some(schema.attribute(entity, attribute).name.clone())
    });
    let name = |text: SmolStr| Name { text, span };
    Condition {
        attribute: name(attribute.unwrap_or(SmolStr::new_static(usual))),
        operator: Some(operator),
        token: name(SmolStr::new_static(operator.token())),
        values: Vec::new(),
        span,
    }
}
