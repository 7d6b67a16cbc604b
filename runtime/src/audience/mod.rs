//! Audiences: sets of users as expressions over leaves, never as lists of users.

mod audiences;
mod leaf;
mod term;

pub(crate) use audiences::{Audience, Audiences, Bound, Parameter, TemplateId, Word};
pub(crate) use leaf::{Leaf, WindowId};
pub(crate) use term::{Place, Term, TermId, Terms};
