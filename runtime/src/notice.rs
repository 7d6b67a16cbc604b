//! What the engine has to say beside deltas: notices as they arise, and counts at the end.

use smol_str::SmolStr;
use weir_ir::plan::ProfileId;
use weir_ir::value::Guid;

/// Something that the data shows and that its owner should know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Notice {
    /// A user's settings name a zone that the zone database lacks; it counts as UTC. Once a name.
    UnknownZone {
        /// The name.
        zone: SmolStr,
    },
    /// A user is a member of several profiles; the first holds. Said whenever the profiles change.
    SeveralProfiles {
        /// The user.
        user: Guid,
        /// The profiles, ascending.
        profiles: Vec<ProfileId>,
    },
    /// A member is named that nothing in the data bears, at a publish where data is at hand.
    NobodyNamed {
        /// The profile.
        profile: ProfileId,
        /// Index in the profile's members.
        member: usize,
    },
}

/// Counts for the end of a run.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Tally {
    /// Deletes of rows that weren't there.
    pub deletes_of_nothing: u64,
    /// Rows that are there now and whose owner is neither a user nor a team that exists.
    pub rows_without_owner: u64,
    /// Members that nothing in the data bears: profile and index in its members.
    pub members_unresolved: Vec<(ProfileId, usize)>,
}
