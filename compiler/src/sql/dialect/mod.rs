//! What emission asks of a dialect: one file of answers each. SQL text that the query builder has no
//! words for stands there, in constant templates, and nowhere else in this room.

mod mariadb;
mod postgres;
mod sqlite;
mod tsql;
mod tsql_builder;

use sea_query::{
    Alias, Expr, ExprTrait, FunctionCall, IntoIden, MysqlQueryBuilder, PostgresQueryBuilder, Query,
    QueryStatementWriter, SchemaName, SelectStatement, SqliteQueryBuilder, SubQueryStatement,
    TableCreateStatement, TableName, TableRef, UnionType, WithClause, WithQuery,
};
use weir_ir::operators::{Element, Pattern};
use weir_ir::schema::{AttributeType, Behavior};
use weir_ir::time::{Day, Instant, WallClock};
use weir_ir::value::Value;

use super::storage::DAYS;
use super::{ParameterType, SqlError};

/// The dialects that weir speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// SQLite, with the functions and the collation that weir registers.
    Sqlite,
    /// PostgreSQL 15 or later, with the functions that weir installs.
    Postgres,
    /// MariaDB 10.6 or later, with the functions that weir installs.
    MariaDb,
    /// SQL Server 2019 or later and Azure SQL, with the functions that weir installs.
    Tsql,
}

/// A dialect's names and limits.
#[derive(Debug)]
pub(super) struct Limits {
    /// Its name.
    pub(super) name: &'static str,
    /// The schema that tables stand in, where names can say so.
    pub(super) schema: Option<&'static str>,
    /// What the names of common table expressions begin with.
    pub(super) common_prefix: &'static str,
    /// What no name of a table may begin with, whatever its case.
    pub(super) reserved_prefix: &'static str,
    /// Longest name, in bytes.
    pub(super) identifier_bytes: usize,
    /// Most parameters of a statement.
    pub(super) parameters: usize,
    /// Most tables of a statement, each common table expression counted with all that it reads,
    /// wherever it stands.
    pub(super) tables: usize,
    /// Most common table expressions of a statement.
    pub(super) commons: usize,
    /// Most entities of a statement.
    pub(super) together: usize,
    /// Deepest expression, counted through the common table expressions that it reads.
    pub(super) depth: usize,
    /// Deepest expression of one `SELECT`.
    pub(super) height: usize,
}

/// What a list or a table in a parameter is read by: what stands after `FROM`, and its columns.
pub(super) struct Read<C> {
    pub(super) from: FunctionCall,
    pub(super) columns: C,
}

/// How a dialect says what emission asks it for.
pub(super) trait Answers: Sync {
    /// Names and limits.
    fn limits(&self) -> &'static Limits;

    /// A placeholder as a value of a type.
    fn parameter(&self, ty: ParameterType, placeholder: Expr) -> Expr;

    /// A condition that no optimizer looks into for terms of its own.
    fn closed(&self, condition: Expr) -> Expr {
        condition
    }

    /// Whether common table expressions that look little must be kept from being worked out anew for
    /// each row that looks them up.
    fn keeps(&self) -> bool {
        false
    }

    /// A condition whose bounds are worked out, on rows that something else leads to: it must not
    /// pass for a way to find them.
    fn beside(&self, condition: Expr) -> Expr {
        condition
    }

    /// What is true of everything, or of nothing.
    fn constant(&self, says: bool) -> Expr {
        Expr::cust(if says { "TRUE" } else { "FALSE" })
    }

    /// A text that is not folded, or is already, so that `=` and order are exact.
    fn exact(&self, text: Expr) -> Expr {
        text
    }

    /// Whether a column inside an `EXISTS` equals a value that is worked out from columns outside it.
    fn same_as_outer(&self, inner: Expr, outer: Expr) -> Expr {
        inner.eq(outer)
    }

    /// A GUID in the order of its text.
    fn guid_order(&self, guid: Expr) -> Expr {
        guid
    }

    /// How the steps of a recursive expression come to its beginning.
    fn recursion(&self) -> UnionType {
        UnionType::Distinct
    }

