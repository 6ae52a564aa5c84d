//! A node that lost part of its log, or all of it: it says so, is repaired, and does not vote until that is safe.
//!
//! A torn tail is nothing to worry about: it was never answered for. A record that was durable and cannot be read any
//! more is another matter: the node may have acknowledged entries that it does not hold now, and voted in terms that it
//! does not know of. If it went on as if it had never had them, a majority could elect a leader that lacks a committed
//! entry. (The problem and a fuller answer to it: Alagappan et al., “Protocol-Aware Recovery for Consensus-Based
//! Storage”, FAST 2018.)
//!
//! So it neither votes nor stands, takes entries from whoever leads, and asks every other voter. Each answers with its
//! term, a leader also with its last index; what the leader believed of this node's log it forgets. The node is whole
//! again when
//! 1. every other voter has answered, a majority of all of them unimpaired: every promise it ever made was made to one of
//!    them, in a term that the one who got it knows, so that the highest of the terms answered bounds all of them. (If
//!    the one who got it has forgotten as well, the promise is void, or the majority that it helped to form knows.) An
//!    impaired node answers with term 0 and is asked again;
//! 2. it durably holds an entry of a later term than that: its leader was elected without this node, so its log held
//!    whatever was committed before with this node's help. Or it holds an entry of that very term, and reaches as far
//!    as that term's leader said that its log did: nothing that this node answered for lies beyond. An old append that
//!    arrives late is not enough.
//!
//! Until it knows that bound and has reached it, it acknowledges nothing at all, neither entries nor heartbeats: it may
//! have helped to depose the very leader that now asks it, and with its help that leader would commit, or confirm reads,
//! against its successor.
//!
//! Promises: an answer that belongs to an earlier asking counts for nothing. Leaves out: repairing from several nodes
//! that each lost something else; when a majority is impaired at once, nobody is elected.

use serde::{Deserialize, Serialize};

use super::core::{Note, Raft, Role};
use super::message::{Body, Message};
use super::quorum::Outcome;
use super::rules::Rule;
use crate::types::{Map, NodeId};

/// What a node that was impaired knows so far.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Repair {
    nonce: u64,
    /// When it asked last.
    asked_at: u64,
    /// Who has answered: its term, and of a leader its last index.
    answers: Map<NodeId, (u64, Option<u64>)>,
}

impl Raft {
    pub(super) fn begin_repair(&mut self, nonce: u64) {
        if !self.config.rules.on(Rule::RepairBeforeVoting) {
            return;
        }
        self.repair = Some(Repair { nonce, asked_at: 0, answers: Map::new() });
        self.ready.notes.push(Note::RepairBegan);
        self.ask_again();
    }

    /// Asks those who have not answered, and whoever leads now.
    pub(super) fn ask_again(&mut self) {
        let now = self.now;
        let Some(repair) = &mut self.repair else { return };
        repair.asked_at = now;
        let nonce = repair.nonce;
        let mut all = self.conf.electorate();
        // It may lead without being a voter that this node has heard of.
        all.extend(self.leader.filter(|leader| !self.conf.votes(*leader)));
        for to in all {
            let Some(repair) = &self.repair else { return };
            let asks = repair.answers.get(&to).is_none_or(|(term, _)| *term == 0) || self.leader == Some(to);
            if to != self.config.id && asks {
                self.send(to, Body::Recover { nonce });
            }
        }
    }

    /// Ticks until it asks again: a question or an answer may have been lost.
    pub(super) fn asks_in(&self) -> Option<u64> {
        let repair = self.repair.as_ref()?;
        Some((repair.asked_at + self.config.election_ticks).saturating_sub(self.now))
    }

    pub(super) fn on_recover(&mut self, from: NodeId, nonce: u64) {
        if self.repair.is_some() {
            // It may have forgotten in which term it was promised something, so it names none.
            let (id, body) = (self.config.id, Body::RecoverResp { nonce, leads_to: None });
            self.ready.messages.push(Message { from: id, to: from, term: 0, body });
            return;
        }
        let last = self.log.last().0;
        let mut leads_to = None;
        if let Role::Leader(leader) = &mut self.role {
            leads_to = Some(last);
            if let Some(progress) = leader.followers.get_mut(&from) {
                progress.forget(last + 1);
            }
        }
        self.answer(from, Body::RecoverResp { nonce, leads_to });
        self.send_append(from, true);
    }

    pub(super) fn on_recover_resp(&mut self, from: NodeId, term: u64, nonce: u64, leads_to: Option<u64>) {
        if let Some(repair) = &mut self.repair
            && repair.nonce == nonce
        {
            let known = repair.answers.get_or_insert(from, || (term, leads_to));
            // Of one term the first answer as its leader counts: later ones would only put the goal farther off.
            if term > known.0 || (term == known.0 && known.1.is_none()) {
                *known = (term, leads_to);
            }
            if term > self.hard.term {
                self.follow(term, None);
            }
            self.check_repaired();
        }
    }

    /// Whether it may acknowledge anything: of an impaired node, once it knows which terms it may have promised something
    /// in, and is in none before the last of them. Otherwise it could help a leader that it had itself helped to depose.
    pub(super) fn may_acknowledge(&self) -> bool {
        self.repair.is_none() || self.bound().is_some_and(|bound| self.hard.term >= bound)
    }

    /// The highest term in which it may have promised something; none before everyone has answered.
    fn bound(&self) -> Option<u64> {
        let repair = self.repair.as_ref()?;
        let id = self.config.id;
        let electorate = self.conf.electorate();
        // Alone there is nobody to be repaired from.
        if electorate == [id] {
            return None;
        }
        let answer = |other: &NodeId| repair.answers.get(other).map(|(term, _)| *term);
        let mut others = electorate.iter().filter(|other| **other != id);
        if !others.clone().all(|other| answer(other).is_some()) {
            return None;
        }
        // Too many that forgot as well, and what was promised may be known to nobody.
        let knows = |other: &NodeId| answer(other).is_some_and(|term| term > 0);
        let majority = self.conf.outcome(|other| Some(knows(&other)), true) == Outcome::Won;
        if !majority && !others.all(knows) {
            return None;
        }
        repair.answers.values().map(|(term, _)| *term).max()
    }

    /// Whether it is safe to vote again.
    pub(super) fn check_repaired(&mut self) {
        let (Some(repair), Some(bound)) = (&self.repair, self.bound()) else { return };
        let (term, durable) = (self.hard.term, self.durable);
        let led_to =
            repair.answers.values().filter(|(of, _)| *of == term).filter_map(|(_, last)| *last).max();
        // What it answered for in the highest of these terms, only that term's leader can tell.
        let far = if term == bound { led_to.is_some_and(|last| durable >= last) } else { term > bound };
        let whole = far && term > 0 && self.log.term(durable) == Some(term);
        if whole {
            self.repair = None;
            // The term has its leader; a vote in it is moot, and must not be given.
            if self.hard.vote.is_none() {
                self.hard.vote = self.leader;
                self.ready.hard_changed = true;
            }
            self.ready.notes.push(Note::RepairEnded { index: durable });
        }
    }
}
