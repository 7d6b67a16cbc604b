//! Metadata sources, merged into one schema (SEMANTICS §2).
//!
//! A source is read into what it *declares*, with places; declarations merge, later ones over
//! earlier ones; at the end they become a [`Schema`], with everything that entities have though no
//! source declares it. A file that is wrong in part still gives the rest.

pub mod codes;
pub mod complete;
mod csdl;
mod csdl_relationships;
mod customizations_xml;
mod ddl;
mod declared;
mod drafts;
mod entity_xml;
mod entity_xml_attribute;
mod finish;
mod json;
mod json_attribute;
mod json_fields;
mod json_node;
mod json_role;
mod json_write;
mod option_set_xml;
mod place;
mod relationships;
mod relationships_xml;
mod report;
mod role_xml;
mod solution;

pub use place::{Places, Thing};

use weir_grammar::ast;
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

    /// Adds a file of a solution, by its path in the folder or zip; one that [`is_solution_file`]
    /// doesn't know is ignored.
    pub fn solution_file(
        &mut self,
        sources: &Sources,
        path: &str,
        file: FileId,
    ) -> Vec<Diagnostic> {
        match solution::kind(path) {
            Some(solution::Kind::Entity) => self.entity_xml(sources, file),
            Some(solution::Kind::Relationships) => self.relationships_xml(sources, file),
            Some(solution::Kind::OptionSet) => self.add(sources, file, option_set_xml::read),
            Some(solution::Kind::Role) => self.add(sources, file, role_xml::read),
            Some(solution::Kind::Customizations) => {
                self.add(sources, file, customizations_xml::read)
            }
            None => Vec::new(),
        }
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
            .filter(|(path, _)| is_solution_file(path))
            .collect();
        files.sort();
        let mut found = Vec::new();
        if files.is_empty() {
            let message = "the folder holds no metadata";
            found.push(Diagnostic::new(codes::NOT_METADATA, None, message).help(
                "an unpacked solution has `Entities/*/Entity.xml` and `Other/Relationships/*.xml`",
            ));
        }
        for (path, text) in files {
            let file = sources.add(path.clone(), text);
            found.extend(self.solution_file(sources, &path, file));
        }
        found
    }

    /// The sources so far as one metadata JSON, which gives the same schema together with
    /// [`Builder::organization`]. It says that it comes from an export (`"partial": true`).
    #[must_use]
    pub fn to_json(&mut self) -> String {
        self.declared.share_options();
        json_write::write(&self.declared)
    }

    /// Offline flags and organisation data download filters of the sources so far, as an
    /// organization block, with what is wrong with the filters.
    #[must_use]
    pub fn organization(&self, sources: &mut Sources) -> (ast::File, Vec<Diagnostic>) {
        drafts::organization(&self.declared, sources)
    }

    /// Where the sources so far declare what they do.
    #[must_use]
    pub fn places(&self) -> Places {
        Places::new(&self.declared)
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

/// Whether a path, relative to an unpacked solution folder or in an exported zip, is metadata:
/// `Entities/*/Entity.xml`, `Other/Relationships/*.xml`, `OptionSets/*.xml`, `Roles/*.xml` or
/// `customizations.xml`, whatever the letter case and the kind of slash.
#[must_use]
pub fn is_solution_file(path: &str) -> bool {
    solution::kind(path).is_some()
}

/// Whether a path, likewise, has profiles: `MobileOfflineProfiles/*.xml` or `customizations.xml`.
#[must_use]
pub fn is_profile_file(path: &str) -> bool {
    solution::has_profiles(path)
}
