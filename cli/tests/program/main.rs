//! The built program, as it is typed: what it prints, where, and the status that it ends with.

#![expect(clippy::expect_used, reason = "a test that can't go on fails")]

mod advise;
mod bad_input;
mod check;
mod convert;
mod databases;
mod desk;
mod diff;
mod editor;
mod fmt;
mod init_and_demo;
mod lsp;
mod rows_and_sql;
mod run;
mod servers;
mod solution;
mod why;

#[expect(dead_code, reason = "the example as it is, without its `main`")]
#[path = "../../examples/sync_postgres.rs"]
mod sync_postgres;
#[expect(dead_code, reason = "the example as it is, without its `main`")]
#[path = "../../examples/sync_sqlite.rs"]
mod sync_sqlite;
