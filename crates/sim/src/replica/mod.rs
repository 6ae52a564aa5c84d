//! A member of a replica set: Raft with its log, state machine and clock.
//!
//! The world (or a script) drives a member: it passes in elapsed time, received messages and finished syncs, and has
//! the member carry out what Raft requests. Everything that Raft wants durable becomes records of the member's log;
//! messages that depend on these records are sent once they are durable. Guarantees: the order that [`quorum_raft`]
//! prescribes; messages that depend on durable state and belong to a term that has since passed are never sent, because
//! they would be promises to a deposed leader; the compacted part of a log is deleted only once the snapshot is
//! durable; a commit index in the log covers only entries that precede it there, so that wherever the log ends, the
//! entries it marks as committed are the committed ones. Leaves out: networks, event queues and presentation.

mod bytes;
mod inspect;
mod storage;
#[cfg(test)]
mod tests;

use litemap::LiteMap;
use std::collections::VecDeque;
use std::sync::Arc;

pub use bytes::Rebuild;
pub use inspect::Timer;
pub use storage::{Holds, Later, last_op, record_of_entry};

use super::clock::Clock;
use super::event_log::EventLog;
use super::log_disk::LogDisk;
use super::machine::{Applied, Machine};
use super::recovery::{Recovery, Report};
use super::settings::Settings;
use quorum_raft::{Config, Entry, HardState, Log, Message, Note, Raft, ReadState, Restored, Rule, Rules};
use quorum_types::{Lsn, Micros, NodeId, Rng};

/// The length of a Raft tick.
pub(crate) const TICK_US: Micros = 1_000;
/// The maximum number of unanswered appends per follower (etcd 3.5: maxInflightMsgs 512 at 1 MiB; entries here are
/// few).
const MAX_INFLIGHT: usize = 64;

/// A member's state.
#[derive(Clone, Debug)]
pub enum Phase {
    /// Without power.
    Off,
    /// Its process is starting.
    Booting,
    /// It is reading its log.
    Recovering(Box<Recovery>, Box<Rebuild>),
    /// It is running.
    Running(Box<Raft>),
    /// Its log is damaged and there is no other node to repair it from, or it is of another format.
    Refused,
}

/// Messages that wait until the log is durable up to an LSN.
#[derive(Clone, Debug)]
struct Held {
    lsn: Lsn,
    messages: Vec<Message>,
    /// The last Raft entry at that time: index and term.
    last: (u64, u64),
}

/// The results of carrying out Raft's requests; the caller has only these left to process.
#[derive(Debug, Default)]
pub struct Turn {
    /// Messages to send now.
    pub messages: Vec<Message>,
    /// Raft's notes of what happened.
    pub notes: Vec<Note>,
    /// Entries that were written, preceded by the index and term of the entry before them.
    pub wrote: Option<(u64, u64, Vec<Arc<Entry>>)>,
    /// Entries that were applied.
    pub applied: Vec<Apply>,
    /// Reads that may be served once everything up to their index is applied.
    pub reads: Vec<ReadState>,
    /// The index up to which everything was applied before.
    pub counted: u64,
    /// Whether nothing happened, so that Raft has no further requests.
    pub idle: bool,
}

/// An applied entry.
#[derive(Debug)]
pub struct Apply {
    /// Its index.
    pub index: u64,
    /// The entry.
    pub entry: Arc<Entry>,
    /// The result of the client's write in it.
    pub outcome: Option<Applied>,
    /// The state machine's digest after it.
    pub state: u64,
}

/// A client's write that was proposed here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proposal {
    /// The write's number.
    pub op: u64,
    /// The attempt to be answered.
    pub attempt: u32,
    /// The term it was proposed in.
    pub term: u64,
}

/// A waiting read: it waits for its index, then until that index is applied.
#[derive(Clone, Copy, Debug)]
pub struct WaitingRead {
    /// The read's number.
    pub op: u64,
    /// The attempt to be answered.
    pub attempt: u32,
    /// The index that it has to see, once known.
    pub index: Option<u64>,
}

