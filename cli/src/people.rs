//! Users by what people call them: GUID, domain name or e-mail address; out of changes, or out of
//! an SQLite file.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use weir_ir::fold::{Collation, fold};
use weir_ir::schema::{AttrId, EntityId, Schema};
use weir_ir::transaction::Change;
use weir_ir::value::Guid;
use weir_runtime::Names;

use crate::failure::{Failure, Outcome};

/// The users seen so far.
#[derive(Debug, Default)]
pub(crate) struct People {
    users: BTreeMap<Guid, Called>,
}

#[derive(Debug, Default)]
struct Called {
    domain: Option<String>,
    mail: Option<String>,
}

impl People {
    /// Takes note of a change.
    pub(crate) fn observe(&mut self, schema: &Schema, change: &Change) {
        let system = &schema.system;
        match change {
            Change::Delete { entity, id } if *entity == system.systemuser => {
                self.users.remove(id);
            }
            Change::Upsert { entity, id, values } if *entity == system.systemuser => {
                let names = self.users.entry(*id).or_default();
                for (attribute, value) in values {
                    let text = value.text().map(str::to_owned);
                    if *attribute == system.domainname {
                        names.domain = text;
                    } else if *attribute == system.internalemailaddress {
                        names.mail = text;
                    }
                }
            }
            _ => {}
        }
    }

    /// The users of an SQLite file in the storage convention.
    pub(crate) fn of_database(schema: &Schema, path: &Path) -> Outcome<Self> {
        let system = &schema.system;
        let columns = [
            schema.entity(system.systemuser).primary_id,
            system.domainname,
            system.internalemailaddress,
        ];
        let mut users = BTreeMap::new();
        for row in select(schema, path, system.systemuser, &columns)? {
            if let [Some(id), domain, mail] = &row[..]
                && let Some(id) = Guid::parse(id)
            {
                let (domain, mail) = (domain.clone(), mail.clone());
                users.insert(id, Called { domain, mail });
            }
        }
        Ok(Self { users })
    }

    /// Every user, with its names.
    pub(crate) fn users(&self) -> impl Iterator<Item = (Guid, Names<'_>)> {
        self.users
            .iter()
            .map(|(id, called)| (*id, [called.domain.as_deref(), called.mail.as_deref()]))
    }

    /// Every user that is meant: by GUID, whether seen or not, or all that bear the name.
    pub(crate) fn find(&self, name: &str, collation: Collation) -> Outcome<Vec<Guid>> {
        if let Some(id) = Guid::parse(name) {
            return Ok(vec![id]);
        }
        let wanted = fold(name, collation);
        let bears = |text: &Option<String>| {
            text.as_ref()
                .is_some_and(|text| fold(text, collation) == wanted)
        };
        let found: Vec<Guid> = self
            .users
            .iter()
            .filter(|(_, names)| bears(&names.domain) || bears(&names.mail))
            .map(|(id, _)| *id)
            .collect();
        if found.is_empty() {
            return Err(Failure::usage(
                format!("no user in the data is named `{name}`"),
                "name a domain name, an e-mail address or a GUID",
            ));
        }
        Ok(found)
    }

    /// Whether the user has been seen.
    pub(crate) fn knows(&self, user: Guid) -> bool {
        self.users.contains_key(&user)
    }

    /// What to call a user: domain name, else e-mail address.
    pub(crate) fn name(&self, user: Guid) -> Option<&str> {
        let names = self.users.get(&user)?;
        names.domain.as_deref().or(names.mail.as_deref())
    }
}

/// The zone names that users have in an SQLite file, each once.
pub(crate) fn zones(schema: &Schema, path: &Path) -> Outcome<Vec<String>> {
    let system = &schema.system;
    let rows = select(schema, path, system.usersettings, &[system.timezone])?;
    let mut zones: Vec<String> = rows.into_iter().flatten().flatten().collect();
    zones.sort();
    zones.dedup();
    Ok(zones)
}

/// Those columns, all text, of every row of a table.
fn select(
    schema: &Schema,
    path: &Path,
    entity: EntityId,
    columns: &[AttrId],
) -> Outcome<Vec<Vec<Option<String>>>> {
    let fails = |error: rusqlite::Error| {
        Failure::Input(
            format!("can't read `{}`: {error}", path.display()),
            "give an SQLite file whose tables follow the storage convention".to_owned(),
        )
    };
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let names: Vec<String> = columns
        .iter()
        .map(|column| {
            let attribute = schema.attribute(entity, *column);
            quoted(attribute.column.as_ref().unwrap_or(&attribute.name))
        })
        .collect();
    let sql = format!(
        "SELECT {} FROM {}",
        names.join(", "),
        quoted(&schema.entity(entity).name)
    );
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(fails)?;
    let mut statement = connection.prepare(&sql).map_err(fails)?;
    let rows = statement
        .query_map([], |row| {
            (0..columns.len())
                .map(|at| row.get(at))
                .collect::<Result<Vec<Option<String>>, _>>()
        })
        .map_err(fails)?
        .collect::<Result<_, _>>()
        .map_err(fails)?;
    Ok(rows)
}
