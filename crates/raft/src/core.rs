//! The state of one node, the calls that drive it, and where each message goes.
//!
//! The rules are in the module's text. Promises: nothing happens but in answer to a call; the same calls give
//! the same results; no call panics whatever a message says; everything serialises, and goes on the same after it
//! was read back. Leaves out: everything outside a single node.

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

/// No term, index or round of a group that lives comes near this. What is beyond was made up, and could overflow.
pub(super) const MOST: u64 = 1 << 60;

/// What a node is told at its start.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Config {
    /// Its own number.
    pub id: NodeId,
    /// The base of the election timeout; each is drawn from one to two times this, the latter excluded.
    pub election_ticks: u64,
    /// How often a leader sends.
    pub heartbeat_ticks: u64,
    /// Most entries in one append.
    pub max_entries: usize,
    /// Most appends that are not answered, a follower.
    pub max_inflight: usize,
    /// Most bytes of proposals that are not committed; 0 for no limit.
    pub max_uncommitted_bytes: u64,
    /// Whether a candidate first asks what the answer would be (thesis 9.6).
    pub pre_vote: bool,
    /// Whether a leader that does not hear a majority stops, and followers of a live leader do not vote (thesis 6.2,
    /// 4.2.3).
    pub check_quorum: bool,
    /// Whether a leader that was elected while an earlier one may hold a lease waits with its commits until that is over.
    /// Without it, whoever drives the node has to void the lease instead ([`Raft::elected_early`]).
    pub waits_for_leases: bool,
    /// The rules that are on.
    pub rules: Rules,
}

/// What a node's disk gave back.
#[derive(Clone, Debug, Default)]
pub struct Restored {
    /// Term, vote and commit index.
    pub hard: HardState,
    /// The log; the configuration of its snapshot is where the node's begins.
    pub log: Log,
    /// Of a node that has lost part of its log or all of it: a number that tells this recovery from earlier ones.
    pub impaired: Option<u64>,
}

/// What a node does.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Role {
    /// Follows.
    Follower,
    /// Asks whether it would be elected.
    PreCandidate {
        /// Who has said what, itself included.
        #[serde(with = "quorum_types::as_map")]
        votes: LiteMap<NodeId, bool>,
    },
    /// Stands for election.
    Candidate {
        /// Who has said what, itself included.
        #[serde(with = "quorum_types::as_map")]
        votes: LiteMap<NodeId, bool>,
    },
    /// Leads.
    Leader(Box<Leader>),
}

/// What only a leader knows.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Leader {
    /// What it knows of the others.
    #[serde(with = "quorum_types::as_map")]
    pub followers: LiteMap<NodeId, Progress>,
    /// Bytes of proposals that are not committed.
    pub(super) uncommitted_bytes: u64,
    /// A change of the configuration may be proposed once this index is applied.
    pub(super) pending_conf: u64,
    /// To whom it hands over, and when that began.
    pub(super) transfer: Option<(NodeId, u64)>,
    /// Whether its lease is void: it has told someone to stand for election, or somebody was elected in spite of it.
    pub(super) lease_void: bool,
    /// The latest round.
    pub(super) round: u64,
    /// When the last rounds began: round and tick, oldest first.
    pub(super) rounds: Vec<(u64, u64)>,
    /// Reads that wait for a round to be answered: who asked, the read's number, its index, the round.
    pub(super) reads: Vec<PendingRead>,
    /// Reads that wait for an entry of this term to be committed.
    pub(super) early_reads: Vec<(NodeId, u64)>,
}

/// A read that waits for its leader to be confirmed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct PendingRead {
    pub(super) from: NodeId,
    pub(super) context: u64,
    pub(super) index: u64,
    pub(super) round: u64,
}

/// What is to be done; see the module's text for the order.
#[derive(Debug, Default)]
pub struct Ready {
    /// Term, vote and commit index, where term or vote changed.
    pub hard_state: Option<HardState>,
    /// The log was replaced by this snapshot.
    pub snapshot: Option<Arc<Snapshot>>,
    /// The log is cut after the index, and these entries follow.
    pub append: Option<(u64, Vec<Arc<Entry>>)>,
    /// To be sent at once.
    pub messages: Vec<Message>,
    /// To be sent when all of the above is durable.
    pub after_persist: Vec<Message>,
    /// Newly committed entries with their indexes, to be applied.
    pub committed: Vec<(u64, Arc<Entry>)>,
    /// Reads of this node that may be served once everything up to their index is applied.
    pub reads: Vec<ReadState>,
    /// What happened, for whoever tells the story.
    pub notes: Vec<Note>,
}

