//! How fast simulated worlds run natively on one core. `cargo xtask bench worlds` runs it.
//!
//! Every figure is of this run: events and virtual time are counted by the worlds, seconds are of the wall clock. A
//! measurement is repeated and the fastest round counts, because other programs only ever make a round slower.
//! Promises: exits non-zero when a target of `docs/benchmarks.md` is missed; `digests FROM TO` prints everything by
//! which two builds can be compared, byte for byte: events, virtual time, checks of every invariant, violations and the
//! digest of all events, for seeds of each world and for drills. Leaves out: the page, which `cargo xtask bench`
//! measures.

#![expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::fmt::Write;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use quorum_drill::{Batch, Plan};
use quorum_facade::milvus::{Milvus, Settings};
use quorum_facade::regions::Regions;
use quorum_facade::swarm::{Cluster, Limits, RunOf, Schedule, SwarmWorld, Watched, WorldKind};
use quorum_facade::{Command, Control, Lab, RunConfig, with_world};
use quorum_types::{Micros, SECOND};

/// Rounds of each measurement.
const ROUNDS: usize = 5;
/// Minimum checked events a second of a search of replica sets.
const EVENTS_PER_S: f64 = 4e6;
/// Minimum speed of 54 pods, as a multiple of real time.
const PODS_TIMES_REAL: f64 = 300.0;
/// Maximum seconds for a month of two regions.
const MONTH_S: f64 = 1.0;
/// Maximum cost of an event of 101 nodes, as a multiple of 3 nodes'.
const GROWTH: f64 = 1.5;
/// Fifty-four pods, as `cargo xtask bench drawing` draws them.
const CROWD: [(&str, u64); 12] = [
    ("coordinators", 5),
    ("proxies", 6),
    ("query_nodes", 12),
    ("data_nodes", 6),
    ("index_nodes", 3),
    ("latency_min_us", 300_000),
    ("latency_max_us", 400_000),
    ("coord_heartbeat_ms", 20),
    ("coord_election_ms", 3_000),
    ("raft_heartbeat_ms", 20),
    ("raft_election_ms", 3_000),
    ("clients", 200),
];

/// The digest of a world's events.
trait Digest {
    fn digest(&self) -> String;
}

impl Digest for Cluster {
    fn digest(&self) -> String {
        self.event_log.digest()
    }
}

impl Digest for Watched {
    fn digest(&self) -> String {
        self.world.event_log.digest()
    }
}

impl Digest for Milvus {
    fn digest(&self) -> String {
        Self::digest(self)
    }
}

impl Digest for Regions {
    fn digest(&self) -> String {
        Self::digest(self)
    }
}

/// Runs the schedules of these seeds to their ends; returns the number of events.
fn search<W: SwarmWorld>(seeds: core::ops::Range<u64>) -> u64 {
    let limits = Limits::against::<W::Rule>(None, W::EVENTS);
    seeds.map(|seed| black_box(RunOf::<W>::new(W::generate(seed, None), limits, true).finish()).events).sum()
}

/// Prints what identifies the runs of these seeds, one line each.
fn print_digests<W: SwarmWorld + Digest>(seeds: core::ops::Range<u64>) {
    let limits = Limits::against::<W::Rule>(None, W::EVENTS);
    for seed in seeds {
        for quiet in [true, false] {
            let run = RunOf::<W>::new(W::generate(seed, None), limits, quiet).finish();
            let mut line = format!("{} {seed} {} {}", W::WORLD, run.events, run.world.now_us());
            for status in run.world.invariants().statuses() {
                let _ = write!(line, " {}", status.checked);
            }
            let _ = write!(line, " judged {} broken {:?}", run.world.judged(), run.violations);
            println!("{line} {}", if quiet { "quiet".to_owned() } else { run.world.digest() });
        }
    }
}

/// Plays a drill; returns its report as JSON, which includes the digest of its runs.
fn drill(scenario: &str, runs: u64) -> String {
    let plan = Plan { scenario: scenario.to_owned(), seed: Some(1), runs, ..Plan::default() };
    let played = Batch::new(plan).and_then(Batch::finish);
    match played {
        Ok((drilled, _)) => serde_json::to_string(&drilled).unwrap_or_else(|why| why.to_string()),
        Err(refusal) => format!("{refusal:?}"),
    }
}

