//! The cases of `docs/wal-format.md`, every cut of a small log, and random histories.

use super::format::{
    Boot, ColumnShape, FILE_HEADER_BYTES, HEADER_BYTES, MAX_PAYLOAD_BYTES, RowsFront, RowsShape,
};
use super::*;
use crate::disk::Disk;

/// What a replay found: the LSNs of whole records, and the end.
fn replay(disk: &Disk, promised_lsn: u64) -> (Vec<u64>, End) {
    read(disk, 0, Some(promised_lsn).filter(|lsn| *lsn > 0))
}

/// The same after a checkpoint, and with a stamp or without one.
fn read(disk: &Disk, checkpoint_lsn: u64, promised_lsn: Option<u64>) -> (Vec<u64>, End) {
    let mut replay = Replay::new(3, disk, checkpoint_lsn, promised_lsn);
    let mut lsns = Vec::new();
    loop {
        match replay.step(disk) {
            Step::Record { header, .. } => lsns.push(header.lsn),
            Step::End(end) => return (lsns, end),
        }
    }
}

/// Appends a record that is not too large.
fn put(wal: &mut Wal, disk: &mut Disk, kind: Kind, payload: impl Into<Vec<u8>>) -> Appended {
    wal.append(disk, kind, payload).expect("the record is not too large")
}

/// A log of `records` hard states, each 12 bytes of payload; all durable.
fn log(records: u64) -> (Disk, Wal, Vec<Appended>) {
    let mut disk = Disk::default();
    let mut wal = Wal::continuing(3, 1, 0, Vec::new());
    let places = (0..records).map(|i| put(&mut wal, &mut disk, Kind::HardState, [i as u8 + 1; 12])).collect();
    let sync = disk.begin_sync();
    disk.end_sync(&sync);
    wal.synced(records);
    (disk, wal, places)
}

fn cut(disk: &Disk, file: u32, bytes: u64) -> Disk {
    let mut copy = disk.clone();
    copy.truncate(file, bytes);
    copy
}

#[test]
fn case_1_and_2_a_whole_log_replays_to_its_end() {
    assert_eq!(replay(&Disk::default(), 0), (vec![], End::Clean));
    let (disk, wal, _) = log(5);
    assert_eq!(replay(&disk, 5), ((1..=5).collect(), End::Clean));
    assert_eq!(wal.last_lsn(), 5);
}

#[test]
fn case_3_4_and_10_every_cut_is_torn_and_keeps_every_whole_record() {
    let (disk, _, places) = log(4);
    let len = disk.len(1);
    for bytes in 0..len {
        let (lsns, end) = replay(&cut(&disk, 1, bytes), 0);
        let whole = places.iter().filter(|place| place.offset + place.bytes <= bytes).count() as u64;
        assert_eq!(lsns, (1..=whole).collect::<Vec<_>>(), "cut at {bytes}");
        let on_border =
            bytes == FILE_HEADER_BYTES || places.iter().any(|place| place.offset + place.bytes == bytes);
        match end {
            End::Clean => assert!(on_border, "cut at {bytes}"),
            End::Torn(torn) => {
                assert!(!on_border, "cut at {bytes}");
                assert!(torn.offset <= bytes, "cut at {bytes}");
                if torn.claimed_bytes > 0 && torn.offset > 0 {
                    assert_eq!((torn.claimed_bytes, torn.found_bytes), (48, bytes - torn.offset));
                }
            }
            other => panic!("cut at {bytes}: {other:?}"),
        }
    }
}

#[test]
fn case_5_a_hole_of_zeros_at_the_end_is_torn() {
    let (disk, _, places) = log(3);
    let mut holed = cut(&disk, 1, places[2].offset);
    holed.append(1, [0; 700]);
    let (lsns, end) = replay(&holed, 0);
    assert_eq!(lsns, vec![1, 2]);
    assert!(matches!(end, End::Torn(torn) if torn.offset == places[2].offset));
}

