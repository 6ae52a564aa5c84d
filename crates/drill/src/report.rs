//! The result of a drill, as plain data.
//!
//! Guarantees: the fields that `docs/command-line.md` describes, in that order; fields that a scenario does not have
//! are left out of the JSON. Leaves out: how it is measured (`measure`) and how it is shown (`export`, the hosts).

use serde::{Deserialize, Serialize};

use super::beside::Beside;
use quorum_facade::Phase;
use quorum_facade::milvus::Action;
use quorum_facade::outage::{Outage, Struck};
use quorum_types::Micros;
use quorum_types::sort::sort_by;

/// Bins of a figure, milliseconds: from, to (none: open).
pub(crate) type Bins = [(u64, Option<u64>)];
/// Course note 2's bins of an RTO.
const BINS: &Bins = &[
    (0, Some(5_000)),
    (5_000, Some(10_000)),
    (10_000, Some(15_000)),
    (15_000, Some(30_000)),
    (30_000, None),
];
/// Bins of an RTO after a disaster, by course note 4's bounds: 5, 15 and 30 minutes, 1, 4 and 24 hours.
const DISASTER_BINS: &Bins = &[
    (0, Some(300_000)),
    (300_000, Some(900_000)),
    (900_000, Some(1_800_000)),
    (1_800_000, Some(3_600_000)),
    (3_600_000, Some(14_400_000)),
    (14_400_000, Some(86_400_000)),
    (86_400_000, None),
];

/// A drill's outcome.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Drilled {
    /// The scenario.
    pub scenario: String,
    /// The first run's seed.
    pub seed: u64,
    /// Whether it was played on a real server, in real time; else in virtual time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub real_time: bool,
    /// The runs.
    pub runs: Vec<RunReport>,
    /// RTO over all failovers that had an outage; none if none had.
    pub rto: Option<Spread>,
    /// All runs together; suites have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sum: Option<Line>,
    /// Each suite by itself, where a run is several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suites: Vec<Line>,
    /// The course's figures of what was played, with what came out beside them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Beside>,
}

/// A run's outcome. Where a run is several suites, requests and losses are sums, and the RTO is the longest one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// Its seed.
    pub seed: u64,
    /// The requests.
    pub queries: Queries,
    /// Latency of the good ones.
    pub latency_ms: Latency,
    /// Whether no fault was made: then there is no RTO and no verdict on it. Only a drill on a real server can have
    /// that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_fault: bool,
    /// From the fault to the first good answer after service was lost.
    pub rto_ms: Option<f64>,
    /// From the end of the first failed request to the end of the next good one.
    pub client_rto_ms: Option<f64>,
    /// The parts of the RTO.
    pub rto_phases: Vec<PhaseMs>,
    /// What was lost.
    pub rpo: Rpo,
    /// Share of good requests.
    pub availability: f64,
    /// How many nines that is; none for all of them.
    pub nines: Option<f64>,
    /// Scaled to a year, as the course does it: as if every window of this length had such a failure.
    pub downtime_min_per_year: f64,
    /// The other way to reckon: failures a month times this RTO. Left out where service never came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub downtime_min_per_month_by_failures: Option<f64>,
    /// The targets.
    pub targets: Vec<Target>,
    /// The digest of every event.
    pub digest: String,
    /// Its share of good requests as course note 2 grades it.
    #[serde(default)]
    pub grade: Grade,
    /// How long it took in virtual time; of several tests with what was waited for between them. After a disaster:
    /// until service was back and the runbook was through.
    #[serde(default)]
    pub total_time_ms: f64,
    /// How long the cluster was given to recover after it; requests of that time are not counted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub wait_ms: f64,
    /// Every outage of the run with its cause, as the page's card lists them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outages: Vec<OutageReport>,
    /// What a month of the two regions costs, in fen, as they were set when the disaster struck.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_fen: Option<u64>,
    /// What struck: `power`, `wiped`, `isolated` or `planned`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disaster: Option<String>,
    /// The hidden surprises.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surprise: Option<String>,
    /// Whether it was felt.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub surprise_felt: bool,
    /// The class of business that the RTO is good enough for, by course note 4: `critical`, `important`, `general`,
    /// `other`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rto_class: Option<String>,
    /// The class of data that the RPO is good enough for: `none` (nothing may be lost), `very_low`, `low`, `tolerant`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rpo_class: Option<String>,
    /// The drill's log.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepReport>,
    /// The suites of this run, where it is several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// What was done to a Milvus cluster, and when: a replay repeats it. Not part of the report as text.
    #[serde(skip)]
    pub(crate) actions: Vec<(Micros, Action)>,
}

