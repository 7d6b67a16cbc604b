//! Proofs as sentences.
