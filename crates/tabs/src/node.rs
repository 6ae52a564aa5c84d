//! One tab: what goes in, and what comes out.
//!
//! Time goes in with every call, in microseconds of a clock that never goes back; a time before the last one counts as
//! the last one. A node whose clock jumps is a paused node: its timers end at once, it asks before it stands
//! (pre-vote), and a leader that heard no majority meanwhile steps down before it does anything else.
//!
//! Guarantees and limits are those of the crate. Leaves out: how Raft's requests are carried out (`drive`).

use std::collections::VecDeque;

use quorum_raft::{Conf, Config, Log, Raft, ReadMode, Role, Rules};
use quorum_types::{Micros, NodeId, Rng};

use crate::bytes::encode;
use crate::disk::{Batch, Damage, Pending, Stored};
use crate::facts::{Answer, Attempt, EventKind, Facts, Fate, Line, Read, RoleWord, What};
use crate::group::{ANSWER_US, ELECTION_US, Group, HEARTBEAT_US, TICK_US};
use crate::machine::{Machine, Write};
use crate::packet::Packet;
use crate::watch::Watch;

/// The largest entry or snapshot, which is far more than a full state machine.
const MAX_DATA_BYTES: u64 = 256 << 10;
/// Writes of this tab that are remembered.
const ATTEMPTS: usize = 12;
/// The pause between two questions of a node that has just begun.
const ASK_US: Micros = 1_000_000;
/// Entries of the log that are reported.
const LINES: usize = 12;

/// What a node starts from, besides its storage.
#[derive(Clone, Debug)]
pub struct Start {
    /// Its group.
    pub group: Group,
    /// Its number.
    pub number: NodeId,
    /// Whether its state is kept.
    pub kept: bool,
    /// A number that no other life of a tab has.
    pub session: u64,
}

/// A node that may lack what was committed while it was closed: it asks, as a read does, how far it has to be.
#[derive(Clone, Debug)]
pub(crate) struct Behind {
    /// The last index that was on its disk when it began.
    pub(crate) last: u64,
    /// When it asked last.
    pub(crate) asked: Option<Micros>,
    /// The answer.
    pub(crate) index: Option<u64>,
}

/// A tab that is a Raft node.
#[derive(Clone, Debug)]
pub struct TabNode {
    pub(crate) start: Start,
    pub(crate) conf: Conf,
    pub(crate) raft: Raft,
    pub(crate) machine: Machine,
    pub(crate) now: Micros,
    ticks_from: Micros,
    /// When Raft has to act next.
    due: Micros,
    pub(crate) pending: Pending,
    pub(crate) in_flight: Option<(u64, Pending)>,
    next_batch: u64,
    pub(crate) packets: Vec<Vec<u8>>,
    pub(crate) writes: VecDeque<(Micros, Attempt)>,
    next_write: u64,
    /// A snapshot of the leader covers writes up to this number: of these, only the last is known to be applied.
    pub(crate) covered: u64,
    /// The last read: when it began, its context, the index once known.
    pub(crate) read: Option<(Micros, u64, Option<u64>, Read)>,
    next_read: u64,
    /// What was last acknowledged, by key: the index.
    pub(crate) acknowledged: Vec<(String, u64)>,
    /// Until it has caught up.
    pub(crate) behind: Option<Behind>,
    pub(crate) watch: Watch,
}

impl TabNode {
    /// A node that goes on from what is stored.
    pub fn new(start: Start, stored: &Stored, now: Micros) -> Result<Self, Damage> {
        let conf = Conf::new(start.group.numbers(), []);
        let (restored, machine) = stored.restore(&conf)?;
        let (last, term) = (restored.log.last().0, restored.hard.term);
        let mut watch = Watch::new(start.number, start.group.nodes(), now);
        let first = if stored.is_empty() { EventKind::Began } else { EventKind::Recovered { last, term } };
        watch.tell(now, first);
        let config = Config {
            id: start.number,
            election_ticks: ELECTION_US / TICK_US,
            heartbeat_ticks: HEARTBEAT_US / TICK_US,
            max_entries: 64,
            max_inflight: 16,
            max_uncommitted_bytes: 0,
            max_data_bytes: MAX_DATA_BYTES,
            pre_vote: true,
            check_quorum: true,
            // Reads always ask a majority, so there are no leases.
            waits_for_leases: false,
            rules: Rules::default(),
        };
        let rng = Rng::new(start.session, u64::from(start.number));
        let mut node = Self {
            raft: Raft::new(config, rng, restored),
            conf,
            machine,
            now,
            ticks_from: now,
            due: now,
            pending: Pending::default(),
            in_flight: None,
            next_batch: 1,
            packets: Vec::new(),
            writes: VecDeque::new(),
            next_write: 1,
            covered: 0,
            read: None,
            next_read: 1,
            acknowledged: Vec::new(),
            behind: Some(Behind { last, asked: None, index: None }),
            watch,
            start,
        };
        node.settle();
        Ok(node)
    }

