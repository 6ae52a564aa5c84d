//! Draws the case of an incident and a seed: the schedule of its faults, and what counts in it.
//!
//! Numbers and shapes are drawn first. What depends on the run, such as which pod acts as the root coordinator, is
//! drawn from the board of the same run without its faults, at the moment of the first one. Guarantees: the same
//! incident and seed give the same case; the world's seed names both, so that a saved run can be recognised. Leaves
//! out: the run with its faults (`sitting`).

use quorum_facade::swarm::{Replay, TimedCommand};
use quorum_facade::{Command, Lab};
use quorum_types::{Micros, Refusal, Rng};
use serde_json::Value;

use super::board::board;
use super::incident::{Draw, Incident, Staged, Table};
use super::names::{Names, each, fits};

/// The largest seed of an exam: that of the world contains it and the incident's number, and has to be exact in
/// JavaScript.
pub const MOST_SEED: u64 = (1 << 48) - 1;
/// The world's seed is this times the exam's, plus the incident's number.
pub(super) const PER_SEED: u64 = 32;
/// The stream of what is drawn of an incident, plus its number.
const STREAM: u64 = 0x63_61_73_65_00;
/// Names that every incident draws: the moment of the first fault, and how long after it somebody complains.
const FAULT: &str = "fault_ms";
const REPORT: &str = "report_ms";

/// A case.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its incident.
    pub incident: &'static Incident,
    /// The exam's seed.
    pub seed: u64,
    /// The run, as data.
    pub replay: Replay,
    /// What was drawn.
    pub names: Names,
    /// The moment of the first fault.
    pub fault_us: Micros,
    /// The moment at which somebody complains.
    pub report_us: Micros,
}

/// A fault of the bank, not of who uses it.
pub(super) fn broken(incident: &Incident, why: &str) -> Refusal {
    Refusal::new("bad_incident", format!("{}: {why}", incident.id))
}

impl Case {
    /// The case of an incident and a seed.
    pub fn draw(incident: &'static Incident, seed: u64) -> Result<Self, Refusal> {
        if seed > MOST_SEED {
            return Err(Refusal::new("bad_seed", format!("a seed of an exam is at most {MOST_SEED}")));
        }
        Self::drawn(incident, seed).map_err(|why| broken(incident, &why))
    }

    fn drawn(incident: &'static Incident, seed: u64) -> Result<Self, String> {
        let mut names = Names::default();
        let mut rng = Rng::new(seed, STREAM + incident.number);
        let mut rows: Option<Vec<Table>> = None;
        for draw in &incident.draw {
            if draw.pick.is_some() && rows.is_none() {
                rows = Some(before(incident, seed, &names)?);
            }
            let value = one(draw, &names, rows.as_deref().unwrap_or_default(), &mut rng)
                .map_err(|why| format!("{}: {why}", draw.name))?;
            names.set(&draw.name, value);
        }
        let number = |name: &str| names.number(&Value::String(format!("${name}")));
        let fault_us = number(FAULT)? * 1_000;
        let report_us = fault_us + number(REPORT)? * 1_000;
        let mut replay = calm(incident, seed, &names)?;
        for staged in incident.faults.iter().chain(&incident.decoys) {
            replay.actions.extend(staged_at(staged, fault_us, &names)?);
        }
        // In the order of time; of the same moment, in the order of the file.
        quorum_types::sort::sort_by_key(&mut replay.actions, |timed| timed.t_us);
        Ok(Self { incident, seed, replay, names, fault_us, report_us })
    }

    /// Until when it has to be over.
    pub fn deadline_us(&self) -> Result<Micros, Refusal> {
        Ok(self.fault_us + self.number(&self.incident.within_s)? * 1_000_000)
    }

    /// A value of the incident's file with what was drawn for this case.
    pub(super) fn number(&self, value: &Value) -> Result<u64, Refusal> {
        self.names.number(value).map_err(|why| broken(self.incident, &why))
    }
}

/// The run without its faults.
fn calm(incident: &Incident, seed: u64, names: &Names) -> Result<Replay, String> {
    let mut settings = Vec::new();
    for (name, value) in &incident.settings {
        settings.push((name.clone(), names.number(value)?));
    }
    let mut actions = Vec::new();
    for staged in &incident.before {
        actions.extend(staged_at(staged, 0, names)?);
    }
    let nodes = if incident.nodes.is_null() { 0 } else { names.number(&incident.nodes)? };
    Ok(Replay {
        world: incident.world,
        nodes: nodes as u32,
        seed: seed * PER_SEED + incident.number,
        settings,
        off: Vec::new(),
        actions,
    })
}