/// A member.
#[derive(Clone, Debug)]
pub struct Replica {
    /// Its number.
    pub id: NodeId,
    /// Its state.
    pub phase: Phase,
    /// Whether it is paused; its memory is kept.
    pub paused: bool,
    /// Its log and disk.
    pub log: LogDisk,
    /// Its clock.
    pub clock: Clock,
    /// Counts its starts in this run; events scheduled for an earlier life are void.
    pub life: u64,
    /// How often its disk has been opened.
    pub epoch: u32,
    /// Its last recovery.
    pub report: Option<Report>,
    /// When its next timer is scheduled.
    pub timer_at: Option<Micros>,
    /// Its state machine.
    pub machine: Machine,
    /// Writes proposed here, by index.
    pub(crate) proposals: LiteMap<u64, Proposal>,
    /// Reads begun here, by the number under which Raft knows them.
    pub reads: LiteMap<u64, WaitingRead>,
    /// The part of Raft's log that its disk is known to hold, while it has no power.
    pub on_disk: Log,
    /// The term it had when it lost power.
    pub disk_term: u64,
    /// The durable hard state, with its commit index limited to durable entries.
    pub synced_hard: HardState,
    /// The last durable index, counting synced bytes only.
    pub synced: u64,
    /// Whether its disk was lost or damaged and it has not yet recovered fully.
    pub damaged: bool,
    /// Whether entries are applied without interpreting their data: they are not clients' writes.
    pub opaque: bool,
    rules: Rules,
    dim: u32,
    held: VecDeque<Held>,
    /// Writes that are not yet durable: their LSN, and the last index and the hard state at that time.
    unsynced: VecDeque<(Lsn, u64, HardState)>,
    hard: HardState,
    /// Once the log is durable up to the first LSN, everything before the second may be deleted.
    truncation: Option<(Lsn, Lsn)>,
    /// The LSN of the last boot record.
    boot_lsn: Lsn,
    ticks_from: Micros,
    next_read: u64,
}

impl Replica {
    /// Creates a member without power.
    pub fn new(log: LogDisk, epoch: u32, dim: u32, rules: Rules) -> Self {
        Self {
            id: log.node,
            phase: Phase::Off,
            paused: false,
            log,
            clock: Clock::default(),
            life: 0,
            epoch,
            report: None,
            timer_at: None,
            machine: Machine::new(dim),
            proposals: LiteMap::new(),
            reads: LiteMap::new(),
            on_disk: Log::default(),
            disk_term: 0,
            synced_hard: HardState::default(),
            synced: 0,
            damaged: false,
            opaque: false,
            rules,
            dim,
            held: VecDeque::new(),
            unsynced: VecDeque::new(),
            hard: HardState::default(),
            truncation: None,
            boot_lsn: 0,
            ticks_from: 0,
            next_read: 0,
        }
    }

    /// Its Raft node, while it runs.
    pub fn raft(&self) -> Option<&Raft> {
        if let Phase::Running(raft) = &self.phase { Some(raft) } else { None }
    }

    /// Its Raft node, while it runs.
    pub fn raft_mut(&mut self) -> Option<&mut Raft> {
        if let Phase::Running(raft) = &mut self.phase { Some(raft) } else { None }
    }

    /// Whether it has power.
    pub fn alive(&self) -> bool {
        !matches!(self.phase, Phase::Off)
    }

    /// Whether it runs and is not paused.
    pub fn active(&self) -> bool {
        !self.paused && matches!(self.phase, Phase::Running(_))
    }

    /// Whether it leads, as far as it knows.
    pub fn leads(&self) -> bool {
        self.raft().is_some_and(Raft::leads)
    }

    /// The last applied index.
    pub fn applied(&self) -> u64 {
        self.raft().map_or(0, Raft::applied)
    }

    /// Whether it holds an entry durably, with or without power; counts synced bytes only. If durable data was later
    /// destroyed, that is the disk's fault and is recorded elsewhere.
    pub fn holds(&self, index: u64, term: u64) -> bool {
        let holds = |log: &Log| index < log.first() || log.term(index) == Some(term);
        self.damaged
            || match self.raft() {
                Some(raft) => self.synced >= index && holds(raft.log()),
                None => holds(&self.on_disk),
            }
    }

