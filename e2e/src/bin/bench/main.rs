//! `cargo xtask bench`: opens the built page at `?bench=1`, waits for its figures and prints them side by side.
//!
//! Guarantees: every figure is of this run, and rounds are shown beside their median; exits non-zero when a target of
//! `docs/benchmarks.md` is missed. Writes nothing. Leaves out: measuring the store, which the page's worker does, and
//! how long the page is blocked (`hand`).

mod hand;
mod peers;
mod table;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use e2e::{Browser, Lab, Page, Profile, Server};
use serde_json::{Value, json};

/// How long all rounds may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// Minimum throughput of the lab's log relative to raw 1 MiB puts of the same bytes, and to one put per row.
const TO_RAW: f64 = 0.8;
const TO_ROW_PUTS: f64 = 10.0;
/// Minimum rows per second, and the megabytes per second of raw puts from which a machine is held to it.
const ROWS_PER_S: f64 = 60_000.0;
const RAW_MB_PER_S: f64 = 60.0;
/// Maximum time to open again, as a multiple of reading the same bytes raw.
const TO_RAW_READ: f64 = 1.5;
/// Maximum time of an exact search in the browser, as a multiple of a native loop's.
const TO_NATIVE: f64 = 3.0;
/// The size at which targets apply; the others are only shown.
const HELD_ROWS: f64 = 100_000.0;
/// Numbers per vector.
const DIM: usize = 128;

/// Minimum speed of a replica set of five in the page, as a multiple of real time.
const TIMES_REAL: f64 = 1_000.0;
/// Minimum checked events per second of a search in the page.
const EVENTS_PER_S: f64 = 150_000.0;

/// Runs a replica set of five as fast as it can, and a search through schedules; returns whether both are fast enough.
fn simulation(browser: &Browser, server: &Server) -> bool {
    let lab = Lab::open(browser, server, "?topology=replica-set:5&kept=0&speed=0.1&lang=en", "simulation");
    let took_ms = |script: &str| {
        let timed = format!(
            "(async () => {{ const t = performance.now(); const r = await {script}; return [performance.now() - t, \
             r]; }})()"
        );
        lab.eval(&timed)
    };
    let virtual_s = 300.0;
    let ran = took_ms(&format!("quorumLab.do({{op: 'run', us: {}}})", virtual_s * 1e6));
    let times = virtual_s * 1e3 / ran[0].as_f64().unwrap_or(f64::INFINITY);
    let found = took_ms("quorumLab.hunt({seeds: 60, events: 10000})");
    let events = found[1]["events"].as_f64().unwrap_or_default();
    let rate = events * 1e3 / found[0].as_f64().unwrap_or(f64::INFINITY);
    println!(
        "\nsimulation in the page: 5 nodes at {times:.0} times real time ({virtual_s} s of virtual time);"
    );
    println!(
        "a search looks at {rate:.0} checked events a second ({events} events, fetching its program included)"
    );
    times >= TIMES_REAL && rate >= EVENTS_PER_S
}

/// Maximum 99th percentile of frame times, in milliseconds; or as a multiple of an empty page's.
const FRAME_MS: f64 = 16.7;
const TO_EMPTY: f64 = 1.05;
/// A cluster of fifty pods whose messages are slow enough for five hundred to be in flight.
const CROWD: &str = "milvus:coordinators=5,proxies=6,query_nodes=12,data_nodes=6,index_nodes=3,\
    latency_min_us=300000,latency_max_us=400000,coord_heartbeat_ms=20,coord_election_ms=3000,\
    raft_heartbeat_ms=20,raft_election_ms=3000,clients=200";

/// The times between the frames of ten seconds: median, 99th percentile, longest, in milliseconds.
fn frames(page: &Page) -> [f64; 3] {
    let times = page.eval(
        "new Promise((done) => { const times = []; let last; const began = performance.now(); \
         const frame = (now) => { if (last !== undefined) times.push(now - last); last = now; \
         if (performance.now() - began < 10_000) requestAnimationFrame(frame); else done(times); }; \
         requestAnimationFrame(frame); })",
    );
    let mut times: Vec<f64> = times.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    times.sort_unstable_by(f64::total_cmp);
    let at = |permille: usize| times.get((times.len() * permille / 1_000).min(times.len().saturating_sub(1)));
    [500, 990, 1_000].map(|permille| at(permille).copied().unwrap_or(f64::NAN))
}