#[test]
fn case_6_and_7_any_flipped_bit_before_the_end_is_damage_with_its_place() {
    let (disk, _, places) = log(3);
    for offset in FILE_HEADER_BYTES..disk.len(1) {
        for bit in [0, 7] {
            let mut flipped = disk.clone();
            flipped.damage(1, offset, 1, |byte| byte ^ (1 << bit));
            let (lsns, end) = replay(&flipped, 0);
            let hit = places.iter().position(|place| offset < place.offset + place.bytes).unwrap_or(0);
            assert_eq!(lsns.len(), hit, "bit {bit} of byte {offset}");
            match end {
                End::Corrupt(damage) => assert_eq!((damage.file, damage.offset), (1, places[hit].offset)),
                other => panic!("bit {bit} of byte {offset}: {other:?}"),
            }
        }
    }
}

#[test]
fn case_9_and_12_a_file_that_is_cut_or_missing_before_the_last_is_damage() {
    let (mut disk, mut wal, _) = log(1);
    let big = vec![7; 5 << 20];
    put(&mut wal, &mut disk, Kind::Entries, big);
    let second = put(&mut wal, &mut disk, Kind::HardState, [9; 12]);
    assert!(second.rotated);
    assert_eq!(replay(&disk, 3), (vec![1, 2, 3], End::Clean));
    let (lsns, end) = replay(&cut(&disk, 1, disk.len(1) - 1), 0);
    assert_eq!(lsns, vec![1]);
    assert!(matches!(end, End::Corrupt(damage) if damage.file == 1));
    disk.remove(1);
    assert!(
        matches!(replay(&disk, 0), (lsns, End::Corrupt(damage)) if lsns.is_empty() && damage.why.contains("wal-000001.log"))
    );
}

#[test]
fn case_11_and_13_file_headers_are_checked() {
    let (disk, _, _) = log(1);
    for offset in 0..FILE_HEADER_BYTES {
        let mut flipped = disk.clone();
        flipped.damage(1, offset, 1, |byte| byte ^ 0x40);
        assert!(
            matches!(replay(&flipped, 0), (_, End::Corrupt(damage)) if damage.offset == 0),
            "byte {offset}"
        );
    }
    let mut newer = Disk::default();
    let header = format::FileHeader { version: 3, node: 3, file: 1, epoch: 1, first_lsn: 1 };
    newer.append(1, header.encode());
    assert_eq!(replay(&newer, 0).1, End::Version { version: 3, file: 1 });
    let mut elsewhere = Disk::default();
    elsewhere.append(
        1,
        format::FileHeader { version: format::VERSION, node: 4, file: 1, epoch: 1, first_lsn: 1 }.encode(),
    );
    assert!(matches!(replay(&elsewhere, 0).1, End::Corrupt(_)));
}

#[test]
fn case_14_an_end_before_what_was_promised_is_damage() {
    let (disk, _, places) = log(4);
    let short = cut(&disk, 1, places[3].offset);
    assert_eq!(replay(&short, 3).1, End::Clean);
    assert!(matches!(replay(&short, 4).1, End::Corrupt(_)));
    let torn = cut(&disk, 1, places[3].offset + 5);
    assert!(matches!(replay(&torn, 3).1, End::Torn(_)));
    assert!(matches!(replay(&torn, 4).1, End::Corrupt(_)));
    // The place is where the records end: cut there, none of them goes.
    for disk in [&short, &torn] {
        assert!(
            matches!(replay(disk, 4).1, End::Corrupt(damage) if (damage.file, damage.offset) == (1, places[3].offset))
        );
    }
    let (files, wal) = in_files(10);
    let last = wal.files().last().expect("there are files").file;
    let damage = |end| if let End::Corrupt(damage) = end { Some((damage.file, damage.offset)) } else { None };
    assert_eq!(damage(replay(&files, 11).1), Some((last, files.len(last))));
}

/// A log of small files with this many records, all durable.
fn in_files(records: u64) -> (Disk, Wal) {
    let mut disk = Disk::default();
    let mut wal = Wal::continuing(3, 1, 0, Vec::new());
    wal.set_rotate_bytes(100);
    for i in 0..records {
        put(&mut wal, &mut disk, Kind::HardState, [i as u8 + 1; 12]);
    }
    (disk, wal)
}

