//! What the benches have in common: a generator of numbers, the workload's metadata and profiles, and
//! its organisation ([`w`]). Everything is drawn from seeds, so two runs measure the same thing.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a workload that is wrong is to stop the bench"
)]

pub mod growth;
pub mod measure;
pub mod sql;
pub mod w;

use std::sync::Arc;

use weir_compiler::metadata::Builder;
use weir_compiler::{Options, compile};
use weir_grammar::native;
use weir_ir::diagnostic::{Diagnostic, Sources};
use weir_ir::plan::Plan;
use weir_ir::schema::Schema;
use weir_ir::transaction::Transaction;
use weir_runtime::{ApplyError, Engine};

const METADATA: &str = include_str!("metadata.json");
const PROFILES: &str = include_str!("profiles.weir");

/// A small generator of numbers (splitmix64): the same on every machine.
pub struct Draw(u64);

impl Draw {
    /// Starts at a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.bits() % end.max(1)
    }

    /// A number below `end` that isn't `than`; there are two or more.
    pub fn other(&mut self, than: u64, end: u64) -> u64 {
        (than + 1 + self.below(end - 1)) % end
    }

    /// Any number.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// The workload's schema, with the sources that it was read from.
///
/// # Panics
/// The workload's own metadata is wrong.
#[must_use]
pub fn schema() -> Arc<Schema> {
    let mut sources = Sources::default();
    let file = sources.add("metadata.json", METADATA);
    let mut builder = Builder::new();
    let mut diagnostics = builder.json(&sources, file);
    let (schema, more) = builder.finish();
    diagnostics.extend(more);
    assert!(
        !diagnostics.iter().any(Diagnostic::is_error),
        "{diagnostics:?}"
    );
    Arc::new(schema)
}

/// Parses, checks and lowers a native text.
///
/// # Panics
/// The text is wrong.
#[must_use]
pub fn plan(schema: &Schema, text: &str) -> Plan {
    let mut sources = Sources::default();
    let file = sources.add("profiles.weir", text);
    let parsed = native::parse(file, text);
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let compiled = compile(
        schema,
        &mut sources,
        &[parsed.file],
        Options { lenient: false },
    );
    compiled
        .plan
        .unwrap_or_else(|| panic!("{:?}", compiled.diagnostics))
}

/// The workload's profiles.
#[must_use]
pub fn profiles() -> &'static str {
    PROFILES
}

/// What was told in all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    /// Factored deltas.
    pub factored: u64,
    /// Rows put on and removed from users' devices; none unless expanded.
    pub expanded: u64,
}

/// Applies the transactions, and expands what each changed if asked to: a function of its own so that
/// a profiler can count it alone.
///
/// # Errors
/// The engine refuses one.
#[inline(never)]
pub fn measured(
    engine: &mut Engine,
    transactions: &[Transaction],
    expand: bool,
) -> Result<Told, ApplyError> {
    let mut told = Told::default();
    for transaction in transactions {
        let deltas = engine.apply(transaction, None)?;
        told.factored += deltas.len() as u64;
        if expand {
            let users = engine.expand(&deltas);
            let rows = users.iter().map(|user| user.put.len() + user.remove.len());
            told.expanded += rows.sum::<usize>() as u64;
        }
    }
    Ok(told)
}
