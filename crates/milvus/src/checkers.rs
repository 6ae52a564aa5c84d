//! The invariants of a Milvus cluster, checked at every event that can violate them.
//!
//! The checkers receive what pods do and remember what must never change: the committed records of the log, when each
//! write was acknowledged, who was elected, which segments were written. They know nothing about injected faults.
//! Guarantees: a check never changes the run, and costs no more than what has changed; once violated, an invariant
//! stays violated, with the cause; the memory of the checkers does not grow with the time a cluster has run. Leaves
//! out: segments and growing rows (`segments`), roles, leases and placement (`roles`), snapshots and jobs (`kept`), log
//! stores (`log_stores`), the invariants inside a Raft group (`quorum_sim::checkers`), and whether a stuck run is to
//! blame (`swarm`).

mod kept;
mod log_stores;
mod roles;
mod segments;

use litemap::LiteMap;
use std::collections::{BTreeMap, VecDeque};

use super::delegator::At;
use super::record::Record;
use super::topology::Component;
use quorum_sim::invariant_status::{Breach, Invariants};
use quorum_types::sort::sort;
use quorum_types::{Micros, NodeId, SECOND};

/// The invariants, in display order.
pub const INVARIANTS: [&str; 32] = [
    // Milvus 2.6 docs, Woodpecker: acknowledged once n/2+1 replicas have the entry.
    "acknowledged_durable",
    // Milvus 2.5 docs, Data insertion: what the log has acknowledged is in it, and no fence voids it.
    "acknowledged_kept",
    // Raft paper, figure 3: state machine safety, as the log's readers see it.
    "log_agrees",
    // Raft thesis 6.4: a leader that may have been deposed vouches for nothing.
    "ticks_by_certain_leader",
    // Milvus docs, Time synchronization: after a tick every message with an older timestamp has been consumed.
    "tick_complete",
    // Milvus source, msgstream and wal/scanner: a reader of the log gets every record from its position on.
    "stream_without_gaps",
    // Milvus 2.6 source, streaming: messages of a fenced term never become visible.
    "void_rows_hidden",
    // Milvus docs, Consistency level: the guarantee timestamp of each level, and the wait for it.
    "guarantee_time",
    // The same: the search sees every write that was acknowledged before its guarantee timestamp.
    "guarantee_visible",
    // Milvus source, proxy search reduce: every primary key is returned once.
    "row_once",
    // Milvus docs, TTL: an expired row is not returned.
    "expired_gone",
    // Milvus source, delegator: growing segments are released after the sealed ones are loaded.
    "released_after_served",
    // The same: and they are released then.
    "memory_bounded",
    // Milvus docs, Data flush: a segment holds all rows of its part of the log.
    "segment_complete",
    // Milvus docs, Segments: a sealed segment never changes.
    "segment_immutable",
    // Milvus source, DataCoord SaveBinlogPaths: the checkpoint moves after the binlogs are stored.
    "checkpoint_flushed",
    // Milvus docs, Active-standby: one coordinator of a kind acts, and one streaming node owns a channel.
    "one_acting",
    // Milvus 2.6 source, streaming coordinator: the term of a channel only rises; etcd: so do revisions. Raft paper,
    // figure 3, election safety: a term of a group has one leader. Its terms need not rise with time: votes that were
    // late elect a leader that another one has already replaced.
    "epochs_monotonic",
    // etcd source, lessor: nobody believes in a lease when the store ends it.
    "lease_belief",
    // etcd source, EtcdServer.LeaseRenew: a lease is renewed by the leader of the newest term (ensureLeadership).
    "lease_store_majority",
    // Milvus source, QueryCoord session.NodeManager: segments are placed on nodes with a session.
    "placed_on_session",
    // A process that is paused or gone sends nothing.
    "only_living_send",
    // Milvus source, delegator: what it searches is what it has read from the log, and nothing else.
    "growing_is_read",
    // Milvus 2.6 docs, Streaming service: the delegator of a channel is in the streaming node that owns it.
    "delegator_owns_log",
    // Woodpecker docs and source: an acknowledged entry stays on its log stores until the object store has it.
    "acknowledged_held",
    // Woodpecker source, FenceSegment: a writer that was fenced gets no more acknowledgements.
    "fenced_writer_silent",
    // Woodpecker source, SendAppendSuccessCallbacks: entries are acknowledged one after the other, without a gap.
    "positions_without_gaps",
    // Milvus 3.0 docs, Snapshots: what is flushed at its moment, and nothing of what still grows.
    "snapshot_exact",
    // The same: files of a snapshot are not collected until it is dropped.
    "snapshot_pinned",
    // Milvus 3.0 docs, Manage snapshots: a restored collection holds the rows of the snapshot.
    "restore_exact",
    // Milvus source, DataCoord import_checker: segments leave the state “importing” when the job completes.
    "import_atomic",
    // The same: a completed import has each of its rows once, and a failed one is cleaned up.
    "import_exact",
];

