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

/// A disk with these durable bytes in file 1.
fn durable(bytes: &[u8]) -> Disk {
    let mut disk = Disk::default();
    disk.append(1, bytes);
    let sync = disk.begin_sync();
    disk.end_sync(&sync);
    disk
}

/// The contents of file 1 after a crash in sectors, under many random choices; a host holds the same.
fn after_crashes(disk: &Disk) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for seed in 0..64 {
        let (mut disk, mut store) = (disk.clone(), BTreeMap::new());
        mirror(disk.take_changes(), &mut store);
        disk.crash_in_sectors(&mut quorum_types::Rng::new(seed, 0));
        mirror(disk.take_changes(), &mut store);
        for (file, len, synced) in disk.files() {
            assert_eq!(len, synced, "what is there after a crash stays");
            assert_eq!(store[&file], contents(&disk, file));
        }
        found.push(contents(&disk, 1));
    }
    found.sort();
    found.dedup();
    found
}

#[test]
fn a_removal_is_durable_with_the_next_sync_and_may_be_lost_before() {
    let mut disk = durable(b"old");
    disk.remove(1);
    assert_eq!(after_crashes(&disk), [&b""[..], b"old"]);
    let mut ordered = disk.clone();
    ordered.crash(0);
    assert_eq!(contents(&ordered, 1), b"", "a store with ordered transactions keeps it");
    // A sync that began before the removal does not cover it.
    let mut late = durable(b"old");
    let sync = late.begin_sync();
    late.remove(1);
    late.end_sync(&sync);
    assert_eq!(after_crashes(&late), [&b""[..], b"old"]);
    let sync = disk.begin_sync();
    disk.set_lying(true);
    disk.end_sync(&sync);
    assert_eq!(after_crashes(&disk), [&b""[..], b"old"], "a lie makes nothing durable");
    disk.set_lying(false);
    let sync = disk.begin_sync();
    disk.end_sync(&sync);
    assert_eq!(after_crashes(&disk), [b""]);
}

#[test]
fn a_name_stands_for_the_old_file_or_for_the_new_one() {
    let mut disk = durable(b"old");
    disk.remove(1);
    disk.append(1, b"new");
    assert_eq!(after_crashes(&disk), [&b""[..], b"new", b"old"]);
    disk.wipe();
    assert_eq!(after_crashes(&disk), [b""], "an exchanged disk brings nothing back");
}

#[test]
fn where_a_truncation_is_lost_sectors_are_old_or_new() {
    let mut disk = durable(&[1; 1_200]);
    disk.truncate(1, 100);
    disk.append(1, [2; 600]);
    let mut kinds = std::collections::BTreeSet::new();
    for bytes in after_crashes(&disk) {
        assert_eq!(bytes[..100], [1; 100]);
        let at = |place: usize| bytes.get(place).copied();
        kinds.insert((bytes.len(), at(200), at(600), at(800), at(1_100)));
        for sector in [100..512, 512..700] {
            let there = bytes.get(sector).unwrap_or_default();
            assert!(there.iter().all(|byte| *byte == there[0]), "a sector is written as a whole");
        }
    }
    let (old, new, zero) = (Some(1), Some(2), Some(0));
    for lost in [(1_200, old, old, old, old), (1_200, old, new, zero, old), (1_200, new, old, old, old)] {
        assert!(kinds.contains(&lost), "{lost:?} is not in {kinds:?}");
    }
    for kept in [(100, None, None, None, None), (700, zero, new, None, None), (512, new, None, None, None)] {
        assert!(kinds.contains(&kept), "{kept:?} is not in {kinds:?}");
    }
    let sync = disk.begin_sync();
    disk.end_sync(&sync);
    assert_eq!(after_crashes(&disk).len(), 1);
}

