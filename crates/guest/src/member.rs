//! A node of the world: its guest as far as its answers show, its disk, its clock and its state machine.
//!
//! Guarantees: the log is what the guest wrote, not what it says. Leaves out: sending it commands (`world`).

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde_json::Value;

use super::disk::Disk;
use super::protocol::{HardLine, Role};
use quorum_raft::{Log, Snapshot};
use quorum_sim::clock::Clock;
use quorum_sim::machine::Machine;
use quorum_types::{Micros, NodeId};

/// Dimension of the vectors that a row would have; guests store registers only.
pub(crate) const DIM: u32 = 2;

/// Whether a node runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Power {
    Off,
    Booting,
    On,
}

/// A client's write that was proposed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proposal {
    pub(crate) op: u64,
    pub(crate) attempt: u32,
    pub(crate) term: u64,
}

/// A client's read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    pub(crate) op: u64,
    pub(crate) attempt: u32,
    /// The index that it waits for, once the guest has named it.
    pub(crate) index: Option<u64>,
}

/// A node.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) id: NodeId,
    pub(crate) power: Power,
    pub(crate) paused: bool,
    /// Counts its lives: what was scheduled for an earlier one is void.
    pub(crate) life: u64,
    pub(crate) clock: Clock,
    /// The time of its clock that its guest has been given.
    pub(crate) told_us: Micros,
    pub(crate) clock_set: u64,
    pub(crate) ticks_planned: u64,
    pub(crate) disk: Disk,
    /// What is written, synced or not.
    pub(crate) log: Log,
    pub(crate) hard: HardLine,
    pub(crate) role: Role,
    pub(crate) term: u64,
    pub(crate) leader: NodeId,
    pub(crate) commit: u64,
    pub(crate) applied: u64,
    pub(crate) machine: Machine,
    /// Messages that wait for a write to be durable.
    pub(crate) held: VecDeque<(u64, Vec<Value>)>,
    /// The write up to which a sync is going on.
    pub(crate) syncing: Option<u64>,
    pub(crate) proposals: BTreeMap<u64, Proposal>,
    pub(crate) reads: BTreeMap<String, Reading>,
}

impl Member {
    pub(crate) fn new(id: NodeId, begin: Arc<Snapshot>) -> Self {
        let disk = Disk::new(begin);
        Self {
            id,
            power: Power::Off,
            paused: false,
            life: 0,
            clock: Clock::default(),
            told_us: 0,
            clock_set: 0,
            ticks_planned: 0,
            log: disk.log.clone(),
            disk,
            hard: HardLine::default(),
            role: Role::Follower,
            term: 0,
            leader: 0,
            commit: 0,
            applied: 0,
            machine: Machine::new(DIM),
            held: VecDeque::new(),
            syncing: None,
            proposals: BTreeMap::new(),
            reads: BTreeMap::new(),
        }
    }

    /// Whether it runs and is not paused.
    pub(crate) fn active(&self) -> bool {
        self.power == Power::On && !self.paused
    }

    pub(crate) fn leads(&self) -> bool {
        self.power == Power::On && self.role == Role::Leader
    }

    /// Whether it holds an entry durably.
    pub(crate) fn holds(&self, index: u64, term: u64) -> bool {
        let holds = |log: &Log| index < log.first() || log.term(index) == Some(term);
        holds(&self.disk.log) && (self.power != Power::On || holds(&self.log))
    }

    /// The last place at which what is written is durable: index and term.
    pub(crate) fn durable(&self) -> (u64, u64) {
        let mut at = self.disk.log.last().0.min(self.log.last().0);
        while at >= self.log.first() && self.log.term(at) != self.disk.log.term(at) {
            at -= 1;
        }
        (at, self.log.term(at).unwrap_or(0))
    }

    /// Power fails: only the disk stays.
    pub(crate) fn lose_power(&mut self, torn_bytes: u64) {
        self.disk.crash(torn_bytes);
        self.log = self.disk.log.clone();
        self.hard = self.disk.hard;
        self.power = Power::Off;
        self.paused = false;
        self.life += 1;
        self.role = Role::Follower;
        self.leader = 0;
        self.held.clear();
        self.syncing = None;
        self.proposals.clear();
        self.reads.clear();
    }
}
