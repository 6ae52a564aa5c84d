//! The state machine: roles, ticks, messages, and what has to be done about them.
//!
//! The rules are in the module's text. Promises: nothing happens but in answer to a call; the same calls give
//! the same results; no call panics whatever a message says. Leaves out: everything outside a single node.

use std::sync::Arc;

use super::log::{Entry, HardState, Log};
use super::message::{Body, Message};
use super::quorum::{committed, majority};
use crate::types::{Map, NodeId, Rng, Set};

/// What a node is told at its start.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its own number.
    pub id: NodeId,
    /// All voters, itself among them.
    pub voters: Vec<NodeId>,
    /// The base of the election timeout; each is drawn from one to two times this.
    pub election_ticks: u64,
    /// How often a leader sends.
    pub heartbeat_ticks: u64,
    /// Most entries in one append.
    pub max_entries: usize,
}

/// What a node does.
#[derive(Clone, Debug)]
pub enum Role {
    /// Follows.
    Follower,
    /// Stands for election.
    Candidate {
        /// Who voted for it, itself among them.
        votes: Set<NodeId>,
    },
    /// Leads.
    Leader {
        /// What it knows of the others.
        followers: Map<NodeId, Progress>,
    },
}

/// What a leader knows of a follower.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// The next index to send.
    pub next: u64,
    /// Known to be held durably up to here.
    pub matched: u64,
}

/// What is to be done; see the module's text for the order.
#[derive(Debug, Default)]
pub struct Ready {
    /// Term and vote, where they changed.
    pub hard_state: Option<HardState>,
    /// The log is cut after the index, and these entries follow.
    pub append: Option<(u64, Vec<Arc<Entry>>)>,
    /// To be sent at once.
    pub messages: Vec<Message>,
    /// To be sent when all of the above is durable.
    pub after_persist: Vec<Message>,
    /// Newly committed entries with their indexes, to be applied.
    pub committed: Vec<(u64, Arc<Entry>)>,
    /// What happened, for whoever tells the story.
    pub notes: Vec<Note>,
}

/// What happened inside.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum Note {
    /// No leader was heard for so many ticks.
    TimedOut { ticks: u64 },
    /// It stands for election.
    Campaigned { term: u64 },
    /// It gave its vote.
    VoteGranted { candidate: NodeId, term: u64 },
    /// It refused its vote.
    VoteRefused { candidate: NodeId, term: u64, why: Refused },
    /// It won with so many votes.
    BecameLeader { term: u64, votes: usize },
    /// It follows again.
    SteppedDown { term: u64 },
    /// It knows entries up to here to be committed.
    Committed { index: u64, term: u64 },
    /// Entries from here on were removed.
    Truncated { from: u64 },
}

/// Why a vote was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The candidate's term has passed.
    StaleTerm,
    /// The vote of this term is given.
    AlreadyVoted,
    /// The candidate's log is less up to date.
    LogBehind,
}

/// A node's Raft.
#[derive(Clone, Debug)]
pub struct Raft {
    config: Config,
    rng: Rng,
    hard: HardState,
    log: Log,
    commit: u64,
    /// The last index known to be durable here.
    durable: u64,
    role: Role,
    leader: Option<NodeId>,
    elapsed: u64,
    timeout: u64,
    ready: Pending,
}

/// What has gathered for the next [`Ready`].
#[derive(Clone, Debug, Default)]
struct Pending {
    hard_changed: bool,
    /// The first index written since the last `Ready`.
    written_from: Option<u64>,
    messages: Vec<Message>,
    after_persist: Vec<Message>,
    commit_before: Option<u64>,
    notes: Vec<Note>,
}

impl Raft {
    /// A node with what its disk gave back; a new node has a default state and an empty log.
    pub fn new(config: Config, rng: Rng, hard: HardState, log: Log) -> Self {
        let durable = log.last().0;
        let mut raft = Self {
            config,
            rng,
            hard,
            log,
            commit: 0,
            durable,
            role: Role::Follower,
            leader: None,
            elapsed: 0,
            timeout: 0,
            ready: Pending::default(),
        };
        raft.draw_timeout();
        raft
    }

    // --- what it is asked

    /// So much time has passed.
    pub fn tick(&mut self, ticks: u64) {
        self.elapsed += ticks;
        if self.elapsed < self.timeout {
            return;
        }
        match self.role {
            Role::Leader { .. } => {
                self.elapsed = 0;
                self.send_to_all(true);
            }
            Role::Follower | Role::Candidate { .. } => {
                self.ready.notes.push(Note::TimedOut { ticks: self.timeout });
                self.campaign();
            }
        }
    }

    /// Ticks until something happens by itself.
    pub fn ticks_left(&self) -> u64 {
        self.timeout.saturating_sub(self.elapsed)
    }

    /// Appends a proposal; its index, or none if this node does not lead.
    pub fn propose(&mut self, data: Arc<[u8]>) -> Option<u64> {
        if !matches!(self.role, Role::Leader { .. }) {
            return None;
        }
        let index = self.append_own(data);
        self.send_to_all(false);
        Some(index)
    }

