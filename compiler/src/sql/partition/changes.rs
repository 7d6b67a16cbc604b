//! What a `changes` statement says, read line by line, whatever the driver.

use weir_ir::schema::{EntityId, Schema};
use weir_ir::value::Guid;

/// What changed for one user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Whether the device begins anew: its version isn't kept, or it has none. Then all that the user
    /// has is put, and what the device had is to go.
    pub start_over: bool,
    /// The version that the device has afterwards.
    pub version: i64,
    /// Rows that came in, or are held and changed.
    pub put: Vec<(EntityId, Guid)>,
    /// Rows that went out.
    pub remove: Vec<(EntityId, Guid)>,
}

/// A line that is none of a `changes` statement, or of another schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the line `{change}` `{entity}` `{row}` is none of a statement of changes")]
pub struct ChangesError {
    /// What it says.
    pub change: String,
    /// Of which entity.
    pub entity: String,
    /// Of which row.
    pub row: String,
}

impl Changes {
    /// Takes the next line: its four columns, texts empty where they are NULL.
    ///
    /// # Errors
    /// The line is none of the statement.
    pub fn take(
        &mut self,
        schema: &Schema,
        change: &str,
        entity: &str,
        row: &str,
        version: Option<i64>,
    ) -> Result<(), ChangesError> {
        let found = schema.find(entity).zip(Guid::parse(row));
        match (change, version, found) {
            ("since" | "start-over", Some(version), None) => {
                self.start_over = change == "start-over";
                self.version = version;
            }
            ("put", None, Some(row)) => self.put.push(row),
            ("remove", None, Some(row)) => self.remove.push(row),
            _ => {
                return Err(ChangesError {
                    change: change.to_owned(),
                    entity: entity.to_owned(),
                    row: row.to_owned(),
                });
            }
        }
        Ok(())
    }

    /// Puts the rows in the order in which deltas list them: by entity's name, then id.
    pub fn sort(&mut self, schema: &Schema) {
        for rows in [&mut self.put, &mut self.remove] {
            rows.sort_by(|a, b| {
                let name = |row: &(EntityId, Guid)| &schema.entity(row.0).name;
                (name(a), a.1).cmp(&(name(b), b.1))
            });
        }
    }
}
