//! Configuration changes, and leadership transfer (thesis 3.10 and chapter 4).
//!
//! Guarantees: with the rule on, one change is in progress at a time; a leader that is no longer a voter becomes a
//! follower as soon as that change is applied. Leaves out: what a configuration is (`conf`).

use super::conf::{Conf, ConfChange};
use super::core::{Note, Raft, Role};
use super::log::{Entry, EntryKind};
use super::message::{Body, Known};
use super::progress::Progress;
use super::refused::Refused;
use super::rules::Rule;
use quorum_types::NodeId;

impl Raft {
    /// Proposes a configuration change; returns its index. Refused by a node that does not lead
    /// ([`Refused::NotLeader`]), during a transfer, while another change is open ([`Refused::PendingConf`]), and if the
    /// change is invalid.
    pub fn change_conf(&mut self, change: &ConfChange) -> Result<u64, Refused> {
        let applied = self.applied;
        let one = self.config.rules.on(Rule::OneConfChange);
        let Role::Leader(leader) = &self.role else { return Err(Refused::NotLeader) };
        if leader.transfer.is_some() {
            return Err(Refused::Transfer);
        }
        if one && leader.pending_conf > applied {
            return Err(Refused::PendingConf);
        }
        if self.conf.joint() && *change != ConfChange::Leave {
            return Err(Refused::PendingConf);
        }
        self.conf.after(change).map_err(Refused::Invalid)?;
        let index = self.propose_entry(EntryKind::Conf, change.encode().into())?;
        if let Role::Leader(leader) = &mut self.role {
            leader.pending_conf = index;
        }
        self.broadcast_append(false);
        Ok(index)
    }

    /// Applies a change. A change that is no longer valid changes nothing, on every node alike.
    pub(super) fn apply_conf(&mut self, index: u64, entry: &Entry) {
        let change = ConfChange::decode(&entry.data);
        let Some(Ok(conf)) = change.map(|change| self.conf.after(&change)) else { return };
        self.conf = conf.clone();
        self.confs.push((index, conf.clone()));
        // The commit index is written with it: a node that restarted in an older configuration than the one in which it
        // acknowledged later entries could elect a second leader there.
        self.ready.hard_changed = true;
        self.ready.notes.push(Note::ConfChanged { index, conf });
        let (id, next) = (self.config.id, self.log.last().0);
        let Role::Leader(leader) = &mut self.role else { return };
        let conf = &self.conf;
        leader.followers.retain(|other, _| conf.contains(*other));
        for other in conf.members() {
            if other != id {
                leader
                    .followers
                    .entry(other)
                    .or_insert_with(|| Progress { recent_active: true, ..Progress::new(next.max(1)) });
            }
        }
        if leader.transfer.is_some_and(|(to, _)| !conf.votes(to)) {
            leader.transfer = None;
        }
        // The others learn of the commitment before a removed leader stops leading. A smaller majority may already have
        // committed more, and confirmed reads.
        self.advance_commit();
        self.broadcast_append(true);
        if !self.conf.votes(id) {
            self.broadcast_heartbeat();
            let term = self.hard.term;
            self.become_follower(term, None);
            return;
        }
        self.confirm_reads();
    }

    /// Begins to transfer leadership to a voter; to itself, it ends a transfer. Refused by a node that does not lead,
    /// and if the target has no vote ([`Refused::Invalid`]).
    pub fn transfer(&mut self, to: NodeId) -> Result<(), Refused> {
        let (id, now) = (self.config.id, self.now);
        let voter = self.conf.votes(to);
        let Role::Leader(leader) = &mut self.role else { return Err(Refused::NotLeader) };
        if to == id {
            leader.transfer = None;
            return Ok(());
        }
        if !voter {
            return Err(Refused::Invalid("leadership goes to a voter"));
        }
        if leader.transfer.is_some_and(|(under_way, _)| under_way == to) {
            return Ok(());
        }
        // As in etcd, a transfer postpones the next quorum check until the transfer ends or is given up.
        leader.transfer = Some((to, now));
        self.elapsed = 0;
        if !self.send_timeout_now_if_ready(to) {
            self.send_append(to, true);
        }
        Ok(())
    }

    /// Makes the transfer's target stand, once it holds everything. Returns whether it did.
    pub(super) fn send_timeout_now_if_ready(&mut self, from: NodeId) -> bool {
        let last = self.log.last().0;
        let Role::Leader(leader) = &mut self.role else { return false };
        let whole = leader.followers.get(&from).is_some_and(|progress| progress.matched == last);
        let ready = whole && leader.transfer.is_some_and(|(to, _)| to == from);
        if ready {
            leader.lease_void = true;
            self.send(from, Body::TimeoutNow);
        }
        ready
    }

    /// Gives up a transfer that took longer than an election timeout.
    pub(super) fn abort_late_transfer(&mut self) {
        if let Role::Leader(leader) = &mut self.role {
            leader.transfer = None;
        }
    }

    pub(super) fn on_timeout_now(&mut self) {
        if matches!(self.role, Role::Follower) {
            self.hup(true);
        }
    }

    /// What this node knows of the group's members, for a node that has lost this knowledge.
    pub(super) fn known(&self) -> Known {
        let from = self.confs.last().map_or(self.log.snapshot().index, |(at, _)| *at);
        // A change takes effect once it is applied, so with all rules on at most one is open.
        let (mut conf, mut pending) = (self.conf.clone(), None);
        for at in self.applied + 1..=self.log.last().0 {
            let entry = self.log.get(at).filter(|entry| entry.kind == EntryKind::Conf);
            let change = entry.and_then(|entry| ConfChange::decode(&entry.data));
            if let Some(Ok(next)) = change.map(|change| conf.after(&change)) {
                conf = next;
                pending = Some((at, conf.all_voters()));
            }
        }
        // As in `vote_resp`: with a rule off, a log can lack what it applied.
        let term = self.log.term(self.applied).unwrap_or(0);
        Known { commit: (self.applied, term), conf: (from, self.conf.clone()), pending }
    }

    /// The configuration as of an index, if it is known here.
    pub fn conf_at(&self, index: u64) -> &Conf {
        let behind = self.confs.partition_point(|(at, _)| *at <= index);
        behind.checked_sub(1).map_or(&self.log.snapshot().conf, |at| &self.confs[at].1)
    }
}
