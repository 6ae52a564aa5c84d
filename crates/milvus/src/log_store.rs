//! Pods of the Woodpecker service: log stores, which keep entries of the log on their own disks.
//!
//! A log store takes entries from the log's writer (`log_service`), syncs its disk, and answers. Stores know nothing of
//! each other and elect nobody. Guarantees: a store answers only for what is durable; once it has promised itself to a
//! writer it refuses every earlier one, also after a restart; its entries have no gaps and are the writer's up to the
//! entry that it confirms; an entry goes only when the object store has it, or when a later writer's takes its place.
//! Simplified: every store of the service belongs to the ensemble, and one that comes back is brought up to date;
//! Woodpecker begins another segment on other stores. Leaves out: the writer, and what records mean (`log`).

use std::collections::VecDeque;
use std::sync::Arc;

use super::net::Answer;
use super::requests::{LogEntry, StoreAppend, Tail};
use super::rules::Rule;
use super::{Job, Milvus};
use quorum_types::NodeId;

/// A change that a sync makes durable.
#[derive(Clone, Copy, Debug)]
enum Change {
    /// It belongs to the writer of this epoch.
    Promise(u64),
    /// Entries after this index go.
    Cut(u64),
    Add(LogEntry),
    /// The log begins after this index, with the epoch of the entry there.
    Begin(u64, u64),
}

/// The contents of a store.
#[derive(Clone, Debug, Default)]
struct Held {
    tail: Tail,
    promised: u64,
}

impl Held {
    fn last(&self) -> u64 {
        self.tail.last().1
    }

    fn at(&self, index: u64) -> Option<&LogEntry> {
        let place = index.checked_sub(self.tail.base.0 + 1)?;
        self.tail.entries.get(usize::try_from(place).ok()?)
    }

    /// Whether it has the entry of this epoch, or the object store has it.
    fn agrees(&self, (index, epoch): (u64, u64)) -> bool {
        index < self.tail.base.0
            || (index, epoch) == self.tail.base
            || self.at(index).is_some_and(|entry| entry.epoch == epoch)
    }

    fn apply(&mut self, change: Change) {
        match change {
            Change::Promise(epoch) => self.promised = self.promised.max(epoch),
            Change::Cut(after) => self.tail.entries.retain(|entry| entry.index <= after),
            Change::Add(entry) => self.tail.entries.push(entry),
            Change::Begin(index, epoch) => {
                if self.agrees((index, epoch)) {
                    self.tail.entries.retain(|entry| entry.index > index);
                } else {
                    self.tail.entries.clear();
                }
                self.tail.base = self.tail.base.max((index, epoch));
            }
        }
    }
}

/// An answer that waits until a number of changes is durable.
#[derive(Clone, Copy, Debug)]
struct Owed {
    changes: u64,
    to: NodeId,
    call: u64,
    /// The last entry it confirms; none for a promise.
    upto: Option<u64>,
}

/// A log store.
#[derive(Clone, Debug, Default)]
pub(super) struct LogStore {
    /// What survives a power failure.
    disk: Held,
    /// The same with changes that are not durable yet.
    memory: Held,
    unsynced: VecDeque<Change>,
    /// How many of those the sync in flight makes durable; none without one.
    syncing: Option<usize>,
    /// Changes so far that are durable.
    synced: u64,
    owed: VecDeque<Owed>,
}

impl LogStore {
    fn change(&mut self, change: Change) {
        self.memory.apply(change);
        self.unsynced.push_back(change);
    }

    /// The power fails.
    pub(super) fn lose_memory(&mut self) {
        let disk = std::mem::take(&mut self.disk);
        *self = Self { memory: disk.clone(), disk, ..Self::default() };
    }

    /// Whether an entry is durable here.
    pub(super) fn has_durable(&self, entry: &LogEntry) -> bool {
        self.disk.agrees((entry.index, entry.epoch))
    }

    /// How many entries it keeps.
    pub(super) fn len(&self) -> usize {
        self.disk.tail.entries.len()
    }
}

impl Milvus {
    /// A writer demands that a store refuses every earlier one, and tells it what the store has.
    pub(super) fn store_fence_asked(&mut self, id: NodeId, to: NodeId, call: u64, epoch: u64) {
        let store = self.logs.stores.entry(id).or_default();
        if epoch < store.memory.promised {
            self.reply(id, to, call, Answer::Fenced);
            return;
        }
        store.change(Change::Promise(epoch));
        self.owe(id, to, call, None);
    }

