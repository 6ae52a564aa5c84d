//! Compares the course's figures with ours.
//!
//! A row is a figure that a note prints or promises: its place in the note, the scenario in which it is measured here,
//! and which of the scenario's figures it is. Guarantees: the notes' figures are data, in one table; our figure next to
//! each was measured over all runs of the report; a band or a bound is met if it is not exceeded, and a printed example
//! is shown next to ours without a verdict. Leaves out: why they differ (`mc-ld-why-…`, the lessons); note 1, whose
//! figures are measured on the learner's own disk (`engine`, and the page).

pub use super::beside::{Beside, Unit};
use super::i18n_terms;
use super::load;
use super::names;
use super::report::{Drilled, RunReport};
use quorum_facade::Phase;
use quorum_i18n::{Lang, grouped};

/// What a note says of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Says {
    /// It prints this as an example.
    Example(f64),
    /// It promises a value in this band.
    Band(f64, f64),
    /// It asks for less than this.
    Below(f64),
    /// It asks for more than this.
    Above(f64),
}

/// Which figure of a scenario.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Figure {
    Total,
    Failed,
    Success,
    Latency,
    Rto,
    ClientRto,
    Rpo,
    TotalTime,
    Part(Phase),
    /// A claim of the load test.
    Claim(&'static str),
    /// Answers per second of this many replicas in the shop of note 3.
    Shop(u64),
}

/// A figure of a note.
#[derive(Clone, Copy, Debug)]
struct Row {
    /// Its name; the catalogues say where it stands.
    id: &'static str,
    note: u32,
    scenario: &'static str,
    figure: Figure,
    says: Says,
}

const fn row(id: &'static str, note: u32, scenario: &'static str, figure: Figure, says: Says) -> Row {
    Row { id, note, scenario, figure, says }
}

const MIN: f64 = 60_000.0;
const H: f64 = 60.0 * MIN;
const COORDINATOR: &str = "failover-coordinator";
const SUITE: &str = super::suites::COURSE;
const LOAD: &str = "load";