    /// What stands behind a statement with recursive expressions.
    fn recursive_tail(&self) -> &'static str {
        ""
    }

    /// The ids on the way to a row of a recursive expression that no depth bounds, where its union
    /// doesn't end loops.
    fn trail(&self, _before: Option<Expr>, _id: Expr) -> Option<Expr> {
        None
    }

    /// Whether an id isn't on a trail.
    fn is_new(&self, _trail: Expr, _id: Expr) -> Option<Expr> {
        None
    }

    /// The first day that columns hold.
    fn first_day(&self) -> Day {
        DAYS.0
    }

    /// A text folded as the organisation compares it, ordered by code point.
    fn fold(&self, text: Expr) -> Expr;

    /// Whether a text matches a pattern, a parameter made by [`Answers::pattern`].
    fn like(&self, text: Expr, pattern: Expr) -> Expr;

    /// A folded pattern, as the parameter of [`Answers::like`]; none where it has no exact form.
    fn pattern(&self, folded: &str) -> Option<String>;

    /// A stored number as it is compared with one that has a fraction.
    fn decimal(&self, number: Expr, whole: bool) -> Expr;

    /// The values of a list of that type.
    fn list(&self, list: Expr, ty: ParameterType, alias: &'static str) -> Read<Expr>;

    /// The rows of a table with columns of those types.
    fn table(&self, table: Expr, types: &[ParameterType], alias: &'static str) -> Read<Vec<Expr>>;

    /// The choices of a column of many.
    fn choices(&self, column: Expr, alias: &'static str) -> Read<Expr>;

    /// Whether a value is among those of a `SELECT`.
    fn among(&self, value: Expr, list: SelectStatement) -> Expr;

    /// A datetime's text, out of a table in a parameter, as columns of that behaviour compare.
    fn moment(&self, behavior: Behavior, text: Expr) -> Expr;

    /// A datetime of the years 0000 to 9999, as its behaviour numbers it, as a parameter's text.
    fn moment_text(&self, behavior: Behavior, number: i64) -> String;

    /// A set of choices, ascending, as a column of many holds it.
    fn choices_text(&self, choices: &[i64]) -> String {
        let choices: Vec<String> = choices.iter().map(i64::to_string).collect();
        format!("[{}]", choices.join(","))
    }

    /// Whether a parameter can hold a value, whose year is among 0000 to 9999.
    fn binds(&self, _: &Value) -> bool {
        true
    }

    /// Whether a column can hold a value that a parameter can, exactly.
    fn stores(&self, _: &Value) -> bool {
        true
    }

    /// The type of the column of an attribute; a constant of the dialect.
    fn column_type(&self, ty: AttributeType) -> &'static str;

    /// A placeholder of a template, as a value of a type.
    fn placeholder(&self, _: usize, _: ParameterType) -> String {
        "?".to_owned()
    }

    /// Columns of a row as one text: equal exactly where all values are, as their types compare.
    fn image(&self, columns: Vec<(Expr, AttributeType)>) -> Expr;

    /// The type of a column of logical names.
    fn name_type(&self) -> &'static str {
        self.key_type()
    }

    /// The type of a column of what [`Answers::digest`] gives.
    fn key_type(&self) -> &'static str {
        "text"
    }

    /// A text of any length, as a key that is equal exactly where the text is.
    fn digest(&self, text: Expr) -> Expr;
}

/// The rows of a `SELECT` into one of our own tables.
#[derive(Clone, Copy, Debug)]
pub(super) struct Insert {
    pub(super) table: &'static str,
    pub(super) columns: &'static [&'static str],
}

impl Dialect {
    /// All dialects.
    pub const ALL: [Self; 4] = [Self::Sqlite, Self::Postgres, Self::MariaDb, Self::Tsql];

    /// Those of servers, which need what `install` gives.
    pub const SERVERS: [Self; 2] = [Self::Postgres, Self::MariaDb];

