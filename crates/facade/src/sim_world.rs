//! The interface of a world: one engine, a replica set, a Milvus cluster, two regions.
//!
//! Guarantees: every world gets the same calls. Leaves out: which worlds exist, and how topologies name them
//! (`worlds`).

use core::fmt;

use super::answer::{Answer, Reply};
use super::bounds::MOST_TIME_US;
use super::command::{Command, EngineCommand};
use super::event::{EngineEvent, Event};
use super::inspect::{Inspected, Target, no_target_of_that_kind};
use super::run::{Advance, RunStamp};
use super::snapshot::{Invariant, Snapshot};
use quorum_engine::Catalog;
use quorum_sim::copied::Copied;
use quorum_sim::event_queue::{NextStep, StepNumber};
use quorum_sim::history::History;
use quorum_sim::invariant_status::{Breach, InvariantStatus, Invariants};
use quorum_sim::outbox::Outbox;
use quorum_types::{Micros, NodeId, Refusal};
use quorum_wal::disk::Disk;
use quorum_wal::window::{WalWindow, window};

/// A part of a node's log: a number of bytes from an offset of a file on. Without a file it is the last one, without an
/// offset the record at the durable LSN.
#[derive(Clone, Copy)]
pub(super) struct LogPart {
    pub(super) node: NodeId,
    pub(super) file: Option<u32>,
    pub(super) offset: Option<u64>,
    pub(super) bytes: u64,
}

impl LogPart {
    /// What the node's disk has of it.
    pub(super) fn of(self, disk: &Disk) -> Option<WalWindow> {
        window(disk, self.node, self.file, self.offset, self.bytes)
    }
}

