//! A drill's report as text, in the language asked for.
//!
//! Promises: shows what the JSON holds, rounded. Leaves out: colours.

use super::export::{self, fixed, phase_name};
use super::report::{Drilled, Line, RunReport, Spread};
use crate::types::decimal::Dec;
use crate::words::Lang;

/// So many lost writes are named.
const SHOWN_LOSSES: usize = 5;

/// The report.
pub fn text(drilled: &Drilled, lang: Lang) -> String {
    let mut lines = vec![lang.f(
        "drill-title",
        &[("scenario", drilled.scenario.as_str().into()), ("runs", drilled.runs.len().into())],
    )];
    match drilled.runs.as_slice() {
        [run] => lines.extend(single(run, lang)),
        runs => lines.extend(many(drilled, runs, lang)),
    }
    lines.extend(sums(drilled, lang));
    lines.join("\n")
}

fn single(run: &RunReport, lang: Lang) -> Vec<String> {
    let queries = run.queries;
    let mut lines = vec![
        lang.f(
            "drill-seed",
            &[("seed", run.seed.to_string().into()), ("digest", run.digest.as_str().into())],
        ),
        lang.f(
            "drill-queries",
            &[
                ("total", queries.total.into()),
                ("ok", queries.ok.into()),
                ("failed", queries.failed.into()),
                ("rate", format!("{:.2}", Dec(queries.success_rate * 100.0)).into()),
            ],
        ),
        lang.f(
            "drill-latency",
            &[
                ("p50", fixed(run.latency_ms.p50).into()),
                ("p95", fixed(run.latency_ms.p95).into()),
                ("p99", fixed(run.latency_ms.p99).into()),
            ],
        ),
    ];
    match run.rto_ms {
        None => lines.push(lang.t(if queries.failed == 0 { "drill-no-outage" } else { "drill-no-return" })),
        Some(rto) => {
            lines.push(lang.f("drill-rto", &[("ms", fixed(rto).into())]));
            for phase in &run.rto_phases {
                lines.push(format!("  {:<12} {:>10} ms", phase_name(phase.phase, lang), fixed(phase.ms)));
            }
        }
    }
    let lost = run.rpo.lost_writes.len();
    lines.push(lang.f("drill-rpo", &[("lost", lost.into()), ("acknowledged", run.rpo.acknowledged.into())]));
    for target in &run.targets {
        let key = if target.met { "drill-target-met" } else { "drill-target-missed" };
        let value = target.value.map_or_else(|| "—".to_owned(), fixed);
        let args = [
            ("name", target.name.as_str().into()),
            ("value", value.into()),
            ("limit", fixed(target.limit).into()),
        ];
        lines.push(lang.f(key, &args));
    }
    lines
}

fn many(drilled: &Drilled, runs: &[RunReport], lang: Lang) -> Vec<String> {
    let met = runs.iter().filter(|run| run.targets.iter().all(|target| target.met)).count();
    let mut lines = vec![lang.f("drill-runs-met", &[("met", met.into()), ("runs", runs.len().into())])];
    if let Some(rto) = &drilled.rto {
        let figures = [
            ("mean", rto.mean),
            ("median", rto.median),
            ("min", rto.min),
            ("max", rto.max),
            ("p95", rto.p95),
            ("p99", rto.p99),
        ];
        let figures: Vec<String> =
            figures.iter().map(|(name, value)| format!("{name} {}", fixed(*value))).collect();
        lines.push(lang.f("drill-rto-spread", &[("figures", figures.join(" · ").into())]));
        for (from, to, count) in &rto.histogram {
            let range = to.map_or_else(
                || format!("{}+ s", from / 1_000),
                |to| format!("{}–{} s", from / 1_000, to / 1_000),
            );
            lines.push(format!("  {range:<9} {count}"));
        }
    }
    lines
}

/// What suites have besides: each suite in a line, availability both ways, what was lost.
fn sums(drilled: &Drilled, lang: Lang) -> Vec<String> {
    let mut lines: Vec<String> = drilled.suites.iter().map(|suite| suite_line(suite, lang)).collect();
    let Some(sum) = &drilled.sum else { return lines };
    if drilled.runs.len() > 1 {
        lines.push(export::queries(&sum.queries, lang));
        let args = [("lost", sum.lost.into()), ("acknowledged", sum.acknowledged.into())];
        lines.push(lang.f("drill-rpo", &args));
    }
    lines.extend(export::availability(sum, lang));
    let losses = || drilled.runs.iter().flat_map(|run| &run.rpo.lost_writes);
    for write in losses().take(SHOWN_LOSSES) {
        let args = [("id", write.id.to_string().into()), ("died", write.died.as_str().into())];
        lines.push(lang.f("drill-lost-write", &args));
    }
    let more = losses().count().saturating_sub(SHOWN_LOSSES);
    if more > 0 {
        lines.push(lang.f("drill-more-lost", &[("n", more.into())]));
    }
    lines
}

fn suite_line(line: &Line, lang: Lang) -> String {
    let figure = |figure: fn(&Spread) -> f64| {
        line.rto.as_ref().map_or_else(|| "—".to_owned(), |rto| fixed(figure(rto)))
    };
    lang.f(
        "drill-suite-line",
        &[
            ("name", export::scenario_name(&line.scenario, lang).into()),
            ("met", line.met.into()),
            ("runs", line.runs.into()),
            ("failed", line.queries.failed.into()),
            ("lost", line.lost.into()),
            ("median", figure(|rto| rto.median).into()),
            ("max", figure(|rto| rto.max).into()),
        ],
    )
}
