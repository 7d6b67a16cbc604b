//! The engine's face: transactions in, factored deltas out, expanded on request.
//!
//! A transaction is checked first, then takes effect at one point: rows, context, members, clock and
//! audiences in this order. What was before stays askable until the next one. A publish builds the
//! new plan's state beside the old one and compares the two row by row; its cost is all rows.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use smol_str::SmolStr;
use weir_ir::plan::{Plan, ProfileId};
use weir_ir::schema::{EntityId, Schema};
use weir_ir::settings::Settings;
use weir_ir::time::Instant;
use weir_ir::transaction::{Change, Transaction};
use weir_ir::value::Guid;

use crate::absence;
use crate::audience::Audience;
use crate::context::org::Org;
use crate::context::{Context, ContextChange};
use crate::delta::{Deltas, RowDelta, UserDelta};
use crate::expand::Expansion;
use crate::explain::Explainer;
use crate::maps::{Seed, When};
use crate::moves::{climb, moves};
use crate::named::{self, NamedTwice};
use crate::reach::touches;
use crate::state::{Input, State};
use crate::store::{AT_ONCE, RowChange, RowId, Store, Touched};
use crate::{Absence, ApplyError, Counters, Notice, Proof, Tally};

/// Most rows and keys, and most distinct audiences, before a transaction: the numbers have 31 bits,
/// and one transaction makes fewer than half of them.
const NUMBERS: usize = 1 << 30;

/// How the engine learns what differs in a row that a change names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Images {
    /// It keeps every row's exact values and compares. Changes may name what doesn't differ.
    #[default]
    Kept,
    /// It is told: what a change names differs, but for rows of system entities. It keeps what the
    /// plan looks at alone, and can't tell values in proofs.
    Given,
}

/// How an engine is made.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Seeds every hash map; what the engine says never depends on it.
    pub hash_seed: u64,
    /// How it learns what differs.
    pub images: Images,
}

/// The engine.
pub struct Engine {
    seed: Seed,
    images: Images,
    now: Option<Instant>,
    /// How many transactions, instants and publishes there were.
    sequence: u64,
    pub(crate) store: Store,
    pub(crate) context: Context,
    pub(crate) state: State,
    /// The state before the last transaction, if it published a plan.
    previous: Option<State>,
    counters: Counters,
    /// Users asked by expanding, which changes nothing else.
    users_expanded: AtomicU64,
    notices: Vec<Notice>,
    deletes_of_nothing: u64,
    /// Rank of each entity by name.
    ranks: Vec<usize>,
}

impl Engine {
    /// An engine without rows, under an empty plan.
    #[must_use]
    pub fn new(schema: Arc<Schema>, options: Options) -> Self {
        let seed = Seed(options.hash_seed);
        let mut by_name: Vec<(&str, EntityId)> = schema
            .entities()
            .map(|(id, entity)| (entity.name.as_str(), id))
            .collect();
        by_name.sort_unstable();
        let mut ranks = vec![0; by_name.len()];
        for (rank, (_, id)) in by_name.into_iter().enumerate() {
            ranks[id.0 as usize] = rank;
        }
        let mut store = Store::new(schema, options.images == Images::Kept, seed);
        let context = Context::new(seed);
        let (mut counters, mut notices) = (Counters::default(), Vec::new());
        let state = State::new(
            Arc::new(Plan::empty(Settings::default())),
            &mut store,
            &context,
            Instant(0),
            seed,
            &mut counters,
            &mut notices,
        );
        Self {
            seed,
            images: options.images,
            now: None,
            sequence: 0,
            store,
            context,
            state,
            previous: None,
            counters,
            users_expanded: AtomicU64::new(0),
            notices,
            deletes_of_nothing: 0,
            ranks,
        }
    }

