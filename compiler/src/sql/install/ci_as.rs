//! Folding by `ci_as` on servers: full case folding, then canonical composition, out of one table.
//!
//! Invariant: where no character of a text joins the one before it (as a mark, or as the second of a
//! composition), each folds by itself. Otherwise all are decomposed, marks go where canonical order
//! has them, and each is composed with its starter where nothing between them blocks it. Cost: two
//! look-ups a character in the first case, about six in the second.

use std::collections::BTreeSet;

use icu_normalizer::DecomposingNormalizer;
use icu_normalizer::properties::{
    CanonicalCombiningClassMap, CanonicalComposition, CanonicalDecomposition, Decomposed,
};
use serde_json::json;
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

/// Characters and pairs of characters as a JSON table: what each folds or composes to; that of a
/// character decomposed; and, of one that joins the one before it, its combining class.
pub(super) fn foldings() -> String {
    let classes = CanonicalCombiningClassMap::new();
    let nfd = DecomposingNormalizer::new_nfd();
    let all = || (1..=u32::from(char::MAX)).filter_map(char::from_u32);
    let pairs: Vec<(char, char, char)> = all().filter_map(pair).collect();
    let seconds: BTreeSet<char> = pairs.iter().map(|(_, second, _)| *second).collect();
    let mut rows: Vec<_> = pairs
        .into_iter()
        .map(|(first, second, whole)| {
            let pair: String = [first, second].into_iter().collect();
            json!([pair, whole, null, null])
        })
        .collect();
    for c in all() {
        let own = c.to_string();
        let folded = fold(&own, Collation::CiAs);
        let decomposed = nfd.normalize_iter(folded.chars()).collect::<String>();
        let first = decomposed.chars().next().unwrap_or(c);
        let class = classes.get_u8(first);
        let joins = class > 0 || seconds.contains(&first);
        // A syllable of Hangul composes as it stands.
        let splits = decomposed != own && !('\u{AC00}'..='\u{D7A3}').contains(&c);
        if folded != own || splits || joins {
            rows.push(json!([own, folded, decomposed, joins.then_some(class)]));
        }
    }
    json!(rows).to_string()
}

/// The two characters that a character is composed of.
fn pair(whole: char) -> Option<(char, char, char)> {
    let Decomposed::Expansion(first, second) = CanonicalDecomposition::new().decompose(whole)
    else {
        return None;
    };
    let composed = CanonicalComposition::new().compose(first, second);
    (composed == Some(whole)).then_some((first, second, whole))
}

