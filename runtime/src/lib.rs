//! The incremental engine: from changes to what each device gains, loses and updates.
//!
//! The engine has no clock, no input or output and no threads: `at` of a transaction moves time,
//! and the same input gives the same output, byte for byte, whatever the hash seed.

mod absence;
mod audience;
mod clock;
mod context;
mod counters;
mod crowd;
mod delta;
mod engine;
mod error;
mod expand;
mod explain;
mod key;
mod maps;
mod members;
mod moves;
mod named;
mod notice;
mod proof;
mod reach;
mod serve;
mod sets;
mod state;
mod store;
mod table;
mod tree;
mod view;

pub use counters::Counters;
pub use delta::{Deltas, UserDelta};
pub use engine::{Engine, Images, Options};
pub use error::ApplyError;
pub use named::{Named, NamedTwice, Names, named_twice};
pub use notice::{Notice, Tally};
pub use proof::{Absence, Hop, Membership, Miss, Missed, Proof, Reason, Route, Step, Unmet};
pub use serve::Digest;