#[test]
fn case_12_files_may_go_as_far_as_the_checkpoint_and_no_further() {
    let (mut disk, mut wal) = in_files(10);
    let firsts: Vec<u64> = wal.files().iter().map(|facts| facts.first_lsn).collect();
    assert_eq!(firsts, [1, 3, 5, 7, 9]);
    assert_eq!(wal.remove_before(&mut disk, 5), 2, "LSN 5 begins the third file, which stays for LSN 6");
    assert_eq!(read(&disk, 5, None), ((5..=10).collect(), End::Clean));
    assert_eq!(read(&disk, 4, None).1, End::Clean, "the first file begins right after it");
    for checkpoint in [0, 3] {
        assert!(matches!(read(&disk, checkpoint, None), (lsns, End::Corrupt(_)) if lsns.is_empty()));
    }
    wal.rotate(&mut disk);
    assert_eq!(wal.remove_before(&mut disk, 10), 3);
    assert_eq!(disk.bytes(), FILE_HEADER_BYTES, "an empty file that says where the log goes on");
    let (lsns, end) = read(&disk, 10, Some(10));
    assert_eq!((lsns, end), (vec![], End::Clean));
    assert!(matches!(read(&disk, 10, Some(11)).1, End::Corrupt(_)), "and how far it has to reach");
}

#[test]
fn case_16_damage_behind_the_stamp_is_a_tail_that_nobody_was_told_of() {
    let (disk, wal) = in_files(10);
    for facts in wal.files() {
        for offset in 0..disk.len(facts.file) {
            let mut flipped = disk.clone();
            flipped.damage(facts.file, offset, 1, |byte| byte ^ 1);
            let (lsns, end) = read(&flipped, 0, Some(6));
            if facts.first_lsn > 6 {
                assert!(lsns.len() >= 6, "{lsns:?}");
                assert!(
                    matches!(end, End::Torn(torn) if torn.file == facts.file),
                    "{facts:?} {offset}: {end:?}"
                );
            } else {
                assert!(matches!(end, End::Corrupt(_)), "{facts:?} {offset}: {end:?}");
            }
            assert!(matches!(read(&flipped, 0, None).1, End::Corrupt(_)), "without a stamp nobody knows");
        }
    }
}

#[test]
fn a_record_that_was_written_to_another_place_does_not_pass() {
    let (disk, _, places) = log(2);
    let mut bytes = Vec::new();
    disk.read(1, places[1].offset, places[1].bytes, &mut bytes);
    let mut moved = cut(&disk, 1, places[1].offset);
    moved.append(2, bytes);
    assert!(matches!(replay(&moved, 0).1, End::Corrupt(_)));
}

#[test]
fn a_log_goes_on_after_a_cut_as_if_the_torn_record_had_never_been() {
    let (disk, _, places) = log(3);
    let mut disk = cut(&disk, 1, places[2].offset + 20);
    let mut reading = Replay::new(3, &disk, 0, None);
    let torn = loop {
        if let Step::End(end) = reading.step(&disk) {
            break end;
        }
    };
    let End::Torn(torn) = torn else { panic!("{torn:?}") };
    let mut wal = Wal::continuing(3, 2, reading.last_lsn(), reading.files().to_vec());
    disk.truncate(torn.file, torn.offset);
    let boot = Boot { epoch: 2, proven_lsn: 1, found_lsn: 2 };
    put(&mut wal, &mut disk, Kind::Boot, boot.encode());
    assert_eq!(replay(&disk, 0), (vec![1, 2, 3], End::Clean));
    assert_eq!(Boot::decode(&boot.encode()), Some(boot));
}

/// A log of three records under epoch 3, all durable, and what an opening under another epoch wrote after it.
fn opened_again(epoch: u32, boot: Boot, kind: Kind) -> Disk {
    let mut disk = Disk::default();
    let mut wal = Wal::continuing(3, 3, 0, Vec::new());
    for i in 0..3 {
        put(&mut wal, &mut disk, Kind::HardState, [i; 12]);
    }
    let files = wal.files().to_vec();
    let mut wal = Wal::continuing(3, epoch, 3, files);
    put(&mut wal, &mut disk, kind, boot.encode());
    put(&mut wal, &mut disk, Kind::HardState, [9; 12]);
    disk
}

