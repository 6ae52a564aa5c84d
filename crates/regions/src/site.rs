//! One region: its cluster's log on a disk, the engine over it, and the bookkeeping of its contents.
//!
//! A write is planned by the engine's catalogue, appended to a real log, made durable and applied, as in the engine's
//! own topology; after a power loss a real recovery runs. In addition it tracks, as an outside observer, which client
//! writes are in these contents (`has`), and a digest that changes with every row. Guarantees: nothing is applied
//! before it is durable; the digest is that of the rows that a query returns. Simplified, and stated on the page: the
//! cluster's nodes share one log; a majority of them has to be up to write, and that log is then durable at once.
//! Leaves out: which clients may write (`clients`).

use std::collections::{BTreeMap, VecDeque};

use quorum_engine::index::Params;
use quorum_engine::manifest::Front;
use quorum_engine::operation::Operation;
use quorum_engine::{Catalog, Query, Record, Value};
use quorum_sim::checkpoint::{Loading, Writing};
use quorum_sim::event_log::EventLog;
use quorum_sim::log_disk::LogDisk;
use quorum_sim::outbox::Outbox;
use quorum_sim::recovery::{Before, Progress, Recovery};
use quorum_types::{Lsn, Micros, NodeId, Refusal, Rng};
use quorum_wal::disk::Disk;

use super::rows::{Bits, COLLECTIONS, Mark, part, row, rows_of, schema, without_objects, written_by};

/// The collection that a hidden fault leaves out of backups and shipping.
pub(super) const LEFT_OUT: usize = 2;
/// Log size in bytes after which a checkpoint truncates the log.
const CHECKPOINT_BYTES: u64 = 4 << 20;

/// A record of a region's log, kept as long as it may be needed.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) lsn: Lsn,
    pub(super) at_us: Micros,
    pub(super) collection: usize,
    /// The client's write in it; none for an operator's action.
    pub(super) op: Option<u64>,
    pub(super) operation: Operation,
    /// The contents after it.
    pub(super) mark: Mark,
}

impl Entry {
    /// Whether it deletes rows.
    pub(super) fn is_delete(&self) -> bool {
        matches!(self.operation, Operation::Delete { .. })
    }
}

/// How a region's contents relate to the other region's log up to the position that it has applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Following {
    /// They are the same.
    InStep,
    /// They are not, and nothing is only here: it may be filled at any time.
    Stale,
    /// It was the primary or was restored, or has writes of its own: an operator has to bring them over or discard them
    /// first.
    Diverged,
}

/// A region's cluster.
#[derive(Clone, Debug)]
pub(super) struct Site {
    log: LogDisk,
    null_log: EventLog,
    outbox: Outbox,
    boots: u32,
    catalog: Catalog,
    /// The client write that last wrote each row, one map per collection: the index of the digest.
    versions: [BTreeMap<i64, u64>; COLLECTIONS.len()],
    pub(super) mark: Mark,
    /// The numbers of the client writes that these contents come from.
    pub(super) has: Bits,
    /// The newest records.
    pub(super) tail: VecDeque<Entry>,
    /// The position up to which it has the other region's log.
    pub(super) applied_lsn: Lsn,
    pub(super) following: Following,
    /// The position up to which it has dropped its records.
    pub(super) forgotten_lsn: Lsn,
    /// Counts how often its contents were replaced: positions of its log mean something within one history only.
    pub(super) history: u64,
    pub(super) alive: bool,
    pub(super) wiped: bool,
    /// Whether all it held was lost, and nothing has replaced it.
    pub(super) empty: bool,
    pub(super) isolated: bool,
    pub(super) nodes: Vec<bool>,
    /// Whether its cluster is large enough to serve.
    pub(super) serving: bool,
    /// Whether the indexes of its contents are built: only what was restored from a backup lacks them at first.
    pub(super) indexed: bool,
    /// Whether it considers itself the primary.
    pub(super) primary: bool,
    pub(super) fenced: bool,
    /// Whether it refuses new writes, because a switchover is in progress.
    pub(super) draining: bool,
    pub(super) epoch: u64,
    /// Until when it may acknowledge, once its lease is no longer renewed.
    pub(super) lease_until_us: Option<Micros>,
}

