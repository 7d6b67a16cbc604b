//! The pull reader behind [`parse`].

use std::ops::Range;

use quick_xml::Reader as Pull;
use quick_xml::events::attributes::AttrError;
use quick_xml::events::{BytesStart, Event};
use smol_str::SmolStr;
use weir_ir::diagnostic::{Code, Diagnostic, Span};
use weir_ir::limits;

use super::{Attribute, Element, Located};
use crate::codes;

/// Reads a document. `keep(parent, name)` says which elements are wanted; the parent of the
/// outermost is the empty text. What isn't wanted is still checked to be well-formed.
///
/// The tree is none where the text isn't well-formed or is beyond a limit.
#[must_use]
pub fn parse(
    document: &Located,
    keep: &dyn Fn(&str, &str) -> bool,
) -> (Option<Element>, Vec<Diagnostic>) {
    let mut reader = Reader {
        document,
        keep,
        open: Vec::new(),
        skipped: 0,
        root: None,
        finished: false,
        diagnostics: Vec::new(),
    };
    let root = match reader.read() {
        Ok(()) => reader.root,
        Err(stopped) => {
            reader.diagnostics.push(*stopped);
            None
        }
    };
    (root, reader.diagnostics)
}

/// What stops the reading.
type Stopped = Box<Diagnostic>;

struct Reader<'d> {
    document: &'d Located,
    keep: &'d dyn Fn(&str, &str) -> bool,
    /// Wanted elements that are open, outermost first.
    open: Vec<Element>,
    /// Elements that are open below an unwanted one, it included.
    skipped: usize,
    root: Option<Element>,
    /// The outermost element was closed.
    finished: bool,
    diagnostics: Vec<Diagnostic>,
}

impl<'d> Reader<'d> {
    fn read(&mut self) -> Result<(), Stopped> {
        let all = self.document.text();
        if all.len() > limits::SOURCE_BYTES {
            let message = format!("the text is longer than {} bytes", limits::SOURCE_BYTES);
            return Err(self.stop(codes::XML_LIMIT, 0..0, message, "no profile is that long"));
        }
        if let Some(at) = all.find('\0') {
            let message = "not well-formed: the character U+0000".to_owned();
            let help = "take it out: no text of XML holds it";
            return Err(self.stop(codes::XML_MALFORMED, at..at + 1, message, help));
        }
        let text = all.strip_prefix('\u{feff}').unwrap_or(all);
        let base = all.len() - text.len();
        let mut pull = Pull::from_str(text);
        loop {
            let start = base + offset(pull.buffer_position());
            let event = pull.read_event().map_err(|error| {
                let at = base + offset(pull.error_position());
                let message = format!("not well-formed: {}", reason(&error));
                let help = "every element must be closed, in order, and `<` and `&` escaped";
                self.stop(codes::XML_MALFORMED, at..at + 1, message, help)
            })?;
            let range = start..base + offset(pull.buffer_position());
            match event {
                Event::Start(tag) => self.start(&tag, &range)?,
                Event::Empty(tag) => {
                    self.start(&tag, &range)?;
                    self.end(range.end);
                }
                Event::End(_) => self.end(range.end),
                Event::Text(_) => self.text(range)?,
                Event::GeneralRef(_) => self.reference(range)?,
                Event::CData(_) => {
                    // `<![CDATA[` and `]]>` are no text.
                    let inner = range.start + 9..range.end.saturating_sub(3);
                    if let Some(open) = self.current() {
                        open.0.text.push_part(open.1, inner);
                    }
                }
                Event::Decl(declaration) => {
                    if let Some(Ok(encoding)) = declaration.encoding()
                        && !encoding.eq_ignore_ascii_case("utf-8")
                    {
                        let message = format!("the encoding is `{encoding}`");
                        let help = "save the file in UTF-8 and say so in its first line";
                        return Err(self.stop(codes::XML_ENCODING, range, message, help));
                    }
                }
                Event::DocType(_) => {
                    let help = "remove it: nothing that weir reads needs one";
                    let message = "a document type is refused".to_owned();
                    return Err(self.stop(codes::XML_DOCTYPE, range, message, help));
                }
                Event::Comment(_) | Event::PI(_) => {}
                Event::Eof => return self.check_end(range.start),
            }
        }
    }

