//! Wall-clock figures of the store: commit latency, and the rate of acknowledged rows.
//!
//! Guarantees: quantiles over the last `KEPT` commits; rates over the last insert, from its command to its last
//! acknowledgement. Leaves out: reading the clock; every time is passed in.

use std::collections::VecDeque;

use super::wire::StoreFigures;
use quorum_facade::Committed;
use quorum_types::sort::sort_by;

/// Number of commits that quantiles are computed over.
const KEPT: usize = 1_024;
/// Number of commits and rates that are listed one by one.
const RECENT: usize = 60;
/// A rate is measured over this long.
const RATE_MS: f64 = 100.0;
/// After a pause of this length a new rate begins.
const PAUSE_MS: f64 = 1_000.0;

/// The accumulated figures.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    commits: u64,
    bytes: u64,
    took_ms: VecDeque<f64>,
    insert: Option<Insert>,
    rows_per_s: f64,
    mb_per_s: f64,
    /// When the current rate measurement began, and its rows so far.
    rate: (f64, u64),
    rates: VecDeque<f64>,
    /// Time to read the store when the run was opened.
    pub load_ms: f64,
    /// Time to replay the log when the run was opened.
    pub replay_ms: f64,
}

/// The insert in progress, or the last one.
#[derive(Clone, Debug)]
struct Insert {
    began_ms: f64,
    began_bytes: u64,
    rows: u64,
}

impl Figures {
    /// An insert was requested. One that arrives while another is in progress is counted with it.
    pub fn insert_asked(&mut self, now_ms: f64, under_way: bool) {
        if !under_way || self.insert.is_none() {
            self.insert = Some(Insert { began_ms: now_ms, began_bytes: self.bytes, rows: 0 });
            self.rate = (now_ms, 0);
        }
    }

    /// Rows were acknowledged.
    #[expect(clippy::cast_precision_loss, reason = "rows and bytes stay far below 2^53")]
    pub fn acknowledged(&mut self, now_ms: f64, rows: u64) {
        let began = if now_ms - self.rate.0 > PAUSE_MS { now_ms } else { self.rate.0 };
        self.rate = (began, self.rate.1 + rows);
        if now_ms - began >= RATE_MS {
            keep(&mut self.rates, self.rate.1 as f64 / (now_ms - began) * 1_000.0, RECENT);
            self.rate = (now_ms, 0);
        }
        let Some(insert) = &mut self.insert else { return };
        insert.rows += rows;
        let seconds = (now_ms - insert.began_ms) / 1_000.0;
        if seconds > 0.0 {
            self.rows_per_s = insert.rows as f64 / seconds;
            self.mb_per_s = (self.bytes - insert.began_bytes) as f64 / 1e6 / seconds;
        }
    }

    /// A transaction has committed.
    pub fn committed(&mut self, committed: &Committed) {
        // A transaction that contains only a stamp says nothing about the disk.
        if committed.bytes == 0 {
            return;
        }
        self.commits += 1;
        self.bytes += committed.bytes;
        keep(&mut self.took_ms, committed.took_ms, KEPT);
    }

    /// The current figures.
    pub fn now(&self) -> StoreFigures {
        let mut sorted: Vec<f64> = self.took_ms.iter().copied().collect();
        sort_by(&mut sorted, f64::total_cmp);
        StoreFigures {
            commits: self.commits,
            bytes: self.bytes,
            commit_p50_ms: quantile(&sorted, 50),
            commit_p95_ms: quantile(&sorted, 95),
            commit_p99_ms: quantile(&sorted, 99),
            rows_per_s: self.rows_per_s,
            mb_per_s: self.mb_per_s,
            load_ms: self.load_ms,
            replay_ms: self.replay_ms,
            recent_ms: self.took_ms.iter().rev().take(RECENT).rev().copied().collect(),
            recent_rows_per_s: self.rates.iter().copied().collect(),
        }
    }
}

/// Appends a value, keeping the last `most`.
fn keep(values: &mut VecDeque<f64>, value: f64, most: usize) {
    if values.len() == most {
        values.pop_front();
    }
    values.push_back(value);
}

/// The nearest-rank quantile of sorted values; 0 when there are none.
pub fn quantile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(0.0)
}
