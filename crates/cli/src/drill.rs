//! `drill`: from arguments to a report; `quorum_drill` plays and measures.
//!
//! Every run is a separate task. Guarantees: the report does not depend on the number of threads; if stopped early, it
//! prints the completed runs and says which they are, and writes no file, so that an incomplete report is never stored
//! as a complete one. Leaves out: which thread plays what (`work`).

use std::io::{Read, Write};
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::shards::{self, Shard};
use super::typed::Asked;
use super::work::{Context, Covered, Done, Going, Kind, Partial, each};
use super::{End, bad_input, complain, dr, outputs, trend, write, write_json};
use quorum_drill::notes::Beside;
use quorum_drill::suites::NOTE_TESTS;
use quorum_drill::{Batch, Drilled, Plan, RunReport, export, load, notes, scenarios};
use quorum_drill::{settings as settings_of, text};
use quorum_facade::Event;
use quorum_facade::regions::runbook::{BUILT_IN, Runbook};
use quorum_i18n::Lang;
use quorum_types::Refusal;

/// So much of a file is read as a runbook.
const MAX_RUNBOOK: u64 = 65_536;
/// Events after which Ctrl-C is looked for.
const SLICE: u64 = 20_000;

/// Lists the scenarios.
pub(super) fn list(asked: &Asked, out: &mut impl Write) -> Result<bool, Refusal> {
    if asked.json {
        write_json(out, &serde_json::json!({ "scenarios": scenarios() }))?;
    } else {
        for scenario in scenarios() {
            write(out, scenario)?;
        }
    }
    Ok(true)
}

/// Lists what `--set` takes.
pub(super) fn settings(scenario: &str, asked: &Asked, out: &mut impl Write) -> Result<bool, Refusal> {
    let settings = settings_of(scenario)?;
    if asked.json {
        write_json(out, &serde_json::json!({ "scenario": scenario, "settings": settings }))?;
    } else {
        for setting in settings {
            let line = format!(
                "{:<20} {:>8} {:<7} {}–{}  {}",
                setting.name, setting.value, setting.unit, setting.min, setting.max, setting.source
            );
            write(out, line.trim_end())?;
        }
    }
    Ok(true)
}

/// The scenario that course note 2's program calls by this name.
pub(super) fn note_test(asked: &Asked) -> Result<&'static str, Refusal> {
    let word = asked.test.as_deref().unwrap_or_default();
    let found = NOTE_TESTS.iter().find(|(test, _)| *test == word);
    found.map(|(_, scenario)| *scenario).ok_or_else(|| {
        let names: Vec<&str> = NOTE_TESTS.iter().map(|(test, _)| *test).collect();
        let figures = [
            ("option", "--test".into()),
            ("value", bad_input::shown(word).into()),
            ("names", names.join(", ").into()),
        ];
        let text = asked.spoken.f("cli-bad-choice", &figures);
        bad_input::unusable(&text, bad_input::nearest(word, names), "quorum-lab drill", asked.spoken)
    })
}

/// Plays every scenario for which the notes have figures, and prints ours next to them. A comparison, not a check: it
/// always succeeds.
pub(super) fn notes(asked: &Asked, context: &Context, out: &mut impl Write) -> Result<End, Refusal> {
    let (seed, runs) = (asked.seed.unwrap_or(1), asked.runs);
    let plans = notes::SCENARIOS.map(|scenario| Plan {
        scenario: scenario.to_owned(),
        seed: Some(seed),
        runs,
        ..Plan::default()
    });
    plans.iter().try_for_each(Plan::check)?;
    let gathered = gather(&notes::load_plans(seed), &plans, runs, context, asked.spoken)?;
    let mut rows = match gathered.loads.as_slice() {
        [usual, shop] => notes::of_load([usual, shop]),
        // Half of them say nothing.
        _ => Vec::new(),
    };
    for (plan, runs) in plans.iter().zip(gathered.runs) {
        rows.extend(drilled(plan, runs)?.notes);
    }
    let partial = gathered.covered.partial(0, Kind::Cases);
    write_notes(&notes::sorted(&rows), seed, partial.as_ref(), asked, out)?;
    Ok(if partial.is_some() { End::Interrupted } else { End::Held })
}

/// What the notes' figures are made of.
struct Gathered {
    loads: Vec<load::Report>,
    /// The runs of each plan.
    runs: Vec<Vec<RunReport>>,
    covered: Covered,
}

/// What came of a task.
enum Figures {
    Load(Box<load::Report>),
    /// Of which plan, and its run.
    Run(usize, Box<RunReport>),
}

