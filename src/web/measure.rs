//! Measurements beside an open run: the effect of the batch size, and the time that recovery takes.
//!
//! Guarantees: every time is wall-clock time of the real host on the real store; scratch databases have their own names
//! and are deleted afterwards, also when the measurement is stopped or fails. Leaves out: the comparison with raw
//! IndexedDB (`bench`), and drawing.

use std::cell::Cell;

use super::clock;
use super::drive::Driven;
use super::figures::quantile;
use super::idb::{StoreError, delete_database};
use super::worlds;
use quorum_facade::command::default_collection;
use quorum_facade::disks::{PRESETS, model_us};
use quorum_facade::swarm::WorldKind;
use quorum_facade::{Command, EngineCommand, Params};
use quorum_types::Refusal;
use quorum_types::sort::sort_by;
pub use quorum_wire::measured::{DISK_BATCHES, Measured, Point, What, spread};

/// The one scratch database.
const SCRATCH: &str = "quorum-lab/measure";
/// Number of batches that a disk's mean is taken over.
const MODEL_TIMES: u64 = 3;
/// Rows per request, so that the measurement can be stopped in between.
const CHUNK_ROWS: u64 = 10_000;

/// Measures; `tell` receives every step, and the end. `of` is the number of rows that each batch size inserts.
pub async fn measure(what: What, sizes: &[u64], of: u64, stop: &Cell<bool>, tell: impl Fn(&Measured)) {
    let measured = Measured { what, running: true, ..Measured::default() };
    let mut work =
        Work { total: sizes.iter().map(|size| what.rows(*size, of)).sum(), done: 0, measured, stop, tell };
    work.tell();
    for size in sizes {
        let rows = what.rows(*size, of);
        let point = match what {
            What::Batches if *size == 1 => work.single(rows).await,
            What::Batches => work.batch(*size, rows).await,
            What::Recovery => work.recovery(rows).await,
            What::Disks => work.disk(*size).await,
        };
        match point {
            Ok(Some(point)) => work.measured.points.push(point),
            Ok(None) => break,
            Err(error) => {
                work.measured.error = Some(format!("{error:?}"));
                break;
            }
        }
    }
    // A database that cannot be deleted now is deleted before the next measurement.
    drop(delete_database(SCRATCH).await);
    work.measured.running = false;
    work.tell();
}

struct Work<'a, F> {
    total: u64,
    done: u64,
    measured: Measured,
    stop: &'a Cell<bool>,
    tell: F,
}

impl<F: Fn(&Measured)> Work<'_, F> {
    #[expect(clippy::cast_precision_loss, reason = "rows stay far below 2^53")]
    fn tell(&mut self) {
        self.measured.part = (self.done as f64 / self.total.max(1) as f64).min(1.0);
        (self.tell)(&self.measured);
    }

    /// Inserts rows, and adds up the times of all commands. None when it was stopped.
    async fn insert(&mut self, run: &mut Driven, rows: u64, batch: u64) -> Result<Option<f64>, StoreError> {
        let (mut left, mut took) = (rows, 0.0);
        while left > 0 {
            if self.stop.get() {
                return Ok(None);
            }
            let now = left.min(CHUNK_ROWS);
            took += run.timed(Command::insert(now, batch)).await?;
            left -= now;
            self.done += now;
            self.tell();
        }
        Ok(Some(took))
    }

    async fn fresh(&self) -> Result<Driven, StoreError> {
        delete_database(SCRATCH).await?;
        Driven::open(SCRATCH).await
    }

    async fn batch(&mut self, size: u64, rows: u64) -> Result<Option<Point>, StoreError> {
        let mut run = self.fresh().await?;
        let before = run.log_bytes();
        let took = self.insert(&mut run, rows, size).await?;
        let bytes = run.log_bytes() - before;
        Ok(took.map(|ms| Point { size, rows, bytes, ms: vec![ms], ..Point::default() }))
    }

    async fn single(&mut self, rows: u64) -> Result<Option<Point>, StoreError> {
        let mut run = self.fresh().await?;
        let before = run.log_bytes();
        let mut took = Vec::new();
        for row in 0..rows {
            if self.stop.get() {
                return Ok(None);
            }
            took.push(run.timed(Command::insert(1, 1)).await?);
            self.done += 1;
            if row % 20 == 0 {
                self.tell();
            }
        }
        let mean = took.iter().sum::<f64>() / took.len().max(1) as f64;
        sort_by(&mut took, f64::total_cmp);
        let [p50, p95, p99] = [50, 95, 99].map(|percent| quantile(&took, percent));
        let bytes = run.log_bytes() - before;
        Ok(Some(Point { size: 1, rows, bytes, ms: vec![mean, p50, p95, p99], spread: spread(&took) }))
    }

    /// The cost of batches on a disk, by the model: nothing is stored for it.
    #[expect(clippy::cast_precision_loss, reason = "microseconds of seconds")]
    async fn disk(&mut self, place: u64) -> Result<Option<Point>, StoreError> {
        let preset = usize::try_from(place).ok().and_then(|place| PRESETS.get(place));
        let Some(preset) = preset.filter(|_| !self.stop.get()) else { return Ok(None) };
        let failed = |why: Refusal| StoreError::Failed(why.error);
        worlds::bring(WorldKind::Standalone).await.map_err(failed)?;
        let mut ms = Vec::new();
        for batch in DISK_BATCHES {
            let us = model_us(preset, batch, MODEL_TIMES).map_err(failed)?;
            ms.push(us as f64 / 1_000.0);
            // Yields, so that messages are received.
            clock::breathe().await;
        }
        self.done += 1;
        self.tell();
        Ok(Some(Point { size: place, ms, ..Point::default() }))
    }

    async fn recovery(&mut self, rows: u64) -> Result<Option<Point>, StoreError> {
        let collection = default_collection;
        let mut run = self.fresh().await?;
        run.timed(Command::Engine(EngineCommand::Release { collection: collection() })).await?;
        run.timed(Command::Engine(EngineCommand::DropIndex { collection: collection() })).await?;
        if self.insert(&mut run, rows, 1_000).await?.is_none() {
            return Ok(None);
        }
        drop(run);
        // Gives the transactions of the dropped run time to complete.
        clock::sleep(20).await;
        let mut run = Driven::open(SCRATCH).await?;
        let (load, replay, bytes) = (run.load_ms, run.replay_ms, run.log_bytes());
        run.timed(Command::Engine(EngineCommand::Flush { collection: collection() })).await?;
        let mut params = Params::new();
        params.insert("nlist".to_owned(), 128);
        let index = Command::Engine(EngineCommand::CreateIndex {
            collection: collection(),
            field: "vector".to_owned(),
            index_type: "IVF_FLAT".to_owned(),
            metric_type: "L2".to_owned(),
            params,
        });
        let index = run.timed(index).await?;
        Ok(Some(Point { size: rows, rows, bytes, ms: vec![load, replay, index], ..Point::default() }))
    }
}
