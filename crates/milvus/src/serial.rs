//! Serial replication of the log, for comparison: replicas are written one after the other, as in the course.
//!
//! With the setting `wal_serial` the log's leader first makes an entry durable itself, then sends it to one follower,
//! and to the next when that one has answered; a record is acknowledged when all reachable replicas hold it.
//! Guarantees: Raft decides what is committed as usual, only its messages are delayed; a replica that has been silent
//! for an election timeout is skipped and delays nothing; when the setting is switched off, everything pending is sent
//! at once. Leaves out: snapshots (this log takes none), and groups other than the log.

use super::Milvus;
use super::net::{Answer, Packet};
use super::record::Record;
use super::topology::Component;
use crate::event::MilvusEvent;
use litemap::LiteMap;
use quorum_raft::{Body, Message, Role};
use quorum_types::{Micros, NodeId};

/// A replica's state while it leads the log.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns {
    /// Appends whose turn has not come, oldest first.
    waiting: Vec<Message>,
    /// When the last message of each other replica arrived.
    heard: LiteMap<NodeId, Micros>,
    /// Calls for committed records that not all replicas hold yet.
    owed: Vec<Owed>,
}

/// A call that will be answered.
#[derive(Clone, Copy, Debug)]
struct Owed {
    index: u64,
    record: Record,
    from: NodeId,
    call: u64,
}

/// The last index in an append; none for other messages.
fn brings(message: &Message) -> Option<u64> {
    match &message.body {
        Body::Append { prev, entries, .. } => Some(prev.0 + entries.len() as u64),
        _ => None,
    }
}

impl Milvus {
    /// Whether this replica writes the others one after the other.
    fn writes_serially(&self, id: NodeId) -> bool {
        self.settings.wal_serial == 1 && self.component(id) == Some(Component::Wal)
    }

    /// Sends a message of a group's member, or holds it until its turn.
    pub(super) fn carry_in_turn(&mut self, message: Message) {
        if self.writes_serially(message.from)
            && let Some(last) = brings(&message)
        {
            let turns = self.turns.entry(message.from).or_default();
            let mut behind = turns.waiting.iter_mut().filter(|other| other.to == message.to).peekable();
            let brings_something =
                matches!(&message.body, Body::Append { entries, .. } if !entries.is_empty());
            // An empty append must not overtake the ones before it.
            if brings_something || behind.peek().is_some() {
                match behind.find(|other| brings(other) == Some(last)) {
                    // Raft has sent it again meanwhile.
                    Some(same) if brings_something => *same = message,
                    Some(_) => {}
                    None => turns.waiting.push(message),
                }
                return;
            }
        }
        self.send(message.from, message.to, Packet::Raft(message));
    }

    /// A replica of the log has received a message from another.
    pub(super) fn heard_replica(&mut self, id: NodeId, from: NodeId) {
        if self.component(id) == Some(Component::Wal) {
            let now = self.now;
            self.turns.entry(id).or_default().heard.insert(from, now);
        }
    }

    /// A record is committed: its call is answered now, or when all reachable replicas hold it.
    pub(super) fn log_took(&mut self, id: NodeId, index: u64, record: Record, (from, call): (NodeId, u64)) {
        if self.writes_serially(id) && self.leads(id) {
            let turns = self.turns.entry(id).or_default();
            turns.owed.push(Owed { index, record, from, call });
        } else {
            self.answer_for(id, index, record, (from, call));
        }
    }

    fn answer_for(&mut self, id: NodeId, index: u64, record: Record, (from, call): (NodeId, u64)) {
        self.count_copies(id, index);
        if let Record::Rows { first_id, .. } = record {
            self.emit(Some(id), MilvusEvent::WriteStep { first_id, step: 4 });
        }
        let at_us = self.now;
        self.reply(id, from, call, Answer::Appended { at_us });
    }

    /// Tells the checkers how many replicas hold a record that is about to be acknowledged.
    fn count_copies(&mut self, id: NodeId, index: u64) {
        let term = self.members.get(&id).and_then(|member| member.raft()?.log().term(index));
        let Some(term) = term else { return };
        let replicas = self.kind(Component::Wal);
        let holds = |id: &&NodeId| self.members.get(id).is_some_and(|member| member.holds(index, term));
        let (copies, replicas) = (replicas.iter().filter(holds).count(), replicas.len());
        self.checkers.appended(index, copies, replicas);
    }

    /// Sends every append whose turn has come, and answers every call whose record all replicas hold.
    pub(super) fn take_turns(&mut self, id: NodeId) {
        let idle = |turns: &Turns| turns.waiting.is_empty() && turns.owed.is_empty();
        if self.turns.get(&id).is_none_or(idle) {
            return;
        }
        if !self.leads(id) {
            // Its appends belong to an old term, and it can no longer know which replicas hold what.
            if let Some(turns) = self.turns.get_mut(&id) {
                turns.waiting.clear();
                turns.owed.clear();
            }
            return;
        }
        let serially = self.writes_serially(id);
        let held = self.held_by(id);
        let Some(turns) = self.turns.get_mut(&id) else { return };
        // How far all replicas before this one hold the log.
        let before = |to: NodeId| {
            held.iter().take_while(|(other, _)| *other != to).map(|(_, upto)| *upto).min().unwrap_or(u64::MAX)
        };
        let goes = |message: &mut Message| {
            !serially || brings(message).is_none_or(|last| before(message.to) >= last)
        };
        let mut kept_back: Vec<NodeId> = Vec::new();
        let mut ready = Vec::new();
        for mut message in std::mem::take(&mut turns.waiting) {
            // In Raft's order, follower by follower.
            if !kept_back.contains(&message.to) && goes(&mut message) {
                ready.push(message);
            } else {
                kept_back.push(message.to);
                turns.waiting.push(message);
            }
        }
        let by_all = if serially { before(NodeId::MAX) } else { u64::MAX };
        let answers: Vec<Owed> = turns.owed.extract_if(.., |owed| owed.index <= by_all).collect();
        for message in ready {
            self.send(message.from, message.to, Packet::Raft(message));
        }
        for Owed { index, record, from, call } in answers {
            self.answer_for(id, index, record, (from, call));
        }
    }

