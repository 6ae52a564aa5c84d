//! Grading: which goals of a lesson are met, how predictions turned out, which answers were given.
//!
//! Guarantees: depends on events and metrics only, never on clicks, so that every way to reach a goal counts; a goal
//! once met stays met; events before the goal that it comes `after` do not count, and one event meets one goal of a
//! chain; a settled prediction cannot be changed. Leaves out: what predicates mean (`evaluator`), and scores.

use super::evaluator::{MetricSource, Now, RoleBindings, Seen, Watch};
use super::field_visitor;
use super::predicate::Predicate;
use super::schema::{Answer, GoalSpec, Lesson, Prediction, StepKind};
use super::{GoalStatus, Missing};
use quorum_types::{Micros, Refusal};

/// A lesson being graded.
#[derive(Clone, Debug)]
pub struct Grader {
    lesson: &'static Lesson,
    goals: Vec<Goal>,
    guesses: Vec<Guess>,
    questions: Vec<Question>,
    /// For each step, whether it was read.
    read: Vec<bool>,
    roles: RoleBindings,
    now: Micros,
    met: Vec<&'static str>,
    /// Kinds of events that a watch waits for.
    kinds: Vec<&'static str>,
    /// Whether a watch waits for more than events.
    levels: bool,
}

#[derive(Clone, Debug)]
struct Goal {
    spec: &'static GoalSpec,
    step: usize,
    met: bool,
    /// `None` until the goal that it comes after is met, and once it is met itself.
    watch: Option<Watch>,
}

/// A question and its state.
#[derive(Clone, Debug)]
struct Guess {
    step: usize,
    spec: &'static Prediction,
    chosen: Option<usize>,
    /// Watches for its settling condition and for its choices; `None` before it counts, and once it is settled.
    watches: Option<(Watch, Vec<Watch>)>,
    /// Which choices came true, once known.
    came: Option<Vec<usize>>,
}

/// A question and its state.
#[derive(Clone, Debug)]
struct Question {
    step: usize,
    answers: &'static [Answer],
    /// The answers given so far, oldest first.
    given: Vec<usize>,
}

/// The state of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepStatus {
    /// Its name.
    pub id: String,
    /// Its kind: `read`, `predict`, `do`, `observe`, `explain`.
    pub kind: &'static str,
    /// Whether it is finished.
    pub done: bool,
    /// What was chosen last.
    pub chosen: Option<String>,
    /// For a prediction: whether the outcome is known.
    pub settled: bool,
    /// For a settled prediction: the choices that came true. For a question: the answers given so far.
    pub came: Vec<String>,
    /// For a question: whether the last answer is right.
    pub right: Option<bool>,
}

impl Grader {
    /// A grader of a lesson that starts from these notes of an earlier run ([`Grader::notes`]), at the virtual time at
    /// which the run is opened: what must not happen for a while counts from there.
    pub fn new(lesson: &'static Lesson, notes: &[String], now: Micros) -> Self {
        let mut grader = Self {
            lesson,
            goals: Vec::new(),
            guesses: Vec::new(),
            questions: Vec::new(),
            read: vec![false; lesson.steps.len()],
            roles: RoleBindings::default(),
            now,
            met: Vec::new(),
            kinds: Vec::new(),
            levels: false,
        };
        for (step, spec) in lesson.steps.iter().enumerate() {
            for spec in &spec.goals {
                let met = notes.contains(&spec.id);
                grader.goals.push(Goal { spec, step, met, watch: None });
                if met {
                    grader.met.push(&spec.id);
                }
            }
            match &spec.kind {
                StepKind::Predict(spec) => {
                    grader.guesses.push(Guess { step, spec, chosen: None, watches: None, came: None });
                }
                StepKind::Explain(answers) => {
                    grader.questions.push(Question { step, answers, given: Vec::new() });
                }
                _ => {}
            }
        }
        notes.iter().for_each(|note| grader.remember(note));
        grader.open();
        grader
    }

    /// Applies a note of an earlier run; an unknown note is ignored.
    fn remember(&mut self, note: &str) {
        let mut parts = note.splitn(3, ' ');
        let (word, step, choices) = (parts.next(), parts.next(), parts.next().unwrap_or_default());
        let Some(at) = step.and_then(|id| self.lesson.steps.iter().position(|step| step.id == id)) else {
            return;
        };
        let known = self.lesson.steps[at].kind.choices();
        let places: Vec<usize> =
            choices.split(' ').filter_map(|id| known.iter().position(|known| *known == id)).collect();
        match word {
            Some("read") => self.read[at] = true,
            Some("foretold") => {
                if let Some(guess) = self.guesses.iter_mut().find(|guess| guess.step == at) {
                    guess.chosen = places.first().copied();
                }
            }
            Some("came") => {
                if let Some(guess) = self.guesses.iter_mut().find(|guess| guess.step == at) {
                    guess.came = Some(places);
                }
            }
            Some("answered") => {
                if let Some(question) = self.questions.iter_mut().find(|question| question.step == at) {
                    question.given = places;
                }
            }
            _ => {}
        }
    }

