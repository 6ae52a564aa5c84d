//! Time stands still until the learner has made a lesson's first prediction.
//!
//! Guarantees: the outcome of a prediction with which a lesson begins cannot pass while the learner reads what it is
//! about; time that stood still for this reason goes on once the prediction is made or passed over. A learner who lets
//! time run earlier is not stopped again, and time that was paused before stays paused. Leaves out: later predictions,
//! which come after something that the learner has done.

use yew::prelude::*;

use crate::web::session::Session;
use crate::web::wire::Pace;
use quorum_facade::snapshot::LessonFacts;
use quorum_lesson::Lesson;
use quorum_lesson::schema::StepKind;

/// Holds time while the lesson waits for its first prediction.
#[hook]
pub(super) fn use_first_prediction(
    session: &Session,
    lesson: &'static Lesson,
    step: Option<usize>,
    facts: &Option<LessonFacts>,
) {
    let waits = step.is_some_and(|step| facts.as_ref().is_some_and(|facts| waits(lesson, step, facts)));
    let stopped = use_mut_ref(|| false);
    let session = session.clone();
    use_effect_with((waits, lesson.slug.clone()), move |(waits, _)| {
        let plays = session.host().playing;
        if *waits && plays {
            session.pace(Pace::Hold);
            *stopped.borrow_mut() = true;
        } else if !*waits && stopped.replace(false) {
            session.pace(Pace::Play);
        }
    });
}

/// Whether a lesson that begins with a prediction waits for it at this step: nothing but reading comes before it.
fn waits(lesson: &Lesson, step: usize, facts: &LessonFacts) -> bool {
    let mut steps = lesson.steps.iter().enumerate();
    let Some((at, first)) = steps.find(|(_, one)| !matches!(one.kind, StepKind::Read)) else { return false };
    let begins = matches!(&first.kind, StepKind::Predict(prediction) if prediction.after.is_none());
    let open = facts.steps.iter().find(|one| one.id == first.id);
    begins && step <= at && open.is_some_and(|one| one.chosen.is_none() && !one.settled)
}
