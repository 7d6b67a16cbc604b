//! Folding by `ci_ai` on servers: each character is replaced by what it folds to, out of a table.

use weir_ir::fold::{Collation, fold};

use super::{Dialect, Line};

/// The statements of a server's script.
pub(super) fn script(dialect: Dialect) -> &'static [Line] {
    match dialect {
        Dialect::Sqlite => &[],
        Dialect::Postgres => POSTGRES,
        Dialect::MariaDb => MARIADB,
        Dialect::Tsql => TSQL,
    }
}

/// Where a script names the [`MARKS`].
pub(super) const HERE: &str = "{marks}";

/// The characters that fold to a mark which canonical order moves, by its class. A text with two
/// classes of them can't be folded character by character, which the functions refuse.
const MARKS: [&str; 5] = [
    "\u{16FF0}\u{16FF1}",
    "\u{1715}\u{1734}\u{1B44}\u{1BAA}\u{1BF2}\u{1BF3}\u{A953}\u{A9C0}\u{111C0}\u{11235}\u{1134D}\u{113CF}\u{116B6}\u{1193D}\u{11F41}",
    "\u{1D15E}\u{1D15F}\u{1D160}\u{1D161}\u{1D162}\u{1D163}\u{1D164}\u{1D165}\u{1D166}\u{1D16E}\u{1D16F}\u{1D170}\u{1D171}\u{1D172}\u{1D1BB}\u{1D1BC}\u{1D1BD}\u{1D1BE}\u{1D1BF}\u{1D1C0}\u{1D250}\u{1D251}\u{1D252}\u{1D25F}\u{1D280}\u{1D281}",
    "\u{302E}\u{302F}",
    "\u{1D16D}",
];

/// The [`MARKS`] as a dialect's function looks for them: a sum of the classes that it meets, or the
/// branches that give each class a bit.
pub(super) fn marks(dialect: Dialect) -> String {
    let written = |(at, class): (usize, &&str)| {
        let list = |one: fn(u32) -> String, between: &str| {
            let all: Vec<String> = class.chars().map(|c| one(u32::from(c))).collect();
            all.join(between)
        };
        match dialect {
            Dialect::Sqlite => String::new(),
            Dialect::Postgres => {
                let list = list(|c| format!("\\U{c:08X}"), "");
                format!("CASE WHEN \"text\" ~ '[{list}]' THEN 1 ELSE 0 END")
            }
            Dialect::MariaDb => {
                let list = list(|c| format!("\\\\x{{{c:X}}}"), "");
                format!("(`text` REGEXP '[{list}]')")
            }
            Dialect::Tsql => {
                let list = list(|c| format!("'/{c:06X}'"), ", ");
                format!("WHEN @one IN ({list}) THEN {}", 1 << at)
            }
        }
    };
    let between = match dialect {
        Dialect::Tsql => "\n      ",
        _ => "\n    + ",
    };
    let written: Vec<String> = MARKS.iter().enumerate().map(written).collect();
    written.join(between)
}

/// Every character that folds to something else than itself, with that, as a JSON table.
pub(super) fn foldings() -> String {
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
    // A text of ASCII has as many bytes as characters. A look-up for each of the others: a join would
    // read the whole table for a text.
    (
        r#"CREATE OR REPLACE FUNCTION "weir"."fold"("text" text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $weir$
BEGIN
  IF octet_length("text") = char_length("text") THEN
    RETURN lower("text" COLLATE "C");
  END IF;
  IF ({marks}) > 1 THEN
    RAISE EXCEPTION 'weir.fold: marks of several classes in one text';
  END IF;
  RETURN (
    SELECT string_agg(coalesce(
      (SELECT "f"."folded" FROM "weir"."folding" AS "f" WHERE "f"."character" = "c"."character" COLLATE "C"),
      "c"."character"
    ), '' ORDER BY "c"."n")
    FROM string_to_table("text", NULL) WITH ORDINALITY AS "c" ("character", "n")
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
  IF ({marks}) > 1 THEN
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
      {marks}
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

    #[test]
    fn marks_are_those_that_folding_orders() {
        let classes = CanonicalCombiningClassMap::new();
        let mut by_class = std::collections::BTreeMap::<_, String>::new();
        for c in (1..=u32::from(char::MAX)).filter_map(char::from_u32) {
            let folded = fold(&c.to_string(), Collation::CiAi);
            let marks = folded.chars().map(|c| classes.get_u8(c));
            for class in marks.filter(|class| *class != 0) {
                let class = by_class.entry(class).or_default();
                if !class.ends_with(c) {
                    class.push(c);
                }
            }
        }
        // A character alone has marks of one class, or they stand in order.
        assert_eq!(by_class.into_values().collect::<Vec<_>>(), MARKS);
    }
}