/// The table. Notes by number; the places within them are in the catalogues (`drill-note-…`).
const ROWS: [Row; 41] = [
    // Note 2, “2. Coordinator failover”, expected output.
    row("coordinator-total", 2, COORDINATOR, Figure::Total, Says::Example(120.0)),
    row("coordinator-failed", 2, COORDINATOR, Figure::Failed, Says::Example(3.0)),
    row("coordinator-success", 2, COORDINATOR, Figure::Success, Says::Example(0.975)),
    row("coordinator-latency", 2, COORDINATOR, Figure::Latency, Says::Example(48.56)),
    row("coordinator-rto", 2, COORDINATOR, Figure::ClientRto, Says::Example(8_500.0)),
    row("coordinator-time", 2, COORDINATOR, Figure::TotalTime, Says::Example(120_000.0)),
    // Note 2, “key points”: what every test has to reach, and all of them together.
    row("target-rto", 2, COORDINATOR, Figure::Rto, Says::Below(15_000.0)),
    row("target-failed", 2, COORDINATOR, Figure::Failed, Says::Below(10.0)),
    row("target-rto", 2, "failover-proxy", Figure::Rto, Says::Below(15_000.0)),
    row("target-failed", 2, "failover-proxy", Figure::Failed, Says::Below(10.0)),
    row("target-rto", 2, "failover-querynode", Figure::Rto, Says::Below(15_000.0)),
    row("target-failed", 2, "failover-querynode", Figure::Failed, Says::Below(10.0)),
    row("target-rto", 2, "failover-concurrent", Figure::Rto, Says::Below(15_000.0)),
    row("target-failed", 2, "failover-concurrent", Figure::Failed, Says::Below(10.0)),
    row("target-rto", 2, "failover-partition", Figure::Rto, Says::Below(15_000.0)),
    row("target-failed", 2, "failover-partition", Figure::Failed, Says::Below(10.0)),
    row("target-availability", 2, SUITE, Figure::Success, Says::Above(0.999)),
    // Note 3.
    row("node-failed", 3, "failover-querynode", Figure::Failed, Says::Example(2.0)),
    row("qps-1", 3, LOAD, Figure::Claim("qps_1"), Says::Example(100.0)),
    row("qps-3", 3, LOAD, Figure::Claim("qps_3"), Says::Example(280.0)),
    row("write-cost", 3, LOAD, Figure::Claim("write_cost"), Says::Example(20.0)),
    row("write-parallel", 3, LOAD, Figure::Claim("write_parallel"), Says::Example(100.0)),
    row("write-serial", 3, LOAD, Figure::Claim("write_serial"), Says::Example(300.0)),
    row("shop-1", 3, LOAD, Figure::Shop(1), Says::Example(200.0)),
    row("shop-5", 3, LOAD, Figure::Shop(5), Says::Example(1_000.0)),
    // Note 4.
    row("ha-rto", 4, SUITE, Figure::Rto, Says::Band(5_000.0, 15_000.0)),
    row("ha-rpo", 4, SUITE, Figure::Rpo, Says::Band(0.0, 0.0)),
    row("dr-rto", 4, "dr-backup-truth", Figure::Rto, Says::Band(H, 4.0 * H)),
    row("dr-rpo", 4, "dr-backup-truth", Figure::Rpo, Says::Band(H, 24.0 * H)),
    row("rto-sum", 4, "dr-backup-course", Figure::Rto, Says::Example(55.0 * MIN)),
    row("rto-restore", 4, "dr-backup-course", Figure::Part(Phase::Restore), Says::Example(30.0 * MIN)),
    row("rpo-gap", 4, "dr-backup-damaged", Figure::Rpo, Says::Example(37.0 * H)),
    row("real-time-rpo", 4, "dr-replication-real-time", Figure::Rpo, Says::Band(0.0, MIN)),
    row("real-time-rto", 4, "dr-replication-real-time", Figure::Rto, Says::Band(5.0 * MIN, 15.0 * MIN)),
    row("near-rpo", 4, "dr-replication-near", Figure::Rpo, Says::Band(5.0 * MIN, 15.0 * MIN)),
    row("near-rto", 4, "dr-replication-near", Figure::Rto, Says::Band(15.0 * MIN, 30.0 * MIN)),
    row("periodic-rpo", 4, "dr-replication-periodic", Figure::Rpo, Says::Band(H, 24.0 * H)),
    row("periodic-rto", 4, "dr-replication-periodic", Figure::Rto, Says::Band(H, 4.0 * H)),
    row("drill-rto", 4, "dr-drill", Figure::Rto, Says::Below(H)),
    // Note 5.
    row("flow-rto", 5, "dr-drill", Figure::Rto, Says::Below(H)),
    row("flow-rpo", 5, "dr-drill", Figure::Rpo, Says::Below(H)),
];

impl Beside {
    fn of(row: &Row, ours: Option<f64>) -> Self {
        let (says, value, upto) = match row.says {
            Says::Example(value) => ("example", value, None),
            Says::Band(from, upto) => ("band", from, Some(upto)),
            Says::Below(value) => ("below", value, None),
            Says::Above(value) => ("above", value, None),
        };
        // A failure that no client saw took no time.
        let reached = ours.or((row.figure == Figure::Rto).then_some(0.0));
        let holds = match row.says {
            Says::Example(_) => None,
            Says::Band(_, upto) => reached.map(|ours| ours <= upto),
            Says::Below(limit) => reached.map(|ours| ours < limit),
            Says::Above(limit) => reached.map(|ours| ours > limit),
        };
        Self {
            id: row.id.to_owned(),
            note: row.note,
            scenario: row.scenario.to_owned(),
            unit: row.figure.unit(),
            says: says.to_owned(),
            value,
            upto,
            ours,
            holds,
        }
    }
}

impl Figure {
    fn unit(self) -> Unit {
        match self {
            Self::Total | Self::Failed => Unit::Count,
            Self::TotalTime => Unit::Elapsed,
            Self::Success => Unit::Share,
            Self::Claim("qps_1" | "qps_3") | Self::Shop(_) => Unit::PerS,
            Self::Claim("write_cost") => Unit::Percent,
            _ => Unit::Ms,
        }
    }

