//! Writes of one row each, without a flush and during one: how long they take in virtual time, and how much work the
//! program does between a request and its answer, the work on the flush included.

use super::driver::{engine, insert, settle, step, thread_ns, upsert};
use super::native::at_most;
use quorum_sim::standalone::{COLLECTION, Request, Standalone};
use quorum_wal::disk::Disk;

/// Rows that are flushed.
const ROWS: u64 = 100_000;
/// Writes without a flush.
const QUIET: usize = 2_000;
/// The 99th percentile during a flush, as a multiple of that without one.
const TARGET: f64 = 2.0;

/// Sorted virtual times in µs, and sorted times of work in ns.
struct Latencies {
    virtual_us: Vec<u64>,
    work_ns: Vec<u64>,
}

impl Latencies {
    fn take(world: &mut Standalone, mut ends: impl FnMut(usize, bool) -> bool) -> Self {
        let (mut virtual_us, mut work_ns) = (Vec::new(), Vec::new());
        let mut flushed = false;
        while !ends(virtual_us.len(), flushed) {
            let request = upsert(virtual_us.len() as i64 * 37 % ROWS as i64, vec![0.5; 128]);
            let (asked_us, began_ns) = (world.now, thread_ns());
            world.ask(Some(2), request).expect("it runs");
            let mut answered = false;
            while !answered {
                assert!(step(world), "an answer comes");
                for (ticket, outcome) in world.take_outcomes() {
                    assert!(outcome.is_ok(), "{outcome:?}");
                    answered |= ticket == 2;
                    flushed |= ticket == 3;
                }
            }
            virtual_us.push(world.now - asked_us);
            work_ns.push(thread_ns() - began_ns);
        }
        virtual_us.sort_unstable();
        work_ns.sort_unstable();
        Self { virtual_us, work_ns }
    }
}

fn percentile(sorted: &[u64], percent: usize) -> f64 {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)] as f64
}

/// Prints the percentiles. Returns whether the target in virtual time is met.
pub(crate) fn main() -> bool {
    let mut world = engine(Disk::default(), 1, &[]);
    insert(&mut world, ROWS);
    let quiet = Latencies::take(&mut world, |count, _| count == QUIET);
    let request = Request::Flush { name: COLLECTION.to_owned() };
    world.ask(Some(3), request).expect("it runs");
    let during = Latencies::take(&mut world, |_, flushed| flushed);
    settle(&mut world);
    println!("\nwrites of one row, one after the other, while {ROWS} rows are flushed and indexed");
    println!("| | without a flush | during one ({} writes) | ratio |", during.virtual_us.len());
    println!("| --- | --- | --- | --- |");
    for percent in [50, 99, 100] {
        let (before, now) = (percentile(&quiet.virtual_us, percent), percentile(&during.virtual_us, percent));
        println!("| virtual time, p{percent} | {before:.0} µs | {now:.0} µs | {:.2} |", now / before);
    }
    for percent in [50, 90, 99] {
        let (before, now) = (percentile(&quiet.work_ns, percent), percentile(&during.work_ns, percent));
        println!("| work, p{percent} | {:.1} µs | {:.1} µs | {:.2} |", before / 1e3, now / 1e3, now / before);
    }
    let ratio = percentile(&during.virtual_us, 99) / percentile(&quiet.virtual_us, 99);
    at_most("virtual time, p99 during a flush / without", ratio, TARGET)
}
