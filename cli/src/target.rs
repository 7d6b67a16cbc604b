//! The database that `--db` names: an SQLite file, or a connection string of PostgreSQL.
//!
//! Invariant: a connection string may hold a password, and is never shown.

use std::ffi::OsString;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use weir_compiler::sql::Dialect;
use weir_ir::schema::Schema;

use crate::database::{Database, DatabaseError};
use crate::failure::{Failure, Outcome};

/// What a connection string begins with, or has in it.
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];
const KEYS: [&str; 3] = ["host=", "hostaddr=", "dbname="];

/// What is typed behind `--db`.
#[derive(Clone)]
pub(crate) struct Target(OsString);

impl From<OsString> for Target {
    fn from(text: OsString) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Target")
    }
}

impl Target {
    /// The connection string that it is; a file of such a name is a file.
    fn connection_string(&self) -> Option<&str> {
        let text = self.0.to_str()?;
        let is_one = SCHEMES.iter().any(|scheme| text.starts_with(scheme))
            || KEYS.iter().any(|key| text.contains(key));
        (is_one && !Path::new(text).is_file()).then_some(text)
    }

    /// The dialect that it speaks.
    pub(crate) fn dialect(&self) -> Dialect {
        match self.connection_string() {
            Some(_) => Dialect::Postgres,
            None => Dialect::Sqlite,
        }
    }

    /// Opens it to read; what is only tried is written too, and taken back.
    pub(crate) fn open(&self, schema: &Arc<Schema>, tries: bool) -> Outcome<Database> {
        let schema = Arc::clone(schema);
        if let Some(text) = self.connection_string() {
            return Ok(Database::connect(text, schema)?);
        }
        let path = Path::new(&self.0);
        if !path.is_file() {
            return Err(Failure::usage(
                format!("can't read `{}`: there is no such file", path.display()),
                "give an SQLite file whose tables follow the storage convention, or a connection string of PostgreSQL",
            ));
        }
        let opened = match tries {
            true => Database::open(path, schema),
            false => Database::open_to_read(path, schema),
        };
        opened.map_err(|error| match error {
            DatabaseError::Sqlite(error) => Failure::Input(
                format!("can't read `{}`: {error}", path.display()),
                "give an SQLite file whose tables follow the storage convention".to_owned(),
            ),
            other => other.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_strings_are_told_from_files() {
        for (text, is_one) in [
            ("postgres://u:secret@h/d", true),
            ("postgresql:///d", true),
            ("host=/tmp dbname=d password=secret", true),
            ("crm.sqlite", false),
            ("a folder/a=b.db", false),
            ("Cargo.toml", false),
        ] {
            let target = Target::from(OsString::from(text));
            assert_eq!(target.connection_string().is_some(), is_one, "{text}");
            assert!(!format!("{target:?}").contains("secret"));
        }
    }
}