const ACKNOWLEDGED_DURABLE: usize = 0;
const ACKNOWLEDGED_KEPT: usize = 1;
const LOG_AGREES: usize = 2;
const TICKS_BY_CERTAIN_LEADER: usize = 3;
const TICK_COMPLETE: usize = 4;
const STREAM_WITHOUT_GAPS: usize = 5;
const VOID_ROWS_HIDDEN: usize = 6;
const GUARANTEE_TIME: usize = 7;
const GUARANTEE_VISIBLE: usize = 8;
const ROW_ONCE: usize = 9;
const EXPIRED_GONE: usize = 10;
const RELEASED_AFTER_SERVED: usize = 11;
const MEMORY_BOUNDED: usize = 12;
const SEGMENT_COMPLETE: usize = 13;
const SEGMENT_IMMUTABLE: usize = 14;
const CHECKPOINT_FLUSHED: usize = 15;
const ONE_ACTING: usize = 16;
const EPOCHS_MONOTONIC: usize = 17;
const LEASE_BELIEF: usize = 18;
const LEASE_STORE_MAJORITY: usize = 19;
const PLACED_ON_SESSION: usize = 20;
const ONLY_LIVING_SEND: usize = 21;
const GROWING_IS_READ: usize = 22;
const DELEGATOR_OWNS_LOG: usize = 23;
const ACKNOWLEDGED_HELD: usize = 24;
const FENCED_WRITER_SILENT: usize = 25;
const POSITIONS_WITHOUT_GAPS: usize = 26;
const SNAPSHOT_EXACT: usize = 27;
const SNAPSHOT_PINNED: usize = 28;
const RESTORE_EXACT: usize = 29;
const IMPORT_ATOMIC: usize = 30;
const IMPORT_EXACT: usize = 31;

/// Acknowledgements are remembered for this long; older guarantees are not checked.
const REMEMBERED_US: Micros = 60 * SECOND;
/// Records this far below the checkpoint are forgotten.
const BEHIND: u64 = 2_000;
/// The leaders of this many terms of a group are remembered.
const TERMS: usize = 32;
/// A delegator may hold growing rows that are served from sealed segments for this many of its beats.
const PATIENT_BEATS: u32 = 5;

/// A committed record.
#[derive(Clone, Copy, Debug)]
struct Committed {
    record: Record,
    /// Whether a fence before it makes it void.
    void: bool,
}

/// An answer to a search, as far as it is checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answered<'a> {
    pub(super) node: NodeId,
    pub(super) guarantee: Micros,
    /// The rows returned.
    pub(super) hits: &'a [(f32, i64)],
    /// Rows that a complete answer would contain; none if the search was partial or used an index.
    pub(super) truth: &'a [(f32, i64)],
    /// A row among those returned that has expired or was deleted.
    pub(super) dead: Option<i64>,
}

