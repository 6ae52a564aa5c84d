//! A member of a replica set: Raft over a log over a disk, and the engine that it feeds.
//!
//! `Ready` → log → sync → send and apply, in the order that `raft` prescribes. Promises: term, vote and entries
//! are durable before anything that rests on them leaves the node; after a restart the node is what its disk
//! says. Leaves out: when things happen and where messages go (the cluster's).

use std::collections::VecDeque;
use std::sync::Arc;

use super::log_disk::LogDisk;
use super::recovery::{Recovery, Report};
use super::settings::Settings;
use super::workload;
use crate::db::{Batch, Catalog};
use crate::raft::{Conf, Config, Entry, HardState, Log, Message, Raft, Restored, Rules, Snapshot};
use crate::types::{Lsn, Map, Micros, NodeId, Rng, Set};
use crate::wal::Kind;
use crate::wal::format::{Fields, Header};

/// Length of a Raft tick.
pub const TICK_US: Micros = 1_000;
/// No run lives to see a term above this; a log that names one was not written by a member.
const MAX_TERM: u64 = 1 << 48;
/// Most entries in one append.
const MAX_ENTRIES: usize = 64;

/// How a member stands.
#[derive(Clone, Debug)]
pub enum Phase {
    /// Without power.
    Off,
    /// Its process starts.
    Booting,
    /// It reads its log.
    Recovering(Box<Recovery>, Rebuild),
    /// It runs.
    Running(Box<Raft>),
    /// Its log is damaged.
    Refused,
}

/// Raft's state as it comes back from a log.
#[derive(Clone, Debug, Default)]
pub struct Rebuild {
    /// Term and vote.
    pub hard: HardState,
    /// The log.
    pub log: Log,
}

/// Messages that wait until the log is durable up to an LSN.
#[derive(Clone, Debug)]
struct Held {
    lsn: Lsn,
    messages: Vec<Message>,
    /// The last Raft entry then: index and term.
    last: (u64, u64),
}

/// A member.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its number.
    pub id: NodeId,
    /// How it stands.
    pub phase: Phase,
    /// Whether it is stopped with its memory kept.
    pub paused: bool,
    /// Its log and disk.
    pub log: LogDisk,
    /// Counts its starts in this run; what was planned for an earlier life is void.
    pub life: u64,
    /// Which opening of its disk this is.
    pub epoch: u32,
    /// Its last recovery.
    pub report: Option<Report>,
    /// When its next timer is planned.
    pub timer_at: Option<Micros>,
    /// Rows applied.
    pub catalog: Catalog,
    /// The last index applied.
    pub applied: u64,
    /// The client's writes applied; a repeated one is applied once.
    pub applied_ops: Set<u64>,
    /// Writes proposed here: index → write, attempt, term.
    pub proposals: Map<u64, (u64, u32, u64)>,
    /// What its disk is known to hold of Raft's log, while it has no power.
    pub on_disk: Log,
    /// The term it had when it lost its power.
    pub disk_term: u64,
    dim: u32,
    held: VecDeque<Held>,
    ticks_from: Micros,
}

impl Member {
    /// A member without power.
    pub fn new(log: LogDisk, epoch: u32, dim: u32) -> Self {
        Self {
            id: log.node,
            phase: Phase::Off,
            paused: false,
            log,
            life: 0,
            epoch,
            report: None,
            timer_at: None,
            catalog: workload::catalog(dim),
            applied: 0,
            applied_ops: Set::new(),
            proposals: Map::new(),
            on_disk: Log::default(),
            disk_term: 0,
            dim,
            held: VecDeque::new(),
            ticks_from: 0,
        }
    }

    /// Its Raft, while it runs.
    pub fn raft(&self) -> Option<&Raft> {
        if let Phase::Running(raft) = &self.phase { Some(raft) } else { None }
    }

    /// Its Raft, while it runs.
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

    /// Starts Raft with what the log gave back.
    pub fn start_raft(&mut self, now: Micros, rebuild: Rebuild, nodes: u32, seed: u64, settings: &Settings) {
        let config = Config {
            id: self.id,
            election_ticks: (settings.election_us / TICK_US).max(1),
            heartbeat_ticks: (settings.heartbeat_us / TICK_US).max(1),
            max_entries: MAX_ENTRIES,
            max_inflight: 256,
            max_uncommitted_bytes: 0,
            pre_vote: false,
            check_quorum: false,
            rules: Rules::default(),
        };
        // A stream of its own for every life, so that a restarted node does not draw its old timeouts again.
        let stream = (u64::from(self.id) << 24) + (u64::from(self.epoch) << 4) + 1;
        let mut log =
            Log::behind(Arc::new(Snapshot { conf: Conf::new(1..=nodes, []), ..Snapshot::default() }));
        (1..=rebuild.log.last().0)
            .filter_map(|at| rebuild.log.get(at))
            .for_each(|entry| log.push(Arc::clone(entry)));
        let restored = Restored { hard: rebuild.hard, log, impaired: None };
        let raft = Raft::new(config, Rng::new(seed, stream), restored);
        self.phase = Phase::Running(Box::new(raft));
        self.ticks_from = now;
        self.timer_at = None;
    }

    /// Power fails.
    pub fn lose_memory(&mut self) {
        if let Phase::Running(raft) = &self.phase {
            let mut log = raft.log().clone();
            log.truncate(raft.durable());
            self.on_disk = log;
            self.disk_term = raft.term();
        }
        self.phase = Phase::Off;
        self.paused = false;
        self.life += 1;
        self.timer_at = None;
        self.catalog = workload::catalog(self.dim);
        self.applied = 0;
        self.applied_ops.clear();
        self.proposals.clear();
        self.held.clear();
    }