#[test]
fn case_21_an_opening_that_counted_from_a_lost_stamp_is_read() {
    let boot = Boot { epoch: 1, proven_lsn: 3, found_lsn: 3 };
    let disk = opened_again(1, boot, Kind::Boot);
    assert_eq!(replay(&disk, 5), ((1..=5).collect(), End::Clean));
    assert_eq!(last_epoch(&disk, 3), 3, "the next opening counts from the highest");
    // What follows it may not go back once more.
    let mut older = disk.clone();
    let files = vec![writer::FileFacts { file: 1, first_lsn: 1, records: 5 }];
    put(&mut Wal::continuing(3, 0, 5, files), &mut older, Kind::HardState, [1; 12]);
    assert!(matches!(replay(&older, 0), (lsns, End::Corrupt(_)) if lsns.len() == 5));
}

#[test]
fn case_8_any_other_record_of_an_older_epoch_is_damage() {
    let whole = Boot { epoch: 1, proven_lsn: 3, found_lsn: 3 };
    for (boot, kind) in [
        (whole, Kind::HardState),
        // An opening that had found fewer records did not write here.
        (Boot { found_lsn: 2, ..whole }, Kind::Boot),
        (Boot { found_lsn: 4, ..whole }, Kind::Boot),
        (Boot { epoch: 2, ..whole }, Kind::Boot),
    ] {
        let (lsns, end) = replay(&opened_again(1, boot, kind), 0);
        assert_eq!(lsns, [1, 2, 3], "{boot:?} {kind:?}");
        assert!(
            matches!(&end, End::Corrupt(damage) if damage.why.contains("epoch")),
            "{boot:?} {kind:?}: {end:?}"
        );
    }
}

#[test]
fn the_last_epoch_is_the_highest_that_any_header_names() {
    let (mut disk, _, _) = log(2);
    assert_eq!((last_epoch(&Disk::default(), 3), last_epoch(&disk, 3)), (0, 1));
    // An empty file that a checkpoint left, and an object.
    let header =
        |file, epoch| format::FileHeader { version: format::VERSION, node: 3, file, epoch, first_lsn: 3 };
    disk.append(2, header(2, 4).encode());
    assert_eq!(last_epoch(&disk, 3), 4);
    object::ObjectWriter::begin(&mut disk, 3, format::FIRST_OBJECT + 1, 6);
    assert_eq!(last_epoch(&disk, 3), 6);
    // Bytes that are no header end it, and nothing else.
    disk.append(2, [7; 200]);
    assert_eq!(last_epoch(&disk, 3), 6);
    assert_eq!(last_epoch(&disk, 4), 6, "whose file it is, replay asks");
}

#[test]
fn a_stamp_that_is_older_than_the_log_no_longer_tells_a_torn_end_from_damage() {
    let mut disk = Disk::default();
    let mut wal = Wal::continuing(3, 1, 0, Vec::new());
    put(&mut wal, &mut disk, Kind::HardState, [1; 12]);
    let mut wal = Wal::continuing(3, 2, 1, wal.files().to_vec());
    put(&mut wal, &mut disk, Kind::Boot, Boot { epoch: 2, proven_lsn: 1, found_lsn: 1 }.encode());
    put(&mut wal, &mut disk, Kind::HardState, [2; 12]);
    let third = put(&mut wal, &mut disk, Kind::HardState, [3; 12]);
    put(&mut wal, &mut disk, Kind::HardState, [4; 12]);
    disk.damage(1, third.offset, 1, |byte| byte ^ 1);
    let end = |stamp_epoch| {
        let mut replay = Replay::new(3, &disk, 0, Some(1));
        replay.set_stamp_epoch(stamp_epoch);
        loop {
            if let Step::End(end) = replay.step(&disk) {
                return end;
            }
        }
    };
    // Record 3 of the second opening was acknowledged, for all that the first opening's stamp knows.
    assert!(matches!(end(Some(1)), End::Corrupt(damage) if damage.offset == third.offset));
    assert!(matches!(end(Some(2)), End::Torn(torn) if torn.offset == third.offset));
    assert!(matches!(end(None), End::Torn(_)));
}

