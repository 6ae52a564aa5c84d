//! A standalone engine with its log and its checkpoints: the world of the first track's lessons.
//!
//! A write goes through log → sync → memory → acknowledgement, in this order; while one sync runs, further batches are
//! written after it and the next sync covers them all (group commit). Requests are served in the order of arrival;
//! inserts that wait behind an insert share its sync, and only generated rows are pipelined. Checkpoints and indexes
//! are made beside that. Guarantees: nothing is acknowledged before it is durable, unless the client asked not to wait
//! (`autosync` off); after a recovery, rows are classified by whether the log, or the client's receipts, prove that
//! they were acknowledged. Leaves out: replication.
//!
//! Files: `write` (jobs, appends, acknowledgements), `syncs`, `sealing` (when segments are sealed), `flush`
//! (checkpoints, indexes, both beside the writes), `index_files` (indexes on disk), `recover` (restart), `crash_point`
//! (power failure at a chosen moment), `rules` (what keeps data safe, to be switched off). Searches for violations:
//! `action`, `generate`, `model`, `checkers`, `swarm`.

pub mod action;
pub mod checkers;
mod crash_point;
mod flush;
#[cfg(test)]
mod flush_tests;
mod generate;
mod index_files;
mod model;
mod recover;
pub mod rules;
mod sealing;
pub mod swarm;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod swarm_tests;
mod syncs;
#[cfg(test)]
mod tests;
mod write;

use litemap::LiteMap;
use std::collections::VecDeque;

use super::checkpoint::Loading;
use super::event::{EventKind, FaultEvent, Moment, StorageEvent};
use super::event_log::EventLog;
use super::event_queue::{EventQueue, StepLabel};
use super::log_disk::LogDisk;
use super::outbox::Outbox;
use super::recovery::{Recovery, Report};
use super::settings::Settings;
use flush::Background;
use quorum_engine::{Catalog, Operation};
use quorum_types::{Lsn, Micros, Refusal, Rng};
use quorum_wal::disk::Disk;
use recover::Proof;
use rules::{Rule, Rules};
use syncs::{Beside, Stage};
use write::{Current, Job, Pending};
pub use write::{Outcome, Request, Written};

/// The engine's node number.
pub const NODE: u32 = 1;
/// The collection that receives generated rows.
pub const COLLECTION: &str = "docs";
/// A disk that syncs fewer bytes per second than this is slow: it writes one piece at a time, and its run is paced in
/// real time.
const SLOW_BYTES_PER_S: u64 = 20_000_000;
/// The number of bytes that a slow disk writes at once.
const PIECE_BYTES: u64 = 64 * 1024;

/// A scheduled event of a standalone engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScheduledEvent {
    /// The process is up and reads its checkpoint and log.
    Boot,
    /// A piece of the checkpoint or log is read.
    Replay,
    /// The next batch is written.
    Append,
    /// A slow disk has written another piece of a sync; `left` bytes remain.
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
        /// The ticket of what the host must have persisted.
        ticket: u64,
    },
    /// The next piece of a checkpoint is written.
    Object {
        /// The ticket of what the host must have persisted: a checkpoint never runs far ahead of it, because what
        /// clients write leaves after what was handed over before.
        ticket: u64,
    },
    /// The next piece of an index is built.
    Index,
}

impl ScheduledEvent {
    /// What it is called in the answers to “why”.
    pub fn label(&self) -> StepLabel {
        match self {
            Self::Boot | Self::Replay => StepLabel::on("recovery", NODE),
            Self::Append => StepLabel::on("append", NODE),
            Self::Piece { .. } | Self::SyncEnds { .. } => StepLabel::on("sync", NODE),
            Self::Object { .. } => StepLabel::on("checkpoint", NODE),
            Self::Index => StepLabel::on("index", NODE),
        }
    }

    /// The ticket of what the host must have persisted before it happens; 0 for nothing.
    pub fn awaited_ticket(&self) -> u64 {
        match self {
            Self::SyncEnds { ticket, .. } | Self::Object { ticket } => *ticket,
            _ => 0,
        }
    }
}

/// Settings that can be changed while the engine runs.
const LIVE: [&str; 6] =
    ["sync_mb_per_s", "sync_us", "real_time", "replay_mb_per_s", "batch_rows", "import_rows"];

fn has_slow_disk(settings: &Settings) -> bool {
    settings.real_time || settings.sync_bytes_per_s < SLOW_BYTES_PER_S
}

/// The engine's state.
#[derive(Clone, Debug)]
enum Phase {
    Off,
    Booting,
    Loading(Box<Loading>),
    Recovering(Box<Recovery>, Proof),
    Running,
    Refused,
}