    /// Tells Raft how much time has passed.
    pub fn catch_up(&mut self, now: Micros) {
        let ticks = now.saturating_sub(self.ticks_from) / TICK_US;
        self.ticks_from += ticks * TICK_US;
        if let Phase::Running(raft) = &mut self.phase
            && ticks > 0
        {
            raft.tick(ticks);
        }
    }

    /// When Raft does something by itself.
    pub fn due_us(&self) -> Option<Micros> {
        self.raft().map(|raft| self.ticks_from + raft.ticks_left() * TICK_US)
    }

    /// Its timer at `now`: elapsed and full length.
    pub fn timer(&self, now: Micros) -> Option<(Micros, Micros)> {
        let (elapsed, length) = self.raft()?.timer();
        let elapsed = elapsed * TICK_US + now.saturating_sub(self.ticks_from);
        Some((elapsed.min(length * TICK_US), length * TICK_US))
    }

    /// Keeps messages until everything written so far is durable.
    pub fn hold(&mut self, messages: Vec<Message>) {
        let Some(wal) = self.log.wal() else { return };
        let lsn = wal.last_lsn();
        let last = self.raft().map_or((0, 0), |raft| raft.log().last());
        self.held.push_back(Held { lsn, messages, last });
    }

    /// The log is durable up to `lsn`: tells Raft, and gives the messages that may leave now. Those of an older
    /// term than the node's stay for good: they would be promises to a deposed leader.
    pub fn release(&mut self, lsn: Lsn) -> Vec<Message> {
        let mut released = Vec::new();
        while let Some(held) = self.held.pop_front_if(|held| held.lsn <= lsn) {
            if let Phase::Running(raft) = &mut self.phase {
                raft.persisted(held.last.0, held.last.1);
                let term = raft.term();
                released.extend(held.messages.into_iter().filter(|message| message.term >= term));
            }
        }
        released
    }

    /// Whether everything written is durable, so that nothing has to wait.
    pub fn all_durable(&self) -> bool {
        self.log.wal().is_some_and(|wal| wal.durable_lsn() == wal.last_lsn())
    }

    /// Applies a committed entry; the client's write in it, if it is one and is new.
    pub fn apply(&mut self, index: u64, entry: &Entry) -> Option<u64> {
        self.applied = index;
        let (op, batch) = decode_write(&entry.data)?;
        if self.applied_ops.insert(op) {
            // Every entry that is committed was checked when it was proposed, and again when it was read back.
            let _ = self.catalog.apply(index, workload::insertion(Arc::new(batch)));
        }
        Some(op)
    }
}

/// The data of an entry that holds a client's write.
pub fn encode_write(op: u64, batch: &Batch) -> Arc<[u8]> {
    let mut data = op.to_le_bytes().to_vec();
    batch.encode(&mut data);
    data.into()
}

/// Reads it back; none for a leader's empty entry.
pub fn decode_write(data: &[u8]) -> Option<(u64, Batch)> {
    let mut fields = Fields(data);
    let op = fields.u64()?;
    Some((op, Batch::decode(fields.0).ok()?))
}

/// The payload of a hard-state record.
pub fn encode_hard_state(hard: HardState) -> Vec<u8> {
    let mut payload = hard.term.to_le_bytes().to_vec();
    payload.extend_from_slice(&hard.vote.unwrap_or(0).to_le_bytes());
    payload
}

/// The payload of an entries record.
pub fn encode_entries(prev: u64, entries: &[Arc<Entry>]) -> Vec<u8> {
    let mut payload = prev.to_le_bytes().to_vec();
    payload.extend_from_slice(&(entries.len() as u32).to_le_bytes());
    for entry in entries {
        payload.extend_from_slice(&entry.term.to_le_bytes());
        payload.extend_from_slice(&(entry.data.len() as u32).to_le_bytes());
        payload.extend_from_slice(&entry.data);
    }
    payload
}

impl Rebuild {
    /// Takes a record of the replay; how many rows it holds.
    pub fn take(&mut self, header: &Header, payload: &[u8]) -> Result<u64, &'static str> {
        match header.kind {
            Kind::Boot => Ok(0),
            Kind::HardState => {
                let mut fields = Fields(payload);
                let term = fields.u64().ok_or("the hard state is cut short")?;
                let vote = fields.u32().ok_or("the hard state is cut short")?;
                if term > MAX_TERM {
                    return Err("the hard state has a term that no election reaches");
                }
                self.hard = HardState { term, vote: (vote != 0).then_some(vote), commit: 0 };
                Ok(0)
            }
            Kind::Entries => self.take_entries(payload),
            Kind::Insert | Kind::Delete | Kind::Catalog | Kind::Segments | Kind::Manifest => {
                Err("this is a standalone engine's record in a replica's log")
            }
        }
    }

    fn take_entries(&mut self, payload: &[u8]) -> Result<u64, &'static str> {
        let short = "the entries are cut short";
        let mut fields = Fields(payload);
        let prev = fields.u64().ok_or(short)?;
        let count = fields.u32().ok_or(short)?;
        if prev > self.log.last().0 {
            return Err("the entries leave a gap in the Raft log");
        }
        self.log.truncate(prev);
        let mut rows = 0;
        for _ in 0..count {
            let term = fields.u64().ok_or(short)?;
            if term > MAX_TERM {
                return Err("an entry has a term that no election reaches");
            }
            let bytes = fields.u32().ok_or(short)?;
            let data: Arc<[u8]> = fields.take(bytes as usize).ok_or(short)?.into();
            if !data.is_empty() && decode_write(&data).is_none() {
                return Err("an entry does not decode");
            }
            rows += u64::from(!data.is_empty());
            self.log.push(Arc::new(Entry::normal(term, data)));
        }
        Ok(rows)
    }
}
