//! What a server needs before it can run the statements: text folding, as a function over a table made
//! of the same Unicode data that the engine folds with. Everything stands in a schema or under a
//! prefix of its own; installing twice changes nothing, and uninstalling leaves nothing.

use weir_ir::fold::{Collation, fold};

use super::{Dialect, Kind, Parameter, ParameterType, ParameterValue, SqlError, Statement};

/// A statement of a script, and whether the table of foldings is its parameter.
type Line = (&'static str, bool);

/// The statements that install what a plan's statements need, in order.
///
/// # Errors
/// The dialect can't fold text by the collation.
pub fn install(dialect: Dialect, collation: Collation) -> Result<Vec<Statement>, SqlError> {
    let script = match dialect {
        Dialect::Sqlite => &[][..],
        Dialect::Postgres => POSTGRES,
        Dialect::MariaDb => MARIADB,
        Dialect::Tsql => TSQL,
    };
    check_collation(dialect, collation)?;
    Ok(statements(Kind::Install, script))
}

/// Whether the dialect has a function that folds by the collation.
pub(super) fn check_collation(dialect: Dialect, collation: Collation) -> Result<(), SqlError> {
    if dialect == Dialect::Sqlite || collation == Collation::CiAi {
        return Ok(());
    }
    Err(SqlError::Collation {
        collation: collation.name(),
        dialect: dialect.name(),
    })
}

/// The statements that take away what [`install`] made, in order.
#[must_use]
pub fn uninstall(dialect: Dialect) -> Vec<Statement> {
    let script = match dialect {
        Dialect::Sqlite => &[][..],
        Dialect::Postgres => &[("DROP SCHEMA IF EXISTS \"weir\" CASCADE", false)],
        Dialect::MariaDb => &[
            ("DROP FUNCTION IF EXISTS `weir_fold`", false),
            ("DROP TABLE IF EXISTS `weir_folding`", false),
        ],
        Dialect::Tsql => &[
            ("DROP FUNCTION IF EXISTS [weir].[fold]", false),
            ("DROP TABLE IF EXISTS [weir].[folding]", false),
            ("DROP FUNCTION IF EXISTS [weir].[points]", false),
            ("DROP SCHEMA IF EXISTS [weir]", false),
        ],
    };
    statements(Kind::Uninstall, script)
}

fn statements(kind: Kind, script: &[Line]) -> Vec<Statement> {
    let statement = |(sql, foldings): &Line| {
        let parameters = foldings.then(|| Parameter {
            name: "foldings".to_owned(),
            ty: ParameterType::Json,
            value: ParameterValue::Text(foldings_json()),
        });
        Statement {
            kind,
            entity: None,
            sql: (*sql).to_owned(),
            parameters: parameters.into_iter().collect(),
        }
    };
    script.iter().map(statement).collect()
}

/// Every character that folds to something else than itself, with that, as a JSON table.
fn foldings_json() -> String {
    let pairs: Vec<(String, String)> = (1..=u32::from(char::MAX))
        .filter_map(char::from_u32)
        .filter_map(|c| {
            let own = c.to_string();
            let folded = fold(&own, Collation::CiAi);
            (folded != own).then_some((own, folded))
        })
        .collect();
    serde_json::json!(pairs).to_string()
}

const POSTGRES: &[Line] = &[
    (r#"CREATE SCHEMA IF NOT EXISTS "weir""#, false),
    (
        r#"CREATE TABLE IF NOT EXISTS "weir"."folding" (
  "character" text COLLATE "C" PRIMARY KEY,
  "folded" text COLLATE "C" NOT NULL
)"#,
        false,
    ),
    (
        r#"INSERT INTO "weir"."folding" ("character", "folded")
SELECT "pair" ->> 0, "pair" ->> 1
FROM jsonb_array_elements(CAST($1 AS jsonb)) AS "pair"
ON CONFLICT ("character") DO UPDATE SET "folded" = excluded."folded""#,
        true,
    ),
    // A text of ASCII has as many bytes as characters.
    (
        r#"CREATE OR REPLACE FUNCTION "weir"."fold"("text" text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $weir$
BEGIN
  IF octet_length("text") = char_length("text") THEN
    RETURN lower("text" COLLATE "C");
  END IF;
  IF (CASE WHEN "text" ~ '[\U00016FF0\U00016FF1]' THEN 1 ELSE 0 END
    + CASE WHEN "text" ~ '[\U0001D165\U0001D166\U0001D16E-\U0001D172]' THEN 1 ELSE 0 END
    + CASE WHEN "text" ~ '[\U0000302E\U0000302F]' THEN 1 ELSE 0 END
    + CASE WHEN "text" ~ '\U0001D16D' THEN 1 ELSE 0 END) > 1 THEN
    RAISE EXCEPTION 'weir.fold: marks of several classes in one text';
  END IF;
  RETURN (
    SELECT coalesce(string_agg(coalesce("f"."folded", "c"."character"), '' ORDER BY "c"."n"), '')
    FROM string_to_table("text", NULL) WITH ORDINALITY AS "c" ("character", "n")
    LEFT JOIN "weir"."folding" AS "f" ON "f"."character" = "c"."character" COLLATE "C"
  );
END
$weir$"#,
        false,
    ),
];

const MARIADB: &[Line] = &[
    (
        r"CREATE TABLE IF NOT EXISTS `weir_folding` (
  `character` VARCHAR(1) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PRIMARY KEY,
  `folded` VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL
)",
        false,
    ),
    (
        r"INSERT INTO `weir_folding` (`character`, `folded`)
SELECT `pair`.`one`, `pair`.`other`
FROM JSON_TABLE(?, '$[*]' COLUMNS (
  `one` VARCHAR(1) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[0]',
  `other` VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]'
)) AS `pair`
ON DUPLICATE KEY UPDATE `folded` = `pair`.`other`",
        true,
    ),
    // A text of ASCII has as many bytes as characters.
    (
        r"CREATE OR REPLACE FUNCTION `weir_fold`(
  `text` LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
) RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
DETERMINISTIC READS SQL DATA
BEGIN
  DECLARE `at` INT DEFAULT 1;
  DECLARE `one` VARCHAR(1) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE `result` LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  IF `text` IS NULL OR LENGTH(`text`) = CHAR_LENGTH(`text`) THEN
    RETURN LOWER(`text`);
  END IF;
  IF (`text` REGEXP '[\\x{16FF0}\\x{16FF1}]') + (`text` REGEXP '[\\x{1D165}\\x{1D166}\\x{1D16E}-\\x{1D172}]')
    + (`text` REGEXP '[\\x{302E}\\x{302F}]') + (`text` REGEXP '\\x{1D16D}') > 1 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'weir_fold: marks of several classes in one text';
  END IF;
  WHILE `at` <= CHAR_LENGTH(`text`) DO
    SET `one` = SUBSTRING(`text`, `at`, 1);
    SET `result` = CONCAT(`result`, COALESCE((SELECT `f`.`folded` FROM `weir_folding` AS `f` WHERE `f`.`character` = `one`), `one`));
    SET `at` = `at` + 1;
  END WHILE;
  RETURN `result`;
