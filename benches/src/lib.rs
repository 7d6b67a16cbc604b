//! The workload of the benches: a generated organisation, its profiles, and a mix of changes.
//!
//! Users sit in a manager tree of fan-out 8, in one team of twenty and one business unit of two
//! hundred; each owns five accounts with two contacts and two tasks. Everything is drawn from a
//! seeded generator, so two runs measure the same thing.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a workload that is wrong is to stop the bench"
)]

pub mod growth;
pub mod sql;

use std::sync::Arc;

use weir_compiler::metadata::Builder;
use weir_compiler::{Options, compile};
use weir_grammar::native;
use weir_ir::diagnostic::{Diagnostic, Sources};
use weir_ir::plan::Plan;
use weir_ir::schema::Schema;
use weir_ir::time::Instant;
use weir_ir::transaction::{Change, Transaction};
use weir_ir::value::{Guid, Value};
use weir_runtime::{ApplyError, Engine};

const METADATA: &str = include_str!("metadata.json");
const PROFILES: &str = include_str!("profiles.weir");

const ACCOUNTS_PER_USER: u64 = 5;
const CHILDREN_PER_ACCOUNT: u64 = 2;
const USERS_PER_TEAM: u64 = 20;
const USERS_PER_UNIT: u64 = 200;
const FAN_OUT: u64 = 8;

/// A small generator of numbers (splitmix64): the same on every machine.
pub struct Draw(u64);

impl Draw {
    /// Starts at a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }
}

/// The workload's schema, with the sources that it was read from.
///
/// # Panics
/// The workload's own metadata is wrong.
#[must_use]
pub fn schema() -> Arc<Schema> {
    let mut sources = Sources::default();
    let file = sources.add("metadata.json", METADATA);
    let mut builder = Builder::new();
    let mut diagnostics = builder.json(&sources, file);
    let (schema, more) = builder.finish();
    diagnostics.extend(more);
    assert!(
        !diagnostics.iter().any(Diagnostic::is_error),
        "{diagnostics:?}"
    );
    Arc::new(schema)
}

/// Parses, checks and lowers a native text.
///
/// # Panics
/// The text is wrong.
#[must_use]
pub fn plan(schema: &Schema, text: &str) -> Plan {
    let mut sources = Sources::default();
    let file = sources.add("profiles.weir", text);
    let parsed = native::parse(file, text);
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let compiled = compile(
        schema,
        &mut sources,
        &[parsed.file],
        Options { lenient: false },
    );
    compiled
        .plan
        .unwrap_or_else(|| panic!("{:?}", compiled.diagnostics))
}

/// The workload's profiles.
#[must_use]
pub fn profiles() -> &'static str {
    PROFILES
}

/// A generated organisation.
pub struct Organization {
    /// Its schema.
    pub schema: Arc<Schema>,
    /// How many users it has.
    pub users: u64,
}

/// Kinds of rows, as the upper part of their ids.
#[derive(Clone, Copy)]
#[repr(u64)]
enum Kind {
    Unit = 1,
    User,
    Team,
    Membership,
    Account,
    Contact,
    Task,
    Outsider,
}

fn id(kind: Kind, number: u64) -> Guid {
    Guid(uuid::Uuid::from_u64_pair(kind as u64, number))
}

impl Organization {
    /// An organisation of that many users.
    #[must_use]
    pub fn new(users: u64) -> Self {
        Self {
            schema: schema(),
            users,
        }
    }

    /// How many accounts there are.
    #[must_use]
    pub fn accounts(&self) -> u64 {
        self.users * ACCOUNTS_PER_USER
    }

    /// An upsert of named values.
    ///
    /// # Panics
    /// The schema lacks the entity or an attribute.
    fn upsert(&self, entity: &str, id: Guid, values: &[(&str, Value)]) -> Change {
        let entity_id = self.schema.find(entity).expect("an entity of the workload");
        let found = self.schema.entity(entity_id);
        let values = values
            .iter()
            .map(|(name, value)| {
                (
                    found.find(name).expect("an attribute of the workload"),
                    value.clone(),
                )
            })
            .collect();
        Change::Upsert {
            entity: entity_id,
            id,
            values,
        }
    }

