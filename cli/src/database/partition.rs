//! Partition tables: brought up to date in one transaction, and asked for what changed.

use std::collections::BTreeSet;

use weir_compiler::sql::partition::{self, Changes};
use weir_compiler::sql::{Context, Query};
use weir_ir::plan::Plan;
use weir_ir::time::Instant;
use weir_ir::value::Guid;

use super::connection::{Cell, Span};
use super::queries::values;
use super::{Database, DatabaseError};

impl Database {
    /// Brings the partition tables of a plan up to date, all or nothing: a new version. Versions
    /// before `keep` are forgotten.
    ///
    /// # Errors
    /// The plan has no SQL, or the database fails.
    pub fn refresh(
        &mut self,
        plan: &Plan,
        now: Instant,
        keep: Option<Instant>,
    ) -> Result<(), DatabaseError> {
        let made = partition::partition(&self.schema, plan, self.dialect())?;
        self.connection.collate(plan.settings.collation);
        let zones = self.zones()?;
        let steps = || made.create.iter().chain(&made.refresh).chain(&made.forget);
        let recurring: BTreeSet<_> = steps().flat_map(|step| &step.recurring).copied().collect();
        let context = Context {
            clock: Some((now, &zones)),
            days: self.days(&recurring)?,
            keep,
            ..Context::default()
        };
        self.connection.span(Span::Write, || {
            steps().try_for_each(|step| self.step(step, context))
        })
    }

    fn step(&self, step: &Query, context: Context<'_>) -> Result<(), DatabaseError> {
        let values = values(step.bind(context));
        self.connection.run(&step.sql, &values, |_| Ok(()))
    }

    /// What changed for a user since a version of the partition tables.
    ///
    /// # Errors
    /// There are no such tables, or the database fails.
    pub fn changes(&self, user: Guid, since: Option<i64>) -> Result<Changes, DatabaseError> {
        let step = partition::changes(self.dialect());
        let values = values(step.bind(Context {
            user: Some(user),
            since,
            ..Context::default()
        }));
        let mut changes = Changes::default();
        let sql = &step.sql;
        self.connection.run(sql, &values, |cells| {
            let text = |at: usize| match cells.get(at) {
                Some(Cell::Text(text)) => (*text).to_owned(),
                Some(Cell::Guid(id)) => id.to_string(),
                _ => String::new(),
            };
            let version = cells.get(3).and_then(|cell| cell.integer());
            changes.take(&self.schema, &text(0), &text(1), &text(2), version)?;
            Ok::<_, DatabaseError>(())
        })?;
        changes.sort(&self.schema);
        Ok(changes)
    }
}
