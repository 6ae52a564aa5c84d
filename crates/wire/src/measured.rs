//! The results of a measurement alongside an open run, as the worker sends them to the page.
//!
//! Guarantees: plain data; every number has its unit. Leaves out: measuring (`measure`) and drawing.

use serde::{Deserialize, Serialize};

use quorum_facade::disks::PRESETS;

/// What is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Rows a second by the size of a batch, and single rows one after the other.
    #[default]
    Batches,
    /// Recovery by the rows in the log.
    Recovery,
    /// Other disks, by the model.
    Disks,
}

/// Batches that disks are compared with; 1 for single rows.
pub const DISK_BATCHES: [u64; 5] = [1, 100, 500, 1_000, 5_000];

impl What {
    /// The sizes that the page measures: rows a batch, 1 for single rows; or rows in the log; or disks by their place.
    pub fn sizes(self) -> Vec<u64> {
        match self {
            Self::Batches => vec![1, 100, 500, 1_000, 5_000],
            Self::Recovery => vec![1_000, 5_000, 10_000, 50_000, 100_000],
            Self::Disks => (0..PRESETS.len() as u64).collect(),
        }
    }

    /// Rows inserted of a size: of batches 10,000, of single rows 200.
    pub fn rows(self, size: u64, of: u64) -> u64 {
        match self {
            Self::Batches if size == 1 => (of / 50).max(2),
            Self::Batches => of,
            Self::Recovery => size,
            Self::Disks => 1,
        }
    }
}

/// What has been measured so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// What.
    pub what: What,
    /// Whether there is more to come.
    pub running: bool,
    /// How much of it is done, 0 to 1.
    pub part: f64,
    /// What went wrong, if anything did; the points before it stand.
    pub error: Option<String>,
    /// A size each.
    pub points: Vec<Point>,
}

/// What was measured of one size.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Rows a batch, 1 for single rows; or rows in the log.
    pub size: u64,
    /// Rows inserted.
    pub rows: u64,
    /// Bytes of log they made.
    pub bytes: u64,
    /// Milliseconds. Of batches: until all were acknowledged. Of single rows: mean, p50, p95, p99 of the time to the
    /// acknowledgement. Of recovery: reading the store, replay, and apart from both the index, built after a flush. Of
    /// a disk: of a batch of each of [`DISK_BATCHES`], in virtual time.
    pub ms: Vec<f64>,
    /// For single rows: how many took at most this many milliseconds and more than the previous bound; the last bucket
    /// holds all longer ones.
    pub spread: Vec<(f64, u64)>,
}

/// Bins of a spread.
const BINS: usize = 10;

/// How times, ascending, are spread: bins of one width up to about the 95th percentile, and one for what is longer.
#[expect(clippy::cast_precision_loss, reason = "few bins")]
pub fn spread(sorted: &[f64]) -> Vec<(f64, u64)> {
    let (Some(most), Some(high)) = (sorted.last(), sorted.get(sorted.len() * 95 / 100)) else {
        return Vec::new();
    };
    let width = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0]
        .into_iter()
        .find(|width| width * (BINS as f64) >= *high)
        .unwrap_or(1_000.0);
    let mut bins: Vec<(f64, u64)> = (1..=BINS).map(|place| (width * place as f64, 0)).collect();
    let mut longer = 0;
    for ms in sorted {
        match bins.iter_mut().find(|(upto, _)| ms <= upto) {
            Some((_, count)) => *count += 1,
            None => longer += 1,
        }
    }
    while bins.len() > 1 && bins.last().is_some_and(|(_, count)| *count == 0) {
        bins.pop();
    }
    if longer > 0 {
        bins.push((*most, longer));
    }
    bins
}

impl Point {
    /// Rows a second: of batches durable, of recovery read and replayed.
    #[expect(clippy::cast_precision_loss, reason = "rows stay far below 2^53")]
    pub fn rows_per_s(&self) -> f64 {
        let took: f64 = self.ms.iter().take(2).sum();
        if took > 0.0 { self.rows as f64 / took * 1_000.0 } else { 0.0 }
    }
}
