//! The reference model, the generators, the device that rejects illegal deltas, and what the nets
//! share.

pub mod coverage;
pub mod device;
pub mod generate;
pub mod model;
pub mod publication;
pub mod replay;

pub mod seeds;
pub mod servers;
pub mod shrink;
pub mod story;

/// The README's example of the library runs as a test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
