//! When segments are sealed without a request: one that is full, has grown for too long, or got no row for too long.
//!
//! Sealing a segment begins a flush of its collection (`flush`). Guarantees: a collection waits for its flush once; if
//! the disk is full, it is tried again after the same interval. Leaves out: the segment's state (`engine::collection`).

use super::{Phase, Standalone};
use quorum_engine::Segment;
use quorum_types::Micros;

/// An idle segment smaller than this keeps growing (Milvus 2.5: `dataCoord.segment.minSizeFromIdleToSealed`).
const MIN_IDLE_BYTES: u64 = 16 << 20;

impl Standalone {
    /// Records when segments start to grow, and flushes a collection whose segment is full.
    pub(super) fn note_growing(&mut self) {
        let growing: Vec<(u64, u64, String)> = self
            .catalog
            .collections()
            .filter_map(|(_, there)| {
                there.growing().map(|grows| (grows.id, grows.bytes(), there.name.clone()))
            })
            .collect();
        self.growing.retain(|segment, _| growing.iter().any(|(id, ..)| id == segment));
        for (id, bytes, name) in growing {
            let now = self.now;
            self.growing.entry(id).or_insert((now, now)).1 = now;
            if bytes >= self.settings.segment_seal_bytes {
                self.enqueue_auto_flush(name);
            }
        }
    }

    fn enqueue_auto_flush(&mut self, name: String) {
        if !self.unasked.contains(&name) {
            self.unasked.push_back(name);
        }
    }

    /// The earliest time at which a segment has grown for too long, or has gone too long without a row; the engine does
    /// nothing by itself before that.
    pub fn background_due(&self) -> Option<Micros> {
        if !matches!(self.phase, Phase::Running) || self.works() {
            return None;
        }
        let growing = self.catalog.collections().filter_map(|(_, there)| there.growing());
        growing.filter_map(|segment| self.due(segment)).min()
    }

    /// The time at which a growing segment has grown for too long.
    fn due(&self, segment: &Segment) -> Option<Micros> {
        let (began, last) = self.growing.get(&segment.id)?;
        let old = began + self.settings.segment_life_us;
        let idle = last + self.settings.segment_idle_us;
        Some(if segment.bytes() >= MIN_IDLE_BYTES { old.min(idle) } else { old })
    }

    /// Advances time to what is due by then and before the next event, and does it; returns whether there was anything.
    pub fn background_by(&mut self, until_us: Micros) -> bool {
        let next = self.event_queue.next_at().unwrap_or(Micros::MAX);
        let Some(due) = self.background_due().filter(|due| *due <= until_us && *due < next) else {
            return false;
        };
        self.now = due.max(self.now);
        self.background();
        true
    }

    /// Seals and flushes the segments that have grown for too long.
    fn background(&mut self) {
        let due: Vec<(u64, String)> = self
            .catalog
            .collections()
            .filter_map(|(_, there)| Some((there.growing()?, there.name.clone())))
            .filter(|(segment, _)| self.due(segment).is_some_and(|due| due <= self.now))
            .map(|(segment, name)| (segment.id, name))
            .collect();
        for (segment, name) in due {
            // If the disk is full, it tries again after the same interval, not at once.
            self.growing.insert(segment, (self.now, self.now));
            self.enqueue_auto_flush(name);
        }
        self.proceed();
    }
}
