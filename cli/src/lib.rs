//! The parts of the `weir` program that others use as a library.

pub mod database;
