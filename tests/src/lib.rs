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

/// The examples of the library in README and book run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[doc = include_str!("../../docs/library.md")]
pub struct Readme;
