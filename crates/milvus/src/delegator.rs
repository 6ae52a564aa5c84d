//! Delegators: they read the log for growing rows, and know up to which tick they have everything.
//!
//! Each replica has one delegator. Up to 2.5 it is in one of the replica's query nodes and subscribes to the log; from
//! 2.6 on (setting `delegator`) it is in the streaming node that owns the log, and reads there what the owner sends to
//! its readers. Guarantees: every record from its position on is read once, without a gap; growing rows are released
//! when sealed segments that hold them are served, and not before; the owner's delegators end with its role, and a new
//! owner's begin at the checkpoint. Simplified: the owner has the delegators of all replicas, where Milvus puts those
//! of further replicas into other streaming nodes. Leaves out: searches (`search`), and who orders what
//! (`query_coord`).

use std::sync::Arc;

use super::log_source::Source;
use super::near::Rows;
use super::net::{Answer, Ask, Placed, Stream, Watch, Why};
use super::record::Record;
use super::rules::Rule;
use super::topology::{Component, ControlPlane};
use super::{Job, Milvus};
use crate::event::MilvusEvent;
use quorum_types::sort::sort;
use quorum_types::{Micros, NodeId};

/// A delegator: its pod, and its replica.
pub(super) type At = (NodeId, u32);

/// A delegator's memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Delegator {
    /// The node that serves each segment of its replica; 0 for none.
    pub(super) placed: Arc<[Placed]>,
    /// Everything up to here has expired.
    expired: u64,
    /// The number of the time for which it has been reading: work of an earlier time is void.
    stint: u64,
    /// The part of the log it has read itself begins here: earlier rows are in sealed segments.
    pub(super) from: u64,
    /// Whether its replica lacks segments that hold the earlier rows.
    pub(super) incomplete: bool,
    /// How far it has read the log, and up to when it has everything.
    pub(super) position: u64,
    /// How far it has been sent the log without a gap; it is ahead of `position` while it reads.
    received: u64,
    pub(super) service_us: Micros,
    pub(super) caught_up: bool,
    /// When it last received anything from the log.
    pub(super) heard_us: Micros,
    watched_us: Micros,
    replayed: u64,
    fence: u64,
    /// It is busy reading the received records until then.
    reads_until: Micros,
    /// How many parts of the log it is reading: what came later waits, even if it takes no time.
    reading: u32,
    /// Growing rows: the log's index, and rows.
    pub(super) growing: Arc<Vec<(u64, Rows)>>,
    pub(super) waiting: Vec<u64>,
}

impl Delegator {
    /// The log up to here is in sealed segments that the replica serves, or has expired, as far as its messages say. Of
    /// its own pod it knows better: `lacks` says which segments that pod does not serve.
    fn sealed_upto(&self, pod: NodeId, lacks: impl Fn(u64) -> bool) -> u64 {
        let served =
            self.placed.iter().filter(|(segment, at, _)| *at != 0 && !(*at == pod && lacks(*segment)));
        let mut spans: Vec<(u64, u64)> = served.filter_map(|part| part.2).collect();
        sort(&mut spans);
        spans
            .into_iter()
            .fold(self.expired, |end, (after, upto)| if after <= end { end.max(upto) } else { end })
    }

    /// Its state as a reader, in a few words.
    fn described(&self, replica: u32) -> String {
        format!(
            " and reads for replica {replica}: at record {}, {}, {}",
            self.position,
            if self.caught_up { "caught up" } else { "not caught up" },
            if self.incomplete { "without all segments" } else { "complete" }
        )
    }

    /// Where a delegator finds segments.
    #[cfg(all(test, not(target_arch = "wasm32")))]
    pub(super) fn placed(&self) -> impl Iterator<Item = (u64, NodeId)> + '_ {
        self.placed.iter().map(|(segment, at, _)| (*segment, *at))
    }
}

