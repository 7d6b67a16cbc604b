//! The fields of metadata JSON by their types: each reader reports what doesn't fit, at its place.

use smol_str::SmolStr;
use weir_ir::diagnostic::{Diagnostic, Span};

use super::codes;
use super::json::{Fields, Reader};
use super::json_node::Node;
use super::report::{Spanned, shorten};

impl<'t> Reader<'t, '_> {
    /// An object's known keys; unknown ones are reported, and the later of two with one name.
    pub(super) fn fields(
        &mut self,
        node: Node<'t>,
        what: &str,
        known: &[&str],
    ) -> Option<Fields<'t>> {
        let Some(entries) = self.file.object(node) else {
            self.wrong_type(node, what, "an object");
            return None;
        };
        let mut fields = Fields {
            entries: Vec::with_capacity(known.len().min(entries.len())),
            place: node.opening(),
        };
        for entry in entries {
            if !known.contains(&entry.key.as_ref()) {
                let key = shorten(&entry.key);
                let otherwise = format!("{what} has the keys {}", listed(known));
                let help = self.report.hint(&key, known.iter().copied(), otherwise);
                let message = format!("{what} has no key `{key}`: it is ignored");
                let found = Diagnostic::new(codes::UNKNOWN_KEY, entry.key_span, message);
                self.report.push(found.help(help));
            } else if let Some(first) = fields.entries.iter().find(|e| e.key == entry.key) {
                self.report.push(
                    Diagnostic::new(
                        codes::DECLARED_TWICE,
                        entry.key_span,
                        format!("the key `{}` stands twice in one object", entry.key),
                    )
                    .label(first.key_span, "first here")
                    .help("remove one of them"),
                );
            } else {
                fields.entries.push(entry);
            }
        }
        Some(fields)
    }

    /// The elements of a list that may be left out.
    pub(super) fn list(&mut self, fields: &Fields<'t>, key: &str) -> Vec<Node<'t>> {
        let Some(node) = fields.get(key) else {
            return Vec::new();
        };
        self.file.array(node).unwrap_or_else(|| {
            self.wrong_type(node, &format!("`{key}`"), "a list");
            Vec::new()
        })
    }

    pub(super) fn text(&mut self, fields: &Fields<'t>, key: &str) -> Option<Spanned<String>> {
        let node = fields.get(key)?;
        self.text_of(node, &format!("`{key}`"))
    }

    pub(super) fn text_of(&mut self, node: Node<'t>, what: &str) -> Option<Spanned<String>> {
        let Some(value) = node.string() else {
            self.wrong_type(node, what, "a text");
            return None;
        };
        let span = node.span;
        Some(Spanned { value, span })
    }

    /// A logical name, in lower case.
    pub(super) fn name(&mut self, fields: &Fields<'t>, key: &str) -> Option<Spanned<SmolStr>> {
        let text = self.text(fields, key)?;
        self.report
            .logical_name(&text.value, text.span, codes::BAD_NAME)
    }

    /// A key that must be there.
    pub(super) fn required(
        &mut self,
        fields: &Fields<'t>,
        key: &str,
        what: &str,
    ) -> Option<Node<'t>> {
        let node = fields.get(key);
        if node.is_none() {
            self.missing(fields.place, what, key);
        }
        node
    }

    pub(super) fn required_name(
        &mut self,
        fields: &Fields<'t>,
        key: &str,
        what: &str,
    ) -> Option<Spanned<SmolStr>> {
        self.required(fields, key, what)?;
        self.name(fields, key)
    }

    pub(super) fn flag(&mut self, fields: &Fields<'t>, key: &str) -> Option<Spanned<bool>> {
        let node = fields.get(key)?;
        let Some(value) = node.boolean() else {
            self.wrong_type(node, &format!("`{key}`"), "true or false");
            return None;
        };
        let span = node.span;
        Some(Spanned { value, span })
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(
        &mut self,
        node: Node<'t>,
        key: &str,
        words: &[(&str, T)],
    ) -> Option<Spanned<T>> {
        let text = self.text_of(node, &format!("`{key}`"))?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text.value) {
            let (value, span) = (*value, text.span);
            return Some(Spanned { value, span });
        }
        let wrong = shorten(&text.value);
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let otherwise = format!("`{key}` is one of {}", listed(&names));
        // Of words as short as `1:N` every one is near every other.
        let help = match wrong.len() {
            0..4 => otherwise,
            _ => self.report.hint(&wrong, names.iter().copied(), otherwise),
        };
        let message = format!("`{key}` can't be `{wrong}`");
        let found = Diagnostic::new(codes::UNKNOWN_WORD, text.span, message);
        self.report.push(found.help(help));
        None
    }

    pub(super) fn wrong_type(&mut self, node: Node<'t>, what: &str, wanted: &str) {
        let one_line = !node.text.contains('\n');
        let span = if one_line { node.span } else { node.opening() };
        let found = Diagnostic::new(codes::WRONG_TYPE, span, format!("{what} must be {wanted}"));
        self.report.push(found.help(format!("write {wanted} here")));
    }

    pub(super) fn missing(&mut self, place: Span, what: &str, key: &str) {
        let message = format!("{what} needs the key `{key}`");
        self.report.push(
            Diagnostic::new(codes::MISSING_KEY, place, message)
                .help(format!("add `\"{key}\": …` to this object")),
        );
    }
}

/// Words in backticks, with commas.
pub(super) fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}
