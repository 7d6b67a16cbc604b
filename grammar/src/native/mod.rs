//! weir's own language: reader and printer.

use weir_ir::diagnostic::{Diagnostic, FileId};

use crate::ast::{Dialect, File, Filter, Parsed};

/// Reads a file.
#[must_use]
pub fn parse(_file: FileId, _text: &str) -> Parsed {
    Parsed {
        file: File {
            dialect: Dialect::Native,
            blocks: Vec::new(),
        },
        diagnostics: Vec::new(),
    }
}

/// Reads a filter that stands alone.
#[must_use]
pub fn parse_filter(_file: FileId, _text: &str) -> (Option<Filter>, Vec<Diagnostic>) {
    (None, Vec::new())
}

/// Prints a file.
#[must_use]
pub fn print(_file: &File) -> String {
    String::new()
}

/// Prints a filter.
#[must_use]
pub fn print_filter(_filter: &Filter) -> String {
    String::new()
}
