//! `load`: what replicas are good for and what they cost, measured without faults; `crate::drill::load` measures.
//!
//! Promises: text and JSON hold the same figures. Leaves out: bars (the page).

use std::io::Write;

use super::{Asked, write, write_json};
use crate::drill::load::{Disk, Load, Plan, Report};
use crate::types::Refusal;
use crate::types::decimal::Dec;
use crate::words::Lang;

/// Measures and tells.
pub(super) fn run(asked: &Asked, out: &mut impl Write) -> Result<bool, Refusal> {
    let usual = Plan::default();
    let plan = Plan { seed: asked.seed.unwrap_or(usual.seed), set: asked.set.clone(), ..usual };
    let report = Load::new(plan)?.finish()?;
    if asked.json {
        write_json(out, &report)?;
    } else {
        write(out, &text(&report, asked.lang))?;
    }
    Ok(true)
}

fn tenths(value: f64) -> String {
    format!("{:.1}", Dec(value))
}

fn text(report: &Report, lang: Lang) -> String {
    let mut lines = vec![lang.f("mc-ld-cli", &[("seed", report.seed.to_string().into())])];
    for reads in &report.reads {
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
        let sync = if writes.disk == Disk::Ours { "mc-ld-disk-ours" } else { "mc-ld-disk-course" };
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
    for told in &report.assumed {
        lines.push(format!("    {} = {} {}", told.name, told.value, told.unit));
    }
    lines.join("\n")
}
