//! Many seeds of faults against the invariants, with all rules on or with one off.
//!
//! With a rule off the search ends at the first seed that breaks what the rule protects, and the schedule is shrunk.
//! Promises: but for `wall_s`, the same arguments give the same bytes; the exit status is 1 exactly if something broke.
//! Leaves out: proofs; it says how much was tried.

use std::collections::BTreeMap;
use std::io::Write;

use serde::Serialize;

use crate::lab::Rule;
use crate::lab::swarm::{Found, Hunt, Limits, Run, Schedule, Shrink, Timed, make};
use crate::types::Refusal;
use crate::words::{Arg, Lang};

/// Events of a run's safety phase, if nothing else is asked for.
pub const EVENTS: u64 = 10_000;

/// What to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The first seed.
    pub first: u64,
    /// The seed behind the last.
    pub end: u64,
    /// Events of each safety phase.
    pub events: u64,
    /// A rule's name.
    pub rule_off: Option<String>,
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
struct Report {
    /// Seeds run.
    seeds: u64,
    /// Events in all of them.
    events: u64,
    virtual_s: u64,
    wall_s: f64,
    /// Deeds done, by kind.
    faults: BTreeMap<String, u64>,
    /// Runs in which more was destroyed than can be brought back.
    beyond_budget: u64,
    /// Operations of clients that were judged.
    operations: u64,
    violations: Vec<Broken>,
}

#[derive(Debug, Serialize)]
struct Broken {
    seed: u64,
    invariant: String,
    detail: String,
    event: u64,
    shrunk: Vec<Timed>,
    link: String,
}

/// Runs it; whether nothing broke.
pub fn run(plan: &Plan, json: bool, lang: Lang, out: &mut impl Write) -> Result<bool, Refusal> {
    let seconds = stopwatch();
    let mut report = match &plan.rule_off {
        Some(name) => hunt(plan, name)?,
        None => search(plan),
    };
    report.wall_s = seconds();
    let ok = report.violations.is_empty();
    if json {
        super::write_json(out, &report)?;
    } else {
        write_report(&report, lang, out)?;
    }
    Ok(ok)
}

/// Seconds since it was called, by the machine's clock: for the figure named `wall_s` and nothing else.
#[expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a figure of the machine's, not of the run's"
)]
fn stopwatch() -> impl Fn() -> f64 {
    let began = std::time::Instant::now();
    move || began.elapsed().as_secs_f64()
}

fn search(plan: &Plan) -> Report {
    let mut report = Report::default();
    let limits = Limits { events: plan.events, until: None, mend: true };
    for seed in plan.first..plan.end {
        let run = Run::new(make(seed, None), limits, true).finish();
        report.seeds += 1;
        report.events += run.events;
        report.virtual_s += run.world.now / 1_000_000;
        report.operations += run.world.client().judged() as u64;
        report.beyond_budget += u64::from(run.world.checkers.excused().is_some());
        for timed in run.done() {
            *report.faults.entry(timed.deed.name().to_owned()).or_default() += 1;
        }
        if let Some(violation) = run.violations.first() {
            let mut shrink = Shrink::new(&run, violation);
            shrink.go(u64::MAX);
            report.violations.push(broken(seed, shrink.best, shrink.violation));
        }
    }
    report
}

fn hunt(plan: &Plan, name: &str) -> Result<Report, Refusal> {
    let rule = Rule::parse(name).ok_or_else(|| {
        let names: Vec<&str> = crate::lab::RULES.iter().map(|facts| facts.name).collect();
        Refusal::new("unknown_rule", format!("there is no rule “{name}”; there are {}", names.join(", ")))
    })?;
    let mut hunt = Hunt::new(Some(rule), plan.first, plan.end - plan.first, plan.events);
    let progress = hunt.go(u64::MAX);
    let mut report = Report { seeds: progress.tried, events: progress.events, ..Report::default() };
    if let Some(Found { schedule, violation, .. }) = hunt.found().cloned() {
        report.violations.push(broken(schedule.seed, schedule, violation));
    }
    Ok(report)
}

fn broken(seed: u64, schedule: Schedule, violation: crate::lab::swarm::Violation) -> Broken {
    let link = link(&schedule);
    let crate::lab::swarm::Violation { invariant, detail, event } = violation;
    Broken { seed, invariant, detail, event, shrunk: schedule.deeds, link }
}

/// The address behind the page's at which the run is replayed.
fn link(schedule: &Schedule) -> String {
    let text = serde_json::to_string(schedule).unwrap_or_default();
    let mut link = format!("?topology=replica-set:{}&seed={}&run=", schedule.nodes, schedule.seed);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~,:".contains(&byte) {
            link.push(char::from(byte));
        } else {
            link.push_str(&format!("%{byte:02X}"));
        }
    }
    link
}

fn write_report(report: &Report, lang: Lang, out: &mut impl Write) -> Result<(), Refusal> {
    let text = lang.f(
        "cli-swarm",
        &[
            ("seeds", Arg::from(report.seeds)),
            ("events", Arg::from(report.events)),
            ("seconds", Arg::from(report.virtual_s)),
            ("operations", Arg::from(report.operations)),
            ("violations", Arg::from(report.violations.len() as u64)),
        ],
    );
    super::write(out, &text)?;
    for broken in &report.violations {
        super::write(out, &format!("{}  {}  {}", broken.seed, broken.invariant, broken.detail))?;
        for timed in &broken.shrunk {
            let line = serde_json::to_string(timed).unwrap_or_default();
            super::write(out, &format!("    {line}"))?;
        }
        super::write(out, &broken.link)?;
    }
    Ok(())
}
