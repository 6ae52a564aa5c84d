//! Load: how many searches per second one, three and five replicas answer, and what replicas of the log cost a write.
//!
//! Every figure is measured in a running Milvus cluster: clients send the next search as soon as the previous one is
//! answered, and query nodes process their queues one search at a time, so that latencies come from queues. Inserts are
//! timed from the client and back. The report also lists the course's figures and the assumptions. Guarantees: the same
//! plan gives the same report, in slices of any size; measurement begins when the queues are full. Leaves out: faults
//! (the suites), think times, and searches that wait for a tick: reads use bounded staleness.

use serde::Serialize;

use super::report::Latency;
use quorum_facade::milvus::Milvus;
use quorum_facade::milvus::settings::{ALL, Settings};
use quorum_facade::{EngineEvent, EventKind, MilvusEvent};
use quorum_types::{Micros, Refusal, SECOND};

/// How many in-memory replicas are measured, each on a query node of its own.
pub const REPLICAS: [u64; 3] = [1, 3, 5];
/// Under how many clients.
pub const CLIENTS: [u64; 3] = [10, 100, 1_000];
/// Replicas of the log, and whether they are written one after the other.
pub(crate) const WRITES: [(u64, bool); 3] = [(1, false), (3, false), (3, true)];

/// The cluster is up and has elected everyone by then.
const UP_US: Micros = 15 * SECOND;
/// No queue takes longer to fill, for us.
const MOST_WARM_UP_US: Micros = 60 * SECOND;
/// Timeout of a call: long enough that no client gives up in a queue of a thousand at 10 ms each.
const PATIENCE_MS: u64 = 120_000;

/// What is assumed besides the defaults, in every case.
const ASSUMED: &[(&str, u64)] =
    &[("rows", 300), ("dim", 4), ("search_interval_ms", 600_000), ("insert_interval_ms", 5_000)];
/// What a reader of the figures has to know of the settings.
const SHOWN_SETTINGS: &[&str] = &[
    "search_us",
    "visit_percent",
    "proxy_us",
    "proxies",
    "routing",
    "consistency",
    "latency_min_us",
    "latency_max_us",
    "link_mb_per_s",
];

/// Replicas of the shop of course note 3, and its users.
const SHOP: [u64; 2] = [1, 5];
const SHOP_USERS: u64 = 1_000;
/// How the shop searches, and what a search costs it: 200 a second and replica, as the note says.
const SHOP_SET: &[(&str, u64)] = &[
    ("rows", 1_000),
    ("dim", 8),
    ("search_us", 5_000),
    ("consistency", 3),
    ("index_type", 1),
    ("metric", 2),
    ("nprobe", 10),
    ("top_k", 20),
];

/// How long a sync takes, and how much is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Disk {
    /// A row at a time; a sync as the settings have it: 1 to 6 ms.
    Ours,
    /// A row at a time; a sync as the course reckons: 100 ms a copy.
    Course,
    /// 1,000 rows of 128 dimensions at a time over the pods' network cards; syncs as ours.
    Batch,
}

/// One cluster to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    Reads { replicas: u64, clients: u64 },
    Shop { replicas: u64 },
    Writes { disk: Disk, replicas: u64, serial: bool },
}

/// What to measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The seed of every cluster.
    pub seed: u64,
    /// Settings by name; what a case is about counts before them.
    pub set: Vec<(String, u64)>,
    /// Virtual seconds for which searches are counted.
    pub read_s: u64,
    /// And inserts.
    pub write_s: u64,
}

impl Default for Plan {
    fn default() -> Self {
        Self { seed: 1, set: Vec::new(), read_s: 10, write_s: 200 }
    }
}

/// Searches under load.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Reads {
    /// In-memory replicas, and query nodes.
    pub replicas: u64,
    /// Clients, each with one search at a time.
    pub clients: u64,
    /// Answers a second.
    pub qps: f64,
    /// How long they took.
    pub latency_ms: Latency,
    /// How many were counted.
    pub answered: u64,
    /// How many failed.
    pub failed: u64,
}

/// Inserts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Writes {
    /// How long a sync takes.
    pub disk: Disk,
    /// Replicas of the log.
    pub replicas: u64,
    /// Whether they are written one after the other.
    pub serial: bool,
    /// How long inserts took.
    pub latency_ms: Latency,
    /// How many were counted.
    pub acknowledged: u64,
    /// How many failed.
    pub failed: u64,
}

