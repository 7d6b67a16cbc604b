//! What rows are called, learned from the changes themselves.

use std::collections::BTreeMap;

use weir_ir::schema::{AttrId, EntityId, Schema};
use weir_ir::transaction::Change;
use weir_ir::value::Guid;

/// Attributes that name a row, the first that an entity has.
const NAMING: [&str; 4] = ["fullname", "name", "msdyn_name", "subject"];

/// Names of rows.
pub(crate) struct RowNames {
    naming: BTreeMap<EntityId, AttrId>,
    names: BTreeMap<(EntityId, Guid), String>,
}

impl RowNames {
    /// Nothing named yet.
    pub(crate) fn new(schema: &Schema) -> Self {
        let naming = schema.entities().filter_map(|(id, entity)| {
            let attribute = NAMING.iter().find_map(|name| entity.find(name))?;
            Some((id, attribute))
        });
        Self {
            naming: naming.collect(),
            names: BTreeMap::new(),
        }
    }

    /// Takes note of a change. Names of deleted rows stay known.
    pub(crate) fn observe(&mut self, change: &Change) {
        let Change::Upsert { entity, id, values } = change else {
            return;
        };
        let naming = self.naming.get(entity);
        for (attribute, value) in values {
            if naming == Some(attribute)
                && let Some(text) = value.text()
            {
                self.names.insert((*entity, *id), text.to_owned());
            }
        }
    }

    /// A row's name.
    pub(crate) fn of(&self, entity: EntityId, row: Guid) -> Option<&str> {
        self.names.get(&(entity, row)).map(String::as_str)
    }

    /// The name of whatever bears the id. Cost: all names.
    pub(crate) fn of_any(&self, id: Guid) -> Option<&str> {
        let found = self.names.iter().find(|((_, row), _)| *row == id);
        found.map(|(_, name)| name.as_str())
    }
}
