//! `drill --target milvus`: a drill on a real server, with the lab's report.
//!
//! Guarantees: `--dry-run` sends nothing; the token is in no output; whatever goes wrong is explained, and the report
//! is printed with what is known; Ctrl-C ends the test, and our collection is dropped all the same. Leaves out:
//! requests and measuring (`quorum_real::drill`), and what a fault is: the user's `--fault-cmd` makes it.

use std::io::Write;

use serde::Serialize;

use super::typed::Asked;
use super::work::Context;
use super::{End, complain, write, write_json};
use quorum_drill::export::{percent, seconds};
use quorum_drill::{Batch, Drilled, Plan, RunReport, export, text};
use quorum_i18n::Lang;
use quorum_real::bridge::Bridge;
use quorum_real::drill::{FaultRun, Job, Noted, Outcome, PREFIX, play};
use quorum_real::rest::Rest;
use quorum_real::server::{Facts, Server, Trouble};
use quorum_types::Refusal;

/// What `--target` takes.
const TARGET: &str = "milvus";
/// Where the token is looked for without `--token`: the list of processes does not show it.
const TOKEN_VARIABLE: &str = "MILVUS_TOKEN";
/// The seed of a real drill, where none is given.
const SEED: u64 = 1;

/// The server's part of a report.
#[derive(Serialize)]
struct Target<'a> {
    kind: &'static str,
    uri: &'a str,
    #[serde(flatten)]
    facts: Option<&'a Facts>,
    collections: &'a [String],
    left_behind: &'a [String],
    faults: &'a [FaultRun],
    /// Whether all acknowledged rows were looked for after the test.
    verified: bool,
    lost_rows: u64,
    troubles: &'a [Noted],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    interrupted: bool,
}

/// A report of a real server, and the lab's of the same drill.
#[derive(Serialize)]
struct Real<'a> {
    #[serde(flatten)]
    report: &'a Drilled,
    target: Target<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lab: Option<&'a Drilled>,
}

/// Plays a drill on a server and reports it.
pub(super) fn run(
    scenario: &str,
    asked: &Asked,
    context: &Context,
    out: &mut impl Write,
) -> Result<End, Refusal> {
    let lang = asked.spoken;
    let bad = |key: &str, figure: &str| {
        Refusal::new("bad_arguments", lang.f(key, &[("value", super::bad_input::shown(figure).into())]))
    };
    let target = asked.target.as_deref().unwrap_or_default();
    if target != TARGET {
        return Err(bad("cli-real-bad-target", target));
    }
    let unfit = [
        ("--runs", asked.runs != 1),
        ("--shard", asked.shard.is_some()),
        ("--trace", asked.trace.is_some()),
        ("--save", asked.save.is_some()),
        ("--config", asked.config.is_some()),
        ("--runbook", asked.runbook.is_some()),
    ];
    if let Some((option, _)) = unfit.into_iter().find(|(_, asked)| *asked) {
        return Err(bad("cli-real-not-with", option));
    }
    let uri = asked.uri.as_deref().ok_or_else(|| bad("cli-real-no-uri", ""))?;
    if uri.contains('@') {
        return Err(bad("cli-real-user-in-uri", ""));
    }
    let mut job = Job::new(scenario, asked.seed.unwrap_or(SEED), &asked.set)?;
    job.fault_command.clone_from(&asked.fault_cmd);
    if asked.dry_run {
        return dry_run(&job, uri, asked, out).map(|()| End::Held);
    }
    let token = asked.token.clone().or_else(|| std::env::var(TOKEN_VARIABLE).ok());
    let ca = asked.ca.as_deref().map(std::fs::read).transpose();
    let ca = ca.map_err(|why| Refusal::new("cannot_read", format!("--ca: {why}")))?;
    let connect = || -> Result<Box<dyn Server>, Trouble> {
        Ok(match &asked.python {
            Some(python) => Box::new(Bridge::new(python, uri, token.as_deref())),
            None => Box::new(Rest::new(uri, token.as_deref(), ca.as_deref())?),
        })
    };
    if job.fault_command.is_none() {
        complain(&lang.t("cli-real-no-fault"));
    }
    let say = |test: &str| {
        let lasts = job.tests.iter().find(|one| one.name == test).map_or(0, |one| one.ends_us / 1_000_000);
        complain(&lang.f("cli-real-playing", &[("test", test.into()), ("seconds", lasts.into())]));
    };
    let outcome = play(&job, &connect, &|| context.stop.asked(), &say);
    report(&job, &outcome, uri, asked, out)
}