impl RunReport {
    /// Whether every target was met; never without a fault.
    pub fn met(&self) -> bool {
        !self.no_fault && self.targets.iter().all(Target::is_met)
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

/// Course note 2's four grades of availability.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// 99.99 % and more.
    FourNines,
    /// 99.9 % and more.
    ThreeNines,
    /// 99 % and more.
    TwoNines,
    /// Less.
    #[default]
    Below,
}

impl Grade {
    /// The grade of requests; counted, so that no rounding decides.
    pub fn of(queries: &Queries) -> Self {
        let at_most = |failed: u64, of: u64| {
            u128::from(queries.failed) * u128::from(of) <= u128::from(queries.total) * u128::from(failed)
        };
        match () {
            () if at_most(1, 10_000) => Self::FourNines,
            () if at_most(1, 1_000) => Self::ThreeNines,
            () if at_most(1, 100) => Self::TwoNines,
            () => Self::Below,
        }
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::FourNines => "four_nines",
            Self::ThreeNines => "three_nines",
            Self::TwoNines => "two_nines",
            Self::Below => "below",
        }
    }
}

/// An outage of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OutageReport {
    /// When the fault happened, in virtual time.
    pub fault_ms: f64,
    /// What was done, as a word with the node; empty where nothing was.
    pub cause: Vec<String>,
    /// From the fault to the first good answer after service was lost.
    pub rto_ms: Option<f64>,
    /// From the fault to the end of the last interruption.
    pub settled_ms: Option<f64>,
    /// How often service was lost without a new fault.
    pub interruptions: u32,
    /// Requests that failed.
    pub failed: u64,
}

impl OutageReport {
    pub(super) fn of(outage: &Outage) -> Self {
        let cause = |struck: &Struck| match struck.node {
            Some(node) => format!("{} {node}", struck.what),
            None => struck.what.to_owned(),
        };
        let ms = |us: Micros| us as f64 / 1_000.0;
        let settled_us = outage.settled_us.filter(|_| !outage.under_way());
        Self {
            fault_ms: ms(outage.fault_us),
            cause: outage.cause.iter().map(cause).collect(),
            rto_ms: outage.rto_us().map(ms),
            settled_ms: settled_us.map(|at_us| ms(at_us - outage.fault_us)),
            interruptions: outage.interruptions,
            failed: outage.failed,
        }
    }
}

/// A line of a disaster drill's log.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct StepReport {
    /// `disaster`, `detect`, or the step of the runbook as it is written.
    pub step: String,
    /// Which of the course's six steps of a drill (note 4) it belongs to, from 1.
    pub stage: u32,
    /// Which of the five steps of note 5's drill, from 1; only in that drill.
    #[serde(default)]
    pub note_5: Option<u32>,
    /// Whether it went well.
    pub ok: bool,
    /// Why not, as a word.
    pub why: String,
    /// How long it took.
    pub ms: f64,
}

quorum_types::sparse!(StepReport {
    step: "step",
    stage: "stage",
    note_5: "note_5" if Option::is_some,
    ok: "ok",
    why: "why",
    ms: "ms",
});

/// One suite of a run that is several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The suite.
    pub scenario: String,
    /// What came of it.
    pub run: RunReport,
}

/// Many runs in a line.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Line {
    /// The scenario.
    pub scenario: String,
    /// How many runs.
    pub runs: u64,
    /// How many of them met every target.
    pub met: u64,
    /// How many missed which target.
    pub missed: Vec<(String, u64)>,
    /// The requests of all runs.
    pub queries: Queries,
    /// Writes acknowledged.
    pub acknowledged: u64,
    /// Acknowledged writes that are gone; none if that is not known of every run.
    pub lost: Option<u64>,
    /// Share of good requests.
    pub availability: f64,
    /// How many nines that is; none for all of them.
    pub nines: Option<f64>,
    /// Scaled to a year, as the course does it.
    pub downtime_min_per_year: f64,
    /// How many failures a month the other way to reckon assumes.
    pub failures_per_month: u64,
    /// Failures per month times the mean RTO; a failure that no client saw counts as zero. Left out unless service came
    /// back in every run.
    #[serde(default)]
    pub downtime_min_per_month_by_failures: Option<f64>,
    /// RTO over the failovers that had an outage.
    pub rto: Option<Spread>,
    /// The share of good requests as course note 2 grades it.
    #[serde(default)]
    pub grade: Grade,
    /// How long all runs took in virtual time.
    #[serde(default)]
    pub total_time_ms: f64,
    /// What disaster drills have besides.
    #[serde(default)]
    pub survival: Option<Survival>,
}

