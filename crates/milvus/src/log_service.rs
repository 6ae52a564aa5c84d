//! The writer of the Woodpecker service: the log's owner writes entries to log stores, and counts who has them.
//!
//! There is no leader among the stores (`log_store`). The owner sends every entry to all of them, and acknowledges it
//! when the ack quorum has it on its disks: by default n/2+1 of n, as in Woodpecker, where the write quorum is the
//! whole ensemble. An owner that begins first has n − ack quorum + 1 stores refuse earlier writers: every ack quorum
//! contains one of them. It takes over every entry that one of them has, and serves when its own fence after those
//! entries is acknowledged. In the background acknowledged entries go to the object store, from where the next
//! owner reads them. Guarantees: an acknowledged entry survives as long as such a quorum does; a fenced writer
//! acknowledges nothing; indexes count up without a gap. Simplified: one request per store is in flight, with all
//! entries that it lacks; a store that does not answer is tried again until it does. Leaves out: segments and their
//! metadata, the choice of stores by zone, and back-pressure of full disks.

use std::sync::Arc;

use super::net::{Answer, Ask, Why};
use super::record::Record;
use super::requests::{LogEntry, StoreAppend, Tail};
use super::rules::Rule;
use super::topology::{Component, ControlPlane};
use super::{Job, Milvus};
use crate::event::MilvusEvent;
use litemap::LiteMap;
use quorum_types::sort::sort;
use quorum_types::{MS, Micros, NodeId};

/// The most entries in one request (Woodpecker source, config: client.segmentAppend.maxBatchEntries).
const BATCH: usize = 1_000;

/// How far a store is, as its writer knows.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    /// The next entry that it is sent.
    next: u64,
    /// It has everything up to here on its disk.
    matched: u64,
    /// Whether a request is on its way.
    busy: bool,
    /// Whether it did not answer, and will be tried again after a while.
    rests: bool,
}

/// An owner that takes over: what the stores have that now refuse earlier writers.
#[derive(Clone, Debug, Default)]
pub(super) struct Recovery {
    epoch: u64,
    tails: LiteMap<NodeId, Arc<Tail>>,
    /// Whether enough have answered, and it reads the object store.
    reads: bool,
}

/// An owner that writes.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    epoch: u64,
    /// The object store has everything up to this index; with the epoch of the entry there.
    base: (u64, u64),
    /// The entries after that.
    entries: Vec<LogEntry>,
    /// Everything up to here is acknowledged.
    acknowledged: u64,
    /// The index of its own fence.
    fence_at: u64,
    /// Callers by the index of their records.
    waiting: LiteMap<u64, (NodeId, u64)>,
    stores: LiteMap<NodeId, Progress>,
    /// Whether a store writes to the object store, and when one last began to.
    uploads: bool,
    upload_us: Micros,
}

impl Writer {
    /// How many entries it keeps.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    fn last(&self) -> u64 {
        self.base.0 + self.entries.len() as u64
    }

    /// The entries from an index on.
    fn from(&self, index: u64) -> &[LogEntry] {
        let place = index.saturating_sub(self.base.0 + 1) as usize;
        self.entries.get(place..).unwrap_or_default()
    }

    /// Index and epoch of the entry before an index; the base if that is not here any more.
    fn before(&self, index: u64) -> (u64, u64) {
        let place = index.checked_sub(self.base.0 + 2);
        let entry = place.and_then(|place| self.entries.get(place as usize));
        entry.map_or(self.base, |entry| (entry.index, entry.epoch))
    }

    fn add(&mut self, record: Record) -> u64 {
        let index = self.last() + 1;
        self.entries.push(LogEntry { index, epoch: self.epoch, record });
        index
    }

    /// The highest index that a number of stores have.
    fn held_by(&self, quorum: usize) -> u64 {
        let mut matched: Vec<u64> = self.stores.values().map(|progress| progress.matched).collect();
        sort(&mut matched);
        matched.len().checked_sub(quorum).and_then(|place| matched.get(place)).copied().unwrap_or(0)
    }
}

