//! A drill's report as text, in the language asked for.
//!
//! Promises: shows what the JSON holds, rounded. Leaves out: colours.

use super::drill::{Drilled, RunReport};
use crate::lab::Phase;
use crate::words::Lang;

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
                ("rate", format!("{:.2}", queries.success_rate * 100.0).into()),
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
        let args =
            [("name", target.name.into()), ("value", value.into()), ("limit", fixed(target.limit).into())];
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

fn phase_name(phase: Phase, lang: Lang) -> String {
    lang.t(match phase {
        Phase::Detect => "drill-phase-detect",
        Phase::Election => "drill-phase-election",
        Phase::Replay => "drill-phase-replay",
        Phase::ClientRetry => "drill-phase-client-retry",
        Phase::LeaseWait => "phase-lease-wait",
        Phase::SegmentLoad => "phase-segment-load",
        Phase::RouteRefresh => "phase-route-refresh",
    })
}

fn fixed(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}
