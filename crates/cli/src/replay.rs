//! `replay --csv`: measures the log of a tester or a proxy, draws it, and names the run of the lab that it resembles.
//!
//! Guarantees: a file that cannot be read is refused with line and column, in the user's language, and a column that is
//! not recognized with an option that names one; how the columns were understood is part of the answer; what the log
//! does not say is “–” and null, and a time without requests is not available. Leaves out: reading
//! (`quorum_real::log`), measuring (`quorum_drill::outside`), gaps (`quorum_real::gaps`), comparing
//! (`quorum_real::likeness`).

use std::io::{Read, Write};
use std::path::Path;

use serde::Serialize;

use super::typed::Asked;
use super::{outputs, write, write_json};
use quorum_drill::export::{self, percent, seconds};
use quorum_drill::outside::{self, Request};
use quorum_drill::{Queries, RunReport, Targets};
use quorum_i18n::Lang;
use quorum_real::gaps::{Gap, Gaps, Shown};
use quorum_real::likeness::{Library, Likeness};
use quorum_real::log::{self, Columns, Log, MOST_BYTES};
use quorum_types::{Micros, Refusal};

/// Rows of the drawing.
const ROWS: u64 = 30;
/// How wide a bar is at most.
const WIDE: u64 = 40;
/// Of a longer log, so much before and after its longest outage is drawn.
const AROUND_US: Micros = 30_000_000;
/// Bars of the page's waterfall at most; of more requests some are left out, but no failed one before a good one.
const MOST_BARS: usize = 600;
/// Causes that are printed.
const CAUSES: usize = 3;

/// What is printed as JSON.
#[derive(Serialize)]
struct Replayed<'a> {
    file: String,
    columns: &'a Columns,
    #[serde(flatten)]
    report: &'a RunReport,
    longest_gap: Option<Shown>,
    /// Whether the tester hung, and when.
    hung: bool,
    hung_gaps: Vec<Shown>,
    missing_requests: u64,
    like: &'a [Likeness],
}

/// Reads, measures and reports a log.
pub(super) fn run(path: &Path, asked: &Asked, out: &mut impl Write) -> Result<bool, Refusal> {
    let (targets, others) = Targets::split(&asked.set)?;
    if let Some((name, _)) = others.first() {
        let error = format!("there is no setting “{name}”; there are {}", target_names());
        return Err(Refusal::new("unknown_setting", error));
    }
    if let Some(html) = &asked.html {
        outputs::check(html, asked.spoken)?;
    }
    let log = read(path, asked)?;
    let mut report = outside::of_requests(&log.requests, &targets);
    let gaps = Gaps::of(&log.requests);
    count_missing(&mut report, &gaps);
    let like = Library::played()?.rank(&log.requests);
    if let Some(html) = &asked.html {
        let page = page(&path.display().to_string(), &log, (&report, &gaps), &like, asked.lang);
        outputs::write(html, page.as_bytes())?;
    }
    if asked.json {
        let replayed = Replayed {
            file: path.display().to_string(),
            columns: &log.columns,
            report: &report,
            longest_gap: gaps.longest.map(Gap::shown),
            hung: !gaps.hung.is_empty(),
            hung_gaps: gaps.hung.iter().map(|gap| gap.shown()).collect(),
            missing_requests: gaps.missing,
            like: &like,
        };
        write_json(out, &without_unknown(&replayed, &log)?)?;
    } else {
        let lines = [figures(&log, &report, &gaps, asked.lang), drawing(&log, &report, asked.lang)];
        for line in lines.into_iter().flatten().chain(causes(&like, asked.lang)) {
            write(out, &line)?;
        }
    }
    // What a tester that hung did not ask, nobody knows: no target is met then.
    Ok(report.met() && gaps.hung.is_empty())
}

/// Requests that a tester that hung did not make count as not answered where the report says what was available.
fn count_missing(report: &mut RunReport, gaps: &Gaps) {
    if gaps.missing == 0 {
        return;
    }
    let queries = Queries::of(report.queries.total.saturating_add(gaps.missing), report.queries.ok);
    report.availability = queries.success_rate;
    report.nines = queries.nines();
    report.downtime_min_per_year = queries.downtime_min_per_year();
    report.grade = quorum_drill::Grade::of(&queries);
}

