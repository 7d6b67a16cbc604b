//! What a metadata source is found to say wrong. Invariant: no more findings than
//! [`limits::DIAGNOSTICS`], and no more names compared for "did you mean" than [`HINT_NAMES`], so
//! that a source that is wrong everywhere costs no more than its length.

use smol_str::SmolStr;
use weir_ir::diagnostic::{Code, Diagnostic, Span, did_you_mean};
use weir_ir::limits;

/// Names that all hints of one report compare.
const HINT_NAMES: usize = 1_000_000;
/// Longest name, in characters; the platform's names have at most 128.
const NAME_CHARS: usize = 128;

/// Something with its place.
#[derive(Clone, Debug)]
pub(super) struct Spanned<T> {
    pub(super) value: T,
    pub(super) span: Span,
}

/// The findings of a source.
#[derive(Debug, Default)]
pub(super) struct Report {
    found: Vec<Diagnostic>,
    compared: usize,
}

impl Report {
    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        if self.found.len() < limits::DIAGNOSTICS {
            self.found.push(diagnostic);
        }
    }

    pub(super) fn extend(&mut self, diagnostics: Vec<Diagnostic>) {
        diagnostics.into_iter().for_each(|d| self.push(d));
    }

    pub(super) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.found
    }

    /// "did you mean `…`?", else `otherwise`.
    pub(super) fn hint<'a>(
        &mut self,
        wrong: &str,
        names: impl ExactSizeIterator<Item = &'a str>,
        otherwise: impl Into<String>,
    ) -> String {
        self.compared = self.compared.saturating_add(names.len());
        if self.found.len() >= limits::DIAGNOSTICS
            || self.compared > HINT_NAMES
            || wrong.len() > NAME_CHARS
        {
            return otherwise.into();
        }
        did_you_mean(wrong, names).map_or_else(
            || otherwise.into(),
            |name| format!("did you mean `{name}`?"),
        )
    }

    /// The logical name that a text is, in lower case.
    pub(super) fn logical_name(
        &mut self,
        text: &str,
        span: Span,
        code: Code,
    ) -> Option<Spanned<SmolStr>> {
        if is_name(text) {
            let value = SmolStr::new(text.to_lowercase());
            return Some(Spanned { value, span });
        }
        self.push(
            Diagnostic::new(code, span, format!("`{}` can't be a name", shorten(text))).help(
                format!("a name is 1 to {NAME_CHARS} letters, digits and underscores"),
            ),
        );
        None
    }
}

/// Whether a text can name an entity, an attribute or a relationship.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| c.is_alphanumeric() || c == '_')
        && text.chars().count() <= NAME_CHARS
}

/// A text as a message can show it.
pub(super) fn shorten(text: &str) -> String {
    if text.chars().count() <= NAME_CHARS {
        return text.to_owned();
    }
    text.chars().take(NAME_CHARS).chain(['…']).collect()
}