#[test]
fn what_the_reader_would_refuse_as_too_long_is_not_written() {
    let (mut disk, mut wal, _) = log(1);
    let before = disk.len(1);
    let bytes = MAX_PAYLOAD_BYTES + 1;
    let refused = wal.append(&mut disk, Kind::Entries, vec![7; bytes as usize]);
    assert_eq!(refused, Err(TooLarge { bytes, max_bytes: MAX_PAYLOAD_BYTES }));
    assert_eq!((disk.len(1), wal.last_lsn()), (before, 1), "nothing was written");
    put(&mut wal, &mut disk, Kind::Entries, vec![7; MAX_PAYLOAD_BYTES as usize]);
    // A lower limit can be set, a higher one cannot.
    wal.set_max_payload_bytes(u64::MAX);
    assert!(wal.append(&mut disk, Kind::Entries, vec![7; bytes as usize]).is_err());
    wal.set_max_payload_bytes(10);
    assert_eq!(wal.append(&mut disk, Kind::HardState, [9; 11]), Err(TooLarge { bytes: 11, max_bytes: 10 }));
    put(&mut wal, &mut disk, Kind::HardState, [9; 10]);
    assert_eq!(replay(&disk, 0), (vec![1, 2, 3], End::Clean));
}

#[test]
fn case_15_a_log_continues_before_the_record_that_does_not_decode() {
    let (mut disk, _, places) = log(3);
    let mut reading = Replay::new(3, &disk, 0, Some(3));
    for _ in 0..3 {
        assert!(matches!(reading.step(&disk), Step::Record { .. }));
    }
    reading.reject_last();
    disk.truncate(places[2].file, places[2].offset);
    let mut wal = Wal::continuing(3, 2, reading.last_lsn(), reading.files().to_vec());
    assert_eq!(put(&mut wal, &mut disk, Kind::HardState, [9; 12]).lsn, 3);
    assert_eq!(replay(&disk, 0), (vec![1, 2, 3], End::Clean));
}

#[test]
fn a_window_explains_every_byte() {
    let mut disk = Disk::default();
    let mut wal = Wal::continuing(3, 1, 0, Vec::new());
    let column = |code, dim, bytes| ColumnShape { code, dim, bytes };
    let columns = vec![column(1, 0, 16), column(4, 0, 11), column(5, 3, 24)];
    let shape = RowsShape { rows: 2, primary: 0, columns };
    let mut payload = Vec::new();
    RowsFront { collection: 1, ..RowsFront::default() }.encode(&mut payload);
    shape.encode(&mut payload);
    payload.resize((RowsFront::BYTES + shape.bytes()) as usize, 5);
    put(&mut wal, &mut disk, Kind::HardState, [1; 12]);
    put(&mut wal, &mut disk, Kind::Insert, payload);
    let sync = disk.begin_sync();
    disk.end_sync(&sync);
    disk.append(1, [8; 50]);
    let window = window::window(&disk, 3, None, Some(0), 4_096).expect("a file");
    assert_eq!(window.bytes.len() as u64, window.file_bytes);
    assert_eq!(window.durable_bytes + 50, window.file_bytes);
    let mut at = 0;
    for span in &window.spans {
        assert_eq!(span.offset, at);
        at += span.bytes;
    }
    assert_eq!(at, window.file_bytes);
    let fields: Vec<&str> = window.spans.iter().map(|span| span.field.as_str()).collect();
    assert_eq!(fields[0], "file_header");
    assert_eq!(
        fields[fields.len() - 6..],
        ["rows_front", "shape", "keys", "varchar", "float_vector", "torn"]
    );
    let at_frontier = window::window(&disk, 3, None, None, 64).expect("a file");
    assert_eq!(at_frontier.offset, FILE_HEADER_BYTES + HEADER_BYTES + 12);
}

