//! The codes of the compiler's diagnostics; `docs/errors.md` has an entry for each.

use weir_ir::diagnostic::Code;

/// All of them, ascending.
pub const ALL: &[Code] = &[];
