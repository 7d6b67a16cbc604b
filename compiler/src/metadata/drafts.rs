//! What a source says of entities that an organisation edits: flags and data download filters, as an
//! organization block. The rest is metadata JSON, which leaves out what the block says.

use weir_grammar::ast::{Block, Dialect, EntitySetting, File, Filter, Name, Organization, Setting};
use weir_grammar::{fetchxml, native};
use weir_ir::diagnostic::{Diagnostic, FileId, Sources, Span};
use weir_ir::schema::OfflineFilter;

use super::declared::{Declared, DeclaredEntity};
use super::report::Spanned;

/// Whether the block says the flag: it can't for an entity that isn't enabled for mobile.
pub(super) fn says_offline(entity: &DeclaredEntity) -> bool {
    entity.offline.is_some() && entity.mobile != Some(false)
}

/// Whether the block says the filter: one of an entity that isn't enabled acts on nothing.
pub(super) fn says_filter(entity: &DeclaredEntity) -> bool {
    let some = matches!(entity.offline_filter, Some(Some(_)));
    some && entity.mobile != Some(false) && entity.offline != Some(false)
}

/// The block, and what is wrong with the filters.
pub(super) fn organization(declared: &Declared, sources: &mut Sources) -> (File, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let mut settings = vec![Setting::Plain {
        key: name("limits"),
        value: name("modern"),
    }];
    for entity in declared.entities.values() {
        let offline = entity.offline.filter(|_| says_offline(entity));
        let filter = entity.offline_filter.iter().flatten();
        let filter = filter
            .filter(|_| says_filter(entity))
            .find_map(|filter| read(entity, filter, sources, &mut diagnostics));
        if offline.is_some() || filter.is_some() {
            settings.push(Setting::Entity(EntitySetting {
                name: name(&entity.name.value),
                allows: Vec::new(),
                offline: offline.map(|on| (on, nowhere())),
                ownership: None,
                filter,
                span: nowhere(),
            }));
        }
    }
    let organization = Organization {
        allows: Vec::new(),
        settings,
        span: nowhere(),
    };
    let file = File {
        dialect: Dialect::Native,
        blocks: vec![Block::Organization(organization)],
        unread: Vec::new(),
    };
    (file, diagnostics)
}

fn read(
    entity: &DeclaredEntity,
    filter: &Spanned<OfflineFilter>,
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Filter> {
    let title = format!("offline_filter of {}", entity.name.value);
    let add = |text: &str| sources.add_part(title, text, Some(filter.span));
    let (read, found) = match &filter.value {
        OfflineFilter::Native(text) => native::parse_filter(add(text), text),
        OfflineFilter::FetchXml(text) => fetchxml::parse_filter(add(text), text),
    };
    diagnostics.extend(found.into_iter().map(|found| sources.whole(found)));
    read
}

fn name(text: &str) -> Name {
    Name {
        text: text.into(),
        span: nowhere(),
    }
}

/// The block stands in no text.
fn nowhere() -> Span {
    Span::new(FileId(0), 0, 0)
}
