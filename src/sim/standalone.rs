//! One engine and its log: the world of the crash-recovery lesson.
//!
//! A batch goes log → sync → memory → acknowledgement, in this order; while one sync runs, the next batches are
//! written behind it and the next sync takes them all (group commit). Promises: nothing is visible or
//! acknowledged before it is durable; after a recovery, rows are told apart by whether the log, or the client's
//! receipts, prove that they were acknowledged. Leaves out: replication.

use std::collections::VecDeque;
use std::sync::Arc;

use super::agenda::Agenda;
use super::event::EventKind;
use super::journal::Journal;
use super::log_disk::LogDisk;
use super::outbox::Outbox;
use super::recovery::{Progress, Recovery, Report};
use super::settings::Settings;
use super::workload;
use crate::db::{Batch, Collection};
use crate::disk::Disk;
use crate::types::{Lsn, MS, Micros, Refusal};
use crate::wal::format::{Boot, Header};
use crate::wal::{End, Kind};

/// The engine's node number.
pub const NODE: u32 = 1;
/// Bytes that may be written behind the sync that runs; the next sync takes them all.
const WINDOW_BYTES: u64 = 8 << 20;
/// The same on a slow disk, so that it is seen to work.
const SLOW_WINDOW_BYTES: u64 = 1 << 20;
/// A disk that syncs fewer bytes a second than this is slow: it writes a piece at a time, and its run keeps to
/// the clock.
const SLOW_BYTES_PER_S: u64 = 20_000_000;
/// What a slow disk writes at once.
const PIECE_BYTES: u64 = 64 * 1024;
/// Rows a batch may have.
pub const MAX_BATCH_ROWS: u64 = 10_000;
/// Rows an insert may have.
pub const MAX_INSERT_ROWS: u64 = 1_000_000;
/// Virtual time to write a batch's record into the file's cache.
const APPEND_US: Micros = 200;
/// Fixed part of a sync.
const SYNC_US: Micros = MS;

/// What is going to happen to a standalone engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// The process is up and reads its log.
    Boot,
    /// A piece of log is read.
    Replay,
    /// The next batch is written.
    Append,
    /// A slow disk has written another piece of a sync; so many bytes are left.
    Piece {
        /// The sync's number.
        number: u64,
        /// Bytes still to be written.
        left: u64,
    },
    /// A sync ends.
    SyncEnds {
        /// Its number.
        number: u64,
        /// What the host has to have persisted.
        ticket: u64,
    },
}

/// How the engine stands.
#[derive(Clone, Debug)]
enum Phase {
    Off,
    Booting,
    Recovering(Box<Recovery>, Proof),
    Running,
    Refused,
}

/// Which recovered inserts are proven to have been acknowledged.
#[derive(Clone, Debug, Default)]
struct Proof {
    /// The log's own receipt: the highest durable LSN that any record names.
    receipt_lsn: Lsn,
    /// LSN and rows of every insert.
    inserts: Vec<(Lsn, u64)>,
    /// Stretches that an earlier opening could not prove.
    unproven: Vec<(Lsn, Lsn)>,
}

/// An insert command under way.
#[derive(Clone, Debug)]
struct Job {
    ticket: u64,
    asked: u64,
    /// Rows still to be written.
    left: u64,
    /// Rows acknowledged.
    done: u64,
    batch: u64,
}

/// A batch that is written and waits for its sync.
#[derive(Clone, Debug)]
struct Pending {
    lsn: Lsn,
    batch: Arc<Batch>,
    began_us: Micros,
}

/// The answer to an insert: its ticket, and the rows acknowledged or why not.
pub type Inserted = (u64, Result<u64, Refusal>);

