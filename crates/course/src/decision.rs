//! Steps at which a learner decides, and does not press the only button.
//!
//! A `do` step is a decision if it offers two different actions or tools, and one of the lesson's wrong solutions uses
//! one of them there and misses a goal of the step. “There” is after the last wait of that solution for a goal of an
//! earlier step. Guarantees: the same lesson gives the same answer. Leaves out: how good the wrong ways are.

use quorum_lesson::schema::Wrong;
use quorum_lesson::{Lesson, Move, StepKind, StepSpec};

/// How many `do` steps a lesson has, and at how many of them a learner decides.
pub(super) fn count(lesson: &Lesson) -> (usize, usize) {
    let steps = lesson.steps.iter().enumerate().filter(|(_, step)| matches!(step.kind, StepKind::Do));
    let decides: Vec<bool> = steps.map(|(at, step)| is_decision(lesson, at, step)).collect();
    (decides.len(), decides.iter().filter(|decides| **decides).count())
}

fn is_decision(lesson: &Lesson, at: usize, step: &StepSpec) -> bool {
    let offers = step.actions.len() + step.tools.len();
    offers > 1 && lesson.course.wrong.iter().any(|wrong| is_missed(lesson, at, step, wrong))
}

/// Whether a wrong solution uses what the step offers, at the step, and misses one of its goals.
fn is_missed(lesson: &Lesson, at: usize, step: &StepSpec, wrong: &Wrong) -> bool {
    let earlier = |goal: &String| {
        lesson.steps[..at].iter().flat_map(|step| &step.goals).any(|earlier| earlier.id == *goal)
    };
    let begins =
        wrong.moves.iter().rposition(|made| matches!(made, Move::UntilGoal { goal, .. } if earlier(goal)));
    let there = &wrong.moves[begins.map_or(0, |at| at + 1)..];
    let used = there.iter().any(|made| match made {
        Move::Act(name) => step.actions.contains(name),
        Move::Do(command) => step.tools.contains(&command.op),
        _ => false,
    });
    used && step.goals.iter().any(|goal| wrong.unmet.contains(&goal.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorum_lesson::Condition;
    use quorum_lesson::schema::{CommandTable, GoalSpec};

    fn step(id: &str, actions: &[&str], tools: &[&str]) -> StepSpec {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let when = Condition::Goal(String::new());
        StepSpec {
            id: id.to_owned(),
            actions: owned(actions),
            tools: owned(tools),
            goals: vec![GoalSpec { id: format!("{id}-met"), after: None, when }],
            kind: StepKind::Do,
        }
    }

    /// How many of two steps decide, with this wrong solution and these goals unmet.
    fn check(moves: Vec<Move>, unmet: &[&str]) -> (usize, usize) {
        let mut lesson = Lesson::default();
        lesson.steps = vec![step("one", &["look"], &[]), step("two", &["look"], &["kill", "cut"])];
        lesson
            .course
            .wrong
            .push(Wrong { moves, unmet: unmet.iter().map(|goal| (*goal).to_owned()).collect() });
        count(&lesson)
    }

    #[test]
    fn a_decision_offers_two_and_can_be_wrong() {
        let kill = || Move::Do(CommandTable::of("kill", &[]));
        let until = || Move::UntilGoal { goal: "one-met".to_owned(), at_most_us: 1 };
        assert_eq!(check(vec![until(), kill()], &["two-met"]), (2, 1));
        assert_eq!(check(vec![kill(), until()], &["two-met"]), (2, 0), "it is used before the step");
        assert_eq!(check(vec![until(), Move::Do(CommandTable::of("set", &[]))], &["two-met"]), (2, 0));
        assert_eq!(check(vec![until(), kill()], &["one-met"]), (2, 0), "the step's goal is met");
        assert_eq!(check(vec![Move::Act("look".to_owned())], &["one-met", "two-met"]), (2, 1));
    }
}
