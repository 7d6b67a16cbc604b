//! MariaDB: a data folder of its own, and a connection that reads texts.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder, Params, Row, Value};
use tokio::runtime::Runtime;
use weir_compiler::sql::{Parameter, ParameterValue};

use super::server::Connection;
use super::spawn;

/// The user that the package makes, as which the server runs.
const USER: &str = "mysql";
/// The database of the tests.
const DATABASE: &str = "weir";

/// The server's socket.
fn server() -> Result<&'static Path, String> {
    static SERVER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let socket = SERVER.get_or_init(|| {
        let folder = spawn::folder("mariadb")?;
        let data = folder.join("data");
        let install = spawn::program("mariadb-install-db", &["/usr/bin"])?;
        let mut install = spawn::command_as(USER, &install);
        install.args(["--no-defaults", "--skip-test-db"]);
        install.arg("--auth-root-authentication-method=normal");
        install.arg(option("datadir", &data));
        spawn::run(install)?;
        let socket = folder.join("socket");
        let mut mariadbd = spawn::server_as(USER, &spawn::program("mariadbd", &["/usr/sbin"])?);
        mariadbd.args(["--no-defaults", "--skip-networking"]);
        mariadbd.args([
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-doublewrite=0",
        ]);
        mariadbd.arg(option("datadir", &data));
        mariadbd.arg(option("socket", &socket));
        mariadbd.arg(option("pid-file", &folder.join("pid")));
        let answers = || socket.exists() && connect(&socket).is_ok();
        spawn::start(mariadbd, &folder.join("log"), answers)?;
        Ok(socket)
    });
    socket.as_deref().map_err(Clone::clone)
}

fn option(name: &str, path: &Path) -> String {
    format!("--{name}={}", path.display())
}

fn connect(socket: &Path) -> Result<(Runtime, Conn), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let options = OptsBuilder::default()
        .socket(Some(socket.display().to_string()))
        .user(Some("root"))
        .stmt_cache_size(1_024);
    let connected = runtime.block_on(Conn::new(options));
    let connection = connected.map_err(|error| error.to_string())?;
    Ok((runtime, connection))
}

/// A connection to the server, which it starts if it has to.
pub(super) struct MariaDb {
    runtime: Runtime,
    connection: Conn,
}

impl MariaDb {
    pub(super) fn new() -> Result<Self, String> {
        let (runtime, connection) = connect(server()?)?;
        let mut new = Self {
            runtime,
            connection,
        };
        new.batch(&format!("CREATE DATABASE IF NOT EXISTS {DATABASE}"))?;
        new.batch(&format!("USE {DATABASE}"))?;
        Ok(new)
    }
}

impl Connection for MariaDb {
    fn batch(&mut self, script: &str) -> Result<(), String> {
        let run = self.connection.query_drop(script);
        self.runtime
            .block_on(run)
            .map_err(|error| error.to_string())
    }

    fn clear(&mut self) -> Result<(), String> {
        let tables = "SELECT CONCAT('DROP TABLE `', REPLACE(table_name, '`', '``'), '`') FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name NOT LIKE 'weir\\_%'";
        for drop in self.run(tables, &[])?.into_iter().flatten() {
            self.batch(&drop)?;
        }
        Ok(())
    }

    fn run(&mut self, sql: &str, values: &[Parameter]) -> Result<Vec<Vec<String>>, String> {
        let values: Vec<Value> = values
            .iter()
            .map(|parameter| match &parameter.value {
                ParameterValue::Null => Value::NULL,
                ParameterValue::Integer(value) => Value::Int(*value),
                ParameterValue::Text(text) => Value::Bytes(text.clone().into_bytes()),
            })
            .collect();
        let values = match values.is_empty() {
            true => Params::Empty,
            false => Params::Positional(values),
        };
        let rows = self.connection.exec::<Row, _, _>(sql, values);
        let rows = self.runtime.block_on(rows);
        let rows = rows.map_err(|error| error.to_string())?;
        let text = |value: Value| match value {
            Value::NULL => Ok(String::new()),
            Value::Int(number) => Ok(number.to_string()),
            Value::Bytes(bytes) => String::from_utf8(bytes).map_err(|error| error.to_string()),
            other => Err(format!("{other:?} is no text")),
        };
        rows.into_iter()
            .map(|row| row.unwrap().into_iter().map(text).collect())
            .collect()
    }
}
