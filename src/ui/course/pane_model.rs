//! What the lesson pane shows, and what a learner requests of it.
//!
//! Guarantees: plain data. Leaves out: drawing it (`pane`) and handling the requests (`guide`).

use std::rc::Rc;

use yew::prelude::*;

use quorum_facade::snapshot::LessonFacts;
use quorum_facade::{Command, Snapshot};
use quorum_lesson::record::Account;
use quorum_lesson::{Lesson, LessonText, StepSpec};

/// A request of the learner's to the pane.
#[derive(Clone, Debug, PartialEq)]
pub enum Say {
    /// Show a step.
    Step(usize),
    /// Mark this step as read and go on.
    Read(usize),
    /// Predict.
    Predict(String),
    /// State how sure the prediction is, in percent.
    Sure(u32),
    /// Answer.
    Explain(String),
    /// Open the run that refutes this answer.
    Refute(String),
    /// Perform an action.
    Act(&'static str),
    /// Use a tool.
    Use(Box<Command>),
    /// One more hint.
    Hint,
    /// Play the solution of this step.
    ShowMe,
    /// Ask whether to start over, or stop asking.
    AskReset(bool),
    /// Start over.
    Reset,
    /// Lift the lesson's restrictions, or apply them again.
    Free(bool),
}

/// The links of the last step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ways {
    /// The course map; none in a frame of a course page.
    pub home: Option<String>,
    /// The next lesson's address and title.
    pub next: Option<(String, String)>,
    /// The print view of this lesson.
    pub print: String,
}

/// The pane's contents.
#[derive(Clone, Debug, PartialEq)]
pub struct Pane {
    /// The lesson.
    pub lesson: &'static Lesson,
    /// Its text.
    pub text: &'static LessonText,
    /// Its state in this run; none before that is known.
    pub facts: Option<LessonFacts>,
    /// The run, for tools that name what they are used on.
    pub now: Option<Rc<Snapshot>>,
    /// Its stored account.
    pub account: Account,
    /// The visible step.
    pub step: usize,
    /// How many hints are open.
    pub hints: usize,
    /// The step's actions, and whether each is possible now.
    pub actions: Vec<(&'static str, bool)>,
    /// Those that the host page of the frame does not offer.
    pub barred: Vec<&'static str>,
    /// Whether some of them wait for a node that is not there yet.
    pub waits: bool,
    /// A notice that is not a refusal.
    pub note: Option<String>,
    /// Whether the lab runs.
    pub running: bool,
    /// Whether starting over waits for confirmation.
    pub asking: bool,
    /// The last refusal.
    pub refused: Option<String>,
    /// Whether the browser stores the record.
    pub kept: bool,
    /// The links of the last step.
    pub ways: Ways,
    /// Whether the goals of all steps are shown, because a host page wants nothing else of the lesson.
    pub all_goals: bool,
    /// Called with the learner's requests.
    pub onsay: Callback<Say>,
}

impl Pane {
    /// The visible step.
    pub(super) fn spec(&self) -> &'static StepSpec {
        &self.lesson.steps[self.step.min(self.lesson.steps.len().saturating_sub(1))]
    }

    /// Whether a step is finished, in this run or in an earlier one of this attempt.
    pub(super) fn done(&self, step: &StepSpec) -> bool {
        self.account.steps.contains(&step.id)
    }

    /// Whether every step is finished.
    pub(super) fn finished(&self) -> bool {
        self.lesson.steps.iter().all(|step| self.done(step))
    }

    /// A callback that sends this request on a click.
    pub(super) fn on(&self, say: Say) -> Callback<MouseEvent> {
        self.onsay.reform(move |_| say.clone())
    }
}