/// The world of one engine.
#[derive(Clone, Debug)]
pub struct Standalone {
    /// Its clock.
    pub now: Micros,
    /// What comes.
    pub agenda: Agenda<Happening>,
    /// What happened.
    pub journal: Journal,
    /// What the host has to persist.
    pub outbox: Outbox,
    settings: Settings,
    seed: u64,
    epoch: u32,
    log: LogDisk,
    collection: Collection,
    phase: Phase,
    report: Option<Report>,
    jobs: VecDeque<Job>,
    pending: VecDeque<Pending>,
    appending: bool,
    receipts_rows: u64,
    outstanding_rows: u64,
    acknowledged: u64,
    unproven: u64,
    inserted: Vec<Inserted>,
}

/// What a standalone engine is started with.
#[derive(Clone, Debug)]
pub struct Start {
    /// The run's seed.
    pub seed: u64,
    /// Which opening of the disk this is, from 1.
    pub epoch: u32,
    /// Whether acknowledgements wait for the host.
    pub kept: bool,
    /// Virtual time at which it goes on.
    pub now: Micros,
    /// The settings.
    pub settings: Settings,
    /// The disk.
    pub disk: Disk,
    /// What the store's stamp promises to be durable.
    pub promised_lsn: Lsn,
    /// Rows whose acknowledgement the client has seen.
    pub receipts_rows: u64,
    /// Rows that the client had asked for and not been told of when the power failed.
    pub outstanding_rows: u64,
}

impl Standalone {
    /// A new or reopened engine; it recovers first if its disk holds anything.
    pub fn new(start: Start) -> Self {
        let mut world = Self {
            now: start.now,
            agenda: Agenda::default(),
            journal: Journal::default(),
            outbox: outbox(start.kept, &start.settings),
            settings: start.settings,
            seed: start.seed,
            epoch: start.epoch,
            log: LogDisk::new(NODE, start.disk, start.promised_lsn),
            collection: Collection::default(),
            phase: Phase::Booting,
            report: None,
            jobs: VecDeque::new(),
            pending: VecDeque::new(),
            appending: false,
            receipts_rows: start.receipts_rows,
            outstanding_rows: start.outstanding_rows,
            acknowledged: 0,
            unproven: 0,
            inserted: Vec::new(),
        };
        world.emit(EventKind::Opened { boot: world.epoch, nodes: 1 });
        world.agenda.plan(world.now, Happening::Boot);
        world
    }

    fn emit(&mut self, kind: EventKind) {
        self.journal.emit(self.now, Some(NODE), kind);
    }

    // --- what is asked of it

    /// Begins an insert; answered through [`Standalone::take_inserted`].
    pub fn insert(&mut self, ticket: u64, rows: u64, batch: u64) -> Result<(), Refusal> {
        match self.phase {
            Phase::Off => return Err(Refusal::new("node_down", "the engine has no power; restart it first")),
            Phase::Refused => {
                return Err(Refusal::new(
                    "wal_corrupt",
                    "the log is damaged and was not opened; nothing is written to it",
                ));
            }
            Phase::Booting | Phase::Recovering(..) | Phase::Running => {}
        }
        if rows == 0 || rows > MAX_INSERT_ROWS || batch == 0 || batch > MAX_BATCH_ROWS {
            let error = format!("rows must be 1 to {MAX_INSERT_ROWS} and batch 1 to {MAX_BATCH_ROWS}");
            return Err(Refusal::new("bad_rows", error));
        }
        self.jobs.push_back(Job { ticket, asked: rows, left: rows, done: 0, batch });
        self.plan_append();
        Ok(())
    }

    /// Power fails; `torn_bytes` of what was not durable stay on the disk.
    pub fn kill(&mut self, torn_bytes: u64) {
        if matches!(self.phase, Phase::Off) {
            return;
        }
        self.emit(EventKind::Killed);
        self.phase = Phase::Off;
        self.log.crash(torn_bytes, &mut self.outbox);
        self.collection = Collection::default();
        self.pending.clear();
        self.appending = false;
        self.receipts_rows = self.receipts_rows.max(self.acknowledged);
        self.outstanding_rows = self.outstanding();
        let refusal = Refusal::new("power_cut", "the power failed before all rows were acknowledged");
        self.inserted.extend(self.jobs.drain(..).map(|job| (job.ticket, Err(refusal.clone()))));
    }

