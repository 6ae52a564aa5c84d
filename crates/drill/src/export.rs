//! Exports a report for other programs and for paper: as CSV, and as a self-contained page.
//!
//! Guarantees: the same report gives the same bytes; the page needs no other file and no script, and all text from
//! outside is escaped. Leaves out: JSON, which is the report's own structure and which every host writes itself.

use super::names::{PHASES, dash, per_cent, phase_name, unknown};
use super::page::{escaped, head, losses, notes_table, page, paragraph, section, spread, table, targets};
use super::report::{Drilled, Grade, Line, Queries, RunReport, Spread, Target};
use super::{disasters, html_report_dr, i18n_terms};
use quorum_i18n::{Arg, Lang, grouped};

pub use super::names::{bound, counted, grade_name, percent, scenario_name, seconds, shown, target_name};
pub use super::page::histogram;

/// Number of runs listed on paper; if there are more, only those that missed a target are listed.
const LISTED_RUNS: usize = 100;

/// The course's grade of requests, whether they reach what its note asks for (more than 99.9 %), and in a second
/// sentence why runs that meet every target can have a low grade.
pub fn grade(queries: &Queries, lang: Lang) -> [String; 2] {
    let more = queries.failed.saturating_mul(1_000) < queries.total;
    let verdict = lang.t(if more { "drill-page-met" } else { "drill-page-missed" });
    let args = [("grade", grade_name(Grade::of(queries), lang).into()), ("verdict", verdict.into())];
    [lang.f("drill-grade", &args), lang.t("drill-graded-by")]
}

/// How long it took, and with how much of it waited for between the tests.
pub fn total_time(total_ms: f64, wait_ms: f64, lang: Lang) -> String {
    // As the note prints it: in seconds, as long as that can be read.
    let said = |ms: f64| if ms < 3_600_000.0 { seconds(ms) } else { i18n_terms::duration(lang, ms) };
    let args = [("took", said(total_ms).into()), ("waited", said(wait_ms).into())];
    lang.f(if wait_ms > 0.0 { "drill-total-time-waited" } else { "drill-total-time" }, &args)
}

/// How long a run took: of the lab in virtual time, on a real server in real time.
pub(super) fn took(run_ms: (f64, f64), real_time: bool, lang: Lang) -> String {
    let (total_ms, wait_ms) = run_ms;
    if real_time {
        return lang.f("drill-real-total-time", &[("took", seconds(total_ms).into())]);
    }
    total_time(total_ms, wait_ms, lang)
}

/// A line a run, after a line of names. Durations are milliseconds; what there is not is empty, and what is not known
/// is a dash.
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
        out.push_str(&format!(",{},{}\n", run.grade.word(), run.total_time_ms));
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
    let serving = run.targets.iter().find(|target| target.name == "serving").is_some_and(Target::is_met);
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
    let rto = [run.rto_ms, run.client_rto_ms];
    // Without a fault there is nothing that an RTO could be of.
    fields.extend(rto.map(|ms| if run.no_fault { unknown() } else { perhaps(ms) }));
    for (phase, _) in PHASES {
        fields.push(perhaps(run.rto_phases.iter().find(|timed| timed.phase == phase).map(|timed| timed.ms)));
    }
    fields.push(run.rpo.ms.map_or_else(unknown, number));
    fields.push(run.rpo.acknowledged.to_string());
    fields.push(run.rpo.lost().map_or_else(unknown, |lost| lost.to_string()));
    fields.push(number(run.downtime_min_per_year));
    fields.push(perhaps(run.downtime_min_per_month_by_failures));
    fields.push(run.digest.clone());
    fields.join(",")
}

/// The report as a page to print, in one language. `set` are the settings that were changed.
pub fn html(drilled: &Drilled, set: &[(String, u64)], lang: Lang) -> String {
    if disasters::drills(&drilled.scenario).is_some() {
        return html_report_dr::html(drilled, set, lang);
    }
    let title = lang.t("drill-page-title");
    let body = [format!("<h1>{}</h1>\n", escaped(&title)), head(drilled, set, lang), figures(drilled, lang)];
    page(&title, &body.concat(), "drill-page-foot", lang)
}

