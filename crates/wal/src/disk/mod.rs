//! The simulated disk under every log: what was written, how much of it is durable, and what remains after a crash.
//!
//! Guarantees: what a completed sync covers survives every crash; of the rest, what a crash keeps is chosen by the
//! caller or by a random stream (`crash`); every change that a host must mirror is recorded in order. A sync is split
//! into its beginning and its end, because what is done in between is not covered by it. It covers the directory too: a
//! removed or truncated file may be back after a crash until a sync has ended. Disk faults are in `faults`, and where a
//! file's bytes are in memory in `extents`. Leaves out: latency (the simulation's task) and where bytes are actually
//! stored (the host's).

use litemap::LiteMap;
use std::ops::RangeBounds;
use std::sync::Arc;

pub use extents::Contents;
use extents::Extents;

/// Shared bytes that no longer change. They contain a vector, so that making bytes shared copies nothing.
pub type Bytes = Arc<Vec<u8>>;

/// A change that a host's store must apply, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Appends bytes to a file; `offset` is its previous length.
    Append {
        /// The file.
        file: u32,
        /// Its previous length.
        offset: u64,
        /// The bytes.
        bytes: Bytes,
    },
    /// Truncates the file to this length.
    Truncate {
        /// The file.
        file: u32,
        /// Its new length.
        bytes: u64,
    },
    /// Removes the file.
    Remove {
        /// The file.
        file: u32,
    },
}

/// Unfrozen bytes beyond this length become a separate extent.
const EXTENT_BYTES: usize = 64 * 1024;

/// One file: frozen extents that clones share, and a tail that still grows.
#[derive(Clone, Debug, Default)]
struct File {
    extents: Extents,
    tail: Vec<u8>,
    /// The total length, in bytes.
    len: u64,
    /// The number of bytes that survive a crash.
    durable: u64,
    /// The number of bytes that a sync has reported as durable; on a lying disk more than are durable.
    synced: u64,
    /// The number of bytes that have been reported to the host.
    noted: u64,
}

impl File {
    fn tail_start(&self) -> u64 {
        self.len - self.tail.len() as u64
    }

    fn freeze(&mut self) {
        if !self.tail.is_empty() {
            self.extents.push(Arc::new(std::mem::take(&mut self.tail)));
        }
    }

    fn append(&mut self, bytes: impl AsRef<[u8]> + Into<Vec<u8>>) {
        let piece = bytes.as_ref();
        if self.tail.len() + piece.len() > EXTENT_BYTES {
            self.freeze();
        }
        self.len += piece.len() as u64;
        if piece.len() >= EXTENT_BYTES {
            self.extents.push(Arc::new(bytes.into()));
        } else {
            self.tail.extend_from_slice(piece);
        }
    }

    /// Appends `[offset, offset + want)`, or the part of it that exists, to `into`.
    fn read(&self, offset: u64, want: u64, into: &mut Vec<u8>) {
        let end = offset.saturating_add(want).min(self.len);
        self.extents.read(offset, end, into);
        let start = self.tail_start();
        let from = offset.max(start);
        if from < end {
            into.extend_from_slice(&self.tail[(from - start) as usize..(end - start) as usize]);
        }
    }

    /// The bytes that were not yet reported to the host, with their offsets: whole extents are shared, the rest is
    /// copied.
    fn unnoted(&self) -> Vec<(u64, Bytes)> {
        let mut pieces = self.extents.after(self.noted);
        let start = self.tail_start().max(self.noted);
        if start < self.len {
            let from = (start - self.tail_start()) as usize;
            pieces.push((start, Arc::new(self.tail[from..].to_vec())));
        }
        pieces
    }

    fn truncate(&mut self, len: u64) {
        if len >= self.len {
            return;
        }
        self.freeze();
        self.extents.truncate(len);
        self.len = len;
        self.durable = self.durable.min(len);
        self.synced = self.synced.min(len);
        self.noted = self.noted.min(len);
    }
}

