//! Elections: pre-votes, candidacies, votes, and the end of a leadership (5.2, 5.4.1; thesis 6.2, 9.6).
//!
//! Guarantees: a vote is requested and granted only once the state it depends on is durable; with all rules on, a term
//! has at most one leader. Leaves out: the log.

use super::core::{Leader, MAX_NUMBER, NoVote, Note, Raft, Role};
use super::log::EntryKind;
use super::message::Body;
use super::progress::Progress;
use super::quorum::VoteResult;
use super::rules::Rule;
use litemap::LiteMap;
use quorum_types::NodeId;

impl Raft {
    /// For a leader: ticks since it last checked that it hears from a majority, and the interval of these checks.
    pub fn quorum_timer(&self) -> Option<(u64, u64)> {
        self.leads().then_some((self.elapsed, self.config.election_ticks))
    }

    /// Whether its election timer can make it stand for election.
    pub fn may_stand(&self) -> bool {
        !self.leads() && self.promotable()
    }

    /// Stands for election as if the timeout had just passed. Returns whether it could.
    pub fn campaign(&mut self) -> bool {
        let could = !self.leads() && self.promotable();
        if could {
            self.hup(false);
        }
        could
    }

    pub(super) fn hup(&mut self, transfer: bool) {
        if self.leads() || !self.promotable() || self.hard.term >= MAX_NUMBER {
            return;
        }
        if self.config.pre_vote && !transfer {
            self.role = Role::PreCandidate { votes: self.own_vote() };
            self.leader = None;
            self.reset_randomized_timeout();
            let term = self.hard.term + 1;
            self.ready.notes.push(Note::PreCampaigned { term });
            self.ask_for_votes(term, true, false);
            self.count_votes();
        } else {
            self.become_candidate(transfer);
        }
    }

    fn become_candidate(&mut self, transfer: bool) {
        self.enter_term(self.hard.term + 1, Some(self.config.id));
        self.leader = None;
        // A leader that transfers leadership has given up its lease.
        self.holds_until = if transfer { 0 } else { self.now + self.promise_left() };
        self.reset_randomized_timeout();
        self.ready.notes.push(Note::Campaigned { term: self.hard.term });
        if self.conf.all_voters() == [self.config.id] {
            // If there is no other node to ask once the vote is durable, the node itself must wait for that.
            self.role = Role::Candidate { votes: LiteMap::new() };
            let vote = self.vote_resp(true, false, 0);
            self.answer(self.config.id, vote);
            return;
        }
        self.role = Role::Candidate { votes: self.own_vote() };
        self.ask_for_votes(self.hard.term, false, transfer);
        self.count_votes();
    }

    fn own_vote(&self) -> LiteMap<NodeId, bool> {
        let mut votes = LiteMap::new_vec();
        votes.insert(self.config.id, true);
        votes
    }

    fn ask_for_votes(&mut self, term: u64, pre: bool, transfer: bool) {
        let last = self.log.last();
        for to in self.conf.all_voters() {
            if to != self.config.id {
                let mut message = self.message(to, Body::Vote { last, pre, transfer });
                message.term = term;
                // A pre-vote binds no node.
                if pre {
                    self.ready.messages.push(message);
                } else {
                    self.ready.after_persist.push(message);
                }
            }
        }
    }

    pub(super) fn on_vote(
        &mut self,
        candidate: NodeId,
        term: u64,
        last: (u64, u64),
        pre: bool,
        transfer: bool,
    ) {
        let why = self.no_vote(candidate, term, last, pre);
        if let Some(why) = why {
            self.ready.notes.push(Note::VoteRefused { candidate, term, pre, why });
        } else {
            if !pre {
                self.elapsed = 0;
                self.cast_vote(candidate);
            }
            self.ready.notes.push(Note::VoteGranted { candidate, term, pre });
        }
        let promise = if why.is_none() && !pre && !transfer { self.promise_left() } else { 0 };
        let mut answer = self.message(candidate, self.vote_resp(why.is_none(), pre, promise));
        if why.is_none() {
            answer.term = term;
        }
        self.ready.after_persist.push(answer);
    }

    pub(super) fn vote_resp(&self, granted: bool, pre: bool, promise: u64) -> Body {
        // With a rule off, a log can lack what it committed. Then checkers say so, and the node goes on.
        let own = (self.commit, self.log.term(self.commit).unwrap_or(0));
        // A node that learned of later entries during its repair passes that on: the candidate may hold them.
        let commit = self.learned_commit().filter(|learned| learned.0 > own.0).unwrap_or(own);
        Body::VoteResp { granted, pre, commit, promise }
    }