impl Milvus {
    /// Whether the log's owner writes it to log stores.
    pub(super) fn log_is_service(&self) -> bool {
        self.control_plane == ControlPlane::Streaming && self.settings.log_kind == 2
    }

    /// Whether the log's owner writes it itself, and follows no leader of the log.
    pub(super) fn owner_writes(&self) -> bool {
        self.log_is_embedded() || self.log_is_service()
    }

    /// How many stores have to have an entry before it is acknowledged.
    fn ack_quorum(&self) -> usize {
        let stores = self.settings.wal_replicas as usize;
        match self.settings.woodpecker_ack_quorum as usize {
            0 => stores / 2 + 1,
            quorum => quorum.min(stores),
        }
    }

    // --- taking over

    /// A new owner fences the former one, and reads what it left. Called again until that is done.
    pub(super) fn begin_writing(&mut self, id: NodeId, epoch: u64) {
        if self.pod(id).and_then(|pod| pod.acting).is_none_or(|acting| acting.serves) {
            return;
        }
        let begun = self.logs.writers.get(&id).filter(|writer| writer.epoch == epoch);
        if let Some(writer) = begun {
            if writer.acknowledged >= writer.fence_at {
                let at_us = self.now;
                self.fenced(id, epoch, &Answer::Appended { at_us });
                return;
            }
            self.send_to_stores(id);
        } else {
            let recovery = self.logs.recoveries.entry(id).or_default();
            if recovery.epoch != epoch {
                *recovery = Recovery { epoch, ..Recovery::default() };
            }
            let lacks = |store: &NodeId| {
                self.logs.recoveries.get(&id).is_some_and(|known| !known.tails.contains_key(store))
            };
            for store in self.of(Component::Wal).into_iter().filter(lacks).collect::<Vec<_>>() {
                self.call(id, store, Ask::StoreFence { epoch }, Why::StoreFence { epoch, store });
            }
        }
        self.fence_again(id, epoch);
    }

    /// A store has promised itself, or has promised itself to a later writer.
    pub(super) fn store_fenced(&mut self, id: NodeId, store: NodeId, epoch: u64, answer: Answer) {
        let needed = self.settings.wal_replicas as usize + 1 - self.ack_quorum();
        let Some(recovery) = self.logs.recoveries.get_mut(&id).filter(|known| known.epoch == epoch) else {
            return;
        };
        match answer {
            Answer::StoreTail(tail) => {
                recovery.tails.insert(store, tail);
                if recovery.tails.len() >= needed && !recovery.reads {
                    recovery.reads = true;
                    let records = &self.logs.objects.records;
                    let rows = records.iter().map(|(_, record)| record.rows()).sum::<u64>();
                    let takes_us = self.object_us(rows * self.settings.dim * 4);
                    self.work_aside(id, takes_us, Job::Recovered { epoch });
                }
            }
            Answer::Fenced => self.fenced(id, epoch, &Answer::Fenced),
            _ => {}
        }
    }

    /// The new owner knows the log: it appends its fence, and has the stores take what they lack.
    pub(super) fn recovered(&mut self, id: NodeId, epoch: u64) {
        let Some(recovery) = self.logs.recoveries.remove(&id).filter(|known| known.epoch == epoch) else {
            return;
        };
        let base = (self.logs.objects.last(), self.logs.uploaded_epoch);
        let tails = recovery.tails.values();
        let best = if self.rules.on(Rule::WoodpeckerRecovery) {
            tails.max_by_key(|tail| tail.last())
        } else {
            tails.min_by_key(|tail| tail.last())
        };
        let mut next = base.0 + 1;
        let mut entries = Vec::new();
        for entry in best.into_iter().flat_map(|tail| &tail.entries) {
            if entry.index == next {
                entries.push(*entry);
                next += 1;
            }
        }
        let progress = Progress { next: base.0 + 1, ..Progress::default() };
        let stores = self.of(Component::Wal).into_iter().map(|store| (store, progress)).collect();
        let mut writer = Writer {
            epoch,
            base,
            entries,
            acknowledged: base.0,
            fence_at: 0,
            waiting: LiteMap::new(),
            stores,
            uploads: false,
            upload_us: self.now,
        };
        writer.fence_at = writer.add(Record::Fence { epoch });
        // As a source it starts over, and its readers subscribe again.
        self.logs.sources.insert(id, self.logs.objects.clone());
        self.logs.writers.insert(id, writer);
        self.send_to_stores(id);
    }

