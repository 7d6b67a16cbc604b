//! JSON with places: a value is a slice of its file, taken apart one level at a time. Reading a
//! whole document costs its length times the depth that the metadata has (five), whatever is
//! nested in keys that nobody asks for.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use weir_ir::diagnostic::{Diagnostic, FileId, Span};
use weir_ir::limits;

use super::codes;
use super::report::Report;

/// A file of JSON.
#[derive(Clone, Copy, Debug)]
pub(super) struct JsonFile<'t> {
    pub(super) id: FileId,
    pub(super) text: &'t str,
}

/// A value in it, without the space around it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<'t> {
    pub(super) text: &'t str,
    pub(super) span: Span,
}

/// A key of an object, with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry<'t> {
    pub(super) key: Cow<'t, str>,
    /// The key between its quotes; the value where the key has escapes.
    pub(super) key_span: Span,
    pub(super) value: Node<'t>,
}

impl<'t> JsonFile<'t> {
    /// The value that the file is.
    pub(super) fn root(self, report: &mut Report) -> Option<Node<'t>> {
        if self.text.len() > limits::SOURCE_BYTES {
            let message = format!("the text is longer than {} bytes", limits::SOURCE_BYTES);
            let place = Span::new(self.id, 0, 0);
            let found = Diagnostic::new(weir_grammar::codes::SOURCE_TOO_LONG, place, message);
            report.push(found.help("split it: `--metadata` may repeat"));
            return None;
        }
        let body = self.text.strip_prefix('\u{feff}').unwrap_or(self.text);
        match serde_json::from_str::<&'t RawValue>(body) {
            Ok(raw) => Some(self.node(raw)),
            Err(error) => {
                report.push(self.invalid(body, &error));
                None
            }
        }
    }

    fn invalid(self, body: &str, error: &serde_json::Error) -> Diagnostic {
        let before = self.text.len() - body.len();
        let line_start: usize = body
            .split_inclusive('\n')
            .take(error.line().saturating_sub(1))
            .map(str::len)
            .sum();
        let at = (line_start + error.column().saturating_sub(1)).min(body.len());
        let start = body.floor_char_boundary(at);
        let end = body[start..]
            .chars()
            .next()
            .map_or(start, |c| start + c.len_utf8());
        let text = error.to_string();
        let reason = text.split(" at line ").next().unwrap_or(&text);
        Diagnostic::new(
            codes::INVALID_JSON,
            Span::new(self.id, before + start, before + end),
            format!("not JSON: {reason}"),
        )
        .help("metadata is one JSON object with `entities` and `relationships`")
    }

    /// The place of a slice of the file.
    fn span(self, part: &str) -> Span {
        let start = part.as_ptr().addr() - self.text.as_ptr().addr();
        Span::new(self.id, start, start + part.len())
    }

    fn node(self, raw: &'t RawValue) -> Node<'t> {
        Node {
            text: raw.get(),
            span: self.span(raw.get()),
        }
    }

    /// The entries of an object, in order, doubled keys too.
    pub(super) fn object(self, node: Node<'t>) -> Option<Vec<Entry<'t>>> {
        let Entries(entries) = serde_json::from_str(node.text).ok()?;
        let entry = |(key, raw): (Cow<'t, str>, &'t RawValue)| {
            let value = self.node(raw);
            let key_span = match key {
                Cow::Borrowed(text) => self.span(text),
                Cow::Owned(_) => value.span,
            };
            Entry {
                key,
                key_span,
                value,
            }
        };
        Some(entries.into_iter().map(entry).collect())
    }

    /// The values of an array.
    pub(super) fn array(self, node: Node<'t>) -> Option<Vec<Node<'t>>> {
        let raws: Vec<&'t RawValue> = serde_json::from_str(node.text).ok()?;
        Some(raws.into_iter().map(|raw| self.node(raw)).collect())
    }
}

impl Node<'_> {
    pub(super) fn is_null(self) -> bool {
        self.text == "null"
    }

    pub(super) fn boolean(self) -> Option<bool> {
        serde_json::from_str(self.text).ok()
    }

    pub(super) fn string(self) -> Option<String> {
        serde_json::from_str(self.text).ok()
    }

    pub(super) fn integer(self) -> Option<i64> {
        serde_json::from_str(self.text).ok()
    }

    /// A number's digits as written.
    pub(super) fn number(self) -> Option<String> {
        let first = self.text.as_bytes().first()?;
        (first.is_ascii_digit() || *first == b'-').then(|| self.text.to_owned())
    }

    /// Its first character: all that is underlined of an object or array.
    pub(super) fn opening(self) -> Span {
        Span {
            end: self.span.start + u32::from(!self.text.is_empty()),
            ..self.span
        }
    }
}

/// The entries of an object as serde_json gives them.
struct Entries<'t>(Vec<(Cow<'t, str>, &'t RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(Key(key)) = map.next_key()? {
            entries.push((key, map.next_value()?));
        }
        Ok(Entries(entries))
    }
}

/// A key, borrowed where it has no escapes.
struct Key<'t>(Cow<'t, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Key(Cow::Borrowed(key)))
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Key(Cow::Owned(key.to_owned())))
    }
}