/// Draws fifty pods and five hundred messages beside an empty page; whether frames come as often.
fn drawing(browser: &Browser, server: &Server) -> bool {
    let empty = browser.page("empty");
    empty.goto(&server.url("/worker.js"));
    let nothing = frames(&empty);
    empty.close();
    let query = format!("?topology={CROWD}&kept=0&speed=0.2&lang=en");
    let lab = Lab::open(browser, server, &query, "drawing");
    lab.run(&json!({"op": "run", "us": 20_000_000}));
    lab.run(&json!({"op": "play"}));
    let before = lab.metrics();
    let crowd = frames(&lab);
    let after = lab.metrics();
    let share = |name: &str| (after.get(name).unwrap_or(&f64::NAN) - before.get(name).unwrap_or(&0.0)) * 10.0;
    let snapshot = lab.snapshot();
    let count = |name: &str| snapshot["milvus"][name].as_array().map_or(0, Vec::len);
    println!(
        "\n{} pods and {} messages under way, drawn for ten seconds while it runs:",
        count("pods"),
        count("flights")
    );
    println!("  {:<24} {:>9} {:>9} {:>9}", "ms between frames", "median", "p99", "longest");
    for (name, [median, p99, longest]) in [("an empty page", nothing), ("the cluster", crowd)] {
        println!("  {name:<24} {median:>9.1} {p99:>9.1} {longest:>9.1}");
    }
    println!(
        "  of that time the main thread was busy {:.0} %: scripts {:.0} %, styles {:.0} %, layout {:.0} %",
        share("TaskDuration"),
        share("ScriptDuration"),
        share("RecalcStyleDuration"),
        share("LayoutDuration")
    );
    lab.close();
    crowd[1] <= FRAME_MS || at_most("p99 to an empty page's", crowd[1] / nothing[1], TO_EMPTY)
}

/// Maximum seconds for a month of two regions.
const MONTH_S: f64 = 10.0;

/// Runs two regions with their clients, backups and replication for a month; returns whether that is fast and the page
/// responds.
fn month(browser: &Browser, server: &Server) -> bool {
    let lab = Lab::open(browser, server, "?topology=two-regions&kept=0&speed=1&lang=en", "month");
    lab.eval(
        "window.tasks = []; new PerformanceObserver((list) => { \
         for (const task of list.getEntries()) tasks.push(task.duration); }).observe({type: 'longtask'})",
    );
    let began = Instant::now();
    lab.eval("void quorumLab.drill({scenario: 'dr-month', runs: 1}).then((r) => { window.month = r; })");
    lab.wait_within(PATIENCE, "window.month", "the month to end");
    let took = began.elapsed().as_secs_f64();
    let report = lab.eval("JSON.stringify(month.report ?? month).slice(0, 200)");
    println!("\na month of two regions with clients, backups and following: {report}");
    println!("  tasks over 50 ms on the main thread meanwhile, ms: {}", lab.eval("tasks"));
    lab.close();
    at_most("seconds", took, MONTH_S)
}

/// What can be asked for alone.
const PARTS: [&str; 8] = ["drawing", "simulation", "month", "hand", "arrival", "sizes", "log", "peers"];

