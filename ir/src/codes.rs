//! The codes of what can be wrong with a line of a change stream.

use crate::diagnostic::Code;

macro_rules! codes {
    ($($name:ident = $id:literal, $title:literal;)*) => {
        $(#[doc = $title] pub const $name: Code = Code { id: $id, title: $title };)*
        /// Every code of this crate.
        pub const ALL: &[Code] = &[$($name),*];
    };
}

codes! {
    SYNTAX = "E0701", "the line is not JSON";
    NOT_UTF8 = "E0702", "the line is not UTF-8";
    LINE_TOO_LONG = "E0703", "the line is too long";
    TOO_MANY_CHANGES = "E0704", "too many changes in a transaction";
    SHAPE = "E0705", "a part of the line has the wrong shape";
    MISSING_KEY = "E0706", "a key is missing";
    UNKNOWN_KEY = "E0707", "unknown key";
    DUPLICATE_KEY = "E0708", "a key stands twice";
    NOT_AN_INSTANT = "E0709", "not a date and time";
    TIME_GOES_BACK = "E0710", "time goes back";
    UNKNOWN_OP = "E0711", "unknown operation";
    UNKNOWN_ENTITY = "E0712", "the metadata lacks the entity of a change";
    UNKNOWN_ATTRIBUTE = "E0713", "the metadata lacks an attribute of a change";
    NOT_A_GUID = "E0714", "not a GUID";
    OTHER_PRIMARY_ID = "E0715", "the primary id is not the row's";
    WRONG_TYPE = "E0716", "a value of the wrong type";
    OUT_OF_RANGE = "E0717", "a value out of range";
    NO_DEPTH = "E0719", "no depth of a privilege";
    NUL_IN_TEXT = "E0718", "U+0000 in a text";
}
