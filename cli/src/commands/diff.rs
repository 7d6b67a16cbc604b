//! `weir diff`: what publishing other profiles would do to the rows that devices hold at the end of a
//! stream. Cost: the rows of all users, before and after.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};
use weir_ir::limits;
use weir_ir::plan::Plan;
use weir_ir::schema::{EntityId, Schema};
use weir_ir::transaction::Transaction;
use weir_ir::value::Guid;
use weir_runtime::{Engine, UserDelta};

use crate::arguments::{Diff, PlanArgs};
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::people::People;
use crate::replay::{Setup, instant, member_of_two, replayed};
use crate::report;

/// A row.
type Key = (EntityId, Guid);

pub(crate) fn run(args: &Diff, output: &mut Output) -> Outcome {
    let until = instant("--until", args.stream.until.as_deref())?;
    let (old, new) = match &args.sets[..] {
        [old, new] => (vec![old.clone()], vec![new.clone()]),
        _ => (args.old.clone(), args.new.clone()),
    };
    let plan = PlanArgs {
        metadata: args.metadata.clone(),
        profile: old,
        lenient: args.lenient,
    };
    let mut setup = Setup::read(&plan, output)?;
    let new = setup.other_set(&new, output)?;
    let (schema, old) = (setup.schema.clone(), setup.plan.clone());
    let mut people = People::default();
    let observe = &mut |schema: &Schema, transaction: &Transaction| {
        for change in &transaction.changes {
            people.observe(schema, change);
        }
    };
    let mut engine = replayed(&mut setup, &args.stream, until, observe, output)?;
    if !Arc::ptr_eq(engine.plan(), &old) {
        output.note("the stream publishes profiles of its own: they are the old ones")?;
    }
    if let Some(found) = engine.named_twice(&[], &new) {
        let twice = member_of_two(&new, &found);
        output.findings(&setup.input.sources, twice.as_slice())?;
        return Err(Failure::Reported);
    }
    let before = holdings(&engine);
    let deltas = engine.publish(new)?;
    let mut changes = Changes::default();
    for told in engine.expand(&deltas) {
        changes.add(&engine, &before, told);
    }
    report::notices(&mut engine, output)?;
    let shown = Shown {
        schema: &schema,
        people: &people,
        changes: &changes,
        users: before.len(),
    };
    match output.json() {
        true => shown.json(output)?,
        false => shown.text(output)?,
    }
    output.flush()?;
    report::security(engine.plan(), output)
}

/// A user's profile, by name, and rows.
struct Holding {
    profile: Option<String>,
    rows: BTreeSet<Key>,
}

/// What every user holds.
fn holdings(engine: &Engine) -> BTreeMap<Guid, Holding> {
    let holding = |user| Holding {
        profile: profile(engine, user),
        rows: engine.rows(user).into_iter().collect(),
    };
    let users = engine.users().into_iter();
    users.map(|user| (user, holding(user))).collect()
}

fn profile(engine: &Engine, user: Guid) -> Option<String> {
    let plan: &Plan = engine.plan();
    let found = plan.profiles.get(engine.profile(user)?.0 as usize)?;
    Some(found.name.to_string())
}

/// What becomes of rows, each counted once for every user.
#[derive(Default)]
struct Change {
    come: Rows,
    go: Rows,
    /// They stay, and have columns that devices lacked.
    rewritten: u64,
}

/// Rows, counted, and some of them.
#[derive(Default)]
struct Rows {
    count: u64,
    sample: Vec<Key>,
}

impl Rows {
    fn add(&mut self, row: Key) {
        self.count += 1;
        if self.sample.len() < limits::DIFF_SAMPLE_ROWS && !self.sample.contains(&row) {
            self.sample.push(row);
        }
    }
}

impl Change {
    /// What loses most first, then what gains most.
    fn rank(&self) -> impl Ord + use<> {
        std::cmp::Reverse((self.go.count, self.come.count, self.rewritten))
    }
}

/// An item's change, and the users that it concerns.
#[derive(Default)]
struct OfItem {
    change: Change,
    users: BTreeSet<Guid>,
}

/// A user's change, and profiles before and after.
#[derive(Default)]
struct OfUser {
    change: Change,
    old: Option<String>,
    new: Option<String>,
    /// Rows before.
    held: usize,
}

/// What changes: rows that go by the item that brought them, others by the one that brings them.
#[derive(Default)]
struct Changes {
    items: BTreeMap<(String, EntityId), OfItem>,
    users: BTreeMap<Guid, OfUser>,
}

impl Changes {
    fn add(&mut self, engine: &Engine, before: &BTreeMap<Guid, Holding>, told: UserDelta) {
        let none = BTreeSet::new();
        let held = before.get(&told.user);
        let rows = held.map_or(&none, |held| &held.rows);
        let of_user = self.users.entry(told.user).or_default();
        of_user.old = held.and_then(|held| held.profile.clone());
        of_user.new = profile(engine, told.user);
        of_user.held = rows.len();
        let mut each = |row: Key, by: &Option<String>, note: &dyn Fn(&mut Change)| {
            note(&mut of_user.change);
            let item = (by.clone().unwrap_or_default(), row.0);
            let of_item = self.items.entry(item).or_default();
            of_item.users.insert(told.user);
            note(&mut of_item.change);
        };
        let (old, new) = (of_user.old.clone(), of_user.new.clone());
        for row in told.remove {
            each(row, &old, &|change| change.go.add(row));
        }
        for row in told.put {
            match rows.contains(&row) {
                true => each(row, &new, &|change| change.rewritten += 1),
                false => each(row, &new, &|change| change.come.add(row)),
            }
        }
    }
}