impl Site {
    /// An empty cluster.
    pub(super) fn new(node: NodeId, nodes: usize, dim: u32) -> Self {
        let mut site = Self {
            log: LogDisk::new(node, Disk::default(), None),
            null_log: EventLog::quiet(),
            outbox: Outbox::new(false),
            boots: 1,
            catalog: Catalog::default(),
            versions: Default::default(),
            mark: Mark::default(),
            has: Bits::default(),
            tail: VecDeque::new(),
            applied_lsn: 0,
            following: Following::Stale,
            forgotten_lsn: 0,
            history: 0,
            alive: true,
            wiped: false,
            empty: false,
            isolated: false,
            nodes: vec![true; nodes],
            serving: true,
            indexed: true,
            primary: false,
            fenced: false,
            draining: false,
            epoch: 0,
            lease_until_us: None,
        };
        site.log.open(1, 0, Vec::new());
        site.create_collections(dim);
        site
    }

    fn create_collections(&mut self, dim: u32) {
        for name in COLLECTIONS {
            let Ok(schema) = schema(dim) else { return };
            if let Ok(Some(operation)) = self.catalog.create_collection(name, schema) {
                self.log_and_apply(0, None, operation);
            }
            let none = Params::new();
            if let Ok(Some(operation)) = self.catalog.create_index(name, "vector", ("FLAT", "L2"), &none) {
                self.log_and_apply(0, None, operation);
            }
            if let Ok(Some(operation)) = self.catalog.load(name) {
                self.log_and_apply(0, None, operation);
            }
        }
        self.clear_tail();
    }

    fn clear_tail(&mut self) {
        self.tail.clear();
        self.forgotten_lsn = self.lsn();
    }

    /// Fills it with the initial rows.
    pub(super) fn fill(&mut self, rows_each: u64, dim: u32, rng: &mut Rng) {
        for name in COLLECTIONS {
            let rows: Vec<Record> = (0..rows_each as i64).map(|key| row(key, 0, dim, rng)).collect();
            if let Ok(operation) = self.catalog.insert(name, &rows, false) {
                self.log_and_apply(0, None, operation);
            }
        }
        self.clear_tail();
        self.make_checkpoint();
    }

    /// Whether more than half of its nodes run.
    pub(super) fn majority(&self) -> bool {
        self.alive && 2 * self.nodes.iter().filter(|up| **up).count() > self.nodes.len()
    }

    /// Whether any node runs.
    pub(super) fn any_node(&self) -> bool {
        self.alive && self.nodes.contains(&true)
    }

    /// The newest record of its log.
    pub(super) fn lsn(&self) -> Lsn {
        self.log.wal().map_or(self.log.durable_lsn(), |wal| wal.last_lsn())
    }

    /// Inserts or updates a row. Returns the record's LSN.
    pub(super) fn put(
        &mut self,
        now: Micros,
        collection: usize,
        key: i64,
        (op, dim): (u64, u32),
        rng: &mut Rng,
    ) -> Result<Lsn, Refusal> {
        let rows = [row(key, op, dim, rng)];
        let name = name_of(collection);
        let operation = self.catalog.insert(name, &rows, self.version(collection, key).is_some())?;
        self.following = Following::Diverged;
        self.log_and_apply(now, Some(op), operation).ok_or_else(closed)
    }

    /// Deletes a row. Returns the record's LSN.
    pub(super) fn delete(
        &mut self,
        now: Micros,
        collection: usize,
        key: i64,
        op: u64,
    ) -> Result<Lsn, Refusal> {
        let name = name_of(collection);
        let (collection, _) = self.catalog.find(name)?;
        self.following = Following::Diverged;
        self.log_and_apply(now, Some(op), Operation::Delete { collection, keys: vec![key] })
            .ok_or_else(closed)
    }

    /// Deletes every row of a collection, as an operator's mistake. Returns the client writes that had left them.
    pub(super) fn delete_all(&mut self, now: Micros, collection: usize) -> Vec<u64> {
        let Some(versions) = self.versions.get(collection) else { return Vec::new() };
        let keys: Vec<i64> = versions.keys().copied().collect();
        let ops = versions.values().copied().collect();
        let name = name_of(collection);
        if let Some((collection, _)) = self.catalog.find(name).ok().filter(|_| !keys.is_empty()) {
            self.following = Following::Diverged;
            self.log_and_apply(now, None, Operation::Delete { collection, keys });
        }
        ops
    }

    /// Applies a record of the other region.
    pub(super) fn follow(&mut self, entry: &Entry) {
        self.log_and_apply(entry.at_us, entry.op, entry.operation.clone());
        self.applied_lsn = entry.lsn;
    }

