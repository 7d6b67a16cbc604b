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

/// A zip is none, or is damaged.
pub const ZIP_DAMAGED: Code = Code {
    id: "E0852",
    title: "a zip can't be unpacked",
};
/// A zip is beyond a limit.
pub const ZIP_LIMIT: Code = Code {
    id: "E0853",
    title: "a zip is beyond a limit",
};
/// An entry of a zip leads out of it.
pub const ZIP_PATH: Code = Code {
    id: "E0854",
    title: "an entry leads out of its zip",
};
/// Two entries of a zip have one name.
pub const ZIP_TWICE: Code = Code {
    id: "E0855",
    title: "two entries of a zip have one name",
};
/// An entry of a zip is a link.
pub const ZIP_LINK: Code = Code {
    id: "E0856",
    title: "an entry of a zip is a link",
};

/// Every code of this crate.
pub const ALL: &[Code] = &[
    NOT_UTF8,
    NOT_A_PROFILE,
    PUBLISH_UNREADABLE,
    PUBLISH_REFUSED,
    ZIP_DAMAGED,
    ZIP_LIMIT,
    ZIP_PATH,
    ZIP_TWICE,
    ZIP_LINK,
];