quorum_types::sparse!(Line {
    scenario: "scenario",
    runs: "runs",
    met: "met",
    missed: "missed",
    queries: "queries",
    acknowledged: "acknowledged",
    lost: "lost",
    availability: "availability",
    nines: "nines",
    downtime_min_per_year: "downtime_min_per_year",
    failures_per_month: "failures_per_month",
    downtime_min_per_month_by_failures: "downtime_min_per_month_by_failures" if Option::is_some,
    rto: "rto",
    grade: "grade",
    total_time_ms: "total_time_ms",
    survival: "survival" if Option::is_some,
});

/// Disasters, summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Survival {
    /// Disasters after which every target was met and the world was served.
    pub survived: u64,
    /// Their share, from 0 to 1.
    pub rate: f64,
    /// Median of the RTO, of the disasters that had one.
    pub rto_p50_ms: Option<f64>,
    /// Its 95th percentile.
    pub rto_p95_ms: Option<f64>,
    /// The longest RPO.
    pub worst_rpo_ms: f64,
    /// The mean of what a month costs, in fen.
    pub mean_cost_fen: f64,
}

/// Requests, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Queries {
    /// All that ended.
    pub total: u64,
    /// Acknowledged.
    pub ok: u64,
    /// Failed, or of unknown outcome.
    pub failed: u64,
    /// ok ÷ total, from 0 to 1.
    pub success_rate: f64,
}

impl Queries {
    /// How many ended, and how many of these succeeded.
    pub fn of(total: u64, ok: u64) -> Self {
        let success_rate = if total == 0 { 1.0 } else { ok as f64 / total as f64 };
        Self { total, ok, failed: total - ok, success_rate }
    }

    /// How many nines the share of good ones has; none where all were good.
    pub fn nines(&self) -> Option<f64> {
        (self.success_rate < 1.0).then(|| -(1.0 - self.success_rate).log10())
    }

    /// Minutes a year without service, if every window were like this one.
    pub fn downtime_min_per_year(&self) -> f64 {
        (1.0 - self.success_rate) * 365.0 * 24.0 * 60.0
    }
}

/// Latencies, milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// Mean.
    pub mean: f64,
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
}

impl Latency {
    /// Of latencies in any order.
    pub fn of(mut took: Vec<f64>) -> Self {
        sort_by(&mut took, f64::total_cmp);
        if took.is_empty() {
            return Self::default();
        }
        Self {
            mean: took.iter().sum::<f64>() / took.len() as f64,
            p50: percentile(&took, 50),
            p95: percentile(&took, 95),
            p99: percentile(&took, 99),
        }
    }
}

/// A phase, milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhaseMs {
    /// Which.
    pub phase: Phase,
    /// Its length.
    pub ms: f64,
}

/// What was lost. Of a real server that could not be asked it is not known: such figures are none, and never 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rpo {
    /// From the last acknowledged write that was kept before the first lost one, to the fault, or to the newest lost
    /// one if that is later; 0 only when nothing is lost.
    pub ms: Option<f64>,
    /// From the acknowledgement of the oldest lost write instead: at least so much is lost, `ms` at most.
    #[serde(default)]
    pub oldest_ms: Option<f64>,
    /// Writes acknowledged.
    pub acknowledged: u64,
    /// Acknowledged writes that are gone.
    pub lost_writes: Option<Vec<LostWrite>>,
}

impl Rpo {
    /// How many acknowledged writes are gone, if that is known.
    pub fn lost(&self) -> Option<u64> {
        self.lost_writes.as_ref().map(|writes| writes.len() as u64)
    }

    /// The lost writes that are known.
    pub fn writes(&self) -> &[LostWrite] {
        self.lost_writes.as_deref().unwrap_or_default()
    }
}

