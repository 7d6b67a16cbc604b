//! Audiences: sets of users as expressions over leaves, never as lists of users.

mod expression;
mod leaf;
mod roots;

pub(crate) use expression::{Audience, Audiences, Term};
pub(crate) use leaf::{Key, Leaf, WindowId};
pub(crate) use roots::Roots;