    fn start(&mut self, tag: &BytesStart<'d>, range: &Range<usize>) -> Result<(), Stopped> {
        let depth = self.open.len() + self.skipped;
        if depth >= limits::XML_DEPTH {
            let message = format!("elements are nested deeper than {}", limits::XML_DEPTH);
            return Err(self.stop(
                codes::XML_LIMIT,
                range.clone(),
                message,
                "no export is that deep",
            ));
        }
        if self.finished {
            let message = "not well-formed: a second outermost element".to_owned();
            let help = "a document has one outermost element";
            return Err(self.stop(codes::XML_MALFORMED, range.clone(), message, help));
        }
        let full = tag.name();
        let name = full.local_name();
        let parent = self.open.last().map_or("", |open| open.name.as_str());
        if self.skipped > 0 || !(depth == 0 || (self.keep)(parent, name.as_ref())) {
            self.skipped += 1;
            return Ok(());
        }
        let name_start = range.start + 1;
        let name_span = self
            .document
            .span(name_start..name_start + full.as_ref().len());
        let element = Element {
            name: SmolStr::new(name.as_ref()),
            name_span,
            span: self.document.span(range.clone()),
            attributes: self.attributes(tag, range)?,
            children: Vec::new(),
            text: Located::empty(self.document.file_id(), name_span.start as usize),
        };
        self.open.push(element);
        Ok(())
    }

    fn attributes(
        &mut self,
        tag: &BytesStart<'d>,
        range: &Range<usize>,
    ) -> Result<Vec<Attribute>, Stopped> {
        let mut attributes = Vec::new();
        for (count, found) in tag.attributes().enumerate() {
            let found = found.map_err(|error| {
                let message = format!("not well-formed: {}", attribute_reason(&error));
                let help = "write attributes as `name=\"value\"`, each once";
                self.stop(codes::XML_MALFORMED, range.clone(), message, help)
            })?;
            if count >= limits::XML_ATTRIBUTES {
                let message = format!("an element has over {} attributes", limits::XML_ATTRIBUTES);
                let help = "no export has that many";
                return Err(self.stop(codes::XML_LIMIT, range.clone(), message, help));
            }
            // Namespaces tell nothing: prefixes are passed over.
            if found.key.as_namespace_binding().is_some() {
                continue;
            }
            let name = found.key.local_name();
            let name_start = self.offset_of(found.key.into_inner(), range);
            let value_start = self.offset_of(&found.value, range);
            let value_range = value_start..value_start + found.value.len();
            let name_end = name_start + found.key.into_inner().len();
            attributes.push(Attribute {
                name: SmolStr::new(name.as_ref()),
                name_span: self.document.span(name_start..name_end),
                value: self.unescaped(value_range)?,
            });
        }
        Ok(attributes)
    }

    /// Where a part of a tag stands in the document.
    fn offset_of(&self, part: &str, range: &Range<usize>) -> usize {
        let document = self.document.text().as_ptr().addr();
        let at = part.as_ptr().addr().wrapping_sub(document);
        // The pull reader lends parts of the document; a copy would lie elsewhere.
        if range.contains(&at) { at } else { range.start }
    }