    /// Counts a record of the other region as applied without applying it.
    pub(super) fn take_as_done(&mut self, entry: &Entry) {
        entry.op.into_iter().for_each(|op| self.has.insert(op as usize));
        self.applied_lsn = entry.lsn;
    }

    /// Applies a row copied by a query: it carries the number of its write. A plain insert leaves older copies of the
    /// row where they are.
    pub(super) fn copy_row(&mut self, now: Micros, collection: usize, record: Record, upsert: bool) {
        let name = name_of(collection);
        if let Ok(operation) = self.catalog.insert(name, &[record], upsert) {
            self.log_and_apply(now, None, operation);
        }
    }

    /// Rows by `count(*)` beyond the first of each key.
    pub(super) fn surplus(&self) -> u64 {
        let rows: u64 = COLLECTIONS.iter().map(|name| self.counted(name)).sum();
        rows.saturating_sub(self.mark.rows.iter().sum())
    }

    fn counted(&self, name: &str) -> u64 {
        let query = Query { output_fields: vec!["count(*)".to_owned()], ..Query::default() };
        // A collection that is missing has no rows.
        let found = self.catalog.query(name, &query).unwrap_or_default();
        let number = found.iter().flatten().find_map(|(_, value)| match value {
            Value::Int(number) => u64::try_from(*number).ok(),
            _ => None,
        });
        number.unwrap_or(0)
    }

    /// Creates a collection that is missing here.
    pub(super) fn ensure_collection(&mut self, collection: usize, dim: u32) {
        let name = name_of(collection);
        if self.catalog.find(name).is_err() {
            self.create_collections(dim);
        }
    }

    /// The collection, from 0, whose rows an operation changes. The engine gives numbers in turn: a collection that was
    /// created again has another one than before, and only its name is the same.
    fn collection_of(&self, operation: &Operation) -> Option<usize> {
        let number = match operation {
            Operation::Insert { front, .. } => front.collection,
            Operation::Delete { collection, .. } => *collection,
            _ => return None,
        };
        let there = self.catalog.collection(number)?;
        COLLECTIONS.iter().position(|name| *name == there.name)
    }

    /// Appends a record, makes it durable, applies it. Rows of an unknown collection are refused before: nobody could
    /// read the log again with a record that cannot be applied.
    fn log_and_apply(&mut self, now: Micros, op: Option<u64>, operation: Operation) -> Option<Lsn> {
        let collection = self.collection_of(&operation);
        let rows = matches!(operation, Operation::Insert { .. } | Operation::Delete { .. });
        if rows && collection.is_none() {
            return None;
        }
        let lsn = self.log.append(now, operation.kind(), operation.encode(), &mut self.null_log).ok()?;
        self.log.sync_upto(lsn);
        if let Some(collection) = collection {
            self.note_lineage(op, collection, &operation);
            self.index(collection, &operation);
        }
        if self.catalog.apply(lsn, operation.clone()).is_err() {
            return None;
        }
        if let Some(collection) = collection {
            let mark = self.mark;
            self.tail.push_back(Entry { lsn, at_us: now, collection, op, operation, mark });
        }
        if self.log.log_bytes() > CHECKPOINT_BYTES {
            self.make_checkpoint();
        }
        Some(lsn)
    }

    /// The client writes that these contents come from, after an operation: adds a client's own write and those of
    /// copied rows, removes those whose rows an operator deleted.
    fn note_lineage(&mut self, op: Option<u64>, collection: usize, operation: &Operation) {
        match (op, operation) {
            (Some(op), _) => self.has.insert(op as usize),
            (None, Operation::Insert { batch, .. }) => {
                written_by(batch.columns())
                    .iter()
                    .filter(|op| **op > 0)
                    .for_each(|op| self.has.insert(*op as usize));
            }
            (None, Operation::Delete { keys, .. }) => {
                for key in keys {
                    if let Some(op) = self.version(collection, *key) {
                        self.has.remove(op as usize);
                    }
                }
            }
            _ => {}
        }
    }

    /// Updates digest, counts and versions for an operation on rows of a collection.
    fn index(&mut self, collection: usize, operation: &Operation) {
        match operation {
            Operation::Insert { batch, .. } => {
                for (key, op) in batch.keys().iter().zip(written_by(batch.columns())) {
                    self.move_version(collection, *key, Some(*op as u64));
                }
            }
            Operation::Delete { keys, .. } => {
                keys.iter().for_each(|key| self.move_version(collection, *key, None));
            }
            _ => {}
        }
    }

