//! The write-ahead log of the cluster: how records are written, read and fenced by epochs.
//!
//! The log is a Raft group. Up to 2.5 its leader takes records from proxies and sends them to the readers of the log,
//! with ticks from the root coordinator; in 2.6 a streaming node owns the log, stands between the two and makes the
//! ticks itself, and may write the log itself (`object_log`, `log_service`). Guarantees: a record is acknowledged when
//! a majority has it; a reader processes every record once, in order, though one may be sent again after a new
//! subscription; a record after a fence of a later epoch is void for every reader; truncated records are in flushed
//! segments, and a reader that comes too late for them begins after them. Leaves out: replicas written one after the
//! other (`serial`), what a source has in memory (`log_source`), multiple shards, and topics of other collections.

use super::log_service::{Recovery, Writer};
use super::log_source::{Source, fence_in};
use super::log_store::LogStore;
use super::net::{Answer, Ask, Packet, Stream, Why};
use super::object_log::Batch;
use super::record::Record;
use super::rules::Rule;
use super::topology::{Component, ControlPlane};
use super::{Milvus, ScheduledEvent};
use crate::event::MilvusEvent;
use litemap::LiteMap;
use quorum_raft::Entry;
use quorum_sim::replica::Replica;
use quorum_types::{Micros, NodeId};

/// This many records are retained for slow readers, though they are flushed. (Milvus 2.5 keeps its log for days:
/// rocksmq.retentionTimeInMinutes 4320, pulsar's retention.)
const KEPT: u64 = 500;

/// The log's sources and pending calls.
#[derive(Clone, Debug, Default)]
pub(super) struct Logs {
    pub(super) sources: LiteMap<NodeId, Source>,
    /// Calls waiting for a record: member and the record's key, with caller and call.
    waiting: LiteMap<(NodeId, u64), (NodeId, u64)>,
    /// Acknowledged rows that are void, by first row.
    pub(super) void: LiteMap<i64, ()>,
    /// The log in the object store, where its owner writes it there, and what each owner has not written yet.
    pub(super) objects: Source,
    pub(super) batches: LiteMap<NodeId, Batch>,
    /// Where log stores keep the log: the stores, its writers, and those that are about to become one.
    pub(super) stores: LiteMap<NodeId, LogStore>,
    pub(super) writers: LiteMap<NodeId, Writer>,
    pub(super) recoveries: LiteMap<NodeId, Recovery>,
    /// The epoch of the last entry that log stores have written to the object store.
    pub(super) uploaded_epoch: u64,
    /// How often a log store refused a former writer.
    #[cfg(test)]
    pub(super) refusals: u64,
    /// The contents of the replicas' snapshots, by the index up to which each replaces the log: the last fence.
    snapshots: LiteMap<u64, u64>,
}

impl Logs {
    /// A pod loses what it held in memory.
    pub(super) fn forget(&mut self, id: NodeId) {
        self.sources.remove(&id);
        self.batches.remove(&id);
        self.waiting.retain(|(member, _), _| *member != id);
        self.end_writing(id);
        if let Some(store) = self.stores.get_mut(&id) {
            store.lose_memory();
        }
    }

    /// A pod no longer writes to log stores.
    pub(super) fn end_writing(&mut self, id: NodeId) {
        self.writers.remove(&id);
        self.recoveries.remove(&id);
    }
}

/// The key of a pending record: requests count up from 1, epochs of fences down from the maximum.
fn key(record: Record) -> u64 {
    match record {
        Record::Rows { request, .. } => request,
        Record::Fence { epoch } => u64::MAX - epoch,
    }
}

impl Milvus {
    // --- writing

    /// Asks a source to take a record.
    pub(super) fn append_asked(&mut self, id: NodeId, from: NodeId, call: u64, record: Record) {
        match self.component(id) {
            Some(Component::Wal) if self.leads(id) => self.append(id, from, call, record),
            Some(Component::StreamingNode) if self.in_charge(id) => {
                let epoch = self.pod(id).and_then(|pod| pod.acting).map_or(0, |acting| acting.epoch);
                let record = match record {
                    Record::Rows { first_id, rows, request, .. } => {
                        Record::Rows { first_id, rows, epoch, request }
                    }
                    fence => fence,
                };
                if self.log_is_embedded() {
                    self.accept(id, (record, from, call));
                    return;
                }
                if self.log_is_service() {
                    self.write_to_service(id, record, from, call);
                    return;
                }
                self.ask_acting(id, Component::Wal, Ask::Append(record), Why::Forward { to: from, call });
            }
            _ => {
                let leader = self.leader_known(id);
                self.reply(id, from, call, Answer::NotActing(leader));
            }
        }
    }

