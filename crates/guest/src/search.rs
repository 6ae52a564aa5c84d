//! Seeds, their schedules, and runs of a guest under them.
//!
//! A seed's schedule is one of the schedules that the lab's own swarm uses against its rules, in turn: each rule has
//! situations in which it matters, and a guest may have forgotten any of them. What a guest need not know (changes of
//! the membership, damaged disks, leases) is left out. Guarantees: the same seed makes the same schedule; the same
//! schedule and a deterministic guest make the same run. Leaves out: threads.

use std::collections::BTreeMap;

use serde_json::Value;

use super::program::{Cores, Fault};
use super::protocol::{Answer, Request};
use super::world::{Caps, TICK_US, Violation, World, fits};
use quorum_raft::{RULES, Rule};
use quorum_sim::action::Action;
use quorum_sim::cluster::Cluster;
use quorum_sim::cluster::swarm::Schedule;
use quorum_sim::settings::Settings;
use quorum_sim::swarm::SwarmWorld;
use quorum_types::{Micros, NodeId, SECOND};

/// Events of a run before everything is mended, unless a number is given.
pub const EVENTS: u64 = 4_000;

/// No time of a schedule is later or longer: a day.
const MOST_US: Micros = 86_400 * SECOND;

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Events that happened.
    pub events: u64,
    /// Virtual time.
    pub virtual_us: Micros,
    /// Operations of the client that were judged.
    pub operations: u64,
    /// Actions that were performed, by name.
    pub faults: BTreeMap<String, u64>,
    /// The first violation.
    pub violation: Option<Violation>,
}

/// Generates the schedule of a seed.
pub fn generate(seed: u64) -> Schedule {
    let rules: Vec<Rule> = RULES.iter().map(|facts| facts.rule).filter(|rule| fits(*rule)).collect();
    // One seed in each round has a bit of everything.
    let against = rules.get((seed % (rules.len() as u64 + 1)) as usize).copied();
    let mut schedule = Cluster::generate(seed, against);
    schedule.off.clear();
    let voters = schedule.settings.iter().find(|(name, _)| name == "voters").map(|(_, value)| *value as u32);
    schedule.nodes = voters.unwrap_or(schedule.nodes).clamp(1, schedule.nodes);
    let tick_ms = TICK_US / 1_000;
    for (name, value) in &mut schedule.settings {
        match name.as_str() {
            "voters" => *value = u64::from(schedule.nodes),
            "pre_vote" | "check_quorum" | "lease_reads" | "uncommitted_kib" => *value = 0,
            // The shape of our own messages, which a guest's do not have.
            "append_entries" => *value = 64,
            "heartbeat_ms" => *value = (*value).max(2 * tick_ms),
            _ => {}
        }
    }
    let nodes = schedule.nodes;
    schedule.actions.retain(|timed| known(&timed.action, nodes));
    for timed in &mut schedule.actions {
        // Nodes that are no voters are not there; a side without any cuts nothing.
        if let Action::Partition { side } = &mut timed.action {
            side.retain(|node| *node <= nodes);
        }
    }
    schedule
}

/// Whether an action is one that guests are tested with, and of these nodes.
fn known(action: &Action, nodes: u32) -> bool {
    match action {
        Action::Transfer { .. }
        | Action::Conf { .. }
        | Action::Wipe { .. }
        | Action::Disk { .. }
        | Action::Rule { .. }
        | Action::Client { .. }
        | Action::DropMessage { .. } => false,
        Action::Cut { from, to, .. } | Action::Clog { from, to, .. } => *from <= nodes && *to <= nodes,
        Action::Kill { node, .. }
        | Action::Restart { node }
        | Action::CrashLoop { node, .. }
        | Action::Pause { node }
        | Action::Resume { node }
        | Action::Clock { node, .. }
        | Action::Campaign { node }
        | Action::TakeSnapshot { node } => *node <= nodes,
        _ => true,
    }
}

/// Asks a guest what it can do.
pub fn hello(cores: &mut dyn Cores) -> Result<Caps, Fault> {
    let line = Request::Hello.line();
    let said = cores.ask(1, &line)?;
    let wrong = |why: String| {
        let said: String = String::from_utf8_lossy(&said).trim_end().chars().take(200).collect();
        Fault(format!("its answer to hello cannot be used ({why}): {said}"))
    };
    let answer = Answer::read(&said).map_err(wrong)?;
    if !answer.ok {
        return Err(wrong("it is not ok".to_owned()));
    }
    let has = |cap: &str| answer.caps.iter().any(|known| known == cap);
    Ok(Caps { read: has("read"), snapshot: has("snapshot") })
}

