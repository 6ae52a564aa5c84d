//! Compares reports of several dates: course note 2 asks for a full test every month, and for its trend.
//!
//! A [`Point`] is the stored summary of a report: small, so that a browser can store years of them. Guarantees: its
//! figures are recomputed from the report's runs and not taken from its sums; a file that is not a report is rejected
//! with an error that says what is wrong, and no file can cause more harm than that. Leaves out: files and storage (the
//! hosts), and dates: a point has the label it was given.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::plan::{MAX_RUNS, scenarios};
use super::report::{Drilled, Grade, Queries, RunReport};
use super::{i18n_terms, names};
use quorum_i18n::{Lang, grouped};
use quorum_types::Refusal;
use quorum_types::sort::sort_by_key;

/// Maximum number of points that are read from one file and stored by a page.
pub const MOST_POINTS: usize = 1_000;
/// A label's most characters.
pub const MOST_LABEL: usize = 64;
/// No count in a report is larger.
const MOST_COUNT: u64 = 1_000_000_000_000;
/// No duration in a report is longer, in milliseconds: 300 years.
const MOST_MS: f64 = 1e13;

/// What is kept of a report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The date or name that it was given.
    pub label: String,
    /// The scenario.
    pub scenario: String,
    /// The first run's seed.
    pub seed: u64,
    /// How many runs.
    pub runs: u64,
    /// How many of them met every target.
    pub met: u64,
    /// Requests of all runs.
    pub total: u64,
    /// Those that failed.
    pub failed: u64,
    /// Mean RTO of the failovers that had one.
    pub rto_ms: Option<f64>,
    /// The longest.
    pub(crate) rto_max_ms: Option<f64>,
    /// The longest RPO; like the losses none if a run's are not known.
    pub rpo_ms: Option<f64>,
    /// Acknowledged writes that are lost.
    pub lost: Option<u64>,
    /// How long it took in virtual time.
    pub total_time_ms: f64,
}

/// What changed from one report to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Change {
    /// Of the success rate, which is from 0 to 1.
    pub success_rate: f64,
    /// Of the mean RTO; none where one of the two has none.
    pub rto_ms: Option<f64>,
    /// Of the longest RPO; none where one of the two is not known.
    pub rpo_ms: Option<f64>,
}

/// A point as it is reported, with its rate, its grade and what changed since the last one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// What is kept.
    #[serde(flatten)]
    pub point: Point,
    /// Answered ÷ all, from 0 to 1; the availability, as course note 2 has it.
    pub success_rate: f64,
    /// Its grade.
    pub grade: Grade,
    /// Since the report before; none of the first.
    pub change: Option<Change>,
}

/// The reports of one scenario, in order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Series {
    /// The scenario.
    pub scenario: String,
    /// Its reports.
    pub reports: Vec<Step>,
}

impl Point {
    /// What is kept of a report under a label. None where nothing was played.
    pub fn of(label: &str, drilled: &Drilled) -> Option<Self> {
        let runs = drilled.runs.iter().map(Run::of).collect();
        Self::of_runs(label, Report { scenario: drilled.scenario.clone(), seed: drilled.seed, runs })
    }

    fn of_runs(label: &str, report: Report) -> Option<Self> {
        let runs = report.runs;
        if runs.is_empty() {
            return None;
        }
        let failovers = runs.iter().flat_map(|run| match run.parts.as_slice() {
            [] => vec![run],
            parts => parts.iter().map(|part| &part.run).collect(),
        });
        let times: Vec<f64> = failovers.filter_map(|run| run.rto_ms).collect();
        let sum = |figure: fn(&Run) -> u64| runs.iter().map(figure).sum::<u64>();
        Some(Self {
            label: label.to_owned(),
            scenario: report.scenario,
            seed: report.seed,
            runs: runs.len() as u64,
            met: sum(|run| {
                u64::from(!run.no_fault && run.targets.iter().all(|target| target.met == Some(true)))
            }),
            total: sum(|run| run.queries.total),
            failed: sum(|run| run.queries.failed),
            rto_ms: (!times.is_empty()).then(|| times.iter().sum::<f64>() / times.len() as f64),
            rto_max_ms: times.iter().copied().reduce(f64::max),
            rpo_ms: runs.iter().try_fold(0.0, |worst, run| Some(run.rpo.ms?.max(worst))),
            lost: runs.iter().map(|run| Some(run.rpo.lost_writes.as_ref()?.len() as u64)).sum(),
            total_time_ms: runs.iter().map(|run| run.total_time_ms).sum(),
        })
    }

