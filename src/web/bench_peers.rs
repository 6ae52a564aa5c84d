//! The lab's part of the comparison with peers, in a page with the feature `bench`: one round of what other databases
//! of a browser are asked in `e2e/peers`.
//!
//! Guarantees: the rows are those that the driving program hands to the peers, because both come from the same seed; it
//! compares the keys that exact searches find. Times are of the wall clock in the worker. Leaves out: the peers, the
//! order of rounds, and the tables (`e2e/src/bin/bench/peers.rs`).

use serde::Serialize;

use super::bench_log::{DIMENSIONS, QUIET_MS};
use super::drive::Driven;
use super::idb::{StoreError, delete_database};
use super::{clock, figures};
use quorum_facade::command::default_collection;
use quorum_facade::{Command, EngineCommand, Params};
use quorum_types::Rng;
use quorum_types::sort::sort_by;

/// The database. It is deleted afterwards.
const PEERS: &str = "quorum-lab/bench-peers";
/// The seed of the queries; the rows' is the run's, 1.
const QUERY_SEED: u64 = 2;
/// Queries a round.
const QUERIES: u64 = 100;
/// Rows found by a query.
const NEAREST: u64 = 10;
/// Rows per batch.
const BATCH: u64 = 1_000;
/// Single durable writes a round.
const SINGLES: u64 = 100;
/// The graph's parameters, the same for all that have a graph.
const M: u64 = 16;
const EF_CONSTRUCTION: u64 = 200;
/// How long the last transactions of a run may take after it has been dropped.
const DROPPED_MS: u32 = 20;
/// Widths of a search, from which the smallest that suffices is looked for.
const WIDTHS: [u64; 9] = [10, 20, 40, 80, 160, 320, 640, 1_280, 2_560];

/// One round. Times are milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Round {
    /// Rows to durable, 1,000 per batch.
    pub insert_ms: f64,
    /// The same with all rows in one batch.
    pub insert_whole_ms: f64,
    /// Single durable rows: the median and the 99th percentile.
    pub single_ms: [f64; 2],
    /// From opening to the first answer of an exact search.
    pub reopen_ms: f64,
    /// An exact search, the mean of all queries.
    pub exact_ms: f64,
    /// The keys that exact searches found.
    pub exact: Vec<Vec<i64>>,
    /// Flush and index.
    pub build_ms: f64,
    /// Searches in the index, at a recall of 0.95 and of 0.99.
    pub near: Vec<Near>,
    /// From opening to the first answer through the index.
    pub reopen_index_ms: f64,
}

/// Searches at a recall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Near {
    /// The recall that was asked for.
    pub aim: f64,
    /// The smallest width that reaches it, within 3 %.
    pub ef: u64,
    /// The recall that was reached.
    pub recall: f64,
    /// Milliseconds a search, the mean of all queries.
    pub ms: f64,
}

/// Measures a round with this many rows.
pub async fn round(rows: u64) -> Result<Round, StoreError> {
    let mut round = Round::default();
    let mut run = fresh().await?;
    let mut singles = Vec::new();
    for _ in 0..SINGLES {
        singles.push(run.timed(Command::insert(1, 1)).await?);
    }
    sort_by(&mut singles, f64::total_cmp);
    round.single_ms = [50, 99].map(|percent| figures::quantile(&singles, percent));
    drop(run);
    let mut run = fresh().await?;
    round.insert_whole_ms = run.timed(Command::insert(rows, rows)).await?;
    drop(run);
    let mut run = fresh().await?;
    round.insert_ms = run.timed(Command::insert(rows, BATCH)).await?;
    run.settle().await;
    drop(run);
    // Gives the transactions of the dropped run time to complete.
    clock::sleep(DROPPED_MS).await;
    let queries: Vec<Vec<f32>> = (0..QUERIES).map(query).collect();
    let began = clock::now_ms();
    let mut run = Driven::open(PEERS).await?;
    run.execute_ms(Command::search(vec![queries[0].clone()], NEAREST));
    round.reopen_ms = clock::now_ms() - began;
    (round.exact_ms, round.exact) = search_all(&mut run, &queries, None);
    round.build_ms = build(&mut run).await?;
    round.near = [0.95, 0.99].into_iter().map(|aim| near(&mut run, &queries, &round.exact, aim)).collect();
    drop(run);
    clock::sleep(DROPPED_MS).await;
    let began = clock::now_ms();
    let mut run = Driven::open(PEERS).await?;
    run.settle().await;
    let ef = round.near.last().map(|near| near.ef);
    search_all(&mut run, &queries[..1], ef);
    round.reopen_index_ms = clock::now_ms() - began;
    drop(run);
    delete_database(PEERS).await?;
    Ok(round)
}

