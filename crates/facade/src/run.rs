//! The parameters of a run, and the data exchanged between the lab and the host that stores its disks.
//!
//! Guarantees: plain data. A host that stores every [`DiskWrite`] in order, and the [`RunStamp`] of the same batch in
//! the same transaction, can open the run again with [`StoredRun`] as if only the power had failed. Leaves out: how and
//! where the host stores them.

use serde::{Deserialize, Serialize};

use quorum_types::{Micros, NodeId};
pub use quorum_wal::disk::Bytes;
pub use quorum_wal::format::{file_name, file_number};

/// The version of everything that a host stores: log format, stamp and layout together. A host refuses to
/// open what a newer version wrote, and never overwrites it.
pub const STORE_VERSION: u32 = 2;

/// The parameters of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunConfig {
    /// The lesson, by slug; it names topology, workload and goals.
    pub lesson: Option<String>,
    /// `standalone` or `replica-set:N`, for free play without a lesson; ignored when a lesson is named.
    pub topology: Option<String>,
    /// The seed of everything random. At most 2^53 − 1, so that JavaScript can carry it.
    pub seed: u64,
    /// Whether an acknowledgement waits until the host has persisted the data it depends on.
    pub kept: bool,
    /// `zh` or `en`, for the texts in snapshots and errors.
    pub lang: String,
}

/// The stored data of an earlier run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoredRun {
    /// The stamp of the last transaction.
    pub stamp: RunStamp,
    /// The log files by node and number, each from offset 0 without gaps, in extents of any length.
    pub files: Vec<StoredFile>,
    /// Rows whose acknowledgement the client has seen, if the client still exists and reports them. This can only add
    /// to what the log itself proves.
    pub receipts_rows: Option<u64>,
    /// Rows that the client had requested and that were not acknowledged when the power failed, likewise.
    pub outstanding_rows: Option<u64>,
}

/// A stored log file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoredFile {
    /// Whose.
    pub node: NodeId,
    /// Its number, from 1.
    pub file: u32,
    /// Its bytes.
    pub extents: Vec<Bytes>,
}

/// The data that a store keeps besides the log files, replaced by each transaction.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunStamp {
    /// How often the run has been opened, this time included.
    pub boot: u32,
    /// Virtual time, at which the run continues when it is opened again.
    pub t_us: Micros,
    /// The seed that the run began with.
    pub seed: u64,
    /// `standalone` or `replica-set:N`.
    pub topology: String,
    /// The number of the client's next write.
    pub next_op: u64,
    /// The client's acknowledged writes as ranges, both ends included.
    pub acknowledged_ops: Vec<(u64, u64)>,
    /// The lesson's goals that are met, by name.
    pub goals_met: Vec<String>,
    /// Each node's durable LSN once this batch is stored: the log has to reach that far.
    pub durable_lsns: Vec<(NodeId, u64)>,
    /// Of a lone engine: everything up to here was acknowledged. Never ahead of that, as `durable_lsns` may be.
    pub receipt_lsn: Option<u64>,
}

/// A change to a stored log file.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum DiskWrite {
    /// Bytes at the end of a file; `offset` is its length before. A file begins with its first append.
    Append { node: NodeId, file: u32, offset: u64, bytes: Bytes },
    /// The file is truncated to `bytes`: a torn tail is dropped.
    Truncate { node: NodeId, file: u32, bytes: u64 },
    /// The file goes.
    Remove { node: NodeId, file: u32 },
}

/// Writes that one or more fsyncs wait for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PersistBatch {
    /// Tell [`Lab::persisted`](super::Lab::persisted) this number when all of `writes` are durable. Tickets increase.
    pub ticket: u64,
    /// In order; consecutive appends to one file may be split or joined freely as long as a later byte is never stored
    /// without every earlier byte of its file.
    pub writes: Vec<DiskWrite>,
    /// To be stored with the last of them.
    pub stamp: RunStamp,
}

/// Why [`Lab::advance`](super::Lab::advance) returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advance {
    /// The requested time is reached; no more events are due before it.
    Reached,
    /// No event is scheduled until a command comes; the clock has stopped here.
    Idle,
    /// The event budget is used up.
    Budget,
    /// The next event waits for the host to persist this ticket. Never returned for a run in memory.
    Waiting {
        /// The ticket.
        ticket: u64,
    },
}

/// The outcome of writes that were passed to a medium together.
#[derive(Clone, Debug)]
pub struct Committed {
    /// The ticket that is durable now, if they completed a batch.
    pub ticket: Option<u64>,
    /// Bytes appended.
    pub bytes: u64,
    /// The time until they were durable, in milliseconds of the host's clock; 0 if the host has none.
    pub took_ms: f64,
}

/// Receives the outcome of writes, in their order.
pub type Done<Fault> = std::rc::Rc<dyn Fn(Result<Committed, Fault>)>;

/// Where a run's disks are stored: IndexedDB in a browser, files natively. Both are restored in the same way:
/// [`StoredRun`] and the lab's own recovery.
///
/// Required guarantees: a ticket is reported as durable only when its batch and every earlier one would survive a loss
/// of power; batches reach the medium in order or not at all.
pub trait Storage {
    /// Why writes failed.
    type Fault;

    /// Takes a batch.
    fn submit(&mut self, batch: PersistBatch);

    /// Passes on the writes that were taken, up to the number that the medium accepts at once.
    fn pump(&mut self, done: &Done<Self::Fault>);

    /// Whether everything that was taken is durable.
    fn is_idle(&self) -> bool;
}