END",
        false,
    ),
];

const TSQL: &[Line] = &[
    // `CREATE SCHEMA` must stand alone.
    (
        "IF SCHEMA_ID(N'weir') IS NULL EXECUTE (N'CREATE SCHEMA [weir]')",
        false,
    ),
    // Each code point as a slash and six hexadecimal digits: exact whatever the collation's rules for
    // trailing blanks and for what UTF-16 takes two units for.
    (
        r"CREATE OR ALTER FUNCTION [weir].[points](@text nvarchar(max)) RETURNS varchar(max)
WITH RETURNS NULL ON NULL INPUT AS
BEGIN
  DECLARE @at bigint = 1, @point int, @low int, @units bigint = DATALENGTH(@text) / 2;
  DECLARE @result varchar(max) = '';
  SET @text = @text COLLATE Latin1_General_100_BIN2;
  WHILE @at <= @units
  BEGIN
    SET @point = UNICODE(SUBSTRING(@text COLLATE Latin1_General_100_BIN2, @at, 1) COLLATE Latin1_General_100_BIN2);
    IF @point BETWEEN 55296 AND 56319 AND @at < @units
    BEGIN
      SET @low = UNICODE(SUBSTRING(@text COLLATE Latin1_General_100_BIN2, @at + 1, 1) COLLATE Latin1_General_100_BIN2);
      IF @low BETWEEN 56320 AND 57343
      BEGIN
        SET @point = 65536 + (@point - 55296) * 1024 + (@low - 56320);
        SET @at = @at + 1;
      END
    END
    SET @result = @result + '/' + RIGHT(CONVERT(varchar(8), CONVERT(binary(4), @point), 2), 6);
    SET @at = @at + 1;
  END
  RETURN @result COLLATE Latin1_General_100_BIN2;
END",
        false,
    ),
    (
        r"IF OBJECT_ID(N'[weir].[folding]') IS NULL CREATE TABLE [weir].[folding] (
  [character] char(7) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY,
  [folded] varchar(224) COLLATE Latin1_General_100_BIN2 NOT NULL
)",
        false,
    ),
    (
        r"MERGE INTO [weir].[folding] WITH (HOLDLOCK) AS [t]
USING (
  SELECT [weir].[points](JSON_VALUE([j].[value], 'strict $[0]')), [weir].[points](JSON_VALUE([j].[value], 'strict $[1]'))
  FROM OPENJSON(@P1) AS [j]
) AS [s] ([character], [folded])
ON [t].[character] = [s].[character]
WHEN MATCHED THEN UPDATE SET [folded] = [s].[folded]
WHEN NOT MATCHED THEN INSERT ([character], [folded]) VALUES ([s].[character], [s].[folded]);",
        true,
    ),
    // A function can't raise an error of its own: it converts a text that is no number.
    (
        r"CREATE OR ALTER FUNCTION [weir].[fold](@text nvarchar(max)) RETURNS varchar(max)
WITH RETURNS NULL ON NULL INPUT AS
BEGIN
  DECLARE @points varchar(max) = [weir].[points](@text), @at bigint = 1, @one char(7);
  DECLARE @result varchar(max) = '', @class int, @classes int = 0;
  WHILE @at < DATALENGTH(@points)
  BEGIN
    SET @one = SUBSTRING(@points, @at, 7);
    SET @class = CASE
      WHEN @one IN ('/016FF0', '/016FF1') THEN 1
      WHEN @one IN ('/01D165', '/01D166', '/01D16E', '/01D16F', '/01D170', '/01D171', '/01D172') THEN 2
      WHEN @one IN ('/00302E', '/00302F') THEN 4
      WHEN @one = '/01D16D' THEN 8
      ELSE 0
    END;
    SET @classes = @classes | @class;
    IF @classes & (@classes - 1) <> 0
      RETURN CAST(CAST('weir.fold: marks of several classes in one text' AS int) AS varchar(max));
    SET @result = @result + COALESCE(
      (SELECT [f].[folded] FROM [weir].[folding] AS [f] WHERE [f].[character] = @one COLLATE Latin1_General_100_BIN2),
      @one
    );
    SET @at = @at + 7;
  END
  RETURN @result COLLATE Latin1_General_100_BIN2;
END",
        false,
    ),
];

