//! MariaDB's answers: JSON tables, decimals of 38 digits, and texts that compare by code point with
//! trailing blanks.
//!
//! Texts are never cast: a cast takes the place of the column's collation, and no index serves it.

use rust_decimal::Decimal;
use sea_query::{Expr, ExprTrait, Func, FunctionCall, SelectStatement};
use weir_ir::schema::{AttributeType, Behavior, Family};

use super::{Answers, Limits, Read, column, iso, nested, regex};
use weir_ir::value::Value;

use crate::sql::ParameterType;

pub(super) struct MariaDb;

static LIMITS: Limits = Limits {
    name: "MariaDB",
    // A name can be qualified by the database alone, which is not known here.
    schema: None,
    common_prefix: "weir_",
    reserved_prefix: "weir_",
    // 64 characters; bytes are the safe side.
    identifier_bytes: 64,
    // A 16-bit count in the protocol.
    parameters: 65_535,
    // A limit of ours: it plans a common table expression wherever it stands.
    tables: 960,
    commons: 64,
    // A prepared statement of several gave fewer rows from its second run on (10.11.19).
    together: 1,
    // 42 links in one another run over the default stack of 292 KB, at depth 535. Long before, those
    // that join users take twice the time and memory to plan with each link: 17 (depth 235) 0.1 s,
    // 20 more than 1 GB, 30 more than 20 GB (10.11.19).
    depth: 240,
    height: 240,
};

/// The type of a column of a JSON table.
fn type_name(ty: ParameterType) -> &'static str {
    match ty {
        ParameterType::Boolean | ParameterType::Integer => "BIGINT",
        ParameterType::Decimal => "DECIMAL(65, 28)",
        ParameterType::Guid => "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin",
        ParameterType::Datetime | ParameterType::LocalDatetime => "DATETIME(3)",
        ParameterType::Date => "DATE",
        ParameterType::Text | ParameterType::Choices | ParameterType::Json => {
            "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"
        }
    }
}

/// The columns of a JSON table.
const COLUMNS: [&str; 4] = ["c0", "c1", "c2", "c3"];

/// What stands after `FROM` for a JSON text: one row an element, columns of types and paths.
fn json_table(json: Expr, columns: &[(&str, &str)]) -> FunctionCall {
    let columns: Vec<String> = COLUMNS
        .iter()
        .zip(columns)
        .map(|(name, (ty, path))| format!("{name} {ty} PATH '{path}'"))
        .collect();
    let arguments = format!("?, '$[*]' COLUMNS ({})", columns.join(", "));
    Func::cust("JSON_TABLE").arg(Expr::cust_with_expr(arguments, json))
}