/// The checkers and their memory.
#[derive(Clone, Debug)]
pub struct Checkers {
    /// The state of each invariant.
    pub invariants: Invariants,
    /// Whether an older epoch's writes are refused; the setting `fencing` says so for the whole run.
    fenced: bool,
    /// The log by index, ascending: half the size of a tree, and a copy of the world holds it whole.
    log: VecDeque<(u64, Committed)>,
    fence: u64,
    /// Records up to here were forgotten.
    forgotten: u64,
    /// The index of each write that is in the log, by its first row.
    index_of: LiteMap<i64, u64>,
    /// Recent acknowledgements: when, and the highest index acknowledged until then.
    acknowledged: VecDeque<(Micros, u64)>,
    /// Recently acknowledged rows: first row, with the end and the time.
    recent: BTreeMap<i64, (i64, Micros)>,
    /// The newest term of each group, since when, and its leader.
    elected: LiteMap<Component, (u64, Micros, NodeId)>,
    /// The leaders of each group's last terms.
    leaders: LiteMap<Component, VecDeque<(u64, NodeId)>>,
    /// The newest epoch under which a pod acted for a kind, with the pod and its life.
    epochs: LiteMap<Component, (u64, NodeId, u64)>,
    /// The digests of segments.
    written: LiteMap<u64, u64>,
    /// The parts of the log in segments that a node of a replica has served, by replica.
    served: LiteMap<u32, Vec<(u64, u64)>>,
    /// Beats for which a delegator has held growing rows that are served from sealed segments.
    held: LiteMap<At, u32>,
    /// The highest index known to be flushed.
    checkpoint: u64,
    /// The highest entry that a member of the metadata store has applied.
    store_applied: u64,
    /// The newest writer of log stores that has acknowledged anything, and the last entry acknowledged.
    writer: (u64, u64),
    /// Snapshots and jobs.
    kept: kept::Memory,
}

impl Checkers {
    pub(super) fn new(fenced: bool) -> Self {
        Self {
            invariants: Invariants::new(&INVARIANTS),
            fenced,
            log: VecDeque::new(),
            fence: 0,
            forgotten: 0,
            index_of: LiteMap::new(),
            acknowledged: VecDeque::new(),
            recent: BTreeMap::new(),
            elected: LiteMap::new(),
            leaders: LiteMap::new(),
            epochs: LiteMap::new(),
            written: LiteMap::new(),
            served: LiteMap::new(),
            held: LiteMap::new(),
            checkpoint: 0,
            store_applied: 0,
            writer: (0, 0),
            kept: kept::Memory::default(),
        }
    }

    fn check(&mut self, which: usize, holds: bool, breach: impl FnOnce() -> Breach) {
        self.invariants.check(which, holds, breach);
    }

    /// The number of entries remembered.
    pub(super) fn memory(&self) -> usize {
        self.log.len()
            + self.index_of.len()
            + self.acknowledged.len()
            + self.recent.len()
            + self.written.len()
    }

    // --- the log

    /// A replica has applied a record.
    pub(super) fn committed(&mut self, node: NodeId, index: u64, record: Record) {
        if index <= self.forgotten {
            return;
        }
        if let Some(known) = self.at(index) {
            let agrees = known.record == record;
            self.check(LOG_AGREES, agrees, || {
                Breach::new(
                    "other_record",
                    "pod `node` applies another record `index` than another replica of the log did",
                    &[u64::from(node), index],
                )
            });
            return;
        }
        let void = match record {
            Record::Fence { epoch } => {
                self.fence = self.fence.max(epoch);
                false
            }
            Record::Rows { epoch, first_id, .. } => {
                let void = epoch < self.fence;
                // A write that was sent twice counts from when it was in the log for the first time.
                let before = self.index_of.get(&first_id).and_then(|before| self.at(*before));
                if before.is_none_or(|before| before.void && !void) {
                    self.index_of.insert(first_id, index);
                }
                void
            }
        };
        let place = self.log.partition_point(|(known, _)| *known < index);
        self.log.insert(place, (index, Committed { record, void }));
    }

    /// The committed record with an index.
    fn at(&self, index: u64) -> Option<&Committed> {
        let place = self.log.binary_search_by_key(&index, |(index, _)| *index).ok()?;
        self.log.get(place).map(|(_, known)| known)
    }

    /// The committed records after an index up to another.
    fn between(&self, after: u64, upto: u64) -> impl Iterator<Item = &(u64, Committed)> {
        let first = self.log.partition_point(|(index, _)| *index <= after);
        self.log.range(first..).take_while(move |(index, _)| *index <= upto)
    }

    /// The log's leader acknowledges a record that this number of its replicas hold durably.
    pub(super) fn appended(&mut self, index: u64, copies: usize, replicas: usize) {
        self.check(ACKNOWLEDGED_DURABLE, copies * 2 > replicas, || {
            Breach::new(
                "acknowledged_early",
                "record `index` was acknowledged with `n` durable copies on `replicas` replicas",
                &[index, copies as u64, replicas as u64],
            )
        });
    }

