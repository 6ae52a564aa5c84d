//! Raft groups of pods: the metadata store, the log's replicas, and in the course's topology every coordinator.
//!
//! A member is a [`Replica`] over a real log, as in a replica set. Guarantees: a member's messages depend only on
//! durable state; the winner of an election is reported as the holder of a role; a log that has become long is
//! compacted to a snapshot. Simplified: only Raft's part of a snapshot is on the disk; the applied state is kept by its
//! index, since it follows from the log alone and is the same for all members. Leaves out: what the entries mean
//! (`metadata_store`, `log`).

use super::topology::{Component, ControlPlane};
use super::{Milvus, ScheduledEvent};
use quorum_raft::{Conf, Message, Note, Rule, Rules};
use quorum_sim::event::RaftEvent;
use quorum_sim::log_disk::LogDisk;
use quorum_sim::replica::Replica;
use quorum_sim::settings::Settings as RaftSettings;
use quorum_types::NodeId;
use quorum_wal::disk::Disk;

/// A log is compacted when this many entries can go.
const LONG: u64 = 500;
/// The minimum number of snapshots kept: the last may not be durable when the power fails.
const REMEMBERED: usize = 8;

impl Milvus {
    /// Whether pods of a kind form a Raft group.
    pub(super) fn is_group(&self, component: Component) -> bool {
        component == Component::Meta
            || (component == Component::Wal && !self.log_is_service())
            || (self.control_plane == ControlPlane::Raft && component.coordinates())
    }

    /// Gives every member of a group its empty disk.
    pub(super) fn furnish_groups(&mut self) {
        for place in self.places() {
            if self.is_group(place.component) {
                let rules = self.rules_of(place.component);
                let mut member = Replica::new(LogDisk::new(place.id, Disk::default(), None), 1, 1, rules);
                member.opaque = true;
                self.members.insert(place.id, member);
            }
        }
    }

    /// An unfenced coordinator does not notice that it was deposed.
    fn rules_of(&self, component: Component) -> Rules {
        let mut rules = Rules::default();
        if component.coordinates() && self.settings.fencing == 0 {
            rules.set(Rule::CheckQuorum, false);
        }
        rules
    }

    fn raft_settings(&self, component: Component) -> RaftSettings {
        let (heartbeat, election) = if component.coordinates() {
            (self.settings.coord_heartbeat_ms, self.settings.coord_election_ms)
        } else {
            (self.settings.raft_heartbeat_ms, self.settings.raft_election_ms)
        };
        RaftSettings {
            heartbeat_us: heartbeat * 1_000,
            election_us: election * 1_000,
            check_quorum: !(component.coordinates() && self.settings.fencing == 0),
            snapshot_entries: 0,
            ..RaftSettings::default()
        }
    }

    /// A member's process is up: it reads its log and runs.
    pub(super) fn start_member(&mut self, id: NodeId) {
        let Some(component) = self.component(id) else { return };
        let conf = Conf::new(self.of(component).iter().copied(), []);
        let (settings, now, seed) = (self.raft_settings(component), self.now, self.seed);
        let alone = conf.voters.len() == 1;
        let Some(member) = self.members.get_mut(&id) else { return };
        member.epoch += 1;
        let (mut rebuild, end, recovery) = member.replay(&conf, false);
        if member.reopen(recovery.replay(), &end, alone, &mut rebuild, &mut self.outbox) {
            let impaired = rebuild.impaired;
            member.start_raft(now, rebuild, seed, &settings);
            member.write_boot(now, impaired, &mut self.null_log);
            let begins = member.raft().map_or(0, |raft| raft.log().snapshot().index);
            self.begins_with_snapshot(id, begins);
            self.handle_ready(id);
        }
    }

    /// A member's power fails.
    pub(super) fn stop_member(&mut self, id: NodeId) {
        if let Some(member) = self.members.get_mut(&id) {
            member.lose_memory();
            member.log.crash(0, &mut self.outbox);
        }
    }

