//! Diagnostics as data: what is wrong, where, and the way out.
//!
//! Every stage reports [`Diagnostic`]s; only the command-line program draws them. Messages are in
//! lower case without a full stop, and the user's own words stand in backticks.

use std::fmt;
use std::sync::OnceLock;

/// A source file's number in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A half-open range of bytes of one source file. Both ends lie on character boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The bytes `start..end` of `file`.
    #[must_use]
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self {
            file,
            start: clamp(start),
            end: clamp(end),
        }
    }

    /// The smallest span that holds both; spans of two files give the first.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        if self.file == other.file {
            Self {
                start: self.start.min(other.start),
                end: self.end.max(other.end),
                ..self
            }
        } else {
            self
        }
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The input can't be used.
    Error,
    /// It can, but likely does not do what its author thinks.
    Warning,
    /// Something worth knowing.
    Note,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

/// A stable code (`E0301`, `W0302`) with its one-line title. `docs/errors.md` has an entry for each.
///
/// Each stage declares its codes as constants in one `codes` module and lists them in its `ALL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code {
    /// `E` (error), `W` (warning) or `N` (note) and four digits.
    pub id: &'static str,
    /// What it is about, in a few words.
    pub title: &'static str,
}

impl Code {
    /// The severity that the code's first letter names.
    #[must_use]
    pub fn severity(self) -> Severity {
        match self.id.as_bytes().first() {
            Some(b'W') => Severity::Warning,
            Some(b'N') => Severity::Note,
            _ => Severity::Error,
        }
    }
}

/// A second place that belongs to the story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What about it.
    pub text: String,
}

/// An edit that would mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What to replace.
    pub span: Span,
    /// With what.
    pub replacement: String,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its code.
    pub code: Code,
    /// Its severity; the code's own unless a mode weakened it (what `--lenient` leaves out is a warning).
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where; none for a finding about the input as a whole.
    pub span: Option<Span>,
    /// Other places.
    pub labels: Vec<Label>,
    /// The way out.
    pub help: Option<String>,
    /// The way out as an edit.
    pub suggestion: Option<Edit>,
}

impl Diagnostic {
    /// A finding with the code's own severity.
    #[must_use]
    pub fn new(code: Code, span: impl Into<Option<Span>>, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            span: span.into(),
            labels: Vec::new(),
            help: None,
            suggestion: None,
        }
    }

    /// Adds the way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Adds an edit that would mend it.
    #[must_use]
    pub fn suggest(mut self, span: Span, replacement: impl Into<String>) -> Self {
        self.suggestion = Some(Edit {
            span,
            replacement: replacement.into(),
        });
        self
    }

    /// The same finding as a warning.
    #[must_use]
    pub fn weakened(mut self) -> Self {
        self.severity = self.severity.max(Severity::Warning);
        self
    }

    /// Whether it keeps the input from being used.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// The source texts that spans point into, by [`FileId`].
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

/// One source text.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name as the user gave it.
    pub name: String,
    /// Its text.
    pub text: String,
    /// The number of the text's first line: 1, but for a line taken out of a stream.
    pub first_line: usize,
    /// Where in another text it stands, if it is a part of one.
    pub part_of: Option<Span>,
    /// Where it begins there, if it stands there as it is.
    shift: Option<u32>,
    /// Line and column, from 0, at every [`MARK_BYTES`] of the text, once somebody asked for a place.
    marks: OnceLock<Vec<(usize, usize)>>,
}

/// Bytes between places whose lines and columns are remembered.
const MARK_BYTES: usize = 1 << 12;

impl Source {
    /// Line and column, from 0, of an offset: those of the mark before it, and what is between.
    fn position(&self, at: usize) -> (usize, usize) {
        let at = self.text.floor_char_boundary(at);
        let marks = self.marks.get_or_init(|| {
            let mut marks = vec![(0, 0)];
            let mut last = 0;
            while last + MARK_BYTES < self.text.len() {
                let next = self.text.floor_char_boundary(marks.len() * MARK_BYTES);
                let mark = marks.last().copied().unwrap_or_default();
                marks.push(moved(mark, &self.text[last..next]));
                last = next;
            }
            marks
        });
        let mark = (at / MARK_BYTES).min(marks.len() - 1);
        let from = self.text.floor_char_boundary(mark * MARK_BYTES);
        moved(marks[mark], &self.text[from..at])
    }
}

/// A line and column behind some more text.
fn moved((line, column): (usize, usize), text: &str) -> (usize, usize) {
    match text.rsplit_once('\n') {
        Some((before, rest)) => {
            let lines = before.matches('\n').count() + 1;
            (line + lines, rest.chars().count())
        }
        None => (line, column + text.chars().count()),
    }
}

