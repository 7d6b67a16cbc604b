//! Decoded changes, written by the storage convention.

use std::collections::BTreeMap;

use weir_compiler::sql::{ParameterValue, storage};
use weir_ir::schema::{AttrId, EntityId};
use weir_ir::transaction::Change;
use weir_ir::value::{Guid, Value};

use super::connection::Span;
use super::{Database, DatabaseError};

/// The statements that write, by what they write.
pub(super) type Upserts = BTreeMap<(EntityId, Vec<AttrId>), String>;

impl Database {
    /// Writes changes, in order, all or none.
    ///
    /// # Errors
    /// A value has no storage form, or the database fails.
    pub fn write(&mut self, changes: &[Change]) -> Result<(), DatabaseError> {
        let mut upserts = std::mem::take(&mut self.upserts);
        let written = self.connection.span(Span::Write, || {
            let mut changes = changes.iter();
            changes.try_for_each(|change| self.change(&mut upserts, change))
        });
        self.upserts = upserts;
        written
    }

    fn change(&self, upserts: &mut Upserts, change: &Change) -> Result<(), DatabaseError> {
        match change {
            Change::Upsert { entity, id, values } => self.upsert(upserts, *entity, *id, values),
            Change::Delete { entity, id } => {
                let sql = storage::delete(self.schema.entity(*entity), self.dialect())?;
                let id = ParameterValue::Text(id.to_string());
                self.connection.run(&sql, &[id], |_| Ok(()))
            }
        }
    }

    fn upsert(
        &self,
        upserts: &mut Upserts,
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
            let value =
                storage::stored(value, self.dialect()).ok_or_else(|| DatabaseError::Value {
                    entity: found.name.to_string(),
                    attribute: found.attribute(*attribute).name.to_string(),
                    value: value.to_string(),
                    dialect: self.dialect().name(),
                });
            stored.push(value?);
        }
        let sql = match upserts.get(&(entity, attributes.clone())) {
            Some(known) => known,
            None => {
                let sql = storage::upsert(found, &attributes, self.dialect())?;
                upserts.entry((entity, attributes)).or_insert(sql)
            }
        };
        self.connection.run(sql, &stored, |_| Ok(()))
    }
}
