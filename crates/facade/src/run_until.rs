//! Runs until something happens: an event worth telling, a new leader, an outage, a broken invariant, a goal.
//!
//! Guarantees: time stops after the step in which it happened, so the next step is the first one after it; it ends at
//! the latest at its bound, or where nothing more happens by itself; the answer has the event, or says that there was
//! none; it can be stopped between two calls of the host. Leaves out: pacing, which is up to the host, and which
//! events are waited for (`awaited`).

use super::answer::Answer;
use super::awaited::{Awaited, is_outage};
use super::event::Event;
use super::{Lab, Topology, Until, Wait};
use quorum_lesson::Grader;
use quorum_types::{Micros, Refusal};

/// How many goals a grader's lesson has.
fn goals_of(grader: &Grader) -> usize {
    grader.lesson().steps.iter().map(|step| step.goals.len()).sum()
}

/// What was found for the wait in progress.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    event: Option<Event>,
    goal: Option<String>,
}

impl Found {
    fn is_there(&self) -> bool {
        self.event.is_some() || self.goal.is_some()
    }
}

impl Lab {
    /// The wait of a run until something happens, for at most this long.
    pub(super) fn until(&mut self, what: Awaited, most_us: Micros) -> Result<Until, Refusal> {
        let goals = match (what, &self.grader) {
            (Awaited::Goal, None) => return Err(Refusal::new("no_lesson", "this run is no lesson")),
            (Awaited::Goal, Some(grader)) if grader.met().len() >= goals_of(grader) => {
                return Err(Refusal::new("goals_met", "every goal of this lesson is met"));
            }
            (_, grader) => grader.as_ref().map_or(0, |grader| grader.met().len()),
        };
        if self.waits.is_empty() {
            self.found = Found::default();
        }
        Ok(Until::Happens { what, by: self.now_us().saturating_add(most_us), goals })
    }

    /// Looks for what the first wait waits for, in what has just happened.
    pub(super) fn look_for(&mut self, fresh: &[Event]) {
        let Some(Wait { until: Until::Happens { what, goals, .. }, .. }) = self.waits.front() else { return };
        if self.found.is_there() {
            return;
        }
        let cluster = self.topology == Topology::External;
        let mut fits = fresh.iter().filter(|event| what.is(event, cluster));
        // A request may end in the step that makes an outage of it, which says more.
        let outage = fits.clone().find(|event| is_outage(event));
        self.found.event = outage.or_else(|| fits.next()).cloned();
        if *what == Awaited::Goal {
            let met = self.grader.as_ref().and_then(|grader| grader.met().get(*goals));
            self.found.goal = met.map(|goal| (*goal).to_owned());
        }
    }

    /// The answer of a run until something happens, once it is over: it was found, or nothing more comes before the
    /// bound.
    pub(super) fn happened(&mut self, stopped: bool) -> Option<Answer> {
        if !stopped && !self.found.is_there() {
            return None;
        }
        let Found { event, goal } = std::mem::take(&mut self.found);
        Some(Answer::Happened { ok: true, t_us: self.now_us(), event, goal, stopped: false })
    }

    /// Ends every run until something happens at the present moment; each is answered.
    pub(super) fn stop_run(&mut self) {
        let t_us = self.now_us();
        let (ended, others): (Vec<Wait>, Vec<Wait>) = std::mem::take(&mut self.waits)
            .into_iter()
            .partition(|wait| matches!(wait.until, Until::Happens { .. }));
        self.waits.extend(others);
        self.found = Found::default();
        let stopped = |wait: Wait| {
            (wait.ticket, Answer::Happened { ok: true, t_us, event: None, goal: None, stopped: true })
        };
        self.answers.extend(ended.into_iter().map(stopped));
    }
}
