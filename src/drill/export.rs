//! A report for other programs and for paper: CSV, and a page that stands by itself.
//!
//! Promises: the same report gives the same bytes; the page needs no other file and no script, and whatever text comes
//! from outside is escaped. Leaves out: JSON, which is the report's own shape and every host's to write.

use super::report::{Drilled, Grade, Line, Queries, RunReport, Spread};
use super::{disasters, notes, suites, told};
use crate::lab::Phase;
use crate::words::{Arg, Lang, grouped};

/// The phases, in the order in which they come.
pub(super) const PHASES: [(Phase, &str); 13] = [
    (Phase::Detect, "detect"),
    (Phase::Election, "election"),
    (Phase::LeaseWait, "lease_wait"),
    (Phase::Replay, "replay"),
    (Phase::SegmentLoad, "segment_load"),
    (Phase::RouteRefresh, "route_refresh"),
    (Phase::Decide, "decide"),
    (Phase::Provision, "provision"),
    (Phase::Restore, "restore"),
    (Phase::Rebuild, "rebuild"),
    (Phase::Verify, "verify"),
    (Phase::Dns, "dns"),
    (Phase::ClientRetry, "client_retry"),
];
/// So many runs are listed on paper; of more only those that missed a target.
const LISTED_RUNS: usize = 100;
/// So many lost writes are named on paper.
const LISTED_LOSSES: usize = 50;

/// What a phase is called.
pub fn phase_name(phase: Phase, lang: Lang) -> String {
    lang.t(match phase {
        Phase::Detect => "drill-phase-detect",
        Phase::Election => "drill-phase-election",
        Phase::Replay => "drill-phase-replay",
        Phase::ClientRetry => "drill-phase-client-retry",
        Phase::LeaseWait => "phase-lease-wait",
        Phase::SegmentLoad => "phase-segment-load",
        Phase::RouteRefresh => "phase-route-refresh",
        Phase::Decide => "rg-phase-decide",
        Phase::Provision => "rg-phase-provision",
        Phase::Restore => "rg-phase-restore",
        Phase::Rebuild => "rg-phase-rebuild",
        Phase::Verify => "rg-phase-verify",
        Phase::Dns => "rg-phase-dns",
    })
}

/// What a scenario is called.
pub fn scenario_name(scenario: &str, lang: Lang) -> String {
    let key = match scenario {
        suites::LEADER => "drill-name-leader",
        "failover-coordinator" => "drill-name-coordinator",
        "failover-proxy" => "drill-name-proxy",
        "failover-querynode" => "drill-name-querynode",
        "failover-datanode" => "drill-name-datanode",
        "failover-concurrent" => "drill-name-concurrent",
        "failover-partition" => "drill-name-partition",
        "failover-zone" => "drill-name-zone",
        suites::ALL => "drill-name-all",
        suites::WORKER => "drill-name-worker",
        suites::COURSE => "drill-name-suite",
        "load" => "drill-name-load",
        other if disasters::SCENARIOS.contains(&other) => return lang.t(&format!("drill-name-{other}")),
        other => return other.to_owned(),
    };
    lang.t(key)
}

/// What a grade is called.
pub fn grade_name(grade: Grade, lang: Lang) -> String {
    lang.t(&format!("drill-grade-{}", grade.word().replace('_', "-")))
}

/// The course's grade of requests, and whether they reach what its note asks for: more than 99.9 %.
pub fn grade(queries: &Queries, lang: Lang) -> String {
    let more = queries.failed.saturating_mul(1_000) < queries.total;
    let verdict = lang.t(if more { "drill-page-met" } else { "drill-page-missed" });
    let args = [("grade", grade_name(Grade::of(queries), lang).into()), ("verdict", verdict.into())];
    lang.f("drill-grade", &args)
}

/// How long it took, and with how much of it waited for between the tests.
pub fn total_time(total_ms: f64, wait_ms: f64, lang: Lang) -> String {
    // As the note prints it: in seconds, as long as that can be read.
    let said = |ms: f64| if ms < 3_600_000.0 { seconds(ms) } else { told::duration(ms) };
    let args = [("took", said(total_ms).into()), ("waited", said(wait_ms).into())];
    lang.f(if wait_ms > 0.0 { "drill-total-time-waited" } else { "drill-total-time" }, &args)
}

