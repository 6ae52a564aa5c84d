//! What a row costs from 1,000 rows to as many as are asked for: insert, reopen, upsert, search, memory.

use super::driver::{ask, engine, held_bytes, insert, most_bytes, stopped, timed, upsert};
use super::native::at_most;
use super::picture::{Curve, draw};
use quorum_engine::Search;
use quorum_sim::standalone::{COLLECTION, Request, Standalone};
use quorum_sim::workload;
use quorum_wal::disk::Disk;

/// Requests that upsert one row each.
const UPSERTS: u64 = 2_000;
/// Memory per row, as a multiple of its data.
const TARGET: f64 = 1.3;

/// The figures at one size.
struct Point {
    rows: u64,
    insert_us: f64,
    reopen_us: f64,
    upsert_us: f64,
    search_ms: f64,
    flush_us: f64,
    reopen_flushed_us: f64,
    /// Multiples of the data: after the inserts, the most until then, after the flush.
    memory: [f64; 3],
}

fn measure(rows: u64) -> Point {
    let before = held_bytes();
    let mut world = engine(Disk::default(), 1, &[]);
    most_bytes();
    let (inserted, ()) = timed(|| insert(&mut world, rows));
    let per_row = |seconds: f64| seconds * 1e6 / rows as f64;
    let data = data_bytes(&world);
    let ratio = |bytes: usize| bytes.saturating_sub(before) as f64 / data as f64;
    let (held, most) = (ratio(held_bytes()), ratio(most_bytes()));
    let (disk, epoch) = stopped(world);
    let (reopened, mut world) = timed(|| engine(disk, epoch, &[]));
    assert_eq!(world.visible(), rows, "all rows are back");
    let (searched, ()) = timed(|| search(&world));
    let (upserted, ()) = timed(|| {
        for n in 0..UPSERTS {
            let key = (n * 7_919 % rows) as i64;
            ask(&mut world, upsert(key, workload::vector(2, workload::DIM, key)));
        }
    });
    let (flushed, ()) = timed(|| ask(&mut world, Request::Flush { name: COLLECTION.to_owned() }));
    let after = held_bytes().saturating_sub(before) as f64 / data_bytes(&world) as f64;
    let (disk, epoch) = stopped(world);
    let (reopened_flushed, _world) = timed(|| engine(disk, epoch, &[]));
    Point {
        rows,
        insert_us: per_row(inserted),
        reopen_us: per_row(reopened),
        upsert_us: upserted * 1e6 / UPSERTS as f64,
        search_ms: searched * 1e3 / SEARCHES as f64,
        flush_us: per_row(flushed),
        reopen_flushed_us: per_row(reopened_flushed),
        memory: [held, most, after],
    }
}

/// Searches over all rows.
const SEARCHES: u64 = 10;

fn search(world: &Standalone) {
    let catalog = world.catalog().expect("it runs");
    for n in 0..SEARCHES {
        let near = workload::vector(3, workload::DIM, n as i64);
        let found = catalog.search(COLLECTION, &Search { data: vec![near], limit: 10, ..Search::default() });
        assert_eq!(found.expect("it is loaded")[0].len(), 10);
    }
}

fn data_bytes(world: &Standalone) -> u64 {
    world.catalog().expect("it runs").find(COLLECTION).expect("it is there").1.bytes()
}

/// Prints a table, and draws it if a file is named. Returns whether the memory of the largest size is within its
/// target.
pub(crate) fn main(most_rows: u64, svg: Option<&str>) -> bool {
    let sizes = [1_000, 10_000, 100_000, 1_000_000];
    let points: Vec<Point> =
        sizes.into_iter().filter(|rows| *rows <= most_rows.max(1_000)).map(measure).collect();
    println!("\nrows of 128 dimensions, 1,000 a record; processor time");
    println!(
        "| rows | insert, µs a row | reopen (log) | upsert of one row, µs | exact search, ms | flush and index, \
         µs a row | reopen (objects, index) | memory / data: inserted | most | flushed |"
    );
    println!("|{}", " --- |".repeat(10));
    for point in &points {
        let [held, most, flushed] = point.memory;
        println!(
            "| {} | {:.2} | {:.2} | {:.1} | {:.3} | {:.2} | {:.2} | {held:.3} | {most:.3} | {flushed:.3} |",
            point.rows,
            point.insert_us,
            point.reopen_us,
            point.upsert_us,
            point.search_ms,
            point.flush_us,
            point.reopen_flushed_us,
        );
    }
    if let Some(path) = svg {
        let curve = |name, unit, value: fn(&Point) -> f64| Curve {
            name,
            unit,
            values: points.iter().map(|point| (point.rows, value(point))).collect(),
        };
        let curves = [
            curve("insert", "µs a row", |point| point.insert_us),
            curve("reopen from the log", "µs a row", |point| point.reopen_us),
            curve("upsert of one row", "µs", |point| point.upsert_us),
            curve("exact search", "ms", |point| point.search_ms),
            curve("memory / data", "times", |point| point.memory[0]),
        ];
        std::fs::write(path, draw(&curves)).expect("the file can be written");
    }
    points.last().is_none_or(|point| at_most("memory / data", point.memory[0].max(point.memory[2]), TARGET))
}
