//! Dynamic checks of a lesson: plays it and compares the result with its manifest.
//!
//! Guarantees: no run takes more virtual time or more scheduled events than the limits; a run that exceeds them is
//! reported and ends. Leaves out: names (`spelling`).

use super::spelling::{self, open};
use quorum_facade::saved::{Asked, SavedRun};
use quorum_facade::{Advance, Lab, read_command, with_any_node};
use quorum_lesson::schema::SHOWS;
use quorum_lesson::{Lesson, Move, StepKind};
use quorum_types::Micros;

/// How long nothing is done, to see that nothing is reached by it.
const IDLE_US: Micros = 30_000_000;
/// How much may happen in one run.
const MAX_SCHEDULED_EVENTS: u32 = 4_000_000;
/// How many scheduled events' events are kept at most.
const AT_ONCE: u32 = 50_000;
/// How long a wrong way is given after its last move.
const AFTER_US: Micros = 5_000_000;

/// What is wrong with a lesson.
pub(super) fn problems(lesson: &'static Lesson) -> Vec<String> {
    let mut problems = Vec::new();
    let lab = match open(&lesson.slug, lesson.seed) {
        Ok(lab) => lab,
        Err(fault) => return vec![fault],
    };
    spelling::problems(lesson, &lab, &mut |problem| problems.push(problem));
    // What is misspelt need not be played to be wrong.
    if problems.iter().any(|problem| !problem.contains(".md: ")) {
        return problems;
    }
    allowed(lesson, &mut problems);
    idle(lesson, lab.clone(), &mut problems);
    if lesson.course.solutions.is_empty() {
        problems.push("there is no solution".to_owned());
    }
    for (at, moves) in lesson.course.solutions.iter().enumerate() {
        let played = solution(lesson, &format!("solution {}", at + 1), lab.clone(), moves, &mut problems);
        if at == 0 {
            par(lesson, &played, &mut problems);
        }
    }
    if lesson.course.wrong.is_empty() {
        problems.push("there is no wrong solution; say in [[wrong]] what must not pass".to_owned());
    }
    for (at, wrong) in lesson.course.wrong.iter().enumerate() {
        let name = format!("wrong solution {}", at + 1);
        let mut lab = lab.clone();
        if let Err(fault) = play(&mut lab, &wrong.moves).and_then(|()| pass(&mut lab, AFTER_US)) {
            problems.push(format!("{name}: {fault}"));
        }
        if let Some(fault) = lab.play_fault().filter(|fault| fault.code != "not_in_time") {
            problems.push(format!("{name}: {fault}"));
        }
        for goal in wrong.unmet.iter().filter(|goal| lab.goals_met().contains(&goal.as_str())) {
            problems.push(format!("{name}: it meets {goal}"));
        }
    }
    for run in &lesson.course.refutations {
        if let Err(fault) = refutes(run, &format!("{}#{}", lesson.slug, word(run))) {
            problems.push(format!("the run that refutes {}: {fault}", word(run)));
        }
    }
    problems
}

/// The step and the answer that a run refutes.
fn word(run: &Lesson) -> &str {
    run.slug.split_once('#').map_or("", |(_, word)| word)
}

/// Lets a lab play; why it cannot be let, if it cannot.
fn play(lab: &mut Lab, moves: &[Move]) -> Result<(), String> {
    lab.play(0, moves.to_vec());
    let most_us = lab.most_run_us();
    run(lab, lab.now_us().saturating_add(most_us), |lab| !lab.plays())?;
    if lab.plays() { Err(format!("it is not over after {most_us} us")) } else { Ok(()) }
}

fn pass(lab: &mut Lab, us: Micros) -> Result<(), String> {
    let until = lab.now_us().saturating_add(us);
    run(lab, until, |_| false)
}

fn run(lab: &mut Lab, until: Micros, over: impl Fn(&Lab) -> bool) -> Result<(), String> {
    // What comes after the end of a play is not the play's: it is looked at after everything that happens.
    for happened in 0..MAX_SCHEDULED_EVENTS {
        if over(lab) {
            return Ok(());
        }
        let ended = lab.advance(until, 1);
        if happened.is_multiple_of(AT_ONCE) {
            lab.take_events();
        }
        if ended != Advance::Budget {
            return Ok(());
        }
    }
    Err(format!("it is not over after {MAX_SCHEDULED_EVENTS} scheduled events, at {} us", lab.now_us()))
}

/// Nothing is reached by doing nothing.
fn idle(lesson: &Lesson, mut lab: Lab, problems: &mut Vec<String>) {
    lab.forget();
    if let Err(fault) = pass(&mut lab, IDLE_US) {
        problems.push(format!("doing nothing: {fault}"));
    }
    let met = lab.goals_met();
    for step in lesson.steps.iter().filter(|step| matches!(step.kind, StepKind::Do)) {
        for goal in step.goals.iter().filter(|goal| met.contains(&goal.id.as_str())) {
            problems.push(format!(
                "goal {} of the step {}, which is to be done, is met by doing nothing",
                goal.id, step.id
            ));
        }
    }
}

/// A mission's par is the number of actions of its reference, which is the first solution: a smaller one cannot be
/// reached, and a larger one is not what the home page says it is.
fn par(lesson: &Lesson, reference: &Lab, problems: &mut Vec<String>) {
    let Some(mission) = lesson.course.mission else { return };
    let par = mission.par as usize;
    match actions(reference) {
        Err(why) => problems.push(format!("par: the actions of solution 1 cannot be counted: {why}")),
        Ok(actions) if actions > par => problems.push(format!(
            "par = {par}, but the reference (solution 1) takes {actions} actions and cannot reach it"
        )),
        Ok(actions) if actions < par => problems.push(format!(
            "par = {par}, but the reference (solution 1) takes {actions}: par is the number of its actions"
        )),
        Ok(_) => {}
    }
}