impl Sources {
    /// Adds a text and gives its number.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(Source {
            name: name.into(),
            text: text.into(),
            first_line: 1,
            part_of: None,
            shift: None,
            marks: OnceLock::new(),
        });
        id
    }

    /// Adds a text that stands in another one, maybe escaped, at `place`.
    pub fn add_part(
        &mut self,
        name: impl Into<String>,
        text: impl Into<String>,
        place: Option<Span>,
    ) -> FileId {
        let text = text.into();
        let shift = place.and_then(|place| {
            let at = self.slice(place).find(&text)?;
            Some(place.start.saturating_add(u32::try_from(at).ok()?))
        });
        let id = self.add(name, text);
        if let Some(source) = self.files.get_mut(id.0 as usize) {
            (source.part_of, source.shift) = (place, shift);
        }
        id
    }

    /// The same finding where the user will look for it: places in a part of a text become places
    /// in that text or, where the part is escaped there, get a label that shows it.
    #[must_use]
    pub fn whole(&self, mut found: Diagnostic) -> Diagnostic {
        let part = found.span.and_then(|span| self.get(span.file)?.part_of);
        let whole = |span: &mut Span| {
            let moved = self.in_whole(*span);
            *span = moved.unwrap_or(*span);
            moved.is_some()
        };
        let exact = found.span.as_mut().is_none_or(whole);
        for label in &mut found.labels {
            whole(&mut label.span);
        }
        if let Some(edit) = &mut found.suggestion {
            whole(&mut edit.span);
        }
        match part {
            Some(place) if !exact && !self.slice(place).is_empty() => {
                found.label(place, "it stands here")
            }
            _ => found,
        }
    }

    /// The place in the whole text, for one in a part that stands there as it is.
    fn in_whole(&self, span: Span) -> Option<Span> {
        let part = self.get(span.file)?;
        let (place, shift) = part.part_of.zip(part.shift)?;
        Some(Span {
            file: place.file,
            start: span.start.saturating_add(shift),
            end: span.end.saturating_add(shift),
        })
    }

    /// Makes a text the one at hand of a file that is read piece by piece.
    pub fn set_text(&mut self, file: FileId, text: impl Into<String>, first_line: usize) {
        if let Some(source) = self.files.get_mut(file.0 as usize) {
            source.text = text.into();
            source.first_line = first_line;
            source.marks = OnceLock::new();
        }
    }

    /// The text with that number.
    #[must_use]
    pub fn get(&self, file: FileId) -> Option<&Source> {
        self.files.get(file.0 as usize)
    }

    /// The text under a span; empty where the span lies outside its file.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.file)
            .and_then(|source| source.text.get(span.start as usize..span.end as usize))
            .unwrap_or("")
    }

    /// Line and column of a span's start, both from 1; columns count characters.
    #[must_use]
    pub fn position(&self, span: Span) -> (usize, usize) {
        let Some(source) = self.get(span.file) else {
            return (1, 1);
        };
        let (line, column) = source.position(span.start as usize);
        (line + source.first_line, column + 1)
    }
}

/// The name in `names` that is likest to `wrong`, if one is like enough to be meant.
///
/// Distance is counted in edits (insert, delete, replace, swap of neighbours), at most a third of
/// the longer name. Cost: names × length², but little for names that are far from it. Ties go to the
/// first name.
#[must_use]
pub fn did_you_mean<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong: Vec<char> = wrong.to_lowercase().chars().collect();
    let mut best: Option<(usize, &str)> = None;
    for name in names {
        let length = wrong.len().max(name.chars().count());
        // Of those that follow only a nearer one is wanted.
        let limit = match best {
            None => length.div_ceil(3),
            Some((0, _)) => break,
            Some((distance, _)) => length.div_ceil(3).min(distance - 1),
        };
        if let Some(distance) = edit_distance(&wrong, name, limit) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name)
}

/// Edits between two texts, the second in any case, or nothing when it is more than `limit`.
fn edit_distance(a: &[char], b: &str, limit: usize) -> Option<usize> {
    if a.len().abs_diff(b.chars().count()) > limit {
        return None;
    }
    let b: Vec<char> = b.chars().flat_map(char::to_lowercase).collect();
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut last_least = 0;
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        // Every further row comes from these two, from the earlier one by one more edit.
        let least = row.iter().copied().min().unwrap_or(0);
        if least > limit && last_least >= limit {
            return None;
        }
        last_least = least;
        before = std::mem::replace(&mut last, row);
    }
    last.get(b.len())
        .copied()
        .filter(|distance| *distance <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_the_likest_name() {
        assert_eq!(
            did_you_mean("statcode", ["name", "statuscode", "statecode"]),
            Some("statecode")
        );
        assert_eq!(
            did_you_mean("acount", ["contact", "account"]),
            Some("account")
        );
        assert_eq!(did_you_mean("zzz", ["contact", "account"]), None);
        assert_eq!(did_you_mean("ab", ["ba", "ab", "AB"]), Some("ab"));
        assert_eq!(did_you_mean("nmae", ["names", "name"]), Some("name"));
    }

    #[test]
    fn positions_count_characters() {
        let mut sources = Sources::default();
        let file = sources.add("a.weir", "å\nböc");
        let at = "å\nbö".len();
        assert_eq!(sources.position(Span::new(file, at, at + 1)), (2, 3));
        assert_eq!(sources.slice(Span::new(file, at, at + 1)), "c");
        sources.set_text(file, "åb", 7);
        assert_eq!(sources.position(Span::new(file, 2, 3)), (7, 2));
    }

    /// As counted from the first character, wherever marks fall, in short lines and in long ones.
    #[test]
    fn positions_in_long_texts() {
        for line in [
            "å€𝄞x\n".to_owned(),
            "å€𝄞x".repeat(700) + "\n",
            "å€𝄞x".to_owned(),
        ] {
            let text = line.repeat(20_000 / line.len());
            let mut sources = Sources::default();
            let file = sources.add("a.weir", text.clone());
            let (mut line, mut column) = (1, 1);
            for (at, c) in text.char_indices() {
                assert_eq!(sources.position(Span::new(file, at, at)), (line, column));
                (line, column) = match c {
                    '\n' => (line + 1, 1),
                    _ => (line, column + 1),
                };
            }
            let end = Span::new(file, text.len(), text.len());
            assert_eq!(sources.position(end), (line, column));
        }
    }
}
