//! Relationships over the entities that are there. A 1:N makes its lookup known, an N:N its
//! intersect. A relationship with an end that no source declares is not usable: an error where a
//! profile uses it. Metadata JSON is warned of it; an export names many more relationships than it
//! holds entities for.

use indexmap::{IndexMap, IndexSet};
use smol_str::{SmolStr, format_smolstr};
use weir_ir::diagnostic::{Code, Diagnostic, Span};
use weir_ir::schema::{
    AttrId, Attribute, AttributeType, Entity, EntityId, Family, Relationship, RelationshipKind,
    Unusable,
};

use super::codes;
use super::declared::{DeclaredKind, DeclaredRelationship, Origin};
use super::finish::undeclared_intersect;
use super::report::{Report, Spanned};

type Entities = IndexMap<SmolStr, Entity>;

/// What becomes of the relationships.
#[derive(Debug, Default)]
pub(super) struct Joined {
    pub(super) relationships: Vec<Relationship>,
    pub(super) unusable: Vec<Unusable>,
}

/// Joins relationships to their entities, which gain lookups and intersects.
pub(super) fn join(
    entities: &mut Entities,
    declared: IndexMap<SmolStr, DeclaredRelationship>,
    report: &mut Report,
) -> Joined {
    let mut joined = Joined::default();
    let mut joiner = Joiner {
        entities,
        report,
        targets: IndexMap::new(),
    };
    for relationship in declared.into_values() {
        let name = relationship.name.value.clone();
        match joiner.join(&relationship) {
            Ok(kind) => joined.relationships.push(Relationship { name, kind }),
            Err(missing) => joined.unusable.push(Unusable { name, missing }),
        }
    }
    joiner.add_targets();
    joined
}

struct Joiner<'a> {
    entities: &'a mut Entities,
    report: &'a mut Report,
    /// Targets that relationships give to lookups, in order, each once.
    targets: IndexMap<(usize, AttrId), IndexSet<SmolStr>>,
}