    /// Power is back; the engine boots and recovers.
    pub fn restart(&mut self) {
        if matches!(self.phase, Phase::Off) {
            self.epoch += 1;
            self.emit(EventKind::Restarted);
            self.phase = Phase::Booting;
            self.agenda.plan(self.now + self.settings.boot_us, Happening::Boot);
        }
    }

    // --- what happens

    /// Lets the next thing happen.
    pub fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Boot => self.boot(),
            Happening::Replay => self.replay(),
            Happening::Append => self.append_batch(),
            Happening::Piece { number, left } => self.piece_written(number, left),
            Happening::SyncEnds { number, .. } => self.sync_ended(number),
        }
    }

    fn boot(&mut self) {
        if !matches!(self.phase, Phase::Booting) {
            return;
        }
        if self.log.disk.is_empty() && self.log.durable_lsn() == 0 {
            self.log.open(self.epoch, 0, Vec::new());
            self.run(Boot { epoch: self.epoch, proven_lsn: 0, found_lsn: 0 });
            return;
        }
        let recovery = Recovery::begin(&self.log, self.now, &mut self.journal);
        self.acknowledged = 0;
        self.unproven = 0;
        let next = self.now + recovery.next_us(self.settings.replay_bytes_per_s);
        self.phase = Phase::Recovering(Box::new(recovery), Proof::default());
        self.agenda.plan(next, Happening::Replay);
    }

    fn replay(&mut self) {
        let Phase::Recovering(recovery, proof) = &mut self.phase else { return };
        let collection = &mut self.collection;
        let progress = recovery.step(&self.log, |header, payload| proof.take(header, payload, collection));
        recovery.tell(&self.log, self.now, &mut self.journal);
        self.report = Some(recovery.report(self.now, None));
        let next = self.now + recovery.next_us(self.settings.replay_bytes_per_s);
        match progress {
            Progress::More => self.agenda.plan(next, Happening::Replay),
            Progress::Ended(end) => self.recovered(end),
        }
    }

    fn recovered(&mut self, end: End) {
        let Phase::Recovering(recovery, proof) = std::mem::replace(&mut self.phase, Phase::Refused) else {
            return;
        };
        let report = recovery.report(self.now, Some(&end));
        if let Some(event) = Recovery::end_event(&end) {
            self.emit(event);
        }
        self.report = Some(report.clone());
        if let End::Torn(torn) = &end {
            self.log.cut(torn.file, torn.offset, &mut self.outbox);
        }
        if report.refused.is_some() {
            self.collection = Collection::default();
            let refusal = Refusal::new("wal_corrupt", "the log is damaged and was not opened");
            self.inserted.extend(self.jobs.drain(..).map(|job| (job.ticket, Err(refusal.clone()))));
            return;
        }
        let last_lsn = recovery.replay().last_lsn();
        let (proven_lsn, acknowledged) = proof.conclude(self.receipts_rows);
        self.acknowledged = acknowledged;
        self.unproven = recovery.rows - acknowledged;
        self.log.open(self.epoch, last_lsn, recovery.replay().files().to_vec());
        let outstanding_rows = std::mem::take(&mut self.outstanding_rows);
        self.emit(EventKind::Recovered {
            records: recovery.records,
            rows: recovery.rows,
            unproven_rows: self.unproven,
            outstanding_rows,
            lsn: last_lsn,
            took_us: report.took_us,
        });
        self.run(Boot { epoch: self.epoch, proven_lsn, found_lsn: last_lsn });
    }

    /// The log is open: it begins with a boot record, and inserts go on.
    fn run(&mut self, boot: Boot) {
        self.phase = Phase::Running;
        self.log.append(self.now, Kind::Boot, boot.encode(), &mut self.journal);
        self.begin_sync();
        self.plan_append();
    }

    fn plan_append(&mut self) {
        let running = matches!(self.phase, Phase::Running);
        let work = self.jobs.iter().any(|job| job.left > 0);
        let window = if self.keeps_to_the_clock() { SLOW_WINDOW_BYTES } else { WINDOW_BYTES };
        if running && work && !self.appending && self.log.behind_sync() < window {
            self.appending = true;
            self.agenda.plan(self.now + APPEND_US, Happening::Append);
        }
    }

    fn append_batch(&mut self) {
        if !std::mem::take(&mut self.appending) || !matches!(self.phase, Phase::Running) {
            return;
        }
        let first_id = self.next_id();
        let Some(job) = self.jobs.iter_mut().find(|job| job.left > 0) else { return };
        let rows = job.batch.min(job.left);
        job.left -= rows;
        self.emit(EventKind::InsertBegan { first_id, rows });
        let batch = workload::batch(self.seed, workload::DIM, first_id, rows, self.now);
        let mut payload = Vec::new();
        batch.encode(&mut payload);
        if let Some(lsn) = self.log.append(self.now, Kind::Insert, payload, &mut self.journal) {
            self.pending.push_back(Pending { lsn, batch: Arc::new(batch), began_us: self.now });
            // Handed over now, so that the host writes while the sync before it runs and rows are made.
            if !self.keeps_to_the_clock() {
                self.log.hand_over(&mut self.outbox);
            }
        }
        self.begin_sync();
        self.plan_append();
    }

    /// The key after the largest that is visible or on its way.
    fn next_id(&self) -> i64 {
        let pending = self.pending.back().and_then(|pending| pending.batch.ids.last().copied());
        let visible = self.collection.id_range().map(|(_, high)| high);
        pending.max(visible).map_or(0, |id| id.saturating_add(1))
    }

    fn begin_sync(&mut self) {
        if let Some(begun) = self.log.begin_sync(self.now, &mut self.outbox, &mut self.journal) {
            if self.keeps_to_the_clock() {
                return self.write_on(begun.number, begun.bytes);
            }
            let took = SYNC_US + begun.bytes.saturating_mul(1_000_000) / self.settings.sync_bytes_per_s;
            let ends = Happening::SyncEnds { number: begun.number, ticket: begun.ticket };
            self.agenda.plan(self.now + took, ends);
        }
    }

    /// A slow disk begins its next piece.
    fn write_on(&mut self, number: u64, left: u64) {
        let piece = left.min(PIECE_BYTES);
        let took = piece.saturating_mul(1_000_000) / self.settings.sync_bytes_per_s;
        self.agenda.plan(self.now + took, Happening::Piece { number, left: left - piece });
    }

    fn piece_written(&mut self, number: u64, left: u64) {
        if !self.log.runs_sync(number) {
            return;
        }
        if left > 0 {
            self.outbox.release();
            self.write_on(number, left);
        } else {
            let ticket = self.outbox.release_all();
            self.log.sync_left(number, ticket);
            self.agenda.plan(self.now + SYNC_US, Happening::SyncEnds { number, ticket });
        }
    }

    fn sync_ended(&mut self, number: u64) {
        let Some(lsn) = self.log.end_sync(self.now, number, &mut self.journal) else { return };
        while let Some(pending) = self.pending.pop_front_if(|pending| pending.lsn <= lsn) {
            self.acknowledge(pending);
        }
        self.begin_sync();
        self.plan_append();
    }

    fn acknowledge(&mut self, pending: Pending) {
        let rows = pending.batch.rows() as u64;
        let first_id = pending.batch.ids.first().copied().unwrap_or(0);
        self.collection.apply(pending.batch);
        self.acknowledged += rows;
        self.emit(EventKind::Acknowledged {
            lsn: pending.lsn,
            first_id,
            rows,
            total_rows: self.acknowledged,
            took_us: self.now - pending.began_us,
        });
        if let Some(job) = self.jobs.front_mut() {
            job.done += rows;
            if job.done >= job.asked {
                self.inserted.push((job.ticket, Ok(job.asked)));
                self.jobs.pop_front();
            }
        }
    }

    // --- what it knows

    /// The answers to inserts since the last call.
    pub fn take_inserted(&mut self) -> Vec<Inserted> {
        std::mem::take(&mut self.inserted)
    }

    /// The rows that a query sees; none while the engine does not run.
    pub fn collection(&self) -> Result<&Collection, Refusal> {
        match self.phase {
            Phase::Running => Ok(&self.collection),
            Phase::Off => Err(Refusal::new("node_down", "the engine has no power; restart it first")),
            Phase::Booting | Phase::Recovering(..) => {
                Err(Refusal::new("recovering", "the engine still reads its log; ask again when it is done"))
            }
            Phase::Refused => Err(Refusal::new("wal_corrupt", "the log is damaged and was not opened")),
        }
    }

    /// The log.
    pub fn log(&self) -> &LogDisk {
        &self.log
    }

    /// The recovery under way, or the last one.
    pub fn report(&self) -> Option<&Report> {
        self.report.as_ref()
    }

    /// Rows acknowledged; after a recovery, those proven to have been.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// Rows recovered without proof that they were acknowledged.
    pub fn unproven(&self) -> u64 {
        self.unproven
    }

    /// Rows asked for and not yet acknowledged.
    pub fn outstanding(&self) -> u64 {
        self.jobs.iter().map(|job| job.asked - job.done).sum()
    }

    /// Whether inserts take the time that the disk takes, because it is slow enough to be watched.
    pub fn keeps_to_the_clock(&self) -> bool {
        self.settings.sync_bytes_per_s < SLOW_BYTES_PER_S
    }

    /// Rows visible.
    pub fn visible(&self) -> u64 {
        if matches!(self.phase, Phase::Running) { self.collection.rows() } else { 0 }
    }

    /// Whether it has power.
    pub fn alive(&self) -> bool {
        !matches!(self.phase, Phase::Off)
    }

    /// Whether its log was refused.
    pub fn refused(&self) -> bool {
        matches!(self.phase, Phase::Refused)
    }

    /// Whether it reads its log.
    pub fn recovering(&self) -> bool {
        matches!(self.phase, Phase::Booting | Phase::Recovering(..))
    }

    /// Which opening of its disk this is.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }
}