/// The world of one engine.
#[derive(Clone, Debug)]
pub struct Standalone {
    /// The virtual time.
    pub now: Micros,
    /// Scheduled events.
    pub event_queue: EventQueue<ScheduledEvent>,
    /// Past events.
    pub event_log: EventLog,
    /// The changes that the host has to persist.
    pub outbox: Outbox,
    settings: Settings,
    seed: u64,
    epoch: u32,
    prefilled: bool,
    autosync: bool,
    log: LogDisk,
    catalog: Catalog,
    phase: Phase,
    report: Option<Report>,
    jobs: VecDeque<Job>,
    /// Collections to be flushed before the next job, because a segment is full or old.
    unasked: VecDeque<String>,
    pending: VecDeque<Pending>,
    current: Option<Current>,
    stage: Stage,
    /// The request whose checkpoint or indexes are being made, and those whose turn comes after it.
    behind: Option<Current>,
    waiting: VecDeque<Current>,
    background: Background,
    /// The sync of a checkpoint's files.
    beside: Option<Beside>,
    appending: bool,
    crash_point: Option<Moment>,
    /// The number of rows requested for every import.
    import_totals: LiteMap<u64, u64>,
    /// When each growing segment got its first row and its last.
    growing: LiteMap<u64, (Micros, Micros)>,
    checkpoint_lsn: Lsn,
    /// When the current recovery began.
    began_us: Micros,
    receipts_rows: u64,
    /// The acknowledged LSN according to the stamp that was found.
    found_receipt_lsn: Lsn,
    /// Everything up to this LSN has been acknowledged.
    acknowledged_lsn: Lsn,
    outstanding_rows: u64,
    acknowledged: u64,
    unproven: u64,
    outcomes: Vec<Outcome>,
    rules: Rules,
    /// The operations that were written since the last call of [`Standalone::take_written`], if anybody watches.
    written: Option<Vec<(Lsn, Operation)>>,
}

/// The parameters with which a standalone engine starts.
#[derive(Clone, Debug)]
pub struct Start {
    /// The run's seed.
    pub seed: u64,
    /// How often the disk has been opened, from 1: above every epoch that was written on it.
    pub epoch: u32,
    /// The opening that the store's stamp belongs to; earlier than the last one if the stamp is an older copy.
    pub stamp_epoch: u32,
    /// Whether acknowledgements wait for the host.
    pub kept: bool,
    /// Whether a new engine begins with the collection [`COLLECTION`], indexed and loaded.
    pub prefilled: bool,
    /// The virtual time at which it continues.
    pub now: Micros,
    /// The settings.
    pub settings: Settings,
    /// The disk.
    pub disk: Disk,
    /// The LSN that is durable according to the store's stamp, if there is one.
    pub promised_lsn: Option<Lsn>,
    /// The LSN up to which everything was acknowledged according to the stamp; 0 if the stamp does not say.
    pub receipt_lsn: Lsn,
    /// Rows whose acknowledgement the client has received.
    pub receipts_rows: u64,
    /// Rows that the client had requested and whose acknowledgement it had not received when the power failed.
    pub outstanding_rows: u64,
}

impl Start {
    /// An engine on this disk, from virtual time 0 on, without a host and with nothing that a store knows about it.
    pub fn in_memory(seed: u64, settings: Settings, disk: Disk) -> Self {
        Self {
            seed,
            epoch: 1,
            stamp_epoch: u32::MAX,
            kept: false,
            prefilled: false,
            now: 0,
            settings,
            disk,
            promised_lsn: None,
            receipt_lsn: 0,
            receipts_rows: 0,
            outstanding_rows: 0,
        }
    }
}

impl Standalone {
    /// Creates or reopens an engine; it recovers first if its disk holds anything.
    pub fn new(start: Start) -> Self {
        let mut outbox = Outbox::new(start.kept);
        outbox.set_slow(has_slow_disk(&start.settings).then_some(PIECE_BYTES));
        let rotate_bytes = start.settings.rotate_bytes;
        let mut world = Self {
            now: start.now,
            event_queue: EventQueue::default(),
            event_log: EventLog::default(),
            outbox,
            settings: start.settings,
            seed: start.seed,
            epoch: start.epoch,
            prefilled: start.prefilled,
            autosync: true,
            log: LogDisk::new(NODE, start.disk, start.promised_lsn),
            catalog: Catalog::default(),
            phase: Phase::Booting,
            report: None,
            jobs: VecDeque::new(),
            unasked: VecDeque::new(),
            pending: VecDeque::new(),
            current: None,
            stage: Stage::Idle,
            behind: None,
            waiting: VecDeque::new(),
            background: Background::Idle,
            beside: None,
            appending: false,
            crash_point: None,
            import_totals: LiteMap::new(),
            growing: LiteMap::new(),
            checkpoint_lsn: 0,
            began_us: 0,
            receipts_rows: start.receipts_rows,
            found_receipt_lsn: start.receipt_lsn,
            acknowledged_lsn: 0,
            outstanding_rows: start.outstanding_rows,
            acknowledged: 0,
            unproven: 0,
            outcomes: Vec::new(),
            rules: Rules::default(),
            written: None,
        };
        world.log.rotate_bytes = rotate_bytes;
        world.log.stamp_epoch = Some(start.stamp_epoch);
        world.emit(FaultEvent::Opened { boot: world.epoch, nodes: 1 });
        world.event_queue.schedule(world.now, ScheduledEvent::Boot);
        world
    }