/// The course's figures beside ours, as a section; empty where there are none.
pub(super) fn notes_table(drilled: &Drilled, lang: Lang) -> String {
    if drilled.notes.is_empty() {
        return String::new();
    }
    let mut rows = String::new();
    for row in &drilled.notes {
        let (class, verdict) = match row.holds {
            None => ("", String::new()),
            Some(true) => ("met", lang.t("drill-page-met")),
            Some(false) => ("missed", lang.t("drill-page-missed")),
        };
        rows.push_str(&format!(
            "<tr><td>{} · {}</td><td>{}</td><td>{}</td><td class=\"{class}\">{}</td></tr>\n",
            escaped(&scenario_name(&row.scenario, lang)),
            escaped(
                &lang.f(
                    "drill-note-of",
                    &[("what", notes::what(row, lang).into()), ("note", row.note.into())]
                )
            ),
            escaped(&notes::note_says(row)),
            escaped(&notes::ours(row)),
            escaped(&verdict)
        ));
    }
    let heads = ["drill-col-figure", "drill-col-note", "drill-col-ours", "drill-col-outcome"];
    section("drill-page-notes", &table(&heads, &rows, lang), lang)
}

/// A line a run, after a line of names. Durations are milliseconds; what there is not is empty.
pub fn csv(drilled: &Drilled) -> String {
    let mut out = String::from(
        "scenario,seed,met,total,ok,failed,success_rate,latency_mean_ms,latency_p50_ms,latency_p95_ms,latency_p99_ms,\
         rto_ms,client_rto_ms",
    );
    for (_, name) in PHASES {
        out.push_str(&format!(",{name}_ms"));
    }
    out.push_str(",rpo_ms,acknowledged,lost,downtime_min_per_year,downtime_min_per_month_by_failures,digest");
    let disasters = disasters::drills(&drilled.scenario).is_some();
    if disasters {
        out.push_str(",disaster,surprise,surprise_felt,serving,failed_step,why,cost_fen");
    }
    out.push_str(",grade,total_time_ms\n");
    for (scenario, run) in drilled.runs.iter().flat_map(|run| csv_parts(&drilled.scenario, run, disasters)) {
        out.push_str(&csv_line(scenario, run));
        if disasters {
            out.push_str(&csv_disaster(run));
        }
        out.push_str(&format!(",{},{}\n", run.grade.word(), run.total_time_ms.to_string()));
    }
    out
}

/// The lines of a run: of disasters each is one, since each has its own.
fn csv_parts<'a>(scenario: &'a str, run: &'a RunReport, disasters: bool) -> Vec<(&'a str, &'a RunReport)> {
    if !disasters || run.parts.is_empty() {
        return vec![(scenario, run)];
    }
    run.parts.iter().map(|part| (part.scenario.as_str(), &part.run)).collect()
}

fn csv_disaster(run: &RunReport) -> String {
    let serving = run.targets.iter().find(|target| target.name == "serving").is_some_and(|target| target.met);
    let failed = run.steps.iter().find(|step| !step.ok);
    let fields = [
        run.disaster.clone().unwrap_or_default(),
        run.surprise.clone().unwrap_or_default(),
        run.surprise_felt.to_string(),
        serving.to_string(),
        failed.map(|step| step.step.clone()).unwrap_or_default(),
        failed.map(|step| step.why.clone()).unwrap_or_default(),
        run.cost_fen.map(|fen| fen.to_string()).unwrap_or_default(),
    ];
    format!(",{}", fields.join(","))
}

