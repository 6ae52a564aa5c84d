//! What the page's small program knows of grading: the few predicates of the lessons that it can play.
//!
//! The whole program grades everything with `when` and `watch`; the small one must stay small. Promises: both say the
//! same of the lessons that both play (`plain_tests`); looks at events and meters only; a goal once met stays met; nothing
//! that happened before the goal it comes `after` counts. Leaves out: kinds of steps, predictions, solutions.

use super::fields::{Fault, Field};
#[cfg(not(feature = "whole"))]
use super::manifest::{GoalSpec, StepSpec};
use super::{Lesson, Standing};
use crate::sim::event::{Event, EventKind, OpStatus};
use crate::types::NodeId;

/// When a goal is met. Each is checked against events and meters, never against clicks.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// So many rows are acknowledged.
    RowsAcknowledged {
        /// How many.
        at_least: u64,
    },
    /// A query returned, or counted, so many rows.
    QueryReturned {
        /// How many.
        at_least: u64,
    },
    /// A log was replayed to its end after the power had failed while rows were still to be acknowledged.
    RecoveredMidInsert,
    /// A leader was elected.
    LeaderElected,
    /// So many of the client's writes were acknowledged.
    WritesAcknowledged {
        /// How many.
        at_least: u64,
    },
    /// The leader lost its power.
    LeaderKilled,
    /// Service came back after an outage, within these bounds.
    ServiceRestored {
        /// RTO below this.
        rto_below_ms: u64,
        /// Fewer failed requests than this.
        failed_below: u64,
    },
    /// No group of nodes that hear each other is a majority.
    NoMajority,
    /// All nodes lost their power at once and came back.
    PowerCutSurvived,
}

/// Reads a step.
#[cfg(not(feature = "whole"))]
pub(super) fn step(field: Field) -> Result<StepSpec, Fault> {
    let mut fields = field.table()?;
    let goals = fields.optional("goals").map_or(Ok(Vec::new()), Field::list)?;
    let step = StepSpec {
        id: fields.field("id")?.text()?,
        actions: fields.optional("actions").map_or(Ok(Vec::new()), Field::texts)?,
        goals: goals
            .into_iter()
            .map(|field| goal(field).map(|(id, after, when)| GoalSpec { id, after, when }))
            .collect::<Result<_, _>>()?,
    };
    fields.end()?;
    Ok(step)
}

/// Reads a goal: its name, the goal it comes after, and when it is met.
pub(super) fn goal(field: Field) -> Result<(String, Option<String>, Predicate), Fault> {
    let mut fields = field.table()?;
    let id = fields.field("id")?.text()?;
    let after = fields.optional("after").map(Field::text).transpose()?;
    let when = fields.field("when")?.text()?;
    let mut whole = |name: &str| fields.field(name)?.whole();
    let when = match when.as_str() {
        "rows_acknowledged" => Predicate::RowsAcknowledged { at_least: whole("at_least")? },
        "query_returned" => Predicate::QueryReturned { at_least: whole("at_least")? },
        "recovered_mid_insert" => Predicate::RecoveredMidInsert,
        "leader_elected" => Predicate::LeaderElected,
        "writes_acknowledged" => Predicate::WritesAcknowledged { at_least: whole("at_least")? },
        "leader_killed" => Predicate::LeaderKilled,
        "service_restored" => Predicate::ServiceRestored {
            rto_below_ms: whole("rto_below_ms")?,
            failed_below: whole("failed_below")?,
        },
        "no_majority" => Predicate::NoMajority,
        "power_cut_survived" => Predicate::PowerCutSurvived,
        other => return Err(format!("goal {id}: there is no condition “{other}”")),
    };
    fields.end()?;
    Ok((id, after, when))
}

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

/// A goal and how it stands.
#[derive(Clone, Debug)]
pub(super) struct Goal {
    /// Its name.
    pub(super) id: String,
    /// The goal that has to be met first.
    pub(super) after: Option<String>,
    /// When it is met.
    pub(super) when: Predicate,
    /// Its step, from 0.
    pub(super) step: usize,
    /// Whether it is met.
    pub(super) met: bool,
}

impl Grader {
    /// A grader of a lesson whose goals named in `met` were met before.
    #[cfg(not(feature = "whole"))]
    pub fn new(lesson: &'static Lesson, met: &[String]) -> Self {
        let mut goals = Vec::new();
        for (step, spec) in lesson.steps.iter().enumerate() {
            for GoalSpec { id, after, when } in spec.goals.clone() {
                goals.push(Goal { met: met.contains(&id), id, after, when, step });
            }
        }
        Self::of(lesson, goals)
    }

    /// A grader of these goals.
    pub(super) fn of(lesson: &'static Lesson, goals: Vec<Goal>) -> Self {
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
            let open = goal
                .after
                .as_ref()
                .is_none_or(|after| self.goals.iter().any(|earlier| earlier.id == *after && earlier.met));
            if !goal.met && open && self.holds(&goal.when, event, meters, killed_leader) {
                self.goals[at].met = true;
                // One event meets one goal of a chain: the next one has to happen after it.
                if self.goals.iter().any(|later| later.after.as_ref() == Some(&self.goals[at].id)) {
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

    /// What a later run has to know: the names of the goals that are met.
    pub fn notes(&self) -> Vec<String> {
        self.goals.iter().filter(|goal| goal.met).map(|goal| goal.id.clone()).collect()
    }

    /// The first step with a goal that is not met; the last step when all are.
    pub fn step(&self) -> usize {
        let open = self.goals.iter().find(|goal| !goal.met).map(|goal| goal.step);
        open.unwrap_or(self.lesson.steps.len().saturating_sub(1))
    }

    /// All goals, in order.
    pub fn standings(&self, meters: Meters) -> Vec<Standing> {
        let standing = |goal: &Goal| Standing {
            id: goal.id.clone(),
            step: goal.step,
            met: goal.met,
            progress: match goal.when {
                Predicate::RowsAcknowledged { at_least } => {
                    Some((meters.rows_acknowledged.min(at_least), at_least))
                }
                Predicate::WritesAcknowledged { at_least } => Some((self.writes_ok.min(at_least), at_least)),
                _ => None,
            },
            #[cfg(feature = "whole")]
            lacks: Vec::new(),
        };
        self.goals.iter().map(standing).collect()
    }
}

/// A grader of what a slim manifest asks for.
#[cfg(all(test, feature = "whole"))]
pub(super) fn read(document: super::tree::Node, lesson: &'static Lesson) -> Result<Grader, Fault> {
    let mut goals = Vec::new();
    for (step, field) in super::fields::Fields::of(document)?.field("steps")?.list()?.into_iter().enumerate()
    {
        for field in field.table()?.optional("goals").map_or(Ok(Vec::new()), Field::list)? {
            let (id, after, when) = goal(field)?;
            goals.push(Goal { id, after, when, step, met: false });
        }
    }
    Ok(Grader::of(lesson, goals))
}
