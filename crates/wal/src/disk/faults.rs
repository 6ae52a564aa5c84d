//! What a disk can do wrong, and what a crash can leave.
//!
//! | fault | here |
//! | --- | --- |
//! | torn: a prefix of what was not synced stays | [`Disk::crash`](super::Disk::crash) |
//! | reordered, lost: of what was not synced any sectors stay, the others read as zeros | [`Disk::crash_in_sectors`] |
//! | flipped, zeroed: synced bytes change | [`Disk::rewrite`] |
//! | stale: a synced write never happened, and its place reads as it did before (zeros, at the end of a file) | [`Disk::go_stale`] |
//! | misdirected: a write landed in another place | [`Disk::misdirect`] |
//! | full | [`Disk::set_capacity`], [`Disk::fits`] |
//! | an fsync that lies | [`Disk::set_lying`] |
//! | slow | the simulation's settings |
//!
//! Promises: each leaves exactly what its row says, and a host is told of it as of any other change. Leaves out:
//! choosing when.

use super::Disk;
use quorum_types::Rng;

/// What a disk writes at once.
const SECTOR_BYTES: u64 = 512;

impl Disk {
    /// At most so many bytes fit from here on; none for as many as come.
    pub fn set_capacity(&mut self, bytes: Option<u64>) {
        self.capacity_bytes = bytes;
    }

    /// Whether so many bytes more fit.
    pub fn fits(&self, bytes: u64) -> bool {
        self.capacity_bytes.is_none_or(|capacity| self.bytes().saturating_add(bytes) <= capacity)
    }

    /// From here on syncs end without making anything durable, or do their work again.
    pub fn set_lying(&mut self, lies: bool) {
        self.lies = lies;
    }

    /// Whether syncs lie.
    pub fn lies(&self) -> bool {
        self.lies
    }

    /// Power fails: of what was not durable each sector stays or reads as zeros, as the random stream has it; a file
    /// ends with its last sector that stays.
    pub fn crash_in_sectors(&mut self, rng: &mut Rng) {
        let torn: Vec<(u32, u64, u64)> = self.files().filter(|(_, len, durable)| durable < len).collect();
        for (file, len, durable) in torn {
            let mut tail = Vec::new();
            self.read(file, durable, len - durable, &mut tail);
            let mut end = 0;
            let mut at = 0;
            while at < tail.len() {
                // Sectors lie where the file's beginning puts them, not where the tail begins.
                let left = SECTOR_BYTES - (durable + at as u64) % SECTOR_BYTES;
                let upto = tail.len().min(at + left as usize);
                if rng.below(2) == 0 {
                    tail[at..upto].fill(0);
                } else {
                    end = upto;
                }
                at = upto;
            }
            tail.truncate(end);
            self.truncate(file, durable);
            if durable + end as u64 > 0 {
                self.append(file, tail);
            } else {
                self.remove(file);
            }
        }
        self.crash(u64::MAX);
    }

    /// The bytes of a file from `offset` on are these from now on; what was durable stays so, as far as it is there.
    pub fn rewrite(&mut self, file: u32, offset: u64, bytes: Vec<u8>) {
        let Some((durable, synced)) = self.files.get(&file).map(|found| (found.durable, found.synced)) else {
            return;
        };
        self.truncate(file, offset);
        self.append(file, bytes);
        self.note();
        if let Some(found) = self.files.get_mut(&file) {
            found.durable = durable.min(found.len);
            found.synced = synced.min(found.len);
        }
    }

    /// Changes some bytes of a file in place.
    pub fn damage(&mut self, file: u32, offset: u64, bytes: u64, with: impl Fn(u8) -> u8) {
        let mut rest = Vec::new();
        self.read(file, offset, u64::MAX, &mut rest);
        rest.iter_mut().take(bytes as usize).for_each(|byte| *byte = with(*byte));
        self.rewrite(file, offset, rest);
    }

    /// A synced write of so many bytes never happened.
    pub fn go_stale(&mut self, file: u32, offset: u64, bytes: u64) {
        self.damage(file, offset, bytes, |_| 0);
    }

    /// A write of so many bytes landed at `to` instead; where it should have gone reads as zeros.
    pub fn misdirect(&mut self, file: u32, from: u64, to: (u32, u64), bytes: u64) {
        let mut written = Vec::new();
        self.read(file, from, bytes, &mut written);
        self.go_stale(file, from, bytes);
        let mut rest = Vec::new();
        self.read(to.0, to.1, u64::MAX, &mut rest);
        rest.iter_mut().zip(&written).for_each(|(byte, written)| *byte = *written);
        if rest.len() < written.len() {
            rest.extend_from_slice(&written[rest.len()..]);
        }
        self.rewrite(to.0, to.1, rest);
    }
}
