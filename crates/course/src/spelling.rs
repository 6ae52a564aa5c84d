//! Static checks of a lesson: unknown names and missing texts.
//!
//! Guarantees: every event, field, metric, command and action that a lesson names is looked up where it is defined.
//! Leaves out: problems that only a run shows (`check`).

use super::vocabulary::{self, Holds};
use quorum_facade::{Lab, RunConfig, is_fault, read_command, stock, with_any_node};
use quorum_lesson::predicate::{Bound, Match, Predicate, Scalar};
use quorum_lesson::schema::{Course, Move, StepKind};
use quorum_lesson::{CommandTable, Lesson, LessonText};

/// How many hints a step has: a nudge, a hint, nearly the answer.
const HINTS: usize = 3;

/// A lab with this lesson in it, in memory.
pub(super) fn open(slug: &str, seed: u64) -> Result<Lab, String> {
    let config =
        RunConfig { lesson: Some(slug.to_owned()), topology: None, seed, kept: false, lang: "en".to_owned() };
    Lab::open(config, None).map_err(|refusal| refusal.to_string())
}

/// What is wrong with the lesson's words.
pub(super) fn problems(lesson: &'static Lesson, lab: &Lab, say: &mut impl FnMut(String)) {
    for (lang, other) in [("zh", false), ("en", true)] {
        match lesson.text(lang) {
            Some(text) => texts(lesson, text, lang, other, say),
            None => say(format!("{lang}.md: there is no text")),
        }
    }
    let metrics = lab.metrics();
    for step in &lesson.steps {
        for goal in &step.goals {
            predicate(&format!("goal {}", goal.id), &goal.when, &metrics, say);
        }
        match &step.kind {
            StepKind::Predict(prediction) => {
                predicate(&format!("step {}", step.id), &prediction.settled, &metrics, say);
                for choice in &prediction.choices {
                    predicate(&format!("choice {}.{}", step.id, choice.id), &choice.when, &metrics, say);
                }
            }
            StepKind::Explain(_) | StepKind::Read | StepKind::Do | StepKind::Observe => {}
        }
    }
    tools(lesson, say);
    let course = &lesson.course;
    for (name, moves) in named_moves(course) {
        for made in moves {
            one_move(&name, made, course, &metrics, say);
        }
    }
}

/// What is wrong with the tools that steps offer, and with a mission, which offers nothing else.
fn tools(lesson: &Lesson, say: &mut impl FnMut(String)) {
    let allowed = lesson.course.allowed.as_ref();
    for step in &lesson.steps {
        for tool in &step.tools {
            let read = read_command(&CommandTable::of(tool, &[]).table);
            if read.is_err_and(|fault| fault.starts_with("unknown variant")) {
                say(format!("step {}: there is no command “{tool}”", step.id));
            } else if is_fault(tool) && allowed.is_some_and(|allowed| !allowed.contains(tool)) {
                say(format!("step {}: the tool {tool} is not allowed in this lesson", step.id));
            }
        }
        if lesson.course.mission.is_some() && !step.actions.is_empty() {
            say(format!("step {}: a mission offers tools and no actions", step.id));
        }
    }
}

/// All moves of a lesson, with the place they stand in.
fn named_moves(course: &Course) -> Vec<(String, &[Move])> {
    let mut all: Vec<(String, &[Move])> = Vec::new();
    for (name, moves) in &course.actions {
        all.push((format!("action {name}"), moves));
    }
    for (at, moves) in course.solutions.iter().enumerate() {
        all.push((format!("solution {}", at + 1), moves));
    }
    for (at, wrong) in course.wrong.iter().enumerate() {
        all.push((format!("wrong solution {}", at + 1), &wrong.moves));
    }
    all
}

/// What is wrong with a predicate's words.
pub(super) fn predicate(place: &str, when: &Predicate, metrics: &[&str], say: &mut impl FnMut(String)) {
    when.visit(&mut |part| match part {
        Predicate::Event(of) | Predicate::Count { of, .. } => event(place, of, say),
        Predicate::Sum { of, field, .. } => {
            event(place, of, say);
            let fields = vocabulary::fields(&of.kind).unwrap_or_default();
            if !fields.iter().any(|(known, holds)| known == field && *holds == Holds::Number) {
                say(format!("{place}: {field} of {} is no number to add up", of.kind));
            }
        }
        Predicate::Metric { name, .. } => {
            let any_setting = metrics.contains(&"setting.*") && name.starts_with("setting.");
            if !metrics.contains(&name.as_str()) && !any_setting {
                say(format!("{place}: there is no meter “{name}”; there are {}", metrics.join(", ")));
            }
        }
        _ => {}
    });
}