    fn append(&mut self, id: NodeId, from: NodeId, call: u64, record: Record) {
        let fence = self.logs.sources.get(&id).map_or(0, |source| source.fence);
        let epoch = record.epoch();
        if epoch < fence && self.fences() {
            self.emit(Some(id), MilvusEvent::Fenced { epoch });
            self.reply(id, from, call, Answer::Fenced);
            return;
        }
        self.logs.waiting.insert((id, key(record)), (from, call));
        match self.propose(id, record.encode()) {
            None => {
                self.logs.waiting.remove(&(id, key(record)));
                self.reply(id, from, call, Answer::NotActing(None));
            }
            Some(index) if !self.rules.on(Rule::AckAfterMajority) => {
                if self.logs.waiting.remove(&(id, key(record))).is_some() {
                    self.log_took(id, index, record, (from, call));
                }
            }
            Some(_) => {}
        }
    }

    /// Whether records of an older epoch are refused.
    pub(super) fn fences(&self) -> bool {
        self.settings.fencing == 1 && self.rules.on(Rule::FenceByEpoch)
    }

    /// A replica has applied an entry.
    pub(super) fn log_applied(&mut self, id: NodeId, index: u64, entry: &Entry) {
        let Some(record) = Record::decode(&entry.data) else { return };
        let counts = self.logs.sources.entry(id).or_default().take(index, record);
        self.record_committed(id, index, record);
        if self.control_plane == ControlPlane::Streaming && self.leads(id) {
            // Before the answer is sent: the owner knows the record when it passes the answer on.
            self.push(id, 0);
        }
        let Some((from, call)) = self.logs.waiting.remove(&(id, key(record))) else { return };
        if !counts && self.fences() {
            self.emit(Some(id), MilvusEvent::Fenced { epoch: record.epoch() });
            self.reply(id, from, call, Answer::Fenced);
            return;
        }
        if let (false, Record::Rows { first_id, .. }) = (counts, record) {
            self.logs.void.insert(first_id, ());
        }
        self.log_took(id, index, record, (from, call));
    }

    /// Once a second: truncates what is flushed and old enough.
    pub(super) fn truncate_log(&mut self, id: NodeId) {
        let Some(source) = self.logs.sources.get_mut(&id) else { return };
        let upto = source.checkpoint.min(source.last().saturating_sub(KEPT));
        if upto > source.base.0 {
            source.truncate(upto);
        }
        let (base, fence) = source.base;
        if self.owner_writes() && self.in_charge(id) {
            self.logs.objects.truncate(base);
        }
        if base > 0 && self.component(id) == Some(Component::Wal) && self.compact_if_long(id, base) {
            self.logs.snapshots.insert(base, fence);
        }
    }

    /// A source learns from the data coordinator how far the log is flushed.
    pub(super) fn truncate_told(&mut self, id: NodeId, upto: u64) {
        if let Some(source) = self.logs.sources.get_mut(&id) {
            source.checkpoint = source.checkpoint.max(upto);
        }
    }

    /// A replica's log begins with a snapshot.
    pub(super) fn log_begins(&mut self, id: NodeId, index: u64) {
        let fence = self.logs.snapshots.get(&index).copied().unwrap_or(0);
        self.logs.sources.entry(id).or_default().begin_behind((index, fence));
    }

    /// Drops snapshots before an index, except the last few.
    pub(super) fn keep_log_snapshots(&mut self, from: u64, least: usize) {
        let older = self.logs.snapshots.len().saturating_sub(least);
        let last = self.logs.snapshots.keys().nth(older).copied().unwrap_or(0);
        self.logs.snapshots.retain(|index, _| *index >= from.min(last));
    }

    // --- ticking

