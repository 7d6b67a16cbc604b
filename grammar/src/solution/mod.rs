//! MobileOfflineProfile files of unpacked solutions.

use weir_ir::diagnostic::FileId;

use crate::ast::{Dialect, File, Parsed};

/// Reads a MobileOfflineProfile XML.
#[must_use]
pub fn parse(_file: FileId, _text: &str) -> Parsed {
    Parsed {
        file: File {
            dialect: Dialect::Solution,
            blocks: Vec::new(),
        },
        diagnostics: Vec::new(),
    }
}
