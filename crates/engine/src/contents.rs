//! Rows in memory as the contents of a disk's file: the same bytes need not be there twice.
//!
//! Guarantees: what is written is what [`Operation::encode`](super::Operation::encode) wrote for a record of the log,
//! or [`Batch::encode`] for one of an object. Leaves out: which records are worth it (`sim`).

use std::sync::Arc;

use super::batch::Batch;
use quorum_wal::disk::Contents;
use quorum_wal::format::RowsFront;

/// The payload of a record of rows: with its front in the log, without in an object.
#[derive(Clone, Debug)]
struct Payload {
    front: Option<RowsFront>,
    batch: Arc<Batch>,
}

impl Contents for Payload {
    fn bytes(&self) -> u64 {
        self.front.map_or(0, |_| RowsFront::BYTES) + self.batch.bytes() as u64
    }

    fn write(&self, into: &mut Vec<u8>) {
        if let Some(front) = &self.front {
            front.encode(into);
        }
        self.batch.encode(into);
    }
}

/// The contents of a record with these rows: with a front in the log, without in an object.
pub fn contents(front: Option<RowsFront>, batch: &Arc<Batch>) -> Arc<dyn Contents> {
    Arc::new(Payload { front, batch: Arc::clone(batch) })
}