#[test]
fn case_22_files_that_came_back_behind_a_checkpoint_are_passed_over() {
    let (mut disk, mut wal, _) = log(2);
    for _ in 0..3 {
        wal.rotate(&mut disk);
        wal.append(&mut disk, Kind::HardState, [7; 12]).expect("it fits");
    }
    let read = |disk: &Disk, checkpoint_lsn| {
        let mut replay = Replay::new(3, disk, checkpoint_lsn, Some(5));
        let skipped = replay.skip_to_checkpoint(disk);
        let mut lsns = Vec::new();
        loop {
            match replay.step(disk) {
                Step::Record { header, .. } => lsns.push(header.lsn),
                Step::End(end) => return (skipped, lsns, end),
            }
        }
    };
    assert_eq!(read(&disk, 0), (0, vec![1, 2, 3, 4, 5], End::Clean));
    let behind: u64 = (1..=3).map(|file| disk.len(file)).sum();
    assert_eq!(read(&disk, 4), (behind, vec![5], End::Clean));
    // A gap among them is no damage; one after the checkpoint is.
    disk.remove(2);
    assert_eq!(read(&disk, 4).1, [5]);
    assert!(matches!(read(&disk, 1), (_, lsns, End::Corrupt(_)) if lsns == [1, 2]));
    disk.remove(3);
    assert_eq!(read(&disk, 4), (disk.len(1), vec![5], End::Clean));
    assert!(matches!(read(&disk, 3), (_, lsns, End::Corrupt(_)) if lsns == [1, 2]));
}

#[cfg(not(target_arch = "wasm32"))]
proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 200, ..Default::default() })]

    /// Any mix of appends and syncs, and a crash that leaves any part of what was not synced: what comes back is an
    /// exact prefix of what was written, and holds at least what was synced. Crashing again changes nothing.
    #[test]
    fn any_history_replays_to_an_exact_prefix(
        writes in proptest::collection::vec((0usize..3_000, proptest::bool::weighted(0.3)), 1..40),
        torn_bytes in 0u64..20_000,
    ) {
        let mut disk = Disk::default();
        let mut wal = Wal::continuing(3, 1, 0, Vec::new());
        let mut durable = 0;
        for (len, sync) in &writes {
            let lsn = put(&mut wal, &mut disk, Kind::Entries, vec![7; *len]).lsn;
            if *sync {
                let begun = disk.begin_sync();
                disk.end_sync(&begun);
                wal.synced(lsn);
                durable = lsn;
            }
        }
        disk.crash(torn_bytes);
        let (lsns, end) = replay(&disk, durable);
        proptest::prop_assert!(lsns.len() as u64 >= durable, "{lsns:?}, {durable} durable");
        proptest::prop_assert_eq!(&lsns, &(1..=lsns.len() as u64).collect::<Vec<_>>());
        match end {
            End::Clean => {}
            End::Torn(torn) if torn.offset == 0 => disk.remove(torn.file),
            End::Torn(torn) => disk.truncate(torn.file, torn.offset),
            other => proptest::prop_assert!(false, "{other:?}"),
        }
        disk.crash(0);
        proptest::prop_assert_eq!(replay(&disk, durable), (lsns, End::Clean));
    }

    /// The same when any unsynced sectors survive, also of what was cut between two crashes; and with syncs that lie,
    /// after which a log that misses an acknowledged record is damaged, never merely torn.
    #[test]
    fn any_history_in_sectors_replays_to_an_exact_prefix_or_is_damaged(
        writes in proptest::collection::vec((0usize..3_000, 0u8..10), 1..40),
        seed: u64,
    ) {
        let mut rng = quorum_types::Rng::new(seed, 0);
        let mut disk = Disk::default();
        let mut wal = Wal::continuing(3, 1, 0, Vec::new());
        wal.set_rotate_bytes(2_000);
        let (mut durable, mut lied) = (0, false);
        for (len, what) in &writes {
            let lsn = wal.append(&mut disk, Kind::Entries, vec![7; *len]).expect("it fits").lsn;
            if *what < 4 {
                disk.set_lying(*what == 3);
                lied = *what == 3;
                let begun = disk.begin_sync();
                disk.end_sync(&begun);
                wal.synced(lsn);
                durable = lsn;
            }
        }
        for epoch in 2..5 {
            disk.crash_in_sectors(&mut rng);
            // A stamp is there from the beginning: it says that nothing is durable yet.
            let (lsns, end) = read(&disk, 0, Some(durable));
            proptest::prop_assert_eq!(&lsns, &(1..=lsns.len() as u64).collect::<Vec<_>>());
            let missing = (lsns.len() as u64) < durable;
            proptest::prop_assert_eq!(missing, matches!(end, End::Corrupt(_)), "{:?}", end);
            proptest::prop_assert!(!missing || lied);
            if missing {
                break;
            }
            if let End::Torn(torn) = end {
                cut_for_good(&mut disk, torn);
            }
            // An opening that is cut off before its first sync ends.
            let files = facts_of(&disk, durable);
            Wal::continuing(3, epoch, lsns.len() as u64, files).append(&mut disk, Kind::Entries, vec![9; 700]).expect("it fits");
        }
    }
}

