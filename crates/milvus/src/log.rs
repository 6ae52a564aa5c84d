//! The write-ahead log of the cluster: how records are written, read and fenced by epochs.
//!
//! The log is a Raft group. Up to 2.5 its leader takes records from proxies and sends them to the readers of the log,
//! with ticks from the root coordinator; in 2.6 a streaming node owns the log, stands between the two and makes the
//! ticks itself. Guarantees: a record is acknowledged when a majority has it; a reader processes every record once, in
//! order, though one may be sent again after a new subscription; a record after a fence of a later epoch is void for
//! every reader; truncated records are in flushed segments, and a reader that comes too late for them begins after
//! them. Leaves out: replicas written one after the other (`serial`), multiple shards, and topics of other collections.

use super::net::{Answer, Ask, Packet, Why};
use super::record::Record;
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

/// The in-memory state of a source of the log.
#[derive(Clone, Debug, Default)]
pub(super) struct Source {
    /// Records up to here are truncated, with the last fence in them.
    base: (u64, u64),
    /// Committed records with their indexes.
    pub(super) records: Vec<(u64, Record)>,
    /// The latest epoch in a fence.
    pub(super) fence: u64,
    /// Readers, and how far each has been sent.
    subscribers: LiteMap<NodeId, u64>,
    /// The last tick.
    pub(super) tick: Micros,
}

impl Source {
    /// Takes a committed record. Returns whether it counts.
    fn take(&mut self, index: u64, record: Record) -> bool {
        let counts = match record {
            Record::Fence { epoch } => {
                self.fence = self.fence.max(epoch);
                true
            }
            Record::Rows { epoch, .. } => epoch >= self.fence,
        };
        self.records.push((index, record));
        counts
    }

    fn last(&self) -> u64 {
        self.records.last().map_or(self.base.0, |(index, _)| *index)
    }

    /// Truncates records up to an index.
    fn cut(&mut self, upto: u64) {
        let count = self.records.partition_point(|(index, _)| *index <= upto);
        for (_, record) in self.records.drain(..count) {
            if let Record::Fence { epoch } = record {
                self.base.1 = self.base.1.max(epoch);
            }
        }
        self.base.0 = self.base.0.max(upto);
    }

    /// Begins after the truncated records.
    fn begin_behind(&mut self, (upto, fence): (u64, u64)) {
        if self.last() < upto {
            self.records.clear();
            self.base = (upto, self.base.1.max(fence));
            self.fence = self.fence.max(fence);
        }
    }
}

/// The log's sources and pending calls.
#[derive(Clone, Debug, Default)]
pub(super) struct Logs {
    pub(super) sources: LiteMap<NodeId, Source>,
    /// Calls waiting for a record: member and the record's key, with caller and call.
    waiting: LiteMap<(NodeId, u64), (NodeId, u64)>,
    /// Acknowledged rows that are void, by first row.
    pub(super) void: LiteMap<i64, ()>,
    /// The last epoch that was given to an owner.
    owner_epoch: u64,
    /// The contents of the replicas' snapshots, by the index up to which each replaces the log: the last fence.
    snapshots: LiteMap<u64, u64>,
}

impl Logs {
    /// A pod loses what it held in memory.
    pub(super) fn forget(&mut self, id: NodeId) {
        self.sources.remove(&id);
        self.waiting.retain(|(member, _), _| *member != id);
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
        let (Record::Rows { epoch, .. } | Record::Fence { epoch }) = record;
        if epoch < fence && self.settings.fencing == 1 {
            self.emit(Some(id), MilvusEvent::Fenced { epoch });
            self.reply(id, from, call, Answer::Fenced);
            return;
        }
        if self.control_plane == ControlPlane::Streaming {
            // A newly elected leader has no readers yet. The owner must be a reader before its record is acknowledged,
            // or it would tick past a record that it does not have.
            let source = self.logs.sources.entry(id).or_default();
            let base = source.base.0;
            source.subscribers.entry(from).or_insert(base);
        }
        self.logs.waiting.insert((id, key(record)), (from, call));
        if self.propose(id, record.encode()).is_none() {
            self.logs.waiting.remove(&(id, key(record)));
            self.reply(id, from, call, Answer::NotActing(None));
        }
    }

