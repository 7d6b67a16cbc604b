//! The contract between the parts of weir: schema, values, operators, plan, diagnostics, limits,
//! and the wire forms that are decoded against a schema.
//!
//! Everything here is plain data with its meaning. There is no input or output, no clock, and
//! nothing whose order differs from run to run.

pub mod calendar;
pub mod codes;
pub mod diagnostic;
pub mod fold;
pub mod limits;
pub mod operators;
pub mod plan;
pub mod schema;
pub mod settings;
pub mod time;
pub mod transaction;
pub mod value;
pub mod window;
pub mod wire;
