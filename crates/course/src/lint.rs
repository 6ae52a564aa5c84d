//! Lints of a lesson: what gives a prediction away, what is said about products without a source, what is missing.
//!
//! - The right choice of a prediction is that of the first solution. A word that it has, and that neither the other
//!   choices nor the question have (`words`), stands neither in the lesson's title and summary nor in the step's hints.
//! - A lesson has a prediction, and a teacher's guide; a mission needs neither.
//! - A place of a text (title, summary, intro, which is story and incident, or a step with its replies) that names one
//!   of [`PRODUCTS`] has a claim in `facts.toml` with that place.
//!
//! Guarantees: the same lesson gives the same findings, in the order of its text. Leaves out: what all lessons together
//! have to keep (`whole`).

use super::beside::Beside;
use super::words::{plain, telling, words};
use quorum_lesson::schema::{Answer, Foretold, Prediction};
use quorum_lesson::{Lesson, LessonText, Move, StepKind, StepSpec};

/// The languages of texts.
pub(super) const LANGS: [&str; 2] = ["zh", "en"];

/// Products whose behaviour a text may only state with a source.
const PRODUCTS: [&str; 8] =
    ["Milvus", "etcd", "Kubernetes", "Kafka", "Pulsar", "Woodpecker", "milvus-backup", "Route 53"];

/// What lints find in a lesson.
pub(super) fn findings(lesson: &Lesson, beside: &Beside) -> Vec<String> {
    let mut found = Vec::new();
    let predicts = lesson.steps.iter().any(|step| matches!(step.kind, StepKind::Predict(_)));
    if lesson.course.mission.is_none() {
        if !predicts {
            found.push("there is no prediction; a lesson has a step of the kind predict".to_owned());
        }
        if !beside.has_guide {
            found.push("there is no guide.toml, the teacher's guide".to_owned());
        }
    }
    for lang in LANGS {
        let Some(text) = lesson.text(lang) else { continue };
        for step in &lesson.steps {
            let StepKind::Predict(prediction) = &step.kind else { continue };
            giveaways(lesson, step, prediction, (lang, text), &mut found);
        }
        unsourced(lesson, beside, (lang, text), &mut found);
    }
    found
}

/// The choice of a prediction that is right: what comes true in the first solution.
pub(super) fn right_choice<'a>(
    lesson: &'a Lesson,
    step: &str,
    prediction: &'a Prediction,
) -> Option<&'a Foretold> {
    let chosen = lesson.course.solutions.first()?.iter().find_map(|made| match made {
        Move::Predict { step: of, choose } if of == step => Some(choose),
        _ => None,
    })?;
    prediction.choices.iter().find(|choice| choice.id == *chosen)
}

/// Words of the right choice where a learner reads them before choosing, or in the step's hints.
fn giveaways(
    lesson: &Lesson,
    step: &StepSpec,
    prediction: &Prediction,
    (lang, text): (&str, &LessonText),
    found: &mut Vec<String>,
) {
    let Some(right) = right_choice(lesson, &step.id, prediction) else { return };
    let Some(labels) = text.choices.get(&step.id) else { return };
    let label = |id: &str| labels.get(id).map_or("", String::as_str);
    let others: Vec<&str> = prediction
        .choices
        .iter()
        .filter(|choice| choice.id != right.id)
        .map(|choice| label(&choice.id))
        .collect();
    let question = lesson.steps.iter().zip(&text.steps).find(|(spec, _)| spec.id == step.id);
    let question =
        question.map_or(String::new(), |(_, said)| format!("{}\n{}", said.title, plain(&said.marked)));
    let telling = telling(label(&right.id), &others, &question);
    let hints = text.hints.get(&step.id).map(|hints| hints.join("\n")).unwrap_or_default();
    for (place, said) in [("title", &text.title), ("summary", &text.summary), ("hints", &hints)] {
        let there = words(said);
        let told: Vec<&str> =
            telling.iter().filter(|word| there.contains(*word)).map(String::as_str).collect();
        if !told.is_empty() {
            let (id, right, told) = (&step.id, &right.id, told.join("”, “"));
            found.push(format!("{lang}.md: {place} gives {id}.{right} away: “{told}” is in no other choice"));
        }
    }
}

/// Places that name a product and have no claim.
fn unsourced(lesson: &Lesson, beside: &Beside, (lang, text): (&str, &LessonText), found: &mut Vec<String>) {
    let intro = [&text.story, &text.incident].map(|part| part.clone().unwrap_or_default()).join("\n");
    let mut places = vec![("title", text.title.clone()), ("summary", text.summary.clone()), ("intro", intro)];
    for (spec, step) in lesson.steps.iter().zip(&text.steps) {
        let replies = text.replies.get(&spec.id).map(|replies| replies.values().cloned().collect::<Vec<_>>());
        let replies = replies.unwrap_or_default().join("\n");
        places.push((&spec.id, format!("{}\n{}\n{replies}", step.title, plain(&step.marked))));
    }
    for (place, said) in places {
        let named: Vec<&str> = PRODUCTS.into_iter().filter(|product| names(&said, product)).collect();
        if !named.is_empty() && !beside.facts.iter().any(|(_, of)| of == place) {
            let named = named.join(", ");
            found.push(format!("{lang}.md: {place} names {named}, and no fact of facts.toml has that place"));
        }
    }
}

/// Whether a text has a name as a whole word.
pub(super) fn names(text: &str, name: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    text.match_indices(name).any(|(at, _)| {
        let (before, behind) = (&text[..at], &text[at + name.len()..]);
        !before.ends_with(letter) && !behind.starts_with(letter)
    })
}

/// The answer that is the longest of a question, if it is longer than each other one.
pub(super) fn longest<'a>(labels: &[(&'a str, usize)]) -> Option<&'a str> {
    let (id, most) = labels.iter().max_by_key(|(_, length)| *length)?;
    let alone = labels.iter().filter(|(_, length)| length == most).count() == 1;
    alone.then_some(id)
}

/// Names of right answers.
pub(super) fn right_answers(answers: &[Answer]) -> impl Iterator<Item = &str> {
    answers.iter().filter(|answer| answer.is_right()).map(|answer| answer.id.as_str())
}
