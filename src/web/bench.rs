//! The storage benchmark, enabled by the feature `bench` and `?bench=1`: the lab's own write path compared with what
//! IndexedDB can do.
//!
//! In one worker, in alternating rounds, each on a database of its own: (1) a real kept run inserts rows until all are
//! acknowledged; (2) the bytes it stored are put again raw, 1 MiB per strict transaction, each awaited; (3) the same
//! with the transactions queued; (4) the same number of rows is put one by one, 1,000 per strict transaction; (5) the
//! run is opened again, from opening the store to the end of replay, and its rows are searched one by one for the ten
//! nearest to a vector; (6) the raw bytes are read back. Guarantees: every time is wall-clock time, and every round is
//! reported beside the medians. Leaves out: judging the results; `docs/benchmarks.md` states the targets.

use std::{cell::Cell, rc::Rc};

use js_sys::{Array, Float32Array, Object, Promise, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::bench_log::{DIMENSIONS, QUIET_MS};
use super::drive::Driven;
use super::idb::{self, Database, StoreError, delete_database, set, settled};
use super::link::{Heard, Link};
use super::store::Store;
use super::wire::{ToPage, ToWorker};
use super::{bench_log, bench_peers, clock, figures};
use quorum_facade::Command;
use quorum_types::sort::sort_by;

/// The numbers of rows that are measured.
const ROWS: [u64; 3] = [1_000, 11_000, 100_000];
/// Rounds per size.
const ROUNDS: u32 = 3;
/// Searches per round. The first ones run code that the browser has not optimised yet; the median is over all of them.
const SEARCHES: u32 = 60;
/// Bytes of a raw put.
const RAW: usize = 1 << 20;
/// Rows per transaction where each row is a separate put.
const ROWS_A_TRANSACTION: u64 = 1_000;

const WAL: &str = "quorum-lab/bench-wal";
const RAW_PUT: &str = "quorum-lab/bench-raw";
const ROW_PUT: &str = "quorum-lab/bench-rows";
const STORE: &str = "values";

/// What was measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// One report per size.
    pub sizes: Vec<SizeReport>,
    /// The error, if there was one; the sizes measured before it are kept.
    pub error: Option<String>,
}

/// The measurements for one size. Times are milliseconds; rates are computed from the medians.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SizeReport {
    /// Rows inserted.
    pub rows: u64,
    /// Bytes of log they made.
    pub bytes: u64,
    /// The lab: from the command to the last acknowledgement.
    pub wal_ms: Times,
    /// Raw puts of the same bytes, each transaction awaited.
    pub raw_ms: Times,
    /// Raw puts of the same bytes, all transactions queued.
    pub raw_queued_ms: Times,
    /// One put per row.
    pub row_puts_ms: Times,
    /// Opening again: reading the store and replaying the log.
    pub recovery_ms: Times,
    /// Of that, reading the store.
    pub recovery_load_ms: Times,
    /// Reading the raw bytes back.
    pub raw_read_ms: Times,
    /// An exact search of all rows for the ten nearest.
    pub flat_ms: Times,
    /// The lab's microseconds per row.
    pub wal_row_us: f64,
    /// The lab's rows per second.
    pub wal_rows_per_s: f64,
    /// The lab's megabytes (10^6) per second.
    pub wal_mb_per_s: f64,
    /// Raw megabytes per second.
    pub raw_mb_per_s: f64,
    /// Megabytes of the same log per second, where each row is a put.
    pub row_puts_mb_per_s: f64,
    /// Microseconds per row, where each row is a put.
    pub row_put_us: f64,
    /// The lab's throughput as a fraction of that of raw puts.
    pub wal_to_raw: f64,
    /// The lab's throughput as a fraction of that of queued raw puts.
    pub wal_to_raw_queued: f64,
    /// The lab's throughput as a multiple of that of one put per row.
    pub wal_to_row_puts: f64,
    /// The time of a recovery as a multiple of reading the bytes.
    pub recovery_to_read: f64,
}

/// The rounds' times and their median.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Times {
    /// The median.
    pub median: f64,
    /// Every round, in order.
    pub rounds: Vec<f64>,
}

impl Times {
    fn add(&mut self, ms: f64) {
        self.rounds.push(ms);
        let mut sorted = self.rounds.clone();
        sort_by(&mut sorted, f64::total_cmp);
        self.median = figures::quantile(&sorted, 50);
    }
}

/// In the page: `window.quorumLabBench(part)` starts a worker for a part of the benchmark and returns the promise of
/// its report. The parts are those of [`measure`].
pub fn install() {
    let start = Closure::<dyn Fn(String) -> Promise>::new(report_of);
    set(&js_sys::global().unchecked_into(), "quorumLabBench", start.as_ref());
    // The page keeps it as long as it lives.
    start.forget();
}