fn csv_line(scenario: &str, run: &RunReport) -> String {
    let number = |value: f64| value.to_string();
    let perhaps = |value: Option<f64>| value.map(number).unwrap_or_default();
    let mut fields = vec![scenario.to_owned(), run.seed.to_string(), run.met().to_string()];
    fields.extend([run.queries.total, run.queries.ok, run.queries.failed].map(|count| count.to_string()));
    let latency = run.latency_ms;
    let rate = run.queries.success_rate;
    fields.extend([rate, latency.mean, latency.p50, latency.p95, latency.p99].map(number));
    fields.extend([run.rto_ms, run.client_rto_ms].map(perhaps));
    for (phase, _) in PHASES {
        fields.push(perhaps(run.rto_phases.iter().find(|timed| timed.phase == phase).map(|timed| timed.ms)));
    }
    fields.push(number(run.rpo.ms));
    fields.extend([run.rpo.acknowledged, run.rpo.lost_writes.len() as u64].map(|count| count.to_string()));
    fields.push(number(run.downtime_min_per_year));
    fields.push(perhaps(run.downtime_min_per_month_by_failures));
    fields.push(run.digest.clone());
    fields.join(",")
}

/// The report as a page to print, in one language. `set` are the settings that were changed.
pub fn html(drilled: &Drilled, set: &[(String, u64)], lang: Lang) -> String {
    if disasters::drills(&drilled.scenario).is_some() {
        return super::paper::html(drilled, set, lang);
    }
    let title = lang.t("drill-page-title");
    let mut body = format!("<h1>{}</h1>\n", escaped(&title));
    body.push_str(&head(drilled, set, lang));
    body.push_str(&targets(drilled, lang));
    if !drilled.suites.is_empty() {
        body.push_str(&section("drill-page-suites", &suites_table(&drilled.suites, lang), lang));
    }
    if let Some(rto) = &drilled.rto {
        body.push_str(&section("drill-page-rto", &spread(rto, lang), lang));
    }
    if let Some(sum) = &drilled.sum {
        let [said, by_failures] = availability(sum, lang).map(|said| paragraph(&said, ""));
        let wait_ms = drilled.runs.iter().map(|run| run.wait_ms).sum();
        let more = [grade(&sum.queries, lang), total_time(sum.total_time_ms, wait_ms, lang)];
        let [graded, took] = more.map(|said| paragraph(&said, ""));
        let text = [paragraph(&queries(&sum.queries, lang), ""), graded, said, by_failures, took].concat();
        body.push_str(&section("drill-page-availability", &text, lang));
    }
    body.push_str(&losses(drilled, lang));
    body.push_str(&notes_table(drilled, lang));
    body.push_str(&runs(drilled, lang));
    page(&title, &body, lang)
}

/// A page that stands by itself.
pub(super) fn page(title: &str, body: &str, lang: Lang) -> String {
    let foot = paragraph(&lang.t("drill-page-foot"), "foot");
    format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n{body}{foot}</body>\n</html>\n",
        lang.tag(),
        escaped(title)
    )
}

const STYLE: &str = "\
:root{color-scheme:light}\
body{font:15px/1.55 system-ui,'PingFang SC','Noto Sans CJK SC','Microsoft YaHei',sans-serif;color:#1b1f24;background:#fff;\
max-width:60rem;margin:2rem auto;padding:0 1.25rem}\
h1{font-size:1.7rem;margin:0 0 .25rem}h2{font-size:1.1rem;margin:2rem 0 .5rem;padding-top:.5rem;border-top:1px solid #c9d1d9}\
p{margin:.35rem 0}.code,td.code{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.86em}\
.note,.foot{color:#57606a;font-size:.9em}.foot{margin-top:2rem}\
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\
th,td{padding:.28rem .6rem .28rem 0;border-bottom:1px solid #e3e7eb;text-align:right;white-space:nowrap}\
th:first-child,td:first-child,td.text,th.text{text-align:left;white-space:normal}th{font-weight:600;color:#424a53}\
.met{color:#116329}.missed{color:#a40e26;font-weight:600}\
svg{display:block;width:100%;max-width:40rem;height:auto;margin:1rem 0}svg rect{fill:#3b6ea8}svg rect.over{fill:#b5523b}\
svg text{font:13px system-ui,sans-serif;fill:#1b1f24;text-anchor:middle}svg path{stroke:#8c959f;fill:none}\
.scroll{overflow-x:auto}\
@media print{@page{margin:16mm}body{margin:0;max-width:none;padding:0;font-size:10pt}h2{break-after:avoid}\
tr,svg{break-inside:avoid}thead{display:table-header-group}.scroll{overflow:visible}}";

