//! Users' context, maintained from the rows of the system entities (SEMANTICS §1, §5.2, §7).
//!
//! Invariant: after [`Context::update`] every record and index is what the rows say, and answers as
//! of before the transaction too. Cost: what the changed rows touch; a user's record is derived anew
//! only when one of the rows that it is made of changed.

pub(crate) mod org;
pub(crate) mod privileges;
pub(crate) mod zones;

use std::collections::BTreeSet;

use weir_ir::schema::{AttrId, EntityId, System};
use weir_ir::settings::Settings;
use weir_ir::value::{Guid, Value};

use crate::maps::{Seed, Versioned, When};
use crate::sets::Sets;
use crate::store::{RowChange, RowId, Store};
use org::Org;
use privileges::{Principal, Privileges};
use zones::{ZoneId, Zones};

/// What the hot path needs to know of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Enabled.
    pub(crate) active: bool,
    pub(crate) unit: Option<Guid>,
    pub(crate) language: Option<i64>,
    pub(crate) zone: ZoneId,
    /// Ascending.
    pub(crate) teams: Box<[Guid]>,
}

/// The indexes over rows of system entities, by the GUID that an attribute holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    MembershipUser,
    MembershipTeam,
    SettingsUser,
    Manager,
    UserPosition,
    ParentPosition,
    UserUnit,
    TeamUnit,
    ParentUnit,
}

/// Where each index's rows are, in the order of [`By`].
fn indexed(system: &System) -> [(EntityId, AttrId); 9] {
    [
        (system.teammembership, system.membership_systemuserid),
        (system.teammembership, system.membership_teamid),
        (system.usersettings, system.settings_systemuserid),
        (system.systemuser, system.parentsystemuserid),
        (system.systemuser, system.positionid),
        (system.position, system.parentpositionid),
        (system.systemuser, system.user_businessunitid),
        (system.team, system.team_businessunitid),
        (system.businessunit, system.parentbusinessunitid),
    ]
}

/// What a transaction changed of the context.
#[derive(Default, PartialEq, Eq)]
pub(crate) struct ContextChange {
    /// Users whose record differs, or who came or went.
    pub(crate) records: BTreeSet<RowId>,
    /// Users whose names differ.
    pub(crate) renamed: BTreeSet<RowId>,
    /// Teams whose name differs, or who came or went.
    pub(crate) teams: BTreeSet<RowId>,
    /// Users whose way up the hierarchy differs at its first step.
    pub(crate) moved: BTreeSet<RowId>,
    /// Positions whose parent differs, or that came or went.
    pub(crate) positions: BTreeSet<Guid>,
    /// Units likewise.
    pub(crate) units: BTreeSet<Guid>,
    /// Teams whose unit differs.
    pub(crate) team_units: BTreeSet<Guid>,
    /// Privileges that differ.
    pub(crate) privileges: BTreeSet<(Principal, EntityId)>,
    /// Rows whose shares differ.
    pub(crate) shares: BTreeSet<(EntityId, Guid)>,
}

/// Users' context.
pub(crate) struct Context {
    pub(crate) records: Versioned<RowId, Record>,
    indexes: [Sets<Guid>; 9],
    by_language: Sets<i64>,
    shares: Sets<(EntityId, Guid)>,
    pub(crate) privileges: Privileges,
    pub(crate) zones: Zones,
    /// Every user that exists.
    users: Sets<()>,
    /// Whether the transaction changed anything of it.
    changed: bool,
}

impl Context {
    pub(crate) fn new(seed: Seed) -> Self {
        Self {
            records: Versioned::new(seed),
            indexes: std::array::from_fn(|_| Sets::new(seed)),
            by_language: Sets::new(seed),
            shares: Sets::new(seed),
            privileges: Privileges::new(seed),
            zones: Zones::new(seed),
            users: Sets::new(seed),
            changed: false,
        }
    }

    /// Forgets what was before the last transaction.
    pub(crate) fn begin(&mut self) {
        if !std::mem::take(&mut self.changed) {
            return;
        }
        self.records.commit();
        for index in &mut self.indexes {
            index.commit();
        }
        self.by_language.commit();
        self.shares.commit();
        self.users.commit();
        self.privileges.commit();
        self.zones.commit();
    }