    /// The root coordinator ticks, or in 2.6 the log's owner. Either asks the log's leader, which vouches for a
    /// position.
    pub(super) fn tick(&mut self, id: NodeId, life: u64, epoch: u64) {
        let acting = self.pod(id).and_then(|pod| pod.acting).is_some_and(|acting| acting.epoch == epoch);
        if self.life(id) != life || !acting {
            return;
        }
        let ts = self.now;
        if self.runs(id) && self.in_charge(id) {
            let owns = self.component(id) == Some(Component::StreamingNode);
            if owns && self.owner_writes() {
                self.tick_own_log(id, ts);
            } else if owns && !self.rules.on(Rule::TickWithPosition) {
                self.push(id, ts);
            } else {
                let position = owns.then(|| self.logs.sources.get(&id).map_or(0, Source::last));
                self.tell_acting(id, Component::Wal, Ask::Tick { ts, epoch, position });
            }
        }
        self.event_queue.schedule(
            self.now + self.settings.tick_ms * 1_000,
            ScheduledEvent::Tick { pod: id, life, epoch },
        );
    }

    /// A tick has reached a replica of the log.
    pub(super) fn tick_asked(
        &mut self,
        id: NodeId,
        (from, call): (NodeId, u64),
        ts: Micros,
        epoch: u64,
        position: Option<u64>,
    ) {
        if !self.leads(id) {
            let leader = self.leader_known(id);
            self.reply(id, from, call, Answer::NotActing(leader));
            return;
        }
        let source = self.logs.sources.entry(id).or_default();
        if epoch < source.fence {
            if self.fences() {
                self.reply(id, from, call, Answer::Fenced);
            }
            return;
        }
        // The owner follows the log: a leader that does not know it yet sends it what it lacks.
        if let Some(position) = position.filter(|_| !source.subscribers.contains_key(&from))
            && !source.subscribe(from, position)
        {
            let (upto, fence) = source.base;
            self.reply(id, from, call, Answer::LetGo { upto, fence });
            return;
        }
        // A leader that may have been deposed does not know what another one has acknowledged meanwhile.
        if self.certain(id) || !self.rules.on(Rule::TickWhenCertain) {
            self.push(id, ts);
        }
    }

    /// Sends every reader the records it lacks, and the tick.
    pub(super) fn push(&mut self, id: NodeId, ts: Micros) {
        let source = self.logs.sources.entry(id).or_default();
        source.tick = source.tick.max(ts);
        let last = source.last();
        let term = self.members.get(&id).and_then(Replica::raft).map(quorum_raft::Raft::term);
        if let (Some(term), true) = (term, ts > 0) {
            self.checkers.vouched(id, term, ts, last);
        }
        let Some(source) = self.logs.sources.get_mut(&id) else { return };
        let mut streams = Vec::new();
        for (reader, (sent, fence)) in source.subscribers.iter_mut() {
            let first = source.records.partition_point(|(index, _)| index <= sent);
            let records = source.records[first..].to_vec();
            let (from, upto) = (*sent, last.max(*sent));
            let stream = Stream { from, fence: *fence, upto, records, ts };
            *fence = fence_in(&stream.records, *fence);
            *sent = upto;
            streams.push((*reader, stream));
        }
        for (reader, stream) in streams {
            self.send(id, reader, Packet::Stream(stream));
        }
        self.feed_delegators(id, ts);
    }

    /// A replica leads the log again: its former readers have moved to another leader and will subscribe.
    pub(super) fn leads_log(&mut self, id: NodeId) {
        if self.component(id) == Some(Component::Wal) {
            self.logs.sources.entry(id).or_default().subscribers.clear();
        }
    }

    // --- reading

    /// A reader subscribes to everything after a position.
    pub(super) fn subscribe_asked(&mut self, id: NodeId, from: NodeId, call: u64, position: u64) {
        let acts = match self.component(id) {
            Some(Component::Wal) => self.leads(id),
            _ => self.pod(id).is_some_and(|pod| pod.acting.is_some_and(|acting| acting.serves)),
        };
        if !acts {
            let leader = self.leader_known(id);
            self.reply(id, from, call, Answer::NotActing(leader));
            return;
        }
        let source = self.logs.sources.entry(id).or_default();
        if !source.subscribe(from, position) {
            let (upto, fence) = source.base;
            self.reply(id, from, call, Answer::LetGo { upto, fence });
            return;
        }
        self.reply(id, from, call, Answer::Done);
        if self.component(id) == Some(Component::Wal) && self.control_plane == ControlPlane::Streaming {
            // A takeover does not wait for the next tick.
            self.push(id, 0);
        }
    }

