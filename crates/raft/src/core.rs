//! The state of one node, the calls that drive it, and where each message goes.
//!
//! The crate's text specifies the rules. Guarantees: nothing happens except in answer to a call; the same calls give
//! the same results; no message causes a panic; all state can be serialised, and behaves the same after it was read
//! back. Leaves out: everything outside a single node.

use litemap::LiteMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::conf::Conf;
use super::impaired::Repair;
use super::log::{Entry, EntryKind, HardState, Log, Snapshot};
use super::message::{Body, Message};
use super::progress::Progress;
use super::rules::{Rule, Rules};
use quorum_types::{NodeId, Rng};

/// No term, index or round of a real group comes near this. Larger values are made up, and could overflow.
pub(super) const MAX_NUMBER: u64 = 1 << 60;

/// The configuration of a node at its start.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Config {
    /// The node's number.
    pub id: NodeId,
    /// The base of the election timeout; each timeout is drawn from one to two times this, the latter excluded.
    pub election_ticks: u64,
    /// The interval between a leader's heartbeats.
    pub heartbeat_ticks: u64,
    /// The maximum number of entries in one append.
    pub max_entries: usize,
    /// The maximum number of unanswered appends per follower.
    pub max_inflight: usize,
    /// The maximum number of bytes of uncommitted proposals; 0 for no limit.
    pub max_uncommitted_bytes: u64,
    /// The maximum number of bytes of an entry's data or a snapshot's, as the caller's disk can hold them; 0 for no
    /// limit. A longer proposal is refused, and a message with longer data is ignored.
    pub max_data_bytes: u64,
    /// Whether a candidate first asks whether it would be elected (thesis 9.6).
    pub pre_vote: bool,
    /// Whether a leader that does not hear from a majority steps down, and followers of a live leader do not vote
    /// (thesis 6.2, 4.2.3).
    pub check_quorum: bool,
    /// Whether a leader that was elected while an earlier one may hold a lease delays its commits until that lease is
    /// over. Without it, the caller must void the lease instead ([`Raft::elected_early`]).
    pub waits_for_leases: bool,
    /// The rules that are on.
    pub rules: Rules,
}

impl Config {
    /// Whether the caller's disk can hold data of this length.
    pub(super) fn fits(&self, bytes: usize) -> bool {
        self.max_data_bytes == 0 || bytes as u64 <= self.max_data_bytes
    }

    /// Whether it can hold a snapshot with this configuration and this data.
    pub(super) fn snapshot_fits(&self, conf: &Conf, data: &[u8]) -> bool {
        let Conf { voters, outgoing, learners, learners_next } = conf;
        let ids = voters.len() + outgoing.len() + learners.len() + learners_next.len();
        self.fits(data.len() + ids * size_of::<NodeId>())
    }
}

/// The state recovered from a node's disk.
#[derive(Clone, Debug, Default)]
pub struct Restored {
    /// Term, vote and commit index.
    pub hard: HardState,
    /// The log; the configuration of its snapshot is the one that the node starts from.
    pub log: Log,
    /// For a node that has lost part of its log or all of it: a number that distinguishes this recovery from earlier
    /// ones.
    pub impaired: Option<u64>,
}

/// A node's role.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Role {
    /// A follower.
    Follower,
    /// A pre-candidate: asks whether it would be elected.
    PreCandidate {
        /// The answers by voter, its own included.
        #[serde(with = "quorum_types::as_map")]
        votes: LiteMap<NodeId, bool>,
    },
    /// A candidate.
    Candidate {
        /// The answers by voter, its own included.
        #[serde(with = "quorum_types::as_map")]
        votes: LiteMap<NodeId, bool>,
    },
    /// A leader.
    Leader(Box<Leader>),
}

