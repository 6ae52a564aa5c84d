//! Jobs, appends and acknowledgements.
//!
//! A job is a stream of generated rows or one request. Generated rows are pipelined: the next batch is written while
//! the previous sync runs. A request waits until everything before it is acknowledged, because its plan depends on the
//! catalogue; only inserts that wait behind an insert share its sync (group commit). It does not wait for checkpoints
//! and indexes that earlier requests need. Leaves out: syncs (`syncs`), and the consequences of a flush (`flush`).

use std::sync::Arc;

use super::rules::Rule;
use super::syncs::Stage;
use super::{COLLECTION, Phase, ScheduledEvent, Standalone};
use crate::event::{EngineEvent, EventKind, Moment, ServiceEvent, StorageEvent};
use crate::log_disk::{AppendError, RecordPlace};
use crate::workload;
use quorum_engine::index::Params;
use quorum_engine::{Catalog, Operation, Record, Schema};
use quorum_types::{Lsn, Micros, Refusal};
use quorum_wal::format::{FILE_HEADER_BYTES, HEADER_BYTES, RowsFront};

/// The maximum number of bytes written while a sync runs; the next sync covers them all.
const WINDOW_BYTES: u64 = 8 << 20;
/// The minimum of this window on a disk that runs in real time, so that its progress is visible.
const SLOW_WINDOW_BYTES: u64 = 1 << 20;
/// On such a disk the window is what it writes in a twentieth of a second.
const WINDOWS_A_SECOND: u64 = 20;
/// The maximum number of rows in a batch.
const MAX_BATCH_ROWS: u64 = 10_000;
/// The maximum number of rows in an insert or an import; the key ranges of imports are this far apart.
const MAX_INSERT_ROWS: u64 = 1_000_000;
/// The virtual time it takes to write a batch's record to the file's cache.
const APPEND_US: Micros = 200;

/// A request to the engine, other than for generated rows.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum Request {
    /// Creates a collection.
    CreateCollection { name: String, schema: Schema },
    /// Drops a collection.
    DropCollection { name: String },
    /// Inserts rows; with `upsert`, they replace rows with the same keys.
    Insert { name: String, rows: Vec<Record>, upsert: bool },
    /// Deletes the rows that match a filter.
    Delete { name: String, filter: String },
    /// Creates an index for sealed segments.
    CreateIndex { name: String, field: String, index_type: String, metric_type: String, params: Params },
    /// Drops the index.
    DropIndex { name: String },
    /// Makes the collection readable.
    Load { name: String },
    /// Makes the collection unreadable.
    Release { name: String },
    /// Seals the growing segment, makes a checkpoint and builds indexes.
    Flush { name: String },
    /// Rewrites segments that have lost more than this percentage of their rows, without the deleted rows.
    Compact { name: String, deleted_percent: u64 },
    /// Makes everything written durable.
    Sync,
}

/// The result of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Rows acknowledged, keys named, or rows found, depending on the request.
    pub count: u64,
    /// The LSN of its record; of the last one if there are several, 0 if there is none.
    pub lsn: Lsn,
}

/// The answer to a ticket.
pub type Outcome = (u64, Result<Written, Refusal>);

/// A unit of requested work.
#[derive(Clone, Debug)]
pub(super) enum Job {
    /// Rows generated from the seed.
    Generate {
        ticket: Option<u64>,
        /// The import's number, if this is an import.
        import: u64,
        asked: u64,
        /// Rows still to be written.
        left: u64,
        /// Rows acknowledged.
        done: u64,
        batch: u64,
        lsn: Lsn,
    },
    /// One request.
    Ask { ticket: Option<u64>, request: Box<Request> },
}

impl Job {
    pub(super) fn ticket(&self) -> Option<u64> {
        match self {
            Self::Generate { ticket, .. } | Self::Ask { ticket, .. } => *ticket,
        }
    }

    pub(super) fn outstanding(&self) -> u64 {
        match self {
            Self::Generate { asked, done, .. } => asked - done,
            Self::Ask { request, .. } => match &**request {
                Request::Insert { rows, .. } => rows.len() as u64,
                _ => 0,
            },
        }
    }
}

