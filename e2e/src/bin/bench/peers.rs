//! The lab beside other databases and indexes of a browser: the same rows, the same browser, the same run.
//!
//! Guarantees: the rows, queries and true neighbours are made here, once, and served to every peer as files; the lab
//! makes the same rows from the same seed, and the keys that its exact searches find prove it. Rounds take turns, and
//! who begins changes. A peer that cannot be fetched, or fails, is named with the reason; it ends nothing. Leaves out:
//! what a peer is asked (`e2e/peers`) and what the lab is asked (`src/web/bench_peers.rs`), tables (`table`), and
//! judging: a peer that is faster is no failure.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, thread};

use e2e::copy::compressed;
use e2e::{Browser, Profile, Server};
use quorum_sim::workload;
use quorum_types::Rng;
use serde_json::{Value, json};

use super::table::{self, Column};

/// Rows of the comparison: enough for a graph to be worth it, few enough for the slowest to end.
pub(super) const ROWS: usize = 10_000;
/// Rounds of each.
const ROUNDS: usize = 3;
/// The seeds of rows and queries; as in `src/web/bench_peers.rs`.
const SEEDS: (u64, u64) = (1, 2);
const DIM: usize = 128;
const QUERIES: u64 = 100;
const NEAREST: usize = 10;
/// How long a round may take. A peer that does not end is given up.
const PATIENCE: Duration = Duration::from_secs(180);
/// A peer whose round takes longer than this is not measured again: the whole has to end within minutes.
const LONG: Duration = Duration::from_secs(60);

/// Who is compared: its module in `e2e/peers`, its name, and its packages.
const PEERS: [(&str, &str, &[&str]); 4] = [
    ("pglite", "PGlite + pgvector", &["@electric-sql/pglite", "@electric-sql/pglite-pgvector"]),
    ("sqlite", "SQLite + sqlite-vec", &["sqlite-vec-wasm"]),
    ("hnswlib", "hnswlib-wasm", &["hnswlib-wasm"]),
    ("edgevec", "edgevec", &["edgevec"]),
];

/// Measures everything that can be; returns whether what the lab found is right.
pub(super) fn peers(page: &Server) -> bool {
    let began = Instant::now();
    let truth = Truth::make();
    let there = served(&truth);
    let mut columns = vec![Column::new("the lab", "", page.root().to_path_buf())];
    match &there {
        Ok(server) => {
            columns.extend(PEERS.iter().map(|(_, name, packages)| {
                Column::new(name, &versions(server.root(), packages), server.root().to_path_buf())
            }));
        }
        Err(why) => {
            let names: Vec<&str> = PEERS.iter().map(|(_, name, _)| *name).collect();
            println!("\nskipped: {}: {why}", names.join(", "));
        }
    }
    let profile = Profile::new("peers");
    let browser = Browser::start(&profile);
    for round in 0..ROUNDS {
        for turn in 0..columns.len() {
            let at = (turn + round) % columns.len();
            let Some(column) = columns.get_mut(at).filter(|column| column.longest < LONG) else { continue };
            let (server, start) = match (at.checked_sub(1).and_then(|at| PEERS.get(at)), &there) {
                (Some((module, ..)), Ok(server)) => (server, format!("peerRound('{module}')")),
                _ => (page, format!("quorumLabBench('peers:{ROWS}')")),
            };
            let address = if at == 0 { "/?bench=1" } else { "/index.html" };
            measure(&browser, server, (address, &start), column);
        }
    }
    let right = columns.first().is_some_and(|lab| truth.confirms(&lab.rounds));
    println!(
        "\n{ROWS} rows of {DIM} numbers, {} rounds, {}, {:.0} s; medians with the range of all rounds",
        ROUNDS,
        browser.version(),
        began.elapsed().as_secs_f64()
    );
    drop(browser);
    weigh(&mut columns);
    table::print(&columns);
    if !right {
        println!("the lab's exact searches did NOT find the ten nearest of the rows that the peers got");
    }
    right
}

