//! Every limit in one place, with its reason. What grows without bound has a name here.

/// Longest source text, in bytes: a span's ends fit 32 bits, and no profile is a hundredth of it.
pub const SOURCE_BYTES: usize = 64 << 20;
/// Deepest nesting of groups and related-row conditions that a reader follows (`modern` limit set).
pub const NESTING_DEPTH: usize = 64;
/// Most diagnostics that one run collects; more would bury the first.
pub const DIAGNOSTICS: usize = 1_000;
/// Group levels of a filter under the `classic` limit set (the seed: "filters up to three levels").
pub const CLASSIC_LEVELS: usize = 3;
/// Conditions of a filter under the `modern` limit set.
pub const MODERN_CONDITIONS: usize = 500;
/// Criteria of an organisation data download filter (the seed: "up to three criteria").
pub const ORGANIZATION_CRITERIA: usize = 3;
/// Relationships of an item, counted transitively; the product's soft limit, a warning.
pub const SOFT_RELATIONSHIPS_PER_ITEM: usize = 15;
/// Relationships of an item that are counted: beyond, it leads along more, and how many says nothing.
pub const RELATIONSHIPS_COUNTED: usize = 100;
/// Circles of associations that are told of a profile: to mend the first ones changes the others.
pub const CIRCLES: usize = 100;
/// Related tables of a filter; the product's soft limit, a warning.
pub const SOFT_RELATED_PER_FILTER: usize = 10;
/// Items of a profile; the product's soft limit, a warning.
pub const SOFT_ITEMS_PER_PROFILE: usize = 100;
/// Sync interval in minutes, shortest and longest; the product's soft limits, warnings.
pub const SOFT_SYNC_MINUTES: (u32, u32) = (5, 1_440);
/// Values of one condition.
pub const VALUES_PER_CONDITION: usize = 100_000;
/// Largest N of a clock operator.
pub const CLOCK_N: i64 = i32::MAX as i64;
/// Deepest manager or position tree that a hierarchy operator may be told to follow.
pub const HIERARCHY_DEPTH: u32 = 100;
/// Levels of rows that `above`, `under` and their kin follow (the product's own limit).
pub const TREE_LEVELS: u32 = 100;
/// Levels that a hierarchy operator follows before it is warned of: the product's default is 3, and
/// each level multiplies the rows of those at the top.
pub const SOFT_HIERARCHY_DEPTH: u32 = 5;
/// Most nodes of a plan.
pub const PLAN_NODES: usize = 1 << 20;
/// Longest line of a change stream, in bytes.
pub const LINE_BYTES: usize = 64 << 20;
/// Most changes of one transaction.
pub const CHANGES_PER_TRANSACTION: usize = 1_000_000;
/// Most entities that one metadata source declares: ten times the largest organisation's.
pub const METADATA_ENTITIES: usize = 20_000;
/// Most attributes of an entity that one metadata source declares: what MySQL allows a table.
pub const METADATA_ATTRIBUTES: usize = 4_096;
/// Deepest nesting of a DDL statement that its parser follows.
pub const SQL_DEPTH: usize = 64;
/// Deepest element of an XML source.
pub const XML_DEPTH: usize = 256;
/// Most attributes of one XML element.
pub const XML_ATTRIBUTES: usize = 256;
/// Largest zip of a solution, and most bytes that all that is read of one may have unpacked.
pub const ZIP_BYTES: usize = 256 << 20;
/// Most entries of a zip; the largest exports have a few thousand.
pub const ZIP_ENTRIES: usize = 50_000;
/// Most bytes that a byte of a zip may unpack to; text of exports reaches a tenth of it.
pub const ZIP_RATIO: u64 = 300;
/// Ways in that are kept of a row that isn't on a user's devices, the nearest first; more bury them.
pub const ABSENCE_WAYS: usize = 8;
/// Linked rows that are looked at to say why a row isn't there: a tenth of a second.
pub const ABSENCE_LINKED_ROWS: usize = 10_000;
/// Rows that `weir diff` shows of each item and user that come, and that go: enough to look some up.
pub const DIFF_SAMPLE_ROWS: usize = 5;
/// Users that the text of `weir diff` lists: a screen of them; JSON has them all.
pub const DIFF_USERS: usize = 20;
/// Rows from which on a table that a statement reads whole is warned of: some ten milliseconds.
pub const LARGE_TABLE_ROWS: u64 = 10_000;