/// Does the measurements, then the runs of every plan, as tasks of one row.
fn gather(
    loads: &[load::Plan],
    plans: &[Plan],
    runs: u64,
    context: &Context,
    lang: Lang,
) -> Result<Gathered, Refusal> {
    let first_run = loads.len() as u64;
    let total = first_run + runs * plans.len() as u64;
    let work = |at: u64, going: &Going<'_>| {
        let value = if let Some(load) = loads.get(at as usize) {
            measure(load.clone(), going)?.map(Figures::Load)
        } else {
            let (which, run) = (((at - first_run) / runs) as usize, (at - first_run) % runs);
            play(plans.get(which)?, run, false, going)?.map(|(report, _)| Figures::Run(which, report))
        };
        Some(Done { last: value.is_err(), value })
    };
    let (mut measured, mut played, mut refused) = (Vec::new(), vec![Vec::new(); plans.len()], None);
    let line = context.line(total, &lang.t("cli-progress-runs"));
    let covered = each(context, &line, total, work, |_, figures| match figures {
        Ok(Figures::Load(report)) => measured.push(*report),
        Ok(Figures::Run(which, report)) => played[which].push(*report),
        Err(refusal) => refused = Some(refusal),
    });
    refused.map_or(Ok(Gathered { loads: measured, runs: played, covered }), Err)
}

/// Measures a load, as long as it is wanted.
fn measure(plan: load::Plan, going: &Going<'_>) -> Option<Result<Box<load::Report>, Refusal>> {
    let mut load = match load::Load::new(plan) {
        Ok(load) => load,
        Err(refusal) => return Some(Err(refusal)),
    };
    while going.on() {
        match load.go(SLICE) {
            Ok(true) => return Some(Ok(Box::new(load.report()))),
            Ok(false) => {}
            Err(refusal) => return Some(Err(refusal)),
        }
    }
    None
}

fn write_notes(
    rows: &[Beside],
    seed: u64,
    partial: Option<&Partial>,
    asked: &Asked,
    out: &mut impl Write,
) -> Result<(), Refusal> {
    if asked.json {
        // As a value, whose fields are in the order of their names.
        let mut object = serde_json::json!({ "seed": seed, "runs": asked.runs, "notes": rows });
        if let Some(partial) = partial {
            object["interrupted"] = true.into();
            object["included"] = serde_json::json!(partial.included());
        }
        return write_json(out, &object);
    }
    if let Some(partial) = partial {
        write(out, &partial.text(asked.lang))?;
        if partial.is_empty() {
            return Ok(());
        }
    }
    let head = [("seed", seed.to_string().into()), ("runs", asked.runs.into())];
    write(out, &asked.lang.f("drill-notes-title", &head))?;
    for row in rows {
        write(out, &format!("  {}", notes::line(row, asked.lang)))?;
    }
    write(out, &asked.lang.t("drill-notes-foot"))
}

/// Drills and reports; whether every run met its targets.
pub(super) fn run(
    scenario: &str,
    asked: &Asked,
    context: &Context,
    out: &mut impl Write,
) -> Result<End, Refusal> {
    refuse_both(asked)?;
    if asked.fresh.is_some() {
        return Err(Refusal::new("bad_arguments", asked.spoken.t("cli-bad-fresh")));
    }
    let (plan, config) = planned(scenario, asked)?;
    for file in [&asked.trace, &asked.html].into_iter().flatten() {
        outputs::check(file, asked.spoken)?;
    }
    if let Some(shard) = asked.shard {
        return part(&plan, shard, asked, context, out);
    }
    let (runs, trace, covered) = runs_of(&plan, 0..plan.runs, asked.trace.is_some(), context, asked.spoken)?;
    let drilled = drilled(&plan, runs)?;
    let partial = covered.partial(0, Kind::Runs);
    if partial.is_none() {
        keep(&drilled, &plan, &trace, asked)?;
    }
    report(&drilled, config.as_ref(), partial.as_ref(), asked, out)?;
    if partial.is_some() {
        return Ok(End::Interrupted);
    }
    Ok(End::of(drilled.runs.iter().all(|run| run.met())))
}

/// What is to be played, and the configuration that it was taken from.
pub(super) fn planned(scenario: &str, asked: &Asked) -> Result<(Plan, Option<dr::Config>), Refusal> {
    let (config, set) = configured(scenario, asked)?;
    let runbook = asked.runbook.as_deref().map(runbook).transpose()?;
    let plan = Plan { scenario: scenario.to_owned(), seed: asked.seed, runs: asked.runs, set, runbook };
    Ok((plan, config))
}

