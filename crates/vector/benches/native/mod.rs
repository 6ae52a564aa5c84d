//! Exact, approximate and filtered searches: time beside recall, and beside a plain loop.
//!
//! Parts, by argument: `exact`, `recall`, `stored`, `filter` (`svg FILE` draws it); all of them without one. `rows N`
//! sets the number of rows. Of every query the fastest of the rounds counts, which other programs disturb least, and of
//! all queries the median; what is compared takes turns. Promises: the same rows and queries every time. Leaves out:
//! targets; `cargo xtask bench` has those.

#![expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "a benchmark reads the clock")]

mod data;
mod draw;

use std::time::Instant;

use data::Data;
use quorum_vector::{Allow, Hit, Hnsw, HnswParams, Metric, Rows, Top, flat};

/// Numbers in a vector.
pub(super) const DIM: usize = 128;
/// Neighbours asked for.
const K: usize = 10;
/// Rounds, of which the fastest counts.
const ROUNDS: usize = 7;
/// Queries of a round.
const QUERIES: usize = 100;
/// Rows that are inserted together: a segment's vectors lie in blocks of this many.
const BLOCK: usize = 1_000;

/// Shares of rows that a filter allows, in percent.
const SHARES: [f64; 12] = [0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 80.0, 100.0];

pub(super) fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let after = |word: &str| arguments.iter().skip_while(|found| *found != word).nth(1).cloned();
    let asked = |word: &str| {
        let parts = ["exact", "recall", "stored", "filter"];
        arguments.iter().any(|found| found == word)
            || !arguments.iter().any(|found| parts.contains(&&**found))
    };
    let count = after("rows").and_then(|rows| rows.parse().ok()).unwrap_or(50_000);
    if asked("exact") {
        exact(count);
    }
    if asked("recall") || asked("stored") || asked("filter") {
        let data = Data::latent(count, QUERIES);
        let rows = Rows::new(DIM, data.rows.chunks(BLOCK * DIM));
        let (hnsw, seconds) = timed(|| Hnsw::build(&rows, Metric::L2, PARAMS));
        println!("HNSW of {count} rows, M 16, efConstruction 200: built in {seconds:.2} s");
        if asked("recall") {
            recall(&rows, &hnsw, &data);
        }
        if asked("stored") {
            stored(&hnsw, seconds);
        }
        if asked("filter") {
            filter(&rows, &hnsw, &data, after("svg"));
        }
    }
}

const PARAMS: HnswParams = HnswParams { m: 16, ef_construction: 200, seed: 1 };

/// A result and the seconds that it took.
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let began = Instant::now();
    let result = work();
    (result, began.elapsed().as_secs_f64())
}

/// The seconds of the fastest round.
fn fastest<T>(mut work: impl FnMut() -> T) -> f64 {
    (0..ROUNDS).map(|_| timed(&mut work).1).fold(f64::INFINITY, f64::min)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 2]
}

fn found(search: impl FnOnce(&mut Top) -> u32) -> (Vec<Hit>, u32) {
    let mut top = Top::new(Metric::L2, K);
    let measured = search(&mut top);
    (top.into_sorted(), measured)
}

// --- exact

/// The plain loop of `cargo xtask bench`: sixteen sums side by side, the ten smallest kept.
#[inline(never)]
fn plain_loop(vectors: &[f32], query: &[f32]) -> [f32; K] {
    let mut best = [f32::INFINITY; K];
    for row in vectors.as_chunks::<DIM>().0 {
        let mut sums = [0.0_f32; 16];
        for (part, asked) in row.as_chunks::<16>().0.iter().zip(query.as_chunks::<16>().0) {
            for lane in 0..16 {
                let apart = part[lane] - asked[lane];
                sums[lane] += apart * apart;
            }
        }
        let distance: f32 = sums.iter().sum();
        if distance < best[K - 1] {
            best[K - 1] = distance;
            best.sort_unstable_by(f32::total_cmp);
        }
    }
    best
}

fn exact(count: usize) {
    println!("exact search of {count} rows for the {K} nearest, ms: this one, a plain loop, their ratio");
    let data = Data::units(count, QUERIES);
    for (name, block) in [("one block", count), ("blocks of 1,000 rows", BLOCK)] {
        let rows = Rows::new(DIM, data.rows.chunks(block * DIM));
        let (mut ours, mut plain) = (Vec::new(), Vec::new());
        for query in data.queries.chunks_exact(DIM).take(21) {
            let (mut fast, mut plain_fast) = (f64::INFINITY, f64::INFINITY);
            for _ in 0..ROUNDS {
                let (hits, seconds) = timed(|| found(|top| flat(&rows, Metric::L2, query, None, top)));
                fast = fast.min(seconds * 1e3);
                let (best, seconds) = timed(|| plain_loop(&data.rows, query));
                plain_fast = plain_fast.min(seconds * 1e3);
                assert!((hits.0[K - 1].distance - best[K - 1]).abs() < 1e-3, "both find the same");
            }
            ours.push(fast);
            plain.push(plain_fast);
        }
        let (ours, plain) = (median(ours), median(plain));
        println!("  {name:<22} {ours:>8.3} {plain:>8.3} {:>6.2}", ours / plain);
    }
}

