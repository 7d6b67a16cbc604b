//! Solutions: profiles from an export as native ones, and back.
//!
//! Invariant: what an export has comes back from a native profile as it was, unless it was changed.

mod export;
mod import;

pub use export::{Exported, export};
pub use import::import;
