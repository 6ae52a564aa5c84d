//! Where events are written down, and the digest over all of them.
//!
//! Promises: the digest covers every field of every event since the run began and is the same on every machine.
//! Leaves out: what the events mean; the outage meter listens in because its findings are events too.

use std::hash::{Hash, Hasher};

use xxhash_rust::xxh3::Xxh3;

use super::event::{Event, EventKind};
use super::outage::OutageMeter;
use quorum_types::{Micros, NodeId};

/// The run's record of events.
#[derive(Clone, Default)]
pub struct Journal {
    fresh: Vec<Event>,
    digest: Portable,
    count: u64,
    /// Whether nobody will ever ask for events or the digest.
    quiet: bool,
    /// Whether the world has a meter of its own.
    metered_elsewhere: bool,
    /// The meter of outages.
    pub outage: OutageMeter,
}

impl core::fmt::Debug for Journal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Journal").field("count", &self.count).field("digest", &self.digest()).finish()
    }
}

impl Journal {
    /// A journal that only counts, for searches that look at nothing but the checkers.
    pub fn quiet() -> Self {
        Self { quiet: true, ..Self::default() }
    }

    /// A journal for a world that measures outages itself.
    pub fn plain() -> Self {
        Self { metered_elsewhere: true, ..Self::default() }
    }

    /// Writes an event down, and whatever the outage meter concludes from it.
    pub fn emit(&mut self, t_us: Micros, node: Option<NodeId>, kind: EventKind) {
        if self.quiet {
            self.count += 1;
            return;
        }
        self.write_down(t_us, node, kind);
    }

    fn write_down(&mut self, t_us: Micros, node: Option<NodeId>, kind: EventKind) {
        let event = Event { t_us, node, kind };
        let concluded = if self.metered_elsewhere { None } else { self.outage.observe(&event) };
        self.write(event);
        if let Some(kind) = concluded {
            self.write(Event { t_us, node: None, kind });
        }
    }

    fn write(&mut self, event: Event) {
        event.hash(&mut self.digest);
        self.count += 1;
        self.fresh.push(event);
    }

    /// The events since the last call.
    pub fn take(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.fresh)
    }

    /// The digest so far, as 16 hex digits.
    pub fn digest(&self) -> String {
        format!("{:016x}", self.digest.finish())
    }

    /// Events so far.
    pub fn count(&self) -> u64 {
        self.count
    }
}

/// XXH3 that feeds lengths and enum tags as 64 bits, so that 32-bit WebAssembly agrees with a 64-bit machine.
#[derive(Clone, Default)]
struct Portable(Xxh3);

impl Hasher for Portable {
    fn finish(&self) -> u64 {
        self.0.digest()
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn write_usize(&mut self, number: usize) {
        self.write(&(number as u64).to_le_bytes());
    }

    fn write_isize(&mut self, number: isize) {
        self.write(&(number as i64).to_le_bytes());
    }
}
