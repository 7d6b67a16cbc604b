//! An index as a dialect's statement.
//!
//! Invariant: the name says table and columns and nothing else, so that one that is there is the
//! one that is wanted; it is of ASCII letters, digits and `_` whatever the names of the schema are.

use super::super::{Dialect, SqlError};

/// What all names begin with.
const PREFIX: &str = "weir_";

/// Name and statement of an index; or why the dialect has none, where its columns are compared
/// folded.
pub(super) fn index(
    table: &str,
    columns: &[String],
    folded: bool,
    dialect: Dialect,
) -> Result<Result<(String, String), &'static str>, SqlError> {
    dialect.check_name(table)?;
    let mut indexed = Vec::with_capacity(columns.len());
    for column in columns {
        let quoted = dialect.quote(column);
        indexed.push(match (folded, dialect) {
            (false, _) => quoted,
            (true, Dialect::Sqlite) => format!("weir_fold({quoted})"),
            (true, Dialect::Postgres) => format!(r#"("weir"."fold"({quoted}) COLLATE "C")"#),
            (true, Dialect::MariaDb) => {
                return Ok(Err(
                    "texts are compared folded, and MariaDB has no index on an expression",
                ));
            }
            (true, Dialect::Tsql) => {
                return Ok(Err(
                    "texts are compared folded, by a function that T-SQL can't index",
                ));
            }
        });
    }
    let name = name(table, columns, dialect.limits().identifier_bytes);
    let (quoted, indexed) = (dialect.quote(&name), indexed.join(", "));
    let table = dialect.quote(table);
    Ok(Ok((
        name.clone(),
        match dialect {
            Dialect::Sqlite | Dialect::MariaDb => {
                format!("CREATE INDEX IF NOT EXISTS {quoted} ON {table} ({indexed})")
            }
            Dialect::Postgres => {
                format!(r#"CREATE INDEX IF NOT EXISTS {quoted} ON "public".{table} ({indexed})"#)
            }
            // The name has nothing that a literal would have to escape.
            Dialect::Tsql => format!(
                "IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE name = N'{name}') \
                 CREATE INDEX {quoted} ON [dbo].{table} ({indexed})"
            ),
        },
    )))
}

/// The name of an index: table and columns, parted by `__`. Where they don't fit, or could be read
/// otherwise, a digest of them stands before what fits.
fn name(table: &str, columns: &[String], limit: usize) -> String {
    let parts = || std::iter::once(table).chain(columns.iter().map(String::as_str));
    let is_word = |part: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        part.chars().all(plain)
            && !part.contains("__")
            && !part.starts_with('_')
            && !part.ends_with('_')
    };
    let joined = format!("{PREFIX}{}", parts().collect::<Vec<_>>().join("__"));
    if parts().all(is_word) && joined.len() <= limit {
        return joined;
    }
    let words = parts().collect::<Vec<_>>().join("_");
    let words: String = words.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut name = format!("{PREFIX}_{:016x}_{words}", digest(parts()));
    name.truncate(limit);
    name
}

/// FNV-1a, of 64 bits: the same for ever. U+0000, which no name has, ends each part.
fn digest<'p>(parts: impl Iterator<Item = &'p str>) -> u64 {
    let bytes = parts.flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(table: &str, columns: &[&str], limit: usize) -> String {
        let columns: Vec<String> = columns.iter().map(ToString::to_string).collect();
        name(table, &columns, limit)
    }

    #[test]
    fn names_say_table_and_columns() {
        assert_eq!(of("task", &["ownerid"], 63), "weir_task__ownerid");
        assert_eq!(of("a_b", &["c", "d"], 63), "weir_a_b__c__d");
    }

    #[test]
    fn what_differs_has_another_name() {
        let long = "x".repeat(60);
        let all = [
            of("a_", &["b"], 63),
            of("a", &["_b"], 63),
            of("a", &["", "b"], 63),
            of("a__b", &["c"], 63),
            of("a", &["b", "c"], 63),
            of("ä", &["b"], 63),
            of("ö", &["b"], 63),
            of("a'b", &["b"], 63),
            of(&long, &["b"], 63),
            of(&long, &["c"], 63),
        ];
        let different: std::collections::BTreeSet<&String> = all.iter().collect();
        assert_eq!(different.len(), all.len(), "{all:?}");
        for name in &all {
            assert!(name.len() <= 63, "{name}");
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
            assert!(name.chars().all(plain), "{name}");
        }
    }

    #[test]
    fn names_end_at_the_limit() {
        // `weir_`, `__` and one letter stand beside the table's name.
        assert!(of(&"x".repeat(55), &["c"], 63).ends_with("x__c"));
        assert_eq!(of(&"x".repeat(55), &["c"], 63).len(), 63);
        assert!(of(&"x".repeat(56), &["c"], 63).starts_with("weir__"));
    }

    /// The tokens of a statement; quoted names and texts are not told apart.
    fn shape(sql: &str, dialect: Dialect) -> Vec<String> {
        use sqlparser::dialect::{
            Dialect as Grammar, MsSqlDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect,
        };
        use sqlparser::tokenizer::{Token, Tokenizer};
        let grammar: Box<dyn Grammar> = match dialect {
            Dialect::Sqlite => Box::new(SQLiteDialect {}),
            Dialect::Postgres => Box::new(PostgreSqlDialect {}),
            Dialect::MariaDb => Box::new(MySqlDialect {}),
            Dialect::Tsql => Box::new(MsSqlDialect {}),
        };
        let tokens = Tokenizer::new(&*grammar, sql).tokenize().expect("tokens");
        let word = |token| match token {
            Token::Word(word) if word.quote_style.is_some() => "name".to_owned(),
            Token::NationalStringLiteral(_) => "text".to_owned(),
            other => other.to_string(),
        };
        tokens.into_iter().map(word).collect()
    }

    #[test]
    fn no_name_changes_the_shape() {
        const PIECES: [&str; 12] = [
            "'", "\"", "`", "[", "]", "\\", ";--", "/*", "\r\n", "?1", "N'", "\u{e9})",
        ];
        for dialect in Dialect::ALL {
            let of = |table: &str, columns: [&str; 2]| {
                let columns = columns.map(str::to_owned);
                let index = index(table, &columns, false, dialect).expect("a name");
                index.expect("a statement").1
            };
            let expected = shape(&of("thing", ["a", "b"]), dialect);
            for first in PIECES {
                for second in PIECES {
                    let both = format!("{first}{second}");
                    let sql = of(&both, [first, second]);
                    assert_eq!(shape(&sql, dialect), expected, "{sql}");
                }
            }
        }
    }
}