pub(super) fn head(drilled: &Drilled, set: &[(String, u64)], lang: Lang) -> String {
    let last = drilled.seed + (drilled.runs.len() as u64).saturating_sub(1);
    let seeds = if last == drilled.seed { last.to_string() } else { format!("{}–{last}", drilled.seed) };
    let what = lang.f(
        "drill-page-what",
        &[
            ("name", scenario_name(&drilled.scenario, lang).into()),
            ("scenario", drilled.scenario.as_str().into()),
            ("runs", drilled.runs.len().into()),
            ("seeds", seeds.into()),
        ],
    );
    let changed: Vec<String> = set.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let changed = if changed.is_empty() {
        lang.t("drill-page-defaults")
    } else {
        lang.f("drill-page-set", &[("set", changed.join(", ").into())])
    };
    let met = drilled.runs.iter().filter(|run| run.met()).count();
    let verdict = lang.f("drill-runs-met", &[("met", met.into()), ("runs", drilled.runs.len().into())]);
    let class = if met == drilled.runs.len() { "met" } else { "missed" };
    [paragraph(&what, ""), paragraph(&changed, "note"), paragraph(&verdict, class)].concat()
}

/// The targets: how many runs missed each, and of a single run its values.
pub(super) fn targets(drilled: &Drilled, lang: Lang) -> String {
    let Some(first) = drilled.runs.first() else { return String::new() };
    let single = drilled.runs.len() == 1;
    let mut rows = String::new();
    for (at, target) in first.targets.iter().enumerate() {
        let missed =
            drilled.runs.iter().filter(|run| run.targets.get(at).is_some_and(|target| !target.met)).count();
        let outcome = match (missed, single) {
            (0, _) => lang.t("drill-page-met"),
            (_, true) => lang.t("drill-page-missed"),
            _ => lang.f("drill-page-missed-in", &[("n", missed.into())]),
        };
        let value = if single {
            target.value.map_or_else(dash, |value| shown(&target.name, value))
        } else {
            String::new()
        };
        let class = if missed == 0 { "met" } else { "missed" };
        rows.push_str(&format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td class=\"{class}\">{}</td></tr>\n",
            escaped(&target_name(&target.name, lang)),
            escaped(&bound(&target.name, target.limit)),
            escaped(&value),
            escaped(&outcome)
        ));
    }
    let heads = ["drill-col-target", "drill-col-bound", "drill-col-value", "drill-col-outcome"];
    section("drill-page-targets", &table(&heads, &rows, lang), lang)
}

/// What a target is called.
pub fn target_name(name: &str, lang: Lang) -> String {
    let key = match name {
        "rto" => "drill-target-rto",
        "failed" => "drill-target-failed",
        "success_rate" => "drill-target-success",
        "lost" => "drill-target-lost",
        "rpo" => "drill-target-rpo",
        "serving" => "drill-target-serving",
        other => return other.to_owned(),
    };
    lang.t(key)
}

/// What a target of this name asks for, such as `< 15.00 s`.
pub fn bound(name: &str, limit: f64) -> String {
    let limit = shown(name, limit);
    match name {
        "success_rate" => format!("≥ {limit}"),
        "lost" | "serving" => format!("= {limit}"),
        _ => format!("< {limit}"),
    }
}

/// A value of a target of this name.
pub fn shown(name: &str, value: f64) -> String {
    match name {
        "rto" | "rpo" => told::duration(value),
        "success_rate" => percent(value),
        _ => grouped(value.max(0.0) as u64),
    }
}