    /// A client has received the acknowledgement of a write.
    pub(super) fn acknowledged(&mut self, now: Micros, first_id: i64, rows: u64) {
        let index = self.index_of.get(&first_id).copied();
        let void = index.and_then(|index| self.at(index)).is_some_and(|known| known.void);
        self.check(ACKNOWLEDGED_KEPT, index.is_some(), || {
            Breach::new(
                "acknowledged_unknown",
                "the write of row `row` was acknowledged, and no replica of the log has applied it",
                &[first_id.cast_unsigned()],
            )
        });
        if self.fenced {
            self.check(ACKNOWLEDGED_KEPT, !void, || {
                Breach::new(
                    "acknowledged_void",
                    "the write of row `row` was acknowledged, and a fence before it makes it void",
                    &[first_id.cast_unsigned()],
                )
            });
        }
        if let Some(index) = index.filter(|_| !void) {
            let highest = self.acknowledged.back().map_or(index, |(_, known)| index.max(*known));
            self.acknowledged.push_back((now, highest));
            self.recent.insert(first_id, (first_id + rows as i64, now));
        }
        while self.acknowledged.front().is_some_and(|(at, _)| at + REMEMBERED_US < now) {
            self.acknowledged.pop_front();
        }
        // Row numbers rise with time, approximately: a few old ones may stay a little longer.
        while self.recent.first_key_value().is_some_and(|(_, (_, at))| at + REMEMBERED_US < now) {
            self.recent.pop_first();
        }
    }

    /// The highest index that was acknowledged before a moment; 0 if that is too long ago.
    fn acknowledged_before(&self, ts: Micros) -> u64 {
        let count = self.acknowledged.partition_point(|(at, _)| *at < ts);
        count.checked_sub(1).map_or(0, |last| self.acknowledged[last].1)
    }

    /// The log's leader vouches, in a term, that it knows everything acknowledged before a moment.
    pub(super) fn vouched(&mut self, node: NodeId, term: u64, ts: Micros, upto: u64) {
        let newest = self.elected.get(&Component::Wal).copied().unwrap_or_default();
        let deposed = newest.0 > term && newest.1 < ts;
        self.check(TICKS_BY_CERTAIN_LEADER, !deposed, || {
            Breach::new(
                "deposed_ticks",
                "pod `node` vouches for the log in term `term`, though pod `leader` was elected in term `newest`",
                &[u64::from(node), term, u64::from(newest.2), newest.0],
            )
        });
        let least = self.acknowledged_before(ts);
        self.check(TICKS_BY_CERTAIN_LEADER, upto >= least, || {
            Breach::new(
                "ticks_short",
                "pod `node` vouches for the log up to record `upto`, but record `index` was acknowledged before",
                &[u64::from(node), upto, least],
            )
        });
    }

    /// A reader has taken records after `before` up to `upto`. `kept` says which rows it considers valid.
    pub(super) fn consumed(
        &mut self,
        node: NodeId,
        (before, upto): (u64, u64),
        records: &[(u64, Record)],
        kept: impl Fn(u64) -> Option<bool>,
    ) {
        let after = before.max(self.forgotten);
        if upto <= after {
            return;
        }
        let mut delivered = records.iter().filter(|(index, _)| *index > after && *index <= upto);
        let missing = self.between(after, upto).find_map(|(index, known)| {
            let next = delivered.next();
            (next != Some(&(*index, known.record))).then_some(*index)
        });
        self.check(STREAM_WITHOUT_GAPS, missing.is_none(), || {
            Breach::new(
                "skipped",
                "reader `node` went from record `before` to `upto` without record `index`",
                &[u64::from(node), before, upto, missing.unwrap_or(0)],
            )
        });
        if self.fenced {
            let wrong = self.between(after, upto).find(|(index, known)| {
                matches!(known.record, Record::Rows { .. })
                    && kept(*index).is_some_and(|kept| kept == known.void)
            });
            let wrong = wrong.map_or(0, |(index, _)| *index);
            self.check(VOID_ROWS_HIDDEN, wrong == 0, || {
                Breach::new(
                    "misjudged",
                    "reader `node` misjudges whether record `index` is void",
                    &[u64::from(node), wrong],
                )
            });
        }
    }