/// One round of one column, in a tab of its own.
fn measure(browser: &Browser, server: &Server, (address, start): (&str, &str), column: &mut Column) {
    let began = Instant::now();
    server.take_asked();
    let page = browser.page("peers");
    page.goto(&server.url(address));
    let name = start.split('(').next().unwrap_or_default();
    // Not awaited in one request: a round takes longer than a request may.
    let script = format!(
        "void (async () => {{ while (!window.{name}) await new Promise((go) => setTimeout(go, 20)); \
         return {start}; }})().then((r) => {{ window.report = r; }}, (e) => {{ window.report = {{error: String(e)}}; }})"
    );
    let mut report =
        page.try_eval(&script).map_or_else(|why| json!({"error": why.to_string()}), |_| Value::Null);
    while report.is_null() {
        if began.elapsed() > PATIENCE {
            report = json!({"error": format!("not done after {} s", PATIENCE.as_secs())});
            break;
        }
        page.listen(Duration::from_millis(100));
        report = page
            .try_eval("window.report ?? null")
            .unwrap_or_else(|why| json!({"error": format!("the page is gone: {why}")}));
    }
    if let Some(peak) = browser.page_memory() {
        report["memory_mib"] = json!(peak as f64 / f64::from(1 << 20));
    }
    page.close();
    // Its process ends, so that the next page's is the largest.
    thread::sleep(Duration::from_millis(500));
    column.longest = column.longest.max(began.elapsed());
    eprintln!("  {}: {:.0} s", column.name, began.elapsed().as_secs_f64());
    column.files.extend(server.take_asked());
    column.rounds.push(report);
}

/// Compresses what each was asked for, as a host of static files sends it.
fn weigh(columns: &mut [Column]) {
    let ours = ["rows.bin", "queries.bin", "truth.bin", "common.mjs", "worker.mjs", "round.mjs"];
    let modules: Vec<String> = PEERS.iter().map(|(module, ..)| format!("{module}.mjs")).collect();
    let is_ours = |path: &Path, root: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        path.parent() == Some(root) && (ours.contains(&name.as_str()) || modules.contains(&name))
    };
    thread::scope(|scope| {
        for column in columns {
            scope.spawn(move || {
                let harness = if column.name == "the lab" { "" } else { "index.html" };
                let mut bytes = 0;
                for path in &column.files {
                    let name = path.file_name().unwrap_or_default().to_string_lossy();
                    if name != harness && (column.name == "the lab" || !is_ours(path, &column.root)) {
                        bytes += fs::read(path).map_or(0, |file| compressed(&file).len());
                    }
                }
                column.download_kb = bytes as f64 / 1e3;
            });
        }
    });
}

/// The rows, queries, and the true ten nearest of each query.
struct Truth {
    rows: Vec<f32>,
    queries: Vec<f32>,
    nearest: Vec<Vec<i64>>,
}

impl Truth {
    fn make() -> Self {
        let rows: Vec<f32> =
            (0..ROWS as i64).flat_map(|id| workload::vector(SEEDS.0, DIM as u32, id)).collect();
        let mut queries = vec![0.0; DIM * QUERIES as usize];
        for (number, query) in (0..).zip(queries.chunks_mut(DIM)) {
            Rng::new(SEEDS.1, number).fill_units(query);
        }
        let nearest = queries.chunks(DIM).map(|query| nearest(&rows, query)).collect();
        Self { rows, queries, nearest }
    }

    /// Writes them where the peers' page fetches them.
    fn write(&self, folder: &Path) -> std::io::Result<()> {
        let truth: Vec<f32> = self.nearest.iter().flatten().map(|id| *id as f32).collect();
        for (name, numbers) in [("rows", &self.rows), ("queries", &self.queries), ("truth", &truth)] {
            let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
            fs::write(folder.join(format!("{name}.bin")), bytes)?;
        }
        Ok(())
    }

    /// Whether exact searches of every round found these.
    fn confirms(&self, rounds: &[Value]) -> bool {
        let all = self.nearest.len() * NEAREST;
        let right = |round: &Value| {
            let found = round["exact"].as_array().map_or(&[][..], Vec::as_slice);
            let same = found.iter().zip(&self.nearest).map(|(keys, nearest)| {
                let keys = keys.as_array().into_iter().flatten().filter_map(Value::as_i64);
                keys.filter(|key| nearest.contains(key)).count()
            });
            // Sums of the same numbers in another order may swap the tenth and the eleventh.
            same.sum::<usize>() * 1_000 >= all * 999
        };
        !rounds.is_empty() && rounds.iter().all(right)
    }
}

