//! SQL DDL: tables are entities, columns attributes, foreign keys relationships, and tables of pairs
//! N:N relationships. `ALTER TABLE … ADD` completes tables; other statements are passed over.
//!
//! A script says its dialect in a first comment, `-- dialect: tsql`; else every dialect is tried, the
//! likeliest first, and the one that reads all, or most, is taken.
//!
//! Cost: the script's length, at most four times.

mod dialect;
mod join;
mod parse;
mod split;
mod table;
mod types;

use indexmap::{IndexMap, IndexSet};
use weir_ir::diagnostic::{Diagnostic, FileId, Span, did_you_mean};

use self::dialect::Dialect;
use self::parse::{Parsed, Unreadable};
use self::table::Tables;
use super::codes;
use super::declared::Declared;
use super::report::{Report, shorten};

/// Most kinds of statements that a note names.
const NAMED: usize = 8;

/// Reads a script.
pub(super) fn read(file: FileId, text: &str, report: &mut Report) -> Declared {
    let dialects = match declared_dialect(file, text, report) {
        Some(dialect) => vec![dialect],
        None => Dialect::likely(text),
    };
    let mut best: Option<Script> = None;
    for dialect in dialects {
        let script = Script::read(text, dialect);
        let clean = script.unreadable.is_empty();
        if best
            .as_ref()
            .is_none_or(|best| script.unreadable.len() < best.unreadable.len())
        {
            best = Some(script);
        }
        if clean {
            break;
        }
    }
    let Some(script) = best else {
        return Declared::default();
    };
    for Unreadable { message, at } in &script.unreadable {
        let message = format!("the statement can't be read: {message}");
        let dialects = dialect::ALL.map(|(name, _)| name).join(", ");
        report.push(
            Diagnostic::new(
                codes::SQL_UNREADABLE,
                Span::new(file, at.start, at.end),
                message,
            )
            .help(format!(
                "mend it, or name the dialect in a first line `-- dialect: …`: {dialects}"
            )),
        );
    }
    skipped(file, &script, report);
    let mut tables = Tables {
        file,
        script: text,
        dialect: script.dialect,
        report,
        tables: IndexMap::new(),
    };
    for parsed in &script.parsed {
        tables.add(parsed);
    }
    let tables = tables.tables;
    if tables.is_empty() && script.unreadable.is_empty() {
        report.push(
            Diagnostic::new(codes::NOT_METADATA, None, "the script creates no table")
                .help("give the `CREATE TABLE` statements of the database"),
        );
    }
    join::declare(tables, report)
}

/// The dialect that a first comment names.
fn declared_dialect(file: FileId, text: &str, report: &mut Report) -> Option<Dialect> {
    let comments = text
        .lines()
        .map(str::trim)
        .take_while(|line| line.is_empty() || line.starts_with("--"));
    let named = comments
        .filter_map(|line| line.trim_start_matches('-').trim().strip_prefix("dialect:"))
        .map(str::trim)
        .next()?;
    let found = dialect::ALL.iter().find(|(name, _)| *name == named);
    if found.is_none() {
        let start = named.as_ptr().addr() - text.as_ptr().addr();
        let names = dialect::ALL.map(|(name, _)| name);
        let help = did_you_mean(named, names).map_or_else(
            || format!("it is one of {}", names.join(", ")),
            |name| format!("did you mean `{name}`?"),
        );
        let message = format!("the dialect `{}` is unknown", shorten(named));
        let span = Span::new(file, start, start + named.len());
        report.push(Diagnostic::new(codes::UNKNOWN_WORD, span, message).help(help));
    }
    found.map(|(_, dialect)| *dialect)
}

/// A script as a dialect reads it.
struct Script {
    dialect: Dialect,
    parsed: Vec<Parsed>,
    unreadable: Vec<Unreadable>,
    /// Statements that say nothing of tables: where the first stands, how many, and their kinds.
    skipped: Option<(std::ops::Range<usize>, usize, IndexSet<String>)>,
}

impl Script {
    fn read(text: &str, dialect: Dialect) -> Self {
        let mut script = Self {
            dialect,
            parsed: Vec::new(),
            unreadable: Vec::new(),
            skipped: None,
        };
        for statement in split::statements(text, dialect) {
            let range = statement.range;
            let end = match kind(&text[range.clone()]) {
                // What follows the columns says how they are stored.
                Kind::Create => statement.closed.unwrap_or(range.end),
                Kind::Alter => range.end,
                Kind::Comment => continue,
                Kind::Other(words) => {
                    let (_, count, kinds) =
                        script.skipped.get_or_insert((range, 0, IndexSet::new()));
                    *count += 1;
                    if kinds.len() <= NAMED {
                        kinds.insert(words);
                    }
                    continue;
                }
            };
            match parse::parse(text, range.start..end, dialect) {
                Ok(parsed) => script.parsed.push(parsed),
                Err(error) => script.unreadable.push(error),
            }
        }
        script
    }
}

/// What a statement is about.
enum Kind {
    Create,
    Alter,
    Comment,
    /// Something else, by its first words.
    Other(String),
}

fn kind(statement: &str) -> Kind {
    let words: Vec<String> = statement
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .take(12)
        .map(|word| word.chars().take(30).collect::<String>().to_uppercase())
        .collect();
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    match word(0) {
        "CREATE" => {
            let lasting = ["OR", "REPLACE", "UNLOGGED", "EXTERNAL", "FOREIGN"];
            let noun = words[1..].iter().find(|w| !lasting.contains(&w.as_str()));
            match noun.map(String::as_str) {
                Some("TABLE") => Kind::Create,
                noun => Kind::Other(format!("CREATE {}", noun.unwrap_or_default())),
            }
        }
        "ALTER" if word(1) == "TABLE" && words.iter().any(|word| word == "ADD") => Kind::Alter,
        "COMMENT" => Kind::Comment,
        first @ ("ALTER" | "DROP") => Kind::Other(format!("{first} {}", word(1))),
        first => Kind::Other(first.to_owned()),
    }
}

/// Notes which statements were passed over.
fn skipped(file: FileId, script: &Script, report: &mut Report) {
    let Some((range, count, kinds)) = &script.skipped else {
        return;
    };
    let mut names: Vec<String> = kinds
        .iter()
        .take(NAMED)
        .map(|kind| format!("`{}`", kind.trim_end()))
        .collect();
    if kinds.len() > NAMED {
        names.push("…".to_owned());
    }
    let message = if *count == 1 {
        "a statement is skipped".to_owned()
    } else {
        format!("{count} statements are skipped, of which this is the first")
    };
    report.push(
        Diagnostic::new(
            codes::SQL_SKIPPED,
            Span::new(file, range.start, range.end),
            message,
        )
        .help(format!("they say nothing of tables: {}", names.join(", "))),
    );
}
