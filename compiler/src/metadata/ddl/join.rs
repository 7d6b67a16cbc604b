//! From tables to what they declare. A table is an entity if its primary key can be a GUID; one that
//! does little more than refer to two rows is the intersect of an N:N; another foreign key is a 1:N.
//!
//! Cost: tables + columns + foreign keys.

use indexmap::IndexMap;
use rustc_hash::FxHashSet;
use smol_str::{SmolStr, format_smolstr};
use weir_ir::diagnostic::Diagnostic;
use weir_ir::schema::{Attribute, AttributeType, Ownership, SYSTEM_ENTITIES};

use super::table::{Column, ForeignKey, Table};
use crate::metadata::codes;
use crate::metadata::declared::{
    Declared, DeclaredAttribute, DeclaredEntity, DeclaredKind, DeclaredRelationship, Origin,
};
use crate::metadata::report::{Report, Spanned};

/// Columns that a table of pairs may have besides: they tell of the pair, not of what it means.
const BESIDES: [&str; 9] = [
    "versionnumber",
    "createdon",
    "createdby",
    "modifiedon",
    "modifiedby",
    "overriddencreatedon",
    "importsequencenumber",
    "timezoneruleversionnumber",
    "utcconversiontimezonecode",
];

/// Declares the tables.
pub(super) fn declare(tables: IndexMap<SmolStr, Table>, report: &mut Report) -> Declared {
    let mut joiner = Joiner {
        tables: &tables,
        report,
        declared: Declared::default(),
        names: FxHashSet::default(),
    };
    for table in tables.values() {
        joiner.table(table);
    }
    joiner.declared
}

struct Joiner<'t> {
    tables: &'t IndexMap<SmolStr, Table>,
    report: &'t mut Report,
    declared: Declared,
    /// Names of relationships, in lower case.
    names: FxHashSet<String>,
}

impl Joiner<'_> {
    fn table(&mut self, table: &Table) {
        let usable: Vec<(&ForeignKey, &Column)> = table
            .foreign
            .iter()
            .filter_map(|foreign| Some((foreign, self.column(table, foreign)?)))
            .collect();
        let key = guid_key(table);
        if let Some(pair) = pair(table, &usable, key) {
            self.entity(table, &usable, key, true);
            self.many_to_many(table, pair);
            return;
        }
        if let Some(key) = key {
            self.entity(table, &usable, Some(key), false);
        } else {
            let name = &table.name.logical;
            let message = format!(
                "the table `{}` has no primary key that is a GUID: it is left out",
                name.value
            );
            self.report.push(
                Diagnostic::new(codes::NO_GUID_KEY, name.span, message)
                    .help("weir knows a row by one GUID: a uuid, uniqueidentifier, char(36) or binary(16) column"),
            );
        }
        for (foreign, column) in usable {
            self.one_to_many(table, foreign, column);
        }
    }

    /// The column of a foreign key that can be a relationship.
    fn column<'c>(&mut self, table: &'c Table, foreign: &ForeignKey) -> Option<&'c Column> {
        let [name] = foreign.columns.as_slice() else {
            let message = "a foreign key of several columns can't be a relationship";
            self.unusable(foreign.table.clone(), message.to_owned());
            return None;
        };
        let Some(column) = table.columns.get(&name.value) else {
            let message = format!(
                "the table `{}` has no column `{}`",
                table.name.logical.value, name.value
            );
            self.unusable(name.clone(), message);
            return None;
        };
        let target = self.tables.get(&foreign.table.value);
        let key = target.map(guid_key);
        match key {
            // The table that it refers to is left out, and named as such.
            Some(None) if !column.guid => return None,
            Some(Some(key)) if foreign.referred.first().is_some_and(|to| to != key) => {
                let message = format!(
                    "a foreign key to another column than `{key}`, the primary key of `{}`",
                    foreign.table.value
                );
                self.unusable(foreign.table.clone(), message);
                return None;
            }
            _ => {}
        }
        Some(column)
    }

    fn unusable(&mut self, at: Spanned<SmolStr>, message: String) {
        self.report.push(
            Diagnostic::new(codes::UNUSABLE_RELATIONSHIP, at.span, message)
                .help("a relationship goes from one column to the primary key of a table"),
        );
    }

    fn entity(
        &mut self,
        table: &Table,
        usable: &[(&ForeignKey, &Column)],
        key: Option<&SmolStr>,
        pair: bool,
    ) {
        let mut entity = DeclaredEntity::new(table.name.logical.clone(), Origin::Database);
        entity.table = table.name.actual.clone();
        let name = &table.name.logical.value;
        // Of pairs and of system entities it is built in.
        let open = !pair && !SYSTEM_ENTITIES.iter().any(|system| system.name == *name);
        entity.ownership = open.then(|| ownership(table));
        let lookups: FxHashSet<&SmolStr> = usable
            .iter()
            .map(|(_, column)| &column.name.logical.value)
            .collect();
        for (name, column) in &table.columns {
            let ty = if key == Some(name) {
                AttributeType::Uniqueidentifier
            } else if column.guid && lookups.contains(name) {
                AttributeType::Lookup
            } else {
                column.ty
            };
            let mut attribute = Attribute::new(name.clone(), ty);
            attribute.precision = column.precision;
            attribute.column = column.name.actual.clone();
            attribute.encoding = column.encoding.clone();
            let declared = DeclaredAttribute {
                attribute,
                name_span: column.name.logical.span,
                type_span: column.type_span,
                stored: true,
            };
            entity.attributes.insert(name.clone(), declared);
        }
        entity.primary_id = key.and_then(|key| table.columns.get(key)).map(|column| {
            let name = &column.name.logical;
            name.clone()
        });
        self.declared.entity(entity);
    }

    fn one_to_many(&mut self, table: &Table, foreign: &ForeignKey, column: &Column) {
        let (one, many) = (&foreign.table, &table.name.logical);
        let lookup = &column.name.logical;
        let systematic = format_smolstr!("{}_{}_{}", one.value, many.value, lookup.value);
        let place = foreign.columns.first().unwrap_or(lookup);
        let name = self.unique(foreign.name.as_ref(), systematic, place);
        let kind = DeclaredKind::OneToMany {
            referenced: one.clone(),
            referencing: many.clone(),
            lookup: Spanned {
                value: lookup.value.clone(),
                span: place.span,
            },
            hierarchical: None,
        };
        self.relationship(name, kind);
    }

    fn many_to_many(&mut self, table: &Table, pair: [(&ForeignKey, &Column); 2]) {
        let intersect = table.name.logical.clone();
        let name = self.unique(None, intersect.value.clone(), &intersect);
        let [(first, column1), (second, column2)] = pair;
        let kind = DeclaredKind::ManyToMany {
            intersect,
            entity1: first.table.clone(),
            attribute1: Some(column1.name.logical.clone()),
            entity2: second.table.clone(),
            attribute2: Some(column2.name.logical.clone()),
        };
        self.relationship(name, kind);
    }

    /// The constraint's name, unless another relationship has it: constraints of two tables may
    /// share a name, relationships can't.
    fn unique(
        &mut self,
        named: Option<&Spanned<SmolStr>>,
        systematic: SmolStr,
        place: &Spanned<SmolStr>,
    ) -> Spanned<SmolStr> {
        if let Some(named) = named
            && self.names.insert(named.value.to_lowercase())
        {
            return named.clone();
        }
        self.names.insert(systematic.to_lowercase());
        Spanned {
            value: systematic,
            span: place.span,
        }
    }

    fn relationship(&mut self, name: Spanned<SmolStr>, kind: DeclaredKind) {
        self.declared.relationship(DeclaredRelationship {
            name,
            origin: Origin::Database,
            kind,
        });
    }
}

