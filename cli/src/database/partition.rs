//! Partition tables in SQLite: brought up to date in one transaction, and asked for what changed.

use std::collections::BTreeSet;

use weir_compiler::sql::partition::{self, Changes, Step};
use weir_compiler::sql::{Context, Dialect};
use weir_ir::plan::Plan;
use weir_ir::time::Instant;
use weir_ir::value::Guid;

use super::queries::Bound;
use super::{Database, DatabaseError};

impl Database {
    /// Brings the partition tables of a plan up to date, all or nothing: a new version. Versions
    /// before `keep` are forgotten.
    ///
    /// # Errors
    /// The plan has no SQL, or SQLite fails.
    pub fn refresh(
        &mut self,
        plan: &Plan,
        now: Instant,
        keep: Option<Instant>,
    ) -> Result<(), DatabaseError> {
        let made = partition::partition(&self.schema, plan, Dialect::Sqlite)?;
        self.text.set(plan.settings.collation);
        let zones = self.zones()?;
        let steps = || made.create.iter().chain(&made.refresh).chain(&made.forget);
        let recurring: BTreeSet<_> = steps().flat_map(|step| &step.recurring).copied().collect();
        let context = Context {
            clock: Some((now, &zones)),
            days: self.days(&recurring)?,
            keep,
            ..Context::default()
        };
        self.all_or_none(|database| steps().try_for_each(|step| database.step(step, context)))
    }

    fn step(&self, step: &Step, context: Context<'_>) -> Result<(), DatabaseError> {
        let parameters = step.bind(context);
        let bound = parameters.iter().map(|parameter| Bound(&parameter.value));
        let mut statement = self.connection.prepare_cached(&step.sql)?;
        statement.execute(rusqlite::params_from_iter(bound))?;
        Ok(())
    }

    /// What changed for a user since a version of the partition tables.
    ///
    /// # Errors
    /// There are no such tables, or SQLite fails.
    pub fn changes(&self, user: Guid, since: Option<i64>) -> Result<Changes, DatabaseError> {
        let step = partition::changes(Dialect::Sqlite);
        let parameters = step.bind(Context {
            user: Some(user),
            since,
            ..Context::default()
        });
        let bound = parameters.iter().map(|parameter| Bound(&parameter.value));
        let mut statement = self.connection.prepare_cached(&step.sql)?;
        let mut rows = statement.query(rusqlite::params_from_iter(bound))?;
        let mut changes = Changes::default();
        while let Some(row) = rows.next()? {
            let text = |at: usize| {
                row.get::<_, Option<String>>(at)
                    .map(Option::unwrap_or_default)
            };
            changes.take(&self.schema, &text(0)?, &text(1)?, &text(2)?, row.get(3)?)?;
        }
        changes.sort(&self.schema);
        Ok(changes)
    }
}
