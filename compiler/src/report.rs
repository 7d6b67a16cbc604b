//! Where all stages put what they find. It knows what `--lenient` makes of missing metadata, counts
//! what is left out, and gives the findings back in the order of the sources.

use weir_grammar::ast;
use weir_ir::diagnostic::{Diagnostic, Sources, Span, did_you_mean};
use weir_ir::limits;

use crate::codes;

/// The findings so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    diagnostics: Vec<Diagnostic>,
    /// Whether missing metadata leaves parts out instead of stopping.
    pub(crate) lenient: bool,
    /// Whether a reader could not read something; it has said so, and nothing here repeats it.
    pub(crate) unread: bool,
    /// Where readers could not, ascending.
    unread_at: Vec<Span>,
    /// Conditions of all filters, related-row conditions among them.
    pub(crate) conditions: usize,
    /// Those left out.
    pub(crate) left_out: usize,
}

impl Report {
    pub(crate) fn new(lenient: bool, files: &[ast::File]) -> Self {
        let unread = files.iter().flat_map(|file| &file.unread);
        let mut unread_at: Vec<Span> = unread.copied().collect();
        unread_at.sort_unstable();
        Self {
            lenient,
            unread: !unread_at.is_empty(),
            unread_at,
            ..Self::default()
        }
    }

    /// Takes a finding, unless a reader has said what is wrong at its place.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        if diagnostic.span.is_none_or(|span| !self.is_unread(span)) {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Whether a reader could not read all of a place: what seems to be missing there may not be.
    pub(crate) fn is_unread(&self, place: Span) -> bool {
        let after = |at: &Span| (at.file, at.start) < (place.file, place.end.max(place.start + 1));
        let until = self.unread_at.partition_point(after);
        let near = self.unread_at[..until].iter().rev();
        // Errors of a reader don't overlap: only the last one can begin before the place.
        near.take(2)
            .any(|at| at.file == place.file && at.end.max(at.start + 1) > place.start)
    }

    /// Takes a finding about metadata that isn't there: `part` is left out if that is allowed.
    pub(crate) fn missing(&mut self, diagnostic: Diagnostic, part: &str) {
        self.follows(diagnostic, part, true);
    }

    /// Takes a finding that, if `left_out`, follows only from what was left out.
    pub(crate) fn follows(&mut self, mut diagnostic: Diagnostic, part: &str, left_out: bool) {
        if self.lenient && left_out {
            diagnostic.message += &format!("; {part} is left out");
            diagnostic = diagnostic.weakened();
        }
        self.push(diagnostic);
    }

    /// Counts conditions that go with a part that is left out.
    pub(crate) fn lose(&mut self, conditions: usize) {
        self.conditions += conditions;
        self.left_out += conditions;
    }

    /// Whether something keeps the sources from being used.
    pub(crate) fn has_errors(&self) -> bool {
        self.unread || self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// Drops the findings that `excused` says yes to.
    pub(crate) fn retain(&mut self, keep: impl FnMut(&Diagnostic) -> bool) {
        self.diagnostics.retain(keep);
    }

    /// The findings in the order of the sources, at most as many as a reader can use, errors first
    /// to stay.
    pub(crate) fn finish(self, sources: &Sources) -> Vec<Diagnostic> {
        let found = self.diagnostics.into_iter();
        let mut all: Vec<Diagnostic> = found.map(|found| sources.whole(found)).collect();
        let more = all.len().saturating_sub(limits::DIAGNOSTICS);
        if more > 0 {
            all.sort_by_key(|d| (d.severity, d.span.map(|span| (span.file, span.start))));
            all.truncate(limits::DIAGNOSTICS);
        }
        all.sort_by_key(|d| {
            (
                d.span.is_none(),
                d.span.map(|span| (span.file, span.start)),
                d.severity,
            )
        });
        if more > 0 {
            all.push(Diagnostic::new(
                codes::MORE_FINDINGS,
                None,
                format!("{more} more findings are not shown"),
            ));
        }
        all
    }
}

/// Adds "did you mean" with the edit, or else another way out.
pub(crate) fn meant<'a>(
    diagnostic: Diagnostic,
    wrong: &str,
    names: impl IntoIterator<Item = &'a str>,
    or: impl FnOnce() -> String,
) -> Diagnostic {
    match (did_you_mean(wrong, names), diagnostic.span) {
        (Some(name), Some(span)) => diagnostic
            .help(format!("did you mean `{name}`?"))
            .suggest(span, name),
        _ => diagnostic.help(or()),
    }
}