/// An operation that is written and waits for its sync.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) lsn: Lsn,
    /// Where its record begins.
    place: RecordPlace,
    operation: Operation,
    began_us: Micros,
    /// Whether it belongs to a stream of generated rows.
    generated: bool,
}

impl Pending {
    /// The rows that it inserts.
    pub(super) fn rows(&self) -> u64 {
        if let Operation::Insert { batch, .. } = &self.operation { batch.rows() as u64 } else { 0 }
    }
}

/// The request that is being served.
#[derive(Clone, Debug)]
pub(super) struct Current {
    pub(super) ticket: Option<u64>,
    pub(super) written: Written,
    /// What follows once it is written.
    pub(super) then: Then,
    /// Later inserts that the same sync covers, in their order.
    joined: Vec<(Option<u64>, Written)>,
}

impl Current {
    /// The tickets of everything that is answered with it, in order.
    pub(super) fn tickets(&self) -> impl Iterator<Item = u64> + '_ {
        std::iter::once(self.ticket).chain(self.joined.iter().map(|(ticket, _)| *ticket)).flatten()
    }
}

/// What a request needs besides its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Nothing,
    Checkpoint,
    Indexes,
}

impl Standalone {
    // --- requests

    /// Begins to insert generated rows, `batch` of them per record; answered through [`Standalone::take_outcomes`].
    /// Refused if either number is outside its bounds, or the engine is off.
    pub fn insert(&mut self, ticket: u64, rows: u64, batch: u64) -> Result<(), Refusal> {
        self.generate(ticket, rows, batch, 0)
    }

    /// Begins an import of generated rows, or resumes it where it stopped according to the log. Refused as
    /// [`Standalone::insert`], and if the import's number is not 1 to 1,000.
    pub fn import(&mut self, ticket: u64, import: u64, rows: u64, batch: u64) -> Result<(), Refusal> {
        if !(1..=1_000).contains(&import) {
            return Err(Refusal::new("bad_import", "an import's number is 1 to 1,000"));
        }
        self.generate(ticket, rows, batch, import)
    }

    fn generate(&mut self, ticket: u64, rows: u64, batch: u64, import: u64) -> Result<(), Refusal> {
        self.takes_writes()?;
        if rows == 0 || rows > MAX_INSERT_ROWS || batch == 0 || batch > MAX_BATCH_ROWS {
            let error = format!("rows must be 1 to {MAX_INSERT_ROWS} and batch 1 to {MAX_BATCH_ROWS}");
            return Err(Refusal::new("bad_rows", error));
        }
        if import != 0 {
            self.import_totals.insert(import, rows);
        }
        let ticket = Some(ticket);
        self.jobs.push_back(Job::Generate {
            ticket,
            import,
            asked: rows,
            left: rows,
            done: 0,
            batch,
            lsn: 0,
        });
        self.proceed();
        Ok(())
    }

    /// Queues a request; answered through [`Standalone::take_outcomes`]. Refused if the engine is off or has refused
    /// its log.
    pub fn ask(&mut self, ticket: Option<u64>, request: Request) -> Result<(), Refusal> {
        self.takes_writes()?;
        self.jobs.push_back(Job::Ask { ticket, request: Box::new(request) });
        self.proceed();
        Ok(())
    }

    /// Sets whether acknowledgements of requests wait until they are durable.
    pub fn set_autosync(&mut self, on: bool) {
        self.autosync = on;
    }

    fn takes_writes(&self) -> Result<(), Refusal> {
        match self.phase {
            Phase::Off | Phase::Refused => self.catalog().map(|_| ()),
            _ => Ok(()),
        }
    }

    // --- from job to record

    /// Continues with the next piece of work.
    pub(super) fn proceed(&mut self) {
        while matches!(self.phase, Phase::Running)
            && matches!(self.stage, Stage::Idle)
            && self.current.is_none()
            && (!self.unasked.is_empty() || matches!(self.jobs.front(), Some(Job::Ask { .. })))
            && self.pending.is_empty()
            && !self.appending
            && !self.log.syncing()
        {
            if let Some(name) = self.unasked.pop_front() {
                self.serve(None, Request::Flush { name });
            } else if let Some(Job::Ask { ticket, request }) = self.jobs.pop_front() {
                self.serve(ticket, *request);
            }
        }
        self.plan_append();
    }

