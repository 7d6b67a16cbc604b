//! Numbers by the hash of what they stand for: open addressing that grows a few slots at a time, so
//! that no single insertion pays for all.
//!
//! A slot holds a number and 32 bits of the hash, which decide its place and tell most strangers
//! apart without a look at them. Number 0 is never held. Cost: a probe or two.

const EMPTY: u64 = 0;
/// In the table that is being left: a slot whose number has gone.
const GONE: u64 = u32::MAX as u64;
/// Slots that each insertion moves out of the table that is being left.
const MOVED_AT_ONCE: usize = 16;
const LEAST_SLOTS: usize = 16;

/// Numbers by hash.
pub(crate) struct Table {
    slots: Vec<u64>,
    /// The table that is being left, and how many of its slots have been.
    old: Vec<u64>,
    left: usize,
    len: usize,
}

/// The bits of a hash that a slot keeps; never those of [`EMPTY`] or [`GONE`].
fn tag(hash: u64) -> u64 {
    ((hash ^ (hash >> 32)) | 1) & 0xFFFF_FFFF
}

/// The slot where a tag belongs in a table of so many slots, a power of two.
fn home(tag: u64, slots: usize) -> usize {
    ((tag * slots as u64) >> 32) as usize
}

impl Table {
    pub(crate) fn new() -> Self {
        Self {
            slots: vec![EMPTY; LEAST_SLOTS],
            old: Vec::new(),
            left: 0,
            len: 0,
        }
    }

    /// What the slot where a hash belongs holds: a look at memory, before [`Table::find`] asks for it.
    pub(crate) fn peek(&self, hash: u64) -> u32 {
        self.slots[home(tag(hash), self.slots.len())] as u32
    }

    /// The number of that hash that `is` recognises.
    pub(crate) fn find(&self, hash: u64, mut is: impl FnMut(u32) -> bool) -> Option<u32> {
        let tag = tag(hash);
        search(&self.slots, tag, &mut is)
            .or_else(|| search(&self.old, tag, &mut is))
            .map(|(_, number)| number)
    }

    /// Adds a number that isn't there.
    pub(crate) fn insert(&mut self, hash: u64, number: u32) {
        self.leave();
        if (self.len + 1) * 5 > self.slots.len() * 3 {
            let slots = vec![EMPTY; self.slots.len() * 2];
            self.old = std::mem::replace(&mut self.slots, slots);
            self.left = 0;
        }
        put(&mut self.slots, tag(hash) << 32 | u64::from(number));
        self.len += 1;
    }

    /// Removes a number that is there.
    pub(crate) fn remove(&mut self, hash: u64, number: u32) {
        let tag = tag(hash);
        let mut is = |found: u32| found == number;
        if let Some((mut at, _)) = search(&self.slots, tag, &mut is) {
            let mask = self.slots.len() - 1;
            // Whatever probed past the hole moves into it.
            let mut next = (at + 1) & mask;
            while self.slots[next] != EMPTY {
                let own = home(self.slots[next] >> 32, self.slots.len());
                if (next.wrapping_sub(own) & mask) >= (next.wrapping_sub(at) & mask) {
                    self.slots[at] = self.slots[next];
                    at = next;
                }
                next = (next + 1) & mask;
            }
            self.slots[at] = EMPTY;
            self.len -= 1;
        } else if let Some((at, _)) = search(&self.old, tag, &mut is) {
            self.old[at] = GONE;
            self.len -= 1;
        }
    }

    /// Moves a few numbers out of the table that is being left.
    fn leave(&mut self) {
        if self.old.is_empty() {
            return;
        }
        let end = (self.left + MOVED_AT_ONCE).min(self.old.len());
        for slot in &mut self.old[self.left..end] {
            if *slot != EMPTY && *slot != GONE {
                put(&mut self.slots, *slot);
                *slot = GONE;
            }
        }
        self.left = end;
        if end == self.old.len() {
            self.old = Vec::new();
        }
    }
}

/// The slot and the number of that tag that `is` recognises.
fn search(slots: &[u64], tag: u64, is: &mut impl FnMut(u32) -> bool) -> Option<(usize, u32)> {
    if slots.is_empty() {
        return None;
    }
    let mask = slots.len() - 1;
    let mut at = home(tag, slots.len());
    loop {
        let slot = slots[at];
        if slot == EMPTY {
            return None;
        }
        if slot >> 32 == tag && is(slot as u32) {
            return Some((at, slot as u32));
        }
        at = (at + 1) & mask;
    }
}

fn put(slots: &mut [u64], held: u64) {
    let mask = slots.len() - 1;
    let mut at = home(held >> 32, slots.len());
    while slots[at] != EMPTY {
        at = (at + 1) & mask;
    }
    slots[at] = held;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn numbers_come_and_go_while_the_table_grows() {
        // A poor hash, so that slots are contended for.
        let hash = |number: u32| u64::from(number / 3).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let (mut table, mut there) = (Table::new(), BTreeSet::new());
        let mut random = 1_u64;
        for _ in 0..60_000 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let number = (random >> 40) as u32 % 5_000 + 1;
            let known = table.find(hash(number), |found| found == number);
            assert_eq!(known.is_some(), there.contains(&number));
            if random >> 62 == 0 && known.is_some() {
                table.remove(hash(number), number);
                there.remove(&number);
            } else if known.is_none() {
                table.insert(hash(number), number);
                there.insert(number);
            }
        }
        assert_eq!(table.len, there.len());
        for number in &there {
            assert_eq!(
                table.find(hash(*number), |found| found == *number),
                Some(*number)
            );
        }
    }
}