/// A sync in progress: the length of each file when it began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sync {
    lens: Vec<(u32, u64)>,
    /// The removals and truncations before it.
    removals: u64,
    /// The number of bytes that this sync makes durable.
    pub bytes: u64,
}

/// A file that was removed or truncated.
#[derive(Clone, Debug)]
struct Removal {
    /// Counts them, from 1.
    number: u64,
    file: u32,
    /// Whether only its end was removed.
    truncates: bool,
    /// The file as it was.
    before: File,
}

/// A node's disk.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    files: LiteMap<u32, File>,
    changes: Vec<Change>,
    /// The capacity in bytes; none for no limit.
    capacity_bytes: Option<u64>,
    /// Whether it ends syncs without making anything durable.
    lies: bool,
    /// Removals and truncations that are not durable, in order.
    undurable: Vec<Removal>,
    /// The number of removals and truncations so far.
    removals: u64,
    /// How often bytes were changed in place.
    rewrites: u64,
}

impl Disk {
    /// Creates a disk that holds these files, all of them durable, as loaded from a store.
    pub fn from_files(files: impl IntoIterator<Item = (u32, Vec<Bytes>)>) -> Self {
        let mut disk = Self::default();
        for (number, extents) in files {
            let mut file = File::default();
            for bytes in extents.into_iter().filter(|bytes| !bytes.is_empty()) {
                file.len += bytes.len() as u64;
                file.extents.push(bytes);
            }
            file.durable = file.len;
            file.synced = file.len;
            file.noted = file.len;
            disk.files.insert(number, file);
        }
        disk
    }

