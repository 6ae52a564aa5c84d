//! The storage of a member's Raft state in its log: writing, compaction, deletion, and opening a damaged log.
//!
//! A snapshot begins a new file, followed by the hard state and the entries after the snapshot; once that is durable,
//! all earlier files are deleted. So a log begins either with LSN 1 or with a snapshot. Guarantees: a crash between any
//! two of these steps leaves a log from which the same state is recovered. Leaves out: the encoding (`bytes`).

use std::sync::Arc;

use super::super::event_log::EventLog;
use super::super::log_disk::AppendError;
use super::super::machine::Machine;
use super::super::outbox::Outbox;
use super::super::recovery::{Before, Progress, Recovery};
use super::bytes::Rebuild;
use super::{Replica, bytes};
use quorum_raft::{Conf, Entry, EntryKind, HardState, Log, Message, Snapshot};
use quorum_types::{Lsn, Micros, NodeId};
use quorum_wal::disk::Disk;
use quorum_wal::format::{Boot, FIRST_OBJECT, HEADER_BYTES, Place};
use quorum_wal::{End, Kind, Replay, Step};

/// The positions of entries that a partial fsync left out: one entry per record, after the synced part; each entry that
/// is known to be committed is followed by a record of its commit index.
#[derive(Clone, Copy, Debug, Default)]
pub struct Later {
    /// The last LSN that the fsync covers.
    pub covered: Lsn,
    /// The last index that it covers.
    upto: u64,
    /// Up to this index, each entry is followed by a record of its commit index.
    committed: u64,
}

impl Later {
    /// The LSN up to which the log must be durable to include this index.
    pub(crate) fn lsn_of(&self, index: u64) -> Lsn {
        let behind = |index: u64| index.saturating_sub(self.upto);
        self.covered + behind(index) + behind(index.min(self.committed))
    }
}

impl Replica {
    /// Reads the whole log in one call.
    pub fn replay(&self, conf: &Conf, trusting: bool) -> (Rebuild, End, Recovery) {
        let mut rebuild = self.rebuild(conf.clone());
        let before = Before { checkpoint_lsn: self.checkpoint_lsn(), ..Before::default() };
        let mut recovery = Recovery::begin(&self.log, before).trusting(trusting);
        loop {
            let progress = recovery.step(&self.log, |header, payload| rebuild.take(header, payload));
            if let Progress::Ended(end) = progress {
                return (rebuild, end, recovery);
            }
        }
    }

    /// Opens the log after the part that a replay could read; if durable data is gone, Raft will know. Returns false
    /// and changes nothing if the log cannot be used: it is of another format, or it is damaged and the member is
    /// `alone`, so that there is no other node to repair it from.
    pub fn reopen(
        &mut self,
        replay: &Replay,
        end: &End,
        alone: bool,
        rebuild: &mut Rebuild,
        outbox: &mut Outbox,
    ) -> bool {
        let cut = match end {
            End::Clean => None,
            // A torn tail was never acknowledged, so nothing is missing.
            End::Torn(torn) => Some((torn.file, torn.offset)),
            End::Corrupt(damage) if !alone => {
                rebuild.impaired = true;
                Some((damage.file, damage.offset))
            }
            End::Corrupt(_) | End::Version { .. } => return false,
        };
        if let Some((file, offset)) = cut {
            self.log.cut_torn_tail(file, offset, outbox);
        }
        let (last_lsn, files) = (replay.last_lsn(), replay.files().to_vec());
        if rebuild.impaired {
            self.log.open_damaged(self.epoch, last_lsn, files);
        } else {
            self.log.open(self.epoch, last_lsn, files);
        }
        true
    }

    /// The state of a new member with this configuration, into which its log is read.
    pub(crate) fn rebuild(&self, conf: Conf) -> Rebuild {
        Rebuild { dim: (!self.opaque).then_some(self.dim), ..Rebuild::new(conf) }
    }

    /// Appends a record of this member; returns its LSN. While the log is closed nothing is written. No record is too
    /// large: entries are split over several, and the core refuses longer data and takes no longer snapshot
    /// ([`Config::max_data_bytes`]).
    ///
    /// [`Config::max_data_bytes`]: quorum_raft::Config::max_data_bytes
    fn append(&mut self, now: Micros, kind: Kind, payload: Vec<u8>, event_log: &mut EventLog) -> Option<Lsn> {
        match self.log.append(now, kind, payload, event_log) {
            Ok(lsn) => Some(lsn),
            Err(AppendError::Closed) => None,
            Err(AppendError::TooLarge(too_large)) => panic!("a record of a replica: {too_large}"),
        }
    }