    /// A writer has a store take entries.
    pub(super) fn store_append_asked(&mut self, id: NodeId, to: NodeId, call: u64, append: &StoreAppend) {
        let fences = self.rules.on(Rule::WoodpeckerFence);
        let store = self.logs.stores.entry(id).or_default();
        let StoreAppend { epoch, base, prev, ref entries } = *append;
        if epoch < store.memory.promised && fences {
            #[cfg(test)]
            {
                self.logs.refusals += 1;
            }
            self.reply(id, to, call, Answer::Fenced);
            return;
        }
        if prev != base && !store.memory.agrees(prev) {
            // It lacks earlier entries, or has a former writer's in their place.
            self.reply(id, to, call, Answer::StoreBehind);
            return;
        }
        if epoch > store.memory.promised {
            store.change(Change::Promise(epoch));
        }
        if base.0 > store.memory.tail.base.0 && (prev == base || store.memory.agrees(base)) {
            store.change(Change::Begin(base.0, base.1));
        }
        for entry in entries.iter().filter(|entry| entry.index > base.0) {
            if store.memory.agrees((entry.index, entry.epoch)) {
                continue;
            }
            if store.memory.last() >= entry.index {
                store.change(Change::Cut(entry.index - 1));
            }
            store.change(Change::Add(*entry));
        }
        let upto = entries.last().map_or(prev.0, |entry| entry.index);
        self.owe(id, to, call, Some(upto));
    }

    /// An answer is due when everything that has changed so far is durable.
    fn owe(&mut self, id: NodeId, to: NodeId, call: u64, upto: Option<u64>) {
        let Some(store) = self.logs.stores.get_mut(&id) else { return };
        let changes = store.synced + store.unsynced.len() as u64;
        store.owed.push_back(Owed { changes, to, call, upto });
        self.pay(id);
        self.sync_store(id);
    }

    /// Begins a sync, unless one is running, nothing has changed, or the disk is full.
    pub(super) fn sync_store(&mut self, id: NodeId) {
        let Some(extra_us) = self.pod(id).filter(|pod| !pod.disk_full).map(|pod| pod.sync_extra_us) else {
            return;
        };
        let Some(store) = self.logs.stores.get_mut(&id) else { return };
        if store.syncing.is_some() || store.unsynced.is_empty() {
            return;
        }
        store.syncing = Some(store.unsynced.len());
        let (least, most) = (self.settings.fsync_min_ms * 1_000, self.settings.fsync_max_ms * 1_000);
        let takes_us = self.rng.between(least, most.max(least)) + extra_us;
        self.work_aside(id, takes_us, Job::StoreSynced);
    }

    /// A sync has ended.
    pub(super) fn store_synced(&mut self, id: NodeId) {
        let in_objects = self.logs.objects.last();
        let Some(store) = self.logs.stores.get_mut(&id) else { return };
        let count = store.syncing.take().unwrap_or(0);
        for change in store.unsynced.drain(..count.min(store.unsynced.len())) {
            match change {
                Change::Cut(after) => {
                    let cut = store.disk.tail.entries.iter().filter(|entry| entry.index > after);
                    cut.for_each(|entry| self.checkers.gives_up(id, entry.index, entry.record));
                }
                Change::Begin(index, _) => self.checkers.trims(id, index, in_objects),
                Change::Promise(_) | Change::Add(_) => {}
            }
            store.disk.apply(change);
            store.synced += 1;
        }
        self.pay(id);
        self.sync_store(id);
    }

    /// Sends the answers that are due.
    fn pay(&mut self, id: NodeId) {
        loop {
            let Some(store) = self.logs.stores.get_mut(&id) else { return };
            let synced = store.synced;
            let Some(owed) = store.owed.pop_front_if(|owed| owed.changes <= synced) else { return };
            let answer = match owed.upto {
                Some(upto) => Answer::StoreHas { upto },
                None => Answer::StoreTail(Arc::new(store.disk.tail.clone())),
            };
            self.reply(id, owed.to, owed.call, answer);
        }
    }

    // --- the object store

    /// The writer has a store write acknowledged entries to the object store.
    pub(super) fn upload_asked(&mut self, id: NodeId, to: NodeId, call: u64, upto: u64) {
        let after = self.logs.objects.last();
        let Some(store) = self.logs.stores.get(&id) else { return };
        let entries = store.disk.tail.entries.iter();
        let entries: Vec<LogEntry> =
            entries.filter(|entry| entry.index > after && entry.index <= upto).copied().collect();
        let rows: u64 = entries.iter().map(|entry| entry.record.rows()).sum();
        let takes_us = self.put_us(rows * self.settings.dim * 4);
        self.work_aside(id, takes_us, Job::Uploaded { to, call, entries });
    }

    /// The object store has them. What another store has written there meanwhile is the same.
    pub(super) fn uploaded(&mut self, id: NodeId, to: NodeId, call: u64, entries: &[LogEntry]) {
        for entry in entries {
            if entry.index == self.logs.objects.last() + 1 {
                self.record_committed(id, entry.index, entry.record);
                self.logs.objects.take(entry.index, entry.record);
                self.logs.uploaded_epoch = entry.epoch;
            }
        }
        let upto = self.logs.objects.last();
        self.reply(id, to, call, Answer::Uploaded { upto });
    }
}
