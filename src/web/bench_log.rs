//! Small durable writes, in a page with the feature `bench`: one at a time, beside one raw strict commit of IndexedDB,
//! and several that arrive together.
//!
//! Guarantees: the lab and the raw commits take turns in blocks, each on a database of its own; a raw commit stores as
//! many bytes as the lab's record has. Leaves out: judging the results; `docs/benchmarks.md` states the targets.

use js_sys::Uint8Array;
use serde::Serialize;
use serde_json::json;
use wasm_bindgen::prelude::*;

use super::drive::Driven;
use super::idb::{Database, StoreError, delete_database};
use super::{clock, figures};
use quorum_facade::command::default_collection;
use quorum_facade::{Command, EngineCommand, InsertRows, Row};
use quorum_types::sort::sort_by;

/// How long a round of any part waits for the browser to finish work left over from the previous round.
pub(super) const QUIET_MS: u32 = 2_500;
/// Components of a row's vector, in every part.
pub(super) const DIMENSIONS: usize = 128;
/// Writes of one side before it is the other's turn.
const BLOCK: u64 = 50;
/// Numbers of writers that arrive together.
const WRITERS: [u64; 4] = [1, 4, 16, 64];
/// Rounds of each.
const ROUNDS: u64 = 5;
/// The length of a record with one row: header, key, timestamp, text and vector.
const RECORD_BYTES: usize = 592;

const LOG: &str = "quorum-lab/bench-log";
const RAW: &str = "quorum-lab/bench-log-raw";
const STORE: &str = "values";

/// What was measured. Times are milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Writes of each side.
    pub writes: u64,
    /// The lab's: median and 99th percentile.
    pub lab_ms: [f64; 2],
    /// Raw commits: the same.
    pub raw_ms: [f64; 2],
    /// Writers that arrive together.
    pub together: Vec<Together>,
}

/// Writers that arrive together, each with one row of its own and each acknowledged for itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Together {
    /// How many.
    pub writers: u64,
    /// Until all are acknowledged, the median of the rounds.
    pub ms: f64,
    /// Transactions that were committed meanwhile, the same.
    pub commits: f64,
}

/// Measures this many single writes of each side, and writers that arrive together.
pub async fn measure(writes: u64) -> Result<Report, StoreError> {
    for database in [LOG, RAW] {
        delete_database(database).await?;
    }
    clock::sleep(QUIET_MS).await;
    let mut run = Driven::open(LOG).await?;
    run.settle().await;
    let raw = Database::open(RAW, 1, &[STORE]).await?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    while (ours.len() as u64) < writes {
        for _ in 0..BLOCK {
            ours.push(run.timed(Command::insert(1, 1)).await?);
        }
        run.settle().await;
        for _ in 0..BLOCK {
            theirs.push(commit(&raw, theirs.len()).await?);
        }
    }
    let mut report = Report { writes, ..Report::default() };
    for (times, place) in [(&mut ours, &mut report.lab_ms), (&mut theirs, &mut report.raw_ms)] {
        sort_by(times, f64::total_cmp);
        *place = [50, 99].map(|percent| figures::quantile(times, percent));
    }
    for writers in WRITERS {
        let (mut times, mut commits) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let first = 1_000_000 + writers * 1_000 + round * 100;
            let (ms, count) = run.timed_together((first..first + writers).map(insertion).collect()).await?;
            run.settle().await;
            times.push(ms);
            #[expect(clippy::cast_precision_loss, reason = "a few commits")]
            commits.push(count as f64);
        }
        sort_by(&mut times, f64::total_cmp);
        sort_by(&mut commits, f64::total_cmp);
        let [ms, commits] = [&times, &commits].map(|sorted| figures::quantile(sorted, 50));
        report.together.push(Together { writers, ms, commits });
    }
    drop((run, raw));
    for database in [LOG, RAW] {
        delete_database(database).await?;
    }
    Ok(report)
}

/// A strict transaction with one value, and its time until it is durable.
#[expect(clippy::cast_precision_loss, reason = "a few hundred writes")]
async fn commit(database: &Database, number: usize) -> Result<f64, StoreError> {
    let value = Uint8Array::from(&[7_u8; RECORD_BYTES][..]);
    let began = clock::now_ms();
    let transaction = database.write(&[STORE])?;
    let end = transaction.finished();
    let put = transaction.store(STORE)?.put_with_key(&value, &JsValue::from_f64(number as f64));
    put.map_err(|error| StoreError::from_js(&error))?;
    end.await?;
    Ok(clock::now_ms() - began)
}

/// One client's row.
fn insertion(key: u64) -> Command {
    let row =
        json!({"id": key, "timestamp": key, "text": format!("文档 {key}"), "vector": vec![0.5; DIMENSIONS]});
    let rows: Vec<Row> = serde_json::from_value(row).into_iter().collect();
    EngineCommand::Insert { collection: default_collection(), rows: InsertRows::Given(rows), batch: 1 }.into()
}