impl Joiner<'_> {
    /// The relationship over entities, or those of its entities that are missing.
    fn join(
        &mut self,
        relationship: &DeclaredRelationship,
    ) -> Result<RelationshipKind, Vec<SmolStr>> {
        let origin = relationship.origin;
        match &relationship.kind {
            DeclaredKind::OneToMany {
                referenced,
                referencing,
                lookup,
                hierarchical,
            } => {
                // The lookup becomes known even where the entity that it points to isn't.
                let known = self
                    .entities
                    .get_index_of(&referencing.value)
                    .map(|at| (at, self.lookup(at, lookup, &referenced.value, origin)));
                let [one, many] = self.ends([referenced, referencing], origin)?;
                let (_, Some(lookup)) = known.unwrap_or_default() else {
                    return Err(Vec::new());
                };
                Ok(RelationshipKind::OneToMany {
                    referenced: one,
                    referencing: many,
                    lookup,
                    hierarchical: self.hierarchical(*hierarchical, one == many, origin),
                })
            }
            DeclaredKind::ManyToMany {
                intersect,
                entity1,
                attribute1,
                entity2,
                attribute2,
            } => {
                let [first, second] = self.ends([entity1, entity2], origin)?;
                let itself = first == second;
                let names = [
                    column(entity1, attribute1.as_ref(), itself.then_some("one")),
                    column(entity2, attribute2.as_ref(), itself.then_some("two")),
                ];
                self.many_to_many(
                    intersect,
                    [(entity1, first), (entity2, second)],
                    names,
                    origin,
                )
                .ok_or_else(Vec::new)
            }
        }
    }

    fn many_to_many(
        &mut self,
        intersect: &Spanned<SmolStr>,
        ends: [(&Spanned<SmolStr>, EntityId); 2],
        names: [Spanned<SmolStr>; 2],
        origin: Origin,
    ) -> Option<RelationshipKind> {
        let at = match self.entities.get_index_of(&intersect.value) {
            Some(at) => at,
            None => {
                let entity = undeclared_intersect(&intersect.value, self.report);
                self.entities.insert_full(intersect.value.clone(), entity).0
            }
        };
        let primary_id = primary_id(self.entities, at);
        for (name, taken) in [
            (&names[0], primary_id.as_ref()),
            (&names[1], primary_id.as_ref()),
            (&names[1], Some(&names[0].value)),
        ] {
            if Some(&name.value) == taken {
                let message = format!("`{}` can't hold an end of a pair", name.value);
                let help = "name two attributes of the intersect entity, neither its primary id";
                self.contradiction(name.span, message, help, origin);
                return None;
            }
        }
        let [(name1, entity1), (name2, entity2)] = ends;
        let attribute1 = self.lookup(at, &names[0], &name1.value, origin)?;
        let attribute2 = self.lookup(at, &names[1], &name2.value, origin)?;
        Some(RelationshipKind::ManyToMany {
            intersect: id(at),
            entity1,
            attribute1,
            entity2,
            attribute2,
        })
    }

    /// The numbers of two ends, or the names of those that are missing.
    fn ends(
        &mut self,
        names: [&Spanned<SmolStr>; 2],
        origin: Origin,
    ) -> Result<[EntityId; 2], Vec<SmolStr>> {
        let found = names.map(|name| self.entities.get_index_of(&name.value));
        if let [Some(one), Some(other)] = found {
            return Ok([id(one), id(other)]);
        }
        let mut missing: Vec<SmolStr> = Vec::new();
        for name in names {
            if self.entities.contains_key(&name.value) || missing.contains(&name.value) {
                continue;
            }
            missing.push(name.value.clone());
            if origin == Origin::Json {
                let known = self.entities.keys().map(SmolStr::as_str);
                let help = self.report.hint(
                    &name.value,
                    known,
                    "declare it under `entities`, in this file or another `--metadata`",
                );
                let message = format!(
                    "the entity `{}` is unknown, so the relationship can't be used",
                    name.value
                );
                let found = Diagnostic::new(codes::UNKNOWN_ENTITY, name.span, message);
                self.report.push(found.help(help));
            }
        }
        Err(missing)
    }

    /// The attribute of an entity that points to `target`: there, or made known here.
    fn lookup(
        &mut self,
        at: usize,
        name: &Spanned<SmolStr>,
        target: &SmolStr,
        origin: Origin,
    ) -> Option<AttrId> {
        let (_, entity) = self.entities.get_index_mut(at)?;
        let Some(found) = entity.find(&name.value) else {
            let attribute = Attribute::new(name.value.clone(), AttributeType::Lookup);
            let (index, _) = entity.attributes.insert_full(name.value.clone(), attribute);
            let lookup = AttrId(u32::try_from(index).ok()?);
            let targets = self.targets.entry((at, lookup)).or_default();
            targets.insert(target.clone());
            return Some(lookup);
        };
        let attribute = entity.attribute(found);
        if attribute.ty.family() != Family::Guid {
            let file = matches!(attribute.ty, AttributeType::File | AttributeType::Image);
            if file && origin != Origin::Json {
                // Exports relate every file column to the entity that keeps files.
                return None;
            }
            let message = format!(
                "`{}` of `{}` is of type `{}`, which points to no row",
                name.value, entity.name, attribute.ty
            );
            let help = "a relationship goes through a lookup";
            self.contradiction(name.span, message, help, origin);
            return None;
        }
        // A polymorphic lookup without targets may point anywhere: one target would narrow it. An
        // owner is a user or a team, whatever pseudo-entity an export calls it.
        let settled = match attribute.ty {
            AttributeType::Lookup => false,
            AttributeType::Owner => true,
            _ => attribute.targets.is_empty(),
        };
        if !settled {
            let known = &attribute.targets;
            let targets = self.targets.entry((at, found));
            targets
                .or_insert_with(|| known.iter().cloned().collect())
                .insert(target.clone());
        }
        Some(found)
    }

    fn hierarchical(&mut self, flag: Option<Span>, itself: bool, origin: Origin) -> bool {
        if let Some(span) = flag
            && !itself
        {
            let message = "a hierarchical relationship joins an entity to itself";
            match origin {
                Origin::Json => self.report.push(
                    Diagnostic::new(codes::BAD_HIERARCHY, span, message)
                        .help("leave `hierarchical` out, or name one entity at both ends"),
                ),
                Origin::Solution | Origin::Database => self.report.push(
                    Diagnostic::new(codes::UNREAD_VALUE, span, format!("{message}: ignored"))
                        .help("the relationship is used as one without a hierarchy"),
                ),
            }
        }
        flag.is_some() && itself
    }

    /// What can't be: an error in JSON; in an export, a relationship that isn't used.
    fn contradiction(&mut self, span: Span, message: String, help: &str, origin: Origin) {
        let code: Code = match origin {
            Origin::Json => codes::NOT_A_LOOKUP,
            Origin::Solution | Origin::Database => codes::UNUSABLE_RELATIONSHIP,
        };
        self.report
            .push(Diagnostic::new(code, span, message).help(help));
    }

    /// Writes the targets back, once all are known.
    fn add_targets(self) {
        for ((at, lookup), targets) in self.targets {
            let entity = self.entities.get_index_mut(at).map(|(_, entity)| entity);
            let attributes = entity.map(|entity| &mut entity.attributes);
            if let Some((_, attribute)) =
                attributes.and_then(|all| all.get_index_mut(lookup.0 as usize))
            {
                attribute.targets = targets.into_iter().collect();
            }
        }
    }
}

/// The name of an entity's primary id.
fn primary_id(entities: &Entities, at: usize) -> Option<SmolStr> {
    let (_, entity) = entities.get_index(at)?;
    Some(entity.attribute(entity.primary_id).name.clone())
}

/// The intersect's column for an end: the one named, else the platform's name for it.
fn column(
    entity: &Spanned<SmolStr>,
    named: Option<&Spanned<SmolStr>>,
    suffix: Option<&str>,
) -> Spanned<SmolStr> {
    named.cloned().unwrap_or_else(|| Spanned {
        value: format_smolstr!("{}id{}", entity.value, suffix.unwrap_or_default()),
        span: entity.span,
    })
}

fn id(at: usize) -> EntityId {
    EntityId(u32::try_from(at).unwrap_or(u32::MAX))
}
