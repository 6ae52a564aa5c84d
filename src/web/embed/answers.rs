//! The learner's predictions and answers, in the order in which they were given, for the host's records.
//!
//! Guarantees: each is listed once with the moment at which it was first seen; a prediction that was changed before its
//! outcome is listed with the last choice; what a learner took back by going back in time is not listed. Leaves out:
//! judging them (the lab does that).

use serde::Serialize;

use quorum_facade::snapshot::{LessonFacts, StepFacts};
use quorum_lesson::{StepKind, find};

/// A prediction or an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Given {
    /// The step's name.
    pub(super) id: String,
    /// `prediction` or `answer`.
    #[serde(rename = "type")]
    pub(super) sort: &'static str,
    /// The step's number, from 0.
    pub(super) step: usize,
    /// The name of the choice.
    pub(super) choice: String,
    /// Whether it is right; none as long as that is open.
    pub(super) right: Option<bool>,
    /// Virtual time.
    pub(super) t_us: u64,
}

/// The list so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers(Vec<Given>);

impl Answers {
    /// Brings the list up to date with the state of the lesson at a moment.
    pub(super) fn see(&mut self, facts: &LessonFacts, t_us: u64) {
        let mut now: Vec<Given> = Vec::new();
        for (at, step) in facts.steps.iter().enumerate() {
            let choices: Vec<&String> = match step.kind.as_str() {
                "predict" => step.chosen.iter().collect(),
                "explain" => step.came.iter().collect(),
                _ => Vec::new(),
            };
            now.extend(choices.into_iter().map(|choice| given(&facts.slug, (at, step), choice, t_us)));
        }
        let same = |one: &Given, other: &Given| one.step == other.step && one.choice == other.choice;
        self.0.retain_mut(|old| match now.iter().position(|new| same(new, old)) {
            Some(at) => {
                old.right = now.remove(at).right;
                true
            }
            None => false,
        });
        self.0.extend(now);
    }

    /// The list.
    pub(super) fn all(&self) -> &[Given] {
        &self.0
    }
}

fn given(slug: &str, (at, step): (usize, &StepFacts), choice: &str, t_us: u64) -> Given {
    let predicts = step.kind == "predict";
    let right = if predicts {
        step.settled.then(|| step.came.iter().any(|came| came == choice))
    } else {
        is_right(slug, at, choice).or(step.right.filter(|_| step.chosen.as_deref() == Some(choice)))
    };
    let sort = if predicts { "prediction" } else { "answer" };
    Given { id: step.id.clone(), sort, step: at, choice: choice.to_owned(), right, t_us }
}

/// Whether a choice is a right answer to the question of a step.
fn is_right(slug: &str, at: usize, choice: &str) -> Option<bool> {
    match &find(slug)?.steps.get(at)?.kind {
        StepKind::Explain(answers) => {
            answers.iter().find(|answer| answer.id == choice).map(|answer| answer.is_right())
        }
        _ => None,
    }
}