/// The report as JSON, with null for latencies of a log that has none.
fn without_unknown(replayed: &Replayed<'_>, log: &Log) -> Result<serde_json::Value, Refusal> {
    let mut json = serde_json::to_value(replayed).map_err(|why| Refusal::new("json", why.to_string()))?;
    if log.columns.latency.is_none()
        && let Some(figures) = json.get_mut("latency_ms").and_then(serde_json::Value::as_object_mut)
    {
        figures.values_mut().for_each(|figure| *figure = serde_json::Value::Null);
    }
    Ok(json)
}

fn target_names() -> String {
    quorum_drill::TARGETS.iter().map(|target| target.name).collect::<Vec<_>>().join(", ")
}

fn read(path: &Path, asked: &Asked) -> Result<Log, Refusal> {
    let lang = asked.spoken;
    let columns = match &asked.columns {
        None => log::Asked::default(),
        Some(text) => log::Asked::parse(text).ok_or_else(|| {
            let text = super::bad_input::shown(text);
            let figures = [("value", text.into()), ("roles", log::ROLES.join(", ").into())];
            Refusal::new("bad_arguments", lang.f("cli-log-bad-columns", &figures))
        })?,
    };
    let cannot = |why: std::io::Error| Refusal::new("cannot_read", format!("{}: {why}", path.display()));
    let file = std::fs::File::open(path).map_err(cannot)?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(cannot)?;
    log::read_as(&bytes, &columns).map_err(|fault| {
        let figures = [
            ("line", fault.line.into()),
            ("column", fault.column.into()),
            ("found", fault.wrong.found().into()),
            ("help", fault.wrong.help().into()),
        ];
        let wrong = lang.f(&format!("cli-log-{}", fault.wrong.word()), &figures);
        let mut place = match (fault.line, fault.column) {
            (0, _) => String::new(),
            (_, 0) => lang.f("cli-log-line", &figures),
            _ => lang.f("cli-log-place", &figures),
        };
        // A full-width colon has its space in itself.
        if place.ends_with(':') {
            place.push(' ');
        }
        let file = super::bad_input::shown(&path.display().to_string());
        let figures = [("file", file.into()), ("place", place.into()), ("wrong", wrong.into())];
        Refusal::new("bad_log", lang.f("cli-log-fault", &figures))
    })
}

fn figures(log: &Log, report: &RunReport, gaps: &Gaps, lang: Lang) -> Vec<String> {
    let Columns { time, status, latency: column, time_form, .. } = &log.columns;
    let columns = [
        ("time", time.as_str().into()),
        ("form", (*time_form).into()),
        ("status", status.as_str().into()),
        ("latency", column.as_deref().unwrap_or("–").into()),
    ];
    let mut lines = vec![lang.f("cli-replay-columns", &columns), export::queries(&report.queries, lang)];
    let latency = report.latency_ms;
    let latencies = [
        ("p50", format!("{:.1}", latency.p50).into()),
        ("p95", format!("{:.1}", latency.p95).into()),
        ("p99", format!("{:.1}", latency.p99).into()),
    ];
    lines.push(match column {
        Some(_) => lang.f("cli-replay-latency", &latencies),
        None => lang.t("cli-replay-no-latency"),
    });
    if let Some(gap) = gaps.longest {
        let of_gap =
            [("for", seconds(gap.us as f64 / 1e3).into()), ("at", seconds(gap.from_us as f64 / 1e3).into())];
        lines.push(lang.f("cli-replay-gap", &of_gap));
    }
    if !gaps.hung.is_empty() {
        let of_hang = [
            ("times", gaps.hung.len().into()),
            ("for", seconds(gaps.hung_us() as f64 / 1e3).into()),
            ("missing", gaps.missing.into()),
        ];
        lines.push(lang.f("cli-replay-hung", &of_hang));
    }
    let nines = report.nines.map_or_else(dash, |nines| format!("{nines:.2}"));
    let available = [("rate", percent(report.availability).into()), ("nines", nines.into())];
    lines.push(lang.f("cli-replay-availability", &available));
    if report.outages.is_empty() {
        lines.push(lang.t("cli-replay-no-outage"));
    }
    for outage in &report.outages {
        let of_outage = [
            ("at", seconds(outage.fault_ms).into()),
            ("rto", outage.rto_ms.map_or_else(dash, seconds).into()),
            ("settled", outage.settled_ms.map_or_else(dash, seconds).into()),
            ("failed", outage.failed.into()),
            ("interruptions", outage.interruptions.into()),
        ];
        lines.push(lang.f("cli-replay-outage", &of_outage));
    }
    for target in &report.targets {
        let verdict = lang.t(if target.is_met() { "drill-page-met" } else { "drill-page-missed" });
        let name = export::target_name(&target.name, lang);
        let value = target.value.map_or_else(dash, |value| export::shown(lang, &target.name, value));
        lines.push(format!("  {name}: {value} – {verdict}"));
    }
    lines
}