/// State that only a leader has.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Leader {
    /// What it knows of the other nodes.
    #[serde(with = "quorum_types::as_map")]
    pub followers: LiteMap<NodeId, Progress>,
    /// Bytes of uncommitted proposals.
    pub(super) uncommitted_bytes: u64,
    /// A configuration change may be proposed once this index is applied.
    pub(super) pending_conf: u64,
    /// The target of a leadership transfer, and when it began.
    pub(super) transfer: Option<(NodeId, u64)>,
    /// Whether its lease is void: it has made a node stand for election, or another node was elected in spite of it.
    pub(super) lease_void: bool,
    /// The latest round.
    pub(super) round: u64,
    /// The beginnings of the last rounds: round and tick, oldest first.
    pub(super) rounds: Vec<(u64, u64)>,
    /// Reads that wait for a round to be answered: requester, the read's number, its index, the round.
    pub(super) reads: Vec<PendingRead>,
    /// Reads that wait for an entry of this term to be committed.
    pub(super) pending_read_requests: Vec<(NodeId, u64)>,
}

/// A read that waits until its leader is confirmed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct PendingRead {
    pub(super) from: NodeId,
    pub(super) context: u64,
    pub(super) index: u64,
    pub(super) round: u64,
}

/// Work for the caller; see the crate's text for the order.
#[derive(Debug, Default)]
pub struct Ready {
    /// Term, vote and commit index, if term or vote changed.
    pub hard_state: Option<HardState>,
    /// The log was replaced by this snapshot.
    pub snapshot: Option<Arc<Snapshot>>,
    /// The log is cut after the index, and these entries follow.
    pub append: Option<(u64, Vec<Arc<Entry>>)>,
    /// Messages to send at once.
    pub messages: Vec<Message>,
    /// Messages to send when all of the above is durable.
    pub after_persist: Vec<Message>,
    /// Newly committed entries with their indexes, to be applied.
    pub committed: Vec<(u64, Arc<Entry>)>,
    /// Reads of this node that may be served once everything up to their index is applied.
    pub reads: Vec<ReadState>,
    /// What happened, for callers that report it.
    pub notes: Vec<Note>,
}

/// A read that may be served: its number, and the index up to which it has to see everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadState {
    /// The read's number.
    pub context: u64,
    /// The index up to which it has to see everything.
    pub index: u64,
}

/// An internal event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum Note {
    /// No leader was heard from for this many ticks.
    TimedOut { ticks: u64 },
    /// It asks whether it would be elected in a term.
    PreCampaigned { term: u64 },
    /// It stands for election.
    Campaigned { term: u64 },
    /// It granted its vote, or would.
    VoteGranted { candidate: NodeId, term: u64, pre: bool },
    /// It refused its vote.
    VoteRefused { candidate: NodeId, term: u64, pre: bool, why: NoVote },
    /// It won the election with this many votes.
    BecameLeader { term: u64, votes: usize },
    /// It became a follower again.
    SteppedDown { term: u64 },
    /// It led but did not hear from a majority.
    LostQuorum { term: u64 },
    /// It knows entries up to here to be committed.
    Committed { index: u64, term: u64 },
    /// Entries from here on were removed, the first of this term.
    Truncated { from: u64, term: u64 },
    /// A snapshot replaced its log.
    SnapshotInstalled { index: u64, term: u64 },
    /// A configuration change takes effect from here on.
    ConfChanged { index: u64, conf: Conf },
    /// It asks the others what it may have promised.
    RepairBegan,
    /// It has recovered everything up to this index.
    RepairEnded { index: u64 },
}

/// Why a vote was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoVote {
    /// The candidate's term is over.
    StaleTerm,
    /// The vote of this term has been given to another.
    AlreadyVoted,
    /// The candidate's log is less up to date.
    LogBehind,
    /// A leader was heard from recently.
    LeaderAlive,
    /// It may have forgotten a promise.
    Impaired,
}

/// A Raft node.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Raft {
    pub(super) config: Config,
    pub(super) rng: Rng,
    pub(super) hard: HardState,
    pub(super) log: Log,
    pub(super) conf: Conf,
    /// Configurations made by later changes, by the index from which they take effect.
    pub(super) confs: Vec<(u64, Conf)>,
    pub(super) commit: u64,
    /// The last index handed out to be applied.
    pub(super) applied: u64,
    /// The last index known to be durable here.
    pub(super) durable: u64,
    pub(super) role: Role,
    pub(super) leader: Option<NodeId>,
    /// The number of ticks so far.
    pub(super) now: u64,
    pub(super) elapsed: u64,
    pub(super) heartbeat_elapsed: u64,
    pub(super) timeout: u64,
    /// Until then a lease may depend on what this node answered before it was restarted.
    pub(super) quiet_until: u64,
    /// Until then a lease may depend on what this node has answered, regardless of its current leader.
    pub(super) promised_until: u64,
    /// Until then a lease may depend on what this node's voters answered, itself included.
    pub(super) holds_until: u64,
    pub(super) repair: Option<Repair>,
    pub(super) ready: Pending,
}

