//! A drill's report as text, in the requested language.
//!
//! Guarantees: shows the values of the JSON report, rounded. Leaves out: colours.

use super::export;
use super::names::{self, fixed, phase_name};
use super::report::{Drilled, Line, LostWrite, OutageReport, RunReport, Spread};
use super::{disasters, i18n_terms, notes, suites};
use quorum_i18n::Lang;

/// Number of lost writes listed.
const SHOWN_LOSSES: usize = 5;

/// The report.
pub fn text(drilled: &Drilled, lang: Lang) -> String {
    let title = if drilled.real_time { "drill-real-title" } else { "drill-title" };
    let figures = [("scenario", drilled.scenario.as_str().into()), ("runs", drilled.runs.len().into())];
    let mut lines = vec![lang.f(title, &figures)];
    if disasters::drills(&drilled.scenario).is_some() {
        lines.extend(after_disasters(drilled, lang));
    } else {
        match drilled.runs.as_slice() {
            [run] if suites::shared(&drilled.scenario) => {
                lines.extend(one_by_one(run, drilled.real_time, lang));
            }
            [run] => lines.extend(single(run, drilled.real_time, lang)),
            runs => lines.extend(many(drilled, runs, lang)),
        }
        lines.extend(sums(drilled, lang));
    }
    if !drilled.notes.is_empty() {
        lines.push(lang.t("drill-notes-head"));
        lines.extend(drilled.notes.iter().map(|row| format!("  {}", notes::line(row, lang))));
    }
    lines.join("\n")
}

/// The tests of a shared cluster one by one, as course note 2 reports them, and then all together.
fn one_by_one(run: &RunReport, real_time: bool, lang: Lang) -> Vec<String> {
    let mut lines = Vec::new();
    for part in &run.parts {
        lines.push(format!("\n{}", names::scenario_name(&part.scenario, lang)));
        lines.push(export::queries(&part.run.queries, lang));
        lines.push(lang.f("drill-mean", &[("ms", fixed(part.run.latency_ms.mean).into())]));
        if part.run.no_fault {
            lines.push(lang.t("drill-real-no-fault"));
        } else {
            let rto = part.run.rto_ms.map_or_else(names::dash, |ms| i18n_terms::duration(lang, ms));
            lines.push(lang.f("drill-rto-short", &[("rto", rto.into())]));
        }
        lines.push(export::took((part.run.total_time_ms, 0.0), real_time, lang));
        lines.extend(targets(&part.run, real_time, lang));
    }
    lines.push(String::new());
    let seed = [("seed", run.seed.to_string().into()), ("digest", run.digest.as_str().into())];
    lines.push(lang.f("drill-seed", &seed));
    lines.push(export::queries(&run.queries, lang));
    lines.push(lost_of(run.rpo.lost(), run.rpo.acknowledged, lang));
    lines.push(export::took((run.total_time_ms, run.wait_ms), real_time, lang));
    lines
}

/// Lost writes in a sentence, which also says if they are not known.
fn lost_of(lost: Option<u64>, acknowledged: u64, lang: Lang) -> String {
    let acknowledged = ("acknowledged", acknowledged.into());
    match lost {
        Some(lost) => lang.f("drill-rpo", &[("lost", lost.into()), acknowledged]),
        None => lang.f("drill-real-rpo-unknown", &[acknowledged]),
    }
}

/// Every outage with its cause, where there is more to say than the RTO.
fn outages(run: &RunReport, lang: Lang) -> Vec<String> {
    let more = run.outages.len() > 1 || run.outages.iter().any(|outage| outage.interruptions > 1);
    if !more {
        return Vec::new();
    }
    let perhaps = |ms: Option<f64>| ms.map_or_else(names::dash, |ms| i18n_terms::duration(lang, ms));
    let line = |outage: &OutageReport| {
        let args = [
            ("at", i18n_terms::duration(lang, outage.fault_ms).into()),
            ("cause", i18n_terms::cause(&outage.cause, lang).into()),
            ("rto", perhaps(outage.rto_ms).into()),
            ("times", outage.interruptions.into()),
            ("settled", perhaps(outage.settled_ms).into()),
            ("failed", outage.failed.into()),
        ];
        format!("  {}", lang.f("drill-outage", &args))
    };
    let mut lines = vec![lang.t("drill-outages")];
    lines.extend(run.outages.iter().map(line));
    lines
}