/// Writes the files that are asked for.
fn keep(drilled: &Drilled, plan: &Plan, trace: &[Event], asked: &Asked) -> Result<(), Refusal> {
    if let Some(path) = &asked.trace {
        outputs::write(path, lines(trace)?.as_bytes())?;
    }
    if let Some(path) = &asked.html {
        outputs::write(path, export::html(drilled, &plan.set, asked.lang).as_bytes())?;
    }
    if let Some(folder) = &asked.save {
        trend::keep(folder, asked.label.as_deref(), drilled, asked.spoken)?;
    }
    Ok(())
}

/// Prints the report in the form that is asked for. One that is not whole is marked; a table has no place
/// for a mark, which is on the errors' output then.
fn report(
    drilled: &Drilled,
    config: Option<&dr::Config>,
    partial: Option<&Partial>,
    asked: &Asked,
    out: &mut impl Write,
) -> Result<(), Refusal> {
    if asked.json {
        return match (config, partial) {
            (None, None) => write_json(out, drilled),
            _ => write_json(out, &dr::Configured { report: drilled, config, partial }),
        };
    }
    if asked.csv {
        if let Some(partial) = partial {
            complain(&partial.text(asked.lang));
        }
        return write(out, export::csv(drilled).trim_end());
    }
    if let Some(partial) = partial {
        write(out, &partial.text(asked.lang))?;
        if partial.is_empty() {
            return Ok(());
        }
    }
    if let Some(config) = config {
        write(out, &config.text(asked.lang))?;
    }
    write(out, &text::text(drilled, asked.lang))
}

/// A configuration file, if there is one, and settings with their values.
type Configured = (Option<dr::Config>, Vec<(String, u64)>);

/// The configuration that is asked for, and all settings.
fn configured(scenario: &str, asked: &Asked) -> Result<Configured, Refusal> {
    let config = asked.config.as_deref().map(|path| dr::of_drill(path, scenario, asked)).transpose()?;
    // What is asked for by name counts before the file, and both before the drill's own.
    let set = config.iter().flat_map(|config| config.set.clone()).chain(asked.set.clone()).collect();
    Ok((config, set))
}

/// A plan as parts carry it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Written {
    scenario: String,
    seed: Option<u64>,
    runs: u64,
    set: Vec<(String, u64)>,
    runbook: Option<String>,
}

/// Plays a part of the runs and writes it.
fn part(
    plan: &Plan,
    shard: Shard,
    asked: &Asked,
    context: &Context,
    out: &mut impl Write,
) -> Result<End, Refusal> {
    // Files of the whole report are written where the parts are joined.
    let files = [("--trace", asked.trace.is_some()), ("--html", asked.html.is_some())];
    let more = [("--save", asked.save.is_some()), ("--csv", asked.csv)];
    if let Some((option, _)) = files.into_iter().chain(more).find(|(_, asked)| *asked) {
        let text = asked.spoken.f("cli-shard-not-with", &[("option", option.into())]);
        return Err(Refusal::new("bad_arguments", text));
    }
    let (runs, _, covered) = runs_of(plan, shard.range(plan.runs), false, context, asked.spoken)?;
    if let Some(partial) = covered.partial(shard.range(plan.runs).start, Kind::Runs) {
        complain(&partial.text(asked.spoken));
        return Ok(End::Interrupted);
    }
    let Plan { scenario, seed, runs: count, set, runbook } = plan.clone();
    let written = Written { scenario, seed, runs: count, set, runbook };
    shards::keep("drill", shard, (&written, &runs), asked.out.as_deref(), out)
}

/// Joins the parts of a drill. A `dr_config.yaml` is in their settings; it is named again for the report's own table.
pub(super) fn merge(asked: &Asked, out: &mut impl Write) -> Result<End, Refusal> {
    refuse_both(asked)?;
    let (written, parts) = shards::gather::<Written, Vec<RunReport>>("drill", &asked.merge, asked.spoken)?;
    let Written { scenario, seed, runs, set, runbook } = written;
    let plan = Plan { scenario, seed, runs, set, runbook };
    plan.check()?;
    let config = if asked.config.is_some() { configured(&plan.scenario, asked)?.0 } else { None };
    let (mut all, first) = (Vec::new(), plan.first_seed()?);
    for (shard, runs) in parts {
        let seeds = shard.range(plan.runs).map(|run| first + run);
        if !seeds.eq(runs.iter().map(|run| run.seed)) {
            return Err(shards::damaged(shard, asked.spoken));
        }
        all.extend(runs);
    }
    let drilled = drilled(&plan, all)?;
    keep(&drilled, &plan, &[], asked)?;
    report(&drilled, config.as_ref(), None, asked, out)?;
    Ok(End::of(drilled.runs.iter().all(RunReport::met)))
}

