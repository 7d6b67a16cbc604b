//! `weir rows`: what devices hold at the end of a stream, or in a database, from the engine or from
//! SQL.

use std::collections::BTreeMap;
use std::sync::Arc;

use comfy_table::{Table, presets};
use weir_ir::plan::Plan;
use weir_ir::schema::{EntityId, Schema};
use weir_ir::time::Instant;
use weir_ir::transaction::Transaction;
use weir_ir::value::Guid;
use weir_ir::wire;
use weir_runtime::named_twice;

use crate::arguments::{Rows, Via};
use crate::database::Database;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::people::People;
use crate::replay::{Feed, Setup, instant, replayed};
use crate::report;
use crate::target::Target;

/// Who there is, the plan at the end, and what devices hold under it.
type Found = (People, Arc<Plan>, Held);

/// What devices hold, by user.
type Held = BTreeMap<Guid, Vec<(EntityId, Guid)>>;

pub(crate) fn run(args: &Rows, output: &mut Output) -> Outcome {
    let until = instant("--until", args.stream.until.as_deref())?;
    if args.db.is_some() && args.via == Via::Engine {
        return Err(Failure::usage(
            "`--db` goes with `--via sql`",
            "add `--via sql`, or give `--changes` instead",
        ));
    }
    let mut setup = Setup::read(&args.plan, output)?;
    let schema = setup.schema.clone();
    let (people, plan, held) = match (args.via, &args.db) {
        (Via::Engine, _) => of_engine(args, &mut setup, until, output)?,
        (Via::Sql, Some(target)) => of_database(args, target, &mut setup, until, output)?,
        (Via::Sql, None) => of_stream_in_sql(args, &mut setup, until, output)?,
    };
    let users: Vec<Guid> = match &args.user {
        Some(name) => people.find(name, plan.settings.collation)?,
        None => held.keys().copied().collect(),
    };
    let shown = Shown {
        schema: &schema,
        people: &people,
        held: &held,
    };
    match (output.json(), args.all_users) {
        (true, _) => shown.json(&users, output)?,
        (false, true) => shown.table(&users, output)?,
        (false, false) => shown.lists(&users, output)?,
    }
    output.flush()?;
    report::security(&plan, output)
}

/// Drives the engine through the stream.
fn of_engine(
    args: &Rows,
    setup: &mut Setup,
    until: Option<Instant>,
    output: &mut Output,
) -> Outcome<Found> {
    let mut people = People::default();
    let observe = &mut |schema: &Schema, transaction: &Transaction| {
        for change in &transaction.changes {
            people.observe(schema, change);
        }
    };
    let engine = replayed(setup, &args.stream, until, observe, output)?;
    let users = engine.users();
    let held = users.iter().map(|user| (*user, engine.rows(*user)));
    Ok((people, engine.plan().clone(), held.collect()))
}

/// Reads a database that holds the rows; a stream beside it only tells the time.
fn of_database(
    args: &Rows,
    target: &Target,
    setup: &mut Setup,
    until: Option<Instant>,
    output: &mut Output,
) -> Outcome<Found> {
    let database = target.open(&setup.schema, false)?;
    let mut plan = setup.plan.clone();
    let mut now = until;
    if let Some(stream) = &args.stream.changes {
        let mut feed = Feed::open(setup, stream, args.stream.ignore_unknown)?;
        while let Some(step) = feed.next(output)? {
            now = now.max(Some(step.transaction.at));
            plan = step.publish.unwrap_or(plan);
        }
    }
    let people = People::of_database(&database)?;
    let held = queried(&database, &plan, args, now)?;
    Ok((people, plan, held))
}

