//! The codes of what can be wrong with metadata; `docs/errors.md` has an entry for each.

use weir_ir::diagnostic::Code;

/// All of them, ascending.
pub const ALL: &[Code] = &[
    INVALID_JSON,
    WRONG_TYPE,
    MISSING_KEY,
    UNKNOWN_WORD,
    DECLARED_TWICE,
    BAD_NAME,
    CONFLICTING_TYPE,
    NOT_A_LOOKUP,
    OUT_OF_RANGE,
    BUILT_IN_PRIMARY_ID,
    BAD_HIERARCHY,
    NOT_METADATA,
    SQL_UNREADABLE,
    METADATA_LIMIT,
    SQL_SKIPPED,
    UNKNOWN_KEY,
    KEY_NOT_FOR_TYPE,
    BUILT_IN_OWNERSHIP,
    UNREAD_TYPE,
    UNREAD_VALUE,
    UNUSABLE_RELATIONSHIP,
    UNKNOWN_ENTITY,
    NO_GUID_KEY,
];

/// The text isn't JSON.
pub const INVALID_JSON: Code = code("E0201", "the metadata isn't JSON");
/// A value is of another type than its key needs.
pub const WRONG_TYPE: Code = code("E0202", "a value has the wrong type");
/// A key that must be there isn't.
pub const MISSING_KEY: Code = code("E0203", "a key is missing");
/// A word isn't one of those that its key knows.
pub const UNKNOWN_WORD: Code = code("E0204", "a word is unknown");
/// One source declares the same thing twice.
pub const DECLARED_TWICE: Code = code("E0205", "declared twice in one file");
/// A name can't be one.
pub const BAD_NAME: Code = code("E0206", "a name can't be one");
/// An attribute that every such entity has is declared as something else.
pub const CONFLICTING_TYPE: Code = code("E0207", "a known attribute has another type");
/// A relationship's attribute can't point to a row.
pub const NOT_A_LOOKUP: Code = code("E0209", "a relationship's attribute is no lookup");
/// A number is out of its range.
pub const OUT_OF_RANGE: Code = code("E0210", "a number is out of range");
/// The primary id of a built-in entity can't be changed.
pub const BUILT_IN_PRIMARY_ID: Code = code("E0211", "the primary id is built in");
/// A hierarchical relationship joins two entities.
pub const BAD_HIERARCHY: Code = code("E0212", "a hierarchy joins two entities");
/// The source holds no metadata.
pub const NOT_METADATA: Code = code("E0213", "not a metadata file");
/// A key that weir doesn't know.
pub const UNKNOWN_KEY: Code = code("W0201", "a key is unknown");
/// A key that says nothing about an attribute of that type.
pub const KEY_NOT_FOR_TYPE: Code = code("W0202", "a key doesn't fit the type");
/// The ownership of a built-in entity can't be changed.
pub const BUILT_IN_OWNERSHIP: Code = code("W0203", "the ownership is built in");
/// An export names an attribute type that weir doesn't read.
pub const UNREAD_TYPE: Code = code("W0204", "an attribute type isn't read");
/// An export holds a value that weir doesn't read.
pub const UNREAD_VALUE: Code = code("W0205", "a value isn't read");
/// An export's relationship contradicts its entities.
pub const UNUSABLE_RELATIONSHIP: Code = code("W0206", "a relationship can't be used");
/// A relationship names an entity that no source declares.
pub const UNKNOWN_ENTITY: Code = code("W0207", "a relationship's entity is unknown");
/// A statement of a DDL script can't be read.
pub const SQL_UNREADABLE: Code = code("E0221", "a DDL statement can't be read");
/// A source declares more than any organisation has.
pub const METADATA_LIMIT: Code = code("E0222", "more than a limit in a metadata source");
/// A table's primary key can't be a GUID.
pub const NO_GUID_KEY: Code = code("W0221", "a table without a GUID as its key");
/// Statements of a DDL script say nothing of tables.
pub const SQL_SKIPPED: Code = code("N0221", "statements of a DDL script are skipped");

const fn code(id: &'static str, title: &'static str) -> Code {
    Code { id, title }
}
