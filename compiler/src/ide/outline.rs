//! The blocks of a file and the items of its profiles, for an editor's outline.

use weir_grammar::ast::{Block, File, Name};
use weir_ir::diagnostic::Span;

/// What a part of a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum SymbolKind {
    Profile,
    Item,
    Members,
    App,
    Organization,
}

/// A part of a file that can be gone to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// What it is.
    pub kind: SymbolKind,
    /// How it is called.
    pub name: String,
    /// All of it.
    pub span: Span,
    /// Its name's place, within `span`.
    pub at: Span,
    /// Its own parts.
    pub parts: Vec<Symbol>,
}

/// The parts of a file, in order.
#[must_use]
pub fn outline(file: &File) -> Vec<Symbol> {
    let blocks = file.blocks.iter();
    blocks
        .map(|block| match block {
            Block::Profile(profile) => {
                let items = profile.items.iter();
                let items = items.map(|item| named(SymbolKind::Item, &item.entity, item.span));
                Symbol {
                    parts: items.collect(),
                    ..named(SymbolKind::Profile, &profile.name, profile.span)
                }
            }
            Block::Members(members) => named(SymbolKind::Members, &members.profile, members.span),
            Block::App(app) => named(SymbolKind::App, &app.name, app.span),
            Block::Organization(organization) => Symbol {
                kind: SymbolKind::Organization,
                name: "organization".to_owned(),
                span: organization.span,
                at: organization.span,
                parts: Vec::new(),
            },
        })
        .collect()
}

fn named(kind: SymbolKind, name: &Name, span: Span) -> Symbol {
    Symbol {
        kind,
        name: name.text.to_string(),
        span: span.to(name.span),
        at: name.span,
        parts: Vec::new(),
    }
}
