//! Small extents are gathered: a replica set fsyncs a few hundred bytes at a time, and a store of a million
//! crumbs would be slow to open.
//!
//! Promises: after [`GATHER`] small extents in a row of one file, the next one is written as one extent that
//! holds them all, in the transaction that would have written it; what is stored stays the same bytes, and
//! each byte is written at most twice. Leaves out: extents that are large already, and those of earlier
//! openings, of which at most [`GATHER`] a file and opening are left lying.

use super::plan::{Piece, length};
use litemap::LiteMap;
use quorum_types::NodeId;

/// So many small extents become one.
pub const GATHER: usize = 256;
/// An extent below this is small.
const SMALL: usize = 16 << 10;

/// An extent to be written in place of a row of small ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Gathered {
    /// Where it begins.
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
    /// Notes an extent that is about to be written; returns what is to be written instead, when enough small
    /// ones lie before it.
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

    /// The file was cut or removed: what was noted of it no longer holds.
    pub fn forget(&mut self, node: NodeId, file: u32) {
        self.rows.remove(&(node, file));
    }
}

impl Row {
    fn new(offset: u64) -> Self {
        Self { offset, pieces: Vec::new(), bytes: 0, extents: 0 }
    }
}
