//! What statements say of tables, by the names that weir gives them: the lower-case name, with `_`
//! for what can't stand in one.

use std::ops::Range;

use indexmap::IndexMap;
use smol_str::SmolStr;
use sqlparser::ast::{
    AlterTableOperation, ColumnDef, ColumnOption, DataType, ForeignKeyConstraint, Ident,
    ObjectName, Statement, TableConstraint,
};
use weir_ir::diagnostic::{Diagnostic, FileId, Span};
use weir_ir::limits;
use weir_ir::schema::{AttributeType, Family};

use super::dialect::Dialect;
use super::parse::{Parsed, Places};
use super::types::Written;
use crate::metadata::codes;
use crate::metadata::report::{Report, Spanned, is_name, shorten};

/// A table.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: Name,
    pub(super) columns: IndexMap<SmolStr, Column>,
    /// The columns of its primary key.
    pub(super) key: Vec<SmolStr>,
    pub(super) foreign: Vec<ForeignKey>,
}

/// A name as weir has it, and as the database does.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub(super) logical: Spanned<SmolStr>,
    /// In the database, where that is another.
    pub(super) actual: Option<SmolStr>,
}

/// A column.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: Name,
    pub(super) ty: AttributeType,
    pub(super) type_span: Span,
    /// Digits after the point.
    pub(super) precision: Option<u32>,
    /// Whether its values can be GUIDs.
    pub(super) guid: bool,
    /// A GUID that isn't stored as text.
    pub(super) encoding: Option<SmolStr>,
}

/// A foreign key.
#[derive(Debug)]
pub(super) struct ForeignKey {
    pub(super) name: Option<Spanned<SmolStr>>,
    pub(super) columns: Vec<Spanned<SmolStr>>,
    pub(super) table: Spanned<SmolStr>,
    /// The columns that it refers to; none: the primary key.
    pub(super) referred: Vec<SmolStr>,
}

/// The tables of a script.
pub(super) struct Tables<'a> {
    pub(super) file: FileId,
    pub(super) script: &'a str,
    pub(super) dialect: Dialect,
    pub(super) report: &'a mut Report,
    pub(super) tables: IndexMap<SmolStr, Table>,
}

/// Columns whose names are the platform's but for underscores: who owns a row.
const OWNERS: [(&str, &str); 2] = [
    ("owner_id", "ownerid"),
    ("owning_business_unit", "owningbusinessunit"),
];