/// A read that may be served: its number, and the index up to which it has to see everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadState {
    /// The read's number.
    pub context: u64,
    /// What it has to see.
    pub index: u64,
}

/// What happened inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum Note {
    /// No leader was heard for so many ticks.
    TimedOut { ticks: u64 },
    /// It asks whether it would be elected in a term.
    PreCampaigned { term: u64 },
    /// It stands for election.
    Campaigned { term: u64 },
    /// It gave its vote, or would.
    VoteGranted { candidate: NodeId, term: u64, pre: bool },
    /// It refused its vote.
    VoteRefused { candidate: NodeId, term: u64, pre: bool, why: NoVote },
    /// It won with so many votes.
    BecameLeader { term: u64, votes: usize },
    /// It follows again.
    SteppedDown { term: u64 },
    /// As a leader it did not hear a majority.
    LostQuorum { term: u64 },
    /// It knows entries up to here to be committed.
    Committed { index: u64, term: u64 },
    /// Entries from here on were removed, the first of this term.
    Truncated { from: u64, term: u64 },
    /// Its log was replaced by a snapshot.
    SnapshotInstalled { index: u64, term: u64 },
    /// A change of the configuration counts from here on.
    ConfChanged { index: u64, conf: Conf },
    /// It asks the others what it may have promised.
    RepairBegan,
    /// It is whole again, up to this index.
    RepairEnded { index: u64 },
}

/// Why a vote was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoVote {
    /// The candidate's term has passed.
    StaleTerm,
    /// The vote of this term is given.
    AlreadyVoted,
    /// The candidate's log is less up to date.
    LogBehind,
    /// A leader was heard a moment ago.
    LeaderAlive,
    /// It may have forgotten a promise.
    Impaired,
}

/// A node's Raft.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Raft {
    pub(super) config: Config,
    pub(super) rng: Rng,
    pub(super) hard: HardState,
    pub(super) log: Log,
    pub(super) conf: Conf,
    /// Configurations that later changes made, by the index from which they count.
    pub(super) confs: Vec<(u64, Conf)>,
    pub(super) commit: u64,
    /// The last index handed out to be applied.
    pub(super) applied: u64,
    /// The last index known to be durable here.
    pub(super) durable: u64,
    pub(super) role: Role,
    pub(super) leader: Option<NodeId>,
    /// Ticks so far.
    pub(super) now: u64,
    pub(super) elapsed: u64,
    pub(super) heartbeat_elapsed: u64,
    pub(super) timeout: u64,
    /// Until then somebody's lease may rest on what this node said before it was restarted.
    pub(super) quiet_until: u64,
    /// Until then somebody's lease may rest on what this node has said, whoever it follows by now.
    pub(super) promised_until: u64,
    /// Until then somebody's lease may rest on what those said who elected this node, itself included.
    pub(super) holds_until: u64,
    pub(super) repair: Option<Repair>,
    pub(super) ready: Pending,
}

