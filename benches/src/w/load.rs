//! The rows that an organisation begins with.

use std::sync::Arc;

use weir_ir::plan::Plan;
use weir_ir::time::Instant;
use weir_ir::transaction::{Change, Transaction};
use weir_ir::value::Value;
use weir_runtime::{Engine, Images, Options};

use super::{
    ACCOUNTS_PER_ORPHAN, Account, CHILDREN_PER_ACCOUNT, FAN_OUT, Organization, Owner, Series,
    USERS_PER_UNIT, id, reference,
};
use crate::Draw;

/// Rows of a transaction.
const CHUNK: usize = 10_000;

impl Organization {
    /// An engine with the plan published and every row loaded, by transactions that `apply` applies.
    ///
    /// # Panics
    /// Never: nothing has been loaded when the plan is published.
    #[expect(clippy::expect_used, reason = "an empty engine takes any plan")]
    pub fn engine(
        &self,
        plan: Plan,
        images: Images,
        mut apply: impl FnMut(&mut Engine, &Transaction),
    ) -> Engine {
        let options = Options {
            hash_seed: 1,
            images,
        };
        let mut engine = Engine::new(Arc::clone(&self.schema), options);
        engine.publish(Arc::new(plan)).expect("no rows yet");
        let mut rows = self.people().into_iter().chain(self.rows()).peekable();
        while rows.peek().is_some() {
            let load = Transaction {
                at: Instant(0),
                changes: rows.by_ref().take(CHUNK).collect(),
            };
            apply(&mut engine, &load);
        }
        engine
    }

    /// Units, teams, users and their memberships.
    pub(super) fn people(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        let users = self.users.len() as u64;
        for unit in 0..users.div_ceil(USERS_PER_UNIT) {
            let parent = unit.checked_sub(1).map(|before| before / FAN_OUT);
            let parent = parent.map_or(Value::Null, |parent| reference(Series::Unit, parent));
            let values = [("parentbusinessunitid", parent)];
            changes.push(self.upsert("businessunit", id(Series::Unit, unit), &values));
        }
        for (series, name, count) in [
            (Series::Team, "team", self.teams),
            (Series::Profile, "profile", self.profiles),
        ] {
            for team in 0..count {
                let name = Value::Text(format!("{name} {team}").into());
                changes.push(self.upsert("team", id(series, team), &[("name", name)]));
            }
        }
        for (number, user) in (0..).zip(&self.users) {
            let manager = user.manager.map(|manager| reference(Series::User, manager));
            changes.push(self.upsert(
                "systemuser",
                id(Series::User, number),
                &[
                    ("businessunitid", reference(Series::Unit, user.unit)),
                    ("parentsystemuserid", manager.unwrap_or(Value::Null)),
                ],
            ));
            // Memberships that never end have numbers from above.
            let profile = reference(Series::Profile, number % self.profiles);
            let home = reference(Series::Team, user.home);
            changes.push(self.join(number, profile, u64::MAX / 2 - number));
            changes.push(self.join(number, home, u64::MAX / 4 - number));
            if let Some((team, membership)) = user.second {
                changes.push(self.join(number, reference(Series::Team, team), membership));
            }
        }
        changes
    }

    /// A user's membership in a team.
    pub(super) fn join(&self, user: u64, team: Value, number: u64) -> Change {
        let values = [
            ("teamid", team),
            ("systemuserid", reference(Series::User, user)),
        ];
        self.upsert("teammembership", id(Series::Membership, number), &values)
    }

    /// Accounts with their contacts and tasks, and those of nobody.
    pub(super) fn rows(&self) -> impl Iterator<Item = Change> {
        let mut draw = Draw::new(8);
        let held = (0..)
            .zip(&self.accounts)
            .flat_map(move |(number, account)| {
                let mut rows = vec![self.account_row(Series::Account, number, account)];
                for child in 0..CHILDREN_PER_ACCOUNT {
                    let child = number * CHILDREN_PER_ACCOUNT + child;
                    rows.push(self.contact_row(child, number, &mut draw));
                    rows.push(self.task_row(child, number, &mut draw));
                }
                rows
            });
        let orphans = (0..self.orphans()).map(|number| {
            let orphan = Account {
                owner: Owner::Outsider,
                open: true,
                revenue: 0,
                employees: 0,
            };
            self.account_row(Series::Outsider, number, &orphan)
        });
        held.chain(orphans)
    }

    /// How many accounts no user ever holds.
    pub(super) fn orphans(&self) -> u64 {
        (self.accounts() / ACCOUNTS_PER_ORPHAN).max(200)
    }

    pub(super) fn account_row(&self, series: Series, number: u64, account: &Account) -> Change {
        self.upsert(
            "account",
            id(series, number),
            &[
                ("ownerid", account.owner.id()),
                ("owningbusinessunit", self.unit_of(account.owner)),
                ("revenue", Value::Decimal(account.revenue.into())),
                (
                    "numberofemployees",
                    Value::Int(account.employees.cast_signed()),
                ),
                ("statecode", Value::Int(i64::from(!account.open))),
            ],
        )
    }

    pub(super) fn contact_row(&self, number: u64, account: u64, draw: &mut Draw) -> Change {
        self.child(
            "contact",
            Series::Contact,
            "parentcustomerid",
            number,
            account,
            draw,
        )
    }

    pub(super) fn task_row(&self, number: u64, account: u64, draw: &mut Draw) -> Change {
        self.child(
            "task",
            Series::Task,
            "regardingobjectid",
            number,
            account,
            draw,
        )
    }

    fn child(
        &self,
        entity: &str,
        series: Series,
        link: &str,
        number: u64,
        account: u64,
        draw: &mut Draw,
    ) -> Change {
        // Four in five have their account's owner.
        let owner = match draw.below(5) {
            0 => Owner::User(draw.below(self.users.len() as u64)),
            _ => self.accounts[account as usize].owner,
        };
        self.upsert(
            entity,
            id(series, number),
            &[
                (link, reference(Series::Account, account)),
                ("ownerid", owner.id()),
                ("owningbusinessunit", self.unit_of(owner)),
            ],
        )
    }
}
