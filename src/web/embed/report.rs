//! What the frame tells its host about the run: that it is open, progress, goals, the score, events, problems.
//!
//! Guarantees: nothing is sent before the host is named, and then everything that holds is sent at once; afterwards
//! only what has changed; a goal is sent once, when it is met. The score is the one that the lab shows. Leaves out:
//! whom it reaches (`host`).

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::answers::{Answers, Given};
use super::host::Host;
use super::message::{FromFrame, Id};
use crate::web::address::{Address, Theme};
use crate::web::handle::trouble;
use crate::web::session::{Session, Update};
use crate::web::wire::HostFacts;
use quorum_facade::Snapshot;
use quorum_facade::snapshot::LessonFacts;

/// The score that passing needs, unless the host says otherwise.
const MASTERY: u32 = 60;

/// What is sent about one session.
pub(super) struct Report {
    session: Session,
    host: Rc<Host>,
    told: RefCell<Told>,
    /// Whether events are sent.
    pub(super) events: Cell<bool>,
    mastery: Cell<u32>,
}

/// What has been told.
#[derive(Default)]
struct Told {
    /// The opening that is reported, and whether the host knows that it is open.
    opening: Option<u64>,
    ready: bool,
    /// The name of the message that asked for the opening.
    id: Option<Id>,
    /// Whether that message brought a state, and is answered with it.
    restores: bool,
    answers: Answers,
    standing: Option<LearnerProgress>,
    /// The goals that are met, by name.
    met: Vec<String>,
    problem: Option<String>,
}

/// How the learner stands.
#[derive(Clone, PartialEq)]
struct LearnerProgress {
    lesson: String,
    step: u32,
    steps: usize,
    goals_met: usize,
    goals: usize,
    answers: Vec<Given>,
    raw: u32,
}

impl LearnerProgress {
    fn done(&self) -> bool {
        self.goals > 0 && self.goals_met == self.goals
    }

    /// Whether progress is the same; the score has a message of its own.
    fn is_as_far_as(&self, other: &Self) -> bool {
        Self { raw: other.raw, ..self.clone() } == *other
    }
}

impl Report {
    pub(super) fn new(session: &Session, host: &Rc<Host>) -> Rc<Self> {
        let report = Rc::new(Self {
            session: session.clone(),
            host: host.clone(),
            told: RefCell::default(),
            events: Cell::new(false),
            mastery: Cell::new(MASTERY),
        });
        let subscription = session.subscribe({
            let report = report.clone();
            move |update| report.hear(update)
        });
        // The page keeps posting for as long as it lives.
        std::mem::forget(subscription);
        report
    }

    fn hear(&self, update: &Update) {
        match update {
            Update::Moment(moment) => self.tell_moment(moment),
            Update::Host(host) => self.tell_problem(host),
            Update::Happened(events, _) if self.events.get() => {
                events.iter().for_each(|event| self.host.tell(&FromFrame::Event { event }));
            }
            _ => {}
        }
    }

    /// Tells everything that holds, to a host that has just been named.
    pub(super) fn tell_all(&self) {
        {
            let mut told = self.told.borrow_mut();
            (told.ready, told.standing, told.problem) = (false, None, None);
        }
        self.tell_problem(&self.session.host());
        if let Some(moment) = self.session.moment() {
            self.tell_moment(&moment);
        }
    }

    /// The next run that opens was asked for by a message of this name, with a state or not.
    pub(super) fn expect(&self, id: Option<Id>, restores: bool) {
        let mut told = self.told.borrow_mut();
        (told.id, told.restores) = (id, restores);
    }

    /// Sets the score that passing needs.
    pub(super) fn set_mastery(&self, percent: u32) {
        self.mastery.set(percent);
        if let Some(standing) = &self.told.borrow().standing {
            self.tell_score(standing);
        }
    }

    fn tell_moment(&self, moment: &Snapshot) {
        let opening = Some(self.session.opening());
        let ready = {
            let mut told = self.told.borrow_mut();
            if told.opening != opening {
                let (id, problem) = (told.id.take(), told.problem.take());
                *told = Told { opening, id, restores: told.restores, problem, ..Told::default() };
            }
            // The moment of an answer counts, even if nobody hears of it yet.
            if let Some(lesson) = &moment.lesson {
                told.answers.see(lesson, moment.t_us);
            }
            if !self.host.is_named() {
                return;
            }
            std::mem::replace(&mut told.ready, true)
        };
        if !ready {
            self.tell_ready(moment);
        }
        match &moment.lesson {
            Some(lesson) => self.tell_lesson(lesson, moment.t_us, !ready),
            None => self.told.borrow_mut().standing = None,
        }
    }