    fn move_version(&mut self, collection: usize, key: i64, op: Option<u64>) {
        let Some(versions) = self.versions.get_mut(collection) else { return };
        let before = match op {
            Some(op) => versions.insert(key, op),
            None => versions.remove(&key),
        };
        if let Some(before) = before {
            self.mark.sum ^= part(collection, key, before);
        }
        if let Some(op) = op {
            self.mark.sum ^= part(collection, key, op);
        }
        self.mark.rows[collection] = versions.len() as u64;
    }

    /// Replaces the log so far by a checkpoint.
    fn make_checkpoint(&mut self) {
        for name in COLLECTIONS {
            if let Ok(Some(operation)) = self.catalog.seal(name) {
                let bytes = operation.encode();
                let kind = operation.kind();
                if let Ok(lsn) = self.log.append(0, kind, bytes, &mut self.null_log) {
                    self.log.sync_upto(lsn);
                    // Sealing a collection that exists is not refused; if it were, the segment would stay growing.
                    let _ = self.catalog.apply(lsn, operation);
                }
            }
        }
        let lsn = self.lsn();
        self.log.rotate();
        let (node, epoch) = (self.log.node, self.boots);
        let mut writing = Writing::begin(&self.catalog, Front { lsn, ..Front::default() }, &self.log.disk);
        while writing.step(&mut self.log.disk, node, epoch).is_some() {}
        for (segment, object) in &writing.written {
            if let Some(segment) = self.catalog.segment_mut(*segment) {
                segment.object = Some(*object);
            }
        }
        let manifest = writing.write_manifest(&mut self.log.disk, node, epoch);
        self.sync_all();
        self.log.remove_before(lsn, &writing.files(manifest), &mut self.outbox);
    }

    fn sync_all(&mut self) {
        let sync = self.log.disk.begin_sync();
        self.log.disk.end_sync(&sync);
        self.log.disk.take_changes();
    }

    /// The power fails; wiped: everything on its disks is gone.
    pub(super) fn lose(&mut self, wiped: bool) {
        self.alive = false;
        self.wiped |= wiped;
        self.log.crash(0, &mut self.outbox);
        if wiped {
            self.empty();
        }
    }

    fn empty(&mut self) {
        self.log = LogDisk::new(self.log.node, Disk::default(), None);
        self.catalog = Catalog::default();
        self.versions = Default::default();
        self.mark = Mark::default();
        self.has = Bits::default();
        self.tail.clear();
        self.applied_lsn = 0;
        self.forgotten_lsn = 0;
        self.following = Following::Stale;
        self.history += 1;
        self.primary = false;
        self.empty = true;
        // There is nothing that lacks an index.
        self.indexed = true;
    }

    /// The power is back: the engine reads its checkpoint and its log. Returns how many records of the log it read.
    pub(super) fn recover(&mut self, dim: u32) -> Result<u64, Refusal> {
        let records = self.read_back(dim)?;
        self.alive = true;
        self.isolated = false;
        Ok(records)
    }

    fn read_back(&mut self, dim: u32) -> Result<u64, Refusal> {
        self.boots += 1;
        if std::mem::take(&mut self.wiped) {
            self.log.open(self.boots, 0, Vec::new());
            self.create_collections(dim);
            return Ok(0);
        }
        let damaged = |damage: quorum_wal::Damage| Refusal::new("wal_corrupt", damage.why);
        let (catalog, checkpoint_lsn) = load(&self.log)?;
        self.catalog = catalog;
        if self.log.log_bytes() == 0 && self.log.durable_lsn() <= checkpoint_lsn {
            // Nothing was written after the checkpoint.
            self.log.open(self.boots, checkpoint_lsn, Vec::new());
            self.index_anew();
            return Ok(0);
        }
        let mut recovery = Recovery::begin(&self.log, Before { checkpoint_lsn, ..Before::default() });
        let catalog = &mut self.catalog;
        let end = loop {
            let step = recovery.step(&self.log, |header, payload| {
                let operation = Operation::decode(header.kind, payload)?;
                catalog.apply(header.lsn, operation).map(|()| 1)
            });
            if let Progress::Ended(end) = step {
                break end;
            }
        };
        if let quorum_wal::End::Corrupt(damage) = end {
            return Err(damaged(damage));
        }
        let replay = recovery.replay();
        let (last_lsn, files) = (replay.last_lsn().max(checkpoint_lsn), replay.files().to_vec());
        let records = recovery.records;
        self.log.open(self.boots, last_lsn, files);
        self.index_anew();
        Ok(records)
    }

