//! The diagnostics of one text, never more than the limit.

use weir_ir::diagnostic::{Code, Diagnostic};
use weir_ir::limits;

use crate::codes;

/// Collects diagnostics.
#[derive(Debug, Default)]
pub(crate) struct Report {
    found: Vec<Diagnostic>,
    full: Option<Diagnostic>,
}

impl Report {
    /// Adds a diagnostic while there is room; the last place says that there were more.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        if self.found.len() + 1 < limits::DIAGNOSTICS {
            self.found.push(diagnostic);
        } else if self.full.is_none() {
            let message = format!(
                "more than {} mistakes; the others are not listed",
                self.found.len()
            );
            self.full = Some(
                Diagnostic::new(codes::TOO_MANY_MISTAKES, diagnostic.span, message)
                    .help("mend the first ones and check again"),
            );
        }
    }

    /// Adds a diagnostic if there is one.
    pub(crate) fn push_opt(&mut self, diagnostic: Option<Diagnostic>) {
        if let Some(diagnostic) = diagnostic {
            self.push(diagnostic);
        }
    }

    /// Whether nothing was reported.
    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Whether a code was reported.
    pub(crate) fn has(&self, code: Code) -> bool {
        self.found.iter().any(|found| found.code == code)
    }

    /// All of them in the order of the text.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.found
            .sort_by_key(|found| found.span.map(|span| span.start));
        self.found.extend(self.full);
        self.found
    }
}
