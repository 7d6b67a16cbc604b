//! What a measurement is taken with: processor time, memory in use, and what a cache miss costs here, so
//! that figures can be quoted as multiples of it.

use std::fs;
use std::time::Duration;

use rustix::param::page_size;
use rustix::time::{ClockId, clock_gettime};

use crate::Draw;

/// The array that misses are measured over: more than any cache holds.
const LINES: usize = 400_000_000 / size_of::<Line>();
/// Misses measured of each kind.
const MISSES: usize = 2_000_000;

type Line = [u64; 8];

fn now(clock: ClockId) -> Duration {
    // A clock's parts are never negative, and the kernel keeps them in range.
    let time = clock_gettime(clock);
    Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec as u32)
}

/// Processor time of the process so far.
#[must_use]
pub fn process_time() -> Duration {
    now(ClockId::ProcessCPUTime)
}

/// Processor time of the thread so far.
#[must_use]
pub fn thread_time() -> Duration {
    now(ClockId::ThreadCPUTime)
}

/// Memory of the process that is in use (resident), in bytes; zero where the system doesn't tell.
#[must_use]
pub fn memory() -> u64 {
    let text = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.unwrap_or(0_u64) * page_size() as u64
}

/// What a miss of all caches costs, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub struct Miss {
    /// A read of an address that the read before gave.
    pub dependent_ns: f64,
    /// A read and a write of an address known beforehand, many under way at once.
    pub independent_ns: f64,
}

impl Miss {
    /// Measures both over an array of 400 MB.
    #[must_use]
    pub fn measured() -> Self {
        let mut draw = Draw::new(400);
        let mut order: Vec<u32> = (0..LINES as u32).collect();
        for at in (1..LINES).rev() {
            order.swap(at, draw.below(at as u64 + 1) as usize);
        }
        // One circle through all lines.
        let mut lines: Vec<Line> = vec![[0; 8]; LINES];
        for (at, line) in order.iter().enumerate() {
            lines[*line as usize][0] = u64::from(order[(at + 1) % LINES]);
        }
        let started = process_time();
        let mut line = 0;
        for _ in 0..MISSES {
            line = std::hint::black_box(lines[line as usize][0]);
        }
        let dependent_ns = ns_each(process_time() - started, MISSES as u64);
        let started = process_time();
        for line in &order[..MISSES] {
            lines[*line as usize][1] += 1;
        }
        let independent_ns = ns_each(process_time() - started, MISSES as u64);
        std::hint::black_box(lines);
        Self {
            dependent_ns,
            independent_ns,
        }
    }
}

/// Nanoseconds for each of so many.
#[must_use]
pub fn ns_each(time: Duration, count: u64) -> f64 {
    time.as_secs_f64() * 1e9 / count.max(1) as f64
}
