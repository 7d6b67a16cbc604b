//! The clock: what each window accepts now and accepted before, in each zone in use, and when that
//! will next change something.
//!
//! A window's edges stand still or slide with now until its next jump, so what it accepts at an
//! instant follows from one [`Frame`] without asking the calendar. The values that leaves ask of lie
//! in order on a timeline for each window: what an edge passes over is a range of it. Cost: an
//! advance asks only the windows whose next flip has come; the next flip of a window is a few
//! successor queries for each zone, and is asked again only when its timeline or the zones changed.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use weir_ir::schema::Behavior;
use weir_ir::settings::ClockZone;
use weir_ir::time::Instant;
use weir_ir::window::{self, Bounds, Slide, Window};

use crate::audience::{Audiences, Leaf, WindowId};
use crate::context::zones::{ZoneId, Zones};
use crate::key::Code;

const DAY_MS: i64 = 86_400_000;
/// The end of the calendar, 9999-12-31: no value lies beyond.
const END_OF_TIME: Instant = Instant(253_402_300_800_000);

/// A window of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct WindowKey {
    pub(crate) window: Window,
    pub(crate) behavior: Behavior,
    pub(crate) zone: ClockZone,
}

/// What a window accepts in a zone until its edges jump.
#[derive(Clone, Copy)]
struct Frame {
    at: Instant,
    /// At that instant.
    bounds: Bounds,
    slide: Slide,
    until: Option<Instant>,
}

impl Frame {
    fn at(key: WindowKey, zones: &Zones, zone: ZoneId, now: Instant) -> Self {
        let zone = zones.get(zone);
        Self {
            at: now,
            bounds: key.window.bounds(key.behavior, zone, now),
            slide: key.window.slide(key.behavior),
            until: key.window.next_jump(key.behavior, zone, now),
        }
    }

    fn bounds(&self, now: Instant) -> Bounds {
        let slid = |edge: i64, slides: bool| match slides {
            true => edge.saturating_add(now.0.saturating_sub(self.at.0)),
            false => edge,
        };
        Bounds {
            low: slid(self.bounds.low, self.slide.low),
            high: slid(self.bounds.high, self.slide.high),
        }
    }
}

/// When a window next flips a value, and what that was computed from.
#[derive(Clone, Copy)]
struct NextFlip {
    timeline: u64,
    zones: u64,
    at: Option<Instant>,
}

/// The clock.
pub(crate) struct Clock {
    now: Instant,
    before: Instant,
    windows: Vec<WindowKey>,
    /// By window and zone: before the last advance, and now.
    frames: BTreeMap<(WindowId, ZoneId), (Frame, Frame)>,
    /// Frames that the last advance changed.
    moved: Vec<(WindowId, ZoneId)>,
    /// When the first frame ends, and the zones that the frames were made for.
    frames_until: Option<Instant>,
    frames_zones: Option<u64>,
    next: Vec<Option<NextFlip>>,
}

impl Clock {
    /// A clock that shows `now`.
    pub(crate) fn new(windows: Vec<WindowKey>, now: Instant) -> Self {
        Self {
            now,
            before: now,
            next: vec![None; windows.len()],
            windows,
            frames: BTreeMap::new(),
            moved: Vec::new(),
            frames_until: None,
            frames_zones: None,
        }
    }

    pub(crate) fn key(&self, window: WindowId) -> WindowKey {
        self.windows[window.0 as usize]
    }

    /// All windows.
    pub(crate) fn windows(&self) -> impl Iterator<Item = WindowId> + Clone + use<> {
        (0..u32::try_from(self.windows.len()).unwrap_or(0)).map(WindowId)
    }

    fn zones_of(&self, window: WindowId, zones: &Zones) -> Vec<ZoneId> {
        match self.key(window).zone {
            ClockZone::Utc => vec![ZoneId::UTC],
            ClockZone::User => zones.in_use().collect(),
        }
    }

    /// What a window accepts in a zone, before the last advance or now; of one that recurs, all
    /// between its turns too.
    fn bounds(&self, zones: &Zones, window: WindowId, zone: ZoneId, before: bool) -> Bounds {
        let key = self.key(window);
        let now = if before { self.before } else { self.now };
        match self.frames.get(&(window, zone)) {
            Some((old, _)) if before => old.bounds(now),
            Some((_, new)) => new.bounds(now),
            None => key.window.bounds(key.behavior, zones.get(zone), now),
        }
    }

