//! What the engine counts of its own work, so that tests can bound it.

/// Work done since the engine was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Counters {
    /// Rows whose audience was computed anew for one remembered node.
    pub rows_visited: u64,
    /// Plan nodes evaluated for a row.
    pub nodes_evaluated: u64,
    /// Users whose membership in an audience was asked, deriving and expanding together.
    pub users_visited: u64,
    /// Linked rows looked at because the audience of a row that they link to changed.
    pub linked_rows_examined: u64,
    /// Factored deltas said.
    pub factored_deltas: u64,
}
