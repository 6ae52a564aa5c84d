//! What a lone engine takes in memory, with an allocator that counts: its rows, and little besides.
//!
//! The simulated disk holds the log and the objects in the same memory. It reads the rows of longer records from where
//! the engine keeps them, so that they are there once and not twice. It is a program of its own because the allocator
//! is its own.
#![allow(
    unsafe_code,
    reason = "an allocator is unsafe by its interface; this one only counts what the system's does"
)]
#![cfg(not(target_arch = "wasm32"))]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use quorum_sim::settings::Settings;
use quorum_sim::standalone::{COLLECTION, Request, Standalone, Start};
use quorum_wal::disk::Disk;

/// Bytes that are allocated now.
static HELD: AtomicUsize = AtomicUsize::new(0);

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.fetch_add(layout.size(), Relaxed);
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        HELD.fetch_add(size, Relaxed);
        HELD.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(at, layout, size) }
    }
}

fn settle(world: &mut Standalone) {
    while world.step() {
        world.event_log.take();
    }
}

fn opened(disk: Disk, epoch: u32) -> Standalone {
    let start = Start::in_memory(1, Settings::default(), disk);
    let mut world = Standalone::new(Start { epoch, prefilled: true, ..start });
    settle(&mut world);
    world
}

/// Opens what a power cut leaves of the disk, its bytes in pieces of a megabyte as a store keeps them.
fn reopened(mut world: Standalone) -> Standalone {
    world.kill(0);
    let (disk, epoch) = (world.log().disk.clone(), world.epoch() + 1);
    drop(world);
    let file = |(number, len, _): (u32, u64, u64)| {
        let mut bytes = Vec::new();
        disk.read(number, 0, len, &mut bytes);
        (number, bytes.chunks(1 << 20).map(|piece| piece.to_vec().into()).collect())
    };
    let files: Vec<_> = disk.files().map(file).collect();
    drop(disk);
    opened(Disk::from_files(files), epoch)
}

#[test]
fn rows_take_little_more_than_their_bytes() {
    let before = HELD.load(Relaxed);
    let mut world = opened(Disk::default(), 1);
    world.insert(1, 40_000, 1_000).expect("it runs");
    settle(&mut world);
    let data = world.catalog().expect("runs").find(COLLECTION).expect("the collection").1.bytes();
    let check = |when: &str| {
        let per_mille = (HELD.load(Relaxed) - before) as u64 * 1_000 / data;
        println!("{when}: {per_mille} ‰ of the bytes of all rows");
        assert!(data > 20_000_000 && per_mille <= 1_300, "{when}: {per_mille} ‰");
    };
    check("after the inserts");
    let mut world = reopened(world);
    check("after a recovery from the log");
    world.ask(None, Request::Flush { name: COLLECTION.to_owned() }).expect("it runs");
    settle(&mut world);
    check("after a flush and its index");
    let world = reopened(world);
    assert_eq!(world.visible(), 40_000);
    check("after a recovery from objects");
}
