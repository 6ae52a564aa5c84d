//! A segment: a group of rows, their deletions, and their index.
//!
//! A segment grows by batches, is sealed, and is flushed when a checkpoint holds it. Guarantees: rows never move; a
//! deletion marks rows and affects only those that were there before it; clones share rows, marks and index, so that
//! keeping a snapshot costs little. Leaves out: which segments a collection has.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::batch::Batch;
use super::filter::Filter;
use super::index::{Builder, Index, IndexSpec, MIN_INDEX_ROWS};
use quorum_types::Lsn;
use quorum_vector::Rows;

#[cfg(test)]
thread_local! {
    /// Rows that deletions have examined, as a measure of their work.
    pub(super) static LOOKED_AT: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// The state of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SegmentState {
    /// It still accepts rows.
    Growing,
    /// It accepts no more rows; it is not in a checkpoint yet.
    Sealed,
    /// A checkpoint holds it.
    Flushed,
}

/// Rows inserted together.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk {
    /// The LSN of their record.
    pub lsn: Lsn,
    /// Number of earlier rows in the segment.
    pub start: u32,
    /// The rows.
    pub batch: Arc<Batch>,
}

/// A segment.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Its number.
    pub id: u64,
    /// Its state.
    pub state: SegmentState,
    /// The object that holds its rows, if one does.
    pub object: Option<u32>,
    chunks: Arc<Vec<Chunk>>,
    rows: u32,
    bytes: u64,
    deleted: Arc<Vec<bool>>,
    deleted_rows: u32,
    index: Option<Arc<Index>>,
    /// The live rows by key. A row is removed when it is deleted, so that deleting a key that was written a thousand
    /// times costs no more than one that was written once.
    live: Arc<BTreeSet<(i64, u32)>>,
}

impl Segment {
    /// An empty growing segment.
    pub fn new(id: u64) -> Self {
        Self {
            id,
            state: SegmentState::Growing,
            object: None,
            chunks: Arc::default(),
            rows: 0,
            bytes: 0,
            deleted: Arc::default(),
            deleted_rows: 0,
            index: None,
            live: Arc::default(),
        }
    }

    /// Number of rows, including deleted ones.
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// Number of deleted rows.
    pub fn deleted_rows(&self) -> u32 {
        self.deleted_rows
    }

    /// Bytes of its rows.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Its chunks, in insertion order.
    pub fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// Its index, once it is built.
    pub fn index(&self) -> Option<&Index> {
        self.index.as_deref()
    }

    /// Adds rows.
    pub fn append(&mut self, lsn: Lsn, batch: Arc<Batch>) {
        let rows = batch.rows() as u32;
        self.bytes += batch.bytes() as u64;
        Arc::make_mut(&mut self.live).extend(batch.keys().iter().copied().zip(self.rows..));
        Arc::make_mut(&mut self.chunks).push(Chunk { lsn, start: self.rows, batch });
        self.rows += rows;
        // An object with the previous rows no longer holds all of them.
        self.object = None;
    }

    /// Live rows with these keys, ascending, that were inserted before `lsn`.
    pub fn find(&self, lsn: Lsn, keys: &[i64]) -> Vec<u32> {
        let (Some((low, _)), Some((high, _))) = (self.live.first(), self.live.last()) else {
            return Vec::new();
        };
        let from = keys.partition_point(|key| key < low);
        // A new record's rows are not there yet: then it is not asked of each row which record it came with.
        let all_before = self.chunks.last().is_some_and(|chunk| chunk.lsn < lsn);
        let mut found = Vec::new();
        for key in keys[from..].iter().take_while(|key| *key <= high) {
            for (_, at) in self.live.range((*key, 0)..=(*key, u32::MAX)) {
                #[cfg(test)]
                LOOKED_AT.set(LOOKED_AT.get() + 1);
                if all_before || self.locate(*at).is_some_and(|(chunk, _)| chunk.lsn < lsn) {
                    found.push(*at);
                }
            }
        }
        found
    }

    /// Marks live rows as deleted.
    pub(crate) fn bury(&mut self, rows: &[u32]) {
        let marks = Arc::make_mut(&mut self.deleted);
        marks.resize(self.rows as usize, false);
        for at in rows {
            if let Some(mark) = marks.get_mut(*at as usize).filter(|mark| !**mark) {
                *mark = true;
                self.deleted_rows += 1;
            }
        }
        self.forget(rows);
    }