    /// The files by number: the length, and how much of it syncs have reported as durable.
    pub fn files(&self) -> impl Iterator<Item = (u32, u64, u64)> + '_ {
        self.files.iter().map(|(number, file)| (*number, file.len, file.synced))
    }

    /// A file's length; 0 if there is no such file.
    pub fn len(&self, file: u32) -> u64 {
        self.files.get(&file).map_or(0, |file| file.len)
    }

    /// How much of a file syncs have reported as durable; 0 if there is no such file.
    pub fn synced(&self, file: u32) -> u64 {
        self.files.get(&file).map_or(0, |file| file.synced)
    }

    /// Whether there are no files.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The total size of all files, in bytes.
    pub fn bytes(&self) -> u64 {
        self.files.values().map(|file| file.len).sum()
    }

    /// The number of written bytes that no sync has reported as durable.
    pub fn unsynced(&self) -> u64 {
        self.files.values().map(|file| file.len - file.synced).sum()
    }

    /// The same in the files with these numbers.
    pub fn unsynced_in(&self, files: impl RangeBounds<u32>) -> u64 {
        let files = self.files.iter().filter(|(number, _)| files.contains(number));
        files.map(|(_, file)| file.len - file.synced).sum()
    }

    /// Appends to a file; the first append creates it.
    pub fn append(&mut self, file: u32, bytes: impl AsRef<[u8]> + Into<Vec<u8>>) {
        self.files.entry(file).or_default().append(bytes);
    }

    /// Appends up to `want` bytes from `offset` to `into`; fewer at the end of the file.
    pub fn read(&self, file: u32, offset: u64, want: u64, into: &mut Vec<u8>) {
        if let Some(file) = self.files.get(&file) {
            file.read(offset, want, into);
        }
    }

    /// How often bytes were changed in place, which only faults do.
    pub fn rewrites(&self) -> u64 {
        self.rewrites
    }

    /// From now on the bytes at this place are read from contents that are in memory anyway, which have to be the same:
    /// otherwise what a log holds would be there twice. Without effect as long as the host has not been told of them.
    pub fn share(&mut self, file: u32, offset: u64, contents: &Arc<dyn Contents>) {
        if let Some(found) = self.files.get_mut(&file)
            && offset.saturating_add(contents.bytes()) <= found.noted
        {
            if offset + contents.bytes() > found.tail_start() {
                found.freeze();
            }
            found.extents.share(offset, contents);
        }
    }

    /// Truncates a file; until a sync covers this, a crash may bring the end back.
    pub fn truncate(&mut self, file: u32, bytes: u64) {
        if let Some(found) = self.files.get_mut(&file)
            && bytes < found.len
        {
            found.freeze();
            let before = found.clone();
            self.removals += 1;
            self.undurable.push(Removal { number: self.removals, file, truncates: true, before });
            self.shorten(file, bytes);
        }
    }

    /// Removes a file; until a sync covers this, a crash may bring it back.
    pub fn remove(&mut self, file: u32) {
        if let Some(before) = self.discard(file) {
            self.removals += 1;
            self.undurable.push(Removal { number: self.removals, file, truncates: false, before });
        }
    }

    /// Truncates a file, with no way back.
    fn shorten(&mut self, file: u32, bytes: u64) {
        if let Some(found) = self.files.get_mut(&file)
            && bytes < found.len
        {
            let reported = found.noted > bytes;
            found.truncate(bytes);
            if reported {
                self.changes.push(Change::Truncate { file, bytes });
            }
        }
    }

    /// Removes a file, with no way back.
    fn discard(&mut self, file: u32) -> Option<File> {
        let found = self.files.remove(&file)?;
        if found.noted > 0 {
            self.changes.push(Change::Remove { file });
        }
        Some(found)
    }

    /// Replaces the disk by an empty one: nothing brings its files back.
    pub fn wipe(&mut self) {
        let files: Vec<u32> = self.files.keys().copied().collect();
        for file in files {
            self.discard(file);
        }
        self.undurable.clear();
    }

    /// Records for the host what was written since the last call. The host may store it before any sync asks for it: a
    /// crash may keep any amount of unsynced data.
    pub fn note(&mut self) {
        for (number, file) in self.files.iter_mut() {
            for (offset, bytes) in file.unnoted() {
                self.changes.push(Change::Append { file: *number, offset, bytes });
            }
            file.noted = file.len;
        }
    }

    /// Begins a sync of everything written so far, and records the bytes for the host.
    pub fn begin_sync(&mut self) -> Sync {
        self.begin_sync_of(..)
    }

    /// Begins a sync of everything written so far in the files with these numbers, and records the bytes for the host.
    /// Another sync may be in progress: each makes durable what was written when it began.
    pub fn begin_sync_of(&mut self, files: impl RangeBounds<u32>) -> Sync {
        self.note();
        let mut sync = Sync { lens: Vec::new(), removals: self.removals, bytes: 0 };
        for (number, file) in self.files.iter().filter(|(number, _)| files.contains(number)) {
            if file.synced < file.len {
                sync.bytes += file.len - file.synced;
                sync.lens.push((*number, file.len));
            }
        }
        sync
    }

    /// Ends a sync: what was written, removed and truncated when it began is durable, unless the disk lies.
    pub fn end_sync(&mut self, sync: &Sync) {
        for (number, len) in &sync.lens {
            if let Some(file) = self.files.get_mut(number) {
                file.synced = file.synced.max((*len).min(file.len));
            }
        }
        self.settle(sync.removals);
    }

    /// Makes everything durable in the files before this one, and in this one up to an offset, unless the disk lies.
    pub fn sync_upto(&mut self, file: u32, offset: u64) {
        for (number, found) in self.files.iter_mut().filter(|(number, _)| **number <= file) {
            let upto = if *number < file { found.len } else { offset.min(found.len) };
            found.synced = found.synced.max(upto);
        }
        self.settle(self.removals);
    }

    /// Makes durable what syncs have reported as durable, with the first removals, unless the disk lies. What an
    /// earlier sync reported falsely lay in the disk's cache, and leaves it now.
    fn settle(&mut self, removals: u64) {
        if !self.lies {
            self.files.iter_mut().for_each(|(_, file)| file.durable = file.durable.max(file.synced));
            self.undurable.retain(|removal| removal.number > removals);
        }
    }

    /// The changes since the last call, in order.
    pub fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }
}

mod crash;
mod extents;
mod faults;
#[cfg(test)]
mod tests;