    /// How far the log is durable at its leader and at each reachable follower, in the order of writing.
    fn held_by(&self, id: NodeId) -> Vec<(NodeId, u64)> {
        let Some(raft) = self.members.get(&id).and_then(|member| member.raft()) else { return Vec::new() };
        let patience = self.settings.raft_election_ms * 1_000;
        let heard = |other: &NodeId| {
            let last = self.turns.get(&id).and_then(|turns| turns.heard.get(other));
            last.is_some_and(|at| at + patience > self.now)
        };
        let mut held = vec![(id, raft.durable())];
        if let Role::Leader(leader) = raft.role() {
            let reached = leader.followers.iter().filter(|(other, _)| **other != id && heard(other));
            held.extend(reached.map(|(other, progress)| (*other, progress.matched)));
        }
        held
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventKind;
    use crate::{Action, Settings};
    use quorum_sim::event::EngineEvent;

    /// The timing of a write: from its third to its fourth step, and each replica's sync in between.
    struct Written {
        appended_us: Vec<Micros>,
        failed: u64,
        world: Milvus,
    }

    fn run(set: &[(&str, u64)], seconds: u64, action: impl Fn(&Milvus) -> Option<Action>) -> Written {
        let mut settings = Settings::default();
        for (name, value) in
            [("fsync_min_ms", 100), ("fsync_max_ms", 100), ("insert_interval_ms", 5_000)].iter().chain(set)
        {
            settings.set(name, *value).expect("a setting");
        }
        let mut world = Milvus::new(7, settings);
        world.advance(20_000_000, u64::MAX);
        world.take_events();
        if let Some(action) = action(&world) {
            world.perform(&action).expect("done");
        }
        world.advance(20_000_000 + seconds * 1_000_000, u64::MAX);
        let (mut appended_us, mut failed) = (Vec::new(), 0);
        for event in world.take_events() {
            match event.kind {
                EventKind::Engine(EngineEvent::Acknowledged { took_us, .. }) => appended_us.push(took_us),
                EventKind::Milvus(MilvusEvent::InsertFailed { .. }) => failed += 1,
                _ => {}
            }
        }
        Written { appended_us, failed, world }
    }

    fn nothing(_: &Milvus) -> Option<Action> {
        None
    }

    /// Every write took this many syncs of 100 ms, and little more.
    fn check(set: &[(&str, u64)], syncs: u64) {
        let written = run(set, 60, nothing);
        assert!(written.appended_us.len() >= 20 && written.failed == 0, "{set:?}: {:?}", written.appended_us);
        for took in &written.appended_us {
            assert!((syncs * 100_000..syncs * 100_000 + 15_000).contains(took), "{set:?}: {took} µs");
        }
    }

    #[test]
    fn one_after_the_other_takes_a_sync_a_replica_and_in_parallel_one() {
        check(&[], 1);
        check(&[("wal_serial", 1)], 3);
        check(&[("wal_serial", 1), ("wal_replicas", 5)], 5);
        check(&[("wal_serial", 1), ("wal_replicas", 1)], 1);
        check(&[("wal_serial", 1), ("control_plane", 1)], 3);
    }

    #[test]
    fn an_acknowledged_write_is_durable_on_every_replica() {
        let mut world = run(&[("wal_serial", 1), ("control_plane", 2)], 10, nothing).world;
        let mut seen = 0;
        while world.now < 60_000_000 {
            let next = world.next_at().expect("something happens");
            world.advance(next, 1);
            for event in world.take_events() {
                let EventKind::Milvus(MilvusEvent::WriteStep { step: 4, .. }) = event.kind else { continue };
                let leader = event.node.expect("a replica");
                let last = world.logs.sources.get(&leader).and_then(|source| source.records.last());
                let index = last.expect("a record").0;
                for (replica, upto) in world.held_by(leader) {
                    assert!(upto >= index, "{replica} holds {upto}, not {index}");
                }
                assert_eq!(world.held_by(leader).len(), 3);
                seen += 1;
            }
        }
        assert!(seen > 10, "{seen} writes");
    }

    #[test]
    fn a_follower_that_is_gone_is_passed_over_and_the_log_goes_on() {
        let follower = |world: &Milvus| {
            let replicas = world.of(Component::Wal).into_iter();
            Some(Action::Kill { node: replicas.rev().find(|id| !world.leads(*id))? })
        };
        let set = [("wal_serial", 1), ("supervised", 0)];
        let written = run(&set, 60, follower);
        assert!(written.appended_us.len() >= 20, "{:?}", written.appended_us);
        // From its second write on, nothing waits for it.
        for took in &written.appended_us[2..] {
            assert!((200_000..215_000).contains(took), "{took} µs");
        }
    }

    #[test]
    fn what_waits_goes_when_the_setting_is_switched_off() {
        let mut world = run(&[("wal_serial", 1)], 1, nothing).world;
        let waits = |world: &Milvus| world.turns.values().any(|turns| !turns.waiting.is_empty());
        while !waits(&world) {
            let next = world.next_at().expect("something happens");
            world.advance(next, 1);
        }
        world.set("wal_serial", 0).expect("can be set while it runs");
        assert!(!waits(&world));
        assert!(world.turns.values().all(|turns| turns.owed.is_empty()));
    }
}
