//! What all lessons of the course together have to keep.
//!
//! - Of the questions, and of the predictions, at most [`MOST_LONGEST`] percent have their right answer as the longest
//!   one (by characters, longer than each other one), in either language.
//! - At least half of the `do` steps are decisions (`decision`).
//! - Prerequisites exist and lead in no circle. The ways of `paths.toml` name lessons that exist, stay within their
//!   minutes, have each lesson's prerequisites before it, and explain terms before they use them (`terms`).
//! - The bank has [`BELIEFS`] misconceptions, and each names a wrong answer of a lesson.
//!
//! Guarantees: the same course gives the same findings, in the same order. Leaves out: single lessons (`lint`).

use super::lint::{LANGS, longest, right_answers, right_choice};
use super::{decision, terms};
use quorum_lesson::{Lesson, StepKind, bundle};
use quorum_texts::paths::Path;
use serde::Serialize;

/// How often the longest answer may be right, in percent.
const MOST_LONGEST: usize = 40;
/// How many misconceptions the bank has at least.
const BELIEFS: usize = 20;

/// The answer of a lesson that states a belief.
#[derive(Clone, Debug)]
pub(super) struct Belief {
    pub(super) id: String,
    pub(super) lesson: String,
    pub(super) step: String,
    pub(super) choice: String,
}

/// What is said about the whole course.
#[derive(Clone, Debug, Default)]
pub(super) struct Whole {
    pub(super) paths: Vec<Path>,
    pub(super) beliefs: Vec<Belief>,
    /// What is wrong with the files.
    pub(super) faults: Vec<String>,
}

/// Figures of a course.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Lessons, missions included.
    pub lessons: usize,
    /// Missions.
    pub missions: usize,
    /// Steps of the kind do.
    pub do_steps: usize,
    /// Those at which a learner decides.
    pub decisions: usize,
    /// Questions (explain), and how often the right answer is the longest: Chinese, English.
    pub questions: usize,
    /// See `questions`.
    pub longest_right: [usize; 2],
    /// Predictions, and how often the right choice is the longest: Chinese, English.
    pub predictions: usize,
    /// See `predictions`.
    pub longest_predicted: [usize; 2],
    /// Lessons without a prediction, missions left out.
    pub without_prediction: usize,
    /// Lessons with a teacher's guide.
    pub guides: usize,
    /// Claims about products.
    pub facts: usize,
    /// Claims whose source was read.
    pub facts_read: usize,
}

/// What the course is called that a lesson is in.
fn slug(lesson: &Lesson) -> &str {
    lesson.slug.strip_prefix(bundle::PREFIX).unwrap_or(&lesson.slug)
}

/// The lesson of this slug or with this alias.
fn find<'a>(lessons: &[&'a Lesson], name: &str) -> Option<&'a Lesson> {
    let own = lessons.iter().find(|lesson| slug(lesson) == name);
    let alias = || lessons.iter().find(|lesson| lesson.course.aliases.iter().any(|alias| alias == name));
    own.or_else(alias).copied()
}

/// Counts what a course consists of.
pub(super) fn figures(lessons: &[&Lesson]) -> Figures {
    let mut figures = Figures { lessons: lessons.len(), ..Figures::default() };
    for lesson in lessons {
        let mission = lesson.course.mission.is_some();
        figures.missions += usize::from(mission);
        let (steps, decisions) = decision::count(lesson);
        figures.do_steps += steps;
        figures.decisions += decisions;
        let predictions =
            lesson.steps.iter().filter(|step| matches!(step.kind, StepKind::Predict(_))).count();
        figures.predictions += predictions;
        figures.without_prediction += usize::from(predictions == 0 && !mission);
        figures.questions +=
            lesson.steps.iter().filter(|step| matches!(step.kind, StepKind::Explain(_))).count();
        for (at, lang) in LANGS.into_iter().enumerate() {
            let (explained, predicted) = longest_right(lesson, lang);
            figures.longest_right[at] += explained;
            figures.longest_predicted[at] += predicted;
        }
    }
    figures
}

/// Of how many questions and predictions the longest answer is right.
fn longest_right(lesson: &Lesson, lang: &str) -> (usize, usize) {
    let (mut explained, mut predicted) = (0, 0);
    let Some(text) = lesson.text(lang) else { return (0, 0) };
    for step in &lesson.steps {
        let Some(labels) = text.choices.get(&step.id) else { continue };
        let lengths: Vec<(&str, usize)> =
            labels.iter().map(|(id, label)| (id.as_str(), label.chars().count())).collect();
        let Some(longest) = longest(&lengths) else { continue };
        match &step.kind {
            StepKind::Explain(answers) => {
                explained += usize::from(right_answers(answers).any(|right| right == longest));
            }
            StepKind::Predict(prediction) => {
                let right = right_choice(lesson, &step.id, prediction);
                predicted += usize::from(right.is_some_and(|right| right.id == longest));
            }
            StepKind::Read | StepKind::Do | StepKind::Observe => {}
        }
    }
    (explained, predicted)
}