/// A figure of the course beside ours.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Claim {
    /// Which.
    pub what: &'static str,
    /// What the course says.
    pub course: f64,
    /// What came out; none before it is measured.
    pub measured: Option<f64>,
}

/// A setting that the figures rest on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Assumed {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: u64,
    /// Its unit.
    pub unit: &'static str,
    /// Where its default comes from.
    pub source: &'static str,
}

/// What came out, as far as it is there.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// Settings that matter.
    pub assumed: Vec<Assumed>,
    /// Searches.
    pub reads: Vec<Reads>,
    /// Searches of the shop's thousand users.
    pub shop: Vec<Reads>,
    /// Inserts.
    pub writes: Vec<Writes>,
    /// The course's figures.
    pub claims: Vec<Claim>,
}

impl Report {
    /// Answers per second of this many replicas under this many clients.
    pub fn qps(&self, replicas: u64, clients: u64) -> Option<f64> {
        let of = |reads: &&Reads| reads.replicas == replicas && reads.clients == clients;
        self.reads.iter().find(of).map(|reads| reads.qps)
    }

    /// The mean latency of inserts.
    pub(crate) fn write_ms(&self, disk: Disk, replicas: u64, serial: bool) -> Option<f64> {
        let of = |writes: &&Writes| (writes.disk, writes.replicas, writes.serial) == (disk, replicas, serial);
        self.writes.iter().find(of).map(|writes| writes.latency_ms.mean)
    }

    /// Course note 3: ten workers, 100 and 280 QPS; the shop's 200 and 1,000; three copies +20 %; 100 ms a copy, in
    /// parallel and serially.
    fn claims(&self) -> Vec<Claim> {
        let more = |disk| {
            let (one, three) = (self.write_ms(disk, 1, false)?, self.write_ms(disk, 3, false)?);
            Some((three / one - 1.0) * 100.0)
        };
        let shop =
            |replicas| self.shop.iter().find(|reads| reads.replicas == replicas).map(|reads| reads.qps);
        let claim = |what, course, measured| Claim { what, course, measured };
        vec![
            claim("qps_1", 100.0, self.qps(1, 10)),
            claim("qps_3", 280.0, self.qps(3, 10)),
            claim("shop_1", 200.0, shop(1)),
            claim("shop_5", 1_000.0, shop(5)),
            claim("write_cost", 20.0, more(Disk::Ours)),
            claim("write_batch", 20.0, more(Disk::Batch)),
            claim("write_parallel", 100.0, self.write_ms(Disk::Course, 3, false)),
            claim("write_serial", 300.0, self.write_ms(Disk::Course, 3, true)),
        ]
    }
}

/// What happens next in a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Start,
    WarmUp { until_us: Micros },
    Measure { until_us: Micros },
}

/// A case under way.
#[derive(Debug)]
struct Running {
    world: Milvus,
    stage: Stage,
    took_us: Vec<Micros>,
    failed: u64,
}

/// A measurement under way.
#[derive(Debug)]
pub struct Load {
    plan: Plan,
    cases: Vec<Case>,
    at: usize,
    running: Option<Box<Running>>,
    report: Report,
}

impl Load {
    /// A measurement that has not begun.
    pub fn new(plan: Plan) -> Result<Self, Refusal> {
        let settings = settings(&plan, None)?;
        let assumed = |name: &&str| {
            let setting = ALL.iter().find(|setting| setting.name == *name)?;
            let value = settings.value(name)?;
            Some(Assumed { name: setting.name, value, unit: setting.unit, source: setting.source })
        };
        let report = Report {
            seed: plan.seed,
            assumed: SHOWN_SETTINGS.iter().filter_map(assumed).collect(),
            ..Report::default()
        };
        let reads = REPLICAS
            .into_iter()
            .flat_map(|replicas| CLIENTS.map(move |clients| Case::Reads { replicas, clients }));
        let shop = SHOP.map(|replicas| Case::Shop { replicas });
        let writes = [Disk::Ours, Disk::Course, Disk::Batch]
            .into_iter()
            .flat_map(|disk| WRITES.map(move |(replicas, serial)| Case::Writes { disk, replicas, serial }));
        let cases = reads.chain(shop).chain(writes).collect();
        Ok(Self { plan, cases, at: 0, running: None, report })
    }

    /// How many of how many cases are measured.
    pub fn progress(&self) -> (usize, usize) {
        (self.at, self.cases.len())
    }

    /// What is measured so far.
    pub fn report(&self) -> Report {
        Report { claims: self.report.claims(), ..self.report.clone() }
    }