fn event(place: &str, of: &Match, say: &mut impl FnMut(String)) {
    let Some(fields) = vocabulary::fields(&of.kind) else {
        say(format!("{place}: there is no event “{}”", of.kind));
        return;
    };
    for (field, bound) in &of.fields {
        // `phases.detect`: a pair in a list.
        let base = field.split('.').next().unwrap_or_default();
        match fields.iter().find(|(known, _)| known == base) {
            None => {
                let known: Vec<&str> = fields.iter().map(|(known, _)| known.as_str()).collect();
                say(format!("{place}: {} has no field “{field}”; it has {}", of.kind, known.join(", ")));
            }
            Some((_, holds)) => value(place, &of.kind, field, holds, bound, say),
        }
    }
}

fn value(place: &str, kind: &str, field: &str, holds: &Holds, bound: &Bound, say: &mut impl FnMut(String)) {
    for test in &bound.tests {
        let fits = match (holds, &test.want) {
            (Holds::Words(words), Scalar::Text(word)) => words.contains(word),
            (Holds::Number | Holds::List, Scalar::Number(_))
            | (Holds::Text, Scalar::Text(_))
            | (Holds::Bool, Scalar::Bool(_)) => true,
            _ => false,
        };
        if !fits {
            say(format!("{place}: {field} of {kind} is never {:?}; it is {holds:?}", test.want));
        }
    }
}

fn one_move(place: &str, made: &Move, course: &Course, metrics: &[&str], say: &mut impl FnMut(String)) {
    match made {
        Move::Do(action) => {
            if let Err(fault) = read_command(&with_any_node(&action.table)) {
                say(format!("{place}: line {}: {}: {fault}", action.line, action.op));
            }
        }
        Move::Act(name) if !course.actions.contains_key(name) && stock(name).is_none() => {
            say(format!("{place}: the action “{name}” is the page's own and cannot be played"));
        }
        Move::Until { when, .. } => predicate(place, when, metrics, say),
        _ => {}
    }
}

/// What is wrong with a text; `latin` says that nothing in it may be Chinese.
fn texts(lesson: &Lesson, text: &LessonText, lang: &str, latin: bool, say: &mut impl FnMut(String)) {
    for step in lesson.steps.iter().filter(|step| !matches!(step.kind, StepKind::Read)) {
        let hints = text.hints.get(&step.id).map_or(0, Vec::len);
        if hints != HINTS {
            say(format!("{lang}.md: step {} has {hints} hints, not {HINTS}", step.id));
        }
    }
    let mut pieces: Vec<(String, &str)> =
        vec![("title".to_owned(), &text.title), ("summary".to_owned(), &text.summary)];
    for (spec, step) in lesson.steps.iter().zip(&text.steps) {
        pieces.push((format!("the title of {}", spec.id), &step.title));
        pieces.push((format!("the text of {}", spec.id), &step.marked));
    }
    pieces.extend(text.goals.iter().map(|(id, label)| (format!("goals.{id}"), label.as_str())));
    pieces.extend(text.actions.iter().map(|(id, label)| (format!("actions.{id}"), label.as_str())));
    for (name, labels) in [("choices", &text.choices), ("replies", &text.replies)] {
        for (step, labels) in labels {
            let piece = |(id, label)| (format!("{name}.{step}.{id}"), String::as_str(label));
            pieces.extend(labels.iter().map(piece));
        }
    }
    for (id, hints) in &text.hints {
        pieces.extend(hints.iter().map(|hint| (format!("hints.{id}"), hint.as_str())));
    }
    for (place, piece) in pieces {
        let chinese = piece.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        if piece.trim().is_empty() {
            say(format!("{lang}.md: {place} is empty"));
        } else if latin && chinese {
            say(format!("{lang}.md: {place} has Chinese in it"));
        } else if !latin && !chinese && piece.chars().filter(|c| c.is_alphabetic()).count() > 12 {
            say(format!("{lang}.md: {place} has no Chinese in it"));
        }
    }
}
