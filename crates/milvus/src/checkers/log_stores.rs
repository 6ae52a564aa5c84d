//! The checks of the Woodpecker service: its writers and its log stores.
//!
//! Guarantees: as `checkers`. Leaves out: what readers do with the log, which is checked as for every other log.

use super::{
    ACKNOWLEDGED_DURABLE, ACKNOWLEDGED_HELD, Checkers, FENCED_WRITER_SILENT, POSITIONS_WITHOUT_GAPS,
};
use crate::record::Record;
use quorum_sim::invariant_status::Breach;
use quorum_types::NodeId;

impl Checkers {
    /// A writer acknowledges an entry that this number of log stores hold durably; its quorum has another size.
    pub(crate) fn appended_by_writer(
        &mut self,
        node: NodeId,
        epoch: u64,
        index: u64,
        (copies, quorum): (usize, usize),
    ) {
        self.check(ACKNOWLEDGED_DURABLE, copies >= quorum, || {
            Breach::new(
                "acknowledged_short",
                "record `index` was acknowledged with `n` durable copies; the ack quorum is `quorum`",
                &[index, copies as u64, quorum as u64],
            )
        });
        let (newest, last) = self.writer;
        self.check(FENCED_WRITER_SILENT, epoch >= newest, || {
            Breach::new(
                "fenced_acknowledges",
                "writer `node` acknowledges record `index` in epoch `epoch`, after one of epoch `newest` has begun",
                &[u64::from(node), index, epoch, newest],
            )
        });
        // A new writer acknowledges again what its predecessor may have acknowledged.
        let follows = index == last + 1 || (epoch > newest && index <= last + 1);
        self.check(POSITIONS_WITHOUT_GAPS, follows || epoch < newest, || {
            Breach::new(
                "position_skipped",
                "writer `node` acknowledges record `index` after record `last`",
                &[u64::from(node), index, last],
            )
        });
        if epoch >= newest {
            self.writer = (epoch, index);
        }
    }

    /// A log store cuts an entry off its disk.
    pub(crate) fn gives_up(&mut self, node: NodeId, index: u64, record: Record) {
        let acknowledged = self.at(index).is_some_and(|known| known.record == record);
        self.check(ACKNOWLEDGED_HELD, !acknowledged, || {
            Breach::new(
                "acknowledged_cut",
                "log store `node` gives up record `index`, which was acknowledged",
                &[u64::from(node), index],
            )
        });
    }

    /// A log store lets everything up to an entry go; the object store has the log up to another.
    pub(crate) fn trims(&mut self, node: NodeId, index: u64, in_objects: u64) {
        self.check(ACKNOWLEDGED_HELD, index <= in_objects, || {
            Breach::new(
                "trimmed_early",
                "log store `node` lets go of records up to `index`; the object store has them up to `upto`",
                &[u64::from(node), index, in_objects],
            )
        });
    }
}
