//! A recording of the steps of a replayed run: what each processed, which step scheduled it, and its events.
//!
//! Only the copy of a lab that answers “why” records. Guarantees: every event of the recorded span belongs to exactly
//! one step, in the order of the trace. Leaves out: what follows from it (`why`).

use super::Lab;
use super::command::Command;
use super::event::Event;
use quorum_sim::event_queue::{NextStep, StepLabel, StepNumber};
use quorum_types::Micros;

/// The label of a step that processes a command.
pub(super) const COMMAND: &str = "command";
/// The label of the beginning of a run.
pub(super) const START: &str = "start";

/// A recorded step.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// Its number.
    pub(super) number: StepNumber,
    /// The step that scheduled it; 0 for the beginning of the run.
    pub(super) cause: StepNumber,
    /// What it processed.
    pub(super) label: StepLabel,
    /// When.
    pub(super) at_us: Micros,
    /// How many steps of the world and commands of the line came before it.
    pub(super) before: (u64, usize),
    /// Its command.
    pub(super) command: Option<Command>,
    /// Its events.
    pub(super) events: Vec<Event>,
}

/// The recorded steps, in the order in which they were processed.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorder {
    pub(super) steps: Vec<Step>,
}

impl Recorder {
    /// Events of the current step; of the beginning of the run if none was recorded yet.
    pub(super) fn attach(&mut self, events: &[Event]) {
        let Some(first) = events.first() else { return };
        if self.steps.is_empty() {
            let label = StepLabel::of(START);
            let (at_us, events) = (first.t_us, Vec::new());
            self.steps.push(Step {
                number: 0,
                cause: 0,
                label,
                at_us,
                before: (0, 0),
                command: None,
                events,
            });
        }
        if let Some(step) = self.steps.last_mut() {
            step.events.extend(events.iter().cloned());
        }
    }

    /// The position of a step.
    pub(super) fn place(&self, number: StepNumber) -> Option<usize> {
        self.steps.iter().rposition(|step| step.number == number)
    }
}

impl Lab {
    /// The world's next step, if this copy records.
    pub(super) fn step_to_record(&self) -> Option<NextStep> {
        self.recorder.as_ref().and_then(|_| self.world.next_step())
    }

    /// Records a step of the world that was just taken.
    pub(super) fn record_step(&mut self, taken: Option<NextStep>) {
        // Background work takes no scheduled event: what it emits belongs to the step before.
        let Some(NextStep { number, cause, label }) = taken else { return };
        let (at_us, before, events) = (self.now_us(), self.point(), Vec::new());
        if let Some(recorder) = &mut self.recorder {
            recorder.steps.push(Step { number, cause, label, at_us, before, command: None, events });
        }
    }

    /// Begins the step of a command, and records it.
    pub(super) fn begin_command(&mut self, command: &Command) {
        let number = self.world.begin_command();
        let (at_us, (steps, commands)) = (self.now_us(), self.point());
        let Some(recorder) = &mut self.recorder else { return };
        let (label, command) = (StepLabel::of(COMMAND), Some(command.clone()));
        // A repeated command is counted as done before it is given.
        let before = (steps, commands.saturating_sub(1));
        recorder.steps.push(Step { number, cause: 0, label, at_us, before, command, events: Vec::new() });
    }
}