    /// Writes entries in one record, or in several if one cannot hold them. Each continues the one before it, so that a
    /// crash in between leaves a prefix of the entries, as in a torn record.
    fn append_entries(
        &mut self,
        now: Micros,
        mut prev: u64,
        mut entries: &[Arc<Entry>],
        event_log: &mut EventLog,
    ) {
        loop {
            let fit = bytes::entries_that_fit(entries, self.log.max_payload_bytes).min(entries.len());
            let (first, rest) = entries.split_at(fit);
            self.append(now, Kind::Entries, bytes::encode_entries(prev, first), event_log);
            prev += fit as u64;
            entries = rest;
            if entries.is_empty() {
                return;
            }
        }
    }

    /// Records in the log that it was opened, and whether it had lost data.
    pub fn write_boot(&mut self, now: Micros, impaired: bool, event_log: &mut EventLog) {
        let found_lsn = self.log.wal().map_or(0, quorum_wal::Wal::last_lsn);
        let boot = Boot { epoch: self.epoch, proven_lsn: found_lsn + u64::from(impaired), found_lsn };
        let opened = self.append(now, Kind::Boot, boot.encode(), event_log);
        self.boot_lsn = opened.expect("an open log takes a boot record");
    }

    /// Writes a closed log that already holds these entries, one per record, all durable.
    pub(crate) fn prefill(&mut self, hard: HardState, entries: &[Entry]) {
        let event_log = &mut EventLog::quiet();
        self.log.open(self.epoch, 0, Vec::new());
        self.append(0, Kind::HardState, bytes::encode_hard_state(hard), event_log);
        for (prev, entry) in (0..).zip(entries) {
            let record = bytes::encode_entries(prev, &[Arc::new(entry.clone())]);
            self.append(0, Kind::Entries, record, event_log);
        }
        self.log.sync_upto(Lsn::MAX);
        self.log.crash(0, &mut Outbox::new(false));
    }

    /// Writes the term and the vote, and the commit index as far as the log holds committed entries: up to `held`. If a
    /// commit index preceded its entries and these were torn off or unreadable, it would apply to the entries that they
    /// were to replace.
    pub(super) fn write_hard_state(&mut self, now: Micros, held: u64, event_log: &mut EventLog) {
        let hard = HardState { commit: self.hard.commit.min(held), ..self.hard };
        self.append(now, Kind::HardState, bytes::encode_hard_state(hard), event_log);
    }

    /// Writes entries, and with `tells` the commit index among them: after the entries that it covers, for the reason
    /// above; and before anything that follows a configuration change, because a node that holds a later change must
    /// have applied the previous one (`raft`, on membership).
    pub(super) fn write_entries(
        &mut self,
        now: Micros,
        prev: u64,
        entries: &[Arc<Entry>],
        tells: bool,
        event_log: &mut EventLog,
    ) {
        let commit = if tells { self.hard.commit } else { 0 };
        let mut from = 0;
        for (at, entry) in entries.iter().enumerate() {
            let (count, index) = (at + 1, prev + at as u64 + 1);
            let records_commit = index == commit || (index < commit && entry.kind == EntryKind::Conf);
            if records_commit || count == entries.len() {
                self.append_entries(now, prev + from as u64, &entries[from..count], event_log);
                from = count;
            }
            if records_commit {
                self.write_hard_state(now, index, event_log);
            }
        }
        if entries.is_empty() {
            // An empty list only removes entries.
            self.append_entries(now, prev, entries, event_log);
        }
    }

    /// Installs a snapshot from the leader: it replaces everything.
    pub(super) fn install(&mut self, now: Micros, snapshot: &Arc<Snapshot>, event_log: &mut EventLog) {
        self.machine = self.machine_of(snapshot);
        self.synced = 0;
        self.unsynced.clear();
        self.begin_file(now, snapshot, event_log);
    }

    /// The state machine that a snapshot holds. A snapshot on the disk was decoded when the log was read, and one from
    /// the leader was made by a machine: if it did not decode, the member would go on with a state that is not the one
    /// of its index.
    pub(super) fn machine_of(&self, snapshot: &Snapshot) -> Machine {
        if self.opaque {
            return Machine::opaque(self.dim, &snapshot.data);
        }
        Machine::restore(self.dim, &snapshot.data).expect("the snapshot of a state machine decodes")
    }