fn refuse_both(asked: &Asked) -> Result<(), Refusal> {
    if asked.json && asked.csv {
        return Err(Refusal::new("bad_arguments", asked.spoken.t("cli-bad-json-csv")));
    }
    if let (Some(_), Some(label)) = (&asked.save, &asked.label) {
        trend::checked(label, asked.spoken)?;
    }
    Ok(())
}

/// Runs, the events of the first one, and which runs are done.
pub(super) type Runs = (Vec<RunReport>, Vec<Event>, Covered);

/// Plays these runs, on the requested number of threads. The first run that cannot be played ends it.
pub(super) fn runs_of(
    plan: &Plan,
    which: Range<u64>,
    traced: bool,
    context: &Context,
    lang: Lang,
) -> Result<Runs, Refusal> {
    plan.check()?;
    let count = which.end - which.start;
    let line = context.line(count, &lang.t("cli-progress-runs"));
    let (mut runs, mut trace, mut refused) = (Vec::new(), Vec::new(), None);
    let work = |at: u64, going: &Going<'_>| {
        let run = which.start + at;
        let value = play(plan, run, traced && run == 0, going)?;
        Some(Done { last: value.is_err(), value })
    };
    let covered = each(context, &line, count, work, |_, played| match played {
        Ok((report, events)) => {
            runs.push(*report);
            trace.extend(events);
        }
        Err(refusal) => refused = Some(refusal),
    });
    match refused {
        Some(refusal) => Err(refusal),
        None => Ok((runs, trace, covered)),
    }
}

/// A run, and what was traced of it.
type Played = (Box<RunReport>, Vec<Event>);

/// Plays a run of a plan by itself, as long as it is wanted.
fn play(plan: &Plan, run: u64, traced: bool, going: &Going<'_>) -> Option<Result<Played, Refusal>> {
    let begun = || -> Result<Batch, Refusal> {
        let seed = Some(plan.first_seed()? + run);
        let batch = Batch::new(Plan { seed, runs: 1, ..plan.clone() })?;
        Ok(if traced { batch.traced() } else { batch })
    };
    let mut batch = match begun() {
        Ok(batch) => batch,
        Err(refusal) => return Some(Err(refusal)),
    };
    while going.on() {
        if !batch.go(SLICE).over {
            continue;
        }
        return Some(batch.finish().and_then(|(drilled, events)| {
            let report = drilled.runs.into_iter().next();
            let report = report.ok_or_else(|| Refusal::new("no_run", "a run ended without a report"))?;
            Ok((Box::new(report), events))
        }));
    }
    None
}

/// The report of these runs.
fn drilled(plan: &Plan, runs: Vec<RunReport>) -> Result<Drilled, Refusal> {
    let begun =
        Drilled { scenario: plan.scenario.clone(), seed: plan.first_seed()?, runs, ..Drilled::default() };
    if begun.runs.is_empty() {
        return Ok(begun);
    }
    begun.join(Drilled::default(), plan)
}

/// A runbook by name, or out of a file.
fn runbook(word: &str) -> Result<String, Refusal> {
    if Runbook::built_in(word).is_some() {
        return Ok(word.to_owned());
    }
    let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
    let names = names.join(", ");
    let wrong = |why: &str| {
        let error =
            format!("--runbook takes a file or one of {names}; “{word}” is no name, and as a file: {why}");
        Refusal::new("bad_runbook", error)
    };
    // A runbook has a few lines; a file that is none is not read to its end.
    let mut text = String::new();
    let file = std::fs::File::open(word).map_err(|error| wrong(&error.to_string()))?;
    file.take(MAX_RUNBOOK).read_to_string(&mut text).map_err(|error| wrong(&error.to_string()))?;
    Ok(text)
}

fn lines(trace: &[Event]) -> Result<String, Refusal> {
    let mut lines = String::new();
    for event in trace {
        let line = serde_json::to_string(event).map_err(|error| Refusal::new("json", error.to_string()))?;
        lines.push_str(&line);
        lines.push('\n');
    }
    Ok(lines)
}