    // --- what goes in

    /// Time has passed.
    pub fn tick(&mut self, now: Micros) {
        self.advance(now);
        self.settle();
    }

    /// A packet was heard, for this node or another.
    pub fn hear(&mut self, now: Micros, bytes: &[u8]) {
        self.advance(now);
        if let Some(packet) =
            Packet::read(bytes, &self.conf).filter(|packet| packet.from() != self.start.number)
        {
            self.watch.hear(self.now, packet.from());
            if packet.to() == self.start.number {
                self.take(packet);
            }
        }
        self.settle();
    }

    /// A batch is stored.
    pub fn persisted(&mut self, now: Micros, batch: u64) {
        self.advance(now);
        if let Some((_, stored)) = self.in_flight.take_if(|(number, _)| *number == batch) {
            self.release(stored);
        }
        self.settle();
    }

    /// The learner writes a value. False if key or value are none, or a write still waits.
    pub fn write(&mut self, now: Micros, key: &str, text: &str) -> bool {
        self.advance(now);
        let waits = self.writes.back().is_some_and(|(_, last)| last.fate == Fate::Waiting);
        let write = Write::new(self.start.session, self.next_write, key, text).filter(|_| !waits);
        if let Some(write) = &write {
            self.next_write += 1;
            self.propose(write);
        }
        self.settle();
        write.is_some()
    }

    /// The learner reads.
    pub fn read(&mut self, now: Micros) {
        self.advance(now);
        let number = self.next_read;
        self.next_read += 1;
        // An answer to an earlier life of this node must not be taken for one to this.
        let context = self.start.session.wrapping_add(number);
        let answer = match self.raft.read(context, ReadMode::Index) {
            Ok(()) => Answer::Waiting,
            Err(_) => Answer::NoLeader,
        };
        self.read = Some((self.now, context, None, Read { number, answer }));
        self.settle();
    }

    // --- what comes out