/// What is to be shown.
struct Shown<'a> {
    schema: &'a Schema,
    people: &'a People,
    changes: &'a Changes,
    /// How many users there are.
    users: usize,
}

impl Shown<'_> {
    fn entity(&self, entity: EntityId) -> &str {
        &self.schema.entity(entity).name
    }

    fn items(&self) -> Vec<(&(String, EntityId), &OfItem)> {
        let mut items: Vec<_> = self.changes.items.iter().collect();
        items.sort_by_key(|((profile, entity), of)| {
            (of.change.rank(), profile.clone(), self.entity(*entity))
        });
        items
    }

    fn users(&self) -> Vec<(Guid, &OfUser)> {
        let users = self.changes.users.iter();
        let mut users: Vec<_> = users.map(|(user, of)| (*user, of)).collect();
        users.sort_by_key(|(user, of)| (of.change.rank(), *user));
        users
    }

    fn json(&self, output: &mut Output) -> Outcome {
        let counted = |mut object: Value, change: &Change| {
            let rows = |rows: &Rows| -> Vec<Value> {
                let rows = rows.sample.iter();
                rows.map(|(entity, id)| json!([self.entity(*entity), id.to_string()]))
                    .collect()
            };
            object["go"] = json!(change.go.count);
            object["come"] = json!(change.come.count);
            object["rewritten"] = json!(change.rewritten);
            object["sample"] = json!({ "go": rows(&change.go), "come": rows(&change.come) });
            object.to_string()
        };
        for ((profile, entity), of) in self.items() {
            let object = json!({
                "kind": "item",
                "profile": profile,
                "entity": self.entity(*entity),
                "users": of.users.len(),
            });
            output.line(&counted(object, &of.change))?;
        }
        for (user, of) in self.users() {
            let object = json!({
                "kind": "user",
                "user": user.to_string(),
                "name": self.people.name(user),
                "old_profile": of.old,
                "new_profile": of.new,
                "held": of.held,
            });
            output.line(&counted(object, &of.change))?;
        }
        Ok(())
    }

    fn text(&self, output: &mut Output) -> Outcome {
        let users = self.users();
        if users.is_empty() {
            return output
                .line("no device is told anything: the rows of all users stay as they are");
        }
        let mut all = (0, 0, 0);
        for (_, of) in &users {
            let change = &of.change;
            all.0 += change.go.count;
            all.1 += change.come.count;
            all.2 += change.rewritten;
        }
        let (some, of) = (users.len(), self.users);
        output.line(&format!(
            "{some} of {of} users: {}; each row counts once for every user",
            counts(all)
        ))?;
        output.line("\nItems, what loses most first")?;
        for ((profile, entity), of) in self.items() {
            let (entity, count) = (self.entity(*entity), of.users.len());
            let whom = if count == 1 { "user" } else { "users" };
            self.change(
                &format!("{profile}, {entity} ({count} {whom})"),
                &of.change,
                output,
            )?;
        }
        output.line("\nUsers, who loses most first")?;
        for (user, of) in users.iter().take(limits::DIFF_USERS) {
            let name = self.people.name(*user);
            let mut who = name.map_or_else(|| user.to_string(), str::to_owned);
            if of.old != of.new {
                let named = |profile: &Option<String>| match profile {
                    Some(name) => format!("`{name}`"),
                    None => "no profile".to_owned(),
                };
                who += &format!(", from {} to {}", named(&of.old), named(&of.new));
            }
            self.change(
                &format!("{who} ({} rows before)", of.held),
                &of.change,
                output,
            )?;
        }
        match users.len().saturating_sub(limits::DIFF_USERS) {
            0 => Ok(()),
            more => output.line(&format!(
                "  … and {more} users more; `--format json` has them all"
            )),
        }
    }

    fn change(&self, of: &str, change: &Change, output: &mut Output) -> Outcome {
        let (go, come) = (&change.go, &change.come);
        let counts = counts((go.count, come.count, change.rewritten));
        output.line(&format!("  {of}: {counts}"))?;
        for (mark, rows) in [('-', go), ('+', come)] {
            for (entity, id) in &rows.sample {
                output.line(&format!("    {mark} {} {id}", self.entity(*entity)))?;
            }
            let shown = rows.sample.len() as u64;
            if rows.count > shown {
                output.line(&format!("    {mark} … of {} in all", rows.count))?;
            }
        }
        Ok(())
    }
}

/// What becomes of how many rows.
fn counts((go, come, rewritten): (u64, u64, u64)) -> String {
    let rows = if go == 1 { "row goes" } else { "rows go" };
    let mut text = format!("{go} {rows}, {come} come");
    if rewritten > 0 {
        text += &format!(", {rewritten} are written anew, with other columns");
    }
    text
}
