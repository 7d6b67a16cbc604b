//! PostgreSQL: a cluster of its own, and a connection by way of the library.

use std::path::Path;
use std::sync::OnceLock;

use weir::database::{Cell, DatabaseError};
use weir_compiler::sql::Parameter;

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
        let mut postgres = spawn::server_as(USER, &spawn::program("postgres", &programs)?);
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

fn connect(folder: &Path) -> Result<weir::database::Postgres, String> {
    let connected = weir::database::Postgres::connect(&connection_string(folder));
    connected.map_err(|error| error.to_string())
}

fn connection_string(folder: &Path) -> String {
    let folder = folder.display().to_string().replace('/', "%2F");
    format!("postgres://{USER}@{folder}/{USER}")
}

/// A connection string of the server, which it starts if it has to.
pub(super) fn address() -> Result<String, String> {
    server().map(connection_string)
}

/// A connection to the server, by way of the library.
pub(super) struct Postgres(weir::database::Postgres);

impl Postgres {
    pub(super) fn new() -> Result<Self, String> {
        connect(server()?).map(Self)
    }
}

impl Connection for Postgres {
    fn batch(&mut self, script: &str) -> Result<(), String> {
        self.0.forget();
        self.0.batch(script).map_err(|error| error.to_string())
    }

    fn clear(&mut self) -> Result<(), String> {
        self.batch("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    }

    fn run(&mut self, sql: &str, values: &[Parameter]) -> Result<Vec<Vec<String>>, String> {
        let values: Vec<_> = values.iter().map(|value| value.value.clone()).collect();
        let mut rows = Vec::new();
        let run = self.0.run(sql, &values, |cells| {
            rows.push(cells.iter().map(text).collect());
            Ok::<_, DatabaseError>(())
        });
        run.map_err(|error| error.to_string())?;
        Ok(rows)
    }
}

/// A value as text; NULL as none.
fn text(cell: &Cell<'_>) -> String {
    match cell {
        Cell::Null | Cell::Other => String::new(),
        Cell::Integer(number) => number.to_string(),
        Cell::Text(text) => (*text).to_owned(),
        Cell::Guid(id) => id.to_string(),
        Cell::Day(day) => day.to_string(),
    }
}
