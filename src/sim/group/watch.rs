//! The checkers look on: what members do is shown to them as it happens, and what breaks is kept with who did it.
//!
//! A node's clock is its ticks. Promises: watching changes nothing; an invariant breaks once. Leaves
//! out: the statements themselves ([`super::super::checkers`]), but for one: a read that was made sure of has to see
//! whatever was known to be committed anywhere when it began.

use super::super::checkers::Checkers;
use super::super::client::Ranges;
use super::super::member::{Member, Rebuild, Turn};
use super::{Group, Node};
use crate::raft::{Body, EntryKind, Log, Message, Note, majority};
use crate::types::{Map, NodeId, Set};

/// A leader has so many election timeouts to hear a majority. The check itself takes up to two (thesis 6.2).
const QUORUM_TIMEOUTS: u64 = 3;

/// What broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The invariant's name.
    pub invariant: &'static str,
    /// Whose deeds broke it.
    pub nodes: Vec<NodeId>,
    /// What happened.
    pub detail: String,
}

/// A read that is under way.
#[derive(Clone, Copy, Debug)]
struct Reading {
    node: NodeId,
    number: u64,
    /// What was known to be committed somewhere when it began.
    floor: u64,
}

/// The checkers, and what they found.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    checkers: Checkers,
    violations: Vec<Violation>,
    /// Who has led a term.
    leaders: Map<u64, Set<NodeId>>,
    /// The last index that any node knew to be committed.
    committed: u64,
    readings: Vec<Reading>,
    /// Whose disks were damaged and are not whole again.
    damaged: Set<NodeId>,
    stale_read: bool,
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            checkers: Checkers::new(Ranges::default()),
            violations: Vec::new(),
            leaders: Map::new(),
            committed: 0,
            readings: Vec::new(),
            damaged: Set::new(),
            stale_read: false,
        }
    }
}

impl Watch {
    pub(super) fn violations(&self) -> &[Violation] {
        &self.violations
    }

    pub(super) fn excused(&self) -> Option<&str> {
        self.checkers.excused()
    }

    /// Keeps what broke while this node did something in this term.
    fn gather(&mut self, node: NodeId, term: u64) {
        for (invariant, detail) in self.checkers.take_broken() {
            let mut nodes = vec![node];
            if invariant == "election_safety"
                && let Some(leaders) = self.leaders.get(&term)
            {
                nodes = leaders.iter().copied().collect();
            }
            self.violations.push(Violation { invariant, nodes, detail });
        }
    }

    /// A node has sent something, perhaps over a link that is cut.
    pub(super) fn sent(&mut self, message: &Message) {
        let vote = match message.body {
            Body::Vote { pre: true, .. } | Body::VoteResp { pre: true, .. } => return,
            // These promise nothing, and leave before anything is durable.
            Body::HeartbeatResp { .. } | Body::ReadIndex { .. } | Body::Recover { .. } => return,
            Body::Vote { .. } => Some(message.from),
            Body::VoteResp { granted: true, .. } => Some(message.to),
            _ => None,
        };
        self.checkers.sent(message.from, message.term, vote);
        self.gather(message.from, message.term);
    }

