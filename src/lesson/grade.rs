//! Grading: which goals of a lesson are met.
//!
//! Promises: looks at events and meters only, never at clicks, so that every way that reaches a goal counts; a
//! goal once met stays met; nothing that happened before the goal it comes `after` counts. Leaves out: scores.

use super::manifest::{GoalSpec, Lesson, Predicate};
use crate::sim::event::{Event, EventKind, OpStatus};
use crate::types::NodeId;

/// What the meters say, beside the events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Meters {
    /// Rows acknowledged.
    pub rows_acknowledged: u64,
    /// Whether some group of nodes that hear each other is a majority.
    pub majority: bool,
}

/// A lesson being graded.
#[derive(Clone, Debug)]
pub struct Grader {
    lesson: &'static Lesson,
    goals: Vec<Goal>,
    leader: Option<NodeId>,
    writes_ok: u64,
    /// Whether a torn tail was cut since the last opening.
    torn: bool,
    /// How often everything was given power: openings, and power cuts within one.
    boot: u32,
}

#[derive(Clone, Debug)]
struct Goal {
    spec: &'static GoalSpec,
    step: usize,
    met: bool,
}

/// A goal's standing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its name.
    pub id: String,
    /// Its step, from 0.
    pub step: usize,
    /// Whether it is met.
    pub met: bool,
    /// Have and want, where it can be counted.
    pub progress: Option<(u64, u64)>,
}

impl Grader {
    /// A grader of a lesson whose goals named in `met` were met before.
    pub fn new(lesson: &'static Lesson, met: &[String]) -> Self {
        let steps = lesson.steps.iter().enumerate();
        let goals = steps.flat_map(|(step, spec)| spec.goals.iter().map(move |goal| (step, goal)));
        let goals = goals.map(|(step, spec)| Goal { spec, step, met: met.contains(&spec.id) }).collect();
        Self { lesson, goals, leader: None, writes_ok: 0, torn: false, boot: 0 }
    }

    /// Takes an event in, with the meters after it.
    pub fn observe(&mut self, event: &Event, meters: Meters) {
        let killed_leader =
            event.kind == EventKind::Killed && event.node.is_some() && event.node == self.leader;
        match &event.kind {
            EventKind::BecameLeader { .. } => self.leader = event.node,
            EventKind::OpEnd { status: OpStatus::Ok, .. } => self.writes_ok += 1,
            EventKind::TornTail { .. } => self.torn = true,
            EventKind::Opened { boot, .. } => self.boot = self.boot.max(*boot),
            EventKind::PowerCut => self.boot += 1,
            _ => {}
        }
        for at in 0..self.goals.len() {
            let goal = &self.goals[at];
            let open = goal.spec.after.as_ref().is_none_or(|after| {
                self.goals.iter().any(|earlier| earlier.spec.id == *after && earlier.met)
            });
            if !goal.met && open && self.holds(&goal.spec.when, event, meters, killed_leader) {
                self.goals[at].met = true;
                // One event meets one goal of a chain: the next one has to happen after it.
                if self.goals.iter().any(|later| later.spec.after.as_ref() == Some(&self.goals[at].spec.id)) {
                    break;
                }
            }
        }
    }

    fn holds(&self, when: &Predicate, event: &Event, meters: Meters, killed_leader: bool) -> bool {
        match (when, &event.kind) {
            (Predicate::RowsAcknowledged { at_least }, _) => meters.rows_acknowledged >= *at_least,
            (Predicate::QueryReturned { at_least }, EventKind::Queried { rows, .. }) => rows >= at_least,
            (Predicate::RecoveredMidInsert, EventKind::Recovered { unproven_rows, outstanding_rows, .. }) => {
                self.torn || *unproven_rows > 0 || *outstanding_rows > 0
            }
            (Predicate::LeaderElected, EventKind::BecameLeader { .. }) => true,
            (Predicate::WritesAcknowledged { at_least }, _) => self.writes_ok >= *at_least,
            (Predicate::LeaderKilled, _) => killed_leader,
            (
                Predicate::ServiceRestored { rto_below_ms, failed_below },
                EventKind::ServiceRestored { rto_us, failed, .. },
            ) => *rto_us < rto_below_ms * 1_000 && failed < failed_below,
            (Predicate::NoMajority, _) => !meters.majority,
            (Predicate::PowerCutSurvived, EventKind::BecameLeader { .. }) => self.boot > 1,
            _ => false,
        }
    }

    /// The lesson.
    pub fn lesson(&self) -> &'static Lesson {
        self.lesson
    }

    /// The names of the goals that are met.
    pub fn met(&self) -> Vec<String> {
        self.goals.iter().filter(|goal| goal.met).map(|goal| goal.spec.id.clone()).collect()
    }

    /// The first step with a goal that is not met; the last step when all are.
    pub fn step(&self) -> usize {
        let open = self.goals.iter().find(|goal| !goal.met).map(|goal| goal.step);
        open.unwrap_or(self.lesson.steps.len().saturating_sub(1))
    }

    /// All goals, in order.
    pub fn standings(&self, meters: Meters) -> Vec<Standing> {
        let standing = |goal: &Goal| Standing {
            id: goal.spec.id.clone(),
            step: goal.step,
            met: goal.met,
            progress: match goal.spec.when {
                Predicate::RowsAcknowledged { at_least } => {
                    Some((meters.rows_acknowledged.min(at_least), at_least))
                }
                Predicate::WritesAcknowledged { at_least } => Some((self.writes_ok.min(at_least), at_least)),
                _ => None,
            },
        };
        self.goals.iter().map(standing).collect()
    }
}
