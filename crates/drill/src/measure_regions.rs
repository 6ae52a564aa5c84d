//! Measures two regions, event by event, until a disaster is over.
//!
//! A month has millions of events, so none are stored: only the number and the time of each acknowledged write, and
//! sums of the rest. Guarantees: RTO, its phases, RPO, requests and steps can all be derived from the trace, and the
//! phases add up to the RTO for all settings; a write that the world's audit misses counts as lost even if no event
//! reports the loss. Leaves out: playing (`region`), targets and sums (`measure`).

use super::measure::{Reading, ms, phases_ms};
use super::report::{LostWrite, Queries, Rpo, StepReport};
use quorum_facade::regions::recovery_point::{Fate, oldest_us, recovery_point_us};
use quorum_facade::regions::snapshot::LostFacts;
use quorum_facade::regions::{OutageClock, Step, Tried, client_of, phase_of};
use quorum_facade::{Event, EventKind, OpStatus, Phase, RegionEvent, ServiceEvent};
use quorum_types::sort::{sort, sort_by_key};
use quorum_types::{Micros, SECOND};
use std::collections::BTreeMap;

/// Service counts as there at the end if a write was acknowledged so shortly before it.
const SERVING_US: Micros = 15 * 60 * SECOND;

/// What is known so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    fault_us: Option<Micros>,
    total: u64,
    ok: u64,
    took_ms: Vec<f64>,
    /// Acknowledged writes and when, in the order of their acknowledgements.
    acknowledged: Vec<(u64, Micros)>,
    /// Writes that a region has and that were not acknowledged to the client: the write, the region.
    written: Vec<(u64, u32)>,
    /// Which regions the world cannot reach, and which of them are cut off.
    away: [bool; 2],
    cut_off: [bool; 2],
    /// How many clients are in each region.
    clients: [u32; 2],
    /// The outage of the disaster, as the world's own meter reads it.
    clock: Option<OutageClock>,
    last_good_us: Option<Micros>,
    /// Writes that were reported as lost, where, and when.
    died: Vec<(u64, String, Micros)>,
    alarm_us: Option<Micros>,
    steps: Vec<StepReport>,
    /// Whether steps are logged before the disaster too; those are kept in `steps_before`.
    log_steps: bool,
    steps_before: Vec<StepReport>,
    /// The step under way: its word, and when it began.
    step: Option<(String, Micros)>,
    /// When the last step ended.
    last_step_us: Option<Micros>,
    felt: Vec<String>,
}

/// What the player knows and the events do not say.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) scenario: &'static str,
    pub(super) seed: u64,
    /// The word of the disaster.
    pub(super) disaster: &'static str,
    /// Whether an operator had to notice it.
    pub(super) noticed: bool,
    pub(super) surprise: Option<String>,
    pub(super) ends_us: Micros,
    pub(super) audit: Vec<LostFacts>,
    pub(super) cost_fen: u64,
    pub(super) digest: String,
    pub(super) targets: super::targets::Targets,
}

impl Watch {
    /// Starts the log of steps before the disaster, as in a drill that restores a backup first.
    pub(super) fn start_step_log(&mut self) {
        self.log_steps = true;
    }

    /// From here on the clock of the RTO runs.
    pub(super) fn strike(&mut self, at_us: Micros, clients: [u32; 2]) {
        self.fault_us = Some(at_us);
        self.clients = clients;
        self.clock = Some(OutageClock::begin(at_us, Phase::Detect, clients.iter().sum()));
        self.steps_before = std::mem::take(&mut self.steps);
    }

    fn logs(&self) -> bool {
        self.log_steps || self.fault_us.is_some()
    }