/// Runs a schedule, up to this many events before everything is mended, or to the first violation.
pub fn run(schedule: &Schedule, events: u64, cores: &mut dyn Cores, caps: Caps) -> Outcome {
    let mut world = World::open(schedule, cores, caps);
    let mut actions = schedule.actions.iter().peekable();
    let mut faults = BTreeMap::new();
    let mut violation = world.violation();
    while violation.is_none() && world.events() < events {
        match actions.next_if(|timed| world.next_at().is_none_or(|at| timed.t_us <= at)) {
            Some(timed) => {
                world.wait(timed.t_us);
                world.perform(&timed.action);
                *faults.entry(timed.action.name().to_owned()).or_default() += 1;
            }
            None if world.step() => {}
            None => break,
        }
        violation = world.violation();
    }
    if violation.is_none() {
        world.judge();
        violation = world.violation();
    }
    if violation.is_none() {
        let (until_us, wanted) = world.mend();
        violation = world.violation();
        while violation.is_none() && !world.came_back(wanted) {
            if world.now_us() > until_us || !world.step() {
                world.stays_away();
            }
            violation = world.violation();
        }
        if violation.is_none() {
            world.judge();
            violation = world.violation();
        }
    }
    let (events, virtual_us, operations) = (world.events(), world.now_us(), world.judged());
    if violation.is_some() {
        // A guest may be in a state from which it cannot begin again.
        drop(world);
        cores.reset();
    }
    Outcome { events, virtual_us, operations, faults, violation }
}

/// A schedule from JSON text (see [`schedule_in`]), checked.
pub fn read(text: &str) -> Result<Schedule, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let schedule = schedule_in(&value)?;
    let schedule: Schedule = serde_json::from_value(schedule.clone()).map_err(|error| error.to_string())?;
    check(&schedule)?;
    Ok(schedule)
}

/// The schedule in a JSON value: itself, or of a violation that contains it, or of the first violation in a report of
/// `swarm`.
pub fn schedule_in(value: &Value) -> Result<&Value, String> {
    let inner = [&value["violations"][0]["schedule"], &value["schedule"], value];
    let schedule = inner.into_iter().find(|value| value.get("deeds").is_some());
    schedule.ok_or_else(|| {
        "there is no schedule in it: an object with nodes, seed, settings and deeds".to_owned()
    })
}

/// Whether a schedule can be run: known settings within their bounds, nodes that there are, times within a day.
fn check(schedule: &Schedule) -> Result<(), String> {
    let nodes = schedule.nodes;
    if nodes == 0 || nodes > 51 {
        return Err("nodes is 1 to 51".to_owned());
    }
    let mut settings = Settings::default();
    for (name, value) in &schedule.settings {
        settings.set(name, *value).map_err(|refusal| refusal.error)?;
    }
    for (at, timed) in schedule.actions.iter().enumerate() {
        let (hit, us) = reach(&timed.action);
        let wrong = |why: String| format!("deed {} ({}): {why}", at + 1, timed.action.name());
        if let Some(unknown) = hit.into_iter().find(|node| !(1..=nodes).contains(node)) {
            return Err(wrong(format!("there is no node {unknown}; nodes are 1 to {nodes}")));
        }
        if timed.t_us > MOST_US || us > MOST_US {
            return Err(wrong(format!("a time is at most {MOST_US} us, a day")));
        }
    }
    Ok(())
}

/// The nodes of an action, and the longest of its times. What guests are not tested with does nothing.
fn reach(action: &Action) -> (Vec<NodeId>, Micros) {
    match action {
        Action::Kill { node, .. }
        | Action::Restart { node }
        | Action::Pause { node }
        | Action::Resume { node }
        | Action::Campaign { node }
        | Action::TakeSnapshot { node } => (vec![*node], 0),
        Action::CrashLoop { node, every_us, .. } => (vec![*node], *every_us),
        Action::Clock { node, jump_us, period_us, .. } => {
            (vec![*node], jump_us.unsigned_abs().max(*period_us))
        }
        Action::Cut { from, to, .. } => (vec![*from, *to], 0),
        Action::Clog { from, to, us } => (vec![*from, *to], *us),
        Action::HealLink { from, to } => (from.iter().chain(to).copied().collect(), 0),
        Action::Partition { side } => (side.clone(), 0),
        _ => (Vec::new(), 0),
    }
}
