//! Names the run of the lab that a log resembles most.
//!
//! Each cause of [`CAUSES`] is played with several seeds; its requests and those of the log become the same few
//! features of their longest outage: how long it was, what failed in it and how fast, and latencies before, during and
//! after. The likeness of a cause is the distance to its nearest runs, with each feature in units of its spread within
//! causes. Guarantees: the same log gives the same answer; a log with no failure is compared too. Leaves out: proof.
//! Two causes that clients cannot tell apart get about the same confidence, and what the lab does not play is not
//! found.

use std::sync::OnceLock;

use quorum_drill::outside::{self, Request};
use quorum_drill::{Batch, Plan};
use quorum_facade::{EventKind, OpStatus, ServiceEvent};
use quorum_types::sort::sort_by;
use quorum_types::{Micros, Refusal, SECOND};
use serde::Serialize;

/// A cause that the lab can play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Its word, for programs and for the catalogues.
    pub word: &'static str,
    /// The drill.
    pub scenario: &'static str,
    /// Its settings.
    pub set: &'static [(&'static str, u64)],
}

const fn cause(word: &'static str, scenario: &'static str, set: &'static [(&'static str, u64)]) -> Cause {
    Cause { word, scenario, set }
}

/// The causes.
pub const CAUSES: [Cause; 14] = [
    cause("nothing", "failover-datanode", &[]),
    cause("standby", "failover-coordinator", &[]),
    cause("proxy", "failover-proxy", &[]),
    cause("one-proxy", "failover-proxy", &[("proxies", 1)]),
    cause("one-proxy-down", "failover-proxy", &[("proxies", 1), ("supervised", 0)]),
    cause("query-node", "failover-querynode", &[]),
    cause("slow-checks", "failover-querynode", &[("health_check_ms", 60_000)]),
    cause(
        "delegator",
        "failover-querynode",
        &[("control_plane", 2), ("active_standby", 0), ("delegator", 1)],
    ),
    cause("concurrent", "failover-concurrent", &[]),
    cause("partition", "failover-partition", &[]),
    cause("hanging-calls", "failover-partition", &[("call_timeout_ms", 10_000)]),
    cause("zone", "failover-zone", &[]),
    cause("restart", "failover-coordinator", &[("control_plane", 1), ("active_standby", 0)]),
    cause(
        "quick-restart",
        "failover-coordinator",
        &[
            ("control_plane", 1),
            ("active_standby", 0),
            ("session_ttl_ms", 5_000),
            ("keepalive_ms", 1_500),
            ("health_check_ms", 2_000),
            ("restart_ms", 1_000),
        ],
    ),
];

/// Runs of each cause.
const SEEDS: u64 = 12;
/// Their first seed.
const FIRST_SEED: u64 = 1;
/// The runs of a cause that its distance is measured to.
const NEAREST: usize = 3;
/// Before and after an outage, so much of the log counts.
const AROUND_US: Micros = 60 * SECOND;
/// A good answer that took this many times the usual is slow.
const SLOW: u64 = 5;
/// How many features there are.
const FEATURES: usize = 10;
/// No feature counts in a finer unit than this, so that runs that are all alike do not make it the only one.
const LEAST_SPREAD: f64 = 0.12;
/// A distance beyond which nothing is alike.
const FAR: f64 = 8.0;

type Features = [f64; FEATURES];

/// The names of the features, in their order.
pub const NAMES: [&str; FEATURES] = [
    "outage_s",
    "first_answer_s",
    "failed_share",
    "failed_s",
    "longest_failed_s",
    "failed_latency",
    "slow_share",
    "latency_during",
    "latency_after",
    "interruptions",
];

/// A cause, and how much the log is like it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Likeness {
    /// The cause.
    pub cause: &'static str,
    /// The drill that plays it.
    pub scenario: &'static str,
    /// Its settings.
    pub set: Vec<(&'static str, u64)>,
    /// The seed of the run that is nearest.
    pub seed: u64,
    /// From 0 to 1; of all causes together 1, unless nothing is alike.
    pub confidence: f64,
    /// The distance, in spreads.
    pub distance: f64,
}

