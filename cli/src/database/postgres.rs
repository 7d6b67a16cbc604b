//! A PostgreSQL connection. Parameters are sent as texts, whatever their types: the statements cast
//! each to its own. What is read is `uuid`, text, whole numbers, and dates by their day.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use postgres::fallible_iterator::FallibleIterator;
use postgres::types::private::BytesMut;
use postgres::types::{Format, FromSql, IsNull, ToSql, Type};
use postgres::{Client, Config, NoTls, Statement};
use weir_compiler::sql::ParameterValue;
use weir_ir::time::Day;
use weir_ir::value::Guid;

use super::connection::Cell;
use super::{DatabaseError, PREPARED};

/// 2000-01-01, from which PostgreSQL counts.
const EPOCH_DAYS: i32 = 10_957;
const DAY_MICROSECONDS: i64 = 86_400_000_000;

/// A connection to PostgreSQL.
pub struct Postgres {
    inner: RefCell<Inner>,
}

struct Inner {
    client: Client,
    prepared: BTreeMap<String, Statement>,
}

impl fmt::Debug for Postgres {
    /// Nothing of where it leads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Postgres")
    }
}

impl Postgres {
    /// Connects by a connection string, without TLS.
    ///
    /// # Errors
    /// The text is no connection string, or no connection comes about; neither says the text.
    pub fn connect(text: &str) -> Result<Self, DatabaseError> {
        // What the parser says may hold a part of a password.
        let config: Config = text.parse().map_err(|_| DatabaseError::ConnectionString)?;
        let connected = config.connect(NoTls);
        let connected = connected.map_err(|error| DatabaseError::Connect(said(&error)))?;
        Self::new(connected)
    }

    /// Takes a connection that is there, to be used for nothing else.
    ///
    /// # Errors
    /// What the server says.
    pub fn new(mut client: Client) -> Result<Self, DatabaseError> {
        // Statements name the schemas of tables; those of the storage convention's upkeep don't.
        client.batch_execute("SET search_path = public")?;
        let inner = RefCell::new(Inner {
            client,
            prepared: BTreeMap::new(),
        });
        Ok(Self { inner })
    }

    /// Runs statements without parameters.
    ///
    /// # Errors
    /// What the server says.
    pub fn batch(&self, script: &str) -> Result<(), DatabaseError> {
        let mut inner = self.inner.try_borrow_mut();
        let inner = inner.as_mut().map_err(|_| DatabaseError::Busy)?;
        Ok(inner.client.batch_execute(script)?)
    }

    /// Forgets the statements that are prepared, as is needed when their tables are made anew.
    pub fn forget(&self) {
        if let Ok(mut inner) = self.inner.try_borrow_mut() {
            inner.prepared.clear();
        }
    }

    /// Runs a statement, prepared once; each row is handed over as it comes, and none is kept.
    ///
    /// # Errors
    /// What the server or `each` says; `each` can't run another statement.
    pub fn run<E: From<DatabaseError>>(
        &self,
        sql: &str,
        values: &[ParameterValue],
        mut each: impl FnMut(&[Cell<'_>]) -> Result<(), E>,
    ) -> Result<(), E> {
        let fails = |error| E::from(DatabaseError::from(error));
        let mut inner = self.inner.try_borrow_mut();
        let inner = inner.as_mut().map_err(|_| DatabaseError::Busy)?;
        let statement = inner.statement(sql).map_err(fails)?;
        let values = values.iter().map(Sent);
        let rows = inner.client.query_raw(&statement, values);
        let mut rows = rows.map_err(fails)?;
        while let Some(row) = rows.next().map_err(fails)? {
            let cells = (0..row.len()).map(|at| row.try_get::<_, Cell<'_>>(at));
            let cells: Vec<Cell<'_>> = cells.collect::<Result<_, _>>().map_err(fails)?;
            each(&cells)?;
        }
        Ok(())
    }
}

impl Inner {
    fn statement(&mut self, sql: &str) -> Result<Statement, postgres::Error> {
        if let Some(known) = self.prepared.get(sql) {
            return Ok(known.clone());
        }
        if self.prepared.len() >= PREPARED {
            self.prepared.clear();
        }
        let statement = self.client.prepare(sql)?;
        self.prepared.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

impl From<postgres::Error> for DatabaseError {
    fn from(error: postgres::Error) -> Self {
        Self::Postgres(said(&error))
    }
}

/// What the server says, or else all that the driver does.
fn said(error: &postgres::Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(server), _) => server.message().to_owned(),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}

/// A parameter as text, whatever its type.
#[derive(Debug)]
struct Sent<'a>(&'a ParameterValue);

impl ToSql for Sent<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.0 {
            ParameterValue::Null => return Ok(IsNull::Yes),
            ParameterValue::Integer(value) => out.extend_from_slice(value.to_string().as_bytes()),
            ParameterValue::Text(text) => out.extend_from_slice(text.as_bytes()),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    postgres::types::to_sql_checked!();
}

impl<'a> FromSql<'a> for Cell<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(match *ty {
            Type::UUID => {
                let hex: String = raw.iter().map(|byte| format!("{byte:02x}")).collect();
                Guid::parse(&hex).map_or(Self::Other, Self::Guid)
            }
            Type::BOOL => Self::Integer(i64::from(bool::from_sql(ty, raw)?)),
            Type::INT4 => Self::Integer(i32::from_sql(ty, raw)?.into()),
            Type::INT8 => Self::Integer(i64::from_sql(ty, raw)?),
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::JSON => {
                Self::Text(std::str::from_utf8(raw)?)
            }
            Type::DATE => day(i32::from_be_bytes(raw.try_into()?).into()),
            Type::TIMESTAMP | Type::TIMESTAMPTZ => {
                day(i64::from_be_bytes(raw.try_into()?).div_euclid(DAY_MICROSECONDS))
            }
            _ => Self::Other,
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A day by PostgreSQL's count; the infinite ones are none.
fn day(days: i64) -> Cell<'static> {
    let day = i32::try_from(days).ok().filter(|day| *day != i32::MIN);
    let day = day.and_then(|day| day.checked_add(EPOCH_DAYS));
    day.map_or(Cell::Other, |day| Cell::Day(Day(day)))
}