impl Milvus {
    /// Whether delegators are in the streaming node that owns the log.
    pub(super) fn delegates_at_owner(&self) -> bool {
        self.control_plane == ControlPlane::Streaming && self.settings.delegator == 1
    }

    /// The kind of pod whose pods can be delegators.
    pub(super) fn delegating(&self) -> Component {
        if self.delegates_at_owner() { Component::StreamingNode } else { Component::QueryNode }
    }

    /// The delegators in a pod.
    pub(super) fn delegators_of(&self, id: NodeId) -> impl Iterator<Item = (u32, &Delegator)> + '_ {
        self.delegators.iter().filter(move |((node, _), _)| *node == id).map(|(at, known)| (at.1, known))
    }

    /// Where each of them is.
    fn places_in(&self, id: NodeId) -> Vec<At> {
        self.delegators_of(id).map(|(replica, _)| (id, replica)).collect()
    }

    /// What a pod reads for, in a few words.
    pub(super) fn readers_described(&self, id: NodeId) -> String {
        self.delegators_of(id).map(|(replica, known)| known.described(replica)).collect()
    }

    /// Whether a pod may be a delegator at this moment: in a streaming node only the log's owner, and only while no
    /// other can own it.
    pub(super) fn may_delegate(&self, id: NodeId) -> bool {
        let component = self.component(id);
        component == Some(self.delegating())
            && (component == Some(Component::QueryNode) || self.in_charge(id))
    }

    // --- orders of the coordinator

    pub(super) fn watch_asked(&mut self, id: NodeId, from: NodeId, call: u64, watch: Watch) {
        if !self.may_delegate(id) {
            self.reply(id, from, call, Answer::Failed("not_serving"));
            return;
        }
        self.reply(id, from, call, Answer::Done);
        let Watch { replica, placed, mut checkpoint, expired } = watch;
        let (now, at) = (self.now, (id, replica));
        if !self.rules.on(Rule::ReplayFromCheckpoint) {
            checkpoint = self.logs.sources.values().map(Source::last).max().unwrap_or(checkpoint);
        }
        let begins = !self.delegators.contains_key(&at);
        let delegator = self.delegators.entry(at).or_default();
        delegator.placed = placed;
        delegator.expired = delegator.expired.max(expired);
        if begins {
            self.read_from(at, checkpoint, now);
            if self.component(id) == Some(Component::QueryNode) {
                self.subscribe(id);
            } else {
                self.feed_delegators(id, 0);
            }
        }
        self.release_growing(at, checkpoint);
    }

    /// Another node reads the log for the replica.
    pub(super) fn unwatch_asked(&mut self, id: NodeId, from: NodeId, call: u64) {
        self.reply(id, from, call, Answer::Done);
        self.dismiss_delegators(id);
    }

    /// A pod's delegators end; it lives on.
    pub(super) fn dismiss_delegators(&mut self, id: NodeId) {
        for at in self.places_in(id) {
            let waiting = self.delegators.remove(&at).map(|delegator| delegator.waiting).unwrap_or_default();
            for number in waiting {
                self.end_search(number, Err("not_serving"));
            }
        }
    }

    // --- reading

    /// A delegator begins to read the log at a position.
    fn read_from(&mut self, at: At, position: u64, now: Micros) {
        self.stints += 1;
        let stint = self.stints;
        let Some(delegator) = self.delegators.get_mut(&at) else { return };
        let placed = std::mem::take(&mut delegator.placed);
        let (waiting, expired) = (std::mem::take(&mut delegator.waiting), delegator.expired);
        // What comes before a fence is judged by the fences before it.
        *delegator = Delegator {
            placed,
            expired,
            stint,
            from: position,
            position,
            received: position,
            heard_us: now,
            watched_us: now,
            reads_until: now,
            incomplete: delegator.incomplete,
            ..Delegator::default()
        };
        self.checkers.begins_at(at.0, position);
        for number in waiting {
            self.end_search(number, Err("not_serving"));
        }
    }

    /// The log was truncated where it wanted to read: it begins again after that point.
    fn read_behind(&mut self, at: At, upto: u64, fence: u64) {
        let now = self.now;
        if self.delegators.get(&at).is_none_or(|delegator| delegator.position >= upto) {
            return;
        }
        self.read_from(at, upto, now);
        if let Some(delegator) = self.delegators.get_mut(&at) {
            delegator.fence = fence;
        }
        if self.component(at.0) == Some(Component::QueryNode) {
            self.subscribe(at.0);
        }
    }

    /// The part of the log that a delegator has in sealed segments (`Delegator::sealed_upto`).
    fn sealed_for(&self, at: At) -> Option<u64> {
        let pod = self.queriers.get(&at.0);
        let lacks = |segment| pod.is_none_or(|pod| !pod.serves(segment));
        self.delegators.get(&at).map(|delegator| delegator.sealed_upto(at.0, lacks))
    }

    /// Releases growing rows that are in sealed segments served by the replica. It may have learned of the segments
    /// before it had read those rows: a later read releases again.
    fn release_growing(&mut self, at: At, checkpoint: u64) {
        if !self.rules.on(Rule::ReleaseGrowing) {
            return;
        }
        let Some(mut whole) = self.sealed_for(at) else { return };
        if !self.rules.on(Rule::LoadBeforeRelease) {
            whole = whole.max(checkpoint);
        }
        let Some(delegator) = self.delegators.get_mut(&at) else { return };
        delegator.incomplete = whole < delegator.from;
        if whole > delegator.from && delegator.caught_up {
            let from = whole.min(delegator.position);
            self.checkers.released(at.0, at.1, from, self.clients.expired.upto());
            delegator.from = from;
            Arc::make_mut(&mut delegator.growing).retain(|(index, _)| *index > from);
        }
    }

    /// A reader subscribes to the log where it left off.
    pub(super) fn subscribe(&mut self, id: NodeId) {
        let from = match self.delegators.get(&(id, self.replica_of(id))) {
            Some(delegator) => delegator.position,
            None => self.draining.get(&id).map_or(0, |node| node.position()),
        };
        self.ask_acting(id, self.log_source(), Ask::Subscribe { from }, Why::Subscribe);
    }

    pub(super) fn subscribed(&mut self, id: NodeId, answer: &Answer) {
        let now = self.now;
        for at in self.places_in(id) {
            if let Some(delegator) = self.delegators.get_mut(&at) {
                delegator.heard_us = now;
            }
        }
        if let Answer::LetGo { upto, fence } = *answer {
            for at in self.places_in(id) {
                self.read_behind(at, upto, fence);
            }
            self.drain_behind(id, upto, fence);
            self.own_behind(id, upto, fence);
        }
    }

    /// Once a second. A query node that receives nothing from the log subscribes again, possibly at another source.
    pub(super) fn look_after_delegators(&mut self, id: NodeId) {
        let silent_us = 5 * self.settings.tick_ms * 1_000;
        let now = self.now;
        let silent =
            |delegator: &Delegator| now > delegator.heard_us + silent_us && now >= delegator.reads_until;
        let again = self.component(id) == Some(Component::QueryNode)
            && self.delegators_of(id).any(|(_, delegator)| silent(delegator));
        if again && self.rules.on(Rule::ResubscribeWhenSilent) {
            let source = self.log_source();
            self.acting_for.remove(&(id, source));
            self.subscribe(id);
        }
        self.drop_old_searches(id);
        for at in self.places_in(id) {
            self.watch_memory(at);
        }
    }

    /// Tells the checkers what a delegator holds in memory.
    fn watch_memory(&mut self, at: At) {
        let Some(delegator) = self.delegators.get(&at).filter(|delegator| delegator.caught_up) else {
            return;
        };
        let first = delegator.growing.first().map(|(index, _)| *index);
        let Some(sealed) = self.sealed_for(at) else { return };
        self.checkers.holds_growing(at, first, sealed);
    }

    /// The owner's delegators read what it sends its readers, and the tick.
    pub(super) fn feed_delegators(&mut self, id: NodeId, ts: Micros) {
        for at in self.places_in(id) {
            let received = |world: &Self| world.delegators.get(&at).map_or(0, |known| known.received);
            let Some(source) = self.logs.sources.get(&id) else { return };
            if let Some((upto, fence)) = source.lacks(received(self)) {
                self.read_behind(at, upto, fence);
            }
            let from = received(self);
            let stream = self.logs.sources.get(&id).map(|source| source.after(from, ts));
            if let Some(stream) = stream {
                self.delegator_streamed(at, stream);
            }
        }
    }

    /// A part of the log has reached a delegator.
    pub(super) fn delegator_streamed(&mut self, at: At, stream: Stream) {
        let (now, looks) = (self.now, self.rules.on(Rule::GapCheckWhileBusy));
        let Some(delegator) = self.delegators.get_mut(&at) else { return };
        delegator.heard_us = now;
        if stream.from > delegator.received && (looks || delegator.reads_until <= now) {
            // Records in between are missing; those that it is still reading do not include them.
            self.subscribe(at.0);
            return;
        }
        delegator.received = delegator.received.max(stream.upto);
        let stint = delegator.stint;
        let takes_us = stream.records.len() as u64 * 1_000_000 / self.settings.replay_records_per_s.max(1);
        delegator.reads_until = delegator.reads_until.max(now) + takes_us;
        if delegator.reads_until == now && delegator.reading == 0 {
            self.consumed(at, stint, &stream);
        } else {
            delegator.reading += 1;
            let takes_us = delegator.reads_until - now;
            self.work_aside(at.0, takes_us, Job::Consumed { replica: at.1, stint, stream });
        }
    }

    /// A part of the log that took time has been read.
    pub(super) fn read_through(&mut self, at: At, stint: u64, stream: &Stream) {
        if let Some(delegator) = self.delegators.get_mut(&at).filter(|known| known.stint == stint) {
            delegator.reading -= 1;
            self.consumed(at, stint, stream);
        }
    }

    /// Records have been read.
    fn consumed(&mut self, at: At, stint: u64, stream: &Stream) {
        let (now, seed, dim) = (self.now, self.seed, self.settings.dim);
        let Stream { fence, upto, ref records, ts, .. } = *stream;
        let Some(delegator) = self.delegators.get_mut(&at).filter(|known| known.stint == stint) else {
            return;
        };
        let before = delegator.position;
        delegator.fence = delegator.fence.max(fence);
        let mut kept = Vec::new();
        for (index, record) in records {
            if *index <= delegator.position {
                continue;
            }
            match *record {
                Record::Fence { epoch } => delegator.fence = delegator.fence.max(epoch),
                Record::Rows { epoch, first_id, rows, .. } if epoch >= delegator.fence => {
                    let rows = self.made.rows(seed, dim, first_id, rows);
                    Arc::make_mut(&mut delegator.growing).push((*index, rows));
                    kept.push(*index);
                }
                Record::Rows { .. } => {}
            }
            delegator.replayed += 1;
        }
        delegator.position = delegator.position.max(upto);
        delegator.service_us = delegator.service_us.max(ts);
        let position = delegator.position;
        self.checkers.consumed(at.0, (before, position), records, |index| Some(kept.contains(&index)));
        self.checkers.ticked(at.0, position, ts);
        if !delegator.caught_up && ts > 0 {
            delegator.caught_up = true;
            let (records, took_us) = (delegator.replayed, now - delegator.watched_us);
            self.emit(Some(at.0), MilvusEvent::ChannelReplayed { records, took_us });
        }
        self.release_growing(at, 0);
        self.serve_waiting(at);
    }
}