/// A run that logs are compared to.
#[derive(Clone, Debug)]
struct Known {
    cause: usize,
    seed: u64,
    features: Features,
}

/// The runs that logs are compared to, and the spread of each feature within causes.
#[derive(Clone, Debug)]
pub struct Library {
    known: Vec<Known>,
    spread: Features,
}

/// The requests of a run of the lab.
pub fn requests(cause: &Cause, seed: u64) -> Result<Vec<Request>, Refusal> {
    let plan = Plan {
        scenario: cause.scenario.to_owned(),
        seed: Some(seed),
        runs: 1,
        set: cause.set.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
        ..Plan::default()
    };
    let (_, events) = Batch::new(plan)?.traced().finish()?;
    let ended = events.iter().filter_map(|event| match event.kind {
        EventKind::Service(ServiceEvent::OpEnd { status, took_us, .. }) => {
            Some(Request { ended_us: event.t_us, took_us, ok: status == OpStatus::Ok })
        }
        _ => None,
    });
    Ok(ended.collect())
}

fn median(mut values: Vec<u64>) -> Option<u64> {
    sort_by(&mut values, u64::cmp);
    values.get(values.len() / 2).copied()
}

/// How much longer one time is than another, on a scale of doublings. A constant keeps microseconds from counting.
fn ratio(us: Option<u64>, of_us: u64) -> f64 {
    const FLOOR_US: f64 = 500.0;
    us.map_or(0.0, |us| ((us as f64 + FLOOR_US) / (of_us as f64 + FLOOR_US)).log2())
}

/// Seconds on a scale of doublings.
fn doublings(us: u64) -> f64 {
    (1.0 + us as f64 / SECOND as f64).log2()
}

fn features(requests: &[Request]) -> Features {
    let us = |ms: f64| (ms * 1_000.0) as Micros;
    let end_us = requests.last().map_or(0, |request| request.ended_us);
    let outages = outside::outages(requests);
    let lasted = |outage: &quorum_drill::OutageReport| outage.settled_ms.map_or(end_us, us);
    let main = outages.iter().max_by_key(|outage| lasted(outage));
    // Without an outage, the whole log is before it.
    let (from_us, to_us) = main.map_or((end_us + 1, end_us + 1), |outage| {
        let from_us = us(outage.fault_ms);
        (from_us, outage.settled_ms.map_or(end_us, |ms| from_us + us(ms)))
    });
    let within = |from: Micros, to: Micros| {
        requests.iter().filter(move |request| request.ended_us >= from && request.ended_us <= to)
    };
    let took = |from: Micros, to: Micros, ok: bool| {
        median(within(from, to).filter(|request| request.ok == ok).map(|request| request.took_us).collect())
    };
    let before = took(from_us.saturating_sub(AROUND_US), from_us.saturating_sub(1), true);
    let usual_us = before.or_else(|| took(0, end_us, true)).unwrap_or(0);
    let during = within(from_us, to_us).count() as u64;
    let failed = within(from_us, to_us).filter(|request| !request.ok).count() as u64;
    let near: Vec<&Request> = within(from_us, to_us + AROUND_US / 4).collect();
    let slow = near.iter().filter(|request| request.ok && request.took_us > SLOW * usual_us.max(1)).count();
    let (mut longest_us, mut failing_since, mut failed_us) = (0, None, 0);
    for request in within(from_us, to_us) {
        match (request.ok, failing_since) {
            (false, None) => failing_since = Some(request.ended_us - request.took_us.min(request.ended_us)),
            (true, Some(since)) => {
                longest_us = longest_us.max(request.ended_us - since);
                failed_us += request.ended_us - since;
                failing_since = None;
            }
            _ => {}
        }
    }
    if let Some(since) = failing_since {
        longest_us = longest_us.max(end_us - since);
        failed_us += end_us - since;
    }
    let rto_us = main.map_or(0, |outage| outage.rto_ms.map_or(2 * (end_us - from_us.min(end_us)), us));
    [
        doublings(to_us - from_us),
        doublings(rto_us),
        failed as f64 / during.max(1) as f64 * 2.0,
        doublings(failed_us),
        doublings(longest_us),
        0.5 * ratio(took(from_us, to_us, false), usual_us),
        4.0 * slow as f64 / near.len().max(1) as f64,
        0.5 * ratio(took(from_us, to_us.saturating_sub(1), true), usual_us),
        ratio(took(to_us + 1, to_us + AROUND_US, true), usual_us),
        main.map_or(0.0, |outage| (1.0 + f64::from(outage.interruptions)).log2()),
    ]
}