/// What lints find in the whole course.
pub(super) fn findings(lessons: &[&Lesson], whole: &Whole, figures: &Figures) -> Vec<String> {
    let mut found = Vec::new();
    for (what, all, right) in [
        ("questions", figures.questions, figures.longest_right),
        ("predictions", figures.predictions, figures.longest_predicted),
    ] {
        for (lang, right) in LANGS.into_iter().zip(right) {
            if right * 100 > all * MOST_LONGEST {
                let most = all * MOST_LONGEST / 100;
                found.push(format!(
                    "{lang}: the longest answer is right in {right} of {all} {what}; at most {most}"
                ));
            }
        }
    }
    let Figures { do_steps, decisions, .. } = *figures;
    if decisions * 2 < do_steps {
        found.push(format!("{decisions} of {do_steps} do steps are decisions; at least half have to be"));
    }
    required(lessons, &mut found);
    for path in &whole.paths {
        walk(lessons, path, &mut found);
    }
    believed(lessons, &whole.beliefs, &mut found);
    found
}

/// Prerequisites exist and lead in no circle.
fn required(lessons: &[&Lesson], found: &mut Vec<String>) {
    for lesson in lessons {
        let name = slug(lesson);
        let mut open: Vec<&str> = Vec::new();
        for wanted in &lesson.course.requires {
            match find(lessons, wanted) {
                Some(there) => open.push(slug(there)),
                None => found.push(format!("{name}: requires: there is no lesson {wanted}")),
            }
        }
        let mut seen: Vec<&str> = Vec::new();
        while let Some(next) = open.pop() {
            if next == name {
                found.push(format!("{name}: requires: it requires itself, by way of others"));
                break;
            }
            if !seen.contains(&next) {
                seen.push(next);
                let further = find(lessons, next).into_iter().flat_map(|lesson| &lesson.course.requires);
                open.extend(further.filter_map(|wanted| find(lessons, wanted)).map(slug));
            }
        }
    }
}

/// Walks a way.
fn walk(lessons: &[&Lesson], path: &Path, found: &mut Vec<String>) {
    let id = &path.id;
    let mut walked: Vec<&Lesson> = Vec::new();
    for name in &path.lessons {
        let Some(lesson) = find(lessons, name) else {
            found.push(format!("paths.toml: path {id}: there is no lesson {name}"));
            continue;
        };
        for wanted in lesson.course.requires.iter().filter_map(|wanted| find(lessons, wanted)) {
            if !walked.iter().any(|before| before.slug == wanted.slug) {
                let (name, wanted) = (slug(lesson), slug(wanted));
                found
                    .push(format!("paths.toml: path {id}: {name} requires {wanted}, which is not before it"));
            }
        }
        walked.push(lesson);
    }
    let minutes: u32 = walked.iter().map(|lesson| lesson.minutes).sum();
    if minutes > path.minutes_at_most {
        let most = path.minutes_at_most;
        found.push(format!("paths.toml: path {id}: its lessons take {minutes} minutes, more than {most}"));
    }
    found.extend(terms::findings(id, &walked));
}

/// Each misconception is a wrong answer of a lesson.
fn believed(lessons: &[&Lesson], beliefs: &[Belief], found: &mut Vec<String>) {
    if beliefs.len() < BELIEFS {
        let count = beliefs.len();
        found.push(format!(
            "misconceptions.toml: {count} misconceptions; at least {BELIEFS} have to be there"
        ));
    }
    for Belief { id, lesson, step, choice } in beliefs {
        let steps = find(lessons, lesson).into_iter().flat_map(|lesson| &lesson.steps);
        let answers = steps.filter(|there| there.id == *step).find_map(|there| match &there.kind {
            StepKind::Explain(answers) => Some(answers),
            _ => None,
        });
        let answer = answers.and_then(|answers| answers.iter().find(|answer| answer.id == *choice));
        if answer.is_none_or(|answer| answer.is_right()) {
            found.push(format!(
                "misconceptions.toml: {id}: {lesson}#{step}.{choice} is no wrong answer of a question"
            ));
        }
    }
}