    /// Takes an event in.
    pub(super) fn see(&mut self, event: &Event) {
        let at_us = event.t_us;
        match &event.kind {
            EventKind::Region(RegionEvent::RowWritten { op, region, .. }) => {
                self.written.push((*op, *region))
            }
            EventKind::Service(ServiceEvent::OpEnd { op, status, took_us }) => {
                let client = event.node.map(client_of).unwrap_or_default();
                let place = u32::from(client >= self.clients[0]);
                let tried = Tried { client, place, began_us: at_us - took_us, now: at_us };
                self.write_ended(tried, *op, *status)
            }
            EventKind::Region(RegionEvent::ReadEnd { status, .. }) => {
                self.total += 1;
                self.ok += u64::from(*status == OpStatus::Ok);
            }
            EventKind::Region(RegionEvent::RegionLost { region, .. }) => self.away(*region, true, false),
            EventKind::Region(RegionEvent::RegionIsolated { region }) => self.away(*region, true, true),
            EventKind::Region(RegionEvent::RegionReturned { region, .. }) => {
                self.away(*region, false, false);
            }
            EventKind::Region(RegionEvent::AlertRaised { alert, .. }) if alert == "region_back" => {
                (self.away, self.cut_off) = ([false; 2], [false; 2]);
            }
            EventKind::Region(RegionEvent::RunbookBegan { .. }) => self.cut(at_us, Some(Phase::Decide)),
            EventKind::Region(RegionEvent::RunbookEnded { .. }) => self.cut(at_us, Some(Phase::ClientRetry)),
            EventKind::Region(RegionEvent::WriteDied { op, died }) => {
                self.died.push((*op, died.clone(), at_us));
            }
            EventKind::Region(RegionEvent::AlertRaised { alert, .. })
                if alert == "primary_down" && self.fault_us.is_some() =>
            {
                self.alarm_us.get_or_insert(at_us);
            }
            EventKind::Region(RegionEvent::StepBegan { word, .. }) if self.logs() => {
                self.cut(at_us, Step::of(word).map(phase_of));
                self.step = Some((word.clone(), at_us));
            }
            EventKind::Region(RegionEvent::StepEnded { word, ok, why, took_us, .. }) if self.logs() => {
                self.step = None;
                self.last_step_us = Some(at_us);
                self.steps.push(StepReport::of(word, *ok, why, ms(*took_us)));
            }
            EventKind::Region(RegionEvent::SurpriseFelt { surprise }) => self.felt.push(surprise.clone()),
            _ => {}
        }
    }

    fn cut(&mut self, at_us: Micros, phase: Option<Phase>) {
        if let Some((clock, phase)) = self.clock.as_mut().zip(phase) {
            clock.cut(at_us, phase);
        }
    }

    fn away(&mut self, region: u32, away: bool, cut_off: bool) {
        let region = region as usize;
        if let (Some(known), Some(cut)) = (self.away.get_mut(region), self.cut_off.get_mut(region)) {
            (*known, *cut) = (away, cut_off);
        }
    }

    fn write_ended(&mut self, tried: Tried, op: u64, status: OpStatus) {
        self.total += 1;
        let region = self.written.iter().position(|(written, _)| *written == op);
        let region = region.map(|at| self.written.swap_remove(at).1);
        if status != OpStatus::Ok {
            if let Some(clock) = &mut self.clock {
                clock.failed(tried, self.cut_off);
            }
            return;
        }
        self.ok += 1;
        self.took_ms.push(ms(tried.now - tried.began_us));
        self.acknowledged.push((op, tried.now));
        // Clients inside a region that is cut off are still answered; the world is not served by that.
        let reached = region.and_then(|region| self.away.get(region as usize)).is_none_or(|away| !away);
        if !reached {
            return;
        }
        self.last_good_us = Some(tried.now);
        if let Some(clock) = &mut self.clock {
            clock.answered(tried, self.cut_off);
        }
    }

    /// What came of it.
    pub(super) fn reading(mut self, known: Known) -> Reading {
        let fault_us = self.fault_us.unwrap_or(known.ends_us);
        sort(&mut self.acknowledged);
        let rpo = self.rpo(fault_us, &known.audit);
        let steps = self.log(fault_us, &known);
        let clock = self.clock.unwrap_or_default();
        let serving = self.last_good_us.is_some_and(|last| last + SERVING_US >= known.ends_us);
        Reading {
            scenario: known.scenario,
            seed: known.seed,
            queries: Queries::of(self.total, self.ok),
            took_ms: self.took_ms,
            fault: true,
            felt: clock.lost_us.is_some(),
            rto_ms: clock.rto_us().map(ms),
            client_rto_ms: clock.lost_us.zip(clock.restored_us).map(|(bad, back)| ms(back - bad)),
            phases: clock.restored_us.map(|back_us| phases_ms(&clock.phases(back_us))).unwrap_or_default(),
            rpo,
            digest: known.digest,
            actions: Vec::new(),
            // From the disaster until service was back and the runbook was through.
            total_us: self
                .last_step_us
                .max(clock.restored_us)
                .unwrap_or(known.ends_us)
                .saturating_sub(fault_us),
            wait_us: 0,
            outages: Vec::new(),
            disaster: Some(super::measure::Struck {
                targets: known.targets,
                serving,
                kind: known.disaster.to_owned(),
                cost_fen: known.cost_fen,
                surprise: known.surprise,
                felt: self.felt,
                steps,
            }),
        }
    }

