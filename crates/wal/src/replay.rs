//! Reads a log back after a crash, one record at a time.
//!
//! Guarantees: yields exactly the intact records, in order; then reports how the log ends: clean, torn (with the
//! position to cut at) or damaged (with file and offset). It can be stopped after any record and resumed later. Leaves
//! out: cutting a torn tail, so that reading alone changes nothing (in the simulator, `LogDisk::cut_torn_tail`).

use super::format::{
    Boot, FILE_HEADER_BYTES, FIRST_OBJECT, FileHeader, HEADER_BYTES, Header, Kind, Place, VERSION, sum,
};
use super::writer::FileFacts;
use crate::disk::Disk;
use quorum_types::{Lsn, NodeId};

/// A log being read.
#[derive(Clone, Debug)]
pub struct Replay {
    node: NodeId,
    files: Vec<u32>,
    /// Index into `files`.
    current: usize,
    offset: u64,
    next_lsn: Lsn,
    epoch: u32,
    /// The LSN up to which a checkpoint holds everything.
    checkpoint_lsn: Lsn,
    /// The LSN that is durable according to the store's stamp or the checkpoint.
    promised_lsn: Lsn,
    /// The opening whose boot record was durable.
    promised_epoch: u32,
    /// The highest epoch in a file header or a record so far.
    newest_epoch: u32,
    /// Whether a stamp says exactly what was durable.
    stamped: bool,
    /// The opening that the stamp belongs to, if it may be older than the log.
    stamp_epoch: Option<u32>,
    /// Whether payloads are accepted without verifying their checksums.
    trusting: bool,
    bytes_read: u64,
    facts: Vec<FileFacts>,
    buffer: Vec<u8>,
}

/// One step of a replay.
#[derive(Debug)]
pub enum Step<'a> {
    /// An intact record.
    Record {
        /// Its header.
        header: Header,
        /// Its payload.
        payload: &'a [u8],
        /// Its position.
        place: Place,
    },
    /// The log's end.
    End(End),
}

/// How a log ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Cases 1 and 2.
    Clean,
    /// Cases 3, 4, 5, 10 and 16: cut here; later files go.
    Torn(Torn),
    /// Cases 6 to 9, 11, 12, 14 and 15: refused.
    Corrupt(Damage),
    /// Case 13: another format; refused.
    Version {
        /// The version found.
        version: u16,
        /// The file.
        file: u32,
    },
}

/// A torn tail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Torn {
    /// The file.
    pub file: u32,
    /// The offset to cut at, in bytes; 0 means that the file is removed.
    pub offset: u64,
    /// The length that the torn record's header claims, header included; 0 if the header itself is torn.
    pub claimed_bytes: u64,
    /// The number of bytes of it that are present.
    pub found_bytes: u64,
}

/// Damage before the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub file: u32,
    /// The offset of the damaged record or header, in bytes.
    pub offset: u64,
    /// What is wrong.
    pub why: String,
}

impl Replay {
    /// Creates a replay of a node's log. `checkpoint_lsn` is the LSN up to which a checkpoint holds everything, 0 if
    /// there is none: files that hold nothing after it may be gone. `promised_lsn` is the durable LSN of the store's
    /// stamp, if there is one.
    pub fn new(node: NodeId, disk: &Disk, checkpoint_lsn: Lsn, promised_lsn: Option<Lsn>) -> Self {
        Self {
            node,
            files: disk.files().map(|(file, _, _)| file).filter(|file| *file < FIRST_OBJECT).collect(),
            current: 0,
            offset: 0,
            next_lsn: 1,
            epoch: 0,
            checkpoint_lsn,
            promised_lsn: promised_lsn.unwrap_or(0).max(checkpoint_lsn),
            promised_epoch: 0,
            newest_epoch: 0,
            stamped: promised_lsn.is_some(),
            stamp_epoch: None,
            trusting: false,
            bytes_read: 0,
            facts: Vec::new(),
            buffer: Vec::new(),
        }
    }

