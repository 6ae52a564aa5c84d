//! Names and numbers in reports: the names of phases, scenarios, grades and targets, and the format of numbers.
//!
//! Guarantees: an unknown name is shown as it is; no share is rounded up. Leaves out: the words of disasters
//! (`i18n_terms`), and whole reports.

use super::report::Grade;
use super::{disasters, i18n_terms, suites};
use quorum_facade::Phase;
use quorum_i18n::{Lang, grouped};

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

/// What a phase is called.
pub(crate) fn phase_name(phase: Phase, lang: Lang) -> String {
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
pub fn bound(lang: Lang, name: &str, limit: f64) -> String {
    let limit = shown(lang, name, limit);
    match name {
        "success_rate" => format!("≥ {limit}"),
        "lost" | "serving" => format!("= {limit}"),
        _ => format!("< {limit}"),
    }
}

/// A value of a target of this name.
pub fn shown(lang: Lang, name: &str, value: f64) -> String {
    match name {
        "rto" | "rpo" => i18n_terms::duration(lang, value),
        "success_rate" => percent(value),
        _ => grouped(value.max(0.0) as u64),
    }
}

/// What a bin is called: `5–10 s`, `30+ s`, and longer ones in minutes, hours and days.
pub(crate) fn bin(lang: Lang, from: u64, to: Option<u64>) -> String {
    let end = to.unwrap_or(from);
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min")];
    let fits =
        |unit: &&(u64, &str)| end >= unit.0 && end.is_multiple_of(unit.0) && from.is_multiple_of(unit.0);
    let (unit, name) = units.iter().find(fits).copied().unwrap_or((1_000, "s"));
    let bounds = match to {
        Some(to) => format!("{}–{}", from / unit, to / unit),
        None => format!("{}+", from / unit),
    };
    if name == "d" { lang.f("span-d", &[("n", bounds.into())]) } else { format!("{bounds} {name}") }
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
pub(crate) fn fixed(value: f64) -> String {
    let decimals = if value.fract() == 0.0 { 0 } else { 1 };
    format!("{:.*}", decimals, value)
}

/// In place of a figure that there is not, such as an RTO where no client saw an error.
pub(crate) fn dash() -> String {
    "—".to_owned()
}

/// In place of a figure that nobody knows: it must not be taken for 0, nor for one that there is not.
pub(crate) fn unknown() -> String {
    "–".to_owned()
}

/// A count, or that it is not known.
pub fn counted(count: Option<u64>) -> String {
    count.map_or_else(unknown, grouped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_share_is_called_more_than_it_is() {
        for hundredths in 0..=10_000_u32 {
            let share = f64::from(hundredths) / 1e4;
            assert_eq!(per_cent(share), format!("{}.{:02}", hundredths / 100, hundredths % 100));
        }
        assert_eq!(percent(0.989_96), "98.99 %");
        assert_eq!(percent(0.999_999), "99.99 %");
    }
}
