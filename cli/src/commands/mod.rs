//! The commands, one file each. Each ends in an [`Outcome`]; here it becomes an exit status.

mod advise;
mod check;
mod convert;
mod diff;
mod export;
mod fmt;
mod import;
mod init;
mod inspect;
mod rows;
mod run;
mod sql;
mod why;

use crate::arguments::{Command, Program};
use crate::failure::{FINE, Failure};
use crate::output::Output;

/// Runs what was typed; gives the exit status.
pub(crate) fn run(program: Program) -> u8 {
    let mut output = Output::new(program.command.format());
    let outcome = match program.command {
        Command::Check(args) => check::run(&args, &mut output),
        Command::Convert(args) => convert::run(&args, &mut output),
        Command::Inspect(args) => inspect::run(&args, &mut output),
        Command::Import(args) => import::run(&args, &mut output),
        Command::Export(args) => export::run(&args, &mut output),
        Command::Fmt(args) => fmt::run(&args, &mut output),
        Command::Lsp(args) => crate::lsp::run(&args),
        Command::Sql(args) => sql::run(&args, &mut output),
        Command::Run(args) => run::run(&args, &mut output),
        Command::Rows(args) => rows::run(&args, &mut output),
        Command::Why(args) => why::run(&args, &mut output),
        Command::Diff(args) => diff::run(&args, &mut output),
        Command::Init(args) => init::run(&args, &mut output),
        Command::Demo(_) => crate::demo::run(&mut output),
    };
    // What was said stays said, also before a failure.
    let outcome = outcome.and_then(|()| output.flush());
    let Err(failure) = outcome else {
        return FINE;
    };
    let said = match &failure {
        Failure::Reported | Failure::OutputClosed => Ok(()),
        Failure::Input(message, help) | Failure::Usage(message, help) => {
            output.say("error", message, Some(help))
        }
        Failure::Internal(message) => output.say("internal error", message, None),
    };
    match said {
        Ok(()) | Err(Failure::OutputClosed) => failure.status(),
        Err(second) => second.status(),
    }
}