const POSTGRES: &[Line] = &[
    (
        r#"CREATE TABLE IF NOT EXISTS "weir"."composing" (
  "characters" text COLLATE "C" PRIMARY KEY,
  "folded" text COLLATE "C" NOT NULL,
  "decomposed" text COLLATE "C",
  "class" integer
)"#,
        false,
    ),
    (
        r#"INSERT INTO "weir"."composing" ("characters", "folded", "decomposed", "class")
SELECT "row" ->> 0, "row" ->> 1, "row" ->> 2, CAST("row" ->> 3 AS integer)
FROM jsonb_array_elements(CAST($1 AS jsonb)) AS "row"
ON CONFLICT ("characters") DO UPDATE
SET "folded" = excluded."folded", "decomposed" = excluded."decomposed", "class" = excluded."class""#,
        true,
    ),
    // A text of ASCII has as many bytes as characters. A look-up for each of the others: a join would
    // read the whole table for a text, which `OFFSET 0` forbids.
    (
        r#"CREATE OR REPLACE FUNCTION "weir"."fold"("text" text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $weir$
DECLARE
  "alone" text;
  "joins" boolean;
  "next" record;
  "composed" text;
  "starter" text;
  "marks" text := '';
  "last" integer := 0;
  "result" text := '';
BEGIN
  IF octet_length("text") = char_length("text") THEN
    RETURN lower("text" COLLATE "C");
  END IF;
  SELECT string_agg(coalesce("f"."folded", "c"."character"), '' ORDER BY "c"."n"), bool_or("f"."class" IS NOT NULL)
  INTO "alone", "joins"
  FROM string_to_table("text", NULL) WITH ORDINALITY AS "c" ("character", "n")
  LEFT JOIN LATERAL (
    SELECT "p"."folded", "p"."class" FROM "weir"."composing" AS "p"
    WHERE "p"."characters" = "c"."character" COLLATE "C" OFFSET 0
  ) AS "f" ON true;
  IF NOT "joins" THEN
    RETURN "alone";
  END IF;
  FOR "next" IN
    SELECT "o"."character", "o"."class"
    FROM (
      SELECT "d"."character", coalesce("m"."class", 0) AS "class", "c"."n", "d"."n" AS "k",
        count(*) FILTER (WHERE coalesce("m"."class", 0) = 0) OVER (ORDER BY "c"."n", "d"."n") AS "segment"
      FROM string_to_table("text", NULL) WITH ORDINALITY AS "c" ("character", "n")
      CROSS JOIN LATERAL string_to_table(coalesce(
        (SELECT "p"."decomposed" FROM "weir"."composing" AS "p" WHERE "p"."characters" = "c"."character" COLLATE "C"),
        "c"."character"
      ), NULL) WITH ORDINALITY AS "d" ("character", "n")
      LEFT JOIN LATERAL (
        SELECT "p"."class" FROM "weir"."composing" AS "p"
        WHERE "p"."characters" = "d"."character" COLLATE "C" OFFSET 0
      ) AS "m" ON true
    ) AS "o"
    ORDER BY "o"."segment", "o"."class", "o"."n", "o"."k"
  LOOP
    "composed" := NULL;
    IF "marks" = '' OR "last" < "next"."class" THEN
      SELECT "p"."folded" INTO "composed" FROM "weir"."composing" AS "p"
      WHERE "p"."characters" = ("starter" || "next"."character") COLLATE "C";
    END IF;
    IF "composed" IS NOT NULL THEN
      "starter" := "composed";
    ELSIF "next"."class" > 0 THEN
      "marks" := "marks" || "next"."character";
      "last" := "next"."class";
    ELSE
      "result" := "result" || coalesce("starter", '') || "marks";
      "starter" := "next"."character";
      "marks" := '';
    END IF;
  END LOOP;
  RETURN "result" || coalesce("starter", '') || "marks";
END
$weir$"#,
        false,
    ),
];

