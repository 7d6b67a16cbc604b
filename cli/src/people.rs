//! Users by what people call them: GUID, domain name or e-mail address; out of changes, or out of
//! a database.

use std::collections::BTreeMap;

use weir_ir::fold::{Collation, fold};
use weir_ir::schema::Schema;
use weir_ir::transaction::Change;
use weir_ir::value::Guid;
use weir_runtime::Names;

use crate::database::Database;
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

    /// The users of a database in the storage convention.
    pub(crate) fn of_database(database: &Database) -> Outcome<Self> {
        let mut users = BTreeMap::new();
        database.each_user(|id, [domain, mail]| {
            let [domain, mail] = [domain, mail].map(|name| name.map(str::to_owned));
            users.insert(id, Called { domain, mail });
        })?;
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
