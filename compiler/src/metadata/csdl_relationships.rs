//! The navigation properties of a `$metadata`, as relationships: a 1:N from the end that is one row, an
//! N:N from two collections that are partners. A schema name is the name of the collection, as the
//! platform writes it.
//!
//! Cost: navigation properties × depth of inheritance, through an index by name.

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use weir_grammar::xml::{Element, Located};
use weir_ir::diagnostic::{Diagnostic, Span};

use super::codes;
use super::csdl::{
    BASES, EntityType, EntityTypes, ancestry, attribute_name, bare, lookup_of, systematic,
};
use super::declared::{Declared, DeclaredKind, DeclaredRelationship, Origin};
use super::report::{Report, Spanned, is_name};

/// Declares the relationships of the types.
pub(super) fn declare(types: &EntityTypes<'_>, declared: &mut Declared, report: &mut Report) {
    let mut index = FxHashMap::default();
    for found in types.values() {
        for element in found.element.children_named("NavigationProperty") {
            let name = text(element, "Name").to_lowercase();
            index.insert((found.name.value.clone(), name), element);
        }
    }
    let intersects = intersects(types);
    let mut joiner = Joiner {
        types,
        index,
        intersects,
        declared,
        report,
        names: FxHashSet::default(),
    };
    for found in types.values() {
        if BASES.contains(&found.name.value.as_str()) {
            continue;
        }
        for element in found.element.children_named("NavigationProperty") {
            joiner.navigation(found, element);
        }
    }
}

struct Joiner<'a, 'e> {
    types: &'a EntityTypes<'e>,
    /// Navigation properties by type and lower-case name.
    index: FxHashMap<(SmolStr, String), &'e Element>,
    /// Types that could be intersects, by their two columns.
    intersects: FxHashMap<[String; 2], Option<SmolStr>>,
    declared: &'a mut Declared,
    report: &'a mut Report,
    /// Names of relationships, in lower case.
    names: FxHashSet<String>,
}

/// What a navigation property leads to.
struct Target {
    name: Spanned<SmolStr>,
    many: bool,
}