const MARIADB: &[Line] = &[
    (
        r"CREATE TABLE IF NOT EXISTS `weir_composing` (
  `characters` VARCHAR(2) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PRIMARY KEY,
  `folded` VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `decomposed` VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  `class` INT
)",
        false,
    ),
    (
        r"INSERT INTO `weir_composing` (`characters`, `folded`, `decomposed`, `class`)
SELECT `row`.`one`, `row`.`other`, `row`.`parts`, `row`.`class`
FROM JSON_TABLE(?, '$[*]' COLUMNS (
  `one` VARCHAR(2) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[0]',
  `other` VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]',
  `parts` VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[2]',
  `class` INT PATH '$[3]'
)) AS `row`
ON DUPLICATE KEY UPDATE `folded` = `row`.`other`, `decomposed` = `row`.`parts`, `class` = `row`.`class`",
        true,
    ),
    // A text of ASCII has as many bytes as characters. Marks are put in order as they come, each with
    // its class beside it as a byte, and composed when the next starter or the end comes.
    (
        r"CREATE OR REPLACE FUNCTION `weir_fold`(
  `text` LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
) RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
DETERMINISTIC READS SQL DATA
BEGIN
  DECLARE `at` INT DEFAULT 1;
  DECLARE `place`, `class`, `last`, `joins` INT DEFAULT 0;
  DECLARE `one`, `starter`, `composed` VARCHAR(1) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE `folded`, `parts` VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE `alone`, `marks`, `tail`, `result` LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE `decomposed` LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE `classes` LONGBLOB DEFAULT '';
  IF `text` IS NULL OR LENGTH(`text`) = CHAR_LENGTH(`text`) THEN
    RETURN LOWER(`text`);
  END IF;
  WHILE `at` <= CHAR_LENGTH(`text`) DO
    SET `one` = SUBSTRING(`text`, `at`, 1);
    SELECT MAX(`f`.`folded`), MAX(`f`.`decomposed`), `joins` OR COUNT(`f`.`class`)
    INTO `folded`, `parts`, `joins`
    FROM `weir_composing` AS `f` WHERE `f`.`characters` = `one`;
    SET `alone` = CONCAT(`alone`, COALESCE(`folded`, `one`));
    SET `decomposed` = CONCAT(`decomposed`, COALESCE(`parts`, `one`));
    SET `at` = `at` + 1;
  END WHILE;
  IF NOT `joins` THEN
    RETURN `alone`;
  END IF;
  SET `at` = 1;
  WHILE `at` <= CHAR_LENGTH(`decomposed`) + 1 DO
    SET `one` = SUBSTRING(`decomposed`, `at`, 1);
    SET `class` = COALESCE((SELECT `f`.`class` FROM `weir_composing` AS `f` WHERE `f`.`characters` = `one`), 0);
    IF `class` > 0 THEN
      SET `place` = LENGTH(`classes`);
      WHILE `place` > 0 AND ORD(SUBSTRING(`classes`, `place`, 1)) > `class` DO
        SET `place` = `place` - 1;
      END WHILE;
      SET `marks` = CONCAT(LEFT(`marks`, `place`), `one`, SUBSTRING(`marks`, `place` + 1));
      SET `classes` = CONCAT(LEFT(`classes`, `place`), CHAR(`class`), SUBSTRING(`classes`, `place` + 1));
    ELSE
      SET `place` = 1, `tail` = '', `last` = 0;
      WHILE `place` <= LENGTH(`classes`) DO
        SET `composed` = NULL, `class` = ORD(SUBSTRING(`classes`, `place`, 1));
        IF `tail` = '' OR `last` < `class` THEN
          SET `composed` = (SELECT `f`.`folded` FROM `weir_composing` AS `f` WHERE `f`.`characters` = CONCAT(`starter`, SUBSTRING(`marks`, `place`, 1)));
        END IF;
        IF `composed` IS NULL THEN
          SET `tail` = CONCAT(`tail`, SUBSTRING(`marks`, `place`, 1)), `last` = `class`;
        ELSE
          SET `starter` = `composed`;
        END IF;
        SET `place` = `place` + 1;
      END WHILE;
      SET `composed` = NULL;
      IF `tail` = '' AND `one` <> '' THEN
        SET `composed` = (SELECT `f`.`folded` FROM `weir_composing` AS `f` WHERE `f`.`characters` = CONCAT(`starter`, `one`));
      END IF;
      IF `composed` IS NULL THEN
        SET `result` = CONCAT(`result`, COALESCE(`starter`, ''), `tail`), `starter` = `one`;
      ELSE
        SET `starter` = `composed`;
      END IF;
      SET `marks` = '', `classes` = '';
    END IF;
    SET `at` = `at` + 1;
  END WHILE;
  RETURN `result`;
END",
        false,
    ),
];