    fn emit(&mut self, kind: impl Into<EventKind>) {
        self.event_log.emit(self.now, Some(NODE), kind);
    }

    /// Processes the next scheduled event, whenever it is due; returns false if there is none.
    pub fn step(&mut self) -> bool {
        let Some((at, scheduled)) = self.event_queue.pop() else { return false };
        self.now = self.now.max(at);
        self.happen(scheduled);
        true
    }

    /// Processes a scheduled event.
    pub fn happen(&mut self, scheduled: ScheduledEvent) {
        match scheduled {
            ScheduledEvent::Boot => self.boot(),
            ScheduledEvent::Replay => self.replay(),
            ScheduledEvent::Append => self.append_batch(),
            ScheduledEvent::Piece { number, left } => self.piece_written(number, left),
            ScheduledEvent::SyncEnds { number, ticket } => self.sync_ended(number, ticket),
            ScheduledEvent::Object { .. } => self.write_object(),
            ScheduledEvent::Index => self.build_on(),
        }
    }

    // --- power

    /// Power fails; `torn_bytes` bytes of the unsynced data survive on the disk.
    pub fn kill(&mut self, torn_bytes: u64) {
        self.go_down(|log, outbox| log.crash(torn_bytes, outbox));
    }

    /// Power fails; with `sectors`, a random stream of this seed chooses what survives of everything that is not
    /// durable.
    pub fn lose_power(&mut self, torn_bytes: u64, sectors: Option<u64>) {
        match sectors {
            None => self.kill(torn_bytes),
            Some(seed) => self.kill_in_sectors(&mut Rng::new(seed, u64::from(NODE))),
        }
    }

    /// Power fails, and the random stream chooses what survives of everything that is not durable.
    pub(crate) fn kill_in_sectors(&mut self, rng: &mut Rng) {
        self.go_down(|log, outbox| log.crash_in_sectors(rng, outbox));
    }

    fn go_down(&mut self, crash: impl FnOnce(&mut LogDisk, &mut Outbox)) {
        if matches!(self.phase, Phase::Off) {
            return;
        }
        self.emit(FaultEvent::Killed);
        self.phase = Phase::Off;
        crash(&mut self.log, &mut self.outbox);
        self.catalog = Catalog::default();
        self.pending.clear();
        self.unasked.clear();
        self.stage = Stage::Idle;
        self.background = Background::Idle;
        self.beside = None;
        self.appending = false;
        self.growing.clear();
        self.receipts_rows = self.receipts_rows.max(self.acknowledged);
        self.outstanding_rows = self.outstanding();
        let begun = self.behind.take().into_iter().chain(self.waiting.drain(..)).chain(self.current.take());
        let tickets = begun.flat_map(|request| request.tickets().collect::<Vec<u64>>());
        let tickets: Vec<u64> = tickets.chain(self.jobs.drain(..).filter_map(|job| job.ticket())).collect();
        let refusal = Refusal::new("power_cut", "the power failed before all of it was acknowledged");
        self.outcomes.extend(tickets.into_iter().map(|ticket| (ticket, Err(refusal.clone()))));
    }

    /// Power is back; the engine boots and recovers.
    pub fn restart(&mut self) {
        if matches!(self.phase, Phase::Off | Phase::Refused) {
            self.epoch = self.epoch.saturating_add(1);
            self.emit(FaultEvent::Restarted);
            self.phase = Phase::Booting;
            self.event_queue.schedule(self.now + self.settings.boot_us, ScheduledEvent::Boot);
        }
    }

    /// Changes the bytes of a file from `offset` on without the engine's knowledge, as failing media do.
    pub fn corrupt(&mut self, file: u32, offset: u64, with: impl Fn(&mut Vec<u8>)) {
        let mut rest = Vec::new();
        self.log.disk.read(file, offset, u64::MAX, &mut rest);
        with(&mut rest);
        self.log.disk.rewrite(file, offset, rest);
        self.outbox.collect(NODE, &mut self.log.disk);
        self.outbox.release_all();
        self.emit(StorageEvent::MediaDamaged { file, offset });
    }

