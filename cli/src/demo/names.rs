//! What the demo's rows are called, learned from the changes themselves.

use std::collections::BTreeMap;

use weir_ir::schema::{AttrId, EntityId, Schema};
use weir_ir::time::{Instant, Zone};
use weir_ir::transaction::Change;
use weir_ir::value::Guid;

use crate::explain::Names;

/// Attributes that name a row, the first that an entity has.
const NAMING: [&str; 4] = ["fullname", "name", "msdyn_name", "subject"];

/// Names of rows, and the zones of users.
pub(super) struct Directory<'s> {
    schema: &'s Schema,
    naming: BTreeMap<EntityId, AttrId>,
    names: BTreeMap<(EntityId, Guid), String>,
    zones: BTreeMap<String, Zone>,
}

impl<'s> Directory<'s> {
    /// Nothing named yet.
    pub(super) fn new(schema: &'s Schema) -> Self {
        let naming = schema
            .entities()
            .filter_map(|(id, entity)| {
                let attribute = NAMING.iter().find_map(|name| entity.find(name))?;
                Some((id, attribute))
            })
            .collect();
        Self {
            schema,
            naming,
            names: BTreeMap::new(),
            zones: BTreeMap::new(),
        }
    }

    /// Takes note of a change. Names of deleted rows stay known.
    pub(super) fn observe(&mut self, change: &Change) {
        let Change::Upsert { entity, id, values } = change else {
            return;
        };
        for (attribute, value) in values {
            let Some(text) = value.text() else { continue };
            if self.naming.get(entity) == Some(attribute) {
                self.names.insert((*entity, *id), text.to_owned());
            }
            if *entity == self.schema.system.usersettings
                && *attribute == self.schema.system.timezone
                && let Some(zone) = Zone::named(text)
            {
                self.zones.insert(text.to_owned(), zone);
            }
        }
    }

    /// The zones of users in which a day begins at that very instant.
    pub(super) fn midnights(&self, at: Instant) -> Vec<&str> {
        self.zones
            .iter()
            .filter(|(_, zone)| zone.start_of_day(zone.today(at)) == at)
            .map(|(name, _)| &**name)
            .collect()
    }
}

impl Names for Directory<'_> {
    fn entity(&self, entity: EntityId) -> &str {
        match &*self.schema.entity(entity).name {
            "annotation" => "note",
            "bookableresourcebooking" => "booking",
            "msdyn_workorder" => "work order",
            "msdyn_workorderproduct" => "part",
            name => name,
        }
    }

    fn row(&self, entity: EntityId, row: Guid) -> String {
        let name = self.names.get(&(entity, row));
        name.cloned().unwrap_or_else(|| row.to_string())
    }

    fn anything(&self, id: Guid) -> String {
        let found = self.names.iter().find(|((_, row), _)| *row == id);
        found.map_or_else(|| id.to_string(), |(_, name)| name.clone())
    }
}
