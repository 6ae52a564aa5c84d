//! Restart: the checkpoint, then the log after it, then what these prove.
//!
//! Guarantees: recovery reads the disk in the same way after a power cut, a killed browser or a closed tab; a power cut
//! during recovery changes nothing; a damaged log or object is refused with file and offset, and nothing is written.
//! Leaves out: the reading itself (`sim::recovery`, `sim::checkpoint`).

use std::sync::Arc;

use super::rules::Rule;
use super::write::Request;
use super::write::plan;
use super::{COLLECTION, NODE, Phase, ScheduledEvent, Standalone};
use crate::checkpoint::Loading;
use crate::event::{Moment, StorageEvent, Tail};
use crate::recovery::{Before, Progress, Recovery, Report};
use crate::workload;
use quorum_engine::index::Params;
use quorum_engine::{Batch, Catalog, Operation};
use quorum_types::{Lsn, Refusal};
use quorum_wal::format::{Boot, Header, RowsFront};
use quorum_wal::{Damage, End, Kind};

/// The number of bytes of a checkpoint that one step reads.
const STEP_BYTES: u64 = 512 * 1024;

/// The rows of a replayed record.
type Inserted = (RowsFront, Arc<Batch>);

/// Determines which recovered inserts are proven to have been acknowledged.
#[derive(Clone, Debug, Default)]
pub(super) struct Proof {
    /// Everything up to this LSN is in a checkpoint, with the number of rows acknowledged and the number unproven by
    /// then.
    checkpoint_lsn: Lsn,
    acknowledged: u64,
    /// The highest LSN that was acknowledged according to any source: a record's durable LSN, the stamp, the
    /// checkpoint.
    receipt_lsn: Lsn,
    /// LSN and rows of every insert.
    inserts: Vec<(Lsn, u64)>,
    /// Ranges that an earlier opening could not prove.
    unproven: Vec<(Lsn, Lsn)>,
}

impl Standalone {
    pub(super) fn boot(&mut self) {
        if !matches!(self.phase, Phase::Booting) {
            return;
        }
        // Of an engine that had answered without waiting for its disk, nothing may be left.
        self.acknowledged = 0;
        self.unproven = 0;
        if self.log.disk.is_empty() && self.log.durable_lsn() == 0 {
            self.log.open(self.epoch, 0, Vec::new());
            return self.run(Boot { epoch: self.epoch, proven_lsn: 0, found_lsn: 0 });
        }
        match Loading::begin(&self.log) {
            Ok(Some(loading)) => {
                self.began_us = self.now;
                let total_bytes = loading.total_bytes + self.log.log_bytes();
                Recovery::announce(&self.log, total_bytes, self.now, &mut self.event_log);
                self.report = Some(Report { total_bytes, ..Report::default() });
                let next = self.reading_us(loading.bytes);
                self.phase = Phase::Loading(Box::new(loading));
                self.event_queue.schedule(self.now + next, ScheduledEvent::Replay);
            }
            Ok(None) => {
                Recovery::announce(&self.log, self.log.log_bytes(), self.now, &mut self.event_log);
                let before = Before { began_us: self.now, ..Before::default() };
                let proof = Proof { receipt_lsn: self.found_receipt_lsn, ..Proof::default() };
                self.begin_replay(Catalog::default(), proof, before);
            }
            Err(damage) => self.refuse(End::Corrupt(damage), None),
        }
    }

    pub(super) fn reading_us(&self, bytes: u64) -> u64 {
        bytes.saturating_mul(1_000_000) / self.settings.replay_bytes_per_s.max(1)
    }

    fn begin_replay(&mut self, catalog: Catalog, proof: Proof, before: Before) {
        self.catalog = catalog;
        let refuses = self.rules.on(Rule::RefuseMissingRecords);
        let promised_lsn = self.log.stamped_lsn().map(|lsn| if refuses { lsn } else { 0 });
        let skips = self.rules.on(Rule::PassOverReturnedFiles);
        let recovery = Recovery::begin_at(&self.log, before, promised_lsn, skips)
            .trusting(!self.rules.on(Rule::ChecksumOnReplay));
        self.report = Some(recovery.report(self.now, None));
        let next = self.now + recovery.next_us(self.settings.replay_bytes_per_s);
        self.phase = Phase::Recovering(Box::new(recovery), proof);
        self.event_queue.schedule(next, ScheduledEvent::Replay);
    }