    /// The requests, with their rate.
    pub fn queries(&self) -> Queries {
        Queries::of(self.total, self.total - self.failed.min(self.total))
    }

    fn check(&self) -> Result<(), Refusal> {
        let wrong = |what: &str| Err(bad(&format!("{what} cannot be")));
        if !scenarios().contains(&self.scenario.as_str()) {
            return Err(bad("there is no such scenario"));
        }
        let counts = [self.total, self.failed, self.lost.unwrap_or(0)];
        if self.runs == 0 || self.runs > MAX_RUNS || self.met > self.runs {
            return wrong("its number of runs");
        }
        if counts.iter().any(|count| *count > MOST_COUNT) || self.failed > self.total {
            return wrong("its number of requests or writes");
        }
        let times = [self.rpo_ms, Some(self.total_time_ms), self.rto_ms, self.rto_max_ms];
        if !times.iter().flatten().all(|ms| (0.0..=MOST_MS).contains(ms)) {
            return wrong("one of its durations");
        }
        Ok(())
    }
}

fn bad(what: &str) -> Refusal {
    Refusal::new("bad_report", format!("this is no report that a drill wrote: {what}"))
}

/// A label as it can be kept: without control characters, and not too long.
pub fn label(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MOST_LABEL).collect()
}

/// What is read of a report. A reader of all that a report holds would be 30 KB of the page, for figures that no point
/// keeps.
#[derive(Deserialize)]
struct Report {
    scenario: String,
    seed: u64,
    runs: Vec<Run>,
}

/// What is read of a run.
#[derive(Deserialize)]
struct Run {
    queries: Queries,
    #[serde(default)]
    no_fault: bool,
    rto_ms: Option<f64>,
    rpo: Lost,
    targets: Vec<Met>,
    #[serde(default)]
    total_time_ms: f64,
    #[serde(default)]
    parts: Vec<Suite>,
}

#[derive(Deserialize)]
struct Lost {
    ms: Option<f64>,
    lost_writes: Option<Vec<IgnoredAny>>,
}

#[derive(Deserialize)]
struct Met {
    met: Option<bool>,
}

#[derive(Deserialize)]
struct Suite {
    run: Run,
}

impl Run {
    fn of(run: &RunReport) -> Self {
        Self {
            queries: run.queries,
            no_fault: run.no_fault,
            rto_ms: run.rto_ms,
            rpo: Lost {
                ms: run.rpo.ms,
                lost_writes: run.rpo.lost().map(|lost| vec![IgnoredAny; lost as usize]),
            },
            targets: run.targets.iter().map(|target| Met { met: target.met }).collect(),
            total_time_ms: run.total_time_ms,
            parts: run.parts.iter().map(|part| Suite { run: Self::of(&part.run) }).collect(),
        }
    }
}

/// What a file of kept points holds.
#[derive(Serialize, Deserialize)]
struct Kept {
    points: Vec<Point>,
}