/// The promise of a part's report, out of a worker of its own.
fn report_of(part: String) -> Promise {
    Promise::new(&mut |resolve, reject| {
        let keep: Rc<Cell<Option<Link>>> = Rc::default();
        let held = keep.clone();
        let failed = reject.clone();
        let link = Link::start(move |heard| {
            let (end, value) = match heard {
                Heard::Message(message) => match *message {
                    ToPage::Benched { report } => {
                        (&resolve, js_sys::JSON::parse(&report).unwrap_or_default())
                    }
                    ToPage::Panicked { message } => (&reject, JsValue::from_str(&message)),
                    _ => return,
                },
                Heard::Died(message) | Heard::Unsent(_, message) => (&reject, JsValue::from_str(&message)),
                Heard::Absent(why) => (&reject, JsValue::from_str(why.key())),
            };
            // A promise's resolve and reject functions do not throw.
            drop(end.call1(&JsValue::UNDEFINED, &value));
            drop(held.take());
        });
        match link {
            Ok(link) => {
                link.post(ToWorker::Bench { part: part.clone() });
                keep.set(Some(link));
            }
            Err(error) => drop(failed.call1(&JsValue::UNDEFINED, &JsValue::from_str(&error))),
        }
    })
}

/// In the worker: measures a part, and returns its report as JSON. The parts are `sizes`, `peers:ROWS` (one round of
/// what peers are measured at) and `log:WRITES` (single durable writes).
pub async fn measure(part: &str) -> String {
    let (word, number) = part.split_once(':').unwrap_or((part, ""));
    let number = number.parse().unwrap_or(0);
    let report = match word {
        "sizes" => Ok(serde_json::to_string(&all_sizes().await)),
        "peers" => bench_peers::round(number).await.map(|figures| serde_json::to_string(&figures)),
        "log" => bench_log::measure(number).await.map(|figures| serde_json::to_string(&figures)),
        _ => Err(StoreError::Failed(format!("the benchmark has no part “{part}”"))),
    };
    match report {
        Ok(json) => json.unwrap_or_default(),
        Err(error) => serde_json::json!({ "error": format!("{error:?}") }).to_string(),
    }
}

async fn all_sizes() -> Report {
    let mut report = Report::default();
    for rows in ROWS {
        let mut size = SizeReport { rows, ..SizeReport::default() };
        for _ in 0..ROUNDS {
            if let Err(error) = round(&mut size).await {
                report.error = Some(format!("{error:?}"));
                return report;
            }
        }
        conclude(&mut size);
        report.sizes.push(size);
    }
    report
}

#[expect(clippy::cast_precision_loss, reason = "rows and bytes stay far below 2^53")]
fn conclude(size: &mut SizeReport) {
    let megabytes = size.bytes as f64 / 1e6;
    let rate = |ms: f64| megabytes / (ms / 1_000.0);
    size.wal_rows_per_s = size.rows as f64 / (size.wal_ms.median / 1_000.0);
    size.wal_row_us = size.wal_ms.median * 1_000.0 / size.rows as f64;
    size.wal_mb_per_s = rate(size.wal_ms.median);
    size.raw_mb_per_s = rate(size.raw_ms.median);
    size.row_puts_mb_per_s = rate(size.row_puts_ms.median);
    size.row_put_us = size.row_puts_ms.median * 1_000.0 / size.rows as f64;
    size.wal_to_raw = size.raw_ms.median / size.wal_ms.median;
    size.wal_to_raw_queued = size.raw_queued_ms.median / size.wal_ms.median;
    size.wal_to_row_puts = size.row_puts_ms.median / size.wal_ms.median;
    size.recovery_to_read = size.recovery_ms.median / size.raw_read_ms.median;
}

async fn round(size: &mut SizeReport) -> Result<(), StoreError> {
    delete_database(WAL).await?;
    // The browser cleans up after databases that were deleted, which would slow down the next measurement.
    clock::sleep(QUIET_MS).await;
    size.wal_ms.add(insert(size.rows).await?);
    let chunks = stored_bytes().await?;
    size.bytes = chunks.iter().map(|chunk| u64::from(chunk.length())).sum();
    size.raw_ms.add(raw_puts(&chunks, false).await?);
    size.raw_queued_ms.add(raw_puts(&chunks, true).await?);
    size.row_puts_ms.add(row_puts(size.rows).await?);
    let (mut driven, whole, load) = recover().await?;
    size.recovery_ms.add(whole);
    size.recovery_load_ms.add(load);
    size.flat_ms.add(search(&mut driven));
    drop(driven);
    size.raw_read_ms.add(raw_read(size.bytes).await?);
    for database in [WAL, RAW_PUT, ROW_PUT] {
        delete_database(database).await?;
    }
    Ok(())
}

async fn insert(rows: u64) -> Result<f64, StoreError> {
    let mut driven = Driven::open(WAL).await?;
    // The initial writes of a new database are not part of the cost of an insert.
    driven.settle().await;
    driven.timed(Command::insert(rows, 1_000)).await
}