#[test]
fn what_a_sync_reported_falsely_is_durable_after_an_honest_one() {
    let mut disk = Disk::default();
    disk.set_lying(true);
    disk.append(1, b"cached");
    let sync = disk.begin_sync();
    disk.end_sync(&sync);
    assert_eq!(after_crashes(&disk), [&b""[..], b"cached"]);
    disk.set_lying(false);
    disk.append(2, b"more");
    let sync = disk.begin_sync();
    disk.end_sync(&sync);
    assert_eq!(after_crashes(&disk), [b"cached"]);
}

/// Bytes that a program could write again.
#[derive(Debug)]
struct Remembered(Vec<u8>);

impl Contents for Remembered {
    fn bytes(&self) -> u64 {
        self.0.len() as u64
    }

    fn write(&self, into: &mut Vec<u8>) {
        into.extend_from_slice(&self.0);
    }
}

#[test]
fn what_is_shared_reads_as_before_whatever_happens_to_it() {
    let whole: Vec<u8> = (0..200_000_u32).map(|number| (number % 251) as u8).collect();
    for (offset, len) in
        [(0, 200_000), (0, 1), (70, 100_000), (65_000, 2_000), (199_999, 1), (131_072, 68_928)]
    {
        // As it was written in parts, and as a store returns it.
        let mut written = Disk::default();
        whole.chunks(30_000).for_each(|part| written.append(1, part));
        let sync = written.begin_sync();
        written.end_sync(&sync);
        let extents = whole.chunks(100_000).map(|part| Arc::new(part.to_vec())).collect();
        for mut disk in [written, Disk::from_files([(1, extents)])] {
            let part = whole[offset as usize..(offset + len) as usize].to_vec();
            let contents: Arc<dyn Contents> = Arc::new(Remembered(part));
            disk.share(1, offset, &contents);
            assert_eq!(Arc::strong_count(&contents), 2, "{offset}: it is shared");
            assert_eq!(contents_of(&disk), whole);
            for from in (0..200_000).step_by(7_919) {
                let mut bytes = Vec::new();
                disk.read(1, from, 5_000, &mut bytes);
                let upto = (from + 5_000).min(200_000);
                assert_eq!(bytes, whole[from as usize..upto as usize]);
            }
            let mut cut = disk.clone();
            cut.truncate(1, offset + len / 2);
            assert_eq!(contents_of(&cut), whole[..(offset + len / 2) as usize]);
            cut.append(1, &b"more"[..]);
            cut.crash(2);
            assert!(contents_of(&cut).ends_with(b"mo"));
            let mut harmed = disk.clone();
            harmed.damage(1, offset, 1, |byte| !byte);
            assert_eq!(harmed.rewrites(), 1);
            assert_eq!(contents_of(&harmed)[offset as usize], !whole[offset as usize]);
            assert_eq!(contents_of(&disk), whole, "clones are separate");
            // A removal that a crash takes back is reported to the host as it was.
            disk.take_changes();
            let mut store = BTreeMap::new();
            let mut back = (0..64).find_map(|seed| {
                let mut back = disk.clone();
                back.remove(1);
                back.crash_in_sectors(&mut quorum_types::Rng::new(seed, 0));
                (back.len(1) > 0).then_some(back)
            });
            let changes = back.as_mut().expect("one seed brings it back").take_changes();
            mirror(changes, &mut store);
            assert_eq!(store.get(&1), Some(&whole));
        }
    }
}

fn contents_of(disk: &Disk) -> Vec<u8> {
    contents(disk, 1)
}

#[test]
fn what_the_host_has_not_got_is_not_shared() {
    let mut disk = Disk::default();
    disk.append(1, vec![7; 100_000]);
    let contents: Arc<dyn Contents> = Arc::new(Remembered(vec![7; 100_000]));
    disk.share(1, 0, &contents);
    assert_eq!(Arc::strong_count(&contents), 1);
    disk.share(2, 0, &contents);
    disk.note();
    disk.share(1, 1, &contents);
    assert_eq!(Arc::strong_count(&contents), 1, "there are not as many bytes");
    disk.share(1, 0, &contents);
    assert_eq!(Arc::strong_count(&contents), 2);
}