fn dash() -> String {
    "–".to_owned()
}

/// What is drawn: all of a short log, of a long one the time around its longest outage.
fn window(requests: &[Request], report: &RunReport) -> (Micros, Micros) {
    let end_us = requests.last().map_or(0, |request| request.ended_us);
    let us = |ms: f64| (ms * 1_000.0) as Micros;
    let length = |outage: &quorum_drill::OutageReport| outage.settled_ms.unwrap_or(f64::MAX);
    let main = report.outages.iter().max_by(|a, b| length(a).total_cmp(&length(b)));
    match main {
        Some(main) if end_us > 8 * AROUND_US => {
            let from_us = us(main.fault_ms);
            let to_us = main.settled_ms.map_or(end_us, |ms| from_us + us(ms));
            (from_us.saturating_sub(AROUND_US), end_us.min(to_us + AROUND_US))
        }
        _ => (0, end_us),
    }
}

/// A row for each piece of time: good and failed requests, and how long they took.
fn drawing(log: &Log, report: &RunReport, lang: Lang) -> Vec<String> {
    let requests = log.requests.as_slice();
    let (from_us, to_us) = window(requests, report);
    let piece_us = ((to_us - from_us) / ROWS).max(1) + 1;
    let row = |at: u64| {
        let begins_us = from_us + at * piece_us;
        let within = requests
            .iter()
            .filter(move |request| (begins_us..begins_us + piece_us).contains(&request.ended_us));
        let longest_us = within.clone().map(|request| request.took_us).max().unwrap_or(0);
        let good = within.clone().filter(|request| request.ok).count();
        (begins_us, good, within.count() - good, longest_us)
    };
    let rows: Vec<_> = (0..ROWS).map(row).filter(|(begins_us, ..)| *begins_us <= to_us).collect();
    let longest_us = rows.iter().map(|row| row.3).max().unwrap_or(0).max(1);
    let mut lines = vec![lang.t("cli-replay-drawing")];
    lines.extend(rows.iter().map(|(begins_us, good, failed, took_us)| {
        // A failed request shows, however short it was.
        let wide = (took_us * WIDE).div_ceil(longest_us).max(u64::from(good + failed > 0)) as usize;
        let sign = if *failed > 0 { "×" } else { "█" };
        let took = match log.columns.latency {
            // Where nobody asked, and of a log without latencies, nothing is known.
            Some(_) if good + failed > 0 => format!("{:.1} ms", *took_us as f64 / 1_000.0),
            _ => dash(),
        };
        let at = *begins_us as f64 / 1e6;
        format!("{at:>9.1} s {good:>5} {failed:>5}  {} {took}", sign.repeat(wide))
    }));
    lines
}

