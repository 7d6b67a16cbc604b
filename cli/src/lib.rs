//! The `weir` program: the only place that reads files, draws, colours and opens databases.
//!
//! Exit status: 0 fine, 1 the input has errors, 2 usage, 3 internal.

pub mod archive;
pub mod codes;
pub mod database;

mod arguments;
mod commands;
mod demo;
mod explain;
mod failure;
mod input;
mod lsp;
mod names;
mod output;
mod people;
mod render;
mod replay;
mod report;
mod solution;
mod stream;
mod target;

use std::io::Write;
use std::panic;
use std::process::ExitCode;

use clap::Parser;

/// Runs the program with the process's own arguments.
#[must_use]
pub fn main() -> ExitCode {
    panic::set_hook(Box::new(|what| {
        // Nothing more can be done if standard error is gone too.
        let _ = writeln!(
            std::io::stderr(),
            "internal error: {what}\nthis is a bug in weir, not in your input: please report it with what you typed"
        );
    }));
    let status = panic::catch_unwind(|| match arguments::Program::try_parse() {
        Ok(program) => commands::run(program),
        Err(error) => {
            // Help and version are no errors; clap gives 2 to the others.
            let _ = error.print();
            u8::try_from(error.exit_code()).unwrap_or(failure::USAGE)
        }
    });
    ExitCode::from(status.unwrap_or(failure::INTERNAL))
}