fn outbox(kept: bool, settings: &Settings) -> Outbox {
    if settings.sync_bytes_per_s < SLOW_BYTES_PER_S {
        Outbox::slow(kept, PIECE_BYTES)
    } else {
        Outbox::new(kept)
    }
}

impl Proof {
    /// Takes a record of the replay; how many rows it holds.
    fn take(
        &mut self,
        header: &Header,
        payload: &[u8],
        collection: &mut Collection,
    ) -> Result<u64, &'static str> {
        self.receipt_lsn = self.receipt_lsn.max(header.durable_lsn);
        match header.kind {
            Kind::Boot => {
                let boot = Boot::decode(payload).ok_or("the boot record does not decode")?;
                if boot.found_lsn > boot.proven_lsn {
                    self.unproven.push((boot.proven_lsn, boot.found_lsn));
                }
                Ok(0)
            }
            Kind::Insert => {
                let batch = Batch::decode(payload)?;
                let rows = batch.rows() as u64;
                self.inserts.push((header.lsn, rows));
                collection.apply(Arc::new(batch));
                Ok(rows)
            }
            Kind::HardState | Kind::Entries => Err("this is a replica's record in a standalone engine's log"),
        }
    }

    /// The LSN up to which inserts are proven, and the rows that are; `receipts_rows` is the client's word.
    fn conclude(&self, receipts_rows: u64) -> (Lsn, u64) {
        let mut proven_lsn = self.receipt_lsn;
        let mut rows = 0;
        for (lsn, count) in &self.inserts {
            let earlier = self.unproven.iter().any(|(from, upto)| *lsn > *from && *lsn <= *upto);
            if earlier {
                continue;
            }
            if *lsn > self.receipt_lsn && rows + count > receipts_rows {
                break;
            }
            rows += count;
            proven_lsn = proven_lsn.max(*lsn);
        }
        (proven_lsn, rows)
    }
}
