//! Column types, by name: the same in every dialect but for `timestamp`, which in T-SQL is a version.

use weir_ir::schema::{AttributeType, Behavior};

use super::dialect::Dialect;

/// The types that weir reads.
const TYPES: [(&[&str], AttributeType); 15] = [
    (
        &["uuid", "uniqueidentifier", "guid"],
        AttributeType::Uniqueidentifier,
    ),
    (
        &[
            "char",
            "character",
            "varchar",
            "nchar",
            "nvarchar",
            "bpchar",
            "varchar2",
            "nvarchar2",
            "string",
            "citext",
            "sysname",
            "enum",
            "set",
            "name",
            "national",
        ],
        AttributeType::String,
    ),
    (
        &[
            "text",
            "ntext",
            "tinytext",
            "mediumtext",
            "longtext",
            "clob",
        ],
        AttributeType::Memo,
    ),
    (
        &[
            "int",
            "integer",
            "int2",
            "int4",
            "smallint",
            "mediumint",
            "tinyint",
            "serial",
            "smallserial",
            "year",
        ],
        AttributeType::Integer,
    ),
    (
        &["bigint", "int8", "bigserial", "rowversion", "unsigned"],
        AttributeType::Bigint,
    ),
    (
        &["numeric", "decimal", "dec", "number"],
        AttributeType::Decimal,
    ),
    (
        &["float", "float4", "float8", "real", "double"],
        AttributeType::Double,
    ),
    (&["money", "smallmoney"], AttributeType::Money),
    (&["boolean", "bool"], AttributeType::Boolean),
    (&["bit"], AttributeType::Boolean),
    (&["date"], AttributeType::Datetime(Behavior::DateOnly)),
    (
        &[
            "timestamp",
            "timestamptz",
            "datetime",
            "datetime2",
            "smalldatetime",
            "datetimeoffset",
        ],
        AttributeType::Datetime(Behavior::UserLocal),
    ),
    (
        &[
            "blob",
            "tinyblob",
            "mediumblob",
            "longblob",
            "bytea",
            "binary",
            "varbinary",
            "image",
        ],
        AttributeType::Virtual,
    ),
    (
        &[
            "json",
            "jsonb",
            "xml",
            "time",
            "timetz",
            "interval",
            "point",
            "line",
            "lseg",
            "box",
            "path",
            "polygon",
            "circle",
            "geometry",
            "geography",
            "hierarchyid",
            "sql_variant",
            "inet",
            "cidr",
            "macaddr",
            "tsvector",
            "tsquery",
            "varbit",
            "oid",
        ],
        AttributeType::Virtual,
    ),
    // A computed column of T-SQL has no type of its own.
    (&["as"], AttributeType::Virtual),
];

/// A column's type as it is written: its last name, and what stands in the parentheses behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written<'t> {
    pub(super) name: &'t str,
    pub(super) sizes: Vec<u32>,
    pub(super) array: bool,
}

/// Words that go on naming a type.
const MORE: [&str; 11] = [
    "varying",
    "precision",
    "character",
    "char",
    "varchar",
    "large",
    "object",
    "with",
    "without",
    "time",
    "zone",
];

impl<'t> Written<'t> {
    /// Reads the type at the beginning of a text.
    pub(super) fn read(text: &'t str) -> Self {
        let (mut name, mut rest) = word(text.trim_start());
        while let Some(after) = rest.strip_prefix('.') {
            (name, rest) = word(after);
        }
        loop {
            let (more, after) = word(rest.trim_start());
            if !MORE.contains(&more.to_ascii_lowercase().as_str()) {
                break;
            }
            rest = after;
        }
        let rest = rest.trim_start();
        let inner = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
        let (sizes, after) = inner.unwrap_or(("", rest));
        Self {
            name,
            sizes: sizes
                .split(',')
                .map_while(|size| size.trim().parse().ok())
                .collect(),
            array: after.trim_start().starts_with('[') && after.contains(']'),
        }
    }

    /// The attribute type; none if the name is unknown.
    pub(super) fn ty(&self, dialect: Dialect) -> Option<AttributeType> {
        let name = self.name.to_ascii_lowercase();
        let named = TYPES
            .iter()
            .find(|(names, _)| names.contains(&name.as_str()))
            .map(|(_, ty)| *ty);
        Some(match (name.as_str(), self.sizes.first()) {
            _ if self.array => AttributeType::Virtual,
            // MySQL's boolean, and a key's sixteen bytes.
            ("tinyint", Some(1)) => AttributeType::Boolean,
            ("binary", Some(16)) => AttributeType::Uniqueidentifier,
            ("bit", Some(2..)) => AttributeType::Virtual,
            ("timestamp", _) if dialect == Dialect::TSql => AttributeType::Bigint,
            _ => named?,
        })
    }

    /// Whether a text column is wide enough for a GUID.
    pub(super) fn holds_guid(&self) -> bool {
        self.sizes.first().is_none_or(|size| *size >= 32)
    }
}

/// The word that a text begins with, its quotes taken off, and what follows.
fn word(text: &str) -> (&str, &str) {
    let close = match text.as_bytes().first() {
        Some(b'[') => ']',
        Some(b'"') => '"',
        Some(b'`') => '`',
        _ => {
            let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_'));
            return text.split_at(end.unwrap_or(text.len()));
        }
    };
    text[1..].split_once(close).unwrap_or((&text[1..], ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_from_what_is_written() {
        use AttributeType as T;
        let cases = [
            ("uuid NOT NULL", Some(T::Uniqueidentifier)),
            ("[uniqueidentifier] NOT NULL", Some(T::Uniqueidentifier)),
            ("BINARY(16) PRIMARY KEY", Some(T::Uniqueidentifier)),
            ("binary(20)", Some(T::Virtual)),
            ("character varying (100) COLLATE \"C\"", Some(T::String)),
            ("pg_catalog.varchar(3)", Some(T::String)),
            ("Text,", Some(T::Memo)),
            ("int unsigned", Some(T::Integer)),
            ("tinyint(1) DEFAULT '0'", Some(T::Boolean)),
            ("tinyint", Some(T::Integer)),
            ("bit", Some(T::Boolean)),
            ("bit(8)", Some(T::Virtual)),
            ("double precision", Some(T::Double)),
            (
                "timestamp(3) with time zone",
                Some(T::Datetime(Behavior::UserLocal)),
            ),
            ("date", Some(T::Datetime(Behavior::DateOnly))),
            ("text[] NOT NULL", Some(T::Virtual)),
            ("uuid[]", Some(T::Virtual)),
            ("AS ([a]+[b])", Some(T::Virtual)),
            ("public.mood", None),
        ];
        for (text, expected) in cases {
            assert_eq!(
                Written::read(text).ty(Dialect::PostgreSql),
                expected,
                "{text}"
            );
        }
        let version = Written::read("timestamp NOT NULL");
        assert_eq!(version.ty(Dialect::TSql), Some(T::Bigint));
        assert_eq!(Written::read("[dbo].[my type](19, 4)").sizes, [19, 4]);
        assert!(!Written::read("varchar(20)").holds_guid());
    }
}
