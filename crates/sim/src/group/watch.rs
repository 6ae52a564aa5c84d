//! Shows the checkers what members do, and records each violation with the node that caused it.
//!
//! A node's clock is its ticks. Guarantees: watching changes nothing; an invariant is reported as violated once. Leaves
//! out: the invariants themselves ([`super::super::checkers`]), except for one: a confirmed read has to see everything
//! that any node knew to be committed when the read began.

use super::super::checkers::Checkers;
use super::super::observers::QUORUM_TIMEOUTS;
use super::super::replica::{Rebuild, Replica, Turn};
use super::{Group, Node};
use quorum_raft::{Message, Note};
use quorum_types::NodeId;
use std::collections::{BTreeMap, BTreeSet};

/// A violation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The invariant's name.
    pub invariant: &'static str,
    /// The node whose actions caused it.
    pub nodes: Vec<NodeId>,
    /// A description of what happened.
    pub detail: String,
}

/// A read in progress.
#[derive(Clone, Copy, Debug)]
struct Reading {
    node: NodeId,
    number: u64,
    /// The highest index that any node knew to be committed when the read began.
    floor: u64,
}

/// The checkers, and their findings.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    checkers: Checkers,
    violations: Vec<Violation>,
    /// The nodes that have led, by term.
    leaders: BTreeMap<u64, BTreeSet<NodeId>>,
    /// The last index that any node knew to be committed.
    committed: u64,
    readings: Vec<Reading>,
    /// The nodes whose disks were damaged and that have not recovered yet.
    damaged: BTreeSet<NodeId>,
    stale_read: bool,
}

impl Watch {
    pub(super) fn violations(&self) -> &[Violation] {
        &self.violations
    }

    pub(super) fn excused(&self) -> Option<&str> {
        self.checkers.invariants.excused()
    }

    /// Records the violations that this node caused in this term.
    fn gather(&mut self, node: NodeId, term: u64) {
        for (invariant, detail) in self.checkers.invariants.take_broken() {
            let mut nodes = vec![node];
            if invariant == "election_safety"
                && let Some(leaders) = self.leaders.get(&term)
            {
                nodes = leaders.iter().copied().collect();
            }
            self.violations.push(Violation { invariant, nodes, detail });
        }
    }

    /// A node has sent a message, perhaps over a link that is cut.
    pub(super) fn sent(&mut self, message: &Message) {
        self.checkers.says(message);
        self.gather(message.from, message.term);
    }

    /// A node starts with the state recovered from its log.
    pub(super) fn starts(&mut self, id: NodeId, member: &Replica, rebuild: &Rebuild) {
        if member.life == 0 {
            // What it is known to hold already; that a majority holds it is assumed.
            self.committed = self.committed.max(rebuild.hard.commit.min(rebuild.log.last().0));
        }
        if !rebuild.impaired {
            self.damaged.remove(&id);
        }
        self.checkers.starts(member, rebuild);
        self.gather(id, rebuild.hard.term);
    }

    pub(super) fn heard(&mut self, id: NodeId, from: NodeId, ticks: u64) {
        self.checkers.heard(id, from, ticks);
    }

    pub(super) fn listens(&mut self, id: NodeId, ticks: u64) {
        self.checkers.starts_to_listen(id, ticks);
    }

    // --- reads

    pub(super) fn read_begins(&mut self, node: NodeId, number: u64) {
        self.readings.push(Reading { node, number, floor: self.committed });
    }

    /// A read was confirmed at an index, or was not begun after all.
    pub(super) fn read_ends(&mut self, node: NodeId, number: u64, index: Option<u64>) {
        let its = |reading: &Reading| reading.node == node && reading.number == number;
        let at = match index {
            Some(_) => self.readings.iter().position(its),
            None => self.readings.iter().rposition(its),
        };
        let Some(Reading { floor, .. }) = at.map(|at| self.readings.remove(at)) else { return };
        if let Some(index) = index.filter(|index| *index < floor)
            && !self.stale_read
            && self.checkers.invariants.excused().is_none()
        {
            self.stale_read = true;
            let detail =
                format!("node {node} serves a read at index {index}, {floor} was committed before it began");
            self.violations.push(Violation { invariant: "linearizable", nodes: vec![node], detail });
        }
    }

    pub(super) fn forget_reads(&mut self, node: NodeId) {
        self.readings.retain(|reading| reading.node != node);
    }
}

impl Group {
    /// Shows the checkers what a member did.
    pub(super) fn watch(&mut self, id: NodeId, turn: &Turn) {
        let Self { nodes, watch, .. } = self;
        let Some(node) = nodes.get(&id) else { return };
        let Some(raft) = node.member.raft() else { return };
        let now = raft.ticks();
        let Watch { checkers, leaders, committed, damaged, .. } = &mut *watch;
        checkers.acts(&node.member, turn);
        if raft.leads() {
            leaders.entry(raft.term()).or_default().insert(id);
        }
        for note in &turn.notes {
            checkers.notes(&node.member, note, turn.counted, |voter, index, term| {
                let holds = |node: &Node| node.member.holds(index, term);
                // If a copy was destroyed, that is its disk's fault and is recorded elsewhere.
                damaged.contains(&voter) || nodes.get(&voter).is_some_and(holds)
            });
            match note {
                Note::BecameLeader { term, .. } => {
                    leaders.entry(*term).or_default().insert(id);
                }
                Note::Committed { index, .. } => *committed = (*committed).max(*index),
                Note::ConfChanged { .. } => checkers.starts_to_listen(id, now),
                Note::RepairEnded { .. } => {
                    damaged.remove(&id);
                }
                _ => {}
            }
        }
        for apply in &turn.applied {
            watch.checkers.applied(id, apply.index, &apply.entry, None, apply.state);
        }
        watch.gather(id, raft.term());
        for read in &turn.reads {
            watch.read_ends(id, read.context, Some(read.index));
        }
    }

    /// Whether a leader still has reason to consider itself the leader.
    pub(super) fn look_at_leader(&mut self, id: NodeId) {
        let Self { nodes, watch, setup, .. } = self;
        let Some(node) = nodes.get(&id) else { return };
        if setup.check_quorum
            && let Some(raft) = node.member.raft()
        {
            watch
                .checkers
                .looks_at_leader(&node.member, QUORUM_TIMEOUTS.saturating_mul(setup.election_ticks));
            watch.gather(id, raft.term());
        }
    }

    /// Durable data was destroyed. If fewer than a majority are intact, nothing can be guaranteed.
    pub(super) fn destroyed(&mut self, id: NodeId) {
        let Self { nodes, watch, setup, .. } = self;
        watch.damaged.insert(id);
        let rafts = nodes.values().filter_map(|node| node.member.raft());
        let conf = rafts.max_by_key(|raft| raft.commit()).map_or(&setup.conf, |raft| raft.conf());
        let Watch { checkers, damaged, .. } = watch;
        checkers.destroyed(conf, |id| !damaged.contains(&id));
    }
}
