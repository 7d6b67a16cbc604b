//! Names, types and literals: from the syntax tree to typed profiles.

mod association;
mod condition;
pub(crate) mod filter;
pub(crate) mod link;
mod literal;
pub(crate) mod names;
pub(crate) mod profile;
