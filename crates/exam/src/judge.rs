//! Grades a sitting: time, loss, harm and diagnosis.
//!
//! The time to recover runs from the first fault, not from the first failed request, until everything that the incident
//! asks for holds; it begins again if that ends. Guarantees: only events and meters of the run count. Leaves out: what
//! an operator sees (`board`).

use quorum_facade::{Event, EventKind, Lab, ServiceEvent};
use quorum_types::{Micros, Refusal};
use serde_json::Value;

use super::Case;
use super::board::{Entry, board};
use super::case::broken;
use super::harm::{GROPING, Kind};
use super::incident::Condition;
use super::names::fits;

/// What keeps a sitting from passing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// It was not over in time.
    Time,
    /// Too many acknowledged writes are lost.
    Loss,
    /// Harm was done.
    Harm,
    /// The component was not named, or is another.
    Component,
    /// The event proves something else.
    Evidence,
}

impl Lack {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Time, Self::Loss, Self::Harm, Self::Component, Self::Evidence];

    /// Its word in files, in texts and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Loss => "loss",
            Self::Harm => "harm",
            Self::Component => "component",
            Self::Evidence => "evidence",
        }
    }
}

/// The grade of a sitting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it passes: nothing is lacking.
    pub passed: bool,
    /// From the first fault until the incident was over; none if it is not.
    pub rto_us: Option<Micros>,
    /// Acknowledged writes that are lost.
    pub lost: u64,
    /// Harmful commands, and those beyond two that nothing called for.
    pub harm: u64,
    /// What is lacking.
    pub lacks: Vec<Lack>,
}

/// Observes a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Judge {
    /// Answered in a row: searches or reads, and writes.
    answered: [u64; 2],
    /// Which conditions on events have come true.
    seen: Vec<bool>,
    /// Meters before the first fault, by condition, and that of lost writes.
    before: Option<(Vec<i64>, i64)>,
    /// Since when everything has held.
    since_us: Option<Micros>,
    harmful: u64,
    groping: u64,
}

/// The stream of requests that a condition names.
fn stream(word: &str) -> Option<usize> {
    ["searches", "writes"].iter().position(|known| *known == word)
}

/// A meter of the world; its name may contain what was drawn.
fn meter(case: &Case, lab: &Lab, name: &str) -> Result<i64, Refusal> {
    let filled = case.names.fill(&name.into()).map_err(|why| broken(case.incident, &why))?;
    let filled = filled.as_str().unwrap_or(name);
    lab.metric(filled).ok_or_else(|| broken(case.incident, &format!("no meter {filled}")))
}

impl Judge {
    /// The meter of lost writes.
    fn lost_meter(case: &Case, lab: &Lab) -> i64 {
        use quorum_facade::swarm::WorldKind;
        let usual = match case.incident.world {
            WorldKind::Milvus | WorldKind::Cluster => "rows.lost",
            WorldKind::Regions => "writes.lost",
            WorldKind::Standalone => {
                // What was acknowledged and cannot be read.
                let rows = lab.snapshot().rows;
                let is_up = lab.metric("alive") == Some(1) && lab.metric("refused") != Some(1);
                let missing =
                    if is_up { rows.acknowledged.saturating_sub(rows.visible) } else { rows.acknowledged };
                return i64::try_from(missing).unwrap_or(i64::MAX);
            }
        };
        lab.metric(case.incident.lost.as_deref().unwrap_or(usual)).unwrap_or(0)
    }

    /// Remembers how it was before the first fault.
    pub(super) fn begin(&mut self, case: &Case, lab: &Lab) {
        let meter =
            |of: &Condition| of.meter.as_deref().map_or(0, |name| meter(case, lab, name).unwrap_or(0));
        let meters = case.incident.solved.iter().map(meter).collect();
        self.seen = vec![false; case.incident.solved.len()];
        self.before = Some((meters, Self::lost_meter(case, lab)));
    }

    /// Takes in an event.
    pub(super) fn observe(&mut self, case: &Case, event: &Event) {
        use quorum_facade::{EngineEvent, MilvusEvent, OpStatus, RegionEvent};
        let ended = match &event.kind {
            EventKind::Service(ServiceEvent::OpEnd { status, .. }) => {
                // In two regions these are writes, elsewhere searches and a client's operations.
                let writes = case.incident.world == quorum_facade::swarm::WorldKind::Regions;
                Some((usize::from(writes), *status == OpStatus::Ok))
            }
            EventKind::Engine(EngineEvent::Acknowledged { .. }) => Some((1, true)),
            EventKind::Milvus(MilvusEvent::InsertFailed { .. }) => Some((1, false)),
            EventKind::Region(RegionEvent::ReadEnd { status, .. }) => Some((0, *status == OpStatus::Ok)),
            EventKind::Region(RegionEvent::RowWritten { .. }) => Some((1, true)),
            _ => None,
        };
        if let Some((stream, ok)) = ended {
            self.answered[stream] = if ok { self.answered[stream] + 1 } else { 0 };
        }
        if event.t_us < case.fault_us {
            return;
        }
        for (at, condition) in case.incident.solved.iter().enumerate() {
            let Some(pattern) = &condition.event else { continue };
            if self.seen.get(at) == Some(&false)
                && let Ok(pattern) = case.names.table(pattern)
                && let Ok(Value::Object(fields)) = serde_json::to_value(event)
                && fits(&pattern, &fields)
            {
                self.seen[at] = true;
            }
        }
    }

