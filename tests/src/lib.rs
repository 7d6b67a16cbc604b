//! The reference model, the generators, the device that rejects illegal deltas, and what the nets
//! share.

pub mod generate;
pub mod model;
