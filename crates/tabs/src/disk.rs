//! What a node keeps in its storage, and the batches in which it is written.
//!
//! The storage holds term, vote and commit index, the last snapshot, and one record for each entry after it. A batch
//! is one transaction: it happens as a whole or not at all, so that no torn end has to be told from damage, as it has
//! to be in a log of a file. Guarantees: each record carries a checksum over its bytes and its place; a storage that
//! is not exactly what batches wrote is [`Damage`]; batches that wait are merged into one. Leaves out: the
//! transactions.

use std::sync::Arc;

use quorum_raft::{Conf, Entry, EntryKind, HardState, Log, Message, Restored, Snapshot};
use quorum_wal::format::sum;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bytes::{decode, encode};
use crate::machine::Machine;

/// The places of the two records that are not entries, for their checksums; indexes stay below 2⁶⁰.
const HARD: u64 = u64::MAX;
const SNAPSHOT: u64 = u64::MAX - 1;
const SUM_BYTES: usize = 4;

/// A transaction. In this order: delete entries, then put records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Its number; [`crate::TabNode::persisted`] takes it.
    pub number: u64,
    /// Delete the entries up to this index, included; 0 deletes none.
    pub drop_upto: u64,
    /// Delete the entries after this index.
    pub cut_after: Option<u64>,
    /// Put the record of term, vote and commit index.
    pub hard: Option<Vec<u8>>,
    /// Put the record of the snapshot.
    pub snapshot: Option<Vec<u8>>,
    /// Put these entries, by index.
    pub puts: Vec<(u64, Vec<u8>)>,
}

/// What a storage holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// The record of term, vote and commit index.
    pub hard: Option<Vec<u8>>,
    /// The record of the snapshot.
    pub snapshot: Option<Vec<u8>>,
    /// The entries, ascending by index.
    pub entries: Vec<(u64, Vec<u8>)>,
}

/// The first record that is not what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// Term, vote and commit index.
    Hard,
    /// The snapshot.
    Snapshot,
    /// The entry at this index.
    Entry(u64),
}

impl Stored {
    /// Whether nothing was ever stored.
    pub fn is_empty(&self) -> bool {
        self.hard.is_none() && self.snapshot.is_none() && self.entries.is_empty()
    }

    /// The state to start Raft from, and the state machine at the snapshot.
    pub(crate) fn restore(&self, conf: &Conf) -> Result<(Restored, Machine), Damage> {
        let hard: HardState = match &self.hard {
            Some(bytes) => read(HARD, bytes).ok_or(Damage::Hard)?,
            None if self.is_empty() => HardState::default(),
            None => return Err(Damage::Hard),
        };
        let snapshot = match &self.snapshot {
            Some(bytes) => read::<Snapshot>(SNAPSHOT, bytes).ok_or(Damage::Snapshot)?,
            None => Snapshot { conf: conf.clone(), ..Snapshot::default() },
        };
        if snapshot.conf != *conf || snapshot.term > hard.term {
            return Err(Damage::Snapshot);
        }
        let machine = Machine::read(&snapshot.data).ok_or(Damage::Snapshot)?;
        let mut log = Log::after_snapshot(Arc::new(snapshot));
        for (index, bytes) in &self.entries {
            let (last, term) = log.last();
            let entry = read::<Entry>(*index, bytes).ok_or(Damage::Entry(*index))?;
            let follows = *index == last + 1 && entry.term >= term && entry.term <= hard.term;
            if !follows || entry.kind != EntryKind::Normal {
                return Err(Damage::Entry(last + 1));
            }
            log.push(Arc::new(entry));
        }
        let last = log.last().0;
        if hard.commit > last {
            return Err(Damage::Entry(last + 1));
        }
        Ok((Restored { hard, log, impaired: None }, machine))
    }
}

/// What is to be written next, and the messages that wait for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pending {
    hard: Option<HardState>,
    snapshot: Option<Arc<Snapshot>>,
    drop_upto: u64,
    cut_after: Option<u64>,
    puts: Vec<(u64, Arc<Entry>)>,
    /// Index and term of the last entry that it makes durable.
    pub(crate) last: (u64, u64),
    /// What may leave once it is stored.
    pub(crate) held: Vec<Message>,
}

impl Pending {
    pub(crate) fn is_empty(&self) -> bool {
        self.hard.is_none() && self.snapshot.is_none() && self.cut_after.is_none() && self.puts.is_empty()
    }

    pub(crate) fn put_hard(&mut self, hard: HardState) {
        self.hard = Some(hard);
    }

    /// A snapshot replaces everything.
    pub(crate) fn install(&mut self, snapshot: Arc<Snapshot>) {
        self.puts.clear();
        self.cut_after = Some(0);
        self.drop_upto = snapshot.index;
        self.snapshot = Some(snapshot);
    }

    /// A snapshot replaces the entries up to its index.
    pub(crate) fn compact(&mut self, snapshot: Arc<Snapshot>) {
        self.puts.retain(|(index, _)| *index > snapshot.index);
        self.drop_upto = snapshot.index;
        self.snapshot = Some(snapshot);
    }

    /// The log is cut after `prev`, and these entries follow.
    pub(crate) fn append(&mut self, prev: u64, entries: Vec<Arc<Entry>>) {
        self.puts.retain(|(index, _)| *index <= prev);
        self.cut_after = Some(self.cut_after.map_or(prev, |cut| cut.min(prev)));
        self.puts.extend((prev + 1..).zip(entries));
    }

    /// The transaction.
    pub(crate) fn batch(&self, number: u64) -> Batch {
        Batch {
            number,
            drop_upto: self.drop_upto,
            cut_after: self.cut_after,
            hard: self.hard.map(|hard| record(HARD, &hard)),
            snapshot: self.snapshot.as_ref().map(|snapshot| record(SNAPSHOT, &**snapshot)),
            puts: self.puts.iter().map(|(index, entry)| (*index, record(*index, &**entry))).collect(),
        }
    }
}

fn record<T: Serialize>(place: u64, value: &T) -> Vec<u8> {
    let value = encode(value).unwrap_or_default();
    let mut bytes = sum_at(place, &value).to_le_bytes().to_vec();
    bytes.extend(value);
    bytes
}

fn read<T: DeserializeOwned>(place: u64, bytes: &[u8]) -> Option<T> {
    let (sum, value) = bytes.split_at_checked(SUM_BYTES)?;
    (sum == sum_at(place, value).to_le_bytes()).then(|| decode(value)).flatten()
}

fn sum_at(place: u64, value: &[u8]) -> u32 {
    let mut bytes = place.to_le_bytes().to_vec();
    bytes.extend(value);
    sum(&bytes)
}