    /// The log up to this index, whose entry has this term, is durable here.
    pub fn persisted(&mut self, index: u64, term: u64) {
        if self.log.term(index) == Some(term) && index > self.durable {
            self.durable = index;
            self.advance_commit();
        }
    }

    /// A message has arrived.
    pub fn step(&mut self, message: Message) {
        if message.to != self.config.id || !self.config.voters.contains(&message.from) {
            return;
        }
        if message.term > self.hard.term {
            self.follow(message.term, None);
        }
        match message.body {
            Body::Vote { last } => self.on_vote(message.from, message.term, last),
            Body::VoteResp { granted } => self.on_vote_resp(message.from, message.term, granted),
            Body::Append { prev, entries, commit } => {
                self.on_append(message.from, message.term, prev, entries, commit);
            }
            Body::AppendResp { index, hint } => self.on_append_resp(message.from, message.term, index, hint),
        }
    }

    /// What is to be done since the last time.
    pub fn take_ready(&mut self) -> Ready {
        let pending = std::mem::take(&mut self.ready);
        let committed = match pending.commit_before {
            Some(before) => (before + 1..=self.commit)
                .filter_map(|index| self.log.get(index).map(|entry| (index, Arc::clone(entry))))
                .collect(),
            None => Vec::new(),
        };
        Ready {
            hard_state: pending.hard_changed.then_some(self.hard),
            append: pending.written_from.map(|first| (first - 1, self.log.slice(first, usize::MAX))),
            messages: pending.messages,
            after_persist: pending.after_persist,
            committed,
            notes: pending.notes,
        }
    }

    // --- elections

    fn campaign(&mut self) {
        self.hard = HardState { term: self.hard.term + 1, vote: Some(self.config.id) };
        self.ready.hard_changed = true;
        self.leader = None;
        self.role = Role::Candidate { votes: Set::from([self.config.id]) };
        self.draw_timeout();
        self.ready.notes.push(Note::Campaigned { term: self.hard.term });
        let last = self.log.last();
        for to in self.others() {
            let message = self.message(to, Body::Vote { last });
            self.ready.after_persist.push(message);
        }
        self.count_votes();
    }

    fn on_vote(&mut self, candidate: NodeId, term: u64, last: (u64, u64)) {
        let own = self.log.last();
        let refused = if term < self.hard.term {
            Some(Refused::StaleTerm)
        } else if self.hard.vote.is_some_and(|vote| vote != candidate) || self.leader.is_some() {
            Some(Refused::AlreadyVoted)
        } else if (last.1, last.0) < (own.1, own.0) {
            Some(Refused::LogBehind)
        } else {
            None
        };
        match refused {
            Some(why) => self.ready.notes.push(Note::VoteRefused { candidate, term, why }),
            None => {
                if self.hard.vote.is_none() {
                    self.hard.vote = Some(candidate);
                    self.ready.hard_changed = true;
                }
                self.draw_timeout();
                self.ready.notes.push(Note::VoteGranted { candidate, term });
            }
        }
        let answer = self.message(candidate, Body::VoteResp { granted: refused.is_none() });
        self.ready.after_persist.push(answer);
    }

    fn on_vote_resp(&mut self, voter: NodeId, term: u64, granted: bool) {
        if term == self.hard.term
            && granted
            && let Role::Candidate { votes } = &mut self.role
        {
            votes.insert(voter);
            self.count_votes();
        }
    }

    fn count_votes(&mut self) {
        let Role::Candidate { votes } = &self.role else { return };
        let votes = votes.len();
        if votes < majority(self.config.voters.len()) {
            return;
        }
        let next = self.log.last().0 + 1;
        let followers = self.others().into_iter().map(|id| (id, Progress { next, matched: 0 })).collect();
        self.role = Role::Leader { followers };
        self.leader = Some(self.config.id);
        self.elapsed = 0;
        self.timeout = self.config.heartbeat_ticks;
        self.ready.notes.push(Note::BecameLeader { term: self.hard.term, votes });
        self.append_own(Arc::from([]));
        self.send_to_all(false);
    }

    /// Becomes a follower in `term`, of `leader` if it is known.
    fn follow(&mut self, term: u64, leader: Option<NodeId>) {
        if term > self.hard.term {
            self.hard = HardState { term, vote: None };
            self.ready.hard_changed = true;
        }
        if !matches!(self.role, Role::Follower) {
            self.role = Role::Follower;
            self.ready.notes.push(Note::SteppedDown { term });
            self.draw_timeout();
        }
        self.leader = leader;
    }

    fn draw_timeout(&mut self) {
        self.elapsed = 0;
        self.timeout = self.config.election_ticks + self.rng.below(self.config.election_ticks);
    }

    // --- replication

    fn append_own(&mut self, data: Arc<[u8]>) -> u64 {
        self.log.push(Arc::new(Entry { term: self.hard.term, data }));
        let index = self.log.last().0;
        self.note_written(index);
        index
    }

    fn note_written(&mut self, from: u64) {
        let first = self.ready.written_from.unwrap_or(from).min(from);
        self.ready.written_from = Some(first);
    }

