//! A sync server in small, over SQLite: compile profiles once, then give each user's rows.
//!
//! `cargo run -p weir --example sync_sqlite -- metadata.json profile.weir rows.sqlite USER INSTANT`

use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use weir::database::Database;
use weir_compiler::{Options, compile, metadata::Builder};
use weir_ir::diagnostic::Sources;
use weir_ir::time::Instant;
use weir_ir::value::Guid;

fn main() -> Result<(), Box<dyn Error>> {
    let typed: Vec<String> = std::env::args().skip(1).collect();
    sync(&typed, &mut std::io::stdout().lock())
}

/// Writes a line for each row that the user's devices hold at the instant, as the rows come.
pub(crate) fn sync(typed: &[String], out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let [metadata, profile, database, user, now] = typed else {
        return Err("give metadata, a profile, a database, a user and an instant".into());
    };
    let user = Guid::parse(user).ok_or("the user is no GUID")?;
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

    // Once a connection: the plan becomes statements, checked against the tables that are there.
    let database = Database::open_to_read(Path::new(database), Arc::clone(&schema))?;
    let queries = database.prepare(&plan)?;

    // For each user who asks: the statements are bound, and rows come one by one. All are of one
    // moment of the database; an error of the closure ends it.
    database.each_row(&queries, user, now, |entity, id| {
        writeln!(out, "{} {id}", schema.entity(entity).name).map_err(Box::<dyn Error>::from)
    })
}