impl<'e> Joiner<'_, 'e> {
    fn navigation(&mut self, from: &EntityType<'_>, element: &Element) {
        let Some(name) = attribute_name(element, "Name", codes::UNREAD_VALUE, self.report) else {
            return;
        };
        let Some(target) = self.target(element) else {
            return;
        };
        if BASES.contains(&target.name.value.as_str()) {
            return;
        }
        let partner = element.attribute("Partner");
        if !target.many {
            self.one_to_many(from, &name, target.name, element);
            return;
        }
        let other = partner.and_then(|partner| self.find(&target.name.value, partner.text()));
        match other.and_then(|other| Some((other, self.target(other)?))) {
            Some((_, back)) if !back.many => {}
            Some((other, _)) => self.many_to_many(from, element, &target, other),
            None if self.types.contains_key(&target.name.value) => {
                let partner = partner.map_or("", Located::text);
                let message = format!(
                    "`{}` has no navigation property `{partner}`, the partner of `{}`",
                    target.name.value, name.value
                );
                self.report.push(
                    Diagnostic::new(codes::UNUSABLE_RELATIONSHIP, name.span, message)
                        .help("both ends of a relationship name each other as `Partner`"),
                );
            }
            // The other end lies elsewhere: whoever uses the relationship is told.
            None => {
                let schema_name = written(element, "Name", name.span);
                let lookup = partner.map_or_else(|| name.value.clone(), |p| p.text().into());
                let kind = DeclaredKind::OneToMany {
                    referenced: from.name.clone(),
                    referencing: target.name,
                    lookup: Spanned {
                        value: SmolStr::new(lookup.to_lowercase()),
                        span: name.span,
                    },
                    hierarchical: None,
                };
                self.relationship(schema_name, kind);
            }
        }
    }

    /// What a navigation property's type names; a missing one is reported.
    fn target(&mut self, element: &Element) -> Option<Target> {
        let all = element.attribute("Type").map(Located::text);
        let inner = all.and_then(|all| all.strip_prefix("Collection(")?.strip_suffix(')'));
        let name = match inner.or(all).map(|name| bare(name).trim()) {
            Some(inner) if is_name(inner) => Spanned {
                value: SmolStr::new(inner.to_lowercase()),
                span: element.attribute("Type")?.trimmed_span(),
            },
            _ => attribute_name(element, "Type", codes::UNREAD_VALUE, self.report)?,
        };
        Some(Target {
            name,
            many: inner.is_some(),
        })
    }

    /// A navigation property of a type, or of one that it is derived from.
    fn find(&self, of: &SmolStr, name: &str) -> Option<&'e Element> {
        let name = name.trim().to_lowercase();
        ancestry(self.types, self.types.get(of)?)
            .into_iter()
            .find_map(|above| self.index.get(&(above.name.value.clone(), name.clone())))
            .copied()
    }

    fn one_to_many(
        &mut self,
        from: &EntityType<'_>,
        name: &Spanned<SmolStr>,
        to: Spanned<SmolStr>,
        element: &Element,
    ) {
        let constraint = element.child("ReferentialConstraint");
        let property = constraint.and_then(|c| c.attribute("Property"));
        let lookup = match property {
            Some(property) => {
                let text = property.text().trim().to_lowercase();
                let value = SmolStr::new(lookup_of(&text).unwrap_or(&text));
                let span = property.trimmed_span();
                if !is_name(&value) {
                    self.report.logical_name(&text, span, codes::UNREAD_VALUE);
                    return;
                }
                Spanned { value, span }
            }
            None if self.has(from, &name.value) => name.clone(),
            None => {
                let message = format!("nothing says which lookup `{}` goes through", name.value);
                self.report.push(
                    Diagnostic::new(codes::UNUSABLE_RELATIONSHIP, name.span, message).help(
                        "it needs `<ReferentialConstraint Property=\"_…_value\" …/>`; it is left out",
                    ),
                );
                return;
            }
        };
        let partner = written(element, "Partner", name.span);
        let free = is_name(&partner.value) && !self.names.contains(&partner.value.to_lowercase());
        let schema_name = if free {
            partner
        } else {
            Spanned {
                value: systematic(&to.value, &from.name.value, &lookup.value),
                span: name.span,
            }
        };
        let kind = DeclaredKind::OneToMany {
            referenced: to,
            referencing: from.name.clone(),
            lookup,
            hierarchical: None,
        };
        self.relationship(schema_name, kind);
    }

    /// Whether the entity has a lookup of that name.
    fn has(&self, from: &EntityType<'_>, name: &SmolStr) -> bool {
        let entity = self.declared.entities.get(&from.name.value);
        entity.is_some_and(|entity| entity.attributes.contains_key(name))
    }

    fn many_to_many(
        &mut self,
        from: &EntityType<'_>,
        element: &Element,
        target: &Target,
        other: &Element,
    ) {
        // The end that comes first declares it.
        let here = element.span.start;
        if other.span.start < here {
            return;
        }
        let name = written(element, "Name", element.name_span);
        let ends = [&from.name.value, &target.name.value];
        let columns = if ends[0] == ends[1] {
            [format!("{}idone", ends[0]), format!("{}idtwo", ends[1])]
        } else {
            ends.map(|end| format!("{end}id"))
        };
        let folded = name.value.to_lowercase();
        let short = folded.strip_suffix("_association").unwrap_or(&folded);
        let named = [folded.as_str(), short]
            .into_iter()
            .find(|name| self.types.contains_key(*name));
        let intersect = match (named, self.intersects.get(&sorted(columns))) {
            (Some(named), _) => SmolStr::new(named),
            (None, Some(Some(only))) => only.clone(),
            _ => SmolStr::new(&folded),
        };
        let kind = DeclaredKind::ManyToMany {
            intersect: Spanned {
                value: intersect,
                span: name.span,
            },
            entity1: from.name.clone(),
            attribute1: None,
            entity2: target.name.clone(),
            attribute2: None,
        };
        self.relationship(name, kind);
    }

    fn relationship(&mut self, name: Spanned<SmolStr>, kind: DeclaredKind) {
        self.names.insert(name.value.to_lowercase());
        self.declared.relationship(DeclaredRelationship {
            name,
            origin: Origin::Database,
            kind,
        });
    }
}

/// Types that could be intersects: no navigation, and two ids besides their own; none where several
/// have the same columns.
fn intersects(types: &EntityTypes<'_>) -> FxHashMap<[String; 2], Option<SmolStr>> {
    let mut found: FxHashMap<[String; 2], Option<SmolStr>> = FxHashMap::default();
    for candidate in types.values() {
        let element = candidate.element;
        if element.child("NavigationProperty").is_some() {
            continue;
        }
        let key = element
            .child("Key")
            .and_then(|key| key.children.first())
            .map_or("", |key| text(key, "Name"));
        let mut ids = element
            .children_named("Property")
            .filter(|property| {
                text(property, "Type") == "Edm.Guid" && text(property, "Name") != key
            })
            .map(|property| text(property, "Name").to_lowercase());
        let (Some(one), Some(two), None) = (ids.next(), ids.next(), ids.next()) else {
            continue;
        };
        found
            .entry(sorted([one, two]))
            .and_modify(|only| *only = None)
            .or_insert_with(|| Some(candidate.name.value.clone()));
    }
    found
}

fn sorted(mut pair: [String; 2]) -> [String; 2] {
    pair.sort();
    pair
}

/// The text of an attribute, or nothing.
fn text<'e>(element: &'e Element, key: &str) -> &'e str {
    element.attribute(key).map_or("", Located::text).trim()
}

/// A name in its own case.
fn written(element: &Element, key: &str, otherwise: Span) -> Spanned<SmolStr> {
    Spanned {
        value: SmolStr::new(text(element, key)),
        span: element
            .attribute(key)
            .map_or(otherwise, Located::trimmed_span),
    }
}
