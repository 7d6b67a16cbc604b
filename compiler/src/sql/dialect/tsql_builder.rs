//! T-SQL for the query builder, which has none of its own: names in brackets, placeholders `@P1`,
//! `WITH` without `RECURSIVE`, `MERGE`.
//!
//! Templates of expressions say `?`; the writer numbers the placeholders.

use sea_query::{
    BinOper, ColumnType, DynIden, EscapeBuilder, ExplainStatement, Expr, IntoIden, Oper,
    OperLeftAssocDecider, PrecedenceDecider, QueryBuilder, QueryStatementWriter, Quote,
    QuotedBuilder, SelectInto, SelectStatement, SqlWriter, SqlWriterValues, SqliteQueryBuilder,
    SubQueryStatement, TableCreateStatement, TableRef, TableRefBuilder, UnionType, Value,
    WithClause, Write,
};

/// Writes T-SQL.
pub(super) struct TsqlQueryBuilder;

impl QuotedBuilder for TsqlQueryBuilder {
    fn quote(&self) -> Quote {
        Quote::from((b'[', b']'))
    }
}

impl EscapeBuilder for TsqlQueryBuilder {
    fn needs_escape(&self, string: &str) -> bool {
        string.contains('\'')
    }

    fn write_escaped(&self, buffer: &mut impl Write, string: &str) {
        let _ = buffer.write_str(&string.replace('\'', "''"));
    }

    fn unescape_string(&self, string: &str) -> String {
        string.replace("''", "'")
    }
}

impl TableRefBuilder for TsqlQueryBuilder {}

impl PrecedenceDecider for TsqlQueryBuilder {
    fn inner_expr_well_known_greater_precedence(&self, inner: &Expr, outer: &Oper) -> bool {
        SqliteQueryBuilder.inner_expr_well_known_greater_precedence(inner, outer)
    }
}

impl OperLeftAssocDecider for TsqlQueryBuilder {
    fn well_known_left_associative(&self, op: &BinOper) -> bool {
        SqliteQueryBuilder.well_known_left_associative(op)
    }
}

impl QueryBuilder for TsqlQueryBuilder {
    fn prepare_query_statement(&self, query: &SubQueryStatement, sql: &mut impl SqlWriter) {
        match query {
            SubQueryStatement::SelectStatement(select) => {
                self.prepare_select_statement(select, sql)
            }
            SubQueryStatement::InsertStatement(insert) => {
                self.prepare_insert_statement(insert, sql)
            }
            SubQueryStatement::UpdateStatement(update) => {
                self.prepare_update_statement(update, sql)
            }
            SubQueryStatement::DeleteStatement(delete) => {
                self.prepare_delete_statement(delete, sql)
            }
            SubQueryStatement::WithStatement(with) => self.prepare_with_query(with, sql),
        }
    }

    fn prepare_union_statement(
        &self,
        union: UnionType,
        select: &SelectStatement,
        sql: &mut impl SqlWriter,
    ) {
        // Writing to a text never fails, here or elsewhere.
        let _ = sql.write_str(match union {
            UnionType::Intersect => " INTERSECT ",
            UnionType::Except => " EXCEPT ",
            UnionType::All => " UNION ALL ",
            _ => " UNION ",
        });
        self.prepare_select_statement(select, sql);
    }

    fn prepare_with_clause_start(&self, _: &WithClause, sql: &mut impl SqlWriter) {
        let _ = sql.write_str("WITH ");
    }

    fn prepare_with_clause_recursive_options(&self, _: &WithClause, _: &mut impl SqlWriter) {}

    fn prepare_select_into(&self, _: &SelectInto, _: &mut impl SqlWriter) {}

    fn prepare_explain_statement(&self, _: &ExplainStatement, _: &mut impl SqlWriter) {}

    fn prepare_value(&self, value: Value, sql: &mut impl SqlWriter) {
        sql.push_param(value, self);
    }
}

/// The text of a statement, and its values in the order of its placeholders.
pub(super) fn build(query: &impl QueryStatementWriter) -> (String, Vec<Value>) {
    let mut writer = SqlWriterValues::new("@P", true);
    query.build_collect_any_into(&TsqlQueryBuilder, &mut writer);
    let (sql, values) = writer.into_parts();
    (sql, values.0)
}

/// The text of a statement that creates a table of columns with types of ours.
pub(super) fn create(table: &TableCreateStatement) -> String {
    let columns = table.get_columns().iter().map(|column| {
        let ty = match column.get_column_type() {
            Some(ColumnType::Custom(ty)) => ty.to_string(),
            _ => String::new(),
        };
        let key = match column.get_column_spec().primary_key {
            true => " NOT NULL PRIMARY KEY",
            false => "",
        };
        format!("{} {ty}{key}", quoted(column.get_column_name()))
    });
    let columns: Vec<String> = columns.collect();
    let name = match table.get_table_name() {
        Some(TableRef::Table(name, _)) => quoted(name.1.to_string()),
        _ => String::new(),
    };
    format!("CREATE TABLE {name} ( {} )", columns.join(", "))
}

/// The statement that writes a row, the primary id first.
pub(super) fn merge(table: &str, columns: &[&str]) -> String {
    let names: Vec<String> = columns.iter().copied().map(quoted).collect();
    let list = |each: &dyn Fn(usize, &str) -> String| {
        let parts = names.iter().enumerate();
        parts.map(|(at, name)| each(at, name)).collect::<Vec<_>>()
    };
    let values = list(&|at, _| format!("@P{}", at + 1)).join(", ");
    let given = list(&|_, name| format!("[s].{name}")).join(", ");
    let set = list(&|_, name| format!("{name} = [s].{name}"));
    let update = match set.get(1..) {
        Some(set) if !set.is_empty() => {
            format!(" WHEN MATCHED THEN UPDATE SET {}", set.join(", "))
        }
        _ => String::new(),
    };
    let id = names.first().map_or("", String::as_str);
    let (table, names) = (quoted(table), names.join(", "));
    // Without the lock two writers of a new row would both insert it.
    format!(
        "MERGE INTO {table} WITH (HOLDLOCK) AS [t] USING (VALUES ({values})) AS [s] ({names}) \
         ON [t].{id} = [s].{id}{update} \
         WHEN NOT MATCHED THEN INSERT ({names}) VALUES ({given});"
    )
}

/// A name in brackets.
fn quoted(name: impl Into<String>) -> String {
    let name: DynIden = sea_query::Alias::new(name.into()).into_iden();
    let mut out = String::new();
    TsqlQueryBuilder.prepare_iden(&name, &mut out);
    out
}
