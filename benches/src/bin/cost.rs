//! Applies changes of one kind to a loaded engine, for tools that count instructions:
//!
//! ```sh
//! cargo build --release -p weir-benches --bin cost
//! valgrind --tool=callgrind --collect-atstart=no --toggle-collect='weir_benches::measured' \
//!   target/release/cost nobody 1000 2000
//! ```
//!
//! Arguments: kind (`nobody`, `touch`, `reassign`, `state`, `insert`, `delete`, `team`, `unit`,
//! `manager`, or the mixes `row` and `full`), users, changes.

#![expect(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a measuring tool says how it is called, and stops where the workload is wrong"
)]

use std::process::ExitCode;

use weir_benches::w::{Kind, Mix, Organization};
use weir_benches::{measured, plan, profiles};
use weir_runtime::Images;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let parsed = match &arguments[..] {
        [mix, users, changes] => mix_of(mix)
            .zip(users.parse::<u64>().ok())
            .zip(changes.parse::<usize>().ok()),
        _ => None,
    };
    let Some(((mix, users), changes)) = parsed else {
        eprintln!(
            "usage: cost nobody|touch|reassign|state|insert|delete|team|unit|manager|row|full USERS CHANGES"
        );
        return ExitCode::from(2);
    };
    let mut organization = Organization::new(users);
    let plan = plan(&organization.schema, profiles());
    let mut engine = organization.engine(plan, Images::Given, |engine, load| {
        engine.apply(load, None).expect("the rows are taken");
    });
    let transactions = organization.transactions(mix, changes, 1);
    measured(&mut engine, &transactions, false).expect("the changes are taken");
    ExitCode::SUCCESS
}

fn mix_of(name: &str) -> Option<Mix> {
    Some(Mix::Only(match name {
        "nobody" => Kind::Nobody,
        "touch" => Kind::Touch,
        "reassign" => Kind::Reassign,
        "state" => Kind::State,
        "insert" => Kind::Insert,
        "delete" => Kind::Delete,
        "team" => Kind::Team,
        "unit" => Kind::Unit,
        "manager" => Kind::Manager,
        "row" => return Some(Mix::Rows),
        "full" => return Some(Mix::Full),
        _ => return None,
    }))
}
