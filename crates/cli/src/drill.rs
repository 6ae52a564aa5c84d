//! `drill`: arguments in, a report out; what is played and measured is `quorum_drill`'s.
//!
//! Two threads share the runs. Promises: the report does not depend on who played which run. Leaves out: progress, since
//! nobody waits for long.

use std::io::{Read, Write};
use std::path::Path;

use super::{Asked, dr, trend, write, write_json};
use quorum_drill::suites::NOTE_TESTS;
use quorum_drill::{Batch, Drilled, Plan, export, notes, scenarios, settings as settings_of, text};
use quorum_facade::Event;
use quorum_facade::regions::runbook::{BUILT_IN, Runbook};
use quorum_types::Refusal;

/// So much of a file is read as a runbook.
const MAX_RUNBOOK: u64 = 65_536;

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
        Refusal::new("bad_arguments", format!("--test takes one of {}, not “{word}”", names.join(", ")))
    })
}

/// Plays whatever the notes have figures of, and lays ours beside them. A comparison, not a check: it succeeds in any case.
pub(super) fn notes(asked: &Asked, out: &mut impl Write) -> Result<bool, Refusal> {
    let seed = asked.seed.unwrap_or(1);
    let mut rows = notes::of_load(seed)?;
    for scenario in notes::SCENARIOS {
        let plan = Plan {
            scenario: scenario.to_owned(),
            seed: Some(seed),
            runs: asked.runs,
            set: Vec::new(),
            runbook: None,
        };
        rows.extend(in_two_threads(&plan, false)?.0.notes);
    }
    let rows = notes::sorted(&rows);
    if asked.json {
        write_json(out, &serde_json::json!({ "seed": seed, "runs": asked.runs, "notes": rows }))?;
    } else {
        let head = [("seed", seed.to_string().into()), ("runs", asked.runs.into())];
        write(out, &asked.lang.f("drill-notes-title", &head))?;
        for row in &rows {
            write(out, &format!("  {}", notes::line(row, asked.lang)))?;
        }
        write(out, &asked.lang.t("drill-notes-foot"))?;
    }
    Ok(true)
}

/// Drills and reports; whether every run met its targets.
pub(super) fn run(scenario: &str, asked: &Asked, out: &mut impl Write) -> Result<bool, Refusal> {
    if asked.json && asked.csv {
        return Err(Refusal::new("bad_arguments", "--json and --csv exclude each other"));
    }
    let config = asked.config.as_deref().map(|path| dr::of_drill(path, scenario, asked)).transpose()?;
    // What is asked for by name counts before the file, and both before the drill's own.
    let set = config.iter().flat_map(|config| config.set.clone()).chain(asked.set.clone()).collect();
    let plan = Plan {
        scenario: scenario.to_owned(),
        seed: asked.seed,
        runs: asked.runs,
        set,
        runbook: asked.runbook.as_deref().map(runbook).transpose()?,
    };
    let (drilled, trace) = in_two_threads(&plan, asked.trace.is_some())?;
    if let Some(path) = &asked.trace {
        save(path, &lines(&trace)?)?;
    }
    if let Some(path) = &asked.html {
        save(path, &export::html(&drilled, &plan.set, asked.lang))?;
    }
    if let Some(folder) = &asked.save {
        trend::keep(folder, asked.label.as_deref(), &drilled)?;
    }
    match &config {
        Some(config) if asked.json => write_json(out, &dr::Configured { report: &drilled, config })?,
        _ if asked.json => write_json(out, &drilled)?,
        _ if asked.csv => write(out, export::csv(&drilled).trim_end())?,
        _ => {
            let said = config.iter().map(|config| format!("{}\n", config.text(asked.lang)));
            write(out, &format!("{}{}", said.collect::<String>(), text::text(&drilled, asked.lang)))?;
        }
    }
    Ok(drilled.runs.iter().all(|run| run.met()))
}

/// Plays the first half of the runs here and the second in a thread of its own.
pub(crate) fn in_two_threads(plan: &Plan, traced: bool) -> Result<(Drilled, Vec<Event>), Refusal> {
    plan.check()?;
    let second_runs = plan.runs / 2;
    let first = Plan { runs: plan.runs - second_runs, ..plan.clone() };
    let second = Plan { runs: second_runs, seed: Some(plan.first_seed()? + first.runs), ..plan.clone() };
    let batch = Batch::new(first)?;
    let batch = if traced { batch.traced() } else { batch };
    if second_runs == 0 {
        return batch.finish();
    }
    let (here, there) = std::thread::scope(|scope| {
        let there = scope.spawn(|| Batch::new(second)?.finish());
        (batch.finish(), there.join())
    });
    let (drilled, trace) = here?;
    let (rest, _) = there.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    Ok((drilled.join(rest, plan)?, trace))
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

fn save(path: &Path, text: &str) -> Result<(), Refusal> {
    std::fs::write(path, text)
        .map_err(|error| Refusal::new("cannot_write", format!("{}: {error}", path.display())))
}
