//! Profiles, members and items.

use nom::Parser;

use super::block::{self, Seen, block};
use super::combine::{
    failure, keyword, list, name, one_of, optional, out_of_range, text, token, whole,
};
use super::expect::Role;
use super::explain::tell;
use super::filter::filter;
use super::input::{Answer, Failure, Tokens};
use super::shape;
use super::token::Kind;
use crate::ast::{
    Allow, Budget, Choice, Download, Extras, Include, Item, LimitSet, Member, MemberKind, Members,
    Name, Owned, Profile, Stored,
};
use weir_ir::diagnostic::Span;

const LIMIT_SETS: &[(&str, LimitSet)] =
    &[("classic", LimitSet::Classic), ("modern", LimitSet::Modern)];
const OWNED: &[(&str, Owned)] = &[
    ("mine", Owned::Mine),
    ("team", Owned::Team),
    ("business-unit", Owned::BusinessUnit),
];
/// Units of a sync interval, in minutes.
const UNITS: &[(&str, u32)] = &[("minutes", 1), ("hours", 60), ("days", 1_440)];

/// What an include has behind its relationship.
const INCLUDE_PARTS: &[(&str, ())] = &[("name", ()), ("id", ()), ("stored", ()), ("where", ())];

/// `profile "…" { … }`.
pub(super) fn profile(input: Tokens<'_>, allows: Vec<Allow>) -> Answer<'_, Profile> {
    let (rest, name) = text(Role::New).parse(input.skip())?;
    let mut profile = Profile {
        name,
        extras: Extras {
            allows,
            ..Extras::default()
        },
        description: None,
        limits: None,
        members: Vec::new(),
        items: Vec::new(),
        span: input.span(),
    };
    let mut seen = Seen::default();
    let mut members = None;
    let (rest, allows) = block(rest, &shape::PROFILE, |word, allows, input| {
        Some(match word {
            "description" => seen.once(
                input,
                "description",
                &mut profile.description,
                text(Role::New),
            ),
            "limits" => seen.once(input, "limits", &mut profile.limits, one_of(LIMIT_SETS)),
            "members" => seen.once(input, "members", &mut members, |input| {
                let (rest, (members, inner)) = member_list(input)?;
                allows.extend(inner);
                Ok((rest, members))
            }),
            "item" => item(input, std::mem::take(allows))
                .map(|(rest, item)| (rest, profile.items.push(item))),
            _ => return extra(word, input, &mut seen, &mut profile.extras),
        })
    })?;
    profile.members = members.unwrap_or_default();
    profile.extras.allows.extend(allows);
    profile.span = input.span_to(rest);
    Ok((rest, profile))
}

/// `members "…" { … }`.
pub(super) fn members(input: Tokens<'_>, mut allows: Vec<Allow>) -> Answer<'_, Members> {
    let (rest, profile) = text(Role::Profile).parse(input.skip())?;
    let (rest, (members, inner)) = member_list(rest)?;
    allows.extend(inner);
    Ok((
        rest,
        Members {
            allows,
            profile,
            members,
            span: input.span_to(rest),
        },
    ))
}

/// `{ user "…" team "…" }`, and what is allowed inside.
fn member_list(input: Tokens<'_>) -> Answer<'_, (Vec<Member>, Vec<Allow>)> {
    let mut members = Vec::new();
    let (rest, allows) = block(input, &shape::MEMBERS, |word, _, input| {
        let (kind, role) = match word {
            "user" => (MemberKind::User, Role::User),
            "team" => (MemberKind::Team, Role::Team),
            _ => return None,
        };
        let name = text(role).parse(input.skip());
        Some(name.map(|(rest, name)| (rest, members.push(Member { kind, name }))))
    })?;
    Ok((rest, (members, allows)))
}

/// `item account { … }`.
fn item(input: Tokens<'_>, allows: Vec<Allow>) -> Answer<'_, Item> {
    let (rest, entity) = name(Role::Item).parse(input.skip())?;
    let subject = entity.clone();
    let mut item = Item {
        entity,
        extras: Extras {
            allows,
            ..Extras::default()
        },
        name: None,
        limits: None,
        download: None,
        sync: None,
        columns: None,
        includes: Vec::new(),
        span: input.span(),
    };
    let mut seen = Seen::default();
    let mut interval = None;
    let mut clause = |word: &_, allows: &mut Vec<Allow>, input| {
        Some(match word {
            "limits" => seen.once(input, "limits", &mut item.limits, one_of(LIMIT_SETS)),
            "name" => seen.once(input, "name", &mut item.name, text(Role::New)),
            "download" => seen.once(input, "download", &mut item.download, |rest| {
                let (rest, (choice, filter)) = download(rest)?;
                Ok((
                    rest,
                    Download {
                        choice,
                        filter,
                        span: input.span_to(rest),
                    },
                ))
            }),
            "sync" => seen.once(input, "sync", &mut interval, |rest| {
                let (rest, minutes) = sync(rest)?;
                Ok((rest, minutes.map(|minutes| (minutes, input.span_to(rest)))))
            }),
            "columns" => seen.once(
                input,
                "columns",
                &mut item.columns,
                list(name(Role::Column)),
            ),
            "include" => include(
                input,
                input.skip(),
                std::mem::take(allows),
                &mut item.includes,
            ),
            _ => {
                if let Some(answer) = extra(word, input, &mut seen, &mut item.extras) {
                    return Some(answer);
                }
                let head = mistaken_include(input)?;
                block::tell_misplaced(input, &shape::ITEM);
                include(input, head, std::mem::take(allows), &mut item.includes)
            }
        })
    };
    let notes = &input.context.notes;
    let read = || block(rest, &shape::ITEM, &mut clause);
    let (rest, allows) = notes.within([&subject], read)?;
    item.sync = interval.flatten();
    item.extras.allows.extend(allows);
    item.span = input.span_to(rest);
    Ok((rest, item))
}

/// What follows `download`: a choice, a filter, or both.
fn download(input: Tokens<'_>) -> Answer<'_, (Choice, Option<crate::ast::Filter>)> {
    let (rest, choice) = optional(choice).parse(input)?;
    let Some(choice) = choice else {
        let (rest, _) = keyword("where").parse(rest)?;
        return filter.map(|filter| (Choice::Custom, filter)).parse(rest);
    };
    let (rest, filter) = where_filter(rest)?;
    Ok((rest, (choice, filter)))
}

/// A flag of the other data filter.
fn flag(input: Tokens<'_>) -> Answer<'_, (Owned, Span)> {
    let answer = one_of(OWNED).parse(input)?;
    for (word, _) in OWNED.iter().filter(|(word, _)| input.word() == Some(word)) {
        input.context.notes.had(word);
    }
    Ok(answer)
}

fn choice(input: Tokens<'_>) -> Answer<'_, Choice> {
    let (rest, alone) = optional(one_of(&[("related", false), ("all", true)])).parse(input)?;
    match alone {
        Some((false, _)) => return Ok((rest, Choice::Related)),
        Some((true, _)) => return Ok((rest, Choice::All)),
        None => {}
    }
    let (rest, owned) = list(flag).parse(rest)?;
    let mut once: Vec<(Owned, Span)> = Vec::with_capacity(OWNED.len());
    for (flag, span) in owned {
        match once.iter().find(|(before, _)| *before == flag) {
            Some((_, before)) => {
                let word = OWNED
                    .iter()
                    .find(|(_, owned)| *owned == flag)
                    .map_or("", |(word, _)| word);
                block::twice(input.context, &format!("`{word}`"), span, *before);
            }
            None => once.push((flag, span)),
        }
    }
    Ok((rest, Choice::Other(once)))
}

/// `where …`, if it is there.
fn where_filter(input: Tokens<'_>) -> Answer<'_, Option<crate::ast::Filter>> {
    let (rest, found) = optional(keyword("where")).parse(input)?;
    if found.is_some() {
        filter(rest)
    } else {
        Ok((rest, None))
    }
}

/// `every 30 minutes`, in minutes; none, and a report, where that is out of range.
fn sync(input: Tokens<'_>) -> Answer<'_, Option<u32>> {
    let most = u64::from(u32::MAX);
    let (rest, (_, number, (unit, _))) =
        (keyword("every"), whole(most), one_of(UNITS)).parse(input)?;
    let Some(number) = number else {
        return Ok((rest, None));
    };
    let minutes = u32::try_from(number)
        .ok()
        .and_then(|number| number.checked_mul(unit));
    if minutes.is_none() {
        let written = input.skip();
        let most = u64::from(u32::MAX / unit);
        out_of_range(input.context, &number.to_string(), written.span(), most);
    }
    Ok((rest, minutes))
}

/// Reads an include from behind its keyword, and keeps it where it could be read. A mistake in it is
/// told here, and what follows is read on as the include's, so that its name, id and stored values
/// are not taken for the item's.
fn include<'c>(
    input: Tokens<'c>,
    head: Tokens<'c>,
    allows: Vec<Allow>,
    includes: &mut Vec<Include>,
) -> Answer<'c, ()> {
    let notes = &input.context.notes;
    notes.enter();
    let (mut rest, head) = match include_head(head) {
        Ok((rest, head)) => (rest, Some(head)),
        Err(error) => (skip_in_include(head, error), None),
    };
    let (mut seen, mut name, mut filter) = (Seen::default(), None, None);
    let mut extras = Extras {
        allows,
        ..Extras::default()
    };
    while filter.is_none() {
        // Noted as possible for the message, should something else stand here.
        optional(one_of(INCLUDE_PARTS)).parse(rest)?;
        let answer = match rest.word() {
            Some("name") => seen.once(rest, "name", &mut name, text(Role::New)),
            Some("id") => seen.once(rest, "id", &mut extras.id, text(Role::New)),
            Some("stored") => stored_once(rest, &mut seen, &mut extras.stored),
            Some("where") => {
                let target = head.iter().filter_map(|(entity, _)| entity.as_ref());
                let read = input.context.notes.within(target, || where_filter(rest));
                read.map(|(rest, found)| (rest, filter = Some(found)))
            }
            _ if ends_include(rest) => break,
            _ => block::misplaced(rest, &shape::ITEM),
        };
        rest = match answer {
            Ok((rest, ())) => rest,
            Err(error) => {
                // What was meant by the part before is unknown, so nothing is twice.
                seen = Seen::default();
                skip_in_include(rest, error)
            }
        };
    }
    notes.leave();
    includes.extend(head.map(|(entity, via)| Include {
        entity,
        via,
        name,
        extras,
        filter: filter.flatten(),
        span: input.span_to(rest),
    }));
    Ok((rest, ()))
}

/// `contact via R`, `via R`.
fn include_head(input: Tokens<'_>) -> Answer<'_, (Option<Name>, Name)> {
    let (rest, entity) = if input.word() == Some("via") {
        (input, None)
    } else {
        name(Role::Target).map(Some).parse(input)?
    };
    let (rest, _) = keyword("via").parse(rest)?;
    let mut via = name(Role::Relationship);
    let (rest, via) = input
        .context
        .notes
        .within(entity.iter(), || via.parse(rest))?;
    Ok((rest, (entity, via)))
}

/// Whether something else than a part of the include begins here.
fn ends_include(input: Tokens<'_>) -> bool {
    let known = |word| shape::ITEM.clauses.contains(&word);
    matches!(input.first().kind, Kind::End | Kind::CloseBrace)
        || input.word().is_some_and(known)
        || shape::begins_outer(input, shape::ITEM.level)
}

/// Reports a mistake in an include, and goes to where the include can be read on or ends.
fn skip_in_include<'c>(input: Tokens<'c>, error: nom::Err<Failure>) -> Tokens<'c> {
    let failure = failure(error);
    let mut rest = input.at(failure.at.max(input.start));
    tell(input.context, failure);
    let mut depth = 0_usize;
    loop {
        let goes_on = rest.word() == Some("where") || shape::begins_clause(rest);
        match rest.first().kind {
            Kind::End => return rest,
            Kind::CloseBrace if depth == 0 => return rest,
            Kind::CloseBrace => depth -= 1,
            Kind::OpenBrace => depth += 1,
            _ if goes_on && depth == 0 && rest.start > input.start => return rest,
            _ => {}
        }
        rest = rest.skip();
    }
}

/// The tokens behind the keyword of an include that has another word there, or none.
fn mistaken_include(input: Tokens<'_>) -> Option<Tokens<'_>> {
    // A related-row condition that has lost its joint looks alike.
    if input.word() == Some("any") {
        return None;
    }
    [input, input.skip()].into_iter().find(|head| {
        let via = if head.word() == Some("via") {
            *head
        } else {
            head.skip()
        };
        via.word() == Some("via") && matches!(via.skip().first().kind, Kind::Word | Kind::Quoted)
    })
}

/// A clause that profiles and items share.
fn extra<'c>(
    word: &str,
    input: Tokens<'c>,
    seen: &mut Seen,
    extras: &mut Extras,
) -> Option<Answer<'c, ()>> {
    Some(match word {
        "id" => seen.once(input, "id", &mut extras.id, text(Role::New)),
        "budget" => {
            let mut found = None;
            let answer = seen.once(input, "budget", &mut found, |rest| {
                let (rest, (rows, megabytes)) = budget(rest)?;
                Ok((
                    rest,
                    Budget {
                        rows,
                        megabytes,
                        span: input.span_to(rest),
                    },
                ))
            });
            extras.budget = extras.budget.take().or(found);
            answer
        }
        "stored" => stored_once(input, seen, &mut extras.stored),
        _ => return None,
    })
}

fn stored_once<'c>(
    input: Tokens<'c>,
    seen: &mut Seen,
    entries: &mut Vec<Stored>,
) -> Answer<'c, ()> {
    let mut found = None;
    let answer = seen.once(input, "stored", &mut found, stored);
    entries.extend(found.unwrap_or_default());
    answer
}

/// `{ key "value" … }`.
fn stored(input: Tokens<'_>) -> Answer<'_, Vec<Stored>> {
    let mut entries = Vec::new();
    let (rest, _) = block(input, &shape::STORED, |_, _, input| {
        Some(
            (name(Role::New), text(Role::New))
                .parse(input)
                .map(|(rest, (key, value))| (rest, entries.push(Stored { key, value }))),
        )
    })?;
    Ok((rest, entries))
}

/// `50000 rows, 200 MB`; either part may be left out.
fn budget(input: Tokens<'_>) -> Answer<'_, (Option<u64>, Option<u64>)> {
    let number = whole(u64::MAX);
    let (rest, (first, (rows, _))) =
        (&number, one_of(&[("rows", true), ("MB", false)])).parse(input)?;
    if !rows {
        return Ok((rest, (None, first)));
    }
    let (rest, comma) = optional(token(Kind::Comma)).parse(rest)?;
    if comma.is_none() {
        return Ok((rest, (first, None)));
    }
    let (rest, (megabytes, _)) = (&number, keyword("MB")).parse(rest)?;
    Ok((rest, (first, megabytes)))
}
