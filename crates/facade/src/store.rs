//! What a host persists of a run: the changes to its disks, and the stamp that goes with them.
//!
//! Guarantees: the stamp counts nothing as acknowledged that was not acknowledged and, together with its last writes,
//! misses nothing that was. Leaves out: where the bytes are stored (the host).

use super::run::{PersistBatch, RunStamp};
use super::{Lab, Receipts, world};
use quorum_lesson::Grader;

/// What was acknowledged according to a stamp.
pub(super) fn receipts(stamp: &RunStamp) -> Receipts {
    (stamp.receipt_lsn.unwrap_or(0), stamp.acknowledged_ops.clone())
}

impl Lab {
    /// The writes to persist since the last call; `None` if there are none.
    pub fn take_writes(&mut self) -> Option<PersistBatch> {
        let (ticket, changes) = self.world.outbox_mut().take()?;
        let stamp = self.stamp(ticket);
        self.receipts = receipts(&stamp);
        let writes = changes.into_iter().map(|(node, change)| world::disk_write(node, change)).collect();
        Some(PersistBatch { ticket, writes, stamp })
    }

    /// A stamp with what was acknowledged since the last one, and nothing else to persist; `None` if there is nothing
    /// new. A host takes it when idle: without it, the last acknowledgements would count as unproven after the browser
    /// is closed, until something else is written.
    pub fn take_receipts(&mut self) -> Option<PersistBatch> {
        if !self.config.kept || !self.world.outbox().is_empty() {
            return None;
        }
        let ticket = self.world.outbox().last_ticket();
        let stamp = self.stamp(ticket);
        let (before, now) = (&self.receipts, receipts(&stamp));
        if now.0 <= before.0 && now.1 == before.1 {
            return None;
        }
        self.receipts = now;
        Some(PersistBatch { ticket, writes: Vec::new(), stamp })
    }

    pub(super) fn stamp(&self, ticket: u64) -> RunStamp {
        let mut stamp = RunStamp {
            boot: self.boot(),
            t_us: self.now_us(),
            seed: self.config.seed,
            topology: self.topology.word(),
            goals_met: self.grader.as_ref().map_or_else(Vec::new, Grader::notes),
            ..RunStamp::default()
        };
        self.world.stamp(&mut stamp, ticket);
        stamp
    }

    /// The host has persisted all batches up to this ticket.
    pub fn persisted(&mut self, ticket: u64) {
        self.world.outbox_mut().confirm(ticket);
    }

    /// The host's store has failed: from here on nothing is persisted, and the run continues in memory and reports
    /// this.
    pub fn storage_failed(&mut self) {
        self.leave_store();
        // The run cannot go back to stored states; from here on it cannot go back to its beginning either.
        self.forget();
    }

    /// From here on the run cannot go back, and does not record commands for that.
    pub fn forget(&mut self) {
        self.past.forget();
    }
}