    fn end(&mut self, end: usize) {
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        let Some(mut element) = self.open.pop() else {
            return;
        };
        element.span = element.span.to(self.document.span(end..end));
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => {
                self.finished = true;
                self.root = Some(element);
            }
        }
    }

    /// The innermost wanted element, while nothing unwanted is open.
    fn current(&mut self) -> Option<(&mut Element, &'d Located)> {
        if self.skipped > 0 {
            return None;
        }
        self.open.last_mut().map(|open| (open, self.document))
    }

    fn text(&mut self, range: Range<usize>) -> Result<(), Stopped> {
        if let Some((open, document)) = self.current() {
            open.text.push_part(document, range);
            return Ok(());
        }
        let outside = self.open.is_empty() && self.skipped == 0;
        let text = self.document.text().get(range.clone()).unwrap_or("");
        if outside && !text.trim().is_empty() {
            let message = "not well-formed: text outside the outermost element".to_owned();
            let help = "a document is one element";
            return Err(self.stop(codes::XML_MALFORMED, range, message, help));
        }
        Ok(())
    }

    fn reference(&mut self, range: Range<usize>) -> Result<(), Stopped> {
        let character = self.resolve(range.clone())?;
        if let Some((open, document)) = self.current() {
            open.text.push_reference(document, range, character);
        }
        Ok(())
    }

    /// An attribute's value with its references resolved and its breaks made blanks.
    fn unescaped(&self, range: Range<usize>) -> Result<Located, Stopped> {
        let document = self.document;
        let place = document.span(range.start..range.start).start as usize;
        let mut value = Located::empty(document.file_id(), place);
        let mut from = range.start;
        let text = document.text();
        let special = ['&', '\t', '\n', '\r'];
        while let Some(at) = text
            .get(from..range.end)
            .and_then(|rest| rest.find(special))
        {
            let start = from + at;
            let rest = text.get(start..range.end).unwrap_or("");
            value.push_part(document, from..start);
            from = if rest.starts_with('&') {
                let end = rest
                    .find(';')
                    .map_or(range.end, |length| start + length + 1);
                value.push_reference(document, start..end, self.resolve(start..end)?);
                end
            } else {
                // XML reads a break or tab in an attribute as a blank.
                let end = start + if rest.starts_with("\r\n") { 2 } else { 1 };
                value.push_reference(document, start..end, ' ');
                end
            };
        }
        value.push_part(document, from..range.end);
        Ok(value)
    }

    /// The character that `&…;` stands for.
    fn resolve(&self, range: Range<usize>) -> Result<char, Stopped> {
        let written = self.document.text().get(range.clone()).unwrap_or("");
        let name = written.trim_start_matches('&').trim_end_matches(';');
        let number = |digits: &str, radix| {
            let code = u32::from_str_radix(digits, radix).ok()?;
            char::from_u32(code).filter(|c| *c != '\0')
        };
        let found = match name {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "apos" => Some('\''),
            "quot" => Some('"'),
            _ => match name.strip_prefix('#') {
                Some(digits) => match digits.strip_prefix('x') {
                    Some(hex) => number(hex, 16),
                    None => number(digits, 10),
                },
                None => None,
            },
        };
        found.ok_or_else(|| {
            let message = format!("the reference `{written}` is unknown");
            let help = "write `&amp;` for `&`; XML knows lt, gt, amp, apos, quot and numbers";
            self.stop(codes::XML_REFERENCE, range, message, help)
        })
    }

    fn check_end(&mut self, end: usize) -> Result<(), Stopped> {
        let help = "the file may be cut short";
        if let Some(open) = self.open.last() {
            let message = format!("not well-formed: `{}` is not closed", open.name);
            let found = Diagnostic::new(codes::XML_MALFORMED, open.name_span, message).help(help);
            return Err(Box::new(found));
        }
        if !self.finished {
            let message = "not well-formed: there is no element".to_owned();
            return Err(self.stop(codes::XML_MALFORMED, end..end, message, help));
        }
        Ok(())
    }

    fn stop(&self, code: Code, range: Range<usize>, message: String, help: &str) -> Stopped {
        let span: Span = self.document.span(range);
        Box::new(Diagnostic::new(code, span, message).help(help))
    }
}

/// An offset of the pull reader.
fn offset(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

/// Why a text isn't well-formed, without the library's own preamble.
fn reason(error: &quick_xml::Error) -> String {
    match error {
        quick_xml::Error::Syntax(error) => error.to_string(),
        quick_xml::Error::IllFormed(error) => error.to_string(),
        quick_xml::Error::InvalidAttr(error) => attribute_reason(error).to_owned(),
        other => other.to_string(),
    }
}

/// What is wrong with an attribute; its position is the span's business.
fn attribute_reason(error: &AttrError) -> &'static str {
    match error {
        AttrError::ExpectedEq(_) => "an attribute has no `=`",
        AttrError::ExpectedValue(_) => "an attribute has no value",
        AttrError::UnquotedValue(_) => "an attribute's value has no quotes",
        AttrError::ExpectedQuote(..) => "an attribute's value is not closed",
        AttrError::Duplicated(..) => "an attribute stands twice",
    }
}