    pub(super) fn replay(&mut self) {
        let reading = matches!(self.phase, Phase::Loading(_) | Phase::Recovering(..));
        if !reading || self.crash_point_hit(Moment::DuringRecovery, 0) {
            return;
        }
        match &mut self.phase {
            Phase::Loading(_) => self.load_on(),
            Phase::Recovering(recovery, proof) => {
                let (catalog, mut read) = (&mut self.catalog, Vec::new());
                let progress = recovery.step_with_places(&self.log, |header, payload, place| {
                    let (rows, inserted) = proof.take(header, payload, catalog)?;
                    read.extend(inserted.map(|(front, batch)| (place.file, place.offset, front, batch)));
                    Ok(rows)
                });
                for (file, offset, front, batch) in read {
                    self.log.share_rows(self.log.place_of(file, offset), &front, &batch);
                }
                recovery.tell(&self.log, self.now, &mut self.event_log);
                self.report = Some(recovery.report(self.now, None));
                let next = self.now + recovery.next_us(self.settings.replay_bytes_per_s);
                match progress {
                    Progress::More => self.event_queue.schedule(next, ScheduledEvent::Replay),
                    Progress::Ended(end) => self.recovered(end),
                }
            }
            _ => {}
        }
    }

    fn load_on(&mut self) {
        let Phase::Loading(mut loading) = std::mem::replace(&mut self.phase, Phase::Booting) else { return };
        let before = loading.bytes;
        let step = loading.step(&self.log.disk, NODE, STEP_BYTES);
        loading.share(&mut self.log.disk);
        match step {
            Err(damage) => self.refuse(End::Corrupt(damage), None),
            // The last piece takes time as well; after it there is nothing left to read.
            Ok(done) if !done || loading.bytes > before => {
                let next = self.reading_us(loading.bytes - before);
                let (bytes, rows) = (loading.bytes, loading.rows());
                if let Some(report) = &mut self.report {
                    (report.bytes, report.rows) = (bytes, rows);
                    report.took_us = self.now - self.began_us;
                    let total_bytes = report.total_bytes;
                    self.emit(StorageEvent::RecoveryProgress { bytes, total_bytes, records: 0, rows });
                }
                self.phase = Phase::Loading(loading);
                self.event_queue.schedule(self.now + next, ScheduledEvent::Replay);
            }
            Ok(_) => {
                let (lsn, bytes, rows) = (loading.lsn(), loading.bytes, loading.rows());
                self.emit(StorageEvent::CheckpointLoaded { lsn, bytes, rows });
                self.checkpoint_lsn = lsn;
                self.unproven = loading.front.unproven_rows;
                self.log.remove_objects(&loading.files);
                let acknowledged = loading.front.acknowledged_rows;
                let receipt_lsn = lsn.max(self.found_receipt_lsn);
                let proof = Proof { checkpoint_lsn: lsn, acknowledged, receipt_lsn, ..Proof::default() };
                let before = Before { checkpoint_lsn: lsn, bytes, rows, began_us: self.began_us };
                self.begin_replay(loading.catalog, proof, before);
            }
        }
    }

    fn recovered(&mut self, end: End) {
        let Phase::Recovering(recovery, proof) = std::mem::replace(&mut self.phase, Phase::Refused) else {
            return;
        };
        let report = recovery.report(self.now, Some(&end));
        if report.refused.is_some() {
            return self.refuse(end, Some(report));
        }
        if let Some(event) = Recovery::end_event(&end) {
            self.emit(event);
        }
        if let End::Torn(torn) = &end
            && self.rules.on(Rule::CutTornTail)
        {
            self.log.cut_torn_tail(torn.file, torn.offset, &mut self.outbox);
        }
        let last_lsn = recovery.replay().last_lsn();
        let (proven_lsn, acknowledged) = proof.conclude(self.receipts_rows);
        self.acknowledged = acknowledged;
        // Acknowledged rows that are missing now (with `autosync` off) are lost for good. Counted on, they would prove
        // as many rows that are written later and never acknowledged.
        self.receipts_rows = acknowledged;
        self.acknowledged_lsn = proven_lsn.min(last_lsn);
        self.unproven += (proof.acknowledged + recovery.rows).saturating_sub(acknowledged);
        self.report = Some(Report { inserted: self.acknowledged + self.unproven, ..report.clone() });
        self.log.open(self.epoch, last_lsn, recovery.replay().files().to_vec());
        let outstanding_rows = std::mem::take(&mut self.outstanding_rows);
        self.emit(StorageEvent::Recovered {
            records: recovery.records,
            rows: self.catalog.segments().map(|(_, segment)| u64::from(segment.rows())).sum(),
            unproven_rows: self.unproven,
            outstanding_rows,
            lsn: last_lsn,
            took_us: report.took_us,
        });
        let proven_lsn = if self.rules.on(Rule::MarkUnproven) { proven_lsn } else { last_lsn };
        self.run(Boot { epoch: self.epoch, proven_lsn, found_lsn: last_lsn });
    }

