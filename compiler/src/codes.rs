//! The codes of the compiler's diagnostics; `docs/errors.md` has an entry for each.

use weir_ir::diagnostic::Code;

macro_rules! codes {
    ($($name:ident $id:literal $title:literal)*) => {
        $(#[doc = $title] pub const $name: Code = Code { id: $id, title: $title };)*
        /// All of them, in the order of their stages.
        pub const ALL: &[Code] = &[$($name),*];
    };
}

codes! {
    UNKNOWN_ENTITY "E0301" "unknown entity"
    UNKNOWN_ATTRIBUTE "E0302" "unknown attribute"
    UNKNOWN_RELATIONSHIP "E0303" "unknown relationship"
    UNUSABLE_RELATIONSHIP "E0304" "relationship with an entity that the metadata lacks"
    NOT_JOINED "E0305" "relationship does not join these entities"
    SELF_JOINED "E0306" "`via` on a relationship that joins an entity to itself"
    OPERATOR_TYPE "E0307" "operator not for the attribute's type"
    VALUE_COUNT "E0308" "wrong number of values"
    VALUE_TYPE "E0309" "value of the wrong type"
    VALUE_RANGE "E0310" "value out of range"
    VALUE_NUL "E0311" "NUL character in a value"
    NOT_FILTERABLE "E0312" "attribute that can't be filtered"
    NOT_COMPARABLE "E0313" "attributes that don't compare"
    NO_ATTRIBUTE_VALUE "E0314" "operator that does not compare with an attribute"
    ENTITY_WITHOUT_ITEM "W0301" "entity in a filter without an item in the profile"
    OWNERSHIP_UNKNOWN "W0302" "entity of unknown ownership"
    OFFLINE_UNKNOWN "W0303" "entity without an offline flag"
    UNKNOWN_OPTION "W0304" "number that is no option of the choice"

    NO_CHOICE "E0401" "item without a download choice"
    CHOICE_NOT_ALLOWED "E0402" "download choice that the ownership does not allow"
    FILTER_BESIDE_CHOICE "E0403" "filter beside `all` or `related`"
    NO_FLAG "E0404" "other data filter without a flag"
    NO_CONDITION "E0405" "custom filter without a condition"
    NOT_OFFLINE "E0406" "entity not enabled for mobile offline"
    NOT_MOBILE "E0407" "entity not enabled for mobile"
    NEVER_ITEM "E0408" "entity that is never an item"
    ITEM_TWICE "E0409" "entity with two items in one profile"
    TARGET_WITHOUT_ITEM "E0410" "association to an entity without an item"
    SELF_ASSOCIATION "E0411" "association of an entity to itself"
    CYCLE "E0412" "cycle of associations"
    DEAD_ITEM "E0413" "related-only item that nothing reaches"
    ASSOCIATION_TWICE "E0414" "association given twice"
    UNION_SURPRISE "W0401" "item that downloads more than its filter"
    EMPTY_ITEM "W0402" "related-only item without associations"
    MANY_RELATIONSHIPS "W0404" "many relationships of an item"
    MANY_RELATED "W0405" "many related tables in a filter"
    MANY_ITEMS "W0406" "many items in a profile"
    SYNC_INTERVAL "W0407" "unusual sync interval"
    COLUMN_TWICE "W0408" "column named twice"
    ALLOW_UNUSED "W0409" "`allow` that excuses nothing"
    ALLOW_UNKNOWN "W0410" "`allow` of what is no warning"
    NULL_MATCHES "W0421" "negative operator on an attribute that may lack a value"
    NEVER_HOLDS "W0422" "conditions that can never hold"
    ALWAYS_HOLDS "W0423" "conditions that always hold"
    SHADOWED "W0424" "part of a filter that changes nothing"
    ADDS_NOTHING "W0425" "association that adds nothing"
    DEEP_HIERARCHY "W0426" "hierarchy operator over many levels"

    UNKNOWN_SETTING "E0501" "unknown setting"
    SETTING_VALUE "E0502" "unknown value of a setting"
    SETTING_TWICE "E0503" "setting given two values"
    NOT_SWITCHABLE "E0504" "operator whose answer on NULL is fixed"
    OFFLINE_WITHOUT_MOBILE "E0505" "offline for an entity not enabled for mobile"
    ORGANIZATION_CRITERIA "E0506" "organisation filter with too many criteria"
    ORGANIZATION_USER "E0507" "organisation filter that knows the user"
    ORGANIZATION_FLAT "E0508" "organisation filter that is not flat"
    OWNERSHIP_BUILT_IN "E0509" "ownership that is built in"
    SECURITY_DIFFERS "W0502" "security that the metadata says otherwise"
    FILTER_WITHOUT_OFFLINE "W0501" "organisation filter of an entity that is not offline"

    PROFILE_TWICE "E0601" "two profiles of one name"
    MEMBER_OF_TWO "E0602" "member of two profiles"
    MEMBERS_OF_UNKNOWN "E0603" "members of an unknown profile"
    APP_PROFILE_UNKNOWN "E0604" "app with an unknown profile"
    MEMBER_TWICE "W0601" "member named twice"
    APP_TWICE "W0602" "app or its profile named twice"

    EXPORT_LACKS "W0851" "what a solution's profile can't say"

    TOO_MANY_LEVELS "E0911" "filter with too many levels"
    NOT_CLASSIC "E0912" "feature that the classic limits lack"
    TOO_MANY_CONDITIONS "E0913" "filter with too many conditions"
    TOO_MANY_VALUES "E0914" "condition with too many values"
    PLAN_TOO_LARGE "E0915" "plan too large"
    MORE_FINDINGS "N0911" "findings that are not shown"
}