/// Cuts a torn tail, and the files after it.
#[cfg(not(target_arch = "wasm32"))]
fn cut_for_good(disk: &mut Disk, torn: Torn) {
    let behind: Vec<u32> = disk.files().map(|(file, ..)| file).filter(|file| *file > torn.file).collect();
    behind.into_iter().for_each(|file| disk.remove(file));
    if torn.offset == 0 { disk.remove(torn.file) } else { disk.truncate(torn.file, torn.offset) }
}

/// The files of a log as a replay finds them.
#[cfg(not(target_arch = "wasm32"))]
fn facts_of(disk: &Disk, promised_lsn: u64) -> Vec<writer::FileFacts> {
    let mut replay = Replay::new(3, disk, 0, Some(promised_lsn));
    while matches!(replay.step(disk), Step::Record { .. }) {}
    replay.files().to_vec()
}

#[test]
fn the_file_of_an_index_has_the_number_of_its_object() {
    let object = format::FIRST_OBJECT + 7;
    let index = format::index_of(object);
    assert_eq!(
        (format::file_name(object), format::file_name(index)),
        ("segment-000007".into(), "index-000007".into())
    );
    for file in [1, object, index, format::FIRST_MANIFEST + 7] {
        assert_eq!(format::file_number(&format::file_name(file)), Some(file));
        assert_eq!(format::owner_of(file), if file == index { object } else { file });
    }
}

#[test]
fn objects_with_other_records_have_another_identity() {
    let object = format::FIRST_OBJECT + 1;
    let identity = |epoch: u32, records: &[(u64, &[u8])]| {
        let mut disk = Disk::default();
        let writer = object::ObjectWriter::begin(&mut disk, 3, object, epoch);
        for (number, (lsn, payload)) in (1..).zip(records) {
            writer.add(&mut disk, number, Kind::Insert, *lsn, payload.to_vec());
        }
        (object::identity(&disk, 3, object).expect("it is whole"), disk)
    };
    let (same, mut disk) = identity(2, &[(5, b"one"), (6, b"two")]);
    assert_eq!(identity(2, &[(5, b"one"), (6, b"two")]).0, same);
    type Records = &'static [(u64, &'static [u8])];
    let others: [(u32, Records); 5] = [
        (3, &[(5, b"one"), (6, b"two")]),
        (2, &[(5, b"one"), (7, b"two")]),
        (2, &[(5, b"one"), (6, b"twa")]),
        (2, &[(5, b"two"), (6, b"one")]),
        (2, &[(5, b"one")]),
    ];
    for (epoch, records) in others {
        assert_ne!(identity(epoch, records).0, same);
    }
    disk.damage(object, FILE_HEADER_BYTES + 9, 1, |byte| byte ^ 1);
    assert!(object::identity(&disk, 3, object).is_err_and(|damage| damage.offset == FILE_HEADER_BYTES));
}
