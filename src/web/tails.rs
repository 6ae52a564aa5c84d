//! Coalesces small extents: a replica set fsyncs a few hundred bytes at a time, and a store of a million tiny extents
//! would be slow to open.
//!
//! Guarantees: after [`GATHER`] small extents in a row of one file, the next one is written as one extent that contains
//! them all, in the transaction that would have written it; the stored bytes stay the same, and each byte is written at
//! most twice. Leaves out: extents that are large already, and those of earlier openings, of which at most [`GATHER`]
//! per file and opening remain.

use super::plan::{Piece, length};
use litemap::LiteMap;
use quorum_types::NodeId;

/// The number of small extents that become one.
pub const GATHER: usize = 256;
/// An extent below this size, in bytes, is small.
const SMALL: usize = 16 << 10;

/// An extent that replaces a row of small ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Gathered {
    /// The offset at which it begins.
    pub offset: u64,
    /// All of its bytes.
    pub pieces: Vec<Piece>,
}

/// The rows of small extents at the end of each file.
#[derive(Clone, Debug, Default)]
pub struct Tails {
    rows: LiteMap<(NodeId, u32), Row>,
}

#[derive(Clone, Debug)]
struct Row {
    offset: u64,
    pieces: Vec<Piece>,
    bytes: usize,
    extents: usize,
}

impl Tails {
    /// Records an extent that is about to be written; returns the extent to write instead, when enough small ones
    /// precede it.
    pub fn note(&mut self, node: NodeId, file: u32, offset: u64, pieces: &[Piece]) -> Option<Gathered> {
        let bytes = length(pieces);
        if bytes >= SMALL {
            self.rows.remove(&(node, file));
            return None;
        }
        let row = self.rows.entry((node, file)).or_insert_with(|| Row::new(offset));
        if row.offset + row.bytes as u64 != offset {
            *row = Row::new(offset);
        }
        row.pieces.extend_from_slice(pieces);
        row.bytes += bytes;
        row.extents += 1;
        if row.extents < GATHER {
            return None;
        }
        self.rows.remove(&(node, file)).map(|row| Gathered { offset: row.offset, pieces: row.pieces })
    }

    /// The file was cut or removed: what was recorded about it no longer holds.
    pub fn forget(&mut self, node: NodeId, file: u32) {
        self.rows.remove(&(node, file));
    }
}

impl Row {
    fn new(offset: u64) -> Self {
        Self { offset, pieces: Vec::new(), bytes: 0, extents: 0 }
    }
}