    /// Sets the rules.
    pub(crate) fn set_rules(&mut self, rules: Rules) {
        self.rules = rules;
        if let Phase::Running(raft) = &mut self.phase {
            raft.set_rules(rules);
        }
    }

    /// Starts Raft with the state recovered from the log.
    pub fn start_raft(&mut self, now: Micros, rebuild: Rebuild, seed: u64, settings: &Settings) {
        let config = Config {
            id: self.id,
            election_ticks: (settings.election_us / TICK_US).max(1),
            heartbeat_ticks: (settings.heartbeat_us / TICK_US).max(1),
            max_entries: settings.append_entries,
            max_inflight: MAX_INFLIGHT,
            max_uncommitted_bytes: settings.uncommitted_bytes,
            max_data_bytes: 0,
            pre_vote: settings.pre_vote,
            check_quorum: settings.check_quorum,
            waits_for_leases: settings.lease_reads,
            rules: self.rules,
        };
        self.ticks_from = self.clock.at(now);
        let again = self.life > 0;
        self.start(config, rebuild, seed);
        // A leader that was heard before the restart may still trust its lease.
        if again && let Some(raft) = self.raft_mut() {
            raft.wait_out_lease();
        }
    }

    /// Starts Raft with this configuration.
    pub fn start(&mut self, mut config: Config, rebuild: Rebuild, seed: u64) {
        // What a record cannot hold must not enter the log.
        config.max_data_bytes = bytes::max_data_bytes(self.log.max_payload_bytes);
        // Each life has a random stream of its own, so that a restarted node does not draw its old timeouts again.
        let stream = (u64::from(self.id) << 24) + (u64::from(self.epoch) << 4) + 1;
        let mut rng = Rng::new(seed, stream);
        let nonce = u64::from(rng.bits());
        self.rules = config.rules;
        self.damaged = rebuild.impaired;
        // Limited as in Raft: the next hard state that it writes may have a lower commit index than one that outlived
        // its entries.
        self.hard = rebuild.hard.within(&rebuild.log);
        self.synced_hard = self.hard;
        self.synced = rebuild.log.last().0;
        self.machine = rebuild.machine.unwrap_or_else(|| self.machine_of(rebuild.log.snapshot()));
        let restored =
            Restored { hard: rebuild.hard, log: rebuild.log, impaired: rebuild.impaired.then_some(nonce) };
        self.phase = Phase::Running(Box::new(Raft::new(config, rng, restored)));
        self.timer_at = None;
    }

    /// Power fails.
    pub fn lose_memory(&mut self) {
        if let Phase::Running(raft) = &self.phase {
            let mut log = raft.log().clone();
            log.truncate(self.synced);
            self.on_disk = log;
            self.disk_term = self.synced_hard.term;
        }
        self.phase = Phase::Off;
        self.paused = false;
        self.life += 1;
        self.timer_at = None;
        self.machine = Machine::new(self.dim);
        self.proposals.clear();
        self.reads.clear();
        self.held.clear();
        self.unsynced.clear();
        self.truncation = None;
    }

    // --- time

    /// Reports to Raft how much time has passed by this member's clock.
    pub fn catch_up(&mut self, now: Micros) {
        let local = self.clock.at(now);
        // A clock that was set back must not stop time until it has caught up.
        self.ticks_from = self.ticks_from.min(local);
        let ticks = (local - self.ticks_from) / TICK_US;
        self.ticks_from += ticks * TICK_US;
        if let Phase::Running(raft) = &mut self.phase
            && ticks > 0
        {
            raft.tick(ticks);
        }
    }

    /// The time of Raft's next spontaneous action.
    pub fn due_us(&self) -> Option<Micros> {
        // An overdue action happens at the next tick.
        self.raft().map(|raft| self.clock.when(self.ticks_from + raft.ticks_left().max(1) * TICK_US))
    }

