//! What the demo's rows are called, and where its users live.

use std::collections::BTreeMap;

use weir_ir::schema::{EntityId, Schema};
use weir_ir::time::{Instant, Zone};
use weir_ir::transaction::Change;
use weir_ir::value::Guid;

use crate::explain::Names;
use crate::names::RowNames;

/// Names of rows, and the zones of users.
pub(super) struct Directory<'s> {
    schema: &'s Schema,
    names: RowNames,
    zones: BTreeMap<String, Zone>,
}

impl<'s> Directory<'s> {
    /// Nothing named yet.
    pub(super) fn new(schema: &'s Schema) -> Self {
        Self {
            schema,
            names: RowNames::new(schema),
            zones: BTreeMap::new(),
        }
    }

    /// Takes note of a change. Names of deleted rows stay known.
    pub(super) fn observe(&mut self, change: &Change) {
        self.names.observe(change);
        let Change::Upsert { entity, values, .. } = change else {
            return;
        };
        for (attribute, value) in values {
            if *entity == self.schema.system.usersettings
                && *attribute == self.schema.system.timezone
                && let Some(text) = value.text()
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
        let name = self.names.of(entity, row);
        name.map_or_else(|| row.to_string(), str::to_owned)
    }

    fn anything(&self, id: Guid) -> String {
        let name = self.names.of_any(id);
        name.map_or_else(|| id.to_string(), str::to_owned)
    }
}
