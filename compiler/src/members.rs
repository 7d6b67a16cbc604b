//! Who is a member of which profile, as written: the profiles' own lists and the `members` blocks.

use std::collections::BTreeMap;

use smol_str::SmolStr;
use weir_grammar::ast::{self, Block, MemberKind};
use weir_ir::diagnostic::{Diagnostic, Span};
use weir_ir::fold::{Collation, fold};
use weir_ir::plan::{Member, PlanMember};
use weir_ir::value::Guid;

use crate::codes;
use crate::publish::{Published, numbered};
use crate::report::{Report, meant};

/// The members of each profile, in the order of `profiles`.
pub(crate) fn resolve(
    report: &mut Report,
    files: &[ast::File],
    profiles: &[Published<'_>],
    collation: Collation,
) -> Vec<Vec<PlanMember>> {
    let mut named: Vec<Vec<&ast::Member>> = profiles
        .iter()
        .map(|published| published.profile.members.iter().collect())
        .collect();
    for block in files.iter().flat_map(|file| &file.blocks) {
        let Block::Members(block) = block else {
            continue;
        };
        let folded = fold(&block.profile.text, collation);
        match numbered(profiles, &folded) {
            Some(at) => named[at].extend(&block.members),
            None => report.push(meant_profile(
                Diagnostic::new(
                    codes::MEMBERS_OF_UNKNOWN,
                    block.profile.span,
                    format!("unknown profile `{}`", block.profile.text),
                ),
                &block.profile,
                profiles,
            )),
        }
    }
    let mut places: BTreeMap<(bool, SmolStr), (usize, Span)> = BTreeMap::new();
    let mut members = Vec::with_capacity(named.len());
    for (at, named) in named.into_iter().enumerate() {
        let mut own = Vec::with_capacity(named.len());
        for written in named {
            let (member, key) = member(written, collation);
            match places.get(&key) {
                Some((other, first)) => {
                    report.push(again(written, at, *other, *first, profiles));
                }
                None => {
                    places.insert(key, (at, written.name.span));
                    own.push(PlanMember {
                        member,
                        text: written.name.text.clone(),
                        span: Some(written.name.span),
                    });
                }
            }
        }
        members.push(own);
    }
    members
}

/// Adds the profile that may be meant, with the edit.
pub(crate) fn meant_profile(
    diagnostic: Diagnostic,
    wrong: &ast::Name,
    profiles: &[Published<'_>],
) -> Diagnostic {
    let names = profiles
        .iter()
        .map(|known| known.profile.name.text.as_str());
    let mut diagnostic = meant(diagnostic, &wrong.text, names, || {
        "no file defines it".to_owned()
    });
    if let Some(edit) = &mut diagnostic.suggestion {
        edit.replacement = format!("\"{}\"", edit.replacement.replace('"', "\"\""));
    }
    diagnostic
}

/// A member, and what two that are the same have in common.
fn member(written: &ast::Member, collation: Collation) -> (Member, (bool, SmolStr)) {
    let id = Guid::parse(&written.name.text);
    let text = match id {
        Some(id) => SmolStr::new(id.to_string()),
        None => SmolStr::new(fold(&written.name.text, collation)),
    };
    let key = (written.kind == MemberKind::Team, text.clone());
    let member = match (written.kind, id) {
        (MemberKind::User, Some(id)) => Member::User(id),
        (MemberKind::User, None) => Member::UserNamed(text),
        (MemberKind::Team, Some(id)) => Member::Team(id),
        (MemberKind::Team, None) => Member::TeamNamed(text),
    };
    (member, key)
}

/// The finding about a member that is named a second time.
fn again(
    written: &ast::Member,
    at: usize,
    other: usize,
    first: Span,
    profiles: &[Published<'_>],
) -> Diagnostic {
    let name = &written.name;
    if at == other {
        return Diagnostic::new(
            codes::MEMBER_TWICE,
            name.span,
            format!("`{}` is named twice", name.text),
        )
        .label(first, "here already")
        .help("take one of them out");
    }
    let other = profiles
        .get(other)
        .map_or("", |known| known.profile.name.text.as_str());
    Diagnostic::new(
        codes::MEMBER_OF_TWO,
        name.span,
        format!("`{}` is a member of profile `{other}` already", name.text),
    )
    .label(first, format!("named here, in `{other}`"))
    .help("a user is a member of at most one profile: take it out of one of them")
}
