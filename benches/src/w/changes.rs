//! Changes of an organisation, each of which changes something.

use weir_ir::time::Instant;
use weir_ir::transaction::{Change, Transaction};
use weir_ir::value::{Guid, Value};

use super::{Organization, Series, id, reference};
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
                let number = self.other(Series::Outsider, self.orphans());
                self.touch("account", "telephone1", id(Series::Outsider, number))
            }
            Kind::Touch => match self.draw.below(5) {
                0 => self.call(),
                1..3 => {
                    let (_, number) = self.existing(Series::Contact);
                    self.touch("contact", "telephone1", id(Series::Contact, number))
                }
                _ => {
                    let (_, number) = self.existing(Series::Task);
                    self.touch("task", "subject", id(Series::Task, number))
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
    fn other(&mut self, series: Series, end: u64) -> u64 {
        loop {
            let number = self.draw.below(end);
            if self.taken.insert((series, number)) {
                return number;
            }
        }
    }

    fn account_of(&mut self) -> u64 {
        self.other(Series::Account, self.accounts())
    }

    /// A contact or task that there is: its place in the list, and its number.
    fn existing(&mut self, series: Series) -> (usize, u64) {
        loop {
            let there = match series {
                Series::Contact => &self.contacts.there,
                _ => &self.tasks.there,
            };
            assert!(there.len() > self.taken.len(), "no rows are left");
            let place = self.draw.below(there.len() as u64) as usize;
            let number = there[place];
            if self.taken.insert((series, number)) {
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
        self.touch("account", "telephone1", id(Series::Account, number))
    }

    fn revenue(&mut self) -> Change {
        let number = self.account_of();
        let account = &mut self.accounts[number as usize];
        account.revenue ^= 1;
        let revenue = Value::Decimal(account.revenue.into());
        self.upsert(
            "account",
            id(Series::Account, number),
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
        self.upsert("account", id(Series::Account, number), &values)
    }

    fn flip(&mut self) -> Change {
        let number = self.account_of();
        let account = &mut self.accounts[number as usize];
        account.open = !account.open;
        let state = Value::Int(i64::from(!account.open));
        self.upsert(
            "account",
            id(Series::Account, number),
            &[("statecode", state)],
        )
    }

    fn insert(&mut self) -> Change {
        let what = self.draw.below(5);
        if what == 0 {
            let (number, account) = (self.accounts(), self.account());
            let row = self.account_row(Series::Account, number, &account);
            self.accounts.push(account);
            self.taken.insert((Series::Account, number));
            return row;
        }
        let account = self.draw.below(self.accounts());
        let mut draw = Draw::new(self.draw.bits());
        let (series, children) = match what {
            1..3 => (Series::Contact, &mut self.contacts),
            _ => (Series::Task, &mut self.tasks),
        };
        let number = children.next;
        children.next += 1;
        children.there.push(number);
        self.taken.insert((series, number));
        match series {
            Series::Contact => self.contact_row(number, account, &mut draw),
            _ => self.task_row(number, account, &mut draw),
        }
    }

    fn delete(&mut self) -> Change {
        let (series, entity) = match self.draw.below(2) {
            0 => (Series::Contact, "contact"),
            _ => (Series::Task, "task"),
        };
        let (place, number) = self.existing(series);
        match series {
            Series::Contact => self.contacts.there.swap_remove(place),
            _ => self.tasks.there.swap_remove(place),
        };
        self.gone(entity, id(series, number))
    }

    fn gone(&self, entity: &str, id: Guid) -> Change {
        let entity = self.schema.find(entity).expect("an entity of the workload");
        Change::Delete { entity, id }
    }

    fn change_team(&mut self) -> Change {
        let user = self.other(Series::User, self.users.len() as u64);
        match self.users[user as usize].second.take() {
            Some((_, membership)) => {
                self.gone("teammembership", id(Series::Membership, membership))
            }
            None => {
                let team = self.other_team(self.users[user as usize].home);
                let membership = self.membership();
                self.users[user as usize].second = Some((team, membership));
                self.join(user, reference(Series::Team, team), membership)
            }
        }
    }

    fn change_unit(&mut self) -> Change {
        let users = self.users.len() as u64;
        let user = self.other(Series::User, users);
        let units = users.div_ceil(super::USERS_PER_UNIT);
        let unit = self.draw.other(self.users[user as usize].unit, units);
        self.users[user as usize].unit = unit;
        let unit = reference(Series::Unit, unit);
        self.upsert(
            "systemuser",
            id(Series::User, user),
            &[("businessunitid", unit)],
        )
    }

    /// A manager's number is the lower one, so that there are no loops; two users have no other.
    fn change_manager(&mut self) -> Change {
        let (user, before) = loop {
            let user = self.other(Series::User, self.users.len() as u64);
            match self.users[user as usize].manager {
                Some(before) if user > 1 => break (user, before),
                _ => {}
            }
        };
        let manager = self.draw.other(before, user);
        self.users[user as usize].manager = Some(manager);
        let manager = reference(Series::User, manager);
        self.upsert(
            "systemuser",
            id(Series::User, user),
            &[("parentsystemuserid", manager)],
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use weir_ir::schema::{AttrId, EntityId};

    use super::*;

    type Rows = BTreeMap<(EntityId, Guid), BTreeMap<AttrId, Value>>;

    /// Whether a change changed something.
    fn differs(rows: &mut Rows, change: &Change) -> bool {
        match change {
            Change::Upsert { values, .. } => {
                let row = rows.entry(change.row()).or_default();
                let mut differs = false;
                for (attribute, value) in values {
                    differs |= row.insert(*attribute, value.clone()).as_ref() != Some(value);
                }
                differs
            }
            Change::Delete { .. } => rows.remove(&change.row()).is_some(),
        }
    }

    #[test]
    fn each_change_changes_a_row_of_its_own() {
        let mut organization = Organization::new(1_000);
        let mut rows = Rows::new();
        for change in &organization.people() {
            assert!(differs(&mut rows, change), "twice: {change:?}");
        }
        for change in organization.rows() {
            assert!(differs(&mut rows, &change), "twice: {change:?}");
        }
        for kind in [
            Kind::Nobody,
            Kind::Touch,
            Kind::Call,
            Kind::Revenue,
            Kind::Reassign,
            Kind::State,
            Kind::Insert,
            Kind::Delete,
            Kind::Team,
            Kind::Unit,
            Kind::Manager,
        ] {
            for mix in [Mix::Only(kind), Mix::Full] {
                for transaction in organization.transactions(mix, 20, 64) {
                    let changes = &transaction.changes;
                    let ids: BTreeSet<_> = changes.iter().map(Change::row).collect();
                    assert_eq!(ids.len(), 64, "{mix:?}");
                    for change in changes {
                        assert!(differs(&mut rows, change), "{mix:?}: {change:?}");
                    }
                }
            }
        }
    }
}