impl Tables<'_> {
    /// Adds what a statement says.
    pub(super) fn add(&mut self, parsed: &Parsed) {
        let places = &parsed.places;
        match &parsed.statement {
            Statement::CreateTable(create) => {
                let Some(name) = self.object(&create.name, places) else {
                    return;
                };
                if let Some(first) = self.tables.get(&name.logical.value) {
                    let first = first.name.logical.span;
                    self.twice("table", &name.logical, first);
                    return;
                }
                if self.tables.len() >= limits::METADATA_ENTITIES {
                    let message = format!("over {} tables", limits::METADATA_ENTITIES);
                    self.beyond(name.logical.span, message);
                    return;
                }
                let mut table = Table {
                    name,
                    columns: IndexMap::new(),
                    key: Vec::new(),
                    foreign: Vec::new(),
                };
                for column in &create.columns {
                    self.column(&mut table, column, places);
                }
                for constraint in &create.constraints {
                    self.constraint(&mut table, constraint, places);
                }
                let key = table.name.logical.value.clone();
                self.tables.insert(key, table);
            }
            Statement::AlterTable(alter) => {
                let Some(name) = self.object(&alter.name, places) else {
                    return;
                };
                let Some(at) = self.tables.get_index_of(&name.logical.value) else {
                    self.unknown_table(&name.logical);
                    return;
                };
                let Some((key, mut table)) = self.tables.swap_remove_index(at) else {
                    return;
                };
                for operation in &alter.operations {
                    match operation {
                        AlterTableOperation::AddConstraint { constraint, .. } => {
                            self.constraint(&mut table, constraint, places);
                        }
                        AlterTableOperation::AddColumn { column_def, .. } => {
                            self.column(&mut table, column_def, places);
                        }
                        _ => {}
                    }
                }
                // Back into its place.
                let (last, _) = self.tables.insert_full(key, table);
                self.tables.swap_indices(at, last);
            }
            _ => {}
        }
    }

    fn column(&mut self, table: &mut Table, column: &ColumnDef, places: &Places) {
        let Some(mut name) = self.name(&column.name, places) else {
            return;
        };
        if let Some((_, own)) = OWNERS
            .iter()
            .find(|(alias, _)| *alias == name.logical.value)
        {
            name.actual.get_or_insert(name.logical.value);
            name.logical.value = SmolStr::new_static(own);
        }
        if let Some(first) = table.columns.get(&name.logical.value) {
            let first = first.name.logical.span;
            self.twice("column", &name.logical, first);
            return;
        }
        if table.columns.len() >= limits::METADATA_ATTRIBUTES {
            let table = &table.name.logical.value;
            let message = format!("`{table}` has over {} columns", limits::METADATA_ATTRIBUTES);
            self.beyond(name.logical.span, message);
            return;
        }
        for option in &column.options {
            match &option.option {
                ColumnOption::PrimaryKey(_) => table.key = vec![name.logical.value.clone()],
                ColumnOption::ForeignKey(foreign) => {
                    let named = option.name.as_ref().or(foreign.name.as_ref());
                    let columns = vec![name.logical.clone()];
                    self.foreign(table, named, columns, foreign, places);
                }
                _ => {}
            }
        }
        let typed = self.typed(name, column, places);
        table
            .columns
            .insert(typed.name.logical.value.clone(), typed);
    }

    /// A column with what its type says.
    fn typed(&mut self, name: Name, column: &ColumnDef, places: &Places) -> Column {
        let behind = places.name(&column.name).end;
        if column.data_type == DataType::Unspecified {
            return Column {
                type_span: name.logical.span,
                name,
                ty: AttributeType::String,
                precision: None,
                guid: true,
                encoding: None,
            };
        }
        let text = self.script.get(behind..).unwrap_or_default();
        // A type's name and sizes are short, whatever follows.
        let near = text
            .char_indices()
            .nth(200)
            .map_or(text, |(at, _)| &text[..at]);
        let written = Written::read(near);
        let start = behind + written.name.as_ptr().addr() - text.as_ptr().addr();
        let type_span = self.span(start..start + written.name.len());
        let ty = written.ty(self.dialect).unwrap_or_else(|| {
            let message = format!("the type `{}` isn't read", shorten(written.name));
            self.report.push(
                Diagnostic::new(codes::UNREAD_TYPE, type_span, message)
                    .help("the attribute is taken for a virtual one, which can't be filtered"),
            );
            AttributeType::Virtual
        });
        let text = matches!(ty, AttributeType::String | AttributeType::Memo);
        let fraction = matches!(ty, AttributeType::Decimal | AttributeType::Money);
        let binary = ty.family() == Family::Guid && written.name.eq_ignore_ascii_case("binary");
        Column {
            name,
            ty,
            type_span,
            precision: written
                .sizes
                .get(1)
                .copied()
                .filter(|digits| fraction && *digits <= 28),
            guid: ty.family() == Family::Guid || text && written.holds_guid(),
            encoding: binary.then(|| SmolStr::new_static("binary(16)")),
        }
    }

    fn constraint(&mut self, table: &mut Table, constraint: &TableConstraint, places: &Places) {
        match constraint {
            TableConstraint::PrimaryKey(key) => {
                let names = key
                    .columns
                    .iter()
                    .filter_map(|part| match &part.column.expr {
                        sqlparser::ast::Expr::Identifier(name) => Some(name),
                        _ => None,
                    });
                table.key = names
                    .filter_map(|name| Some(self.name(name, places)?.logical.value))
                    .collect();
            }
            TableConstraint::ForeignKey(foreign) => {
                let columns = foreign
                    .columns
                    .iter()
                    .filter_map(|name| Some(self.name(name, places)?.logical))
                    .map(|mut name| {
                        let alias = OWNERS.iter().find(|(alias, _)| *alias == name.value);
                        if let Some((_, own)) = alias {
                            name.value = SmolStr::new_static(own);
                        }
                        name
                    })
                    .collect();
                self.foreign(table, foreign.name.as_ref(), columns, foreign, places);
            }
            _ => {}
        }
    }

    fn foreign(
        &mut self,
        table: &mut Table,
        name: Option<&Ident>,
        columns: Vec<Spanned<SmolStr>>,
        foreign: &ForeignKeyConstraint,
        places: &Places,
    ) {
        let Some(to) = self.object(&foreign.foreign_table, places) else {
            return;
        };
        let name = name
            .filter(|name| is_name(&name.value))
            .map(|name| Spanned {
                value: SmolStr::new(&name.value),
                span: self.span(places.name(name)),
            });
        let referred = foreign.referred_columns.iter();
        let referred = referred
            .filter_map(|name| Some(self.name(name, places)?.logical.value))
            .collect();
        table.foreign.push(ForeignKey {
            name,
            columns,
            table: to.logical,
            referred,
        });
    }

    /// The name of a table, without its schema.
    fn object(&mut self, name: &ObjectName, places: &Places) -> Option<Name> {
        let last = name.0.last()?.as_ident()?;
        // A temporary table of T-SQL is no data.
        if self.dialect == Dialect::TSql && last.value.starts_with('#') {
            return None;
        }
        self.name(last, places)
    }

    fn name(&mut self, name: &Ident, places: &Places) -> Option<Name> {
        let actual = if self.dialect.lowers() && name.quote_style.is_none() {
            SmolStr::new(name.value.to_lowercase())
        } else {
            SmolStr::new(&name.value)
        };
        let folded: String = name
            .value
            .to_lowercase()
            .chars()
            .map(|c| {
                if c.is_alphanumeric() || c == '_' {
                    c
                } else {
                    '_'
                }
            })
            .collect();
        let span = self.span(places.name(name));
        let logical = self.report.logical_name(&folded, span, codes::BAD_NAME)?;
        let actual = (actual != logical.value).then_some(actual);
        Some(Name { logical, actual })
    }

    pub(super) fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file, range.start, range.end)
    }

    fn twice(&mut self, what: &str, name: &Spanned<SmolStr>, first: Span) {
        let message = format!("the {what} `{}` is declared twice", name.value);
        self.report.push(
            Diagnostic::new(codes::DECLARED_TWICE, name.span, message)
                .label(first, "first declared here")
                .help("names count in lower case, without their schema, and with `_` for what is no letter, digit or underscore"),
        );
    }

    fn beyond(&mut self, span: Span, message: String) {
        self.report.push(
            Diagnostic::new(codes::METADATA_LIMIT, span, message)
                .help("what follows is left out; give the part that profiles need"),
        );
    }

    fn unknown_table(&mut self, name: &Spanned<SmolStr>) {
        let known = self.tables.keys().map(SmolStr::as_str);
        let help = self.report.hint(
            &name.value,
            known,
            "create the table before it is altered, in this file",
        );
        let message = format!("the table `{}` is altered, but never created", name.value);
        self.report
            .push(Diagnostic::new(codes::UNREAD_VALUE, name.span, message).help(help));
    }
}
