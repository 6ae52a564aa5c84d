//! The record of events, and the digest over all of them.
//!
//! Guarantees: the digest covers every field of every event since the run began and is the same on every machine.
//! Leaves out: the meaning of events. A meter may observe them ([`Meter`]), because its conclusions are events too.

use std::hash::{Hash, Hasher};

use xxhash_rust::xxh3::Xxh3;

use super::event::{Event, EventKind};
use super::outage::OutageMeter;
use quorum_types::{Micros, NodeId};

/// Observes every event, and may derive one more event from it.
pub trait Meter<K> {
    /// Observes an event.
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

/// The events of one world, and the meter that observes them: by default the one of replica sets.
#[derive(Clone)]
pub struct EventLog<K = EventKind, M = OutageMeter> {
    fresh: Vec<Event<K>>,
    digest: Portable,
    count: u64,
    /// Whether neither events nor the digest will ever be read.
    quiet: bool,
    /// The outage meter.
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
    /// An event log that only counts, for searches that look at nothing but the checkers.
    pub fn quiet() -> Self {
        Self { quiet: true, ..Self::default() }
    }

    /// Records an event, and the event that the meter derives from it.
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

    /// Takes the events since the last call.
    pub fn take(&mut self) -> Vec<Event<K>> {
        std::mem::take(&mut self.fresh)
    }

    /// The digest so far, as 16 hex digits.
    pub fn digest(&self) -> String {
        format!("{:016x}", self.digest.finish())
    }

    /// The number of events so far.
    pub fn count(&self) -> u64 {
        self.count
    }
}

/// An XXH3 hasher that hashes lengths and enum tags as 64 bits, so that 32-bit WebAssembly agrees with a 64-bit
/// machine.
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