/// What has gathered for the next [`Ready`].
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
    /// A node with what its disk gave back; a new node has a default state and an empty log behind a snapshot of
    /// index 0 that names its configuration.
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
        raft.draw_timeout();
        if let Some(nonce) = impaired {
            raft.begin_repair(nonce);
        }
        raft
    }

    // --- what it is asked

    /// So much time has passed.
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
            self.end_old_transfer();
        }
        if matches!(self.role, Role::Leader(_)) && self.heartbeat_elapsed >= self.config.heartbeat_ticks {
            self.heartbeat_elapsed = 0;
            self.beat();
        }
        if self.holds_until > 0 && !self.elected_early() {
            self.holds_until = 0;
            if self.advance_commit() {
                self.send_to_all(true);
            }
        }
    }

    /// Ticks until something happens by itself.
    pub fn ticks_left(&self) -> u64 {
        if matches!(self.role, Role::Leader(_)) {
            let beat = self.config.heartbeat_ticks.saturating_sub(self.heartbeat_elapsed);
            let held = if self.waits() { self.holds_until - self.now } else { u64::MAX };
            beat.min(self.config.election_ticks.saturating_sub(self.elapsed)).min(held)
        } else if let Some(left) = self.asks_in() {
            left
        } else if self.promotable() {
            self.timeout.saturating_sub(self.elapsed)
        } else {
            // Nothing will, until a message makes it a voter.
            self.timeout
        }
    }

    /// The election timeout, until the next is drawn.
    pub fn set_timeout(&mut self, ticks: u64) {
        self.timeout = ticks.max(1);
    }

    /// The next `count` timeouts that would be drawn.
    pub fn timeouts(&self, count: usize) -> Vec<u64> {
        let mut raft = self.clone();
        let mut next = || {
            raft.draw_timeout();
            raft.timeout
        };
        std::iter::repeat_with(&mut next).take(count).collect()
    }

    /// Switches rules.
    pub fn set_rules(&mut self, rules: Rules) {
        self.config.rules = rules;
    }

    /// The log up to this index, whose entry has this term, is durable here.
    pub fn persisted(&mut self, index: u64, term: u64) {
        if index > self.durable && self.log.term(index) == Some(term) {
            self.durable = index;
            if matches!(self.role, Role::Leader(_)) {
                if self.advance_commit() {
                    self.send_to_all(true);
                }
            } else if self.repair.is_some() {
                self.check_repaired();
            }
        }
    }

    /// A message has arrived.
    pub fn step(&mut self, message: Message) {
        // Only a vote that it waited for comes from the node itself.
        let own = message.from == self.config.id && !matches!(message.body, Body::VoteResp { .. });
        if message.to != self.config.id || own || message.term > MOST {
            return;
        }
        if message.term > self.hard.term && !self.meet_higher_term(&message) {
            return;
        }
        if message.term < self.hard.term && !self.meet_lower_term(&message) {
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
            // It confirms no reads: whoever takes a snapshot answers heartbeats as well.
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

    /// Whether to go on with a message of a higher term, which is joined where that is due.
    fn meet_higher_term(&mut self, message: &Message) -> bool {
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
            // A node that asks for help does not rule; neither does one that answers it.
            Body::Recover { .. } | Body::RecoverResp { .. } => return true,
            Body::Append { .. } | Body::Heartbeat { .. } | Body::Snapshot { .. } => Some(message.from),
            _ => None,
        };
        if !self.config.rules.on(Rule::StepDownOnHigherTerm) && matches!(self.role, Role::Leader(_)) {
            // The rule off: it takes the term over and goes on leading.
            self.hard = HardState { term: message.term, vote: None, commit: self.commit };
            self.ready.hard_changed = true;
            return true;
        }
        self.follow(message.term, leader);
        true
    }

    /// Whether to go on with a message of a lower term, after its sender was told.
    fn meet_lower_term(&mut self, message: &Message) -> bool {
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

    /// Whether a leader was heard so lately that nobody else should be elected.
    fn in_lease(&self) -> bool {
        let heard = self.leader.is_some() && self.elapsed < self.config.election_ticks;
        self.config.check_quorum && (heard || self.now < self.quiet_until)
    }

    /// For how many ticks it has still promised a leader to help no other. Who leads, or stands, by now is another matter:
    /// a promise lasts as long as it was given for.
    pub(super) fn promise_left(&self) -> u64 {
        let until = self.promised_until.max(self.quiet_until);
        if self.config.check_quorum { until.saturating_sub(self.now) } else { 0 }
    }

    /// With check-quorum, gives no vote until an election timeout has passed: called after a restart, because a leader
    /// that was heard before it may still rely on its lease. (etcd does not wait.)
    pub fn wait_out_lease(&mut self) {
        self.quiet_until = self.now + self.config.election_ticks;
    }

    /// What is to be done since the last time.
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

    // --- small things shared by all parts

    /// Becomes a follower in `term`, of `leader` if it is known.
    pub(super) fn follow(&mut self, term: u64, leader: Option<NodeId>) {
        if term > self.hard.term {
            self.hard = HardState { term, vote: None, commit: self.commit };
            self.ready.hard_changed = true;
            self.draw_timeout();
        }
        if !matches!(self.role, Role::Follower) {
            self.role = Role::Follower;
            self.ready.notes.push(Note::SteppedDown { term });
            self.draw_timeout();
        }
        self.leader = leader;
    }

    pub(super) fn draw_timeout(&mut self) {
        self.elapsed = 0;
        let base = self.config.election_ticks;
        let more = if self.config.rules.on(Rule::RandomisedTimeouts) { self.rng.below(base) } else { 0 };
        self.timeout = base + more;
    }

    /// Sends something that rests on nothing durable.
    pub(super) fn send(&mut self, to: NodeId, body: Body) {
        let message = self.message(to, body);
        self.ready.messages.push(message);
    }

    /// Sends something once what was written so far is durable.
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

    // --- what it knows

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

    /// The configuration that counts here.
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

    /// Whether it has lost something and does not vote until it is whole.
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
