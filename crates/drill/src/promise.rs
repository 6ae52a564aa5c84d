//! A number to promise: what a drill took over many seeds, a promise made from that, and how it fares on fresh seeds.
//!
//! A run *takes* as long as its longest outage: from the fault until service is back. It takes nothing if no client saw
//! an error. A promise is kept by a run that takes at most so long; one after which service never comes back breaks
//! every promise. Guarantees: mean, median and percentiles are those of the drill's report, over the runs that had an
//! outage; the chance of a promise assumes nothing about how long outages take. Leaves out: playing runs (`batch`), and
//! sentences that need a page.

use std::str::FromStr;

use serde::Serialize;

use super::cells::Cell;
use super::names;
use super::report::{RunReport, Spread};
use quorum_i18n::{Lang, grouped};
use quorum_types::sort::sort_by;

/// On how many fresh runs a promise is tried, unless it is said.
pub const FRESH: u64 = 50;
/// How many runs a promise is made from, unless it is said.
pub const RUNS: u64 = 100;
/// The longest promise that can be made, in milliseconds: thirty days.
pub const MOST_MS: u64 = 2_592_000_000;
/// Most bins of a distribution.
const BINS: u64 = 12;
/// Widths of a bin, in milliseconds.
const WIDTHS: [u64; 14] = [
    100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000,
    14_400_000,
];

/// What a run took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Took {
    /// Its seed.
    pub seed: u64,
    /// How long, in milliseconds: 0 if no client saw an error, none if service never came back.
    pub rto_ms: Option<f64>,
    /// Whether a client saw an error.
    #[serde(skip)]
    pub felt: bool,
}

impl Took {
    fn new(seed: u64, rto_ms: Option<f64>, failed: u64) -> Self {
        let felt = rto_ms.is_some() || failed > 0;
        Self { seed, rto_ms: if felt { rto_ms } else { Some(0.0) }, felt }
    }

    /// Of a run. Where a run is several tests, the longest of them counts, and one that never ended before any other.
    pub fn of(run: &RunReport) -> Self {
        if run.parts.is_empty() {
            return Self::new(run.seed, run.rto_ms, run.queries.failed);
        }
        let parts: Vec<Self> = run.parts.iter().map(|part| Self::of(&part.run)).collect();
        let longest = parts.iter().map(|part| part.rto_ms).collect::<Option<Vec<f64>>>();
        Self {
            seed: run.seed,
            rto_ms: longest.map(|all| all.into_iter().fold(0.0, f64::max)),
            felt: parts.iter().any(|part| part.felt),
        }
    }

    /// Of a failover in a report's summary.
    pub fn of_cell(cell: &Cell) -> Self {
        Self::new(cell.seed, cell.rto_ms, cell.failed)
    }

    /// Whether it kept a promise.
    pub fn keeps(&self, promise_ms: u64) -> bool {
        self.rto_ms.is_some_and(|ms| ms <= promise_ms as f64)
    }
}

/// A figure that a promise can be made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// The mean.
    Mean,
    /// Half of the runs took at most so long.
    Median,
    /// 95 % did.
    P95,
    /// 99 % did.
    P99,
    /// All did.
    Max,
}

impl Figure {
    /// All of them, from the one that is least cautious.
    pub const ALL: [Self; 5] = [Self::Mean, Self::Median, Self::P95, Self::P99, Self::Max];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Median => "median",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::Max => "max",
        }
    }

    /// What it is called.
    pub fn name(self, lang: Lang) -> String {
        lang.t(match self {
            Self::Mean => "drill-col-mean",
            Self::Median => "drill-col-median",
            Self::P95 => "drill-col-p95",
            Self::P99 => "drill-col-p99",
            Self::Max => "drill-col-max",
        })
    }

    /// Its value.
    pub fn of(self, spread: &Spread) -> f64 {
        match self {
            Self::Mean => spread.mean,
            Self::Median => spread.median,
            Self::P95 => spread.p95,
            Self::P99 => spread.p99,
            Self::Max => spread.max,
        }
    }
}

/// What is promised: milliseconds, or the value of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promised {
    /// This many milliseconds.
    Ms(u64),
    /// What this figure comes to.
    Figure(Figure),
}

impl FromStr for Promised {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match Figure::ALL.into_iter().find(|figure| figure.word() == text) {
            Some(figure) => Ok(Self::Figure(figure)),
            None => text.parse().ok().filter(|ms| *ms <= MOST_MS).map(Self::Ms).ok_or(()),
        }
    }
}

