//! `drill --target milvus`: a drill on a real server, with the lab's report.
//!
//! Guarantees: `--dry-run` sends nothing; nothing is sent either before the command line, the address and the files to
//! write are known to be usable; the token is in no output; whatever goes wrong is explained, and the report is printed
//! with what is known; Ctrl-C ends every wait, our collection is dropped all the same, and the report is marked as
//! partial; without a fault, exit status 1. Leaves out: requests and measuring (`quorum_real::drill`), what a fault is
//! (the user's `--fault-cmd` makes it), sentences (`words`), and the plan of a dry run (`dry`).

mod dry;
mod words;

use std::io::Write;
use std::sync::Arc;

use serde::Serialize;

use super::typed::Asked;
use super::work::Context;
use super::{End, complain, outputs, write, write_json};
use quorum_drill::{Batch, Drilled, Plan, RunReport, export, server_page, text};
use quorum_i18n::Arg;
use quorum_real::bridge::Bridge;
use quorum_real::cancel::Cancel;
use quorum_real::drill::{Job, Noted, Outcome, Step, play};
use quorum_real::fault::FaultRun;
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
    /// When the drill began, in UTC.
    began: &'a str,
    collections: &'a [String],
    left_behind: &'a [String],
    fault_cmd: Option<&'a str>,
    faults: &'a [FaultRun],
    /// Whether all acknowledged rows were looked for after the test.
    verified: bool,
    /// None if they were not.
    lost_rows: Option<u64>,
    troubles: &'a [Noted],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    interrupted: bool,
}

/// A report of a real server, and the lab's of the same drill.
#[derive(Serialize)]
struct Real<'a> {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    interrupted: bool,
    #[serde(flatten)]
    report: &'a Drilled,
    target: Target<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lab: Option<&'a Drilled>,
}

/// What was asked for, and where.
struct Drill<'a> {
    job: &'a Job,
    uri: &'a str,
    asked: &'a Asked,
}

impl Drill<'_> {
    /// What carries the requests.
    fn through(&self) -> &'static str {
        if self.asked.python.is_some() { "pymilvus" } else { "REST v2" }
    }
}

/// Plays a drill on a server and reports it.
pub(super) fn run(
    scenario: &str,
    asked: &Asked,
    context: &Context,
    out: &mut impl Write,
) -> Result<End, Refusal> {
    let lang = asked.spoken;
    let uri = fit(asked)?;
    let mut job = Job::new(scenario, asked.seed.unwrap_or(SEED), &asked.set)?;
    job.fault_command.clone_from(&asked.fault_cmd);
    job.pace = context.pace;
    if let Some(path) = &asked.html {
        outputs::check(path, lang)?;
    }
    let drill = Drill { job: &job, uri, asked };
    if asked.dry_run {
        return dry::run(&drill, out);
    }
    let token = asked.token.clone().or_else(|| std::env::var(TOKEN_VARIABLE).ok());
    let ca = asked.ca.as_deref().map(std::fs::read).transpose();
    let ca = ca.map_err(|why| Refusal::new("cannot_read", format!("--ca: {why}")))?;
    let stop = Arc::clone(&context.stop);
    let cancel = Cancel::new(move || stop.asked());
    let connect = || -> Result<Box<dyn Server>, Trouble> {
        Ok(match &asked.python {
            Some(python) => Box::new(Bridge::new(python, uri, token.as_deref()).heeding(cancel.clone())),
            None => Box::new(Rest::new(uri, token.as_deref(), ca.as_deref())?),
        })
    };
    match words::cannot_run(&job, lang) {
        Some(why) => complain(&why),
        None if job.fault_command.is_none() => complain(&lang.t("cli-real-no-fault")),
        None => {}
    }
    let say = |step: Step| complain(&words::step(step, &drill, lang));
    let outcome = play(&job, &connect, &cancel, &say);
    report(&drill, &outcome, out)
}

/// An option that only a drill on a real server has.
pub(super) fn option(asked: &Asked) -> Option<&'static str> {
    let options = [
        ("--uri", asked.uri.is_some()),
        ("--fault-cmd", asked.fault_cmd.is_some()),
        ("--dry-run", asked.dry_run),
        ("--compare", asked.compare),
        ("--python", asked.python.is_some()),
        ("--ca", asked.ca.is_some()),
        ("--token", asked.token.is_some()),
    ];
    options.into_iter().find(|(_, given)| *given).map(|(option, _)| option)
}