    // --- writing

    /// The owner accepts a record.
    pub(super) fn write_to_service(&mut self, id: NodeId, record: Record, from: NodeId, call: u64) {
        let Some(writer) = self.logs.writers.get_mut(&id) else {
            self.reply(id, from, call, Answer::NotActing(None));
            return;
        };
        let index = writer.add(record);
        writer.waiting.insert(index, (from, call));
        self.send_to_stores(id);
    }

    fn send_to_stores(&mut self, id: NodeId) {
        for store in self.of(Component::Wal) {
            self.send_to_store(id, store);
        }
    }

    /// Sends a store what it lacks, unless a request is on its way.
    fn send_to_store(&mut self, id: NodeId, store: NodeId) {
        let Some(writer) = self.logs.writers.get_mut(&id) else { return };
        let (last, base, epoch) = (writer.last(), writer.base, writer.epoch);
        let Some(progress) = writer.stores.get_mut(&store) else { return };
        if progress.busy || progress.rests || progress.next > last {
            return;
        }
        progress.busy = true;
        let next = progress.next.max(base.0 + 1);
        let lacks = writer.from(next);
        let entries: Arc<[LogEntry]> = lacks[..lacks.len().min(BATCH)].into();
        let append = StoreAppend { epoch, base, prev: writer.before(next), entries };
        self.call(id, store, Ask::StoreAppend(append), Why::StoreAppend { epoch, store });
    }

    /// A store has answered.
    pub(super) fn store_answered(&mut self, id: NodeId, store: NodeId, epoch: u64, answer: &Answer) {
        let Some(writer) = self.logs.writers.get_mut(&id).filter(|writer| writer.epoch == epoch) else {
            return;
        };
        let first = writer.base.0 + 1;
        let Some(progress) = writer.stores.get_mut(&store) else { return };
        progress.busy = false;
        match *answer {
            Answer::StoreHas { upto } => {
                progress.matched = progress.matched.max(upto);
                progress.next = upto + 1;
                self.acknowledge(id);
            }
            Answer::StoreBehind => progress.next = first,
            Answer::Fenced => {
                // What it has sent may be taken over by the later writer, or not: its callers get no answer.
                self.emit(Some(id), MilvusEvent::Fenced { epoch });
                self.fenced(id, epoch, &Answer::Fenced);
            }
            _ => {}
        }
        self.send_to_store(id, store);
    }

    /// A store did not answer: it is tried again after a while.
    pub(super) fn store_silent(&mut self, id: NodeId, store: NodeId, epoch: u64) {
        let Some(writer) = self.logs.writers.get_mut(&id).filter(|writer| writer.epoch == epoch) else {
            return;
        };
        if let Some(progress) = writer.stores.get_mut(&store) {
            progress.busy = false;
            progress.rests = true;
            let after_us = self.settings.tick_ms * MS;
            self.work_aside(id, after_us, Job::TryStore { store, epoch });
        }
    }

    pub(super) fn try_store(&mut self, id: NodeId, store: NodeId, epoch: u64) {
        let writer = self.logs.writers.get_mut(&id).filter(|writer| writer.epoch == epoch);
        if let Some(progress) = writer.and_then(|writer| writer.stores.get_mut(&store)) {
            progress.rests = false;
            self.send_to_store(id, store);
        }
    }