/// A world.
pub(super) trait SimWorld {
    /// Virtual time.
    fn now(&self) -> Micros;
    /// Advances time in which nothing is scheduled.
    fn wait(&mut self, until_us: Micros);
    /// The time of the next event.
    fn next_at(&self) -> Option<Micros>;
    /// Processes the next event.
    fn happen(&mut self);
    /// The next step, and the step that scheduled it.
    fn next_step(&self) -> Option<NextStep>;
    /// Begins the step of a command.
    fn begin_command(&mut self) -> StepNumber;
    /// The digest of all events, as 16 hex digits.
    fn digest(&self) -> String;
    /// Events so far.
    fn event_count(&self) -> u64;
    /// The events since the last call.
    fn take_events(&mut self) -> Vec<Event>;
    /// The data that the host has to persist.
    fn outbox(&self) -> &Outbox;
    /// The data that the host has to persist.
    fn outbox_mut(&mut self) -> &mut Outbox;
    /// Rows that were acknowledged.
    fn acknowledged(&self) -> u64;
    /// The value of a setting.
    fn setting(&self, name: &str) -> Option<u64>;
    /// Executes a command, as far as it concerns the world itself.
    fn dispatch(&mut self, command: Command) -> Result<(), Refusal>;
    /// Executes a command to an engine.
    fn dispatch_engine(&mut self, ticket: u64, command: EngineCommand) -> Result<Reply, Refusal> {
        let _ = (ticket, command);
        Err(no_single_engine())
    }
    /// Changes a setting.
    fn set(&mut self, name: &str, value: u64) -> Result<(), Refusal> {
        let _ = (name, value);
        Err(no_single_engine())
    }
    /// The answers to commands of an engine since the last call. `generated` has the tickets of those whose rows the
    /// lab made; what is answered leaves it.
    fn take_answers(&mut self, generated: &mut Vec<u64>) -> Vec<(u64, Answer)> {
        let _ = generated;
        Vec::new()
    }
    /// The result of a recovery.
    fn recovered(&self) -> Answer {
        Answer::Done { ok: true, t_us: self.now() }
    }
    /// A refusal, with what this world knows about its cause.
    fn refused(&self, refusal: Refusal) -> Answer {
        refusal.into()
    }
    /// Its disk as one file; `bare` if it began without the generated collection.
    fn backup(&self, seed: u64, bare: bool) -> Result<Vec<u8>, Refusal> {
        let _ = (seed, bare);
        Err(Refusal::new("unsupported", "a replica set has no backup; open a standalone engine"))
    }
    /// Whether it writes down that it was read.
    fn notes_reads(&self) -> bool {
        false
    }
    /// Begins again, from the same seed, with one more of its rules off. A replica set is created with its rules.
    fn switch_off(&mut self, seed: u64, rule: &str) {
        let _ = (seed, rule);
    }
    /// Fills in its part of the snapshot.
    fn fill(&self, snapshot: &mut Snapshot);
    /// The names of its metrics, besides those that every world has; `setting.*` stands for one for each setting.
    fn metrics(&self) -> Vec<&'static str>;
    /// A metric by name, cheap enough to be read at every event. Including `majority`, if it is known here.
    fn metric(&self, name: &str) -> Option<i64> {
        let _ = name;
        None
    }
    /// The current outage, or the last one.
    fn outage(&self) -> Option<quorum_sim::outage::Outage> {
        None
    }
    /// The nodes that a word in lessons refers to, in order: `acting:root_coord`, `proxy`, `query_node:2`, `down`. None
    /// if the word is unknown here.
    fn named(&self, word: &str) -> Option<Vec<NodeId>> {
        let _ = word;
        None
    }
    /// How long a lesson's moves may take in this world, in virtual time.
    fn most_run_us(&self) -> Micros {
        quorum_lesson::schema::MOST_RUN_ONE_SITE_US
    }
    /// How often its disks have been opened: the most of any node.
    fn boot(&self) -> u32 {
        1
    }
    /// The ticket of the host's writes that the next event waits for; 0 for none.
    fn awaited_ticket(&self) -> u64 {
        0
    }
    /// Records what was read of an engine.
    fn emit(&mut self, event: EngineEvent) {
        let _ = event;
    }
    /// Whether it reads its log, so that nothing can be asked of it yet.
    fn recovering(&self) -> bool {
        false
    }
    /// Whether it has work that is done regardless of the pace of virtual time.
    fn ignores_pace(&self) -> bool {
        false
    }
    /// Does background work that is due by then and before the next event; returns whether there was any.
    fn background(&mut self, until_us: Micros) -> bool {
        let _ = until_us;
        false
    }
    /// The time of the next background work.
    fn background_at(&self) -> Option<Micros> {
        None
    }
    /// Fills a stamp in with what this world knows, as of the moment when `ticket` is persisted. Worlds that are never
    /// kept know nothing.
    fn stamp(&self, stamp: &mut RunStamp, ticket: u64) {
        let _ = (stamp, ticket);
    }
    /// Whether its messages can be dropped one by one.
    fn drops_messages(&self) -> bool {
        false
    }
    /// Whether its nodes have clocks that can be set.
    fn has_clocks(&self) -> bool {
        false
    }
    /// Whether two nodes elect a leader together.
    fn same_group(&self, one: NodeId, two: NodeId) -> bool {
        let _ = (one, two);
        true
    }
    /// Whether some node reaches a majority.
    fn can_elect(&self) -> bool {
        true
    }
    /// What a copy of it holds, and how much all copies for time travel may hold together; none if it can hold too much
    /// to be copied for that.
    fn copied(&self) -> Option<(Copied, u64)> {
        Some((Copied::default(), u64::MAX))
    }
    /// The rows that queries and searches see now.
    fn catalog(&self) -> Result<&Catalog, Refusal> {
        Err(Refusal::new("unsupported", "a Milvus cluster is searched by its tester"))
    }
    /// A part of the log on a node's disk, record by record; none if the log has no such file.
    fn log_window(&self, part: LogPart) -> Result<Option<WalWindow>, Refusal> {
        let _ = part;
        let error = "the bytes of a log are shown of a standalone engine or a replica set";
        Err(Refusal::new("unsupported", error))
    }
    /// One thing in detail.
    fn inspect(&self, target: Target) -> Result<Inspected, Refusal> {
        Err(no_target_of_that_kind(target))
    }
    /// The last operations of clients, and with `find` an order that explains them.
    fn history(&self, last: u64, find: bool) -> Result<History, Refusal> {
        let _ = (last, find);
        Err(Refusal::new("unsupported", "operations of clients are recorded in a replica set"))
    }
    /// The engine, if this is a single one.
    #[cfg(test)]
    fn as_standalone(&self) -> Option<&quorum_sim::standalone::Standalone> {
        None
    }
    /// Clones the world.
    fn copy(&self) -> Box<dyn SimWorld>;
}

impl dyn SimWorld {
    /// Advances time in which nothing is scheduled, at most to the end of time.
    pub(super) fn pass(&mut self, until_us: Micros) {
        self.wait(until_us.min(MOST_TIME_US));
    }

    /// Lets the next thing happen, if it happens by `until_us` and need not wait for the host. None if it did.
    pub(super) fn happen_by(&mut self, until_us: Micros) -> Option<Advance> {
        if until_us < Micros::MAX && self.background(until_us.min(MOST_TIME_US)) {
            return None;
        }
        let Some(at) = self.next_at() else { return Some(Advance::Idle) };
        if at > until_us {
            return Some(Advance::Reached);
        }
        if at > MOST_TIME_US {
            // Time stops at its end. Every wait for a point in time is over by then, because that point lies before the
            // end.
            let waits = until_us < Micros::MAX;
            return Some(if waits { Advance::Reached } else { Advance::Idle });
        }
        let ticket = self.awaited_ticket();
        if !self.outbox().is_safe(ticket) {
            return Some(Advance::Waiting { ticket });
        }
        self.happen();
        None
    }
}