    /// Applies a transaction; a plan given takes effect after its changes, in the same transaction.
    /// What the clock does at its instant is part of it; the caller ticks through earlier instants.
    ///
    /// # Errors
    /// See [`ApplyError`]; nothing has changed then.
    pub fn apply(
        &mut self,
        tx: &Transaction,
        publish: Option<Arc<Plan>>,
    ) -> Result<Deltas, ApplyError> {
        self.check(tx)?;
        if publish.is_some() {
            self.check_images()?;
        }
        self.begin();
        let (changes, of_nothing) = self.store.apply(&tx.changes);
        self.deletes_of_nothing += of_nothing;
        self.now = Some(tx.at);
        let change = self.context.update(&self.store, &changes);
        for zone in self.context.zones.take_unknown() {
            self.notices.push(Notice::UnknownZone { zone });
        }
        let deltas = match publish {
            None => self.follow(tx.at, &changes, &change),
            Some(plan) => {
                let deltas = self.switch(tx.at, plan);
                self.note_unresolved();
                deltas
            }
        };
        self.counters.factored_deltas += deltas.len() as u64;
        Ok(deltas)
    }

    /// Publishes a plan, at the instant reached.
    ///
    /// # Errors
    /// See [`ApplyError::NoImages`]; nothing has changed then.
    pub fn publish(&mut self, plan: Arc<Plan>) -> Result<Deltas, ApplyError> {
        self.check_images()?;
        self.begin();
        let at = self.now.unwrap_or(Instant(0));
        let deltas = self.switch(at, plan);
        self.counters.factored_deltas += deltas.len() as u64;
        Ok(deltas)
    }

    /// Another plan looks at what this one hasn't kept.
    fn check_images(&self) -> Result<(), ApplyError> {
        let lacks = |row| !self.store.keeps(self.store.entity(row));
        match self.images == Images::Given && self.store.all().any(lacks) {
            true => Err(ApplyError::NoImages),
            false => Ok(()),
        }
    }

    /// A user whom two profiles of a plan name directly, in the data as some changes will leave it:
    /// what a server asks before it publishes. [`Self::apply`] lets the first profile hold.
    #[must_use]
    pub fn named_twice(&self, changes: &[Change], plan: &Plan) -> Option<NamedTwice> {
        named::named_twice(plan, named::after(&self.store, changes))
    }

    /// The number of the last transaction, instant or publish; each counts one.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The published plan.
    #[must_use]
    pub fn plan(&self) -> &Arc<Plan> {
        &self.state.plan
    }

    fn check(&self, tx: &Transaction) -> Result<(), ApplyError> {
        if let Some(now) = self.now.filter(|now| tx.at < *now) {
            return Err(ApplyError::TimeGoesBackwards { at: tx.at, now });
        }
        for (what, count) in [
            ("rows", self.store.capacity()),
            ("audiences", self.state.audiences.capacity()),
        ] {
            if count + tx.changes.len() > NUMBERS {
                return Err(ApplyError::TooMany {
                    what,
                    limit: NUMBERS as u64,
                });
            }
        }
        let schema = self.store.schema();
        let known = |change: &Change| {
            let (entity, _) = change.row();
            (entity.0 as usize) < schema.entities().len()
                && match change {
                    Change::Upsert { values, .. } => {
                        let count = schema.entity(entity).attributes.len();
                        values
                            .iter()
                            .all(|(attribute, _)| (attribute.0 as usize) < count)
                    }
                    Change::Delete { .. } => true,
                }
        };
        match tx.changes.iter().position(|change| !known(change)) {
            Some(index) => Err(ApplyError::NotInSchema { index }),
            None => Ok(()),
        }
    }

    /// Begins a transaction: forgets what was before the last one.
    fn begin(&mut self) {
        self.sequence += 1;
        if let Some(mut previous) = self.previous.take() {
            previous.clear(&mut self.store);
        }
        self.state.commit(&mut self.store);
        let audiences = &self.state.audiences;
        self.store.begin(|code| audiences.speaks_of(code));
        self.context.begin();
    }

