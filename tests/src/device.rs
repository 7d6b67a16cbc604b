//! Devices that reject illegal deltas: a put of a row that is there unchanged, a remove of a row
//! that is not, a row in both, rows or users out of order, and above all a row that its user may
//! not have.
//!
//! A device keeps the values that it was sent, so a put that never came shows as well.

use std::collections::BTreeMap;

use weir_ir::schema::{EntityId, Schema};
use weir_ir::value::Guid;
use weir_runtime::UserDelta;

use crate::model::{self, Held, Row, Rows};

/// What a device has: each row with the values of its columns.
type Content = BTreeMap<(EntityId, Guid), Row>;

/// All devices, one a user.
#[derive(Clone, Debug, Default)]
pub struct Devices {
    content: BTreeMap<Guid, Content>,
    columns: BTreeMap<Guid, Held>,
}

/// What is true after a delta: rows, and what the model grants.
#[derive(Clone, Copy, Debug)]
pub struct Truth<'a> {
    /// The schema.
    pub schema: &'a Schema,
    /// Every row.
    pub rows: &'a Rows,
    /// What each user may hold.
    pub granted: &'a BTreeMap<Guid, Held>,
}

impl Devices {
    /// Takes what one transaction or instant told, and checks it.
    ///
    /// # Errors
    /// What is illegal about it.
    pub fn take(&mut self, deltas: &[UserDelta], truth: Truth<'_>) -> Result<(), String> {
        if !deltas.is_sorted_by(|a, b| a.user < b.user) {
            return Err("users are out of order".to_owned());
        }
        for delta in deltas {
            self.take_one(delta, truth)
                .map_err(|what| format!("user {}: {what}", delta.user))?;
        }
        self.columns = truth.granted.clone();
        self.complete(truth)
    }

    fn take_one(&mut self, delta: &UserDelta, truth: Truth<'_>) -> Result<(), String> {
        let UserDelta { user, put, remove } = delta;
        let shown = |row: &(EntityId, Guid)| show(truth.schema, *row);
        if put.is_empty() && remove.is_empty() {
            return Err("told nothing".to_owned());
        }
        for list in [put, remove] {
            let name = |row: &(EntityId, Guid)| truth.schema.entity(row.0).name.clone();
            if !list.is_sorted_by(|a, b| (name(a), a.1) < (name(b), b.1)) {
                return Err("rows are out of order".to_owned());
            }
        }
        if let Some(row) = put.iter().find(|row| remove.contains(row)) {
            return Err(format!("{} is put and removed", shown(row)));
        }
        let content = self.content.entry(*user).or_default();
        for row in remove {
            if content.remove(row).is_none() {
                return Err(format!("{} is removed but not there", shown(row)));
            }
        }
        let granted = truth.granted.get(user);
        for row in put {
            let Some(granted) = granted.filter(|granted| granted.rows.contains(row)) else {
                return Err(format!("leak: {} is not the user's to have", shown(row)));
            };
            let new = values(truth.rows, granted, *row);
            let columns = |held: &Held| held.columns.get(&row.0).cloned().unwrap_or_default();
            let widened = self
                .columns
                .get(user)
                .is_none_or(|old| !columns(granted).is_subset(&columns(old)));
            if let Some(old) = content.get(row)
                && !widened
                && new
                    .iter()
                    .all(|(column, value)| old.get(column) == Some(value))
                && old
                    .keys()
                    .all(|column| new.contains_key(column) || !columns(granted).contains(column))
            {
                return Err(format!("{} is put but unchanged", shown(row)));
            }
            content.insert(*row, new);
        }
        Ok(())
    }

    /// Every device has every row that is granted, with its present values.
    fn complete(&mut self, truth: Truth<'_>) -> Result<(), String> {
        for (user, granted) in truth.granted {
            let content = self.content.entry(*user).or_default();
            for row in &granted.rows {
                let new = values(truth.rows, granted, *row);
                match content.get_mut(row) {
                    // A narrower column list drops values without a word.
                    Some(old) => {
                        old.retain(|column, _| granted.columns[&row.0].contains(column));
                        if *old != new {
                            let row = show(truth.schema, *row);
                            return Err(format!("user {user}: {row} changed, but was not put"));
                        }
                    }
                    None => {
                        let row = show(truth.schema, *row);
                        return Err(format!("user {user}: {row} was never put"));
                    }
                }
            }
        }
        for (user, content) in &self.content {
            let granted = truth.granted.get(user);
            for row in content.keys() {
                if granted.is_none_or(|granted| !granted.rows.contains(row)) {
                    let row = show(truth.schema, *row);
                    return Err(format!("leak: user {user}: {row} was never removed"));
                }
            }
        }
        Ok(())
    }
}

/// The row's values in the columns that the user gets.
fn values(rows: &Rows, granted: &Held, row: (EntityId, Guid)) -> Row {
    let found = model::row(rows, row.0, row.1).cloned().unwrap_or_default();
    let columns = granted.columns.get(&row.0);
    found
        .into_iter()
        .filter(|(column, _)| columns.is_some_and(|columns| columns.contains(column)))
        .collect()
}

/// A row for people.
#[must_use]
pub fn show(schema: &Schema, row: (EntityId, Guid)) -> String {
    format!("{} {}", schema.entity(row.0).name, row.1)
}
