//! Backups: checkpoints of a region's engine, written into a bucket as bytes with checksums, kept for a configured
//! number of days, and read back when they are needed.
//!
//! A full backup is a checkpoint of the engine's catalogue, an incremental one the records since the previous backup.
//! Guarantees: a restore returns what was read from the bucket's bytes; damage is found by reading only; indexes are
//! not in a backup. Leaves out: how long building them takes (`runbook_executor`).

use super::action::Region;
use super::action::Surprise;
use super::rows::{Bits, Mark, mark_of};
use super::rules::Rule;
use super::settings::Settings;
use super::site::{Following, LEFT_OUT, load};
use super::snapshot::BackupState;
use super::{DAY, HOUR, Regions, ScheduledEvent};
use crate::event::RegionEvent;
use quorum_engine::Catalog;
use quorum_engine::manifest::Front;
use quorum_engine::operation::Operation;
use quorum_sim::checkpoint::Writing;
use quorum_sim::log_disk::LogDisk;
use quorum_types::{Lsn, Micros, NodeId, SECOND};
use quorum_wal::disk::Disk;
use quorum_wal::format::FIRST_OBJECT;
use quorum_wal::object::{ObjectReader, ObjectWriter};

/// The owner of a bucket's files.
const BUCKET: NodeId = 100;
/// The file of an incremental backup's records.
const INCREMENT: u32 = FIRST_OBJECT + 1;

/// The bucket.
#[derive(Clone, Debug, Default)]
pub(super) struct Bucket {
    pub(super) backups: Vec<Backup>,
    made: u64,
    /// When the next scheduled backup begins; one that was planned for another moment is skipped.
    pub(super) next_us: Option<Micros>,
    /// The source of the serving contents, if they were restored.
    pub(super) restored: Option<Restored>,
}

/// The source of restored contents.
#[derive(Clone, Copy, Debug)]
pub(super) struct Restored {
    pub(super) from: Region,
    pub(super) lsn: Lsn,
}

/// A backup.
#[derive(Clone, Debug)]
pub(super) struct Backup {
    pub(super) id: u64,
    pub(super) full: bool,
    pub(super) region: Region,
    pub(super) as_of_us: Micros,
    pub(super) lsn: Lsn,
    pub(super) state: BackupState,
    /// The primary's contents at its moment.
    pub(super) mark: Mark,
    /// What of them is in it: a collection may have been left out.
    holds: Mark,
    has: Bits,
    /// Whether a collection was left out of it.
    left_out: bool,
    /// The history of the region's log that its position belongs to.
    history: u64,
    pub(super) mb: u64,
    disk: Disk,
    /// The contents to write, while it is being made.
    frozen: Option<Catalog>,
    records: Vec<(Lsn, Operation)>,
    /// The number of records in an incremental backup; its file must contain as many.
    count: u64,
    /// The backup that an incremental one builds on.
    base: Option<u64>,
}

/// The result of reading a backup.
pub(super) struct Read {
    pub(super) catalog: Catalog,
    pub(super) has: Bits,
    pub(super) mark: Mark,
    pub(super) lsn: Lsn,
}

impl Bucket {
    /// The next incremental backup of a region needs records after this one.
    pub(super) fn increments_from(&self, settings: &Settings, region: Region) -> Option<Lsn> {
        if settings.backup == 0 || settings.backup_full_every == 1 {
            return None;
        }
        self.backups.iter().rfind(|backup| backup.region == region).map(|backup| backup.lsn)
    }

    pub(super) fn get(&self, id: u64) -> Option<&Backup> {
        self.backups.iter().find(|backup| backup.id == id)
    }

    fn get_mut(&mut self, id: u64) -> Option<&mut Backup> {
        self.backups.iter_mut().find(|backup| backup.id == id)
    }

    /// The finished backups, the newest first.
    pub(super) fn newest(&self) -> impl Iterator<Item = &Backup> {
        let done = |backup: &&Backup| !matches!(backup.state, BackupState::Writing | BackupState::Failed);
        self.backups.iter().rev().filter(done)
    }

    /// The chain of backups needed to restore one, the full one first; none if one of them is gone.
    pub(super) fn chain(&self, id: u64) -> Option<Vec<&Backup>> {
        let mut chain = vec![self.get(id)?];
        while let Some(base) = chain.last().and_then(|backup| backup.base) {
            chain.push(self.get(base)?);
        }
        chain.reverse();
        Some(chain)
    }

    /// The assumed volume that restoring a backup reads, in megabytes.
    pub(super) fn chain_mb(&self, id: u64) -> u64 {
        // A chain that lacks a backup cannot be restored: nothing is read.
        self.chain(id).unwrap_or_default().iter().map(|backup| backup.mb).sum()
    }