    /// Sends to every follower: what it lacks, or an empty append where nothing is new but `heartbeat` is due.
    fn send_to_all(&mut self, heartbeat: bool) {
        for to in self.others() {
            self.send_append(to, heartbeat);
        }
    }

    fn send_append(&mut self, to: NodeId, even_empty: bool) {
        let Role::Leader { followers } = &mut self.role else { return };
        let Some(progress) = followers.get_mut(&to) else { return };
        let entries = self.log.slice(progress.next, self.config.max_entries);
        if entries.is_empty() && !even_empty {
            return;
        }
        let prev = progress.next - 1;
        progress.next += entries.len() as u64;
        let prev = (prev, self.log.term(prev).unwrap_or(0));
        let message = self.message(to, Body::Append { prev, entries, commit: self.commit });
        self.ready.messages.push(message);
    }

    fn on_append(
        &mut self,
        from: NodeId,
        term: u64,
        prev: (u64, u64),
        entries: Vec<Arc<Entry>>,
        commit: u64,
    ) {
        if term < self.hard.term {
            let refusal = Body::AppendResp { index: prev.0, hint: Some((prev.0, 0)) };
            let answer = self.message(from, refusal);
            self.ready.after_persist.push(answer);
            return;
        }
        self.follow(term, Some(from));
        self.elapsed = 0;
        if self.log.term(prev.0) != Some(prev.1) {
            let answer =
                self.message(from, Body::AppendResp { index: prev.0, hint: Some(self.departure(prev.0)) });
            self.ready.after_persist.push(answer);
            return;
        }
        let agreed = prev.0 + entries.len() as u64;
        self.take_entries(prev.0, entries);
        self.set_commit(commit.min(agreed));
        let answer = self.message(from, Body::AppendResp { index: agreed, hint: None });
        self.ready.after_persist.push(answer);
    }

    /// Where this log departs from one that has an entry at `index` which this one has not.
    fn departure(&self, index: u64) -> (u64, u64) {
        let last = self.log.last().0;
        if index > last {
            return (last, self.log.term(last).unwrap_or(0));
        }
        let first = self.log.first_of_term(index);
        (first - 1, self.log.term(first - 1).unwrap_or(0))
    }

    fn take_entries(&mut self, prev: u64, entries: Vec<Arc<Entry>>) {
        for (offset, entry) in entries.into_iter().enumerate() {
            let index = prev + 1 + offset as u64;
            match self.log.term(index) {
                Some(term) if term == entry.term => continue,
                // A conflict with a committed entry cannot come from a correct leader; it is not obeyed.
                Some(_) if index <= self.commit => return,
                Some(_) => {
                    self.log.truncate(index - 1);
                    self.durable = self.durable.min(index - 1);
                    self.ready.notes.push(Note::Truncated { from: index });
                }
                None => {}
            }
            self.log.push(entry);
            self.note_written(index);
        }
    }

    fn on_append_resp(&mut self, from: NodeId, term: u64, index: u64, hint: Option<(u64, u64)>) {
        if term != self.hard.term {
            return;
        }
        let last = self.log.last().0;
        let Role::Leader { followers } = &mut self.role else { return };
        let Some(progress) = followers.get_mut(&from) else { return };
        match hint {
            None => {
                progress.matched = progress.matched.max(index.min(last));
                progress.next = progress.next.max(progress.matched + 1);
                self.advance_commit();
                self.send_append(from, false);
            }
            // A refusal of something that was since agreed upon is old news.
            Some(_) if index <= progress.matched => {}
            Some((at, term)) => {
                let back = self.log.last_upto_term(at.min(index.saturating_sub(1)), term);
                progress.next = back.max(progress.matched) + 1;
                self.send_append(from, true);
            }
        }
    }

    /// 5.4.2: only entries of the own term are committed by counting.
    fn advance_commit(&mut self) {
        let Role::Leader { followers } = &self.role else { return };
        let held = followers.values().map(|progress| progress.matched).chain([self.durable]);
        let index = committed(held);
        if self.log.term(index) == Some(self.hard.term) {
            self.set_commit(index);
        }
    }

    fn set_commit(&mut self, index: u64) {
        let index = index.min(self.log.last().0);
        if index > self.commit {
            self.ready.commit_before.get_or_insert(self.commit);
            self.commit = index;
            let term = self.log.term(index).unwrap_or(0);
            self.ready.notes.push(Note::Committed { index, term });
        }
    }

    fn message(&self, to: NodeId, body: Body) -> Message {
        Message { from: self.config.id, to, term: self.hard.term, body }
    }

    fn others(&self) -> Vec<NodeId> {
        self.config.voters.iter().copied().filter(|id| *id != self.config.id).collect()
    }

    // --- what it knows

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
        matches!(self.role, Role::Leader { .. })
    }

    /// Its log.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The last index it knows to be committed.
    pub fn commit(&self) -> u64 {
        self.commit
    }

    /// The last index that is durable here.
    pub fn durable(&self) -> u64 {
        self.durable
    }

    /// Ticks since the timer began, and its length.
    pub fn timer(&self) -> (u64, u64) {
        (self.elapsed, self.timeout)
    }
}
