//! Metadata sources, merged into one schema (SEMANTICS §2).
//!
//! A source is read into what it *declares*, with places; declarations merge, later ones over
//! earlier ones; at the end they become a [`Schema`], with everything that entities have though no
//! source declares it. A file that is wrong in part still gives the rest.

pub mod codes;
mod declared;
mod finish;
mod json;
mod json_attribute;
mod json_fields;
mod json_node;
mod relationships;
mod report;

use weir_ir::diagnostic::{Diagnostic, FileId, Sources};
use weir_ir::schema::Schema;

use declared::Declared;
use report::Report;

/// Merges metadata sources: later ones add or override attribute by attribute.
#[derive(Debug, Default)]
pub struct Builder {
    declared: Declared,
}

impl Builder {
    /// No source yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a metadata JSON (DESIGN §3).
    pub fn json(&mut self, sources: &Sources, file: FileId) -> Vec<Diagnostic> {
        self.add(sources, file, json::read)
    }

    /// Adds an `Entities/*/Entity.xml` of an unpacked solution.
    pub fn entity_xml(&mut self, _sources: &Sources, _file: FileId) -> Vec<Diagnostic> {
        Vec::new()
    }

    /// Adds an `Other/Relationships/*.xml` of an unpacked solution.
    pub fn relationships_xml(&mut self, _sources: &Sources, _file: FileId) -> Vec<Diagnostic> {
        Vec::new()
    }

    /// Adds the files of an unpacked solution folder, given as (path relative to it, text); texts
    /// that [`is_solution_file`] doesn't know are ignored.
    pub fn solution(
        &mut self,
        _sources: &mut Sources,
        _files: Vec<(String, String)>,
    ) -> Vec<Diagnostic> {
        Vec::new()
    }

    /// The schema, and what is wrong with it as a whole. The schema is usable even where there are
    /// errors: what is wrong is missing in it.
    #[must_use]
    pub fn finish(self) -> (Schema, Vec<Diagnostic>) {
        finish::finish(self.declared)
    }

    fn add(
        &mut self,
        sources: &Sources,
        file: FileId,
        read: fn(FileId, &str, &mut Report) -> Declared,
    ) -> Vec<Diagnostic> {
        let text = sources.get(file).map_or("", |source| source.text.as_str());
        let mut report = Report::default();
        self.declared.merge(read(file, text, &mut report));
        report.into_diagnostics()
    }
}

/// Whether a path, relative to an unpacked solution folder and with `/` between its parts, is
/// metadata: `Entities/*/Entity.xml` or `Other/Relationships/*.xml`.
#[must_use]
pub fn is_solution_file(_path: &str) -> bool {
    false
}
