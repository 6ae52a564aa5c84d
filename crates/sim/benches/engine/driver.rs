//! A lone engine that is driven as a host drives it, with a clock beside it and an allocator that counts.
//!
//! Guarantees: the engine is the lab's own, with its simulated disk in the same memory; events are taken and dropped
//! after every step, as a host without a page does; times are processor time of this thread, so that other programs
//! change them little. Leaves out: what is measured (the other files).
#![allow(
    unsafe_code,
    reason = "an allocator is unsafe by its interface; this one only counts what the system's does"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use nix::time::{ClockId, clock_gettime};
use quorum_engine::{Record, Value};
use quorum_sim::settings::Settings;
use quorum_sim::standalone::{COLLECTION, Request, Standalone, Start};
use quorum_sim::workload;
use quorum_wal::disk::Disk;

/// Bytes that are allocated now, and the most so far.
static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

fn grown(bytes: usize) {
    let held = HELD.fetch_add(bytes, Relaxed) + bytes;
    MOST.fetch_max(held, Relaxed);
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grown(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        grown(size);
        HELD.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(at, layout, size) }
    }
}

/// Bytes that are allocated now.
pub(crate) fn held_bytes() -> usize {
    HELD.load(Relaxed)
}

/// The most bytes since the last call; counting begins again with what is allocated now.
pub(crate) fn most_bytes() -> usize {
    MOST.swap(HELD.load(Relaxed), Relaxed)
}

/// Processor time of this thread, in nanoseconds.
pub(crate) fn thread_ns() -> u64 {
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("the system has this clock");
    time.tv_sec() as u64 * 1_000_000_000 + time.tv_nsec() as u64
}

/// Seconds of processor time that something takes, and what it returns.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let began = thread_ns();
    let result = work();
    ((thread_ns() - began) as f64 / 1e9, result)
}

/// An engine on a disk. A new one gets the collection of generated rows; segments are sealed only on request, unless a
/// setting says otherwise.
pub(crate) fn engine(disk: Disk, epoch: u32, set: &[(&str, u64)]) -> Standalone {
    let mut settings = Settings::default();
    settings.set("segment_seal_mb", 1_024).expect("a setting");
    for (name, value) in set {
        settings.set(name, *value).expect("a setting");
    }
    let start = Start::in_memory(1, settings, disk);
    let mut world = Standalone::new(Start { epoch, prefilled: true, ..start });
    settle(&mut world);
    world
}

/// Processes the next scheduled event; returns false when there is none.
pub(crate) fn step(world: &mut Standalone) -> bool {
    let happened = world.step();
    world.event_log.take();
    happened
}

/// Lets the engine work until it has nothing left to do.
pub(crate) fn settle(world: &mut Standalone) {
    while step(world) {}
}

/// Inserts generated rows, a thousand per record.
pub(crate) fn insert(world: &mut Standalone, rows: u64) {
    let mut left = rows;
    while left > 0 {
        let now = left.min(1_000_000);
        world.insert(1, now, 1_000).expect("it runs");
        settle(world);
        left -= now;
    }
    assert!(world.take_outcomes().iter().all(|(_, outcome)| outcome.is_ok()), "all rows are acknowledged");
}

/// A request, until it is answered.
pub(crate) fn ask(world: &mut Standalone, request: Request) {
    world.ask(Some(2), request).expect("it runs");
    settle(world);
    assert!(world.take_outcomes().iter().all(|(_, outcome)| outcome.is_ok()), "the request is served");
}

/// A row of the collection of generated rows.
pub(crate) fn row(key: i64, vector: Vec<f32>) -> Record {
    vec![
        ("id".to_owned(), Value::Int(key)),
        ("timestamp".to_owned(), Value::Int(0)),
        ("text".to_owned(), Value::Text(workload::text(key))),
        ("vector".to_owned(), Value::Vector(vector)),
    ]
}

/// The upsert of one row.
pub(crate) fn upsert(key: i64, vector: Vec<f32>) -> Request {
    Request::Insert { name: COLLECTION.to_owned(), rows: vec![row(key, vector)], upsert: true }
}

/// Stops the engine as a power cut does, and returns what a store would return of its disk: its bytes in pieces of a
/// megabyte, and the number of the next opening.
pub(crate) fn stopped(mut world: Standalone) -> (Disk, u32) {
    world.kill(0);
    let (disk, epoch) = (world.log().disk.clone(), world.epoch() + 1);
    drop(world);
    let file = |(number, len, _): (u32, u64, u64)| {
        let pieces = (0..len.div_ceil(1 << 20)).map(|piece| {
            let mut bytes = Vec::with_capacity(1 << 20);
            disk.read(number, piece << 20, 1 << 20, &mut bytes);
            bytes.into()
        });
        (number, pieces.collect())
    };
    let files: Vec<(u32, Vec<_>)> = disk.files().map(file).collect();
    drop(disk);
    (Disk::from_files(files), epoch)
}