    /// Becomes a copy of frozen contents, discarding its own: a checkpoint of them, followed by an empty log.
    pub(super) fn adopt(&mut self, catalog: Catalog, has: Bits, applied_lsn: Lsn) {
        // Adopted contents carry the other log's positions. Ours continue after them: otherwise the engine would
        // consider a deletion older than rows of a later position, and would leave them.
        let lsn = self.lsn().max(applied_lsn);
        self.log = LogDisk::new(self.log.node, Disk::default(), None);
        self.boots += 1;
        self.log.open(self.boots, lsn, Vec::new());
        // Objects are files of the disk that they came from; this region's checkpoint writes its own.
        self.catalog = without_objects(catalog);
        self.tail.clear();
        self.forgotten_lsn = lsn;
        self.index_anew();
        self.has = has;
        self.applied_lsn = applied_lsn;
        self.following = Following::Stale;
        self.history += 1;
        self.empty = false;
        self.make_checkpoint();
    }

    /// Rebuilds versions and digest from the engine.
    fn index_anew(&mut self) {
        self.versions = Default::default();
        self.mark = Mark::default();
        for (collection, key, op) in self.contents() {
            self.move_version(collection as usize, key, Some(op));
        }
    }

    /// The summary of the contents without a collection.
    pub(super) fn mark_without(&self, collection: usize) -> Mark {
        let mut mark = self.mark;
        mark.rows[collection] = 0;
        self.versions[collection].iter().for_each(|(key, op)| mark.sum ^= part(collection, *key, *op));
        mark
    }

    /// Every row: collection, key, and the write that it comes from, by the index.
    pub(super) fn index_rows(&self) -> impl Iterator<Item = (usize, i64, u64)> {
        let all = self.versions.iter().enumerate();
        all.flat_map(|(collection, rows)| rows.iter().map(move |(key, op)| (collection, *key, *op)))
    }

    /// The contents of the engine: collection, key, and the write that the row comes from.
    pub(super) fn contents(&self) -> Vec<(u32, i64, u64)> {
        rows_of(&self.catalog)
    }

    /// Whole rows of a collection, a page from an offset on, in order of their key: the result of `query(limit,
    /// offset)`.
    pub(super) fn page(&self, collection: usize, offset: u64, limit: u64) -> Vec<Record> {
        let query = Query {
            filter: String::new(),
            output_fields: vec!["write".to_owned(), "vector".to_owned()],
            limit: Some(limit),
            offset,
        };
        let name = name_of(collection);
        self.catalog.query(name, &query).unwrap_or_default()
    }

    /// The write that last wrote a row; none if the row does not exist.
    pub(super) fn version(&self, collection: usize, key: i64) -> Option<u64> {
        self.versions.get(collection)?.get(&key).copied()
    }

    /// The catalogue as it is now, with its segments not in any object.
    pub(super) fn freeze(&self) -> Catalog {
        without_objects(self.catalog.clone())
    }

    /// Drops records up to an LSN.
    pub(super) fn forget(&mut self, lsn: Lsn) {
        while self.tail.front().is_some_and(|entry| entry.lsn <= lsn) {
            self.tail.pop_front();
        }
        self.forgotten_lsn = self.forgotten_lsn.max(lsn);
    }
}

/// Reads the newest checkpoint of a disk; an empty catalogue if there is none.
pub(super) fn load(log: &LogDisk) -> Result<(Catalog, Lsn), Refusal> {
    let damaged = |damage: quorum_wal::Damage| Refusal::new("damaged", damage.why);
    let Some(mut loading) = Loading::begin(log).map_err(damaged)? else {
        return Ok((Catalog::default(), 0));
    };
    while !loading.step(&log.disk, log.node, u64::MAX / 2).map_err(damaged)? {}
    let lsn = loading.lsn();
    Ok((loading.catalog, lsn))
}

/// A collection's name. One that is out of range has none, and the catalogue refuses an empty name.
fn name_of(collection: usize) -> &'static str {
    COLLECTIONS[collection]
}

fn closed() -> Refusal {
    Refusal::new("closed", "the region's log is closed")
}