    fn of_run(self, run: &RunReport) -> Option<f64> {
        match self {
            Self::Total => Some(run.queries.total as f64),
            Self::Failed => Some(run.queries.failed as f64),
            Self::Success => Some(run.queries.success_rate),
            Self::Latency => Some(run.latency_ms.mean),
            Self::Rto => run.rto_ms,
            Self::ClientRto => run.client_rto_ms,
            Self::Rpo => run.rpo.ms,
            Self::TotalTime => Some(run.total_time_ms),
            Self::Part(phase) => run.rto_phases.iter().find(|timed| timed.phase == phase).map(|it| it.ms),
            Self::Claim(_) | Self::Shop(_) => None,
        }
    }
}

/// The runs of a scenario within a report: its own, or the parts of others.
fn runs_of<'a>(drilled: &'a Drilled, scenario: &str) -> Vec<&'a RunReport> {
    if drilled.scenario == scenario {
        return drilled.runs.iter().collect();
    }
    let parts = drilled.runs.iter().flat_map(|run| &run.parts);
    parts.filter(|part| part.scenario == scenario).map(|part| &part.run).collect()
}

/// The notes' figures of what a report has, each with the mean of its runs beside it.
pub fn beside(drilled: &Drilled) -> Vec<Beside> {
    let mut rows = Vec::new();
    for row in &ROWS {
        let runs = runs_of(drilled, row.scenario);
        if runs.is_empty() {
            continue;
        }
        let figures: Vec<f64> = runs.iter().filter_map(|run| row.figure.of_run(run)).collect();
        let mean = (!figures.is_empty()).then(|| figures.iter().sum::<f64>() / figures.len() as f64);
        rows.push(Beside::of(row, mean));
    }
    rows
}

/// The settings of note 3's shop: a search takes 5 ms, so that one replica answers 200 a second.
const SHOP: (&str, u64) = ("search_us", 5_000);
const SHOP_USERS: u64 = 1_000;

/// What has to be measured for the notes' figures of load: the usual clusters, and the shop.
pub fn load_plans(seed: u64) -> [load::Plan; 2] {
    let plan = load::Plan { seed, ..load::Plan::default() };
    let shop = load::Plan { set: vec![(SHOP.0.to_owned(), SHOP.1)], ..plan.clone() };
    [plan, shop]
}

/// The notes' figures of load, out of the reports of both.
pub fn of_load([usual, shop]: [&load::Report; 2]) -> Vec<Beside> {
    let ours = |figure: Figure| match figure {
        Figure::Claim(what) => {
            usual.claims.iter().find(|claim| claim.what == what).and_then(|claim| claim.measured)
        }
        Figure::Shop(replicas) => shop.qps(replicas, SHOP_USERS),
        _ => None,
    };
    let rows = ROWS.iter().filter(|row| row.scenario == LOAD);
    rows.map(|row| Beside::of(row, ours(row.figure))).collect()
}

/// The scenarios that together show every figure but those of load.
pub const SCENARIOS: [&str; 8] = [
    SUITE,
    "dr-backup-course",
    "dr-backup-truth",
    "dr-backup-damaged",
    "dr-replication-real-time",
    "dr-replication-near",
    "dr-replication-periodic",
    "dr-drill",
];

/// Rows in the order of the notes.
pub fn sorted(rows: &[Beside]) -> Vec<Beside> {
    let place = |beside: &Beside| {
        let same = |row: &Row| row.id == beside.id && row.scenario == beside.scenario;
        ROWS.iter().position(same)
    };
    let places: Vec<(Option<usize>, &Beside)> = rows.iter().map(|row| (place(row), row)).collect();
    let at = |wanted: Option<usize>| places.iter().filter(move |(at, _)| *at == wanted);
    let ordered = std::iter::once(None).chain((0..ROWS.len()).map(Some)).flat_map(at);
    ordered.map(|(_, row)| (*row).clone()).collect()
}

fn said(lang: Lang, unit: Unit, value: f64) -> String {
    match unit {
        Unit::Ms if value < 1_000.0 && value > 0.0 => format!("{:.1} ms", value),
        Unit::Ms => i18n_terms::duration(lang, value),
        Unit::Elapsed => names::seconds(value),
        Unit::Count if value.fract() == 0.0 => grouped(value.max(0.0) as u64),
        Unit::Count => format!("{:.1}", value),
        Unit::Share => names::percent(value),
        Unit::PerS => format!("{:.1}/s", value),
        Unit::Percent => format!("+{:.1} %", value),
    }
}

