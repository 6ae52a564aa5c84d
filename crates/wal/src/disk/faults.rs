//! Disk faults, and what can remain after a crash.
//!
//! | fault | here |
//! | --- | --- |
//! | torn: a prefix of the unsynced bytes survives | [`Disk::crash`](super::Disk::crash) |
//! | reordered, lost: any unsynced sectors survive, the others read as before, or as zeros | [`Disk::crash_in_sectors`] |
//! | a removal or a truncation is lost: the file, or its end, is back | [`Disk::crash_in_sectors`] |
//! | flipped, zeroed: synced bytes change | [`Disk::rewrite`] |
//! | stale: a synced write is lost, and its place reads as before (zeros at a file's end) | [`Disk::go_stale`] |
//! | misdirected: a write lands in another place | [`Disk::misdirect`] |
//! | full | [`Disk::set_capacity`], [`Disk::fits`] |
//! | an fsync that lies | [`Disk::set_lying`] |
//! | slow | the simulation's settings |
//!
//! Guarantees: each fault leaves exactly what its row says, and is reported to a host like any other change. Leaves
//! out: choosing when faults occur.

use super::Disk;

impl Disk {
    /// Limits the total number of bytes on the disk from now on; none removes the limit.
    pub fn set_capacity(&mut self, bytes: Option<u64>) {
        self.capacity_bytes = bytes;
    }

    /// Whether this many more bytes fit.
    pub fn fits(&self, bytes: u64) -> bool {
        self.capacity_bytes.is_none_or(|capacity| self.bytes().saturating_add(bytes) <= capacity)
    }

    /// From now on, syncs end without making anything durable, or work correctly again.
    pub fn set_lying(&mut self, lies: bool) {
        self.lies = lies;
    }

    /// Whether syncs lie.
    pub fn lies(&self) -> bool {
        self.lies
    }

    /// Replaces the bytes of a file from `offset` on; durable bytes stay durable, as far as they still exist.
    pub fn rewrite(&mut self, file: u32, offset: u64, bytes: Vec<u8>) {
        let Some((durable, synced)) = self.files.get(&file).map(|found| (found.durable, found.synced)) else {
            return;
        };
        self.rewrites += 1;
        self.shorten(file, offset);
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

    /// A synced write of this many bytes is lost.
    pub fn go_stale(&mut self, file: u32, offset: u64, bytes: u64) {
        self.damage(file, offset, bytes, |_| 0);
    }

    /// A write of this many bytes landed at `to` instead; its intended place reads as zeros.
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