/// The contents of the next [`Ready`], as collected so far.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Pending {
    pub(super) hard_changed: bool,
    pub(super) snapshot: Option<Arc<Snapshot>>,
    /// The first index written since the last `Ready`.
    pub(super) written_from: Option<u64>,
    pub(super) messages: Vec<Message>,
    pub(super) after_persist: Vec<Message>,
    pub(super) reads: Vec<ReadState>,
    pub(super) notes: Vec<Note>,
}

impl Raft {
    /// Creates a node with the state recovered from its disk; a new node has a default state and an empty log after a
    /// snapshot of index 0 that contains its configuration.
    pub fn new(config: Config, rng: Rng, restored: Restored) -> Self {
        let Restored { hard, log, impaired } = restored;
        let (first, last) = (log.first(), log.last().0);
        let hard = hard.within(&log);
        let mut raft = Self {
            config,
            rng,
            conf: log.snapshot().conf.clone(),
            confs: Vec::new(),
            commit: hard.commit,
            hard,
            applied: first - 1,
            durable: last,
            log,
            role: Role::Follower,
            leader: None,
            now: 0,
            elapsed: 0,
            heartbeat_elapsed: 0,
            timeout: 0,
            quiet_until: 0,
            promised_until: 0,
            holds_until: 0,
            repair: None,
            ready: Pending::default(),
        };
        raft.reset_randomized_timeout();
        if let Some(nonce) = impaired {
            raft.begin_repair(nonce);
        }
        raft
    }

    // --- calls

    /// Advances time by this many ticks.
    pub fn tick(&mut self, ticks: u64) {
        self.now += ticks;
        self.elapsed += ticks;
        if matches!(self.role, Role::Leader(_)) {
            self.tick_leader(ticks);
        } else if let Some(left) = self.asks_in() {
            if left == 0 {
                self.ask_again();
            }
        } else if self.elapsed >= self.timeout && self.promotable() {
            self.ready.notes.push(Note::TimedOut { ticks: self.timeout });
            self.hup(false);
        }
    }

    fn tick_leader(&mut self, ticks: u64) {
        self.heartbeat_elapsed += ticks;
        if self.elapsed >= self.config.election_ticks {
            self.elapsed = 0;
            self.check_quorum();
            self.abort_late_transfer();
        }
        if matches!(self.role, Role::Leader(_)) && self.heartbeat_elapsed >= self.config.heartbeat_ticks {
            self.heartbeat_elapsed = 0;
            self.broadcast_heartbeat();
        }
        if self.holds_until > 0 && !self.elected_early() {
            self.holds_until = 0;
            if self.advance_commit() {
                self.broadcast_append(true);
            }
        }
    }

    /// The number of ticks until the node next acts by itself.
    pub fn ticks_left(&self) -> u64 {
        if matches!(self.role, Role::Leader(_)) {
            let beat = self.config.heartbeat_ticks.saturating_sub(self.heartbeat_elapsed);
            let held = if self.waits_for_lease() { self.holds_until - self.now } else { u64::MAX };
            beat.min(self.config.election_ticks.saturating_sub(self.elapsed)).min(held)
        } else if let Some(left) = self.asks_in() {
            left
        } else if self.promotable() {
            self.timeout.saturating_sub(self.elapsed)
        } else {
            // It never does, until a message makes it a voter.
            self.timeout
        }
    }

    /// The current election timeout, until the next one is drawn.
    pub fn set_timeout(&mut self, ticks: u64) {
        self.timeout = ticks.max(1);
    }

    /// The next `count` timeouts that would be drawn.
    pub fn timeouts(&self, count: usize) -> Vec<u64> {
        let mut raft = self.clone();
        let mut next = || {
            raft.reset_randomized_timeout();
            raft.timeout
        };
        std::iter::repeat_with(&mut next).take(count).collect()
    }

