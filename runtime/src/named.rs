//! Users whom two profiles name directly (SEMANTICS §8): an error at a publish where data is at
//! hand. Cost: every user, and nothing where the plan names none.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use weir_ir::fold::fold;
use weir_ir::plan::{Member, Plan, ProfileId};
use weir_ir::schema::System;
use weir_ir::transaction::Change;
use weir_ir::value::Guid;

use crate::maps::When;
use crate::store::Store;

/// A member: its profile, and its index among the profile's members.
pub type Named = (ProfileId, usize);

/// A user whom two profiles name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedTwice {
    /// The user.
    pub user: Guid,
    /// In the profile that stands first.
    pub first: Named,
    /// In the other one.
    pub second: Named,
}

/// The names of a user: domain name and e-mail address.
pub type Names<'n> = [Option<&'n str>; 2];

/// The first of `users` whom two profiles of a plan name, by whatever of id and names.
#[must_use]
pub fn named_twice<'n>(
    plan: &Plan,
    users: impl IntoIterator<Item = (Guid, Names<'n>)>,
) -> Option<NamedTwice> {
    let (mut ids, mut names) = (FxHashMap::default(), FxHashMap::default());
    for (number, profile) in (0_u32..).zip(&plan.profiles) {
        for (at, member) in profile.members.iter().enumerate() {
            let named = (ProfileId(number), at);
            match &member.member {
                Member::User(id) => {
                    ids.entry(*id).or_insert(named);
                }
                Member::UserNamed(name) => {
                    names.entry(name.clone()).or_insert(named);
                }
                Member::Team(_) | Member::TeamNamed(_) => {}
            }
        }
    }
    if ids.is_empty() && names.is_empty() {
        return None;
    }
    let twice = |(user, called): (Guid, Names<'n>)| {
        let folded = |name: &str| SmolStr::new(fold(name, plan.settings.collation));
        let by_name = called.into_iter().flatten();
        let by_name = by_name.filter_map(|name| names.get(&folded(name)));
        let mut all: Vec<Named> = ids.get(&user).into_iter().chain(by_name).copied().collect();
        all.sort_unstable();
        let first = *all.first()?;
        let second = all.into_iter().find(|(profile, _)| *profile != first.0)?;
        Some(NamedTwice {
            user,
            first,
            second,
        })
    };
    users
        .into_iter()
        .filter_map(twice)
        .min_by_key(|found| found.user)
}

/// The users that there will be after some changes, with their names.
pub(crate) fn after<'a>(
    store: &'a Store,
    changes: &'a [Change],
) -> impl Iterator<Item = (Guid, Names<'a>)> {
    let system = &store.schema().system;
    let mut changed: BTreeMap<Guid, Option<Names<'a>>> = BTreeMap::new();
    let is_user = |change: &&Change| change.row().0 == system.systemuser;
    for change in changes.iter().filter(is_user) {
        match change {
            Change::Delete { id, .. } => {
                changed.insert(*id, None);
            }
            Change::Upsert { id, values, .. } => {
                let stored = || store.find(system.systemuser, *id);
                let slot = changed.entry(*id).or_insert_with(|| {
                    Some(stored().map_or([None; 2], |row| names_of(store, system, row)))
                });
                let names = slot.get_or_insert([None; 2]);
                for (attribute, value) in values {
                    let named = [system.domainname, system.internalemailaddress];
                    if let Some(at) = named.iter().position(|known| known == attribute) {
                        names[at] = value.text();
                    }
                }
            }
        }
    }
    let stored = store
        .all()
        .filter(|row| store.entity(*row) == system.systemuser)
        .map(|row| (store.id(row), names_of(store, system, row)))
        .filter(|(id, _)| !changed.contains_key(id))
        .collect::<Vec<_>>();
    let changed = changed.into_iter();
    stored
        .into_iter()
        .chain(changed.filter_map(|(id, names)| Some((id, names?))))
}

fn names_of<'a>(store: &'a Store, system: &System, row: crate::store::RowId) -> Names<'a> {
    [system.domainname, system.internalemailaddress]
        .map(|attribute| store.value(row, attribute, When::After).text())
}