/// What a figure is, and where the note has it.
pub fn what(row: &Beside, lang: Lang) -> String {
    lang.t(&format!("drill-note-{}", row.id))
}

/// What the note says, as `8.50 s`, `5.0 min – 15.0 min`, `< 15.00 s`.
pub fn note_says(row: &Beside, lang: Lang) -> String {
    let value = said(lang, row.unit, row.value);
    match (row.says.as_str(), row.upto) {
        ("below", _) => format!("< {value}"),
        ("above", _) => format!("> {value}"),
        (_, Some(upto)) if upto > row.value => format!("{value} – {}", said(lang, row.unit, upto)),
        _ => value,
    }
}

/// What came out here.
pub fn ours(row: &Beside, lang: Lang) -> String {
    row.ours.map_or_else(|| "—".to_owned(), |value| said(lang, row.unit, value))
}

/// A row as a line of text.
pub fn line(row: &Beside, lang: Lang) -> String {
    let verdict = match row.holds {
        None => String::new(),
        Some(true) => lang.t("drill-note-holds"),
        Some(false) => lang.t("drill-note-fails"),
    };
    let args = [
        ("scenario", names::scenario_name(&row.scenario, lang).into()),
        ("what", what(row, lang).into()),
        ("note", row.note.into()),
        ("said", note_says(row, lang).into()),
        ("ours", ours(row, lang).into()),
        ("verdict", verdict.into()),
    ];
    lang.f("drill-note-line", &args)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Batch, Plan};

    #[test]
    fn every_figure_has_words_in_both_languages_and_a_place_where_it_is_measured() {
        for row in &ROWS {
            for lang in [Lang::Zh, Lang::En] {
                let beside = Beside::of(row, Some(1.0));
                assert!(!what(&beside, lang).starts_with("drill-note"), "{}", row.id);
            }
            let played = SCENARIOS.contains(&row.scenario)
                || row.scenario == LOAD
                || super::super::suites::parts(SUITE)
                    .is_some_and(|parts| parts.iter().any(|part| part.name == row.scenario));
            assert!(played, "{} is measured nowhere", row.id);
        }
    }

    #[test]
    fn a_report_has_the_figures_of_what_it_played_and_no_others() {
        let plan = |scenario: &str| Plan {
            scenario: scenario.to_owned(),
            seed: Some(3),
            runs: 2,
            ..Plan::default()
        };
        let drilled = |scenario: &str| Batch::new(plan(scenario)).and_then(Batch::finish).expect("drills").0;
        let one = drilled("failover-coordinator");
        let failed = one.notes.iter().find(|row| row.id == "coordinator-failed").expect("a row");
        let mean = one.runs.iter().map(|run| run.queries.failed).sum::<u64>() as f64 / 2.0;
        assert_eq!((failed.value, failed.ours, failed.holds), (3.0, Some(mean), None));
        assert!(one.notes.iter().all(|row| row.scenario == "failover-coordinator"));
        assert_eq!(one.notes.len(), 8);
        let worker = drilled(super::super::suites::WORKER);
        assert!(worker.notes.iter().any(|row| row.scenario == "failover-proxy"));
        assert!(drilled("failover-datanode").notes.is_empty());
    }

    #[test]
    fn bands_and_bounds_hold_where_they_are_not_exceeded() {
        let holds = |says, ours| Beside::of(&row("x", 2, SUITE, Figure::Rpo, says), ours).holds;
        assert_eq!(holds(Says::Band(5.0, 15.0), Some(3.0)), Some(true));
        assert_eq!(holds(Says::Band(5.0, 15.0), Some(15.1)), Some(false));
        assert_eq!(holds(Says::Below(15.0), Some(15.0)), Some(false));
        assert_eq!(holds(Says::Above(0.999), Some(0.999)), Some(false));
        assert_eq!((holds(Says::Example(1.0), Some(1.0)), holds(Says::Below(1.0), None)), (None, None));
    }
}
