//! `kill-the-leader`: the lesson's action, headless. Once everything works, the leader loses its power and stays down.
//!
//! Guarantees: slices of any size give the same run. Leaves out: measuring it.

use super::measure::{Left, Played};
use quorum_facade::{
    Action, Advance, Answer, Command, Event, EventKind, Lab, OpStatus, RaftEvent, ServiceEvent,
};
use quorum_types::sort::sort;
use quorum_types::{Micros, NodeId, Refusal, Rng, SECOND};

/// The fault comes up to a second after this many writes were acknowledged.
const WRITES_FIRST: usize = 10;
/// A replica set that has not got that far by then is not drilled.
const START_US: Micros = 600 * SECOND;
/// A run is observed for so long after the fault.
const OBSERVED_US: Micros = 60 * SECOND;

/// A run under way.
#[derive(Debug)]
pub(super) struct Leader {
    lab: Lab,
    seed: u64,
    events: Vec<Event>,
    stage: Stage,
}

/// What is waited for, and until when.
#[derive(Clone, Copy, Debug)]
enum Stage {
    Writes { until_us: Micros },
    Fault { fault_us: Micros },
    Observed { fault_us: Micros },
}

impl Leader {
    pub(super) fn new(lab: Lab) -> Self {
        let seed = lab.snapshot().seed;
        let mut run = Self { lab, seed, events: Vec::new(), stage: Stage::Fault { fault_us: 0 } };
        run.stage = run.after_writes();
        run
    }

    /// Continues for at most this many scheduled events; returns what was played once it is over.
    pub(super) fn go(&mut self, most: u64) -> Result<Option<Played>, Refusal> {
        let until_us = match self.stage {
            Stage::Writes { until_us } => until_us,
            Stage::Fault { fault_us } => fault_us,
            Stage::Observed { fault_us } => fault_us + OBSERVED_US,
        };
        let most = u32::try_from(most).unwrap_or(u32::MAX).max(1);
        let advanced = self.lab.advance(until_us, most);
        self.events.extend(self.lab.take_events());
        if advanced == Advance::Budget {
            return Ok(None);
        }
        match self.stage {
            Stage::Writes { .. } => self.stage = self.after_writes(),
            Stage::Fault { fault_us } => {
                let leader = acting_leader(&self.events).ok_or_else(|| {
                    let error = format!("seed {}: no leader after {} s", self.seed, START_US / SECOND);
                    Refusal::new("no_leader", error)
                })?;
                self.lab.execute(
                    1,
                    Command::Cluster(Action::Kill { node: leader, torn_bytes: 0, sectors: None }),
                );
                self.stage = Stage::Observed { fault_us };
            }
            Stage::Observed { fault_us } => {
                let left = Left::Shown(self.rows_left());
                return Ok(Some(Played {
                    scenario: super::suites::LEADER,
                    seed: self.seed,
                    fault_us: Some(fault_us),
                    window_us: (0, fault_us + OBSERVED_US),
                    wait_us: 0,
                    events: std::mem::take(&mut self.events),
                    left,
                    digest: self.lab.digest(),
                    actions: Vec::new(),
                }));
            }
        }
        Ok(None)
    }

    /// Whether enough writes were acknowledged, looked at every second.
    fn after_writes(&self) -> Stage {
        let now = self.lab.now_us();
        let good = |event: &&Event| {
            matches!(event.kind, EventKind::Service(ServiceEvent::OpEnd { status: OpStatus::Ok, .. }))
        };
        if self.events.iter().filter(good).count() < WRITES_FIRST && now < START_US {
            return Stage::Writes { until_us: now + SECOND };
        }
        Stage::Fault { fault_us: now + Rng::new(self.seed, u64::MAX).below(SECOND) }
    }

    /// The writes whose rows the replica set can still show, ascending.
    fn rows_left(&mut self) -> Vec<u64> {
        // Writes are numbered from 1.
        let query = Command::query("id > 0", &[], None);
        self.lab.execute(2, query);
        self.events.extend(self.lab.take_events());
        let answers = self.lab.take_answers();
        let rows = answers.into_iter().find_map(|(ticket, answer)| match answer {
            Answer::Rows { rows, .. } if ticket == 2 => Some(rows),
            _ => None,
        });
        let id = |row: &quorum_facade::Row| u64::try_from(row.int("id")?).ok();
        let mut ids: Vec<u64> = rows.unwrap_or_default().iter().filter_map(id).collect();
        sort(&mut ids);
        ids
    }
}

fn acting_leader(events: &[Event]) -> Option<NodeId> {
    events
        .iter()
        .rev()
        .find(|event| matches!(event.kind, EventKind::Raft(RaftEvent::BecameLeader { .. })))?
        .node
}