    /// Packets to post.
    pub fn take_packets(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.packets)
    }

    /// The next batch to store, if none is being stored.
    pub fn take_batch(&mut self) -> Option<Batch> {
        if self.in_flight.is_some() || self.pending.is_empty() {
            return None;
        }
        let pending = std::mem::take(&mut self.pending);
        let number = self.next_batch;
        self.next_batch += 1;
        let batch = pending.batch(number);
        self.in_flight = Some((number, pending));
        Some(batch)
    }

    /// When it has to be called again at the latest.
    pub fn wake_us(&self) -> Micros {
        let write = self.writes.back().filter(|(_, last)| last.fate == Fate::Waiting).map(|(at, _)| *at);
        let waiting = |answer: &Answer| *answer == Answer::Waiting;
        let read = self.read.as_ref().filter(|(.., read)| waiting(&read.answer)).map(|(at, ..)| *at);
        let answer = write.into_iter().chain(read).map(|at| at + ANSWER_US).min().unwrap_or(Micros::MAX);
        self.due.min(answer).min(self.watch.due_us())
    }

    /// Its state.
    pub fn facts(&self, now: Micros) -> Facts {
        let (now, raft) = (now.max(self.now), &self.raft);
        Facts {
            group: self.start.group.name().to_owned(),
            number: self.start.number,
            nodes: self.start.group.nodes(),
            need: self.start.group.need(),
            kept: self.start.kept,
            role: match raft.role() {
                Role::Follower => RoleWord::Follower,
                Role::PreCandidate { .. } => RoleWord::PreCandidate,
                Role::Candidate { .. } => RoleWord::Candidate,
                Role::Leader(_) => RoleWord::Leader,
            },
            term: raft.term(),
            leader: self.leader(),
            commit: raft.commit(),
            applied: raft.applied(),
            durable: raft.durable(),
            snapshot: raft.log().snapshot().index,
            log: lines(raft.log()),
            values: self.machine.values().to_vec(),
            peers: self.watch.peers(now),
            writes: self.writes.iter().map(|(_, attempt)| attempt.clone()).collect(),
            read: self.read.as_ref().map(|(.., read)| read.clone()),
            events: self.watch.events(),
            late_us: self.watch.late_us(now),
            seen: self.watch.seen.clone(),
        }
    }

    /// The leader that it knows of.
    pub(crate) fn leader(&self) -> Option<NodeId> {
        if self.raft.leads() { Some(self.start.number) } else { self.raft.leader() }
    }

    // --- time

    fn advance(&mut self, now: Micros) {
        self.now = self.now.max(now);
        self.watch.note_late(self.now, self.due);
        let ticks = (self.now - self.ticks_from) / TICK_US;
        self.ticks_from += ticks * TICK_US;
        if ticks > 0 {
            self.raft.tick(ticks);
        }
        let over = |at: Micros| self.now >= at + ANSWER_US;
        if let Some((_, last)) =
            self.writes.back_mut().filter(|(at, last)| last.fate == Fate::Waiting && over(*at))
        {
            last.fate = Fate::Unknown;
            let key = last.key.clone();
            self.watch.tell(self.now, EventKind::Unknown { key });
        }
        if let Some((at, .., read)) = &mut self.read
            && read.answer == Answer::Waiting
            && self.now >= *at + ANSWER_US
        {
            read.answer = Answer::Unknown;
        }
        self.watch.look(self.now);
    }

    /// Carries out everything that Raft asks for, and notes when it acts next.
    fn settle(&mut self) {
        self.ask_how_far();
        self.drive();
        self.due = self.ticks_from + self.raft.ticks_left().max(1) * TICK_US;
    }

    /// Asks what is committed, once a second until it is answered.
    fn ask_how_far(&mut self) {
        let (now, context) = (self.now, self.start.session);
        let Some(behind) = &mut self.behind else { return };
        if behind.index.is_none()
            && behind.asked.is_none_or(|at| now >= at + ASK_US)
            && self.raft.read(context, ReadMode::Index).is_ok()
        {
            behind.asked = Some(now);
        }
    }

    /// Proposes a write, here or at the leader.
    fn propose(&mut self, write: &Write) {
        let fate = match self.leader() {
            _ if self.raft.leads() => match self.propose_here(write) {
                true => Fate::Waiting,
                false => Fate::Declined,
            },
            Some(to) => {
                let (from, session, number) = (self.start.number, write.session, write.number);
                let data = encode(write).unwrap_or_default();
                self.packets.push(Packet::Forward { from, to, session, number, data }.bytes());
                Fate::Waiting
            }
            None => Fate::Declined,
        };
        if self.writes.len() == ATTEMPTS {
            self.writes.pop_front();
        }
        let attempt =
            Attempt { number: write.number, key: write.key.clone(), text: write.text.clone(), fate };
        self.writes.push_back((self.now, attempt));
    }

    /// Proposes a write at this node; false if it was not taken.
    pub(crate) fn propose_here(&mut self, write: &Write) -> bool {
        let data = encode(write).unwrap_or_default();
        self.raft.propose(data.into()).is_ok()
    }
}

/// The end of a log.
fn lines(log: &Log) -> Vec<Line> {
    let from = log.first().max((log.last().0 + 1).saturating_sub(LINES as u64));
    let line = |(index, entry): (u64, std::sync::Arc<quorum_raft::Entry>)| Line {
        index,
        term: entry.term,
        what: match Write::read(&entry.data) {
            Some(write) => What::Write { key: write.key, text: write.text },
            None if entry.data.is_empty() => What::Begin,
            None => What::Other,
        },
    };
    (from..).zip(log.slice(from, LINES)).map(line).collect()
}