    /// Reads a backup back, byte by byte; on failure, the reason as a word.
    pub(super) fn read(&self, id: u64, verify: bool) -> Result<Read, &'static str> {
        let chain = self.chain(id).ok_or("no_backup")?;
        let mut read: Option<Read> = None;
        for backup in chain {
            let mut catalog = match read.take() {
                None => {
                    let log = LogDisk::new(BUCKET, backup.disk.clone(), None);
                    match load(&log) {
                        Err(_) if verify => return Err("backup_damaged"),
                        // Without checksums nobody notices that what cannot be read is missing.
                        loaded => loaded.map_or_else(|_| Catalog::default(), |(catalog, _)| catalog),
                    }
                }
                Some(before) => before.catalog,
            };
            if !backup.full {
                backup.replay(&mut catalog).or_else(|why| if verify { Err(why) } else { Ok(()) })?;
            }
            read = Some(Read { catalog, has: backup.has.clone(), mark: backup.mark, lsn: backup.lsn });
        }
        let read = read.ok_or("no_backup")?;
        // A checkpoint that was never finished has no manifest: it reads as empty.
        if verify && read.catalog.collections().next().is_none() {
            return Err("backup_half");
        }
        Ok(read)
    }
}

impl Backup {
    /// What it holds by its manifest.
    pub(super) fn contents(&self) -> &Mark {
        &self.holds
    }

    /// The records that an incremental backup holds, or is about to.
    pub(super) fn records(&self) -> u64 {
        self.count.max(self.records.len() as u64)
    }

    /// Its files, and their bytes.
    pub(super) fn files(&self) -> (u64, u64) {
        (self.disk.files().count() as u64, self.disk.bytes())
    }

    /// Whether its position is one of this history of its region's log.
    pub(super) fn is_of(&self, history: u64) -> bool {
        self.history == history
    }

    /// Applies the records of an incremental backup.
    fn replay(&self, catalog: &mut Catalog) -> Result<(), &'static str> {
        let damaged = |_: quorum_wal::Damage| "backup_damaged";
        if self.count == 0 {
            return Ok(());
        }
        if self.disk.len(INCREMENT) == 0 {
            return Err("backup_half");
        }
        let mut reader = ObjectReader::open(&self.disk, BUCKET, INCREMENT).map_err(damaged)?;
        while let Some((header, payload)) = reader.next_record(&self.disk).map_err(damaged)? {
            let operation = Operation::decode(header.kind, payload).map_err(|_| "backup_damaged")?;
            catalog.apply(header.lsn, operation).map_err(|_| "backup_damaged")?;
        }
        if reader.records() == self.count { Ok(()) } else { Err("backup_half") }
    }

    /// Writes its bytes.
    fn write(&mut self) {
        if let Some(catalog) = self.frozen.take() {
            let front = Front { lsn: self.lsn, ..Front::default() };
            let mut writing = Writing::begin(&catalog, front, &self.disk);
            while writing.step(&mut self.disk, BUCKET, 1).is_some() {}
            writing.write_manifest(&mut self.disk, BUCKET, 1);
        }
        if !self.full && !self.records.is_empty() {
            let writer = ObjectWriter::begin(&mut self.disk, BUCKET, INCREMENT, 1);
            for (number, (lsn, operation)) in (1..).zip(std::mem::take(&mut self.records)) {
                writer.add(&mut self.disk, number, operation.kind(), lsn, operation.encode());
                self.count = number;
            }
        }
        self.settle();
    }

    fn settle(&mut self) {
        let sync = self.disk.begin_sync();
        self.disk.end_sync(&sync);
        self.disk.take_changes();
    }

    /// Damages a byte in the middle of its longest file.
    fn damage(&mut self) {
        let longest = self.disk.files().max_by_key(|(file, bytes, _)| (*bytes, *file));
        if let Some((file, bytes, _)) = longest {
            let at = bytes / 2;
            let mut byte = Vec::new();
            self.disk.read(file, at, 1, &mut byte);
            byte.iter_mut().for_each(|byte| *byte ^= 1);
            self.disk.rewrite(file, at, byte);
        }
    }

    /// Removes its last file: it was never finished.
    fn halve(&mut self) {
        let last = self.disk.files().map(|(file, ..)| file).last();
        if let Some(file) = last {
            self.disk.remove(file);
            self.disk.take_changes();
        }
    }
}

impl Regions {
    /// Schedules the next backup.
    pub(super) fn plan_backup(&mut self) {
        if self.settings.backup == 0 {
            self.bucket.next_us = None;
            return;
        }
        let first = self.settings.backup_hour * HOUR;
        let every = self.settings.backup_every_h * HOUR;
        let past = if self.now < first { 0 } else { (self.now - first) / every + 1 };
        let at = first + past * every;
        self.bucket.next_us = Some(at);
        self.event_queue.schedule(at, ScheduledEvent::Backup { scheduled: true });
    }