    /// Continues for at most this many scheduled events; returns whether everything is measured.
    pub fn go(&mut self, most: u64) -> Result<bool, Refusal> {
        let Some(case) = self.cases.get(self.at).copied() else { return Ok(true) };
        let mut running = match self.running.take() {
            Some(running) => running,
            None => Box::new(Running::new(Milvus::new(self.plan.seed, settings(&self.plan, Some(case))?))),
        };
        if running.go(case, &self.plan, most.max(1))? {
            self.report.note(case, &running.took_us, running.failed, &self.plan);
            self.at += 1;
        } else {
            self.running = Some(running);
        }
        Ok(self.at == self.cases.len())
    }

    /// Measures all that is left.
    pub fn finish(mut self) -> Result<Report, Refusal> {
        while !self.go(u64::MAX)? {}
        Ok(self.report())
    }
}

impl Running {
    fn new(world: Milvus) -> Self {
        Self { world, stage: Stage::Start, took_us: Vec::new(), failed: 0 }
    }

    /// Runs on; whether the case is measured.
    fn go(&mut self, case: Case, plan: &Plan, most: u64) -> Result<bool, Refusal> {
        let until_us = match self.stage {
            Stage::Start => UP_US,
            Stage::WarmUp { until_us } => until_us,
            // What was answered is looked at once a second.
            Stage::Measure { until_us } => until_us.min(self.world.now_us() / SECOND * SECOND + SECOND),
        };
        if !self.world.advance(until_us, most) {
            return Ok(false);
        }
        match self.stage {
            Stage::Start => {
                let warm_up_us = self.begin(case)?;
                self.stage = Stage::WarmUp { until_us: (until_us + warm_up_us).next_multiple_of(SECOND) };
            }
            Stage::WarmUp { .. } => {
                self.world.take_events();
                self.failed = self.world.load_counts().1;
                let for_s = match case {
                    Case::Reads { .. } | Case::Shop { .. } => plan.read_s,
                    Case::Writes { .. } => plan.write_s,
                };
                self.stage = Stage::Measure { until_us: until_us + for_s.max(1).saturating_mul(SECOND) };
            }
            Stage::Measure { until_us: end_us } => {
                self.look(case);
                if self.world.now_us() >= end_us {
                    if let Case::Reads { .. } | Case::Shop { .. } = case {
                        self.failed = self.world.load_counts().1 - self.failed;
                    }
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Lets the clients come; how long until the queues are as long as they get.
    fn begin(&mut self, case: Case) -> Result<Micros, Refusal> {
        let (replicas, clients) = match case {
            Case::Reads { replicas, clients } => (replicas, clients),
            Case::Shop { replicas } => (replicas, SHOP_USERS),
            Case::Writes { .. } => return Ok(5 * SECOND),
        };
        self.world.set("call_timeout_ms", PATIENCE_MS)?;
        self.world.set("client_timeout_ms", PATIENCE_MS)?;
        self.world.set("clients", clients)?;
        let fills_us = self.world.settings().search_us.saturating_mul(clients) / replicas.max(1);
        Ok((5 * SECOND).saturating_add(fills_us).min(MOST_WARM_UP_US))
    }

    /// Counts what the last second brought.
    fn look(&mut self, case: Case) {
        let events = quorum_facade::united(self.world.take_events());
        if let Case::Reads { .. } | Case::Shop { .. } = case {
            self.took_us.extend(self.world.load_latencies());
            return;
        }
        for event in events {
            match event.kind {
                EventKind::Engine(EngineEvent::Acknowledged { took_us, .. }) => self.took_us.push(took_us),
                EventKind::Milvus(MilvusEvent::InsertFailed { .. }) => self.failed += 1,
                _ => {}
            }
        }
    }
}

impl Report {
    /// Writes down a case that was measured.
    fn note(&mut self, case: Case, took_us: &[Micros], failed: u64, plan: &Plan) {
        let counted = took_us.len() as u64;
        let latency_ms = Latency::of(took_us.iter().map(|us| *us as f64 / 1e3).collect());
        let qps = counted as f64 / plan.read_s.max(1) as f64;
        match case {
            Case::Reads { replicas, clients } => {
                self.reads.push(Reads { replicas, clients, qps, latency_ms, answered: counted, failed });
            }
            Case::Shop { replicas } => {
                let clients = SHOP_USERS;
                self.shop.push(Reads { replicas, clients, qps, latency_ms, answered: counted, failed });
            }
            Case::Writes { disk, replicas, serial } => {
                self.writes.push(Writes {
                    disk,
                    replicas,
                    serial,
                    latency_ms,
                    acknowledged: counted,
                    failed,
                });
            }
        }
    }
}

/// The settings of a case: the defaults, what is assumed, what was asked for, what the case is about.
fn settings(plan: &Plan, case: Option<Case>) -> Result<Settings, Refusal> {
    let mut settings = Settings::default();
    for (name, value) in ASSUMED {
        settings.set(name, *value)?;
    }
    for (name, value) in &plan.set {
        settings.set(name, *value)?;
    }
    // They come when the cluster is up.
    settings.clients = 0;
    match case {
        None => {}
        Some(Case::Reads { replicas, .. }) => {
            settings.set("replicas", replicas)?;
            settings.set("query_nodes", replicas)?;
        }
        Some(Case::Shop { replicas }) => {
            for (name, value) in SHOP_SET {
                settings.set(name, *value)?;
            }
            settings.set("replicas", replicas)?;
            settings.set("query_nodes", replicas)?;
        }
        Some(Case::Writes { disk, replicas, serial }) => {
            settings.set("wal_replicas", replicas)?;
            settings.set("wal_serial", u64::from(serial))?;
            if disk == Disk::Batch {
                settings.set("insert_rows", 1_000)?;
                settings.set("dim", 128)?;
                // No client searches the data that is written here, so writes never wait for readers.
                settings.set("rows", 30)?;
                settings.set("ttl_s", 30)?;
                settings.set("replay_records_per_s", 1_000_000)?;
            }
            if disk == Disk::Course {
                settings.set("fsync_min_ms", 100)?;
                settings.set("fsync_max_ms", 100)?;
            }
        }
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        Load::new(Plan { read_s: 4, write_s: 60, ..Plan::default() })
            .and_then(Load::finish)
            .expect("measured")
    }

    #[test]
    fn replicas_answer_more_and_serial_writes_take_longer() {
        let report = report();
        assert_eq!((report.reads.len(), report.shop.len(), report.writes.len()), (9, 2, 9));
        let shop: Vec<f64> = report.shop.iter().map(|reads| reads.qps).collect();
        assert!((200.0..=230.0).contains(&shop[0]) && (1_000.0..=1_150.0).contains(&shop[1]), "{shop:?}");
        for reads in &report.reads {
            assert_eq!(reads.failed, 0, "{reads:?}");
            // Little's law: of clients that never rest, all are always under way.
            let under_way = reads.qps * reads.latency_ms.mean / 1e3;
            assert!((under_way / reads.clients as f64 - 1.0).abs() < 0.1, "{reads:?}: {under_way}");
        }
        let qps = |replicas, clients| report.qps(replicas, clients).expect("measured");
        let ratio = qps(3, 100) / qps(1, 100);
        assert!((2.3..=3.0).contains(&ratio), "{ratio}");
        assert!((95.0..=100.0).contains(&qps(1, 10)), "{}", qps(1, 10));
        assert!(qps(5, 1_000) > qps(3, 1_000) && qps(3, 1_000) >= qps(3, 10));
        for disk in [Disk::Ours, Disk::Course, Disk::Batch] {
            let ms = |replicas, serial| report.write_ms(disk, replicas, serial).expect("measured");
            assert!(ms(1, false) < ms(3, false) && ms(3, false) < ms(3, true), "{:?}", report.writes);
        }
        assert!(report.writes.iter().all(|writes| writes.failed == 0 && writes.acknowledged >= 20));
        assert!(report.claims.iter().all(|claim| claim.measured.is_some()));
    }

    #[test]
    fn slices_of_any_size_give_the_same_report() {
        let plan = Plan { read_s: 1, write_s: 10, ..Plan::default() };
        let whole = Load::new(plan.clone()).and_then(Load::finish).expect("measured");
        let mut load = Load::new(plan).expect("a plan");
        while !load.go(997).expect("runs") {}
        assert_eq!(load.report(), whole);
        assert_eq!(load.progress(), (20, 20));
    }

    #[test]
    fn what_is_set_is_obeyed_or_refused() {
        let set = |name: &str, value| Plan { set: vec![(name.to_owned(), value)], ..Plan::default() };
        let routing = Load::new(set("routing", 2)).expect("a plan").report();
        assert!(
            routing.assumed.iter().any(|assumption| (assumption.name, assumption.value) == ("routing", 2))
        );
        assert_eq!(Load::new(set("colour", 1)).expect_err("refused").code, "unknown_setting");
        assert_eq!(Load::new(set("routing", 9)).expect_err("refused").code, "bad_setting");
    }
}