    /// A message for a member's Raft.
    pub(super) fn step_member(&mut self, id: NodeId, message: Message) {
        let now = self.now;
        let Some(member) = self.members.get_mut(&id) else { return };
        member.catch_up(now);
        let from = message.from;
        if let Some(raft) = member.raft_mut() {
            raft.step(message);
            self.heard_replica(id, from);
            self.handle_ready(id);
        }
    }

    pub(super) fn member_timer(&mut self, id: NodeId, life: u64) {
        let now = self.now;
        let Some(member) = self.members.get_mut(&id).filter(|member| member.life == life) else { return };
        if member.timer_at.is_none_or(|at| at > now) {
            return;
        }
        member.timer_at = None;
        if member.paused {
            return;
        }
        member.catch_up(now);
        self.handle_ready(id);
    }

    pub(super) fn sync_ends(&mut self, id: NodeId, number: u64) {
        let now = self.now;
        let Some(member) = self.members.get_mut(&id) else { return };
        let Some(lsn) = member.log.end_sync(now, number, &mut self.null_log) else { return };
        member.catch_up(now);
        let messages = member.synced(lsn);
        member.delete_replaced_files(lsn, &mut self.outbox);
        self.carry(id, messages);
        self.handle_ready(id);
    }

    /// A pod does something: its Raft learns how late it is. A leader must not rely on a lease by an old clock.
    pub(super) fn catch_up_member(&mut self, id: NodeId) {
        let now = self.now;
        if let Some(member) = self.members.get_mut(&id).filter(|member| !member.paused) {
            member.catch_up(now);
        }
    }

    /// A paused member resumes: its timer is scheduled again.
    pub(super) fn wake_member(&mut self, id: NodeId) {
        if let Some(member) = self.members.get_mut(&id) {
            member.timer_at = None;
            self.handle_ready(id);
        }
    }

    /// Compacts a member's log up to an index, or up to everything it has applied, if much can go. Returns whether it
    /// did.
    pub(super) fn compact_if_long(&mut self, id: NodeId, most: u64) -> bool {
        let now = self.now;
        let Some(member) = self.members.get_mut(&id) else { return false };
        let Some(raft) = member.raft() else { return false };
        let (applied, first) = (raft.applied(), raft.log().first());
        let index = applied.min(most);
        if index + 1 < first + LONG
            || raft.durable() < index
            || !member.compact(now, index, &mut self.null_log)
        {
            return false;
        }
        let component = self.component(id);
        if component == Some(Component::Meta) {
            self.store.snapshot_taken(id, index);
        }
        self.plan_sync(id);
        // A member without power will later restart from the snapshot on its disk.
        let oldest = |member: &Replica| match member.raft() {
            Some(raft) => raft.log().first() - 1,
            None => member.on_disk.first() - 1,
        };
        let group = component.map(|component| self.of(component)).unwrap_or_default();
        let oldest = group.iter().filter_map(|id| self.members.get(id)).map(oldest).min().unwrap_or(0);
        if component == Some(Component::Meta) {
            self.store.keep_snapshots(oldest, REMEMBERED);
        } else {
            self.keep_log_snapshots(oldest, REMEMBERED);
        }
        true
    }

    /// A member's log begins with a snapshot, from its disk or from the leader.
    fn begins_with_snapshot(&mut self, id: NodeId, index: u64) {
        match self.component(id) {
            _ if index == 0 => {}
            Some(Component::Meta) => self.store.restore(id, index),
            Some(Component::Wal) => self.log_begins(id, index),
            _ => {}
        }
    }

    /// Makes a member propose an entry. Returns the entry's index.
    pub(super) fn propose(&mut self, id: NodeId, data: std::sync::Arc<[u8]>) -> Option<u64> {
        let now = self.now;
        let member = self.members.get_mut(&id)?;
        member.catch_up(now);
        let index = member.raft_mut()?.propose(data).ok()?;
        self.handle_ready(id);
        Some(index)
    }

    /// Whether a member leads its group, as far as it knows.
    pub(super) fn leads(&self, id: NodeId) -> bool {
        self.members.get(&id).is_some_and(Replica::leads)
    }