    /// Sets the rules.
    pub fn set_rules(&mut self, rules: Rules) {
        self.config.rules = rules;
    }

    /// Sets whether it asks before it becomes a candidate; an election in progress goes on as it began.
    pub fn set_pre_vote(&mut self, on: bool) {
        self.config.pre_vote = on;
    }

    /// The log up to this index, whose entry has this term, is durable here.
    pub fn persisted(&mut self, index: u64, term: u64) {
        if index > self.durable && self.log.term(index) == Some(term) {
            self.durable = index;
            if matches!(self.role, Role::Leader(_)) {
                if self.advance_commit() {
                    self.broadcast_append(true);
                }
            } else if self.repair.is_some() {
                self.check_repaired();
            }
        }
    }

    /// Processes a received message.
    pub fn step(&mut self, message: Message) {
        // The only message that a node receives from itself is a vote that it waited for.
        let own = message.from == self.config.id && !matches!(message.body, Body::VoteResp { .. });
        if message.to != self.config.id || own || message.term > MAX_NUMBER {
            return;
        }
        if message.term > self.hard.term && !self.step_higher_term(&message) {
            return;
        }
        if message.term < self.hard.term && !self.step_lower_term(&message) {
            return;
        }
        let Message { from, term, body, .. } = message;
        match body {
            Body::Vote { last, pre, transfer } => self.on_vote(from, term, last, pre, transfer),
            Body::VoteResp { granted, pre, commit, promise } => {
                self.on_vote_resp(from, granted, pre, commit, promise);
            }
            Body::Append { prev, entries, commit, round } => {
                self.on_append(from, prev, entries, commit, round);
            }
            Body::AppendResp { index, hint, round } => self.on_append_resp(from, index, hint, round, round),
            Body::Heartbeat { commit, round } => self.on_heartbeat(from, commit, round),
            Body::HeartbeatResp { round } => self.on_heartbeat_resp(from, round),
            Body::Snapshot { snapshot, round } => self.on_snapshot(from, snapshot, round),
            // It confirms no reads: a follower that receives a snapshot answers heartbeats as well.
            Body::SnapshotResp { index, round } => self.on_append_resp(from, index, None, 0, round),
            Body::TimeoutNow => self.on_timeout_now(),
            Body::ReadIndex { context } => self.on_read_index(from, context),
            Body::ReadIndexResp { context, index } => self.ready.reads.push(ReadState { context, index }),
            Body::Propose { data } => self.on_propose(from, data),
            Body::ProposeResp { .. } => {}
            Body::Recover { nonce } => self.on_recover(from, nonce),
            Body::RecoverResp { nonce, leads_to, known } => {
                self.on_recover_resp(from, term, nonce, leads_to, known);
            }
        }
    }

    /// Handles a message of a higher term, and joins that term where required. Returns whether to continue with the
    /// message.
    fn step_higher_term(&mut self, message: &Message) -> bool {
        let leader = match message.body {
            Body::Vote { transfer, pre, .. } => {
                if !transfer && self.in_lease() {
                    let why = NoVote::LeaderAlive;
                    let (candidate, term) = (message.from, message.term);
                    self.ready.notes.push(Note::VoteRefused { candidate, term, pre, why });
                    return false;
                }
                if pre {
                    return true;
                }
                None
            }
            Body::VoteResp { pre: true, granted: true, .. } => return true,
            // A node that asks for repair does not impose its term; neither does one that answers it.
            Body::Recover { .. } | Body::RecoverResp { .. } => return true,
            Body::Append { .. } | Body::Heartbeat { .. } | Body::Snapshot { .. } => Some(message.from),
            _ => None,
        };
        if !self.config.rules.on(Rule::StepDownOnHigherTerm) && matches!(self.role, Role::Leader(_)) {
            // The rule is off: it adopts the term and continues to lead.
            self.enter_term(message.term, None);
            return true;
        }
        self.become_follower(message.term, leader);
        true
    }