/// A replica set without faults, whose clients write and read; returns the number of scheduled events processed.
fn replica_set(nodes: u32, events: u64) -> u64 {
    let schedule = Schedule { nodes, seed: 7, settings: Vec::new(), off: Vec::new(), actions: Vec::new() };
    let mut world = Cluster::open(&schedule, true);
    for _ in 0..events {
        world.step();
    }
    black_box(&world);
    events
}

/// Five nodes as the page runs them, for this long in virtual time.
fn five_nodes(us: Micros) -> String {
    let topology = Some("replica-set:5".to_owned());
    let config = RunConfig { lesson: None, topology, seed: 1, kept: false, lang: "en".to_owned() };
    let Ok(mut lab) = Lab::open(config, None) else { return String::new() };
    lab.execute(1, Command::Control(Control::Run { us }));
    black_box(lab.take_answers());
    lab.digest()
}

/// The cluster of fifty-four pods, for this long in virtual time.
fn pods(us: Micros) -> String {
    let mut settings = Settings::default();
    for (name, value) in CROWD {
        assert_eq!(settings.set(name, value), Ok(()), "{name} can be set");
    }
    let mut world = Milvus::new(1, settings);
    let mut at = 0;
    while at < us {
        at += SECOND / 10;
        world.advance(at, u64::MAX);
        black_box(world.take_events());
    }
    world.digest()
}

/// The seconds of the fastest of some rounds.
fn fastest(mut work: impl FnMut()) -> f64 {
    let round = |_| {
        let began = Instant::now();
        work();
        began.elapsed().as_secs_f64()
    };
    (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min)
}

fn judge(what: &str, figure: f64, holds: bool) -> u32 {
    println!("{what:<58}{figure:>14.2}{}", if holds { "" } else { "   missed" });
    u32::from(!holds)
}

fn measure() -> ExitCode {
    let mut missed = 0;
    for kind in WorldKind::ALL {
        let mut events = 0;
        let seconds = fastest(|| events = with_world!(kind, W => search::<W>(0..60)));
        let rate = events as f64 / seconds;
        let held = kind != WorldKind::Cluster || rate >= EVENTS_PER_S;
        missed += judge(&format!("{}: checked events a second", kind.word()), rate, held);
        judge(&format!("{}: seeds a second", kind.word()), 60.0 / seconds, true);
    }
    let mut first = None;
    for nodes in [3, 5, 25, 51, 101] {
        let ns = fastest(|| {
            replica_set(nodes, 300_000);
        }) * 1e9
            / 300_000.0;
        let times = ns / *first.get_or_insert(ns);
        judge(&format!("{nodes} nodes: ns an event"), ns, true);
        missed += judge(&format!("{nodes} nodes: of three nodes' cost"), times, times <= GROWTH);
    }
    let seconds = fastest(|| drop(five_nodes(300 * SECOND)));
    judge("5 nodes with the façade: times real time", 300.0 / seconds, true);
    let seconds = fastest(|| drop(pods(60 * SECOND)));
    missed += judge("54 pods: times real time", 60.0 / seconds, 60.0 / seconds >= PODS_TIMES_REAL);
    let seconds = fastest(|| drop(drill("dr-month", 1)));
    missed += judge("a month of two regions: seconds", seconds, seconds <= MONTH_S);
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

pub(crate) fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let number = |word: &str| word.parse::<u64>().unwrap_or(0);
    match words[..] {
        ["digests", from, to] => {
            for kind in WorldKind::ALL {
                with_world!(kind, W => print_digests::<W>(number(from)..number(to)));
            }
            for scenario in ["failover-all", "dr-all", "kill-the-leader", "dr-month"] {
                println!("{scenario} {}", drill(scenario, 2));
            }
            println!("five nodes {}\n54 pods {}", five_nodes(60 * SECOND), pods(20 * SECOND));
        }
        // One workload, to be profiled.
        ["search", world, from, to] => {
            let kind = WorldKind::named(world).unwrap_or_default();
            println!("{}", with_world!(kind, W => search::<W>(number(from)..number(to))));
        }
        ["nodes", nodes, events] => println!("{}", replica_set(number(nodes) as u32, number(events))),
        ["five", seconds] => println!("{}", five_nodes(number(seconds) * SECOND)),
        ["pods", seconds] => println!("{}", pods(number(seconds) * SECOND)),
        ["drill", scenario, runs] => println!("{}", drill(scenario, number(runs))),
        _ => return measure(),
    }
    ExitCode::SUCCESS
}
