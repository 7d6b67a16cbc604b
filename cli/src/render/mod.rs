//! Diagnostics drawn for people, and as JSON.

mod json;
mod text;

pub(crate) use json::json;
pub(crate) use text::text;