const TSQL: &[Line] = &[
    (
        r"IF OBJECT_ID(N'[weir].[composing]') IS NULL CREATE TABLE [weir].[composing] (
  [characters] varchar(14) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY,
  [folded] varchar(224) COLLATE Latin1_General_100_BIN2 NOT NULL,
  [decomposed] varchar(224) COLLATE Latin1_General_100_BIN2,
  [class] int
)",
        false,
    ),
    (
        r"MERGE INTO [weir].[composing] WITH (HOLDLOCK) AS [t]
USING (
  SELECT
    [weir].[points](JSON_VALUE([j].[value], 'strict $[0]')),
    [weir].[points](JSON_VALUE([j].[value], 'strict $[1]')),
    [weir].[points](JSON_VALUE([j].[value], 'strict $[2]')),
    CAST(JSON_VALUE([j].[value], 'strict $[3]') AS int)
  FROM OPENJSON(@P1) AS [j]
) AS [s] ([characters], [folded], [decomposed], [class])
ON [t].[characters] = [s].[characters]
WHEN MATCHED THEN UPDATE SET [folded] = [s].[folded], [decomposed] = [s].[decomposed], [class] = [s].[class]
WHEN NOT MATCHED THEN INSERT ([characters], [folded], [decomposed], [class]) VALUES ([s].[characters], [s].[folded], [s].[decomposed], [s].[class]);",
        true,
    ),
    // As in MariaDB, on points; the class beside a mark is two hexadecimal digits.
    (
        r"CREATE OR ALTER FUNCTION [weir].[fold](@text nvarchar(max)) RETURNS varchar(max)
WITH RETURNS NULL ON NULL INPUT AS
BEGIN
  DECLARE @points varchar(max) = [weir].[points](@text), @at bigint = 1, @place bigint, @class int, @last int;
  DECLARE @one varchar(7), @starter varchar(7), @composed varchar(7), @decomposed varchar(max) = '';
  DECLARE @marks varchar(max) = '', @tail varchar(max), @result varchar(max) = '';
  WHILE @at < DATALENGTH(@points)
  BEGIN
    SET @one = SUBSTRING(@points, @at, 7);
    SET @decomposed = @decomposed + COALESCE(
      (SELECT [f].[decomposed] FROM [weir].[composing] AS [f] WHERE [f].[characters] = @one COLLATE Latin1_General_100_BIN2),
      @one
    );
    SET @at = @at + 7;
  END
  SET @at = 1;
  WHILE @at <= DATALENGTH(@decomposed) + 1
  BEGIN
    SET @one = SUBSTRING(@decomposed, @at, 7);
    SET @class = COALESCE(
      (SELECT [f].[class] FROM [weir].[composing] AS [f] WHERE [f].[characters] = @one COLLATE Latin1_General_100_BIN2),
      0
    );
    IF @class > 0
    BEGIN
      SET @place = DATALENGTH(@marks);
      WHILE @place > 0 AND CONVERT(int, CONVERT(binary(1), SUBSTRING(@marks, @place - 1, 2), 2)) > @class
        SET @place = @place - 9;
      SET @marks = SUBSTRING(@marks, 1, @place) + @one + CONVERT(varchar(2), CONVERT(binary(1), @class), 2) + SUBSTRING(@marks, @place + 1, DATALENGTH(@marks));
    END
    ELSE
    BEGIN
      SET @place = 1;
      SET @tail = '';
      SET @last = 0;
      WHILE @place < DATALENGTH(@marks)
      BEGIN
        SET @composed = NULL;
        SET @class = CONVERT(int, CONVERT(binary(1), SUBSTRING(@marks, @place + 7, 2), 2));
        IF @tail = '' OR @last < @class
          SET @composed = (SELECT [f].[folded] FROM [weir].[composing] AS [f] WHERE [f].[characters] = @starter + SUBSTRING(@marks, @place, 7) COLLATE Latin1_General_100_BIN2);
        IF @composed IS NULL
        BEGIN
          SET @tail = @tail + SUBSTRING(@marks, @place, 7);
          SET @last = @class;
        END
        ELSE
          SET @starter = @composed;
        SET @place = @place + 9;
      END
      SET @composed = NULL;
      IF @tail = '' AND @one <> ''
        SET @composed = (SELECT [f].[folded] FROM [weir].[composing] AS [f] WHERE [f].[characters] = @starter + @one COLLATE Latin1_General_100_BIN2);
      IF @composed IS NULL
      BEGIN
        SET @result = @result + COALESCE(@starter, '') + @tail;
        SET @starter = @one;
      END
      ELSE
        SET @starter = @composed;
      SET @marks = '';
    END
    SET @at = @at + 7;
  END
  RETURN @result COLLATE Latin1_General_100_BIN2;
END",
        false,
    ),
];
