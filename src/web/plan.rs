//! How a stream of disk writes is cut into transactions.
//!
//! Guarantees: a transaction carries about [`TRANSACTION`] bytes, an extent at most [`EXTENT`]; adjacent appends to one
//! file become one extent; a later byte of a file never goes into an earlier transaction than a byte before it; a
//! ticket belongs to the transaction that completes its batch. A record that spans two transactions can be torn by a
//! crash between them, and that is intended: disks tear records too. Leaves out: how a transaction is executed
//! (`store`).

use quorum_facade::{Bytes, DiskWrite, PersistBatch, RunStamp};
use quorum_types::NodeId;

/// The largest extent.
pub const EXTENT: usize = 1 << 20;
/// Approximate size of a transaction, in bytes.
pub const TRANSACTION: usize = 4 << 20;

/// The contents of one transaction.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// The changes, in order.
    pub operations: Vec<Operation>,
    /// The stamp to be stored with it, and the ticket that is safe after it, if it completes a batch.
    pub completes: Option<(u64, RunStamp)>,
    /// Bytes appended.
    pub bytes: usize,
}

/// A change to the stored extents.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// A new extent, made of these pieces in order.
    Extent {
        /// The node that the file belongs to.
        node: NodeId,
        /// The file number.
        file: u32,
        /// The offset in the file at which it begins.
        offset: u64,
        /// Its bytes.
        pieces: Vec<Piece>,
    },
    /// The file is cut to this length.
    Truncate {
        /// The node that the file belongs to.
        node: NodeId,
        /// The file number.
        file: u32,
        /// Its length from now on.
        bytes: u64,
    },
    /// The file is removed.
    Remove {
        /// The node that the file belongs to.
        node: NodeId,
        /// The file number.
        file: u32,
    },
}

/// A slice of bytes that are shared with the lab, so that nothing is copied on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// The bytes it is a part of.
    pub bytes: Bytes,
    /// Where the part begins and ends.
    pub range: core::ops::Range<usize>,
}

impl Piece {
    /// The part itself.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes[self.range.clone()]
    }

    fn len(&self) -> usize {
        self.range.len()
    }
}

/// The total length of an extent's pieces.
pub fn length(pieces: &[Piece]) -> usize {
    pieces.iter().map(Piece::len).sum()
}

/// Cuts batches into transactions.
pub fn plan(batches: impl IntoIterator<Item = PersistBatch>) -> Vec<Step> {
    let mut steps = vec![Step::default()];
    for batch in batches {
        for write in batch.writes {
            place(&mut steps, write);
        }
        if let Some(last) = steps.last_mut() {
            // If two batches end in one transaction, the later ticket stands for both.
            last.completes = Some((batch.ticket, batch.stamp));
        }
    }
    steps.retain(|step| step.completes.is_some() || !step.operations.is_empty());
    steps
}

fn place(steps: &mut Vec<Step>, write: DiskWrite) {
    match write {
        DiskWrite::Append { node, file, mut offset, bytes } => {
            let mut from = 0;
            while from < bytes.len() {
                let step = open_step(steps);
                let held = open_extent(step, node, file, offset).map_or(0, |pieces| length(pieces));
                let take = (bytes.len() - from).min(TRANSACTION - step.bytes).min(EXTENT - held);
                let piece = Piece { bytes: bytes.clone(), range: from..from + take };
                append(step, node, file, offset, piece);
                from += take;
                offset += take as u64;
            }
        }
        DiskWrite::Truncate { node, file, bytes } => {
            open_step(steps).operations.push(Operation::Truncate { node, file, bytes });
        }
        DiskWrite::Remove { node, file } => {
            open_step(steps).operations.push(Operation::Remove { node, file });
        }
    }
}

/// The last step, or a new one if the last is full.
fn open_step(steps: &mut Vec<Step>) -> &mut Step {
    if steps.last().is_none_or(|step| step.bytes >= TRANSACTION) {
        steps.push(Step::default());
    }
    let last = steps.len() - 1;
    &mut steps[last]
}

/// The extent of a step that ends where `offset` begins and has room left.
fn open_extent(step: &mut Step, node: NodeId, file: u32, offset: u64) -> Option<&mut Vec<Piece>> {
    // Only the last operation on this file counts: after a truncation a new extent begins.
    let last_of_file = step.operations.iter_mut().rev().find(|operation| match operation {
        Operation::Extent { node: n, file: f, .. }
        | Operation::Truncate { node: n, file: f, .. }
        | Operation::Remove { node: n, file: f } => (*n, *f) == (node, file),
    });
    match last_of_file {
        Some(Operation::Extent { offset: begin, pieces, .. })
            if *begin + length(pieces) as u64 == offset && length(pieces) < EXTENT =>
        {
            Some(pieces)
        }
        _ => None,
    }
}

/// Adds bytes to the extent that ends where they begin, or begins a new extent.
fn append(step: &mut Step, node: NodeId, file: u32, offset: u64, piece: Piece) {
    step.bytes += piece.len();
    match open_extent(step, node, file, offset) {
        Some(pieces) => pieces.push(piece),
        None => step.operations.push(Operation::Extent { node, file, offset, pieces: vec![piece] }),
    }
}
