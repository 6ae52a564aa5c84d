//! Power that fails at a moment of one's choosing.
//!
//! Promises: a trap springs once, at the next time that its moment comes, and leaves on the disk what a power cut at
//! that moment leaves. Leaves out: what is found afterwards (`recover`).

use serde::{Deserialize, Serialize};

use super::Standalone;
use crate::sim::event::EventKind;

/// A moment on the way of a write, of a checkpoint or of a recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// The request is there, nothing is written.
    BeforeAppend,
    /// Half of the record has reached the disk.
    MidRecord,
    /// The record is written, the fsync has not begun.
    BeforeFsync,
    /// The fsync has ended, the client has not been told.
    BeforeAck,
    /// A part of the segments has been written to objects.
    DuringFlush,
    /// Half of the manifest has reached the disk.
    DuringCheckpoint,
    /// A part of the log has been read back.
    DuringRecovery,
}

impl Moment {
    /// All of them, in the order in which they come.
    pub const ALL: [Self; 7] = [
        Self::BeforeAppend,
        Self::MidRecord,
        Self::BeforeFsync,
        Self::BeforeAck,
        Self::DuringFlush,
        Self::DuringCheckpoint,
        Self::DuringRecovery,
    ];
}

impl Standalone {
    /// Lets power fail at the next such moment; none for never.
    pub fn set_trap(&mut self, moment: Option<Moment>) {
        self.trap = moment;
    }

    /// Whether power fails now; `torn_bytes` of what was not durable stay.
    pub(super) fn springs(&mut self, moment: Moment, torn_bytes: u64) -> bool {
        if self.trap != Some(moment) {
            return false;
        }
        self.trap = None;
        self.emit(EventKind::TrapSprung { moment });
        self.kill(torn_bytes);
        true
    }
}