    /// What a window accepts of a range of values, ascending: as many parts in every zone.
    pub(crate) fn parts(
        &self,
        zones: &Zones,
        window: WindowId,
        zone: ZoneId,
        before: bool,
        values: RangeInclusive<i64>,
    ) -> impl Iterator<Item = Bounds> {
        let key = self.key(window);
        let zone = match key.zone {
            ClockZone::Utc => ZoneId::UTC,
            ClockZone::User => zone,
        };
        let all = self.bounds(zones, window, zone, before);
        let day = |value| window::day_of(key.behavior, value);
        let turns = key.window.turns(day(*values.start())..=day(*values.end()));
        let zone = zones.get(zone);
        turns.map(move |turn| match key.window.recurs() {
            true => turn.bounds(key.behavior, zone, self.now),
            false => all,
        })
    }

    /// The part of what a window accepts in a zone that has a value, if any has; else one near it.
    pub(crate) fn part(
        &self,
        zones: &Zones,
        window: WindowId,
        zone: ZoneId,
        before: bool,
        value: i64,
    ) -> Bounds {
        self.parts(zones, window, zone, before, value..=value)
            .reduce(|part, next| if next.low <= value { next } else { part })
            .unwrap_or(Bounds { low: 0, high: -1 })
    }

    /// Forgets what was before the last advance.
    pub(crate) fn commit(&mut self) {
        self.before = self.now;
        for key in self.moved.drain(..) {
            if let Some((old, new)) = self.frames.get_mut(&key) {
                *old = *new;
            }
        }
    }

    /// Moves to `now`; gives the leaves that flipped for anyone, ascending.
    pub(crate) fn advance(
        &mut self,
        now: Instant,
        zones: &Zones,
        audiences: &Audiences,
    ) -> Vec<Leaf> {
        self.before = self.now;
        self.now = now;
        self.move_frames(zones);
        let mut flipped = Vec::new();
        for window in self.windows() {
            // A window whose flips are still to come accepts what it accepted.
            let waits = self.next[window.0 as usize].is_some_and(|next| {
                next.zones == zones.generation() && next.at.is_none_or(|at| at > now)
            });
            if waits {
                continue;
            }
            for zone in self.zones_of(window, zones) {
                let old = self.bounds(zones, window, zone, true);
                let new = self.bounds(zones, window, zone, false);
                flipped.extend(between(audiences, window, old, new));
            }
        }
        flipped.sort_unstable();
        flipped.dedup();
        flipped
    }

    /// Brings the frames up to now.
    fn move_frames(&mut self, zones: &Zones) {
        let stands = self.now >= self.before
            && self.frames_zones == Some(zones.generation())
            && self.frames_until.is_none_or(|until| self.now < until);
        if stands {
            return;
        }
        let mut ends = None;
        for window in self.windows() {
            for zone in self.zones_of(window, zones) {
                let end = self.move_frame(window, zone, zones);
                ends = ends.into_iter().chain(end).min();
            }
        }
        self.frames_until = ends;
        self.frames_zones = Some(zones.generation());
    }

    /// Brings the frame of a window in a zone up to now, and tells when it ends.
    fn move_frame(&mut self, window: WindowId, zone: ZoneId, zones: &Zones) -> Option<Instant> {
        let (key, now, before) = (self.key(window), self.now, self.before);
        let (old, new) = self.frames.entry((window, zone)).or_insert_with(|| {
            let frame = Frame::at(key, zones, zone, before);
            (frame, frame)
        });
        if now < before || new.until.is_some_and(|until| until <= now) {
            *old = *new;
            *new = Frame::at(key, zones, zone, now);
            self.moved.push((window, zone));
        }
        new.until
    }

    /// Computes anew when each window next flips a value, where that may have changed.
    pub(crate) fn refresh(&mut self, zones: &Zones, audiences: &Audiences) {
        for window in self.windows() {
            let (timeline, generation) = (audiences.timeline_version(window), zones.generation());
            let stands = self.next[window.0 as usize].is_some_and(|next| {
                next.timeline == timeline
                    && next.zones == generation
                    && next.at.is_none_or(|at| at > self.now)
            });
            if stands {
                continue;
            }
            let at = self
                .zones_of(window, zones)
                .into_iter()
                .filter_map(|zone| self.next_flip(window, zone, zones, audiences))
                .min();
            self.next[window.0 as usize] = Some(NextFlip {
                timeline,
                zones: generation,
                at,
            });
        }
    }