    pub(super) fn answers(self) -> &'static dyn Answers {
        match self {
            Self::Sqlite => &sqlite::Sqlite,
            Self::Postgres => &postgres::Postgres,
            Self::MariaDb => &mariadb::MariaDb,
            Self::Tsql => &tsql::Tsql,
        }
    }

    pub(super) fn limits(self) -> &'static Limits {
        self.answers().limits()
    }

    /// Its name, for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.limits().name
    }

    /// The text of a statement, and its values in the order of its placeholders.
    pub(super) fn build(
        self,
        query: &impl QueryStatementWriter,
    ) -> (String, Vec<sea_query::Value>) {
        let (sql, values) = match self {
            Self::Sqlite => query.build(SqliteQueryBuilder),
            Self::Postgres => query.build(PostgresQueryBuilder),
            Self::MariaDb => query.build(MysqlQueryBuilder),
            Self::Tsql => return tsql_builder::build(query),
        };
        (sql, values.0)
    }

    /// The text of a statement that inserts what a `SELECT` gives, and its values.
    pub(super) fn insert(
        self,
        into: Insert,
        select: SelectStatement,
        with: Option<WithClause>,
    ) -> (String, Vec<sea_query::Value>) {
        let (schema, table) = self.own_table(into.table);
        let table = TableName(
            schema.map(|schema| SchemaName(None, Alias::new(schema).into_iden())),
            Alias::new(table).into_iden(),
        );
        let mut insert = Query::insert();
        insert
            .into_table(TableRef::Table(table, None))
            .columns(into.columns.iter().copied().map(Alias::new));
        if self == Self::MariaDb {
            // It takes `WITH` behind the list of columns alone.
            let (head, _) = self.build(&insert);
            let (sql, values) = match with {
                Some(with) => self.build(&with_query(with, select)),
                None => self.build(&select),
            };
            return (format!("{} {sql}", head.trim_end()), values);
        }
        // As many columns as the table's: the builder has nothing to refuse.
        let _ = insert.select_from(select);
        match with {
            Some(with) => self.build(&with_query(with, insert)),
            None => self.build(&insert),
        }
    }

    /// The schema and the name of one of our own tables.
    pub(super) fn own_table(self, name: &str) -> (Option<&'static str>, String) {
        match self {
            Self::Postgres | Self::Tsql => (Some("weir"), name.to_owned()),
            Self::Sqlite | Self::MariaDb => (None, format!("weir_{name}")),
        }
    }

    /// The text of a statement that creates a table.
    pub(super) fn create(self, table: &TableCreateStatement) -> String {
        match self {
            Self::Sqlite => table.to_string(SqliteQueryBuilder),
            Self::Postgres => table.to_string(PostgresQueryBuilder),
            Self::MariaDb => table.to_string(MysqlQueryBuilder),
            Self::Tsql => tsql_builder::create(table),
        }
    }

    /// The statement that writes a row, the primary id first, where it is none of the builder's.
    pub(super) fn merge(self, table: &str, columns: &[&str]) -> Option<String> {
        (self == Self::Tsql).then(|| tsql_builder::merge(table, columns))
    }

    /// A checked name, quoted.
    pub(super) fn quote(self, name: &str) -> String {
        match self {
            Self::Sqlite | Self::Postgres => format!("\"{}\"", name.replace('"', "\"\"")),
            Self::MariaDb => format!("`{}`", name.replace('`', "``")),
            Self::Tsql => format!("[{}]", name.replace(']', "]]")),
        }
    }

    /// Checks a name of the schema before it is quoted.
    pub(super) fn check_name(self, name: &str) -> Result<(), SqlError> {
        let limits = self.limits();
        let reserved = limits.reserved_prefix;
        let reason = if name.is_empty() {
            "it is empty".to_owned()
        } else if name.contains('\0') {
            "it contains the character U+0000".to_owned()
        } else if name.len() > limits.identifier_bytes {
            format!(
                "it has {} bytes, and {} are allowed",
                name.len(),
                limits.identifier_bytes
            )
        } else if name
            .get(..reserved.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(reserved))
        {
            format!("`{reserved}` is reserved")
        } else {
            return Ok(());
        };
        Err(SqlError::Name {
            name: name.to_owned(),
            dialect: limits.name,
            reason,
        })
    }
}

/// A column by the alias of its table.
fn column(alias: &'static str, name: &'static str) -> Expr {
    Expr::col((Alias::new(alias), Alias::new(name)))
}

/// Most arguments of a function that writes an array; longer ones are arrays of arrays.
const ARRAY_ITEMS: usize = 80;

/// Items as one array of the dialect, which `array` writes.
fn nested(mut items: Vec<Expr>, array: impl Fn(Vec<Expr>) -> Expr) -> Expr {
    while items.len() > ARRAY_ITEMS {
        let mut rest = items.into_iter();
        items = std::iter::from_fn(|| {
            let chunk: Vec<Expr> = rest.by_ref().take(ARRAY_ITEMS).collect();
            (!chunk.is_empty()).then(|| array(chunk))
        })
        .collect();
    }
    array(items)
}

/// A datetime in ISO 8601: the storage form of texts.
fn iso(behavior: Behavior, number: i64) -> String {
    match behavior {
        Behavior::UserLocal => Instant(number).storage_text(),
        Behavior::TimeZoneIndependent => WallClock(number).storage_text(),
        Behavior::DateOnly => Day(i32::try_from(number).unwrap_or_default()).to_string(),
    }
}

/// A folded pattern as a regular expression between two anchors. `character` writes one as the escape
/// of its number, so that none has a meaning of its own.
fn regex(folded: &str, [start, end]: [&str; 2], character: fn(char) -> String) -> String {
    let pattern = Pattern::parse(folded);
    if pattern.matches_nothing() {
        return format!("{start}{end}.");
    }
    let mut out = start.to_owned();
    for element in pattern.elements() {
        match element {
            Element::Run => out.push_str(".*"),
            Element::Any => out.push('.'),
            Element::Char(c) => out.push_str(&character(*c)),
            Element::Set { negated, ranges } => {
                let ranges: String = ranges
                    .iter()
                    .filter(|(first, last)| first <= last)
                    .map(|(first, last)| format!("{}-{}", character(*first), character(*last)))
                    .collect();
                match (ranges.is_empty(), negated) {
                    (true, _) => out.push('.'),
                    (false, true) => out += &format!("[^{ranges}]"),
                    (false, false) => out += &format!("[{ranges}]"),
                }
            }
        }
    }
    out + end
}

/// A statement with its common table expressions. The builder's own way clones them all.
pub(super) fn with_query(with: WithClause, query: impl Into<SubQueryStatement>) -> WithQuery {
    let mut whole = WithQuery::new();
    whole.with_clause(with).query(query);
    whole
}