fn report(
    job: &Job,
    outcome: &Outcome,
    uri: &str,
    asked: &Asked,
    out: &mut impl Write,
) -> Result<End, Refusal> {
    let nothing = || Drilled { scenario: job.scenario.clone(), seed: job.seed, ..Drilled::default() };
    let drilled = job.report(outcome).unwrap_or_else(nothing);
    let lab = if asked.compare { Some(of_lab(job, asked)?) } else { None };
    if let Some(path) = &asked.html {
        let page = export::html(&drilled, &asked.set, asked.lang);
        std::fs::write(path, page)
            .map_err(|why| Refusal::new("cannot_write", format!("{}: {why}", path.display())))?;
    }
    if asked.json {
        let target = Target {
            kind: TARGET,
            uri,
            facts: outcome.facts.as_ref(),
            collections: &outcome.collections,
            left_behind: &outcome.left_behind,
            faults: &outcome.faults,
            verified: outcome.verified(),
            lost_rows: outcome.lost_rows(),
            troubles: &outcome.troubles,
            interrupted: outcome.stopped,
        };
        write_json(out, &Real { report: &drilled, target, lab: lab.as_ref() })?;
    } else if asked.csv {
        write(out, export::csv(&drilled).trim_end())?;
        troubles(outcome, asked.spoken).iter().for_each(|line| complain(line));
    } else {
        if !drilled.runs.is_empty() {
            write(out, &text::text(&drilled, asked.lang))?;
        }
        for line in about(outcome, uri, asked.lang).into_iter().chain(troubles(outcome, asked.lang)) {
            write(out, &line)?;
        }
        if let Some(lab) = &lab {
            side_by_side(&drilled, lab, asked.lang).iter().try_for_each(|line| write(out, line))?;
        }
    }
    let met = !drilled.runs.is_empty() && drilled.runs.iter().all(RunReport::met);
    Ok(if outcome.stopped { End::Interrupted } else { End::of(met) })
}

/// The same drill in the lab, with the same seed and settings.
fn of_lab(job: &Job, asked: &Asked) -> Result<Drilled, Refusal> {
    let plan = Plan {
        scenario: job.scenario.clone(),
        seed: Some(job.seed),
        runs: 1,
        set: asked.set.clone(),
        ..Plan::default()
    };
    Batch::new(plan)?.finish().map(|(drilled, _)| drilled)
}

/// What the server is, and what was done to it.
fn about(outcome: &Outcome, uri: &str, lang: Lang) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(facts) = &outcome.facts {
        let version = facts.version.clone().unwrap_or_else(|| lang.t("cli-real-version-unknown"));
        let figures =
            [("uri", uri.into()), ("version", version.into()), ("client", facts.client.as_str().into())];
        lines.push(lang.f("cli-real-server", &figures));
    }
    for fault in &outcome.faults {
        let status = fault.status.map_or_else(dash, |status| status.to_string());
        let figures = [
            ("test", fault.test.into()),
            ("event", fault.event.into()),
            ("at", seconds(fault.at_ms as f64).into()),
            ("status", status.into()),
        ];
        lines.push(lang.f("cli-real-fault", &figures));
    }
    if !outcome.records.is_empty() {
        let key = if outcome.verified() { "cli-real-verified" } else { "cli-real-unverified" };
        lines.push(lang.f(key, &[("rows", outcome.lost_rows().into())]));
    }
    if !outcome.left_behind.is_empty() {
        lines.push(lang.f("cli-real-left", &[("names", outcome.left_behind.join(", ").into())]));
    }
    lines
}

fn dash() -> String {
    "–".to_owned()
}

/// What went wrong, each with what can be done about it.
fn troubles(outcome: &Outcome, lang: Lang) -> Vec<String> {
    let line = |noted: &Noted| {
        let key = match (noted.code.as_str(), noted.during) {
            (_, "fault") => "cli-real-trouble-fault",
            ("target_unreachable", "test" | "verify" | "drop") => "cli-real-trouble-away",
            ("target_unreachable", _) => "cli-real-trouble-unreachable",
            ("target_tls", _) => "cli-real-trouble-tls",
            ("target_denied", _) => "cli-real-trouble-denied",
            ("target_version", _) => "cli-real-trouble-version",
            ("target_full", _) => "cli-real-trouble-full",
            ("target_bridge", _) => "cli-real-trouble-bridge",
            _ => "cli-real-trouble-refused",
        };
        let at = |ms: Option<u64>| ms.map_or_else(dash, |ms| seconds(ms as f64));
        let during = match noted.during {
            "connect" => "cli-real-during-connect",
            "fill" => "cli-real-during-fill",
            "test" => "cli-real-during-test",
            "verify" => "cli-real-during-verify",
            "drop" => "cli-real-during-drop",
            _ => "cli-real-during-fault",
        };
        let figures = [
            ("during", lang.t(during).into()),
            ("times", noted.times.into()),
            ("first", at(noted.first_ms).into()),
            ("last", at(noted.last_ms).into()),
            ("said", one_line(&noted.said).into()),
        ];
        lang.f(key, &figures)
    };
    outcome.troubles.iter().map(line).collect()
}