    /// Acknowledges what the ack quorum has; before its own fence is there, nothing.
    fn acknowledge(&mut self, id: NodeId) {
        let quorum = if self.rules.on(Rule::WoodpeckerAckQuorum) { self.ack_quorum() } else { 1 };
        let Some(writer) = self.logs.writers.get_mut(&id) else { return };
        let (upto, fence_at, epoch) = (writer.held_by(quorum), writer.fence_at, writer.epoch);
        if upto < fence_at || upto <= writer.acknowledged {
            return;
        }
        let begins = writer.acknowledged < fence_at;
        let from = writer.from(writer.acknowledged + 1);
        let entries: Vec<LogEntry> = from.iter().take_while(|entry| entry.index <= upto).copied().collect();
        writer.acknowledged = upto;
        for entry in entries {
            self.entry_acknowledged(id, epoch, entry);
        }
        if begins {
            let at_us = self.now;
            self.fenced(id, epoch, &Answer::Appended { at_us });
        }
    }

    fn entry_acknowledged(&mut self, id: NodeId, epoch: u64, entry: LogEntry) {
        let LogEntry { index, record, .. } = entry;
        let copies = self.logs.stores.values().filter(|store| store.has_durable(&entry)).count();
        self.checkers.appended_by_writer(id, epoch, index, (copies, self.ack_quorum()));
        self.record_committed(id, index, record);
        let counts = self.logs.sources.get_mut(&id).is_none_or(|source| source.take(index, record));
        let waiting = self.logs.writers.get_mut(&id).and_then(|writer| writer.waiting.remove(&index));
        if let Record::Rows { first_id, .. } = record {
            if !counts {
                self.logs.void.insert(first_id, ());
            }
            self.emit(Some(id), MilvusEvent::WriteStep { first_id, step: 4 });
        }
        if let Some((from, call)) = waiting {
            let at_us = self.now;
            self.reply(id, from, call, Answer::Appended { at_us });
        }
    }

    // --- the object store

    /// Once a second: the owner has a store write to the object store what is acknowledged.
    pub(super) fn upload_if_due(&mut self, id: NodeId) {
        let (now, every_us) = (self.now, self.settings.woodpecker_upload_ms * MS);
        let serves = self.in_charge(id);
        let Some(writer) = self.logs.writers.get_mut(&id).filter(|_| serves) else { return };
        let (upto, epoch) = (writer.acknowledged, writer.epoch);
        if writer.uploads || now < writer.upload_us + every_us || upto <= writer.base.0 {
            return;
        }
        let store = writer.stores.iter().find(|(_, progress)| progress.matched >= upto && !progress.rests);
        let Some(store) = store.map(|(store, _)| *store) else { return };
        writer.uploads = true;
        writer.upload_us = now;
        self.call(id, store, Ask::Upload { upto }, Why::Upload { epoch });
    }

    /// The object store has entries: the writer and, with its next request, the stores let them go.
    pub(super) fn upload_answered(&mut self, id: NodeId, epoch: u64, answer: &Answer) {
        let Some(writer) = self.logs.writers.get_mut(&id).filter(|writer| writer.epoch == epoch) else {
            return;
        };
        writer.uploads = false;
        let &Answer::Uploaded { upto } = answer else { return };
        let upto = upto.min(writer.acknowledged);
        if upto > writer.base.0 {
            let base = writer.before(upto + 1);
            writer.entries.retain(|entry| entry.index > upto);
            writer.base = base;
        }
    }

    /// The store that was to write to the object store did not answer.
    pub(super) fn upload_silent(&mut self, id: NodeId, epoch: u64) {
        if let Some(writer) = self.logs.writers.get_mut(&id).filter(|writer| writer.epoch == epoch) {
            writer.uploads = false;
        }
    }

    /// What the stores keep, by store.
    #[cfg(test)]
    pub(super) fn kept_by_stores(&self) -> Vec<usize> {
        self.logs.stores.values().map(super::log_store::LogStore::len).collect()
    }
}