impl Library {
    /// Every cause with every seed. They are played at the first call, which takes a second or two; they are the same
    /// in every call.
    pub fn played() -> Result<&'static Self, Refusal> {
        static PLAYED: OnceLock<Result<Library, Refusal>> = OnceLock::new();
        PLAYED.get_or_init(Self::play).as_ref().map_err(Clone::clone)
    }

    fn play() -> Result<Self, Refusal> {
        let mut known = Vec::new();
        for (at, cause) in CAUSES.iter().enumerate() {
            for seed in FIRST_SEED..FIRST_SEED + SEEDS {
                known.push(Known { cause: at, seed, features: features(&requests(cause, seed)?) });
            }
        }
        let spread = std::array::from_fn(|feature| spread(&known, feature).max(LEAST_SPREAD));
        Ok(Self { known, spread })
    }

    fn distance(&self, a: &Features, b: &Features) -> f64 {
        let parts = a.iter().zip(b).zip(&self.spread);
        // Far away is far away: one feature does not drown the others.
        parts.map(|((a, b), spread)| ((a - b) / spread).powi(2).min(25.0)).sum::<f64>().sqrt()
    }

    /// All causes, the most similar one first.
    pub fn rank(&self, requests: &[Request]) -> Vec<Likeness> {
        let of_log = features(requests);
        let mut ranked: Vec<Likeness> = CAUSES
            .iter()
            .enumerate()
            .map(|(at, cause)| {
                let runs = self.known.iter().filter(|known| known.cause == at);
                let mut near: Vec<(f64, u64)> =
                    runs.map(|known| (self.distance(&of_log, &known.features), known.seed)).collect();
                sort_by(&mut near, |a, b| a.0.total_cmp(&b.0));
                let few = near.iter().take(NEAREST);
                let distance =
                    few.clone().map(|(distance, _)| distance).sum::<f64>() / few.len().max(1) as f64;
                let seed = near.first().map_or(0, |(_, seed)| *seed);
                let (scenario, set) = (cause.scenario, cause.set.to_vec());
                Likeness { cause: cause.word, scenario, set, seed, confidence: 0.0, distance }
            })
            .collect();
        sort_by(&mut ranked, |a, b| a.distance.total_cmp(&b.distance));
        let nearest = ranked.first().map_or(0.0, |first| first.distance);
        let weights: Vec<f64> =
            ranked.iter().map(|likeness| (-(likeness.distance - nearest) / 1.5).exp()).collect();
        // What is far from everything is like nothing very much.
        let trust = if nearest < FAR { 1.0 } else { FAR / nearest };
        let all: f64 = weights.iter().sum();
        for (likeness, weight) in ranked.iter_mut().zip(weights) {
            likeness.confidence = trust * weight / all;
        }
        ranked
    }
}

/// The spread of a feature within causes.
fn spread(known: &[Known], feature: usize) -> f64 {
    let mut squares = 0.0;
    for at in 0..CAUSES.len() {
        let values: Vec<f64> =
            known.iter().filter(|known| known.cause == at).map(|known| known.features[feature]).collect();
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        squares += values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    }
    (squares / known.len().max(1) as f64).sqrt()
}
