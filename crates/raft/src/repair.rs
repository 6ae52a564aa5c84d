//! Repair of a node that lost part of its log, or all of it: it reports the loss, is repaired, and does not vote until
//! that is safe.
//!
//! A torn tail is harmless: it was never acknowledged. A record that was durable and can no longer be read is
//! different: the node may have acknowledged entries that it does not hold now, and voted in terms that it does not
//! know of. If it continued as if it had never had them, a majority could elect a leader that lacks a committed entry.
//!
//! **What it does.** It neither votes nor stands, accepts entries from the current leader, and asks every other voter.
//! Each answers with its term, a leader also with its last index, and every node with what it knows of the group
//! ([`Known`]): the index up to which it has applied the log, the configuration in effect there, and a change that is
//! not applied. A leader forgets what it assumed about this node's log. The node uses the *newest* configuration that
//! it has applied or learned of, `C`, and then asks those voters that it had not asked. It is repaired when
//! 1. every other voter of `C`, and of a change that may be in progress, has answered; and those that lost nothing and
//!    have applied `C` are a majority of it. The highest of the terms answered is the bound `B`. An impaired node
//!    answers with term 0, and is asked again;
//! 2. it durably holds an entry of a term later than `B`; or one of term `B`, and its log reaches as far as that term's
//!    leader reported for its own. An old append that arrives late is not enough.
//!
//! Until it knows `B` and is in that term it acknowledges nothing at all, neither entries nor heartbeats: it may have
//! helped to depose the very leader that now asks it.
//!
//! **Why that is enough.** Let `t` be the highest term in which it promised anything (a vote, or entries held) before
//! the loss, and `x` the candidate or leader that received the promise. Two things are shown: either `t ≤ B`, or the
//! promise can no longer have any effect; and a node that satisfies 2 keeps every promise of a term up to `B`.
//!
//! *Which configurations matter.* Configurations are committed one after the other, `C(k+1)` by a majority of `C(k)`,
//! and a node holds the change to `C(k+2)` only if it has applied `C(k+1)` (the leader that proposed it had, and says
//! so with it). Let `W` be the majority of `C` in 1. No node of `W` reports a configuration after `C` in its log,
//! applied or pending, or the node would use that configuration or have asked its voters. So none after `C` was
//! committed before the questions were sent, because a majority of `C` would have held that change, and shares a node
//! with `W`. `x` stood, or was elected, before that, hence in `C`, in a pending change, or in an earlier one.
//! - In `C` or in a pending one: `x` was asked, and its own answer contains a term of at least `t`. If it is impaired
//!   as well, a candidacy is forgotten with the vote for it, and a leader was elected by a majority that shares a node
//!   with `W`, whose answer contains `t`.
//! - In the one before `C`: every majority of it shares a node `q` with `W` (thesis 4.1 and 4.3), and `q` is another
//!   node than this one. If `q` voted for `x` in `t` before it answered, its answer contains `t`. If it would vote
//!   afterwards, it has applied `C` and reports this to `x` with its vote; `x` applies `C`, and its candidacy is over
//!   (`election`), or lacks that entry and gets no vote.
//! - In an earlier one, two changes or more before `C`: say in `C(k)`. The change to `C(k+2)` is committed. If that was
//!   in a term before `t`, then any node elected in `t` holds it, and has applied `C(k+1)`: not `x`. If in `t` or
//!   later, every node in `W` has learned of it in that term or later, and their answers show this.
//!
//! *What 2 ensures.* The leader of a term later than `B` was elected without this node, by a majority of nodes that had
//! each kept their own promises, so its log held everything that was committed with this node's help in terms up to
//! `B`; a log that holds an entry of that term holds all of that. In term `B` itself the leader, who has answered,
//! names the end of all entries that this node can have acknowledged to it. A vote is neither owed nor given in a term
//! up to the one that the node is in then.
//!
//! *Late answers.* An acknowledgement from before the loss is no longer true. A leader therefore begins a round when it
//! is asked, and ignores acknowledgements of earlier rounds (`Progress::lost_in`). This is not needed for safety,
//! because the node votes for no candidate that lacks what the node had acknowledged to the leader of `B` before it
//! holds it again; but leader and follower would otherwise disagree forever. The answer to a heartbeat needs no such
//! care: it says that this node followed that leader at that moment, which stays true, and confirms a read that began
//! before the heartbeat was sent. A lease that depends on it ends before the node votes: the node waits for an election
//! timeout after a restart (`wait_out_lease`), and an impaired one gives no vote at all.
//!
//! *How much may be lost.* At any time a majority of the newest configuration must have lost nothing; otherwise no node
//! is repaired, except in a pair: there a promise can only have been made to the other node, unless a third was removed
//! and does not know of it. That exceeds the budget, and nothing is guaranteed.
//!
//! **Where this comes from.** That a node which lost its disk must not vote before it knows its promises, and the
//! distinction between a torn tail and damage, come from Alagappan et al., “Protocol-Aware Recovery for Consensus-Based
//! Storage” (FAST 2018); they rebuild entries of an intact log's index from the others and do not consider a node that
//! lost its vote. Asking the others with a nonce and waiting for the answers of a quorum that includes the leader is
//! the recovery of Liskov and Cowling, “Viewstamped Replication Revisited” (2012); that a quorum's answers are not
//! enough, because a vote that was given may still be in transit, was shown by Michael et al., “Recovering Shared
//! Objects Without Stable Storage” (DISC 2017). Therefore every voter is asked here. None of these covers a
//! configuration change during recovery; the argument above, based on thesis chapter 4 with changes that take effect
//! once they are applied, is ours, and no more than an argument: it is tested (`tests/repair.rs`, `tests/property.rs`,
//! the swarm) and not machine-checked.
//!
//! The configuration in the node's own log is *not* enough: the log may be older than the promise.
//!
//! Guarantees: an answer to an earlier request is ignored. Leaves out: repair from several nodes that each lost
//! something else; when a majority is impaired at once, no node is elected.