    /// Whether it could prove leadership: a majority has answered it within its lease.
    pub(super) fn leads_for_sure(&self, id: NodeId) -> bool {
        let Some(raft) = self.members.get(&id).and_then(Replica::raft) else { return false };
        raft.leads() && (raft.conf().voters.len() == 1 || raft.holds_lease())
    }

    /// Whether it may answer reads (Raft thesis 6.4): no other member can have been elected, and an entry of its own
    /// term is committed, so that its state contains everything that was acknowledged before.
    pub(super) fn certain(&self, id: NodeId) -> bool {
        let Some(raft) = self.members.get(&id).and_then(Replica::raft) else { return false };
        self.leads_for_sure(id) && raft.log().term(raft.commit()) == Some(raft.term())
    }

    /// The leader known to a member.
    pub(super) fn leader_known(&self, id: NodeId) -> Option<NodeId> {
        self.members.get(&id)?.raft()?.leader()
    }

    /// Sends a member's messages.
    fn carry(&mut self, id: NodeId, mut messages: Vec<Message>) {
        if messages.is_empty() {
            return;
        }
        for message in messages.drain(..) {
            self.carry_in_turn(message);
        }
        if let Some(member) = self.members.get_mut(&id) {
            member.reuse(messages);
        }
    }

    /// Carries out what a member's Raft has requested.
    pub(super) fn handle_ready(&mut self, id: NodeId) {
        let now = self.now;
        loop {
            let Some(member) = self.members.get_mut(&id) else { return };
            let turn = member.process_ready(now, &mut self.null_log);
            let idle = turn.idle;
            if !turn.notes.is_empty() {
                self.tell(id, turn.notes);
            }
            self.carry(id, turn.messages);
            for apply in turn.applied {
                match self.component(id) {
                    Some(Component::Meta) => self.store_applied(id, apply.index, &apply.entry),
                    Some(Component::Wal) => self.log_applied(id, apply.index, &apply.entry),
                    _ => {}
                }
            }
            if idle {
                break;
            }
        }
        self.take_turns(id);
        self.plan_sync(id);
        self.plan_timer(id);
    }

    pub(super) fn plan_sync(&mut self, id: NodeId) {
        let Some(extra) = self.pod(id).filter(|pod| !pod.disk_full).map(|pod| pod.sync_extra_us) else {
            return;
        };
        let (now, settings) = (self.now, &self.settings);
        let (least, most) = (settings.fsync_min_ms * 1_000, settings.fsync_max_ms * 1_000);
        let Some(member) = self.members.get_mut(&id) else { return };
        if let Some(begun) = member.log.begin_sync(now, &mut self.outbox, &mut self.null_log) {
            let took = self.rng.between(least, most.max(least)) + extra;
            self.event_queue.schedule(now + took, ScheduledEvent::SyncEnds { pod: id, number: begun.number });
        }
    }

    fn plan_timer(&mut self, id: NodeId) {
        let now = self.now;
        let Some(member) = self.members.get_mut(&id) else { return };
        let Some(due) = member.due_us() else { return };
        if member.timer_at.is_none_or(|at| at > due) {
            member.timer_at = Some(due);
            let life = member.life;
            self.event_queue.schedule(due.max(now), ScheduledEvent::MemberTimer { pod: id, life });
        }
    }

    fn tell(&mut self, id: NodeId, notes: Vec<Note>) {
        for note in notes {
            match note {
                Note::Campaigned { term } => self.emit(Some(id), RaftEvent::Campaigned { term }),
                Note::BecameLeader { term, .. } => self.won(id, term),
                Note::SteppedDown { .. } | Note::LostQuorum { .. } => self.lost(id),
                Note::SnapshotInstalled { index, .. } => self.begins_with_snapshot(id, index),
                _ => {}
            }
        }
    }

    /// A member has won its group's election.
    fn won(&mut self, id: NodeId, term: u64) {
        let Some(component) = self.component(id) else { return };
        self.checkers.elected(self.now, component, id, term);
        if component.coordinates() {
            self.begin_takeover(id, term);
        } else {
            self.begin_role(id, term);
            self.leads_group(id);
            self.leads_log(id);
        }
    }

    fn lost(&mut self, id: NodeId) {
        if !self.leads(id) {
            self.end_role(id);
        }
    }
}