    /// Follows a transaction under the plan that is published.
    fn follow(&mut self, at: Instant, changes: &[RowChange<'_>], change: &ContextChange) -> Deltas {
        let Self {
            store,
            context,
            state,
            counters,
            notices,
            ..
        } = self;
        let mut deltas = Deltas::none(at);
        let mut before: Vec<Audience> = Vec::with_capacity(changes.len());
        for some in changes.chunks(AT_ONCE) {
            std::hint::black_box(state.approach(store, some));
            before.extend(some.iter().map(|change| state.take(store, change, false)));
        }
        let plan = Arc::clone(&state.plan);
        let org = Org {
            store,
            context,
            settings: &plan.settings,
            when: When::After,
        };
        let moved = *change != ContextChange::default();
        let profiles = match moved {
            true => state.members.update(org, change, notices),
            false => BTreeSet::new(),
        };
        let shares: Vec<_> = change.shares.iter().copied().collect();
        let input = Input {
            store,
            context,
            fresh: false,
        };
        let roots = state.propagate(&input, changes, &shares, counters);
        let leaves = state.advance(context, at);
        let audiences = &state.audiences;
        let leaves = leaves.into_iter();
        let having = leaves.flat_map(|leaf| audiences.having(store, leaf, |_, _| true));
        let shifted = climb(audiences, having, usize::MAX);
        deltas.shifted = shifted.unwrap_or_default();

        if moved {
            let before = state.view(store, context, When::Before);
            let after = state.view(store, context, When::After);
            let entities = &state.shape.read_entities;
            let reached = touches(before.org, after.org, change, &profiles, entities);
            deltas.moved = moves(before, after, state, &reached, counters);
            deltas.reached = reached.into_keys().collect();
        }

        for (change, before) in changes.iter().zip(before) {
            let after = state.root(store, change.row);
            let seen = after != Audience::NONE && state.shape.shows(change.entity, &change.touched);
            if before != after || seen {
                deltas.rows.push(RowDelta {
                    row: change.row,
                    before,
                    after,
                    touched: change.touched.clone(),
                });
            }
        }
        for (row, before) in roots {
            if !store.is_touched(row) {
                deltas.rows.push(RowDelta {
                    row,
                    before,
                    after: state.root(store, row),
                    touched: Touched::Nothing,
                });
            }
        }
        deltas
    }

    /// Makes the state of a new plan and puts it in the old one's place.
    fn switch(&mut self, at: Instant, plan: Arc<Plan>) -> Deltas {
        let told = self.notices.len();
        let new = State::new(
            plan,
            &mut self.store,
            &self.context,
            at,
            self.seed,
            &mut self.counters,
            &mut self.notices,
        );
        let old = std::mem::replace(&mut self.state, new);
        let news = self.notices.split_off(told);
        let news = news.into_iter().filter(|notice| !self.knew(&old, notice));
        self.notices.extend(news.collect::<Vec<_>>());
        let mut deltas = Deltas {
            published: true,
            ..Deltas::none(at)
        };
        for row in self.store.all().chain(self.store.deleted()) {
            let (before, after) = (
                old.root(&self.store, row),
                if self.store.exists(row, When::After) {
                    self.state.root(&self.store, row)
                } else {
                    Audience::NONE
                },
            );
            if (before, after) != (Audience::NONE, Audience::NONE) {
                let touched = match self.store.is_touched(row) {
                    true => self.store.touched(row),
                    false => Touched::Nothing,
                };
                deltas.rows.push(RowDelta {
                    row,
                    before,
                    after,
                    touched,
                });
            }
        }
        self.previous = Some(old);
        deltas
    }

    /// Whether it was so under the plan before: it has been said then.
    fn knew(&self, old: &State, notice: &Notice) -> bool {
        let Notice::SeveralProfiles { user, profiles } = notice else {
            return false;
        };
        let names = |plan: &Plan, profiles: &[ProfileId]| -> Vec<SmolStr> {
            let found = profiles.iter().map(|id| plan.profiles.get(id.0 as usize));
            found
                .flatten()
                .map(|profile| profile.name.clone())
                .collect()
        };
        let systemuser = self.store.schema().system.systemuser;
        let before = self.store.find(systemuser, *user);
        before
            .and_then(|row| old.members.several(row))
            .is_some_and(|before| names(&old.plan, before) == names(&self.state.plan, profiles))
    }

    fn note_unresolved(&mut self) {
        for (profile, member) in self.unresolved() {
            self.notices.push(Notice::NobodyNamed { profile, member });
        }
    }

    fn unresolved(&self) -> Vec<(ProfileId, usize)> {
        let view = self.state.view(&self.store, &self.context, When::After);
        self.state.members.unresolved(view.org, &self.state.plan)
    }

    /// The next instant, after the one reached, at which the clock alone may change a set.
    #[must_use]
    pub fn next_tick(&self) -> Option<Instant> {
        self.state.clock.next()
    }

    /// Moves time without changes.
    ///
    /// # Errors
    /// Time goes backwards; nothing has changed then.
    pub fn tick(&mut self, at: Instant) -> Result<Deltas, ApplyError> {
        let tx = Transaction {
            at,
            changes: Vec::new(),
        };
        self.apply(&tx, None)
    }

    /// What each user is told: users ascending, rows by entity name and id. Of the last
    /// transaction's deltas only.
    #[must_use]
    pub fn expand(&self, deltas: &Deltas) -> Vec<UserDelta> {
        let old = match &self.previous {
            Some(previous) if deltas.published => previous,
            _ => &self.state,
        };
        let (store, context) = (&self.store, &self.context);
        let expansion = Expansion {
            store,
            before: old.view(store, context, When::Before),
            after: self.state.view(store, context, When::After),
            old,
            new: &self.state,
            deltas,
        };
        let (told, asked) = expansion.run(|entity| self.ranks[entity.0 as usize]);
        self.users_expanded.fetch_add(asked, Ordering::Relaxed);
        told
    }

    /// Every systemuser row, ascending.
    #[must_use]
    pub fn users(&self) -> Vec<Guid> {
        let users = self.context.users(When::After);
        let mut ids: Vec<Guid> = users.map(|user| self.store.id(user)).collect();
        ids.sort_unstable();
        ids
    }

    /// The profile that holds a user.
    #[must_use]
    pub fn profile(&self, user: Guid) -> Option<ProfileId> {
        let view = self.state.view(&self.store, &self.context, When::After);
        self.state
            .members
            .profile(view.org.user(user)?, When::After)
    }

    /// What a user's devices hold, by entity name and id.
    #[must_use]
    pub fn rows(&self, user: Guid) -> Vec<(EntityId, Guid)> {
        let mut rows: Vec<(EntityId, Guid)> = self
            .held(user)
            .map(|row| (self.store.entity(row), self.store.id(row)))
            .collect();
        rows.sort_by_key(|(entity, id)| (self.ranks[entity.0 as usize], *id));
        rows
    }

    /// Why a row is on a user's devices; none where it isn't, or where the engine keeps no images.
    #[must_use]
    pub fn explain(&self, user: Guid, entity: EntityId, row: Guid) -> Option<Proof> {
        if self.images == Images::Given {
            return None;
        }
        let view = self.state.view(&self.store, &self.context, When::After);
        let explainer = Explainer {
            state: &self.state,
            view,
            user: view.org.user(user)?,
        };
        explainer.proof(self.store.lookup(entity, row, When::After)?)
    }

    /// Why a row is not on a user's devices; none where it is, or where the engine keeps no images.
    #[must_use]
    pub fn explain_absence(&self, user: Guid, entity: EntityId, row: Guid) -> Option<Absence> {
        if self.images == Images::Given {
            return None;
        }
        let view = self.state.view(&self.store, &self.context, When::After);
        let Some(user) = view.org.user(user) else {
            return Some(Absence::NoUser);
        };
        let Some(row) = self.store.lookup(entity, row, When::After) else {
            return Some(Absence::NoRow);
        };
        absence::absence(
            Explainer {
                state: &self.state,
                view,
                user,
            },
            row,
        )
    }

    /// The work done so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        Counters {
            users_visited: self.counters.users_visited
                + self.users_expanded.load(Ordering::Relaxed),
            ..self.counters
        }
    }

    /// Notices that have come up since they were last asked for.
    pub fn notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// Counts for the end of a run; of owners, those of rows whose images are kept. Cost: all rows.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let view = self.state.view(&self.store, &self.context, When::After);
        let schema = self.store.schema();
        let orphan = |row: &RowId| {
            let entity = schema.entity(self.store.entity(*row));
            let owner = entity
                .find("ownerid")
                .and_then(|attribute| view.org.guid(*row, attribute));
            owner.is_some_and(|id| view.org.user(id).is_none() && view.org.team(id).is_none())
        };
        Tally {
            deletes_of_nothing: self.deletes_of_nothing,
            rows_without_owner: self.store.all().filter(orphan).count() as u64,
            members_unresolved: self.unresolved(),
        }
    }
}
