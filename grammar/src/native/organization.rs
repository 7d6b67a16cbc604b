//! Organization and app blocks.

use nom::Parser;
use weir_ir::schema::Ownership;

use super::block::{Seen, block};
use super::combine::{fail, list, name, one_of, text, token};
use super::expect::Role;
use super::filter::filter;
use super::input::{Answer, Expected, Tokens};
use super::shape;
use super::token::Kind;
use crate::ast::{Allow, App, EntitySetting, Name, Organization, Setting};

const SWITCH: &[(&str, bool)] = &[("on", true), ("off", false)];

/// `app "…" { offline on profiles "…", "…" }`.
pub(super) fn app(input: Tokens<'_>, mut allows: Vec<Allow>) -> Answer<'_, App> {
    let (rest, name) = text(Role::New).parse(input.skip())?;
    let mut seen = Seen::default();
    let (mut offline, mut profiles) = (None, None);
    let (rest, inner) = block(rest, &shape::APP, |word, _, input| {
        Some(match word {
            "offline" => seen.once(input, "offline", &mut offline, one_of(SWITCH)),
            "profiles" => seen.once(input, "profiles", &mut profiles, list(text(Role::Profile))),
            _ => return None,
        })
    })?;
    allows.extend(inner);
    let app = App {
        name,
        allows,
        offline: offline.map(|(on, _)| on),
        profiles: profiles.unwrap_or_default(),
        span: input.span_to(rest),
    };
    Ok((rest, app))
}

/// `organization { … }`. That a setting has one value only is for the compiler to say, since the
/// block may be spread over files.
pub(super) fn organization(input: Tokens<'_>, mut allows: Vec<Allow>) -> Answer<'_, Organization> {
    let mut settings = Vec::new();
    let (rest, inner) = block(input.skip(), &shape::ORGANIZATION, |word, allows, input| {
        let answer = match word {
            "fiscal" => fiscal(input),
            "null-matches" => null_matches(input),
            "entity" => entity(input, std::mem::take(allows)),
            _ if shape::ORGANIZATION.clauses.contains(&word) => plain(input),
            _ => return None,
        };
        Some(answer.map(|(rest, setting)| (rest, settings.push(setting))))
    })?;
    allows.extend(inner);
    Ok((
        rest,
        Organization {
            allows,
            settings,
            span: input.span_to(rest),
        },
    ))
}

/// `hierarchy-depth 3`: key and value as written.
fn plain(input: Tokens<'_>) -> Answer<'_, Setting> {
    let key = input.context.name(input.first());
    let rest = input.skip();
    let is_value = match rest.word() {
        Some(word) => !shape::ORGANIZATION.clauses.contains(&word),
        None => rest.first().kind == Kind::Number,
    };
    if !is_value {
        rest.context.notes.left(Some(&key), None);
        return fail(rest, [Expected::Setting]);
    }
    let value = input.context.name(rest.first());
    Ok((rest.skip(), Setting::Plain { key, value }))
}

/// `fiscal { start 04-01 periods quarter }`.
fn fiscal(input: Tokens<'_>) -> Answer<'_, Setting> {
    let mut seen = Seen::default();
    let (mut start, mut periods) = (None, None);
    let (rest, _) = block(input.skip(), &shape::FISCAL, |word, _, input| {
        Some(match word {
            "start" => seen.once(input, "start", &mut start, token(Kind::MonthDay)),
            "periods" => {
                let key = input.context.name(input.first());
                let notes = &input.context.notes;
                notes.left(Some(&key), None);
                notes.note(input.skip(), &[Expected::Setting]);
                seen.once(input, "periods", &mut periods, token(Kind::Word))
            }
            _ => return None,
        })
    })?;
    Ok((
        rest,
        Setting::Fiscal {
            start,
            periods,
            span: input.span_to(rest),
        },
    ))
}

/// `null-matches { ne on not-in off }`.
fn null_matches(input: Tokens<'_>) -> Answer<'_, Setting> {
    let mut entries: Vec<(Name, bool)> = Vec::new();
    let (rest, _) = block(input.skip(), &shape::NULL_MATCHES, |_, _, input| {
        let entry = (token(Kind::Word), one_of(SWITCH)).parse(input);
        Some(entry.map(|(rest, (operator, (on, _)))| (rest, entries.push((operator, on)))))
    })?;
    Ok((
        rest,
        Setting::NullMatches {
            entries,
            span: input.span_to(rest),
        },
    ))
}

/// `entity account { offline on ownership user-or-team filter … }`.
fn entity(input: Tokens<'_>, mut allows: Vec<Allow>) -> Answer<'_, Setting> {
    let (rest, name) = name(Role::Entity).parse(input.skip())?;
    let subject = name.clone();
    let mut seen = Seen::default();
    let (mut offline, mut ownership, mut found) = (None, None, None);
    let (rest, inner) = block(rest, &shape::ENTITY, |word, _, input| {
        Some(match word {
            "offline" => seen.once(input, "offline", &mut offline, one_of(SWITCH)),
            "ownership" => seen.once(input, "ownership", &mut ownership, one_of(Ownership::ALL)),
            "filter" => {
                let notes = &input.context.notes;
                notes.within([&subject], || {
                    seen.once(input, "filter", &mut found, filter)
                })
            }
            _ => return None,
        })
    })?;
    allows.extend(inner);
    let filter = found.flatten();
    let entity = EntitySetting {
        name,
        allows,
        offline,
        ownership,
        filter,
        span: input.span_to(rest),
    };
    Ok((rest, Setting::Entity(entity)))
}