    /// The log or the checkpoint is damaged: nothing is opened, and nothing is written.
    fn refuse(&mut self, end: End, report: Option<Report>) {
        self.phase = Phase::Refused;
        self.catalog = Catalog::default();
        if let Some(event) = Recovery::end_event(&end) {
            self.emit(event);
        }
        self.report = report.or_else(|| match end {
            End::Corrupt(Damage { file, offset, why }) => Some(Report {
                done: true,
                tail: Tail::Corrupt,
                at: Some((file, offset)),
                refused: Some(why),
                ..Report::default()
            }),
            _ => None,
        });
        let refusal = Refusal::new("wal_corrupt", "the log is damaged and was not opened");
        let tickets = self.jobs.drain(..).filter_map(|job| job.ticket());
        self.outcomes.extend(tickets.map(|ticket| (ticket, Err(refusal.clone()))));
    }

    /// The log is open: it begins with a boot record, and writes continue.
    fn run(&mut self, boot: Boot) {
        self.phase = Phase::Running;
        let opened = self.log.append(self.now, Kind::Boot, boot.encode(), &mut self.event_log);
        assert!(opened.is_ok(), "an open log takes a boot record");
        if self.prefilled && boot.found_lsn == 0 {
            self.prefill();
        }
        self.note_growing();
        self.begin_sync();
        // Indexes are not in a checkpoint: they are read from their files, or rebuilt, while requests are served.
        self.proceed_with_indexes();
    }
}

impl Standalone {
    /// Writes the initial contents of a new engine: the collection of generated rows, as the course's first note
    /// creates it.
    pub(super) fn prefill(&mut self) {
        let mut params = Params::new();
        params.insert("nlist".to_owned(), 128);
        let requests = [
            Request::CreateCollection {
                name: COLLECTION.to_owned(),
                schema: workload::schema(workload::DIM),
            },
            Request::CreateIndex {
                name: COLLECTION.to_owned(),
                field: "vector".to_owned(),
                index_type: "IVF_FLAT".to_owned(),
                metric_type: "L2".to_owned(),
                params,
            },
            Request::Load { name: COLLECTION.to_owned() },
        ];
        for request in requests {
            if let Ok((Some(operation), _)) = plan(&self.catalog, &request)
                && let Ok(lsn) =
                    self.log.append(self.now, operation.kind(), operation.encode(), &mut self.event_log)
            {
                // No client waits for these: they are visible at once, and durable with the boot record before them.
                self.catalog
                    .apply(lsn, operation)
                    .expect("an operation fits the catalogue it was planned for");
            }
        }
    }

    /// Whether these record kinds belong to an engine's log.
    pub(super) fn is_engines(kind: Kind) -> bool {
        matches!(kind, Kind::Insert | Kind::Delete | Kind::Catalog | Kind::Segments)
    }
}

impl Proof {
    /// Processes a replayed record; returns how many rows it holds, and those that are in memory now.
    fn take(
        &mut self,
        header: &Header,
        payload: &[u8],
        catalog: &mut Catalog,
    ) -> Result<(u64, Option<Inserted>), &'static str> {
        self.receipt_lsn = self.receipt_lsn.max(header.durable_lsn);
        if header.kind == Kind::Boot {
            let boot = Boot::decode(payload).ok_or("the boot record does not decode")?;
            if boot.found_lsn > boot.proven_lsn {
                self.unproven.push((boot.proven_lsn, boot.found_lsn));
            }
            return Ok((0, None));
        }
        if !Standalone::is_engines(header.kind) {
            return Err("this is a replica's record in a standalone engine's log");
        }
        if header.lsn <= self.checkpoint_lsn {
            return Ok((0, None));
        }
        let operation = Operation::decode(header.kind, payload)?;
        let inserted = match &operation {
            Operation::Insert { front, batch } => Some((*front, Arc::clone(batch))),
            _ => None,
        };
        catalog.apply(header.lsn, operation)?;
        let rows = inserted.as_ref().map_or(0, |(_, batch)| batch.rows() as u64);
        if rows > 0 {
            self.inserts.push((header.lsn, rows));
        }
        Ok((rows, inserted))
    }

    /// The LSN up to which inserts are proven, and the number of proven rows; `receipts_rows` is reported by the
    /// client.
    fn conclude(&self, receipts_rows: u64) -> (Lsn, u64) {
        let mut proven_lsn = self.receipt_lsn;
        let mut rows = self.acknowledged;
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
