//! The audiences of linked rows, gathered by key.
//!
//! Invariant: a group's audience is the union of the distinct audiences of its rows; rows whose
//! audience is empty are not counted. Cost: logarithmic for a row that comes, goes or changes; a
//! refresh is linear in the group's distinct audiences.

use std::collections::BTreeMap;

use super::shape::GroupId;
use crate::audience::{Audience, Audiences};
use crate::key::Code;
use crate::maps::{Map, Seed};
use crate::store::Store;

#[derive(Default)]
struct Gathered {
    /// How many linked rows have each audience.
    counts: BTreeMap<Audience, u32>,
    /// The union as of the last refresh.
    union: Option<Audience>,
}

/// All groups whose rows are several, by specification and key.
pub(crate) struct Groups {
    gathered: Map<(GroupId, Code), Gathered>,
}

impl Groups {
    pub(crate) fn new(seed: Seed) -> Self {
        Self {
            gathered: seed.map(),
        }
    }

    /// The union of the group's audiences.
    pub(crate) fn audience(&self, group: GroupId, code: Code) -> Audience {
        self.gathered
            .get(&(group, code))
            .and_then(|gathered| gathered.union)
            .unwrap_or(Audience::NONE)
    }

    /// Counts a row in.
    pub(crate) fn add(
        &mut self,
        audiences: &mut Audiences,
        group: GroupId,
        code: Code,
        audience: Audience,
    ) {
        if audience == Audience::NONE {
            return;
        }
        let gathered = self.gathered.entry((group, code)).or_default();
        let count = gathered.counts.entry(audience).or_default();
        *count += 1;
        if *count == 1 {
            audiences.hold(audience);
        }
    }

    /// Counts a row out.
    pub(crate) fn subtract(
        &mut self,
        audiences: &mut Audiences,
        group: GroupId,
        code: Code,
        audience: Audience,
    ) {
        if let Some(gathered) = self.gathered.get_mut(&(group, code))
            && let Some(count) = gathered.counts.get_mut(&audience)
        {
            *count -= 1;
            if *count == 0 {
                gathered.counts.remove(&audience);
                audiences.release(audience);
            }
        }
    }

    /// Forms the union anew; whether it changed.
    pub(crate) fn refresh(
        &mut self,
        audiences: &mut Audiences,
        store: &Store,
        group: GroupId,
        code: Code,
    ) -> bool {
        let Some(gathered) = self.gathered.get_mut(&(group, code)) else {
            return false;
        };
        let old = gathered.union;
        let parts: Vec<Audience> = gathered.counts.keys().copied().collect();
        let new = audiences.union(store, &parts);
        if gathered.counts.is_empty() {
            self.gathered.remove(&(group, code));
        } else {
            audiences.hold(new);
            gathered.union = Some(new);
        }
        if let Some(old) = old {
            audiences.release(old);
        }
        old.unwrap_or(Audience::NONE) != new
    }
}