fn suites_table(lines: &[Line], lang: Lang) -> String {
    let mut rows = String::new();
    for line in lines {
        let figure =
            |figure: fn(&Spread) -> f64| line.rto.as_ref().map_or_else(dash, |rto| seconds(figure(rto)));
        let class = if line.met == line.runs { "met" } else { "missed" };
        rows.push_str(&format!(
            "<tr><td>{}</td><td class=\"{class}\">{} / {}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            escaped(&scenario_name(&line.scenario, lang)),
            grouped(line.met),
            grouped(line.runs),
            percent(line.queries.success_rate),
            grouped(line.queries.failed),
            figure(|rto| rto.median),
            figure(|rto| rto.p99),
            figure(|rto| rto.max),
            grouped(line.lost)
        ));
    }
    let heads = [
        "drill-col-suite",
        "drill-col-met",
        "drill-col-success",
        "drill-col-failed",
        "drill-col-rto-median",
        "drill-col-rto-p99",
        "drill-col-rto-max",
        "drill-col-lost",
    ];
    table(&heads, &rows, lang)
}

pub(super) fn spread(rto: &Spread, lang: Lang) -> String {
    let figures = [rto.mean, rto.median, rto.min, rto.max, rto.p95, rto.p99];
    let of_disasters = rto.histogram.first().is_some_and(|bin| bin.1.is_some_and(|to| to >= 60_000));
    let said = |value: f64| if of_disasters { told::duration(value) } else { seconds(value) };
    let cells: String = figures.iter().map(|value| format!("<td>{}</td>", said(*value))).collect();
    let heads = [
        "drill-col-mean",
        "drill-col-median",
        "drill-col-min",
        "drill-col-max",
        "drill-col-p95",
        "drill-col-p99",
    ];
    table(&heads, &format!("<tr>{cells}</tr>\n"), lang) + &histogram(rto, &lang.t("drill-page-histogram"))
}

/// What a bin is called: `5–10 s`, `30+ s`, and longer ones in minutes, hours and days.
pub fn bin(from: u64, to: Option<u64>) -> String {
    let end = to.unwrap_or(from);
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min")];
    let fits =
        |unit: &&(u64, &str)| end >= unit.0 && end.is_multiple_of(unit.0) && from.is_multiple_of(unit.0);
    let (unit, name) = units.iter().find(fits).copied().unwrap_or((1_000, "s"));
    match to {
        Some(to) => format!("{}–{} {name}", from / unit, to / unit),
        None => format!("{}+ {name}", from / unit),
    }
}

/// The bins as bars; those past the course's target (15 s; 1 h after a disaster) in another colour.
pub fn histogram(rto: &Spread, title: &str) -> String {
    let of_disasters = rto.histogram.first().is_some_and(|bin| bin.1.is_some_and(|to| to >= 60_000));
    let over_ms = if of_disasters { 3_600_000 } else { 15_000 };
    const BAR: u64 = 92;
    const STEP: u64 = 120;
    const HIGH: u64 = 140;
    let most = rto.histogram.iter().map(|bin| bin.2).max().unwrap_or(0).max(1);
    let width = STEP * rto.histogram.len() as u64;
    let mut bars = String::new();
    for (at, (from, to, count)) in rto.histogram.iter().enumerate() {
        let left = at as u64 * STEP + (STEP - BAR) / 2;
        // What is there is seen.
        let high = if *count == 0 { 0 } else { (count * HIGH / most).max(2) };
        let (top, middle) = (24 + HIGH - high, left + BAR / 2);
        let class = if *from >= over_ms { " class=\"over\"" } else { "" };
        let label = bin(*from, *to);
        bars.push_str(&format!(
            "<rect{class} x=\"{left}\" y=\"{top}\" width=\"{BAR}\" height=\"{high}\"/>\
             <text x=\"{middle}\" y=\"{}\">{}</text><text x=\"{middle}\" y=\"{}\">{label}</text>\n",
            top - 6,
            grouped(*count),
            HIGH + 42
        ));
    }
    let floor = HIGH + 24;
    format!(
        "<svg viewBox=\"0 0 {width} {}\" role=\"img\" aria-label=\"{}\">\n{bars}<path d=\"M0 {floor}H{width}\"/>\n</svg>\n",
        HIGH + 52,
        escaped(title)
    )
}

