//! `load`: the benefit and the cost of replicas, measured without faults by `quorum_drill::load`.
//!
//! Guarantees: text and JSON hold the same figures; if stopped early, it prints the cases that were measured, and says
//! how many. Leaves out: bars (the page).

use std::io::Write;

use serde::Serialize;

use super::typed::Asked;
use super::work::{Context, Covered, Kind, Partial};
use super::{End, write, write_json};
use quorum_drill::load::{Disk, Load, Plan, Report};
use quorum_i18n::Lang;
use quorum_types::Refusal;

/// Events after which Ctrl-C is looked for.
const SLICE: u64 = 20_000;

/// A report, and whether it is whole.
#[derive(Serialize)]
struct Measured<'a> {
    #[serde(flatten)]
    report: &'a Report,
    #[serde(flatten)]
    partial: Option<&'a Partial>,
}

/// Measures and reports.
pub(super) fn run(asked: &Asked, context: &Context, out: &mut impl Write) -> Result<End, Refusal> {
    let usual = Plan::default();
    let plan = Plan { seed: asked.seed.unwrap_or(usual.seed), set: asked.set.clone(), ..usual };
    let mut load = Load::new(plan)?;
    let total = load.progress().1 as u64;
    let line = context.line(total, &asked.spoken.t("cli-progress-cases"));
    while !context.stop.asked() && !load.go(SLICE)? {
        let cases = load.progress().0 as u64;
        line.at(cases);
        context.stop.reach(cases);
    }
    drop(line);
    let partial = Covered::up_to(load.progress().0 as u64, total).partial(0, Kind::Cases);
    let report = load.report();
    match &partial {
        None if asked.json => write_json(out, &report)?,
        partial if asked.json => write_json(out, &Measured { report: &report, partial: partial.as_ref() })?,
        None => write(out, &text(&report, asked.lang))?,
        Some(partial) => {
            write(out, &partial.text(asked.lang))?;
            if !partial.is_empty() {
                write(out, &text(&report, asked.lang))?;
            }
        }
    }
    Ok(if partial.is_some() { End::Interrupted } else { End::Held })
}

fn tenths(value: f64) -> String {
    format!("{:.1}", value)
}

fn text(report: &Report, lang: Lang) -> String {
    let mut lines = vec![lang.f("mc-ld-cli", &[("seed", report.seed.to_string().into())])];
    for reads in report.reads.iter().chain(&report.shop) {
        let figures = [
            ("replicas", reads.replicas.into()),
            ("clients", reads.clients.into()),
            ("qps", tenths(reads.qps).into()),
            ("mean", tenths(reads.latency_ms.mean).into()),
            ("p95", tenths(reads.latency_ms.p95).into()),
            ("failed", reads.failed.into()),
        ];
        lines.push(lang.f("mc-ld-cli-read", &figures));
    }
    for writes in &report.writes {
        let sync = match writes.disk {
            Disk::Ours => "mc-ld-disk-ours",
            Disk::Course => "mc-ld-disk-course",
            Disk::Batch => "mc-ld-disk-batch",
        };
        let figures = [
            ("replicas", writes.replicas.into()),
            ("how", lang.t(if writes.serial { "mc-serial" } else { "mc-parallel" }).into()),
            ("sync", lang.t(sync).into()),
            ("mean", tenths(writes.latency_ms.mean).into()),
            ("p95", tenths(writes.latency_ms.p95).into()),
        ];
        lines.push(lang.f("mc-ld-cli-write", &figures));
    }
    lines.push(lang.t("mc-ld-claims"));
    for claim in &report.claims {
        let measured = claim.measured.map_or_else(|| "—".to_owned(), tenths);
        let figures = [
            ("what", lang.f(&format!("mc-ld-what-{}", claim.what), &[]).into()),
            ("course", tenths(claim.course).into()),
            ("measured", measured.into()),
        ];
        lines.push(lang.f("mc-ld-cli-claim", &figures));
        lines.push(format!("    {}", lang.f(&format!("mc-ld-why-{}", claim.what), &[])));
    }
    lines.push(lang.t("mc-ld-assumed"));
    for assumption in &report.assumed {
        lines.push(format!("    {} = {} {}", assumption.name, assumption.value, assumption.unit));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use crate::tests::check;

    #[test]
    fn what_cannot_be_set_is_refused() {
        assert_eq!(check(&["load", "--set", "routing=9"]), Err("bad_setting".to_owned()));
    }

    #[test]
    #[ignore = "slow: all twenty cases, four times"]
    fn text_and_json_hold_the_same_figures_in_both_languages() {
        let (good, json) = check(&["load", "--seed", "7", "--json"]).expect("runs");
        let report: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert!(good);
        let qps = report["reads"][0]["qps"].as_f64().expect("a number");
        for (lang, opening) in [("en", "1 replica, 10 clients: "), ("zh", "1 个副本，10 个客户端：QPS ")]
        {
            let (_, text) = check(&["load", "--seed", "7", "--lang", lang]).expect("runs");
            assert!(text.contains(&format!("{opening}{qps:.1}")), "{text}");
            assert!(!text.contains("mc-"), "a message is missing: {text}");
        }
        assert_eq!(check(&["load", "--seed", "7", "--json"]).expect("runs").1, json, "to the byte");
    }
}