/// What many runs took.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Measured {
    /// The first seed.
    pub seed: u64,
    /// How many runs.
    pub runs: u64,
    /// In how many no client saw an error.
    pub unfelt: u64,
    /// After how many service never came back.
    pub never: u64,
    /// The others, in bins that fit them; none if there are none.
    pub rto: Option<Spread>,
    /// All that ended, ascending; milliseconds.
    #[serde(skip)]
    took: Vec<f64>,
}

impl Measured {
    /// Of runs in the order of their seeds.
    pub fn of(runs: &[Took]) -> Self {
        let mut took: Vec<f64> = runs.iter().filter_map(|run| run.rto_ms).collect();
        sort_by(&mut took, f64::total_cmp);
        let felt = runs.iter().filter(|run| run.felt).filter_map(|run| run.rto_ms).collect();
        Self {
            seed: runs.first().map_or(0, |run| run.seed),
            runs: runs.len() as u64,
            unfelt: runs.iter().filter(|run| !run.felt).count() as u64,
            never: runs.iter().filter(|run| run.rto_ms.is_none()).count() as u64,
            rto: in_fitting_bins(felt),
            took,
        }
    }

    /// How many of the runs would have kept a promise.
    pub fn within(&self, promise_ms: u64) -> u64 {
        self.took.iter().filter(|ms| **ms <= promise_ms as f64).count() as u64
    }

    /// The promise that a figure makes: the next whole millisecond, so that the run it is of keeps it.
    pub fn promise_ms(&self, figure: Figure) -> Option<u64> {
        self.rto.as_ref().map(|rto| figure.of(rto).ceil() as u64)
    }

    /// The chance that all of this many fresh runs keep a promise, if nothing is known but these runs.
    pub fn chance(&self, promise_ms: u64, fresh: u64) -> f64 {
        chance(self.runs, self.within(promise_ms), fresh)
    }
}

/// The chance that none of `fresh` runs takes longer than the `within`-th shortest of `runs`: that of all of them
/// together, the longest one was measured, and so was the next one, down to that place. Every order of all runs is as
/// likely as any other, whatever their lengths are.
fn chance(runs: u64, within: u64, fresh: u64) -> f64 {
    if within == 0 {
        return 0.0;
    }
    let beyond = runs.saturating_sub(within);
    (0..=beyond).map(|place| (runs - place) as f64 / (runs + fresh - place) as f64).product()
}

/// A distribution in at most [`BINS`] bins of equal width.
fn in_fitting_bins(values: Vec<f64>) -> Option<Spread> {
    let (min, max) =
        values.iter().fold((f64::MAX, 0.0), |(min, max), ms| (f64::min(min, *ms), f64::max(max, *ms)));
    if values.is_empty() {
        return None;
    }
    let count = |width: u64| max as u64 / width - min as u64 / width + 1;
    let fits = WIDTHS.into_iter().find(|width| count(*width) <= BINS);
    // Days, as many at once as it takes.
    let width = fits.unwrap_or_else(|| 86_400_000 * (max as u64 / (86_400_000 * BINS) + 1));
    let first = min as u64 / width;
    let bins: Vec<(u64, Option<u64>)> =
        (first..first + count(width)).map(|at| (at * width, Some((at + 1) * width))).collect();
    Spread::in_bins(values, &bins)
}

/// What a bin is called.
pub fn bin(lang: Lang, from: u64, to: u64) -> String {
    if from.is_multiple_of(1_000) && to.is_multiple_of(1_000) {
        return names::bin(lang, from, Some(to));
    }
    format!("{:.1}–{:.1} s", from as f64 / 1e3, to as f64 / 1e3)
}

/// Fresh runs, held to a promise.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Trial {
    /// The first seed.
    pub seed: u64,
    /// How many runs.
    pub runs: u64,
    /// How many kept it.
    pub kept: u64,
    /// The longest of them, in milliseconds: the promise that all would have kept. None if service never came back.
    pub longest_ms: Option<f64>,
    /// Those that broke it.
    pub broken: Vec<Took>,
}

impl Trial {
    /// Of runs in the order of their seeds.
    pub fn of(runs: &[Took], promise_ms: u64) -> Self {
        let broken: Vec<Took> = runs.iter().filter(|run| !run.keeps(promise_ms)).copied().collect();
        let all = runs.iter().map(|run| run.rto_ms).collect::<Option<Vec<f64>>>();
        Self {
            seed: runs.first().map_or(0, |run| run.seed),
            runs: runs.len() as u64,
            kept: runs.len() as u64 - broken.len() as u64,
            longest_ms: all.map(|all| all.into_iter().fold(0.0, f64::max)),
            broken,
        }
    }

