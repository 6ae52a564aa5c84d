//! A model of an engine that is too simple to be wrong: its rows in a sorted map, and the operations since.
//!
//! It knows operations by their LSN, and keeps two states: the rows after everything that was promised to survive, and
//! the rows that are visible. Guarantees: what a recovery may find is the first state with some of the later
//! operations, in their order. Leaves out: segments, objects and indexes, which must not change what is visible.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Standalone;
use quorum_engine::batch::Column;
use quorum_engine::{Batch, Operation};
use quorum_types::Lsn;

/// A row: its key, the LSN that it came with, and a digest of its values.
pub(super) type RowFacts = (i64, Lsn, u64);

/// A row of the model.
#[derive(Clone, Debug)]
struct Row {
    batch: Arc<Batch>,
    at: usize,
    digest: u64,
}

/// The rows and the catalogue after some operation.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// By key, LSN and position in its batch.
    rows: BTreeMap<(i64, Lsn, usize), Row>,
    /// Whether there is a collection, whether it has an index, and whether it is loaded.
    pub catalog: (bool, bool, bool),
}

/// The model.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    /// After every operation up to the promised LSN.
    base: State,
    base_lsn: Lsn,
    /// Every record up to this LSN was acknowledged as durable.
    pub promised_lsn: Lsn,
    /// What is visible, and the LSN of the last operation that is.
    pub now: State,
    pub now_lsn: Lsn,
    /// Operations after the base.
    later: BTreeMap<Lsn, Operation>,
    /// The rows of every insert, by LSN, and whether they were acknowledged.
    inserts: BTreeMap<Lsn, (u64, bool)>,
}

impl State {
    fn apply(&mut self, lsn: Lsn, operation: &Operation) {
        let (created, indexed, loaded) = &mut self.catalog;
        match operation {
            Operation::CreateCollection { .. } => *created = true,
            Operation::DropCollection { .. } => *self = Self::default(),
            Operation::CreateIndex { .. } => *indexed = true,
            Operation::DropIndex { .. } => *indexed = false,
            Operation::Load { loaded: now, .. } => *loaded = *now,
            Operation::Delete { keys, .. } => keys.iter().for_each(|key| self.delete(*key)),
            Operation::Insert { front, batch } => {
                if front.upsert {
                    batch.keys().iter().for_each(|key| self.delete(*key));
                }
                for (at, key) in batch.keys().iter().enumerate() {
                    let row = Row { batch: Arc::clone(batch), at, digest: digest(batch, at) };
                    self.rows.insert((*key, lsn, at), row);
                }
            }
            Operation::Seal { .. } | Operation::Compact { .. } => {}
        }
    }

    fn delete(&mut self, key: i64) {
        let found: Vec<_> =
            self.rows.range((key, 0, 0)..=(key, Lsn::MAX, usize::MAX)).map(|(at, _)| *at).collect();
        for at in found {
            self.rows.remove(&at);
        }
    }

    /// Its rows, sorted.
    pub(super) fn rows(&self) -> Vec<RowFacts> {
        let mut rows: Vec<RowFacts> =
            self.rows.iter().map(|((key, lsn, _), row)| (*key, *lsn, row.digest)).collect();
        rows.sort_unstable();
        rows
    }

    /// The number of its rows.
    pub(super) fn len(&self) -> u64 {
        self.rows.len() as u64
    }

    /// For each key the smallest squared distance of its rows to a vector; the smallest first, with the keys.
    pub(super) fn nearest(&self, vector: &[f32]) -> Vec<(f32, i64)> {
        let mut nearest: BTreeMap<i64, f32> = BTreeMap::new();
        for ((key, ..), row) in &self.rows {
            let all = row.batch.vectors();
            let Some(there) = all.get(row.at * vector.len()..(row.at + 1) * vector.len()) else { continue };
            let distance = there.iter().zip(vector).map(|(a, b)| (a - b) * (a - b)).sum();
            let known = nearest.entry(*key).or_insert(distance);
            *known = known.min(distance);
        }
        let mut sorted: Vec<(f32, i64)> =
            nearest.into_iter().map(|(key, distance)| (distance, key)).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        sorted
    }
}