/// How many of what was asked in a run counts as an action of the learner's, as if a learner had asked for it.
pub(super) fn actions(lab: &Lab) -> Result<usize, String> {
    let saved = lab.saved_run().map_err(|refusal| refusal.to_string())?;
    let is_action = |entry: &&quorum_facade::saved::Entry| match &entry.what {
        Asked::Command(command) => quorum_facade::is_action(&command.op()),
        Asked::Go { .. } => false,
    };
    Ok(saved.entries.iter().filter(is_action).count())
}

/// Plays a solution and says what it does not reach. Returns the run; that of a mission knows what was asked of it.
pub(super) fn solution(
    lesson: &Lesson,
    name: &str,
    mut lab: Lab,
    moves: &[Move],
    problems: &mut Vec<String>,
) -> Lab {
    // What is asked is written down only in a run that can go back.
    if lesson.course.mission.is_none() {
        lab.forget();
    }
    let played = play(&mut lab, moves);
    if let Err(fault) = played {
        problems.push(format!("{name}: {fault}"));
    }
    if let Some(fault) = lab.play_fault() {
        problems.push(format!("{name}: {fault}"));
    }
    let Some(facts) = lab.snapshot().lesson else { return lab };
    for goal in facts.goals.iter().filter(|goal| !goal.met) {
        let lacks: Vec<String> = goal.lacks.iter().map(said).collect();
        problems.push(format!("{name}: goal {} is not met: {}", goal.id, lacks.join("; ")));
    }
    for (step, spec) in facts.steps.iter().zip(&lesson.steps) {
        if let StepKind::Predict(prediction) = &spec.kind {
            let as_said = match &prediction.comes {
                Some(comes) => step.came == *comes,
                None => step.came.len() == 1,
            };
            if !step.settled {
                problems.push(format!("{name}: the prediction {} is not settled", spec.id));
            } else if !as_said {
                problems.push(format!("{name}: of the prediction {} came true: {:?}", spec.id, step.came));
            }
        }
        let graded = matches!(spec.kind, StepKind::Do | StepKind::Observe);
        if !step.done && !graded {
            problems.push(format!("{name}: the step {} is not finished", spec.id));
        }
    }
    lab
}

/// Plays a solution as if a learner gave its commands, and saves the run.
pub(super) fn saved(lesson: &Lesson, moves: &[Move]) -> Result<SavedRun, String> {
    let mut lab = open(&lesson.slug, lesson.seed)?;
    play(&mut lab, moves)?;
    if let Some(fault) = lab.play_fault() {
        return Err(fault.to_string());
    }
    let mut saved = lab.saved_run().map_err(|refusal| refusal.to_string())?;
    // A learner's commands count as actions, which those of a solution do not: the scores are those of the replay.
    let again = Lab::repeat(&saved, "en").map_err(|refusal| refusal.to_string())?;
    if (again.digest(), again.goals_met()) != (lab.digest(), lab.goals_met()) {
        return Err("as a run it ends in another moment".to_owned());
    }
    saved.fingerprint = again.fingerprint();
    Ok(saved)
}

/// What is lacking, for an author.
fn said(lack: &quorum_facade::snapshot::LackFacts) -> String {
    let mut said = format!("{} {}", lack.word, lack.name);
    for (name, value) in [("node", &lack.node), ("field", &lack.field), ("test", &lack.test)] {
        if let Some(value) = value {
            said.push_str(&format!(" {name}={value}"));
        }
    }
    for (name, value) in [("have", lack.have), ("want", lack.want)] {
        if let Some(value) = value {
            said.push_str(&format!(" {name}={value}"));
        }
    }
    said
}

/// Whether a run shows what it is there to show.
fn refutes(run_of: &'static Lesson, slug: &str) -> Result<(), String> {
    let mut lab = open(slug, run_of.seed)?;
    let mut wrong = None;
    for goal in run_of.steps.iter().flat_map(|step| &step.goals) {
        spelling::predicate("shows", &goal.when, &lab.metrics(), &mut |problem| wrong = Some(problem));
    }
    for made in run_of.course.solutions.iter().flatten() {
        if let Move::Do(action) = made
            && let Err(fault) = read_command(&with_any_node(&action.table))
        {
            wrong = Some(format!("line {}: {}: {fault}", action.line, action.op));
        }
    }
    if let Some(wrong) = wrong {
        return Err(wrong);
    }
    lab.forget();
    let until = lab.now_us().saturating_add(lab.most_run_us());
    run(&mut lab, until, |lab| !lab.plays())?;
    match (lab.goals_met().contains(&SHOWS), lab.play_fault()) {
        (true, _) => Ok(()),
        (false, Some(fault)) => Err(fault.to_string()),
        (false, None) => Err("it does not show what it should".to_owned()),
    }
}

/// What the solutions do is allowed.
fn allowed(lesson: &Lesson, problems: &mut Vec<String>) {
    let Some(allowed) = &lesson.course.allowed else { return };
    let solutions = lesson.course.solutions.iter().enumerate();
    let actions = lesson.course.actions.iter();
    let named = solutions
        .map(|(at, moves)| (format!("solution {}", at + 1), moves))
        .chain(actions.map(|(name, moves)| (format!("action {name}"), moves)));
    for (name, moves) in named {
        for made in moves {
            if let Move::Do(action) = made
                && quorum_facade::is_fault(&action.op)
                && !allowed.contains(&action.op)
            {
                problems.push(format!(
                    "{name}: line {}: {} is not allowed in this lesson",
                    action.line, action.op
                ));
            }
        }
    }
}