/// Availability in two sentences: the course's way, and by failures a month.
pub fn availability(sum: &Line, lang: Lang) -> [String; 2] {
    let nines = sum.nines.map_or_else(dash, |nines| format!("{:.2}", nines));
    let said = lang.f(
        "drill-availability",
        &[
            ("availability", percent(sum.availability).into()),
            ("nines", nines.into()),
            ("minutes", fixed(sum.downtime_min_per_year).into()),
        ],
    );
    let by_failures = match sum.downtime_min_per_month_by_failures {
        Some(minutes) => lang.f(
            "drill-by-failures",
            &[("failures", sum.failures_per_month.into()), ("minutes", format!("{:.2}", minutes).into())],
        ),
        None => lang.t("drill-by-failures-none"),
    };
    [said, by_failures]
}

/// Requests in a sentence.
pub fn queries(queries: &Queries, lang: Lang) -> String {
    let args: [(&str, Arg); 4] = [
        ("total", queries.total.into()),
        ("ok", queries.ok.into()),
        ("failed", queries.failed.into()),
        ("rate", per_cent(queries.success_rate).into()),
    ];
    lang.f("drill-queries", &args)
}

pub(super) fn losses(drilled: &Drilled, lang: Lang) -> String {
    let acknowledged: u64 = drilled.runs.iter().map(|run| run.rpo.acknowledged).sum();
    let lost: usize = drilled.runs.iter().map(|run| run.rpo.lost_writes.len()).sum();
    let said = lang.f("drill-rpo", &[("lost", lost.into()), ("acknowledged", acknowledged.into())]);
    let mut text = paragraph(&said, if lost == 0 { "met" } else { "missed" });
    let mut rows = String::new();
    let named =
        drilled.runs.iter().flat_map(|run| run.rpo.lost_writes.iter().map(move |write| (run.seed, write)));
    for (seed, write) in named.take(LISTED_LOSSES) {
        rows.push_str(&format!(
            "<tr><td>{}</td><td>{seed}</td><td class=\"text\">{}</td></tr>\n",
            write.id,
            escaped(&told::death(&write.died, lang))
        ));
    }
    if lost > 0 {
        text.push_str(&table(&["drill-col-write", "drill-col-seed", "drill-col-died"], &rows, lang));
    }
    if lost > LISTED_LOSSES {
        let more = lang.f("drill-page-more", &[("n", (lost - LISTED_LOSSES).into())]);
        text.push_str(&paragraph(&more, "note"));
    }
    section("drill-page-losses", &text, lang)
}

fn runs(drilled: &Drilled, lang: Lang) -> String {
    let all = drilled.runs.len() <= LISTED_RUNS;
    let wanted = drilled.runs.iter().filter(|run| all || !run.met());
    let left_out = wanted.clone().count().saturating_sub(LISTED_RUNS);
    let mut rows = String::new();
    for run in wanted.take(LISTED_RUNS) {
        let (class, outcome) = if run.met() {
            ("met", lang.t("drill-page-met"))
        } else {
            ("missed", lang.t("drill-page-missed"))
        };
        rows.push_str(&format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"text\">{}</td><td class=\"{class}\">{}</td></tr>\n",
            run.seed,
            run.rto_ms.map_or_else(dash, seconds),
            grouped(run.queries.failed),
            percent(run.queries.success_rate),
            grouped(run.rpo.lost_writes.len() as u64),
            escaped(&phases(run, lang)),
            escaped(&outcome)
        ));
    }
    let heads = [
        "drill-col-seed",
        "drill-col-rto",
        "drill-col-failed",
        "drill-col-success",
        "drill-col-lost",
        "drill-col-phases",
        "drill-col-outcome",
    ];
    let mut text = if rows.is_empty() { String::new() } else { table(&heads, &rows, lang) };
    if !all {
        text = paragraph(&lang.t("drill-page-only-missed"), "note") + &text;
    }
    if left_out > 0 {
        text.push_str(&paragraph(&lang.f("drill-page-more", &[("n", left_out.into())]), "note"));
    }
    section("drill-page-runs", &text, lang)
}

