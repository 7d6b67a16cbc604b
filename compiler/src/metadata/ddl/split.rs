//! A script's statements, found by its lexis alone: quotes, comments, `;`, and `GO` lines in T-SQL.
//! What is not about tables need not be understood, and one mistake is one statement's.
//!
//! Cost: one pass.

use std::ops::Range;

use super::dialect::Dialect;

/// A statement of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    /// From its first word to its end.
    pub(super) range: Range<usize>,
    /// Where its first group of parentheses has closed.
    pub(super) closed: Option<usize>,
}

/// Finds the statements.
pub(super) fn statements(text: &str, dialect: Dialect) -> Vec<Statement> {
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        dialect,
        at: 0,
        open: None,
        last: 0,
        depth: 0,
        closed: None,
        found: Vec::new(),
    };
    scanner.scan();
    scanner.found
}

struct Scanner<'t> {
    bytes: &'t [u8],
    dialect: Dialect,
    at: usize,
    /// Where the statement began.
    open: Option<usize>,
    /// Behind its last token.
    last: usize,
    depth: usize,
    closed: Option<usize>,
    found: Vec<Statement>,
}

impl Scanner<'_> {
    fn scan(&mut self) {
        while let Some(byte) = self.bytes.get(self.at).copied() {
            let next = self.bytes.get(self.at + 1).copied();
            match (byte, next) {
                (b'-', Some(b'-')) => self.skip_to(b"\n"),
                (b'#', _) if self.dialect == Dialect::MySql => self.skip_to(b"\n"),
                (b'/', Some(b'*')) => {
                    self.at += 2;
                    self.skip_to(b"*/");
                }
                _ if byte.is_ascii_whitespace() => self.at += 1,
                (b';', _) => {
                    self.end();
                    self.at += 1;
                }
                _ if self.is_batch_end() => {
                    self.end();
                    self.skip_to(b"\n");
                }
                _ => self.token(byte),
            }
        }
        self.end();
    }

    fn token(&mut self, byte: u8) {
        self.open.get_or_insert(self.at);
        match byte {
            b'\'' | b'"' | b'`' => self.quoted(byte),
            b'[' if self.dialect.brackets() => self.quoted(b']'),
            b'$' if self.dialect == Dialect::PostgreSql => self.dollar(),
            _ => self.at += 1,
        }
        match byte {
            b'(' => self.depth += 1,
            b')' => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    self.closed.get_or_insert(self.at);
                }
            }
            _ => {}
        }
        self.last = self.at;
    }

    /// A quoted text or name; its closing quote, doubled, belongs to it.
    fn quoted(&mut self, close: u8) {
        let escapes = close != b']'
            && (self.dialect == Dialect::MySql
                || self.dialect == Dialect::PostgreSql && self.is_escape_string());
        self.at += 1;
        while let Some(byte) = self.bytes.get(self.at) {
            if *byte == b'\\' && escapes && close != b'`' {
                self.at += 2;
            } else if *byte != close {
                self.at += 1;
            } else if self.bytes.get(self.at + 1) == Some(&close) {
                self.at += 2;
            } else {
                self.at += 1;
                return;
            }
        }
        self.at = self.bytes.len();
    }

    /// `E'…'` in PostgreSQL.
    fn is_escape_string(&self) -> bool {
        let before = |back: usize| self.at.checked_sub(back).and_then(|at| self.bytes.get(at));
        matches!(before(1), Some(b'e' | b'E'))
            && !before(2).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    }

    /// `$tag$ … $tag$`.
    fn dollar(&mut self) {
        let rest = &self.bytes[self.at + 1..];
        let tag = rest
            .iter()
            .position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_'));
        let Some(end) = tag.filter(|end| rest.get(*end) == Some(&b'$')) else {
            self.at += 1;
            return;
        };
        let quote = &self.bytes[self.at..self.at + end + 2];
        self.at += quote.len();
        self.skip_to(quote);
    }

    /// A line of T-SQL that is `GO` alone.
    fn is_batch_end(&self) -> bool {
        if self.dialect != Dialect::TSql || !matches!(self.bytes[self.at], b'g' | b'G') {
            return false;
        }
        let before = self.bytes[..self.at].iter().rev();
        let mut before = before.take_while(|byte| **byte != b'\n');
        if !before.all(u8::is_ascii_whitespace) {
            return false;
        }
        let line = self.bytes[self.at..].split(|byte| *byte == b'\n').next();
        line.is_some_and(|line| line.trim_ascii().eq_ignore_ascii_case(b"go"))
    }

    fn end(&mut self) {
        if let Some(open) = self.open.take() {
            self.found.push(Statement {
                range: open..self.last,
                closed: self.closed,
            });
        }
        (self.depth, self.closed) = (0, None);
    }

    /// Goes behind the next such text, or to the end.
    fn skip_to(&mut self, end: &[u8]) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let found = rest.windows(end.len()).position(|window| window == end);
        self.at = found.map_or(self.bytes.len(), |at| self.at + at + end.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(dialect: Dialect, text: &str, expected: &[&str]) {
        let found = statements(text, dialect);
        let texts: Vec<&str> = found.iter().map(|s| &text[s.range.clone()]).collect();
        assert_eq!(texts, expected);
    }

    #[test]
    fn statements_end_where_the_dialect_ends_them() {
        let all = [
            Dialect::PostgreSql,
            Dialect::Sqlite,
            Dialect::MySql,
            Dialect::TSql,
        ];
        for dialect in all {
            check(
                dialect,
                "-- a; b\nA (';', \";\") /* ; */ ; ;\n B 'it''s;' ;C",
                &["A (';', \";\")", "B 'it''s;'", "C"],
            );
        }
        check(Dialect::TSql, "A\n GO \nB [;]]x]\ngo", &["A", "B [;]]x]"]);
        check(Dialect::Sqlite, "A [;]; B", &["A [;]", "B"]);
        check(
            Dialect::MySql,
            "A 'it\\';s'; # x;\nB `;`",
            &["A 'it\\';s'", "B `;`"],
        );
        check(
            Dialect::PostgreSql,
            "A $x$ ; $$ ; $x$; B $1; C E'\\';'; D '\\'; E",
            &["A $x$ ; $$ ; $x$", "B $1", "C E'\\';'", "D '\\'", "E"],
        );
        check(Dialect::PostgreSql, "A 'open; B", &["A 'open; B"]);
    }

    #[test]
    fn the_first_parentheses_close() {
        let text = "CREATE TABLE t (a (1), b) WITH (c)";
        let found = statements(text, Dialect::Sqlite);
        assert_eq!(found[0].closed, text.find(" WITH"));
    }
}
