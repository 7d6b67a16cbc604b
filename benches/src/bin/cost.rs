//! Applies changes of one kind to a loaded engine, for tools that count instructions:
//!
//! ```sh
//! cargo build --release -p weir-benches --bin cost
//! valgrind --tool=callgrind --collect-atstart=no --toggle-collect='weir_benches::measured' \
//!   target/release/cost nobody 1000 2000
//! ```
//!
//! Arguments: kind (`nobody`, `touch`, `reassign`, `state`, `team`, `all`), users, changes.

#![expect(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a measuring tool says how it is called, and stops where the workload is wrong"
)]

use std::process::ExitCode;

use weir_benches::{Mix, Organization, measured};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let parsed = match &arguments[..] {
        [kind, users, changes] => kind_of(kind)
            .zip(users.parse::<u64>().ok())
            .zip(changes.parse::<u64>().ok()),
        _ => None,
    };
    let Some(((kind, users), changes)) = parsed else {
        eprintln!("usage: cost nobody|touch|reassign|state|team|all USERS CHANGES");
        return ExitCode::from(2);
    };
    let organization = Organization::new(users);
    let mut engine = organization.engine();
    let transactions = organization.changes(kind, changes);
    measured(&mut engine, &transactions).expect("the changes are taken");
    ExitCode::SUCCESS
}

fn kind_of(name: &str) -> Option<Mix> {
    Some(match name {
        "nobody" => Mix::Nobody,
        "touch" => Mix::Touch,
        "reassign" => Mix::Reassign,
        "state" => Mix::State,
        "team" => Mix::Team,
        "all" => Mix::All,
        _ => return None,
    })
}
