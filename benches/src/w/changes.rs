//! Changes of an organisation, each of which changes something.

use weir_ir::time::Instant;
use weir_ir::transaction::{Change, Transaction};
use weir_ir::value::{Guid, Value};

use super::{Kept, Organization, id, reference};
use crate::Draw;

/// Kinds of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An account of nobody: a column that no filter looks at.
    Nobody,
    /// Any account, contact or task: a column that no filter looks at.
    Touch,
    /// Any account: a column that no filter looks at.
    Call,
    /// Any account: its revenue, by so little that no filter tells the difference.
    Revenue,
    /// An account gets another owner, and the owner's unit.
    Reassign,
    /// An account's state flips.
    State,
    /// A new account (one in five), contact or task.
    Insert,
    /// A contact or task goes.
    Delete,
    /// A user joins a second team, or leaves it.
    Team,
    /// A user gets another business unit.
    Unit,
    /// A user gets another manager.
    Manager,
}

/// Which changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    /// Those of one kind.
    Only(Kind),
    /// Of rows: 70 touches, 10 reassignments, 10 state flips, 5 inserts, 4 deletes.
    Rows,
    /// The same, and one move of a user: half of them of teams, a quarter of units and of managers.
    Full,
}

impl Mix {
    fn kind(self, draw: &mut Draw) -> Kind {
        let end = match self {
            Self::Only(kind) => return kind,
            Self::Rows => 99,
            Self::Full => 100,
        };
        match draw.below(end) {
            0..70 => Kind::Touch,
            70..80 => Kind::Reassign,
            80..90 => Kind::State,
            90..95 => Kind::Insert,
            95..99 => Kind::Delete,
            _ => match draw.below(4) {
                0..2 => Kind::Team,
                2 => Kind::Unit,
                _ => Kind::Manager,
            },
        }
    }
}

impl Organization {
    /// So many transactions of `size` changes each, of different rows.
    ///
    /// # Panics
    /// Contacts or tasks have come to their end.
    #[must_use]
    pub fn transactions(&mut self, mix: Mix, count: usize, size: usize) -> Vec<Transaction> {
        let transaction = |_| {
            self.taken.clear();
            Transaction {
                at: Instant(1),
                changes: (0..size).map(|_| self.change(mix)).collect(),
            }
        };
        (0..count).map(transaction).collect()
    }

    fn change(&mut self, mix: Mix) -> Change {
        match mix.kind(&mut self.draw) {
            Kind::Nobody => {
                let number = self.other(Kept::Outsider, self.orphans());
                self.touch("account", "telephone1", id(Kept::Outsider, number))
            }
            Kind::Touch => match self.draw.below(5) {
                0 => self.call(),
                1..3 => {
                    let (_, number) = self.existing(Kept::Contact);
                    self.touch("contact", "telephone1", id(Kept::Contact, number))
                }
                _ => {
                    let (_, number) = self.existing(Kept::Task);
                    self.touch("task", "subject", id(Kept::Task, number))
                }
            },
            Kind::Call => self.call(),
            Kind::Revenue => self.revenue(),
            Kind::Reassign => self.reassign(),
            Kind::State => self.flip(),
            Kind::Insert => self.insert(),
            Kind::Delete => self.delete(),
            Kind::Team => self.change_team(),
            Kind::Unit => self.change_unit(),
            Kind::Manager => self.change_manager(),
        }
    }

    /// One of `end` rows that the transaction doesn't change yet.
    fn other(&mut self, kept: Kept, end: u64) -> u64 {
        loop {
            let number = self.draw.below(end);
            if self.taken.insert((kept, number)) {
                return number;
            }
        }
    }

    fn account_of(&mut self) -> u64 {
        self.other(Kept::Account, self.accounts())
    }

    /// A contact or task that there is: its place in the list, and its number.
    fn existing(&mut self, kept: Kept) -> (usize, u64) {
        loop {
            let there = match kept {
                Kept::Contact => &self.contacts.there,
                _ => &self.tasks.there,
            };
            assert!(there.len() > self.taken.len(), "no rows are left");
            let place = self.draw.below(there.len() as u64) as usize;
            let number = there[place];
            if self.taken.insert((kept, number)) {
                return (place, number);
            }
        }
    }

