//! Why a transaction is refused. A refused transaction has no effect.

use weir_ir::time::Instant;

/// Why a transaction is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// It is earlier than what came before.
    #[error("time goes backwards: {at} comes after {now}")]
    TimeGoesBackwards {
        /// Its instant.
        at: Instant,
        /// The instant that the engine has reached.
        now: Instant,
    },
    /// There would be more rows, or distinct audiences, than 32 bits can number.
    #[error("too many {what}: at most {limit}")]
    TooMany {
        /// Of what, in words.
        what: &'static str,
        /// How many there may be.
        limit: u64,
    },
    /// A transaction comes again, or one before it is missing.
    #[error("transaction {number} comes where {next} is next: {}", if number < next { "it has been applied" } else { "some are missing before it" })]
    OutOfSequence {
        /// Its number.
        number: u64,
        /// The number that is next.
        next: u64,
    },
    /// A plan is published over rows of which the engine keeps no images.
    #[error(
        "no images are kept of the rows, of which another plan asks for more: make another engine for it"
    )]
    NoImages,
    /// A change names an entity or attribute that the schema lacks.
    #[error("change {index} names an entity or attribute that the schema lacks")]
    NotInSchema {
        /// Index of the change in its transaction.
        index: usize,
    },
}