    fn serve(&mut self, ticket: Option<u64>, request: Request) {
        let mut current =
            Current { ticket, written: Written::default(), then: then(&request), joined: Vec::new() };
        if request == Request::Sync {
            self.current = Some(current);
            self.stage = Stage::Sync;
            self.begin_sync();
            return self.synced();
        }
        let planned = plan(&self.catalog, &request);
        let operation = match planned {
            Ok((operation, count)) => {
                current.written.count = count;
                operation
            }
            Err(refusal) => return self.answer(ticket, Err(refusal)),
        };
        self.current = Some(current);
        let Some(operation) = operation else { return self.written() };
        if self.crash_point_hit(Moment::BeforeAppend, 0) {
            return;
        }
        match self.write(operation, false) {
            Ok(Some(lsn)) => {
                if let Some(current) = &mut self.current {
                    current.written.lsn = lsn;
                }
                if self.autosync && self.rules.on(Rule::FsyncBeforeAck) {
                    self.stage = Stage::Write;
                    let shares = matches!(request, Request::Insert { .. });
                    if shares && !self.join_inserts() {
                        return;
                    }
                    self.begin_sync();
                } else {
                    while let Some(pending) = self.pending.pop_front() {
                        self.apply(pending);
                    }
                    self.written();
                }
            }
            // The power failed during the write.
            Ok(None) => {}
            Err(refusal) => {
                self.current = None;
                self.answer(ticket, Err(refusal));
            }
        }
    }

    /// Writes the inserts that wait behind the current one, so that one sync covers them all. Their plans depend on the
    /// schema alone, which no insert changes. Stops before anything else, and before an insert that will be refused: it
    /// is when its turn comes. Returns false if the power failed during a write.
    fn join_inserts(&mut self) -> bool {
        while self.log.behind_sync() < WINDOW_BYTES {
            let Some(Job::Ask { ticket, request }) = self.jobs.front() else { break };
            if !matches!(**request, Request::Insert { .. }) {
                break;
            }
            let ticket = *ticket;
            let Ok((Some(operation), count)) = plan(&self.catalog, request) else { break };
            let Some(current) = &mut self.current else { break };
            current.joined.push((ticket, Written { count, lsn: 0 }));
            self.jobs.pop_front();
            if self.crash_point_hit(Moment::BeforeAppend, 0) {
                return false;
            }
            let written = self.write(operation, false);
            // A power failure has answered everything, and nothing is current any more.
            let joined = self.current.as_mut().map(|current| &mut current.joined);
            match (written, joined) {
                (Ok(Some(lsn)), Some(joined)) => {
                    if let Some((_, written)) = joined.last_mut() {
                        written.lsn = lsn;
                    }
                }
                (Err(refusal), Some(joined)) => {
                    joined.pop();
                    self.answer(ticket, Err(refusal));
                    break;
                }
                _ => return false,
            }
        }
        true
    }

    /// Appends an operation's record to the log. Returns none if the power failed during the write.
    fn write(&mut self, operation: Operation, generated: bool) -> Result<Option<Lsn>, Refusal> {
        let payload = operation.encode();
        let bytes = HEADER_BYTES + payload.len() as u64;
        let file = if self.rotates_next() { bytes + FILE_HEADER_BYTES } else { self.log.bytes_for(bytes) };
        if !self.has_room(file) {
            return Err(self.disk_full(bytes));
        }
        self.rotate_after_frozen();
        let before = self.log.disk.unsynced();
        let appended = self.log.append(self.now, operation.kind(), payload, &mut self.event_log);
        let lsn = appended.map_err(|error| match error {
            AppendError::Closed => Refusal::new("node_down", "the log is closed"),
            AppendError::TooLarge(too_large) => Refusal::new("too_big", too_large.to_string()),
        })?;
        if let Some(written) = &mut self.written {
            written.push((lsn, operation.clone()));
        }
        if !self.rules.on(Rule::ApplyAfterDurable) {
            // The rule is off: rows become visible before they are durable. The operation was planned against this
            // same catalogue, so it applies.
            let _ = self.catalog.apply(lsn, operation.clone());
        }
        if self.crash_point_hit(Moment::MidRecord, before + bytes / 2)
            || self.crash_point_hit(Moment::BeforeFsync, 0)
        {
            return Ok(None);
        }
        let place = self.log.last_place();
        self.pending.push_back(Pending { lsn, place, operation, began_us: self.now, generated });
        Ok(Some(lsn))
    }

