//! What requests and answers carry that is more than a few numbers: orders, parts of jobs, entries for log stores.
//!
//! Guarantees: none; it is data, which the files of both sides and the messages (`net`) share. Leaves out: who carries
//! it out (`orders`, `jobs`, `log_store`).

use super::kept::Keep;
use super::record::Record;
use crate::action::Action;
use std::sync::Arc;

/// An order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Flush,
    Snapshot { name: u64 },
    List,
    Restore { snapshot: u64, apart: bool },
    DropSnapshot { name: u64 },
    Import { rows: u64, bad: bool },
    Truncate,
    DropJob { job: u64 },
}

impl Order {
    /// The order that an action gives, with the action's word.
    pub(super) fn of(action: &Action) -> Option<(Self, &'static str)> {
        Some(match *action {
            Action::FlushCollection => (Self::Flush, "flush_collection"),
            Action::CreateSnapshot { snapshot } => (Self::Snapshot { name: snapshot }, "create_snapshot"),
            Action::ListSnapshots => (Self::List, "list_snapshots"),
            Action::RestoreSnapshot { snapshot, apart } => {
                (Self::Restore { snapshot, apart }, "restore_snapshot")
            }
            Action::DropSnapshot { snapshot } => (Self::DropSnapshot { name: snapshot }, "drop_snapshot"),
            Action::ImportRows { rows, bad } => (Self::Import { rows, bad }, "import_rows"),
            Action::TruncateCollection => (Self::Truncate, "truncate_collection"),
            Action::DropJob { job } => (Self::DropJob { job }, "drop_job"),
            _ => return None,
        })
    }

    /// What it asks of the metadata store.
    pub(super) fn keep(self, number: u64, part_rows: u64) -> Option<Keep> {
        Some(match self {
            Self::Flush | Self::List => return None,
            Self::Snapshot { name } => Keep::Snapshot { name, order: number },
            Self::Restore { snapshot, apart } => Keep::Restore { job: number, snapshot, apart },
            Self::DropSnapshot { name } => Keep::DropSnapshot { name },
            Self::Import { rows, bad } => Keep::Import { job: number, rows, part_rows, bad },
            Self::Truncate => Keep::Truncate { order: number },
            Self::DropJob { job } => Keep::DropJob { job },
        })
    }
}

/// A part of a job, as it is handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Task {
    pub(super) job: u64,
    pub(super) part: u64,
    /// Whether its file is only read.
    pub(super) read: bool,
    /// For a restore: the segment to copy.
    pub(super) source: u64,
    pub(super) first_id: i64,
    pub(super) rows: u64,
    /// Whether it has a row that cannot be imported.
    pub(super) bad: bool,
}

impl Task {
    /// What identifies it at a data node.
    pub(super) fn key(&self) -> (u64, u64, bool) {
        (self.job, self.part, self.read)
    }
}

/// How far a data node is with a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TaskState {
    /// It is at it.
    Running,
    /// It is done; a part that was written has become this segment.
    Done { segment: u64 },
    /// It cannot be done; a reason in [`super::kept::REASONS`].
    Failed { why: usize },
}

/// An entry of the log, with the epoch of the writer that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LogEntry {
    pub(super) index: u64,
    pub(super) epoch: u64,
    pub(super) record: Record,
}

/// A request to take entries.
#[derive(Clone, Debug)]
pub(super) struct StoreAppend {
    /// The writer's epoch.
    pub(super) epoch: u64,
    /// The object store has everything up to this index; with the epoch of the entry there.
    pub(super) base: (u64, u64),
    /// Index and epoch of the entry before the first.
    pub(super) prev: (u64, u64),
    pub(super) entries: Arc<[LogEntry]>,
}

/// What a store has when it promises itself to a writer.
#[derive(Clone, Debug, Default)]
pub(super) struct Tail {
    pub(super) base: (u64, u64),
    pub(super) entries: Vec<LogEntry>,
}

impl Tail {
    /// Epoch and index of the last entry: of two tails the one with the higher has everything that was acknowledged.
    pub(super) fn last(&self) -> (u64, u64) {
        self.entries.last().map_or((self.base.1, self.base.0), |last| (last.epoch, last.index))
    }
}
