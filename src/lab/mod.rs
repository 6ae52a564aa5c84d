//! The façade: the one door to engine, log, Raft and simulation. `Command` in; `Event`, `Answer` and
//! `Snapshot` out.
//!
//! It is plain, synchronous and deterministic: no clock, no entropy, no I/O. The host (the worker in a
//! browser, the command line natively) gives it time to advance by and keeps its disks.
//!
//! How a host drives it:
//! 1. [`Lab::open`] with a [`RunConfig`] and whatever the store holds of the run's disks.
//! 2. [`Lab::execute`] commands, each with a ticket of the host's choosing.
//! 3. [`Lab::advance`] up to a virtual time. It stops early with [`Advance::Waiting`] when the next thing
//!    that happens is the end of an fsync whose bytes the host has not yet confirmed.
//! 4. [`Lab::take_writes`]: make them durable in order, in one transaction or several, then tell
//!    [`Lab::persisted`] the last ticket that is safe. A run that is not kept confirms at once.
//! 5. [`Lab::take_events`], [`Lab::take_answers`], [`Lab::snapshot`].
//!
//! Virtual time and events do not depend on how long the host takes to persist: a kept run and a run in
//! memory with the same seed and commands have the same digest.

pub mod command;
pub mod run;
pub mod snapshot;

use crate::types::{Micros, Refusal};
pub use command::{Answer, Command, QueryRow, WalSpan, WalWindow};
pub use run::{Advance, DiskWrite, PersistBatch, RunConfig, RunStamp, STORE_VERSION, StoredFile, StoredRun};
pub use snapshot::Snapshot;

pub use crate::sim::event::{
    DropReason, Event, EventKind, MessageKind, OpStatus, Phase, PhaseTime, Tail, VoteRefusal,
};

/// The façade. See the module's text for how a host drives it.
#[derive(Debug)]
pub struct Lab {}

#[expect(unused_variables, clippy::unused_self, reason = "signatures first")]
impl Lab {
    /// Opens a run: a new one, or one that `stored` holds the disks of.
    pub fn open(config: RunConfig, stored: Option<StoredRun>) -> Result<Self, Refusal> {
        Ok(Self {})
    }

    /// Executes a command. The answer comes from [`Lab::take_answers`] under the same ticket, now or when
    /// what was asked for is done.
    pub fn execute(&mut self, ticket: u64, command: Command) {}

    /// Lets virtual time pass up to `until_us`, through at most `max_events` events.
    pub fn advance(&mut self, until_us: Micros, max_events: u32) -> Advance {
        Advance::Idle
    }

    /// Virtual time now.
    pub fn now_us(&self) -> Micros {
        0
    }

    /// Whether something waits to be done regardless of pace: a recovery, or an insert of a standalone
    /// engine. A host lets time run freely while this holds, even when the learner has paused the clock.
    pub fn busy(&self) -> bool {
        false
    }

    /// What is to be persisted since the last call; none when there is nothing.
    pub fn take_writes(&mut self) -> Option<PersistBatch> {
        None
    }

    /// The host has persisted all batches up to this ticket.
    pub fn persisted(&mut self, ticket: u64) {}

    /// The host's store has failed: from here on nothing is kept, the run goes on in memory and says so.
    pub fn storage_failed(&mut self) {}

    /// The events since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        Vec::new()
    }

    /// The answers since the last call, by the ticket of their command.
    pub fn take_answers(&mut self) -> Vec<(u64, Answer)> {
        Vec::new()
    }

    /// The moment.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::default()
    }

    /// The language of sentences in snapshots and refusals from here on: `zh` or `en`.
    pub fn set_language(&mut self, lang: &str) {}
}