    fn tell_ready(&self, moment: &Snapshot) {
        let request = self.session.request().unwrap_or_default();
        let address = Address::current();
        let (id, restores) = {
            let mut told = self.told.borrow_mut();
            (told.id.take(), std::mem::take(&mut told.restores))
        };
        let lesson = moment.lesson.as_ref();
        self.host.tell(&FromFrame::Ready {
            lesson: request.lesson.as_deref(),
            topology: request.topology.as_deref().filter(|_| request.lesson.is_none()),
            lang: self.session.lang().code(),
            theme: shown_theme().code(),
            controls: address.controls.unwrap_or_default().word(),
            steps: lesson.map_or(0, |lesson| lesson.steps.len()),
            goals: lesson.map_or(0, |lesson| lesson.goals.len()),
            t_us: moment.t_us,
            id: id.as_ref().filter(|_| !restores),
        });
        if restores {
            let (id, digest) = (id.as_ref(), moment.digest.as_str());
            let t_us = moment.t_us;
            self.host.tell(&FromFrame::State { id, state: None, ok: Some(true), digest, t_us });
        }
    }

    fn tell_lesson(&self, facts: &LessonFacts, t_us: u64, fresh: bool) {
        let mut told = self.told.borrow_mut();
        let met: Vec<String> =
            facts.goals.iter().filter(|goal| goal.met).map(|goal| goal.id.clone()).collect();
        let now = LearnerProgress {
            lesson: facts.slug.clone(),
            step: facts.step,
            steps: facts.steps.len(),
            goals_met: met.len(),
            goals: facts.goals.len(),
            answers: told.answers.all().to_vec(),
            raw: facts.percent(),
        };
        // Goals that an earlier visit met are in the progress, and are no news.
        for goal in facts.goals.iter().filter(|goal| goal.met && !fresh && !told.met.contains(&goal.id)) {
            self.host.tell(&FromFrame::Goal {
                lesson: &facts.slug,
                goal: &goal.id,
                step: goal.step,
                goals_met: now.goals_met,
                goals: now.goals,
                t_us,
            });
        }
        if !told.standing.as_ref().is_some_and(|before| before.is_as_far_as(&now)) {
            self.host.tell(&FromFrame::Progress {
                lesson: &now.lesson,
                step: now.step,
                steps: now.steps,
                goals_met: now.goals_met,
                goals: now.goals,
                done: now.done(),
                answers: &now.answers,
            });
        }
        let score = |standing: &LearnerProgress| (standing.raw, standing.done());
        if told.standing.as_ref().map(score) != Some(score(&now)) {
            self.tell_score(&now);
        }
        told.met = met;
        told.standing = Some(now);
    }

    fn tell_score(&self, standing: &LearnerProgress) {
        let mastery = self.mastery.get();
        let completed = standing.done();
        self.host.tell(&FromFrame::Score {
            lesson: &standing.lesson,
            raw: standing.raw,
            min: 0,
            max: 100,
            completed,
            passed: (completed && standing.raw >= mastery).then_some(true),
            mastery,
        });
    }

    /// Tells that the run is refused or has failed, or that what it does is not kept; each problem once.
    fn tell_problem(&self, host: &HostFacts) {
        if !self.host.is_named() {
            return;
        }
        let problem = trouble(&self.session, host);
        let mut told = self.told.borrow_mut();
        let code = problem.as_ref().map(|problem| problem.code.clone());
        if code == std::mem::replace(&mut told.problem, code.clone()) {
            return;
        }
        if let Some(problem) = problem {
            let id = told.id.take();
            let (code, error) = (&problem.code, &problem.error);
            self.host.tell(&FromFrame::Error { id: id.as_ref(), code, error });
        }
    }
}

/// The theme that the document shows.
fn shown_theme() -> Theme {
    let root = web_sys::window().and_then(|window| window.document()?.document_element());
    root.and_then(|root| Theme::parse(&root.get_attribute("data-theme")?)).unwrap_or_default()
}
