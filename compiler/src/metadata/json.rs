//! Metadata JSON (DESIGN §3), read with the place of everything that can be wrong.
//!
//! What is wrong is reported and left out, so that one run names several mistakes.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use weir_ir::diagnostic::{Diagnostic, FileId, Span};
use weir_ir::schema::{OfflineFilter, Ownership, Security};

use super::codes;
use super::declared::{Declared, DeclaredEntity, DeclaredKind, DeclaredRelationship, Origin};
use super::json_attribute;
use super::json_node::{Entry, JsonFile, Node};
use super::json_role;
use super::report::{Report, Spanned};

/// Reads a file.
pub(super) fn read(id: FileId, text: &str, report: &mut Report) -> Declared {
    let mut reader = Reader {
        file: JsonFile { id, text },
        origin: Origin::Json,
        report,
    };
    let mut declared = Declared::default();
    if let Some(root) = reader.file.root(reader.report) {
        reader.document(root, &mut declared);
    }
    declared
}

/// Reads the values of one file.
pub(super) struct Reader<'t, 'r> {
    pub(super) file: JsonFile<'t>,
    /// What the file says that it comes from.
    origin: Origin,
    pub(super) report: &'r mut Report,
}

/// The known keys of an object, each once.
pub(super) struct Fields<'t> {
    pub(super) entries: Vec<Entry<'t>>,
    /// What a missing key is reported at.
    pub(super) place: Span,
}

impl<'t> Fields<'t> {
    /// The value of a key; null is as good as none.
    pub(super) fn get(&self, key: &str) -> Option<Node<'t>> {
        self.entry(key).map(|entry| entry.value)
    }

    pub(super) fn entry(&self, key: &str) -> Option<&Entry<'t>> {
        self.entries
            .iter()
            .find(|entry| entry.key == key && !entry.value.is_null())
    }
}