    /// A node starts with what its log gave back.
    pub(super) fn starts(&mut self, id: NodeId, member: &Member, rebuild: &Rebuild) {
        let (log, hard) = (&rebuild.log, rebuild.hard);
        let restarts = member.life > 0;
        if !restarts && hard.commit > 0 {
            // What it was told to hold already; that a majority does is taken on trust.
            let commit = hard.commit.min(log.last().0);
            self.checkers.committed(id, hard.term, commit, log, None, |_, _| true);
            self.committed = self.committed.max(commit);
        }
        if rebuild.impaired {
            self.checkers.restarted_damaged(id);
            self.checkers.replayed(id, log, None);
        } else {
            self.damaged.remove(&id);
            self.checkers.replayed(id, log, restarts.then_some(member.synced));
            let synced = if restarts { member.synced_hard } else { hard };
            self.checkers.restarted(id, hard, synced, log);
        }
        for index in log.first()..=log.last().0 {
            if let Some(entry) = log.get(index) {
                self.checkers.wrote(id, index, entry, log.term(index - 1).unwrap_or(0));
            }
        }
        self.gather(id, hard.term);
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

    /// A read was confirmed at an index, or not begun after all.
    pub(super) fn read_ends(&mut self, node: NodeId, number: u64, index: Option<u64>) {
        let its = |reading: &Reading| reading.node == node && reading.number == number;
        let at = match index {
            Some(_) => self.readings.iter().position(its),
            None => self.readings.iter().rposition(its),
        };
        let Some(Reading { floor, .. }) = at.map(|at| self.readings.remove(at)) else { return };
        if let Some(index) = index.filter(|index| *index < floor)
            && !self.stale_read
            && self.checkers.excused().is_none()
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

    fn leads(&mut self, id: NodeId, term: u64) {
        self.leaders.get_or_insert(term, Set::new).insert(id);
        self.checkers.leads(id, term);
    }

    /// What was written and is led.
    fn wrote(&mut self, id: NodeId, turn: &Turn, member: &Member) {
        let Some(raft) = member.raft() else { return };
        if let Some((prev, before, entries)) = &turn.wrote {
            let mut before = *before;
            let mut conf = false;
            for (index, entry) in (prev + 1..).zip(entries) {
                self.checkers.wrote(id, index, entry, before);
                before = entry.term;
                conf |= entry.kind == EntryKind::Conf;
            }
            if raft.leads() {
                self.checkers.leader_appended(id, conf, raft.log(), raft.applied());
            }
        }
        if raft.leads() {
            self.leads(id, raft.term());
        }
    }
}

impl Group {
    /// Shows the checkers what a member did.
    pub(super) fn watch(&mut self, id: NodeId, turn: &Turn) {
        let Self { nodes, watch, .. } = self;
        let Some(node) = nodes.get(&id) else { return };
        let Some(raft) = node.member.raft() else { return };
        let now = raft.ticks();
        watch.wrote(id, turn, &node.member);
        for note in &turn.notes {
            match note {
                Note::BecameLeader { term, .. } => {
                    watch.leaders.get_or_insert(*term, Set::new).insert(id);
                    watch.checkers.elected(now, id, *term, raft.log());
                }
                Note::Committed { index, .. } => {
                    watch.committed = watch.committed.max(*index);
                    let Watch { checkers, damaged, .. } = &mut *watch;
                    let confs = raft.leads().then(|| [raft.conf_at(turn.counted), raft.conf()]);
                    // A copy that was destroyed is its disk's fault, and counted elsewhere.
                    checkers.committed(id, raft.term(), *index, raft.log(), confs, |voter, term| {
                        let holds = |node: &Node| holds(&node.member, *index, term);
                        damaged.contains(&voter) || nodes.get(&voter).is_some_and(holds)
                    });
                }
                Note::Truncated { from, .. } if raft.leads() => watch.checkers.leader_truncated(id, *from),
                Note::ConfChanged { .. } => watch.checkers.starts_to_listen(id, now),
                Note::RepairEnded { .. } => {
                    watch.damaged.remove(&id);
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

    /// Whether a leader still has a reason to believe in itself.
    pub(super) fn look_at_leader(&mut self, id: NodeId) {
        let Self { nodes, watch, setup, .. } = self;
        let Some(node) = nodes.get(&id) else { return };
        if let Some(raft) = node.member.raft().filter(|raft| raft.leads())
            && setup.check_quorum
        {
            let limit = QUORUM_TIMEOUTS.saturating_mul(setup.election_ticks);
            watch.checkers.still_leads(id, raft.ticks(), raft.conf(), limit);
            watch.gather(id, raft.term());
        }
    }

    /// Something that was durable on a node is gone. Where fewer than a majority are whole, nothing can be promised.
    pub(super) fn destroyed(&mut self, id: NodeId) {
        let Self { nodes, watch, setup, .. } = self;
        watch.damaged.insert(id);
        let rafts = nodes.values().filter_map(|node| node.member.raft());
        let conf = rafts.max_by_key(|raft| raft.commit()).map_or(&setup.conf, |raft| raft.conf());
        let voters = conf.electorate();
        let whole = voters.iter().filter(|id| !watch.damaged.contains(id)).count();
        if whole < majority(voters.len()) {
            watch.checkers.excuse(&format!("only {whole} of {} voters' disks are whole", voters.len()));
        }
    }
}

/// Whether an entry is durable on a member's disk, power or not; counting synced bytes only.
fn holds(member: &Member, index: u64, term: u64) -> bool {
    let holds = |log: &Log| index < log.first() || log.term(index) == Some(term);
    match member.raft() {
        Some(raft) => member.synced >= index && holds(raft.log()),
        None => holds(&member.on_disk),
    }
}
