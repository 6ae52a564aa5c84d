//! Wall-clock figures of the store: how long commits take, and how fast rows are acknowledged.
//!
//! Promises: quantiles over the last `KEPT` commits; rates over the last insert, from its command to its
//! last acknowledgement. Leaves out: reading the clock; every time is handed in.

use std::collections::VecDeque;

use super::wire::StoreFigures;
use crate::lab::Committed;
use crate::types::order::sort;

/// Commits that quantiles are taken over.
const KEPT: usize = 1_024;

/// The figures, as they grow.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    commits: u64,
    bytes: u64,
    took_ms: VecDeque<f64>,
    insert: Option<Insert>,
    rows_per_s: f64,
    mb_per_s: f64,
    /// Time to read the store when the run was opened.
    pub load_ms: f64,
    /// Time to replay the log when the run was opened.
    pub replay_ms: f64,
}

/// The insert under way, or the last one.
#[derive(Clone, Debug)]
struct Insert {
    began_ms: f64,
    began_bytes: u64,
    rows: u64,
}

impl Figures {
    /// An insert was asked for. One that comes while another is under way counts with it.
    pub fn insert_asked(&mut self, now_ms: f64, under_way: bool) {
        if !under_way || self.insert.is_none() {
            self.insert = Some(Insert { began_ms: now_ms, began_bytes: self.bytes, rows: 0 });
        }
    }

    /// Rows were acknowledged.
    #[expect(clippy::cast_precision_loss, reason = "rows and bytes stay far below 2^53")]
    pub fn acknowledged(&mut self, now_ms: f64, rows: u64) {
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
        self.commits += 1;
        self.bytes += committed.bytes;
        if self.took_ms.len() == KEPT {
            self.took_ms.pop_front();
        }
        self.took_ms.push_back(committed.took_ms);
    }

    /// The figures as they are now.
    pub fn now(&self) -> StoreFigures {
        let mut sorted: Vec<f64> = self.took_ms.iter().copied().collect();
        sort(&mut sorted, f64::total_cmp);
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
        }
    }
}

/// The nearest-rank quantile of sorted values; 0 when there are none.
pub fn quantile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(0.0)
}