impl<'t> Reader<'t, '_> {
    fn document(&mut self, root: Node<'t>, declared: &mut Declared) {
        let keys = ["partial", "security", "entities", "relationships", "roles"];
        let Some(fields) = self.fields(root, "metadata", &keys) else {
            return;
        };
        if self.flag(&fields, "partial").is_some_and(|f| f.value) {
            self.origin = Origin::Solution;
        }
        if let Some(node) = fields.get("security") {
            let words = [("open", Security::Open), ("roles", Security::Roles)];
            declared.security = self.word(node, "security", &words).map(|w| w.value);
        }
        let mut seen = FxHashMap::default();
        for node in self.list(&fields, "entities") {
            if let Some(entity) = self.entity(node)
                && self.first_of(&mut seen, "entity", &entity.name)
            {
                declared.entity(entity);
            }
        }
        seen.clear();
        for node in self.list(&fields, "relationships") {
            if let Some(relationship) = self.relationship(node) {
                let folded = Spanned {
                    value: SmolStr::new(relationship.name.value.to_lowercase()),
                    span: relationship.name.span,
                };
                if self.first_of(&mut seen, "relationship", &folded) {
                    declared.relationship(relationship);
                }
            }
        }
        json_role::read(self, &fields, declared);
    }

    fn entity(&mut self, node: Node<'t>) -> Option<DeclaredEntity> {
        let keys = [
            "name",
            "ownership",
            "primary_id",
            "offline",
            "mobile",
            "activity",
            "offline_filter",
            "attributes",
        ];
        let fields = self.fields(node, "an entity", &keys)?;
        let name = self.required_name(&fields, "name", "an entity")?;
        let mut entity = DeclaredEntity::new(name, self.origin);
        if let Some(node) = fields.get("ownership") {
            entity.ownership = self.word(node, "ownership", Ownership::ALL);
        }
        entity.primary_id = self.name(&fields, "primary_id");
        entity.offline = self.flag(&fields, "offline").map(|f| f.value);
        entity.mobile = self.flag(&fields, "mobile").map(|f| f.value);
        entity.activity = self.flag(&fields, "activity").map(|f| f.value);
        if let Some(filter) = self.text(&fields, "offline_filter") {
            let some = !filter.value.trim().is_empty();
            entity.offline_filter = Some(some.then_some(Spanned {
                value: OfflineFilter::Native(filter.value),
                span: filter.span,
            }));
        }
        let mut seen = FxHashMap::default();
        for node in self.list(&fields, "attributes") {
            if let Some(declared) = json_attribute::read(self, node) {
                let name = Spanned {
                    value: declared.attribute.name.clone(),
                    span: declared.name_span,
                };
                if self.first_of(&mut seen, "attribute", &name) {
                    entity.attributes.insert(name.value, declared);
                }
            }
        }
        Some(entity)
    }

    fn relationship(&mut self, node: Node<'t>) -> Option<DeclaredRelationship> {
        const ONE: [&str; 6] = [
            "name",
            "kind",
            "referenced",
            "referencing",
            "lookup",
            "hierarchical",
        ];
        const MANY: [&str; 7] = [
            "name",
            "kind",
            "intersect",
            "entity1",
            "attribute1",
            "entity2",
            "attribute2",
        ];
        let what = "a relationship";
        let kind = self.kind(node)?;
        let keys: &[&str] = if kind == Kind::OneToMany { &ONE } else { &MANY };
        let fields = self.fields(node, what, keys)?;
        // The schema name keeps its case.
        let name = self.required(&fields, "name", what)?;
        let written = self.text(&fields, "name")?;
        self.report
            .logical_name(&written.value, name.span, codes::BAD_NAME)?;
        let name = Spanned {
            value: SmolStr::new(written.value),
            span: name.span,
        };
        let kind = match kind {
            Kind::OneToMany => {
                let hierarchical = self.flag(&fields, "hierarchical");
                DeclaredKind::OneToMany {
                    referenced: self.required_name(&fields, "referenced", what)?,
                    referencing: self.required_name(&fields, "referencing", what)?,
                    lookup: self.required_name(&fields, "lookup", what)?,
                    hierarchical: hierarchical.filter(|f| f.value).map(|f| f.span),
                }
            }
            Kind::ManyToMany => DeclaredKind::ManyToMany {
                intersect: self.required_name(&fields, "intersect", what)?,
                entity1: self.required_name(&fields, "entity1", what)?,
                attribute1: self.name(&fields, "attribute1"),
                entity2: self.required_name(&fields, "entity2", what)?,
                attribute2: self.name(&fields, "attribute2"),
            },
        };
        Some(DeclaredRelationship {
            name,
            origin: self.origin,
            kind,
        })
    }

    /// The kind of a relationship, which decides what keys it has.
    fn kind(&mut self, node: Node<'t>) -> Option<Kind> {
        let Some(entries) = self.file.object(node) else {
            self.wrong_type(node, "a relationship", "an object");
            return None;
        };
        let Some(kind) = entries.iter().find(|entry| entry.key == "kind") else {
            self.missing(node.opening(), "a relationship", "kind");
            return None;
        };
        let words = [("1:N", Kind::OneToMany), ("N:N", Kind::ManyToMany)];
        self.word(kind.value, "kind", &words).map(|w| w.value)
    }

    /// Reports the second of two with one name.
    pub(super) fn first_of(
        &mut self,
        seen: &mut FxHashMap<SmolStr, Span>,
        what: &str,
        name: &Spanned<SmolStr>,
    ) -> bool {
        let Some(first) = seen.get(&name.value) else {
            seen.insert(name.value.clone(), name.span);
            return true;
        };
        self.report.push(
            Diagnostic::new(
                codes::DECLARED_TWICE,
                name.span,
                format!("the {what} `{}` is declared twice", name.value),
            )
            .label(*first, "first declared here")
            .help("one file declares a thing once; a later `--metadata` file may override it"),
        );
        false
    }
}

/// The kinds of relationships.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    OneToMany,
    ManyToMany,
}
