//! What remains after a crash, and what is reported to a host.

use std::collections::BTreeMap;

use super::*;

fn contents(disk: &Disk, file: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    disk.read(file, 0, u64::MAX, &mut bytes);
    bytes
}

/// Replays the changes reported to a host; its store must equal the disk's durable bytes.
fn mirror(changes: Vec<Change>, store: &mut BTreeMap<u32, Vec<u8>>) {
    for change in changes {
        match change {
            Change::Append { file, offset, bytes } => {
                let held = store.entry(file).or_default();
                assert_eq!(held.len() as u64, offset, "appends leave no gap");
                held.extend_from_slice(&bytes);
            }
            Change::Truncate { file, bytes } => store.entry(file).or_default().truncate(bytes as usize),
            Change::Remove { file } => {
                store.remove(&file);
            }
        }
    }
}

#[test]
fn a_crash_keeps_what_was_synced_and_nothing_else() {
    let mut disk = Disk::default();
    disk.append(1, b"kept");
    let sync = disk.begin_sync();
    disk.append(1, b"late");
    disk.end_sync(&sync);
    disk.crash(0);
    assert_eq!(contents(&disk, 1), b"kept");
}

#[test]
fn a_torn_write_leaves_a_prefix_of_what_was_not_synced() {
    for torn in 0..=6 {
        let mut disk = Disk::default();
        disk.append(1, b"ab");
        let sync = disk.begin_sync();
        disk.end_sync(&sync);
        disk.append(1, b"cdef");
        disk.crash(torn);
        assert_eq!(contents(&disk, 1), &b"abcdef"[..2 + (torn as usize).min(4)]);
    }
}

#[test]
fn reads_cross_extents() {
    let mut disk = Disk::default();
    let mut expected = Vec::new();
    for (i, len) in [10, EXTENT_BYTES, 3, EXTENT_BYTES - 1, 700, EXTENT_BYTES * 2].into_iter().enumerate() {
        let piece = vec![i as u8 + 1; len];
        disk.append(1, piece.clone());
        expected.extend_from_slice(&piece);
    }
    for (from, want) in
        [(0, 5), (5, 100), (9, EXTENT_BYTES + 9), (EXTENT_BYTES, EXTENT_BYTES * 3), (0, usize::MAX / 2)]
    {
        let mut got = Vec::new();
        disk.read(1, from as u64, want as u64, &mut got);
        let upto = (from + want).min(expected.len());
        assert_eq!(got, &expected[from..upto]);
    }
}

#[test]
fn a_host_that_follows_the_changes_holds_what_survives() {
    let mut disk = Disk::default();
    let mut store = BTreeMap::new();
    disk.append(1, [1; 100]);
    let first = disk.begin_sync();
    mirror(disk.take_changes(), &mut store);
    disk.end_sync(&first);
    disk.append(1, [2; 50]);
    let _never_ended = disk.begin_sync();
    mirror(disk.take_changes(), &mut store);
    disk.append(2, [3; 50]);
    disk.crash(10);
    mirror(disk.take_changes(), &mut store);
    for file in [1, 2] {
        assert_eq!(store.get(&file).cloned().unwrap_or_default(), contents(&disk, file));
    }
    assert_eq!(contents(&disk, 1).len(), 110);
    disk.truncate(1, 5);
    mirror(disk.take_changes(), &mut store);
    assert_eq!(store[&1], contents(&disk, 1));
    let restored = Disk::from_files([(1, vec![Arc::new(store[&1].clone())])]);
    assert_eq!(contents(&restored, 1), contents(&disk, 1));
}