    /// Users, teams and units.
    fn people(&self) -> Vec<Change> {
        let unit_of = |user: u64| id(Kind::Unit, user / USERS_PER_UNIT);
        let mut changes = Vec::new();
        for unit in 0..self.users.div_ceil(USERS_PER_UNIT) {
            let parent = if unit == 0 {
                Value::Null
            } else {
                Value::Guid(id(Kind::Unit, (unit - 1) / FAN_OUT))
            };
            changes.push(self.upsert(
                "businessunit",
                id(Kind::Unit, unit),
                &[("parentbusinessunitid", parent)],
            ));
        }
        for team in 0..self.users.div_ceil(USERS_PER_TEAM) {
            let name = Value::Text(format!("team {team}").into());
            changes.push(self.upsert("team", id(Kind::Team, team), &[("name", name)]));
        }
        for user in 0..self.users {
            let manager = if user == 0 {
                Value::Null
            } else {
                Value::Guid(id(Kind::User, (user - 1) / FAN_OUT))
            };
            let name = format!(
                "user{user}@{}.example",
                ["north", "south", "east", "west"][(user % 4) as usize]
            );
            changes.push(self.upsert(
                "systemuser",
                id(Kind::User, user),
                &[
                    ("domainname", Value::Text(name.into())),
                    ("businessunitid", Value::Guid(unit_of(user))),
                    ("parentsystemuserid", manager),
                ],
            ));
            let team = id(Kind::Team, user / USERS_PER_TEAM);
            changes.push(self.membership(user, team));
        }
        // The members of the four profiles are teams named after them; every user is in one.
        for (at, name) in ["mine", "unit", "hierarchy", "custom"]
            .into_iter()
            .enumerate()
        {
            let team = id(Kind::Team, u64::MAX - at as u64);
            changes.push(self.upsert("team", team, &[("name", Value::Text(name.into()))]));
            for user in (0..self.users).filter(|user| user % 4 == at as u64) {
                changes.push(self.upsert(
                    "teammembership",
                    id(Kind::Membership, self.users + user),
                    &[
                        ("teamid", Value::Guid(team)),
                        ("systemuserid", Value::Guid(id(Kind::User, user))),
                    ],
                ));
            }
        }
        changes
    }

    fn membership(&self, user: u64, team: Guid) -> Change {
        let values = [
            ("teamid", Value::Guid(team)),
            ("systemuserid", Value::Guid(id(Kind::User, user))),
        ];
        self.upsert("teammembership", id(Kind::Membership, user), &values)
    }

    /// Accounts with their contacts and tasks.
    fn rows(&self) -> Vec<Change> {
        let mut draw = Draw::new(7);
        let mut changes = Vec::new();
        for account in 0..self.accounts() {
            changes.push(self.account(
                account,
                draw.below(self.users),
                draw.below(2_000_000),
                draw.below(2),
            ));
            for child in 0..CHILDREN_PER_ACCOUNT {
                let number = account * CHILDREN_PER_ACCOUNT + child;
                let owner = Value::Guid(id(Kind::User, draw.below(self.users)));
                let of = Value::Guid(id(Kind::Account, account));
                changes.push(self.upsert(
                    "contact",
                    id(Kind::Contact, number),
                    &[("parentcustomerid", of.clone()), ("ownerid", owner.clone())],
                ));
                changes.push(self.upsert(
                    "task",
                    id(Kind::Task, number),
                    &[("regardingobjectid", of), ("ownerid", owner)],
                ));
            }
        }
        // What nobody may ever hold: its owner is no user, and its unit no unit.
        changes.push(self.upsert(
            "account",
            id(Kind::Account, u64::MAX),
            &[("ownerid", Value::Guid(id(Kind::Outsider, 0)))],
        ));
        changes
    }

