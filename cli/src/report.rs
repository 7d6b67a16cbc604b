//! What a run has to say beside its results: notices as they arise, and counts at its end.

use weir_ir::plan::{Member, Plan, ProfileId};
use weir_ir::schema::Security;
use weir_ir::wire::Skipped;
use weir_runtime::{Engine, Notice};

use crate::failure::Outcome;
use crate::output::Output;

/// Says what has come up since the last time.
pub(crate) fn notices(engine: &mut Engine, output: &mut Output) -> Outcome {
    for notice in engine.notices() {
        let plan = engine.plan();
        let text = match notice {
            Notice::UnknownZone { zone } => {
                format!("no time zone is named `{zone}`: it counts as UTC")
            }
            Notice::SeveralProfiles { user, profiles } => {
                let names: Vec<String> = profiles.iter().map(|p| profile(plan, *p)).collect();
                format!(
                    "user {user} is a member of {}: the first holds",
                    names.join(" and of ")
                )
            }
            Notice::NobodyNamed { profile, member } => nobody(plan, profile, member),
        };
        output.say("warning", &text, None)?;
    }
    Ok(())
}

/// Says the counts at the end, and what the plan leaves open.
pub(crate) fn closing(engine: &Engine, skipped: Skipped, output: &mut Output) -> Outcome {
    tally(engine, skipped, output)?;
    security(engine.plan(), output)
}

/// Says the counts at the end of a stream that an engine was fed.
pub(crate) fn tally(engine: &Engine, skipped: Skipped, output: &mut Output) -> Outcome {
    let tally = engine.tally();
    count(
        tally.rows_without_owner,
        "rows whose owner doesn't exist, so that they belong to nobody",
        output,
    )?;
    count(
        tally.deletes_of_nothing,
        "deletes of rows that weren't there",
        output,
    )?;
    left_out(skipped, output)?;
    for (profile, member) in tally.members_unresolved {
        output.say("warning", &nobody(engine.plan(), profile, member), None)?;
    }
    Ok(())
}

/// Says what a lax decoder has skipped.
pub(crate) fn left_out(skipped: Skipped, output: &mut Output) -> Outcome {
    count(
        skipped.changes,
        "changes skipped, of entities that the metadata lacks",
        output,
    )?;
    count(
        skipped.values,
        "values skipped, of attributes that the metadata lacks",
        output,
    )
}

fn count(count: u64, what: &str, output: &mut Output) -> Outcome {
    if count > 0 {
        output.note(&format!("{what}: {count}"))?;
    }
    Ok(())
}

/// Says that security is open, where that lets rows reach anyone.
pub(crate) fn security(plan: &Plan, output: &mut Output) -> Outcome {
    if plan.settings.security == Security::Open && !plan.roots.is_empty() {
        output.note("security is open: what users may read is not looked at")?;
    }
    Ok(())
}

fn nobody(plan: &Plan, id: ProfileId, member: usize) -> String {
    let found = plan.profiles.get(id.0 as usize);
    let member = found.and_then(|profile| profile.members.get(member));
    let kind = match member.map(|member| &member.member) {
        Some(Member::Team(_) | Member::TeamNamed(_)) => "team",
        _ => "user",
    };
    let named = member.map_or("", |member| &member.text);
    format!(
        "{kind} `{named}` of {} is nobody in the data",
        profile(plan, id)
    )
}

fn profile(plan: &Plan, id: ProfileId) -> String {
    let found = plan.profiles.get(id.0 as usize);
    format!("profile `{}`", found.map_or("", |profile| &profile.name))
}