    /// Begins with the last file that the checkpoint allows to be the first. Files before it hold nothing that the
    /// checkpoint does not hold; they are back because their removal was lost in a crash, perhaps not all of them
    /// (case 22). Returns how many bytes are passed over.
    pub fn skip_to_checkpoint(&mut self, disk: &Disk) -> u64 {
        let begins_in_time = |file: &u32| {
            let first_lsn = first_lsn(self.node, disk, *file).unwrap_or(Lsn::MAX);
            (1..=self.checkpoint_lsn + 1).contains(&first_lsn)
        };
        let first = self.files.iter().rposition(begins_in_time).unwrap_or(0);
        self.files.drain(..first).map(|file| disk.len(file)).sum()
    }

    /// Begins with this file, to look at what is there.
    pub fn from_file(node: NodeId, disk: &Disk, file: u32) -> Self {
        let mut replay = Self::new(node, disk, Lsn::MAX - 1, None);
        replay.files.retain(|there| *there >= file);
        replay
    }

    /// Sets the opening that the stamp belongs to. Records of a later opening show that the stamp is older than the
    /// log, like a copy from a backup: then it no longer shows which records were never acknowledged (case 16).
    pub fn set_stamp_epoch(&mut self, epoch: Option<u32>) {
        self.stamp_epoch = epoch;
    }

    /// Sets the opening whose boot record was durable. After a cut LSNs are used again, so a log that ends with an
    /// earlier opening is the one from before the cut, whatever its LSNs: durable records are missing (case 14).
    pub fn set_promised_epoch(&mut self, epoch: u32) {
        self.promised_epoch = epoch;
    }

    /// Accepts payloads without verifying their checksums, to show the purpose of checksums.
    pub fn set_trusting(&mut self, trusting: bool) {
        self.trusting = trusting;
    }

    /// The number of bytes read so far, over all files.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// The LSN of the last intact record.
    pub fn last_lsn(&self) -> Lsn {
        self.next_lsn - 1
    }

    /// The last epoch read.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// The files read so far.
    pub fn files(&self) -> &[FileFacts] {
        &self.facts
    }