    fn touch(&mut self, entity: &str, attribute: &str, id: Guid) -> Change {
        let text = Value::Text(format!("{:012}", self.draw.below(1_000_000_000_000)).into());
        self.upsert(entity, id, &[(attribute, text)])
    }

    fn call(&mut self) -> Change {
        let number = self.account_of();
        self.touch("account", "telephone1", id(Kept::Account, number))
    }

    fn revenue(&mut self) -> Change {
        let number = self.account_of();
        let account = &mut self.accounts[number as usize];
        account.revenue ^= 1;
        let revenue = Value::Decimal(account.revenue.into());
        self.upsert(
            "account",
            id(Kept::Account, number),
            &[("revenue", revenue)],
        )
    }

    fn reassign(&mut self) -> Change {
        let number = self.account_of();
        let owner = loop {
            let owner = self.owner();
            if owner != self.accounts[number as usize].owner {
                break owner;
            }
        };
        self.accounts[number as usize].owner = owner;
        let values = [
            ("ownerid", owner.id()),
            ("owningbusinessunit", self.unit_of(owner)),
        ];
        self.upsert("account", id(Kept::Account, number), &values)
    }

    fn flip(&mut self) -> Change {
        let number = self.account_of();
        let account = &mut self.accounts[number as usize];
        account.open = !account.open;
        let state = Value::Int(i64::from(!account.open));
        self.upsert(
            "account",
            id(Kept::Account, number),
            &[("statecode", state)],
        )
    }

    fn insert(&mut self) -> Change {
        let what = self.draw.below(5);
        if what == 0 {
            let (number, account) = (self.accounts(), self.account());
            let row = self.account_row(Kept::Account, number, &account);
            self.accounts.push(account);
            self.taken.insert((Kept::Account, number));
            return row;
        }
        let account = self.draw.below(self.accounts());
        let mut draw = Draw::new(self.draw.bits());
        let (kept, children) = match what {
            1..3 => (Kept::Contact, &mut self.contacts),
            _ => (Kept::Task, &mut self.tasks),
        };
        let number = children.next;
        children.next += 1;
        children.there.push(number);
        self.taken.insert((kept, number));
        match kept {
            Kept::Contact => self.contact_row(number, account, &mut draw),
            _ => self.task_row(number, account, &mut draw),
        }
    }

    fn delete(&mut self) -> Change {
        let (kept, entity) = match self.draw.below(2) {
            0 => (Kept::Contact, "contact"),
            _ => (Kept::Task, "task"),
        };
        let (place, number) = self.existing(kept);
        match kept {
            Kept::Contact => self.contacts.there.swap_remove(place),
            _ => self.tasks.there.swap_remove(place),
        };
        self.gone(entity, id(kept, number))
    }

    fn gone(&self, entity: &str, id: Guid) -> Change {
        let entity = self.schema.find(entity).expect("an entity of the workload");
        Change::Delete { entity, id }
    }

    fn change_team(&mut self) -> Change {
        let user = self.other(Kept::User, self.users.len() as u64);
        match self.users[user as usize].second.take() {
            Some((_, membership)) => self.gone("teammembership", id(Kept::Membership, membership)),
            None => {
                let team = self.other_team(self.users[user as usize].home);
                let membership = self.membership();
                self.users[user as usize].second = Some((team, membership));
                self.join(user, reference(Kept::Team, team), membership)
            }
        }
    }

    fn change_unit(&mut self) -> Change {
        let users = self.users.len() as u64;
        let user = self.other(Kept::User, users);
        let units = users.div_ceil(super::USERS_PER_UNIT);
        let unit = self.draw.other(self.users[user as usize].unit, units);
        self.users[user as usize].unit = unit;
        let unit = reference(Kept::Unit, unit);
        self.upsert(
            "systemuser",
            id(Kept::User, user),
            &[("businessunitid", unit)],
        )
    }

    /// A manager's number is the lower one, so that there are no loops; two users have no other.
    fn change_manager(&mut self) -> Change {
        let (user, before) = loop {
            let user = self.other(Kept::User, self.users.len() as u64);
            match self.users[user as usize].manager {
                Some(before) if user > 1 => break (user, before),
                _ => {}
            }
        };
        let manager = self.draw.other(before, user);
        self.users[user as usize].manager = Some(manager);
        let manager = reference(Kept::User, manager);
        self.upsert(
            "systemuser",
            id(Kept::User, user),
            &[("parentsystemuserid", manager)],
        )
    }
}
