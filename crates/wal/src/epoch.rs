//! The highest epoch on a disk.
//!
//! An opening needs an epoch above every one that was written; otherwise the next replay considers its records older
//! than those before them. The store's stamp alone cannot give that epoch: it may be lost, or an older copy.
//! Guarantees: reads headers only, so that it costs little; never panics. Leaves out: whether the log can be opened
//! (`replay`).

use super::format::{FILE_HEADER_BYTES, FileHeader, HEADER_BYTES, Header, Place, VERSION};
use crate::disk::Disk;
use quorum_types::NodeId;

/// The highest epoch in a node's log files and objects; 0 if there are none. A file is read as far as its headers are
/// valid.
pub fn last_epoch(disk: &Disk, node: NodeId) -> u32 {
    disk.files().map(|(file, bytes, _)| epoch_of(disk, node, file, bytes)).max().unwrap_or(0)
}

fn epoch_of(disk: &Disk, node: NodeId, file: u32, bytes: u64) -> u32 {
    let mut buffer = Vec::new();
    disk.read(file, 0, FILE_HEADER_BYTES, &mut buffer);
    let header = FileHeader::decode(&buffer).ok().filter(|header| header.version == VERSION);
    let Some(header) = header else { return 0 };
    let (mut epoch, mut offset) = (header.epoch, FILE_HEADER_BYTES);
    while offset + HEADER_BYTES <= bytes {
        buffer.clear();
        disk.read(file, offset, HEADER_BYTES, &mut buffer);
        let Ok(header) = Header::decode(&buffer, Place { node, file, offset }) else { break };
        epoch = epoch.max(header.epoch);
        offset += HEADER_BYTES + u64::from(header.length);
    }
    epoch
}
