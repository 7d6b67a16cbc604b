//! What stands in FetchXML beside its filter, and the way out of what is refused.

/// Elements that say nothing about which rows match.
pub(super) const IGNORED_ELEMENTS: [&str; 3] = ["attribute", "all-attributes", "order"];

/// Attributes of a `fetch` that are not worth a note.
pub(super) const PLAIN_OF_FETCH: [&str; 2] = ["version", "mapping"];

/// An element of a filter: the attributes that are read, and those that are ignored. Any other may
/// change which rows match.
pub(super) struct Attributes {
    pub(super) read: &'static [&'static str],
    pub(super) ignored: &'static [&'static str],
}

pub(super) const FILTER: Attributes = Attributes {
    read: &["type"],
    ignored: &[
        "isquickfindfields",
        "overridequickfindrecordlimitenabled",
        "overridequickfindrecordlimitdisabled",
        "bypassquickfind",
        "hint",
    ],
};

pub(super) const CONDITION: Attributes = Attributes {
    read: &["attribute", "operator", "value", "valueof"],
    ignored: &["uiname", "uitype", "uihidden"],
};

pub(super) const VALUE: Attributes = Attributes {
    read: &[],
    ignored: &["uiname", "uitype"],
};

pub(super) const LINK: Attributes = Attributes {
    read: &["name", "from", "to", "link-type"],
    ignored: &[
        "alias",
        "visible",
        "intersect",
        "hint",
        "enableprefiltering",
        "prefilterparametername",
    ],
};

/// The way out of an attribute of a filter's element that isn't read.
pub(super) fn help_with_attribute(element: &str, attribute: &str) -> &'static str {
    match (element, attribute) {
        ("condition", "entityname") => {
            "put the condition into the `filter` of the `link-entity` that it is about"
        }
        ("condition", "aggregate" | "rowaggregate" | "alias" | "column") => {
            "compare an attribute of the row itself; columns and aggregates are no part of a filter"
        }
        ("condition" | "value", _) => {
            "a condition has `attribute`, `operator`, and `value`, `valueof` or `<value>` elements"
        }
        ("filter", _) => "a filter has a `type`, which is `and` or `or`",
        _ => "a related-row condition has `name`, `from`, `to` and `link-type`",
    }
}

/// The way out of a link type that isn't read; none where the type is unknown.
pub(super) fn help_with_link_type(link_type: &str) -> Option<&'static str> {
    Some(match link_type {
        "inner" | "outer" | "matchfirstrowusingcrossapply" => {
            "a filter chooses rows and joins none: `any` asks for a linked row, `not any` that there is none"
        }
        "in" | "exists" => "inside a filter `any` does the same",
        "all" => {
            "despite its name it holds where linked rows exist and none satisfies the inner filter: write \
             `any` without the inner filter, and `not any` with it"
        }
        "not all" => "despite its name it means the same as `any`",
        _ => return None,
    })
}
