//! The zones that users' settings name, each once, with how many users live in it.

use smol_str::SmolStr;
use weir_ir::time::Zone;

use crate::maps::{Map, Seed};

/// Number of a zone; 0 is UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ZoneId(pub(crate) u32);

impl ZoneId {
    pub(crate) const UTC: Self = Self(0);
}

/// The zones named so far.
pub(crate) struct Zones {
    list: Vec<(SmolStr, Zone)>,
    /// By the name as written; names that the database lacks lead to UTC.
    ids: Map<SmolStr, ZoneId>,
    population: Vec<u32>,
    /// Zones that fell out of use in this transaction.
    left: Vec<ZoneId>,
    /// Unknown names not yet reported.
    unknown: Vec<SmolStr>,
    /// Counts the times that a zone came into use or fell out of it.
    generation: u64,
}

impl Zones {
    pub(crate) fn new(seed: Seed) -> Self {
        Self {
            list: vec![("UTC".into(), Zone::UTC)],
            ids: seed.map(),
            population: vec![0],
            left: Vec::new(),
            unknown: Vec::new(),
            generation: 0,
        }
    }

    /// The zone of that name; UTC, and a notice, where there is none.
    pub(crate) fn named(&mut self, name: &str) -> ZoneId {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let id = match Zone::named(name) {
            None => {
                self.unknown.push(name.into());
                ZoneId::UTC
            }
            Some(zone) => match self.list.iter().position(|(_, known)| *known == zone) {
                Some(at) => ZoneId(u32::try_from(at).unwrap_or(0)),
                None => {
                    let id = ZoneId(u32::try_from(self.list.len()).unwrap_or(0));
                    self.list.push((name.into(), zone));
                    self.population.push(0);
                    id
                }
            },
        };
        self.ids.insert(name.into(), id);
        id
    }

    pub(crate) fn get(&self, id: ZoneId) -> &Zone {
        &self.list[id.0 as usize].1
    }

    pub(crate) fn name(&self, id: ZoneId) -> &SmolStr {
        &self.list[id.0 as usize].0
    }

    /// A user moved in or out.
    pub(crate) fn count(&mut self, id: ZoneId, moved_in: bool) {
        let count = &mut self.population[id.0 as usize];
        if moved_in {
            *count += 1;
        } else {
            *count -= 1;
            if *count == 0 {
                self.left.push(id);
            }
        }
        if *count == u32::from(moved_in) {
            self.generation += 1;
        }
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Zones that users live in.
    pub(crate) fn in_use(&self) -> impl Iterator<Item = ZoneId> + '_ {
        (0..u32::try_from(self.list.len()).unwrap_or(0))
            .map(ZoneId)
            .filter(|id| self.population[id.0 as usize] > 0)
    }

    /// Zones that users live in, or did before the transaction.
    pub(crate) fn lived_in(&self) -> impl Iterator<Item = ZoneId> + '_ {
        self.in_use().chain(self.left.iter().copied())
    }

    /// Forgets what was before the last transaction.
    pub(crate) fn commit(&mut self) {
        self.left.clear();
    }

    /// Unknown names that came up since last asked.
    pub(crate) fn take_unknown(&mut self) -> Vec<SmolStr> {
        std::mem::take(&mut self.unknown)
    }
}