    /// A replica has applied an entry.
    pub(super) fn log_applied(&mut self, id: NodeId, index: u64, entry: &Entry) {
        let Some(record) = Record::decode(&entry.data) else { return };
        let counts = self.logs.sources.entry(id).or_default().take(index, record);
        self.checkers.committed(id, index, record);
        if self.control_plane == ControlPlane::Streaming && self.leads(id) {
            // Before the answer is sent: the owner knows the record when it passes the answer on.
            self.push(id, 0);
        }
        let Some((from, call)) = self.logs.waiting.remove(&(id, key(record))) else { return };
        if !counts && self.settings.fencing == 1 {
            self.emit(Some(id), MilvusEvent::Fenced { epoch: epoch_of(record) });
            self.reply(id, from, call, Answer::Fenced);
            return;
        }
        if let (false, Record::Rows { first_id, .. }) = (counts, record) {
            self.logs.void.insert(first_id, ());
        }
        self.log_took(id, index, record, (from, call));
    }

    /// Once a second: truncates what is flushed and old enough.
    pub(super) fn cut_log(&mut self, id: NodeId) {
        let checkpoint = self.checkpoint();
        let Some(source) = self.logs.sources.get_mut(&id) else { return };
        let upto = checkpoint.min(source.last().saturating_sub(KEPT));
        if upto > source.base.0 {
            source.cut(upto);
        }
        let (base, fence) = source.base;
        if base > 0 && self.component(id) == Some(Component::Wal) && self.compact_if_long(id, base) {
            self.logs.snapshots.insert(base, fence);
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

    /// The root coordinator ticks, or in 2.6 the log's owner.
    pub(super) fn tick(&mut self, id: NodeId, life: u64, epoch: u64) {
        let acting = self.pod(id).and_then(|pod| pod.acting).is_some_and(|acting| acting.epoch == epoch);
        if self.life(id) != life || !acting {
            return;
        }
        let ts = self.now;
        if self.runs(id) && self.in_charge(id) {
            if self.component(id) == Some(Component::StreamingNode) {
                self.push(id, ts);
            } else {
                self.tell_acting(id, Component::Wal, Ask::Tick { ts, epoch });
            }
        }
        self.event_queue.schedule(
            self.now + self.settings.tick_ms * 1_000,
            ScheduledEvent::Tick { pod: id, life, epoch },
        );
    }

    /// A tick has reached a replica of the log.
    pub(super) fn tick_asked(&mut self, id: NodeId, from: NodeId, call: u64, ts: Micros, epoch: u64) {
        if !self.leads(id) {
            let leader = self.leader_known(id);
            self.reply(id, from, call, Answer::NotActing(leader));
            return;
        }
        let fence = self.logs.sources.get(&id).map_or(0, |source| source.fence);
        if epoch >= fence {
            self.push(id, ts);
        }
    }

    /// Sends every reader the records it lacks, and the tick.
    fn push(&mut self, id: NodeId, ts: Micros) {
        let source = self.logs.sources.entry(id).or_default();
        source.tick = source.tick.max(ts);
        let last = source.last();
        let term = self.members.get(&id).and_then(Replica::raft).map(quorum_raft::Raft::term);
        if let (Some(term), true) = (term, ts > 0) {
            self.checkers.vouched(id, term, ts, last);
        }
        let Some(source) = self.logs.sources.get_mut(&id) else { return };
        let mut streams = Vec::new();
        for (reader, sent) in source.subscribers.iter_mut() {
            let first = source.records.partition_point(|(index, _)| index <= sent);
            streams.push((*reader, *sent, source.records[first..].to_vec()));
            *sent = last.max(*sent);
        }
        for (reader, from, records) in streams {
            self.send(id, reader, Packet::Stream { from, upto: last.max(from), records, ts });
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
        if position < source.base.0 {
            let (upto, fence) = source.base;
            self.reply(id, from, call, Answer::LetGo { upto, fence });
            return;
        }
        source.subscribers.insert(from, position);
        self.reply(id, from, call, Answer::Done);
        if self.component(id) == Some(Component::Wal) && self.control_plane == ControlPlane::Streaming {
            // The owner makes the ticks; the log itself sends only records.
            self.push(id, 0);
        }
    }

    /// Records or a tick of the log have reached a reader.
    pub(super) fn streamed(
        &mut self,
        id: NodeId,
        position: u64,
        upto: u64,
        records: Vec<(u64, Record)>,
        ts: Micros,
    ) {
        match self.component(id) {
            Some(Component::QueryNode) => self.query_node_streamed(id, position, upto, records, ts),
            Some(Component::DataNode) => self.data_node_streamed(id, position, upto, &records),
            Some(Component::StreamingNode) => self.owner_streamed(id, position, &records),
            _ => {}
        }
    }

    // --- the owner in 2.6

    pub(super) fn start_streaming_node(&mut self, id: NodeId) {
        self.logs.sources.insert(id, Source::default());
    }

    /// The coordinator assigns the log an owner, if it has none.
    pub(super) fn assign_owner(&mut self, id: NodeId) {
        if self.control_plane != ControlPlane::Streaming || !self.in_charge(id) {
            return;
        }
        let gone = |node: &NodeId| {
            self.distribution.get(&id).is_some_and(|distribution| distribution.gone.contains_key(node))
        };
        let nodes: Vec<NodeId> =
            self.of(Component::StreamingNode).into_iter().filter(|node| !gone(node)).collect();
        let owner = self.distribution.get(&id).and_then(|distribution| distribution.owner);
        // A node may own it under a previous coordinator: it is asked like the others, and first.
        let owns =
            |node: &NodeId| self.runs(*node) && self.pod(*node).is_some_and(|pod| pod.acting.is_some());
        // A node that does not answer remains the owner until its lease expires; one that has lost its ownership
        // (restart) does not.
        let silent = |node: &NodeId| !self.runs(*node);
        if owner.is_some_and(|owner| nodes.contains(&owner) && (owns(&owner) || silent(&owner))) {
            return;
        }
        let up = || nodes.iter().copied().find(|node| self.runs(*node));
        let Some(node) = nodes.iter().copied().find(|node| owns(node)).or_else(up) else { return };
        let known = self.pod(node).and_then(|pod| pod.acting).map(|acting| acting.epoch);
        let epoch = known.unwrap_or_else(|| {
            self.logs.owner_epoch += 1;
            self.logs.owner_epoch
        });
        self.call(id, node, Ask::Own { epoch }, Why::Own { node });
    }

    pub(super) fn own_asked(&mut self, id: NodeId, from: NodeId, call: u64, epoch: u64) {
        let acting = self.pod(id).and_then(|pod| pod.acting);
        if acting.is_none_or(|acting| acting.epoch < epoch) {
            self.begin_takeover(id, epoch);
            let position = self.logs.sources.get(&id).map_or(0, Source::last);
            self.ask_acting(id, Component::Wal, Ask::Subscribe { from: position }, Why::Subscribe);
        }
        self.reply(id, from, call, Answer::Done);
    }

    /// Once a second: the log's leader may have changed, and the new one sends nothing to a reader that it does not
    /// know.
    pub(super) fn follow_log(&mut self, id: NodeId) {
        if self.in_charge(id) {
            let from = self.logs.sources.get(&id).map_or(0, Source::last);
            self.ask_acting(id, Component::Wal, Ask::Subscribe { from }, Why::Subscribe);
        }
    }

    pub(super) fn owned(&mut self, id: NodeId, node: NodeId, answer: &Answer) {
        if let (Answer::Done, Some(distribution)) = (answer, self.distribution.get_mut(&id)) {
            distribution.owner = Some(node);
        }
    }

    /// The log was truncated where the owner wanted to read: it begins after that point.
    pub(super) fn own_behind(&mut self, id: NodeId, upto: u64, fence: u64) {
        if self.component(id) == Some(Component::StreamingNode) {
            self.logs.sources.entry(id).or_default().begin_behind((upto, fence));
            self.ask_acting(id, Component::Wal, Ask::Subscribe { from: upto }, Why::Subscribe);
        }
    }

    /// Records that the owner reads back from the log, its own among them.
    fn owner_streamed(&mut self, id: NodeId, position: u64, records: &[(u64, Record)]) {
        let source = self.logs.sources.entry(id).or_default();
        let known = source.last();
        if known < position {
            // An earlier record was lost in transit.
            self.ask_acting(id, Component::Wal, Ask::Subscribe { from: known }, Why::Subscribe);
            return;
        }
        for (index, record) in records.iter().filter(|(index, _)| *index > known) {
            source.take(*index, *record);
        }
        let last = source.last();
        self.checkers.consumed(id, (known, last), records, |_| None);
    }
}

fn epoch_of(record: Record) -> u64 {
    let (Record::Rows { epoch, .. } | Record::Fence { epoch }) = record;
    epoch
}