#[cfg(test)]
mod tests {
    use icu_normalizer::properties::CanonicalCombiningClassMap;

    use super::*;

    /// Marks that canonical order moves and that folding keeps, by class: a text with marks of two
    /// classes can't be folded character by character, which the functions refuse.
    const MARKS: [&str; 4] = [
        "\u{16FF0}\u{16FF1}",
        "\u{1D165}\u{1D166}\u{1D16E}\u{1D16F}\u{1D170}\u{1D171}\u{1D172}",
        "\u{302E}\u{302F}",
        "\u{1D16D}",
    ];

    /// The marks are all that keep an order of their own once nonspacing marks are gone, by class.
    #[test]
    fn marks_are_those_that_folding_orders() {
        let classes = CanonicalCombiningClassMap::new();
        let mut by_class = std::collections::BTreeMap::<_, String>::new();
        for c in (1..=u32::from(char::MAX)).filter_map(char::from_u32) {
            let folded = fold(&c.to_string(), Collation::CiAi);
            for c in folded.chars() {
                let class = classes.get_u8(c);
                if class != 0 && !by_class.entry(class).or_default().contains(c) {
                    by_class.entry(class).or_default().push(c);
                }
            }
        }
        assert_eq!(by_class.into_values().collect::<Vec<_>>(), MARKS);
    }
}
