//! Three virtual hours of a Milvus cluster, and ten with `--slow`, with an allocator that counts: the memory of a run
//! does not grow with its length, and that includes what is kept for going back in time.
//!
//! It is a program of its own because the allocator is its own. Few coordinators, slow heartbeats and few searches keep
//! it short; none of these affects what is held.
#![allow(
    unsafe_code,
    reason = "an allocator is unsafe by its interface; this one only counts what the system's does"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use quorum_facade::run::{Advance, RunConfig};
use quorum_facade::{Command, Control, Lab};

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

const MINUTE_US: u64 = 60_000_000;

/// Lets a run go on for some minutes, as a host does. Returns the most bytes that it held at the end of a minute.
fn go_on(lab: &mut Lab, minutes: u64) -> usize {
    let mut most = 0;
    for _ in 0..minutes {
        let until = lab.now_us() + MINUTE_US;
        while lab.advance(until, 100_000) == Advance::Budget {}
        lab.take_events();
        most = most.max(HELD.load(Relaxed));
    }
    most
}

/// The allocator counts for all tests, so one runs after the other.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn the_third_hour_holds_no_more_than_the_first() {
    later_hours_hold_no_more(3);
}

#[test]
#[ignore = "slow: ten hours"]
fn the_tenth_hour_holds_no_more_than_the_first() {
    later_hours_hold_no_more(10);
}

/// Runs a cluster for some hours, none of which ends with more memory than the first.
fn later_hours_hold_no_more(count: usize) {
    let _alone = ALONE.lock();
    let topology = "milvus:coordinators=1,index_nodes=1,raft_heartbeat_ms=1000,raft_election_ms=10000,\
                    coord_heartbeat_ms=2000,coord_election_ms=10000,tick_ms=1000,search_interval_ms=10000";
    let config = RunConfig {
        lesson: None,
        topology: Some(topology.to_owned()),
        seed: 1,
        kept: false,
        lang: "en".to_owned(),
    };
    let before = HELD.load(Relaxed);
    let mut lab = Lab::open(config, None).expect("opens");
    let mut hours = Vec::new();
    for _ in 0..count {
        hours.push(go_on(&mut lab, 60) - before);
        println!("hour {}: {} bytes", hours.len(), hours[hours.len() - 1]);
    }
    let (first, most) = (hours[0], hours.iter().copied().max().unwrap_or(0));
    assert!(most * 10 <= first * 11, "more than a tenth more than {first} bytes: {hours:?}");
    // Not because nothing is kept: the first hour is still there.
    let there = lab.digest();
    lab.execute(1, Command::Control(Control::Seek { t_us: 60 * MINUTE_US }));
    assert_eq!(lab.now_us(), 60 * MINUTE_US);
    assert_ne!(lab.digest(), there);
}