    fn account(&self, account: u64, owner: u64, revenue: u64, state: u64) -> Change {
        self.upsert(
            "account",
            id(Kind::Account, account),
            &[
                ("ownerid", Value::Guid(id(Kind::User, owner))),
                (
                    "owningbusinessunit",
                    Value::Guid(id(Kind::Unit, owner / USERS_PER_UNIT)),
                ),
                ("revenue", Value::Decimal(revenue.into())),
                ("statecode", Value::Int(state as i64)),
            ],
        )
    }

    /// An engine with the profiles published and every row loaded.
    ///
    /// # Panics
    /// The engine refuses the workload.
    #[must_use]
    pub fn engine(&self) -> Engine {
        let mut engine = Engine::new(Arc::clone(&self.schema), weir_runtime::Options::default());
        engine
            .publish(Arc::new(plan(&self.schema, PROFILES)))
            .expect("published");
        for changes in [self.people(), self.rows()] {
            for chunk in changes.chunks(10_000) {
                let load = Transaction {
                    at: Instant(0),
                    changes: chunk.to_vec(),
                };
                engine.apply(&load, None).expect("the workload is loaded");
            }
        }
        engine
    }

    /// Changes of one kind, each a transaction of its own. The second half goes over the rows of the
    /// first again with other values, so that cycling through them changes something every time.
    #[must_use]
    pub fn changes(&self, kind: Mix, count: u64) -> Vec<Transaction> {
        let mut values = Draw::new(!(kind as u64));
        let half = |second: u64| {
            let mut rows = Draw::new(kind as u64);
            let changes: Vec<Change> = (0..count / 2)
                .map(|_| self.change(kind, second, &mut rows, &mut values))
                .collect();
            changes
        };
        let changes: Vec<Change> = [0, 1].into_iter().flat_map(half).collect();
        changes
            .into_iter()
            .map(|change| Transaction {
                at: Instant(1),
                changes: vec![change],
            })
            .collect()
    }

    fn change(&self, kind: Mix, second: u64, rows: &mut Draw, values: &mut Draw) -> Change {
        let part = rows.below(100);
        let account = rows.below(self.accounts());
        let row = id(Kind::Account, account);
        let text = Value::Text(format!("+{second}{}", values.below(1_000)).into());
        match kind {
            Mix::Nobody => self.upsert(
                "account",
                id(Kind::Account, u64::MAX),
                &[("telephone1", text)],
            ),
            Mix::Touch => self.upsert("account", row, &[("telephone1", text)]),
            Mix::Reassign => {
                let owner = values.below(self.users);
                let unit = Value::Guid(id(Kind::Unit, owner / USERS_PER_UNIT));
                self.upsert(
                    "account",
                    row,
                    &[
                        ("ownerid", Value::Guid(id(Kind::User, owner))),
                        ("owningbusinessunit", unit),
                    ],
                )
            }
            Mix::State => self.upsert(
                "account",
                row,
                &[("statecode", Value::Int(second.cast_signed()))],
            ),
            Mix::Team => {
                let team = id(
                    Kind::Team,
                    values.below(self.users.div_ceil(USERS_PER_TEAM)),
                );
                self.membership(account % self.users, team)
            }
            Mix::All => {
                let kind = match part {
                    0..=69 => Mix::Touch,
                    70..=84 => Mix::Reassign,
                    85..=98 => Mix::State,
                    _ => Mix::Team,
                };
                self.change(kind, second, rows, values)
            }
        }
    }
}

/// Applies the transactions, a function of its own so that a profiler can count it alone.
///
/// # Errors
/// The engine refuses one.
#[inline(never)]
pub fn measured(engine: &mut Engine, transactions: &[Transaction]) -> Result<(), ApplyError> {
    for transaction in transactions {
        std::hint::black_box(engine.apply(transaction, None)?);
    }
    Ok(())
}

/// Kinds of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Mix {
    /// A row that no device holds changes a column that no filter looks at.
    Nobody,
    /// A column that no filter looks at changes.
    Touch,
    /// An account gets another owner.
    Reassign,
    /// An account's state flips.
    State,
    /// A user moves to another team.
    Team,
    /// 70 % touches, 15 % reassignments, 14 % state flips, 1 % team moves.
    All,
}
