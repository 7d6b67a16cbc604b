//! From texts to what the model reads and what the engine runs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use weir_compiler::Options;
use weir_grammar::ast::File;
use weir_grammar::{fetchxml, native};
use weir_ir::diagnostic::{Diagnostic, Severity, Sources};
use weir_ir::plan::Plan;
use weir_ir::schema::{OfflineFilter, Schema};

use crate::model::Published;

/// A publication, as both sides take it.
#[derive(Clone, Debug)]
pub struct Publication {
    /// For the model.
    pub published: Published,
    /// For engine and SQL.
    pub plan: Arc<Plan>,
}

impl Publication {
    /// Reads and compiles the texts of a publication's files.
    ///
    /// # Errors
    /// The diagnostics, as text.
    pub fn new(schema: &Schema, texts: &[String], lenient: bool) -> Result<Self, String> {
        let mut sources = Sources::default();
        let (files, diagnostics) = parse(&mut sources, texts);
        refuse(&sources, &diagnostics)?;
        Self::of_files(schema, &mut sources, files, lenient)
    }

    /// Compiles syntax trees.
    ///
    /// # Errors
    /// The diagnostics, as text.
    pub fn of_files(
        schema: &Schema,
        sources: &mut Sources,
        files: Vec<File>,
        lenient: bool,
    ) -> Result<Self, String> {
        let compiled = weir_compiler::compile(schema, sources, &files, Options { lenient });
        refuse(sources, &compiled.diagnostics)?;
        let plan = compiled.plan.ok_or("no plan, and no error either")?;
        let mut filters = BTreeMap::new();
        for (id, entity) in schema.entities() {
            let (text, parse): (_, fn(_, &str) -> _) = match &entity.offline_filter {
                None => continue,
                Some(OfflineFilter::Native(text)) => (text, native::parse_filter),
                Some(OfflineFilter::FetchXml(text)) => (text, fetchxml::parse_filter),
            };
            let file = sources.add("offline filter", text.clone());
            let (filter, diagnostics) = parse(file, text);
            refuse(sources, &diagnostics)?;
            filters.extend(filter.map(|filter| (id, filter)));
        }
        Ok(Self {
            published: Published { files, filters },
            plan: Arc::new(plan),
        })
    }
}

/// Reads the texts of native files.
pub fn parse(sources: &mut Sources, texts: &[String]) -> (Vec<File>, Vec<Diagnostic>) {
    let (mut files, mut diagnostics) = (Vec::new(), Vec::new());
    for (at, text) in texts.iter().enumerate() {
        let file = sources.add(format!("{at}.weir"), text.clone());
        let parsed = native::parse(file, text);
        files.push(parsed.file);
        diagnostics.extend(parsed.diagnostics);
    }
    (files, diagnostics)
}

/// An error where one of the diagnostics is.
fn refuse(sources: &Sources, diagnostics: &[Diagnostic]) -> Result<(), String> {
    let errors = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error);
    let text = errors.fold(String::new(), |mut text, diagnostic| {
        let at = diagnostic.span.map_or("", |span| sources.slice(span));
        let _ = writeln!(
            text,
            "{}: {} at `{at}`",
            diagnostic.code.id, diagnostic.message
        );
        text
    });
    if text.is_empty() { Ok(()) } else { Err(text) }
}
