//! The codes of what only the program sees: files and what stands around the stages.

use weir_ir::diagnostic::Code;

/// A file's bytes are no text.
pub const NOT_UTF8: Code = Code {
    id: "E0190",
    title: "the file is not UTF-8",
};
/// A file given as a profile is something else.
pub const NOT_A_PROFILE: Code = Code {
    id: "E0191",
    title: "the file is no profile",
};
/// A file that a `publish` names can't be read.
pub const PUBLISH_UNREADABLE: Code = Code {
    id: "E0690",
    title: "a published file can't be read",
};
/// A published set has errors of its own.
pub const PUBLISH_REFUSED: Code = Code {
    id: "E0691",
    title: "a published set has errors",
};

/// Every code of this crate.
pub const ALL: &[Code] = &[NOT_UTF8, NOT_A_PROFILE, PUBLISH_UNREADABLE, PUBLISH_REFUSED];
