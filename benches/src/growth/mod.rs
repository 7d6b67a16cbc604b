//! Inputs of the compiler that grow in one dimension each, and the stages that read them, so that
//! what each stage costs can be counted at n, 2n and 4n (`src/bin/growth.rs`).

pub mod corpus;
pub mod metadata;
pub mod profiles;
pub mod stages;

/// An input of one size.
pub enum Input {
    /// Native profiles over metadata JSON.
    Profiles {
        /// Metadata JSON.
        metadata: String,
        /// Native text.
        text: String,
    },
    /// A source of metadata.
    Metadata(metadata::Format, String),
}

/// What grows.
pub struct Dimension {
    /// Its name.
    pub name: &'static str,
    /// The first of three sizes; the others are twice and four times as much.
    pub size: usize,
    /// The input of a size.
    pub input: fn(usize) -> Input,
}

/// A dimension in a table: name, size, input.
pub type Row = (&'static str, usize, fn(usize) -> Input);

/// All dimensions: of profiles, then of metadata.
pub fn dimensions() -> impl Iterator<Item = Dimension> {
    let of = |&(name, size, input): &Row| Dimension { name, size, input };
    profiles::DIMENSIONS
        .iter()
        .chain(metadata::DIMENSIONS)
        .map(of)
}