    /// A reader begins at a position, and relies on segments for everything before.
    pub(super) fn begins_at(&mut self, node: NodeId, position: u64) {
        let checkpoint = self.checkpoint;
        self.check(STREAM_WITHOUT_GAPS, position <= checkpoint, || {
            Breach::new(
                "begins_late",
                "reader `node` begins after record `position`; only records up to `checkpoint` are flushed",
                &[u64::from(node), position, checkpoint],
            )
        });
    }

    /// A reader at a position considers everything before a moment known.
    pub(super) fn ticked(&mut self, node: NodeId, position: u64, ts: Micros) {
        let least = self.acknowledged_before(ts);
        self.check(TICK_COMPLETE, position >= least, || {
            Breach::new(
                "tick_without_record",
                "reader `node` at record `position` takes a tick, but record `index` was acknowledged before it",
                &[u64::from(node), position, least],
            )
        });
    }

    // --- searching

    /// A proxy has given a search its guarantee; `least` is what its consistency level requires.
    pub(super) fn guaranteed(&mut self, node: NodeId, guarantee: Micros, least: Micros) {
        self.check(GUARANTEE_TIME, guarantee >= least, || {
            Breach::new(
                "weak_guarantee",
                "proxy `node` demands `guarantee` µs; the consistency level requires `least` µs",
                &[u64::from(node), guarantee, least],
            )
        });
    }

    /// A delegator begins a search.
    pub(super) fn search_began(&mut self, node: NodeId, service_us: Micros, guarantee: Micros) {
        self.check(GUARANTEE_TIME, service_us >= guarantee, || {
            Breach::new(
                "served_early",
                "delegator `node` serves `service` µs to a search that has to see `guarantee` µs",
                &[u64::from(node), service_us, guarantee],
            )
        });
    }

    /// A delegator begins a search with this number of growing writes, read after one position of the log up to
    /// another.
    pub(super) fn answers_from(&mut self, node: NodeId, (from, position): (u64, u64), growing: usize) {
        if !self.fenced || from < self.forgotten {
            return;
        }
        let is_live = |known: &Committed| matches!(known.record, Record::Rows { .. }) && !known.void;
        let live = self.between(from, position).filter(|(_, known)| is_live(known)).count();
        self.check(GROWING_IS_READ, live == growing, || {
            Breach::new(
                "growing_unread",
                "delegator `node` answers from `n` growing writes; the log after record `from` up to `upto` has `live`",
                &[u64::from(node), growing as u64, from, position, live as u64],
            )
        });
    }

    /// A delegator answers a search.
    pub(super) fn search_answered(&mut self, answer: Answered<'_>) {
        let Answered { node, guarantee, hits, truth, dead } = answer;
        let mut ids: Vec<i64> = hits.iter().map(|(_, id)| *id).collect();
        sort(&mut ids);
        let twice = ids.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
        self.check(ROW_ONCE, twice.is_none(), || {
            let row = twice.unwrap_or(0).cast_unsigned();
            Breach::new("row_twice", "delegator `node` returned row `row` twice", &[u64::from(node), row])
        });
        self.check(EXPIRED_GONE, dead.is_none(), || {
            let row = dead.unwrap_or(0).cast_unsigned();
            Breach::new(
                "returned_expired",
                "delegator `node` returned row `row`, which has expired",
                &[u64::from(node), row],
            )
        });
        let missing = truth.iter().find(|(_, id)| {
            !hits.iter().any(|(_, hit)| hit == id)
                && self.acknowledged_at(*id).is_none_or(|at| at < guarantee)
        });
        self.check(GUARANTEE_VISIBLE, missing.is_none(), || {
            let row = missing.map_or(0, |(_, id)| *id).cast_unsigned();
            Breach::new(
                "row_missed",
                "delegator `node` missed row `row`, which was acknowledged before the guarantee at `guarantee` µs",
                &[u64::from(node), row, guarantee],
            )
        });
    }

    /// When a row was acknowledged; none if that was long ago.
    fn acknowledged_at(&self, id: i64) -> Option<Micros> {
        let (_, (end, at)) = self.recent.range(..=id).next_back()?;
        (id < *end).then_some(*at)
    }
}