    pub(super) fn begin_backup(&mut self, scheduled: bool) {
        if scheduled {
            if self.bucket.next_us != Some(self.now) {
                return;
            }
            self.plan_backup();
        }
        let region = self.primary();
        self.bucket.made += 1;
        let id = self.bucket.made;
        if !self.reachable(region) || !self.answers(region) {
            self.emit(
                super::node_of(region),
                RegionEvent::BackupFailed { backup: id, why: "standby_down".to_owned() },
            );
            return self.alert("backup_failed");
        }
        let backup = self.new_backup(id, region);
        let (full, mb) = (backup.full, backup.mb);
        self.bucket.backups.push(backup);
        self.emit(super::node_of(region), RegionEvent::BackupBegan { backup: id, full });
        let takes_us = mb * SECOND / self.settings.backup_mb_s;
        self.event_queue.schedule(self.now + takes_us, ScheduledEvent::BackupEnds { id });
    }

    /// Begins a backup of a region's current contents.
    fn new_backup(&mut self, id: u64, region: Region) -> Backup {
        let site = &self.sites[region];
        let every = self.settings.backup_full_every;
        let before = self.bucket.newest().find(|backup| backup.region == region);
        let since_full = self.bucket.newest().take_while(|backup| !backup.full).count() as u64 + 1;
        let left_out = self.surprises.contains(&Surprise::MissingCollection);
        // An increment needs every record since the backup that it builds on, of the same log.
        let same = |base: &&Backup| {
            base.left_out == left_out && base.history == site.history && site.forgotten_lsn <= base.lsn
        };
        let keeps = !self.rules.on(Rule::IncrementKeepsLineage);
        let base = before.filter(|base| every > 1 && since_full < every && (keeps || same(base)));
        let (full, base_id, mb, records) = match base {
            Some(base) => {
                let behind = site.tail.iter().filter(|entry| entry.lsn > base.lsn);
                let behind = behind.filter(|entry| !(left_out && entry.collection == LEFT_OUT));
                let records: Vec<_> = behind.map(|entry| (entry.lsn, entry.operation.clone())).collect();
                let mb = (records.len() as u64 * self.settings.write_kb).div_ceil(1_000).max(1);
                (false, Some(base.id), mb, records)
            }
            None => (true, None, self.settings.data_gb * 1_000, Vec::new()),
        };
        let mut frozen = full.then(|| site.freeze());
        if let Some(frozen) = frozen.as_mut().filter(|_| left_out) {
            drop_left_out(frozen);
        }
        let mut has = site.has.clone();
        if left_out {
            // A write that is not in the backup cannot be restored from it.
            let of_left_out =
                |op: &u64| self.ledger.get(*op).is_some_and(|write| write.collection == LEFT_OUT);
            self.ledger.ops().filter(of_left_out).for_each(|op| has.remove(op as usize));
        }
        Backup {
            id,
            full,
            region,
            as_of_us: self.now,
            lsn: site.lsn(),
            state: BackupState::Writing,
            mark: site.mark,
            holds: if left_out { site.mark_without(LEFT_OUT) } else { site.mark },
            has,
            left_out,
            history: site.history,
            mb,
            disk: Disk::default(),
            frozen,
            records,
            count: 0,
            base: base_id,
        }
    }

    pub(super) fn end_backup(&mut self, id: u64) {
        let damaged_by_chance = self.rng.below(1_000) < self.settings.backup_damaged_permille;
        let verify = self.settings.backup_verify == 1;
        let Some(region) = self.bucket.get(id).map(|backup| backup.region) else { return };
        if !self.reachable(region) {
            return self.spoil(id, BackupState::Failed, "standby_down");
        }
        let Some(backup) = self.bucket.get_mut(id) else { return };
        backup.write();
        backup.state = BackupState::Unverified;
        if damaged_by_chance {
            backup.damage();
        }
        let (lsn, rows, mb) = (backup.lsn, backup.mark.rows.iter().sum(), backup.mb);
        self.emit(super::node_of(region), RegionEvent::BackupEnded { backup: id, lsn, rows, mb });
        self.spoil_by_surprise(id);
        if verify {
            // A bad backup is recorded and reported; the result is not used here.
            let _ = self.verify_backup(id);
        }
    }

    /// Prepared hidden faults affect the newest backup.
    pub(super) fn spoil_by_surprise(&mut self, id: u64) {
        let (damage, halve) = (self.surprise(Surprise::DamagedBackup), self.surprise(Surprise::HalfBackup));
        if let Some(backup) = self.bucket.get_mut(id) {
            if damage {
                backup.damage();
            }
            if halve {
                backup.halve();
            }
        }
    }