/// Opens the run again; the total time, and how much of it was spent reading the store.
async fn recover() -> Result<(Driven, f64, f64), StoreError> {
    let began = clock::now_ms();
    let driven = Driven::open(WAL).await?;
    let (took_ms, load_ms) = (clock::now_ms() - began, driven.load_ms);
    Ok((driven, took_ms, load_ms))
}

/// The time of an exact search: rows that are not flushed are all scanned, with any index.
fn search(driven: &mut Driven) -> f64 {
    let mut times = Times::default();
    for n in 0..SEARCHES {
        let data = vec![vec![0.1 * f32::from(u8::try_from(n % 10).unwrap_or(0)); DIMENSIONS]];
        times.add(driven.execute_ms(Command::search(data, 10)));
    }
    times.median
}

/// The log's bytes as the store holds them, in pieces of 1 MiB.
async fn stored_bytes() -> Result<Vec<Uint8Array>, StoreError> {
    let store = Store::open(WAL, "bench-reader", false).await?;
    let stored = store.load(|_, _| {}).await?.unwrap_or_default();
    let mut bytes = Vec::new();
    for extent in stored.files.iter().flat_map(|file| &file.extents) {
        bytes.extend_from_slice(extent);
    }
    Ok(bytes.chunks(RAW).map(Uint8Array::from).collect())
}

async fn raw_puts(chunks: &[Uint8Array], queued: bool) -> Result<f64, StoreError> {
    delete_database(RAW_PUT).await?;
    let database = Database::open(RAW_PUT, 1, &[STORE]).await?;
    let began = clock::now_ms();
    let mut ends = Vec::new();
    for (number, chunk) in (0_u32..).zip(chunks) {
        let transaction = database.write(&[STORE])?;
        let end = transaction.finished();
        let put = transaction.store(STORE)?.put_with_key(chunk, &JsValue::from_f64(f64::from(number)));
        put.map_err(|error| StoreError::from_js(&error))?;
        if queued {
            ends.push(end);
        } else {
            end.await?;
        }
    }
    for end in ends {
        end.await?;
    }
    Ok(clock::now_ms() - began)
}

async fn row_puts(rows: u64) -> Result<f64, StoreError> {
    delete_database(ROW_PUT).await?;
    let database = Database::open(ROW_PUT, 1, &[STORE]).await?;
    let mut took = 0.0;
    let mut id = 0;
    while id < rows {
        let batch: Vec<Object> = (id..rows.min(id + ROWS_A_TRANSACTION)).map(row).collect();
        let began = clock::now_ms();
        let transaction = database.write(&[STORE])?;
        let end = transaction.finished();
        let store = transaction.store(STORE)?;
        for row in &batch {
            store.put_with_key(row, &JsValue::from_f64(id as f64)).map_err(|e| StoreError::from_js(&e))?;
            id += 1;
        }
        end.await?;
        took += clock::now_ms() - began;
    }
    Ok(took)
}

/// A row such as the lab's, as an object that a page would put.
#[expect(clippy::cast_precision_loss, reason = "row numbers are small")]
fn row(id: u64) -> Object {
    let row = Object::new();
    let vector: Vec<f32> =
        (0..DIMENSIONS).map(|at| ((id * 37 + at as u64 * 101) % 1_009) as f32 / 1_009.0).collect();
    set(&row, "id", &JsValue::from_f64(id as f64));
    set(&row, "vector", &Float32Array::from(&vector[..]));
    set(&row, "text", &JsValue::from_str(&format!("row {id} of a benchmark")));
    set(&row, "timestamp", &JsValue::from_f64(1_000.0 * id as f64));
    row
}

async fn raw_read(bytes: u64) -> Result<f64, StoreError> {
    let database = Database::open(RAW_PUT, 1, &[STORE]).await?;
    let began = clock::now_ms();
    let last = u32::try_from(bytes.div_ceil(RAW as u64)).unwrap_or(u32::MAX);
    let mut read = 0_u64;
    for from in (0..last).step_by(16) {
        let range = idb::range(
            &JsValue::from_f64(f64::from(from)),
            &JsValue::from_f64(f64::from(from.saturating_add(15))),
        )?;
        let store = database.read(&[STORE])?.store(STORE)?;
        let asked = store.get_all_with_key(&range).map_err(|e| StoreError::from_js(&e))?;
        let values: Array = settled(&asked).await?.unchecked_into();
        for value in values.iter() {
            // Copied into the program's own memory, as a recovery must do.
            read += value.unchecked_into::<Uint8Array>().to_vec().len() as u64;
        }
    }
    if read != bytes {
        return Err(StoreError::Failed(format!("{read} bytes read back of {bytes}")));
    }
    Ok(clock::now_ms() - began)
}