/// The refusal of such an option without `--target`: the lab's drill must not be taken for one on a server.
pub(super) fn without_target(asked: &Asked) -> Refusal {
    let figures = [("option", option(asked).unwrap_or_default().into())];
    Refusal::new("bad_arguments", asked.spoken.f("cli-real-needs-target", &figures))
}

/// The address, if the command line can be used.
fn fit(asked: &Asked) -> Result<&str, Refusal> {
    let lang = asked.spoken;
    let bad = |key: &str, figures: &[(&str, Arg)]| Refusal::new("bad_arguments", lang.f(key, figures));
    let shown = |text: &str| Arg::from(super::bad_input::shown(text));
    let target = asked.target.as_deref().unwrap_or_default();
    if target != TARGET {
        return Err(bad("cli-real-bad-target", &[("value", shown(target))]));
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
        return Err(bad("cli-real-not-with", &[("value", option.into())]));
    }
    if asked.json && asked.csv {
        return Err(bad("cli-bad-json-csv", &[]));
    }
    let uri = asked.uri.as_deref().ok_or_else(|| bad("cli-real-no-uri", &[]))?;
    // Before anything is shown of it: it may be a password.
    if uri.contains('@') {
        return Err(bad("cli-real-user-in-uri", &[]));
    }
    let host = uri.strip_prefix("http://").or_else(|| uri.strip_prefix("https://"));
    if host.is_none_or(|host| host.is_empty() || host.starts_with(['/', ':'])) {
        let host = uri.split_once("://").map_or(uri, |(_, host)| host).trim_matches('/');
        let near = if host.is_empty() || host.starts_with(':') { "127.0.0.1:19530" } else { host };
        let figures = [("value", shown(uri)), ("near", shown(&format!("http://{near}")))];
        return Err(bad("cli-real-bad-uri", &figures));
    }
    Ok(uri)
}

fn report(drill: &Drill<'_>, outcome: &Outcome, out: &mut impl Write) -> Result<End, Refusal> {
    let Drill { job, uri, asked } = drill;
    let nothing =
        || Drilled { scenario: job.scenario.clone(), seed: job.seed, real_time: true, ..Drilled::default() };
    let drilled = job.report(outcome).unwrap_or_else(nothing);
    let lab = if asked.compare { Some(of_lab(job, asked)?) } else { None };
    if asked.json {
        let target = Target {
            kind: TARGET,
            uri,
            facts: outcome.facts.as_ref(),
            began: &outcome.began,
            collections: &outcome.collections,
            left_behind: &outcome.left_behind,
            fault_cmd: job.fault_command.as_deref(),
            faults: &outcome.faults,
            verified: outcome.verified(),
            lost_rows: outcome.lost_rows(),
            troubles: &outcome.troubles,
            interrupted: outcome.stopped,
        };
        let real = Real { interrupted: outcome.stopped, report: &drilled, target, lab: lab.as_ref() };
        write_json(out, &real)?;
    } else if asked.csv {
        write(out, export::csv(&drilled).trim_end())?;
        // A table has no place for sentences.
        let lang = asked.spoken;
        let said = words::warnings(drill, outcome, lang).into_iter().chain(words::troubles(outcome, lang));
        said.for_each(|line| complain(&line));
    } else {
        let lang = asked.lang;
        for warning in words::warnings(drill, outcome, lang) {
            write(out, &warning)?;
        }
        if drilled.runs.is_empty() {
            write(out, &lang.t("drill-real-nothing"))?;
        } else {
            write(out, &text::text(&drilled, lang))?;
        }
        for line in words::about(drill, outcome, lang).into_iter().chain(words::troubles(outcome, lang)) {
            write(out, &line)?;
        }
        if let Some(lab) = &lab {
            words::side_by_side(&drilled, lab, lang).iter().try_for_each(|line| write(out, line))?;
        }
    }
    // After the report is printed: if the file cannot be written after all, the report is not lost.
    if let Some(path) = &asked.html {
        let setting = words::setting(drill, outcome, (&drilled, lab.as_ref()), asked.lang);
        outputs::write(path, server_page::html(&drilled, &asked.set, &setting, asked.lang).as_bytes())?;
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
