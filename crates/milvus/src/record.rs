//! The encoding of the cluster's log records.
//!
//! A record is a write of rows, or a fence: a new leader writes one, and from there on records with an older epoch are
//! void. Guarantees: encoding and decoding round-trip, all other bytes are rejected. Leaves out: the rows' contents,
//! which follow from their numbers and the run's seed ([`quorum_sim::workload`]).

use std::sync::Arc;

/// A record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// Rows `first_id..first_id + rows`, written under an epoch for a growing segment.
    Rows {
        /// The first row.
        first_id: i64,
        /// How many.
        rows: u64,
        /// The epoch of the timestamp.
        epoch: u64,
        /// The request at the proxy, by which its answer is found.
        request: u64,
    },
    /// A fence: later records with an older epoch are void.
    Fence {
        /// The epoch that begins.
        epoch: u64,
    },
}

const ROWS: u64 = 1;
const FENCE: u64 = 2;

impl Record {
    /// The epoch under which it was written, or which it begins.
    pub(super) fn epoch(self) -> u64 {
        let (Self::Rows { epoch, .. } | Self::Fence { epoch }) = self;
        epoch
    }

    /// How many rows it carries.
    pub(super) fn rows(self) -> u64 {
        if let Self::Rows { rows, .. } = self { rows } else { 0 }
    }

    /// Encodes it as an entry's data.
    pub(super) fn encode(self) -> Arc<[u8]> {
        match self {
            Self::Rows { first_id, rows, epoch, request } => {
                words(&[ROWS, first_id.cast_unsigned(), rows, epoch, request])
            }
            Self::Fence { epoch } => words(&[FENCE, epoch]),
        }
    }

    /// Decodes an entry's data.
    pub(super) fn decode(data: &[u8]) -> Option<Self> {
        match *unwords(data)?.as_slice() {
            [ROWS, first_id, rows, epoch, request] => {
                Some(Self::Rows { first_id: first_id.cast_signed(), rows, epoch, request })
            }
            [FENCE, epoch] => Some(Self::Fence { epoch }),
            _ => None,
        }
    }
}

/// Numbers as bytes, eight each, little-endian.
pub(super) fn words(numbers: &[u64]) -> Arc<[u8]> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// The reverse.
pub(super) fn unwords(data: &[u8]) -> Option<Vec<u64>> {
    let (words, rest) = data.as_chunks::<8>();
    rest.is_empty().then(|| words.iter().map(|word| u64::from_le_bytes(*word)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_read_back_and_nothing_else_does() {
        for record in
            [Record::Rows { first_id: -7, rows: 3, epoch: 9, request: 4 }, Record::Fence { epoch: 2 }]
        {
            let data = record.encode();
            assert_eq!(Record::decode(&data), Some(record));
            for cut in 0..data.len() {
                assert_eq!(Record::decode(&data[..cut]), None, "{cut} of {} bytes", data.len());
            }
        }
        assert_eq!(Record::decode(&words(&[3, 1])), None);
    }
}