fn nearest(rows: &[f32], query: &[f32]) -> Vec<i64> {
    let distance = |row: &[f32]| row.iter().zip(query).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>();
    let mut all: Vec<(f64, i64)> = rows.chunks(DIM).map(distance).zip(0..).collect();
    all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    all.iter().take(NEAREST).map(|(_, id)| *id).collect()
}

/// Serves the peers, with the rows beside them; or says why there are none.
fn served(truth: &Truth) -> Result<Server, String> {
    let Some(folder) = std::env::var_os("PEERS").map(PathBuf::from) else {
        let why = std::env::var("PEERS_MISSING");
        return Err(why.unwrap_or_else(|_| "run `cargo xtask bench peers`, which fetches them".to_owned()));
    };
    truth.write(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    Ok(Server::of(&folder))
}

/// The versions of packages that were fetched.
fn versions(folder: &Path, packages: &[&str]) -> String {
    let text = fs::read_to_string(folder.join("package-lock.json")).unwrap_or_default();
    let lock: Value = serde_json::from_str(&text).unwrap_or_default();
    let version = |package: &&str| {
        let found = &lock["packages"][format!("node_modules/{package}")]["version"];
        found.as_str().unwrap_or("?").to_owned()
    };
    packages.iter().map(version).collect::<Vec<_>>().join(" + ")
}

/// Nothing was measured yet.
impl Column {
    fn new(name: &str, version: &str, root: PathBuf) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            root,
            rounds: Vec::new(),
            longest: Duration::ZERO,
            files: BTreeSet::new(),
            download_kb: f64::NAN,
        }
    }
}

/// What a small durable write costs beside one raw commit, and what several cost that arrive together.
pub(super) fn writes(browser: &Browser, server: &Server) {
    let page = browser.page("writes");
    page.goto(&server.url("/?bench=1"));
    page.wait_for("window.quorumLabBench", "the benchmark to be there");
    page.eval(
        "void quorumLabBench('log:500').then((r) => { window.report = r; }, \
         (e) => { window.report = {error: String(e)}; })",
    );
    page.wait_within(PATIENCE, "window.report", "the writes to end");
    let report = page.eval("window.report");
    page.close();
    if let Some(error) = report["error"].as_str() {
        println!("\nsmall writes: {error}");
        return;
    }
    let both = |key: &str| [0, 1].map(|at| report[key][at].as_f64().unwrap_or(f64::NAN));
    let (ours, raw) = (both("lab_ms"), both("raw_ms"));
    println!(
        "\n{} durable writes of one row, in turns with raw strict commits of as many bytes:\n",
        report["writes"]
    );
    println!("| ms | p50 | p99 |\n| --- | --- | --- |");
    println!("| the lab, acknowledged | {:.1} | {:.1} |", ours[0], ours[1]);
    println!("| raw strict commit | {:.1} | {:.1} |", raw[0], raw[1]);
    println!("| ratio, aim at most 1.2 | {:.2} | {:.2} |\n", ours[0] / raw[0], ours[1] / raw[1]);
    println!(
        "| writers at once, each with a row of its own | ms until all are acknowledged | transactions |"
    );
    println!("| --- | --- | --- |");
    for one in report["together"].as_array().into_iter().flatten() {
        println!(
            "| {} | {:.1} | {} |",
            one["writers"],
            one["ms"].as_f64().unwrap_or(f64::NAN),
            one["commits"]
        );
    }
}

/// Columns by name, for tests of the table.
#[cfg(test)]
pub(super) fn example(names: &std::collections::BTreeMap<&str, Value>) -> Vec<Column> {
    let column = |(name, round): (&&str, &Value)| {
        let mut column = Column::new(name, "1.0", PathBuf::new());
        column.rounds.push(round.clone());
        column
    };
    names.iter().map(column).collect()
}
