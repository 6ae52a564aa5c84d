//! What a power cut leaves on the disk.
//!
//! A crash in order keeps a prefix of the unsynced bytes, and every removal and truncation: this is what a store with
//! ordered transactions leaves, such as IndexedDB. A crash in sectors leaves what a file system may: each sector that
//! no sync covered was written or not, and each removal and truncation took effect or not, independently of the others.
//! Guarantees: what a sync covered survives both; a host that follows the changes holds what survives. Leaves out:
//! which of the two happens (the simulation's task), and damage to what was durable (`faults`).

use super::{Disk, File};
use litemap::LiteMap;
use quorum_types::Rng;

/// The number of bytes that a disk writes atomically.
const SECTOR_BYTES: u64 = 512;

/// What is on the disk under a file's name when the power fails.
#[derive(Debug, Default)]
struct Remains {
    /// The file that the name stands for, if it is not the current one, because its removal was lost.
    removed: Option<File>,
    /// The file as it was before a truncation that was lost.
    untruncated: Option<File>,
}

impl Disk {
    /// Power fails: of the bytes that are not durable, the first `torn_bytes` survive and the rest are gone. Files stay
    /// removed and truncated.
    pub fn crash(&mut self, torn_bytes: u64) {
        let mut left = torn_bytes;
        let numbers: Vec<u32> = self.files.keys().copied().collect();
        for number in numbers {
            let Some(file) = self.files.get(&number) else { continue };
            let stays = (file.len - file.durable).min(left);
            left -= stays;
            let len = file.durable + stays;
            if len == 0 {
                self.discard(number);
                continue;
            }
            self.shorten(number, len);
            if let Some(file) = self.files.get_mut(&number) {
                (file.durable, file.synced) = (len, len);
            }
        }
        self.undurable.clear();
        // Torn bytes that survived were never part of a sync: the host must be notified of them.
        self.note();
    }

    /// Power fails, and the random stream chooses what survives of everything that is not durable. A sector that does
    /// not survive reads as before it was written; zeros where the file was shorter. A file ends with its last sector.
    pub fn crash_in_sectors(&mut self, rng: &mut Rng) {
        let mut remains = self.lost_removals(rng);
        let undurable = self.files.iter().filter(|(_, file)| file.durable < file.len);
        for number in undurable.map(|(number, _)| *number) {
            remains.entry(number).or_default();
        }
        for (number, Remains { removed, untruncated }) in remains {
            if let Some(removed) = removed {
                self.discard(number);
                self.files.insert(number, File { noted: 0, ..removed });
            }
            let Some(file) = self.files.get(&number) else { continue };
            let durable = file.durable;
            let tail = surviving(file, untruncated.as_ref(), rng);
            if durable == 0 && tail.is_empty() {
                self.discard(number);
                continue;
            }
            self.shorten(number, durable);
            self.append(number, tail);
        }
        self.crash(u64::MAX);
    }

    /// Chooses which removals and truncations are lost. A name whose removal was lost still stands for the old file,
    /// whatever was created under it since.
    fn lost_removals(&mut self, rng: &mut Rng) -> LiteMap<u32, Remains> {
        let mut names: LiteMap<u32, Remains> = LiteMap::new();
        for removal in std::mem::take(&mut self.undurable) {
            let name = names.entry(removal.file).or_default();
            let lost = rng.below(2) == 0;
            if name.removed.is_some() {
                continue;
            }
            match (removal.truncates, lost) {
                (true, true) if name.untruncated.is_none() => name.untruncated = Some(removal.before),
                (true, _) => {}
                (false, true) => name.removed = Some(removal.before),
                (false, false) => name.untruncated = None,
            }
        }
        names.retain(|_, name| name.removed.is_some() || name.untruncated.is_some());
        names
    }
}

/// What survives of a file after its durable bytes. `before` is the file as it was before a truncation that was lost.
fn surviving(file: &File, before: Option<&File>, rng: &mut Rng) -> Vec<u8> {
    let (durable, mut written, mut tail) = (file.durable, Vec::new(), Vec::new());
    file.read(durable, u64::MAX, &mut written);
    if let Some(before) = before {
        before.read(durable, u64::MAX, &mut tail);
    }
    let mut end = tail.len();
    tail.resize(end.max(written.len()), 0);
    let mut at = 0;
    while at < written.len() {
        // Sectors are aligned to the file's beginning, not to the tail's.
        let left = (SECTOR_BYTES - (durable + at as u64) % SECTOR_BYTES) as usize;
        let upto = written.len().min(at + left);
        if rng.below(2) > 0 {
            tail[at..upto].copy_from_slice(&written[at..upto]);
            // A sector is written as a whole: after the file's end it holds zeros.
            let whole = tail.len().min(at + left);
            tail[upto..whole].fill(0);
            end = end.max(upto);
        }
        at = upto;
    }
    tail.truncate(end);
    tail
}