    /// A part of the log has reached a reader.
    pub(super) fn streamed(&mut self, id: NodeId, stream: Stream) {
        match self.component(id) {
            Some(Component::QueryNode) => self.delegator_streamed((id, self.replica_of(id)), stream),
            Some(Component::DataNode) => self.data_node_streamed(id, &stream),
            Some(Component::StreamingNode) => self.owner_streamed(id, &stream),
            _ => {}
        }
    }

    // --- the owner in 2.6

    pub(super) fn start_streaming_node(&mut self, id: NodeId) {
        self.logs.sources.insert(id, Source::default());
    }

    /// The coordinator asks a streaming node to own the log if none does, as far as the metadata store says. The owner
    /// is asked too: it may have begun a new life.
    pub(super) fn assign_owner(&mut self, id: NodeId) {
        if self.control_plane != ControlPlane::Streaming || !self.in_charge(id) {
            return;
        }
        let all = self.of(Component::StreamingNode);
        let Some(distribution) = self.distribution.get_mut(&id) else { return };
        let Some(catalogue) = &distribution.catalogue else { return };
        let nodes: Vec<NodeId> = all.into_iter().filter(|node| catalogue.has_session(*node, None)).collect();
        let node = match catalogue.owner {
            Some(owner) => Some(owner),
            None if nodes.is_empty() => None,
            None => {
                // One that was asked and has not become the owner by now may be cut off from the store.
                distribution.asked_to_own += 1;
                nodes.get((distribution.asked_to_own - 1) % nodes.len()).copied()
            }
        };
        if let Some(node) = node {
            self.call(id, node, Ask::Own, Why::Nothing);
        }
    }

    /// A streaming node is to own the log: the metadata store decides whether it may, and under which epoch.
    pub(super) fn own_requested(&mut self, id: NodeId, from: NodeId, call: u64) {
        self.reply(id, from, call, Answer::Done);
        if self.pod(id).is_some_and(|pod| pod.acting.is_none() && pod.lease_until.is_some()) {
            let ask = Ask::Claim { component: Component::StreamingNode };
            self.ask_acting(id, Component::Meta, ask, Why::Claim);
        }
    }

    /// The owner reads the log from where it left off.
    pub(super) fn follow_log(&mut self, id: NodeId) {
        let from = self.logs.sources.get(&id).map_or(0, Source::last);
        self.ask_acting(id, Component::Wal, Ask::Subscribe { from }, Why::Subscribe);
    }

    /// The log was truncated where the owner wanted to read: it begins after that point.
    pub(super) fn own_behind(&mut self, id: NodeId, upto: u64, fence: u64) {
        if self.component(id) == Some(Component::StreamingNode) {
            self.logs.sources.entry(id).or_default().begin_behind((upto, fence));
            self.follow_log(id);
        }
    }

    /// Records that the owner reads back from the log, its own among them, and the tick for which the log's leader
    /// vouches: with them the owner's readers are as complete as the owner itself.
    fn owner_streamed(&mut self, id: NodeId, stream: &Stream) {
        let follows = self.rules.on(Rule::TickWithPosition);
        let source = self.logs.sources.entry(id).or_default();
        let known = source.last();
        if known < stream.from {
            // An earlier record was lost in transit.
            self.follow_log(id);
            return;
        }
        for (index, record) in stream.records.iter().filter(|(index, _)| *index > known) {
            source.take(*index, *record);
        }
        let last = source.last();
        self.checkers.consumed(id, (known, last), &stream.records, |_| None);
        if stream.ts > 0 && follows && last >= stream.upto {
            self.checkers.ticked(id, last, stream.ts);
            if self.in_charge(id) {
                self.push(id, stream.ts);
            }
        }
    }
}