    /// Notes for a later run: the names of the goals that are met, and the learner's answers.
    pub fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self.met.iter().map(|id| (*id).to_owned()).collect();
        let steps = &self.lesson.steps;
        let line = |word: &str, step: usize, places: &[usize]| {
            let choices = steps[step].kind.choices();
            let named: Vec<&str> = places.iter().filter_map(|at| choices.get(*at).copied()).collect();
            format!("{word} {} {}", steps[step].id, named.join(" "))
        };
        let read = self.read.iter().enumerate().filter(|(_, read)| **read);
        notes.extend(read.map(|(step, _)| format!("read {}", steps[step].id)));
        for guess in &self.guesses {
            notes.extend(guess.chosen.map(|chosen| line("foretold", guess.step, &[chosen])));
            notes.extend(guess.came.as_ref().map(|came| line("came", guess.step, came)));
        }
        notes.extend(
            self.questions
                .iter()
                .filter(|question| !question.given.is_empty())
                .map(|question| line("answered", question.step, &question.given)),
        );
        notes
    }

    /// Starts every watch that may start by now, and records the event kinds that watches wait for.
    fn open(&mut self) {
        let met = &self.met;
        let is_open = |after: Option<&String>| after.is_none_or(|after| met.contains(&after.as_str()));
        let now = self.now;
        for goal in &mut self.goals {
            if !goal.met && goal.watch.is_none() && is_open(goal.spec.after.as_ref()) {
                goal.watch = Some(Watch::new(&goal.spec.when, now));
            }
        }
        for guess in &mut self.guesses {
            if guess.came.is_none() && guess.watches.is_none() && is_open(guess.spec.after.as_ref()) {
                let watch = |when: &'static Predicate| Watch::new(when, now);
                let choices = guess.spec.choices.iter().map(|choice| watch(&choice.when)).collect();
                guess.watches = Some((watch(&guess.spec.settled), choices));
            }
        }
        (self.kinds, self.levels) = (Vec::new(), false);
        let goals = self.goals.iter().filter_map(|goal| goal.watch.as_ref());
        let guesses = self.guesses.iter().filter_map(|guess| guess.watches.as_ref());
        for watch in goals.chain(guesses.flat_map(|(settled, choices)| [settled].into_iter().chain(choices)))
        {
            watch.interests(&mut self.kinds, &mut self.levels);
        }
    }

    /// Processes events that happened at the same time, with the state of the world after them.
    pub fn observe<'a>(
        &mut self,
        events: impl IntoIterator<Item = Seen<'a>>,
        t_us: Micros,
        metrics: &dyn MetricSource,
    ) {
        for event in events {
            let kinds = &self.kinds;
            if field_visitor::tag(event.kind, |kind| kinds.contains(&kind)) {
                self.see(Some(event), event.t_us.max(self.now), metrics);
            }
            self.roles.observe(event);
        }
        if self.levels {
            self.see(None, t_us.max(self.now), metrics);
        }
    }

    fn see(&mut self, event: Option<Seen<'_>>, t_us: Micros, metrics: &dyn MetricSource) {
        self.now = t_us;
        let now = Now { t_us, event, roles: &self.roles, metrics, met: &self.met };
        let mut reached = Vec::new();
        for goal in &mut self.goals {
            if goal.watch.as_mut().is_some_and(|watch| watch.see(now)) {
                (goal.met, goal.watch) = (true, None);
                reached.push(goal.spec.id.as_str());
            }
        }
        let mut changed = !reached.is_empty();
        for guess in &mut self.guesses {
            let Some((settled, choices)) = &mut guess.watches else { continue };
            let came: Vec<bool> = choices.iter_mut().map(|choice| choice.see(now)).collect();
            if settled.see(now) {
                guess.came = Some((0..came.len()).filter(|at| came[*at]).collect());
                guess.watches = None;
                changed = true;
            }
        }
        if changed {
            self.met.extend(reached);
            self.open();
        }
    }

    // --- what the learner says

    fn step_of(&self, step: &str, kind: &str) -> Result<usize, Refusal> {
        let at = self.lesson.steps.iter().position(|there| there.id == step && there.kind.word() == kind);
        at.ok_or_else(|| Refusal::new("no_such_step", format!("there is no step “{step}” to {kind}")))
    }

    fn choice_of(&self, at: usize, choose: &str) -> Result<usize, Refusal> {
        let choices = self.lesson.steps[at].kind.choices();
        choices.iter().position(|known| *known == choose).ok_or_else(|| {
            Refusal::new(
                "no_such_choice",
                format!("there is no “{choose}”; there are {}", choices.join(", ")),
            )
        })
    }

    /// The learner makes a prediction or changes it; a change is rejected once the prediction is settled.
    pub fn predict(&mut self, step: &str, choose: &str) -> Result<(), Refusal> {
        let at = self.step_of(step, "predict")?;
        let chosen = self.choice_of(at, choose)?;
        match self.guesses.iter_mut().find(|guess| guess.step == at) {
            Some(guess) if guess.came.is_none() => {
                guess.chosen = Some(chosen);
                Ok(())
            }
            _ => Err(Refusal::new("settled", "it has happened already; the prediction cannot be changed")),
        }
    }

    /// The learner answers a question; returns whether the answer is right.
    pub fn explain(&mut self, step: &str, choose: &str) -> Result<bool, Refusal> {
        let at = self.step_of(step, "explain")?;
        let chosen = self.choice_of(at, choose)?;
        let Some(question) = self.questions.iter_mut().find(|question| question.step == at) else {
            return Ok(false);
        };
        question.given.retain(|given| *given != chosen);
        question.given.push(chosen);
        Ok(question.answers[chosen].is_right())
    }

    /// The learner has read a step.
    pub fn reads(&mut self, step: &str) -> Result<(), Refusal> {
        let at = self.lesson.steps.iter().position(|there| there.id == step);
        let at = at.ok_or_else(|| Refusal::new("no_such_step", format!("there is no step “{step}”")))?;
        self.read[at] = true;
        Ok(())
    }

    // --- how it stands

    /// The lesson.
    pub fn lesson(&self) -> &'static Lesson {
        self.lesson
    }

    /// The names of the goals that are met.
    pub fn met(&self) -> &[&'static str] {
        &self.met
    }

    /// Whether a step is finished. A step that is only to be read also counts as finished once a later step is.
    fn done(&self, at: usize) -> bool {
        match &self.lesson.steps[at].kind {
            StepKind::Read => {
                let later = at + 1..self.lesson.steps.len();
                self.read[at] || later.into_iter().any(|later| self.read[later] || self.achieved(later))
            }
            _ => self.achieved(at),
        }
    }

    fn achieved(&self, at: usize) -> bool {
        match &self.lesson.steps[at].kind {
            StepKind::Read => self.read[at],
            StepKind::Do | StepKind::Observe => {
                self.goals.iter().filter(|goal| goal.step == at).all(|goal| goal.met)
            }
            StepKind::Predict(_) => {
                let guess = self.guesses.iter().find(|guess| guess.step == at);
                guess.is_some_and(|guess| guess.chosen.is_some() || guess.came.is_some())
            }
            StepKind::Explain(_) => {
                let question = self.questions.iter().find(|question| question.step == at);
                question
                    .is_some_and(|question| question.given.iter().any(|at| question.answers[*at].is_right()))
            }
        }
    }

    /// The first step that is not finished; the last step when all are.
    pub fn step(&self) -> usize {
        let steps = 0..self.lesson.steps.len();
        steps.into_iter().find(|at| !self.done(*at)).unwrap_or(self.lesson.steps.len().saturating_sub(1))
    }

    /// Whether every step is finished.
    pub fn finished(&self) -> bool {
        (0..self.lesson.steps.len()).all(|at| self.done(at))
    }

    /// All steps, in order.
    pub fn steps(&self) -> Vec<StepStatus> {
        (0..self.lesson.steps.len()).map(|at| self.status(at)).collect()
    }

    fn status(&self, at: usize) -> StepStatus {
        let spec = &self.lesson.steps[at];
        let choices = spec.kind.choices();
        let named = |places: &[usize]| -> Vec<String> {
            places.iter().filter_map(|at| choices.get(*at)).map(|id| (*id).to_owned()).collect()
        };
        let mut status = StepStatus {
            id: spec.id.clone(),
            kind: spec.kind.word(),
            done: self.done(at),
            ..StepStatus::default()
        };
        if let Some(guess) = self.guesses.iter().find(|guess| guess.step == at) {
            status.chosen = guess.chosen.and_then(|chosen| named(&[chosen]).pop());
            status.settled = guess.came.is_some();
            status.came = named(guess.came.as_deref().unwrap_or_default());
        }
        if let Some(question) = self.questions.iter().find(|question| question.step == at) {
            status.chosen = question.given.last().and_then(|chosen| named(&[*chosen]).pop());
            status.came = named(&question.given);
            status.right = question.given.last().map(|at| question.answers[*at].is_right());
        }
        status
    }

    /// All goals, in order, with what they lack.
    pub fn goals(&self, metrics: &dyn MetricSource) -> Vec<GoalStatus> {
        let now = Now { t_us: self.now, event: None, roles: &self.roles, metrics, met: &self.met };
        let status = |goal: &Goal| {
            let mut lacks = Vec::new();
            match (&goal.watch, &goal.spec.after) {
                (Some(watch), _) => watch.lacks(now, &mut lacks),
                (None, Some(after)) if !goal.met => {
                    lacks.push(Missing { word: "goal", name: after.clone(), ..Missing::default() });
                }
                _ => {}
            }
            let progress = match lacks.as_slice() {
                [lack] => lack.progress(),
                _ => None,
            };
            GoalStatus { id: goal.spec.id.clone(), step: goal.step, met: goal.met, progress, lacks }
        };
        self.goals.iter().map(status).collect()
    }
}