/// A run on an empty database, after the browser has cleaned up the last one.
async fn fresh() -> Result<Driven, StoreError> {
    delete_database(PEERS).await?;
    clock::sleep(QUIET_MS).await;
    let mut run = Driven::open(PEERS).await?;
    // The initial writes of a new database are not part of the cost of an insert.
    run.settle().await;
    Ok(run)
}

fn query(number: u64) -> Vec<f32> {
    let mut vector = vec![0.0; DIMENSIONS];
    Rng::new(QUERY_SEED, number).fill_units(&mut vector);
    vector
}

/// Milliseconds a search, the mean of all, and the keys that each found; through the index with a width.
#[expect(clippy::cast_precision_loss, reason = "the number of queries is small")]
fn search_all(run: &mut Driven, queries: &[Vec<f32>], ef: Option<u64>) -> (f64, Vec<Vec<i64>>) {
    let mut commands = Vec::new();
    for query in queries {
        let mut command = Command::search(vec![query.clone()], NEAREST);
        if let (Command::Engine(EngineCommand::Search { params, .. }), Some(ef)) = (&mut command, ef) {
            params.insert("ef".to_owned(), ef);
        }
        commands.push(command);
    }
    run.found();
    let began = clock::now_ms();
    for command in commands {
        run.execute_ms(command);
    }
    let took = clock::now_ms() - began;
    // Sent afterwards: what the interface gets beside an answer is no part of a search.
    (took / queries.len().max(1) as f64, run.found())
}

/// Replaces the index of a new collection by a graph, and flushes: the milliseconds of all of it.
async fn build(run: &mut Driven) -> Result<f64, StoreError> {
    let collection = default_collection;
    let params: Params =
        [("M", M), ("efConstruction", EF_CONSTRUCTION)].map(|(name, value)| (name.to_owned(), value)).into();
    let mut took = 0.0;
    for command in [
        EngineCommand::Release { collection: collection() },
        EngineCommand::DropIndex { collection: collection() },
        EngineCommand::CreateIndex {
            collection: collection(),
            field: "vector".to_owned(),
            index_type: "HNSW".to_owned(),
            metric_type: "L2".to_owned(),
            params,
        },
        EngineCommand::Load { collection: collection() },
        EngineCommand::Flush { collection: collection() },
    ] {
        took += run.timed(Command::Engine(command)).await?;
    }
    let began = clock::now_ms();
    run.settle().await;
    Ok(took + clock::now_ms() - began)
}

/// The smallest width whose searches find this share of the nearest, and their time.
fn near(run: &mut Driven, queries: &[Vec<f32>], truth: &[Vec<i64>], aim: f64) -> Near {
    let mut try_width = |ef: u64| {
        let (ms, found) = search_all(run, queries, Some(ef));
        Near { aim, ef, recall: recall(&found, truth), ms }
    };
    let (mut low, mut best) = (0, Near::default());
    for ef in WIDTHS {
        best = try_width(ef);
        if best.recall >= aim {
            break;
        }
        low = ef;
    }
    while best.recall >= aim && best.ef - low > (best.ef / 32).max(1) {
        let tried = try_width(low.midpoint(best.ef));
        if tried.recall >= aim {
            best = tried;
        } else {
            low = tried.ef;
        }
    }
    // Once more, now that it is known: the first searches of a width run colder.
    try_width(best.ef)
}

#[expect(clippy::cast_precision_loss, reason = "numbers of rows found are small")]
fn recall(found: &[Vec<i64>], truth: &[Vec<i64>]) -> f64 {
    let right =
        |(found, truth): (&Vec<i64>, &Vec<i64>)| found.iter().filter(|key| truth.contains(key)).count();
    let all: usize = truth.iter().map(Vec::len).sum();
    found.iter().zip(truth).map(right).sum::<usize>() as f64 / all.max(1) as f64
}
