//! Plays a sitting by a runbook: a list of steps that read the board and the log, and nothing else.
//!
//! Guarantees: it uses only what the page shows at that moment; a step that waits in vain ends the play. Leaves out:
//! the grade.

use quorum_facade::Command;
use quorum_types::Micros;
use serde_json::Value;

use super::incident::{Step, Table};
use super::names::{Names, each, fits};
use super::{Entry, Sitting};

/// How long a step waits unless it says so, in seconds.
const WAIT_S: u64 = 60;

/// Why a play ended early: the step from 1, and the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Which step.
    pub step: usize,
    /// The reason, for those who write runbooks.
    pub why: String,
}

/// A runbook.
#[derive(Clone, Copy, Debug)]
pub struct Runbook<'a>(pub &'a [Step]);

/// What was done in a sitting, as a fixed sequence: the same commands at the same times, the same component, and the
/// first event of the same kind at the same node.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    commands: Vec<(Micros, Command)>,
    diagnosis: Option<(String, Entry)>,
    /// How long it lasted.
    lasted_us: Micros,
}

impl Runbook<'_> {
    /// Plays the sitting, and then lets time pass until the incident is over or its time is.
    pub fn play(&self, sitting: &mut Sitting) -> Result<(), Stopped> {
        let mut names = Names::default();
        let mut played = Ok(());
        for (at, step) in self.0.iter().enumerate() {
            if let Err(why) = one(step, sitting, &mut names) {
                played = Err(Stopped { step: at + 1, why });
                break;
            }
        }
        wait_for_the_end(sitting).map_err(|why| Stopped { step: self.0.len(), why })?;
        played
    }
}

fn wait_for_the_end(sitting: &mut Sitting) -> Result<(), String> {
    let until = sitting.case().deadline_us().map_err(|refusal| refusal.to_string())?.min(sitting.ends_us());
    // Later than that it cannot pass any more.
    while !sitting.is_over() && sitting.now_us() <= until && sitting.now_us() < sitting.ends_us() {
        pass(sitting)?;
    }
    Ok(())
}

/// Lets a step of the judge pass.
fn pass(sitting: &mut Sitting) -> Result<(), String> {
    let step_us = sitting.case().incident.step_ms * 1_000;
    sitting.advance(sitting.now_us() + step_us).map_err(|refusal| refusal.to_string())
}

fn one(step: &Step, sitting: &mut Sitting, names: &mut Names) -> Result<(), String> {
    let known = |name: &String| names.get(name).is_some();
    if step.known.as_ref().is_some_and(|name| !known(name)) || step.unless.as_ref().is_some_and(known) {
        return Ok(());
    }
    if let Some(pattern) = &step.see {
        let pattern = names.table(pattern)?;
        let found = wait(step, sitting, |sitting| {
            let mut places = (0..sitting.log().len()).filter(|at| fits(&pattern, &sitting.log()[*at].fields));
            if step.first { places.next() } else { places.next_back() }
        })?;
        let Some(at) = found else { return nothing(step, "no such event") };
        let fields = sitting.log().get(at).map(|entry| entry.fields.clone()).unwrap_or_default();
        name(step, names, (at as u64).into(), &fields);
    }
    if let Some(pattern) = &step.find {
        let pattern = names.table(pattern)?;
        let found = wait(step, sitting, |sitting| {
            let rows: Vec<Table> = sitting.board().into_iter().map(|row| row.fields).collect();
            let rows = rows.into_iter().filter(|row| fits(&pattern, row)).collect::<Vec<_>>();
            if rows.is_empty() { None } else { Some(rows) }
        })?;
        let Some(mut rows) = found else { return nothing(step, "no such row") };
        if let Some(row) = chosen(step, &rows) {
            rows = vec![row];
        }
        let numbers = rows.iter().filter_map(|row| row.get("number").cloned()).collect();
        let first = rows.first().cloned().unwrap_or_default();
        name(step, names, Value::Array(numbers), &first);
    }
    if let Some(table) = &step.give {
        for table in each(names.table(table)?) {
            let command = Command::read(table).map_err(|unread| unread.to_string())?;
            // What the world refuses changes nothing, and has been counted.
            let _ = sitting.give(command);
        }
    }
    if let Some(seconds) = step.run_s {
        let until = sitting.now_us() + seconds * 1_000_000;
        sitting.advance(until).map_err(|refusal| refusal.to_string())?;
    }
    if let (Some(component), Some(evidence)) = (&step.component, &step.evidence) {
        let component = match names.fill(component)? {
            Value::String(one) => one,
            Value::Array(list) => list.first().and_then(Value::as_str).unwrap_or_default().to_owned(),
            other => other.to_string(),
        };
        let entry = names.number(evidence)? as usize;
        sitting.diagnose(&component, entry).map_err(|refusal| refusal.to_string())?;
    }
    Ok(())
}

