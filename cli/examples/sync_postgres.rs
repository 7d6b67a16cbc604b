//! A sync server in small, over PostgreSQL: compile profiles once, install what the statements
//! need, then give each user's rows.
//!
//! `cargo run -p weir --example sync_postgres -- metadata.json profile.weir postgres://… INSTANT`

use std::error::Error;
use std::io::Write;
use std::sync::Arc;

use weir::database::{Database, Postgres};
use weir_compiler::sql::{self, Dialect};
use weir_compiler::{Options, compile, metadata::Builder};
use weir_ir::diagnostic::Sources;
use weir_ir::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let typed: Vec<String> = std::env::args().skip(1).collect();
    sync(&typed, &mut std::io::stdout().lock())
}

/// Writes a line for each user with each row that their devices hold at the instant.
pub(crate) fn sync(typed: &[String], out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let [metadata, profile, server, now] = typed else {
        return Err("give metadata, a profile, a connection string and an instant".into());
    };
    let now = Instant::parse(now).ok_or("the instant is no ISO 8601")?;

    // Once: metadata and profiles become a plan. Findings are data; a server would show them.
    let mut sources = Sources::default();
    let mut builder = Builder::new();
    let file = sources.add(metadata.as_str(), std::fs::read_to_string(metadata)?);
    builder.json(&sources, file);
    let schema = Arc::new(builder.finish().0);
    let text = std::fs::read_to_string(profile)?;
    let file = sources.add(profile.as_str(), text.as_str());
    let parsed = weir_grammar::native::parse(file, &text);
    let compiled = compile(&schema, &mut sources, &[parsed.file], Options::default());
    let plan = compiled.plan.ok_or("the profile has errors")?;

    // Once a database: the functions that compare text as the organisation does. Again does no harm.
    let server = Postgres::connect(server)?;
    for statement in sql::install(Dialect::Postgres, plan.settings.collation) {
        let values: Vec<_> = statement.parameters.into_iter().map(|p| p.value).collect();
        server.run(&statement.sql, &values, |_| {
            Ok::<_, weir::database::DatabaseError>(())
        })?;
    }

    // Once a connection: the plan becomes statements, checked against the tables that are there.
    let database = Database::of_postgres(server, Arc::clone(&schema));
    let queries = database.prepare(&plan)?;

    // For each user: the statements are bound anew and stay prepared; rows come one by one.
    for user in database.users()? {
        database.each_row(&queries, user, now, |entity, id| {
            let entity = &schema.entity(entity).name;
            writeln!(out, "{user} {entity} {id}").map_err(Box::<dyn Error>::from)
        })?;
    }
    Ok(())
}
