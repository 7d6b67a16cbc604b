//! What SQL costs on real databases, and what others pay for the same rows (`src/bin/sql.rs`).

pub mod hand;
pub mod nested;
pub mod organisation;