    /// Whether every run kept the promise.
    pub fn is_kept(&self) -> bool {
        self.broken.is_empty()
    }
}

/// A promise and how it fared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// The scenario.
    pub scenario: String,
    /// What it was made from.
    pub measured: Measured,
    /// The promise, in milliseconds.
    pub promise_ms: u64,
    /// The figure that it is, if it is one.
    pub figure: Option<&'static str>,
    /// How many of the measured runs would have kept it.
    pub within: u64,
    /// The chance that all fresh runs keep it, by the measured ones.
    pub chance: f64,
    /// The fresh runs.
    pub fresh: Trial,
    /// Whether every one of them kept it.
    pub kept: bool,
    /// What promises made from each figure would have been worth.
    pub figures: Vec<Worth>,
}

/// What a figure would have been worth as a promise.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Worth {
    /// Its word.
    pub figure: &'static str,
    /// The promise.
    pub promise_ms: u64,
    /// How many of the measured runs would have kept it.
    pub within: u64,
    /// The chance that all fresh runs keep it.
    pub chance: f64,
    /// How many of the fresh runs did.
    pub kept: u64,
}

impl Outcome {
    /// Of measured runs, a promise and fresh runs.
    pub fn of(
        scenario: &str,
        measured: Measured,
        (promise_ms, figure): (u64, Option<Figure>),
        fresh: &[Took],
    ) -> Self {
        let trial = Trial::of(fresh, promise_ms);
        let count = trial.runs;
        let worth = |figure: Figure| {
            let promise_ms = measured.promise_ms(figure)?;
            Some(Worth {
                figure: figure.word(),
                promise_ms,
                within: measured.within(promise_ms),
                chance: measured.chance(promise_ms, count),
                kept: fresh.iter().filter(|run| run.keeps(promise_ms)).count() as u64,
            })
        };
        let figures = Figure::ALL.into_iter().filter_map(worth).collect();
        Self {
            scenario: scenario.to_owned(),
            promise_ms,
            figure: figure.map(Figure::word),
            within: measured.within(promise_ms),
            chance: measured.chance(promise_ms, count),
            kept: trial.is_kept(),
            fresh: trial,
            figures,
            measured,
        }
    }
}

/// A chance in per cent; one that is none or certain is never said of what can happen.
pub fn percent(chance: f64) -> String {
    match chance {
        chance if chance > 0.0 && chance < 0.001 => "< 0.1 %".to_owned(),
        chance if chance > 0.999 && chance < 1.0 => "> 99.9 %".to_owned(),
        chance => format!("{:.1} %", chance * 100.0),
    }
}

/// Seeds from the first on.
pub fn seeds(first: u64, runs: u64) -> String {
    if runs > 1 { format!("{first}–{}", first + runs - 1) } else { first.to_string() }
}