/// Loads the stream into a database in memory, and asks it.
fn of_stream_in_sql(
    args: &Rows,
    setup: &mut Setup,
    until: Option<Instant>,
    output: &mut Output,
) -> Outcome<Found> {
    let Some(stream) = args.stream.changes.as_deref() else {
        return Err(Failure::usage(
            "`--via sql` has no rows to look at",
            "name a database with `--db`, or a stream with `--changes`",
        ));
    };
    let schema = setup.schema.clone();
    let mut plan = setup.plan.clone();
    let mut database = Database::memory(schema.clone())?;
    let mut people = People::default();
    let mut now = until;
    let mut feed = Feed::open(setup, stream, args.stream.ignore_unknown)?;
    while let Some(step) = feed.next(output)? {
        database.write(&step.transaction.changes)?;
        for change in &step.transaction.changes {
            people.observe(&schema, change);
        }
        now = now.max(Some(step.transaction.at));
        if let Some(published) = step.publish {
            if let Some(found) = named_twice(&published, people.users()) {
                return Err(feed.named_twice(&published, &found, output)?);
            }
            plan = published;
        }
    }
    report::left_out(feed.skipped(), output)?;
    let held = queried(&database, &plan, args, now)?;
    Ok((people, plan, held))
}

/// The instant at which SQL is asked; only a plan that looks at no clock needs none.
pub(super) fn needed(plan: &Plan, now: Option<Instant>, help: &str) -> Outcome<Instant> {
    match now {
        Some(now) => Ok(now),
        None if plan.nodes.ids().any(|id| plan.nodes.traits(id).clock) => Err(Failure::usage(
            "the profiles look at the clock, and no instant is given",
            help,
        )),
        None => Ok(Instant(0)),
    }
}

/// What the SQL of a plan says at an instant.
fn queried(database: &Database, plan: &Plan, args: &Rows, now: Option<Instant>) -> Outcome<Held> {
    let now = needed(
        plan,
        now,
        "say `--until INSTANT`, or give the stream with `--changes`",
    )?;
    let queries = database.prepare(plan)?;
    match args.user.as_deref().and_then(Guid::parse) {
        Some(user) => Ok(Held::from([(user, database.rows(&queries, user, now)?)])),
        None => Ok(database.map(&queries, now)?),
    }
}

/// What is to be shown.
struct Shown<'a> {
    schema: &'a Schema,
    people: &'a People,
    held: &'a Held,
}

impl Shown<'_> {
    fn rows(&self, user: Guid) -> &[(EntityId, Guid)] {
        self.held.get(&user).map_or(&[], |rows| rows)
    }

    fn json(&self, users: &[Guid], output: &mut Output) -> Outcome {
        for user in users {
            output.line(&wire::rows(self.schema, *user, self.rows(*user)))?;
        }
        Ok(())
    }

    /// Each user with counts, for a look at all of them.
    fn table(&self, users: &[Guid], output: &mut Output) -> Outcome {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(["USER", "NAME", "ROWS", "OF WHICH"]);
        for user in users {
            let counts: Vec<String> = self
                .by_entity(*user)
                .into_iter()
                .map(|(name, ids)| format!("{} {name}", ids.len()))
                .collect();
            table.add_row([
                user.to_string(),
                self.people.name(*user).unwrap_or("").to_owned(),
                self.rows(*user).len().to_string(),
                counts.join(", "),
            ]);
        }
        output.line(&table.trim_fmt())
    }

    /// Each user with every row.
    fn lists(&self, users: &[Guid], output: &mut Output) -> Outcome {
        for user in users {
            let known = self.people.knows(*user) || self.held.contains_key(user);
            let name = match self.people.name(*user) {
                Some(name) => format!(" ({name})"),
                None if known => String::new(),
                None => " (no such user in the data)".to_owned(),
            };
            let count = self.rows(*user).len();
            let rows = if count == 1 { "row" } else { "rows" };
            output.line(&format!("{user}{name}: {count} {rows}"))?;
            for (name, ids) in self.by_entity(*user) {
                output.line(&format!("  {name} ({})", ids.len()))?;
                for id in ids {
                    output.line(&format!("    {id}"))?;
                }
            }
        }
        Ok(())
    }

    /// A user's rows by the names of their entities.
    fn by_entity(&self, user: Guid) -> BTreeMap<&str, Vec<Guid>> {
        let mut entities: BTreeMap<&str, Vec<Guid>> = BTreeMap::new();
        for (entity, id) in self.rows(user) {
            let name = &*self.schema.entity(*entity).name;
            entities.entry(name).or_default().push(*id);
        }
        entities
    }
}