    /// The next record, or the end. After the end it returns the same end again.
    pub fn step<'a>(&'a mut self, disk: &Disk) -> Step<'a> {
        loop {
            let Some(&file) = self.files.get(self.current) else { return Step::End(self.clean_end(disk)) };
            let len = disk.len(file);
            if self.offset == 0
                && let Err(end) = self.open_file(disk, file, len)
            {
                return Step::End(end);
            }
            if self.offset == len {
                self.current += 1;
                self.offset = 0;
                continue;
            }
            let header = match self.read_record(disk, file, len) {
                Ok(header) => header,
                Err(end) => return Step::End(end),
            };
            let place = Place { node: self.node, file, offset: self.offset };
            let whole = HEADER_BYTES + u64::from(header.length);
            assert_eq!(self.buffer.len() as u64, whole, "a record is as long as its header says");
            self.offset += whole;
            self.bytes_read += whole;
            self.next_lsn = header.lsn + 1;
            self.epoch = header.epoch;
            self.newest_epoch = self.newest_epoch.max(header.epoch);
            // A boot record may be durable before its stamp is; what follows it waits for the stamp.
            if header.kind != Kind::Boot && self.stamp_epoch.is_some_and(|epoch| header.epoch > epoch) {
                self.stamped = false;
            }
            if let Some(facts) = self.facts.last_mut() {
                facts.records += 1;
            }
            return Step::Record { header, payload: &self.buffer[HEADER_BYTES as usize..], place };
        }
    }

    /// Takes back the last record, which is intact but does not decode (case 15): the log ends before it. Otherwise the
    /// log would continue after it once it is cut off, with a gap in the LSNs.
    pub fn reject_last(&mut self) {
        if let Some(facts) = self.facts.last_mut().filter(|facts| facts.records > 0) {
            facts.records -= 1;
            self.next_lsn -= 1;
        }
    }

    /// Cases 1, 2 and 14: the log ends where its last file does. That is the place to cut at as well, and nothing goes.
    fn clean_end(&self, disk: &Disk) -> End {
        let file = self.files.last().copied().unwrap_or(1);
        self.unless_promised(file, disk.len(file), End::Clean)
    }

    /// Case 14: an end, clean or torn, before the LSN that is durable according to the stamp.
    fn unless_promised(&self, file: u32, offset: u64, end: End) -> End {
        if self.keeps_promise() {
            return end;
        }
        let why = if self.last_lsn() < self.promised_lsn {
            format!(
                "the log ends at LSN {} though LSN {} was durable: durable records are missing",
                self.last_lsn(),
                self.promised_lsn
            )
        } else {
            format!(
                "the log ends with opening {} though records of opening {} were durable: durable records are missing",
                self.newest_epoch, self.promised_epoch
            )
        };
        End::Corrupt(Damage { file, offset, why })
    }

    fn keeps_promise(&self) -> bool {
        self.last_lsn() >= self.promised_lsn && self.newest_epoch >= self.promised_epoch
    }

    fn is_last(&self) -> bool {
        self.current + 1 == self.files.len()
    }

    /// Reads the file's header; cases 9 to 13.
    fn open_file(&mut self, disk: &Disk, file: u32, len: u64) -> Result<(), End> {
        let tail = self.unacknowledged_tail(file, 0, len);
        let corrupt = |offset, why: String| match tail {
            Some(torn) => End::Torn(torn),
            None => End::Corrupt(Damage { file, offset, why }),
        };
        let first = self.facts.is_empty();
        let expected = self.facts.last().map_or(1, |before| before.file + 1);
        // Files before a checkpoint may be gone; the first LSN shows whether too many are.
        if file != expected && !(first && self.checkpoint_lsn > 0) {
            return Err(corrupt(0, format!("the file before it, wal-{expected:06}.log, is missing")));
        }
        self.buffer.clear();
        disk.read(file, 0, FILE_HEADER_BYTES, &mut self.buffer);
        if len < FILE_HEADER_BYTES || all_zeros(disk, file, 0, len) {
            if self.is_last() {
                let torn = Torn { file, offset: 0, claimed_bytes: FILE_HEADER_BYTES, found_bytes: len };
                return Err(self.unless_promised(file, 0, End::Torn(torn)));
            }
            return Err(corrupt(0, "its header is cut short, yet a later file exists".to_owned()));
        }
        let header = FileHeader::decode(&self.buffer).map_err(|why| corrupt(0, why.to_owned()))?;
        if header.version != VERSION {
            return Err(End::Version { version: header.version, file });
        }
        if header.node != self.node || header.file != file {
            let why = format!("it says that it is file {} of node {}", header.file, header.node);
            return Err(corrupt(0, why));
        }
        if first && (1..=self.checkpoint_lsn + 1).contains(&header.first_lsn) {
            self.next_lsn = header.first_lsn;
        }
        if header.first_lsn != self.next_lsn {
            let why = format!("it begins with LSN {}, but LSN {} is next", header.first_lsn, self.next_lsn);
            return Err(corrupt(0, why));
        }
        self.newest_epoch = self.newest_epoch.max(header.epoch);
        self.facts.push(FileFacts { file, first_lsn: header.first_lsn, records: 0 });
        self.offset = FILE_HEADER_BYTES;
        self.bytes_read += FILE_HEADER_BYTES;
        Ok(())
    }

    /// Reads the header and the payload at the current offset into the buffer; cases 3 to 9.
    fn read_record(&mut self, disk: &Disk, file: u32, len: u64) -> Result<Header, End> {
        let left = len - self.offset;
        let place = Place { node: self.node, file, offset: self.offset };
        if left < HEADER_BYTES {
            return Err(self.short_end(disk, file, 0, left));
        }
        self.buffer.clear();
        disk.read(file, self.offset, HEADER_BYTES, &mut self.buffer);
        let header = match Header::decode(&self.buffer, place) {
            Ok(header) => header,
            Err(_) if all_zeros(disk, file, self.offset, len) => return Err(self.short_end(disk, file, 0, 0)),
            Err(why) => return Err(self.damage(file, len, why)),
        };
        if header.lsn != self.next_lsn {
            return Err(self.damage(file, len, "its LSN does not follow the one before"));
        }
        const OLDER: &str = "its epoch is older than the one before";
        let goes_back = header.epoch < self.epoch;
        if goes_back && header.kind != Kind::Boot {
            return Err(self.damage(file, len, OLDER));
        }
        let whole = HEADER_BYTES + u64::from(header.length);
        if left < whole {
            return Err(self.short_end(disk, file, whole, left));
        }
        disk.read(file, self.offset + HEADER_BYTES, u64::from(header.length), &mut self.buffer);
        if !self.trusting && sum(&self.buffer[HEADER_BYTES as usize..]) != header.payload_sum {
            return Err(self.bad_payload(disk, file, len, whole));
        }
        if goes_back && !begins_again(&header, &self.buffer[HEADER_BYTES as usize..]) {
            return Err(self.damage(file, len, OLDER));
        }
        Ok(header)
    }

    /// Case 7, unless the payload's end and everything after it are zeros (case 5).
    fn bad_payload(&self, disk: &Disk, file: u32, len: u64, whole: u64) -> End {
        let payload = &self.buffer[HEADER_BYTES as usize..];
        let zeros = payload.iter().rev().take_while(|byte| **byte == 0).count() as u64;
        // A zero-filled hole is at least a sector; a payload that merely ends in zeros is damaged, not torn.
        const SECTOR_BYTES: u64 = 512;
        let filled = zeros >= SECTOR_BYTES.min(payload.len() as u64);
        let behind = self.offset + whole;
        if filled && (behind == len || all_zeros(disk, file, behind, len)) {
            return self.short_end(disk, file, whole, whole - zeros);
        }
        self.damage(file, len, "its payload fails its checksum")
    }

    fn damage(&self, file: u32, len: u64, why: &str) -> End {
        match self.unacknowledged_tail(file, self.offset, len) {
            Some(torn) => End::Torn(torn),
            None => End::Corrupt(Damage { file, offset: self.offset, why: why.to_owned() }),
        }
    }

    /// Case 16: damage after the durable LSN, which requires a stamp, is a tail that was never acknowledged.
    fn unacknowledged_tail(&self, file: u32, offset: u64, len: u64) -> Option<Torn> {
        let behind = self.stamped && self.keeps_promise();
        behind.then_some(Torn { file, offset, claimed_bytes: 0, found_bytes: len - offset })
    }

    /// Cases 3 to 5 in the last file; case 9 elsewhere.
    fn short_end(&self, disk: &Disk, file: u32, claimed_bytes: u64, found_bytes: u64) -> End {
        if !self.is_last() {
            return self.damage(file, disk.len(file), "it is cut short, yet a later file exists");
        }
        let torn = Torn { file, offset: self.offset, claimed_bytes, found_bytes };
        self.unless_promised(file, self.offset, End::Torn(torn))
    }
}

