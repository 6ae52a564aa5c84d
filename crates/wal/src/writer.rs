//! Appends records to a log.
//!
//! Guarantees: records get consecutive LSNs; each contains the LSN that was durable when it was written; a full file is
//! followed by another; nothing is written that the reader would refuse as too long. Leaves out: syncing itself; the
//! caller begins and ends syncs on the disk and reports them here.

use super::format::{
    FILE_HEADER_BYTES, FileHeader, HEADER_BYTES, Header, Kind, MAX_PAYLOAD_BYTES, Place, ROTATE_BYTES,
    VERSION, sum,
};
use crate::disk::Disk;
use quorum_types::{Lsn, NodeId};

/// A log that is open for writing.
#[derive(Clone, Debug)]
pub struct Wal {
    node: NodeId,
    epoch: u32,
    file: u32,
    next_lsn: Lsn,
    durable_lsn: Lsn,
    rotate_bytes: u64,
    max_payload_bytes: u64,
    files: Vec<FileFacts>,
}

/// A payload is longer than a record may hold. The reader refuses such a record as damage, so none is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge {
    /// The payload's length, in bytes.
    pub bytes: u64,
    /// The maximum, in bytes.
    pub max_bytes: u64,
}

impl std::fmt::Display for TooLarge {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "a payload of {} bytes exceeds the maximum of {}", self.bytes, self.max_bytes)
    }
}

impl std::error::Error for TooLarge {}

/// Facts about a file that are known without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileFacts {
    /// Its number.
    pub file: u32,
    /// The LSN of its first record.
    pub first_lsn: Lsn,
    /// The number of records in it.
    pub records: u64,
}

/// Where a record was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Its LSN.
    pub lsn: Lsn,
    /// Its length, including its header.
    pub bytes: u64,
    /// The number of its file.
    pub file: u32,
    /// Its offset in the file.
    pub offset: u64,
    /// Whether this record began a new file after an older one.
    pub rotated: bool,
}

impl Wal {
    /// Opens a log for writing where a replay ended; `files` are the replayed files.
    pub fn continuing(node: NodeId, epoch: u32, last_lsn: Lsn, files: Vec<FileFacts>) -> Self {
        // Otherwise the next record would leave a gap, and the next replay would refuse everything from there on.
        if let Some(facts) = files.last() {
            assert_eq!(facts.first_lsn + facts.records, last_lsn + 1, "the last file ends at the last LSN");
        }
        let file = files.last().map_or(0, |facts| facts.file);
        Self {
            node,
            epoch,
            file,
            next_lsn: last_lsn + 1,
            durable_lsn: last_lsn,
            rotate_bytes: ROTATE_BYTES,
            max_payload_bytes: MAX_PAYLOAD_BYTES,
            files,
        }
    }

    /// Sets the file length from which on another file follows.
    pub fn set_rotate_bytes(&mut self, bytes: u64) {
        self.rotate_bytes = bytes.max(1);
    }

    /// Sets the maximum length of a payload; never above what the format allows.
    pub fn set_max_payload_bytes(&mut self, bytes: u64) {
        self.max_payload_bytes = bytes.min(MAX_PAYLOAD_BYTES);
    }

