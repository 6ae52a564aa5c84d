//! The state machine of a replica set: rows, and registers that make reads observable.
//!
//! Every node applies the same committed entries in the same order to one of these. A write carries the number that its
//! client gave it; one that arrives twice takes effect once and gets the same answer (Raft, section 8). Guarantees: the
//! same entries produce the same state, and the same digest; a snapshot holds the whole state. Leaves out: which node
//! may write, and when a read may be served.

use litemap::LiteMap;
use std::sync::Arc;

use super::ranges::Ranges;
use super::short_digest;
use super::workload;
use quorum_engine::{Batch, Catalog};
use quorum_raft::{Entry, EntryKind};
use quorum_wal::format::Fields;

/// A client's write.
#[derive(Clone, Debug)]
pub enum Write {
    /// Inserts rows.
    Insert(Arc<Batch>),
    /// Sets a register.
    Put {
        /// Which register.
        key: u64,
        /// The value; 0 stands for a register that was never written.
        value: u64,
    },
    /// Sets a register if it holds the expected value.
    Swap {
        /// Which register.
        key: u64,
        /// The expected value.
        from: u64,
        /// The new value.
        to: u64,
    },
}

/// The result of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The write's number.
    pub op: u64,
    /// For a swap: whether the register held the expected value.
    pub swapped: Option<bool>,
}

/// The kind of write is in the highest byte of its number, as it lies in an entry.
const KIND_SHIFT: u32 = 56;
const PUT: u64 = 1;
const SWAP: u64 = 2;

/// Encodes a client's write as the data of an entry.
pub fn encode(op: u64, write: &Write) -> Arc<[u8]> {
    let (kind, numbers): (u64, &[u64]) = match write {
        Write::Insert(batch) => {
            let mut data = op.to_le_bytes().to_vec();
            batch.encode(&mut data);
            return data.into();
        }
        Write::Put { key, value } => (PUT, &[*key, *value]),
        Write::Swap { key, from, to } => (SWAP, &[*key, *from, *to]),
    };
    let mut data = (op | kind << KIND_SHIFT).to_le_bytes().to_vec();
    numbers.iter().for_each(|number| data.extend_from_slice(&number.to_le_bytes()));
    data.into()
}

/// Decodes a write; none for a leader's empty entry and for invalid bytes.
pub fn decode(data: &[u8]) -> Option<(u64, Write)> {
    let mut fields = Fields(data);
    let number = fields.u64()?;
    let op = number & ((1 << KIND_SHIFT) - 1);
    let write = match number >> KIND_SHIFT {
        0 => Write::Insert(Arc::new(Batch::decode(fields.0).ok()?)),
        PUT => Write::Put { key: fields.u64()?, value: fields.u64()? },
        SWAP => Write::Swap { key: fields.u64()?, from: fields.u64()?, to: fields.u64()? },
        _ => return None,
    };
    Some((op, write))
}

/// The number of the write that an entry's data holds; none for a leader's empty entry.
pub(crate) fn op_of(data: &[u8]) -> Option<u64> {
    Fields(data).u64().map(|number| number & ((1 << KIND_SHIFT) - 1))
}

/// The highest number of a write that a snapshot has applied.
pub fn last_op(snapshot: &[u8]) -> Option<u64> {
    let mut fields = Fields(snapshot);
    fields.u64()?;
    for _ in 0..fields.u64()? {
        fields.take(16)?;
    }
    let mut last = None;
    for _ in 0..fields.u64()? {
        fields.u64()?;
        last = last.max(Some(fields.u64()?));
    }
    last
}

/// Whether a machine for vectors of this dimension can apply an entry: its data is empty, or is a write that [`decode`]
/// can read and that fits the collection.
pub(crate) fn readable(dim: u32, entry: &Entry) -> bool {
    entry.kind == EntryKind::Conf
        || entry.data.is_empty()
        || match decode(&entry.data) {
            Some((_, Write::Insert(batch))) => batch.fits(&workload::schema(dim)),
            write => write.is_some(),
        }
}

/// The state machine.
#[derive(Clone, Debug)]
pub struct Machine {
    /// The rows.
    pub catalog: Catalog,
    registers: LiteMap<u64, u64>,
    applied_ops: Ranges,
    swaps: LiteMap<u64, bool>,
    /// The inserted batches, for the next snapshot.
    batches: Vec<Arc<Batch>>,
    digest: u64,
}

impl Machine {
    /// An empty one.
    pub fn new(dim: u32) -> Self {
        Self {
            catalog: workload::catalog(dim),
            registers: LiteMap::new(),
            applied_ops: Ranges::default(),
            swaps: LiteMap::new(),
            batches: Vec::new(),
            digest: 0,
        }
    }

    /// Applies a committed entry; returns the result of the client's write in it, if there is one. Without `once` a
    /// write that arrives twice takes effect twice.
    pub fn apply(&mut self, index: u64, entry: &Entry, once: bool) -> Option<Applied> {
        self.apply_opaque(entry);
        if entry.kind == EntryKind::Conf {
            return None;
        }
        let (op, write) = decode(&entry.data)?;
        if self.applied_ops.contains(op) && once {
            return self.outcome(op);
        }
        self.applied_ops.add(op);
        match write {
            Write::Insert(batch) => {
                // Every committed entry was checked when it was proposed, and again when it was read back. A machine
                // that skipped one would go on with other rows than its peers.
                let applied = self.catalog.apply(index, workload::insertion(Arc::clone(&batch)));
                applied.expect("a committed batch fits the collection");
                self.batches.push(batch);
            }
            Write::Put { key, value } => {
                self.registers.insert(key, value);
            }
            Write::Swap { key, from, to } => {
                let swapped = self.register(key) == from;
                self.swaps.insert(op, swapped);
                if swapped {
                    self.registers.insert(key, to);
                }
            }
        }
        self.outcome(op)
    }