impl Answers for MariaDb {
    fn limits(&self) -> &'static Limits {
        &LIMITS
    }

    /// Numbers and datetimes have their types; a text or a GUID is compared as its column is.
    fn parameter(&self, ty: ParameterType, placeholder: Expr) -> Expr {
        match ty {
            ParameterType::Boolean | ParameterType::Integer => placeholder.cast_as("SIGNED"),
            ParameterType::Decimal => placeholder.cast_as("DECIMAL(65, 28)"),
            ParameterType::Datetime | ParameterType::LocalDatetime => {
                placeholder.cast_as("DATETIME(3)")
            }
            ParameterType::Date => placeholder.cast_as("DATE"),
            ParameterType::Text
            | ParameterType::Guid
            | ParameterType::Choices
            | ParameterType::Json => placeholder,
        }
    }

    fn fold(&self, text: Expr) -> Expr {
        Func::cust("weir_fold").arg(text).into()
    }

    /// `=` would let the `EXISTS` become an `IN`, and one beside an `OR` is wrong from the second run of
    /// a prepared statement on: the value is then no longer looked at (10.11.14).
    fn same_as_outer(&self, inner: Expr, outer: Expr) -> Expr {
        Expr::cust_with_exprs("? <=> ?", [inner, outer])
    }

    fn like(&self, text: Expr, pattern: Expr) -> Expr {
        Expr::cust_with_exprs("? REGEXP ?", [self.fold(text), pattern])
    }

    /// For PCRE: `(?s)`: a line break is a character like any other.
    fn pattern(&self, folded: &str) -> Option<String> {
        Some(regex(folded, ["(?s)\\A", "\\z"], |c| {
            format!("\\x{{{:X}}}", u32::from(c))
        }))
    }

    fn decimal(&self, number: Expr, _: bool) -> Expr {
        number
    }

    fn list(&self, list: Expr, ty: ParameterType, alias: &'static str) -> Read<Expr> {
        Read {
            from: json_table(list, &[(type_name(ty), "$")]),
            columns: column(alias, COLUMNS[0]),
        }
    }

    fn table(&self, table: Expr, types: &[ParameterType], alias: &'static str) -> Read<Vec<Expr>> {
        const PATHS: [&str; 4] = ["$[0]", "$[1]", "$[2]", "$[3]"];
        let columns: Vec<_> = types.iter().map(|ty| type_name(*ty)).zip(PATHS).collect();
        Read {
            from: json_table(table, &columns),
            columns: COLUMNS
                .iter()
                .take(types.len())
                .map(|name| column(alias, name))
                .collect(),
        }
    }

    fn choices(&self, choices: Expr, alias: &'static str) -> Read<Expr> {
        self.list(choices, ParameterType::Integer, alias)
    }

    fn among(&self, value: Expr, list: SelectStatement) -> Expr {
        value.in_subquery(list)
    }

    fn moment(&self, behavior: Behavior, text: Expr) -> Expr {
        self.parameter(ParameterType::moment(behavior), text)
    }

    /// Without the letters of ISO 8601; all datetimes are UTC or wall clocks.
    fn moment_text(&self, behavior: Behavior, number: i64) -> String {
        iso(behavior, number).replace('T', " ").replace('Z', "")
    }

    /// Decimals of 28 digits before the point and 10 behind it.
    fn stores(&self, value: &Value) -> bool {
        match value {
            Value::Decimal(value) => {
                let value = value.normalize();
                value.scale() <= 10 && value.trunc().abs() < Decimal::from(10_u128.pow(28))
            }
            _ => true,
        }
    }

    /// All texts in one collation: it puts no two together.
    fn image(&self, columns: Vec<(Expr, AttributeType)>) -> Expr {
        let items = columns.into_iter().map(|(value, ty)| match ty.family() {
            Family::Guid | Family::Text | Family::Choices | Family::Opaque => {
                Expr::cust_with_expr("CONVERT(? USING utf8mb4) COLLATE utf8mb4_nopad_bin", value)
            }
            Family::Bool | Family::Number | Family::Instant | Family::WallClock | Family::Day => {
                value
            }
        });
        nested(items.collect(), |items| {
            Func::cust("JSON_ARRAY").args(items).into()
        })
    }

    fn name_type(&self) -> &'static str {
        "varchar(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"
    }

    fn key_type(&self) -> &'static str {
        "char(64) CHARACTER SET ascii COLLATE ascii_bin"
    }

    fn digest(&self, text: Expr) -> Expr {
        Expr::cust_with_expr(
            "CAST(SHA2(?, 256) AS CHAR(64) CHARACTER SET ascii) COLLATE ascii_bin",
            text,
        )
    }

    fn column_type(&self, ty: AttributeType) -> &'static str {
        match ty.family() {
            Family::Bool => "boolean",
            Family::Number if ty == AttributeType::Bigint => "bigint",
            Family::Number if ty.is_whole() => "int",
            Family::Number => "decimal(38, 10)",
            Family::Guid => "char(36) CHARACTER SET ascii COLLATE ascii_bin",
            Family::Instant | Family::WallClock => "datetime(3)",
            Family::Day => "date",
            Family::Choices => "json",
            Family::Text | Family::Opaque => {
                "longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"
            }
        }
    }
}
