//! Appends records to a log.
//!
//! Guarantees: records get consecutive LSNs; each contains the LSN that was durable when it was written; a full file is
//! followed by another. Leaves out: syncing itself; the caller begins and ends syncs on the disk and reports them here.

use super::format::{
    FILE_HEADER_BYTES, FileHeader, HEADER_BYTES, Header, Kind, Place, ROTATE_BYTES, VERSION, sum,
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
    files: Vec<FileFacts>,
}

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
        let file = files.last().map_or(0, |facts| facts.file);
        Self {
            node,
            epoch,
            file,
            next_lsn: last_lsn + 1,
            durable_lsn: last_lsn,
            rotate_bytes: ROTATE_BYTES,
            files,
        }
    }

    /// Sets the file length from which on another file follows.
    pub fn set_rotate_bytes(&mut self, bytes: u64) {
        self.rotate_bytes = bytes.max(1);
    }

    /// Appends a record.
    pub fn append(&mut self, disk: &mut Disk, kind: Kind, payload: impl Into<Vec<u8>>) -> Appended {
        let payload = payload.into();
        let length = payload.len() as u32;
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
            facts.records += 1;
        }
        self.next_lsn += 1;
        Appended {
            lsn: header.lsn,
            bytes: HEADER_BYTES + u64::from(length),
            file: place.file,
            offset: place.offset,
            rotated,
        }
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
    pub fn truncate_behind(&mut self, disk: &mut Disk, lsn: Lsn) -> u32 {
        let keep = self.files.windows(2).take_while(|pair| pair[1].first_lsn <= lsn + 1).count();
        for facts in self.files.drain(..keep) {
            disk.remove(facts.file);
        }
        keep as u32
    }

    /// Goes back to the point where this record was the last; what was written after it is already gone from the disk.
    pub fn rewind(&mut self, lsn: Lsn) {
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