    /// Its timer at `now`: elapsed and full length.
    pub fn timer(&self, now: Micros) -> Option<(Micros, Micros)> {
        let (elapsed, length) = self.raft()?.timer();
        let elapsed = elapsed * TICK_US + self.clock.at(now).saturating_sub(self.ticks_from);
        Some((elapsed.min(length * TICK_US), length * TICK_US))
    }

    // --- Raft's requests

    /// Carries out Raft's requests since the last call.
    pub fn process_ready(&mut self, now: Micros, event_log: &mut EventLog) -> Turn {
        let Phase::Running(raft) = &mut self.phase else { return Turn { idle: true, ..Turn::default() } };
        let counted = raft.applied();
        if !raft.has_ready() {
            return Turn { idle: true, counted, ..Turn::default() };
        }
        let mut ready = raft.take_ready();
        let mut turn = Turn {
            idle: ready.append.is_none() && ready.hard_state.is_none() && ready.committed.is_empty(),
            reads: ready.reads,
            counted,
            ..Turn::default()
        };
        let wrote = ready.append.is_some() || ready.snapshot.is_some();
        let changed = wrote || ready.hard_state.is_some();
        if let Some(hard) = ready.hard_state {
            self.take_hard_state(hard);
        }
        // Removed entries are no longer durable; their replacements are not durable yet.
        for note in &ready.notes {
            if let Note::Truncated { from, .. } = note {
                self.forget_from(*from);
            }
        }
        // The part of the committed entries that the log holds by now. Entries after it may be about to be replaced.
        let held = ready.append.as_ref().map_or(u64::MAX, |(prev, _)| *prev);
        let mut tells = ready.hard_state.is_some() && self.rules.on(Rule::PersistVote);
        if let Some(snapshot) = &ready.snapshot {
            self.install(now, snapshot, event_log);
            tells = false;
        } else if tells {
            self.write_hard_state(now, held, event_log);
        }
        if let Some((prev, entries)) = ready.append.take() {
            self.write_entries(now, prev, &entries, tells, event_log);
            // 0 if a snapshot that arrived in the same turn has replaced that position.
            let before = self.raft().and_then(|raft| raft.log().term(prev)).unwrap_or(0);
            turn.wrote = Some((prev, before, entries));
        }
        turn.messages = std::mem::take(&mut ready.messages);
        if changed && let Some(lsn) = self.log.wal().map(quorum_wal::Wal::last_lsn) {
            let last = self.raft().map_or(0, |raft| raft.log().last().0);
            self.unsynced.push_back((lsn, last, self.hard));
        }
        self.hold_or_send(ready.after_persist, wrote, &mut turn.messages);
        turn.notes = ready.notes;
        for note in &turn.notes {
            self.on_note(now, note, event_log);
        }
        let once = self.rules.on(Rule::ApplyOnce);
        for (index, entry) in ready.committed {
            let outcome = if self.opaque {
                self.machine.apply_opaque(&entry);
                None
            } else {
                self.machine.apply(index, &entry, once)
            };
            turn.applied.push(Apply { index, entry, outcome, state: self.machine.digest() });
        }
        turn
    }

    /// Takes over a hard state that is about to be written; what is read back is checked in the same way (`bytes`).
    fn take_hard_state(&mut self, hard: HardState) {
        assert!(hard.term >= self.hard.term, "the term never decreases");
        let vote_stays = self.hard.vote.is_none() || hard.vote == self.hard.vote;
        let changes = hard.term > self.hard.term || !self.rules.on(Rule::VoteOnce);
        assert!(vote_stays || changes, "a vote changes only with the term");
        self.hard = hard;
    }

    /// Holds messages that depend on the log until it is durable; messages that need not wait are added to `messages`.
    fn hold_or_send(&mut self, after_persist: Vec<Message>, wrote: bool, messages: &mut Vec<Message>) {
        let Some(lsn) = self.log.wal().map(quorum_wal::Wal::last_lsn) else { return };
        if after_persist.is_empty() && !wrote {
            return;
        }
        let mut later = after_persist;
        if !self.rules.on(Rule::PersistBeforeAnswering) {
            self.deliver(0, &mut later, messages);
        }
        let last = self.raft().map_or((0, 0), |raft| raft.log().last());
        self.held.push_back(Held { lsn, messages: later, last });
        if !self.rules.on(Rule::FsyncBeforeAck) {
            // The rule is off: everything written counts as durable.
            self.release(Lsn::MAX, messages);
        } else if self.all_durable() {
            self.note_synced(lsn);
            self.release(lsn, messages);
        }
    }