    /// Reads a backup back; on failure, the reason as a word.
    pub(super) fn verify_backup(&mut self, id: u64) -> Result<(), &'static str> {
        match self.bucket.read(id, self.rules.on(Rule::VerifyBackupChecksum)) {
            Ok(read) => {
                let holds = self.bucket.get(id).map(|backup| backup.holds);
                self.checkers.backup_read(id, holds == Some(mark_of(&read.catalog)));
            }
            Err(why) => {
                self.spoil(id, BackupState::Bad, why);
                return Err(why);
            }
        }
        if let Some(backup) = self.bucket.get_mut(id) {
            backup.state = BackupState::Verified;
        }
        Ok(())
    }

    /// The backup is now known to be bad.
    pub(super) fn spoil(&mut self, id: u64, state: BackupState, why: &str) {
        if let Some(backup) = self.bucket.get_mut(id) {
            backup.state = state;
        }
        self.emit(None, RegionEvent::BackupFailed { backup: id, why: why.to_owned() });
        self.alert("backup_failed");
    }

    /// Removes backups that are past retention, as long as no kept one builds on them.
    pub(super) fn prune_backups(&mut self) {
        if self.settings.note_cleanup == 1 {
            return self.prune_by_month();
        }
        let keep_us = self.settings.retention_days * DAY;
        let old = |backup: &Backup, now: Micros| now.saturating_sub(backup.as_of_us) > keep_us;
        let now = self.now;
        let kept: Vec<u64> =
            self.bucket.backups.iter().filter(|backup| !old(backup, now)).map(|one| one.id).collect();
        // A chain that lacks a backup keeps none of the others.
        let needed: Vec<u64> = kept
            .iter()
            .flat_map(|id| self.bucket.chain(*id).unwrap_or_default())
            .map(|backup| backup.id)
            .collect();
        let gone: Vec<u64> = self
            .bucket
            .backups
            .iter()
            .map(|backup| backup.id)
            .filter(|id| !needed.contains(id) && !kept.contains(id))
            .collect();
        self.drop_backups(&gone);
    }

    fn drop_backups(&mut self, gone: &[u64]) {
        self.bucket.backups.retain(|backup| !gone.contains(&backup.id));
        for backup in gone {
            self.emit(None, RegionEvent::BackupPruned { backup: *backup });
        }
    }

    /// The cleanup of course note 4's script: removes everything whose name contains the month of the day that is the
    /// retention period ago, and nothing else. Day 1 of a run is taken for 1 January 2024, the note's first backup.
    fn prune_by_month(&mut self) {
        let cutoff = (self.now / DAY).checked_sub(self.settings.retention_days);
        let Some(month) = cutoff.map(super::advice::month_of) else { return };
        let finished = |backup: &&Backup| backup.state != BackupState::Writing;
        let named = |backup: &&Backup| super::advice::month_of(backup.as_of_us / DAY) == month;
        let gone: Vec<u64> =
            self.bucket.backups.iter().filter(finished).filter(named).map(|backup| backup.id).collect();
        self.drop_backups(&gone);
    }

    /// Replaces a region's contents with those of a backup.
    pub(super) fn restore(&mut self, region: Region, id: u64, began_us: Micros) -> Result<(), &'static str> {
        let read = match self.bucket.read(id, self.rules.on(Rule::VerifyBackupChecksum)) {
            Ok(read) => read,
            Err(why) => {
                self.spoil(id, BackupState::Bad, why);
                return Err(why);
            }
        };
        let (from, as_of_us) = self.bucket.get(id).map_or((0, 0), |backup| (backup.region, backup.as_of_us));
        self.stop_shipping();
        self.sites[region].adopt(read.catalog, read.has, read.lsn);
        self.sites[region].following = Following::Diverged;
        self.history_replaced(region);
        let holds = self.bucket.get(id).map(|backup| backup.holds);
        self.checkers.restored(id, region, holds == Some(self.sites[region].mark));
        self.shipping.known = Some((read.mark, as_of_us));
        self.sites[region].indexed = self.settings.index_mb_s == 0;
        self.bucket.restored = Some(Restored { from, lsn: read.lsn });
        let rows = self.sites[region].mark.rows.iter().sum();
        let event = RegionEvent::BackupRestored {
            backup: id,
            region: region as u32,
            lsn: read.lsn,
            rows,
            took_us: self.now - began_us,
        };
        self.emit(super::node_of(region), event);
        Ok(())
    }
}

/// The collection that was left out when backups were configured.
fn drop_left_out(catalog: &mut Catalog) {
    let name = super::rows::COLLECTIONS[LEFT_OUT];
    if let Some(operation) = catalog.drop_collection(name) {
        catalog.apply(Lsn::MAX, operation).expect("a collection that exists can be dropped");
    }
}
