//! Decoded changes, written by the storage convention.

use weir_compiler::sql::{Dialect, ParameterValue, storage};
use weir_ir::schema::{AttrId, EntityId};
use weir_ir::transaction::Change;
use weir_ir::value::{Guid, Value};

use super::queries::Bound;
use super::{Database, DatabaseError};

impl Database {
    /// Writes changes, in order, all or none.
    ///
    /// # Errors
    /// A value has no storage form, or SQLite fails.
    pub fn write(&mut self, changes: &[Change]) -> Result<(), DatabaseError> {
        self.all_or_none(|database| {
            changes
                .iter()
                .try_for_each(|change| database.change(change))
        })
    }

    /// Does something in one transaction.
    pub(super) fn all_or_none(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<(), DatabaseError>,
    ) -> Result<(), DatabaseError> {
        self.connection.execute_batch("SAVEPOINT weir")?;
        let done = work(self);
        if done.is_err() {
            self.connection.execute_batch("ROLLBACK TO weir")?;
        }
        self.connection.execute_batch("RELEASE weir")?;
        done
    }

    fn change(&mut self, change: &Change) -> Result<(), DatabaseError> {
        match change {
            Change::Upsert { entity, id, values } => self.upsert(*entity, *id, values),
            Change::Delete { entity, id } => {
                let sql = storage::delete(self.schema.entity(*entity), Dialect::Sqlite)?;
                let mut statement = self.connection.prepare_cached(&sql)?;
                statement.execute([id.to_string()])?;
                Ok(())
            }
        }
    }

    fn upsert(
        &mut self,
        entity: EntityId,
        id: Guid,
        values: &[(AttrId, Value)],
    ) -> Result<(), DatabaseError> {
        let found = self.schema.entity(entity);
        let mut attributes = Vec::with_capacity(values.len());
        let mut stored = vec![ParameterValue::Text(id.to_string())];
        for (attribute, value) in values {
            if !storage::is_stored(found, *attribute) {
                continue;
            }
            attributes.push(*attribute);
            stored.push(storage::stored(value, Dialect::Sqlite).ok_or_else(|| {
                DatabaseError::Value {
                    entity: found.name.to_string(),
                    attribute: found.attribute(*attribute).name.to_string(),
                    value: value.to_string(),
                }
            })?);
        }
        let sql = match self.upserts.get(&(entity, attributes.clone())) {
            Some(known) => known,
            None => {
                let sql = storage::upsert(found, &attributes, Dialect::Sqlite)?;
                self.upserts.entry((entity, attributes)).or_insert(sql)
            }
        };
        let mut statement = self.connection.prepare_cached(sql)?;
        statement.execute(rusqlite::params_from_iter(stored.iter().map(Bound)))?;
        Ok(())
    }
}