    /// Counts a committed entry without decoding it.
    pub(crate) fn apply_opaque(&mut self, entry: &Entry) {
        self.digest = short_digest::digest(&self.digest.to_le_bytes(), &entry.data);
    }

    /// The result of a write, if it was applied.
    pub fn outcome(&self, op: u64) -> Option<Applied> {
        self.applied_ops.contains(op).then(|| Applied { op, swapped: self.swaps.get(&op).copied() })
    }

    /// The writes that were applied.
    pub fn applied_ops(&self) -> &Ranges {
        &self.applied_ops
    }

    /// The value of a register; 0 if it was never written.
    pub fn register(&self, key: u64) -> u64 {
        self.registers.get(&key).copied().unwrap_or(0)
    }

    /// A digest of everything applied so far: equal if the same entries were applied.
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// Encodes the whole state.
    pub fn snapshot(&self) -> Arc<[u8]> {
        let mut bytes = self.digest.to_le_bytes().to_vec();
        let mut put = |number: u64| bytes.extend_from_slice(&number.to_le_bytes());
        put(self.registers.len() as u64);
        self.registers.iter().for_each(|(key, value)| [*key, *value].into_iter().for_each(&mut put));
        put(self.applied_ops.0.len() as u64);
        self.applied_ops.0.iter().for_each(|(low, high)| [*low, *high].into_iter().for_each(&mut put));
        put(self.swaps.len() as u64);
        self.swaps.iter().for_each(|(op, swapped)| put(op << 1 | u64::from(*swapped)));
        put(self.batches.len() as u64);
        for batch in &self.batches {
            let mut encoded = Vec::new();
            batch.encode(&mut encoded);
            bytes.extend_from_slice(&(encoded.len() as u64).to_le_bytes());
            bytes.append(&mut encoded);
        }
        bytes.into()
    }

    /// The machine of a replica that does not interpret entries, from a snapshot. The bytes may be anything that its
    /// caller put there; a machine that counts entries needs no more than a digest of them.
    pub(crate) fn opaque(dim: u32, bytes: &[u8]) -> Self {
        Self::restore(dim, bytes).unwrap_or_else(|| {
            let digest = xxhash_rust::xxh3::xxh3_64(bytes);
            Self { digest, ..Self::new(dim) }
        })
    }

    /// Decodes a snapshot; none if the bytes are invalid.
    pub fn restore(dim: u32, bytes: &[u8]) -> Option<Self> {
        let mut machine = Self::new(dim);
        if bytes.is_empty() {
            return Some(machine);
        }
        let mut fields = Fields(bytes);
        machine.digest = fields.u64()?;
        for _ in 0..fields.u64()? {
            let (key, value) = (fields.u64()?, fields.u64()?);
            machine.registers.insert(key, value);
        }
        for _ in 0..fields.u64()? {
            machine.applied_ops.0.push((fields.u64()?, fields.u64()?));
        }
        for _ in 0..fields.u64()? {
            let swap = fields.u64()?;
            machine.swaps.insert(swap >> 1, swap & 1 == 1);
        }
        for _ in 0..fields.u64()? {
            let len = usize::try_from(fields.u64()?).ok()?;
            let batch = Arc::new(Batch::decode(fields.take(len)?).ok()?);
            machine.catalog.apply(0, workload::insertion(Arc::clone(&batch))).ok()?;
            machine.batches.push(batch);
        }
        fields.0.is_empty().then_some(machine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(op: u64, write: &Write) -> Entry {
        Entry::normal(1, encode(op, write))
    }

    #[test]
    fn a_write_takes_effect_once_and_a_snapshot_holds_everything() {
        let mut machine = Machine::new(4);
        let batch = Arc::new(workload::batch(7, 4, 1, 2, 0));
        let writes = [
            (1, Write::Insert(batch)),
            (2, Write::Put { key: 9, value: 5 }),
            (3, Write::Swap { key: 9, from: 5, to: 6 }),
            (4, Write::Swap { key: 9, from: 5, to: 7 }),
            (2, Write::Put { key: 9, value: 5 }),
        ];
        let mut swapped = Vec::new();
        for (index, (op, write)) in (1..).zip(&writes) {
            let entry = entry(*op, write);
            assert!(readable(4, &entry));
            swapped.push(machine.apply(index, &entry, true).and_then(|applied| applied.swapped));
        }
        assert_eq!(swapped, [None, None, Some(true), Some(false), None]);
        assert_eq!(machine.register(9), 6);
        let bytes = machine.snapshot();
        let again = Machine::restore(4, &bytes).expect("a snapshot");
        assert_eq!((again.register(9), again.digest()), (6, machine.digest()));
        assert_eq!(again.outcome(4), machine.outcome(4));
        assert_eq!(again.snapshot(), bytes);
        assert!((1..bytes.len()).all(|cut| Machine::restore(4, &bytes[..cut]).is_none()));
        let other = entry(5, &Write::Insert(Arc::new(workload::batch(7, 8, 1, 2, 0))));
        assert!(!readable(4, &other), "a batch of another dimension");
        machine.apply(6, &entry(2, &writes[1].1), false);
        assert_eq!(machine.register(9), 5, "without the rule it took effect twice");
    }
}