/// A report of disasters: of one run its log, of several how many were survived.
fn after_disasters(drilled: &Drilled, lang: Lang) -> Vec<String> {
    let mut lines = Vec::new();
    match drilled.runs.as_slice() {
        [run] if run.parts.is_empty() => lines.extend(disaster(run, lang)),
        [run] => {
            for part in &run.parts {
                lines.push(format!("\n{}", names::scenario_name(&part.scenario, lang)));
                lines.extend(disaster(&part.run, lang));
            }
            lines.push(String::new());
        }
        runs => {
            let met = runs.iter().filter(|run| run.met()).count();
            lines.push(lang.f("drill-runs-met", &[("met", met.into()), ("runs", runs.len().into())]));
        }
    }
    if drilled.runs.len() > 1
        && let Some(rto) = &drilled.rto
    {
        let figures = [("min", rto.min), ("p50", rto.median), ("p95", rto.p95), ("max", rto.max)];
        let figures = figures.map(|(name, value)| format!("{name} {}", i18n_terms::duration(lang, value)));
        lines.push(lang.f("drill-dr-rto-spread", &[("figures", figures.join(" · ").into())]));
        for (from, to, count) in &rto.histogram {
            lines.push(format!("  {:<12} {count}", names::bin(lang, *from, *to)));
        }
    }
    lines.extend(drilled.suites.iter().map(|line| disaster_line(line, lang)));
    let Some(sum) = &drilled.sum else { return lines };
    if let Some(survival) = sum.survival.filter(|_| drilled.runs.len() > 1) {
        let drills = drilled.runs.iter().map(|run| run.parts.len().max(1) as u64).sum();
        lines.push(i18n_terms::survival(&survival, drills, lang));
        lines.push(lost_of(sum.lost, sum.acknowledged, lang));
    }
    lines
}

/// One disaster: what struck, what it did to requests and data, the log, the targets, the price.
fn disaster(run: &RunReport, lang: Lang) -> Vec<String> {
    let mut lines =
        vec![lang.f(
            "drill-seed",
            &[("seed", run.seed.to_string().into()), ("digest", run.digest.as_str().into())],
        )];
    lines.extend(i18n_terms::struck(run, lang));
    lines.push(export::queries(&run.queries, lang));
    match run.rto_ms {
        None => {
            lines.push(lang.t(if run.queries.failed == 0 { "drill-no-outage" } else { "drill-no-return" }))
        }
        Some(rto) => {
            lines.push(lang.f("drill-dr-rto", &[("took", i18n_terms::duration(lang, rto).into())]));
            for phase in run.rto_phases.iter().filter(|phase| phase.ms > 0.0) {
                lines.push(format!(
                    "  {:<12} {:>10}",
                    phase_name(phase.phase, lang),
                    i18n_terms::duration(lang, phase.ms)
                ));
            }
        }
    }
    let rpo = &run.rpo;
    let args = [
        ("rpo", rpo.ms.map_or_else(names::unknown, |ms| i18n_terms::duration(lang, ms)).into()),
        ("lost", rpo.writes().len().into()),
        ("acknowledged", rpo.acknowledged.into()),
    ];
    lines.push(lang.f("drill-dr-rpo", &args));
    lines.extend(named_losses(run.rpo.writes().iter(), lang));
    lines.extend(i18n_terms::classes(run, lang));
    lines.push(export::total_time(run.total_time_ms, 0.0, lang));
    let five = run.steps.iter().any(|step| step.note_5.is_some());
    lines.push(lang.t(if five { "drill-dr-log-5" } else { "drill-dr-log" }));
    lines.extend(run.steps.iter().map(|step| format!("  {}", i18n_terms::step(step, lang))));
    for target in &run.targets {
        let key = if target.is_met() { "drill-target-met" } else { "drill-target-missed" };
        let value =
            target.value.map_or_else(|| "—".to_owned(), |value| names::shown(lang, &target.name, value));
        let args = [
            ("name", names::target_name(&target.name, lang).into()),
            ("value", value.into()),
            ("limit", names::shown(lang, &target.name, target.limit).into()),
        ];
        lines.push(lang.f(key, &args));
    }
    if let Some(fen) = run.cost_fen {
        lines.push(lang.f("drill-dr-cost", &[("cost", i18n_terms::yuan(fen as f64).into())]));
    }
    lines
}

fn disaster_line(line: &Line, lang: Lang) -> String {
    let median =
        line.rto.as_ref().map_or_else(|| "—".to_owned(), |rto| i18n_terms::duration(lang, rto.median));
    let survival = line.survival.unwrap_or_default();
    lang.f(
        "drill-dr-suite-line",
        &[
            ("name", names::scenario_name(&line.scenario, lang).into()),
            ("met", line.met.into()),
            ("runs", line.runs.into()),
            ("lost", line.lost.map_or_else(|| names::unknown().into(), Into::into)),
            ("median", median.into()),
            ("rpo", i18n_terms::duration(lang, survival.worst_rpo_ms).into()),
            ("cost", i18n_terms::yuan(survival.mean_cost_fen).into()),
        ],
    )
}