    fn no_vote(&self, candidate: NodeId, term: u64, last: (u64, u64), pre: bool) -> Option<NoVote> {
        let rules = self.config.rules;
        let own = self.log.last();
        let given = match self.hard.vote {
            Some(vote) => vote != candidate,
            None => self.leader.is_some(),
        };
        if self.repair.is_some() {
            Some(NoVote::Impaired)
        } else if given && !(pre && term > self.hard.term) && rules.on(Rule::VoteOnce) {
            Some(NoVote::AlreadyVoted)
        } else if (last.1, last.0) < (own.1, own.0) && rules.on(Rule::LogUpToDate) {
            Some(NoVote::LogBehind)
        } else {
            None
        }
    }

    pub(super) fn on_vote_resp(
        &mut self,
        voter: NodeId,
        granted: bool,
        pre: bool,
        commit: (u64, u64),
        promise: u64,
    ) {
        if !self.leads() && self.log.term(commit.0) == Some(commit.1) {
            let (from, to) = (self.commit + 1, commit.0);
            let changes =
                (from..=to).any(|at| self.log.get(at).is_some_and(|entry| entry.kind == EntryKind::Conf));
            self.set_commit(commit.0);
            if changes {
                // An election is not counted in two configurations.
                let term = self.hard.term;
                self.become_follower(term, self.leader);
            }
        }
        match &mut self.role {
            Role::PreCandidate { votes } if pre => {
                votes.entry(voter).or_insert(granted);
            }
            Role::Candidate { votes } if !pre => {
                votes.entry(voter).or_insert(granted);
                if granted {
                    let promise = promise.min(self.config.election_ticks);
                    self.holds_until = self.holds_until.max(self.now + promise);
                }
            }
            _ => return,
        }
        self.count_votes();
    }

    fn count_votes(&mut self) {
        let (votes, pre) = match &self.role {
            Role::PreCandidate { votes } => (votes, true),
            Role::Candidate { votes } => (votes, false),
            _ => return,
        };
        match self.conf.vote_result(|id| votes.get(&id).copied(), self.strict()) {
            VoteResult::Pending => {}
            VoteResult::Lost => {
                let term = self.hard.term;
                self.become_follower(term, None);
            }
            VoteResult::Won if pre => self.become_candidate(false),
            VoteResult::Won => {
                let votes = votes.values().filter(|yes| **yes).count();
                self.become_leader(votes);
            }
        }
    }

    fn become_leader(&mut self, votes: usize) {
        let last = self.log.last().0;
        let mut leader = Leader { pending_conf: last, ..Leader::default() };
        // Members come in order, so each goes to the end.
        for id in self.conf.members().into_iter().filter(|id| *id != self.config.id) {
            leader.followers.insert(id, Progress::new(last + 1));
        }
        leader.begin_round(self.now);
        self.role = Role::Leader(Box::new(leader));
        self.leader = Some(self.config.id);
        self.elapsed = 0;
        self.heartbeat_elapsed = 0;
        self.ready.notes.push(Note::BecameLeader { term: self.hard.term, votes });
        self.append_entry(EntryKind::Normal, [].into());
        self.broadcast_append(false);
    }

    /// Thesis 6.2: a leader that has not heard from a majority within an election timeout becomes a follower again.
    pub(super) fn check_quorum(&mut self) {
        let strict = self.strict();
        let checks = self.config.check_quorum && self.config.rules.on(Rule::CheckQuorum);
        let id = self.config.id;
        let Role::Leader(leader) = &mut self.role else { return };
        let heard = self.conf.vote_result(
            |other| {
                Some(other == id || leader.followers.get(&other).is_some_and(|known| known.recent_active))
            },
            strict,
        );
        for (_, progress) in leader.followers.iter_mut() {
            progress.recent_active = false;
            // Otherwise it would wait forever for a snapshot that was lost in transit.
            if let super::progress::ProgressState::Snapshot { .. } = progress.state {
                progress.probe(progress.matched + 1);
            }
        }
        if checks && heard != VoteResult::Won {
            let term = self.hard.term;
            self.ready.notes.push(Note::LostQuorum { term });
            self.become_follower(term, None);
        }
    }
}