/// A lost write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostWrite {
    /// Its number; in a Milvus cluster the row that it began with.
    pub id: u64,
    /// Where it was lost.
    pub died: String,
}

/// A target and whether it was met.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Its name: `rto`, `rpo`, `failed`, `success_rate`, `serving`, `lost`.
    pub name: String,
    /// The bound, in milliseconds for `rto` and `rpo`, in requests for `failed`, in writes for `lost`, as a share from
    /// 0 to 1 for `success_rate`, and 1 for `serving`. The value has to be below it, for `success_rate` not below it,
    /// and for `serving` and `lost` equal to it.
    pub limit: f64,
    /// The value, in the same unit; none where service never came back, and where it is not known.
    pub value: Option<f64>,
    /// Whether it was met; none where there is nothing to judge, as an RTO without a fault.
    pub met: Option<bool>,
}

impl Target {
    /// Whether it was met for certain.
    pub fn is_met(&self) -> bool {
        self.met == Some(true)
    }
}

/// A figure over all runs, milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Median.
    pub median: f64,
    /// Least.
    pub min: f64,
    /// Most.
    pub max: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
    /// Bins: from, to (none: open), how many.
    pub histogram: Vec<(u64, Option<u64>, u64)>,
}

impl Spread {
    /// Of figures in any order, in the course's bins; none if there are none.
    pub fn of(values: Vec<f64>) -> Option<Self> {
        Self::in_bins(values, BINS)
    }

    /// The same in the bins of disasters.
    pub(crate) fn of_disasters(values: Vec<f64>) -> Option<Self> {
        Self::in_bins(values, DISASTER_BINS)
    }

    /// The same in these bins.
    pub(crate) fn in_bins(mut values: Vec<f64>, bins: &Bins) -> Option<Self> {
        sort_by(&mut values, f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let within = |from: u64, to: Option<u64>| {
            let inside = |value: &&f64| **value >= from as f64 && to.is_none_or(|to| **value < to as f64);
            values.iter().filter(inside).count() as u64
        };
        Some(Self {
            mean: values.iter().sum::<f64>() / values.len() as f64,
            median: percentile(&values, 50),
            min,
            max,
            p95: percentile(&values, 95),
            p99: percentile(&values, 99),
            histogram: bins.iter().map(|(from, to)| (*from, *to, within(*from, *to))).collect(),
        })
    }
}

/// The nearest-rank percentile of ascending values.
pub(crate) fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_rank() {
        let values: Vec<f64> = (1..=200).map(f64::from).collect();
        assert_eq!([50, 95, 99, 100].map(|p| percentile(&values, p)), [100.0, 190.0, 198.0, 200.0]);
        assert_eq!(percentile(&[], 50), 0.0);
    }

    #[test]
    fn every_figure_falls_into_one_bin_and_a_border_into_the_upper_one() {
        let spread = Spread::of(vec![30_000.0, 0.0, 4_999.9, 5_000.0, 14_999.0, 15_000.0, 90_000.0]);
        let counts: Vec<u64> = spread.iter().flat_map(|spread| &spread.histogram).map(|bin| bin.2).collect();
        assert_eq!(counts, [2, 1, 1, 1, 2]);
        assert_eq!(Spread::of(Vec::new()), None);
    }

    #[test]
    fn the_four_grades_are_those_of_the_course() {
        let grades =
            [(10_000, 1), (10_000, 2), (1_000, 1), (999, 1), (100, 1), (99, 1), (5, 5), (0, 0), (7, 0)]
                .map(|(total, failed)| Grade::of(&Queries::of(total, total - failed)).word());
        let expected = [
            "four_nines",
            "three_nines",
            "three_nines",
            "two_nines",
            "two_nines",
            "below",
            "below",
            "four_nines",
            "four_nines",
        ];
        assert_eq!(grades, expected);
    }

    #[test]
    fn nines_and_downtime_follow_the_share_of_good_requests() {
        let queries = Queries::of(1_000, 999);
        assert!((queries.nines().expect("one failed") - 3.0).abs() < 1e-9);
        assert!((queries.downtime_min_per_year() - 525.6).abs() < 1e-6);
        assert_eq!((Queries::of(0, 0).success_rate, Queries::of(5, 5).nines()), (1.0, None));
    }
}