    /// The state machine as it was at an index, rebuilt from the log alone.
    fn machine_at(&self, log: &Log, index: u64) -> Machine {
        let mut machine = self.machine_of(log.snapshot());
        for at in log.first()..=index {
            if let Some(entry) = log.get(at) {
                if self.opaque {
                    machine.apply_opaque(entry);
                } else {
                    machine.apply(at, entry, true);
                }
            }
        }
        machine
    }

    /// Replaces everything up to an index that is applied and durable with a snapshot. Returns whether it did: there
    /// may be nothing to do, and a snapshot that no record can hold is not taken, so that the log stays.
    pub fn compact(&mut self, now: Micros, index: u64, event_log: &mut EventLog) -> bool {
        let super::Phase::Running(raft) = &self.phase else { return false };
        if index < raft.log().first() || index > raft.applied().min(raft.durable()) {
            return false;
        }
        let data = if index == raft.applied() {
            self.machine.snapshot()
        } else {
            self.machine_at(raft.log(), index).snapshot()
        };
        let super::Phase::Running(raft) = &mut self.phase else { return false };
        let Some(snapshot) = raft.compact(index, data) else { return false };
        let (prev, entries) = (snapshot.index, raft.log().slice(snapshot.index + 1, usize::MAX));
        self.begin_file(now, &snapshot, event_log);
        if !entries.is_empty() {
            self.append_entries(now, prev, &entries, event_log);
            let lsn = self.log.wal().map_or(0, quorum_wal::Wal::last_lsn);
            if let Some(truncation) = &mut self.truncation {
                truncation.0 = lsn;
            }
        }
        true
    }

    /// Begins a file with a snapshot and the hard state.
    fn begin_file(&mut self, now: Micros, snapshot: &Snapshot, event_log: &mut EventLog) {
        self.log.rotate();
        let first = self.append(now, Kind::Snapshot, bytes::encode_snapshot(snapshot), event_log);
        let last = self.append(now, Kind::HardState, bytes::encode_hard_state(self.hard), event_log);
        if self.damaged {
            self.write_boot(now, true, event_log);
        }
        self.truncation = first.zip(last).map(|(first, last)| (last, first));
    }

    /// Syncs the log up to an index, with the term and the vote, but nothing after it: other written but unsynced data
    /// is written again after that point. The beginning of a file, a snapshot with the records that follow it, is
    /// synced as a whole. Returns the messages that may now be sent, and the new positions of the later entries.
    pub(crate) fn persist_upto(
        &mut self,
        now: Micros,
        upto: u64,
        event_log: &mut EventLog,
        outbox: &mut Outbox,
    ) -> (Vec<Message>, Later) {
        let (mut messages, mut later) = (Vec::new(), Later::default());
        let Some(wal) = self.log.wal() else { return (messages, later) };
        later.covered = wal.durable_lsn();
        if let Some((lsn, _)) = self.truncation.filter(|(lsn, _)| *lsn > later.covered) {
            later.covered = self.log.sync_upto(lsn);
            messages = self.synced(later.covered);
            self.delete_replaced_files(later.covered, outbox);
        }
        let Some(raft) = self.raft() else { return (messages, Later::default()) };
        let last = raft.log().last().0;
        let upto = upto.max(self.synced);
        if upto >= last {
            later.covered = self.log.sync_upto(Lsn::MAX);
            later.upto = last;
            messages.extend(self.synced(later.covered));
            return (messages, later);
        }
        let entries = raft.log().slice(self.synced + 1, usize::MAX);
        let term = raft.log().term(upto).unwrap_or(0);
        self.log.rewind(outbox);
        if self.boot_lsn > later.covered {
            self.write_boot(now, self.damaged, event_log);
        }
        let writes_hard = self.rules.on(quorum_raft::Rule::PersistVote);
        if writes_hard {
            self.write_hard_state(now, self.synced, event_log);
        }
        let (first, rest) = entries.split_at((upto - self.synced) as usize);
        if !first.is_empty() {
            self.write_entries(now, self.synced, first, writes_hard, event_log);
            if writes_hard && self.hard.commit > upto {
                self.write_hard_state(now, upto, event_log);
            }
        }
        let committed = if writes_hard { self.hard.commit } else { 0 };
        later = Later { covered: self.log.wal().map_or(0, quorum_wal::Wal::last_lsn), upto, committed };
        self.unsynced.clear();
        self.unsynced.push_back((later.covered, upto, self.hard));
        for (index, entry) in (upto + 1..).zip(rest) {
            let record = bytes::encode_entries(index - 1, std::slice::from_ref(entry));
            self.append(now, Kind::Entries, record, event_log);
            if index <= committed {
                self.write_hard_state(now, index, event_log);
            }
            self.unsynced.push_back((later.lsn_of(index), index, self.hard));
        }
        for held in &mut self.held {
            held.lsn = later.lsn_of(held.last.0.min(last));
        }
        self.log.sync_upto(later.covered);
        messages.extend(self.synced(later.covered));
        if let super::Phase::Running(raft) = &mut self.phase {
            raft.persisted(upto, term);
        }
        (messages, later)
    }