    fn forget_from(&mut self, index: u64) {
        self.synced = self.synced.min(index - 1);
        self.unsynced.iter_mut().for_each(|(_, last, _)| *last = (*last).min(index - 1));
    }

    /// Applies a note's effects on the member itself.
    fn on_note(&mut self, now: Micros, note: &Note, event_log: &mut EventLog) {
        match note {
            Note::SteppedDown { .. } => {
                self.proposals.clear();
                self.reads.clear();
            }
            Note::RepairEnded { .. } => {
                self.damaged = false;
                self.write_boot(now, false, event_log);
            }
            _ => {}
        }
    }

    /// A sync has ended: the log is durable up to `lsn`. Returns the messages that may now be sent.
    pub fn synced(&mut self, lsn: Lsn) -> Vec<Message> {
        let mut messages = Vec::new();
        self.note_synced(lsn);
        self.release(lsn, &mut messages);
        messages
    }

    fn note_synced(&mut self, lsn: Lsn) {
        while let Some((_, last, hard)) = self.unsynced.pop_front_if(|(at, ..)| *at <= lsn) {
            self.synced = last;
            self.synced_hard = HardState { commit: hard.commit.min(last), ..hard };
        }
        if let Phase::Running(raft) = &self.phase {
            assert!(self.synced <= raft.log().last().0, "only what was appended is durable");
        }
    }

    /// Reports to Raft what is durable, and adds the messages that may be sent. Messages of an older term than the
    /// node's are dropped: they would be promises to a deposed leader.
    fn release(&mut self, lsn: Lsn, released: &mut Vec<Message>) {
        while let Some(mut held) = self.held.pop_front_if(|held| held.lsn <= lsn) {
            if let Phase::Running(raft) = &mut self.phase {
                raft.persisted(held.last.0, held.last.1);
                let term = raft.term();
                self.deliver(term, &mut held.messages, released);
                self.reuse(held.messages);
            }
        }
    }

    /// Takes messages from this term on: those of the member to itself are delivered at once, the others are added to
    /// those that are sent.
    fn deliver(&mut self, term: u64, messages: &mut Vec<Message>, others: &mut Vec<Message>) {
        let id = self.id;
        let mut raft = self.raft_mut();
        for message in messages.drain(..).filter(|message| message.term >= term) {
            match raft.as_mut().filter(|_| message.to == id) {
                Some(raft) => raft.step(message),
                None => others.push(message),
            }
        }
    }

    /// Takes back an emptied list of messages.
    pub fn reuse(&mut self, list: Vec<Message>) {
        if let Some(raft) = self.raft_mut() {
            raft.reuse(list);
        }
    }

    /// Whether everything written is durable, so that nothing has to wait.
    pub fn all_durable(&self) -> bool {
        self.log.wal().is_some_and(|wal| wal.durable_lsn() == wal.last_lsn())
    }

    /// Assigns a number to a read, under which Raft will know it.
    pub(crate) fn number_read(&mut self, op: u64, attempt: u32) -> u64 {
        self.next_read += 1;
        self.reads.insert(self.next_read, WaitingRead { op, attempt, index: None });
        self.next_read
    }

    /// Takes the reads that can be served by now, with the attempts to be answered.
    pub fn served(&mut self, states: &[ReadState]) -> Vec<WaitingRead> {
        for state in states {
            if let Some(read) = self.reads.get_mut(&state.context) {
                read.index = Some(state.index);
            }
        }
        if self.reads.is_empty() {
            return Vec::new();
        }
        let applied = self.applied();
        let mut served = Vec::new();
        self.reads.retain(|_, read| {
            let ready = read.index.is_some_and(|index| index <= applied);
            if ready {
                served.push(*read);
            }
            !ready
        });
        served
    }
}