// --- approximate

/// The nearest rows of every query, by a scan.
fn truth(rows: &Rows<'_>, data: &Data, allow: Allow<'_>) -> Vec<Vec<u32>> {
    let scan = |query| found(|top| flat(rows, Metric::L2, query, allow, top)).0;
    data.queries.chunks_exact(DIM).map(|query| scan(query).iter().map(|hit| hit.row).collect()).collect()
}

/// Recall, µs a query, and rows measured a query.
fn searched(
    rows: &Rows<'_>,
    hnsw: &Hnsw,
    data: &Data,
    ef: u32,
    (allow, truth): (Allow<'_>, &[Vec<u32>]),
) -> (f64, f64, f64) {
    let (mut times, mut hits, mut all, mut measured) = (Vec::new(), 0, 0, 0_u64);
    for (query, near) in data.queries.chunks_exact(DIM).zip(truth) {
        let search = || found(|top| hnsw.search(rows, query, ef, allow, top));
        let (got, work) = search();
        all += near.len();
        hits += got.iter().filter(|hit| near.contains(&hit.row)).count();
        measured += u64::from(work);
        times.push(fastest(search) * 1e6);
    }
    let queries = data.queries.len() / DIM;
    (hits as f64 / all.max(1) as f64, median(times), measured as f64 / queries as f64)
}

fn recall(rows: &Rows<'_>, hnsw: &Hnsw, data: &Data) {
    println!("  ef, recall of the {K} nearest, µs a query, rows measured, ns a row");
    let near = truth(rows, data, None);
    for ef in [10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 400] {
        let (recall, us, measured) = searched(rows, hnsw, data, ef, (None, &near));
        println!("  {ef:>4} {recall:>7.4} {us:>9.1} {measured:>8.0} {:>6.1}", us * 1e3 / measured);
    }
}

// --- stored

/// What reading an index back costs besides reading its bytes.
fn stored(hnsw: &Hnsw, built_seconds: f64) {
    let mut bytes = Vec::new();
    hnsw.encode(&mut bytes);
    let decode = || Hnsw::decode(&bytes, Metric::L2, PARAMS.m, hnsw.len()).expect("it reads back");
    let (copied, decoded) = (fastest(|| bytes.clone()) * 1e3, fastest(decode) * 1e3);
    println!(
        "stored: {:.1} MB ({:.0} bytes a row), copied in {copied:.2} ms, decoded in {decoded:.2} ms, built in {:.0} ms",
        bytes.len() as f64 / 1e6,
        bytes.len() as f64 / f64::from(hnsw.len()),
        built_seconds * 1e3
    );
}

// --- filtered

fn filter(rows: &Rows<'_>, hnsw: &Hnsw, data: &Data, svg: Option<String>) {
    println!(
        "filtered search, ef 64: % allowed, recall, µs and rows measured; then by a scan of those that match"
    );
    let mut curves = Vec::new();
    for (name, together) in [("rows anywhere", false), ("rows that lie together", true)] {
        println!(" {name}");
        let (mut ours, mut scans) = (Vec::new(), Vec::new());
        for share in SHARES {
            let allowed = data.allowed(share / 100.0, together);
            let allow = |row: u32| allowed[row as usize];
            let near = truth(rows, data, Some(&allow));
            let (recall, us, measured) = searched(rows, hnsw, data, 64, (Some(&allow), &near));
            let scan = scanned(rows, data, &allow);
            println!("  {share:>6.1} {recall:>7.4} {us:>9.1} {measured:>8.0}   {scan:>9.1}");
            ours.push((share, us, recall));
            scans.push((share, scan, 1.0));
        }
        curves.push((name, ours, scans));
    }
    if let Some(file) = svg {
        std::fs::write(&file, draw::filtered(&curves, rows.len())).expect("the picture is written");
    }
}

/// µs of a scan of the rows that a filter allows.
fn scanned(rows: &Rows<'_>, data: &Data, allow: &dyn Fn(u32) -> bool) -> f64 {
    let scan = |query| fastest(|| found(|top| flat(rows, Metric::L2, query, Some(allow), top))) * 1e6;
    median(data.queries.chunks_exact(DIM).take(21).map(scan).collect())
}