/// The ownership that a table's columns show.
fn ownership(table: &Table) -> Spanned<Ownership> {
    let shown = [
        ("ownerid", Ownership::UserOrTeam),
        ("owningbusinessunit", Ownership::Business),
    ]
    .into_iter()
    .find_map(|(name, value)| Some((table.columns.get(name)?.name.logical.span, value)));
    let (span, value) = shown.unwrap_or((table.name.logical.span, Ownership::Organization));
    Spanned { value, span }
}

/// The column that identifies a row: a primary key of one column that can be a GUID, or, without
/// any primary key, the one that is named as the platform does.
fn guid_key(table: &Table) -> Option<&SmolStr> {
    let name = match table.key.as_slice() {
        [key] => key.clone(),
        [] => format_smolstr!("{}id", table.name.logical.value),
        _ => return None,
    };
    let (key, column) = table.columns.get_key_value(&name)?;
    column.guid.then_some(key)
}

/// The two ends of a table of pairs: both foreign keys are its primary key, or there is nothing
/// else in it but its own key and [`BESIDES`].
fn pair<'t>(
    table: &Table,
    usable: &[(&'t ForeignKey, &'t Column)],
    key: Option<&SmolStr>,
) -> Option<[(&'t ForeignKey, &'t Column); 2]> {
    let ends: Vec<_> = usable
        .iter()
        .filter(|(_, column)| !BESIDES.contains(&column.name.logical.value.as_str()))
        .copied()
        .collect();
    let &[first, second] = ends.as_slice() else {
        return None;
    };
    let names = [&first.1.name.logical.value, &second.1.name.logical.value];
    if names[0] == names[1] || !first.1.guid || !second.1.guid {
        return None;
    }
    let keyed = table.key.len() == 2 && names.iter().all(|name| table.key.contains(name));
    let bare = table.key.len() <= 1
        && table.columns.keys().all(|name| {
            names.contains(&name) || Some(name) == key || BESIDES.contains(&name.as_str())
        })
        && !names.iter().any(|name| Some(*name) == key);
    (keyed || bare).then_some([first, second])
}
