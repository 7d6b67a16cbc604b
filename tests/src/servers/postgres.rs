//! PostgreSQL: a cluster of its own, and a connection that sends and reads texts.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::OnceLock;

use tokio::runtime::Runtime;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{Format, FromSql, IsNull, ToSql, Type};
use tokio_postgres::{Client, Config, NoTls, Statement};
use weir_compiler::sql::{Parameter, ParameterValue};

use super::server::Connection;
use super::spawn;

/// The user that the package makes, as which the server runs.
const USER: &str = "postgres";

/// The folder with the server's socket.
fn server() -> Result<&'static Path, String> {
    static SERVER: OnceLock<Result<std::path::PathBuf, String>> = OnceLock::new();
    let folder = SERVER.get_or_init(|| {
        let folder = spawn::folder("postgres")?;
        let programs = ["/usr/lib/postgresql/*/bin"];
        let data = folder.join("data");
        let mut initdb = spawn::command_as(USER, &spawn::program("initdb", &programs)?);
        initdb.args(["--username", USER, "--auth", "trust", "--no-sync"]);
        initdb.args(["--encoding", "UTF8", "--locale", "C.UTF-8"]);
        initdb.arg("--pgdata").arg(&data);
        spawn::run(initdb)?;
        let mut postgres = spawn::command_as(USER, &spawn::program("postgres", &programs)?);
        postgres.arg("-D").arg(&data).arg("-k").arg(&folder);
        for setting in [
            "listen_addresses=",
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
            "autovacuum=off",
            // Plans for a handful of rows: compiling them costs more than running them.
            "jit=off",
        ] {
            postgres.args(["-c", setting]);
        }
        let socket = folder.join(".s.PGSQL.5432");
        let answers = || socket.exists() && connect(&folder).is_ok();
        spawn::start(postgres, &folder.join("log"), answers)?;
        Ok(folder)
    });
    folder.as_deref().map_err(Clone::clone)
}

fn connect(folder: &Path) -> Result<(Runtime, Client), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let mut config = Config::new();
    config.host_path(folder).user(USER).dbname(USER);
    let connected = runtime.block_on(config.connect(NoTls));
    let (client, connection) = connected.map_err(|error| said(&error))?;
    runtime.spawn(connection);
    Ok((runtime, client))
}

/// A connection to the server, which it starts if it has to.
pub(super) struct Postgres {
    runtime: Runtime,
    client: Client,
    prepared: BTreeMap<String, Statement>,
}

impl Postgres {
    pub(super) fn new() -> Result<Self, String> {
        let (runtime, client) = connect(server()?)?;
        Ok(Self {
            runtime,
            client,
            prepared: BTreeMap::new(),
        })
    }
}

impl Connection for Postgres {
    fn batch(&mut self, script: &str) -> Result<(), String> {
        self.prepared.clear();
        let run = self.client.batch_execute(script);
        self.runtime.block_on(run).map_err(|error| said(&error))
    }

    fn clear(&mut self) -> Result<(), String> {
        self.batch("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    }

    fn run(&mut self, sql: &str, values: &[Parameter]) -> Result<Vec<Vec<String>>, String> {
        let statement = match self.prepared.get(sql) {
            Some(known) => known.clone(),
            None => {
                let prepared = self.runtime.block_on(self.client.prepare(sql));
                let prepared = prepared.map_err(|error| said(&error))?;
                self.prepared.insert(sql.to_owned(), prepared.clone());
                prepared
            }
        };
        let values: Vec<Sent<'_>> = values.iter().map(|value| Sent(&value.value)).collect();
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        let rows = self
            .runtime
            .block_on(self.client.query(&statement, &values));
        let rows = rows.map_err(|error| said(&error))?;
        rows.iter()
            .map(|row| {
                let columns = 0..row.len();
                let read = columns.map(|at| row.try_get::<_, Read>(at).map(|read| read.0));
                read.collect::<Result<_, _>>().map_err(|error| said(&error))
            })
            .collect()
    }
}

/// All that an error says.
fn said(error: &tokio_postgres::Error) -> String {
    let source = error.source().map(ToString::to_string);
    format!("{error}: {}", source.unwrap_or_default())
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

    tokio_postgres::types::to_sql_checked!();
}

/// A GUID, a whole number or a text, as text; NULL as none.
struct Read(String);

impl<'a> FromSql<'a> for Read {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        if *ty == Type::UUID {
            let hex: String = raw.iter().map(|byte| format!("{byte:02x}")).collect();
            return Ok(Self(hex));
        }
        if *ty == Type::INT8 {
            return Ok(Self(i64::from_sql(ty, raw)?.to_string()));
        }
        Ok(Self(std::str::from_utf8(raw)?.to_owned()))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(String::new()))
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::UUID | Type::TEXT | Type::INT8)
    }
}
