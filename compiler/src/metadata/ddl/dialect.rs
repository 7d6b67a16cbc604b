//! The dialects that scripts are written in: what of their lexis decides where a statement ends, and
//! how a file says, or shows, which it is.

use sqlparser::dialect as sql;

/// A dialect of SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    PostgreSql,
    Sqlite,
    MySql,
    TSql,
}

/// All of them with their names, in the order in which a script that shows nothing is tried.
pub(super) const ALL: [(&str, Dialect); 4] = [
    ("postgresql", Dialect::PostgreSql),
    ("sqlite", Dialect::Sqlite),
    ("mysql", Dialect::MySql),
    ("tsql", Dialect::TSql),
];

/// What only one of them writes, in upper case.
const SIGNS: [(&str, Dialect); 12] = [
    ("\nGO\n", Dialect::TSql),
    ("\nGO\r\n", Dialect::TSql),
    ("[DBO]", Dialect::TSql),
    ("DATETIME2", Dialect::TSql),
    ("DATETIMEOFFSET", Dialect::TSql),
    ("NVARCHAR(MAX)", Dialect::TSql),
    ("AUTO_INCREMENT", Dialect::MySql),
    ("ENGINE=", Dialect::MySql),
    ("`", Dialect::MySql),
    ("AUTOINCREMENT", Dialect::Sqlite),
    ("PRAGMA ", Dialect::Sqlite),
    ("WITHOUT ROWID", Dialect::Sqlite),
];

impl Dialect {
    /// Its parser's own.
    pub(super) fn parser(self) -> &'static dyn sql::Dialect {
        match self {
            Self::PostgreSql => &sql::PostgreSqlDialect {},
            Self::Sqlite => &sql::SQLiteDialect {},
            Self::MySql => &sql::MySqlDialect {},
            Self::TSql => &sql::MsSqlDialect {},
        }
    }

    /// Names stand in `[…]`.
    pub(super) fn brackets(self) -> bool {
        matches!(self, Self::Sqlite | Self::TSql)
    }

    /// An unquoted name is one in lower case.
    pub(super) fn lowers(self) -> bool {
        self == Self::PostgreSql
    }

    /// The dialects to try: the one that a script shows first.
    pub(super) fn likely(text: &str) -> Vec<Self> {
        let upper = text.to_ascii_uppercase();
        let shown = SIGNS.iter().find(|(sign, _)| upper.contains(sign));
        let mut order: Vec<Self> = ALL.iter().map(|(_, dialect)| *dialect).collect();
        if let Some((_, first)) = shown {
            order.sort_by_key(|dialect| dialect != first);
        }
        order
    }
}