    /// Deletes the part of the log that a durable snapshot replaces. Returns how many files and bytes were deleted.
    pub fn delete_replaced_files(&mut self, durable: Lsn, outbox: &mut Outbox) -> Option<(Lsn, u32, u64)> {
        let (_, first) = self.truncation.take_if(|(last, _)| *last <= durable)?;
        let (files, bytes) = self.log.remove_before(first - 1, &[], outbox);
        Some((first - 1, files, bytes))
    }

    /// The LSN up to which a snapshot at the log's beginning replaces it: everything before its first record.
    pub fn checkpoint_lsn(&self) -> Lsn {
        first_snapshot(self.id, &self.log.disk, self.log.stamped_lsn()).unwrap_or(0)
    }
}

/// The LSN before the first record that counts, if that is a snapshot. It begins the log's first file; or a later one,
/// if a crash brought some of the removed files before it back and not all. Files are removed only when the snapshot
/// after them is durable, so a snapshot after the promised LSN does not explain why files before it are missing; and
/// where none is missing, all of them count, because what follows the snapshot may have been torn off.
fn first_snapshot(node: NodeId, disk: &Disk, promised_lsn: Option<Lsn>) -> Option<Lsn> {
    let snapshot = |file: u32| match Replay::from_file(node, disk, file).step(disk) {
        Step::Record { header, .. } if header.kind == Kind::Snapshot => Some(header.lsn),
        _ => None,
    };
    let files: Vec<u32> = disk.files().map(|(file, ..)| file).filter(|file| *file < FIRST_OBJECT).collect();
    let first = *files.first()?;
    let begins = snapshot(first);
    let gap = files.windows(2).position(|pair| pair[0] + 1 < pair[1]).map_or(files.len(), |at| at + 1);
    let missing_before = if first == 1 || begins.is_some() { gap } else { 0 };
    let promised = |lsn: &Lsn| promised_lsn.is_some_and(|promised| *lsn <= promised);
    let later = files[missing_before..].iter().rev().filter_map(|file| snapshot(*file)).find(promised);
    later.or(begins).map(|lsn| lsn - 1)
}

/// The highest number of a client's write that a log holds, committed or not; 0 if there is none. The store's stamp may
/// be lost or older, and not contain this number.
pub fn last_op(disk: &Disk, node: NodeId) -> u64 {
    let mut replay = Replay::new(node, disk, Lsn::MAX - 1, None);
    let mut last = 0;
    while let Step::Record { header, payload, .. } = replay.step(disk) {
        last = last.max(bytes::last_op(header.kind, payload).unwrap_or(0));
    }
    last
}

/// A record of a log that holds an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holds {
    /// Where it begins.
    pub place: Place,
    /// Its length, including its header.
    pub bytes: u64,
    /// Where the previous record in this file begins, if there is one.
    pub before: Option<u64>,
    /// A byte in it that belongs to the entry: to its data, or to its term if there is no data.
    pub byte: u64,
}

/// Finds the record of a log that holds the entry with this index, regardless of the payloads' checksums.
pub fn record_of_entry(node: NodeId, disk: &Disk, checkpoint_lsn: Lsn, index: u64) -> Option<Holds> {
    let mut replay = Replay::new(node, disk, checkpoint_lsn, None);
    replay.set_trusting(true);
    let (mut found, mut before) = (None, None::<Place>);
    loop {
        let Step::Record { header, payload, place } = replay.step(disk) else { return found };
        // Entries that follow a shorter log, or a later snapshot, replace what was there.
        let begins = quorum_wal::format::Fields(payload).u64().unwrap_or(0);
        if (header.kind == Kind::Entries && begins < index)
            || (header.kind == Kind::Snapshot && begins >= index)
        {
            found = None;
        }
        if header.kind == Kind::Entries
            && let Some((data, length)) = bytes::entry_in(payload, index)
        {
            let byte = if length > 0 { data + length - 1 } else { data - 12 };
            found = Some(Holds {
                place,
                bytes: HEADER_BYTES + u64::from(header.length),
                before: before.filter(|before| before.file == place.file).map(|before| before.offset),
                byte: place.offset + HEADER_BYTES + byte,
            });
        }
        before = Some(place);
    }
}