/// The points of a file: a report as `--json` and the page write it, under this label, or points as a page exports
/// them.
pub fn read(name: &str, text: &str) -> Result<Vec<Point>, Refusal> {
    if let Ok(kept) = serde_json::from_str::<Kept>(text) {
        if kept.points.len() > MOST_POINTS {
            return Err(bad(&format!("it has more than {MOST_POINTS} reports")));
        }
        let mut points = kept.points;
        for point in &mut points {
            point.check()?;
            point.label = label(&point.label);
        }
        return Ok(points);
    }
    let report: Report = serde_json::from_str(text).map_err(|error| bad(&error.to_string()))?;
    let runs = report.runs.iter().chain(report.runs.iter().flat_map(|run| &run.parts).map(|part| &part.run));
    for run in runs {
        let (queries, times) = (run.queries, [run.rto_ms, run.rpo.ms, Some(run.total_time_ms)]);
        if queries.total > MOST_COUNT || queries.ok > queries.total || queries.failed > queries.total {
            return Err(bad("its number of requests cannot be"));
        }
        if !times.iter().flatten().all(|ms| (0.0..=MOST_MS).contains(ms)) {
            return Err(bad("one of its durations cannot be"));
        }
    }
    if report.runs.len() as u64 > MAX_RUNS {
        return Err(bad("its number of runs cannot be"));
    }
    let point = Point::of_runs(&label(name), report).ok_or_else(|| bad("it has no run"))?;
    point.check()?;
    Ok(vec![point])
}

/// Points as a file.
pub fn write(points: &[Point]) -> String {
    // Plain data can always be written.
    serde_json::to_string(&Kept { points: points.to_vec() }).unwrap_or_default()
}

/// The points by scenario, each in the order of its labels, with what changed from one to the next.
pub fn series(points: &[Point]) -> Vec<Series> {
    let mut sorted: Vec<&Point> = points.iter().collect();
    sort_by_key(&mut sorted, |point| (&point.scenario, &point.label));
    let mut all: Vec<Series> = Vec::new();
    for point in sorted {
        let queries = point.queries();
        let mut step = Step {
            point: point.clone(),
            success_rate: queries.success_rate,
            grade: Grade::of(&queries),
            change: None,
        };
        match all.last_mut().filter(|series| series.scenario == point.scenario) {
            Some(series) => {
                step.change = series.reports.last().map(|last| Change {
                    success_rate: step.success_rate - last.success_rate,
                    rto_ms: point.rto_ms.zip(last.point.rto_ms).map(|(now, before)| now - before),
                    rpo_ms: point.rpo_ms.zip(last.point.rpo_ms).map(|(now, before)| now - before),
                });
                series.reports.push(step);
            }
            None => all.push(Series { scenario: point.scenario.clone(), reports: vec![step] }),
        }
    }
    all
}

/// A duration that may be shorter than before: `+1.20 s`, `−0.30 s`, `±0`.
pub fn difference(lang: Lang, ms: f64) -> String {
    match ms {
        ms if ms.abs() < 0.5 => "±0".to_owned(),
        ms if ms > 0.0 => format!("+{}", i18n_terms::duration(lang, ms)),
        ms => format!("−{}", i18n_terms::duration(lang, -ms)),
    }
}

/// A share that may be smaller than before, in percentage points.
pub fn points_more(share: f64) -> String {
    let hundredths = (share * 1e4).round();
    match hundredths {
        0.0 => "±0".to_owned(),
        more if more > 0.0 => format!("+{:.2}", more / 100.0),
        less => format!("−{:.2}", -less / 100.0),
    }
}

