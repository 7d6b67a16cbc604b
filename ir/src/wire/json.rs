//! JSON with places: objects, arrays and texts of a line as slices of it, so that every part of it
//! can be pointed at and numbers stay as written.
//!
//! The whole line is checked to be JSON first; later readings of its parts only look one level
//! deep. Cost: each byte is looked at once for each level that it lies in.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::codes;
use crate::diagnostic::{Diagnostic, FileId, Span};

/// A diagnostic on the heap: errors are rare, and results small.
pub(super) type Fault = Box<Diagnostic>;

/// One line.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    /// The number that spans bear.
    pub(super) file: FileId,
    /// All of it.
    pub(super) text: &'a str,
}

/// What kind of JSON a part is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Array,
    Text,
    Number,
    Bool,
    Null,
}

impl Kind {
    /// With its article, for messages.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::Array => "an array",
            Self::Text => "a text",
            Self::Number => "a number",
            Self::Bool => "a boolean",
            Self::Null => "null",
        }
    }
}

/// A part of a line: exactly its JSON, without the space around it.
#[derive(Clone, Copy)]
pub(super) struct Part<'a>(&'a RawValue);

/// A key and its value.
pub(super) struct Member<'a> {
    /// The key, unescaped.
    pub(super) key: Cow<'a, str>,
    /// The key as it stands in the line.
    pub(super) raw_key: Part<'a>,
    /// The value.
    pub(super) value: Part<'a>,
}

impl<'a> Part<'a> {
    /// Its JSON.
    pub(super) fn json(self) -> &'a str {
        self.0.get()
    }

    /// What kind it is; its first byte tells, since the line is known to be JSON.
    pub(super) fn kind(self) -> Kind {
        match self.json().as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::Text,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'n') => Kind::Null,
            _ => Kind::Number,
        }
    }
}

impl<'a> Text<'a> {
    /// The line as a part, once it is known to be JSON.
    pub(super) fn parse(self) -> Result<Part<'a>, Fault> {
        serde_json::from_str(self.text)
            .map(Part)
            .map_err(|error| self.syntax(&error))
    }

    /// The place of a part.
    pub(super) fn span(self, part: Part<'a>) -> Span {
        // Every part is a slice of the text.
        let start = part.json().as_ptr() as usize - self.text.as_ptr() as usize;
        Span::new(self.file, start, start + part.json().len())
    }

    /// A finding at a part.
    pub(super) fn fault(
        self,
        code: crate::diagnostic::Code,
        part: Part<'a>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Fault {
        Box::new(Diagnostic::new(code, self.span(part), message).help(help))
    }

    /// The members of an object, in order; a key that stands twice is an error.
    pub(super) fn object(self, part: Part<'a>, what: &str) -> Result<Vec<Member<'a>>, Fault> {
        if part.kind() != Kind::Object {
            return Err(self.shape(part, what, "an object"));
        }
        let Entries(entries) =
            serde_json::from_str(part.json()).map_err(|error| self.syntax(&error))?;
        let members = entries
            .into_iter()
            .map(|(key, value)| {
                let raw_key = Part(key);
                Ok(Member {
                    key: self.string(raw_key)?,
                    raw_key,
                    value: Part(value),
                })
            })
            .collect::<Result<Vec<_>, Fault>>()?;
        self.refuse_duplicates(&members)?;
        Ok(members)
    }

    /// The elements of an array.
    pub(super) fn array(self, part: Part<'a>, what: &str) -> Result<Vec<Part<'a>>, Fault> {
        if part.kind() != Kind::Array {
            return Err(self.shape(part, what, "an array"));
        }
        let parts: Vec<&RawValue> =
            serde_json::from_str(part.json()).map_err(|error| self.syntax(&error))?;
        Ok(parts.into_iter().map(Part).collect())
    }

    /// A text, unescaped.
    pub(super) fn text(self, part: Part<'a>, what: &str) -> Result<Cow<'a, str>, Fault> {
        if part.kind() != Kind::Text {
            return Err(self.shape(part, what, "a text"));
        }
        self.string(part)
    }

    /// A text or key, unescaped. Half a surrogate pair is the one thing that only shows now.
    fn string(self, part: Part<'a>) -> Result<Cow<'a, str>, Fault> {
        let json = part.json();
        let bare = json.get(1..json.len().saturating_sub(1)).unwrap_or("");
        if !bare.contains('\\') {
            return Ok(Cow::Borrowed(bare));
        }
        serde_json::from_str(json).map(Cow::Owned).map_err(|_| {
            self.fault(
                codes::SYNTAX,
                part,
                "a `\\u` escape is half a surrogate pair",
                "write both halves, or the character itself",
            )
        })
    }

    fn shape(self, part: Part<'a>, what: &str, expected: &str) -> Fault {
        self.fault(
            codes::SHAPE,
            part,
            format!("{what} must be {expected}, not {}", part.kind().words()),
            "a line is `{\"at\":\"…\",\"changes\":[{\"op\":\"upsert\",\"entity\":\"…\",\"id\":\"…\",\"values\":{…}}]}`",
        )
    }

    fn refuse_duplicates(self, members: &[Member<'a>]) -> Result<(), Fault> {
        let mut order: Vec<usize> = (0..members.len()).collect();
        order.sort_by(|a, b| members[*a].key.cmp(&members[*b].key));
        let twice = order
            .windows(2)
            .find(|pair| members[pair[0]].key == members[pair[1]].key);
        let Some(&[first, second]) = twice else {
            return Ok(());
        };
        let [first, second] = [&members[first], &members[second]];
        let fault = self.fault(
            codes::DUPLICATE_KEY,
            second.raw_key,
            format!("`{}` stands twice", excerpt(&second.key)),
            "keep one of them",
        );
        Err(Box::new(
            fault.label(self.span(first.raw_key), "it stands here first"),
        ))
    }

    /// The library's finding; it stops at the byte that it could not read.
    fn syntax(self, error: &serde_json::Error) -> Fault {
        let text = self.text;
        let described = error.to_string();
        let message = described
            .rsplit_once(" at line ")
            .map_or(described.as_str(), |(message, _)| message);
        let mut at = match error.classify() {
            serde_json::error::Category::Eof => text.len(),
            _ => offset(text, error.line(), error.column()),
        };
        if message.starts_with("control character") {
            // Of this one the library tells the byte before.
            at += text[at..].find(|c| c < ' ').unwrap_or(0);
        }
        let end = text[at..].chars().next().map_or(at, |c| at + c.len_utf8());
        Box::new(
            Diagnostic::new(
                codes::SYNTAX,
                Span::new(self.file, at, end),
                format!("not JSON: {message}"),
            )
            .help("each line is one whole JSON object"),
        )
    }
}

/// The offset of the library's line and column: both from 1, columns in bytes, the last byte read
/// included.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    text.floor_char_boundary((start + column.saturating_sub(1)).min(text.len()))
}

/// The user's text, cut where it would drown the message.
pub(super) fn excerpt(text: &str) -> Cow<'_, str> {
    const LONGEST_CHARS: usize = 60;
    match text.char_indices().nth(LONGEST_CHARS) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// An object's keys and values as slices, repeats included.
struct Entries<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}