    /// Looks at the run at rest.
    pub(super) fn look(&mut self, case: &Case, lab: &Lab) -> Result<(), Refusal> {
        let mut all = lab.now_us() >= case.fault_us;
        for (at, condition) in case.incident.solved.iter().enumerate() {
            all = all && self.holds(at, condition, case, lab)?;
        }
        self.since_us = if all { self.since_us.or(Some(lab.now_us())) } else { None };
        Ok(())
    }

    fn holds(&self, at: usize, condition: &Condition, case: &Case, lab: &Lab) -> Result<bool, Refusal> {
        if let Some((left, right)) = &condition.only {
            let fill = |value: &Value| case.names.fill(value).map_err(|why| broken(case.incident, &why));
            if fill(left)? != fill(right)? {
                return Ok(true);
            }
        }
        if let Some(name) = &condition.meter {
            let have = meter(case, lab, name)?;
            let bound = |value: &Option<Value>| value.as_ref().map(|value| case.number(value)).transpose();
            let before = self.before.as_ref().and_then(|(meters, _)| meters.get(at)).copied().unwrap_or(0);
            let least = bound(&condition.at_least)?.is_none_or(|least| have >= least as i64);
            let most = bound(&condition.at_most)?.is_none_or(|most| have <= most as i64);
            let more = bound(&condition.more_by)?.is_none_or(|more| have >= before + more as i64);
            return Ok(least && most && more);
        }
        if condition.event.is_some() {
            return Ok(self.seen.get(at) == Some(&true));
        }
        if let Some(word) = &condition.answered {
            let stream =
                stream(word).ok_or_else(|| broken(case.incident, &format!("no requests “{word}”")))?;
            let times = condition.times.as_ref().map_or(Ok(1), |times| case.number(times))?;
            return Ok(self.answered[stream] >= times);
        }
        let Some(pattern) = &condition.rows else { return Err(broken(case.incident, "an empty condition")) };
        let pattern = case.names.table(pattern).map_err(|why| broken(case.incident, &why))?;
        let rows = board(case.incident.world, &lab.snapshot());
        let count = rows.iter().filter(|row| fits(&pattern, &row.fields)).count() as u64;
        let bound = |value: &Option<Value>| value.as_ref().map(|value| case.number(value)).transpose();
        let least = bound(&condition.at_least)?;
        let most = bound(&condition.at_most)?;
        Ok(match (least, most) {
            (None, None) => count >= 1,
            (least, most) => {
                least.is_none_or(|least| count >= least) && most.is_none_or(|most| count <= most)
            }
        })
    }

    /// Counts a command.
    pub(super) fn count(&mut self, kind: Kind) {
        match kind {
            Kind::Fine => {}
            Kind::Groping => self.groping += 1,
            Kind::Harm => self.harmful += 1,
        }
    }

    /// Whether everything that the incident asks for holds.
    pub(super) fn is_over(&self) -> bool {
        self.since_us.is_some()
    }

    /// The grade, with the component and the event of the diagnosis.
    pub(super) fn verdict(
        &self,
        case: &Case,
        lab: &Lab,
        diagnosis: Option<(&str, &Entry)>,
    ) -> Result<Verdict, Refusal> {
        let incident = case.incident;
        let lost_before = self.before.as_ref().map_or(0, |(_, lost)| *lost);
        let lost = (Self::lost_meter(case, lab) - lost_before).max(0) as u64;
        let harm = self.harmful + self.groping.saturating_sub(GROPING);
        let rto_us = self.since_us.map(|since_us| since_us.saturating_sub(case.fault_us));
        let within_us = case.deadline_us()? - case.fault_us;
        let mut lacks = Vec::new();
        if rto_us.is_none_or(|rto_us| rto_us > within_us) {
            lacks.push(Lack::Time);
        }
        if lost > case.number(&incident.lost_at_most)? {
            lacks.push(Lack::Loss);
        }
        if harm > 0 {
            lacks.push(Lack::Harm);
        }
        if !diagnosis.is_some_and(|(component, _)| case.components().contains(&component.to_owned())) {
            lacks.push(Lack::Component);
        }
        if !diagnosis.is_some_and(|(_, entry)| case.proves(entry)) {
            lacks.push(Lack::Evidence);
        }
        Ok(Verdict { passed: lacks.is_empty(), rto_us, lost, harm, lacks })
    }
}

impl Case {
    /// The components that are right.
    pub fn components(&self) -> Vec<String> {
        let mut right = Vec::new();
        for component in &self.incident.diagnosis.components {
            match self.names.fill(component) {
                Ok(Value::String(one)) => right.push(one),
                Ok(Value::Array(list)) => {
                    right.extend(list.iter().filter_map(|one| one.as_str().map(str::to_owned)));
                }
                _ => {}
            }
        }
        right
    }

    /// Whether an event proves the right diagnosis.
    pub fn proves(&self, entry: &Entry) -> bool {
        let patterns = self.incident.diagnosis.evidence.iter().filter_map(|one| self.names.table(one).ok());
        entry.t_us >= self.fault_us && patterns.into_iter().any(|pattern| fits(&pattern, &entry.fields))
    }
}