    /// Whether this many more bytes may be written.
    pub(super) fn has_room(&self, bytes: u64) -> bool {
        !self.rules.on(Rule::RoomBeforeWrite) || self.log.disk.fits(bytes)
    }

    /// Reports that this many bytes do not fit, and why a request fails.
    pub(super) fn disk_full(&mut self, bytes: u64) -> Refusal {
        self.emit(StorageEvent::DiskFull { bytes });
        Refusal::new(
            "disk_full",
            "the disk is full: nothing was written and nothing is lost; make room first",
        )
    }

    /// Schedules the next batch of generated rows, if one may be written now.
    fn plan_append(&mut self) {
        let idle = matches!(self.phase, Phase::Running) && matches!(self.stage, Stage::Idle);
        let free = idle && self.unasked.is_empty();
        let next = self.jobs.iter().take_while(|job| matches!(job, Job::Generate { .. }));
        let work = next.into_iter().any(|job| matches!(job, Job::Generate { left: 1.., .. }));
        let window = if self.has_slow_disk() {
            (self.settings.sync_bytes_per_s / WINDOWS_A_SECOND).clamp(SLOW_WINDOW_BYTES, WINDOW_BYTES)
        } else {
            WINDOW_BYTES
        };
        if free && self.current.is_none() && work && !self.appending && self.log.behind_sync() < window {
            self.appending = true;
            self.event_queue.schedule(self.now + APPEND_US, ScheduledEvent::Append);
        }
    }

    pub(super) fn append_batch(&mut self) {
        if !std::mem::take(&mut self.appending) || !matches!(self.phase, Phase::Running) {
            return;
        }
        if self.generating().is_some() {
            match self.generate_batch() {
                Ok(true) => {}
                Ok(false) => return,
                Err(refusal) => self.give_up(refusal),
            }
        }
        self.begin_sync();
        self.proceed();
    }

    /// The stream that the next batch belongs to.
    fn generating(&mut self) -> Option<&mut Job> {
        self.jobs.iter_mut().find(|job| matches!(job, Job::Generate { left: 1.., .. }))
    }

    /// Ends the stream of the next batch. It stays queued until the rows that it has written are applied.
    fn give_up(&mut self, refusal: Refusal) {
        let Some(Job::Generate { ticket, asked, left, .. }) = self.generating() else { return };
        *asked -= std::mem::take(left);
        let ticket = ticket.take();
        self.answer(ticket, Err(refusal));
        self.finish_generated();
    }