use litemap::LiteMap;

use super::conf::Conf;
use super::core::{Note, Raft, Role};
use super::impaired::Repair;
use super::message::{Body, Known, Message};
use super::quorum::VoteResult;
use super::rules::Rule;
use quorum_types::NodeId;

impl Raft {
    pub(super) fn begin_repair(&mut self, nonce: u64) {
        if !self.config.rules.on(Rule::RepairBeforeVoting) {
            return;
        }
        let (conf, committed) = ((0, Conf::default()), (0, 0));
        self.repair = Some(Repair { nonce, asked_at: 0, answers: LiteMap::new(), conf, committed });
        self.ready.notes.push(Note::RepairBegan);
        self.ask_again();
    }

    /// The newest configuration that it knows of, and an index from which on it is in effect.
    fn newest_conf<'a>(&'a self, repair: &'a Repair) -> (u64, &'a Conf) {
        let own = self.confs.last().map_or(self.log.snapshot().index, |(at, _)| *at);
        if repair.conf.0 > own { (repair.conf.0, &repair.conf.1) } else { (own, &self.conf) }
    }

    /// Asks the nodes that have not answered, or have not applied the newest configuration, and the current leader.
    pub(super) fn ask_again(&mut self) {
        let (now, id, leader) = (self.now, self.config.id, self.leader);
        let Some(repair) = &self.repair else { return };
        let (from, conf) = self.newest_conf(repair);
        let mut all = conf.all_voters();
        // A learner's answer is not needed, but it may know more. A leader may lead without being a voter that this
        // node has heard of.
        let more = repair.pending().chain(conf.members()).chain(leader);
        more.for_each(|other| {
            if !all.contains(&other) {
                all.push(other)
            }
        });
        let open = |other: &NodeId| {
            let answer = repair.answers.get(other);
            answer.is_none_or(|answer| answer.term == 0 || answer.applied < from) || leader == Some(*other)
        };
        all.retain(|other| *other != id && open(other));
        let nonce = repair.nonce;
        all.into_iter().for_each(|to| self.send(to, Body::Recover { nonce }));
        if let Some(repair) = &mut self.repair {
            repair.asked_at = now;
        }
    }

    /// The number of ticks until it asks again: a question or an answer may have been lost.
    pub(super) fn asks_in(&self) -> Option<u64> {
        let repair = self.repair.as_ref()?;
        Some((repair.asked_at + self.config.election_ticks).saturating_sub(self.now))
    }

    pub(super) fn on_recover(&mut self, from: NodeId, nonce: u64) {
        if self.repair.is_some() {
            // It may have forgotten a later term in which it made a promise, so it reports none.
            let (id, body) = (self.config.id, Body::RecoverResp { nonce, leads_to: None, known: None });
            self.ready.messages.push(Message { from: id, to: from, term: 0, body });
            return;
        }
        let (now, last) = (self.now, self.log.last().0);
        let mut leads_to = None;
        if let Role::Leader(leader) = &mut self.role {
            leads_to = Some(last);
            // Everything sent from now on belongs to a new round, so that answers to it are distinguished from earlier
            // ones.
            leader.begin_round(now);
            let round = leader.round;
            if let Some(progress) = leader.followers.get_mut(&from) {
                progress.forget(last + 1, round);
            }
        }
        let known = Some(Box::new(self.known()));
        self.answer(from, Body::RecoverResp { nonce, leads_to, known });
        self.send_append(from, true);
    }

    pub(super) fn on_recover_resp(
        &mut self,
        from: NodeId,
        term: u64,
        nonce: u64,
        leads_to: Option<u64>,
        known: Option<Box<Known>>,
    ) {
        let Some(repair) = self.repair.as_mut().filter(|repair| repair.nonce == nonce) else { return };
        let before = repair.conf.0;
        repair.take(from, term, leads_to, known.map(|known| *known));
        let newer = repair.conf.0 > before;
        if term > self.hard.term {
            self.become_follower(term, None);
        }
        if newer {
            self.ask_again();
        }
        self.check_repaired();
    }

    /// The last entry that it has learned to be committed, while it is being repaired.
    pub(super) fn learned_commit(&self) -> Option<(u64, u64)> {
        self.repair.as_ref().map(|repair| repair.committed)
    }

    /// Whether it may acknowledge anything: an impaired node may once it knows in which terms it may have promised
    /// something, and is not in a term before the last of them. Otherwise it could help a leader that it had itself
    /// helped to depose.
    pub(super) fn may_acknowledge(&self) -> bool {
        self.repair.is_none() || self.bound().is_some_and(|bound| self.hard.term >= bound)
    }

    /// The highest term in which it may have promised something; none before enough nodes have answered.
    fn bound(&self) -> Option<u64> {
        let (repair, id) = (self.repair.as_ref()?, self.config.id);
        let (from, conf) = self.newest_conf(repair);
        let voters = conf.all_voters();
        // A single node has no other node to be repaired from.
        if voters == [id] {
            return None;
        }
        let others = || voters.iter().copied().filter(|other| *other != id);
        if !others().chain(repair.pending()).all(|other| other == id || repair.answers.contains_key(&other)) {
            return None;
        }
        // If too many nodes forgot as well, no node may know what was promised.
        let knows = |other: NodeId| {
            repair.answers.get(&other).is_some_and(|answer| answer.term > 0 && answer.applied >= from)
        };
        let majority = conf.vote_result(|other| Some(knows(other)), true) == VoteResult::Won;
        if !majority && !others().all(knows) {
            return None;
        }
        repair.answers.values().map(|answer| answer.term).max()
    }

    /// Whether it is safe to vote again.
    pub(super) fn check_repaired(&mut self) {
        let (Some(repair), Some(bound)) = (&self.repair, self.bound()) else { return };
        let (term, durable) = (self.hard.term, self.durable);
        let its = repair.answers.values().filter(|answer| answer.term == term);
        let led_to = its.filter_map(|answer| answer.leads_to).max();
        // Only the leader of the highest of these terms knows what this node acknowledged in it.
        let far = if term == bound { led_to.is_some_and(|last| durable >= last) } else { term > bound };
        let whole = far && term > 0 && self.log.term(durable) == Some(term);
        if whole {
            self.repair = None;
            // The term has its leader; a vote in it is moot, and must not be given.
            if self.hard.vote.is_none() {
                self.leader.into_iter().for_each(|leader| self.cast_vote(leader));
                self.ready.hard_changed = true;
            }
            self.ready.notes.push(Note::RepairEnded { index: durable });
        }
    }
}