    /// Rows of an index.
    pub(crate) fn rows(&self, by: By, key: Guid, when: When) -> impl Iterator<Item = RowId> + '_ {
        self.indexes[by as usize].rows(&key, when)
    }

    /// How many rows of an index there are now.
    pub(crate) fn count(&self, by: By, key: Guid) -> usize {
        self.indexes[by as usize].len(&key)
    }

    /// Every user that exists.
    pub(crate) fn users(&self, when: When) -> impl Iterator<Item = RowId> + '_ {
        self.users.rows(&(), when)
    }

    /// How many users exist now.
    pub(crate) fn user_count(&self) -> usize {
        self.users.len(&())
    }

    /// Users of a language.
    pub(crate) fn speakers(&self, language: i64, when: When) -> impl Iterator<Item = RowId> + '_ {
        self.by_language.rows(&language, when)
    }

    /// Share rows of a row now.
    pub(crate) fn shares(&self, entity: EntityId, row: Guid) -> impl Iterator<Item = RowId> + '_ {
        self.shares.rows(&(entity, row), When::After)
    }

    /// Takes in what a transaction changed.
    pub(crate) fn update(&mut self, store: &Store, changes: &[RowChange<'_>]) -> ContextChange {
        let system = &store.schema().system;
        let mut found = ContextChange::default();
        if !changes.iter().any(|change| store.is_system(change.entity)) {
            return found;
        }
        self.changed = true;
        for change in changes {
            if !store.is_system(change.entity) {
                continue;
            }
            self.index(store, system, change);
            self.sort_in(store, system, change, &mut found);
        }
        // Teams and members, all that records need, are the same under any settings.
        let settings = Settings::default();
        let dirty = self.dirty_users(store, system, &settings, changes);
        for user in dirty {
            self.derive(store, system, &settings, user, &mut found);
        }
        found
    }

    fn index(&mut self, store: &Store, system: &System, change: &RowChange<'_>) {
        for (index, (entity, attribute)) in self.indexes.iter_mut().zip(indexed(system)) {
            if entity != change.entity || !change.touches(attribute) {
                continue;
            }
            let key = |when| store.value(change.row, attribute, when).guid();
            if let Some(old) = key(When::Before) {
                index.remove(&old, change.row);
            }
            if let Some(new) = key(When::After) {
                index.insert(new, change.row);
            }
        }
    }

    /// Notes what a changed row means.
    fn sort_in(
        &mut self,
        store: &Store,
        system: &System,
        change: &RowChange<'_>,
        found: &mut ContextChange,
    ) {
        let (entity, row) = (change.entity, change.row);
        if entity == system.systemuser {
            if change.touches(system.domainname) || change.touches(system.internalemailaddress) {
                found.renamed.insert(row);
            }
            if change.touches(system.parentsystemuserid) || change.touches(system.positionid) {
                found.moved.insert(row);
            }
        } else if entity == system.team {
            if change.touches(system.team_name) {
                found.teams.insert(row);
            }
            if change.touches(system.team_businessunitid) {
                found.team_units.insert(store.id(row));
            }
        } else if entity == system.position {
            if change.touches(system.parentpositionid) {
                found.positions.insert(store.id(row));
            }
        } else if entity == system.businessunit {
            if change.touches(system.parentbusinessunitid) {
                found.units.insert(store.id(row));
            }
        } else if entity == system.roleprivilege {
            self.privileges.update(store, change, &mut found.privileges);
        } else if entity == system.share {
            self.update_share(store, system, row, found);
        }
    }

    fn update_share(
        &mut self,
        store: &Store,
        system: &System,
        row: RowId,
        found: &mut ContextChange,
    ) {
        let target = |when| {
            let name = store.value(row, system.share_entity, when).text()?;
            let entity = store.schema().find(&name.to_ascii_lowercase())?;
            Some((entity, store.value(row, system.share_rowid, when).guid()?))
        };
        if let Some(old) = target(When::Before) {
            self.shares.remove(&old, row);
            found.shares.insert(old);
        }
        if let Some(new) = target(When::After) {
            self.shares.insert(new, row);
            found.shares.insert(new);
        }
    }

    /// Users whose record may differ: one of the rows that it is made of changed.
    fn dirty_users(
        &self,
        store: &Store,
        system: &System,
        settings: &Settings,
        changes: &[RowChange<'_>],
    ) -> BTreeSet<RowId> {
        let mut dirty = BTreeSet::new();
        for change in changes {
            let of_user = |attribute: AttrId| {
                [When::Before, When::After]
                    .into_iter()
                    .filter_map(move |when| store.value(change.row, attribute, when).guid())
                    .filter_map(|id| store.find(system.systemuser, id))
            };
            if change.entity == system.systemuser {
                dirty.insert(change.row);
            } else if change.entity == system.usersettings {
                dirty.extend(of_user(system.settings_systemuserid));
            } else if change.entity == system.teammembership {
                dirty.extend(of_user(system.membership_systemuserid));
            } else if change.entity == system.team && change.came_or_went() {
                let team = store.id(change.row);
                for when in [When::Before, When::After] {
                    let org = Org {
                        store,
                        context: self,
                        settings,
                        when,
                    };
                    dirty.extend(org.members(team));
                }
            }
        }
        dirty
    }

    /// Derives a user's record anew.
    fn derive(
        &mut self,
        store: &Store,
        system: &System,
        settings: &Settings,
        user: RowId,
        found: &mut ContextChange,
    ) {
        let old = self.records.get(&user, When::After).cloned();
        let new = store
            .exists(user, When::After)
            .then(|| self.record_of(store, system, settings, user));
        if old == new {
            return;
        }
        if let Some(old) = &old {
            self.zones.count(old.zone, false);
            if let Some(language) = old.language {
                self.by_language.remove(&language, user);
            }
        }
        if let Some(new) = &new {
            self.zones.count(new.zone, true);
            if let Some(language) = new.language {
                self.by_language.insert(language, user);
            }
            self.users.insert((), user);
        } else {
            self.users.remove(&(), user);
        }
        self.records.set(user, new);
        found.records.insert(user);
    }

    fn record_of(
        &mut self,
        store: &Store,
        system: &System,
        settings: &Settings,
        user: RowId,
    ) -> Record {
        let id = store.id(user);
        let value = |row, attribute| store.value(row, attribute, When::After);
        // With several rows of settings the one with the greatest id counts alone.
        let own = self
            .rows(By::SettingsUser, id, When::After)
            .max_by_key(|row| store.id(*row));
        let language = own.and_then(|row| match value(row, system.uilanguageid) {
            Value::Int(language) => Some(*language),
            _ => None,
        });
        let zone = own
            .and_then(|row| value(row, system.timezone).text())
            .map_or(ZoneId::UTC, |name| self.zones.named(name));
        let org = Org {
            store,
            context: self,
            settings,
            when: When::After,
        };
        Record {
            active: *value(user, system.isdisabled) != Value::Bool(true),
            unit: value(user, system.user_businessunitid).guid(),
            language,
            zone,
            teams: org.teams(id),
        }
    }
}