    /// Generates and writes the next batch. Returns false if the power failed during the write.
    fn generate_batch(&mut self) -> Result<bool, Refusal> {
        let next_id = self.next_id();
        let (collection, there) = self.catalog.find(COLLECTION)?;
        let dim = there.schema.vector().map_or(workload::DIM, |(_, dim)| dim);
        if *there.schema != workload::schema(dim) {
            let error = format!("generated rows do not fit the fields of this “{COLLECTION}”; give the rows");
            return Err(Refusal::new("bad_rows", error));
        }
        let import = self.jobs.iter().find_map(|job| match job {
            Job::Generate { import, left: 1.., .. } => Some(*import),
            _ => None,
        });
        let position = self.imported(import.unwrap_or(0));
        let Some(Job::Generate { import, asked, left, done, batch, .. }) = self.generating() else {
            return Ok(true);
        };
        let import = *import;
        if import != 0 && *left == *asked {
            // An import resumes where it stopped according to the log.
            *done = position.min(*asked);
            *left = *asked - *done;
        }
        let rows = (*batch).min(*left);
        let begun = *asked - *left;
        if import == 0 && next_id.checked_add_unsigned(rows).is_none() {
            return Err(Refusal::new("bad_rows", "there are no keys left above the largest; give the rows"));
        }
        if rows == 0 {
            self.finish_generated();
            return Ok(true);
        }
        let position = begun + rows;
        let first_id = if import == 0 { next_id } else { (import * MAX_INSERT_ROWS + begun) as i64 };
        self.emit(EngineEvent::InsertBegan { first_id, rows });
        if self.crash_point_hit(Moment::BeforeAppend, 0) {
            return Ok(false);
        }
        let batch = workload::batch(self.seed, dim, first_id, rows, self.now);
        let position = if import == 0 { 0 } else { position };
        let front = RowsFront { collection, upsert: false, import, position };
        let written = self.write(Operation::Insert { front, batch: Arc::new(batch) }, true)?;
        if let Some(Job::Generate { left, .. }) = self.generating() {
            *left -= rows;
        }
        // Handed over now, so that the host writes while the previous sync runs and rows are generated.
        if written.is_some() && !self.has_slow_disk() {
            self.log.hand_over(&mut self.outbox);
        }
        Ok(written.is_some())
    }

    /// The number of rows of an import in the log, including those that wait for their sync.
    fn imported(&self, import: u64) -> u64 {
        let waiting = self.pending.iter().rev().find_map(|pending| match &pending.operation {
            Operation::Insert { front, .. } if front.import == import => Some(front.position),
            _ => None,
        });
        waiting.unwrap_or_else(|| self.catalog.imported(import))
    }

    /// The key after the largest one that is visible or pending.
    fn next_id(&self) -> i64 {
        let pending = self.pending.iter().rev().find_map(|pending| match &pending.operation {
            Operation::Insert { batch, .. } => batch.keys().last().copied(),
            _ => None,
        });
        let visible = self.catalog.find(COLLECTION).ok().and_then(|(_, there)| there.id_range);
        pending.max(visible.map(|(_, high)| high)).map_or(0, |id| id.saturating_add(1))
    }

    // --- from record to acknowledgement

    /// Makes an operation visible, and notifies the client that waits for it.
    pub(super) fn apply(&mut self, pending: Pending) {
        let rows = pending.rows();
        let Pending { lsn, place, operation, began_us, generated } = pending;
        self.acknowledged_lsn = self.acknowledged_lsn.max(lsn);
        let took_us = self.now - began_us;
        let event: EventKind = match &operation {
            Operation::Insert { front, batch } => {
                self.acknowledged += rows;
                self.log.share_rows(place, front, batch);
                let first_id = batch.keys().first().copied().unwrap_or(0);
                self.tell_import(front, rows);
                EngineEvent::Acknowledged { lsn, first_id, rows, total_rows: self.acknowledged, took_us }
                    .into()
            }
            Operation::Delete { keys, .. } => {
                EngineEvent::Deleted { lsn, keys: keys.len() as u64, took_us }.into()
            }
            Operation::Seal { .. } => StorageEvent::Sealed { lsn }.into(),
            Operation::Compact { segments, .. } => {
                StorageEvent::Compacted { lsn, segments: segments.len() as u32 }.into()
            }
            other => EngineEvent::CatalogChanged { lsn, change: change_word(other).to_owned() }.into(),
        };
        if self.rules.on(Rule::ApplyAfterDurable)
            && let Err(why) = self.catalog.apply(lsn, operation)
        {
            // Planned against this same catalogue: it can fail only because of a bug, which is then reported.
            self.emit(ServiceEvent::InvariantBroken { name: "apply".to_owned(), detail: why.to_owned() });
        }
        self.note_growing();
        self.emit(event);
        if generated {
            if let Some(Job::Generate { done, lsn: last, .. }) = self.jobs.front_mut() {
                *done += rows;
                *last = lsn;
            }
            self.finish_generated();
        }
    }