/// A share such as `990 / 1,000`.
pub fn share(some: u64, all: u64) -> String {
    format!("{} / {}", grouped(some), grouped(all))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Part;

    fn took(values: &[f64]) -> Vec<Took> {
        (1..).zip(values).map(|(seed, ms)| Took::new(seed, Some(*ms), 1)).collect()
    }

    #[test]
    fn a_promise_is_kept_up_to_its_last_millisecond_and_never_by_what_does_not_return() {
        let never = Took::new(9, None, 4);
        let unfelt = Took::new(8, None, 0);
        assert_eq!((never.rto_ms, never.keeps(MOST_MS)), (None, false));
        assert_eq!((unfelt.rto_ms, unfelt.felt, unfelt.keeps(0)), (Some(0.0), false, true));
        let one = Took::new(7, Some(1_000.0), 2);
        assert!(one.keeps(1_000) && !one.keeps(999));
        let trial = Trial::of(&[one, unfelt, never], 1_000);
        assert_eq!((trial.kept, trial.longest_ms, trial.is_kept()), (2, None, false));
        assert_eq!(trial.broken, [never]);
        let measured = Measured::of(&[one, unfelt, never]);
        assert_eq!((measured.runs, measured.unfelt, measured.never), (3, 1, 1));
        assert_eq!(measured.rto.as_ref().map(|rto| rto.mean), Some(1_000.0), "of those that had an outage");
        assert_eq!([0, 999, 1_000, MOST_MS].map(|ms| measured.within(ms)), [1, 1, 2, 2]);
    }

    #[test]
    fn of_several_tests_the_longest_counts() {
        let part = |rto_ms: Option<f64>, failed: u64| {
            let queries = crate::Queries { failed, ..crate::Queries::default() };
            Part { scenario: String::new(), run: RunReport { rto_ms, queries, ..RunReport::default() } }
        };
        let of = |parts: Vec<Part>| Took::of(&RunReport { seed: 3, parts, ..RunReport::default() });
        assert_eq!(of(vec![part(Some(5.0), 1), part(Some(7.0), 1), part(None, 0)]).rto_ms, Some(7.0));
        assert_eq!(of(vec![part(Some(5.0), 1), part(None, 2)]).rto_ms, None);
        assert!(!of(vec![part(None, 0), part(None, 0)]).felt);
    }

    #[test]
    fn the_chance_is_that_of_the_orders_of_all_runs() {
        // Of one measured and one fresh run either is the longer one.
        assert_eq!(chance(1, 1, 1), 0.5);
        // The longest of a thousand is the longest of all in 1,000 of 1,050 cases.
        assert!((chance(1_000, 1_000, 50) - 1_000.0 / 1_050.0).abs() < 1e-12);
        // By counting: of two measured and two fresh runs, the fresh ones are both below the longer measured one in
        // half of the six orders, and both below the shorter one in one of them.
        assert!((chance(2, 2, 2) - 0.5).abs() < 1e-12);
        assert!((chance(2, 1, 2) - 1.0 / 6.0).abs() < 1e-12);
        assert_eq!((chance(10, 0, 50), chance(0, 0, 50)), (0.0, 0.0));
        // With ten times the runs, the same percentile says more.
        assert!(chance(1_000, 990, 50) > chance(100, 99, 50));
    }

    /// The chance holds up against a count over many samples of a distribution with a long tail.
    #[test]
    fn the_chance_is_what_samples_show() {
        let mut rng = quorum_types::Rng::new(7, 7);
        let mut draw =
            |n: usize| -> Vec<f64> { (0..n).map(|_| 1e9 / (rng.below(1_000_000) as f64 + 1.0)).collect() };
        let (mut kept, mut said, trials) = (0.0, 0.0, 2_000);
        for _ in 0..trials {
            let measured = Measured::of(&took(&draw(40)));
            let promise_ms = measured.promise_ms(Figure::P95).expect("measured");
            said += measured.chance(promise_ms, 10);
            kept += f64::from(u8::from(Trial::of(&took(&draw(10)), promise_ms).is_kept()));
        }
        let (kept, said) = (kept / f64::from(trials), said / f64::from(trials));
        assert!((kept - said).abs() < 0.03, "{kept} kept, {said} said");
    }

    #[test]
    fn the_figures_are_those_of_a_report_and_the_bins_hold_every_run() {
        let values: Vec<f64> = (0..200).map(|at| 8_000.0 + f64::from(at * at) / 10.0).collect();
        let measured = Measured::of(&took(&values));
        let report = Spread::of(values.clone()).expect("values");
        let rto = measured.rto.as_ref().expect("values");
        assert_eq!(
            (rto.mean, rto.median, rto.p95, rto.p99),
            (report.mean, report.median, report.p95, report.p99)
        );
        for values in [values, vec![0.4], vec![0.0, 11.0], vec![1.0, 1e7], vec![1e9, 9e9]] {
            let rto = Measured::of(&took(&values)).rto.expect("values");
            assert_eq!(rto.histogram.iter().map(|bin| bin.2).sum::<u64>(), values.len() as u64);
            assert!(rto.histogram.len() as u64 <= BINS + 1, "{:?}", rto.histogram);
        }
        assert_eq!(Measured::of(&[]).rto, None);
    }

    #[test]
    fn an_outcome_compares_the_promise_with_each_figure() {
        let measured = Measured::of(&took(&(1..=100).map(f64::from).collect::<Vec<_>>()));
        let fresh = took(&[10.0, 50.0, 96.0]);
        let promise = measured.promise_ms(Figure::P95).expect("measured");
        let outcome = Outcome::of("it", measured, (promise, Some(Figure::P95)), &fresh);
        assert_eq!((outcome.promise_ms, outcome.figure, outcome.within), (95, Some("p95"), 95));
        assert_eq!((outcome.kept, outcome.fresh.kept, outcome.fresh.longest_ms), (false, 2, Some(96.0)));
        let kept: Vec<(&str, u64)> = outcome.figures.iter().map(|worth| (worth.figure, worth.kept)).collect();
        assert_eq!(kept, [("mean", 2), ("median", 2), ("p95", 2), ("p99", 3), ("max", 3)]);
        assert_eq!(
            [0.0, 0.000_5, 0.5, 0.999_5, 1.0].map(percent),
            ["0.0 %", "< 0.1 %", "50.0 %", "> 99.9 %", "100.0 %"]
        );
    }
}