/// What the log is like, in sentences.
fn causes(like: &[Likeness], lang: Lang) -> Vec<String> {
    let mut lines = vec![lang.t("cli-replay-like")];
    lines.extend(like.iter().take(CAUSES).map(|likeness| {
        let set: String = likeness.set.iter().map(|(name, value)| format!(" --set {name}={value}")).collect();
        let typed = format!("quorum-lab drill {}{set} --seed {}", likeness.scenario, likeness.seed);
        let figures = [
            ("cause", lang.t(&format!("cli-like-{}", likeness.cause)).into()),
            ("confidence", format!("{:.0} %", likeness.confidence * 100.0).into()),
            ("typed", typed.into()),
        ];
        lang.f("cli-replay-cause", &figures)
    }));
    lines
}

/// A page with the figures, the waterfall and the causes. It needs no other file and no script.
fn page(file: &str, log: &Log, (report, gaps): (&RunReport, &Gaps), like: &[Likeness], lang: Lang) -> String {
    let list = |lines: Vec<String>| {
        lines.iter().map(|line| format!("<p>{}</p>\n", escaped(line.trim()))).collect::<String>()
    };
    let title = lang.f("cli-replay-title", &[("file", file.into())]);
    format!(
        "<!doctype html>\n<html lang=\"{}\"><meta charset=\"utf-8\"><title>{title}</title>\n<style>body{{font:16px/1.5 \
         system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}}svg{{width:100%;border:1px solid \
         #ccc}}.ok{{fill:#2a6f97}}.bad{{fill:#b3261e}}text{{font-size:11px}}</style>\n\
         <h1>{title}</h1>\n{}{}{}</html>\n",
        lang.code(),
        list(figures(log, report, gaps, lang)),
        waterfall(&log.requests, report, lang),
        list(causes(like, lang)),
        title = escaped(&title),
    )
}

/// Each request as a bar from its beginning to its end, one below the other.
fn waterfall(requests: &[Request], report: &RunReport, lang: Lang) -> String {
    const WIDTH: f64 = 1_000.0;
    let (from_us, to_us) = window(requests, report);
    let mut drawn: Vec<&Request> =
        requests.iter().filter(|request| (from_us..=to_us).contains(&request.ended_us)).collect();
    if drawn.len() > MOST_BARS {
        let failed = drawn.iter().filter(|request| !request.ok).count();
        let step = (drawn.len() - failed).div_ceil(MOST_BARS.saturating_sub(failed).max(1)).max(1);
        let mut good = 0;
        drawn.retain(|request| {
            good += usize::from(request.ok);
            !request.ok || good % step == 1
        });
        drawn.truncate(MOST_BARS);
    }
    let span_us = (to_us - from_us).max(1) as f64;
    let x = |us: Micros| (us.max(from_us) - from_us) as f64 / span_us * WIDTH;
    let bars: String = drawn
        .iter()
        .enumerate()
        .map(|(row, request)| {
            let begins = x(request.ended_us - request.took_us.min(request.ended_us));
            let wide = (x(request.ended_us) - begins).max(1.5);
            let class = if request.ok { "ok" } else { "bad" };
            let (at, ms) = (request.ended_us as f64 / 1e6, request.took_us as f64 / 1e3);
            format!(
                "<rect class=\"{class}\" x=\"{begins:.1}\" y=\"{}\" width=\"{wide:.1}\" height=\"3\"><title>{at:.3} s, \
                 {ms:.1} ms</title></rect>\n",
                18 + row * 4
            )
        })
        .collect();
    let height = 24 + drawn.len() * 4;
    let ends = [(0.0, from_us, "start"), (WIDTH, to_us, "end")];
    let marks: String = ends
        .iter()
        .map(|(x, us, anchor)| {
            format!("<text x=\"{x}\" y=\"12\" text-anchor=\"{anchor}\">{:.1} s</text>\n", *us as f64 / 1e6)
        })
        .collect();
    let label = escaped(&lang.t("cli-replay-waterfall"));
    format!(
        "<h2>{label}</h2>\n<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"{label}\">\n{marks}{bars}</svg>\n"
    )
}

/// A text as it can stand in a page, on one line.
fn escaped(text: &str) -> String {
    quorum_drill::escaped(&text.replace(char::is_control, " "))
}