/// The first lost writes, and how many more there are.
fn named_losses<'a>(losses: impl Iterator<Item = &'a LostWrite> + Clone, lang: Lang) -> Vec<String> {
    let mut lines = Vec::new();
    for write in losses.clone().take(SHOWN_LOSSES) {
        let args =
            [("id", write.id.to_string().into()), ("died", i18n_terms::death(&write.died, lang).into())];
        lines.push(lang.f("drill-lost-write", &args));
    }
    let more = losses.count().saturating_sub(SHOWN_LOSSES);
    if more > 0 {
        lines.push(lang.f("drill-more-lost", &[("n", more.into())]));
    }
    lines
}

fn single(run: &RunReport, real_time: bool, lang: Lang) -> Vec<String> {
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
                ("rate", names::per_cent(queries.success_rate).into()),
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
        None if run.no_fault => lines.push(lang.t("drill-real-no-fault")),
        None => lines.push(lang.t(if queries.failed == 0 { "drill-no-outage" } else { "drill-no-return" })),
        // Of a server of others the parts are not known.
        Some(rto) if run.rto_phases.is_empty() => {
            lines.push(lang.f("drill-rto-short", &[("rto", format!("{} ms", fixed(rto)).into())]));
        }
        Some(rto) => {
            lines.push(lang.f("drill-rto", &[("ms", fixed(rto).into())]));
            for phase in &run.rto_phases {
                lines.push(format!("  {:<12} {:>10} ms", phase_name(phase.phase, lang), fixed(phase.ms)));
            }
        }
    }
    lines.extend(outages(run, lang));
    lines.push(lost_of(run.rpo.lost(), run.rpo.acknowledged, lang));
    lines.push(export::took((run.total_time_ms, run.wait_ms), real_time, lang));
    lines.extend(targets(run, real_time, lang));
    lines
}

/// The targets with their values.
fn targets(run: &RunReport, real_time: bool, lang: Lang) -> Vec<String> {
    let mut lines = Vec::with_capacity(run.targets.len());
    for target in &run.targets {
        let key = match target.met {
            Some(true) => "drill-target-met",
            Some(false) => "drill-target-missed",
            None => "drill-real-target-open",
        };
        let said = |value: f64| match target.name.as_str() {
            "success_rate" => names::percent(value),
            _ => fixed(value),
        };
        let value = target.value.map_or_else(if real_time { names::unknown } else { names::dash }, said);
        let args = [
            ("name", target.name.as_str().into()),
            ("value", value.into()),
            ("limit", said(target.limit).into()),
        ];
        lines.push(lang.f(key, &args));
    }
    lines
}

fn many(drilled: &Drilled, runs: &[RunReport], lang: Lang) -> Vec<String> {
    let met = runs.iter().filter(|run| run.met()).count();
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
        lines.push(lost_of(sum.lost, sum.acknowledged, lang));
    }
    lines.extend(export::availability_of(drilled, sum, lang));
    lines.extend(export::grade(&sum.queries, lang));
    lines.extend(named_losses(drilled.runs.iter().flat_map(|run| run.rpo.writes()), lang));
    lines
}

fn suite_line(line: &Line, lang: Lang) -> String {
    let figure = |figure: fn(&Spread) -> f64| {
        line.rto.as_ref().map_or_else(|| "—".to_owned(), |rto| fixed(figure(rto)))
    };
    lang.f(
        "drill-suite-line",
        &[
            ("name", names::scenario_name(&line.scenario, lang).into()),
            ("met", line.met.into()),
            ("runs", line.runs.into()),
            ("failed", line.queries.failed.into()),
            ("lost", line.lost.map_or_else(|| names::unknown().into(), Into::into)),
            ("median", figure(|rto| rto.median).into()),
            ("max", figure(|rto| rto.max).into()),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Target;

    /// How a target and the value that missed or met it are formatted.
    fn check(name: &str, value: f64, limit: f64, expected: &str) {
        let met = value >= limit;
        let targets = vec![Target { name: name.to_owned(), limit, value: Some(value), met: Some(met) }];
        let run = RunReport { targets, ..RunReport::default() };
        let drilled = Drilled { runs: vec![run], ..Drilled::default() };
        let text = text(&drilled, Lang::Zh);
        assert!(text.contains(expected), "{expected}: {text}");
    }

    #[test]
    fn a_share_is_shown_with_the_digits_that_decide() {
        check("success_rate", 0.97, 0.99, "未达标：success_rate = 97.00 %（限 99.00 %）");
        check("success_rate", 0.989_96, 0.99, "未达标：success_rate = 98.99 %（限 99.00 %）");
        check("success_rate", 0.99, 0.99, "达标：success_rate = 99.00 %（限 99.00 %）");
        check("success_rate", 1.0, 0.999, "达标：success_rate = 100.00 %（限 99.90 %）");
        check("failed", 12.0, 10.0, "failed = 12（限 10）");
    }
}