fn nothing(step: &Step, why: &str) -> Result<(), String> {
    if step.perhaps { Ok(()) } else { Err(why.to_owned()) }
}

/// The row with the largest or the smallest value of a field, if one is asked for.
fn chosen(step: &Step, rows: &[Table]) -> Option<Table> {
    let by = |field: &str| {
        let value = |row: &Table| row.get(field).and_then(Value::as_f64).unwrap_or(f64::MIN);
        rows.iter().fold(None::<&Table>, |best, row| match best {
            Some(best) if value(best) >= value(row) => Some(best),
            _ => Some(row),
        })
    };
    let low = |field: &str| {
        let value = |row: &Table| row.get(field).and_then(Value::as_f64).unwrap_or(f64::MAX);
        rows.iter().fold(None::<&Table>, |best, row| match best {
            Some(best) if value(best) <= value(row) => Some(best),
            _ => Some(row),
        })
    };
    step.largest.as_deref().and_then(by).or_else(|| step.smallest.as_deref().and_then(low)).cloned()
}

fn name(step: &Step, names: &mut Names, value: Value, fields: &Table) {
    if let Some(name) = &step.name {
        names.set(name, value);
    }
    for (name, field) in &step.take {
        let value = field.as_str().and_then(|field| fields.get(field)).cloned();
        names.set(name, value.unwrap_or(Value::Null));
    }
}

/// Lets time pass until something is found, or not for too long.
fn wait<T>(
    step: &Step,
    sitting: &mut Sitting,
    look: impl Fn(&Sitting) -> Option<T>,
) -> Result<Option<T>, String> {
    let until = sitting.now_us() + step.at_most_s.unwrap_or(WAIT_S) * 1_000_000;
    loop {
        if let Some(found) = look(sitting) {
            return Ok(Some(found));
        }
        if sitting.now_us() >= until.min(sitting.ends_us()) {
            return Ok(None);
        }
        pass(sitting)?;
    }
}

impl Recorded {
    /// What was done in a sitting.
    pub fn of(sitting: &Sitting) -> Self {
        let from = sitting.case().report_us;
        let commands = sitting.commands().iter().map(|(t_us, command)| (t_us - from, command.clone()));
        let diagnosis = sitting.diagnosis().map(|named| (named.component.clone(), named.entry.clone()));
        Self { commands: commands.collect(), diagnosis, lasted_us: sitting.now_us() - from }
    }

    /// Commands one after the other, a second apart, without a diagnosis.
    pub fn commands(list: Vec<Command>) -> Self {
        let commands: Vec<(Micros, Command)> = (0u64..).map(|at| at * 1_000_000).zip(list).collect();
        let lasted_us = commands.last().map_or(0, |(t_us, _)| *t_us);
        Self { commands, diagnosis: None, lasted_us }
    }

    /// Does the same in another sitting.
    pub fn play(&self, sitting: &mut Sitting) -> Result<(), String> {
        let from = sitting.case().report_us;
        let said = |refusal: quorum_types::Refusal| refusal.to_string();
        for (t_us, command) in &self.commands {
            sitting.advance(from + t_us).map_err(said)?;
            let _ = sitting.give(command.clone());
        }
        sitting.advance(from + self.lasted_us).map_err(said)?;
        wait_for_the_end(sitting)?;
        let Some((component, seen)) = &self.diagnosis else { return Ok(()) };
        let fault_us = sitting.case().fault_us;
        let same =
            |entry: &Entry| entry.kind == seen.kind && entry.node == seen.node && entry.t_us >= fault_us;
        match sitting.log().iter().position(same) {
            Some(at) => sitting.diagnose(component, at).map_err(said),
            None => Ok(()),
        }
    }
}