/// The trend as text.
pub fn text(all: &[Series], lang: Lang) -> String {
    let perhaps = |ms: Option<f64>| ms.map_or_else(names::dash, |ms| i18n_terms::duration(lang, ms));
    let mut lines = Vec::new();
    for series in all {
        let head = [
            ("name", names::scenario_name(&series.scenario, lang).into()),
            ("n", series.reports.len().into()),
        ];
        lines.push(lang.f("drill-trend-title", &head));
        for step in &series.reports {
            let Point { label, runs, met, rto_ms, rto_max_ms, rpo_ms, lost, .. } = &step.point;
            let args = [
                ("label", label.as_str().into()),
                ("met", grouped(*met).into()),
                ("runs", grouped(*runs).into()),
                ("rate", names::percent(step.success_rate).into()),
                ("grade", names::grade_name(step.grade, lang).into()),
                ("rto", perhaps(*rto_ms).into()),
                ("max", perhaps(*rto_max_ms).into()),
                ("rpo", rpo_ms.map_or_else(names::unknown, |ms| i18n_terms::duration(lang, ms)).into()),
                ("lost", names::counted(*lost).into()),
            ];
            lines.push(format!("  {}", lang.f("drill-trend-line", &args)));
            if let Some(change) = &step.change {
                let args = [
                    ("rate", points_more(change.success_rate).into()),
                    ("rto", change.rto_ms.map_or_else(names::dash, |ms| difference(lang, ms)).into()),
                    ("rpo", change.rpo_ms.map_or_else(names::unknown, |ms| difference(lang, ms)).into()),
                ];
                lines.push(format!("    {}", lang.f("drill-trend-change", &args)));
            }
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Batch, Plan};

    fn drilled(scenario: &str, set: &[(&str, u64)]) -> Drilled {
        let set = set.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        let plan = Plan { scenario: scenario.to_owned(), seed: Some(5), runs: 2, set, runbook: None };
        Batch::new(plan).and_then(Batch::finish).expect("drills").0
    }

    #[test]
    fn reports_of_months_are_compared_in_the_order_of_their_labels() {
        let good = drilled("failover-proxy", &[]);
        let bad = drilled("failover-proxy", &[("proxies", 1)]);
        let json = |drilled: &Drilled| serde_json::to_string(drilled).expect("JSON");
        let mut points = read("2026-11", &json(&bad)).expect("a report");
        points.extend(read("2026-10", &json(&good)).expect("a report"));
        points.extend(read("2026-10", &json(&drilled("failover-datanode", &[]))).expect("a report"));
        let all = series(&points);
        assert_eq!(all.iter().map(|series| series.reports.len()).collect::<Vec<_>>(), [1, 2]);
        let [before, after] = [&all[1].reports[0], &all[1].reports[1]];
        assert_eq!((before.point.label.as_str(), after.point.label.as_str()), ("2026-10", "2026-11"));
        let change = after.change.expect("a change");
        assert!(before.change.is_none() && change.success_rate < 0.0, "{change:?}");
        assert_eq!(change.success_rate, after.success_rate - before.success_rate);
        assert_eq!(before.point.total, good.runs.iter().map(|run| run.queries.total).sum::<u64>());
        // What a page exports reads back.
        assert_eq!(read("x", &write(&points)), Ok(points));
        for lang in [Lang::Zh, Lang::En] {
            let said = text(&all, lang);
            assert!(said.contains("2026-11") && !said.contains("drill-"), "{said}");
        }
    }

    #[test]
    fn what_is_no_report_is_refused_with_words() {
        let report = serde_json::to_string(&drilled("failover-proxy", &[])).expect("JSON");
        let point = concat!(
            r#"{"points":[{"label":"a","scenario":"failover-proxy","seed":1,"runs":1,"met":1,"total":9,"failed":99,"#,
            r#""rto_ms":null,"rto_max_ms":null,"rpo_ms":0,"lost":0,"total_time_ms":0}]}"#
        );
        for text in [
            "",
            "null",
            "[]",
            "{}",
            r#"{"scenario":"failover-proxy","seed":1,"runs":[],"rto":null}"#,
            &"[".repeat(100_000),
            &report.replace("failover-proxy", "\\u001b[2Jfrogs"),
            &report.replace("\"rpo\":{\"ms\":0.0", "\"rpo\":{\"ms\":-1e300"),
            &report.replace("\"total\":", "\"total\":99999999999999999"),
            &report[..report.len() / 2],
            point,
            &point.replace("\"failed\":99", "\"failed\":0").replace("\"runs\":1", "\"runs\":0"),
        ] {
            let refused = read("x", text).map_err(|refusal| refusal.code);
            assert_eq!(refused, Err("bad_report".to_owned()), "{}", &text[..text.len().min(80)]);
        }
        assert_eq!(label("a\u{1b}[2J\nb").as_str(), "a[2Jb");
        assert_eq!(label(&"x".repeat(1_000)).len(), MOST_LABEL);
    }

    #[test]
    fn differences_have_a_sign() {
        let said = [1_200.0, -300.0, 0.2].map(|ms| difference(Lang::En, ms));
        assert_eq!(said, ["+1.20 s", "−0.30 s", "±0"]);
        assert_eq!([0.0123, -0.5, 0.0].map(points_more), ["+1.23", "−50.00", "±0"]);
    }
}
