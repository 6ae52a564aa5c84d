//! Marks on the timeline, as types.
//!
//! Guarantees: a mark is plain data, so that a change of language writes its text again. Leaves out: which events make
//! a mark (`story`, `milvus::narrate`, `regions::narrate`), and how marks look (`timeline`).

use quorum_types::{Micros, NodeId};

/// A mark on the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its time.
    pub t_us: Micros,
    /// Its kind.
    pub kind: MarkKind,
}

/// The kind of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// A node lost its power.
    Kill(NodeId),
    /// A node got it back.
    Restart(NodeId),
    /// A node was frozen.
    Pause(NodeId),
    /// A link was cut.
    Cut(NodeId, NodeId),
    /// A link was healed.
    Heal(NodeId, NodeId),
    /// A leader was elected.
    Leader(NodeId),
    /// All power was lost.
    Power,
    /// The disks were opened again.
    Boot,
    /// An insert of this many rows began.
    Insert(u64),
    /// The first request failed.
    Lost,
    /// The first request after an outage was answered.
    Restored,
    /// A mark of two regions.
    Region(RegionMark),
}

/// A mark of two regions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegionMark {
    /// A region lost its power.
    Lost(u32),
    /// It is there again.
    Returned(u32),
    /// A region or the link was cut or slowed.
    Cut,
    /// Everything is healed.
    Healed,
    /// A region takes writes.
    Promoted(u32),
    /// The DNS name points elsewhere.
    Dns(u32),
    /// A backup is complete in the bucket.
    Backup(u64),
    /// A backup failed.
    BackupFailed(u64),
    /// A collection was deleted by mistake.
    Mistake,
}
