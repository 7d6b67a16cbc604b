//! Diagnostics drawn for people, and as JSON.

mod json;
mod text;

pub(crate) use json::{json, placed};
pub(crate) use text::{note, text};