    /// Handles a message of a lower term, and notifies its sender. Returns whether to continue with the message.
    fn step_lower_term(&mut self, message: &Message) -> bool {
        let answer = match message.body {
            Body::Append { .. } | Body::Heartbeat { .. } | Body::Snapshot { .. }
                if !self.config.rules.on(Rule::FenceDeposedLeader) =>
            {
                return !matches!(self.role, Role::Leader(_));
            }
            Body::Append { prev, round, .. } => Body::AppendResp { index: prev.0, hint: Some((0, 0)), round },
            Body::Heartbeat { round, .. } => Body::HeartbeatResp { round },
            Body::Snapshot { ref snapshot, .. } => {
                Body::AppendResp { index: snapshot.index, hint: Some((0, 0)), round: 0 }
            }
            Body::Vote { pre, .. } => {
                let (candidate, term, why) = (message.from, message.term, NoVote::StaleTerm);
                self.ready.notes.push(Note::VoteRefused { candidate, term, pre, why });
                self.vote_resp(false, pre, 0)
            }
            Body::Recover { .. } | Body::RecoverResp { .. } => return true,
            _ => return false,
        };
        self.answer(message.from, answer);
        false
    }

    /// Whether a leader was heard from so recently that no other node should be elected.
    fn in_lease(&self) -> bool {
        let heard = self.leader.is_some() && self.elapsed < self.config.election_ticks;
        self.config.check_quorum && (heard || self.now < self.quiet_until)
    }

    /// For how many ticks it still keeps its promise to a leader to help no other. This does not depend on which node
    /// leads or stands by now: a promise lasts for the time for which it was given.
    pub fn promise_left(&self) -> u64 {
        let until = self.promised_until.max(self.quiet_until);
        let left = until.saturating_sub(self.now);
        assert!(left <= self.config.election_ticks, "a promise lasts one election timeout at most");
        if self.config.check_quorum { left } else { 0 }
    }

    /// With check-quorum, gives no vote until an election timeout has passed. Called after a restart, because a leader
    /// that was heard from before it may still rely on its lease. (etcd does not wait.)
    pub fn wait_out_lease(&mut self) {
        self.quiet_until = self.now + self.config.election_ticks;
    }

    /// Whether there is work since the last call of [`Raft::take_ready`]; otherwise that returns nothing.
    #[inline]
    pub fn has_ready(&self) -> bool {
        self.check_invariants();
        let pending = &self.ready;
        self.applied < self.commit
            || pending.hard_changed
            || pending.written_from.is_some()
            || pending.snapshot.is_some()
            || !(pending.messages.is_empty() && pending.after_persist.is_empty())
            || !(pending.reads.is_empty() && pending.notes.is_empty())
    }

    /// Takes back an emptied list of messages, so that the next ones need no new memory.
    pub fn reuse(&mut self, list: Vec<Message>) {
        if !list.is_empty() {
            return;
        }
        let pending = &mut self.ready;
        let unused = |list: &Vec<Message>| list.capacity() == 0;
        if unused(&pending.messages) {
            pending.messages = list;
        } else if unused(&pending.after_persist) {
            pending.after_persist = list;
        }
    }

    /// Takes the work since the last call.
    pub fn take_ready(&mut self) -> Ready {
        let mut committed = Vec::new();
        while self.applied < self.commit {
            let index = self.applied + 1;
            let Some(entry) = self.log.get(index).cloned() else { break };
            self.applied = index;
            if entry.kind == EntryKind::Conf {
                self.apply_conf(index, &entry);
            }
            committed.push((index, entry));
        }
        self.check_invariants();
        let pending = std::mem::take(&mut self.ready);
        if pending.hard_changed {
            self.hard.commit = self.commit;
        }
        Ready {
            hard_state: pending.hard_changed.then_some(self.hard),
            snapshot: pending.snapshot,
            append: pending.written_from.map(|first| (first - 1, self.log.slice(first, usize::MAX))),
            messages: pending.messages,
            after_persist: pending.after_persist,
            committed,
            reads: pending.reads,
            notes: pending.notes,
        }
    }

    // --- helpers shared by all parts

    /// Becomes a follower in `term`, of `leader` if it is known.
    pub(super) fn become_follower(&mut self, term: u64, leader: Option<NodeId>) {
        if term > self.hard.term {
            self.enter_term(term, None);
            self.reset_randomized_timeout();
        }
        if !matches!(self.role, Role::Follower) {
            self.role = Role::Follower;
            self.ready.notes.push(Note::SteppedDown { term });
            self.reset_randomized_timeout();
        }
        self.leader = leader;
    }

