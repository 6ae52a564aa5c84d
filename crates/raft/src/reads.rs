//! Reads that see everything acknowledged before they began: read index and leases (thesis 6.4).
//!
//! A leader notes its commit index, and serves the read once a majority has answered a heartbeat of a round that began
//! later: this proves that no other leader had been elected when the index was noted. A lease avoids the round: as long
//! as a majority answered a round that began less than an election timeout ago, by the leader's own clock, no other
//! node can have been elected, because those nodes refuse their votes (thesis 6.4.1). A lease trusts clocks: it ends a
//! tenth earlier than it could, and a clock with a greater error breaks it.
//!
//! The lease depends on a promise of each node in that majority: not to help elect another node until an election
//! timeout has passed by its own clock. The node keeps the promise by refusing its vote while it hears a leader. But a
//! node that stands early, because a person requested it or because its timeout was set short, votes for itself; and
//! one that learned of a later term no longer follows a leader, and votes. So a promise is remembered by its time
//! (`Raft::promise_left`), every vote contains the remaining time, and a leader *commits nothing until the longest of
//! these is over*: an old leader may then still serve reads, but nothing new was acknowledged that they could miss.
//! (Gray and Cheriton, “Leases”, SOSP 1989, let a write wait for a lease in the same way.) Elections, votes and terms
//! are otherwise unchanged, and a node that stands because its timeout has passed waits for nothing. A transfer waits
//! for nothing either, because a leader that transfers leadership no longer has a lease.
//!
//! Guarantees: with all rules on and clocks within that tenth, no read misses a write that was acknowledged before it
//! began. Leaves out: waiting until the index is applied, which is the caller's task; a node that restarts and whose
//! caller does not request a waiting time ([`Raft::wait_out_lease`]).

use super::core::{Leader, PendingRead, Raft, ReadState, Role};
use super::message::Body;
use super::refused::Refused;
use super::rules::Rule;
use quorum_types::NodeId;

/// The number of rounds whose beginnings a leader remembers.
const ROUNDS: usize = 64;

/// How a read is confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadMode {
    /// A majority confirms the leader.
    Index,
    /// The lease confirms it, if there is one.
    Lease,
}

impl Leader {
    pub(super) fn begin_round(&mut self, now: u64) {
        self.round += 1;
        if self.rounds.len() == ROUNDS {
            self.rounds.remove(0);
        }
        self.rounds.push((self.round, now));
    }
}

impl Raft {
    /// Begins a read. It ends in [`super::Ready::reads`] under the same number, unless leadership is lost. A follower
    /// asks the leader that it knows of.
    pub fn read(&mut self, context: u64, mode: ReadMode) -> Result<(), Refused> {
        if !self.leads() {
            let leader = self.leader.ok_or(Refused::NotLeader)?;
            self.send(leader, Body::ReadIndex { context });
            return Ok(());
        }
        if mode == ReadMode::Lease && self.holds_lease() && self.committed_in_current_term() {
            let index = self.commit;
            self.ready.reads.push(ReadState { context, index });
            return Ok(());
        }
        self.read_index(self.config.id, context);
        Ok(())
    }

    pub(super) fn on_read_index(&mut self, from: NodeId, context: u64) {
        if self.leads() {
            self.read_index(from, context);
        }
    }

    fn read_index(&mut self, from: NodeId, context: u64) {
        if !self.committed_in_current_term() {
            if let Role::Leader(leader) = &mut self.role {
                leader.pending_read_requests.push((from, context));
            }
            return;
        }
        let index = self.commit;
        if !self.config.rules.on(Rule::ReadIndexQuorum) {
            self.serve(from, context, index);
            return;
        }
        self.broadcast_heartbeat();
        let Role::Leader(leader) = &mut self.role else { return };
        let round = leader.round;
        leader.reads.push(PendingRead { from, context, index, round });
        self.confirm_reads();
    }

    /// Whether an entry of this term is committed: before that, the commit index may lag behind acknowledged entries.
    fn committed_in_current_term(&self) -> bool {
        self.log.term(self.commit) == Some(self.hard.term) || !self.config.rules.on(Rule::ReadAfterOwnCommit)
    }

    pub(super) fn serve_early_reads(&mut self) {
        let Role::Leader(leader) = &self.role else { return };
        if leader.pending_read_requests.is_empty() || !self.committed_in_current_term() {
            return;
        }
        let Role::Leader(leader) = &mut self.role else { return };
        for (from, context) in std::mem::take(&mut leader.pending_read_requests) {
            self.read_index(from, context);
        }
    }

    /// Serves the reads whose round a majority has answered.
    pub(super) fn confirm_reads(&mut self) {
        let Role::Leader(leader) = &self.role else { return };
        if leader.reads.is_empty() {
            return;
        }
        let round = self.answered_round();
        let Role::Leader(leader) = &mut self.role else { return };
        let ready = leader.reads.partition_point(|read| read.round <= round);
        let ready: Vec<PendingRead> = leader.reads.drain(..ready).collect();
        for read in ready {
            self.serve(read.from, read.context, read.index);
        }
    }

    /// The latest round that a majority has answered.
    fn answered_round(&self) -> u64 {
        let Role::Leader(leader) = &self.role else { return 0 };
        let id = self.config.id;
        let of = |other: NodeId| match leader.followers.get(&other) {
            _ if other == id => leader.round,
            Some(progress) => progress.round,
            None => 0,
        };
        self.conf.committed_index(of, self.strict()).min(leader.round)
    }

    fn serve(&mut self, from: NodeId, context: u64, index: u64) {
        if from == self.config.id {
            self.ready.reads.push(ReadState { context, index });
        } else {
            self.send(from, Body::ReadIndexResp { context, index });
        }
    }

    /// Whether a node that elected this one, itself included, is still bound by a promise to an earlier leader.
    pub fn elected_early(&self) -> bool {
        self.now < self.holds_until
    }

    /// Whether it must not commit anything at present.
    pub(super) fn waits_for_lease(&self) -> bool {
        self.config.waits_for_leases && self.elected_early()
    }

    /// Voids its lease for the rest of this term: another node was elected in spite of it.
    pub fn void_lease(&mut self) {
        if let Role::Leader(leader) = &mut self.role {
            leader.lease_void = true;
        }
    }

    /// Whether no other node can have been elected, by this node's clock.
    pub fn holds_lease(&self) -> bool {
        let Role::Leader(leader) = &self.role else { return false };
        if !self.config.check_quorum || leader.lease_void {
            return false;
        }
        !self.config.rules.on(Rule::LeaseBounded) || self.lease_left().is_some_and(|left| left > 0)
    }

    /// For how many ticks its lease lasts, by this node's clock; none if it has none to begin with.
    pub fn lease_left(&self) -> Option<u64> {
        let Role::Leader(leader) = &self.role else { return None };
        if !self.config.check_quorum || leader.lease_void {
            return None;
        }
        let answered = self.answered_round();
        let began = leader.rounds.iter().find(|(round, _)| *round == answered).map(|(_, began)| *began);
        let base = self.config.election_ticks;
        let lease_ticks = (base - base.div_ceil(10)).max(1);
        assert!(lease_ticks <= base.max(1), "a lease is never longer than the promises that it depends on");
        began.map(|began| (began + lease_ticks).saturating_sub(self.now))
    }

    /// The reads that wait at a leader: for a majority to confirm it, and for an entry of its term to be committed.
    pub fn waiting_reads(&self) -> (usize, usize) {
        match &self.role {
            Role::Leader(leader) => (leader.reads.len(), leader.pending_read_requests.len()),
            _ => (0, 0),
        }
    }
}