/// Prints the progress of a world. `Debug` as a supertrait would include the code that prints every part of every world
/// in the program.
impl fmt::Debug for dyn SimWorld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimWorld").field("now", &self.now()).finish_non_exhaustive()
    }
}

impl Clone for Box<dyn SimWorld> {
    fn clone(&self) -> Self {
        self.copy()
    }
}

/// Why a world takes only what an engine and a replica set have in common.
pub(super) fn no_single_engine() -> Refusal {
    let error = "a replica set takes insert and query; open a standalone engine for the rest";
    Refusal::new("unsupported", error)
}

/// The nodes that a word refers to; none at all for a word that is neither a role nor a state, so that it must be
/// unknown.
pub(super) fn known_word(word: &str, named: Vec<NodeId>) -> Option<Vec<NodeId>> {
    let is_role = ["acting:", "standby:"].iter().any(|start| word.starts_with(start))
        || ["down", "paused"].contains(&word);
    (is_role || !named.is_empty()).then_some(named)
}

/// Methods that are the same for the worlds of other crates with an event queue
/// ([`event_queue_methods`](quorum_sim::event_queue_methods)), settings and acknowledged rows.
macro_rules! sim_world_methods {
    () => {
        fn now(&self) -> Micros {
            self.now_us()
        }

        fn wait(&mut self, until_us: Micros) {
            Self::wait(self, until_us);
        }

        fn next_at(&self) -> Option<Micros> {
            Self::next_at(self)
        }

        fn happen(&mut self) {
            Self::happen(self, Micros::MAX);
        }

        fn next_step(&self) -> Option<quorum_sim::event_queue::NextStep> {
            Self::next_step(self)
        }

        fn begin_command(&mut self) -> quorum_sim::event_queue::StepNumber {
            Self::begin_command(self)
        }

        fn digest(&self) -> String {
            Self::digest(self)
        }

        fn event_count(&self) -> u64 {
            Self::event_count(self)
        }

        fn take_events(&mut self) -> Vec<Event> {
            united(Self::take_events(self))
        }

        fn outbox(&self) -> &Outbox {
            Self::outbox(self)
        }

        fn outbox_mut(&mut self) -> &mut Outbox {
            Self::outbox_mut(self)
        }

        fn acknowledged(&self) -> u64 {
            Self::acknowledged(self)
        }

        fn setting(&self, name: &str) -> Option<u64> {
            self.settings().value(name)
        }
    };
}
pub(super) use sim_world_methods;

/// Methods that are the same for an engine and a replica set: their parts are public, and their files have `fill`,
/// `METRICS` and `read`.
macro_rules! queue_world_methods {
    () => {
        fn fill(&self, snapshot: &mut Snapshot) {
            fill(self, snapshot);
        }

        fn metrics(&self) -> Vec<&'static str> {
            METRICS.iter().map(|(name, _)| *name).collect()
        }

        fn metric(&self, name: &str) -> Option<i64> {
            read(METRICS, self, name)
        }

        fn setting(&self, name: &str) -> Option<u64> {
            self.settings().value(name)
        }

        fn now(&self) -> Micros {
            self.now
        }

        fn wait(&mut self, until_us: Micros) {
            self.now = self.now.max(until_us);
        }

        fn next_at(&self) -> Option<Micros> {
            self.event_queue.next_at()
        }

        fn happen(&mut self) {
            self.step();
        }

        fn next_step(&self) -> Option<quorum_sim::event_queue::NextStep> {
            self.event_queue.next_step(ScheduledEvent::label)
        }

        fn begin_command(&mut self) -> quorum_sim::event_queue::StepNumber {
            self.event_queue.begin_command()
        }

        fn awaited_ticket(&self) -> u64 {
            self.event_queue.peek().map_or(0, |(_, scheduled)| scheduled.awaited_ticket())
        }

        fn digest(&self) -> String {
            self.event_log.digest()
        }

        fn event_count(&self) -> u64 {
            self.event_log.count()
        }

        fn take_events(&mut self) -> Vec<Event> {
            united(self.event_log.take())
        }

        fn emit(&mut self, event: EngineEvent) {
            self.event_log.emit(self.now, None, event);
        }

        fn outbox(&self) -> &Outbox {
            &self.outbox
        }

        fn outbox_mut(&mut self) -> &mut Outbox {
            &mut self.outbox
        }
    };
}
pub(super) use queue_world_methods;

/// The invariants of a world, and whether they hold.
pub(super) fn invariants(invariants: &Invariants) -> Vec<Invariant> {
    let fact = |status: &InvariantStatus| Invariant {
        name: status.name.to_owned(),
        holds: status.broken.is_none(),
        checked: status.checked,
        detail: status.broken.as_ref().map(Breach::detail),
        breach: status.broken.as_ref().map(Breach::describe),
    };
    invariants.statuses().iter().map(fact).collect()
}