    /// Removes dead rows from the key index.
    fn forget(&mut self, rows: &[u32]) {
        let key = |at: &u32| self.locate(*at).and_then(|(chunk, row)| chunk.batch.keys().get(row).copied());
        let dead: Vec<(i64, u32)> = rows.iter().filter_map(|at| Some((key(at)?, *at))).collect();
        let live = Arc::make_mut(&mut self.live);
        for entry in &dead {
            live.remove(entry);
        }
    }

    /// Whether a row is not deleted.
    pub fn is_live(&self, at: u32) -> bool {
        !self.deleted.get(at as usize).copied().unwrap_or(false)
    }

    /// The rows that are deleted, ascending.
    pub fn deleted(&self) -> impl Iterator<Item = u32> + '_ {
        (0..).zip(self.deleted.iter()).filter(|(_, deleted)| **deleted).map(|(at, _)| at)
    }

    /// Marks rows as deleted, as stored in a checkpoint. False if one does not exist.
    pub fn mark_deleted(&mut self, rows: &[u32]) -> bool {
        let marks = Arc::make_mut(&mut self.deleted);
        marks.resize(self.rows as usize, false);
        for at in rows {
            match marks.get_mut(*at as usize) {
                Some(mark) if !*mark => *mark = true,
                _ => return false,
            }
        }
        self.deleted_rows += rows.len() as u32;
        self.forget(rows);
        true
    }

    /// Its rows and marks as they are, for a checkpoint: without the live rows by key, which would otherwise be copied
    /// at the next deletion.
    pub(crate) fn frozen(&self) -> Self {
        Self { live: Arc::default(), ..self.clone() }
    }

    /// The chunk of a row, and the row's position in it.
    pub fn locate(&self, at: u32) -> Option<(&Chunk, usize)> {
        let after = self.chunks.partition_point(|chunk| chunk.start <= at);
        let chunk = self.chunks.get(after.checked_sub(1)?)?;
        Some((chunk, (at - chunk.start) as usize))
    }

    /// Which of its rows are live and satisfy a filter.
    pub fn select(&self, filter: &Filter) -> Vec<bool> {
        let mut chosen = Vec::with_capacity(self.rows as usize);
        for chunk in self.chunks.iter() {
            if filter.is_all() {
                chosen.resize(chosen.len() + chunk.batch.rows(), true);
            } else {
                chosen.extend(filter.select(&chunk.batch));
            }
        }
        if self.deleted_rows > 0 {
            chosen.iter_mut().zip(self.deleted.iter()).for_each(|(chosen, deleted)| *chosen &= !deleted);
        }
        chosen
    }

    /// How many of its rows are live and satisfy a filter.
    pub fn count(&self, filter: &Filter) -> u64 {
        if filter.is_all() {
            return u64::from(self.rows - self.deleted_rows);
        }
        self.select(filter).iter().filter(|chosen| **chosen).count() as u64
    }

    /// Its vectors.
    pub fn vectors(&self, dim: u32) -> Rows<'_> {
        Rows::new(dim as usize, self.chunks.iter().map(|chunk| chunk.batch.vectors()))
    }

    /// Starts building its index, if it needs one and has none.
    pub fn begin_index(&self, spec: &IndexSpec, dim: u32) -> Option<Builder> {
        // Whether it has enough rows is known without collecting its vectors.
        if self.state == SegmentState::Growing || self.index.is_some() || self.rows < MIN_INDEX_ROWS {
            return None;
        }
        Builder::begin(spec, &self.vectors(dim))
    }

    /// Sets or removes its index.
    pub fn set_index(&mut self, index: Option<Index>) {
        self.index = index.map(Arc::new);
    }

    /// A segment of the live rows of others, in their order.
    pub fn merged(id: u64, from: &[&Self]) -> Self {
        let mut merged = Self::new(id);
        merged.state = SegmentState::Sealed;
        for segment in from {
            for chunk in segment.chunks.iter() {
                let live = |at: usize| segment.is_live(chunk.start + at as u32);
                let rows = chunk.batch.rows();
                let batch = match (0..rows).filter(|at| live(*at)).count() {
                    0 => continue,
                    all if all == rows => Arc::clone(&chunk.batch),
                    _ => Arc::new(chunk.batch.filtered(live)),
                };
                merged.append(chunk.lsn, batch);
            }
        }
        merged
    }

    /// The live keys, for comparing contents.
    pub fn live_keys(&self) -> impl Iterator<Item = i64> + '_ {
        let keys = self.chunks.iter().flat_map(|chunk| (chunk.start..).zip(chunk.batch.keys()));
        keys.filter(|(at, _)| self.is_live(*at)).map(|(_, key)| *key)
    }
}