/// The part of the page that every report of failovers has.
pub(super) fn figures(drilled: &Drilled, lang: Lang) -> String {
    let mut body = targets(drilled, lang);
    if !drilled.suites.is_empty() {
        body.push_str(&section("drill-page-suites", &suites_table(&drilled.suites, lang), lang));
    }
    if let Some(rto) = &drilled.rto {
        body.push_str(&section("drill-page-rto", &spread(rto, lang), lang));
    }
    if let Some(sum) = &drilled.sum {
        let said: String =
            availability_of(drilled, sum, lang).iter().map(|said| paragraph(said, "")).collect();
        let wait_ms = drilled.runs.iter().map(|run| run.wait_ms).sum();
        let [grade, graded_by] = grade(&sum.queries, lang);
        let graded = [paragraph(&grade, ""), paragraph(&graded_by, "note")].concat();
        let took = paragraph(&took((sum.total_time_ms, wait_ms), drilled.real_time, lang), "");
        let text = [paragraph(&queries(&sum.queries, lang), ""), graded, said, took].concat();
        body.push_str(&section("drill-page-availability", &text, lang));
    }
    body.push_str(&losses(drilled, lang));
    body.push_str(&notes_table(drilled, lang));
    body.push_str(&runs(drilled, lang));
    body
}

fn suites_table(lines: &[Line], lang: Lang) -> String {
    let mut rows = String::new();
    for line in lines {
        let figure =
            |figure: fn(&Spread) -> f64| line.rto.as_ref().map_or_else(dash, |rto| seconds(figure(rto)));
        let class = if line.met == line.runs { "met" } else { "missed" };
        rows.push_str(&format!(
            "<tr><td>{}</td><td class=\"{class}\">{} / \
             {}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            escaped(&scenario_name(&line.scenario, lang)),
            grouped(line.met),
            grouped(line.runs),
            percent(line.queries.success_rate),
            grouped(line.queries.failed),
            figure(|rto| rto.median),
            figure(|rto| rto.p99),
            figure(|rto| rto.max),
            counted(line.lost)
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

/// Availability in two sentences: the course's way, and by failures a month.
pub fn availability(sum: &Line, lang: Lang) -> [String; 2] {
    let nines = sum.nines.map_or_else(dash, |nines| format!("{:.2}", nines));
    let said = lang.f(
        "drill-availability",
        &[
            ("availability", percent(sum.availability).into()),
            ("nines", nines.into()),
            ("time", i18n_terms::duration(lang, sum.downtime_min_per_year * 60_000.0).into()),
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

/// The same of a report. Without a fault nothing can be said about what a number of faults a month would cost.
pub(super) fn availability_of(drilled: &Drilled, sum: &Line, lang: Lang) -> Vec<String> {
    let mut sentences = availability(sum, lang).to_vec();
    if drilled.runs.iter().any(|run| run.no_fault) {
        sentences.truncate(1);
    }
    sentences
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
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"text\">{}</td><td \
             class=\"{class}\">{}</td></tr>\n",
            run.seed,
            run.rto_ms.map_or_else(if run.no_fault { unknown } else { dash }, seconds),
            grouped(run.queries.failed),
            percent(run.queries.success_rate),
            counted(run.rpo.lost()),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suites;

    #[test]
    fn what_comes_from_outside_is_escaped() {
        let drilled = Drilled { scenario: "<script>\"&'".to_owned(), ..Drilled::default() };
        let page = html(&drilled, &[("<b>".to_owned(), 1)], Lang::En);
        assert!(!page.contains("<script>") && !page.contains("<b>"), "{page}");
        assert!(page.contains("&lt;script&gt;&quot;&amp;&#39;") && page.contains("&lt;b&gt;=1"), "{page}");
    }

    #[test]
    fn a_long_report_lists_the_runs_that_missed() {
        let run = |seed: u64, met: bool| RunReport {
            seed,
            targets: vec![Target { name: "rto".to_owned(), limit: 15_000.0, value: None, met: Some(met) }],
            ..RunReport::default()
        };
        let runs = (0..300).map(|seed| run(seed, seed != 177)).collect();
        let page =
            html(&Drilled { scenario: suites::ALL.to_owned(), runs, ..Drilled::default() }, &[], Lang::Zh);
        assert_eq!(page.matches("<td>177</td>").count(), 1);
        assert!(!page.contains("<td>176</td>"));
    }
}