/// Runs everything, or the parts that are named.
fn main() -> ExitCode {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = asked.iter().find(|part| !PARTS.contains(&part.as_str())) {
        eprintln!("bench: there is no part “{unknown}”; there are {}", PARTS.join(", "));
        return ExitCode::from(2);
    }
    let wants = |part: &str| asked.is_empty() || asked.iter().any(|one| one == part);
    e2e::browser::draw_in_full();
    let server = Server::of_the_page();
    let profile = Profile::new("bench");
    let browser = Browser::start(&profile);
    let mut met = true;
    if wants("drawing") {
        met &= drawing(&browser, &server);
    }
    if wants("simulation") {
        met &= simulation(&browser, &server);
    }
    if wants("month") {
        met &= month(&browser, &server);
    }
    if wants("hand") {
        met &= hand::at_hand(&server);
    }
    if wants("arrival") {
        hand::arrival();
    }
    if wants("sizes") {
        met &= sizes(&browser, &server);
    }
    if wants("log") || wants("peers") {
        peers::writes(&browser, &server);
    }
    drop(browser);
    if wants("peers") {
        met &= peers::peers(&server);
    }
    if met { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Measures the store in the page at several sizes; returns whether the targets are met.
fn sizes(browser: &Browser, server: &Server) -> bool {
    let page = browser.page("bench");
    page.goto(&server.url("/?bench=1"));
    page.wait_for("window.quorumLabBench", "the benchmark to begin");
    let began = Instant::now();
    // Not awaited in one request: rounds take longer than a request may.
    page.eval(
        "void quorumLabBench('sizes').then((r) => { window.report = r; }, \
         (e) => { window.report = {error: String(e)}; })",
    );
    page.wait_within(PATIENCE, "window.report", "the benchmark to end");
    let report = page.eval("window.report");
    if let Some(error) = report["error"].as_str() {
        eprintln!("bench: {error}");
    }
    println!(
        "{}, {:.0} s in all; medians, with every round in brackets",
        browser.version(),
        began.elapsed().as_secs_f64()
    );
    let sizes = report["sizes"].as_array().map_or(&[][..], Vec::as_slice);
    let met = sizes.iter().map(print_size).fold(!sizes.is_empty(), |all, met| all && met);
    let costs: Vec<f64> = sizes.iter().filter_map(|size| size["wal_row_us"].as_f64()).collect();
    let shown: Vec<String> = costs.iter().map(|cost| format!("{cost:.1}")).collect();
    println!("\ncost a row over the sizes, µs: {}", shown.join(", "));
    met && report["error"].is_null()
}

/// Prints one size's table and says whether its targets are met.
fn print_size(size: &Value) -> bool {
    let number = |name: &str| size[name].as_f64().unwrap_or(f64::NAN);
    let bytes = number("bytes");
    println!("\n{} rows, {:.1} MB of log", number("rows"), bytes / 1e6);
    println!("  {:<44} {:>9} {:>9}   rounds", "", "ms", "MB/s");
    for (name, key) in [
        ("the lab: rows to durable, acknowledged", "wal_ms"),
        ("raw 1 MiB puts, strict, each awaited", "raw_ms"),
        ("raw 1 MiB puts, strict, all queued", "raw_queued_ms"),
        ("one put a row, 1,000 a strict transaction", "row_puts_ms"),
        ("the lab: recovery, read and replayed", "recovery_ms"),
        ("  of that, reading the store", "recovery_load_ms"),
        ("raw 1 MiB chunks read back", "raw_read_ms"),
        ("an exact search for the ten nearest", "flat_ms"),
    ] {
        let median = size[key]["median"].as_f64().unwrap_or(f64::NAN);
        let rounds: Vec<String> = size[key]["rounds"].as_array().into_iter().flatten().map(in_ms).collect();
        println!("  {name:<44} {median:>9.1} {:>9.1}   [{}]", bytes / 1e3 / median, rounds.join(", "));
    }
    println!("  rows/s: {:.0}; a row of one's own: {:.1} µs", number("wal_rows_per_s"), number("row_put_us"));
    let held = number("rows") >= HELD_ROWS;
    let to_raw = at_least("lab / raw puts", number("wal_to_raw"), TO_RAW);
    println!("  lab / raw puts, all queued: {:.2}", number("wal_to_raw_queued"));
    let to_rows = at_least("lab / one put a row", number("wal_to_row_puts"), TO_ROW_PUTS);
    let to_read = at_most("recovery / raw read, time", number("recovery_to_read"), TO_RAW_READ);
    let fast =
        number("raw_mb_per_s") < RAW_MB_PER_S || at_least("rows/s", number("wal_rows_per_s"), ROWS_PER_S);
    let native = native_search_ms(number("rows") as usize);
    let flat = size["flat_ms"]["median"].as_f64().unwrap_or(f64::NAN);
    let near =
        at_most(&format!("exact search / native loop ({native:.2} ms), time"), flat / native, TO_NATIVE);
    !held || (to_raw && to_rows && to_read && fast && near)
}

/// The time of a plain native loop over the same number of vectors: squared distances, and the ten smallest kept.
fn native_search_ms(rows: usize) -> f64 {
    let vectors: Vec<f32> = (0..rows * DIM).map(|at| (at % 1_009) as f32 / 1_009.0).collect();
    let query = [0.5_f32; DIM];
    let mut times: Vec<f64> = (0..11).map(|_| time_search(&vectors, &query)).collect();
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 2]
}

fn time_search(vectors: &[f32], query: &[f32; DIM]) -> f64 {
    let began = Instant::now();
    let mut best = [f32::INFINITY; 10];
    for row in vectors.as_chunks::<DIM>().0 {
        // Sixteen sums side by side, which the compiler puts into vector registers.
        let mut sums = [0.0_f32; 16];
        for (part, asked) in row.as_chunks::<16>().0.iter().zip(query.as_chunks::<16>().0) {
            for lane in 0..16 {
                let apart = part[lane] - asked[lane];
                sums[lane] += apart * apart;
            }
        }
        let distance: f32 = sums.iter().sum();
        if distance < best[9] {
            best[9] = distance;
            best.sort_unstable_by(f32::total_cmp);
        }
    }
    std::hint::black_box(best);
    began.elapsed().as_secs_f64() * 1_000.0
}

fn in_ms(round: &Value) -> String {
    round.as_f64().map_or_else(|| round.to_string(), |ms| format!("{ms:.0}"))
}

fn at_least(name: &str, found: f64, bar: f64) -> bool {
    let met = found >= bar;
    println!("  {name}: {found:.2}, at least {bar}: {}", if met { "met" } else { "MISSED" });
    met
}

fn at_most(name: &str, found: f64, bar: f64) -> bool {
    let met = found <= bar;
    println!("  {name}: {found:.2}, at most {bar}: {}", if met { "met" } else { "MISSED" });
    met
}