/// The phases that took time.
pub(super) fn phases(run: &RunReport, lang: Lang) -> String {
    let timed = run.rto_phases.iter().filter(|phase| phase.ms > 0.0);
    let said = timed.map(|phase| format!("{} {}", phase_name(phase.phase, lang), seconds(phase.ms)));
    said.collect::<Vec<_>>().join(" · ")
}

pub(super) fn section(key: &str, inner: &str, lang: Lang) -> String {
    format!("<h2>{}</h2>\n{inner}", escaped(&lang.t(key)))
}

pub(super) fn paragraph(text: &str, class: &str) -> String {
    format!("<p class=\"{class}\">{}</p>\n", escaped(text))
}

pub(super) fn table(heads: &[&str], rows: &str, lang: Lang) -> String {
    let heads: String = heads.iter().map(|key| format!("<th>{}</th>", escaped(&lang.t(key)))).collect();
    format!(
        "<div class=\"scroll\"><table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
    )
}

/// A text as it can stand in a page.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Milliseconds in seconds, with two decimals.
pub fn seconds(ms: f64) -> String {
    format!("{:.2} s", ms / 1_000.0)
}

/// A share as a percentage with two decimals.
pub fn percent(share: f64) -> String {
    format!("{} %", per_cent(share))
}

/// A share in per cent, without the sign: cut off, not rounded, so that 98.996 % is not called the 99 % that it missed.
pub(super) fn per_cent(share: f64) -> String {
    // A share such as 0.29 lies a little below what it stands for.
    let hundredths = (share * 1e4 + 1e-6).floor();
    format!("{:.2}", hundredths / 100.0)
}

/// A figure with one decimal, or none if it is whole.
pub fn fixed(value: f64) -> String {
    let decimals = if value.fract() == 0.0 { 0 } else { 1 };
    format!("{:.*}", decimals, value)
}

pub(crate) fn dash() -> String {
    "—".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drill::Target;

    #[test]
    fn no_share_is_called_more_than_it_is() {
        for hundredths in 0..=10_000_u32 {
            let share = f64::from(hundredths) / 1e4;
            assert_eq!(per_cent(share), format!("{}.{:02}", hundredths / 100, hundredths % 100));
        }
        assert_eq!(percent(0.989_96), "98.99 %");
        assert_eq!(percent(0.999_999), "99.99 %");
    }

    #[test]
    fn what_comes_from_outside_is_escaped() {
        let drilled = Drilled { scenario: "<script>\"&'".to_owned(), ..Drilled::default() };
        let page = html(&drilled, &[("<b>".to_owned(), 1)], Lang::En);
        assert!(!page.contains("<script>") && !page.contains("<b>"), "{page}");
        assert!(page.contains("&lt;script&gt;&quot;&amp;&#39;") && page.contains("&lt;b&gt;=1"), "{page}");
    }

    #[test]
    fn the_histogram_has_a_bar_a_bin_and_its_highest_bar_is_full() {
        let rto = Spread::of(vec![1_000.0, 2_000.0, 20_000.0]).expect("figures");
        let drawn = histogram(&rto, "RTO");
        assert_eq!(drawn.matches("<rect").count(), 5);
        assert_eq!(drawn.matches("height=\"140\"").count(), 1);
        assert_eq!(drawn.matches("height=\"70\"").count(), 1);
        assert_eq!(drawn.matches("class=\"over\"").count(), 2);
    }

    #[test]
    fn a_long_report_lists_the_runs_that_missed() {
        let run = |seed: u64, met: bool| RunReport {
            seed,
            targets: vec![Target { name: "rto".to_owned(), limit: 15_000.0, value: None, met }],
            ..RunReport::default()
        };
        let runs = (0..300).map(|seed| run(seed, seed != 177)).collect();
        let page =
            html(&Drilled { scenario: suites::ALL.to_owned(), runs, ..Drilled::default() }, &[], Lang::Zh);
        assert_eq!(page.matches("<td>177</td>").count(), 1);
        assert!(!page.contains("<td>176</td>"));
    }
}