    /// Reports the progress of an import, at every fifth of it.
    fn tell_import(&mut self, front: &RowsFront, rows: u64) {
        let asked = self.jobs.iter().find_map(|job| match job {
            Job::Generate { import, asked, .. } if front.import != 0 && *import == front.import => {
                Some(*asked)
            }
            _ => None,
        });
        let Some(total) = asked else { return };
        let fifth = |position: u64| position * 5 / total;
        if fifth(front.position) > fifth(front.position - rows) {
            let event = EngineEvent::ImportProgress { import: front.import, position: front.position, total };
            self.emit(event);
        }
    }

    /// Answers the first stream of generated rows if all of them are acknowledged.
    fn finish_generated(&mut self) {
        while let Some(Job::Generate { ticket, asked, done, lsn, .. }) = self.jobs.front()
            && done >= asked
        {
            let (ticket, written) = (*ticket, Written { count: *asked, lsn: *lsn });
            self.jobs.pop_front();
            self.answer(ticket, Ok(written));
        }
    }

    /// The current request's record is as durable as it has to be: it is done, or the rest is done beside the next.
    pub(super) fn written(&mut self) {
        match self.current.as_ref().map(|current| current.then) {
            Some(Then::Checkpoint | Then::Indexes) => {
                self.stage = Stage::Idle;
                let request = self.current.take();
                request.into_iter().for_each(|request| self.queue_background(request));
            }
            Some(Then::Nothing) | None => self.finish(),
        }
    }

    /// The current request is done.
    pub(super) fn finish(&mut self) {
        self.stage = Stage::Idle;
        if let Some(current) = self.current.take() {
            self.answer(current.ticket, Ok(current.written));
            current.joined.into_iter().for_each(|(ticket, written)| self.answer(ticket, Ok(written)));
        }
    }

    pub(super) fn answer(&mut self, ticket: Option<u64>, outcome: Result<Written, Refusal>) {
        self.outcomes.extend(ticket.map(|ticket| (ticket, outcome)));
    }
}

fn then(request: &Request) -> Then {
    match request {
        Request::Flush { .. } | Request::Compact { .. } => Then::Checkpoint,
        Request::CreateIndex { .. } | Request::Load { .. } => Then::Indexes,
        _ => Then::Nothing,
    }
}

/// Plans a request: the operation that it writes, if any, and its count.
pub(super) fn plan(catalog: &Catalog, request: &Request) -> Result<(Option<Operation>, u64), Refusal> {
    let uncounted = |operation: Option<Operation>| (operation, 0);
    match request {
        Request::CreateCollection { name, schema } => {
            catalog.create_collection(name, schema.clone()).map(uncounted)
        }
        Request::DropCollection { name } => Ok((catalog.drop_collection(name), 0)),
        Request::Insert { name, rows, upsert } => {
            catalog.insert(name, rows, *upsert).map(|operation| (Some(operation), rows.len() as u64))
        }
        Request::Delete { name, filter } => catalog.delete(name, filter),
        Request::CreateIndex { name, field, index_type, metric_type, params } => {
            catalog.create_index(name, field, (index_type, metric_type), params).map(uncounted)
        }
        Request::DropIndex { name } => catalog.drop_index(name).map(uncounted),
        Request::Load { name } => catalog.load(name).map(uncounted),
        Request::Release { name } => catalog.release(name).map(uncounted),
        Request::Flush { name } => catalog.seal(name).map(uncounted),
        Request::Compact { name, deleted_percent } => catalog.compact(name, *deleted_percent).map(uncounted),
        Request::Sync => Ok((None, 0)),
    }
}

fn change_word(operation: &Operation) -> &'static str {
    match operation {
        Operation::CreateCollection { .. } => "create_collection",
        Operation::DropCollection { .. } => "drop_collection",
        Operation::CreateIndex { .. } => "create_index",
        Operation::DropIndex { .. } => "drop_index",
        Operation::Load { loaded: true, .. } => "load",
        _ => "release",
    }
}