    /// When any window next flips a value.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.next.iter().flatten().filter_map(|next| next.at).min()
    }

    /// When a window next flips a value in a zone.
    fn next_flip(
        &self,
        window: WindowId,
        zone: ZoneId,
        zones: &Zones,
        audiences: &Audiences,
    ) -> Option<Instant> {
        let key = self.key(window);
        let timeline = audiences.timeline(window);
        let unit_ms = match key.behavior {
            Behavior::DateOnly => DAY_MS,
            Behavior::UserLocal | Behavior::TimeZoneIndependent => 1,
        };
        let slack = key.window.drift_days() * DAY_MS / unit_ms;
        let mut at = self.now;
        loop {
            let frame = Frame::at(key, zones, zone, at);
            let bounds = frame.bounds(at);
            let slid = slide_flip(timeline, frame.slide, bounds, at);
            let Some(jump) = frame.until else {
                return slid;
            };
            if let Some(slid) = slid.filter(|slid| *slid < jump) {
                return Some(slid);
            }
            let after = Frame::at(key, zones, zone, jump).bounds(jump);
            if between(audiences, window, bounds, after).next().is_some() {
                return Some(jump);
            }
            // Leap over the jumps that can't reach the next value.
            let distance = |edge: i64| {
                let ahead = timeline.range(edge.saturating_sub(slack)..).next()?;
                (edge > i64::MIN).then(|| ahead.0.saturating_sub(edge))
            };
            let nearest = distance(after.low)
                .into_iter()
                .chain(distance(after.high))
                .min()?;
            let leap_ms = nearest.saturating_sub(slack).saturating_mul(unit_ms).max(0);
            at = Instant(jump.0.saturating_add(leap_ms));
            if at > END_OF_TIME {
                return None;
            }
        }
    }
}

/// When a sliding edge reaches the next value, if neither jumped before.
fn slide_flip(
    timeline: &BTreeMap<i64, (Code, u32)>,
    slide: Slide,
    bounds: Bounds,
    now: Instant,
) -> Option<Instant> {
    let first = |from: i64| timeline.range(from..).next().map(|(value, _)| *value);
    // A value comes in when the upper edge reaches it; while the edges are crossed and both slide,
    // none does.
    let comes = (slide.high && !(slide.low && bounds.low > bounds.high))
        .then(|| {
            let beyond = bounds.high.checked_add(1)?;
            let value = first(if slide.low {
                beyond
            } else {
                beyond.max(bounds.low)
            })?;
            value.checked_sub(bounds.high)
        })
        .flatten();
    // A value goes out when the lower edge has passed it.
    let goes = slide
        .low
        .then(|| {
            let value = first(bounds.low).filter(|value| *value <= bounds.high)?;
            value.checked_sub(bounds.low)?.checked_add(1)
        })
        .flatten();
    let after = comes.into_iter().chain(goes).min()?;
    now.0.checked_add(after).map(Instant)
}

/// The leaves of values that one of two bounds accepts and the other doesn't.
pub(crate) fn between(
    audiences: &Audiences,
    window: WindowId,
    old: Bounds,
    new: Bounds,
) -> impl Iterator<Item = Leaf> + '_ {
    let timeline = audiences.timeline(window);
    // What lies outside of `other` in `one`: below it, and above it.
    let outside = |one: Bounds, other: Bounds| {
        let disjoint = other.low > other.high || one.high < other.low || other.high < one.low;
        let parts = if disjoint {
            [Some((one.low, one.high)), None]
        } else {
            [
                other
                    .low
                    .checked_sub(1)
                    .map(|end| (one.low, end.min(one.high))),
                other
                    .high
                    .checked_add(1)
                    .map(|start| (start.max(one.low), one.high)),
            ]
        };
        parts
            .into_iter()
            .flatten()
            .filter(|(low, high)| low <= high)
    };
    outside(old, new)
        .chain(outside(new, old))
        .collect::<Vec<_>>()
        .into_iter()
        .flat_map(|(low, high)| timeline.range(low..=high))
        .map(move |(value, _)| Leaf::InWindow(window, *value))
}
