//! Line breaks for people, between tokens and never in quotes.

/// Words that begin a line where they stand at most one parenthesis deep.
const STARTS: [&str; 6] = ["SELECT", "FROM", "WHERE", "UNION", "LEFT JOIN", "GROUP BY"];

/// The same statement over several lines: one for each clause of a common table expression and of
/// the statement itself.
pub(super) fn lines(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len() + sql.len() / 8);
    let mut depth = 0_usize;
    let mut quote = None;
    let mut rest = sql;
    let marks = ['"', '`', '\'', '[', ']', '(', ')', ' '];
    while let Some((at, c)) = rest.char_indices().find(|(_, c)| marks.contains(c)) {
        let (before, marked) = rest.split_at(at);
        out.push_str(before);
        let (here, after) = marked.split_at(1);
        let quoted = quote.is_some();
        match c {
            '"' | '`' | '\'' if quote.is_none_or(|open| open == c) => {
                quote = (!quoted).then_some(c);
            }
            // A doubled bracket closes and opens.
            '[' if !quoted => quote = Some(']'),
            ']' if quote.is_none_or(|open| open == c) => {
                quote = (!quoted).then_some(c);
            }
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        // The query builder writes two blanks before `MATERIALIZED`.
        if c == ' ' && !quoted && after.starts_with(' ') {
            rest = after;
            continue;
        }
        if c == ' ' && !quoted && depth <= 1 {
            let begins = |word: &&str| {
                after
                    .strip_prefix(*word)
                    .is_some_and(|rest| rest.starts_with(' '))
            };
            if STARTS.iter().any(begins) && !out.ends_with("UNION") && !out.ends_with("UNION ALL") {
                out.push('\n');
                out.push_str(if depth == 1 { "  " } else { "" });
                rest = after;
                continue;
            }
            // After a common table expression the next one begins.
            if depth == 0 && out.ends_with("),") {
                out.push('\n');
                rest = after;
                continue;
            }
            if depth == 0 && after.starts_with(',') {
                rest = after;
                continue;
            }
        }
        out.push_str(here);
        if c == '(' && !quoted && depth == 1 && after.starts_with("SELECT ") {
            out.push_str("\n  ");
        }
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_before_clauses_and_never_in_quotes() {
        let sql = r#"WITH "a" ("b FROM c") AS (SELECT "x FROM y" FROM t WHERE EXISTS(SELECT 1 FROM u) UNION ALL SELECT 2) , "d" AS (SELECT 3) SELECT "a "" FROM b" FROM "a", "d" WHERE x"#;
        let expected = r#"WITH "a" ("b FROM c") AS (
  SELECT "x FROM y"
  FROM t
  WHERE EXISTS(SELECT 1 FROM u)
  UNION ALL SELECT 2),
"d" AS (
  SELECT 3)
SELECT "a "" FROM b"
FROM "a", "d"
WHERE x"#;
        assert_eq!(lines(sql), expected);
    }
}
