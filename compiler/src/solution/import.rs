//! An export's profiles as native ones that one can read and edit: with the limit set that exports
//! are under, the entities that associations lead to, and values by their types.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use weir_grammar::ast::{
    Block, Dialect, File, Filter, Include, Item, LimitSet, Name, Profile, ValueKind,
};
use weir_ir::schema::{EntityId, Schema};

use crate::convert;

/// The native form of an export's file.
#[must_use]
pub fn import(schema: &Schema, file: File) -> File {
    let blocks = file.blocks.into_iter().map(|block| match block {
        Block::Profile(found) => Block::Profile(profile(schema, found)),
        other => other,
    });
    File {
        dialect: Dialect::Native,
        blocks: blocks.collect(),
        unread: file.unread,
    }
}

fn profile(schema: &Schema, mut profile: Profile) -> Profile {
    profile.limits = Some((LimitSet::Modern, profile.span));
    // As the profile's own items spell them, by lower-case name; of two the first.
    let spelt = |item: &Item| (item.entity.text.to_lowercase(), item.entity.text.clone());
    let names: FxHashMap<String, SmolStr> = profile.items.iter().rev().map(spelt).collect();
    for item in &mut profile.items {
        let entity = schema.find(&item.entity.text.to_lowercase());
        if let Some(download) = &mut item.download {
            let filter = download.filter.take();
            download.filter = filter.map(|filter| typed(schema, &item.entity.text, &filter));
        }
        for include in &mut item.includes {
            let target = target(schema, entity, include);
            include.entity = target.map(|target| Name {
                text: names
                    .get(&target.text.to_lowercase())
                    .unwrap_or(&target.text)
                    .clone(),
                ..target
            });
            let to = include.entity.as_ref().map_or("", |name| &name.text);
            let filter = include.filter.take();
            include.filter = filter.map(|filter| typed(schema, to, &filter));
        }
    }
    profile
}

/// The entity that an association leads to: what its filter names, or its relationship's other end.
fn target(schema: &Schema, source: Option<EntityId>, include: &Include) -> Option<Name> {
    let along = || {
        let relationship = schema.find_relationship(&include.via.text)?;
        let (one, other) = schema.relationship(relationship).kind.ends();
        let target = match source? {
            source if source == one => other,
            source if source == other => one,
            _ => return None,
        };
        Some(Name {
            text: schema.entity(target).name.clone(),
            span: include.via.span,
        })
    };
    include.entity.clone().or_else(along)
}

/// A filter with its values by their types; `0` and `1` of a yes-or-no stay what an export wrote.
fn typed(schema: &Schema, entity: &str, filter: &Filter) -> Filter {
    let this = schema.find(&entity.to_lowercase());
    let mut typed = convert::typed(this.map(|this| (schema, this)), filter);
    as_written(&mut typed, filter);
    typed
}

fn as_written(typed: &mut Filter, written: &Filter) {
    match (typed, written) {
        (
            Filter::Group {
                children: typed, ..
            },
            Filter::Group { children, .. },
        ) => {
            for (typed, written) in typed.iter_mut().zip(children) {
                as_written(typed, written);
            }
        }
        (Filter::Condition(typed), Filter::Condition(written)) => {
            for (typed, written) in typed.values.iter_mut().zip(&written.values) {
                if typed.kind == ValueKind::Bool && matches!(&*written.text, "0" | "1") {
                    typed.kind = ValueKind::Number;
                    typed.text.clone_from(&written.text);
                }
            }
        }
        (Filter::Related(typed), Filter::Related(written)) => {
            if let (Some(typed), Some(written)) = (&mut typed.filter, &written.filter) {
                as_written(typed, written);
            }
        }
        _ => {}
    }
}

/// Whether an item was read from an export rather than written by hand.
pub(super) fn was_exported(item: &Item) -> bool {
    item.extras.id.is_some()
}
