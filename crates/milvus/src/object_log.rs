//! Woodpecker inside the streaming node: the log is a row of batches in the object store.
//!
//! The owner of the log gathers records for a while, then writes them as one object, and acknowledges them when the
//! object store has it. There are no replicas of the log besides those of the object store. Guarantees: an owner that
//! begins appends a fence after everything that is there and reads it; from then on the object store refuses what an
//! earlier owner still writes, because every object is written under a condition (Milvus asks the object store for
//! conditional writes); records are in the order in which they were accepted. Simplified: one object is in flight at a
//! time; a process that dies has written its object or not begun. Leaves out: the log on pods of its own (`log`),
//! merging of small objects.

use super::log_source::Source;
use super::net::Answer;
use super::record::Record;
use super::topology::Component;
use super::{Job, Milvus};
use crate::event::MilvusEvent;
use quorum_types::{MS, Micros, NodeId};

/// A record that waits to be written, with the caller and its call.
pub(super) type Waiting = (Record, NodeId, u64);

/// What an owner has not written yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Batch {
    waiting: Vec<Waiting>,
    /// Whether it gathers, or an object is on its way.
    busy: bool,
}

impl Milvus {
    /// Whether the log is written by its owner to the object store, and has no pods of its own.
    pub(super) fn log_is_embedded(&self) -> bool {
        self.kind(Component::Wal).is_empty()
    }

    /// The owner accepts a record.
    pub(super) fn accept(&mut self, id: NodeId, waiting: Waiting) {
        let gathers_us = self.settings.woodpecker_batch_ms * MS;
        let batch = self.logs.batches.entry(id).or_default();
        batch.waiting.push(waiting);
        if !batch.busy {
            batch.busy = true;
            self.work_aside(id, gathers_us, Job::Gathered);
        }
    }

    /// The time for a batch is over, or the last one has been written: the next object is written.
    pub(super) fn gathered(&mut self, id: NodeId) {
        let epoch = self.pod(id).and_then(|pod| pod.acting).map(|acting| acting.epoch);
        let epoch = epoch.filter(|_| self.in_charge(id));
        let Some(batch) = self.logs.batches.get_mut(&id) else { return };
        let (writes, late): (Vec<Waiting>, Vec<Waiting>) = std::mem::take(&mut batch.waiting)
            .into_iter()
            .partition(|(record, ..)| Some(record.epoch()) == epoch);
        batch.busy = !writes.is_empty();
        for (_, from, call) in late {
            // It was accepted under a role that is over.
            self.reply(id, from, call, Answer::NotActing(None));
        }
        if let (Some(epoch), false) = (epoch, writes.is_empty()) {
            let rows: u64 = writes.iter().map(|(record, ..)| record.rows()).sum();
            let takes_us = self.put_us(rows * self.settings.dim * 4);
            self.work_aside(id, takes_us, Job::Put { epoch, writes });
        }
    }

    /// How long an object of the log takes to be written.
    pub(super) fn put_us(&mut self, bytes: u64) -> Micros {
        self.rng.below(self.settings.woodpecker_put_ms * MS + 1) + self.object_us(bytes)
    }

    /// An object has been written, unless another owner has put a fence after the last one.
    pub(super) fn put(&mut self, id: NodeId, epoch: u64, writes: Vec<Waiting>) {
        if epoch < self.logs.objects.fence && self.fences() {
            self.emit(Some(id), MilvusEvent::Fenced { epoch });
            for (_, from, call) in writes {
                self.reply(id, from, call, Answer::Fenced);
            }
            self.fenced(id, epoch, &Answer::Fenced);
        } else {
            for (record, from, call) in writes {
                let index = self.log_object(id, record);
                self.checkers.appended(index, 1, 1);
                if let Record::Rows { first_id, .. } = record {
                    self.emit(Some(id), MilvusEvent::WriteStep { first_id, step: 4 });
                }
                let at_us = self.now;
                self.reply(id, from, call, Answer::Appended { at_us });
            }
        }
        self.gathered(id);
    }

    /// The object store has a record. Returns its index.
    fn log_object(&mut self, id: NodeId, record: Record) -> u64 {
        let index = self.logs.objects.last() + 1;
        let counts = self.logs.objects.take(index, record);
        self.record_committed(id, index, record);
        if let Some(source) = self.logs.sources.get_mut(&id).filter(|source| source.last() + 1 == index) {
            source.take(index, record);
        }
        if let (false, Record::Rows { first_id, .. }) = (counts, record) {
            self.logs.void.insert(first_id, ());
        }
        index
    }

    /// A new owner reads the log and appends its fence.
    pub(super) fn fence_objects(&mut self, id: NodeId, epoch: u64) {
        let rows = self.logs.objects.records.iter().map(|(_, record)| record.rows()).sum::<u64>();
        let takes_us = self.put_us(rows * self.settings.dim * 4);
        self.work_aside(id, takes_us, Job::FencePut { epoch });
    }

    /// The fence is in the object store, unless a later owner's is there already.
    pub(super) fn fence_put(&mut self, id: NodeId, epoch: u64) {
        if epoch < self.logs.objects.fence && self.fences() {
            self.fenced(id, epoch, &Answer::Fenced);
            return;
        }
        // What it has read: as a source it starts over, and its readers subscribe again.
        self.logs.sources.insert(id, self.logs.objects.clone());
        self.log_object(id, Record::Fence { epoch });
        let at_us = self.now;
        self.fenced(id, epoch, &Answer::Appended { at_us });
    }

    /// The owner's tick: it alone writes, so what it has is everything that was acknowledged.
    pub(super) fn tick_own_log(&mut self, id: NodeId, ts: Micros) {
        let last = self.logs.sources.get(&id).map_or(0, Source::last);
        self.checkers.ticked(id, last, ts);
        self.push(id, ts);
    }
}
