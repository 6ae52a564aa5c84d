//! Where events are written down, and the digest over all of them.
//!
//! Guarantees: the digest covers every field of every event since the run began and is the same on every machine.
//! Leaves out: what the events mean. A meter may listen ([`Meter`]), because what it concludes are events too.

use std::hash::{Hash, Hasher};

use xxhash_rust::xxh3::Xxh3;

use super::event::{Event, EventKind};
use super::outage::OutageMeter;
use quorum_types::{Micros, NodeId};

/// Something that sees every event, and may conclude one more from it.
pub trait Meter<K> {
    /// Takes an event in.
    fn observe(&mut self, event: &Event<K>) -> Option<K>;
}

/// No meter.
impl<K> Meter<K> for () {
    fn observe(&mut self, _: &Event<K>) -> Option<K> {
        None
    }
}

impl Meter<EventKind> for OutageMeter {
    fn observe(&mut self, event: &Event) -> Option<EventKind> {
        Self::observe(self, event).map(EventKind::from)
    }
}

/// The run's record of events of one world, and the meter that listens: by default the one of replica sets.
#[derive(Clone)]
pub struct EventLog<K = EventKind, M = OutageMeter> {
    fresh: Vec<Event<K>>,
    digest: Portable,
    count: u64,
    /// Whether nobody will ever ask for events or the digest.
    quiet: bool,
    /// The meter of outages.
    pub outage: M,
}

impl<K, M: Default> Default for EventLog<K, M> {
    fn default() -> Self {
        Self { fresh: Vec::new(), digest: Portable::default(), count: 0, quiet: false, outage: M::default() }
    }
}

impl<K, M> core::fmt::Debug for EventLog<K, M> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("EventLog").field("count", &self.count).finish_non_exhaustive()
    }
}

impl<K: Hash, M: Default + Meter<K>> EventLog<K, M> {
    /// A event_log that only counts, for searches that look at nothing but the checkers.
    pub fn quiet() -> Self {
        Self { quiet: true, ..Self::default() }
    }

    /// Writes an event down, and what the meter concludes from it.
    pub fn emit(&mut self, t_us: Micros, node: Option<NodeId>, kind: impl Into<K>) {
        if self.quiet {
            self.count += 1;
            return;
        }
        self.write_down(t_us, node, kind.into());
    }

    fn write_down(&mut self, t_us: Micros, node: Option<NodeId>, kind: K) {
        let event = Event { t_us, node, kind };
        let concluded = self.outage.observe(&event);
        self.write(event);
        if let Some(kind) = concluded {
            self.write(Event { t_us, node: None, kind });
        }
    }

    fn write(&mut self, event: Event<K>) {
        event.hash(&mut self.digest);
        self.count += 1;
        self.fresh.push(event);
    }

    /// The events since the last call.
    pub fn take(&mut self) -> Vec<Event<K>> {
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