    /// Limits the total number of bytes on the disk from now on; none removes the limit.
    pub fn set_capacity(&mut self, bytes: Option<u64>) {
        self.log.disk.set_capacity(bytes);
    }

    /// The rules.
    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// Sets which rules are off.
    pub fn set_rules(&mut self, rules: Rules) {
        self.rules = rules;
        self.log.stamp_lags = !rules.on(Rule::StampBeforeAck);
    }

    /// The operations that were written since the last call.
    fn take_written(&mut self) -> Vec<(Lsn, Operation)> {
        // Nothing is recorded unless a checker asked for it.
        self.written.as_mut().map(std::mem::take).unwrap_or_default()
    }

    // --- state

    /// The outcomes of requests since the last call, by ticket.
    pub fn take_outcomes(&mut self) -> Vec<Outcome> {
        std::mem::take(&mut self.outcomes)
    }

    /// The data that queries and searches see. Refused while the engine is off, recovers, or has refused its log.
    pub fn catalog(&self) -> Result<&Catalog, Refusal> {
        match self.phase {
            Phase::Running => Ok(&self.catalog),
            Phase::Off => Err(Refusal::new("node_down", "the engine has no power; restart it first")),
            Phase::Booting | Phase::Loading(_) | Phase::Recovering(..) => {
                Err(Refusal::new("recovering", "the engine still reads its log; ask again when it is done"))
            }
            Phase::Refused => Err(Refusal::new("wal_corrupt", "the log is damaged and was not opened")),
        }
    }

    /// The log.
    pub fn log(&self) -> &LogDisk {
        &self.log
    }

    /// The current recovery, or the last one.
    pub fn report(&self) -> Option<&Report> {
        self.report.as_ref()
    }

    /// The number of acknowledged rows; after a recovery, of those proven to have been acknowledged.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// Everything up to this LSN was acknowledged and is durable. With `autosync` off, acknowledged rows may not be
    /// durable.
    pub fn receipt_lsn(&self) -> Lsn {
        self.acknowledged_lsn.min(self.log.durable_lsn())
    }

    /// The number of rows recovered without proof that they were acknowledged.
    pub fn unproven(&self) -> u64 {
        self.unproven
    }

    /// The number of rows requested and not yet acknowledged.
    pub fn outstanding(&self) -> u64 {
        self.jobs.iter().map(Job::outstanding).sum()
    }

    /// Whether a request is in progress and not yet answered.
    pub fn works(&self) -> bool {
        !self.jobs.is_empty()
            || !self.unasked.is_empty()
            || self.current.is_some()
            || self.stage != Stage::Idle
            || self.works_beside()
    }

    /// Whether writes take as long in real time as the disk takes, because the disk is slow enough to be watched.
    pub fn has_slow_disk(&self) -> bool {
        has_slow_disk(&self.settings)
    }

    /// The current settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Changes a setting while the engine runs: of its disk, or of its client's requests. A sync in progress ends as it
    /// began. Refused if the setting is fixed while the engine runs, or the value is outside its bounds.
    pub fn set(&mut self, name: &str, value: u64) -> Result<(), Refusal> {
        if !LIVE.contains(&name) {
            let error = format!("a running engine can change {}, not “{name}”", LIVE.join(", "));
            return Err(Refusal::new("fixed_setting", error));
        }
        self.settings.set(name, value)?;
        self.outbox.set_slow(self.has_slow_disk().then_some(PIECE_BYTES));
        Ok(())
    }

    /// For every import requested since the engine was opened, its number of rows.
    pub fn import_totals(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.import_totals.iter().map(|(import, rows)| (*import, *rows))
    }

    /// The number of visible rows in all collections.
    pub fn visible(&self) -> u64 {
        if matches!(self.phase, Phase::Running) {
            self.catalog.collections().map(|(_, collection)| collection.rows()).sum()
        } else {
            0
        }
    }

    /// Every record up to this LSN is in a checkpoint.
    pub fn checkpoint_lsn(&self) -> Lsn {
        self.checkpoint_lsn
    }

    /// The moment at which power will fail.
    pub fn crash_point(&self) -> Option<Moment> {
        self.crash_point
    }

    /// Whether it has power.
    pub fn alive(&self) -> bool {
        !matches!(self.phase, Phase::Off)
    }

    /// Whether its log was refused.
    pub fn refused(&self) -> bool {
        matches!(self.phase, Phase::Refused)
    }

    /// Whether it is reading its log.
    pub fn recovering(&self) -> bool {
        matches!(self.phase, Phase::Booting | Phase::Loading(_) | Phase::Recovering(..))
    }

    /// How often its disk has been opened.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }
}
