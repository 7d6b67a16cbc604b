//! The codes of the readers' diagnostics; `docs/errors.md` explains each.

use weir_ir::diagnostic::Code;

macro_rules! codes {
    ($($name:ident = $id:literal $title:literal;)*) => {
        $(#[doc = concat!("`", $id, "`: ", $title, ".")]
        pub const $name: Code = Code { id: $id, title: $title };)*

        /// Every code of this crate, sorted.
        pub const ALL: &[Code] = &[$($name),*];
    };
}

codes! {
    CHARACTER = "E0101" "a character that the language does not have";
    UNCLOSED_TEXT = "E0102" "a text or name is never closed";
    NUMBER = "E0103" "a number is malformed";
    EXPECTED = "E0104" "something else is expected here";
    UNKNOWN_KEYWORD = "E0105" "unknown keyword";
    UNCLOSED_BLOCK = "E0106" "a brace or parenthesis is never closed";
    GIVEN_TWICE = "E0107" "a clause is given twice";
    UNKNOWN_OPERATOR = "E0108" "unknown operator";
    NUMBER_RANGE = "E0109" "a whole number is out of range";
    EMPTY_NAME = "E0110" "a name is empty";
    ALLOWS_NOTHING = "E0111" "nothing follows an `allow`";
    XML_MALFORMED = "E0801" "the XML is not well-formed";
    XML_DOCTYPE = "E0802" "a document type is refused";
    XML_ENCODING = "E0803" "the XML is not in UTF-8";
    XML_LIMIT = "E0804" "the XML is beyond a limit";
    XML_REFERENCE = "E0805" "a reference of XML is unknown";
    XML_ROOT = "E0806" "the document is something else";
    PART_MISSING = "E0807" "a part of the XML is missing";
    PART_VALUE = "E0808" "a value of the XML can't be read";
    FETCH_UNSUPPORTED = "E0809" "FetchXML that isn't supported";
    FETCH_OPERATOR = "E0810" "unknown operator in FetchXML";
    FETCH_ENTITY = "E0811" "a filter on another entity";
    FETCH_UNSAYABLE = "E0850" "a filter that FetchXML can't say";
    STORED_NAME = "E0851" "a stored key is no name of XML";
    SOURCE_TOO_LONG = "E0901" "the source text is too long";
    NESTED_TOO_DEEP = "E0902" "a filter is nested too deep";
    TOO_MANY_MISTAKES = "E0903" "too many mistakes to list";
    PART_IGNORED = "N0801" "a part of the XML is ignored";
    FETCH_IGNORED = "N0850" "FetchXML beside a filter is ignored";
    INERT_FILTER = "W0801" "a filter without effect";
    PART_DOUBLED = "W0802" "a part of the XML stands twice";
}