    /// Enters a later term, with this vote in it. Terms and votes change only here and in [`Raft::cast_vote`].
    pub(super) fn enter_term(&mut self, term: u64, vote: Option<NodeId>) {
        assert!(term > self.hard.term, "the term never decreases (5.1)");
        self.hard = HardState { term, vote, commit: self.commit };
        self.ready.hard_changed = true;
    }

    /// Votes for a candidate in the current term.
    pub(super) fn cast_vote(&mut self, candidate: NodeId) {
        if self.hard.vote == Some(candidate) {
            return;
        }
        let free = self.hard.vote.is_none() || !self.config.rules.on(Rule::VoteOnce);
        assert!(free, "a vote changes only with the term (5.2)");
        self.hard.vote = Some(candidate);
        self.ready.hard_changed = true;
    }

    /// What holds after every call, with or without rules. It costs a few comparisons, so that releases check it too:
    /// the swarm runs in one.
    #[inline]
    fn check_invariants(&self) {
        let (snapshot, last) = (self.log.snapshot().index, self.log.last().0);
        assert!(snapshot <= self.commit, "a snapshot holds only what is committed (7)");
        assert!(self.commit <= last, "the log holds what is committed (5.4)");
        assert!(self.applied <= self.commit, "only what is committed is applied (5.3)");
        assert!(self.durable <= last, "only what was appended is durable");
    }

    pub(super) fn reset_randomized_timeout(&mut self) {
        self.elapsed = 0;
        let base = self.config.election_ticks;
        let more = if self.config.rules.on(Rule::RandomisedTimeouts) { self.rng.below(base) } else { 0 };
        self.timeout = base + more;
    }

    /// Sends a message that depends on nothing durable.
    pub(super) fn send(&mut self, to: NodeId, body: Body) {
        let message = self.message(to, body);
        self.ready.messages.push(message);
    }

    /// Sends a message once everything written so far is durable.
    pub(super) fn answer(&mut self, to: NodeId, body: Body) {
        let message = self.message(to, body);
        self.ready.after_persist.push(message);
    }

    pub(super) fn message(&self, to: NodeId, body: Body) -> Message {
        Message { from: self.config.id, to, term: self.hard.term, body }
    }

    pub(super) fn strict(&self) -> bool {
        self.config.rules.on(Rule::StrictMajority)
    }

    /// Whether it may stand for election.
    pub(super) fn promotable(&self) -> bool {
        self.conf.votes(self.config.id) && self.repair.is_none() && self.applied >= self.commit
    }

    // --- state

    /// Its number.
    pub fn id(&self) -> NodeId {
        self.config.id
    }

    /// Its role.
    pub fn role(&self) -> &Role {
        &self.role
    }

    /// Its term.
    pub fn term(&self) -> u64 {
        self.hard.term
    }

    /// Its vote in this term.
    pub fn vote(&self) -> Option<NodeId> {
        self.hard.vote
    }

    /// The leader it knows of.
    pub fn leader(&self) -> Option<NodeId> {
        self.leader
    }

    /// Whether it leads.
    pub fn leads(&self) -> bool {
        matches!(self.role, Role::Leader(_))
    }

    /// Its log.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The configuration in effect here.
    pub fn conf(&self) -> &Conf {
        &self.conf
    }

    /// The last index it knows to be committed.
    pub fn commit(&self) -> u64 {
        self.commit
    }

    /// The last index handed out to be applied.
    pub fn applied(&self) -> u64 {
        self.applied
    }

    /// The last index that is durable here.
    pub fn durable(&self) -> u64 {
        self.durable
    }

    /// Whether it has lost data and does not vote until it has recovered.
    pub fn impaired(&self) -> bool {
        self.repair.is_some()
    }

    /// Ticks since its start, by its own clock.
    pub fn ticks(&self) -> u64 {
        self.now
    }

    /// Ticks since the timer began, and its length.
    pub fn timer(&self) -> (u64, u64) {
        if self.leads() {
            (self.heartbeat_elapsed, self.config.heartbeat_ticks)
        } else {
            (self.elapsed, self.timeout)
        }
    }
}