    /// Lost is what an event names, and what the audit misses.
    fn rpo(&self, fault_us: Micros, audit: &[LostFacts]) -> Rpo {
        let mut lost: Vec<LostWrite> =
            self.died.iter().map(|(op, died, _)| LostWrite { id: *op, died: died.clone() }).collect();
        lost.extend(audit.iter().map(|lost| LostWrite { id: lost.op, died: lost.died.clone() }));
        // Of two that say the same write, the event's stays: the sort keeps their order.
        sort_by_key(&mut lost, |a| a.id);
        lost.dedup_by_key(|write| write.id);
        let moment = |id: u64| {
            let at = self.acknowledged.binary_search_by(|known| known.0.cmp(&id)).ok()?;
            self.acknowledged.get(at).map(|known| known.1)
        };
        // What was never acknowledged cannot be lost.
        lost.retain(|write| moment(write.id).is_some());
        let is_lost = |op: &u64| lost.binary_search_by(|write| write.id.cmp(op)).is_ok();
        let died: BTreeMap<u64, Micros> = self.died.iter().map(|(op, _, at_us)| (*op, *at_us)).collect();
        let fates = self.acknowledged.iter().map(|(op, at_us)| Fate {
            acknowledged_us: *at_us,
            lost: is_lost(op),
            died_us: died.get(op).copied(),
        });
        let (gap_us, oldest_us) = (recovery_point_us(fates.clone(), fault_us), oldest_us(fates, fault_us));
        let acknowledged = self.acknowledged.len() as u64;
        let [gap_ms, oldest_ms] = [gap_us, oldest_us].map(|us| Some(ms(us)));
        Rpo { ms: gap_ms, oldest_ms, acknowledged, lost_writes: Some(lost) }
    }

    /// The drill's log: the disaster, its detection, and the runbook's steps; one that never ended counts as failed.
    fn log(&mut self, fault_us: Micros, known: &Known) -> Vec<StepReport> {
        let mut steps = std::mem::take(&mut self.steps_before);
        let drilled = self.log_steps;
        steps.push(StepReport::of("disaster", true, "", 0.0));
        if known.noticed {
            steps.push(match self.alarm_us {
                Some(alarm_us) => StepReport::of("detect", true, "", ms(alarm_us - fault_us)),
                None => StepReport::of("detect", false, "not_detected", ms(known.ends_us - fault_us)),
            });
        }
        steps.append(&mut self.steps);
        if let Some((word, began_us)) = self.step.take() {
            steps.push(StepReport::of(&word, false, "unfinished", ms(known.ends_us - began_us)));
        }
        if drilled {
            number(&mut steps);
        }
        steps
    }
}

impl StepReport {
    fn of(word: &str, ok: bool, why: &str, ms: f64) -> Self {
        Self { step: word.to_owned(), stage: stage(word), note_5: None, ok, why: why.to_owned(), ms }
    }
}

/// Gives each line its place in course note 5's drill: verify the newest backup, verify the standby, simulate the
/// failure, switch, verify the service. The switch has a check of the service of its own; the last one is the drill's.
fn number(steps: &mut [StepReport]) {
    let disaster = steps.iter().position(|step| step.step == "disaster").unwrap_or(steps.len());
    let announced = steps.iter().position(|step| step.step == "announce").unwrap_or(steps.len());
    for (at, step) in steps.iter_mut().enumerate() {
        step.note_5 = Some(match step.step.as_str() {
            "verify backup" if at < disaster => 1,
            _ if at < disaster => 2,
            _ if at == disaster => 3,
            "check service" if at > announced => 5,
            _ => 4,
        });
    }
}

/// Which of course note 4's six steps of a drill it belongs to, from 1: the disaster, its detection, the start of the
/// recovery, the restore, the check of the service, the switch of the traffic.
pub fn stage(word: &str) -> u32 {
    match word {
        "disaster" => 1,
        "detect" => 2,
        "page" | "decide" | "check standby" | "start standby" | "fence" | "drain" | "wait minute" => 3,
        "restore newest" | "restore good" | "rebuild" | "catch up" => 4,
        "verify backup" | "verify count" | "verify digest" => 5,
        _ => 6,
    }
}