/// The board of the run without its faults, at the moment of the first one.
fn before(incident: &Incident, seed: u64, names: &Names) -> Result<Vec<Table>, String> {
    let mut replay = calm(incident, seed, names)?;
    quorum_types::sort::sort_by_key(&mut replay.actions, |timed| timed.t_us);
    let mut lab = Lab::replay(&replay, "en").map_err(|refusal| refusal.to_string())?;
    let at = names.number(&Value::String(format!("${FAULT}")))? * 1_000;
    while lab.advance(at, u32::MAX) == quorum_facade::Advance::Budget {}
    let rows = board(incident.world, &lab.snapshot());
    Ok(rows.into_iter().map(|row| row.fields).collect())
}

/// The commands of something staged.
fn staged_at(staged: &Staged, from_us: Micros, names: &Names) -> Result<Vec<TimedCommand>, String> {
    if let Some((left, right)) = &staged.only
        && names.fill(left)? != names.fill(right)?
    {
        return Ok(Vec::new());
    }
    let number = |value: &Option<Value>, usual| value.as_ref().map_or(Ok(usual), |value| names.number(value));
    let (first, again, times) =
        (names.number(&staged.at_ms)?, number(&staged.again_ms, 0)?, number(&staged.times, 1)?);
    let mut commands = Vec::new();
    for time in 0..times {
        let t_us = from_us + (first + time * again) * 1_000;
        for table in each(names.table(&staged.command)?) {
            let command = Command::read(table).map_err(|unread| unread.to_string())?;
            commands.push(TimedCommand { t_us, command });
        }
    }
    Ok(commands)
}

/// What is drawn.
fn one(draw: &Draw, names: &Names, rows: &[Table], rng: &mut Rng) -> Result<Value, String> {
    if let (Some(from), Some(to)) = (&draw.from, &draw.to) {
        return Ok(rng.between(names.number(from)?, names.number(to)?).into());
    }
    if let Some(list) = &draw.one_of {
        let at = rng.below(list.len() as u64) as usize;
        return list.get(at).map_or(Err("one of nothing".to_owned()), |value| names.fill(value));
    }
    if let Some(list) = &draw.sum {
        let numbers: Vec<u64> = list.iter().map(|value| names.number(value)).collect::<Result<_, _>>()?;
        return Ok(numbers.iter().sum::<u64>().into());
    }
    if let Some(of) = &draw.majority {
        return Ok((names.number(of)? / 2 + 1).into());
    }
    if let (Some(of), Some(key)) = (&draw.of, &draw.key) {
        let key = names.fill(key)?;
        let key = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
        return of.get(&key).map_or(Err(format!("nothing at {key}")), |value| names.fill(value));
    }
    let Some(pick) = &draw.pick else { return Err("nothing is drawn".to_owned()) };
    let (pick, but) = (names.table(pick)?, draw.but.as_ref().map(|but| names.fill(but)).transpose()?);
    let is_out = |number: &Value| match &but {
        Some(Value::Array(list)) => list.contains(number),
        Some(one) => one == number,
        None => false,
    };
    if let Some(field) = &draw.field {
        let row = rows.iter().find(|row| fits(&pick, row)).ok_or("no such row")?;
        return row.get(field).cloned().ok_or_else(|| format!("no field {field}"));
    }
    let numbers = rows.iter().filter(|row| fits(&pick, row)).filter_map(|row| row.get("number").cloned());
    let mut left: Vec<Value> = numbers.filter(|number| !is_out(number)).collect();
    if let Some(field) = &draw.largest {
        let value = |row: &Table| row.get(field).and_then(Value::as_u64);
        let fitting = rows.iter().filter(|row| fits(&pick, row) && left.contains(&row["number"]));
        let largest = fitting.max_by_key(|row| value(row));
        return largest.map_or(Err("no such row".to_owned()), |row| Ok(row["number"].clone()));
    }
    let Some(count) = &draw.count else {
        let at = rng.below(left.len() as u64) as usize;
        return if left.is_empty() { Err("no such row".to_owned()) } else { Ok(left.swap_remove(at)) };
    };
    let count = names.number(count)?;
    let mut drawn = Vec::new();
    for _ in 0..count {
        if left.is_empty() {
            return Err(format!("fewer than {count} such rows"));
        }
        drawn.push(left.remove(rng.below(left.len() as u64) as usize));
    }
    Ok(Value::Array(drawn))
}
