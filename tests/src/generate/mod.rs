//! One family of generators for nets, benches and fuzzing: a seed and a few settings give a random
//! organisation, its publications and its change stream. Valid by construction: what does not
//! compile is a mistake here or in the compiler.

use std::sync::Arc;

use weir_compiler::metadata::Builder;
use weir_ir::diagnostic::{Diagnostic, Severity, Sources};
use weir_ir::schema::{EntityId, Schema};
use weir_ir::time::Instant;
use weir_ir::transaction::Transaction;

mod domain;
mod filter;
mod metadata;
mod profile;
mod rng;
mod stream;

pub use domain::guid;
pub use filter::operators;
pub use rng::Rng;
pub use stream::Step;

/// How large a random organisation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Most users.
    pub users: usize,
    /// Most rows of an entity.
    pub rows: usize,
    /// Transactions.
    pub transactions: usize,
    /// Most changes of a transaction.
    pub changes: usize,
    /// Most profiles of a publication.
    pub profiles: usize,
    /// Publications.
    pub publications: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            users: 6,
            rows: 5,
            transactions: 64,
            changes: 4,
            profiles: 3,
            publications: 3,
        }
    }
}

/// A random organisation with its story.
#[derive(Clone, Debug)]
pub struct Organisation {
    /// The seed that it came from.
    pub seed: u64,
    /// Metadata JSON.
    pub metadata: String,
    /// The same, loaded.
    pub schema: Arc<Schema>,
    /// The texts of each publication's files; the first is published before the first transaction.
    pub publications: Vec<Vec<String>>,
    /// The change stream.
    pub steps: Vec<Step>,
}

/// The random organisation of a seed.
///
/// # Errors
/// The metadata that was generated has errors.
pub fn organisation(seed: u64, settings: &Settings) -> Result<Organisation, Vec<Diagnostic>> {
    let mut rng = Rng::new(seed);
    let metadata = metadata::metadata(&mut rng).to_string();
    let schema = Arc::new(load(&metadata)?);
    let beginning = *rng.pick(&domain::BEGINNINGS);
    let now = Instant::parse(beginning).unwrap_or(Instant(0));
    let publications: Vec<Vec<String>> = (0..settings.publications)
        .map(|_| profile::publication(&schema, &mut rng, settings.profiles, now))
        .collect();
    let story = stream::Story::new(&schema, &mut rng, settings, now);
    let steps = story.steps(publications.len());
    Ok(Organisation {
        seed,
        metadata,
        schema,
        publications,
        steps,
    })
}

/// A random organisation whose story is short, and then publishes that many random filters, each by
/// itself.
///
/// # Errors
/// The metadata that was generated has errors.
pub fn organisation_of_filters(
    seed: u64,
    settings: &Settings,
    count: usize,
) -> Result<Organisation, Vec<Diagnostic>> {
    let mut organisation = organisation(seed, settings)?;
    let mut rng = Rng::new(seed ^ 0x00F1_17E5);
    let schema = &organisation.schema;
    let at = organisation
        .steps
        .last()
        .map_or(Instant(0), |step| step.transaction.at);
    organisation.publications = (0..count)
        .map(|_| profile::filter(schema, &mut rng, settings.users, at))
        .collect();
    organisation.publish_each();
    Ok(organisation)
}

impl Organisation {
    /// Goes on to publish each publication once.
    pub fn publish_each(&mut self) {
        let at = self
            .steps
            .last()
            .map_or(Instant(0), |step| step.transaction.at);
        for step in &mut self.steps {
            step.publish = None;
        }
        let publishes = (1..self.publications.len()).map(|n| Step {
            transaction: Transaction {
                at,
                changes: Vec::new(),
            },
            publish: Some(n),
            contextual: false,
        });
        self.steps.extend(publishes);
    }
}

/// A random organisation over a schema from elsewhere, with rows of those entities; what is
/// published is the caller's.
#[must_use]
pub fn organisation_over(
    seed: u64,
    settings: &Settings,
    schema: Arc<Schema>,
    entities: &[EntityId],
) -> Organisation {
    let mut rng = Rng::new(seed);
    let beginning = *rng.pick(&domain::BEGINNINGS);
    let now = Instant::parse(beginning).unwrap_or(Instant(0));
    let mut story = stream::Story::new(&schema, &mut rng, settings, now);
    story.limit_to(entities);
    let steps = story.steps(settings.publications);
    Organisation {
        seed,
        metadata: String::new(),
        schema,
        publications: Vec::new(),
        steps,
    }
}

/// Loads a metadata JSON.
///
/// # Errors
/// It has errors.
pub fn load(metadata: &str) -> Result<Schema, Vec<Diagnostic>> {
    let mut sources = Sources::default();
    let file = sources.add("metadata.json", metadata);
    let mut builder = Builder::new();
    let mut diagnostics = builder.json(&sources, file);
    let (schema, more) = builder.finish();
    diagnostics.extend(more);
    diagnostics.retain(|diagnostic| diagnostic.severity == Severity::Error);
    if diagnostics.is_empty() {
        Ok(schema)
    } else {
        Err(diagnostics)
    }
}