/// The LSN with which a file begins, according to its header, if that is intact.
fn first_lsn(node: NodeId, disk: &Disk, file: u32) -> Option<Lsn> {
    let mut bytes = Vec::new();
    disk.read(file, 0, FILE_HEADER_BYTES, &mut bytes);
    let header = FileHeader::decode(&bytes).ok()?;
    ((header.version, header.node, header.file) == (VERSION, node, file)).then_some(header.first_lsn)
}

/// Case 21: whether a boot record was written by an opening that had read everything before it and took its epoch from
/// a stamp that was lost or older. A record left over from an earlier opening is never such a record: the record before
/// this one was written later than it, so the earlier opening cannot have found it.
fn begins_again(header: &Header, payload: &[u8]) -> bool {
    let behind = header.lsn - 1;
    let boot = Boot::decode(payload);
    boot.is_some_and(|boot| boot.epoch == header.epoch && boot.found_lsn == behind)
        && header.durable_lsn == behind
}

/// Whether a file holds only zeros in `[from, to)`; false for an empty range.
fn all_zeros(disk: &Disk, file: u32, from: u64, to: u64) -> bool {
    const PIECE_BYTES: u64 = 64 * 1024;
    let mut piece = Vec::new();
    let mut at = from;
    while at < to {
        piece.clear();
        disk.read(file, at, PIECE_BYTES.min(to - at), &mut piece);
        if piece.is_empty() || piece.iter().any(|byte| *byte != 0) {
            return false;
        }
        at += piece.len() as u64;
    }
    from < to
}