    /// Appends a record. A payload that is too large is refused, and nothing is written.
    pub fn append(
        &mut self,
        disk: &mut Disk,
        kind: Kind,
        payload: impl Into<Vec<u8>>,
    ) -> Result<Appended, TooLarge> {
        let payload = payload.into();
        let (bytes, max_bytes) = (payload.len() as u64, self.max_payload_bytes);
        let length = u32::try_from(bytes).ok().filter(|_| bytes <= max_bytes);
        let Some(length) = length else { return Err(TooLarge { bytes, max_bytes }) };
        let rotated = self.file > 0 && disk.len(self.file) >= self.rotate_bytes;
        if rotated || disk.len(self.file) < FILE_HEADER_BYTES {
            self.begin_file(disk);
        }
        let place = Place { node: self.node, file: self.file, offset: disk.len(self.file) };
        let header = Header {
            length,
            kind,
            lsn: self.next_lsn,
            durable_lsn: self.durable_lsn,
            epoch: self.epoch,
            payload_sum: sum(&payload),
        };
        disk.append(self.file, header.encode(place));
        disk.append(self.file, payload);
        if let Some(facts) = self.files.last_mut() {
            assert_eq!(facts.first_lsn + facts.records, self.next_lsn, "LSNs are consecutive");
            facts.records += 1;
        }
        self.next_lsn += 1;
        Ok(Appended {
            lsn: header.lsn,
            bytes: HEADER_BYTES + u64::from(length),
            file: place.file,
            offset: place.offset,
            rotated,
        })
    }

    /// Whether the next record begins a file.
    pub fn begins_file(&self, disk: &Disk) -> bool {
        let bytes = disk.len(self.file);
        bytes < FILE_HEADER_BYTES || bytes >= self.rotate_bytes
    }

    fn begin_file(&mut self, disk: &mut Disk) {
        self.file += 1;
        let header = FileHeader {
            version: VERSION,
            node: self.node,
            file: self.file,
            epoch: self.epoch,
            first_lsn: self.next_lsn,
        };
        disk.append(self.file, header.encode());
        self.files.push(FileFacts { file: self.file, first_lsn: self.next_lsn, records: 0 });
    }

    /// Records that a sync of everything up to `lsn` has ended.
    pub fn synced(&mut self, lsn: Lsn) {
        assert!(lsn <= self.last_lsn(), "a sync covers only what was written");
        self.durable_lsn = self.durable_lsn.max(lsn);
    }

    /// Begins a new file, unless the last one is still empty.
    pub fn rotate(&mut self, disk: &mut Disk) {
        if self.files.last().is_some_and(|facts| facts.records > 0) {
            self.begin_file(disk);
        }
    }

    /// Removes the files that hold nothing after `lsn`, oldest first; the last file always stays. Returns how many were
    /// removed.
    pub fn remove_before(&mut self, disk: &mut Disk, lsn: Lsn) -> u32 {
        let removed = self.files_before(lsn);
        for facts in self.files.drain(..removed) {
            disk.remove(facts.file);
        }
        removed as u32
    }

    /// Whether the file that [`Wal::remove_before`] would leave as the first survives a crash, so that the log then
    /// still begins with something.
    pub fn can_remove_before(&self, disk: &Disk, lsn: Lsn) -> bool {
        let removed = self.files_before(lsn);
        let first = self.files.get(removed).filter(|_| removed > 0);
        first.is_none_or(|first| disk.synced(first.file) >= FILE_HEADER_BYTES)
    }

    /// How many of its files, oldest first, hold nothing after `lsn`; the last one does not count.
    fn files_before(&self, lsn: Lsn) -> usize {
        self.files.windows(2).take_while(|pair| pair[1].first_lsn <= lsn + 1).count()
    }

    /// Goes back to the point where this record was the last; what was written after it is already gone from the disk.
    pub fn rewind(&mut self, lsn: Lsn) {
        assert!((self.durable_lsn..self.next_lsn).contains(&lsn), "durable records stay");
        self.files.retain(|facts| facts.first_lsn <= lsn);
        if let Some(facts) = self.files.last_mut() {
            facts.records = lsn + 1 - facts.first_lsn;
        }
        self.file = self.files.last().map_or(0, |facts| facts.file);
        self.next_lsn = lsn + 1;
    }

    /// The LSN of the last record written.
    pub fn last_lsn(&self) -> Lsn {
        self.next_lsn - 1
    }

    /// The LSN of the last durable record.
    pub fn durable_lsn(&self) -> Lsn {
        self.durable_lsn
    }

    /// The files, oldest first.
    pub fn files(&self) -> &[FileFacts] {
        &self.files
    }
}
