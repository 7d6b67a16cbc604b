//! The languages that weir reads and prints. A reader collects errors and always gives a tree.

pub mod ast;
pub mod codes;
pub mod fetchxml;
pub mod native;
pub mod solution;
pub mod xml;