impl Model {
    /// An operation was written to the log.
    pub(super) fn wrote(&mut self, lsn: Lsn, operation: Operation) {
        if let Operation::Insert { batch, .. } = &operation {
            self.inserts.insert(lsn, (batch.rows() as u64, false));
        }
        self.later.insert(lsn, operation);
    }

    /// Everything up to an LSN became visible; the client received the acknowledgement.
    pub(super) fn acknowledged(&mut self, lsn: Lsn) {
        if let Some((_, acknowledged)) = self.inserts.get_mut(&lsn) {
            *acknowledged = true;
        }
        for (at, operation) in self.later.range(self.now_lsn + 1..=lsn.max(self.now_lsn + 1)) {
            if *at <= lsn {
                self.now.apply(*at, operation);
            }
        }
        self.now_lsn = self.now_lsn.max(lsn);
    }

    /// Everything up to an LSN was acknowledged as durable.
    pub(super) fn promised(&mut self, lsn: Lsn) {
        self.promised_lsn = self.promised_lsn.max(lsn);
        while let Some(entry) = self.later.first_entry().filter(|entry| *entry.key() <= lsn) {
            let (at, operation) = entry.remove_entry();
            // What is promised must be visible too; that it is, is checked elsewhere.
            if at > self.now_lsn {
                self.now.apply(at, &operation);
                self.now_lsn = at;
            }
            self.base.apply(at, &operation);
            self.base_lsn = at;
        }
    }

    /// A recovery found the records up to an LSN. Returns false if that contradicts what was promised.
    pub(super) fn recovered(&mut self, lsn: Lsn) -> bool {
        let kept = lsn >= self.promised_lsn;
        self.now = self.state_at(lsn);
        self.now_lsn = lsn.max(self.base_lsn);
        self.later.split_off(&(lsn + 1));
        self.inserts.split_off(&(lsn + 1));
        kept
    }

    /// The state after the operations up to an LSN.
    pub(super) fn state_at(&self, lsn: Lsn) -> State {
        let mut state = self.base.clone();
        self.later.range(..=lsn).for_each(|(at, operation)| state.apply(*at, operation));
        state
    }

    /// The numbers of rows in the inserts: of all, and of those that the client knows to be acknowledged.
    pub(super) fn counts(&self) -> (u64, u64) {
        let all = self.inserts.values().map(|(rows, _)| rows).sum();
        let acknowledged = self.inserts.values().filter(|(_, known)| *known).map(|(rows, _)| rows).sum();
        (all, acknowledged)
    }
}

/// The visible rows of an engine, sorted.
pub(super) fn visible(world: &Standalone) -> Vec<RowFacts> {
    let mut rows = Vec::new();
    for (_, segment) in world.catalog.segments() {
        for chunk in segment.chunks() {
            for (at, key) in chunk.batch.keys().iter().enumerate() {
                if segment.is_live(chunk.start + at as u32) {
                    rows.push((*key, chunk.lsn, digest(&chunk.batch, at)));
                }
            }
        }
    }
    rows.sort_unstable();
    rows
}

/// A digest of a row's values.
fn digest(batch: &Batch, at: usize) -> u64 {
    // The multiplier is the golden ratio, as in Fibonacci hashing: cheap, and enough to tell rows apart.
    let mix = |sum: u64, word: u64| (sum ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    batch.columns().iter().fold(0, |sum, column| match column {
        Column::Int64(numbers) => mix(sum, numbers[at] as u64),
        Column::Double(numbers) => mix(sum, numbers[at].to_bits()),
        Column::Bool(flags) => mix(sum, flags[at].into()),
        Column::VarChar(texts) => texts.get(at).bytes().fold(sum, |sum, byte| mix(sum, byte.into())),
        Column::FloatVector(vectors) => {
            vectors.get(at).iter().fold(sum, |sum, number| mix(sum, number.to_bits().into()))
        }
    })
}
