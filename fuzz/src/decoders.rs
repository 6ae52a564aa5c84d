//! Everything that reads bytes from outside, fed with bytes that a fuzzer makes up.
//!
//! The first byte of an input says which reader; `logs` puts valid checksums around the rest, because a fuzzer would
//! never get past them. A reader may refuse; it may not panic, and a recovery that accepts a log must accept what it
//! then writes itself. Leaves out: what the page reads from JavaScript.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use quorum_engine::{Batch, Filter, Operation, manifest};
use quorum_facade::{
    Advance, Command, Control, EngineCommand, Lab, RunConfig, RunStamp, StoredFile, StoredRun,
};
use quorum_sim::workload;
use quorum_wal::disk::Disk;
use quorum_wal::format::{
    FIRST_MANIFEST, FIRST_OBJECT, Fields, FileHeader, Header, KINDS, Kind, Place, RowsShape,
};
use quorum_wal::object::ObjectWriter;
use quorum_wal::{Wal, window};

fuzz_target!(|data: &[u8]| {
    let Some((which, rest)) = data.split_first() else { return };
    match which % 8 {
        0 => raw(rest),
        1 => logs(rest),
        2 => objects(rest),
        3 => payloads(rest),
        4 => filters(rest),
        5 => commands(rest),
        6 => runs(rest),
        _ => backups(rest),
    }
});

/// A saved run: as it is, and with the checksum that belongs to it.
fn runs(bytes: &[u8]) {
    let _ = quorum_saved_run::decode(bytes);
    let made = [&[quorum_saved_run::VERSION], bytes, &[0; 4]].concat();
    if let Ok(run) = quorum_saved_run::decode(&quorum_saved_run::with_checksum(made)) {
        let again = quorum_saved_run::encode(&run).expect("what was read fits");
        assert_eq!(quorum_saved_run::decode(&again).as_ref(), Ok(&run));
    }
}

/// The bytes as they are, as log file, segment and manifest.
fn raw(bytes: &[u8]) {
    let half = bytes.len() / 2;
    open([(1, bytes[..half].to_vec()), (FIRST_OBJECT + 1, bytes[half..].to_vec())]);
    open([(FIRST_MANIFEST + 1, bytes.to_vec())]);
    let _ = FileHeader::decode(bytes);
    let _ = Header::decode(bytes, Place { node: 1, file: 1, offset: 40 });
    let _ = RowsShape::decode(&mut Fields(bytes));
    let disk = Disk::from_files([(1, vec![Arc::new(bytes.to_vec())])]);
    let _ = window::window(&disk, 1, None, Some(0), 4_096);
}

/// Records with valid checksums around payloads that are made up: kind, length, payload, and so on.
fn records(mut bytes: &[u8], mut add: impl FnMut(Kind, Vec<u8>)) {
    while let [kind, length, rest @ ..] = bytes {
        let (payload, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        add(KINDS[usize::from(kind % 8)], payload.to_vec());
        bytes = rest;
    }
}

fn logs(bytes: &[u8]) {
    for topology in ["engine", "replica-set:1"] {
        let mut disk = Disk::default();
        let mut wal = Wal::continuing(1, 1, 0, Vec::new());
        wal.append(&mut disk, Kind::Boot, vec![0; 24]).expect("it is not too large");
        records(bytes, |kind, payload| {
            wal.append(&mut disk, kind, payload).expect("the input is shorter than a record may be");
        });
        open_as(topology, files(&disk));
    }
}

fn objects(bytes: &[u8]) {
    let mut disk = Disk::default();
    let segment = ObjectWriter::begin(&mut disk, 1, FIRST_OBJECT + 1, 1);
    let manifest = ObjectWriter::begin(&mut disk, 1, FIRST_MANIFEST + 1, 1);
    let mut number = 0;
    records(bytes, |kind, payload| {
        number += 1;
        if kind == Kind::Manifest {
            manifest.add(&mut disk, 1, kind, 0, payload);
        } else {
            segment.add(&mut disk, number, kind, number, payload);
        }
    });
    open(files(&disk));
}

fn payloads(bytes: &[u8]) {
    for kind in KINDS {
        if let Ok(operation) = Operation::decode(kind, bytes) {
            let again = Operation::decode(kind, &operation.encode());
            assert_eq!(again.map(|again| again.encode()), Ok(operation.encode()), "what decodes encodes");
            let mut catalog = workload::catalog(4);
            let _ = catalog.apply(9, operation);
        }
    }
    let _ = Batch::decode(bytes);
    let _ = manifest::decode(bytes);
}

fn filters(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(filter) = Filter::parse(text, &workload::schema(4))
    {
        let chosen = filter.select(&workload::batch(1, 4, -3, 9, 5));
        assert_eq!(chosen.len(), 9);
    }
}

/// A command of the page, after a few rows are in.
fn commands(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut lab = Lab::open(config("standalone"), None).expect("opens");
    lab.execute(1, Command::insert(20, 10));
    run(&mut lab);
    for line in text.lines().take(8) {
        if let Ok(command) = quorum_cli::engine::read(line.as_bytes()) {
            // Commands that make very many rows are slow, not wrong.
            if command.rows_asked() < 1_000
                && !matches!(
                    command,
                    Command::Control(Control::Run { .. }) | Command::Control(Control::Seek { .. })
                )
            {
                lab.execute(2, command);
                run(&mut lab);
            }
        }
    }
    let _ = lab.snapshot();
}

fn backups(bytes: &[u8]) {
    let _ = quorum_facade::backup::read(bytes);
}

fn files(disk: &Disk) -> Vec<(u32, Vec<u8>)> {
    let read = |file| {
        let mut bytes = Vec::new();
        disk.read(file, 0, u64::MAX, &mut bytes);
        (file, bytes)
    };
    disk.files().map(|(file, ..)| read(file)).collect()
}

fn open(files: impl IntoIterator<Item = (u32, Vec<u8>)>) {
    open_as("engine", files);
}

/// Recovers from these files, writes a little, and recovers again.
fn open_as(topology: &str, files: impl IntoIterator<Item = (u32, Vec<u8>)>) {
    let stored = |(file, bytes)| StoredFile { node: 1, file, extents: vec![Arc::new(bytes)] };
    let stamp = RunStamp { boot: 1, topology: topology.to_owned(), ..RunStamp::default() };
    let run_files = files.into_iter().map(stored).collect();
    let stored = StoredRun { stamp, files: run_files, ..StoredRun::default() };
    let Ok(mut lab) = Lab::open(config(topology), Some(stored)) else { return };
    run(&mut lab);
    if topology == "engine" {
        lab.execute(1, Command::Engine(EngineCommand::Stats));
        lab.execute(2, Command::query("id > 0", &["*"], None));
        lab.execute(3, Command::Engine(EngineCommand::Crash { keep: Default::default(), torn_bytes: 0 }));
        lab.execute(4, Command::Engine(EngineCommand::Recover));
        run(&mut lab);
    }
    let _ = lab.snapshot();
}

fn config(topology: &str) -> RunConfig {
    RunConfig {
        lesson: None,
        topology: Some(topology.to_owned()),
        seed: 1,
        kept: false,
        lang: "en".to_owned(),
    }
}

fn run(lab: &mut Lab) {
    // A replica set never becomes idle; a few thousand events are enough.
    for _ in 0..8 {
        if lab.advance(60_000_000, 256) != Advance::Budget {
            return;
        }
    }
}
