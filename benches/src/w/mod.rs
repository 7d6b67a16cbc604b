//! Workload W: an organisation of `N` users, its profiles, and a mix of changes ([`Mix`]).
//!
//! N users in N/200 business units and in one or two of N/20 teams, below managers of eight each; ten
//! accounts a user, each with two contacts and two tasks. A team owns every fifth account, and four
//! contacts in five have their account's owner. Ids are random GUIDs. The organisation remembers
//! what its changes have made of it, so that each change is one: a state that flips, an owner that
//! differs, a row that is there. Its changes are therefore to be applied in the order they are drawn.

mod changes;
mod load;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

use weir_ir::schema::Schema;
use weir_ir::transaction::Change;
use weir_ir::value::{Guid, Value};

use crate::{Draw, schema};

pub use changes::{Kind, Mix};

/// Accounts a user.
pub const ACCOUNTS_PER_USER: u64 = 10;
/// Users and accounts without which there aren't enough different ones for a transaction.
pub const LEAST: [u64; 2] = [1_000, 10_000];

const CHILDREN_PER_ACCOUNT: u64 = 2;
const USERS_PER_TEAM: u64 = 20;
const USERS_PER_UNIT: u64 = 200;
const FAN_OUT: u64 = 8;
/// Revenues are below; half a per cent of them are at least what the fourth profile asks for.
const REVENUES: u64 = 2_000_000;
/// Numbers of employees are below.
const EMPLOYEES: u64 = 1_000;
/// For each of so many accounts there is one of nobody.
const ACCOUNTS_PER_ORPHAN: u64 = 100;

/// A generated organisation.
pub struct Organization {
    /// Its schema.
    pub schema: Arc<Schema>,
    /// In how many profiles the users are, in equal parts.
    pub profiles: u64,
    users: Vec<User>,
    accounts: Vec<Account>,
    contacts: Children,
    tasks: Children,
    teams: u64,
    memberships: u64,
    draw: Draw,
    /// Rows that the transaction being drawn changes.
    taken: BTreeSet<(Series, u64)>,
}

struct User {
    unit: u64,
    home: u64,
    /// A second team, with the number of the membership.
    second: Option<(u64, u64)>,
    manager: Option<u64>,
}

struct Account {
    owner: Owner,
    open: bool,
    revenue: u64,
    employees: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    User(u64),
    Team(u64),
    /// No user or team that there is.
    Outsider,
}

/// The rows of an entity that there are.
#[derive(Default)]
struct Children {
    there: Vec<u64>,
    next: u64,
}

/// Series of rows that are numbered for themselves; a seed of their ids.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u64)]
enum Series {
    Unit = 1,
    User,
    Team,
    Membership,
    Account,
    Contact,
    Task,
    Outsider,
    /// A team whose members a profile has.
    Profile,
}

/// A random GUID, always the same.
fn id(series: Series, number: u64) -> Guid {
    let mut draw = Draw::new((series as u64) << 56 ^ number);
    let bits = u128::from(draw.bits()) << 64 | u128::from(draw.bits());
    Guid(uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid())
}

fn reference(series: Series, number: u64) -> Value {
    Value::Guid(id(series, number))
}

impl Organization {
    /// An organisation of that many users with ten accounts each.
    #[must_use]
    pub fn new(users: u64) -> Self {
        Self::with_accounts(users, users * ACCOUNTS_PER_USER)
    }

    /// An organisation of that many users, and that many accounts, with their contacts and tasks.
    ///
    /// # Panics
    /// There are fewer users or accounts than [`LEAST`].
    #[must_use]
    pub fn with_accounts(users: u64, accounts: u64) -> Self {
        assert!(
            users >= LEAST[0] && accounts >= LEAST[1],
            "{users} users with {accounts} accounts are too few: at least {LEAST:?}"
        );
        let mut organization = Self {
            schema: schema(),
            profiles: 4,
            users: Vec::new(),
            accounts: Vec::new(),
            contacts: Children::default(),
            tasks: Children::default(),
            teams: users.div_ceil(USERS_PER_TEAM),
            memberships: 0,
            draw: Draw::new(7),
            taken: BTreeSet::new(),
        };
        for user in 0..users {
            let person = organization.user(user);
            organization.users.push(person);
        }
        for _ in 0..accounts {
            let account = organization.account();
            organization.accounts.push(account);
        }
        for children in [&mut organization.contacts, &mut organization.tasks] {
            children.next = accounts * CHILDREN_PER_ACCOUNT;
            children.there = (0..children.next).collect();
        }
        organization
    }

    /// How many accounts of somebody there are.
    #[must_use]
    pub fn accounts(&self) -> u64 {
        self.accounts.len() as u64
    }

    fn user(&mut self, user: u64) -> User {
        let home = user / USERS_PER_TEAM;
        let second = (self.draw.below(2) == 0).then(|| self.other_team(home));
        User {
            unit: user / USERS_PER_UNIT,
            home,
            second: second.map(|team| (team, self.membership())),
            manager: user.checked_sub(1).map(|before| before / FAN_OUT),
        }
    }

    fn account(&mut self) -> Account {
        Account {
            owner: self.owner(),
            open: self.draw.below(2) == 0,
            revenue: self.draw.below(REVENUES),
            employees: self.draw.below(EMPLOYEES),
        }
    }

    /// A team owns every fifth account.
    fn owner(&mut self) -> Owner {
        match self.draw.below(5) {
            0 => Owner::Team(self.draw.below(self.teams)),
            _ => Owner::User(self.draw.below(self.users.len() as u64)),
        }
    }

    fn other_team(&mut self, than: u64) -> u64 {
        self.draw.other(than, self.teams)
    }

    /// The number of a new membership; those below the users' number are of their home teams.
    fn membership(&mut self) -> u64 {
        self.memberships += 1;
        self.memberships
    }

    fn unit_of(&self, owner: Owner) -> Value {
        match owner {
            Owner::User(user) => reference(Series::Unit, self.users[user as usize].unit),
            Owner::Team(team) => reference(Series::Unit, team * USERS_PER_TEAM / USERS_PER_UNIT),
            Owner::Outsider => Value::Null,
        }
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
}

impl Owner {
    fn id(self) -> Value {
        match self {
            Self::User(user) => reference(Series::User, user),
            Self::Team(team) => reference(Series::Team, team),
            Self::Outsider => reference(Series::Outsider, 0),
        }
    }
}

/// So many profiles, each with a filter of its own on accounts: a range of employees, a least revenue
/// and the state. A quarter of the accounts is let in by one of them.
///
/// # Panics
/// A text can't be written.
#[must_use]
pub fn filters(profiles: u64) -> String {
    let mut text = String::new();
    for profile in 0..profiles {
        // Even, so that a revenue which differs in its last bit stays on its side.
        let revenue = REVENUES / 4 + REVENUES * (2 * profile + 1) / (4 * profiles) / 2 * 2;
        let [from, to] = [0, 1].map(|edge| EMPLOYEES * (profile + edge) / profiles);
        write!(
            text,
            "profile \"{profile}\" {{\n  members {{ team \"profile {profile}\" }}\n  item account {{\n    \
             download where statecode eq 0 and revenue ge {revenue} and numberofemployees ge {from} and \
             numberofemployees lt {to}\n  }}\n}}\n"
        )
        .expect("a text is written");
    }
    text
}
