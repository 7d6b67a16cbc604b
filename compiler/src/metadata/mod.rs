//! Metadata sources, merged into one schema (SEMANTICS §2).
//!
//! A source is read into what it *declares*, with places; declarations merge, later ones over
//! earlier ones; at the end they become a [`Schema`], with everything that entities have though no
//! source declares it. A file that is wrong in part still gives the rest.

pub mod codes;
mod csdl;
mod csdl_relationships;
mod ddl;
mod declared;
mod entity_xml;
mod entity_xml_attribute;
mod finish;
mod json;
mod json_attribute;
mod json_fields;
mod json_node;
mod relationships;
mod relationships_xml;
mod report;
mod solution;

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
    pub fn entity_xml(&mut self, sources: &Sources, file: FileId) -> Vec<Diagnostic> {
        self.add(sources, file, entity_xml::read)
    }

    /// Adds an `Other/Relationships/*.xml` of an unpacked solution.
    pub fn relationships_xml(&mut self, sources: &Sources, file: FileId) -> Vec<Diagnostic> {
        self.add(sources, file, relationships_xml::read)
    }

    /// Adds a `$metadata` of the Dataverse Web API (CSDL in an EDMX).
    pub fn csdl(&mut self, sources: &Sources, file: FileId) -> Vec<Diagnostic> {
        self.add(sources, file, csdl::read)
    }

    /// Adds the tables of a DDL script, in the dialect that it names in a first comment
    /// `-- dialect: …`, or shows.
    pub fn ddl(&mut self, sources: &Sources, file: FileId) -> Vec<Diagnostic> {
        self.add(sources, file, ddl::read)
    }

    /// Adds the files of an unpacked solution folder, given as (path relative to it, text); those
    /// that [`is_solution_file`] doesn't know are ignored. The order of the files doesn't matter.
    pub fn solution(
        &mut self,
        sources: &mut Sources,
        files: Vec<(String, String)>,
    ) -> Vec<Diagnostic> {
        let mut files: Vec<_> = files
            .into_iter()
            .filter_map(|(path, text)| Some((solution::kind(&path)?, path, text)))
            .collect();
        files.sort_by(|(_, a, _), (_, b, _)| a.cmp(b));
        let mut found = Vec::new();
        if files.is_empty() {
            let message = "the folder holds no metadata";
            found.push(Diagnostic::new(codes::NOT_METADATA, None, message).help(
                "an unpacked solution has `Entities/*/Entity.xml` and `Other/Relationships/*.xml`",
            ));
        }
        for (kind, path, text) in files {
            let file = sources.add(path, text);
            found.extend(match kind {
                solution::Kind::Entity => self.entity_xml(sources, file),
                solution::Kind::Relationships => self.relationships_xml(sources, file),
            });
        }
        found
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

/// Whether a path, relative to an unpacked solution folder, is metadata: `Entities/*/Entity.xml` or
/// `Other/Relationships/*.xml`, whatever the letter case and the kind of slash.
#[must_use]
pub fn is_solution_file(path: &str) -> bool {
    solution::kind(path).is_some()
}