/// What a server said, without what a terminal would obey.
fn one_line(said: &str) -> String {
    said.chars().map(|c| if c.is_control() { ' ' } else { c }).take(240).collect()
}

/// The figures of both, a line each.
fn side_by_side(real: &Drilled, lab: &Drilled, lang: Lang) -> Vec<String> {
    type Figure = fn(&RunReport) -> String;
    let figures: [(&str, Figure); 9] = [
        ("cli-real-row-requests", |run| run.queries.total.to_string()),
        ("cli-real-row-failed", |run| run.queries.failed.to_string()),
        ("cli-real-row-success", |run| percent(run.queries.success_rate)),
        ("cli-real-row-p50", |run| format!("{:.1} ms", run.latency_ms.p50)),
        ("cli-real-row-p99", |run| format!("{:.1} ms", run.latency_ms.p99)),
        ("cli-real-row-rto", |run| run.rto_ms.map_or_else(dash, seconds)),
        ("cli-real-row-settled", |run| {
            let settled = run.outages.iter().filter_map(|outage| outage.settled_ms).reduce(f64::max);
            settled.map_or_else(dash, seconds)
        }),
        ("cli-real-row-acknowledged", |run| run.rpo.acknowledged.to_string()),
        ("cli-real-row-lost", |run| run.rpo.lost_writes.len().to_string()),
    ];
    let cell = |drilled: &Drilled, figure: Figure| drilled.runs.first().map_or_else(dash, figure);
    let line = |name: String, lab: String, real: String| format!("  {lab:>14} {real:>14}  {name}");
    let mut lines = vec![line(String::new(), lang.t("cli-real-col-lab"), lang.t("cli-real-col-real"))];
    lines.extend(figures.map(|(key, figure)| line(lang.t(key), cell(lab, figure), cell(real, figure))));
    lines
}

/// What would be done, without doing any of it.
fn dry_run(job: &Job, uri: &str, asked: &Asked, out: &mut impl Write) -> Result<(), Refusal> {
    #[derive(Serialize)]
    struct Test {
        test: &'static str,
        strikes: Vec<&'static str>,
        searches: u64,
        inserts: u64,
        fault_s: u64,
        heal_after_s: Option<u64>,
        ends_s: u64,
    }
    let second = 1_000_000;
    let tests: Vec<Test> = job
        .tests
        .iter()
        .map(|test| Test {
            test: test.name,
            strikes: test.strikes.iter().map(|strike| strike.word()).collect(),
            searches: job.requests(test)[0],
            inserts: job.requests(test)[1],
            fault_s: test.fault_us / second,
            heal_after_s: test.heals_after_us.map(|us| us / second),
            ends_s: test.ends_us / second,
        })
        .collect();
    let settings = &job.settings;
    if asked.json {
        let plan = serde_json::json!({
            "dry_run": true, "uri": uri, "through": asked.python.as_ref().map_or("REST v2", |_| "pymilvus"),
            "collection_prefix": PREFIX, "rows": settings.rows, "dim": settings.dim,
            "rows_per_insert": settings.insert_rows, "consistency": job.level(),
            "timeout_ms": settings.client_timeout_ms, "fault_cmd": job.fault_command, "tests": tests,
        });
        return write_json(out, &plan);
    }
    let lang = asked.lang;
    let through = asked.python.as_ref().map_or("REST v2", |_| "pymilvus");
    let figures = [
        ("uri", uri.into()),
        ("through", through.into()),
        ("prefix", PREFIX.into()),
        ("rows", settings.rows.into()),
        ("dim", settings.dim.into()),
        ("level", job.level().into()),
        ("timeout", seconds(settings.client_timeout_ms as f64).into()),
    ];
    write(out, &lang.f("cli-real-dry", &figures))?;
    for test in &tests {
        let figures = [
            ("test", test.test.into()),
            ("searches", test.searches.into()),
            ("inserts", test.inserts.into()),
            ("rows", settings.insert_rows.into()),
            ("fault", test.fault_s.into()),
            ("ends", test.ends_s.into()),
            ("strikes", test.strikes.join(", ").into()),
        ];
        write(out, &lang.f("cli-real-dry-test", &figures))?;
        if let Some(after) = test.heal_after_s {
            write(out, &lang.f("cli-real-dry-heal", &[("after", after.into())]))?;
        }
    }
    match &job.fault_command {
        Some(command) => {
            write(out, &lang.f("cli-real-dry-command", &[("command", one_line(command).into())]))?;
        }
        None => write(out, &lang.t("cli-real-no-fault"))?,
    }
    write(out, &lang.t("cli-real-dry-end"))
}
